/* A time -> its text: `timestamp` of plain_text.py. */

#ifndef ZMID_TIMESTAMP_H
#define ZMID_TIMESTAMP_H

#include <stdint.h>
#include <string.h>

#define NS_PER_SECOND 1000000000
#define NS_PER_MS 1000000
#define SECONDS_PER_DAY 86400
#define SECOND_BYTES 20
#define LONGEST_TIMESTAMP (SECOND_BYTES + 9)

/* The second of the time before: most times of a batch share it. */
struct second {
    int64_t number;
    char text[2 * SECOND_BYTES];  /* `2025-01-01 00:00:00.`, then nothing */
};

static inline char *
put_two_digits(char *at, unsigned number)
{
    at[0] = (char)('0' + number / 10);
    at[1] = (char)('0' + number % 10);
    return at + 2;
}

static inline char *
put_three_digits(char *at, unsigned number)
{
    at[0] = (char)('0' + number / 100);
    return put_two_digits(at + 1, number % 100);
}

/* Set the second and its text; no int64 of nanoseconds lies outside the years 1677 to 2262. */
static void
set_second(struct second *second, int64_t number)
{
    second->number = number;
    memset(second->text + SECOND_BYTES, 0, SECOND_BYTES);
    /* Counted from 0000-03-01, so that a leap day is the last day of its year: Howard Hinnant's
       civil_from_days (howardhinnant.github.io/date_algorithms.html). */
    uint64_t from_march_0 = (uint64_t)(number + INT64_C(719468) * SECONDS_PER_DAY);
    unsigned days = (unsigned)(from_march_0 / SECONDS_PER_DAY);
    unsigned of_day = (unsigned)(from_march_0 % SECONDS_PER_DAY);
    unsigned of_era = days % 146097;  /* 400 years */
    unsigned of_400 = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * of_400 + of_400 / 4 - of_400 / 100);
    unsigned from_march = (5 * of_year + 2) / 153;
    unsigned day = of_year - (153 * from_march + 2) / 5 + 1;
    unsigned month = from_march < 10 ? from_march + 3 : from_march - 9;
    unsigned year = days / 146097 * 400 + of_400 + (month <= 2);

    char *at = put_two_digits(put_two_digits(second->text, year / 100), year % 100);
    *at++ = '-';
    at = put_two_digits(at, month);
    *at++ = '-';
    at = put_two_digits(at, day);
    *at++ = ' ';
    at = put_two_digits(at, of_day / 3600);
    *at++ = ':';
    at = put_two_digits(at, of_day / 60 % 60);
    *at++ = ':';
    at = put_two_digits(at, of_day % 60);
    *at = '.';
}

/* Write the text of a time without its first bytes, of which those up to the second may be left
   out: LONGEST_TIMESTAMP bytes at most; return its end. */
static inline char *
put_timestamp_behind(char *at, struct second *second, int64_t time_ns, size_t left_out)
{
    int64_t number = time_ns / NS_PER_SECOND, rest_ns = time_ns % NS_PER_SECOND;
    if (rest_ns < 0) {
        number -= 1;
        rest_ns += NS_PER_SECOND;
    }
    if (number != second->number) {
        set_second(second, number);
    }
    memcpy(at, second->text + left_out, SECOND_BYTES);
    unsigned ms = (unsigned)rest_ns / NS_PER_MS, below_ms = (unsigned)rest_ns % NS_PER_MS;
    at = put_three_digits(at + SECOND_BYTES - left_out, ms);
    if (below_ms != 0) {
        at = put_three_digits(at, below_ms / 1000);
        if (below_ms % 1000 != 0) {
            at = put_three_digits(at, below_ms % 1000);
        }
    }
    return at;
}

/* Write the text of a time, LONGEST_TIMESTAMP bytes at most; return its end. */
static inline char *
put_timestamp(char *at, struct second *second, int64_t time_ns)
{
    return put_timestamp_behind(at, second, time_ns, 0);
}

#endif
