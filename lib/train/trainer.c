/* SPDX-License-Identifier: MIT
 * train: the Trainer: opens the sessions of a StepPlan, feeds them batches and the numbers of each step, keeps counters and the loss scale. The session of the
 * step owns the parameters; those of the update and of evaluation share its states. */
#include "train/train.h"

#include "base/system.h"
#include "ir/peers.h"
#include "train/shard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STATES = OPTIM_STATES + 4, MAX_PORTS = 64, SCALE_EVERY = 2000, FORGET_BYTES = 1 << 16 };

/* A graph of the plan and the session that runs it; its constants lie in the arena. */
typedef struct Run { Arena arena; Session *s; StepPorts ports; } Run;
typedef struct NamedState { const char *name; Run *of; int input; double first; bool in_slices, partial; /* in_slices: a rank changes its own only; partial: it has */ } NamedState;

struct Trainer {
    Arena arena;
    Graph *model;
    TrainOptions o;
    StepPlan plan;
    DevicePair on;
    TrainPorts ports;
    Run step, update, eval;
    NamedState state[MAX_STATES];
    size_t n_states;
    TrainCounters c;
    int micro;               /* steps whose gradients are in the sum */
    Buckets buckets;         /* of plan.bucketed */
    RtValue *ones;           /* [B] */
};

/* ── opening ── */

static SpmlCode copy_options(Trainer *t, const TrainOptions *o, Error *err)
{
    t->o = *o;
    TrainGroup *g = arena_copy(&t->arena, o->groups, (size_t)o->n_groups * sizeof *g);
    double *w = arena_copy(&t->arena, o->class_weights, (size_t)o->n_class_weights * sizeof *w);
    for (int i = 0; g && i < o->n_groups; i++)
        g[i].pattern = arena_strdup(&t->arena, g[i].pattern);
    t->o.groups = g;
    t->o.class_weights = o->class_weights ? w : NULL;
    t->o.accumulate = o->accumulate > 1 ? o->accumulate : 1;
    t->o.ema = o->eval_only ? 0 : o->ema;
    t->c.scale = o->precision != TRAIN_F16 ? 1 : o->loss_scale > 0 ? o->loss_scale : 65536;
    return t->arena.oom ? error_oom(err) : optim_check(&o->optim, err);
}

static SpmlCode copy_ports(Trainer *t, const TrainPorts *p, Error *err)
{
    const RtValue **x = arena_array(&t->arena, const RtValue *, p->n_x + 1);
    for (size_t i = 0; x && i < p->n_x; i++)
        x[i] = p->x[i] ? arena_copy(&t->arena, p->x[i], sizeof *p->x[i]) : NULL;
    t->ports = (TrainPorts){x, p->n_x, arena_copy(&t->arena, p->y, sizeof *p->y)};
    return t->arena.oom ? error_oom(err) : p->n_x + 16 > MAX_PORTS ? error_set(err, SPML_UNSUPPORTED, "inputs", "a model of %zu inputs", p->n_x) : SPML_OK;
}

static uint64_t arena_bytes(const Trainer *t) { return (uint64_t)t->plan.n * dtype_info[t->plan.dtype].bytes; }

static SpmlCode open_run(Trainer *t, Run *r, Graph *g, Error *err)
{
    PipelineOptions o = t->o.pipeline;
    o.outputs = NULL;
    o.memory_budget = r == &t->step ? t->o.memory_budget : 0;
    o.memory_beside = t->plan.split ? 0 : arena_bytes(t); /* gradients are temporaries of the step */
    SpmlCode code = pipeline_open(g, &o, NULL, &t->on, &r->s, err);
    if (!code && t->o.peers)
        session_peers(r->s, t->o.peers);
    return code;
}

static void close_run(Run *r)
{
    session_free(&r->s);
    arena_free(&r->arena);
}

