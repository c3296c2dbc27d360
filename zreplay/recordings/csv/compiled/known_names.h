/* The ticker names of a recording, whose texts are read one by one, perhaps side by side.

   Each text has its own names first, as no other thread may look at them. They are given the
   codes of the recording with the GIL: then the codes and the tuple of the names go together. */

#ifndef ZREPLAY_KNOWN_NAMES_H
#define ZREPLAY_KNOWN_NAMES_H

#include <Python.h>
#include <stdint.h>

#include "names.h"

#define KNOWN_NAMES "zreplay.known_names"
/* Of the names of a recording, which may be one of thousands, and of those of its first text. */
#define FEWEST_SLOTS 16
#define FIRST_SLOTS 4096
/* So many names ahead are fetched what the next ones are compared with. */
#define FETCHED_AHEAD 8

struct known_names {
    struct names names;
    PyObject *tuple;         /* the text of each, by its code */
    Py_ssize_t most;         /* beyond so many it begins anew */
    size_t text_slot_count;  /* as the text with the most names needed them */
};

static void
free_known(PyObject *capsule)
{
    struct known_names *known = PyCapsule_GetPointer(capsule, KNOWN_NAMES);
    free_names(&known->names);
    Py_DECREF(known->tuple);
    PyMem_Free(known);
}

/* Return a capsule of no names. */
static PyObject *
new_known(Py_ssize_t most)
{
    struct known_names *known = PyMem_Calloc(1, sizeof *known);
    PyObject *capsule = known == NULL ? PyErr_NoMemory() : PyCapsule_New(known, KNOWN_NAMES, NULL);
    if (capsule == NULL) {
        PyMem_Free(known);
        return NULL;
    }
    known->most = most;
    known->text_slot_count = FIRST_SLOTS;
    known->tuple = PyTuple_New(0);
    int is_begun = begin_names(&known->names, FEWEST_SLOTS);
    if (known->tuple == NULL || !is_begun || PyCapsule_SetDestructor(capsule, free_known) < 0) {
        free_names(&known->names);
        Py_XDECREF(known->tuple);
        PyMem_Free(known);
        Py_DECREF(capsule);
        return PyErr_Occurred() ? NULL : PyErr_NoMemory();
    }
    return capsule;
}

static int32_t
count_of_new(const struct names *names, const struct names *text_names)
{
    int32_t count = 0;
    for (int32_t code = 0; code < text_names->count; code++) {
        count += *slot_of(names, &text_names->name[code]) < 0;
    }
    return count;
}

/* Return the names of `known` with those of `names` from its count on behind them. */
static PyObject *
longer_tuple(PyObject *known, const struct names *names)
{
    Py_ssize_t known_count = PyTuple_GET_SIZE(known);
    PyObject *tuple = PyTuple_New(names->count);
    for (Py_ssize_t code = 0; tuple != NULL && code < names->count; code++) {
        const struct name *name = &names->name[code];
        PyObject *text = code < known_count
            ? Py_NewRef(PyTuple_GET_ITEM(known, code))
            : PyUnicode_FromStringAndSize((const char *)name->words, name->size);
        if (text == NULL) {
            Py_CLEAR(tuple);
        }
        else {
            PyTuple_SET_ITEM(tuple, code, text);
        }
    }
    return tuple;
}

/* Forget all names; false if there is no memory for others. */
static int
forget_names(struct known_names *known)
{
    struct names names;
    PyObject *tuple = PyTuple_New(0);
    if (tuple == NULL || !begin_names(&names, FEWEST_SLOTS)) {
        Py_XDECREF(tuple);
        return 0;
    }
    free_names(&known->names);
    known->names = names;
    Py_SETREF(known->tuple, tuple);
    return 1;
}

/* Return all names, those of a text included, and set `codes` to the code of each of these; NULL
   if there is no memory. What is numbered by then has a text all the same, the next time. */
static PyObject *
number_known(struct known_names *known, const struct names *text_names, int32_t *codes)
{
    Py_ssize_t most_new = known->most - known->names.count;
    if (text_names->count > most_new && count_of_new(&known->names, text_names) > most_new
        && !forget_names(known))
    {
        return PyErr_NoMemory();
    }
    for (int32_t code = 0; code < text_names->count; code++) {
        if (code + FETCHED_AHEAD < text_names->count) {
            fetch_name(&known->names, &text_names->name[code + FETCHED_AHEAD]);
        }
        codes[code] = code_of(&known->names, &text_names->name[code]);
        if (codes[code] < 0) {
            return PyErr_NoMemory();
        }
    }
    if (known->names.count > PyTuple_GET_SIZE(known->tuple)) {
        PyObject *tuple = longer_tuple(known->tuple, &known->names);
        if (tuple == NULL) {
            return NULL;
        }
        Py_SETREF(known->tuple, tuple);
    }
    if (text_names->slot_count > known->text_slot_count) {
        known->text_slot_count = text_names->slot_count;
    }
    return Py_NewRef(known->tuple);
}

#endif
