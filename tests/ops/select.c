/* SPDX-License-Identifier: MIT
 * tests/ops: selection, random numbers, control flow, trees. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

static int data(Gen *g, DType t, GenShape s) { return gen_data(g, t, s, FILL_RANGE, dtype_info[t].cls == DCLASS_INT || dtype_is_float(t) ? -9 : 0, t == DT_bool ? 1 : 9); }

static GenShape filled(Gen *g, int lo, int hi)
{
    GenShape s = gen_shape(g, lo, hi);
    for (int i = 0; i < s.rank; i++)
        s.dim[i] = s.dim[i] ? s.dim[i] : 1;
    return s;
}

void gen_compress(Gen *g)
{
    GenShape s = filled(g, 1, 4);
    int axis = (int)gen_pick(g, (uint32_t)s.rank);
    bool whole = gen_chance(g, 3);
    int in[] = {data(g, gen_one_of(g, "f32 f16 i64 u8 bool"), s), data(g, DT_bool, gen_dims(1, whole ? gen_count(&s) : s.dim[axis]))};
    if (whole)
        gen_node(g, 2, in, 1, "%s", "");
    else
        gen_node(g, 2, in, 1, "\"axis\" = %d", gen_chance(g, 2) ? axis : axis - s.rank);
}

void gen_nonzero(Gen *g)
{
    DType t = gen_one_of(g, "f32 f16 f64 i32 i64 u8 bool");
    int x = gen_data(g, t, gen_shape(g, 1, 4), FILL_RANGE, 0, 1);
    gen_node(g, 1, &x, 1, "%s", "");
}

void gen_topk(Gen *g)
{
    GenShape s = filled(g, 1, 4);
    int axis = (int)gen_pick(g, (uint32_t)s.rank);
    int64_t k = gen_between(g, 0, s.dim[axis]);
    int x = data(g, gen_one_of(g, "f32 f32 f16 f64 i32 i64"), s);
    gen_node(g, 2, (int[]){x, gen_ints(g, DT_i64, 1, &k)}, 2, "\"axis\" = %d, \"largest\" = %u", gen_chance(g, 2) ? axis : axis - s.rank, gen_pick(g, 2));
}

void gen_nms(Gen *g)
{
    int64_t b = gen_between(g, 1, 2), c = gen_between(g, 1, 3), n = gen_between(g, 1, 20), most = gen_between(g, 1, 5);
    int in[5] = {gen_data(g, DT_f32, gen_dims(3, b, n, (int64_t)4), FILL_RANGE, 0, 4), gen_data(g, DT_f32, gen_dims(3, b, c, n), FILL_RANGE, 0, 1), gen_ints(g, DT_i64, -1, &most), gen_scalar(g, DT_f32, 0.5), gen_scalar(g, DT_f32, 0.25)};
    gen_node(g, 5, in, 1, "\"center_point_box\" = %u", gen_pick(g, 2));
}

/* ── random numbers: those of the CPU ── */

void gen_random(Gen *g)
{
    const bool normal = g->op == OP_random_normal;
    int x = data(g, gen_one_of(g, "f32 f64"), gen_shape(g, 0, 3));
    gen_node(g, 1, &x, 1, "\"to\" = type %s, \"seed\" = %u, %s", dtype_name(gen_one_of(g, "f32 f32 f16 f64")), gen_pick(g, 9999), normal ? "\"mean\" = f 1, \"scale\" = f 2" : "\"low\" = f -1, \"high\" = f 3");
}

void gen_bernoulli(Gen *g)
{
    int x = gen_data(g, gen_one_of(g, "f32 f32 f16 f64"), gen_shape(g, 0, 3), FILL_RANGE, 0, 1);
    gen_node(g, 1, &x, 1, "\"to\" = type %s, \"seed\" = %u", dtype_name(gen_one_of(g, "f32 i32 bool u8")), gen_pick(g, 9999));
}

void gen_multinomial(Gen *g)
{
    int x = gen_data(g, gen_one_of(g, "f32 f32 f16 f64"), gen_dims(2, gen_between(g, 1, 4), gen_between(g, 1, 9)), FILL_RANGE, -3, 0);
    gen_node(g, 1, &x, 1, "\"to\" = type %s, \"seed\" = %u, \"sample_size\" = %u", gen_chance(g, 2) ? "i32" : "i64", gen_pick(g, 9999), 1 + gen_pick(g, 5));
}

/* ── control flow: bodies of a few nodes ── */

static void type_of(char *buf, size_t sz, DType t, GenShape s)
{
    char list[100];
    gen_list(list, sizeof list, s.rank, s.dim);
    snprintf(buf, sz, "%s%s", dtype_name(t), list);
}

void gen_branch(Gen *g)
{
    GenShape s = filled(g, 1, 3);
    int x = data(g, DT_f32, s), c = gen_data(g, DT_bool, (GenShape){0}, FILL_RANGE, 0, 1), a = g->n_values, b = g->n_values + 1;
    g->n_values += 2;
    gen_node(g, 1, &c, 1, "\"then_branch\" = graph { exp (%%%d) -> %%%d: ? out %%%d }, \"else_branch\" = graph { add (%%%d, %%%d) -> %%%d: ? out %%%d }", x, a, a, x, x, b, b);
}

