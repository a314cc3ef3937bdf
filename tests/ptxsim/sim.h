/* SPDX-License-Identifier: MIT
 * ptxsim internals: what parser, decoder, executors and scheduler share. A register is a slot: 32 lanes beside each other, so that one
 * instruction of a warp is one loop the compiler turns into vectors. Slots lie in the warp's file (registers, thread indices) or in the
 * worker's constants (immediates, addresses, block indices); an operand is a byte offset with bit 0 telling which. */
#ifndef PTXSIM_SIM_H
#define PTXSIM_SIM_H

#include "ptxsim.h"

#include <pthread.h>
#include <string.h>

enum { WARP = 32, MAX_OPERANDS = 16, MAX_WARPS = 32, NO_SLOT = UINT32_MAX, SLOT_ALIGN = 32, SHARED_GAP = 16, N_BARRIERS = 16 };

typedef uint8_t pred, u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef int16_t s16;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
typedef float f32;
typedef double f64;

/* ── types and modifiers ── */

typedef enum Type {
    T_NONE, T_PRED, T_B8, T_B16, T_B32, T_B64, T_U8, T_U16, T_U32, T_U64, T_S8, T_S16, T_S32, T_S64,
    T_F16, T_BF16, T_F32, T_F64, T_F16X2, T_BF16X2, T_TF32, T_COUNT
} Type;
typedef enum TypeClass { C_NONE, C_PRED, C_BITS, C_UINT, C_SINT, C_FLOAT } TypeClass;
typedef struct TypeInfo {
    const char *name;
    uint8_t size, cls;
} TypeInfo;
extern const TypeInfo type_info[T_COUNT];

typedef enum Mod {
#define M(id, text) M_##id,
#include "mods.def"
#undef M
    M_COUNT
} Mod;
_Static_assert(M_COUNT <= 192, "ModSet holds 192 modifiers");
typedef struct ModSet {
    uint64_t bits[3];
} ModSet;
static inline bool mod_has(const ModSet *s, Mod m) { return s->bits[m / 64] >> (m % 64) & 1; }
static inline void mod_add(ModSet *s, Mod m) { s->bits[m / 64] |= (uint64_t)1 << (m % 64); }
int mod_find(const char *s, size_t n);  /* -1: none */
Type type_find(const char *s, size_t n); /* T_NONE: none */

typedef enum Space { SP_GENERIC, SP_GLOBAL, SP_SHARED, SP_CONST, SP_PARAM, SP_LOCAL } Space;
/* Windows of the generic address space; global addresses are host pointers and never lie here. */
#define WINDOW_SHARED 0x7f00000000000000u
#define WINDOW_LOCAL 0x7e00000000000000u
#define WINDOW_MASK 0xff00000000000000u

/* ── decoded code ── */

typedef struct Warp Warp;
typedef struct Inst Inst;
typedef void (*ExecFn)(Warp *w, const Inst *i, uint32_t mask);

struct Inst {
    ExecFn run;
    uint32_t o[MAX_OPERANDS]; /* slots, flattened; NO_SLOT: absent */
    int64_t imm, imm2;        /* offsets of the memory operands */
    ModSet mods;
    uint32_t guard;           /* slot of the predicate or NO_SLOT */
    uint32_t target;          /* pc of a branch */
    uint32_t line;
    uint8_t type[4];          /* type suffixes in order */
    uint8_t guard_neg, control; /* control: sets the pc itself */
    uint8_t n_o, neg;         /* neg: bit k: predicate operand k is negated */
    uint8_t size[MAX_OPERANDS]; /* bytes of each operand's register, 0: predicate or none */
    uint8_t space, vec, cmp, sign_extend;
};

/* One row per instruction form. An instruction matches when its modifiers are need plus some of may, and its types fit. */
typedef struct OpRow {
    const char *op;    /* first word */
    const char *need;  /* modifiers, separated by spaces */
    const char *may;
    const char *types; /* alternatives by |, positions by . */
    const char *form;  /* operands, see decode.c */
    ExecFn run;
    uint16_t sm, ptx;  /* first compute capability and PTX version ×10 that have it; 0: all */
} OpRow;

typedef struct Param {
    char *name;
    uint32_t offset, size, align;
} Param;

typedef enum Special {
    S_TID_X, S_TID_Y, S_TID_Z, S_WARP, S_WARP_END, /* in the warp's file */
    S_LANE = S_WARP_END, S_NTID_X, S_NTID_Y, S_NTID_Z, S_CTAID_X, S_CTAID_Y, S_CTAID_Z, S_NCTAID_X, S_NCTAID_Y, S_NCTAID_Z, S_NWARP,
    S_MASK_EQ, S_MASK_LT, S_MASK_LE, S_MASK_GT, S_MASK_GE, S_DYN_SMEM, S_TOTAL_SMEM, S_COUNT /* in the constants */
} Special;
extern const char *const special_names[S_COUNT]; /* all of type u32 */

