/* SPDX-License-Identifier: MIT
 * kir: PTX of what kir_schedule_mma makes: 16-byte copies into shared memory (cp.async from sm_80 on; where the facts do not promise aligned rows, element by
 * element), quads, fragments (ldmatrix) and matrix products (mma.sync). Addresses of one ring differ by constants, which are spelled as such. */
#include "kir/core.h"
#include "kir/emit_ptx.h"

#include <inttypes.h>
#include <string.h>

enum { SZ_COPY = 16, MAX_COPIED = 16 };

static unsigned bytes_of(const Ptx *p, const KInst *i) { return dtype_info[p->k->mems[i->id].type].bytes; }

/* ── copies ── */

static bool is_row(const Ptx *p, const KInst *i)
{
    return p->facts && p->facts->aligned >> i->id & 1 && kir_fact(p->facts, i->id, i->field_n) == KFACT_ONE;
}

/* Element by element; n: how many are read. */
static void copy_elements(Ptx *p, const KInst *i, const char *from, const char *to, uint64_t more, const char *n)
{
    const unsigned bytes = bytes_of(p, i), count = SZ_COPY / bytes, fact = kir_fact(p->facts, i->id, i->field_n);
    const char *type = bytes == 4 ? "u32" : bytes == 2 ? "u16" : "u8", *step = NULL;
    const PtxFile f = bytes == 4 ? PTX_r : PTX_rs;
    uint32_t value[MAX_COPIED];
    char at[40];
    snprintf(at, sizeof at, "%s", from);
    if (fact == KFACT_ANY) {
        step = ptx_temp(p, PTX_rd);
        ptx_line(p, "mul.lo.s64 %s, %s, %u;", step, ptx_word(p, kir_word_stride(p->k, i->id, i->field_n), false), bytes);
    }
    for (unsigned e = 0; e < count; e++) {
        const char *q = ptx_temp(p, PTX_p);
        value[e] = ptx_new(p, f);
        ptx_line(p, "setp.gt.s32 %s, %s, %u;", q, n, e);
        ptx_line(p, "mov.b%u %s, 0;", bytes == 4 ? 32 : 16, ptx_reg(p, f, value[e]));
        ptx_line(p, "@%s ld.global.nc.%s %s, [%s+%u];", q, type, ptx_reg(p, f, value[e]), at, fact == KFACT_ONE ? e * bytes : 0);
        if (!step || e + 1 == count)
            continue;
        const char *next = ptx_temp(p, PTX_rd);
        ptx_line(p, "add.s64 %s, %s, %s;", next, at, step);
        snprintf(at, sizeof at, "%s", next);
    }
    for (unsigned e = 0; e < count; e++)
        ptx_line(p, "st.shared.%s [%s+%" PRIu64 "], %s;", type, to, more + e * bytes, ptx_reg(p, f, value[e]));
}

/* Whole rows at once where there is no cp.async. */
static void copy_vector(Ptx *p, const KInst *i, const char *from, const char *to, uint64_t more, const char *n)
{
    char v[4][16];
    const char *part = ptx_temp(p, PTX_p);
    const uint32_t rest = ++p->n_labels, end = ++p->n_labels;
    for (int e = 0; e < 4; e++)
        snprintf(v[e], sizeof v[e], "%s", ptx_temp(p, PTX_r));
    ptx_line(p, "setp.ne.s32 %s, %s, %u;", part, n, SZ_COPY / bytes_of(p, i));
    ptx_line(p, "@%s bra $L%u;", part, rest);
    ptx_line(p, "ld.global.nc.v4.u32 {%s, %s, %s, %s}, [%s];", v[0], v[1], v[2], v[3], from);
    ptx_line(p, "st.shared.v4.u32 [%s+%" PRIu64 "], {%s, %s, %s, %s};", to, more, v[0], v[1], v[2], v[3]);
    ptx_line(p, "bra $L%u;", end);
    text_printf(&p->body, "$L%u:\n", rest);
    copy_elements(p, i, from, to, more, n);
    text_printf(&p->body, "$L%u:\n", end);
}

static void copy(Ptx *p, const KInst *i)
{
    const unsigned rank = p->k->mems[i->id].rank;
    char from[40], to[40], n[40];
    ptx_place(p, i, from, sizeof from);
    ptx_shared(p, i->aux, i->args[rank], to, sizeof to);
    const uint64_t more = i->bits * bytes_of(p, i);
    snprintf(n, sizeof n, "%s", ptx_low(p, i->args[rank + 1]));
    if (is_row(p, i) && p->t->sm >= 80) {
        const char *bytes = ptx_temp(p, PTX_r);
        ptx_line(p, "mul.lo.s32 %s, %s, %u;", bytes, n, bytes_of(p, i));
        ptx_line(p, "cp.async.cg.shared.global [%s+%" PRIu64 "], [%s], %d, %s;", to, more, from, SZ_COPY, bytes);
    } else if (is_row(p, i)) {
        copy_vector(p, i, from, to, more, n);
    } else {
        copy_elements(p, i, from, to, more, n);
    }
}

/* ── reading the ring ── */

/* Four fresh registers for the results of i: "{%r1, %r2, %r3, %r4}". */
static void results(Ptx *p, const KInst *i, char *out, size_t n)
{
    char d[4][16];
    for (int e = 0; e < 4; e++)
        snprintf(d[e], sizeof d[e], "%s", ptx_def(p, i->dst[e]));
    snprintf(out, n, "{%s, %s, %s, %s}", d[0], d[1], d[2], d[3]);
}

