/* A tournament of sorted runs: which of them has the next row, by a few comparisons for each row.

   A word is the distance of an arrival from the least of all, and below it the number of the run:
   no two are equal, and of equal arrivals the one of the first run is less. Each node of a tree
   keeps the greater word of the two that met there; the least of all has met nobody greater. */

#ifndef ZREPLAY_TOURNAMENT_H
#define ZREPLAY_TOURNAMENT_H

#include <stdint.h>

#include "run.h"
#include "sort.h"

#define MOST_LEAVES 128
/* Of a run that has no more rows: no other word has its highest bit. */
#define NO_ROW UINT64_MAX

struct tournament {
    int leaf_count;  /* a power of two */
    int run_bits;
    int64_t least_ns;
    uint64_t next;   /* the least word */
    uint64_t losers[MOST_LEAVES];
};

static inline uint64_t
word_at(const struct tournament *tree, const struct run *run, Py_ssize_t at, uint64_t number)
{
    uint64_t distance = (uint64_t)run->arrival_ns[at] - (uint64_t)tree->least_ns;
    return distance << tree->run_bits | number;
}

static inline uint64_t
word_of(const struct tournament *tree, const struct run *run, uint64_t number)
{
    return run->at < run->count ? word_at(tree, run, run->at, number) : NO_ROW;
}

/* Let some sorted runs begin; 0 if they are too many, or too far apart, for words. */
static int
begin_tournament(struct tournament *tree, const struct run *runs, Py_ssize_t run_count)
{
    int64_t least_ns = INT64_MAX, greatest_ns = INT64_MIN;
    for (Py_ssize_t run = 0; run < run_count; run++) {
        if (runs[run].count > 0) {
            int64_t first_ns = runs[run].arrival_ns[0];
            int64_t last_ns = runs[run].arrival_ns[runs[run].count - 1];
            least_ns = first_ns < least_ns ? first_ns : least_ns;
            greatest_ns = last_ns > greatest_ns ? last_ns : greatest_ns;
        }
    }
    tree->run_bits = bits_of((uint64_t)run_count - 1);
    tree->leaf_count = 1 << tree->run_bits;
    tree->least_ns = least_ns;
    int range_bits = bits_of((uint64_t)greatest_ns - (uint64_t)least_ns);
    if (run_count > MOST_LEAVES || range_bits + tree->run_bits >= WORD_BITS) {
        return 0;
    }
    uint64_t winners[2 * MOST_LEAVES];
    for (int leaf = 0; leaf < tree->leaf_count; leaf++) {
        winners[tree->leaf_count + leaf] =
            leaf < run_count ? word_of(tree, &runs[leaf], (uint64_t)leaf) : NO_ROW;
    }
    for (int node = tree->leaf_count - 1; node > 0; node--) {
        uint64_t left = winners[2 * node], right = winners[2 * node + 1];
        winners[node] = left < right ? left : right;
        tree->losers[node] = left < right ? right : left;
    }
    tree->next = winners[1];
    return 1;
}

static inline int
run_of(const struct tournament *tree, uint64_t word)
{
    return (int)(word & (((uint64_t)1 << tree->run_bits) - 1));
}

/* Let the next row of a run, whose rows before it were next, meet those of the others. */
static inline void
replay(struct tournament *tree, const struct run *run, int number)
{
    uint64_t word = word_of(tree, run, (uint64_t)number);
    for (int node = (number + tree->leaf_count) / 2; node > 0; node /= 2) {
        uint64_t other = tree->losers[node];
        tree->losers[node] = word < other ? other : word;
        word = word < other ? word : other;
    }
    tree->next = word;
}

/* Return how many rows of the run that is next come before those of all others: as many as there
   are and fit, or 0 if another run's come between. */
static inline Py_ssize_t
lead_of(const struct tournament *tree, const struct run *run, Py_ssize_t room)
{
    Py_ssize_t left = run->count - run->at, count = left < room ? left : room;
    int number = run_of(tree, tree->next);
    uint64_t last = word_at(tree, run, run->at + count - 1, (uint64_t)number);
    for (int node = (number + tree->leaf_count) / 2; node > 0; node /= 2) {
        if (tree->losers[node] < last) {
            return 0;
        }
    }
    return count;
}

#endif
