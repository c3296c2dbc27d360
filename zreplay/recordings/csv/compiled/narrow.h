/* A module that does without the long vectors that some processors have: tests ask it to. */

#ifndef ZREPLAY_NARROW_H
#define ZREPLAY_NARROW_H

#include <Python.h>

/* Tests set it, to have what other processors do. */
static int is_narrow = 0;

/* Whether long vectors are used: each module has its own. */
static inline int is_wide(void);

static PyObject *
use_narrow(PyObject *Py_UNUSED(module), PyObject *is_asked)
{
    int answer = PyObject_IsTrue(is_asked);
    if (answer < 0) {
        return NULL;
    }
    is_narrow = answer;
    return PyBool_FromLong(is_wide());
}

#endif
