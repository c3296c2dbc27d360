/* Numbers of 8 bytes -> the integers n of which they are n / 10**scale, exactly.

   A division is rounded correctly, so that each number is what its n says to the bit, or is found
   not to be. */

#ifndef PROTOCOL_DECIMALS_H
#define PROTOCOL_DECIMALS_H

#include "form.h"

/* Added to a number closer to zero than 2**51, it leaves the nearest integer in the lowest bits. */
#define ROUNDING 0x1.8p52
#define ROUNDING_BITS UINT64_C(0x4338000000000000)
#define FURTHEST 0x1p51
/* Numbers that are looked at together: before all, a few, which mostly tell the scale. */
#define FEW 8
#define MANY 512

/* What `put_decimals` has found. */
struct found {
    int are_decimals, has_nan;
};

/* Write the integer of each number, 0 for a NaN; tell whether all are decimals of this scale. */
static struct found
put_decimals(char *integers, const char *numbers, Py_ssize_t count, double scale)
{
    uint64_t other = 0, nan = 0;
    for (Py_ssize_t row = 0; row < count; row++) {
        uint64_t bits = bits_at(numbers, row), back_bits, sum_bits;
        double number;
        memcpy(&number, &bits, sizeof number);
        double scaled = number * scale;
        double sum = scaled + ROUNDING;
        double integer = sum - ROUNDING;
        double back = integer / scale;
        memcpy(&back_bits, &back, sizeof back_bits);
        memcpy(&sum_bits, &sum, sizeof sum_bits);
        uint64_t is_nan = -(uint64_t)(bits == NAN_BITS);
        uint64_t is_far = -(uint64_t)!(integer < FURTHEST && integer > -FURTHEST);
        other |= ((bits ^ back_bits) | is_far) & ~is_nan;
        nan |= is_nan;
        put_bits(integers, row, (sum_bits - ROUNDING_BITS) & ~is_nan);
    }
    return (struct found){other == 0, nan != 0};
}

/* Find the least scale of which all numbers are decimals, and write their integers.

   Returns 0 if there is none: of random numbers that shows in the first few. */
static int
find_decimals(char *integers, const char *numbers, Py_ssize_t count, struct form *form)
{
    Py_ssize_t row = 0;
    form->scale = form->has_nan = 0;
    while (row < count) {
        Py_ssize_t most = row == 0 ? FEW : MANY, left = count - row;
        Py_ssize_t size = left < most ? left : most;
        Py_ssize_t at = row * ITEM_BYTES;
        struct found found
            = put_decimals(integers + at, numbers + at, size, SCALES[form->scale]);
        form->has_nan |= found.has_nan;
        if (found.are_decimals) {
            row += size;
            continue;
        }
        do {
            if (form->scale == MOST_SCALE) {
                return 0;
            }
            form->scale++;
            found = put_decimals(integers + at, numbers + at, size, SCALES[form->scale]);
        } while (!found.are_decimals);
        row = row == 0 ? size : 0;
    }
    return 1;
}

#endif
