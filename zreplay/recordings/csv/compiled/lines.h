/* Lines, one by one -> the rows of a table, and where the odd lines are.

   The only state kept between lines is what makes the next one faster to read. */

#ifndef ZREPLAY_LINES_H
#define ZREPLAY_LINES_H

#include <Python.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "marks.h"
#include "names.h"
#include "number.h"
#include "timestamp.h"

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
#define NO_INDEX (-1)
#define NO_FIELD (-1)
#define ODD_CELLS 3

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

/* The fields of a line: how many, and which goes to each row and to the tickers. */
struct layout {
    ptrdiff_t count;
    ptrdiff_t field[TICKER + 1];  /* NO_FIELD for an index that is not there */
};

/* A line of a text: where each of its fields begins, and at last what is behind it. */
struct line {
    const char *text, *text_end;
    const uint32_t *begin;
};

static inline const char *
begin_of(const struct line *line, ptrdiff_t field)
{
    return line->text + line->begin[field];
}

static inline const char *
end_of(const struct line *line, ptrdiff_t field)
{
    return line->text + line->begin[field + 1] - 1;
}

/* What is read of a line: its cell in the first row of the table, how far the others are, and
   the code of its ticker. */
struct values {
    int64_t *cells;
    ptrdiff_t stride;
    int32_t *code;
};

static inline int64_t *
cell(struct values values, int row)
{
    return values.cells + row * values.stride;
}

static inline int
read_number(const struct line *line, ptrdiff_t field, int64_t *cell, double *number)
{
    if (!read_float(begin_of(line, field), end_of(line, field), line->text, number)) {
        return 0;
    }
    memcpy(cell, number, sizeof *number);
    return 1;
}

static inline int
read_price(const struct line *line, ptrdiff_t field, int64_t *cell)
{
    double price;
    return read_number(line, field, cell, &price) && !(price < 0);
}

/* An amount may be missing. */
static inline int
read_amount(const struct line *line, ptrdiff_t field, int64_t *cell)
{
    double amount;
    if (!read_number(line, field, cell, &amount)) {
        if (begin_of(line, field) != end_of(line, field)) {
            return 0;
        }
        amount = Py_NAN;
        memcpy(cell, &amount, sizeof amount);
    }
    return 1;
}

static inline int
read_index(const struct line *line, ptrdiff_t field, int64_t *cell)
{
    if (field == NO_FIELD || begin_of(line, field) == end_of(line, field)) {
        *cell = NO_INDEX;
        return 1;
    }
    return read_integer(begin_of(line, field), end_of(line, field), line->text, cell);
}

/* Read when the quote was made and when it arrived; none if that is out of range, or nearly. */
static inline int
read_times(const struct line *line, const struct layout *layout, struct values values,
           struct second *second)
{
    ptrdiff_t field = layout->field[TIMESTAMP_NS];
    int64_t timestamp_ns;
    double latency_ms;
    if (!read_time(begin_of(line, field), end_of(line, field), second, &timestamp_ns)
        || !read_number(line, layout->field[LATENCY_MS], cell(values, LATENCY_MS), &latency_ms))
    {
        return 0;
    }
    *cell(values, TIMESTAMP_NS) = timestamp_ns;
    double latency_ns = latency_ms * 1e6;
    /* Times are from 1970 on, so that only the sum with a positive delay can be too large. */
    return latency_ns < 9e17 && latency_ns > -9e17
           && !__builtin_add_overflow(timestamp_ns, llrint(latency_ns), cell(values, ARRIVAL_NS));
}

enum outcome { IS_ROW, IS_ODD, NO_MEMORY, NO_ROOM };

