/* SPDX-License-Identifier: MIT
 * kir: from an instance to the text of another machine: schedule → legalise → emit. Every target reads a kernel's operands through one block
 * of 64-bit words per launch, so texts depend on ranks, types and facts, never on extents. What a device can do is data (KirTarget); what it
 * cannot is rewritten without loss (kir_legalise) or refused by name. Floats are never contracted; names in texts are numbers only. */
#ifndef SPML_KIR_TARGET_H
#define SPML_KIR_TARGET_H

#include "kir/kir.h"

typedef enum KirLanguage { KLANG_OPENCL, KLANG_GLSL, KLANG_PTX, KLANG_COUNT } KirLanguage;

/* What the emitted text may use. From the driver's report, less what --force-emulation takes away. Part of every cache key. */
#define KIR_CAPS(X) \
    X(f64)         /* registers of f64 */ \
    X(int64)       /* registers of i64, u64 (all indices are i64: without it a kernel is refused) */ \
    X(store8)      /* loads and stores of single bytes */ \
    X(store16)     /* and of 16-bit words */ \
    X(f16)         /* casts f16 ↔ f32 in the language, exact and rounding to nearest even */ \
    X(bf16)        /* the same for bf16 */ \
    X(minmax)      /* float min and max that propagate NaN and order −0 < +0 */ \
    X(div)         /* f32 (and f64) division rounds correctly */ \
    X(sqrt)        /* square root too */ \
    X(denorm)      /* f32 subnormals are kept */ \
    X(mulhi64)     /* high half of a 64-bit product */ \
    X(fma)         /* fused multiply-add that rounds once, f32 and, with f64, f64 */ \
    X(atomic64)    /* atomics on 64-bit integers */ \
    X(subgroups)   /* shuffles among the lanes of a subgroup */ \
    X(dot4i8)      /* u8/s8 dot products of four */ \
    X(mma)         /* matrix units (tensor cores) for f16 and, with bf16, bf16, with f32 sums */ \
    X(tf32)        /* and for f32, whose factors are rounded to 10 bits: only where the user asks (--math tf32) */ \
    X(preserve)    /* GLSL: the text may ask that −0, inf and NaN are kept (SignedZeroInfNanPreserve 32 and, with f64, 64); denorm the same for subnormals */ \
    X(loops)       /* GLSL: a lane may take any number of turns; else the driver ends loops early and the text reports it (llvmpipe: 65535 turns in all of a lane's loops) */
typedef enum KirCap {
#define X(name) KCAP_##name##_bit,
    KIR_CAPS(X)
#undef X
    KIR_CAP_COUNT
} KirCap;
enum {
#define X(name) KCAP_##name = 1u << KCAP_##name##_bit,
    KIR_CAPS(X)
#undef X
};

typedef struct KirTarget {
    KirLanguage language;
    uint32_t caps;          /* KCAP_* */
    uint32_t lanes;         /* work-items of a group in a cooperative schedule: a power of two; 1 on a device of type CPU */
    uint32_t items;         /* work-items of a group where items are free */
    uint32_t max_shared;    /* bytes of shared memory a group may have */
    uint32_t max_by_value;  /* words of the parameter block that can travel by value; a longer block goes through memory */
    uint32_t simd;          /* CPU devices: lanes of f32 of a vector; else 0 */
    uint16_t sm, ptx;       /* PTX: tier 75, 80, 90; .version 63, 70, 80 */
} KirTarget;

const char *kir_cap_name(KirCap c);
/* The bit of a capability by name ("f16", "subgroups"); 0: no such. */
uint32_t kir_cap_find(const char *name, size_t n);

/* What a text may rely on about the strides of a launch, two bits per dimension of an operand: KFACT_ANY, KFACT_ZERO, KFACT_ONE; small: every element offset
 * and every index fits 31 bits; aligned, by bit, of the operands that the kernel copies by 16 bytes: so is the address, and so are all strides but those of 1.
 * Compared by bytes: clear the whole struct first. */
enum { KFACT_ANY, KFACT_ZERO, KFACT_ONE };
enum { KIR_FACT_SYMS = 16, KIR_FACT_WINDOW = 7 };
typedef struct KirFacts {
    uint32_t stride[KIR_MAX_OPERANDS];
    uint32_t small, aligned;
    uint8_t sym[KIR_FACT_SYMS]; /* CPU devices: the value of a symbol that is the side of a window, up to KIR_FACT_WINDOW; 0: any */
} KirFacts;
void kir_facts(const KirKernel *k, const KirLaunch *l, KirFacts *out);
static inline int kir_fact_sym(const KirFacts *f, uint32_t sym) { return f && sym < KIR_FACT_SYMS ? f->sym[sym] : 0; }
static inline unsigned kir_fact(const KirFacts *f, uint32_t operand, unsigned d) { return f ? f->stride[operand] >> 2 * d & 3 : KFACT_ANY; }

