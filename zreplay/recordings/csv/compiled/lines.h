/* Lines, one by one -> the rows of a table, and where the odd lines are.

   The only state kept between lines is what makes the next one faster to read. */

#ifndef ZREPLAY_LINES_H
#define ZREPLAY_LINES_H

#include <Python.h>
#include <stddef.h>
#include <stdint.h>

#include "fields.h"
#include "marks.h"
#include "names.h"
#include "timestamp.h"

#define LONGEST_LINE 4096
#define ODD_CELLS 3

struct table {
    int64_t *cells;  /* ROW_COUNT rows of `capacity` */
    int32_t *codes;
    Py_ssize_t capacity;
    Py_ssize_t count;
    Py_ssize_t left_out;  /* lines of rows that do not count */
};

struct odd_lines {
    int64_t *cells;  /* start, end and number of each */
    Py_ssize_t capacity;
    Py_ssize_t count;  /* one more than the capacity: there are too many */
};

enum outcome { IS_ROW, IS_ODD, IS_LEFT_OUT, NO_MEMORY, NO_ROOM };

INLINED enum outcome
read_fields(const struct line *line, const struct layout *layout, const struct form *form,
            struct values values, struct names *names, struct seconds *seconds)
{
    struct name name;
    if (form->kept_count > 0) {
        enum verdict verdict = verdict_of(line, layout);
        if (verdict != KEPT) {
            return verdict == LEFT_OUT ? IS_LEFT_OUT : IS_ODD;
        }
    }
    if (!read_ticker(line, layout, &name)) {
        return IS_ODD;
    }
    fetch_name(names, &name);
    if (!read_times(line, layout, form, values, seconds)
        || !read_index(line, layout->field[INDEX], cell(values, INDEX))
        || !read_amount(line, layout, form, ASK_AMOUNT, values)
        || !read_price(line, layout, form, ASK_PRICE, values)
        || !read_price(line, layout, form, BID_PRICE, values)
        || !read_amount(line, layout, form, BID_AMOUNT, values))
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

INLINED int
has_delimiters(const struct line *line, ptrdiff_t count, char delimiter)
{
    for (ptrdiff_t field = 0; field < count; field++) {
        if (*end_of(line, field) != delimiter) {
            return 0;
        }
    }
    return 1;
}

/* Read the line that begins behind the last mark. */
INLINED enum outcome
read_line(struct marks *marks, const struct layout *layout, const struct form *form,
          struct values values, struct names *names, struct seconds *seconds)
{
    ptrdiff_t last = layout->count - 1;
    if (!has_marks(marks, layout->count)) {
        return IS_ODD;
    }
    char first = marks->text[marks->behind[marks->next - 1]];
    if (form->comment_starts > 0
        && memchr(form->comment_start, first, (size_t)form->comment_starts) != NULL)
    {
        return IS_ODD;
    }
    const char *text_end = marks->text + marks->size;
    struct line line = {marks->text, text_end, &marks->behind[marks->next - 1]};
    if (!has_delimiters(&line, last, (char)form->delimiter) || !is_at_end(end_of(&line, last), text_end)
        || end_of(&line, last) - begin_of(&line, 0) > LONGEST_LINE)
    {
        return IS_ODD;
    }
    marks->next += (int)last;
    return read_fields(&line, layout, form, values, names, seconds);
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

INLINED enum outcome
read_lines_of(const char *text, uint32_t size, const struct layout *layout,
              const struct form *form, struct table *table, struct odd_lines *odd,
              struct names *names)
{
    struct seconds seconds = {{.text = ""}, {.text = ""}};
    struct marks marks;
    begin_marks(&marks, text, size, (char)form->delimiter);
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
        enum outcome outcome = read_line(&marks, layout, form, values, names, &seconds);
        end = end_of_line(&marks);
        if (outcome == IS_ROW) {
            *cell(values, START) = at;
            *cell(values, NUMBER) = number;
            table->count++;
        }
        else if (outcome == IS_ODD) {
            name_odd(odd, at, end - 1, number);
        }
        else if (outcome == IS_LEFT_OUT) {
            table->left_out++;
        }
        else {
            return outcome;
        }
    }
    return IS_ROW;
}

static __attribute__((noinline)) enum outcome
read_usual_lines(const char *text, uint32_t size, const struct layout *layout,
                 struct table *table, struct odd_lines *odd, struct names *names)
{
    return read_lines_of(text, size, layout, &USUAL, table, odd, names);
}

static __attribute__((noinline)) enum outcome
read_other_lines(const char *text, uint32_t size, const struct layout *layout,
                 struct table *table, struct odd_lines *odd, struct names *names)
{
    return read_lines_of(text, size, layout, &layout->form, table, odd, names);
}

/* Read the lines of a text that ends with a line feed; IS_ROW says that all went well. */
static inline enum outcome
read_lines(const char *text, uint32_t size, const struct layout *layout, struct table *table,
           struct odd_lines *odd, struct names *names)
{
    return (layout->is_usual ? read_usual_lines : read_other_lines)(text, size, layout, table,
                                                                    odd, names);
}

#endif
