/* SPDX-License-Identifier: MIT
 * kir: ranges of accesses at launch (section 7 rule 6). An index that is affine in the enclosing axes is checked exactly: axes are
 * eliminated from the innermost outwards, each at the end of its own range, which may depend on outer axes. Other indices are
 * bounded by interval arithmetic. Loops that run for no item make no access; conditions around an access do not count. */
#include "base/uninit.h"
#include "kir/core.h"

#include <inttypes.h>
#include <string.h>

typedef struct Range { int64_t lo, hi; } Range; /* both included */
enum { MAX_BOUNDS = 4, MAX_CHAIN = 200, FEW_REGS = 512 };
typedef struct Bound { int64_t c0, coef[KIR_MAX_AXES]; } Bound; /* affine in the axes before its own */
typedef struct Axis {
    Bound lo[MAX_BOUNDS], hi[MAX_BOUNDS]; /* index ≥ every lo, index < every hi */
    size_t n_lo, n_hi;
    bool known;
    Range range; /* interval bound, used for indices that are not affine */
} Axis;
typedef struct Check {
    const KirKernel *k;
    const KirLaunch *l;
    Error *err;
    KInst *const *defs;
    KReg index[KIR_MAX_AXES];
    Axis axis[KIR_MAX_AXES];
    size_t n;
} Check;

static void bounds(const Check *c, KReg r, KOp through, int depth, Bound *out, size_t *n)
{
    const KInst *i = c->defs[r];
    if (*n < MAX_BOUNDS && kir_affine_in(c->k, c->l, c->defs, r, c->index, c->n, out[*n].coef, &out[*n].c0)) {
        ++*n;
    } else if (i && depth < MAX_BOUNDS && i->op == through) {
        bounds(c, i->args[0], through, depth + 1, out, n);
        bounds(c, i->args[1], through, depth + 1, out, n);
    } else if (i && depth < MAX_BOUNDS && i->op == K_move) {
        bounds(c, i->args[0], through, depth + 1, out, n);
    }
}

/* Largest (sign 1) or −smallest (sign −1) value of c0 + Σ coef·axis over the first n axes; false: not known or overflow. */
static bool extreme(const Check *c, const Bound *b, size_t n, int64_t sign, int64_t *out)
{
    Bound at = *b;
    while (n && !at.coef[n - 1])
        n--;
    if (!n)
        return !__builtin_mul_overflow(at.c0, sign, out);
    const Axis *a = &c->axis[n - 1];
    int64_t coef = at.coef[n - 1], found = 0;
    bool up = (coef > 0) == (sign > 0), any = false;
    at.coef[n - 1] = 0;
    for (size_t o = 0; o < (up ? a->n_hi : a->n_lo); o++) { /* the tightest of the bounds */
        const Bound *end = up ? &a->hi[o] : &a->lo[o];
        Bound sum;
        int64_t part, here;
        bool ok = !__builtin_mul_overflow(end->c0 - up, coef, &part) && !__builtin_add_overflow(part, at.c0, &sum.c0);
        for (size_t i = 0; i < n; i++)
            ok = ok && !__builtin_mul_overflow(i < n - 1 ? end->coef[i] : 0, coef, &part)
                && !__builtin_add_overflow(part, at.coef[i], &sum.coef[i]);
        if (!ok || !extreme(c, &sum, n - 1, sign, &here))
            continue;
        found = any && found < here ? found : here;
        any = true;
    }
    *out = found;
    return any;
}

static bool affine_range(const Check *c, const Bound *b, Range *out)
{
    int64_t low;
    if (!extreme(c, b, c->n, 1, &out->hi) || !extreme(c, b, c->n, -1, &low) || low == INT64_MIN)
        return false;
    out->lo = -low;
    return true;
}

/* ── indices that are not affine ── */

static bool interval(const Check *c, KReg r, int depth, Range *out);

