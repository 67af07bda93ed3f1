/* Values to bytes. -1 means: not surely what fastavro writes; the caller asks fastavro.
 *
 * Only values of exactly the built-in types, and records with exactly the schema's fields: what
 * passes here passes fastavro's validation, too.
 */
#ifndef SHEQU_WRITING_H
#define SHEQU_WRITING_H

#include "text.h"

#define ROOM 2048

typedef struct {
    uint8_t *start;
    uint8_t *at;
    uint8_t *limit;
    int depth;
    uint8_t first[ROOM];
} Buffer;

static int write_value(const Node *node, PyObject *value, Buffer *into);

static int make_room(Buffer *into, Py_ssize_t more)
{
    size_t used = (size_t)(into->at - into->start);
    size_t wanted = 2 * (used + (size_t)more);
    uint8_t *grown = PyMem_Realloc(into->start == into->first ? NULL : into->start, wanted);
    if (grown == NULL)
        return -1;
    if (into->start == into->first)
        memcpy(grown, into->first, used);
    into->start = grown;
    into->at = grown + used;
    into->limit = grown + wanted;
    return 0;
}

static inline int room(Buffer *into, Py_ssize_t more)
{
    return into->limit - into->at >= more ? 0 : make_room(into, more);
}

static inline int write_long(Buffer *into, int64_t number)
{
    uint64_t left = ((uint64_t)number << 1) ^ (number < 0 ? UINT64_MAX : 0);
    if (room(into, 10) < 0)
        return -1;
    while (left > 0x7F) {
        *into->at++ = (uint8_t)(left | 0x80);
        left >>= 7;
    }
    *into->at++ = (uint8_t)left;
    return 0;
}

static int write_raw(Buffer *into, const void *data, Py_ssize_t size)
{
    if (room(into, size) < 0)
        return -1;
    memcpy(into->at, data, (size_t)size);
    into->at += size;
    return 0;
}

static int write_string(PyObject *value, Buffer *into)
{
    if (!PyUnicode_CheckExact(value))
        return -1;
    if (PyUnicode_IS_COMPACT_ASCII(value)) {
        Py_ssize_t size = PyUnicode_GET_LENGTH(value);
        return write_long(into, size) < 0 ? -1 : write_raw(into, PyUnicode_DATA(value), size);
    }
    Py_ssize_t size = utf8_size(value);
    if (size < 0 || write_long(into, size) < 0 || room(into, size) < 0)
        return -1;
    into->at = utf8_into(into->at, value);
    return 0;
}

