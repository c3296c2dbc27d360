/* Rows of a block in the order of their arrival. */

#ifndef ZREPLAY_RUN_H
#define ZREPLAY_RUN_H

#include <Python.h>
#include <stdint.h>

struct run {
    const int64_t *arrival_ns;
    const int32_t *rows;  /* NULL if the run has the rows of its block as they are */
    Py_ssize_t count;
    Py_ssize_t at;        /* of the first that was not handed out */
};

#endif
