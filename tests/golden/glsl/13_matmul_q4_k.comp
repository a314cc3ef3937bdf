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
// k0_matmul_q4_k: matmul_q4_k
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
layout(buffer_reference, std430, buffer_reference_align = 2) buffer R_u16 { uint16_t v; };
layout(buffer_reference, std430, buffer_reference_align = 1) buffer R_u8 { uint8_t v; };
layout(buffer_reference, std430, buffer_reference_align = 1) buffer R_i8 { int8_t v; };
layout(buffer_reference, std430, buffer_reference_align = 2) buffer R_i16 { int16_t v; };
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
    const uint64_t m2 = uint64_t(words.w[11]);
    const int64_t m0_s0 = words.w[4];
    const int64_t m0_s1 = words.w[5];
    const int64_t m1_d0 = words.w[7];
    const int64_t m1_d1 = words.w[8];
    const int64_t m1_s0 = words.w[9];
    const int64_t m1_s1 = words.w[10];
    const int64_t m2_s0 = words.w[14];
    const int64_t m2_s1 = words.w[15];
    precise float r110 = float(zero);
    int r111 = int(zero);
    // kernels/quant.k:LINE
    const int64_t r1 = int64_t((words.w[16]));
    const int64_t r2 = int64_t((words.w[17]));
    const int64_t r3 = int64_t((words.w[18]));
    const int64_t r4 = 0l;
    // kernels/quant.k:LINE
    if (item < items) {
        const int64_t n7 = r3 - r4;
        int64_t from = item;
        const int64_t r7 = r4 + (from % n7); from /= n7;
        const int64_t r5 = r4 + from;
        const int64_t r11 = 8l;
        precise float r108 = uintBitsToFloat(zero);
        r110 = r108;
        for (int64_t r9 = r4; r9 < r2; r9++) {
            for (int64_t r12 = r4; r12 < r11; r12++) {
                precise float r13 = R_f32(m0 + uint64_t(r5 * m0_s0 + r9 * m0_s1) * 292ul + 0ul).v;
                const uint r14 = uint(R_u16(m1 + uint64_t(r7 * m1_s0 + r9 * m1_s1) * 144ul + 0ul).v);
                const uint r115 = uint(r14);
                const uint r116 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r117 = r115 & r116;
                const uint r118 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r119 = r115 & r118;
                const uint r120 = 0x0u;
                const bool r121 = r119 != r120;
                const uint r122 = 0x80000000u;
                const uint r124 = r121 ? r122 : r120;
                const uint r125 = 0xau;
                const uint r156 = 0x1fu;
                // kernels/legal.k:LINE
                const uint r126 = r117 >> int(r125);
                const uint r127 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r128 = r117 & r127;
                // kernels/legal.k:LINE
                precise float r158 = float(r128 | uint(zero));
                precise float r130 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r131 = r158 * r130;
                const uint r132 = floatBitsToUint(r131);
                const uint r133 = 0x70u;
                // kernels/legal.k:LINE
                const uint r134 = r126 + r133;
                const uint r135 = 0x17u;
                const uint r136 = r134 << int(r135);
                const uint r137 = 0xdu;
                const uint r138 = r128 << int(r137);
                const uint r139 = r136 | r138;
                const uint r140 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r141 = r117 == r140;
                const uint r142 = 0x7f800000u;
                const uint r146 = r142 | r138;
                const uint r147 = r141 ? r142 : r146;
                const uint r148 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r149 = r117 > r148;
                const bool r151 = r126 != r120;
                const uint r152 = r151 ? r139 : r132;
                const uint r153 = r149 ? r147 : r152;
                const uint r154 = r124 | r153;
                // kernels/legal.k:LINE
                precise float r155 = uintBitsToFloat(r154 | zero);
                const int64_t r16 = 4l;
                // kernels/quant.k:LINE
                const bool r17 = r12 < r16;
                uint r37;
                if (r17) {
                    const uint r18 = uint(R_u8(m1 + uint64_t(r7 * m1_s0 + r9 * m1_s1) * 144ul + 4ul + uint64_t(r12) * 1ul).v);
                    const uint r165 = uint(r18);
                    const uint r20 = 0x3fu;
                    const uint r21 = r165 & r20;
                    r37 = r21;
                } else {
                    const int64_t r23 = r12 + r16;
                    const uint r24 = uint(R_u8(m1 + uint64_t(r7 * m1_s0 + r9 * m1_s1) * 144ul + 4ul + uint64_t(r23) * 1ul).v);
                    const uint r166 = uint(r24);
                    const uint r26 = 0xfu;
                    const uint r27 = r166 & r26;
                    const int64_t r29 = r12 - r16;
                    uint r30 = uint(zero); if (uint64_t(r29) < 12u) r30 = uint(R_u8(m1 + uint64_t(r7 * m1_s0 + r9 * m1_s1) * 144ul + 4ul + uint64_t(r29) * 1ul).v);
                    const uint r167 = uint(r30);
                    const uint r32 = 0x6u;
                    const uint r33 = r167 >> int(r32);
                    const uint r34 = 0x4u;
                    const uint r35 = r33 << int(r34);
                    const uint r36 = r27 | r35;
                    r37 = r36;
                }
                // kernels/quant.k:LINE
                precise float r168 = float(r37 | uint(zero));
                precise float r39 = r155 * r168;
                const int64_t r41 = 32l;
                const int r64 = int(0x0u);
                r111 = r64;
                for (int64_t r42 = r4; r42 < r41; r42++) {
                    const int64_t r44 = r12 * r41;
                    const int64_t r45 = r44 + r42;
                    const int r46 = int(R_i8(m0 + uint64_t(r5 * m0_s0 + r9 * m0_s1) * 292ul + 4ul + uint64_t(r45) * 1ul).v);
                    const int r169 = int(r46);
                    const int64_t r48 = 2l;
                    // kernels/quant.k:LINE
                    const int64_t r49 = r12 / r48;
                    const int64_t r51 = r49 * r41;
                    const int64_t r52 = r51 + r42;
                    const uint r53 = uint(R_u8(m1 + uint64_t(r7 * m1_s0 + r9 * m1_s1) * 144ul + 16ul + uint64_t(r52) * 1ul).v);
                    const uint r170 = uint(r53);
                    const int64_t r56 = r12 - r12 / r48 * r48;
                    const int64_t r58 = r56 * r16;
                    const uint r171 = uint(r58);
                    const uint r173 = r171 & r156;
                    const uint r60 = r170 >> int(r173);
                    const uint r61 = 0xfu;
                    const uint r62 = r60 & r61;
                    // kernels/quant.k:LINE
                    const int r174 = int(r62);
                    const int r112 = r169 * r174;
                    const int r113 = r111 + r112;
                    r111 = r113;
                }
                // kernels/quant.k:LINE
                const int r65 = r111;
                // kernels/quant.k:LINE
                precise float r175 = float(r65 | int(zero));
                precise float r67 = r39 * r175;
                // kernels/quant.k:LINE
                const uint r68 = uint(R_u16(m1 + uint64_t(r7 * m1_s0 + r9 * m1_s1) * 144ul + 2ul).v);
                // kernels/quant.k:LINE
                const uint r176 = uint(r68);
                // kernels/legal.k:LINE
                const uint r178 = r176 & r116;
                // kernels/legal.k:LINE
                const uint r180 = r176 & r118;
                const bool r182 = r180 != r120;
                const uint r185 = r182 ? r122 : r120;
                // kernels/legal.k:LINE
                const uint r187 = r178 >> int(r125);
                // kernels/legal.k:LINE
                const uint r189 = r178 & r127;
                // kernels/legal.k:LINE
                precise float r219 = float(r189 | uint(zero));
                precise float r192 = r219 * r130;
                const uint r193 = floatBitsToUint(r192);
                // kernels/legal.k:LINE
                const uint r195 = r187 + r133;
                const uint r197 = r195 << int(r135);
                const uint r199 = r189 << int(r137);
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
                precise float r216 = uintBitsToFloat(r215 | zero);
                // kernels/quant.k:LINE
                uint r91;
                if (r17) {
                    const int64_t r73 = r12 + r16;
                    const uint r74 = uint(R_u8(m1 + uint64_t(r7 * m1_s0 + r9 * m1_s1) * 144ul + 4ul + uint64_t(r73) * 1ul).v);
                    const uint r226 = uint(r74);
                    const uint r76 = 0x3fu;
                    const uint r77 = r226 & r76;
                    r91 = r77;
                } else {
                    const int64_t r79 = r12 + r16;
                    const uint r80 = uint(R_u8(m1 + uint64_t(r7 * m1_s0 + r9 * m1_s1) * 144ul + 4ul + uint64_t(r79) * 1ul).v);
                    const uint r227 = uint(r80);
                    const uint r82 = 0x4u;
                    const uint r83 = r227 >> int(r82);
                    const uint r84 = uint(R_u8(m1 + uint64_t(r7 * m1_s0 + r9 * m1_s1) * 144ul + 4ul + uint64_t(r12) * 1ul).v);
                    const uint r228 = uint(r84);
                    const uint r86 = 0x6u;
                    const uint r87 = r228 >> int(r86);
                    const uint r89 = r87 << int(r82);
                    const uint r90 = r83 | r89;
                    r91 = r90;
                }
                // kernels/quant.k:LINE
                precise float r229 = float(r91 | uint(zero));
                precise float r93 = r216 * r229;
                const int64_t r94 = 2l;
                const int64_t r95 = r94 * r12;
                // kernels/quant.k:LINE
                const int r96 = int(R_i16(m0 + uint64_t(r5 * m0_s0 + r9 * m0_s1) * 292ul + 260ul + uint64_t(r95) * 2ul).v);
                // kernels/quant.k:LINE
                const int r230 = int(r96);
                const int64_t r100 = 1l;
                const int64_t r101 = r95 + r100;
                // kernels/quant.k:LINE
                const int r102 = int(R_i16(m0 + uint64_t(r5 * m0_s0 + r9 * m0_s1) * 292ul + 260ul + uint64_t(r101) * 2ul).v);
                // kernels/quant.k:LINE
                const int r231 = int(r102);
                const int r104 = r230 + r231;
                precise float r232 = float(r104 | int(zero));
                precise float r106 = r93 * r232;
                precise float r107 = r67 - r106;
                precise float r114 = fma(r13, r107, r110);
                r110 = r114;
            }
        }
        // kernels/quant.k:LINE
        precise float r109 = r110;
        // kernels/quant.k:LINE
        R_f32(m2 + uint64_t(r5 * m2_s0 + r7 * m2_s1) * 4ul).v = r109;
    }
}