/* Parameters that the loss does not depend on are known when it is differentiated: then the arenas are laid out without them. */
static SpmlCode open_step(Trainer *t, Error *err)
{
    bool again = true;
    Graph *g = NULL;
    SpmlCode code = SPML_OK;
    while (again && !code) {
        arena_free(&t->step.arena);
        code = step_train(&t->plan, &t->ports, &t->step.arena, &g, &t->step.ports, &again, err);
        if (!code && again)
            code = step_layout(&t->plan, err);
    }
    return code ? code : open_run(t, &t->step, g, err);
}

static SpmlCode share(Run *to, int i, Run *from, int j, Error *err) { return i < 0 ? SPML_OK : session_state_share(to->s, (size_t)i, from->s, (size_t)j, err); }

static SpmlCode open_update(Trainer *t, Error *err)
{
    Graph *g;
    SpmlCode code = step_update(&t->plan, &t->update.arena, &g, &t->update.ports, err);
    if (!code)
        code = open_run(t, &t->update, g, err);
    if (!code)
        code = share(&t->update, t->update.ports.params, &t->step, t->step.ports.params, err);
    return code ? code : share(&t->update, t->update.ports.sum, &t->step, t->step.ports.sum, err);
}

/* Whose session owns parameters and statistics. */
static Run *owner(Trainer *t) { return t->o.eval_only ? &t->eval : &t->step; }
static Run *updater(Trainer *t) { return t->plan.split ? &t->update : &t->step; }

static SpmlCode open_eval(Trainer *t, Error *err)
{
    Graph *g;
    Run *e = &t->eval, *u = updater(t);
    const bool average = t->o.ema > 0;
    SpmlCode code = step_eval(&t->plan, &t->ports, &e->arena, &g, &e->ports, err);
    if (!code)
        code = open_run(t, e, g, err);
    if (!code && t->o.eval_only)
        return SPML_OK; /* the states are its own */
    if (!code)
        code = share(e, e->ports.params, average ? u : &t->step, average ? u->ports.average : t->step.ports.params, err);
    if (!code)
        code = share(e, e->ports.buffers, &t->step, t->step.ports.buffers, err);
    if (code)
        close_run(e);
    return code;
}

static void state_add(Trainer *t, const char *name, Run *of, int input, double first)
{
    if (input >= 0)
        t->state[t->n_states++] = (NamedState){name, of, input, first, t->plan.bucketed && of == &t->update, false};
}

static void list_states(Trainer *t)
{
    const char *names[OPTIM_STATES];
    double first[OPTIM_STATES];
    const int k = t->o.eval_only ? 0 : optim_states(&t->o.optim, names, first);
    Run *u = updater(t), *of = owner(t);
    state_add(t, "params", of, of->ports.params, 0);
    for (int i = 0; i < k; i++)
        state_add(t, names[i], u, u->ports.moment[i], first[i]);
    state_add(t, "statistics", of, of->ports.buffers, 0);
    if (t->o.eval_only)
        return;
    state_add(t, "average", u, u->ports.average, 0);
}

static NamedState *state_named(Trainer *t, const char *name)
{
    for (size_t i = 0; i < t->n_states; i++)
        if (!strcmp(t->state[i].name, name))
            return &t->state[i];
    return NULL;
}

/* ── what the states begin with ── */

static void element_copy(DType to, void *dst, int64_t at, DType from, const char *src, int64_t n)
{
    const size_t sz = dtype_info[from].bytes;
    if (to == from) {
        memcpy((char *)dst + (size_t)at * sz, src, (size_t)n * sz);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        char one[16];
        memcpy(one, src + (size_t)i * sz, sz);
        dtype_set_f64(to, dst, (uint64_t)(at + i), dtype_get_f64(from, one, 0));
    }
}

static SpmlCode fill_arena(Trainer *t, const StepParam *list, size_t n_list, int64_t n, const char *name, Error *err)
{
    RtValue *v;
    SpmlCode code = n ? rt_tensor(t->plan.dtype, 1, &n, &v, err) : SPML_OK;
    if (code || !n)
        return code;
    for (size_t i = 0; i < n_list; i++) {
        const StepParam *r = &list[i];
        const Value *c = r->of;
        if (r->frozen || r->unused)
            continue;
        if (c->data->sz < (size_t)r->n * dtype_info[c->type.dtype].bytes || !c->data->p) {
            rt_free(&v);
            return error_set(err, SPML_DATA, "shape", "constant '%.200s' holds %zu bytes, its shape wants more", r->name, c->data->sz);
        }
        element_copy(t->plan.dtype, v->data, r->at, c->type.dtype, c->data->p, r->n);
    }
    code = trainer_state_set(t, name, v, err);
    if (!code && !strcmp(name, "params") && t->o.ema > 0)
        code = trainer_state_set(t, "average", v, err);
    rt_free(&v);
    return code;
}

