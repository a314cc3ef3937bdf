/* SPDX-License-Identifier: MIT
 * backend: instances → programs of text, variants by facts, cache keys; see jit.h. The text itself is part of the cache key, so an entry
 * can only be found by the very text it was made from, whatever has changed between two builds of spml. */
#include "backend/jit.h"

#include "kir/prims.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t jit_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

SpmlCode jit_open(Jit *j, Device *d, const JitRuntime *r, const KirEmitter *e, const KirTarget *t, Text *identity, const DeviceOptions *o, Error *err)
{
    *j = (Jit){.device = d, .runtime = r, .emitter = e, .target = *t, .identity = *identity};
    *identity = (Text){0};
    j->target.caps &= ~(o->emulate | (KCAP_tf32 & ~o->math));
    if (!o->no_cache)
        cache_open(NULL, 0, &j->cache, NULL);
    return j->identity.oom ? error_oom(err) : SPML_OK;
}

void jit_close(Jit *j)
{
    cache_close(&j->cache);
    text_free(&j->identity);
}

/* ── kernels ── */

static void name_take(char out[JIT_NAME], const char *name)
{
    size_t n = 0;
    for (; name[n] && n < JIT_NAME - 1; n++) {
        char c = name[n];
        out[n] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
    }
    out[n] = 0;
}

static void kernel_free(Jit *j, JitKernel *k)
{
    if (!k)
        return;
    for (JitVariant *v = k->variants, *next; v; v = next) {
        next = v->next;
        j->runtime->drop(j->device, v->object);
        free(v);
    }
    arena_free(&k->arena);
    free(k);
}

const KirLaunch *jit_launch(const JitKernel *k, const KirLaunch *l, KirLaunch *room) { return k->flat && kir_flatten(k->flat, l, room) ? room : l; }

static void note_like(JitKernel *k, const KirLaunch *launch)
{
    KirLaunch flat;
    const KirLaunch *l = jit_launch(k, launch, &flat);
    kir_facts(k->kir, l, &k->like);
    k->like_items = kir_top_items(k->kir, l);
    k->like_shared = kir_shared_bytes(k->kir, l);
}

/* desc's kernel for the target; no text yet. SPML_UNSUPPORTED: the target cannot run it. */
static SpmlCode kernel_new(Jit *j, const KernelDesc *desc, JitKernel **out, Error *err)
{
    JitKernel *k = *out = calloc(1, sizeof *k);
    const KModule *own;
    if (!k)
        return error_oom(err);
    SpmlCode code = kernels_module(&own, err);
    if (!code)
        code = kir_prepare(desc->kernel, own, &j->target, desc->like, &k->arena, &k->kir, err);
    if (code)
        return code;
    k->jit = j;
    name_take(k->name, desc->kernel->name);
    k->n_words = kir_words(k->kir);
    k->has_like = desc->like != NULL;
    if (j->target.lanes == 1 && k->kir->source)
        k->flat = kir_flat_new(k->kir->source, &k->arena);
    if (k->has_like)
        note_like(k, desc->like);
    return k->arena.oom ? error_oom(err) : SPML_OK;
}

void jit_release(Jit *j, BackendKernel *k)
{
    BackendKernel **at = &j->kernels;
    if (!k)
        return;
    while (*at && *at != k)
        at = &(*at)->next;
    if (*at)
        *at = k->next;
    kernel_free(j, k->jit);
    free(k);
}

/* ── programs ── */

static JitEntry *entry_new(JitProgram *p)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 8;
        JitEntry *grown = realloc(p->entry, cap * sizeof *grown);
        if (!grown)
            return NULL;
        p->entry = grown;
        p->cap = cap;
    }
    JitEntry *e = &p->entry[p->n];
    *e = (JitEntry){.variant = calloc(1, sizeof *e->variant)};
    return e->variant ? e : NULL;
}

/* Appends an entry for k under these facts (NULL: those of its first launch, else none). */
static SpmlCode program_add(Jit *j, JitProgram *p, JitKernel *k, const KirFacts *facts, Error *err)
{
    SpmlCode code = p->text.n || !j->emitter->prelude ? SPML_OK : j->emitter->prelude(&j->target, &p->text, err);
    const size_t before = p->text.n;
    JitEntry *e = code ? NULL : entry_new(p);
    if (!e)
        return code ? code : error_oom(err);
    e->kernel = k;
    e->variant->facts = facts ? *facts : k->like;
    snprintf(e->name, sizeof e->name, "k%zu_%s", p->n, k->name);
    code = j->emitter->kernel(k->kir, &j->target, &e->variant->facts, e->name, &p->text, &e->variant->info, err);
    if (!code && p->text.oom)
        code = error_oom(err);
    if (!code) {
        p->n++;
        return SPML_OK;
    }
    free(e->variant);
    if (p->text.p) /* what was begun is taken back: the others of the batch stay */
        p->text.p[p->text.n = before] = 0;
    return code;
}

