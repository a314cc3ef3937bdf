/* SPDX-License-Identifier: MIT
 * cpu: finds contractions in kernels. contract_match looks at the form of an unscheduled instance, contract_nest evaluates its index
 * expressions for a bound launch; what is not affine or not of that form is left to other engines. Takes KIR, changes nothing. */
#include "backend/cpu/bands.h"
#include "backend/cpu/contract_scale.h"
#include "backend/cpu/nest.h"
#include "backend/cpu/form.h"
#include "base/hard.h"
#include "kir/core.h"

#include <stdatomic.h>
#include <string.h>

enum { BOUND_SLOTS = 64, BOUND_PROBES = HARD(4, 1), KEY_MAX = 512 };
typedef struct Bound Bound;

struct Contract {
    const KirKernel *k;
    KInst **defs;
    const KInst *each, *dot, *store;
    const KInst *a, *b, *init; /* loads; init NULL: zero */
    const KInst *zero_a, *zero_b; /* of integers: loads */
    bool scaled;               /* of integers: the rest of the kernel is `scale` */
    ScaleForm scale;
    KirKernel *tail;           /* of integers: the rest of the kernel over the sums, its last operand; NULL: out is the sums */
    Arena *arena;              /* of the kernel; holds what follows */
    Bound *bound[BOUND_SLOTS]; /* nests of recent launches, by hash of their extents */
};

struct ContractPost {
    const KirKernel *k;
    KInst **defs;
    const KInst *each, *add;   /* add: the load of r, or NULL */
    KReg lo, hi;               /* 0: no bound */
    bool hi_first;             /* max(min(y, hi), lo) */
};

static bool type_ok(DType t) { return t == DT_f32 || t == DT_f16 || t == DT_bf16; }

/* The load behind r = [f32] x[…], its storage type ours and what it reads outside zero. NULL: something else. */
static const KInst *plain_load(const KirKernel *k, KInst *const *defs, KReg r)
{
    const KInst *i = form_def(defs, r);
    if (i && i->op == K_cast && i->type == DT_f32)
        i = form_def(defs, i->args[0]);
    if (!i || i->op != K_load || i->id >= k->n_operands || i->field || !type_ok(k->mems[i->id].type))
        return NULL;
    if (i->guard == KGUARD_ELSE) {
        const KInst *v = form_def(defs, i->args[i->n_args - 1]);
        return v && v->op == K_const && v->bits == 0 ? i : NULL;
    }
    return i->guard == KGUARD_NONE ? i : NULL;
}

static bool is_const_zero(KInst *const *defs, KReg r)
{
    const KInst *i = form_def(defs, r);
    return i && i->op == K_const && i->bits == 0;
}

/* ── integers ── */

static bool byte_type(DType t) { return t == DT_i8 || t == DT_u8; }

/* r = i32(x[…] else zero) − i32(zero[…]), both of one 8-bit type. */
static bool byte_load(const KirKernel *k, KInst *const *defs, KReg r, const KInst **x, const KInst **zero)
{
    const KInst *sub = form_def(defs, r), *side[2];
    if (!sub || sub->op != K_sub || sub->type != DT_i32)
        return false;
    for (int i = 0; i < 2; i++) {
        const KInst *cast = form_def(defs, sub->args[i]);
        side[i] = cast && cast->op == K_cast ? form_def(defs, cast->args[0]) : NULL;
        if (!side[i] || side[i]->op != K_load || side[i]->id >= k->n_operands || side[i]->field || !byte_type(k->mems[side[i]->id].type))
            return false;
    }
    *x = side[0], *zero = side[1];
    if (k->mems[(*x)->id].type != k->mems[(*zero)->id].type || (*zero)->guard != KGUARD_NONE || (*x)->guard == KGUARD_ZERO)
        return false;
    const KInst *other = (*x)->guard == KGUARD_ELSE ? form_def(defs, (*x)->args[(*x)->n_args - 1]) : NULL;
    return (*x)->guard == KGUARD_NONE || (other && other->op == K_load && other->id == (*zero)->id && other->guard == KGUARD_NONE);
}

static KInst *find_op(const KBlock *b, KOp op)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->inst[i]->op == op)
            return b->inst[i];
    return NULL;
}

