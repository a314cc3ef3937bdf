/* SPDX-License-Identifier: MIT
 * Differential test of the compiler: random bodies (gen.h), 64 to a module, by the interpreter and by each device of this machine.
 *     emit_diff [--bodies N] [--long] [--seed S] [--device NAME] [--text] [--only K]
 * --only takes body K alone of each module. --text shows what a module is emitted as and runs nothing. A module that takes more than MODULE_SECONDS (a kernel that does not end) is named.
 * A body that differs is cut down to a minimal one, shown with its text. Exit 1: one differs; 77: no device. */
#include "check.h"
#include "gen.h"

#include "kir/prims.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PER_MODULE = 64, GROUPS = 8, MAX_KERNELS = PER_MODULE, MAX_SHRINKS = 400, MAX_REPORTS = 5, MODULE_SECONDS = 300 };

typedef struct Module {
    uint64_t seed;
    size_t n_kernels;
    const GenBody *body[MAX_KERNELS][GEN_PER_KERNEL];
    size_t n_bodies[MAX_KERNELS];
} Module;

typedef struct Found { SpmlCode code; size_t kernel, body; char text[4608]; } Found; /* the first thing wrong */

/* ── operands ── */

/* An input lies forward, backward, spread or is one element for all; an out forward. */
static bool lay_out(CheckKernel *c, size_t m, int64_t n, uint64_t *state, Arena *a)
{
    const KMem *o = &c->plain->mems[m];
    const size_t sz = dtype_info[o->type].bytes;
    const int64_t strides[] = { 1, 1, -1, 2, 0 }, stride = o->kind == KMEM_IN ? strides[gen_next(state) % 5] : 1;
    const size_t lead = gen_next(state) % 3, all = lead + (size_t)(stride < 0 ? n : stride ? n * stride : 1);
    c->bytes[m] = all * sz;
    uint8_t *p = c->start[m] = arena_alloc(a, all * sz + 8, 64);
    if (!p)
        return false;
    for (size_t i = 0; i < all; i++)
        gen_value(o->type, p, i, state);
    c->launch->view[m] = (KirView){ .p = p + (lead + (stride < 0 ? (size_t)n - 1 : 0)) * sz, .rank = 1, .dim = { n }, .stride = { stride } };
    return true;
}

static SpmlCode load_kernel(const KModule *m, const char *name, int64_t n, uint64_t *state, Arena *a, CheckKernel *c, Error *err)
{
    KirKernel *k;
    const KirBinding none = { 0 };
    SpmlCode code = kir_instantiate(m, name, &none, a, &k, err);
    *c = (CheckKernel){ .plain = k, .launch = arena_array(a, KirLaunch, 1), .operand = -1 };
    for (size_t o = 0; !code && o < k->n_operands; o++)
        if (!c->launch || !lay_out(c, o, n, state, a))
            code = error_oom(err);
    return code ? code : kir_bind(k, c->launch, err);
}

/* ── a module ── */

static void write_module(const Module *mod, Text *out)
{
    gen_header(out);
    for (size_t k = 0; k < mod->n_kernels; k++) {
        char name[24];
        snprintf(name, sizeof name, "k%zu", k);
        gen_kernel(name, mod->body[k], mod->n_bodies[k], out);
    }
}

static size_t out_number(const KirKernel *k, int operand) /* y<number> */
{
    return operand < 0 ? 0 : (size_t)strtoul(k->mems[operand].name + 1, NULL, 10);
}

static void note(Found *f, const CheckKernel *c, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (c[k].operand >= 0) {
            f->kernel = c[k].number;
            f->body = out_number(c[k].plain, c[k].operand);
            snprintf(f->text, sizeof f->text, "%s[%zu] is %" PRIx64 ", the interpreter has %" PRIx64, c[k].plain->mems[c[k].operand].name, c[k].element, c[k].got_bits, c[k].want_bits);
            return;
        }
}

static size_t n_refused, n_cut; /* kernels */

/* Leaves out the kernel that the target refuses by name, if that is what was wrong. */
static bool drop_refused(CheckKernel *c, size_t *n)
{
    for (size_t k = 0; k < *n; k++)
        if (c[k].refused) {
            memmove(c + k, c + k + 1, (*n - k - 1) * sizeof *c);
            --*n;
            n_refused++;
            return true;
        }
    return false;
}

