/* One line after the other -> the rows of a table, and where the odd lines are.

   The only state between two lines is what makes the next one faster to read. */

#ifndef ZREPLAY_LINES_H
#define ZREPLAY_LINES_H

#include <Python.h>
#include <math.h>

#include "names.h"
#include "number.h"
#include "timestamp.h"
#include "word.h"

/* The rows of the table that is filled, eight bytes a cell; plain_rows.py has the same list.
   A field of a line has the number of the row that it goes to. */
enum {
    PASSED_OVER = 0,
    START = 0,
    NUMBER,
    ARRIVAL_NS,
    INDEX,
    TIMESTAMP_NS,
    LATENCY_MS,
    ASK_AMOUNT,
    ASK_PRICE,
    BID_PRICE,
    BID_AMOUNT,
    ROW_COUNT,
    TICKER = ROW_COUNT,
};

#define LONGEST_LINE 4096
#define LONGEST_TICKER 128
#define NO_INDEX (-1)
#define ODD_CELLS 3

/* Return where the plain characters of a field end, at a comma or whatever it is. */
static inline const char *
end_of_plain(const char *at, const char *end)
{
    int part;
    do {
        uint64_t word = word_at(at, end);
        part = leading(bytes_of(word, ',') | bytes_of(word, '"') | bytes_below(word, ' ')
                       | bytes_above(word, '~'));
        at += part;
    } while (part == WORD_SIZE);
    return at;
}

/* Whether the field that begins here has nothing in it, or the line is odd in any case. */
static inline int
is_empty(const char *at)
{
    return *at == ',' || *at == '\n' || *at == '\r';
}

struct table {
    int64_t *cells;  /* ROW_COUNT rows of `capacity` */
    int32_t *codes;
    Py_ssize_t capacity;
    Py_ssize_t count;
};

struct odd_lines {
    int64_t *cells;  /* start, end and number of each */
    Py_ssize_t capacity;
    Py_ssize_t count;  /* one more than the capacity: there are too many */
};

/* The fields of a line. */
struct layout {
    const unsigned char *kinds;  /* what each field is */
    Py_ssize_t count;
};

static inline int64_t *
cell(const struct table *table, int row)
{
    return &table->cells[row * table->capacity + table->count];
}

static inline void
set_double(int64_t *cell, double value)
{
    memcpy(cell, &value, sizeof value);
}

/* Set the arrival of the row; false if it is out of range, or nearly. */
static inline int
set_arrival(const struct table *table)
{
    double latency_ms;
    memcpy(&latency_ms, cell(table, LATENCY_MS), sizeof latency_ms);
    double latency_ns = latency_ms * 1e6;
    if (!(latency_ns < 9e17 && latency_ns > -9e17)) {
        return 0;
    }
    /* Times are from 1970 on, so that only the sum with a positive delay can be too large. */
    return !__builtin_add_overflow(*cell(table, TIMESTAMP_NS), llrint(latency_ns),
                                   cell(table, ARRIVAL_NS));
}

enum outcome { IS_ROW, IS_ODD, NO_MEMORY, NO_ROOM };

/* Read the line at `*at` into the next row; `*at` is then its line feed, if it was one. */
static inline enum outcome
read_row(const char **at, const char *end, const struct layout *layout, const struct table *table,
         struct names *names, struct second *second)
{
    const char *p = *at;
    *cell(table, INDEX) = NO_INDEX;
    for (Py_ssize_t field = 0; field < layout->count; field++) {
        const char *first = p;
        int kind = layout->kinds[field];
        double number;
        switch (kind) {
        case TIMESTAMP_NS:
            p = read_time(p, end, second, cell(table, TIMESTAMP_NS));
            break;
        case INDEX:
            p = is_empty(p) ? p : read_integer(p, end, cell(table, INDEX));
            break;
        case TICKER:
        case PASSED_OVER:
            p = end_of_plain(p, end);
            if (kind == TICKER) {
                if (p - first > LONGEST_TICKER) {
                    return IS_ODD;
                }
                int32_t code = code_of(names, first, p, end);
                if (code < 0) {
                    return NO_MEMORY;
                }
                table->codes[table->count] = code;
            }
            break;
        default:
            if ((kind == ASK_AMOUNT || kind == BID_AMOUNT) && is_empty(p)) {
                number = Py_NAN;
            }
            else if ((p = read_float(p, end, &number)) == NULL
                     || (number < 0 && (kind == ASK_PRICE || kind == BID_PRICE)))
            {
                return IS_ODD;
            }
            set_double(cell(table, kind), number);
        }
        if (p == NULL || (field + 1 < layout->count && *p++ != ',')) {
            return IS_ODD;
        }
    }
    while (*p == '\r') {
        p++;
    }
    if (*p != '\n' || p - *at > LONGEST_LINE || !set_arrival(table)) {
        return IS_ODD;
    }
    *at = p;
    return IS_ROW;
}

/* Read the lines of a text that ends with a line feed; IS_ROW says that all went well. */
static enum outcome
read_lines(const char *data, const char *end, const struct layout *layout, struct table *table,
           struct odd_lines *odd, struct names *names)
{
    struct second second = {.text = ""};
    int64_t number = 0;
    for (const char *at = data; at < end && odd->count <= odd->capacity; at++, number++) {
        const char *first = at;
        while (*at == '\r') {
            at++;
        }
        if (*at == '\n') {
            continue;  /* a blank line is none */
        }
        at = first;
        if (table->count == table->capacity) {
            return NO_ROOM;
        }
        switch (read_row(&at, end, layout, table, names, &second)) {
        case IS_ROW:
            *cell(table, START) = first - data;
            *cell(table, NUMBER) = number;
            table->count++;
            break;
        case IS_ODD:
            at = memchr(first, '\n', (size_t)(end - first));
            if (odd->count < odd->capacity) {
                int64_t *cells = &odd->cells[odd->count * ODD_CELLS];
                cells[0] = first - data;
                cells[1] = at - data;
                cells[2] = number;
            }
            odd->count++;
            break;
        default:
            return NO_MEMORY;
        }
    }
    return IS_ROW;
}

#endif
