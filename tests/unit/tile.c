/* SPDX-License-Identifier: MIT
 * unit tests of the tile compiler: kernels on random shapes and strides, bit for bit against kir_interpret (any NaN equals any NaN), with one and
 * two threads. The first part builds kernels by hand. */
#include "base/threads.h"
#include "kir/kir.h"
#include "kir/tile/tile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* Until kirc's table of scalar functions is linked, calls are inlined. */
__attribute__((weak)) KPrimFn kprim_fn(const char *fn, DType type, unsigned form);
KPrimFn kprim_fn(const char *fn, DType type, unsigned form) { return NULL; }

static uint64_t rng_state = 0x9e3779b97f4a7c15u;
static uint64_t rng(void)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state * 0x2545f4914f6cdd1du;
}

/* ── buffers ── */
static void fill_random(void *p, DType t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (dtype_is_float(t))
            dtype_set_f64(t, p, i, rng() % 50 == 0 ? (rng() & 1 ? 1e30 : -0.0) : ((double)(int64_t)(rng() % 4001) - 2000) / 256);
        else if (t == DT_bool)
            ((uint8_t *)p)[i] = rng() & 1;
        else
            dtype_set_i64(t, p, i, (int64_t)(rng() % 16) - (dtype_info[t].cls == DCLASS_INT ? 8 : 0));
}

static size_t extent(const KirView *v) /* elements from the view's lowest to its highest address + 1; *v->p is moved inside by the caller */
{
    int64_t n = 1;
    for (int d = 0; d < v->rank; d++)
        n += (v->dim[d] > 0 ? v->dim[d] - 1 : 0) * llabs(v->stride[d]);
    return (size_t)n;
}

typedef struct Case {
    Arena arena;
    KirKernel *k;
    KirLaunch l;
    void *base[KIR_MAX_OPERANDS];
    size_t n[KIR_MAX_OPERANDS], bytes[KIR_MAX_OPERANDS];
    Error err;
} Case;

/* Gives operand o random data behind the view's dims and strides. */
static void buffer(Case *c, size_t o)
{
    KirView *v = &c->l.view[o];
    const KMem *m = &c->k->mems[o];
    c->n[o] = extent(v);
    if (m->block_bytes)
        c->bytes[o] = c->n[o] * m->block_bytes;
    else
        assert_true(dtype_bytes(m->type, c->n[o], &c->bytes[o]));
    c->base[o] = calloc(c->bytes[o] + 64, 1);
    if (m->block_bytes)
        for (size_t i = 0; i < c->bytes[o]; i++)
            ((uint8_t *)c->base[o])[i] = (uint8_t)(rng() % 60);
    else
        fill_random(c->base[o], m->type, c->n[o]);
    int64_t first = 0;
    for (int d = 0; d < v->rank; d++)
        if (v->stride[d] < 0)
            first -= (v->dim[d] > 0 ? v->dim[d] - 1 : 0) * v->stride[d];
    v->p = (char *)c->base[o] + (size_t)first * (m->block_bytes ? m->block_bytes : dtype_info[m->type].bytes);
}

/* kind: 0 contiguous, 1 padded, 2 permuted, 3 flipped innermost, 4 broadcast innermost */
static void dims(Case *c, size_t o, int rank, const int64_t *d, int kind)
{
    KirView *v = &c->l.view[o];
    int64_t s = 1;
    v->rank = rank;
    for (int i = rank - 1; i >= 0; i--) {
        int at = kind == 2 ? rank - 1 - i : i;
        v->dim[at] = d[at];
        v->stride[at] = s;
        s *= (d[at] ? d[at] : 1) + (kind == 1 ? 3 : 0);
    }
    if (rank && kind == 3)
        v->stride[rank - 1] = -v->stride[rank - 1];
    if (rank && kind == 4)
        v->stride[rank - 1] = 0;
    buffer(c, o);
}

static uint64_t canonical(DType t, uint64_t v) /* one NaN */
{
    if (dtype_is_float(t) && dtype_info[t].block == 1 && kir_eval(K_isnan, DT_bool, t, &v))
        return ~0ull;
    return v;
}