static int write_bytes(PyObject *value, Buffer *into)
{
    if (!PyBytes_CheckExact(value) || write_long(into, PyBytes_GET_SIZE(value)) < 0)
        return -1;
    return write_raw(into, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
}

static int write_fixed(const Node *node, PyObject *value, Buffer *into)
{
    if (!PyBytes_CheckExact(value) || PyBytes_GET_SIZE(value) != node->number)
        return -1;
    return write_raw(into, PyBytes_AS_STRING(value), node->number);
}

static int write_number(const Node *node, PyObject *value, Buffer *into)
{
    int beyond = 0;
    if (!PyLong_CheckExact(value))
        return -1;
    int64_t number = PyLong_AsLongLongAndOverflow(value, &beyond);
    if (beyond || (node->op == OP_INT && (number < INT32_MIN || number > INT32_MAX)))
        return -1;
    return write_long(into, number);
}

/* Little-endian, of 4 or 8 bytes. */
static int write_real(PyObject *value, Buffer *into, int width)
{
    uint64_t bits = 0;
    if (!PyFloat_CheckExact(value) || room(into, 8) < 0)
        return -1;
    double whole = PyFloat_AS_DOUBLE(value);
    if (width == 4) {
        float single = (float)whole;
        uint32_t half;
        memcpy(&half, &single, 4);
        bits = half;
    } else {
        memcpy(&bits, &whole, 8);
    }
    for (int i = 0; i < width; i++)
        *into->at++ = (uint8_t)(bits >> (8 * i));
    return 0;
}

static int write_enum(const Node *node, PyObject *value, Buffer *into)
{
    if (!PyUnicode_CheckExact(value))
        return -1;
    PyObject *place = PyDict_GetItemWithError(node->things[0], value);
    return place == NULL ? -1 : write_long(into, PyLong_AsLongLong(place));
}

/* Values are held while they are written: a strange key of a dict may run code. */
static int write_held(const Node *node, PyObject *value, Buffer *into)
{
    Py_INCREF(value);
    int failed = write_value(node, value, into);
    Py_DECREF(value);
    return failed;
}

static int write_items(const Node *node, PyObject *value, Buffer *into)
{
    if (!PyList_CheckExact(value))
        return -1;
    Py_ssize_t size = PyList_GET_SIZE(value);
    if (size > 0 && write_long(into, size) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < size; i++)
        if (i >= PyList_GET_SIZE(value)
            || write_held(node->kids[0], PyList_GET_ITEM(value, i), into) < 0)
            return -1;
    return PyList_GET_SIZE(value) == size ? write_long(into, 0) : -1;
}

static int write_pairs(const Node *node, PyObject *value, Buffer *into)
{
    PyObject *key, *one;
    Py_ssize_t at = 0, written = 0;
    if (!PyDict_CheckExact(value))
        return -1;
    Py_ssize_t size = PyDict_GET_SIZE(value);
    if (size > 0 && write_long(into, size) < 0)
        return -1;
    for (; PyDict_Next(value, &at, &key, &one); written++)
        if (write_string(key, into) < 0 || write_held(node->kids[0], one, into) < 0)
            return -1;
    return written == size && PyDict_GET_SIZE(value) == size ? write_long(into, 0) : -1;
}

/* As many keys as fields, and every field there: then there is no other key. */
static int write_fields(const Node *node, PyObject *value, Buffer *into)
{
    if (!PyDict_CheckExact(value) || PyDict_GET_SIZE(value) != node->many)
        return -1;
    for (Py_ssize_t i = 0; i < node->many; i++) {
        PyObject *one = PyDict_GetItemWithError(value, node->things[i]);
        if (one == NULL || write_held(node->kids[i], one, into) < 0)
            return -1;
    }
    return 0;
}

static int write_whole(const Node *node, PyObject *value, Buffer *into,
                       int (*write)(const Node *, PyObject *, Buffer *))
{
    if (into->depth >= DEEPEST)
        return -1;
    into->depth++;
    int failed = write(node, value, into);
    into->depth--;
    return failed;
}

/* Place in the slots of a union; -1 for other types. */
static int kind_of(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    if (value == Py_None)
        return 0;
    if (type == &PyUnicode_Type)
        return 4;
    if (type == &PyLong_Type)
        return 2;
    if (type == &PyDict_Type)
        return 6;
    if (type == &PyBytes_Type)
        return 5;
    if (type == &PyList_Type)
        return 7;
    if (type == &PyFloat_Type)
        return 3;
    return type == &PyBool_Type ? 1 : -1;
}

static int write_union(const Node *node, PyObject *value, Buffer *into)
{
    int kind = kind_of(value);
    Py_ssize_t branch = kind < 0 ? -1 : PyLong_AsSsize_t(node->things[kind]);
    if (branch < 0 || write_long(into, branch) < 0)
        return -1;
    return write_value(node->kids[branch], value, into);
}

static int write_boolean(PyObject *value, Buffer *into)
{
    if (!PyBool_Check(value) || room(into, 1) < 0)
        return -1;
    *into->at++ = value == Py_True;
    return 0;
}

static int write_value(const Node *node, PyObject *value, Buffer *into)
{
    switch (node->op) {
    case OP_STRING: return write_string(value, into);
    case OP_LONG: case OP_INT: return write_number(node, value, into);
    case OP_UNION: return write_union(node, value, into);
    case OP_NULL: return value == Py_None ? 0 : -1;
    case OP_RECORD: return write_whole(node, value, into, write_fields);
    case OP_BOOLEAN: return write_boolean(value, into);
    case OP_BYTES: return write_bytes(value, into);
    case OP_ARRAY: return write_whole(node, value, into, write_items);
    case OP_MAP: return write_whole(node, value, into, write_pairs);
    case OP_ENUM: return write_enum(node, value, into);
    case OP_FLOAT: return write_real(value, into, 4);
    case OP_DOUBLE: return write_real(value, into, 8);
    case OP_FIXED: return write_fixed(node, value, into);
    default: return -1;
    }
}

#endif
