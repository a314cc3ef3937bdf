/* SPDX-License-Identifier: MIT
 * pipeline: from a file to a session. The only code that sees every stage. */
#ifndef SPML_PIPELINE_H
#define SPML_PIPELINE_H

#include "formats/format.h"
#include "opt/opt.h"
#include "run/run.h"

typedef struct PipelineOptions {
    const char *backend;                 /* NULL or "auto", "cpu" */
    int threads;
    bool no_fallback, profile, strict_math;
    const char *require;                 /* capabilities the device must have, "f16,int64", or NULL */
    GraphTrace trace;                    /* sees the graph after "clone", each pass, "optimised" */
    const char *const *disabled_passes;  /* NULL-terminated, or NULL */
    Value *const *outputs;               /* values of the model's graph to be outputs too, after its own; NULL-terminated, or NULL */
} PipelineOptions;

/* path → verified, typed graph in a. For a container without a graph *out is NULL and *container is set. trace sees "read" and "infer"; NULL: nobody. */
SpmlCode pipeline_load(const char *path, const char *format, const ReadOptions *o, const GraphTrace *trace, Arena *a, Graph **out, Container **container, Error *err);
/* A session of its own clone of model: optimise → infer → lower → plan. dims: NULL, or literal extents [n_in][IR_MAX_RANK] for the inputs
 * (a concrete plan). */
SpmlCode pipeline_open(const Graph *model, const PipelineOptions *o, const RtValue *const *concrete, const Backend *b, Device *d, Session **out, Error *err);
/* Opens the first device that o allows. */
SpmlCode pipeline_device(const PipelineOptions *o, const Backend **b, Device **d, Error *err);

#endif