static void compare(Case *c, size_t o, const void *got, const void *want, const char *what)
{
    DType t = c->k->mems[o].type;
    unsigned w = dtype_info[t].bytes;
    if (!memcmp(got, want, c->bytes[o]))
        return;
    for (size_t i = 0; i < c->bytes[o] / w; i++) {
        uint64_t a = 0, b = 0;
        memcpy(&a, (const char *)got + i * w, w > 8 ? 8 : w);
        memcpy(&b, (const char *)want + i * w, w > 8 ? 8 : w);
        if (canonical(t, a) != canonical(t, b)) {
            Text text = {0};
            kir_print(c->k, &text);
            fprintf(stderr, "%s\n", text.p);
            fail_msg("%s, operand %s, element %zu of %zu: got %llx, want %llx", what, c->k->mems[o].name, i, c->n[o], (unsigned long long)a, (unsigned long long)b);
        }
    }
}

static bool is_written(const Case *c, size_t o) { return c->k->mems[o].kind == KMEM_OUT || c->k->mems[o].kind == KMEM_INOUT; }

static void restore(Case *c, void *const *copy)
{
    for (size_t o = 0; o < c->k->n_operands; o++)
        if (is_written(c, o))
            memcpy(c->base[o], copy[o], c->bytes[o]);
}

/* Runs the interpreter, then the program with 1 and 2 threads. */
static void check(Case *c, const char *what)
{
    void *before[KIR_MAX_OPERANDS], *want[KIR_MAX_OPERANDS];
    TileProgram *p;
    static Pool *pools[2];
    if (!pools[1] && (pool_open(1, &pools[0], NULL) || pool_open(2, &pools[1], NULL)))
        fail_msg("no pool");
    if (kir_bind(c->k, &c->l, &c->err) || tile_compile(NULL, c->k, &c->arena, &p, &c->err))
        fail_msg("%s: %s", what, c->err.text);
    for (size_t o = 0; o < c->k->n_operands; o++) {
        before[o] = malloc(c->bytes[o] + 1);
        want[o] = malloc(c->bytes[o] + 1);
        memcpy(before[o], c->base[o], c->bytes[o]);
    }
    if (kir_interpret(c->k, &c->l, KORDER_ASCENDING, false, &c->err))
        fail_msg("%s: interpreter: %s", what, c->err.text);
    for (size_t o = 0; o < c->k->n_operands; o++)
        memcpy(want[o], c->base[o], c->bytes[o]);
    for (int threads = 0; threads < 2; threads++) {
        restore(c, before);
        if (tile_run(p, &c->l, pools[threads], &c->err))
            fail_msg("%s: %s", what, c->err.text);
        for (size_t o = 0; o < c->k->n_operands; o++)
            compare(c, o, c->base[o], want[o], what);
    }
    if (getenv("SPML_TILE_PRINT")) {
        Text t = {0};
        kir_print(c->k, &t);
        tile_print(p, &t);
        puts(t.p);
        text_free(&t);
    }
    for (size_t o = 0; o < c->k->n_operands; o++) {
        free(before[o]);
        free(want[o]);
    }
}

static void end_case(Case *c)
{
    for (size_t o = 0; o < c->k->n_operands; o++)
        free(c->base[o]);
    arena_free(&c->arena);
    free(c);
}

/* ── kernels by hand: y[i, j] = T(A(x[i, j]) * A(x[i, j]) + b[j]), s[i] = sum(y) ── */
static KBlock *loop(Case *c, KBlock *b, KOp op, int n, const KReg *lo, const KReg *hi, KReg *index, KInst **out)
{
    KInst *i = kir_add(c->k, b, op, DT_none, 0, 0, NULL);
    i->axes = arena_array(&c->arena, KAxis, n);
    for (int a = 0; a < n; a++) {
        index[a] = kir_reg(c->k, DT_i64, false, "i");
        i->axes[a] = (KAxis){index[a], lo[a], hi[a], 0, NULL};
    }
    i->n_axes = (uint16_t)n;
    i->blocks = arena_array(&c->arena, KBlock *, 2);
    i->blocks[0] = kir_block(c->k);
    i->n_blocks = 1;
    *out = i;
    return i->blocks[0];
}

