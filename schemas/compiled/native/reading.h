/* Bytes to values. NULL means: not surely what fastavro gives; the caller asks fastavro.
 *
 * Every read is bounded by `end`; a size that is a lie reserves nothing.
 */
#ifndef SHEQU_READING_H
#define SHEQU_READING_H

#include "text.h"

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    int depth;
} Cursor;

static PyObject *read_value(const Node *node, Cursor *from);

/* 10 bytes at most: what fastavro makes of more is undefined in C. */
static inline int read_long(Cursor *from, int64_t *into)
{
    uint64_t number = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        if (from->at == from->end)
            return 0;
        uint8_t one = *from->at++;
        number |= (uint64_t)(one & 0x7F) << shift;
        if (one < 0x80) {
            *into = (int64_t)((number >> 1) ^ (~(number & 1) + 1));
            return 1;
        }
    }
    return 0;
}

/* The bytes that a length announces; NULL where they are not there. */
static inline const uint8_t *read_sized(Cursor *from, int64_t *size)
{
    if (!read_long(from, size) || *size < 0 || *size > from->end - from->at)
        return NULL;
    const uint8_t *start = from->at;
    from->at += *size;
    return start;
}

static inline PyObject *read_string(Cursor *from)
{
    int64_t size;
    const uint8_t *start = read_sized(from, &size);
    return start == NULL ? NULL : text_from(start, (Py_ssize_t)size);
}

static inline PyObject *read_bytes(Cursor *from)
{
    int64_t size;
    const uint8_t *start = read_sized(from, &size);
    return start == NULL ? NULL : PyBytes_FromStringAndSize((const char *)start, (Py_ssize_t)size);
}

static PyObject *read_string_as_bytes(Cursor *from)
{
    PyObject *text = read_string(from), *bytes = NULL;
    if (text != NULL) {
        bytes = PyUnicode_AsUTF8String(text);
        Py_DECREF(text);
    }
    return bytes;
}

static PyObject *read_fixed(const Node *node, Cursor *from)
{
    if (node->number > from->end - from->at)
        return NULL;
    const char *start = (const char *)from->at;
    from->at += node->number;
    return PyBytes_FromStringAndSize(start, node->number);
}

/* Little-endian, of 4 or 8 bytes. */
static PyObject *read_real(Cursor *from, int width)
{
    uint64_t bits = 0;
    if (from->end - from->at < width)
        return NULL;
    for (int i = 0; i < width; i++)
        bits |= (uint64_t)from->at[i] << (8 * i);
    from->at += width;
    if (width == 4) {
        uint32_t half = (uint32_t)bits;
        float single;
        memcpy(&single, &half, 4);
        return PyFloat_FromDouble((double)single);
    }
    double whole;
    memcpy(&whole, &bits, 8);
    return PyFloat_FromDouble(whole);
}

static PyObject *read_enum(const Node *node, Cursor *from)
{
    int64_t place;
    if (!read_long(from, &place) || place < 0 || place >= node->held
        || node->things[place] == Py_None)
        return NULL;
    Py_INCREF(node->things[place]);
    return node->things[place];
}

/* Items of the next block; 0 at the end, -1 where fastavro decides. A negative count is followed
 * by the block's size, which a reader of values has no use for and one that skips jumps over. */
static inline int64_t read_count(const Node *node, Cursor *from)
{
    int64_t count, size;
    if (!read_long(from, &count))
        return -1;
    if (count >= 0)
        return count;
    if (node->number || count == INT64_MIN || !read_long(from, &size))
        return -1;
    return -count;
}

static int read_items(const Node *node, Cursor *from, PyObject *list)
{
    int64_t count;
    while ((count = read_count(node, from)) > 0)
        for (; count > 0; count--) {
            PyObject *item = read_value(node->kids[0], from);
            if (item == NULL)
                return -1;
            int failed = PyList_Append(list, item);
            Py_DECREF(item);
            if (failed)
                return -1;
        }
    return (int)count;
}

static int read_pairs(const Node *node, Cursor *from, PyObject *map)
{
    int64_t count;
    while ((count = read_count(node, from)) > 0)
        for (; count > 0; count--) {
            PyObject *key = read_string(from);
            PyObject *value = key == NULL ? NULL : read_value(node->kids[0], from);
            int failed = value == NULL || PyDict_SetItem(map, key, value) < 0;
            Py_XDECREF(key);
            Py_XDECREF(value);
            if (failed)
                return -1;
        }
    return (int)count;
}

/* The template has every key in its place, and what stands where the writer says nothing. */
static int read_fields(const Node *node, Cursor *from, PyObject *record)
{
    for (Py_ssize_t i = 0; i < node->many; i++) {
        PyObject *value = read_value(node->kids[i], from), *key = node->things[i + 1];
        if (value == NULL)
            return -1;
        int failed = key != Py_None && PyDict_SetItem(record, key, value) < 0;
        Py_DECREF(value);
        if (failed)
            return -1;
    }
    return 0;
}

static PyObject *read_whole(const Node *node, Cursor *from, PyObject *into,
                            int (*fill)(const Node *, Cursor *, PyObject *))
{
    if (into == NULL || from->depth >= DEEPEST || (from->depth++, fill(node, from, into)) != 0) {
        Py_XDECREF(into);
        return NULL;
    }
    from->depth--;
    return into;
}

static PyObject *read_union(const Node *node, Cursor *from)
{
    int64_t branch;
    if (!read_long(from, &branch) || branch < 0 || branch >= node->many)
        return NULL;
    return read_value(node->kids[branch], from);
}

static PyObject *read_boolean(Cursor *from)
{
    return from->at == from->end ? NULL : PyBool_FromLong(*from->at++ != 0);
}

static PyObject *read_number(const Node *node, Cursor *from)
{
    int64_t number;
    if (!read_long(from, &number))
        return NULL;
    return node->op == OP_LONG ? PyLong_FromLongLong(number) : PyFloat_FromDouble((double)number);
}

static PyObject *read_value(const Node *node, Cursor *from)
{
    switch (node->op) {
    case OP_STRING: return read_string(from);
    case OP_LONG: case OP_LONG_AS_DOUBLE: return read_number(node, from);
    case OP_UNION: return read_union(node, from);
    case OP_NULL: Py_RETURN_NONE;
    case OP_RECORD: return read_whole(node, from, PyDict_Copy(node->things[0]), read_fields);
    case OP_BOOLEAN: return read_boolean(from);
    case OP_BYTES: return read_bytes(from);
    case OP_ARRAY: return read_whole(node, from, PyList_New(0), read_items);
    case OP_MAP: return read_whole(node, from, PyDict_New(), read_pairs);
    case OP_ENUM: return read_enum(node, from);
    case OP_FLOAT: return read_real(from, 4);
    case OP_DOUBLE: return read_real(from, 8);
    case OP_FIXED: return read_fixed(node, from);
    case OP_STRING_AS_BYTES: return read_string_as_bytes(from);
    case OP_EMPTY_LIST: return PyList_New(0);
    case OP_EMPTY_MAP: return PyDict_New();
    default: return NULL;
    }
}

#endif