static Found run_module(EmitDevice *d, const Module *mod, Text *emitted)
{
    static CheckKernel c[MAX_KERNELS];
    Arena a = { 0 };
    Error err = { 0 };
    Text text = { 0 };
    KModule *m;
    Found f = { 0 };
    uint64_t state = mod->seed;
    static const uint32_t lanes[] = { 16, 1, 4, 32, 64 }, items[] = { 64, 1, 32, 128 };
    d->target.lanes = lanes[gen_next(&state) % 5];
    d->target.items = items[gen_next(&state) % 4];
    const int64_t n = 1 + (int64_t)(gen_next(&state) % 150);
    write_module(mod, &text);
    f.code = kir_parse_text(NULL, text.p, &a, &m, &err);
    for (size_t k = 0; k < mod->n_kernels && !f.code; k++) {
        char name[24];
        snprintf(name, sizeof name, "k%zu", k);
        f.code = load_kernel(m, name, n, &state, &a, &c[k], &err);
        c[k].number = f.kernel = k;
    }
    size_t left = mod->n_kernels;
    if (!f.code)
        f.code = emit_compare(d, c, left, &a, emitted, &err);
    while (f.code == SPML_UNSUPPORTED && drop_refused(c, &left)) {
        err = (Error){ 0 };
        f.code = left ? emit_compare(d, c, left, &a, emitted, &err) : SPML_OK;
    }
    for (size_t k = 0; k < left && (!f.code || f.code == SPML_NO); k++)
        n_cut += c[k].cut;
    if (f.code == SPML_NO && !error_is(&err))
        note(&f, c, left);
    else if (f.code)
        snprintf(f.text, sizeof f.text, "%s", err.text);
    text_free(&text);
    arena_free(&a);
    return f;
}

/* ── shrinking ── */

static bool same_fault(const Found *a, const Found *b) { return b->code == a->code && (a->code == SPML_NO || !strncmp(a->text, b->text, 12)); }

static bool try_body(EmitDevice *d, uint64_t seed, const GenBody *b, const Found *want, Found *got)
{
    const Module one = { .seed = seed, .n_kernels = 1, .body = { { b } }, .n_bodies = { 1 } };
    *got = run_module(d, &one, NULL);
    return same_fault(want, got);
}

/* Cuts pieces out and makes choices smaller while the fault stays. */
static void shrink(EmitDevice *d, uint64_t seed, GenBody *b, const Found *want)
{
    static GenBody t;
    Found f;
    int tries = 0;
    for (size_t piece = b->n / 2; piece > 0 && tries < MAX_SHRINKS; piece /= 2)
        for (size_t at = 0; at < b->n && tries < MAX_SHRINKS; tries++) {
            t = *b;
            const size_t n = at + piece > b->n ? b->n - at : piece;
            memmove(t.choice + at, t.choice + at + n, b->n - at - n);
            t.n -= n;
            if (try_body(d, seed, &t, want, &f)) {
                *b = t;
                continue;
            }
            t = *b;
            memset(t.choice + at, 0, n);
            if (memcmp(t.choice, b->choice, b->n) && try_body(d, seed, &t, want, &f))
                *b = t;
            at += piece;
        }
}

/* A body that differs only beside those of its module: all of it. */
static void report_module(EmitDevice *d, const Module *mod, const Found *was)
{
    Text text = { 0 }, emitted = { 0 };
    printf("%s: module %" PRIu64 ": only among others, kernel k%zu: %s\n", d->name, mod->seed, was->kernel, was->text);
    if (getenv("WHOLE")) {
        run_module(d, mod, &emitted);
        write_module(mod, &text);
        printf("%s\n%s\n", text.p ? text.p : "", emitted.p ? emitted.p : "");
    }
    text_free(&text);
    text_free(&emitted);
}

static void report(EmitDevice *d, const Module *mod, GenBody *b, const Found *was)
{
    Found f;
    const uint64_t seed = mod->seed;
    Text text = { 0 }, emitted = { 0 };
    if (!try_body(d, seed, b, was, &f)) {
        report_module(d, mod, was);
        return;
    }
    shrink(d, seed, b, was);
    const Module one = { .seed = seed, .n_kernels = 1, .body = { { b } }, .n_bodies = { 1 } };
    f = run_module(d, &one, &emitted);
    write_module(&one, &text);
    printf("%s: module %" PRIu64 ", %u lanes: %s\n%s\n%s\n", d->name, seed, d->target.lanes, f.text, text.p, emitted.p ? emitted.p : "");
    text_free(&text);
    text_free(&emitted);
}

