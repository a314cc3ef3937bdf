/* SPDX-License-Identifier: MIT
 * tests: whole kernels compiled ahead of time (kernels/aot.def) on every level against the reference interpreter, bit for bit, run in one piece
 * and in pieces; and the interpreter again on the form scheduled for 1, 32 and 256 lanes. All start from the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/cpu/prims_table.h"
#include "kir/kirc.h"
#include "run/backend.h"

static const PrimAots *const levels[] = { &prim_aots_baseline, &prim_aots_avx2, &prim_aots_avx512 };

static uint32_t rng_state = 7;
static uint32_t rng(void) { return rng_state = rng_state * 1664525u + 1013904223u, rng_state >> 8; }

typedef struct Case { const char *key; const char *syms[8]; int64_t values[8]; int64_t items; int modulo; } Case; /* integer inputs are below modulo */
static const Case cases[] = {
    { "radix_count<K=u32,SHIFT=live,TILE=1024>", { "SHIFT", "N", "NB" }, { 4, 2500, 3 }, 3, 1 << 20 },
    { "radix_move<K=u32,SHIFT=live,TILE=1024>", { "SHIFT", "N", "NB" }, { 0, 2500, 3 }, 3, 200 },
    { "sort_keys<DESC=live>", { "DESC", "N" }, { 1, 77 }, 77, 9 },
    { "nonzero_count<T=f32,TILE=1024>", { "N", "NB" }, { 3000, 3 }, 3, 2 },
    { "nonzero_write<T=i64,TILE=1024>", { "N", "NB", "CAP" }, { 3000, 3, 4000 }, 3, 2 },
    { "nms_mask", { "N", "W" }, { 70, 2 }, 140, 9 },
    { "nms_keep<W=live>", { "N", "W" }, { 70, 2 }, 1, 3 },
    { "fft<N=live,L4=live,L2=live>", { "B", "N", "L4", "L2" }, { 3, 32, 2, 1 }, 3, 9 },
    { "cumulate<T=f32,F=sum,EXCL=0>/L=1", { "L.0", "C" }, { 3, 20000 }, 3, 9 },
    { "cumulate<T=f32,F=sum,EXCL=1>/L=2", { "L.0", "L.1", "C" }, { 3, 2, 130 }, 6, 9 },
    { "cumulate<T=i64,F=sum,EXCL=1>/L=0", { "C" }, { 130 }, 1, 9 },
    { "selective_scan<S=16>", { "B", "D", "T", "S" }, { 2, 3, 9, 16 }, 6, 9 },
    { "selective_states", { "B", "D", "T", "S" }, { 2, 3, 70, 5 }, 30, 9 },
    { "scatter_add<T=f32>", { "M", "N", "D" }, { 40, 7, 5 }, 5 /* columns: colliding rows run in order */, 7 },
    { "scatter_last<T=f32>", { "M", "N" }, { 40, 7 }, 40, 7 },
};

static int64_t dim_value(const KDim *d, const KirLaunch *l)
{
    if (d->kind == KDIM_CONST)
        return d->value;
    if (d->kind == KDIM_SYM)
        return (int64_t)l->sym[d->sym];
    const int64_t a = dim_value(d->a, l), b = dim_value(d->b, l);
    return d->kind == KDIM_ADD ? a + b : d->kind == KDIM_SUB ? a - b : d->kind == KDIM_MUL ? a * b : a / b;
}

static void fill(DType t, uint8_t *p, int64_t n, int modulo)
{
    for (int64_t i = 0; i < n; i++)
        if (dtype_is_float(t))
            dtype_set_f64(t, p, (uint64_t)i, ((double)(rng() % 2001) - 1000) / 256);
        else
            dtype_set_i64(t, p, (uint64_t)i, rng() % (unsigned)(t == DT_bool ? 2 : modulo));
}

/* Buffers of all operands behind each other; returns their size. */
static size_t place(const KirKernel *k, KirLaunch *l, uint8_t *base)
{
    size_t at = 0;
    for (size_t m = 0; m < k->n_operands; m++) {
        KirView *v = &l->view[m];
        int64_t n = 1;
        v->rank = k->mems[m].rank;
        for (int d = v->rank - 1; d >= 0; d--) {
            v->dim[d] = dim_value(&k->dims[m][d], l);
            v->stride[d] = n;
            n *= v->dim[d];
        }
        v->p = base ? base + at : NULL;
        at += ((size_t)n * dtype_info[k->mems[m].type].bytes + 63) & ~(size_t)63;
    }
    return at;
}

static void set_syms(const Case *c, const KirKernel *k, KirLaunch *l)
{
    for (size_t s = 0; s < k->n_syms; s++) {
        l->sym[s] = k->syms[s].type == DT_f32 ? 0x3f000000 : 1;
        for (int i = 0; i < 8 && c->syms[i]; i++)
            if (!strcmp(c->syms[i], k->syms[s].name))
                l->sym[s] = (uint64_t)c->values[i];
    }
}

static const KAot *find(int level, const char *key)
{
    for (size_t i = 0; i < levels[level]->n; i++)
        if (!strcmp(levels[level]->row[i].key, key))
            return &levels[level]->row[i];
    fail_msg("%s is not in aot.def", key);
    return NULL;
}