void gen_loop(Gen *g)
{
    char type[200];
    GenShape s = filled(g, 1, 2);
    int64_t n = gen_between(g, 0, 4);
    type_of(type, sizeof type, DT_f32, s);
    int x = data(g, DT_f32, s), count = gen_ints(g, DT_i64, -1, &n), go = gen_data(g, DT_bool, (GenShape){0}, FILL_RANGE, 1, 1), v = g->n_values;
    g->n_values += 5;
    gen_node(g, 3, (int[]){count, go, x}, 2, "\"body\" = graph { in %%%d: i64[] input in %%%d: bool[] input in %%%d: %s input mul (%%%d, %%%d) -> %%%d: ? neg (%%%d) -> %%%d: ? out %%%d out %%%d out %%%d }", v, v + 1, v + 2, type, v + 2, x, v + 3,
             v + 3, v + 4, v + 1, v + 3, v + 4);
}

void gen_scan(Gen *g)
{
    char type[200];
    int64_t n = gen_between(g, 1, 5);
    GenShape s = gen_dims(1, gen_extent(g, 9)), all = gen_dims(2, n, s.dim[0]);
    type_of(type, sizeof type, DT_f32, s);
    int start = data(g, DT_f32, s), x = data(g, DT_f32, all), v = g->n_values;
    g->n_values += 4;
    gen_node(g, 2, (int[]){start, x}, 2, "\"num_scan_inputs\" = 1, \"body\" = graph { in %%%d: %s input in %%%d: %s input add (%%%d, %%%d) -> %%%d: ? relu (%%%d) -> %%%d: ? out %%%d out %%%d }", v, type, v + 1, type, v, v + 1, v + 2,
             v + 2, v + 3, v + 2, v + 3);
}

void gen_repeat(Gen *g)
{
    char type[200];
    GenShape s = filled(g, 1, 2);
    type_of(type, sizeof type, DT_f32, s);
    int x = data(g, DT_f32, s), v = g->n_values;
    g->n_values += 4;
    gen_node(g, 1, &x, 2, "\"count\" = %u, \"carried\" = 1, \"body\" = graph { in %%%d: i64[] input in %%%d: %s input add (%%%d, %%%d) -> %%%d: ? neg (%%%d) -> %%%d: ? out %%%d out %%%d }", 1 + gen_pick(g, 4), v, v + 1, type, v + 1, x, v + 2,
             v + 2, v + 3, v + 2, v + 3);
}

/* ── classical models ── */

/* Trees of one test and two leaves each. */
void gen_tree_ensemble(Gen *g)
{
    const int64_t trees = gen_between(g, 1, 2), features = gen_between(g, 1, 4), targets = gen_between(g, 1, 3);
    int64_t node[6 * 7] = {0}, root[2], target[4], nodes[6][7];
    for (int64_t t = 0; t < trees; t++) {
        const int64_t at = 3 * t;
        root[t] = at;
        memcpy(nodes[at], (int64_t[]){gen_between(g, 0, features - 1), gen_between(g, 0, 5), at + 1, at + 2, gen_between(g, 0, 1), 0, 0}, sizeof nodes[at]);
        for (int64_t leaf = 0; leaf < 2; leaf++) {
            memcpy(nodes[at + 1 + leaf], (int64_t[]){0, 7, 0, 0, 0, 2 * t + leaf, 1}, sizeof nodes[at]);
            target[2 * t + leaf] = gen_between(g, 0, targets - 1);
        }
    }
    memcpy(node, nodes, sizeof(int64_t) * 21 * (size_t)trees);
    char list[600], roots[60], to[60];
    gen_list(list, sizeof list, (int)(21 * trees), node);
    gen_list(roots, sizeof roots, (int)trees, root);
    gen_list(to, sizeof to, (int)(2 * trees), target);
    int x = gen_data(g, DT_f32, gen_dims(2, gen_between(g, 1, 9), features), FILL_RANGE, -2, 2), v = g->n_values;
    text_printf(&g->text, "let %%%d: i64[%lld, 7] const = %s\nlet %%%d: f32[0] const = []\nlet %%%d: i64[%lld] const = %s\nlet %%%d: i64[%lld] const = %s\n", v, 3 * (long long)trees, list, v + 1, v + 2, (long long)trees, roots, v + 3, 2 * (long long)trees, to);
    g->n_values += 4;
    int splits = gen_weight(g, DT_f32, gen_dims(1, 3 * trees), -1, 1), weights = gen_weight(g, DT_f32, gen_dims(1, 2 * trees), -2, 2), base = gen_chance(g, 2) ? gen_weight(g, DT_f32, gen_dims(1, targets), -1, 1) : -1;
    gen_node(g, base >= 0 ? 8 : 7, (int[]){x, v, splits, v + 1, v + 2, v + 3, weights, base}, 1, "\"n_targets\" = %lld, \"aggregate\" = %u", (long long)targets, gen_pick(g, 4));
}

void gen_tfidf(Gen *g)
{
    static const char *const modes[] = {"TF", "IDF", "TFIDF"};
    int x = gen_data(g, gen_one_of(g, "i64 i32"), gen_chance(g, 2) ? gen_dims(1, gen_extent(g, 20)) : gen_dims(2, gen_between(g, 1, 4), gen_extent(g, 20)), FILL_RANGE, 0, 4), v = g->n_values;
    text_printf(&g->text, "let %%%d: i64[6] const = [2, 3, 0, 1, 1, 2]\nlet %%%d: i64[4, 3] const = [0, 1, 0, 1, 1, 1, 2, 2, 2, 4, 2, 3]\n", v, v + 1);
    g->n_values += 2;
    gen_node(g, 4, (int[]){x, v, v + 1, gen_weight(g, DT_f32, gen_dims(1, (int64_t)4), 0.5, 2)}, 1, "\"columns\" = 4, \"skip\" = %u, \"mode\" = \"%s\"", gen_pick(g, 3), modes[gen_pick(g, 3)]);
}
