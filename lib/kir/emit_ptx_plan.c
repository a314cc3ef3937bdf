/* SPDX-License-Identifier: MIT
 * kir: which `for` loops the PTX emitter writes out. PTX cannot index registers, so a small private array lives in registers only if every
 * index to it is a number while writing; the loops whose indices those are get unrolled, within a limit of text. Reads the kernel, notes loops
 * and arrays in the Ptx; changes no meaning. */
#include "kir/core.h"
#include "kir/emit_ptx.h"

#include <string.h>

enum { MAX_LOOPS = 64, MAX_TRIPS = 256, MAX_ELEMENTS = 256, MAX_TEXT = 24000 };

typedef struct Plan {
    Ptx *p;
    bool *known;               /* by register: a number if all candidate loops are unrolled */
    uint64_t *bits, *deps;     /* its value where deps is 0; loops it depends on */
    const KInst *loop[MAX_LOOPS];
    int64_t trips[MAX_LOOPS];
    unsigned n_loops;
    bool *ok;                  /* by memory: every index so far is known */
    uint64_t *need;            /* loops its indices depend on */
    uint64_t unroll;
} Plan;

static void visit_block(Plan *l, const KBlock *b, int nest);

static bool fixed(const Plan *l, KReg r) { return l->known[r] && !l->deps[r]; }

/* Iterations of all axes of i, −1: not constant. */
static int64_t trips_of(const Plan *l, const KInst *i)
{
    int64_t n = 1;
    for (unsigned a = 0; a < i->n_axes; a++) {
        const KAxis *x = &i->axes[a];
        if (x->bound || !fixed(l, x->lo) || !fixed(l, x->hi) || (x->by && !fixed(l, x->by)))
            return -1;
        const int64_t by = x->by ? (int64_t)l->bits[x->by] : 1, span = (int64_t)(l->bits[x->hi] - l->bits[x->lo]);
        if (by <= 0 || span > MAX_TRIPS * by)
            return -1;
        n *= span > 0 ? (span + by - 1) / by : 0;
        if (n > MAX_TRIPS)
            return -1;
    }
    return n;
}

static void visit_pure(Plan *l, const KInst *i)
{
    const KReg d = i->dst[0];
    const KirKernel *k = l->p->k;
    uint64_t args[3] = { 0 }, deps = 0;
    bool known = i->op == K_const || (i->n_args && i->n_args <= 3 && i->op != K_call);
    for (unsigned a = 0; known && a < i->n_args; a++) {
        known &= l->known[i->args[a]] && !dtype_is_float(kir_type(k, i->args[a]));
        args[a] = l->bits[i->args[a]];
        deps |= l->deps[i->args[a]];
    }
    l->known[d] = known && !k->regs[d].var && !dtype_is_float(i->type);
    l->deps[d] = deps;
    if (l->known[d] && !deps)
        l->bits[d] = i->op == K_const ? i->bits : kir_eval(i->op, i->type, kir_type(k, i->args[i->op == K_select]), args);
}

static void visit_access(Plan *l, const KInst *i)
{
    const KMem *m = &l->p->k->mems[i->id];
    for (unsigned d = 0; d < m->rank; d++) {
        l->ok[i->id] &= l->known[i->args[d]];
        l->need[i->id] |= l->deps[i->args[d]];
    }
    l->ok[i->id] &= i->op != K_scatter;
}

static void visit_loop(Plan *l, const KInst *i, int nest)
{
    const int64_t n = i->op == K_for && l->n_loops < MAX_LOOPS ? trips_of(l, i) : -1;
    if (n >= 0) {
        l->loop[l->n_loops] = i;
        l->trips[l->n_loops] = n;
        for (unsigned a = 0; a < i->n_axes; a++) {
            l->known[i->axes[a].index] = true;
            l->deps[i->axes[a].index] = (uint64_t)1 << l->n_loops;
        }
        l->n_loops++;
    }
    visit_block(l, i->blocks[0], nest);
}

