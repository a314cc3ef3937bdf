/* SPDX-License-Identifier: MIT
 * ptxsim: what takes more than one lane. Divergence and reconvergence, calls, barriers, warp instructions, atomics, all forms of memory, matrices, copies
 * that wait; and that each check fires, with its error and the line, on a kernel that breaks one rule. */
#include "sim.h"

#include <math.h>

#define KERNEL(regs, body) \
    HEAD("7.0", "sm_80") \
    ".entry k(.param .u64 in, .param .u64 out)\n{\n" \
    ".reg .b64 %in, %out, %d<8>; .reg .b32 %t, %r<24>; .reg .b16 %h<4>; .reg .f32 %f<16>; .reg .pred %p<4>; " regs "\n" \
    "ld.param.u64 %in, [in]; ld.param.u64 %out, [out]; mov.u32 %t, %tid.x; mul.wide.u32 %d0, %t, 4; add.u64 %in, %in, %d0; add.u64 %out, %out, %d0;\n" body "\n}\n"
#define PUT(reg) "st.global.b32 [%out], " reg "; ret;"

static PtxSim *sim;
static uint32_t in[1024], out[1024];

static Run run(const char *text, unsigned block)
{
    for (uint32_t k = 0; k < 1024; k++)
        in[k] = k * 3 + 1;
    memset(out, 0, sizeof out);
    return run_text(sim, text, in, sizeof in, out, sizeof out, 1, block, 0);
}

static void expect(const char *text, unsigned block, uint32_t (*want)(uint32_t t))
{
    Run r = run(text, block);
    if (r.rc)
        fail_msg("%s", r.log);
    for (uint32_t t = 0; t < block; t++)
        if (out[t] != want(t))
            fail_msg("thread %u: %u, want %u", t, out[t], want(t));
}

static void breaks(const char *text, unsigned block, int rc, const char *words)
{
    uint64_t before = ptxsim_findings();
    Run r = run(text, block);
    if (r.rc != rc || !strstr(r.log, words))
        fail_msg("got %d '%s', want %d '%s'", r.rc, r.log, rc, words);
    assert_true(rc == 218 || ptxsim_findings() == before + 1);
}

/* ── control ── */

static uint32_t collatz(uint32_t t)
{
    uint32_t n = 0;
    for (t++; t != 1; n++)
        t = t & 1 ? 3 * t + 1 : t / 2;
    return n;
}
static const char collatz_text[] = KERNEL("", "add.u32 %r1, %t, 1; mov.u32 %r2, 0;\nLOOP: setp.eq.u32 %p0, %r1, 1; @%p0 bra DONE;\nand.b32 %r3, %r1, 1; setp.eq.u32 %p1, %r3, 0; "
    "@%p1 bra EVEN;\nmad.lo.u32 %r1, %r1, 3, 1; bra NEXT;\nEVEN: shr.u32 %r1, %r1, 1;\nNEXT: add.u32 %r2, %r2, 1; bra.uni LOOP;\nDONE: bar.sync 0; activemask.b32 %r4; "
    "popc.b32 %r4, %r4; mov.u32 %r5, %ntid.x; setp.eq.u32 %p3, %r5, 33; setp.ne.u32 %p2, %r4, 32; @%p3 bra END; @%p2 trap; END:\n" PUT("%r2"));
static void divergence(void **s)
{
    expect(collatz_text, 256, collatz);
    expect(collatz_text, 33, collatz);
    breaks(KERNEL("", "setp.lt.u32 %p0, %t, 5; @%p0 bra.uni L; add.u32 %r1, %t, 1;\nL: ret;"), 32, 719, "bra.uni");
}

