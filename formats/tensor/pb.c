/* SPDX-License-Identifier: MIT
 * formats/tensor: ONNX data files ↔ run-time values; see pb.h. Reading goes through the ONNX reader's messages and tensor decoder and copies into
 * owned values; writing puts raw_data, or string_data for strings. */
#include "formats/tensor/pb.h"
#include "formats/onnx/onnx.h"

#include <stdlib.h>

enum { VALUE_NEST = 16, ELEM_TENSOR = 1, ELEM_SPARSE, ELEM_SEQUENCE, ELEM_MAP, ELEM_OPTIONAL };

/* ── reading ── */

static SpmlCode to_value(const OnnxTensor *t, RtValue **out, Error *err)
{
    SpmlCode c = rt_tensor(t->dtype == DT_string ? DT_u8 : t->dtype, t->dtype == DT_string ? 0 : t->rank, t->dim, out, err);
    if (!c && t->dtype == DT_string)
        return rt_strings(*out, t->rank, t->dim, t->data.p, err);
    if (!c && t->data.sz)
        memcpy((*out)->data, t->data.p, t->data.sz);
    return c;
}

static SpmlCode read_tensor(const OnnxSource *src, PbBytes msg, int depth, bool sparse, RtValue **out, const char **name)
{
    OnnxTensor t;
    SpmlCode c = sparse ? onnx_sparse(src, msg, depth, &t) : onnx_tensor(src, msg, depth, &t);
    if (!c && name)
        *name = t.name;
    if (!c)
        c = to_value(&t, out, src->pb.err);
    if (c)
        rt_free(out);
    return c;
}

static SpmlCode read_value(const OnnxSource *src, PbBytes msg, int depth, TypeKind kind, RtValue **out, const char **name);

static SpmlCode value_new(TypeKind kind, RtValue **out, Error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return error_oom(err);
    (*out)->kind = kind;
    return SPML_OK;
}

static SpmlCode add_item(const OnnxSource *src, RtValue *to, PbBytes msg, int depth, int elem)
{
    static const TypeKind kinds[] = {[ELEM_SEQUENCE] = TYPE_SEQUENCE, [ELEM_MAP] = TYPE_MAP, [ELEM_OPTIONAL] = TYPE_OPTIONAL};
    RtValue *item = NULL;
    SpmlCode c = elem == ELEM_TENSOR || elem == ELEM_SPARSE ? read_tensor(src, msg, depth, elem == ELEM_SPARSE, &item, NULL)
                                                            : read_value(src, msg, depth, kinds[elem], &item, NULL);
    if (!c)
        c = rt_sequence_add(to, item, src->pb.err);
    if (c)
        rt_free(&item);
    return c;
}

static SpmlCode read_sequence(const OnnxSource *src, PbBytes msg, int depth, RtValue *v, const char **name)
{
    PSequence p = {0};
    SpmlCode c = pb_read(&src->pb, msg, depth, &proto_sequence, &p);
    const PbList *lists[] = {NULL, &p.tensors, &p.sparses, &p.sequences, &p.maps, &p.optionals};
    if (c)
        return c;
    if (p.type < 0 || p.type > ELEM_OPTIONAL)
        return pb_fail(&src->pb, msg.p, "sequence-type", "a sequence of element type %lld", (long long)p.type);
    for (int e = ELEM_TENSOR; !c && e <= ELEM_OPTIONAL; e++)
        for (size_t i = 0; !c && i < lists[e]->n; i++)
            c = p.type && e != p.type ? pb_fail(&src->pb, lists[e]->v[i].p, "sequence-type", "an element of another type than the sequence's")
                                      : add_item(src, v, lists[e]->v[i], depth + 1, e);
    if (!c && name)
        *name = onnx_name(&src->pb, p.name);
    return c;
}

