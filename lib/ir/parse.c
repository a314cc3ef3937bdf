/* SPDX-License-Identifier: MIT
 * ir: graphs from text; docs/ir.md is the specification. Takes what print_graph.c writes (white space is free) and gives a graph that prints the
 * same. The text may be hostile: every count is bounded by its length, every nesting by IR_MAX_DEPTH, and values are numbered without gaps. */
#include "ir/graph.h"
#include "ir/ops.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DIM_NESTING = 64, MAX_LIST = 65535, MAX_SYMBOLS = 16384 };

typedef struct Parser {
    const char *text, *p, *end; /* NUL at end */
    Arena *arena;
    Graph *root;
    Value **values; size_t n_values, cap_values;
    const Dim **dims; size_t n_dims, cap_dims;
    size_t cap_meta;
    Error *err;
    bool failed;
} Parser;

/* The first failure stands; all readers give zeros afterwards. */
static void *fail(Parser *s, const char *want)
{
    int row = 1;
    for (const char *q = s->text; q < s->p; q++)
        row += *q == '\n';
    if (!s->failed && !s->arena->oom)
        error_set(s->err, SPML_DATA, "ir-text", "line %d: %s", row, want);
    s->failed = true;
    return NULL;
}

static void oom(Parser *s)
{
    error_oom(s->err);
    s->failed = true;
}

static void blank(Parser *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r'))
        s->p++;
}

static bool accept(Parser *s, const char *token)
{
    size_t n = strlen(token);
    blank(s);
    if (s->failed || (size_t)(s->end - s->p) < n || memcmp(s->p, token, n))
        return false;
    bool word = (token[n - 1] | 0x20) >= 'a' && (token[n - 1] | 0x20) <= 'z';
    char next = s->p[n];
    if (word && (((next | 0x20) >= 'a' && (next | 0x20) <= 'z') || (next >= '0' && next <= '9') || next == '_'))
        return false;
    s->p += n;
    return true;
}

static bool expect(Parser *s, const char *token)
{
    char want[40];
    if (accept(s, token))
        return true;
    snprintf(want, sizeof want, "'%s' is expected here", token);
    fail(s, want);
    return false;
}

static int64_t integer(Parser *s)
{
    int64_t v = 0;
    const char *end;
    blank(s);
    if (s->failed || !parse_i64(s->p, &end, &v))
        return fail(s, "a whole number is expected here"), 0;
    s->p = end;
    return v;
}

static int64_t integer_in(Parser *s, int64_t lo, int64_t hi)
{
    int64_t v = integer(s);
    if (!s->failed && (v < lo || v > hi))
        fail(s, "a number out of range");
    return s->failed ? lo : v;
}

static double real(Parser *s)
{
    double v = 0;
    const char *end;
    blank(s);
    if (s->failed || !parse_f64(s->p, &end, &v))
        return fail(s, "a number is expected here"), 0;
    s->p = end;
    return v;
}

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* A quoted string, NUL-terminated, in the arena. */
static const char *quoted(Parser *s, size_t *n_out)
{
    if (!expect(s, "\""))
        return NULL;
    const char *close = s->p;
    while (close < s->end && *close != '"')
        close += *close == '\\' && close + 1 < s->end ? 2 : 1;
    char *to = close < s->end ? arena_alloc(s->arena, (size_t)(close - s->p) + 1, 1) : fail(s, "a string does not end");
    size_t n = 0;
    if (!to)
        return s->failed ? NULL : (oom(s), NULL);
    while (s->p < close) {
        char c = *s->p++;
        if (c == '\\' && *s->p == 'x') {
            int a = nibble(s->p[1]), b = a < 0 ? -1 : nibble(s->p[2]);
            if (b < 0)
                return fail(s, "\\x takes two digits 0-9 a-f");
            c = (char)(a * 16 + b);
            s->p += 3;
        } else if (c == '\\') {
            c = *s->p++;
        }
        to[n++] = c;
    }
    s->p = close + 1;
    to[n] = 0;
    if (n_out)
        *n_out = n;
    return to;
}

