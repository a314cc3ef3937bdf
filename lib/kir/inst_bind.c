/* SPDX-License-Identifier: MIT
 * kir front end: what a binding gives: types with defaults and classes, fns and reducers by name, ranks of packs from operand ranks;
 * kir_binding_key, its canonical text. What is not bound and has no default is an error; a const not bound stays open. */
#include "kir/inst_bind.h"
#include "kir/prims.h"

#include <string.h>

/* ── types ── */

static Type bound_type(Inst *c, const Decl *d, const KBindType *x)
{
    if (!x->block) {
        DTypeClass k = dtype_info[x->type].cls;
        if (k != DCLASS_BOOL && k != DCLASS_INT && k != DCLASS_UINT && k != DCLASS_FLOAT)
            diag_plain(c->d, "%s: type %s cannot be %s", d->name, x->name, dtype_name(x->type));
        return type_scalar(x->type);
    }
    const Decl *b = module_find_text(c->m, x->block, false);
    if (!b || b->kind != D_BLOCK)
        diag_plain(c->d, "%s: no block is called '%s'", d->name, x->block);
    return (Type){.block = b};
}

static void bind_type(Inst *c, const Decl *d, unsigned i, const KirBinding *b, Frame *f)
{
    const TParam *t = &d->tparams[i];
    const KBindType *x = NULL;
    for (size_t j = 0; j < b->n_types; j++)
        if (!strcmp(b->types[j].name, t->name))
            x = &b->types[j];
    if (!x && !t->dflt)
        diag_plain(c->d, "%s: type %s is not bound", d->name, t->name);
    f->types[i] = x ? bound_type(c, d, x) : type_of(c, f, t->dflt);
    if (f->types[i].dt == DT_none ? !f->types[i].block : !class_holds(t->cls, f->types[i].dt))
        diag_fail(c->d, t->pos, "%s must be %s, %s given", t->name, class_name(t->cls), type_name(f->types[i]));
    if (f->types[i].block && t->cls != TC_ANY)
        diag_fail(c->d, t->pos, "%s must be %s, %s given", t->name, class_name(t->cls), type_name(f->types[i]));
}

static void bind_fn(Inst *c, const Decl *d, unsigned i, const KirBinding *b, Frame *f)
{
    const TParam *t = &d->tparams[i];
    const char *fn = NULL;
    for (size_t j = 0; j < b->n_fns; j++)
        if (!strcmp(b->fns[j].name, t->name))
            fn = b->fns[j].fn;
    if (!fn)
        diag_plain(c->d, "%s: %s %s is not bound", d->name, t->kind == TP_FN ? "fn" : "reducer", t->name);
    const Decl *x = module_find_text(c->m, fn, false);
    f->fns[i] = (FnRef){x, -1, -1};
    if (x && x->kind == (t->kind == TP_FN ? D_FN : D_REDUCER))
        return;
    f->fns[i] = (FnRef){NULL, t->kind == TP_FN ? builtin_find(fn) : -1, t->kind == TP_REDUCER ? builtin_reducer(fn) : -1};
    int found = t->kind == TP_FN ? f->fns[i].builtin : f->fns[i].red;
    if (found < 0 || found == BI_bitcast || (t->kind == TP_FN && found >= BI_sat))
        diag_fail(c->d, t->pos, "unknown %s '%s'", t->kind == TP_FN ? "function" : "reducer", fn);
}

/* ── ranks ── */

static PackRank *find_pack(const Bound *b, const char *name)
{
    for (unsigned i = 0; i < b->n_packs; i++)
        if (!strcmp(b->packs[i].name, name))
            return &b->packs[i];
    return NULL;
}

int bound_rank(const Bound *b, const char *pack)
{
    const PackRank *p = find_pack(b, pack);
    return p && p->rank > 0 ? p->rank : 0;
}

const KBindConst *bound_const(const Bound *b, const char *name)
{
    for (size_t i = 0; i < b->b->n_consts; i++)
        if (!strcmp(b->b->consts[i].name, name))
            return &b->b->consts[i];
    return NULL;
}

static void add_pack(Inst *c, Bound *b, const char *name)
{
    PackRank *p = &b->packs[b->n_packs++];
    *p = (PackRank){name, -1};
    for (size_t i = 0; i < b->b->n_ranks; i++)
        if (!strcmp(b->b->ranks[i].name, name))
            p->rank = b->b->ranks[i].rank;
    if (p->rank < -1 || p->rank > KIR_MAX_RANK)
        diag_plain(c->d, "kernel %s: rank of %s... is %d", b->decl->name, name, p->rank);
}

