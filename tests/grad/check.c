/* SPDX-License-Identifier: MIT
 * Every gradient rule against central differences, in f64, by the cases of this directory; every op that has a rule has a case; what is refused is refused by
 * name. GRAD_CASE=NAME runs one case, GRAD_PRINT=1 prints the graphs. `unit_grad --dump FILE` writes inputs, weights and gradients of all cases as JSON for scripts/gradients. */
#include "grad.h"

#include "handles.h"
#include "ops/grad.h"
#include "train/autodiff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>

enum { MAX_IN = 24 };

const GradCase *grad_cases[] = {cases_map, cases_move, cases_reduce, cases_contract, cases_window, cases_norm, cases_loss, cases_recurrent, NULL /* grad_random */, NULL};

/* ── a case as two models: the loss alone, and with gradients ── */

typedef struct Run {
    const GradCase *c;
    SpmlModel *loss, *grads;
    SpmlSession *on_loss, *on_grads;
    SpmlTensor *in[MAX_IN];
    size_t n_in, n_x;          /* inputs of the case first, then the weights of the outputs */
    bool depends[MAX_IN];      /* there is a gradient by it */
    uint64_t random;
} Run;

static double uniform(Run *r)
{
    r->random = r->random * 6364136223846793005u + 1442695040888963407u;
    return (double)(r->random >> 11) / 9007199254740992.0;
}

static SpmlModel *model_of(const GradCase *c)
{
    SpmlModel *m = calloc(1, sizeof *m);
    Error e = {0};
    Text t = {0};
    text_printf(&t, "graph { %s }", c->text);
    if (graph_parse(t.p, t.n, &m->arena, &m->g, &e) || graph_infer(m->g, &e) || graph_verify(m->g, &e))
        fail_msg("%s: %s", c->name, e.text);
    text_free(&t);
    return m;
}

static Value *build(Graph *g, int op, int n_in, Value *const *in)
{
    Node *n = graph_node(g, NULL, op, "loss", n_in, in, 1);
    Error e = {0};
    if (!n || node_infer(n, &e))
        fail_msg("loss: %s", e.text);
    if (op == OP_reduce_sum) {
        node_attr(n, &(Attr){.name = "keepdims", .kind = ATTR_INT, .i = 0});
        assert_int_equal(node_infer(n, &e), 0);
    }
    return n->out[0];
}

/* The outputs become one: the weighted sum. */
static Value *add_loss(Graph *g)
{
    Value *sum = NULL;
    size_t n = g->n_out;
    for (size_t i = 0; i < n; i++) {
        Value *y = g->out[i];
        if (!dtype_is_float(y->type.dtype))
            continue;
        char name[24];
        snprintf(name, sizeof name, "w%zu", i);
        Value *w = graph_input(g, arena_strdup(g->arena, name), &y->type), *yw = build(g, OP_mul, 2, (Value *const[]){y, w}), *one = build(g, OP_reduce_sum, 1, &yw);
        sum = sum ? build(g, OP_add, 2, (Value *const[]){sum, one}) : one;
    }
    g->n_out = 0;
    assert_non_null(sum);
    graph_output(g, sum);
    return sum;
}

static void fill(Run *r, size_t i, const Type *t)
{
    static const int64_t syms[] = {3, 2, 4, 5, 3, 2, 4, 1};
    int64_t dims[IR_MAX_RANK], n = 1;
    double lo = r->c->lo, hi = r->c->hi;
    if (i >= r->n_x || (lo == 0 && hi == 0)) {
        lo = -2;
        hi = 2;
    }
    for (int k = 0; k < t->rank; k++)
        n *= dims[k] = dim_eval(t->dim[k], syms);
    assert_int_equal(spml_tensor_new("f64", t->rank, dims, &r->in[i], NULL), 0);
    double *p = spml_tensor_data(r->in[i]);
    for (int64_t k = 0; k < n; k++)
        p[k] = lo + (hi - lo) * uniform(r);
}

static SpmlSession *session_of(const SpmlModel *m, const char *name)
{
    SpmlSession *s = NULL;
    SpmlError *err = spml_error_new();
    if (spml_session_open(m, &(SpmlSessionOptions){.threads = 1, .backend = "cpu"}, &s, err))
        fail_msg("%s: %s", name, spml_error_text(err));
    spml_error_free(err);
    return s;
}

