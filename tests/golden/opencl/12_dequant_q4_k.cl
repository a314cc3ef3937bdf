#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// dequant_q4_k
typedef struct { long w[13]; } k0_dequant_q4_k_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_dequant_q4_k(const k0_dequant_q4_k_words block, __global uchar *restrict b0, __global uchar *restrict b1)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const uchar *const m0 = (__global const uchar *)(b0 + w[1]);
    __global float *const m1 = (__global float *)(b1 + w[6]);
    const long m0_d0 = w[2];
    const long m0_d1 = w[3];
    const long m0_s0 = w[4];
    const long m0_s1 = w[5];
    const long m1_s0 = w[9];
    const long m1_s1 = w[10];
    // kernels/quant.k:LINE
    const long r1 = (long)(w[11]);
    const long r2 = (long)(w[12]);
    const long r3 = 0l;
    const long r8 = 8l;
    const long r11 = 32l;
    // kernels/quant.k:LINE
    if (item < items) {
        const long n6 = r2 - r3;
        const long n9 = r8 - r3;
        const long n12 = r11 - r3;
        long from = item;
        const long r12 = r3 + (from % n12); from /= n12;
        const long r9 = r3 + (from % n9); from /= n9;
        const long r6 = r3 + (from % n6); from /= n6;
        const long r4 = r3 + from;
        const long r13 = 256l;
        const long r14 = (long)((ulong)r6 * (ulong)r13);
        const long r16 = (long)((ulong)r9 * (ulong)r11);
        const long r17 = (long)((ulong)r14 + (ulong)r16);
        const long r18 = (long)((ulong)r17 + (ulong)r12);
        const ushort r19 = *(const __global ushort *)(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 0);
        const uint r89 = (uint)r19;
        const uint r90 = (uint)0x7fffu;
        // kernels/legal.k:LINE
        const uint r91 = r89 & r90;
        const uint r92 = (uint)0x8000u;
        // kernels/legal.k:LINE
        const uint r93 = r89 & r92;
        const uint r94 = (uint)0x0u;
        const bool r95 = r93 != r94;
        const uint r96 = (uint)0x80000000u;
        const uint r98 = r95 ? r96 : r94;
        const uint r99 = (uint)0xau;
        const uint r130 = (uint)0x1fu;
        // kernels/legal.k:LINE
        const uint r100 = r91 >> (uint)r99;
        const uint r101 = (uint)0x3ffu;
        // kernels/legal.k:LINE
        const uint r102 = r91 & r101;
        // kernels/legal.k:LINE
        const float r132 = convert_float_rte(r102);
        const float r104 = as_float(0x33800000u) /* 5.9604645e-08 */;
        const float r105 = r132 * r104;
        const uint r106 = as_uint(r105);
        const uint r107 = (uint)0x70u;
        // kernels/legal.k:LINE
        const uint r108 = r100 + r107;
        const uint r109 = (uint)0x17u;
        const uint r110 = (uint)((uint)r108 << (uint)r109);
        const uint r111 = (uint)0xdu;
        const uint r112 = (uint)((uint)r102 << (uint)r111);
        const uint r113 = r110 | r112;
        const uint r114 = (uint)0x7c00u;
        // kernels/legal.k:LINE
        const bool r115 = r91 == r114;
        const uint r116 = (uint)0x7f800000u;
        const uint r120 = r116 | r112;
        const uint r121 = r115 ? r116 : r120;
        const uint r122 = (uint)0x7bffu;
        // kernels/legal.k:LINE
        const bool r123 = r91 > r122;
        const bool r125 = r100 != r94;
        const uint r126 = r125 ? r113 : r106;
        const uint r127 = r123 ? r121 : r126;
        const uint r128 = r98 | r127;
        // kernels/legal.k:LINE
        const float r129 = as_float(r128);
        const long r21 = 4l;
        // kernels/quant.k:LINE
        const bool r22 = r9 < r21;
        uint r42;
        if (r22) {
            const uchar r23 = *(const __global uchar *)(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4 + r9 * 1);
            const uint r139 = (uint)r23;
            const uint r25 = (uint)0x3fu;
            const uint r26 = r139 & r25;
            r42 = r26;
        } else {
            const long r28 = (long)((ulong)r9 + (ulong)r21);
            const uchar r29 = *(const __global uchar *)(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4 + r28 * 1);
            const uint r140 = (uint)r29;
            const uint r31 = (uint)0xfu;
            const uint r32 = r140 & r31;
            const long r34 = (long)((ulong)r9 - (ulong)r21);
            const uchar r35 = (ulong)r34 < 12u ? *(const __global uchar *)(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4 + r34 * 1) : 0;
            const uint r141 = (uint)r35;
            const uint r37 = (uint)0x6u;
            const uint r38 = r141 >> (uint)r37;
            const uint r39 = (uint)0x4u;
            const uint r40 = (uint)((uint)r38 << (uint)r39);
            const uint r41 = r32 | r40;
            r42 = r41;
        }
        // kernels/quant.k:LINE
        const float r142 = convert_float_rte(r42);
        const float r44 = r129 * r142;
        const long r45 = 2l;
        // kernels/quant.k:LINE
        const long r46 = r9 / r45;
        const long r48 = (long)((ulong)r46 * (ulong)r11);
        const long r49 = (long)((ulong)r48 + (ulong)r12);
        const uchar r50 = *(const __global uchar *)(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 16 + r49 * 1);
        const uint r143 = (uint)r50;
        const long r53 = r9 % r45;
        const long r55 = (long)((ulong)r53 * (ulong)r21);
        const uint r144 = (uint)r55;
        const uint r146 = r144 & r130;
        const uint r57 = r143 >> (uint)r146;
        const uint r58 = (uint)0xfu;
        const uint r59 = r57 & r58;
        // kernels/quant.k:LINE
        const float r147 = convert_float_rte(r59);
        const float r61 = r44 * r147;
        const ushort r62 = *(const __global ushort *)(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 2);
        const uint r148 = (uint)r62;
        // kernels/legal.k:LINE
        const uint r150 = r148 & r90;
        // kernels/legal.k:LINE
        const uint r152 = r148 & r92;
        const bool r154 = r152 != r94;
        const uint r157 = r154 ? r96 : r94;
        // kernels/legal.k:LINE
        const uint r159 = r150 >> (uint)r99;
        // kernels/legal.k:LINE
        const uint r161 = r150 & r101;
        // kernels/legal.k:LINE
        const float r191 = convert_float_rte(r161);
        const float r164 = r191 * r104;
        const uint r165 = as_uint(r164);
        // kernels/legal.k:LINE
        const uint r167 = r159 + r107;
        const uint r169 = (uint)((uint)r167 << (uint)r109);
        const uint r171 = (uint)((uint)r161 << (uint)r111);
        const uint r172 = r169 | r171;
        // kernels/legal.k:LINE
        const bool r174 = r150 == r114;
        const uint r179 = r116 | r171;
        const uint r180 = r174 ? r116 : r179;
        // kernels/legal.k:LINE
        const bool r182 = r150 > r122;
        const bool r184 = r159 != r94;
        const uint r185 = r184 ? r172 : r165;
        const uint r186 = r182 ? r180 : r185;
        const uint r187 = r157 | r186;
        // kernels/legal.k:LINE
        const float r188 = as_float(r187);
        // kernels/quant.k:LINE
        uint r85;
        if (r22) {
            const long r67 = (long)((ulong)r9 + (ulong)r21);
            const uchar r68 = *(const __global uchar *)(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4 + r67 * 1);
            const uint r198 = (uint)r68;
            const uint r70 = (uint)0x3fu;
            const uint r71 = r198 & r70;
            r85 = r71;
        } else {
            const long r73 = (long)((ulong)r9 + (ulong)r21);
            const uchar r74 = *(const __global uchar *)(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4 + r73 * 1);
            const uint r199 = (uint)r74;
            const uint r76 = (uint)0x4u;
            const uint r77 = r199 >> (uint)r76;
            const uchar r78 = *(const __global uchar *)(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4 + r9 * 1);
            const uint r200 = (uint)r78;
            const uint r80 = (uint)0x6u;
            const uint r81 = r200 >> (uint)r80;
            const uint r83 = (uint)((uint)r81 << (uint)r76);
            const uint r84 = r77 | r83;
            r85 = r84;
        }
        // kernels/quant.k:LINE
        const float r201 = convert_float_rte(r85);
        const float r87 = r188 * r201;
        const float r88 = r61 - r87;
        m1[r4 * m1_s0 + r18 * m1_s1] = r88;
    }
}
