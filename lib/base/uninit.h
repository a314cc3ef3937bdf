/* SPDX-License-Identifier: MIT
 * base: large or often entered locals that are written before they are read: exempt from -ftrivial-auto-var-init=zero, which the rest of the library is
 * built with. */
#ifndef SPML_BASE_UNINIT_H
#define SPML_BASE_UNINIT_H

#define UNINIT __attribute__((uninitialized))

#endif
