/* SPDX-License-Identifier: MIT
 * formats/onnx: TensorProto → dtype, dims and bytes. raw_data, external data and single packed lists of fixed width stay views into the mapped
 * file; varint lists, strings, split lists and sparse tensors are expanded into the arena. The byte count always equals product × size. */
#include "formats/onnx/onnx.h"

/* TensorProto.DataType in order. FLOAT6E2M3 and FLOAT6E3M2 (27, 28) are not in our table. */
static const uint8_t data_types[] = {
    DT_none, DT_f32, DT_u8, DT_i8, DT_u16, DT_i16, DT_i32, DT_i64, DT_string, DT_bool, DT_f16, DT_f64, DT_u32, DT_u64, DT_c64, DT_c128, DT_bf16,
    DT_f8e4m3fn, DT_f8e4m3fnuz, DT_f8e5m2, DT_f8e5m2fnuz, DT_u4, DT_i4, DT_f4e2m1, DT_f8e8m0, DT_u2, DT_i2,
};

DType onnx_dtype(int64_t t)
{
    return t >= 0 && t < (int64_t)sizeof data_types ? (DType)data_types[t] : DT_none;
}

int64_t onnx_data_type(DType t)
{
    for (int64_t i = 1; i < (int64_t)sizeof data_types; i++)
        if (data_types[i] == t)
            return i;
    return 0;
}

const char *onnx_name(const Pb *pb, PbBytes b)
{
    size_t n_nul = 0;
    if (b.n > ONNX_MAX_NAME) {
        pb_fail(pb, b.p, "name-too-long", "a name of %zu bytes; the cap is %d", b.n, ONNX_MAX_NAME);
        return NULL;
    }
    for (size_t i = 0; i < b.n; i++)
        n_nul += !b.p[i];
    char *s = arena_alloc(pb->arena, b.n + 3 * n_nul + 1, 1), *to = s;
    if (!s) {
        error_oom(pb->err);
        return NULL;
    }
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i]) {
            *to++ = (char)b.p[i];
        } else {
            memcpy(to, "\\x00", 4);
            to += 4;
        }
    }
    *to = 0;
    return s;
}

/* dims → out->dim, rank, and the byte count. */
static SpmlCode tensor_shape(const Pb *pb, const PbInts *dims, PbBytes msg, OnnxTensor *t, uint64_t *count)
{
    uint64_t n = 1;
    if (dims->n > IR_MAX_RANK)
        return pb_fail(pb, msg.p, "tensor-rank", "tensor '%s' has %zu dimensions; the cap is %d", t->name, dims->n, IR_MAX_RANK);
    t->rank = (int)dims->n;
    bool zero = false;
    for (size_t i = 0; i < dims->n; i++) {
        t->dim[i] = dims->v[i];
        zero |= !dims->v[i];
        if (dims->v[i] < 0)
            return pb_fail(pb, msg.p, "tensor-dim", "tensor '%s': dimension %zu is %lld", t->name, i, (long long)dims->v[i]);
        if (dims->v[i] && (__builtin_mul_overflow(n, (uint64_t)dims->v[i], &n) || n > UINT64_C(1) << 48))
            return pb_fail(pb, msg.p, "tensor-size", "tensor '%s': more than 2^48 elements", t->name);
    }
    *count = zero ? 0 : n;
    if (!dtype_bytes(t->dtype, *count, &t->data.sz))
        return pb_fail(pb, msg.p, "tensor-size", "tensor '%s': its byte count overflows", t->name);
    return SPML_OK;
}

static SpmlCode tensor_dtype(const Pb *pb, int64_t type, PbBytes msg, OnnxTensor *t)
{
    t->dtype = onnx_dtype(type);
    if (t->dtype != DT_none)
        return SPML_OK;
    if (type == 27 || type == 28) {
        error_set(pb->err, SPML_UNSUPPORTED, "dtype-unsupported", "tensor '%s': %s is not supported", t->name, type == 27 ? "FLOAT6E2M3" : "FLOAT6E3M2");
        return error_where(pb->err, pb->path, msg.p - pb->base);
    }
    return pb_fail(pb, msg.p, "tensor-type", "tensor '%s': data type %lld", t->name, (long long)type);
}

