/* The columns of a batch -> the computed columns of mids.arrows: mids_table.py, row by row.

   The Python code is the definition, and does it all if this was not built. A mid that is not near
   a decimal of few digits is left to it: such rows are flagged. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "column.h"
#include "module.h"
#include "upper_halves.h"

#define CODE_BYTES 4
#define NS_PER_MS 1e6
/* Tickers are copied in steps of this size, which is more than most have. */
#define STEP_BYTES 32

/* As in rounded_numbers.py, with the reasons. */
#define FEW 1e8
#define MOST_UNITS 1e15
#define NEAR 3e-8

enum { ARRIVALS, MIDS, HAS_MID, IS_OPEN, ENDS, TICKERS, PARTS };

/* What a call was given, and what it returns. */
struct call {
    Py_buffer timestamp_ns, latency_ms, bid_price, ask_price, ticker_codes;
    PyObject *ticker_names;
    double threshold_ms;
    int is_historical;
    Py_ssize_t count, blank, without_mid, open;
    PyObject *parts[PARTS];
};

/* A ticker, behind which a step may be read. */
struct name {
    char *text;
    Py_ssize_t size;
};

static char *
new_part(struct call *call, int part, Py_ssize_t size)
{
    call->parts[part] = PyBytes_FromStringAndSize(NULL, size);
    return call->parts[part] != NULL ? PyBytes_AS_STRING(call->parts[part]) : NULL;
}

/* The time by which it is replayed; a latency that does not fit in an int64 of ns adds nothing. */
static inline int64_t
arrival_at(const struct call *call, Py_ssize_t row)
{
    uint64_t time_ns = (uint64_t)integer_at(&call->timestamp_ns, row);
    double latency_ns = rint(number_at(&call->latency_ms, row) * NS_PER_MS);
    return (int64_t)(time_ns + (fabs(latency_ns) < 0x1p63 ? (uint64_t)(int64_t)latency_ns : 0));
}

static int
put_numbers(struct call *call)
{
    Py_ssize_t count = call->count;
    char *arrivals = new_part(call, ARRIVALS, count * ITEM_BYTES);
    char *mids = new_part(call, MIDS, count * ITEM_BYTES);
    char *has_mid = new_part(call, HAS_MID, (count + 7) / 8);
    char *is_open = new_part(call, IS_OPEN, count);
    if (arrivals == NULL || mids == NULL || has_mid == NULL || is_open == NULL) {
        return 0;
    }
    memset(has_mid, 0, (size_t)(count + 7) / 8);
    for (Py_ssize_t row = 0; row < count; row++) {
        int64_t arrival_ns = arrival_at(call, row);
        memcpy(arrivals + row * ITEM_BYTES, &arrival_ns, ITEM_BYTES);
        double bid_price = number_at(&call->bid_price, row);
        double ask_price = number_at(&call->ask_price, row);
        double mid = 0.5 * (bid_price + ask_price);
        mid = isinf(mid) ? 0.5 * bid_price + 0.5 * ask_price : mid;
        int is_late = call->is_historical
                      && number_at(&call->latency_ms, row) > call->threshold_ms;
        int has = !isnan(mid) && !is_late;
        double scaled = mid * FEW, units = rint(scaled);
        int is_near = fabs(scaled - units) <= NEAR * fabs(mid) && fabs(units) < MOST_UNITS;
        double value = units / FEW + 0.0;  /* no -0.0: it is printed as 0 */
        value = is_near ? value : mid;
        memcpy(mids + row * ITEM_BYTES, &value, ITEM_BYTES);
        has_mid[row / 8] |= (char)(has << row % 8);
        is_open[row] = (char)(has && !is_near);
        call->blank += isnan(mid) != 0;
        call->without_mid += !has;
        call->open += has && !is_near;
    }
    return 1;
}

/* Copy each ticker to where a step may be read; return the memory, or NULL with an exception. */
static char *
copied_names(const struct call *call, struct name *names, Py_ssize_t count)
{
    size_t room = 0;
    for (Py_ssize_t code = 0; code < count; code++) {
        PyObject *name = PyTuple_GET_ITEM(call->ticker_names, code);
        if (PyUnicode_AsUTF8AndSize(name, &names[code].size) == NULL) {
            return NULL;
        }
        room += (size_t)names[code].size + STEP_BYTES;
    }
    char *memory = PyMem_Calloc(room + 1, 1), *at = memory;
    if (memory == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t code = 0; code < count; code++) {
        PyObject *name = PyTuple_GET_ITEM(call->ticker_names, code);
        names[code].text = at;
        memcpy(at, PyUnicode_AsUTF8AndSize(name, NULL), (size_t)names[code].size);
        at += names[code].size + STEP_BYTES;
    }
    return memory;
}

