/* SPDX-License-Identifier: MIT
 * tests: tile primitives of every level against kir_eval, bit for bit (any NaN equals any NaN): opcodes on all pairs of corner values and on
 * random ones, conversions on all codes, memory forms on odd lengths and strides, reductions against the canonical order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backend/cpu/prims_table.h"
#include "kir/core.h"

static const PrimOps *const level_ops[] = { &prim_ops_baseline, &prim_ops_avx2, &prim_ops_avx512 };
static const PrimConverts *const level_converts[] = { &prim_converts_baseline, &prim_converts_avx2, &prim_converts_avx512 };
static const DType compute[] = { DT_f32, DT_f64, DT_i32, DT_u32, DT_i64, DT_u64, DT_bool };

static uint64_t rng_state = 0x9e3779b97f4a7c15u;
static uint64_t rng(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state * 0x2545f4914f6cdd1du;
}

static const uint64_t corner_f32[] = {
    0, 0x80000000, 1, 0x80000001, 0x007fffff, 0x00800000, 0x3f000000, 0x3effffff, 0x3f000001, 0xbf000000, 0x3f800000, 0xbf800000, 0x3fc00000, 0xbfc00000, 0x40200000,
    0x40490fdb, 0x4affffff, 0x4b000001, 0x4b7fffff, 0x4effffff, 0x4f000000, 0xcf000000, 0xcf000001, 0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0xdf000000,
    0x5f7fffff, 0x5f800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001, 0x477fe000, 0x477fefff, 0x477ff000, 0x33000000, 0x33000001, 0x38800000, 0x387fe000,
};
static const uint64_t corner_f64[] = {
    0, 0x8000000000000000, 1, 0x8000000000000001, 0x000fffffffffffff, 0x0010000000000000, 0x3fe0000000000000, 0xbfe0000000000000, 0x3fefffffffffffff,
    0x3ff0000000000000, 0xbff0000000000000, 0x3ff8000000000000, 0xbff8000000000000, 0x4004000000000000, 0x41dfffffffc00000, 0x41dfffffffffffff, 0x41e0000000000000,
    0xc1e0000000000000, 0xc1e0000000100000, 0xc1e0000000200000, 0x41efffffffe00000, 0x41effffffff00000, 0x41f0000000000000, 0x432fffffffffffff, 0x4330000000000001, 0x43dfffffffffffff, 0x43e0000000000000,
    0xc3e0000000000000, 0x43efffffffffffff, 0x43f0000000000000, 0x47efffffe0000000, 0x47efffffefffffff, 0x47effffff0000000, 0x7fefffffffffffff, 0xffefffffffffffff,
    0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000000001, 0x36a0000000000000, 0x3690000000000000,
};
static const uint64_t corner_int[] = {
    0, 1, 2, 3, 7, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x1000001, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
    0x100000000, 0x20000000000001, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000001, 0xfffffffffffffffe, 0xffffffffffffffff, 0xffffffff80000000, 0xffffffff7fffffff,
    0x7fffffbfffffffff, 0x8000008000000000,
};
static const uint64_t corner_bool[] = { 0, 1 };

static size_t corners(DType t, const uint64_t **list)
{
    *list = t == DT_f32 ? corner_f32 : t == DT_f64 ? corner_f64 : t == DT_bool ? corner_bool : corner_int;
    return t == DT_f32 ? sizeof corner_f32 / 8 : t == DT_f64 ? sizeof corner_f64 / 8 : t == DT_bool ? 2 : sizeof corner_int / 8;
}

static uint64_t mask_of(DType t) { return t == DT_bool ? 1 : ~(uint64_t)0 >> (64 - dtype_info[t].bytes * 8); }
static uint64_t random_of(DType t) { const uint64_t *c, n = corners(t, &c); return (rng() & 7 ? rng() >> (rng() & 31) : c[rng() % n]) & mask_of(t); }
static void put(DType t, void *p, size_t i, uint64_t v) { memcpy((char *)p + i * dtype_info[t].bytes, &v, dtype_info[t].bytes); }
static uint64_t get(DType t, const void *p, size_t i)
{
    uint64_t v = 0;
    memcpy(&v, (const char *)p + i * dtype_info[t].bytes, dtype_info[t].bytes);
    return v;
}

static bool is_nan(DType t, uint64_t v)
{
    return dtype_is_float(t) && t != DT_f4e2m1 && kir_eval(K_isnan, DT_bool, t, &v);
}
static bool same(DType t, uint64_t a, uint64_t b) { return a == b || (is_nan(t, a) && is_nan(t, b)); }

static const char *const level_name[] = { "baseline", "avx2", "avx512" };
static int failures;
static void report(int level, KOp op, DType type, DType from, unsigned form, const uint64_t *a, uint64_t got, uint64_t want)
{
    if (failures++ < 40)
        print_error("%s %s %s<-%s form %u: %llx %llx %llx: %llx, not %llx\n", level_name[level], kop_info[op].name, dtype_name(type), dtype_name(from), form,
                    (unsigned long long)a[0], (unsigned long long)a[1], (unsigned long long)a[2], (unsigned long long)got, (unsigned long long)want);
}

typedef struct Slots { char a[3][KTILE * 8] __attribute__((aligned(64))); char d[KTILE * 8] __attribute__((aligned(64))); } Slots;
static Slots slots;

/* fma on integers is a wrapping multiply and add; kir_eval has it as two opcodes */
static uint64_t expected(const PrimOpRow *r, const uint64_t *a)
{
    if (r->op != K_fma || dtype_is_float(r->from))
        return kir_eval(r->op, r->type, r->from, a);
    return kir_eval(K_add, r->type, r->from, (uint64_t[]){ kir_eval(K_mul, r->type, r->from, a), a[2] });
}

