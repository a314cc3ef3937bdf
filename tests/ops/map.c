/* SPDX-License-Identifier: MIT
 * tests/ops: casts and elementwise operators. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

#define FLOATS "f32 f32 f32 f16 bf16 f64"
#define INTS "i8 i16 i32 i64 u8 u16 u32 u64"
#define ANY FLOATS " " INTS

/* Float attributes that the operator's row names, each some number near its default. */
static void params(Gen *g, char *buf, size_t sz)
{
    size_t at = 0;
    char row[200];
    snprintf(row, sizeof row, "%s", op_info[g->op].params);
    *buf = 0;
    char *save = NULL;
    for (char *p = strtok_r(row, ",", &save); p && at < sz; p = strtok_r(NULL, ",", &save)) {
        if (gen_chance(g, 3))
            continue;
        *strchrnul(p, '=') = 0;
        bool flag = !strcmp(p, "neg") || !strcmp(p, "pos");
        double v = flag ? gen_pick(g, 2) : !strcmp(p, "lo") ? -(double)gen_pick(g, 64) / 16 : 0.125 + (double)gen_pick(g, 40) / 16;
        at += (size_t)snprintf(buf + at, sz - at, "%s\"%s\" = f %g", at ? ", " : "", p, v);
    }
}

static int any_data(Gen *g, DType t, GenShape s) { return gen_chance(g, 2) ? gen_data(g, t, s, FILL_WIDE, 0, 0) : gen_data(g, t, s, FILL_RANGE, dtype_info[t].cls == DCLASS_UINT ? 0 : -4, 4); }

static void one(Gen *g, DType t)
{
    char attrs[400];
    int x = any_data(g, t, gen_shape(g, 0, 5));
    params(g, attrs, sizeof attrs);
    gen_node(g, 1, &x, 1, "%s", attrs);
}

void gen_unary(Gen *g) { one(g, gen_one_of(g, FLOATS)); }
void gen_unary_any(Gen *g) { one(g, gen_one_of(g, ANY)); }
void gen_logic_not(Gen *g) { one(g, DT_bool); }
void gen_bit_not(Gen *g) { one(g, gen_one_of(g, INTS)); }
void gen_identity(Gen *g) { one(g, gen_one_of(g, ANY)); }

/* A shape that broadcasts with s: extents become 1, leading ones go. */
static GenShape broadcast_of(Gen *g, GenShape s)
{
    GenShape b = s;
    int cut = gen_chance(g, 3) && s.rank ? (int)gen_pick(g, (uint32_t)s.rank + 1) : 0;
    for (int i = 0; i + cut < s.rank; i++)
        b.dim[i] = gen_chance(g, 3) ? 1 : s.dim[i + cut];
    b.rank -= cut;
    return b;
}

static void two(Gen *g, DType t, GenShape s, int a, int b)
{
    (void)t;
    (void)s;
    char attrs[400];
    params(g, attrs, sizeof attrs);
    gen_node(g, 2, gen_chance(g, 2) || g->op == OP_prelu ? (int[]){a, b} : (int[]){b, a}, 1, "%s", attrs);
}

static void pair(Gen *g, DType t)
{
    GenShape s = gen_shape(g, 0, 5), other = broadcast_of(g, s);
    int a = any_data(g, t, s), b = gen_chance(g, 3) && gen_count(&other) <= 64 ? gen_weight(g, t, other, 1, 5) : any_data(g, t, other);
    two(g, t, s, a, b);
}

void gen_binary(Gen *g) { pair(g, gen_one_of(g, FLOATS)); }
void gen_binary_any(Gen *g) { pair(g, gen_one_of(g, ANY)); }
void gen_bits(Gen *g) { pair(g, gen_one_of(g, "bool " INTS)); }
void gen_shift(Gen *g) { pair(g, gen_one_of(g, "u8 u16 u32 u64")); }

void gen_power(Gen *g)
{
    DType t = gen_one_of(g, "f32 f32 f16 f64 i32 i64");
    GenShape s = gen_shape(g, 0, 4), other = broadcast_of(g, s);
    int a = gen_data(g, t, s, FILL_RANGE, dtype_is_float(t) ? 0 : -9, 9), b = gen_weight(g, t, gen_count(&other) <= 64 ? other : (GenShape){0}, dtype_is_float(t) ? -2 : 0, 3);
    gen_node(g, 2, (int[]){a, b}, 1, "%s", "");
}

void gen_where(Gen *g)
{
    DType t = gen_one_of(g, "bool " ANY);
    GenShape s = gen_shape(g, 0, 5);
    int c = gen_data(g, DT_bool, broadcast_of(g, s), FILL_RANGE, 0, 1), x = any_data(g, t, s), y = any_data(g, t, broadcast_of(g, s));
    gen_node(g, 3, (int[]){c, x, y}, 1, "%s", "");
}

/* ── conversions ── */

#define ALL ANY " bool f8e4m3fn f8e4m3fnuz f8e5m2 f8e5m2fnuz f4e2m1 i4 u4 i2 u2"

/* A float that does not fit an integer type is the only thing that no rule fixes. */
static int cast_source(Gen *g, DType from, DType to, GenShape s)
{
    bool whole = dtype_is_float(from) && !dtype_is_float(to);
    return whole ? gen_data(g, from, s, FILL_RANGE, dtype_info[to].cls == DCLASS_INT ? -100 : 0, 100) : any_data(g, from, s);
}

void gen_cast(Gen *g)
{
    DType from = gen_one_of(g, ALL), to = gen_one_of(g, ALL);
    int x = cast_source(g, from, to, gen_shape(g, 0, 4));
    gen_node(g, 1, &x, 1, "\"to\" = type %s%s", dtype_name(to), gen_chance(g, 3) ? ", \"saturate\" = 0" : "");
}

void gen_cast_like(Gen *g)
{
    DType from = gen_one_of(g, ANY), to = gen_one_of(g, ANY);
    int x = cast_source(g, from, to, gen_shape(g, 0, 4)), like = gen_data(g, to, gen_dims(1, (int64_t)3), FILL_RANGE, 0, 1);
    gen_node(g, 2, (int[]){x, like}, 1, "%s", "");
}

void gen_bitcast(Gen *g)
{
    static const char *const kin[][2] = {{"i8", "u8"}, {"f16", "i16"}, {"u16", "bf16"}, {"f32", "i32"}, {"u32", "f32"}, {"i64", "f64"}, {"f64", "u64"}};
    const char *const *k = kin[gen_pick(g, sizeof kin / sizeof *kin)];
    int x = gen_data(g, gen_one_of(g, k[0]), gen_shape(g, 0, 4), FILL_RANGE, 0, 100);
    gen_node(g, 1, &x, 1, "\"to\" = type %s", k[1]);
}

void gen_align(Gen *g)
{
    GenShape s = gen_shape(g, 2, 4);
    int axis = (int)gen_pick(g, (uint32_t)s.rank);
    int x = any_data(g, DT_f32, gen_dims(1, s.dim[axis])), y = any_data(g, DT_f32, s);
    gen_node(g, 2, (int[]){x, y}, 1, "\"axis\" = %d", axis);
}
