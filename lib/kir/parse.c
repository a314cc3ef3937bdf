/* SPDX-License-Identifier: MIT
 * kir front end: declarations and statements (section 10), kir_parse. Recursive descent with one token of look-ahead; recursion is
 * capped at KPARSE_DEPTH. Gives the tree of ast.h, unresolved; check.c follows. */
#include "kir/ast.h"

#include <string.h>

static Stmt *parse_stmt(Parser *p);

static Stmt *stmt_new(Parser *p, StmtKind kind)
{
    Stmt *s = parse_alloc(p, sizeof *s);
    s->kind = kind;
    s->pos = p->tok.pos;
    s->slot = s->slot2 = -1;
    return s;
}

static Stmt *parse_body(Parser *p)
{
    Stmt *s = stmt_new(p, ST_BLOCK);
    PtrList l = {0};
    parse_enter(p);
    parse_expect(p, TK_LBRACE);
    while (p->tok.kind != TK_RBRACE && p->tok.kind != TK_EOF)
        list_add(p, &l, parse_stmt(p));
    s->pos2 = p->tok.pos;
    parse_expect(p, TK_RBRACE);
    p->depth--;
    s->body = (Stmt **)l.p;
    s->n_body = (unsigned)l.n;
    return s;
}

/* ── assignment and scatter ── */

static const TokKind update_of[TK_COUNT] = {
    [TK_ASSIGN] = TK_ASSIGN, [TK_PLUSEQ] = TK_PLUS, [TK_MINUSEQ] = TK_MINUS, [TK_STAREQ] = TK_STAR, [TK_SLASHEQ] = TK_SLASH,
    [TK_PERCENTEQ] = TK_PERCENT, [TK_ANDEQ] = TK_AND, [TK_OREQ] = TK_OR, [TK_XOREQ] = TK_XOR, [TK_SHLEQ] = TK_SHL, [TK_SHREQ] = TK_SHR};

static void parse_assign_tail(Parser *p, Stmt *s)
{
    s->target = parse_postfix(p);
    s->pos = p->tok.pos;
    if (parse_word(p, "min") || parse_word(p, "max")) {
        s->opname = p->tok.name;
        parse_next(p);
        parse_expect(p, TK_ASSIGN);
    } else if (update_of[p->tok.kind] != TK_EOF) {
        s->op = update_of[p->tok.kind];
        parse_next(p);
    } else {
        parse_expect(p, TK_ASSIGN);
    }
    s->e = parse_expr(p);
}

static Stmt *parse_scatter(Parser *p)
{
    static const struct { const char *word; KScatter rule; } rules[] = {{"unique", KSCATTER_UNIQUE}, {"last", KSCATTER_LAST}, {"ordered", KSCATTER_ORDERED}};
    Stmt *s = stmt_new(p, ST_SCATTER);
    parse_expect(p, TK_scatter);
    unsigned i = 0;
    while (i < 3 && !parse_word(p, rules[i].word))
        i++;
    TokKind after = i < 3 ? parse_peek(p)->kind : TK_EOF;
    if (i == 3 || after != TK_NAME)
        diag_fail(p->d, p->tok.pos, "scatter needs a conflict rule: unique, last or ordered");
    parse_next(p);
    s->rule = rules[i].rule;
    parse_assign_tail(p, s);
    bool set = s->op == TK_ASSIGN && !s->opname;
    if (s->rule == KSCATTER_LAST && !set)
        diag_fail(p->d, s->pos, "scatter last takes = only");
    if (s->rule == KSCATTER_ORDERED && set)
        diag_fail(p->d, s->pos, "scatter ordered takes an updating operator; use last for =");
    return s;
}

/* ── statements ── */

static Stmt *parse_let(Parser *p)
{
    parse_next(p);
    Stmt *s = stmt_new(p, ST_LET);
    s->name = parse_name(p, &s->pos);
    if (parse_accept(p, TK_COLON))
        s->type = parse_type(p);
    parse_expect(p, TK_ASSIGN);
    if (p->tok.kind == TK_scatter && !s->type)
        s->then = parse_scatter(p);
    else
        s->e = parse_expr(p);
    parse_expect(p, TK_SEMI);
    return s;
}