static bool interval_mul(Range a, Range b, Range *out)
{
    int64_t p[4];
    if (__builtin_mul_overflow(a.lo, b.lo, &p[0]) || __builtin_mul_overflow(a.lo, b.hi, &p[1]) || __builtin_mul_overflow(a.hi, b.lo, &p[2])
        || __builtin_mul_overflow(a.hi, b.hi, &p[3]))
        return false;
    *out = (Range){p[0], p[0]};
    for (int i = 1; i < 4; i++)
        *out = (Range){p[i] < out->lo ? p[i] : out->lo, p[i] > out->hi ? p[i] : out->hi};
    return true;
}

static bool interval_op(const KInst *i, Range a, Range b, Range *out)
{
    switch (i->op) {
    case K_add: return !__builtin_add_overflow(a.lo, b.lo, &out->lo) && !__builtin_add_overflow(a.hi, b.hi, &out->hi);
    case K_sub: return !__builtin_sub_overflow(a.lo, b.hi, &out->lo) && !__builtin_sub_overflow(a.hi, b.lo, &out->hi);
    case K_mul: return interval_mul(a, b, out);
    case K_div: *out = (Range){b.lo ? a.lo / b.lo : 0, b.lo ? a.hi / b.lo : 0}; return b.lo == b.hi && b.lo > 0;
    case K_rem: *out = (Range){a.lo < 0 ? 1 - b.hi : 0, a.hi > 0 ? b.hi - 1 : 0}; return b.lo > 0;
    case K_min: *out = (Range){a.lo < b.lo ? a.lo : b.lo, a.hi < b.hi ? a.hi : b.hi}; return true;
    case K_max: *out = (Range){a.lo > b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi}; return true;
    case K_and: *out = (Range){0, b.hi}; return b.lo >= 0;
    case K_shr: *out = (Range){a.lo >> b.lo, a.hi >> b.lo}; return b.lo == b.hi && b.lo >= 0 && b.lo < 64;
    default: return false;
    }
}

static bool interval_choice(const Check *c, const KInst *i, KReg r, int depth, Range *out)
{
    KReg arm[2] = {0, 0};
    for (size_t d = 0; d < i->n_dst; d++)
        for (int s = 0; s < 2 && i->dst[d] == r; s++)
            arm[s] = i->op == K_cond ? i->blocks[s]->yield[d] : i->args[1 + s];
    Range a, b;
    if (!arm[0] || !interval(c, arm[0], depth + 1, &a) || !interval(c, arm[1], depth + 1, &b))
        return false;
    *out = (Range){a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi};
    return true;
}

static bool interval(const Check *c, KReg r, int depth, Range *out)
{
    Bound b;
    if (depth > MAX_CHAIN || kir_type(c->k, r) != DT_i64)
        return false;
    if (kir_affine_in(c->k, c->l, c->defs, r, c->index, c->n, b.coef, &b.c0) && affine_range(c, &b, out))
        return true;
    for (size_t a = 0; a < c->n; a++)
        if (c->index[a] == r) {
            *out = c->axis[a].range;
            return c->axis[a].known;
        }
    const KInst *i = c->defs[r];
    Range x, y = {0, 0};
    if (!i)
        return false;
    if (i->op == K_move || (i->op == K_cast && kir_type(c->k, i->args[0]) == DT_i64))
        return interval(c, i->args[0], depth + 1, out);
    if (i->op == K_cond || i->op == K_select)
        return interval_choice(c, i, r, depth, out);
    if (kop_info[i->op].cls != KCLASS_P || i->n_args != 2)
        return false;
    return interval(c, i->args[0], depth + 1, &x) && interval(c, i->args[1], depth + 1, &y) && interval_op(i, x, y, out);
}

/* ── walking ── */

static SpmlCode refuse(const Check *c, const KInst *i, size_t d, const char *fmt, int64_t reaches, int64_t extent)
{
    Text t = {0}, where = {0};
    char tail[160];
    kir_where(c->k, i, &where);
    for (size_t a = 0; a < c->k->mems[i->id].rank; a++) {
        text_puts(&t, a ? ", " : "");
        kir_expr_print(c->k, c->defs, i->args[a], &t);
    }
    snprintf(tail, sizeof tail, fmt, d, reaches, extent);
    error_set(c->err, SPML_UNSUPPORTED, "launch", "%slaunch: kernel %s: %s[%s]%s", where.p ? where.p : "", c->k->name, c->k->mems[i->id].name,
        t.p ? t.p : "", tail);
    text_free(&t);
    text_free(&where);
    return SPML_UNSUPPORTED;
}

