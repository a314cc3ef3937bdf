/* SPDX-License-Identifier: MIT
 * pipeline: which device a session runs on, by name or the best there is, and the CPU beside it. */
#include "backend/test_backends.h"
#include "kir/target.h"
#include "pipeline.h"
#include "run/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const Backend *named(const char *name, size_t n)
{
    for (int i = 0; backends[i]; i++)
        if (strlen(backends[i]->name) == n && !memcmp(backends[i]->name, name, n))
            return backends[i];
    for (int i = 0; test_backends[i]; i++)
        if (strlen(test_backends[i]->name) == n && !memcmp(test_backends[i]->name, name, n))
            return test_backends[i];
    return NULL;
}

/* "f16,int64" → bits. */
static SpmlCode caps_parse(const char *list, uint32_t *caps, Error *err)
{
    *caps = 0;
    for (const char *p = list; p && *p;) {
        size_t n = strcspn(p, ",");
        uint32_t bit = kir_cap_find(p, n);
        if (!bit)
            return error_set(err, SPML_USAGE, "capability-unknown", "no capability is called '%.*s' (spml help capabilities)", (int)(n < 40 ? n : 40), p);
        *caps |= bit;
        p += n + (p[n] == ',');
    }
    return SPML_OK;
}

/* --require: what the device must be able to do. */
static SpmlCode caps_check(const DevicePair *on, uint32_t want, Error *err)
{
    DeviceInfo info = {0};
    Text t = {0};
    on->backend->info(on->device, &info);
    if (!(want & ~info.caps))
        return SPML_OK;
    for (int i = 0; i < KIR_CAP_COUNT; i++)
        if ((want & ~info.caps) >> i & 1)
            text_printf(&t, "%s%s", t.n ? ", " : "", kir_cap_name((KirCap)i));
    SpmlCode code = error_set(err, SPML_UNSUPPORTED, "capability-missing", "device %s lacks what is required: %s", on->backend->name, t.p ? t.p : "");
    text_free(&t);
    return code;
}

/* "vulkan:1", "fault:interp": a number is the device, anything else what a wrapper wraps. */
static SpmlCode open_named(const char *text, DeviceOptions *o, DevicePair *out, Error *err)
{
    size_t n = strcspn(text, ":");
    const char *rest = text[n] ? text + n + 1 : NULL;
    char *end = NULL;
    out->backend = named(text, n);
    if (!out->backend)
        return error_set(err, SPML_UNSUPPORTED, "backend-missing", "backend %.80s is not built in", text);
    if (rest) {
        long index = strtol(rest, &end, 10);
        if (*rest && !*end && index >= 0 && index < 1000)
            o->index = (int)index;
        else if (out->backend == &backend_fault)
            o->wraps = rest;
        else
            return error_set(err, SPML_USAGE, "backend", "%.80s: a device is a number", text);
    }
    snprintf(out->why, sizeof out->why, "named");
    return out->backend->open(o, &out->device, err);
}

/* Opens b for auto: no driver that crashed or hung when it was probed; there, a real device, and able to do what is wanted. */
static SpmlCode open_auto(const Backend *b, const DeviceOptions *o, uint32_t want, DevicePair *out, Error *err)
{
    DeviceInfo info = {0};
    SpmlCode code = b == &backend_cpu ? SPML_OK : probe_recorded(b, err);
    if (!code)
        code = b->open(o, &out->device, err);
    if (code)
        return code;
    out->backend = b;
    b->info(out->device, &info);
    code = info.software || info.simulated ? error_set(err, SPML_DEVICE, "software", "only software devices") : caps_check(out, want, err);
    if (code)
        b->close(&out->device);
    return code;
}

static SpmlCode open_best(const DeviceOptions *o, uint32_t want, DevicePair *out, Error *err)
{
    size_t n = 0;
    Error last = {0};
    const bool gpu = probe_gpu_nodes();
    if (!gpu)
        snprintf(out->why, sizeof out->why, "no GPU found");
    for (int i = 0; backends[i]; i++) {
        if (!gpu && backends[i] != &backend_cpu) /* no driver is loaded without a reason to */
            continue;
        error_clear(&last);
        if (!open_auto(backends[i], o, want, out, &last))
            return SPML_OK;
        int used = snprintf(out->why + n, sizeof out->why - n, "%s%s: %.80s", n ? "; " : "", backends[i]->name, last.text);
        n += used > 0 && (size_t)used < sizeof out->why - n ? (size_t)used : 0;
    }
    if (err) /* the CPU is the last: what it lacks is what is missing */
        *err = last;
    return last.code;
}

static SpmlCode memory_parse(const PipelineOptions *o, DeviceOptions *d, Error *err)
{
    d->low_memory = o->memory && !strcmp(o->memory, "low");
    return o->memory && !d->low_memory ? error_set(err, SPML_USAGE, "memory", "no way to use memory is called '%.40s': low", o->memory) : SPML_OK;
}

/* What of a device's matrix units may be used. */
static SpmlCode math_parse(const PipelineOptions *o, DeviceOptions *d, Error *err)
{
    const bool strict = o->strict_math || (o->math && !strcmp(o->math, "strict")), tf32 = o->math && !strcmp(o->math, "tf32");
    if (o->math && !tf32 && strcmp(o->math, "strict"))
        return error_set(err, SPML_USAGE, "math", "no math is called '%s': strict, tf32", o->math);
    if (strict)
        d->emulate |= KCAP_mma;
    if (tf32 && !o->strict_math)
        d->math |= KCAP_tf32;
    return SPML_OK;
}

SpmlCode pipeline_device(const PipelineOptions *o, DevicePair *out, Error *err)
{
    DeviceOptions d = {.threads = o->threads, .strict = o->strict_math, .no_cache = o->no_cache, .cache_weights = o->cache_weights && !o->no_cache};
    uint32_t want = 0;
    SpmlCode code = caps_parse(o->force_emulation, &d.emulate, err);
    *out = (DevicePair){0};
    if (!code)
        code = math_parse(o, &d, err);
    if (!code)
        code = memory_parse(o, &d, err);
    if (!code)
        code = caps_parse(o->require, &want, err);
    if (!code && (!o->backend || !strcmp(o->backend, "auto"))) {
        code = open_best(&d, want, out, err);
    } else if (!code) {
        code = open_named(o->backend, &d, out, err);
        if (!code)
            code = caps_check(out, want, err);
    }
    if (!code && out->backend != &backend_cpu) {
        out->cpu = &backend_cpu;
        code = out->cpu->open(&(DeviceOptions){.threads = o->threads, .strict = o->strict_math}, &out->cpu_device, err);
        if (!code)
            code = pool_new(out->backend, out->device, &out->pool, err);
    }
    if (code)
        pipeline_device_close(out);
    return code;
}

void pipeline_device_close(DevicePair *d)
{
    pool_free(&d->pool);
    if (d->device)
        d->backend->close(&d->device);
    if (d->cpu_device)
        d->cpu->close(&d->cpu_device);
}
