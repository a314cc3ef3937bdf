/* SPDX-License-Identifier: MIT
 * unit tests of the KIR core: arithmetic, binding, ranges, verifier, interpreter. Kernels are built by hand here, so that the
 * core is tested without the front end; expected values are computed by independent loops in this file. */
#include "kir/kir.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* ── arithmetic ── */

static uint64_t f32b(float f) { uint32_t v; memcpy(&v, &f, 4); return v; }

static float b32f(uint64_t b) { uint32_t v = (uint32_t)b; float f; memcpy(&f, &v, 4); return f; }

static uint64_t f64b(double f) { uint64_t v; memcpy(&v, &f, 8); return v; }

static uint64_t u32b(int32_t v) { return (uint32_t)v; }

typedef struct EvalCase { KOp op; DType type, from; uint64_t a[3], want; } EvalCase;

static void test_eval_integers(void **s)
{
    const uint64_t min64 = (uint64_t)INT64_MIN;
    const EvalCase cases[] = {
        {K_div, DT_i32, DT_i32, {u32b(7), 0}, 0}, {K_rem, DT_i32, DT_i32, {u32b(7), 0}, 0},
        {K_div, DT_i32, DT_i32, {u32b(INT32_MIN), u32b(-1)}, u32b(INT32_MIN)}, {K_rem, DT_i32, DT_i32, {u32b(INT32_MIN), u32b(-1)}, 0},
        {K_div, DT_i64, DT_i64, {min64, (uint64_t)-1}, min64}, {K_rem, DT_i64, DT_i64, {min64, (uint64_t)-1}, 0},
        {K_rem, DT_i32, DT_i32, {u32b(-7), u32b(3)}, u32b(-1)}, {K_div, DT_u32, DT_u32, {u32b(-7), 2}, 0x7ffffffc},
        {K_shl, DT_i32, DT_i32, {1, 33}, 2}, {K_shr, DT_i32, DT_i32, {u32b(-8), 1}, u32b(-4)}, {K_shr, DT_u32, DT_u32, {u32b(-8), 1}, 0x7ffffffc},
        {K_shl, DT_i64, DT_i64, {1, (uint64_t)-1}, min64}, {K_neg, DT_i32, DT_i32, {u32b(INT32_MIN)}, u32b(INT32_MIN)},
        {K_abs, DT_i32, DT_i32, {u32b(INT32_MIN)}, u32b(INT32_MIN)}, {K_add, DT_i32, DT_i32, {u32b(INT32_MAX), 1}, u32b(INT32_MIN)},
        {K_mulhi, DT_u32, DT_u32, {0xffffffff, 0xffffffff}, 0xfffffffe}, {K_mulhi, DT_i32, DT_i32, {u32b(-1), 5}, u32b(-1)},
        {K_mulhi, DT_i64, DT_i64, {(uint64_t)-1, 5}, (uint64_t)-1}, {K_mulhi, DT_u64, DT_u64, {(uint64_t)-1, (uint64_t)-1}, (uint64_t)-2},
        {K_clz, DT_u32, DT_u32, {0}, 32}, {K_clz, DT_i64, DT_i64, {1}, 63}, {K_popcount, DT_i32, DT_i32, {u32b(-1)}, 32},
        {K_not, DT_bool, DT_bool, {1}, 0}, {K_not, DT_i32, DT_i32, {0}, 0xffffffff}, {K_lt, DT_bool, DT_i32, {u32b(-1), 0}, 1},
        {K_lt, DT_bool, DT_u32, {u32b(-1), 0}, 0}, {K_select, DT_i32, DT_bool, {1, 5, 6}, 5}, {K_xor, DT_bool, DT_bool, {1, 1}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kir_eval(cases[i].op, cases[i].type, cases[i].from, cases[i].a) != cases[i].want)
            fail_msg("integer case %zu: %s", i, kop_info[cases[i].op].name);
}

static void test_eval_floats(void **s)
{
    const EvalCase cases[] = {
        {K_min, DT_f32, DT_f32, {f32b(0.0f), f32b(-0.0f)}, f32b(-0.0f)}, {K_max, DT_f32, DT_f32, {f32b(-0.0f), f32b(0.0f)}, f32b(0.0f)},
        {K_min, DT_f32, DT_f32, {f32b(-0.0f), f32b(0.0f)}, f32b(-0.0f)}, {K_max, DT_f64, DT_f64, {f64b(-0.0), f64b(0.0)}, f64b(0.0)},
        {K_rint, DT_f32, DT_f32, {f32b(2.5f)}, f32b(2.0f)}, {K_rint, DT_f64, DT_f64, {f64b(-0.5)}, f64b(-0.0)},
        {K_rem, DT_f32, DT_f32, {f32b(-5.5f), f32b(2.0f)}, f32b(-1.5f)}, {K_neg, DT_f32, DT_f32, {f32b(0.0f)}, f32b(-0.0f)},
        {K_fma, DT_f32, DT_f32, {f32b(0x1.000002p0f), f32b(0x1.000002p0f), f32b(-1.0f)}, f32b(0x1.000001p-22f)},
        {K_isnan, DT_bool, DT_f32, {f32b(NAN)}, 1}, {K_ne, DT_bool, DT_f32, {f32b(NAN), f32b(NAN)}, 1},
        {K_eq, DT_bool, DT_f32, {f32b(NAN), f32b(NAN)}, 0}, {K_lt, DT_bool, DT_f16, {0x8000, 0x0000}, 0}, {K_eq, DT_bool, DT_f16, {0x8000, 0x0000}, 1},
        {K_lt, DT_bool, DT_i8, {0xff, 0x00}, 1}, {K_lt, DT_bool, DT_u8, {0xff, 0x00}, 0}, {K_isnan, DT_bool, DT_f16, {0x7e00}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kir_eval(cases[i].op, cases[i].type, cases[i].from, cases[i].a) != cases[i].want)
            fail_msg("float case %zu: %s", i, kop_info[cases[i].op].name);
    uint64_t a[2] = {f32b(NAN), f32b(1)}, b[2] = {f32b(1), f32b(NAN)};
    assert_true(isnan(b32f(kir_eval(K_min, DT_f32, DT_f32, a))) && isnan(b32f(kir_eval(K_min, DT_f32, DT_f32, b))));
    assert_true(isnan(b32f(kir_eval(K_max, DT_f32, DT_f32, a))) && isnan(b32f(kir_eval(K_max, DT_f32, DT_f32, b))));
}

static void test_eval_conversions(void **s)
{
    const EvalCase cases[] = {
        {K_cast, DT_i32, DT_f32, {f32b(3e9f)}, 0x7fffffff}, {K_cast, DT_i32, DT_f32, {f32b(-3e9f)}, 0x80000000u},
        {K_cast, DT_i32, DT_f32, {f32b(NAN)}, 0}, {K_cast, DT_i32, DT_f32, {f32b(-1.9f)}, u32b(-1)}, {K_cast, DT_u32, DT_f32, {f32b(-1.9f)}, 0},
        {K_cast, DT_u64, DT_f32, {f32b(INFINITY)}, UINT64_MAX}, {K_cast, DT_i64, DT_f64, {f64b(9.3e18)}, INT64_MAX},
        {K_cast, DT_u64, DT_f64, {f64b(1.8e19)}, 18000000000000000000ull}, {K_cast, DT_i8, DT_f32, {f32b(300)}, 127},
        {K_cast, DT_i8, DT_f32, {f32b(-300)}, 0x80}, {K_cast, DT_u8, DT_i32, {u32b(-1)}, 255}, {K_sat, DT_u8, DT_i32, {u32b(-1)}, 0},
        {K_sat, DT_u8, DT_i32, {300}, 255}, {K_cast, DT_u8, DT_i32, {300}, 44}, {K_cast, DT_i64, DT_i32, {u32b(-5)}, (uint64_t)-5},
        {K_cast, DT_i64, DT_u32, {u32b(-5)}, 0xfffffffb}, {K_sat, DT_i32, DT_u64, {UINT64_MAX}, 0x7fffffff}, {K_cast, DT_i4, DT_i32, {u32b(-3)}, 13},
        {K_cast, DT_i32, DT_i4, {13}, u32b(-3)}, {K_sat, DT_i4, DT_i32, {100}, 7}, {K_cast, DT_bool, DT_f32, {f32b(-0.0f)}, 0},
        {K_cast, DT_bool, DT_f32, {f32b(NAN)}, 1}, {K_cast, DT_bool, DT_i64, {256}, 1}, {K_cast, DT_f32, DT_bool, {1}, f32b(1)},
        {K_cast, DT_f16, DT_f32, {f32b(70000)}, 0x7c00}, {K_sat, DT_f16, DT_f32, {f32b(-INFINITY)}, 0xfbff}, {K_cast, DT_f32, DT_f16, {0x3c00}, f32b(1)},
        /* one ulp above a midpoint in f64: rounding through f32 would land on the midpoint and go to even */
        {K_cast, DT_f16, DT_f64, {f64b(1.0 + 0x1p-11 + 0x1p-40)}, 0x3c01}, {K_cast, DT_f16, DT_f64, {f64b(1.0 + 0x1p-11)}, 0x3c00},
        {K_cast, DT_bf16, DT_i64, {((uint64_t)1 << 40) + ((uint64_t)1 << 32) + 1}, 0x5381}, {K_cast, DT_bf16, DT_i64, {((uint64_t)1 << 40) + ((uint64_t)1 << 32)}, 0x5380},
        {K_cast, DT_bf16, DT_i64, {0 - (((uint64_t)1 << 62) + ((uint64_t)1 << 54) + 1)}, 0xde81},
        {K_sat, DT_f32, DT_f64, {f64b(1e300)}, 0x7f7fffff}, {K_cast, DT_f32, DT_f64, {f64b(1e300)}, 0x7f800000},
        {K_cast, DT_f32, DT_i64, {16777217}, f32b(16777216.0f)}, {K_bitcast, DT_u32, DT_f32, {f32b(1)}, 0x3f800000},
        {K_cast, DT_f8e4m3fn, DT_f32, {f32b(448)}, 0x7e}, {K_sat, DT_f8e4m3fn, DT_f32, {f32b(1e9f)}, 0x7e}, {K_cast, DT_f16, DT_f8e5m2, {0x3c}, 0x3c00},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t got = kir_eval(cases[i].op, cases[i].type, cases[i].from, cases[i].a);
        if (got != cases[i].want)
            fail_msg("conversion %zu: got %llx, want %llx", i, (unsigned long long)got, (unsigned long long)cases[i].want);
    }
}

/* ── a small builder ── */

typedef struct B { Arena arena; KirKernel *k; KBlock *at; Error err; KirLaunch l; } B;

static KDim sym_dim(uint32_t s) { return (KDim){.kind = KDIM_SYM, .sym = s}; }

static void begin(B *b, const char *name, size_t n_syms, const char *const *syms)
{
    *b = (B){0};
    b->k = kir_new(&b->arena, name);
    b->k->n_syms = n_syms;
    b->k->syms = arena_array(&b->arena, KSym, n_syms);
    for (size_t i = 0; i < n_syms; i++)
        b->k->syms[i] = (KSym){syms[i], KSYM_DIM, DT_i64};
    b->k->mems = arena_array(&b->arena, KMem, 8);
    b->k->dims = arena_array(&b->arena, KDim *, 8);
    b->at = b->k->body;
}

static uint32_t operand(B *b, const char *name, KMemKind kind, DType t, int rank, const KDim *dims)
{
    uint32_t id = (uint32_t)b->k->n_mems++;
    b->k->n_operands = b->k->n_mems;
    b->k->mems[id] = (KMem){.name = name, .kind = kind, .type = t, .rank = (uint16_t)rank};
    b->k->dims[id] = arena_copy(&b->arena, dims, (size_t)rank * sizeof *dims);
    return id;
}

static uint32_t local(B *b, const char *name, KMemKind kind, DType t, int64_t n)
{
    uint32_t id = (uint32_t)b->k->n_mems++;
    b->k->mems[id] = (KMem){.name = name, .kind = kind, .type = t, .rank = 1, .const_dims = arena_copy(&b->arena, &n, sizeof n)};
    return id;
}

static KReg konst(B *b, int64_t v) { return kir_const(b->k, b->at, DT_i64, (uint64_t)v); }
static KReg kf(B *b, float v) { return kir_const(b->k, b->at, DT_f32, f32b(v)); }

static KReg op2(B *b, KOp op, DType t, KReg x, KReg y) { return kir_emit(b->k, b->at, op, t, 2, (KReg[]){x, y}); }

static KReg sym(B *b, uint32_t s)
{
    KReg r = kir_reg(b->k, b->k->syms[s].type, false, NULL);
    kir_add(b->k, b->at, K_sym, b->k->syms[s].type, r, 0, NULL)->id = s;
    return r;
}

static KReg load(B *b, uint32_t mem, int n, const KReg *i)
{
    KReg r = kir_reg(b->k, b->k->mems[mem].type, false, NULL);
    kir_add(b->k, b->at, K_load, b->k->mems[mem].type, r, n, i)->id = mem;
    return r;
}

static KInst *store(B *b, uint32_t mem, int n, const KReg *i) /* indices, then the value */
{
    KInst *s = kir_add(b->k, b->at, K_store, b->k->mems[mem].type, 0, n, i);
    s->id = mem;
    return s;
}
/* Opens a loop over lo ≤ index < hi and makes its body current; the caller restores b->at. */
static KInst *loop(B *b, KOp op, KReg lo, KReg hi, const char *name, KReg *index)
{
    KInst *i = kir_add(b->k, b->at, op, DT_none, 0, 0, NULL);
    i->axes = arena_array(&b->arena, KAxis, 1);
    *index = kir_reg(b->k, DT_i64, false, name);
    i->axes[0] = (KAxis){*index, lo, hi, 0, NULL};
    i->n_axes = 1;
    i->blocks = arena_array(&b->arena, KBlock *, 2);
    i->blocks[0] = kir_block(b->k);
    i->n_blocks = 1;
    b->at = i->blocks[0];
    return i;
}

static void yield(B *b, KBlock *k, int n, const KReg *r)
{
    k->yield = arena_copy(&b->arena, r, (size_t)n * sizeof *r);
    k->n_yield = (uint16_t)n;
}

static void view(B *b, size_t o, void *p, int rank, const int64_t *dim)
{
    KirView *v = &b->l.view[o];
    v->p = p;
    v->rank = rank;
    int64_t s = 1;
    for (int d = rank - 1; d >= 0; d--) {
        v->dim[d] = dim[d];
        v->stride[d] = s;
        s *= dim[d];
    }
}

static KReducer sum_reducer(B *b, DType t)
{
    KReducer r = {.name = "sum", .kind = KRED_SUM, .n_state = 1, .n_items = 1};
    r.state_types = r.item_types = arena_copy(&b->arena, &t, sizeof t);
    r.identity = arena_array(&b->arena, uint64_t, 1);
    for (int i = 0; i < 2; i++) {
        KFn *f = i ? &r.merge : &r.step;
        KReg p[2] = {kir_reg(b->k, t, false, "v"), kir_reg(b->k, t, false, "x")};
        *f = (KFn){.name = "sum", .n_params = 2, .n_results = 1, .params = arena_copy(&b->arena, p, sizeof p), .body = kir_block(b->k)};
        KReg out = kir_emit(b->k, f->body, K_add, t, 2, p);
        yield(b, f->body, 1, &out);
    }
    return r;
}

static void expect_error(B *b, SpmlCode c, const char *text)
{
    assert_int_not_equal(c, SPML_OK);
    if (!strstr(b->err.text, text))
        fail_msg("got: %s\nwant: %s", b->err.text, text);
    error_clear(&b->err);
}


static size_t view_bytes(const B *b, size_t o)
{
    size_t n = dtype_info[b->k->mems[o].type].bytes;
    for (int d = 0; d < b->l.view[o].rank; d++)
        n *= (size_t)b->l.view[o].dim[d];
    return n;
}

/* Puts every written operand's bytes into (or back from) a buffer. */
static void snapshot(B *b, uint8_t *buf, bool restore)
{
    for (size_t o = 0; o < b->k->n_operands; o++) {
        size_t n = b->k->mems[o].kind == KMEM_IN ? 0 : view_bytes(b, o);
        if (n)
            memcpy(restore ? b->l.view[o].p : buf, restore ? buf : b->l.view[o].p, n);
        buf += n;
    }
}

static void run_form(B *b, const KirKernel *k, uint8_t *start, uint8_t *want, uint8_t *got, size_t n, bool first)
{
    Text t = {0};
    kir_print(k, &t);
    SpmlCode c = kir_verify(k, &b->err);
    for (KirOrder o = KORDER_ASCENDING; !c && o <= KORDER_SHUFFLED; o++) {
        snapshot(b, start, true);
        c = kir_interpret(k, &b->l, o, true, &b->err);
        snapshot(b, first ? want : got, false);
        if (!c && !first && memcmp(want, got, n))
            fail_msg("results differ, order %d\n%s", o, t.p);
        first = false;
    }
    if (c)
        fail_msg("%s\n%s", b->err.text, t.p);
    text_free(&t);
}

/* Runs both forms, simplified and not, in every order with checks; all must give the same bytes. */
static void run_all(B *b)
{
    if (kir_verify(b->k, &b->err) || kir_bind(b->k, &b->l, &b->err))
        fail_msg("%s", b->err.text);
    size_t n = 0;
    for (size_t o = 0; o < b->k->n_operands; o++)
        n += b->k->mems[o].kind == KMEM_IN ? 0 : view_bytes(b, o);
    uint8_t *start = calloc(3, n + 1), *want = start + n, *got = want + n;
    snapshot(b, start, false);
    run_form(b, b->k, start, want, got, n, true);
    for (uint32_t lanes = 1; lanes <= 256; lanes *= 16) {
        KirKernel *k = NULL;
        if (kir_schedule(b->k, lanes, &b->arena, &k, &b->err))
            fail_msg("%s", b->err.text);
        run_form(b, k, start, want, got, n, false);
    }
    if (kir_simplify(b->k, KPASS_ALL, &b->err))
        fail_msg("%s", b->err.text);
    run_form(b, b->k, start, want, got, n, false);
    free(start);
}

/* ── reductions, scans, dots ── */

static const char *const names_n[] = {"N", "M"};

static void build_sum(B *b) /* y[] = sum(x[i] over i) */
{
    begin(b, "sum", 1, names_n);
    KDim n = sym_dim(0);
    uint32_t x = operand(b, "x", KMEM_IN, DT_f32, 1, &n), y = operand(b, "y", KMEM_OUT, DT_f32, 0, NULL);
    b->k->n_reds = 1;
    b->k->reds = arena_array(&b->arena, KReducer, 1);
    b->k->reds[0] = sum_reducer(b, DT_f32);
    KReg zero = konst(b, 0), hi = sym(b, 0), one = konst(b, 1), i, z;
    loop(b, K_each, zero, one, "z", &z);
    KBlock *body = b->at;
    KInst *red = loop(b, K_reduce, zero, hi, "i", &i);
    KReg v = load(b, x, 1, &i);
    yield(b, b->at, 1, &v);
    b->at = body;
    red->type = DT_f32;
    red->n_dst = 1;
    red->dst[0] = kir_reg(b->k, DT_f32, false, "s");
    store(b, y, 1, red->dst);
}

static float tree(const float *c, size_t n) /* neighbours, level by level */
{
    float t[16];
    memcpy(t, c, n * sizeof *t);
    for (; n > 1; n = (n + 1) / 2)
        for (size_t i = 0; i < n; i += 2)
            t[i / 2] = i + 1 < n ? t[i] + t[i + 1] : t[i];
    return n ? t[0] : 0;
}

static float sum_by_hand(const float *x, size_t n)
{
    float chunk[16];
    size_t n_chunks = 0;
    for (size_t at = 0; at < n; at += 16384) {
        float lane[64] = {0};
        for (size_t t = at; t < n && t < at + 16384; t++)
            lane[(t - at) % 64] += x[t];
        for (int h = 32; h; h /= 2)
            for (int l = 0; l < h; l++)
                lane[l] += lane[l + h];
        chunk[n_chunks++] = lane[0];
    }
    return tree(chunk, n_chunks);
}

static float *noise(size_t n)
{
    float *x = malloc((n + 1) * sizeof *x);
    uint32_t r = 12345;
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(int32_t)(r = r * 1664525u + 1013904223u) * 0x1p-20f;
    return x;
}

static void test_sum_order(void **s)
{
    const size_t sizes[] = {0, 1, 2, 63, 64, 65, 1000, 16383, 16384, 16385, 40000, 90000, 120001};
    float *x = noise(120001), y;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        B b;
        build_sum(&b);
        view(&b, 0, x, 1, &(int64_t){(int64_t)sizes[i]});
        view(&b, 1, &y, 0, NULL);
        run_all(&b);
        float want = sum_by_hand(x, sizes[i]);
        if (memcmp(&y, &want, sizeof y))
            fail_msg("n = %zu: %a, want %a", sizes[i], y, want);
        arena_free(&b.arena);
    }
    free(x);
}

static void build_scan(B *b) /* scan a, c = sum(x[i] over i) { before[i] = a; after[i] = c; } */
{
    begin(b, "cumsum", 1, names_n);
    KDim n = sym_dim(0);
    uint32_t x = operand(b, "x", KMEM_IN, DT_f32, 1, &n), p = operand(b, "before", KMEM_OUT, DT_f32, 1, &n), q = operand(b, "after", KMEM_OUT, DT_f32, 1, &n);
    b->k->n_reds = 1;
    b->k->reds = arena_array(&b->arena, KReducer, 1);
    b->k->reds[0] = sum_reducer(b, DT_f32);
    KReg zero = konst(b, 0), hi = sym(b, 0), one = konst(b, 1), i, z;
    loop(b, K_each, zero, one, "z", &z);
    KInst *scan = loop(b, K_scan, zero, hi, "i", &i);
    KReg v = load(b, x, 1, &i);
    yield(b, b->at, 1, &v);
    scan->type = DT_f32;
    scan->n_dst = 2;
    scan->dst = arena_array(&b->arena, KReg, 2);
    scan->dst[0] = kir_reg(b->k, DT_f32, false, "a");
    scan->dst[1] = kir_reg(b->k, DT_f32, false, "c");
    b->at = scan->blocks[1] = kir_block(b->k);
    scan->n_blocks = 2;
    store(b, p, 2, (KReg[]){i, scan->dst[0]});
    store(b, q, 2, (KReg[]){i, scan->dst[1]});
}

static void test_scan_order(void **s)
{
    enum { N = 40007 };
    float *x = noise(N), *before = malloc(N * sizeof *x), *after = malloc(N * sizeof *x);
    B b;
    build_scan(&b);
    for (int o = 0; o < 3; o++)
        view(&b, (size_t)o, o == 0 ? x : o == 1 ? before : after, 1, &(int64_t){N});
    run_all(&b);
    float chunks = 0, runs = 0, local = 0;
    bool has_c = false, has_r = false;
    for (size_t t = 0; t < N; t++) {
        if (t && t % 64 == 0) {
            runs = has_r ? runs + local : local;
            has_r = true;
        }
        if (t && t % 16384 == 0) {
            chunks = has_c ? chunks + runs : runs;
            has_c = true;
            has_r = false;
        }
        if (t % 64 == 0)
            local = 0;
        float prefix = has_c ? has_r ? chunks + runs : chunks : runs;
        float a = !has_c && !has_r ? local : t % 64 ? prefix + local : prefix;
        local += x[t];
        float c = has_c || has_r ? prefix + local : local;
        if (before[t] != a || after[t] != c)
            fail_msg("item %zu: %a %a, want %a %a", t, before[t], after[t], a, c);
    }
    arena_free(&b.arena);
    free(x), free(before), free(after);
}

static void build_matmul(B *b) /* y[n] = dot(x[n, m], w[m] over m) */
{
    begin(b, "matvec", 2, names_n);
    KDim d[2] = {sym_dim(0), sym_dim(1)};
    uint32_t x = operand(b, "x", KMEM_IN, DT_f32, 2, d), w = operand(b, "w", KMEM_IN, DT_f32, 1, d + 1), y = operand(b, "y", KMEM_OUT, DT_f32, 1, d);
    KReg zero = konst(b, 0), rows = sym(b, 0), cols = sym(b, 1), from = kf(b, 0), i, m;
    loop(b, K_each, zero, rows, "n", &i);
    KBlock *body = b->at;
    KInst *dot = loop(b, K_dot, zero, cols, "m", &m);
    KReg v[2] = {load(b, x, 2, (KReg[]){i, m}), load(b, w, 1, &m)};
    yield(b, b->at, 2, v);
    b->at = body;
    dot->type = DT_f32;
    dot->n_dst = dot->n_args = 1;
    dot->args = arena_copy(&b->arena, &from, sizeof from);
    dot->dst[0] = kir_reg(b->k, DT_f32, false, "r");
    store(b, y, 2, (KReg[]){i, dot->dst[0]});
}

static void test_dot_chain(void **s)
{
    enum { N = 3, M = 301 };
    float *x = noise(N * M), *w = noise(M), y[N];
    B b;
    build_matmul(&b);
    view(&b, 0, x, 2, (int64_t[]){N, M});
    view(&b, 1, w, 1, (int64_t[]){M});
    view(&b, 2, y, 1, (int64_t[]){N});
    run_all(&b);
    for (int n = 0; n < N; n++) {
        float acc = 0;
        for (int m = 0; m < M; m++)
            acc = fmaf(x[n * M + m], w[m], acc);
        assert_memory_equal(&acc, &y[n], sizeof acc);
    }
    arena_free(&b.arena);
    free(x), free(w);
}

/* ── scheduling of larger kernels ── */

static KInst *reduce(B *b, uint32_t id, KReg lo, KReg hi, const char *name, KReg *index, KBlock **outer)
{
    *outer = b->at;
    KInst *r = loop(b, K_reduce, lo, hi, name, index);
    r->id = id;
    const KReducer *red = &b->k->reds[id];
    r->type = red->state_types[0];
    r->n_dst = red->n_state;
    r->dst = arena_array(&b->arena, KReg, red->n_state);
    for (size_t d = 0; d < red->n_state; d++)
        r->dst[d] = kir_reg(b->k, red->state_types[d], false, NULL);
    return r;
}

/* argmax over (value, index), first index on ties; lo: identity index −1 */
static KReducer argmax_reducer(B *b)
{
    KReducer r = {.name = "argmax", .kind = KRED_USER, .n_state = 2, .n_items = 2};
    r.state_types = r.item_types = arena_copy(&b->arena, (DType[]){DT_f32, DT_i64}, 2 * sizeof(DType));
    r.identity = arena_copy(&b->arena, (uint64_t[]){f32b(-INFINITY), (uint64_t)-1}, 16);
    for (int m = 0; m < 2; m++) {
        KFn *f = m ? &r.merge : &r.step;
        KReg p[4] = {kir_reg(b->k, DT_f32, true, "v"), kir_reg(b->k, DT_i64, true, "i"), kir_reg(b->k, DT_f32, false, "x"), kir_reg(b->k, DT_i64, false, "j")};
        *f = (KFn){.name = "argmax", .n_params = 4, .n_results = 2, .params = arena_copy(&b->arena, p, sizeof p), .body = kir_block(b->k)};
        KBlock *outer = b->at;
        b->at = f->body;
        KReg zero = konst(b, 0), none = op2(b, K_lt, DT_bool, p[1], zero), some = op2(b, K_ge, DT_bool, p[3], zero);
        KReg tie = op2(b, K_and, DT_bool, op2(b, K_eq, DT_bool, p[2], p[0]), op2(b, K_lt, DT_bool, p[3], p[1]));
        KReg more = op2(b, K_or, DT_bool, none, op2(b, K_or, DT_bool, op2(b, K_gt, DT_bool, p[2], p[0]), tie));
        KReg take = op2(b, K_and, DT_bool, some, more);
        KInst *br = kir_add(b->k, b->at, K_if, DT_none, 0, 1, &take);
        br->blocks = arena_array(&b->arena, KBlock *, 2);
        br->blocks[0] = kir_block(b->k);
        br->blocks[1] = kir_block(b->k);
        br->n_blocks = 2;
        kir_add(b->k, br->blocks[0], K_set, DT_f32, p[0], 1, &p[2]);
        kir_add(b->k, br->blocks[0], K_set, DT_i64, p[1], 1, &p[3]);
        yield(b, f->body, 2, p);
        b->at = outer;
    }
    return r;
}

/* each (n) { s = sum(x[n, m] over m); a = argmax(x[n, m], m over m if m % 3 != 1); each (m) y[n, m] = x[n, m] / s; ix[n] = a.i } */
static void test_schedule_rows(void **st)
{
    const int64_t widths[] = {0, 1, 5, 64, 65, 200, 17000};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        enum { ROWS = 3 };
        int64_t width = widths[w], ix[ROWS];
        B b;
        begin(&b, "rows", 2, names_n);
        KDim d[2] = {sym_dim(0), sym_dim(1)};
        uint32_t x = operand(&b, "x", KMEM_IN, DT_f32, 2, d), y = operand(&b, "y", KMEM_OUT, DT_f32, 2, d), at = operand(&b, "ix", KMEM_OUT, DT_i64, 1, d);
        b.k->n_reds = 2;
        b.k->reds = arena_array(&b.arena, KReducer, 2);
        b.k->reds[0] = sum_reducer(&b, DT_f32);
        b.k->reds[1] = argmax_reducer(&b);
        KReg zero = konst(&b, 0), rows = sym(&b, 0), cols = sym(&b, 1), n, m, m2, m3;
        loop(&b, K_each, zero, rows, "n", &n);
        KBlock *body;
        KInst *sum = reduce(&b, 0, zero, cols, "m", &m, &body);
        KReg v = load(&b, x, 2, (KReg[]){n, m});
        yield(&b, b.at, 1, &v);
        b.at = body;
        KInst *arg = reduce(&b, 1, zero, cols, "m", &m2, &body);
        KReg item[2] = {load(&b, x, 2, (KReg[]){n, m2}), m2};
        yield(&b, b.at, 2, item);
        b.at = arg->blocks[1] = kir_block(b.k);
        arg->n_blocks = 2;
        KReg keep = op2(&b, K_ne, DT_bool, op2(&b, K_rem, DT_i64, m2, konst(&b, 3)), konst(&b, 1));
        yield(&b, b.at, 1, &keep);
        b.at = body;
        loop(&b, K_each, zero, cols, "m", &m3);
        KReg q = op2(&b, K_div, DT_f32, load(&b, x, 2, (KReg[]){n, m3}), sum->dst[0]);
        store(&b, y, 3, (KReg[]){n, m3, q});
        b.at = body;
        store(&b, at, 2, (KReg[]){n, arg->dst[1]});
        float *in = noise((size_t)(ROWS * width)), *out = malloc((size_t)(ROWS * width + 1) * sizeof *out);
        view(&b, 0, in, 2, (int64_t[]){ROWS, width});
        view(&b, 1, out, 2, (int64_t[]){ROWS, width});
        view(&b, 2, ix, 1, (int64_t[]){ROWS});
        run_all(&b);
        for (int64_t r = 0; r < ROWS; r++) {
            int64_t best = -1;
            for (int64_t c = 0; c < width; c++)
                if (c % 3 != 1 && (best < 0 || in[r * width + c] > in[r * width + best]))
                    best = c;
            assert_int_equal(ix[r], best);
            float sum_want = sum_by_hand(in + r * width, (size_t)width);
            if (width)
                assert_true(out[r * width] == in[r * width] / sum_want);
        }
        arena_free(&b.arena);
        free(in), free(out);
    }
}

