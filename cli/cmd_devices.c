/* SPDX-License-Identifier: MIT
 * cli: devices: what this machine offers, and why not the rest. */
#include "cli.h"

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
        text_printf(t, ",\"threads\":%d,\"memory_bytes\":%llu,\"software\":%s,\"default\":%s", d->threads, (unsigned long long)d->memory_bytes, d->software ? "true" : "false", d->chosen ? "true" : "false");
    } else {
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
        out_printf(", %d core%s, %s%s%s%s%s", d->threads, d->threads == 1 ? "" : "s", d->detail, gap(), format_bytes(size, d->memory_bytes), gap(), d->software ? "software: only when named" : d->chosen ? "default" : "");
    }
    out_name(d->here ? "" : d->why);
    out_printf("\n");
}

int cmd_devices(const Args *a)
{
    SpmlDevice d[MAX_DEVICES];
    Text t = {0};
    size_t n = spml_devices(d, MAX_DEVICES);
    if (a->n_operand)
        return fail(2, "operands", "devices: takes no operand");
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
