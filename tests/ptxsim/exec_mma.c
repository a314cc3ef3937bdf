/* SPDX-License-Identifier: MIT
 * ptxsim: mma.sync, D = A B + C on the matrices that the lanes of a warp hold together. Lane l has row g = l / 4 and, of each group of 4 × e columns
 * of k, the e elements from (l % 4) × e on, where e elements fill 32 bits. Products are exact in f32 and summed there before C is added; tensor
 * cores round differently, so tests compare with a tolerance. Sums of bytes are exact. */
#include "exec.h"

enum { MAX_M = 16, N = 8, MAX_K = 32 };

typedef struct Shape {
    int m, k;
    Type d, a, b, c;
} Shape;

static Shape shape(const Inst *i)
{
    static const struct { Mod mod; int m, k; } all[] = {{M_M16N8K16, 16, 16}, {M_M16N8K8, 16, 8}, {M_M16N8K4, 16, 4}, {M_M16N8K32, 16, 32}, {M_M8N8K16, 8, 16}};
    Shape s = {0, 0, (Type)i->type[0], (Type)i->type[1], (Type)i->type[2], (Type)i->type[3]};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (mod_has(&i->mods, all[k].mod)) {
            s.m = all[k].m;
            s.k = all[k].k;
        }
    return s;
}

/* Element `at` of each lane's register. */
static void elements(const u32 *reg, unsigned at, Type t, float out[WARP])
{
    for (int l = 0; l < WARP; l++)
        switch (t) {
        case T_F16: out[l] = f32_of_f16((u16)(reg[l] >> 16 * at)); break;
        case T_BF16: out[l] = f32_of_bf16((u16)(reg[l] >> 16 * at)); break;
        case T_TF32: out[l] = f32_of(reg[l] & 0xffffe000); break;
        case T_S8: out[l] = (float)(s8)(reg[l] >> 8 * at); break;
        default: out[l] = (float)(u8)(reg[l] >> 8 * at); break;
        }
}

static int per_register(Type t) { return t == T_TF32 ? 1 : 4 / type_info[t].size; }

/* a: (M, K) row-major from registers o[first …] */
static void gather_a(const Warp *w, const Inst *i, int first, const Shape *s, float a[MAX_M][MAX_K])
{
    int e = per_register(s->a), rows = s->m / 8, n = rows * s->k / (4 * e);
    float v[WARP];
    for (int r = 0; r < n; r++)
        for (int j = 0; j < e; j++) {
            elements(slot(w, i->o[first + r]), (unsigned)j, s->a, v);
            for (int l = 0; l < WARP; l++)
                a[l / 4 + 8 * (r % rows)][r / rows * 4 * e + l % 4 * e + j] = v[l];
        }
}

/* b: (K, N) row-major */
static void gather_b(const Warp *w, const Inst *i, int first, const Shape *s, float b[MAX_K][N])
{
    int e = per_register(s->b), n = s->k / (4 * e);
    float v[WARP];
    for (int r = 0; r < n; r++)
        for (int j = 0; j < e; j++) {
            elements(slot(w, i->o[first + r]), (unsigned)j, s->b, v);
            for (int l = 0; l < WARP; l++)
                b[r * 4 * e + l % 4 * e + j][l / 4] = v[l];
        }
}

static void multiply(const Shape *s, float a[MAX_M][MAX_K], float b[MAX_K][N], float d[MAX_M][N])
{
    for (int y = 0; y < s->m; y++) {
        float sum[N] = {0};
        for (int k = 0; k < s->k; k++)
            for (int x = 0; x < N; x++)
                sum[x] += a[y][k] * b[k][x];
        memcpy(d[y], sum, sizeof sum);
    }
}

static s32 add_int(float sum, s32 c, bool saturate)
{
    s64 r = (s64)sum + c;
    if (saturate)
        return r > INT32_MAX ? INT32_MAX : r < INT32_MIN ? INT32_MIN : (s32)r;
    return (s32)(u32)r;
}

