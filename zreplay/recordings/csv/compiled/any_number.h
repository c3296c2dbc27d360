/* Digits -> integers and doubles: the value of the text, rounded once, or none.

   A number is a whole field, whose end is known. Rarer spellings (more digits than 64 bits hold, a
   plus sign, blanks, an exponent of hundreds) are not numbers here. */

#ifndef ZREPLAY_ANY_NUMBER_H
#define ZREPLAY_ANY_NUMBER_H

#include <stdint.h>

#include "quotient.h"
#include "word.h"

#define MOST_DIGITS 19  /* that always fit in 64 bits */
#define MOST_INTEGER_DIGITS 18
#define MOST_EXACT_TENS 22

/* The powers of ten that a double holds exactly. */
static const double TENS[MOST_EXACT_TENS + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
static const uint64_t WORD_TENS[WORD_SIZE + 1] = {1,      10,      100,      1000,     10000,
                                                  100000, 1000000, 10000000, 100000000};

/* Append the digits at `at` to `*number`; `*count` grows by how many there are.

   With more than MOST_DIGITS the number is wrong. */
static inline const char *
read_digits(const char *at, const char *end, uint64_t *number, int *count)
{
    int part;
    do {
        uint64_t digits = word_at(at, end) ^ word_of('0');
        part = leading(bytes_above(digits, 9));
        if (part > 0) {
            *number = *number * WORD_TENS[part] + eight_digits(at_the_end(digits, part));
        }
        *count += part;
        at += part;
    } while (part == WORD_SIZE);
    return at;
}

static __attribute__((noinline)) int
read_any_integer(const char *at, const char *end, int64_t *integer)
{
    int is_negative = at < end && *at == '-';
    uint64_t number = 0;
    int count = 0;
    at = read_digits(at + is_negative, end, &number, &count);
    if (at < end || count == 0 || count > MOST_INTEGER_DIGITS) {
        return 0;
    }
    *integer = is_negative ? -(int64_t)number : (int64_t)number;
    return 1;
}

/* Return how many of the digits at `at` stand behind the zeros that begin a number. */
static int
significant(const char *at, const char *end, int count)
{
    for (; at < end && (*at == '0' || *at == '.'); at++) {
        count -= *at == '0';
    }
    return count;
}

static int
read_exponent(const char *at, const char *end, int *exponent)
{
    int is_small = at < end && *at == '-', has_sign = is_small || (at < end && *at == '+');
    uint64_t number = 0;
    int count = 0;
    at = read_digits(at + has_sign, end, &number, &count);
    if (at < end || count == 0 || count > 3) {
        return 0;
    }
    *exponent = is_small ? -(int)number : (int)number;
    return 1;
}

/* Set the value to digits / 10**tens; false if that is not done exactly here. */
static int
set_value(uint64_t digits, int tens, double *value)
{
    if (digits == 0) {
        *value = 0.0;
    }
    else if (tens >= 0 && tens <= MOST_FIVES) {
        *value = quotient(digits, tens);
    }
    else if (digits >> 53 == 0 && tens < 0 && tens >= -MOST_EXACT_TENS) {
        /* Both are exact, and so it is rounded once. */
        *value = (double)(int64_t)digits * TENS[-tens];
    }
    else {
        return 0;
    }
    return 1;
}

static __attribute__((noinline)) int
read_any_float(const char *at, const char *end, int scale, double *value)
{
    int is_negative = at < end && *at == '-';
    const char *first = at + is_negative;
    uint64_t digits = 0;
    int count = 0, tens = 0, exponent = 0;
    at = read_digits(first, end, &digits, &count);
    if (at < end && *at == '.') {
        int whole_count = count;
        at = read_digits(at + 1, end, &digits, &count);
        tens = count - whole_count;
    }
    if (count == 0 || (count > MOST_DIGITS && significant(first, end, count) > MOST_DIGITS)) {
        return 0;
    }
    if (at < end && ((*at | 0x20) != 'e' || !read_exponent(at + 1, end, &exponent))) {
        return 0;
    }
    if (!set_value(digits, tens - exponent + scale, value)) {
        return 0;
    }
    *value = is_negative ? -*value : *value;
    return 1;
}

#endif
