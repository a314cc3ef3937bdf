#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// unary
typedef struct { long w[8]; } k0_unary_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_unary(const k0_unary_words block, __global uchar *restrict b0, __global uchar *restrict b1)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global float *const m1 = (__global float *)(b1 + w[4]);
    const long m0_s0 = w[3];
    const long m1_s0 = w[6];
    float r68 = 0;
    // kernels/scalar.k:LINE
    const long r1 = (long)(w[7]);
    const long r2 = 0l;
    if (item < items) {
        long from = item;
        const long r3 = r2 + from;
        const float r4 = m0[r3 * m0_s0];
        const float r67 = as_float(0x00000000u) /* 0 */;
        // kernels/math.k:LINE
        r68 = r67;
        const float r71 = as_float(0xc2d00000u) /* -104 */;
        // kernels/legal.k:LINE
        const bool r216 = r4 != r4;
        const bool r218 = r4 > r71;
        const bool r219 = r4 == r71;
        const int r220 = as_int(r4);
        const int r221 = (int)0x0u;
        const bool r222 = r220 >= r221;
        const bool r223 = r219 & r222;
        const bool r224 = r218 | r223;
        const float r225 = r224 ? r4 : r71;
        const float r227 = r216 ? r4 : r225;
        const float r73 = as_float(0x42b20000u) /* 89 */;
        // kernels/legal.k:LINE
        const bool r228 = r227 != r227;
        const bool r230 = r227 < r73;
        const bool r231 = r227 == r73;
        const int r232 = as_int(r227);
        const bool r234 = r232 < r221;
        const bool r235 = r231 & r234;
        const bool r236 = r230 | r235;
        const float r237 = r236 ? r227 : r73;
        const float r239 = r228 ? r227 : r237;
        const float r75 = as_float(0x3fb8aa3bu) /* 1.442695 */;
        // kernels/math.k:LINE
        const float r76 = r239 * r75;
        const float r77 = fabs(r76) < 0x1p23f ? rint(r76) : r76;
        const float r78 = as_float(0x3f317200u) /* 0.69314575 */;
        // kernels/math.k:LINE
        const float r79 = r77 * r78;
        const float r80 = r239 - r79;
        const float r81 = as_float(0x35bfbe8eu) /* 1.4286068e-06 */;
        const float r82 = r77 * r81;
        const float r83 = r80 - r82;
        // kernels/math.k:LINE
        const float r100 = r83 * r83;
        const float r101 = as_float(0x39509338u) /* 0.00019891269 */;
        const float r102 = r83 * r101;
        const float r103 = as_float(0x3ab6a269u) /* 0.00139339 */;
        const float r104 = r103 + r102;
        const float r105 = r83 * r104;
        const float r106 = as_float(0x3c088870u) /* 0.0083333105 */;
        const float r107 = r106 + r105;
        const float r108 = r83 * r107;
        const float r109 = as_float(0x3d2aaa74u) /* 0.041666463 */;
        const float r110 = r109 + r108;
        const float r111 = r83 * r110;
        const float r112 = as_float(0x3e2aaaabu) /* 0.16666667 */;
        const float r113 = r112 + r111;
        const float r114 = r83 * r113;
        const float r115 = as_float(0x3f000000u) /* 0.5 */;
        const float r116 = r115 + r114;
        const float r117 = r100 * r116;
        const float r118 = r83 + r117;
        const float r240 = as_float(0x4f000000u) /* 2147483600 */;
        const float r241 = as_float(0xcf000000u) /* -2147483600 */;
        // kernels/math.k:LINE
        const bool r243 = r77 < r240;
        const bool r244 = r77 > r241;
        const bool r245 = r243 & r244;
        const float r246 = r245 ? r77 : r67;
        const int r247 = (int)r246;
        const int r248 = (int)0x7fffffffu;
        const bool r249 = r77 >= r240;
        const int r250 = r249 ? r248 : r247;
        const int r251 = (int)0x80000000u;
        const bool r252 = r77 <= r241;
        const int r253 = r252 ? r251 : r250;
        const int r86 = (int)0x1u;
        const int r87 = r253 >> (uint)r86;
        const float r88 = as_float(0x3f800000u) /* 1 */;
        // kernels/math.k:LINE
        const float r89 = r88 + r118;
        const int r119 = (int)0x7fu;
        // kernels/math.k:LINE
        const int r120 = (int)((uint)r87 + (uint)r119);
        const int r121 = (int)0x17u;
        const int r122 = (int)((uint)r120 << (uint)r121);
        const float r123 = as_float(r122);
        // kernels/math.k:LINE
        const float r91 = r89 * r123;
        const bool r93 = r239 == r71;
        const int r96 = (int)((uint)r253 - (uint)r87);
        // kernels/math.k:LINE
        const int r125 = (int)((uint)r96 + (uint)r119);
        const int r127 = (int)((uint)r125 << (uint)r121);
        const float r128 = as_float(r127);
        // kernels/math.k:LINE
        const float r98 = r93 ? r67 : r128;
        const float r99 = r91 * r98;
        // kernels/math.k:LINE
        r68 = r99;
        const float r70 = r68;
        // kernels/scalar.k:LINE
        m1[r3 * m1_s0] = r70;
    }
}
