/* SPDX-License-Identifier: MIT
 * opt: what is alive when, before anything is lowered: an estimate of the memory that a graph's nodes will be planned into, and of what each costs. Told as
 * lower_views and the executor will have it: reshapes are views, parts of a concat lie in it, states and outputs are elsewhere; working memory of kernels is not
 * seen. For recompute.c, which changes the graph and asks again: nodes that nothing reads any more count as gone. */
#ifndef SPML_OPT_LIVES_H
#define SPML_OPT_LIVES_H

#include "opt/pass.h"

/* Node.tag: the nodes that do the same are a list, the original first. at: place among the nodes that are needed; −1: it is not, or not known yet. cost: bytes moved, products
 * counted in. pure: it gives the same bits whenever it runs, and nothing else. */
typedef struct Kin { struct Kin *next; Node *node; const Node *orig; int at; uint64_t cost; bool pure; } Kin;
static inline Kin *kin(const Node *n) { return n->tag; }

typedef struct LifeUse { int at; Value *v; } LifeUse;
/* By Value.id. root: the value whose storage it is in; 0: none of the plan's. Of those that are their own: made at `def`, alive from first to last, readers
 * use[0 … n_uses) in order; pinned: a subgraph or the caller reads it. */
typedef struct Life { uint32_t root; int def, first, last; uint64_t bytes; bool pinned; size_t use, n_uses; } Life;

typedef struct Lives {
    Graph *g;
    Arena *scratch;
    uint32_t n_ids;
    size_t cap_ids, cap_nodes, cap_uses;
    Life *life;              /* [n_ids] */
    uint32_t *reads;         /* [n_ids] readers of each value */
    Node **at;               /* [n] nodes that are needed, in order */
    int64_t *mem;            /* [n + 1] bytes alive */
    LifeUse *use;
    int n, peak_at, n_peak;  /* the fullest place; how many are as full */
    int64_t peak;
    uint64_t work;           /* nodes and readers looked at so far */
    bool oom;
} Lives;

bool lives_begin(Lives *l, Graph *g, Arena *scratch); /* numbers values, makes each node an original. false: out of memory, also below */
bool lives_find(Lives *l);                            /* anew, for the graph as it is */
Kin *lives_kin(Lives *l, Node *n, const Node *orig);  /* n, just made, is a copy of orig; its outputs get their ids */
uint32_t lives_storage(const Lives *l, const Value *v); /* id of the value in whose storage v is; 0: none of the plan's */
uint64_t lives_bytes(const Value *v);

#endif
