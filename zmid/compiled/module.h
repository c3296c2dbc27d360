/* How each part ends: a module of its functions, which any interpreter may load. */

#ifndef ZMID_MODULE_H
#define ZMID_MODULE_H

#include <Python.h>

static PyModuleDef_Slot slots[] = {
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

/* Define what the import of a part calls: PACKAGE "." NAME, with the `functions` above it. */
#define DEFINE_MODULE(PACKAGE, NAME, DOC)                                                          \
    static struct PyModuleDef module = {                                                           \
        PyModuleDef_HEAD_INIT,                                                                     \
        .m_name = PACKAGE "." #NAME,                                                               \
        .m_doc = DOC,                                                                              \
        .m_methods = functions,                                                                    \
        .m_slots = slots,                                                                          \
    };                                                                                             \
    PyMODINIT_FUNC PyInit_##NAME(void)                                                             \
    {                                                                                              \
        return PyModuleDef_Init(&module);                                                          \
    }

#endif
