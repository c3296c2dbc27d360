/* The numbers of market data -> integers and doubles: what any_number.h reads, fast.

   Numbers of all lengths are mixed, so a branch on the length is mispredicted half of the time.
   These paths branch only on the kinds of numbers that a column has. */

#ifndef ZREPLAY_NUMBER_H
#define ZREPLAY_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#include "any_number.h"
#include "chars.h"
#include "quotient.h"
#include "word.h"

#define MOST_SHORT 12  /* characters: most prices and amounts are short, latencies are not */
#define MOST_SCALE 9  /* with the places of the longest number it is below MOST_FIVES */
/* So much before the end of a number is read, of which more than the number is not regarded. */
#define REACH (CHARS_SIZE + WORD_SIZE + 1)

/* Read up to 19 digits, with a point among them or without, over 10**scale. */
INLINED int
read_usual_float(const char *at, const char *end, int scale, double *value)
{
    int size = (int)(end - at);
    chars text = chars_at(end - CHARS_SIZE), text_before = chars_at(end - CHARS_SIZE - 1);
    /* A bit for each character that is a point, the lowest for the first of the number. */
    uint64_t points = bits_of(text_before == '.') << size >> (CHARS_SIZE + 1);
    int has_point = points != 0;
    int tens = has_point ? size - 1 - __builtin_ctzll(points) : 0;
    int count = size - has_point;
    /* Without the point: what stands before it moves up. */
    chars stays = last_chars(has_point ? tens : CHARS_SIZE);
    chars digits = ((text & stays) | (text_before & ~stays)) ^ '0';
    digits &= last_chars(count < CHARS_SIZE ? count : CHARS_SIZE);
    if (bits_of(digits > 9) != 0 || count == 0 || count > MOST_DIGITS) {
        return 0;
    }
    uint64_t number = sixteen_digits(digits);
    if (size <= MOST_SHORT) {
        /* Both are exact, and so it is rounded once. */
        *value = (double)(int64_t)number / TENS[tens + scale];
        return 1;
    }
    int first_count = count > CHARS_SIZE ? count - CHARS_SIZE : 0;
    uint64_t first = whole_word(end - CHARS_SIZE - WORD_SIZE - has_point) ^ word_of('0');
    first &= last_bytes(first_count);
    if (bytes_above(first, 9) != 0) {
        return 0;
    }
    number += eight_digits(first) * 10000000000000000u;
    *value = number == 0 ? 0.0 : quotient(number, tens + scale);
    return 1;
}

/* Read the number from `at` to `end`, over 10**scale of MOST_SCALE at most; `text` is where the
   text begins that it is in. */
INLINED int
read_float(const char *at, const char *end, const char *text, int scale, double *value)
{
    return (end - at <= MOST_DIGITS + 1 && end - text >= REACH && read_usual_float(at, end, scale, value))
           || read_any_float(at, end, scale, value);
}

static inline int
read_integer(const char *at, const char *end, const char *text, int64_t *integer)
{
    ptrdiff_t size = end - at;
    if (size > 0 && size <= WORD_SIZE && end - text >= WORD_SIZE) {
        uint64_t digits = last_of(whole_word(end - WORD_SIZE) ^ word_of('0'), (int)size);
        if (bytes_above(digits, 9) == 0) {
            *integer = (int64_t)eight_digits(digits);
            return 1;
        }
    }
    return read_any_integer(at, end, integer);
}

#endif