static SpmlCode check_access(const Check *c, const KInst *i)
{
    for (size_t d = 0; d < c->k->mems[i->id].rank; d++) {
        Range r;
        int64_t extent = c->l->view[i->id].dim[d];
        if (!interval(c, i->args[d], 0, &r))
            return refuse(c, i, d, ": the range of index %zu is not known", 0, 0);
        if (r.lo < 0 || r.hi >= extent)
            return refuse(c, i, d, ": index %zu reaches %" PRId64 ", the extent is %" PRId64, r.lo < 0 ? r.lo : r.hi, extent);
    }
    return SPML_OK;
}

static SpmlCode check_block(Check *c, const KBlock *b, int depth);

/* Opens axis a of loop i; *empty: it runs for no item. */
static SpmlCode open_axis(Check *c, const KInst *i, const KAxis *a, int depth, bool *empty)
{
    if (c->n == KIR_MAX_AXES) {
        error_set(c->err, SPML_UNSUPPORTED, "launch", "launch: kernel %s: more than %d axes", c->k->name, KIR_MAX_AXES);
        return SPML_UNSUPPORTED;
    }
    Axis *x = &c->axis[c->n];
    SpmlCode code = a->bound ? check_block(c, a->bound, depth + 1) : SPML_OK;
    KReg lo = a->bound ? a->bound->yield[0] : a->lo, hi = a->bound ? a->bound->yield[1] : a->hi;
    Range first, last;
    x->n_lo = x->n_hi = 0;
    bounds(c, lo, K_max, 0, x->lo, &x->n_lo);
    bounds(c, hi, K_min, 0, x->hi, &x->n_hi);
    bool low = interval(c, lo, 0, &first), high = interval(c, hi, 0, &last);
    x->known = low && high;
    if (x->known)
        x->range = (Range){first.lo, last.hi - 1};
    *empty = x->known && last.hi <= first.lo;
    c->index[c->n++] = a->index;
    return code;
}

static SpmlCode check_loop(Check *c, const KInst *i, int depth)
{
    size_t outer = c->n;
    SpmlCode code = SPML_OK;
    bool empty = false;
    for (size_t a = 0; !code && !empty && a < i->n_axes; a++)
        code = open_axis(c, i, &i->axes[a], depth, &empty);
    for (size_t b = 0; !code && !empty && b < i->n_blocks; b++)
        code = check_block(c, i->blocks[b], depth + 1);
    c->n = outer;
    return code;
}

static SpmlCode check_block(Check *c, const KBlock *b, int depth)
{
    SpmlCode code = SPML_OK;
    for (size_t n = 0; !code && depth < KIR_MAX_DEPTH && n < b->n; n++) {
        const KInst *i = b->inst[n];
        bool access = (i->op == K_load || i->op == K_store) && i->id < c->k->n_operands && i->guard == KGUARD_NONE;
        code = access ? check_access(c, i) : i->n_axes || i->n_blocks ? check_loop(c, i, depth) : SPML_OK;
    }
    return code;
}

SpmlCode kir_check_ranges(const KirKernel *k, const KirLaunch *l, Error *err)
{
    UNINIT KInst *few[FEW_REGS]; /* every launch is checked: most kernels are small */
    Arena scratch = {0};
    KInst **defs = k->n_regs <= FEW_REGS ? few : arena_array(&scratch, KInst *, k->n_regs);
    if (!defs)
        return error_oom(err);
    kir_defs_into(k, defs);
    UNINIT Check c; /* large; an axis is filled when it is opened */
    c.k = k, c.l = l, c.err = err, c.defs = defs, c.n = 0;
    SpmlCode code = check_block(&c, k->body, 0);
    arena_free(&scratch);
    return code;
}
