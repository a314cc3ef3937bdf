/* SPDX-License-Identifier: MIT
 * ptxsim: the top level of PTX text. Reads .version and .target, allocates module variables, notes where each function's body is, then compiles
 * every .entry (func.c). Bodies of .func are read once per call: calls are inlined. */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>

const TypeInfo type_info[T_COUNT] = {
    [T_PRED] = {"pred", 1, C_PRED}, [T_B8] = {"b8", 1, C_BITS}, [T_B16] = {"b16", 2, C_BITS}, [T_B32] = {"b32", 4, C_BITS}, [T_B64] = {"b64", 8, C_BITS},
    [T_U8] = {"u8", 1, C_UINT}, [T_U16] = {"u16", 2, C_UINT}, [T_U32] = {"u32", 4, C_UINT}, [T_U64] = {"u64", 8, C_UINT},
    [T_S8] = {"s8", 1, C_SINT}, [T_S16] = {"s16", 2, C_SINT}, [T_S32] = {"s32", 4, C_SINT}, [T_S64] = {"s64", 8, C_SINT},
    [T_F16] = {"f16", 2, C_FLOAT}, [T_BF16] = {"bf16", 2, C_FLOAT}, [T_F32] = {"f32", 4, C_FLOAT}, [T_F64] = {"f64", 8, C_FLOAT},
    [T_F16X2] = {"f16x2", 4, C_FLOAT}, [T_BF16X2] = {"bf16x2", 4, C_FLOAT}, [T_TF32] = {"tf32", 4, C_FLOAT},
};
static const char *const mod_names[M_COUNT] = {
#define M(id, text) [M_##id] = text,
#include "mods.def"
#undef M
};

int mod_find(const char *s, size_t n)
{
    for (int k = 0; k < M_COUNT; k++)
        if (strlen(mod_names[k]) == n && !memcmp(mod_names[k], s, n))
            return k;
    return -1;
}

Type type_find(const char *s, size_t n)
{
    for (int k = 1; k < T_COUNT; k++)
        if (strlen(type_info[k].name) == n && !memcmp(type_info[k].name, s, n))
            return (Type)k;
    return T_NONE;
}

/* ── declarations ── */

/* [.align n] [.v2|.v4] .type, with .ptr and its space and alignment passed over. */
bool parse_decl_type(Parser *ps, Decl *d)
{
    *d = (Decl){.count = 1};
    uint64_t align = 0, vec = 1;
    while (ps->t.kind == TK_DIRECTIVE) {
        Type t = type_find(ps->t.s + 1, ps->t.n - 1);
        if (lex_accept(ps, ".align")) {
            lex_uint(ps, &align);
        } else if (lex_accept(ps, ".v2"))
            vec = 2;
        else if (lex_accept(ps, ".v4"))
            vec = 4;
        else if (t != T_NONE && d->type == T_NONE) {
            d->type = t;
            lex_next(ps);
        } else if (lex_accept(ps, ".ptr")) {
            uint64_t unused;
            while (ps->t.kind == TK_DIRECTIVE)
                if (lex_accept(ps, ".align"))
                    lex_uint(ps, &unused);
                else
                    lex_next(ps);
        } else
            break;
    }
    if (d->type == T_NONE || align > 4096 || (align & (align - 1)))
        parse_fail(ps, ps->t.line, "bad type or alignment at '%.*s'", (int)ps->t.n, ps->t.s);
    d->count = vec;
    d->align = (uint32_t)(align ? align : type_info[d->type].size * vec);
    return !ps->error;
}

/* name[n][m]…; the type part was read before. */
bool parse_decl_name(Parser *ps, Decl *d)
{
    if (ps->t.kind != TK_IDENT)
        parse_fail(ps, ps->t.line, "expected a name at '%.*s'", (int)ps->t.n, ps->t.s);
    d->name = ps->t;
    d->sized = true;
    uint64_t count = d->count;
    lex_next(ps);
    while (lex_accept(ps, "[")) {
        uint64_t n = 0;
        if (tok_is(&ps->t, "]"))
            d->sized = false;
        else
            lex_uint(ps, &n);
        lex_expect(ps, "]");
        if (n > ((uint64_t)1 << 40) || count * n > ((uint64_t)1 << 40))
            parse_fail(ps, ps->t.line, "array too large");
        count *= d->sized ? n : 1;
    }
    d->size = count * type_info[d->type].size;
    return !ps->error;
}

