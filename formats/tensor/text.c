/* SPDX-License-Identifier: MIT
 * formats/tensor: tensors as text: csv, txt, and JSON literals. Types and shapes come from the expectation: numbers in a csv file fill it row-major
 * when the counts agree, otherwise the file's own rows and columns are the shape. Numbers are locale-free and read back exactly. */
#include "formats/tensor/tensor.h"

#include "formats/wire/json.h"

#include <stdlib.h>
#include <string.h>

/* ── elements that arrive one by one ── */

typedef struct Gather { DType dtype; Text bytes; size_t n; StringRef *s; size_t cap; } Gather;

static bool gather_number(Gather *g, const char *text, size_t n)
{
    char buf[80];
    const char *end;
    uint8_t cell[16] = {0};
    double d;
    int64_t i;
    if (n == 0 || n >= sizeof buf)
        return false;
    memcpy(buf, text, n);
    buf[n] = 0;
    if (parse_i64(buf, &end, &i) && !*end && !dtype_is_float(g->dtype))
        dtype_set_i64(g->dtype, cell, 0, i);
    else if (g->dtype == DT_u64 && strspn(buf, "0123456789") == n && n <= 20) { /* above 2^63 */
        uint64_t u = 0;
        for (size_t k = 0; k < n; k++)
            if (__builtin_mul_overflow(u, 10, &u) || __builtin_add_overflow(u, (uint64_t)(buf[k] - '0'), &u))
                return false;
        memcpy(cell, &u, 8);
    } else if (parse_f64(buf, &end, &d) && !*end && dtype_is_float(g->dtype))
        dtype_set_f64(g->dtype, cell, 0, d);
    else
        return false;
    if (dtype_is_int(g->dtype) && g->dtype != DT_u64 && dtype_get_i64(g->dtype, cell, 0) != i)
        return false; /* out of the type's range */
    text_add(&g->bytes, (char *)cell, dtype_info[g->dtype].bytes);
    g->n++;
    return true;
}

static bool gather_string(Gather *g, const char *p, size_t n)
{
    if (g->n == g->cap) {
        StringRef *s = realloc(g->s, (g->cap = g->cap ? 2 * g->cap : 16) * sizeof *s);
        if (!s)
            return g->bytes.oom = true, false;
        g->s = s;
    }
    g->s[g->n++] = (StringRef){p, n};
    return true;
}

static void gather_free(Gather *g)
{
    text_free(&g->bytes);
    free(g->s);
}

static SpmlCode gather_value(Gather *g, int rank, const int64_t *dim, RtValue **out, Error *err)
{
    RtValue *v = calloc(1, sizeof *v);
    SpmlCode code = !v || g->bytes.oom ? error_oom(err) : g->dtype == DT_string ? rt_strings(v, rank, dim, g->s ? g->s : &(StringRef){"", 0}, err) : rt_alloc(v, g->dtype, rank, dim, err);
    unsigned block = dtype_info[g->dtype].block;
    if (!code && g->dtype != DT_string) {
        if (block == 1 && g->bytes.n)
            memcpy(v->data, g->bytes.p, g->bytes.n);
        for (size_t i = 0; block > 1 && i < g->n; i++) /* gathered one byte each */
            if (dtype_is_float(g->dtype))
                dtype_set_f64(g->dtype, v->data, i, dtype_get_f64(g->dtype, g->bytes.p + i * dtype_info[g->dtype].bytes, 0));
            else
                dtype_set_i64(g->dtype, v->data, i, dtype_get_i64(g->dtype, g->bytes.p + i * dtype_info[g->dtype].bytes, 0));
    }
    if (code)
        free(v);
    else
        *out = v;
    return code;
}

/* The expected shape if n elements fit it (one free dimension follows), else false. */
static bool shape_for(const ValueWant *want, size_t n, int64_t *dim)
{
    int open = -1;
    int64_t known = 1;
    for (int i = 0; i < want->rank; i++) {
        dim[i] = want->dim[i];
        if (dim[i] >= 0 && !i64_mul(known, dim[i], &known))
            return false;
        if (dim[i] < 0 && open >= 0)
            return false;
        open = dim[i] < 0 ? i : open;
    }
    if (want->rank < 0)
        return false;
    if (open < 0)
        return known == (int64_t)n;
    dim[open] = known ? (int64_t)n / known : 0;
    return known && (int64_t)n % known == 0;
}

/* ── csv and txt ── */