static SpmlCode fill_moments(Trainer *t, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < t->n_states && !code; i++) {
        RtValue *v;
        if (!(t->state[i].first > 0))
            continue; /* states begin as zeros */
        code = rt_tensor(t->plan.dtype, 1, &t->plan.n, &v, err);
        for (int64_t k = 0; k < t->plan.n && !code; k++)
            dtype_set_f64(t->plan.dtype, v->data, (uint64_t)k, t->state[i].first);
        if (!code) {
            code = trainer_state_set(t, t->state[i].name, v, err);
            rt_free(&v);
        }
    }
    return code;
}

static SpmlCode fill_states(Trainer *t, Error *err)
{
    SpmlCode code = fill_arena(t, t->plan.param, t->plan.n_params, t->plan.n, "params", err);
    if (!code)
        code = fill_arena(t, t->plan.buffer, t->plan.n_buffers, t->plan.n_buffer, "statistics", err);
    if (!code)
        code = fill_moments(t, err);
    const int64_t batch = t->ports.y->rank ? t->ports.y->dim[0] : 1;
    if (!code)
        code = rt_tensor(t->plan.dtype, 1, &batch, &t->ones, err);
    for (int64_t i = 0; i < batch && !code; i++)
        dtype_set_f64(t->plan.dtype, t->ones->data, (uint64_t)i, 1);
    return code;
}

/* Has another value the same contents? */
static bool is_shared(const Graph *g, const Value *v)
{
    for (const Node *n = g->first; n; n = n->next)
        for (int i = 0; i < n->n_in; i++)
            if (n->in[i] && n->in[i] != v && n->in[i]->data == v->data)
                return true;
    return false;
}

/* What learns lies in the arenas now. A constant whose contents are gone says so: to read it is refused. */
static void forget_contents(Trainer *t)
{
    for (size_t i = 0; i < t->plan.n_params; i++) {
        const StepParam *r = &t->plan.param[i];
        ConstData *d = (ConstData *)r->of->data;
        if (r->frozen || r->unused || d->sz < FORGET_BYTES || is_shared(t->model, r->of))
            continue;
        if (d->file)
            file_drop(d->file, d->offset, d->sz);
        else
            system_forget((void *)d->p, d->sz);
        d->p = NULL;
        d->ref = "learned";
    }
}

static bool host_memory(const Trainer *t)
{
    DeviceInfo info;
    t->on.backend->info(t->on.device, &info);
    return info.host_memory;
}

static SpmlCode trainer_make(Trainer *t, const Graph *model, const TrainOptions *o, const TrainPorts *ports, Error *err)
{
    SpmlCode code = graph_complete(model, err);
    if (!code)
        code = copy_options(t, o, err);
    if (!code)
        code = copy_ports(t, ports, err);
    t->model = code ? NULL : graph_clone(model, &t->arena, NULL);
    if (!code && !t->model)
        code = error_oom(err);
    if (!code && (o->output < 0 || (size_t)o->output >= model->n_out))
        code = error_set(err, SPML_USAGE, "output", "the model has no output %d", o->output);
    if (!code)
        code = step_plan(t->model, &t->o, &t->arena, &t->plan, err);
    t->plan.bucketed = o->peers && !o->eval_only && host_memory(t); /* elsewhere gradients come to the host when all are there */
    if (!code)
        t->plan.loss = loss_choose(o, model->out[o->output], ports->y);
    if (!code)
        code = o->eval_only ? open_eval(t, err) : open_step(t, err);
    if (!code && t->plan.split && !o->eval_only)
        code = open_update(t, err);
    uint64_t bytes;
    if (!code)
        code = session_plan(owner(t)->s, &bytes, err);
    if (code)
        return code;
    list_states(t);
    code = t->plan.bucketed ? buckets_make(&t->plan, &t->arena, &t->buckets, err) : SPML_OK;
    if (!code)
        code = fill_states(t, err);
    if (!code && o->forget)
        forget_contents(t);
    return code;
}