static const char *name_of(Parser *s) /* no NUL inside */
{
    size_t n;
    const char *p = quoted(s, &n);
    return p && strlen(p) != n ? fail(s, "a name holds a zero byte") : p;
}

static DType dtype(Parser *s)
{
    blank(s);
    const char *p = s->p;
    while (s->p < s->end && ((*s->p >= 'a' && *s->p <= 'z') || (*s->p >= '0' && *s->p <= '9') || *s->p == '_'))
        s->p++;
    DType t = dtype_find(p, (size_t)(s->p - p));
    if (t == DT_none && !(s->p - p == 4 && !memcmp(p, "none", 4)))
        fail(s, "an element type is expected here");
    return t;
}

/* ── extents ── */

static const Dim *dim(Parser *s, int depth);

static const Dim *dim_atom(Parser *s, int depth)
{
    if (accept(s, "(")) {
        const Dim *d = dim(s, depth + 1);
        return expect(s, ")") ? d : NULL;
    }
    if (accept(s, "$")) {
        int64_t i = integer(s);
        return !s->failed && i >= 0 && (size_t)i < s->root->n_syms ? dim_sym(s->root, s->root->syms[i]) : fail(s, "no such symbol");
    }
    if (accept(s, "@")) {
        int64_t i = integer(s);
        return !s->failed && i >= 0 && (size_t)i < s->n_dims ? s->dims[i] : fail(s, "no such extent");
    }
    for (int max = 0; max < 2; max++)
        if (accept(s, max ? "max(" : "min(")) {
            const Dim *a = dim(s, depth + 1), *b = expect(s, ",") ? dim(s, depth + 1) : NULL;
            return expect(s, ")") && b ? dim_make(s->root, max ? DIM_MAX : DIM_MIN, a, b) : NULL;
        }
    int64_t v = integer(s);
    return s->failed ? NULL : dim_const(s->root, v);
}

/* ATOM or ATOM op ATOM. */
static const Dim *dim(Parser *s, int depth)
{
    static const struct { const char *token; DimKind kind; } ops[] = {{"+", DIM_ADD}, {"-", DIM_SUB}, {"*", DIM_MUL}, {"/", DIM_DIV}, {"%", DIM_MOD}};
    const Dim *a = depth > MAX_DIM_NESTING ? fail(s, "an extent is nested too deeply") : dim_atom(s, depth);
    for (size_t i = 0; a && i < sizeof ops / sizeof *ops; i++)
        if (accept(s, ops[i].token)) {
            const Dim *b = dim_atom(s, depth);
            a = b ? dim_make(s->root, ops[i].kind, a, b) : NULL;
            break;
        }
    return a || s->failed ? a : fail(s, "an extent is too large");
}

/* ── types ── */

static Type type(Parser *s, int depth)
{
    static const struct { const char *token; TypeKind kind; } kinds[] = {{"seq(", TYPE_SEQUENCE}, {"optional(", TYPE_OPTIONAL}, {"map(", TYPE_MAP}};
    Type t = {0};
    if (depth > IR_MAX_DEPTH)
        return fail(s, "a type is nested too deeply"), t;
    if (accept(s, "?"))
        return t;
    for (int i = 0; i < 3; i++)
        if (accept(s, kinds[i].token)) {
            t.kind = kinds[i].kind;
            bool elem = t.kind != TYPE_MAP ? !accept(s, ")") : (t.key = dtype(s), accept(s, ",") || !expect(s, ")"));
            if (!elem || s->failed)
                return t;
            Type *e = arena_new(s->arena, Type);
            if (!e)
                return oom(s), t;
            *e = type(s, depth + 1);
            t.elem = e;
            expect(s, ")");
            return t;
        }
    const Dim *d[IR_MAX_RANK];
    int rank = 0;
    DType el = dtype(s);
    expect(s, "[");
    if (accept(s, "..."))
        rank = -1;
    else if (!accept(s, "]"))
        do {
            if (rank == IR_MAX_RANK)
                return fail(s, "a type of too many dimensions"), t;
            d[rank++] = dim(s, 0);
        } while (!s->failed && accept(s, ","));
    else
        return type_tensor(s->root, el, 0, NULL);
    expect(s, "]");
    return s->failed ? t : type_tensor(s->root, el, rank, d);
}

