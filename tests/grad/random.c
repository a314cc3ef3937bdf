/* SPDX-License-Identifier: MIT
 * Gradient checks of random shapes and attributes: broadcasts, axes, batches, transposes, slices. The same graphs in every run; each is named by its family and
 * number. */
#include "grad.h"

#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EACH = 12, RANK = 4 };
typedef struct Shape { int rank; int64_t dim[RANK]; } Shape;

static uint64_t state = 11;
static int64_t between(int64_t lo, int64_t hi)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return lo + (int64_t)((state >> 33) % (uint64_t)(hi - lo + 1));
}

static Shape shape(int lo, int hi)
{
    Shape s = {.rank = (int)between(lo, hi)};
    for (int i = 0; i < s.rank; i++)
        s.dim[i] = between(1, 4);
    return s;
}

/* One that broadcasts to s: leading axes left out, others of 1. */
static Shape narrower(Shape s)
{
    Shape t = {0};
    for (int i = (int)between(0, s.rank); i < s.rank; i++)
        t.dim[t.rank++] = between(0, 2) ? s.dim[i] : 1;
    return t;
}

static void list(Text *t, int n, const int64_t *v)
{
    for (int i = 0; i < n; i++)
        text_printf(t, "%s%lld", i ? ", " : "", (long long)v[i]);
}

static void input(Text *t, int n, Shape s)
{
    text_printf(t, "in %%%d \"x%d\": f64[", n, n);
    list(t, s.rank, s.dim);
    text_puts(t, "] input ");
}

static void ints(Text *t, int n, int count, const int64_t *v)
{
    text_printf(t, "let %%%d: i64[%d] const = [", n, count);
    list(t, count, v);
    text_puts(t, "] ");
}

/* ── families ── */

static void binary(Text *t)
{
    static const char *const ops[] = {"add", "sub", "mul", "div", "min", "max", "prelu", "pow"};
    Shape s = shape(0, RANK), a = narrower(s), b = s;
    if (between(0, 1))
        b = a, a = s;
    input(t, 0, a);
    input(t, 1, between(0, 1) ? b : narrower(b));
    text_printf(t, "%s (%%0, %%1) -> %%2: ? out %%2", ops[between(0, 7)]);
}

static void chosen(Text *t)
{
    Shape s = shape(1, RANK), c = s;
    int64_t bits[256], n = 1;
    for (int i = 0; i < c.rank; i++)
        n *= c.dim[i];
    for (int i = 0; i < n; i++)
        bits[i] = between(0, 1);
    input(t, 0, narrower(s));
    input(t, 1, narrower(s));
    text_puts(t, "let %2: bool[");
    list(t, c.rank, c.dim);
    text_puts(t, "] const = [");
    list(t, (int)n, bits);
    text_puts(t, "] where (%2, %0, %1) -> %3: ? out %3");
}

static void reduction(Text *t)
{
    static const char *const ops[] = {"sum", "mean", "prod", "max", "min", "l1", "l2", "sum_square", "log_sum", "log_sum_exp"};
    Shape s = shape(1, RANK);
    int64_t axes[RANK], n = 0;
    for (int i = 0; i < s.rank; i++)
        if (between(0, 1))
            axes[n++] = between(0, 1) ? i : i - s.rank;
    input(t, 0, s);
    text_printf(t, "reduce_%s (%%0) {\"keepdims\" = %d", ops[between(0, 9)], (int)between(0, 1));
    if (n) {
        text_puts(t, ", \"axes\" = [");
        list(t, (int)n, axes);
        text_puts(t, "]");
    }
    text_puts(t, "} -> %1: ? out %1");
}

static void rowwise(Text *t)
{
    Shape s = shape(1, RANK);
    int64_t axis = between(-s.rank, s.rank - 1);
    input(t, 0, s);
    if (between(0, 2) == 0)
        text_printf(t, "let %%1: i64[] const = [%lld] cumsum (%%0, %%1) {\"reverse\" = %d, \"exclusive\" = %d} -> %%2: ? out %%2", (long long)axis, (int)between(0, 1), (int)between(0, 1));
    else
        text_printf(t, "%ssoftmax (%%0) {\"axis\" = %lld} -> %%1: ? out %%1", between(0, 1) ? "log_" : "", (long long)axis);
}

static void product(Text *t)
{
    Shape batch = shape(0, 2), a = narrower(batch), b = narrower(batch);
    int64_t m = between(1, 4), k = between(1, 4), n = between(1, 4);
    const bool ta = between(0, 1), tb = between(0, 1), vec_a = !between(0, 5), vec_b = !between(0, 5), bias = between(0, 1) && !vec_a && !vec_b;
    Shape row = {1, {k}}, out = {2, {m, n}};
    a.dim[a.rank++] = ta ? k : m;
    a.dim[a.rank++] = ta ? m : k;
    b.dim[b.rank++] = tb ? n : k;
    b.dim[b.rank++] = tb ? k : n;
    input(t, 0, vec_a ? row : a);
    input(t, 1, vec_b ? row : b);
    if (bias)
        input(t, 2, narrower(out));
    text_printf(t, "matmul (%%0, %%1%s) {\"trans_a\" = %d, \"trans_b\" = %d} -> %%%d: ? out %%%d", bias ? ", %2" : "", ta && !vec_a, tb && !vec_b, 2 + bias, 2 + bias);
}

