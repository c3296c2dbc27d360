/* Columns that were decoded already -> those of a block: zreplay/recordings/plain_columns.py.

   In numpy each check and each step of an arrival is a pass over memory; here a column is looked
   at once. The numpy code is the definition. It does all where this was not built, and where one
   row is not plain: nothing is refused here, and each limit is stricter than the true one. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <float.h>
#include <string.h>

#include "../../../zmid/compiled/module.h"
#include "../csv/compiled/bounds.h"
#include "../csv/compiled/items.h"
#include "../csv/compiled/narrow.h"
#include "../csv/compiled/word.h"

#define NS_PER_MS 1e6
/* Times and latencies nearer to zero than this have a sum in 64 bits. */
#define NEAR_NS (INT64_C(1) << 62)
/* A number nearer to zero than 2**51 is rounded, half to even, where this is added to it: what is
   between 2**52 and 2**53 has no fraction. */
#define NEAR_ROUNDED_NS 0x1p51
#define ROUNDER 0x1.8p52

/* Write the instants; false where one is not near. */
INLINED int
put_times(const int64_t *times, int64_t unit_ns, int64_t *timestamp_ns, Py_ssize_t count)
{
    int64_t most = (NEAR_NS - 1) / unit_ns;
    int are_near = 1;
    for (Py_ssize_t row = 0; row < count; row++) {
        are_near &= (times[row] <= most) & (times[row] >= -most);
        timestamp_ns[row] = (int64_t)((uint64_t)times[row] * (uint64_t)unit_ns);
    }
    return are_near;
}

/* Write the arrivals; false where a latency is not near, or is a NaN. */
INLINED int
put_arrivals(const int64_t *timestamp_ns, const double *latency_ms, int64_t *arrival_ns,
             Py_ssize_t count)
{
    const double rounder = ROUNDER;
    int64_t zero_bits;
    memcpy(&zero_bits, &rounder, sizeof zero_bits);
    int are_near = 1;
    for (Py_ssize_t row = 0; row < count; row++) {
        double latency_ns = latency_ms[row] * NS_PER_MS;
        are_near &= (latency_ns < NEAR_ROUNDED_NS) & (latency_ns > -NEAR_ROUNDED_NS);
        double rounded = latency_ns + rounder;
        int64_t bits;
        memcpy(&bits, &rounded, sizeof bits);
        arrival_ns[row] = (int64_t)((uint64_t)timestamp_ns[row] + (uint64_t)(bits - zero_bits));
    }
    return are_near;
}

/* Whether all are numbers, and none is below the least. */
INLINED int
are_prices(const double *price, double least, Py_ssize_t count)
{
    int are_prices = 1;
    for (Py_ssize_t row = 0; row < count; row++) {
        are_prices &= (price[row] >= least) & (price[row] <= DBL_MAX);
    }
    return are_prices;
}

/* Whether none is infinite; a NaN is an amount that is missing. A column may be left out. */
INLINED int
are_amounts(const double *amount, Py_ssize_t count)
{
    int is_infinite = 0;
    if (amount == NULL) {
        return 1;
    }
    for (Py_ssize_t row = 0; row < count; row++) {
        is_infinite |= (amount[row] > DBL_MAX) | (amount[row] < -DBL_MAX);
    }
    return !is_infinite;
}

/* Write the code of the name at each place; false where there is no such place. */
INLINED int
put_codes(const int32_t *places, const int32_t *code_at, size_t name_count, int32_t *codes,
          Py_ssize_t count)
{
    for (Py_ssize_t row = 0; row < count; row++) {
        if ((uint32_t)places[row] >= name_count) {
            return 0;
        }
        codes[row] = code_at[places[row]];
    }
    return 1;
}

/* What a call was given, in the order of its arguments. */
enum view {
    TIMES, LATENCY, ASK_PRICE, BID_PRICE, ASK_AMOUNT, BID_AMOUNT, PLACES, CODE_AT,
    TIMESTAMP_NS, ARRIVAL_NS, CODES, VIEW_COUNT,
};

