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
// k0_dequant_q4_k: dequant_q4_k
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 2) buffer R_u16 { uint16_t v; };
layout(buffer_reference, std430, buffer_reference_align = 1) buffer R_u8 { uint8_t v; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
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
    const int64_t m0_d0 = words.w[2];
    const int64_t m0_d1 = words.w[3];
    const int64_t m0_s0 = words.w[4];
    const int64_t m0_s1 = words.w[5];
    const int64_t m1_s0 = words.w[9];
    const int64_t m1_s1 = words.w[10];
    // kernels/quant.k:LINE
    const int64_t r1 = int64_t((words.w[11]));
    const int64_t r2 = int64_t((words.w[12]));
    const int64_t r3 = 0l;
    const int64_t r8 = 8l;
    const int64_t r11 = 32l;
    // kernels/quant.k:LINE
    if (item < items) {
        const int64_t n6 = r2 - r3;
        const int64_t n9 = r8 - r3;
        const int64_t n12 = r11 - r3;
        int64_t from = item;
        const int64_t r12 = r3 + (from % n12); from /= n12;
        const int64_t r9 = r3 + (from % n9); from /= n9;
        const int64_t r6 = r3 + (from % n6); from /= n6;
        const int64_t r4 = r3 + from;
        const int64_t r13 = 256l;
        const int64_t r14 = r6 * r13;
        const int64_t r16 = r9 * r11;
        const int64_t r17 = r14 + r16;
        const int64_t r18 = r17 + r12;
        const uint r19 = uint(R_u16(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 144ul + 0ul).v);
        const uint r89 = uint(r19);
        const uint r90 = 0x7fffu;
        // kernels/legal.k:LINE
        const uint r91 = r89 & r90;
        const uint r92 = 0x8000u;
        // kernels/legal.k:LINE
        const uint r93 = r89 & r92;
        const uint r94 = 0x0u;
        const bool r95 = r93 != r94;
        const uint r96 = 0x80000000u;
        const uint r98 = r95 ? r96 : r94;
        const uint r99 = 0xau;
        const uint r130 = 0x1fu;
        // kernels/legal.k:LINE
        const uint r100 = r91 >> int(r99);
        const uint r101 = 0x3ffu;
        // kernels/legal.k:LINE
        const uint r102 = r91 & r101;
        // kernels/legal.k:LINE
        precise float r132 = float(r102 | uint(zero));
        precise float r104 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
        precise float r105 = r132 * r104;
        const uint r106 = floatBitsToUint(r105);
        const uint r107 = 0x70u;
        // kernels/legal.k:LINE
        const uint r108 = r100 + r107;
        const uint r109 = 0x17u;
        const uint r110 = r108 << int(r109);
        const uint r111 = 0xdu;
        const uint r112 = r102 << int(r111);
        const uint r113 = r110 | r112;
        const uint r114 = 0x7c00u;
        // kernels/legal.k:LINE
        const bool r115 = r91 == r114;
        const uint r116 = 0x7f800000u;
        const uint r120 = r116 | r112;
        const uint r121 = r115 ? r116 : r120;
        const uint r122 = 0x7bffu;
        // kernels/legal.k:LINE
        const bool r123 = r91 > r122;
        const bool r125 = r100 != r94;
        const uint r126 = r125 ? r113 : r106;
        const uint r127 = r123 ? r121 : r126;
        const uint r128 = r98 | r127;
        // kernels/legal.k:LINE
        precise float r129 = uintBitsToFloat(r128 | zero);
        const int64_t r21 = 4l;
        // kernels/quant.k:LINE
        const bool r22 = r9 < r21;
        uint r42;
        if (r22) {
            const uint r23 = uint(R_u8(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 144ul + 4ul + uint64_t(r9) * 1ul).v);
            const uint r139 = uint(r23);
            const uint r25 = 0x3fu;
            const uint r26 = r139 & r25;
            r42 = r26;
        } else {
            const int64_t r28 = r9 + r21;
            const uint r29 = uint(R_u8(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 144ul + 4ul + uint64_t(r28) * 1ul).v);
            const uint r140 = uint(r29);
            const uint r31 = 0xfu;
            const uint r32 = r140 & r31;
            const int64_t r34 = r9 - r21;
            uint r35 = uint(zero); if (uint64_t(r34) < 12u) r35 = uint(R_u8(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 144ul + 4ul + uint64_t(r34) * 1ul).v);
            const uint r141 = uint(r35);
            const uint r37 = 0x6u;
            const uint r38 = r141 >> int(r37);
            const uint r39 = 0x4u;
            const uint r40 = r38 << int(r39);
            const uint r41 = r32 | r40;
            r42 = r41;
        }
        // kernels/quant.k:LINE
        precise float r142 = float(r42 | uint(zero));
        precise float r44 = r129 * r142;
        const int64_t r45 = 2l;
        // kernels/quant.k:LINE
        const int64_t r46 = r9 / r45;
        const int64_t r48 = r46 * r11;
        const int64_t r49 = r48 + r12;
        const uint r50 = uint(R_u8(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 144ul + 16ul + uint64_t(r49) * 1ul).v);
        const uint r143 = uint(r50);
        const int64_t r53 = r9 - r9 / r45 * r45;
        const int64_t r55 = r53 * r21;
        const uint r144 = uint(r55);
        const uint r146 = r144 & r130;
        const uint r57 = r143 >> int(r146);
        const uint r58 = 0xfu;
        const uint r59 = r57 & r58;
        // kernels/quant.k:LINE
        precise float r147 = float(r59 | uint(zero));
        precise float r61 = r44 * r147;
        const uint r62 = uint(R_u16(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 144ul + 2ul).v);
        const uint r148 = uint(r62);
        // kernels/legal.k:LINE
        const uint r150 = r148 & r90;
        // kernels/legal.k:LINE
        const uint r152 = r148 & r92;
        const bool r154 = r152 != r94;
        const uint r157 = r154 ? r96 : r94;
        // kernels/legal.k:LINE
        const uint r159 = r150 >> int(r99);
        // kernels/legal.k:LINE
        const uint r161 = r150 & r101;
        // kernels/legal.k:LINE
        precise float r191 = float(r161 | uint(zero));
        precise float r164 = r191 * r104;
        const uint r165 = floatBitsToUint(r164);
        // kernels/legal.k:LINE
        const uint r167 = r159 + r107;
        const uint r169 = r167 << int(r109);
        const uint r171 = r161 << int(r111);
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
        precise float r188 = uintBitsToFloat(r187 | zero);
        // kernels/quant.k:LINE
        uint r85;
        if (r22) {
            const int64_t r67 = r9 + r21;
            const uint r68 = uint(R_u8(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 144ul + 4ul + uint64_t(r67) * 1ul).v);
            const uint r198 = uint(r68);
            const uint r70 = 0x3fu;
            const uint r71 = r198 & r70;
            r85 = r71;
        } else {
            const int64_t r73 = r9 + r21;
            const uint r74 = uint(R_u8(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 144ul + 4ul + uint64_t(r73) * 1ul).v);
            const uint r199 = uint(r74);
            const uint r76 = 0x4u;
            const uint r77 = r199 >> int(r76);
            const uint r78 = uint(R_u8(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 144ul + 4ul + uint64_t(r9) * 1ul).v);
            const uint r200 = uint(r78);
            const uint r80 = 0x6u;
            const uint r81 = r200 >> int(r80);
            const uint r83 = r81 << int(r76);
            const uint r84 = r77 | r83;
            r85 = r84;
        }
        // kernels/quant.k:LINE
        precise float r201 = float(r85 | uint(zero));
        precise float r87 = r188 * r201;
        precise float r88 = r61 - r87;
        R_f32(m1 + uint64_t(r4 * m1_s0 + r18 * m1_s1) * 4ul).v = r88;
    }
}