/* ── lists: [ITEM, ITEM]; a growing array of 8-byte items ── */

typedef struct Item { union { int64_t i; double f; void *p; }; } Item;

static bool more(Parser *s, const char *close, size_t n)
{
    if (s->failed || accept(s, close))
        return false;
    return n ? expect(s, ",") : true;
}

static int64_t *integers(Parser *s, const char *close, int64_t *n_out)
{
    int64_t *list = NULL;
    size_t n = 0, cap = 0;
    while (more(s, close, n)) {
        list = arena_grow(s->arena, list, n, &cap, int64_t);
        if (!list)
            return oom(s), NULL;
        list[n++] = integer(s);
    }
    *n_out = (int64_t)n;
    return list;
}

static double *reals(Parser *s, int64_t *n_out)
{
    double *list = NULL;
    size_t n = 0, cap = 0;
    while (more(s, "]", n)) {
        list = arena_grow(s->arena, list, n, &cap, double);
        if (!list)
            return oom(s), NULL;
        list[n++] = real(s);
    }
    *n_out = (int64_t)n;
    return list;
}

static StringRef *string_list(Parser *s, int64_t *n_out)
{
    StringRef *list = NULL;
    size_t n = 0, cap = 0;
    while (more(s, "]", n)) {
        list = arena_grow(s->arena, list, n, &cap, StringRef);
        if (!list)
            return oom(s), NULL;
        list[n].p = quoted(s, &list[n].n);
        n++;
    }
    *n_out = (int64_t)n;
    return list;
}

/* ── values ── */

static Value *value_ref(Parser *s)
{
    if (accept(s, "_"))
        return NULL;
    int64_t i = expect(s, "%") ? integer(s) : 0;
    return !s->failed && i >= 0 && (size_t)i < s->n_values ? s->values[i] : fail(s, "no such value before this");
}

static void quantisation(Parser *s, Value *v)
{
    double *pairs;
    int64_t n = 0, axis = integer_in(s, -1, IR_MAX_RANK);
    expect(s, ",");
    expect(s, "[");
    pairs = reals(s, &n);
    expect(s, ")");
    if (s->failed || n % 2)
        return (void)fail(s, "scale and zero point come in pairs");
    Quant *q = arena_new(s->arena, Quant);
    float *scale = arena_array(s->arena, float, n / 2 + 1);
    int32_t *zero = arena_array(s->arena, int32_t, n / 2 + 1);
    if (!q || !scale || !zero)
        return oom(s);
    for (int64_t i = 0; i < n / 2; i++) {
        double z = pairs[2 * i + 1];
        scale[i] = (float)pairs[2 * i];
        if (!(z >= INT32_MIN && z <= INT32_MAX))
            return (void)fail(s, "a zero point out of range");
        zero[i] = (int32_t)z;
    }
    *q = (Quant){scale, zero, (int)(n / 2), (int)axis};
    v->quant = q;
}

static void known(Parser *s, Value *v)
{
    size_t n = 0, cap = 0;
    while (more(s, ")", n)) {
        v->known = arena_grow(s->arena, v->known, n, &cap, const Dim *);
        if (!v->known)
            return oom(s);
        v->known[n++] = dim(s, 0);
        if (n > IR_KNOWN_MAX)
            return (void)fail(s, "too many known elements");
    }
    v->n_known = (int)n;
}

