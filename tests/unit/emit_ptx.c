/* SPDX-License-Identifier: MIT
 * unit tests of the PTX emitter that need neither device nor toolkit: the text check refuses what breaks the numerics rules, every text of the instances
 * below passes it, is the same twice, and facts take strides out of it. */
#include "kir/emit_ptx.h"
#include "kir/prims.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static const KirTarget sm80 = { .language = KLANG_PTX, .caps = ~0u, .lanes = 128, .items = 256, .max_shared = 96 << 10, .max_by_value = 512, .sm = 80, .ptx = 70 };

static void test_check(void **state)
{
    static const struct { const char *text; bool good; } rows[] = {
        { "    add.rn.f32 %f1, %f2, %f3;\n    add.s32 %r1, %r2, 4;\n    fma.rn.f64 %fd1, %fd2, %fd3, %fd4;\n", true },
        { "    add.f32 %f1, %f2, %f3;\n", false },
        { "    mul.f64 %fd1, %fd2, %fd3;", false },
        { "    @%p1 sub.f32 %f1, %f2, %f3;\n", false },
        { "    @!%p1 div.full.f32 %f1, %f2, %f3;\n", false },
        { "    sqrt.approx.f32 %f1, %f2;\n", false },
        { "    add.rn.ftz.f32 %f1, %f2, %f3;\n", false },
        { "    ld.f32 %f1, [%rd1];\n", false },
        { "    ld.global.nc.f32 %f1, [%rd1+4];\n    st.shared.f32 [%r1], %f1;\n    @%p2 red.global.add.u32 [%rd2], 1;\n", true },
        { "    atom.add.u32 %r1, [%rd1], 1;\n", false },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        Error e = { 0 };
        if ((kir_ptx_check(rows[r].text, strlen(rows[r].text), &e) == SPML_OK) != rows[r].good)
            fail_msg("%s: %s", rows[r].text, e.text);
    }
}

static void emit(const char *key, const KirFacts *facts, Text *out)
{
    const KModule *m;
    Error e = { 0 };
    Arena a = { 0 };
    KirKernel *plain, *k;
    KirEmitted info;
    const KBindType t = { "T", DT_f32, NULL };
    const KBindFn fns[] = { { "f", "mul" } };
    const KBindRank ranks[] = { { strcmp(key, "binary") ? "L" : "I", strcmp(key, "binary") ? 1 : 2 } };
    const bool binary = !strcmp(key, "binary");
    const KirBinding b = { .types = &t, .n_types = 1, .fns = fns, .n_fns = binary, .ranks = ranks, .n_ranks = 1 };
    assert_int_equal(kernels_module(&m, &e), SPML_OK);
    if (kir_instantiate(m, key, &b, &a, &plain, &e) || kir_schedule(plain, sm80.lanes, &a, &k, &e) || kir_emit_ptx.prelude(&sm80, out, &e)
        || kir_emit_ptx.kernel(k, &sm80, facts, "k0_test", out, &info, &e) || kir_ptx_check(out->p, out->n, &e))
        fail_msg("%s: %s", key, e.text);
    assert_true(info.by_value);
    assert_int_equal(info.group_size, info.group ? 128 : 256);
    arena_free(&a);
}

static void test_texts(void **state)
{
    Text a = { 0 }, b = { 0 }, f = { 0 };
    KirFacts facts = { .small = 1 };
    emit("softmax", NULL, &a);
    emit("softmax", NULL, &b);
    assert_string_equal(a.p, b.p);
    assert_non_null(strstr(a.p, "bar.sync 0;"));
    assert_non_null(strstr(a.p, "// kernels/"));
    a.n = b.n = 0;
    for (int m = 0; m < 3; m++)
        facts.stride[m] = KFACT_ONE << 2;
    emit("binary", NULL, &a);
    emit("binary", &facts, &f);
    assert_non_null(strstr(a.p, "div.u64"));
    assert_null(strstr(f.p, "div.u64"));
    assert_non_null(strstr(a.p, "[p+40]")); /* inner stride of operand 0 */
    assert_null(strstr(f.p, "[p+40]"));
    text_free(&a);
    text_free(&b);
    text_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_check), cmocka_unit_test(test_texts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
