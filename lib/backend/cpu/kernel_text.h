/* SPDX-License-Identifier: MIT
 * backend/cpu: the .k files in the binary (written by kirc). */
#ifndef SPML_CPU_KERNEL_TEXT_H
#define SPML_CPU_KERNEL_TEXT_H

#include "kir/kir.h"

extern const KSource kernel_sources[];
extern const size_t n_kernel_sources;

#endif
