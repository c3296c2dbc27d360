/* Digits -> integers and doubles: the value that the text names, rounded once, or none.

   What is spelled in a rarer way (more digits than 64 bits hold, a plus sign, blanks, an
   exponent of hundreds) is none here. Each function returns where the number ends, NULL if
   there is none. Before the end of the text stands a line feed, which is no part of a number. */

#ifndef ZREPLAY_NUMBER_H
#define ZREPLAY_NUMBER_H

#include <stdint.h>
#include <string.h>

#include "word.h"

#define MOST_DIGITS 19  /* that 64 bits surely hold */
#define MOST_INTEGER_DIGITS 18
#define MOST_EXACT_TENS 22
#define MOST_FIVES 27

/* The powers of ten that a double holds exactly, and those of five that 64 bits hold. */
static const double TENS[MOST_EXACT_TENS + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
static const uint64_t FIVES[MOST_FIVES + 1] = {
    1,
    5,
    25,
    125,
    625,
    3125,
    15625,
    78125,
    390625,
    1953125,
    9765625,
    48828125,
    244140625,
    1220703125,
    6103515625,
    30517578125,
    152587890625,
    762939453125,
    3814697265625,
    19073486328125,
    95367431640625,
    476837158203125,
    2384185791015625,
    11920928955078125,
    59604644775390625,
    298023223876953125,
    1490116119384765625,
    7450580596923828125,
};

static inline int
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* Return 2**exponent, which is a normal double. */
static inline double
power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* Return digits / 10**tens for digits > 0 and 0 < tens <= MOST_FIVES, rounded half to even. */
static double
quotient(uint64_t digits, int tens)
{
    uint64_t fives = FIVES[tens];
    /* With both shifted to the left end the quotient has 63 or 64 bits; 53 are needed. */
    int digits_shift = __builtin_clzll(digits);
    int fives_shift = __builtin_clzll(fives);
    uint64_t divisor = fives << fives_shift;
    unsigned __int128 dividend = (unsigned __int128)(digits << digits_shift) << 63;
    uint64_t bits = (uint64_t)(dividend / divisor);
    int is_inexact = (uint64_t)dividend != bits * divisor;
    int exponent = fives_shift - digits_shift - tens - 63;
    int is_short = !(bits >> 63);
    bits <<= is_short;
    exponent -= is_short;
    bits |= is_inexact;  /* far below the half, but it keeps a half from being one */
    uint64_t mantissa = bits >> 11;
    uint64_t below = bits & 0x7FF;
    mantissa += below > 0x400 || (below == 0x400 && (mantissa & 1));
    return (double)mantissa * power_of_two(exponent + 11);
}

/* Append the digits at `at` to `*number`; `*count` grows by how many there are.

   With more than MOST_DIGITS the number is wrong. */
static inline const char *
read_digits(const char *at, const char *end, uint64_t *number, int *count)
{
    int part;
    do {
        uint64_t digits = word_at(at, end) ^ word_of('0');
        part = leading(bytes_above(digits, 9));
        *number = *number * WORD_TENS[part] + eight_digits(digits, part);
        *count += part;
        at += part;
    } while (part == WORD_SIZE);
    return at;
}

static inline const char *
read_integer(const char *at, const char *end, int64_t *integer)
{
    int is_negative = *at == '-';
    uint64_t number = 0;
    int count = 0;
    at = read_digits(at + is_negative, end, &number, &count);
    if (count == 0 || count > MOST_INTEGER_DIGITS) {
        return NULL;
    }
    *integer = is_negative ? -(int64_t)number : (int64_t)number;
    return at;
}

/* Return how many of the digits at `at` stand behind the zeros that begin a number. */
static int
significant(const char *at, int count)
{
    for (; *at == '0' || *at == '.'; at++) {
        count -= *at == '0';
    }
    return count;
}

static inline const char *
read_float(const char *at, const char *end, double *value)
{
    int is_negative = *at == '-';
    at += is_negative;
    const char *first = at;
    uint64_t digits = 0;
    int count = 0, tens = 0;
    at = read_digits(at, end, &digits, &count);
    if (*at == '.') {
        int whole_count = count;
        at = read_digits(at + 1, end, &digits, &count);
        tens = count - whole_count;
    }
    if (count == 0 || (count > MOST_DIGITS && significant(first, count) > MOST_DIGITS)) {
        return NULL;
    }
    if ((*at | 0x20) == 'e') {
        uint64_t exponent = 0;
        int is_small = at[1] == '-', exponent_count = 0;
        at = read_digits(at + 1 + (is_small || at[1] == '+'), end, &exponent, &exponent_count);
        if (exponent_count == 0 || exponent_count > 3) {
            return NULL;
        }
        tens += is_small ? (int)exponent : -(int)exponent;
    }
    double magnitude;
    if (digits == 0) {
        magnitude = 0.0;
    }
    else if (digits >> 53 == 0 && tens >= -MOST_EXACT_TENS && tens <= MOST_EXACT_TENS) {
        /* Both are exact, and so it is rounded once. */
        magnitude = tens < 0 ? (double)digits * TENS[-tens] : (double)digits / TENS[tens];
    }
    else if (tens > 0 && tens <= MOST_FIVES) {
        magnitude = quotient(digits, tens);
    }
    else {
        return NULL;
    }
    *value = is_negative ? -magnitude : magnitude;
    return at;
}

#endif
