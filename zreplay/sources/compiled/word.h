/* Eight characters at once, as a number whose lowest byte is the first of them. */

#ifndef ZREPLAY_WORD_H
#define ZREPLAY_WORD_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the first byte of a word must be its lowest: this machine is served by the Python code"
#endif

#define WORD_SIZE 8
#define HIGH_BITS 0x8080808080808080u

static const uint64_t WORD_TENS[WORD_SIZE + 1] = {1,      10,      100,      1000,     10000,
                                                  100000, 1000000, 10000000, 100000000};

/* Return the word at `at`; what would lie behind the end is zero. */
static inline uint64_t
word_at(const char *at, const char *end)
{
    uint64_t word = 0;
    if (__builtin_expect(end - at >= WORD_SIZE, 1)) {
        memcpy(&word, at, WORD_SIZE);
    }
    else {
        memcpy(&word, at, (size_t)(end - at));
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

/* Mark the bytes below a limit; above one that is, others may be marked too. */
static inline uint64_t
bytes_below(uint64_t word, unsigned limit)
{
    return (word - word_of((char)limit)) & ~word & HIGH_BITS;
}

/* Mark the bytes that are `c`; above one that is, others may be marked too. */
static inline uint64_t
bytes_of(uint64_t word, char c)
{
    return bytes_below(word ^ word_of(c), 1);
}

/* Return how many bytes there are before the first that is marked. */
static inline int
leading(uint64_t marks)
{
    return marks ? __builtin_ctzll(marks) / 8 : WORD_SIZE;
}

/* Return the number of the first `count` bytes, each of which is a digit's value. */
static inline uint64_t
eight_digits(uint64_t digits, int count)
{
    if (count == 0) {
        return 0;
    }
    /* The missing ones are zeros before the others; then pairs, fours and eights are added. */
    digits <<= 8 * (WORD_SIZE - count);
    digits = digits * 10 + (digits >> 8);
    digits = ((digits & 0x000000FF000000FFu) * 0x000F424000000064u
              + ((digits >> 16) & 0x000000FF000000FFu) * 0x0000271000000001u)
             >> 32;
    return digits & 0xFFFFFFFFu;
}

#endif
