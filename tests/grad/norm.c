/* SPDX-License-Identifier: MIT
 * Gradient checks of normalisations and dropout. */
#include "grad.h"

#define SYMBOLS "sym $0 \"n\" input bucket 0 1000 sym $1 \"c\" input bucket 0 1000 "

const GradCase cases_norm[] = {
    {"layer_norm", GIN(0, "3, 5") GIN(1, "5") GIN(2, "5") "layer_norm (%0, %1, %2) -> %3: ?, _, _ out %3"},
    {"layer_norm.axis", GIN(0, "2, 3, 4") GIN(1, "3, 4") GIN(2, "3, 4") "layer_norm (%0, %1, %2) {\"axis\" = 1, \"eps\" = f 0.1} -> %3: ?, _, _ out %3"},
    {"layer_norm.plain", GIN(0, "2, 3, 4") "layer_norm (%0) -> %1: ?, _, _ out %1"},
    {"layer_norm.broadcast", GIN(0, "2, 3, 4") GIN(1, "4") GIN(2, "2, 1, 1") "layer_norm (%0, %1, %2) {\"axis\" = 1} -> %3: ?, _, _ out %3"},
    {"layer_norm.symbols", SYMBOLS GIN(0, "$0, $1, 4") GIN(1, "4") GIN(2, "4") "layer_norm (%0, %1, %2) -> %3: ?, _, _ out %3"},
    {"rms_norm", GIN(0, "3, 5") GIN(1, "5") "rms_norm (%0, %1) -> %2: ? out %2"},
    {"rms_norm.axis", GIN(0, "2, 3, 4") GIN(1, "3, 4") "rms_norm (%0, %1) {\"axis\" = 1} -> %2: ? out %2"},
    {"instance_norm", GIN(0, "2, 3, 2, 4") GIN(1, "3") GIN(2, "3") "instance_norm (%0, %1, %2) -> %3: ? out %3"},
    {"group_norm", GIN(0, "2, 4, 2, 3") GIN(1, "4") GIN(2, "4") "group_norm (%0, %1, %2) {\"groups\" = 2} -> %3: ? out %3"},
    {"group_norm.per_group", GIN(0, "2, 4, 3") GIN(1, "2") GIN(2, "2") "group_norm (%0, %1, %2) {\"groups\" = 2} -> %3: ? out %3"},
    {"batch_norm", GIN(0, "2, 3, 4") GIN(1, "3") GIN(2, "3") GIN(3, "3") "in %4 \"v\": f64[3] input exp (%4) -> %5: f64[3] batch_norm (%0, %1, %2, %3, %5) -> %6: ? out %6"},
    {"batch_norm.training", GIN(0, "3, 2, 2, 3") GIN(1, "2") GIN(2, "2") GIN(3, "2") GIN(4, "2") "batch_norm (%0, %1, %2, %3, %4) {\"training\" = 1} -> %5: ? out %5"},
    {"batch_norm.statistics", GIN(0, "3, 2, 2") GIN(1, "2") GIN(2, "2")
                              "let %3: f64[2] const = [0, 0] let %4: f64[2] const = [1, 1] batch_norm (%0, %1, %2, %3, %4) {\"training\" = 1} -> %5: ?, %6: ?, %7: ?, %8: ?, %9: ? out %5"},
    {"batch_norm.symbols", SYMBOLS GIN(0, "$0, 2, $1") GIN(1, "2") GIN(2, "2") "let %3: f64[2] const = [0, 0] let %4: f64[2] const = [1, 1] batch_norm (%0, %1, %2, %3, %4) {\"training\" = 1} -> %5: ? out %5"},
    {"mean_variance_norm", GIN(0, "2, 3, 4") "mean_variance_norm (%0) {\"axes\" = [0, 2]} -> %1: ? out %1"},
    {"lp_norm", GIN(0, "3, 4") "lp_norm (%0) -> %1: ? out %1"},
    {"lp_norm.p1", GIN(0, "3, 4") "lp_norm (%0) {\"p\" = 1, \"axis\" = 0} -> %1: ? out %1"},
    {"local_response_norm", GIN(0, "2, 5, 2") "local_response_norm (%0) {\"size\" = 3, \"alpha\" = f 0.5} -> %1: ? out %1"},
    {"local_response_norm.even", GIN(0, "1, 6, 2, 2") "local_response_norm (%0) {\"size\" = 4, \"alpha\" = f 0.7, \"beta\" = f 0.5, \"bias\" = f 2} -> %1: ? out %1"},
    {"dropout", GIN(0, "4, 9") "let %1: f32[] const = [0.4] let %2: bool[] const = [1] dropout (%0, %1, %2) {\"seed\" = 5} -> %3: ?, _ out %3"},
    {"dropout.off", GIN(0, "4, 3") "dropout (%0) {\"ratio\" = f 0.4} -> %1: ?, _ out %1"},
    {0},
};
