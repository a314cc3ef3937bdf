/* SPDX-License-Identifier: MIT
 * formats: SafeTensors as a container: 8 bytes of header length, a strict JSON header, data that the entries tile without hole or overlap.
 * A *.safetensors.index.json names shards, which are opened beneath its directory. Nothing of the data is read. */
#include "formats/format.h"
#include "formats/wire/json.h"

#include <stdlib.h>

enum { ST_MAX_HEADER = 100000000, ST_MAX_RANK = 8, ST_MAX_NAME = 65536 };

static const struct { const char *name; DType type; } st_types[] = {
    {"F32", DT_f32}, {"F16", DT_f16}, {"BF16", DT_bf16}, {"F64", DT_f64}, {"I64", DT_i64}, {"I32", DT_i32}, {"I16", DT_i16}, {"I8", DT_i8}, {"U8", DT_u8},
    {"BOOL", DT_bool}, {"U16", DT_u16}, {"U32", DT_u32}, {"U64", DT_u64}, {"F8_E4M3", DT_f8e4m3fn}, {"F8_E5M2", DT_f8e5m2}, {"F8_E8M0", DT_f8e8m0},
    {"F8_E4M3FNUZ", DT_f8e4m3fnuz}, {"F8_E5M2FNUZ", DT_f8e5m2fnuz}, {"F4", DT_f4e2m1}, {"C64", DT_c64},
};

typedef struct St {
    Json json;
    Arena *arena;
    Container *c;
    size_t cap_tensors, cap_meta;
    const File *file;
    int shard;
    uint64_t data;  /* offset of the data region in the file */
    uint64_t sz_data;
} St;

/* ── the header ── */

static SpmlCode want(St *st, JsonItem *it, JsonKind kind, const char *what)
{
    SpmlCode c = json_next(&st->json, it);
    return c ? c : it->kind == kind ? SPML_OK : json_fail(&st->json, it->at, "safetensors-entry", "%s", what);
}

static SpmlCode read_dtype(St *st, TensorInfo *t)
{
    JsonItem it;
    SpmlCode c = want(st, &it, JSON_STRING, "dtype must be a string");
    if (c)
        return c;
    for (size_t i = 0; i < sizeof st_types / sizeof *st_types; i++)
        if (json_is(&it, st_types[i].name)) {
            t->dtype = st_types[i].type;
            t->dtype_name = st_types[i].name;
            return SPML_OK;
        }
    bool six = json_is(&it, "F6_E2M3") || json_is(&it, "F6_E3M2");
    if (!six)
        return json_fail(&st->json, it.at, "tensor-type", "no dtype is called '%.*s'", it.n > 100 ? 100 : (int)it.n, it.s);
    error_set(st->json.err, SPML_UNSUPPORTED, "dtype-unsupported", "dtype %.*s is not supported", (int)it.n, it.s);
    return error_where(st->json.err, st->json.path, (int64_t)it.at);
}

static SpmlCode read_shape(St *st, TensorInfo *t)
{
    JsonItem it;
    uint64_t v;
    SpmlCode c = want(st, &it, JSON_ARRAY, "shape must be an array");
    while (!c && !(c = json_next(&st->json, &it)) && it.kind != JSON_CLOSE) {
        if (!json_u64(&it, &v) || v > INT64_MAX)
            return json_fail(&st->json, it.at, "tensor-dim", "an extent must be a non-negative integer");
        if (t->rank == ST_MAX_RANK)
            return json_fail(&st->json, it.at, "tensor-rank", "more than %d dimensions", ST_MAX_RANK);
        t->dim[t->rank++] = (int64_t)v;
    }
    return c;
}

static SpmlCode read_offsets(St *st, TensorInfo *t)
{
    JsonItem it;
    uint64_t v[2] = {0};
    int n = 0;
    SpmlCode c = want(st, &it, JSON_ARRAY, "data_offsets must be an array");
    uint64_t at = it.at;
    while (!c && !(c = json_next(&st->json, &it)) && it.kind != JSON_CLOSE)
        if (n == 2 || !json_u64(&it, &v[n++]))
            return json_fail(&st->json, it.at, "tensor-offset", "data_offsets must be two non-negative integers");
    if (c)
        return c;
    if (n != 2 || v[0] > v[1])
        return json_fail(&st->json, at, "tensor-offset", "data_offsets must be begin and end, begin <= end");
    if (v[1] > st->sz_data)
        return json_fail(&st->json, at, "tensor-offset", "data_offsets end at %llu, the data has %llu bytes", (unsigned long long)v[1], (unsigned long long)st->sz_data);
    t->offset = st->data + v[0];
    t->sz = v[1] - v[0];
    return SPML_OK;
}