SpmlCode trainer_open(const Graph *model, const TrainOptions *o, const TrainPorts *ports, const DevicePair *on, Trainer **out, Error *err)
{
    Trainer *t = calloc(1, sizeof *t);
    *out = NULL;
    if (!t)
        return error_oom(err);
    t->on = *on;
    SpmlCode code = trainer_make(t, model, o, ports, err);
    if (code)
        trainer_close(&t);
    *out = t;
    return code;
}

void trainer_close(Trainer **pt)
{
    Trainer *t = *pt;
    if (!t)
        return;
    close_run(&t->eval); /* those that share states first */
    close_run(&t->update);
    close_run(&t->step);
    rt_free(&t->ones);
    arena_free(&t->arena);
    free(t);
    *pt = NULL;
}

/* ── a step ── */

/* Inputs of a run; made: those that are ours to free. */
typedef struct Feed { RtValue *in[MAX_PORTS], *made[MAX_PORTS]; int n_made; SpmlCode code; Error *err; } Feed;

static void feed_numbers(Feed *f, int at, DType t, int rank, const int64_t *dim, const double *v)
{
    RtValue *x;
    if (at < 0 || f->code || (f->code = rt_tensor(t, rank, dim, &x, f->err)))
        return;
    for (int64_t i = 0, n = rt_count(x); i < n; i++) {
        if (dtype_is_float(t))
            dtype_set_f64(t, x->data, (uint64_t)i, v[i]);
        else
            dtype_set_i64(t, x->data, (uint64_t)i, (int64_t)v[i]);
    }
    f->in[at] = f->made[f->n_made++] = x;
}

static void feed_end(Feed *f)
{
    for (int i = 0; i < f->n_made; i++)
        rt_free(&f->made[i]);
}

static void feed_batch(Trainer *t, Feed *f, const StepPorts *p, const TrainBatch *b)
{
    if (b->n_x != t->ports.n_x)
        f->code = error_set(f->err, SPML_USAGE, "inputs", "%zu inputs given, the model has %zu", b->n_x, t->ports.n_x);
    for (size_t i = 0; i < b->n_x && !f->code; i++)
        f->in[i] = b->x[i];
    f->in[p->y] = b->y;
    f->in[p->weight] = b->weight ? b->weight : t->ones;
}

/* Numbers of 64 bits that no double holds go in as they are. */
static void feed_key(Trainer *t, Feed *f, int at)
{
    const int64_t two = 2;
    feed_numbers(f, at, DT_i64, 1, &two, (double[]){0, 0});
    if (at < 0 || f->code)
        return;
    dtype_set_i64(DT_i64, f->in[at]->data, 0, (int64_t)t->o.seed);
    dtype_set_i64(DT_i64, f->in[at]->data, 1, t->c.batches);
}

static double rate_of(const Trainer *t, int group)
{
    return t->o.optim.rate * schedule_factor(&t->o.schedule, t->c.step) * (group < 0 ? 1 : t->o.groups[group].rate);
}

static SpmlCode feed_update(Trainer *t, Feed *f, const StepPorts *p, Error *err)
{
    const int n = t->plan.n_ranges;
    const int64_t dims[2] = {n, OPTIM_NUMBERS}, two = 2;
    double *row = calloc((size_t)n * OPTIM_NUMBERS, sizeof *row);
    if (!row)
        return error_oom(err);
    for (int i = 0; i < n; i++) {
        const int g = t->plan.range[i].group;
        const double decay = g < 0 || isnan(t->o.groups[g].decay) ? t->o.optim.decay : t->o.groups[g].decay;
        optim_numbers(&t->o.optim, rate_of(t, g), decay, t->o.clip_value, t->c.updates + 1, row + i * OPTIM_NUMBERS);
    }
    feed_numbers(f, p->rates, t->plan.dtype, 2, dims, row);
    feed_numbers(f, p->control, t->plan.dtype, 1, &two, (double[]){t->c.scale, t->o.clip_norm > 0 ? t->o.clip_norm : INFINITY});
    free(row);
    return f->code;
}

