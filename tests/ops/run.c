/* SPDX-License-Identifier: MIT
 * tests/ops: a case is parsed, its inputs are drawn, both sessions run it, the counts and every bit are looked at; see run.h. */
#include "run.h"

#include "ops/ops.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OUT = 8 };

SpmlCode run_open(const char *backend, bool no_fallback, uint64_t ulp, RunOn *out, Error *err)
{
    static const char *const disabled[] = {"attention", NULL}; /* of what rounds otherwise on the CPU alone: tests/unit/running.c compares it with the interpreter */
    *out = (RunOn){.on_cpu = {.backend = "cpu", .threads = 2, .disabled_passes = disabled}, .on_device = {.backend = backend, .threads = 1, .no_fallback = no_fallback, .disabled_passes = disabled}, .ulp = ulp};
    SpmlCode code = pipeline_device(&out->on_cpu, &out->cpu, err);
    return code ? code : pipeline_device(&out->on_device, &out->device, err);
}

void run_close(RunOn *on)
{
    pipeline_device_close(&on->cpu);
    pipeline_device_close(&on->device);
}

/* ── inputs ── */

static void set_int(DType t, void *p, uint64_t i, int64_t v) { t == DT_bool ? (void)(((uint8_t *)p)[i] = v != 0) : dtype_set_i64(t, p, i, v); }

static void draw_wide(Gen *g, DType t, void *p, uint64_t i)
{
    static const double corner[] = {0, -0.0, 1, -1, INFINITY, -INFINITY, NAN, 1e-40, -1e-40, 3e38, -3e38, 65504, -65504, 6e-8, 1e300, 5e-324, 0.5, 2147483648.0, -2147483648.0, 9.3e18};
    static const int64_t borders[] = {0, 1, -1, 127, -128, 255, 32767, -32768, 65535, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN};
    const uint32_t way = gen_pick(g, 4);
    const uint64_t bits = (uint64_t)gen_pick(g, UINT32_MAX) << 32 | gen_pick(g, UINT32_MAX);
    if (t == DT_bool)
        ((uint8_t *)p)[i] = bits & 1;
    else if (!dtype_is_float(t))
        dtype_set_i64(t, p, i, way == 0 ? borders[bits % (sizeof borders / sizeof *borders)] : way == 1 ? (int64_t)(bits % 9) - 4 : (int64_t)bits);
    else if (way == 0)
        dtype_set_f64(t, p, i, corner[bits % (sizeof corner / sizeof *corner)]);
    else if (way == 1)
        dtype_set_f64(t, p, i, ldexp((double)(int64_t)bits, -63 + (int)gen_pick(g, 200) - 100));
    else
        dtype_set_f64(t, p, i, (double)((int64_t)(bits >> 32) - ((int64_t)1 << 31)) / (1 << 28));
}

/* The i-th of n positions that are all different: a step that has no factor in common with n. */
static int64_t distinct(int64_t i, int64_t n)
{
    int64_t step = n > 5 ? n / 2 + 1 : 1;
    for (int64_t a = n, b = step; b; ) {
        int64_t r = a % b;
        a = b;
        b = r;
        if (!b && a != 1) {
            step++;
            a = n;
            b = step;
        }
    }
    return i * step % n;
}

static void draw(Gen *g, const GenInput *in, void *p, uint64_t i)
{
    if (in->given)
        set_int(in->t, p, i, in->v[i]);
    else if (in->fill == FILL_WIDE)
        draw_wide(g, in->t, p, i);
    else if (in->fill == FILL_DISTINCT)
        dtype_set_i64(in->t, p, i, distinct((int64_t)i, (int64_t)in->hi + 1));
    else if (!dtype_is_float(in->t))
        set_int(in->t, p, i, (int64_t)in->lo + (int64_t)gen_pick(g, (uint32_t)(in->hi - in->lo + 1)));
    else
        dtype_set_f64(in->t, p, i, in->lo + (in->hi - in->lo) * (double)gen_pick(g, 1 << 20) / ((1 << 20) - 1));
}