void jit_adopt(JitEntry *e, void *object)
{
    e->variant->object = object;
    e->variant->next = e->kernel->variants;
    e->kernel->variants = e->variant;
    e->variant = NULL;
}

/* Variants that were not adopted go too. */
static void program_free(JitProgram *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->entry[i].variant);
    free(p->entry);
    text_free(&p->text);
    *p = (JitProgram){0};
}

static SpmlCode program_build(Jit *j, JitProgram *p, Error *err)
{
    const uint64_t start = jit_now();
    SpmlCode code = j->runtime->build(j->device, p, err);
    for (size_t i = 0; i < p->n && !code; i++)
        p->entry[i].kernel->variants->ns = jit_now() - start; /* the one just adopted */
    return code;
}

/* ── variants ── */

/* Whatever `have` relies on is so in `is`. */
static bool facts_hold(const KirFacts *have, const KirFacts *is)
{
    if ((have->small && !is->small) || (have->aligned & ~is->aligned))
        return false;
    for (int s = 0; s < KIR_FACT_SYMS; s++)
        if (have->sym[s] && have->sym[s] != is->sym[s])
            return false;
    for (int m = 0; m < KIR_MAX_OPERANDS; m++) {
        const uint32_t relied = (have->stride[m] | have->stride[m] >> 1) & 0x55555555u; /* one bit per dimension that is not ANY */
        if ((have->stride[m] ^ is->stride[m]) & relied * 3)
            return false;
    }
    return true;
}

static SpmlCode build_one(Jit *j, JitKernel *k, const KirFacts *facts, Error *err)
{
    JitProgram p = {0};
    SpmlCode code = program_add(j, &p, k, facts, err);
    if (!code)
        code = program_build(j, &p, err);
    program_free(&p);
    return code;
}

/* The first variant is made for what it sees; the second is right for every launch of its size class. */
SpmlCode jit_variant(Jit *j, BackendKernel *kernel, const KirLaunch *l, JitVariant **out, Error *err)
{
    JitKernel *k = kernel->jit;
    KirFacts is;
    kir_facts(k->kir, l, &is);
    for (JitVariant *v = k->variants; v; v = v->next)
        if (facts_hold(&v->facts, &is))
            return *out = v, SPML_OK;
    if (k->variants) { /* the first was made for what it saw; the second is for all the rest */
        memset(is.stride, 0, sizeof is.stride);
        memset(is.sym, 0, sizeof is.sym);
        is.aligned = 0;
    }
    SpmlCode code = build_one(j, k, &is, err);
    *out = code ? NULL : k->variants;
    return code;
}

/* ── batches ── */

/* The instance in p, or, where no launch is known yet, only its text, which is made again at the first one. */
static SpmlCode desc_add(Jit *j, const KernelDesc *desc, JitProgram *p, BackendKernel **out, Error *err)
{
    JitProgram trial = {0};
    BackendKernel *k = calloc(1, sizeof *k);
    if (!k)
        return error_oom(err);
    k->next = j->kernels;
    j->kernels = k;
    SpmlCode code = kernel_new(j, desc, &k->jit, err);
    if (!code && j->emitter->many)
        code = program_add(j, desc->like ? p : &trial, k->jit, NULL, err);
    else if (!code)
        code = desc->like ? build_one(j, k->jit, NULL, err) : program_add(j, &trial, k->jit, NULL, err);
    program_free(&trial);
    if (code)
        jit_release(j, k);
    else
        *out = k;
    return code;
}

/* After the common program did not build: one by one. */
static SpmlCode build_each(Jit *j, KernelDesc *list, size_t n, BackendKernel **out, Error *err)
{
    SpmlCode code = SPML_OK;
    for (size_t i = 0; i < n && !code; i++) {
        if (out[i] && list[i].like && !out[i]->jit->variants)
            code = build_one(j, out[i]->jit, NULL, &list[i].why);
        if (!code)
            continue;
        jit_release(j, out[i]);
        out[i] = NULL;
        if (code != SPML_UNSUPPORTED && err)
            *err = list[i].why;
        code = code == SPML_UNSUPPORTED ? SPML_OK : code;
    }
    return code;
}

SpmlCode jit_compile(Jit *j, KernelDesc *list, size_t n, BackendKernel **out, Error *err)
{
    JitProgram p = {0};
    SpmlCode code = SPML_OK;
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < n && !code; i++) {
        code = desc_add(j, &list[i], &p, &out[i], &list[i].why);
        if (code && code != SPML_UNSUPPORTED && err)
            *err = list[i].why;
        code = code == SPML_UNSUPPORTED ? SPML_OK : code;
    }
    if (!code && p.n && program_build(j, &p, NULL))
        code = build_each(j, list, n, out, err);
    program_free(&p);
    for (size_t i = 0; i < n && code; i++) {
        jit_release(j, out[i]);
        out[i] = NULL;
    }
    return code;
}

