/* SPDX-License-Identifier: MIT
 * formats/gguf: GGUF 2 and 3 as a container: header, metadata of all types, tensor table; split files are opened beside the first. Every count
 * is compared with the bytes that remain before anything is allocated; tensor ranges are aligned, in order and inside the file. */
#include "formats/gguf/gguf.h"

#include <stdarg.h>
#include <stdio.h>

enum { GGUF_MAX_KEY = 65535, GGUF_MAX_STRING = 64 << 20, GGUF_MAX_VOCAB = 4 << 20, GGUF_MAX_TENSORS = 1000000, GGUF_NEST = 2, GGUF_ALIGN = 32,
       GGUF_MAX_ALIGN = 65536, GGUF_MAX_SPLITS = 99999, KV_MIN = 8 + 4 + 1, TENSOR_MIN = 8 + 4 + 8 + 4 + 8 };

const GgufTypeInfo gguf_types[GGUF_TYPES] = {
    {"u8", 1, DT_u8}, {"i8", 1, DT_i8}, {"u16", 2, DT_u16}, {"i16", 2, DT_i16}, {"u32", 4, DT_u32}, {"i32", 4, DT_i32}, {"f32", 4, DT_f32},
    {"bool", 1, DT_bool}, {"string", 8, DT_none}, {"array", 12, DT_none}, {"u64", 8, DT_u64}, {"i64", 8, DT_i64}, {"f64", 8, DT_f64},
};

/* Tensor type numbers of ggml; the missing ones were withdrawn. */
static const uint8_t ggml_types[] = {
    [0] = DT_f32, [1] = DT_f16, [2] = DT_q4_0, [3] = DT_q4_1, [6] = DT_q5_0, [7] = DT_q5_1, [8] = DT_q8_0, [9] = DT_q8_1, [10] = DT_q2_k, [11] = DT_q3_k,
    [12] = DT_q4_k, [13] = DT_q5_k, [14] = DT_q6_k, [15] = DT_q8_k, [16] = DT_iq2_xxs, [17] = DT_iq2_xs, [18] = DT_iq3_xxs, [19] = DT_iq1_s,
    [20] = DT_iq4_nl, [21] = DT_iq3_s, [22] = DT_iq2_s, [23] = DT_iq4_xs, [24] = DT_i8, [25] = DT_i16, [26] = DT_i32, [27] = DT_i64, [28] = DT_f64,
    [29] = DT_iq1_m, [30] = DT_bf16, [34] = DT_tq1_0, [35] = DT_tq2_0, [39] = DT_mxfp4,
};

SpmlCode gguf_fail(const Gguf *g, uint64_t at, const char *key, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    error_set(g->err, SPML_DATA, key, "%s", text);
    error_where(g->err, file_path(g->file), (int64_t)at);
    return SPML_DATA;
}

static int shown(size_t n) { return n > 200 ? 200 : (int)n; }

/* u64 length, then bytes. */
static SpmlCode read_string(const Gguf *g, Span *s, uint64_t cap, const char *what, const char **out, size_t *n)
{
    uint64_t at = span_offset(s), len = span_u64(s);
    if (!s->bad && len > cap)
        return gguf_fail(g, at, "string-too-long", "%s of %llu bytes; the cap is %llu", what, (unsigned long long)len, (unsigned long long)cap);
    if (s->bad || len > span_rest(s))
        return gguf_fail(g, at, "file-truncated", s->bad ? "%s is cut short" : "%s of %llu bytes, but only %zu follow", what, (unsigned long long)len, span_rest(s));
    *n = (size_t)len;
    *out = (const char *)span_take(s, *n);
    return SPML_OK;
}

/* ── metadata ── */

static SpmlCode skip_value(const Gguf *g, Span *s, GgufType type, int nest);

