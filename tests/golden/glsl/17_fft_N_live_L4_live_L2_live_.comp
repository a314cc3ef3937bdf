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
// k0_fft: fft
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
layout(constant_id = 0) const uint shared_bytes = 16;
shared float pool_f32[shared_bytes / 4u];
void main()
{
    Words words = Words(push.at);
    const int64_t items = words.w[0];
    const uint zero = uint(items >> 63);
    const int64_t lid = int64_t(gl_LocalInvocationID.x);
    const int64_t group = int64_t(gl_WorkGroupID.x) + int64_t(gl_NumWorkGroups.x) * int64_t(gl_WorkGroupID.y);
    const int64_t item = group;
    const uint64_t m0 = uint64_t(words.w[1]);
    const uint64_t m1 = uint64_t(words.w[8]);
    const uint64_t m2 = uint64_t(words.w[13]);
    const int64_t m0_s0 = words.w[5];
    const int64_t m0_s1 = words.w[6];
    const int64_t m0_s2 = words.w[7];
    const int64_t m1_d0 = words.w[9];
    const int64_t m1_d1 = words.w[10];
    const int64_t m1_s0 = words.w[11];
    const int64_t m1_s1 = words.w[12];
    const int64_t m2_s0 = words.w[17];
    const int64_t m2_s1 = words.w[18];
    const int64_t m2_s2 = words.w[19];
    // kernels/fft.k:LINE
    const int64_t r1 = int64_t((words.w[20]));
    const int64_t r2 = int64_t((words.w[21]));
    const int64_t r3 = int64_t((words.w[22]));
    const int64_t r4 = int64_t((words.w[23]));
    const int64_t r5 = 0l;
    int64_t at = 0l;
    const int64_t m3_at = at / 4l;
    at += (4l * 2 * r1 + 15l) & ~15l;
    const int64_t m4_at = at / 4l;
    at += (4l * 2 * r1 + 15l) & ~15l;
    // kernels/fft.k:LINE
    if (item < items) {
        int64_t from = item;
        const int64_t r6 = r5 + from;
        const int64_t r7 = 2l;
        // kernels/fft.k:LINE
        for (int64_t r10 = r5 + lid; r10 < r1; r10 += 64) {
            precise float r13 = R_f32(m0 + uint64_t(r6 * m0_s0 + r10 * m0_s1 + r5 * m0_s2) * 4ul).v;
            if (uint64_t(r5) < uint64_t(2) && uint64_t(r10) < uint64_t(r1))
                pool_f32[uint(m3_at + (r5 * r1 + r10))] = r13;
            const int64_t r15 = 1l;
            precise float r16 = R_f32(m0 + uint64_t(r6 * m0_s0 + r10 * m0_s1 + r15 * m0_s2) * 4ul).v;
            if (uint64_t(r5) < uint64_t(2) && uint64_t(r10) < uint64_t(r1))
                pool_f32[uint(m4_at + (r5 * r1 + r10))] = r16;
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        // kernels/fft.k:LINE
        for (int64_t r18 = r5; r18 < r2; r18++) {
            // kernels/fft.k:LINE
            const int64_t r20 = r7 * r18;
            const int64_t r21 = 1l;
            const int64_t r314 = 63l;
            const int64_t r315 = r20 & r314;
            const int64_t r22 = r21 << int(r315);
            const int64_t r23 = 4l;
            const int64_t r24 = r23 * r22;
            const bool r318 = r24 == r5;
            const int64_t r319 = int64_t(0xfffffffffffffffful);
            const bool r320 = r24 == r319;
            const bool r321 = r318 || r320;
            const int64_t r322 = r321 ? r21 : r24;
            const int64_t r323 = r1 / r322;
            const int64_t r324 = r5 - r1;
            const int64_t r325 = r320 ? r324 : r323;
            const int64_t r326 = r318 ? r5 : r325;
            const int64_t r27 = r18 - r18 / r7 * r7;
            // kernels/fft.k:LINE
            const int64_t r29 = r1 / r23;
            for (int64_t r31 = r5 + lid; r31 < r29; r31 += 64) {
                // kernels/fft.k:LINE
                const bool r329 = r22 == r5;
                const bool r331 = r22 == r319;
                const bool r332 = r329 || r331;
                const int64_t r333 = r332 ? r21 : r22;
                const int64_t r334 = r31 / r333;
                const int64_t r335 = r5 - r31;
                const int64_t r336 = r331 ? r335 : r334;
                const int64_t r337 = r329 ? r5 : r336;
                const int64_t r345 = r31 - r31 / r333 * r333;
                const int64_t r34 = r22 * r337;
                const int64_t r35 = r345 + r34;
                precise float r36 = float(zero); if (uint64_t(r27) < uint64_t(2) && uint64_t(r35) < uint64_t(r1)) r36 = pool_f32[uint(m3_at + (r27 * r1 + r35))];
                precise float r39 = float(zero); if (uint64_t(r27) < uint64_t(2) && uint64_t(r35) < uint64_t(r1)) r39 = pool_f32[uint(m4_at + (r27 * r1 + r35))];
                const int64_t r41 = r7 * r326;
                const int64_t r42 = r337 + r41;
                const int64_t r43 = r22 * r42;
                const int64_t r44 = r345 + r43;
                precise float r45 = float(zero); if (uint64_t(r27) < uint64_t(2) && uint64_t(r44) < uint64_t(r1)) r45 = pool_f32[uint(m3_at + (r27 * r1 + r44))];
                precise float r51 = float(zero); if (uint64_t(r27) < uint64_t(2) && uint64_t(r44) < uint64_t(r1)) r51 = pool_f32[uint(m4_at + (r27 * r1 + r44))];
                // kernels/fft.k:LINE
                const int64_t r52 = r337 + r326;
                const int64_t r53 = r22 * r52;
                const int64_t r54 = r345 + r53;
                precise float r55 = float(zero); if (uint64_t(r27) < uint64_t(2) && uint64_t(r54) < uint64_t(r1)) r55 = pool_f32[uint(m3_at + (r27 * r1 + r54))];
                precise float r59 = float(zero); if (uint64_t(r27) < uint64_t(2) && uint64_t(r54) < uint64_t(r1)) r59 = pool_f32[uint(m4_at + (r27 * r1 + r54))];
                const int64_t r60 = 3l;
                const int64_t r61 = r60 * r326;
                const int64_t r62 = r337 + r61;
                const int64_t r63 = r22 * r62;
                const int64_t r64 = r345 + r63;
                precise float r65 = float(zero); if (uint64_t(r27) < uint64_t(2) && uint64_t(r64) < uint64_t(r1)) r65 = pool_f32[uint(m3_at + (r27 * r1 + r64))];
                precise float r71 = float(zero); if (uint64_t(r27) < uint64_t(2) && uint64_t(r64) < uint64_t(r1)) r71 = pool_f32[uint(m4_at + (r27 * r1 + r64))];
                // kernels/fft.k:LINE
                precise float r266 = r36 + r45;
                precise float r267 = r39 + r51;
                precise float r268 = r55 + r65;
                precise float r269 = r59 + r71;
                precise float r270 = r266 + r268;
                precise float r271 = r267 + r269;
                precise float r272 = r36 - r45;
                precise float r273 = r39 - r51;
                precise float r274 = r55 - r65;
                precise float r275 = r59 - r71;
                // kernels/fft.k:LINE
                precise float r276 = -r275;
                // kernels/fft.k:LINE
                precise float r277 = r272 - r276;
                precise float r278 = r273 - r274;
                // kernels/fft.k:LINE
                const int64_t r101 = r337 * r22;
                precise float r103 = float(zero); if (uint64_t(r101) < uint64_t(m1_d0)) r103 = R_f32(m1 + uint64_t(r101 * m1_s0 + r5 * m1_s1) * 4ul).v;
                precise float r106 = float(zero); if (uint64_t(r101) < uint64_t(m1_d0)) r106 = R_f32(m1 + uint64_t(r101 * m1_s0 + r21 * m1_s1) * 4ul).v;
                // kernels/fft.k:LINE
                precise float r279 = r277 * r103;
                precise float r280 = r278 * r106;
                precise float r281 = r279 - r280;
                precise float r282 = r277 * r106;
                precise float r283 = r278 * r103;
                precise float r284 = r282 + r283;
                // kernels/fft.k:LINE
                precise float r289 = r266 - r268;
                precise float r290 = r267 - r269;
                // kernels/fft.k:LINE
                const int64_t r126 = r7 * r337;
                const int64_t r127 = r126 * r22;
                precise float r129 = float(zero); if (uint64_t(r127) < uint64_t(m1_d0)) r129 = R_f32(m1 + uint64_t(r127 * m1_s0 + r5 * m1_s1) * 4ul).v;
                precise float r134 = float(zero); if (uint64_t(r127) < uint64_t(m1_d0)) r134 = R_f32(m1 + uint64_t(r127 * m1_s0 + r21 * m1_s1) * 4ul).v;
                // kernels/fft.k:LINE
                precise float r291 = r289 * r129;
                precise float r292 = r290 * r134;
                precise float r293 = r291 - r292;
                precise float r294 = r289 * r134;
                precise float r295 = r290 * r129;
                precise float r296 = r294 + r295;
                // kernels/fft.k:LINE
                precise float r302 = r272 + r276;
                precise float r303 = r273 + r274;
                // kernels/fft.k:LINE
                const int64_t r146 = r60 * r337;
                const int64_t r147 = r146 * r22;
                precise float r149 = float(zero); if (uint64_t(r147) < uint64_t(m1_d0)) r149 = R_f32(m1 + uint64_t(r147 * m1_s0 + r5 * m1_s1) * 4ul).v;
                precise float r154 = float(zero); if (uint64_t(r147) < uint64_t(m1_d0)) r154 = R_f32(m1 + uint64_t(r147 * m1_s0 + r21 * m1_s1) * 4ul).v;
                // kernels/fft.k:LINE
                precise float r304 = r302 * r149;
                precise float r305 = r303 * r154;
                precise float r306 = r304 - r305;
                precise float r307 = r302 * r154;
                precise float r308 = r303 * r149;
                precise float r309 = r307 + r308;
                // kernels/fft.k:LINE
                const int64_t r158 = r21 - r27;
                const int64_t r160 = r22 * r23;
                const int64_t r161 = r160 * r337;
                const int64_t r162 = r345 + r161;
                if (uint64_t(r158) < uint64_t(2) && uint64_t(r162) < uint64_t(r1))
                    pool_f32[uint(m3_at + (r158 * r1 + r162))] = r270;
                if (uint64_t(r158) < uint64_t(2) && uint64_t(r162) < uint64_t(r1))
                    pool_f32[uint(m4_at + (r158 * r1 + r162))] = r271;
                // kernels/fft.k:LINE
                const int64_t r172 = r23 * r337;
                const int64_t r174 = r172 + r21;
                const int64_t r175 = r22 * r174;
                const int64_t r176 = r345 + r175;
                if (uint64_t(r158) < uint64_t(2) && uint64_t(r176) < uint64_t(r1))
                    pool_f32[uint(m3_at + (r158 * r1 + r176))] = r281;
                if (uint64_t(r158) < uint64_t(2) && uint64_t(r176) < uint64_t(r1))
                    pool_f32[uint(m4_at + (r158 * r1 + r176))] = r284;
                const int64_t r190 = r172 + r7;
                const int64_t r191 = r22 * r190;
                const int64_t r192 = r345 + r191;
                if (uint64_t(r158) < uint64_t(2) && uint64_t(r192) < uint64_t(r1))
                    pool_f32[uint(m3_at + (r158 * r1 + r192))] = r293;
                if (uint64_t(r158) < uint64_t(2) && uint64_t(r192) < uint64_t(r1))
                    pool_f32[uint(m4_at + (r158 * r1 + r192))] = r296;
                const int64_t r206 = r172 + r60;
                const int64_t r207 = r22 * r206;
                const int64_t r208 = r345 + r207;
                if (uint64_t(r158) < uint64_t(2) && uint64_t(r208) < uint64_t(r1))
                    pool_f32[uint(m3_at + (r158 * r1 + r208))] = r306;
                if (uint64_t(r158) < uint64_t(2) && uint64_t(r208) < uint64_t(r1))
                    pool_f32[uint(m4_at + (r158 * r1 + r208))] = r309;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        }
        // kernels/fft.k:LINE
        for (int64_t r218 = r5; r218 < r3; r218++) {
            // kernels/fft.k:LINE
            const int64_t r219 = r2 + r218;
            const int64_t r221 = r219 - r219 / r7 * r7;
            // kernels/fft.k:LINE
            const int64_t r223 = r1 / r7;
            for (int64_t r225 = r5 + lid; r225 < r223; r225 += 64) {
                // kernels/fft.k:LINE
                precise float r226 = float(zero); if (uint64_t(r221) < uint64_t(2) && uint64_t(r225) < uint64_t(r1)) r226 = pool_f32[uint(m3_at + (r221 * r1 + r225))];
                precise float r227 = float(zero); if (uint64_t(r221) < uint64_t(2) && uint64_t(r225) < uint64_t(r1)) r227 = pool_f32[uint(m4_at + (r221 * r1 + r225))];
                const int64_t r230 = r225 + r223;
                precise float r231 = float(zero); if (uint64_t(r221) < uint64_t(2) && uint64_t(r230) < uint64_t(r1)) r231 = pool_f32[uint(m3_at + (r221 * r1 + r230))];
                precise float r235 = float(zero); if (uint64_t(r221) < uint64_t(2) && uint64_t(r230) < uint64_t(r1)) r235 = pool_f32[uint(m4_at + (r221 * r1 + r230))];
                // kernels/fft.k:LINE
                precise float r310 = r226 + r231;
                precise float r311 = r227 + r235;
                precise float r312 = r226 - r231;
                precise float r313 = r227 - r235;
                const int64_t r240 = 1l;
                // kernels/fft.k:LINE
                const int64_t r241 = r240 - r221;
                if (uint64_t(r241) < uint64_t(2) && uint64_t(r225) < uint64_t(r1))
                    pool_f32[uint(m3_at + (r241 * r1 + r225))] = r310;
                if (uint64_t(r241) < uint64_t(2) && uint64_t(r225) < uint64_t(r1))
                    pool_f32[uint(m4_at + (r241 * r1 + r225))] = r311;
                // kernels/fft.k:LINE
                if (uint64_t(r241) < uint64_t(2) && uint64_t(r230) < uint64_t(r1))
                    pool_f32[uint(m3_at + (r241 * r1 + r230))] = r312;
                if (uint64_t(r241) < uint64_t(2) && uint64_t(r230) < uint64_t(r1))
                    pool_f32[uint(m4_at + (r241 * r1 + r230))] = r313;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        }
        // kernels/fft.k:LINE
        for (int64_t r255 = r5 + lid; r255 < r1; r255 += 64) {
            const int64_t r257 = r2 + r3;
            const int64_t r259 = r257 - r257 / r7 * r7;
            precise float r260 = float(zero); if (uint64_t(r259) < uint64_t(2) && uint64_t(r255) < uint64_t(r1)) r260 = pool_f32[uint(m3_at + (r259 * r1 + r255))];
            R_f32(m2 + uint64_t(r6 * m2_s0 + r255 * m2_s1 + r5 * m2_s2) * 4ul).v = r260;
            const int64_t r261 = 1l;
            precise float r265 = float(zero); if (uint64_t(r259) < uint64_t(2) && uint64_t(r255) < uint64_t(r1)) r265 = pool_f32[uint(m4_at + (r259 * r1 + r255))];
            R_f32(m2 + uint64_t(r6 * m2_s0 + r255 * m2_s1 + r261 * m2_s2) * 4ul).v = r265;
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
    }
}