/* Solves the pack of one operand if only one is unknown; true if that is news. */
static bool solve_operand(Inst *c, Bound *b, const Param *p, int rank)
{
    PackRank *unknown = NULL;
    int sum = 0, n_unknown = 0;
    for (unsigned i = 0; i < p->n_dims; i++) {
        PackRank *k = p->dims[i]->kind == EX_PACK ? find_pack(b, p->dims[i]->name) : NULL;
        if (k && k->rank < 0) {
            n_unknown += k != unknown;
            unknown = k;
        } else {
            sum += k ? k->rank : 1;
        }
    }
    if (n_unknown > 1)
        return false;
    if (n_unknown ? rank < sum : rank != sum)
        diag_plain(c->d, "kernel %s: operand %s has %d dimensions, not %d", b->decl->name, p->name, rank, sum);
    if (n_unknown)
        unknown->rank = rank - sum;
    return n_unknown;
}

static void solve_ranks(Inst *c, Bound *b)
{
    bool news = b->b->operand_ranks != NULL;
    while (news) {
        size_t at = 0;
        news = false;
        for (unsigned i = 0; i < b->decl->n_params; i++) {
            const Param *p = &b->decl->params[i];
            if (p->tensor && at < b->b->n_operands)
                news |= solve_operand(c, b, p, b->b->operand_ranks[at++]);
        }
    }
}

/* A pack of constants has as many elements as the binding names; ST.0, ST.1, … */
static int const_pack_rank(const Bound *b, const char *name)
{
    int n = 0;
    size_t len = strlen(name);
    for (size_t i = 0; i < b->b->n_consts; i++)
        n += !strncmp(b->b->consts[i].name, name, len) && b->b->consts[i].name[len] == '.';
    return n ? n : -1;
}

/* The rank of scalar packs, which no operand shows, from an index that combines them with others: i... * STEP... - LO... */
static void mate_expr(Bound *b, const Expr *e);
static void mate_index(Bound *b, const Expr *e, int *rank, bool set)
{
    if (!e || !e->has_pack)
        return;
    if (e->kind == EX_PACK) {
        char upper[64];
        size_t n = strlen(e->name);
        for (size_t i = 0; i <= n && i < sizeof upper; i++)
            upper[i] = e->name[i] >= 'a' && e->name[i] <= 'z' ? (char)(e->name[i] - 32) : e->name[i];
        PackRank *p = n < sizeof upper ? find_pack(b, upper) : NULL;
        if (p && p->rank >= 0)
            *rank = p->rank;
        else if (p && set)
            p->rank = *rank;
        return;
    }
    mate_index(b, e->a, rank, set);
    mate_index(b, e->b, rank, set);
    mate_index(b, e->c, rank, set);
    for (unsigned i = 0; e->kind == EX_CALL && i < e->n_args; i++)
        mate_index(b, e->args[i], rank, set);
}

static void mate_expr(Bound *b, const Expr *e)
{
    if (!e)
        return;
    for (unsigned i = 0; i < e->n_args; i++) {
        int rank = -1;
        if (e->kind == EX_INDEX) {
            mate_index(b, e->args[i], &rank, false);
            mate_index(b, e->args[i], &rank, true);
        }
        mate_expr(b, e->args[i]);
    }
    mate_expr(b, e->a);
    mate_expr(b, e->b);
    mate_expr(b, e->c);
    mate_expr(b, e->els);
    mate_expr(b, e->guard);
    mate_expr(b, e->from);
}

static void mate_stmt(Bound *b, const Stmt *s)
{
    if (!s)
        return;
    mate_expr(b, s->e);
    mate_expr(b, s->target);
    mate_stmt(b, s->then);
    mate_stmt(b, s->els);
    for (unsigned i = 0; i < s->n_body; i++)
        mate_stmt(b, s->body[i]);
}

static void bind_ranks(Inst *c, Bound *b)
{
    const Decl *d = b->decl;
    bool missing = false;
    b->packs = inst_alloc(c, (d->n_params + d->n_dims) * sizeof *b->packs);
    for (unsigned i = 0; i < d->n_params; i++)
        if (d->params[i].pack) {
            add_pack(c, b, d->params[i].name);
            PackRank *p = &b->packs[b->n_packs - 1];
            if (p->rank < 0 && d->params[i].kind == PK_CONST)
                p->rank = const_pack_rank(b, p->name);
        }
    for (unsigned i = 0; i < d->n_dims; i++)
        if (d->dims[i].pack)
            add_pack(c, b, d->dims[i].name);
    solve_ranks(c, b);
    for (unsigned i = 0; i < b->n_packs; i++)
        missing |= b->packs[i].rank < 0;
    if (missing)
        mate_stmt(b, d->body);
    for (unsigned i = 0; i < b->n_packs; i++)
        if (b->packs[i].rank < 0)
            diag_plain(c->d, "kernel %s: the rank of %s... is not given", d->name, b->packs[i].name);
}

/* ── all ── */

