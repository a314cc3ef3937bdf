/* SPDX-License-Identifier: MIT
 * ops: symbolic values; see known.h. */
#include "ops/known.h"

#include <stdlib.h>
#include <string.h>

bool known_dims(const Value *v, const Dim **out, int n_max, int *n)
{
    int64_t x[256];
    if (v->n_known >= 0) {
        if (v->n_known > n_max)
            return false;
        memcpy(out, v->known, (size_t)v->n_known * sizeof *out);
        *n = v->n_known;
        return true;
    }
    if (v->type.kind != TYPE_TENSOR || v->type.rank < 0 || v->type.rank > 1 || !value_ints(v, x, n_max < 256 ? n_max : 256, n))
        return false;
    for (int i = 0; i < *n; i++)
        out[i] = dim_const(v->graph, x[i]);
    return true;
}

void known_set(Node *n, int count, const Dim *const *d)
{
    Value *v = n->n_out ? n->out[0] : NULL;
    if (!v || v->type.kind != TYPE_TENSOR || v->type.rank < 0 || v->type.rank > 1 || !dtype_is_int(v->type.dtype) || count > IR_KNOWN_MAX)
        return;
    const Dim **copy = arena_array(n->graph->arena, const Dim *, count + 1);
    if (!copy)
        return;
    for (int i = 0; i < count; i++)
        if (!(copy[i] = d[i]))
            return;
    v->known = copy;
    v->n_known = count;
}

void known_concat(Node *n)
{
    const Dim *d[256];
    int count = 0;
    for (int i = 0; i < n->n_in; i++) {
        int k;
        if (!known_dims(n->in[i], d + count, 256 - count, &k))
            return;
        count += k;
    }
    known_set(n, count, d);
}

void known_slice(Node *n, const Dim *start, int64_t step)
{
    const Dim *d[256], *out[256];
    int64_t s, len;
    int count;
    if (!n->out[0] || !dim_lit(start, &s) || !dim_lit(n->out[0]->type.dim[0], &len) || !known_dims(n->in[0], d, 256, &count) || len > 256)
        return;
    for (int64_t i = 0; i < len; i++) {
        int64_t at = s + i * step;
        if (at < 0 || at >= count)
            return;
        out[i] = d[at];
    }
    known_set(n, (int)len, out);
}

void known_gather(Node *n)
{
    const Dim *d[256], *out[256];
    int64_t ix[256];
    int count, k;
    if (n->in[0]->type.rank != 1 || n->in[1]->type.rank > 1 || !known_dims(n->in[0], d, 256, &count) || !value_ints(n->in[1], ix, 256, &k))
        return;
    for (int i = 0; i < k; i++) {
        int64_t at = ix[i] < 0 ? ix[i] + count : ix[i];
        if (at < 0 || at >= count)
            return;
        out[i] = d[at];
    }
    known_set(n, k, out);
}
