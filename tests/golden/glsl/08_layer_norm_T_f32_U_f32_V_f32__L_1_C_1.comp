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
// k0_layer_norm: layer_norm
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
shared float m4[64];
shared float m6[64];
void main()
{
    Words words = Words(push.at);
    const int64_t items = words.w[0];
    const uint zero = uint(items >> 63);
    const int64_t lid = int64_t(gl_LocalInvocationID.x);
    const int64_t group = int64_t(gl_WorkGroupID.x) + int64_t(gl_NumWorkGroups.x) * int64_t(gl_WorkGroupID.y);
    const int64_t item = group;
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
    float m5[48];
    float m7[48];
    precise float r43 = float(zero);
    int64_t r52 = int64_t(zero);
    int64_t r54 = int64_t(zero);
    precise float r65 = float(zero);
    int64_t r89 = int64_t(zero);
    precise float r115 = float(zero);
    int64_t r124 = int64_t(zero);
    int64_t r126 = int64_t(zero);
    precise float r137 = float(zero);
    int64_t r161 = int64_t(zero);
    // kernels/norm.k:LINE
    const int64_t r1 = int64_t((words.w[21]));
    precise float r2 = uintBitsToFloat(uint(words.w[22]));
    const int64_t r3 = int64_t((words.w[23]));
    const int64_t r4 = int64_t((words.w[24]));
    const int64_t r5 = 0l;
    // kernels/norm.k:LINE
    if (item < items) {
        int64_t from = item;
        const int64_t r6 = r5 + from;
        precise float r42 = uintBitsToFloat(zero);
        // kernels/norm.k:LINE
        r43 = r42;
        const int64_t r44 = 1l;
        const int64_t r47 = max(r4, r5);
        m5[uint(r5)] = r42;
        r52 = r5;
        r54 = r5;
        const int64_t r55 = 16384l;
        for (int64_t r57 = r5; r57 < r47; r57 += r55) {
            const int64_t r59 = r57 + r55;
            const int64_t r60 = min(r59, r47);
            const int64_t r61 = 64l;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            for (int64_t r63 = r5 + lid; r63 < r61; r63 += 64) {
                r65 = r42;
                const int64_t r66 = r57 + r63;
                for (int64_t r68 = r66; r68 < r60; r68 += r61) {
                    precise float r9 = R_f32(m0 + uint64_t(r6 * m0_s0 + r68 * m0_s1) * 4ul).v;
                    precise float r69 = r65 + r9;
                    r65 = r69;
                }
                m4[uint(r63)] = r65;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r71 = 6l;
            for (int64_t r73 = r5; r73 < r71; r73++) {
                const int64_t r74 = 32l;
                const int64_t r186 = 63l;
                const int64_t r187 = r73 & r186;
                const int64_t r75 = r74 >> int(r187);
                for (int64_t r77 = r5 + lid; r77 < r75; r77 += 64) {
                    const int64_t r78 = r77 + r75;
                    precise float r79 = m4[uint(r77)];
                    precise float r80 = m4[uint(r78)];
                    precise float r81 = r79 + r80;
                    m4[uint(r77)] = r81;
                }
                memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            }
            precise float r83 = m4[uint(r5)];
            const int64_t r84 = r52;
            m5[uint(r84)] = r83;
            const int64_t r86 = r52 + r44;
            r52 = r86;
            const int64_t r88 = r54 + r44;
            r54 = r88;
            r89 = r54;
            for (;;) {
                const int64_t r91 = r89 & r44;
                const bool r93 = r91 == r5;
                if (!r93) break;
                const int64_t r94 = int64_t(0xfffffffffffffffful);
                const int64_t r95 = r52 + r94;
                r52 = r95;
                const int64_t r97 = r95 + r94;
                precise float r98 = m5[uint(r97)];
                precise float r99 = m5[uint(r95)];
                precise float r100 = r98 + r99;
                m5[uint(r97)] = r100;
                const int64_t r102 = r89 >> int(r44);
                r89 = r102;
            }
        }
        for (;;) {
            const bool r104 = r52 > r44;
            if (!r104) break;
            const int64_t r105 = int64_t(0xfffffffffffffffful);
            const int64_t r106 = r52 + r105;
            r52 = r106;
            const int64_t r108 = r106 + r105;
            precise float r109 = m5[uint(r108)];
            precise float r110 = m5[uint(r106)];
            precise float r111 = r109 + r110;
            m5[uint(r108)] = r111;
        }
        precise float r113 = m5[uint(r5)];
        r43 = r113;
        // kernels/norm.k:LINE
        precise float r16 = r43;
        // kernels/norm.k:LINE
        precise float r188 = float(r1 | int64_t(zero));
        precise float r18 = r16 / r188;
        // kernels/norm.k:LINE
        r115 = r42;
        m7[uint(r5)] = r42;
        r124 = r5;
        r126 = r5;
        for (int64_t r129 = r5; r129 < r47; r129 += r55) {
            const int64_t r131 = r129 + r55;
            const int64_t r132 = min(r131, r47);
            const int64_t r133 = 64l;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            for (int64_t r135 = r5 + lid; r135 < r133; r135 += 64) {
                r137 = r42;
                const int64_t r138 = r129 + r135;
                for (int64_t r140 = r138; r140 < r132; r140 += r133) {
                    precise float r21 = R_f32(m0 + uint64_t(r6 * m0_s0 + r140 * m0_s1) * 4ul).v;
                    precise float r22 = r21 - r18;
                    precise float r25 = r22 * r22;
                    // kernels/norm.k:LINE
                    precise float r141 = r137 + r25;
                    // kernels/norm.k:LINE
                    r137 = r141;
                }
                m6[uint(r135)] = r137;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r143 = 6l;
            for (int64_t r145 = r5; r145 < r143; r145++) {
                const int64_t r146 = 32l;
                const int64_t r189 = 63l;
                const int64_t r190 = r145 & r189;
                const int64_t r147 = r146 >> int(r190);
                for (int64_t r149 = r5 + lid; r149 < r147; r149 += 64) {
                    const int64_t r150 = r149 + r147;
                    precise float r151 = m6[uint(r149)];
                    precise float r152 = m6[uint(r150)];
                    // kernels/norm.k:LINE
                    precise float r153 = r151 + r152;
                    // kernels/norm.k:LINE
                    m6[uint(r149)] = r153;
                }
                memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            }
            precise float r155 = m6[uint(r5)];
            const int64_t r156 = r124;
            m7[uint(r156)] = r155;
            const int64_t r158 = r124 + r44;
            r124 = r158;
            const int64_t r160 = r126 + r44;
            r126 = r160;
            r161 = r126;
            for (;;) {
                const int64_t r163 = r161 & r44;
                const bool r165 = r163 == r5;
                if (!r165) break;
                const int64_t r166 = int64_t(0xfffffffffffffffful);
                const int64_t r167 = r124 + r166;
                r124 = r167;
                const int64_t r169 = r167 + r166;
                precise float r170 = m7[uint(r169)];
                precise float r171 = m7[uint(r167)];
                // kernels/norm.k:LINE
                precise float r172 = r170 + r171;
                // kernels/norm.k:LINE
                m7[uint(r169)] = r172;
                const int64_t r174 = r161 >> int(r44);
                r161 = r174;
            }
        }
        for (;;) {
            const bool r176 = r124 > r44;
            if (!r176) break;
            const int64_t r177 = int64_t(0xfffffffffffffffful);
            const int64_t r178 = r124 + r177;
            r124 = r178;
            const int64_t r180 = r178 + r177;
            precise float r181 = m7[uint(r180)];
            precise float r182 = m7[uint(r178)];
            // kernels/norm.k:LINE
            precise float r183 = r181 + r182;
            // kernels/norm.k:LINE
            m7[uint(r180)] = r183;
        }
        precise float r185 = m7[uint(r5)];
        r115 = r185;
        // kernels/norm.k:LINE
        precise float r26 = r115;
        // kernels/norm.k:LINE
        precise float r28 = r26 / r188;
        // kernels/norm.k:LINE
        precise float r29 = r28 + r2;
        precise float r30 = sqrt(r29);
        precise float r31 = uintBitsToFloat(0x3f800000u) /* 1 */;
        precise float r32 = r31 / r30;
        // kernels/norm.k:LINE
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        for (int64_t r34 = r5 + lid; r34 < r4; r34 += 64) {
            precise float r35 = R_f32(m0 + uint64_t(r6 * m0_s0 + r34 * m0_s1) * 4ul).v;
            precise float r36 = r35 - r18;
            precise float r37 = r36 * r32;
            precise float r38 = R_f32(m1 + uint64_t(r6 * m1_s0 + r34 * m1_s1) * 4ul).v;
            precise float r39 = r37 * r38;
            precise float r40 = R_f32(m2 + uint64_t(r6 * m2_s0 + r34 * m2_s1) * 4ul).v;
            precise float r41 = r39 + r40;
            R_f32(m3 + uint64_t(r6 * m3_s0 + r34 * m3_s1) * 4ul).v = r41;
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
    }
}
