/* SPDX-License-Identifier: MIT
 * bench: the step of an optimiser over a flat arena, in bytes a second, beside streams of the same bytes by plain C loops on as many threads:
 * bench_update [THREADS [THOUSANDS of parameters]]. */
#include "ops/ops.h"
#include "pipeline.h"
#include "train/optim.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef struct Stream { float *p, *m, *v; const float *g; int64_t n; int parts; } Stream;

/* What Adam must move at least: four streams in, three out. */
static void stream_part(void *ctx, size_t i)
{
    const Stream *s = ctx;
    const int64_t from = s->n / s->parts * (int64_t)i, to = from + s->n / s->parts;
    float *restrict p = s->p, *restrict m = s->m, *restrict v = s->v;
    const float *restrict g = s->g;
    for (int64_t k = from; k < to; k++) {
        m[k] += g[k];
        v[k] -= g[k];
        p[k] += m[k];
    }
}

static RtValue *tensor(int rank, int64_t a, int64_t b, const double *v, int n)
{
    RtValue *x = NULL;
    rt_tensor(DT_f32, rank, (int64_t[]){a, b}, &x, NULL);
    for (int i = 0; i < n; i++)
        dtype_set_f64(DT_f32, x->data, (uint64_t)i, v[i]);
    return x;
}

typedef struct Part { pthread_t thread; const Stream *s; size_t i; } Part;
static void *part_main(void *p) { return stream_part((void *)((Part *)p)->s, ((Part *)p)->i), NULL; }

static void run_stream(const Stream *s)
{
    Part part[64];
    for (int i = 0; i < s->parts; i++) {
        part[i] = (Part){.s = s, .i = (size_t)i};
        if (pthread_create(&part[i].thread, NULL, part_main, &part[i]))
            abort();
    }
    for (int i = 0; i < s->parts; i++)
        pthread_join(part[i].thread, NULL);
}

int main(int argc, char **argv)
{
    const int threads = argc > 1 ? atoi(argv[1]) : 1;
    const int64_t n = (argc > 2 ? atoi(argv[2]) : 8000) * (int64_t)1000 / 64 * 64;
    char text[1000];
    Arena a = {0};
    Graph *g;
    Session *s;
    DevicePair on;
    Error e = {0};
    double row[OPTIM_NUMBERS];
    const Optim o = optim_default(OPTIM_ADAMW);
    snprintf(text, sizeof text, "graph { in %%0: f32[%lld] state in %%1: f32[%lld] state in %%2: f32[%lld] state in %%3: f32[%lld] input in %%4: f32[3] input in %%5: f32[1, 9] input adam_update (%%0, %%1, %%2, %%3, %%4, %%5) -> %%6: ? state, %%7: ? state, %%8: ? state }",
             (long long)n, (long long)n, (long long)n, (long long)n);
    if (pipeline_device(&(PipelineOptions){.backend = "cpu", .threads = threads}, &on, &e) || graph_parse(text, strlen(text), &a, &g, &e) || graph_infer(g, &e) || pipeline_open(g, &(PipelineOptions){0}, NULL, &on, &s, &e))
        return fprintf(stderr, "%s\n", e.text), 1;
    optim_numbers(&o, 1e-3, 0.01, 0, 5, row);
    RtValue *in[6] = {NULL, NULL, NULL, tensor(1, n, 0, NULL, 0), tensor(1, 3, 0, (double[]){1, 1, 0}, 3), tensor(2, 1, OPTIM_NUMBERS, row, OPTIM_NUMBERS)};
    Stream stream = {calloc((size_t)n, 4), calloc((size_t)n, 4), calloc((size_t)n, 4), in[3]->data, n, threads < 64 ? threads : 64};
    for (int64_t i = 0; i < n; i++)
        ((float *)in[3]->data)[i] = (float)(i % 7) - 3;
    double best = 1e9, plain = 1e9;
    for (int i = 0; i < (n > 1000000 ? 20 : 4000); i++) {
        double at = now();
        if (session_run(s, in, 6, NULL, 0, &e))
            return fprintf(stderr, "%s\n", e.text), 1;
        best = now() - at < best ? now() - at : best;
        at = now();
        run_stream(&stream);
        plain = now() - at < plain ? now() - at : plain;
    }
    printf("adamw, %lld parameters, %d threads: %.2f ms, %.2f GB/s; plain loops: %.2f GB/s\n", (long long)n, threads, best * 1e3, 28e-9 * (double)n / best, 28e-9 * (double)n / plain);
    return 0;
}
