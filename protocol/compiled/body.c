/* The body of a BATCH or a RESULT -> its fields, if all of them plainly fit.

   Each quote crosses a wire twice, and each time protocol/checks.py looks at every field. Here
   that is done on the way through the body, and what is large is not copied out of it.

   The Python code is the definition, and says what is wrong. What does not fit here, or is not
   spelled as our own encoder does it, is declined: the answer is None, and Python judges. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "reader.h"

#define BATCH_FIELDS 10
#define RESULT_FIELDS 12
#define COLUMNS 9
#define NUMBER_COLUMNS 7
#define NUMBER_BYTES 8
#define CODE_BYTES 4

/* What a field may be at most; the caller has it from where Python defines it. `words` are the
   modes of a batch, the stamps of a result. */
struct limits {
    Py_ssize_t run_bytes, cursor_bytes, text_bytes, quotes;
    PyObject *words;
};

/* Put a field in its place, if it was read; tell whether it was. */
static inline int
put(PyObject *fields, Py_ssize_t place, PyObject *field)
{
    if (field != NULL) {
        PyTuple_SET_ITEM(fields, place, field);
    }
    return field != NULL;
}

static inline int
put_integer(PyObject *fields, Py_ssize_t place, struct reader *reader, uint64_t least,
            uint64_t most, uint64_t *number)
{
    return read_natural(reader, number) && *number >= least && *number <= most
        && put(fields, place, PyLong_FromUnsignedLongLong(*number));
}

/* The record number of the first quote, and how many they are. */
static inline int
put_place(PyObject *fields, Py_ssize_t place, struct reader *reader, const struct limits *limits,
          uint64_t *count)
{
    uint64_t first;
    return put_integer(fields, place, reader, 0, INT64_MAX, &first)
        && put_integer(fields, place + 1, reader, 1, (uint64_t)limits->quotes, count)
        && first <= INT64_MAX - *count;
}

static inline int
put_word(PyObject *fields, Py_ssize_t place, struct reader *reader, const struct limits *limits)
{
    return put(fields, place, read_text(reader, limits->text_bytes))
        && PySequence_Contains(limits->words, PyTuple_GET_ITEM(fields, place)) == 1;
}

static inline int
put_lines(PyObject *fields, Py_ssize_t place, struct reader *reader)
{
    uint64_t size;
    const unsigned char *bytes = take_bin(reader, &size);
    return bytes != NULL && put(fields, place, buffer_of(reader, bytes, size));
}

/* Put a column of so many bytes in its place; return where they begin. */
static const unsigned char *
put_column(PyObject *columns, Py_ssize_t place, struct reader *reader, uint64_t size)
{
    uint64_t found;
    const unsigned char *bytes = take_bin(reader, &found);
    if (bytes == NULL || found != size || !put(columns, place, buffer_of(reader, bytes, size))) {
        return NULL;
    }
    return bytes;
}

static int
put_names(PyObject *columns, struct reader *reader, const struct limits *limits, uint64_t most,
          uint64_t *count)
{
    if (!read_array(reader, count) || *count > most) {
        return 0;
    }
    PyObject *names = PyTuple_New((Py_ssize_t)*count);
    if (!put(columns, NUMBER_COLUMNS, names)) {
        return 0;
    }
    for (uint64_t name = 0; name < *count; name++) {
        if (!put(names, (Py_ssize_t)name, read_text(reader, limits->text_bytes))) {
            return 0;
        }
    }
    return 1;
}

/* Tell whether each code is that of a name; as a u32 a negative one is too large as well. */
static int
are_below(const unsigned char *codes, uint64_t quotes, uint64_t names)
{
    uint32_t largest = 0;
    for (uint64_t quote = 0; quote < quotes; quote++) {
        const unsigned char *at = codes + quote * CODE_BYTES;
        uint32_t code = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16
            | (uint32_t)at[3] << 24;
        largest = code > largest ? code : largest;
    }
    return largest < names;
}

