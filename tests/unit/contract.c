/* SPDX-License-Identifier: MIT
 * The contraction engine against one scalar fmaf chain per element, bit for bit: random nests (matmul, strided, batched, convolution with
 * groups, dilation, padding), every level, several thread counts, packed and unpacked, with init, residual, clamp and post. */
#include "backend/cpu/contract.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static uint64_t state = 88172645463325252u;
static int64_t rnd(int64_t n) /* 0 .. n-1 */
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (int64_t)((state >> 11) % (uint64_t)n);
}

/* Buffers of exactly the needed size, so that the sanitizer sees every read outside. */
typedef struct Buf { void *p; int64_t n; DType type; } Buf;

static Buf buf_new(int64_t n, DType type)
{
    Buf b = {malloc((size_t)(n ? n : 1) * dtype_info[type].bytes), n, type};
    for (int64_t i = 0; i < n; i++) {
        float v = (float)(rnd(2001) - 1000) / 256.0f;
        if (type == DT_f32)
            ((float *)b.p)[i] = rnd(50) ? v : -0.0f;
        else
            ((uint16_t *)b.p)[i] = type == DT_f16 ? f32_to_f16(v) : f32_to_bf16(v);
    }
    return b;
}

static float get(const NestOperand *o, int64_t i)
{
    if (o->type == DT_f32)
        return ((float *)o->p)[i];
    uint16_t h = ((uint16_t *)o->p)[i];
    return o->type == DT_f16 ? f16_to_f32(h) : bf16_to_f32(h);
}

static bool inside(const Nest *n, const NestOperand *o, const int64_t *ix)
{
    for (int g = 0; g < o->n_guards; g++) {
        int64_t pos = o->guard[g].start;
        for (int i = 0; i < n->n_axes; i++)
            pos += o->guard[g].coef[i] * ix[i];
        if (pos < 0 || pos >= o->guard[g].extent)
            return false;
    }
    return true;
}

static int64_t at(const Nest *n, const NestOperand *o, const int64_t *ix)
{
    int64_t off = o->offset;
    for (int i = 0; i < n->n_axes; i++)
        off += o->coef[i] * ix[i];
    return off;
}

static bool next(const Nest *n, int from, int to, int64_t *ix)
{
    for (int i = to - 1; i >= from; i--) {
        if (++ix[i] < n->extent[i])
            return true;
        ix[i] = 0;
    }
    return false;
}

static float clamp_ref(float v, float lo, float hi)
{
    if (v != v)
        return v;
    if (v < lo || (v == lo && signbit(v)))
        v = lo;
    return v > hi || (v == hi && !signbit(v)) ? hi : v;
}

static float element(const Nest *n, int64_t *ix)
{
    float acc = n->init.p ? get(&n->init, at(n, &n->init, ix)) : 0;
    for (int i = n->n_out; i < n->n_axes; i++)
        if (n->extent[i] == 0)
            goto end;
    do {
        float a = inside(n, &n->a, ix) ? get(&n->a, at(n, &n->a, ix)) : 0, b = inside(n, &n->b, ix) ? get(&n->b, at(n, &n->b, ix)) : 0;
        acc = fmaf(a, b, acc);
    } while (next(n, n->n_out, n->n_axes, ix));
end:
    if (n->add.p)
        acc = acc + get(&n->add, at(n, &n->add, ix));
    if (n->clamp)
        acc = clamp_ref(acc, n->lo, n->hi);
    if (n->out.type != DT_f32)
        acc = n->out.type == DT_f16 ? f16_to_f32(f32_to_f16(acc)) : bf16_to_f32(f32_to_bf16(acc));
    return n->post ? acc * 2.0f : acc;
}

static void set(const NestOperand *o, int64_t i, float v)
{
    if (o->type == DT_f32)
        ((float *)o->p)[i] = v;
    else
        ((uint16_t *)o->p)[i] = o->type == DT_f16 ? f32_to_f16(v) : f32_to_bf16(v);
}

