/* SPDX-License-Identifier: MIT
 * train: schedules of the learning rate: from the number of a step to a factor. Pure functions, so a run that is resumed needs the step's number alone. */
#include "train/optim.h"

#include <math.h>
#include <string.h>

static const char *const names[SCHEDULE_KINDS] = {"constant", "step", "linear", "cosine", "one-cycle"};

const char *schedule_name(ScheduleKind k) { return k < SCHEDULE_KINDS ? names[k] : NULL; }

bool schedule_find(const char *name, size_t n, ScheduleKind *out)
{
    for (int i = 0; i < SCHEDULE_KINDS; i++)
        if (strlen(names[i]) == n && !memcmp(names[i], name, n))
            return *out = (ScheduleKind)i, true;
    return false;
}

Schedule schedule_default(ScheduleKind k, int64_t total)
{
    return (Schedule){.kind = k, .total = total, .every = total > 3 ? total / 3 : 1, .gamma = 0.1, .rise = 0.3, .from = 25, .to = 1e4};
}

/* From a to b as x goes from 0 to 1, along half a cosine. */
static double cosine(double a, double b, double x) { return b + (a - b) / 2 * (1 + cos(3.14159265358979323846 * x)); }

static double one_cycle(const Schedule *s, double step)
{
    const double top = s->rise * (double)s->total - 1, end = (double)s->total - 1, low = 1 / s->from;
    if (step <= top)
        return top > 0 ? cosine(low, 1, step / top) : 1;
    return end > top ? cosine(1, low / s->to, fmin((step - top) / (end - top), 1)) : 1;
}

double schedule_factor(const Schedule *s, int64_t step)
{
    if (s->kind == SCHEDULE_ONE_CYCLE)
        return one_cycle(s, (double)step);
    if (step < s->warmup)
        return (double)(step + 1) / (double)s->warmup;
    const double at = (double)(step - s->warmup), all = (double)(s->total - s->warmup), x = all > 0 ? fmin(at / all, 1) : 1;
    switch (s->kind) {
    case SCHEDULE_STEP: return pow(s->gamma, floor(at / (double)(s->every > 0 ? s->every : 1)));
    case SCHEDULE_LINEAR: return 1 + (s->last - 1) * x;
    case SCHEDULE_COSINE: return cosine(1, s->last, x);
    case SCHEDULE_CONSTANT:
    case SCHEDULE_ONE_CYCLE:
    case SCHEDULE_KINDS: break;
    }
    return 1;
}
