/* SPDX-License-Identifier: MIT
 * unit tests of the CUDA backend on whatever libcuda.so.1 is found: the suite runs it on tests/ptxsim. Memory (odd sizes, reuse, exhaustion), copies longer than the
 * staging, batches, facts and variants, empty launches, blocks too long to travel by value, prepared lists replayed, cubins from the cache. Results
 * are the interpreter's bits. */
#include "kir/prims.h"
#include "kir/target.h"
#include "run/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const Backend *const b = &backend_cuda;
static Device *device;
static char cache_dir[64];

static Device *open_device(bool no_cache)
{
    Device *d;
    Error e = { 0 };
    const DeviceOptions o = { .no_cache = no_cache };
    if (b->open(&o, &d, &e)) {
        print_message("SKIPPED: %s\n", e.text);
        skip();
    }
    return d;
}

static int set_up(void **state)
{
    device = open_device(true);
    return 0;
}

static int tear_down(void **state)
{
    b->close(&device);
    return 0;
}

/* ── memory ── */

static void test_info(void **state)
{
    DeviceInfo i;
    Device *d;
    Error e = { 0 };
    b->info(device, &i);
    assert_true(i.name[0] && i.driver[0] && i.sz_memory && !i.host_memory);
    assert_true(!i.simulated || i.software);
    assert_true(i.caps & KCAP_int64);
    assert_int_equal(b->open(&(DeviceOptions){ .index = 4711 }, &d, &e), SPML_DEVICE);
    assert_string_equal(e.key, "device-missing");
    assert_null(d);
}

static void test_copies(void **state)
{
    static const size_t sizes[] = { 0, 1, 3, 255, 256, 4097, ((size_t)4 << 20) + 5, ((size_t)9 << 20) + 1 };
    Error e = { 0 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const size_t n = sizes[s];
        uint8_t *host = malloc(n + 1), *back = calloc(n + 1, 1);
        void *p, *q;
        for (size_t i = 0; i < n; i++)
            host[i] = (uint8_t)(i * 7 + i / 251);
        if (b->alloc(device, n, &p, &e) || b->alloc(device, n, &q, &e) || b->upload(device, p, host, n, &e) || b->copy(device, q, p, n, &e))
            fail_msg("%s", e.text);
        memset(host, 0, n); /* upload has taken the bytes */
        assert_true((uintptr_t)p % 64 == 0);
        if (b->download(device, back, q, n, &e))
            fail_msg("%s", e.text);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(back[i], (uint8_t)(i * 7 + i / 251));
        b->free(device, p);
        b->free(device, q);
        free(host);
        free(back);
    }
    b->free(device, NULL);
}

static void test_reuse(void **state)
{
    enum { N = 200 };
    void *p[N];
    uint64_t seed = 1, have, marks[N];
    Error e = { 0 };
    for (int i = 0; i < N; i++) {
        marks[i] = (uint64_t)i << 32 | 5;
        assert_int_equal(b->alloc(device, 8 + (size_t)i * 37, &p[i], &e), SPML_OK);
        assert_int_equal(b->upload(device, p[i], &marks[i], 8, &e), SPML_OK);
    }
    for (int turn = 0; turn < 400; turn++) {
        const int i = (int)((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 33) % N;
        b->free(device, p[i]);
        marks[i] = seed;
        assert_int_equal(b->alloc(device, 8 + (size_t)(seed >> 40) % 5000, &p[i], &e), SPML_OK);
        assert_int_equal(b->upload(device, p[i], &marks[i], 8, &e), SPML_OK);
    }
    for (int i = 0; i < N; i++) {
        assert_int_equal(b->download(device, &have, p[i], 8, &e), SPML_OK);
        assert_int_equal(have, marks[i]);
        b->free(device, p[i]);
    }
}

static void test_exhaustion(void **state)
{
    void *p;
    Error e = { 0 };
    assert_int_equal(b->alloc(device, (size_t)1 << 60, &p, &e), SPML_RESOURCE);
    assert_null(p);
    assert_int_equal(b->alloc(device, 64, &p, NULL), SPML_OK); /* the device goes on */
    b->free(device, p);
}

/* ── kernels ── */

typedef struct Run { Arena arena; KirKernel *k; BackendKernel *on; KernelDesc desc; KirLaunch host, dev; size_t bytes[KIR_MAX_OPERANDS]; } Run;

static void instance(Run *r, const char *kernel, const KirBinding *binding)
{
    const KModule *m;
    Error e = { 0 };
    *r = (Run){ 0 };
    if (kernels_module(&m, &e) || kir_instantiate(m, kernel, binding, &r->arena, &r->k, &e))
        fail_msg("%s", e.text);
    r->desc = (KernelDesc){ .key = kernel, .module = m, .kernel = r->k };
}

/* y[n, m] = a · b, a's rows `stride` apart, b one row for all where fact is set */
static void shape(Run *r, int64_t n, int64_t m, bool one_row)
{
    const int64_t dims[] = { n, m };
    uint64_t seed = 9;
    for (int o = 0; o < 3; o++) {
        KirView *v = &r->host.view[o];
        r->bytes[o] = (size_t)(n * m) * 4;
        float *p = arena_alloc(&r->arena, r->bytes[o] + 4, 64);
        for (int64_t i = 0; i < n * m; i++)
            p[i] = (float)((seed = seed * 6364136223846793005u + 11) >> 40) / 1000.0f - 8000.0f;
        *v = (KirView){ .p = p, .rank = 2, .dim = { dims[0], dims[1] }, .stride = { o == 1 && one_row ? 0 : m, 1 } };
    }
}

static void to_device(Run *r)
{
    Error e = { 0 };
    r->dev = r->host;
    for (size_t o = 0; o < r->k->n_operands; o++)
        if (b->alloc(device, r->bytes[o], &r->dev.view[o].p, &e) || b->upload(device, r->dev.view[o].p, r->host.view[o].p, r->bytes[o], &e))
            fail_msg("%s", e.text);
    if (kir_bind(r->k, &r->host, &e) || kir_bind(r->k, &r->dev, &e))
        fail_msg("%s", e.text);
}

static void same(Run *r)
{
    Error e = { 0 };
    const size_t out = r->k->n_operands - 1;
    uint8_t *got = malloc(r->bytes[out] + 1);
    if (kir_interpret(r->k, &r->host, KORDER_ASCENDING, false, &e) || b->download(device, got, r->dev.view[out].p, r->bytes[out], &e))
        fail_msg("%s", e.text);
    assert_memory_equal(got, r->host.view[out].p, r->bytes[out]);
    free(got);
}

static void from_device(Run *r)
{
    for (size_t o = 0; o < r->k->n_operands; o++)
        b->free(device, r->dev.view[o].p);
}

static void binary_instance(Run *r, const char *fn)
{
    const KBindType t = { "T", DT_f32, NULL };
    const KBindFn f = { "f", fn };
    const KBindRank rank = { "I", 2 };
    instance(r, "binary", &(KirBinding){ .types = &t, .n_types = 1, .fns = &f, .n_fns = 1, .ranks = &rank, .n_ranks = 1 });
}

static void test_launches(void **state)
{
    static const struct { int64_t n, m; bool one_row; } shapes[] = { { 3, 5, false }, { 1, 1, false }, { 0, 4, false }, { 37, 129, true }, { 2, 700, false } };
    Run r[2];
    BackendKernel *k[2];
    Error e = { 0 };
    binary_instance(&r[0], "mul");
    binary_instance(&r[1], "div");
    KernelDesc list[2] = { r[0].desc, r[1].desc };
    list[1].key = "binary two";
    if (b->compile(device, list, 2, k, &e) || !k[0] || !k[1])
        fail_msg("%s%s", e.text, list[0].why.text);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int i = 0; i < 2; i++) {
            shape(&r[i], shapes[s].n, shapes[s].m, shapes[s].one_row);
            to_device(&r[i]);
            const BackendLaunch l = { .kernel = k[i], .args = &r[i].dev };
            if (b->submit(device, &l, 1, &e) || b->wait(device, &e))
                fail_msg("%s", e.text);
            same(&r[i]);
            from_device(&r[i]);
        }
    DeviceCounts c;
    b->counts(device, &c);
    assert_true(c.launches >= 8 && c.compiled >= 2);
    for (int i = 0; i < 2; i++) {
        b->release(device, k[i]);
        arena_free(&r[i].arena);
    }
}