static SpmlCode skip_array(const Gguf *g, Span *s, int nest, GgufKv *kv)
{
    uint64_t at = span_offset(s);
    uint32_t elem = span_u32(s);
    uint64_t count = span_u64(s);
    size_t sz;
    if (s->bad)
        return gguf_fail(g, at, "file-truncated", "an array is cut short");
    if (elem >= GGUF_TYPES)
        return gguf_fail(g, at, "gguf-array", "an array of element type %u", elem);
    if (elem == GGUF_ARRAY && nest >= GGUF_NEST)
        return gguf_fail(g, at, "gguf-array", "arrays nested deeper than %d", GGUF_NEST);
    if (!size_mul((size_t)count, gguf_types[elem].size, &sz) || sz > span_rest(s))
        return gguf_fail(g, at, "file-truncated", "an array of %llu elements, but only %zu bytes follow", (unsigned long long)count, span_rest(s));
    Span from = *s;
    if (elem != GGUF_STRING && elem != GGUF_ARRAY)
        span_take(s, sz);
    for (uint64_t i = 0; (elem == GGUF_STRING || elem == GGUF_ARRAY) && i < count; i++) {
        SpmlCode c = skip_value(g, s, (GgufType)elem, nest + 1);
        if (c)
            return c;
    }
    if (kv) {
        kv->elem = (GgufType)elem;
        kv->count = count;
        kv->value = span_sub(&from, s->pos - from.pos);
    }
    return SPML_OK;
}

static SpmlCode skip_value(const Gguf *g, Span *s, GgufType type, int nest)
{
    const char *text;
    size_t n;
    if (type == GGUF_ARRAY)
        return skip_array(g, s, nest, NULL);
    if (type == GGUF_STRING)
        return read_string(g, s, GGUF_MAX_STRING, "a string", &text, &n);
    uint64_t at = span_offset(s);
    span_take(s, gguf_types[type].size);
    return s->bad ? gguf_fail(g, at, "file-truncated", "a value is cut short") : SPML_OK;
}

static SpmlCode read_kv(Gguf *g, Span *s, GgufKv *kv)
{
    kv->at = span_offset(s);
    SpmlCode c = read_string(g, s, GGUF_MAX_KEY, "a key", &kv->key, &kv->n_key);
    if (c)
        return c;
    uint64_t at = span_offset(s);
    uint32_t type = span_u32(s);
    if (s->bad || type >= GGUF_TYPES)
        return gguf_fail(g, at, s->bad ? "file-truncated" : "gguf-type", s->bad ? "key '%.*s' has no value" : "key '%.*s': value type %u", shown(kv->n_key), kv->key, type);
    kv->type = (GgufType)type;
    kv->count = 1;
    Span from = *s;
    c = type == GGUF_ARRAY ? skip_array(g, s, 1, kv) : skip_value(g, s, kv->type, 0);
    if (c)
        return error_context(g->err, "key '%.*s'", shown(kv->n_key), kv->key);
    if (type != GGUF_ARRAY)
        kv->value = span_sub(&from, s->pos - from.pos);
    if (map_find(&g->keys, kv->key, kv->n_key))
        return gguf_fail(g, kv->at, "duplicate", "key '%.*s' is there twice", shown(kv->n_key), kv->key);
    return map_put(&g->keys, kv->key, kv->n_key, kv) ? SPML_OK : error_oom(g->err);
}

static SpmlCode read_meta(Gguf *g, Span *s)
{
    SpmlCode c = SPML_OK;
    g->keys = map_make(g->arena);
    if (!(g->kv = arena_array(g->arena, GgufKv, g->n_kv)))
        return error_oom(g->err);
    for (uint64_t i = 0; !c && i < g->n_kv; i++)
        c = read_kv(g, s, &g->kv[i]);
    return c;
}

const GgufKv *gguf_find(const Gguf *g, const char *key) { return map_find(&g->keys, key, strlen(key)); }

bool gguf_element(const GgufKv *kv, uint64_t i, double *out)
{
    GgufType t = kv->type == GGUF_ARRAY ? kv->elem : kv->type;
    if (i >= kv->count || gguf_types[t].dtype == DT_none)
        return false;
    *out = dtype_get_f64(gguf_types[t].dtype, kv->value.base, i);
    return true;
}

bool gguf_u64(const Gguf *g, const char *key, uint64_t *out)
{
    const GgufKv *kv = gguf_find(g, key);
    if (!kv || kv->type == GGUF_ARRAY || !dtype_is_int(gguf_types[kv->type].dtype))
        return false;
    int64_t v = dtype_get_i64(gguf_types[kv->type].dtype, kv->value.base, 0);
    *out = (uint64_t)v;
    return v >= 0 || kv->type == GGUF_U64;
}

