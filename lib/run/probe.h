/* SPDX-License-Identifier: MIT
 * run: drivers are other people's code: they are first tried in a child process, with a time limit, and what crashes or hangs is remembered in the cache
 * directory, so that the choice of a device by itself leaves it alone until a later probe succeeds. */
#ifndef SPML_RUN_PROBE_H
#define SPML_RUN_PROBE_H

#include "run/backend.h"

enum { PROBE_MS = 10000 };
typedef enum ProbeState { PROBE_HERE, PROBE_MISSING, PROBE_CRASHED, PROBE_HUNG } ProbeState;
typedef struct Probe { ProbeState state; DeviceInfo info; Error why; /* set unless PROBE_HERE */ } Probe;

/* Opens device `index` of b in a child and reports; records crash, time-out and success. ms: the limit. */
void probe_device(const Backend *b, int index, int ms, Probe *out);
/* SPML_DEVICE "driver-crashes" when the last probe of b's first device ended badly. */
SpmlCode probe_recorded(const Backend *b, Error *err);
/* Has this machine any device node that a driver of a GPU would open? Without one no driver needs to be loaded to know that there is none. */
bool probe_gpu_nodes(void);

#endif
