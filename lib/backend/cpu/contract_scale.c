/* SPDX-License-Identifier: MIT
 * cpu: see contract_scale.h. Takes an instance in KIR, changes nothing. */
#include "backend/cpu/contract_scale.h"
#include "backend/cpu/form.h"

#include <string.h>

static bool plain_type(DType t) { return t == DT_f32 || t == DT_i32 || t == DT_u8 || t == DT_i8; }

/* The load behind r = [f32]([i32](x[…])). */
static const KInst *number(const KirKernel *k, KInst *const *defs, KReg r)
{
    const KInst *i = form_def(defs, r);
    bool converted = false;
    if (i && i->op == K_cast && i->type == DT_f32) {
        converted = true;
        i = form_def(defs, i->args[0]);
        if (i && i->op == K_cast && i->type == DT_i32)
            i = form_def(defs, i->args[0]);
    }
    if (!i || i->op != K_load || i->guard != KGUARD_NONE || i->field || i->id >= k->n_operands || !plain_type(k->mems[i->id].type))
        return NULL;
    return converted || k->mems[i->id].type == DT_f32 ? i : NULL;
}

static bool is_arithmetic(const KInst *i)
{
    return i && i->type == DT_f32 && (i->op == K_mul || i->op == K_div || i->op == K_add || i->op == K_sub);
}

static bool expression(const KirKernel *k, KInst *const *defs, KReg r, int depth, ScaleExpr *e)
{
    const KInst *i = form_def(defs, r), *load = number(k, defs, r);
    if (load) {
        if (e->n_loads == SCALE_LOADS)
            return false;
        e->load[e->n_loads++] = load;
        return true;
    }
    if (i && i->op == K_const && i->type == DT_f32)
        return true;
    return is_arithmetic(i) && depth < SCALE_DEPTH && expression(k, defs, i->args[0], depth + 1, e) && expression(k, defs, i->args[1], depth + 1, e);
}

/* r = rest `op` expression, the latter on either side. */
static bool split(const KirKernel *k, KInst *const *defs, KOp op, KReg r, KReg *rest, ScaleExpr *e)
{
    const KInst *i = form_def(defs, r);
    if (!i || i->op != op || i->type != DT_f32)
        return false;
    for (int side = 0; side < 2; side++) {
        *e = (ScaleExpr){.root = i->args[side]};
        *rest = i->args[!side];
        if (expression(k, defs, i->args[side], 1, e))
            return true;
    }
    *e = (ScaleExpr){0};
    return false;
}

/* The first part: t of type `type` from the sum. */
static bool first_part(const KirKernel *k, KInst *const *defs, const KInst *dot, KReg r, DType type, ScaleForm *out)
{
    KReg rest;
    const KInst *i = form_def(defs, r);
    if (type == DT_u8 || type == DT_i8) {
        if (!i || i->op != K_sat || i->type != type)
            return false;
        r = i->args[0];
    } else if (type != DT_f32) {
        return false;
    }
    if (split(k, defs, K_add, r, &rest, &out->expr[2]))
        r = rest;
    i = form_def(defs, r);
    if (i && i->op == K_rint && i->type == DT_f32) {
        out->whole = true;
        r = i->args[0];
        if (split(k, defs, K_add, r, &rest, &out->expr[1]))
            r = rest;
    }
    if (!split(k, defs, K_mul, r, &rest, &out->expr[0]))
        return false;
    i = form_def(defs, rest);
    return i && i->op == K_cast && i->type == DT_f32 && form_def(defs, i->args[0]) == dot;
}

/* r = rest `op` expression, in this order. */
static bool split_right(const KirKernel *k, KInst *const *defs, KOp op, KReg r, KReg *rest, ScaleExpr *e)
{
    const KInst *i = form_def(defs, r);
    *e = (ScaleExpr){0};
    if (!i || i->op != op || i->type != DT_f32)
        return false;
    *rest = i->args[0];
    *e = (ScaleExpr){.root = i->args[1]};
    return expression(k, defs, i->args[1], 1, e);
}

/* r = (f32(value) − e[0]) · e[1]. */
static KReg centred(const KirKernel *k, KInst *const *defs, KReg r, ScaleExpr *e)
{
    KReg rest;
    if (!split_right(k, defs, K_mul, r, &rest, &e[1]) || !split_right(k, defs, K_sub, rest, &rest, &e[0]))
        return 0;
    const KInst *i = form_def(defs, rest);
    return i && i->op == K_cast && i->type == DT_f32 ? i->args[0] : 0;
}

