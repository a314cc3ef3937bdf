/* SPDX-License-Identifier: MIT
 * ptxsim: every family of plain instructions against C, on all pairs of edge values. A case is PTX over registers that hold the inputs a, b, c as
 * 64 (%a), 32 (%ra, %fa), 16 bits (%ha), doubles (%da), and C for the same. The result is in %z, %rz, %hz, %fz, %dz or %p. */
#include "sim.h"

#include <math.h>

typedef uint64_t u64;
typedef int64_t s64;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint16_t u16;
typedef int16_t s16;

static float f(u64 x)
{
    u32 b = (u32)x;
    float r;
    memcpy(&r, &b, 4);
    return r;
}
static u64 fb(float x)
{
    u32 r;
    memcpy(&r, &x, 4);
    return r;
}
static double d(u64 x)
{
    double r;
    memcpy(&r, &x, 8);
    return r;
}
static u64 db(double x)
{
    u64 r;
    memcpy(&r, &x, 8);
    return r;
}
/* An independent way to f16: by scaling and rint, in double. */
static double h(u64 x)
{
    int e = (int)(x >> 10 & 31), m = (int)(x & 1023);
    double v = e == 31 ? (m ? NAN : INFINITY) : e ? ldexp(1024 + m, e - 25) : ldexp(m, -24);
    return x & 0x8000 ? -v : v;
}
static u64 hb(double x)
{
    u64 s = signbit(x) ? 0x8000 : 0;
    double v = fabs(x);
    if (v != v)
        return 0x7fff;
    int e;
    frexp(v, &e);
    e = e - 11 < -24 ? -24 : e - 11;
    double q = nearbyint(ldexp(v, -e));
    v = ldexp(q, e);
    if (v >= 65520)
        return s | 0x7c00;
    if (v < ldexp(1, -14))
        return s | (u64)ldexp(v, 24);
    frexp(v, &e);
    return s | ((u64)(e + 14) << 10) | ((u64)ldexp(v, 11 - e) & 1023);
}
static double bf(u64 x) { return (double)f((x & 0xffff) << 16); }
static u64 bfb(double x) /* of a double that is exact or far from a tie */
{
    if (x != x)
        return 0x7fff;
    u64 s = signbit(x) ? 0x8000 : 0;
    double v = fabs(x);
    int e;
    frexp(v, &e);
    e = e - 8 < -133 ? -133 : e - 8;
    v = ldexp(nearbyint(ldexp(v, -e)), e);
    return s | (fb((float)v) >> 16);
}
static s64 clamp(double x, double lo, double hi, s64 least, s64 most) { return x != x ? 0 : x <= lo ? least : x >= hi ? most : (s64)x; }
static u32 popc(u64 x) { return (u32)__builtin_popcountll(x); }

typedef struct Case {
    const char *text, *name;
    char kind;
    u64 (*want)(u64 a, u64 b, u64 c);
    int line;
} Case;

#define CASE(n, kind, ptx, expr) \
    static u64 want_##n(u64 a, u64 b, u64 c) \
    { \
        (void)a, (void)b, (void)c; \
        return (u64)(expr); \
    }
#include "ops.def"
#undef CASE
static const Case cases[] = {
#define CASE(n, kind, ptx, expr) {ptx, #n, kind, want_##n, __LINE__},
#include "ops.def"
#undef CASE
};

static const u64 values[] = {
    0, 1, 2, 3, 7, 31, 32, 63, 255, 256, 0x7f, 0x80, 0x7fff, 0x8000, 0xffff, 0x3c00, 0x3555, 0xbc01, 0x7bff, 0x7c00, 0x7e01, 0x0001, 0x03ff, 0x8400, 0x3f80, 0x4049,
    0x7fffffff, 0x80000000, 0xffffffff, 0x3f800000, 0xbf800000, 0x3eaaaaab, 0x40490fdb, 0x7f800000, 0xff800000, 0x7fc00001, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff,
    0x4f000000, 0xcf000000, 0x5f000000, 0x477fe000, 0x33800000, 0x4b7fffff, 0x3f000000, 0x3fc00000, 0x40200000, 0xc0200000, 0x12345678, 0xdeadbeef,
    0x3ff0000000000000, 0xbff8000000000000, 0x400921fb54442d18, 0x7ff0000000000000, 0x7ff8000000000001, 0x0000000000000001, 0x7fefffffffffffff, 0x7fffffffffffffff,
    0x8000000000000000, 0xffffffffffffffff, 0x0123456789abcdef, 0x41dfffffffc00000, 0x43e0000000000000, 0x3e45798ee2308c3a, 0x40effc0000000000, 0x3ff0040000000001,
};
enum { N_VALUES = sizeof values / sizeof *values, LANES = N_VALUES * N_VALUES };

static const char *store_of(char kind)
{
    switch (kind) {
    case 'r': return "cvt.u64.u32 %z, %rz;";
    case 'h': return "cvt.u64.u16 %z, %hz;";
    case 'f': return "mov.b32 %rz, %fz; cvt.u64.u32 %z, %rz;";
    case 'd': return "mov.b64 %z, %dz;";
    case 'p': return "selp.u64 %z, 1, 0, %p;";
    default: return "";
    }
}