static SpmlCode read_optional(const OnnxSource *src, PbBytes msg, int depth, RtValue *v, const char **name)
{
    POptional p = {0};
    SpmlCode c = pb_read(&src->pb, msg, depth, &proto_optional, &p);
    const PbBytes items[] = {{0}, p.tensor, p.sparse, p.sequence, p.map, p.optional};
    if (c)
        return c;
    if (p.type < 0 || p.type > ELEM_OPTIONAL)
        return pb_fail(&src->pb, msg.p, "optional-type", "an optional of element type %lld", (long long)p.type);
    if (name)
        *name = onnx_name(&src->pb, p.name);
    for (int e = ELEM_TENSOR; !c && e <= ELEM_OPTIONAL; e++)
        if (items[e].p && (!p.type || p.type == e) && !v->n_item)
            c = add_item(src, v, items[e], depth + 1, e);
    return c;
}

static SpmlCode map_keys(const OnnxSource *src, PbBytes msg, const PMap *p, RtValue **out)
{
    DType t = onnx_dtype(p->key_type);
    OnnxTensor keys = {.dtype = t, .rank = 1, .dim = {(int64_t)(t == DT_string ? p->string_keys.n : p->keys.n)}};
    size_t n = (size_t)keys.dim[0];
    if ((t != DT_string && !dtype_is_int(t)) || dtype_info[t].block != 1 || !dtype_bytes(t, n, &keys.data.sz))
        return pb_fail(&src->pb, msg.p, "map-type", "a map with keys of data type %lld", (long long)p->key_type);
    void *data = arena_alloc(src->pb.arena, keys.data.sz, 16);
    if (!data)
        return error_oom(src->pb.err);
    for (size_t i = 0; i < n; i++) {
        if (t == DT_string)
            ((StringRef *)data)[i] = (StringRef){(const char *)p->string_keys.v[i].p, p->string_keys.v[i].n};
        else
            dtype_set_i64(t, data, i, p->keys.v[i]);
    }
    keys.data.p = data;
    return to_value(&keys, out, src->pb.err);
}

/* n tensors of one element each → one tensor [n] */
static SpmlCode map_values(const OnnxSource *src, PbBytes msg, const RtValue *list, RtValue **out)
{
    int64_t n = (int64_t)list->n_item;
    DType t = n ? list->item[0]->dtype : DT_f32;
    size_t width = dtype_info[t].bytes;
    StringRef *strings = t == DT_string ? arena_array(src->pb.arena, StringRef, n) : NULL;
    SpmlCode c = rt_tensor(t == DT_string ? DT_u8 : t, 1, &n, out, src->pb.err);
    for (int64_t i = 0; !c && i < n; i++) {
        const RtValue *v = list->item[i];
        if (v->kind != TYPE_TENSOR || v->dtype != t || rt_count(v) != 1 || dtype_info[t].block != 1)
            return pb_fail(&src->pb, msg.p, "map-type", "values of a map must be single elements of one type");
        if (strings)
            strings[i] = *(StringRef *)v->data;
        else
            memcpy((char *)(*out)->data + (size_t)i * width, v->data, width);
    }
    return c || t != DT_string ? c : strings ? rt_strings(*out, 1, &n, strings, src->pb.err) : error_oom(src->pb.err);
}

static SpmlCode read_map(const OnnxSource *src, PbBytes msg, int depth, RtValue *v, const char **name)
{
    PMap p = {0};
    RtValue list = {.kind = TYPE_SEQUENCE}, *keys = NULL, *values = NULL;
    SpmlCode c = pb_read(&src->pb, msg, depth, &proto_map, &p);
    if (c)
        return c;
    if (p.values.p)
        c = read_sequence(src, p.values, depth + 1, &list, NULL);
    if (!c)
        c = map_keys(src, msg, &p, &keys);
    if (!c)
        c = map_values(src, msg, &list, &values);
    if (!c && rt_count(keys) != rt_count(values))
        c = pb_fail(&src->pb, msg.p, "map-type", "a map of %lld keys and %lld values", (long long)rt_count(keys), (long long)rt_count(values));
    rt_clear(&list);
    if (!c && !(c = rt_sequence_add(v, keys, src->pb.err)))
        keys = NULL;
    if (!c && !(c = rt_sequence_add(v, values, src->pb.err)))
        values = NULL;
    rt_free(&keys);
    rt_free(&values);
    if (!c && name)
        *name = onnx_name(&src->pb, p.name);
    return c;
}

