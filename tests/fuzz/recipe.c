/* SPDX-License-Identifier: MIT
 * tests/fuzz: recipes as text. What is read prints text that reads back and prints the same. */
#include "media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Error err = {0};
    Recipe r, again;
    Text t = {0}, u = {0};
    char *text = malloc(n + 1);
    memcpy(text, data, n);
    text[n] = 0;
    SpmlCode code = recipe_parse(text, &r, &err);
    if (code && (code != SPML_USAGE || !err.text[0]))
        abort();
    if (!code) {
        recipe_print(&r, n & 1 ? ", " : "; ", &t);
        if (t.p && recipe_parse(t.p, &again, &err))
            abort();
        if (t.p)
            recipe_print(&again, n & 1 ? ", " : "; ", &u);
        if ((t.p || u.p) && (!u.p || strcmp(t.p, u.p)))
            abort();
        recipe_fit(&r, DT_f32, 4, (int64_t[]){1, 3, 8, n & 2 ? -1 : 8}, &again, &err);
    }
    free(text);
    text_free(&t);
    text_free(&u);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed) { return LLVMFuzzerMutate(data, n, cap); }
