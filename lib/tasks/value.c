/* SPDX-License-Identifier: MIT
 * tasks: tensors made (literals, seeded fills, casts) and looked at (text, statistics, comparison). Random elements come from a counter-based
 * generator: element i is a hash of (seed, stream, i), so order, threads and machines do not matter. */
#include "tasks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

SpmlStatus spml_tensor_parse(const char *text, const SpmlPort *port, SpmlTensor **out, SpmlError *err)
{
    ValueWant want = want_of_port(port);
    RtValue *v;
    if (want.kind != TYPE_TENSOR && want.kind != TYPE_NONE)
        return error_set(handle_error(err), SPML_UNSUPPORTED, "literal", "literals of sequences, optionals and maps are not supported; give a .pb file");
    SpmlCode code = tensor_parse_json(span_make(text, strlen(text), 0), "", &want, &v, handle_error(err));
    if (!code)
        *out = (SpmlTensor *)v;
    return code;
}

/* ── fills ── */

static uint64_t mix(uint64_t x) /* the finaliser of splitmix64 (Steele, Lea & Flood, 2014) */
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

typedef enum FillKind { FILL_CONST, FILL_UNIFORM, FILL_NORMAL, FILL_ARANGE } FillKind;
typedef struct Fill { FillKind kind; double a, b; uint64_t key; } Fill;

static double unit(const Fill *f, uint64_t i) { return (double)(mix(f->key ^ mix(i)) >> 40) * 0x1p-24; } /* [0, 1) in 2^-24 */

static double fill_at(const Fill *f, uint64_t i, bool whole)
{
    switch (f->kind) {
    case FILL_CONST: return f->a;
    case FILL_ARANGE: return (double)i;
    case FILL_UNIFORM: return whole ? floor(f->a + unit(f, i) * (f->b - f->a + 1)) : f->a + unit(f, i) * (f->b - f->a);
    case FILL_NORMAL: break;
    }
    double u = (double)((mix(f->key ^ mix(2 * i)) >> 11) + 1) * 0x1p-53, v = (double)(mix(f->key ^ mix(2 * i + 1)) >> 11) * 0x1p-53;
    return f->a + f->b * sqrt(-2 * log(u)) * cos(2 * M_PI * v); /* Box and Muller, 1958 */
}

static bool fill_parse(const char *gen, Fill *f)
{
    static const struct { const char *name; FillKind kind; int n_args; double a; } rows[] = {
        {"zeros", FILL_CONST, 0, 0}, {"ones", FILL_CONST, 0, 1}, {"arange", FILL_ARANGE, 0, 0}, {"const", FILL_CONST, 1, 0}, {"uniform", FILL_UNIFORM, 2, 0}, {"normal", FILL_NORMAL, 2, 0},
    };
    size_t n = strcspn(gen, ":");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strlen(rows[i].name) != n || memcmp(rows[i].name, gen, n))
            continue;
        const char *p = gen + n;
        *f = (Fill){.kind = rows[i].kind, .a = rows[i].a};
        for (int k = 0; k < rows[i].n_args; k++)
            if (*p++ != (k ? ',' : ':') || !parse_f64(p, &p, k ? &f->b : &f->a))
                return false;
        return *p == 0;
    }
    return false;
}

SpmlStatus spml_tensor_fill(const char *dtype, int rank, const int64_t *dim, const char *gen, uint64_t seed, uint64_t stream, SpmlTensor **out, SpmlError *e)
{
    Fill f;
    Error *err = handle_error(e);
    if (!fill_parse(gen, &f))
        return error_set(err, SPML_USAGE, "fill", "no fill is called '%.60s'", gen), error_hint(err, "zeros, ones, const:V, uniform:LO,HI, normal:MEAN,SD, arange"), SPML_USAGE;
    f.key = mix(seed ^ mix(stream + UINT64_C(0x5bd1e995)));
    SpmlStatus code = spml_tensor_new(dtype, rank, dim, out, e);
    if (code)
        return code;
    RtValue *v = handle_value(*out);
    DTypeClass c = dtype_info[v->dtype].cls;
    int64_t n = rt_count(v);
    for (int64_t i = 0; i < n; i++)
        if (c == DCLASS_FLOAT)
            dtype_set_f64(v->dtype, v->data, (uint64_t)i, fill_at(&f, (uint64_t)i, false));
        else if (c == DCLASS_BOOL || dtype_is_int(v->dtype))
            dtype_set_f64(v->dtype, v->data, (uint64_t)i, fill_at(&f, (uint64_t)i, true));
        else if (c == DCLASS_COMPLEX)
            for (int k = 0; k < 2; k++)
                dtype_set_f64(v->dtype == DT_c64 ? DT_f32 : DT_f64, v->data, 2 * (uint64_t)i + k, fill_at(&f, 2 * (uint64_t)i + k, false));
        else if (c == DCLASS_STRING)
            ((StringRef *)v->data)[i] = (StringRef){"", 0};
    return SPML_OK;
}