static Stmt *parse_var(Parser *p)
{
    parse_next(p);
    Stmt *s = stmt_new(p, ST_VAR);
    s->name = parse_name(p, &s->pos);
    parse_expect(p, TK_COLON);
    s->type = parse_type(p);
    if (parse_accept(p, TK_LBRACKET)) {
        s->dims = parse_alloc(p, sizeof *s->dims);
        s->dims[0] = parse_expr(p);
        s->n_dims = 1;
        parse_expect(p, TK_RBRACKET);
    }
    if (p->tok.kind == TK_SEMI)
        diag_fail(p->d, s->pos, "var '%s' needs an initial value", s->name);
    parse_expect(p, TK_ASSIGN);
    s->e = parse_expr(p);
    parse_expect(p, TK_SEMI);
    return s;
}

static Stmt *parse_shared(Parser *p)
{
    parse_next(p);
    Stmt *s = stmt_new(p, ST_SHARED);
    s->name = parse_name(p, &s->pos);
    parse_expect(p, TK_COLON);
    s->type = parse_type(p);
    parse_expect(p, TK_LBRACKET);
    s->dims = parse_list(p, TK_RBRACKET, &s->n_dims);
    parse_expect(p, TK_SEMI);
    return s;
}

static Stmt *parse_tile(Parser *p)
{
    parse_next(p);
    Stmt *s = stmt_new(p, ST_TILE);
    s->name = parse_name(p, &s->pos);
    parse_expect(p, TK_LBRACKET);
    s->axes = parse_axes(p, &s->n_axes);
    parse_expect(p, TK_RBRACKET);
    if (parse_accept(p, TK_COLON))
        s->type = parse_type(p);
    parse_expect(p, TK_ASSIGN);
    s->e = parse_expr(p);
    parse_expect(p, TK_SEMI);
    return s;
}

static Stmt *parse_loop(Parser *p)
{
    Stmt *s = stmt_new(p, p->tok.kind == TK_each ? ST_EACH : p->tok.kind == TK_group ? ST_GROUP : ST_FOR);
    parse_next(p);
    parse_expect(p, TK_LPAREN);
    s->axes = parse_axes(p, &s->n_axes);
    parse_expect(p, TK_RPAREN);
    s->then = parse_stmt(p);
    return s;
}

static Stmt *parse_while(Parser *p)
{
    Stmt *s = stmt_new(p, ST_WHILE);
    parse_next(p);
    parse_expect(p, TK_LPAREN);
    s->e = parse_expr(p);
    parse_expect(p, TK_RPAREN);
    s->then = parse_stmt(p);
    return s;
}

static Stmt *parse_if(Parser *p)
{
    Stmt *s = stmt_new(p, ST_IF);
    s->is_static = parse_accept(p, TK_static);
    parse_expect(p, TK_if);
    parse_expect(p, TK_LPAREN);
    s->e = parse_expr(p);
    parse_expect(p, TK_RPAREN);
    s->then = parse_stmt(p);
    if (parse_accept(p, TK_else))
        s->els = parse_stmt(p);
    return s;
}

static const char *state_name(Parser *p, Pos *pos)
{
    const char *s = parse_name(p, pos);
    return strcmp(s, "_") ? s : NULL;
}

static Stmt *parse_scan(Parser *p)
{
    Stmt *s = stmt_new(p, ST_SCAN);
    parse_next(p);
    s->name = state_name(p, &s->pos);
    parse_expect(p, TK_COMMA);
    s->name2 = state_name(p, &s->pos2);
    parse_expect(p, TK_ASSIGN);
    s->e = parse_postfix(p);
    s->then = parse_stmt(p);
    return s;
}

static Stmt *parse_return(Parser *p)
{
    Stmt *s = stmt_new(p, ST_RETURN);
    parse_next(p);
    s->e = parse_expr(p);
    parse_expect(p, TK_SEMI);
    return s;
}

static Stmt *parse_scatter_stmt(Parser *p)
{
    Stmt *s = parse_scatter(p);
    parse_expect(p, TK_SEMI);
    return s;
}

static Stmt *parse_assign(Parser *p)
{
    Stmt *s = stmt_new(p, ST_ASSIGN);
    parse_assign_tail(p, s);
    parse_expect(p, TK_SEMI);
    return s;
}

static Stmt *(*const stmt_of[TK_COUNT])(Parser *) = {
    [TK_LBRACE] = parse_body, [TK_let] = parse_let, [TK_var] = parse_var, [TK_shared] = parse_shared, [TK_tile] = parse_tile, [TK_each] = parse_loop,
    [TK_group] = parse_loop, [TK_for] = parse_loop, [TK_while] = parse_while, [TK_static] = parse_if, [TK_if] = parse_if, [TK_scan] = parse_scan,
    [TK_scatter] = parse_scatter_stmt, [TK_return] = parse_return};

