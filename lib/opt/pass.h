/* SPDX-License-Identifier: MIT
 * opt: what every pass_<name>.c defines. A pass changes g only (not its subgraphs), keeps it valid and typed, counts its changes. */
#ifndef SPML_OPT_PASS_H
#define SPML_OPT_PASS_H

#include "opt/opt.h"
#include "ops/ops.h"

#define PASS(name, level, bits, text) SpmlCode pass_##name(Graph *g, const OptContext *c, int *n_changes, Error *err);
#include "opt/passes.def"
#undef PASS

/* Marks every value of g that is read by a node of g, by a subgraph of one, or as an output: v->tag = count of reads (uintptr_t). Tags of all
 * values of g are set. */
void pass_count_uses(Graph *g);
static inline size_t value_uses(const Value *v) { return (size_t)(uintptr_t)v->tag; }
/* A node before `at`, typed; its output. NULL: out of memory or not typable. */
Value *pass_build(Graph *g, Node *at, int op, int n_in, Value *const *in, const Attr *a, int n_attrs);
bool value_is_output(const Graph *g, const Value *v);

#endif