/* The kernel with its dot read from one operand more, of the axes of each. */
static KirKernel *tail_make(const KirKernel *k, Arena *a)
{
    KirKernel *t = kir_clone(k, a);
    KInst *each = t ? find_op(t->body, K_each) : NULL, *dot = each ? find_op(each->blocks[0], K_dot) : NULL;
    if (!dot || t->n_mems != t->n_operands || t->n_operands == KIR_MAX_OPERANDS)
        return NULL;
    KMem *mems = arena_array(a, KMem, t->n_mems + 1);
    KDim ***dims = arena_array(a, KDim **, t->n_operands + 1);
    KReg *index = arena_array(a, KReg, each->n_axes + 1);
    if (!mems || !dims || !index)
        return NULL;
    memcpy(mems, t->mems, t->n_mems * sizeof *mems);
    memcpy(dims, t->dims, t->n_operands * sizeof *dims);
    mems[t->n_mems] = (KMem){.name = "sum", .kind = KMEM_IN, .type = DT_i32, .rank = each->n_axes};
    dims[t->n_operands] = NULL; /* it is never bound */
    for (size_t i = 0; i < each->n_axes; i++)
        index[i] = each->axes[i].index;
    dot->op = K_load, dot->id = (uint32_t)t->n_operands, dot->type = DT_i32, dot->guard = KGUARD_NONE;
    dot->args = index, dot->n_args = each->n_axes, dot->n_blocks = dot->n_axes = 0;
    t->mems = mems, t->dims = (void *)dims;
    t->n_mems = ++t->n_operands;
    return kir_simplify(t, KPASS_DCE, NULL) ? NULL : t;
}

/* each (…) y[…] = f(dot(x − zero_x, w − zero_w over … from z[…])); whole: the kernel before calls were inlined. */
static bool match_bytes(Contract *c, const KirKernel *whole)
{
    const KirKernel *k = c->k;
    const KInst *d = c->dot, *s = c->store;
    if (d->type != DT_i32 || !byte_load(k, c->defs, d->blocks[0]->yield[0], &c->a, &c->zero_a) || !byte_load(k, c->defs, d->blocks[0]->yield[1], &c->b, &c->zero_b))
        return false;
    if (!is_const_zero(c->defs, d->args[0])) {
        c->init = form_def(c->defs, d->args[0]);
        if (c->init->op != K_load || c->init->guard != KGUARD_NONE || c->init->id >= k->n_operands || k->mems[c->init->id].type != DT_i32)
            return false;
    }
    if (form_def(c->defs, s->args[s->n_args - 1]) != d)
        c->tail = tail_make(whole, c->arena), c->scaled = scale_match(k, c->defs, d, s, &c->scale);
    return c->tail || (form_def(c->defs, s->args[s->n_args - 1]) == d && k->mems[s->id].type == DT_i32);
}

static bool match(Contract *c, const KirKernel *whole)
{
    const KirKernel *k = c->k;
    if (!(c->each = form_each(k)) || !form_only(c->each->blocks[0], K_dot, &c->dot, &c->store) || !c->dot || !c->store)
        return false;
    const KInst *d = c->dot, *s = c->store, *value = form_def(c->defs, s->args[s->n_args - 1]);
    if (value && value->op == K_cast && type_ok(value->type))
        value = form_def(c->defs, value->args[0]);
    if (d->n_blocks != 1 || !form_plain_axes(d) || c->each->n_axes + d->n_axes > KIR_MAX_AXES)
        return false;
    if (s->id >= k->n_operands || s->guard != KGUARD_NONE || s->field || !form_only(d->blocks[0], K_dot, NULL, NULL) || d->blocks[0]->n_yield != 2)
        return false;
    if (d->type == DT_i32)
        return match_bytes(c, whole);
    if (value != d || d->type != DT_f32 || !type_ok(k->mems[s->id].type))
        return false;
    c->a = plain_load(k, c->defs, d->blocks[0]->yield[0]);
    c->b = plain_load(k, c->defs, d->blocks[0]->yield[1]);
    c->init = is_const_zero(c->defs, d->args[0]) ? NULL : plain_load(k, c->defs, d->args[0]);
    return c->a && c->b && (c->init ? c->init->guard == KGUARD_NONE : is_const_zero(c->defs, d->args[0]));
}

KirKernel *contract_tail(const Contract *c) { return c->tail; }

Contract *contract_match(const KirKernel *k, const KirKernel *whole, Arena *a)
{
    Contract *c = arena_new(a, Contract);
    if (!c)
        return NULL;
    *c = (Contract){.k = k, .defs = kir_defs(k, a), .arena = a};
    return c->defs && match(c, whole) ? c : NULL;
}