/* ── the parameter block ──
 * word 0: items (of an each) or groups (of a group) of the top level; then per operand: base, then rank extents, then rank strides (elements or
 * blocks); then the symbols. base: a device address where the language has pointers (PTX, GLSL), else bytes from the start of the bound buffer. */
uint32_t kir_word_base(const KirKernel *k, uint32_t operand);
static inline uint32_t kir_word_dim(const KirKernel *k, uint32_t operand, unsigned d) { return kir_word_base(k, operand) + 1 + d; }
static inline uint32_t kir_word_stride(const KirKernel *k, uint32_t operand, unsigned d) { return kir_word_base(k, operand) + 1 + k->mems[operand].rank + d; }
uint32_t kir_word_sym(const KirKernel *k, uint32_t sym);
uint32_t kir_words(const KirKernel *k);
/* Fills words[kir_words(k)] for a bound launch; base[operand] as said above. k: the scheduled kernel. */
void kir_fill_words(const KirKernel *k, const KirLaunch *l, const uint64_t *base, uint64_t *words);
/* Items or groups of the top level of k (either form) at this launch; 0: nothing to do. */
int64_t kir_top_items(const KirKernel *k, const KirLaunch *l);
/* Bytes of shared memory of a group at this launch, each array aligned to 16; −1: cannot be told. */
int64_t kir_shared_bytes(const KirKernel *k, const KirLaunch *l);
/* About how often a lane goes round its loops at this launch (turns.c); what data decides is not counted. */
int64_t kir_turns(const KirKernel *k, const KirLaunch *l);

/* ── fewer axes ── (flatten.c) k: unscheduled, from kir_fit, outlives the result, which lies in a. NULL: nothing to gain (or out of memory, as a says). */
typedef struct KirFlat KirFlat;
KirFlat *kir_flat_new(const KirKernel *k, Arena *a);
/* The same work as l over longer axes; false: l is as good (*out is then of no use). Addresses are those of l. */
bool kir_flatten(const KirFlat *f, const KirLaunch *l, KirLaunch *out);

/* ── passes ── */
/* A simplified copy of an unscheduled kernel for any device: no axes of one item, proven guards (fit.c). */
SpmlCode kir_fit(const KirKernel *k, Arena *a, KirKernel **out, Error *err);
/* A scheduled kernel in place: afterwards only what `t` has is left. Registers: bool, i32, u32, i64, u64, f32, f64 (caps), and i8, u8, i16, u16, f16, bf16 only
 * between a load and a cast, a cast and a store, or a load and a store. Precisely:
 * - operands and locals of f16, bf16 without the cap, of fp8, and of sub-byte types are u8 or u16 memories; their conversions are integer code
 *   (kernels/legal.k). Sub-byte elements: the memory keeps its type, a load gives a u8 with the bits of that one element, a store
 *   takes one and must leave its neighbours as they are while others store them;
 * - block fields become byte loads at their offset, of type u8 / i8 / (u8 pairs of) u16 … at their natural width if aligned;
 * - integer / and % never see 0 or MIN/-1; shift counts are below the width;
 * - without minmax, mulhi64 or the float→int saturation of the language the sequences are spelled out: K_cast float→int is left only on values
 *   inside the target's range, K_sat not at all;
 * - K_rem on floats, comparisons of storage types, K_call: gone. K_isnan stays.
 * What cannot be done: SPML_UNSUPPORTED "capability", naming kernel, line and capability. m: kernels_module(), which holds kernels/legal.k. */
SpmlCode kir_legalise(KirKernel *k, const KModule *m, const KirTarget *t, Error *err);

/* A copy of k, whose items hold one dot, as groups of tiles of y × x outputs; sums stay in registers. SPML_NO without a message: k is not of this form.
 * - KFORM_LANES: (y/ry)·(x/rx) lanes with ry × rx sums each; blocks of kc steps of the dot lie in shared memory, `pad` elements between lines. y·kc and x·kc are multiples
 *   of the number of lanes.
 * - KFORM_PANEL (CPU devices): one work-item a group, which brings a panel of x columns over the whole dot into shared memory and runs all rows over it, ry at a time,
 *   with vectors of the target's simd lanes.
 * - KFORM_PIPE (kir_schedule_mma): a ring of `stages` blocks of kc steps in shared memory, filled by 16-byte copies; ry × rx fma chains a lane, warps of 4 × 8 lanes.
 * - KFORM_MMA: the same ring; a warp has ry × rx outputs on matrix units; kc is for elements of 16 bits, of others as many as have the bytes. */
