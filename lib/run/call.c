/* SPDX-License-Identifier: MIT
 * run: calls: from a CallSpec to a compiled kernel (once per session, kept by key) and from operands to a launch (again only when
 * extents change; pointers always). */
#include "base/span.h"
#include "kir/prims.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct BindingRows { KBindType t[CALL_TYPES]; KBindFn f[CALL_FNS]; KBindConst c[CALL_CONSTS]; KBindRank r[CALL_RANKS]; int rank[CALL_ARGS]; } BindingRows;

static KirBinding binding_of(const CallSpec *c, BindingRows *rows)
{
    KirBinding b = {.types = rows->t, .fns = rows->f, .consts = rows->c, .ranks = rows->r, .operand_ranks = rows->rank, .n_operands = (size_t)c->n_args};
    for (; b.n_types < CALL_TYPES && c->types[b.n_types].name; b.n_types++)
        rows->t[b.n_types] = (KBindType){c->types[b.n_types].name, c->types[b.n_types].type, c->types[b.n_types].block};
    for (; b.n_fns < CALL_FNS && c->fns[b.n_fns].name; b.n_fns++)
        rows->f[b.n_fns] = (KBindFn){c->fns[b.n_fns].name, c->fns[b.n_fns].fn};
    for (; b.n_consts < CALL_CONSTS && c->consts[b.n_consts].name; b.n_consts++) {
        int64_t v = 0;
        bool literal = dim_lit(c->consts[b.n_consts].value, &v);
        rows->c[b.n_consts] = (KBindConst){c->consts[b.n_consts].name, v, !literal};
    }
    for (; b.n_ranks < CALL_RANKS && c->ranks[b.n_ranks].name; b.n_ranks++)
        rows->r[b.n_ranks] = (KBindRank){c->ranks[b.n_ranks].name, c->ranks[b.n_ranks].rank};
    for (int i = 0; i < c->n_args; i++)
        rows->rank[i] = c->args[i].rank;
    return b;
}

static SpmlCode kernel_make(Session *s, const CallSpec *c, const KirBinding *b, const char *key, Kernel **out, Error *err)
{
    Session *owner = s->shared;
    Kernel *k = arena_new(&owner->arena, Kernel);
    const KModule *m = s->module;
    KModule *own = NULL;
    SpmlCode code = k ? SPML_OK : error_oom(err);
    const char *name = c->kernel;
    if (!code && c->text) {
        code = kir_parse_text(m, c->text, &owner->arena, &own, err);
        name = "map";
        m = own;
    }
    if (!code)
        code = kir_instantiate(m, name, b, &owner->arena, &k->kir, err);
    KernelDesc desc = {.key = key, .module = m, .kernel = k ? k->kir : NULL};
    if (!code)
        code = s->backend->compile(s->device, &desc, 1, &k->made, err);
    if (!code && !k->made) {
        code = desc.why.code;
        if (err)
            *err = desc.why;
    }
    if (code)
        return error_context(err, "kernel %s", name);
    k->key = key;
    k->name = name;
    k->next = owner->kernel_list;
    owner->kernel_list = k;
    owner->n_kernels++;
    *out = k;
    return SPML_OK;
}

static SpmlCode kernel_get(Session *s, const CallSpec *c, Kernel **out, Error *err)
{
    BindingRows rows;
    KirBinding b = binding_of(c, &rows);
    Text key = {0};
    if (c->text)
        text_puts(&key, c->text);
    else
        kir_binding_key(s->module, c->kernel, &b, &key);
    for (int i = 0; i < c->n_args; i++)
        text_printf(&key, "/%d", c->args[i].rank);
    if (key.oom) {
        text_free(&key);
        return error_oom(err);
    }
    SpmlCode code = SPML_OK;
    if (!(*out = map_find(&s->shared->kernels, key.p, key.n))) {
        char *kept = arena_strndup(&s->shared->arena, key.p, key.n);
        code = kept ? kernel_make(s, c, &b, kept, out, err) : error_oom(err);
        if (!code && !map_put(&s->shared->kernels, kept, key.n, *out))
            code = error_oom(err);
    }
    text_free(&key);
    return code;
}

