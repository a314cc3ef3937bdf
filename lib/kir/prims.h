/* SPDX-License-Identifier: MIT
 * kir: what kirc makes of the .k files of kernels/ ahead of time, for the CPU. Tile primitives: one native-vector loop per scalar function or opcode
 * and compute type, over up to KTILE elements in L1 slots; loads, stores and conversions per storage type. One object per
 * instruction-set level; prims_init fills one table in ascending order (SPML_CPU masks levels).
 * A slot is KTILE elements of one compute type (bool: one byte, 0/1), 64-byte aligned. A primitive processes n rounded up to a
 * multiple of 64 elements, so slots are always computed and written whole vectors at a time; lanes ≥ n hold garbage. */
#ifndef SPML_KIR_PRIMS_H
#define SPML_KIR_PRIMS_H

#include "kir/kir.h"

enum { KTILE = 256 };

/* dst: result slot(s); src: operand slots, or pointers to one element where the form says scalar. */
typedef void (*KPrimFn)(void *const *dst, const void *const *src, int n);
typedef enum KForm { KFORM_V = 0, KFORM_S0 = 1, KFORM_S1 = 2, KFORM_S2 = 4 } KForm; /* bit i: operand i is one scalar */

/* An opcode of kir.h on operand type `from`, giving `type` (they differ for compares, cast, sat, bitcast, isnan). fma exists with every
 * single scalar operand. NULL if there is none for this form (the caller splats the scalar and asks for KFORM_V). */
KPrimFn kprim_op(KOp op, DType type, DType from, unsigned form);
/* A scalar function of the .k module by name, with its (first) type parameter or its f32/… parameter type = type. n results in dst. */
KPrimFn kprim_fn(const char *fn, DType type, unsigned form);
/* The same with the form as an argument, bit k: operand k is one scalar; for functions of more than four parameters, else NULL. */
typedef void (*KPrimAnyFn)(void *const *dst, const void *const *src, int n, unsigned form);
KPrimAnyFn kprim_fn_any(const char *fn, DType type);
/* Superinstructions of kernels/fuse.def are functions too and found by kprim_fn. */

/* Memory: base points at an element of storage type t; stride in elements. Loads convert to the compute type acc(t) exactly as K_cast
 * would (storage types without conversion: kprim_move); stores convert back as K_cast (sat = false) or K_sat. */
typedef void (*KLoadFn)(void *slot, const void *base, int64_t stride, int n);
typedef void (*KStoreFn)(void *base, const void *slot, int64_t stride, int n);
typedef void (*KGatherFn)(void *slot, const void *base, const int64_t *index, int n); /* element offsets; lanes < n only are read */
typedef void (*KScatterFn)(void *base, const void *slot, const int64_t *index, const uint8_t *mask, int n); /* mask may be NULL */
KLoadFn kprim_load(DType storage, DType compute);   /* stride 0, 1 and general inside */
KStoreFn kprim_store(DType storage, DType compute, bool sat);
KGatherFn kprim_gather(DType storage, DType compute);
KScatterFn kprim_scatter(DType storage, DType compute);
/* Pure moves by element width in bytes (1 2 4 8 16): storage slot to storage slot. */
KLoadFn kprim_load_bytes(int width);
KStoreFn kprim_store_bytes(int width);
KGatherFn kprim_gather_bytes(int width);
KScatterFn kprim_scatter_bytes(int width);
/* Reduction over lanes of one slot in the canonical order of section 7 rule 3: 64 accumulators are stepped, then merged l with l+32 … l+1.
 * step64: acc[64] = step(acc[64], x[64]) for the built-in reducers; fold: merges 64 lanes to one. */
KPrimFn kprim_reduce_step(KRedKind kind, DType type); /* dst[0]: acc slot of 64; src[0]: items; n: multiple of 64 */
KPrimFn kprim_reduce_fold(KRedKind kind, DType type); /* dst[0]: one element; src[0]: acc slot of 64 */

/* Whole kernels compiled ahead of time (class 3 and hot class 1 instances listed in kernels/aot.def). */
typedef void (*KAotFn)(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch); /* flattened items (each) or groups of the top level */
/* Scratch is per thread, 64-byte aligned: sz_scratch bytes, or what sz_live says for a launch where that is not NULL (shared arrays sized by dims). */
typedef struct KAot { const char *key; KAotFn fn; size_t sz_scratch; bool group; size_t (*sz_live)(const KirLaunch *l); bool serial; } KAot;
/* serial: items write colliding elements in order (scatter last, ordered), so one call runs all of them. */
const KAot *kaot_find(const char *key);
/* Canonical text of an instance: "radix_move<K=u32,SHIFT=live,TILE=1024>": type, fn, reducer, const bindings in order of declaration, then /ranks. */
void kir_binding_key(const KModule *m, const char *kernel, const KirBinding *b, Text *out);

typedef enum CpuLevel { CPU_BASELINE, CPU_AVX2, CPU_AVX512, CPU_VNNI, CPU_AMX, CPU_LEVELS } CpuLevel; /* VNNI: AVX-512 with its byte products; AMX: and with matrix registers */
CpuLevel cpu_level(void);          /* best level of this machine under SPML_CPU */
const char *cpu_level_name(CpuLevel l); /* "baseline" "AVX2" "AVX-512" "AVX-512-VNNI" "AVX-512-VNNI-AMX" */
void prims_init(void);             /* idempotent, thread-safe */
/* The embedded text of the .k files of kernels/, parsed once per process on first use. */
SpmlCode kernels_module(const KModule **out, Error *err);

#endif
