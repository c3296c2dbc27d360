/* A text -> how many line feeds it has. */

#ifndef ZREPLAY_FEEDS_H
#define ZREPLAY_FEEDS_H

#include <stddef.h>
#include <string.h>

#include "chars.h"

#define MOST_SUMMED 255  /* ones whose sum fits in a byte */

static inline size_t
feeds_in(const char *text, size_t size)
{
    size_t count = 0, at = 0;
    while (size - at >= CHARS_SIZE) {
        unsigned_chars sums = {0};
        for (int i = 0; i < MOST_SUMMED && size - at >= CHARS_SIZE; i++, at += CHARS_SIZE) {
            sums -= (unsigned_chars)(chars_at(text + at) == '\n');
        }
        for (int place = 0; place < CHARS_SIZE; place++) {
            count += sums[place];
        }
    }
    for (; at < size; at++) {
        count += text[at] == '\n';
    }
    return count;
}

#endif
