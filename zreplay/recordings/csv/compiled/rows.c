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
#include "items.h"
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

/* What a call of `read` was given; a view without an object was not. */
struct call {
    Py_buffer data, kinds, form, missing, kept, cells, codes, odd_cells, stretches, parts;
};

static void
release(struct call *call)
{
    Py_buffer *views[] = {&call->data, &call->kinds, &call->form, &call->missing, &call->kept,
                          &call->cells, &call->codes, &call->odd_cells, &call->stretches,
                          &call->parts};
    for (size_t view = 0; view < sizeof views / sizeof *views; view++) {
        PyBuffer_Release(views[view]);
    }
}

/* Whether the text is there, and ends where a line does, or is to be gathered and may be. */
static int
has_text(const struct call *call)
{
    if (call->stretches.obj != NULL) {
        return !call->data.readonly && are_stretches(&call->stretches, &call->data, &call->parts);
    }
    return call->data.len == 0 || ((const char *)call->data.buf)[call->data.len - 1] == '\n';
}

static PyObject *
read_text(PyObject *Py_UNUSED(module), PyObject *args)
{
    struct call call = {0};
    PyObject *capsule;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*w*w*w*O|y*w*:read", &call.data, &call.kinds, &call.form,
                          &call.missing, &call.kept, &call.cells, &call.codes, &call.odd_cells,
                          &capsule, &call.stretches, &call.parts))
    {
        release(&call);
        return NULL;
    }
    struct layout layout;
    struct table table = {call.cells.buf, call.codes.buf, count_of(&call.codes, 4, 4), 0, 0};
    struct odd_lines odd = {call.odd_cells.buf, count_of(&call.odd_cells, ODD_CELLS * 8, 8), 0};
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
    if (!has_text(&call) || !set_layout(&layout, &call.kinds, &call.form, &call.missing, &call.kept)
        || table.capacity < 0 || odd.capacity < 0
        || count_of(&call.cells, ROW_COUNT * 8, 8) != table.capacity)
    {
        PyErr_SetString(PyExc_ValueError, "a text, a layout or buffers that do not fit");
        goto done;
    }
    enum outcome outcome = NO_MEMORY;
    Py_ssize_t size = call.data.len;
    Py_BEGIN_ALLOW_THREADS
    int has_room = 1;
    if (call.stretches.obj != NULL) {
        size = gather_lines(&call.stretches, call.data.buf, call.parts.buf);
        has_room = line_count_of(&call.parts) <= table.capacity;
    }
    if (size > UINT32_MAX || !has_room) {
        odd.count = odd.capacity + 1;  /* no line of such a long text is plain */
        outcome = IS_ROW;
    }
    else if (begin_names(&names, slot_count)) {
        outcome = read_lines(call.data.buf, (uint32_t)size, &layout, &table, &odd, &names);
        if (call.stretches.obj != NULL) {
            tell_parts(&call.stretches, call.parts.buf, &table);
        }
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
    release(&call);
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
new_names(PyObject *Py_UNUSED(module), PyObject *most)
{
    Py_ssize_t count = PyLong_AsSsize_t(most);
    return PyErr_Occurred() ? NULL : new_known(count);
}

static PyMethodDef functions[] = {
    {"count_feeds", count_feeds, METH_O, "Count the line feeds of a text."},
    {"new_names", new_names, METH_O, "Return a place for the ticker names of a recording."},
    {"time_bounds", time_bounds, METH_VARARGS, "Return what the times of parts have in common."},
    {"use_narrow", use_narrow, METH_O, "Use no long vectors, or again; see compiled_rows.pyi."},
    {"read", read_text, METH_VARARGS, "Read plain lines into columns; see compiled_rows.pyi."},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE(
    "zreplay.recordings.csv", compiled_rows,
    "Lines of a CSV recording -> columns, for the lines that are plain.")