static void begin(Case *c, int n_operands, const DType *types, const int *ranks, int n_syms)
{
    c->k = kir_new(&c->arena, "test");
    c->k->n_mems = c->k->n_operands = (size_t)n_operands;
    c->k->mems = arena_array(&c->arena, KMem, n_operands);
    c->k->dims = arena_array(&c->arena, KDim *, n_operands);
    c->k->n_syms = (size_t)n_syms;
    c->k->syms = arena_array(&c->arena, KSym, n_syms);
    for (int s = 0; s < n_syms; s++)
        c->k->syms[s] = (KSym){s ? "J" : "I", KSYM_DIM, DT_i64};
    for (int o = 0; o < n_operands; o++) {
        c->k->mems[o] = (KMem){.name = o == n_operands - 1 ? "y" : "x", .kind = o == n_operands - 1 ? KMEM_OUT : KMEM_IN, .type = types[o], .rank = (uint16_t)ranks[o]};
        c->k->dims[o] = arena_array(&c->arena, KDim, ranks[o] + 1);
        for (int d = 0; d < ranks[o]; d++)
            c->k->dims[o][d] = (KDim){.kind = KDIM_SYM, .sym = (uint32_t)(ranks[o] == 1 ? (o == n_operands - 1 ? 0 : n_syms - 1) : d)};
    }
}

static KReg sym(Case *c, KBlock *b, uint32_t s)
{
    KReg r = kir_reg(c->k, DT_i64, false, NULL);
    kir_add(c->k, b, K_sym, DT_i64, r, 0, NULL)->id = s;
    return r;
}

static KReg load(Case *c, KBlock *b, uint32_t mem, int n, const KReg *i)
{
    KReg r = kir_reg(c->k, c->k->mems[mem].type, false, NULL);
    kir_add(c->k, b, K_load, c->k->mems[mem].type, r, n, i)->id = mem;
    return r;
}

static KReg unary(Case *c, KBlock *b, KOp op, DType t, KReg a) { return kir_emit(c->k, b, op, t, 1, &a); }
static KReg binary(Case *c, KBlock *b, KOp op, DType t, KReg x, KReg y) { return kir_emit(c->k, b, op, t, 2, (KReg[]){x, y}); }

static void store(Case *c, KBlock *b, uint32_t mem, int n, const KReg *i)
{
    kir_add(c->k, b, K_store, c->k->mems[mem].type, 0, n, i)->id = mem;
}

static void elementwise(DType t, const int64_t *d, int kind_x, int kind_y)
{
    Case *c = calloc(1, sizeof *c);
    DType a = dtype_info[t].compute;
    begin(c, 3, (DType[]){t, a, t}, (int[]){2, 1, 2}, 2);
    KBlock *b = c->k->body;
    KReg zero = kir_const(c->k, b, DT_i64, 0), i[3];
    KReg lo[2] = {zero, zero}, hi[2] = {sym(c, b, 0), sym(c, b, 1)};
    KInst *each;
    KBlock *in = loop(c, b, K_each, 2, lo, hi, i, &each);
    KReg x = unary(c, in, K_cast, a, load(c, in, 0, 2, i)), y = load(c, in, 1, 1, &i[1]);
    KReg r = binary(c, in, K_add, a, binary(c, in, K_mul, a, x, x), y);
    i[2] = t == a ? r : unary(c, in, K_cast, t, r);
    store(c, in, 2, 3, i);
    dims(c, 0, 2, d, kind_x);
    dims(c, 1, 1, d + 1, 0);
    dims(c, 2, 2, d, kind_y);
    check(c, "elementwise");
    end_case(c);
}