static uint32_t called(uint32_t t) { return (t & 1 ? (t + 5) * 2 : t + 5) + 100; }
static void calls(void **s)
{
    expect(HEAD("7.0", "sm_80") ".func (.reg .b32 %o) twice(.reg .b32 %i);\n"
        ".func (.param .b32 r) bump(.param .b32 a)\n{\n.reg .b32 %r<3>; .reg .pred %p;\nld.param.u32 %r1, [a]; add.u32 %r1, %r1, 5; and.b32 %r2, %r1, 1;\n"
        "setp.ne.u32 %p, %r2, 0; @%p bra ODD;\ncall (%r1), twice, (%r1);\nst.param.b32 [r], %r1; ret;\nODD: st.param.b32 [r], %r1; ret;\n}\n"
        ".func (.reg .b32 %o) twice(.reg .b32 %i)\n{\nadd.u32 %o, %i, %i; ret;\n}\n"
        ".entry k(.param .u64 in, .param .u64 out)\n{\n.reg .b64 %out, %d; .reg .b32 %r<3>;\nld.param.u64 %out, [out]; mov.u32 %r1, %tid.x; mul.wide.u32 %d, %r1, 4; add.u64 %out, %out, %d;\n"
        "{ .param .b32 p; .param .b32 q; st.param.b32 [p], %r1; call.uni (q), bump, (p); ld.param.b32 %r2, [q]; }\nadd.u32 %r2, %r2, 100; st.global.u32 [%out], %r2; ret;\n}\n", 70, called);
    breaks(HEAD("7.0", "sm_80") ".func f()\n{ call f; ret; }\n.entry k(.param .u64 in, .param .u64 out)\n{ call f; ret; }\n", 1, 218, "recursion");
}

static uint32_t reversed(uint32_t t) { return (255 - t) * 3 + 1; }
static uint32_t counted(uint32_t t) { return 43; }
static void barriers(void **s)
{
    expect(KERNEL(".shared .align 4 .b32 x[256];", "mov.u32 %r1, x; shl.b32 %r2, %t, 2; add.u32 %r1, %r1, %r2; ld.global.b32 %r3, [%in]; st.shared.b32 [%r1], %r3; bar.sync 0;\n"
        "sub.u32 %r2, 1020, %r2; mov.u32 %r1, x; add.u32 %r1, %r1, %r2; ld.shared.b32 %r3, [%r1];" PUT("%r3")), 256, reversed);
    expect(KERNEL("", "setp.lt.u32 %p0, %t, 43; bar.red.popc.u32 %r1, 0, %p0; bar.red.or.pred %p1, 1, !%p0; @!%p1 trap; bar.red.and.pred %p1, 0, %p0; @%p1 trap;" PUT("%r1")), 96, counted);
    breaks(KERNEL("", "setp.lt.u32 %p0, %t, 7; @%p0 bra L; bar.sync 0; L: ret;"), 32, 719, "divergent barrier");
    breaks(KERNEL("", "setp.lt.u32 %p0, %t, 32; @%p0 bra L; bar.sync 0; bra M; L: bar.sync 1; M: ret;"), 64, 719, "not reached");
    expect(KERNEL("", "setp.lt.u32 %p0, %t, 32; @%p0 bra L; bar.sync 1, 64; L: mov.u32 %r1, 43;" PUT("%r1")), 96, counted);
}

/* ── the warp ── */

static uint32_t butterfly(uint32_t t) { return 32 * 31 / 2 * 3 + 32 + (t / 32) * 32 * 96; }
static uint32_t neighbour(uint32_t t) { return (t % 8 == 7 ? t : t + 1) * 2 + (t % 8 != 7); }
static uint32_t votes(uint32_t t) { return t < 32 ? 0x55555555 : 0; }
static uint32_t redux_want(uint32_t t) { return 31 * 32 / 2 + 31 + (t / 32) * 32 * 32; }
static void warp(void **s)
{
    expect(KERNEL("", "ld.global.u32 %r1, [%in];\n"
        "shfl.sync.bfly.b32 %r2, %r1, 16, 31, -1; add.u32 %r1, %r1, %r2; shfl.sync.bfly.b32 %r2, %r1, 8, 31, -1; add.u32 %r1, %r1, %r2; shfl.sync.bfly.b32 %r2, %r1, 4, 31, -1; "
        "add.u32 %r1, %r1, %r2; shfl.sync.bfly.b32 %r2, %r1, 2, 31, -1; add.u32 %r1, %r1, %r2; shfl.sync.bfly.b32 %r2, %r1, 1, 31, -1; add.u32 %r1, %r1, %r2;" PUT("%r1")), 64, butterfly);
    expect(KERNEL("", "shfl.sync.down.b32 %r1|%p0, %t, 1, 0x1807, 0xffffffff; selp.u32 %r2, 1, 0, %p0; mad.lo.u32 %r1, %r1, 2, %r2;" PUT("%r1")), 64, neighbour);
    expect(KERNEL("", "and.b32 %r1, %t, 1; setp.eq.u32 %p0, %r1, 0; setp.lt.and.u32 %p0, %t, 32, %p0; vote.sync.ballot.b32 %r2, %p0, -1; vote.sync.any.pred %p1, %p0, -1; "
        "setp.ne.xor.u32 %p2, %r2, 0, %p1; @%p2 trap;" PUT("%r2")), 64, votes);
    expect(KERNEL("", "redux.sync.add.u32 %r1, %t, -1; and.b32 %r2, %t, 31; redux.sync.max.s32 %r2, %r2, -1; add.u32 %r1, %r1, %r2;" PUT("%r1")), 64, redux_want);
    breaks(KERNEL("", "setp.lt.u32 %p0, %t, 9; @%p0 bra L; shfl.sync.idx.b32 %r1, %t, 0, 31, -1; L: ret;"), 32, 719, "divergent warp instruction");
    breaks(KERNEL("", "shfl.sync.idx.b32 %r1, %t, 25, 31, 0xfffff;" PUT("%r1")), 20, 719, "inactive lane");
}

