/* SPDX-License-Identifier: MIT
 * tests: hostile files: hostile TABLE OWN_DIR [PACK_DIR]. Each row of TABLE (file, exit codes, error key, valid twin; tab-separated; "own:" and
 * "pack:" name the folder) is read by the code that the command line reads it with: models as `inspect` loads them, tensors, pictures and sound
 * as `run -i` does, graphs as text parsed, verified, typed and asked whether they can run. A row passes with one of its codes and its key
 * ("-": any); a twin must load. The last line is "N passed, N failed, N skipped". */
#include "handle_error.h"
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

static SpmlCode load_model(const char *path, Error *err)
{
    Arena a = {0};
    Graph *g = NULL;
    Container *c = NULL;
    SpmlCode code = pipeline_load(path, NULL, &(ReadOptions){0}, NULL, &a, &g, &c, err);
    if (g)
        graph_close_files(g);
    for (size_t i = 0; c && i < c->n_files; i++)
        file_close(&c->files[i]);
    arena_free(&a);
    return code;
}

static SpmlCode load_ir(const char *path, Error *err)
{
    Arena a = {0};
    Graph *g = NULL;
    File *f;
    SpmlCode code = file_open(path, 0, &f, err);
    if (code)
        return code;
    code = graph_parse((const char *)file_span(f).base, file_size(f), &a, &g, err);
    if (!code)
        code = graph_verify(g, err);
    if (!code)
        code = graph_infer(g, err);
    if (!code)
        code = graph_complete(g, err);
    file_close(&f);
    arena_free(&a);
    return code;
}

/* What the input is that the file is for. NAME.i8.csv is for an input of i8. */
static SpmlPort port_for(const char *path)
{
    static const struct { const char *end; SpmlPort port; } rows[] = {
        {".png", {.dtype = "f32", .rank = 4, .dim = {1, 3, -1, -1}}}, {".jpg", {.dtype = "f32", .rank = 4, .dim = {1, 3, -1, -1}}},
        {".bmp", {.dtype = "f32", .rank = 4, .dim = {1, 3, -1, -1}}}, {".ppm", {.dtype = "f32", .rank = 4, .dim = {1, 3, -1, -1}}},
        {".wav", {.dtype = "f32", .rank = 1, .dim = {-1}}}, {".raw", {.dtype = "f32", .rank = 2, .dim = {2, 2}}},
        {".i8.csv", {.dtype = "i8", .rank = -1}}, {".csv", {.dtype = "f32", .rank = -1}}, {".i8.json", {.dtype = "i8", .rank = -1}}, {".string.json", {.dtype = "string", .rank = -1}},
        {".json", {.dtype = "f32", .rank = -1}}, {".txt", {.dtype = "f32", .rank = -1}}, {".seq.pb", {.type = "seq(f32[?])", .rank = -1}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strlen(path) >= strlen(rows[i].end) && !strcmp(path + strlen(path) - strlen(rows[i].end), rows[i].end)) {
            SpmlPort p = rows[i].port;
            p.name = "x";
            p.type = p.type ? p.type : "";
            return p;
        }
    return (SpmlPort){0};
}

static SpmlCode load_tensor(const char *path, Error *err)
{
    SpmlPort port = port_for(path);
    SpmlError e = {0};
    SpmlBundle *b = NULL;
    SpmlCode code = spml_bundle_read(path, &(SpmlFileOptions){.ports = port.name ? &port : NULL, .n_ports = port.name != NULL, .recipe = "unit"}, &b, &e);
    if (!code)
        spml_bundle_free(b);
    *err = e.e;
    return code;
}

static SpmlCode load(const char *path, Error *err)
{
    bool model = strstr(path, ".onnx") || strstr(path, ".gguf") || strstr(path, ".safetensors");
    size_t n = strlen(path);
    *err = (Error){0};
    return model ? load_model(path, err) : n > 3 && !strcmp(path + n - 3, ".ir") ? load_ir(path, err) : load_tensor(path, err);
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
    if (code && (code != err.code || !*err.key || !*err.text)) {
        printf("FAILED %s: exit %d without key or text\n", file, code);
        ok = false;
    }
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
        if (file && *file != '#' && twin)
            check_row(file, codes, key, twin);
    }
    fclose(f);
    printf("%d passed, %d failed, %d skipped\n", n_passed, n_failed, n_skipped);
    return n_failed > 0;
}
