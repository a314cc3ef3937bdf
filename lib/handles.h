/* SPDX-License-Identifier: MIT
 * spml: what is behind the handles of spml.h. For lib/spml.c and lib/tasks only. */
#ifndef SPML_HANDLES_H
#define SPML_HANDLES_H

#include "handle_error.h"
#include "pipeline.h"

struct SpmlModel {
    Arena arena;
    Graph *g;             /* NULL: a container */
    Container *container;
    SpmlPort *ports;      /* inputs, then outputs: made at load, so that reading them needs no lock */
    char *path;           /* as given; "-" is stdin */
    struct Weights *weights; /* tasks/info.c */
};

/* A plan with literal extents, for inputs that the symbolic plan cannot take. */
typedef struct Concrete { struct Concrete *next; Session *s; int n_in; int64_t *extents; } Concrete;

struct SpmlSession {
    const SpmlModel *model;
    PipelineOptions options;
    DevicePair on;
    Session *symbolic;    /* NULL once it has proved not to fit */
    Concrete *concrete;
    Session *running;     /* what ran last */
    uint64_t device_ns, plan_ns;
    atomic_bool stop;     /* spml_session_cancel sets it from any thread; the run that ends by it clears it */
    Value **extra;        /* SpmlSessionOptions.outputs as values of the model, NULL-terminated; NULL: none */
    size_t n_extra;
};

struct SpmlBundle { ValueList l; };

#endif