/* %N "name": type …; v is what the number is to stand for. */
static void define(Parser *s, Value *v)
{
    int64_t i = expect(s, "%") ? integer(s) : 0;
    if (s->failed || (size_t)i != s->n_values)
        return (void)fail(s, "values are numbered in order");
    s->values = arena_grow(s->arena, s->values, s->n_values, &s->cap_values, Value *);
    if (!s->values)
        return oom(s);
    s->values[s->n_values++] = v;
    blank(s);
    v->name = *s->p == '"' ? name_of(s) : NULL;
    expect(s, ":");
    v->type = type(s, 0);
    v->residency = accept(s, "input") ? RES_INPUT : accept(s, "const") ? RES_CONST : accept(s, "state") ? RES_STATE : RES_TEMP;
    if (accept(s, "device(")) {
        v->device = (int)integer_in(s, 0, 1024);
        expect(s, ")");
    }
    if (accept(s, "quant("))
        quantisation(s, v);
    if (accept(s, "known("))
        known(s, v);
}

/* Elements of a literal shape, −1 when it is not one. */
static int64_t element_count(const Value *v)
{
    int64_t d[IR_MAX_RANK], n = 1;
    if (!value_literal(v, d))
        return -1;
    for (int i = 0; i < v->type.rank; i++)
        if (d[i] < 0 || __builtin_mul_overflow(n, d[i], &n))
            return -1;
    return n;
}

static void data_numbers(Parser *s, const Value *v, ConstData *c, int64_t count)
{
    DTypeClass cls = dtype_info[v->type.dtype].cls;
    bool whole = cls != DCLASS_FLOAT, plain = dtype_is_int(v->type.dtype) || (dtype_info[v->type.dtype].block == 1 && (dtype_is_float(v->type.dtype) || cls == DCLASS_BOOL));
    int64_t n = 0, *ints = NULL;
    double *floats = NULL;
    size_t sz;
    if (whole)
        ints = integers(s, "]", &n);
    else
        floats = reals(s, &n);
    if (s->failed || !plain || n != count || !dtype_bytes(v->type.dtype, (uint64_t)n, &sz))
        return (void)fail(s, "the elements do not fit the type");
    uint8_t *p = arena_alloc(s->arena, sz, 64);
    if (p && sz)
        memset(p, 0, sz); /* packed elements are set bit by bit */
    for (int64_t i = 0; p && i < n; i++)
        if (whole)
            dtype_set_i64(v->type.dtype, p, (uint64_t)i, ints[i]);
        else
            dtype_set_f64(v->type.dtype, p, (uint64_t)i, floats[i]);
    if (!p)
        return oom(s);
    *c = (ConstData){.p = p, .sz = sz};
}

static void data_hex(Parser *s, ConstData *c)
{
    size_t n = 0;
    blank(s);
    while (n < (size_t)(s->end - s->p) && nibble(s->p[n]) >= 0)
        n++;
    uint8_t *p = arena_alloc(s->arena, n / 2, 64);
    if (!p)
        return oom(s);
    for (size_t i = 0; i < n / 2; i++)
        p[i] = (uint8_t)(nibble(s->p[2 * i]) * 16 + nibble(s->p[2 * i + 1]));
    s->p += n;
    *c = (ConstData){.p = p, .sz = n / 2};
}

/* sha256(size, digits) or file(size, offset, "path"): kept as text, the contents stay where they are. */
static void data_elsewhere(Parser *s, const char *from, bool in_file, ConstData *c)
{
    int64_t size = integer_in(s, 0, INT64_MAX);
    expect(s, ",");
    if (in_file) {
        c->offset = (uint64_t)integer_in(s, 0, INT64_MAX);
        expect(s, ",");
        name_of(s);
    } else {
        blank(s);
        int n = 0;
        while (n < 65 && nibble(s->p[n]) >= 0)
            n++;
        if (n != 64)
            return (void)fail(s, "a SHA-256 has 64 digits");
        s->p += n;
    }
    expect(s, ")");
    if (s->failed)
        return;
    c->sz = (size_t)size;
    c->ref = arena_strndup(s->arena, from, (size_t)(s->p - from));
    if (!c->ref)
        oom(s);
}