static SpmlCode read_value(const OnnxSource *src, PbBytes msg, int depth, TypeKind kind, RtValue **out, const char **name)
{
    static SpmlCode (*const readers[])(const OnnxSource *, PbBytes, int, RtValue *, const char **) = {
        [TYPE_SEQUENCE] = read_sequence, [TYPE_OPTIONAL] = read_optional, [TYPE_MAP] = read_map,
    };
    if (depth > VALUE_NEST)
        return pb_fail(&src->pb, msg.p, "too-deep", "values nested deeper than %d", VALUE_NEST);
    if (kind == TYPE_TENSOR)
        return read_tensor(src, msg, depth, false, out, name);
    SpmlCode c = value_new(kind, out, src->pb.err);
    if (!c)
        c = readers[kind](src, msg, depth, *out, name);
    if (c)
        rt_free(out);
    return c;
}

SpmlCode pb_value_read(const File *f, TypeKind kind, RtValue **out, char **name, Error *err)
{
    Arena a = {0};
    Error local = {0}, first = {0};
    Span s = file_span(f);
    OnnxSource src = {{s.base, file_path(f), &a, err ? err : &local}, f, NULL};
    PbBytes msg = {s.base ? s.base : (const uint8_t *)"", s.size};
    const char *its_name = NULL;
    *out = NULL;
    if (kind == TYPE_NONE) {
        OnnxSource probe = src;
        probe.pb.err = &first;
        kind = read_value(&probe, msg, 0, TYPE_TENSOR, out, &its_name) ? TYPE_SEQUENCE : TYPE_TENSOR;
    }
    SpmlCode c = *out ? SPML_OK : read_value(&src, msg, 0, kind, out, &its_name);
    if (c && first.code) { /* it was most likely meant to be a tensor */
        c = first.code;
        *src.pb.err = first;
    }
    if (c)
        error_where(err, file_path(f), -1);
    if (name)
        *name = !c && its_name ? strdup(its_name) : NULL;
    arena_free(&a);
    return c;
}

/* ── writing ── */

static void put_varint(Text *t, uint64_t v)
{
    char b[10];
    size_t n = 0;
    for (; v > 0x7f; v >>= 7)
        b[n++] = (char)(v | 0x80);
    b[n++] = (char)v;
    text_add(t, b, n);
}

static void put_int(Text *t, int field, int64_t v)
{
    put_varint(t, (uint64_t)field << 3);
    put_varint(t, (uint64_t)v);
}

static void put_bytes(Text *t, int field, const void *p, size_t n)
{
    put_varint(t, (uint64_t)field << 3 | PB_WIRE_LEN);
    put_varint(t, n);
    text_add(t, p, n);
}

static SpmlCode write_tensor(const RtValue *v, const char *name, Text *out, Error *err)
{
    int64_t type = onnx_data_type(v->dtype);
    if (!type)
        return error_set(err, SPML_UNSUPPORTED, "dtype-unsupported", "pb: there is no ONNX data type for %s", dtype_name(v->dtype));
    for (int i = 0; i < v->rank; i++)
        put_int(out, 1, v->dim[i]);
    put_int(out, 2, type);
    if (name)
        put_bytes(out, 8, name, strlen(name));
    const StringRef *s = v->data;
    for (int64_t i = 0; v->dtype == DT_string && i < rt_count(v); i++)
        put_bytes(out, 6, s[i].p, s[i].n);
    if (v->dtype != DT_string)
        put_bytes(out, 9, v->data, v->sz);
    return SPML_OK;
}