static inline int32_t
code_at(const struct call *call, Py_ssize_t row)
{
    int32_t code;
    memcpy(&code, (const char *)call->ticker_codes.buf + row * CODE_BYTES, sizeof code);
    return code;
}

/* Write where the ticker of each row ends, and then the tickers. */
static int
put_tickers(struct call *call, const struct name *names, Py_ssize_t name_count)
{
    char *ends = new_part(call, ENDS, (call->count + 1) * CODE_BYTES);
    if (ends == NULL) {
        return 0;
    }
    memset(ends, 0, CODE_BYTES);
    int64_t size = 0;
    for (Py_ssize_t row = 0; row < call->count; row++) {
        int32_t code = code_at(call, row);
        if (code < 0 || code >= name_count) {
            PyErr_Format(PyExc_ValueError, "ticker code %d of %zd names", code, name_count);
            return 0;
        }
        size += names[code].size;
        if (size > INT32_MAX) {
            PyErr_SetString(PyExc_OverflowError, "tickers of over 2 GiB");
            return 0;
        }
        int32_t end = (int32_t)size;
        memcpy(ends + (row + 1) * CODE_BYTES, &end, CODE_BYTES);
    }
    char *at = new_part(call, TICKERS, (Py_ssize_t)size + STEP_BYTES);
    if (at == NULL) {
        return 0;
    }
    for (Py_ssize_t row = 0; row < call->count; row++) {
        const struct name *name = &names[code_at(call, row)];
        for (Py_ssize_t done = 0; done < name->size; done += STEP_BYTES) {
            memcpy(at + done, name->text + done, STEP_BYTES);
        }
        at += name->size;
    }
    return _PyBytes_Resize(&call->parts[TICKERS], (Py_ssize_t)size) == 0;
}

static int
put_columns(struct call *call)
{
    Py_ssize_t size = call->timestamp_ns.len;
    call->count = size / ITEM_BYTES;
    if (size % ITEM_BYTES != 0 || call->latency_ms.len != size || call->bid_price.len != size
        || call->ask_price.len != size || call->ticker_codes.len != call->count * CODE_BYTES)
    {
        PyErr_SetString(PyExc_ValueError, "columns that are not of one length");
        return 0;
    }
    Py_ssize_t name_count = PyTuple_GET_SIZE(call->ticker_names);
    struct name *names = PyMem_Malloc(((size_t)name_count + 1) * sizeof *names);
    if (names == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    char *memory = copied_names(call, names, name_count);
    int is_done = memory != NULL && put_numbers(call) && put_tickers(call, names, name_count);
    PyMem_Free(memory);
    PyMem_Free(names);
    return is_done;
}

static PyObject *
columns(PyObject *Py_UNUSED(module), PyObject *args)
{
    struct call call = {0};
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*O!dp:columns", &call.timestamp_ns, &call.latency_ms,
                          &call.bid_price, &call.ask_price, &call.ticker_codes, &PyTuple_Type,
                          &call.ticker_names, &call.threshold_ms, &call.is_historical))
    {
        return NULL;
    }
    clear_upper_halves();
    PyObject *result = NULL;
    if (put_columns(&call)) {
        PyObject **parts = call.parts;
        result = Py_BuildValue("nOOOnOnOO", call.blank, parts[ARRIVALS], parts[MIDS],
                               parts[HAS_MID], call.without_mid, parts[IS_OPEN], call.open,
                               parts[ENDS], parts[TICKERS]);
    }
    for (int part = 0; part < PARTS; part++) {
        Py_XDECREF(call.parts[part]);
    }
    PyBuffer_Release(&call.timestamp_ns);
    PyBuffer_Release(&call.latency_ms);
    PyBuffer_Release(&call.bid_price);
    PyBuffer_Release(&call.ask_price);
    PyBuffer_Release(&call.ticker_codes);
    return result;
}

static PyMethodDef functions[] = {
    {"columns", columns, METH_VARARGS, "Compute columns of a batch; see compiled_table.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE(
    "zmid", compiled_table, "The columns of a batch -> those of mids.arrows that are computed.")