static void visit_block(Plan *l, const KBlock *b, int nest)
{
    for (size_t n = 0; b && nest < PTX_NEST && n < b->n; n++) {
        const KInst *i = b->inst[n];
        if (i->op == K_load || i->op == K_store || i->op == K_scatter)
            visit_access(l, i);
        else if (kop_info[i->op].cls == KCLASS_P && i->n_dst == 1)
            visit_pure(l, i);
        else if (i->op == K_for || i->op == K_each || i->op == K_group)
            visit_loop(l, i, nest + 1);
        else
            for (unsigned s = 0; s < i->n_blocks; s++)
                visit_block(l, i->blocks[s], nest + 1);
    }
}

static bool chosen(const Plan *l, const KInst *i, int64_t *trips)
{
    for (unsigned n = 0; n < l->n_loops; n++)
        if (l->loop[n] == i) {
            *trips = l->trips[n];
            return l->unroll >> n & 1;
        }
    return false;
}

static int64_t text_of(const Plan *l, const KBlock *b, int nest)
{
    int64_t all = 0, trips;
    for (size_t n = 0; b && nest < PTX_NEST && n < b->n; n++) {
        const KInst *i = b->inst[n];
        int64_t inner = 1;
        for (unsigned s = 0; s < i->n_blocks; s++)
            inner += text_of(l, i->blocks[s], nest + 1);
        all += chosen(l, i, &trips) ? inner * trips : inner;
        if (all > MAX_TEXT)
            return MAX_TEXT + 1;
    }
    return all;
}

static void choose(Plan *l)
{
    Ptx *p = l->p;
    for (size_t m = p->k->n_operands; m < p->k->n_mems; m++) {
        const int64_t n = ptx_elements(p, &p->k->mems[m]);
        l->ok[m] &= p->k->mems[m].kind == KMEM_PRIVATE && n >= 0 && n <= MAX_ELEMENTS;
        l->unroll |= l->ok[m] ? l->need[m] : 0;
    }
    if (text_of(l, p->k->body, 0) > MAX_TEXT) { /* only the arrays that need no unrolling */
        l->unroll = 0;
        for (size_t m = 0; m < p->k->n_mems; m++)
            l->ok[m] &= !l->need[m];
    }
    for (size_t m = p->k->n_operands; m < p->k->n_mems; m++)
        p->arrays[m] = (PtxArray){ .n = ptx_elements(p, &p->k->mems[m]), .regs = l->ok[m] };
    for (unsigned n = 0; n < l->n_loops; n++)
        if (l->unroll >> n & 1) {
            p->unroll = arena_grow(&p->scratch, p->unroll, p->n_unroll, &p->cap_unroll, const KInst *);
            if (p->unroll)
                p->unroll[p->n_unroll++] = l->loop[n];
        }
}

void ptx_plan(Ptx *p)
{
    Plan l = { .p = p };
    l.known = arena_array(&p->scratch, bool, p->k->n_regs);
    l.bits = arena_array(&p->scratch, uint64_t, p->k->n_regs);
    l.deps = arena_array(&p->scratch, uint64_t, p->k->n_regs);
    l.ok = arena_array(&p->scratch, bool, p->k->n_mems + 1);
    l.need = arena_array(&p->scratch, uint64_t, p->k->n_mems + 1);
    if (p->scratch.oom) {
        p->code = error_oom(p->err);
        return;
    }
    memset(l.known, 0, p->k->n_regs * sizeof *l.known);
    memset(l.deps, 0, p->k->n_regs * sizeof *l.deps);
    memset(l.need, 0, p->k->n_mems * sizeof *l.need);
    memset(l.ok, 1, p->k->n_mems * sizeof *l.ok);
    visit_block(&l, p->k->body, 0);
    choose(&l);
    if (p->scratch.oom)
        p->code = error_oom(p->err);
}

bool ptx_unrolled(const Ptx *p, const KInst *i)
{
    for (size_t n = 0; n < p->n_unroll; n++)
        if (p->unroll[n] == i)
            return true;
    return false;
}
