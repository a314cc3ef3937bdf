/* SPDX-License-Identifier: MIT
 * ptxsim: function bodies. Declares registers (slots of the warp's file), shared and local variables; resolves labels; inlines calls by reading
 * the callee's text again in a new scope, its parameters bound to the caller's. Storage of a closed scope is used again. */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>

const char *const special_names[S_COUNT] = {
    "%tid.x", "%tid.y", "%tid.z", "%warpid", "%laneid", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y",
    "%nctaid.z", "%nwarpid", "%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge", "%dynamic_smem_size", "%total_smem_size",
};

static uint32_t round_up(uint32_t n, uint32_t to) { return (n + to - 1) / to * to; }

/* ── storage ── */

static uint32_t slot_stride(Type t) { return round_up(type_info[t].size * WARP, SLOT_ALIGN); }

static uint32_t take_regs(Parser *ps, uint32_t bytes)
{
    uint32_t at = ps->regs_top;
    if (bytes > (64u << 20) || at > (64u << 20)) {
        parse_fail(ps, ps->t.line, "too many registers");
        return 0;
    }
    ps->regs_top += bytes;
    if (ps->regs_top > ps->f->regs_size)
        ps->f->regs_size = ps->regs_top;
    return at;
}

uint32_t func_new_reg(Parser *ps, Type t) { return take_regs(ps, slot_stride(t)); }

static uint64_t take_local(Parser *ps, uint64_t size, uint32_t align)
{
    uint32_t at = round_up(ps->local_top, align ? align : 1);
    if (size > (512u << 10) || at > (512u << 10)) {
        parse_fail(ps, ps->t.line, "too much local memory");
        return 0;
    }
    ps->local_top = at + (uint32_t)size;
    if (ps->local_top > ps->f->local_size)
        ps->f->local_size = ps->local_top;
    return at;
}

/* Behind each variable lies a gap that nobody may touch. */
static uint64_t take_shared(Parser *ps, uint64_t size, uint32_t align)
{
    Func *f = ps->f;
    uint32_t at = round_up(f->shared_base, align > 16 ? align : 16);
    if (size > (1u << 20) || at > (1u << 20)) {
        parse_fail(ps, ps->t.line, "too much shared memory");
        return 0;
    }
    uint32_t *gaps = parse_grow(ps, f->gaps, f->n_gaps, sizeof *gaps);
    if (!gaps)
        return 0;
    f->gaps = gaps;
    gaps[f->n_gaps++] = at + (uint32_t)size;
    f->shared_static = round_up(f->shared_static, align ? align : 1) + (uint32_t)size;
    f->shared_base = at + (uint32_t)size + SHARED_GAP;
    return at;
}

/* A constant of all lanes. Dynamic: an address that counts from the start of dynamic shared memory, added in func_compile. */
uint32_t func_const(Parser *ps, uint64_t bits, uint32_t size, bool dynamic)
{
    Func *f = ps->f;
    for (size_t k = 0; k < ps->n_keys; k++)
        if (ps->keys[k].bits == bits && ps->keys[k].size == size && (ps->keys[k].dynamic >= 0) == dynamic)
            return ps->keys[k].off | 1;
    uint32_t bytes = size & ~(1u << 31), need = round_up(bytes * WARP, SLOT_ALIGN);
    if (f->consts_size + need > f->consts_cap) {
        uint32_t cap = f->consts_cap ? 2 * f->consts_cap : 4096;
        uint8_t *p = realloc(f->consts, cap);
        if (!p) {
            parse_fail(ps, ps->t.line, "out of memory");
            return 1;
        }
        f->consts = p;
        f->consts_cap = cap;
    }
    ConstKey *keys = parse_grow(ps, ps->keys, ps->n_keys, sizeof *keys);
    if (!keys)
        return 1;
    ps->keys = keys;
    uint32_t off = f->consts_size;
    keys[ps->n_keys++] = (ConstKey){bits, size, off, dynamic ? (int64_t)bits : -1};
    f->consts_size += need;
    for (int l = 0; l < WARP; l++)
        memcpy(f->consts + off + (uint32_t)l * bytes, &bits, bytes);
    return off | 1;
}

