/* Arrivals -> the same in ascending order, and the row of each; equal ones keep their order.

   A row and the distance of its arrival from the least one go into one word of 64 bits, the row
   lowest, so that no two words are equal. Where arrivals are spread evenly, a sort by the highest
   bits of the distances, somewhat more of them than a row number has, leaves little to be settled
   by comparing; where that is too much, all bits are sorted by, some at a time. Where row and
   distance have more than 64 bits, the lowest of the distance are left out, and those that then
   are equal are compared. */

#ifndef ZREPLAY_SORT_H
#define ZREPLAY_SORT_H

#include <Python.h>
#include <stdint.h>
#include <string.h>

#define WORD_BITS 64
/* Of the digits that are all sorted by: the places of their values stay in the fastest cache. */
#define DIGIT_BITS 10
/* Of the one that comes first: more would ask for too much memory. */
#define MAX_HIGH_BITS 20
/* More moves than that, and to sort by all digits is faster. */
#define MOVES_A_ROW 8

enum outcome { SORTED, TOO_WIDE, NO_MEMORY };

/* Words to be sorted, as much room again, and a place for each value of a digit. */
struct words {
    uint64_t *words, *other;
    uint32_t *places;
    Py_ssize_t count;
};

static inline int
bits_of(uint64_t number)
{
    int bits = 0;
    for (; number != 0; number >>= 1) {
        bits++;
    }
    return bits;
}

/* Sort words by the digit from a bit on; those of the same digit keep their order. */
static void
sort_by_digit(struct words *words, int bit, int digit_bits)
{
    uint64_t *from = words->words, *to = words->other, mask = ((uint64_t)1 << digit_bits) - 1;
    uint32_t *places = words->places, next = 0;
    memset(places, 0, (mask + 1) * sizeof *places);
    for (Py_ssize_t at = 0; at < words->count; at++) {
        places[from[at] >> bit & mask]++;
    }
    for (uint64_t digit = 0; digit <= mask; digit++) {
        uint32_t found = places[digit];
        places[digit] = next;
        next += found;
    }
    for (Py_ssize_t at = 0; at < words->count; at++) {
        to[places[from[at] >> bit & mask]++] = from[at];
    }
    words->words = to;
    words->other = from;
}

/* Move words to where they belong, if that takes few moves; 0 if it does not. */
static int
settle(const struct words *words)
{
    uint64_t *word = words->words;
    Py_ssize_t moves_left = MOVES_A_ROW * words->count;
    for (Py_ssize_t at = 1; at < words->count && moves_left >= 0; at++) {
        uint64_t moved = word[at];
        Py_ssize_t to = at;
        for (; to > 0 && word[to - 1] > moved; to--) {
            word[to] = word[to - 1];
        }
        word[to] = moved;
        moves_left -= at - to;
    }
    return moves_left >= 0;
}

static void
sort_words(struct words *words, int row_bits, int range_bits, int high_bits)
{
    int low_bits = range_bits > high_bits ? range_bits - high_bits : 0;
    sort_by_digit(words, row_bits + low_bits, high_bits);
    if (settle(words)) {
        return;
    }
    /* Words of the same distance are in the order of their rows still. */
    for (int bit = row_bits; bit < row_bits + range_bits; bit += DIGIT_BITS) {
        sort_by_digit(words, bit, DIGIT_BITS);
    }
}

/* Have words that are rows by the highest bits of their arrivals in the order of all bits, if that
   takes few moves; 0 if it does not. */
static int
settle_rows(const struct words *words, const int64_t *arrival_ns)
{
    uint64_t *row = words->words;
    Py_ssize_t moves_left = MOVES_A_ROW * words->count;
    for (Py_ssize_t at = 1; at < words->count && moves_left >= 0; at++) {
        uint64_t moved = row[at];
        Py_ssize_t to = at;
        for (; to > 0 && arrival_ns[row[to - 1]] > arrival_ns[moved]; to--) {
            row[to] = row[to - 1];
        }
        row[to] = moved;
        moves_left -= at - to;
    }
    return moves_left >= 0;
}

/* Write rows by the highest bits of their distances as sorted; 0 if they are too many moves away,
   and nothing was written. */
static int
write_settled(const struct words *words, const int64_t *arrival_ns, int64_t *sorted_ns,
              int32_t *rows, uint64_t row_mask)
{
    for (Py_ssize_t at = 0; at < words->count; at++) {
        words->words[at] &= row_mask;
    }
    if (!settle_rows(words, arrival_ns)) {
        return 0;
    }
    for (Py_ssize_t at = 0; at < words->count; at++) {
        rows[at] = (int32_t)words->words[at];
        words->other[at] = (uint64_t)arrival_ns[words->words[at]];
    }
    memcpy(sorted_ns, words->other, (size_t)words->count * sizeof *sorted_ns);
    return 1;
}

/* Sort one arrival or more, at most INT32_MAX; `sorted_ns` may be where they are. TOO_WIDE: too
   many are so near to one another, and others so far, that a row and what tells them apart do not
   fit into a word; nothing was written. */
static enum outcome
sort_arrivals(const int64_t *arrival_ns, Py_ssize_t count, int64_t *sorted_ns, int32_t *rows)
{
    int64_t least_ns = arrival_ns[0], greatest_ns = least_ns;
    for (Py_ssize_t row = 1; row < count; row++) {
        least_ns = arrival_ns[row] < least_ns ? arrival_ns[row] : least_ns;
        greatest_ns = arrival_ns[row] > greatest_ns ? arrival_ns[row] : greatest_ns;
    }
    int row_bits = bits_of((uint64_t)count - 1);
    int range_bits = bits_of((uint64_t)greatest_ns - (uint64_t)least_ns);
    int left_out = row_bits + range_bits > WORD_BITS ? row_bits + range_bits - WORD_BITS : 0;
    int high_bits = row_bits + 1 > DIGIT_BITS ? row_bits + 1 : DIGIT_BITS;
    high_bits = high_bits < MAX_HIGH_BITS ? high_bits : MAX_HIGH_BITS;
    size_t word_bytes = (size_t)count * sizeof(uint64_t);
    uint64_t *room = PyMem_RawMalloc(2 * word_bytes + (sizeof(uint32_t) << high_bits));
    if (room == NULL) {
        return NO_MEMORY;
    }
    struct words words = {room, room + count, (uint32_t *)(room + 2 * count), count};
    for (Py_ssize_t row = 0; row < count; row++) {
        uint64_t distance = (uint64_t)arrival_ns[row] - (uint64_t)least_ns;
        room[row] = distance >> left_out << row_bits | (uint64_t)row;
    }
    sort_words(&words, row_bits, range_bits - left_out, high_bits);
    uint64_t row_mask = ((uint64_t)1 << row_bits) - 1;
    if (left_out) {
        int is_settled = write_settled(&words, arrival_ns, sorted_ns, rows, row_mask);
        PyMem_RawFree(room);
        return is_settled ? SORTED : TOO_WIDE;
    }
    for (Py_ssize_t at = 0; at < count; at++) {
        sorted_ns[at] = (int64_t)((words.words[at] >> row_bits) + (uint64_t)least_ns);
        rows[at] = (int32_t)(words.words[at] & row_mask);
    }
    PyMem_RawFree(room);
    return SORTED;
}

#endif
