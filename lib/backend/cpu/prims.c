/* SPDX-License-Identifier: MIT
 * backend/cpu: the tables behind prims.h. prims_init finds the machine's level, SPML_CPU lowers it, and the rows of each level up to it are
 * entered in ascending order. After that everything here is read-only. */
#include "backend/cpu/kernel_text.h"
#include "backend/cpu/prims_mem.h"
#include "base/knobs.h"

#include <cpuid.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ── levels ── */

static const struct { const char *name, *knob; const PrimOps *ops; const PrimConverts *converts; const PrimFns *fns; const PrimAots *aots; } levels[CPU_LEVELS] = {
    [CPU_BASELINE] = { "baseline", "baseline", &prim_ops_baseline, &prim_converts_baseline, &prim_fns_baseline, &prim_aots_baseline },
    [CPU_AVX2] = { "AVX2", "avx2", &prim_ops_avx2, &prim_converts_avx2, &prim_fns_avx2, &prim_aots_avx2 },
    [CPU_AVX512] = { "AVX-512", "avx512", &prim_ops_avx512, &prim_converts_avx512, &prim_fns_avx512, &prim_aots_avx512 },
    [CPU_VNNI] = { "AVX-512-VNNI", "vnni", &prim_ops_avx512, &prim_converts_avx512, &prim_fns_avx512, &prim_aots_avx512 },
    [CPU_AMX] = { "AVX-512-VNNI-AMX", "amx", &prim_ops_avx512, &prim_converts_avx512, &prim_fns_avx512, &prim_aots_avx512 },
};

static uint64_t xgetbv(void)
{
    uint32_t lo, hi;
    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return (uint64_t)hi << 32 | lo;
}

/* Does the system save matrix registers, for every thread of this process? */
static bool amx_permitted(void)
{
    enum { REQUEST = 0x1023, TILE_DATA = 18 }; /* ARCH_REQ_XCOMP_PERM */
    return (xgetbv() >> 17 & 3) == 3 && syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}

/* Instructions the machine has and registers the system saves. */
static CpuLevel machine_level(void)
{
    enum { FMA = 1 << 12, OSXSAVE = 1 << 27, F16C = 1 << 29, AVX2 = 1 << 5, F = 1 << 16, DQ = 1 << 17, BW = 1 << 30, VNNI = 1 << 11, TILES = 3 << 24 /* with bytes */ };
    const uint32_t VL = 1u << 31, avx512 = F | DQ | BW | VL;
    uint32_t a, b, c, d, b7 = 0, c7, d7;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE) || !(c & FMA) || !(c & F16C))
        return CPU_BASELINE;
    if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d7) || !(b7 & AVX2) || (xgetbv() & 0x6) != 0x6)
        return CPU_BASELINE;
    if ((b7 & avx512) != avx512 || (xgetbv() & 0xe6) != 0xe6)
        return CPU_AVX2;
    if (!(c7 & VNNI))
        return CPU_AVX512;
    return (d7 & TILES) == TILES && amx_permitted() ? CPU_AMX : CPU_VNNI;
}

CpuLevel cpu_level(void)
{
    const CpuLevel best = machine_level();
    const char *mask = knob_str(KNOB_CPU);
    for (int l = 0; l < CPU_LEVELS; l++)
        if (!strcmp(mask, levels[l].knob))
            return (CpuLevel)l < best ? (CpuLevel)l : best;
    return best;
}

const char *cpu_level_name(CpuLevel l) { return levels[l].name; }

/* ── opcodes and reducers ── */

enum { T_COUNT = 7, FORMS = 8 };
static const int8_t compute_index[DT_COUNT] = { /* + 1; 0: not a compute type */
    [DT_f32] = 1, [DT_f64] = 2, [DT_i32] = 3, [DT_u32] = 4, [DT_i64] = 5, [DT_u64] = 6, [DT_bool] = 7,
};
static KPrimFn op_table[K_COUNT][T_COUNT][FORMS];        /* by operand type */
static DType op_result[K_COUNT][T_COUNT];
static KPrimFn convert_table[3][T_COUNT][T_COUNT];       /* cast, sat, bitcast: [to][from] */
static KPrimFn step_table[KRED_ALL + 1][T_COUNT], fold_table[KRED_ALL + 1][T_COUNT];