static void transposed(Text *t)
{
    Shape s = shape(2, RANK);
    int64_t perm[RANK];
    for (int i = 0; i < s.rank; i++) {
        int at = (int)between(0, i);
        perm[i] = perm[at];
        perm[at] = i;
    }
    input(t, 0, s);
    text_puts(t, "transpose (%0) {\"perm\" = [");
    list(t, s.rank, perm);
    text_puts(t, "]} -> %1: ? out %1");
}

static void sliced(Text *t)
{
    Shape s = shape(1, RANK);
    int64_t starts[RANK], ends[RANK], steps[RANK], axes[RANK];
    for (int i = 0; i < s.rank; i++) {
        steps[i] = between(0, 2) ? between(1, 2) : -between(1, 2);
        starts[i] = steps[i] > 0 ? between(0, s.dim[i] - 1) : s.dim[i] - 1;
        ends[i] = steps[i] > 0 ? between(starts[i] + 1, 5) : -100;
        axes[i] = i;
    }
    input(t, 0, s);
    ints(t, 1, s.rank, starts);
    ints(t, 2, s.rank, ends);
    ints(t, 3, s.rank, axes);
    ints(t, 4, s.rank, steps);
    text_puts(t, "slice (%0, %1, %2, %3, %4) -> %5: ? out %5");
}

static void gathered(Text *t)
{
    Shape s = shape(1, RANK);
    int64_t ix[6], n = between(1, 6);
    int axis = (int)between(0, s.rank - 1);
    for (int i = 0; i < n; i++)
        ix[i] = between(-s.dim[axis], s.dim[axis] - 1);
    input(t, 0, s);
    ints(t, 1, (int)n, ix);
    text_printf(t, "gather (%%0, %%1) {\"axis\" = %d} -> %%2: ? out %%2", axis);
}

static void joined(Text *t)
{
    Shape s = shape(1, RANK);
    int axis = (int)between(0, s.rank - 1);
    for (int i = 0; i < 3; i++) {
        s.dim[axis] = between(1, 3);
        input(t, i, s);
    }
    text_printf(t, "concat (%%0, %%1, %%2) {\"axis\" = %d} -> %%3: ? out %%3", axis);
}

static void padded(Text *t)
{
    static const char *const modes[] = {"constant", "reflect", "edge", "wrap"};
    Shape s = shape(1, RANK);
    int64_t pads[2 * RANK];
    int mode = (int)between(0, 3);
    for (int i = 0; i < 2 * s.rank; i++) {
        int64_t most = mode == 1 ? s.dim[i % s.rank] - 1 : s.dim[i % s.rank];
        pads[i] = between(0, most < 3 ? most : 3);
    }
    input(t, 0, s);
    ints(t, 1, 2 * s.rank, pads);
    text_printf(t, "pad (%%0, %%1) {\"mode\" = \"%s\"} -> %%2: ? out %%2", modes[mode]);
}

/* What a graph of several of them gives: values read twice, and again further down. */
static void chained(Text *t)
{
    static const char *const one[] = {"sin", "tanh", "sigmoid", "softplus", "exp", "gelu"}, *const two[] = {"add", "mul", "sub", "max"};
    Shape s = shape(1, 3);
    int n = 2;
    input(t, 0, s);
    input(t, 1, narrower(s));
    for (int i = 0; i < 6; i++, n++)
        if (between(0, 1))
            text_printf(t, "%s (%%%d) -> %%%d: ? ", one[between(0, 5)], (int)between(n > 3 ? n - 3 : 0, n - 1), n);
        else
            text_printf(t, "%s (%%%d, %%%d) -> %%%d: ? ", two[between(0, 3)], (int)between(0, n - 1), n - 1, n);
    text_printf(t, "sin (%%%d) -> %%%d: ? out %%%d", n - 1, n, n);
}

static const struct Family { const char *name; void (*draw)(Text *t); double lo, hi; } families[] = {
    {"binary", binary, 0.3, 2},   {"chosen", chosen, 0, 0},     {"reduction", reduction, 0.3, 2}, {"rowwise", rowwise, 0, 0}, {"product", product, 0, 0}, {"transposed", transposed, 0, 0},
    {"sliced", sliced, 0, 0},     {"gathered", gathered, 0, 0}, {"joined", joined, 0, 0},         {"padded", padded, 0, 0},   {"chained", chained, 0, 0},
};
enum { FAMILIES = sizeof families / sizeof *families };

const GradCase *grad_random(void)
{
    static GradCase cases[FAMILIES * EACH + 1];
    static char names[FAMILIES * EACH][32];
    for (int i = 0; i < FAMILIES * EACH && !cases[i].name; i++) {
        const struct Family *f = &families[i / EACH];
        Text t = {0};
        f->draw(&t);
        snprintf(names[i], sizeof names[i], "random.%s.%d", f->name, i % EACH);
        cases[i] = (GradCase){names[i], t.p, f->lo, f->hi};
    }
    return cases;
}
