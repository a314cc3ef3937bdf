/* SPDX-License-Identifier: MIT
 * ptxsim's libcuda.so.1 as a program meets it: dlopen by soname, entry points by name. Launches wait for a synchronisation, errors stick to the context,
 * streams, events, capture and graphs, the linker, and what the JIT says about bad text. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

typedef unsigned long long Ptr;
static void *lib;

static void *find(const char *name)
{
    void *p = dlsym(lib, name);
    if (!p)
        fail_msg("no %s", name);
    return p;
}
#define CALL(name, types, ...) (((int (*) types)find(#name))(__VA_ARGS__))
#define OK(call) assert_int_equal(call, 0)

static const char *const text =
    ".version 7.0\n.target sm_80\n.address_size 64\n"
    ".visible .entry scale(.param .u64 p, .param .u32 n, .param .f32 s)\n{\n"
    "  .reg .pred %q; .reg .b32 %r<6>; .reg .b64 %d<4>; .reg .f32 %f<4>;\n"
    "  ld.param.u64 %d1, [p]; ld.param.u32 %r1, [n]; ld.param.f32 %f1, [s];\n"
    "  mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mov.u32 %r4, %tid.x; mad.lo.s32 %r5, %r2, %r3, %r4;\n"
    "  setp.ge.u32 %q, %r5, %r1; @%q bra DONE;\n"
    "  mul.wide.u32 %d2, %r5, 4; add.s64 %d3, %d1, %d2;\n"
    "  ld.global.f32 %f2, [%d3]; mul.rn.f32 %f3, %f2, %f1; st.global.f32 [%d3], %f3;\n"
    "DONE: ret;\n}\n"
    ".visible .entry wild(.param .u64 p)\n{\n  .reg .b64 %d<2>; .reg .b32 %r1;\n  ld.param.u64 %d1, [p]; ld.global.u32 %r1, [%d1+4096]; st.global.u32 [%d1], %r1; ret;\n}\n";

static int setup(void **state)
{
    void *ctx;
    lib = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!lib) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    OK(CALL(cuInit, (unsigned), 0));
    OK(CALL(cuDevicePrimaryCtxRetain, (void **, int), &ctx, 0));
    OK(CALL(cuCtxSetCurrent, (void *), ctx));
    return 0;
}

static void *load(const char *source)
{
    void *m;
    char log[300] = "";
    int options[] = {5, 6};
    void *values[] = {log, (void *)sizeof log};
    if (CALL(cuModuleLoadDataEx, (void **, const void *, unsigned, int *, void **), &m, source, 2, options, values))
        fail_msg("%s", log);
    return m;
}

static void *function(void *m, const char *name)
{
    void *f;
    OK(CALL(cuModuleGetFunction, (void **, void *, const char *), &f, m, name));
    return f;
}

static Ptr alloc(size_t n)
{
    Ptr p;
    OK(CALL(cuMemAlloc_v2, (Ptr *, size_t), &p, n));
    return p;
}

static int launch(void *f, unsigned grid, unsigned block, void *stream, void **params)
{
    return CALL(cuLaunchKernel, (void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **), f, grid, 1, 1, block, 1, 1, 0,
        stream, params, NULL);
}

static void device(void **s)
{
    char name[64];
    int n, major;
    size_t bytes;
    OK(CALL(cuDeviceGetCount, (int *), &n));
    assert_int_equal(n, 1);
    OK(CALL(cuDeviceGetName, (char *, int, int), name, sizeof name, 0));
    assert_non_null(strstr(name, "simulated"));
    OK(CALL(cuDeviceGetAttribute, (int *, int, int), &major, 75, 0));
    assert_in_range(major, 7, 9);
    OK(CALL(cuDeviceTotalMem_v2, (size_t *, int), &bytes, 0));
    assert_true(bytes >= 1 << 20);
    assert_int_equal(CALL(cuDeviceGetName, (char *, int, int), name, sizeof name, 1), 101);
    void *f = NULL;
    int status;
    OK(CALL(cuGetProcAddress_v2, (const char *, void **, int, uint64_t, int *), "cuMemAlloc", &f, 12000, 0, &status));
    assert_ptr_equal(f, find("cuMemAlloc_v2"));
    assert_int_equal(CALL(cuGetProcAddress_v2, (const char *, void **, int, uint64_t, int *), "cuNothing", &f, 12000, 0, &status), 500);
    const char *text_of;
    OK(CALL(cuGetErrorName, (int, const char **), 700, &text_of));
    assert_string_equal(text_of, "CUDA_ERROR_ILLEGAL_ADDRESS");
}

enum { N = 1000 };
static void launches_wait(void **s)
{
    void *m = load(text), *f = function(m, "scale"), *stream;
    float *host, k = 3;
    uint32_t n = N;
    Ptr p = alloc(4 * N);
    OK(CALL(cuMemAllocHost_v2, (void **, size_t), (void **)&host, 4 * N));
    OK(CALL(cuStreamCreate, (void **, unsigned), &stream, 1));
    for (int i = 0; i < N; i++)
        host[i] = (float)i;
    OK(CALL(cuMemcpyHtoDAsync_v2, (Ptr, const void *, size_t, void *), p, host, 4 * N, stream));
    OK(launch(f, 4, 256, stream, (void *[]){&p, &n, &k}));
    OK(CALL(cuMemcpyDtoHAsync_v2, (void *, Ptr, size_t, void *), host, p, 4 * N, stream));
    assert_true(host[7] == 7); /* nobody waited */
    assert_int_equal(CALL(cuStreamQuery, (void *), stream), 600);
    OK(CALL(cuStreamSynchronize, (void *), stream));
    for (int i = 0; i < N; i++)
        assert_true(host[i] == 3 * (float)i);
    assert_int_equal(launch(f, 4, 2048, stream, (void *[]){&p, &n, &k}), 1);
    assert_int_equal(launch(f, 0, 256, stream, (void *[]){&p, &n, &k}), 1);
    OK(CALL(cuStreamDestroy_v2, (void *), stream));
    OK(CALL(cuMemFree_v2, (Ptr), p));
    assert_int_equal(CALL(cuMemFree_v2, (Ptr), p), 1);
    OK(CALL(cuMemFreeHost, (void *), host));
    OK(CALL(cuModuleUnload, (void *), m));
}