static void data(Parser *s, Value *v)
{
    int64_t count = element_count(v), n = 0;
    ConstData *c = arena_new(s->arena, ConstData);
    if (!c)
        return oom(s);
    v->data = c;
    blank(s);
    const char *from = s->p;
    if (accept(s, "["))
        return data_numbers(s, v, c, count);
    if (accept(s, "sha256("))
        return data_elsewhere(s, from, false, c);
    if (accept(s, "file("))
        return data_elsewhere(s, from, true, c);
    size_t want = 0;
    if (accept(s, "s[")) {
        c->p = string_list(s, &n);
        c->sz = (size_t)n * sizeof(StringRef);
        if (!c->p)
            c->p = "";
        if (!s->failed && (v->type.dtype != DT_string || n != count))
            fail(s, "the strings do not fit the type");
        return;
    }
    if (!expect(s, "hex"))
        return;
    data_hex(s, c);
    if (s->failed || v->type.dtype == DT_string || count < 0 || !dtype_bytes(v->type.dtype, (uint64_t)count, &want) || want != c->sz)
        fail(s, "the bytes do not fit the type");
}

/* ── attributes and nodes ── */

static Graph *graph(Parser *s, Graph *parent, int depth);

static void foreign_list(Parser *s, Graph *g, Attr *a, int depth)
{
    Item *list = NULL;
    Type *types = NULL;
    size_t n = 0, cap = 0, cap_types = 0;
    while (more(s, ")", n)) {
        list = arena_grow(s->arena, list, n, &cap, Item);
        types = arena_grow(s->arena, types, n, &cap_types, Type);
        if (!list || !types)
            return oom(s);
        if (a->kind == ATTR_TENSORS)
            list[n].p = value_ref(s);
        else if (a->kind == ATTR_GRAPHS)
            list[n].p = graph(s, g, depth + 1);
        else
            types[n] = type(s, 0);
        n++;
    }
    a->n = (int64_t)n;
    if (a->kind == ATTR_VALUE_TYPE && n != 1)
        fail(s, "one type is expected here");
    if (a->kind == ATTR_TENSORS)
        a->tensors = (Value *const *)(void *)list;
    else if (a->kind == ATTR_GRAPHS)
        a->graphs = (Graph *const *)(void *)list;
    else
        a->types = types;
}

static Attr attr(Parser *s, Graph *g, int depth)
{
    static const struct { const char *token; AttrKind kind; } lists[] = {{"shape(", ATTR_VALUE_TYPE}, {"shapes(", ATTR_VALUE_TYPES}, {"tensors(", ATTR_TENSORS}, {"graphs(", ATTR_GRAPHS}};
    Attr a = {.name = name_of(s)};
    size_t n = 0;
    expect(s, "=");
    blank(s);
    for (int i = 0; i < 4; i++)
        if (accept(s, lists[i].token)) {
            a.kind = lists[i].kind;
            foreign_list(s, g, &a, depth);
            return a;
        }
    if (*s->p == '"') {
        a.kind = ATTR_STRING;
        a.s = quoted(s, &n);
        a.n = (int64_t)n;
    } else if (*s->p == '%') {
        a.kind = ATTR_TENSOR;
        a.tensor = value_ref(s);
    } else if (!strncmp(s->p, "graph", 5)) {
        a.kind = ATTR_GRAPH;
        a.graph = graph(s, g, depth + 1);
    } else if (accept(s, "f[")) {
        a.kind = ATTR_FLOATS;
        a.floats = reals(s, &a.n);
    } else if (accept(s, "s[")) {
        a.kind = ATTR_STRINGS;
        a.strings = string_list(s, &a.n);
    } else if (accept(s, "[")) {
        a.kind = ATTR_INTS;
        a.ints = integers(s, "]", &a.n);
    } else if (accept(s, "type")) {
        a.kind = ATTR_TYPE;
        a.dtype = dtype(s);
    } else if (accept(s, "f")) {
        a.kind = ATTR_FLOAT;
        a.f = real(s);
    } else {
        a.kind = ATTR_INT;
        a.i = integer(s);
    }
    return a;
}