SpmlStatus spml_tensor_cast(const SpmlTensor *t, const char *dtype, SpmlTensor **out, SpmlError *err)
{
    const RtValue *v = handle_value(t);
    DType to = dtype_find(dtype, strlen(dtype));
    bool number = v->kind == TYPE_TENSOR && dtype_info[v->dtype].cls != DCLASS_STRING && dtype_info[v->dtype].cls != DCLASS_COMPLEX && dtype_info[v->dtype].cls != DCLASS_BLOCK;
    if (!number || to == DT_none || dtype_info[to].cls == DCLASS_STRING || dtype_info[to].cls == DCLASS_COMPLEX || dtype_info[to].cls == DCLASS_BLOCK)
        return error_set(handle_error(err), SPML_UNSUPPORTED, "cast", "no cast from %s to %.40s", v->kind == TYPE_TENSOR ? dtype_name(v->dtype) : "a sequence", dtype);
    SpmlStatus code = spml_tensor_new(dtype, v->rank, v->dim, out, err);
    for (int64_t i = 0, n = code ? 0 : rt_count(v); i < n; i++)
        if (to == DT_bool)
            dtype_set_i64(to, handle_value(*out)->data, (uint64_t)i, dtype_get_f64(v->dtype, v->data, (uint64_t)i) != 0);
        else if (dtype_is_float(v->dtype) || dtype_is_float(to))
            dtype_set_f64(to, handle_value(*out)->data, (uint64_t)i, dtype_get_f64(v->dtype, v->data, (uint64_t)i));
        else
            dtype_set_i64(to, handle_value(*out)->data, (uint64_t)i, dtype_get_i64(v->dtype, v->data, (uint64_t)i));
    return code;
}

SpmlStatus spml_tensor_copy(const SpmlTensor *t, SpmlTensor **out, SpmlError *err)
{
    RtValue *v;
    SpmlCode code = rt_copy(handle_value(t), &v, handle_error(err));
    if (!code)
        *out = (SpmlTensor *)v;
    return code;
}

/* ── text ── */

void value_type_print(const RtValue *v, Text *out)
{
    static const char *const names[] = {[TYPE_NONE] = "nothing", [TYPE_SEQUENCE] = "seq", [TYPE_OPTIONAL] = "optional", [TYPE_MAP] = "map"};
    if (v->kind != TYPE_TENSOR) {
        text_printf(out, "%s(%zu)", names[v->kind], v->n_item);
        return;
    }
    text_printf(out, "%s[", dtype_name(v->dtype));
    for (int i = 0; i < v->rank; i++)
        text_printf(out, "%s%lld", i ? "," : "", (long long)v->dim[i]);
    text_puts(out, "]");
}

static char *take_text(Text *t)
{
    text_puts(t, "");
    if (t->oom)
        text_free(t);
    return t->p;
}

char *spml_tensor_type_text(const SpmlTensor *t)
{
    Text x = {0};
    value_type_print(handle_value(t), &x);
    return take_text(&x);
}

char *spml_tensor_element_text(const SpmlTensor *t, int64_t i)
{
    Text x = {0};
    if (handle_value(t)->kind == TYPE_TENSOR && i >= 0 && i < rt_count(handle_value(t)))
        element_print(handle_value(t), i, &x);
    return take_text(&x);
}

char *spml_tensor_json(const SpmlTensor *t)
{
    Text x = {0};
    json_value_print(handle_value(t), &x);
    return take_text(&x);
}

bool spml_tensor_is_tensor(const SpmlTensor *t) { return handle_value(t)->kind == TYPE_TENSOR; }
int64_t spml_tensor_count(const SpmlTensor *t) { return spml_tensor_is_tensor(t) ? rt_count(handle_value(t)) : (int64_t)handle_value(t)->n_item; }

static bool is_number(DType t)
{
    DTypeClass c = dtype_info[t].cls;
    return c == DCLASS_BOOL || c == DCLASS_INT || c == DCLASS_UINT || c == DCLASS_FLOAT;
}

double spml_tensor_get(const SpmlTensor *t, int64_t i)
{
    const RtValue *v = handle_value(t);
    return v->kind == TYPE_TENSOR && is_number(v->dtype) && i >= 0 && i < rt_count(v) ? dtype_get_f64(v->dtype, v->data, (uint64_t)i) : NAN;
}

/* ── statistics ── */

bool value_stats(DType t, const void *p, int64_t n, SpmlStats *out)
{
    *out = (SpmlStats){.n = n};
    if (!is_number(t))
        return false;
    double sum = 0, low = INFINITY, high = -INFINITY;
    int64_t finite = 0;
    for (int64_t i = 0; i < n; i++) {
        double d = dtype_get_f64(t, p, (uint64_t)i);
        out->nan += isnan(d);
        out->inf += isinf(d) != 0;
        if (!isfinite(d))
            continue;
        finite++;
        sum += d;
        low = d < low ? d : low;
        high = d > high ? d : high;
    }
    out->min = finite ? low : NAN;
    out->max = finite ? high : NAN;
    out->mean = finite ? sum / (double)finite : NAN;
    return true;
}

bool spml_tensor_stats(const SpmlTensor *t, SpmlStats *out)
{
    const RtValue *v = handle_value(t);
    *out = (SpmlStats){0};
    return v->kind == TYPE_TENSOR && value_stats(v->dtype, v->data, rt_count(v), out);
}

