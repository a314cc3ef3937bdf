/* SPDX-License-Identifier: MIT
 * formats/onnx: what the builders of map_<group>.c use: finding rows, reading foreign attributes, making our nodes. import_direct is the
 * builder of every operator that is one of ours under other names; its attribute list is text, see import.h. */
#include "formats/onnx/onnx.h"

#include "base/text.h"

#include <stdio.h>

#define GROUP(name) extern const ImportRow import_map_##name[];
#include "formats/onnx_groups.def"
#undef GROUP

const ImportRow *const import_tables[] = {
#define GROUP(name) import_map_##name,
#include "formats/onnx_groups.def"
#undef GROUP
    NULL,
};

const ImportRow *import_find(const char *domain, const char *name, int opset)
{
    const ImportRow *best = NULL;
    for (const ImportRow *const *t = import_tables; *t; t++)
        for (const ImportRow *r = *t; r->name; r++)
            if (r->since <= opset && (!best || r->since > best->since) && !strcmp(r->name, name) && !strcmp(r->domain, domain))
                best = r;
    return best;
}

const Attr *foreign_attr(const ForeignNode *f, const char *name)
{
    for (int i = 0; i < f->n_attrs; i++)
        if (!strcmp(f->attrs[i].name, name))
            return &f->attrs[i];
    return NULL;
}

int64_t foreign_int(const ForeignNode *f, const char *name, int64_t def)
{
    const Attr *a = foreign_attr(f, name);
    return a && a->kind == ATTR_INT ? a->i : def;
}

double foreign_float(const ForeignNode *f, const char *name, double def)
{
    const Attr *a = foreign_attr(f, name);
    return a && a->kind == ATTR_FLOAT ? a->f : a && a->kind == ATTR_INT ? (double)a->i : def;
}

const char *foreign_str(const ForeignNode *f, const char *name, const char *def)
{
    const Attr *a = foreign_attr(f, name);
    return a && a->kind == ATTR_STRING ? a->s : def;
}

const int64_t *foreign_ints(const ForeignNode *f, const char *name, int64_t *n)
{
    static const int64_t empty[1];
    const Attr *a = foreign_attr(f, name);
    bool ok = a && a->kind == ATTR_INTS;
    *n = ok ? a->n : 0;
    return !ok ? NULL : a->ints ? a->ints : empty;
}

Node *import_node(Import *im, const ForeignNode *f, int op, int n_in, Value *const *in, int n_out)
{
    Node *n = graph_node(im->g, NULL, op, f->name, n_in, in, n_out);
    if (n)
        n->origin = ((const Onnx *)im->reader)->origin;
    else
        error_oom(im->err);
    return n;
}

Value *import_op(Import *im, const ForeignNode *f, int op, int n_in, Value *const *in)
{
    Node *n = import_node(im, f, op, n_in, in, 1);
    return n ? n->out[0] : NULL;
}

SpmlCode import_give(Import *im, Value *v, Value **out)
{
    out[0] = v;
    return v ? SPML_OK : error_oom(im->err);
}

SpmlCode import_give_all(Import *im, const ForeignNode *f, Node *n, Value **out)
{
    if (!n)
        return error_oom(im->err);
    for (int i = 0; i < n->n_out; i++) {
        if (i < f->n_out && f->out[i])
            out[i] = n->out[i];
        else
            n->out[i] = NULL;
    }
    return SPML_OK;
}

SpmlCode import_want(Import *im, const ForeignNode *f, int n)
{
    for (int i = 0; i < n; i++)
        if (!foreign_in(f, i))
            return import_unsupported(im, f, "input %d is missing", i);
    return SPML_OK;
}

Value *import_to(Import *im, const ForeignNode *f, Value *x, DType t)
{
    Node *n = x ? import_node(im, f, OP_cast, 1, &x, 1) : NULL;
    return n && import_attr_dtype(n, "to", t) ? n->out[0] : NULL;
}

Value *import_ints(Import *im, const ForeignNode *f, const char *name)
{
    int64_t n;
    const int64_t *v = foreign_ints(f, name, &n);
    return v ? graph_const_i64(im->g, (int)n, v) : NULL;
}

bool import_attr_int(Node *n, const char *name, int64_t v) { return node_attr(n, &(Attr){.name = name, .kind = ATTR_INT, .i = v}); }
bool import_attr_float(Node *n, const char *name, double v) { return node_attr(n, &(Attr){.name = name, .kind = ATTR_FLOAT, .f = v}); }
bool import_attr_dtype(Node *n, const char *name, DType t) { return node_attr(n, &(Attr){.name = name, .kind = ATTR_TYPE, .dtype = t}); }

bool import_attr_str(Node *n, const char *name, const char *v)
{
    const char *copy = arena_strdup(n->graph->arena, v);
    return copy && node_attr(n, &(Attr){.name = name, .kind = ATTR_STRING, .n = (int64_t)strlen(v), .s = copy});
}

bool import_attr_ints(Node *n, const char *name, int64_t count, const int64_t *v)
{
    int64_t *copy = arena_array(n->graph->arena, int64_t, count);
    if (copy && count)
        memcpy(copy, v, (size_t)count * sizeof *v);
    return copy && node_attr(n, &(Attr){.name = name, .kind = ATTR_INTS, .n = count, .ints = copy});
}