/* Takes each barrier out in turn; counts those whose absence the interpreter reports as a race. */
static int barriers_missed(B *b, const KirKernel *k, KBlock *at, uint8_t *start)
{
    int found = 0;
    for (size_t n = 0; n < at->n; n++) {
        KInst *i = at->inst[n], keep = *i;
        for (size_t x = 0; x < i->n_blocks; x++)
            found += barriers_missed(b, k, i->blocks[x], start);
        if (i->op != K_barrier)
            continue;
        bool race = false;
        *i = (KInst){.op = K_for, .n_blocks = 1, .blocks = (KBlock *[]){&(KBlock){0}}}; /* nothing, once */
        for (KirOrder o = KORDER_ASCENDING; o <= KORDER_SHUFFLED; o++) {
            snapshot(b, start, true);
            race |= kir_interpret(k, &b->l, o, true, &b->err) == SPML_NO && strstr(b->err.text, "race");
            error_clear(&b->err);
        }
        found += race;
        *i = keep;
    }
    return found;
}

/* group (g < G): { shared h[8]; each (d < 8) h[d] = 0; each (n) { r = scatter ordered h[key[g, n]] += 1; rank[g, n] = r }
 * total = sum(key[g, n] over n); count[g] = total + h[3] } */
static void test_schedule_group(void **st)
{
    enum { G = 3, N = 301 };
    int64_t key[G * N], rank[G * N], count[G];
    B b;
    begin(&b, "histogram", 2, names_n);
    KDim d[2] = {sym_dim(0), sym_dim(1)};
    uint32_t mk = operand(&b, "key", KMEM_IN, DT_i64, 2, d), mr = operand(&b, "rank", KMEM_OUT, DT_i64, 2, d), mc = operand(&b, "count", KMEM_OUT, DT_i64, 1, d);
    uint32_t h = local(&b, "h", KMEM_SHARED, DT_i64, 8);
    b.k->n_reds = 1;
    b.k->reds = arena_array(&b.arena, KReducer, 1);
    b.k->reds[0] = sum_reducer(&b, DT_i64);
    KReg zero = konst(&b, 0), groups = sym(&b, 0), cols = sym(&b, 1), eight = konst(&b, 8), one = konst(&b, 1), g, i, n, n2;
    loop(&b, K_group, zero, groups, "g", &g);
    KBlock *group = b.at, *outer;
    loop(&b, K_each, zero, eight, "d", &i);
    store(&b, h, 2, (KReg[]){i, zero});
    b.at = group;
    loop(&b, K_each, zero, cols, "n", &n);
    KReg k = load(&b, mk, 2, (KReg[]){g, n}), r = kir_reg(b.k, DT_i64, false, "r");
    KInst *sc = kir_add(b.k, b.at, K_scatter, DT_i64, r, 2, (KReg[]){k, one});
    sc->id = h;
    sc->rule = KSCATTER_ORDERED;
    sc->fn = K_add;
    store(&b, mr, 3, (KReg[]){g, n, r});
    b.at = group;
    KInst *sum = reduce(&b, 0, zero, cols, "n", &n2, &outer);
    KReg v = load(&b, mk, 2, (KReg[]){g, n2});
    yield(&b, b.at, 1, &v);
    b.at = group;
    KReg three = konst(&b, 3), total = op2(&b, K_add, DT_i64, sum->dst[0], load(&b, h, 1, &three));
    store(&b, mc, 2, (KReg[]){g, total});
    for (int e = 0; e < G * N; e++)
        key[e] = (e * 7919 + e / 5) % 8;
    view(&b, 0, key, 2, (int64_t[]){G, N});
    view(&b, 1, rank, 2, (int64_t[]){G, N});
    view(&b, 2, count, 1, (int64_t[]){G});
    run_all(&b);
    for (int e = 0; e < G; e++) {
        int64_t seen[8] = {0}, all = 0;
        for (int c = 0; c < N; c++) {
            assert_int_equal(rank[e * N + c], seen[key[e * N + c]]++);
            all += key[e * N + c];
        }
        assert_int_equal(count[e], all + seen[3]);
    }
    uint8_t start[sizeof rank + sizeof count] = {0};
    KirKernel *k2;
    assert_int_equal(kir_schedule(b.k, 32, &b.arena, &k2, &b.err), SPML_OK);
    assert_int_equal(barriers_missed(&b, k2, k2->body, start), 3); /* after clearing h, filling lanes, each merge of lanes */
    arena_free(&b.arena);
}

