/* SPDX-License-Identifier: MIT
 * formats: the table of formats, made from the names in formats/meson.build, and choosing one by content, then extension. */
#include "formats/format.h"

#include "base/text.h"

#include <string.h>

#define FORMAT(name) extern const Format format_##name;
#include "formats/formats.def"
#undef FORMAT

const Format *const formats[] = {
#define FORMAT(name) &format_##name,
#include "formats/formats.def"
#undef FORMAT
    NULL,
};

const Format *format_find(const char *name, size_t n)
{
    for (const Format *const *f = formats; *f; f++)
        if (strlen((*f)->name) == n && !memcmp((*f)->name, name, n))
            return *f;
    return NULL;
}

SpmlCode format_write(const char *format, const Graph *g, const char *path, const WriteOptions *o, WriteReport *report, Error *err)
{
    const Format *f = format_find(format, strlen(format));
    if (!f || !f->write_graph)
        return error_set(err, SPML_UNSUPPORTED, "export-unsupported", "writing %.40s is not supported", format);
    return f->write_graph(g, path, o, report, err);
}

const Format *format_extension(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    for (const Format *const *f = formats; dot && *f; f++)
        for (const char *e = (*f)->extensions; *e;) {
            size_t n = strcspn(e, " ");
            if (n == strlen(dot + 1) && !memcmp(e, dot + 1, n))
                return *f;
            e += n + (e[n] == ' ');
        }
    return NULL;
}

static const Format *by_name(const char *name, Error *err)
{
    Text list = {0};
    for (const Format *const *f = formats; *f; f++) {
        if (!strcmp((*f)->name, name))
            return *f;
        text_printf(&list, "%s%s", list.n ? " " : "", (*f)->name);
    }
    error_set(err, SPML_USAGE, "format-name", "no format is called '%s'; there are: %s", name, list.p ? list.p : "");
    text_free(&list);
    return NULL;
}

const Format *format_probe(File *f, const char *force_name, Error *err)
{
    const Format *best = NULL;
    int score = 0;
    if (force_name)
        return by_name(force_name, err);
    for (const Format *const *p = formats; *p; p++) {
        int s = (*p)->probe(file_span(f), file_size(f), file_path(f));
        if (s > score) {
            score = s;
            best = *p;
        }
    }
    if (!best) {
        error_set(err, SPML_DATA, file_size(f) ? "format-unknown" : "file-empty", file_size(f) ? "not a model file of a known format" : "the file is empty");
        error_where(err, file_path(f), -1);
    }
    return best;
}