/* ── atomics and memory ── */

static uint32_t histogram(uint32_t t) { return t < 4 ? 64 : 0; }
static uint32_t cas_count(uint32_t t) { return t ? 0 : 256; }
static void atomics(void **s)
{
    expect(KERNEL("", "ld.param.u64 %d1, [out]; and.b32 %r1, %t, 3; mul.wide.u32 %d2, %r1, 4; add.u64 %d1, %d1, %d2; red.global.add.u32 [%d1], 1; ret;"), 256, histogram);
    expect(KERNEL("", "ld.param.u64 %d1, [out]; L: ld.volatile.global.u32 %r1, [%d1]; add.u32 %r2, %r1, 1; atom.global.cas.b32 %r3, [%d1], %r1, %r2; setp.ne.u32 %p0, %r3, %r1; @%p0 bra L; ret;"),
        256, cas_count);
    expect(KERNEL(".shared .f32 x;", "setp.eq.u32 %p0, %t, 0; @%p0 st.shared.f32 [x], 0f00000000; bar.sync 0; atom.shared.add.f32 %f1, [x], 0f3F800000; bar.sync 0; ld.shared.f32 %f2, [x]; "
        "cvt.rni.u32.f32 %r1, %f2; @!%p0 mov.u32 %r1, 0;" PUT("%r1")), 256, cas_count);
}

static uint32_t bytes(uint32_t t) { return (uint32_t)(int32_t)(int8_t)(3 * t + 1) + ((3 * t + 1) & 255); }
static uint32_t vectors(uint32_t t) { return 3 * (4 * (t / 4) + 0) + 1 + 3 * (4 * (t / 4) + 3) + 1; }
static uint32_t table_value(uint32_t t) { return (t % 4 + 1) * 11; }
static void memory(void **s)
{
    expect(KERNEL("", "ld.global.nc.s8 %r1, [%in]; ld.global.u8 %r2, [%in]; add.u32 %r1, %r1, %r2;" PUT("%r1")), 96, bytes);
    expect(KERNEL("", "and.b64 %d1, %in, -16; ld.global.v4.b32 {%r1, _, _, %r2}, [%d1]; add.u32 %r1, %r1, %r2;" PUT("%r1")), 96, vectors);
    expect(HEAD("7.0", "sm_80") ".const .align 4 .b32 table[4] = {11, 22, 33, 44};\n.global .align 4 .b32 g[2] = {0, 7};\n"
        ".entry k(.param .u64 in, .param .u64 out)\n{ .reg .b64 %d<4>; .reg .b32 %r<4>; .local .align 4 .b8 l[16];\nmov.u32 %r1, %tid.x; ld.param.u64 %d1, [out]; mul.wide.u32 %d2, %r1, 4; add.u64 %d1, %d1, %d2;\n"
        "and.b32 %r2, %r1, 3; mul.wide.u32 %d2, %r2, 4; mov.u64 %d3, table; add.u64 %d3, %d3, %d2; ld.const.u32 %r3, [%d3];\n"
        "st.local.u32 [l+8], %r3; mov.u64 %d3, l; cvta.local.u64 %d3, %d3; ld.u32 %r3, [%d3+8]; st.global.u32 [%d1], %r3; ret; }\n", 40, table_value);
    breaks(KERNEL("", "ld.global.u32 %r1, [%in+4096];" PUT("%r1")), 1, 700, "illegal address");
    breaks(KERNEL("", "ld.global.u32 %r1, [%in+4093];" PUT("%r1")), 1, 716, "misaligned");
    breaks(KERNEL("", "st.global.u32 [%in-4], %r1; ret;"), 1, 700, "line 8, block 0 0 0, thread 0 0 0");
    breaks(KERNEL("", "mov.u64 %d1, 0; ld.global.u32 %r1, [%d1];" PUT("%r1")), 1, 700, "outside of every allocation");
    breaks(KERNEL(".shared .b32 x[32]; .shared .b32 y[32];", "mov.u32 %r1, x; shl.b32 %r2, %t, 2; add.u32 %r1, %r1, %r2; st.shared.b32 [%r1+4], %t; ret;"), 32, 700, "beyond the end of a shared");
    breaks(KERNEL(".shared .b32 x[32];", "mov.u32 %r1, x; st.shared.b32 [%r1+100000], %t; ret;"), 32, 700, "shared memory overrun");
    breaks(KERNEL(".shared .b32 x[64];", "mov.u32 %r1, x; shl.b32 %r2, %t, 2; add.u32 %r1, %r1, %r2; st.shared.b32 [%r1], %t; bar.sync 0; ld.shared.b32 %r3, [%r1+4];" PUT("%r3")), 32, 719,
        "uninitialised");
    breaks(KERNEL(".shared .b32 x[64];", "mov.u32 %r1, x; shl.b32 %r2, %t, 2; add.u32 %r1, %r1, %r2; st.shared.b32 [%r1], %t; ld.shared.b32 %r3, [x];" PUT("%r3")), 64, 719, "");
    breaks(KERNEL(".local .b8 l[8];", "mov.u64 %d1, l; st.local.u32 [%d1+8], %t; ret;"), 1, 700, "local memory overrun");
    breaks(KERNEL("", "L: bra L;"), 32, 719, "budget");
    breaks(KERNEL("", "trap;"), 32, 719, "trap");
}

