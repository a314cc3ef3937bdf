/* SPDX-License-Identifier: MIT
 * train: looking at what has been learned so far: loss, accuracy and confusion on the validation part, a text that the model writes, and, when numbers have stopped
 * being finite, the first tensor in which they have. */
#include "ir/ops.h"
#include "train/run_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 160, SAMPLE_STEP = 16 };
static const double temperature = 0.8;

/* ── validation ── */

static int64_t best_of(const RtValue *y, int64_t row)
{
    const int64_t k = y->dim[1];
    int64_t best = 0;
    for (int64_t i = 1; i < k; i++)
        if (dtype_get_f64(y->dtype, y->data, (uint64_t)(row * k + i)) > dtype_get_f64(y->dtype, y->data, (uint64_t)(row * k + best)))
            best = i;
    return best;
}

static void count_confusion(TrainRun *r, const Batch *b, const RtValue *y)
{
    if (!r->confusion.count || !y || y->rank < 2 || y->dim[1] != r->n_out || rt_count(y) != r->rows * r->n_out || b->y.rank != 1)
        return;
    for (int64_t i = 0; i < b->n; i++) {
        const int64_t c = dtype_get_i64(b->y.dtype, b->y.data, (uint64_t)i);
        confusion_add(&r->confusion, r->class_of ? r->class_of[c] : c, best_of(y, i));
    }
}

static SpmlCode eval_batch(TrainRun *r, const Batch *b, TrainResult *total, Error *err)
{
    RunFeed f;
    TrainResult one;
    RtValue *y = NULL;
    SpmlCode code = run_feed(r, b, &f, err);
    if (!code)
        code = trainer_eval(r->trainer, &f.batch, &one, r->confusion.count ? &y : NULL, err);
    if (!code) {
        total->sum += one.sum;
        total->count += one.count;
        total->correct += one.correct;
        total->places += one.places;
        count_confusion(r, b, y);
    }
    rt_free(&y);
    run_feed_end(&f);
    return code;
}

/* Names of the outputs: the model's own labels, else the classes of the data. */
static SpmlCode name_confusion(TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    const char **names = arena_array(&r->arena, const char *, r->n_out);
    if (!names)
        return error_oom(err);
    for (int i = 0; i < r->n_out; i++)
        names[i] = "";
    for (int i = 0; i < d->n_classes && d->classes; i++)
        names[r->class_of ? r->class_of[i] : i] = d->classes[i];
    r->confusion.names = names;
    return SPML_OK;
}

SpmlCode run_validate(TrainRun *r, Error *err)
{
    TrainResult total = {0};
    const Batch *b = NULL;
    SpmlCode code = r->confusion.count && !r->confusion.names ? name_confusion(r, err) : SPML_OK;
    if (r->confusion.count)
        memset(r->confusion.count, 0, (size_t)r->n_out * (size_t)r->n_out * sizeof *r->confusion.count);
    loader_seek(r->val, (DataPosition){0, 0});
    while (!code && !(code = loader_next(r->val, &b, err)) && b) {
        code = eval_batch(r, b, &total, err);
        if (!code)
            code = run_ranks_meet(r, err);
        if (!code && run_stopped(r))
            code = error_set(err, SPML_INTERRUPTED, "interrupted", "interrupted");
    }
    if (!code)
        code = run_ranks_eval(r, &total, err);
    total.loss = total.sum / total.count;
    if (!code)
        r->last_eval = total;
    return code;
}

/* ── a text ── */

typedef struct Writer { TrainRun *r; Arena arena; Session *s; RtValue *x; Rng rng; int64_t ctx, n; int64_t *token; } Writer;

static SpmlCode writer_begin(Writer *w, Error *err)
{
    Graph *g;
    PipelineOptions o = w->r->t.pipeline;
    SpmlCode code = trainer_model(w->r->trainer, &w->arena, &g, err);
    if (!code)
        code = pipeline_open(g, &o, NULL, &w->r->on, &w->s, err);
    if (!code && !(w->token = arena_array(&w->arena, int64_t, w->n + 1)))
        code = error_oom(err);
    return code;
}

