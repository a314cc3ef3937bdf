/* SPDX-License-Identifier: MIT
 * formats/onnx: one node of ours → foreign nodes; see export.h. Takes named values; gives NodeProtos in the graph under construction, or a line that says why
 * not. What operators learned when is since.def; every foreign node goes through emit, which compares operator, attributes, inputs and types with it. */
#include "formats/onnx/export.h"

#include "base/text.h"
#include "formats/onnx/onnx.h"

#include <stdarg.h>
#include <stdio.h>

#define GROUP(name) extern const ExportRow export_map_##name[];
#include "formats/onnx_groups.def"
#undef GROUP

const ExportRow *const export_tables[] = {
#define GROUP(name) export_map_##name,
#include "formats/onnx_groups.def"
#undef GROUP
    NULL,
};

static const Type no_type;
static const Ref no_ref = {"", &no_type};

/* ── what went wrong ── */

void export_needs(Export *x, int opset, const char *what)
{
    if (x->code)
        return;
    x->code = SPML_UNSUPPORTED;
    x->need = opset;
    snprintf(x->why, sizeof x->why, "%s needs operator set %d", what, opset);
}

void export_unsupported(Export *x, const char *fmt, ...)
{
    if (x->code)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(x->why, sizeof x->why, fmt, ap);
    va_end(ap);
    x->code = SPML_UNSUPPORTED;
}

/* ── since.def ── */

typedef enum SinceKind { S_NAME, S_GONE, S_ATTR, S_INPUTS, S_TYPE_IN, S_TYPE_OUT } SinceKind;
typedef struct SinceRow { SinceKind kind; const char *op, *text; int a, b, since; } SinceRow;

static const SinceRow since_rows[] = {
#define IR(v, since)
#define NAME(op, since) {S_NAME, op, "", 0, 0, since},
#define GONE(op, since) {S_GONE, op, "", 0, 0, since},
#define ATTR(op, name, since) {S_ATTR, op, name, 0, 0, since},
#define INPUTS(op, n, since) {S_INPUTS, op, "", n, 0, since},
#define TYPE_IN(op, a, b, types, since) {S_TYPE_IN, op, types, a, b, since},
#define TYPE_OUT(op, a, b, types, since) {S_TYPE_OUT, op, types, a, b, since},
#include "formats/onnx/since.def"
#undef IR
#undef NAME
#undef GONE
#undef ATTR
#undef INPUTS
#undef TYPE_IN
#undef TYPE_OUT
};

