#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// unary
typedef struct { long w[13]; } k0_unary_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_unary(const k0_unary_words block, __global uchar *restrict b0, __global uchar *restrict b1)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const ushort *const m0 = (__global const ushort *)(b0 + w[1]);
    __global ushort *const m1 = (__global ushort *)(b1 + w[6]);
    const long m0_s0 = w[4];
    const long m0_s1 = w[5];
    const long m1_s0 = w[9];
    const long m1_s1 = w[10];
    // kernels/scalar.k:LINE
    const long r1 = (long)(w[11]);
    const long r2 = (long)(w[12]);
    const long r3 = 0l;
    if (item < items) {
        const long n6 = r2 - r3;
        long from = item;
        const long r6 = r3 + (from % n6); from /= n6;
        const long r4 = r3 + from;
        const ushort r7 = m0[r4 * m0_s0 + r6 * m0_s1];
        const uint r16 = (uint)r7;
        const uint r17 = (uint)0x7fffu;
        // kernels/legal.k:LINE
        const uint r18 = r16 & r17;
        const uint r19 = (uint)0x8000u;
        // kernels/legal.k:LINE
        const uint r20 = r16 & r19;
        const uint r21 = (uint)0x0u;
        const bool r22 = r20 != r21;
        const uint r23 = (uint)0x80000000u;
        const uint r25 = r22 ? r23 : r21;
        const uint r26 = (uint)0xau;
        const uint r57 = (uint)0x1fu;
        // kernels/legal.k:LINE
        const uint r27 = r18 >> (uint)r26;
        const uint r28 = (uint)0x3ffu;
        // kernels/legal.k:LINE
        const uint r29 = r18 & r28;
        // kernels/legal.k:LINE
        const float r59 = convert_float_rte(r29);
        const float r31 = as_float(0x33800000u) /* 5.9604645e-08 */;
        const float r32 = r59 * r31;
        const uint r33 = as_uint(r32);
        const uint r34 = (uint)0x70u;
        // kernels/legal.k:LINE
        const uint r35 = r27 + r34;
        const uint r36 = (uint)0x17u;
        const uint r37 = (uint)((uint)r35 << (uint)r36);
        const uint r38 = (uint)0xdu;
        const uint r39 = (uint)((uint)r29 << (uint)r38);
        const uint r40 = r37 | r39;
        const uint r41 = (uint)0x7c00u;
        // kernels/legal.k:LINE
        const bool r42 = r18 == r41;
        const uint r43 = (uint)0x7f800000u;
        const uint r47 = r43 | r39;
        const uint r48 = r42 ? r43 : r47;
        const uint r49 = (uint)0x7bffu;
        // kernels/legal.k:LINE
        const bool r50 = r18 > r49;
        const bool r52 = r27 != r21;
        const uint r53 = r52 ? r40 : r33;
        const uint r54 = r50 ? r48 : r53;
        const uint r55 = r25 | r54;
        // kernels/legal.k:LINE
        const float r56 = as_float(r55);
        const float r14 = as_float(0x00000000u) /* 0 */;
        // kernels/legal.k:LINE
        const bool r66 = r56 != r56;
        const bool r68 = r56 > r14;
        const bool r69 = r56 == r14;
        const int r70 = as_int(r56);
        const int r71 = (int)0x0u;
        const bool r72 = r70 >= r71;
        const bool r73 = r69 & r72;
        const bool r74 = r68 | r73;
        const float r75 = r74 ? r56 : r14;
        const float r77 = r66 ? r56 : r75;
        // kernels/legal.k:LINE
        const uint r79 = as_uint(r77);
        const uint r80 = (uint)0x7fffffffu;
        // kernels/legal.k:LINE
        const uint r81 = r79 & r80;
        // kernels/legal.k:LINE
        const uint r83 = r79 >> (uint)r57;
        const uint r84 = (uint)0xfu;
        const uint r85 = (uint)((uint)r83 << (uint)r84);
        // kernels/legal.k:LINE
        const uint r87 = r81 >> (uint)r36;
        const int r169 = (int)r87;
        const int r89 = (int)0x7fu;
        const int r90 = (int)((uint)r169 - (uint)r89);
        const int r91 = (int)0xfu;
        const int r92 = (int)((uint)r90 + (uint)r91);
        const int r93 = (int)0x1u;
        // kernels/legal.k:LINE
        const bool r94 = r92 < r93;
        const int r96 = (int)((uint)r93 - (uint)r92);
        const int r98 = r94 ? r96 : r71;
        const int r99 = (int)0xdu;
        const int r100 = (int)((uint)r99 + (uint)r98);
        const int r101 = (int)0x19u;
        // kernels/legal.k:LINE
        const int r102 = min(r100, r101);
        const uint r170 = (uint)r102;
        const uint r104 = (uint)0x7fffffu;
        // kernels/legal.k:LINE
        const uint r105 = r81 & r104;
        const uint r106 = (uint)0x800000u;
        const uint r107 = r105 | r106;
        // kernels/legal.k:LINE
        const uint r172 = r170 & r57;
        const uint r108 = r107 >> (uint)r172;
        const uint r109 = (uint)0x1u;
        // kernels/legal.k:LINE
        const uint r110 = (uint)((uint)r109 << (uint)r172);
        const uint r112 = r110 - r109;
        const uint r113 = r107 & r112;
        // kernels/legal.k:LINE
        const uint r115 = r170 - r109;
        const uint r176 = r115 & r57;
        const uint r117 = (uint)((uint)r109 << (uint)r176);
        // kernels/legal.k:LINE
        const bool r118 = r113 > r117;
        const bool r119 = r113 == r117;
        const uint r121 = r108 & r109;
        const bool r123 = r121 != r21;
        const bool r124 = r119 & r123;
        const bool r125 = r118 | r124;
        const uint r128 = r125 ? r109 : r21;
        // kernels/legal.k:LINE
        const int r130 = max(r92, r93);
        const int r132 = (int)((uint)r130 - (uint)r93);
        const uint r177 = (uint)r132;
        const uint r135 = (uint)((uint)r177 << (uint)r26);
        const uint r136 = r135 + r108;
        const uint r137 = r136 + r128;
        const uint r138 = (uint)0x7e00u;
        // kernels/legal.k:LINE
        const uint r139 = r85 | r138;
        const uint r141 = r81 >> (uint)r38;
        const uint r143 = r141 & r28;
        const uint r144 = r139 | r143;
        // kernels/legal.k:LINE
        const uint r148 = r85 | r41;
        // kernels/legal.k:LINE
        const bool r151 = r137 != r21;
        const bool r152 = true;
        const bool r153 = r151 | r152;
        const uint r154 = r85 | r137;
        const uint r156 = r153 ? r154 : r21;
        // kernels/legal.k:LINE
        const bool r158 = r81 > r43;
        const bool r160 = r137 > r49;
        const uint r161 = r160 ? r148 : r156;
        const uint r162 = r158 ? r144 : r161;
        // kernels/scalar.k:LINE
        const ushort r182 = (ushort)r162;
        m1[r4 * m1_s0 + r6 * m1_s1] = r182;
    }
}
