/* Lines of a CSV recording -> columns, for the lines that are plain.

   Parsing the text is most of the cost of a replay, and nothing in Python does it without several
   passes. This is one pass, without the GIL.

   A line is plain if it is ASCII without quotes or control characters and all its fields are
   spelled the common way. The values of a plain line are exact: those of line_rows.py, the judge.
   Every other line is reported as odd and left to the judge, so nothing is refused here, and
   every limit here may be stricter than the true one. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "../../../../zmid/compiled/module.h"
#include "bounds.h"
#include "feeds.h"
#include "gather.h"
#include "known_names.h"
#include "lines.h"
#include "wide.h"

/* Put the codes of the recording in the place of those of the text; return the names by them. */
static PyObject *
renumbered(struct known_names *known, const struct names *names, const struct table *table)
{
    int32_t *codes = PyMem_Malloc((size_t)names->count * sizeof *codes);
    PyObject *tuple = codes == NULL ? PyErr_NoMemory() : number_known(known, names, codes);
    if (tuple != NULL) {
        for (Py_ssize_t row = 0; row < table->count; row++) {
            table->codes[row] = codes[table->codes[row]];
        }
    }
    PyMem_Free(codes);
    return tuple;
}

/* Return how many items of this many bytes a buffer holds, -1 if it is not a multiple. */
static Py_ssize_t
count_of(const Py_buffer *buffer, Py_ssize_t item_bytes, Py_ssize_t alignment)
{
    int is_fit = buffer->len % item_bytes == 0 && (uintptr_t)buffer->buf % alignment == 0;
    return is_fit ? buffer->len / item_bytes : -1;
}

/* Set the layout; false unless every field has a place to go to, no two have the same, the times
   and the prices have fields, and a form of times and scales is one that can be read here. */
static int
set_layout(struct layout *layout, const Py_buffer *kinds, const Py_buffer *form,
           const Py_buffer *missing, const Py_buffer *kept)
{
    layout->count = kinds->len;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        layout->field[kind] = NO_FIELD;
    }
    for (Py_ssize_t field = 0; field < kinds->len; field++) {
        int kind = ((const unsigned char *)kinds->buf)[field];
        if (kind == PASSED_OVER) {
            continue;
        }
        if (kind < INDEX || kind >= KIND_COUNT || layout->field[kind] != NO_FIELD) {
            return 0;
        }
        layout->field[kind] = field;
    }
    if (form->len != (Py_ssize_t)sizeof layout->form) {
        return 0;
    }
    memcpy(&layout->form, form->buf, sizeof layout->form);
    layout->missing = missing->buf;
    layout->is_usual = memcmp(&layout->form, &USUAL, sizeof USUAL) == 0;
    layout->kept = kept->buf;
    ptrdiff_t kept_count = layout->form.kept_count;
    if (count_of(missing, 8, 8) != layout->form.missing_count
        || count_of(kept, sizeof *layout->kept, 8) != kept_count)
    {
        return 0;
    }
    for (ptrdiff_t i = 0; i < kept_count; i++) {
        const struct kept *rule = &layout->kept[i];
        if (rule->field < 0 || rule->field >= layout->count || rule->size < 0
            || rule->size > MOST_KEPT_CHARS || (i + 1 == kept_count && !rule->is_last))
        {
            return 0;
        }
    }
    const struct time_form *time = &layout->form.time;
    for (int part = 0; part < PART_COUNT; part++) {
        int64_t chars = part == YEAR ? 4 : 2;
        if (time->at[part] >= 0 && time->at[part] > time->size - chars) {
            return 0;
        }
    }
    return layout->field[TIMESTAMP_NS] != NO_FIELD && layout->field[ASK_PRICE] != NO_FIELD
           && layout->field[BID_PRICE] != NO_FIELD && layout->form.time_fields >= 1
           && layout->form.time_fields <= layout->count - layout->field[TIMESTAMP_NS]
           && layout->form.comment_starts >= 0 && layout->form.comment_starts <= MOST_COMMENTS
           && time->size >= 0 && time->size <= MOST_FORM_CHARS && time->greatest >= 0
           && layout->form.price_scale >= 0 && layout->form.price_scale <= MOST_SCALE
           && layout->form.amount_scale >= 0 && layout->form.amount_scale <= MOST_SCALE;
}

static PyObject *
read_text(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data, kinds, form, missing, kept, cells, codes, odd_cells;
    PyObject *capsule;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*w*w*w*O:read", &data, &kinds, &form, &missing, &kept,
                          &cells, &codes, &odd_cells, &capsule))
    {
        return NULL;
    }
    const char *text = data.buf;
    struct layout layout;
    struct table table = {cells.buf, codes.buf, count_of(&codes, 4, 4), 0, 0};
    struct odd_lines odd = {odd_cells.buf, count_of(&odd_cells, ODD_CELLS * 8, 8), 0};
    struct known_names *known = PyCapsule_GetPointer(capsule, KNOWN_NAMES);
    struct names names = {0};
    PyObject *result = NULL;
    if (known == NULL) {
        goto done;
    }
    size_t slot_count = known->text_slot_count;
    /* A short text has no more names than rows. */
    while (slot_count > FEWEST_SLOTS && (Py_ssize_t)(slot_count / 4) >= table.capacity) {
        slot_count /= 2;
    }
    if ((data.len > 0 && text[data.len - 1] != '\n') || !set_layout(&layout, &kinds, &form, &missing, &kept)
        || table.capacity < 0 || odd.capacity < 0
        || count_of(&cells, ROW_COUNT * 8, 8) != table.capacity)
    {
        PyErr_SetString(PyExc_ValueError, "a text, a layout or buffers that do not fit");
        goto done;
    }
    enum outcome outcome = NO_MEMORY;
    Py_BEGIN_ALLOW_THREADS
    if (data.len > UINT32_MAX) {
        odd.count = odd.capacity + 1;  /* no line of such a long text is plain */
        outcome = IS_ROW;
    }
    else if (begin_names(&names, slot_count)) {
        outcome = read_lines(text, (uint32_t)data.len, &layout, &table, &odd, &names);
    }
    Py_END_ALLOW_THREADS
    if (outcome == NO_ROOM) {
        PyErr_SetString(PyExc_ValueError, "more rows than there is room for");
    }
    else if (outcome == NO_MEMORY) {
        PyErr_NoMemory();
    }
    else {
        PyObject *tuple = renumbered(known, &names, &table);
        if (tuple != NULL) {
            result = Py_BuildValue("nnnN", table.count, odd.count, table.left_out, tuple);
        }
    }