static SpmlCode size_mismatch(const Pb *pb, const OnnxTensor *t, const void *at, const char *what, uint64_t got, uint64_t want)
{
    return pb_fail(pb, at, "tensor-size", "tensor '%s': %s holds %llu, the shape needs %llu", t->name, what, (unsigned long long)got, (unsigned long long)want);
}

static void set_view(const OnnxSource *src, OnnxTensor *t, const uint8_t *p)
{
    t->data.p = p;
    t->data.file = src->file;
    t->data.offset = (uint64_t)(p - src->pb.base);
}

static SpmlCode read_strings(const OnnxSource *src, const PTensor *p, PbBytes msg, OnnxTensor *t, uint64_t count)
{
    if (p->strings.n != count)
        return size_mismatch(&src->pb, t, msg.p, "string_data", p->strings.n, count);
    StringRef *s = arena_array(src->pb.arena, StringRef, count);
    if (!s)
        return error_oom(src->pb.err);
    for (uint64_t i = 0; i < count; i++)
        s[i] = (StringRef){(const char *)p->strings.v[i].p, p->strings.v[i].n};
    t->data.p = s;
    return SPML_OK;
}

static SpmlCode read_fixed(const OnnxSource *src, const PbList *list, PbBytes msg, OnnxTensor *t)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += list->v[i].n;
    if (n != t->data.sz)
        return size_mismatch(&src->pb, t, msg.p, "its data in bytes", n, t->data.sz);
    if (list->n == 1)
        return set_view(src, t, list->v[0].p), SPML_OK;
    char *to = arena_alloc(src->pb.arena, n, 64);
    if (!to)
        return error_oom(src->pb.err);
    t->data.p = to;
    for (size_t i = 0; i < list->n; to += list->v[i++].n)
        memcpy(to, list->v[i].p, list->v[i].n);
    return SPML_OK;
}

/* Each varint fills `width` bytes, little-endian. */
static SpmlCode read_varints(const OnnxSource *src, const PbList *list, PbBytes msg, OnnxTensor *t)
{
    size_t width = dtype_info[t->dtype].bytes, n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += (size_t)pb_varint_count(list->v[i]);
    if (n * width != t->data.sz)
        return size_mismatch(&src->pb, t, msg.p, "its data in elements", n, t->data.sz / width);
    uint8_t *to = arena_alloc(src->pb.arena, t->data.sz, 64);
    if (!to)
        return error_oom(src->pb.err);
    t->data.p = to;
    for (size_t i = 0; i < list->n; i++) {
        Span s = pb_span(&src->pb, list->v[i]);
        for (uint64_t v; span_rest(&s); to += width) {
            if (!pb_varint(&s, &v))
                return pb_fail(&src->pb, list->v[i].p, "protobuf-varint", "tensor '%s': a varint of more than 64 bits", t->name);
            v = t->dtype == DT_bool ? v != 0 : v;
            memcpy(to, &v, width);
        }
    }
    return SPML_OK;
}

static const PbList *typed_list(const PTensor *p, DType t)
{
    switch (t) {
    case DT_f32: case DT_c64: return &p->f32;
    case DT_f64: case DT_c128: return &p->f64;
    case DT_i64: return &p->i64;
    case DT_u32: case DT_u64: return &p->u64;
    default: return &p->i32;
    }
}

static bool decimal(PbBytes b, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] < '0' || b.p[i] > '9' || __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(b.p[i] - '0'), &v))
            return false;
    *out = v;
    return b.n > 0;
}

static SpmlCode external_open(const OnnxSource *src, const char *location, File **out)
{
    OnnxExternal *x = src->external;
    if ((*out = map_find(&x->files, location, strlen(location))))
        return SPML_OK;
    Error first = {0};
    SpmlCode c = x->dir ? file_open_beneath(x->dir, location, out, &first)
                        : error_set(&first, SPML_DATA, "file-missing", "external data '%s': the model has no directory", location);
    if (c && x->data_dir)
        c = file_open_beneath(x->data_dir, location, out, src->pb.err);
    else if (c && src->pb.err)
        *src->pb.err = first;
    if (c && src->pb.err && !strcmp(src->pb.err->key, "outside-directory")) {
        first = *src->pb.err;
        error_clear(src->pb.err);
        return error_set(src->pb.err, c, "outside-directory", "external data %s", first.text);
    }
    if (c) {
        error_hint(src->pb.err, "weights kept elsewhere: --data-dir DIR");
        return c;
    }
    Graph *g = x->g;
    File **files = arena_grow(g->arena, g->files, g->n_files, &g->cap_files, File *);
    if (!files || !map_put(&x->files, location, strlen(location), *out)) {
        file_close(out);
        return error_oom(src->pb.err);
    }
    g->files = files;
    g->files[g->n_files++] = *out;
    return SPML_OK;
}

