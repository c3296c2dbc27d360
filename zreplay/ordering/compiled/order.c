/* What is waited for, in the order of arrival: zreplay/ordering/sorted_run.py, compiled.

   To put a block in order costs as much as to read it where the sort compares and each column
   is copied for every step. Here a sort counts, and each value is copied once.

   The Python code is the definition, and does it all where this was not built, for many runs and
   for arrivals that are too far apart. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "merge.h"
#include "sort.h"

#define MAX_COLUMNS 10

static PyObject *
sort(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer arrival_ns, sorted_ns, rows;
    if (!PyArg_ParseTuple(args, "y*w*w*:sort", &arrival_ns, &sorted_ns, &rows)) {
        return NULL;
    }
    Py_ssize_t count = arrival_ns.len / 8;
    enum outcome outcome = SORTED;
    int is_fit = arrival_ns.len == 8 * count && count <= INT32_MAX
                 && sorted_ns.len == 8 * count && rows.len == 4 * count;
    if (!is_fit) {
        PyErr_SetString(PyExc_ValueError, "buffers that do not fit each other");
    }
    else if (count > 0) {
        Py_BEGIN_ALLOW_THREADS
        outcome = sort_arrivals(arrival_ns.buf, count, sorted_ns.buf, rows.buf);
        Py_END_ALLOW_THREADS
        if (outcome == NO_MEMORY) {
            PyErr_NoMemory();
        }
    }
    PyBuffer_Release(&arrival_ns);
    PyBuffer_Release(&sorted_ns);
    PyBuffer_Release(&rows);
    return PyErr_Occurred() ? NULL : PyBool_FromLong(outcome == SORTED);
}

/* What a call of `merge` was given. A view without an object was not got. */
struct call {
    Py_buffer arrival_ns[MAX_RUNS], rows[MAX_RUNS];
    Py_buffer columns[MAX_COLUMNS][MAX_RUNS], out[MAX_COLUMNS];
    int run_count, column_count;
};

static int
get_out(struct call *call, PyObject *tuple)
{
    for (int column = 0; column < call->column_count; column++) {
        PyObject *object = PyTuple_GET_ITEM(tuple, column);
        if (PyObject_GetBuffer(object, &call->out[column], PyBUF_ND | PyBUF_WRITABLE) < 0) {
            return 0;
        }
    }
    return 1;
}

/* Get (arrival_ns, rows or None, column, column, ...). */
static int
get_run(struct call *call, PyObject *tuple, int run)
{
    if (!PyTuple_Check(tuple) || PyTuple_GET_SIZE(tuple) != 2 + call->column_count) {
        PyErr_SetString(PyExc_ValueError, "a run that is no tuple of as many columns");
        return 0;
    }
    PyObject *arrival_ns = PyTuple_GET_ITEM(tuple, 0), *rows = PyTuple_GET_ITEM(tuple, 1);
    if (PyObject_GetBuffer(arrival_ns, &call->arrival_ns[run], PyBUF_SIMPLE) < 0
        || (rows != Py_None && PyObject_GetBuffer(rows, &call->rows[run], PyBUF_SIMPLE) < 0))
    {
        return 0;
    }
    for (int column = 0; column < call->column_count; column++) {
        PyObject *object = PyTuple_GET_ITEM(tuple, 2 + column);
        if (PyObject_GetBuffer(object, &call->columns[column][run], PyBUF_ND) < 0) {
            return 0;
        }
    }
    return 1;
}

/* Whether so many int32 rows are those of a block. */
static int
are_rows(const Py_buffer *rows, Py_ssize_t count, Py_ssize_t block_count)
{
    if (rows->obj == NULL) {
        return count == block_count;
    }
    const int32_t *row = rows->buf;
    uint32_t highest = 0;  /* what is below 0 is above INT32_MAX */
    for (Py_ssize_t at = 0; at < rows->len / 4; at++) {
        highest = (uint32_t)row[at] > highest ? (uint32_t)row[at] : highest;
    }
    return rows->len == 4 * count
           && (count == 0 || (highest <= INT32_MAX && (Py_ssize_t)highest < block_count));
}

static int
is_run(const struct call *call, int run)
{
    Py_ssize_t count = call->arrival_ns[run].len / 8;
    Py_ssize_t block_count = call->columns[0][run].len / call->out[0].itemsize;
    for (int column = 0; column < call->column_count; column++) {
        const Py_buffer *view = &call->columns[column][run];
        Py_ssize_t itemsize = call->out[column].itemsize;
        if (view->itemsize != itemsize || view->len != block_count * itemsize) {
            return 0;
        }
    }
    return call->arrival_ns[run].len == 8 * count
           && are_rows(&call->rows[run], count, block_count);
}

