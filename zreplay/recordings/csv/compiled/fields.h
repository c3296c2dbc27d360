/* The fields of a line -> the values of its row, by a layout. */

#ifndef ZREPLAY_FIELDS_H
#define ZREPLAY_FIELDS_H

#include <Python.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kept.h"
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
    /* These have no row of their own. */
    TICKER = ROW_COUNT,
    LOCAL_TIMESTAMP,
    EXCHANGE,
    DATE,
    KIND_COUNT,
};

#define MOST_COMMENTS 8
#define NO_INDEX (-1)
#define NO_FIELD (-1)
#define LONGEST_CLOCK 48

/* How values are written; plain_rows.py has the same list. */
struct form {
    int64_t delimiter;
    int64_t price_scale, amount_scale;  /* numbers are over 10**scale */
    int64_t may_be_negative;  /* prices */
    struct time_form time;
    int64_t time_fields;  /* 2 where the day has the field just before */
    int64_t missing_count, kept_count;
    int64_t comment_starts;
    char comment_start[MOST_COMMENTS];  /* a line that begins with one is odd */
};

/* Ours. Whoever is inlined with it loses what only other forms need. */
static const struct form USUAL = {
    .delimiter = ',',
    .time = {.size = 19, .at = {0, 5, 8, 11, 14, 17}, .text = "0000-00-00 00:00:00"},
    .time_fields = 1,
};