/* ── cache ── */

static bool key_make(const Jit *j, const Text *text, Text *key)
{
    text_add(key, j->identity.p, j->identity.n);
    text_add(key, "", 1);
    text_add(key, text->p, text->n);
    return !key->oom;
}

void *jit_load(Jit *j, const Text *text, size_t *n)
{
    Text key = {0};
    void *p = j->cache && key_make(j, text, &key) ? cache_find(j->cache, key.p, key.n, n) : NULL;
    text_free(&key);
    j->counts.cache_hits += p != NULL;
    j->counts.cache_misses += p == NULL;
    return p;
}

void jit_store(Jit *j, const Text *text, const void *p, size_t n)
{
    Text key = {0};
    if (j->cache && key_make(j, text, &key))
        cache_put(j->cache, key.p, key.n, p, n);
    text_free(&key);
}

/* ── what runs, for people ── */

static void json_member(Text *t, const char *name, const char *s)
{
    text_printf(t, "\"%s\":\"", name);
    text_escape_json(t, s, strlen(s));
    text_puts(t, "\",");
}

static void json_variant(const JitVariant *v, Text *t)
{
    text_printf(t, "{\"group_size\":%u,\"groups\":%s,\"by_value\":%s,\"compile_ms\":%llu.%03u}", v->info.group_size, v->info.group ? "true" : "false", v->info.by_value ? "true" : "false",
                (unsigned long long)(v->ns / 1000000), (unsigned)(v->ns / 1000 % 1000));
}

static void json_kernel(const JitKernel *k, Text *t)
{
    json_member(t, "language", k->jit->emitter->name);
    text_printf(t, "\"words\":%u,", k->n_words);
    if (k->has_like)
        text_printf(t, "\"items\":%lld,\"shared_bytes\":%lld,", (long long)k->like_items, (long long)k->like_shared);
    text_puts(t, "\"operands\":[");
    for (size_t m = 0; m < k->kir->n_operands; m++) {
        const KMem *o = &k->kir->mems[m];
        text_puts(t, m ? ",{" : "{");
        json_member(t, "name", o->name);
        text_printf(t, "\"type\":\"%s\",\"rank\":%u,\"output\":%s}", o->type == DT_none ? o->block_name : dtype_info[o->type].name, o->rank, o->kind == KMEM_IN ? "false" : "true");
    }
    text_puts(t, "],\"variants\":[");
    for (const JitVariant *v = k->variants; v; v = v->next) {
        json_variant(v, t);
        text_puts(t, v->next ? "," : "");
    }
    text_puts(t, "]");
}

static SpmlCode emit_variants(const JitKernel *k, Text *out, BackendDetails *d)
{
    const KirEmitter *e = k->jit->emitter;
    const JitRuntime *r = k->jit->runtime;
    SpmlCode code = SPML_OK;
    for (const JitVariant *v = k->variants; v && !code; v = v->next) {
        const size_t from = out->n;
        KirEmitted info;
        if (e->prelude && (v == k->variants || !e->many))
            code = e->prelude(&k->jit->target, out, NULL);
        if (!code)
            code = e->kernel(k->kir, &k->jit->target, &v->facts, k->name, out, &info, NULL);
        if (!code && d && r->binary && !d->binary && !out->oom) {
            code = r->binary(out->p + from, &d->binary, &d->n_binary, NULL);
            d->binary_extension = r->binary_extension;
        }
    }
    return code;
}

const char *jit_text(const BackendKernel *k, Text *out, BackendDetails *d)
{
    const SpmlCode code = emit_variants(k->jit, out, d);
    if (d)
        json_kernel(k->jit, &d->json);
    return code ? NULL : k->jit->jit->emitter->extension + 1; /* without the dot */
}

/* ── launches ── */

uint64_t jit_groups(const JitVariant *v, const uint64_t *words)
{
    enum { MAX_SHARES = 64 };
    const uint64_t items = (int64_t)words[0] > 0 ? words[0] : 0;
    if (v->info.share) {
        const uint64_t shares = items / v->info.share + (items % v->info.share != 0);
        return shares < MAX_SHARES ? shares : MAX_SHARES;
    }
    return v->info.group ? items : items / v->info.group_size + (items % v->info.group_size != 0);
}

SpmlCode jit_shared(const Jit *j, const JitKernel *k, const JitVariant *v, const KirLaunch *l, uint32_t *sz, Error *err)
{
    int64_t n = v->info.dynamic_shared ? kir_shared_bytes(k->kir, l) : 0;
    if (n < 0 || n > (int64_t)j->target.max_shared)
        return error_set(err, SPML_UNSUPPORTED, "shared-memory", "kernel %s wants %lld bytes of shared memory, the device has %u", k->name, (long long)n, j->target.max_shared);
    *sz = (uint32_t)n;
    return SPML_OK;
}