static SpmlCode text_fail(const File *f, size_t line, Error *err, const char *what)
{
    error_set(err, SPML_DATA, "text-number", "line %zu: %s", line, what);
    return error_where(err, file_path(f), -1);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static SpmlCode csv_row(const File *f, const char *p, const char *end, size_t line, Gather *g, size_t *cols, Error *err)
{
    for (size_t n = 0;; n++) {
        const char *stop = p;
        while (stop < end && *stop != ',' && *stop != ';' && *stop != '\t')
            stop++;
        const char *a = p, *b = stop;
        while (a < b && is_blank(*a))
            a++;
        while (b > a && is_blank(b[-1]))
            b--;
        if (a == b && stop == end && n) { /* a comma at the end */
            *cols = n;
            return SPML_OK;
        }
        if (!gather_number(g, a, (size_t)(b - a))) {
            error_set(err, SPML_DATA, "text-number", "line %zu: '%.*s' is no %s", line, b - a > 40 ? 40 : (int)(b - a), a, dtype_name(g->dtype));
            return error_where(err, file_path(f), -1);
        }
        if (stop == end) {
            *cols = n + 1;
            return SPML_OK;
        }
        p = stop + 1;
    }
}

SpmlCode csv_read(const File *f, const ValueWant *want, ValueList *out, Error *err)
{
    Gather g = {.dtype = want->dtype == DT_none ? DT_f32 : want->dtype};
    const char *p = (const char *)file_span(f).base, *end = p + file_size(f);
    int64_t dim[IR_MAX_RANK], rows = 0;
    size_t line = 0, cols = 0, n = 0;
    SpmlCode code = g.dtype == DT_string ? error_set(err, SPML_UNSUPPORTED, "csv-type", "csv holds numbers only; strings can be a txt or json file") : SPML_OK;
    while (!code && p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        line++;
        if (stop > p && !(stop == p + 1 && *p == '\r')) {
            code = csv_row(f, p, stop, line, &g, &n, err);
            if (!code && rows++ && n != cols)
                code = text_fail(f, line, err, "not as many columns as before");
            cols = n;
        }
        p = stop < end ? stop + 1 : end;
    }
    bool fits = shape_for(want, g.n, dim);
    RtValue *v;
    if (!code)
        code = fits ? gather_value(&g, want->rank, dim, &v, err) : gather_value(&g, 2, (int64_t[]){rows, (int64_t)cols}, &v, err);
    if (!code)
        code = values_add(out, "", 0, v, err);
    gather_free(&g);
    return code;
}

static bool is_space(char c) { return c == '\n' || is_blank(c); }

static SpmlCode txt_cells(const File *f, Gather *g, Error *err)
{
    const char *p = (const char *)file_span(f).base, *end = p + file_size(f);
    for (size_t line = 1; p < end;) {
        bool lines = g->dtype == DT_string;
        const char *stop = p;
        while (stop < end && (lines ? *stop != '\n' : !is_space(*stop)))
            stop++;
        size_t n = (size_t)(stop - p);
        if (lines)
            gather_string(g, p, n && p[n - 1] == '\r' ? n - 1 : n);
        else if (n && !gather_number(g, p, n))
            return text_fail(f, line, err, "no number of the input's type");
        line += stop < end && *stop == '\n';
        p = stop < end ? stop + 1 : end;
    }
    return SPML_OK;
}

SpmlCode txt_read(const File *f, const ValueWant *want, ValueList *out, Error *err)
{
    Gather g = {.dtype = want->dtype == DT_none ? DT_string : want->dtype};
    int64_t dim[IR_MAX_RANK];
    RtValue *v;
    SpmlCode code = txt_cells(f, &g, err);
    bool fits = shape_for(want, g.n, dim);
    if (!code)
        code = fits ? gather_value(&g, want->rank, dim, &v, err) : gather_value(&g, 1, (int64_t[]){(int64_t)g.n}, &v, err);
    if (!code)
        code = values_add(out, "", 0, v, err);
    gather_free(&g);
    return code;
}

static void float_print(DType t, double d, Text *out)
{
    char buf[40];
    text_puts(out, t == DT_f64 ? format_f64(buf, d) : format_f32(buf, (float)d));
}

void element_print(const RtValue *v, int64_t i, Text *out)
{
    DTypeClass c = dtype_info[v->dtype].cls;
    if (c == DCLASS_STRING)
        text_add(out, ((const StringRef *)v->data)[i].p, ((const StringRef *)v->data)[i].n);
    else if (c == DCLASS_FLOAT)
        float_print(v->dtype, dtype_get_f64(v->dtype, v->data, (uint64_t)i), out);
    else if (v->dtype == DT_u64)
        text_printf(out, "%llu", (unsigned long long)((const uint64_t *)v->data)[i]);
    else if (c == DCLASS_COMPLEX) {
        DType part = v->dtype == DT_c64 ? DT_f32 : DT_f64;
        text_puts(out, "[");
        float_print(part, dtype_get_f64(part, v->data, 2 * (uint64_t)i), out);
        text_puts(out, ",");
        float_print(part, dtype_get_f64(part, v->data, 2 * (uint64_t)i + 1), out);
        text_puts(out, "]");
    } else
        text_printf(out, "%lld", (long long)dtype_get_i64(v->dtype, v->data, (uint64_t)i));
}

/* Elements by lines of the last axis. */
static SpmlCode write_lines(const RtValue *v, char between, FileWriter *w, Error *err)
{
    Text t = {0};
    if (v->kind != TYPE_TENSOR)
        return error_set(err, SPML_UNSUPPORTED, "text-type", "sequences, optionals and maps can be written as pb or json only");
    int64_t cols = v->rank > 0 && v->dtype != DT_string ? v->dim[v->rank - 1] : 1;
    for (int64_t i = 0; i < rt_count(v); i++) {
        Text one = {0};
        element_print(v, i, &one);
        if (between == ',')
            text_escape_csv(&t, one.p ? one.p : "", one.n);
        else
            text_add(&t, one.p ? one.p : "", one.n);
        char c = (i + 1) % (cols ? cols : 1) ? between : '\n';
        text_add(&t, &c, 1);
        text_free(&one);
    }
    SpmlCode code = t.oom ? error_oom(err) : t.n ? writer_write(w, t.p, t.n, err) : SPML_OK;
    text_free(&t);
    return code;
}

SpmlCode csv_write(const ValueList *l, FileWriter *w, Error *err) { return write_lines(l->v[0].value, ',', w, err); }
SpmlCode txt_write(const ValueList *l, FileWriter *w, Error *err) { return write_lines(l->v[0].value, ' ', w, err); }

/* ── JSON ── */

typedef struct JsonIn { Json j; Gather g; int64_t dim[IR_MAX_RANK], at[IR_MAX_RANK]; int rank, depth; bool typed; } JsonIn;

static DType literal_type(JsonKind k, const JsonItem *it)
{
    if (k == JSON_TRUE || k == JSON_FALSE)
        return DT_bool;
    if (k == JSON_STRING)
        return DT_string;
    return memchr(it->s, '.', it->n) || memchr(it->s, 'e', it->n) || memchr(it->s, 'E', it->n) ? DT_f32 : DT_i64;
}

static SpmlCode json_leaf(JsonIn *in, const JsonItem *it)
{
    Gather *g = &in->g;
    if (in->rank < 0)
        in->rank = in->depth;
    if (in->rank != in->depth)
        return json_fail(&in->j, it->at, "json-shape", "values at different depths");
    if (g->dtype == DT_none)
        g->dtype = literal_type(it->kind, it);
    bool ok = false;
    if (g->dtype == DT_string)
        ok = it->kind == JSON_STRING && gather_string(g, it->s, it->n);
    else if (it->kind == JSON_TRUE || it->kind == JSON_FALSE)
        ok = g->dtype == DT_bool && gather_number(g, it->kind == JSON_TRUE ? "1" : "0", 1);
    else if (it->kind == JSON_NUMBER || it->kind == JSON_STRING) /* "NaN", "Infinity", "-Infinity" */
        ok = g->dtype != DT_bool && (it->kind == JSON_NUMBER || dtype_is_float(g->dtype)) && gather_number(g, it->s, it->n);
    return ok ? SPML_OK : json_fail(&in->j, it->at, "json-type", "this is no %s", dtype_name(g->dtype));
}

static SpmlCode json_close(JsonIn *in, const JsonItem *it)
{
    int d = --in->depth;
    if (in->dim[d] >= 0 && in->dim[d] != in->at[d])
        return json_fail(&in->j, it->at, "json-shape", "rows of different lengths");
    in->dim[d] = in->at[d];
    if (in->rank < 0 && in->at[d] == 0)
        in->rank = d + 1; /* an empty list ends the shape */
    return SPML_OK;
}

static SpmlCode json_items(JsonIn *in)
{
    JsonItem it;
    SpmlCode code;
    while (!(code = json_next(&in->j, &it)) && it.kind != JSON_END) {
        if (it.kind != JSON_CLOSE && in->depth)
            in->at[in->depth - 1]++;
        if (it.kind == JSON_OBJECT || it.kind == JSON_NULL || it.kind == JSON_KEY)
            return json_fail(&in->j, it.at, "json-shape", "a tensor is nested arrays of numbers, booleans or strings");
        if (it.kind == JSON_ARRAY && in->depth == IR_MAX_RANK)
            return json_fail(&in->j, it.at, "json-shape", "more than %d dimensions", IR_MAX_RANK);
        if (it.kind == JSON_ARRAY)
            in->at[in->depth++] = 0;
        else if ((code = it.kind == JSON_CLOSE ? json_close(in, &it) : json_leaf(in, &it)))
            return code;
    }
    return code;
}

SpmlCode tensor_parse_json(Span text, const char *path, const ValueWant *want, RtValue **out, Error *err)
{
    Arena a = {0};
    JsonIn in = {.g.dtype = want->dtype, .rank = -1};
    for (int i = 0; i < IR_MAX_RANK; i++)
        in.dim[i] = -1;
    SpmlCode code = json_open(&in.j, text, path, &a, err);
    if (!code)
        code = json_items(&in);
    if (in.g.dtype == DT_none)
        in.g.dtype = DT_f32;
    int rank = in.rank < 0 ? 0 : in.rank;
    bool empty = false; /* [] stands for whatever shape without elements is expected */
    for (int i = 0; i < want->rank; i++)
        empty |= want->dim[i] <= 0;
    if (!code && !in.g.n && rank == 1 && empty) {
        rank = want->rank;
        for (int i = 0; i < rank; i++)
            in.dim[i] = want->dim[i] < 0 ? 0 : want->dim[i];
    }
    if (!code)
        code = gather_value(&in.g, rank, in.dim, out, err);
    gather_free(&in.g);
    arena_free(&a);
    return code;
}

SpmlCode json_read(const File *f, const ValueWant *want, ValueList *out, Error *err)
{
    RtValue *v;
    SpmlCode code = tensor_parse_json(file_span(f), file_path(f), want, &v, err);
    return code ? code : values_add(out, "", 0, v, err);
}

static void json_element(const RtValue *v, int64_t i, Text *out)
{
    Text one = {0};
    element_print(v, i, &one);
    bool quote = v->dtype == DT_string || (one.n && !strchr("-0123456789[", one.p[0])) || (one.n > 1 && one.p[1] == 'I');
    if (v->dtype == DT_bool)
        text_puts(out, one.p[0] == '0' ? "false" : "true");
    else if (quote) {
        text_puts(out, "\"");
        text_escape_json(out, one.p ? one.p : "", one.n);
        text_puts(out, "\"");
    } else
        text_puts(out, one.p);
    text_free(&one);
}

static void json_data(const RtValue *v, Text *out)
{
    int64_t at[IR_MAX_RANK] = {0}, n = rt_count(v);
    int opened = 0;
    if (!n) { /* the shape beside it says the rest */
        text_puts(out, "[]");
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        for (; opened < v->rank; opened++)
            text_puts(out, "[");
        json_element(v, i, out);
        for (int d = v->rank - 1; d >= 0; d--) {
            if (++at[d] < v->dim[d])
                break;
            at[d] = 0;
            text_puts(out, "]");
            opened--;
        }
        if (i + 1 < n)
            text_puts(out, ",");
    }
}

static void json_value(const RtValue *v, int depth, bool bare, Text *out)
{
    if (v->kind == TYPE_TENSOR && bare) {
        json_data(v, out);
    } else if (v->kind == TYPE_TENSOR) {
        text_printf(out, "{\"dtype\":\"%s\",\"shape\":[", dtype_name(v->dtype));
        for (int i = 0; i < v->rank; i++)
            text_printf(out, "%s%lld", i ? "," : "", (long long)v->dim[i]);
        text_puts(out, "],\"data\":");
        json_data(v, out);
        text_puts(out, "}");
    } else {
        static const char *const names[] = {[TYPE_SEQUENCE] = "sequence", [TYPE_OPTIONAL] = "optional", [TYPE_MAP] = "map"};
        text_printf(out, "{\"%s\":[", names[v->kind]);
        for (size_t i = 0; i < v->n_item && depth < IR_MAX_DEPTH; i++) {
            text_puts(out, i ? "," : "");
            json_value(v->item[i], depth + 1, false, out);
        }
        text_puts(out, "]}");
    }
}

void json_value_print(const RtValue *v, Text *out) { json_value(v, 0, false, out); }

SpmlCode json_write(const ValueList *l, FileWriter *w, Error *err)
{
    Text t = {0};
    json_value(l->v[0].value, 0, true, &t);
    text_puts(&t, "\n");
    SpmlCode code = t.oom ? error_oom(err) : writer_write(w, t.p, t.n, err);
    text_free(&t);
    return code;
}
