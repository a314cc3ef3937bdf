/* SPDX-License-Identifier: MIT
 * ir: runtime values: a concrete tensor, sequence, optional or map on the host. SpmlTensor of the public header is an RtValue. */
#ifndef SPML_IR_RTVALUE_H
#define SPML_IR_RTVALUE_H

#include "base/dtype.h"
#include "base/error.h"
#include "ir/graph.h"

typedef struct RtValue {
    TypeKind kind;
    DType dtype;             /* tensor */
    int rank;
    int64_t dim[IR_MAX_RANK];
    void *data;              /* tensor: row-major, 64-byte aligned; strings: StringRef[], bytes owned by the value */
    size_t sz;               /* bytes of data */
    enum { RT_OWNED, RT_BORROWED } own; /* borrowed: data, bytes and items belong to somebody else */
    struct RtValue **item;   /* sequence: items; optional: 0 or 1 item; map: values as one tensor in item[1], keys in item[0] */
    size_t n_item, cap_item;
    char *bytes;             /* strings: one block holding all of them when owned */
} RtValue;

SpmlCode rt_tensor(DType t, int rank, const int64_t *dim, RtValue **out, Error *err); /* zeroed, owned */
SpmlCode rt_alloc(RtValue *v, DType t, int rank, const int64_t *dim, Error *err);     /* makes *v an owned tensor, freeing what it held */
SpmlCode rt_alloc_unset(RtValue *v, DType t, int rank, const int64_t *dim, Error *err); /* the same for what will be written altogether (texts are empty) */
SpmlCode rt_strings(RtValue *v, int rank, const int64_t *dim, const StringRef *s, Error *err); /* copies the strings */
SpmlCode rt_sequence_add(RtValue *seq, RtValue *item /* taken over */, Error *err);
SpmlCode rt_copy(const RtValue *v, RtValue **out, Error *err);                        /* deep */
void rt_clear(RtValue *v);                                                            /* frees what it holds; kind NONE */
void rt_free(RtValue **v);
int64_t rt_count(const RtValue *v);                                                   /* elements of a tensor */

#endif
