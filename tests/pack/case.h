/* SPDX-License-Identifier: MIT
 * tests/pack: one case of the model pack: a model file, named inputs, and the outputs that an independent program gave for them. Cases come
 * from *_meta.json with .bin files, from .npz files, from CSV and .pb files; readers here are the tests' own. Only spml.h is used. */
#ifndef SPML_TESTS_PACK_CASE_H
#define SPML_TESTS_PACK_CASE_H

#include "spml.h"

enum { CASE_PORTS = 16, CASE_REASON = 400, CASE_PATH = 4096 };

typedef struct CaseTensor { char name[128]; SpmlTensor *t; } CaseTensor;
typedef struct PackCase {
    char name[160], model[CASE_PATH];
    CaseTensor in[CASE_PORTS], want[CASE_PORTS];
    size_t n_in, n_want;
    bool flat;    /* references of another program, whose types and shapes are its own: only the values count, outputs go by position */
    double share; /* of the range that is allowed besides the rule */
    char reason[CASE_REASON];
    /* on a device: */
    unsigned long long launches, fallback;
    double from_cpu;       /* part of the limit by which an output is away from the CPU's */
    bool inexact, skipped; /* other bits than on the CPU; costs more than --max-gflop */
} PackCase;
typedef struct CaseList { PackCase *v; size_t n, cap; } CaseList;

/* Reasons go to c->reason; the result is always false. */
bool case_fail(PackCase *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
PackCase *cases_add(CaseList *l, const char *name);
void cases_free(CaseList *l);

/* Every *_meta.json of dir; model paths in them are relative to pack. Tensors are read when the case is loaded. */
void cases_add_metas(CaseList *l, const char *pack, const char *dir);
/* models/onnx/tract_cases, with io.npz; models/onnx/light, with NAME_output_0.pb; references/winml */
void cases_add_others(CaseList *l, const char *pack);
/* Reads the tensors of a case. false: c->reason. */
bool case_load(PackCase *c, const char *pack, const char *extra);
void case_unload(PackCase *c);

/* A whole file, NUL-terminated; NULL if it cannot be read. */
char *file_slurp(const char *path, size_t *n);
SpmlTensor *tensor_of(const char *dtype, int rank, const int64_t *dim, const void *data, size_t n);
/* npz.c: adds the arrays of an .npz (stored or deflated, little endian, C order); false: why. */
bool npz_load(const char *path, CaseTensor *out, size_t *n, const char **why);

/* limit.c: the rule for model outputs: |got - want| <= max(1e-6 + 1e-3|want|, 1e-4 scale), scale = the range of the wanted elements with the same last-axis
 * index where there are at least 16 of them, else of the tensor; f16: 1e-2 of the range; NaN only where wanted; the rest exact. "" or why, in buf;
 * share: of the range, allowed besides. *worst: the largest part of its limit that an element used. */
const char *limit_check(SpmlTensor *got, SpmlTensor *want, double share, double *worst, char *buf, size_t sz);
/* Changes one element by 10 times its limit. */
void limit_perturb(SpmlTensor *got, SpmlTensor *want, double share);
double tensor_get(SpmlTensor *t, size_t i);
size_t tensor_count(const SpmlTensor *t);
/* want's values with the type (f32, f64) and shape of got; NULL where the counts differ. */
SpmlTensor *tensor_like(SpmlTensor *want, SpmlTensor *got);

#endif