/* each (m, d) scatter ordered y[ix[m], d] += v[m, d]: d owns its column, so it stays parallel */
static void test_schedule_scatter(void **st)
{
    enum { M = 40, D = 3, N = 5 };
    int64_t ix[M];
    float v[M * D], y[N * D], want[N * D];
    const char *const names[] = {"M", "D", "N"};
    B b;
    begin(&b, "scatter_add", 3, names);
    KDim m = sym_dim(0), d = sym_dim(1), n = sym_dim(2);
    uint32_t mi = operand(&b, "ix", KMEM_IN, DT_i64, 1, &m), mv = operand(&b, "v", KMEM_IN, DT_f32, 2, (KDim[]){m, d}), my = operand(&b, "y", KMEM_INOUT, DT_f32, 2, (KDim[]){n, d});
    KReg zero = konst(&b, 0), hm = sym(&b, 0), hd = sym(&b, 1), im, id = kir_reg(b.k, DT_i64, false, "d");
    KInst *each = loop(&b, K_each, zero, hm, "m", &im);
    KAxis two[2] = {each->axes[0], {id, zero, hd, 0, NULL}};
    each->axes = arena_copy(&b.arena, two, sizeof two);
    each->n_axes = 2;
    KReg a[3] = {load(&b, mi, 1, &im), id, load(&b, mv, 2, (KReg[]){im, id})};
    KInst *sc = kir_add(b.k, b.at, K_scatter, DT_f32, 0, 3, a);
    sc->id = my;
    sc->rule = KSCATTER_ORDERED;
    sc->fn = K_add;
    for (int e = 0; e < M; e++)
        ix[e] = e == 7 ? N : (e * 31) % N; /* one outside: dropped */
    for (int e = 0; e < M * D; e++)
        v[e] = (float)(e * e) * 0x1p-7f + 1e6f;
    for (int e = 0; e < N * D; e++)
        want[e] = y[e] = (float)e;
    for (int e = 0; e < M * D; e++)
        if (ix[e / D] < N)
            want[ix[e / D] * D + e % D] += v[e];
    view(&b, 0, ix, 1, (int64_t[]){M});
    view(&b, 1, v, 2, (int64_t[]){M, D});
    view(&b, 2, y, 2, (int64_t[]){N, D});
    KirKernel *k;
    assert_int_equal(kir_schedule(b.k, 32, &b.arena, &k, &b.err), SPML_OK);
    KInst *top = k->body->inst[k->body->n - 1];
    assert_true(top->op == K_each && top->n_axes == 1 && top->axes[0].index == id);
    run_all(&b);
    assert_memory_equal(y, want, sizeof want);
    arena_free(&b.arena);
}

