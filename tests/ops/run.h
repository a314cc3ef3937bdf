/* SPDX-License-Identifier: MIT
 * tests/ops: one case on the CPU and on a device. */
#ifndef SPML_TESTS_OPS_RUN_H
#define SPML_TESTS_OPS_RUN_H

#include "gen.h"
#include "pipeline.h"

typedef struct RunOn { DevicePair cpu, device; PipelineOptions on_cpu, on_device; uint64_t ulp; } RunOn;

SpmlCode run_open(const char *backend, bool no_fallback, uint64_t ulp, RunOn *out, Error *err);
void run_close(RunOn *on);

/* REFUSED: the device does not take it, by name. NO_CPU: the CPU does not. */
typedef enum RunVerdict { RUN_PASSED = 'P', RUN_FAILED = 'F', RUN_REFUSED = 'R', RUN_NO_CPU = 'N' } RunVerdict;
typedef struct RunResult { RunVerdict verdict; char text[600]; /* what was wrong, or what the counts say */ } RunResult;
void run_case(const RunOn *on, Gen *g, RunResult *r);

#endif
