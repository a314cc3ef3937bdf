/* SPDX-License-Identifier: MIT
 * Gradient checks: a case is a graph as IR text, f64 throughout. Its loss is Σ out·w over its outputs of floats with random w; the gradients by all its inputs of
 * floats are compared with central differences (check.c), and, printed, with PyTorch's (scripts/gradients). Each family has a file of cases. */
#ifndef TESTS_GRAD_H
#define TESTS_GRAD_H

typedef struct GradCase {
    const char *name; /* of the op, or "op.what" */
    const char *text; /* statements of the graph. Symbols $0, $1 … are 3, 2, 4, 5, 3, 2, 4, 1 */
    double lo, hi;    /* inputs are uniform in [lo, hi); both 0: [-2, 2). Equal and not 0: all of that value, and not differentiable: compared with PyTorch only */
} GradCase;

extern const GradCase *grad_cases[]; /* NULL-terminated lists, each ended by name == NULL */
extern const GradCase cases_map[], cases_move[], cases_reduce[], cases_contract[], cases_window[], cases_norm[], cases_loss[], cases_recurrent[];
const GradCase *grad_random(void); /* a list made once, of random shapes and attributes */

/* Short words for texts: input N of f64, and of a shape. */
#define GIN(n, shape) "in %" #n " \"x" #n "\": f64[" shape "] input "

#endif