static void attrs(Parser *s, Node *n, int depth)
{
    Attr *list = NULL;
    size_t count = 0, cap = 0;
    while (more(s, "}", count)) {
        list = arena_grow(s->arena, list, count, &cap, Attr);
        if (!list)
            return oom(s);
        list[count] = attr(s, n->graph, depth);
        if (!s->failed && list[count].kind == ATTR_GRAPH && list[count].graph)
            list[count].graph->owner = n;
        for (int64_t i = 0; !s->failed && list[count].kind == ATTR_GRAPHS && i < list[count].n; i++)
            list[count].graphs[i]->owner = n;
        if (++count > MAX_LIST)
            return (void)fail(s, "a node with too many attributes");
    }
    n->attrs = list;
    n->n_attrs = (uint16_t)count;
}

static void outputs(Parser *s, Node *n)
{
    size_t count = 0, cap = 0;
    do {
        Value *v = NULL;
        n->out = arena_grow(s->arena, n->out, count, &cap, Value *);
        if (!n->out || (!accept(s, "_") && !(v = graph_value(n->graph, NULL, NULL))))
            return oom(s);
        if (v) {
            v->producer = n;
            v->out_index = (int)count;
            define(s, v);
        }
        n->out[count++] = v;
        if (count > MAX_LIST)
            return (void)fail(s, "a node with too many outputs");
    } while (!s->failed && accept(s, ","));
    n->n_out = (uint16_t)count;
}

static void node(Parser *s, Graph *g, int depth)
{
    blank(s);
    const char *p = s->p;
    while (s->p < s->end && ((*s->p >= 'a' && *s->p <= 'z') || (*s->p >= '0' && *s->p <= '9') || *s->p == '_'))
        s->p++;
    int op = op_find(p, (size_t)(s->p - p));
    if (op < 0)
        return (void)fail(s, "an op, 'in', 'let', 'out', 'dim' or '}' is expected here");
    blank(s);
    const char *name = *s->p == '"' ? name_of(s) : NULL, *origin = accept(s, "from") ? name_of(s) : NULL;
    bool dynamic = accept(s, "dynamic");
    Value **in = NULL;
    size_t n = 0, cap = 0;
    expect(s, "(");
    while (more(s, ")", n)) {
        in = arena_grow(s->arena, in, n, &cap, Value *);
        if (!in)
            return oom(s);
        in[n++] = value_ref(s);
        if (n > MAX_LIST)
            return (void)fail(s, "a node with too many inputs");
    }
    Node *made = s->failed ? NULL : graph_node(g, NULL, op, name, (int)n, in, 0);
    if (!made)
        return s->failed ? (void)0 : oom(s);
    made->origin = origin;
    made->dynamic = dynamic;
    if (accept(s, "{"))
        attrs(s, made, depth);
    if (accept(s, "->"))
        outputs(s, made);
}

/* ── graphs ── */

static void symbol(Parser *s)
{
    static const char *const cls[] = {[SYM_FIXED] = "fixed", [SYM_BUCKET] = "bucket", [SYM_LIVE] = "live"};
    int64_t i = expect(s, "$") ? integer(s) : 0;
    const char *name = name_of(s);
    bool from_data = accept(s, "data");
    if (!from_data)
        expect(s, "input");
    if (s->failed || (size_t)i != s->root->n_syms || i >= MAX_SYMBOLS)
        return (void)fail(s, "symbols are numbered in order");
    Sym *y = from_data ? graph_data_sym(s->root, NULL) : graph_sym(s->root, name, strlen(name));
    if (!y)
        return oom(s);
    if (s->root->n_syms != (size_t)i + 1)
        return (void)fail(s, "an input symbol twice");
    y->name = name;
    int c = 0;
    while (c < 3 && !accept(s, cls[c]))
        c++;
    if (c == 3)
        return (void)fail(s, "'fixed', 'bucket' or 'live' is expected here");
    y->cls = (SymClass)c;
    y->lo = integer(s);
    y->hi = integer(s);
    if (accept(s, "bound"))
        y->bound = dim(s, 0);
}

