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
    {"einsum", GIN(0, "2, 3") GIN(1, "3, 4") "einsum (%0, %1) {\"equation\" = \"ij,jk->ik\"} -> %2: ? out %2"},
    {"einsum.batch", GIN(0, "2, 2, 3, 2") GIN(1, "2, 2, 2, 3") "einsum (%0, %1) {\"equation\" = \"bhij,bhjd->bhid\"} -> %2: ? out %2"},
    {"einsum.sum", GIN(0, "2, 3") "einsum (%0) {\"equation\" = \"ij->\"} -> %1: ? out %1"},
    {"einsum.rows", GIN(0, "2, 3") "einsum (%0) {\"equation\" = \"ij->j\"} -> %1: ? out %1"},
    {"einsum.outer", GIN(0, "2") GIN(1, "3") "einsum (%0, %1) {\"equation\" = \"i,j->ij\"} -> %2: ? out %2"},
    {"einsum.trace", GIN(0, "3, 3") "einsum (%0) {\"equation\" = \"ii->\"} -> %1: ? out %1"},
    {"einsum.diagonal", GIN(0, "3, 2, 3") "einsum (%0) {\"equation\" = \"iji->ji\"} -> %1: ? out %1"},
    {"einsum.three", GIN(0, "2, 3") GIN(1, "3, 2") GIN(2, "2") "einsum (%0, %1, %2) {\"equation\" = \"ij,jk,k->i\"} -> %3: ? out %3"},
    {"einsum.alone", GIN(0, "2, 3") GIN(1, "4") "einsum (%0, %1) {\"equation\" = \"ij,k->k\"} -> %2: ? out %2"},
    {"einsum.dots", GIN(0, "2, 1, 3, 4") GIN(1, "3, 4, 2") "einsum (%0, %1) {\"equation\" = \"...ij,...jk->...ik\"} -> %2: ? out %2"},
    {"einsum.implicit", GIN(0, "2, 3") GIN(1, "4, 3") "einsum (%0, %1) {\"equation\" = \"ba,ca\"} -> %2: ? out %2"},
    {"einsum.ones", GIN(0, "2, 3") GIN(1, "2, 1") "einsum (%0, %1) {\"equation\" = \"ij,ij->i\"} -> %2: ? out %2"},
    {"einsum.repeated", GIN(0, "3, 3") GIN(1, "3, 2") "einsum (%0, %1) {\"equation\" = \"ii,ij->j\"} -> %2: ? out %2"},
    {"einsum.symbols", "sym $0 \"n\" input bucket 0 1000 sym $1 \"c\" input bucket 0 1000 " GIN(0, "$0, $1, 4") GIN(1, "$0, 3, 4") "einsum (%0, %1) {\"equation\" = \"bij,bkj->bik\"} -> %2: ? out %2"},
    {0},
};
