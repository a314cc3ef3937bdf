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
    float r64 = 0;
    // kernels/scalar.k:LINE
    const long r1 = (long)(w[7]);
    const long r2 = 0l;
    if (item < items) {
        long from = item;
        const long r3 = r2 + from;
        const float r4 = m0[r3 * m0_s0];
        const float r63 = as_float(0x00000000u) /* 0 */;
        // kernels/math.k:LINE
        r64 = r63;
        const float r67 = as_float(0xc2d00000u) /* -104 */;
        // kernels/legal.k:LINE
        const bool r204 = r4 != r4;
        const bool r206 = r4 > r67;
        const bool r207 = r4 == r67;
        const int r208 = as_int(r4);
        const int r209 = (int)0x0u;
        const bool r210 = r208 >= r209;
        const bool r211 = r207 & r210;
        const bool r212 = r206 | r211;
        const float r213 = r212 ? r4 : r67;
        const float r215 = r204 ? r4 : r213;
        const float r69 = as_float(0x42b20000u) /* 89 */;
        // kernels/legal.k:LINE
        const bool r216 = r215 != r215;
        const bool r218 = r215 < r69;
        const bool r219 = r215 == r69;
        const int r220 = as_int(r215);
        const bool r222 = r220 < r209;
        const bool r223 = r219 & r222;
        const bool r224 = r218 | r223;
        const float r225 = r224 ? r215 : r69;
        const float r227 = r216 ? r215 : r225;
        const float r71 = as_float(0x3fb8aa3bu) /* 1.442695 */;
        // kernels/math.k:LINE
        const float r72 = r227 * r71;
        const float r73 = fabs(r72) < 0x1p23f ? rint(r72) : r72;
        const float r74 = as_float(0x3f317200u) /* 0.69314575 */;
        // kernels/math.k:LINE
        const float r75 = r73 * r74;
        const float r76 = r227 - r75;
        const float r77 = as_float(0x35bfbe8eu) /* 1.4286068e-06 */;
        const float r78 = r73 * r77;
        const float r79 = r76 - r78;
        // kernels/math.k:LINE
        const float r92 = r79 * r79;
        const float r93 = as_float(0x39509338u) /* 0.00019891269 */;
        const float r94 = r79 * r93;
        const float r95 = as_float(0x3ab6a269u) /* 0.00139339 */;
        const float r96 = r95 + r94;
        const float r97 = r79 * r96;
        const float r98 = as_float(0x3c088870u) /* 0.0083333105 */;
        const float r99 = r98 + r97;
        const float r100 = r79 * r99;
        const float r101 = as_float(0x3d2aaa74u) /* 0.041666463 */;
        const float r102 = r101 + r100;
        const float r103 = r79 * r102;
        const float r104 = as_float(0x3e2aaaabu) /* 0.16666667 */;
        const float r105 = r104 + r103;
        const float r106 = r79 * r105;
        const float r107 = as_float(0x3f000000u) /* 0.5 */;
        const float r108 = r107 + r106;
        const float r109 = r92 * r108;
        const float r110 = r79 + r109;
        const float r228 = as_float(0x4f000000u) /* 2147483600 */;
        const float r229 = as_float(0xcf000000u) /* -2147483600 */;
        // kernels/math.k:LINE
        const bool r231 = r73 < r228;
        const bool r232 = r73 > r229;
        const bool r233 = r231 & r232;
        const float r234 = r233 ? r73 : r63;
        const int r235 = (int)r234;
        const int r236 = (int)0x7fffffffu;
        const bool r237 = r73 >= r228;
        const int r238 = r237 ? r236 : r235;
        const int r239 = (int)0x80000000u;
        const bool r240 = r73 <= r229;
        const int r241 = r240 ? r239 : r238;
        const int r82 = (int)0x1u;
        const int r83 = r241 >> (uint)r82;
        const float r84 = as_float(0x3f800000u) /* 1 */;
        // kernels/math.k:LINE
        const float r85 = r84 + r110;
        const int r111 = (int)0x7fu;
        // kernels/math.k:LINE
        const int r112 = (int)((uint)r83 + (uint)r111);
        const int r113 = (int)0x17u;
        const int r114 = (int)((uint)r112 << (uint)r113);
        const float r115 = as_float(r114);
        // kernels/math.k:LINE
        const float r87 = r85 * r115;
        const int r89 = (int)((uint)r241 - (uint)r83);
        // kernels/math.k:LINE
        const int r117 = (int)((uint)r89 + (uint)r111);
        const int r119 = (int)((uint)r117 << (uint)r113);
        const float r120 = as_float(r119);
        // kernels/math.k:LINE
        const float r91 = r87 * r120;
        // kernels/math.k:LINE
        r64 = r91;
        const float r66 = r64;
        // kernels/scalar.k:LINE
        m1[r3 * m1_s0] = r66;
    }
}
