/* Runs of rows -> the columns of all of them, by arrival; equal ones in the order of the runs, and
   then in their order within one.

   The rows are handed out in chunks: first where each is, then column by column, each value
   straight from the block that it was read into to the place where it stays. Sorted runs are
   merged, which costs a few comparisons for every row; where that cannot be, all are sorted. */

#ifndef ZREPLAY_MERGE_H
#define ZREPLAY_MERGE_H

#include <Python.h>
#include <stdint.h>
#include <string.h>

#include "run.h"
#include "sort.h"
#include "tournament.h"

/* In each block a column has pages of its own, and they are more than the processor remembers. Of
   so many rows each is found once for many values; of fewer it is found again for nearly each. */
#define CHUNK_ROWS 131072
/* A value is asked for so many rows before it is copied: it was mostly written by another core. */
#define FETCHED_AHEAD 128

/* Where a row is: the number of its run, and that of the row in the run's block. */
struct source {
    int32_t run;
    int32_t row;
};

/* The next rows of all runs, as many as there is room for. The first `lead` of them follow one
   another in a block. */
struct chunk {
    int count;
    int lead;
    int room;
    struct source *sources;
};

/* All rows of all runs, sorted: the first `count` in their order are handed out from `at` on. */
struct order {
    Py_ssize_t count;
    Py_ssize_t at;
    int64_t *arrival_ns;
    int32_t *rows;            /* the place of each among all, run after run */
    struct source *sources;   /* by that place */
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

/* Have room for so many rows, or for as many as a chunk has; 0 without memory. */
static int
begin_chunk(struct chunk *chunk, Py_ssize_t count)
{
    chunk->room = count < CHUNK_ROWS ? (int)count : CHUNK_ROWS;
    chunk->sources = PyMem_RawMalloc((size_t)chunk->room * sizeof *chunk->sources);
    return chunk->sources != NULL;
}

/* Fill a chunk with the next rows of a tournament; 0 if there are no more. */
static int
fill_merged(struct chunk *chunk, struct tournament *tree, struct run *runs)
{
    chunk->count = chunk->lead = 0;
    if (tree->next == NO_ROW) {
        return 0;
    }
    int leader = run_of(tree, tree->next);
    Py_ssize_t lead = lead_of(tree, &runs[leader], chunk->room);
    for (; chunk->count < lead; chunk->count++) {
        chunk->sources[chunk->count] = source_at(&runs[leader], leader, runs[leader].at++);
    }
    chunk->lead = runs[leader].rows == NULL ? chunk->count : 0;
    if (lead > 0) {
        replay(tree, &runs[leader], leader);
    }
    while (chunk->count < chunk->room && tree->next != NO_ROW) {
        int number = run_of(tree, tree->next);
        chunk->sources[chunk->count++] = source_at(&runs[number], number, runs[number].at++);
        replay(tree, &runs[number], number);
    }
    return 1;
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
    chunk->count = left < chunk->room ? (int)left : chunk->room;
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
