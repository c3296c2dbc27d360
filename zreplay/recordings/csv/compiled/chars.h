/* Sixteen characters at once, as a vector whose first byte is the first of them. */

#ifndef ZREPLAY_CHARS_H
#define ZREPLAY_CHARS_H

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "word.h"

#define CHARS_SIZE 16

typedef signed char chars __attribute__((vector_size(CHARS_SIZE)));
typedef unsigned char unsigned_chars __attribute__((vector_size(CHARS_SIZE)));

static inline chars
chars_at(const void *at)
{
    chars text;
    memcpy(&text, at, sizeof text);
    return text;
}

/* Its ends mask this many bytes to keep, and zero the others. */
static const signed char EDGE[2 * CHARS_SIZE] = {
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

/* Return a vector whose last `count` bytes have all bits set, and the others none. */
static inline chars
last_chars(int count)
{
    return chars_at(EDGE + count);
}

/* Return the same as a word. */
static inline uint64_t
last_bytes(int count)
{
    return whole_word((const char *)EDGE + CHARS_SIZE - WORD_SIZE + count);
}

/* Return a bit for each byte, the lowest for the first: whether its highest bit is set. */
static inline uint64_t
bits_of(chars marked)
{
#ifdef __SSE2__
    return (unsigned)_mm_movemask_epi8((__m128i)marked);
#else
    uint64_t bits = 0;
    for (int half = 0; half < 2; half++) {
        uint64_t word = whole_word((const char *)&marked + half * WORD_SIZE);
        bits |= ((word & HIGH_BITS) >> 7) * 0x0102040810204080u >> 56 << half * WORD_SIZE;
    }
    return bits;
#endif
}

/* Return the number of sixteen bytes, each of which is a digit's value. */
static inline uint64_t
sixteen_digits(chars digits)
{
#ifdef __SSE2__
    /* Pairs, fours and eights are added. */
    __m128i bytes = (__m128i)digits;
    __m128i tens = _mm_and_si128(bytes, _mm_set1_epi16(0xFF)), ones = _mm_srli_epi16(bytes, 8);
    __m128i pairs = _mm_add_epi16(_mm_mullo_epi16(tens, _mm_set1_epi16(10)), ones);
    __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(1 << 16 | 100));
    __m128i halves = _mm_packs_epi32(fours, fours);
    __m128i eights = _mm_madd_epi16(halves, _mm_set1_epi32(1 << 16 | 10000));
    uint64_t both;
    memcpy(&both, &eights, sizeof both);
    return (both & 0xFFFFFFFFu) * 100000000 + (both >> 32);
#else
    const char *bytes = (const char *)&digits;
    return eight_digits(whole_word(bytes)) * 100000000
           + eight_digits(whole_word(bytes + WORD_SIZE));
#endif
}

#endif
