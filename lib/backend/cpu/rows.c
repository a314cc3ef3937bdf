/* SPDX-License-Identifier: MIT
 * cpu: rows at a time; see rows.h. rows_match turns the body into steps over vectors (one value of each column) and scalars of the row; rows_plan evaluates the
 * accesses of a launch to a start and a stride per row; rows_run hands blocks of rows to the pool. A block goes step by step, some rows at a time: their scalars
 * lie side by side and are computed as one vector, and what one row waits for is hidden by the others. */
#include "backend/cpu/rows.h"
#include "backend/cpu/form.h"
#include "base/hard.h"
#include "base/uninit.h"
#include "kir/core.h"
#include "kir/prims.h"

#include <string.h>

enum {
    MAX_STEPS = 64, MAX_VECTORS = 16, MAX_ACCESS = 12, MAX_ARGS = 4, LANES = 64, LONGEST = 4096, CHUNK = HARD(16384, 1), SMALL = HARD(16384, 0),
    SHORTEST = HARD(32, 1), SHORTEST_OF_FEW = HARD(8, 1), FEW = 128, /* fewer rows than that do not fill lanes, even if they are short */
    BATCH = HARD(16, 3), NEAR = 24576, /* rows that go through a step together; bytes of their vectors */
    APART = 320, /* bytes between vectors, so that what is read and what is written are not the same below 4096 */
};

/* A value: vector ≥ 0 with its number, else the scalar in register reg. */
typedef struct Ref { int vector; KReg reg; } Ref;
typedef enum StepKind { S_SCALAR, S_LOAD, S_VECTOR, S_REDUCE, S_STORE, S_STORE_ONE } StepKind;
typedef struct RowStep {
    StepKind kind;
    const KInst *inst;
    KPrimFn fn, fold;   /* scalar (NULL: no primitive), vector, reduce (step and fold) */
    const char *name;   /* of a function called */
    int access, to, n_args; /* to: vector made */
    Ref arg[MAX_ARGS];  /* reduce, store: the value */
    KReg reg;           /* scalar, reduce: scalar made */
    bool uniform;       /* scalar: of all rows */
    uint64_t ident;
} RowStep;

typedef struct Access { const KInst *inst; int64_t start, row[KIR_MAX_AXES], col; } Access; /* in elements */

struct RowsPlan {
    const Rows *r;
    const KirLaunch *l;
    int64_t n, n_rows, per_chunk, extent[KIR_MAX_AXES]; /* columns; rows */
    int batch;
    size_t sz_vector;
    Access access[MAX_ACCESS];
    bool direct[MAX_STEPS]; /* load: its vector stays in the operand; vector: it is made in the output that the next store is for */
};

struct Rows {
    const KirKernel *k;
    KInst **defs;
    const KInst *each, *cols; /* cols: the first loop over columns */
    int n_steps, n_vectors, n_access, n_lets; /* steps before n_lets belong to no row */
    RowStep step[MAX_STEPS];
    const KInst *access[MAX_ACCESS];
    Ref *value;               /* by register; vector −2: unknown */
    int *lane, n_lanes;       /* by register of a scalar: its number */
    KPrimFn splat;
    RowsPlan plan;
};

/* ── form ── */
static Ref value_of(const Rows *r, KReg reg) { return r->value[form_root(r->defs, reg)]; }

static RowStep *add_step(Rows *r, StepKind kind, const KInst *i)
{
    if (r->n_steps == MAX_STEPS)
        return NULL;
    r->step[r->n_steps] = (RowStep){.kind = kind, .inst = i, .access = -1, .to = -1};
    return &r->step[r->n_steps++];
}

static bool same_scalar(const Rows *r, KReg x, KReg y)
{
    const KInst *a = form_def(r->defs, x), *b = form_def(r->defs, y);
    if (form_root(r->defs, x) == form_root(r->defs, y))
        return true;
    return a && b && a->op == b->op && a->type == b->type && ((a->op == K_const && a->bits == b->bits) || (a->op == K_sym && a->id == b->id));
}