/* ── one launch ── */

/* The axes of each and dot, with their ranges; those of extent 1 are fixed at lo and get no axis in the nest. */
typedef struct Axes {
    KReg reg[KIR_MAX_AXES];
    int64_t lo[KIR_MAX_AXES], extent[KIR_MAX_AXES];
    int nest[KIR_MAX_AXES]; /* its axis of the nest, or -1 */
    size_t n;
} Axes;

typedef struct Bind { const KirKernel *k; const KirLaunch *l; KInst *const *defs; Axes ax; } Bind;

static bool constant(const Bind *b, KReg r, int64_t *v)
{
    return kir_affine_in(b->k, b->l, b->defs, r, NULL, 0, NULL, v);
}

static bool add_axes(Bind *b, const KInst *i, Nest *n)
{
    for (size_t a = 0; a < i->n_axes; a++) {
        size_t at = b->ax.n++;
        int64_t hi, *lo = &b->ax.lo[at];
        if (!constant(b, i->axes[a].lo, lo) || !constant(b, i->axes[a].hi, &hi))
            return false;
        b->ax.reg[at] = i->axes[a].index;
        b->ax.extent[at] = hi > *lo ? hi - *lo : 0;
        b->ax.nest[at] = -1;
        if (b->ax.extent[at] == 1)
            continue;
        if (n->n_axes == NEST_AXES)
            return false;
        b->ax.nest[at] = n->n_axes;
        n->extent[n->n_axes++] = b->ax.extent[at];
    }
    return true;
}

/* An index expression over the nest's axes. */
static bool index_of(const Bind *b, KReg r, int64_t *coef, int64_t *c0)
{
    int64_t c[KIR_MAX_AXES];
    memset(coef, 0, NEST_AXES * sizeof *coef);
    if (!kir_affine_in(b->k, b->l, b->defs, r, b->ax.reg, b->ax.n, c, c0))
        return false;
    for (size_t a = 0; a < b->ax.n; a++) {
        *c0 += c[a] * b->ax.lo[a];
        if (b->ax.nest[a] >= 0)
            coef[b->ax.nest[a]] = c[a];
    }
    return true;
}

static bool stays_inside(const Nest *n, const NestGuard *g)
{
    int64_t lo = g->start, hi = g->start;
    for (int i = 0; i < n->n_axes; i++) {
        int64_t d = g->coef[i] * (n->extent[i] - 1);
        *(d < 0 ? &lo : &hi) += d;
    }
    return lo >= 0 && hi < g->extent;
}

/* r = q ≥ 0 && q % s == 0 ? q / s : -1, as transposed convolutions index their input: g counts q, in steps of 1/s. (Where s is 1 the
 * quotient may have been simplified to q.) */
static bool divided(const Bind *b, KReg r, NestGuard *g)
{
    KInst *const *defs = b->defs;
    const KInst *i = form_def(defs, r), *c = i && i->op == K_select ? form_def(defs, i->args[0]) : NULL;
    const KInst *ge = c && c->op == K_and ? form_def(defs, c->args[0]) : NULL, *eq = c && c->op == K_and ? form_def(defs, c->args[1]) : NULL;
    const KInst *rem = eq && eq->op == K_eq && is_const_zero(defs, eq->args[1]) ? form_def(defs, eq->args[0]) : NULL;
    int64_t outside;
    if (!rem || rem->op != K_rem || !ge || ge->op != K_ge || !is_const_zero(defs, ge->args[1]) || !constant(b, rem->args[1], &g->div) || g->div < 1 ||
        !constant(b, i->args[2], &outside) || outside >= 0)
        return false;
    KReg q = form_root(defs, rem->args[0]), value = form_root(defs, i->args[1]);
    const KInst *div = form_def(defs, value);
    int64_t by = 1;
    if (value != q && (!div || div->op != K_div || form_root(defs, div->args[0]) != q || !constant(b, div->args[1], &by)))
        return false;
    return by == g->div && form_root(defs, ge->args[0]) == q && index_of(b, q, g->coef, &g->start);
}

/* No axis may move two divided guards: runs would be combs in two ways. */
static bool combs_apart(const Nest *n, const NestOperand *o)
{
    for (int a = 0; a < n->n_axes; a++) {
        int moved = 0;
        for (int g = 0; g < o->n_guards; g++)
            moved += o->guard[g].div > 1 && o->guard[g].coef[a];
        if (moved > 1)
            return false;
    }
    return true;
}