void session_kernels_free(Session *s);
void session_kernels_free(Session *s)
{
    for (Kernel *k = s->kernel_list; k; k = k->next)
        s->backend->release(s->device, k->made);
    s->kernel_list = NULL;
}

SpmlCode call_prepare(Session *s, Step *st, Error *err)
{
    CallState *cs = arena_new(&s->arena, CallState);
    Kernel *k = NULL, *post = NULL;
    if (!cs)
        return error_oom(err);
    SpmlCode code = kernel_get(s, st->call, &k, err);
    if (!code && st->post)
        code = kernel_get(s, st->post, &post, err);
    if (code)
        return error_context(err, "node '%.200s' (%s)", st->node->name ? st->node->name : "", st->node->origin ? st->node->origin : op_info[st->node->op].name);
    cs->kernel = k->made;
    cs->kir = k->kir;
    cs->launch = arena_new(&s->arena, KirLaunch);
    if (post) {
        cs->post = post->made;
        cs->post_kir = post->kir;
        cs->post_launch = arena_new(&s->arena, KirLaunch);
    }
    st->compiled = cs;
    return s->arena.oom ? error_oom(err) : SPML_OK;
}

/* ── launches ── */

static uint64_t scalar_bits(DType t, double f, int64_t i, bool is_int)
{
    uint64_t bits = 0;
    if (is_int)
        dtype_set_i64(t, &bits, 0, i);
    else
        dtype_set_f64(t, &bits, 0, f);
    return bits;
}

static SpmlCode launch_scalar(Session *s, const CallScalar *c, DType t, uint64_t *bits, Error *err)
{
    RtValue *v;
    switch (c->kind) {
    case SCALAR_F64: *bits = scalar_bits(t, c->f, 0, false); return SPML_OK;
    case SCALAR_I64: *bits = scalar_bits(t, 0, c->i, true); return SPML_OK;
    case SCALAR_DIM: *bits = scalar_bits(t, 0, run_dim(s, c->dim), true); return SPML_OK;
    case SCALAR_VALUE: break;
    }
    SpmlCode code = run_operand(s, c->value, &v, err);
    if (code)
        return code;
    if (v->kind != TYPE_TENSOR || rt_count(v) < 1)
        return error_set(err, SPML_DATA, "shape", "a scalar operand is empty");
    bool is_int = dtype_info[v->dtype].cls != DCLASS_FLOAT;
    *bits = is_int ? scalar_bits(t, 0, dtype_get_i64(v->dtype, v->data, 0), true) : scalar_bits(t, dtype_get_f64(v->dtype, v->data, 0), 0, false);
    return SPML_OK;
}

static SpmlCode launch_symbols(Session *s, const CallSpec *c, const KirKernel *k, KirLaunch *l, Error *err)
{
    int n_scalar = 0;
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < k->n_syms && !code; i++) {
        const KSym *y = &k->syms[i];
        if (y->kind == KSYM_SCALAR) {
            if (n_scalar == c->n_scalars)
                return error_set(err, SPML_UNSUPPORTED, "launch", "launch: scalar %s is not given", y->name);
            code = launch_scalar(s, &c->scalars[n_scalar++], y->type, &l->sym[i], err);
        } else if (y->kind == KSYM_CONST) {
            for (int j = 0; j < CALL_CONSTS && c->consts[j].name; j++)
                if (!strcmp(c->consts[j].name, y->name))
                    l->sym[i] = (uint64_t)run_dim(s, c->consts[j].value);
        }
    }
    return code;
}

