#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_8bit_storage : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_atomic_int64 : require
#extension GL_EXT_spirv_intrinsics : require
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4466], 4461, 32);
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4466], 4461, 64);
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4464], 4459, 32);
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4464], 4459, 64);
uint clz64(uint64_t x) { const uint high = uint(x >> 32); return uint(high != 0u ? 31 - findMSB(high) : 63 - findMSB(uint(x))); }
// k0_unary: unary
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 2) buffer R_u16 { uint16_t v; };
void main()
{
    Words words = Words(push.at);
    const int64_t items = words.w[0];
    const uint zero = uint(items >> 63);
    const int64_t lid = int64_t(gl_LocalInvocationID.x);
    const int64_t group = int64_t(gl_WorkGroupID.x) + int64_t(gl_NumWorkGroups.x) * int64_t(gl_WorkGroupID.y);
    const int64_t item = group * 64 + lid;
    const uint64_t m0 = uint64_t(words.w[1]);
    const uint64_t m1 = uint64_t(words.w[6]);
    const int64_t m0_s0 = words.w[4];
    const int64_t m0_s1 = words.w[5];
    const int64_t m1_s0 = words.w[9];
    const int64_t m1_s1 = words.w[10];
    // kernels/scalar.k:LINE
    const int64_t r1 = int64_t((words.w[11]));
    const int64_t r2 = int64_t((words.w[12]));
    const int64_t r3 = 0l;
    if (item < items) {
        const int64_t n6 = r2 - r3;
        int64_t from = item;
        const int64_t r6 = r3 + (from % n6); from /= n6;
        const int64_t r4 = r3 + from;
        const uint r7 = uint(R_u16(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 2ul).v);
        const uint r16 = uint(r7);
        const uint r17 = 0x7fffu;
        // kernels/legal.k:LINE
        const uint r18 = r16 & r17;
        const uint r19 = 0x8000u;
        // kernels/legal.k:LINE
        const uint r20 = r16 & r19;
        const uint r21 = 0x0u;
        const bool r22 = r20 != r21;
        const uint r23 = 0x80000000u;
        const uint r25 = r22 ? r23 : r21;
        const uint r26 = 0xau;
        const uint r57 = 0x1fu;
        // kernels/legal.k:LINE
        const uint r27 = r18 >> int(r26);
        const uint r28 = 0x3ffu;
        // kernels/legal.k:LINE
        const uint r29 = r18 & r28;
        // kernels/legal.k:LINE
        precise float r59 = float(r29 | uint(zero));
        precise float r31 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
        precise float r32 = r59 * r31;
        const uint r33 = floatBitsToUint(r32);
        const uint r34 = 0x70u;
        // kernels/legal.k:LINE
        const uint r35 = r27 + r34;
        const uint r36 = 0x17u;
        const uint r37 = r35 << int(r36);
        const uint r38 = 0xdu;
        const uint r39 = r29 << int(r38);
        const uint r40 = r37 | r39;
        const uint r41 = 0x7c00u;
        // kernels/legal.k:LINE
        const bool r42 = r18 == r41;
        const uint r43 = 0x7f800000u;
        const uint r47 = r43 | r39;
        const uint r48 = r42 ? r43 : r47;
        const uint r49 = 0x7bffu;
        // kernels/legal.k:LINE
        const bool r50 = r18 > r49;
        const bool r52 = r27 != r21;
        const uint r53 = r52 ? r40 : r33;
        const uint r54 = r50 ? r48 : r53;
        const uint r55 = r25 | r54;
        // kernels/legal.k:LINE
        precise float r56 = uintBitsToFloat(r55 | zero);
        precise float r14 = uintBitsToFloat(zero);
        // kernels/legal.k:LINE
        const bool r66 = r56 != r56;
        const bool r68 = r56 > r14;
        const bool r69 = r56 == r14;
        const int r70 = floatBitsToInt(r56);
        const int r71 = int(0x0u);
        const bool r72 = r70 >= r71;
        const bool r73 = r69 && r72;
        const bool r74 = r68 || r73;
        precise float r75 = r74 ? r56 : r14;
        precise float r77 = r66 ? r56 : r75;
        // kernels/legal.k:LINE
        const uint r79 = floatBitsToUint(r77);
        const uint r80 = 0x7fffffffu;
        // kernels/legal.k:LINE
        const uint r81 = r79 & r80;
        // kernels/legal.k:LINE
        const uint r83 = r79 >> int(r57);
        const uint r84 = 0xfu;
        const uint r85 = r83 << int(r84);
        // kernels/legal.k:LINE
        const uint r87 = r81 >> int(r36);
        const int r169 = int(r87);
        const int r89 = int(0x7fu);
        const int r90 = r169 - r89;
        const int r91 = int(0xfu);
        const int r92 = r90 + r91;
        const int r93 = int(0x1u);
        // kernels/legal.k:LINE
        const bool r94 = r92 < r93;
        const int r96 = r93 - r92;
        const int r98 = r94 ? r96 : r71;
        const int r99 = int(0xdu);
        const int r100 = r99 + r98;
        const int r101 = int(0x19u);
        // kernels/legal.k:LINE
        const int r102 = min(r100, r101);
        const uint r170 = uint(r102);
        const uint r104 = 0x7fffffu;
        // kernels/legal.k:LINE
        const uint r105 = r81 & r104;
        const uint r106 = 0x800000u;
        const uint r107 = r105 | r106;
        // kernels/legal.k:LINE
        const uint r172 = r170 & r57;
        const uint r108 = r107 >> int(r172);
        const uint r109 = 0x1u;
        // kernels/legal.k:LINE
        const uint r110 = r109 << int(r172);
        const uint r112 = r110 - r109;
        const uint r113 = r107 & r112;
        // kernels/legal.k:LINE
        const uint r115 = r170 - r109;
        const uint r176 = r115 & r57;
        const uint r117 = r109 << int(r176);
        // kernels/legal.k:LINE
        const bool r118 = r113 > r117;
        const bool r119 = r113 == r117;
        const uint r121 = r108 & r109;
        const bool r123 = r121 != r21;
        const bool r124 = r119 && r123;
        const bool r125 = r118 || r124;
        const uint r128 = r125 ? r109 : r21;
        // kernels/legal.k:LINE
        const int r130 = max(r92, r93);
        const int r132 = r130 - r93;
        const uint r177 = uint(r132);
        const uint r135 = r177 << int(r26);
        const uint r136 = r135 + r108;
        const uint r137 = r136 + r128;
        const uint r138 = 0x7e00u;
        // kernels/legal.k:LINE
        const uint r139 = r85 | r138;
        const uint r141 = r81 >> int(r38);
        const uint r143 = r141 & r28;
        const uint r144 = r139 | r143;
        // kernels/legal.k:LINE
        const uint r148 = r85 | r41;
        // kernels/legal.k:LINE
        const bool r151 = r137 != r21;
        const bool r152 = true;
        const bool r153 = r151 || r152;
        const uint r154 = r85 | r137;
        const uint r156 = r153 ? r154 : r21;
        // kernels/legal.k:LINE
        const bool r158 = r81 > r43;
        const bool r160 = r137 > r49;
        const uint r161 = r160 ? r148 : r156;
        const uint r162 = r158 ? r144 : r161;
        // kernels/scalar.k:LINE
        const uint r182 = uint(r162) & 0xffffu;
        R_u16(m1 + uint64_t(r4 * m1_s0 + r6 * m1_s1) * 2ul).v = uint16_t(r182);
    }
}
