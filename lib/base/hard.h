/* SPDX-License-Identifier: MIT
 * base: sizes that no result may depend on (grains, blocks, first capacities), with a tiny value each for the `hardtest` build, in which
 * ordinary tests cross every border. Limits of formats and the canonical order of reductions are no such sizes. */
#ifndef SPML_BASE_HARD_H
#define SPML_BASE_HARD_H

#ifdef SPML_HARDTEST
#define HARD(usual, tiny) (tiny)
#else
#define HARD(usual, tiny) (usual)
#endif

#endif
