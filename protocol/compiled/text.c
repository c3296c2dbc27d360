/* A narrow text -> its lines: protocol/narrow_text.py, in C. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

#include "../../zmid/compiled/module.h"
#include "../../zmid/compiled/upper_halves.h"

#define HEAD_BYTES 8
#define SIZE_BYTES 2
#define MOST_LINE_BYTES 480
/* What is copied at once; so much may be read and written behind the end of a part. */
#define STRIDE 16

/* The parts of a narrow text. */
struct narrow {
    size_t count, begin_size, end_size, rests_size;
    const char *begin, *end, *sizes, *rests;
};

static inline size_t
size_at(const struct narrow *narrow, size_t line)
{
    uint16_t size;
    memcpy(&size, narrow->sizes + line * SIZE_BYTES, SIZE_BYTES);
    return size;
}

/* Find the parts; false if they are not what the head says. */
static int
set_parts(struct narrow *narrow, const char *text, size_t size)
{
    uint16_t head[4];
    if (size < HEAD_BYTES) {
        return 0;
    }
    memcpy(head, text, HEAD_BYTES);
    *narrow = (struct narrow){.count = head[1], .begin_size = head[2], .end_size = head[3]};
    size_t fixed = narrow->begin_size + narrow->end_size;
    size_t rests_at = HEAD_BYTES + fixed + narrow->count * SIZE_BYTES;
    if (head[0] != 0 || fixed > MOST_LINE_BYTES || size < rests_at) {
        return 0;
    }
    narrow->begin = text + HEAD_BYTES;
    narrow->end = narrow->begin + narrow->begin_size;
    narrow->sizes = narrow->end + narrow->end_size;
    narrow->rests = text + rests_at;
    narrow->rests_size = size - rests_at;
    size_t all = 0, longest = 0;
    for (size_t line = 0; line < narrow->count; line++) {
        size_t rest = size_at(narrow, line);
        all += rest;
        longest = rest > longest ? rest : longest;
    }
    return all == narrow->rests_size && fixed + longest <= MOST_LINE_BYTES;
}

/* Copy a part in strides: what is behind it is overwritten by the next. */
static inline char *
put_part(char *at, const char *part, size_t size)
{
    for (size_t done = 0; done < size; done += STRIDE) {
        memcpy(at + done, part + done, STRIDE);
    }
    return at + size;
}

static void
put_lines(char *at, const struct narrow *narrow)
{
    char begin[MOST_LINE_BYTES + STRIDE] = {0}, end[MOST_LINE_BYTES + STRIDE] = {0};
    memcpy(begin, narrow->begin, narrow->begin_size);
    memcpy(end, narrow->end, narrow->end_size);
    const char *rest = narrow->rests, *rests_end = rest + narrow->rests_size;
    for (size_t line = 0; line < narrow->count; line++) {
        size_t size = size_at(narrow, line);
        at = put_part(at, begin, narrow->begin_size);
        if ((size_t)(rests_end - rest) >= size + STRIDE) {
            at = put_part(at, rest, size);
        }
        else {
            memcpy(at, rest, size);
            at += size;
        }
        rest += size;
        at = put_part(at, end, narrow->end_size);
    }
}

static PyObject *
widened(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer text;
    if (!PyArg_ParseTuple(args, "y*:widened", &text)) {
        return NULL;
    }
    clear_upper_halves();
    struct narrow narrow;
    PyObject *lines = NULL;
    if (!set_parts(&narrow, text.buf, (size_t)text.len)) {
        PyErr_SetString(PyExc_ValueError, "not a narrow text");
    }
    else {
        size_t size = narrow.count * (narrow.begin_size + narrow.end_size) + narrow.rests_size;
        lines = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(size + STRIDE));
        if (lines != NULL) {
            put_lines(PyBytes_AS_STRING(lines), &narrow);
            _PyBytes_Resize(&lines, (Py_ssize_t)size);
        }
    }
    PyBuffer_Release(&text);
    return lines;
}

static PyMethodDef functions[] = {
    {"widened", widened, METH_VARARGS, "Widen a text; see compiled_text.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE("protocol", compiled_text, "A narrow text -> its lines.")
