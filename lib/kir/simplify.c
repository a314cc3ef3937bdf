/* SPDX-License-Identifier: MIT
 * kir: simplification in place: calls inlined, constants folded with the interpreter's own arithmetic, equal single-assignment
 * expressions shared, dead code removed. Float arithmetic is only ever evaluated, never rearranged; registers declared `var`
 * are left alone. Preserves the form (scheduled or not) and every bit of every result. */
#include "base/hard.h"
#include "kir/core.h"

#include <string.h>

typedef struct Simplify {
    KirKernel *k;
    Arena *scratch;
    KReg *same;       /* [cap]: register to use instead; 0: itself */
    KInst **value;    /* [cap]: defining K_const of a register, or NULL */
    size_t cap;       /* registers the tables have room for */
    bool changed;
} Simplify;

/* ── inlining ── */

static bool inline_block(Simplify *s, KBlock *b, int depth);

static bool inline_call(Simplify *s, KBlock *out, const KInst *i, int depth)
{
    const KFn *f = &s->k->fns[i->id];
    KBlock *body = kir_block(s->k);
    KReg *results = arena_array(s->scratch, KReg, f->n_results);
    if (!body || !results || !kir_inline(s->k, s->k, s->scratch, body, f, i->args, results) || !inline_block(s, body, depth + 1))
        return false;
    for (size_t n = 0; n < body->n; n++)
        if (!kir_append(s->k, out, body->inst[n]))
            return false;
    for (size_t d = 0; d < i->n_dst; d++) {
        KInst *m = kir_add(s->k, out, K_move, kir_type(s->k, i->dst[d]), i->dst[d], 1, &results[d]);
        if (!m)
            return false;
        m->line = i->line;
        m->file = i->file;
    }
    return true;
}

static bool inline_block(Simplify *s, KBlock *b, int depth)
{
    KBlock out = {.yield = b->yield, .n_yield = b->n_yield};
    if (depth > KIR_MAX_DEPTH)
        return false;
    for (size_t n = 0; n < b->n; n++) {
        KInst *i = b->inst[n];
        for (size_t x = 0; kir_sub_block(i, x); x++)
            if (!inline_block(s, kir_sub_block(i, x), depth + 1))
                return false;
        if (i->op == K_call ? !inline_call(s, &out, i, depth) : !kir_append(s->k, &out, i))
            return false;
    }
    *b = out;
    return true;
}

/* ── folding ── */

static bool room(Simplify *s) /* tables for registers made meanwhile */
{
    if (s->k->n_regs <= s->cap)
        return true;
    size_t cap = s->k->n_regs * 2;
    KReg *same = arena_array(s->scratch, KReg, cap);
    KInst **value = arena_array(s->scratch, KInst *, cap);
    if (!same || !value)
        return false;
    if (s->cap) {
        memcpy(same, s->same, s->cap * sizeof *same);
        memcpy(value, s->value, s->cap * sizeof *value);
    }
    s->same = same;
    s->value = value;
    s->cap = cap;
    return true;
}

static void substitute(Simplify *s, KReg *r)
{
    if (*r < s->cap && s->same[*r]) {
        *r = s->same[*r];
        s->changed = true;
    }
}

static void substitute_axis(Simplify *s, KAxis *a)
{
    substitute(s, &a->lo);
    substitute(s, &a->hi);
    substitute(s, &a->by);
}

static void make_const(Simplify *s, KInst *i, uint64_t bits)
{
    i->op = K_const;
    i->n_args = i->n_blocks = 0;
    i->bits = bits;
    s->value[i->dst[0]] = i;
    s->changed = true;
}

static void make_move(Simplify *s, KInst *i, KReg from)
{
    if (i->op == K_move && i->args[0] == from)
        return;
    i->op = K_move;
    i->args[0] = from;
    i->n_args = 1;
    i->n_blocks = 0;
    s->changed = true;
}