static SpmlCode launch_pointer(Session *s, const Operand *o, KirView *w, Error *err)
{
    RtValue *v;
    SpmlCode code = run_operand(s, o->value, &v, err);
    if (code)
        return code;
    if (v->kind != TYPE_TENSOR)
        return error_set(err, SPML_DATA, "type", "an operand is not a tensor");
    int64_t off = run_dim(s, o->offset);
    const DTypeInfo *t = &dtype_info[o->type];
    w->p = (char *)v->data + off / t->block * t->bytes;
    return SPML_OK;
}

static SpmlCode launch_fill(Session *s, const CallSpec *c, const KirKernel *k, KirLaunch *l, bool extents, Error *err)
{
    SpmlCode code = SPML_OK;
    for (int i = 0; i < c->n_args && !code; i++) {
        const Operand *o = &c->args[i];
        KirView *w = &l->view[i];
        for (int d = 0; extents && d < o->rank; d++) {
            w->dim[d] = run_dim(s, o->dim[d]);
            w->stride[d] = run_dim(s, o->stride[d]);
        }
        w->rank = o->rank;
        code = launch_pointer(s, o, w, err);
    }
    if (!code && (extents || c->n_scalars))
        code = launch_symbols(s, c, k, l, err);
    return code || !extents ? code : kir_bind(k, l, err);
}

/* Operands that hold weights; the backend prepares them once. */
static uint32_t const_mask(const CallSpec *c)
{
    uint32_t mask = 0;
    for (int i = 0; i < c->n_args; i++)
        if (c->args[i].value->residency == RES_CONST)
            mask |= 1u << i;
    return mask;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

SpmlCode call_run(Session *s, Step *st, Error *err)
{
    SpmlCode code = st->compiled ? SPML_OK : call_prepare(s, st, err);
    if (code)
        return code;
    CallState *cs = st->compiled;
    bool extents = cs->epoch != s->epoch;
    code = launch_fill(s, st->call, cs->kir, cs->launch, extents, err);
    if (!code && cs->post)
        code = launch_fill(s, st->post, cs->post_kir, cs->post_launch, extents, err);
    if (!code && !cs->packed && s->backend->prepack) {
        uint32_t mask = const_mask(st->call);
        if (mask)
            code = s->backend->prepack(s->device, cs->kernel, cs->launch, mask, &cs->pack, err);
        cs->packed = !code;
    }
    if (code)
        return error_context(err, "node '%.200s' (%s)", st->node->name ? st->node->name : "", st->node->origin ? st->node->origin : op_info[st->node->op].name);
    cs->epoch = s->epoch;
    uint64_t t0 = s->profile ? now_ns() : 0;
    code = s->backend->submit(s->device, &(BackendLaunch){cs->kernel, cs->post, cs->launch, cs->post_launch, cs->pack}, 1, err);
    if (s->profile) {
        cs->ns += now_ns() - t0;
        cs->n_runs++;
    }
    return code;
}

/* ── copies ── */

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
    CallSpec *k = arena_copy(&s->arena, c, sizeof *c);
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

SpmlCode copy_run(Session *s, Step *st, Error *err)
{
    const Operand *from = &st->call->args[0], *to = &st->call->args[1];
    if (from->type == DT_string)
        return copy_strings(s, from, to, err);
    if (st->call->kernel)
        return call_run(s, st, err);
    int64_t n, n_to;
    KirView a, b;
    if (plain_now(s, from, &n) && plain_now(s, to, &n_to) && n == n_to) {
        size_t sz;
        SpmlCode code = launch_pointer(s, from, &a, err);
        if (!code)
            code = launch_pointer(s, to, &b, err);
        if (!code && dtype_bytes(from->type, (uint64_t)n, &sz) && sz && a.p != b.p)
            memmove(b.p, a.p, sz);
        return code;
    }
    CallSpec *c = copy_spec(s, st->call);
    if (!c)
        return error_oom(err);
    st->call = c;
    return call_run(s, st, err);
}