static bool operand(const Bind *b, const KInst *i, const Nest *n, NestOperand *o)
{
    const KirView *v = &b->l->view[i->id];
    *o = (NestOperand){.p = v->p, .type = b->k->mems[i->id].type};
    for (int d = 0; d < v->rank; d++) {
        NestGuard g = {.extent = v->dim[d]};
        if (!index_of(b, i->args[d], g.coef, &g.start) && (i->guard != KGUARD_ELSE || !divided(b, i->args[d], &g)))
            return false;
        g.stride = v->stride[d];
        int64_t direct = g.div > 1 ? 0 : g.stride;
        o->offset += g.start * direct;
        for (int a = 0; a < n->n_axes; a++)
            o->coef[a] += g.coef[a] * direct;
        if (i->guard != KGUARD_ELSE || (g.div <= 1 && stays_inside(n, &g)))
            continue;
        if (o->n_guards == NEST_GUARDS)
            return false;
        o->guard[o->n_guards++] = g;
    }
    return combs_apart(n, o);
}

/* A zero point moves only along output axes that move its operand; where there is padding, the line must not matter (its value stands for the
 * whole run), which holds when it moves along no axis that moves a guard. */
static bool zero_fits(const Nest *n, const NestOperand *x, const NestOperand *zero)
{
    for (int a = 0; a < n->n_axes; a++) {
        bool moves = x->coef[a] != 0, guarded = false;
        for (int g = 0; g < x->n_guards; g++)
            guarded = guarded || x->guard[g].coef[a];
        if (zero->coef[a] && (a >= n->n_out || !(moves || guarded) || guarded))
            return false;
    }
    for (int g = 0; g < x->n_guards; g++)
        if (x->guard[g].div > 1)
            return false;
    return true;
}

static bool zero_points(const Bind *b, const Contract *c, Nest *n)
{
    if (!c->zero_a)
        return true;
    return operand(b, c->zero_a, n, &n->zero_a) && operand(b, c->zero_b, n, &n->zero_b) && zero_fits(n, &n->a, &n->zero_a) && zero_fits(n, &n->b, &n->zero_b);
}

static bool bind(const Contract *c, const KirLaunch *l, Nest *n, Bind *b)
{
    *b = (Bind){.k = c->k, .l = l, .defs = c->defs};
    *n = (Nest){0};
    if (!add_axes(b, c->each, n))
        return false;
    n->n_out = n->n_axes;
    return add_axes(b, c->dot, n) && operand(b, c->a, n, &n->a) && operand(b, c->b, n, &n->b) && operand(b, c->store, n, &n->out) &&
        (!c->init || operand(b, c->init, n, &n->init)) && zero_points(b, c, n);
}

SpmlCode contract_nest(const Contract *c, const KirLaunch *l, Nest *n)
{
    Bind b;
    return bind(c, l, n, &b) ? SPML_OK : SPML_NO;
}

/* ── free epilogues ── */

/* x is y[i…] itself? */
static bool is_y(const ContractPost *p, KReg r)
{
    const KInst *i = form_def(p->defs, r);
    if (!i || i->op != K_load || i->id != 0 || i->n_args != p->each->n_axes)
        return false;
    for (size_t a = 0; a < p->each->n_axes; a++)
        if (form_root(p->defs, i->args[a]) != p->each->axes[a].index)
            return false;
    return true;
}

static bool is_scalar(const ContractPost *p, KReg r)
{
    const KInst *i = form_def(p->defs, r);
    return i && (i->op == K_const || (i->op == K_sym && p->k->syms[i->id].kind == KSYM_SCALAR));
}

/* Walks from the stored value to y: [clamp] [add]. */
static bool match_post(ContractPost *p, KReg r)
{
    for (int n = 0; n < 4; n++) {
        const KInst *i = form_def(p->defs, r);
        if (is_y(p, r))
            return true;
        if (!i || i->type != DT_f32 || i->n_args != 2)
            return false;
        int other = i->op == K_add ? is_y(p, i->args[0]) : is_scalar(p, i->args[1]);
        KReg x = i->args[other], rest = i->args[!other];
        if (i->op == K_add) { /* the sum is innermost: y is one of its sides */
            p->add = plain_load(p->k, p->defs, x);
            return p->add && p->add->id != 0 && p->add->guard == KGUARD_NONE && is_y(p, rest);
        }
        KReg *bound = i->op == K_max ? &p->lo : i->op == K_min ? &p->hi : NULL;
        if (!bound || *bound || !is_scalar(p, x))
            return false;
        p->hi_first = p->hi_first || (i->op == K_min && p->lo);
        *bound = x;
        r = rest;
    }
    return false;
}