static SpmlCode check_size(St *st, const TensorInfo *t, uint64_t at)
{
    uint64_t n = 1;
    bool zero = false, over = false;
    size_t sz;
    for (int i = 0; i < t->rank; i++) {
        zero |= t->dim[i] == 0;
        over |= t->dim[i] && __builtin_mul_overflow(n, (uint64_t)t->dim[i], &n);
    }
    n = zero ? 0 : n;
    if ((over && !zero) || n > UINT64_C(1) << 48 || !dtype_bytes(t->dtype, n, &sz) || n % dtype_info[t->dtype].block)
        return json_fail(&st->json, at, "tensor-size", "tensor '%.*s': its shape has no size in bytes", t->n_name > 200 ? 200 : (int)t->n_name, t->name);
    if (sz != t->sz)
        return json_fail(&st->json, at, "tensor-size", "tensor '%.*s': data_offsets hold %llu bytes, the shape needs %zu", t->n_name > 200 ? 200 : (int)t->n_name,
                         t->name, (unsigned long long)t->sz, sz);
    return SPML_OK;
}

static SpmlCode read_tensor(St *st, const JsonItem *name)
{
    static const char *const keys[] = {"dtype", "shape", "data_offsets"};
    static SpmlCode (*const readers[])(St *, TensorInfo *) = {read_dtype, read_shape, read_offsets};
    TensorInfo t = {.name = name->s, .n_name = name->n, .file = st->file, .shard = st->shard};
    JsonItem it;
    unsigned seen = 0;
    if (name->n > ST_MAX_NAME)
        return json_fail(&st->json, name->at, "name-too-long", "a name of %zu bytes; the cap is %d", name->n, ST_MAX_NAME);
    SpmlCode c = want(st, &it, JSON_OBJECT, "a tensor must be an object");
    while (!c && !(c = json_next(&st->json, &it)) && it.kind == JSON_KEY) {
        size_t k = 0;
        while (k < 3 && !json_is(&it, keys[k]))
            k++;
        if (k == 3)
            return json_fail(&st->json, it.at, "safetensors-entry", "a tensor has dtype, shape and data_offsets, not '%.*s'", it.n > 100 ? 100 : (int)it.n, it.s);
        seen |= 1u << k;
        c = readers[k](st, &t);
    }
    if (!c && seen != 7)
        return json_fail(&st->json, name->at, "safetensors-entry", "tensor '%.*s' lacks dtype, shape or data_offsets", name->n > 200 ? 200 : (int)name->n, name->s);
    if (c || (c = check_size(st, &t, name->at)))
        return c;
    TensorInfo *list = arena_grow(st->arena, st->c->tensors, st->c->n_tensors, &st->cap_tensors, TensorInfo);
    if (!list)
        return error_oom(st->json.err);
    st->c->tensors = list;
    list[st->c->n_tensors++] = t;
    return SPML_OK;
}

static SpmlCode read_metadata(St *st)
{
    JsonItem key, value;
    SpmlCode c = want(st, &key, JSON_OBJECT, "__metadata__ must be an object");
    while (!c && !(c = json_next(&st->json, &key)) && key.kind == JSON_KEY) {
        if ((c = want(st, &value, JSON_STRING, "__metadata__ maps strings to strings")))
            return c;
        KeyValue *list = arena_grow(st->arena, st->c->meta, st->c->n_meta, &st->cap_meta, KeyValue);
        if (!list)
            return error_oom(st->json.err);
        st->c->meta = list;
        list[st->c->n_meta++] = (KeyValue){key.s, key.n, "string", value.s, value.n};
    }
    return c;
}

static int by_offset(const void *a, const void *b)
{
    const TensorInfo *x = a, *y = b;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->sz < y->sz ? -1 : x->sz > y->sz;
}

