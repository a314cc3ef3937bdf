/* SPDX-License-Identifier: MIT
 * tasks: scores to classes, and the clock of bench. */
#include "tasks.h"

#include "formats/wire/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* ── classify ── */

static bool looks_like_scores(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!(x[i] >= 0 && x[i] <= 1))
            return false;
        sum += x[i];
    }
    return fabs(sum - 1) < 0.01;
}

static void softmax(double *x, int64_t n)
{
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    for (int64_t i = 0; i < n; i++)
        sum += x[i] = exp(x[i] - most);
    for (int64_t i = 0; i < n; i++)
        x[i] /= sum;
}

static const char *apply(const char *how, double *x, int64_t n)
{
    const char *used = how ? how : looks_like_scores(x, n) ? "none" : "softmax";
    if (!strcmp(used, "softmax"))
        softmax(x, n);
    for (int64_t i = 0; !strcmp(used, "sigmoid") && i < n; i++)
        x[i] = 1 / (1 + exp(-x[i]));
    return used;
}

static int by_score(const void *a, const void *b)
{
    const SpmlClass *x = a, *y = b;
    if (x->score != y->score && !(isnan(x->score) && isnan(y->score)))
        return isnan(x->score) ? 1 : isnan(y->score) ? -1 : x->score < y->score ? 1 : -1;
    return x->index < y->index ? -1 : 1;
}

SpmlStatus spml_classify(const SpmlTensor *scores, const char *how, size_t k, SpmlClass *out, size_t *n, const char **used, SpmlError *err)
{
    const RtValue *v = handle_value(scores);
    SpmlStats s;
    if (v->kind != TYPE_TENSOR || !spml_tensor_stats(scores, &s) || s.n < 1)
        return error_set(handle_error(err), SPML_DATA, "scores", "the output is no tensor of scores");
    double *x = malloc((size_t)s.n * sizeof *x);
    SpmlClass *c = malloc((size_t)s.n * sizeof *c);
    if (!x || !c)
        return free(x), free(c), error_oom(handle_error(err));
    for (int64_t i = 0; i < s.n; i++)
        x[i] = dtype_get_f64(v->dtype, v->data, (uint64_t)i);
    *used = apply(how, x, s.n);
    for (int64_t i = 0; i < s.n; i++)
        c[i] = (SpmlClass){i, x[i]};
    qsort(c, (size_t)s.n, sizeof *c, by_score);
    *n = k < (size_t)s.n ? k : (size_t)s.n;
    memcpy(out, c, *n * sizeof *c);
    free(x);
    free(c);
    return SPML_OK;
}

/* ── bench ── */

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

typedef struct Bench { SpmlSession *s; SpmlTensor *const *const *sets; size_t n_sets, n_in, n_out, set; SpmlTensor **out; double at, busy; } Bench; /* at: the end of the last run; busy: what the runs took together */

static void drop(SpmlTensor **t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (t[i]) {
            spml_tensor_free(t[i]);
            t[i] = NULL;
        }
}

/* From inputs in host memory to outputs in host memory. */
static SpmlStatus run_timed(Bench *b, double *ms, SpmlError *err)
{
    drop(b->out, b->n_out);
    b->set = (b->set + 1) % b->n_sets;
    double begin = now_ms();
    SpmlStatus code = spml_session_run(b->s, b->sets[b->set], b->n_in, b->out, b->n_out, err);
    double now = now_ms();
    *ms = now - begin;
    b->busy += *ms;
    b->at = now;
    return code;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double quantile(const double *sorted, size_t n, double q) { return sorted[(size_t)((double)(n - 1) * q + 0.5)]; }

static void summarise(double *ms, size_t n, SpmlBench *out)
{
    qsort(ms, n, sizeof *ms, by_value);
    out->runs = (int64_t)n;
    out->min_ms = ms[0];
    out->median_ms = n % 2 ? ms[n / 2] : (ms[n / 2 - 1] + ms[n / 2]) / 2;
    out->p90_ms = quantile(ms, n, 0.9);
    out->p99_ms = quantile(ms, n, 0.99);
    out->spread = out->median_ms > 0 ? (quantile(ms, n, 0.75) - quantile(ms, n, 0.25)) / out->median_ms : 0;
}

/* At least 3 runs, then until the time is over. */
static SpmlStatus measure(Bench *b, double seconds, SpmlBench *out, SpmlError *err)
{
    size_t n = 0, cap = 1024;
    double *ms = malloc(cap * sizeof *ms), begin = now_ms();
    SpmlStatus code = ms ? SPML_OK : error_oom(handle_error(err));
    b->at = begin;
    b->busy = 0;
    while (!code && (n < 3 || b->at - begin < seconds * 1e3)) {
        if (n == cap) {
            double *more = realloc(ms, (cap *= 2) * sizeof *ms);
            if (!more) {
                code = error_oom(handle_error(err));
                break;
            }
            ms = more;
        }
        code = run_timed(b, &ms[n++], err);
    }
    out->wall_ms = b->at - begin;
    out->accounted = out->wall_ms > 0 ? b->busy / out->wall_ms : 1;
    if (!code)
        summarise(ms, n, out);
    free(ms);
    return code;
}

SpmlStatus spml_bench(SpmlSession *s, SpmlTensor *const *const *sets, size_t n_sets, size_t n_in, double seconds, int64_t warmup, SpmlBench *out, SpmlTensor **last, size_t n_out, size_t *last_set, SpmlError *err)
{
    double ms;
    Bench b = {s, sets, n_sets, n_in, n_out, n_sets - 1, calloc(n_out + 1, sizeof(SpmlTensor *)), now_ms(), 0};
    *out = (SpmlBench){.warmup = warmup};
    if (!b.out)
        return error_oom(handle_error(err));
    SpmlStatus code = run_timed(&b, &out->first_ms, err);
    for (int64_t i = 0; !code && i < warmup; i++)
        code = run_timed(&b, &ms, err);
    if (!code)
        code = measure(&b, seconds, out, err);
    if (last_set)
        *last_set = b.set;
    if (!code && last)
        memcpy(last, b.out, n_out * sizeof *last);
    else
        drop(b.out, n_out);
    free(b.out);
    return code;
}

SpmlStatus spml_bench_baseline(const char *path, double *median_ms, SpmlError *e)
{
    Error *err = handle_error(e);
    File *f;
    cJSON *j = NULL;
    SpmlCode code = file_open(path, JSON_MAX_SIZE, &f, err);
    if (!code) {
        code = json_tree(file_span(f), path, &j, err);
        file_close(&f);
    }
    const cJSON *schema = code ? NULL : cJSON_GetObjectItemCaseSensitive(j, "schema"), *latency = code ? NULL : cJSON_GetObjectItemCaseSensitive(j, "latency_ms");
    const cJSON *median = latency ? cJSON_GetObjectItemCaseSensitive(latency, "median") : NULL;
    if (!code && (!cJSON_IsString(schema) || strcmp(schema->valuestring, "spml.bench/1") || !cJSON_IsNumber(median)))
        code = error_set(err, SPML_DATA, "baseline", "no spml.bench/1 object with latency_ms.median");
    if (!code)
        *median_ms = median->valuedouble;
    cJSON_Delete(j);
    return code ? error_where(err, path, -1), code : SPML_OK;
}

uint64_t spml_peak_memory(void)
{
    struct rusage r;
    return getrusage(RUSAGE_SELF, &r) ? 0 : (uint64_t)r.ru_maxrss * 1024;
}
