/* A number -> its text: `rounded` and `shortest` of plain_text.py, for the usual numbers.

   A float64 is mantissa * 2**-places. Times 10**decimals that is mantissa * 5**decimals, a
   product that 128 bits hold, shifted to the right by places - decimals: so all digits here are
   exact, nothing is estimated. What does not fit is declined. As prices and latencies of all sizes
   are mixed, the paths through here have few branches. */

#ifndef ZMID_NUMBER_H
#define ZMID_NUMBER_H

#include <stdint.h>
#include <string.h>

#if !defined(__SIZEOF_INT128__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "needs 128-bit integers and a little-endian machine; without this the Python code does it"
#endif
__extension__ typedef unsigned __int128 uint128;

#define MANTISSA_BITS 52
#define LEADING_BIT (UINT64_C(1) << MANTISSA_BITS)
#define EXPONENT_BITS 11
#define EXPONENT_BIAS 1023
#define ROUNDED_DIGITS 15
#define LEAST_DECADE (-13)
#define NUMBER_ROOM 64  /* is written to; the text itself is shorter */

static const uint64_t FIVES[] = {
    1u, 5u, 25u, 125u, 625u, 3125u, 15625u, 78125u, 390625u, 1953125u, 9765625u, 48828125u,
    244140625u, 1220703125u, 6103515625u, 30517578125u, 152587890625u, 762939453125u,
    3814697265625u, 19073486328125u, 95367431640625u, 476837158203125u, 2384185791015625u,
    11920928955078125u, 59604644775390625u, 298023223876953125u, 1490116119384765625u,
    7450580596923828125u,
};

static const double DECADES[] = {
    1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0,
    1e1,   1e2,   1e3,   1e4,   1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14,
};

/* Return the 8 digits of a number below 10**8 as bytes of 0 to 9, the first one lowest. */
static inline uint64_t
eight_digits(uint64_t number)
{
    /* Side by side, and divided at once: two of 4 digits, four of 2, eight of one. */
    uint64_t fours = number / 10000 | number % 10000 << 32;
    uint64_t hundreds = (fours * 10486 >> 20) & UINT64_C(0x0000007f0000007f);
    uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    uint64_t tens = (twos * 103 >> 10) & UINT64_C(0x000f000f000f000f);
    return tens | (twos - tens * 10) << 8;
}

/* Write (10 * digits + last) / 10**decimals, no zeros at the end; return where it ends.

   10**14 <= digits < 10**16, last < 10, decimals < 29, and the number is below 10**15. */
static inline char *
put_decimal(char *at, uint64_t digits, unsigned last, int decimals)
{
    uint64_t high = eight_digits(digits / 100000000), low = eight_digits(digits % 100000000);
    int leading = (high & 0xff) == 0;
    int whole = 17 - leading - decimals;  /* digits before the point */
    int significant = (low ? 16 : 8) - __builtin_clzll(low ? low : high) / 8;
    significant = (last ? 17 : significant) - leading;

    /* The first 16 digits, the first one lowest; the 17th may be one of them. */
    const uint64_t zeros = UINT64_C(0x3030303030303030);
    uint128 text = (uint128)(low + zeros) << 64 | (high + zeros);
    char last_digit = (char)('0' + last);
    text = leading ? text >> 8 | (uint128)(unsigned char)last_digit << 120 : text;

    int shown = whole > 0 ? whole : 0;
    uint128 begin = whole > 0 ? text : (uint128)zeros << 64 | zeros;
    char *point = at + (whole > 0 ? whole : 1), *fraction = point + 1 + (shown - whole);
    uint128 rest = text >> 8 * shown;
    memcpy(at, &begin, 16);
    memcpy(point, ".0000000000000000", 16);
    memcpy(fraction, &rest, 16);
    fraction[16 - shown] = leading ? '0' : last_digit;
    return significant > whole ? fraction + significant - shown : point;
}

/* Write a number from 1e-13 to 1e14, or 0, rounded to 15 digits; return its end, else NULL. */
static inline char *
put_rounded(char *at, double number)
{
    if (number == 0) {
        *at = '0';
        return at + 1;
    }
    if (!(number >= 1e-13 && number < 1e14)) {
        return NULL;
    }
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    uint64_t mantissa = (bits & (LEADING_BIT - 1)) | LEADING_BIT;
    int power = (int)(bits >> MANTISSA_BITS) - EXPONENT_BIAS;
    /* log10(2) is nearly 1233 / 4096; up to the next power of two a decade begins, or none. */
    int decade = power * 1233 >> 12;
    decade += number >= DECADES[decade + 1 - LEAST_DECADE];
    int decimals = ROUNDED_DIGITS - 1 - decade;
    int shift = MANTISSA_BITS - power - decimals;
    /* With the bit behind; where it is the last that is set, it is a tie, and goes to even. */
    uint64_t twice = (uint64_t)((uint128)mantissa * FIVES[decimals] >> (shift - 1));
    uint64_t is_no_tie = __builtin_ctzll(mantissa) < shift - 1;
    return put_decimal(at, (twice + (is_no_tie | (twice >> 1 & 1))) >> 1, 0, decimals + 1);
}

/* Write a number, if it is 0 or its size is from 2**-23 to 2**49, as the shortest text that reads
   back as it; return its end, else NULL. */
static inline char *
put_shortest(char *at, double number)
{
    if (number == 0) {
        *at = '0';
        return at + 1;
    }
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    uint64_t mantissa = bits & (LEADING_BIT - 1);
    int power = (int)(bits >> MANTISSA_BITS & ((1 << EXPONENT_BITS) - 1)) - EXPONENT_BIAS;
    if (power < -23 || power >= 49) {
        return NULL;
    }
    /* What reads back as the number is nearer to it than half a 2**-places. With the least
       10**decimals above 2**places a decimal is always so near, and at most one that has a digit
       less: that is the shortest, else it is the nearest of the others.
       All counted in units of 10**-decimals / 2**shift, where half of 2**-places is half of an
       odd `width`: no decimal is exactly as far. Below a power of two the next number is only
       half as far as is assumed here: for none of these 72 that makes another text. */
    int places = MANTISSA_BITS - power;
    int decimals = (places * 1233 >> 12) + 1;
    int shift = places - decimals;
    uint64_t one = UINT64_C(1) << shift, width = FIVES[decimals];
    uint128 scaled = (uint128)(mantissa | LEADING_BIT) * width;
    uint64_t digits = (uint64_t)(scaled >> shift), rest = (uint64_t)scaled & (one - 1);
    uint64_t tens = digits / 10, last = digits % 10;
    uint64_t above_tens = last * one + rest;
    unsigned is_below = 2 * above_tens < width;
    unsigned is_above = 2 * (10 * one - above_tens) < width;
    last += 2 * rest + (last & 1) > one;
    *at = '-';
    return put_decimal(at + (number < 0), tens + is_above,
                       is_below | is_above ? 0 : (unsigned)last, decimals);
}

#endif