bool gguf_string(const Gguf *g, const char *key, const char **s, size_t *n)
{
    const GgufKv *kv = gguf_find(g, key);
    if (!kv || kv->type != GGUF_STRING)
        return false;
    *s = (const char *)kv->value.base + 8;
    *n = kv->value.size - 8;
    return true;
}

/* ── rules about metadata ── */

static SpmlCode check_alignment(Gguf *g)
{
    const GgufKv *kv = gguf_find(g, "general.alignment");
    g->alignment = GGUF_ALIGN;
    if (!kv)
        return SPML_OK;
    uint64_t a;
    if (!gguf_u64(g, "general.alignment", &a) || a < 8 || a > GGUF_MAX_ALIGN || (a & (a - 1)))
        return gguf_fail(g, kv->at, "gguf-alignment", "general.alignment must be a power of two from 8 to %d", GGUF_MAX_ALIGN);
    g->alignment = a;
    return SPML_OK;
}

/* tokens, scores and token_type have one entry per token; special ids are tokens. */
static SpmlCode check_vocabulary(const Gguf *g)
{
    static const char *const lists[] = {"tokenizer.ggml.scores", "tokenizer.ggml.token_type"};
    static const char prefix[] = "tokenizer.ggml.", suffix[] = "_token_id";
    const GgufKv *tokens = gguf_find(g, "tokenizer.ggml.tokens");
    if (!tokens)
        return SPML_OK;
    if (tokens->type != GGUF_ARRAY || tokens->elem != GGUF_STRING || tokens->count > GGUF_MAX_VOCAB)
        return gguf_fail(g, tokens->at, "gguf-vocabulary", "tokenizer.ggml.tokens must be an array of at most %d strings", GGUF_MAX_VOCAB);
    for (size_t i = 0; i < 2; i++) {
        const GgufKv *kv = gguf_find(g, lists[i]);
        if (kv && (kv->type != GGUF_ARRAY || kv->count != tokens->count))
            return gguf_fail(g, kv->at, "gguf-vocabulary", "%s has %llu entries for %llu tokens", lists[i], (unsigned long long)kv->count, (unsigned long long)tokens->count);
    }
    for (uint64_t i = 0; !g->lenient && i < g->n_kv; i++) {
        const GgufKv *kv = &g->kv[i];
        bool id = kv->n_key >= sizeof prefix + sizeof suffix - 2 && !memcmp(kv->key, prefix, sizeof prefix - 1) &&
                  !memcmp(kv->key + kv->n_key - (sizeof suffix - 1), suffix, sizeof suffix - 1);
        if (id && kv->type != GGUF_ARRAY && dtype_is_int(gguf_types[kv->type].dtype) &&
            (uint64_t)dtype_get_i64(gguf_types[kv->type].dtype, kv->value.base, 0) >= tokens->count)
            return gguf_fail(g, kv->at, "gguf-vocabulary", "%.*s is not one of the %llu tokens", shown(kv->n_key), kv->key, (unsigned long long)tokens->count);
    }
    return SPML_OK;
}

/* ── tensors ── */

static SpmlCode read_shape(const Gguf *g, Span *s, TensorInfo *t)
{
    uint64_t at = span_offset(s);
    uint32_t rank = span_u32(s);
    if (!s->bad && (rank < 1 || rank > 4))
        return gguf_fail(g, at, "tensor-rank", "tensor '%.*s' has %u dimensions; 1 to 4 are possible", shown(t->n_name), t->name, rank);
    t->rank = s->bad ? 0 : (int)rank;
    for (int i = t->rank - 1; i >= 0; i--) {
        uint64_t v = span_u64(s);
        if (v > INT64_MAX)
            return gguf_fail(g, at, "tensor-dim", "tensor '%.*s': extent %llu", shown(t->n_name), t->name, (unsigned long long)v);
        t->dim[i] = (int64_t)v;
    }
    return s->bad ? gguf_fail(g, at, "file-truncated", "tensor '%.*s' is cut short", shown(t->n_name), t->name) : SPML_OK;
}