typedef struct Func {
    char *name;
    PtxModule *mod;
    Inst *code;
    uint32_t n_code, cap_code;
    Param *params;
    uint32_t n_params, params_size;
    uint32_t regs_size;   /* bytes of a warp's file */
    uint32_t shared_static, shared_base; /* declared bytes; where dynamic shared memory starts (gaps included) */
    uint32_t local_size;  /* per thread */
    uint32_t max_dynamic; /* CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES */
    uint32_t reqntid[3], maxntid;
    uint8_t *consts;      /* initial constants */
    uint32_t consts_size, consts_cap;
    uint32_t *gaps;       /* starts of the gaps between shared variables */
    uint32_t n_gaps;
    uint32_t special[S_COUNT]; /* slots of special registers, NO_SLOT where unused */
    uint32_t n_regs;      /* declared registers, for cuFuncGetAttribute */
} Func;

/* ── memory ── */

typedef struct Range {
    uint64_t lo, hi; /* valid bytes */
    void *raw;
    bool freed, read_only, host;
} Range;
typedef struct Mem {
    Range *r; /* sorted by lo */
    size_t n, cap;
    uint64_t live, quarantine; /* bytes; freed ranges stay unmapped from use until the quarantine is full */
    pthread_mutex_t lock;
} Mem;
int mem_alloc(Mem *m, size_t n, bool host, uint64_t *out);
int mem_free(Mem *m, uint64_t p);
bool mem_find(Mem *m, uint64_t p, Range *out); /* the range that holds p, freed or not */
void mem_protect(Mem *m, uint64_t p);           /* read-only from now on */
void mem_close(Mem *m);

/* ── the device ── */

struct PtxSim {
    Mem mem;
    PtxSimConfig cfg;
};

typedef struct Symbol Symbol;
struct PtxModule {
    PtxSim *sim;
    Func **funcs;
    size_t n_funcs;
    Symbol *vars; /* module-level variables */
    int version, sm; /* .version ×10, .target */
    bool arch;       /* .target sm_90a */
};
Func *module_func(const PtxModule *m, const char *name);
bool module_global(const PtxModule *m, const char *name, uint64_t *p, size_t *n);

/* ── execution ── */

typedef struct Group { /* lanes of a warp at one pc */
    uint32_t pc, mask;
} Group;

typedef struct Copy { /* one cp.async of one lane */
    uint64_t from;
    uint32_t to, group;
    uint8_t bytes, fill, lane;
} Copy;

typedef struct Block Block;
typedef enum WarpState { W_READY, W_BARRIER, W_DONE } WarpState;
struct Warp {
    uint8_t *base[2];         /* warp file, constants */
    Block *b;
    uint32_t pc, mask, merge; /* the running group; merge: lowest pc of the others */
    uint32_t live;            /* lanes that have not exited */
    uint32_t exists;          /* lanes that hold a thread */
    Group others[WARP], parked[WARP]; /* ready, and waiting at a barrier (pc behind it) */
    uint32_t n_others, n_parked;
    const Inst *bar_inst;     /* the barrier it waits at */
    uint32_t bar_id;
    WarpState state;
    bool yield;               /* leave the inner loop */
    uint32_t index;           /* in the block */
    uint32_t cc[WARP];        /* condition code of add.cc … */
    Copy *copies;             /* cp.async not yet delivered */
    uint32_t n_copies, cap_copies;
    uint32_t committed[WARP]; /* groups of each lane */
};

typedef struct Barrier {
    uint32_t arrived, expected; /* threads; expected 0: all live ones */
    uint32_t n_true, n_red;     /* of bar.red */
} Barrier;

/* Who touched four bytes of shared memory last: epoch << RACE_SHIFT | warp + 1; the epoch grows with every barrier. */
enum { RACE_SHIFT = 6, RACE_MANY = 63 };
typedef struct RaceCell {
    uint32_t written, read; /* read: RACE_MANY if by more than one warp */
} RaceCell;

typedef struct Launch Launch;
struct Block { /* one worker's current block */
    Launch *launch;
    const Func *f;
    Warp *warps;
    uint32_t n_warps, n_threads;
    uint32_t ctaid[3];
    uint8_t *shared, *shadow; /* shadow: one Shadow a byte */
    uint32_t shared_size;
    RaceCell *race;
    uint32_t epoch;
    uint8_t *local;
    uint8_t *consts;
    struct { uint64_t lo, hi; } *cache; /* per instruction: the allocation its last access hit */
    Barrier bar[N_BARRIERS];
    uint64_t instructions, lanes; /* of this worker */
    uint64_t rng;
};
typedef enum Shadow { SH_UNINIT, SH_INIT, SH_FLIGHT, SH_GAP } Shadow;

