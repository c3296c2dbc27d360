/* The columns of a batch -> the lines of both logs: zmid/mid.py, row by row.

   Writing these texts is nearly all that a worker does, and column code in Python makes many passes
   over them. This is one pass, mostly integer arithmetic.

   The Python code is the definition, and does it all if this was not built. A number of a rare
   size is declined by number.h: then the Python function for one value is called. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>

#include "column.h"
#include "module.h"
#include "number.h"
#include "rests.h"
#include "text.h"
#include "timestamp.h"
#include "upper_halves.h"

/* What a line takes as a rule. */
#define MID_BYTES 48
#define ERROR_BYTES 112
/* What may be written of one, its rare numbers and the threshold not counted. */
#define LINE_ROOM (32 + LONGEST_TIMESTAMP + NUMBER_ROOM)
#define BEFORE_TIME "No mid price at "

/* What a call was given. */
struct call {
    Py_buffer timestamp_ns, latency_ms, bid_price, ask_price;
    double threshold_ms;
    int is_historical, is_arrival, is_narrow;
    PyObject *rounded, *shortest;
};

/* The logs, and what stands behind the latency in each line of the second. */
struct logs {
    struct text mids, errors, after;
};

/* Whether a side is missing: then there is no line. */
static inline int
is_blank(const struct call *call, Py_ssize_t row)
{
    return isnan(number_at(&call->bid_price, row)) || isnan(number_at(&call->ask_price, row));
}

static inline int
is_late(const struct call *call, Py_ssize_t row)
{
    return call->is_historical && number_at(&call->latency_ms, row) > call->threshold_ms;
}

/* Half of the sum, which can be too large for a double where its half is not. */
static inline double
mid_at(const struct call *call, Py_ssize_t row)
{
    double bid_price = number_at(&call->bid_price, row);
    double ask_price = number_at(&call->ask_price, row);
    double mid = 0.5 * (bid_price + ask_price);
    return isinf(mid) ? 0.5 * bid_price + 0.5 * ask_price : mid;
}

/* What a mid line prints; a latency that does not fit in an int64 of nanoseconds adds nothing. */
static inline int64_t
stamp_at(const struct call *call, Py_ssize_t row)
{
    int64_t time_ns = integer_at(&call->timestamp_ns, row);
    if (!call->is_historical || !call->is_arrival) {
        return time_ns;
    }
    double latency_ns = rint(number_at(&call->latency_ms, row) * NS_PER_MS);
    if (!(fabs(latency_ns) < 0x1p63)) {
        return time_ns;
    }
    return (int64_t)((uint64_t)time_ns + (uint64_t)(int64_t)latency_ns);
}

static inline int
put_error(const struct call *call, struct logs *logs, struct second *second, Py_ssize_t row,
          struct rests *rests)
{
    size_t after_size = written(&logs->after);
    struct text *errors = &logs->errors;
    if (!make_room(errors, LINE_ROOM + after_size)) {
        return 0;
    }
    int64_t time_ns = integer_at(&call->timestamp_ns, row);
    char *at = rests->are_narrow ? errors->at : PUT(errors->at, BEFORE_TIME);
    at = put_timestamp_behind(at, second, time_ns, rests->left_out);
    at = PUT(at, " as latency ");
    double latency_ms = number_at(&call->latency_ms, row);
    char *end = put_shortest(at, latency_ms);
    errors->at = end != NULL ? end : at;
    if (end == NULL && !put_defined(errors, call->shortest, latency_ms, after_size)) {
        return 0;
    }
    if (rests->are_narrow) {
        end_rest(errors, rests);
        return 1;
    }
    errors->at = put(errors->at, PyBytes_AS_STRING(logs->after.bytes), after_size);
    return 1;
}

static inline int
put_mid(const struct call *call, struct logs *logs, struct second *second, Py_ssize_t row,
        struct rests *rests)
{
    struct text *mids = &logs->mids;
    if (!make_room(mids, LINE_ROOM)) {
        return 0;
    }
    char *at = put_timestamp_behind(mids->at, second, stamp_at(call, row), rests->left_out);
    at = PUT(at, ", ");
    double mid = mid_at(call, row);
    char *end = put_rounded(at, mid);
    mids->at = end != NULL ? end : at;
    if (end == NULL && !put_defined(mids, call->rounded, mid, 1)) {
        return 0;
    }
    if (rests->are_narrow) {
        end_rest(mids, rests);
        return 1;
    }
    mids->at = PUT(mids->at, "\n");
    return 1;
}

/* Write what stands behind a latency: the same in all error lines of a call. */
static int
put_after(const struct call *call, struct text *after)
{
    if (!begin_text(after, LINE_ROOM)) {
        return 0;
    }
    after->at = PUT(after->at, "ms is bigger than ");
    char *end = put_shortest(after->at, call->threshold_ms);
    if (end != NULL) {
        after->at = end;
    }
    else if (!put_defined(after, call->shortest, call->threshold_ms, LINE_ROOM)) {
        return 0;
    }
    after->at = PUT(after->at, "ms\n");
    return 1;
}

/* The rows of each log, in their order, in one piece of memory. */
struct rows {
    uint32_t *mids, *errors;
    Py_ssize_t mid_count, error_count;
};

/* Tell the rows of the two logs apart; false with an exception set if there is no memory.

   Which of them is late no processor can guess: to decide it between two lines would take as long
   as a number does. Here nothing depends on it but where a row is noted. */