static bool fold_all_const(Simplify *s, KInst *i)
{
    uint64_t a[3];
    if (kop_info[i->op].cls != KCLASS_P || i->op == K_const || i->op == K_call || !i->n_args || i->n_args > 3)
        return false;
    for (size_t n = 0; n < i->n_args; n++) {
        if (!s->value[i->args[n]])
            return false;
        a[n] = s->value[i->args[n]]->bits;
    }
    make_const(s, i, kir_eval(i->op, i->type, kir_type(s->k, i->args[i->op == K_select ? 1 : 0]), a));
    return true;
}

/* integers: x+0 0+x x-0 x*1 1*x x/1 x<<0 x>>0 x|0 x&~0; x*0 and x&0 are 0 */
static void fold_neutral(Simplify *s, KInst *i)
{
    if (i->n_args != 2 || (!dtype_is_int(i->type) && i->type != DT_bool) || (i->op >= K_eq && i->op <= K_ge))
        return;
    KReg x = i->args[0], y = i->args[1];
    bool commutes = i->op == K_add || i->op == K_mul || i->op == K_or || i->op == K_and || i->op == K_xor;
    if (commutes && s->value[x]) {
        KReg t = x;
        x = y;
        y = t;
    }
    if (!s->value[y])
        return;
    uint64_t c = s->value[y]->bits, ones = i->type == DT_bool ? 1 : ~(uint64_t)0 >> (64 - dtype_bits(i->type));
    switch (i->op) {
    case K_add: case K_sub: case K_or: case K_xor: case K_shl: case K_shr:
        if (c == 0)
            make_move(s, i, x);
        return;
    case K_mul:
        if (c == 1)
            make_move(s, i, x);
        else if (c == 0)
            make_const(s, i, 0);
        return;
    case K_div:
        if (c == 1)
            make_move(s, i, x);
        return;
    case K_and:
        if (c == ones)
            make_move(s, i, x);
        else if (c == 0)
            make_const(s, i, 0);
        return;
    default: return;
    }
}

static bool fold_block(Simplify *s, KBlock *b, int depth);

static bool splice(Simplify *s, KBlock *out, const KBlock *arm, const KInst *i) /* arm takes the place of i */
{
    for (size_t n = 0; n < arm->n; n++)
        if (!kir_append(s->k, out, arm->inst[n]))
            return false;
    for (size_t d = 0; d < i->n_dst; d++)
        if (!kir_add(s->k, out, K_move, kir_type(s->k, i->dst[d]), i->dst[d], 1, &arm->yield[d]))
            return false;
    s->changed = true;
    return true;
}

static void fold_inst(Simplify *s, KInst *i)
{
    for (size_t a = 0; a < i->n_args; a++)
        substitute(s, &i->args[a]);
    if (i->op == K_const)
        s->value[i->dst[0]] = i;
    else if (!fold_all_const(s, i))
        fold_neutral(s, i);
    if (i->op == K_select && s->value[i->args[0]])
        make_move(s, i, i->args[s->value[i->args[0]]->bits & 1 ? 1 : 2]);
    if (i->op == K_cast && kir_type(s->k, i->args[0]) == i->type)
        make_move(s, i, i->args[0]);
    if (i->op == K_move && !s->k->regs[i->args[0]].var && s->k->regs[i->args[0]].vec == s->k->regs[i->dst[0]].vec)
        s->same[i->dst[0]] = i->args[0];
}

static bool fold_nested(Simplify *s, KInst *i, int depth)
{
    for (size_t a = 0; a < i->n_axes; a++) {
        substitute_axis(s, &i->axes[a]);
        if (i->axes[a].bound && !fold_block(s, i->axes[a].bound, depth + 1))
            return false;
    }
    for (size_t b = 0; b < i->n_blocks; b++)
        if (!fold_block(s, i->blocks[b], depth + 1))
            return false;
    return true;
}

static bool fold_block(Simplify *s, KBlock *b, int depth)
{
    KBlock out = {.yield = b->yield, .n_yield = b->n_yield};
    if (!room(s) || depth > KIR_MAX_DEPTH)
        return false;
    for (size_t n = 0; n < b->n; n++) {
        KInst *i = b->inst[n];
        fold_inst(s, i);
        if (!fold_nested(s, i, depth) || !room(s))
            return false;
        bool decided = (i->op == K_cond || i->op == K_if) && s->value[i->args[0]];
        if (decided ? !splice(s, &out, i->blocks[s->value[i->args[0]]->bits & 1 ? 0 : 1], i) : !kir_append(s->k, &out, i))
            return false;
    }
    for (size_t y = 0; y < b->n_yield; y++)
        substitute(s, &b->yield[y]);
    *b = out;
    return true;
}