/* One of the scores at row `at` of y [1, T, K], by chance. */
static int64_t draw(Writer *w, const RtValue *y, int64_t at)
{
    const int64_t k = y->dim[2];
    double top = -INFINITY, sum = 0, x = rng_unit(&w->rng);
    for (int64_t i = 0; i < k; i++)
        top = fmax(top, dtype_get_f64(y->dtype, y->data, (uint64_t)(at * k + i)));
    for (int64_t i = 0; i < k; i++)
        sum += exp((dtype_get_f64(y->dtype, y->data, (uint64_t)(at * k + i)) - top) / temperature);
    for (int64_t i = 0; i < k; i++)
        if ((x -= exp((dtype_get_f64(y->dtype, y->data, (uint64_t)(at * k + i)) - top) / temperature) / sum) < 0)
            return i;
    return k - 1;
}

/* The next token after those there are: the window's later places hold nothing that an earlier one sees. */
static SpmlCode write_one(Writer *w, int64_t i, Error *err)
{
    const int64_t have = i < w->ctx ? i : w->ctx, part = (have + SAMPLE_STEP - 1) / SAMPLE_STEP * SAMPLE_STEP;
    const bool fixed = dim_is(w->s->g->in[0]->type.dim[1], w->ctx);
    const int64_t dims[2] = {1, fixed || part > w->ctx ? w->ctx : part};
    RtValue *x, *y = NULL;
    SpmlCode code = rt_tensor(DT_i64, 2, dims, &x, err);
    if (code)
        return code;
    memcpy(x->data, w->token + (i - have), (size_t)have * sizeof *w->token);
    code = session_run(w->s, &x, 1, &y, 1, err);
    if (!code && (y->rank != 3 || y->dim[1] != dims[1]))
        code = error_set(err, SPML_UNSUPPORTED, "sample", "the model's output is no [1, T, K] of scores");
    if (!code)
        w->token[i] = draw(w, y, have - 1);
    rt_free(&x);
    rt_free(&y);
    return code;
}

static void token_text(const DataInfo *d, int64_t token, Text *out)
{
    const char byte = (char)token;
    if (d->classes)
        text_puts(out, d->classes[token]);
    else
        text_add(out, &byte, 1);
}

SpmlCode run_sample_text(TrainRun *r, Error *err)
{
    const DataInfo *d = data_info(r->data.set);
    Writer w = {.r = r, .rng = rng_make(r->t.seed, RNG_TEXT, (uint64_t)r->s.epoch, 0), .ctx = d->dim[0], .n = ro_int(r, RO_SAMPLE, SAMPLE)};
    Text t = {0};
    if (!run_first(r) || d->target != TARGET_TOKENS || !w.n || r->model->out[0]->type.rank != 3)
        return SPML_OK;
    SpmlCode code = writer_begin(&w, err);
    for (int i = 0; !code && i < d->n_classes; i++) /* it begins after a line's end */
        if (d->classes ? !strcmp(d->classes[i], "\n") : i == '\n')
            w.token[0] = i;
    for (int64_t i = 1; !code && i <= w.n && !atomic_load(&r->stop); i++) {
        code = write_one(&w, i, err);
        if (!code)
            token_text(d, w.token[i], &t);
    }
    if (!code)
        run_tell(r, (RunEvent){.moment = RUN_TEXT, .text = t.p ? t.p : ""});
    text_free(&t);
    session_free(&w.s);
    arena_free(&w.arena);
    return code;
}

/* ── what is not finite ── */

static bool finite_all(DType t, const void *p, int64_t n)
{
    for (int64_t i = 0; dtype_is_float(t) && i < n; i++)
        if (!isfinite(dtype_get_f64(t, p, (uint64_t)i)))
            return false;
    return true;
}

