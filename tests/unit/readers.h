/* SPDX-License-Identifier: MIT
 * tests: opening bytes with a format, and the truncation sweep: every prefix of a seed must end in success or a clean error. */
#ifndef SPML_TESTS_READERS_H
#define SPML_TESTS_READERS_H

#include "formats/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

typedef struct Opened { Arena arena; Graph *g; Container *c; Error err; SpmlCode code; } Opened;

static inline void read_bytes(Opened *o, const Format *f, const ReadOptions *opt, const char *path, const void *p, size_t n)
{
    File *file;
    *o = (Opened){0};
    o->code = file_memory(path, p, n, &file, &o->err);
    if (!o->code)
        o->code = f->read_graph ? f->read_graph(file, opt, &o->arena, &o->g, &o->err) : f->read_container(file, opt, &o->arena, &o->c, &o->err);
}

static inline void opened_free(Opened *o)
{
    if (!o->code && o->g)
        graph_close_files(o->g);
    for (size_t i = 0; !o->code && o->c && i < o->c->n_files; i++)
        file_close(&o->c->files[i]);
    arena_free(&o->arena);
}

static inline void sweep_prefixes(const Format *f, const char *path, const char *p, size_t n)
{
    for (size_t k = 0; k <= n; k++) {
        Opened o;
        read_bytes(&o, f, NULL, path, p, k);
        if (o.code != SPML_OK && o.code != SPML_DATA && o.code != SPML_UNSUPPORTED)
            fail_msg("%s cut to %zu of %zu bytes: code %d: %s", path, k, n, o.code, o.err.text);
        if (o.code && (!o.err.text[0] || !o.err.file[0]))
            fail_msg("%s cut to %zu bytes: an error without text or file", path, k);
        opened_free(&o);
    }
}

/* Each byte replaced by a few values that tend to break size arithmetic. */
static inline void sweep_bytes(const Format *f, const char *path, const char *p, size_t n)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    char *copy = test_malloc(n);
    memcpy(copy, p, n);
    for (size_t k = 0; k < n; k++)
        for (size_t v = 0; v < sizeof values; v++) {
            Opened o;
            copy[k] = (char)values[v];
            read_bytes(&o, f, NULL, path, copy, n);
            if (o.code != SPML_OK && o.code != SPML_DATA && o.code != SPML_UNSUPPORTED && o.code != SPML_RESOURCE)
                fail_msg("%s with byte %zu = %u: code %d: %s", path, k, values[v], o.code, o.err.text);
            opened_free(&o);
            copy[k] = p[k];
        }
    test_free(copy);
}

#endif