static u32 half_pair(float x, float y, u32 c)
{
    float lo = x + f32_of_f16((u16)c), hi = y + f32_of_f16((u16)(c >> 16));
    return (lo != lo ? 0x7fffu : f16_of_f32(lo)) | (u32)(hi != hi ? 0x7fff : f16_of_f32(hi)) << 16;
}

/* d and c: two columns 2 (l % 4) + 0, 1 of rows g and g + 8 */
static void scatter(Warp *w, const Inst *i, int c_at, const Shape *s, float d[MAX_M][N])
{
    bool saturate = mod_has(&i->mods, M_SATFINITE);
    for (int row = 0; row < s->m / 8; row++)
        for (int j = 0; j < (s->d == T_F16 ? 1 : 2); j++) {
            int reg = s->d == T_F16 ? row : 2 * row + j;
            u32 *to = slot(w, i->o[reg]);
            const u32 *c = slot(w, i->o[c_at + reg]);
            for (int l = 0; l < WARP; l++) {
                const float *x = &d[l / 4 + 8 * row][2 * (l % 4) + j];
                if (s->d == T_F32)
                    to[l] = bits_of(canon(*x + f32_of(c[l])));
                else if (s->d == T_F16)
                    to[l] = half_pair(x[0], x[1], c[l]);
                else
                    to[l] = (u32)add_int(*x, (s32)c[l], saturate);
            }
        }
}

HANDLER(mma)
{
    float a[MAX_M][MAX_K], b[MAX_K][N], d[MAX_M][N];
    Shape s = shape(i);
    if (mask != UINT32_MAX) {
        sim_fault(w, i, __builtin_ctz(mask), PTX_DIVERGENT_WARP_OP, "lanes %08x of the warp take part, all must", mask);
        return;
    }
    int n_d = s.m / 8 * (s.d == T_F16 ? 1 : 2), n_a = s.m / 8 * s.k / (4 * per_register(s.a)), n_b = s.k / (4 * per_register(s.b));
    gather_a(w, i, n_d, &s, a);
    gather_b(w, i, n_d + n_a, &s, b);
    multiply(&s, a, b, d);
    scatter(w, i, n_d + n_a + n_b, &s, d);
}

#define MMA(shape, may, types, form, sm, ptx) {"mma", "sync aligned row col " shape, may, types, form, mma, sm, ptx}
ROWS(rows_mma) = {
    MMA("m16n8k16", "", "f32.f16.f16.f32", "=w4 w4 w2 w4", 80, 70), MMA("m16n8k16", "", "f32.bf16.bf16.f32", "=w4 w4 w2 w4", 80, 70),
    MMA("m16n8k16", "", "f16.f16.f16.f16", "=w2 w4 w2 w2", 80, 70), MMA("m16n8k8", "", "f32.f16.f16.f32", "=w4 w2 w1 w4", 75, 65),
    MMA("m16n8k8", "", "f16.f16.f16.f16", "=w2 w2 w1 w2", 75, 65), MMA("m16n8k8", "", "f32.bf16.bf16.f32", "=w4 w2 w1 w4", 80, 70),
    MMA("m16n8k8", "", "f32.tf32.tf32.f32", "=w4 w4 w2 w4", 80, 70), MMA("m16n8k4", "", "f32.tf32.tf32.f32", "=w4 w2 w1 w4", 80, 70),
    MMA("m16n8k32", "satfinite", "s32.s8|u8.s8|u8.s32", "=w4 w4 w2 w4", 80, 70), MMA("m16n8k16", "satfinite", "s32.s8|u8.s8|u8.s32", "=w4 w2 w1 w4", 80, 70),
    MMA("m8n8k16", "satfinite", "s32.s8|u8.s8|u8.s32", "=w2 w1 w1 w2", 75, 65), END_ROWS,
};