static inline enum outcome
read_fields(const struct line *line, const struct layout *layout, struct values values,
            struct names *names, struct second *second)
{
    const ptrdiff_t *field = layout->field;
    const char *ticker = begin_of(line, field[TICKER]), *ticker_end = end_of(line, field[TICKER]);
    if (ticker_end - ticker > LONGEST_NAME) {
        return IS_ODD;
    }
    struct name name;
    set_name(&name, ticker, ticker_end, line->text_end);
    fetch_name(names, &name);
    if (!read_times(line, layout, values, second)
        || !read_index(line, field[INDEX], cell(values, INDEX))
        || !read_amount(line, field[ASK_AMOUNT], cell(values, ASK_AMOUNT))
        || !read_price(line, field[ASK_PRICE], cell(values, ASK_PRICE))
        || !read_price(line, field[BID_PRICE], cell(values, BID_PRICE))
        || !read_amount(line, field[BID_AMOUNT], cell(values, BID_AMOUNT)))
    {
        return IS_ODD;
    }
    *values.code = code_of(names, &name);
    return *values.code < 0 ? NO_MEMORY : IS_ROW;
}

/* Whether there are only carriage returns here before the line feed. */
static inline int
is_at_end(const char *at, const char *text_end)
{
    while (at < text_end && *at == '\r') {
        at++;
    }
    return at < text_end && *at == '\n';
}

static inline int
has_commas(const struct line *line, ptrdiff_t count)
{
    for (ptrdiff_t field = 0; field < count; field++) {
        if (*end_of(line, field) != ',') {
            return 0;
        }
    }
    return 1;
}

/* Read the line that begins behind the last mark. */
static inline enum outcome
read_line(struct marks *marks, const struct layout *layout,
          struct values values, struct names *names, struct second *second)
{
    ptrdiff_t last = layout->count - 1;
    if (!has_marks(marks, layout->count)) {
        return IS_ODD;
    }
    const char *text_end = marks->text + marks->size;
    struct line line = {marks->text, text_end, &marks->behind[marks->next - 1]};
    if (!has_commas(&line, last) || !is_at_end(end_of(&line, last), text_end)
        || end_of(&line, last) - begin_of(&line, 0) > LONGEST_LINE)
    {
        return IS_ODD;
    }
    marks->next += (int)last;
    return read_fields(&line, layout, values, names, second);
}

/* Pass over what is left of a line; return its end. */
static inline uint32_t
end_of_line(struct marks *marks)
{
    while (has_marks(marks, 1)) {
        uint32_t behind = marks->behind[marks->next++];
        if (marks->text[behind - 1] == '\n') {
            return behind;
        }
    }
    return marks->size;
}

static void
name_odd(struct odd_lines *odd, int64_t begin, int64_t end, int64_t number)
{
    if (odd->count < odd->capacity) {
        int64_t *cells = &odd->cells[odd->count * ODD_CELLS];
        cells[0] = begin;
        cells[1] = end;
        cells[2] = number;
    }
    odd->count++;
}

/* Read the lines of a text that ends with a line feed; IS_ROW says that all went well. */
static enum outcome
read_lines(const char *text, uint32_t size, const struct layout *layout, struct table *table,
           struct odd_lines *odd, struct names *names)
{
    struct second second = {.text = ""};
    struct marks marks;
    begin_marks(&marks, text, size);
    int64_t number = 0;
    for (uint32_t at = 0, end; at < size && odd->count <= odd->capacity; at = end, number++) {
        if (is_at_end(text + at, text + size)) {
            end = end_of_line(&marks);  /* a blank line is none */
            continue;
        }
        if (table->count == table->capacity) {
            return NO_ROOM;
        }
        struct values values = {table->cells + table->count, table->capacity,
                                table->codes + table->count};
        enum outcome outcome = read_line(&marks, layout, values, names, &second);
        end = end_of_line(&marks);
        if (outcome == IS_ROW) {
            *cell(values, START) = at;
            *cell(values, NUMBER) = number;
            table->count++;
        }
        else if (outcome == IS_ODD) {
            name_odd(odd, at, end - 1, number);
        }
        else {
            return outcome;
        }
    }
    return IS_ROW;
}

#endif
