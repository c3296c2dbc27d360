/* A buffer that Python gave -> how many items it holds. */

#ifndef ZREPLAY_ITEMS_H
#define ZREPLAY_ITEMS_H

#include <Python.h>
#include <stdint.h>

/* Return how many items of this many bytes a buffer holds, -1 if it is not a multiple. */
static Py_ssize_t
count_of(const Py_buffer *buffer, Py_ssize_t item_bytes, Py_ssize_t alignment)
{
    int is_fit = buffer->len % item_bytes == 0 && (uintptr_t)buffer->buf % alignment == 0;
    return is_fit ? buffer->len / item_bytes : -1;
}

#endif