uint32_t func_special(Parser *ps, const char *s, uint32_t n)
{
    for (uint32_t k = 0; k < S_COUNT; k++)
        if (strlen(special_names[k]) == n && !memcmp(special_names[k], s, n)) {
            uint32_t *at = &ps->f->special[k];
            if (*at == NO_SLOT) /* a value of its own: the key is no number a program can write */
                *at = func_const(ps, k, 4 | 1u << 31, false);
            return *at;
        }
    return NO_SLOT;
}

/* ── names ── */

static Symbol *visible(Parser *ps, Symbol *y, const char *s, uint32_t n)
{
    for (; y; y = y->next)
        if (y->n == n && y->scope >= ps->visible && !memcmp(y->name, s, n))
            return y;
    return NULL;
}

Symbol *func_find(Parser *ps, const char *s, uint32_t n, uint32_t *index)
{
    *index = 0;
    Symbol *y = visible(ps, table_find(&ps->locals, s, n), s, n);
    if (y && (y->kind != SY_REG || !y->count))
        return y;
    uint64_t number = 0, scale = 1;
    for (uint32_t k = n; k > 1 && s[k - 1] >= '0' && s[k - 1] <= '9' && scale < 10000000; k--) {
        number += (uint64_t)(s[k - 1] - '0') * scale;
        scale *= 10;
        y = visible(ps, table_find(&ps->locals, s, k - 1), s, k - 1);
        if (y && y->kind == SY_REG && y->count && number < y->count && (s[k - 1] != '0' || k == n)) {
            *index = (uint32_t)number;
            return y;
        }
    }
    return table_find(&ps->globals, s, n);
}

uint64_t func_address(Parser *ps, Symbol *var)
{
    bool module_shared = var->space == SP_SHARED && var->kind == SY_VAR && table_find(&ps->globals, var->name, var->n) == var;
    if (module_shared && !var->dynamic && var->scope != ps->m->n_funcs + 1) {
        var->scope = (uint32_t)ps->m->n_funcs + 1;
        var->addr = take_shared(ps, var->size, var->stride);
    }
    return var->dynamic ? 0 : var->addr;
}

/* ── declarations in a body ── */

static void declare_reg(Parser *ps, const Decl *d)
{
    uint64_t count = 0;
    if (lex_accept(ps, "<")) {
        lex_uint(ps, &count);
        lex_expect(ps, ">");
        if (!count || count > 1000000)
            parse_fail(ps, d->name.line, "bad register count");
    }
    Symbol *y = ps->error ? NULL : table_add(ps, &ps->locals, SY_REG, &d->name);
    if (!y)
        return;
    y->type = d->type;
    y->count = (uint32_t)count;
    y->stride = slot_stride(d->type);
    y->addr = take_regs(ps, y->stride * (uint32_t)(count ? count : 1));
    ps->f->n_regs += (uint32_t)(count ? count : 1);
}

static void declare_var(Parser *ps, const Decl *d, Space space)
{
    Symbol *y = table_add(ps, &ps->locals, SY_VAR, &d->name);
    if (!y)
        return;
    y->type = d->type;
    y->size = d->size;
    y->space = space;
    y->addr = space == SP_SHARED ? take_shared(ps, d->size, d->align) : take_local(ps, d->size, d->align);
}

