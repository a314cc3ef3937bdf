/* SPDX-License-Identifier: MIT
 * tasks: the products of the stages between a file and a run, as text and figures: graph, steps, memory plan, kernels. Takes an open session;
 * nothing is run. Names from files are escaped. */
#include "tasks.h"

#include "ir/calls.h"
#include "ir/ops.h"

#include <stdlib.h>
#include <string.h>

char *spml_stage_text(const SpmlStage *s)
{
    Text t = {0};
    graph_print(s->graph, &t);
    text_puts(&t, "");
    return t.oom ? (text_free(&t), NULL) : t.p;
}

const char *spml_pass(size_t i, const char **about)
{
    size_t n = 0;
    while (n < i && passes[n].name)
        n++;
    *about = passes[n].text;
    return passes[n].name;
}

static Session *session_of(const SpmlSession *s) { return s->running ? s->running : s->symbolic; }

/* ── a plan for given shapes ── */

static SpmlCode bind_shapes(Session *s, const SpmlPort *shapes, size_t n, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < s->g->n_in && i < n && !code; i++) {
        Value *v = s->g->in[i];
        RtValue *r = run_value(s, v);
        rt_clear(r);
        if (v->type.kind != TYPE_TENSOR || shapes[i].rank < 0)
            continue;
        *r = (RtValue){.kind = TYPE_TENSOR, .dtype = v->type.dtype, .rank = shapes[i].rank, .own = RT_BORROWED};
        memcpy(r->dim, shapes[i].dim, sizeof r->dim);
        code = run_bind_type(s, v, err);
        rt_clear(r);
    }
    return code;
}

static bool dim_bound(const Dim *d, int depth)
{
    if (d->kind == DIM_CONST)
        return true;
    if (d->kind == DIM_SYM)
        return d->sym->origin == SYM_INPUT;
    return depth < 256 && dim_bound(d->a, depth + 1) && dim_bound(d->b, depth + 1);
}

static bool value_bound(const Value *v)
{
    bool ok = v && v->type.kind == TYPE_TENSOR && v->type.rank >= 0;
    for (int i = 0; ok && i < v->type.rank; i++)
        ok = dim_bound(v->type.dim[i], 0);
    return ok;
}

static bool value_fits(Session *s, const Value *v)
{
    for (int i = 0; i < v->type.rank; i++)
        if (run_dim(s, v->type.dim[i]) < 0)
            return false;
    return true;
}

static void count_graph(Session *s, const Graph *g, SpmlPlan *out, int depth)
{
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next) {
        const Node *root = region_root(n);
        out->nodes++;
        out->regions += n->op == OP_region;
        for (int i = 0; i < n->n_out; i++)
            out->fits &= !n->out[i] || !value_bound(n->out[i]) || value_fits(s, n->out[i]);
        if (op_info[root->op].space == SPACE_CONTRACT && root->n_in > 1 && root->n_out && value_bound(root->in[0]) && value_bound(root->in[1]) && value_bound(root->out[0]))
            out->flop += (double)node_flop(s, root);
        else if (op_info[root->op].space == SPACE_CONTRACT)
            out->flop_exact = false;
        for (int i = 0; i < n->n_attrs && n->op != OP_region; i++)
            if (n->attrs[i].kind == ATTR_GRAPH) {
                count_graph(s, n->attrs[i].graph, out, depth + 1);
                out->flop_exact = false;
            }
    }
}

/* A branch that cannot be lowered is refused when it is taken, not here. */
static SpmlCode plan_blocks(Session *s, Graph *g, SpmlPlan *out, int depth, Error *err)
{
    Block *b;
    BlockLayout *l;
    SpmlCode code = block_get(s, g, &b, err);
    if (!code)
        code = block_layout(s, b, &l, err);
    if (code)
        return depth && code != SPML_RESOURCE ? SPML_OK : code;
    out->steps += (size_t)b->n_steps;
    out->arena_bytes += l->total;
    out->least_bytes += l->lower_bound;
    for (Node *n = g->first; n && depth < IR_MAX_DEPTH && !code; n = n->next)
        for (int i = 0; i < n->n_attrs && n->op != OP_region && !code; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                code = plan_blocks(s, n->attrs[i].graph, out, depth + 1, err);
    return code;
}

static SpmlCode plan_session(Session *s, const SpmlPort *shapes, size_t n, SpmlPlan *out, Error *err)
{
    *out = (SpmlPlan){.flop_exact = true, .fits = true};
    SpmlCode code = bind_shapes(s, shapes, n, err);
    if (!code)
        code = plan_blocks(s, s->g, out, 0, err);
    if (!code)
        count_graph(s, s->g, out, 0);
    return code;
}

SpmlStatus spml_session_plan(SpmlSession *s, const SpmlPort *shapes, size_t n, SpmlPlan *out, SpmlError *err)
{
    Session *r = session_of(s);
    SpmlCode code = plan_session(r, shapes, n, out, handle_error(err));
    if (!code)
        s->running = r;
    return code;
}

/* ── steps ── */

static void put_name(Text *t, const char *name) { text_escape_terminal(t, name ? name : "", name ? strlen(name) : 0); }

static void put_value(Text *t, const Value *v)
{
    text_printf(t, "%%%u", v->id);
    if (v->name && *v->name) {
        text_puts(t, ":");
        put_name(t, v->name);
    }
}

static void put_operand(Text *t, const Operand *o)
{
    Type type = {.kind = TYPE_TENSOR, .dtype = o->type, .rank = o->rank, .dim = (const Dim **)o->dim};
    put_value(t, o->value);
    text_puts(t, " ");
    type_print(&type, t);
    if (!view_is_plain(o) || !dim_is(o->offset, 0))
        text_puts(t, " view");
}

/* The text of a generated kernel, indented beneath its step. */
static void put_indented(Text *t, const char *text)
{
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        text_printf(t, "          %.*s\n", (int)n, p);
        p += n + (p[n] == '\n');
    }
}

