/* SPDX-License-Identifier: MIT
 * kir: how often a lane goes round its loops at a launch, for drivers that end loops early. Takes a scheduled kernel, goes through it once as lane 0 of the first
 * item with what the launch decides (extents, symbols, arithmetic on them), never reading memory: a loop whose bounds are data counts once, and of
 * two branches the longer counts unless the launch decides; turns after the first of a loop are like it. An estimate: loops of few constant turns are taken as unrolled. */
#include "kir/core.h"
#include "kir/target.h"

#include <string.h>

enum { MAX_NEST = 200, UNROLLED = 32 };
static const int64_t most = INT64_C(1) << 40;

typedef struct Walk {
    const KirKernel *k;
    const KirLaunch *l;
    uint64_t *value;  /* [n_regs] */
    uint8_t *known;   /* [n_regs] 0: no, 1: the launch decides it, 2: a constant */
    int nest;
} Walk;

static int64_t times(int64_t a, int64_t b)
{
    int64_t n;
    return __builtin_mul_overflow(a, b, &n) || n > most ? most : n;
}
static int64_t plus(int64_t a, int64_t b) { return a + b > most ? most : a + b; } /* each at most `most` */

static int64_t block(Walk *w, const KBlock *b);

static void learn(Walk *w, KReg r, uint8_t known, uint64_t v)
{
    w->known[r] = w->k->regs[r].var ? 0 : known;
    w->value[r] = v;
}

static void pure(Walk *w, const KInst *i)
{
    uint64_t args[4] = {0};
    uint8_t known = i->n_args && i->n_args <= 4 && kop_info[i->op].cls == KCLASS_P ? 2 : 0;
    for (unsigned a = 0; a < i->n_args && known; a++) {
        args[a] = w->value[i->args[a]];
        known = known < w->known[i->args[a]] ? known : w->known[i->args[a]];
    }
    learn(w, i->dst[0], known, known ? kir_eval(i->op, i->type, kir_type(w->k, i->args[0]), args) : 0);
}

/* Turns of one axis from where the walk stands; *constant: they are few and the same at every launch. */
static int64_t axis_turns(const Walk *w, const KAxis *x, bool *constant)
{
    const KReg lo = x->bound ? x->bound->yield[0] : x->lo, hi = x->bound ? x->bound->yield[1] : x->hi;
    const uint8_t known = w->known[lo] < w->known[hi] ? w->known[lo] : w->known[hi];
    const int64_t from = (int64_t)w->value[lo], to = (int64_t)w->value[hi], by = x->by && w->known[x->by] ? (int64_t)w->value[x->by] : 1;
    *constant = false;
    if (!known || by < 1)
        return 1;
    if (to <= from)
        return 0;
    const uint64_t n = ((uint64_t)to - (uint64_t)from + (uint64_t)by - 1) / (uint64_t)by;
    *constant = known == 2 && n <= UNROLLED;
    return n > (uint64_t)most ? most : (int64_t)n;
}

/* Lanes share all points of a loop whose axes do not depend on each other, else those of the last axis. */
static int64_t shared(Walk *w, const KInst *i, int64_t lanes)
{
    int64_t all = 1;
    for (unsigned a = 0; a < i->n_axes; a++) {
        bool constant;
        all = times(all, axis_turns(w, &i->axes[a], &constant));
        learn(w, i->axes[a].index, w->known[i->axes[a].lo] ? 1 : 0, w->value[i->axes[a].lo]);
    }
    all = all / lanes + (all % lanes != 0);
    return plus(all, times(all, block(w, i->blocks[0])));
}

static int64_t loop(Walk *w, const KInst *i)
{
    const int64_t lanes = i->op == K_each && w->k->group_size > 1 ? w->k->group_size : 1;
    int64_t all = 1, turns = 0;
    bool bounds = false;
    for (unsigned a = 0; a < i->n_axes; a++)
        bounds |= i->axes[a].bound != NULL;
    if (lanes > 1 && i->n_axes > 1 && !bounds)
        return shared(w, i, lanes);
    for (unsigned a = 0; a < i->n_axes; a++) {
        const KAxis *x = &i->axes[a];
        bool constant;
        if (x->bound)
            turns = plus(turns, times(all, block(w, x->bound)));
        int64_t n = axis_turns(w, x, &constant);
        if (a + 1 == i->n_axes)
            n = n / lanes + (n % lanes != 0);
        const KReg lo = x->bound ? x->bound->yield[0] : x->lo;
        learn(w, x->index, w->known[lo] ? 1 : 0, w->value[lo]);
        all = times(all, n);
        turns = plus(turns, constant ? 0 : all);
    }
    return plus(turns, times(all, block(w, i->blocks[0])));
}

static int64_t branches(Walk *w, const KInst *i)
{
    int64_t n = 0;
    if (i->op != K_while && w->known[i->args[0]]) {
        const unsigned taken = w->value[i->args[0]] & 1 ? 0 : 1;
        return taken < i->n_blocks ? block(w, i->blocks[taken]) : 0;
    }
    for (unsigned b = 0; b < i->n_blocks; b++) {
        const int64_t one = block(w, i->blocks[b]);
        n = i->op == K_while ? plus(n, one) : one > n ? one : n;
    }
    return i->op == K_while ? plus(n, 1) : n;
}

static int64_t inst(Walk *w, const KInst *i)
{
    for (unsigned d = 0; d < i->n_dst; d++)
        learn(w, i->dst[d], 0, 0);
    switch (i->op) {
    case K_const: learn(w, i->dst[0], 2, i->bits); return 0;
    case K_sym: learn(w, i->dst[0], 1, w->l->sym[i->id]); return 0;
    case K_extent:
        if (i->id < w->k->n_operands)
            learn(w, i->dst[0], 1, (uint64_t)w->l->view[i->id].dim[i->aux]);
        return 0;
    case K_move: learn(w, i->dst[0], w->known[i->args[0]], w->value[i->args[0]]); return 0;
    case K_lane: learn(w, i->dst[0], 1, 0); return 0;
    case K_if: case K_cond: case K_while: return branches(w, i);
    case K_for: case K_each: case K_group: return loop(w, i);
    default:
        if (i->n_dst == 1)
            pure(w, i);
        return 0;
    }
}

static int64_t block(Walk *w, const KBlock *b)
{
    int64_t turns = 0;
    if (!b || w->nest >= MAX_NEST)
        return 0;
    w->nest++;
    for (size_t n = 0; n < b->n; n++)
        turns = plus(turns, inst(w, b->inst[n]));
    w->nest--;
    return turns;
}

int64_t kir_turns(const KirKernel *k, const KirLaunch *l)
{
    Arena scratch = {0};
    Walk w = {.k = k, .l = l, .value = arena_array(&scratch, uint64_t, k->n_regs), .known = arena_array(&scratch, uint8_t, k->n_regs)};
    const KInst *top = k->body->n ? k->body->inst[k->body->n - 1] : NULL;
    int64_t turns = 0;
    if (w.value && w.known && top) {
        memset(w.known, 0, k->n_regs);
        for (size_t n = 0; n + 1 < k->body->n; n++)
            turns = plus(turns, inst(&w, k->body->inst[n]));
        for (unsigned a = 0; a < top->n_axes; a++)
            learn(&w, top->axes[a].index, w.known[top->axes[a].lo] ? 1 : 0, w.value[top->axes[a].lo]);
        turns = plus(turns, block(&w, top->blocks[0]));
    }
    arena_free(&scratch);
    return turns;
}
