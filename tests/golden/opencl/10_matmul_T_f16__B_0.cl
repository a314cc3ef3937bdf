#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// matmul
typedef struct { long w[24]; } k0_matmul_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_matmul(const k0_matmul_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2, __global uchar *restrict b3)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const ushort *const m0 = (__global const ushort *)(b0 + w[1]);
    __global const ushort *const m1 = (__global const ushort *)(b1 + w[6]);
    __global const float *const m2 = (__global const float *)(b2 + w[11]);
    __global ushort *const m3 = (__global ushort *)(b3 + w[16]);
    const long m0_s0 = w[4];
    const long m0_s1 = w[5];
    const long m1_s0 = w[9];
    const long m1_s1 = w[10];
    const long m2_s0 = w[14];
    const long m2_s1 = w[15];
    const long m3_s0 = w[19];
    const long m3_s1 = w[20];
    float r17 = 0;
    // kernels/contract.k:LINE
    const long r1 = (long)(w[21]);
    const long r2 = (long)(w[22]);
    const long r3 = (long)(w[23]);
    const long r4 = 0l;
    if (item < items) {
        const long n7 = r3 - r4;
        long from = item;
        const long r7 = r4 + (from % n7); from /= n7;
        const long r5 = r4 + from;
        const float r14 = m2[r5 * m2_s0 + r7 * m2_s1];
        r17 = r14;
        for (long r9 = r4; r9 < r2; r9++) {
            const ushort r10 = m0[r5 * m0_s0 + r9 * m0_s1];
            const uint r19 = (uint)r10;
            const uint r20 = (uint)0x7fffu;
            // kernels/legal.k:LINE
            const uint r21 = r19 & r20;
            const uint r22 = (uint)0x8000u;
            // kernels/legal.k:LINE
            const uint r23 = r19 & r22;
            const uint r24 = (uint)0x0u;
            const bool r25 = r23 != r24;
            const uint r26 = (uint)0x80000000u;
            const uint r28 = r25 ? r26 : r24;
            const uint r29 = (uint)0xau;
            // kernels/legal.k:LINE
            const uint r30 = r21 >> (uint)r29;
            const uint r31 = (uint)0x3ffu;
            // kernels/legal.k:LINE
            const uint r32 = r21 & r31;
            // kernels/legal.k:LINE
            const float r62 = convert_float_rte(r32);
            const float r34 = as_float(0x33800000u) /* 5.9604645e-08 */;
            const float r35 = r62 * r34;
            const uint r36 = as_uint(r35);
            const uint r37 = (uint)0x70u;
            // kernels/legal.k:LINE
            const uint r38 = r30 + r37;
            const uint r39 = (uint)0x17u;
            const uint r40 = (uint)((uint)r38 << (uint)r39);
            const uint r41 = (uint)0xdu;
            const uint r42 = (uint)((uint)r32 << (uint)r41);
            const uint r43 = r40 | r42;
            const uint r44 = (uint)0x7c00u;
            // kernels/legal.k:LINE
            const bool r45 = r21 == r44;
            const uint r46 = (uint)0x7f800000u;
            const uint r50 = r46 | r42;
            const uint r51 = r45 ? r46 : r50;
            const uint r52 = (uint)0x7bffu;
            // kernels/legal.k:LINE
            const bool r53 = r21 > r52;
            const bool r55 = r30 != r24;
            const uint r56 = r55 ? r43 : r36;
            const uint r57 = r53 ? r51 : r56;
            const uint r58 = r28 | r57;
            // kernels/legal.k:LINE
            const float r59 = as_float(r58);
            // kernels/contract.k:LINE
            const ushort r12 = m1[r9 * m1_s0 + r7 * m1_s1];
            const uint r69 = (uint)r12;
            // kernels/legal.k:LINE
            const uint r71 = r69 & r20;
            // kernels/legal.k:LINE
            const uint r73 = r69 & r22;
            const bool r75 = r73 != r24;
            const uint r78 = r75 ? r26 : r24;
            // kernels/legal.k:LINE
            const uint r80 = r71 >> (uint)r29;
            // kernels/legal.k:LINE
            const uint r82 = r71 & r31;
            // kernels/legal.k:LINE
            const float r112 = convert_float_rte(r82);
            const float r85 = r112 * r34;
            const uint r86 = as_uint(r85);
            // kernels/legal.k:LINE
            const uint r88 = r80 + r37;
            const uint r90 = (uint)((uint)r88 << (uint)r39);
            const uint r92 = (uint)((uint)r82 << (uint)r41);
            const uint r93 = r90 | r92;
            // kernels/legal.k:LINE
            const bool r95 = r71 == r44;
            const uint r100 = r46 | r92;
            const uint r101 = r95 ? r46 : r100;
            // kernels/legal.k:LINE
            const bool r103 = r71 > r52;
            const bool r105 = r80 != r24;
            const uint r106 = r105 ? r93 : r86;
            const uint r107 = r103 ? r101 : r106;
            const uint r108 = r78 | r107;
            // kernels/legal.k:LINE
            const float r109 = as_float(r108);
            // kernels/contract.k:LINE
            const float r18 = fma(r59, r109, r17);
            r17 = r18;
        }
        const float r15 = r17;
        // kernels/legal.k:LINE
        const uint r120 = as_uint(r15);
        const uint r121 = (uint)0x7fffffffu;
        // kernels/legal.k:LINE
        const uint r122 = r120 & r121;
        const uint r123 = (uint)0x1fu;
        // kernels/legal.k:LINE
        const uint r124 = r120 >> (uint)r123;
        const uint r125 = (uint)0xfu;
        const uint r126 = (uint)((uint)r124 << (uint)r125);
        const uint r127 = (uint)0x17u;
        // kernels/legal.k:LINE
        const uint r128 = r122 >> (uint)r127;
        const int r210 = (int)r128;
        const int r130 = (int)0x7fu;
        const int r131 = (int)((uint)r210 - (uint)r130);
        const int r132 = (int)0xfu;
        const int r133 = (int)((uint)r131 + (uint)r132);
        const int r134 = (int)0x1u;
        // kernels/legal.k:LINE
        const bool r135 = r133 < r134;
        const int r137 = (int)((uint)r134 - (uint)r133);
        const int r138 = (int)0x0u;
        const int r139 = r135 ? r137 : r138;
        const int r140 = (int)0xdu;
        const int r141 = (int)((uint)r140 + (uint)r139);
        const int r142 = (int)0x19u;
        // kernels/legal.k:LINE
        const int r143 = min(r141, r142);
        const uint r211 = (uint)r143;
        const uint r145 = (uint)0x7fffffu;
        // kernels/legal.k:LINE
        const uint r146 = r122 & r145;
        const uint r147 = (uint)0x800000u;
        const uint r148 = r146 | r147;
        // kernels/legal.k:LINE
        const uint r213 = r211 & r123;
        const uint r149 = r148 >> (uint)r213;
        const uint r150 = (uint)0x1u;
        // kernels/legal.k:LINE
        const uint r151 = (uint)((uint)r150 << (uint)r213);
        const uint r153 = r151 - r150;
        const uint r154 = r148 & r153;
        // kernels/legal.k:LINE
        const uint r156 = r211 - r150;
        const uint r217 = r156 & r123;
        const uint r158 = (uint)((uint)r150 << (uint)r217);
        // kernels/legal.k:LINE
        const bool r159 = r154 > r158;
        const bool r160 = r154 == r158;
        const uint r162 = r149 & r150;
        const uint r163 = (uint)0x0u;
        const bool r164 = r162 != r163;
        const bool r165 = r160 & r164;
        const bool r166 = r159 | r165;
        const uint r169 = r166 ? r150 : r163;
        // kernels/legal.k:LINE
        const int r171 = max(r133, r134);
        const int r173 = (int)((uint)r171 - (uint)r134);
        const uint r218 = (uint)r173;
        const uint r175 = (uint)0xau;
        const uint r176 = (uint)((uint)r218 << (uint)r175);
        const uint r177 = r176 + r149;
        const uint r178 = r177 + r169;
        const uint r179 = (uint)0x7e00u;
        // kernels/legal.k:LINE
        const uint r180 = r126 | r179;
        const uint r181 = (uint)0xdu;
        const uint r182 = r122 >> (uint)r181;
        const uint r183 = (uint)0x3ffu;
        const uint r184 = r182 & r183;
        const uint r185 = r180 | r184;
        const uint r186 = (uint)0x7bffu;
        const uint r188 = (uint)0x7c00u;
        // kernels/legal.k:LINE
        const uint r189 = r126 | r188;
        // kernels/legal.k:LINE
        const bool r192 = r178 != r163;
        const bool r193 = true;
        const bool r194 = r192 | r193;
        const uint r195 = r126 | r178;
        const uint r197 = r194 ? r195 : r163;
        const uint r198 = (uint)0x7f800000u;
        // kernels/legal.k:LINE
        const bool r199 = r122 > r198;
        const bool r201 = r178 > r186;
        const uint r202 = r201 ? r189 : r197;
        const uint r203 = r199 ? r185 : r202;
        // kernels/contract.k:LINE
        const ushort r223 = (ushort)r203;
        m3[r5 * m3_s0 + r7 * m3_s1] = r223;
    }
}
