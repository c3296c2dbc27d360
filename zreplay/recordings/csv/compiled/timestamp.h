/* 2025-10-02 23:59:57.290000 -> nanoseconds since 1970, for the years that 64 bits hold. */

#ifndef ZREPLAY_TIMESTAMP_H
#define ZREPLAY_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "any_number.h"
#include "word.h"

#define NS_PER_SECOND 1000000000
#define SECONDS_PER_DAY 86400
#define SECOND_CHARS 19  /* 2025-10-02 23:59:57 */

/* The second that was read last: the next row's is often the same. */
struct second {
    char text[SECOND_CHARS];
    int64_t since_epoch;
};

static inline int
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline int
two_digits(const char *at)
{
    return is_digit(at[0]) && is_digit(at[1]) ? (at[0] - '0') * 10 + at[1] - '0' : 100;
}

static int
read_second(const char *at, struct second *second)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century = two_digits(at), of_century = two_digits(at + 2);
    int year = century * 100 + of_century;
    int month = two_digits(at + 5), day = two_digits(at + 8);
    int hour = two_digits(at + 11), minute = two_digits(at + 14), whole = two_digits(at + 17);
    int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (at[4] != '-' || at[7] != '-' || (at[10] != ' ' && at[10] != 'T') || at[13] != ':'
        || at[16] != ':' || of_century > 99 || year < 1970 || year > 2261 || month < 1 || month > 12
        || day < 1 || day > DAYS[month - 1] + (month == 2 && is_leap) || hour > 23 || minute > 59
        || whole > 59)
    {
        return 0;
    }
    int past = year - 1;  /* the whole years, with their leap days, then the whole months */
    int64_t days = past * 365LL + past / 4 - past / 100 + past / 400 - 719162 + day - 1;
    for (int m = 1; m < month; m++) {
        days += DAYS[m - 1] + (m == 2 && is_leap);
    }
    memcpy(second->text, at, SECOND_CHARS);
    second->since_epoch = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + whole;
    return 1;
}

static inline int
is_second(const char *at, const struct second *second)
{
    const int last = SECOND_CHARS - WORD_SIZE;
    uint64_t difference = (whole_word(at) ^ whole_word(second->text))
                          | (whole_word(at + WORD_SIZE) ^ whole_word(second->text + WORD_SIZE))
                          | (whole_word(at + last) ^ whole_word(second->text + last));
    return difference == 0;
}

/* Read the digits behind the point; a word or more stands before `end`. */
static inline int
read_fraction(const char *at, const char *end, int64_t *fraction_ns)
{
    static const int64_t NS[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                 10000,      1000,      100,      10,      1};
    uint64_t number = 0;
    int count = 0;
    ptrdiff_t size = end - at;
    if (size > 0 && size <= WORD_SIZE) {
        count = (int)size;
        uint64_t digits = last_of(whole_word(end - WORD_SIZE) ^ word_of('0'), count);
        if (bytes_above(digits, 9) != 0) {
            return 0;
        }
        number = eight_digits(digits);
    }
    else if (read_digits(at, end, &number, &count) != end || count == 0 || count > 9) {
        return 0;
    }
    *fraction_ns = (int64_t)number * NS[count];
    return 1;
}

/* Read the time from `at` to `end`. */
static inline int
read_time(const char *at, const char *end, struct second *second, int64_t *timestamp_ns)
{
    if (end - at < SECOND_CHARS || (!is_second(at, second) && !read_second(at, second))) {
        return 0;
    }
    at += SECOND_CHARS;
    end -= end[-1] == 'Z';
    int64_t fraction_ns = 0;
    if (at < end && (*at != '.' || !read_fraction(at + 1, end, &fraction_ns))) {
        return 0;
    }
    *timestamp_ns = second->since_epoch * NS_PER_SECOND + fraction_ns;
    return 1;
}

#endif