static void use_after_free(void **s)
{
    PtxModule *m;
    uint64_t a, b;
    char log[400];
    const char *text = KERNEL("", "ld.global.u32 %r1, [%in];" PUT("%r1"));
    assert_int_equal(ptxsim_load(sim, text, strlen(text), &m, log, sizeof log), 0);
    assert_int_equal(ptxsim_alloc(sim, 256, &a) | ptxsim_alloc(sim, 256, &b) | ptxsim_free(sim, a), 0);
    assert_int_equal(ptxsim_launch(m, "k", (unsigned[]){1, 1, 1}, (unsigned[]){32, 1, 1}, 0, (void *[]){&a, &b}, log, sizeof log), 700);
    assert_non_null(strstr(log, "use after free"));
    assert_int_equal(ptxsim_free(sim, a), 1);
    assert_int_equal(ptxsim_free(sim, b), 0);
    ptxsim_unload(&m);
}

static void races(void **s)
{
    const char *missing = KERNEL(".shared .b32 x[64];", "mov.u32 %r1, x; shl.b32 %r2, %t, 2; add.u32 %r1, %r1, %r2; st.shared.b32 [%r1], %t; bar.sync 0; xor.b32 %r2, %r2, 128; mov.u32 %r3, x; "
        "add.u32 %r3, %r3, %r2; ld.shared.b32 %r4, [%r3]; st.shared.b32 [%r1], %r4; ret;");
    breaks(missing, 64, 719, "shared memory race");
}

/* ── cp.async, ldmatrix, mma ── */

static uint32_t copied(uint32_t t) { return 3 * t + 1; }
#define COPY "mov.u32 %r1, x; shl.b32 %r2, %t, 2; add.u32 %r1, %r1, %r2; cp.async.ca.shared.global [%r1], [%in], 4; cp.async.commit_group;\n"
static void copies(void **s)
{
    expect(KERNEL(".shared .b32 x[64];", COPY "cp.async.wait_group 0; bar.sync 0; ld.shared.b32 %r3, [%r1];" PUT("%r3")), 64, copied);
    breaks(KERNEL(".shared .b32 x[64];", COPY "cp.async.wait_group 1; ld.shared.b32 %r3, [%r1];" PUT("%r3")), 64, 719, "in flight");
    breaks(KERNEL(".shared .b32 x[64];", COPY "cp.async.ca.shared.global [%r1], [%in+4096], 4; ret;"), 64, 719, "in flight");
    breaks(KERNEL(".shared .b32 x[64];", "mov.u32 %r1, x; cp.async.ca.shared.global [%r1], [%in+4096], 4; ret;"), 1, 700, "illegal");
}

