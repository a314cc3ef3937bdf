/* SPDX-License-Identifier: MIT
 * cpu: the roof of this machine, measured. */
#ifndef SPML_BACKEND_CPU_ROOF_H
#define SPML_BACKEND_CPU_ROOF_H

#include "base/threads.h"
#include "kir/prims.h"
#include "run/backend.h"

/* With all threads of the pool, about `seconds` for each of 60 moments, short enough to fall between what others do. */
SpmlCode roof_measure(CpuLevel l, Pool *pool, double seconds, DeviceRoof *out, Error *err);

#endif