static Stmt *parse_stmt(Parser *p)
{
    parse_enter(p);
    Stmt *s = stmt_of[p->tok.kind] ? stmt_of[p->tok.kind](p) : parse_assign(p);
    p->depth--;
    return s;
}

/* ── parameters ── */

static TClass type_class(Parser *p)
{
    static const char *const names[] = {"any", "float", "int", "uint", "num"};
    Pos pos;
    const char *s = parse_name(p, &pos);
    for (unsigned i = 1; i < sizeof names / sizeof *names; i++)
        if (!strcmp(s, names[i]))
            return (TClass)i;
    diag_fail(p->d, pos, "unknown name '%s'", s);
}

static TParam *parse_tparam(Parser *p)
{
    TParam *t = parse_alloc(p, sizeof *t);
    if (parse_accept(p, TK_fn))
        t->kind = TP_FN;
    else if (parse_accept(p, TK_reducer))
        t->kind = TP_REDUCER;
    t->name = parse_name(p, &t->pos);
    if (t->kind == TP_TYPE && parse_accept(p, TK_COLON))
        t->cls = type_class(p);
    if (t->kind == TP_TYPE && parse_accept(p, TK_ASSIGN))
        t->dflt = parse_type(p);
    return t;
}

static void *flatten(Parser *p, const PtrList *l, size_t size)
{
    char *r = parse_alloc(p, l->n * size);
    for (size_t i = 0; i < l->n; i++)
        memcpy(r + i * size, l->p[i], size);
    return r;
}

static void parse_tparams(Parser *p, Decl *d)
{
    PtrList l = {0};
    if (!parse_accept(p, TK_LT))
        return;
    do
        list_add(p, &l, parse_tparam(p));
    while (parse_accept(p, TK_COMMA));
    parse_expect(p, TK_GT);
    d->tparams = flatten(p, &l, sizeof(TParam));
    d->n_tparams = (unsigned)l.n;
}

static Param *param_new(Parser *p, PtrList *l, ParamKind kind)
{
    Param *x = parse_alloc(p, sizeof *x);
    x->kind = kind;
    x->slot = -1;
    x->name = parse_name(p, &x->pos);
    x->pack = kind != PK_FORMAL && parse_accept(p, TK_ELLIPSIS);
    list_add(p, l, x);
    return x;
}

static void parse_formals(Parser *p, Decl *d)
{
    PtrList l = {0};
    parse_expect(p, TK_LPAREN);
    if (p->tok.kind != TK_RPAREN)
        do {
            Param *x = param_new(p, &l, PK_FORMAL);
            parse_expect(p, TK_COLON);
            x->type = parse_type(p);
        } while (parse_accept(p, TK_COMMA));
    parse_expect(p, TK_RPAREN);
    d->params = flatten(p, &l, sizeof(Param));
    d->n_params = (unsigned)l.n;
}

/* const A, B... [: type] : a comma followed by a name goes on. */
static void parse_const_params(Parser *p, PtrList *l)
{
    size_t first = l->n;
    do
        param_new(p, l, PK_CONST);
    while (p->tok.kind == TK_COMMA && parse_peek(p)->kind == TK_NAME && parse_accept(p, TK_COMMA));
    if (!parse_accept(p, TK_COLON))
        return;
    TypeRef *t = parse_type(p);
    for (size_t i = first; i < l->n; i++)
        ((Param *)l->p[i])->type = t;
}

static void parse_param(Parser *p, PtrList *l)
{
    ParamKind kind = p->tok.kind == TK_in ? PK_IN : p->tok.kind == TK_out ? PK_OUT : p->tok.kind == TK_inout ? PK_INOUT : PK_CONST;
    if (kind == PK_CONST) {
        parse_expect(p, TK_const);
        parse_const_params(p, l);
        return;
    }
    parse_next(p);
    Param *x = param_new(p, l, kind);
    parse_expect(p, TK_COLON);
    x->type = parse_type(p);
    x->tensor = parse_accept(p, TK_LBRACKET);
    if (x->tensor)
        x->dims = parse_list(p, TK_RBRACKET, &x->n_dims);
    if (x->tensor ? x->pack : kind != PK_IN)
        diag_fail(p->d, x->pos, x->tensor ? "a pack '%s...' is of scalars" : "a scalar '%s' can only be in", x->name);
}

/* ── declarations ── */

