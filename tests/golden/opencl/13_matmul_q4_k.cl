#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// matmul_q4_k
typedef struct { long w[19]; } k0_matmul_q4_k_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_matmul_q4_k(const k0_matmul_q4_k_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const uchar *const m0 = (__global const uchar *)(b0 + w[1]);
    __global const uchar *const m1 = (__global const uchar *)(b1 + w[6]);
    __global float *const m2 = (__global float *)(b2 + w[11]);
    const long m0_s0 = w[4];
    const long m0_s1 = w[5];
    const long m1_d0 = w[7];
    const long m1_d1 = w[8];
    const long m1_s0 = w[9];
    const long m1_s1 = w[10];
    const long m2_s0 = w[14];
    const long m2_s1 = w[15];
    float r110 = 0;
    int r111 = 0;
    // kernels/quant.k:LINE
    const long r1 = (long)(w[16]);
    const long r2 = (long)(w[17]);
    const long r3 = (long)(w[18]);
    const long r4 = 0l;
    // kernels/quant.k:LINE
    if (item < items) {
        const long n7 = r3 - r4;
        long from = item;
        const long r7 = r4 + (from % n7); from /= n7;
        const long r5 = r4 + from;
        const long r11 = 8l;
        const float r108 = as_float(0x00000000u) /* 0 */;
        r110 = r108;
        for (long r9 = r4; r9 < r2; r9++) {
            for (long r12 = r4; r12 < r11; r12++) {
                const float r13 = *(const __global float *)(m0 + (r5 * m0_s0 + r9 * m0_s1) * 292 + 0);
                const ushort r14 = *(const __global ushort *)(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 0);
                const uint r115 = (uint)r14;
                const uint r116 = (uint)0x7fffu;
                // kernels/legal.k:LINE
                const uint r117 = r115 & r116;
                const uint r118 = (uint)0x8000u;
                // kernels/legal.k:LINE
                const uint r119 = r115 & r118;
                const uint r120 = (uint)0x0u;
                const bool r121 = r119 != r120;
                const uint r122 = (uint)0x80000000u;
                const uint r124 = r121 ? r122 : r120;
                const uint r125 = (uint)0xau;
                const uint r156 = (uint)0x1fu;
                // kernels/legal.k:LINE
                const uint r126 = r117 >> (uint)r125;
                const uint r127 = (uint)0x3ffu;
                // kernels/legal.k:LINE
                const uint r128 = r117 & r127;
                // kernels/legal.k:LINE
                const float r158 = convert_float_rte(r128);
                const float r130 = as_float(0x33800000u) /* 5.9604645e-08 */;
                const float r131 = r158 * r130;
                const uint r132 = as_uint(r131);
                const uint r133 = (uint)0x70u;
                // kernels/legal.k:LINE
                const uint r134 = r126 + r133;
                const uint r135 = (uint)0x17u;
                const uint r136 = (uint)((uint)r134 << (uint)r135);
                const uint r137 = (uint)0xdu;
                const uint r138 = (uint)((uint)r128 << (uint)r137);
                const uint r139 = r136 | r138;
                const uint r140 = (uint)0x7c00u;
                // kernels/legal.k:LINE
                const bool r141 = r117 == r140;
                const uint r142 = (uint)0x7f800000u;
                const uint r146 = r142 | r138;
                const uint r147 = r141 ? r142 : r146;
                const uint r148 = (uint)0x7bffu;
                // kernels/legal.k:LINE
                const bool r149 = r117 > r148;
                const bool r151 = r126 != r120;
                const uint r152 = r151 ? r139 : r132;
                const uint r153 = r149 ? r147 : r152;
                const uint r154 = r124 | r153;
                // kernels/legal.k:LINE
                const float r155 = as_float(r154);
                const long r16 = 4l;
                // kernels/quant.k:LINE
                const bool r17 = r12 < r16;
                uint r37;
                if (r17) {
                    const uchar r18 = *(const __global uchar *)(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4 + r12 * 1);
                    const uint r165 = (uint)r18;
                    const uint r20 = (uint)0x3fu;
                    const uint r21 = r165 & r20;
                    r37 = r21;
                } else {
                    const long r23 = (long)((ulong)r12 + (ulong)r16);
                    const uchar r24 = *(const __global uchar *)(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4 + r23 * 1);
                    const uint r166 = (uint)r24;
                    const uint r26 = (uint)0xfu;
                    const uint r27 = r166 & r26;
                    const long r29 = (long)((ulong)r12 - (ulong)r16);
                    const uchar r30 = (ulong)r29 < 12u ? *(const __global uchar *)(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4 + r29 * 1) : 0;
                    const uint r167 = (uint)r30;
                    const uint r32 = (uint)0x6u;
                    const uint r33 = r167 >> (uint)r32;
                    const uint r34 = (uint)0x4u;
                    const uint r35 = (uint)((uint)r33 << (uint)r34);
                    const uint r36 = r27 | r35;
                    r37 = r36;
                }
                // kernels/quant.k:LINE
                const float r168 = convert_float_rte(r37);
                const float r39 = r155 * r168;
                const long r41 = 32l;
                const int r64 = (int)0x0u;
                r111 = r64;
                for (long r42 = r4; r42 < r41; r42++) {
                    const long r44 = (long)((ulong)r12 * (ulong)r41);
                    const long r45 = (long)((ulong)r44 + (ulong)r42);
                    const char r46 = *(const __global char *)(m0 + (r5 * m0_s0 + r9 * m0_s1) * 292 + 4 + r45 * 1);
                    const int r169 = (int)r46;
                    const long r48 = 2l;
                    // kernels/quant.k:LINE
                    const long r49 = r12 / r48;
                    const long r51 = (long)((ulong)r49 * (ulong)r41);
                    const long r52 = (long)((ulong)r51 + (ulong)r42);
                    const uchar r53 = *(const __global uchar *)(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 16 + r52 * 1);
                    const uint r170 = (uint)r53;
                    const long r56 = r12 % r48;
                    const long r58 = (long)((ulong)r56 * (ulong)r16);
                    const uint r171 = (uint)r58;
                    const uint r173 = r171 & r156;
                    const uint r60 = r170 >> (uint)r173;
                    const uint r61 = (uint)0xfu;
                    const uint r62 = r60 & r61;
                    // kernels/quant.k:LINE
                    const int r174 = (int)r62;
                    const int r112 = (int)((uint)r169 * (uint)r174);
                    const int r113 = (int)((uint)r111 + (uint)r112);
                    r111 = r113;
                }
                // kernels/quant.k:LINE
                const int r65 = r111;
                // kernels/quant.k:LINE
                const float r175 = convert_float_rte(r65);
                const float r67 = r39 * r175;
                // kernels/quant.k:LINE
                const ushort r68 = *(const __global ushort *)(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 2);
                // kernels/quant.k:LINE
                const uint r176 = (uint)r68;
                // kernels/legal.k:LINE
                const uint r178 = r176 & r116;
                // kernels/legal.k:LINE
                const uint r180 = r176 & r118;
                const bool r182 = r180 != r120;
                const uint r185 = r182 ? r122 : r120;
                // kernels/legal.k:LINE
                const uint r187 = r178 >> (uint)r125;
                // kernels/legal.k:LINE
                const uint r189 = r178 & r127;
                // kernels/legal.k:LINE
                const float r219 = convert_float_rte(r189);
                const float r192 = r219 * r130;
                const uint r193 = as_uint(r192);
                // kernels/legal.k:LINE
                const uint r195 = r187 + r133;
                const uint r197 = (uint)((uint)r195 << (uint)r135);
                const uint r199 = (uint)((uint)r189 << (uint)r137);
                const uint r200 = r197 | r199;
                // kernels/legal.k:LINE
                const bool r202 = r178 == r140;
                const uint r207 = r142 | r199;
                const uint r208 = r202 ? r142 : r207;
                // kernels/legal.k:LINE
                const bool r210 = r178 > r148;
                const bool r212 = r187 != r120;
                const uint r213 = r212 ? r200 : r193;
                const uint r214 = r210 ? r208 : r213;
                const uint r215 = r185 | r214;
                // kernels/legal.k:LINE
                const float r216 = as_float(r215);
                // kernels/quant.k:LINE
                uint r91;
                if (r17) {
                    const long r73 = (long)((ulong)r12 + (ulong)r16);
                    const uchar r74 = *(const __global uchar *)(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4 + r73 * 1);
                    const uint r226 = (uint)r74;
                    const uint r76 = (uint)0x3fu;
                    const uint r77 = r226 & r76;
                    r91 = r77;
                } else {
                    const long r79 = (long)((ulong)r12 + (ulong)r16);
                    const uchar r80 = *(const __global uchar *)(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4 + r79 * 1);
                    const uint r227 = (uint)r80;
                    const uint r82 = (uint)0x4u;
                    const uint r83 = r227 >> (uint)r82;
                    const uchar r84 = *(const __global uchar *)(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4 + r12 * 1);
                    const uint r228 = (uint)r84;
                    const uint r86 = (uint)0x6u;
                    const uint r87 = r228 >> (uint)r86;
                    const uint r89 = (uint)((uint)r87 << (uint)r82);
                    const uint r90 = r83 | r89;
                    r91 = r90;
                }
                // kernels/quant.k:LINE
                const float r229 = convert_float_rte(r91);
                const float r93 = r216 * r229;
                const long r94 = 2l;
                const long r95 = (long)((ulong)r94 * (ulong)r12);
                // kernels/quant.k:LINE
                const short r96 = *(const __global short *)(m0 + (r5 * m0_s0 + r9 * m0_s1) * 292 + 260 + r95 * 2);
                // kernels/quant.k:LINE
                const int r230 = (int)r96;
                const long r100 = 1l;
                const long r101 = (long)((ulong)r95 + (ulong)r100);
                // kernels/quant.k:LINE
                const short r102 = *(const __global short *)(m0 + (r5 * m0_s0 + r9 * m0_s1) * 292 + 260 + r101 * 2);
                // kernels/quant.k:LINE
                const int r231 = (int)r102;
                const int r104 = (int)((uint)r230 + (uint)r231);
                const float r232 = convert_float_rte(r104);
                const float r106 = r93 * r232;
                const float r107 = r67 - r106;
                const float r114 = fma(r13, r107, r110);
                r110 = r114;
            }
        }
        // kernels/quant.k:LINE
        const float r109 = r110;
        // kernels/quant.k:LINE
        m2[r5 * m2_s0 + r7 * m2_s1] = r109;
    }
}
