/* SPDX-License-Identifier: MIT
 * ir: runtime values; see rtvalue.h. */
#include "ir/rtvalue.h"

#include "base/span.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int64_t rt_count(const RtValue *v)
{
    int64_t n = 1;
    for (int i = 0; i < v->rank; i++)
        n *= v->dim[i];
    return n;
}

void rt_clear(RtValue *v)
{
    if (v->own == RT_OWNED) {
        if (v->kind == TYPE_TENSOR)
            free(v->data);
        free(v->bytes);
        for (size_t i = 0; i < v->n_item; i++)
            rt_free(&v->item[i]);
        free(v->item);
    }
    *v = (RtValue){0};
}

void rt_free(RtValue **v)
{
    if (*v) {
        rt_clear(*v);
        free(*v);
        *v = NULL;
    }
}

static SpmlCode rt_bytes(DType t, int rank, const int64_t *dim, size_t *sz, Error *err)
{
    int64_t n = 1;
    for (int i = 0; i < rank; i++)
        if (dim[i] < 0 || !i64_mul(n, dim[i], &n))
            return error_set(err, SPML_RESOURCE, "too-large", "a tensor of these extents does not fit in memory");
    if (!dtype_bytes(t, (uint64_t)n, sz) || *sz > ((size_t)1 << 47))
        return error_set(err, SPML_RESOURCE, "too-large", "a tensor of these extents does not fit in memory");
    return SPML_OK;
}

enum { HUGE_PAGE = 2 << 20 };

/* Large tensors start at huge pages, where there are any: their rows lie far apart, and each page is a fault. */
static void *tensor_memory(size_t bytes, size_t *room)
{
    const size_t align = bytes >= 2 * (size_t)HUGE_PAGE ? HUGE_PAGE : 64;
    void *p = size_align(bytes, align, room) ? aligned_alloc(align, *room) : NULL;
#ifdef MADV_HUGEPAGE
    if (p && align == HUGE_PAGE)
        madvise(p, *room, MADV_HUGEPAGE);
#endif
    return p;
}

static SpmlCode make_tensor(RtValue *v, DType t, int rank, const int64_t *dim, bool zero, Error *err)
{
    size_t sz, room;
    SpmlCode code = rt_bytes(t, rank, dim, &sz, err);
    if (code)
        return code;
    char *p = tensor_memory(sz + 64, &room); /* one spare vector: primitives may read a whole one at the end */
    if (!p)
        return error_oom(err);
    if (zero)
        memset(p, 0, room);
    else
        memset(p + sz, 0, 64);
    rt_clear(v);
    *v = (RtValue){.kind = TYPE_TENSOR, .dtype = t, .rank = rank, .data = p, .sz = sz};
    if (rank)
        memcpy(v->dim, dim, sizeof *dim * (size_t)rank);
    return SPML_OK;
}

SpmlCode rt_alloc(RtValue *v, DType t, int rank, const int64_t *dim, Error *err) { return make_tensor(v, t, rank, dim, true, err); }
/* Strings are freed by what they hold; the last byte of packed elements may hold some that nobody writes. */
SpmlCode rt_alloc_unset(RtValue *v, DType t, int rank, const int64_t *dim, Error *err) { return make_tensor(v, t, rank, dim, t == DT_string || dtype_bits(t) < 8, err); }

SpmlCode rt_tensor(DType t, int rank, const int64_t *dim, RtValue **out, Error *err)
{
    RtValue *v = calloc(1, sizeof *v);
    if (!v)
        return error_oom(err);
    SpmlCode code = rt_alloc(v, t, rank, dim, err);
    if (code)
        free(v);
    else
        *out = v;
    return code;
}

SpmlCode rt_strings(RtValue *v, int rank, const int64_t *dim, const StringRef *s, Error *err)
{
    RtValue made = {0};
    SpmlCode code = rt_alloc(&made, DT_string, rank, dim, err);
    size_t total = 0;
    int64_t n = code ? 0 : rt_count(&made);
    for (int64_t i = 0; i < n; i++)
        total += s[i].n + 1;
    if (!code && !(made.bytes = malloc(total + 1)))
        code = error_oom(err);
    if (code) {
        rt_clear(&made);
        return code;
    }
    char *at = made.bytes;
    for (int64_t i = 0; i < n; i++) {
        if (s[i].n)
            memcpy(at, s[i].p, s[i].n);
        at[s[i].n] = 0;
        ((StringRef *)made.data)[i] = (StringRef){at, s[i].n};
        at += s[i].n + 1;
    }
    rt_clear(v);
    *v = made;
    return SPML_OK;
}

SpmlCode rt_sequence_add(RtValue *seq, RtValue *item, Error *err)
{
    if (seq->n_item == seq->cap_item) {
        size_t cap = seq->cap_item ? seq->cap_item * 2 : 4;
        RtValue **list = realloc(seq->item, cap * sizeof *list);
        if (!list)
            return error_oom(err);
        seq->item = list;
        seq->cap_item = cap;
    }
    seq->item[seq->n_item++] = item;
    return SPML_OK;
}

static SpmlCode copy_tensor(const RtValue *v, RtValue *to, Error *err)
{
    if (v->dtype == DT_string)
        return rt_strings(to, v->rank, v->dim, v->data, err);
    SpmlCode code = rt_alloc(to, v->dtype, v->rank, v->dim, err);
    if (!code && v->sz)
        memcpy(to->data, v->data, v->sz);
    return code;
}

static SpmlCode copy_into(const RtValue *v, RtValue *to, int depth, Error *err)
{
    if (v->kind == TYPE_TENSOR)
        return copy_tensor(v, to, err);
    if (depth > IR_MAX_DEPTH)
        return error_set(err, SPML_DATA, "nesting", "values are nested more than %d deep", IR_MAX_DEPTH);
    to->kind = v->kind;
    to->dtype = v->dtype;
    for (size_t i = 0; i < v->n_item; i++) {
        RtValue *item = calloc(1, sizeof *item);
        SpmlCode code = item ? copy_into(v->item[i], item, depth + 1, err) : error_oom(err);
        if (!code)
            code = rt_sequence_add(to, item, err);
        if (code) {
            rt_free(&item);
            return code;
        }
    }
    return SPML_OK;
}

SpmlCode rt_copy(const RtValue *v, RtValue **out, Error *err)
{
    RtValue *c = calloc(1, sizeof *c);
    if (!c)
        return error_oom(err);
    SpmlCode code = copy_into(v, c, 0, err);
    if (code)
        rt_free(&c);
    else
        *out = c;
    return code;
}