static void test_out_of_memory(void **st) /* every allocation fails once, and travels up */
{
    bool done = false;
    for (size_t spare = 0; !done; spare += spare < 3000 ? 97 : 1009) {
        B b;
        KirKernel *k = NULL;
        Arena a = {.sz_limit = spare + 1};
        build_sum(&b);
        SpmlCode c = kir_schedule(b.k, 32, &a, &k, &b.err);
        done = c == SPML_OK;
        assert_true(done ? k != NULL : c == SPML_RESOURCE && k == NULL);
        arena_free(&a);
        arena_free(&b.arena);
    }
}

/* ── faults and launch errors ── */

/* each (n < N) y[n * scale + shift] = x[n * scale + shift] */
static void build_copy(B *b, int64_t scale, int64_t shift, KGuard guard)
{
    begin(b, "copy", 2, names_n);
    KDim d[2] = {sym_dim(0), sym_dim(1)};
    uint32_t x = operand(b, "x", KMEM_IN, DT_f32, 1, d), y = operand(b, "y", KMEM_OUT, DT_f32, 1, d + 1);
    KReg zero = konst(b, 0), hi = sym(b, 0), i;
    loop(b, K_each, zero, hi, "n", &i);
    KReg sh = konst(b, shift), sc = konst(b, scale);
    KReg at = op2(b, K_add, DT_i64, scale == 1 ? i : op2(b, K_mul, DT_i64, i, sc), sh), v = load(b, x, 1, &at);
    b->at->inst[b->at->n - 1]->guard = guard;
    store(b, y, 2, (KReg[]){i, v});
}

