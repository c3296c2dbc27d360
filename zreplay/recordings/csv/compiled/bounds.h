/* The times of rows -> what they have in common: TimeBounds of zreplay/quotes/block.py. */

#ifndef ZREPLAY_BOUNDS_H
#define ZREPLAY_BOUNDS_H

#include <Python.h>
#include <stdint.h>

struct bounds {
    int64_t least, greatest;
    int is_sorted;
};

/* Return the bounds of one time or more. */
static struct bounds
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
static Py_ssize_t
first_row_of(const int64_t *time_ns, int64_t wanted_ns)
{
    Py_ssize_t row = 0;
    while (time_ns[row] != wanted_ns) {
        row++;
    }
    return row;
}

/* Return the last row of this time, which one of the rows has. */
static Py_ssize_t
last_row_of(const int64_t *time_ns, Py_ssize_t count, int64_t wanted_ns)
{
    Py_ssize_t row = count - 1;
    while (time_ns[row] != wanted_ns) {
        row--;
    }
    return row;
}

/* Whether each row arrives at its timestamp or later. */
static int
are_behind(const int64_t *arrival_ns, const int64_t *timestamp_ns, Py_ssize_t count)
{
    int are_behind = 1;
    for (Py_ssize_t row = 0; row < count; row++) {
        are_behind &= arrival_ns[row] >= timestamp_ns[row];
    }
    return are_behind;
}

#endif
