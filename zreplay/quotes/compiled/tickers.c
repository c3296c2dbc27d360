/* The ticker codes of some rows -> the names that they use, numbered anew.

   A batch carries the names that it uses. In numpy each step is a pass over the codes, with a copy
   of them in twice the size; here they are looked at twice. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

#include "../../../zmid/compiled/module.h"

#define UNUSED (-1)

/* Mark the codes that rows use; false if one is no code. */
static int
mark_used(const int32_t *codes, Py_ssize_t row_count, int32_t *numbers, Py_ssize_t name_count)
{
    memset(numbers, UNUSED, (size_t)name_count * sizeof *numbers);
    for (Py_ssize_t row = 0; row < row_count; row++) {
        if (codes[row] < 0 || codes[row] >= name_count) {
            return 0;
        }
        numbers[codes[row]] = 0;
    }
    return 1;
}

/* Number what is used in its order; return how many they are. */
static Py_ssize_t
number_used(int32_t *numbers, Py_ssize_t name_count)
{
    int32_t count = 0;
    for (Py_ssize_t code = 0; code < name_count; code++) {
        if (numbers[code] != UNUSED) {
            numbers[code] = count++;
        }
    }
    return count;
}

/* Return the names that have a number, by it. */
static PyObject *
names_used(PyObject *names, const int32_t *numbers, Py_ssize_t count)
{
    PyObject *used = PyTuple_New(count);
    for (Py_ssize_t code = 0; used != NULL && code < PyTuple_GET_SIZE(names); code++) {
        if (numbers[code] != UNUSED) {
            PyTuple_SET_ITEM(used, numbers[code], Py_NewRef(PyTuple_GET_ITEM(names, code)));
        }
    }
    return used;
}

static PyObject *
used_names(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *names;
    Py_buffer codes, renumbered;
    if (!PyArg_ParseTuple(args, "O!y*w*:used_names", &PyTuple_Type, &names, &codes, &renumbered)) {
        return NULL;
    }
    Py_ssize_t name_count = PyTuple_GET_SIZE(names), row_count = codes.len / 4;
    int is_fit = codes.len == 4 * row_count && renumbered.len == codes.len
                 && name_count <= INT32_MAX && (uintptr_t)codes.buf % 4 == 0
                 && (uintptr_t)renumbered.buf % 4 == 0;
    int32_t *numbers = PyMem_Malloc((size_t)name_count * sizeof *numbers);
    PyObject *used = NULL;
    if (numbers == NULL) {
        PyErr_NoMemory();
    }
    else if (!is_fit || !mark_used(codes.buf, row_count, numbers, name_count)) {
        PyErr_SetString(PyExc_ValueError, "codes without names, or buffers that do not fit");
    }
    else {
        Py_ssize_t count = number_used(numbers, name_count);
        used = count == name_count ? Py_NewRef(names) : names_used(names, numbers, count);
        const int32_t *code = codes.buf;
        int32_t *number = renumbered.buf;
        for (Py_ssize_t row = 0; used != NULL && row < row_count; row++) {
            number[row] = numbers[code[row]];
        }
    }
    PyMem_Free(numbers);
    PyBuffer_Release(&codes);
    PyBuffer_Release(&renumbered);
    return used;
}

static PyMethodDef functions[] = {
    {"used_names", used_names, METH_VARARGS, "Number names anew; see compiled_tickers.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE(
    "zreplay.quotes", compiled_tickers, "The ticker codes of some rows -> the names that they use.")
