/* SPDX-License-Identifier: MIT
 * tests: folders and files of samples made for a test, in a directory of its own that is removed afterwards. */
#ifndef SPML_TESTS_DATA_FILES_H
#define SPML_TESTS_DATA_FILES_H

#include "media/media.h"
#include "train/data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char data_root[256];

static inline const char *in_root(const char *name) /* one of eight buffers in turn */
{
    static char path[8][1024];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", data_root, name);
    return path[turn];
}

static inline int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) { return remove(path); }

static inline int data_setup(void **state)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(data_root, sizeof data_root, "%s/spml-data-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(data_root) ? 0 : -1;
}

static inline int data_teardown(void **state) { return nftw(data_root, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* Folders on the way are made. */
static inline const char *put_file(const char *name, const void *p, size_t n)
{
    const char *path = in_root(name);
    char dir[1024];
    for (const char *c = path + strlen(data_root) + 1; (c = strchr(c, '/')); c++) {
        snprintf(dir, sizeof dir, "%.*s", (int)(c - path), path);
        mkdir(dir, 0777);
    }
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(n ? fwrite(p, 1, n, f) : 0, n);
    fclose(f);
    return path;
}

static inline const char *put_text(const char *name, const char *text) { return put_file(name, text, strlen(text)); }

/* A picture whose pixels follow from seed. */
static inline Image made_picture(int w, int h, int c, uint32_t seed)
{
    Image im;
    assert_int_equal(image_new(w, h, c, 0, &im, NULL), SPML_OK);
    for (int i = 0; i < w * h * c; i++) {
        seed = seed * 1664525u + 1013904223u;
        im.p[i] = (uint8_t)(seed >> 24);
    }
    return im;
}

static inline void put_picture(const char *name, int w, int h, int c, uint32_t seed)
{
    Image im = made_picture(w, h, c, seed);
    Text t = {0};
    assert_int_equal(image_encode(&im, IMAGE_PNG, 0, &t, NULL), SPML_OK);
    put_file(name, t.p, t.n);
    image_free(&im);
    text_free(&t);
}

static inline size_t make_idx(uint8_t *to, uint8_t type, int rank, const uint32_t *dim, const uint8_t *p, size_t n)
{
    memcpy(to, (uint8_t[]){0, 0, type, (uint8_t)rank}, 4);
    for (int i = 0; i < rank; i++)
        for (int k = 0; k < 4; k++)
            to[4 + 4 * i + k] = (uint8_t)(dim[i] >> (24 - 8 * k));
    if (n)
        memcpy(to + 4 + 4 * rank, p, n);
    return 4 + 4 * (size_t)rank + n;
}

/* n pictures of 4 × 3 with bytes 0, 1, 2 … and labels 0, 1, 2, 0 …: NAME-images-idx3-ubyte, NAME-labels-idx1-ubyte. */
static inline const char *put_idx(const char *name, uint32_t n, uint32_t n_labels)
{
    uint8_t *p = malloc(16 + n * 12 + n_labels), *file = malloc(32 + n * 12 + n_labels);
    char path[256];
    for (uint32_t i = 0; i < n * 12; i++)
        p[i] = (uint8_t)i;
    size_t sz = make_idx(file, 8, 3, (uint32_t[]){n, 3, 4}, p, n * 12);
    snprintf(path, sizeof path, "%s-images-idx3-ubyte", name);
    const char *images = put_file(path, file, sz);
    for (uint32_t i = 0; i < n_labels; i++)
        p[i] = (uint8_t)(i % 3);
    sz = make_idx(file, 8, 1, &n_labels, p, n_labels);
    snprintf(path, sizeof path, "%s-labels-idx1-ubyte", name);
    put_file(path, file, sz);
    free(p);
    free(file);
    return images;
}

static inline Dataset *must_open(const DataOptions *o)
{
    Error e = {0};
    Dataset *d;
    if (data_open(o, &d, &e))
        fail_msg("%s: %s: %s", o->path, e.file, e.text);
    return d;
}

/* Opening fails with this code, key and a text that holds `says`; the file is named. */
static inline void must_fail(const DataOptions *o, SpmlCode code, const char *key, const char *says)
{
    Error e = {0};
    Dataset *d = NULL;
    SpmlCode got = data_open(o, &d, &e);
    if (got != code || e.code != code || strcmp(e.key, key) || !strstr(e.text, says) || (code == SPML_DATA && !e.file[0]))
        fail_msg("%s: code %d [%s] file '%s': %s; wanted %d [%s] %s", o->path, got, e.key, e.file, e.text, code, key, says);
    assert_null(d);
}

#endif
