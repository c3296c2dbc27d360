/* The times of rows -> what they have in common: TimeBounds of zreplay/quotes/block.py. */

#ifndef ZREPLAY_BOUNDS_H
#define ZREPLAY_BOUNDS_H

#include <Python.h>
#include <stdint.h>

#include "word.h"

struct bounds {
    int64_t least, greatest;
    int is_sorted;
};

/* Return the bounds of one time or more. */
INLINED struct bounds
bounds_of(const int64_t *time_ns, Py_ssize_t count)
{
    struct bounds bounds = {time_ns[0], time_ns[0], 1};
    for (Py_ssize_t row = 1; row < count; row++) {
        bounds.least = time_ns[row] < bounds.least ? time_ns[row] : bounds.least;
        bounds.greatest = time_ns[row] > bounds.greatest ? time_ns[row] : bounds.greatest;
        bounds.is_sorted &= time_ns[row - 1] <= time_ns[row];
    }
    return bounds;
}

/* Return the first row of this time, which one has. */
INLINED Py_ssize_t
first_row_of(const int64_t *time_ns, int64_t wanted_ns)
{
    Py_ssize_t row = 0;
    while (time_ns[row] != wanted_ns) {
        row++;
    }
    return row;
}

/* Return the last row of this time, which one of the rows has. */
INLINED Py_ssize_t
last_row_of(const int64_t *time_ns, Py_ssize_t count, int64_t wanted_ns)
{
    Py_ssize_t row = count - 1;
    while (time_ns[row] != wanted_ns) {
        row--;
    }
    return row;
}

/* Whether each row arrives at its timestamp or later. */
INLINED int
are_behind(const int64_t *arrival_ns, const int64_t *timestamp_ns, Py_ssize_t count)
{
    int are_behind = 1;
    for (Py_ssize_t row = 0; row < count; row++) {
        are_behind &= arrival_ns[row] >= timestamp_ns[row];
    }
    return are_behind;
}

/* `TimeBounds`, in its order. */
struct time_bounds {
    int64_t least_arrival_ns, greatest_arrival_ns, least_timestamp_ns, greatest_timestamp_ns;
    int64_t are_in_order, newest_row, last_row;
};

/* Return those of one row or more. */
INLINED struct time_bounds
find_time_bounds(const int64_t *arrival_ns, const int64_t *timestamp_ns, Py_ssize_t count)
{
    struct bounds arrival = bounds_of(arrival_ns, count);
    struct bounds timestamp = bounds_of(timestamp_ns, count);
    int are_in_order = (arrival.is_sorted || timestamp.is_sorted)
                       && are_behind(arrival_ns, timestamp_ns, count);
    return (struct time_bounds){arrival.least, arrival.greatest, timestamp.least,
                                timestamp.greatest, are_in_order,
                                first_row_of(timestamp_ns, timestamp.greatest),
                                last_row_of(arrival_ns, count, arrival.greatest)};
}

/* Return them as a tuple. */
static PyObject *
tuple_of_bounds(const struct time_bounds *found)
{
    return Py_BuildValue("LLLLOLL", (long long)found->least_arrival_ns,
                         (long long)found->greatest_arrival_ns,
                         (long long)found->least_timestamp_ns,
                         (long long)found->greatest_timestamp_ns,
                         found->are_in_order ? Py_True : Py_False, (long long)found->newest_row,
                         (long long)found->last_row);
}

/* Return those of parts of the rows, each from one of `firsts` to before the next; NULL with an
   error where one has no row. */
static inline PyObject *
time_bounds_of_parts(const int64_t *arrival_ns, const int64_t *timestamp_ns, Py_ssize_t count,
                     const int64_t *firsts, Py_ssize_t part_count)
{
    PyObject *parts = PyList_New(part_count);
    for (Py_ssize_t part = 0; parts != NULL && part < part_count; part++) {
        int64_t first = firsts[part], end = firsts[part + 1];
        PyObject *bounds = NULL;
        if (first < 0 || first >= end || end > count) {
            PyErr_SetString(PyExc_ValueError, "a part without a row, or of rows that are not there");
        }
        else {
            struct time_bounds found
                = find_time_bounds(arrival_ns + first, timestamp_ns + first, end - first);
            bounds = tuple_of_bounds(&found);
        }
        if (bounds == NULL) {
            Py_CLEAR(parts);
        }
        else {
            PyList_SET_ITEM(parts, part, bounds);
        }
    }
    return parts;
}

#endif
