/* SPDX-License-Identifier: MIT
 * tests/fuzz: lowering asks which operands a template writes; targets end before it and are linked without the compiled kernels and their texts. */
#include "kir/prims.h"

SpmlCode kernels_module(const KModule **out, Error *err)
{
    *out = NULL;
    return error_set(err, SPML_UNSUPPORTED, "kernels", "this program holds no kernels");
}
