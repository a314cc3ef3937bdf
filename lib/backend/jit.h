/* SPDX-License-Identifier: MIT
 * backend: what the runtimes that compile text have in common (OpenCL, Vulkan, CUDA). Takes kernel instances, gives programs (the text of one
 * or many entries), cache keys, and for each launch the variant whose facts hold, its words and its grid. Knows no driver: a runtime turns
 * a program into objects and hands them back with jit_adopt. A kernel's variants differ only in the facts their texts rely on. */
#ifndef SPML_BACKEND_JIT_H
#define SPML_BACKEND_JIT_H

#include "base/cache.h"
#include "kir/target.h"
#include "run/backend.h"

enum { JIT_MAX_WORDS = 1 + KIR_MAX_OPERANDS * (1 + 2 * KIR_MAX_RANK) + 64, JIT_NAME = 41 };

typedef struct Jit {
    const KirEmitter *emitter;
    KirTarget target;
    Text identity;         /* start of every cache key: version, language, driver, device, options */
    Cache *cache;          /* NULL: none */
    char *dump_dir;        /* NULL: texts are not written */
    uint32_t n_dumped;
    Text index;            /* rows of index.json */
    DeviceCounts counts;
} Jit;

typedef struct JitVariant {
    KirFacts facts;        /* what the text relies on */
    KirEmitted info;
    void *object;          /* the runtime's kernel, pipeline or function */
    struct JitVariant *next;
} JitVariant;

typedef struct JitKernel {
    Arena arena;
    KirKernel *kir;        /* prepared for the target */
    char *key;             /* of the instance, for index.json */
    char name[JIT_NAME];   /* of the template, as far as it is [A-Za-z0-9_] */
    uint32_t n_words;
    bool has_like;
    KirFacts like;         /* of the launch it was compiled for */
    int64_t like_items, like_shared;
    JitVariant *variants;
} JitKernel;

typedef struct JitEntry { JitKernel *kernel; JitVariant *variant; char name[JIT_NAME + 12]; } JitEntry;
typedef struct JitProgram { Text text; JitEntry *entry; size_t n, cap; } JitProgram;

/* identity is taken over. Where the cache cannot be opened the device works without. */
SpmlCode jit_open(Jit *j, const KirEmitter *e, const KirTarget *t, Text *identity, const DeviceOptions *o, Error *err);
void jit_close(Jit *j);

/* Prepares desc's kernel; no text yet. SPML_UNSUPPORTED: the target cannot run it. */
SpmlCode jit_kernel_new(Jit *j, const KernelDesc *desc, JitKernel **out, Error *err);
/* release (not NULL) is called with each object. */
void jit_kernel_free(JitKernel **k, void (*release)(void *ctx, void *object), void *ctx);

/* Appends an entry for k under these facts (NULL: those of its first launch, else none) to the program. */
SpmlCode jit_add(Jit *j, JitProgram *p, JitKernel *k, const KirFacts *facts, Error *err);
/* The entry's variant is k's from now on, with this object. */
void jit_adopt(JitEntry *e, void *object);
void jit_program_free(JitProgram *p); /* drops variants that were not adopted */
/* The variant whose facts hold for this launch. NULL: none, *make is what to compile then: these very facts for the first, else
 * what is right for every launch of that size class. */
JitVariant *jit_find(const JitKernel *k, const KirLaunch *l, KirFacts *make);

/* What the driver made of the text, from the cache; malloc'ed, NULL: not there. */
void *jit_load(Jit *j, const Text *text, size_t *n);
void jit_store(Jit *j, const Text *text, const void *p, size_t n);
/* Writes the text, what was made of it (where not NULL) and index.json, where dumping was asked for. */
SpmlCode jit_dump(Jit *j, const JitProgram *p, const void *binary, size_t n, const char *extension, uint64_t ns, Error *err);

/* Groups to launch for these words; 0: nothing to do. */
uint64_t jit_groups(const JitVariant *v, const uint64_t *words);
/* Bytes of shared memory passed at launch; SPML_UNSUPPORTED: more than the target has. */
SpmlCode jit_shared(const Jit *j, const JitKernel *k, const JitVariant *v, const KirLaunch *l, uint32_t *sz, Error *err);
uint64_t jit_now(void); /* ns */

#endif
