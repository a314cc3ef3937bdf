/* SPDX-License-Identifier: MIT
 * base: the environment variables of knobs.def; see knobs.h. Values are read together, once, at the first question; a number
 * that does not parse counts as not set. */
#include "base/knobs.h"

#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>

const KnobInfo knob_info[KNOB_COUNT] = {
#define KNOB(name, type, def, text) [KNOB_##name] = {"SPML_" #name, #type, def, text},
#include "base/knobs.def"
#undef KNOB
};

static const char *values[KNOB_COUNT]; /* written once, under the pthread_once */
static pthread_once_t values_once = PTHREAD_ONCE_INIT;

static void values_read(void)
{
    for (int k = 0; k < KNOB_COUNT; k++)
        values[k] = secure_getenv(knob_info[k].name); /* NULL under AT_SECURE */
}

const char *knob_str(Knob k)
{
    pthread_once(&values_once, values_read);
    return values[k] ? values[k] : knob_info[k].def;
}

int64_t knob_int(Knob k)
{
    const char *end;
    int64_t v = 0;
    if (parse_i64(knob_str(k), &end, &v) && !*end)
        return v;
    return parse_i64(knob_info[k].def, NULL, &v) ? v : 0;
}
