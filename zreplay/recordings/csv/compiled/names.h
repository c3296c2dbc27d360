/* Ticker names -> their codes, in the order in which they were first seen.

   A name is held as words, padded with zeros: no plain text contains a zero, so two names are equal
   if their words are. */

#ifndef ZREPLAY_NAMES_H
#define ZREPLAY_NAMES_H

#include <Python.h>
#include <stdint.h>
#include <string.h>

#include "chars.h"
#include "word.h"

#define MOST_WORDS 7
#define LONGEST_NAME (MOST_WORDS * WORD_SIZE)

struct name {
    uint64_t words[MOST_WORDS];
    int32_t size;
    uint32_t hash;
};

/* The different names by their codes; `slots` is a hash table of the codes: -1 is free. */
struct names {
    struct name *name;
    int32_t *slots;
    size_t slot_count;  /* a power of two, at least twice the count */
    int32_t count;
};

static inline uint64_t
mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

/* Set a name, of LONGEST_NAME at most, to a field of a text that extends to `text_end`. */
static inline void
set_name(struct name *name, const char *at, const char *end, const char *text_end)
{
    uint64_t hash = 0, *word = name->words;
    memset(name, 0, sizeof *name);
    name->size = (int32_t)(end - at);
    for (; end - at > WORD_SIZE; at += WORD_SIZE, word++) {
        *word = whole_word(at);
        hash = mixed(hash, *word);
    }
    if (at < end) {
        *word = first_of(word_at(at, text_end), (int)(end - at));
        hash = mixed(hash, *word);
    }
    name->hash = (uint32_t)hash;
}

static inline int
is_same(const struct name *one, const struct name *other)
{
    chars difference = {0};
    for (size_t part = 0; part < sizeof *one; part += CHARS_SIZE) {
        difference |= chars_at((const char *)one + part) ^ chars_at((const char *)other + part);
    }
    return bits_of(difference != 0) == 0;
}

/* Return the slot of a name, or the free one where it belongs. */
static inline int32_t *
slot_of(const struct names *names, const struct name *name)
{
    size_t mask = names->slot_count - 1;
    for (size_t place = name->hash & mask;; place = (place + 1) & mask) {
        int32_t *slot = &names->slots[place];
        if (*slot < 0 || is_same(&names->name[*slot], name)) {
            return slot;
        }
    }
}

/* Fetch what a name is compared with: it is seldom in the nearest memory. */
static inline void
fetch_name(const struct names *names, const struct name *name)
{
    int32_t code = names->slots[name->hash & (names->slot_count - 1)];
    __builtin_prefetch(&names->name[code < 0 ? 0 : code]);
}

static void
free_names(struct names *names)
{
    PyMem_RawFree(names->name);
    PyMem_RawFree(names->slots);
}

/* Make room for twice as many names; false if there is no memory. */
static int
grow_names(struct names *names)
{
    struct names more = {.slot_count = names->slot_count * 2};
    if (more.slot_count / 2 > INT32_MAX) {
        return 0;
    }
    more.name = PyMem_RawMalloc(more.slot_count / 2 * sizeof *more.name);
    more.slots = PyMem_RawMalloc(more.slot_count * sizeof *more.slots);
    if (more.name == NULL || more.slots == NULL) {
        free_names(&more);
        return 0;
    }
    memset(more.slots, -1, more.slot_count * sizeof *more.slots);
    for (; more.count < names->count; more.count++) {
        more.name[more.count] = names->name[more.count];
        *slot_of(&more, &more.name[more.count]) = more.count;
    }
    free_names(names);
    *names = more;
    return 1;
}

/* Make room for the first names in so many slots; false if there is no memory. */
static int
begin_names(struct names *names, size_t slot_count)
{
    *names = (struct names){.slot_count = slot_count / 2};
    return grow_names(names);
}

/* Return the code of a name, -1 if there is no memory for it. */
static inline int32_t
code_of(struct names *names, const struct name *name)
{
    int32_t *slot = slot_of(names, name);
    if (*slot < 0) {
        if ((size_t)names->count == names->slot_count / 2) {
            if (!grow_names(names)) {
                return -1;
            }
            slot = slot_of(names, name);
        }
        names->name[names->count] = *name;
        *slot = names->count++;
    }
    return *slot;
}

#endif
