/* UTF-8 to and from Python's text: strict, no surrogates, nothing over-long. */
#ifndef SHEQU_TEXT_H
#define SHEQU_TEXT_H

#include "nodes.h"

#define HIGH UINT64_C(0x8080808080808080)

static inline int all_ascii(const uint8_t *at, Py_ssize_t size)
{
    uint64_t word;
    for (; size >= 8; size -= 8, at += 8) {
        memcpy(&word, at, 8);
        if (word & HIGH)
            return 0;
    }
    for (; size > 0; size--)
        if (*at++ & 0x80)
            return 0;
    return 1;
}

static inline Py_UCS2 of_three(const uint8_t *at)
{
    return (Py_UCS2)((at[0] & 0x0F) << 12 | (at[1] & 0x3F) << 6 | (at[2] & 0x3F));
}

/* Letters, where all of them are ASCII or three bytes long, as Chinese is; else -1. */
static Py_ssize_t short_letters(const uint8_t *at, const uint8_t *end)
{
    Py_ssize_t length = 0;
    for (; at < end; length++) {
        if (*at < 0x80) {
            at++;
            continue;
        }
        if ((at[0] & 0xF0) != 0xE0 || end - at < 3 || (at[1] & 0xC0) != 0x80
            || (at[2] & 0xC0) != 0x80 || of_three(at) < 0x800 || (of_three(at) & 0xF800) == 0xD800)
            return -1;
        at += 3;
    }
    return length;
}

static PyObject *text_of_short_letters(const uint8_t *at, const uint8_t *end, Py_ssize_t length)
{
    PyObject *text = PyUnicode_New(length, 0xFFFF);
    Py_UCS2 *into = text == NULL ? NULL : PyUnicode_2BYTE_DATA(text);
    while (text != NULL && at < end) {
        if (*at < 0x80) {
            *into++ = *at++;
        } else {
            *into++ = of_three(at);
            at += 3;
        }
    }
    return text;
}

/* New text; NULL where the bytes are no UTF-8 (an error may be set). */
static inline PyObject *text_from(const uint8_t *at, Py_ssize_t size)
{
    if (size > 1 && all_ascii(at, size)) {
        PyObject *text = PyUnicode_New(size, 127);
        if (text != NULL)
            memcpy(PyUnicode_1BYTE_DATA(text), at, (size_t)size);
        return text;
    }
    Py_ssize_t length = size > 1 ? short_letters(at, at + size) : -1;
    if (length > 0)
        return text_of_short_letters(at, at + size, length);
    return PyUnicode_DecodeUTF8((const char *)at, size, "strict");
}

/* Bytes that a text takes; -1 where it holds a surrogate. */
static Py_ssize_t utf8_size(PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), size = 0;
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 one = PyUnicode_READ(kind, data, i);
        if (one >= 0xD800 && one <= 0xDFFF)
            return -1;
        size += one < 0x80 ? 1 : one < 0x800 ? 2 : one < 0x10000 ? 3 : 4;
    }
    return size;
}

static uint8_t *utf8_into(uint8_t *at, PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 one = PyUnicode_READ(kind, data, i);
        if (one < 0x80) {
            *at++ = (uint8_t)one;
        } else if (one < 0x800) {
            *at++ = (uint8_t)(0xC0 | one >> 6);
            *at++ = (uint8_t)(0x80 | (one & 0x3F));
        } else if (one < 0x10000) {
            *at++ = (uint8_t)(0xE0 | one >> 12);
            *at++ = (uint8_t)(0x80 | (one >> 6 & 0x3F));
            *at++ = (uint8_t)(0x80 | (one & 0x3F));
        } else {
            *at++ = (uint8_t)(0xF0 | one >> 18);
            *at++ = (uint8_t)(0x80 | (one >> 12 & 0x3F));
            *at++ = (uint8_t)(0x80 | (one >> 6 & 0x3F));
            *at++ = (uint8_t)(0x80 | (one & 0x3F));
        }
    }
    return at;
}

#endif