/* The parameter that is not finite, or NULL. */
static const char *bad_param(TrainRun *r)
{
    for (size_t i = 0; i < trainer_params(r->trainer); i++) {
        TrainParam p;
        const void *data;
        int64_t n = 1;
        trainer_param(r->trainer, i, &p);
        for (int k = 0; k < p.rank; k++)
            n *= p.dim[k];
        if (!trainer_param_data(r->trainer, i, false, &data, NULL) && !finite_all(p.dtype, data, n))
            return p.name;
    }
    return NULL;
}

/* The first value that a run of the model with its batch makes so, in the order of the nodes; "" when none is. */
static SpmlCode bad_value(TrainRun *r, const RunFeed *f, Text *out, Error *err)
{
    Arena a = {0};
    Graph *g;
    Session *s = NULL;
    size_t n = 0;
    PipelineOptions o = r->t.pipeline;
    SpmlCode code = trainer_model(r->trainer, &a, &g, err);
    Value **v = code ? NULL : arena_array(&a, Value *, g->n_nodes + 2);
    for (const Node *x = v ? g->first : NULL; x; x = x->next)
        if (x->n_out && x->out[0] && x->out[0] != g->out[0] && x->out[0]->type.kind == TYPE_TENSOR && dtype_is_float(x->out[0]->type.dtype))
            v[n++] = x->out[0];
    o.outputs = v;
    RtValue **y = v ? arena_array(&a, RtValue *, n + g->n_out + 1) : NULL;
    if (!code && !y)
        code = error_oom(err);
    const size_t n_out = code ? 0 : g->n_out;
    if (!code)
        code = pipeline_open(g, &o, NULL, &r->on, &s, err);
    if (!code)
        code = session_run(s, (RtValue *const *)f->batch.x, 1, y, n + n_out, err);
    for (size_t i = 0; i < n && !code && !out->n; i++)
        if (!finite_all(y[n_out + i]->dtype, y[n_out + i]->data, rt_count(y[n_out + i])))
            text_printf(out, "'%s' of node '%s' (%s)", v[i]->name ? v[i]->name : "", v[i]->producer->name ? v[i]->producer->name : "", v[i]->producer->origin ? v[i]->producer->origin : op_info[v[i]->producer->op].name);
    if (!code && n_out && !out->n && !finite_all(y[0]->dtype, y[0]->data, rt_count(y[0])))
        text_printf(out, "the output '%s'", g->out[0]->name ? g->out[0]->name : "");
    for (size_t i = 0; y && i < n + n_out; i++)
        rt_free(&y[i]);
    session_free(&s);
    arena_free(&a);
    return code;
}

SpmlCode run_not_finite(TrainRun *r, const RunFeed *f, int64_t step, bool skipped, Error *err)
{
    Text where = {0};
    Error none = {0};
    const char *param = NULL;
    SpmlCode looked = trainer_whole(r->trainer, err);
    if (looked)
        return looked;
    if (!finite_all(f->x.dtype, f->x.data, rt_count(&f->x)))
        text_puts(&where, "the batch itself");
    else if (f->y && !finite_all(f->y->dtype, f->y->data, rt_count(f->y)))
        text_puts(&where, "the batch's targets");
    else if ((param = bad_param(r)))
        text_printf(&where, "parameter '%s'", param);
    looked = where.n ? SPML_OK : bad_value(r, f, &where, &none);
    r->sure = where.n > 0;
    if (!looked && !where.n)
        text_puts(&where, skipped ? "the gradients; all values of the model are finite" : "the loss; all values of the model are finite");
    error_set(err, SPML_NO, "not-finite", "step %lld: numbers are no longer finite; the first that are not: %s", (long long)step, where.n ? where.p : "not found");
    error_hint(err, "a lower --lr, --clip 1%s", r->t.precision == TRAIN_F16 ? ", or --precision bf16" : "");
    text_free(&where);
    return SPML_NO;
}
