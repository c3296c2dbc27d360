/* A text -> where its marks are: each byte that is a delimiter, a quote, or not printable ASCII.

   A plain line has a delimiter after each field but the last, then its line feed, and no other mark.
   Marks are found for many fields at once, without a branch for each. */

#ifndef ZREPLAY_MARKS_H
#define ZREPLAY_MARKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "chars.h"

#define CHUNK_SIZE 64
#define CHUNK_MARKS 8  /* few chunks have more */
#define MOST_MARKS 1024  /* that are known at once; a line with more of them is not plain */

/* What is behind each mark of a stretch of the text; those before `next` are done with. */
struct marks {
    const char *text;
    uint32_t size, searched;
    char delimiter;
    int next, count;
    uint32_t behind[MOST_MARKS + CHUNK_SIZE + CHUNK_MARKS];
};

/* Return a bit for each byte of a chunk: whether it is a mark. */
INLINED uint64_t
marks_in(const char *chunk, char delimiter, int *count)
{
    uint64_t marks = 0;
    chars sums = {0};
    for (int part = 0; part < CHUNK_SIZE / CHARS_SIZE; part++) {
        chars text = chars_at(chunk + part * CHARS_SIZE);
        /* As signed bytes, those from 128 on are below zero; 127, with one added, is too. */
        chars next = (chars)((unsigned_chars)text + 1);
        chars marked = (next < ' ' + 1) | (text == (signed char)delimiter) | (text == '"');
        marks |= bits_of(marked) << part * CHARS_SIZE;
        sums -= marked;
    }
    /* Each of sixteen sums is at most 4, and all together they are below 256. */
    uint64_t halves[2];
    memcpy(halves, &sums, sizeof halves);
    *count = (int)((halves[0] + halves[1]) * 0x0101010101010101u >> 56);
    return marks;
}

INLINED void
find_in_chunk(struct marks *marks, char delimiter)
{
    const uint32_t first = marks->searched, size = marks->size - first;
    const char *chunk = marks->text + first;
    char rest[CHUNK_SIZE];
    if (__builtin_expect(size < CHUNK_SIZE, 0)) {
        memset(rest, ' ', sizeof rest);
        chunk = memcpy(rest, chunk, size);
    }
    int count;
    uint64_t found = marks_in(chunk, delimiter, &count);
    uint32_t *behind = &marks->behind[marks->count];
    do {
        /* These are written whether or not there are that many. */
        for (int i = 0; i < CHUNK_MARKS; i++) {
            behind[i] = first + 1 + (uint32_t)__builtin_ctzll(found | UINT64_C(1) << 63);
            found &= found - 1;
        }
        behind += CHUNK_MARKS;
    } while (__builtin_expect(found != 0, 0));
    marks->count += count;
    marks->searched = size < CHUNK_SIZE ? marks->size : first + CHUNK_SIZE;
}

/* Find as many marks more as there is room for; that before the next one stays known. */
INLINED void
find_marks_at(struct marks *marks, char delimiter)
{
    int first = marks->next - 1;
    marks->count -= first;
    memmove(marks->behind, &marks->behind[first], (size_t)marks->count * sizeof *marks->behind);
    marks->next = 1;
    while (marks->count <= MOST_MARKS && marks->searched < marks->size) {
        find_in_chunk(marks, delimiter);
    }
}

static __attribute__((noinline)) void
find_commas(struct marks *marks)
{
    find_marks_at(marks, ',');
}

static __attribute__((noinline)) void
find_marks(struct marks *marks)
{
    find_marks_at(marks, marks->delimiter);
}

/* Whether this many marks are still to come, at `behind[next]` and after it. */
static inline int
has_marks(struct marks *marks, ptrdiff_t count)
{
    if (__builtin_expect(marks->count - marks->next < count, 0)) {
        (marks->delimiter == ',' ? find_commas : find_marks)(marks);
    }
    return marks->count - marks->next >= count;
}

static inline void
begin_marks(struct marks *marks, const char *text, uint32_t size, char delimiter)
{
    marks->delimiter = delimiter;
    marks->text = text;
    marks->size = size;
    marks->searched = 0;
    /* As if a line feed stood before the text. */
    marks->behind[0] = 0;
    marks->next = marks->count = 1;
}

#endif