static void put_value(const Number *n, Type t, uint8_t *to)
{
    uint64_t bits = n->bits;
    if (n->is_float && t == T_F32 && !n->single) {
        double d;
        memcpy(&d, &bits, 8);
        float f = (float)d;
        memcpy(&bits, &f, 4);
    }
    memcpy(to, &bits, type_info[t].size);
}

/* { v, { v } … } or v; fills to in order. */
static void initializer(Parser *ps, const Decl *d, uint8_t *to)
{
    uint64_t at = 0;
    int depth = 0;
    do {
        while (lex_accept(ps, "{"))
            depth++;
        if (!tok_is(&ps->t, "}")) {
            Number n;
            if (!lex_number(ps, &n))
                return;
            if (at + type_info[d->type].size > d->size) {
                parse_fail(ps, ps->t.line, "too many initial values");
                return;
            }
            put_value(&n, d->type, to + at);
            at += type_info[d->type].size;
        }
        while (depth && lex_accept(ps, "}"))
            depth--;
    } while (depth && lex_expect(ps, ","));
}

static void global_variable(Parser *ps, Decl *d, Space space, bool external)
{
    Symbol *y = table_add(ps, &ps->globals, SY_VAR, &d->name);
    if (!y)
        return;
    y->space = space;
    y->type = d->type;
    y->size = d->size;
    y->stride = d->align;
    y->dynamic = space == SP_SHARED && external && (!d->sized || !d->size);
    y->addr = UINT64_MAX; /* shared: given in each kernel that uses it */
    if (external && !y->dynamic)
        parse_fail(ps, d->name.line, "extern variable '%.*s': linking is not supported", (int)d->name.n, d->name.s);
    if (space == SP_SHARED || ps->error)
        return;
    if (mem_alloc(&ps->sim->mem, d->size, false, &y->addr)) {
        parse_fail(ps, d->name.line, "out of memory");
        return;
    }
    memset((void *)(uintptr_t)y->addr, 0, d->size);
    if (lex_accept(ps, "="))
        initializer(ps, d, (uint8_t *)(uintptr_t)y->addr);
    if (space == SP_CONST)
        mem_protect(&ps->sim->mem, y->addr);
}

static void variables(Parser *ps, Space space, bool external)
{
    Decl d;
    if (!parse_decl_type(ps, &d))
        return;
    do {
        Decl one = d;
        if (parse_decl_name(ps, &one))
            global_variable(ps, &one, space, external);
    } while (lex_accept(ps, ","));
    lex_expect(ps, ";");
}

/* ── functions ── */

static void formals(Parser *ps, Formal **out, uint32_t *n)
{
    if (!lex_accept(ps, "(") || lex_accept(ps, ")"))
        return;
    do {
        bool reg = tok_is(&ps->t, ".reg");
        if (!reg && !tok_is(&ps->t, ".param"))
            parse_fail(ps, ps->t.line, "expected .param or .reg at '%.*s'", (int)ps->t.n, ps->t.s);
        lex_next(ps);
        Decl d;
        if (!parse_decl_type(ps, &d) || !parse_decl_name(ps, &d))
            return;
        Formal *f = parse_grow(ps, *out, *n, sizeof **out);
        if (!f)
            return;
        *out = f;
        if (d.size > 32764)
            parse_fail(ps, d.name.line, "parameter too large");
        f[(*n)++] = (Formal){d.name, reg, d.type, (uint32_t)d.size, d.align};
    } while (lex_accept(ps, ","));
    lex_expect(ps, ")");
}

static void ntid(Parser *ps, uint32_t out[3])
{
    for (int k = 0; k < 3; k++) {
        uint64_t v = 1;
        if (!k || lex_accept(ps, ","))
            lex_uint(ps, &v);
        out[k] = (uint32_t)(v > 65536 ? 65536 : v);
    }
}

