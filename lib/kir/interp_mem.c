/* SPDX-License-Identifier: MIT
 * kir: memories of the interpreter: operands through their views, locals, tables; range of every access (section 7 rule 6);
 * races between items, elements of an out never written, shared memory read before it was written (rule 7).
 * Never touches a byte outside a view, with or without checks. */
#include "kir/interp.h"

#include <inttypes.h>
#include <string.h>

enum { HOW_NONE, HOW_WRITE, HOW_UNIQUE, HOW_MERGE }; /* of the last writer; MERGE: scatter last, ordered */

bool interp_fault(Interp *v, const KInst *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    kir_error(v->err, SPML_NO, "fault", v->k, at, "fault: ", fmt, ap);
    va_end(ap);
    return false;
}

/* ── setting up ── */

static bool count(XMem *m)
{
    int64_t n = 1;
    for (int d = 0; d < m->rank; d++)
        if (m->dim[d] < 0 || __builtin_mul_overflow(n, m->dim[d], &n))
            return false;
    for (int d = 0; d < m->rank; d++)
        if (m->dim[d] == 0)
            n = 0;
    m->n = (size_t)n;
    return true;
}

static void row_major(XMem *m)
{
    int64_t s = 1;
    for (int d = m->rank - 1; d >= 0; d--) {
        m->stride[d] = s;
        s *= m->dim[d];
    }
}

static bool shadow_reset(Interp *v, XMem *m)
{
    if (m->n > m->cap_shadow) {
        m->shadow = arena_array(&v->scratch, Shadow, m->n);
        m->cap_shadow = m->shadow ? m->n : 0;
        return m->shadow;
    }
    if (m->n)
        memset(m->shadow, 0, m->n * sizeof *m->shadow);
    return true;
}

static bool too_large(Interp *v, const XMem *m)
{
    error_set(v->err, SPML_RESOURCE, "out-of-memory", "kernel %s: no memory for %s", v->k->name, m->k->name);
    return false;
}

static bool local_alloc(Interp *v, XMem *m)
{
    size_t bytes;
    if (!count(m) || __builtin_mul_overflow(m->n, (size_t)8, &bytes))
        return too_large(v, m);
    row_major(m);
    if (bytes > m->cap) {
        m->p = arena_alloc(&v->scratch, bytes, 64);
        m->cap = m->p ? bytes : 0;
    }
    bool ok = m->p || !bytes;
    if (ok && v->checks && m->k->kind != KMEM_PRIVATE)
        ok = shadow_reset(v, m);
    return ok || too_large(v, m);
}

/* shared and tile memory starts anew with each group; its extents are known once code that uses it runs */
static bool local_ready(Interp *v, XMem *m)
{
    if ((m->k->kind != KMEM_SHARED && m->k->kind != KMEM_TILE) || m->epoch == v->epoch)
        return true;
    for (int d = 0; d < m->rank; d++)
        m->dim[d] = m->k->const_dims && m->k->const_dims[d] >= 0 ? m->k->const_dims[d] : (int64_t)v->regs[m->k->dims[d]];
    m->epoch = v->epoch;
    return local_alloc(v, m);
}

static bool operand_init(Interp *v, XMem *m, const KirView *view)
{
    if (view->rank != m->rank) {
        error_set(v->err, SPML_UNSUPPORTED, "launch", "launch: %s has %d dimensions, the argument has %d", m->k->name, m->rank, view->rank);
        return false;
    }
    m->p = view->p;
    memcpy(m->dim, view->dim, sizeof m->dim);
    memcpy(m->stride, view->stride, sizeof m->stride);
    if (!count(m))
        return too_large(v, m);
    if (v->checks && m->k->kind != KMEM_IN && !shadow_reset(v, m))
        return too_large(v, m);
    return true;
}

static void element_size(XMem *m)
{
    DTypeInfo t = dtype_info[m->k->type];
    m->sz = m->k->block_bytes ? m->k->block_bytes : t.block == 1 ? t.bytes : 0;
    m->bits = m->sz ? 0 : (uint8_t)(8 / t.block);
}

bool xmem_init(Interp *v)
{
    v->mems = arena_array(&v->scratch, XMem, v->k->n_mems);
    if (!v->mems)
        return false;
    for (size_t i = 0; i < v->k->n_mems; i++) {
        XMem *m = &v->mems[i];
        m->k = &v->k->mems[i];
        m->rank = m->k->rank;
        element_size(m);
        if (i < v->k->n_operands) {
            if (!operand_init(v, m, &v->l->view[i]))
                return false;
            continue;
        }
        m->sz = 8; /* locals keep bit patterns, one word an element */
        if (m->k->kind != KMEM_PRIVATE && m->k->kind != KMEM_TABLE)
            continue;
        memcpy(m->dim, m->k->const_dims, (size_t)m->rank * sizeof *m->dim);
        if (m->k->kind == KMEM_PRIVATE ? !local_alloc(v, m) : !count(m))
            return false;
        row_major(m);
        if (m->k->kind == KMEM_TABLE)
            m->p = (uint8_t *)(uintptr_t)m->k->table; /* never written: verify refuses it */
    }
    return true;
}