static int
set_rows(struct rows *rows, const struct call *call, Py_ssize_t count)
{
    *rows = (struct rows){0};
    if (count <= UINT32_MAX / 2) {
        rows->mids = PyMem_Malloc((size_t)(2 * count + 2) * sizeof *rows->mids);
    }
    if (rows->mids == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    rows->errors = rows->mids + count + 1;
    for (Py_ssize_t row = 0; row < count; row++) {
        int has_line = !is_blank(call, row), is_error = is_late(call, row);
        rows->mids[rows->mid_count] = rows->errors[rows->error_count] = (uint32_t)row;
        rows->mid_count += has_line & !is_error;
        rows->error_count += has_line & is_error;
    }
    return 1;
}

/* The time that a line of a log begins with. */
static inline int64_t
time_at(const struct call *call, Py_ssize_t row, int is_error)
{
    return is_error ? integer_at(&call->timestamp_ns, row) : stamp_at(call, row);
}

/* Write what all lines of a log have in common. */
static int
begin_narrow(const struct call *call, struct logs *logs, struct rests *rests, int is_error,
             const uint32_t *rows, Py_ssize_t count)
{
    int64_t least_ns = time_at(call, rows[0], is_error), most_ns = least_ns;
    for (Py_ssize_t at = 1; at < count; at++) {
        int64_t time_ns = time_at(call, rows[at], is_error);
        least_ns = time_ns < least_ns ? time_ns : least_ns;
        most_ns = time_ns > most_ns ? time_ns : most_ns;
    }
    struct text *text = is_error ? &logs->errors : &logs->mids;
    const struct part before = {BEFORE_TIME, is_error ? sizeof BEFORE_TIME - 1 : 0};
    const struct part after_mid = {"\n", 1};
    const struct part after_error = {PyBytes_AS_STRING(logs->after.bytes), written(&logs->after)};
    return begin_rests(text, rests, count, before, least_ns, most_ns,
                       is_error ? after_error : after_mid);
}

static int
put_lines(const struct call *call, struct logs *logs, int is_error, const uint32_t *rows,
          Py_ssize_t count)
{
    struct rests rests = {.are_narrow = call->is_narrow && count > 0 && count <= MOST_RESTS};
    if (rests.are_narrow && !begin_narrow(call, logs, &rests, is_error, rows, count)) {
        return 0;
    }
    struct second second;
    set_second(&second, 0);
    for (Py_ssize_t at = 0; at < count; at++) {
        int is_done = is_error ? put_error(call, logs, &second, rows[at], &rests)
                               : put_mid(call, logs, &second, rows[at], &rests);
        if (!is_done) {
            return 0;
        }
    }
    return 1;
}

/* Return (mids, errors, skipped, blank), or NULL with an exception set. */
static PyObject *
lines_of(const struct call *call, struct logs *logs)
{
    Py_ssize_t size = call->timestamp_ns.len;
    if (size % ITEM_BYTES != 0 || call->latency_ms.len != size || call->bid_price.len != size
        || call->ask_price.len != size)
    {
        PyErr_SetString(PyExc_ValueError, "columns that are not of 8 bytes a quote each");
        return NULL;
    }
    Py_ssize_t count = size / ITEM_BYTES;
    struct rows rows;
    if (!set_rows(&rows, call, count)) {
        return NULL;
    }
    int is_done = put_after(call, &logs->after)
                  && begin_text(&logs->mids, (size_t)rows.mid_count * MID_BYTES + LINE_ROOM)
                  && begin_text(&logs->errors, (size_t)rows.error_count * ERROR_BYTES + LINE_ROOM)
                  && put_lines(call, logs, 0, rows.mids, rows.mid_count)
                  && put_lines(call, logs, 1, rows.errors, rows.error_count);
    PyMem_Free(rows.mids);
    if (!is_done) {
        return NULL;
    }
    if (!end_text(&logs->mids) || !end_text(&logs->errors)) {
        return NULL;
    }
    Py_ssize_t blank = count - rows.mid_count - rows.error_count;
    return Py_BuildValue("OOnn", logs->mids.bytes, logs->errors.bytes, rows.error_count, blank);
}

static PyObject *
lines(PyObject *Py_UNUSED(module), PyObject *args)
{
    struct call call;
    if (!PyArg_ParseTuple(args, "y*y*y*y*dpppOO:lines", &call.timestamp_ns, &call.latency_ms,
                          &call.bid_price, &call.ask_price, &call.threshold_ms,
                          &call.is_historical, &call.is_arrival, &call.is_narrow, &call.rounded, &call.shortest))
    {
        return NULL;
    }
    clear_upper_halves();
    struct logs logs = {0};
    PyObject *result = lines_of(&call, &logs);
    Py_XDECREF(logs.mids.bytes);
    Py_XDECREF(logs.errors.bytes);
    Py_XDECREF(logs.after.bytes);
    PyBuffer_Release(&call.timestamp_ns);
    PyBuffer_Release(&call.latency_ms);
    PyBuffer_Release(&call.bid_price);
    PyBuffer_Release(&call.ask_price);
    return result;
}

static PyMethodDef functions[] = {
    {"lines", lines, METH_VARARGS, "Write the lines of a batch; see compiled_lines.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE("zmid", compiled_lines, "The columns of a batch -> the lines of both logs.")