static int
do_fit(const Py_buffer *views, Py_ssize_t count)
{
    for (int view = 0; view < VIEW_COUNT; view++) {
        Py_ssize_t size = view == PLACES || view == CODE_AT || view == CODES ? 4 : 8;
        Py_ssize_t found = count_of(&views[view], size, size);
        int is_left_out = (view == ASK_AMOUNT || view == BID_AMOUNT) && views[view].buf == NULL;
        if (is_left_out) {
            continue;
        }
        if (found < 0 || (view != CODE_AT && found != count)) {
            return 0;
        }
    }
    return count > 0;
}

/* What a call writes beside the columns. */
struct found {
    int are_plain;
    struct time_bounds bounds;
};

INLINED struct found
put_rows_of(const Py_buffer *views, int64_t unit_ns, double least_price, Py_ssize_t count)
{
    int64_t *timestamp_ns = views[TIMESTAMP_NS].buf, *arrival_ns = views[ARRIVAL_NS].buf;
    struct found found = {0};
    found.are_plain
        = put_times(views[TIMES].buf, unit_ns, timestamp_ns, count)
          && put_arrivals(timestamp_ns, views[LATENCY].buf, arrival_ns, count)
          && are_prices(views[ASK_PRICE].buf, least_price, count)
          && are_prices(views[BID_PRICE].buf, least_price, count)
          && are_amounts(views[ASK_AMOUNT].buf, count)
          && are_amounts(views[BID_AMOUNT].buf, count)
          && put_codes(views[PLACES].buf, views[CODE_AT].buf, (size_t)views[CODE_AT].len / 4,
                       views[CODES].buf, count);
    if (found.are_plain) {
        found.bounds = find_time_bounds(arrival_ns, timestamp_ns, count);
    }
    return found;
}

static __attribute__((noinline)) struct found
put_rows(const Py_buffer *views, int64_t unit_ns, double least_price, Py_ssize_t count)
{
    return put_rows_of(views, unit_ns, least_price, count);
}

/* The same with the vectors of a processor that compares integers of eight bytes in them, which
   takes less than half the time. No instruction of these rounds once for two operations. */
#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))

static __attribute__((noinline, target("avx2"))) struct found
put_rows_wide(const Py_buffer *views, int64_t unit_ns, double least_price, Py_ssize_t count)
{
    return put_rows_of(views, unit_ns, least_price, count);
}

static inline int
is_wide(void)
{
    return !is_narrow && __builtin_cpu_supports("avx2");
}

#else

#define put_rows_wide put_rows

static inline int
is_wide(void)
{
    return 0;
}

#endif

static PyObject *
read_columns(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer views[VIEW_COUNT] = {0};
    long long unit_ns;
    int may_be_negative;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "Lpy*y*y*y*z*z*y*y*w*w*w*:read", &unit_ns, &may_be_negative,
                          &views[TIMES], &views[LATENCY], &views[ASK_PRICE], &views[BID_PRICE],
                          &views[ASK_AMOUNT], &views[BID_AMOUNT], &views[PLACES],
                          &views[CODE_AT], &views[TIMESTAMP_NS], &views[ARRIVAL_NS],
                          &views[CODES]))
    {
        goto done;
    }
    Py_ssize_t count = count_of(&views[TIMES], 8, 8);
    if (unit_ns < 1 || !do_fit(views, count)) {
        PyErr_SetString(PyExc_ValueError, "no rows, or columns that do not fit each other");
        goto done;
    }
    double least_price = may_be_negative ? -DBL_MAX : 0.0;
    struct found found;
    Py_BEGIN_ALLOW_THREADS
    found = (is_wide() ? put_rows_wide : put_rows)(views, unit_ns, least_price, count);
    Py_END_ALLOW_THREADS
    result = found.are_plain ? tuple_of_bounds(&found.bounds) : Py_NewRef(Py_None);
done:
    for (int view = 0; view < VIEW_COUNT; view++) {
        PyBuffer_Release(&views[view]);
    }
    return result;
}

static PyMethodDef functions[] = {
    {"read", read_columns, METH_VARARGS, "Read columns; see compiled_quotes.pyi."},
    {"use_narrow", use_narrow, METH_O, "Use no long vectors, or again; see compiled_quotes.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE("zreplay.recordings", compiled_quotes, "Columns of a recording -> those of a block.")