/* Runs n ≤ KTILE argument triples; operands that the form calls scalar are those of lane 0. */
static void check_row(int level, const PrimOpRow *r, uint64_t (*args)[3], int n)
{
    const int n_args = kop_info[r->op].n_args;
    for (int k = 0; k < n_args; k++) {
        const DType t = r->op == K_select && k == 0 ? DT_bool : r->from;
        for (int i = 0; i < n; i++) {
            if (r->form >> k & 1)
                args[i][k] = args[0][k];
            put(t, slots.a[k], (size_t)i, args[i][k]);
        }
    }
    r->fn(&(void *){ slots.d }, (const void *const[]){ slots.a[0], slots.a[1], slots.a[2] }, n);
    for (int i = 0; i < n; i++) {
        const uint64_t want = expected(r, args[i]), got = get(r->type, slots.d, (size_t)i);
        if (!same(r->type, got, want))
            report(level, r->op, r->type, r->from, r->form, args[i], got, want);
    }
}

static void check_op(int level, const PrimOpRow *r)
{
    static uint64_t args[KTILE][3];
    const int n_args = kop_info[r->op].n_args;
    const uint64_t *c, *c0;
    const size_t n = corners(r->from, &c), n0 = corners(r->op == K_select ? DT_bool : r->from, &c0);
    const size_t total = n_args == 1 ? n : n_args == 2 ? n0 * n : n0 * n * n, step = total > 30000 ? 7 : 1;
    int fill = 0;
    for (size_t i = 0; i < total; i += step) {
        args[fill][0] = c0[n_args == 1 ? i : i / (n_args == 3 ? n * n : n)] & mask_of(r->op == K_select ? DT_bool : r->from);
        args[fill][1] = c[n_args == 3 ? i / n % n : i % n] & mask_of(r->from);
        args[fill][2] = c[i % n] & mask_of(r->from);
        if (++fill == (r->form && n_args == 2 ? 37 : KTILE) || i + step >= total) {
            check_row(level, r, args, fill);
            fill = 0;
        }
    }
    for (int round = 0; round < 8; round++) {
        for (int i = 0; i < KTILE; i++)
            for (int k = 0; k < 3; k++)
                args[i][k] = random_of(r->op == K_select && k == 0 ? DT_bool : r->from);
        check_row(level, r, args, 200);
    }
}