static void metadata(Parser *s)
{
    Graph *g = s->root;
    g->meta = arena_grow(s->arena, g->meta, g->n_meta, &s->cap_meta, MetaEntry);
    if (!g->meta)
        return oom(s);
    MetaEntry *e = &g->meta[g->n_meta++];
    e->key = quoted(s, &e->n_key);
    e->value = quoted(s, &e->n_value);
}

static void named_dim(Parser *s)
{
    int64_t i = expect(s, "@") ? integer(s) : 0;
    expect(s, "=");
    const Dim *d = dim(s, 0);
    if (s->failed || (size_t)i != s->n_dims)
        return (void)fail(s, "extents are numbered in order");
    s->dims = arena_grow(s->arena, s->dims, s->n_dims, &s->cap_dims, const Dim *);
    if (!s->dims)
        return oom(s);
    s->dims[s->n_dims++] = d;
}

/* in and let: a value without a producer. */
static void lone_value(Parser *s, Graph *g, bool input)
{
    Value *v = input ? graph_input(g, NULL, NULL) : graph_value(g, NULL, NULL);
    if (!v)
        return oom(s);
    define(s, v);
    if (accept(s, "="))
        data(s, v);
    if (!s->failed && v->residency == RES_CONST && !v->data)
        fail(s, "a constant without contents");
}

static void statement(Parser *s, Graph *g, int depth)
{
    if (accept(s, "in")) {
        lone_value(s, g, true);
    } else if (accept(s, "let")) {
        lone_value(s, g, false);
    } else if (accept(s, "dim")) {
        named_dim(s);
    } else if (accept(s, "out")) {
        Value *v = value_ref(s);
        if (!v)
            fail(s, "an output is no value");
        else if (!graph_output(g, v))
            oom(s);
    } else if (g == s->root && accept(s, "sym")) {
        symbol(s);
    } else if (g == s->root && accept(s, "meta")) {
        metadata(s);
    } else {
        node(s, g, depth);
    }
}

static Graph *graph(Parser *s, Graph *parent, int depth)
{
    if (depth > IR_MAX_DEPTH)
        return fail(s, "graphs are nested too deeply");
    expect(s, "graph");
    Graph *g = parent ? graph_sub(parent, NULL) : graph_new(s->arena, NULL);
    if (!g)
        return oom(s), NULL;
    if (!parent)
        s->root = g;
    blank(s);
    g->name = *s->p == '"' ? name_of(s) : NULL;
    g->format = accept(s, "format") ? name_of(s) : NULL;
    g->summary = accept(s, "summary") ? name_of(s) : NULL;
    expect(s, "{");
    while (!s->failed && !accept(s, "}"))
        statement(s, g, depth);
    return g;
}

SpmlCode graph_parse(const char *text, size_t n, Arena *a, Graph **out, Error *err)
{
    const char *copy = arena_strndup(a, text, n); /* the number readers stop at its NUL */
    if (!copy)
        return error_oom(err);
    Parser s = {.text = copy, .p = copy, .end = copy + n, .arena = a, .err = err};
    Graph *g = graph(&s, NULL, 0);
    blank(&s);
    if (!s.failed && s.p != s.end)
        fail(&s, "something follows the graph");
    if (a->oom)
        return error_oom(err);
    if (s.failed)
        return SPML_DATA;
    *out = g;
    return SPML_OK;
}
