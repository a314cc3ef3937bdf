/* SPDX-License-Identifier: MIT
 * tests/ops: choices, operands and the text of a case; see gen.h. */
#include "gen.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ── choices ── */

static uint64_t next(uint64_t *s)
{
    uint64_t z = *s += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t gen_pick(Gen *g, uint32_t n) { return n ? (uint32_t)(next(&g->state) >> 16) % n : 0; }
int64_t gen_between(Gen *g, int64_t lo, int64_t hi) { return lo + (int64_t)gen_pick(g, (uint32_t)(hi - lo + 1)); }
bool gen_chance(Gen *g, uint32_t one_in) { return gen_pick(g, one_in) == 0; }

DType gen_one_of(Gen *g, const char *names)
{
    int n = 1;
    for (const char *p = names; *p; p++)
        n += *p == ' ';
    for (int k = (int)gen_pick(g, (uint32_t)n); k > 0; k--)
        names = strchr(names, ' ') + 1;
    return dtype_find(names, strcspn(names, " "));
}

int64_t gen_extent(Gen *g, int64_t most)
{
    static const int64_t usual[] = {1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31, 32, 33, 64, 65};
    int64_t e = usual[gen_pick(g, sizeof usual / sizeof *usual)];
    return e <= most ? e : 1 + (int64_t)gen_pick(g, (uint32_t)most);
}

int64_t gen_count(const GenShape *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->rank; i++)
        n *= s->dim[i];
    return n;
}

GenShape gen_dims(int rank, ...)
{
    GenShape s = {.rank = rank};
    va_list ap;
    va_start(ap, rank);
    for (int i = 0; i < rank; i++)
        s.dim[i] = va_arg(ap, int64_t);
    va_end(ap);
    return s;
}

GenShape gen_shape(Gen *g, int rank_lo, int rank_hi)
{
    GenShape s = {.rank = (int)gen_between(g, rank_lo, rank_hi)};
    int64_t room = GEN_ELEMENTS;
    for (int i = s.rank - 1; i >= 0; i--) {
        s.dim[i] = gen_extent(g, room > 65 ? 65 : room);
        room /= s.dim[i];
    }
    if (s.rank && gen_chance(g, 16))
        s.dim[gen_pick(g, (uint32_t)s.rank)] = 0;
    return s;
}

/* ── text ── */

void gen_list(char *buf, size_t sz, int n, const int64_t *v)
{
    size_t at = (size_t)snprintf(buf, sz, "[");
    for (int i = 0; i < n && at < sz; i++)
        at += (size_t)snprintf(buf + at, sz - at, "%s%" PRId64, i ? ", " : "", v[i]);
    if (at < sz)
        snprintf(buf + at, sz - at, "]");
}

static void put_type(Gen *g, DType t, const GenShape *s)
{
    char dims[200];
    gen_list(dims, sizeof dims, s->rank, s->dim);
    text_printf(&g->text, "%s%s", dtype_name(t), dims);
}

static int put_input(Gen *g, const GenInput *in)
{
    if (g->n_in == GEN_INPUTS)
        return g->broken = true, 0;
    g->in[g->n_in] = *in;
    text_printf(&g->text, "in %%%d \"in%d\": ", g->n_values, g->n_in++);
    put_type(g, in->t, &in->s);
    text_puts(&g->text, " input\n");
    return g->n_values++;
}

/* An element in 0 … n − 1 of a weight that is a constant: as draw() of suite.c, only coarser, so that the text stays readable. */
static int put_const(Gen *g, DType t, const GenShape *s, double lo, double hi)
{
    const int64_t n = gen_count(s);
    const bool whole = !dtype_is_float(t);
    text_printf(&g->text, "let %%%d: ", g->n_values);
    put_type(g, t, s);
    text_puts(&g->text, " const = [");
    for (int64_t i = 0; i < n; i++) {
        double v = lo + (hi - lo) * (double)gen_pick(g, 1025) / 1024;
        text_printf(&g->text, whole ? "%s%.0f" : "%s%.7g", i ? ", " : "", v);
    }
    text_puts(&g->text, "]\n");
    return g->n_values++;
}

static void put_refs(Gen *g, int n, const int *in)
{
    text_puts(&g->text, " (");
    for (int i = 0; i < n; i++) {
        text_puts(&g->text, i ? ", " : "");
        text_printf(&g->text, in[i] < 0 ? "_" : "%%%d", in[i]);
    }
    text_puts(&g->text, ")");
}

static int put_node(Gen *g, const char *op, int n_in, const int *in, int n_out, const char *attrs)
{
    int first = g->n_values;
    text_puts(&g->text, op);
    put_refs(g, n_in, in);
    if (*attrs)
        text_printf(&g->text, " {%s}", attrs);
    for (int i = 0; i < n_out; i++)
        text_printf(&g->text, "%s%%%d: ?", i ? ", " : " -> ", g->n_values++);
    text_puts(&g->text, "\n");
    return first;
}

int gen_other(Gen *g, const char *op, int n_in, const int *in, const char *attrs, ...)
{
    char buf[4000];
    va_list ap;
    va_start(ap, attrs);
    vsnprintf(buf, sizeof buf, attrs, ap);
    va_end(ap);
    return put_node(g, op, n_in, in, 1, buf);
}