static int convert_index(unsigned op) { return op == K_cast ? 0 : op == K_sat ? 1 : op == K_bitcast ? 2 : -1; }

static void enter_ops(const PrimOps *p)
{
    for (size_t i = 0; i < p->n_op; i++) {
        const PrimOpRow *r = &p->op[i];
        const int to = compute_index[r->type] - 1, from = compute_index[r->from] - 1, conv = convert_index(r->op);
        if (conv >= 0) {
            convert_table[conv][to][from] = r->fn;
        } else {
            op_table[r->op][from][r->form] = r->fn;
            op_result[r->op][from] = r->type;
        }
    }
    for (size_t i = 0; i < p->n_reduce; i++) {
        const PrimReduceRow *r = &p->reduce[i];
        (r->step ? step_table : fold_table)[r->kind][compute_index[r->type] - 1] = r->fn;
    }
}

static const PrimFns *fns;
static const PrimAots *aots;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_tables(void)
{
    const CpuLevel best = cpu_level();
    prims_mem_init();
    for (int l = 0; l <= (int)best; l++) {
        enter_ops(levels[l].ops);
        prims_mem_enter(levels[l].converts);
    }
    fns = levels[best].fns;
    aots = levels[best].aots;
}

void prims_init(void) { pthread_once(&once, init_tables); }

KPrimFn kprim_op(KOp op, DType type, DType from, unsigned form)
{
    const int to = compute_index[type] - 1, src = compute_index[from] - 1, conv = convert_index(op);
    if (to < 0 || src < 0 || form >= FORMS)
        return NULL;
    if (conv >= 0)
        return form == KFORM_V ? convert_table[conv][to][src] : NULL;
    return op_result[op][src] == type ? op_table[op][src][form] : NULL;
}

KPrimFn kprim_reduce_step(KRedKind kind, DType type)
{
    return kind <= KRED_ALL && compute_index[type] ? step_table[kind][compute_index[type] - 1] : NULL;
}

KPrimFn kprim_reduce_fold(KRedKind kind, DType type)
{
    return kind <= KRED_ALL && compute_index[type] ? fold_table[kind][compute_index[type] - 1] : NULL;
}

/* ── functions and whole kernels ── */

static int compare_fn(const PrimFnRow *r, const char *name, DType type)
{
    const int c = strcmp(r->name, name);
    return c ? c : (int)r->type - (int)type;
}

static const PrimFnRow *fn_row(const char *fn, DType type)
{
    size_t lo = 0, hi = fns ? fns->n : 0;
    while (lo < hi) {
        const size_t mid = (lo + hi) / 2;
        const int c = compare_fn(&fns->row[mid], fn, type);
        if (c == 0)
            return &fns->row[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

KPrimFn kprim_fn(const char *fn, DType type, unsigned form)
{
    const PrimFnRow *r = fn_row(fn, type);
    return r && form < 1u << (r->n_params > 4 ? 0 : r->n_params) ? r->forms[form] : NULL;
}

KPrimAnyFn kprim_fn_any(const char *fn, DType type)
{
    const PrimFnRow *r = fn_row(fn, type);
    return r && r->n_params > 4 ? (KPrimAnyFn)(void (*)(void))r->forms[1] : NULL;
}

const KAot *kaot_find(const char *key)
{
    for (size_t i = 0; aots && i < aots->n; i++)
        if (!strcmp(aots->row[i].key, key))
            return &aots->row[i];
    return NULL;
}

/* ── the texts ── */

static struct { pthread_once_t once; Arena arena; KModule *module; SpmlCode code; Error err; } texts = { .once = PTHREAD_ONCE_INIT };

static void parse_texts(void)
{
    texts.code = kir_parse(kernel_sources, n_kernel_sources, &texts.arena, &texts.module, &texts.err);
}

SpmlCode kernels_module(const KModule **out, Error *err)
{
    pthread_once(&texts.once, parse_texts);
    *out = texts.module;
    return texts.code == SPML_OK ? SPML_OK : error_set(err, texts.code, texts.err.key, "%s", texts.err.text);
}