static SpmlCode read_dtype(const Gguf *g, Span *s, TensorInfo *t)
{
    uint64_t at = span_offset(s);
    uint32_t type = span_u32(s);
    t->dtype = type < sizeof ggml_types ? (DType)ggml_types[type] : DT_none;
    t->dtype_name = dtype_name(t->dtype);
    if (t->dtype != DT_none && t->rank && t->dim[t->rank - 1] % dtype_info[t->dtype].block)
        return gguf_fail(g, at, "tensor-size", "tensor '%.*s': rows of %lld elements are not whole blocks of %s (%u)", shown(t->n_name), t->name,
                         (long long)t->dim[t->rank - 1], t->dtype_name, dtype_info[t->dtype].block);
    if (t->dtype != DT_none || s->bad)
        return SPML_OK;
    error_set(g->err, SPML_UNSUPPORTED, "dtype-unsupported", "tensor '%.*s': ggml type %u is not known", shown(t->n_name), t->name, type);
    return error_where(g->err, file_path(g->file), (int64_t)at);
}

static SpmlCode tensor_bytes(const Gguf *g, uint64_t at, TensorInfo *t)
{
    uint64_t n = 1;
    size_t sz;
    bool zero = false;
    for (int i = 0; i < t->rank; i++) {
        zero |= !t->dim[i];
        if (t->dim[i] && (__builtin_mul_overflow(n, (uint64_t)t->dim[i], &n) || n > UINT64_C(1) << 48))
            return gguf_fail(g, at, "tensor-size", "tensor '%.*s': more than 2^48 elements", shown(t->n_name), t->name);
    }
    if (!dtype_bytes(t->dtype, zero ? 0 : n, &sz))
        return gguf_fail(g, at, "tensor-size", "tensor '%.*s': its byte count overflows", shown(t->n_name), t->name);
    t->sz = sz;
    return SPML_OK;
}

static SpmlCode read_tensor(const Gguf *g, Span *s, Map *names, TensorInfo *t)
{
    uint64_t at = span_offset(s);
    SpmlCode c = read_string(g, s, GGUF_MAX_KEY, "a tensor name", &t->name, &t->n_name);
    if (c || (c = read_shape(g, s, t)) || (c = read_dtype(g, s, t)) || (c = tensor_bytes(g, at, t)))
        return c;
    uint64_t at_offset = span_offset(s);
    t->offset = span_u64(s);
    t->file = g->file;
    if (s->bad)
        return gguf_fail(g, at_offset, "file-truncated", "tensor '%.*s' is cut short", shown(t->n_name), t->name);
    if (t->offset % g->alignment)
        return gguf_fail(g, at_offset, "tensor-offset", "tensor '%.*s': offset %llu is not a multiple of %llu", shown(t->n_name), t->name,
                         (unsigned long long)t->offset, (unsigned long long)g->alignment);
    if (map_find(names, t->name, t->n_name))
        return gguf_fail(g, at, "duplicate", "tensor '%.*s' is there twice", shown(t->n_name), t->name);
    return map_put(names, t->name, t->n_name, t) ? SPML_OK : error_oom(g->err);
}

/* Offsets become offsets in the file; each tensor begins behind the one before it and ends inside. */
static SpmlCode place_tensors(Gguf *g, uint64_t sz_file, TensorInfo *t, uint64_t n)
{
    uint64_t end = g->data;
    for (uint64_t i = 0; i < n; i++) {
        if (__builtin_add_overflow(t[i].offset, g->data, &t[i].offset) || t[i].offset > sz_file || t[i].sz > sz_file - t[i].offset)
            return gguf_fail(g, sz_file, "file-truncated", "tensor '%.*s' of %llu bytes reaches past the end of the file", shown(t[i].n_name), t[i].name,
                             (unsigned long long)t[i].sz);
        if (t[i].offset < end)
            return gguf_fail(g, t[i].offset, "tensor-offset", "tensor '%.*s' begins before the tensor in front of it ends", shown(t[i].n_name), t[i].name);
        end = t[i].offset + t[i].sz;
    }
    return SPML_OK;
}

static SpmlCode read_tensors(Gguf *g, Span *s, Map *names, TensorInfo **out)
{
    TensorInfo *t = arena_array(g->arena, TensorInfo, g->n_tensors);
    size_t data;
    SpmlCode c = t ? SPML_OK : error_oom(g->err);
    for (uint64_t i = 0; !c && i < g->n_tensors; i++)
        c = read_tensor(g, s, names, &t[i]);
    if (c)
        return c;
    size_align((size_t)span_offset(s), (size_t)g->alignment, &data);
    g->data = data;
    *out = t;
    return place_tensors(g, s->size, t, g->n_tensors);
}

