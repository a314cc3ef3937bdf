/* SPDX-License-Identifier: MIT
 * emit tests: does every float result of a GLSL text stand under `precise`? What is not precise a driver may contract. */
#ifndef SPML_TESTS_EMIT_PRECISE_H
#define SPML_TESTS_EMIT_PRECISE_H

#include <stdbool.h>
#include <stddef.h>

/* false: why says which line does float arithmetic outside precise, or declares a float result without it. */
bool precise_check(const char *text, char *why, size_t n);

#endif
