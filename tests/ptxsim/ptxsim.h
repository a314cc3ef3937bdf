/* SPDX-License-Identifier: MIT
 * ptxsim: a PTX interpreter for tests. Takes PTX text, runs its kernels on the CPU block by block, and reports what a GPU would let pass:
 * illegal, misaligned and freed addresses, shared-memory overruns, reads of uninitialised shared memory, divergent barriers and warp
 * instructions, instructions newer than the module's target. This header is the direct way in; libcuda.so.1 (driver*.c) is the other.
 * Results are CUresult numbers: 0, 218 invalid PTX, 700 illegal address, 716 misaligned address, 719 launch failed, 1 invalid value, 2 memory. */
#ifndef PTXSIM_H
#define PTXSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined __cplusplus
extern "C" {
#endif
#define PTXSIM_API __attribute__((visibility("default")))

typedef struct PtxSim PtxSim;       /* a device: its memory, options and findings. One caller at a time. */
typedef struct PtxModule PtxModule; /* kernels and variables of one text; lives no longer than its PtxSim */

typedef struct PtxSimConfig {
    int sm;          /* compute capability 75, 80, 90: instructions of later ones are refused. 0: SPML_PTXSIM_SM, else 80 */
    int threads;     /* workers, each runs one block at a time. 0: SPML_PTXSIM_THREADS, else the CPUs, at most 4 */
    uint64_t seed;   /* order of blocks and warps, ±1 ulp of .approx. 0: SPML_PTXSIM_SEED, else 1 */
    uint64_t budget; /* warp instructions of one launch. 0: SPML_PTXSIM_BUDGET, else 4e9 */
    int races;       /* shared-memory race check between warps of a block: 1 on, -1 off, 0: SPML_PTXSIM_RACES, else on */
} PtxSimConfig;

/* What the checks found, one counter each; the process's total is behind ptxsim_findings(). */
typedef enum PtxFinding {
    PTX_NONE,
    PTX_ILLEGAL_ADDRESS,    /* outside of every allocation, or read-only */
    PTX_USE_AFTER_FREE,
    PTX_MISALIGNED,
    PTX_SHARED_OVERRUN,     /* beyond the block's shared memory, or in a gap between two variables */
    PTX_LOCAL_OVERRUN,
    PTX_PARAM_OVERRUN,
    PTX_SHARED_UNINIT,      /* read of shared memory that no thread wrote */
    PTX_SHARED_IN_FLIGHT,   /* access to bytes that a cp.async has not delivered */
    PTX_SHARED_RACE,        /* two warps, no barrier between, one of them writes */
    PTX_DIVERGENT_BARRIER,  /* an aligned barrier reached by part of a warp, or one that not all live threads reach */
    PTX_DIVERGENT_WARP_OP,  /* mma, ldmatrix, shfl … without the lanes it names */
    PTX_INACTIVE_LANE,      /* shfl reads a lane that does not take part */
    PTX_TRAP,
    PTX_BUDGET,             /* ran longer than the budget: an endless loop */
    PTX_INVALID,            /* an operand value outside of what the instruction allows */
    PTX_N_FINDINGS
} PtxFinding;

typedef struct PtxSimStats {
    uint64_t findings[PTX_N_FINDINGS];
    uint64_t n_findings;
    uint64_t launches, blocks, warp_instructions, lane_instructions;
} PtxSimStats;

PTXSIM_API PtxSim *ptxsim_open(const PtxSimConfig *c); /* c may be NULL; NULL when out of memory */
PTXSIM_API void ptxsim_close(PtxSim **s);
PTXSIM_API int ptxsim_sm(const PtxSim *s);

/* log (of n_log bytes, may be NULL) gets "line 12: …" on failure. */
PTXSIM_API int ptxsim_load(PtxSim *s, const char *text, size_t n, PtxModule **out, char *log, size_t n_log);
PTXSIM_API void ptxsim_unload(PtxModule **m);

/* Device addresses are host addresses; only ptxsim_alloc'ed ranges are valid in kernels. align 256. */
PTXSIM_API int ptxsim_alloc(PtxSim *s, size_t n, uint64_t *out);
PTXSIM_API int ptxsim_free(PtxSim *s, uint64_t p);
PTXSIM_API int ptxsim_write(PtxSim *s, uint64_t to, const void *from, size_t n); /* checked like a kernel's access */
PTXSIM_API int ptxsim_read(PtxSim *s, void *to, uint64_t from, size_t n);

/* params: one pointer to the value of each kernel parameter. Runs to the end. */
PTXSIM_API int ptxsim_launch(PtxModule *m, const char *kernel, const unsigned grid[3], const unsigned block[3], unsigned shared, void **params,
    char *log, size_t n_log);

PTXSIM_API uint64_t ptxsim_findings(void);               /* of the whole process */
PTXSIM_API void ptxsim_stats(PtxSimStats *out);          /* of the whole process */
PTXSIM_API const char *ptxsim_finding_name(PtxFinding f);

#if defined __cplusplus
}
#endif
#endif