/* ── the file ── */

static SpmlCode check_count(const Gguf *g, uint64_t at, const char *what, uint64_t n, uint64_t min, uint64_t rest)
{
    if (n <= rest / min)
        return SPML_OK;
    if (!rest)
        return gguf_fail(g, at, "gguf-count", "%s count %llu, but no byte follows the header", what, (unsigned long long)n);
    return gguf_fail(g, at, "gguf-count", "%s count %llu, but only %llu bytes follow the header", what, (unsigned long long)n, (unsigned long long)rest);
}

static SpmlCode read_header(Gguf *g, Span *s)
{
    const uint8_t *magic = span_take(s, 4);
    if (!magic || memcmp(magic, "GGUF", 4))
        return gguf_fail(g, 0, magic ? "bad-magic" : "file-truncated", "the file does not begin with GGUF");
    g->version = span_u32(s);
    if (s->bad)
        return gguf_fail(g, 4, "file-truncated", "the file ends in its header");
    if (g->version != 2 && g->version != 3) {
        bool big = g->version == 0x02000000 || g->version == 0x03000000;
        error_set(g->err, SPML_UNSUPPORTED, "gguf-version", big ? "a big-endian file" : "version %u; 2 and 3 are known", g->version);
        return error_where(g->err, file_path(g->file), 4);
    }
    g->n_tensors = span_u64(s);
    g->n_kv = span_u64(s);
    if (s->bad)
        return gguf_fail(g, 8, "file-truncated", "the file ends in its header");
    SpmlCode c = check_count(g, 8, "tensor", g->n_tensors, TENSOR_MIN, span_rest(s));
    if (!c)
        c = check_count(g, 16, "metadata", g->n_kv, KV_MIN, span_rest(s));
    if (!c && (g->n_tensors > GGUF_MAX_TENSORS || g->n_kv > GGUF_MAX_TENSORS)) {
        error_set(g->err, SPML_RESOURCE, "too-many-tensors", "%llu tensors, %llu keys; the cap is %d", (unsigned long long)g->n_tensors, (unsigned long long)g->n_kv, GGUF_MAX_TENSORS);
        return error_where(g->err, file_path(g->file), 8);
    }
    return c;
}

static SpmlCode read_file(Gguf *g, Map *names, TensorInfo **tensors)
{
    Span s = file_span(g->file);
    SpmlCode c = read_header(g, &s);
    if (c || (c = read_meta(g, &s)) || (c = check_alignment(g)) || (c = check_vocabulary(g)))
        return c;
    return read_tensors(g, &s, names, tensors);
}

/* ── split files: STEM-00001-of-00003.gguf ── */

typedef struct Split { Container *c; Map names; size_t cap_files, cap_tensors; uint64_t count; } Split;

static SpmlCode add_file(Split *sp, const Gguf *g, TensorInfo *t)
{
    Container *c = sp->c;
    File **files = arena_grow(g->arena, c->files, c->n_files, &sp->cap_files, File *);
    TensorInfo *all = c->n_tensors ? arena_array(g->arena, TensorInfo, c->n_tensors + g->n_tensors) : t;
    if (!files || !all)
        return error_oom(g->err);
    for (uint64_t i = 0; i < g->n_tensors; i++)
        t[i].shard = (int)c->n_files;
    if (all != t) {
        memcpy(all, c->tensors, c->n_tensors * sizeof *all);
        memcpy(all + c->n_tensors, t, g->n_tensors * sizeof *all);
    }
    c->tensors = all;
    c->n_tensors += g->n_tensors;
    c->files = files;
    files[c->n_files++] = g->file;
    return SPML_OK;
}

static SpmlCode shard_name(const Gguf *first, const char *path, uint64_t count, uint64_t no, char **out)
{
    char tail[32], here[32];
    uint64_t own = 0;
    gguf_u64(first, "split.no", &own);
    snprintf(here, sizeof here, "-%05u-of-%05u.gguf", (unsigned)(own + 1), (unsigned)count);
    snprintf(tail, sizeof tail, "-%05u-of-%05u.gguf", (unsigned)(no + 1), (unsigned)count);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = strlen(name);
    if (n <= strlen(here) || strcmp(name + n - strlen(here), here))
        return gguf_fail(first, 0, "gguf-split", "part %llu of %llu must be called STEM%s", (unsigned long long)own + 1, (unsigned long long)count, here);
    *out = arena_printf(first->arena, "%.*s%s", (int)(n - strlen(here)), name, tail);
    return *out ? SPML_OK : error_oom(first->err);
}

