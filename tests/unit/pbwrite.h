/* SPDX-License-Identifier: MIT
 * tests: writing protobuf messages and small ONNX models into a Text, for the reader's tests. Everything is appended; pb_sub makes a
 * field of a finished message and frees it. */
#ifndef SPML_TESTS_PBWRITE_H
#define SPML_TESTS_PBWRITE_H

#include "base/text.h"

#include <string.h>

static inline void w_varint(Text *t, uint64_t v)
{
    for (; v > 0x7f; v >>= 7)
        text_add(t, (char[]){(char)(v | 0x80)}, 1);
    text_add(t, (char[]){(char)v}, 1);
}
static inline void w_int(Text *t, unsigned field, int64_t v) { w_varint(t, field << 3); w_varint(t, (uint64_t)v); }
static inline void w_bytes(Text *t, unsigned field, const void *p, size_t n) { w_varint(t, field << 3 | 2); w_varint(t, n); text_add(t, p, n); }
static inline void w_str(Text *t, unsigned field, const char *s) { w_bytes(t, field, s, strlen(s)); }
static inline void w_f32(Text *t, unsigned field, float f) { w_varint(t, field << 3 | 5); text_add(t, (const char *)&f, 4); }
static inline void w_sub(Text *t, unsigned field, Text *sub) { w_bytes(t, field, sub->p ? sub->p : "", sub->n); text_free(sub); }

/* TensorProto without data */
static inline Text w_tensor(const char *name, int type, int rank, const int64_t *dim)
{
    Text t = {0};
    for (int i = 0; i < rank; i++)
        w_int(&t, 1, dim[i]);
    w_int(&t, 2, type);
    if (name)
        w_str(&t, 8, name);
    return t;
}
/* ValueInfoProto; dims: NULL for no shape; "N" style symbols where sym[i] is given; -2: neither value nor name */
static inline Text w_info(const char *name, int type, int rank, const int64_t *dim, const char *const *sym)
{
    Text info = {0}, tp = {0}, tensor = {0}, shape = {0};
    w_int(&tensor, 1, type);
    for (int i = 0; dim && i < rank; i++) {
        Text d = {0};
        if (sym && sym[i])
            w_str(&d, 2, sym[i]);
        else if (dim[i] != -2)
            w_int(&d, 1, dim[i]);
        w_sub(&shape, 1, &d);
    }
    if (dim)
        w_sub(&tensor, 2, &shape);
    w_sub(&tp, 1, &tensor);
    w_str(&info, 1, name);
    w_sub(&info, 2, &tp);
    return info;
}
/* NodeProto; in and out are space-separated, "-" stands for an empty name */
static inline void w_names(Text *t, unsigned field, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, " ");
        w_bytes(t, field, list, n == 1 && *list == '-' ? 0 : n);
        list += n + (list[n] == ' ');
    }
}
static inline Text w_node(const char *name, const char *domain, const char *op, const char *in, const char *out)
{
    Text t = {0};
    w_names(&t, 1, in);
    w_names(&t, 2, out);
    if (name)
        w_str(&t, 3, name);
    w_str(&t, 4, op);
    if (domain)
        w_str(&t, 7, domain);
    return t;
}
static inline Text w_attr(const char *name, int type) { Text t = {0}; w_str(&t, 1, name); w_int(&t, 20, type); return t; }
static inline void w_opset(Text *model, unsigned field, const char *domain, int version)
{
    Text o = {0};
    if (*domain)
        w_str(&o, 1, domain);
    w_int(&o, 2, version);
    w_sub(model, field, &o);
}
/* ModelProto of IR version 8 around a graph */
static inline Text w_model(Text *graph, int opset)
{
    Text m = {0};
    w_int(&m, 1, 8);
    w_str(&m, 2, "tests");
    w_opset(&m, 8, "", opset);
    w_sub(&m, 7, graph);
    return m;
}

#endif