static SpmlCode make_inputs(Gen *g, RtValue **in, Error *err)
{
    for (int k = 0; k < g->n_in; k++) {
        SpmlCode code = rt_tensor(g->in[k].t, g->in[k].s.rank, g->in[k].s.dim, &in[k], err);
        if (code)
            return code;
        for (int64_t i = 0; i < rt_count(in[k]); i++)
            draw(g, &g->in[k], in[k]->data, (uint64_t)i);
    }
    return SPML_OK;
}

/* ── comparison ── */

/* Floats as integers in their order. */
static int64_t ordered(DType t, const void *p, uint64_t i)
{
    const unsigned width = dtype_info[t].bytes * 8;
    uint64_t u = 0;
    memcpy(&u, (const char *)p + i * dtype_info[t].bytes, dtype_info[t].bytes);
    const uint64_t sign = (uint64_t)1 << (width - 1);
    return u & sign ? -(int64_t)(u & (sign - 1)) - 1 : (int64_t)u;
}

static bool same_element(DType t, const void *a, const void *b, uint64_t i, uint64_t ulp)
{
    if (!dtype_is_float(t))
        return dtype_get_i64(t, a, i) == dtype_get_i64(t, b, i);
    double x = dtype_get_f64(t, a, i), y = dtype_get_f64(t, b, i);
    if (isnan(x) || isnan(y))
        return isnan(x) && isnan(y);
    if (dtype_info[t].block > 1 || dtype_info[t].bytes == 1)
        return x == y && signbit(x) == signbit(y);
    int64_t d = ordered(t, a, i) - ordered(t, b, i);
    return (uint64_t)(d < 0 ? -d : d) <= ulp;
}

static bool same_output(const RtValue *got, const RtValue *want, size_t k, uint64_t ulp, RunResult *r)
{
    bool same = got->kind == want->kind && got->dtype == want->dtype && got->rank == want->rank && got->kind == TYPE_TENSOR;
    for (int i = 0; same && i < got->rank; i++)
        same = got->dim[i] == want->dim[i];
    if (!same)
        return snprintf(r->text, sizeof r->text, "output %zu has another type or shape than on the CPU", k), false;
    uint64_t n_bad = 0, first = 0, n = (uint64_t)rt_count(got);
    for (uint64_t i = 0; i < n; i++)
        if (!same_element(got->dtype, got->data, want->data, i, ulp) && !n_bad++)
            first = i;
    if (!n_bad)
        return true;
    int at = snprintf(r->text, sizeof r->text, "output %zu (%s): %" PRIu64 " of %" PRIu64 " elements differ, first %" PRIu64 ": ", k, dtype_name(got->dtype), n_bad, n, first);
    if (dtype_is_float(got->dtype))
        snprintf(r->text + at, sizeof r->text - (size_t)at, "%.17g, on the CPU %.17g", dtype_get_f64(got->dtype, got->data, first), dtype_get_f64(got->dtype, want->data, first));
    else
        snprintf(r->text + at, sizeof r->text - (size_t)at, "%lld, on the CPU %lld", (long long)dtype_get_i64(got->dtype, got->data, first), (long long)dtype_get_i64(got->dtype, want->data, first));
    return false;
}

/* ── a case ── */

/* Nodes that a device has something to do for: neither views nor the host's, and something comes out. */
static bool has_work(const Graph *g, int64_t n_out)
{
    static const bool never[OP_COUNT] = {[OP_shape] = true, [OP_size] = true};
    bool work = false;
    for (const Node *n = g->first; n; n = n->next)
        work |= !never[n->op] && !(op_info[n->op].flags & (OPF_VIEW | OPF_HOST | OPF_CONTROL));
    return work && n_out > 0;
}

