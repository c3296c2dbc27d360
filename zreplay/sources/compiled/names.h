/* Ticker names -> their codes, in the order in which they were first seen. */

#ifndef ZREPLAY_NAMES_H
#define ZREPLAY_NAMES_H

#include <Python.h>
#include <stdint.h>
#include <string.h>

#include "word.h"

#define FIRST_SLOTS 4096

/* A name is a stretch of the text that is read, of which nothing is copied. */
struct name {
    const char *text;
    size_t size;
    uint64_t hash;
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

/* Return the hash of a text within one that ends at `end`. */
static inline uint64_t
hash_of(const char *text, size_t size, const char *end)
{
    uint64_t hash = size;
    for (; size > WORD_SIZE; size -= WORD_SIZE, text += WORD_SIZE) {
        hash = mixed(hash, word_at(text, end));
    }
    uint64_t last = word_at(text, end);
    return mixed(hash, size ? last << 8 * (WORD_SIZE - size) : 0);
}

/* Return the slot of a name, or the free one where it belongs. */
static inline int32_t *
slot_of(const struct names *names, const struct name *name)
{
    size_t mask = names->slot_count - 1;
    size_t place = (size_t)name->hash & mask;
    for (;; place = (place + 1) & mask) {
        int32_t *slot = &names->slots[place];
        if (*slot < 0) {
            return slot;
        }
        const struct name *known = &names->name[*slot];
        if (known->hash == name->hash && known->size == name->size
            && memcmp(known->text, name->text, name->size) == 0)
        {
            return slot;
        }
    }
}

static void
free_names(struct names *names)
{
    PyMem_RawFree(names->name);
    PyMem_RawFree(names->slots);
}

/* Make room for the first names, or for twice as many; false if there is no memory. */
static int
grow_names(struct names *names)
{
    struct names more = {.slot_count = names->slot_count ? names->slot_count * 2 : FIRST_SLOTS};
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

/* Return the code of the name from `text` to `name_end`, -1 if there is no memory for it. */
static inline int32_t
code_of(struct names *names, const char *text, const char *name_end, const char *end)
{
    size_t size = (size_t)(name_end - text);
    struct name name = {text, size, hash_of(text, size, end)};
    int32_t *slot = slot_of(names, &name);
    if (*slot < 0) {
        if ((size_t)names->count == names->slot_count / 2) {
            if (!grow_names(names)) {
                return -1;
            }
            slot = slot_of(names, &name);
        }
        names->name[names->count] = name;
        *slot = names->count++;
    }
    return *slot;
}

#endif