static SpmlCode external_place(const OnnxSource *src, const PTensor *p, int depth, OnnxTensor *t, const char **location, uint64_t *offset)
{
    const Pb *pb = &src->pb;
    *offset = 0;
    for (size_t i = 0; i < p->external.n; i++) {
        PPair e = {0};
        uint64_t v;
        SpmlCode c = pb_read(pb, p->external.v[i], depth + 1, &proto_pair, &e);
        if (c)
            return c;
        if (pb_is(e.key, "location") && !(*location = onnx_name(pb, e.value)))
            return pb->err ? pb->err->code : SPML_DATA;
        if (pb_is(e.key, "offset") && !decimal(e.value, offset))
            return pb_fail(pb, e.value.p ? e.value.p : e.key.p, "external-data", "tensor '%s': offset is not a number", t->name);
        if (pb_is(e.key, "length") && (!decimal(e.value, &v) || v != t->data.sz))
            return pb_fail(pb, e.value.p ? e.value.p : e.key.p, "external-data", "tensor '%s': length is not the %zu bytes that the shape needs", t->name, t->data.sz);
    }
    return SPML_OK;
}

static SpmlCode read_external(const OnnxSource *src, const PTensor *p, PbBytes msg, int depth, OnnxTensor *t)
{
    const Pb *pb = &src->pb;
    const char *location = NULL;
    uint64_t offset;
    File *f = NULL;
    if (!src->external || t->dtype == DT_string)
        return pb_fail(pb, msg.p, "external-data", "tensor '%s': external data is not allowed here", t->name);
    SpmlCode c = external_place(src, p, depth, t, &location, &offset);
    if (c)
        return c;
    if (!location || !*location)
        return pb_fail(pb, msg.p, "external-data", "tensor '%s': external data without a location", t->name);
    if ((c = external_open(src, location, &f))) {
        error_context(pb->err, "tensor '%s'", t->name);
        return c;
    }
    Span s = file_span(f);
    if (offset > s.size || t->data.sz > s.size - offset) {
        error_set(pb->err, SPML_DATA, "external-data", "tensor '%s': %zu bytes at %llu reach past the end of '%s' (%zu bytes)", t->name, t->data.sz,
                  (unsigned long long)offset, location, s.size);
        return error_where(pb->err, pb->path, msg.p - pb->base);
    }
    t->data.p = s.base + offset;
    t->data.file = f;
    t->data.offset = offset;
    return SPML_OK;
}

static SpmlCode read_data(const OnnxSource *src, const PTensor *p, PbBytes msg, int depth, OnnxTensor *t, uint64_t count)
{
    const Pb *pb = &src->pb;
    const PbList *typed = typed_list(p, t->dtype);
    if (p->location == 1)
        return read_external(src, p, msg, depth, t);
    if (p->segment.p)
        return pb_fail(pb, p->segment.p, "tensor-segment", "tensor '%s': stored in segments", t->name);
    size_t others = p->f32.n + p->i32.n + p->i64.n + p->f64.n + p->u64.n - (t->dtype == DT_string ? 0 : typed->n);
    if (others || (t->dtype == DT_string ? p->raw.n > 0 : p->strings.n || (p->raw.n && typed->n)))
        return pb_fail(pb, msg.p, "tensor-data", "tensor '%s': data of another type, or in two places", t->name);
    if (t->dtype == DT_string)
        return read_strings(src, p, msg, t, count);
    if (p->raw.p && !typed->n) {
        if (p->raw.n != t->data.sz)
            return size_mismatch(pb, t, p->raw.p, "raw_data in bytes", p->raw.n, t->data.sz);
        return set_view(src, t, p->raw.p), SPML_OK;
    }
    return typed == &p->f32 || typed == &p->f64 ? read_fixed(src, typed, msg, t) : read_varints(src, typed, msg, t);
}