static const char *program(const Case *c, char *to, size_t n, int sm)
{
    snprintf(to, n, HEAD("7.8", "sm_%d")
        ".entry k(.param .u64 in, .param .u64 out)\n{\n.reg .b64 %%in, %%out, %%n, %%a, %%b, %%c, %%z, %%t, %%u;\n.reg .b32 %%ra, %%rb, %%rc, %%rz, %%rt, %%ru, %%i;\n"
        ".reg .b16 %%ha, %%hb, %%hc, %%hz, %%ht;\n.reg .f32 %%fa, %%fb, %%fc, %%fz, %%ft;\n.reg .f64 %%da, %%db, %%dc, %%dz;\n.reg .pred %%p, %%q, %%pa, %%pb, %%big;\n"
        "ld.param.u64 %%in, [in]; ld.param.u64 %%out, [out];\nmov.u32 %%i, %%ctaid.x; mov.u32 %%rt, %%ntid.x; mov.u32 %%ru, %%tid.x; mad.lo.u32 %%i, %%i, %%rt, %%ru;\n"
        "setp.ge.u32 %%big, %%i, %d; @%%big exit;\nmul.wide.u32 %%n, %%i, 24; add.u64 %%in, %%in, %%n; mul.wide.u32 %%n, %%i, 8; add.u64 %%out, %%out, %%n;\n"
        "ld.global.u64 %%a, [%%in]; ld.global.u64 %%b, [%%in+8]; ld.global.u64 %%c, [%%in+16];\n"
        "cvt.u32.u64 %%ra, %%a; cvt.u32.u64 %%rb, %%b; cvt.u32.u64 %%rc, %%c; cvt.u16.u64 %%ha, %%a; cvt.u16.u64 %%hb, %%b; cvt.u16.u64 %%hc, %%c;\n"
        "mov.b32 %%fa, %%ra; mov.b32 %%fb, %%rb; mov.b32 %%fc, %%rc; mov.b64 %%da, %%a; mov.b64 %%db, %%b; mov.b64 %%dc, %%c;\n"
        "setp.lt.s32 %%pa, %%ra, 0; setp.lt.s32 %%pb, %%rb, 0;\n%s\n%s\nst.global.u64 [%%out], %%z;\nret;\n}\n", sm, (int)LANES, c->text, store_of(c->kind));
    return to;
}

static bool same(char kind, u64 got, u64 want)
{
    if (kind == 'f' && isnan(f(want)))
        return isnan(f(got));
    if (kind == 'd' && isnan(d(want)))
        return isnan(d(got));
    return got == want;
}

static u64 width(char kind, u64 x) { return kind == 'r' || kind == 'f' ? (u32)x : kind == 'h' ? (u16)x : kind == 'p' ? x & 1 : x; }

static void all_cases(void **state)
{
    static u64 in[LANES][3], out[LANES];
    PtxSim *s = open_sim(90, 0);
    int bad = 0;
    for (int k = 0; k < LANES; k++) {
        in[k][0] = values[k / N_VALUES];
        in[k][1] = values[k % N_VALUES];
        in[k][2] = values[(k * 7 + k / N_VALUES) % N_VALUES];
    }
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[4096];
        const Case *x = &cases[c];
        Run r = run_text(s, program(x, text, sizeof text, 90), in, sizeof in, out, sizeof out, (LANES + 95) / 96, 96, 0);
        if (r.rc) {
            print_error("%s: %s\n", x->name, r.log);
            bad++;
        }
        for (int k = 0; k < LANES && !r.rc; k++) {
            u64 want = width(x->kind, x->want(in[k][0], in[k][1], in[k][2]));
            if (!same(x->kind, out[k], want)) {
                print_error("%s(%llx, %llx, %llx) = %llx, want %llx\n", x->name, (unsigned long long)in[k][0], (unsigned long long)in[k][1],
                    (unsigned long long)in[k][2], (unsigned long long)out[k], (unsigned long long)want);
                bad++;
                break;
            }
        }
    }
    assert_int_equal(bad, 0);
    ptxsim_close(&s);
}

/* Approximations: within an ulp and a half of the exact value, and not always on it. */
static void approximations_move(void **state)
{
    static const struct { const char *op; double (*fn)(double); } all[] = {{"ex2.approx.f32", exp2}, {"lg2.approx.f32", log2}, {"sin.approx.f32", sin},
        {"cos.approx.f32", cos}, {"sqrt.approx.f32", sqrt}, {"tanh.approx.f32", tanh}};
    static u64 in[LANES][3], out[LANES];
    PtxSim *s = open_sim(90, 0);
    for (int k = 0; k < LANES; k++)
        in[k][0] = fb(0.01f + 0.003f * (float)k);
    for (size_t a = 0; a < sizeof all / sizeof *all; a++) {
        char text[4096], op[64];
        snprintf(op, sizeof op, "%s %%fz, %%fa;", all[a].op);
        Run r = run_text(s, program(&(Case){.text = op, .kind = 'f'}, text, sizeof text, 90), in, sizeof in, out, sizeof out, (LANES + 95) / 96, 96, 0);
        assert_int_equal(r.rc, 0);
        int moved = 0;
        for (int k = 0; k < LANES; k++) {
            double exact = all[a].fn((double)f(in[k][0]));
            float want = (float)exact, got = f(out[k]);
            moved += want != got;
            assert_true(fabs((double)got - exact) <= 1.51 * fabs((double)nextafterf(want, INFINITY) - (double)want));
        }
        assert_in_range(moved, LANES / 3, LANES);
    }
    ptxsim_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_cases), cmocka_unit_test(approximations_move)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