static void test_range(void **s)
{
    float x[3] = {1, 2, 3}, y[3] = {0};
    B b;
    build_copy(&b, 1, 1, KGUARD_NONE);
    view(&b, 0, x, 1, (int64_t[]){3});
    view(&b, 1, y, 1, (int64_t[]){3});
    expect_error(&b, kir_bind(b.k, &b.l, &b.err), "launch: kernel copy: x[n + 1]: index 0 reaches 3, the extent is 3");
    b.l.sym[0] = 3;
    expect_error(&b, kir_interpret(b.k, &b.l, KORDER_ASCENDING, true, &b.err), "fault: x[n + 1] is outside (3)");
    assert_int_equal(kir_interpret(b.k, &b.l, KORDER_ASCENDING, false, &b.err), SPML_OK);
    assert_true(y[0] == 2 && y[1] == 3 && y[2] == 0);
    arena_free(&b.arena);
}

static void test_races(void **s)
{
    float x[4] = {1, 2, 3, 4}, y[4] = {0};
    B b;
    build_copy(&b, 1, 0, KGUARD_NONE);
    view(&b, 0, x, 1, (int64_t[]){4});
    view(&b, 1, y, 1, (int64_t[]){4});
    run_all(&b);
    assert_memory_equal(x, y, sizeof x);
    KBlock *body = b.k->body->inst[b.k->body->n - 1]->blocks[0];
    KInst *last = body->inst[body->n - 1];
    last->args[0] = b.k->body->inst[0]->dst[0]; /* y[0] = x[n] by every item */
    expect_error(&b, kir_interpret(b.k, &b.l, KORDER_ASCENDING, true, &b.err), "fault: race on y: write beside a write of another item");
    last->op = K_scatter;
    last->rule = KSCATTER_UNIQUE;
    last->fn = K_move;
    expect_error(&b, kir_interpret(b.k, &b.l, KORDER_ASCENDING, true, &b.err), "fault: scatter unique met one element twice");
    last->rule = KSCATTER_LAST;
    for (KirOrder o = KORDER_ASCENDING; o <= KORDER_SHUFFLED; o++) {
        expect_error(&b, kir_interpret(b.k, &b.l, o, true, &b.err), "fault: out y: 3 elements were never written");
        assert_true(y[0] == 4);
    }
    arena_free(&b.arena);
}

