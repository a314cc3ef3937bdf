/* SPDX-License-Identifier: MIT
 * cpu: integer micro-kernels for AMX: 2 × 2 matrix registers of 16 × 16 sums, 64 terms a step, bytes of any signs. Products are exact and sums wrap, so
 * the bits are those of every other level. */
#include "backend/cpu/vec_avx512.h"

#define IGROUP 4
#include "backend/cpu/ukernel_vnni.h"

enum { LINES = 16, WORDS = 16, TILE = LINES * WORDS };

static void enter(void)
{
    static const struct { uint8_t palette, start, none[14]; uint16_t bytes[16]; uint8_t rows[16]; } __attribute__((aligned(64))) shape = {
        .palette = 1, .bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
    _tile_loadconfig(&shape);
}

static void leave(void) { _tile_release(); }

/* Registers 0 1 / 2 3: sums; 4 5: rows; 6 7: columns. `two`: whether the second of each exists; constants in every instance. */
#define SUMS(each) \
    each(0, 0, 0); \
    if (two_cols) each(1, 0, 1); \
    if (two_rows) each(2, 1, 0); \
    if (two_rows && two_cols) each(3, 1, 1);
#define TILE_LOAD(t, i, j) _tile_loadd(t, c + (i * t_crs + j) * LINES, (size_t)t_crs * 4)
#define TILE_ZERO(t, i, j) _tile_zero(t)
#define TILE_STORE(t, i, j) _tile_stored(t, c + (i * t_crs + j) * LINES, (size_t)t_crs * 4)
#define PRODUCT(dp, two_rows_, two_cols_) \
    { \
        const bool two_rows = two_rows_, two_cols = two_cols_; \
        if (t->init.p) { \
            SUMS(TILE_LOAD) \
        } else { \
            SUMS(TILE_ZERO) \
        } \
        for (int64_t k = t->kc; k > 0; k -= WORDS, b += WORDS * t->ldb, a += two_rows ? 2 * TILE : TILE) { \
            _tile_loadd(4, a, 4 * WORDS); \
            _tile_loadd(6, b, (size_t)t->ldb * 4); \
            dp(0, 4, 6); \
            if (two_cols) { \
                _tile_loadd(7, b + LINES, (size_t)t->ldb * 4); \
                dp(1, 4, 7); \
            } \
            if (two_rows) { \
                _tile_loadd(5, a + TILE, 4 * WORDS); \
                dp(2, 5, 6); \
            } \
            if (two_rows && two_cols) \
                dp(3, 5, 7); \
            for (int i = 0; i < WORDS && t->next; i++, next += t->next_step) \
                __builtin_prefetch(next, 0, 2); \
        } \
        SUMS(TILE_STORE) \
    }

#define TILES(name, dp) \
    static void name(const UTile *t) \
    { \
        const uint32_t *a = (const void *)t->a, *b = (const void *)t->b; \
        int32_t *c = (int32_t *)(void *)t->c; \
        const int64_t t_crs = t->crs; \
        const char *next = t->next; \
        if (t->m > LINES && t->n > LINES) \
            PRODUCT(dp, true, true) \
        else if (t->m > LINES) \
            PRODUCT(dp, true, false) \
        else if (t->n > LINES) \
            PRODUCT(dp, false, true) \
        else \
            PRODUCT(dp, false, false) \
    }
TILES(tiles_uu, _tile_dpbuud)
TILES(tiles_us, _tile_dpbusd)
TILES(tiles_su, _tile_dpbsud)
TILES(tiles_ss, _tile_dpbssd)

/* panel[kc / WORDS][ld][WORDS] */
static void row_sums(const uint32_t *panel, int64_t kc, int64_t ld, int n, bool is_signed, int32_t *sum)
{
    const vi ones = vi_set1(0x01010101);
    for (int i = 0; i < n; i++) {
        vi all = vi_zero();
        for (int64_t k = 0; k < kc; k += WORDS) {
            const vi w = vi_load(panel + k * ld + i * WORDS);
            all = is_signed ? _mm512_dpbusd_epi32(all, ones, w) : _mm512_dpbusd_epi32(all, w, ones);
        }
        sum[i] += _mm512_reduce_add_epi32(all);
    }
}

extern const ILevel ilevel_amx;
const ILevel ilevel_amx = {
    .level = CPU_AMX,
    .group = 4,
    .depth = WORDS,
    .tiles = {{tiles_uu, tiles_us}, {tiles_su, tiles_ss}},
    .enter = enter,
    .leave = leave,
    .weave = iweave,
    .sums = {row_sums, column_sums},
    .store = istore,
};
