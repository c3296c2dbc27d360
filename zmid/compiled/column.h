/* The numbers of a column of 8 bytes a row, wherever it begins in memory. */

#ifndef ZMID_COLUMN_H
#define ZMID_COLUMN_H

#include <stdint.h>
#include <string.h>

#define ITEM_BYTES 8

static inline double
number_at(const Py_buffer *column, Py_ssize_t row)
{
    double number;
    memcpy(&number, (const char *)column->buf + row * ITEM_BYTES, sizeof number);
    return number;
}

static inline int64_t
integer_at(const Py_buffer *column, Py_ssize_t row)
{
    int64_t number;
    memcpy(&number, (const char *)column->buf + row * ITEM_BYTES, sizeof number);
    return number;
}

#endif
