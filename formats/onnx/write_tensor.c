/* SPDX-License-Identifier: MIT
 * formats/onnx: constants and types of our graph → TensorProto and TypeProto. Bytes of weights are not copied: the message holds views of them, or they go to
 * the file of external data, each at a multiple of 64 bytes, from 1 MiB on of 4,096. */
#include "formats/onnx/export.h"
#include "formats/onnx/onnx.h"

#include <stdio.h>

enum { EXTERNAL = 1, SZ_INSIDE = 1024 /* smaller tensors stay in the model */, SZ_PAGED = 1 << 20 };

static void put_pair(OnnxWriter *w, PbOut *to, uint32_t field, const char *key, const char *value)
{
    PbOut m = pb_out(w->arena);
    pb_put_text(&m, 1, key);
    pb_put_text(&m, 2, value);
    pb_put_msg(to, field, &m);
}

static void put_pair_number(OnnxWriter *w, PbOut *to, uint32_t field, const char *key, uint64_t v)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)v);
    put_pair(w, to, field, key, text);
}

static void put_external(OnnxWriter *w, PbOut *m, const ConstData *d)
{
    static const uint8_t zeros[4096];
    const uint64_t align = d->sz >= SZ_PAGED ? 4096 : 64, gap = (align - w->sz_data % align) % align;
    if (!w->err->code && !writer_write(w->data, zeros, gap, w->err))
        writer_write(w->data, d->p, d->sz, w->err);
    w->sz_data += gap;
    put_pair(w, m, 13, "location", w->location);
    put_pair_number(w, m, 13, "offset", w->sz_data);
    put_pair_number(w, m, 13, "length", d->sz);
    pb_put_int(m, 14, EXTERNAL);
    w->sz_data += d->sz;
}

void write_tensor(OnnxWriter *w, PbOut *to, uint32_t field, const char *name, const Type *t, const ConstData *d)
{
    PbOut m = pb_out(w->arena);
    int64_t dims[IR_MAX_RANK], n = 1, type = onnx_data_type(t->dtype);
    for (int i = 0; i < t->rank; i++)
        if (!dim_lit(t->dim[i], &dims[i]) || !i64_mul(n, dims[i], &n)) {
            error_set(w->err, SPML_UNSUPPORTED, "constant", "constant '%.200s' has no literal shape", name ? name : "");
            return;
        }
    if (!type) {
        error_set(w->err, SPML_UNSUPPORTED, "dtype-unsupported", "constant '%.200s': there is no ONNX data type for %s", name ? name : "", dtype_name(t->dtype));
        return;
    }
    pb_put_ints(&m, 1, dims, (size_t)t->rank);
    pb_put_int(&m, 2, type);
    const StringRef *s = d->p;
    for (int64_t i = 0; t->dtype == DT_string && i < n; i++)
        pb_put_bytes(&m, 6, s[i].p, s[i].n);
    if (name)
        pb_put_text(&m, 8, name);
    if (w->data && name && t->dtype != DT_string && d->sz >= SZ_INSIDE)
        put_external(w, &m, d);
    else if (t->dtype != DT_string)
        pb_put_bytes(&m, 9, d->p, d->sz);
    pb_put_msg(to, field, &m);
}

void write_initializer(OnnxWriter *w, GraphOut *from, const Value *v)
{
    if (map_find(&w->written, (const char *)&v, sizeof v))
        return;
    GraphOut *at = from;
    while (at->up && at->g != v->graph)
        at = at->up;
    const ConstData *d = w->o->data ? map_find(w->o->data, (const char *)&v, sizeof v) : NULL;
    const Value **key = arena_copy(w->arena, &v, sizeof v);
    if (!key || !map_put(&w->written, (const char *)key, sizeof v, (void *)v))
        return;
    write_tensor(w, &at->tensors, 5, name_of(w, v), &v->type, d ? d : v->data);
}

/* ── types ── an extent has a value, the name of an input's symbol, or nothing */

static void put_dim(OnnxWriter *w, PbOut *shape, const Dim *d)
{
    PbOut m = pb_out(w->arena);
    int64_t v;
    if (dim_lit(d, &v))
        pb_put_int(&m, 1, v);
    else if (d && d->kind == DIM_SYM && d->sym->origin == SYM_INPUT && d->sym->name[0] != '?')
        pb_put_text(&m, 2, d->sym->name);
    pb_put_msg(shape, 1, &m);
}

static void put_tensor_type(OnnxWriter *w, PbOut *to, const Type *t)
{
    PbOut m = pb_out(w->arena), shape = pb_out(w->arena);
    pb_put_int(&m, 1, onnx_data_type(t->dtype));
    for (int i = 0; i < t->rank; i++)
        put_dim(w, &shape, t->dim[i]);
    if (t->rank >= 0)
        pb_put_msg(&m, 2, &shape);
    pb_put_msg(to, 1, &m);
}

void write_type(OnnxWriter *w, PbOut *to, uint32_t field, const Type *t, int depth)
{
    static const uint8_t fields[] = {[TYPE_SEQUENCE] = 4, [TYPE_OPTIONAL] = 9, [TYPE_MAP] = 5};
    PbOut type = pb_out(w->arena), m = pb_out(w->arena);
    if (t->kind == TYPE_TENSOR) {
        put_tensor_type(w, &type, t);
    } else if (t->kind != TYPE_NONE && depth < IR_MAX_DEPTH) {
        if (t->kind == TYPE_MAP)
            pb_put_int(&m, 1, onnx_data_type(t->key));
        if (t->elem)
            write_type(w, &m, t->kind == TYPE_MAP ? 2 : 1, t->elem, depth + 1);
        pb_put_msg(&type, fields[t->kind], &m);
    }
    pb_put_msg(to, field, &type);
}