static void test_replay(void **state)
{
    Run r;
    BackendKernel *k;
    BackendList *list;
    DeviceCounts before, after;
    Error e = { 0 };
    binary_instance(&r, "add");
    shape(&r, 6, 33, false);
    to_device(&r);
    r.desc.like = &r.dev;
    const BackendLaunch l[2] = { { .args = &r.dev }, { .args = &r.dev } };
    if (b->compile(device, &r.desc, 1, &k, &e))
        fail_msg("%s", e.text);
    BackendLaunch two[2] = { l[0], l[1] };
    two[0].kernel = two[1].kernel = k;
    if (b->prepare(device, two, 2, &list, &e))
        fail_msg("%s", e.text);
    for (int turn = 0; turn < 50; turn++) {
        ((float *)r.host.view[0].p)[turn] += 1;
        if (turn == 1)
            b->counts(device, &before);
        if (b->upload(device, r.dev.view[0].p, r.host.view[0].p, r.bytes[0], &e) || b->replay(device, list, NULL, &e))
            fail_msg("%s", e.text);
    }
    same(&r);
    b->counts(device, &after);
    assert_int_equal(before.compiled, after.compiled);
    assert_int_equal(after.replays, 50);
    assert_int_equal(after.launches - before.launches, 2 * 49);
    b->list_free(device, list);
    b->release(device, k);
    from_device(&r);
    arena_free(&r.arena);
}

/* The second device of a process finds all in the cache. */
static void test_cache(void **state)
{
    char command[128];
    DeviceCounts c;
    snprintf(cache_dir, sizeof cache_dir, "/tmp/spml-cuda-test.%d", (int)getpid());
    setenv("SPML_CACHE_DIR", cache_dir, 1);
    for (int turn = 0; turn < 2; turn++) {
        Device *outer = device;
        Run r;
        BackendKernel *k;
        Error e = { 0 };
        device = open_device(false);
        binary_instance(&r, "max");
        shape(&r, 4, 9, false);
        to_device(&r);
        r.desc.like = &r.dev;
        const BackendLaunch l = { .args = &r.dev };
        BackendLaunch one = l;
        if (b->compile(device, &r.desc, 1, &k, &e))
            fail_msg("%s", e.text);
        one.kernel = k;
        if (b->submit(device, &one, 1, &e))
            fail_msg("%s", e.text);
        same(&r);
        b->counts(device, &c);
        assert_int_equal(c.cache_hits, turn);
        assert_int_equal(c.compiled, !turn);
        from_device(&r);
        b->release(device, k);
        arena_free(&r.arena);
        b->close(&device);
        device = outer;
    }
    snprintf(command, sizeof command, "rm -rf '%s'", cache_dir);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_info, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_copies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reuse, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_exhaustion, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_launches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cache, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
