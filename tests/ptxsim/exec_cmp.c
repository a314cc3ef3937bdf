/* SPDX-License-Identifier: MIT
 * ptxsim: comparisons and selection. The plain float comparisons are false on NaN, those with u are true. */
#include "exec.h"

enum { EQ, NE, LT, LE, GT, GE, LO, LS, HI, HS, EQU, NEU, LTU, LEU, GTU, GEU, NUM, NANC };

#define LOOP(expr) \
    for (int l = 0; l < WARP; l++) \
        t[l] = (pred)(expr); \
    break
#define COMPARE(T, floats) \
    static void compare_##T(pred *restrict t, const T *a, const T *b, int op) \
    { \
        switch (op) { \
        case EQ: LOOP(a[l] == b[l]); \
        case NE: LOOP(a[l] != b[l] && (a[l] == a[l]) & (b[l] == b[l])); \
        case LT: case LO: LOOP(a[l] < b[l]); \
        case LE: case LS: LOOP(a[l] <= b[l]); \
        case GT: case HI: LOOP(a[l] > b[l]); \
        case GE: case HS: LOOP(a[l] >= b[l]); \
        floats \
        } \
    }
#define UNORDERED \
    case EQU: LOOP((a[l] == b[l]) | (a[l] != a[l]) | (b[l] != b[l])); \
    case NEU: LOOP(a[l] != b[l]); \
    case LTU: LOOP(!(a[l] >= b[l])); \
    case LEU: LOOP(!(a[l] > b[l])); \
    case GTU: LOOP(!(a[l] <= b[l])); \
    case GEU: LOOP(!(a[l] < b[l])); \
    case NUM: LOOP((a[l] == a[l]) & (b[l] == b[l])); \
    case NANC: LOOP((a[l] != a[l]) | (b[l] != b[l]));
COMPARE(u16, )
COMPARE(s16, )
COMPARE(u32, )
COMPARE(s32, )
COMPARE(u64, )
COMPARE(s64, )
COMPARE(f32, UNORDERED)
COMPARE(f64, UNORDERED)

static void widen(f32 *to, const u16 *h, bool bf16)
{
    for (int l = 0; l < WARP; l++)
        to[l] = bf16 ? f32_of_bf16(h[l]) : f32_of_f16(h[l]);
}

static void compare_halves(pred *t, const u16 *a, const u16 *b, int op, bool bf16)
{
    f32 x[WARP], y[WARP];
    widen(x, a, bf16);
    widen(y, b, bf16);
    compare_f32(t, x, y, op);
}

static void compare_ftz(pred *t, const f32 *a, const f32 *b, int op)
{
    f32 x[WARP], y[WARP];
    for (int l = 0; l < WARP; l++) {
        x[l] = flush(a[l]);
        y[l] = flush(b[l]);
    }
    compare_f32(t, x, y, op);
}

/* t = a op b of operands k and k + 1 */
static void compare(Warp *w, const Inst *i, Type type, int k, pred *t)
{
    const void *a = slot(w, i->o[k]), *b = slot(w, i->o[k + 1]);
    switch (type) {
    case T_U16: case T_B16: compare_u16(t, a, b, i->cmp); break;
    case T_S16: compare_s16(t, a, b, i->cmp); break;
    case T_U32: case T_B32: compare_u32(t, a, b, i->cmp); break;
    case T_S32: compare_s32(t, a, b, i->cmp); break;
    case T_U64: case T_B64: compare_u64(t, a, b, i->cmp); break;
    case T_S64: compare_s64(t, a, b, i->cmp); break;
    case T_F64: compare_f64(t, a, b, i->cmp); break;
    case T_F16: compare_halves(t, a, b, i->cmp, false); break;
    case T_BF16: compare_halves(t, a, b, i->cmp, true); break;
    default:
        if (mod_has(&i->mods, M_FTZ))
            compare_ftz(t, a, b, i->cmp);
        else
            compare_f32(t, a, b, i->cmp);
    }
}

/* t = t boolop c */
static void combine(Warp *w, const Inst *i, int k, pred *t)
{
    const pred *c = slot(w, i->o[k]);
    pred n = i->neg >> k & 1;
    bool is_and = mod_has(&i->mods, M_AND), is_or = mod_has(&i->mods, M_OR);
    for (int l = 0; l < WARP; l++) {
        pred x = c[l] ^ n;
        t[l] = is_and ? t[l] & x : is_or ? t[l] | x : t[l] ^ x;
    }
}

