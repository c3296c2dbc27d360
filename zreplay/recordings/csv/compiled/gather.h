/* Stretches of several files -> their whole lines, put one behind the other. */

#ifndef ZREPLAY_GATHER_H
#define ZREPLAY_GATHER_H

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "feeds.h"

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

#endif