static void events_order_streams(void **s)
{
    void *m = load(text), *f = function(m, "scale"), *a, *b, *e, *e2;
    float k = 2, out[N], ms = -1;
    uint32_t n = N;
    Ptr p = alloc(4 * N);
    OK(CALL(cuStreamCreate, (void **, unsigned), &a, 1));
    OK(CALL(cuStreamCreate, (void **, unsigned), &b, 1));
    OK(CALL(cuEventCreate, (void **, unsigned), &e, 0));
    OK(CALL(cuEventCreate, (void **, unsigned), &e2, 0));
    OK(CALL(cuMemsetD32Async, (Ptr, unsigned, size_t, void *), p, 0x3f800000, N, a));
    OK(launch(f, 4, 256, a, (void *[]){&p, &n, &k}));
    OK(CALL(cuEventRecord, (void *, void *), e, a));
    OK(CALL(cuStreamWaitEvent, (void *, void *, unsigned), b, e, 0));
    OK(launch(f, 4, 256, b, (void *[]){&p, &n, &k}));
    OK(CALL(cuEventRecord, (void *, void *), e2, b));
    assert_int_equal(CALL(cuEventQuery, (void *), e2), 600);
    OK(CALL(cuEventSynchronize, (void *), e2));
    OK(CALL(cuEventElapsedTime, (float *, void *, void *), &ms, e, e2));
    assert_true(ms >= 0);
    OK(CALL(cuMemcpyDtoH_v2, (void *, Ptr, size_t), out, p, 4 * N));
    for (int i = 0; i < N; i++)
        assert_true(out[i] == 4);
    OK(CALL(cuEventDestroy_v2, (void *), e));
    OK(CALL(cuEventDestroy_v2, (void *), e2));
    OK(CALL(cuStreamDestroy_v2, (void *), a));
    OK(CALL(cuStreamDestroy_v2, (void *), b));
    OK(CALL(cuMemFree_v2, (Ptr), p));
    OK(CALL(cuModuleUnload, (void *), m));
}