/* ── common subexpressions: what is defined before, in this block or one around it ── */

typedef struct Entry { KInst *i; struct Entry *next; } Entry;
enum { BUCKETS = HARD(1024, 3) };
typedef struct Table { Entry *bucket[BUCKETS]; } Table;

static uint32_t key(const KInst *i)
{
    uint64_t h = (uint64_t)i->op * 31 + i->type;
    h = h * 1000003u ^ i->bits ^ i->id * 97u ^ i->aux;
    for (size_t a = 0; a < i->n_args; a++)
        h = h * 1000003u ^ i->args[a];
    return (uint32_t)(h ^ h >> 32 ^ h >> 17) % BUCKETS;
}

static bool equal(const KirKernel *k, const KInst *x, const KInst *y)
{
    if (k->regs[x->dst[0]].vec != k->regs[y->dst[0]].vec)
        return false;
    if (x->op != y->op || x->type != y->type || x->n_args != y->n_args || x->bits != y->bits || x->id != y->id || x->aux != y->aux)
        return false;
    if (x->guard != y->guard || x->field != y->field || x->field_n != y->field_n)
        return false;
    return !x->n_args || !memcmp(x->args, y->args, x->n_args * sizeof *x->args);
}

static bool shareable(const KirKernel *k, const KInst *i)
{
    bool constant_load = i->op == K_load && (k->mems[i->id].kind == KMEM_IN || k->mems[i->id].kind == KMEM_TABLE);
    if (i->n_dst != 1 || !(constant_load || kop_info[i->op].cls == KCLASS_P) || i->op == K_call || i->op == K_move)
        return false;
    for (size_t a = 0; a < i->n_args; a++)
        if (k->regs[i->args[a]].var)
            return false;
    return true;
}

static bool cse_block(Simplify *s, Table *t, KBlock *b)
{
    Entry **undo = arena_array(s->scratch, Entry *, b->n);
    for (size_t n = 0; undo && n < b->n; n++) {
        KInst *i = b->inst[n];
        for (size_t a = 0; a < i->n_args; a++)
            substitute(s, &i->args[a]);
        for (size_t a = 0; a < i->n_axes; a++)
            substitute_axis(s, &i->axes[a]);
        for (size_t x = 0; kir_sub_block(i, x); x++)
            if (!cse_block(s, t, kir_sub_block(i, x)))
                return false;
        if (!shareable(s->k, i))
            continue;
        uint32_t h = key(i);
        Entry *e = t->bucket[h];
        while (e && !equal(s->k, e->i, i))
            e = e->next;
        if (e) {
            s->same[i->dst[0]] = e->i->dst[0];
        } else if ((undo[n] = arena_new(s->scratch, Entry))) {
            *undo[n] = (Entry){i, t->bucket[h]};
            t->bucket[h] = undo[n];
        }
    }
    for (size_t y = 0; y < b->n_yield; y++)
        substitute(s, &b->yield[y]);
    for (size_t n = b->n; undo && n-- > 0;)
        if (undo[n])
            t->bucket[key(undo[n]->i)] = undo[n]->next;
    return undo;
}

/* ── dead code ── */

static void count_regs(uint32_t *uses, const KReg *r, size_t n, int by)
{
    for (size_t i = 0; i < n; i++)
        uses[r[i]] += (uint32_t)by;
}

static void count_inst(uint32_t *uses, const KInst *i, int by);

static void count_block(uint32_t *uses, const KBlock *b, int by)
{
    for (size_t n = 0; n < b->n; n++)
        count_inst(uses, b->inst[n], by);
    count_regs(uses, b->yield, b->n_yield, by);
}

