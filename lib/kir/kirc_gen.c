/* SPDX-License-Identifier: MIT
 * kirc: what it generates: tile primitives of all scalar functions, whole kernels of aot.def, the embedded texts. Output depends on the texts
 * alone. A function is tried with T bound to each compute type; those its constraints refuse are left out. */
#include "kir/kirc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const DType compute[] = { DT_f32, DT_f64, DT_i32, DT_u32, DT_i64, DT_u64, DT_bool };
enum { N_COMPUTE = sizeof compute / sizeof *compute };

/* Twice: what common subexpressions leave behind is dead in the second round. */
static SpmlCode simplify(KirKernel *k, Error *err)
{
    const SpmlCode code = kir_simplify(k, KPASS_ALL, err);
    return code == SPML_OK ? kir_simplify(k, KPASS_ALL, err) : code;
}

/* ── functions ── */

enum { MAX_TYPES = 24 }; /* PRIM_FN_TYPES of the table */
typedef struct FnEntry { const char *name; DType type; unsigned n_params, n_results, number; DType types[MAX_TYPES]; char *body; } FnEntry;
typedef struct FnList { FnEntry *v; size_t n, cap; unsigned n_bodies; Arena arena; Text bodies; } FnList;

static bool is_compute(DType t)
{
    for (int i = 0; i < N_COMPUTE; i++)
        if (compute[i] == t)
            return true;
    return false;
}

static bool scalar_signature(const KirKernel *k)
{
    const KFn *f = k->n_fns ? &k->fns[0] : NULL;
    if (!f || !f->n_params || f->n_params + f->n_results > MAX_TYPES)
        return false;
    for (unsigned p = 0; p < f->n_params; p++)
        if (!is_compute(kir_type(k, f->params[p])))
            return false;
    for (unsigned r = 0; r < f->n_results; r++)
        if (!is_compute(kir_type(k, f->body->yield[r])))
            return false;
    return f->n_results > 0;
}

static FnEntry *add_entry(FnList *l, const char *name, DType type, const KirKernel *k)
{
    const KFn *f = &k->fns[0];
    l->v = arena_grow(&l->arena, l->v, l->n, &l->cap, FnEntry);
    if (!l->v)
        return NULL;
    l->v[l->n] = (FnEntry){ .name = name, .type = type, .n_params = f->n_params, .n_results = f->n_results };
    for (unsigned p = 0; p < f->n_params; p++)
        l->v[l->n].types[p] = kir_type(k, f->params[p]);
    for (unsigned r = 0; r < f->n_results; r++)
        l->v[l->n].types[f->n_params + r] = kir_type(k, f->body->yield[r]);
    return &l->v[l->n++];
}

/* Emits the body under its own number; equal texts (exp of f32 and exp_f32) are one function. The number is patched in as "@". */
static SpmlCode emit_entry(FnList *l, const KirKernel *k, FnEntry *f, Error *err)
{
    Text body = { 0 };
    SpmlCode code = emit_c_primitive(k, "@", &body, err);
    if (code == SPML_OK) {
        const char *text = strchr(body.p, '\n') + 1; /* without the line that names it */
        for (FnEntry *o = l->v; o < f && !f->body; o++)
            if (o->body && !strcmp(o->body, text)) {
                f->body = o->body;
                f->number = o->number;
            }
        if (!f->body) {
            f->body = arena_strdup(&l->arena, text);
            f->number = l->n_bodies++;
            char name[80];
            Text safe = { 0 };
            emit_name(&safe, f->name);
            snprintf(name, sizeof name, "k%u_%s", f->number, safe.p ? safe.p : "");
            text_free(&safe);
            for (const char *p = body.p, *at; p; p = at ? at + 1 : NULL) {
                at = strchr(p, '@');
                text_add(&l->bodies, p, at ? (size_t)(at - p) : strlen(p));
                text_puts(&l->bodies, at ? name : "");
            }
        }
    }
    text_free(&body);
    return code;
}

/* type none: the function has no type parameter */
static SpmlCode one_function(const KModule *m, const char *name, DType type, FnList *l, bool *made, Error *err)
{
    Arena a = { 0 };
    KirKernel *k = NULL;
    const KBindType bind = { "T", type, NULL };
    *made = false;
    SpmlCode code = kir_instantiate_fn(m, name, &bind, type != DT_none, &a, &k, err);
    if (code == SPML_OK && scalar_signature(k)) {
        code = simplify(k, err);
        const DType t = type != DT_none ? type : kir_type(k, k->fns[0].params[0]);
        FnEntry *f = code == SPML_OK ? add_entry(l, name, t, k) : NULL;
        *made = f != NULL;
        code = f ? emit_entry(l, k, f, err) : code == SPML_OK ? error_oom(err) : code;
    }
    arena_free(&a);
    return code;
}