/* Whether all buffers fit each other. */
static int
is_whole(const struct call *call)
{
    Py_ssize_t count = 0;
    for (int run = 0; run < call->run_count; run++) {
        count += call->arrival_ns[run].len / 8;
    }
    for (int column = 0; column < call->column_count; column++) {
        Py_ssize_t itemsize = call->out[column].itemsize;
        if ((itemsize != 8 && itemsize != 4) || call->out[column].len != count * itemsize) {
            return 0;
        }
    }
    for (int run = 0; run < call->run_count; run++) {
        if (!is_run(call, run)) {
            return 0;
        }
    }
    return 1;
}

static void
merge_runs(const struct call *call, struct chunk *chunk)
{
    struct run runs[MAX_RUNS];
    const char *columns[MAX_COLUMNS][MAX_RUNS];
    char *out[MAX_COLUMNS];
    for (int run = 0; run < call->run_count; run++) {
        const Py_buffer *arrival_ns = &call->arrival_ns[run];
        runs[run] = (struct run){arrival_ns->buf, call->rows[run].buf, arrival_ns->len / 8, 0};
    }
    for (int column = 0; column < call->column_count; column++) {
        out[column] = call->out[column].buf;
        for (int run = 0; run < call->run_count; run++) {
            columns[column][run] = call->columns[column][run].buf;
        }
    }
    while (fill(chunk, runs, call->run_count)) {
        for (int column = 0; column < call->column_count; column++) {
            if (call->out[column].itemsize == 8) {
                gather(chunk, runs, call->run_count, columns[column], out[column], 8);
                out[column] += 8 * chunk->count;
            }
            else {
                gather(chunk, runs, call->run_count, columns[column], out[column], 4);
                out[column] += 4 * chunk->count;
            }
        }
    }
}

static void
release(struct call *call)
{
    for (int run = 0; run < call->run_count; run++) {
        PyBuffer_Release(&call->arrival_ns[run]);
        PyBuffer_Release(&call->rows[run]);
        for (int column = 0; column < call->column_count; column++) {
            PyBuffer_Release(&call->columns[column][run]);
        }
    }
    for (int column = 0; column < call->column_count; column++) {
        PyBuffer_Release(&call->out[column]);
    }
}

static PyObject *
merge(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *runs, *out;
    if (!PyArg_ParseTuple(args, "O!O!:merge", &PyTuple_Type, &runs, &PyTuple_Type, &out)) {
        return NULL;
    }
    Py_ssize_t run_count = PyTuple_GET_SIZE(runs), column_count = PyTuple_GET_SIZE(out);
    if (run_count > MAX_RUNS || column_count < 1 || column_count > MAX_COLUMNS) {
        PyErr_SetString(PyExc_ValueError, "more runs or columns than can be merged");
        return NULL;
    }
    struct call *call = PyMem_Calloc(1, sizeof *call);
    struct chunk *chunk = PyMem_Malloc(sizeof *chunk);
    if (call == NULL || chunk == NULL) {
        PyMem_Free(call);
        PyMem_Free(chunk);
        return PyErr_NoMemory();
    }
    call->run_count = (int)run_count;
    call->column_count = (int)column_count;
    int is_got = get_out(call, out);
    for (int run = 0; is_got && run < call->run_count; run++) {
        is_got = get_run(call, PyTuple_GET_ITEM(runs, run), run);
    }
    if (is_got && !is_whole(call)) {
        PyErr_SetString(PyExc_ValueError, "runs or columns that do not fit");
        is_got = 0;
    }
    if (is_got) {
        Py_BEGIN_ALLOW_THREADS
        merge_runs(call, chunk);
        Py_END_ALLOW_THREADS
    }
    release(call);
    PyMem_Free(call);
    PyMem_Free(chunk);
    return is_got ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef functions[] = {
    {"sort", sort, METH_VARARGS, "Sort arrivals; see compiled_order.pyi."},
    {"merge", merge, METH_VARARGS, "Merge sorted runs; see compiled_order.pyi."},
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
    .m_name = "zreplay.ordering.compiled_order",
    .m_doc = "Blocks in the order of the file -> one in the order of arrival.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_compiled_order(void)
{
    return PyModuleDef_Init(&module);
}
