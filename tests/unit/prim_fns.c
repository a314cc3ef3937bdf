/* SPDX-License-Identifier: MIT
 * tests: every scalar function of kernels/ as a tile primitive, on every level and in every form, against the reference interpreter running the
 * same function, bit for bit (any NaN equals any NaN). Inputs: corner values, values of everyday size, random bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backend/cpu/prims_table.h"

static const PrimFns *const level_fns[] = { &prim_fns_baseline, &prim_fns_avx2, &prim_fns_avx512 };
static const char *const level_name[] = { "baseline", "avx2", "avx512" };
enum { MAX_PARAMS = PRIM_FN_TYPES, MAX_RESULTS = PRIM_FN_TYPES };

static uint64_t rng_state = 88172645463325252u;
static uint64_t rng(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state * 0x2545f4914f6cdd1du;
}

static uint64_t of_double(DType t, double d)
{
    const float f = (float)d;
    uint64_t v = 0;
    memcpy(&v, t == DT_f32 ? (const void *)&f : &d, dtype_info[t].bytes);
    return v;
}

static uint64_t value(DType t)
{
    static const double corner[] = { 0, -0.0, 1, -1, 0.5, 2, 3, 1e-40, -1e-310, 88.7, -104, 709.9, 1e5, 3e7, -1e30, 0x1p62, 12000.5, 1048576.25, __builtin_inf(), -__builtin_inf(), __builtin_nan("") };
    static const int64_t whole[] = { 0, 1, -1, 2, -3, 31, 32, 63, 64, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN };
    const uint64_t r = rng(), mask = ~(uint64_t)0 >> (64 - dtype_info[t].bytes * 8), kind = r >> 60;
    if (t == DT_bool)
        return r & 1;
    if (!dtype_is_float(t))
        return (kind < 6 ? (uint64_t)whole[r % (sizeof whole / sizeof *whole)] : kind < 11 ? r % 200 - 100 : rng() >> (r & 63)) & mask;
    if (kind < 4)
        return of_double(t, corner[r % (sizeof corner / sizeof *corner)]);
    if (kind < 12)
        return of_double(t, ((double)(r & 0xffffff) / 0x800000 - 1) * (kind < 8 ? 3 : kind < 11 ? 30 : 20000));
    return rng() & mask;
}

static void put(DType t, void *p, size_t i, uint64_t v) { memcpy((char *)p + i * dtype_info[t].bytes, &v, dtype_info[t].bytes); }
static uint64_t get(DType t, const void *p, size_t i)
{
    uint64_t v = 0;
    memcpy(&v, (const char *)p + i * dtype_info[t].bytes, dtype_info[t].bytes);
    return v;
}
static bool same(DType t, uint64_t a, uint64_t b)
{
    return a == b || (dtype_is_float(t) && kir_eval(K_isnan, DT_bool, t, &a) && kir_eval(K_isnan, DT_bool, t, &b));
}

typedef char Slot[KTILE * 8] __attribute__((aligned(64)));
static Slot in[MAX_PARAMS], want[MAX_RESULTS], got[MAX_RESULTS];

/* Gives k operands x0… y0… and the body each (i < N) y[i] = f(x[i]). */
static void add_launch(KirKernel *k, const PrimFnRow *r, KirLaunch *l)
{
    const size_t n = (size_t)r->n_params + r->n_results, n_tables = k->n_mems;
    KMem *mems = arena_array(k->arena, KMem, n + n_tables);
    k->dims = arena_array(k->arena, KDim *, n);
    k->syms = arena_new(k->arena, KSym);
    k->n_syms = 1;
    k->syms[0] = (KSym){ "N", KSYM_DIM, DT_i64 };
    for (size_t m = 0; m < n; m++) {
        mems[m] = (KMem){ .name = "x", .kind = m < r->n_params ? KMEM_IN : KMEM_OUT, .type = r->types[m], .rank = 1 };
        k->dims[m] = arena_new(k->arena, KDim);
        *k->dims[m] = (KDim){ .kind = KDIM_SYM };
        l->view[m] = (KirView){ .p = m < r->n_params ? in[m] : want[m - r->n_params], .rank = 1, .dim = { KTILE }, .stride = { 1 } };
    }
    if (n_tables)
        memcpy(mems + n, k->mems, n_tables * sizeof *mems);
    k->mems = mems;
    k->n_mems = n + n_tables;
    k->n_operands = n;
    k->body = kir_block(k);
    const KReg lo = kir_const(k, k->body, DT_i64, 0), hi = kir_emit(k, k->body, K_sym, DT_i64, 0, NULL);
    KInst *each = kir_add(k, k->body, K_each, DT_none, 0, 0, NULL), *call;
    KBlock *b = kir_block(k);
    each->axes = arena_new(k->arena, KAxis);
    each->n_axes = 1;
    each->axes[0] = (KAxis){ kir_reg(k, DT_i64, false, "i"), lo, hi, 0, NULL };
    each->blocks = arena_new(k->arena, KBlock *);
    each->blocks[0] = b;
    each->n_blocks = 1;
    KReg args[MAX_PARAMS];
    for (unsigned p = 0; p < r->n_params; p++) {
        args[p] = kir_emit(k, b, K_load, r->types[p], 1, &each->axes[0].index);
        b->inst[b->n - 1]->id = p;
    }
    call = kir_add(k, b, K_call, r->types[r->n_params], 0, r->n_params, args);
    call->dst = arena_array(k->arena, KReg, r->n_results);
    call->n_dst = r->n_results;
    for (unsigned d = 0; d < r->n_results; d++)
        call->dst[d] = kir_reg(k, r->types[r->n_params + d], false, NULL);
    for (unsigned d = 0; d < r->n_results; d++) {
        kir_add(k, b, K_store, r->types[r->n_params + d], 0, 2, (KReg[]){ each->axes[0].index, call->dst[d] });
        b->inst[b->n - 1]->id = r->n_params + d;
    }
}

