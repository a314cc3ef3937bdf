/* SPDX-License-Identifier: MIT
 * tasks: what this machine offers. Text about the processor comes from the kernel (/proc/cpuinfo); drivers are opened only by spml_devices, each in a child
 * process. Strings of drivers are as they come: the command line escapes them. */
#include "tasks.h"

#include "base/cache.h"

#include "base/system.h"
#include "handle_error.h"
#include "run/probe.h"
#include "kir/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void cpu_model(char *out, size_t sz)
{
    char line[512];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(out, sz, "unknown processor");
    while (f && fgets(line, sizeof line, f)) {
        char *colon = !strncmp(line, "model name", 10) ? strchr(line, ':') : NULL;
        if (!colon)
            continue;
        colon[1 + strcspn(colon + 1, "\n")] = 0;
        snprintf(out, sz, "%s", colon + 1 + (colon[1] == ' '));
        break;
    }
    if (f)
        fclose(f);
}

/* "avx512" as a user writes it */
static const char *level_title(const char *name)
{
    static const struct { const char *name, *title; } rows[] = {{"avx512", "AVX-512"}, {"avx2", "AVX2"}, {"baseline", "SSE2"}};
    for (size_t i = 0; i < 3; i++)
        if (!strcmp(rows[i].name, name))
            return rows[i].title;
    return name;
}

static void caps_list(uint32_t caps, char *out, size_t sz)
{
    size_t n = 0;
    for (unsigned i = 0; i < KIR_CAP_COUNT; i++)
        if (caps >> i & 1 && n < sz)
            n += (size_t)snprintf(out + n, sz - n, "%s%s", n ? "," : "", kir_cap_name((KirCap)i));
}

static void cpu_device(const DeviceInfo *info, SpmlDevice *out)
{
    *out = (SpmlDevice){.id = "cpu", .type = "cpu", .memory_bytes = system_memory(), .here = true, .threads = info->threads};
    cpu_model(out->name, sizeof out->name);
    snprintf(out->detail, sizeof out->detail, "%s", level_title(info->name));
    caps_list(info->caps, out->capabilities, sizeof out->capabilities);
}

static void driver_device(const Backend *b, int index, const DeviceInfo *info, SpmlDevice *out)
{
    static const char *const type[] = {[DEVICE_CPU] = "cpu", [DEVICE_GPU] = "gpu", [DEVICE_OTHER] = "other"};
    *out = (SpmlDevice){.type = type[info->kind], .memory_bytes = info->sz_memory, .here = true, .software = info->software, .simulated = info->simulated, .threads = info->threads};
    snprintf(out->id, sizeof out->id, "%s:%d", b->name, index);
    snprintf(out->name, sizeof out->name, "%s", info->name);
    snprintf(out->detail, sizeof out->detail, "%s", info->driver);
    caps_list(info->caps, out->capabilities, sizeof out->capabilities);
    if (info->simulated || info->software)
        snprintf(out->why, sizeof out->why, "%s: only when named", info->simulated ? "simulated" : "software");
}

/* All devices of one driver, or one row that says why there is none. Gives how many rows that would be. */
static size_t list_driver(const Backend *b, SpmlDevice *out, size_t max)
{
    enum { MAX_OF_ONE = 16 };
    size_t n = 0;
    Probe p;
    for (int index = 0; index < MAX_OF_ONE; index++) {
        probe_device(b, index, PROBE_MS, &p);
        if (p.state != PROBE_HERE && index && !strcmp(p.why.key, "device-missing"))
            break;
        SpmlDevice *d = n++ < max ? &out[n - 1] : NULL;
        if (d && p.state == PROBE_HERE)
            driver_device(b, index, &p.info, d);
        else if (d) {
            *d = (SpmlDevice){.type = ""};
            snprintf(d->id, sizeof d->id, index ? "%s:%d" : "%s", b->name, index);
            snprintf(d->why, sizeof d->why, "%.150s", p.why.text);
        }
        if (p.state != PROBE_HERE)
            break;
    }
    return n;
}

static SpmlCode list_cpu(SpmlDevice *out)
{
    DeviceInfo info = {0};
    Device *d;
    SpmlCode code = backend_cpu.open(&(DeviceOptions){0}, &d, NULL);
    if (code)
        return code;
    backend_cpu.info(d, &info);
    cpu_device(&info, out);
    backend_cpu.close(&d);
    return SPML_OK;
}

/* What auto takes: the first of the drivers' real devices, else the CPU, which stands first in the list. */
static void choose(SpmlDevice *out, size_t n)
{
    size_t best = 0;
    for (size_t i = n; i-- > 1;)
        if (out[i].here && !out[i].software && !out[i].simulated)
            best = i;
    out[best].chosen = true;
    for (size_t i = 0; i < n; i++)
        if (out[i].here && i != best && !*out[i].why)
            snprintf(out[i].why, sizeof out[i].why, "%s comes first", out[best].id);
}

