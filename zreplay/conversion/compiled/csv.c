/* The columns of a batch -> the lines of a CSV: csv_text.py, row by row.

   Writing these texts is most of what a conversion to CSV does, and column code in Python makes a
   pass over each of them. This is one pass, without the GIL.

   The Python code is the definition, and does it all if this was not built. A number of a rare size
   or kind is declined by number.h: then the Python function for one value is called. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* What writes the logs writes these lines as well. */
#include "../../../zmid/compiled/column.h"
#include "../../../zmid/compiled/module.h"
#include "../../../zmid/compiled/number.h"
#include "../../../zmid/compiled/timestamp.h"

#define TIMES 2
#define FLOATS 5
#define LATENCY 0  /* the first of the floats; the others stand behind the ticker */
#define LONGEST_NUMBER 32
#define LONGEST_INDEX 20
#define FRACTION_DIGITS 9
/* What a line takes at most, its ticker not counted: every field has a comma or the end behind. */
#define LINE_BYTES \
    (TIMES * (LONGEST_TIMESTAMP + 1) + FLOATS * (LONGEST_NUMBER + 1) + LONGEST_INDEX + 2)
/* From here to there Arrow writes no exponent. */
#define LEAST_PLAIN 1e-6
#define MOST_PLAIN 1e10
#define NO_INDEX (-1)

/* What a call was given. */
struct call {
    Py_buffer times[TIMES];
    Py_buffer floats[FLOATS];
    Py_buffer index;
    Py_buffer ends;   /* int32: where each ticker ends, and before them where the first begins */
    Py_buffer names;
    int has_latency;
    PyObject *defined;
    Py_ssize_t count;
    PyThreadState *thread;
};

/* Write a time to the nanosecond: `2025-10-02 23:59:57.290000000`. */
static inline char *
put_time(char *at, struct second *second, int64_t time_ns)
{
    char *end = put_timestamp(at, second, time_ns);
    char *whole = at + SECOND_BYTES + FRACTION_DIGITS;
    memset(end, '0', (size_t)(whole - end));
    return whole;
}

/* Write what the Python function makes of a number; NULL with an exception set. */
static char *
put_defined(struct call *call, char *at, double number)
{
    PyEval_RestoreThread(call->thread);
    PyObject *text = PyObject_CallFunction(call->defined, "d", number);
    Py_ssize_t size = 0;
    const char *part = text != NULL ? PyUnicode_AsUTF8AndSize(text, &size) : NULL;
    if (part != NULL && size > LONGEST_NUMBER) {
        PyErr_SetString(PyExc_ValueError, "the text of a number is too long");
        part = NULL;
    }
    if (part != NULL) {
        memcpy(at, part, (size_t)size);
    }
    Py_XDECREF(text);
    call->thread = PyEval_SaveThread();
    return part != NULL ? at + size : NULL;
}

/* Write a number, and nothing for what is missing. */
static inline char *
put_number(struct call *call, char *at, double number)
{
    if (isnan(number)) {
        return at;
    }
    double size = fabs(number);
    if ((size >= LEAST_PLAIN && size < MOST_PLAIN) || (size == 0 && !signbit(number))) {
        char *end = put_shortest(at, number);
        if (end != NULL) {
            return end;
        }
    }
    return put_defined(call, at, number);
}

static inline char *
put_index(char *at, int64_t index)
{
    char digits[LONGEST_INDEX];
    char *first = digits + sizeof digits;
    uint64_t rest = index < 0 ? -(uint64_t)index : (uint64_t)index;
    if (index == NO_INDEX) {
        return at;
    }
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    *at = '-';
    at += index < 0;
    size_t size = (size_t)(digits + sizeof digits - first);
    memcpy(at, first, size);
    return at + size;
}

static inline char *
put_ticker(const struct call *call, char *at, Py_ssize_t row)
{
    int32_t from_to[2];
    memcpy(from_to, (const char *)call->ends.buf + row * sizeof *from_to, sizeof from_to);
    size_t size = (size_t)(from_to[1] - from_to[0]);
    memcpy(at, (const char *)call->names.buf + from_to[0], size);
    return at + size;
}

