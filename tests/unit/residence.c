/* SPDX-License-Identifier: MIT
 * tests: devices whose memory the host cannot see. The interp device faults on a host's read, so a model that gives the CPU's bytes on it had every
 * value where it was read: partial writes from both sides, aliases, branches and loops, calls that the device refuses when compiled or when launched,
 * lists that come again, growing lengths, and a device that fails at every point it can. */
#include "handles.h"
#include "ops/ops.h"

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

enum { WIDTH = 8, MAX_OUT = 4, LENGTHS = 1000 };

typedef struct Sample { const char *name, *text; bool flag; } Sample;
static const Sample samples[] = {
    {"pieces", "graph { sym $0 \"n\" input bucket 0 100000 in %0 \"x\": f32[$0, 8] input\n"
        "relu (%0) -> %1: ? tanh (%1) -> %2: ? concat (%1, %2, %0) {\"axis\" = 0} -> %3: ? transpose (%3) {\"perm\" = [1, 0]} -> %4: ? add (%4, %4) -> %5: ?\n"
        "out %5 out %3 }", false},
    {"alias", "graph { sym $0 \"n\" input bucket 0 100000 in %0 \"x\": f32[$0, 8] input\n"
        "let %1: i64[3] const = [-1, 2, 4] let %2: f32[4] const = [1, 2, 3, 4] softmax (%0) {\"axis\" = 1} -> %3: ? reshape (%3, %1) {\"allowzero\" = 0} -> %4: ? softmax (%4) {\"axis\" = 2} -> %5: ?\n"
        "mul (%5, %2) -> %6: ? add (%4, %6) -> %7: ? out %7 out %3 }", false},
    {"reuse", "graph { sym $0 \"n\" input bucket 0 100000 in %0 \"x\": f32[$0, 8] input\n" /* what tanh gives takes the place of a value that a queued launch reads */
        "softmax (%0) {\"axis\" = 1} -> %1: ? softmax (%1) {\"axis\" = 0} -> %2: ? tanh (%0) -> %3: ? softmax (%3) {\"axis\" = 1} -> %4: ? add (%2, %4) -> %5: ? out %5 }", false},
    {"branch", "graph { sym $0 \"n\" input bucket 0 100000 in %0 \"x\": f32[$0, 8] input in %1 \"flag\": bool[] input\n"
        "softmax (%0) {\"axis\" = 1} -> %2: ? if (%1) {\"then_branch\" = graph { add (%2, %2) -> %3: ? out %3 }, \"else_branch\" = graph { mul (%2, %0) -> %4: ? softmax (%4) {\"axis\" = 0} -> %5: ? out %5 }} -> %6: ?\n"
        "add (%6, %2) -> %7: ? out %7 }", true},
    {"loop", "graph { sym $0 \"n\" input bucket 0 100000 in %0 \"x\": f32[$0, 8] input let %1: i64[] const = [5]\n"
        "softmax (%0) {\"axis\" = 1} -> %2: ? loop (%1, _, %2) {\"body\" = graph { in %3: i64[] input in %4: bool[] input in %5: f32[$0, 8] input\n"
        "add (%5, %2) -> %6: ? softmax (%6) {\"axis\" = 1} -> %7: ? identity (%4) -> %8: ? out %8 out %7 out %6 }} -> %9: ?, %10: ? tanh (%9) -> %11: ? out %11 out %10 }", false},
    {"scan", "graph { sym $0 \"n\" input bucket 0 100000 in %0 \"x\": f32[$0, 8] input let %1: f32[8] const = [1, 2, 3, 4, 5, 6, 7, 8]\n" /* one state is an outer value, slices along both axes, backwards too */
        "tanh (%0) -> %2: ? transpose (%2) {\"perm\" = [1, 0]} -> %3: ?\n"
        "scan (%1, %1, %2, %3) {\"num_scan_inputs\" = 2, \"scan_input_axes\" = [0, 1], \"scan_input_directions\" = [0, 1], \"scan_output_axes\" = [1, 0], \"scan_output_directions\" = [0, 1], \"body\" = graph {\n"
        "in %4: f32[8] input in %5: f32[8] input in %6: f32[8] input in %7: f32[8] input add (%4, %6) -> %8: ? mul (%8, %7) -> %9: ? softmax (%9) {\"axis\" = 0} -> %10: ? out %10 out %4 out %9 out %10 }} -> %11: ?, %12: ?, %13: ?, %14: ?\n"
        "add (%11, %12) -> %15: ? out %15 out %13 out %14 }", false},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static SpmlModel *model_of(const char *text)
{
    SpmlModel *m = calloc(1, sizeof *m);
    Error e = {0};
    if (graph_parse(text, strlen(text), &m->arena, &m->g, &e) || graph_verify(m->g, &e) || graph_infer(m->g, &e))
        fail_msg("%s: %s", text, e.text);
    return m;
}

typedef struct Inputs { SpmlTensor *v[2]; size_t n; } Inputs;

static Inputs inputs_of(const Sample *p, int64_t rows, int round)
{
    Inputs in = {.n = p->flag ? 2 : 1};
    assert_int_equal(spml_tensor_new("f32", 2, (int64_t[]){rows, WIDTH}, &in.v[0], NULL), 0);
    for (int64_t i = 0; i < rows * WIDTH; i++)
        ((float *)spml_tensor_data(in.v[0]))[i] = (float)((i * 37 + 11 + round * 5) % 101 - 50) / 16.0f;
    if (p->flag) {
        assert_int_equal(spml_tensor_new("bool", 0, NULL, &in.v[1], NULL), 0);
        *(uint8_t *)spml_tensor_data(in.v[1]) = round % 2;
    }
    return in;
}

static void inputs_free(Inputs *in)
{
    for (size_t i = 0; i < in->n; i++)
        spml_tensor_free(in->v[i]);
}

static SpmlStatus run(SpmlSession *s, Inputs *in, SpmlTensor **out, SpmlError *err) { return spml_session_run(s, in->v, in->n, out, spml_session_outputs(s), err); }

static SpmlSession *open_on(const SpmlModel *m, const char *backend, bool no_fallback, SpmlError *err)
{
    SpmlSession *s = NULL;
    SpmlStatus code = spml_session_open(m, &(SpmlSessionOptions){.threads = 1, .backend = backend, .no_fallback = no_fallback}, &s, err);
    if (code && strncmp(backend, "fault", 5))
        fail_msg("%s does not open: %s", backend, err ? spml_error_text(err) : "");
    return code ? NULL : s;
}

static void outputs_free(SpmlTensor **out)
{
    for (int i = 0; i < MAX_OUT; i++) {
        spml_tensor_free(out[i]);
        out[i] = NULL;
    }
}

static void same_outputs(const Sample *p, const char *how, int64_t rows, SpmlTensor **got, SpmlTensor **want)
{
    for (int i = 0; i < MAX_OUT && want[i]; i++) {
        assert_int_equal(spml_tensor_bytes(got[i]), spml_tensor_bytes(want[i]));
        if (spml_tensor_bytes(got[i]) && memcmp(spml_tensor_data(got[i]), spml_tensor_data(want[i]), spml_tensor_bytes(got[i])))
            fail_msg("%s, %s, %lld rows: output %d differs from the CPU's", p->name, how, (long long)rows, i);
    }
}

/* The sample on interp, set up by `how`, gives the CPU's bytes over growing, shrinking and repeated lengths. Counts of the last run. */
static SpmlCounts agrees(const Sample *p, const char *how)
{
    static const int64_t lengths[] = {3, 3, 3, 17, 1, 40, 40, 40, 3};
    setenv("SPML_INTERP", how, 1);
    SpmlModel *m = model_of(p->text);
    SpmlError *err = spml_error_new();
    SpmlSession *cpu = open_on(m, "cpu", false, err), *far = open_on(m, "interp", false, err);
    SpmlCounts c = {0};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        Inputs in = inputs_of(p, lengths[i], (int)i);
        SpmlTensor *want[MAX_OUT] = {0}, *got[MAX_OUT] = {0};
        if (run(cpu, &in, want, err) || run(far, &in, got, err))
            fail_msg("%s, %s: %s", p->name, how, spml_error_text(err));
        same_outputs(p, how, lengths[i], got, want);
        spml_session_counts(far, &c);
        outputs_free(want);
        outputs_free(got);
        inputs_free(&in);
    }
    spml_session_free(cpu);
    spml_session_free(far);
    spml_error_free(err);
    spml_model_free(m);
    unsetenv("SPML_INTERP");
    return c;
}