/* ── all ── */

static int only_body = -1; /* --only */

static void fill(Module *mod, GenBody *body, uint64_t seed)
{
    *mod = (Module){ .seed = seed };
    for (size_t i = 0; i < PER_MODULE; i++) {
        if (only_body >= 0 && i != (size_t)only_body)
            continue;
        gen_body(i < PER_MODULE - GROUPS ? GEN_EACH : GEN_GROUP, seed * PER_MODULE + i, &body[i]);
        if (body[i].form == GEN_GROUP || !mod->n_kernels || mod->n_bodies[mod->n_kernels - 1] == GEN_PER_KERNEL)
            mod->n_kernels++;
        mod->body[mod->n_kernels - 1][mod->n_bodies[mod->n_kernels - 1]++] = &body[i];
    }
}

/* In place of a device's run. */
static SpmlCode show_text(EmitDevice *d, const char *text, EmitRun *runs, size_t n, Error *err)
{
    (void)d;
    if (d->emitter->many)
        printf("%s\n", text);
    for (size_t i = 0; i < n && !d->emitter->many; i++)
        printf("%s\n", runs[i].text);
    return error_set(err, SPML_NO, "text", "shown, not run");
}

static char hung[100]; /* what to say when time is up */

static void time_is_up(int number)
{
    (void)number;
    if (write(STDOUT_FILENO, hung, strlen(hung)) < 0)
        _exit(2);
    _exit(1);
}

static void watch(const EmitDevice *d, uint64_t seed)
{
    snprintf(hung, sizeof hung, "%s: module %" PRIu64 " does not end\n", d->name, seed);
    signal(SIGALRM, time_is_up);
    alarm(MODULE_SECONDS);
}

static int run_device(EmitDevice *d, size_t bodies, uint64_t seed)
{
    static GenBody body[PER_MODULE];
    static Module mod;
    int wrong = 0;
    size_t done = 0;
    n_refused = n_cut = 0;
    for (; done < bodies && wrong < MAX_REPORTS; done += PER_MODULE, seed++) {
        fill(&mod, body, seed);
        watch(d, seed);
        const Found f = run_module(d, &mod, NULL);
        if (!f.code || !strcmp(f.text, "shown, not run"))
            continue;
        wrong++;
        alarm(0); /* shrinking takes its time */
        if (f.code == SPML_NO && strstr(f.text, "the interpreter has")) {
            report(d, &mod, (GenBody *)(uintptr_t)mod.body[f.kernel][f.body], &f);
            continue;
        }
        printf("%s: module %" PRIu64 ": %s\n", d->name, seed, f.text);
        for (size_t i = 0; i < PER_MODULE && only_body < 0; i++) { /* which body? */
            Found g;
            if (try_body(d, seed, &body[i], &f, &g)) {
                report(d, &mod, &body[i], &g);
                break;
            }
        }
    }
    alarm(0);
    printf("%s: %zu bodies, %d modules differ; %zu kernels refused by name, %zu not compared because the driver ended a loop early\n", d->name, done, wrong, n_refused, n_cut);
    return wrong;
}

int main(int argc, char **argv)
{
    size_t bodies = 2000;
    uint64_t seed = 1;
    const char *only = NULL;
    bool any = false, show = false;
    int wrong = 0;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--long"))
            bodies = 100000;
        else if (!strcmp(argv[i], "--only"))
            only_body = atoi(value), i++;
        else if (!strcmp(argv[i], "--text"))
            show = true;
        else if (!strcmp(argv[i], "--bodies"))
            bodies = strtoul(value, NULL, 10), i++;
        else if (!strcmp(argv[i], "--seed"))
            seed = strtoull(value, NULL, 10), i++;
        else if (!strcmp(argv[i], "--device"))
            only = value, i++;
    }
    for (size_t d = 0; emit_devices[d]; d++) {
        if (!emit_open_device(emit_devices[d], only, &wrong))
            continue;
        any = true;
        if (show)
            emit_devices[d]->run = show_text;
        wrong += run_device(emit_devices[d], bodies, seed);
        emit_devices[d]->close(emit_devices[d]);
    }
    return wrong ? 1 : any ? 0 : 77;
}
