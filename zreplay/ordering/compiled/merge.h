/* Runs of rows -> the columns of all of them, by arrival; equal ones in the order of the runs, and
   then in their order within one.

   The rows are handed out in chunks: first where each is, then column by column, each value
   straight from the block that it was read into to the place where it stays. A few sorted runs
   are merged, which costs a look at each of them for every row; of more, all rows are sorted,
   which costs the same for any number. */

#ifndef ZREPLAY_MERGE_H
#define ZREPLAY_MERGE_H

#include <Python.h>
#include <stdint.h>
#include <string.h>

#include "sort.h"

/* To merge more than so many is slower than to sort. */
#define MOST_HEADS 8
/* So many values of a column, and where they are, stay in the nearest caches. With fewer of them
   more of the time is that in which a column begins. */
#define CHUNK_ROWS 4096
/* A value is asked for so many rows before it is copied: it was mostly written by another core. */
#define FETCHED_AHEAD 128

struct run {
    const int64_t *arrival_ns;
    const int32_t *rows;  /* NULL if the run has the rows of its block as they are */
    Py_ssize_t count;
    Py_ssize_t at;        /* of the first that was not handed out */
};

/* Where a row is: the number of its run, and that of the row in the run's block. */
struct source {
    int32_t run;
    int32_t row;
};

/* The next rows of all runs. The first `lead` of them follow one another in a block. */
struct chunk {
    int count;
    int lead;
    struct source sources[CHUNK_ROWS];
};

/* All rows of all runs, sorted: the first `count` in their order are handed out from `at` on. */
struct order {
    Py_ssize_t count;
    Py_ssize_t at;
    int64_t *arrival_ns;
    int32_t *rows;            /* the place of each among all, run after run */
    struct source *sources;   /* by that place */
};

/* The runs that have rows left, in their order, and the next arrival of each. */
struct heads {
    int count;
    int run[MOST_HEADS];
    int64_t arrival_ns[MOST_HEADS];
};

static inline struct source
source_at(const struct run *run, int number, Py_ssize_t at)
{
    return (struct source){number, run->rows == NULL ? (int32_t)at : run->rows[at]};
}

static int
are_sorted(const struct run *runs, Py_ssize_t run_count)
{
    for (Py_ssize_t run = 0; run < run_count; run++) {
        const int64_t *arrival_ns = runs[run].arrival_ns;
        int is_sorted = 1;
        for (Py_ssize_t at = 1; at < runs[run].count; at++) {
            is_sorted &= arrival_ns[at - 1] <= arrival_ns[at];
        }
        if (!is_sorted) {
            return 0;
        }
    }
    return 1;
}

static void
find_heads(struct heads *heads, const struct run *runs, int run_count)
{
    heads->count = 0;
    for (int run = 0; run < run_count; run++) {
        if (runs[run].at < runs[run].count) {
            heads->run[heads->count] = run;
            heads->arrival_ns[heads->count++] = runs[run].arrival_ns[runs[run].at];
        }
    }
}

/* Return which head is the next row of all: the first of the least. */
static inline int
leader_of(const struct heads *heads)
{
    int leader = 0;
    int64_t least_ns = heads->arrival_ns[0];
    for (int head = 1; head < heads->count; head++) {
        int is_less = heads->arrival_ns[head] < least_ns;
        leader = is_less ? head : leader;
        least_ns = is_less ? heads->arrival_ns[head] : least_ns;
    }
    return leader;
}

/* Return how many rows to take from the leader at once: as many as there are and fit if no other
   run's come between, else one. */
static inline int
lead_of(const struct heads *heads, int leader, const struct run *run, int room)
{
    Py_ssize_t left = run->count - run->at;
    int count = left < room ? (int)left : room;
    int64_t last_ns = run->arrival_ns[run->at + count - 1];
    for (int head = 0; head < heads->count; head++) {
        int64_t head_ns = heads->arrival_ns[head];
        if (head != leader && (head_ns < last_ns || (head_ns == last_ns && head < leader))) {
            return 1;
        }
    }
    return count;
}

