/* A growing text: a bytes object that is longer than the part written so far. */

#ifndef ZMID_TEXT_H
#define ZMID_TEXT_H

#include <Python.h>
#include <string.h>

struct text {
    PyObject *bytes;  /* NULL before the start and if there was no memory */
    char *at;         /* where to write next */
    char *end;
};

static inline int
begin_text(struct text *text, size_t size)
{
    text->bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (text->bytes == NULL) {
        return 0;
    }
    text->at = PyBytes_AS_STRING(text->bytes);
    text->end = text->at + size;
    return 1;
}

static inline size_t
written(const struct text *text)
{
    return (size_t)(text->at - PyBytes_AS_STRING(text->bytes));
}

/* Make sure that this many bytes can be written. */
static inline int
make_room(struct text *text, size_t size)
{
    if ((size_t)(text->end - text->at) >= size) {
        return 1;
    }
    size_t used = written(text), grown = 2 * used + size;
    if (_PyBytes_Resize(&text->bytes, (Py_ssize_t)grown) < 0) {
        return 0;
    }
    text->at = PyBytes_AS_STRING(text->bytes) + used;
    text->end = PyBytes_AS_STRING(text->bytes) + grown;
    return 1;
}

/* Give back what was not written. */
static inline int
end_text(struct text *text)
{
    return _PyBytes_Resize(&text->bytes, (Py_ssize_t)written(text)) == 0;
}

static inline char *
put(char *at, const char *part, size_t size)
{
    memcpy(at, part, size);
    return at + size;
}

#define PUT(at, literal) put(at, literal, sizeof literal - 1)

/* Write what the Python function makes of a number, and leave so much room behind it. */
static inline int
put_defined(struct text *text, PyObject *function, double number, size_t room)
{
    PyObject *defined = PyObject_CallFunction(function, "d", number);
    Py_ssize_t size = 0;
    const char *part = defined != NULL ? PyUnicode_AsUTF8AndSize(defined, &size) : NULL;
    int is_done = part != NULL && make_room(text, (size_t)size + room);
    if (is_done) {
        text->at = put(text->at, part, (size_t)size);
    }
    Py_XDECREF(defined);
    return is_done;
}

#endif
