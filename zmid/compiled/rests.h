/* A narrow text: what all its lines have in common once, and the rest of each.

   The head is that of protocol/narrow_text.py. The rests are written line by line, as the lines
   are; the size of each is put down in its place before them. */

#ifndef ZMID_RESTS_H
#define ZMID_RESTS_H

#include "text.h"
#include "timestamp.h"

#define SIZE_BYTES 2
/* More do not fit the head. */
#define MOST_RESTS 65535

/* How the lines of a log are written: whole, or what is behind their common bytes. */
struct rests {
    int are_narrow;
    size_t left_out;  /* of the text of a time */
    size_t sizes_at, begun;
};

struct part {
    const char *bytes;
    size_t size;
};

/* Set how much the first and the last of the times have in common, up to the second, and so all
   that lie between; return the text of it. */
static struct second
common_second(struct rests *rests, int64_t least_ns, int64_t most_ns)
{
    struct second least, most;
    char unused[LONGEST_TIMESTAMP];
    set_second(&least, 0);
    most = least;
    put_timestamp(unused, &least, least_ns);
    put_timestamp(unused, &most, most_ns);
    rests->left_out = 0;
    while (rests->left_out < SECOND_BYTES - 1
           && least.text[rests->left_out] == most.text[rests->left_out])
    {
        rests->left_out++;
    }
    return least;
}

/* Write the head: `before` and the start of the time begin each line, `after` ends it. */
static int
begin_rests(struct text *text, struct rests *rests, Py_ssize_t count, struct part before,
            int64_t least_ns, int64_t most_ns, struct part after)
{
    struct second second = common_second(rests, least_ns, most_ns);
    size_t begin_size = before.size + rests->left_out, sizes_size = (size_t)count * SIZE_BYTES;
    const uint16_t head[4] = {0, (uint16_t)count, (uint16_t)begin_size, (uint16_t)after.size};
    if (!make_room(text, sizeof head + begin_size + after.size + sizes_size)) {
        return 0;
    }
    char *at = put(text->at, (const char *)head, sizeof head);
    at = put(at, before.bytes, before.size);
    at = put(at, second.text, rests->left_out);
    text->at = put(at, after.bytes, after.size);
    rests->sizes_at = written(text);
    text->at += sizes_size;
    rests->begun = written(text);
    return 1;
}

/* Note where the rest of a line ends. */
static inline void
end_rest(struct text *text, struct rests *rests)
{
    size_t end = written(text);
    uint16_t size = (uint16_t)(end - rests->begun);
    memcpy(PyBytes_AS_STRING(text->bytes) + rests->sizes_at, &size, SIZE_BYTES);
    rests->sizes_at += SIZE_BYTES;
    rests->begun = end;
}

#endif