struct Launch {
    PtxSim *sim;
    const Func *f;
    uint32_t grid[3], block[3], dynamic;
    uint8_t *params;
    uint64_t n_blocks, next, stride, start; /* shuffled order: start + k × stride mod n_blocks */
    uint64_t used;    /* warp instructions, all workers */
    int error;        /* first error, CUresult */
    char log[512];
    pthread_mutex_t lock;
};

/* A block starts and runs to its end; false: a finding ended it. (sched.c) */
void block_start(Block *b, uint64_t index);
bool block_run(Block *b);
void warp_settle(Warp *w); /* after the running group changed: merges it with others at its pc, goes on with the lowest pc */
int launch_run(PtxSim *s, const Func *f, const uint32_t grid[3], const uint32_t block[3], uint32_t dynamic, const uint8_t *params, char *log, size_t n_log);

/* Records a finding of the lane, stops the launch. */
void sim_fault(Warp *w, const Inst *i, int lane, PtxFinding kind, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void report_count(PtxFinding kind, const char *text);
void report_launch(uint64_t blocks, uint64_t warp_insts, uint64_t lane_insts);
int finding_error(PtxFinding f);
int warp_thread(const Warp *w, int lane); /* linear index in the block */

/* ── memory of a running block (access.c, compiled for each level) ── */

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define access_addresses PASTE(access_addresses, LEVEL)
#define access_lanes PASTE(access_lanes, LEVEL)
#define access_copies PASTE(access_copies, LEVEL)

/* Addresses of the lanes: operand + imm. */
void access_addresses(const Warp *w, const Inst *i, uint32_t operand, int64_t imm, uint64_t ea[WARP]);
/* Host pointers of the lanes of mask for `bytes` each; checked and, for shared memory, marked. AT_FAULT: a finding was reported. */
typedef enum Use { USE_READ, USE_WRITE, USE_ATOMIC } Use;
typedef enum Pattern { AT_FAULT, AT_ANY, AT_RUN, AT_ONE } Pattern; /* AT_RUN: lane l at l × bytes, all lanes; AT_ONE: all at the same address */
Pattern access_lanes(Warp *w, const Inst *i, uint32_t mask, Space space, const uint64_t ea[WARP], unsigned bytes, Use use, uint8_t *host[WARP]);
void access_copies(Warp *w, uint32_t mask, uint32_t keep); /* delivers all but the newest `keep` groups of the lanes' cp.async */

/* ── parser ── */

int module_parse(PtxSim *s, const char *text, size_t n, PtxModule **out, char *log, size_t n_log);
void module_close(PtxModule **m);

/* Executors compiled for the baseline and for AVX2: rows end with op NULL. */
#define ROWS_LEVEL(name) \
    extern const OpRow name##_base[]; \
    extern const OpRow name##_v3[];
ROWS_LEVEL(rows_int)
ROWS_LEVEL(rows_bits)
ROWS_LEVEL(rows_float)
ROWS_LEVEL(rows_half)
ROWS_LEVEL(rows_cvt)
ROWS_LEVEL(rows_cmp)
ROWS_LEVEL(rows_mma)
ROWS_LEVEL(rows_mem)
ROWS_LEVEL(rows_atom)
ROWS_LEVEL(rows_async)
extern const OpRow rows_warp[], rows_control[];
void exec_branch(Warp *w, const Inst *i, uint32_t mask);
bool control_handler(ExecFn f); /* one that sets the pc itself */
const OpRow *const *op_tables(void); /* all of them, NULL at the end */

/* ── what handlers use ── */

static inline void *slot(const Warp *w, uint32_t o) { return w->base[o & 1] + (o & ~1u); }

static inline uint32_t pred_mask(const Warp *w, uint32_t o)
{
    const uint64_t *p = slot(w, o);
    uint32_t m = 0;
    for (int k = 0; k < 4; k++)
        m |= (uint32_t)((p[k] & 0x0101010101010101u) * 0x0102040810204080u >> 56) << (8 * k); /* a lane that never wrote holds any byte */
    return m;
}

#if defined __clang__
#define IVDEP _Pragma("clang loop vectorize(assume_safety)")
#else
#define IVDEP _Pragma("GCC ivdep")
#endif
/* d[l] = expr for the lanes of mask. Destination and sources are the same slot or disjoint, hence IVDEP; inactive lanes are computed and
 * thrown away, so expr must be total. */
#define EACH(T, d, expr) \
    do { \
        if (mask == UINT32_MAX) { \
            IVDEP for (int l = 0; l < WARP; l++) (d)[l] = (expr); \
        } else { \
            T r_[WARP]; \
            for (int l = 0; l < WARP; l++) \
                r_[l] = (expr); \
            for (int l = 0; l < WARP; l++) \
                (d)[l] = mask >> l & 1 ? r_[l] : (d)[l]; \
        } \
    } while (0)
/* The same lane by lane: for what does not become vectors. */
#define EACH_LANE for (uint32_t m_ = mask, l = 0; m_ && (l = (uint32_t)__builtin_ctz(m_), 1); m_ &= m_ - 1)

#endif
