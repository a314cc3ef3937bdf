/* SPDX-License-Identifier: MIT
 * tasks: what this machine offers. Text about the processor comes from the kernel (/proc/cpuinfo); drivers are opened only by spml_devices. */
#include "tasks.h"

#include "base/system.h"
#include "kir/target.h"

#include <stdio.h>
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

static void cpu_device(const Backend *b, Device *d, SpmlDevice *out)
{
    DeviceInfo info = {0};
    b->info(d, &info);
    *out = (SpmlDevice){.id = b->name, .memory_bytes = system_memory(), .here = true, .chosen = true, .threads = info.threads};
    cpu_model(out->name, sizeof out->name);
    snprintf(out->detail, sizeof out->detail, "%s", level_title(info.name));
    for (unsigned i = 0, n = 0; i < KIR_CAP_COUNT; i++)
        if (info.caps >> i & 1 && n < sizeof out->capabilities)
            n += (unsigned)snprintf(out->capabilities + n, sizeof out->capabilities - n, "%s%s", n ? "," : "", kir_cap_name((KirCap)i));
}

size_t spml_devices(SpmlDevice *out, size_t max)
{
    size_t n = 0;
    for (int i = 0; backends[i]; i++, n++) {
        Device *d;
        Error e = {0};
        if (n >= max)
            continue;
        if (backends[i]->open(&(DeviceOptions){0}, &d, &e)) {
            out[n] = (SpmlDevice){.id = backends[i]->name};
            snprintf(out[n].why, sizeof out[n].why, "%.150s", e.text);
            continue;
        }
        cpu_device(backends[i], d, &out[n]);
        backends[i]->close(&d);
    }
    return n;
}

void spml_session_device(const SpmlSession *s, SpmlDevice *out)
{
    cpu_device(s->on.backend, s->on.device, out);
}

const char *spml_capability(size_t i, const char **about)
{
    static const char *const text[KIR_CAP_COUNT] = {
        [KCAP_f64_bit] = "calculates in f64", [KCAP_int64_bit] = "calculates in i64", [KCAP_store8_bit] = "stores single bytes", [KCAP_store16_bit] = "stores 16-bit words",
        [KCAP_f16_bit] = "converts f16 by itself", [KCAP_bf16_bit] = "converts bf16 by itself", [KCAP_minmax_bit] = "float min and max that propagate NaN",
        [KCAP_div_bit] = "division rounds correctly", [KCAP_sqrt_bit] = "square root rounds correctly", [KCAP_denorm_bit] = "keeps f32 subnormals",
        [KCAP_mulhi64_bit] = "high half of a 64-bit product", [KCAP_fma_bit] = "multiply-add that rounds once", [KCAP_atomic64_bit] = "atomics on 64 bits",
        [KCAP_subgroups_bit] = "lanes exchange values without memory", [KCAP_dot4i8_bit] = "dot products of four bytes", [KCAP_mma_bit] = "matrix units for f16 and bf16",
    };
    *about = i < KIR_CAP_COUNT && text[i] ? text[i] : "";
    return i < KIR_CAP_COUNT ? kir_cap_name((KirCap)i) : NULL;
}

const char *spml_backend(size_t i)
{
    for (size_t k = 0; backends[k]; k++)
        if (k == i)
            return backends[k]->name;
    return NULL;
}