/* Loops over columns have the axes of the first one; then column j of one is that of the other. */
static bool same_columns(Rows *r, const KInst *i)
{
    if (!r->cols)
        r->cols = i;
    for (size_t a = 0; a < i->n_axes && i->n_axes == r->cols->n_axes; a++)
        if (!same_scalar(r, i->axes[a].hi, r->cols->axes[a].hi) || !same_scalar(r, i->axes[a].lo, r->cols->axes[a].lo))
            return false;
    return i->n_axes == r->cols->n_axes && form_plain_axes(i);
}

static bool same_index(const Rows *r, KReg x, KReg y, const KInst *loop_x, const KInst *loop_y)
{
    x = form_root(r->defs, x), y = form_root(r->defs, y);
    for (size_t a = 0; a < loop_x->n_axes; a++)
        if (x == loop_x->axes[a].index)
            return y == loop_y->axes[a].index;
    return same_scalar(r, x, y);
}

static bool scalar_made(Rows *r, KReg reg)
{
    r->value[reg] = (Ref){-1, reg};
    r->lane[reg] = r->n_lanes++;
    return true;
}

static bool is_uniform(const Rows *r, KReg reg)
{
    for (int s = 0; s < r->n_steps; s++)
        if ((r->step[s].kind == S_SCALAR || r->step[s].kind == S_REDUCE) && r->step[s].reg == reg)
            return r->step[s].uniform;
    return false;
}

/* A function of scalars of the row, as one of vectors over the rows. */
static bool scalar_call(Rows *r, const KInst *i)
{
    const KFn *f = &r->k->fns[i->id];
    const KPrimFn fn = i->n_args >= 1 && i->n_args <= MAX_ARGS && f->n_results == 1 && kir_type(r->k, i->dst[0]) == DT_f32 ? kprim_fn(f->name, DT_f32, KFORM_V) : NULL;
    for (int n = 0; fn && n < i->n_args; n++)
        if (value_of(r, i->args[n]).vector != -1 || kir_type(r->k, i->args[n]) != DT_f32)
            return false;
    RowStep *s = fn ? add_step(r, S_SCALAR, i) : NULL;
    if (!s)
        return false;
    s->fn = fn, s->reg = i->dst[0];
    return scalar_made(r, i->dst[0]);
}

static bool scalar_step(Rows *r, const KInst *i)
{
    if (i->op == K_call)
        return scalar_call(r, i);
    bool op = kop_info[i->op].cls == KCLASS_P && i->op != K_call && i->op != K_extent && i->n_dst == 1 && i->n_args <= MAX_ARGS, uniform = true;
    for (int n = 0; n < i->n_args && op; n++) {
        op = value_of(r, i->args[n]).vector == -1;
        uniform &= op && is_uniform(r, form_root(r->defs, i->args[n]));
    }
    RowStep *s = op ? add_step(r, S_SCALAR, i) : NULL;
    if (!s)
        return false;
    s->uniform = uniform, s->reg = i->dst[0];
    s->fn = i->n_args ? kprim_op(i->op, kir_type(r->k, i->dst[0]), kir_type(r->k, i->args[i->op == K_select]), KFORM_V) : NULL;
    return scalar_made(r, i->dst[0]);
}

static int access_of(Rows *r, const KInst *i)
{
    if (r->n_access == MAX_ACCESS || i->id >= r->k->n_operands || r->k->mems[i->id].type != DT_f32 || i->field || i->guard != KGUARD_NONE)
        return -1;
    r->access[r->n_access] = i;
    return r->n_access++;
}

static bool load_step(Rows *r, const KInst *i, const KInst *loop, const KInst **loop_at)
{
    for (int s = 0; s < r->n_steps; s++) {
        const RowStep *old = &r->step[s];
        bool same = old->kind == S_LOAD && old->inst->id == i->id && old->inst->n_args == i->n_args;
        for (int n = 0; n < i->n_args && same; n++)
            same = same_index(r, i->args[n], old->inst->args[n], loop, loop_at[s]);
        if (same) {
            r->value[i->dst[0]] = (Ref){old->to, 0};
            return true;
        }
    }
    RowStep *s = r->n_vectors < MAX_VECTORS ? add_step(r, S_LOAD, i) : NULL;
    if (!s || (s->access = access_of(r, i)) < 0)
        return false;
    loop_at[r->n_steps - 1] = loop;
    s->to = r->n_vectors++;
    r->value[i->dst[0]] = (Ref){s->to, 0};
    return true;
}