ContractPost *contract_match_post(const KirKernel *k, Arena *a)
{
    ContractPost *p = arena_new(a, ContractPost);
    const KInst *store = NULL;
    if (!p)
        return NULL;
    *p = (ContractPost){.k = k, .defs = kir_defs(k, a)};
    if (!p->defs || !(p->each = form_each(k)) || !form_only(p->each->blocks[0], K_dot, NULL, &store) || !store)
        return NULL;
    if (store->id != 0 || store->guard != KGUARD_NONE || k->mems[0].type != DT_f32 || store->n_args != p->each->n_axes + 1)
        return NULL;
    for (size_t i = 0; i < p->each->n_axes; i++)
        if (form_root(p->defs, store->args[i]) != p->each->axes[i].index)
            return NULL;
    return match_post(p, store->args[store->n_args - 1]) ? p : NULL;
}

static float scalar_value(const ContractPost *p, const KirLaunch *l, KReg r, float otherwise)
{
    const KInst *i = r ? form_def(p->defs, r) : NULL;
    uint32_t bits = i ? (uint32_t)(i->op == K_const ? i->bits : l->sym[i->id]) : 0;
    if (i)
        memcpy(&otherwise, &bits, sizeof bits);
    return otherwise;
}

/* Adds the post kernel to the nest of c. Its axes are the dimensions of y. */
static bool add_post(const Contract *c, const Bind *b, const ContractPost *p, const KirLaunch *args, Nest *n)
{
    const KirView *y = &b->l->view[c->store->id], *z = &args->view[0];
    Bind pb = {.k = p->k, .l = args, .defs = p->defs};
    Nest shape = {0};
    if (c->zero_a || n->out.type != DT_f32 || y->p != z->p || y->rank != z->rank || (size_t)y->rank != p->each->n_axes || !add_axes(&pb, p->each, &shape))
        return false;
    for (int d = 0; d < y->rank; d++)
        if (y->dim[d] != z->dim[d] || y->stride[d] != z->stride[d] || pb.ax.lo[d] != 0 || pb.ax.extent[d] != y->dim[d])
            return false;
    float inf = __builtin_inff();
    n->lo = scalar_value(p, args, p->lo, -inf), n->hi = scalar_value(p, args, p->hi, inf);
    n->clamp = p->lo || p->hi;
    if (n->lo != n->lo || n->hi != n->hi || (n->hi == 0 && __builtin_signbit(n->hi)) || (p->hi_first && n->lo > n->hi))
        return false;
    NestOperand r;
    if (!p->add)
        return true;
    if (!operand(&pb, p->add, &shape, &r))
        return false;
    n->add = (NestOperand){.p = r.p, .type = r.type, .offset = r.offset};
    for (int d = 0; d < y->rank; d++) { /* dimension d of y as the contraction's axes give it */
        int64_t coef[NEST_AXES], c0, s = pb.ax.nest[d] >= 0 ? r.coef[pb.ax.nest[d]] : 0;
        if (!index_of(b, c->store->args[d], coef, &c0))
            return false;
        n->add.offset += s * c0;
        for (int a = 0; a < n->n_axes; a++)
            n->add.coef[a] += s * coef[a];
    }
    return true;
}

/* ── running ── */

/* How boxes of the nest lie in the dimensions of y. */
typedef struct PostRun { ContractPostFn fn; void *ctx; int rank, n_out; int64_t coef[KIR_MAX_RANK][NEST_AXES], c0[KIR_MAX_RANK]; } PostRun;

/* Dimension d of y over a box of axes. Returns the axis to cut along when the box leaves gaps in the dimension, else -1. */
static int dim_range(const PostRun *p, const NestBox *box, int d, int64_t *lo, int64_t *hi)
{
    int64_t points = 1, most = 0;
    int cut = -1;
    *lo = *hi = p->c0[d];
    for (int a = 0; a < p->n_out; a++) {
        int64_t c = p->coef[d][a], first = c * box->lo[a], last = c * (box->hi[a] - 1);
        *lo += c < 0 ? last : first;
        *hi += c < 0 ? first : last;
        if (c == 0 || box->hi[a] - box->lo[a] == 1)
            continue;
        points *= box->hi[a] - box->lo[a];
        c = c < 0 ? -c : c;
        if (c > most)
            most = c, cut = a;
    }
    ++*hi;
    return points == *hi - *lo ? -1 : cut;
}

