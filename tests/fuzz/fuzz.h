/* SPDX-License-Identifier: MIT
 * tests/fuzz: what the libFuzzer targets share: one input through one format, and a deterministic little generator for the mutators. */
#ifndef SPML_TESTS_FUZZ_H
#define SPML_TESTS_FUZZ_H

#include "formats/format.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t cap); /* libFuzzer's own */

typedef SpmlCode (*FuzzUse)(Graph *g, Error *err); /* what to do with a graph that was read */

/* An error must have a code of the reader's table, a key and a text. */
static inline void fuzz_check(SpmlCode code, const Error *e)
{
    bool listed = code == SPML_OK || code == SPML_DATA || code == SPML_UNSUPPORTED || code == SPML_RESOURCE;
    if (!listed || (code && (e->code != code || !e->key[0] || !e->text[0]))) {
        fprintf(stderr, "code %d with key '%s' and text '%s'\n", code, e->key, e->text);
        abort();
    }
}

/* What a container says of its tensors must be true of their files. */
static inline void fuzz_container(const Container *c)
{
    for (size_t i = 0; i < c->n_tensors; i++) {
        const TensorInfo *t = &c->tensors[i];
        uint64_t sz = file_size(t->file);
        if (t->rank < 0 || t->rank > 8 || t->offset > sz || t->sz > sz - t->offset) {
            fprintf(stderr, "tensor %zu: rank %d, %llu bytes at %llu of a file of %llu\n", i, t->rank, (unsigned long long)t->sz, (unsigned long long)t->offset, (unsigned long long)sz);
            abort();
        }
    }
}

static inline int fuzz_format(const Format *f, const char *path, const uint8_t *data, size_t n, FuzzUse use)
{
    Arena a = {.sz_limit = (size_t)256 << 20};
    Error err = {0};
    Graph *g = NULL;
    Container *c = NULL;
    File *file;
    ReadOptions o = {.keep_unknown = n & 1};
    SpmlCode code = file_memory(path, data, n, &file, &err);
    if (!code && (f->probe(file_span(file), n, path) < 0 || f->probe(file_span(file), n, path) > 100))
        abort();
    if (!code)
        code = f->read_graph ? f->read_graph(file, &o, &a, &g, &err) : f->read_container(file, &o, &a, &c, &err);
    SpmlCode used = !code && g && use ? use(g, &err) : code;
    fuzz_check(used, &err);
    if (!code && c)
        fuzz_container(c);
    if (!code && g)
        graph_close_files(g);
    for (size_t i = 0; !code && c && i < c->n_files; i++)
        file_close(&c->files[i]);
    arena_free(&a);
    return 0;
}

static inline uint32_t fuzz_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

#endif