static void after_update(Trainer *t, const RtValue *factor, TrainResult *out)
{
    const bool good = !factor || dtype_get_f64(factor->dtype, factor->data, 1) > 0;
    out->norm = factor ? dtype_get_f64(factor->dtype, factor->data, 2) : NAN;
    out->updated = good;
    out->skipped = !good;
    t->c.step++;
    t->c.updates += good;
    t->micro = 0;
    if (t->o.precision != TRAIN_F16)
        return;
    t->c.good = good ? t->c.good + 1 : 0;
    if (!good) {
        t->c.scale /= 2;
    } else if (t->c.good == SCALE_EVERY) {
        t->c.scale *= 2;
        t->c.good = 0;
    }
}

static void read_stats(const RtValue *s, TrainResult *out)
{
    double v[STEP_STATS];
    for (int i = 0; i < STEP_STATS; i++)
        v[i] = dtype_get_f64(s->dtype, s->data, (uint64_t)i);
    out->sum = v[0];
    out->count = v[1];
    out->loss = v[0] / v[1];
    out->correct = v[2];
    out->places = v[3];
}

/* Each rank's slices of a state to all. */
static SpmlCode spread_state(Trainer *t, const NamedState *s, Error *err)
{
    Peers *p = t->o.peers;
    const RtValue *v;
    SpmlCode code = session_state(s->of->s, (size_t)s->input, &v, err);
    for (uint32_t i = 0; i < t->buckets.n && !code; i++)
        code = p->spread(p, v->dtype, (char *)v->data + (size_t)t->buckets.list[i].start * dtype_info[v->dtype].bytes, t->buckets.list[i].count, err);
    return code;
}

/* The update of a rank's slices alone: the parameters go to all at once, the rest when somebody asks. */
static SpmlCode spread_params(Trainer *t, Error *err)
{
    for (size_t i = 0; i < t->n_states; i++)
        t->state[i].partial = t->state[i].in_slices;
    SpmlCode code = spread_state(t, &t->state[0], err);
    return code ? code : t->o.peers->finish(t->o.peers, err);
}

SpmlCode trainer_whole(Trainer *t, Error *err)
{
    SpmlCode code = SPML_OK;
    bool any = false;
    for (size_t i = 0; i < t->n_states && !code; i++)
        if (t->state[i].partial) {
            any = true;
            code = spread_state(t, &t->state[i], err);
        }
    if (any && !code)
        code = t->o.peers->finish(t->o.peers, err);
    for (size_t i = 0; i < t->n_states && !code; i++)
        t->state[i].partial = false;
    return code;
}

static SpmlCode is_whole(const NamedState *s, Error *err)
{
    return s && s->partial ? error_set(err, SPML_USAGE, "state", "parts of state '%s' are on other ranks: trainer_whole brings them", s->name) : SPML_OK;
}

static SpmlCode update_alone(Trainer *t, TrainResult *out, Error *err)
{
    Feed f = {.err = err};
    RtValue *v[1] = {0};
    Session *s = t->update.s;
    SpmlCode code = feed_update(t, &f, &t->update.ports, err);
    if (!code)
        code = session_run(s, f.in, s->g->n_in, v, s->g->n_out, err);
    if (!code && t->plan.bucketed)
        code = spread_params(t, err);
    if (!code)
        after_update(t, s->g->n_out ? v[0] : NULL, out);
    rt_free(&v[0]);
    feed_end(&f);
    return code;
}

/* ── with others ── */