static void add_gradients(Run *r)
{
    Graph *g = r->grads->g;
    Value *wrt[MAX_IN], *out[MAX_IN] = {0};
    Error e = {0};
    r->n_x = g->n_in;
    Value *loss = add_loss(g);
    r->n_in = g->n_in;
    assert_true(r->n_in <= MAX_IN);
    for (size_t i = 0; i < r->n_x; i++)
        wrt[i] = g->in[i];
    if (autodiff(g, loss, wrt, (int)r->n_x, out, &e) || graph_verify(g, &e))
        fail_msg("%s: %s", r->c->name, e.text);
    if (getenv("GRAD_PRINT")) {
        Text t = {0};
        graph_print(g, &t);
        print_message("%s\n", t.p);
        text_free(&t);
    }
    for (size_t i = 0; i < r->n_x; i++) {
        r->depends[i] = out[i];
        if (out[i])
            graph_output(g, out[i]);
        if (out[i] && !type_equal(&out[i]->type, &wrt[i]->type)) {
            Text t = {0};
            type_print(&out[i]->type, &t);
            text_puts(&t, " for ");
            type_print(&wrt[i]->type, &t);
            fail_msg("%s: gradient %zu is %s", r->c->name, i, t.p);
        }
    }
}

static void run_begin(Run *r, const GradCase *c)
{
    *r = (Run){.c = c, .loss = model_of(c), .grads = model_of(c), .random = hash64(c->name, strlen(c->name), 7)};
    add_loss(r->loss->g);
    add_gradients(r);
    for (size_t i = 0; i < r->n_in; i++)
        fill(r, i, &r->grads->g->in[i]->type);
    r->on_loss = session_of(r->loss, c->name);
    r->on_grads = session_of(r->grads, c->name);
}

static void run_end(Run *r)
{
    spml_session_free(r->on_loss);
    spml_session_free(r->on_grads);
    for (size_t i = 0; i < r->n_in; i++)
        spml_tensor_free(r->in[i]);
    spml_model_free(r->loss);
    spml_model_free(r->grads);
}

static void run_session(Run *r, SpmlSession *s, SpmlTensor **out)
{
    SpmlError *err = spml_error_new();
    if (spml_session_run(s, r->in, r->n_in, out, spml_session_outputs(s), err))
        fail_msg("%s: %s", r->c->name, spml_error_text(err));
    spml_error_free(err);
}

static double loss_at(Run *r, double *x, double v)
{
    SpmlTensor *out[1];
    double was = *x;
    *x = v;
    run_session(r, r->on_loss, out);
    *x = was;
    double y = *(const double *)spml_tensor_data(out[0]);
    spml_tensor_free(out[0]);
    return y;
}

/* Of fourth order: f(x ± h), f(x ± 2h). */
static double difference(Run *r, double *x)
{
    const double h = 1e-4, v = *x;
    return (8 * (loss_at(r, x, v + h) - loss_at(r, x, v - h)) - (loss_at(r, x, v + 2 * h) - loss_at(r, x, v - 2 * h))) / (12 * h);
}

static void compare_input(Run *r, size_t i, SpmlTensor *got)
{
    double *x = spml_tensor_data(r->in[i]);
    const double *g = got ? spml_tensor_data(got) : NULL;
    size_t n = spml_tensor_bytes(r->in[i]) / sizeof *x;
    for (size_t k = 0; k < n; k++) {
        double want = difference(r, &x[k]), have = g ? g[k] : 0;
        if (!(fabs(have - want) <= 1e-7 * fmax(1, fabs(want))))
            fail_msg("%s: input %zu, element %zu (%.17g): gradient %.12g, differences %.12g", r->c->name, i, k, x[k], have, want);
    }
}

static void check_case(const GradCase *c)
{
    Run r;
    SpmlTensor *out[MAX_IN + 1] = {0};
    run_begin(&r, c);
    run_session(&r, r.on_grads, out);
    for (size_t i = 0, k = 1; i < r.n_x; i++)
        compare_input(&r, i, r.depends[i] ? out[k++] : NULL);
    for (size_t i = 0; i <= MAX_IN; i++)
        spml_tensor_free(out[i]);
    run_end(&r);
}

static void rules_agree_with_differences(void **state)
{
    const char *only = getenv("GRAD_CASE");
    (void)state;
    for (const GradCase **list = grad_cases; *list; list++)
        for (const GradCase *c = *list; c->name; c++)
            if (only ? !strcmp(only, c->name) : c->lo != c->hi || c->lo == 0)
                check_case(c);
}

/* ── coverage ── */

