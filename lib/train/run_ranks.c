/* SPDX-License-Identifier: MIT
 * train: a run as one of several ranks. All of them go the same way through the loop, because what decides it (losses, validation, wishes to end) is the same on all;
 * rank 0 tells and writes. What only one of them can fail at ends the job; what all may fail at is agreed upon, so that it is said once. */
#include "train/run_internal.h"

#include "base/knobs.h"
#include "base/threads.h"

#include <string.h>

SpmlCode run_ranks_open(TrainRun *r, Error *err)
{
    r->n_ranks = 1;
    SpmlCode code = ranks_open(&r->stop, &r->ranks, err);
    if (code || !r->ranks)
        return code;
    r->rank = ranks_peers(r->ranks)->rank;
    r->n_ranks = ranks_peers(r->ranks)->n;
    return SPML_OK;
}

void run_ranks_threads(TrainRun *r)
{
    if (!r->ranks)
        return;
    const int n = threads_default() / ranks_beside(r->ranks);
    r->t.peers = ranks_peers(r->ranks);
    if (!ro(r, RO_THREADS) && knob_int(KNOB_THREADS) <= 0)
        r->t.pipeline.threads = n > 1 ? n : 1;
}

bool run_stopped(TrainRun *r) { return r->ranks ? ranks_stop(r->ranks) : atomic_load(&r->stop); }

SpmlCode run_ranks_meet(TrainRun *r, Error *err) { return r->ranks ? ranks_sum(r->ranks, NULL, 0, err) : SPML_OK; }

/* Who has something to say does, once, as rank so-and-so; the others keep still. */
static SpmlCode agree(TrainRun *r, SpmlCode code, Error *err)
{
    int speaker;
    const SpmlCode all = ranks_agree(r->ranks, code, r->sure, &speaker, err);
    if (speaker < 0) {
        r->report.told_elsewhere = r->rank > 0;
        return all;
    }
    r->agreed = true;
    r->report.told_elsewhere = speaker != r->rank;
    if (speaker == r->rank && speaker)
        error_context(err, "rank %d", r->rank);
    return all == code ? code : error_set(err, all, "rank", "rank %d has failed", speaker);
}

SpmlCode run_ranks_begin(TrainRun *r, SpmlCode code, Error *err)
{
    Text t = {0};
    if (!r->ranks)
        return code;
    code = agree(r, code, err);
    if (code)
        return code;
    run_options_json(r, &t);
    text_printf(&t, "%lld %lld %lld", (long long)trainer_counters(r->trainer).step, (long long)r->s.best_step, (long long)r->s.at.batch);
    text_add(&t, (const char *)data_info(r->data.set)->fingerprint, 32);
    code = t.oom ? error_oom(err) : ranks_same(r->ranks, "options, data or the step to go on from", t.p, t.n, err);
    text_free(&t);
    return code ? code : run_ranks_same(r, err);
}

SpmlCode run_ranks_same(TrainRun *r, Error *err)
{
    TrainState s;
    if (!r->ranks)
        return SPML_OK;
    SpmlCode code = trainer_state(r->trainer, 0, &s, err);
    return code ? code : ranks_same(r->ranks, "parameters", s.value->data, s.value->sz, err);
}

SpmlCode run_ranks_eval(TrainRun *r, TrainResult *total, Error *err)
{
    double v[4] = {total->sum, total->count, total->correct, total->places};
    if (!r->ranks)
        return SPML_OK;
    SpmlCode code = ranks_sum(r->ranks, v, 4, err);
    total->sum = v[0];
    total->count = v[1];
    total->correct = v[2];
    total->places = v[3];
    return code || !r->confusion.count ? code : ranks_count(r->ranks, (int64_t *)r->confusion.count, (size_t)r->n_out * (size_t)r->n_out, err);
}

/* These ends are the same on all ranks; any other is one rank's alone, and the others wait for it in vain. */
SpmlCode run_ranks_end(TrainRun *r, SpmlCode code, Error *err)
{
    if (!r->ranks)
        return code;
    if (code && code != SPML_INTERRUPTED && !(code == SPML_NO && err && !strcmp(err->key, "not-finite")))
        return error_context(err, "rank %d", r->rank), code;
    code = agree(r, code, err);
    r->agreed = true;
    if (code == SPML_INTERRUPTED)
        r->report.told_elsewhere = r->rank > 0;
    return code;
}
