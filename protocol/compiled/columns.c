/* A column of 8-byte numbers -> fewer bytes, and back: protocol/narrow_numbers.py, in C.

   Each of the passes is short, over a column that is in the cache: numpy makes a new array in each
   step. Other threads run meanwhile: those that read on have little Python to do, but often. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../../zmid/compiled/module.h"
#include "../../zmid/compiled/upper_halves.h"
#include "decimals.h"
#include "form.h"
#include "items.h"
#include "offsets.h"

static int
is_constant(const char *numbers, Py_ssize_t count)
{
    return is_stepping(numbers, count, 0);
}

/* Give the rows of a NaN the integer of another: they decide nothing about the form. */
static void
fill_nans(char *integers, const char *numbers, Py_ssize_t count)
{
    Py_ssize_t present = 0;
    while (bits_at(numbers, present) == NAN_BITS) {
        present++;  /* there is one: the column is not constant */
    }
    for (Py_ssize_t row = 0; row < count; row++) {
        if (bits_at(numbers, row) == NAN_BITS) {
            put_bits(integers, row, bits_at(integers, present));
        }
    }
}

/* Return the narrow column of these integers, None if it is not shorter. */
static PyObject *
column_of(struct form *form, const char *integers, const char *numbers, Py_ssize_t count)
{
    struct divisor divisor;
    Py_BEGIN_ALLOW_THREADS
    find_offsets(form, &divisor, integers, count);
    Py_END_ALLOW_THREADS
    Py_ssize_t size = HEAD_BYTES + form->width * count;
    if (size >= ITEM_BYTES * count) {
        Py_RETURN_NONE;
    }
    PyObject *column = PyBytes_FromStringAndSize(NULL, size);
    if (column == NULL) {
        return NULL;
    }
    char *head = PyBytes_AS_STRING(column), *offsets = head + HEAD_BYTES;
    Py_BEGIN_ALLOW_THREADS
    put_form(head, form);
    if (form->width > 0) {
        put_offsets(offsets, form, &divisor, integers, count);
    }
    for (Py_ssize_t row = 0; form->has_nan && row < count; row++) {
        if (bits_at(numbers, row) == NAN_BITS) {
            memset(offsets + row * form->width, 0xff, form->width);
        }
    }
    Py_END_ALLOW_THREADS
    return column;
}

static PyObject *
narrow_floats(const char *numbers, Py_ssize_t count)
{
    struct form form = {.scale = NO_SCALE};
    if (is_constant(numbers, count)) {
        return column_of(&form, numbers, numbers, count);
    }
    char *integers = PyMem_Malloc((size_t)count * ITEM_BYTES);
    if (integers == NULL) {
        return PyErr_NoMemory();
    }
    int is_found;
    Py_BEGIN_ALLOW_THREADS
    is_found = find_decimals(integers, numbers, count, &form);
    if (is_found && form.has_nan) {
        fill_nans(integers, numbers, count);
    }
    Py_END_ALLOW_THREADS
    PyObject *column = is_found ? column_of(&form, integers, numbers, count) : Py_NewRef(Py_None);
    PyMem_Free(integers);
    return column;
}

static PyObject *
narrowed(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer wide;
    int is_float;
    if (!PyArg_ParseTuple(args, "y*p:narrowed", &wide, &is_float)) {
        return NULL;
    }
    clear_upper_halves();
    Py_ssize_t count = wide.len / ITEM_BYTES;
    struct form form = {.scale = NO_SCALE};
    PyObject *column = NULL;
    if (wide.len % ITEM_BYTES != 0) {
        PyErr_SetString(PyExc_ValueError, "a column that is not of 8 bytes a number");
    }
    else if (count == 0) {
        column = Py_NewRef(Py_None);
    }
    else if (is_float) {
        column = narrow_floats(wide.buf, count);
    }
    else {
        column = column_of(&form, wide.buf, wide.buf, count);
    }
    PyBuffer_Release(&wide);
    return column;
}

static PyObject *
widened(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer narrow;
    Py_ssize_t count;
    if (!PyArg_ParseTuple(args, "y*n:widened", &narrow, &count)) {
        return NULL;
    }
    clear_upper_halves();
    struct form form;
    PyObject *column = NULL;
    if (count < 0 || count > PY_SSIZE_T_MAX / ITEM_BYTES
        || !get_form(&form, narrow.buf, narrow.len, count))
    {
        PyErr_SetString(PyExc_ValueError, "not a narrow column of so many numbers");
    }
    else if ((column = PyBytes_FromStringAndSize(NULL, ITEM_BYTES * count)) != NULL) {
        char *numbers = PyBytes_AS_STRING(column);
        Py_BEGIN_ALLOW_THREADS
        put_items(numbers, &form, (const char *)narrow.buf + HEAD_BYTES, count);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&narrow);
    return column;
}

static PyMethodDef functions[] = {
    {"narrowed", narrowed, METH_VARARGS, "Narrow a column; see compiled_columns.pyi."},
    {"widened", widened, METH_VARARGS, "Widen a column; see compiled_columns.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE("protocol", compiled_columns, "A column of 8-byte numbers -> fewer bytes, and back.")