static void declare(Parser *ps, Space space, bool reg)
{
    Decl d;
    if (!parse_decl_type(ps, &d))
        return;
    if (reg && type_info[d.type].size == 1 && d.type != T_PRED)
        parse_fail(ps, ps->t.line, "8-bit registers are not supported");
    do {
        Decl one = d;
        if (reg) {
            one.name = ps->t;
            if (one.name.kind != TK_IDENT)
                parse_fail(ps, ps->t.line, "expected a register's name");
            lex_next(ps);
            declare_reg(ps, &one);
        } else if (parse_decl_name(ps, &one))
            declare_var(ps, &one, space);
    } while (lex_accept(ps, ","));
    lex_expect(ps, ";");
}

static bool directive(Parser *ps)
{
    if (lex_accept(ps, ".reg"))
        declare(ps, SP_GENERIC, true);
    else if (lex_accept(ps, ".local") || lex_accept(ps, ".param"))
        declare(ps, SP_LOCAL, false);
    else if (lex_accept(ps, ".shared"))
        declare(ps, SP_SHARED, false);
    else if (lex_accept(ps, ".pragma")) {
        lex_next(ps);
        lex_expect(ps, ";");
    } else if (tok_is(&ps->t, ".loc") || tok_is(&ps->t, ".file")) {
        uint32_t line = ps->t.line;
        while (ps->t.kind != TK_END && ps->t.line == line)
            lex_next(ps);
    } else
        return false;
    return true;
}

/* ── code ── */

Inst *func_emit(Parser *ps, uint32_t line)
{
    Func *f = ps->f;
    if (f->n_code >= MAX_CODE) {
        parse_fail(ps, line, "function too long");
        return NULL;
    }
    Inst *p = parse_grow(ps, f->code, f->n_code, sizeof *p);
    if (!p)
        return NULL;
    f->code = p;
    p += f->n_code++;
    *p = (Inst){.guard = NO_SLOT, .line = line};
    return p;
}

void func_jump(Parser *ps, Inst *i, const char *s, uint32_t n, uint32_t instance)
{
    Fixup *x = parse_grow(ps, ps->fixups, ps->n_fixups, sizeof *x);
    if (!x)
        return;
    ps->fixups = x;
    x[ps->n_fixups++] = (Fixup){s, n, instance, (uint32_t)(i - ps->f->code), i->line};
}

static void add_label(Parser *ps, const char *s, uint32_t n, uint32_t instance)
{
    for (size_t k = 0; k < ps->n_labels && n; k++)
        if (ps->labels[k].n == n && ps->labels[k].instance == instance && !memcmp(ps->labels[k].s, s, n))
            parse_fail(ps, ps->t.line, "label '%.*s' is there twice", (int)n, s);
    Label *x = ps->error ? NULL : parse_grow(ps, ps->labels, ps->n_labels, sizeof *x);
    if (!x)
        return;
    ps->labels = x;
    x[ps->n_labels++] = (Label){s, n, instance, ps->f->n_code};
}

static void resolve(Parser *ps)
{
    for (size_t k = 0; k < ps->n_fixups && !ps->error; k++) {
        const Fixup *x = &ps->fixups[k];
        bool found = false;
        for (size_t j = 0; j < ps->n_labels && !found; j++) {
            const Label *l = &ps->labels[j];
            found = l->n == x->n && l->instance == x->instance && !memcmp(l->s, x->s, x->n);
            if (found)
                ps->f->code[x->inst].target = l->pc;
        }
        if (!found)
            parse_fail(ps, x->line, "no label '%.*s'", (int)x->n, x->s);
    }
    ps->n_labels = ps->n_fixups = 0;
}

/* ── scopes and calls ── */

static bool push_scope(Parser *ps)
{
    if (ps->scope + 1 >= MAX_SCOPES) {
        parse_fail(ps, ps->t.line, "blocks nested too deeply");
        return false;
    }
    ps->scope++;
    ps->regs_mark[ps->scope] = ps->regs_top;
    ps->local_mark[ps->scope] = ps->local_top;
    return true;
}

static void pop_scope(Parser *ps)
{
    ps->regs_top = ps->regs_mark[ps->scope];
    ps->local_top = ps->local_mark[ps->scope];
    ps->scope--;
    table_pop(&ps->locals, ps->scope);
}