static void test_read_beside_write(void **s) /* each (n < N) z[n] = z[0] */
{
    float z[4] = {1, 2, 3, 4};
    B b;
    begin(&b, "spread", 1, names_n);
    KDim n = sym_dim(0);
    uint32_t m = operand(&b, "z", KMEM_INOUT, DT_f32, 1, &n);
    KReg zero = konst(&b, 0), hi = sym(&b, 0), i;
    loop(&b, K_each, zero, hi, "n", &i);
    KReg v = load(&b, m, 1, &zero);
    store(&b, m, 2, (KReg[]){i, v});
    view(&b, 0, z, 1, (int64_t[]){4});
    assert_int_equal(kir_bind(b.k, &b.l, &b.err), SPML_OK);
    expect_error(&b, kir_interpret(b.k, &b.l, KORDER_ASCENDING, true, &b.err), "fault: race on z: read beside a write of another item");
    expect_error(&b, kir_interpret(b.k, &b.l, KORDER_DESCENDING, true, &b.err), "fault: race on z: write beside a read of another item");
    arena_free(&b.arena);
}

static void test_shared(void **s) /* group: each (n) s[n] = x[n]; each (n) y[n] = s[N-1-n] */
{
    float x[4] = {1, 2, 3, 4}, y[4];
    for (int skip = 0; skip < 2; skip++) {
        B b;
        begin(&b, "reverse", 1, names_n);
        KDim n = sym_dim(0);
        uint32_t mx = operand(&b, "x", KMEM_IN, DT_f32, 1, &n), my = operand(&b, "y", KMEM_OUT, DT_f32, 1, &n);
        uint32_t ms = local(&b, "s", KMEM_SHARED, DT_f32, 4);
        KReg zero = konst(&b, 0), hi = sym(&b, 0), one = konst(&b, 1), z, i, j;
        loop(&b, K_group, zero, one, "g", &z);
        KBlock *group = b.at;
        KReg from = skip ? one : zero;
        loop(&b, K_each, from, hi, "n", &i);
        KReg v = load(&b, mx, 1, &i);
        store(&b, ms, 2, (KReg[]){i, v});
        b.at = group;
        loop(&b, K_each, zero, hi, "n", &j);
        KReg top = op2(&b, K_sub, DT_i64, hi, konst(&b, 1)), at = op2(&b, K_sub, DT_i64, top, j), w = load(&b, ms, 1, &at);
        store(&b, my, 2, (KReg[]){j, w});
        view(&b, 0, x, 1, (int64_t[]){4});
        view(&b, 1, y, 1, (int64_t[]){4});
        if (skip) {
            b.l.sym[0] = 4;
            expect_error(&b, kir_interpret(b.k, &b.l, KORDER_SHUFFLED, true, &b.err), "fault: shared s: read before it was written");
        } else {
            run_all(&b);
            assert_true(y[0] == 4 && y[3] == 1);
        }
        arena_free(&b.arena);
    }
}