HANDLER(setp)
{
    pred t[WARP], u[WARP];
    compare(w, i, (Type)i->type[0], 2, t);
    for (int l = 0; l < WARP; l++)
        u[l] = t[l] ^ 1;
    if (i->n_o > 4) {
        combine(w, i, 4, t);
        combine(w, i, 4, u);
    }
    pred *p = slot(w, i->o[0]);
    EACH(pred, p, t[l]);
    if (i->o[1] != NO_SLOT) {
        pred *q = slot(w, i->o[1]);
        EACH(pred, q, u[l]);
    }
}

HANDLER(set)
{
    pred t[WARP];
    compare(w, i, (Type)i->type[1], 1, t);
    if (i->n_o > 3)
        combine(w, i, 3, t);
    u32 one = i->type[0] == T_F32 ? 0x3f800000 : UINT32_MAX;
    DST(u32, d);
    EACH(u32, d, t[l] ? one : 0);
}

#define SELECT(N, T) \
    HANDLER(selp_##N) \
    { \
        DST(T, d); \
        SRC(T, a, 1); \
        SRC(T, b, 2); \
        SRC(pred, c, 3); \
        pred n = i->neg >> 3 & 1; \
        EACH(T, d, c[l] ^ n ? a[l] : b[l]); \
    } \
    HANDLER(slct_##N##_s32) \
    { \
        DST(T, d); \
        SRC(T, a, 1); \
        SRC(T, b, 2); \
        SRC(s32, c, 3); \
        EACH(T, d, c[l] >= 0 ? a[l] : b[l]); \
    } \
    HANDLER(slct_##N##_f32) \
    { \
        DST(T, d); \
        SRC(T, a, 1); \
        SRC(T, b, 2); \
        SRC(f32, c, 3); \
        EACH(T, d, c[l] >= 0 ? a[l] : b[l]); \
    }
SELECT(16, u16)
SELECT(32, u32)
SELECT(64, u64)

#define T16 "b16|u16|s16"
#define T32 "b32|u32|s32|f32"
#define T64 "b64|u64|s64|f64"
#define BITS "b16|b32|b64"
#define SINTS "s16|s32|s64"
#define UINTS "u16|u32|u64"
#define SIGNED_OPS "eq|ne|lt|le|gt|ge"
#define FLOAT_OPS "eq|ne|lt|le|gt|ge|equ|neu|ltu|leu|gtu|geu|num|nan"
#define UNSIGNED_OPS "eq|ne|lt|le|gt|ge|lo|ls|hi|hs"
#define BOOL " and|or|xor"
#define BOTH(ops, may, types, sm, ptx) {"setp", ops, may, types, "=p| 0 0", setp, sm, ptx}, {"setp", ops BOOL, may, types, "=p| 0 0 p", setp, sm, ptx}
#define SET(ops, may, types) {"set", ops, may, "u32|s32|f32." types, "=0 1 1", set}, {"set", ops BOOL, may, "u32|s32|f32." types, "=0 1 1 p", set}
ROWS(rows_cmp) = {
    BOTH("eq|ne", "", BITS, 0, 0), BOTH(SIGNED_OPS, "", SINTS, 0, 0), BOTH(UNSIGNED_OPS, "", UINTS, 0, 0), BOTH(FLOAT_OPS, "ftz", "f32", 0, 0),
    BOTH(FLOAT_OPS, "", "f64", 0, 0), BOTH(FLOAT_OPS, "ftz", "f16", 53, 42), BOTH(FLOAT_OPS, "", "bf16", 90, 78),
    SET("eq|ne", "", BITS), SET(SIGNED_OPS, "", SINTS), SET(UNSIGNED_OPS, "", UINTS), SET(FLOAT_OPS, "ftz", "f32"), SET(FLOAT_OPS, "", "f64"),
    {"selp", "", "", T16 "|f16|bf16", "=0 0 0 p", selp_16}, {"selp", "", "", T32, "=0 0 0 p", selp_32}, {"selp", "", "", T64, "=0 0 0 p", selp_64},
    {"slct", "", "", T16 ".s32", "=0 0 0 1", slct_16_s32}, {"slct", "", "", T32 ".s32", "=0 0 0 1", slct_32_s32}, {"slct", "", "", T64 ".s32", "=0 0 0 1", slct_64_s32},
    {"slct", "", "ftz", T16 ".f32", "=0 0 0 1", slct_16_f32}, {"slct", "", "ftz", T32 ".f32", "=0 0 0 1", slct_32_f32},
    {"slct", "", "ftz", T64 ".f32", "=0 0 0 1", slct_64_f32}, END_ROWS,
};