static bool has_word(const char *words, const char *w)
{
    size_t n = strlen(w);
    for (const char *p = words; (p = strstr(p, w)); p += n)
        if ((p == words || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
            return true;
    return false;
}

typedef struct Foreign { const char *domain, *op, *name; int n_in, n_out, n_attrs; const Ref *in, *out; const Attr *attrs; } Foreign;

static void type_since(Export *x, const Foreign *f, const SinceRow *r, const Ref *v, int n)
{
    for (int i = r->a; i < n && i <= r->b; i++)
        if (v[i].type->kind == TYPE_TENSOR && v[i].type->dtype != DT_none && has_word(r->text, dtype_name(v[i].type->dtype))) {
            char what[80];
            snprintf(what, sizeof what, "%s of %s", f->op, dtype_name(v[i].type->dtype));
            export_needs(x, r->since, what);
        }
}

static void row_since(Export *x, const Foreign *f, const SinceRow *r)
{
    char what[120];
    switch (r->kind) {
    case S_NAME: export_needs(x, r->since, f->op); break;
    case S_GONE: break;
    case S_INPUTS:
        snprintf(what, sizeof what, "input %d of %s", r->a, f->op);
        for (int i = r->a; i < f->n_in; i++)
            if (export_has(f->in[i]))
                export_needs(x, r->since, what);
        break;
    case S_ATTR:
        snprintf(what, sizeof what, "attribute '%s' of %s", r->text, f->op);
        for (int i = 0; i < f->n_attrs; i++)
            if (!strcmp(f->attrs[i].name, r->text))
                export_needs(x, r->since, what);
        break;
    case S_TYPE_IN: type_since(x, f, r, f->in, f->n_in); break;
    case S_TYPE_OUT: type_since(x, f, r, f->out, f->n_out); break;
    }
}

static void check_since(Export *x, const Foreign *f)
{
    for (size_t i = 0; i < sizeof since_rows / sizeof *since_rows && !x->code && !*f->domain; i++) {
        const SinceRow *r = &since_rows[i];
        if (strcmp(r->op, f->op))
            continue;
        if (r->kind == S_GONE && x->opset >= r->since)
            export_unsupported(x, "operator set %d has no %s any more", x->opset, f->op);
        else if (x->opset < r->since)
            row_since(x, f, r);
    }
}

/* ── nodes ── */

enum { A_FLOAT = 1, A_INT, A_STRING, A_TENSOR, A_GRAPH, A_FLOATS, A_INTS, A_STRINGS, A_TYPE = 13 }; /* AttributeProto.AttributeType */

void write_attr(OnnxWriter *w, GraphOut *at, PbOut *to, uint32_t field, const Attr *a, int depth)
{
    static const int types[] = {[ATTR_INT] = A_INT, [ATTR_FLOAT] = A_FLOAT, [ATTR_STRING] = A_STRING, [ATTR_TENSOR] = A_TENSOR, [ATTR_GRAPH] = A_GRAPH, [ATTR_INTS] = A_INTS,
        [ATTR_FLOATS] = A_FLOATS, [ATTR_STRINGS] = A_STRINGS, [ATTR_TYPE] = A_INT, [ATTR_VALUE_TYPE] = A_TYPE};
    PbOut m = pb_out(w->arena);
    pb_put_text(&m, 1, a->name);
    switch (a->kind) {
    case ATTR_FLOAT: pb_put_float(&m, 2, a->f); break;
    case ATTR_INT: pb_put_int(&m, 3, a->i); break;
    case ATTR_TYPE: pb_put_int(&m, 3, onnx_data_type(a->dtype)); break;
    case ATTR_STRING: pb_put_bytes(&m, 4, a->s, (size_t)a->n); break;
    case ATTR_TENSOR: write_tensor(w, &m, 5, NULL, &a->tensor->type, a->tensor->data); break;
    case ATTR_GRAPH: write_graph(w, at, a->graph, &m, 6, depth + 1); break;
    case ATTR_FLOATS: pb_put_floats(&m, 7, a->floats, (size_t)a->n); break;
    case ATTR_INTS: pb_put_ints(&m, 8, a->ints, (size_t)a->n); break;
    case ATTR_STRINGS:
        for (int64_t i = 0; i < a->n; i++)
            pb_put_bytes(&m, 9, a->strings[i].p, a->strings[i].n);
        break;
    case ATTR_VALUE_TYPE: write_type(w, &m, 14, a->types, 0); break;
    default: break; /* lists of tensors and graphs stand on no node of ours */
    }
    pb_put_int(&m, 20, types[a->kind]);
    pb_put_msg(to, field, &m);
}

static void put_refs(PbOut *m, uint32_t field, const Ref *v, int n)
{
    while (n > 0 && !export_has(v[n - 1]))
        n--;
    for (int i = 0; i < n; i++)
        pb_put_text(m, field, v[i].name);
}

static int depth_of(const GraphOut *g)
{
    int n = 0;
    for (; g->up; g = g->up)
        n++;
    return n;
}

static void emit(Export *x, const Foreign *f)
{
    check_since(x, f);
    if (x->code)
        return;
    OnnxWriter *w = x->w;
    PbOut m = pb_out(w->arena);
    put_refs(&m, 1, f->in, f->n_in);
    put_refs(&m, 2, f->out, f->n_out);
    pb_put_text(&m, 3, node_name_fresh(w, x->to, f->name));
    pb_put_text(&m, 4, f->op);
    for (int i = 0; i < f->n_attrs; i++)
        write_attr(w, x->to, &m, 5, &f->attrs[i], depth_of(x->to));
    if (*f->domain)
        pb_put_text(&m, 7, f->domain);
    pb_put_msg(&x->to->nodes, 1, &m);
}

/* ── for builders ── */

Ref export_in(Export *x, int i)
{
    const Value *v = i < x->n->n_in ? x->n->in[i] : NULL;
    if (!v)
        return no_ref;
    if (v->residency == RES_CONST && !v->producer)
        write_initializer(x->w, x->to, v);
    return (Ref){name_of(x->w, v), &v->type};
}

void export_ins(Export *x, Ref *in, int n)
{
    for (int i = 0; i < n; i++)
        in[i] = export_in(x, i);
}

Ref export_out(Export *x, int i)
{
    const Value *v = i < x->n->n_out ? x->n->out[i] : NULL;
    return v ? (Ref){name_of(x->w, v), &v->type} : no_ref;
}

int export_rank(Export *x, Ref r)
{
    (void)x;
    return r.type->kind == TYPE_TENSOR ? r.type->rank : -1;
}

int export_need_rank(Export *x, Ref r)
{
    int rank = export_rank(x, r);
    if (rank < 0)
        export_unsupported(x, "only the run knows the rank of '%.200s'", r.name);
    return rank;
}

/* What names made for this node begin with: its first output's name. */
static const char *base_name(Export *x)
{
    for (int i = 0; i < x->n->n_out; i++)
        if (x->n->out[i])
            return name_of(x->w, x->n->out[i]);
    return op_info[x->n->op].name;
}

static Type *const_type(Export *x, DType t, int rank, const int64_t *dims)
{
    Arena *a = x->w->arena; /* the model's own is shared by threads */
    Type *type = arena_new(a, Type);
    const Dim **list = arena_array(a, const Dim *, rank + 1);
    Dim *d = arena_array(a, Dim, rank + 1);
    if (!type || !list || !d)
        return NULL;
    for (int i = 0; i < rank; i++) {
        d[i] = (Dim){.kind = DIM_CONST, .value = dims[i]};
        list[i] = &d[i];
    }
    *type = (Type){.kind = TYPE_TENSOR, .dtype = t, .rank = rank, .dim = list};
    return type;
}

static Ref put_const(Export *x, const char *hint, const Type *t, const ConstData *d)
{
    const char *name = name_fresh(x->w, base_name(x), hint);
    if (x->code || !t)
        return no_ref;
    write_tensor(x->w, &x->to->tensors, 5, name, t, d);
    return (Ref){name, t};
}

Ref export_const(Export *x, const char *hint, DType t, int rank, const int64_t *dims, const void *p, size_t sz)
{
    ConstData d = {.p = arena_copy(x->w->arena, p, sz), .sz = sz};
    if (x->code || !d.p)
        return no_ref;
    return put_const(x, hint, const_type(x, t, rank, dims), &d);
}

Ref export_scalar(Export *x, const char *hint, DType t, double v)
{
    uint8_t bytes[16] = {0};
    if (dtype_info[t].block != 1 || (!dtype_is_float(t) && !dtype_is_int(t)))
        export_unsupported(x, "a constant of type %s", dtype_name(t));
    else
        dtype_set_f64(t, bytes, 0, v);
    return export_const(x, hint, t, 0, NULL, bytes, dtype_info[t].bytes);
}

Ref export_ints(Export *x, const char *hint, int64_t n, const int64_t *v)
{
    return export_const(x, hint, DT_i64, n < 0 ? 0 : 1, &n, v, (size_t)(n < 0 ? 1 : n) * sizeof *v);
}

Ref export_data(Export *x, const char *hint, const Value *v) { return put_const(x, hint, &v->type, v->data); }

Ref export_op(Export *x, const char *op, const char *hint, int n_in, const Ref *in, int n_attrs, const Attr *attrs, const Type *t)
{
    if (x->code)
        return no_ref;
    Ref out = {name_fresh(x->w, base_name(x), hint), t ? t : in[0].type};
    emit(x, &(Foreign){"", op, out.name, n_in, 1, n_attrs, in, &out, attrs});
    return out;
}

void export_node(Export *x, const char *op, int n_in, const Ref *in, int n_attrs, const Attr *attrs, int n_out, const Ref *out)
{
    const char *name = x->n->name && *x->n->name ? x->n->name : base_name(x);
    if (!x->code)
        emit(x, &(Foreign){"", op, name, n_in, n_out, n_attrs, in, out, attrs});
}

Ref export_fresh(Export *x, const char *hint, const Type *t) { return (Ref){name_fresh(x->w, base_name(x), hint), t}; }

static bool reads(const Graph *g, const Value *v, int depth)
{
    for (size_t i = 0; i < g->n_out; i++)
        if (g->out[i] == v)
            return true;
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] == v)
                return true;
        for (int i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].kind == ATTR_GRAPH && reads(n->attrs[i].graph, v, depth + 1))
                return true;
    }
    return false;
}

