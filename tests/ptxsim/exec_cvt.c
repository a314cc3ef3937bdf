/* SPDX-License-Identifier: MIT
 * ptxsim: conversions. The general form goes through 64-bit integers or doubles, which hold every source exactly; common pairs have a loop of their
 * own. Float to integer saturates; NaN gives 0, but the most negative number (of 32 or 64 bits) where source or result has 64 bits, as GPUs do. */
#include "exec.h"

#include <math.h>

typedef struct Wide { /* the source values of all lanes */
    int64_t n[WARP];
    double x[WARP];
    bool is_float, is_unsigned;
} Wide;

/* Lanes of a register of `have` bytes; the type takes the low part. */
static inline uint64_t lane_bits(const void *p, unsigned have, int l)
{
    switch (have) {
    case 2: return ((const u16 *)p)[l];
    case 4: return ((const u32 *)p)[l];
    default: return ((const u64 *)p)[l];
    }
}
static inline void put_bits(void *p, unsigned have, uint32_t l, uint64_t v)
{
    switch (have) {
    case 2: ((u16 *)p)[l] = (u16)v; break;
    case 4: ((u32 *)p)[l] = (u32)v; break;
    default: ((u64 *)p)[l] = v; break;
    }
}

static inline int64_t extend(uint64_t v, Type t)
{
    unsigned drop = 64 - 8 * type_info[t].size;
    v <<= drop;
    return type_info[t].cls == C_SINT ? (int64_t)v >> drop : (int64_t)(v >> drop);
}

static inline double float_value(uint64_t v, Type t, bool ftz)
{
    switch (t) {
    case T_F16: return (double)f32_of_f16((uint16_t)v);
    case T_BF16: return (double)f32_of_bf16((uint16_t)v);
    case T_F32: return (double)(ftz ? flush(f32_of((uint32_t)v)) : f32_of((uint32_t)v));
    default: return f64_of(v);
    }
}

static void load(const Warp *w, const Inst *i, int operand, Type t, Wide *out)
{
    const void *p = slot(w, i->o[operand]);
    unsigned have = i->size[operand];
    out->is_float = type_info[t].cls == C_FLOAT;
    out->is_unsigned = type_info[t].cls == C_UINT;
    bool ftz = mod_has(&i->mods, M_FTZ);
    for (int l = 0; l < WARP; l++)
        if (out->is_float)
            out->x[l] = float_value(lane_bits(p, have, l), t, ftz);
        else
            out->n[l] = extend(lane_bits(p, have, l), t);
}

/* ── to integers ── */

static int64_t clamp_int(int64_t v, bool source_unsigned, Type t)
{
    unsigned bits = 8 * type_info[t].size;
    bool to_signed = type_info[t].cls == C_SINT;
    uint64_t hi = to_signed ? ((uint64_t)1 << (bits - 1)) - 1 : bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    int64_t lo = to_signed ? -(int64_t)(hi)-1 : 0;
    if (!source_unsigned && v < lo)
        return lo;
    if ((source_unsigned || v > 0) && (uint64_t)v > hi)
        return (int64_t)hi;
    return v;
}

static double to_integral(double x, const ModSet *m)
{
    return mod_has(m, M_RNI) ? nearbyint(x) : mod_has(m, M_RZI) ? trunc(x) : mod_has(m, M_RMI) ? floor(x) : mod_has(m, M_RPI) ? ceil(x) : x;
}

static int64_t float_to_int(double x, Type t, Type from)
{
    unsigned bits = 8 * type_info[t].size;
    bool to_signed = type_info[t].cls == C_SINT;
    if (x != x)
        return bits == 64 ? INT64_MIN : bits == 32 && from == T_F64 ? (int64_t)INT32_MIN : 0;
    double hi = ldexp(1, (int)bits - to_signed), lo = to_signed ? -hi : 0;
    if (x >= hi)
        return to_signed ? (int64_t)(((uint64_t)1 << (bits - 1)) - 1) : bits == 64 ? -1 : (int64_t)(((uint64_t)1 << bits) - 1);
    if (x <= lo)
        return to_signed ? (int64_t)(UINT64_MAX << (bits - 1)) : 0;
    return to_signed ? (int64_t)x : (int64_t)(uint64_t)x;
}

/* ── to floats: nearest first, then one step if the direction asks for it ── */