/* ── elements ── */

typedef struct Place { bool inside; int64_t offset; uint64_t linear; } Place; /* offset in elements by strides; linear: row-major */

static inline Place locate(const Interp *v, const XMem *m, const KReg *index)
{
    Place p = {.inside = true};
    for (int d = 0; d < m->rank; d++) {
        uint64_t i = v->regs[index[d]];
        p.inside &= i < (uint64_t)m->dim[d];
        p.offset = (int64_t)((uint64_t)p.offset + i * (uint64_t)m->stride[d]);
        p.linear = p.linear * (uint64_t)m->dim[d] + i;
    }
    return p;
}

static uint64_t get_bytes(const uint8_t *p, uint32_t sz)
{
    uint64_t v8 = 0;
    uint32_t v4;
    uint16_t v2;
    switch (sz) {
    case 1: return *p;
    case 2: memcpy(&v2, p, 2); return v2;
    case 4: memcpy(&v4, p, 4); return v4;
    default: memcpy(&v8, p, 8); return v8;
    }
}

static void put_bytes(uint8_t *p, uint32_t sz, uint64_t v)
{
    uint32_t v4 = (uint32_t)v;
    uint16_t v2 = (uint16_t)v;
    switch (sz) {
    case 1: *p = (uint8_t)v; break;
    case 2: memcpy(p, &v2, 2); break;
    case 4: memcpy(p, &v4, 4); break;
    default: memcpy(p, &v, 8); break;
    }
}

static uint64_t get(const XMem *m, int64_t offset, DType t)
{
    if (m->sz) {
        uint64_t v = get_bytes(m->p + offset * (int64_t)m->sz, m->sz);
        return t == DT_bool ? v != 0 : v;
    }
    int64_t bit = offset * m->bits;
    return (uint64_t)(m->p[bit >> 3] >> (bit & 7)) & ((1u << m->bits) - 1);
}

static void put(const XMem *m, int64_t offset, uint64_t v)
{
    if (m->sz) {
        put_bytes(m->p + offset * (int64_t)m->sz, m->sz, v);
        return;
    }
    int64_t bit = offset * m->bits;
    unsigned mask = ((1u << m->bits) - 1) << (bit & 7);
    m->p[bit >> 3] = (uint8_t)((m->p[bit >> 3] & ~mask) | ((v << (bit & 7)) & mask));
}

/* ── races ── */

static uint64_t current(const Interp *v)
{
    return v->barrier && v->n_frames == 1 ? v->barrier : v->n_frames ? v->frame[v->n_frames - 1].item : 1;
}

/* Did id come from an item that is free to run beside the current one? Ids of an active each from exec up to the current
 * item are other items of it; what is older belongs to an outer each. Scheduled group code: everything since the barrier. */
static bool beside(const Interp *v, uint64_t id)
{
    if (!id)
        return false;
    if (v->barrier && id >= v->barrier)
        return id != current(v);
    for (int f = v->n_frames - 1; f >= 0; f--)
        if (id >= v->frame[f].item)
            return false;
        else if (id >= v->frame[f].exec)
            return true;
    return false;
}

static bool note_read(Interp *v, const XInst *x, XMem *m, uint64_t linear)
{
    Shadow *s = &m->shadow[linear];
    if (m->k->kind != KMEM_INOUT && !s->how)
        return interp_fault(v, x->k, "shared %s: read before it was written", m->k->name);
    if (beside(v, s->writer))
        return interp_fault(v, x->k, "race on %s: read beside a write of another item", m->k->name);
    if (beside(v, s->reader))
        s->reader2 = s->reader;
    s->reader = current(v);
    return true;
}

static bool note_write(Interp *v, const XInst *x, XMem *m, uint64_t linear, uint8_t how)
{
    Shadow *s = &m->shadow[linear];
    if (beside(v, s->reader) || beside(v, s->reader2))
        return interp_fault(v, x->k, "race on %s: write beside a read of another item", m->k->name);
    if (beside(v, s->writer) && !(how == HOW_MERGE && s->how == HOW_MERGE)) {
        if (how == HOW_UNIQUE && s->how == HOW_UNIQUE)
            return interp_fault(v, x->k, "scatter unique met one element twice");
        return interp_fault(v, x->k, "race on %s: write beside a write of another item", m->k->name);
    }
    *s = (Shadow){.writer = current(v), .how = how};
    return true;
}