/* Fill a chunk with the next rows of at most MOST_HEADS sorted runs; 0 if there are no more. */
static int
fill_merged(struct chunk *chunk, struct run *runs, int run_count)
{
    struct heads heads;
    find_heads(&heads, runs, run_count);
    chunk->count = chunk->lead = 0;
    while (chunk->count < CHUNK_ROWS && heads.count > 0) {
        int leader = leader_of(&heads), number = heads.run[leader];
        struct run *run = &runs[number];
        int lead = 1;
        if (chunk->count == 0) {  /* long leads are at the beginning, or not worth looking for */
            lead = lead_of(&heads, leader, run, CHUNK_ROWS);
            chunk->lead = run->rows == NULL ? lead : 0;
        }
        for (int row = 0; row < lead; row++) {
            chunk->sources[chunk->count++] = source_at(run, number, run->at + row);
        }
        run->at += lead;
        if (run->at < run->count) {
            heads.arrival_ns[leader] = run->arrival_ns[run->at];
        }
        else {
            find_heads(&heads, runs, run_count);
        }
    }
    return chunk->count > 0;
}

static void
free_order(struct order *order)
{
    PyMem_RawFree(order->arrival_ns);
    PyMem_RawFree(order->rows);
    PyMem_RawFree(order->sources);
}

/* Sort all rows of some runs, of which there is one at least. TOO_WIDE as of `sort_arrivals`. */
static enum outcome
sort_runs(struct order *order, const struct run *runs, Py_ssize_t run_count)
{
    size_t count = (size_t)order->count;
    order->arrival_ns = PyMem_RawMalloc(count * sizeof *order->arrival_ns);
    order->rows = PyMem_RawMalloc(count * sizeof *order->rows);
    order->sources = PyMem_RawMalloc(count * sizeof *order->sources);
    if (order->arrival_ns == NULL || order->rows == NULL || order->sources == NULL) {
        return NO_MEMORY;
    }
    Py_ssize_t place = 0;
    for (Py_ssize_t number = 0; number < run_count; number++) {
        const struct run *run = &runs[number];
        for (Py_ssize_t at = 0; at < run->count; at++, place++) {
            order->arrival_ns[place] = run->arrival_ns[at];
            order->sources[place] = source_at(run, (int)number, at);
        }
    }
    return sort_arrivals(order->arrival_ns, order->count, order->arrival_ns, order->rows);
}

/* Fill a chunk with the next rows of an order; 0 if there are no more. */
static int
fill_sorted(struct chunk *chunk, struct order *order)
{
    Py_ssize_t left = order->count - order->at;
    chunk->count = left < CHUNK_ROWS ? (int)left : CHUNK_ROWS;
    chunk->lead = 0;
    for (int row = 0; row < chunk->count; row++) {
        chunk->sources[row] = order->sources[order->rows[order->at + row]];
    }
    order->at += chunk->count;
    return chunk->count > 0;
}

static inline const char *
place_of(const char *const *columns, struct source source, size_t size)
{
    return columns[source.run] + (size_t)source.row * size;
}

/* Copy a column's values of a chunk; `size` is that of one. `columns` has that of each run. */
static inline void
gather(const struct chunk *chunk, const char *const *columns, char *out, size_t size)
{
    const struct source *sources = chunk->sources;
    size_t lead = (size_t)chunk->lead, count = (size_t)chunk->count;
    if (lead > 0) {
        memcpy(out, place_of(columns, sources[0], size), lead * size);
    }
    for (size_t row = lead; row < count; row++) {
        size_t ahead = row + FETCHED_AHEAD < count ? row + FETCHED_AHEAD : count - 1;
        __builtin_prefetch(place_of(columns, sources[ahead], size));
        memcpy(out + row * size, place_of(columns, sources[row], size), size);
    }
}

#endif