static void double_box(void *ctx, const NestBox *box)
{
    const Nest *n = ctx;
    int64_t ix[NEST_AXES];
    memcpy(ix, box->lo, sizeof ix);
    for (;;) {
        int64_t o = n->out.offset;
        for (int i = 0; i < n->n_out; i++)
            o += ix[i] * n->out.coef[i];
        set(&n->out, o, get(&n->out, o) * 2.0f);
        int i = n->n_out - 1;
        for (; i >= 0 && ++ix[i] == box->hi[i]; i--)
            ix[i] = box->lo[i];
        if (i < 0)
            return;
    }
}

static void compare(const Nest *n, const Buf *out, const char *what)
{
    int64_t ix[NEST_AXES] = {0};
    for (int i = 0; i < n->n_out; i++)
        if (n->extent[i] == 0)
            return;
    do {
        int64_t jx[NEST_AXES];
        memcpy(jx, ix, sizeof jx);
        float want = element(n, jx);
        int64_t o = at(n, &n->out, ix);
        uint32_t w, g;
        if (out->type == DT_f32) {
            memcpy(&w, &want, 4), memcpy(&g, (float *)out->p + o, 4);
        } else {
            w = out->type == DT_f16 ? f32_to_f16(want) : f32_to_bf16(want), g = ((uint16_t *)out->p)[o];
        }
        if (w != g)
            fail_msg("%s: element %lld: %08x, wanted %08x", what, (long long)o, g, w);
    } while (next(n, 0, n->n_out, ix));
}

static ContractWork *work[CPU_LEVELS];
static Pool *pools[3];
static int n_levels = 1;

/* Runs the nest on every level, thread count and packing. out is refilled with noise before each run. */
static void check_nest(Nest *n, Buf *out, const char *what)
{
    static const int counts[] = {1, 2, 3};
    n->post_ctx = n;
    for (int l = 0; l < n_levels; l++)
        for (int pack = -1; pack < 2; pack++) {
            int t = (int)rnd(3);
            char name[200];
            snprintf(name, sizeof name, "%s, level %d, %d threads, pack %d", what, l, counts[t], pack);
            memset(out->p, 0x7f, (size_t)out->n * dtype_info[out->type].bytes);
            ContractPack *k = NULL;
            Error err = {0};
            if (pack >= 0)
                assert_int_equal(nest_prepare(n, pack, work[l], pools[t], &k, &err), SPML_OK);
            if (nest_run(n, NULL, k, work[l], pools[t], &err))
                fail_msg("%s: %s", name, err.text);
            compare(n, out, name);
            if (k)
                contract_pack_free(&k);
        }
}

static const DType types[] = {DT_f32, DT_f32, DT_f32, DT_f32, DT_f16, DT_bf16};
static DType any_type(void) { return types[rnd(6)]; }

/* Row-major strides over the axes of a random order, with random gaps; broadcast[i]: stride 0. */
static int64_t layout(NestOperand *o, const int *axes, int n_axes, const Nest *n, bool shuffle)
{
    int order[NEST_AXES];
    memcpy(order, axes, (size_t)n_axes * sizeof *order);
    for (int i = n_axes - 1; shuffle && i > 0; i--) {
        int j = (int)rnd(i + 1), t = order[i];
        order[i] = order[j], order[j] = t;
    }
    int64_t size = 1;
    for (int i = n_axes - 1; i >= 0; i--) {
        o->coef[order[i]] = size;
        size *= n->extent[order[i]] + (rnd(4) ? 0 : 1);
    }
    return size;
}

static void epilogue(Nest *n, Buf *init, Buf *add, int64_t size)
{
    *init = *add = (Buf){0};
    switch (rnd(4)) {
    case 0: /* one value per element of one axis */
        n->init.type = DT_f32;
        *init = buf_new(4096, DT_f32);
        n->init.coef[rnd(n->n_out)] = 1;
        break;
    case 1:
        *init = buf_new(size, n->init.type = any_type());
        memcpy(n->init.coef, n->out.coef, sizeof n->init.coef);
        break;
    default: break;
    }
    n->init.p = init->p;
    if (rnd(3) == 0) {
        *add = buf_new(size, n->add.type = any_type());
        memcpy(n->add.coef, n->out.coef, sizeof n->add.coef);
        n->add.p = add->p;
    }
    n->clamp = rnd(2);
    n->lo = rnd(2) ? 0.0f : -INFINITY, n->hi = rnd(2) ? 6.0f : INFINITY;
    n->post = rnd(4) ? NULL : double_box;
}

