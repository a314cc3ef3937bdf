/* SPDX-License-Identifier: MIT
 * base: environment variables, one row each in knobs.def: KNOB(name, type, default, "one line"). Read once at first use;
 * under AT_SECURE every SPML_* is ignored. `spml help env` prints the table. */
#ifndef SPML_BASE_KNOBS_H
#define SPML_BASE_KNOBS_H

#include <stdint.h>

typedef enum Knob {
#define KNOB(name, type, def, text) KNOB_##name,
#include "base/knobs.def"
#undef KNOB
    KNOB_COUNT
} Knob;

typedef struct KnobInfo { const char *name, *type, *def, *text; } KnobInfo; /* name is the variable: "SPML_THREADS" */
extern const KnobInfo knob_info[KNOB_COUNT];
const char *knob_str(Knob k);  /* the variable's value, else the default ("" may mean none) */
int64_t knob_int(Knob k);

#endif