static bool is_param(const Decl *d, const char *name, TParamKind a, TParamKind b)
{
    for (unsigned i = 0; i < d->n_tparams; i++)
        if ((d->tparams[i].kind == a || d->tparams[i].kind == b) && !strcmp(d->tparams[i].name, name))
            return true;
    return false;
}

static bool is_const(const Decl *d, const char *name)
{
    size_t n = strcspn(name, ".");
    for (unsigned i = 0; i < d->n_params; i++)
        if (d->params[i].kind == PK_CONST && !strncmp(d->params[i].name, name, n) && !d->params[i].name[n] && d->params[i].pack == (name[n] == '.'))
            return true;
    return false;
}

static void refuse_strangers(Inst *c, const Decl *d, const KirBinding *b)
{
    for (size_t i = 0; i < b->n_types; i++)
        if (!is_param(d, b->types[i].name, TP_TYPE, TP_TYPE))
            diag_plain(c->d, "%s has no type parameter '%s'", d->name, b->types[i].name);
    for (size_t i = 0; i < b->n_fns; i++)
        if (!is_param(d, b->fns[i].name, TP_FN, TP_REDUCER))
            diag_plain(c->d, "%s has no fn or reducer parameter '%s'", d->name, b->fns[i].name);
    for (size_t i = 0; i < b->n_consts; i++)
        if (!is_const(d, b->consts[i].name))
            diag_plain(c->d, "%s has no const parameter '%s'", d->name, b->consts[i].name);
}

void bind_types(Inst *c, const Decl *d, const KirBinding *b, Frame *f, Bound *out)
{
    f->types = inst_alloc(c, d->n_tparams * sizeof *f->types);
    f->fns = inst_alloc(c, d->n_tparams * sizeof *f->fns);
    *out = (Bound){.decl = d, .b = b};
    refuse_strangers(c, d, b);
    for (unsigned i = 0; i < d->n_tparams; i++)
        if (d->tparams[i].kind == TP_TYPE)
            bind_type(c, d, i, b, f);
        else
            bind_fn(c, d, i, b, f);
    if (d->kind == D_KERNEL)
        bind_ranks(c, out);
}

/* ── the key ── */

static const char *fn_name(const FnRef *r, const TParam *t, const KirBinding *b)
{
    for (size_t i = 0; !r->decl && i < b->n_fns; i++)
        if (!strcmp(b->fns[i].name, t->name))
            return b->fns[i].fn;
    return r->decl->name;
}

static void key_const(const Bound *b, const char *name, const char *sep, Text *out)
{
    const KBindConst *x = bound_const(b, name);
    if (x && !x->live)
        text_printf(out, "%s%s=%lld", sep, name, (long long)x->value);
    else
        text_printf(out, "%s%s=live", sep, name);
}

static void write_key(const Inst *c, const Bound *b, Text *out)
{
    const Decl *d = b->decl;
    const char *sep = "<";
    text_puts(out, d->name);
    for (unsigned i = 0; i < d->n_tparams; i++, sep = ",")
        text_printf(out, "%s%s=%s", sep, d->tparams[i].name,
            d->tparams[i].kind == TP_TYPE ? type_name(c->f->types[i]) : fn_name(&c->f->fns[i], &d->tparams[i], b->b));
    for (unsigned i = 0; i < d->n_params; i++) {
        const Param *p = &d->params[i];
        if (p->kind != PK_CONST)
            continue;
        char name[128];
        int n = p->pack ? bound_rank(b, p->name) : 1;
        for (int j = 0; j < n; j++, sep = ",") {
            snprintf(name, sizeof name, p->pack ? "%.100s.%d" : "%.100s", p->name, j);
            key_const(b, name, sep, out);
        }
    }
    text_puts(out, sep[0] == ',' ? ">" : "");
    for (unsigned i = 0; i < b->n_packs; i++)
        text_printf(out, "%s%s=%d", i ? "," : "/", b->packs[i].name, b->packs[i].rank);
}

/* An unknown kernel or a binding that does not bind gives only the name. */
void kir_binding_key(const KModule *m, const char *kernel, const KirBinding *b, Text *out)
{
    Arena a = {0};
    Error err = {0};
    Diag *d = arena_new(&a, Diag);
    Inst *c = arena_new(&a, Inst);
    const Decl *k = module_find_text(m, kernel, true);
    if (!d || !c || !k) {
        text_puts(out, kernel);
        out->oom |= k != NULL;
        arena_free(&a);
        return;
    }
    *d = (Diag){.m = m, .err = &err, .code = SPML_UNSUPPORTED, .key = "kernel-check"};
    if (setjmp(d->jump)) {
        text_puts(out, kernel);
    } else {
        Frame f = {.decl = k, .pack_at = -1};
        Bound bound;
        *c = (Inst){.d = d, .m = m, .a = &a, .f = &f};
        bind_types(c, k, b, &f, &bound);
        write_key(c, &bound, out);
    }
    arena_free(&a);
}
