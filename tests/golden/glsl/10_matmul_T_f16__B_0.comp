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
int clz64(uint64_t x) { const uint high = uint(x >> 32); return high != 0u ? 31 - findMSB(high) : 63 - findMSB(uint(x)); }
// k0_matmul: matmul
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
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
    const uint64_t m2 = uint64_t(words.w[11]);
    const uint64_t m3 = uint64_t(words.w[16]);
    const int64_t m0_s0 = words.w[4];
    const int64_t m0_s1 = words.w[5];
    const int64_t m1_s0 = words.w[9];
    const int64_t m1_s1 = words.w[10];
    const int64_t m2_s0 = words.w[14];
    const int64_t m2_s1 = words.w[15];
    const int64_t m3_s0 = words.w[19];
    const int64_t m3_s1 = words.w[20];
    precise float r17 = float(0);
    // kernels/contract.k:LINE
    const int64_t r1 = int64_t((words.w[21]));
    const int64_t r2 = int64_t((words.w[22]));
    const int64_t r3 = int64_t((words.w[23]));
    const int64_t r4 = 0l;
    if (item < items) {
        const int64_t n7 = r3 - r4;
        int64_t from = item;
        const int64_t r7 = r4 + (from % n7); from /= n7;
        const int64_t r5 = r4 + from;
        precise float r14 = R_f32(m2 + uint64_t(r5 * m2_s0 + r7 * m2_s1) * 4ul).v;
        r17 = r14;
        for (int64_t r9 = r4; r9 < r2; r9++) {
            const uint r10 = uint(R_u16(m0 + uint64_t(r5 * m0_s0 + r9 * m0_s1) * 2ul).v);
            const uint r19 = uint(r10);
            const uint r20 = 0x7fffu;
            // kernels/legal.k:LINE
            const uint r21 = r19 & r20;
            const uint r22 = 0x8000u;
            // kernels/legal.k:LINE
            const uint r23 = r19 & r22;
            const uint r24 = 0x0u;
            const bool r25 = r23 != r24;
            const uint r26 = 0x80000000u;
            const uint r28 = r25 ? r26 : r24;
            const uint r29 = 0xau;
            // kernels/legal.k:LINE
            const uint r30 = r21 >> int(r29);
            const uint r31 = 0x3ffu;
            // kernels/legal.k:LINE
            const uint r32 = r21 & r31;
            // kernels/legal.k:LINE
            precise float r62 = float(r32);
            precise float r34 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
            precise float r35 = r62 * r34;
            const uint r36 = floatBitsToUint(r35);
            const uint r37 = 0x70u;
            // kernels/legal.k:LINE
            const uint r38 = r30 + r37;
            const uint r39 = 0x17u;
            const uint r40 = r38 << int(r39);
            const uint r41 = 0xdu;
            const uint r42 = r32 << int(r41);
            const uint r43 = r40 | r42;
            const uint r44 = 0x7c00u;
            // kernels/legal.k:LINE
            const bool r45 = r21 == r44;
            const uint r46 = 0x7f800000u;
            const uint r50 = r46 | r42;
            const uint r51 = r45 ? r46 : r50;
            const uint r52 = 0x7bffu;
            // kernels/legal.k:LINE
            const bool r53 = r21 > r52;
            const bool r55 = r30 != r24;
            const uint r56 = r55 ? r43 : r36;
            const uint r57 = r53 ? r51 : r56;
            const uint r58 = r28 | r57;
            // kernels/legal.k:LINE
            precise float r59 = uintBitsToFloat(r58);
            // kernels/contract.k:LINE
            const uint r12 = uint(R_u16(m1 + uint64_t(r9 * m1_s0 + r7 * m1_s1) * 2ul).v);
            const uint r69 = uint(r12);
            // kernels/legal.k:LINE
            const uint r71 = r69 & r20;
            // kernels/legal.k:LINE
            const uint r73 = r69 & r22;
            const bool r75 = r73 != r24;
            const uint r78 = r75 ? r26 : r24;
            // kernels/legal.k:LINE
            const uint r80 = r71 >> int(r29);
            // kernels/legal.k:LINE
            const uint r82 = r71 & r31;
            // kernels/legal.k:LINE
            precise float r112 = float(r82);
            precise float r85 = r112 * r34;
            const uint r86 = floatBitsToUint(r85);
            // kernels/legal.k:LINE
            const uint r88 = r80 + r37;
            const uint r90 = r88 << int(r39);
            const uint r92 = r82 << int(r41);
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
            precise float r109 = uintBitsToFloat(r108);
            // kernels/contract.k:LINE
            precise float r18 = fma(r59, r109, r17);
            r17 = r18;
        }
        precise float r15 = r17;
        // kernels/legal.k:LINE
        const uint r120 = floatBitsToUint(r15);
        const uint r121 = 0x7fffffffu;
        // kernels/legal.k:LINE
        const uint r122 = r120 & r121;
        const uint r123 = 0x1fu;
        // kernels/legal.k:LINE
        const uint r124 = r120 >> int(r123);
        const uint r125 = 0xfu;
        const uint r126 = r124 << int(r125);
        const uint r127 = 0x17u;
        // kernels/legal.k:LINE
        const uint r128 = r122 >> int(r127);
        const int r210 = int(r128);
        const int r130 = int(0x7fu);
        const int r131 = r210 - r130;
        const int r132 = int(0xfu);
        const int r133 = r131 + r132;
        const int r134 = int(0x1u);
        // kernels/legal.k:LINE
        const bool r135 = r133 < r134;
        const int r137 = r134 - r133;
        const int r138 = int(0x0u);
        const int r139 = r135 ? r137 : r138;
        const int r140 = int(0xdu);
        const int r141 = r140 + r139;
        const int r142 = int(0x19u);
        // kernels/legal.k:LINE
        const int r143 = min(r141, r142);
        const uint r211 = uint(r143);
        const uint r145 = 0x7fffffu;
        // kernels/legal.k:LINE
        const uint r146 = r122 & r145;
        const uint r147 = 0x800000u;
        const uint r148 = r146 | r147;
        // kernels/legal.k:LINE
        const uint r213 = r211 & r123;
        const uint r149 = r148 >> int(r213);
        const uint r150 = 0x1u;
        // kernels/legal.k:LINE
        const uint r151 = r150 << int(r213);
        const uint r153 = r151 - r150;
        const uint r154 = r148 & r153;
        // kernels/legal.k:LINE
        const uint r156 = r211 - r150;
        const uint r217 = r156 & r123;
        const uint r158 = r150 << int(r217);
        // kernels/legal.k:LINE
        const bool r159 = r154 > r158;
        const bool r160 = r154 == r158;
        const uint r162 = r149 & r150;
        const uint r163 = 0x0u;
        const bool r164 = r162 != r163;
        const bool r165 = r160 && r164;
        const bool r166 = r159 || r165;
        const uint r169 = r166 ? r150 : r163;
        // kernels/legal.k:LINE
        const int r171 = max(r133, r134);
        const int r173 = r171 - r134;
        const uint r218 = uint(r173);
        const uint r175 = 0xau;
        const uint r176 = r218 << int(r175);
        const uint r177 = r176 + r149;
        const uint r178 = r177 + r169;
        const uint r179 = 0x7e00u;
        // kernels/legal.k:LINE
        const uint r180 = r126 | r179;
        const uint r181 = 0xdu;
        const uint r182 = r122 >> int(r181);
        const uint r183 = 0x3ffu;
        const uint r184 = r182 & r183;
        const uint r185 = r180 | r184;
        const uint r186 = 0x7bffu;
        const uint r188 = 0x7c00u;
        // kernels/legal.k:LINE
        const uint r189 = r126 | r188;
        // kernels/legal.k:LINE
        const bool r192 = r178 != r163;
        const bool r193 = true;
        const bool r194 = r192 || r193;
        const uint r195 = r126 | r178;
        const uint r197 = r194 ? r195 : r163;
        const uint r198 = 0x7f800000u;
        // kernels/legal.k:LINE
        const bool r199 = r122 > r198;
        const bool r201 = r178 > r186;
        const uint r202 = r201 ? r189 : r197;
        const uint r203 = r199 ? r185 : r202;
        // kernels/contract.k:LINE
        const uint r223 = uint(r203) & 0xffffu;
        R_u16(m3 + uint64_t(r5 * m3_s0 + r7 * m3_s1) * 2ul).v = uint16_t(r223);
    }
}
