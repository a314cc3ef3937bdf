/* SPDX-License-Identifier: MIT
 * ptxsim: findings. Each is counted for the process, appended to the file SPML_PTXSIM_LOG names, and ends its launch with a CUresult. */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    int error;
} kinds[PTX_N_FINDINGS] = {
    [PTX_NONE] = {"none", 0}, [PTX_ILLEGAL_ADDRESS] = {"illegal address", 700}, [PTX_USE_AFTER_FREE] = {"use after free", 700},
    [PTX_MISALIGNED] = {"misaligned address", 716}, [PTX_SHARED_OVERRUN] = {"shared memory overrun", 700}, [PTX_LOCAL_OVERRUN] = {"local memory overrun", 700},
    [PTX_PARAM_OVERRUN] = {"parameter overrun", 700}, [PTX_SHARED_UNINIT] = {"uninitialised shared memory", 719},
    [PTX_SHARED_IN_FLIGHT] = {"shared memory with a copy in flight", 719}, [PTX_SHARED_RACE] = {"shared memory race", 719},
    [PTX_DIVERGENT_BARRIER] = {"divergent barrier", 719}, [PTX_DIVERGENT_WARP_OP] = {"divergent warp instruction", 719},
    [PTX_INACTIVE_LANE] = {"read of an inactive lane", 719}, [PTX_TRAP] = {"trap", 719}, [PTX_BUDGET] = {"out of budget", 719}, [PTX_INVALID] = {"invalid operand", 719},
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static PtxSimStats stats;

const char *ptxsim_finding_name(PtxFinding f) { return (unsigned)f < PTX_N_FINDINGS ? kinds[f].name : "unknown"; }
int finding_error(PtxFinding f) { return kinds[f].error; }

uint64_t ptxsim_findings(void)
{
    pthread_mutex_lock(&lock);
    uint64_t n = stats.n_findings;
    pthread_mutex_unlock(&lock);
    return n;
}

void ptxsim_stats(PtxSimStats *out)
{
    pthread_mutex_lock(&lock);
    *out = stats;
    pthread_mutex_unlock(&lock);
}

void report_launch(uint64_t blocks, uint64_t warp_insts, uint64_t lane_insts)
{
    pthread_mutex_lock(&lock);
    stats.launches += !blocks && !lane_insts;
    stats.blocks += blocks;
    stats.warp_instructions += warp_insts;
    stats.lane_instructions += lane_insts;
    pthread_mutex_unlock(&lock);
}

void report_count(PtxFinding kind, const char *text)
{
    pthread_mutex_lock(&lock);
    stats.findings[kind]++;
    stats.n_findings++;
    const char *path = getenv("SPML_PTXSIM_LOG");
    FILE *f = path && *path ? fopen(path, "a") : NULL;
    if (f) {
        fprintf(f, "%s\n", text);
        fclose(f);
    }
    pthread_mutex_unlock(&lock);
}

void sim_fault(Warp *w, const Inst *i, int lane, PtxFinding kind, const char *fmt, ...)
{
    Block *b = w->b;
    Launch *x = b->launch;
    char text[512];
    uint32_t t = (uint32_t)warp_thread(w, lane);
    w->yield = true;
    int n = snprintf(text, sizeof text, "%s line %u, block %u %u %u, thread %u %u %u: %s: ", b->f->name, i->line, b->ctaid[0], b->ctaid[1], b->ctaid[2],
        t % x->block[0], t / x->block[0] % x->block[1], t / x->block[0] / x->block[1], kinds[kind].name);
    n = n < 0 || n > 400 ? 400 : n;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text + n, sizeof text - (size_t)n, fmt, ap);
    va_end(ap);
    pthread_mutex_lock(&x->lock);
    bool first = !x->error;
    if (first) {
        x->error = kinds[kind].error;
        memcpy(x->log, text, sizeof text);
    }
    pthread_mutex_unlock(&x->lock);
    if (first)
        report_count(kind, text);
}
