/* SPDX-License-Identifier: MIT
 * Gradient checks of reductions, the softmax family, prefixes and losses. */
#include "grad.h"

#define HEAD GIN(0, "2, 3, 4")
#define REDUCE(op, attrs) HEAD "reduce_" #op " (%0) {" attrs "} -> %1: ? out %1"
/* x = 0.5 throughout, so that extrema tie and sums of magnitudes are at 0 */
#define TIES(op, at) {"reduce_" #op ".ties", GIN(0, "2, 3") "let %1: f64[2, 3] const = [" at "] add (%0, %1) -> %2: ? reduce_" #op " (%2) {\"axes\" = [1]} -> %3: ? out %3", 0.5, 0.5}
#define SYMBOLS "sym $0 \"n\" input bucket 0 1000 sym $1 \"c\" input bucket 0 1000 " GIN(0, "$0, $1, 4")

const GradCase cases_reduce[] = {
    {"reduce_sum", REDUCE(sum, "\"axes\" = [1]")},
    {"reduce_sum.all", REDUCE(sum, "\"keepdims\" = 0")},
    {"reduce_sum.drop", REDUCE(sum, "\"axes\" = [0, 2], \"keepdims\" = 0")},
    {"reduce_sum.noop", REDUCE(sum, "\"noop\" = 1")},
    {"reduce_sum.symbols", SYMBOLS "reduce_sum (%0) {\"axes\" = [0, 2], \"keepdims\" = 0} -> %1: ? out %1"},
    {"reduce_mean", REDUCE(mean, "\"axes\" = [-1]")},
    {"reduce_mean.drop", REDUCE(mean, "\"axes\" = [0, 2], \"keepdims\" = 0")},
    {"reduce_mean.symbols", SYMBOLS "reduce_mean (%0) {\"axes\" = [0, 2], \"keepdims\" = 0} -> %1: ? out %1"},
    {"reduce_mean.spatial", GIN(0, "2, 3, 2, 2") "reduce_mean (%0) {\"spatial\" = 1} -> %1: ? out %1"},
    {"reduce_prod", REDUCE(prod, "\"axes\" = [1]")},
    {"reduce_prod.drop", REDUCE(prod, "\"axes\" = [0, 2], \"keepdims\" = 0")},
    /* one zero and two in a row */
    {"reduce_prod.zeros", GIN(0, "3, 4") "let %1: f64[3, 4] const = [0, 1, 2, 3, 1, 2, 0, 0.5, 0, 0, 1, 2] mul (%0, %1) -> %2: ? sub (%0, %2) -> %3: ? sub (%3, %0) -> %4: ? "
                          "reduce_prod (%4) {\"axes\" = [1]} -> %5: ? out %5"},
    {"reduce_max", REDUCE(max, "\"axes\" = [1]")},
    {"reduce_max.all", REDUCE(max, "\"keepdims\" = 0")},
    {"reduce_min", REDUCE(min, "\"axes\" = [0, 2], \"keepdims\" = 0")},
    {"reduce_l1", REDUCE(l1, "\"axes\" = [1]")},
    {"reduce_l2", REDUCE(l2, "\"axes\" = [1, 2], \"keepdims\" = 0")},
    {"reduce_sum_square", REDUCE(sum_square, "\"axes\" = [1]")},
    {"reduce_log_sum", REDUCE(log_sum, "\"axes\" = [1]"), 0.2, 3},
    {"reduce_log_sum_exp", REDUCE(log_sum_exp, "\"axes\" = [1], \"keepdims\" = 0")},
    {"softmax", HEAD "softmax (%0) {\"axis\" = 1} -> %1: ? out %1"},
    {"softmax.flatten", HEAD "softmax (%0) {\"axis\" = 1, \"flatten\" = 1} -> %1: ? out %1"},
    {"softmax.symbols", SYMBOLS "softmax (%0) -> %1: ? out %1"},
    {"log_softmax", HEAD "log_softmax (%0) {\"axis\" = 1} -> %1: ? out %1"},
    {"log_softmax.flatten", HEAD "log_softmax (%0) {\"axis\" = 1, \"flatten\" = 1} -> %1: ? out %1"},
    {"cumsum", HEAD "let %1: i64[] const = [1] cumsum (%0, %1) -> %2: ? out %2"},
    {"cumsum.exclusive", HEAD "let %1: i64[] const = [-1] cumsum (%0, %1) {\"exclusive\" = 1} -> %2: ? out %2"},
    {"cumsum.reverse", HEAD "let %1: i64[] const = [0] cumsum (%0, %1) {\"reverse\" = 1, \"exclusive\" = 1} -> %2: ? out %2"},
    {"nll_loss", GIN(0, "4, 3") "let %1: i64[4] const = [0, 2, 1, 2] nll_loss (%0, %1) -> %2: ? out %2"},
    {"nll_loss.sum", GIN(0, "2, 3, 2") "let %1: i64[2, 2] const = [0, 2, 1, 2] nll_loss (%0, %1) {\"reduction\" = \"sum\"} -> %2: ? out %2"},
    {"nll_loss.weights", GIN(0, "2, 3, 2") "let %1: i64[2, 2] const = [0, 2, -1, 1] let %2: f64[3] const = [0.5, 2, 1.25] "
                         "nll_loss (%0, %1, %2) {\"ignore_index\" = -1} -> %3: ? out %3"},
    {"nll_loss.none", GIN(0, "2, 3, 2") "let %1: i32[2, 2] const = [0, 2, 1, 1] let %2: f64[3] const = [0.5, 2, 1.25] "
                      "nll_loss (%0, %1, %2) {\"reduction\" = \"none\", \"ignore_index\" = 2} -> %3: ? out %3"},
    TIES(max, "0, 1, 1, 0, 0, 0"),
    TIES(min, "0, 1, 0, 0, 0, 0"),
    TIES(l1, "-0.5, 0, -1, 0, 0, 0"),
    TIES(l2, "-0.5, -0.5, -0.5, 0, 0, 0"),
    TIES(prod, "-0.5, 0, -0.5, 0, -0.5, 0"),
    {0},
};