typedef enum KirForm { KFORM_LANES, KFORM_PANEL, KFORM_PIPE, KFORM_MMA } KirForm;
typedef struct KirTile { KirForm form; int16_t y, x, kc, ry, rx, pad, stages; int16_t simd; } KirTile;
SpmlCode kir_schedule_dot(const KirKernel *k, const KirTile *tile, Arena *a, KirKernel **out, Error *err);
/* KFORM_PIPE, KFORM_MMA. like: a launch, or NULL: which way its operands' rows lie. */
SpmlCode kir_schedule_mma(const KirKernel *k, const KirTile *tile, const KirTarget *t, const KirLaunch *like, Arena *a, KirKernel **out, Error *err);

/* variants.def. fits: target and size of the output suit the row; whether the kernel does its schedule says. */
typedef struct KirVariant { const char *name; uint32_t languages, lanes, simd, sm, caps; int64_t items; KirTile tile; } KirVariant;
const KirVariant *kir_variants(size_t *n);
bool kir_variant_fits(const KirVariant *v, const KirTarget *t, int64_t items);
SpmlCode kir_schedule_as(const KirKernel *k, const KirVariant *v, const KirTarget *t, const KirLaunch *like, Arena *a, KirKernel **out, Error *err);
/* The first row that takes k; like: a launch, or NULL. SPML_NO: the plain schedule does better. */
SpmlCode kir_schedule_variant(const KirKernel *k, const KirTarget *t, const KirLaunch *like, Arena *a, KirKernel **out, Error *err);

/* Schedules for t, legalises, simplifies, verifies: what the emitters and, in tests, the interpreter take. Contractions get the form of
 * variants.def that fits t and, where given, the launch `like`. */
SpmlCode kir_prepare(const KirKernel *k, const KModule *m, const KirTarget *t, const KirLaunch *like, Arena *a, KirKernel **out, Error *err);
/* What follows the schedule: the second half of kir_prepare, in place. */
SpmlCode kir_finish(KirKernel *k, const KModule *m, const KirTarget *t, Error *err);

/* ── emitters ── k: from kir_prepare. entry: [A-Za-z0-9_], the function's name in the text; facts may be NULL.
 * A cooperative kernel (top level: group) runs one group of t->lanes work-items per group of word 0; else work-item number i of the grid runs item i,
 * those beyond word 0 do nothing; `reach` says how.
 * What a runtime passes:
 * - OpenCL: argument 0 is the block (a struct of words by value, else a __constant or __global const ulong *), then one __global pointer per operand in order
 *   (base: bytes from it), then with dynamic_shared a __local uchar *. reqd_work_group_size(group_size, 1, 1); the grid is one-dimensional.
 * - GLSL: push constant 0 is the block's address, 64 bits; the block, like every operand, is a buffer reference, aligned to 16. The number of a group is
 *   gl_WorkGroupID.x + gl_NumWorkGroups.x · gl_WorkGroupID.y; groups beyond those of word 0 return at once. Specialisation constant 0 is
 *   kir_shared_bytes with dynamic_shared. The entry point is main, whatever the name. Without KCAP_loops two words follow the block's: the address of an
 *   i64, and what is written there when the driver ended a loop before its time: every result of that launch is void. */
typedef struct KirEmitted {
    uint32_t group_size;    /* work-items of a group (local size) */
    uint32_t share;         /* 0, or (CPU devices): any number of groups is right, each runs its share of the items; fewer than this in one do not pay */
    bool group;             /* the top level is groups: launch word 0 groups; else ceil(word 0 / group_size) groups */
    bool by_value;          /* OpenCL, PTX: the block is a by-value argument; else its address or buffer is */
    bool dynamic_shared;    /* shared memory is passed at launch: kir_shared_bytes */
} KirEmitted;
typedef struct KirEmitter {
    const char *name, *extension;   /* "PTX", ".ptx" */
    bool many;                      /* several kernels make one text (prelude, kernels…); else each is a text of its own */
    SpmlCode (*prelude)(const KirTarget *t, Text *out, Error *err);
    SpmlCode (*kernel)(const KirKernel *k, const KirTarget *t, const KirFacts *facts, const char *entry, Text *out, KirEmitted *info, Error *err);
} KirEmitter;
extern const KirEmitter kir_emit_opencl, kir_emit_glsl, kir_emit_ptx;

#endif
