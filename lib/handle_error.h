/* SPDX-License-Identifier: MIT
 * spml: what is behind SpmlError, and the small conversions that need nothing else. */
#ifndef SPML_HANDLE_ERROR_H
#define SPML_HANDLE_ERROR_H

#include "formats/tensor/tensor.h"
#include "spml.h"

struct SpmlError { Error e; };

static inline Error *handle_error(SpmlError *e) { return e ? &e->e : NULL; }
static inline RtValue *handle_value(const SpmlTensor *t) { return (RtValue *)t; }

#endif