void gen_node(Gen *g, int n_in, const int *in, int n_out, const char *attrs, ...)
{
    char buf[4000];
    va_list ap;
    va_start(ap, attrs);
    vsnprintf(buf, sizeof buf, attrs, ap);
    va_end(ap);
    int first = put_node(g, op_info[g->op].name, n_in, in, n_out, buf);
    for (int i = 0; i < n_out; i++)
        text_printf(&g->text, "out %%%d\n", first + i);
}

/* ── operands ── */

static int const_ints(Gen *g, int n, const int64_t *v)
{
    char list[1000];
    gen_list(list, sizeof list, n, v);
    text_printf(&g->text, "let %%%d: i64[%d] const = %s\n", g->n_values, n, list);
    return g->n_values++;
}

/* x stored in the order of a random permutation, taken back by a transpose. */
static int through_transpose(Gen *g, GenInput in)
{
    int64_t perm[GEN_RANK], back[GEN_RANK];
    char list[100];
    GenShape s = in.s;
    for (int i = 0; i < s.rank; i++)
        perm[i] = i;
    for (int i = s.rank - 1; i > 0; i--) {
        int k = (int)gen_pick(g, (uint32_t)i + 1);
        int64_t t = perm[i];
        perm[i] = perm[k];
        perm[k] = t;
    }
    for (int i = 0; i < s.rank; i++) {
        in.s.dim[i] = s.dim[perm[i]];
        back[perm[i]] = i;
    }
    gen_list(list, sizeof list, s.rank, back);
    int x = put_input(g, &in);
    return gen_other(g, "transpose", 1, &x, "\"perm\" = %s", list);
}

/* Every second element of one axis, forward or backward, from an odd start. */
static int through_slice(Gen *g, GenInput in)
{
    int axis = (int)gen_pick(g, (uint32_t)in.s.rank);
    int64_t n = in.s.dim[axis], lead = (int64_t)gen_pick(g, 3), step = (int64_t)gen_pick(g, 2) + 1, a = axis;
    bool back = gen_chance(g, 2);
    in.s.dim[axis] = lead + n * step;
    int64_t start = back ? lead + (n - 1) * step : lead, end = back ? (lead ? lead - 1 : -(lead + n * step) - 1) : lead + n * step, by = back ? -step : step;
    if (n == 0)
        start = end = 0, by = 1;
    int x = put_input(g, &in), s = const_ints(g, 1, &start), e = const_ints(g, 1, &end), ax = const_ints(g, 1, &a), st = const_ints(g, 1, &by);
    return gen_other(g, "slice", 5, (int[]){x, s, e, ax, st}, "%s", "");
}

/* Axes of extent 1 in memory. */
static int through_expand(Gen *g, GenInput in)
{
    GenShape s = in.s;
    for (int i = 0; i < s.rank; i++)
        if (gen_chance(g, 2) && s.dim[i])
            in.s.dim[i] = 1;
    int x = put_input(g, &in), d = const_ints(g, s.rank, s.dim);
    return gen_other(g, "expand", 2, (int[]){x, d}, "%s", "");
}

int gen_data(Gen *g, DType t, GenShape s, GenFill fill, double lo, double hi)
{
    const GenInput in = {.t = t, .s = s, .fill = fill, .lo = lo, .hi = hi};
    const bool whole_bytes = dtype_info[t].block == 1;
    const uint32_t way = g->plain || !whole_bytes || s.rank == 0 || fill == FILL_DISTINCT ? 9 : gen_pick(g, 10);
    return way == 0 ? through_transpose(g, in) : way == 1 ? through_slice(g, in) : way == 2 ? through_expand(g, in) : put_input(g, &in);
}

int gen_weight(Gen *g, DType t, GenShape s, double lo, double hi)
{
    return g->mode == MODE_CONST ? put_const(g, t, &s, lo, hi) : gen_data(g, t, s, FILL_RANGE, lo, hi);
}

int gen_ints(Gen *g, DType t, int n, const int64_t *v)
{
    GenInput in = {.t = t, .s = {.rank = n >= 0, .dim = {n}}, .given = true};
    char list[1400];
    if (n > 64)
        return g->broken = true, 0;
    if (g->shapes_too) {
        memcpy(in.v, v, (size_t)(n < 0 ? 1 : n) * sizeof *v);
        return put_input(g, &in);
    }
    gen_list(list, sizeof list, n < 0 ? 1 : n, v);
    text_printf(&g->text, "let %%%d: ", g->n_values);
    put_type(g, t, &in.s);
    text_printf(&g->text, " const = %s\n", list);
    return g->n_values++;
}

int gen_scalar(Gen *g, DType t, double v) { return gen_weight(g, t, (GenShape){0}, v, v); }

/* ── cases ── */

static GenFn *const generators[OP_COUNT] = {
#define GEN_OP(op, fn) [OP_##op] = gen_##fn,
#include "families.def"
#undef GEN_OP
};

GenFn *gen_of(int op) { return generators[op]; }

bool gen_case(Gen *g, int op, uint64_t seed, GenMode mode)
{
    *g = (Gen){.state = seed * 1000003u + (uint64_t)op * 7919u + (uint64_t)mode, .op = op, .mode = mode};
    for (int i = 0; i < 4; i++)
        next(&g->state);
    g->shapes_too = mode == MODE_RUNTIME && gen_chance(g, 2);
    text_puts(&g->text, "graph {\n");
    generators[op](g);
    text_puts(&g->text, "}\n");
    return !g->broken && !g->text.oom;
}
