/* SPDX-License-Identifier: MIT
 * Gradient checks of moves: shapes, slices, gathers, scatters. */
#include "grad.h"

#define SYMS "sym $0 \"n\" input bucket 0 1000 sym $1 \"c\" input bucket 0 1000 sym $2 \"d\" input bucket 0 1000 "
#define X GIN(0, "2, 3, 4")
#define OUT1 " -> %1: ? out %1"
#define OUT2 " -> %2: ? out %2"
#define OUT3 " -> %3: ? out %3"
#define OUT4 " -> %4: ? out %4"
#define PAD4(mode) GIN(0, "2, 3, 4, 5") "let %1: i64[8] const = [0, 0, 2, 1, 0, 0, 1, 3] pad (%0, %1) {\"mode\" = \"" mode "\"}" OUT2
#define PADSYMS(mode) SYMS GIN(0, "$0, $2, 4") "let %1: i64[6] const = [0, 2, 1, 0, 1, 2] pad (%0, %1) {\"mode\" = \"" mode "\"}" OUT2

const GradCase cases_move[] = {
    {"reshape", X "let %1: i64[2] const = [-1, 6] reshape (%0, %1)" OUT2},
    {"reshape.symbols", SYMS GIN(0, "$0, $1, $2") "let %1: i64[2] const = [0, -1] reshape (%0, %1)" OUT2},
    {"flatten", X "flatten (%0) {\"axis\" = 2}" OUT1},
    {"flatten.symbols", SYMS GIN(0, "$0, $1, $2") "flatten (%0)" OUT1},
    {"squeeze", GIN(0, "2, 1, 3, 1") "squeeze (%0) {\"axes\" = [1]}" OUT1},
    {"unsqueeze", X "unsqueeze (%0) {\"axes\" = [0, -1]}" OUT1},
    {"align", GIN(0, "3") GIN(1, "2, 3, 4") "align (%0, %1) {\"axis\" = 1}" OUT2},
    {"transpose", X "transpose (%0)" OUT1},
    {"transpose.perm", X "transpose (%0) {\"perm\" = [1, 2, 0]}" OUT1},
    {"expand", GIN(0, "3, 1") "let %1: i64[3] const = [2, 3, 4] expand (%0, %1)" OUT2},
    {"expand.symbols", SYMS GIN(0, "$0, 1") GIN(1, "$1, $0, $2") "shape (%1) -> %2: ? expand (%0, %2)" OUT3},
    {"tile", X "let %1: i64[3] const = [2, 1, 3] tile (%0, %1)" OUT2},
    {"tile.symbols", SYMS GIN(0, "$0, $1, 2") "let %1: i64[3] const = [1, 2, 2] tile (%0, %1)" OUT2},
    {"concat", X GIN(1, "2, 2, 4") GIN(2, "2, 1, 4") "concat (%0, %1, %2) {\"axis\" = 1}" OUT3},
    {"concat.symbols", SYMS GIN(0, "$0, $1") GIN(1, "$0, $2") GIN(2, "$0, 3") "concat (%0, %1, %2) {\"axis\" = 1}" OUT3},
    {"split", X "split (%0) {\"axis\" = 2, \"split\" = [1, 3]} -> %1: ?, %2: ? out %1 out %2"},
    {"split.one", X "split (%0) {\"axis\" = 2, \"split\" = [1, 2, 1]} -> _, %1: ?, _ out %1"},
    {"split.symbols", SYMS GIN(0, "$0, 4, $1") "split (%0) {\"axis\" = 1} -> %1: ?, %2: ? out %2"},
    {"slice", X "let %1: i64[2] const = [1, 0] let %2: i64[2] const = [3, -1] let %3: i64[2] const = [1, 2] slice (%0, %1, %2, %3)" OUT4},
    {"slice.steps", GIN(0, "2, 5, 7") "let %1: i64[2] const = [1, -1] let %2: i64[2] const = [5, -100] let %3: i64[2] const = [1, 2] let %4: i64[2] const = [2, -3] "
                    "slice (%0, %1, %2, %3, %4) -> %5: ? out %5"},
    {"slice.symbols", SYMS GIN(0, "$0, $2, 3") "let %1: i64[1] const = [1] let %2: i64[1] const = [9223372036854775807] let %3: i64[1] const = [1] slice (%0, %1, %2, %3)" OUT4},
    {"slice.last", SYMS GIN(0, "$0, $2, 3") "let %1: i64[1] const = [-1] let %2: i64[1] const = [9223372036854775807] let %3: i64[1] const = [1] slice (%0, %1, %2, %3)" OUT4},
    {"slice.parts", X "split (%0) {\"axis\" = 1, \"split\" = [1, 1, 1]} -> %1: ?, _, %2: ? let %3: i64[] const = [1] gather (%0, %3) {\"axis\" = 1} -> %4: ? mul (%1, %2) -> %5: ? "
                   "let %6: i64[1] const = [-1] let %7: i64[1] const = [3] let %8: i64[1] const = [1] slice (%0, %6, %7, %8) -> %9: ? sin (%9) -> %10: ? out %4 out %5 out %10"},
    {"slice.joined", X "let %1: i64[] const = [2] gather (%0, %1) {\"axis\" = 1} -> %2: ? let %3: i64[] const = [-3] gather (%0, %3) {\"axis\" = 1} -> %4: ? mul (%2, %4) -> %5: ? out %5"},
    {"slice.axes", X "let %1: i64[] const = [2] gather (%0, %1) {\"axis\" = 1} -> %2: ? let %3: i64[1] const = [1] gather (%0, %3) {\"axis\" = 2} -> %4: ? out %2 out %4 exp (%0) -> %5: ? out %5"},
    {"pad", X GIN(1, "") "let %2: i64[6] const = [0, 1, 2, 1, 0, -1] pad (%0, %2, %1)" OUT3},
    {"pad.axes", X "let %1: i64[2] const = [2, 1] let %2: i64[1] const = [-2] pad (%0, %1, _, %2)" OUT3},
    {"pad.symbols", SYMS GIN(0, "$0, $1, 4") "let %1: i64[6] const = [0, 1, 2, 1, 0, -1] pad (%0, %1)" OUT2},
    {"pad.reflect", PAD4("reflect")},
    {"pad.edge", PAD4("edge")},
    {"pad.wrap", PAD4("wrap")},
    {"pad.reflect_symbols", PADSYMS("reflect")},
    {"pad.edge_symbols", PADSYMS("edge")},
    {"pad.wrap_symbols", PADSYMS("wrap")},
    {"center_crop_pad", GIN(0, "5, 3, 4") "let %1: i64[2] const = [2, 7] center_crop_pad (%0, %1) {\"axes\" = [0, 2]}" OUT2},
    {"trilu", GIN(0, "2, 3, 4") "let %1: i64[] const = [1] trilu (%0, %1) {\"upper\" = 0}" OUT2},
    {"reverse_sequence", GIN(0, "4, 3, 2") "let %1: i64[3] const = [2, 4, 1] reverse_sequence (%0, %1) {\"time_axis\" = 0, \"batch_axis\" = 1}" OUT2},
    {"depth_to_space", GIN(0, "2, 8, 2, 3") "depth_to_space (%0) {\"blocksize\" = 2}" OUT1},
    {"depth_to_space.crd", GIN(0, "2, 8, 2, 3") "depth_to_space (%0) {\"blocksize\" = 2, \"mode\" = \"CRD\"}" OUT1},
    {"space_to_depth", GIN(0, "2, 2, 4, 6") "space_to_depth (%0) {\"blocksize\" = 2}" OUT1},
    {"gather", X "let %1: i64[2, 2] const = [1, 0, 1, -1] gather (%0, %1) {\"axis\" = 1}" OUT2},
    {"gather.rows", GIN(0, "5, 3") "let %1: i32[2, 3] const = [4, 0, 4, 4, -1, 2] gather (%0, %1)" OUT2},
    {"gather.one", GIN(0, "5, 3") "let %1: i64[] const = [-2] gather (%0, %1)" OUT2},
    {"gather_elements", X "let %1: i64[2, 2, 4] const = [0, 1, 2, 0, 1, 1, 2, 2, 0, 0, 0, 0, -1, 1, 2, 1] gather_elements (%0, %1) {\"axis\" = 1}" OUT2},
    {"gather_elements.part", X "let %1: i64[1, 2, 3] const = [0, 1, 2, 0, 1, 1] gather_elements (%0, %1) {\"axis\" = 1}" OUT2},
    {"gather_nd", X "let %1: i64[3, 2] const = [0, 1, 1, 2, 0, 1] gather_nd (%0, %1)" OUT2},
    {"gather_nd.batch", X "let %1: i64[2, 3, 1] const = [0, 1, 1, 2, 0, -1] gather_nd (%0, %1) {\"batch_dims\" = 1}" OUT2},
    {"gather_nd.batches", GIN(0, "2, 3, 4, 2") "let %1: i64[2, 3, 1] const = [0, 1, 1, 2, 0, -1] gather_nd (%0, %1) {\"batch_dims\" = 2}" OUT2},
    {"scatter_elements", X GIN(1, "2, 2, 4") "let %2: i64[2, 2, 4] const = [0, 1, 2, 0, 1, 0, 0, 2, 0, 1, 2, 0, 1, 2, 0, 1] scatter_elements (%0, %2, %1) {\"axis\" = 1}" OUT3},
    {"scatter_elements.add", X GIN(1, "2, 2, 4") "let %2: i64[2, 2, 4] const = [0, 1, 2, 0, 0, 0, 0, 2, 0, 1, 2, 0, 0, 2, 0, 1] "
                             "scatter_elements (%0, %2, %1) {\"axis\" = 1, \"reduction\" = \"add\"}" OUT3},
    {"scatter_elements.mul", X GIN(1, "2, 2, 4") "let %2: i64[2, 2, 4] const = [0, 1, 2, 0, 0, 0, 0, 2, 0, 1, 2, 0, 0, 2, 0, 1] "
                             "scatter_elements (%0, %2, %1) {\"axis\" = 1, \"reduction\" = \"mul\"}" OUT3},
    {"scatter_elements.mul_zeros", X GIN(1, "2, 2, 4") "let %2: i64[2, 2, 4] const = [0, 1, 2, 0, 0, 0, 0, 2, 0, 1, 2, 0, 0, 2, 0, 1] "
                                   "let %3: f64[2, 2, 4] const = [0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1] mul (%1, %3) -> %4: ? "
                                   "scatter_elements (%0, %2, %4) {\"axis\" = 1, \"reduction\" = \"mul\"} -> %5: ? out %5"},
    {"scatter_elements.max", X GIN(1, "2, 2, 4") "let %2: i64[2, 2, 4] const = [0, 1, 2, 0, 0, 0, 0, 2, 0, 1, 2, 0, 0, 2, 0, 1] "
                             "scatter_elements (%0, %2, %1) {\"axis\" = 1, \"reduction\" = \"max\"}" OUT3},
    {"scatter_elements.max_ties", X GIN(1, "2, 2, 4") "let %2: i64[2, 2, 4] const = [0, 1, 2, 0, 0, 0, 0, 2, 0, 1, 2, 0, 0, 2, 0, 1] "
                                  "scatter_elements (%0, %2, %1) {\"axis\" = 1, \"reduction\" = \"max\"}" OUT3, 1, 1},
    {"scatter_elements.min", X GIN(1, "2, 2, 4") "let %2: i64[2, 2, 4] const = [0, 1, 2, 0, 0, 0, 0, 2, 0, 1, 2, 0, 0, 2, 0, 1] "
                             "scatter_elements (%0, %2, %1) {\"axis\" = 1, \"reduction\" = \"min\"}" OUT3},
    {"scatter_nd.mul", X GIN(1, "3, 4") "let %2: i64[3, 2] const = [0, 1, 1, 2, 0, 1] scatter_nd (%0, %2, %1) {\"reduction\" = \"mul\"}" OUT3},
    {"scatter_nd.min", X GIN(1, "3, 4") "let %2: i64[3, 2] const = [0, 1, 1, 2, 0, 1] scatter_nd (%0, %2, %1) {\"reduction\" = \"min\"}" OUT3},
    {"scatter_nd", X GIN(1, "2, 4") "let %2: i64[2, 2] const = [0, 1, 1, 2] scatter_nd (%0, %2, %1)" OUT3},
    {"scatter_nd.add", X GIN(1, "3, 4") "let %2: i64[3, 2] const = [0, 1, 1, 2, 0, 1] scatter_nd (%0, %2, %1) {\"reduction\" = \"add\"}" OUT3},
    {"topk", X "let %1: i64[1] const = [2] topk (%0, %1) {\"axis\" = 1} -> %2: ?, %3: ? out %2"},
    {"topk.values", X "let %1: i64[1] const = [2] topk (%0, %1) {\"axis\" = 2, \"largest\" = 0} -> %2: ? out %2"},
    {0},
};
