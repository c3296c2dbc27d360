/* Integers of 8 bytes -> a base and a step, or a base and how far each is from it in a unit. */

#ifndef PROTOCOL_OFFSETS_H
#define PROTOCOL_OFFSETS_H

#include "form.h"

/* Division by a power of ten of what it divides: by 5**unit as a product, by 2**unit as a turn. */
struct divisor {
    int unit;
    uint64_t inverse, most;
};

static void
set_divisor(struct divisor *divisor, int unit)
{
    uint64_t power = power_of_ten(unit), odd = power >> unit, inverse = odd;
    for (int bits = 3; bits < 64; bits *= 2) {
        inverse *= 2 - odd * inverse;
    }
    *divisor = (struct divisor){unit, inverse, UINT64_MAX / power};
}

/* Return the quotient, which is at most `most` if and only if there is no rest. */
static inline uint64_t
quotient(uint64_t number, const struct divisor *divisor)
{
    uint64_t product = number * divisor->inverse;
    return product >> divisor->unit | product << (-divisor->unit & 63);
}

static int
is_stepping(const char *integers, Py_ssize_t count, uint64_t step)
{
    Py_ssize_t row = 1;
    while (row < count && bits_at(integers, row) - bits_at(integers, row - 1) == step) {
        row++;
    }
    return row == count;
}

/* Set the greatest unit that divides how far each integer is from the base. */
static void
find_unit(struct divisor *divisor, const char *integers, Py_ssize_t count, uint64_t base)
{
    set_divisor(divisor, MOST_UNIT);
    for (Py_ssize_t row = 0; row < count && divisor->unit > 0; row++) {
        uint64_t offset = bits_at(integers, row) - base;
        while (quotient(offset, divisor) > divisor->most) {
            set_divisor(divisor, divisor->unit - 1);
        }
    }
}

/* Find what of their form the integers decide, of which there are some; set what divides them. */
static void
find_offsets(struct form *form, struct divisor *divisor, const char *integers, Py_ssize_t count)
{
    form->base = bits_at(integers, 0);
    form->step = count > 1 ? bits_at(integers, 1) - form->base : 0;
    form->unit = form->width = 0;
    if (!form->has_nan && is_stepping(integers, count, form->step)) {
        return;
    }
    int64_t least = (int64_t)form->base, most = least;
    for (Py_ssize_t row = 1; row < count; row++) {
        int64_t integer = (int64_t)bits_at(integers, row);
        least = integer < least ? integer : least;
        most = integer > most ? integer : most;
    }
    form->base = (uint64_t)least;
    form->step = 0;
    find_unit(divisor, integers, count, form->base);
    form->unit = (uint8_t)divisor->unit;
    /* The last value of so many bytes is that of a NaN. */
    uint64_t greatest = quotient((uint64_t)most - (uint64_t)least, divisor);
    for (greatest += form->has_nan; greatest > 0; greatest >>= 8) {
        form->width++;
    }
}

/* Write the offsets in `width` bytes each. */
static void
put_offsets(char *offsets, const struct form *form, const struct divisor *divisor,
            const char *integers, Py_ssize_t count)
{
    Py_ssize_t row = 0, width = form->width, size = width * count;
    for (; row * width + 8 <= size; row++) {
        uint64_t offset = quotient(bits_at(integers, row) - form->base, divisor);
        memcpy(offsets + row * width, &offset, 8);
    }
    for (; row < count; row++) {
        uint64_t offset = quotient(bits_at(integers, row) - form->base, divisor);
        memcpy(offsets + row * width, &offset, (size_t)width);
    }
}

#endif