static bool check_counts(const Session *s, const PipelineOptions *o, RtValue *const *out, size_t n, RunResult *r)
{
    const RunCounts *c = &s->counts;
    int64_t elements = 0;
    for (size_t i = 0; i < n; i++)
        elements += out[i]->kind == TYPE_TENSOR ? rt_count(out[i]) : 0;
    snprintf(r->text, sizeof r->text, "%llu launches, %llu on the CPU, %llu host steps, %lld elements", (unsigned long long)c->launches, (unsigned long long)c->fallback, (unsigned long long)c->host_steps, (long long)elements);
    return (c->launches || !has_work(s->g, elements)) && (!c->fallback || !o->no_fallback);
}

static SpmlCode run_on(const Graph *g, const PipelineOptions *o, const DevicePair *on, RtValue *const *in, size_t n_in, RtValue **out, size_t n_out, Session **s, Error *err)
{
    SpmlCode code = pipeline_open(g, o, NULL, on, s, err);
    return code ? code : session_run(*s, in, n_in, out, n_out, err);
}

static RunVerdict compare_runs(const RunOn *on, const Graph *g, RtValue *const *in, RtValue **want, RtValue **got, RunResult *r)
{
    Session *cpu = NULL, *device = NULL;
    Pool *pool = NULL;
    Error err = {0};
    RunVerdict v = RUN_PASSED;
    if (run_on(g, &on->on_cpu, &on->cpu, in, g->n_in, want, g->n_out, &cpu, &err)) {
        v = strncmp(err.key, "internal-", 9) ? RUN_NO_CPU : RUN_FAILED;
    } else {
        DevicePair mine = on->device; /* with a pool of its own: the constants of this model only */
        SpmlCode code = mine.pool ? pool_new(mine.backend, mine.device, &mine.pool, &err) : SPML_OK;
        if (!code)
            code = run_on(g, &on->on_device, &mine, in, g->n_in, got, g->n_out, &device, &err);
        pool = mine.pool != on->device.pool ? mine.pool : NULL;
        v = code == SPML_UNSUPPORTED ? RUN_REFUSED : code ? RUN_FAILED : RUN_PASSED;
    }
    if (v != RUN_PASSED)
        snprintf(r->text, sizeof r->text, "[%s] %.500s", err.key, err.text);
    else if (!check_counts(device, &on->on_device, got, g->n_out, r))
        v = RUN_FAILED;
    for (size_t k = 0; v == RUN_PASSED && k < g->n_out; k++)
        v = same_output(got[k], want[k], k, on->ulp, r) ? RUN_PASSED : RUN_FAILED;
    session_free(&cpu);
    session_free(&device);
    pool_free(&pool);
    return v;
}

void run_case(const RunOn *on, Gen *g, RunResult *r)
{
    Arena a = {0};
    Error err = {0};
    Graph *graph = NULL;
    RtValue *in[GEN_INPUTS] = {0}, *want[MAX_OUT] = {0}, *got[MAX_OUT] = {0};
    SpmlCode code = graph_parse(g->text.p, g->text.n, &a, &graph, &err);
    if (!code)
        code = graph_verify(graph, &err);
    if (code) {
        r->verdict = RUN_FAILED;
        snprintf(r->text, sizeof r->text, "the text: [%s] %.500s", err.key, err.text);
    } else if (graph_infer(graph, &err)) {
        r->verdict = RUN_NO_CPU;
        snprintf(r->text, sizeof r->text, "[%s] %.500s", err.key, err.text);
    } else {
        code = make_inputs(g, in, &err);
        r->verdict = code || graph->n_out > MAX_OUT ? RUN_FAILED : compare_runs(on, graph, in, want, got, r);
    }
    for (int i = 0; i < g->n_in; i++)
        rt_free(&in[i]);
    for (int i = 0; i < MAX_OUT; i++) {
        rt_free(&want[i]);
        rt_free(&got[i]);
    }
    arena_free(&a);
}
