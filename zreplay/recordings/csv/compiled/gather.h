/* Stretches of several files -> their whole lines, put one behind the other, and the rows of each. */

#ifndef ZREPLAY_GATHER_H
#define ZREPLAY_GATHER_H

#include <Python.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "bounds.h"
#include "feeds.h"
#include "items.h"
#include "lines.h"

/* Where a stretch is, how many bytes it has, and the position of the first of them. */
struct stretch {
    int64_t descriptor, offset, size, base;
};

/* How many bytes the whole lines of a stretch have, and how many lines they are; none of what
   cannot be read, ends early or has no line feed. Then the first of its rows among those of all,
   and what the times of those rows have in common, if it has one. */
struct part {
    int64_t size, count, first;
    struct time_bounds bounds;
};

static int
is_read(const struct stretch *stretch, char *text)
{
    size_t got = 0, wanted = (size_t)stretch->size;
    while (got < wanted) {
        ssize_t more = pread((int)stretch->descriptor, text + got, wanted - got,
                             (off_t)(stretch->offset + (int64_t)got));
        if (more < 0 && errno == EINTR) {
            continue;
        }
        if (more <= 0) {
            return 0;
        }
        got += (size_t)more;
    }
    return 1;
}

/* Read a stretch to where there is room for it. */
static struct part
lines_of(const struct stretch *stretch, char *text)
{
    size_t size = is_read(stretch, text) ? (size_t)stretch->size : 0;
    while (size > 0 && text[size - 1] != '\n') {
        size--;
    }
    return (struct part){(int64_t)size, (int64_t)feeds_in(text, size), 0, {0}};
}

/* Whether each of some stretches is one, there is room for the text of all, and for what is found
   in each of them. */
static int
are_stretches(const Py_buffer *stretches, const Py_buffer *text, const Py_buffer *parts)
{
    Py_ssize_t count = count_of(stretches, sizeof(struct stretch), 8), room = text->len;
    if (count < 0 || count_of(parts, sizeof(struct part), 8) != count) {
        return 0;
    }
    for (Py_ssize_t at = 0; at < count; at++) {
        const struct stretch *each = (const struct stretch *)stretches->buf + at;
        if (each->descriptor < 0 || each->descriptor > INT_MAX || each->offset < 0
            || each->size < 0 || each->size > room || each->offset > INT64_MAX - each->size)
        {
            return 0;
        }
        room -= (Py_ssize_t)each->size;
    }
    return 1;
}

/* Put the whole lines of stretches one behind the other; return how many bytes they are. */
static Py_ssize_t
gather_lines(const Py_buffer *stretches, char *text, struct part *found)
{
    const struct stretch *stretch = stretches->buf;
    Py_ssize_t count = stretches->len / (Py_ssize_t)sizeof *stretch, size = 0;
    for (Py_ssize_t at = 0; at < count; at++) {
        found[at] = lines_of(&stretch[at], text + size);
        size += (Py_ssize_t)found[at].size;
    }
    return size;
}

/* Return how many lines were found in all. */
static Py_ssize_t
line_count_of(const Py_buffer *parts)
{
    const struct part *part = parts->buf;
    Py_ssize_t count = 0;
    for (Py_ssize_t at = 0; at < parts->len / (Py_ssize_t)sizeof *part; at++) {
        count += (Py_ssize_t)part[at].count;
    }
    return count;
}

/* Have the rows of a gathered text begin at their positions, their lines be numbered within their
   stretch, and each part know its rows. */
static void
tell_parts(const Py_buffer *stretches, struct part *parts, const struct table *table)
{
    const struct stretch *stretch = stretches->buf;
    int64_t *start = table->cells + START * table->capacity;
    int64_t *number = table->cells + NUMBER * table->capacity;
    const int64_t *arrival_ns = table->cells + ARRIVAL_NS * table->capacity;
    const int64_t *timestamp_ns = table->cells + TIMESTAMP_NS * table->capacity;
    int64_t begin = 0, line = 0;
    Py_ssize_t row = 0;
    for (Py_ssize_t at = 0; at < stretches->len / (Py_ssize_t)sizeof *stretch; at++) {
        int64_t end = begin + parts[at].size;
        Py_ssize_t first = row;
        for (; row < table->count && start[row] < end; row++) {
            /* Whatever the base is, nothing wraps around. */
            start[row] = (int64_t)((uint64_t)start[row] - (uint64_t)begin + (uint64_t)stretch[at].base);
            number[row] -= line;
        }
        parts[at].first = first;
        if (row > first) {
            parts[at].bounds = find_time_bounds(arrival_ns + first, timestamp_ns + first, row - first);
        }
        begin = end;
        line += parts[at].count;
    }
}

#endif