static bool match_sum(const KirKernel *k, KInst *const *defs, const KInst *dot, KReg r, DType type, ScaleForm *out)
{
    const KInst *i = form_def(defs, r);
    KReg rest;
    if (!i || i->op != K_sat || i->type != type || !split_right(k, defs, K_add, i->args[0], &rest, &out->expr[8]))
        return false;
    i = form_def(defs, rest);
    if (!i || i->op != K_rint || !split_right(k, defs, K_div, i->args[0], &rest, &out->expr[7]))
        return false;
    i = form_def(defs, rest);
    if (!i || i->op != K_add || i->type != DT_f32)
        return false;
    const KReg t = centred(k, defs, i->args[0], &out->expr[3]), other = centred(k, defs, i->args[1], &out->expr[5]);
    const KInst *first = t ? form_def(defs, t) : NULL;
    out->other = other ? form_def(defs, other) : NULL;
    if (!first || !out->other || out->other->op != K_load || out->other->guard != KGUARD_NONE || out->other->field || out->other->id >= k->n_operands)
        return false;
    const DType o = k->mems[out->other->id].type;
    out->between = first->type;
    return (o == DT_u8 || o == DT_i8) && (first->type == DT_u8 || first->type == DT_i8) && first_part(k, defs, dot, t, first->type, out);
}

bool scale_match(const KirKernel *k, KInst *const *defs, const KInst *dot, const KInst *store, ScaleForm *out)
{
    const DType t = k->mems[store->id].type;
    const KReg r = store->args[store->n_args - 1];
    *out = (ScaleForm){0};
    if ((t == DT_u8 || t == DT_i8) && match_sum(k, defs, dot, r, t, out))
        return true;
    *out = (ScaleForm){0};
    return first_part(k, defs, dot, r, t, out);
}

bool scale_table(const ScaleExpr *e, const Nest *n, ScaleTable *t, NestOperand *plane)
{
    *plane = (NestOperand){.type = DT_f32};
    t->n_axes = 0, t->points = 1;
    for (int a = 0; a < n->n_out; a++) {
        bool moves = false;
        for (int i = 0; i < e->n_loads; i++)
            moves = moves || t->load[i].coef[a];
        if (!moves)
            continue;
        if (n->extent[a] > SCALE_POINTS / (t->points ? t->points : 1))
            return false;
        t->ax[t->n_axes] = a;
        t->extent[t->n_axes++] = n->extent[a];
        t->points *= n->extent[a];
    }
    int64_t step = 1;
    for (int i = t->n_axes - 1; i >= 0; i--) {
        plane->coef[t->ax[i]] = step;
        step *= t->extent[i];
    }
    return true;
}

static float value_at(const NestOperand *o, int64_t at)
{
    switch (o->type) {
    case DT_f32: return ((const float *)o->p)[at];
    case DT_i32: return (float)((const int32_t *)o->p)[at];
    case DT_u8: return ((const uint8_t *)o->p)[at];
    default: return ((const int8_t *)o->p)[at];
    }
}

static void fill_load(const NestOperand *o, const ScaleTable *t, float *dst)
{
    int64_t index[NEST_AXES] = {0}, at = o->offset;
    for (int64_t p = 0; p < t->points; p++) {
        dst[p] = value_at(o, at);
        for (int d = t->n_axes - 1; d >= 0; d--) {
            const int64_t c = o->coef[t->ax[d]];
            at += c;
            if (++index[d] < t->extent[d])
                break;
            at -= c * index[d];
            index[d] = 0;
        }
    }
}

static void apply(KOp op, float *dst, const float *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = op == K_mul ? dst[i] * x[i] : op == K_div ? dst[i] / x[i] : op == K_add ? dst[i] + x[i] : dst[i] - x[i];
}

static void fill(const ScaleExpr *e, KInst *const *defs, KReg r, const ScaleTable *t, int *loads, float *dst)
{
    const KInst *i = form_def(defs, r);
    if (is_arithmetic(i)) { /* at most SCALE_DEPTH levels */
        fill(e, defs, i->args[0], t, loads, dst);
        fill(e, defs, i->args[1], t, loads, dst + t->points);
        apply(i->op, dst, dst + t->points, t->points);
    } else if (i->op == K_const) {
        const uint32_t bits = (uint32_t)i->bits;
        for (int64_t p = 0; p < t->points; p++)
            memcpy(dst + p, &bits, sizeof bits);
    } else {
        fill_load(&t->load[(*loads)++], t, dst);
    }
}

void scale_fill(const ScaleExpr *e, KInst *const *defs, const ScaleTable *t, float *mem)
{
    int loads = 0; /* met in the order in which they were found */
    fill(e, defs, e->root, t, &loads, mem);
}
