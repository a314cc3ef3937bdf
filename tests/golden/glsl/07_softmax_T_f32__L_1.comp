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
// k0_softmax: softmax
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
shared float m2[64];
shared float m4[64];
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
    const int64_t m0_s0 = words.w[4];
    const int64_t m0_s1 = words.w[5];
    const int64_t m1_s0 = words.w[9];
    const int64_t m1_s1 = words.w[10];
    float m3[48];
    float m5[48];
    precise float r338 = float(zero);
    int64_t r347 = int64_t(zero);
    int64_t r349 = int64_t(zero);
    precise float r360 = float(zero);
    int64_t r384 = int64_t(zero);
    precise float r410 = float(zero);
    int64_t r419 = int64_t(zero);
    int64_t r421 = int64_t(zero);
    precise float r432 = float(zero);
    precise float r103 = float(zero);
    int64_t r456 = int64_t(zero);
    precise float r173 = float(zero);
    // kernels/reduce.k:LINE
    const int64_t r1 = int64_t((words.w[11]));
    const int64_t r2 = int64_t((words.w[12]));
    const int64_t r3 = 0l;
    // kernels/reduce.k:LINE
    if (item < items) {
        int64_t from = item;
        const int64_t r4 = r3 + from;
        precise float r337 = uintBitsToFloat(0xff800000u) /* -Infinity */;
        // kernels/reduce.k:LINE
        r338 = r337;
        const int64_t r339 = 1l;
        const int64_t r342 = max(r2, r3);
        m3[uint(r3)] = r337;
        r347 = r3;
        r349 = r3;
        const int64_t r350 = 16384l;
        for (int64_t r352 = r3; r352 < r342; r352 += r350) {
            const int64_t r354 = r352 + r350;
            const int64_t r355 = min(r354, r342);
            const int64_t r356 = 64l;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            for (int64_t r358 = r3 + lid; r358 < r356; r358 += 64) {
                r360 = r337;
                const int64_t r361 = r352 + r358;
                for (int64_t r363 = r361; r363 < r355; r363 += r356) {
                    precise float r7 = R_f32(m0 + uint64_t(r4 * m0_s0 + r363 * m0_s1) * 4ul).v;
                    // kernels/legal.k:LINE
                    const bool r481 = r360 != r360;
                    const bool r482 = r7 != r7;
                    const bool r483 = r360 > r7;
                    const bool r484 = r360 == r7;
                    const int r485 = floatBitsToInt(r360);
                    const int r486 = int(0x0u);
                    const bool r487 = r485 >= r486;
                    const bool r488 = r484 && r487;
                    const bool r489 = r483 || r488;
                    precise float r490 = r489 ? r360 : r7;
                    precise float r491 = r482 ? r7 : r490;
                    precise float r492 = r481 ? r360 : r491;
                    // kernels/reduce.k:LINE
                    r360 = r492;
                }
                m2[uint(r358)] = r360;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r366 = 6l;
            for (int64_t r368 = r3; r368 < r366; r368++) {
                const int64_t r369 = 32l;
                const int64_t r493 = 63l;
                const int64_t r494 = r368 & r493;
                const int64_t r370 = r369 >> int(r494);
                for (int64_t r372 = r3 + lid; r372 < r370; r372 += 64) {
                    const int64_t r373 = r372 + r370;
                    precise float r374 = m2[uint(r372)];
                    precise float r375 = m2[uint(r373)];
                    // kernels/legal.k:LINE
                    const bool r495 = r374 != r374;
                    const bool r496 = r375 != r375;
                    const bool r497 = r374 > r375;
                    const bool r498 = r374 == r375;
                    const int r499 = floatBitsToInt(r374);
                    const int r500 = int(0x0u);
                    const bool r501 = r499 >= r500;
                    const bool r502 = r498 && r501;
                    const bool r503 = r497 || r502;
                    precise float r504 = r503 ? r374 : r375;
                    precise float r505 = r496 ? r375 : r504;
                    precise float r506 = r495 ? r374 : r505;
                    // kernels/reduce.k:LINE
                    m2[uint(r372)] = r506;
                }
                memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            }
            precise float r378 = m2[uint(r3)];
            const int64_t r379 = r347;
            m3[uint(r379)] = r378;
            const int64_t r381 = r347 + r339;
            r347 = r381;
            const int64_t r383 = r349 + r339;
            r349 = r383;
            r384 = r349;
            for (;;) {
                const int64_t r386 = r384 & r339;
                const bool r388 = r386 == r3;
                if (!r388) break;
                const int64_t r389 = int64_t(0xfffffffffffffffful);
                const int64_t r390 = r347 + r389;
                r347 = r390;
                const int64_t r392 = r390 + r389;
                precise float r393 = m3[uint(r392)];
                precise float r394 = m3[uint(r390)];
                // kernels/legal.k:LINE
                const bool r507 = r393 != r393;
                const bool r508 = r394 != r394;
                const bool r509 = r393 > r394;
                const bool r510 = r393 == r394;
                const int r511 = floatBitsToInt(r393);
                const int r512 = int(0x0u);
                const bool r513 = r511 >= r512;
                const bool r514 = r510 && r513;
                const bool r515 = r509 || r514;
                precise float r516 = r515 ? r393 : r394;
                precise float r517 = r508 ? r394 : r516;
                precise float r518 = r507 ? r393 : r517;
                // kernels/reduce.k:LINE
                m3[uint(r392)] = r518;
                const int64_t r397 = r384 >> int(r339);
                r384 = r397;
            }
        }
        for (;;) {
            const bool r399 = r347 > r339;
            if (!r399) break;
            const int64_t r400 = int64_t(0xfffffffffffffffful);
            const int64_t r401 = r347 + r400;
            r347 = r401;
            const int64_t r403 = r401 + r400;
            precise float r404 = m3[uint(r403)];
            precise float r405 = m3[uint(r401)];
            // kernels/legal.k:LINE
            const bool r519 = r404 != r404;
            const bool r520 = r405 != r405;
            const bool r521 = r404 > r405;
            const bool r522 = r404 == r405;
            const int r523 = floatBitsToInt(r404);
            const int r524 = int(0x0u);
            const bool r525 = r523 >= r524;
            const bool r526 = r522 && r525;
            const bool r527 = r521 || r526;
            precise float r528 = r527 ? r404 : r405;
            precise float r529 = r520 ? r405 : r528;
            precise float r530 = r519 ? r404 : r529;
            // kernels/reduce.k:LINE
            m3[uint(r403)] = r530;
        }
        precise float r408 = m3[uint(r3)];
        r338 = r408;
        // kernels/reduce.k:LINE
        precise float r14 = r338;
        precise float r409 = uintBitsToFloat(zero);
        // kernels/reduce.k:LINE
        r410 = r409;
        m5[uint(r3)] = r409;
        r419 = r3;
        r421 = r3;
        for (int64_t r424 = r3; r424 < r342; r424 += r350) {
            const int64_t r426 = r424 + r350;
            const int64_t r427 = min(r426, r342);
            const int64_t r428 = 64l;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            for (int64_t r430 = r3 + lid; r430 < r428; r430 += 64) {
                r432 = r409;
                const int64_t r433 = r424 + r430;
                for (int64_t r435 = r433; r435 < r427; r435 += r428) {
                    precise float r17 = R_f32(m0 + uint64_t(r4 * m0_s0 + r435 * m0_s1) * 4ul).v;
                    precise float r18 = r17 - r14;
                    // kernels/math.k:LINE
                    r103 = r409;
                    precise float r106 = uintBitsToFloat(0x42b20000u) /* 89 */;
                    // kernels/math.k:LINE
                    const bool r107 = r18 > r106;
                    precise float r109 = uintBitsToFloat(0xc2d00000u) /* -104 */;
                    const bool r110 = r18 < r109;
                    precise float r112 = r110 ? r109 : r18;
                    precise float r113 = r107 ? r106 : r112;
                    precise float r114 = uintBitsToFloat(0x3fb8aa3bu) /* 1.442695 */;
                    // kernels/math.k:LINE
                    precise float r115 = r113 * r114;
                    precise float r116 = uintBitsToFloat(0x4b400000u) /* 12582912 */;
                    precise float r117 = r115 + r116;
                    // kernels/math.k:LINE
                    precise float r119 = r117 - r116;
                    precise float r120 = uintBitsToFloat(0x3f317200u) /* 0.69314575 */;
                    // kernels/math.k:LINE
                    precise float r121 = r119 * r120;
                    precise float r122 = r113 - r121;
                    precise float r123 = uintBitsToFloat(0x35bfbe8eu) /* 1.4286068e-06 */;
                    precise float r124 = r119 * r123;
                    precise float r125 = r122 - r124;
                    // kernels/math.k:LINE
                    precise float r143 = r125 * r125;
                    precise float r144 = uintBitsToFloat(0x39509338u) /* 0.00019891269 */;
                    precise float r145 = r125 * r144;
                    precise float r146 = uintBitsToFloat(0x3ab6a269u) /* 0.00139339 */;
                    precise float r147 = r146 + r145;
                    precise float r148 = r125 * r147;
                    precise float r149 = uintBitsToFloat(0x3c088870u) /* 0.0083333105 */;
                    precise float r150 = r149 + r148;
                    precise float r151 = r125 * r150;
                    precise float r152 = uintBitsToFloat(0x3d2aaa74u) /* 0.041666463 */;
                    precise float r153 = r152 + r151;
                    precise float r154 = r125 * r153;
                    precise float r155 = uintBitsToFloat(0x3e2aaaabu) /* 0.16666667 */;
                    precise float r156 = r155 + r154;
                    precise float r157 = r125 * r156;
                    precise float r158 = uintBitsToFloat(0x3f000000u) /* 0.5 */;
                    precise float r159 = r158 + r157;
                    precise float r160 = r143 * r159;
                    precise float r161 = r125 + r160;
                    // kernels/math.k:LINE
                    const int r127 = floatBitsToInt(r117);
                    const int r128 = int(0x4b400000u);
                    const int r129 = r127 - r128;
                    const int r130 = int(0x1u);
                    // kernels/math.k:LINE
                    const int r131 = r129 >> int(r130);
                    precise float r132 = uintBitsToFloat(0x3f800000u) /* 1 */;
                    // kernels/math.k:LINE
                    precise float r133 = r132 + r161;
                    const int r162 = int(0x7fu);
                    // kernels/math.k:LINE
                    const int r163 = r131 + r162;
                    const int r164 = int(0x17u);
                    const int r165 = r163 << int(r164);
                    precise float r166 = intBitsToFloat(r165 | int(zero));
                    // kernels/math.k:LINE
                    precise float r135 = r133 * r166;
                    const bool r137 = r113 == r109;
                    const int r139 = r129 - r131;
                    // kernels/math.k:LINE
                    const int r168 = r139 + r162;
                    const int r170 = r168 << int(r164);
                    precise float r171 = intBitsToFloat(r170 | int(zero));
                    // kernels/math.k:LINE
                    precise float r141 = r137 ? r409 : r171;
                    precise float r142 = r135 * r141;
                    // kernels/math.k:LINE
                    r103 = r142;
                    precise float r105 = r103;
                    // kernels/reduce.k:LINE
                    precise float r436 = r432 + r105;
                    // kernels/math.k:LINE
                    r432 = r436;
                }
                m4[uint(r430)] = r432;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r438 = 6l;
            for (int64_t r440 = r3; r440 < r438; r440++) {
                const int64_t r441 = 32l;
                const int64_t r531 = 63l;
                const int64_t r532 = r440 & r531;
                const int64_t r442 = r441 >> int(r532);
                for (int64_t r444 = r3 + lid; r444 < r442; r444 += 64) {
                    const int64_t r445 = r444 + r442;
                    precise float r446 = m4[uint(r444)];
                    precise float r447 = m4[uint(r445)];
                    // kernels/reduce.k:LINE
                    precise float r448 = r446 + r447;
                    // kernels/math.k:LINE
                    m4[uint(r444)] = r448;
                }
                memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            }
            precise float r450 = m4[uint(r3)];
            const int64_t r451 = r419;
            m5[uint(r451)] = r450;
            const int64_t r453 = r419 + r339;
            r419 = r453;
            const int64_t r455 = r421 + r339;
            r421 = r455;
            r456 = r421;
            for (;;) {
                const int64_t r458 = r456 & r339;
                const bool r460 = r458 == r3;
                if (!r460) break;
                const int64_t r461 = int64_t(0xfffffffffffffffful);
                const int64_t r462 = r419 + r461;
                r419 = r462;
                const int64_t r464 = r462 + r461;
                precise float r465 = m5[uint(r464)];
                precise float r466 = m5[uint(r462)];
                // kernels/reduce.k:LINE
                precise float r467 = r465 + r466;
                // kernels/math.k:LINE
                m5[uint(r464)] = r467;
                const int64_t r469 = r456 >> int(r339);
                r456 = r469;
            }
        }
        for (;;) {
            const bool r471 = r419 > r339;
            if (!r471) break;
            const int64_t r472 = int64_t(0xfffffffffffffffful);
            const int64_t r473 = r419 + r472;
            r419 = r473;
            const int64_t r475 = r473 + r472;
            precise float r476 = m5[uint(r475)];
            precise float r477 = m5[uint(r473)];
            // kernels/reduce.k:LINE
            precise float r478 = r476 + r477;
            // kernels/math.k:LINE
            m5[uint(r475)] = r478;
        }
        precise float r480 = m5[uint(r3)];
        r410 = r480;
        // kernels/reduce.k:LINE
        precise float r95 = r410;
        // kernels/reduce.k:LINE
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        for (int64_t r97 = r3 + lid; r97 < r2; r97 += 64) {
            precise float r98 = R_f32(m0 + uint64_t(r4 * m0_s0 + r97 * m0_s1) * 4ul).v;
            precise float r99 = r98 - r14;
            // kernels/math.k:LINE
            r173 = r409;
            precise float r176 = uintBitsToFloat(0x42b20000u) /* 89 */;
            // kernels/math.k:LINE
            const bool r177 = r99 > r176;
            precise float r179 = uintBitsToFloat(0xc2d00000u) /* -104 */;
            const bool r180 = r99 < r179;
            precise float r182 = r180 ? r179 : r99;
            precise float r183 = r177 ? r176 : r182;
            precise float r184 = uintBitsToFloat(0x3fb8aa3bu) /* 1.442695 */;
            // kernels/math.k:LINE
            precise float r185 = r183 * r184;
            precise float r186 = uintBitsToFloat(0x4b400000u) /* 12582912 */;
            precise float r187 = r185 + r186;
            // kernels/math.k:LINE
            precise float r189 = r187 - r186;
            precise float r190 = uintBitsToFloat(0x3f317200u) /* 0.69314575 */;
            // kernels/math.k:LINE
            precise float r191 = r189 * r190;
            precise float r192 = r183 - r191;
            precise float r193 = uintBitsToFloat(0x35bfbe8eu) /* 1.4286068e-06 */;
            precise float r194 = r189 * r193;
            precise float r195 = r192 - r194;
            // kernels/math.k:LINE
            precise float r213 = r195 * r195;
            precise float r214 = uintBitsToFloat(0x39509338u) /* 0.00019891269 */;
            precise float r215 = r195 * r214;
            precise float r216 = uintBitsToFloat(0x3ab6a269u) /* 0.00139339 */;
            precise float r217 = r216 + r215;
            precise float r218 = r195 * r217;
            precise float r219 = uintBitsToFloat(0x3c088870u) /* 0.0083333105 */;
            precise float r220 = r219 + r218;
            precise float r221 = r195 * r220;
            precise float r222 = uintBitsToFloat(0x3d2aaa74u) /* 0.041666463 */;
            precise float r223 = r222 + r221;
            precise float r224 = r195 * r223;
            precise float r225 = uintBitsToFloat(0x3e2aaaabu) /* 0.16666667 */;
            precise float r226 = r225 + r224;
            precise float r227 = r195 * r226;
            precise float r228 = uintBitsToFloat(0x3f000000u) /* 0.5 */;
            precise float r229 = r228 + r227;
            precise float r230 = r213 * r229;
            precise float r231 = r195 + r230;
            // kernels/math.k:LINE
            const int r197 = floatBitsToInt(r187);
            const int r198 = int(0x4b400000u);
            const int r199 = r197 - r198;
            const int r200 = int(0x1u);
            // kernels/math.k:LINE
            const int r201 = r199 >> int(r200);
            precise float r202 = uintBitsToFloat(0x3f800000u) /* 1 */;
            // kernels/math.k:LINE
            precise float r203 = r202 + r231;
            const int r232 = int(0x7fu);
            // kernels/math.k:LINE
            const int r233 = r201 + r232;
            const int r234 = int(0x17u);
            const int r235 = r233 << int(r234);
            precise float r236 = intBitsToFloat(r235 | int(zero));
            // kernels/math.k:LINE
            precise float r205 = r203 * r236;
            const bool r207 = r183 == r179;
            const int r209 = r199 - r201;
            // kernels/math.k:LINE
            const int r238 = r209 + r232;
            const int r240 = r238 << int(r234);
            precise float r241 = intBitsToFloat(r240 | int(zero));
            // kernels/math.k:LINE
            precise float r211 = r207 ? r409 : r241;
            precise float r212 = r205 * r211;
            // kernels/math.k:LINE
            r173 = r212;
            precise float r175 = r173;
            // kernels/reduce.k:LINE
            precise float r101 = r175 / r95;
            R_f32(m1 + uint64_t(r4 * m1_s0 + r97 * m1_s1) * 4ul).v = r101;
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
    }
}
