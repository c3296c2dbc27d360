/* Ticker names -> their codes, in the order in which they were first seen.

   A name is held as words, with zeros behind it: no plain text has a zero, so that two names are
   the same if their words are. */

#ifndef ZREPLAY_NAMES_H
#define ZREPLAY_NAMES_H

#include <Python.h>
#include <stdint.h>

#include "word.h"

#define FIRST_SLOTS 4096
#define MOST_WORDS 7  /* so that a slot has 64 bytes */
#define LONGEST_NAME (MOST_WORDS * WORD_SIZE)

struct name {
    uint64_t words[MOST_WORDS];
    int32_t size;
    int32_t number;  /* one more than the code; 0 in a free slot */
};

/* A hash table of the different names. */
struct names {
    struct name *slots;
    size_t slot_count;  /* a power of two, at least twice the count */
    int32_t count;
};

static inline int
words_in(const struct name *name)
{
    return (name->size + WORD_SIZE - 1) / WORD_SIZE;
}

static inline uint64_t
mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

static uint64_t
hash_of(const struct name *name)
{
    uint64_t hash = 0;
    for (int i = 0; i < words_in(name); i++) {
        hash = mixed(hash, name->words[i]);
    }
    return hash;
}

/* Set a name, of LONGEST_NAME at most, to a field of a text that goes on until `text_end`;
   return its hash. */
static inline uint64_t
set_name(struct name *name, const char *at, const char *end, const char *text_end)
{
    uint64_t hash = 0, *word = name->words;
    name->size = (int32_t)(end - at);
    for (; end - at > WORD_SIZE; at += WORD_SIZE, word++) {
        *word = whole_word(at);
        hash = mixed(hash, *word);
    }
    if (at < end) {
        *word = first_of(word_at(at, text_end), (int)(end - at));
        hash = mixed(hash, *word);
    }
    return hash;
}

static inline struct name *
first_slot(const struct names *names, uint64_t hash)
{
    return &names->slots[hash & (names->slot_count - 1)];
}

/* Return the slot of a name, or the free one where it belongs. */
static inline struct name *
slot_of(const struct names *names, const struct name *name, uint64_t hash)
{
    for (;; hash++) {
        struct name *slot = first_slot(names, hash);
        uint64_t difference = (uint64_t)(slot->size ^ name->size);
        for (int i = 0; i < words_in(name); i++) {
            difference |= slot->words[i] ^ name->words[i];
        }
        if (slot->number == 0 || difference == 0) {
            return slot;
        }
    }
}

static void
free_names(struct names *names)
{
    PyMem_RawFree(names->slots);
}

/* Make room for the first names, or for twice as many; false if there is no memory. */
static int
grow_names(struct names *names)
{
    struct names more = {.count = names->count};
    more.slot_count = names->slot_count ? names->slot_count * 2 : FIRST_SLOTS;
    more.slots = PyMem_RawCalloc(more.slot_count, sizeof *more.slots);
    if (more.slots == NULL || more.slot_count > INT32_MAX) {
        free_names(&more);
        return 0;
    }
    for (size_t place = 0; place < names->slot_count; place++) {
        const struct name *name = &names->slots[place];
        if (name->number != 0) {
            *slot_of(&more, name, hash_of(name)) = *name;
        }
    }
    free_names(names);
    *names = more;
    return 1;
}

/* Return the code of a name, -1 if there is no memory for it. */
static inline int32_t
code_of(struct names *names, const struct name *name, uint64_t hash)
{
    struct name *slot = slot_of(names, name, hash);
    if (slot->number == 0) {
        if ((size_t)names->count == names->slot_count / 2) {
            if (!grow_names(names)) {
                return -1;
            }
            slot = slot_of(names, name, hash);
        }
        *slot = *name;
        slot->number = ++names->count;
    }
    return slot->number - 1;
}

#endif