bool export_read(Export *x, int i) { return i < x->n->n_out && x->n->out[i] && reads(x->n->graph, x->n->out[i], 0); }

void export_last_of(Export *x, const char *domain, int version, const char *op, int n_in, const Ref *in, int n_attrs, const Attr *attrs, int n_out)
{
    Ref *out = arena_array(x->w->arena, Ref, n_out + 1);
    if (x->code || !out)
        return;
    for (int i = 0; i < n_out; i++)
        out[i] = export_out(x, i);
    int *set = strcmp(domain, "ai.onnx.ml") ? &x->w->training : &x->w->ml;
    if (*domain)
        *set = version > *set ? version : *set;
    const char *name = x->n->name && *x->n->name ? x->n->name : base_name(x);
    emit(x, &(Foreign){domain, op, name, n_in, n_out, n_attrs, in, out, attrs});
}

void export_last(Export *x, const char *op, int n_in, const Ref *in, int n_attrs, const Attr *attrs, int n_out)
{
    export_last_of(x, "", 0, op, n_in, in, n_attrs, attrs, n_out);
}

static Ref *all_inputs(Export *x)
{
    Ref *in = arena_array(x->w->arena, Ref, x->n->n_in + 1);
    for (int i = 0; in && i < x->n->n_in; i++)
        in[i] = export_in(x, i);
    return in;
}

