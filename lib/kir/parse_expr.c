/* SPDX-License-Identifier: MIT
 * kir front end: expressions, types and axes (section 10). Recursion is capped at KPARSE_DEPTH, and so is the depth of a tree, so that
 * later passes may recurse over it. Marks what is made of literals only (it takes its type from outside) and what holds packs. */
#include "kir/ast.h"

#include <string.h>

void *parse_alloc(Parser *p, size_t n)
{
    void *r = arena_alloc(p->m->a, n, 16);
    if (!r)
        diag_oom(p->d);
    return r;
}

void list_add(Parser *p, PtrList *l, void *x)
{
    l->p = arena_grow(p->m->a, l->p, l->n, &l->cap, void *);
    if (!l->p)
        diag_oom(p->d);
    l->p[l->n++] = x;
}

void parse_next(Parser *p)
{
    p->prev_end = p->tok.off + p->tok.n;
    if (p->has_ahead) {
        p->tok = p->ahead;
        p->has_ahead = false;
    } else {
        lex_next(&p->lex, &p->tok);
    }
}

const Token *parse_peek(Parser *p)
{
    if (!p->has_ahead)
        lex_next(&p->lex, &p->ahead);
    p->has_ahead = true;
    return &p->ahead;
}

bool parse_accept(Parser *p, TokKind k)
{
    if (p->tok.kind != k)
        return false;
    parse_next(p);
    return true;
}

static _Noreturn void expected(Parser *p, const char *what)
{
    const Token *t = &p->tok;
    if (t->kind == TK_EOF)
        diag_fail(p->d, t->pos, "expected %s, found end of file", what);
    int n = t->n < 60 ? (int)t->n : 60;
    diag_fail(p->d, t->pos, "expected %s, found '%.*s'", what, n, p->lex.text + t->off);
}

void parse_expect(Parser *p, TokKind k)
{
    if (!parse_accept(p, k))
        expected(p, tok_text(k));
}

const char *parse_name(Parser *p, Pos *pos)
{
    if (p->tok.kind != TK_NAME) {
        if (p->tok.kind >= TK_const && p->tok.kind <= TK_nan)
            diag_fail(p->d, p->tok.pos, "'%s' is a keyword", p->tok.name);
        expected(p, "a name");
    }
    const char *s = p->tok.name;
    if (pos)
        *pos = p->tok.pos;
    parse_next(p);
    return s;
}

bool parse_word(Parser *p, const char *word) { return p->tok.kind == TK_NAME && !strcmp(p->tok.name, word); }

void parse_enter(Parser *p)
{
    if (++p->depth > KPARSE_DEPTH)
        diag_fail(p->d, p->tok.pos, "nested deeper than %d levels", KPARSE_DEPTH);
}

TypeRef *parse_type(Parser *p)
{
    parse_enter(p);
    TypeRef *t = parse_alloc(p, sizeof *t);
    t->name = parse_name(p, &t->pos);
    if (p->tok.kind == TK_LPAREN && (!strcmp(t->name, "acc") || !strcmp(t->name, "bits"))) {
        parse_next(p);
        t->kind = t->name[0] == 'a' ? TREF_ACC : TREF_BITS;
        t->arg = parse_type(p);
        parse_expect(p, TK_RPAREN);
    }
    p->depth--;
    return t;
}

/* ── nodes ── */

static Expr *node(Parser *p, ExprKind kind, const Token *t)
{
    Expr *e = parse_alloc(p, sizeof *e);
    e->kind = kind;
    e->pos = t->pos;
    e->off = t->off;
    e->file = t->pos.file;
    e->slot = -1;
    e->depth = 1;
    return e;
}

/* Notes that c is a child of e; every node passes here once per child. */
static void child(Parser *p, Expr *e, const Expr *c, bool packs)
{
    if (!c)
        return;
    if (c->depth >= e->depth)
        e->depth = (uint16_t)(c->depth + 1);
    if (e->depth > KPARSE_DEPTH)
        diag_fail(p->d, c->pos, "nested deeper than %d levels", KPARSE_DEPTH);
    e->has_pack |= packs && c->has_pack;
}

static void children(Parser *p, Expr *e, bool packs)
{
    for (unsigned i = 0; i < e->n_args; i++)
        child(p, e, e->args[i], packs);
}

static Expr *done(Parser *p, Expr *e)
{
    e->len = p->prev_end - e->off;
    return e;
}

static LitKind lit_join(const Expr *a, const Expr *b) /* of an operator on a and b */
{
    if (!a->lit || !b->lit)
        return LIT_NO;
    return a->lit == LIT_FLOAT || b->lit == LIT_FLOAT ? LIT_FLOAT : LIT_INT;
}