static void all_on_the_device(void **state)
{
    static const char *const how[] = {"", "lanes=1", "lanes=32"};
    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < 3; k++) {
            SpmlCounts c = agrees(&samples[i], how[k]);
            assert_true(c.launches > 0 && c.fallback == 0 && c.downloads > 0);
        }
}

/* Copies (pieces of the concat), elementwise kernels or softmax on the other side, refused by compile or by submit. */
static void some_on_the_cpu(void **state)
{
    static const char *const how[] = {"refuse=cast", "refuse=map", "refuse=softmax", "submit=cast", "submit=map", "submit=softmax", "every=2", "every=3"};
    uint64_t fell[8] = {0};
    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < 8; k++)
            fell[k] += agrees(&samples[i], how[k]).fallback;
    for (int k = 0; k < 8; k++)
        if (!fell[k])
            fail_msg("%s: nothing ran on the CPU", how[k]);
}

static void refused_together(void **state)
{
    SpmlModel *m = model_of(samples[0].text);
    SpmlError *err = spml_error_new();
    SpmlTensor *out[MAX_OUT] = {0};
    setenv("SPML_INTERP", "refuse=cast", 1);
    SpmlSession *s = open_on(m, "interp", true, err);
    Inputs in = inputs_of(&samples[0], 3, 0);
    assert_int_equal(run(s, &in, out, err), SPML_UNSUPPORTED);
    SpmlCounts c;
    spml_session_counts(s, &c);
    assert_int_equal(c.launches, 0);
    int lines = 0;
    for (const char *p = spml_error_text(err); (p = strstr(p, "\nnode '")); p++)
        lines++;
    assert_int_equal(lines, 3); /* two pieces (the first is made in place) and the transpose */
    unsetenv("SPML_INTERP");
    inputs_free(&in);
    spml_session_free(s);
    spml_model_free(m);
    spml_error_free(err);
}