static void random_matmul(int64_t scale)
{
    Nest n = {.n_out = 4, .n_axes = 5};
    enum { B0, B1, M, N, K };
    n.extent[B0] = 1 + rnd(3), n.extent[B1] = 1 + rnd(2);
    n.extent[M] = rnd(3) ? 1 + rnd(scale) : 1 + rnd(5), n.extent[N] = rnd(3) ? 1 + rnd(scale) : 1 + rnd(5), n.extent[K] = rnd(2) ? rnd(scale) : rnd(12);
    bool shuffle = rnd(3) == 0;
    int aa[] = {B0, B1, M, K}, ab[] = {B0, B1, K, N}, bt[] = {B0, B1, N, K}, ao[] = {B0, B1, M, N}, am[] = {B0, B1, K, M};
    int64_t sa = layout(&n.a, rnd(3) ? aa : am, 4, &n, shuffle), sb = layout(&n.b, rnd(2) ? ab : bt, 4, &n, shuffle), so = layout(&n.out, ao, 4, &n, rnd(6) == 0);
    if (rnd(3) == 0)
        n.b.coef[B0] = n.b.coef[B1] = 0;
    if (rnd(4) == 0)
        n.a.coef[B1] = 0;
    Buf a = buf_new(sa, n.a.type = any_type()), b = buf_new(sb, n.b.type = any_type()), o = buf_new(so, n.out.type = any_type()), init, add;
    n.a.p = a.p, n.b.p = b.p, n.out.p = o.p;
    epilogue(&n, &init, &add, so);
    char name[128];
    snprintf(name, sizeof name, "matmul %lldx%lld m %lld n %lld k %lld", (long long)n.extent[B0], (long long)n.extent[B1], (long long)n.extent[M], (long long)n.extent[N],
        (long long)n.extent[K]);
    check_nest(&n, &o, name);
    free(a.p), free(b.p), free(o.p), free(init.p), free(add.p);
}

/* x[n, g·c, h, v], w[g·o, c, kh, kw] → y[n, g·o, p, q], or channels last. */
static void random_conv(int64_t scale, bool depthwise, int64_t outs_most)
{
    enum { N, G, P, Q, O, C, KH, KW };
    Nest n = {.n_out = 5, .n_axes = 8};
    int64_t sh = 1 + rnd(3), sw = 1 + rnd(3), dh = 1 + rnd(2), dw = 1 + rnd(3), ph = rnd(4), pw = rnd(4), h, v;
    n.extent[N] = 1 + rnd(2), n.extent[G] = depthwise ? 1 + rnd(20) : 1 + rnd(3);
    n.extent[C] = depthwise ? 1 : 1 + rnd(9), n.extent[O] = depthwise ? 1 : 1 + rnd(outs_most);
    n.extent[KH] = 1 + rnd(4), n.extent[KW] = 1 + rnd(4);
    n.extent[P] = 1 + rnd(scale), n.extent[Q] = 1 + rnd(scale);
    h = (n.extent[P] - 1) * sh + (n.extent[KH] - 1) * dh + 1 - 2 * ph + rnd(2), v = (n.extent[Q] - 1) * sw + (n.extent[KW] - 1) * dw + 1 - 2 * pw + rnd(2);
    if (h < 1)
        h = 1;
    if (v < 1)
        v = 1;
    int64_t chan = n.extent[G] * n.extent[C], outs = n.extent[G] * n.extent[O], *e = n.extent;
    bool last = rnd(4) == 0; /* channels last */
    int64_t xc = last ? 1 : h * v, xv = last ? chan : 1, xh = v * xv, yc = last ? 1 : e[P] * e[Q], yq = last ? outs : 1, yp = e[Q] * yq;
    n.a = (NestOperand){.type = any_type(), .offset = -ph * xh - pw * xv, .n_guards = 2,
        .coef = {[N] = chan * h * v, [G] = e[C] * xc, [P] = sh * xh, [Q] = sw * xv, [C] = xc, [KH] = dh * xh, [KW] = dw * xv},
        .guard = {{-ph, h, {[P] = sh, [KH] = dh}}, {-pw, v, {[Q] = sw, [KW] = dw}}}};
    n.b = (NestOperand){.type = any_type(), .coef = {[G] = e[O] * e[C] * e[KH] * e[KW], [O] = e[C] * e[KH] * e[KW], [C] = e[KH] * e[KW], [KH] = e[KW], [KW] = 1}};
    n.out = (NestOperand){.type = any_type(), .coef = {[N] = outs * e[P] * e[Q], [G] = e[O] * yc, [P] = yp, [Q] = yq, [O] = yc}};
    int64_t so = e[N] * outs * e[P] * e[Q];
    Buf a = buf_new(e[N] * chan * h * v, n.a.type), b = buf_new(outs * e[C] * e[KH] * e[KW], n.b.type), o = buf_new(so, n.out.type), init, add;
    n.a.p = a.p, n.b.p = b.p, n.out.p = o.p;
    epilogue(&n, &init, &add, so);
    char name[256];
    snprintf(name, sizeof name, "conv n %d g %d p %d q %d o %d c %d kh %d kw %d, stride %d %d dilation %d %d pad %d %d, x %d %d%s", (int)e[N], (int)e[G], (int)e[P], (int)e[Q],
        (int)e[O], (int)e[C], (int)e[KH], (int)e[KW], (int)sh, (int)sw, (int)dh, (int)dw, (int)ph, (int)pw, (int)h, (int)v, last ? ", channels last" : "");
    check_nest(&n, &o, name);
    free(a.p), free(b.p), free(o.p), free(init.p), free(add.p);
}

