/* SPDX-License-Identifier: MIT
 * bench: one side of scripts/bench-peers: bench_model MODEL THREADS [INPUTS.npz]
 * Loads a model, runs it once, then for each line "N" on stdin runs it N times and answers with the nanoseconds of each, one line. Inputs are
 * those of the file, by name, or filled with a fixed pattern in 0..1, unnamed extents 1. */
#include "spml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_IN = 64, MAX_OUT = 64 };

static int complain(const char *what, SpmlError *e)
{
    fprintf(stderr, "bench_model: %s: %s\n", what, spml_error_text(e));
    return 1;
}

static bool fill(const SpmlModel *m, SpmlTensor **in, SpmlError *err)
{
    SpmlPort p;
    for (size_t i = 0; i < spml_model_inputs(m); i++) {
        if (i >= MAX_IN || spml_model_input(m, i, &p) || p.has_default)
            continue;
        for (int d = 0; d < p.rank; d++)
            p.dim[d] = p.dim[d] < 0 ? 1 : p.dim[d];
        if (spml_tensor_new(p.dtype, p.rank, p.dim, &in[i], err))
            return false;
        float *x = spml_tensor_data(in[i]);
        for (size_t k = 0; !strcmp(p.dtype, "f32") && k < spml_tensor_bytes(in[i]) / 4; k++)
            x[k] = (float)(k * 7919 % 1009) / 1009.0f;
    }
    return true;
}

static bool read_inputs(const SpmlModel *m, const char *path, SpmlTensor **in, SpmlError *err)
{
    SpmlBundle *b;
    SpmlPort p;
    if (spml_bundle_read(path, NULL, &b, err))
        return false;
    for (size_t k = 0; k < spml_bundle_count(b); k++)
        for (size_t i = 0; i < spml_model_inputs(m); i++)
            if (!spml_model_input(m, i, &p) && !strcmp(p.name, spml_bundle_name(b, k)) && !in[i])
                in[i] = spml_bundle_take(b, k);
    spml_bundle_free(b);
    return true;
}

static bool once(SpmlSession *s, const SpmlModel *m, SpmlTensor **in, int64_t *ns, SpmlError *err)
{
    SpmlTensor *out[MAX_OUT] = {0};
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    bool ok = !spml_session_run(s, in, spml_model_inputs(m), out, spml_model_outputs(m), err);
    clock_gettime(CLOCK_MONOTONIC, &b);
    *ns = (int64_t)(b.tv_sec - a.tv_sec) * 1000000000 + (b.tv_nsec - a.tv_nsec);
    for (int i = 0; i < MAX_OUT; i++)
        spml_tensor_free(out[i]);
    return ok;
}

int main(int argc, char **argv)
{
    SpmlError *err = spml_error_new();
    SpmlModel *m = NULL;
    SpmlSession *s = NULL;
    SpmlTensor *in[MAX_IN] = {0};
    int n;
    int64_t ns;
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: bench_model MODEL THREADS [INPUTS.npz]\n");
        return 2;
    }
    if (spml_model_load(argv[1], NULL, &m, err))
        return complain("load", err);
    if (spml_model_inputs(m) > MAX_IN || spml_model_outputs(m) > MAX_OUT || !(argc == 4 ? read_inputs(m, argv[3], in, err) : fill(m, in, err)))
        return complain("inputs", err);
    if (spml_session_open(m, &(SpmlSessionOptions){.threads = atoi(argv[2])}, &s, err) || !once(s, m, in, &ns, err))
        return complain("run", err);
    printf("ready\n");
    fflush(stdout);
    while (scanf("%d", &n) == 1) {
        for (int i = 0; i < n; i++) {
            if (!once(s, m, in, &ns, err))
                return complain("run", err);
            printf("%s%lld", i ? " " : "", (long long)ns);
        }
        printf("\n");
        fflush(stdout);
    }
    for (int i = 0; i < MAX_IN; i++)
        spml_tensor_free(in[i]);
    spml_session_free(s);
    spml_model_free(m);
    spml_error_free(err);
    return 0;
}