/* ── comparison ── */

static void unravel(const RtValue *v, int64_t i, int64_t *at)
{
    for (int d = v->rank - 1; d >= 0; d--) {
        at[d] = v->dim[d] ? i % v->dim[d] : 0;
        i = v->dim[d] ? i / v->dim[d] : 0;
    }
}

static void differ(SpmlDifference *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void differ(SpmlDifference *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    Text t = {0};
    text_vprintf(&t, fmt, ap);
    va_end(ap);
    snprintf(d->text, sizeof d->text, "%s", t.p ? t.p : "");
    text_free(&t);
    d->reason = d->text;
    d->equal = false;
}

static bool same_type(const RtValue *got, const RtValue *want, SpmlDifference *d)
{
    bool same = got->kind == want->kind && got->dtype == want->dtype && got->rank == want->rank;
    for (int i = 0; same && got->kind == TYPE_TENSOR && i < got->rank; i++)
        same = got->dim[i] == want->dim[i];
    if (same && got->kind != TYPE_TENSOR)
        same = got->n_item == want->n_item;
    if (!same) {
        Text a = {0}, b = {0};
        value_type_print(got, &a);
        value_type_print(want, &b);
        differ(d, "got %s, want %s", a.p ? a.p : "", b.p ? b.p : "");
        text_free(&a);
        text_free(&b);
    }
    return same;
}

static void compare_strings(const RtValue *got, const RtValue *want, SpmlDifference *d)
{
    const StringRef *a = got->data, *b = want->data;
    int64_t first = -1;
    for (int64_t i = 0; i < d->n; i++)
        if (a[i].n != b[i].n || memcmp(a[i].p, b[i].p, a[i].n)) {
            first = first < 0 ? i : first;
            d->n_differ++;
        }
    if (first >= 0)
        differ(d, "%lld of %lld strings differ: got '%.*s', want '%.*s'", (long long)d->n_differ, (long long)d->n, a[first].n > 60 ? 60 : (int)a[first].n, a[first].p, b[first].n > 60 ? 60 : (int)b[first].n, b[first].p);
}

static void compare_numbers(const RtValue *got, const RtValue *want, double rtol, double atol, SpmlDifference *d)
{
    DType t = got->dtype;
    bool complex = dtype_info[t].cls == DCLASS_COMPLEX;
    double excess = -1;
    int64_t worst = 0, furthest = 0, parts = complex ? 2 : 1;
    t = t == DT_c64 ? DT_f32 : t == DT_c128 ? DT_f64 : t;
    for (int64_t i = 0; i < d->n * parts; i++) {
        double a = dtype_get_f64(t, got->data, (uint64_t)i), b = dtype_get_f64(t, want->data, (uint64_t)i);
        bool exact = dtype_is_int(t) && dtype_get_i64(t, got->data, (uint64_t)i) == dtype_get_i64(t, want->data, (uint64_t)i);
        if (exact || a == b || (isnan(a) && isnan(b)))
            continue;
        double off = fabs(a - b), limit = atol + rtol * fabs(b);
        if (isnan(off))
            off = INFINITY;
        if (off > d->max_abs)
            d->max_abs = off, furthest = i / parts;
        bool bad = !(off <= limit) || isinf(b);
        double ratio = limit > 0 ? off / limit : INFINITY;
        d->n_differ += bad;
        if (bad && (ratio > excess || (isinf(excess) && isinf(ratio) && fabs(d->got - d->want) < off))) {
            excess = ratio;
            worst = i / parts;
            d->got = a;
            d->want = b;
            d->limit = limit;
        }
    }
    unravel(got, worst, d->at);
    unravel(got, furthest, d->at_max);
    d->equal = d->n_differ == 0;
}

static void compare_items(const RtValue *got, const RtValue *want, double rtol, double atol, int depth, SpmlDifference *d)
{
    *d = (SpmlDifference){.equal = true, .reason = "", .n_item = -1, .rank = got->rank};
    if (!same_type(got, want, d))
        return;
    if (got->kind == TYPE_TENSOR) {
        d->n = rt_count(got);
        if (got->dtype == DT_string)
            compare_strings(got, want, d);
        else if (dtype_info[got->dtype].cls == DCLASS_BLOCK)
            d->equal = got->sz == want->sz && !memcmp(got->data, want->data, got->sz);
        else
            compare_numbers(got, want, rtol, atol, d);
        return;
    }
    int64_t n = 0;
    for (size_t i = 0; i < got->n_item && depth < IR_MAX_DEPTH; i++) {
        compare_items(got->item[i], want->item[i], rtol, atol, depth + 1, d);
        n += d->n;
        d->n_item = (int64_t)i;
        if (!d->equal)
            return;
    }
    d->n = n;
    d->n_item = -1;
}

void spml_tensor_compare(const SpmlTensor *got, const SpmlTensor *want, double rtol, double atol, SpmlDifference *out)
{
    compare_items(handle_value(got), handle_value(want), rtol, atol, 0, out);
}
