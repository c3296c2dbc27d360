/* What is waited for, in the order of arrival: zreplay/ordering/sorted_run.py, compiled.

   To put a block in order costs as much as to read it where the sort compares and each column
   is copied for every step. Here a sort counts, and each value is copied once.

   The Python code is the definition, and does it all where this was not built, and for arrivals
   of which many are much nearer to one another than others. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../../../zmid/compiled/module.h"
#include "merge.h"
#include "sort.h"

#define MAX_COLUMNS 10
/* What a call holds of each run is a kilobyte. */
#define MAX_RUNS 4096

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

/* What a call of `merge` was given: of each run its arrivals, its rows, and its columns. A view
   without an object was not got. */
struct call {
    Py_buffer *views;         /* VIEWS_OF(column_count) of each run */
    Py_buffer out[MAX_COLUMNS];
    struct run *runs;
    const char **columns;     /* by column, of each run */
    Py_ssize_t run_count;
    int column_count;
    struct order order;
    struct tournament tree;
    struct chunk chunk;
};

#define VIEWS_OF(column_count) (2 + (column_count))

static Py_buffer *
views_of(const struct call *call, Py_ssize_t run)
{
    return &call->views[run * VIEWS_OF(call->column_count)];
}

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
get_run(const struct call *call, PyObject *tuple, Py_ssize_t run)
{
    int view_count = VIEWS_OF(call->column_count);
    if (!PyTuple_Check(tuple) || PyTuple_GET_SIZE(tuple) != view_count) {
        PyErr_SetString(PyExc_ValueError, "a run that is no tuple of as many columns");
        return 0;
    }
    for (int view = 0; view < view_count; view++) {
        PyObject *object = PyTuple_GET_ITEM(tuple, view);
        int is_left_out = view == 1 && object == Py_None;
        if (!is_left_out && PyObject_GetBuffer(object, &views_of(call, run)[view], PyBUF_ND) < 0) {
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
is_run(const struct call *call, const Py_buffer *views)
{
    Py_ssize_t count = views[0].len / 8;
    Py_ssize_t block_count = views[2].len / call->out[0].itemsize;
    for (int column = 0; column < call->column_count; column++) {
        const Py_buffer *view = &views[2 + column];
        Py_ssize_t itemsize = call->out[column].itemsize;
        if (view->itemsize != itemsize || view->len != block_count * itemsize) {
            return 0;
        }
    }
    return views[0].len == 8 * count && block_count <= INT32_MAX
           && are_rows(&views[1], count, block_count);
}

/* Whether all buffers fit each other; then the runs and the number of their rows are set. */
static int
is_whole(struct call *call)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t run = 0; run < call->run_count; run++) {
        const Py_buffer *views = views_of(call, run);
        call->runs[run] = (struct run){views[0].buf, views[1].buf, views[0].len / 8, 0};
        count += call->runs[run].count;
    }
    call->order.count = count;
    if (count > INT32_MAX) {
        return 0;
    }
    for (int column = 0; column < call->column_count; column++) {
        Py_ssize_t itemsize = call->out[column].itemsize;
        if ((itemsize != 8 && itemsize != 4) || call->out[column].len != count * itemsize) {
            return 0;
        }
    }
    for (Py_ssize_t run = 0; run < call->run_count; run++) {
        if (!is_run(call, views_of(call, run))) {
            return 0;
        }
    }
    return 1;
}

/* Write the columns of the rows of a chunk behind those of the chunks before it. */
static void
write_chunk(struct call *call, char **out)
{
    for (int column = 0; column < call->column_count; column++) {
        const char *const *columns = &call->columns[column * call->run_count];
        if (call->out[column].itemsize == 8) {
            gather(&call->chunk, columns, out[column], 8);
        }
        else {
            gather(&call->chunk, columns, out[column], 4);
        }
        out[column] += call->out[column].itemsize * call->chunk.count;
    }
}

static enum outcome
merge_runs(struct call *call)
{
    char *out[MAX_COLUMNS];
    for (int column = 0; column < call->column_count; column++) {
        out[column] = call->out[column].buf;
        for (Py_ssize_t run = 0; run < call->run_count; run++) {
            call->columns[column * call->run_count + run] = views_of(call, run)[2 + column].buf;
        }
    }
    if (call->order.count == 0) {
        return SORTED;
    }
    if (!begin_chunk(&call->chunk, call->order.count)) {
        return NO_MEMORY;
    }
    if (are_sorted(call->runs, call->run_count)
        && begin_tournament(&call->tree, call->runs, call->run_count)) {
        while (fill_merged(&call->chunk, &call->tree, call->runs)) {
            write_chunk(call, out);
        }
        return SORTED;
    }
    enum outcome outcome = sort_runs(&call->order, call->runs, call->run_count);
    while (outcome == SORTED && fill_sorted(&call->chunk, &call->order)) {
        write_chunk(call, out);
    }
    return outcome;
}

static void
free_call(struct call *call)
{
    Py_ssize_t view_count = call->views == NULL ? 0 : call->run_count * VIEWS_OF(call->column_count);
    for (Py_ssize_t view = 0; view < view_count; view++) {
        PyBuffer_Release(&call->views[view]);
    }
    for (int column = 0; column < call->column_count; column++) {
        PyBuffer_Release(&call->out[column]);
    }
    free_order(&call->order);
    PyMem_RawFree(call->chunk.sources);
    PyMem_Free(call->views);
    PyMem_Free(call->runs);
    PyMem_Free(call->columns);
    PyMem_Free(call);
}

static struct call *
new_call(Py_ssize_t run_count, Py_ssize_t column_count)
{
    struct call *call = PyMem_Calloc(1, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    call->run_count = run_count;
    call->column_count = (int)column_count;
    call->views = PyMem_Calloc((size_t)(run_count * VIEWS_OF(column_count)), sizeof *call->views);
    call->runs = PyMem_Calloc((size_t)run_count, sizeof *call->runs);
    call->columns = PyMem_Calloc((size_t)(run_count * column_count), sizeof *call->columns);
    if (call->views == NULL || call->runs == NULL || call->columns == NULL) {
        free_call(call);
        return NULL;
    }
    return call;
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
    struct call *call = new_call(run_count, column_count);
    if (call == NULL) {
        return PyErr_NoMemory();
    }
    int is_got = get_out(call, out);
    for (Py_ssize_t run = 0; is_got && run < run_count; run++) {
        is_got = get_run(call, PyTuple_GET_ITEM(runs, run), run);
    }
    enum outcome outcome = SORTED;
    if (is_got && !is_whole(call)) {
        PyErr_SetString(PyExc_ValueError, "runs or columns that do not fit");
    }
    else if (is_got) {
        Py_BEGIN_ALLOW_THREADS
        outcome = merge_runs(call);
        Py_END_ALLOW_THREADS
    }
    free_call(call);
    if (outcome == NO_MEMORY) {
        PyErr_NoMemory();
    }
    return PyErr_Occurred() ? NULL : PyBool_FromLong(outcome == SORTED);
}

static PyMethodDef functions[] = {
    {"sort", sort, METH_VARARGS, "Sort arrivals; see compiled_order.pyi."},
    {"merge", merge, METH_VARARGS, "Merge sorted runs; see compiled_order.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE(
    "zreplay.ordering", compiled_order,
    "Blocks in the order of the file -> one in the order of arrival.")
