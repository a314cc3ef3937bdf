/* SPDX-License-Identifier: MIT
 * cli: devices: what this machine offers, and why not the rest. */
#include "cli.h"

#include <string.h>

enum { MAX_DEVICES = 64 };

static void device_json(const SpmlDevice *d, Text *t)
{
    text_puts(t, "{\"id\":");
    json_string(t, d->id);
    text_printf(t, ",\"here\":%s", d->here ? "true" : "false");
    if (d->here) {
        text_puts(t, ",\"name\":");
        json_string(t, d->name);
        text_puts(t, ",\"detail\":");
        json_string(t, d->detail);
        text_printf(t, ",\"type\":\"%s\",\"threads\":%d,\"memory_bytes\":%llu,\"software\":%s,\"simulated\":%s,\"default\":%s,\"capabilities\":\"%s\"", d->type, d->threads,
                    (unsigned long long)d->memory_bytes, d->software ? "true" : "false", d->simulated ? "true" : "false", d->chosen ? "true" : "false", d->capabilities);
    }
    if (*d->why) {
        text_puts(t, ",\"why\":");
        json_string(t, d->why);
    }
    text_puts(t, "}");
}

static void device_line(const SpmlDevice *d)
{
    char size[40];
    bool tty = out_is_terminal();
    if (!d->here)
        out_printf(tty ? "%-8s  -  -  " : "%s\t-\t-\t", d->id);
    else {
        out_printf(tty ? "%-8s  " : "%s\t", d->id);
        out_name(d->name);
        if (d->threads && !strcmp(d->type, "cpu"))
            out_printf(", %d core%s", d->threads, d->threads == 1 ? "" : "s");
        out_printf(", ");
        out_name(d->detail);
        out_printf("%s%s%s%s", gap(), format_bytes(size, d->memory_bytes), gap(), d->chosen ? "default" : "");
    }
    out_name(d->why);
    out_printf("\n");
}

static int clear_cache(void)
{
    char size[40];
    uint64_t n, bytes;
    SpmlError *err = spml_error_new();
    int code = spml_cache_clear(&n, &bytes, err) ? fail_error(err, NULL) : 0;
    if (!code && cli_json)
        out_printf("{\"schema\":\"spml.devices/1\",\"devices\":[],\"cleared_entries\":%llu,\"cleared_bytes\":%llu}\n", (unsigned long long)n, (unsigned long long)bytes);
    else if (!code)
        note("removed %llu entr%s, %s", (unsigned long long)n, n == 1 ? "y" : "ies", format_bytes(size, bytes));
    spml_error_free(err);
    return code;
}

int cmd_devices(const Args *a)
{
    SpmlDevice d[MAX_DEVICES];
    Text t = {0};
    if (a->n_operand)
        return fail(2, "operands", "devices: takes no operand");
    if (given(a, O_CLEAR_CACHE))
        return clear_cache();
    size_t n = spml_devices(d, MAX_DEVICES);
    text_puts(&t, "{\"schema\":\"spml.devices/1\",\"devices\":[");
    for (size_t i = 0; i < n && i < MAX_DEVICES; i++) {
        text_puts(&t, i ? "," : "");
        device_json(&d[i], &t);
        if (!cli_json)
            device_line(&d[i]);
    }
    text_puts(&t, "]}\n");
    if (cli_json)
        out_text(t.p ? t.p : "", t.n);
    text_free(&t);
    return 0;
}
