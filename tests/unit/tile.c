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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

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
    for (size_t i = 0; !strcmp(c->k->name, "nms_write") && !strcmp(m->name, "base") && i < c->n[o]; i++) /* rows that its stores go to must not meet: counts are below 8 */
        ((int64_t *)c->base[o])[i] = 8 * (int64_t)i - 8;
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
static const KModule *module; /* of the kernels under test where their functions have primitives */

static void check(Case *c, const char *what)
{
    void *before[KIR_MAX_OPERANDS], *want[KIR_MAX_OPERANDS];
    TileProgram *p;
    static Pool *pools[2];
    if (!pools[1] && (pool_open(1, &pools[0], NULL) || pool_open(2, &pools[1], NULL)))
        fail_msg("no pool");
    if (kir_bind(c->k, &c->l, &c->err) || tile_compile(module, c->k, &c->arena, &p, &c->err))
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

/* ── every kernel of kernels and of the language's worked examples ── */
typedef struct Row {
    const char *kernel;
    KBindType types[6];
    KBindFn fns[4];
    KBindConst consts[14];
    KBindRank ranks[4];
    KBindConst dims[8]; /* extents that are not random */
} Row;

static int64_t random_extent(int big)
{
    static const int small[] = {1, 2, 3, 4, 5, 7, 9};
    if (big)
        return (int64_t[]){300, 65, 130, 1000, 257, 64}[rng() % 6];
    return rng() % 40 == 0 ? 0 : small[rng() % 7];
}

static int64_t dim_value(const Case *c, const KDim *d)
{
    int64_t a = d->a ? dim_value(c, d->a) : 0, b = d->b ? dim_value(c, d->b) : 0;
    switch (d->kind) {
    case KDIM_CONST: return d->value;
    case KDIM_SYM: return (int64_t)c->l.sym[d->sym];
    case KDIM_ADD: return a + b;
    case KDIM_SUB: return a - b;
    case KDIM_MUL: return a * b;
    default: return b ? a / b : 0;
    }
}

static void set_symbols(Case *c, const Row *r)
{
    size_t big = rng() % (c->k->n_syms + 1);
    for (size_t s = 0; s < c->k->n_syms; s++) {
        const KSym *y = &c->k->syms[s];
        if (y->kind == KSYM_SCALAR && dtype_is_float(y->type)) {
            uint64_t v = 0;
            dtype_set_f64(y->type, &v, 0, 0.25 + (double)(rng() % 64) / 64);
            c->l.sym[s] = v;
        } else if (y->kind == KSYM_SCALAR) {
            c->l.sym[s] = y->type == DT_bool ? rng() & 1 : 1 + rng() % 3;
        } else {
            c->l.sym[s] = (uint64_t)random_extent(s == big);
        }
        for (const KBindConst *d = r->dims; d->name; d++)
            if (!strcmp(d->name, y->name))
                c->l.sym[s] = (uint64_t)d->value;
        for (const KBindConst *d = r->consts; d->name; d++)
            if (d->live && !strcmp(d->name, y->name))
                c->l.sym[s] = (uint64_t)d->value;
    }
}

static bool set_operands(Case *c)
{
    int64_t d[KIR_MAX_OPERANDS][KIR_MAX_RANK];
    for (size_t o = 0; o < c->k->n_operands; o++) {
        int64_t n = 1;
        for (int i = 0; i < c->k->mems[o].rank; i++)
            n *= d[o][i] = dim_value(c, &c->k->dims[o][i]);
        if (n > 60000 || n < 0)
            return false;
    }
    for (size_t o = 0; o < c->k->n_operands; o++) {
        int kind = rng() % 3 ? 0 : (int)(rng() % (c->k->mems[o].kind == KMEM_IN ? 5 : 4));
        if (c->k->mems[o].type != DT_none && dtype_info[c->k->mems[o].type].block > 1 && kind > 2)
            kind = 0;
        dims(c, o, c->k->mems[o].rank, d[o], kind);
    }
    return true;
}

static size_t count(const void *rows, size_t size)
{
    size_t n = 0;
    while (*(const char *const *)((const char *)rows + n * size))
        n++;
    return n;
}

static bool one_row(const KModule *m, const Row *r)
{
    Case *c = calloc(1, sizeof *c);
    KirBinding b = {
        .types = r->types, .n_types = count(r->types, sizeof *r->types), .fns = r->fns, .n_fns = count(r->fns, sizeof *r->fns),
        .consts = r->consts, .n_consts = count(r->consts, sizeof *r->consts), .ranks = r->ranks, .n_ranks = count(r->ranks, sizeof *r->ranks),
    };
    if (kir_instantiate(m, r->kernel, &b, &c->arena, &c->k, &c->err))
        fail_msg("%s: %s", r->kernel, c->err.text);
    if (rng() & 1 && kir_simplify(c->k, KPASS_ALL, &c->err))
        fail_msg("%s: simplify: %s", r->kernel, c->err.text);
    set_symbols(c, r);
    bool ran = set_operands(c);
    if (ran && kir_bind(c->k, &c->l, &c->err)) {
        ran = false; /* an affine access would be outside: the next shapes may do */
        if (getenv("SPML_TILE_ONLY"))
            fprintf(stderr, "%s\n", c->err.text);
        error_clear(&c->err);
    }
    if (ran)
        check(c, r->kernel);
    end_case(c);
    return ran;
}

static char *read_text(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot open %s", path);
    char *p = malloc(1 << 20);
    *n = fread(p, 1, 1 << 20, f);
    fclose(f);
    return p;
}

static void rows_of(const KModule *m, const Row *r, int rounds)
{
    const char *only = getenv("SPML_TILE_ONLY");
    for (; r->kernel; r++) {
        int ran = 0;
        if (only && strcmp(only, r->kernel))
            continue;
        for (int i = 0; i < rounds * 4 && ran < rounds; i++)
            ran += one_row(m, r);
        if (!ran)
            fail_msg("%s: no shapes fit", r->kernel);
    }
}

static void run_rows(const char *const *files, const Row *list, int rounds)
{
    Arena a = {0};
    Error err = {0};
    KModule *m;
    KSource src[24];
    size_t n = 0;
    for (; files[n]; n++) {
        char path[1024];
        snprintf(path, sizeof path, SPML_SOURCE "/%s", files[n]);
        src[n].file = files[n];
        src[n].text = read_text(path, &src[n].n);
    }
    if (kir_parse(src, n, &a, &m, &err))
        fail_msg("%s", err.text);
    rows_of(m, list, rounds);
    for (size_t i = 0; i < n; i++)
        free((void *)src[i].text);
    arena_free(&a);
}

#define T1(t) {{"T", t, NULL}}
#define CONV {{"G", 1}, {"SH", 2}, {"SW", 1}, {"DH", 1}, {"DW", 2}, {"PH", 1}, {"PW", 1}}
#define POOL {{"KH", 3}, {"KW", 2}, {"SH", 2}, {"SW", 1}, {"DH", 1}, {"DW", 1}, {"PH", 1}, {"PW", 1}}
static const Row worked[] = {
    {"unary", T1(DT_f32), {{"f", "relu"}}, {{0}}, {{"I", 3}}},
    {"unary", T1(DT_f16), {{"f", "relu"}}, {{0}}, {{"I", 4}}},
    {"unary", T1(DT_i8), {{"f", "relu"}}, {{0}}, {{"I", 2}}},
    {"unary", T1(DT_f32), {{"f", "gelu"}}, {{0}}, {{"I", 1}}},
    {"cast", {{"T", DT_f32}, {"U", DT_i8}}, {{0}}, {{0}}, {{"I", 2}}},
    {"cast", {{"T", DT_i64}, {"U", DT_bf16}}, {{0}}, {{0}}, {{"I", 2}}},
    {"cast", {{"T", DT_f16}, {"U", DT_bool}}, {{0}}, {{0}}, {{"I", 2}}},
    {"cast", {{"T", DT_i4}, {"U", DT_f64}}, {{0}}, {{0}}, {{"I", 2}}},
    {"cast", {{"T", DT_f32}, {"U", DT_u4}}, {{0}}, {{0}}, {{"I", 2}}},
    {"cast_sat", {{"T", DT_f32}, {"U", DT_f8e4m3fn}}, {{0}}, {{0}}, {{"I", 2}}},
    {"cast_sat", {{"T", DT_i32}, {"U", DT_u8}}, {{0}}, {{0}}, {{"I", 2}}},
    {"binary", T1(DT_f32), {{"f", "add"}}, {{0}}, {{"I", 4}}},
    {"binary", T1(DT_i16), {{"f", "pythmod"}}, {{0}}, {{"I", 2}}},
    {"binary", T1(DT_i64), {{"f", "pythmod"}}, {{0}}, {{"I", 2}}},
    {"pad", T1(DT_f16), {{0}}, {{0}}, {{"D", 2}, {"I", 2}}},
    {"pad", T1(DT_f32), {{0}}, {{0}}, {{"D", 4}, {"I", 4}}},
    {"softmax", T1(DT_f32), {{0}}, {{0}}, {{"L", 1}, {"R", 0}}},
    {"softmax", T1(DT_f16), {{0}}, {{0}}, {{"L", 1}, {"R", 1}}},
    {"layernorm", T1(DT_f32), {{0}}, {{0}}, {{"R", 2}}},
    {"layernorm_welford", T1(DT_f32), {{0}}, {{0}}, {{"R", 2}}},
    {"layernorm_welford", T1(DT_f64), {{0}}, {{0}}, {{"R", 1}}},
    {"argmax_k", T1(DT_f32), {{0}}, {{0}}, {{"L", 1}, {"R", 1}}},
    {"argmax_k", T1(DT_i8), {{0}}, {{0}}, {{"L", 1}, {"R", 0}}},
    {"reduce", T1(DT_f32), {{"F", "sum"}}, {{0}}, {{"L", 1}, {"C", 2}, {"R", 1}}},
    {"reduce", T1(DT_f32), {{"F", "sum"}}, {{0}}, {{"L", 0}, {"C", 3}, {"R", 0}}},
    {"reduce", T1(DT_u8), {{"F", "prod"}}, {{0}}, {{"L", 1}, {"C", 1}, {"R", 1}}},
    {"reduce", T1(DT_bf16), {{"F", "max"}}, {{0}}, {{"L", 1}, {"C", 2}, {"R", 0}}},
    {"maxpool", T1(DT_f32), {{0}}, POOL},
    {"maxpool_grad", T1(DT_f32), {{0}}, POOL},
    {"conv", {{"X", DT_f32}}, {{0}}, CONV},
    {"conv", {{"X", DT_f16}}, {{0}}, CONV},
    {"conv_dx", T1(DT_f32), {{0}}, CONV},
    {"conv_dw", T1(DT_f32), {{0}}, CONV},
    {"matmul", T1(DT_f32), {{0}}, {{0}}, {{"B", 1}}},
    {"matmul", T1(DT_i32), {{0}}, {{0}}, {{"B", 0}}},
    {"dequant_q4_k"},
    {"matmul_q4_k"},
    {"cumsum", T1(DT_f32), {{0}}, {{"EXCL", 1}, {"REV", 0}}, {{"L", 1}, {"R", 0}}},
    {"cumsum", T1(DT_i32), {{0}}, {{"EXCL", 0}, {"REV", 1}}, {{"L", 0}, {"R", 1}}},
    {"selective_scan", {{0}}, {{0}}, {{"S", 4}}},
    {"selective_states"},
    {"scatter_add", T1(DT_f32)},
    {"scatter_last", T1(DT_i16)},
    {"embed_grad", T1(DT_f16)},
    {"gather", T1(DT_f32), {{0}}, {{0}}, {{"L", 1}, {"J", 1}, {"R", 1}}},
    {"gather", T1(DT_u8), {{0}}, {{0}}, {{"L", 0}, {"J", 2}, {"R", 0}}},
    {"gather_nd", T1(DT_f32), {{0}}, {{0}}, {{"J", 1}, {"R", 1}}},
    {"grid_sample"},
    {"resize2d", T1(DT_f32)},
    {"sort_keys", {{0}}, {{0}}, {{"DESC", 1}}},
    {"topk_out", {{0}}, {{0}}, {{"DESC", 0}}},
    {"dropout", T1(DT_f32)},
    {"nms_mask"},
    {"adamw", T1(DT_bf16)},
    {0},
};

static void test_worked(void **s)
{
    static const char *const files[] = {"tests/kernels/worked.k", NULL};
    run_rows(files, worked, 6);
}

#define PACK2(n, a, b) {n ".0", a}, {n ".1", b}
#define WINDOW PACK2("K", 3, 2), PACK2("ST", 2, 1), PACK2("DL", 1, 2), PACK2("PD", 1, 0)
#define LC {{"L", 1}, {"C", 1}}
#define NCS {{"S", 2}}
static const Row rows[] = {
    {"gather", {{"T", DT_f32}, {"I", DT_i32}}, {{0}}, {{0}}, {{"L", 1}, {"J", 1}, {"R", 1}}},
    {"gather_axis", {{"T", DT_u8}, {"I", DT_i64}}, {{0}}, {{0}}, {{"L", 1}, {"R", 1}}},
    {"scatter_axis_add", {{"T", DT_f32}, {"I", DT_i32}}, {{0}}, {{0}}, {{"L", 1}, {"R", 1}}},
    {"scatter_axis_max", {{"T", DT_i32}, {"I", DT_i64}}, {{0}}, {{0}}, {{"L", 1}, {"R", 0}}},
    {"pad_axis", T1(DT_f32), {{"f", "at_reflect"}}},
    {"offset_step", {{"I", DT_i32}}},
    {"gather_at", T1(DT_f32)},
    {"tensor_scatter", {{"T", DT_f32}, {"I", DT_i64}}, {{0}}, {{"WRAP", 1}}, {{0}}, {{"S", 3}, {"C", 7}}},
    {"range_count_int", T1(DT_i32), {{0}}, {{0}}, {{0}}, {{"Z", 1}}},
    {"range_count_float", T1(DT_f32), {{0}}, {{0}}, {{0}}, {{"Z", 1}}},
    {"range", T1(DT_f64)},
    {"eye", T1(DT_f16)},
    {"one_hot", {{"T", DT_f32}, {"I", DT_i32}}, {{0}}, {{0}}, {{0}}, {{"W", 2}}},
    {"trilu", T1(DT_f32), {{0}}, {{"UPPER", 1}}},
    {"reverse_rows", {{"T", DT_f32}, {"I", DT_i32}}, {{0}}, {{0}}, {{"R", 1}}},
    {"fill", T1(DT_bf16), {{0}}, {{0}}, {{"I", 2}}},
    {"qlinear"},
    {"layer_norm", {{"T", DT_f32}, {"U", DT_f32}, {"V", DT_f32}}, {{0}}, {{0}}, LC},
    {"layer_norm", {{"T", DT_f16}, {"U", DT_f32}, {"V", DT_f16}}, {{0}}, {{0}}, {{"L", 1}, {"C", 2}}},
    {"layer_norm_stats", {{"T", DT_f32}, {"U", DT_f32}, {"V", DT_f32}, {"S", DT_f32}}, {{0}}, {{0}}, LC},
    {"rms_norm", {{"T", DT_bf16}, {"U", DT_f32}}, {{0}}, {{0}}, LC},
    {"mean_variance_norm", T1(DT_f32), {{0}}, {{0}}, {{"L", 2}, {"C", 2}}},
    {"lp_norm", T1(DT_f32), {{"f", "square"}, {"g", "root"}}, {{0}}, {{"L", 2}}},
    {"local_response_norm", T1(DT_f32), {{"g", "pow_float"}}, {{"SIZE", 5}}, NCS},
    {"local_response_norm", T1(DT_f32), {{"g", "power_3_4"}}, {{"SIZE", 4}}, NCS},
    {"batch_scale", {{"G", DT_f32}, {"M", DT_f16}, {"A", DT_f32}}},
    {"norm_apply", {{"T", DT_f16}, {"K", DT_f32}, {"M", DT_f16}, {"B", DT_f32}}, {{0}}, {{0}}, {{"I", 3}}},
    {"norm_apply_scaled", {{"T", DT_f32}, {"K", DT_f32}, {"G", DT_f32}, {"B", DT_f32}}, {{0}}, {{0}}, {{"I", 3}}},
    {"row_stats", {{"T", DT_f32}, {"S", DT_f32}}, {{0}}, {{0}}, LC},
    {"moments", {{"T", DT_f32}, {"S", DT_f32}}, {{0}}, {{0}}, {{"L", 1}, {"C", 2}}},
    {"running", T1(DT_f32)},
    {"quantize", {{"X", DT_f32}, {"S", DT_f32}, {"Z", DT_u8}, {"Y", DT_u8}}, {{0}}, {{0}}, {{"L", 2}, {"I", 0}}},
    {"quantize_float", {{"X", DT_f16}, {"S", DT_f32}, {"Y", DT_f8e4m3fn}}, {{0}}, {{0}}, {{"I", 2}}},
    {"dequantize", {{"X", DT_i8}, {"S", DT_f32}, {"Y", DT_f32}}, {{0}}, {{0}}, {{"L", 0}, {"I", 2}}},
    {"dequantize", {{"X", DT_i4}, {"S", DT_f32}, {"Y", DT_f32}}, {{0}}, {{0}}, {{"L", 1}, {"I", 1}}},
    {"quantize_range", {{0}}, {{0}}, {{0}}, LC},
    {"dequant_q4_k"},
    {"dropout_map", {{"T", DT_f32}, {"R", DT_f32}}},
    {"random_uniform", T1(DT_f32)},
    {"random_normal", T1(DT_f16)},
    {"bernoulli", {{"P", DT_f32}, {"T", DT_u8}}},
    {"multinomial", {{"P", DT_f32}, {"T", DT_i32}}},
    {"reduce_map", T1(DT_f32), {{"f", "square"}, {"F", "sum"}, {"g", "root"}}, {{0}}, {{"L", 2}, {"C", 1}}},
    {"reduce_mean", T1(DT_f32), {{0}}, {{0}}, {{"L", 1}, {"C", 2}}},
    {"reduce_mean", T1(DT_i64), {{0}}, {{0}}, {{"L", 2}, {"C", 1}}},
    {"reduce_log_sum_exp", T1(DT_f32), {{0}}, {{0}}, LC},
    {"arg_first", T1(DT_f32), {{"F", "max"}}, {{0}}, {{"L", 2}}},
    {"arg_last", T1(DT_i16), {{"F", "min"}}, {{0}}, {{"L", 1}}},
    {"softmax", T1(DT_f32), {{0}}, {{0}}, {{"L", 2}}},
    {"log_softmax", T1(DT_f64), {{0}}, {{0}}, {{"L", 1}}},
    {"hardmax", T1(DT_f32), {{0}}, {{0}}, {{"L", 1}}},
    {"cumulate", T1(DT_f32), {{"F", "sum"}}, {{"EXCL", 1}}, {{"L", 1}}},
    {"cumulate", T1(DT_i32), {{"F", "prod"}}, {{"EXCL", 0}}, {{"L", 2}}},
    {"offset_coordinate"},
    {"box_corners", {{0}}, {{0}}, {{"CENTER", 1}}, {{0}}, {{"Q", 4}}},
    {"prefix_total", {{0}}, {{0}}, {{0}}, {{0}}, {{"Z", 1}}},
    {"nms_write"},
    {"nms_rows", {{0}}, {{0}}, {{"LEAST", 1}}, {{0}}, {{"Q", 4}, {"M", 5}}},
    {"sort_rows", T1(DT_f32), {{0}}, {{"DESC", 1}}, {{"L", 1}}, {{"W", 2}}},
    {"max_pool", T1(DT_f32), {{0}}, {WINDOW}, {{"H", 2}, {"P", 2}}},
    {"max_pool", T1(DT_i8), {{0}}, {WINDOW}, {{"H", 2}, {"P", 2}}},
    {"max_pool_index", T1(DT_f32), {{0}}, {WINDOW}, {{"H", 2}, {"P", 2}}},
    {"average_pool", T1(DT_f32), {{0}}, {WINDOW, PACK2("QD", 1, 0)}, {{"H", 2}, {"P", 2}, {"V", 2}}},
    {"lp_pool", T1(DT_f32), {{0}}, {WINDOW}, {{"H", 2}, {"P", 2}}},
    {"iota"},
    {0},
};

static void test_kernels(void **s)
{
    const KModule *m;
    Error err = {0};
    if (kernels_module(&m, &err))
        fail_msg("%s", err.text);
    module = m;
    rows_of(m, rows, 4);
}

/* Every function of one or two parameters for every element type that it can be bound to. */
static void test_functions(void **s)
{
    static const DType types[] = {DT_f32, DT_f64, DT_i32, DT_u32, DT_i64, DT_u64, DT_bool, DT_f16, DT_i8};
    const KModule *m;
    const char *const *names;
    Error err = {0};
    if (kernels_module(&m, &err))
        fail_msg("%s", err.text);
    module = m;
    size_t n = kir_module_fns(m, &names), ran = 0;
    for (size_t f = 0; f < n; f++)
        for (size_t t = 0; t < sizeof types / sizeof *types; t++)
            for (int two = 0; two < 2; two++) {
                Case *c = calloc(1, sizeof *c);
                Row r = {two ? "binary" : "unary", T1(types[t]), {{"f", names[f]}}, {{0}}, {{"I", 2}}};
                KirBinding b = {.types = r.types, .n_types = 1, .fns = r.fns, .n_fns = 1, .ranks = r.ranks, .n_ranks = 1};
                bool fits = kir_instantiate(m, r.kernel, &b, &c->arena, &c->k, &c->err) == SPML_OK;
                const int64_t d[2] = {3, 90};
                for (size_t o = 0; fits && o < c->k->n_operands; o++)
                    dims(c, o, 2, d, 0);
                if (fits)
                    check(c, names[f]), ran++;
                if (!fits)
                    c->k = NULL, arena_free(&c->arena), free(c);
                else
                    end_case(c);
            }
    if (ran < 300)
        fail_msg("only %zu instances", ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elementwise), cmocka_unit_test(test_reductions), cmocka_unit_test(test_worked), cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
