/* A text -> how many line feeds it has. */

#ifndef ZREPLAY_FEEDS_H
#define ZREPLAY_FEEDS_H

#include <stddef.h>
#include <string.h>

#include "chars.h"
#include "wide.h"

#define MOST_SUMMED 255  /* ones whose sum fits in a byte */

#if HAS_WIDE

WIDE static size_t
feeds_in_wide(const char *text, size_t size)
{
    const __m512i feed = _mm512_set1_epi8('\n');
    size_t count = 0;
    for (size_t at = 0; at < size; at += WIDE_SIZE) {
        count += (size_t)_mm_popcnt_u64(_mm512_cmpeq_epi8_mask(wide_at(text + at, size - at), feed));
    }
    return count;
}

#endif

static inline size_t
feeds_in(const char *text, size_t size)
{
#if HAS_WIDE
    if (is_wide()) {
        return feeds_in_wide(text, size);
    }
#endif
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
