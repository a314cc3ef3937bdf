/* SPDX-License-Identifier: MIT
 * base: what this process may use of the machine: the affinity mask and RAM, cut by the cgroup limits (v1 or v2) of the process
 * and of every group above it. */
#ifndef SPML_BASE_SYSTEM_H
#define SPML_BASE_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

int system_cpus(void);        /* at least 1; a quota of 1.5 CPUs counts as 2 */
uint64_t system_memory(void); /* bytes: the smaller of RAM and the cgroup limit */
uint64_t system_memory_cap(void); /* the default cap: 80 % of what system_memory() was when first asked */

void system_forget(void *p, size_t sz); /* what whole pages within hold is not read any more: their memory may go */

#endif