void export_as(Export *x)
{
    const Ref *in = all_inputs(x);
    if (in)
        export_last(x, x->row->name, x->n->n_in, in, x->n->n_attrs, x->n->attrs, x->n->n_out);
}

/* ── import_direct, backwards ── */

typedef struct Item { char mark; const char *name, *ours, *def; int n_name, n_ours, n_def; } Item; /* of ImportRow.attrs; def NULL: none */

static const char *item_next(const char *p, Item *it)
{
    int len = (int)strcspn(p, ",");
    *it = (Item){0};
    if (strchr("@-!", *p)) {
        it->mark = *p++;
        len--;
    }
    const char *eq = memchr(p, '=', (size_t)len), *end = eq ? eq : p + len, *colon = memchr(p, ':', (size_t)(end - p));
    it->name = p;
    it->n_name = (int)((colon ? colon : end) - p);
    it->ours = colon ? colon + 1 : p;
    it->n_ours = (int)(end - it->ours);
    it->def = eq ? eq + 1 : NULL;
    it->n_def = eq ? (int)(p + len - it->def) : 0;
    return p + len + (p[len] == ',');
}

static bool is_word(const char *s, const char *p, int n) { return strlen(s) == (size_t)n && !memcmp(s, p, (size_t)n); }

static const Attr *item_attr(const Node *n, const Item *it)
{
    for (int i = 0; i < n->n_attrs; i++)
        if (is_word(n->attrs[i].name, it->ours, it->n_ours))
            return &n->attrs[i];
    return NULL;
}