static SpmlCode all_types(const KModule *m, const char *name, FnList *l, Error *err)
{
    bool made, any = false;
    Error plain = { 0 }, last = { 0 };
    if (one_function(m, name, DT_none, l, &made, &plain) == SPML_OK)
        return SPML_OK;
    for (int i = 0; i < N_COMPUTE; i++) {
        error_clear(&last);
        any |= one_function(m, name, compute[i], l, &made, &last) == SPML_OK;
    }
    /* functions of structs, blocks or other types than T alone are only used inside others */
    (void)any;
    (void)err;
    return SPML_OK;
}

static int by_name_and_type(const void *pa, const void *pb)
{
    const FnEntry *a = pa, *b = pb;
    const int c = strcmp(a->name, b->name);
    return c ? c : (int)a->type - (int)b->type;
}

static void function_table(FnList *l, Text *out)
{
    char **names = arena_array(&l->arena, char *, l->n_bodies + 1);
    for (size_t i = 0; names && i < l->n; i++) {
        Text safe = { 0 };
        emit_name(&safe, l->v[i].name);
        if (!names[l->v[i].number])
            names[l->v[i].number] = arena_printf(&l->arena, "k%u_%s", l->v[i].number, safe.p ? safe.p : "");
        text_free(&safe);
    }
    qsort(l->v, l->n, sizeof *l->v, by_name_and_type);
    text_puts(out, "static const PrimFnRow rows[] = {\n");
    for (size_t i = 0; names && i < l->n; i++) {
        const FnEntry *f = &l->v[i];
        text_printf(out, "    { \"%s\", DT_%s, %u, %u, {", f->name, dtype_name(f->type), f->n_params, f->n_results);
        for (unsigned t = 0; t < f->n_params + f->n_results; t++)
            text_printf(out, " DT_%s,", dtype_name(f->types[t]));
        text_printf(out, " }, %s_forms },\n", names[f->number]);
    }
    text_puts(out, "};\nconst PrimFns PRIM_JOIN(prim_fns, SIMD_LEVEL) = { rows, sizeof rows / sizeof *rows };\n");
}

SpmlCode kirc_functions(const KModule *m, Text *out, Error *err)
{
    const char *const *names;
    const size_t n = kir_module_fns(m, &names);
    FnList l = { 0 };
    SpmlCode code = SPML_OK;
    text_puts(out, "/* Made by kirc from the .k files: scalar functions as tile primitives. */\n#include \"backend/cpu/isa/fn.h\"\n\n");
    for (size_t i = 0; i < n && code == SPML_OK; i++)
        code = all_types(m, names[i], &l, err);
    if (code == SPML_OK) {
        text_add(out, l.bodies.p ? l.bodies.p : "", l.bodies.n);
        function_table(&l, out);
        code = out->oom || l.bodies.oom || l.arena.oom ? error_oom(err) : SPML_OK;
    }
    text_free(&l.bodies);
    arena_free(&l.arena);
    return code;
}

/* ── whole kernels ── */

static SpmlCode scheduled(const KModule *m, const KircKey *k, Arena *a, KirKernel **out, Error *err)
{
    KirKernel *plain = NULL;
    SpmlCode code = kir_instantiate(m, k->kernel, &k->binding, a, &plain, err);
    if (code == SPML_OK)
        code = kir_schedule(plain, 1, a, out, err);
    return code == SPML_OK ? simplify(*out, err) : code;
}

static SpmlCode one_kernel(const KModule *m, char *line, unsigned number, Text *out, Text *table, Error *err)
{
    KircKey key;
    Arena a = { 0 };
    KirKernel *k = NULL;
    Text name = { 0 };
    EmitKernelInfo info;
    SpmlCode code = kirc_parse_key(line, &key, err);
    if (code == SPML_OK)
        code = scheduled(m, &key, &a, &k, err);
    text_printf(&name, "k%u_", number);
    emit_name(&name, key.kernel);
    if (code == SPML_OK)
        code = emit_c_kernel(k, name.p, out, &info, err);
    if (code == SPML_OK) {
        text_puts(table, "    { \"");
        kir_binding_key(m, key.kernel, &key.binding, table);
        text_printf(table, "\", %s, %zu, %s, %s%s, %s },\n", name.p, info.live ? 0 : info.scratch, info.group ? "true" : "false", info.live ? name.p : "NULL", info.live ? "_size" : "", info.serial ? "true" : "false");
    }
    text_free(&name);
    arena_free(&a);
    return code;
}