static void check_scheduled(const Case *c, const KirKernel *k, KirLaunch *l, const uint8_t *start, const uint8_t *want, uint8_t *got, size_t n, Arena *a)
{
    static const uint32_t sizes[] = { 1, 32, 256 };
    Error err = { 0 };
    for (int i = 0; i < 3; i++) {
        KirKernel *s = NULL;
        memcpy(got, start, n);
        place(k, l, got);
        if (kir_schedule(k, sizes[i], a, &s, &err) || kir_interpret(s, l, KORDER_ASCENDING, false, &err))
            fail_msg("%s for %u lanes: %s", c->key, sizes[i], err.text);
        if (memcmp(got, want, n))
            fail_msg("%s for %u lanes: results differ", c->key, sizes[i]);
    }
}

static void check_case(const KModule *m, const Case *c)
{
    Arena a = { 0 };
    Error err = { 0 };
    KircKey key;
    KirKernel *k = NULL;
    KirLaunch l = { 0 };
    Text text = { 0 };
    if (kirc_parse_key(arena_strdup(&a, c->key), &key, &err) || kir_instantiate(m, key.kernel, &key.binding, &a, &k, &err))
        fail_msg("%s: %s", c->key, err.text);
    kir_binding_key(m, key.kernel, &key.binding, &text);
    set_syms(c, k, &l);
    const size_t n = place(k, &l, NULL);
    uint8_t *start = aligned_alloc(64, n), *want = aligned_alloc(64, n), *got = aligned_alloc(64, n);
    place(k, &l, start);
    memset(start, 0, n);
    for (size_t o = 0; o < k->n_operands; o++) {
        int64_t e = 1;
        for (int d = 0; d < l.view[o].rank; d++)
            e *= l.view[o].dim[d];
        if (k->mems[o].kind != KMEM_OUT)
            fill(k->mems[o].type, l.view[o].p, e, c->modulo);
    }
    memcpy(want, start, n);
    place(k, &l, want);
    if (kir_bind(k, &l, &err) || kir_interpret(k, &l, KORDER_ASCENDING, false, &err))
        fail_msg("%s: %s", c->key, err.text);
    check_scheduled(c, k, &l, start, want, got, n, &a);
    for (int level = 0; level <= (int)cpu_level() && level < CPU_VNNI; level++)
        for (int pieces = 1; pieces <= 3; pieces += 2) {
            const KAot *aot = find(level, text.p);
            void *scratch = aligned_alloc(64, 1 << 20);
            assert_true((aot->sz_live ? aot->sz_live(&l) : aot->sz_scratch) <= 1 << 20);
            memcpy(got, start, n);
            place(k, &l, got);
            for (int p = 0; p < pieces; p++)
                aot->fn(&l, c->items * p / pieces, c->items * (p + 1) / pieces, scratch);
            for (size_t i = 0; i < n; i++)
                if (want[i] != got[i])
                    fail_msg("%s level %d: byte %zu of %zu is %u, not %u", c->key, level, i, n, got[i], want[i]);
            free(scratch);
        }
    text_free(&text);
    free(start);
    free(want);
    free(got);
    arena_free(&a);
}

static void test_cases(void **state)
{
    Error err = { 0 };
    const KModule *m;
    if (kernels_module(&m, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(m, &cases[i]);
}

/* What --dump-kernels shows of a kernel compiled ahead of time is its C; of one that a tile program runs, that. */
static void check_text(Device *d, const KModule *m, const char *text)
{
    Arena a = { 0 };
    KircKey key;
    KernelDesc desc = { .key = text, .module = m };
    BackendKernel *made = NULL;
    KirKernel *k;
    Text t = { 0 };
    Error err = { 0 };
    assert_int_equal(kirc_parse_key(arena_strdup(&a, text), &key, &err), 0);
    assert_int_equal(kir_instantiate(m, key.kernel, &key.binding, &a, &k, &err), 0);
    desc.kernel = k;
    assert_int_equal(backend_cpu.compile(d, &desc, 1, &made, &err), 0);
    const bool c = !strcmp(backend_cpu.engine(made), "aot");
    const char *extension = backend_cpu.text(made, &t, NULL);
    assert_non_null(extension);
    assert_string_equal(extension, c ? "c" : "tile");
    if (!strstr(t.p, c ? "void " : "body"))
        fail_msg("%s: %s", text, t.p);
    backend_cpu.release(d, made);
    text_free(&t);
    arena_free(&a);
}

static void test_text(void **state)
{
    (void)state;
    const KModule *m;
    Device *d;
    assert_int_equal(kernels_module(&m, NULL), 0);
    assert_int_equal(backend_cpu.open(&(DeviceOptions){ .threads = 1 }, &d, NULL), 0);
    check_text(d, m, "radix_count<K=u32,SHIFT=live,TILE=1024>");
    check_text(d, m, "fft<N=live,L4=live,L2=live>");
    check_text(d, m, "selective_states");
    backend_cpu.close(&d);
}

int main(void)
{
    prims_init();
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_text) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