/* A box of the nest's axes as boxes of y's dimensions. */
static void run_post(void *ctx, const NestBox *box)
{
    const PostRun *p = ctx;
    int64_t lo[KIR_MAX_RANK], hi[KIR_MAX_RANK];
    int cut = -1;
    for (int d = 0; d < p->rank && cut < 0; d++)
        cut = dim_range(p, box, d, &lo[d], &hi[d]);
    if (cut < 0) {
        p->fn(p->ctx, box->thread, lo, hi);
        return;
    }
    NestBox one = *box; /* at most one level of calls per axis */
    for (int64_t i = box->lo[cut]; i < box->hi[cut]; i++) {
        one.lo[cut] = i, one.hi[cut] = i + 1;
        run_post(ctx, &one);
    }
}

typedef struct TailRun { const ContractEpilogue *e; size_t n_axes; int nest[KIR_MAX_AXES]; int64_t lo[KIR_MAX_AXES]; } TailRun; /* of each's axes: the nest's, or −1 */

static void tail_begin(void *ctx, int thread, void *sum, const int64_t *step)
{
    const TailRun *t = ctx;
    int64_t stride[KIR_MAX_AXES], first = 0;
    for (size_t a = 0; a < t->n_axes; a++) {
        stride[a] = t->nest[a] >= 0 ? step[t->nest[a]] : 0;
        first += t->lo[a] * stride[a];
    }
    t->e->tail_begin(t->e->ctx, thread, (void *)((uintptr_t)sum - (uintptr_t)(first * (int64_t)sizeof(int32_t))), stride);
}

static void tail_box(void *ctx, const NestBox *box)
{
    const TailRun *t = ctx;
    int64_t lo[KIR_MAX_AXES], hi[KIR_MAX_AXES];
    for (size_t a = 0; a < t->n_axes; a++) {
        lo[a] = t->lo[a] + (t->nest[a] >= 0 ? box->lo[t->nest[a]] : 0);
        hi[a] = t->lo[a] + (t->nest[a] >= 0 ? box->hi[t->nest[a]] : 1);
    }
    t->e->tail_box(t->e->ctx, box->thread, lo, hi);
}

static void make_tail(const Bind *b, const Contract *c, TailRun *t)
{
    t->n_axes = c->each->n_axes;
    memcpy(t->nest, b->ax.nest, t->n_axes * sizeof *t->nest);
    memcpy(t->lo, b->ax.lo, t->n_axes * sizeof *t->lo);
}

static bool make_post(const Contract *c, const Bind *b, const ContractEpilogue *e, Nest *n, PostRun *p)
{
    *p = (PostRun){.fn = e->post, .ctx = e->ctx, .rank = b->l->view[c->store->id].rank, .n_out = n->n_out};
    for (int d = 0; d < p->rank; d++)
        if (!index_of(b, c->store->args[d], p->coef[d], &p->c0[d]))
            return false;
    n->post = run_post;
    n->post_ctx = p;
    return true;
}

/* ── nests of launches seen before: everything but the pointers ── */
struct Bound { size_t n; int64_t key[KEY_MAX]; Nest nest; PostRun post; TailRun tail; bool scaled; NestMade *made; uint64_t id; Bands *bands; ScaleTable scale[SCALE_EXPRS]; };
typedef struct Key { size_t n; int64_t v[KEY_MAX]; } Key; /* n > KEY_MAX: too long to keep */

static void key_add(Key *k, int64_t v)
{
    if (k->n < KEY_MAX)
        k->v[k->n] = v;
    k->n++;
}

static void key_launch(Key *key, const KirKernel *k, const KirLaunch *l)
{
    for (size_t o = 0; o < k->n_operands; o++)
        for (int d = 0; d < l->view[o].rank; d++) {
            key_add(key, l->view[o].dim[d]);
            key_add(key, l->view[o].stride[d]);
        }
    for (size_t i = 0; i < k->n_syms; i++)
        key_add(key, (int64_t)l->sym[i]);
}