static void lists_are_replayed(void **state)
{
    SpmlModel *m = model_of(samples[0].text);
    SpmlSession *s = open_on(m, "interp", true, NULL);
    Inputs in = inputs_of(&samples[0], 5, 1);
    SpmlCounts c;
    for (int i = 0; i < 4; i++) {
        SpmlTensor *out[MAX_OUT] = {0};
        assert_int_equal(run(s, &in, out, NULL), 0);
        outputs_free(out);
        spml_session_counts(s, &c);
        assert_int_equal(c.replays, i > 0);
        assert_int_equal(c.uploads, i > 0 ? 1 : c.uploads);
    }
    inputs_free(&in);
    spml_session_free(s);
    spml_model_free(m);
}

/* Every length up to 1,000, growing: kernels once, a layout and a few allocations per shape class, none within one. */
static void lengths_grow(void **state)
{
    SpmlModel *m = model_of("graph { sym $0 \"n\" input bucket 0 100000 in %0 \"x\": f32[$0] input softmax (%0) {\"axis\" = 0} -> %1: ? mul (%1, %0) -> %2: ?\n"
        "softmax (%2) {\"axis\" = 0} -> %3: ? concat (%3, %1) {\"axis\" = 0} -> %4: ? out %4 }");
    SpmlSession *s = open_on(m, "interp", true, NULL);
    DeviceCounts first = {0}, before = {0}, now = {0};
    const Block *b = s->symbolic->g->plan;
    for (int64_t n = 1; n <= LENGTHS; n++) {
        uint64_t layouts = b->n_layouts;
        Inputs in = {.n = 1};
        assert_int_equal(spml_tensor_new("f32", 1, &n, &in.v[0], NULL), 0);
        SpmlTensor *out[MAX_OUT] = {0};
        s->on.backend->counts(s->on.device, &before);
        assert_int_equal(run(s, &in, out, NULL), 0);
        s->on.backend->counts(s->on.device, &now);
        first = n == 1 ? now : first;
        assert_int_equal(now.compiled, first.compiled);
        if (b->n_layouts == layouts)
            assert_in_range(now.allocs - before.allocs, 0, 1); /* the input's memory has classes of its own */
        outputs_free(out);
        inputs_free(&in);
    }
    assert_in_range(b->n_layouts, 20, 32);
    assert_in_range(now.allocs, 1, 3 * b->n_layouts);
    spml_session_free(s);
    spml_model_free(m);
}