static Expr **parse_items(Parser *p, TokKind close, unsigned *n) /* up to close */
{
    PtrList l = {0};
    if (p->tok.kind != close)
        do
            list_add(p, &l, parse_expr(p));
        while (parse_accept(p, TK_COMMA));
    *n = (unsigned)l.n;
    return (Expr **)l.p;
}

Expr **parse_list(Parser *p, TokKind close, unsigned *n)
{
    Expr **e = parse_items(p, close, n);
    parse_expect(p, close);
    return e;
}

static Expr *parse_binary(Parser *p, int level);
static Expr *parse_unary(Parser *p);
enum { LEVEL_ADD = 8, LEVEL_MUL = 9 };

/* ── axes ── */

static const char *upper_name(Parser *p, const char *s)
{
    char buf[64];
    size_t n = strlen(s);
    if (n > sizeof buf)
        return NULL;
    for (size_t i = 0; i < n; i++)
        buf[i] = s[i] >= 'a' && s[i] <= 'z' ? (char)(s[i] - 32) : s[i];
    const char *u = module_intern(p->m, buf, n);
    if (!u)
        diag_oom(p->d);
    return u;
}

static void parse_axis(Parser *p, Axis *x)
{
    *x = (Axis){.slot = -1, .reopen = -1, .dim = -1};
    x->name = parse_name(p, &x->pos);
    x->pack = parse_accept(p, TK_ELLIPSIS);
    if (!x->pack && parse_accept(p, TK_LT)) {
        x->hi = parse_binary(p, LEVEL_ADD);
    } else if (!x->pack && parse_accept(p, TK_in)) {
        x->lo = parse_binary(p, LEVEL_ADD);
        parse_expect(p, TK_DOTDOT);
        x->hi = parse_binary(p, LEVEL_ADD);
    }
    if (!x->hi && !(x->upper = upper_name(p, x->name)))
        diag_fail(p->d, x->pos, "axis '%.20s…' has too long a name", x->name);
    if (!x->pack && parse_accept(p, TK_by))
        x->by = parse_binary(p, LEVEL_ADD);
}

Axis *parse_axes(Parser *p, unsigned *n)
{
    Axis tmp[KIR_MAX_AXES];
    unsigned k = 0;
    do {
        if (k == KIR_MAX_AXES)
            diag_fail(p->d, p->tok.pos, "more than %d axes", KIR_MAX_AXES);
        parse_axis(p, &tmp[k++]);
    } while (parse_accept(p, TK_COMMA));
    Axis *x = parse_alloc(p, k * sizeof *x);
    memcpy(x, tmp, k * sizeof *x);
    *n = k;
    return x;
}

/* ── primary and postfix ── */

static Expr *parse_number(Parser *p)
{
    const Token t = p->tok;
    Expr *e = node(p, t.kind == TK_INT ? EX_INT : t.kind == TK_true || t.kind == TK_false ? EX_BOOL : EX_FLOAT, &t);
    e->ival = t.kind == TK_true ? 1 : t.ival;
    e->fval = t.kind == TK_inf ? __builtin_inf() : t.kind == TK_nan ? __builtin_nan("") : t.fval;
    e->lit = e->kind == EX_INT ? LIT_INT : e->kind == EX_FLOAT ? LIT_FLOAT : LIT_NO;
    parse_next(p);
    return done(p, e);
}

static bool takes_type(int b) { return b == BI_bitcast || b == BI_sat || b == BI_lowest || b == BI_highest; }

static void parse_over(Parser *p, Expr *e)
{
    e->kind = EX_REDUCE;
    e->axes = parse_axes(p, &e->n_axes);
    if (parse_accept(p, TK_if))
        e->guard = parse_expr(p);
    if (parse_accept(p, TK_from))
        e->from = parse_expr(p);
    for (unsigned i = 0; i < e->n_axes; i++) {
        child(p, e, e->axes[i].lo, false);
        child(p, e, e->axes[i].hi, false);
    }
    child(p, e, e->guard, false);
    child(p, e, e->from, false);
}

static void call_literal(Expr *e) /* min, max, abs of literals are literals */
{
    int b = builtin_find(e->name);
    if (e->kind != EX_CALL || (b != BI_min && b != BI_max && b != BI_abs) || !e->n_args)
        return;
    e->lit = e->args[0]->lit;
    for (unsigned i = 1; i < e->n_args; i++)
        e->lit = lit_join(e->args[0], e->args[i]);
}

/* After id "(" : arguments, or items over axes. */
static Expr *parse_call(Parser *p, const Token *t)
{
    Expr *e = node(p, EX_CALL, t);
    e->name = t->name;
    bool more = true;
    if (takes_type(builtin_find(e->name))) {
        e->type = parse_type(p);
        more = parse_accept(p, TK_COMMA);
    }
    if (more)
        e->args = parse_items(p, TK_RPAREN, &e->n_args);
    bool over = e->n_args && parse_accept(p, TK_over);
    children(p, e, !over);
    if (over)
        parse_over(p, e);
    parse_expect(p, TK_RPAREN);
    call_literal(e);
    return done(p, e);
}

