/* Lines of a CSV recording -> columns, for the lines that are plain.

   The reading of the text is most of what a replay costs, and nothing in Python does it
   without several passes over it. This is one pass, without the GIL.

   A line is plain if it is ASCII without quotes or control characters and all its fields are
   spelled the common way. Of a plain line the values are exact: those of line_rows.py, which
   is the judge. Every other line is named as odd and left to the judge, so nothing is refused
   here, and every limit here may be stricter than the true one. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "lines.h"
#include "names.h"

static PyObject *
list_of(const struct names *names)
{
    PyObject *list = PyList_New(names->count);
    for (int32_t code = 0; list != NULL && code < names->count; code++) {
        const struct name *name = &names->name[code];
        PyObject *text = PyUnicode_FromStringAndSize(name->text, (Py_ssize_t)name->size);
        if (text == NULL) {
            Py_CLEAR(list);
        }
        else {
            PyList_SET_ITEM(list, code, text);
        }
    }
    return list;
}

/* Whether every field has a place to go to, and every column but the index has a field. */
static int
is_whole(const struct layout *layout)
{
    unsigned seen = 1u << INDEX;
    for (Py_ssize_t field = 0; field < layout->count; field++) {
        int kind = layout->kinds[field];
        if (kind != PASSED_OVER && (kind < INDEX || kind > TICKER)) {
            return 0;
        }
        seen |= 1u << kind;
    }
    unsigned needed = (2u << TICKER) - (1u << INDEX);
    return (seen & needed) == needed;
}

static PyObject *
read_text(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data, kinds, cells, codes, odd_cells;
    if (!PyArg_ParseTuple(args, "y*y*w*w*w*:read", &data, &kinds, &cells, &codes, &odd_cells)) {
        return NULL;
    }
    const char *begin = data.buf, *end = begin + data.len;
    struct layout layout = {kinds.buf, kinds.len};
    struct table table = {.cells = cells.buf, .codes = codes.buf, .capacity = codes.len / 4};
    struct odd_lines odd = {.cells = odd_cells.buf, .capacity = odd_cells.len / (ODD_CELLS * 8)};
    struct names names = {0};
    PyObject *result = NULL;
    if ((data.len > 0 && end[-1] != '\n') || !is_whole(&layout)
        || cells.len != ROW_COUNT * 8 * table.capacity)
    {
        PyErr_SetString(PyExc_ValueError, "a text, a layout or buffers that do not fit");
        goto done;
    }
    enum outcome outcome = NO_MEMORY;
    Py_BEGIN_ALLOW_THREADS
    if (grow_names(&names)) {
        outcome = read_lines(begin, end, &layout, &table, &odd, &names);
    }
    Py_END_ALLOW_THREADS
    if (outcome == NO_ROOM) {
        PyErr_SetString(PyExc_ValueError, "more rows than there is room for");
    }
    else if (outcome == NO_MEMORY) {
        PyErr_NoMemory();
    }
    else {
        PyObject *list = list_of(&names);
        if (list != NULL) {
            result = Py_BuildValue("nnN", table.count, odd.count, list);
        }
    }
done:
    free_names(&names);
    PyBuffer_Release(&data);
    PyBuffer_Release(&kinds);
    PyBuffer_Release(&cells);
    PyBuffer_Release(&codes);
    PyBuffer_Release(&odd_cells);
    return result;
}

static PyMethodDef functions[] = {
    {"read", read_text, METH_VARARGS, "Read plain lines into columns; see compiled_rows.pyi."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "zreplay.sources.compiled_rows",
    .m_doc = "Lines of a CSV recording -> columns, for the lines that are plain.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_compiled_rows(void)
{
    return PyModuleDef_Init(&module);
}
