/* SPDX-License-Identifier: MIT
 * formats/onnx: operators of the graph itself: constants and identities. The other groups have files of their own. */
#include "formats/onnx/export.h"
#include "formats/onnx/import.h"

#include <stdio.h>
#include <string.h>

static Value *const_out(Import *im, DType t, int64_t n /* -1: scalar */, const void *p, size_t sz)
{
    return graph_const(im->g, NULL, t, n < 0 ? 0 : 1, &n, p, sz);
}

static Value *const_floats(Import *im, const double *v, int64_t n /* -1: scalar */)
{
    int64_t count = n < 0 ? 1 : n;
    float *f = arena_array(im->g->arena, float, count);
    for (int64_t i = 0; f && i < count; i++)
        dtype_set_f64(DT_f32, f, (uint64_t)i, v[i]);
    return f ? const_out(im, DT_f32, n, f, (size_t)count * sizeof *f) : NULL;
}

static Value *const_value(Import *im, const Attr *a)
{
    switch (a->kind) {
    case ATTR_TENSOR: return a->tensor;
    case ATTR_INT: return const_out(im, DT_i64, -1, &a->i, sizeof a->i);
    case ATTR_INTS: return const_out(im, DT_i64, a->n, a->ints, (size_t)a->n * sizeof *a->ints);
    case ATTR_FLOAT: return const_floats(im, &a->f, -1);
    case ATTR_FLOATS: return const_floats(im, a->floats, a->n);
    case ATTR_STRING: return const_out(im, DT_string, -1, &(StringRef){a->s, (size_t)a->n}, sizeof(StringRef));
    case ATTR_STRINGS: return const_out(im, DT_string, a->n, a->strings, (size_t)a->n * sizeof *a->strings);
    default: return NULL;
    }
}

/* Exactly one of value, sparse_value, value_int, value_ints, value_float, value_floats, value_string, value_strings. */
static SpmlCode import_constant(Import *im, const ForeignNode *f, Value **out)
{
    if (f->n_attrs != 1 || f->n_out != 1)
        return import_unsupported(im, f, "%d attributes, %d outputs", f->n_attrs, f->n_out);
    static const char *const names[] = {"value", "sparse_value", "value_int", "value_ints", "value_float", "value_floats", "value_string", "value_strings"};
    bool known = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        known |= !strcmp(f->attrs[0].name, names[i]);
    if (!known || f->attrs[0].kind >= ATTR_TYPE || f->attrs[0].kind == ATTR_GRAPH)
        return import_unsupported(im, f, "attribute '%s'", f->attrs[0].name);
    out[0] = const_value(im, &f->attrs[0]);
    return out[0] ? SPML_OK : error_oom(im->err);
}

const ImportRow import_map_core[] = {
    {"", "Constant", 1, import_constant, NULL, NULL},
    {"", "Identity", 1, import_direct, "identity", NULL},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const ExportRow export_map_core[] = {
    {0, NULL, NULL},
};