static bool same_ref(const Rows *r, Ref a, Ref b) { return a.vector == b.vector && (a.vector >= 0 || same_scalar(r, a.reg, b.reg)); }

static bool vector_step(Rows *r, const KInst *i)
{
    if (i->op == K_move)
        return true; /* value_of looks through it */
    const KFn *f = i->op == K_call ? &r->k->fns[i->id] : NULL;
    if (i->n_dst != 1 || i->n_args < 1 || i->n_args > MAX_ARGS || (f ? f->n_results != 1 : kop_info[i->op].cls != KCLASS_P) || kir_type(r->k, i->dst[0]) != DT_f32)
        return false;
    RowStep s = {.kind = S_VECTOR, .inst = i, .name = f ? f->name : NULL, .access = -1, .n_args = i->n_args};
    unsigned form = 0;
    for (int n = 0; n < i->n_args; n++) {
        s.arg[n] = value_of(r, i->args[n]);
        if (s.arg[n].vector < -1 || kir_type(r->k, i->args[n]) != DT_f32)
            return false;
        s.arg[n].reg = form_root(r->defs, i->args[n]);
        form |= s.arg[n].vector < 0 ? 1u << n : 0;
    }
    for (int o = 0; o < r->n_steps; o++) {
        const RowStep *old = &r->step[o];
        bool same = old->kind == S_VECTOR && old->inst->op == i->op && old->n_args == s.n_args && (!f || old->name == f->name);
        for (int n = 0; n < s.n_args && same; n++)
            same = same_ref(r, s.arg[n], old->arg[n]);
        if (same) {
            r->value[i->dst[0]] = (Ref){old->to, 0};
            return true;
        }
    }
    s.fn = f ? kprim_fn(f->name, DT_f32, form) : kprim_op(i->op, DT_f32, DT_f32, form);
    if (!s.fn || r->n_vectors == MAX_VECTORS || r->n_steps == MAX_STEPS)
        return false;
    s.to = r->n_vectors++;
    r->value[i->dst[0]] = (Ref){s.to, 0};
    r->step[r->n_steps++] = s;
    return true;
}

static bool is_vector(const Rows *r, const KInst *i)
{
    for (int n = 0; n < i->n_args; n++)
        if (value_of(r, i->args[n]).vector >= 0)
            return true;
    return i->op == K_call;
}

/* The body of a loop over columns, but for its stores. */
static bool columns(Rows *r, const KInst *loop, const KBlock *b, const KInst **loop_at, const KInst **store)
{
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        const bool vector = is_vector(r, i);
        bool ok = i->op == K_load ? load_step(r, i, loop, loop_at) : i->op == K_store ? store && !*store : vector ? vector_step(r, i) : scalar_step(r, i);
        if (!ok)
            return false;
        if (i->op == K_store)
            *store = i;
    }
    return true;
}

static bool reduce_step(Rows *r, const KInst *i, const KInst **loop_at)
{
    const KReducer *red = &r->k->reds[i->id];
    if (i->n_blocks != 1 || red->kind == KRED_USER || red->state_types[0] != DT_f32 || i->n_dst != 1 || !same_columns(r, i) || !columns(r, i, i->blocks[0], loop_at, NULL))
        return false;
    RowStep *s = add_step(r, S_REDUCE, i);
    const Ref x = value_of(r, i->blocks[0]->yield[0]);
    if (!s || x.vector < 0)
        return false;
    s->fn = kprim_reduce_step(red->kind, DT_f32), s->fold = kprim_reduce_fold(red->kind, DT_f32);
    s->arg[0] = x, s->n_args = 1, s->reg = i->dst[0], s->ident = red->identity[0];
    return s->fn && s->fold && scalar_made(r, i->dst[0]);
}