/* What loops carry and stack never passes through the host: only x, numbers of turns and conditions go up, only outputs and conditions come down. */
static void loops_stay_there(void **state)
{
    enum { ROWS = 40 };
    for (int i = 0; i < SAMPLES; i++) {
        if (strcmp(samples[i].name, "loop") && strcmp(samples[i].name, "scan"))
            continue;
        SpmlModel *m = model_of(samples[i].text);
        SpmlSession *s = open_on(m, "interp", true, NULL);
        Inputs in = inputs_of(&samples[i], ROWS, 1);
        SpmlCounts c;
        size_t sz_out = 0;
        for (int k = 0; k < 3; k++) {
            SpmlTensor *out[MAX_OUT] = {0};
            assert_int_equal(run(s, &in, out, NULL), 0);
            sz_out = 0;
            for (int o = 0; o < MAX_OUT && out[o]; o++)
                sz_out += spml_tensor_bytes(out[o]);
            outputs_free(out);
        }
        spml_session_counts(s, &c);
        assert_in_range(c.upload_bytes, 0, spml_tensor_bytes(in.v[0]) + 9 * ROWS);
        assert_in_range(c.download_bytes, sz_out, sz_out + ROWS);
        assert_true(c.replays > 2); /* the body's list */
        inputs_free(&in);
        spml_session_free(s);
        spml_model_free(m);
    }
}

/* Plans for literal extents, where the plan over symbols does not do, use the constants of the first one. */
static void constants_go_up_once(void **state)
{
    static const int64_t rows[][2] = {{3, 1}, {4, 1}, {1, 5}};
    SpmlModel *m = model_of("graph { sym $0 \"n\" input bucket 0 100000 sym $1 \"m\" input bucket 0 100000 in %0 \"x\": f32[$0, 8] input in %1 \"y\": f32[$1, 8] input\n"
        "let %2: f32[8, 8] const = [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]\n"
        "matmul (%0, %2) -> %3: ? add (%3, %1) -> %4: ? out %4 }");
    SpmlSession *s = open_on(m, "interp", true, NULL);
    int plans = 0;
    for (int i = 0; i < 3; i++) {
        Inputs in = {.n = 2};
        SpmlTensor *out[MAX_OUT] = {0};
        SpmlCounts c;
        for (int k = 0; k < 2; k++)
            assert_int_equal(spml_tensor_new("f32", 2, (int64_t[]){rows[i][k], WIDTH}, &in.v[k], NULL), 0);
        assert_int_equal(run(s, &in, out, NULL), 0);
        spml_session_counts(s, &c);
        assert_in_range(c.upload_bytes, 1, spml_tensor_bytes(in.v[0]) + spml_tensor_bytes(in.v[1]) + 16); /* a scalar of the lowering is each plan's own */
        outputs_free(out);
        inputs_free(&in);
    }
    for (const Concrete *c = s->concrete; c; c = c->next)
        plans++;
    assert_int_equal(plans, 3);
    spml_session_free(s);
    spml_model_free(m);
}

