/* SPDX-License-Identifier: MIT
 * pipeline: from a file to a session. The only code that sees every stage. */
#ifndef SPML_PIPELINE_H
#define SPML_PIPELINE_H

#include "formats/format.h"
#include "opt/opt.h"
#include "run/run.h"

typedef struct PipelineOptions {
    const char *backend;                 /* NULL or "auto", or NAME[:N] */
    int threads;
    bool no_fallback, profile, strict_math;
    const char *require;                 /* capabilities the device must have, "f16,int64", or NULL */
    GraphTrace trace;                    /* sees the graph after "clone", each pass, "optimised" */
    const char *const *disabled_passes;  /* NULL-terminated, or NULL */
    Value *const *outputs;               /* values of the model's graph to be outputs too, after its own; NULL-terminated, or NULL */
    bool no_cache;                       /* nothing is kept on disk */
    const char *force_emulation;         /* NULL, or names of capabilities, comma-separated, that devices are to do without */
    const char *math;                    /* NULL; "strict": contractions are fma chains on every device; "tf32": matrix units take f32 too, in 10 bits */
    bool cache_weights;                  /* packed weights are kept on disk */
    const char *memory;                  /* NULL; "low" */
    uint64_t memory_budget;              /* bytes that the intermediate values of a run may take, of a graph of literal extents: what is cheap is computed again. 0: any */
    uint64_t memory_beside;              /* bytes of them that the budget is not for */
} PipelineOptions;

/* An open device and, where it is not the CPU, the CPU beside it, which folds constants and runs what the device does not. */
typedef struct DevicePair { const Backend *backend, *cpu; Device *device, *cpu_device; Pool *pool; /* of the device's memory, and of the constants of one model, found by address; NULL where it is the CPU */ char why[256]; /* why this one, for a note */ } DevicePair;

/* path → verified, typed graph in a. For a container without a graph *out is NULL and *container is set. trace sees "read" and "infer"; NULL: nobody. */
SpmlCode pipeline_load(const char *path, const char *format, const ReadOptions *o, const GraphTrace *trace, Arena *a, Graph **out, Container **container, Error *err);
/* A session of its own clone of model: optimise → infer → lower → plan. dims: NULL, or literal extents [n_in][IR_MAX_RANK] for the inputs
 * (a concrete plan). */
SpmlCode pipeline_open(const Graph *model, const PipelineOptions *o, const RtValue *const *concrete, const DevicePair *on, Session **out, Error *err);
/* The passes that keep what a graph computes and that any format can say, on g itself, constants evaluated on the CPU: all of level 1 but those into
 * integers. Products with dequantized weights keep those quantized. level 0: only folds, and drops what nobody reads. */
SpmlCode pipeline_simplify(Graph *g, int level, Error *err);
/* NAME, NAME:N, fault:NAME; auto (or NULL): the first of backends[] that is there and is neither software nor simulated. */
SpmlCode pipeline_device(const PipelineOptions *o, DevicePair *out, Error *err);
void pipeline_device_close(DevicePair *d);

#endif
