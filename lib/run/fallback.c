/* SPDX-License-Identifier: MIT
 * run: calls that the session's device does not run, on the CPU beside it. Usually the residences of the operands say what must be copied; a call that
 * the device refuses only when it is submitted finds its operands where its launch says they are. */
#include "kir/prims.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

SpmlCode fallback_refuse(Session *s, const Step *st, const Error *why, Error *err)
{
    const char *name = st->node->name && *st->node->name ? st->node->name : st->node->n_out && st->node->out[0] && st->node->out[0]->name ? st->node->out[0]->name : "";
    if (!error_is(err))
        error_set(err, SPML_UNSUPPORTED, "fallback", "%s cannot run every call of this model, and --no-fallback is given:", s->backend->name);
    error_line(err, "node '%.200s' (%.60s): %.400s", name, st->node->origin ? st->node->origin : op_info[st->node->op].name, why->text);
    return SPML_UNSUPPORTED;
}

static SpmlCode cpu_submit(Session *s, Step *st, const BackendLaunch *l, Error *err)
{
    CallState *cs = st->compiled;
    uint64_t t0 = s->profile ? run_now() : 0;
    SpmlCode code = s->cpu->submit(s->cpu_device, l, 1, err);
    if (!code)
        code = s->cpu->wait(s->cpu_device, err);
    if (s->profile) {
        cs->ns += run_now() - t0;
        cs->n_runs++;
    }
    s->shared->counts.fallback += !code;
    return code ? step_context(st, err) : SPML_OK;
}

static const Error *reason(const CallState *cs)
{
    static const Error extents = {.code = SPML_UNSUPPORTED, .text = "not for these extents"};
    const Kernel *k = !cs->k->made[SIDE_DEVICE] ? cs->k : cs->post && !cs->post->made[SIDE_DEVICE] ? cs->post : NULL;
    return k && k->why ? k->why : &extents;
}

SpmlCode fallback_run(Session *s, Step *st, Error *err)
{
    if (s->no_fallback)
        return fallback_refuse(s, st, reason(st->compiled), err);
    SpmlCode code = call_compile(s, st, SIDE_CPU, err);
    if (!code)
        code = call_fill(s, st, SIDE_CPU, err);
    if (!code && !s->remote)
        code = s->backend->wait(s->device, err);
    BackendLaunch l = call_launch(st->compiled, SIDE_CPU);
    return code ? code : cpu_submit(s, st, &l, err);
}

/* ── one taken from the queue ── */

enum { PIECES = 2 * CALL_ARGS };
typedef struct Piece { Backing at; char *host; bool write; } Piece;
typedef struct Shelf { Piece piece[PIECES]; size_t n; KirLaunch launch, post; } Shelf;

static Piece *piece_of(Session *s, Shelf *f, Backing at, Error *err)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->piece[i].at.p == at.p)
            return &f->piece[i];
    char *host = aligned_alloc(64, (at.sz + 64 + 63) / 64 * 64);
    if (!host || f->n == PIECES)
        return free(host), error_oom(err), NULL;
    f->piece[f->n] = (Piece){at, host, false};
    if (at.sz && s->backend->download(s->device, host, at.p, at.sz, err))
        return f->n++, NULL;
    s->shared->counts.downloads += at.sz != 0;
    s->shared->counts.bytes_down += at.sz;
    return &f->piece[f->n++];
}

/* The launch on copies of its operands. */
static SpmlCode shelve(Session *s, Shelf *f, const CallSpec *c, const KirKernel *k, const Backing *span, KirLaunch *l, Error *err)
{
    for (int i = 0; i < c->n_args; i++) {
        Piece *p = piece_of(s, f, span[i], err);
        if (!p)
            return err && err->code ? err->code : SPML_DEVICE;
        l->view[i].p = p->host + ((char *)l->view[i].p - span[i].p);
        p->write |= k->mems[i].kind != KMEM_IN;
    }
    return SPML_OK;
}

static SpmlCode give_back(Session *s, const Shelf *f, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < f->n && !code; i++) {
        const Piece *p = &f->piece[i];
        if (!p->write || !p->at.sz)
            continue;
        code = s->backend->upload(s->device, p->at.p, p->host, p->at.sz, err);
        s->shared->counts.uploads += !code;
        s->shared->counts.bytes_up += code ? 0 : p->at.sz;
    }
    return code;
}

SpmlCode fallback_queued(Session *s, const Step *st, Error *err)
{
    CallState *cs = st->compiled;
    Shelf *f = calloc(1, sizeof *f);
    SpmlCode code = f ? call_compile(s, st, SIDE_CPU, err) : error_oom(err);
    if (code)
        return free(f), code;
    kir_launch_copy(&f->launch, cs->launch, cs->k->kir->n_operands);
    code = shelve(s, f, st->call, cs->k->kir, cs->span, &f->launch, err);
    if (!code && cs->post) {
        kir_launch_copy(&f->post, cs->post_launch, cs->post->kir->n_operands);
        code = shelve(s, f, st->post, cs->post->kir, cs->span + st->call->n_args, &f->post, err);
    }
    if (!code)
        code = cpu_submit(s, (Step *)st, &(BackendLaunch){cs->k->made[SIDE_CPU], cs->post ? cs->post->made[SIDE_CPU] : NULL, &f->launch, &f->post, NULL, NULL}, err);
    if (!code)
        code = give_back(s, f, err);
    for (size_t i = 0; i < f->n; i++)
        free(f->piece[i].host);
    free(f);
    return code;
}
