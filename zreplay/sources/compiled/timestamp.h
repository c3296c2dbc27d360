/* 2025-10-02 23:59:57.290000 -> nanoseconds since 1970, for the years that 64 bits hold. */

#ifndef ZREPLAY_TIMESTAMP_H
#define ZREPLAY_TIMESTAMP_H

#include <string.h>

#include "number.h"

#define NS_PER_SECOND 1000000000
#define SECONDS_PER_DAY 86400
#define SECOND_CHARS 19  /* 2025-10-02 23:59:57 */

/* The second that was read last: the next row's is often the same. */
struct second {
    char text[SECOND_CHARS];
    int64_t since_epoch;
};

static inline int
two_digits(const char *at)
{
    return is_digit(at[0]) && is_digit(at[1]) ? (at[0] - '0') * 10 + at[1] - '0' : 100;
}

static int
read_second(const char *at, struct second *second)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century = two_digits(at), year = century * 100 + two_digits(at + 2);
    int month = two_digits(at + 5), day = two_digits(at + 8);
    int hour = two_digits(at + 11), minute = two_digits(at + 14), whole = two_digits(at + 17);
    int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (at[4] != '-' || at[7] != '-' || (at[10] != ' ' && at[10] != 'T') || at[13] != ':'
        || at[16] != ':' || year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1
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
    memcpy(second->text, at, SECOND_CHARS);
    second->since_epoch = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + whole;
    return 1;
}

static inline const char *
read_time(const char *at, const char *end, struct second *second, int64_t *timestamp_ns)
{
    static const int64_t NS[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                 10000,      1000,      100,      10,      1};
    if (end - at < SECOND_CHARS) {
        return NULL;
    }
    if (memcmp(at, second->text, SECOND_CHARS) != 0 && !read_second(at, second)) {
        return NULL;
    }
    at += SECOND_CHARS;
    uint64_t fraction = 0;
    int count = 0;
    if (*at == '.') {
        at = read_digits(at + 1, end, &fraction, &count);
        if (count == 0 || count > 9) {
            return NULL;
        }
    }
    *timestamp_ns = second->since_epoch * NS_PER_SECOND + (int64_t)fraction * NS[count];
    return at + (*at == 'Z');
}

#endif
