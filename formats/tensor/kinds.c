/* SPDX-License-Identifier: MIT
 * formats/tensor: the table of kinds and the list of named values. Content decides first, then the extension. */
#include "formats/tensor/tensor.h"

#include "formats/tensor/pb.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const TensorKind tensor_kinds[] = {
    {"npy", "npy", false, false, npy_probe, npy_read, npy_write, "NumPy array, versions 1 to 3"},
    {"npz", "npz", true, false, zip_probe, npz_read, npz_write, "NumPy archive: every entry is one named tensor"},
    {"safetensors", "safetensors", true, false, safetensors_probe, st_values_read, st_values_write, "SafeTensors: named tensors"},
    {"pb", "pb", false, false, NULL, pbfile_read, pbfile_write, "ONNX TensorProto, SequenceProto, OptionalProto, MapProto"},
    {"raw", "raw bin", false, true, NULL, raw_read, raw_write, "little-endian elements without a header; raw,f32,1x3x8x8:PATH says type and shape"},
    {"csv", "csv", false, true, NULL, csv_read, csv_write, "numbers, rows by lines"},
    {"json", "json", false, true, NULL, json_read, json_write, "nested arrays of numbers, booleans or strings"},
    {"txt", "txt", false, true, NULL, txt_read, txt_write, "numbers between white space, or strings by lines"},
    {0},
};

const TensorKind *tensor_kind_find(const char *name, size_t n)
{
    for (const TensorKind *k = tensor_kinds; k->name; k++)
        if (strlen(k->name) == n && !memcmp(k->name, name, n))
            return k;
    return NULL;
}

static bool has_word(const char *words, const char *w, size_t n)
{
    for (const char *p = words; *p;) {
        size_t len = strcspn(p, " ");
        if (len == n && !strncasecmp(p, w, n))
            return true;
        p += len + (p[len] == ' ');
    }
    return false;
}

const TensorKind *tensor_kind_extension(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    for (const TensorKind *k = tensor_kinds; dot && k->name; k++)
        if (has_word(k->extensions, dot + 1, strlen(dot + 1)))
            return k;
    return NULL;
}

const TensorKind *tensor_kind_probe(Span head, const char *path)
{
    const TensorKind *by_name = tensor_kind_extension(path);
    if (by_name && (!by_name->probe || by_name->probe(head)))
        return by_name;
    for (const TensorKind *k = tensor_kinds; k->name; k++)
        if (k->probe && k->probe(head))
            return k;
    return by_name;
}

SpmlCode values_add(ValueList *l, const char *name, size_t n_name, RtValue *v, Error *err)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 8;
        NamedValue *p = realloc(l->v, cap * sizeof *p);
        if (!p)
            return rt_free(&v), error_oom(err);
        l->v = p;
        l->cap = cap;
    }
    char *copy = malloc(n_name + 1);
    if (!copy)
        return rt_free(&v), error_oom(err);
    memcpy(copy, name, n_name);
    copy[n_name] = 0;
    for (size_t i = 0; v->kind == TYPE_TENSOR && v->dtype == DT_bool && i < v->sz; i++) /* files may say true as any byte, kernels as 1 */
        ((uint8_t *)v->data)[i] = ((uint8_t *)v->data)[i] != 0;
    l->v[l->n++] = (NamedValue){copy, v};
    return SPML_OK;
}

void values_clear(ValueList *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->v[i].name);
        rt_free(&l->v[i].value);
    }
    free(l->v);
    *l = (ValueList){0};
}

SpmlCode pbfile_read(const File *f, const ValueWant *want, ValueList *out, Error *err)
{
    RtValue *v;
    char *name = NULL;
    SpmlCode code = pb_value_read(f, want->kind, &v, &name, err);
    if (!code)
        code = values_add(out, name ? name : "", name ? strlen(name) : 0, v, err);
    free(name);
    return code;
}

SpmlCode pbfile_write(const ValueList *l, FileWriter *w, Error *err)
{
    Text t = {0};
    SpmlCode code = pb_value_write(l->v[0].value, l->v[0].name, &t, err);
    if (!code)
        code = writer_write(w, t.p, t.n, err);
    text_free(&t);
    return code;
}
