/* SPDX-License-Identifier: MIT
 * tests/fuzz: graphs as text. What parses prints text that parses and prints the same; what also verifies goes through every shape rule, and is asked
 * whether it could run. */
#include "fuzz.h"
#include "ir/ops.h"
#include "ops/ops.h"

#include <string.h>

static bool is_word(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

/* The word before a " (" after byte `at` becomes the name of another op. */
static size_t other_op(uint8_t *p, size_t n, size_t cap, size_t at, uint32_t pick)
{
    const char *name = op_info[pick % OP_COUNT].name;
    uint8_t *open = at < n ? memmem(p + at, n - at, " (", 2) : NULL;
    size_t end = open ? (size_t)(open - p) : 0, from = end, len = strlen(name);
    while (from && is_word(p[from - 1]))
        from--;
    if (from == end || n - (end - from) + len > cap)
        return n;
    memmove(p + from + len, p + end, n - end);
    memcpy(p + from, name, len);
    return n - (end - from) + len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t cap, unsigned seed)
{
    uint32_t rng = seed * 2654435761u | 1;
    if (n && fuzz_next(&rng) % 4 == 0)
        return other_op(data, n, cap, fuzz_next(&rng) % n, fuzz_next(&rng));
    return LLVMFuzzerMutate(data, n, cap);
}

static void check_text(const Graph *g)
{
    Arena a = {.sz_limit = (size_t)256 << 20};
    Text once = {0}, twice = {0};
    Error err = {0};
    Graph *back;
    graph_print(g, &once);
    if (!once.oom && !graph_parse(once.p, once.n, &a, &back, &err))
        graph_print(back, &twice);
    else if (err.code != SPML_RESOURCE)
        fprintf(stderr, "printed text is refused: %s\n", err.text), abort();
    if (!err.code && (once.n != twice.n || memcmp(once.p, twice.p, once.n)))
        abort();
    text_free(&once);
    text_free(&twice);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Arena a = {.sz_limit = (size_t)256 << 20};
    Error err = {0};
    Graph *g;
    SpmlCode code = graph_parse((const char *)data, n, &a, &g, &err);
    if (!code) {
        check_text(g);
        code = graph_verify(g, &err);
    }
    if (!code)
        code = graph_infer(g, &err);
    if (!code)
        code = graph_complete(g, &err);
    fuzz_check(code, &err);
    arena_free(&a);
    return 0;
}