static void count_inst(uint32_t *uses, const KInst *i, int by)
{
    count_regs(uses, i->args, i->n_args, by);
    for (size_t a = 0; a < i->n_axes; a++)
        count_regs(uses, (KReg[]){i->axes[a].lo, i->axes[a].hi, i->axes[a].by}, 3, by);
    for (size_t x = 0; kir_sub_block(i, x); x++)
        count_block(uses, kir_sub_block(i, x), by);
}

static bool block_empty(const KInst *i)
{
    for (size_t b = 0; b < i->n_blocks; b++)
        if (i->blocks[b]->n)
            return false;
    return true;
}

static bool removable(const KInst *i, bool top)
{
    if (i->op == K_if || i->op == K_for || i->op == K_each)
        return !top && block_empty(i);
    if (i->op == K_set || i->op == K_cond || i->op == K_reduce || i->op == K_dot)
        return true;
    return i->n_dst && (kop_info[i->op].cls == KCLASS_P || kop_info[i->op].cls == KCLASS_R);
}

static bool dce_block(uint32_t *uses, KBlock *b, bool top) /* true: something went */
{
    bool changed = false;
    size_t kept = b->n;
    for (size_t n = b->n; n-- > 0;) { /* backwards: users go before what they use */
        KInst *i = b->inst[n];
        for (size_t x = 0; kir_sub_block(i, x); x++)
            changed |= dce_block(uses, kir_sub_block(i, x), false);
        bool used = false;
        for (size_t d = 0; d < i->n_dst; d++)
            used |= uses[i->dst[d]] != 0;
        if (used || !removable(i, top)) {
            b->inst[--kept] = i;
            continue;
        }
        count_inst(uses, i, -1);
        changed = true;
    }
    if (kept)
        memmove(b->inst, b->inst + kept, (b->n - kept) * sizeof *b->inst);
    b->n -= kept;
    return changed;
}

static bool dce(Simplify *s)
{
    KirKernel *k = s->k;
    uint32_t *uses = arena_array(s->scratch, uint32_t, k->n_regs);
    if (!uses)
        return false;
    count_block(uses, k->body, 1);
    for (size_t m = 0; m < k->n_mems; m++)
        if (k->mems[m].dims && m >= k->n_operands)
            count_regs(uses, k->mems[m].dims, k->mems[m].rank, 1);
    while (dce_block(uses, k->body, true))
        s->changed = true;
    return true;
}

/* ── driver ── */

static void substitute_dims(Simplify *s)
{
    for (size_t m = s->k->n_operands; m < s->k->n_mems; m++)
        for (size_t d = 0; s->k->mems[m].dims && d < s->k->mems[m].rank; d++)
            substitute(s, &s->k->mems[m].dims[d]);
}

static bool each_body(Simplify *s, bool (*fn)(Simplify *, KBlock *, int))
{
    KirKernel *k = s->k;
    bool ok = fn(s, k->body, 0);
    for (size_t f = 0; ok && f < k->n_fns; f++)
        ok = fn(s, k->fns[f].body, 0);
    for (size_t r = 0; ok && r < k->n_reds; r++)
        ok = fn(s, k->reds[r].step.body, 0) && fn(s, k->reds[r].merge.body, 0);
    return ok;
}

static bool cse_body(Simplify *s, KBlock *b, int depth)
{
    Table *t = arena_new(s->scratch, Table);
    return t && cse_block(s, t, b);
}

static bool round_of(Simplify *s, unsigned passes)
{
    s->changed = false;
    if ((passes & KPASS_FOLD) && !each_body(s, fold_block))
        return false;
    if ((passes & KPASS_CSE) && (!room(s) || !each_body(s, cse_body)))
        return false;
    substitute_dims(s);
    return !(passes & KPASS_DCE) || dce(s);
}

SpmlCode kir_simplify(KirKernel *k, unsigned passes, Error *err)
{
    Arena scratch = {0};
    Simplify s = {.k = k, .scratch = &scratch};
    bool ok = room(&s) && (!(passes & KPASS_INLINE) || each_body(&s, inline_block)) && room(&s);
    for (int n = 0; ok && n < 8; n++) {
        ok = round_of(&s, passes);
        if (!s.changed)
            break;
    }
    arena_free(&scratch);
    return ok && !k->arena->oom ? SPML_OK : error_oom(err);
}
