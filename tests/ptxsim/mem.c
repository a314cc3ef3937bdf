/* SPDX-License-Identifier: MIT
 * ptxsim: global memory. A device address is a host address; every allocation lies between gaps, and a freed one is kept for a while, so that
 * overruns and uses after free hit no other allocation. */
#include "sim.h"

#include <stdlib.h>

enum { GAP = 256, ALIGN = 256, POISON = 0xff };
#define QUARANTINE ((uint64_t)64 << 20)

/* Index of the first range that ends behind p. */
static size_t search(const Mem *m, uint64_t p)
{
    size_t lo = 0, hi = m->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (m->r[mid].hi <= p)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void drop(Mem *m, size_t k)
{
    free(m->r[k].raw);
    memmove(&m->r[k], &m->r[k + 1], (m->n - k - 1) * sizeof *m->r);
    m->n--;
}

static int insert(Mem *m, Range r)
{
    if (m->n == m->cap) {
        size_t cap = m->cap ? 2 * m->cap : 64;
        Range *p = realloc(m->r, cap * sizeof *p);
        if (!p)
            return 2;
        m->r = p;
        m->cap = cap;
    }
    size_t k = search(m, r.lo);
    memmove(&m->r[k + 1], &m->r[k], (m->n - k) * sizeof *m->r);
    m->r[k] = r;
    m->n++;
    return 0;
}

int mem_alloc(Mem *m, size_t n, bool host, uint64_t *out)
{
    if (n > (size_t)1 << 46)
        return 2;
    size_t whole = (n + 2 * GAP + ALIGN - 1) / ALIGN * ALIGN;
    uint8_t *raw = aligned_alloc(ALIGN, whole);
    if (!raw)
        return 2;
    if (n < (size_t)16 << 20) /* large ones stay untouched, so that they cost nothing until used */
        memset(raw, POISON, whole);
    uint64_t lo = (uint64_t)(uintptr_t)raw + GAP;
    pthread_mutex_lock(&m->lock);
    int rc = insert(m, (Range){lo, lo + (n ? n : 1), raw, false, false, host});
    m->live += rc ? 0 : n;
    pthread_mutex_unlock(&m->lock);
    if (rc)
        free(raw);
    *out = rc ? 0 : lo;
    return rc;
}

static void shrink(Mem *m)
{
    for (size_t k = 0; k < m->n && m->quarantine > QUARANTINE;)
        if (m->r[k].freed) {
            m->quarantine -= m->r[k].hi - m->r[k].lo;
            drop(m, k);
        } else
            k++;
}

int mem_free(Mem *m, uint64_t p)
{
    pthread_mutex_lock(&m->lock);
    size_t k = search(m, p);
    bool ok = k < m->n && m->r[k].lo == p && !m->r[k].freed;
    if (ok) {
        m->r[k].freed = true;
        m->live -= m->r[k].hi - m->r[k].lo;
        m->quarantine += m->r[k].hi - m->r[k].lo;
        shrink(m);
    }
    pthread_mutex_unlock(&m->lock);
    return ok ? 0 : 1;
}

/* Of an address in no range, the range whose gap holds it, so that the finding can name it. */
bool mem_find(Mem *m, uint64_t p, Range *out)
{
    pthread_mutex_lock(&m->lock);
    size_t k = search(m, p);
    bool in = k < m->n && m->r[k].lo <= p;
    if (in || (k < m->n && m->r[k].lo - p <= GAP))
        *out = m->r[k];
    else if (k > 0 && p - m->r[k - 1].hi < GAP)
        *out = m->r[k - 1];
    pthread_mutex_unlock(&m->lock);
    return in;
}

void mem_protect(Mem *m, uint64_t p)
{
    size_t k = search(m, p);
    if (k < m->n && m->r[k].lo == p)
        m->r[k].read_only = true;
}

void mem_close(Mem *m)
{
    for (size_t k = 0; k < m->n; k++)
        free(m->r[k].raw);
    free(m->r);
    *m = (Mem){0};
}