static void test_ops(void **state)
{
    failures = 0;
    for (int l = 0; l <= (int)cpu_level() && l < CPU_VNNI; l++)
        for (size_t i = 0; i < level_ops[l]->n_op; i++)
            check_op(l, &level_ops[l]->op[i]);
    assert_int_equal(failures, 0);
}

/* every pure opcode that kir_eval defines on compute types has its vector form and its scalar forms */
static void test_complete(void **state)
{
    for (int op = K_move; op <= K_bitcast; op++)
        for (int i = 0; i < 7; i++) {
            const DType from = compute[i], to = (op >= K_eq && op <= K_ge) || op == K_isnan ? DT_bool : from;
            if (op == K_set || op == K_cast || op == K_sat || op == K_bitcast || !kir_eval_fn((KOp)op, to, from))
                continue;
            if (!kprim_op((KOp)op, to, from, KFORM_V))
                fail_msg("%s %s has no primitive", kop_info[op].name, dtype_name(from));
            for (int k = 0; k < kop_info[op].n_args && kop_info[op].n_args > 1; k++)
                if (!(op == K_select && k == 0) && !kprim_op((KOp)op, to, from, 1u << k))
                    fail_msg("%s %s has no form %d", kop_info[op].name, dtype_name(from), 1 << k);
        }
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 7; j++) {
            assert_non_null(kprim_op(K_cast, compute[i], compute[j], 0));
            assert_non_null(kprim_op(K_sat, compute[i], compute[j], 0));
        }
    assert_null(kprim_op(K_add, DT_f32, DT_f64, 0));
    assert_null(kprim_op(K_add, DT_f16, DT_f16, 0));
}

/* ── conversions ── */

static uint64_t code_of(DType storage, DType from, bool load, uint64_t i) { return load ? i & (mask_of(storage) >> (8 - (dtype_bits(storage) < 8 ? dtype_bits(storage) : 8))) : random_of(from); }

static void check_convert(int level, const PrimConvertRow *r)
{
    const bool load = r->kind == CONVERT_LOAD;
    const DType from = load ? r->storage : r->compute, to = load ? r->compute : r->storage;
    const KOp op = r->kind == CONVERT_STORE_SAT ? K_sat : K_cast;
    const uint64_t *c, n_c = corners(from, &c), rows = load ? (dtype_bits(from) > 8 ? 65536 / 64 : 4) : 64;
    for (uint64_t row = 0; row < rows; row++) {
        uint64_t v[64];
        for (int i = 0; i < 64; i++) {
            const uint64_t at = row * 64 + (uint64_t)i;
            v[i] = !load && at < n_c ? c[at] & mask_of(from) : code_of(r->storage, from, load, at);
            put(from, slots.a[0], (size_t)i, v[i]);
        }
        r->fn(slots.d, slots.a[0], 64);
        for (int i = 0; i < 64; i++) {
            const uint64_t got = get(to, slots.d, (size_t)i), want = kir_eval(op, to, from, &v[i]);
            if (!same(to, got, want))
                report(level, op, to, from, 0, (uint64_t[]){ v[i], 0, 0 }, got, want);
        }
    }
}

static void test_converts(void **state)
{
    failures = 0;
    for (int l = 0; l <= (int)cpu_level() && l < CPU_VNNI; l++)
        for (size_t i = 0; i < level_converts[l]->n; i++)
            check_convert(l, &level_converts[l]->row[i]);
    assert_int_equal(failures, 0);
}

/* ── memory forms ── */

static const DType storage[] = {
    DT_bool, DT_i8, DT_i16, DT_i32, DT_i64, DT_u8, DT_u16, DT_u32, DT_u64, DT_f16, DT_bf16, DT_f32, DT_f64,
    DT_f8e4m3fn, DT_f8e4m3fnuz, DT_f8e5m2, DT_f8e5m2fnuz, DT_f8e8m0, DT_f4e2m1, DT_i4, DT_u4, DT_i2, DT_u2,
};
enum { N_STORAGE = sizeof storage / sizeof *storage };