static SpmlCode write_value(const RtValue *v, const char *name, int depth, Text *out, Error *err);

/* A nested message: its bytes are made first, as their count goes in front. */
static SpmlCode write_nested(const RtValue *v, int field, int depth, Text *out, Error *err)
{
    Text sub = {0};
    SpmlCode c = write_value(v, NULL, depth + 1, &sub, err);
    if (!c)
        put_bytes(out, field, sub.p, sub.n);
    out->oom |= sub.oom;
    text_free(&sub);
    return c;
}

static int elem_kind(const RtValue *item)
{
    static const int kinds[] = {[TYPE_NONE] = 0, [TYPE_TENSOR] = ELEM_TENSOR, [TYPE_SEQUENCE] = ELEM_SEQUENCE, [TYPE_OPTIONAL] = ELEM_OPTIONAL, [TYPE_MAP] = ELEM_MAP};
    return kinds[item->kind];
}

static SpmlCode write_list(const RtValue *v, const char *name, int depth, Text *out, Error *err)
{
    int kind = v->n_item ? elem_kind(v->item[0]) : v->kind == TYPE_SEQUENCE ? ELEM_TENSOR : 0;
    if (name)
        put_bytes(out, 1, name, strlen(name));
    put_int(out, 2, kind);
    SpmlCode c = SPML_OK;
    for (size_t i = 0; !c && i < v->n_item; i++)
        c = write_nested(v->item[i], kind + 2, depth, out, err) /* field numbers follow the kinds */;
    return c;
}

static SpmlCode write_map(const RtValue *v, const char *name, Text *out, Error *err)
{
    if (v->n_item != 2)
        return error_set(err, SPML_DATA, "map-type", "pb: a map without keys and values");
    const RtValue *keys = v->item[0], *values = v->item[1];
    const StringRef *s = keys->data;
    if (name)
        put_bytes(out, 1, name, strlen(name));
    put_int(out, 2, onnx_data_type(keys->dtype));
    for (int64_t i = 0; i < rt_count(keys); i++) {
        if (keys->dtype == DT_string)
            put_bytes(out, 4, s[i].p, s[i].n);
        else
            put_int(out, 3, dtype_get_i64(keys->dtype, keys->data, (uint64_t)i));
    }
    Text list = {0};
    put_int(&list, 2, ELEM_TENSOR);
    SpmlCode c = SPML_OK;
    for (int64_t i = 0; !c && i < rt_count(values); i++) {
        size_t width = dtype_info[values->dtype].bytes;
        RtValue one = {.kind = TYPE_TENSOR, .dtype = values->dtype, .data = (char *)values->data + (size_t)i * width, .sz = width};
        c = write_nested(&one, 3, 2, &list, err);
    }
    put_bytes(out, 5, list.p, list.n);
    out->oom |= list.oom;
    text_free(&list);
    return c;
}

static SpmlCode write_value(const RtValue *v, const char *name, int depth, Text *out, Error *err)
{
    if (depth > VALUE_NEST)
        return error_set(err, SPML_UNSUPPORTED, "too-deep", "pb: values nested deeper than %d", VALUE_NEST);
    switch (v->kind) {
    case TYPE_TENSOR: return write_tensor(v, name, out, err);
    case TYPE_SEQUENCE:
    case TYPE_OPTIONAL: return write_list(v, name, depth, out, err);
    case TYPE_MAP: return write_map(v, name, out, err);
    default: return error_set(err, SPML_DATA, "value-empty", "pb: a value of no type");
    }
}

SpmlCode pb_value_write(const RtValue *v, const char *name, Text *out, Error *err)
{
    SpmlCode c = write_value(v, name, 0, out, err);
    return c ? c : out->oom ? error_oom(err) : SPML_OK;
}