done:
    free_names(&names);
    PyBuffer_Release(&data);
    PyBuffer_Release(&kinds);
    PyBuffer_Release(&form);
    PyBuffer_Release(&missing);
    PyBuffer_Release(&kept);
    PyBuffer_Release(&cells);
    PyBuffer_Release(&codes);
    PyBuffer_Release(&odd_cells);
    return result;
}

static PyObject *
count_feeds(PyObject *Py_UNUSED(module), PyObject *object)
{
    Py_buffer data;
    if (PyObject_GetBuffer(object, &data, PyBUF_SIMPLE) != 0) {
        return NULL;
    }
    size_t count;
    Py_BEGIN_ALLOW_THREADS
    count = feeds_in(data.buf, (size_t)data.len);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&data);
    return PyLong_FromSize_t(count);
}

/* Whether each of some stretches is one, and there is room for all of them. */
static int
have_room(const struct stretch *stretches, Py_ssize_t count, Py_ssize_t room)
{
    for (Py_ssize_t at = 0; at < count; at++) {
        const struct stretch *each = &stretches[at];
        if (each->descriptor < 0 || each->descriptor > INT_MAX || each->offset < 0
            || each->size < 0 || each->size > room || each->offset > INT64_MAX - each->size)
        {
            return 0;
        }
        room -= (Py_ssize_t)each->size;
    }
    return 1;
}

static PyObject *
gather(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer stretches, text, lines;
    if (!PyArg_ParseTuple(args, "y*w*w*:gather", &stretches, &text, &lines)) {
        return NULL;
    }
    Py_ssize_t count = count_of(&stretches, sizeof(struct stretch), 8), size = 0;
    int is_fit = count >= 0 && count_of(&lines, sizeof(struct whole_lines), 8) == count
                 && have_room(stretches.buf, count, text.len);
    if (is_fit) {
        const struct stretch *stretch = stretches.buf;
        struct whole_lines *found = lines.buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t at = 0; at < count; at++) {
            found[at] = lines_of(&stretch[at], (char *)text.buf + size);
            size += (Py_ssize_t)found[at].size;
        }
        Py_END_ALLOW_THREADS
    }
    else {
        PyErr_SetString(PyExc_ValueError, "stretches without room, or buffers that do not fit");
    }
    PyBuffer_Release(&stretches);
    PyBuffer_Release(&text);
    PyBuffer_Release(&lines);
    return is_fit ? PyLong_FromSsize_t(size) : NULL;
}

static PyObject *
time_bounds(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer arrival, timestamp, firsts;
    if (!PyArg_ParseTuple(args, "y*y*y*:time_bounds", &arrival, &timestamp, &firsts)) {
        return NULL;
    }
    Py_ssize_t count = count_of(&arrival, 8, 8), part_count = count_of(&firsts, 8, 8) - 1;
    PyObject *result = NULL;
    if (count < 1 || count_of(&timestamp, 8, 8) != count || part_count < 0) {
        PyErr_SetString(PyExc_ValueError, "no times, or not two of each row");
    }
    else {
        result = time_bounds_of_parts(arrival.buf, timestamp.buf, count, firsts.buf, part_count);
    }
    PyBuffer_Release(&arrival);
    PyBuffer_Release(&timestamp);
    PyBuffer_Release(&firsts);
    return result;
}

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

static PyObject *
new_names(PyObject *Py_UNUSED(module), PyObject *most)
{
    Py_ssize_t count = PyLong_AsSsize_t(most);
    return PyErr_Occurred() ? NULL : new_known(count);
}

static PyMethodDef functions[] = {
    {"count_feeds", count_feeds, METH_O, "Count the line feeds of a text."},
    {"gather", gather, METH_VARARGS, "Read whole lines of several files; see compiled_rows.pyi."},
    {"new_names", new_names, METH_O, "Return a place for the ticker names of a recording."},
    {"time_bounds", time_bounds, METH_VARARGS, "Return what the times of parts have in common."},
    {"use_narrow", use_narrow, METH_O, "Use no long vectors, or again; see compiled_rows.pyi."},
    {"read", read_text, METH_VARARGS, "Read plain lines into columns; see compiled_rows.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE(
    "zreplay.recordings.csv", compiled_rows,
    "Lines of a CSV recording -> columns, for the lines that are plain.")