static void every_rule_has_a_case(void **state)
{
    static bool seen[OP_COUNT];
    int missing = 0;
    (void)state;
    for (const GradCase **list = grad_cases; *list; list++)
        for (const GradCase *c = *list; c->name; c++) {
            SpmlModel *m = model_of(c);
            int named = op_find(c->name, strcspn(c->name, ".")); /* an op that its shape rule makes another of, as cast_like */
            if (named >= 0)
                seen[named] = true;
            for (const Node *n = m->g->first; n; n = n->next)
                seen[n->op] = true;
            spml_model_free(m);
        }
    for (int op = 0; op < OP_COUNT; op++) {
        GradFn f = op_fns[op].grad;
        if (f == grad_none || f == grad_missing || f == grad_backward || seen[op])
            continue;
        print_error("%s has a gradient rule and no case in tests/grad\n", op_info[op].name);
        missing++;
    }
    assert_int_equal(missing, 0);
}

/* ── docs/gradients.md ── */

static const char *const rule_names[OP_COUNT] = {
#define OP(name, min_in, max_in, n_out, flags, fn, params, space, layouts, shape, lower, grad, text) [OP_##name] = #grad,
#include "ir/ops.def"
#undef OP
};

static void table_text(Text *t)
{
    text_puts(t, "# Gradients\n\nWhich ops have a gradient; made by `build/tests/grad/unit_grad --table > docs/gradients.md`, compared by the unit test `gradients`. The rule is "
                 "`grad_<name>` in `lib/ops`.\n\n- `none`: nothing flows: the result is integer or bool, or constant but for jumps.\n- `missing`: no rule; where a gradient would have to pass, "
                 "a named error before the first step.\n- `backward`: serves gradients only; a second derivative, which is refused by name.\n\n| op | gradient |\n| --- | --- |\n");
    for (int op = 0; op < OP_COUNT; op++)
        text_printf(t, "| %s | %s |\n", op_info[op].name, rule_names[op]);
}

static void documentation_lists_the_rules(void **state)
{
    (void)state;
    static char have[1 << 16];
    Text t = {0};
    FILE *f = fopen(SPML_SOURCE "/docs/gradients.md", "r");
    assert_non_null(f);
    have[fread(have, 1, sizeof have - 1, f)] = 0;
    fclose(f);
    table_text(&t);
    if (strcmp(have, t.p))
        fail_msg("docs/gradients.md is old: build/tests/grad/unit_grad --table > docs/gradients.md");
    text_free(&t);
}

/* ── refusals ── */

static SpmlCode diff_text(const char *text, Arena *a, Error *e, Graph **g)
{
    Value *out[1];
    if (graph_parse(text, strlen(text), a, g, e) || graph_infer(*g, e))
        fail_msg("%s", e->text);
    return autodiff(*g, (*g)->out[0], (*g)->in, 1, out, e);
}

static void what_has_no_rule_is_named(void **state)
{
    (void)state;
    Arena a = {0};
    Error e = {0};
    Graph *g;
    size_t before;
    assert_int_equal(diff_text("graph { in %0 \"x\": f32[3, 3] input det \"first\" (%0) -> %1: ? mul (%1, %1) -> %2: ? det \"second\" (%0) -> %3: ? add (%2, %3) -> %4: ? out %4 }", &a, &e, &g), SPML_UNSUPPORTED);
    assert_non_null(strstr(e.text, "node 'first': det has no gradient rule"));
    assert_non_null(strstr(e.text, "node 'second': det has no gradient rule"));
    before = g->n_nodes;
    assert_int_equal(before, 4);
    /* a subgraph that reads what is asked for */
    error_clear(&e);
    assert_int_equal(diff_text("graph { in %0 \"x\": f32[] input in %1 \"c\": bool[] input if \"branch\" (%1) {\"then_branch\" = graph { mul (%0, %0) -> %2: ? out %2 }, "
                               "\"else_branch\" = graph { neg (%0) -> %3: ? out %3 }} -> %4: ? out %4 }", &a, &e, &g), SPML_UNSUPPORTED);
    assert_non_null(strstr(e.text, "node 'branch': if has no gradient rule"));
    arena_free(&a);
}