/* Write a line; the seconds are those of the line before. */
static inline char *
put_line(struct call *call, char *at, struct second *seconds, Py_ssize_t row)
{
    for (int i = 0; i < TIMES; i++) {
        at = put_time(at, &seconds[i], integer_at(&call->times[i], row));
        *at++ = ',';
    }
    if (call->has_latency) {
        at = put_number(call, at, number_at(&call->floats[LATENCY], row));
        if (at == NULL) {
            return NULL;
        }
        *at++ = ',';
    }
    at = put_ticker(call, at, row);
    *at++ = ',';
    for (int i = LATENCY + 1; i < FLOATS; i++) {
        at = put_number(call, at, number_at(&call->floats[i], row));
        if (at == NULL) {
            return NULL;
        }
        *at++ = ',';
    }
    at = put_index(at, integer_at(&call->index, row));
    *at++ = '\n';
    return at;
}

/* Whether there are as many of each column, and every ticker stands within the names. */
static int
is_fit(struct call *call)
{
    Py_ssize_t size = call->index.len, count = size / ITEM_BYTES;
    int is_fit = size % ITEM_BYTES == 0 && call->times[0].len == size && call->times[1].len == size
                 && call->ends.len == (count + 1) * (Py_ssize_t)sizeof(int32_t);
    for (int i = 0; i < FLOATS; i++) {
        is_fit = is_fit && (call->floats[i].len == size || (i == LATENCY && !call->has_latency));
    }
    int32_t before = 0;
    for (Py_ssize_t i = 0; is_fit && i <= count; i++) {
        int32_t end;
        memcpy(&end, (const char *)call->ends.buf + i * sizeof end, sizeof end);
        is_fit = end >= before && end <= call->names.len;
        before = end;
    }
    call->count = count;
    return is_fit;
}

static PyObject *
lines_of(struct call *call)
{
    if (!is_fit(call)) {
        PyErr_SetString(PyExc_ValueError, "columns that do not fit each other");
        return NULL;
    }
    /* Digits are written in whole words: beyond what stays of them. */
    Py_ssize_t most = call->count * LINE_BYTES + call->names.len + NUMBER_ROOM;
    PyObject *text = PyBytes_FromStringAndSize(NULL, most);
    if (text == NULL) {
        return NULL;
    }
    char *at = PyBytes_AS_STRING(text), *begin = at;
    struct second seconds[TIMES];
    call->thread = PyEval_SaveThread();
    for (int i = 0; i < TIMES; i++) {
        set_second(&seconds[i], 0);
    }
    for (Py_ssize_t row = 0; row < call->count && at != NULL; row++) {
        at = put_line(call, at, seconds, row);
    }
    PyEval_RestoreThread(call->thread);
    if (at == NULL) {
        Py_DECREF(text);
        return NULL;
    }
    _PyBytes_Resize(&text, at - begin);
    return text;
}

static PyObject *
lines(PyObject *Py_UNUSED(module), PyObject *args)
{
    struct call call = {0};
    Py_buffer *floats = call.floats;
    if (!PyArg_ParseTuple(args, "y*y*z*y*y*y*y*y*y*y*O:lines", &call.times[0], &call.times[1],
                          &floats[0], &call.ends, &call.names, &floats[1], &floats[2], &floats[3],
                          &floats[4], &call.index, &call.defined))
    {
        return NULL;
    }
    call.has_latency = floats[LATENCY].buf != NULL;
    PyObject *result = lines_of(&call);
    for (int i = 0; i < TIMES; i++) {
        PyBuffer_Release(&call.times[i]);
    }
    for (int i = 0; i < FLOATS; i++) {
        PyBuffer_Release(&floats[i]);
    }
    PyBuffer_Release(&call.index);
    PyBuffer_Release(&call.ends);
    PyBuffer_Release(&call.names);
    return result;
}

static PyMethodDef functions[] = {
    {"lines", lines, METH_VARARGS, "Write the lines of a batch; see compiled_csv.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE(
    "zreplay.conversion", compiled_csv, "The columns of a batch -> the lines of a CSV.")
