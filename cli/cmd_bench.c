/* SPDX-License-Identifier: MIT
 * cli: bench: load, compile, first and steady time. Four sets of inputs in turn; the last output is compared with a fresh run of another session. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SETS = 4 };

typedef struct Measured {
    const Args *a;
    const char *path, *dims;   /* dims: "batch=4" of a list, or NULL */
    SpmlModel *m;
    double load_ms, compile_ms;
    SpmlSession *s;
    Inputs in[SETS];
    SpmlBench b;
    SpmlTensor **last;
    size_t n_out, last_set;
    uint64_t peak;             /* before the fresh session that checks the last output */
    SpmlDevice d;
    SpmlPlan plan;
} Measured;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* 3 significant digits, as a person would write them: "3.41", "68.0" → "68.0", "0.0" */
static const char *ms3(char *buf, double v)
{
    snprintf(buf, 40, v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : v >= 0.1 ? "%.2f" : "%.4f", v);
    return buf;
}

/* ── reports ── */

static void json_dims(const Measured *r, Text *t)
{
    const OptionValue *o = &r->a->o[O_DIM];
    text_puts(t, "{");
    for (size_t i = 0; i < o->n; i++) {
        const char *s = o->list[i];
        size_t n = strcspn(s, "=");
        if (r->dims && !strncmp(r->dims, s, n + 1))
            s = r->dims;
        text_puts(t, i ? ",\"" : "\"");
        text_escape_json(t, s, n);
        text_printf(t, "\":%s", s + n + 1);
    }
    text_puts(t, "}");
}

static void put_ms(Text *t, const char *k, double v, const char *before)
{
    char buf[40];
    snprintf(buf, sizeof buf, "%.4f", v);
    text_printf(t, "%s\"%s\":%s", before, k, buf);
}

/* runs x median in parts of the wall time: 1 where every run takes the same. */
static double wall_ratio(const Measured *r) { return r->b.wall_ms > 0 ? (double)r->b.runs * r->b.median_ms / r->b.wall_ms : 1; }

/* Figures that do not add up are not to be trusted: time between the runs is spml's fault, times that vary are the machine's. */
static void check_wall(const Measured *r)
{
    double off = (wall_ratio(r) - 1) * 100;
    if (r->b.accounted < 0.95)
        warn("%.1f %% of the wall time is in no run", (1 - r->b.accounted) * 100);
    else if (off > 5 || off < -5)
        warn("runs x median is %.1f %% %s the wall time: times vary, spread %.1f %%", off < 0 ? -off : off, off < 0 ? "below" : "above", r->b.spread * 100);
}

static void bench_json(const Measured *r)
{
    Text t = {0};
    text_puts(&t, "{\"schema\":\"spml.bench/1\",\"model\":");
    json_string(&t, r->path);
    text_printf(&t, ",\"backend\":\"%s\",\"threads\":%d,\"version\":\"%s\",\"cpu\":", r->d.id, r->d.threads, spml_version());
    json_string(&t, r->d.name);
    text_puts(&t, ",\"dims\":");
    json_dims(r, &t);
    put_ms(&t, "load_ms", r->load_ms, ",");
    put_ms(&t, "compile_ms", r->compile_ms, ",");
    put_ms(&t, "first_ms", r->b.first_ms, ",");
    put_ms(&t, "min", r->b.min_ms, ",\"latency_ms\":{");
    put_ms(&t, "median", r->b.median_ms, ",");
    put_ms(&t, "p90", r->b.p90_ms, ",");
    put_ms(&t, "p99", r->b.p99_ms, ",");
    put_ms(&t, "spread", r->b.spread, "},");
    text_printf(&t, ",\"runs\":%lld,\"peak_rss_bytes\":%llu", (long long)r->b.runs, (unsigned long long)r->peak);
    put_ms(&t, "wall_ms", r->b.wall_ms, ",");
    put_ms(&t, "accounted", r->b.accounted, ",");
    put_ms(&t, "runs_x_median", wall_ratio(r), ",");
    SpmlCounts c;
    spml_session_counts(r->s, &c);
    run_counts_json(&t, &c);
    text_printf(&t, ",\"warmup\":%lld}\n", (long long)r->b.warmup);
    out_text(t.p ? t.p : "", t.n);
    text_free(&t);
}

static void input_types(const Measured *r)
{
    size_t n;
    SpmlPort *p = model_ports(r->m, false, &n);
    for (size_t i = 0; p && i < n; i++)
        if (r->in[0].v[i]) {
            char *type = spml_tensor_type_text(r->in[0].v[i]);
            out_printf("  ");
            out_name(p[i].name);
            out_printf(" %s", type ? type : "");
            free(type);
        }
    free(p);
}

