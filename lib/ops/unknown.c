/* SPDX-License-Identifier: MIT
 * ops: `unknown`, the place of a foreign operator that we do not have. Readers make it only for inspecting a model; it cannot run. */
#include "ops/ops.h"

/* Outputs keep the types that the file declares; others are of unknown type and rank. */
SpmlCode shape_unknown(Node *n, Error *err)
{
    (void)err;
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] && n->out[i]->type.kind == TYPE_NONE)
            n->out[i]->type = (Type){.kind = TYPE_TENSOR, .dtype = DT_none, .rank = -1};
    return SPML_OK;
}

SpmlCode lower_unknown(Lower *l, Node *n, Error *err)
{
    (void)l;
    return error_set(err, SPML_UNSUPPORTED, "node-unsupported", "%s", node_str(n, "reason", "unknown operator"));
}