static Expr *parse_primary(Parser *p)
{
    const Token t = p->tok;
    switch (t.kind) {
    case TK_INT: case TK_FLOAT: case TK_true: case TK_false: case TK_inf: case TK_nan:
        return parse_number(p);
    case TK_LPAREN: {
        parse_next(p);
        Expr *e = parse_expr(p);
        parse_expect(p, TK_RPAREN);
        e->off = t.off;
        return done(p, e);
    }
    case TK_NAME:
        break;
    default:
        if (t.kind >= TK_const && t.kind <= TK_nan)
            diag_fail(p->d, t.pos, "'%s' is a keyword", t.name);
        expected(p, "an expression");
    }
    parse_next(p);
    if (parse_accept(p, TK_LPAREN))
        return parse_call(p, &t);
    Expr *e = node(p, parse_accept(p, TK_ELLIPSIS) ? EX_PACK : EX_NAME, &t);
    e->name = t.name;
    e->has_pack = e->kind == EX_PACK;
    return done(p, e);
}

Expr *parse_postfix(Parser *p)
{
    const Token first = p->tok;
    Expr *e = parse_primary(p);
    while (p->tok.kind == TK_LBRACKET || p->tok.kind == TK_DOT) {
        bool index = p->tok.kind == TK_LBRACKET;
        Expr *x = node(p, index ? EX_INDEX : EX_FIELD, &first);
        parse_next(p);
        x->a = e;
        child(p, x, e, true);
        if (index)
            x->args = parse_list(p, TK_RBRACKET, &x->n_args);
        else
            x->name = parse_name(p, &x->pos);
        children(p, x, false);
        e = done(p, x);
    }
    if ((e->kind == EX_INDEX || e->kind == EX_FIELD) && e->off == first.off && !e->els && parse_accept(p, TK_else)) {
        e->els = parse_unary(p);
        child(p, e, e->els, false);
    }
    return e;
}

/* ── operators ── */

static Expr *parse_unary(Parser *p)
{
    const Token t = p->tok;
    parse_enter(p); /* every cycle of the grammar of expressions passes here */
    if (t.kind != TK_MINUS && t.kind != TK_NOT && t.kind != TK_TILDE) {
        Expr *x = parse_postfix(p);
        p->depth--;
        return x;
    }
    parse_next(p);
    Expr *e = node(p, EX_UNARY, &t);
    e->op = t.kind;
    e->a = parse_unary(p);
    child(p, e, e->a, true);
    e->lit = t.kind == TK_NOT ? LIT_NO : e->a->lit;
    p->depth--;
    return done(p, e);
}

static const uint8_t level_of[TK_COUNT] = {
    [TK_OROR] = 1, [TK_ANDAND] = 2, [TK_OR] = 3, [TK_XOR] = 4, [TK_AND] = 5, [TK_EQ] = 6, [TK_NE] = 6, [TK_LT] = 7, [TK_LE] = 7, [TK_GT] = 7,
    [TK_GE] = 7, [TK_SHL] = 8, [TK_SHR] = 8, [TK_PLUS] = 9, [TK_MINUS] = 9, [TK_STAR] = 10, [TK_SLASH] = 10, [TK_PERCENT] = 10};

static LitKind binary_literal(const Expr *e)
{
    unsigned l = level_of[e->op];
    if (l == 1 || l == 2 || l == 6 || l == 7)
        return LIT_NO; /* gives bool */
    return l == 8 ? (e->b->lit ? e->a->lit : LIT_NO) : lit_join(e->a, e->b);
}

/* Operators that bind tighter than level, left-associative. */
static Expr *parse_binary(Parser *p, int level)
{
    Expr *e = parse_unary(p);
    while (level_of[p->tok.kind] > level) {
        const Token t = p->tok;
        parse_next(p);
        Expr *x = node(p, EX_BINARY, &t);
        x->op = t.kind;
        x->off = e->off;
        x->a = e;
        x->b = parse_binary(p, level_of[t.kind]);
        child(p, x, x->a, true);
        child(p, x, x->b, true);
        x->lit = binary_literal(x);
        e = done(p, x);
    }
    return e;
}

Expr *parse_expr(Parser *p)
{
    parse_enter(p);
    Expr *e = parse_binary(p, 0);
    if (p->tok.kind == TK_QUESTION) {
        Expr *x = node(p, EX_COND, &p->tok);
        x->off = e->off;
        parse_next(p);
        x->a = e;
        x->b = parse_expr(p);
        parse_expect(p, TK_COLON);
        x->c = parse_expr(p);
        child(p, x, x->a, true);
        child(p, x, x->b, true);
        child(p, x, x->c, true);
        x->lit = lit_join(x->b, x->c);
        e = done(p, x);
    }
    p->depth--;
    return e;
}
