/* SPDX-License-Identifier: MIT
 * backend/cpu: what each instruction-set level offers (isa/prims_op.c, isa/prims_mem.c and the functions kirc emits, each compiled once per level).
 * prims.c enters the rows of every level up to cpu_level() in ascending order into one table; later rows replace earlier ones. */
#ifndef SPML_CPU_PRIMS_TABLE_H
#define SPML_CPU_PRIMS_TABLE_H

#include "kir/prims.h"

typedef struct PrimOpRow { uint8_t op, type, from, form; KPrimFn fn; } PrimOpRow;
/* step: items into 64 accumulators; else: 64 accumulators into one */
typedef struct PrimReduceRow { uint8_t kind, type; bool step; KPrimFn fn; } PrimReduceRow;
/* Contiguous conversion of n elements, n a multiple of 64. Sub-byte elements lie one to a byte. */
typedef void (*PrimConvertFn)(void *dst, const void *src, int n);
typedef enum PrimConvert { CONVERT_LOAD, CONVERT_STORE, CONVERT_STORE_SAT, CONVERT_KINDS } PrimConvert;
typedef struct PrimConvertRow { uint8_t kind, storage, compute; PrimConvertFn fn; } PrimConvertRow;
/* A function of the .k module; rows are sorted by name, then type, and are the same on every level but for fn. */
enum { PRIM_FN_TYPES = 24 };
typedef struct PrimFnRow { const char *name; uint8_t type, n_params, n_results, types[PRIM_FN_TYPES]; const KPrimFn *forms; } PrimFnRow; /* types: parameters, results */

typedef struct PrimOps { const PrimOpRow *op; size_t n_op; const PrimReduceRow *reduce; size_t n_reduce; } PrimOps;
typedef struct PrimConverts { const PrimConvertRow *row; size_t n; } PrimConverts;
typedef struct PrimFns { const PrimFnRow *row; size_t n; } PrimFns;
typedef struct PrimAots { const KAot *row; size_t n; } PrimAots;
extern const PrimOps prim_ops_baseline, prim_ops_avx2, prim_ops_avx512;
extern const PrimConverts prim_converts_baseline, prim_converts_avx2, prim_converts_avx512;
extern const PrimFns prim_fns_baseline, prim_fns_avx2, prim_fns_avx512;
extern const PrimAots prim_aots_baseline, prim_aots_avx2, prim_aots_avx512;

#define PRIM_JOIN_(a, b) a##_##b
#define PRIM_JOIN(a, b) PRIM_JOIN_(a, b)

#endif