static void test_matmul(void **s)
{
    for (int i = 0; i < 60; i++)
        random_matmul(40);
    for (int i = 0; i < 4; i++)
        random_matmul(150);
}
static void test_conv(void **s)
{
    for (int i = 0; i < 60; i++)
        random_conv(14, false, 40);
    for (int i = 0; i < 30; i++) /* few rows, long columns */
        random_conv(30, false, 14);
}
static void test_depthwise(void **s)
{
    for (int i = 0; i < 60; i++)
        random_conv(30, true, 1);
}

/* The sum spans many slabs and the rows many panels: reloading the output between slabs keeps the chain. */
static void test_long_sums(void **s)
{
    Nest n = {.n_out = 2, .n_axes = 3, .extent = {37, 70, 1001}, .clamp = true, .lo = -3, .hi = INFINITY};
    Buf a = buf_new(37 * 1001, DT_f32), b = buf_new(1001 * 70, DT_f32), o = buf_new(37 * 70, DT_f32), z = buf_new(70, DT_f32);
    n.a = (NestOperand){.p = a.p, .type = DT_f32, .coef = {1001, 0, 1}};
    n.b = (NestOperand){.p = b.p, .type = DT_f32, .coef = {0, 1, 70}};
    n.init = (NestOperand){.p = z.p, .type = DT_f32, .coef = {0, 1}};
    n.out = (NestOperand){.p = o.p, .type = DT_f32, .coef = {70, 1}};
    check_nest(&n, &o, "long sum");
    free(a.p), free(b.p), free(o.p), free(z.p);
}

static void test_refuses_types(void **s)
{
    int32_t x[4] = {0};
    Nest n = {.n_out = 1, .n_axes = 2, .extent = {2, 2}};
    n.a = (NestOperand){.p = x, .type = DT_i32, .coef = {1, 1}};
    n.b = n.out = n.a;
    Error err = {0};
    assert_int_equal(nest_run(&n, NULL, NULL, work[0], NULL, &err), SPML_UNSUPPORTED);
    assert_string_equal(err.key, "contract");
}

static int setup(void **s)
{
    static const int counts[] = {1, 2, 3};
#ifdef __x86_64__
    n_levels += __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    n_levels += n_levels == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#endif
    for (int l = 0; l < n_levels; l++)
        if (contract_work_new((CpuLevel)l, true, &work[l], NULL))
            return -1;
    for (int i = 0; i < 3; i++)
        if (pool_open(counts[i], &pools[i], NULL))
            return -1;
    return 0;
}

static int teardown(void **s)
{
    for (int l = 0; l < n_levels; l++)
        contract_work_free(&work[l]);
    for (int i = 0; i < 3; i++)
        pool_close(&pools[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matmul),
        cmocka_unit_test(test_conv),
        cmocka_unit_test(test_depthwise),
        cmocka_unit_test(test_long_sums),
        cmocka_unit_test(test_refuses_types),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