static bool store_step(Rows *r, const KInst *i, StepKind kind)
{
    RowStep *s = add_step(r, kind, i);
    if (!s || (s->access = access_of(r, i)) < 0)
        return false;
    s->arg[0] = value_of(r, i->args[i->n_args - 1]), s->n_args = 1;
    s->arg[0].reg = form_root(r->defs, i->args[i->n_args - 1]);
    return kind == S_STORE ? s->arg[0].vector >= 0 : s->arg[0].vector == -1;
}

static bool map_step(Rows *r, const KInst *i, const KInst **loop_at)
{
    const KInst *store = NULL;
    return same_columns(r, i) && columns(r, i, i->blocks[0], loop_at, &store) && store && store_step(r, store, S_STORE);
}

static bool match(Rows *r)
{
    const KirKernel *k = r->k;
    const KInst *loop_at[MAX_STEPS] = {0};
    if (!(r->each = form_each(k)))
        return false;
    for (size_t n = 0; n + 1 < k->body->n; n++)
        if (k->body->inst[n]->op == K_call || !scalar_step(r, k->body->inst[n]))
            return false;
    r->n_lets = r->n_steps;
    const KBlock *b = r->each->blocks[0];
    for (size_t n = 0; n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (!(i->op == K_reduce ? reduce_step(r, i, loop_at) : i->op == K_each ? map_step(r, i, loop_at) : i->op == K_store ? store_step(r, i, S_STORE_ONE) : scalar_step(r, i)))
            return false;
    }
    return r->cols && r->each->n_axes + r->cols->n_axes <= KIR_MAX_AXES;
}

Rows *rows_match(const KirKernel *k, Arena *a)
{
    Rows *r = arena_new(a, Rows);
    if (!r)
        return NULL;
    *r = (Rows){.k = k, .defs = kir_defs(k, a), .value = arena_array(a, Ref, k->n_regs), .lane = arena_array(a, int, k->n_regs), .splat = kprim_op(K_move, DT_f32, DT_f32, KFORM_S0)};
    for (size_t i = 0; r->value && i < k->n_regs; i++)
        r->value[i].vector = -2;
    return r->defs && r->value && r->lane && match(r) ? r : NULL;
}

/* ── one launch ── */
static bool constant(const Rows *r, const KirLaunch *l, KReg reg, int64_t *v) { return kir_affine_in(r->k, l, r->defs, reg, NULL, 0, NULL, v); }

static bool extents(const Rows *r, const KirLaunch *l, const KInst *loop, int64_t *extent, int64_t *all)
{
    int64_t lo, hi;
    *all = 1;
    for (size_t a = 0; a < loop->n_axes; a++) {
        if (!constant(r, l, loop->axes[a].lo, &lo) || !constant(r, l, loop->axes[a].hi, &hi) || lo)
            return false;
        extent[a] = hi > 0 ? hi : 0;
        if (__builtin_mul_overflow(*all, extent[a], all))
            return false;
    }
    return true;
}

/* Where the access is for each row, and its one stride along the columns. loop: the one it stands in, NULL: none. */
static bool locate(const Rows *r, const KirLaunch *l, const KInst *i, const KInst *loop, const int64_t *col_extent, Access *x)
{
    const KirView *v = &l->view[i->id];
    const size_t n = r->each->n_axes, m = loop ? loop->n_axes : 0;
    KReg axis[KIR_MAX_AXES];
    int64_t coef[KIR_MAX_AXES], c0, col[KIR_MAX_AXES] = {0};
    *x = (Access){.inst = i};
    for (size_t a = 0; a < n + m; a++)
        axis[a] = a < n ? r->each->axes[a].index : loop->axes[a - n].index;
    for (int d = 0; d < v->rank; d++) {
        if (!kir_affine_in(r->k, l, r->defs, i->args[d], axis, n + m, coef, &c0))
            return false;
        x->start += c0 * v->stride[d];
        for (size_t a = 0; a < n + m; a++)
            *(a < n ? &x->row[a] : &col[a - n]) += coef[a] * v->stride[d];
    }
    bool some = false;
    int64_t want = 0;
    for (size_t a = m; a-- > 0;) {
        if (col_extent[a] == 1)
            continue;
        if (some && col[a] != want)
            return false;
        x->col = some ? x->col : col[a];
        want = col[a] * col_extent[a];
        some = true;
    }
    return true;
}