static uint64_t f64_to(double x, Type t, Dir d)
{
    float f = (float)x; /* nearest; for 16 bits to odd, so that the second rounding is right */
    if (t == T_F64)
        return bits_of64(x);
    if (x != x)
        return t == T_F32 ? 0x7fffffff : 0x7fff;
    if (t == T_F32)
        return step(bits_of(f), 31, ((double)f > x) - ((double)f < x), d);
    if ((double)f != x && !isinf(x)) {
        uint32_t b = isinf(f) ? (bits_of(f) & 0x80000000) | 0x7f7fffff : bits_of(f) - (fabs((double)f) > fabs(x));
        f = f32_of(b | 1);
    }
    uint16_t h = t == T_F16 ? f16_of_f32(f) : bf16_of_f32(f);
    double back = (double)(t == T_F16 ? f32_of_f16(h) : f32_of_bf16(h));
    return step(h, 15, (back > x) - (back < x), d);
}

/* Integers above 2^53 first become an odd double: the digits lost are remembered in its last one. */
static uint64_t int_to(int64_t v, bool is_unsigned, Type t, Dir d)
{
    double x = is_unsigned ? (double)(uint64_t)v : (double)v;
    __int128 exact = is_unsigned ? (__int128)(uint64_t)v : (__int128)v, have = (__int128)x;
    int order = (have > exact) - (have < exact);
    if (t == T_F64)
        return step(bits_of64(x), 63, order, d);
    if (t == T_F32 && d == NEAREST)
        return bits_of(is_unsigned ? (float)(uint64_t)v : (float)v);
    if (order)
        x = f64_of(step(bits_of64(x), 63, order, TO_ZERO) | 1);
    return f64_to(x, t, d);
}

static double saturate(double x) { return x != x || x < 0 ? 0 : x > 1 ? 1 : x + 0.0; }

HANDLER(cvt_any)
{
    Wide v;
    Type to = (Type)i->type[0], from = (Type)i->type[1];
    load(w, i, 1, from, &v);
    void *d = slot(w, i->o[0]);
    unsigned have = i->size[0];
    bool to_float = type_info[to].cls == C_FLOAT, sat = mod_has(&i->mods, M_SAT), ftz = mod_has(&i->mods, M_FTZ), relu = mod_has(&i->mods, M_RELU);
    Dir dir = direction(&i->mods);
    EACH_LANE {
        uint64_t r;
        if (v.is_float) {
            double x = to_integral(v.x[l], &i->mods);
            x = to_float && sat ? saturate(x) : to_float && relu && (x < 0) ? 0 : x;
            r = to_float ? f64_to(x, to, dir) : (uint64_t)float_to_int(x, to, from);
            if (to == T_F32 && ftz)
                r = bits_of(flush(f32_of((uint32_t)r)));
        } else if (to_float) {
            r = int_to(v.n[l], v.is_unsigned, to, dir);
            r = sat ? f64_to(saturate(float_value(r, to, false)), to, NEAREST) : r;
        } else
            r = (uint64_t)extend((uint64_t)(sat ? clamp_int(v.n[l], v.is_unsigned, to) : v.n[l]), to);
        put_bits(d, have, l, r);
    }
}

/* d = {a, b}: a in the upper half */
HANDLER(cvt_pair)
{
    DST(u32, d);
    SRC(f32, a, 1);
    SRC(f32, b, 2);
    Type t = i->type[0] == T_F16X2 ? T_F16 : T_BF16;
    Dir dir = direction(&i->mods);
    bool relu = mod_has(&i->mods, M_RELU);
    EACH_LANE {
        double x = (double)a[l], y = (double)b[l];
        x = relu && x < 0 ? 0 : x;
        y = relu && y < 0 ? 0 : y;
        d[l] = (u32)f64_to(x, t, dir) << 16 | (u32)f64_to(y, t, dir);
    }
}

HANDLER(cvt_tf32) /* nearest, ties away: the low 13 bits are not kept */
{
    DST(u32, d);
    SRC(u32, a, 1);
    EACH(u32, d, (a[l] & 0x7f800000) == 0x7f800000 ? a[l] : (a[l] + 0x1000) & 0xffffe000);
}

/* cvt.pack.sat: {a, b, low part of c} for 8 bits, {a, b} for 16 */
HANDLER(cvt_pack)
{
    DST(u32, d);
    SRC(s32, a, 1);
    SRC(s32, b, 2);
    Type t = (Type)i->type[0];
    unsigned bits = 8 * type_info[t].size;
    const u32 *c = i->n_o > 3 ? slot(w, i->o[3]) : NULL;
    u32 keep = (1u << bits) - 1;
    EACH_LANE {
        u32 x = (u32)clamp_int(a[l], false, t) & keep, y = (u32)clamp_int(b[l], false, t) & keep;
        d[l] = (c ? c[l] << 2 * bits : 0) | x << bits | y;
    }
}

/* ── common pairs of full-width registers ── */