static void test_bind_dims(void **s)
{
    B b;
    const char *const names[] = {"G", "K", "N"};
    begin(&b, "dims", 3, names);
    KDim g = sym_dim(0), k = sym_dim(1), n = sym_dim(2), four = {.kind = KDIM_CONST, .value = 4};
    KDim g4 = {.kind = KDIM_MUL, .a = &g, .b = &four}, gk = {.kind = KDIM_MUL, .a = &g, .b = &k}, n1 = {.kind = KDIM_SUB, .a = &n, .b = &four};
    KDim two[2] = {g4, gk};
    operand(&b, "x", KMEM_IN, DT_f32, 2, two);
    operand(&b, "y", KMEM_IN, DT_f32, 1, &n1);
    operand(&b, "w", KMEM_IN, DT_f32, 1, &g4);
    view(&b, 0, NULL, 2, (int64_t[]){8, 6});
    view(&b, 1, NULL, 1, (int64_t[]){3});
    view(&b, 2, NULL, 1, (int64_t[]){8});
    assert_int_equal(kir_bind(b.k, &b.l, &b.err), SPML_OK);
    assert_true(b.l.sym[0] == 2 && b.l.sym[1] == 3 && b.l.sym[2] == 7);
    b.l.view[2].dim[0] = 9;
    expect_error(&b, kir_bind(b.k, &b.l, &b.err), "launch: w: G * 4 is 8, the argument has 9");
    b.l.view[0].dim[0] = 9;
    expect_error(&b, kir_bind(b.k, &b.l, &b.err), "launch: x: G * 4 cannot be 9");
    b.k->dims[0][0] = four;
    b.l.view[0].dim[0] = 4;
    b.k->dims[2][0] = four;
    b.l.view[2].dim[0] = 4;
    expect_error(&b, kir_bind(b.k, &b.l, &b.err), "launch: cannot solve G * K from the arguments");
    arena_free(&b.arena);
}