SpmlCode xmem_finish(Interp *v)
{
    for (size_t i = 0; v->checks && i < v->k->n_operands; i++) {
        XMem *m = &v->mems[i];
        size_t unwritten = 0;
        for (size_t e = 0; m->k->kind == KMEM_OUT && e < m->n; e++)
            unwritten += !m->shadow[e].how;
        if (unwritten) {
            interp_fault(v, NULL, "out %s: %zu elements were never written", m->k->name, unwritten);
            return SPML_NO;
        }
    }
    return SPML_OK;
}

/* ── accesses ── */

static bool outside(Interp *v, const XInst *x, const XMem *m)
{
    Text t = {0};
    KInst **defs = kir_defs(v->k, &v->scratch);
    size_t n = (size_t)m->rank + (x->k->field && x->k->field_n > 1);
    for (size_t i = 0; defs && i < n; i++) {
        text_puts(&t, i ? ", " : "");
        kir_expr_print(v->k, defs, x->k->args[i], &t);
    }
    text_puts(&t, "] is outside (");
    for (size_t i = 0; i < n; i++)
        text_printf(&t, i ? ", %" PRId64 : "%" PRId64, (int64_t)v->regs[x->k->args[i]]);
    interp_fault(v, x->k, "%s[%s)", m->k->name, t.p ? t.p : "");
    text_free(&t);
    return false;
}

static bool load_outside(Interp *v, const XInst *x, const XMem *m)
{
    if (x->k->guard == KGUARD_ELSE) {
        v->regs[x->dst] = v->regs[x->k->args[x->k->n_args - 1]];
        return true;
    }
    v->regs[x->dst] = 0;
    return v->checks ? outside(v, x, m) : true;
}

static bool load_field(Interp *v, const XInst *x, XMem *m, Place p)
{
    const KInst *i = x->k;
    uint32_t sz = dtype_info[i->type].bytes;
    uint64_t e = i->field_n > 1 ? v->regs[i->args[m->rank]] : 0;
    if (e >= i->field_n)
        return load_outside(v, x, m);
    v->regs[x->dst] = get_bytes(m->p + p.offset * (int64_t)m->sz + i->aux + e * sz, sz);
    return true;
}

bool xmem_load(Interp *v, const XInst *x)
{
    XMem *m = &v->mems[x->k->id];
    if (!local_ready(v, m))
        return false;
    Place p = locate(v, m, x->k->args);
    if (!p.inside)
        return load_outside(v, x, m);
    if (m->shadow && !note_read(v, x, m, p.linear))
        return false;
    if (x->k->field)
        return load_field(v, x, m, p);
    v->regs[x->dst] = get(m, p.offset, x->k->type);
    return true;
}

bool xmem_store(Interp *v, const XInst *x)
{
    XMem *m = &v->mems[x->k->id];
    if (!local_ready(v, m))
        return false;
    Place p = locate(v, m, x->k->args);
    if (!p.inside)
        return x->dropped || !v->checks || outside(v, x, m);
    if (m->shadow && !note_write(v, x, m, p.linear, HOW_WRITE))
        return false;
    put(m, p.offset, v->regs[x->k->args[m->rank]]);
    return true;
}

bool xmem_scatter(Interp *v, const XInst *x)
{
    XMem *m = &v->mems[x->k->id];
    if (!local_ready(v, m))
        return false;
    Place p = locate(v, m, x->k->args);
    if (!p.inside)
        return true;
    uint8_t how = x->k->rule == KSCATTER_UNIQUE ? HOW_UNIQUE : HOW_MERGE;
    if (m->shadow && x->k->fn != K_move && m->k->kind != KMEM_INOUT && !m->shadow[p.linear].how)
        return interp_fault(v, x->k, "shared %s: read before it was written", m->k->name);
    if (m->shadow && !note_write(v, x, m, p.linear, how))
        return false;
    uint64_t a[2] = {x->k->fn == K_move ? 0 : get(m, p.offset, x->k->type), v->regs[x->k->args[m->rank]]};
    if (x->k->n_dst)
        v->regs[x->dst] = a[0];
    put(m, p.offset, x->k->fn == K_move ? a[1] : x->fn(a));
    return true;
}

bool xmem_extent(Interp *v, const XInst *x)
{
    XMem *m = &v->mems[x->k->id];
    if (!local_ready(v, m))
        return false;
    v->regs[x->dst] = (uint64_t)m->dim[x->k->aux];
    return true;
}