/* The tensors of this file, from `first` on, fill the data region from its start to its end. */
static SpmlCode check_tiling(St *st, size_t first)
{
    size_t n = st->c->n_tensors - first;
    TensorInfo *t = n ? st->c->tensors + first : NULL;
    uint64_t at = st->data;
    if (n)
        qsort(t, n, sizeof *t, by_offset);
    for (size_t i = 0; i < n; i++) {
        if (t[i].offset != at)
            return json_fail(&st->json, t[i].offset, "tensor-offset", "tensor '%.*s' begins %s the tensor before it ends", t[i].n_name > 200 ? 200 : (int)t[i].n_name,
                             t[i].name, t[i].offset < at ? "before" : "after");
        at += t[i].sz;
    }
    if (at != st->data + st->sz_data)
        return json_fail(&st->json, at, "tensor-offset", "%llu bytes behind the last tensor belong to none", (unsigned long long)(st->data + st->sz_data - at));
    return SPML_OK;
}

static SpmlCode fail_at(const File *f, int64_t at, const char *key, const char *text, Error *err)
{
    error_set(err, SPML_DATA, key, "%s", text);
    return error_where(err, file_path(f), at);
}

static SpmlCode read_header(St *st, Error *err)
{
    Span s = file_span(st->file);
    if (s.size < 8)
        return fail_at(st->file, 0, "file-truncated", "a SafeTensors file has at least 8 bytes", err);
    uint64_t n = span_u64(&s);
    if (n < 2 || n > ST_MAX_HEADER || n > span_rest(&s)) {
        error_set(err, SPML_DATA, n > span_rest(&s) ? "file-truncated" : "safetensors-header", "header length %llu, but it must be 2 to %d and %zu bytes follow",
                  (unsigned long long)n, ST_MAX_HEADER, span_rest(&s));
        return error_where(err, file_path(st->file), 0);
    }
    st->data = 8 + n;
    st->sz_data = s.size - st->data;
    Span header = span_sub(&s, (size_t)n);
    if (header.base[0] != '{')
        return fail_at(st->file, 8, "safetensors-header", "the header does not begin with '{'", err);
    size_t text = header.size;
    while (text && header.base[text - 1] == ' ')
        text--;
    if (header.base[text - 1] != '}')
        return fail_at(st->file, (int64_t)(8 + text - 1), "safetensors-header", "the header ends with something else than '}' and spaces", err);
    return json_open(&st->json, header, file_path(st->file), st->arena, err);
}

static SpmlCode read_file(St *st, Error *err)
{
    JsonItem it;
    size_t first = st->c->n_tensors;
    SpmlCode c = read_header(st, err);
    if (!c)
        c = want(st, &it, JSON_OBJECT, "the header must be an object");
    while (!c && !(c = json_next(&st->json, &it)) && it.kind == JSON_KEY)
        c = json_is(&it, "__metadata__") ? read_metadata(st) : read_tensor(st, &it);
    if (!c)
        c = json_next(&st->json, &it); /* nothing may follow */
    return c ? c : check_tiling(st, first);
}

/* ── shards ── */

static SpmlCode keep_file(Container *c, File *f, size_t *cap, Arena *a, Error *err)
{
    File **files = arena_grow(a, c->files, c->n_files, cap, File *);
    if (!files)
        return error_oom(err);
    c->files = files;
    files[c->n_files++] = f;
    return SPML_OK;
}

typedef struct Shards { Map files /* name → St */; size_t cap_files; const char *dir; File *index; } Shards;

static SpmlCode open_shard(St *st, Shards *sh, const JsonItem *name, Error *err)
{
    const char *path = arena_strndup(st->arena, name->s, name->n);
    File *f = NULL;
    if (!path)
        return error_oom(err);
    SpmlCode c = file_open_beneath(sh->dir, path, &f, err);
    if (c)
        return c;
    if ((c = keep_file(st->c, f, &sh->cap_files, st->arena, err))) {
        file_close(&f);
        return c;
    }
    St one = {.arena = st->arena, .c = st->c, .cap_tensors = st->cap_tensors, .cap_meta = st->cap_meta, .file = f, .shard = (int)st->c->n_files - 1};
    c = read_file(&one, err);
    st->cap_tensors = one.cap_tensors;
    st->cap_meta = one.cap_meta;
    return c ? c : map_put(&sh->files, path, name->n, f) ? SPML_OK : error_oom(err);
}

static SpmlCode read_weight_map(St *st, Shards *sh, Map *where, Error *err)
{
    JsonItem key, file;
    SpmlCode c = want(st, &key, JSON_OBJECT, "weight_map must be an object");
    while (!c && !(c = json_next(&st->json, &key)) && key.kind == JSON_KEY) {
        if ((c = want(st, &file, JSON_STRING, "weight_map maps names to file names")))
            return c;
        if (!map_find(&sh->files, file.s, file.n) && (c = open_shard(st, sh, &file, err)))
            return c;
        if (!map_put(where, key.s, key.n, map_find(&sh->files, file.s, file.n)))
            return error_oom(err);
    }
    return c;
}

