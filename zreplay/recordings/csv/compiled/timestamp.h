/* A time -> nanoseconds since 1970, for the years that 64 bits hold.

   It is a text whose digits stand where a form says, 2025-10-02 23:59:57.290000 for one, or a
   number of units since 1970 or since midnight. */

#ifndef ZREPLAY_TIMESTAMP_H
#define ZREPLAY_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "any_number.h"
#include "word.h"

#define NS_PER_SECOND 1000000000
#define SECONDS_PER_DAY 86400
#define MOST_FORM_CHARS 24
#define OFFSET_CHARS 6  /* +01:00 */
#define GMT_CHARS 9  /* GMT+0100 and a blank before it */

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PART_COUNT };

/* How times are written. In `text` a zero stands for a digit, a blank for a blank, a T or a D;
   `at` says where each part stands, -1 where it is not written. */
struct time_form {
    int64_t unit_ns;  /* 0: a text */
    int64_t least, greatest;  /* number of units */
    int64_t day_ns;  /* when the day begins that is not written */
    int64_t has_bare_fraction;  /* decimals without a point */
    int64_t has_zone;  /* a time with an offset is another's business */
    int64_t size;
    int64_t at[PART_COUNT];
    char text[MOST_FORM_CHARS];
};

/* The second that was read last: the next row's is often the same. */
struct second {
    char text[MOST_FORM_CHARS];
    int64_t since_epoch;
};

static inline int
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* The digits of a part that has the form; `otherwise` where it is not written. */
static inline int
two_digits(const char *text, int64_t at, int otherwise)
{
    return at < 0 ? otherwise : (text[at] - '0') * 10 + text[at + 1] - '0';
}

static inline int
has_form(const char *text, const struct time_form *form)
{
    for (int64_t i = 0; i < form->size; i++) {
        char c = text[i], wanted = form->text[i];
        int is_fit = wanted == '0'   ? is_digit(c)
                     : wanted == ' ' ? c == ' ' || c == 'T' || c == 'D'
                                     : c == wanted;
        if (!is_fit) {
            return 0;
        }
    }
    return 1;
}

static int
read_second(const char *text, const struct time_form *form, struct second *second)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!has_form(text, form)) {
        return 0;
    }
    const int64_t *at = form->at;
    int year = at[YEAR] < 0 ? 1970
                            : two_digits(text, at[YEAR], 0) * 100 + two_digits(text, at[YEAR] + 2, 0);
    int month = two_digits(text, at[MONTH], 1), day = two_digits(text, at[DAY], 1);
    int hour = two_digits(text, at[HOUR], 0), minute = two_digits(text, at[MINUTE], 0);
    int whole = two_digits(text, at[SECOND], 0);
    int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1
        || day > DAYS[month - 1] + (month == 2 && is_leap) || hour > 23 || minute > 59
        || whole > 59)
    {
        return 0;
    }
    int past = year - 1;  /* the whole years, with their leap days, then the whole months */
    int64_t days = past * 365LL + past / 4 - past / 100 + past / 400 - 719162 + day - 1;
    for (int m = 1; m < month; m++) {
        days += DAYS[m - 1] + (m == 2 && is_leap);
    }
    memcpy(second->text, text, (size_t)form->size);
    second->since_epoch = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + whole;
    return 1;
}

/* Whether a text of two words or more begins with the second, of `size` characters. */
static inline int
is_second(const char *at, const struct second *second, int64_t size)
{
    if (size < 2 * WORD_SIZE) {
        return memcmp(at, second->text, (size_t)size) == 0;
    }
    const int64_t last = size - WORD_SIZE;
    uint64_t difference = (whole_word(at) ^ whole_word(second->text))
                          | (whole_word(at + WORD_SIZE) ^ whole_word(second->text + WORD_SIZE))
                          | (whole_word(at + last) ^ whole_word(second->text + last));
    return difference == 0;
}

/* Read the digits behind the point, up to nine of them. */
static inline int
read_fraction(const char *at, const char *end, int64_t *fraction_ns)
{
    static const int64_t NS[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                 10000,      1000,      100,      10,      1};
    uint64_t number = 0;
    int count = 0;
    if (read_digits(at, end, &number, &count) != end || count == 0 || count > 9) {
        return 0;
    }
    *fraction_ns = (int64_t)number * NS[count];
    return 1;
}