static SpmlCode read_shard(Split *sp, const Gguf *first, uint64_t no, Gguf *g)
{
    char *name = NULL;
    TensorInfo *t = NULL;
    uint64_t count = 0, its_no = 0;
    const char *path = file_path(first->file), *dir = file_dirname(first->arena, path);
    SpmlCode c = dir ? shard_name(first, path, sp->count, no, &name) : error_oom(first->err);
    if (c || (c = file_open_beneath(dir, name, &g->file, first->err)))
        return c;
    c = read_file(g, &sp->names, &t);
    if (!c && (!gguf_u64(g, "split.count", &count) || count != sp->count || !gguf_u64(g, "split.no", &its_no) || its_no != no))
        c = gguf_fail(g, 0, "gguf-split", "this is part %llu of %llu, expected %llu of %llu", (unsigned long long)its_no + 1, (unsigned long long)count,
                      (unsigned long long)no + 1, (unsigned long long)sp->count);
    if (!c)
        c = add_file(sp, g, t);
    if (c)
        file_close(&g->file);
    return c;
}

/* `first` is the file that was opened, which need not be part 1. *meta: the part that holds the metadata. */
static SpmlCode read_split(Split *sp, Gguf *first, TensorInfo *t, Gguf *meta)
{
    uint64_t own = 0, total;
    gguf_u64(first, "split.no", &own);
    if (own >= sp->count || sp->count > GGUF_MAX_SPLITS)
        return gguf_fail(first, 0, "gguf-split", "part %llu of %llu", (unsigned long long)own + 1, (unsigned long long)sp->count);
    SpmlCode c = SPML_OK;
    for (uint64_t no = 0; !c && no < sp->count; no++) {
        Gguf part = {.arena = first->arena, .err = first->err, .lenient = first->lenient};
        c = no == own ? add_file(sp, first, t) : read_shard(sp, first, no, &part);
        if (no == 0)
            *meta = no == own ? *first : part;
    }
    if (!c && gguf_u64(meta, "split.tensors.count", &total) && total != sp->c->n_tensors)
        c = gguf_fail(meta, 0, "gguf-split", "split.tensors.count is %llu, the parts hold %zu", (unsigned long long)total, sp->c->n_tensors);
    return c;
}

static SpmlCode gguf_read(File *f, const ReadOptions *o, Arena *a, Container **out, Error *err)
{
    Error local = {0};
    Gguf g = {.file = f, .arena = a, .err = err ? err : &local, .lenient = o && o->lenient}, meta;
    Split sp = {.c = arena_new(a, Container), .names = map_make(a)};
    TensorInfo *t = NULL;
    if (!sp.c) {
        file_close(&f);
        return error_oom(err);
    }
    SpmlCode c = read_file(&g, &sp.names, &t);
    meta = g;
    if (!c) {
        bool split = gguf_u64(&g, "split.count", &sp.count) && sp.count > 1;
        c = split ? read_split(&sp, &g, t, &meta) : add_file(&sp, &g, t);
    }
    if (!c)
        c = gguf_summary(&meta, sp.c, g.err);
    if (!c && a->oom)
        c = error_oom(g.err);
    if (c) {
        error_where(g.err, file_path(f), -1);
        for (size_t i = 0; i < sp.c->n_files; i++)
            if (sp.c->files[i] != f)
                file_close(&sp.c->files[i]);
        file_close(&f);
        return c;
    }
    *out = sp.c;
    return SPML_OK;
}

static int gguf_probe(Span head, uint64_t sz_file, const char *path)
{
    (void)sz_file;
    const uint8_t *magic = span_take(&head, 4);
    size_t n = path ? strlen(path) : 0;
    return magic && !memcmp(magic, "GGUF", 4) ? 100 : n > 5 && !strcmp(path + n - 5, ".gguf") ? 40 : 0;
}

const Format format_gguf = {
    .name = "gguf", .title = "GGUF", .extensions = "gguf", .probe = gguf_probe, .read_container = gguf_read,
    .text = "GGUF 2 and 3 with every ggml tensor type, also split files, as containers",
};