static void key_make(Key *key, const Contract *c, const KirLaunch *l, const ContractEpilogue *e)
{
    key->n = 0;
    key_launch(key, c->k, l);
    key_add(key, (e && e->post ? 1 : 0) | (e && e->free ? 2 : 0));
    if (e && e->free) {
        key_add(key, (int64_t)(intptr_t)e->free);
        key_launch(key, e->free->k, e->free_args);
    }
}

static bool bound_is(const Bound *b, const Key *key) { return b && b->n == key->n && !memcmp(b->key, key->v, key->n * sizeof *key->v); }

/* The place of the key among a few: where it is, else an empty one, else the first. */
static Bound **slot_of(Contract *c, const Key *key)
{
    uint64_t h = 0;
    for (size_t i = 0; i < key->n; i++)
        h = (h ^ (uint64_t)key->v[i]) * 0x9E3779B97F4A7C15u;
    Bound **first = &c->bound[h >> 58], **empty = NULL;
    for (uint64_t i = 0; i < BOUND_PROBES; i++) {
        Bound **at = &c->bound[((h >> 58) + i) % BOUND_SLOTS];
        if (bound_is(*at, key))
            return at;
        empty = !empty && !*at ? at : empty;
    }
    return empty ? empty : first;
}

static NestOperand *scale_plane(NestScale *s, int i) { return i == 0 ? &s->mul : i == 1 ? &s->bias : i == 2 ? &s->zero : &s->term[i - SCALE_FIRST]; }

static bool make_scale(const Contract *c, const Bind *b, Bound *out)
{
    for (int i = 0; i < SCALE_EXPRS; i++) {
        const ScaleExpr *e = &c->scale.expr[i];
        for (int j = 0; j < e->n_loads; j++)
            if (!operand(b, e->load[j], &out->nest, &out->scale[i].load[j]))
                return false;
        if (e->root && !scale_table(e, &out->nest, &out->scale[i], scale_plane(&out->nest.scale, i)))
            return false;
        if (i >= SCALE_FIRST && e->root && out->scale[i].points != 1)
            return false;
    }
    out->nest.scale.whole = c->scale.whole;
    out->nest.scale.between = c->scale.between;
    return !c->scale.other || operand(b, c->scale.other, &out->nest, &out->nest.scale.other);
}

static void scale_pointers(const Contract *c, const KirLaunch *l, Bound *b)
{
    for (int i = 0; i < SCALE_EXPRS; i++)
        for (int j = 0; j < c->scale.expr[i].n_loads; j++)
            b->scale[i].load[j].p = l->view[c->scale.expr[i].load[j]->id].p;
    if (c->scale.other)
        b->nest.scale.other.p = l->view[c->scale.other->id].p;
}

/* The values behind the store's planes, for this launch. */
static SpmlCode scale_values(const Contract *c, Bound *b, ContractWork *w, Error *err)
{
    int64_t floats = 0;
    for (int i = 0; i < SCALE_EXPRS; i++)
        floats += c->scale.expr[i].root ? scale_floats(&b->scale[i]) : 0;
    float *mem = work_reserve(w, WORK_SCALE, (size_t)floats * sizeof(float));
    if (!mem)
        return error_oom(err);
    for (int i = 0; i < SCALE_EXPRS; i++)
        if (c->scale.expr[i].root) {
            scale_fill(&c->scale.expr[i], c->defs, &b->scale[i], mem);
            scale_plane(&b->nest.scale, i)->p = mem;
            mem += scale_floats(&b->scale[i]);
        }
    return SPML_OK;
}

static void set_pointers(const Contract *c, const KirLaunch *l, const ContractEpilogue *e, Bound *b)
{
    b->nest.a.p = l->view[c->a->id].p, b->nest.b.p = l->view[c->b->id].p, b->nest.out.p = l->view[c->store->id].p;
    b->nest.init.p = c->init ? l->view[c->init->id].p : NULL;
    b->nest.add.p = e && e->free && e->free->add ? e->free_args->view[e->free->add->id].p : NULL;
    if (c->zero_a)
        b->nest.zero_a.p = l->view[c->zero_a->id].p, b->nest.zero_b.p = l->view[c->zero_b->id].p;
    if (b->scaled)
        scale_pointers(c, l, b);
    if (c->tail && !b->scaled) {
        b->tail.e = e;
        b->nest.tail = (NestTail){tail_begin, tail_box, &b->tail};
    }
    if (e && e->post)
        b->nest.post_ctx = &b->post, b->post.fn = e->post, b->post.ctx = e->ctx;
}