static void body(Parser *ps);

typedef struct Actuals {
    Token t[64];
    uint32_t n;
} Actuals;

static void actuals(Parser *ps, Actuals *a)
{
    a->n = 0;
    if (!lex_expect(ps, "(") || lex_accept(ps, ")"))
        return;
    do {
        if (a->n == 64 || ps->t.kind != TK_IDENT) {
            parse_fail(ps, ps->t.line, "call: expected a register or .param variable at '%.*s'", (int)ps->t.n, ps->t.s);
            return;
        }
        a->t[a->n++] = ps->t;
        lex_next(ps);
    } while (lex_accept(ps, ","));
    lex_expect(ps, ")");
}

/* The callee's name for what the caller passes: the same storage for .param, a new register for .reg. */
static void bind(Parser *ps, const Formal *f, const Token *actual, uint32_t caller_visible, bool copy_in)
{
    uint32_t index, at = ps->visible;
    ps->visible = caller_visible;
    Symbol *y = func_find(ps, actual->s, actual->n, &index);
    ps->visible = at;
    if (!y || (y->kind == SY_REG) != f->reg || (y->kind == SY_VAR && (y->space != SP_LOCAL || y->size < f->size)) ||
        (y->kind == SY_REG && type_info[y->type].size != type_info[f->type].size)) {
        parse_fail(ps, actual->line, "call: '%.*s' does not fit parameter '%.*s'", (int)actual->n, actual->s, (int)f->name.n, f->name.s);
        return;
    }
    uint64_t from = y->addr + (uint64_t)index * y->stride;
    Symbol *z = table_add(ps, &ps->locals, y->kind, &f->name);
    if (!z)
        return;
    z->type = f->type;
    z->space = SP_LOCAL;
    z->size = f->size;
    z->stride = slot_stride(f->type);
    z->addr = f->reg ? func_new_reg(ps, f->type) : from;
    if (f->reg && copy_in)
        decode_move(ps, f->type, (uint32_t)z->addr, (uint32_t)from, actual->line);
}

static void copy_out(Parser *ps, const Formal *f, const Token *actual, uint32_t caller_visible)
{
    uint32_t index, at = ps->visible;
    Symbol *z = func_find(ps, f->name.s, f->name.n, &index);
    uint32_t from = z ? (uint32_t)z->addr : 0;
    ps->visible = caller_visible;
    Symbol *y = func_find(ps, actual->s, actual->n, &index);
    ps->visible = at;
    if (f->reg && y && z)
        decode_move(ps, f->type, (uint32_t)(y->addr + (uint64_t)index * y->stride), from, actual->line);
}

static void inline_body(Parser *ps, const FuncText *t, const Actuals *out, const Actuals *in, uint32_t instance)
{
    uint32_t was_visible = ps->visible, was_instance = ps->instance, line = ps->line;
    const char *p = ps->p;
    Token tok = ps->t;
    if (!push_scope(ps))
        return;
    ps->depth++;
    ps->visible = ps->scope;
    ps->instance = instance;
    for (uint32_t k = 0; k < t->n_in && !ps->error; k++)
        bind(ps, &t->in[k], &in->t[k], was_visible, true);
    for (uint32_t k = 0; k < t->n_out && !ps->error; k++)
        bind(ps, &t->out[k], &out->t[k], was_visible, false);
    lex_goto(ps, t->body, t->body_line);
    body(ps);
    add_label(ps, "", 0, instance);
    for (uint32_t k = 0; k < t->n_out && !ps->error; k++)
        copy_out(ps, &t->out[k], &out->t[k], was_visible);
    pop_scope(ps);
    ps->depth--;
    ps->visible = was_visible;
    ps->instance = was_instance;
    if (!ps->error) {
        ps->p = p;
        ps->line = line;
        ps->t = tok;
    }
}