static float half_value(uint32_t k) { return (float)(k % 17) - 8; } /* whole numbers: every order of summation is exact */
static uint16_t half_of(float x)
{
    if (x == 0)
        return 0;
    int e;
    float m = frexpf(fabsf(x), &e);
    return (uint16_t)((x < 0 ? 0x8000 : 0) | (e + 14) << 10 | ((int)(m * 2048) & 1023));
}

/* A (16, 16) at in, B (16, 8) behind it, both f16 row-major; D (16, 8) f32 = A B + 1 */
static void matrices(void **s)
{
    const char *text = KERNEL(".shared .align 16 .b8 x[768];",
        "ld.param.u64 %d1, [in]; mov.u32 %r1, 0;\nL: mad.lo.u32 %r2, %r1, 32, %t; mul.wide.u32 %d2, %r2, 4; add.u64 %d3, %d1, %d2; ld.global.b32 %r3, [%d3]; shl.b32 %r2, %r2, 2; mov.u32 %r4, x; "
        "add.u32 %r2, %r2, %r4; st.shared.b32 [%r2], %r3; add.u32 %r1, %r1, 1; setp.lt.u32 %p0, %r1, 6; @%p0 bra L; bar.sync 0;\n"
        "mov.u32 %r4, x; and.b32 %r5, %t, 15; shl.b32 %r6, %r5, 5; shr.u32 %r7, %t, 4; shl.b32 %r7, %r7, 4; add.u32 %r6, %r6, %r7; add.u32 %r6, %r6, %r4;\n"
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r8, %r9, %r10, %r11}, [%r6];\n"
        "shl.b32 %r6, %r5, 4; add.u32 %r6, %r6, %r4; ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%r12, %r13}, [%r6+512];\n"
        "mov.f32 %f0, 0f3F800000; mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1, %f2, %f3, %f4}, {%r8, %r9, %r10, %r11}, {%r12, %r13}, {%f0, %f0, %f0, %f0};\n"
        "ld.param.u64 %d1, [out]; shr.u32 %r1, %t, 2; and.b32 %r2, %t, 3; shl.b32 %r1, %r1, 5; mad.lo.u32 %r1, %r2, 8, %r1; cvt.u64.u32 %d2, %r1; add.u64 %d1, %d1, %d2;\n"
        "st.global.v2.f32 [%d1], {%f1, %f2}; st.global.v2.f32 [%d1+256], {%f3, %f4}; ret;");
    uint16_t ab[384];
    float d[128] = {0};
    for (uint32_t k = 0; k < 384; k++)
        ab[k] = half_of(half_value(k * 7 + k / 5));
    Run r = run_text(sim, text, ab, sizeof ab, d, sizeof d, 1, 32, 0);
    if (r.rc)
        fail_msg("%s", r.log);
    for (uint32_t y = 0; y < 16; y++)
        for (uint32_t x = 0; x < 8; x++) {
            float want = 1;
            for (uint32_t k = 0; k < 16; k++)
                want += half_value((y * 16 + k) * 7 + (y * 16 + k) / 5) * half_value((256 + k * 8 + x) * 7 + (256 + k * 8 + x) / 5);
            assert_true(d[y * 8 + x] == want);
        }
    breaks(KERNEL("", "setp.eq.u32 %p0, %t, 3; @%p0 bra L; mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f1, %f2, %f3, %f4}, {%r8, %r9, %r10, %r11}, {%r12, %r13}, {%f1, %f2, %f3, %f4};\nL: ret;"),
        32, 719, "divergent warp instruction");
}

/* m16n8k32 of bytes: A (16, 32) and B (8, 32) with rows of four words; lane reads its fragments straight from global */
static void byte_matrices(void **s)
{
    const char *text = KERNEL("", "ld.param.u64 %d1, [in]; ld.param.u64 %d2, [out]; shr.u32 %r1, %t, 2; and.b32 %r2, %t, 3; mad.lo.u32 %r3, %r1, 8, %r2; mul.wide.u32 %d3, %r3, 4; add.u64 %d3, %d1, %d3;\n"
        "ld.global.b32 %r4, [%d3]; ld.global.b32 %r5, [%d3+256]; ld.global.b32 %r6, [%d3+16]; ld.global.b32 %r7, [%d3+272]; ld.global.b32 %r8, [%d3+512]; ld.global.b32 %r9, [%d3+528];\n"
        "mov.u32 %r10, 5; mma.sync.aligned.m16n8k32.row.col.s32.s8.u8.s32 {%r11, %r12, %r13, %r14}, {%r4, %r5, %r6, %r7}, {%r8, %r9}, {%r10, %r10, %r10, %r10};\n"
        "shl.b32 %r1, %r1, 5; mad.lo.u32 %r1, %r2, 8, %r1; cvt.u64.u32 %d3, %r1; add.u64 %d2, %d2, %d3; st.global.v2.u32 [%d2], {%r11, %r12}; st.global.v2.u32 [%d2+256], {%r13, %r14}; ret;");
    int8_t ab[768];
    int32_t d[128] = {0};
    for (int k = 0; k < 768; k++)
        ab[k] = (int8_t)(k * 37 + k / 11);
    Run r = run_text(sim, text, ab, sizeof ab, d, sizeof d, 1, 32, 0);
    if (r.rc)
        fail_msg("%s", r.log);
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 8; x++) {
            int want = 5;
            for (int k = 0; k < 32; k++)
                want += ab[y * 32 + k] * (uint8_t)ab[512 + x * 32 + k];
            assert_int_equal(d[y * 8 + x], want);
        }
}

