/* SPDX-License-Identifier: MIT
 * kirc: the host tool that compiles kernels at build time; what its two files share. */
#ifndef SPML_KIRC_H
#define SPML_KIRC_H

#include "kir/emit.h"
#include "kir/prims.h"
#include "kir/target.h"

/* A key as aot.def and the command line write it: KERNEL<NAME=VALUE,…>/PACK=RANK…/r0,r1,…; VALUE is a type, a function or reducer, an integer
 * or live. Text in place: the parts of key are cut by NULs. */
enum { KIRC_MAX_BIND = 32 };
typedef struct KircKey {
    char *kernel;
    KBindType types[KIRC_MAX_BIND];
    KBindFn fns[KIRC_MAX_BIND];
    KBindConst consts[KIRC_MAX_BIND];
    KBindRank ranks[KIRC_MAX_BIND];
    int operand_ranks[KIR_MAX_OPERANDS];
    KirBinding binding;
} KircKey;
SpmlCode kirc_parse_key(char *key, KircKey *out, Error *err);

/* All functions whose parameters are compute scalars, each for every type it can have, and the table PrimFns. */
SpmlCode kirc_functions(const KModule *m, Text *out, Error *err);
/* The instances that aot.def lists, and their table. */
SpmlCode kirc_kernels(const KModule *m, char *aot_def, Text *out, Error *err);
/* One instance as C text (golden tests); the scheduled KIR before it when show is set. */
SpmlCode kirc_one(const KModule *m, char *key, bool show, Text *out, Error *err);
/* One instance as a whole text of another language, its entry named k0_<template>. */
SpmlCode kirc_text(const KModule *m, char *key, const KirEmitter *e, const KirTarget *t, bool dense, Text *out, Error *err);
/* The texts themselves, as C arrays. */
void kirc_embed(const KSource *src, size_t n, Text *out);

#endif