/* The fields of a line: how many, and which goes to each row and to the tickers. */
struct layout {
    ptrdiff_t count;
    ptrdiff_t field[KIND_COUNT];  /* NO_FIELD for what is not there */
    struct form form;
    int is_usual;  /* the form is */
    const double *missing;  /* prices that mean that there is none */
    const struct kept *kept;
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

INLINED int
read_number(const struct line *line, ptrdiff_t field, int scale, int64_t *cell, double *number)
{
    if (!read_float(begin_of(line, field), end_of(line, field), line->text, scale, number)) {
        return 0;
    }
    memcpy(cell, number, sizeof *number);
    return 1;
}

/* Whether a field is empty, or not there at all; then its cell is NaN. */
INLINED int
is_empty(const struct line *line, ptrdiff_t field, int64_t *cell)
{
    if (field != NO_FIELD && begin_of(line, field) != end_of(line, field)) {
        return 0;
    }
    double none = Py_NAN;
    memcpy(cell, &none, sizeof none);
    return 1;
}

INLINED int
read_price(const struct line *line, const struct layout *layout, const struct form *form, int kind,
           struct values values)
{
    int64_t *into = cell(values, kind);
    double price;
    if (is_empty(line, layout->field[kind], into)) {
        return 1;
    }
    if (!read_number(line, layout->field[kind], (int)form->price_scale, into, &price)) {
        return 0;
    }
    for (ptrdiff_t i = 0; i < form->missing_count; i++) {
        if (price == layout->missing[i]) {
            double none = Py_NAN;
            memcpy(into, &none, sizeof none);
            return 1;
        }
    }
    return !(price < 0) || form->may_be_negative;
}

INLINED int
read_amount(const struct line *line, const struct layout *layout, const struct form *form, int kind,
            struct values values)
{
    ptrdiff_t field = layout->field[kind];
    double amount;
    return is_empty(line, field, cell(values, kind))
           || read_number(line, field, (int)form->amount_scale, cell(values, kind), &amount);
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

/* Whether a row counts: of each group of rules one must hold. */
static inline enum verdict
verdict_of(const struct line *line, const struct layout *layout)
{
    const struct kept *rule = layout->kept, *end = rule + layout->form.kept_count;
    while (rule < end) {
        enum verdict verdict = LEFT_OUT;
        const struct kept *next = rule;
        do {
            if (verdict == LEFT_OUT) {
                verdict = holds(begin_of(line, next->field), end_of(line, next->field), next);
            }
        } while (!next++->is_last);
        if (verdict != KEPT) {
            return verdict;
        }
        rule = next;
    }
    return KEPT;
}

/* The seconds that were read last of each column of times. */
struct seconds {
    struct second taken, local;
};

/* Read when it arrived after it was made; 0 where nothing says it. */
INLINED int
read_latency(const struct line *line, const struct layout *layout, const struct form *form,
             struct values values, struct seconds *seconds, int64_t timestamp_ns,
             double *latency_ms)
{
    ptrdiff_t local = layout->field[LOCAL_TIMESTAMP], recorded = layout->field[LATENCY_MS];
    *latency_ms = 0.0;
    if (recorded != NO_FIELD) {
        return read_number(line, recorded, 0, cell(values, LATENCY_MS), latency_ms);
    }
    if (local != NO_FIELD) {
        int64_t local_ns, delay_ns;
        if (!read_time(begin_of(line, local), end_of(line, local), &form->time,
                       &seconds->local, &local_ns)
            || __builtin_sub_overflow(local_ns, timestamp_ns, &delay_ns))
        {
            return 0;
        }
        *latency_ms = (double)delay_ns / 1e6;
    }
    memcpy(cell(values, LATENCY_MS), latency_ms, sizeof *latency_ms);
    return 1;
}

/* Read a time whose day stands elsewhere in the line, as if it stood just before. */
static int
read_apart(const struct line *line, const struct layout *layout, struct second *second,
           int64_t *timestamp_ns)
{
    ptrdiff_t date = layout->field[DATE], clock = layout->field[TIMESTAMP_NS];
    ptrdiff_t date_size = end_of(line, date) - begin_of(line, date);
    ptrdiff_t clock_size = end_of(line, clock) - begin_of(line, clock);
    char whole[MOST_FORM_CHARS + 1 + LONGEST_CLOCK];
    if (date_size > MOST_FORM_CHARS || clock_size > LONGEST_CLOCK) {
        return 0;
    }
    memcpy(whole, begin_of(line, date), (size_t)date_size);
    whole[date_size] = (char)layout->form.delimiter;
    memcpy(whole + date_size + 1, begin_of(line, clock), (size_t)clock_size);
    return read_time(whole, whole + date_size + 1 + clock_size, &layout->form.time, second,
                     timestamp_ns);
}

/* Read when the quote was made. */
INLINED int
read_timestamp(const struct line *line, const struct layout *layout, const struct form *form,
               struct second *second, int64_t *timestamp_ns)
{
    if (form != &USUAL && layout->field[DATE] != NO_FIELD) {
        return read_apart(line, layout, second, timestamp_ns);
    }
    ptrdiff_t field = layout->field[TIMESTAMP_NS], last = field + form->time_fields - 1;
    return read_time(begin_of(line, field), end_of(line, last), &form->time, second, timestamp_ns);
}

/* Read when the quote was made and when it arrived; none if that is out of range, or nearly. */
INLINED int
read_times(const struct line *line, const struct layout *layout, const struct form *form,
           struct values values, struct seconds *seconds)
{
    int64_t timestamp_ns;
    double latency_ms;
    if (!read_timestamp(line, layout, form, &seconds->taken, &timestamp_ns)
        || !read_latency(line, layout, form, values, seconds, timestamp_ns, &latency_ms))
    {
        return 0;
    }
    *cell(values, TIMESTAMP_NS) = timestamp_ns;
    double latency_ns = latency_ms * 1e6;
    return latency_ns < 9e17 && latency_ns > -9e17
           && !__builtin_add_overflow(timestamp_ns, llrint(latency_ns), cell(values, ARRIVAL_NS));
}

/* Set the name of a line's ticker, or of its symbol and exchange; false if it is too long. */
static inline int
read_ticker(const struct line *line, const struct layout *layout, struct name *name)
{
    ptrdiff_t ticker = layout->field[TICKER], exchange = layout->field[EXCHANGE];
    if (ticker == NO_FIELD) {
        set_name(name, line->text, line->text, line->text_end);
        return 1;
    }
    const char *at = begin_of(line, ticker);
    ptrdiff_t size = end_of(line, ticker) - at;
    if (exchange == NO_FIELD) {
        if (size > LONGEST_NAME) {
            return 0;
        }
        set_name(name, at, at + size, line->text_end);
        return 1;
    }
    char pair[LONGEST_NAME];
    ptrdiff_t exchange_size = end_of(line, exchange) - begin_of(line, exchange);
    if (size + 1 + exchange_size > LONGEST_NAME) {
        return 0;
    }
    memcpy(pair, at, (size_t)size);
    pair[size] = '@';
    memcpy(pair + size + 1, begin_of(line, exchange), (size_t)exchange_size);
    set_name(name, pair, pair + size + 1 + exchange_size, pair + sizeof pair);
    return 1;
}

#endif
