/* SPDX-License-Identifier: MIT
 * tests/pack: cases on a device; see device.c. Reasons go to c->reason, as in case.h. */
#ifndef SPML_TESTS_PACK_DEVICE_H
#define SPML_TESTS_PACK_DEVICE_H

#include "case.h"

/* Something was launched, and with no_fallback nothing ran on the CPU. Adds to c->launches and c->fallback. */
bool device_counts(PackCase *c, const SpmlSession *s, bool no_fallback);
/* The outputs of the device within the rule of limit.c of those of the CPU; exact: the same bits. *worst as in limit_check. */
bool device_agrees(PackCase *c, SpmlTensor *const *got, SpmlTensor *const *want, size_t n, bool exact, double *worst);
/* Floating-point operations of products and convolutions for these inputs; 0: not known. */
double device_flop(const SpmlModel *m, SpmlSession *s, SpmlTensor *const *in);
/* Float constants of 16 elements and more become inputs with a default, so that nothing is folded, packed or fused ahead of the run. Before any session. */
bool device_weights_as_inputs(PackCase *c, SpmlModel *m);

#endif
