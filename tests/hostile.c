/* SPDX-License-Identifier: MIT
 * tests: hostile files: hostile TABLE OWN_DIR [PACK_DIR]. Each row of TABLE (file, exit codes, error key, valid twin; tab-separated; "own:" and
 * "pack:" name the folder) is loaded as `inspect` loads it. A row passes with one of its codes and its key ("-": any); a twin must load. The last line is "N passed, N failed, N skipped". */
#include "ops/ops.h"
#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *own, *pack;
static int n_passed, n_failed, n_skipped;

/* false: the folder is not given */
static bool place(const char *name, char *path, size_t sz)
{
    const char *dir = !strncmp(name, "own:", 4) ? own : !strncmp(name, "pack:", 5) ? pack : NULL;
    snprintf(path, sz, "%s/%s", dir ? dir : "", strchr(name, ':') ? strchr(name, ':') + 1 : name);
    return dir != NULL;
}

static SpmlCode load(const char *path, Error *err)
{
    Arena a = {0};
    Graph *g = NULL;
    Container *c = NULL;
    *err = (Error){0};
    SpmlCode code = pipeline_load(path, NULL, &(ReadOptions){0}, NULL, &a, &g, &c, err);
    if (g)
        graph_close_files(g);
    for (size_t i = 0; c && i < c->n_files; i++)
        file_close(&c->files[i]);
    arena_free(&a);
    return code;
}

static bool code_listed(const char *list, SpmlCode code)
{
    for (const char *p = list; *p; p++)
        if (atoi(p) == (int)code && (p == list || p[-1] == ','))
            return true;
    return false;
}

static void check_row(const char *file, const char *codes, const char *key, const char *twin)
{
    char path[4096];
    Error err;
    if (!place(file, path, sizeof path)) {
        n_skipped++;
        return;
    }
    SpmlCode code = load(path, &err);
    bool ok = code_listed(codes, code) && (!strcmp(key, "-") || (code == SPML_OK) || !strcmp(key, err.key));
    if (!ok)
        printf("FAILED %s: exit %d [%s] %s; want %s [%s]\n", file, code, err.key, err.text, codes, key);
    if (strcmp(twin, "-") && place(twin, path, sizeof path) && load(path, &err)) {
        printf("FAILED twin %s of %s: exit %d [%s] %s\n", twin, file, err.code, err.key, err.text);
        ok = false;
    }
    n_passed += ok;
    n_failed += !ok;
}

int main(int argc, char **argv)
{
    char line[1024];
    FILE *f = argc >= 3 ? fopen(argv[1], "r") : NULL;
    if (!f) {
        fprintf(stderr, "usage: hostile TABLE OWN_DIR [PACK_DIR]\n");
        return 2;
    }
    own = argv[2];
    pack = argc > 3 && !access(argv[3], R_OK) ? argv[3] : NULL;
    while (fgets(line, sizeof line, f)) {
        char *save, *file = strtok_r(line, "\t\n", &save), *codes = strtok_r(NULL, "\t\n", &save), *key = strtok_r(NULL, "\t\n", &save), *twin = strtok_r(NULL, "\t\n", &save);
        bool model = file && (strstr(file, ".onnx") || strstr(file, ".gguf") || strstr(file, ".safetensors"));
        if (model && *file != '#' && twin)
            check_row(file, codes, key, twin);
    }
    fclose(f);
    printf("%d passed, %d failed, %d skipped\n", n_passed, n_failed, n_skipped);
    return n_failed > 0;
}