static int
put_columns(PyObject *fields, Py_ssize_t place, struct reader *reader,
            const struct limits *limits, uint64_t count)
{
    uint64_t arity, names;
    PyObject *columns = PyTuple_New(COLUMNS);
    if (!put(fields, place, columns) || !read_array(reader, &arity) || arity != COLUMNS) {
        return 0;
    }
    for (Py_ssize_t column = 0; column < NUMBER_COLUMNS; column++) {
        if (put_column(columns, column, reader, count * NUMBER_BYTES) == NULL) {
            return 0;
        }
    }
    if (!put_names(columns, reader, limits, count, &names)) {
        return 0;
    }
    const unsigned char *codes =
        put_column(columns, NUMBER_COLUMNS + 1, reader, count * CODE_BYTES);
    return codes != NULL && are_below(codes, count, names);
}

static int
put_batch(PyObject *fields, struct reader *reader, const struct limits *limits)
{
    uint64_t number, count;
    return put(fields, 0, read_bytes(reader, limits->run_bytes, limits->run_bytes))
        && put_integer(fields, 1, reader, 0, INT64_MAX, &number)
        && put_place(fields, 2, reader, limits, &count)
        && put_integer(fields, 4, reader, 0, INT64_MAX, &number)
        && put(fields, 5, read_text(reader, limits->text_bytes))
        && put_word(fields, 6, reader, limits)
        && put_integer(fields, 7, reader, 1, INT64_MAX, &number)
        && put(fields, 8, read_bytes(reader, 0, limits->cursor_bytes))
        && put_columns(fields, 9, reader, limits, count);
}

static int
put_result(PyObject *fields, struct reader *reader, const struct limits *limits)
{
    uint64_t number, count;
    return put(fields, 0, read_bytes(reader, limits->run_bytes, limits->run_bytes))
        && put_integer(fields, 1, reader, 0, INT64_MAX, &number)
        && put_place(fields, 2, reader, limits, &count)
        && put(fields, 4, read_bytes(reader, 0, limits->cursor_bytes))
        && put(fields, 5, read_float(reader))
        && put_word(fields, 6, reader, limits)
        && put_lines(fields, 7, reader)
        && put_lines(fields, 8, reader)
        && put_integer(fields, 9, reader, 0, count, &number)
        && put(fields, 10, read_text(reader, limits->text_bytes))
        && put_integer(fields, 11, reader, 0, INT64_MAX, &number);
}

/* Read the array of so many fields that a body is; return it as a tuple, or None. */
static PyObject *
fields_of(PyObject *args, Py_ssize_t arity,
          int (*put_fields)(PyObject *, struct reader *, const struct limits *))
{
    struct limits limits;
    PyObject *body;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "OnnnnO!", &body, &limits.run_bytes, &limits.cursor_bytes,
                          &limits.text_bytes, &limits.quotes, &PyTuple_Type, &limits.words)
        || PyObject_GetBuffer(body, &view, PyBUF_SIMPLE) != 0)
    {
        return NULL;
    }
    const unsigned char *bytes = view.buf;
    struct reader reader = {body, bytes, bytes, bytes + view.len};
    uint64_t length;
    PyObject *fields = PyTuple_New(arity);
    int is_fit = fields != NULL && read_array(&reader, &length) && length == (uint64_t)arity
        && put_fields(fields, &reader, &limits) && reader.at == reader.end;
    PyBuffer_Release(&view);
    if (is_fit) {
        return fields;
    }
    Py_XDECREF(fields);
    if (PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_Clear();
    }
    return PyErr_Occurred() != NULL ? NULL : Py_NewRef(Py_None);
}

static PyObject *
batch(PyObject *Py_UNUSED(module), PyObject *args)
{
    return fields_of(args, BATCH_FIELDS, put_batch);
}

static PyObject *
result(PyObject *Py_UNUSED(module), PyObject *args)
{
    return fields_of(args, RESULT_FIELDS, put_result);
}

static PyMethodDef functions[] = {
    {"batch", batch, METH_VARARGS, "Read the body of a BATCH; see compiled_body.pyi."},
    {"result", result, METH_VARARGS, "Read the body of a RESULT; see compiled_body.pyi."},
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
    .m_name = "protocol.compiled_body",
    .m_doc = "The body of a BATCH or a RESULT -> its fields, if all of them plainly fit.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_compiled_body(void)
{
    return PyModuleDef_Init(&module);
}