static void put_scalar(Text *t, const CallScalar *s, const char *gap)
{
    char buf[40];
    text_puts(t, gap);
    switch (s->kind) {
    case SCALAR_F64: text_puts(t, format_f64(buf, s->f)); break;
    case SCALAR_I64: text_printf(t, "%lld", (long long)s->i); break;
    case SCALAR_DIM: text_puts(t, "extent"); break;
    case SCALAR_VALUE: put_value(t, s->value); break;
    }
}

static void put_call(Text *t, const CallSpec *c, const char *word)
{
    text_printf(t, "%s %s", word, c->kernel ? c->kernel : c->text ? "map" : "");
    for (int i = 0; i < CALL_TYPES && c->types[i].name; i++)
        text_printf(t, "%s%s=%s", i ? "," : "<", c->types[i].name, c->types[i].block ? c->types[i].block : dtype_name(c->types[i].type));
    text_puts(t, c->types[0].name ? ">(" : "(");
    for (int i = 0; i < c->n_args; i++) {
        text_puts(t, i ? ", " : "");
        put_operand(t, &c->args[i]);
    }
    for (int i = 0; i < c->n_scalars; i++)
        put_scalar(t, &c->scalars[i], i ? ", " : "; ");
    text_puts(t, ")");
}

static void put_steps(Text *t, const Step *st, int depth)
{
    static const char *const words[] = {[STEP_CALL] = "call", [STEP_HOST] = "host", [STEP_REPEAT] = "repeat", [STEP_BIND] = "bind", [STEP_NODE] = "node", [STEP_COPY] = "copy", [STEP_PEERS] = "peers"};
    for (int i = 0; st; st = st->next, i++) {
        text_printf(t, "%*s%4d  ", depth * 2, "", i);
        if (st->call)
            put_call(t, st->call, words[st->kind]);
        else
            text_puts(t, words[st->kind]);
        if (st->node) {
            text_puts(t, "  # ");
            put_name(t, st->node->name && *st->node->name ? st->node->name : op_info[st->node->op].name);
            text_printf(t, " (%s)", op_info[region_root(st->node)->op].name);
        }
        if (st->joined)
            text_puts(t, ", joined to the next");
        text_puts(t, "\n");
        if (st->call && st->call->text)
            put_indented(t, st->call->text);
        if (st->post) {
            text_puts(t, "        ");
            put_call(t, st->post, "then");
            text_puts(t, "\n");
            if (st->post->text)
                put_indented(t, st->post->text);
        }
        if (depth < IR_MAX_DEPTH)
            put_steps(t, st->body, depth + 1);
    }
}

/* ── memory ── */

static void put_layout(Text *t, const Block *b)
{
    const BlockLayout *l = b->layouts;
    char size[40];
    if (!l) {
        text_puts(t, "not planned\n");
        return;
    }
    text_printf(t, "arena %llu bytes (%s), least %llu, %u values\n", (unsigned long long)l->total, format_bytes(size, l->total), (unsigned long long)l->lower_bound, b->n_values);
    for (uint32_t i = 0; i < b->n_values; i++) {
        const BlockValue *v = &b->values[i];
        text_printf(t, "  steps %d-%d  ", v->first, v->last);
        if (v->root != i)
            text_printf(t, "shares %%%u", b->values[v->root].v->id);
        else if (v->output)
            text_puts(t, "output");
        else if (v->nowhere)
            text_puts(t, "nowhere");
        else if (l->offset[i] == UINT64_MAX)
            text_puts(t, "heap");
        else
            text_printf(t, "at %llu, %llu bytes", (unsigned long long)l->offset[i], (unsigned long long)l->room[i]);
        text_puts(t, "  ");
        put_value(t, v->v);
        text_puts(t, " ");
        type_print(&v->v->type, t);
        text_puts(t, "\n");
    }
}