static void parse_const(Parser *p, Decl *d)
{
    parse_expect(p, TK_COLON);
    d->type = parse_type(p);
    PtrList dims = {0};
    d->array = parse_accept(p, TK_LBRACKET);
    if (d->array) {
        do
            list_add(p, &dims, parse_expr(p));
        while (parse_accept(p, TK_COMMA));
        parse_expect(p, TK_RBRACKET);
        if (dims.n > KIR_MAX_RANK)
            diag_fail(p->d, d->pos, "more than %d dimensions", KIR_MAX_RANK);
        d->extents = (Expr **)dims.p;
        d->n_extents = (unsigned)dims.n;
    }
    parse_expect(p, TK_ASSIGN);
    if (d->array) {
        PtrList l = {0};
        parse_expect(p, TK_LBRACE);
        do
            list_add(p, &l, parse_expr(p));
        while (parse_accept(p, TK_COMMA) && p->tok.kind != TK_RBRACE);
        parse_expect(p, TK_RBRACE);
        d->items = (Expr **)l.p;
        d->n_items = (unsigned)l.n;
    } else {
        d->e = parse_expr(p);
    }
    parse_expect(p, TK_SEMI);
}

static void parse_fields(Parser *p, Decl *d)
{
    PtrList l = {0};
    parse_expect(p, TK_LBRACE);
    while (p->tok.kind == TK_NAME) {
        Field *f = parse_alloc(p, sizeof *f);
        f->name = parse_name(p, &f->pos);
        f->slot = -1;
        parse_expect(p, TK_COLON);
        f->type = parse_type(p);
        if (parse_accept(p, TK_LBRACKET)) {
            f->e = parse_expr(p);
            parse_expect(p, TK_RBRACKET);
        }
        parse_expect(p, TK_SEMI);
        list_add(p, &l, f);
    }
    parse_expect(p, TK_RBRACE);
    d->fields = flatten(p, &l, sizeof(Field));
    d->n_fields = (unsigned)l.n;
}

static void parse_struct(Parser *p, Decl *d)
{
    if (d->kind == D_BLOCK) {
        parse_expect(p, TK_LBRACKET);
        d->e = parse_expr(p);
        parse_expect(p, TK_RBRACKET);
        if (!parse_word(p, "align"))
            diag_fail(p->d, p->tok.pos, "expected 'align', found '%.*s'", (int)(p->tok.n < 60 ? p->tok.n : 60), p->lex.text + p->tok.off);
        parse_next(p);
        d->align = parse_expr(p);
    }
    parse_fields(p, d);
}

static void expect_word(Parser *p, const char *word)
{
    if (!parse_word(p, word))
        diag_fail(p->d, p->tok.pos, "expected '%s', found '%.*s'", word, (int)(p->tok.n < 60 ? p->tok.n : 60), p->lex.text + p->tok.off);
    parse_next(p);
}

static void parse_reducer(Parser *p, Decl *d)
{
    PtrList l = {0};
    parse_tparams(p, d);
    parse_expect(p, TK_LBRACE);
    while (p->tok.kind == TK_NAME && parse_peek(p)->kind == TK_COLON) { /* a field may be called step */
        Field *f = parse_alloc(p, sizeof *f);
        f->name = parse_name(p, &f->pos);
        parse_expect(p, TK_COLON);
        f->type = parse_type(p);
        parse_expect(p, TK_ASSIGN);
        f->e = parse_expr(p);
        parse_expect(p, TK_SEMI);
        list_add(p, &l, f);
    }
    d->fields = flatten(p, &l, sizeof(Field));
    d->n_fields = (unsigned)l.n;
    expect_word(p, "step");
    parse_formals(p, d);
    d->body = parse_body(p);
    expect_word(p, "merge");
    parse_expect(p, TK_LPAREN);
    d->other = parse_name(p, &d->other_pos);
    parse_expect(p, TK_RPAREN);
    d->merge = parse_body(p);
    parse_expect(p, TK_RBRACE);
}

static void parse_fn(Parser *p, Decl *d)
{
    parse_tparams(p, d);
    parse_formals(p, d);
    parse_expect(p, TK_COLON);
    d->type = parse_type(p);
    if (parse_accept(p, TK_ASSIGN)) {
        d->e = parse_expr(p);
        parse_expect(p, TK_SEMI);
    } else {
        d->body = parse_body(p);
    }
}

