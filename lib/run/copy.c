/* SPDX-License-Identifier: MIT
 * run: copies between views: nothing where both are one storage, bytes where both are plain, a kernel by element width otherwise. On a device with
 * memory of its own every copy but that of texts is the device's. */
#include "base/span.h"
#include "run/run.h"

#include <string.h>

static bool plain_now(Session *s, const Operand *o, int64_t *count)
{
    int64_t want = 1;
    for (int i = o->rank - 1; i >= 0; i--) {
        int64_t d = run_dim(s, o->dim[i]);
        if (d != 1 && run_dim(s, o->stride[i]) != want)
            return false;
        want *= d;
    }
    *count = want;
    return true;
}

/* Element offsets of a view in row-major order, one after the other. */
typedef struct Walk { int rank; int64_t dim[IR_MAX_RANK], stride[IR_MAX_RANK], at[IR_MAX_RANK], offset; } Walk;

static int64_t walk_make(Session *s, const Operand *o, Walk *w)
{
    int64_t count = 1;
    *w = (Walk){.rank = o->rank, .offset = run_dim(s, o->offset)};
    for (int i = 0; i < o->rank; i++) {
        w->dim[i] = run_dim(s, o->dim[i]);
        w->stride[i] = run_dim(s, o->stride[i]);
        if (w->dim[i] < 0 || !i64_mul(count, w->dim[i], &count))
            return -1;
    }
    return count;
}

static int64_t walk_next(Walk *w)
{
    int64_t now = w->offset;
    for (int i = w->rank - 1; i >= 0; i--) {
        w->offset += w->stride[i];
        if (++w->at[i] < w->dim[i])
            break;
        w->offset -= w->stride[i] * w->dim[i];
        w->at[i] = 0;
    }
    return now;
}

/* Texts are owned by their tensor: the target is made again from its own and the moved ones. */
static SpmlCode copy_strings(Session *s, const Operand *from, const Operand *to, Error *err)
{
    RtValue *x, *y, refs = {0};
    Walk wx, wy;
    SpmlCode code = run_operand(s, from->value, &x, err);
    if (!code)
        code = run_operand(s, to->value, &y, err);
    if (code)
        return code;
    int64_t n = walk_make(s, from, &wx), n_to = walk_make(s, to, &wy), dim[IR_MAX_RANK];
    memcpy(dim, y->dim, sizeof dim);
    if (n < 0 || n != n_to)
        return error_set(err, SPML_DATA, "shape", "a string tensor is moved to other extents");
    code = rt_alloc(&refs, DT_string, y->rank, dim, err);
    StringRef *r = refs.data;
    if (!code && y->sz)
        memcpy(r, y->data, y->sz);
    for (int64_t i = 0, nx = rt_count(x), ny = rt_count(y); i < n && !code; i++) {
        int64_t f = walk_next(&wx), t = walk_next(&wy);
        if (f < 0 || f >= nx || t < 0 || t >= ny)
            code = error_set(err, SPML_DATA, "shape", "a string tensor is moved beyond its end");
        else
            r[t] = ((const StringRef *)x->data)[f];
    }
    if (!code)
        code = rt_strings(y, y->rank, dim, r, err);
    rt_clear(&refs);
    return code;
}

/* A copy kernel by element width: moves never look at the type. 16-byte elements move as pairs. */
static CallSpec *copy_spec(Session *s, const CallSpec *c)
{
    static const DType by_width[9] = {[1] = DT_u8, [2] = DT_u16, [4] = DT_u32, [8] = DT_u64};
    CallSpec *k = call_copy(&s->arena, c);
    const DTypeInfo *t = &dtype_info[c->args[0].type];
    bool pair = t->bytes == 16;
    if (!k)
        return NULL;
    DType w = pair ? DT_u64 : t->block > 1 || t->bytes > 8 ? c->args[0].type : by_width[t->bytes];
    k->kernel = "cast"; /* T to the same T: a move */
    k->types[0].name = "T";
    k->types[1].name = "U";
    k->types[0].type = k->types[1].type = w;
    for (int i = 0; i < 2; i++) {
        Operand *o = &k->args[i];
        o->type = w;
        for (int d = 0; pair && d < o->rank; d++)
            o->stride[d] = dim_mul(s->g, o->stride[d], dim_const(s->g, 2));
        if (pair) {
            o->offset = dim_mul(s->g, o->offset, dim_const(s->g, 2));
            o->dim[o->rank] = dim_const(s->g, 2);
            o->stride[o->rank++] = dim_const(s->g, 1);
        }
    }
    return k;
}

