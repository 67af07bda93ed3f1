/* Decoder and Encoder: a schema's plan, and what it makes of bytes and of records. */
#include "reading.h"
#include "writing.h"

typedef struct {
    PyObject_HEAD
    Table table;
    PyObject *head; /* bytes in front of every record */
} Plan;

static void plan_dealloc(Plan *self)
{
    PyTypeObject *type = Py_TYPE(self);
    table_free(&self->table);
    Py_CLEAR(self->head);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyObject *plan_new(PyTypeObject *type, PyObject *stated, int (*shaped)(const Node *))
{
    PyObject *plan, *head;
    if (!PyArg_ParseTuple(stated, "O!S", &PyTuple_Type, &plan, &head))
        return NULL;
    Plan *self = (Plan *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    Py_INCREF(head);
    self->head = head;
    if (table_from(plan, &self->table, shaped) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static PyObject *decoder_new(PyTypeObject *type, PyObject *stated, PyObject *named)
{
    (void)named;
    return plan_new(type, stated, shape_of_reader);
}

static PyObject *encoder_new(PyTypeObject *type, PyObject *stated, PyObject *named)
{
    (void)named;
    return plan_new(type, stated, shape_of_writer);
}

static PyObject *declined(void)
{
    PyErr_Clear();
    Py_RETURN_NONE;
}

static PyObject *decode(Plan *self, PyObject *data)
{
    Py_ssize_t head = PyBytes_GET_SIZE(self->head);
    if (!PyBytes_CheckExact(data) || PyBytes_GET_SIZE(data) < head
        || memcmp(PyBytes_AS_STRING(data), PyBytes_AS_STRING(self->head), (size_t)head) != 0)
        return declined();
    const uint8_t *start = (const uint8_t *)PyBytes_AS_STRING(data);
    Cursor from = {start + head, start + PyBytes_GET_SIZE(data), 0};
    PyObject *record = read_value(&self->table.nodes[0], &from);
    if (record == NULL)
        return declined();
    if (from.at != from.end) {
        Py_DECREF(record);
        return declined();
    }
    return record;
}

static PyObject *encode(Plan *self, PyObject *record)
{
    Buffer into;
    PyObject *frame = NULL;
    into.start = into.at = into.first;
    into.limit = into.first + ROOM;
    into.depth = 0;
    if (write_raw(&into, PyBytes_AS_STRING(self->head), PyBytes_GET_SIZE(self->head)) == 0
        && write_value(&self->table.nodes[0], record, &into) == 0)
        frame = PyBytes_FromStringAndSize((char *)into.start, into.at - into.start);
    if (into.start != into.first)
        PyMem_Free(into.start);
    return frame == NULL ? declined() : frame;
}

static PyMethodDef decoder_methods[] = {
    {"decode", (PyCFunction)decode, METH_O, "Record of a frame; None where fastavro decides."},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef encoder_methods[] = {
    {"encode", (PyCFunction)encode, METH_O, "Frame of a record; None where fastavro decides."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot decoder_slots[] = {
    {Py_tp_new, decoder_new},
    {Py_tp_dealloc, plan_dealloc},
    {Py_tp_methods, decoder_methods},
    {0, NULL},
};

static PyType_Slot encoder_slots[] = {
    {Py_tp_new, encoder_new},
    {Py_tp_dealloc, plan_dealloc},
    {Py_tp_methods, encoder_methods},
    {0, NULL},
};

static PyType_Spec decoder_spec = {
    "shequ_avro.Decoder", sizeof(Plan), 0, Py_TPFLAGS_DEFAULT, decoder_slots};
static PyType_Spec encoder_spec = {
    "shequ_avro.Encoder", sizeof(Plan), 0, Py_TPFLAGS_DEFAULT, encoder_slots};

static int add_type(PyObject *module, const char *name, PyType_Spec *spec)
{
    PyObject *type = PyType_FromSpec(spec);
    if (type == NULL)
        return -1;
    int failed = PyModule_AddObjectRef(module, name, type);
    Py_DECREF(type);
    return failed;
}

static int fill(PyObject *module)
{
    if (add_type(module, "Decoder", &decoder_spec) < 0)
        return -1;
    return add_type(module, "Encoder", &encoder_spec);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, fill}, {0, NULL}};

static struct PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT, .m_name = "shequ_avro", .m_slots = slots};

PyMODINIT_FUNC PyInit_shequ_avro(void) { return PyModuleDef_Init(&definition); }