static void second_derivatives_are_refused(void **state)
{
    (void)state;
    Arena a = {0};
    Error e = {0};
    Graph *g;
    Value *x, *grad, *again;
    const char *text = "graph { in %0 \"x\": f64[] input mul \"cube\" (%0, %0) -> %1: ? mul (%1, %0) -> %2: ? out %2 }";
    assert_int_equal(graph_parse(text, strlen(text), &a, &g, &e) || graph_infer(g, &e), 0);
    x = g->in[0];
    assert_int_equal(autodiff(g, g->out[0], &x, 1, &grad, &e), SPML_OK);
    assert_int_equal(autodiff(g, grad, &x, 1, &again, &e), SPML_UNSUPPORTED);
    assert_non_null(strstr(e.text, "second derivatives are not supported"));
    arena_free(&a);
}

static void losses_are_one_number(void **state)
{
    (void)state;
    Arena a = {0};
    Error e = {0};
    Graph *g;
    assert_int_equal(diff_text("graph { in %0 \"x\": f32[3] input mul (%0, %0) -> %1: ? out %1 }", &a, &e, &g), SPML_DATA);
    assert_non_null(strstr(e.text, "is not one number"));
    arena_free(&a);
}

/* Integers between cut the way: nothing depends. */
static void nothing_flows_through_integers(void **state)
{
    (void)state;
    Arena a = {0};
    Error e = {0};
    Graph *g;
    const char *text = "graph { in %0 \"x\": f32[] input cast (%0) {\"to\" = type i32} -> %1: ? cast (%1) {\"to\" = type f32} -> %2: ? out %2 }";
    Value *out = (Value *)&a;
    assert_int_equal(graph_parse(text, strlen(text), &a, &g, &e) || graph_infer(g, &e), 0);
    assert_int_equal(autodiff(g, g->out[0], g->in, 1, &out, &e), SPML_OK);
    assert_null(out);
    arena_free(&a);
}

/* ── for PyTorch ── */

static void dump_tensor(FILE *f, SpmlTensor *t)
{
    const double *p = spml_tensor_data(t);
    fprintf(f, "{\"shape\": [");
    for (int k = 0; k < spml_tensor_rank(t); k++)
        fprintf(f, "%s%lld", k ? ", " : "", (long long)spml_tensor_dim(t, k));
    fprintf(f, "], \"data\": [");
    for (size_t k = 0; k < spml_tensor_bytes(t) / sizeof *p; k++)
        fprintf(f, "%s%.17g", k ? ", " : "", p[k]);
    fprintf(f, "]}");
}

static void dump_case(FILE *f, const GradCase *c)
{
    Run r;
    SpmlTensor *out[MAX_IN + 1] = {0};
    run_begin(&r, c);
    run_session(&r, r.on_grads, out);
    fprintf(f, "  \"%s\": {\"text\": \"", c->name);
    for (const char *p = c->text; *p; p++)
        fprintf(f, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    fprintf(f, "\", \"in\": [");
    for (size_t i = 0; i < r.n_in; i++) {
        fprintf(f, i == r.n_x ? "], \"weights\": [" : i ? ", " : "");
        dump_tensor(f, r.in[i]);
    }
    fprintf(f, "], \"loss\": ");
    dump_tensor(f, out[0]);
    fprintf(f, ", \"grads\": [");
    for (size_t i = 0, k = 1; i < r.n_x; i++) {
        fprintf(f, i ? ", " : "");
        r.depends[i] ? dump_tensor(f, out[k++]) : (void)fprintf(f, "null");
    }
    fprintf(f, "]}");
    for (size_t i = 0; i <= MAX_IN; i++)
        spml_tensor_free(out[i]);
    run_end(&r);
}

static int dump(const char *path)
{
    FILE *f = fopen(path, "w");
    const char *sep = "";
    if (!f)
        return 5;
    fprintf(f, "{\n");
    for (const GradCase **list = grad_cases; *list; list++)
        for (const GradCase *c = *list; c->name; c++, sep = ",\n") {
            fputs(sep, f);
            dump_case(f, c);
        }
    fprintf(f, "\n}\n");
    return fclose(f) ? 5 : 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_agree_with_differences), cmocka_unit_test(every_rule_has_a_case),          cmocka_unit_test(what_has_no_rule_is_named),
        cmocka_unit_test(second_derivatives_are_refused), cmocka_unit_test(losses_are_one_number),        cmocka_unit_test(nothing_flows_through_integers),
        cmocka_unit_test(documentation_lists_the_rules),
    };
    grad_cases[sizeof grad_cases / sizeof *grad_cases - 2] = grad_random();
    if (argc == 2 && !strcmp(argv[1], "--table")) {
        Text t = {0};
        table_text(&t);
        return fputs(t.p, stdout) < 0 ? 5 : 0;
    }
    if (argc == 3 && !strcmp(argv[1], "--dump"))
        return dump(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