/* The loop over columns that instruction i of the kernel stands in. */
static const KInst *loop_of(const Rows *r, const KInst *i)
{
    const KBlock *b = r->each->blocks[0];
    for (size_t n = 0; n < b->n; n++)
        for (size_t m = 0; b->inst[n]->n_blocks && m < b->inst[n]->blocks[0]->n; m++)
            if (b->inst[n]->blocks[0]->inst[m] == i)
                return b->inst[n];
    return NULL;
}

static int uses_of(const Rows *r, int vector)
{
    int n = 0;
    for (int s = 0; s < r->n_steps; s++)
        for (int a = 0; a < r->step[s].n_args; a++)
            n += r->step[s].arg[a].vector == vector;
    return n;
}

SpmlCode rows_plan(Rows *r, const KirLaunch *l, const RowsPlan **out, size_t *sz_scratch)
{
    RowsPlan *p = &r->plan;
    int64_t cols[KIR_MAX_AXES];
    *p = (RowsPlan){.r = r, .l = l};
    if (!extents(r, l, r->each, p->extent, &p->n_rows) || !extents(r, l, r->cols, cols, &p->n) || p->n < (p->n_rows <= FEW ? SHORTEST_OF_FEW : SHORTEST) || p->n > LONGEST || !p->n_rows)
        return SPML_NO;
    for (int i = 0; i < r->n_access; i++) {
        const KInst *loop = loop_of(r, r->access[i]);
        int64_t mine[KIR_MAX_AXES], all;
        if ((loop && !extents(r, l, loop, mine, &all)) || !locate(r, l, r->access[i], loop, mine, &p->access[i]))
            return SPML_NO;
        if (p->access[i].col > 1 || p->access[i].col < 0)
            return SPML_NO; /* columns far apart: lanes should be rows */
    }
    const bool whole = p->n % LANES == 0;
    for (int s = 0; s < r->n_steps && whole; s++) {
        const RowStep *t = &r->step[s], *next = s + 1 < r->n_steps ? t + 1 : NULL;
        if (t->kind == S_LOAD)
            p->direct[s] = p->access[t->access].col == 1;
        else if (t->kind == S_VECTOR && next && next->kind == S_STORE && next->arg[0].vector == t->to && uses_of(r, t->to) == 1)
            p->direct[s] = p->access[next->access].col == 1;
    }
    p->sz_vector = (size_t)(p->n + LANES - 1) / LANES * LANES * sizeof(float);
    p->per_chunk = CHUNK / p->n > 1 ? CHUNK / p->n : 1;
    const size_t row = (size_t)r->n_vectors * p->sz_vector;
    p->batch = row * BATCH <= NEAR ? BATCH : row * 2 <= NEAR ? (int)(NEAR / row) : 2;
    *sz_scratch = (size_t)p->batch * row + (size_t)r->n_vectors * APART + (size_t)p->batch * LANES * sizeof(float) + (size_t)r->n_lanes * LANES * sizeof(uint64_t) + (r->k->n_regs * sizeof(uint64_t) + 63) / 64 * 64;
    *out = p;
    return SPML_OK;
}

/* ── running ── */
typedef struct RowVm {
    const RowsPlan *p;
    uint64_t *scalar;          /* by register: those of all rows */
    char *lane;                /* by number: a slot of primitives, one element a row */
    float *acc;                /* LANES a row */
    int n;                     /* rows at hand */
    float *own[MAX_VECTORS][BATCH], *base[MAX_ACCESS][BATCH], *const *vector[MAX_VECTORS];
} RowVm;

static char *lane_of(const RowVm *v, KReg reg) { return v->lane + (size_t)v->p->r->lane[reg] * LANES * sizeof(uint64_t); }
static DType scalar_from(const RowVm *v, const KInst *i) { return i->n_args ? kir_type(v->p->r->k, i->args[i->op == K_select]) : i->type; }