/* Each name of the index is in its shard, and no shard holds a tensor that the index does not name there. */
static SpmlCode check_index(const St *st, const Map *where, Error *err)
{
    const Container *c = st->c;
    for (size_t i = 0; i < c->n_tensors; i++)
        if (map_find(where, c->tensors[i].name, c->tensors[i].n_name) != c->tensors[i].file) {
            error_set(err, SPML_DATA, "shard-index", "tensor '%.*s' of '%s' is not in the index", c->tensors[i].n_name > 200 ? 200 : (int)c->tensors[i].n_name,
                      c->tensors[i].name, file_path(c->tensors[i].file));
            return error_where(err, st->json.path, -1);
        }
    if (c->n_tensors == where->n)
        return SPML_OK;
    error_set(err, SPML_DATA, "shard-index", "the index names %zu tensors, the shards hold %zu", where->n, c->n_tensors);
    return error_where(err, st->json.path, -1);
}

static SpmlCode read_index(St *st, Shards *sh, Error *err)
{
    JsonItem it;
    Map where = map_make(st->arena);
    bool found = false;
    const char *path = file_path(sh->index);
    Span s = file_span(sh->index);
    if (s.size > JSON_MAX_SIZE)
        return fail_at(sh->index, 0, "json-too-large", "an index of more than 16 MiB", err);
    SpmlCode c = json_open(&st->json, s, path, st->arena, err);
    if (!c)
        c = want(st, &it, JSON_OBJECT, "the index must be an object");
    while (!c && !(c = json_next(&st->json, &it)) && it.kind == JSON_KEY) {
        if (json_is(&it, "weight_map")) {
            found = true;
            c = read_weight_map(st, sh, &where, err);
        } else if (!(c = json_next(&st->json, &it))) {
            c = json_skip(&st->json, &it);
        }
    }
    if (!c)
        c = json_next(&st->json, &it);
    if (!c && !found)
        return fail_at(sh->index, -1, "shard-index", "the index has no weight_map", err);
    return c ? c : check_index(st, &where, err);
}

static bool is_index(Span s, const char *path)
{
    static const char end[] = ".safetensors.index.json";
    size_t n = path ? strlen(path) : 0;
    return n >= sizeof end - 1 && !strcmp(path + n - (sizeof end - 1), end) && s.size && (s.base[0] == '{' || s.base[0] == ' ' || s.base[0] == '\n');
}

static SpmlCode st_read(File *f, const ReadOptions *o, Arena *a, Container **out, Error *err)
{
    (void)o;
    Error local = {0};
    Container *c = arena_new(a, Container);
    if (!c) {
        file_close(&f);
        return error_oom(err);
    }
    err = err ? err : &local;
    c->format = "SafeTensors";
    St st = {.arena = a, .c = c, .file = f};
    Shards sh = {.files = map_make(a), .index = f, .dir = file_dirname(a, file_path(f))};
    SpmlCode code = is_index(file_span(f), file_path(f)) ? read_index(&st, &sh, err) : read_file(&st, err);
    if (!code && a->oom)
        code = error_oom(err);
    if (!code)
        code = keep_file(c, f, &sh.cap_files, a, err);
    if (code) {
        error_where(err, file_path(f), -1);
        for (size_t i = 0; i < c->n_files; i++)
            file_close(&c->files[i]);
        file_close(&f);
        return code;
    }
    *out = c;
    return SPML_OK;
}

static int st_probe(Span head, uint64_t sz_file, const char *path)
{
    size_t n = path ? strlen(path) : 0;
    if (is_index(head, path))
        return 80;
    bool named = n > 12 && !strcmp(path + n - 12, ".safetensors");
    uint64_t length = span_u64(&head);
    bool shaped = !head.bad && length >= 2 && length <= ST_MAX_HEADER && length <= sz_file - 8 && span_u8(&head) == '{';
    return shaped ? 85 : named ? 40 : 0;
}

const Format format_safetensors = {
    .name = "safetensors", .title = "SafeTensors", .extensions = "safetensors", .probe = st_probe, .read_container = st_read,
    .text = "SafeTensors files and sharded indexes, as containers of tensors",
};