static void graphs_replay(void **s)
{
    void *m = load(text), *f = function(m, "scale"), *a, *g, *x;
    float k = 2, out[N];
    uint32_t n = N;
    int capturing;
    Ptr p = alloc(4 * N), other;
    OK(CALL(cuStreamCreate, (void **, unsigned), &a, 1));
    OK(CALL(cuStreamBeginCapture_v2, (void *, int), a, 0));
    OK(CALL(cuMemsetD32Async, (Ptr, unsigned, size_t, void *), p, 0x3f800000, N, a));
    for (int i = 0; i < 3; i++)
        OK(launch(f, 4, 256, a, (void *[]){&p, &n, &k}));
    OK(CALL(cuStreamIsCapturing, (void *, int *), a, &capturing));
    assert_int_equal(capturing, 1);
    assert_int_equal(CALL(cuStreamSynchronize, (void *), a), 900);
    assert_int_equal(CALL(cuMemAlloc_v2, (Ptr *, size_t), &other, 64), 900);
    OK(CALL(cuStreamEndCapture, (void *, void **), a, &g));
    k = 100; /* values were taken at the capture */
    OK(CALL(cuGraphInstantiateWithFlags, (void **, void *, unsigned long long), &x, g, 0));
    OK(CALL(cuGraphDestroy, (void *), g));
    for (int i = 0; i < 2; i++) {
        OK(CALL(cuGraphLaunch, (void *, void *), x, a));
        OK(CALL(cuStreamSynchronize, (void *), a));
        OK(CALL(cuMemcpyDtoH_v2, (void *, Ptr, size_t), out, p, 4 * N));
        for (int j = 0; j < N; j++)
            assert_true(out[j] == 8);
    }
    OK(CALL(cuGraphExecDestroy, (void *), x));
    OK(CALL(cuStreamDestroy_v2, (void *), a));
    OK(CALL(cuMemFree_v2, (Ptr), p));
    OK(CALL(cuModuleUnload, (void *), m));
}

static void linker_gives_an_image(void **s)
{
    void *l, *image, *m;
    size_t n;
    OK(CALL(cuLinkCreate_v2, (unsigned, int *, void **, void **), 0, NULL, NULL, &l));
    OK(CALL(cuLinkAddData_v2, (void *, int, const void *, size_t, const char *, unsigned, int *, void **), l, 1, text, strlen(text) + 1, "x", 0, NULL, NULL));
    OK(CALL(cuLinkComplete, (void *, void **, size_t *), l, &image, &n));
    char *copy = malloc(n);
    memcpy(copy, image, n);
    OK(CALL(cuLinkDestroy, (void *), l));
    OK(CALL(cuModuleLoadData, (void **, const void *), &m, copy));
    function(m, "scale");
    OK(CALL(cuModuleUnload, (void *), m));
    copy[n - 3] ^= 1;
    assert_int_equal(CALL(cuModuleLoadData, (void **, const void *), &m, copy), 200);
    free(copy);
}

static void bad_text_is_explained(void **s)
{
    void *m;
    char log[300] = "";
    int options[] = {5, 6};
    void *values[] = {log, (void *)sizeof log};
    const char *bad = ".version 7.0\n.target sm_80\n.address_size 64\n.entry k() {\n frobnicate.u32 %r1, 2;\n}\n";
    assert_int_equal(CALL(cuModuleLoadDataEx, (void **, const void *, unsigned, int *, void **), &m, bad, 2, options, values), 218);
    assert_non_null(strstr(log, "line 5"));
}

static void errors_stick(void **s) /* the last test: resets the context */
{
    void *m = load(text), *f = function(m, "wild");
    Ptr p = alloc(64);
    OK(launch(f, 1, 1, NULL, (void *[]){&p}));
    assert_int_equal(CALL(cuCtxSynchronize, (void)), 700);
    assert_int_equal(CALL(cuMemAlloc_v2, (Ptr *, size_t), &p, 64), 700);
    OK(CALL(cuDevicePrimaryCtxReset_v2, (int), 0));
    OK(CALL(cuCtxSynchronize, (void)));
    assert_true(((uint64_t(*)(void))find("ptxsim_findings"))() >= 1);
    OK(CALL(cuModuleUnload, (void *), m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(device), cmocka_unit_test(launches_wait), cmocka_unit_test(events_order_streams), cmocka_unit_test(graphs_replay),
        cmocka_unit_test(linker_gives_an_image), cmocka_unit_test(bad_text_is_explained), cmocka_unit_test(errors_stick),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