static void lane_put(char *lane, DType t, int row, uint64_t bits) { memcpy(lane + (size_t)row * dtype_info[t].bytes, &bits, dtype_info[t].bytes); }

static uint64_t lane_get(const char *lane, DType t, int row)
{
    uint64_t bits = 0;
    memcpy(&bits, lane + (size_t)row * dtype_info[t].bytes, dtype_info[t].bytes);
    return bits;
}

/* Of all rows: once, into every row's place. */
static void run_uniform(const RowVm *v, const KInst *i)
{
    uint64_t a[MAX_ARGS], *d = &v->scalar[i->dst[0]];
    for (int n = 0; n < i->n_args; n++)
        a[n] = v->scalar[form_root(v->p->r->defs, i->args[n])];
    *d = i->op == K_sym ? v->p->l->sym[i->id] : i->op == K_const ? i->bits : i->op == K_move ? a[0] : kir_eval(i->op, i->type, scalar_from(v, i), a);
    for (int row = 0; row < v->p->batch; row++)
        lane_put(lane_of(v, i->dst[0]), kir_type(v->p->r->k, i->dst[0]), row, *d);
}

static void run_scalar(const RowVm *v, const RowStep *s)
{
    const KInst *i = s->inst;
    const void *a[MAX_ARGS];
    char *to = lane_of(v, s->reg);
    if (s->uniform || i->op == K_move) /* what reads it looks through it */
        return;
    for (int n = 0; n < i->n_args; n++)
        a[n] = lane_of(v, form_root(v->p->r->defs, i->args[n]));
    if (s->fn) {
        s->fn(&(void *){to}, a, v->n);
        return;
    }
    for (int row = 0; row < v->n; row++) {
        uint64_t bits[MAX_ARGS];
        for (int n = 0; n < i->n_args; n++)
            bits[n] = lane_get(a[n], kir_type(v->p->r->k, i->args[n]), row);
        lane_put(to, kir_type(v->p->r->k, s->reg), row, kir_eval(i->op, i->type, scalar_from(v, i), bits));
    }
}

static void run_load(RowVm *v, const RowStep *s, bool direct)
{
    const Access *x = &v->p->access[s->access];
    v->vector[s->to] = direct ? v->base[s->access] : v->own[s->to];
    for (int row = 0; row < v->n && !direct; row++) {
        const float *from = v->base[s->access][row];
        float *to = v->own[s->to][row];
        if (x->col == 1)
            memcpy(to, from, (size_t)v->p->n * sizeof *to);
        for (int64_t i = 0; x->col == 0 && i < v->p->n; i++)
            to[i] = *from;
    }
}

static void run_vector(RowVm *v, const RowStep *s, float *const *to)
{
    const int64_t n = v->p->n;
    v->vector[s->to] = to;
    for (int row = 0; row < v->n; row++) {
        UNINIT const float *from[MAX_ARGS];
        for (int i = 0; i < s->n_args; i++)
            from[i] = s->arg[i].vector >= 0 ? v->vector[s->arg[i].vector][row] : (const float *)(const void *)lane_of(v, s->arg[i].reg) + row;
        for (int64_t at = 0; at < n; at += KTILE) {
            UNINIT const void *a[MAX_ARGS];
            for (int i = 0; i < s->n_args; i++)
                a[i] = from[i] + (s->arg[i].vector >= 0 ? at : 0);
            s->fn(&(void *){to[row] + at}, a, (int)(n - at < KTILE ? n - at : KTILE));
        }
    }
}

static void run_reduce(RowVm *v, const RowStep *s)
{
    const int64_t n = v->p->n, all = (int64_t)(v->p->sz_vector / sizeof(float));
    float *const *x = v->vector[s->arg[0].vector], *const acc = v->acc, *result = (float *)(void *)lane_of(v, s->reg);
    v->p->r->splat(&(void *){acc}, (const void *[]){&s->ident}, v->n * LANES);
    for (int row = 0; row < v->n && n < all; row++) /* what the last group lacks; such a row is in a vector of our own */
        memcpy(x[row] + n, acc, (size_t)(all - n) * sizeof(float));
    for (int row = 0; row < v->n; row++)
        s->fn(&(void *){acc + row * LANES}, (const void *[]){x[row]}, (int)all);
    for (int row = 0; row < v->n; row++)
        s->fold(&(void *){result + row}, (const void *[]){acc + row * LANES}, LANES);
}

