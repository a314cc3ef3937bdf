/* SPDX-License-Identifier: MIT
 * Gradient checks of losses and of dropout (whose numbers a key fixes). */
#include "grad.h"

const GradCase cases_loss[] = {
    {"cross_entropy", GIN(0, "3, 5") "let %1: i64[3] const = [4, 0, 2] cross_entropy (%0, %1) -> %2: ?, %3: ?, %4: ? out %2"},
    {"cross_entropy.weights", GIN(0, "3, 5, 2") "let %1: i32[3, 2] const = [4, 0, 2, 1, 1, 3] let %2: f64[5] const = [1, 0.5, 2, 0.25, 3] cross_entropy (%0, %1, %2) {\"ignore_index\" = 1} -> %3: ?, %4: ?, %5: ? out %3"},
    {"cross_entropy.smooth", GIN(0, "3, 5") "let %1: i64[3] const = [4, 0, 2] let %2: f64[5] const = [1, 0.5, 2, 0.25, 3] cross_entropy (%0, %1, %2) {\"smooth\" = f 0.1, \"ignore_index\" = 0} -> %3: ?, %4: ?, %5: ? out %3"},
    {"cross_entropy.last_axis", GIN(0, "2, 3, 4") "let %1: i64[2, 3] const = [3, 0, 2, 1, 1, 0] cross_entropy (%0, %1) {\"axis\" = -1} -> %2: ?, %3: ?, %4: ? out %2"},
    {"dropout.key", GIN(0, "7, 5") "let %1: f64[] const = [0.4] let %2: bool[] const = [1] let %3: i64[2] const = [77, 3] dropout (%0, %1, %2, %3) {\"seed\" = 5} -> %4: ? out %4"},
    {0},
};