SpmlCode onnx_tensor(const OnnxSource *src, PbBytes msg, int depth, OnnxTensor *t)
{
    PTensor p = {0};
    uint64_t count;
    *t = (OnnxTensor){0};
    SpmlCode c = pb_read(&src->pb, msg, depth, &proto_tensor, &p);
    if (c)
        return c;
    if (!(t->name = onnx_name(&src->pb, p.name)))
        return src->pb.arena->oom ? error_oom(src->pb.err) : SPML_DATA;
    if ((c = tensor_dtype(&src->pb, p.type, msg, t)) || (c = tensor_shape(&src->pb, &p.dims, msg, t, &count)))
        return c;
    return read_data(src, &p, msg, depth, t, count);
}

/* Linear position of entry i, or -1 outside the shape. idx: i64 [nnz] or [nnz, rank] */
static int64_t sparse_position(const OnnxTensor *t, const OnnxTensor *idx, int64_t i, int64_t count)
{
    if (idx->rank == 1) {
        int64_t at = dtype_get_i64(DT_i64, idx->data.p, (uint64_t)i);
        return at >= 0 && at < count ? at : -1;
    }
    int64_t at = 0;
    for (int d = 0; d < t->rank; d++) {
        int64_t x = dtype_get_i64(DT_i64, idx->data.p, (uint64_t)(i * t->rank + d));
        if (x < 0 || x >= t->dim[d])
            return -1;
        at = at * t->dim[d] + x;
    }
    return at;
}

static SpmlCode sparse_fill(const OnnxSource *src, PbBytes msg, const OnnxTensor *values, const OnnxTensor *idx, OnnxTensor *t, int64_t count)
{
    const Pb *pb = &src->pb;
    size_t width = dtype_info[t->dtype].bytes;
    if (values->rank != 1 || idx->dtype != DT_i64 || idx->rank < 1 || idx->rank > 2 || idx->dim[0] != values->dim[0] ||
        (idx->rank == 2 && idx->dim[1] != t->rank))
        return pb_fail(pb, msg.p, "sparse-tensor", "sparse tensor '%s': indices do not fit values and shape", t->name);
    if (t->dtype == DT_string || dtype_info[t->dtype].block > 1)
        return error_set(pb->err, SPML_UNSUPPORTED, "dtype-unsupported", "sparse tensor '%s' of %s", t->name, dtype_name(t->dtype));
    size_t cap = (64u << 20) + 4 * (size_t)file_size(src->file);
    if (t->data.sz > cap)
        return error_set(pb->err, SPML_RESOURCE, "sparse-too-large", "sparse tensor '%s': %zu bytes when dense; the cap is %zu", t->name, t->data.sz, cap);
    char *to = arena_alloc(pb->arena, t->data.sz, 64);
    if (!to)
        return error_oom(pb->err);
    t->data.p = to;
    int64_t last = -1;
    for (int64_t i = 0; i < values->dim[0]; i++) {
        int64_t at = sparse_position(t, idx, i, count);
        if (at <= last)
            return pb_fail(pb, msg.p, "sparse-tensor", "sparse tensor '%s': index %lld is outside the shape or not ascending", t->name, (long long)i);
        memcpy(to + (size_t)at * width, (const char *)values->data.p + (size_t)i * width, width);
        last = at;
    }
    return SPML_OK;
}

SpmlCode onnx_sparse(const OnnxSource *src, PbBytes msg, int depth, OnnxTensor *t)
{
    PSparse p = {0};
    OnnxTensor values, idx;
    uint64_t count;
    *t = (OnnxTensor){0};
    SpmlCode c = pb_read(&src->pb, msg, depth, &proto_sparse, &p);
    if (c)
        return c;
    if (!p.values.p || !p.indices.p)
        return pb_fail(&src->pb, msg.p, "sparse-tensor", "sparse tensor without values or indices");
    if ((c = onnx_tensor(src, p.values, depth + 1, &values)) || (c = onnx_tensor(src, p.indices, depth + 1, &idx)))
        return c;
    t->name = values.name;
    t->dtype = values.dtype;
    if ((c = tensor_shape(&src->pb, &p.dims, msg, t, &count)))
        return c;
    return sparse_fill(src, msg, &values, &idx, t, (int64_t)count);
}