static void test_verify(void **s)
{
    B b;
    build_copy(&b, 1, 0, KGUARD_NONE);
    KBlock *body = b.k->body->inst[b.k->body->n - 1]->blocks[0];
    KInst *st = body->inst[body->n - 1], *add = body->inst[2];
    assert_int_equal(kir_verify(b.k, &b.err), SPML_OK);
    KReg keep = st->args[1];
    st->args[1] = st->args[0];
    expect_error(&b, kir_verify(b.k, &b.err), "value %3.n is i64, not f32");
    st->args[1] = keep;
    keep = add->args[0];
    add->args[0] = st->args[1];
    expect_error(&b, kir_verify(b.k, &b.err), "is used before it is assigned");
    add->args[0] = keep;
    st->n_args = 1;
    expect_error(&b, kir_verify(b.k, &b.err), "y has 1 indices, 0 given");
    st->n_args = 2;
    keep = add->dst[0];
    add->dst[0] = body->inst[0]->dst[0];
    expect_error(&b, kir_verify(b.k, &b.err), "is assigned twice");
    add->dst[0] = keep;
    KReg var = kir_reg(b.k, DT_i64, true, "v");
    kir_add(b.k, body, K_set, DT_i64, var, 1, &add->dst[0]);
    assert_int_equal(kir_verify(b.k, &b.err), SPML_OK);
    kir_add(b.k, body, K_barrier, DT_none, 0, 0, NULL);
    expect_error(&b, kir_verify(b.k, &b.err), "a barrier stands only in scheduled group code outside each");
    arena_free(&b.arena);
}

static void test_affine(void **s)
{
    B b;
    build_copy(&b, 3, 5, KGUARD_ELSE);
    KInst *each = b.k->body->inst[b.k->body->n - 1];
    KReg at = 0;
    for (size_t i = 0; i < each->blocks[0]->n; i++)
        if (each->blocks[0]->inst[i]->op == K_load)
            at = each->blocks[0]->inst[i]->args[0];
    int64_t coef[1], c0;
    assert_true(kir_affine(b.k, &b.l, at, &each->axes[0].index, 1, coef, &c0));
    assert_true(coef[0] == 3 && c0 == 5);
    assert_false(kir_affine(b.k, &b.l, at, NULL, 0, coef, &c0));
    arena_free(&b.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eval_integers), cmocka_unit_test(test_eval_floats), cmocka_unit_test(test_eval_conversions),
        cmocka_unit_test(test_sum_order), cmocka_unit_test(test_scan_order), cmocka_unit_test(test_dot_chain), cmocka_unit_test(test_schedule_rows), cmocka_unit_test(test_schedule_group),
        cmocka_unit_test(test_schedule_scatter), cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_range),
        cmocka_unit_test(test_races), cmocka_unit_test(test_read_beside_write), cmocka_unit_test(test_shared),
        cmocka_unit_test(test_bind_dims), cmocka_unit_test(test_verify), cmocka_unit_test(test_affine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
