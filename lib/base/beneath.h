/* SPDX-License-Identifier: MIT
 * base, for file.c only: opening a name that a model file gives, beneath that model's directory. */
#ifndef SPML_BASE_BENEATH_H
#define SPML_BASE_BENEATH_H

#include "base/error.h"

/* A descriptor of the regular file `name` beneath `dir`, or -1 with err set. */
int beneath_open(const char *dir, const char *name, Error *err);

#endif