static void bench_text(const Measured *r)
{
    char a[40], b[40], c[40], d[40];
    double rate = r->b.wall_ms > 0 ? (double)r->b.runs / r->b.wall_ms * 1e3 : 0;
    out_printf("model    ");
    out_name(r->path);
    input_types(r);
    out_printf("\ndevice   %s  ", r->d.id);
    out_name(r->d.name);
    out_printf(", %s, %d thread%s\n", r->d.detail, r->d.threads, r->d.threads == 1 ? "" : "s");
    out_printf("load     %.1f ms, compile %.1f ms\n", r->load_ms, r->compile_ms);
    out_printf("first    %.1f ms\n", r->b.first_ms);
    out_printf("latency  median %s ms  min %s  p90 %s  p99 %s  spread %.1f %%  %lld runs after %lld of warm-up\n", ms3(a, r->b.median_ms), ms3(b, r->b.min_ms), ms3(c, r->b.p90_ms), ms3(d, r->b.p99_ms),
        r->b.spread * 100, (long long)r->b.runs, (long long)r->b.warmup);
    out_printf("wall     %.0f ms  %lld runs x %s ms = %.0f ms\n", r->b.wall_ms, (long long)r->b.runs, a, (double)r->b.runs * r->b.median_ms);
    out_printf(rate >= 100 ? "rate     %.0f runs/s" : "rate     %.3g runs/s", rate);
    if (r->plan.flop > 0 && r->plan.flop_exact)
        out_printf("  %.3g GFLOP/s", r->plan.flop / r->b.median_ms / 1e6);
    out_printf("\nmemory   %s peak\n", format_bytes(a, r->peak));
}

/* ── --profile ── */

static void profile_json(const SpmlProfileRow *row, size_t n, const SpmlRoof *roof)
{
    Text t = {0};
    text_puts(&t, "{\"schema\":\"spml.profile/1\",\"nodes\":[");
    for (size_t i = 0; i < n; i++) {
        text_puts(&t, i ? ",{\"kernel\":" : "{\"kernel\":");
        json_string(&t, row[i].kernel);
        text_puts(&t, ",\"node\":");
        json_string(&t, row[i].node);
        text_puts(&t, ",\"shape\":");
        json_string(&t, row[i].shape);
        text_printf(&t, ",\"ms\":%.4f,\"runs\":%llu,\"flop\":%lld,\"bytes\":%lld,\"roof_share\":%.4f}", row[i].ms, (unsigned long long)row[i].runs, (long long)row[i].flop,
            (long long)row[i].bytes, spml_roof_share(roof, &row[i]));
    }
    text_puts(&t, "]}\n");
    out_text(t.p, t.n);
    text_free(&t);
}

void profile_print(const SpmlProfileRow *row, size_t n, const SpmlDevice *device)
{
    SpmlRoof roof = {0};
    double sum = 0;
    if (!strcmp(device->id, "cpu"))
        spml_roof(device->threads, 0, &roof, NULL);
    if (cli_json) {
        profile_json(row, n, &roof);
        return;
    }
    bool tty = out_is_terminal();
    int wide = 0, wide_node = 0;
    for (size_t i = 0; i < n; i++) {
        int k = (int)strlen(row[i].kernel), m = (int)strlen(row[i].node);
        sum += row[i].ms;
        wide = k > wide ? k : wide;
        wide_node = m > wide_node && m < 40 ? m : wide_node;
    }
    for (size_t i = 0; i < n; i++) {
        char rate[40] = "-";
        if (row[i].flop > 0 && row[i].ms > 0)
            snprintf(rate, sizeof rate, "%.3g GFLOP/s", (double)row[i].flop / row[i].ms / 1e6);
        out_printf(tty ? "kernel   %4.1f %%  %7.3f ms  %12s  %-*s  " : "kernel\t%.1f %%\t%.3f ms\t%s\t%-*s\t", sum > 0 ? 100 * row[i].ms / sum : 0, row[i].ms, rate, tty ? wide : 0, row[i].kernel);
        out_name(row[i].node);
        int rest = wide_node - (int)strlen(row[i].node);
        out_printf(tty ? "%*s  " : "%*s\t", tty && rest > 0 ? rest : 0, "");
        out_name(row[i].shape);
        if (row[i].ms > 0)
            out_printf(tty ? "  %.3g GB/s" : "\t%.3g GB/s", (double)row[i].bytes / row[i].ms / 1e6);
        if (roof.flops > 0)
            out_printf(tty ? "  %.0f %% of the roof" : "\t%.0f %%", 100 * spml_roof_share(&roof, &row[i]));
        out_printf("\n");
    }
}

