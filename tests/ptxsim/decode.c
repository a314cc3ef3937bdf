/* SPDX-License-Identifier: MIT
 * ptxsim: one instruction's text to an Inst. The mnemonic selects rows (OpRow) by modifiers and types; the first row whose form takes the operands
 * wins. A form lists operands, separated by blanks:
 *   [=][?][~] KIND [COUNT] [|]     = destination, ? may be absent, ~ the register may be wider than the type (ld, st, cvt)
 *   KIND 0 1 2 3: of that type suffix; x: twice as wide as type 0; h w q: 16, 32, 64 bits; p predicate; m memory; l label; i integer
 *   COUNT 2 4: braces with that many; v: as many as .v2 or .v4 says;  | a second destination predicate may follow
 * Refused here, with the line: unknown instructions and forms, operands that do not fit, instructions newer than .target or .version. */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>

typedef enum RawKind { RAW_NONE, RAW_REG, RAW_NUMBER, RAW_VAR, RAW_MEM, RAW_VECTOR, RAW_NAME, RAW_SINK } RawKind;
typedef struct Raw {
    RawKind kind;
    bool neg;
    Type type;
    uint32_t slot, line;
    Symbol *var;
    Number num;
    int64_t off;
    Token name;
    uint8_t first, n; /* vector elements in the pool */
    uint8_t second;   /* p|q: the pool index of q, 0: none */
} Raw;
typedef struct Operands {
    Raw raw[MAX_RAW];
    uint8_t list[MAX_OPERANDS]; /* top-level operands */
    uint32_t n, n_raw;
} Operands;

typedef struct Mnemonic {
    Token t, op;
    ModSet mods;
    uint8_t type[4];
    uint32_t n_types;
} Mnemonic;

/* ── the rows, indexed by their first word ── */