/* ── a device that fails ── */

/* Runs that submit, prepare and replay, write other arguments into the prepared list, and back. */
enum { FAULT_RUNS = 4, FAULT_LENGTHS = 2 };
static const int64_t fault_rows[FAULT_LENGTHS] = {7, 5};
static const int fault_turn[FAULT_RUNS] = {0, 0, 1, 0};

/* Runs in one session with the device failing at one point. true: nothing failed. */
static bool survives(const Sample *p, const SpmlModel *m, SpmlTensor *(*want)[MAX_OUT], const char *fault)
{
    SpmlError *err = spml_error_new();
    setenv("SPML_FAULT", fault, 1);
    SpmlSession *s = open_on(m, "fault:interp", false, err);
    bool ok = s != NULL;
    for (int i = 0; s && i < FAULT_RUNS; i++) {
        const int64_t rows = fault_rows[fault_turn[i]];
        Inputs in = inputs_of(p, rows, 1);
        SpmlTensor *got[MAX_OUT] = {0};
        SpmlStatus code = run(s, &in, got, err);
        if (code)
            ok = false;
        else
            same_outputs(p, fault, rows, got, want[fault_turn[i]]);
        if (code && code != SPML_RESOURCE && code != SPML_DEVICE)
            fail_msg("%s, %s: exit %d: %s", p->name, fault, code, spml_error_text(err));
        outputs_free(got);
        inputs_free(&in);
        spml_error_clear(err);
    }
    spml_session_free(s);
    spml_error_free(err);
    unsetenv("SPML_FAULT");
    return ok;
}

static void faults_are_errors(void **state)
{
    static const char *const kinds[] = {"alloc", "upload", "download", "copy", "compile", "prepare", "update", "launch", "wait", "lost"};
    static const char *const how[] = {"", "refuse=map", "submit=softmax"};
    int points = 0, of_kind[10] = {0};
    for (int i = 0; i < SAMPLES * 3; i++) {
        const Sample *p = &samples[i / 3];
        SpmlModel *m = model_of(p->text);
        SpmlSession *cpu = open_on(m, "cpu", false, NULL);
        SpmlTensor *want[FAULT_LENGTHS][MAX_OUT] = {0};
        for (int k = 0; k < FAULT_LENGTHS; k++) {
            Inputs in = inputs_of(p, fault_rows[k], 1);
            assert_int_equal(run(cpu, &in, want[k], NULL), 0);
            inputs_free(&in);
        }
        setenv("SPML_INTERP", how[i % 3], 1);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            char fault[64];
            int n = 0, failed = 0;
            do {
                snprintf(fault, sizeof fault, "%s:%d", kinds[k], ++n);
                failed += !survives(p, m, want, fault);
            } while (failed == n && n < 2000);
            assert_true(n < 2000);
            points += failed;
            of_kind[k] += failed;
        }
        unsetenv("SPML_INTERP");
        for (int k = 0; k < FAULT_LENGTHS; k++)
            outputs_free(want[k]);
        spml_session_free(cpu);
        spml_model_free(m);
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (!of_kind[k])
            fail_msg("%s never failed", kinds[k]);
    print_message("%d points of failure in %d scenarios\n", points, SAMPLES * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_on_the_device), cmocka_unit_test(some_on_the_cpu), cmocka_unit_test(refused_together), cmocka_unit_test(lists_are_replayed),
        cmocka_unit_test(lengths_grow), cmocka_unit_test(loops_stay_there), cmocka_unit_test(constants_go_up_once), cmocka_unit_test(faults_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