/* Sums over all ranks of what a step has counted. */
static SpmlCode share_stats(Trainer *t, TrainResult *r, Error *err)
{
    Peers *p = t->o.peers;
    const double own[STEP_STATS] = {r->sum, r->count, r->correct, r->places};
    double sum[STEP_STATS] = {0}, *all = calloc((size_t)p->n, sizeof own);
    SpmlCode code = all ? p->gather(p, own, sizeof own, all, err) : error_oom(err);
    for (int i = 0; i < STEP_STATS * p->n && !code; i++)
        sum[i % STEP_STATS] += all[i];
    free(all);
    r->sum = sum[0];
    r->count = sum[1];
    r->loss = sum[0] / sum[1];
    r->correct = sum[2];
    r->places = sum[3];
    return code;
}

/* Gradients that lie on a device with memory of its own: all at once, over the host. */
static SpmlCode share_gradients(Trainer *t, Error *err)
{
    Peers *p = t->o.peers;
    const RtValue *v;
    RtValue *sum = NULL;
    const size_t at = (size_t)t->step.ports.sum;
    SpmlCode code = session_state(t->step.s, at, &v, err);
    if (!code)
        code = rt_copy(v, &sum, err);
    if (!code)
        code = p->start(p, sum->dtype, sum->data, rt_count(sum), err);
    if (!code)
        code = p->finish(p, err);
    if (!code)
        code = p->spread(p, sum->dtype, sum->data, rt_count(sum), err);
    if (!code)
        code = p->finish(p, err);
    if (!code)
        code = session_state_set(t->step.s, at, sum, err);
    rt_free(&sum);
    return code;
}

static SpmlCode share_step(Trainer *t, bool last, TrainResult *out, Error *err)
{
    Peers *p = t->o.peers;
    if (!p)
        return SPML_OK;
    SpmlCode code = share_stats(t, out, err);
    if (code || !last)
        return code;
    return t->plan.bucketed ? p->finish(p, err) : share_gradients(t, err);
}

SpmlCode trainer_step(Trainer *t, const TrainBatch *b, TrainResult *out, Error *err)
{
    const StepPorts *p = &t->step.ports;
    const int64_t one = 1;
    Feed f = {.err = err};
    RtValue *v[2] = {0};
    Session *s = t->step.s;
    const bool last = t->micro + 1 >= t->o.accumulate;
    *out = (TrainResult){.norm = NAN, .rate = rate_of(t, -1), .scale = t->c.scale};
    if (!s)
        return error_set(err, SPML_USAGE, "eval-only", "this trainer only measures");
    if (t->eval.s) /* one of the two works at a time */
        session_rest(t->eval.s);
    if (t->o.peers && b->weight && shard_even(&t->o))
        return error_set(err, SPML_USAGE, "weight", "samples have weights: ranks do not share such a batch");
    if (t->o.peers)
        t->o.peers->hold = !last;
    feed_batch(t, &f, p, b);
    feed_key(t, &f, p->key);
    feed_numbers(&f, p->gain, t->plan.dtype, 0, NULL, (double[]){t->c.scale / t->o.accumulate});
    feed_numbers(&f, p->keep, t->plan.dtype, 1, &one, (double[]){t->micro > 0});
    SpmlCode code = f.code;
    if (!code && !t->plan.split)
        code = feed_update(t, &f, p, err);
    if (!code)
        code = session_run(s, f.in, s->g->n_in, v, s->g->n_out, err);
    if (!code) {
        read_stats(v[0], out);
        t->c.batches++;
        code = share_step(t, last, out, err);
        if (code)
            t->micro = 0;
        else if (!t->plan.split)
            after_update(t, s->g->n_out > 1 ? v[1] : NULL, out);
        else if (++t->micro == t->o.accumulate)
            code = update_alone(t, out, err);
    }
    out->step = t->c.step;
    for (int i = 0; i < 2; i++)
        rt_free(&v[i]);
    feed_end(&f);
    return code;
}

/* ── evaluation ── */

