/* SPDX-License-Identifier: MIT
 * kir/tile: virtual slots → byte offsets, so that a program's live slots stay in L1. Instructions are numbered in order of execution; a slot lives
 * from its first to its last mention, to the end of every loop that mentions it and began later. A linear scan reuses dead slots by size. */
#include "kir/tile/internal.h"

#include <stdlib.h>

typedef struct Live { TVariant *v; uint32_t pos; uint32_t begin[256], end[256]; int n; bool bad; } Live; /* begin, end: open loops */

static bool is_loop(uint8_t op)
{
    return op == T_WHILE || op == T_LOOP || op == T_EACH || op == T_REDUCE || op == T_REDUCE_LANES || op == T_DOT || op == T_SCAN;
}

typedef void (*BlockFn)(Live *l, TBlock *b);
static void sub_blocks(Live *l, TInst *in, BlockFn fn)
{
    const TAxes *ax = in->axes ? in->axes : in->red && in->op != T_REDUCE_LANES ? &in->red->axes : NULL;
    for (int i = 0; ax && i < ax->n; i++)
        if (ax->bound[i])
            fn(l, ax->bound[i]);
    if (in->block[0])
        fn(l, in->block[0]);
    if (in->red && in->red->step)
        fn(l, in->red->step);
    if (in->red && in->red->merge)
        fn(l, in->red->merge);
    if (in->block[1])
        fn(l, in->block[1]);
}

static void number(Live *l, TBlock *b)
{
    for (size_t i = 0; i < b->n; i++) {
        b->inst[i].begin = l->pos++;
        sub_blocks(l, &b->inst[i], number);
        b->inst[i].end = l->pos++;
    }
}

static void mention(Live *l, TRef r, uint32_t pos)
{
    if (r == TREF_NONE || r < 0)
        return;
    TSlot *s = &l->v->slots[tile_slot(l->v, r)];
    if (s->first > pos)
        s->first = pos;
    if (s->last < pos)
        s->last = pos;
    for (int i = 0; i < l->n; i++)
        if (s->first < l->begin[i]) {
            if (s->last < l->end[i])
                s->last = l->end[i];
            break;
        }
}

static void axes_slots(Live *l, const TAxes *ax, uint32_t begin, uint32_t end)
{
    for (int i = 0; i < ax->n; i++) {
        mention(l, ax->lo[i], begin), mention(l, ax->lo[i], end);
        mention(l, ax->hi[i], begin), mention(l, ax->hi[i], end);
    }
    mention(l, ax->mask, begin), mention(l, ax->mask, end);
    mention(l, ax->outer, begin), mention(l, ax->outer, end);
}

static void live(Live *l, TBlock *b)
{
    for (size_t i = 0; i < b->n; i++) {
        TInst *in = &b->inst[i];
        bool loop = is_loop(in->op);
        for (int n = 0; n < in->n_dst + in->n_src; n++) { /* dst and src are one array */
            mention(l, in->dst[n], in->begin);
            mention(l, in->dst[n], in->end);
        }
        if (in->axes)
            axes_slots(l, in->axes, in->begin, in->end);
        if (loop && l->n < 256) {
            l->begin[l->n] = in->begin;
            l->end[l->n++] = in->end;
        } else {
            l->bad |= loop;
        }
        sub_blocks(l, in, live);
        l->n -= loop;
    }
}

/* ── linear scan ── */
static int by_first(const void *a, const void *b)
{
    const TSlot *x = *(TSlot *const *)a, *y = *(TSlot *const *)b;
    return x->first < y->first ? -1 : x->first > y->first;
}

static bool place(TVariant *v, Arena *a)
{
    TSlot **order = arena_array(a, TSlot *, v->n_slots + 1), **held = arena_array(a, TSlot *, v->n_slots + 1);
    if (!order || !held)
        return false;
    for (size_t i = 0; i < v->n_slots; i++) {
        order[i] = &v->slots[i];
        order[i]->bytes = (order[i]->bytes + 63) & ~63u;
    }
    if (v->n_slots)
        qsort(order, v->n_slots, sizeof *order, by_first);
    size_t n_held = 0, top = 0;
    for (size_t i = 0; i < v->n_slots; i++) {
        TSlot *s = order[i];
        bool found = false;
        if (s->first == UINT32_MAX) { /* nobody reads or writes it */
            s->offset = 0;
            continue;
        }
        for (size_t h = 0; h < n_held && !found; h++)
            if (held[h]->bytes == s->bytes && held[h]->last < s->first) {
                s->offset = held[h]->offset;
                held[h] = s;
                found = true;
            }
        if (!found) {
            s->offset = (TRef)top;
            top += s->bytes;
            held[n_held++] = s;
        }
    }
    v->sz_slots = top + 64;
    return top < (size_t)1 << 30;
}

/* ── renaming ── */
static void rename_ref(const TVariant *v, TRef *r)
{
    if (*r >= 0 && *r < TREF_PTR)
        *r = v->slots[*r].offset;
}

static void rename_list(const TVariant *v, TRef *r, int n)
{
    for (int i = 0; i < n; i++)
        rename_ref(v, &r[i]);
}

static void rename_axes(const TVariant *v, TAxes *ax)
{
    rename_list(v, ax->lo, ax->n);
    rename_list(v, ax->hi, ax->n);
    rename_ref(v, &ax->mask);
    rename_ref(v, &ax->outer);
}

static void rename_reduce(const TVariant *v, TReduce *r)
{
    TRef *lists[] = {r->item, r->acc, r->stage, r->param, r->other, r->param_item, r->step_out, r->merge_out, r->scan_before, r->scan_after};
    int n[] = {r->n_items, r->n_state, r->n_items, r->n_state, r->n_state, r->n_items, r->n_state, r->n_state, r->n_state, r->n_state};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        rename_list(v, lists[i], n[i]);
    rename_ref(v, &r->guard);
    rename_ref(v, &r->stage_mask);
    rename_ref(v, &r->tmp);
    rename_axes(v, &r->axes);
}

static void rename_access(const TVariant *v, TAccess *x)
{
    for (int d = 0; d < x->n_dims; d++)
        rename_ref(v, &x->dim[d].slot);
    rename_ref(v, &x->value);
    rename_ref(v, &x->mask);
    rename_ref(v, &x->stage);
    rename_ref(v, &x->region);
}

static void rename_block(Live *l, TBlock *b)
{
    for (size_t i = 0; i < b->n; i++) {
        TInst *in = &b->inst[i];
        rename_list(l->v, in->dst, in->n_dst + in->n_src);
        if (in->access)
            rename_access(l->v, in->access);
        if (in->axes)
            rename_axes(l->v, in->axes);
        if (in->red)
            rename_reduce(l->v, in->red);
        sub_blocks(l, in, rename_block);
    }
}

bool tile_alloc(TVariant *v, Arena *a)
{
    Live l = {.v = v};
    number(&l, v->pre);
    number(&l, v->body);
    live(&l, v->pre);
    live(&l, v->body);
    if (l.bad || !place(v, a))
        return false;
    rename_block(&l, v->pre);
    rename_block(&l, v->body);
    return true;
}