void profile_lines(SpmlSession *s)
{
    size_t n = spml_session_profile(s, NULL, 0);
    SpmlDevice device;
    SpmlProfileRow *row = calloc(n + 1, sizeof *row);
    spml_session_device(s, &device);
    if (row)
        profile_print(row, spml_session_profile(s, row, n), &device);
    free(row);
}

/* ── measuring ── */

static int check_last(Measured *r, SpmlError *err)
{
    SpmlSession *fresh = NULL;
    SpmlTensor **want = calloc(r->n_out + 1, sizeof *want);
    int code = session_open(r->a, r->m, r->path, NULL, NULL, &fresh);
    if (!code && spml_session_run(fresh, r->in[r->last_set].v, r->in[r->last_set].n, want, r->n_out, err))
        code = fail_error(err, r->path);
    for (size_t i = 0; !code && i < r->n_out; i++) {
        SpmlDifference d;
        spml_tensor_compare(r->last[i], want[i], 1e-6, 1e-7, &d);
        if (!d.equal)
            code = fail(3, "bench-differs", "%s: output %s of the last run is not what a fresh run gives", r->path, spml_session_output_name(r->s, i));
    }
    for (size_t i = 0; want && i < r->n_out; i++)
        if (want[i])
            spml_tensor_free(want[i]);
    free(want);
    spml_session_free(fresh);
    return code;
}

static int measure(Measured *r, SpmlError *err)
{
    SpmlTensor *const *sets[SETS];
    double seconds = given(r->a, O_SECONDS) ? r->a->o[O_SECONDS].f : 3;
    int64_t warmup = given(r->a, O_WARMUP) ? r->a->o[O_WARMUP].i : 20;
    for (int i = 0; i < SETS; i++)
        sets[i] = r->in[i].v;
    r->n_out = spml_session_outputs(r->s);
    r->last = calloc(r->n_out + 1, sizeof *r->last);
    if (!r->last)
        return fail(5, "out-of-memory", "out of memory");
    guard_session(r->s);
    int code = spml_bench(r->s, sets, SETS, r->in[0].n, seconds, warmup, &r->b, r->last, r->n_out, &r->last_set, err);
    guard_session(NULL);
    r->peak = spml_peak_memory();
    if (code)
        return code == 130 ? guard_status(code) : fail_error(err, r->path);
    return check_last(r, err);
}

static int baseline(const Measured *r, SpmlError *err)
{
    double base, limit = r->a->o[O_ASSERT].f;
    char a[40], b[40];
    if (spml_bench_baseline(r->a->o[O_BASELINE].s, &base, err))
        return fail_error(err, r->a->o[O_BASELINE].s);
    double slower = base > 0 ? (r->b.median_ms / base - 1) * 100 : 0;
    bool bad = given(r->a, O_ASSERT) && slower > limit;
    if (cli_json)
        return bad ? 1 : 0;
    out_printf("%s  latency  median %s ms, baseline %s ms, %.1f %% %s", bad ? "FAIL" : "ok  ", ms3(a, r->b.median_ms), ms3(b, base), slower < 0 ? -slower : slower, slower < 0 ? "faster" : "slower");
    if (given(r->a, O_ASSERT))
        out_printf(", limit %.4g %%", limit);
    out_printf("\n");
    return bad ? 1 : 0;
}

/* The plan of what ran, for its work. */
static void plan_ran(Measured *r)
{
    size_t n;
    SpmlPort *p = model_ports(r->m, false, &n);
    for (size_t i = 0; p && i < n; i++) {
        const SpmlTensor *t = r->in[0].v[i];
        p[i].rank = t && spml_tensor_is_tensor(t) ? spml_tensor_rank(t) : -1;
        for (int d = 0; d < p[i].rank; d++)
            p[i].dim[d] = spml_tensor_dim(t, d);
    }
    if (!p || spml_session_plan(r->s, p, n, &r->plan, NULL))
        r->plan = (SpmlPlan){0};
    free(p);
}