static void function(Parser *ps, bool entry)
{
    FuncText t = {.entry = entry};
    uint32_t three[3];
    uint64_t unused;
    if (!entry)
        formals(ps, &t.out, &t.n_out);
    t.name = ps->t;
    if (t.name.kind != TK_IDENT)
        parse_fail(ps, t.name.line, "expected a function's name");
    lex_next(ps);
    formals(ps, &t.in, &t.n_in);
    while (ps->t.kind == TK_DIRECTIVE && !ps->error) {
        if (lex_accept(ps, ".reqntid"))
            ntid(ps, t.reqntid);
        else if (lex_accept(ps, ".maxntid")) {
            ntid(ps, three);
            t.maxntid = three[0] * three[1] * three[2];
        } else if (lex_accept(ps, ".minnctapersm") || lex_accept(ps, ".maxnreg") || lex_accept(ps, ".maxnctapersm"))
            lex_uint(ps, &unused);
        else if (lex_accept(ps, ".pragma")) {
            lex_next(ps);
            lex_accept(ps, ";");
        } else if (!lex_accept(ps, ".noreturn"))
            parse_fail(ps, ps->t.line, "directive '%.*s' is not supported here", (int)ps->t.n, ps->t.s);
    }
    t.defined = tok_is(&ps->t, "{");
    t.body = ps->p;
    t.body_line = ps->line;
    if (t.defined)
        lex_skip_braces(ps);
    else
        lex_expect(ps, ";");
    FuncText *all = parse_grow(ps, ps->texts, ps->n_texts, sizeof *all);
    if (!all || ps->error) {
        free(t.in);
        free(t.out);
        ps->texts = all ? all : ps->texts;
        return;
    }
    ps->texts = all;
    all[ps->n_texts++] = t;
}

const FuncText *parse_find_func(const Parser *ps, const char *s, uint32_t n)
{
    const FuncText *found = NULL;
    for (size_t k = 0; k < ps->n_texts; k++)
        if (ps->texts[k].name.n == n && !memcmp(ps->texts[k].name.s, s, n) && (!found || ps->texts[k].defined))
            found = &ps->texts[k];
    return found;
}

/* ── the head ── */

static void version(Parser *ps)
{
    const char *s = ps->t.s;
    ps->m->version = ps->t.n == 3 && s[1] == '.' ? (s[0] - '0') * 10 + s[2] - '0' : 0;
    if (ps->m->version < 60 || ps->m->version > 90) {
        parse_fail(ps, ps->t.line, "PTX .version %.*s is not supported (6.0 to 9.0)", (int)ps->t.n, s);
        ps->error = 222;
    }
    lex_next(ps);
}

static void target(Parser *ps)
{
    static const struct { int sm, version; } first[] = {{75, 63}, {80, 70}, {86, 71}, {87, 74}, {89, 78}, {90, 78}};
    char text[32] = "";
    int n = 0;
    snprintf(text, sizeof text, "%.*s", (int)(ps->t.n < 31 ? ps->t.n : 31), ps->t.s);
    if (sscanf(text, "sm_%d%n", &ps->m->sm, &n) != 1 || (text[n] && strcmp(text + n, "a"))) {
        parse_fail(ps, ps->t.line, "unknown .target '%s'", text);
        return;
    }
    ps->m->arch = text[n] == 'a';
    bool known = ps->m->sm < 75;
    for (size_t k = 0; k < sizeof first / sizeof *first; k++) {
        known |= first[k].sm == ps->m->sm;
        if (first[k].sm == ps->m->sm && ps->m->version < (ps->m->arch ? 80 : first[k].version))
            parse_fail(ps, ps->t.line, "PTX .version %d.%d does not support .target %s", ps->m->version / 10, ps->m->version % 10, text);
    }
    if (!known || ps->m->sm > ps->sim->cfg.sm)
        parse_fail(ps, ps->t.line, ".target %s is newer than the device, sm_%d", text, ps->sim->cfg.sm);
    if (ps->m->arch && ps->m->sm != ps->sim->cfg.sm)
        parse_fail(ps, ps->t.line, ".target %s does not run on sm_%d", text, ps->sim->cfg.sm);
    lex_next(ps);
    while (lex_accept(ps, ","))
        lex_next(ps);
}

static void file_line(Parser *ps)
{
    uint32_t line = ps->t.line;
    while (ps->t.kind != TK_END && ps->t.line == line)
        lex_next(ps);
}

