/* Which rows count, by what stands in a field: a text, or a number with a bit. */

#ifndef ZREPLAY_KEPT_H
#define ZREPLAY_KEPT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "any_number.h"

#define MOST_KEPT_CHARS 16
#define MOST_FLAG_DIGITS 18

/* plain_rows.py has the same list. */
struct kept {
    int64_t field;
    int64_t bits;  /* 0: a text */
    int64_t is_last;  /* of those of which one must hold */
    int64_t size;
    char text[MOST_KEPT_CHARS];
};

enum verdict { LEFT_OUT, KEPT, UNCLEAR };

static inline enum verdict
holds(const char *at, const char *end, const struct kept *rule)
{
    int is_kept;
    if (rule->bits == 0) {
        is_kept = end - at == rule->size && memcmp(at, rule->text, (size_t)rule->size) == 0;
    }
    else {
        uint64_t number = 0;
        int count = 0;
        if (read_digits(at, end, &number, &count) != end || count == 0
            || count > MOST_FLAG_DIGITS)
        {
            return UNCLEAR;
        }
        is_kept = (number & (uint64_t)rule->bits) != 0;
    }
    return is_kept ? KEPT : LEFT_OUT;
}

#endif