SpmlCode trainer_eval(Trainer *t, const TrainBatch *b, TrainResult *out, RtValue **y, Error *err)
{
    Feed f = {.err = err};
    RtValue *v[2] = {0};
    *out = (TrainResult){.norm = NAN, .scale = t->c.scale, .step = t->c.step};
    if (y)
        *y = NULL;
    SpmlCode code = t->o.ema > 0 ? is_whole(state_named(t, "average"), err) : SPML_OK;
    if (!code && !t->eval.s)
        code = open_eval(t, err);
    if (code)
        return code;
    Session *s = t->eval.s;
    if (t->step.s)
        session_rest(t->step.s);
    feed_batch(t, &f, &t->eval.ports, b);
    code = f.code ? f.code : session_run(s, f.in, s->g->n_in, v, s->g->n_out, err);
    if (!code)
        read_stats(v[0], out);
    if (!code && y) {
        *y = v[1];
        v[1] = NULL;
    }
    rt_free(&v[0]);
    rt_free(&v[1]);
    feed_end(&f);
    return code;
}

DType trainer_dtype(const Trainer *t) { return t->plan.dtype; }
LossKind trainer_loss(const Trainer *t) { return t->plan.loss; }
Session *trainer_session(const Trainer *t) { return t->o.eval_only ? t->eval.s : t->step.s; }

/* ── what is learned ── */

static const StepParam *row_at(const Trainer *t, size_t i, bool *buffer)
{
    for (size_t k = 0; k < t->plan.n_params; k++)
        if (!t->plan.param[k].frozen && !t->plan.param[k].unused && !i--)
            return *buffer = false, &t->plan.param[k];
    *buffer = true;
    return i < t->plan.n_buffers ? &t->plan.buffer[i] : NULL;
}

static size_t count_frozen(const Trainer *t)
{
    size_t n = 0;
    for (size_t k = 0; k < t->plan.n_params; k++)
        n += t->plan.param[k].frozen || t->plan.param[k].unused;
    return n;
}

size_t trainer_frozen(const Trainer *t) { return count_frozen(t); }
size_t trainer_params(const Trainer *t) { return t->plan.n_params - count_frozen(t) + t->plan.n_buffers; }

void trainer_param(const Trainer *t, size_t i, TrainParam *out)
{
    bool buffer;
    const StepParam *r = row_at(t, i, &buffer);
    *out = (TrainParam){0};
    if (!r)
        return;
    *out = (TrainParam){.name = r->name, .dtype = t->plan.dtype, .rank = r->rank, .buffer = buffer, .group = r->group, .at = r->at};
    memcpy(out->dim, r->dim, sizeof r->dim);
}

static SpmlCode row_data(Trainer *t, const StepParam *r, bool buffer, bool average, const char **out, Error *err)
{
    const RtValue *v;
    const NamedState *s = state_named(t, buffer ? "statistics" : average && t->o.ema > 0 ? "average" : "params");
    SpmlCode code = is_whole(s, err);
    if (!code)
        code = session_state(s->of->s, (size_t)s->input, &v, err);
    if (!code)
        *out = (const char *)v->data + (size_t)r->at * dtype_info[v->dtype].bytes;
    return code;
}

SpmlCode trainer_param_data(Trainer *t, size_t i, bool average, const void **out, Error *err)
{
    bool buffer;
    const char *p = NULL;
    const StepParam *r = row_at(t, i, &buffer);
    SpmlCode code = r ? row_data(t, r, buffer, average, &p, err) : error_set(err, SPML_USAGE, "parameter", "there is no parameter %zu", i);
    *out = p;
    return code;
}

static SpmlCode put_constant(Trainer *t, const Map *values, Graph *g, const StepParam *r, bool buffer, Error *err)
{
    const char *p;
    Value *v = map_find(values, (const char *)&r->of, sizeof r->of);
    SpmlCode code = v ? row_data(t, r, buffer, true, &p, err) : SPML_OK;
    if (code || !v)
        return code;
    ConstData *d = arena_new(g->arena, ConstData);
    const size_t sz = (size_t)r->n * dtype_info[v->type.dtype].bytes;
    void *bytes = arena_alloc(g->arena, sz, 64);
    if (!d || !bytes)
        return error_oom(err);
    element_copy(v->type.dtype, bytes, 0, t->plan.dtype, p, r->n);
    *d = (ConstData){.p = bytes, .sz = sz};
    v->data = d;
    return SPML_OK;
}