static void parse_kernel(Parser *p, Decl *d)
{
    PtrList l = {0};
    parse_tparams(p, d);
    parse_expect(p, TK_LPAREN);
    if (p->tok.kind != TK_RPAREN)
        do
            parse_param(p, &l);
        while (parse_accept(p, TK_COMMA));
    parse_expect(p, TK_RPAREN);
    d->params = flatten(p, &l, sizeof(Param));
    d->n_params = (unsigned)l.n;
    d->body = parse_body(p);
}

static const struct { TokKind tok; DeclKind kind; void (*parse)(Parser *, Decl *); } decl_of[] = {
    {TK_const, D_CONST, parse_const}, {TK_struct, D_STRUCT, parse_struct}, {TK_block, D_BLOCK, parse_struct},
    {TK_reducer, D_REDUCER, parse_reducer}, {TK_fn, D_FN, parse_fn}, {TK_kernel, D_KERNEL, parse_kernel}};

static void parse_decl(Parser *p)
{
    KModule *m = p->m;
    Decl *d = parse_alloc(p, sizeof *d);
    d->ordered = parse_word(p, "ordered") && parse_peek(p)->kind == TK_reducer;
    if (d->ordered)
        parse_next(p);
    size_t i = 0, n = sizeof decl_of / sizeof *decl_of;
    while (i < n && decl_of[i].tok != p->tok.kind)
        i++;
    if (i == n)
        diag_fail(p->d, p->tok.pos, "expected a declaration, found '%.*s'", (int)(p->tok.n < 60 ? p->tok.n : 60), p->lex.text + p->tok.off);
    parse_next(p);
    d->kind = decl_of[i].kind;
    d->other_slot = -1;
    d->name = parse_name(p, &d->pos);
    decl_of[i].parse(p, d);
    d->order = (unsigned)m->n_decls + (m->base ? 1u << 24 : 0); /* behind all of the base */
    m->decls = arena_grow(m->a, m->decls, m->n_decls, &m->cap_decls, Decl *);
    if (!m->decls)
        diag_oom(p->d);
    m->decls[m->n_decls++] = d;
}

void parse_module(KModule *m, Diag *d)
{
    for (size_t i = m->own_src; i < m->n_src; i++) {
        Parser p = {.m = m, .d = d, .lex = {m, d, m->src[i].text, 0, (uint32_t)m->src[i].n, 1, 0, (uint16_t)i}};
        parse_next(&p);
        while (p.tok.kind != TK_EOF)
            parse_decl(&p);
    }
}

/* Copies the sources: messages show their lines as long as the module lives. */
static bool copy_sources(KModule *m, const KSource *src, size_t n)
{
    const KModule *b = m->base;
    m->own_src = b ? b->n_src : 0;
    m->src = arena_array(m->a, KSource, m->own_src + n);
    if (!m->src)
        return false;
    for (size_t i = 0; i < m->own_src; i++)
        m->src[i] = b->src[i];
    for (size_t i = 0; i < n; i++) {
        KSource *to = &m->src[m->own_src + i];
        *to = (KSource){arena_strdup(m->a, src[i].file), arena_strndup(m->a, src[i].text, src[i].n), src[i].n};
        if (!to->file || !to->text)
            return false;
    }
    m->n_src = m->own_src + n;
    return true;
}

static SpmlCode parse_sources(const KModule *base, const KSource *src, size_t n, Arena *a, KModule **out, Error *err)
{
    KModule *m = arena_new(a, KModule);
    Diag *d = arena_new(a, Diag);
    Error *own = err ? err : arena_new(a, Error); /* the jump needs one */
    if (!m || !d || !own)
        return error_oom(err);
    for (size_t i = 0; i < n; i++)
        if (src[i].n > UINT32_MAX / 2 || n > UINT16_MAX / 2)
            return error_set(err, SPML_DATA, "kernel-syntax", "%s: too large", src[i].file);
    m->a = a;
    m->base = base;
    *d = (Diag){.m = m, .err = own, .code = SPML_DATA, .key = "kernel-syntax"};
    if (setjmp(d->jump))
        return d->code;
    if (!copy_sources(m, src, n))
        diag_oom(d);
    parse_module(m, d);
    check_module(m, d);
    inst_consts(m, d);
    *out = m;
    return SPML_OK;
}

SpmlCode kir_parse(const KSource *src, size_t n, Arena *a, KModule **out, Error *err)
{
    return parse_sources(NULL, src, n, a, out, err);
}

SpmlCode kir_parse_text(const KModule *base, const char *text, Arena *a, KModule **out, Error *err)
{
    KSource s = {"region", text, strlen(text)};
    return parse_sources(base, &s, 1, a, out, err);
}