/* table memories come after the operands now */
static void shift_loads(KBlock *b, uint32_t by, int depth)
{
    for (size_t n = 0; n < b->n && depth < 60; n++) {
        KInst *i = b->inst[n];
        if (i->op == K_load)
            i->id += by;
        for (unsigned s = 0; s < i->n_blocks; s++)
            shift_loads(i->blocks[s], by, depth + 1);
    }
}

static KirKernel *reference(const KModule *m, const PrimFnRow *r, Arena *a, KirLaunch *l)
{
    Error err = { 0 };
    KirKernel *k = NULL;
    const KBindType bind = { "T", r->type, NULL };
    if (kir_instantiate_fn(m, r->name, NULL, 0, a, &k, &err)) {
        error_clear(&err);
        if (kir_instantiate_fn(m, r->name, &bind, 1, a, &k, &err))
            fail_msg("%s: %s", r->name, err.text);
    }
    for (size_t f = 0; f < k->n_fns; f++)
        shift_loads(k->fns[f].body, (uint32_t)r->n_params + r->n_results, 0);
    add_launch(k, r, l);
    return k;
}

static int failures;
static void compare(int level, const PrimFnRow *r, unsigned form)
{
    for (unsigned d = 0; d < r->n_results; d++)
        for (size_t i = 0; i < KTILE; i++) {
            const DType t = r->types[r->n_params + d];
            if (!same(t, get(t, want[d], i), get(t, got[d], i)) && failures++ < 40)
                print_error("%s %s<%s> form %u result %u: x %llx %llx: %llx, not %llx\n", level_name[level], r->name, dtype_name(r->type), form, d,
                            (unsigned long long)get(r->types[0], in[0], i), (unsigned long long)(r->n_params > 1 ? get(r->types[1], in[1], i) : 0),
                            (unsigned long long)get(t, got[d], i), (unsigned long long)get(t, want[d], i));
        }
}

static void run_form(int level, const PrimFnRow *r, const KirKernel *k, KirLaunch *l, unsigned form)
{
    Error err = { 0 };
    void *dst[MAX_RESULTS];
    const void *src[MAX_PARAMS];
    const PrimFnRow *row = &level_fns[level]->row[r - level_fns[0]->row];
    for (unsigned p = 0; p < r->n_params; p++) {
        l->view[p].stride[0] = form >> p & 1 ? 0 : 1;
        src[p] = in[p];
    }
    for (unsigned d = 0; d < r->n_results; d++)
        dst[d] = got[d];
    if (level == 0 && kir_interpret(k, l, KORDER_ASCENDING, false, &err))
        fail_msg("%s: %s", r->name, err.text);
    row->forms[form](dst, src, KTILE);
    compare(level, r, form);
}

static void check_function(const KModule *m, const PrimFnRow *r)
{
    Arena a = { 0 };
    KirLaunch l = { 0 };
    KirKernel *k = reference(m, r, &a, &l);
    l.sym[0] = KTILE;
    for (int round = 0; round < 3; round++) {
        for (unsigned p = 0; p < r->n_params; p++)
            for (size_t i = 0; i < KTILE; i++)
                put(r->types[p], in[p], i, value(r->types[p]));
        const unsigned forms = r->n_params > 4 ? 1 : r->n_params == 1 ? 1 : (1u << r->n_params) - 1;
        for (unsigned form = 0; form < (round ? 1 : forms); form++)
            for (int level = 0; level <= (int)cpu_level() && level < CPU_VNNI; level++)
                run_form(level, r, k, &l, form);
    }
    arena_free(&a);
}

static void test_functions(void **state)
{
    Error err = { 0 };
    const KModule *m;
    if (kernels_module(&m, &err))
        fail_msg("%s", err.text);
    failures = 0;
    assert_true(level_fns[0]->n > 100);
    for (size_t i = 0; i < level_fns[0]->n; i++)
        check_function(m, &level_fns[0]->row[i]);
    assert_int_equal(failures, 0);
}

static void test_lookup(void **state)
{
    assert_non_null(kprim_fn("exp", DT_f32, KFORM_V));
    assert_non_null(kprim_fn("add", DT_u64, KFORM_S1));
    assert_null(kprim_fn("exp", DT_i32, KFORM_V));
    assert_null(kprim_fn("no_such", DT_f32, KFORM_V));
    assert_null(kprim_fn("exp", DT_f32, KFORM_S1));
}

int main(void)
{
    prims_init();
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_functions), cmocka_unit_test(test_lookup) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
