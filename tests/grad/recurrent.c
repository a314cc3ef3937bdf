/* SPDX-License-Identifier: MIT
 * Gradient checks of recurrent layers and attention. */
#include "grad.h"

/* T 3, N 2, I 2, H 3 */
#define LAYER(g, dirs) GIN(0, "3, 2, 2") GIN(1, #dirs ", " #g ", 2") GIN(2, #dirs ", " #g ", 3")
#define BIAS(g2, dirs) GIN(3, #dirs ", " #g2)
#define LENGTHS "let %4: i64[2] const = [3, 1] "
#define STATE(n, dirs) GIN(n, #dirs ", 2, 3")

const GradCase cases_recurrent[] = {
    {"lstm", LAYER(12, 1) "lstm (%0, %1, %2) -> %3: ?, _, _ out %3"},
    {"lstm.whole", LAYER(12, 2) BIAS(24, 2) LENGTHS STATE(5, 2) STATE(6, 2) GIN(7, "2, 9") "lstm (%0, %1, %2, %3, %4, %5, %6, %7) {\"direction\" = \"bidirectional\"} -> %8: ?, %9: ?, %10: ? out %8 out %9 out %10"},
    {"lstm.reverse", LAYER(12, 1) BIAS(24, 1) LENGTHS STATE(5, 1) "lstm (%0, %1, %2, %3, %4, %5) {\"direction\" = \"reverse\"} -> %6: ?, %7: ?, %8: ? out %6 out %8"},
    {"lstm.coupled", LAYER(12, 1) GIN(3, "1, 9") "lstm (%0, %1, %2, _, _, _, _, %3) {\"input_forget\" = 1, \"activations\" = s[\"Sigmoid\", \"Softsign\", \"Tanh\"]} -> %4: ?, %5: ?, %6: ? out %4 out %6"},
    {"lstm.rows_first", GIN(0, "2, 3, 2") GIN(1, "1, 12, 2") GIN(2, "1, 12, 3") GIN(3, "2, 1, 3") "lstm (%0, %1, %2, _, _, %3) {\"layout\" = 1} -> %4: ?, %5: ?, %6: ? out %4 out %5"},
    {"lstm.symbols", "sym $0 \"t\" input bucket 0 1000 sym $1 \"n\" input bucket 0 1000 " GIN(0, "$0, $1, 2") GIN(1, "1, 8, 2") GIN(2, "1, 8, 2") "lstm (%0, %1, %2) -> %3: ?, _, _ out %3"},
    {"gru", LAYER(9, 1) "gru (%0, %1, %2) -> %3: ?, _ out %3"},
    {"gru.whole", LAYER(9, 2) BIAS(18, 2) LENGTHS STATE(5, 2) "gru (%0, %1, %2, %3, %4, %5) {\"direction\" = \"bidirectional\"} -> %6: ?, %7: ? out %6 out %7"},
    {"gru.after", LAYER(9, 2) BIAS(18, 2) LENGTHS STATE(5, 2) "gru (%0, %1, %2, %3, %4, %5) {\"direction\" = \"bidirectional\", \"linear_before_reset\" = 1} -> %6: ?, %7: ? out %6 out %7"},
    {"gru.last", LAYER(9, 1) BIAS(18, 1) "gru (%0, %1, %2, %3) {\"linear_before_reset\" = 1, \"activations\" = s[\"Sigmoid\", \"Softplus\"]} -> _, %4: ? out %4"},
    {"rnn", LAYER(3, 1) "rnn (%0, %1, %2) -> %3: ?, _ out %3"},
    {"rnn.whole", LAYER(3, 2) BIAS(6, 2) LENGTHS STATE(5, 2) "rnn (%0, %1, %2, %3, %4, %5) {\"direction\" = \"bidirectional\"} -> %6: ?, %7: ? out %6 out %7"},
    {"rnn.relu", LAYER(3, 1) BIAS(6, 1) "rnn (%0, %1, %2, %3) {\"direction\" = \"reverse\", \"activations\" = s[\"Relu\"]} -> %4: ?, %5: ? out %4 out %5"},
    {"attention", GIN(0, "2, 2, 3, 4") GIN(1, "2, 2, 5, 4") GIN(2, "2, 2, 5, 3") "attention (%0, %1, %2) -> %3: ?, _, _, _ out %3"},
    {"attention.packed", GIN(0, "2, 3, 8") GIN(1, "2, 3, 4") GIN(2, "2, 3, 6") "attention (%0, %1, %2) {\"q_num_heads\" = 4, \"kv_num_heads\" = 2, \"is_causal\" = 1} -> %3: ?, _, _, _ out %3"},
    {"attention.mask", GIN(0, "1, 4, 3, 2") GIN(1, "1, 2, 4, 2") GIN(2, "1, 2, 4, 3") GIN(3, "3, 4") "attention (%0, %1, %2, %3) {\"softcap\" = f 1.5, \"scale\" = f 0.8} -> %4: ?, _, _, _ out %4"},
    {"attention.hidden", GIN(0, "1, 2, 2, 2") GIN(1, "1, 2, 3, 2") GIN(2, "1, 2, 3, 2") "let %3: bool[2, 3] const = [1, 0, 1, 0, 0, 0] attention (%0, %1, %2, %3) -> %4: ?, _, _, _ out %4"},
    {"attend_scores", GIN(0, "2, 4, 3, 2") GIN(1, "2, 2, 5, 2") "attend_scores (%0, %1) -> %2: ? out %2"},
    {"attend_scores.scale", GIN(0, "2, 2, 3, 2") GIN(1, "2, 2, 5, 2") "attend_scores (%0, %1) {\"scale\" = f 0.7} -> %2: ? out %2"},
    {"attend_values", GIN(0, "2, 4, 3, 5") GIN(1, "2, 2, 5, 2") "attend_values (%0, %1) -> %2: ? out %2"},
    {"rotary", GIN(0, "2, 2, 3, 6") "let %1: f64[2, 3, 2] const = [1, 0.8, 0.6, 0.4, 0.2, 0, -0.2, -0.4, 0.9, 0.7, 0.5, 0.3] rotary (%0, %1, %1) {\"rotary_embedding_dim\" = 4} -> %2: ? out %2"},
    {"rotary.interleaved", GIN(0, "2, 3, 8") "let %1: f64[4, 2] const = [1, 0.8, 0.6, 0.4, 0.2, 0, -0.2, -0.4] let %2: i64[2, 3] const = [0, 1, 2, 1, 2, 3] rotary (%0, %1, %1, %2) {\"interleaved\" = 1, \"num_heads\" = 2} -> %3: ? out %3"},
    {0},
};
