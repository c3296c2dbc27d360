/* Sorted runs -> the columns of all their rows, by arrival; equal ones in the order of the runs.

   The rows are handed out in chunks: first where each goes, then column by column, each value
   straight from the block that it was read into to the place where it stays. */

#ifndef ZREPLAY_MERGE_H
#define ZREPLAY_MERGE_H

#include <Python.h>
#include <stdint.h>
#include <string.h>

/* To find the next row takes a look at each run that has rows left. */
#define MAX_RUNS 64
/* So many values of a column, and their rows and places, stay in the fastest cache. */
#define CHUNK_ROWS 1024

struct run {
    const int64_t *arrival_ns;
    const int32_t *rows;  /* NULL if the block's rows are in order */
    Py_ssize_t count;
    Py_ssize_t at;        /* of the first that was not handed out */
};

/* The next rows of all runs. Those of one run follow one another in it; they have places here. */
struct chunk {
    int count;
    int count_of[MAX_RUNS];
    Py_ssize_t first_of[MAX_RUNS];
    uint16_t places[MAX_RUNS][CHUNK_ROWS];
};

/* The runs that have rows left, in their order, and the next arrival of each. */
struct heads {
    int count;
    int run[MAX_RUNS];
    int64_t arrival_ns[MAX_RUNS];
};

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

/* Fill a chunk with the next rows; 0 if there are no more. */
static int
fill(struct chunk *chunk, struct run *runs, int run_count)
{
    struct heads heads;
    find_heads(&heads, runs, run_count);
    for (int run = 0; run < run_count; run++) {
        chunk->first_of[run] = runs[run].at;
        chunk->count_of[run] = 0;
    }
    chunk->count = 0;
    while (chunk->count < CHUNK_ROWS && heads.count > 0) {
        int leader = leader_of(&heads), number = heads.run[leader];
        struct run *run = &runs[number];
        /* Long leads are at the beginning of a chunk, or not worth looking for. */
        int lead = chunk->count == 0 ? lead_of(&heads, leader, run, CHUNK_ROWS) : 1;
        for (int row = 0; row < lead; row++) {
            chunk->places[number][chunk->count_of[number]++] = (uint16_t)chunk->count++;
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

/* Copy a column's values of a chunk; `size` is that of one. */
static inline void
gather(const struct chunk *chunk, const struct run *runs, int run_count,
       const char *const *columns, char *out, size_t size)
{
    for (int run = 0; run < run_count; run++) {
        const uint16_t *places = chunk->places[run];
        const int32_t *rows = runs[run].rows;
        const char *column = columns[run];
        size_t first = (size_t)chunk->first_of[run], count = (size_t)chunk->count_of[run];
        if (rows != NULL) {
            for (size_t row = 0; row < count; row++) {
                memcpy(out + places[row] * size, column + (size_t)rows[first + row] * size, size);
            }
        }
        else if (chunk->count_of[run] == chunk->count) {
            memcpy(out, column + first * size, count * size);
        }
        else {
            for (size_t row = 0; row < count; row++) {
                memcpy(out + places[row] * size, column + (first + row) * size, size);
            }
        }
    }
}

#endif
