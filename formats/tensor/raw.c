/* SPDX-License-Identifier: MIT
 * formats/tensor: raw elements and SafeTensors. A raw file has no header: type and shape come from the expectation; one dimension that is not
 * fixed follows from the size of the file. */
#include "formats/tensor/tensor.h"

#include "formats/format.h"

#include <stdlib.h>
#include <string.h>

static SpmlCode raw_shape(const File *f, const ValueWant *want, int64_t *dim, Error *err)
{
    int open = -1;
    int64_t known = 1, n;
    size_t unit;
    for (int i = 0; i < want->rank; i++) {
        dim[i] = want->dim[i];
        if (dim[i] < 0 && open >= 0)
            return error_set(err, SPML_USAGE, "raw-shape", "raw: more than one dimension is not fixed; say raw,%s,SHAPE:PATH", dtype_name(want->dtype));
        if (dim[i] < 0)
            open = i;
        else if (!i64_mul(known, dim[i], &known))
            return error_set(err, SPML_RESOURCE, "too-large", "raw: the shape is too large");
    }
    if (!dtype_bytes(want->dtype, (uint64_t)known, &unit))
        return error_set(err, SPML_RESOURCE, "too-large", "raw: the shape is too large");
    n = (int64_t)file_size(f);
    if (open >= 0) {
        if (!unit || n % (int64_t)unit)
            return error_set(err, SPML_DATA, "raw-size", "raw: %lld bytes are no multiple of %zu", (long long)n, unit);
        dim[open] = n / (int64_t)unit;
    } else if (n != (int64_t)unit) {
        return error_set(err, SPML_DATA, "raw-size", "raw: %lld bytes, the type and shape ask for %zu", (long long)n, unit);
    }
    return SPML_OK;
}

SpmlCode raw_read(const File *f, const ValueWant *want, ValueList *out, Error *err)
{
    int64_t dim[IR_MAX_RANK];
    RtValue *v;
    if (want->rank < 0 || want->dtype == DT_none || want->dtype == DT_string)
        return error_set(err, SPML_USAGE, "raw-shape", "raw: type and shape are not known; say raw,f32,SHAPE:PATH"), error_where(err, file_path(f), -1);
    SpmlCode code = raw_shape(f, want, dim, err);
    if (!code)
        code = rt_tensor(want->dtype, want->rank, dim, &v, err);
    if (code)
        return error_where(err, file_path(f), -1), code;
    if (v->sz)
        memcpy(v->data, file_span(f).base, v->sz);
    return values_add(out, "", 0, v, err);
}

SpmlCode raw_write(const ValueList *l, FileWriter *w, Error *err)
{
    const RtValue *v = l->v[0].value;
    if (v->kind != TYPE_TENSOR || v->dtype == DT_string)
        return error_set(err, SPML_UNSUPPORTED, "raw-type", "raw holds numbers only");
    return v->sz ? writer_write(w, v->data, v->sz, err) : SPML_OK;
}

/* ── SafeTensors ── */

static const struct { const char *name; DType type; } st_names[] = {
    {"F32", DT_f32}, {"F16", DT_f16}, {"BF16", DT_bf16}, {"F64", DT_f64}, {"I64", DT_i64}, {"I32", DT_i32}, {"I16", DT_i16}, {"I8", DT_i8}, {"U8", DT_u8},
    {"BOOL", DT_bool}, {"U16", DT_u16}, {"U32", DT_u32}, {"U64", DT_u64}, {"F8_E4M3", DT_f8e4m3fn}, {"F8_E5M2", DT_f8e5m2}, {"F8_E8M0", DT_f8e8m0},
    {"F8_E4M3FNUZ", DT_f8e4m3fnuz}, {"F8_E5M2FNUZ", DT_f8e5m2fnuz}, {"C64", DT_c64},
};

bool safetensors_probe(Span head)
{
    Span s = head;
    uint64_t n = span_u64(&s);
    return !s.bad && n >= 2 && n <= span_rest(&s) && s.base[8] == '{';
}

SpmlCode st_values_read(const File *f, const ValueWant *want, ValueList *out, Error *err)
{
    extern const Format format_safetensors;
    Arena a = {0};
    Container *c = NULL;
    File *copy;
    SpmlCode code = file_memory(file_path(f), file_span(f).base, file_size(f), &copy, err);
    if (!code)
        code = format_safetensors.read_container(copy, &(ReadOptions){0}, &a, &c, err);
    for (size_t i = 0; !code && i < c->n_tensors; i++) {
        const TensorInfo *t = &c->tensors[i];
        RtValue *v;
        code = rt_tensor(t->dtype, t->rank, t->dim, &v, err);
        if (code)
            break;
        memcpy(v->data, file_span(t->file).base + t->offset, v->sz < t->sz ? v->sz : t->sz);
        code = values_add(out, t->name, t->n_name, v, err);
    }
    for (size_t i = 0; c && i < c->n_files; i++)
        file_close(&c->files[i]);
    arena_free(&a);
    return code;
}

static SpmlCode st_entry(const NamedValue *v, uint64_t *at, Text *head, bool first, Error *err)
{
    const char *name = NULL;
    for (size_t i = 0; i < sizeof st_names / sizeof *st_names; i++)
        if (st_names[i].type == v->value->dtype)
            name = st_names[i].name;
    if (v->value->kind != TYPE_TENSOR || !name)
        return error_set(err, SPML_UNSUPPORTED, "safetensors-type", "safetensors cannot hold %s", v->value->kind == TYPE_TENSOR ? dtype_name(v->value->dtype) : "sequences, optionals and maps");
    text_puts(head, first ? "{\"" : ",\"");
    text_escape_json(head, v->name, strlen(v->name));
    text_printf(head, "\":{\"dtype\":\"%s\",\"shape\":[", name);
    for (int d = 0; d < v->value->rank; d++)
        text_printf(head, "%s%lld", d ? "," : "", (long long)v->value->dim[d]);
    text_printf(head, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)*at, (unsigned long long)(*at + v->value->sz));
    *at += v->value->sz;
    return SPML_OK;
}

SpmlCode st_values_write(const ValueList *l, FileWriter *w, Error *err)
{
    Text head = {0};
    uint64_t at = 0;
    SpmlCode code = SPML_OK;
    for (size_t i = 0; !code && i < l->n; i++)
        code = st_entry(&l->v[i], &at, &head, i == 0, err);
    text_puts(&head, l->n ? "}" : "{}");
    while (head.n % 8 && !head.oom)
        text_puts(&head, " ");
    uint8_t size[8];
    for (int i = 0; i < 8; i++)
        size[i] = (uint8_t)((uint64_t)head.n >> (8 * i));
    if (!code && head.oom)
        code = error_oom(err);
    if (!code)
        code = writer_write(w, size, 8, err);
    if (!code)
        code = writer_write(w, head.p, head.n, err);
    for (size_t i = 0; !code && i < l->n; i++)
        if (l->v[i].value->sz)
            code = writer_write(w, l->v[i].value->data, l->v[i].value->sz, err);
    text_free(&head);
    return code;
}