/* Sub-byte elements are moved by their own type, which the kernel cannot do in parallel: plain ones go as bytes. */
static bool by_bytes(const Operand *from) { return dtype_info[from->type].block > 1; }

static bool aliased(Session *s, const Operand *from, const Operand *to) { return s->remote && from->value != to->value && home_shared(s, from->value, to->value); }

SpmlCode copy_kernel(Session *s, Step *st, Error *err)
{
    const Operand *from = &st->call->args[0];
    if (st->call->kernel || from->type == DT_string || by_bytes(from) || aliased(s, from, &st->call->args[1]))
        return SPML_OK;
    CallSpec *c = copy_spec(s, st->call);
    if (!c)
        return error_oom(err);
    st->call = c;
    return SPML_OK;
}

/* Both plain: *sz bytes from *a to *b on the host. false: not so. */
static bool both_plain(Session *s, const Operand *from, const Operand *to, size_t *sz)
{
    int64_t n, n_to;
    return plain_now(s, from, &n) && plain_now(s, to, &n_to) && n == n_to && dtype_bytes(from->type, (uint64_t)n, sz);
}

static size_t byte_offset(Session *s, const Operand *o) { return (size_t)(run_dim(s, o->offset) / dtype_info[o->type].block * dtype_info[o->type].bytes); }

static SpmlCode copy_bytes(Session *s, const Operand *from, const Operand *to, size_t sz, Error *err)
{
    RtValue *a, *b;
    SpmlCode code = home_host(s, from->value, false, &a, err);
    if (!code)
        code = home_host(s, to->value, true, &b, err);
    if (!code && (a->kind != TYPE_TENSOR || b->kind != TYPE_TENSOR))
        code = error_set(err, SPML_DATA, "type", "an operand is not a tensor");
    if (code)
        return code;
    char *p = (char *)a->data + byte_offset(s, from), *q = (char *)b->data + byte_offset(s, to);
    if (sz && p != q)
        memmove(q, p, sz);
    return SPML_OK;
}

static SpmlCode copy_device_bytes(Session *s, const Operand *from, const Operand *to, size_t sz, Error *err)
{
    void *p, *q;
    SpmlCode code = home_device(s, from->value, false, &p, err);
    if (!code)
        code = home_device(s, to->value, true, &q, err);
    return code ? code : home_copy(s, (char *)q + byte_offset(s, to), (char *)p + byte_offset(s, from), sz, err);
}

SpmlCode copy_run(Session *s, Step *st, Error *err)
{
    const Operand *from = &st->call->args[0], *to = &st->call->args[1];
    RtValue *r;
    size_t sz;
    if (from->type == DT_string)
        return s->shared->counts.host_steps++, copy_strings(s, from, to, err);
    if (st->call->kernel)
        return call_run(s, st, err);
    if (aliased(s, from, to))
        return run_materialise(s, from->value, &r, err);
    if (both_plain(s, from, to, &sz) && (!s->remote || by_bytes(from)))
        return s->remote ? copy_device_bytes(s, from, to, sz, err) : copy_bytes(s, from, to, sz, err);
    CallSpec *c = copy_spec(s, st->call);
    if (!c)
        return error_oom(err);
    st->call = c;
    return call_run(s, st, err);
}