SpmlCode import_unsupported(Import *im, const ForeignNode *f, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return error_set(im->err, SPML_UNSUPPORTED, "node-unsupported", "node '%s': %s: %s", f->name, ((const Onnx *)im->reader)->origin, text);
}

static SpmlCode bad_attr(Import *im, const ForeignNode *f, const char *name, const char *what)
{
    return error_set(im->err, SPML_DATA, "attribute", "node '%s': %s: attribute '%s' %s", f->name, ((const Onnx *)im->reader)->origin, name, what);
}

/* ── import_direct ── */

typedef struct Spec { char mark; const char *name, *ours, *def; } Spec; /* one item of ImportRow.attrs; strings are in the arena */

static bool spec_parse(Arena *a, const char *item, size_t n, Spec *s)
{
    *s = (Spec){0};
    if (n && strchr("@-!", *item)) {
        s->mark = *item++;
        n--;
    }
    char *text = arena_strndup(a, item, n);
    if (!text)
        return false;
    char *eq = strchr(text, '='), *colon = strchr(text, ':');
    if (eq)
        *eq = 0;
    s->def = eq ? eq + 1 : NULL;
    if (colon && (!eq || colon < eq))
        *colon = 0;
    s->name = text;
    s->ours = colon && (!eq || colon < eq) ? colon + 1 : text;
    return true;
}

static Attr spec_default(const Spec *s)
{
    const char *end;
    int64_t i;
    double f;
    if (parse_i64(s->def, &end, &i) && !*end)
        return (Attr){.name = s->ours, .kind = ATTR_INT, .i = i};
    if (parse_f64(s->def, &end, &f) && !*end)
        return (Attr){.name = s->ours, .kind = ATTR_FLOAT, .f = f};
    return (Attr){.name = s->ours, .kind = ATTR_STRING, .n = (int64_t)strlen(s->def), .s = s->def};
}

static SpmlCode direct_attr(Import *im, const ForeignNode *f, Node *n, const Spec *s)
{
    const Attr *given = foreign_attr(f, s->name);
    Attr a = given ? *given : (Attr){0};
    if (s->mark == '-' || (!given && !s->def && s->mark != '!'))
        return SPML_OK;
    if (!given && !s->def)
        return bad_attr(im, f, s->name, "is missing");
    if (s->def) {
        Attr def = spec_default(s);
        if (given && given->kind == ATTR_INT && def.kind == ATTR_FLOAT)
            a = (Attr){.kind = ATTR_FLOAT, .f = (double)given->i};
        else if (given && given->kind != def.kind)
            return bad_attr(im, f, s->name, "has another type than expected");
        if (!given)
            a = def;
    }
    if (s->mark == '@') {
        if (a.kind != ATTR_INT)
            return bad_attr(im, f, s->name, "is not an integer");
        a = (Attr){.kind = ATTR_TYPE, .dtype = onnx_dtype(a.i)};
        if (a.dtype == DT_none)
            return import_unsupported(im, f, "attribute '%s': data type %lld", s->name, (long long)(given ? given->i : 0));
    }
    if (a.kind > ATTR_TYPE)
        return import_unsupported(im, f, "attribute '%s' is a list of a kind that no operator of ours takes", s->name);
    a.name = s->ours;
    return node_attr(n, &a) ? SPML_OK : error_oom(im->err);
}

static bool spec_lists(const char *specs, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = specs; p && *p; p += strcspn(p, ","), p += *p == ',') {
        const char *item = p + (strchr("@-!", *p) != NULL);
        if (!strncmp(item, name, len) && strchr(",:=", item[len]))
            return true;
    }
    return false;
}

static SpmlCode direct_attrs(Import *im, const ForeignNode *f, Node *n)
{
    const char *specs = im->row->attrs ? im->row->attrs : "";
    for (int i = 0; i < f->n_attrs; i++)
        if (!spec_lists(specs, f->attrs[i].name))
            return import_unsupported(im, f, "attribute '%s' is not known", f->attrs[i].name);
    SpmlCode c = SPML_OK;
    for (const char *p = specs; !c && *p; p += *p == ',') {
        size_t len = strcspn(p, ",");
        Spec s;
        c = spec_parse(im->g->arena, p, len, &s) ? direct_attr(im, f, n, &s) : error_oom(im->err);
        p += len;
    }
    return c;
}

SpmlCode import_direct(Import *im, const ForeignNode *f, Value **out)
{
    int op = op_find(im->row->op, strlen(im->row->op)), n_in = f->n_in, n_out = f->n_out;
    if (op < 0)
        return import_unsupported(im, f, "operator '%s' is not built in", im->row->op);
    const OpInfo *info = &op_info[op];
    while (n_in > 0 && !f->in[n_in - 1])
        n_in--;
    if (n_in < info->min_in || (info->max_in >= 0 && n_in > info->max_in))
        return import_unsupported(im, f, "%d inputs", n_in);
    for (int i = info->n_out; info->n_out >= 0 && i < f->n_out; i++)
        if (f->out[i])
            return import_unsupported(im, f, "output %d ('%s') is not supported", i, f->out[i]);
    if (info->n_out >= 0)
        n_out = info->n_out;
    Node *n = import_node(im, f, op, n_in, f->in, n_out);
    SpmlCode code = import_give_all(im, f, n, out);
    return code ? code : direct_attrs(im, f, n);
}