/* Read a fraction that a word or more stands before the end of. */
static inline int
read_usual_fraction(const char *at, const char *end, int64_t *fraction_ns)
{
    static const int64_t NS[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                 10000,      1000,      100,      10};
    ptrdiff_t size = end - at;
    if (size <= 0 || size > WORD_SIZE) {
        return read_fraction(at, end, fraction_ns);
    }
    uint64_t digits = last_of(whole_word(end - WORD_SIZE) ^ word_of('0'), (int)size);
    *fraction_ns = (int64_t)eight_digits(digits) * NS[size];
    return bytes_above(digits, 9) == 0;
}

/* Read ` GMT+0100` at the end, which does not stand behind a time of our own form. */
static inline int
read_gmt(const struct time_form *form, const char **end, int64_t *offset_seconds)
{
    const char *offset = *end - 5;
    int is_ours = form->size > 4 && form->text[4] == '-';
    if (is_ours || (offset[0] != '+' && offset[0] != '-') || !is_digit(offset[1])
        || !is_digit(offset[2]) || !is_digit(offset[3]) || !is_digit(offset[4]))
    {
        return 0;
    }
    int hours = two_digits(offset, 1, 0), minutes = two_digits(offset, 3, 0);
    int seconds = hours * 3600 + minutes * 60;
    *offset_seconds = offset[0] == '-' ? -seconds : seconds;
    *end -= GMT_CHARS;
    return hours < 24 && minutes < 60;
}

/* Read `+01:00` at the end, if it is there; the end moves to before it. */
static inline int
read_offset(const char *at, const struct time_form *form, const char **end,
            int64_t *offset_seconds)
{
    *offset_seconds = 0;
    if ((*end)[-1] == 'Z') {
        *end -= 1;
        return 1;
    }
    if (*end - at >= GMT_CHARS && memcmp(*end - GMT_CHARS, " GMT", 4) == 0) {
        return read_gmt(form, end, offset_seconds);
    }
    if (*end - at < OFFSET_CHARS || (*end)[-3] != ':') {
        return 1;
    }
    const char *offset = *end - OFFSET_CHARS;
    if ((offset[0] != '+' && offset[0] != '-') || !is_digit(offset[1]) || !is_digit(offset[2])
        || !is_digit(offset[4]) || !is_digit(offset[5]))
    {
        return 0;
    }
    int hours = two_digits(offset, 1, 0), minutes = two_digits(offset, 4, 0);
    int seconds = hours * 3600 + minutes * 60;
    *offset_seconds = offset[0] == '-' ? -seconds : seconds;
    *end = offset;
    return hours < 24 && minutes < 60;
}

INLINED int
read_time_text(const char *at, const char *end, const struct time_form *form,
               struct second *second, int64_t *timestamp_ns)
{
    int64_t size = form->size, offset_seconds = 0;
    if (end - at < size || (!is_second(at, second, size) && !read_second(at, form, second))) {
        return 0;
    }
    at += size;
    if (at < end) {
        const char *text_end = end;
        if (!read_offset(at, form, &end, &offset_seconds) || (form->has_zone && end < text_end)) {
            return 0;
        }
    }
    int64_t fraction_ns = 0;
    if (at < end) {
        if (!form->has_bare_fraction && *at++ != '.') {
            return 0;
        }
        int is_fit = size >= WORD_SIZE ? read_usual_fraction(at, end, &fraction_ns)
                                       : read_fraction(at, end, &fraction_ns);
        if (!is_fit) {
            return 0;
        }
    }
    *timestamp_ns = (second->since_epoch - offset_seconds) * NS_PER_SECOND + fraction_ns
                    + form->day_ns;
    return 1;
}

/* Read a number of units, which may have decimals if they are seconds. */
static inline int
read_time_number(const char *at, const char *end, const struct time_form *form,
                 int64_t *timestamp_ns)
{
    uint64_t number = 0;
    int count = 0;
    at = read_digits(at, end, &number, &count);
    if (count == 0 || count > MOST_DIGITS || number > (uint64_t)form->greatest
        || (int64_t)number < form->least)
    {
        return 0;
    }
    int64_t fraction_ns = 0;
    if (at < end
        && (*at != '.' || form->unit_ns != NS_PER_SECOND
            || !read_fraction(at + 1, end, &fraction_ns)))
    {
        return 0;
    }
    *timestamp_ns = (int64_t)number * form->unit_ns + fraction_ns + form->day_ns;
    return 1;
}

/* Read the time from `at` to `end`. */
INLINED int
read_time(const char *at, const char *end, const struct time_form *form, struct second *second,
          int64_t *timestamp_ns)
{
    return form->unit_ns ? read_time_number(at, end, form, timestamp_ns)
                         : read_time_text(at, end, form, second, timestamp_ns);
}

#endif