/* call[.uni] [(results),] name [, (arguments)]; a guard becomes a jump around it. */
static void call(Parser *ps, uint32_t guard, bool guard_neg)
{
    Actuals out = {.n = 0}, in = {.n = 0};
    uint32_t line = ps->t.line, instance = ++ps->n_instances;
    lex_next(ps);
    if (tok_is(&ps->t, "(")) {
        actuals(ps, &out);
        lex_expect(ps, ",");
    }
    Token name = ps->t;
    const FuncText *t = parse_find_func(ps, name.s, name.n);
    lex_next(ps);
    if (lex_accept(ps, ","))
        actuals(ps, &in);
    lex_expect(ps, ";");
    if (!t || !t->defined || t->entry)
        parse_fail(ps, line, "call: function '%.*s' has no body here (indirect calls and linking are not supported)", (int)name.n, name.s);
    else if (in.n != t->n_in || out.n != t->n_out)
        parse_fail(ps, line, "call: '%.*s' takes %u and gives %u values", (int)name.n, name.s, t->n_in, t->n_out);
    else if (ps->depth >= MAX_INLINE)
        parse_fail(ps, line, "call: nested more than %d deep (recursion is not supported)", MAX_INLINE);
    if (ps->error)
        return;
    uint32_t skip = ++ps->n_instances;
    if (guard != NO_SLOT)
        decode_branch(ps, "", 0, skip, line, guard, !guard_neg);
    inline_body(ps, t, &out, &in, instance);
    add_label(ps, "", 0, skip);
}

static void statement(Parser *ps)
{
    uint32_t guard = NO_SLOT, index;
    bool neg = false;
    if (lex_accept(ps, "@")) {
        neg = lex_accept(ps, "!");
        Symbol *y = func_find(ps, ps->t.s, ps->t.n, &index);
        if (!y || y->kind != SY_REG || y->type != T_PRED)
            parse_fail(ps, ps->t.line, "'%.*s' is not a predicate", (int)ps->t.n, ps->t.s);
        else
            guard = (uint32_t)y->addr + index * y->stride;
        lex_next(ps);
    }
    Token t = ps->t;
    if (t.kind != TK_IDENT) {
        parse_fail(ps, t.line, "expected an instruction at '%.*s'", (int)t.n, t.s);
        return;
    }
    const char *after = ps->p;
    while (after < ps->end && (*after == ' ' || *after == '\t'))
        after++;
    if (guard == NO_SLOT && after < ps->end && *after == ':') {
        add_label(ps, t.s, t.n, ps->instance);
        lex_next(ps);
        lex_next(ps);
    } else if (tok_is(&t, "call") || tok_is(&t, "call.uni"))
        call(ps, guard, neg);
    else if (ps->depth && (tok_is(&t, "ret") || tok_is(&t, "ret.uni"))) {
        lex_next(ps);
        lex_expect(ps, ";");
        decode_branch(ps, "", 0, ps->instance, t.line, guard, neg);
    } else
        decode_inst(ps, guard, neg);
}

/* Behind the opening brace; ends behind the closing one. */
static void body(Parser *ps)
{
    uint32_t outer = ps->scope;
    if (!push_scope(ps))
        return;
    while (ps->t.kind != TK_END && ps->scope > outer) {
        if (tok_is(&ps->t, "{"))
            push_scope(ps), lex_next(ps);
        else if (tok_is(&ps->t, "}")) {
            pop_scope(ps);
            if (ps->scope > outer)
                lex_next(ps);
        } else if (ps->t.kind != TK_DIRECTIVE)
            statement(ps);
        else if (!directive(ps))
            parse_fail(ps, ps->t.line, "directive '%.*s' is not supported here", (int)ps->t.n, ps->t.s);
    }
    if (ps->scope > outer)
        parse_fail(ps, ps->line, "no matching }");
    else if (ps->scope == 0)
        lex_next(ps);
}