static bool bind_all(const Contract *c, const KirLaunch *l, const ContractEpilogue *e, Bound *out)
{
    Bind b;
    if (!bind(c, l, &out->nest, &b))
        return false;
    make_tail(&b, c, &out->tail);
    out->scaled = c->scaled && make_scale(c, &b, out);
    return (!e || !e->free || add_post(c, &b, e->free, e->free_args, &out->nest)) &&
        (!e || !e->post || make_post(c, &b, e, &out->nest, &out->post));
}

static atomic_uint_fast64_t bound_ids = 1;

/* The bound nest of this launch, remembered or made. NULL: it has none, or no memory. */
static Bound *bound_nest(Contract *c, const KirLaunch *l, const ContractEpilogue *e)
{
    Key key;
    key_make(&key, c, l, e);
    if (key.n > KEY_MAX)
        return NULL;
    Bound **slot = slot_of(c, &key), *b = *slot;
    if (bound_is(b, &key)) {
        /* the post's view of y must still be y */
        if (e && e->free && e->free_args->view[0].p != l->view[c->store->id].p)
            return NULL;
    } else {
        b = b ? b : arena_new(c->arena, Bound);
        if (!b)
            return NULL;
        b->n = 0;
        *slot = b;
        nest_made_free(&b->made);
        bands_free(&b->bands);
        b->id = atomic_fetch_add_explicit(&bound_ids, 1, memory_order_relaxed);
        if (!bind_all(c, l, e, b))
            return NULL;
        memcpy(b->key, key.v, key.n * sizeof *key.v);
        b->n = key.n;
    }
    set_pointers(c, l, e, b);
    return b;
}

SpmlCode contract_run(Contract *c, const KirLaunch *l, const ContractPack *pack, const ContractEpilogue *e, ContractWork *w, Pool *pool, Error *err)
{
    Bound *b = bound_nest(c, l, e);
    SpmlCode code = !b ? SPML_NO : b->scaled ? scale_values(c, b, w, err) : SPML_OK;
    return code ? code : nest_run(&b->nest, &b->made, pack, w, pool, err);
}

bool contract_bound(Contract *c, const KirLaunch *l, const ContractEpilogue *e, ContractBound *out)
{
    Bound *b = bound_nest(c, l, e);
    if (b)
        *out = (ContractBound){.nest = &b->nest, .id = b->id, .bands = &b->bands};
    return b && !b->scaled && !c->tail;
}

bool contract_index(const Contract *c, const KirLaunch *l, bool out, NestIndex *x)
{
    Bind b;
    Nest n;
    const KInst *i = out ? c->store : c->a;
    const KirView *v = &l->view[i->id];
    if (!bind(c, l, &n, &b))
        return false;
    x->rank = v->rank;
    for (int d = 0; d < v->rank; d++) {
        x->extent[d] = v->dim[d];
        if (!index_of(&b, i->args[d], x->coef[d], &x->first[d]))
            return false;
    }
    return true;
}

void contract_close(Contract *c)
{
    for (int i = 0; c && i < BOUND_SLOTS; i++)
        if (c->bound[i]) {
            nest_made_free(&c->bound[i]->made);
            bands_free(&c->bound[i]->bands);
        }
}

bool contract_scales(Contract *c, const KirLaunch *l)
{
    const Bound *b = c->scaled ? bound_nest(c, l, NULL) : NULL;
    return b && b->scaled;
}

bool contract_post_fits(Contract *c, const KirLaunch *l, const ContractPost *p, const KirLaunch *args)
{
    return bound_nest(c, l, &(ContractEpilogue){.free = p, .free_args = args});
}

bool contract_constant(const Contract *c, uint32_t op, uint32_t const_mask)
{
    const KInst *zero = op == c->a->id ? c->zero_a : op == c->b->id ? c->zero_b : NULL;
    return !zero || const_mask >> zero->id & 1;
}

SpmlCode contract_prepare(const Contract *c, const KirLaunch *l, uint32_t op, ContractWork *w, Pool *pool, ContractPack **out, Error *err)
{
    Nest n;
    *out = NULL;
    if ((op != c->a->id && op != c->b->id) || contract_nest(c, l, &n))
        return SPML_OK;
    n.tail.box = c->tail ? tail_box : NULL; /* or a store: panels are the same */
    return nest_prepare(&n, op == c->b->id, w, pool, out, err);
}