SpmlCode kirc_kernels(const KModule *m, char *aot_def, Text *out, Error *err)
{
    Text table = { 0 };
    unsigned number = 0;
    char *save = NULL;
    SpmlCode code = SPML_OK;
    text_puts(out, "/* Made by kirc from the .k files: the instances of kernels/aot.def. */\n#include \"backend/cpu/isa/aot.h\"\n\n");
    for (char *line = strtok_r(aot_def, "\n", &save); line && code == SPML_OK; line = strtok_r(NULL, "\n", &save))
        if (line[0] != '/' && line[0] != '#' && line[strspn(line, " \t\r")])
            code = one_kernel(m, line, number++, out, &table, err);
    text_printf(out, "static const KAot rows[] = {\n%s    { 0 },\n};\n", table.p ? table.p : "");
    text_printf(out, "const PrimAots PRIM_JOIN(prim_aots, AOT_LEVEL) = { rows, %u };\n", number);
    text_free(&table);
    return code;
}

SpmlCode kirc_one(const KModule *m, char *line, bool show, Text *out, Error *err)
{
    KircKey key;
    Arena a = { 0 };
    KirKernel *k = NULL;
    EmitKernelInfo info;
    SpmlCode code = kirc_parse_key(line, &key, err);
    if (code == SPML_OK)
        code = scheduled(m, &key, &a, &k, err);
    if (code == SPML_OK && show)
        kir_print(k, out);
    else if (code == SPML_OK) {
        Text name = { 0 };
        text_puts(&name, "k0_");
        emit_name(&name, key.kernel);
        code = emit_c_kernel(k, name.p, out, &info, err);
        text_free(&name);
    }
    arena_free(&a);
    return code;
}

/* Of a launch whose operands are dense, aligned and small. */
static void dense_facts(const KirKernel *k, KirFacts *out)
{
    *out = (KirFacts){ .small = 1, .aligned = k->copied };
    for (size_t m = 0; m < k->n_operands; m++)
        if (k->mems[m].rank)
            out->stride[m] = (uint32_t)KFACT_ONE << 2 * (k->mems[m].rank - 1);
}

SpmlCode kirc_text(const KModule *m, char *line, const KirEmitter *e, const KirTarget *t, bool dense, Text *out, Error *err)
{
    KircKey key;
    Arena a = { 0 };
    KirKernel *plain = NULL, *k = NULL;
    KirEmitted info;
    KirFacts facts;
    Text name = { 0 };
    SpmlCode code = kirc_parse_key(line, &key, err);
    if (code == SPML_OK)
        code = kir_instantiate(m, key.kernel, &key.binding, &a, &plain, err);
    if (code == SPML_OK)
        code = kir_prepare(plain, m, t, NULL, &a, &k, err);
    if (code == SPML_OK)
        code = e->prelude(t, out, err);
    text_puts(&name, "k0_");
    emit_name(&name, key.kernel);
    if (code == SPML_OK)
        dense_facts(k, &facts);
    if (code == SPML_OK)
        code = e->kernel(k, t, dense ? &facts : NULL, name.p, out, &info, err);
    text_free(&name);
    arena_free(&a);
    return code;
}

/* ── texts ── */

void kirc_embed(const KSource *src, size_t n, Text *out)
{
    text_puts(out, "/* Made by kirc: the .k files. */\n#include \"backend/cpu/kernel_text.h\"\n\n");
    for (size_t s = 0; s < n; s++) {
        text_printf(out, "static const char text%zu[] = {", s);
        for (size_t i = 0; i < src[s].n; i++)
            text_printf(out, i % 32 ? "%u," : "\n%u,", (unsigned char)src[s].text[i]);
        text_puts(out, "0};\n");
    }
    text_puts(out, "const KSource kernel_sources[] = {\n");
    for (size_t s = 0; s < n; s++)
        text_printf(out, "    { \"%s\", text%zu, %zu },\n", src[s].file, s, src[s].n);
    text_printf(out, "    { 0 },\n};\nconst size_t n_kernel_sources = %zu;\n", n);
}