static void top(Parser *ps)
{
    bool external = false;
    while (tok_is(&ps->t, ".visible") || tok_is(&ps->t, ".extern") || tok_is(&ps->t, ".weak") || tok_is(&ps->t, ".common")) {
        external |= tok_is(&ps->t, ".extern");
        lex_next(ps);
    }
    if (tok_is(&ps->t, ".file") || tok_is(&ps->t, ".loc"))
        file_line(ps);
    else if (lex_accept(ps, ".section")) {
        lex_next(ps);
        lex_skip_braces(ps);
    } else if (lex_accept(ps, ".pragma")) {
        lex_next(ps);
        lex_expect(ps, ";");
    } else if (lex_accept(ps, ".global"))
        variables(ps, SP_GLOBAL, external);
    else if (lex_accept(ps, ".const"))
        variables(ps, SP_CONST, external);
    else if (lex_accept(ps, ".shared"))
        variables(ps, SP_SHARED, external);
    else if (lex_accept(ps, ".entry"))
        function(ps, true);
    else if (lex_accept(ps, ".func"))
        function(ps, false);
    else
        parse_fail(ps, ps->t.line, "'%.*s' is not supported at the top level", (int)ps->t.n, ps->t.s);
}

static void head(Parser *ps)
{
    lex_next(ps);
    if (lex_expect(ps, ".version"))
        version(ps);
    if (lex_expect(ps, ".target"))
        target(ps);
    uint64_t bits = 64;
    if (lex_accept(ps, ".address_size"))
        lex_uint(ps, &bits);
    if (bits != 64)
        parse_fail(ps, ps->t.line, ".address_size must be 64");
}

static void parser_close(Parser *ps)
{
    for (size_t k = 0; k < ps->n_texts; k++) {
        free(ps->texts[k].in);
        free(ps->texts[k].out);
    }
    free(ps->texts);
    free(ps->labels);
    free(ps->fixups);
    free(ps->keys);
    table_clear(&ps->locals);
}

int module_parse(PtxSim *s, const char *text, size_t n, PtxModule **out, char *log, size_t n_log)
{
    Parser *ps = calloc(1, sizeof *ps);
    *out = calloc(1, sizeof **out);
    if (!ps || !*out) {
        free(ps);
        free(*out);
        *out = NULL;
        return 2;
    }
    *ps = (Parser){.sim = s, .m = *out, .p = text, .end = text + n, .line = 1, .log = log, .n_log = n_log, .t.s = ""};
    (*out)->sim = s;
    if (n > MAX_FILE_BYTES)
        parse_fail(ps, 0, "text too large");
    head(ps);
    while (ps->t.kind != TK_END)
        top(ps);
    for (size_t k = 0; k < ps->n_texts && !ps->error; k++)
        if (ps->texts[k].entry && ps->texts[k].defined)
            func_compile(ps, &ps->texts[k]);
    (*out)->vars = ps->globals.newest;
    int error = ps->error;
    parser_close(ps);
    free(ps);
    if (error)
        module_close(out);
    return error;
}

static void func_close(Func *f)
{
    for (uint32_t k = 0; f && k < f->n_params; k++)
        free(f->params[k].name);
    if (f) {
        free(f->params);
        free(f->name);
        free(f->code);
        free(f->consts);
        free(f->gaps);
    }
    free(f);
}

void module_close(PtxModule **m)
{
    PtxModule *x = *m;
    *m = NULL;
    if (!x)
        return;
    while (x->vars) {
        Symbol *y = x->vars;
        x->vars = y->older;
        if (y->kind == SY_VAR && (y->space == SP_GLOBAL || y->space == SP_CONST) && y->addr != UINT64_MAX)
            mem_free(&x->sim->mem, y->addr);
        free(y->name);
        free(y);
    }
    for (size_t k = 0; k < x->n_funcs; k++)
        func_close(x->funcs[k]);
    free(x->funcs);
    free(x);
}

Func *module_func(const PtxModule *m, const char *name)
{
    for (size_t k = 0; k < m->n_funcs; k++)
        if (!strcmp(m->funcs[k]->name, name))
            return m->funcs[k];
    return NULL;
}

bool module_global(const PtxModule *m, const char *name, uint64_t *p, size_t *n)
{
    for (const Symbol *y = m->vars; y; y = y->older)
        if (y->kind == SY_VAR && y->space != SP_SHARED && !strcmp(y->name, name)) {
            *p = y->addr;
            *n = y->size;
            return true;
        }
    return false;
}