static uint64_t code_at(DType t, const uint8_t *p, int64_t e)
{
    const unsigned per = dtype_info[t].block, bits = dtype_bits(t);
    if (per == 1)
        return get(t, p, (size_t)e);
    return p[e / per] >> (unsigned)(e % per) * bits & ((1u << bits) - 1);
}

static void fill_memory(DType t, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(t == DT_bool ? rng() & 1 : rng());
}

static void check_load(DType s, DType c, int64_t stride, int n, bool gather)
{
    static uint8_t buf[KTILE * 4 * 8];
    int64_t index[KTILE];
    const int64_t start = stride < 0 && dtype_info[s].block == 1 ? KTILE * 3 : 0;
    fill_memory(s, buf, sizeof buf);
    for (int i = 0; i < n; i++)
        index[i] = gather ? (int64_t)(rng() % KTILE) : i * (start || stride > 0 ? stride : 0);
    const uint8_t *base = buf + start * dtype_info[s].bytes;
    if (gather)
        kprim_gather(s, c)(slots.d, base, index, n);
    else
        kprim_load(s, c)(slots.d, base, start || stride > 0 ? stride : 0, n);
    for (int i = 0; i < n; i++) {
        const uint64_t v = code_at(s, buf, start + index[i]), want = kir_eval(K_cast, c, s, &v), got = get(c, slots.d, (size_t)i);
        if (!same(c, got, want))
            report((int)cpu_level(), K_load, c, s, 0, (uint64_t[]){ v, (uint64_t)stride, (uint64_t)i }, got, want);
    }
}

static void check_store(DType s, DType c, int64_t stride, int n, bool sat, bool scatter)
{
    static uint8_t buf[KTILE * 4 * 8], old[KTILE * 4 * 8];
    static uint8_t touched[KTILE * 4];
    uint64_t v[KTILE];
    int64_t index[KTILE];
    uint8_t mask[KTILE];
    fill_memory(s, buf, sizeof buf);
    memcpy(old, buf, sizeof buf);
    memset(touched, 0, sizeof touched);
    for (int i = 0; i < n; i++) {
        v[i] = random_of(c);
        put(c, slots.a[0], (size_t)i, v[i]);
        index[i] = scatter ? (i * 7) % KTILE : i * stride;
        mask[i] = !scatter || rng() & 1;
        touched[index[i]] |= mask[i];
    }
    if (scatter)
        kprim_scatter(s, c)(buf, slots.a[0], index, mask, n);
    else
        kprim_store(s, c, sat)(buf, slots.a[0], stride, n);
    for (int i = 0; i < n; i++) {
        const uint64_t want = kir_eval(sat ? K_sat : K_cast, s, c, &v[i]), got = code_at(s, buf, index[i]);
        if (mask[i] && !same(s, got, want))
            report((int)cpu_level(), sat ? K_sat : K_store, s, c, 0, (uint64_t[]){ v[i], (uint64_t)stride, (uint64_t)i }, got, want);
    }
    for (int64_t e = 0; e < KTILE * 4; e++)
        if (!touched[e] && code_at(s, buf, e) != code_at(s, old, e))
            report((int)cpu_level(), K_store, s, c, 1, (uint64_t[]){ (uint64_t)e, (uint64_t)stride, (uint64_t)n }, 0, 0);
}

static void test_memory(void **state)
{
    static const int lengths[] = { 1, 3, 63, 64, 65, 255, 256 };
    failures = 0;
    for (int s = 0; s < N_STORAGE; s++)
        for (int c = 0; c < 7; c++)
            for (int l = 0; l < 7; l++) {
                for (int64_t stride = -2; stride <= 3; stride++)
                    check_load(storage[s], compute[c], stride, lengths[l], false);
                check_load(storage[s], compute[c], 0, lengths[l], true);
                for (int64_t stride = 1; stride <= 3; stride++)
                    check_store(storage[s], compute[c], stride, lengths[l], stride == 2, false);
                check_store(storage[s], compute[c], 1, lengths[l], true, false);
                check_store(storage[s], compute[c], 0, lengths[l], false, true);
            }
    assert_null(kprim_load(DT_q4_0, DT_f32));
    assert_null(kprim_load(DT_f16, DT_f16));
    assert_int_equal(failures, 0);
}

