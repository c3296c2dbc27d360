/* Reads msgpack from a buffer, one value after the other; nothing is read past its end.

   A value of another type than is asked for, or over a limit, is declined with NULL or 0. An
   exception is set only where Python has one: no memory, or a text that is not UTF-8. */

#ifndef PROTOCOL_READER_H
#define PROTOCOL_READER_H

#include <Python.h>
#include <stdint.h>
#include <string.h>

/* From here on a bin is not copied: to make a slice of a buffer costs as much as that. */
#define SLICED_FROM_BYTES 4096

struct reader {
    PyObject *body;  /* whose bytes these are */
    const unsigned char *start, *at, *end;
};

/* Pass over so many bytes and return where they begin, NULL if there are not as many. */
static inline const unsigned char *
take(struct reader *reader, uint64_t size)
{
    const unsigned char *taken = reader->at;
    if ((uint64_t)(reader->end - taken) < size) {
        return NULL;
    }
    reader->at += size;
    return taken;
}

/* Read a big-endian number of so many bytes. */
static inline int
read_wide(struct reader *reader, uint64_t size, uint64_t *number)
{
    const unsigned char *bytes = take(reader, size);
    *number = 0;
    for (uint64_t place = 0; bytes != NULL && place < size; place++) {
        *number = *number << 8 | bytes[place];
    }
    return bytes != NULL;
}

/* Read a head, and the number that is in its last bits or behind it. Heads of `fixed` and the
   `fixed_count` - 1 after it hold the number; `wide` and those after it say that it follows in
   1, 2, 4 or 8 bytes, beginning with `least_bytes`. */
static inline int
read_head(struct reader *reader, unsigned fixed, unsigned fixed_count, unsigned wide,
          unsigned least_bytes, unsigned most_bytes, uint64_t *number)
{
    const unsigned char *head = take(reader, 1);
    if (head == NULL) {
        return 0;
    }
    if (*head >= fixed && *head - fixed < fixed_count) {
        *number = *head - fixed;
        return 1;
    }
    for (unsigned bytes = least_bytes; bytes <= most_bytes; bytes *= 2, wide++) {
        if (*head == wide) {
            return read_wide(reader, bytes, number);
        }
    }
    return 0;
}

static inline int
read_array(struct reader *reader, uint64_t *length)
{
    return read_head(reader, 0x90, 16, 0xDC, 2, 4, length);
}

/* Read an integer that is not negative, spelled as such. */
static inline int
read_natural(struct reader *reader, uint64_t *number)
{
    return read_head(reader, 0x00, 128, 0xCC, 1, 8, number);
}

static inline PyObject *
read_text(struct reader *reader, Py_ssize_t most_bytes)
{
    uint64_t size;
    if (!read_head(reader, 0xA0, 32, 0xD9, 1, 4, &size) || size > (uint64_t)most_bytes) {
        return NULL;
    }
    const unsigned char *text = take(reader, size);
    return text == NULL ? NULL : PyUnicode_DecodeUTF8((const char *)text, (Py_ssize_t)size, NULL);
}

/* Pass over a bin and return where its bytes begin. */
static inline const unsigned char *
take_bin(struct reader *reader, uint64_t *size)
{
    return read_head(reader, 0, 0, 0xC4, 1, 4, size) ? take(reader, *size) : NULL;
}

static inline PyObject *
read_bytes(struct reader *reader, Py_ssize_t least, Py_ssize_t most)
{
    uint64_t size;
    const unsigned char *bytes = take_bin(reader, &size);
    if (bytes == NULL || size < (uint64_t)least || size > (uint64_t)most) {
        return NULL;
    }
    return PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)size);
}

/* Return the bytes of a bin that were taken: if they are many, as a slice of the body. */
static inline PyObject *
buffer_of(const struct reader *reader, const unsigned char *bytes, uint64_t size)
{
    if (size < SLICED_FROM_BYTES) {
        return PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)size);
    }
    Py_ssize_t start = bytes - reader->start;
    return PySequence_GetSlice(reader->body, start, start + (Py_ssize_t)size);
}

static inline PyObject *
read_float(struct reader *reader)
{
    uint64_t bits;
    double number;
    if (!read_head(reader, 0, 0, 0xCB, 8, 8, &bits)) {
        return NULL;
    }
    memcpy(&number, &bits, sizeof number);
    return PyFloat_FromDouble(number);
}

#endif
