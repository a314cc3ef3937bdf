/* SPDX-License-Identifier: MIT
 * train: which constants of a model learn, and where they lie. A float constant is a parameter where an op holds weights (a row of `places`): the factors of
 * products, kernels, scales and biases, tables that are gathered from; a summand or factor of more than one element only behind another parameter, so that the
 * mean and deviation of pictures stay what they are. Moves of a constant (a transposed weight, an expanded token) are looked through. */
#include "ops/ops.h"
#include "train/step.h"

#include <stdio.h>
#include <string.h>

enum { MOVES_MAX = 8 };

/* bits: inputs that hold weights. behind: only where another input depends on a parameter, and of more than one element. */
static const struct { uint16_t op, bits; bool behind; } places[] = {
    {OP_matmul, 7, false}, {OP_einsum, 0xffff, false}, {OP_conv, 6, false}, {OP_conv_transpose, 6, false}, {OP_deform_conv, 10, false},
    {OP_lstm, 14 | 1 << 5 | 1 << 6 | 1 << 7, false}, {OP_gru, 14 | 1 << 5, false}, {OP_rnn, 14 | 1 << 5, false}, {OP_gather, 1, false}, {OP_prelu, 2, false},
    {OP_layer_norm, 6, false}, {OP_rms_norm, 2, false}, {OP_instance_norm, 6, false}, {OP_group_norm, 6, false}, {OP_batch_norm, 6, false},
    {OP_add, 3, true}, {OP_sub, 3, true}, {OP_mul, 3, true}, {OP_div, 3, true}, {OP_concat, 0xffff, true},
};
static const uint16_t moves[] = {OP_identity, OP_cast, OP_transpose, OP_reshape, OP_flatten, OP_squeeze, OP_unsqueeze, OP_expand, OP_tile, OP_slice, OP_split};

bool pattern_match(const char *p, const char *s)
{
    const char *star = NULL, *back = NULL;
    while (*s) {
        if (*p == '*') {
            star = p++;
            back = s;
        } else if (*p == '?' || *p == *s) {
            p++;
            s++;
        } else if (star) {
            p = star + 1;
            s = ++back;
        } else {
            return false;
        }
    }
    while (*p == '*')
        p++;
    return !*p;
}

typedef struct Find { StepPlan *p; Error *err; SpmlCode code; } Find;
/* Value.tag: FOUND_* */
enum { TAG_DEPENDS = 1, TAG_PARAM = 2 };
static uintptr_t tag_of(const Value *v) { return (uintptr_t)v->tag; }
static void tag_add(Value *v, uintptr_t bit) { v->tag = (void *)(tag_of(v) | bit); }

static bool is_move(int op)
{
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (moves[i] == op)
            return true;
    return false;
}

/* The constant that v is, or is a move of. */
static Value *constant_behind(Value *v)
{
    for (int depth = 0; v && v->producer && depth < MOVES_MAX; depth++)
        v = is_move(v->producer->op) ? v->producer->in[0] : NULL;
    int64_t dims[IR_MAX_RANK];
    return v && !v->producer && v->residency == RES_CONST && v->data && value_literal(v, dims) && dtype_is_float(v->type.dtype) && dtype_info[v->type.dtype].block == 1 ? v : NULL;
}

static int64_t count_of(const Value *v, int64_t *dims)
{
    int64_t n = 1;
    value_literal(v, dims);
    for (int i = 0; i < v->type.rank; i++)
        n *= dims[i];
    return n;
}

static int group_of(const TrainOptions *o, const char *name)
{
    for (int i = o->n_groups - 1; i >= 0; i--)
        if (pattern_match(o->groups[i].pattern, name))
            return i;
    return -1;
}

static StepParam *row_add(Find *f, StepParam **list, size_t *n, size_t *cap, Value *v)
{
    StepParam *l = arena_grow(f->p->arena, *list, *n, cap, StepParam);
    if (!l)
        return f->code = error_oom(f->err), NULL;
    *list = l;
    StepParam *r = &l[(*n)++];
    *r = (StepParam){.of = v, .name = v->name ? v->name : arena_printf(f->p->arena, "constant.%zu", *n), .rank = v->type.rank};
    r->n = count_of(v, r->dim);
    return r;
}

