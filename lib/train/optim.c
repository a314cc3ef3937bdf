/* SPDX-License-Identifier: MIT
 * train: the table of optimisers and the numbers of a step, in the order in which kernels/optim.k reads them. */
#include "train/optim.h"

#include "ir/ops.h"

#include <math.h>
#include <string.h>

typedef struct OptimInfo { const char *name; int op; Optim preset; } OptimInfo;
static const OptimInfo table[OPTIM_KINDS] = {
    [OPTIM_SGD] = {"sgd", OP_sgd_update, {.kind = OPTIM_SGD, .rate = 1e-2}},
    [OPTIM_ADAM] = {"adam", OP_adam_update, {.kind = OPTIM_ADAM, .rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}},
    [OPTIM_ADAMW] = {"adamw", OP_adam_update, {.kind = OPTIM_ADAMW, .rate = 1e-3, .decay = 1e-2, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}},
    [OPTIM_RMSPROP] = {"rmsprop", OP_rmsprop_update, {.kind = OPTIM_RMSPROP, .rate = 1e-2, .alpha = 0.99, .eps = 1e-8}},
    [OPTIM_ADAGRAD] = {"adagrad", OP_adagrad_update, {.kind = OPTIM_ADAGRAD, .rate = 1e-2, .eps = 1e-10}},
    [OPTIM_LION] = {"lion", OP_lion_update, {.kind = OPTIM_LION, .rate = 1e-4, .beta1 = 0.9, .beta2 = 0.99}},
};

const char *optim_name(OptimKind k) { return k < OPTIM_KINDS ? table[k].name : NULL; }
Optim optim_default(OptimKind k) { return table[k].preset; }
int optim_op(const Optim *o) { return table[o->kind].op; }

bool optim_find(const char *name, size_t n, OptimKind *out)
{
    for (int i = 0; i < OPTIM_KINDS; i++)
        if (strlen(table[i].name) == n && !memcmp(table[i].name, name, n))
            return *out = (OptimKind)i, true;
    return false;
}

static bool share(double x) { return x >= 0 && x < 1; }

SpmlCode optim_check(const Optim *o, Error *err)
{
    const char *bad = NULL;
    if (!(o->rate >= 0) || !isfinite(o->rate))
        bad = "rate";
    else if (!(o->decay >= 0) || !isfinite(o->decay))
        bad = "decay";
    else if (!(o->momentum >= 0) || !isfinite(o->momentum) || !isfinite(o->dampening))
        bad = "momentum";
    else if (!share(o->beta1) || !share(o->beta2))
        bad = "beta";
    else if (!(o->eps >= 0) || !(o->alpha >= 0) || !(o->rate_decay >= 0) || !(o->first_sum >= 0))
        bad = "eps, alpha, rate decay or first sum";
    else if (o->nesterov && (o->kind != OPTIM_SGD || o->momentum <= 0 || o->dampening != 0))
        bad = "Nesterov's momentum (SGD with momentum, without dampening)";
    return bad ? error_set(err, SPML_USAGE, "optimizer", "%s: %s is out of range", table[o->kind].name, bad) : SPML_OK;
}

int optim_states(const Optim *o, const char *names[OPTIM_STATES], double first[OPTIM_STATES])
{
    int n = 0;
    memset(first, 0, OPTIM_STATES * sizeof *first);
    switch (o->kind) {
    case OPTIM_SGD: break;
    case OPTIM_ADAM:
    case OPTIM_ADAMW:
        names[n++] = "mean";
        names[n++] = "square";
        return n;
    case OPTIM_RMSPROP:
        names[n++] = "square";
        if (o->centered)
            names[n++] = "average";
        break;
    case OPTIM_ADAGRAD:
        first[n] = o->first_sum;
        names[n++] = "sum";
        return n;
    case OPTIM_LION: names[n++] = "mean"; return n;
    case OPTIM_KINDS: return 0;
    }
    if (o->momentum > 0)
        names[n++] = "momentum";
    return n;
}

void optim_numbers(const Optim *o, double rate, double decay, double clip, int64_t t, double row[OPTIM_NUMBERS])
{
    memset(row, 0, OPTIM_NUMBERS * sizeof *row);
    row[0] = rate;
    row[1] = decay;
    row[2] = clip > 0 ? clip : INFINITY;
    switch (o->kind) {
    case OPTIM_SGD:
        row[3] = t > 1 ? o->momentum : 0; /* the buffer begins as the first gradient */
        row[4] = t > 1 ? 1 - o->dampening : 1;
        row[5] = o->momentum;
        return;
    case OPTIM_ADAMW: row[1] = 0; /* fall through */
    case OPTIM_ADAM:
        row[0] = rate / (1 - pow(o->beta1, (double)t));
        row[3] = 1 - o->beta1;
        row[4] = o->beta2;
        row[5] = 1 - o->beta2;
        row[6] = 1 / sqrt(1 - pow(o->beta2, (double)t));
        row[7] = o->eps;
        row[8] = o->kind == OPTIM_ADAMW ? 1 - rate * decay : 1;
        return;
    case OPTIM_RMSPROP:
        row[3] = o->alpha;
        row[4] = 1 - o->alpha;
        row[5] = o->eps;
        row[6] = o->momentum;
        return;
    case OPTIM_ADAGRAD:
        row[0] = rate / (1 + (double)(t - 1) * o->rate_decay);
        row[3] = o->eps;
        return;
    case OPTIM_LION:
        row[3] = o->beta1;
        row[4] = 1 - o->beta1;
        row[5] = 1 - o->beta2;
        row[6] = 1 - rate * decay;
        return;
    case OPTIM_KINDS: return;
    }
}
