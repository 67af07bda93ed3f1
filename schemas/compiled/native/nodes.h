/* What a schema was compiled to: a table of nodes, checked once, then walked for every record.
 *
 * From Python a node is (op, number, things, kids). `number`: size of a fixed; 1 in an array or
 * map that is skipped. `things`: symbols, keys, slots. `kids`: places of other nodes in the table.
 */
#ifndef SHEQU_NODES_H
#define SHEQU_NODES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define DEEPEST 100 /* nested values; beyond it the caller's other decoder decides */

enum {
    OP_NULL, OP_BOOLEAN, OP_LONG, OP_FLOAT, OP_DOUBLE, OP_BYTES, OP_STRING, OP_FIXED, OP_ENUM,
    OP_ARRAY, OP_MAP, OP_UNION, OP_RECORD,
    OP_INT,            /* written only: 32 bits are looked at; read, it is a long */
    OP_LONG_AS_DOUBLE, /* read only, as are the rest: what another writer's schema asks for */
    OP_STRING_AS_BYTES, OP_EMPTY_LIST, OP_EMPTY_MAP, OP_REFUSE, OP_COUNT
};

typedef struct node {
    int op;
    Py_ssize_t number;
    Py_ssize_t many;    /* of kids */
    Py_ssize_t held;    /* of things */
    PyObject **things;  /* borrowed from the plan */
    struct node **kids; /* `many` of them */
} Node;

typedef struct {
    Node *nodes;
    Node **kids; /* of all nodes, one after the other */
    PyObject *plan;
} Table;

static inline Py_ssize_t smaller(Py_ssize_t a, Py_ssize_t b) { return a < b ? a : b; }

static void table_free(Table *table)
{
    PyMem_Free(table->nodes);
    PyMem_Free(table->kids);
    table->nodes = NULL;
    table->kids = NULL;
    Py_CLEAR(table->plan);
}

static int wrong_plan(const char *what)
{
    PyErr_Format(PyExc_ValueError, "no plan of nodes: %s", what);
    return -1;
}

static int all_texts(const Node *node, Py_ssize_t from, int or_none)
{
    for (Py_ssize_t i = from; i < node->held; i++)
        if (!PyUnicode_CheckExact(node->things[i]) && !(or_none && node->things[i] == Py_None))
            return 0;
    return 1;
}

/* One slot per kind of value: the branch that takes it, or -1. */
static int all_slots(const Node *node)
{
    for (Py_ssize_t i = 0; i < node->held; i++) {
        if (!PyLong_CheckExact(node->things[i]))
            return 0;
        Py_ssize_t slot = PyLong_AsSsize_t(node->things[i]);
        if (slot < -1 || slot >= node->many) {
            PyErr_Clear();
            return 0;
        }
    }
    return 1;
}

static int symbols_with_places(const Node *node)
{
    PyObject *symbol, *place;
    Py_ssize_t at = 0;
    if (node->held != 1 || !PyDict_CheckExact(node->things[0]))
        return 0;
    while (PyDict_Next(node->things[0], &at, &symbol, &place))
        if (!PyUnicode_CheckExact(symbol) || !PyLong_CheckExact(place))
            return 0;
    return 1;
}

#define SLOTS 8 /* None, bool, int, float, str, bytes, dict, list */

static int shape_of_reader(const Node *node)
{
    switch (node->op) {
    case OP_FIXED: return node->number >= 0;
    case OP_ENUM: return all_texts(node, 0, 1);
    case OP_ARRAY: case OP_MAP: return node->many == 1;
    case OP_UNION: return node->many > 0;
    case OP_RECORD:
        return node->held == node->many + 1 && PyDict_CheckExact(node->things[0])
               && all_texts(node, 1, 1);
    case OP_INT: return 0;
    default: return 1;
    }
}

static int shape_of_writer(const Node *node)
{
    switch (node->op) {
    case OP_FIXED: return node->number >= 0;
    case OP_ENUM: return symbols_with_places(node);
    case OP_ARRAY: case OP_MAP: return node->many == 1;
    case OP_UNION: return node->held == SLOTS && all_slots(node);
    case OP_RECORD: return node->held == node->many && all_texts(node, 0, 0);
    default: return node->op <= OP_INT;
    }
}

static int node_from(PyObject *stated, Node *node, Table *table, Py_ssize_t total, Node ***next)
{
    PyObject *things, *kids;
    if (!PyTuple_CheckExact(stated)
        || !PyArg_ParseTuple(stated, "inO!O!", &node->op, &node->number, &PyTuple_Type, &things,
                             &PyTuple_Type, &kids))
        return PyErr_Occurred() ? -1 : wrong_plan("a node is (op, number, things, kids)");
    node->held = PyTuple_GET_SIZE(things);
    node->things = ((PyTupleObject *)things)->ob_item;
    node->many = PyTuple_GET_SIZE(kids);
    node->kids = *next;
    for (Py_ssize_t i = 0; i < node->many; i++) {
        Py_ssize_t place = PyLong_AsSsize_t(PyTuple_GET_ITEM(kids, i));
        if (PyErr_Occurred() || place < 0 || place >= total)
            return PyErr_Occurred() ? -1 : wrong_plan("a kid is the place of a node");
        *(*next)++ = &table->nodes[place];
    }
    return node->op >= 0 && node->op < OP_COUNT ? 0 : wrong_plan("an op is unknown");
}

static Py_ssize_t count_of_kids(PyObject *plan)
{
    Py_ssize_t kids = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(plan); i++) {
        PyObject *stated = PyTuple_GET_ITEM(plan, i);
        if (PyTuple_CheckExact(stated) && PyTuple_GET_SIZE(stated) == 4
            && PyTuple_Check(PyTuple_GET_ITEM(stated, 3)))
            kids += PyTuple_GET_SIZE(PyTuple_GET_ITEM(stated, 3));
    }
    return kids;
}

/* Take a plan: a tuple of nodes of which the first is the whole, a record. -1 with an error set. */
static int table_from(PyObject *plan, Table *table, int (*shaped)(const Node *))
{
    Py_ssize_t total = PyTuple_GET_SIZE(plan);
    if (total == 0)
        return wrong_plan("it is empty");
    table->nodes = PyMem_Calloc((size_t)total, sizeof(Node));
    table->kids = PyMem_Calloc((size_t)count_of_kids(plan) + 1, sizeof(Node *));
    Py_INCREF(plan);
    table->plan = plan;
    if (table->nodes == NULL || table->kids == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    Node **next = table->kids;
    for (Py_ssize_t i = 0; i < total; i++) {
        Node *node = &table->nodes[i];
        if (node_from(PyTuple_GET_ITEM(plan, i), node, table, total, &next) < 0)
            return -1;
        if (!shaped(node))
            return wrong_plan("a node has another shape than its op asks for");
    }
    return table->nodes[0].op == OP_RECORD ? 0 : wrong_plan("the first node is no record");
}

#endif