/* ── a kernel ── */

static void entry_params(Parser *ps, const FuncText *t)
{
    Func *f = ps->f;
    f->params = calloc(t->n_in ? t->n_in : 1, sizeof *f->params);
    for (uint32_t k = 0; k < t->n_in && f->params && !ps->error; k++) {
        const Formal *a = &t->in[k];
        Symbol *y = a->reg ? NULL : table_add(ps, &ps->locals, SY_VAR, &a->name);
        if (!y) {
            parse_fail(ps, a->name.line, "kernel parameters are .param variables");
            return;
        }
        uint32_t at = round_up(f->params_size, a->align ? a->align : 1);
        y->space = SP_PARAM;
        y->addr = at;
        y->size = a->size;
        f->params[f->n_params++] = (Param){strndup(a->name.s, a->name.n), at, a->size, a->align};
        f->params_size = at + a->size;
    }
    if (f->params_size > 32764 || (f->params_size > 4352 && (ps->m->version < 81 || ps->m->sm < 70)))
        parse_fail(ps, t->name.line, "parameters are larger than 4,352 bytes");
}

static void finish(Parser *ps)
{
    Func *f = ps->f;
    Token end = {.kind = TK_IDENT, .s = "exit", .n = 4, .line = ps->line};
    const char *p = ps->p;
    Token was = ps->t;
    ps->t = end;
    static const char semicolon[] = ";";
    const char *last = ps->end;
    ps->p = semicolon;
    ps->end = semicolon + 1;
    decode_inst(ps, NO_SLOT, false);
    if (!ps->error) {
        ps->p = p;
        ps->t = was;
    }
    ps->end = last;
    resolve(ps);
    f->shared_base = round_up(f->shared_base, 128);
    for (size_t k = 0; k < ps->n_keys; k++)
        if (ps->keys[k].dynamic >= 0) {
            uint64_t at = (uint64_t)ps->keys[k].dynamic + f->shared_base;
            for (uint32_t l = 0; l < WARP; l++)
                memcpy(f->consts + ps->keys[k].off + l * ps->keys[k].size, &at, ps->keys[k].size);
        }
}

static bool start(Parser *ps, const FuncText *t)
{
    Func **all = parse_grow(ps, ps->m->funcs, ps->m->n_funcs, sizeof *all);
    Func *f = all ? calloc(1, sizeof *f) : NULL;
    if (all)
        ps->m->funcs = all;
    if (!f) {
        parse_fail(ps, t->name.line, "out of memory");
        return false;
    }
    ps->f = f;
    f->mod = ps->m;
    f->name = strndup(t->name.s, t->name.n);
    memcpy(f->reqntid, t->reqntid, sizeof f->reqntid);
    f->maxntid = t->maxntid;
    f->max_dynamic = 48 << 10;
    ps->scope = ps->visible = ps->instance = ps->n_instances = ps->depth = 0;
    ps->regs_top = ps->local_top = 0;
    ps->n_labels = ps->n_fixups = ps->n_keys = 0;
    for (uint32_t k = 0; k < S_COUNT; k++)
        f->special[k] = k < S_WARP_END ? func_new_reg(ps, T_U32) : NO_SLOT;
    return true;
}

bool func_compile(Parser *ps, const FuncText *t)
{
    if (!start(ps, t))
        return false;
    Func *f = ps->f;
    entry_params(ps, t);
    if (!ps->error) {
        lex_goto(ps, t->body, t->body_line);
        body(ps);
    }
    if (!ps->error)
        finish(ps);
    table_clear(&ps->locals);
    ps->m->funcs[ps->m->n_funcs] = f;
    ps->m->n_funcs++;
    if (!ps->error && f->shared_static > (48u << 10))
        parse_fail(ps, t->name.line, "'%s' uses %u bytes of static shared memory, 49,152 are allowed", f->name, f->shared_static);
    return !ps->error;
}