static void print_blocks(Text *t, const Graph *g, bool plan, int depth)
{
    const Block *b = g->plan;
    if (depth && b)
        text_printf(t, "graph of %s\n", g->owner ? op_info[g->owner->op].name : "a node");
    if (b && plan)
        put_layout(t, b);
    else if (b && b->n_steps)
        put_steps(t, b->steps[0], 0);
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next)
        for (int i = 0; i < n->n_attrs && n->op != OP_region; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                print_blocks(t, n->attrs[i].graph, plan, depth + 1);
}

SpmlStatus spml_session_print(SpmlSession *s, const char *form, char **out, size_t *n, SpmlError *err)
{
    Text t = {0};
    Session *r = session_of(s);
    if (!strcmp(form, "optimised"))
        graph_print(r->g, &t);
    else if (!strcmp(form, "calls") || !strcmp(form, "plan"))
        print_blocks(&t, r->g, *form == 'p', 0);
    else
        return error_set(handle_error(err), SPML_USAGE, "form", "no form is called '%.40s'; optimised, calls, plan", form);
    text_puts(&t, "");
    if (t.oom)
        return text_free(&t), error_oom(handle_error(err));
    *out = t.p;
    *n = t.n;
    return SPML_OK;
}

/* ── kernels ── */

size_t spml_session_kernels(const SpmlSession *s) { return session_of(s)->n_kernels; }

typedef struct Callers { const Kernel *k; Arena *a; const char **name; size_t n, cap; } Callers;

static void callers_of(Callers *c, const Step *st)
{
    for (; st; st = st->next) {
        const CallState *cs = st->kind == STEP_CALL || st->kind == STEP_COPY ? st->compiled : NULL;
        if (cs && (cs->k == c->k || cs->post == c->k)) {
            c->name = arena_grow(c->a, c->name, c->n, &c->cap, const char *);
            if (c->name)
                c->name[c->n++] = st->node && st->node->name ? st->node->name : "";
        }
        callers_of(c, st->body);
    }
}

static void callers_in(Callers *c, const Graph *g, int depth)
{
    const Block *b = g->plan;
    if (b && b->n_steps)
        callers_of(c, b->steps[0]);
    for (const Node *n = g->first; n && depth < IR_MAX_DEPTH; n = n->next)
        for (int i = 0; i < n->n_attrs && n->op != OP_region; i++)
            if (n->attrs[i].kind == ATTR_GRAPH)
                callers_in(c, n->attrs[i].graph, depth + 1);
}

/* Instances that no device took, or that wait to be compiled, are passed over. */
static const Kernel *compiled_from(const Kernel *k)
{
    while (k && !k->made[SIDE_DEVICE] && !k->made[SIDE_CPU])
        k = k->next;
    return k;
}

SpmlStatus spml_session_kernel(SpmlSession *s, size_t i, SpmlKernelInfo *out, SpmlError *err)
{
    Session *r = session_of(s);
    const Kernel *k = compiled_from(r->kernel_list); /* the last one first */
    if (i >= r->n_kernels)
        return error_set(handle_error(err), SPML_USAGE, "kernel", "no kernel %zu", i);
    for (uint64_t n = r->n_kernels - 1; n > i && k; n--)
        k = compiled_from(k->next);
    const RunSide side = k && !k->made[SIDE_DEVICE] ? SIDE_CPU : SIDE_DEVICE;
    const Backend *b = side == SIDE_CPU ? s->on.cpu : s->on.backend;
    if (!k)
        return error_set(handle_error(err), SPML_USAGE, "kernel", "no kernel %zu", i);
    Text t = {0};
    BackendDetails d = {0};
    Callers c = {.k = k, .a = &r->arena};
    *out = (SpmlKernelInfo){.name = k->name, .instance = k->key, .engine = b->engine(k->made[side])};
    if (b->text) {
        out->extension = b->text(k->made[side], &t, &d);
    } else {
        kir_print(k->kir, &t);
        out->extension = "kir";
    }
    out->text = out->extension && !t.oom ? arena_strndup(&r->arena, t.p ? t.p : "", t.n) : NULL;
    out->details = arena_strndup(&r->arena, d.json.p ? d.json.p : "", d.json.n);
    out->binary = d.binary ? arena_copy(&r->arena, d.binary, d.n_binary) : NULL;
    out->n_binary = d.n_binary;
    out->binary_extension = d.binary_extension;
    text_free(&t);
    text_free(&d.json);
    free(d.binary);
    callers_in(&c, r->g, 0);
    out->nodes = c.name;
    out->n_nodes = c.n;
    return out->text && !r->arena.oom ? SPML_OK : error_oom(handle_error(err));
}
