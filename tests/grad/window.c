/* SPDX-License-Identifier: MIT
 * Gradient checks of convolutions, pools and resize. */
#include "grad.h"

#define CONV(x, w, attrs) GIN(0, x) GIN(1, w) "conv (%0, %1) {" attrs "} -> %2: ? out %2"
#define CONVT(x, w, attrs) GIN(0, x) GIN(1, w) "conv_transpose (%0, %1) {" attrs "} -> %2: ? out %2"
#define POOL(op, x, attrs) GIN(0, x) #op "_pool (%0) {" attrs "} -> %1: ? out %1"
#define SCALED(x, n, scales, attrs) GIN(0, x) "let %1: f32[" #n "] const = [" scales "] resize (%0, _, %1) {" attrs "} -> %2: ? out %2"
#define SIZED(x, n, sizes, attrs) GIN(0, x) "let %1: i64[" #n "] const = [" sizes "] resize (%0, _, _, %1) {" attrs "} -> %2: ? out %2"
#define SYMBOLS "sym $0 \"n\" input bucket 0 1000 sym $1 \"c\" input bucket 0 1000 sym $2 \"h\" input bucket 0 1000 sym $3 \"v\" input bucket 0 1000 "

const GradCase cases_window[] = {
    {"conv", CONV("2, 3, 4, 5", "2, 3, 3, 2", "")},
    {"conv.bias", GIN(0, "2, 2, 4, 4") GIN(1, "3, 2, 3, 3") GIN(2, "3") "conv (%0, %1, %2) {\"pads\" = [1, 1, 1, 1]} -> %3: ? out %3"},
    {"conv.line", CONV("2, 3, 7", "2, 3, 3", "\"pads\" = [1, 2], \"strides\" = [2]")},
    {"conv.volume", CONV("1, 2, 3, 4, 3", "2, 2, 2, 2, 2", "\"pads\" = [1, 0, 0, 0, 1, 1], \"strides\" = [1, 2, 1]")},
    {"conv.stride", CONV("1, 2, 6, 7", "2, 2, 3, 3", "\"pads\" = [1, 1, 1, 1], \"strides\" = [2, 2]")},
    {"conv.stride3", CONV("1, 2, 8, 7", "2, 2, 2, 3", "\"pads\" = [0, 1, 2, 0], \"strides\" = [3, 2]")},
    {"conv.point_stride", CONV("2, 3, 5, 4", "2, 3, 1, 1", "\"strides\" = [2, 2]")},
    {"conv.dilation", CONV("1, 2, 7, 7", "2, 2, 3, 2", "\"pads\" = [2, 1, 1, 0], \"dilations\" = [2, 3]")},
    {"conv.stride_dilation", CONV("1, 2, 9, 9", "2, 2, 3, 2", "\"pads\" = [2, 1, 1, 3], \"dilations\" = [2, 3], \"strides\" = [2, 2]")},
    {"conv.stride_dilation4", CONV("1, 1, 13, 9", "1, 1, 3, 3", "\"pads\" = [3, 1, 1, 3], \"dilations\" = [2, 6], \"strides\" = [4, 4]")},
    {"conv.wide_pads", CONV("1, 2, 3, 3", "2, 2, 2, 2", "\"pads\" = [3, 2, 2, 3]")},
    {"conv.groups", CONV("1, 4, 4, 4", "6, 2, 3, 3", "\"group\" = 2, \"pads\" = [1, 1, 1, 1]")},
    {"conv.groups_stride", CONV("1, 4, 5, 5", "4, 2, 3, 3", "\"group\" = 2, \"pads\" = [1, 1, 1, 1], \"strides\" = [2, 2]")},
    {"conv.depthwise", CONV("2, 3, 5, 4", "3, 1, 3, 3", "\"group\" = 3, \"pads\" = [1, 1, 1, 1], \"strides\" = [2, 1]")},
    {"conv.multiplier", CONV("1, 3, 4, 4", "6, 1, 3, 3", "\"group\" = 3, \"pads\" = [1, 1, 1, 1]")},
    {"conv.same_upper", CONV("1, 2, 5, 6", "2, 2, 3, 2", "\"auto_pad\" = \"SAME_UPPER\", \"strides\" = [2, 2]")},
    {"conv.same_lower", CONV("1, 2, 5, 6", "2, 2, 3, 2", "\"auto_pad\" = \"SAME_LOWER\"")},
    {"conv.symbols", SYMBOLS GIN(0, "$0, 2, $2, $3") GIN(1, "2, 2, 3, 3") "conv (%0, %1) {\"pads\" = [1, 1, 1, 1], \"strides\" = [2, 1]} -> %2: ? out %2"},
    {"conv.symbols_same", SYMBOLS GIN(0, "$0, 2, $2, $3") GIN(1, "2, 2, 3, 3") "conv (%0, %1) {\"auto_pad\" = \"SAME_UPPER\", \"strides\" = [2, 1]} -> %2: ? out %2"},
    {"conv_transpose", CONVT("2, 3, 3, 4", "3, 2, 3, 2", "")},
    {"conv_transpose.bias", GIN(0, "1, 2, 3, 3") GIN(1, "2, 3, 2, 2") GIN(2, "3") "conv_transpose (%0, %1, %2) {\"strides\" = [2, 2]} -> %3: ? out %3"},
    {"conv_transpose.line", CONVT("2, 2, 4", "2, 3, 3", "\"strides\" = [2], \"pads\" = [1, 0], \"output_padding\" = [1]")},
    {"conv_transpose.volume", CONVT("1, 2, 2, 3, 2", "2, 2, 2, 3, 2", "\"strides\" = [1, 2, 2]")},
    {"conv_transpose.groups", CONVT("1, 4, 3, 3", "4, 3, 3, 3", "\"group\" = 2, \"strides\" = [2, 3], \"pads\" = [1, 1, 0, 1], \"dilations\" = [2, 1]")},
    {"conv_transpose.shape", CONVT("1, 2, 3, 3", "2, 1, 3, 3", "\"strides\" = [3, 2], \"output_shape\" = [10, 8]")},
    {"conv_transpose.larger", CONVT("1, 2, 3, 3", "2, 1, 2, 2", "\"strides\" = [2, 2], \"output_shape\" = [9, 7]")},
    {"conv_transpose.same", CONVT("1, 2, 3, 3", "2, 1, 3, 3", "\"strides\" = [2, 2], \"auto_pad\" = \"SAME_LOWER\"")},
    {"max_pool", POOL(max, "2, 2, 4, 6", "\"kernel_shape\" = [2, 2], \"strides\" = [2, 2]")},
    {"max_pool.overlap", POOL(max, "2, 2, 5, 6", "\"kernel_shape\" = [3, 3], \"strides\" = [2, 2], \"pads\" = [1, 1, 1, 1]")},
    {"max_pool.dilation", POOL(max, "1, 2, 7, 6", "\"kernel_shape\" = [3, 2], \"dilations\" = [2, 3], \"pads\" = [1, 0, 2, 0]")},
    {"max_pool.ceil", POOL(max, "1, 2, 5, 6", "\"kernel_shape\" = [2, 3], \"strides\" = [3, 2], \"ceil_mode\" = 1")},
    {"max_pool.line", POOL(max, "2, 2, 7", "\"kernel_shape\" = [3], \"auto_pad\" = \"SAME_UPPER\"")},
    {"max_pool.volume", POOL(max, "1, 2, 3, 4, 3", "\"kernel_shape\" = [2, 2, 2]")},
    {"max_pool.symbols", SYMBOLS GIN(0, "$0, $1, $2, $3") "max_pool (%0) {\"kernel_shape\" = [3, 2], \"strides\" = [2, 1], \"pads\" = [1, 1, 1, 1]} -> %1: ? out %1"},
    {"average_pool", POOL(average, "2, 2, 4, 6", "\"kernel_shape\" = [2, 2], \"strides\" = [2, 2]")},
    {"average_pool.pads", POOL(average, "1, 2, 5, 6", "\"kernel_shape\" = [3, 3], \"strides\" = [2, 2], \"pads\" = [1, 1, 1, 1]")},
    {"average_pool.count", POOL(average, "1, 2, 5, 6", "\"kernel_shape\" = [3, 3], \"strides\" = [2, 1], \"pads\" = [1, 2, 1, 0], \"count_include_pad\" = 1")},
    {"average_pool.ceil", POOL(average, "1, 2, 5, 6", "\"kernel_shape\" = [2, 3], \"strides\" = [3, 2], \"ceil_mode\" = 1")},
    {"average_pool.all", POOL(average, "2, 3, 4, 5", "\"kernel_shape\" = [4, 5]")},
    {"average_pool.dilation", POOL(average, "1, 2, 7", "\"kernel_shape\" = [3], \"dilations\" = [2], \"pads\" = [1, 1]")},
    {"average_pool.symbols", SYMBOLS GIN(0, "$0, $1, $2, $3") "average_pool (%0) {\"kernel_shape\" = [3, 2], \"strides\" = [2, 1], \"pads\" = [1, 1, 1, 1]} -> %1: ? out %1"},
    {"lp_pool", POOL(lp, "1, 2, 4, 6", "\"kernel_shape\" = [2, 2], \"strides\" = [2, 2]")},
    {"lp_pool.p3", POOL(lp, "1, 2, 5, 5", "\"kernel_shape\" = [3, 2], \"strides\" = [2, 1], \"pads\" = [1, 1, 1, 0], \"p\" = 3")},
    {"lp_pool.p1", POOL(lp, "1, 2, 5", "\"kernel_shape\" = [2], \"p\" = 1")},
    {"col2im", GIN(0, "2, 12, 12") "let %1: i64[2] const = [4, 5] let %2: i64[2] const = [2, 2] col2im (%0, %1, %2) -> %3: ? out %3"},
    {"col2im.pads", GIN(0, "1, 12, 6") "let %1: i64[2] const = [5, 4] let %2: i64[2] const = [3, 2] "
                    "col2im (%0, %1, %2) {\"pads\" = [1, 0, 1, 1], \"strides\" = [2, 2], \"dilations\" = [1, 1]} -> %3: ? out %3"},
    {"col2im.dilation", GIN(0, "1, 4, 12") "let %1: i64[2] const = [5, 6] let %2: i64[2] const = [2, 2] col2im (%0, %1, %2) {\"dilations\" = [2, 2]} -> %3: ? out %3"},
    {"causal_conv", GIN(0, "2, 3, 5") GIN(1, "3, 1, 4") GIN(2, "3") GIN(3, "2, 3, 3") "causal_conv (%0, %1, %2, %3) {\"activation\" = \"silu\"} -> %4: ?, %5: ? out %4 out %5"},
    {"causal_conv.plain", GIN(0, "2, 3, 2") GIN(1, "3, 1, 4") "causal_conv (%0, %1) -> %2: ?, %3: ? out %2 out %3"},
    {"causal_conv.symbols", SYMBOLS GIN(0, "$0, 3, $2") GIN(1, "3, 1, 3") GIN(2, "3") "causal_conv (%0, %1, %2) {\"activation\" = \"swish\"} -> %3: ?, _ out %3"},
    {"max_unpool", GIN(0, "1, 1, 2, 2") "let %1: i64[1, 1, 2, 2] const = [5, 7, 13, 10] max_unpool (%0, %1) {\"kernel_shape\" = [2, 2], \"strides\" = [2, 2]} -> %2: ? out %2"},
    {"resize", SCALED("1, 2, 3, 4", 4, "1, 1, 2, 2", "")},
    {"resize.nearest", SCALED("1, 2, 5, 4", 4, "1, 1, 0.6, 1.7", "\"nearest_mode\" = \"ceil\", \"coordinate_transformation_mode\" = \"asymmetric\"")},
    {"resize.linear", SCALED("1, 2, 3, 4", 4, "1, 1, 2, 1.5", "\"mode\" = \"linear\"")},
    {"resize.align", SIZED("1, 2, 3, 4", 4, "1, 2, 5, 7", "\"mode\" = \"linear\", \"coordinate_transformation_mode\" = \"align_corners\"")},
    {"resize.smaller", SIZED("1, 2, 6, 5", 4, "1, 2, 3, 2", "\"mode\" = \"linear\", \"antialias\" = 1")},
    {"resize.cubic", SIZED("1, 1, 4, 5", 4, "1, 1, 7, 3", "\"mode\" = \"cubic\"")},
    {"resize.cubic_inside", SIZED("1, 1, 4, 5", 4, "1, 1, 7, 3", "\"mode\" = \"cubic\", \"exclude_outside\" = 1, \"coordinate_transformation_mode\" = \"pytorch_half_pixel\"")},
    {"resize.channels", SCALED("2, 3, 4", 3, "1.5, 2, 0.5", "\"mode\" = \"linear\"")},
    {"resize.crop", GIN(0, "1, 1, 5, 4") "let %1: f32[8] const = [0, 0, 0.2, -0.3, 1, 1, 0.9, 1.2] let %2: i64[4] const = [1, 1, 4, 6] resize (%0, %1, _, %2) {\"mode\" = \"linear\", "
                    "\"coordinate_transformation_mode\" = \"tf_crop_and_resize\"} -> %3: ? out %3"},
    {0},
};
