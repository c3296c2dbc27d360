/* The head of a narrow column: what its items are, in the fields of protocol/narrow_column.py. */

#ifndef PROTOCOL_FORM_H
#define PROTOCOL_FORM_H

#include <stdint.h>
#include <string.h>

#define ITEM_BYTES 8
#define HEAD_BYTES 20
#define MOST_WIDTH 7
#define MOST_SCALE 15
#define MOST_UNIT 9
/* In the place of a scale: the integers are the numbers, or their bits. */
#define NO_SCALE 255
/* The only NaN that an item stands for; one with other bits is a number like any other. */
#define NAN_BITS UINT64_C(0x7ff8000000000000)

/* Item i is base + i * step where the width is 0, else base + its bytes * 10**unit. */
struct form {
    uint8_t scale, width, unit, has_nan;
    uint64_t base, step;
};

static const double SCALES[MOST_SCALE + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

static inline uint64_t
bits_at(const char *column, Py_ssize_t row)
{
    uint64_t bits;
    memcpy(&bits, column + row * ITEM_BYTES, sizeof bits);
    return bits;
}

static inline void
put_bits(char *column, Py_ssize_t row, uint64_t bits)
{
    memcpy(column + row * ITEM_BYTES, &bits, sizeof bits);
}

static inline uint64_t
power_of_ten(int exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0) {
        power *= 10;
    }
    return power;
}

static void
put_form(char *head, const struct form *form)
{
    const uint8_t small[4] = {form->scale, form->width, form->unit, form->has_nan};
    memcpy(head, small, 4);
    memcpy(head + 4, &form->base, 8);
    memcpy(head + 12, &form->step, 8);
}

/* Read the head of a column of so many bytes; false if there is no such column. */
static int
get_form(struct form *form, const char *head, Py_ssize_t size, Py_ssize_t count)
{
    if (size < HEAD_BYTES) {
        return 0;
    }
    uint8_t small[4];
    memcpy(small, head, 4);
    *form = (struct form){small[0], small[1], small[2], small[3], 0, 0};
    memcpy(&form->base, head + 4, 8);
    memcpy(&form->step, head + 12, 8);
    int is_decimal = form->scale <= MOST_SCALE;
    return (is_decimal || form->scale == NO_SCALE) && form->width <= MOST_WIDTH
           && form->unit <= MOST_UNIT && form->has_nan <= (is_decimal && form->width > 0)
           && size - HEAD_BYTES == form->width * count;
}

#endif
