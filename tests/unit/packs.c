/* SPDX-License-Identifier: MIT
 * Memory of packed weights: slabs come and go; on disk a pack is found by its source and how it was made, and only while its bytes, and its model's file, are those
 * that were kept. */
#include "backend/cpu/packs.h"
#include "base/cache.h"
#include "base/file.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 5000, BYTES = N * 4, MODEL = 1 << 20 };
static char dir[64], model[96];

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/spml-packs-%d", (int)getpid());
    snprintf(model, sizeof model, "%s/model", dir);
    mkdir(dir, 0700);
    setenv("SPML_CACHE_DIR", dir, 1);
    return 0;
}

static int tear_down(void **state)
{
    char command[96];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static void model_write(int salt)
{
    FILE *f = fopen(model, "w");
    assert_non_null(f);
    for (int i = 0; i < MODEL; i++)
        fputc((i * 31 + salt) & 255, f);
    fclose(f);
}

static PackKey key_of(int i)
{
    PackKey k = {{0}};
    k.sum[0] = (uint8_t)i;
    return k;
}

/* Takes pack i, of the source at byte `at` of the model, and fills it where it is new. Was it there? */
static bool take(PackStore *s, const File *f, int i, size_t at, Pack **out)
{
    float *p = NULL;
    bool ready;
    const PackKey key = key_of(i);
    *out = packs_take(s, &key, file_span(f).base + at, BYTES, NULL, &p, &ready);
    assert_non_null(*out);
    assert_int_equal((uintptr_t)p % 64, 0);
    for (int k = 0; k < N; k++)
        if (ready)
            assert_true(p[k] == (float)(k + i));
        else
            p[k] = (float)(k + i);
    return ready;
}

/* A session that uses three packs, one of them not of the file. How many were there? */
static int session(int shift)
{
    File *f;
    Error e = {0};
    Pack *p[3];
    float *own, source = 0;
    uint64_t bytes, cached;
    bool ready;
    PackStore *s = packs_new();
    assert_non_null(s);
    packs_keep(s);
    assert_int_equal(file_open(model, 0, &f, &e), SPML_OK);
    const PackKey key = key_of(9);
    int n = take(s, f, 1, 100, &p[0]);
    n += take(s, f, 2, 200 + (size_t)shift, &p[1]);
    p[2] = packs_take(s, &key, &source, 64, NULL, &own, &ready);
    assert_false(ready);
    packs_bytes(s, &bytes, &cached);
    assert_int_equal(bytes, 2 * BYTES + 64);
    assert_int_equal(cached, n * BYTES);
    packs_save(s, NULL);
    for (int i = 0; i < 3; i++)
        packs_give(p[i]);
    packs_bytes(s, &bytes, &cached);
    assert_int_equal(bytes + cached, 0);
    packs_free(&s);
    file_close(&f);
    return n;
}

static void entry_flip(long at) /* changes one byte of the newest entry, counted from its end if negative */
{
    char pattern[96];
    glob_t g;
    snprintf(pattern, sizeof pattern, "%s/*.spmlw", dir);
    assert_int_equal(glob(pattern, 0, NULL, &g), 0);
    assert_int_equal(g.gl_pathc, 1);
    FILE *f = fopen(g.gl_pathv[0], "r+");
    assert_non_null(f);
    fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
    int c = fgetc(f);
    fseek(f, -1, SEEK_CUR);
    fputc(c ^ 1, f);
    fclose(f);
    globfree(&g);
}

static void kept_and_found(void **state)
{
    (void)state;
    model_write(0);
    assert_int_equal(session(0), 0);
    assert_int_equal(session(0), 2);
    assert_int_equal(session(8), 1); /* another place in the file */
    assert_int_equal(session(8), 2);
    entry_flip(-CACHE_PAGE);
    assert_int_equal(session(8), 1); /* one pack has rotted */
    assert_int_equal(session(8), 2);
    entry_flip(70); /* the key */
    assert_int_equal(session(8), 0);
    assert_int_equal(session(8), 2);
    entry_flip(110); /* the table */
    assert_int_equal(session(8), 0);
    assert_int_equal(session(8), 2);
    model_write(1);
    assert_int_equal(session(8), 0);
    assert_int_equal(session(8), 2);
}

static void memory(void **state)
{
    enum { COUNT = 300 };
    Pack *p[COUNT];
    float *at[COUNT];
    bool ready;
    (void)state;
    PackStore *s = packs_new();
    const PackKey key = key_of(0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < COUNT; i++) {
            const size_t n = (size_t)(i * 977 % 400 + 1) * 1024 + (i == 7 ? 80 << 20 : 0);
            assert_non_null(p[i] = packs_take(s, &key, &key, n, NULL, &at[i], &ready));
            assert_false(ready);
            at[i][0] = (float)i;
            memset((char *)at[i] + n - 8, i, 8);
        }
        for (int i = 0; i < COUNT; i++)
            assert_true(at[i][0] == (float)i);
        for (int i = 0; i < COUNT; i++)
            packs_give(p[(i * 7 + round) % COUNT]);
    }
    packs_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kept_and_found, set_up, tear_down),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
