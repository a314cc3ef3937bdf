/* SPDX-License-Identifier: MIT
 * Gradient checks of products. */
#include "grad.h"

const GradCase cases_contract[] = {
    {"matmul", GIN(0, "3, 4") GIN(1, "4, 2") "matmul (%0, %1) -> %2: ? out %2"},
    {"matmul.bias", GIN(0, "3, 4") GIN(1, "4, 2") GIN(2, "2") "matmul (%0, %1, %2) -> %3: ? out %3"},
    {"matmul.trans_a", GIN(0, "4, 3") GIN(1, "4, 2") "matmul (%0, %1) {\"trans_a\" = 1} -> %2: ? out %2"},
    {"matmul.trans_b", GIN(0, "3, 4") GIN(1, "2, 4") "matmul (%0, %1) {\"trans_b\" = 1} -> %2: ? out %2"},
    {"matmul.trans_both", GIN(0, "4, 3") GIN(1, "2, 4") GIN(2, "3, 1") "matmul (%0, %1, %2) {\"trans_a\" = 1, \"trans_b\" = 1} -> %3: ? out %3"},
    {"matmul.rows", GIN(0, "2, 3, 4") GIN(1, "4, 2") GIN(2, "2") "matmul (%0, %1, %2) -> %3: ? out %3"},
    {"matmul.rows_trans", GIN(0, "2, 3, 4") GIN(1, "2, 4") "matmul (%0, %1) {\"trans_b\" = 1} -> %2: ? out %2"},
    {"matmul.batch", GIN(0, "2, 1, 3, 4") GIN(1, "3, 4, 2") "matmul (%0, %1) -> %2: ? out %2"},
    {"matmul.batch_trans", GIN(0, "2, 4, 3") GIN(1, "2, 2, 4") "matmul (%0, %1) {\"trans_a\" = 1, \"trans_b\" = 1} -> %2: ? out %2"},
    {"matmul.vector", GIN(0, "2, 3, 4") GIN(1, "4") "matmul (%0, %1) -> %2: ? out %2"},
    {"matmul.row", GIN(0, "4") GIN(1, "2, 4, 3") "matmul (%0, %1) -> %2: ? out %2"},
    {"matmul.dot", GIN(0, "4") GIN(1, "4") "matmul (%0, %1) -> %2: ? out %2"},
    {"matmul.symbols", "sym $0 \"n\" input bucket 0 1000 sym $1 \"c\" input bucket 0 1000 " GIN(0, "$0, $1, 4") GIN(1, "4, 3") GIN(2, "3") "matmul (%0, %1, %2) -> %3: ? out %3"},
    {0},
};
