/* SPDX-License-Identifier: MIT
 * tests: every case of tests/kernels/{worked,extra}.case scheduled for 1, 32 and 256 lanes, emitted as C, compiled by this machine's compiler into one
 * shared object, and run: the interpreter's bits. A first pass over the cases writes the text, a second one runs it. */
#include "backend/cpu/prims_table.h"
#include "kernels/case.h"
#include "kir/emit.h"
#include "kir/target.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const uint32_t sizes[] = {1, 32, 256};
enum { N_SIZES = 3, SCRATCH = 1 << 24 };

static Text text, table;  /* the kernels; rows of KAot in order of emission */
static const KAot *next_row;

static KirKernel *scheduled(const KModule *m, Case *c, int size, Arena *a, KirKernel **plain)
{
    Error e = {0};
    KirKernel *s;
    case_instantiate(m, c, a, plain);
    if (kir_schedule(*plain, sizes[size], a, &s, &e) || kir_simplify(s, KPASS_ALL, &e))
        fail_msg("line %d: %s for %u lanes: %s", c->line, c->kernel, sizes[size], e.text);
    return s;
}

static void emit_case(const KModule *m, Case *c)
{
    for (int i = 0; i < N_SIZES; i++) {
        Arena a = {0};
        Error e = {0};
        EmitKernelInfo info;
        KirKernel *plain;
        char name[80];
        snprintf(name, sizeof name, "k%d_%u_%s", c->line, sizes[i], c->kernel);
        if (emit_c_kernel(scheduled(m, c, i, &a, &plain), name, &text, &info, &e))
            fail_msg("%s: %s", name, e.text);
        text_printf(&table, "    { \"%s\", %s, %zu, %s, %s%s, %s },\n", name, name, info.live ? 0 : info.scratch, info.group ? "true" : "false", info.live ? name : "NULL",
            info.live ? "_size" : "", info.serial ? "true" : "false");
        arena_free(&a);
    }
}

static void run_case(const KModule *m, Case *c)
{
    for (int i = 0; i < N_SIZES; i++, next_row++) {
        static KirLaunch l;
        Arena a = {0};
        Error e = {0};
        KirKernel *plain, *s = scheduled(m, c, i, &a, &plain);
        char what[80];
        snprintf(what, sizeof what, "k%d_%u_%s", c->line, sizes[i], c->kernel);
        assert_string_equal(next_row->key, what);
        case_launch(c, plain, plain, &l, what);
        if (kir_interpret(plain, &l, KORDER_ASCENDING, true, &e))
            fail_msg("%s: %s", what, e.text);
        const uint64_t bits = case_bits(c);
        case_launch(c, plain, s, &l, what);
        void *scratch = aligned_alloc(64, SCRATCH);
        assert_true(scratch && (next_row->sz_live ? next_row->sz_live(&l) : next_row->sz_scratch) <= SCRATCH);
        next_row->fn(&l, 0, kir_top_items(s, &l), scratch);
        free(scratch);
        case_compare(c, what);
        if (bits != case_bits(c))
            fail_msg("%s: not the interpreter's bits", what);
        arena_free(&a);
    }
}

static const KAot *compiled(void)
{
    char dir[64] = "/tmp/spml-emitted.XXXXXX", command[1024];
    const char *cc = getenv("CC");
    assert_non_null(mkdtemp(dir));
    snprintf(command, sizeof command, "%s/k.c", dir);
    FILE *f = fopen(command, "w");
    assert_non_null(f);
    fprintf(f, "#include \"backend/cpu/isa/aot.h\"\n\n%s\nextern const KAot rows[];\nconst KAot rows[] = {\n%s    { 0 },\n};\n", text.p, table.p);
    assert_int_equal(fclose(f), 0);
    snprintf(command, sizeof command, "%s -std=gnu17 -w -O1 -D_GNU_SOURCE -DSPML_LEVEL=0 -ffp-contract=off -fno-math-errno -fno-trapping-math -fno-strict-aliasing"
        " -I%s/lib -shared -fPIC -o %s/k.so %s/k.c %s/lib/base/dtype.c %s/lib/kir/eval.c -lm", cc ? cc : "cc", SPML_SOURCE, dir, dir,
        SPML_SOURCE, SPML_SOURCE); /* conversions of rare types are calls */
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s/k.so", dir);
    void *so = dlopen(command, RTLD_NOW);
    if (!so)
        fail_msg("%s", dlerror());
    snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
    return dlsym(so, "rows");
}

static void all(void (*each)(const KModule *m, Case *c))
{
    case_all("worked.k", "worked.case", 60, each);
    case_all("extra.k", "extra.case", 15, each);
}

static void test_emitted(void **state)
{
    all(emit_case);
    next_row = compiled();
    assert_non_null(next_row);
    all(run_case);
    assert_null(next_row->key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_emitted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