size_t spml_devices(SpmlDevice *out, size_t max)
{
    size_t n = max && !list_cpu(out);
    for (int i = 0; backends[i]; i++)
        if (backends[i] != &backend_cpu)
            n += list_driver(backends[i], n < max ? out + n : NULL, n < max ? max - n : 0);
    const size_t kept = n < max ? n : max;
    for (size_t i = 1, at = 1; i < kept; i++) { /* those that are here stand before those that are missing */
        if (!out[i].here)
            continue;
        const SpmlDevice d = out[i];
        memmove(out + at + 1, out + at, (i - at) * sizeof *out);
        out[at++] = d;
    }
    if (kept)
        choose(out, kept);
    return n;
}

/* ── the roof ── */

static void roof_key(const DeviceInfo *info, Text *key)
{
    char model[128];
    cpu_model(model, sizeof model);
    text_printf(key, "roof 1 %s %s %d", model, info->name, info->threads);
}

static bool roof_known(const Text *key, DeviceRoof *out)
{
    Cache *c = NULL;
    size_t n = 0;
    cache_open(NULL, 0, &c, NULL);
    void *p = cache_find(c, key->p, key->n, &n);
    const bool known = p && n == sizeof *out;
    if (known)
        memcpy(out, p, n);
    free(p);
    cache_close(&c);
    return known;
}

static void roof_remember(const Text *key, const DeviceRoof *r)
{
    Cache *c = NULL;
    cache_open(NULL, 0, &c, NULL);
    cache_put(c, key->p, key->n, r, sizeof *r);
    cache_close(&c);
}

SpmlStatus spml_roof(int threads, double seconds, SpmlRoof *out, SpmlError *err)
{
    enum { PARTS = 60 };
    const double look = 0.05;
    Device *d = NULL;
    DeviceInfo info = {0};
    DeviceRoof r = {0};
    Text key = {0};
    SpmlCode code = backend_cpu.open(&(DeviceOptions){.threads = threads}, &d, handle_error(err));
    if (code)
        return code;
    backend_cpu.info(d, &info);
    roof_key(&info, &key);
    if (key.oom)
        code = error_oom(handle_error(err));
    else if (seconds > 0 || !roof_known(&key, &r))
        code = backend_cpu.roof(d, (seconds > 0 ? seconds : look) / PARTS, &r, handle_error(err));
    if (!code && seconds > 0)
        roof_remember(&key, &r);
    *out = (SpmlRoof){r.threads, r.flops, r.byte_ops, r.read_bytes};
    text_free(&key);
    backend_cpu.close(&d);
    return code;
}

SpmlStatus spml_cache_clear(uint64_t *n_entries, uint64_t *bytes, SpmlError *err)
{
    Cache *c;
    *n_entries = *bytes = 0;
    SpmlCode code = cache_open(NULL, 0, &c, handle_error(err));
    if (!code)
        code = cache_clear(c, n_entries, bytes, handle_error(err));
    cache_close(&c);
    return code;
}

void device_tell(const DevicePair *on, SpmlDevice *out)
{
    DeviceInfo info = {0};
    const Backend *b = on->backend;
    b->info(on->device, &info);
    if (b == &backend_cpu)
        cpu_device(&info, out);
    else
        driver_device(b, 0, &info, out);
    out->chosen = true;
    snprintf(out->id, sizeof out->id, "%s", b->name);
}

void spml_session_device(const SpmlSession *s, SpmlDevice *out) { device_tell(&s->on, out); }

const char *spml_capability(size_t i, const char **about)
{
    static const char *const text[KIR_CAP_COUNT] = {
        [KCAP_f64_bit] = "calculates in f64", [KCAP_int64_bit] = "calculates in i64", [KCAP_store8_bit] = "stores single bytes", [KCAP_store16_bit] = "stores 16-bit words",
        [KCAP_f16_bit] = "converts f16 by itself", [KCAP_bf16_bit] = "converts bf16 by itself", [KCAP_minmax_bit] = "float min and max that propagate NaN",
        [KCAP_div_bit] = "division rounds correctly", [KCAP_sqrt_bit] = "square root rounds correctly", [KCAP_denorm_bit] = "keeps f32 subnormals",
        [KCAP_mulhi64_bit] = "high half of a 64-bit product", [KCAP_fma_bit] = "multiply-add that rounds once", [KCAP_atomic64_bit] = "atomics on 64 bits",
        [KCAP_subgroups_bit] = "lanes exchange values without memory", [KCAP_dot4i8_bit] = "dot products of four bytes", [KCAP_mma_bit] = "matrix units for f16 and bf16",
        [KCAP_loops_bit] = "loops may take any number of turns",
    };
    *about = i < KIR_CAP_COUNT && text[i] ? text[i] : "";
    return i < KIR_CAP_COUNT ? kir_cap_name((KirCap)i) : NULL;
}

const char *spml_backend(size_t i)
{
    if (!i)
        return backend_cpu.name;
    for (size_t k = 0, seen = 0; backends[k]; k++)
        if (backends[k] != &backend_cpu && ++seen == i)
            return backends[k]->name;
    return NULL;
}
