/* SPDX-License-Identifier: MIT
 * kirc: the host tool that compiles kernels/ at build time. It links only base and kir.
 *     kirc --generate DIR --aot aot.def FILE…    DIR/prim_fns.c, DIR/aot.c, DIR/kernel_text.c
 *     kirc --check FILE…                         diagnostics of every declaration
 *     kirc --print KEY FILE…, --emit KEY FILE…   one instance as scheduled KIR or as C; KEY: conv<X=f32,G=1>/4,4,1,4
 *     kirc --function NAME:TYPE FILE…            one tile primitive as C
 *     kirc --text TARGET KEY FILE…               an instance as other machines get it; TARGET: opencl, glsl, ptx75, ptx80, ptx90, the latter
 *                                                then -tf32 (as --math tf32), -dense (for a launch on small, dense, aligned operands) */
#include "kir/kirc.h"
#include "kir/emit_ptx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_file(const char *path, Text *out)
{
    char buf[65536];
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
        text_add(out, buf, n);
    fclose(f);
    text_puts(out, "");
    return !out->oom;
}

static bool write_file(const char *dir, const char *name, const Text *t)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    const bool ok = fwrite(t->p ? t->p : "", 1, t->n, f) == t->n;
    return fclose(f) == 0 && ok;
}

static int fail(const Error *err)
{
    fprintf(stderr, "%s\n", err->text);
    return 1;
}

/* file names as diagnostics and emitted comments show them: from "kernels/" on */
static const char *short_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *p = path;
    for (const char *s = strstr(p, "kernels/"); s; s = strstr(p, "kernels/"))
        p = s + 1;
    return p != path ? p - 1 : slash ? slash + 1 : path;
}

static int generate(const KModule *m, const KSource *src, size_t n, const char *dir, const char *aot, Error *err)
{
    Text fns = { 0 }, kernels = { 0 }, embed = { 0 }, def = { 0 };
    if (aot && !read_file(aot, &def))
        return error_set(err, SPML_DATA, "file", "%s: cannot be read", aot), fail(err);
    if (kirc_functions(m, &fns, err) || kirc_kernels(m, def.p ? def.p : strdup(""), &kernels, err))
        return fail(err);
    kirc_embed(src, n, &embed);
    const bool ok = write_file(dir, "prim_fns.c", &fns) && write_file(dir, "aot.c", &kernels) && write_file(dir, "kernel_text.c", &embed);
    text_free(&fns);
    text_free(&kernels);
    text_free(&embed);
    text_free(&def);
    if (!ok)
        fprintf(stderr, "%s: cannot be written\n", dir);
    return !ok;
}

static int show_function(const KModule *m, char *spec, Text *out, Error *err)
{
    Arena a = { 0 };
    KirKernel *k = NULL;
    char *colon = strchr(spec, ':');
    if (colon)
        *colon++ = 0;
    const KBindType bind = { "T", colon ? dtype_find(colon, strlen(colon)) : DT_none, NULL };
    if (kir_instantiate_fn(m, spec, &bind, colon != NULL, &a, &k, err) || kir_simplify(k, KPASS_ALL, err) || emit_c_primitive(k, spec, out, err))
        return fail(err);
    arena_free(&a);
    return 0;
}

/* What portable texts are shown for. */
enum { PORTABLE = KCAP_f64 | KCAP_int64 | KCAP_store8 | KCAP_store16 | KCAP_div | KCAP_sqrt | KCAP_denorm | KCAP_fma | KCAP_atomic64 | KCAP_loops };
static const struct { const char *name; const KirEmitter *emitter; KirTarget target; } targets[] = {
    { "opencl", &kir_emit_opencl, { KLANG_OPENCL, PORTABLE, 64, 64, 32 << 10, 100, 0, 0, 0 } },
    { "glsl", &kir_emit_glsl, { KLANG_GLSL, PORTABLE | KCAP_preserve, 64, 64, 32 << 10, 0, 0, 0, 0 } },
};

static int show_text(const KModule *m, const char *target, char *key, Text *out, Error *err)
{
    KirTarget t;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (!strcmp(targets[i].name, target))
            return kirc_text(m, key, targets[i].emitter, &targets[i].target, false, out, err) ? fail(err) : 0;
    if (!strncmp(target, "ptx", 3) && kir_ptx_target((unsigned)atoi(target + 3), 130, &t)) {
        t.caps &= strstr(target, "-tf32") ? ~0u : ~(uint32_t)KCAP_tf32;
        return kirc_text(m, key, &kir_emit_ptx, &t, strstr(target, "-dense") != NULL, out, err) ? fail(err) : 0;
    }
    fprintf(stderr, "%s: no such target\n", target);
    return 2;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "", *aot = NULL;
    const bool check = !strcmp(mode, "--check"), gen = !strcmp(mode, "--generate");
    char *what = check ? NULL : argc > 2 ? argv[2] : NULL;
    const bool text = !strcmp(mode, "--text");
    int at = check ? 2 : text ? 4 : 3;
    if (!check && (!what || (!gen && strcmp(mode, "--print") && strcmp(mode, "--emit") && strcmp(mode, "--function") && (!text || argc < 4)))) {
        fprintf(stderr, "usage: kirc --check FILE... | --print KEY FILE... | --emit KEY FILE... | --function NAME:TYPE FILE... | --text TARGET KEY FILE... | --generate DIR [--aot FILE] FILE...\n");
        return 2;
    }
    if (gen && argc > at + 1 && !strcmp(argv[at], "--aot")) {
        aot = argv[at + 1];
        at += 2;
    }
    Error err = { 0 };
    Arena arena = { 0 };
    KModule *m = NULL;
    Text out = { 0 };
    const size_t n = argc > at ? (size_t)(argc - at) : 0;
    KSource *src = arena_array(&arena, KSource, n + 1);
    for (size_t i = 0; src && i < n; i++) {
        Text t = { 0 };
        if (!read_file(argv[at + (int)i], &t)) {
            fprintf(stderr, "%s: cannot be read\n", argv[at + (int)i]);
            return 1;
        }
        src[i] = (KSource){ short_name(argv[at + (int)i]), arena_strndup(&arena, t.p ? t.p : "", t.n), t.n };
        text_free(&t);
    }
    if (!src || kir_parse(src, n, &arena, &m, &err))
        return fail(&err);
    int rc = 0;
    if (check)
        rc = kir_check_all(m, &err) ? fail(&err) : 0;
    else if (gen)
        rc = generate(m, src, n, what, aot, &err);
    else if (text)
        rc = show_text(m, what, argv[3], &out, &err);
    else if (!strcmp(mode, "--function"))
        rc = show_function(m, what, &out, &err);
    else
        rc = kirc_one(m, what, !strcmp(mode, "--print"), &out, &err) ? fail(&err) : 0;
    if (!rc && out.p)
        fwrite(out.p, 1, out.n, stdout);
    text_free(&out);
    arena_free(&arena);
    return rc;
}