static int bench_one(Measured *r)
{
    SpmlError *err = spml_error_new();
    int code = 0;
    note_hold();
    for (int i = 0; !code && i < SETS; i++)
        code = inputs_gather(r->a, r->m, r->path, (uint64_t)i, NULL, r->dims, i == 0, &r->in[i]);
    double t = now_ms();
    if (!code)
        code = session_open(r->a, r->m, r->path, NULL, NULL, &r->s);
    r->compile_ms = now_ms() - t;
    if (!code) {
        spml_session_device(r->s, &r->d);
        code = r->d.simulated ? fail(4, "device-simulated", "bench: %s is simulated: times on it say nothing about a device", r->d.id) : measure(r, err);
    }
    if (!code) {
        plan_ran(r);
        check_wall(r);
        code = look_after(r->a, r->s, r->path);
    }
    if (!code && cli_json)
        bench_json(r);
    else if (!code)
        bench_text(r);
    if (!code && given(r->a, O_PROFILE))
        profile_lines(r->s);
    if (!code && given(r->a, O_BASELINE))
        code = baseline(r, err);
    for (int i = 0; i < SETS; i++)
        inputs_free(&r->in[i]);
    for (size_t i = 0; r->last && i < r->n_out; i++)
        if (r->last[i])
            spml_tensor_free(r->last[i]);
    free(r->last);
    spml_session_free(r->s);
    spml_error_free(err);
    r->s = NULL;
    r->last = NULL;
    return code;
}

/* "batch=1,4" runs once for each value. */
static int bench_dims(Measured *r, const char *list)
{
    size_t key = strcspn(list, "=") + 1;
    int worst = 0;
    for (const char *p = list + key; *p;) {
        size_t n = strcspn(p, ",");
        Text t = {0};
        text_printf(&t, "%.*s%.*s", (int)key, list, (int)n, p);
        r->dims = t.p;
        int code = t.p ? bench_one(r) : fail(5, "out-of-memory", "out of memory");
        worst = worst ? worst : code;
        text_free(&t);
        p += n + (p[n] == ',');
    }
    return worst;
}

/* ── --roof ── */

static int roof_line(int threads, double seconds)
{
    SpmlError *err = spml_error_new();
    SpmlRoof r;
    int code = spml_roof(threads, seconds, &r, err) ? fail_error(err, "bench --roof") : 0;
    if (!code && cli_json)
        out_printf("{\"schema\":\"spml.roof/1\",\"threads\":%d,\"flops\":%.4g,\"byte_ops\":%.4g,\"read_bytes\":%.4g}\n", r.threads, r.flops, r.byte_ops, r.read_bytes);
    else if (!code) {
        out_printf("roof     %d thread%s  f32 %.4g GFLOP/s  int8 ", r.threads, r.threads == 1 ? "" : "s", r.flops / 1e9);
        out_printf(r.byte_ops > 0 ? "%.4g GOP/s" : "-", r.byte_ops / 1e9);
        out_printf("  memory %.3g GB/s\n", r.read_bytes / 1e9);
    }
    spml_error_free(err);
    return code;
}

/* 1, 2, 4 … threads, and as many as there are (or as --threads says). */
static int bench_roof(const Args *a)
{
    SpmlRoof all;
    const double seconds = given(a, O_SECONDS) ? a->o[O_SECONDS].f : 0.4;
    if (spml_roof((int)a->o[O_THREADS].i, 0, &all, NULL))
        return fail(5, "roof", "bench: the roof cannot be measured");
    int code = 0;
    for (int t = 1; t < all.threads && !code; t *= 2)
        code = roof_line(t, seconds);
    return code ? code : roof_line(all.threads, seconds);
}

int cmd_bench(const Args *a)
{
    Measured r = {.a = a, .path = a->n_operand ? a->operand[0] : ""};
    const char *list = NULL;
    if (given(a, O_ROOF) && !a->n_operand)
        return bench_roof(a);
    if (given(a, O_ROOF))
        return fail(2, "operands", "bench: --roof measures the machine, not a model");
    if (a->n_operand != 1)
        return fail_hint(2, "operands", "spml bench MODEL", a->n_operand ? "bench: one model" : "bench: no model given");
    if (given(a, O_ASSERT) && !given(a, O_BASELINE))
        return fail(2, "option-unused", "bench: --assert has no effect without --baseline");
    for (size_t i = 0; i < a->o[O_DIM].n; i++)
        if (strchr(a->o[O_DIM].list[i], ',')) {
            if (list)
                return fail(2, "option-value", "bench: one --dim may be a list");
            list = a->o[O_DIM].list[i];
        }
    double t = now_ms();
    int code = model_open(a, r.path, false, &r.m);
    r.load_ms = now_ms() - t;
    if (!code)
        code = list ? bench_dims(&r, list) : bench_one(&r);
    spml_model_free(r.m);
    return code;
}
