/* SPDX-License-Identifier: MIT
 * emit tests: the comparison of a device with the interpreter, for any target of device.h. */
#include "check.h"

#include "kir/prims.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t view_bytes(const KMem *m, const KirView *v)
{
    size_t n = 1;
    for (int d = 0; d < v->rank; d++)
        n *= (size_t)v->dim[d];
    const unsigned per = m->type != DT_none ? dtype_info[m->type].block : 1;
    return (n + per - 1) / per * (m->type != DT_none ? dtype_info[m->type].bytes : m->block_bytes);
}

/* The interpreter's results go to want[], the start values come back. */
static SpmlCode interpret(CheckKernel *c, Arena *a, Error *err)
{
    uint8_t *start[KIR_MAX_OPERANDS];
    for (size_t m = 0; m < c->k->n_operands; m++) {
        const KirView *v = &c->launch->view[m];
        if (!c->start[m]) {
            c->start[m] = v->p;
            c->bytes[m] = view_bytes(&c->plain->mems[m], v);
        }
        start[m] = arena_alloc(a, c->bytes[m] + 8, 16);
        c->want[m] = arena_alloc(a, c->bytes[m] + 8, 16);
        if (!start[m] || !c->want[m])
            return error_oom(err);
        memcpy(start[m], c->start[m], c->bytes[m]);
    }
    SpmlCode code = kir_interpret(c->k->tiled ? c->plain : c->k, c->launch, KORDER_ASCENDING, true, err);
    for (size_t m = 0; m < c->k->n_operands; m++) {
        memcpy(c->want[m], c->start[m], c->bytes[m]);
        memcpy(c->start[m], start[m], c->bytes[m]);
    }
    return code;
}

static bool is_nan(DType t, const uint8_t *p, size_t i)
{
    if (!dtype_is_float(t))
        return false;
    const double v = dtype_get_f64(t, p, i);
    return v != v;
}

static bool compare(CheckKernel *c)
{
    c->operand = -1;
    for (size_t m = 0; m < c->k->n_operands; m++) {
        const uint8_t *got = c->start[m], *want = c->want[m];
        const DType t = c->plain->mems[m].type;
        const size_t sz = t == DT_none || dtype_info[t].block > 1 ? 1 : dtype_info[t].bytes;
        for (size_t i = 0; i < c->bytes[m] / sz; i++)
            if (memcmp(got + i * sz, want + i * sz, sz) && !(sz == dtype_info[t].bytes && is_nan(t, got, i) && is_nan(t, want, i))) {
                c->operand = (int)m;
                c->element = i;
                memcpy(&c->got_bits, got + i * sz, sz);
                memcpy(&c->want_bits, want + i * sz, sz);
                return false;
            }
    }
    return true;
}

static SpmlCode emit_all(EmitDevice *d, CheckKernel *c, EmitRun *runs, size_t n, Text *text, Error *err)
{
    SpmlCode code = d->emitter->many ? d->emitter->prelude(&d->target, text, err) : SPML_OK;
    for (size_t i = 0; i < n && !code; i++) {
        EmitRun *r = &runs[i];
        KirFacts facts;
        Text own = { 0 };
        *r = (EmitRun){ .k = c[i].k, .l = c[i].launch };
        snprintf(r->entry, sizeof r->entry, "k%zu", i);
        for (size_t m = 0; m < r->k->n_operands; m++) {
            r->start[m] = c[i].start[m];
            r->bytes[m] = c[i].bytes[m];
        }
        kir_facts(r->k, r->l, &facts);
        if (!d->emitter->many)
            code = d->emitter->prelude(&d->target, &own, err);
        if (!code)
            code = d->emitter->kernel(r->k, &d->target, i % 2 ? &facts : NULL, r->entry, d->emitter->many ? text : &own, &r->info, err);
        if (!d->emitter->many)
            r->text = own.p; /* freed by emit_compare */
    }
    return code;
}

static SpmlCode prepare(const EmitDevice *d, const KModule *m, CheckKernel *c, Arena *a, Error *err)
{
    if (!c->variant)
        return kir_prepare(c->plain, m, &d->target, c->launch, a, &c->k, err);
    SpmlCode code = kir_schedule_as(c->plain, c->variant, &d->target, c->launch, a, &c->k, err);
    return code ? code : kir_finish(c->k, m, &d->target, err);
}

SpmlCode emit_compare(EmitDevice *d, CheckKernel *c, size_t n, Arena *a, Text *text, Error *err)
{
    SpmlCode code = SPML_OK;
    Text own = { 0 }, *out = text ? text : &own;
    EmitRun *runs = arena_array(a, EmitRun, n);
    bool same = true;
    const KModule *m = NULL;
    code = kernels_module(&m, err); /* what legalisation takes its functions from */
    for (size_t i = 0; i < n && !code; i++) {
        code = prepare(d, m, &c[i], a, err);
        c[i].refused = code == SPML_UNSUPPORTED;
        if (!code)
            code = interpret(&c[i], a, err);
    }
    if (!code)
        code = runs ? emit_all(d, c, runs, n, out, err) : error_oom(err);
    if (!code)
        code = d->run(d, out->p, runs, n, err);
    for (size_t i = 0; i < n && !code; i++) {
        c[i].cut = runs[i].cut;
        c[i].operand = -1;
        same &= c[i].cut || compare(&c[i]);
    }
    for (size_t i = 0; runs && i < n; i++) {
        if (text && runs[i].text)
            text_puts(text, runs[i].text);
        free((void *)(uintptr_t)runs[i].text);
    }
    text_free(&own);
    return code ? code : same ? SPML_OK : SPML_NO;
}

bool emit_open_device(EmitDevice *d, const char *only, int *missing)
{
    char why[200] = "";
    const char *list = getenv("SPML_REQUIRE"), *word = strcmp(d->name, "cuda") ? d->name : "ptxsim";
    only = only ? only : getenv("DEVICE");
    if (only && strcmp(only, d->name))
        return false;
    if (d->open(d, why, sizeof why))
        return true;
    const bool required = list && strstr(list, word);
    printf("%s: %s: %s\n", d->name, required ? "MISSING" : "SKIPPED", why);
    *missing += required;
    return false;
}