static void test_elementwise(void **s)
{
    const DType types[] = {DT_f32, DT_f64, DT_f16, DT_bf16, DT_i32, DT_u32, DT_i64, DT_u64, DT_i8, DT_u8, DT_i16, DT_f8e4m3fn, DT_i4, DT_u2};
    const int64_t shapes[][2] = {{3, 700}, {300, 5}, {1, 1}, {0, 4}, {4, 0}, {17, 257}, {700, 1}, {40, 55}};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (size_t n = 0; n < sizeof shapes / sizeof *shapes; n++)
            for (int kind = 0; kind < 5; kind++)
                if (dtype_info[types[t]].block == 1 || kind < 3)
                    elementwise(types[t], shapes[n], kind, kind < 4 ? (kind + (int)n) % 4 * (dtype_info[types[t]].block == 1) : 0);
}

static KReducer reducer(Case *c, DType t, KRedKind kind, KOp op, uint64_t identity)
{
    KReducer r = {.name = "r", .kind = kind, .n_state = 1, .n_items = 1};
    r.state_types = r.item_types = arena_copy(&c->arena, &t, sizeof t);
    r.identity = arena_copy(&c->arena, &identity, sizeof identity);
    for (int i = 0; i < 2; i++) {
        KFn *f = i ? &r.merge : &r.step;
        KReg p[2] = {kir_reg(c->k, t, false, "v"), kir_reg(c->k, t, false, "x")};
        *f = (KFn){.name = "r", .n_params = 2, .n_results = 1, .params = arena_copy(&c->arena, p, sizeof p), .body = kir_block(c->k)};
        KReg out = kir_emit(c->k, f->body, op, t, 2, p);
        f->body->yield = arena_copy(&c->arena, &out, sizeof out);
        f->body->n_yield = 1;
    }
    return r;
}

static void reduction(DType t, KRedKind kind, KOp op, uint64_t identity, bool user, const int64_t *d, int order)
{
    Case *c = calloc(1, sizeof *c);
    begin(c, 2, (DType[]){t, t}, (int[]){2, 1}, 2);
    c->k->n_reds = 1;
    c->k->reds = arena_array(&c->arena, KReducer, 1);
    c->k->reds[0] = reducer(c, t, user ? KRED_USER : kind, op, identity);
    KBlock *b = c->k->body;
    KReg zero = kir_const(c->k, b, DT_i64, 0), i[2], hi[2] = {sym(c, b, 0), sym(c, b, 1)};
    KInst *each, *red;
    KBlock *in = loop(c, b, K_each, 1, &zero, hi, i, &each);
    KBlock *item = loop(c, in, K_reduce, 1, &zero, hi + 1, i + 1, &red);
    KReg x = load(c, item, 0, 2, i);
    item->yield = arena_copy(&c->arena, &x, sizeof x);
    item->n_yield = 1;
    red->type = t;
    red->n_dst = 1;
    red->dst[0] = kir_reg(c->k, t, false, "s");
    store(c, in, 1, 2, (KReg[]){i[0], red->dst[0]});
    dims(c, 0, 2, d, order);
    dims(c, 1, 1, d, 0);
    check(c, "reduction");
    end_case(c);
}

static void test_reductions(void **s)
{
    const int64_t shapes[][2] = {{1, 1}, {3, 0}, {300, 9}, {20, 64}, {5, 65}, {2, 1000}, {600, 100}, {1, 40000}, {2, 16384}, {2, 50001}};
    for (size_t n = 0; n < sizeof shapes / sizeof *shapes; n++)
        for (int order = 0; order < 3; order++) {
            reduction(DT_f32, KRED_SUM, K_add, 0, false, shapes[n], order);
            reduction(DT_f32, KRED_SUM, K_add, 0, true, shapes[n], order);
            reduction(DT_f64, KRED_MAX, K_max, 0xfff0000000000000u, false, shapes[n], order);
            reduction(DT_f64, KRED_PROD, K_mul, 0x3ff0000000000000u, false, shapes[n], order);
            reduction(DT_i32, KRED_SUM, K_add, 0, false, shapes[n], order);
            reduction(DT_bool, KRED_ANY, K_or, 0, false, shapes[n], order);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_elementwise), cmocka_unit_test(test_reductions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
