/* The form of a narrow column and the bytes of its items -> the numbers. */

#ifndef PROTOCOL_ITEMS_H
#define PROTOCOL_ITEMS_H

#include "form.h"

/* Return the lowest `width` bytes at a row, of which there are more behind it or `left` is 8. */
static inline uint64_t
offset_at(const char *offsets, Py_ssize_t at, Py_ssize_t left, uint64_t mask, Py_ssize_t width)
{
    uint64_t offset = 0;
    memcpy(&offset, offsets + at, left >= 8 ? 8 : (size_t)width);
    return offset & mask;
}

/* Write the integer of each item, all ones for a NaN. */
static void
put_integers(char *wide, const struct form *form, const char *offsets, Py_ssize_t count)
{
    if (form->width == 0) {
        for (Py_ssize_t row = 0; row < count; row++) {
            put_bits(wide, row, form->base + (uint64_t)row * form->step);
        }
        return;
    }
    Py_ssize_t row = 0, width = form->width, size = width * count;
    uint64_t unit = power_of_ten(form->unit), mask = UINT64_MAX >> (64 - 8 * width);
    for (; row * width + 8 <= size; row++) {
        put_bits(wide, row, form->base + offset_at(offsets, row * width, 8, mask, width) * unit);
    }
    for (; row < count; row++) {
        put_bits(wide, row, form->base + offset_at(offsets, row * width, 0, mask, width) * unit);
    }
}

/* Put the decimals in the place of their integers. */
static void
scale_down(char *wide, Py_ssize_t count, double scale)
{
    for (Py_ssize_t row = 0; row < count; row++) {
        double number = (double)(int64_t)bits_at(wide, row) / scale;
        memcpy(wide + row * ITEM_BYTES, &number, sizeof number);
    }
}

static void
put_nans(char *wide, const char *offsets, Py_ssize_t count, Py_ssize_t width)
{
    const unsigned char ones[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    for (Py_ssize_t row = 0; row < count; row++) {
        if (memcmp(offsets + row * width, ones, (size_t)width) == 0) {
            put_bits(wide, row, NAN_BITS);
        }
    }
}

static void
put_items(char *wide, const struct form *form, const char *offsets, Py_ssize_t count)
{
    put_integers(wide, form, offsets, count);
    if (form->scale != NO_SCALE) {
        scale_down(wide, count, SCALES[form->scale]);
    }
    if (form->has_nan) {
        put_nans(wide, offsets, count, form->width);
    }
}

#endif
