/* SPDX-License-Identifier: MIT
 * tests: the cases of tests/kernels/{worked,extra}.case (made by make_cases.py with numpy), read and laid out as launches. cmocka assertions
 * fail on a case that cannot be read. */
#ifndef SPML_TESTS_KERNELS_CASE_H
#define SPML_TESTS_KERNELS_CASE_H

#include "kir/kir.h"

enum { MAX_NAMES = 24, MAX_LINE = 1 << 20 };

typedef struct Operand {
    char name[32];
    DType type;
    uint32_t block_bytes;
    int rank;
    int64_t dim[KIR_MAX_RANK];
    uint64_t n, bytes;
    uint8_t *start, *want, *run; /* values before, expected (NULL: in), of a run */
    double tol;
} Operand;
typedef struct Case {
    int line;
    char kernel[64], names[MAX_NAMES][32], fns[MAX_NAMES][32];
    KBindType types[MAX_NAMES];
    KBindFn fn[MAX_NAMES];
    KBindConst consts[MAX_NAMES];
    KBindRank ranks[MAX_NAMES];
    int64_t live[MAX_NAMES];
    KirBinding b;
    int n_names;
    Operand op[KIR_MAX_OPERANDS];
    int n_ops;
    char scalar[MAX_NAMES][32];
    double value[MAX_NAMES];
    int64_t ivalue[MAX_NAMES];
    int n_scalars;
} Case;

/* Runs `each` on every case of tests/kernels/<cases> with the module of tests/kernels/<kernels>; at least `least` of them. */
void case_all(const char *kernels, const char *cases, int least, void (*each)(const KModule *m, Case *c));
/* Bound to the case's types, functions, constants and ranks. */
void case_instantiate(const KModule *m, Case *c, Arena *a, KirKernel **out);
/* Views of op[].run, which hold the start values again, and symbols; dims are solved by kir_bind on `bound`. what: for messages. */
void case_launch(Case *c, const KirKernel *bound, const KirKernel *k, KirLaunch *l, const char *what);
void case_compare(const Case *c, const char *what);  /* op[].run with the expected values, within tolerance */
uint64_t case_bits(const Case *c);                   /* a hash of the results */

#endif
