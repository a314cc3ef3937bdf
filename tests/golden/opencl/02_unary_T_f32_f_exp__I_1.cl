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
    float r76 = 0;
    // kernels/scalar.k:LINE
    const long r1 = (long)(w[7]);
    const long r2 = 0l;
    if (item < items) {
        long from = item;
        const long r3 = r2 + from;
        const float r4 = m0[r3 * m0_s0];
        const float r75 = as_float(0x00000000u) /* 0 */;
        // kernels/math.k:LINE
        r76 = r75;
        const float r79 = as_float(0x42b20000u) /* 89 */;
        // kernels/math.k:LINE
        const bool r80 = r4 > r79;
        const float r82 = as_float(0xc2d00000u) /* -104 */;
        const bool r83 = r4 < r82;
        const float r85 = r83 ? r82 : r4;
        const float r86 = r80 ? r79 : r85;
        const float r87 = as_float(0x3fb8aa3bu) /* 1.442695 */;
        // kernels/math.k:LINE
        const float r88 = r86 * r87;
        const float r89 = as_float(0x4b400000u) /* 12582912 */;
        const float r90 = r88 + r89;
        // kernels/math.k:LINE
        const float r92 = r90 - r89;
        const float r93 = as_float(0x3f317200u) /* 0.69314575 */;
        // kernels/math.k:LINE
        const float r94 = r92 * r93;
        const float r95 = r86 - r94;
        const float r96 = as_float(0x35bfbe8eu) /* 1.4286068e-06 */;
        const float r97 = r92 * r96;
        const float r98 = r95 - r97;
        // kernels/math.k:LINE
        const float r116 = r98 * r98;
        const float r117 = as_float(0x39509338u) /* 0.00019891269 */;
        const float r118 = r98 * r117;
        const float r119 = as_float(0x3ab6a269u) /* 0.00139339 */;
        const float r120 = r119 + r118;
        const float r121 = r98 * r120;
        const float r122 = as_float(0x3c088870u) /* 0.0083333105 */;
        const float r123 = r122 + r121;
        const float r124 = r98 * r123;
        const float r125 = as_float(0x3d2aaa74u) /* 0.041666463 */;
        const float r126 = r125 + r124;
        const float r127 = r98 * r126;
        const float r128 = as_float(0x3e2aaaabu) /* 0.16666667 */;
        const float r129 = r128 + r127;
        const float r130 = r98 * r129;
        const float r131 = as_float(0x3f000000u) /* 0.5 */;
        const float r132 = r131 + r130;
        const float r133 = r116 * r132;
        const float r134 = r98 + r133;
        // kernels/math.k:LINE
        const int r100 = as_int(r90);
        const int r101 = (int)0x4b400000u;
        const int r102 = (int)((uint)r100 - (uint)r101);
        const int r103 = (int)0x1u;
        // kernels/math.k:LINE
        const int r104 = r102 >> (uint)r103;
        const float r105 = as_float(0x3f800000u) /* 1 */;
        // kernels/math.k:LINE
        const float r106 = r105 + r134;
        const int r135 = (int)0x7fu;
        // kernels/math.k:LINE
        const int r136 = (int)((uint)r104 + (uint)r135);
        const int r137 = (int)0x17u;
        const int r138 = (int)((uint)r136 << (uint)r137);
        const float r139 = as_float(r138);
        // kernels/math.k:LINE
        const float r108 = r106 * r139;
        const bool r110 = r86 == r82;
        const int r112 = (int)((uint)r102 - (uint)r104);
        // kernels/math.k:LINE
        const int r141 = (int)((uint)r112 + (uint)r135);
        const int r143 = (int)((uint)r141 << (uint)r137);
        const float r144 = as_float(r143);
        // kernels/math.k:LINE
        const float r114 = r110 ? r75 : r144;
        const float r115 = r108 * r114;
        // kernels/math.k:LINE
        r76 = r115;
        const float r78 = r76;
        // kernels/scalar.k:LINE
        m1[r3 * m1_s0] = r78;
    }
}