SpmlCode trainer_model(Trainer *t, Arena *a, Graph **out, Error *err)
{
    Map values = map_make(a);
    Graph *g = graph_clone(t->model, a, &values);
    SpmlCode code = g ? SPML_OK : error_oom(err);
    for (size_t i = 0; i < trainer_params(t) && !code; i++) {
        bool buffer;
        const StepParam *r = row_at(t, i, &buffer);
        code = put_constant(t, &values, g, r, buffer, err);
    }
    *out = g;
    return code;
}

void trainer_memory(const Trainer *t, TrainMemory *out)
{
    const uint64_t e = dtype_info[t->plan.dtype].bytes, n = (uint64_t)t->plan.n;
    const char *names[OPTIM_STATES];
    double first[OPTIM_STATES];
    uint64_t bytes, least;
    block_sizes(owner((Trainer *)t)->s->g, &bytes, &least);
    if (t->o.eval_only) {
        *out = (TrainMemory){.params = n * e, .others = (uint64_t)t->plan.n_buffer * e, .activations = bytes, .least = least};
        return;
    }
    *out = (TrainMemory){.params = n * e, .gradients = n * e, .moments = n * e * (uint64_t)optim_states(&t->o.optim, names, first), .activations = bytes, .least = least};
    out->others = ((uint64_t)t->plan.n_buffer + (t->o.ema > 0 ? n : 0)) * e;
    if (!t->plan.split) { /* gradients are temporaries of the step */
        out->activations = bytes > out->gradients ? bytes - out->gradients : 0;
        out->least = least > out->gradients ? least - out->gradients : 0;
    }
}

/* ── everything there is ── */

size_t trainer_states(const Trainer *t) { return t->n_states; }

SpmlCode trainer_state(Trainer *t, size_t i, TrainState *out, Error *err)
{
    if (i >= t->n_states)
        return error_set(err, SPML_USAGE, "state", "there is no state %zu", i);
    if (t->micro)
        return error_set(err, SPML_USAGE, "state", "gradients of %d of %d batches are being summed: a state is whole between updates", t->micro, t->o.accumulate);
    SpmlCode code = is_whole(&t->state[i], err);
    if (code)
        return code;
    out->name = t->state[i].name;
    return session_state(t->state[i].of->s, (size_t)t->state[i].input, &out->value, err);
}

SpmlCode trainer_state_set(Trainer *t, const char *name, const RtValue *v, Error *err)
{
    NamedState *s = state_named(t, name);
    if (!s)
        return error_set(err, SPML_DATA, "state", "this training has no state '%.80s'", name);
    t->micro = 0;
    s->partial = false;
    return session_state_set(s->of->s, (size_t)s->input, v, err);
}

TrainCounters trainer_counters(const Trainer *t) { return t->c; }
void trainer_counters_set(Trainer *t, TrainCounters c) { t->c = c; }

static void describe_rows(Text *out, const char *key, const StepParam *list, size_t n)
{
    bool first = true;
    text_printf(out, "\"%s\":[", key);
    for (size_t i = 0; i < n; i++) {
        const StepParam *r = &list[i];
        if (r->frozen || r->unused)
            continue;
        text_printf(out, "%s{\"name\":\"", first ? "" : ",");
        text_escape_json(out, r->name, strlen(r->name));
        text_printf(out, "\",\"at\":%lld,\"shape\":[", (long long)r->at);
        for (int d = 0; d < r->rank; d++)
            text_printf(out, "%s%lld", d ? "," : "", (long long)r->dim[d]);
        text_puts(out, "]}");
        first = false;
    }
    text_puts(out, "]");
}

void trainer_describe(const Trainer *t, Text *out)
{
    text_printf(out, "{\"dtype\":\"%s\",\"optimizer\":\"%s\",\"loss\":\"%s\",\"accumulate\":%d,", dtype_name(t->plan.dtype), optim_name(t->o.optim.kind), loss_name(t->plan.loss), t->o.accumulate);
    describe_rows(out, "params", t->plan.param, t->plan.n_params);
    text_puts(out, ",");
    describe_rows(out, "statistics", t->plan.buffer, t->plan.n_buffers);
    text_puts(out, "}");
}