static void run_store(RowVm *v, const RowStep *s)
{
    const bool one = s->kind == S_STORE_ONE;
    for (int row = 0; row < v->n; row++) {
        const float *from = one ? (const float *)(const void *)lane_of(v, s->arg[0].reg) + row : v->vector[s->arg[0].vector][row];
        if (from != v->base[s->access][row])
            memcpy(v->base[s->access][row], from, one ? sizeof(float) : (size_t)v->p->n * sizeof(float));
    }
}

static void run_rows(RowVm *v)
{
    const RowsPlan *p = v->p;
    const Rows *r = p->r;
    for (int i = r->n_lets; i < r->n_steps; i++) {
        const RowStep *s = &r->step[i];
        switch (s->kind) {
        case S_SCALAR: run_scalar(v, s); break;
        case S_LOAD: run_load(v, s, p->direct[i]); break;
        case S_VECTOR: run_vector(v, s, p->direct[i] ? v->base[s[1].access] : v->own[s->to]); break;
        case S_REDUCE: run_reduce(v, s); break;
        case S_STORE_ONE:
        case S_STORE: run_store(v, s); break;
        }
    }
}

typedef struct Task { const RowsPlan *p; char *scratch; size_t sz_part; } Task;

static void seek(RowVm *v, int64_t row, int to)
{
    const RowsPlan *p = v->p;
    int64_t at[KIR_MAX_AXES];
    const int n = (int)p->r->each->n_axes;
    for (int a = n - 1; a > 0; row /= p->extent[a], a--)
        at[a] = row % p->extent[a];
    at[0] = row;
    for (int i = 0; i < p->r->n_access; i++) {
        int64_t off = p->access[i].start;
        for (int a = 0; a < n; a++)
            off += at[a] * p->access[i].row[a];
        v->base[i][to] = (float *)p->l->view[p->access[i].inst->id].p + off;
    }
}

static void run_chunk(void *ctx, int64_t chunk, int thread)
{
    const Task *t = ctx;
    const RowsPlan *p = t->p;
    const Rows *r = p->r;
    char *mem = t->scratch + (size_t)thread * t->sz_part;
    UNINIT RowVm v;
    v.p = p, v.acc = (float *)(void *)mem;
    mem += (size_t)p->batch * LANES * sizeof(float);
    for (int i = 0; i < r->n_vectors; i++, mem += APART)
        for (int row = 0; row < p->batch; row++, mem += p->sz_vector)
            v.own[i][row] = (float *)(void *)mem;
    v.lane = mem;
    v.scalar = (uint64_t *)(void *)(mem + (size_t)r->n_lanes * LANES * sizeof(uint64_t));
    memset(v.lane, 0, (size_t)r->n_lanes * LANES * sizeof(uint64_t)); /* lanes of no row are computed too */
    for (int i = 0; i < r->n_steps; i++)
        if (r->step[i].kind == S_SCALAR && r->step[i].uniform)
            run_uniform(&v, r->step[i].inst);
    const int64_t from = chunk * p->per_chunk, to = from + p->per_chunk < p->n_rows ? from + p->per_chunk : p->n_rows;
    for (int64_t row = from; row < to; row += p->batch) {
        v.n = (int)(to - row < p->batch ? to - row : p->batch);
        for (int i = 0; i < v.n; i++)
            seek(&v, row + i, i);
        run_rows(&v);
    }
}

void rows_run(const RowsPlan *p, char *scratch, size_t sz_part, Pool *pool)
{
    Task t = {p, scratch, sz_part};
    pool_run(p->n * p->n_rows < SMALL ? NULL : pool, (p->n_rows + p->per_chunk - 1) / p->per_chunk, run_chunk, &t);
}