static void param_add(Find *f, Value *v)
{
    StepPlan *p = f->p;
    if (tag_of(v) & TAG_PARAM)
        return;
    StepParam *r = row_add(f, &p->param, &p->n_params, &p->cap_params, v);
    if (!r)
        return;
    tag_add(v, TAG_PARAM | TAG_DEPENDS);
    r->group = group_of(p->o, r->name);
    r->frozen = r->n == 0 || (r->group >= 0 && p->o->groups[r->group].frozen);
    if (v->type.dtype == DT_f64 && !r->frozen)
        p->dtype = DT_f64;
}

static bool other_depends(const Node *n, int in)
{
    for (int i = 0; i < n->n_in; i++)
        if (i != in && n->in[i] && tag_of(n->in[i]) & TAG_DEPENDS)
            return true;
    return false;
}

static void look_at(Find *f, Node *n)
{
    for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
        if (places[k].op != n->op)
            continue;
        for (int i = 0; i < n->n_in && !f->code; i++) {
            Value *c = places[k].bits >> (i < 15 ? i : 15) & 1 ? constant_behind(n->in[i]) : NULL;
            int64_t dims[IR_MAX_RANK];
            if (c && (!places[k].behind || (count_of(c, dims) > 1 && other_depends(n, i))))
                param_add(f, c);
        }
    }
    bool depends = false;
    for (int i = 0; i < n->n_in; i++)
        depends |= n->in[i] && tag_of(n->in[i]) & TAG_DEPENDS;
    for (int i = 0; i < n->n_out && depends; i++)
        if (n->out[i])
            tag_add(n->out[i], TAG_DEPENDS);
}

static void norm_add(Find *f, const Node *n)
{
    StepPlan *p = f->p;
    Value *m = n->in[3], *v = n->in[4];
    if (m->residency != RES_CONST || v->residency != RES_CONST || !m->data || !v->data)
        return;
    StepNorm *l = arena_grow(p->arena, p->norm, p->n_norms, &p->cap_norms, StepNorm);
    if (!l) {
        f->code = error_oom(f->err);
        return;
    }
    p->norm = l;
    p->norm[p->n_norms++] = (StepNorm){n, (int)p->n_buffers, (int)p->n_buffers + 1};
    if (row_add(f, &p->buffer, &p->n_buffers, &p->cap_buffers, m))
        row_add(f, &p->buffer, &p->n_buffers, &p->cap_buffers, v);
}

static void clear_tags(const Graph *g)
{
    for (const Node *n = g->first; n; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i])
                n->in[i]->tag = NULL;
        for (int i = 0; i < n->n_out; i++)
            if (n->out[i])
                n->out[i]->tag = NULL;
    }
}

/* ── places in the arenas ── */

static int64_t aligned(int64_t n) { return (n + STEP_ALIGN - 1) / STEP_ALIGN * STEP_ALIGN; }

SpmlCode step_layout(StepPlan *p, Error *err)
{
    p->n = p->n_buffer = 0;
    p->n_ranges = 0;
    for (int group = -1; group < p->o->n_groups; group++) {
        const int64_t start = p->n;
        for (size_t i = 0; i < p->n_params; i++) {
            StepParam *r = &p->param[i];
            if (r->group != group || r->frozen || r->unused)
                continue;
            r->at = p->n;
            p->n += aligned(r->n);
        }
        if (p->n > start)
            p->range[p->n_ranges++] = (StepRange){group, start, p->n - start};
    }
    for (size_t i = 0; i < p->n_buffers; i++) {
        p->buffer[i].at = p->n_buffer;
        p->n_buffer += aligned(p->buffer[i].n);
    }
    return p->n ? SPML_OK : error_set(err, SPML_DATA, "no-parameters", "nothing in this model can learn: it has no float constants where weights are, or all are frozen");
}

SpmlCode step_plan(const Graph *model, const TrainOptions *o, Arena *a, StepPlan *out, Error *err)
{
    *out = (StepPlan){.model = model, .o = o, .arena = a, .dtype = DT_f32, .split = o->accumulate > 1 || o->peers};
    Find f = {.p = out, .err = err};
    out->range = arena_array(a, StepRange, o->n_groups + 1);
    if (!out->range)
        return error_oom(err);
    clear_tags(model);
    for (Node *n = model->first; n && !f.code; n = n->next) {
        look_at(&f, n);
        if (n->op == OP_batch_norm && n->n_in >= 5)
            norm_add(&f, n);
    }
    clear_tags(model);
    return f.code ? f.code : step_layout(out, err);
}