/* Does the row say all that the node has? */
static bool row_fits(const ImportRow *r, const Node *n)
{
    int found = 0;
    Item it;
    for (const char *p = r->attrs ? r->attrs : ""; *p;) {
        p = item_next(p, &it);
        const Attr *a = it.mark == '-' ? NULL : item_attr(n, &it);
        if (it.mark == '!' && !a)
            return false;
        if (a && (it.mark == '@') != (a->kind == ATTR_TYPE))
            return false;
        found += a != NULL;
    }
    return found == n->n_attrs;
}

static bool is_default(const Attr *a, const Item *it)
{
    char text[64];
    const char *end;
    int64_t i;
    double f;
    uint32_t x, y;
    if (!it->def || it->n_def >= (int)sizeof text)
        return false;
    memcpy(text, it->def, (size_t)it->n_def);
    text[it->n_def] = 0;
    switch (a->kind) {
    case ATTR_INT: return parse_i64(text, &end, &i) && !*end && i == a->i;
    case ATTR_TYPE: return parse_i64(text, &end, &i) && !*end && i == onnx_data_type(a->dtype);
    case ATTR_STRING: return is_word(text, a->s, (int)a->n);
    case ATTR_FLOAT:
        if (!parse_f64(text, &end, &f) || *end)
            return false;
        dtype_set_f64(DT_f32, &x, 0, f); /* the file holds f32 */
        dtype_set_f64(DT_f32, &y, 0, a->f);
        return x == y;
    default: return false;
    }
}

/* The newest row in force at this operator set that says the node; several names may (Scatter, ScatterElements). */
static const ImportRow *row_at(const Node *n, int opset)
{
    const ImportRow *best = NULL;
    for (const ImportRow *const *t = import_tables; *t; t++)
        for (const ImportRow *r = *t; r->name; r++)
            if (r->fn == import_direct && !*r->domain && !strcmp(r->op, op_info[n->op].name) && r->since <= opset && (!best || r->since > best->since) && row_fits(r, n) &&
                import_find("", r->name, opset) == r && !onnx_outdated(r, opset))
                best = r;
    return best;
}

static void direct_emit(Export *x, const ImportRow *r)
{
    Attr list[EXPORT_MAX_ATTRS];
    int n = 0;
    Item it;
    for (const char *p = r->attrs ? r->attrs : ""; *p;) {
        p = item_next(p, &it);
        const Attr *a = it.mark == '-' ? NULL : item_attr(x->n, &it);
        if (!a || n == EXPORT_MAX_ATTRS || is_default(a, &it))
            continue;
        list[n] = *a;
        list[n++].name = arena_strndup(x->w->arena, it.name, (size_t)it.n_name);
    }
    const Ref *in = all_inputs(x);
    if (in && !x->w->arena->oom)
        export_last(x, r->name, x->n->n_in, in, n, list, x->n->n_out);
}

void export_direct(Export *x)
{
    const ImportRow *r = row_at(x->n, x->opset);
    if (r) {
        direct_emit(x, r);
        return;
    }
    for (int set = x->opset + 1; set <= EXPORT_OPSET_MAX; set++)
        if ((r = row_at(x->n, set))) {
            export_needs(x, set, r->name);
            return;
        }
    export_unsupported(x, "no ONNX operator says it");
}

static const ExportRow *row_of(int op)
{
    for (const ExportRow *const *t = export_tables; *t; t++)
        for (const ExportRow *r = *t; r->fn; r++)
            if (r->op == op)
                return r;
    return NULL;
}

void write_node(OnnxWriter *w, GraphOut *to, const Node *n, int depth)
{
    Export x = {.w = w, .to = to, .n = n, .row = row_of(n->op), .opset = w->opset};
    (void)depth;
    if (x.row)
        x.row->fn(&x);
    else
        export_direct(&x);
    if (!x.code)
        return;
    w->need = x.need > w->need ? x.need : w->need;
    if (!w->n_bad++)
        error_set(&w->bad, SPML_UNSUPPORTED, "node-unsupported", "%s", ""); /* the first line is written at the end */
    if (w->n_bad <= ONNX_MAX_LINES)
        error_line(&w->bad, "node '%s' (%s): %s", n->name ? n->name : "", op_info[n->op].name, x.why);
}
