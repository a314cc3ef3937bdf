/* SPDX-License-Identifier: MIT
 * tests/fuzz: what the targets of lib/media share: an exact copy of the input, so that reading past its end is seen. */
#ifndef SPML_TESTS_FUZZ_MEDIA_H
#define SPML_TESTS_FUZZ_MEDIA_H

#include "fuzz.h"
#include "media/media.h"

enum { FUZZ_MEMORY = 256 << 20 };

#endif
