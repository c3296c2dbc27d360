/* A text -> where its marks are: each byte that is a delimiter, a quote, or not printable ASCII.

   A plain line has a delimiter after each field but the last, then its line feed, and no other mark.
   Marks are found for many fields at once, without a branch for each. */

#ifndef ZREPLAY_MARKS_H
#define ZREPLAY_MARKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "chars.h"
#include "wide.h"

#define CHUNK_SIZE 64
#define CHUNK_MARKS 8  /* few chunks have more */
#define MOST_MARKS 1024  /* that are known at once; a line with more of them is not plain */

/* What is behind each mark of a stretch of the text; those before `next` are done with. */
struct marks {
    const char *text;
    uint32_t size, searched;
    char delimiter;
    void (*find)(struct marks *);  /* more of them */
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

/* Forget the marks that are done with; that before the next one stays known. */
static inline void
drop_marks(struct marks *marks)
{
    int first = marks->next - 1;
    marks->count -= first;
    memmove(marks->behind, &marks->behind[first], (size_t)marks->count * sizeof *marks->behind);
    marks->next = 1;
}

/* Find as many marks more as there is room for. */
INLINED void
find_marks_at(struct marks *marks, char delimiter)
{
    drop_marks(marks);
    while (marks->count <= MOST_MARKS && marks->searched < marks->size) {
        find_in_chunk(marks, delimiter);
    }
}

static void
find_commas(struct marks *marks)
{
    find_marks_at(marks, ',');
}

static void
find_marks(struct marks *marks)
{
    find_marks_at(marks, marks->delimiter);
}

#if HAS_WIDE

/* Do the same as `find_marks`: a chunk is one vector, and its marks are where their bits are. */
WIDE static void
find_wide(struct marks *marks)
{
    static const char PLACES[CHUNK_SIZE] = {
        1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
        23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
        45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64};
    const __m512i places = _mm512_loadu_si512(PLACES);
    const __m512i delimiter = _mm512_set1_epi8(marks->delimiter), quote = _mm512_set1_epi8('"');
    const __m512i one = _mm512_set1_epi8(1), printable = _mm512_set1_epi8(' ' + 1);
    drop_marks(marks);
    uint32_t *behind = &marks->behind[marks->count], *full = &marks->behind[MOST_MARKS];
    while (behind <= full && marks->searched < marks->size) {
        uint32_t first = marks->searched, left = marks->size - first;
        uint32_t size = left < CHUNK_SIZE ? left : CHUNK_SIZE;
        __m512i text = wide_at(marks->text + first, size);
        uint64_t found = _mm512_cmplt_epi8_mask(_mm512_add_epi8(text, one), printable)
                         | _mm512_cmpeq_epi8_mask(text, delimiter)
                         | _mm512_cmpeq_epi8_mask(text, quote);
        found &= UINT64_MAX >> (CHUNK_SIZE - size);
        __m512i marked = _mm512_maskz_compress_epi8(found, places);
        __m512i base = _mm512_set1_epi32((int)first);
        int count = _mm_popcnt_u64(found);
        /* Whether or not there are that many. */
        __m512i words = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(marked));
        _mm512_storeu_si512(behind, _mm512_add_epi32(words, base));
        if (__builtin_expect(count > CHARS_SIZE, 0)) {
            for (int done = 0; done < count; done++, found &= found - 1) {
                behind[done] = first + 1 + (uint32_t)__builtin_ctzll(found);
            }
        }
        behind += count;
        marks->searched = first + size;
    }
    marks->count = (int)(behind - marks->behind);
}

#endif

/* Whether this many marks are still to come, at `behind[next]` and after it. */
static inline int
has_marks(struct marks *marks, ptrdiff_t count)
{
    if (__builtin_expect(marks->count - marks->next < count, 0)) {
        marks->find(marks);
    }
    return marks->count - marks->next >= count;
}

static inline void
begin_marks(struct marks *marks, const char *text, uint32_t size, char delimiter)
{
    marks->delimiter = delimiter;
    marks->find = delimiter == ',' ? find_commas : find_marks;
#if HAS_WIDE
    marks->find = is_wide() ? find_wide : marks->find;
#endif
    marks->text = text;
    marks->size = size;
    marks->searched = 0;
    /* As if a line feed stood before the text. */
    marks->behind[0] = 0;
    marks->next = marks->count = 1;
}

#endif
