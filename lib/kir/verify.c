/* SPDX-License-Identifier: MIT
 * kir: the verifier of both forms: registers defined once and before use inside their scope, vars declared before use and
 * assigned only by code of their own each, operand and result types by a table over the opcodes, arity, yields, memory ranks,
 * nesting of each, group and barrier. Reads the kernel only; an error names instruction and register. */
#include "kir/core.h"

#include <string.h>

typedef struct Verify {
    const KirKernel *k;
    Error *err;
    uint8_t *state;     /* per register: a State */
    uint32_t *owner;    /* var: serial of the each it was declared in */
    KReg *scope;        /* registers visible now, innermost last */
    size_t n_scope;
    uint32_t each, n_each; /* serial of the innermost each; serials given */
    int depth;
    bool in_group, in_each, in_fn;
    const KInst *at;
} Verify;

typedef enum State { UNSEEN, VISIBLE, LEFT } State; /* LEFT: its scope has ended */

static SpmlCode fail(Verify *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static SpmlCode fail(Verify *v, const char *fmt, ...)
{
    char kind[256];
    va_list ap;
    snprintf(kind, sizeof kind, "kernel %s: %s: ", v->k->name, v->at && v->at->op < K_COUNT ? kop_info[v->at->op].name : "body");
    va_start(ap, fmt);
    kir_error(v->err, SPML_DATA, "kernel-invalid", v->k, v->at, kind, fmt, ap);
    va_end(ap);
    return SPML_DATA;
}

static const char *reg_name(const Verify *v, KReg r, char buf[64])
{
    const char *name = r < v->k->n_regs ? v->k->regs[r].name : NULL;
    snprintf(buf, 64, name ? "%%%u.%s" : "%%%u", r, name);
    return buf;
}

/* ── types ── */

enum { SET_F = 1, SET_I = 2, SET_B = 4, SET_S = 8, SET_ALL = 15 };

static unsigned type_set(DType t)
{
    switch (t) {
    case DT_f32: case DT_f64: return SET_F;
    case DT_i32: case DT_u32: case DT_i64: case DT_u64: return SET_I;
    case DT_bool: return SET_B;
    default: break;
    }
    DTypeClass c = dtype_info[t].cls;
    return c == DCLASS_INT || c == DCLASS_UINT || c == DCLASS_FLOAT ? SET_S : 0;
}

/* rule: S all arguments have the result's type; C compares two of one type to bool; T test of one argument to bool; H shift;
 * L select; X conversion. set: legal types of the (first) argument. */
typedef struct TypeRule { char rule; uint8_t set; } TypeRule;
static const TypeRule type_rules[K_COUNT] = {
    [K_move] = {'S', SET_ALL}, [K_set] = {'S', SET_ALL}, [K_neg] = {'S', SET_F | SET_I}, [K_abs] = {'S', SET_F | SET_I},
    [K_sqrt] = {'S', SET_F}, [K_floor] = {'S', SET_F}, [K_ceil] = {'S', SET_F}, [K_trunc] = {'S', SET_F}, [K_rint] = {'S', SET_F},
    [K_not] = {'S', SET_I | SET_B}, [K_isnan] = {'T', SET_F | SET_S}, [K_clz] = {'S', SET_I}, [K_popcount] = {'S', SET_I},
    [K_add] = {'S', SET_F | SET_I}, [K_sub] = {'S', SET_F | SET_I}, [K_mul] = {'S', SET_F | SET_I}, [K_div] = {'S', SET_F | SET_I},
    [K_rem] = {'S', SET_F | SET_I}, [K_min] = {'S', SET_F | SET_I}, [K_max] = {'S', SET_F | SET_I}, [K_mulhi] = {'S', SET_I},
    [K_and] = {'S', SET_I | SET_B}, [K_or] = {'S', SET_I | SET_B}, [K_xor] = {'S', SET_I | SET_B}, [K_shl] = {'H', SET_I},
    [K_shr] = {'H', SET_I}, [K_eq] = {'C', SET_ALL}, [K_ne] = {'C', SET_ALL}, [K_lt] = {'C', SET_ALL}, [K_le] = {'C', SET_ALL},
    [K_gt] = {'C', SET_ALL}, [K_ge] = {'C', SET_ALL}, [K_fma] = {'S', SET_F}, [K_select] = {'L', SET_ALL}, [K_cast] = {'X', SET_ALL},
    [K_sat] = {'X', SET_ALL}, [K_bitcast] = {'X', SET_ALL},
};

static SpmlCode want_type(Verify *v, KReg r, DType t, const char *what)
{
    char buf[64];
    DType have = kir_type(v->k, r);
    return have == t ? SPML_OK : fail(v, "%s %s is %s, not %s", what, reg_name(v, r, buf), dtype_name(have), dtype_name(t));
}

static SpmlCode same_types(Verify *v, const KInst *i, size_t from, DType t)
{
    for (size_t a = from; a < i->n_args; a++)
        if (want_type(v, i->args[a], t, "argument"))
            return SPML_DATA;
    return SPML_OK;
}

static SpmlCode pure_types(Verify *v, const KInst *i)
{
    TypeRule rule = type_rules[i->op];
    if (!rule.rule)
        return SPML_OK;
    DType first = kir_type(v->k, i->args[i->op == K_select ? i->n_args - 1 : 0]);
    if (!(type_set(first) & rule.set))
        return fail(v, "no %s on %s", kop_info[i->op].name, dtype_name(first));
    switch (rule.rule) {
    case 'S': return same_types(v, i, 0, i->type);
    case 'C': case 'T': return i->type != DT_bool ? fail(v, "the result is %s, not bool", dtype_name(i->type)) : same_types(v, i, 0, first);
    case 'H': return !dtype_is_int(kir_type(v->k, i->args[1])) ? fail(v, "the shift count is %s", dtype_name(kir_type(v->k, i->args[1])))
            : want_type(v, i->args[0], i->type, "argument");
    case 'L': return want_type(v, i->args[0], DT_bool, "condition") ? SPML_DATA : same_types(v, i, 1, i->type);
    default: break;
    }
    if (!type_set(i->type))
        return fail(v, "no conversion to %s", dtype_name(i->type));
    if (i->op == K_bitcast && dtype_bits(i->type) != dtype_bits(first))
        return fail(v, "%s and %s differ in width", dtype_name(first), dtype_name(i->type));
    return SPML_OK;
}

/* ── scopes ── */

static SpmlCode define(Verify *v, KReg r)
{
    char buf[64];
    if (!r || r >= v->k->n_regs)
        return fail(v, "register %u does not exist", r);
    if (v->state[r] != UNSEEN)
        return fail(v, "register %s is assigned twice", reg_name(v, r, buf));
    v->state[r] = VISIBLE;
    v->owner[r] = v->each;
    v->scope[v->n_scope++] = r;
    return SPML_OK;
}

static SpmlCode use(Verify *v, KReg r, const char *what)
{
    char buf[64];
    if (!r || r >= v->k->n_regs)
        return fail(v, "%s: register %u does not exist", what, r);
    if (v->state[r] == VISIBLE)
        return SPML_OK;
    return fail(v, "%s %s is used %s", what, reg_name(v, r, buf), v->state[r] == LEFT ? "outside its scope" : "before it is assigned");
}

static SpmlCode use_all(Verify *v, const KReg *r, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (use(v, r[i], what))
            return SPML_DATA;
    return SPML_OK;
}

static void close_scope(Verify *v, size_t mark)
{
    while (v->n_scope > mark) {
        KReg r = v->scope[--v->n_scope];
        v->state[r] = v->k->regs[r].var ? UNSEEN : LEFT; /* a var may be declared again in a sibling scope */
    }
}

static SpmlCode check_block(Verify *v, const KBlock *b, size_t n_yield);

static SpmlCode scoped_block(Verify *v, const KBlock *b, size_t n_yield)
{
    size_t mark = v->n_scope;
    SpmlCode c = check_block(v, b, n_yield);
    close_scope(v, mark);
    return c;
}

static SpmlCode yields(Verify *v, const KBlock *b, size_t at, DType t)
{
    return want_type(v, b->yield[at], t, "yielded");
}

static SpmlCode define_results(Verify *v, const KInst *i)
{
    for (size_t d = 0; d < i->n_dst; d++)
        if (v->k->regs[i->dst[d] < v->k->n_regs ? i->dst[d] : 0].var)
            return fail(v, "a var is assigned by set only");
        else if (define(v, i->dst[d]))
            return SPML_DATA;
    return i->n_dst ? want_type(v, i->dst[0], i->type, "result") : SPML_OK;
}

static SpmlCode check_set(Verify *v, const KInst *i)
{
    char buf[64];
    KReg r = i->dst[0];
    if (!r || r >= v->k->n_regs || !v->k->regs[r].var)
        return fail(v, "%s is not a var", reg_name(v, r, buf));
    if (v->state[r] != VISIBLE && define(v, r))
        return SPML_DATA;
    if (v->owner[r] != v->each)
        return fail(v, "%s belongs to the code around this each", reg_name(v, r, buf));
    return want_type(v, r, i->type, "result");
}

/* ── memory ── */

static SpmlCode check_indices(Verify *v, const KInst *i, const KMem *m, size_t n_values)
{
    size_t want = m->rank + (i->field && i->field_n > 1);
    if (i->n_args != want + n_values)
        return fail(v, "%s has %zu indices, %d given", m->name, want, (int)i->n_args - (int)n_values);
    for (size_t a = 0; a < want; a++)
        if (want_type(v, i->args[a], DT_i64, "index"))
            return SPML_DATA;
    if (i->field && (!m->block_bytes || i->aux + (uint64_t)dtype_info[i->type].bytes * i->field_n > m->block_bytes))
        return fail(v, "%s has no field at %u", m->name, i->aux);
    const bool packed = dtype_info[m->type].block > 1 && i->type == DT_u8 && v->k->scheduled; /* legalised: the bits of one element */
    if (!i->field && m->type != i->type && !packed)
        return fail(v, "%s holds %s, the access is %s", m->name, dtype_name(m->type), dtype_name(i->type));
    return n_values ? want_type(v, i->args[want], i->type, "value") : SPML_OK;
}

static SpmlCode check_memory(Verify *v, const KInst *i)
{
    if (i->id >= v->k->n_mems)
        return fail(v, "memory %u does not exist", i->id);
    const KMem *m = &v->k->mems[i->id];
    bool updates = i->op == K_scatter && i->fn != K_move;
    if ((i->op == K_load || updates) && m->kind == KMEM_OUT)
        return fail(v, "out %s cannot be read; declare it inout", m->name);
    if (i->op != K_load && (m->kind == KMEM_IN || m->kind == KMEM_TABLE))
        return fail(v, "in %s cannot be written", m->name);
    if (m->kind == KMEM_TILE && v->k->scheduled)
        return fail(v, "tile %s in scheduled form", m->name);
    if (i->op != K_load && i->field)
        return fail(v, "a field of %s cannot be written", m->name);
    return check_indices(v, i, m, i->op != K_load || i->guard == KGUARD_ELSE);
}

static SpmlCode check_scatter(Verify *v, const KInst *i)
{
    if (i->rule == KSCATTER_LAST && i->fn != K_move)
        return fail(v, "scatter last takes = only");
    if (i->rule == KSCATTER_ORDERED && i->fn == K_move)
        return fail(v, "scatter ordered takes an updating operator; use last for =");
    if (i->n_dst && (i->rule != KSCATTER_ORDERED || v->k->mems[i->id].kind != KMEM_SHARED || !dtype_is_int(i->type)))
        return fail(v, "a rank wants ordered on a shared integer");
    return SPML_OK;
}

/* ── functions ── */

static SpmlCode check_fn(Verify *v, const KFn *f)
{
    size_t mark = v->n_scope;
    for (size_t p = 0; p < f->n_params; p++)
        if (define(v, f->params[p]))
            return SPML_DATA;
    SpmlCode c = check_block(v, f->body, f->n_results);
    close_scope(v, mark);
    return c;
}

static SpmlCode check_call(Verify *v, const KInst *i)
{
    if (i->id >= v->k->n_fns)
        return fail(v, "function %u does not exist", i->id);
    const KFn *f = &v->k->fns[i->id];
    if (f->n_params != i->n_args || f->n_results != i->n_dst)
        return fail(v, "%s takes %u arguments, %u given", f->name, f->n_params, i->n_args);
    for (size_t a = 0; a < i->n_args; a++)
        if (want_type(v, i->args[a], kir_type(v->k, f->params[a]), "argument"))
            return SPML_DATA;
    for (size_t d = 0; d < i->n_dst; d++)
        if (want_type(v, i->dst[d], kir_type(v->k, f->body->yield[d]), "result"))
            return SPML_DATA;
    return SPML_OK;
}

/* ── control ── */

static SpmlCode check_axes(Verify *v, const KInst *i)
{
    if (i->n_axes > KIR_MAX_AXES)
        return fail(v, "%u axes", i->n_axes);
    for (size_t n = 0; n < i->n_axes; n++) {
        const KAxis *x = &i->axes[n];
        if (x->bound) {
            if (scoped_block(v, x->bound, 2) || yields(v, x->bound, 0, DT_i64) || yields(v, x->bound, 1, DT_i64))
                return SPML_DATA;
        } else if (use(v, x->lo, "bound") || use(v, x->hi, "bound") || want_type(v, x->lo, DT_i64, "bound")
            || want_type(v, x->hi, DT_i64, "bound")) {
            return SPML_DATA;
        }
        if (x->by && (i->op == K_each || use(v, x->by, "block size") || want_type(v, x->by, DT_i64, "block size")))
            return i->op == K_each ? fail(v, "by stands only in group and for") : SPML_DATA;
        if (define(v, x->index) || want_type(v, x->index, DT_i64, "axis"))
            return SPML_DATA;
    }
    return SPML_OK;
}

static SpmlCode check_reducer(Verify *v, const KInst *i, size_t times)
{
    if (i->id >= v->k->n_reds)
        return fail(v, "reducer %u does not exist", i->id);
    const KReducer *r = &v->k->reds[i->id];
    if (r->ordered && i->op == K_reduce)
        return fail(v, "reducer '%s' is ordered: use it in scan", r->name);
    if (i->n_dst != r->n_state * times)
        return fail(v, "%s has %u state fields, %u results", r->name, r->n_state, i->n_dst);
    for (size_t d = 0; d < i->n_dst; d++)
        if (want_type(v, i->dst[d], r->state_types[d % r->n_state], "result"))
            return SPML_DATA;
    for (size_t n = 0; n < r->n_items; n++)
        if (yields(v, i->blocks[0], n, r->item_types[n]))
            return SPML_DATA;
    return SPML_OK;
}

static SpmlCode fold_blocks(Verify *v, const KInst *i, size_t n_items)
{
    if (i->n_blocks < 1 || i->n_blocks > 2)
        return fail(v, "%u blocks", i->n_blocks);
    if (scoped_block(v, i->blocks[0], n_items))
        return SPML_DATA;
    if (i->n_blocks == 2 && (scoped_block(v, i->blocks[1], 1) || yields(v, i->blocks[1], 0, DT_bool)))
        return SPML_DATA;
    return SPML_OK;
}

static SpmlCode check_fold(Verify *v, const KInst *i) /* reduce, dot */
{
    size_t mark = v->n_scope, n_items = i->op == K_dot ? 2 : i->id < v->k->n_reds ? v->k->reds[i->id].n_items : 0;
    SpmlCode c = check_axes(v, i);
    if (!c)
        c = fold_blocks(v, i, n_items);
    close_scope(v, mark);
    if (c || i->op == K_reduce)
        return c ? c : check_reducer(v, i, 1);
    if (!(type_set(i->type) & (SET_F | SET_I)))
        return fail(v, "no dot on %s", dtype_name(i->type));
    return yields(v, i->blocks[0], 0, i->type) || yields(v, i->blocks[0], 1, i->type) ? SPML_DATA : same_types(v, i, 0, i->type);
}

static SpmlCode check_scan(Verify *v, const KInst *i)
{
    size_t mark = v->n_scope;
    if (i->n_axes != 1)
        return fail(v, "scan runs over one axis");
    uint32_t outer = v->each;
    SpmlCode c = check_axes(v, i);
    if (!c && i->id < v->k->n_reds)
        c = scoped_block(v, i->blocks[0], v->k->reds[i->id].n_items);
    if (!c)
        c = check_reducer(v, i, 2);
    for (size_t d = 0; !c && d < i->n_dst; d++)
        c = define(v, i->dst[d]);
    v->each = ++v->n_each;
    if (!c)
        c = scoped_block(v, i->blocks[1], 0);
    v->each = outer;
    close_scope(v, mark);
    return c;
}

static SpmlCode check_loop(Verify *v, const KInst *i) /* each, for, group */
{
    size_t mark = v->n_scope;
    Verify outer = *v;
    if (i->op == K_group && (v->depth > 1 || v->in_group || v->in_each))
        return fail(v, "group stands only at the top of a kernel");
    SpmlCode c = check_axes(v, i);
    if (i->op != K_for)
        v->each = ++v->n_each;
    v->in_group |= i->op == K_group;
    v->in_each |= i->op == K_each;
    if (!c)
        c = scoped_block(v, i->blocks[0], 0);
    v->each = outer.each;
    v->in_group = outer.in_group;
    v->in_each = outer.in_each;
    close_scope(v, mark);
    return c;
}

static SpmlCode check_branch(Verify *v, const KInst *i) /* if, cond */
{
    if (want_type(v, i->args[0], DT_bool, "condition"))
        return SPML_DATA;
    for (size_t b = 0; b < 2; b++) {
        if (scoped_block(v, i->blocks[b], i->n_dst))
            return SPML_DATA;
        for (size_t d = 0; d < i->n_dst; d++)
            if (yields(v, i->blocks[b], d, kir_type(v->k, i->dst[d])))
                return SPML_DATA;
    }
    return SPML_OK;
}

static SpmlCode check_while(Verify *v, const KInst *i)
{
    if (scoped_block(v, i->blocks[0], 1) || yields(v, i->blocks[0], 0, DT_bool))
        return SPML_DATA;
    return scoped_block(v, i->blocks[1], 0);
}

static SpmlCode check_barrier(Verify *v, const KInst *i)
{
    if (!v->k->scheduled || !v->in_group || v->in_each)
        return fail(v, "a barrier stands only in scheduled group code outside each");
    return SPML_OK;
}

static SpmlCode check_pipe(Verify *v, const KInst *i)
{
    if (!v->k->tiled || (i->op != K_mma && i->id >= v->k->n_mems))
        return fail(v, "stands only in what kir_schedule_mma makes");
    for (unsigned a = 0; i->op == K_mma && a < 4; a++)
        if (!v->k->regs[i->args[a]].var || want_type(v, i->args[a], i->type, "sum"))
            return v->err->code ? SPML_DATA : fail(v, "sum %u is not a var", a);
    return SPML_OK;
}

static SpmlCode check_leaf(Verify *v, const KInst *i) /* const, sym, extent */
{
    const KirKernel *k = v->k;
    if (i->op == K_sym && (i->id >= k->n_syms || k->syms[i->id].type != i->type))
        return fail(v, i->id >= k->n_syms ? "symbol %u does not exist" : "symbol %u has another type", i->id);
    if (i->op == K_extent && (i->id >= k->n_mems || i->aux >= k->mems[i->id].rank))
        return fail(v, "memory %u has no dimension %u", i->id, i->aux);
    return SPML_OK;
}

typedef SpmlCode (*Check)(Verify *v, const KInst *i);
static const Check checks[K_COUNT] = {
    [K_const] = check_leaf, [K_sym] = check_leaf, [K_extent] = check_leaf, [K_set] = check_set, [K_call] = check_call,
    [K_cond] = check_branch, [K_if] = check_branch, [K_while] = check_while, [K_load] = check_memory, [K_store] = check_memory,
    [K_scatter] = check_memory, [K_each] = check_loop, [K_for] = check_loop, [K_group] = check_loop, [K_reduce] = check_fold,
    [K_dot] = check_fold, [K_scan] = check_scan, [K_barrier] = check_barrier,
    [K_copy] = check_pipe, [K_quad] = check_pipe, [K_fragment] = check_pipe, [K_mma] = check_pipe,
};

static SpmlCode check_arity(Verify *v, const KInst *i)
{
    const KOpInfo *o = &kop_info[i->op];
    if (o->n_args >= 0 && i->n_args != o->n_args)
        return fail(v, "takes %d arguments, %u given", o->n_args, i->n_args);
    if (o->n_dst >= 0 && i->n_dst != o->n_dst)
        return fail(v, "gives %d results, %u registers", o->n_dst, i->n_dst);
    if (o->n_blocks >= 0 && i->n_blocks != o->n_blocks)
        return fail(v, "has %d blocks, %u given", o->n_blocks, i->n_blocks);
    bool unscheduled = i->op == K_reduce || i->op == K_dot || i->op == K_scan || i->op == K_call;
    return v->k->scheduled && unscheduled ? fail(v, "is not scheduled") : SPML_OK;
}

static SpmlCode check_inst(Verify *v, const KInst *i)
{
    if (i->op >= K_COUNT)
        return fail(v, "unknown opcode %d", i->op);
    if (v->in_fn && (kop_info[i->op].cls == KCLASS_W || i->op == K_each || i->op == K_group || i->op == K_scan))
        return fail(v, "stands in a function");
    if (check_arity(v, i) || use_all(v, i->args, i->n_args, "argument"))
        return SPML_DATA;
    SpmlCode c = checks[i->op] ? checks[i->op](v, i) : pure_types(v, i);
    if (!c && i->op == K_set)
        c = pure_types(v, i);
    if (!c && i->op == K_scatter)
        c = check_scatter(v, i);
    return c || i->op == K_set || i->op == K_scan ? c : define_results(v, i);
}

static SpmlCode check_block(Verify *v, const KBlock *b, size_t n_yield)
{
    if (!b)
        return fail(v, "a block is missing");
    if (v->depth >= KIR_MAX_DEPTH)
        return fail(v, "blocks nest deeper than %d", KIR_MAX_DEPTH);
    const KInst *outer = v->at;
    v->depth++;
    SpmlCode c = SPML_OK;
    for (size_t n = 0; !c && n < b->n; n++) {
        v->at = b->inst[n];
        c = check_inst(v, b->inst[n]);
    }
    v->at = outer;
    if (!c && b->n_yield != n_yield)
        c = fail(v, "its block yields %u values, not %zu", b->n_yield, n_yield);
    v->depth--;
    return c ? c : use_all(v, b->yield, b->n_yield, "yielded");
}

/* ── the kernel ── */

static SpmlCode check_body(Verify *v)
{
    const KirKernel *k = v->k;
    if (k->scheduled || !k->body->n)
        return check_block(v, k->body, 0);
    for (size_t n = 0; n < k->body->n; n++) {
        KOp op = k->body->inst[n]->op;
        bool last = n + 1 == k->body->n;
        if ((op == K_each || op == K_group) != last)
            return fail(v, "the body is lets and then exactly one each or group");
    }
    return check_block(v, k->body, 0);
}

static SpmlCode check_mems(Verify *v)
{
    const KirKernel *k = v->k;
    if (k->n_operands > KIR_MAX_OPERANDS || k->n_operands > k->n_mems)
        return fail(v, "%zu operands", k->n_operands);
    if (k->n_syms > sizeof((KirLaunch *)0)->sym / sizeof(uint64_t))
        return fail(v, "%zu symbols", k->n_syms);
    for (size_t m = 0; m < k->n_mems; m++) {
        const KMem *mem = &k->mems[m];
        if (mem->rank > KIR_MAX_RANK || !mem->name)
            return fail(v, "memory %zu: rank %u", m, mem->rank);
        if (kir_mem_is_operand(mem->kind) != (m < k->n_operands))
            return fail(v, "%s: operands come first", mem->name);
        if (!mem->block_bytes && !type_set(mem->type))
            return fail(v, "%s: no tensor of %s", mem->name, dtype_name(mem->type));
        for (int d = 0; m >= k->n_operands && d < mem->rank; d++)
            if (!(mem->const_dims && mem->const_dims[d] >= 0) && !(mem->dims && mem->dims[d]))
                return fail(v, "size of '%s' is not known", mem->name);
    }
    return SPML_OK;
}

static SpmlCode check_functions(Verify *v)
{
    const KirKernel *k = v->k;
    SpmlCode c = SPML_OK;
    v->in_fn = true;
    for (size_t f = 0; !c && f < k->n_fns; f++)
        c = check_fn(v, &k->fns[f]);
    for (size_t r = 0; !c && r < k->n_reds; r++) {
        c = check_fn(v, &k->reds[r].step);
        if (!c)
            c = check_fn(v, &k->reds[r].merge);
    }
    v->in_fn = false;
    return c;
}

SpmlCode kir_verify(const KirKernel *k, Error *err)
{
    Arena scratch = {0};
    Verify v = {.k = k, .err = err};
    v.state = arena_array(&scratch, uint8_t, k->n_regs);
    v.owner = arena_array(&scratch, uint32_t, k->n_regs);
    v.scope = arena_array(&scratch, KReg, k->n_regs);
    SpmlCode c = k->arena->oom || scratch.oom ? error_oom(err) : check_mems(&v);
    if (!c)
        c = check_functions(&v);
    if (!c)
        c = check_body(&v);
    arena_free(&scratch);
    return c;
}