typedef struct Row {
    const OpRow *row;
    ModSet need, may, any[3];
    uint32_t n_any;
    struct Row *next;
} Row;
static Row *row_index[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t row_hash(const char *s, uint32_t n)
{
    uint32_t h = 0;
    for (uint32_t k = 0; k < n; k++)
        h = h * 31 + (unsigned char)s[k];
    return h % 256;
}

/* Adds the words of s; a|b|c is a choice of exactly one. */
static void mod_words(Row *r, ModSet *set, const char *s)
{
    while (*s) {
        size_t n = strcspn(s, " ");
        ModSet *to = memchr(s, '|', n) && r->n_any < 3 ? &r->any[r->n_any++] : set;
        for (const char *p = s; p < s + n;) {
            size_t m = strcspn(p, " |");
            int id = mod_find(p, m);
            if (id < 0)
                fprintf(stderr, "ptxsim: row %s: no modifier %.*s\n", r->row->op, (int)m, p);
            else
                mod_add(to, (Mod)id);
            p += m + 1;
        }
        s += n + (s[n] == ' ');
    }
}

static void build_index(void)
{
    Row **tail[256];
    for (int k = 0; k < 256; k++)
        tail[k] = &row_index[k];
    for (const OpRow *const *t = op_tables(); *t; t++)
        for (const OpRow *o = *t; o->op; o++) {
            Row *r = calloc(1, sizeof *r);
            if (!r)
                return;
            r->row = o;
            mod_words(r, &r->need, o->need);
            mod_words(r, &r->may, o->may);
            uint32_t h = row_hash(o->op, (uint32_t)strlen(o->op));
            *tail[h] = r;
            tail[h] = &r->next;
        }
}

static bool mods_fit(const Row *r, const ModSet *have)
{
    ModSet left = *have;
    for (int k = 0; k < 3; k++) {
        if (r->need.bits[k] & ~have->bits[k])
            return false;
        left.bits[k] &= ~(r->need.bits[k] | r->may.bits[k]);
    }
    for (uint32_t a = 0; a < r->n_any; a++) {
        int count = 0;
        for (int k = 0; k < 3; k++) {
            count += __builtin_popcountll(have->bits[k] & r->any[a].bits[k]);
            left.bits[k] &= ~r->any[a].bits[k];
        }
        if (count != 1)
            return false;
    }
    return !(left.bits[0] | left.bits[1] | left.bits[2]);
}

static bool types_fit(const char *pattern, const Mnemonic *m)
{
    uint32_t k = 0;
    for (; *pattern; k++) {
        size_t n = strcspn(pattern, ".");
        bool ok = false;
        for (const char *p = pattern; p < pattern + n && k < m->n_types;) {
            size_t len = strcspn(p, "|.");
            ok |= type_find(p, len) == (Type)m->type[k];
            p += len + 1;
        }
        if (!ok)
            return false;
        pattern += n + (pattern[n] == '.');
    }
    return k == m->n_types;
}

/* ── operands as written ── */

static Raw *raw_new(Parser *ps, Operands *o)
{
    if (o->n_raw == MAX_RAW) {
        parse_fail(ps, ps->t.line, "too many operands");
        return NULL;
    }
    Raw *r = &o->raw[o->n_raw++];
    *r = (Raw){.line = ps->t.line};
    return r;
}

static void raw_name(Parser *ps, Raw *r)
{
    uint32_t index;
    Token t = ps->t;
    lex_next(ps);
    r->name = t;
    if (tok_is(&t, "_")) {
        r->kind = RAW_SINK;
        return;
    }
    if (tok_is(&t, "WARP_SZ")) {
        r->kind = RAW_NUMBER;
        r->num.bits = WARP;
        return;
    }
    Symbol *y = func_find(ps, t.s, t.n, &index);
    uint32_t special = y ? NO_SLOT : func_special(ps, t.s, t.n);
    if (special != NO_SLOT) {
        r->kind = RAW_REG;
        r->type = T_U32;
        r->slot = special;
    } else if (y && y->kind == SY_REG) {
        r->kind = RAW_REG;
        r->type = y->type;
        r->slot = (uint32_t)y->addr + index * y->stride;
    } else if (y && y->kind == SY_VAR) {
        r->kind = RAW_VAR;
        r->var = y;
        r->slot = 0;
    } else
        r->kind = RAW_NAME;
}

static int raw_operand(Parser *ps, Operands *o, int depth);

static void raw_memory(Parser *ps, Operands *o, Raw *r)
{
    lex_next(ps);
    int k = raw_operand(ps, o, 1);
    if (k < 0)
        return;
    Raw base = o->raw[k];
    int64_t off = 0;
    while (tok_is(&ps->t, "+") || tok_is(&ps->t, "-")) {
        bool plus = lex_accept(ps, "+");
        Number n;
        if (!lex_number(ps, &n))
            return;
        if (n.is_float)
            parse_fail(ps, r->line, "an address offset is an integer");
        off = (int64_t)((uint64_t)off + n.bits);
        (void)plus; /* the sign of a - belongs to the number */
    }
    lex_expect(ps, "]");
    if (base.kind != RAW_REG && base.kind != RAW_VAR && base.kind != RAW_NUMBER)
        parse_fail(ps, r->line, "'%.*s' is no address", (int)base.name.n, base.name.s);
    if (base.kind == RAW_REG && base.type != T_NONE && type_info[base.type].size < 4)
        parse_fail(ps, r->line, "an address register has 32 or 64 bits");
    *r = base;
    r->off = off;
    r->second = (uint8_t)base.kind; /* what the base is */
    r->kind = RAW_MEM;
}

static void raw_vector(Parser *ps, Operands *o, Raw *r)
{
    uint8_t elem[MAX_VECTOR];
    uint32_t n = 0;
    lex_next(ps);
    do {
        int k = n < MAX_VECTOR ? raw_operand(ps, o, 1) : -1;
        if (k < 0) {
            parse_fail(ps, r->line, "bad vector operand");
            return;
        }
        elem[n++] = (uint8_t)k;
    } while (lex_accept(ps, ","));
    lex_expect(ps, "}");
    r->kind = RAW_VECTOR;
    r->n = (uint8_t)n;
    r->first = elem[0];
    for (uint32_t k = 1; k < n; k++)
        if (elem[k] != elem[0] + k)
            parse_fail(ps, r->line, "bad vector operand");
}

/* Returns the index in the pool, -1 on error. Elements of a vector are single, so that they lie beside each other. */
static int raw_operand(Parser *ps, Operands *o, int depth)
{
    Raw *r = raw_new(ps, o);
    if (!r)
        return -1;
    if (depth == 0 && tok_is(&ps->t, "["))
        raw_memory(ps, o, r);
    else if (depth == 0 && tok_is(&ps->t, "{"))
        raw_vector(ps, o, r);
    else {
        r->neg = lex_accept(ps, "!");
        if (ps->t.kind == TK_IDENT)
            raw_name(ps, r);
        else if (lex_number(ps, &r->num))
            r->kind = RAW_NUMBER;
    }
    if (depth == 0 && lex_accept(ps, "|")) {
        int q = raw_operand(ps, o, 1);
        r->second = q > 0 ? (uint8_t)q : 0;
    }
    return ps->error ? -1 : (int)(r - o->raw);
}

static void raw_operands(Parser *ps, Operands *o)
{
    o->n = o->n_raw = 0;
    while (!tok_is(&ps->t, ";") && ps->t.kind != TK_END) {
        int k = o->n < MAX_OPERANDS ? raw_operand(ps, o, 0) : -1;
        if (k < 0) {
            parse_fail(ps, ps->t.line, "bad operand");
            return;
        }
        o->list[o->n++] = (uint8_t)k;
        if (!lex_accept(ps, ","))
            break;
    }
    lex_expect(ps, ";");
}

/* ── fitting operands to a form ── */

typedef struct Fit {
    Parser *ps;
    const Mnemonic *m;
    Operands *o;
    Inst i;
    const Raw *label;
    uint32_t n_memory;
    char why[160];
} Fit;

static bool no(Fit *f, const char *what, const Raw *r)
{
    if (r && r->name.n)
        snprintf(f->why, sizeof f->why, "%s at '%.*s'", what, (int)(r->name.n < 60 ? r->name.n : 60), r->name.s);
    else
        snprintf(f->why, sizeof f->why, "%s", what);
    return false;
}

static bool class_fits(Type reg, Type want)
{
    unsigned a = type_info[reg].cls, b = type_info[want].cls;
    if (a == C_PRED || b == C_PRED)
        return a == b;
    if (a == C_BITS || b == C_BITS)
        return true;
    if (a == C_FLOAT && b == C_FLOAT)
        return reg == want || (type_info[reg].size == 2 && type_info[want].size == 2) || type_info[want].size != type_info[reg].size;
    return (a == C_FLOAT) == (b == C_FLOAT);
}

static bool number_bits(const Number *n, Type t, uint64_t *out)
{
    unsigned size = type_info[t].size, cls = type_info[t].cls;
    *out = n->bits;
    if (!n->is_float) {
        if (size == 8 || cls == C_PRED)
            return true;
        uint64_t limit = (uint64_t)1 << (8 * size);
        *out &= limit - 1;
        int64_t v = (int64_t)n->bits;
        return cls != C_FLOAT && (v < 0 ? -v <= (int64_t)(limit / 2) : n->bits < limit);
    }
    if (size < 4 || (cls != C_FLOAT && cls != C_BITS))
        return false;
    double d;
    float s;
    if (n->single && size == 8) {
        uint32_t b = (uint32_t)n->bits;
        memcpy(&s, &b, 4);
        d = (double)s;
        memcpy(out, &d, 8);
    } else if (!n->single && size == 4) {
        memcpy(&d, &n->bits, 8);
        s = (float)d;
        uint32_t b;
        memcpy(&b, &s, 4);
        *out = b;
    }
    return true;
}

static void push(Fit *f, uint32_t slot, unsigned size)
{
    f->i.o[f->i.n_o] = slot;
    f->i.size[f->i.n_o++] = (uint8_t)size;
}

static bool fit_register(Fit *f, const Raw *r, Type want, bool dst, bool wider)
{
    unsigned have = type_info[r->type].size, size = type_info[want].size;
    if (dst && (r->slot & 1))
        return no(f, "a special register cannot be written", r);
    if (r->neg) {
        if (want != T_PRED || dst)
            return no(f, "! belongs to predicates", r);
        f->i.neg |= (uint8_t)(1u << f->i.n_o);
    }
    if (!class_fits(r->type, want) && !(wider && r->type != T_PRED && want != T_PRED))
        return no(f, "register of another class", r);
    if (wider ? have < size : have != size)
        return no(f, "register of another size", r);
    push(f, r->slot, want == T_PRED ? 0 : have);
    return true;
}

static bool fit_value(Fit *f, const Raw *r, Type want, bool dst, bool wider)
{
    uint64_t bits;
    unsigned size = type_info[want].size;
    if (f->i.n_o == MAX_OPERANDS)
        return no(f, "too many operands", r);
    switch (r->kind) {
    case RAW_REG:
        return fit_register(f, r, want, dst, wider);
    case RAW_SINK:
        if (!dst)
            return no(f, "_ is a destination", r);
        push(f, func_new_reg(f->ps, want), want == T_PRED ? 0 : size);
        return true;
    case RAW_NUMBER:
        if (dst || !number_bits(&r->num, want, &bits))
            return no(f, dst ? "a number cannot be written" : "the number does not fit", r);
        push(f, func_const(f->ps, bits, size, false), want == T_PRED ? 0 : size);
        return true;
    case RAW_VAR:
        if (dst || size < 4 || type_info[want].cls == C_FLOAT || (size == 4 && r->var->space != SP_SHARED))
            return no(f, "an address does not fit", r);
        bits = func_address(f->ps, r->var);
        push(f, func_const(f->ps, bits, size, r->var->dynamic), size);
        f->i.space = r->var->space;
        return true;
    default:
        return no(f, "operand of another kind", r);
    }
}

static bool fit_memory(Fit *f, const Raw *r)
{
    if (r->kind != RAW_MEM)
        return no(f, "expected an address in brackets", r);
    bool async = mod_has(&f->m->mods, M_ASYNC);
    Space have = async && !f->n_memory ? SP_SHARED : (Space)f->i.space;
    *(f->n_memory++ ? &f->i.imm2 : &f->i.imm) = r->off;
    RawKind base = (RawKind)r->second;
    if (base == RAW_REG) {
        if (type_info[r->type].cls == C_FLOAT)
            return no(f, "an address register is no float", r);
        push(f, r->slot, type_info[r->type].size);
    } else if (base == RAW_NUMBER) {
        push(f, func_const(f->ps, r->num.bits, 8, false), 8);
    } else {
        push(f, func_const(f->ps, func_address(f->ps, r->var), 8, r->var->dynamic), 8);
        Space named = r->var->space;
        if (have == SP_PARAM && named == SP_LOCAL)
            f->i.space = SP_LOCAL; /* .param of a call lies in local memory */
        else if (have == SP_GENERIC && named != SP_PARAM)
            f->i.space = named;
        else if (have != named)
            return no(f, "a variable of another state space", r);
    }
    return true;
}

static Type kind_type(const Fit *f, char c)
{
    static const Type wide[T_COUNT] = {[T_U16] = T_U32, [T_S16] = T_S32, [T_U32] = T_U64, [T_S32] = T_S64};
    switch (c) {
    case 'x': return wide[f->m->type[0]];
    case 'h': return T_B16;
    case 'w': return T_B32;
    case 'q': return T_B64;
    case 'p': return T_PRED;
    default: return (Type)f->m->type[c - '0'];
    }
}

static bool fit_vector(Fit *f, const Raw *r, Type want, uint32_t count, bool dst, bool wider)
{
    if (r->kind != RAW_VECTOR || r->n != count)
        return no(f, "expected a vector of another length", r);
    for (uint32_t k = 0; k < count; k++)
        if (!fit_value(f, &f->o->raw[r->first + k], want, dst, wider))
            return false;
    return true;
}

typedef struct Item {
    bool dst, optional, wider, second;
    char kind, count;
} Item;

static const char *next_item(const char *s, Item *it)
{
    *it = (Item){0};
    for (;; s++) {
        if (*s == '=')
            it->dst = true;
        else if (*s == '?')
            it->optional = true;
        else if (*s == '~')
            it->wider = true;
        else
            break;
    }
    it->kind = *s++;
    if (*s == 'v' || (*s >= '1' && *s <= '9'))
        it->count = *s++;
    if (*s == '|') {
        it->second = true;
        s++;
    }
    return s + (*s == ' ');
}

static bool fit_item(Fit *f, const Item *it, const Raw *r)
{
    uint32_t count = it->count == 'v' ? f->i.vec : it->count ? (uint32_t)(it->count - '0') : 1;
    if (it->kind == 'm')
        return fit_memory(f, r);
    if (it->kind == 'l') {
        f->label = r;
        return r->kind == RAW_NAME || no(f, "expected a label", r);
    }
    if (it->kind == 'i') {
        if (r->kind != RAW_NUMBER || r->num.is_float)
            return no(f, "expected an integer constant", r);
        push(f, func_const(f->ps, r->num.bits, 8, false), 8);
        return true;
    }
    Type want = kind_type(f, it->kind);
    bool ok = count > 1 || it->count == '1' ? fit_vector(f, r, want, count, it->dst, it->wider) : fit_value(f, r, want, it->dst, it->wider);
    if (!ok || !it->second) 
        return ok && (r->kind == RAW_MEM || !r->second || no(f, "no second destination here", r));
    if (!r->second)
        push(f, NO_SLOT, 0);
    return !r->second || fit_value(f, &f->o->raw[r->second], T_PRED, true, false);
}

static bool fit_form(Fit *f, const char *form)
{
    uint32_t k = 0;
    while (*form) {
        Item it;
        form = next_item(form, &it);
        if (k < f->o->n) {
            if (!fit_item(f, &it, &f->o->raw[f->o->list[k++]]))
                return false;
        } else if (it.optional)
            push(f, NO_SLOT, 0);
        else
            return no(f, "too few operands", NULL);
    }
    return k == f->o->n || no(f, "too many operands", NULL);
}

/* ── choosing the row ── */

static void split(Parser *ps, Mnemonic *m)
{
    *m = (Mnemonic){.t = ps->t, .op = ps->t};
    const char *s = m->t.s, *end = s + m->t.n, *dot = memchr(s, '.', m->t.n);
    m->op.n = (uint32_t)((dot ? dot : end) - s);
    while (dot) {
        const char *p = dot + 1;
        dot = memchr(p, '.', (size_t)(end - p));
        size_t n = (size_t)((dot ? dot : end) - p);
        int mod = mod_find(p, n);
        Type t = mod < 0 ? type_find(p, n) : T_NONE;
        if (mod >= 0)
            mod_add(&m->mods, (Mod)mod);
        else if (t != T_NONE && m->n_types < 4)
            m->type[m->n_types++] = (uint8_t)t;
        else
            parse_fail(ps, m->t.line, "unknown modifier '.%.*s' of '%.*s'", (int)n, p, (int)m->t.n, s);
    }
}

static Space space_of(const ModSet *s, bool cp_async)
{
    if (cp_async)
        return SP_GLOBAL;
    return mod_has(s, M_GLOBAL) ? SP_GLOBAL : mod_has(s, M_SHARED) || mod_has(s, M_SHARED_CTA) ? SP_SHARED : mod_has(s, M_CONST) ? SP_CONST :
        mod_has(s, M_PARAM) || mod_has(s, M_PARAM_ENTRY) ? SP_PARAM : mod_has(s, M_LOCAL) ? SP_LOCAL : SP_GENERIC;
}

static void fill(Inst *i, const Mnemonic *m, uint32_t line)
{
    *i = (Inst){.guard = NO_SLOT, .line = line, .mods = m->mods, .vec = 1};
    memcpy(i->type, m->type, 4);
    i->space = space_of(&m->mods, mod_has(&m->mods, M_ASYNC));
    i->vec = mod_has(&m->mods, M_V2) ? 2 : mod_has(&m->mods, M_V4) ? 4 : 1;
    i->sign_extend = type_info[m->type[0]].cls == C_SINT;
    for (int k = M_EQ; k <= M_NANC; k++)
        if (mod_has(&m->mods, (Mod)k))
            i->cmp = (uint8_t)(k - M_EQ);
}

static bool check_target(Parser *ps, const OpRow *r, const Mnemonic *m)
{
    const PtxModule *x = ps->m;
    if (r->sm > x->sm)
        parse_fail(ps, m->t.line, "'%.*s' needs .target sm_%d, the module has sm_%d", (int)m->t.n, m->t.s, r->sm, x->sm);
    if (r->ptx > x->version)
        parse_fail(ps, m->t.line, "'%.*s' needs .version %d.%d, the module has %d.%d", (int)m->t.n, m->t.s, r->ptx / 10, r->ptx % 10, x->version / 10,
            x->version % 10);
    return !ps->error;
}

static Inst *emit(Parser *ps, const Inst *i, const OpRow *r)
{
    Inst *to = func_emit(ps, i->line);
    if (!to)
        return NULL;
    *to = *i;
    to->run = r->run;
    to->control = control_handler(r->run);
    return to;
}

static const Row *choose(Fit *f, uint32_t line)
{
    const Mnemonic *m = f->m;
    bool known = false;
    for (const Row *r = row_index[row_hash(m->op.s, m->op.n)]; r && !f->ps->error; r = r->next) {
        if (strlen(r->row->op) != m->op.n || memcmp(r->row->op, m->op.s, m->op.n))
            continue;
        known = true;
        if (!mods_fit(r, &m->mods) || !types_fit(r->row->types, m))
            continue;
        fill(&f->i, m, line);
        f->n_memory = 0;
        if (fit_form(f, r->row->form))
            return r;
    }
    if (!known)
        parse_fail(f->ps, line, "unknown instruction '%.*s'", (int)m->t.n, m->t.s);
    else if (f->why[0])
        parse_fail(f->ps, line, "'%.*s': %s", (int)m->t.n, m->t.s, f->why);
    else
        parse_fail(f->ps, line, "'%.*s' is not supported: no such combination of modifiers and types", (int)m->t.n, m->t.s);
    return NULL;
}

bool decode_inst(Parser *ps, uint32_t guard, bool guard_neg)
{
    pthread_once(&once, build_index);
    Mnemonic m;
    Operands o;
    split(ps, &m);
    lex_next(ps);
    raw_operands(ps, &o);
    if (ps->error)
        return false;
    Fit f = {.ps = ps, .m = &m, .o = &o};
    const Row *r = choose(&f, m.t.line);
    if (!r || !check_target(ps, r->row, &m))
        return false;
    f.i.guard = guard;
    f.i.guard_neg = guard_neg;
    Inst *i = emit(ps, &f.i, r->row);
    if (i && f.label)
        func_jump(ps, i, f.label->name.s, f.label->name.n, ps->instance);
    return !ps->error;
}

/* ── made by the parser ── */

bool decode_branch(Parser *ps, const char *label, uint32_t n, uint32_t instance, uint32_t line, uint32_t guard, bool neg)
{
    Inst *i = func_emit(ps, line);
    if (!i)
        return false;
    i->run = exec_branch;
    i->control = 1;
    i->guard = guard;
    i->guard_neg = neg;
    func_jump(ps, i, label, n, instance);
    return !ps->error;
}

bool decode_move(Parser *ps, Type t, uint32_t to, uint32_t from, uint32_t line)
{
    pthread_once(&once, build_index);
    Mnemonic m = {.t = {.kind = TK_IDENT, .s = "mov", .n = 3, .line = line}, .op = {.kind = TK_IDENT, .s = "mov", .n = 3, .line = line}, .n_types = 1};
    m.type[0] = (uint8_t)t;
    Operands o = {.n = 2, .n_raw = 2, .list = {0, 1}};
    o.raw[0] = (Raw){.kind = RAW_REG, .type = t, .slot = to, .line = line};
    o.raw[1] = (Raw){.kind = RAW_REG, .type = t, .slot = from, .line = line};
    Fit f = {.ps = ps, .m = &m, .o = &o};
    const Row *r = choose(&f, line);
    return r && emit(ps, &f.i, r->row);
}