UNARY(u64_u32, u64, u32, a[l])
UNARY(s64_s32, s64, s32, a[l])
UNARY(u32_u64, u32, u64, (u32)a[l])
UNARY(u32_u16, u32, u16, a[l])
UNARY(s32_s16, s32, s16, a[l])
UNARY(u16_u32, u16, u32, (u16)a[l])
UNARY(f32_s32, f32, s32, (f32)a[l])
UNARY(f32_u32, f32, u32, (f32)a[l])
UNARY(f32_f16, f32, u16, canon(f32_of_f16(a[l])))
UNARY(f32_bf16, f32, u16, canon(f32_of_bf16(a[l])))
UNARY(f16_f32, u16, f32, f16_of_f32(a[l]))
UNARY(bf16_f32, u16, f32, bf16_of_f32(a[l]))
UNARY(f64_f32, f64, f32, (f64)a[l])
UNARY(f32_f64, f32, f64, canon((f32)a[l]))
static inline s32 trunc_s32(f32 x) { return x != x ? 0 : x >= 0x1p31f ? INT32_MAX : x <= -0x1p31f ? INT32_MIN : (s32)x; }
UNARY(rzi_s32, s32, f32, trunc_s32(a[l]))

#define INTS "u8|s8|u16|s16|u32|s32|u64|s64"
#define ANY "=~0 ~1"
ROWS(rows_cvt) = {
    {"cvt", "", "", "u64|s64.u32", "=0 1", u64_u32}, {"cvt", "", "", "u64|s64.s32", "=0 1", s64_s32}, {"cvt", "", "", "u32|s32.u64|s64", "=0 1", u32_u64},
    {"cvt", "", "", "u32|s32.u16", "=0 1", u32_u16}, {"cvt", "", "", "u32|s32.s16", "=0 1", s32_s16}, {"cvt", "", "", "u16|s16.u32|s32", "=0 1", u16_u32},
    {"cvt", "rn", "", "f32.s32", "=0 1", f32_s32}, {"cvt", "rn", "", "f32.u32", "=0 1", f32_u32}, {"cvt", "", "", "f32.f16", "=0 1", f32_f16},
    {"cvt", "", "", "f32.bf16", "=0 1", f32_bf16, 80, 71}, {"cvt", "rn", "", "f16.f32", "=0 1", f16_f32}, {"cvt", "rn", "", "bf16.f32", "=0 1", bf16_f32, 80, 70},
    {"cvt", "", "", "f64.f32", "=0 1", f64_f32}, {"cvt", "rn", "", "f32.f64", "=0 1", f32_f64}, {"cvt", "rzi", "", "s32.f32", "=0 1", rzi_s32},
    {"cvt", "", "sat", INTS "." INTS, ANY, cvt_any},
    {"cvt", "rn|rz|rm|rp", "sat", "f16|f32|f64." INTS, ANY, cvt_any},
    {"cvt", "rn|rz|rm|rp", "", "bf16." INTS, ANY, cvt_any, 90, 78},
    {"cvt", "rni|rzi|rmi|rpi", "ftz sat", INTS ".f16|f32|f64", ANY, cvt_any},
    {"cvt", "rni|rzi|rmi|rpi", "", INTS ".bf16", ANY, cvt_any, 90, 78},
    {"cvt", "rn|rz|rm|rp", "ftz sat", "f32.f64", ANY, cvt_any}, {"cvt", "rn|rz|rm|rp", "ftz sat", "f16.f32|f64", ANY, cvt_any},
    {"cvt", "rn|rz relu", "", "f16.f32", ANY, cvt_any, 80, 70}, {"cvt", "rn|rz", "relu", "bf16.f32", ANY, cvt_any, 80, 70},
    {"cvt", "", "ftz sat", "f64.f32|f16", ANY, cvt_any}, {"cvt", "", "ftz sat", "f32.f16", ANY, cvt_any}, {"cvt", "", "ftz sat", "f32.bf16", ANY, cvt_any, 80, 71},
    {"cvt", "", "ftz sat", "f32.f32", ANY, cvt_any}, {"cvt", "", "sat", "f64.f64", ANY, cvt_any}, {"cvt", "", "sat ftz", "f16.f16", ANY, cvt_any},
    {"cvt", "rni|rzi|rmi|rpi", "ftz sat", "f32.f32", ANY, cvt_any}, {"cvt", "rni|rzi|rmi|rpi", "sat", "f64.f64", ANY, cvt_any},
    {"cvt", "rni|rzi|rmi|rpi", "sat", "f16.f16", ANY, cvt_any},
    {"cvt", "rn|rz", "relu", "f16x2|bf16x2.f32", "=w 1 1", cvt_pair, 80, 70}, {"cvt", "rna", "", "tf32.f32", "=w 1", cvt_tf32, 80, 70},
    {"cvt", "pack sat", "", "s16|u16.s32", "=w 1 1", cvt_pack, 72, 65}, {"cvt", "pack sat", "", "s8|u8.s32.b32", "=w 1 1 w", cvt_pack, 72, 65}, END_ROWS,
};
