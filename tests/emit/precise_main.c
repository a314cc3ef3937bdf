/* SPDX-License-Identifier: MIT
 * check_precise FILE...: precise_check on GLSL texts, after it has refused what it must refuse. */
#include "precise.h"

#include <stdio.h>
#include <string.h>

static const struct { bool good; const char *text; } samples[] = {
    { true, "precise float r1 = r2;\nprecise float r3 = r1 * r1;\nr3 = r1;\nR_f32(m0 + uint64_t(r9 * m0_s0) * 4ul).v = r3;\n" },
    { true, "precise double r1 = double(r2);\nif (r1 < r1) {\n" },
    { false, "float r1 = r2;\n" },
    { false, "precise float r1 = r2;\nR_f32(m0).v = r1 + r1;\n" },
    { false, "precise float r1 = r2;\nm5[uint(r3)] = -r1;\n" },
    { false, "precise float r1 = r2;\nif (r1 * r1 < r1) {\n" },
    { false, "precise float r1 = r2;\nR_f32(m0).v = fma(r1, r1, r1);\n" },
};

int main(int argc, char **argv)
{
    static char text[4 << 20], why[2200];
    int bad = 0;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        if (precise_check(samples[i].text, why, sizeof why) != samples[i].good)
            bad = !!printf("sample %zu is misjudged\n", i);
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        const size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
        if (f)
            fclose(f);
        text[n] = 0;
        if (!n || !precise_check(text, why, sizeof why))
            bad = !!printf("%s: %s\n", argv[i], n ? why : "cannot be read");
    }
    return bad;
}
