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
    precise float r306 = float(zero);
    int64_t r315 = int64_t(zero);
    int64_t r317 = int64_t(zero);
    precise float r328 = float(zero);
    int64_t r352 = int64_t(zero);
    precise float r378 = float(zero);
    int64_t r387 = int64_t(zero);
    int64_t r389 = int64_t(zero);
    precise float r400 = float(zero);
    precise float r95 = float(zero);
    int64_t r424 = int64_t(zero);
    precise float r157 = float(zero);
    // kernels/reduce.k:LINE
    const int64_t r1 = int64_t((words.w[11]));
    const int64_t r2 = int64_t((words.w[12]));
    const int64_t r3 = 0l;
    // kernels/reduce.k:LINE
    if (item < items) {
        int64_t from = item;
        const int64_t r4 = r3 + from;
        precise float r305 = uintBitsToFloat(0xff800000u) /* -Infinity */;
        // kernels/reduce.k:LINE
        r306 = r305;
        const int64_t r307 = 1l;
        const int64_t r310 = max(r2, r3);
        m3[uint(r3)] = r305;
        r315 = r3;
        r317 = r3;
        const int64_t r318 = 16384l;
        for (int64_t r320 = r3; r320 < r310; r320 += r318) {
            const int64_t r322 = r320 + r318;
            const int64_t r323 = min(r322, r310);
            const int64_t r324 = 64l;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            for (int64_t r326 = r3 + lid; r326 < r324; r326 += 64) {
                r328 = r305;
                const int64_t r329 = r320 + r326;
                for (int64_t r331 = r329; r331 < r323; r331 += r324) {
                    precise float r7 = R_f32(m0 + uint64_t(r4 * m0_s0 + r331 * m0_s1) * 4ul).v;
                    // kernels/legal.k:LINE
                    const bool r449 = r328 != r328;
                    const bool r450 = r7 != r7;
                    const bool r451 = r328 > r7;
                    const bool r452 = r328 == r7;
                    const int r453 = floatBitsToInt(r328);
                    const int r454 = int(0x0u);
                    const bool r455 = r453 >= r454;
                    const bool r456 = r452 && r455;
                    const bool r457 = r451 || r456;
                    precise float r458 = r457 ? r328 : r7;
                    precise float r459 = r450 ? r7 : r458;
                    precise float r460 = r449 ? r328 : r459;
                    // kernels/reduce.k:LINE
                    r328 = r460;
                }
                m2[uint(r326)] = r328;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r334 = 6l;
            for (int64_t r336 = r3; r336 < r334; r336++) {
                const int64_t r337 = 32l;
                const int64_t r461 = 63l;
                const int64_t r462 = r336 & r461;
                const int64_t r338 = r337 >> int(r462);
                for (int64_t r340 = r3 + lid; r340 < r338; r340 += 64) {
                    const int64_t r341 = r340 + r338;
                    precise float r342 = m2[uint(r340)];
                    precise float r343 = m2[uint(r341)];
                    // kernels/legal.k:LINE
                    const bool r463 = r342 != r342;
                    const bool r464 = r343 != r343;
                    const bool r465 = r342 > r343;
                    const bool r466 = r342 == r343;
                    const int r467 = floatBitsToInt(r342);
                    const int r468 = int(0x0u);
                    const bool r469 = r467 >= r468;
                    const bool r470 = r466 && r469;
                    const bool r471 = r465 || r470;
                    precise float r472 = r471 ? r342 : r343;
                    precise float r473 = r464 ? r343 : r472;
                    precise float r474 = r463 ? r342 : r473;
                    // kernels/reduce.k:LINE
                    m2[uint(r340)] = r474;
                }
                memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            }
            precise float r346 = m2[uint(r3)];
            const int64_t r347 = r315;
            m3[uint(r347)] = r346;
            const int64_t r349 = r315 + r307;
            r315 = r349;
            const int64_t r351 = r317 + r307;
            r317 = r351;
            r352 = r317;
            for (;;) {
                const int64_t r354 = r352 & r307;
                const bool r356 = r354 == r3;
                if (!r356) break;
                const int64_t r357 = int64_t(0xfffffffffffffffful);
                const int64_t r358 = r315 + r357;
                r315 = r358;
                const int64_t r360 = r358 + r357;
                precise float r361 = m3[uint(r360)];
                precise float r362 = m3[uint(r358)];
                // kernels/legal.k:LINE
                const bool r475 = r361 != r361;
                const bool r476 = r362 != r362;
                const bool r477 = r361 > r362;
                const bool r478 = r361 == r362;
                const int r479 = floatBitsToInt(r361);
                const int r480 = int(0x0u);
                const bool r481 = r479 >= r480;
                const bool r482 = r478 && r481;
                const bool r483 = r477 || r482;
                precise float r484 = r483 ? r361 : r362;
                precise float r485 = r476 ? r362 : r484;
                precise float r486 = r475 ? r361 : r485;
                // kernels/reduce.k:LINE
                m3[uint(r360)] = r486;
                const int64_t r365 = r352 >> int(r307);
                r352 = r365;
            }
        }
        for (;;) {
            const bool r367 = r315 > r307;
            if (!r367) break;
            const int64_t r368 = int64_t(0xfffffffffffffffful);
            const int64_t r369 = r315 + r368;
            r315 = r369;
            const int64_t r371 = r369 + r368;
            precise float r372 = m3[uint(r371)];
            precise float r373 = m3[uint(r369)];
            // kernels/legal.k:LINE
            const bool r487 = r372 != r372;
            const bool r488 = r373 != r373;
            const bool r489 = r372 > r373;
            const bool r490 = r372 == r373;
            const int r491 = floatBitsToInt(r372);
            const int r492 = int(0x0u);
            const bool r493 = r491 >= r492;
            const bool r494 = r490 && r493;
            const bool r495 = r489 || r494;
            precise float r496 = r495 ? r372 : r373;
            precise float r497 = r488 ? r373 : r496;
            precise float r498 = r487 ? r372 : r497;
            // kernels/reduce.k:LINE
            m3[uint(r371)] = r498;
        }
        precise float r376 = m3[uint(r3)];
        r306 = r376;
        // kernels/reduce.k:LINE
        precise float r14 = r306;
        precise float r377 = uintBitsToFloat(zero);
        // kernels/reduce.k:LINE
        r378 = r377;
        m5[uint(r3)] = r377;
        r387 = r3;
        r389 = r3;
        for (int64_t r392 = r3; r392 < r310; r392 += r318) {
            const int64_t r394 = r392 + r318;
            const int64_t r395 = min(r394, r310);
            const int64_t r396 = 64l;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            for (int64_t r398 = r3 + lid; r398 < r396; r398 += 64) {
                r400 = r377;
                const int64_t r401 = r392 + r398;
                for (int64_t r403 = r401; r403 < r395; r403 += r396) {
                    precise float r17 = R_f32(m0 + uint64_t(r4 * m0_s0 + r403 * m0_s1) * 4ul).v;
                    precise float r18 = r17 - r14;
                    // kernels/math.k:LINE
                    r95 = r377;
                    precise float r98 = uintBitsToFloat(0xc2d00000u) /* -104 */;
                    // kernels/legal.k:LINE
                    const bool r499 = r18 != r18;
                    const bool r501 = r18 > r98;
                    const bool r502 = r18 == r98;
                    const int r503 = floatBitsToInt(r18);
                    const int r504 = int(0x0u);
                    const bool r505 = r503 >= r504;
                    const bool r506 = r502 && r505;
                    const bool r507 = r501 || r506;
                    precise float r508 = r507 ? r18 : r98;
                    precise float r510 = r499 ? r18 : r508;
                    precise float r100 = uintBitsToFloat(0x42b20000u) /* 89 */;
                    // kernels/legal.k:LINE
                    const bool r511 = r510 != r510;
                    const bool r513 = r510 < r100;
                    const bool r514 = r510 == r100;
                    const int r515 = floatBitsToInt(r510);
                    const bool r517 = r515 < r504;
                    const bool r518 = r514 && r517;
                    const bool r519 = r513 || r518;
                    precise float r520 = r519 ? r510 : r100;
                    precise float r522 = r511 ? r510 : r520;
                    precise float r102 = uintBitsToFloat(0x3fb8aa3bu) /* 1.442695 */;
                    // kernels/math.k:LINE
                    precise float r103 = r522 * r102;
                    precise float r104 = roundEven(r103);
                    precise float r105 = uintBitsToFloat(0x3f317200u) /* 0.69314575 */;
                    // kernels/math.k:LINE
                    precise float r106 = r104 * r105;
                    precise float r107 = r522 - r106;
                    precise float r108 = uintBitsToFloat(0x35bfbe8eu) /* 1.4286068e-06 */;
                    precise float r109 = r104 * r108;
                    precise float r110 = r107 - r109;
                    // kernels/math.k:LINE
                    precise float r127 = r110 * r110;
                    precise float r128 = uintBitsToFloat(0x39509338u) /* 0.00019891269 */;
                    precise float r129 = r110 * r128;
                    precise float r130 = uintBitsToFloat(0x3ab6a269u) /* 0.00139339 */;
                    precise float r131 = r130 + r129;
                    precise float r132 = r110 * r131;
                    precise float r133 = uintBitsToFloat(0x3c088870u) /* 0.0083333105 */;
                    precise float r134 = r133 + r132;
                    precise float r135 = r110 * r134;
                    precise float r136 = uintBitsToFloat(0x3d2aaa74u) /* 0.041666463 */;
                    precise float r137 = r136 + r135;
                    precise float r138 = r110 * r137;
                    precise float r139 = uintBitsToFloat(0x3e2aaaabu) /* 0.16666667 */;
                    precise float r140 = r139 + r138;
                    precise float r141 = r110 * r140;
                    precise float r142 = uintBitsToFloat(0x3f000000u) /* 0.5 */;
                    precise float r143 = r142 + r141;
                    precise float r144 = r127 * r143;
                    precise float r145 = r110 + r144;
                    precise float r523 = uintBitsToFloat(0x4f000000u) /* 2147483600 */;
                    precise float r524 = uintBitsToFloat(0xcf000000u) /* -2147483600 */;
                    // kernels/math.k:LINE
                    const bool r526 = r104 < r523;
                    const bool r527 = r104 > r524;
                    const bool r528 = r526 && r527;
                    precise float r529 = r528 ? r104 : r377;
                    const int r530 = int(r529);
                    const int r531 = int(0x7fffffffu);
                    const bool r532 = r104 >= r523;
                    const int r533 = r532 ? r531 : r530;
                    const int r534 = int(0x80000000u);
                    const bool r535 = r104 <= r524;
                    const int r536 = r535 ? r534 : r533;
                    const int r113 = int(0x1u);
                    const int r114 = r536 >> int(r113);
                    precise float r115 = uintBitsToFloat(0x3f800000u) /* 1 */;
                    // kernels/math.k:LINE
                    precise float r116 = r115 + r145;
                    const int r146 = int(0x7fu);
                    // kernels/math.k:LINE
                    const int r147 = r114 + r146;
                    const int r148 = int(0x17u);
                    const int r149 = r147 << int(r148);
                    precise float r150 = intBitsToFloat(r149 | int(zero));
                    // kernels/math.k:LINE
                    precise float r118 = r116 * r150;
                    const bool r120 = r522 == r98;
                    const int r123 = r536 - r114;
                    // kernels/math.k:LINE
                    const int r152 = r123 + r146;
                    const int r154 = r152 << int(r148);
                    precise float r155 = intBitsToFloat(r154 | int(zero));
                    // kernels/math.k:LINE
                    precise float r125 = r120 ? r377 : r155;
                    precise float r126 = r118 * r125;
                    // kernels/math.k:LINE
                    r95 = r126;
                    precise float r97 = r95;
                    // kernels/reduce.k:LINE
                    precise float r404 = r400 + r97;
                    // kernels/math.k:LINE
                    r400 = r404;
                }
                m4[uint(r398)] = r400;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r406 = 6l;
            for (int64_t r408 = r3; r408 < r406; r408++) {
                const int64_t r409 = 32l;
                const int64_t r537 = 63l;
                const int64_t r538 = r408 & r537;
                const int64_t r410 = r409 >> int(r538);
                for (int64_t r412 = r3 + lid; r412 < r410; r412 += 64) {
                    const int64_t r413 = r412 + r410;
                    precise float r414 = m4[uint(r412)];
                    precise float r415 = m4[uint(r413)];
                    // kernels/reduce.k:LINE
                    precise float r416 = r414 + r415;
                    // kernels/math.k:LINE
                    m4[uint(r412)] = r416;
                }
                memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            }
            precise float r418 = m4[uint(r3)];
            const int64_t r419 = r387;
            m5[uint(r419)] = r418;
            const int64_t r421 = r387 + r307;
            r387 = r421;
            const int64_t r423 = r389 + r307;
            r389 = r423;
            r424 = r389;
            for (;;) {
                const int64_t r426 = r424 & r307;
                const bool r428 = r426 == r3;
                if (!r428) break;
                const int64_t r429 = int64_t(0xfffffffffffffffful);
                const int64_t r430 = r387 + r429;
                r387 = r430;
                const int64_t r432 = r430 + r429;
                precise float r433 = m5[uint(r432)];
                precise float r434 = m5[uint(r430)];
                // kernels/reduce.k:LINE
                precise float r435 = r433 + r434;
                // kernels/math.k:LINE
                m5[uint(r432)] = r435;
                const int64_t r437 = r424 >> int(r307);
                r424 = r437;
            }
        }
        for (;;) {
            const bool r439 = r387 > r307;
            if (!r439) break;
            const int64_t r440 = int64_t(0xfffffffffffffffful);
            const int64_t r441 = r387 + r440;
            r387 = r441;
            const int64_t r443 = r441 + r440;
            precise float r444 = m5[uint(r443)];
            precise float r445 = m5[uint(r441)];
            // kernels/reduce.k:LINE
            precise float r446 = r444 + r445;
            // kernels/math.k:LINE
            m5[uint(r443)] = r446;
        }
        precise float r448 = m5[uint(r3)];
        r378 = r448;
        // kernels/reduce.k:LINE
        precise float r87 = r378;
        // kernels/reduce.k:LINE
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        for (int64_t r89 = r3 + lid; r89 < r2; r89 += 64) {
            precise float r90 = R_f32(m0 + uint64_t(r4 * m0_s0 + r89 * m0_s1) * 4ul).v;
            precise float r91 = r90 - r14;
            // kernels/math.k:LINE
            r157 = r377;
            precise float r160 = uintBitsToFloat(0xc2d00000u) /* -104 */;
            // kernels/legal.k:LINE
            const bool r539 = r91 != r91;
            const bool r541 = r91 > r160;
            const bool r542 = r91 == r160;
            const int r543 = floatBitsToInt(r91);
            const int r544 = int(0x0u);
            const bool r545 = r543 >= r544;
            const bool r546 = r542 && r545;
            const bool r547 = r541 || r546;
            precise float r548 = r547 ? r91 : r160;
            precise float r550 = r539 ? r91 : r548;
            precise float r162 = uintBitsToFloat(0x42b20000u) /* 89 */;
            // kernels/legal.k:LINE
            const bool r551 = r550 != r550;
            const bool r553 = r550 < r162;
            const bool r554 = r550 == r162;
            const int r555 = floatBitsToInt(r550);
            const bool r557 = r555 < r544;
            const bool r558 = r554 && r557;
            const bool r559 = r553 || r558;
            precise float r560 = r559 ? r550 : r162;
            precise float r562 = r551 ? r550 : r560;
            precise float r164 = uintBitsToFloat(0x3fb8aa3bu) /* 1.442695 */;
            // kernels/math.k:LINE
            precise float r165 = r562 * r164;
            precise float r166 = roundEven(r165);
            precise float r167 = uintBitsToFloat(0x3f317200u) /* 0.69314575 */;
            // kernels/math.k:LINE
            precise float r168 = r166 * r167;
            precise float r169 = r562 - r168;
            precise float r170 = uintBitsToFloat(0x35bfbe8eu) /* 1.4286068e-06 */;
            precise float r171 = r166 * r170;
            precise float r172 = r169 - r171;
            // kernels/math.k:LINE
            precise float r189 = r172 * r172;
            precise float r190 = uintBitsToFloat(0x39509338u) /* 0.00019891269 */;
            precise float r191 = r172 * r190;
            precise float r192 = uintBitsToFloat(0x3ab6a269u) /* 0.00139339 */;
            precise float r193 = r192 + r191;
            precise float r194 = r172 * r193;
            precise float r195 = uintBitsToFloat(0x3c088870u) /* 0.0083333105 */;
            precise float r196 = r195 + r194;
            precise float r197 = r172 * r196;
            precise float r198 = uintBitsToFloat(0x3d2aaa74u) /* 0.041666463 */;
            precise float r199 = r198 + r197;
            precise float r200 = r172 * r199;
            precise float r201 = uintBitsToFloat(0x3e2aaaabu) /* 0.16666667 */;
            precise float r202 = r201 + r200;
            precise float r203 = r172 * r202;
            precise float r204 = uintBitsToFloat(0x3f000000u) /* 0.5 */;
            precise float r205 = r204 + r203;
            precise float r206 = r189 * r205;
            precise float r207 = r172 + r206;
            precise float r563 = uintBitsToFloat(0x4f000000u) /* 2147483600 */;
            precise float r564 = uintBitsToFloat(0xcf000000u) /* -2147483600 */;
            // kernels/math.k:LINE
            const bool r566 = r166 < r563;
            const bool r567 = r166 > r564;
            const bool r568 = r566 && r567;
            precise float r569 = r568 ? r166 : r377;
            const int r570 = int(r569);
            const int r571 = int(0x7fffffffu);
            const bool r572 = r166 >= r563;
            const int r573 = r572 ? r571 : r570;
            const int r574 = int(0x80000000u);
            const bool r575 = r166 <= r564;
            const int r576 = r575 ? r574 : r573;
            const int r175 = int(0x1u);
            const int r176 = r576 >> int(r175);
            precise float r177 = uintBitsToFloat(0x3f800000u) /* 1 */;
            // kernels/math.k:LINE
            precise float r178 = r177 + r207;
            const int r208 = int(0x7fu);
            // kernels/math.k:LINE
            const int r209 = r176 + r208;
            const int r210 = int(0x17u);
            const int r211 = r209 << int(r210);
            precise float r212 = intBitsToFloat(r211 | int(zero));
            // kernels/math.k:LINE
            precise float r180 = r178 * r212;
            const bool r182 = r562 == r160;
            const int r185 = r576 - r176;
            // kernels/math.k:LINE
            const int r214 = r185 + r208;
            const int r216 = r214 << int(r210);
            precise float r217 = intBitsToFloat(r216 | int(zero));
            // kernels/math.k:LINE
            precise float r187 = r182 ? r377 : r217;
            precise float r188 = r180 * r187;
            // kernels/math.k:LINE
            r157 = r188;
            precise float r159 = r157;
            // kernels/reduce.k:LINE
            precise float r93 = r159 / r87;
            R_f32(m1 + uint64_t(r4 * m1_s0 + r89 * m1_s1) * 4ul).v = r93;
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
    }
}
