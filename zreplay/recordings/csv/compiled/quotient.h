/* digits / 10**tens, rounded once: all of it is exact integer arithmetic. */

#ifndef ZREPLAY_QUOTIENT_H
#define ZREPLAY_QUOTIENT_H

#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

/* Division by 5**tens, shifted to the left end of 64 bits: a division is slow, so the dividend is
   multiplied by 2**128 / divisor, of which 2**64 is left out. */
struct divisor {
    uint64_t fives;
    uint64_t reciprocal;
    int shift;
};

#define SHIFTED(fives) ((uint64_t)(fives) << __builtin_clzll(fives))
#define DIVISOR(fives) \
    {SHIFTED(fives), (uint64_t)(~(uint128)0 / SHIFTED(fives)), __builtin_clzll(fives)}

#define MOST_FIVES 27  /* whose power 64 bits hold */
static const struct divisor DIVISORS[MOST_FIVES + 1] = {
    DIVISOR(1u), DIVISOR(5u), DIVISOR(25u), DIVISOR(125u), DIVISOR(625u), DIVISOR(3125u),
    DIVISOR(15625u), DIVISOR(78125u), DIVISOR(390625u), DIVISOR(1953125u), DIVISOR(9765625u),
    DIVISOR(48828125u), DIVISOR(244140625u), DIVISOR(1220703125u), DIVISOR(6103515625u),
    DIVISOR(30517578125u), DIVISOR(152587890625u), DIVISOR(762939453125u),
    DIVISOR(3814697265625u), DIVISOR(19073486328125u), DIVISOR(95367431640625u),
    DIVISOR(476837158203125u), DIVISOR(2384185791015625u), DIVISOR(11920928955078125u),
    DIVISOR(59604644775390625u), DIVISOR(298023223876953125u), DIVISOR(1490116119384765625u),
    DIVISOR(7450580596923828125u),
};

/* Return 2**exponent, which is a normal double. */
static inline double
power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* Return dividend / divisor for a dividend below 2**64 * divisor, and whether there is a rest.

   By the reciprocal, as of Moller and Granlund, "Improved division by invariant integers":
   the estimate is one too large, or right, or rarely one too small, and the rest tells which. */
static inline uint64_t
divided(uint128 dividend, const struct divisor *divisor, int *has_rest)
{
    uint64_t fives = divisor->fives;
    uint128 estimate = (uint128)divisor->reciprocal * (uint64_t)(dividend >> 64) + dividend;
    uint64_t whole = (uint64_t)(estimate >> 64) + 1;
    uint64_t rest = (uint64_t)dividend - whole * fives;
    uint64_t is_over = rest > (uint64_t)estimate;
    whole -= is_over;
    rest += is_over ? fives : 0;
    if (__builtin_expect(rest >= fives, 0)) {
        whole++;
        rest -= fives;
    }
    *has_rest = rest != 0;
    return whole;
}

/* Return digits / 10**tens for digits > 0 and 0 <= tens <= MOST_FIVES, rounded half to even. */
static inline double
quotient(uint64_t digits, int tens)
{
    const struct divisor *divisor = &DIVISORS[tens];
    int shift = __builtin_clzll(digits), has_rest;
    /* With both at the left end the quotient has 62 or 63 bits, and 53 are needed. A rest is far
       below the half, but it keeps a half from being one: the last bit stands for it. */
    uint64_t bits = divided((uint128)(digits << shift) << 62, divisor, &has_rest);
    double rounded = (double)(int64_t)(bits | (uint64_t)has_rest);
    return rounded * power_of_two(divisor->shift - shift - tens - 62);
}

#endif