/* ── what is refused at load ── */

static void refused(const char *text, const char *words)
{
    char log[400] = "";
    PtxModule *m;
    int rc = ptxsim_load(sim, text, strlen(text), &m, log, sizeof log);
    if (!rc || !strstr(log, words))
        fail_msg("%d '%s', want '%s'", rc, log, words);
}

static void refusals(void **s)
{
    refused(HEAD("6.5", "sm_75") ".entry k()\n{ cp.async.wait_all; }", "line 5: 'cp.async.wait_all' needs .target sm_80");
    refused(HEAD("7.0", "sm_80") ".entry k()\n{ .reg .b16 %h; add.rn.bf16 %h, %h, %h; }", "needs .target sm_90");
    refused(HEAD("6.3", "sm_75") ".entry k()\n{ .reg .f32 %f; tanh.approx.f32 %f, %f; }", "needs .version 7.0");
    refused(HEAD("7.8", "sm_90") ".entry k() { ret; }", "newer than the device");
    refused(HEAD("9.1", "sm_80") ".entry k() { ret; }", "version 9.1");
    refused(HEAD("6.5", "sm_80") ".entry k() { ret; }", "does not support");
    refused(HEAD("7.0", "sm_80") ".entry k()\n{\nfrob.u32 %r1; }", "line 6: unknown instruction 'frob.u32'");
    refused(HEAD("7.0", "sm_80") ".entry k()\n{ .reg .b32 %r; add.u32 %r, %r, %x; }", "'%x'");
    refused(HEAD("7.0", "sm_80") ".entry k()\n{ .reg .b32 %r; .reg .b64 %d; add.u32 %r, %r, %d; }", "another size");
    refused(HEAD("7.0", "sm_80") ".entry k()\n{ .reg .f32 %r; add.u32 %r, %r, 1; }", "another class");
    refused(HEAD("7.0", "sm_80") ".entry k()\n{ bra NOWHERE; }", "no label 'NOWHERE'");
    refused(HEAD("7.0", "sm_80") ".entry k()\n{ .shared .b8 x[50000]; }", "50000 bytes of static shared");
    refused(HEAD("7.0", "sm_80") ".entry k()\n{ .reg .f32 %f; add.rn.relu.f32 %f, %f, %f; }", "no such combination");
    refused(HEAD("7.0", "sm_80") ".entry k()\n{ .reg .f32 %f; ", "no matching }");
    refused("", "expected '.version'");
}

static void every_prefix_ends(void **s) /* of a text, without a crash */
{
    PtxModule *m;
    for (size_t n = 0; n < sizeof collatz_text; n++) {
        char log[400], *copy = malloc(n ? n : 1);
        memcpy(copy, collatz_text, n);
        if (!ptxsim_load(sim, copy, n, &m, log, sizeof log))
            ptxsim_unload(&m);
        free(copy);
    }
}

static int open_all(void **s)
{
    sim = open_sim(80, 1);
    return 0;
}
static int close_all(void **s)
{
    ptxsim_close(&sim);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(divergence), cmocka_unit_test(calls), cmocka_unit_test(barriers), cmocka_unit_test(warp), cmocka_unit_test(atomics), cmocka_unit_test(memory),
        cmocka_unit_test(use_after_free), cmocka_unit_test(races), cmocka_unit_test(copies), cmocka_unit_test(matrices), cmocka_unit_test(byte_matrices),
        cmocka_unit_test(refusals), cmocka_unit_test(every_prefix_ends),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
