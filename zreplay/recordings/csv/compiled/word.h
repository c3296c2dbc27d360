/* Eight characters at once, as a number whose lowest byte is the first of them. */

#ifndef ZREPLAY_WORD_H
#define ZREPLAY_WORD_H

#include <stdint.h>
#include <string.h>

/* Into each form that calls it: what is constant there is folded. */
#define INLINED static inline __attribute__((always_inline))

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the first byte of a word must be its lowest: this machine uses the Python code"
#endif

#define WORD_SIZE 8
#define HIGH_BITS 0x8080808080808080u

/* Return the word at `at`, all of which there is. */
static inline uint64_t
whole_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, WORD_SIZE);
    return word;
}

/* Return the word at `at`; what would lie behind the end is zero. */
static inline uint64_t
word_at(const char *at, const char *end)
{
    if (__builtin_expect(end - at >= WORD_SIZE, 1)) {
        return whole_word(at);
    }
    uint64_t word = 0;
    for (int place = 0; at < end; at++, place++) {
        word |= (uint64_t)(unsigned char)*at << 8 * place;
    }
    return word;
}

static inline uint64_t
word_of(char c)
{
    return 0x0101010101010101u * (unsigned char)c;
}

/* Mark the bytes above a limit below 128 by their highest bit. */
static inline uint64_t
bytes_above(uint64_t word, unsigned limit)
{
    uint64_t sums = (word & ~HIGH_BITS) + word_of((char)(127 - limit));
    return (sums | word) & HIGH_BITS;
}

/* Return how many bytes there are before the first that is marked. */
static inline int
leading(uint64_t marks)
{
    return marks ? __builtin_ctzll(marks) / 8 : WORD_SIZE;
}

/* Return a word of the first `count` bytes, with zeros before them; for none, the word itself. */
static inline uint64_t
at_the_end(uint64_t word, int count)
{
    return word << (-8 * count & 63);
}

/* Return a word without all but its first `count` bytes, at least one. */
static inline uint64_t
first_of(uint64_t word, int count)
{
    int unused = 8 * (WORD_SIZE - count);
    return word << unused >> unused;
}

/* Return a word without all but its last `count` bytes, at least one. */
static inline uint64_t
last_of(uint64_t word, int count)
{
    int unused = 8 * (WORD_SIZE - count);
    return word >> unused << unused;
}

/* Return the number of eight bytes, each of which is a digit's value. */
static inline uint64_t
eight_digits(uint64_t digits)
{
    /* Pairs, fours and eights are added. */
    digits = digits * 10 + (digits >> 8);
    digits = ((digits & 0x000000FF000000FFu) * 0x000F424000000064u
              + ((digits >> 16) & 0x000000FF000000FFu) * 0x0000271000000001u)
             >> 32;
    return digits & 0xFFFFFFFFu;
}

#endif