static void test_bytes(void **state)
{
    static uint8_t buf[KTILE * 16 * 3], out[KTILE * 16 * 3];
    static char slot[KTILE * 16] __attribute__((aligned(64)));
    fill_memory(DT_u8, buf, sizeof buf);
    for (int w = 1; w <= 16; w *= 2)
        for (int64_t stride = 0; stride < 3; stride++) {
            memset(out, 0, sizeof out);
            kprim_load_bytes(w)(slot, buf, stride, 77);
            kprim_store_bytes(w)(out, slot, stride ? stride : 1, 77);
            for (int i = 0; i < 77; i++)
                assert_memory_equal(out + i * (stride ? stride : 1) * w, buf + i * stride * w, (size_t)w);
        }
    assert_null(kprim_load_bytes(3));
    assert_null(kprim_gather_bytes(32));
}

/* ── reductions ── */

static const KOp red_op[] = { [KRED_SUM] = K_add, [KRED_PROD] = K_mul, [KRED_MIN] = K_min, [KRED_MAX] = K_max, [KRED_ANY] = K_or, [KRED_ALL] = K_and };

static void check_reduce(int level, const PrimReduceRow *step, KPrimFn fold)
{
    const DType t = step->type;
    const KOp op = red_op[step->kind];
    uint64_t acc[64];
    static char acc_slot[64 * 8] __attribute__((aligned(64)));
    for (int i = 0; i < KTILE; i++)
        put(t, slots.a[0], (size_t)i, random_of(t));
    for (int l = 0; l < 64; l++) {
        acc[l] = random_of(t);
        put(t, acc_slot, (size_t)l, acc[l]);
    }
    for (int i = 0; i < 192; i++)
        acc[i % 64] = kir_eval(op, t, t, (uint64_t[]){ acc[i % 64], get(t, slots.a[0], (size_t)i) });
    step->fn(&(void *){ acc_slot }, &(const void *){ slots.a[0] }, 192);
    for (int l = 0; l < 64; l++)
        if (!same(t, acc[l], get(t, acc_slot, (size_t)l)))
            report(level, op, t, t, 9, (uint64_t[]){ (uint64_t)l, 0, 0 }, get(t, acc_slot, (size_t)l), acc[l]);
    for (int s = 32; s; s /= 2)
        for (int l = 0; l < s; l++)
            acc[l] = kir_eval(op, t, t, (uint64_t[]){ acc[l], acc[l + s] });
    uint64_t one = 0;
    fold(&(void *){ &one }, &(const void *){ acc_slot }, 64);
    if (!same(t, one, acc[0]))
        report(level, op, t, t, 10, (uint64_t[]){ 0, 0, 0 }, one, acc[0]);
}

static void test_reduce(void **state)
{
    failures = 0;
    for (int l = 0; l <= (int)cpu_level() && l < CPU_VNNI; l++) {
        assert_int_equal(level_ops[l]->n_reduce, 2 * 26);
        for (size_t i = 0; i < level_ops[l]->n_reduce; i++)
            for (size_t j = 0; j < level_ops[l]->n_reduce && level_ops[l]->reduce[i].step; j++)
                if (!level_ops[l]->reduce[j].step && level_ops[l]->reduce[j].kind == level_ops[l]->reduce[i].kind && level_ops[l]->reduce[j].type == level_ops[l]->reduce[i].type)
                    for (int round = 0; round < 20; round++)
                        check_reduce(l, &level_ops[l]->reduce[i], level_ops[l]->reduce[j].fn);
    }
    assert_int_equal(failures, 0);
}

int main(void)
{
    prims_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ops), cmocka_unit_test(test_complete), cmocka_unit_test(test_converts),
        cmocka_unit_test(test_memory), cmocka_unit_test(test_bytes), cmocka_unit_test(test_reduce),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
