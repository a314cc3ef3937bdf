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

typedef struct JitProgram JitProgram;
/* What a runtime does with programs. build: the driver's objects of its entries, each taken over with jit_adopt; text that it does not compile is SPML_UNSUPPORTED. drop: lets go of one. */
typedef struct JitRuntime {
    SpmlCode (*build)(Device *d, JitProgram *p, Error *err);
    void (*drop)(Device *d, void *object);
    SpmlCode (*binary)(const char *text, void **out, size_t *n, Error *err); /* what an entry's text is compiled to, malloc'ed, for people to read; NULL: nothing of use */
    const char *binary_extension;
} JitRuntime;

typedef struct Jit Jit;
struct Jit {
    Device *device;
    const JitRuntime *runtime;
    const KirEmitter *emitter;
    KirTarget target;
    Text identity;         /* start of every cache key: version, language, driver, device, options */
    Cache *cache;          /* NULL: none */
    DeviceCounts counts;
    BackendKernel *kernels; /* all of them */
};

typedef struct JitVariant {
    KirFacts facts;        /* what the text relies on */
    KirEmitted info;
    void *object;          /* the runtime's kernel, pipeline or function */
    uint64_t ns;           /* that the driver took for the program, or the cache */
    struct JitVariant *next;
} JitVariant;

typedef struct JitKernel {
    Arena arena;
    KirKernel *kir;        /* prepared for the target */
    Jit *jit;
    char name[JIT_NAME];   /* of the template, as far as it is [A-Za-z0-9_] */
    uint32_t n_words;
    KirFlat *flat;         /* CPU devices: launches over fewer axes; or NULL */
    bool has_like;
    KirFacts like;         /* of the launch it was compiled for */
    int64_t like_items, like_shared;
    JitVariant *variants;
} JitKernel;

typedef struct JitEntry { JitKernel *kernel; JitVariant *variant; char name[JIT_NAME + 12]; } JitEntry;
struct JitProgram { Text text; JitEntry *entry; size_t n, cap; };
struct BackendKernel { JitKernel *jit; BackendKernel *next; };

/* identity is taken over. Where the cache cannot be opened the device works without. */
SpmlCode jit_open(Jit *j, Device *d, const JitRuntime *r, const KirEmitter *e, const KirTarget *t, Text *identity, const DeviceOptions *o, Error *err);
void jit_close(Jit *j);

/* compile and release of the vtable. Where the language has programs of many kernels a batch becomes one; if that does not build, each instance is tried
 * alone, so that the message names the one at fault. */
SpmlCode jit_compile(Jit *j, KernelDesc *list, size_t n, BackendKernel **out, Error *err);
void jit_release(Jit *j, BackendKernel *k);
/* The variant of k whose facts hold for this launch, compiled now where there is none. */
SpmlCode jit_variant(Jit *j, BackendKernel *k, const KirLaunch *l, JitVariant **out, Error *err);
/* The entry's variant is its kernel's from now on, with this object. */
void jit_adopt(JitEntry *e, void *object);

/* What the driver made of the text, from the cache; malloc'ed, NULL: not there. */
void *jit_load(Jit *j, const Text *text, size_t *n);
void jit_store(Jit *j, const Text *text, const void *p, size_t n);
/* text of the vtable: the program of all variants, one after the other where the language has one kernel to a text. */
const char *jit_text(const BackendKernel *k, Text *out, BackendDetails *details);

/* Groups to launch for these words; 0: nothing to do. */
uint64_t jit_groups(const JitVariant *v, const uint64_t *words);
/* l as k takes it: itself, or the same work over fewer axes, in *room. */
const KirLaunch *jit_launch(const JitKernel *k, const KirLaunch *l, KirLaunch *room);
/* Bytes of shared memory passed at launch; SPML_UNSUPPORTED: more than the target has. */
SpmlCode jit_shared(const Jit *j, const JitKernel *k, const JitVariant *v, const KirLaunch *l, uint32_t *sz, Error *err);
uint64_t jit_now(void); /* ns */

#endif
