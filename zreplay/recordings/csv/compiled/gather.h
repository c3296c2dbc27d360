/* Stretches of several files -> their whole lines, put one behind the other. */

#ifndef ZREPLAY_GATHER_H
#define ZREPLAY_GATHER_H

#include <Python.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "feeds.h"
#include "items.h"

/* Where a stretch is, and how many bytes it has. */
struct stretch {
    int64_t descriptor, offset, size;
};

/* How many bytes the whole lines of a stretch have, and how many lines they are. None of what
   cannot be read, ends early or has no line feed. */
struct whole_lines {
    int64_t size, count;
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
static struct whole_lines
lines_of(const struct stretch *stretch, char *text)
{
    size_t size = is_read(stretch, text) ? (size_t)stretch->size : 0;
    while (size > 0 && text[size - 1] != '\n') {
        size--;
    }
    return (struct whole_lines){(int64_t)size, (int64_t)feeds_in(text, size)};
}

/* Whether each of some stretches is one, there is room for the text of all, and for what is found
   in each of them. */
static int
are_stretches(const Py_buffer *stretches, const Py_buffer *text, const Py_buffer *lines)
{
    Py_ssize_t count = count_of(stretches, sizeof(struct stretch), 8), room = text->len;
    if (count < 0 || count_of(lines, sizeof(struct whole_lines), 8) != count) {
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
gather_lines(const Py_buffer *stretches, char *text, struct whole_lines *found)
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
line_count_of(const Py_buffer *lines)
{
    const struct whole_lines *found = lines->buf;
    Py_ssize_t count = 0;
    for (Py_ssize_t at = 0; at < lines->len / (Py_ssize_t)sizeof *found; at++) {
        count += (Py_ssize_t)found[at].count;
    }
    return count;
}

#endif