static void quad(Ptx *p, const KInst *i)
{
    char at[40], d[80];
    ptx_shared(p, i->id, i->args[0], at, sizeof at);
    results(p, i, d, sizeof d);
    ptx_line(p, "ld.shared.v4.%s %s, [%s+%" PRIu64 "];", ptx_mem_type(i->type), d, at, i->bits * bytes_of(p, i));
}

/* Words that lie transposed: ldmatrix would take them apart. */
static void transposed_words(Ptx *p, const KInst *i, const char *at)
{
    const uint32_t k4 = 4 * i->field_n, order[2][4] = { { 0, 8, k4, k4 + 8 }, { 0, k4, 8, k4 + 8 } };
    for (int e = 0; e < 4; e++)
        ptx_line(p, "ld.shared.u32 %s, [%s+%" PRIu64 "];", ptx_def(p, i->dst[e]), at, 4 * (i->bits + order[i->rule & 1][e]));
}

static void fragment(Ptx *p, const KInst *i)
{
    char at[40], d[80];
    const unsigned bytes = bytes_of(p, i);
    ptx_shared(p, i->id, i->args[0], at, sizeof at);
    if (i->aux && bytes == 4) {
        transposed_words(p, i, at);
    } else {
        results(p, i, d, sizeof d);
        ptx_line(p, "ldmatrix.sync.aligned.m8n8.x4%s.shared.b16 %s, [%s+%" PRIu64 "];", i->aux ? ".trans" : "", d, at, i->bits * bytes);
    }
    for (int e = 0; e < 4 && bytes == 4; e++) { /* matrix units take tf32 and would cut, not round */
        const char *x = ptx_arg(p, i->dst[e]), *rounded = ptx_temp(p, PTX_r);
        ptx_line(p, "cvt.rna.tf32.f32 %s, %s;", rounded, x);
        p->vals[i->dst[e]].n = p->n_file[PTX_r];
    }
}

/* ── matrix products ── */

/* One mma: rows and columns are register lists; sums args[first … first + n). */
static void product(Ptx *p, const KInst *i, const char *shape, const char *types, int first, int n, const char *rows, const char *columns)
{
    char sum[200];
    size_t at = 0;
    for (int e = 0; e < n; e++)
        at += (size_t)snprintf(sum + at, sizeof sum - at, e ? ", %s" : "%s", ptx_arg(p, i->args[first + e]));
    ptx_line(p, "mma.sync.aligned.%s.row.col.%s {%s}, {%s}, {%s}, {%s};", shape, types, sum, rows, columns, sum);
}

/* What a shape of 16 rows and 32 bytes of k is made of where the tier has it not: halves of k, and for bytes of rows too. */
static void products_75(Ptx *p, const KInst *i, const char *types, char (*a)[16], bool bytes)
{
    char rows[200];
    for (int half = 0; half < 2; half++) {
        snprintf(rows, sizeof rows, "%s, %s", a[2 * half], a[2 * half + 1]);
        if (!bytes)
            product(p, i, "m16n8k8", types, 0, 4, rows, a[4 + half]);
        for (int r = 0; r < 2 && bytes; r++)
            product(p, i, "m8n8k16", types, 2 * r, 2, a[2 * half + r], a[4 + half]);
    }
}

static void mma(Ptx *p, const KInst *i)
{
    static const struct { const char *name, *shape; } types[DT_COUNT] = {
        [DT_f16] = { "f16", "m16n8k16" }, [DT_bf16] = { "bf16", "m16n8k16" }, [DT_f32] = { "tf32", "m16n8k8" }, [DT_i8] = { "s8", "m16n8k32" }, [DT_u8] = { "u8", "m16n8k32" },
    };
    const DType y = (DType)(i->id & 255), x = (DType)(i->id >> 8);
    const char *sum = i->type == DT_f32 ? "f32" : "s32";
    char a[6][16], rows[80], columns[40], spelled[60];
    if (y >= DT_COUNT || x >= DT_COUNT || !types[y].name || !types[x].name) {
        ptx_fail(p, i, "a matrix product of this type");
        return;
    }
    for (int e = 0; e < 6; e++)
        snprintf(a[e], sizeof a[e], "%.15s", ptx_arg(p, i->args[4 + e]));
    snprintf(spelled, sizeof spelled, "%s.%s.%s.%s", sum, types[y].name, types[x].name, sum);
    snprintf(rows, sizeof rows, "%s, %s, %s, %s", a[0], a[1], a[2], a[3]);
    snprintf(columns, sizeof columns, "%s, %s", a[4], a[5]);
    if (p->t->sm >= 80)
        product(p, i, types[y].shape, spelled, 0, 4, rows, columns);
    else
        products_75(p, i, spelled, a, dtype_info[y].bytes == 1);
}

bool ptx_matrix(Ptx *p, const KInst *i)
{
    const bool async = p->t->sm >= 80;
    switch (i->op) {
    case K_copy: copy(p, i); return true;
    case K_commit:
        if (async)
            ptx_line(p, "cp.async.commit_group;");
        return true;
    case K_await:
        if (async)
            ptx_line(p, "cp.async.wait_group %" PRIu64 ";", i->bits);
        return true;
    case K_quad: quad(p, i); return true;
    case K_fragment: fragment(p, i); return true;
    case K_mma: mma(p, i); return true;
    default: return false;
    }
}
