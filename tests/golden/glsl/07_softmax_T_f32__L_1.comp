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
    precise float r290 = float(zero);
    int64_t r299 = int64_t(zero);
    int64_t r301 = int64_t(zero);
    precise float r312 = float(zero);
    int64_t r336 = int64_t(zero);
    precise float r362 = float(zero);
    int64_t r371 = int64_t(zero);
    int64_t r373 = int64_t(zero);
    precise float r384 = float(zero);
    precise float r91 = float(zero);
    int64_t r408 = int64_t(zero);
    precise float r149 = float(zero);
    // kernels/reduce.k:LINE
    const int64_t r1 = int64_t((words.w[11]));
    const int64_t r2 = int64_t((words.w[12]));
    const int64_t r3 = 0l;
    // kernels/reduce.k:LINE
    if (item < items) {
        int64_t from = item;
        const int64_t r4 = r3 + from;
        precise float r289 = uintBitsToFloat(0xff800000u) /* -Infinity */;
        // kernels/reduce.k:LINE
        r290 = r289;
        const int64_t r291 = 1l;
        const int64_t r294 = max(r2, r3);
        m3[uint(r3)] = r289;
        r299 = r3;
        r301 = r3;
        const int64_t r302 = 16384l;
        for (int64_t r304 = r3; r304 < r294; r304 += r302) {
            const int64_t r306 = r304 + r302;
            const int64_t r307 = min(r306, r294);
            const int64_t r308 = 64l;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            for (int64_t r310 = r3 + lid; r310 < r308; r310 += 64) {
                r312 = r289;
                const int64_t r313 = r304 + r310;
                for (int64_t r315 = r313; r315 < r307; r315 += r308) {
                    precise float r7 = R_f32(m0 + uint64_t(r4 * m0_s0 + r315 * m0_s1) * 4ul).v;
                    // kernels/legal.k:LINE
                    const bool r433 = r312 != r312;
                    const bool r434 = r7 != r7;
                    const bool r435 = r312 > r7;
                    const bool r436 = r312 == r7;
                    const int r437 = floatBitsToInt(r312);
                    const int r438 = int(0x0u);
                    const bool r439 = r437 >= r438;
                    const bool r440 = r436 && r439;
                    const bool r441 = r435 || r440;
                    precise float r442 = r441 ? r312 : r7;
                    precise float r443 = r434 ? r7 : r442;
                    precise float r444 = r433 ? r312 : r443;
                    // kernels/reduce.k:LINE
                    r312 = r444;
                }
                m2[uint(r310)] = r312;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r318 = 6l;
            for (int64_t r320 = r3; r320 < r318; r320++) {
                const int64_t r321 = 32l;
                const int64_t r445 = 63l;
                const int64_t r446 = r320 & r445;
                const int64_t r322 = r321 >> int(r446);
                for (int64_t r324 = r3 + lid; r324 < r322; r324 += 64) {
                    const int64_t r325 = r324 + r322;
                    precise float r326 = m2[uint(r324)];
                    precise float r327 = m2[uint(r325)];
                    // kernels/legal.k:LINE
                    const bool r447 = r326 != r326;
                    const bool r448 = r327 != r327;
                    const bool r449 = r326 > r327;
                    const bool r450 = r326 == r327;
                    const int r451 = floatBitsToInt(r326);
                    const int r452 = int(0x0u);
                    const bool r453 = r451 >= r452;
                    const bool r454 = r450 && r453;
                    const bool r455 = r449 || r454;
                    precise float r456 = r455 ? r326 : r327;
                    precise float r457 = r448 ? r327 : r456;
                    precise float r458 = r447 ? r326 : r457;
                    // kernels/reduce.k:LINE
                    m2[uint(r324)] = r458;
                }
                memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            }
            precise float r330 = m2[uint(r3)];
            const int64_t r331 = r299;
            m3[uint(r331)] = r330;
            const int64_t r333 = r299 + r291;
            r299 = r333;
            const int64_t r335 = r301 + r291;
            r301 = r335;
            r336 = r301;
            for (;;) {
                const int64_t r338 = r336 & r291;
                const bool r340 = r338 == r3;
                if (!r340) break;
                const int64_t r341 = int64_t(0xfffffffffffffffful);
                const int64_t r342 = r299 + r341;
                r299 = r342;
                const int64_t r344 = r342 + r341;
                precise float r345 = m3[uint(r344)];
                precise float r346 = m3[uint(r342)];
                // kernels/legal.k:LINE
                const bool r459 = r345 != r345;
                const bool r460 = r346 != r346;
                const bool r461 = r345 > r346;
                const bool r462 = r345 == r346;
                const int r463 = floatBitsToInt(r345);
                const int r464 = int(0x0u);
                const bool r465 = r463 >= r464;
                const bool r466 = r462 && r465;
                const bool r467 = r461 || r466;
                precise float r468 = r467 ? r345 : r346;
                precise float r469 = r460 ? r346 : r468;
                precise float r470 = r459 ? r345 : r469;
                // kernels/reduce.k:LINE
                m3[uint(r344)] = r470;
                const int64_t r349 = r336 >> int(r291);
                r336 = r349;
            }
        }
        for (;;) {
            const bool r351 = r299 > r291;
            if (!r351) break;
            const int64_t r352 = int64_t(0xfffffffffffffffful);
            const int64_t r353 = r299 + r352;
            r299 = r353;
            const int64_t r355 = r353 + r352;
            precise float r356 = m3[uint(r355)];
            precise float r357 = m3[uint(r353)];
            // kernels/legal.k:LINE
            const bool r471 = r356 != r356;
            const bool r472 = r357 != r357;
            const bool r473 = r356 > r357;
            const bool r474 = r356 == r357;
            const int r475 = floatBitsToInt(r356);
            const int r476 = int(0x0u);
            const bool r477 = r475 >= r476;
            const bool r478 = r474 && r477;
            const bool r479 = r473 || r478;
            precise float r480 = r479 ? r356 : r357;
            precise float r481 = r472 ? r357 : r480;
            precise float r482 = r471 ? r356 : r481;
            // kernels/reduce.k:LINE
            m3[uint(r355)] = r482;
        }
        precise float r360 = m3[uint(r3)];
        r290 = r360;
        // kernels/reduce.k:LINE
        precise float r14 = r290;
        precise float r361 = uintBitsToFloat(zero);
        // kernels/reduce.k:LINE
        r362 = r361;
        m5[uint(r3)] = r361;
        r371 = r3;
        r373 = r3;
        for (int64_t r376 = r3; r376 < r294; r376 += r302) {
            const int64_t r378 = r376 + r302;
            const int64_t r379 = min(r378, r294);
            const int64_t r380 = 64l;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            for (int64_t r382 = r3 + lid; r382 < r380; r382 += 64) {
                r384 = r361;
                const int64_t r385 = r376 + r382;
                for (int64_t r387 = r385; r387 < r379; r387 += r380) {
                    precise float r17 = R_f32(m0 + uint64_t(r4 * m0_s0 + r387 * m0_s1) * 4ul).v;
                    precise float r18 = r17 - r14;
                    // kernels/math.k:LINE
                    r91 = r361;
                    precise float r94 = uintBitsToFloat(0xc2d00000u) /* -104 */;
                    // kernels/legal.k:LINE
                    const bool r483 = r18 != r18;
                    const bool r485 = r18 > r94;
                    const bool r486 = r18 == r94;
                    const int r487 = floatBitsToInt(r18);
                    const int r488 = int(0x0u);
                    const bool r489 = r487 >= r488;
                    const bool r490 = r486 && r489;
                    const bool r491 = r485 || r490;
                    precise float r492 = r491 ? r18 : r94;
                    precise float r494 = r483 ? r18 : r492;
                    precise float r96 = uintBitsToFloat(0x42b20000u) /* 89 */;
                    // kernels/legal.k:LINE
                    const bool r495 = r494 != r494;
                    const bool r497 = r494 < r96;
                    const bool r498 = r494 == r96;
                    const int r499 = floatBitsToInt(r494);
                    const bool r501 = r499 < r488;
                    const bool r502 = r498 && r501;
                    const bool r503 = r497 || r502;
                    precise float r504 = r503 ? r494 : r96;
                    precise float r506 = r495 ? r494 : r504;
                    precise float r98 = uintBitsToFloat(0x3fb8aa3bu) /* 1.442695 */;
                    // kernels/math.k:LINE
                    precise float r99 = r506 * r98;
                    precise float r100 = roundEven(r99);
                    precise float r101 = uintBitsToFloat(0x3f317200u) /* 0.69314575 */;
                    // kernels/math.k:LINE
                    precise float r102 = r100 * r101;
                    precise float r103 = r506 - r102;
                    precise float r104 = uintBitsToFloat(0x35bfbe8eu) /* 1.4286068e-06 */;
                    precise float r105 = r100 * r104;
                    precise float r106 = r103 - r105;
                    // kernels/math.k:LINE
                    precise float r119 = r106 * r106;
                    precise float r120 = uintBitsToFloat(0x39509338u) /* 0.00019891269 */;
                    precise float r121 = r106 * r120;
                    precise float r122 = uintBitsToFloat(0x3ab6a269u) /* 0.00139339 */;
                    precise float r123 = r122 + r121;
                    precise float r124 = r106 * r123;
                    precise float r125 = uintBitsToFloat(0x3c088870u) /* 0.0083333105 */;
                    precise float r126 = r125 + r124;
                    precise float r127 = r106 * r126;
                    precise float r128 = uintBitsToFloat(0x3d2aaa74u) /* 0.041666463 */;
                    precise float r129 = r128 + r127;
                    precise float r130 = r106 * r129;
                    precise float r131 = uintBitsToFloat(0x3e2aaaabu) /* 0.16666667 */;
                    precise float r132 = r131 + r130;
                    precise float r133 = r106 * r132;
                    precise float r134 = uintBitsToFloat(0x3f000000u) /* 0.5 */;
                    precise float r135 = r134 + r133;
                    precise float r136 = r119 * r135;
                    precise float r137 = r106 + r136;
                    precise float r507 = uintBitsToFloat(0x4f000000u) /* 2147483600 */;
                    precise float r508 = uintBitsToFloat(0xcf000000u) /* -2147483600 */;
                    // kernels/math.k:LINE
                    const bool r510 = r100 < r507;
                    const bool r511 = r100 > r508;
                    const bool r512 = r510 && r511;
                    precise float r513 = r512 ? r100 : r361;
                    const int r514 = int(r513);
                    const int r515 = int(0x7fffffffu);
                    const bool r516 = r100 >= r507;
                    const int r517 = r516 ? r515 : r514;
                    const int r518 = int(0x80000000u);
                    const bool r519 = r100 <= r508;
                    const int r520 = r519 ? r518 : r517;
                    const int r109 = int(0x1u);
                    const int r110 = r520 >> int(r109);
                    precise float r111 = uintBitsToFloat(0x3f800000u) /* 1 */;
                    // kernels/math.k:LINE
                    precise float r112 = r111 + r137;
                    const int r138 = int(0x7fu);
                    // kernels/math.k:LINE
                    const int r139 = r110 + r138;
                    const int r140 = int(0x17u);
                    const int r141 = r139 << int(r140);
                    precise float r142 = intBitsToFloat(r141 | int(zero));
                    // kernels/math.k:LINE
                    precise float r114 = r112 * r142;
                    const int r116 = r520 - r110;
                    // kernels/math.k:LINE
                    const int r144 = r116 + r138;
                    const int r146 = r144 << int(r140);
                    precise float r147 = intBitsToFloat(r146 | int(zero));
                    // kernels/math.k:LINE
                    precise float r118 = r114 * r147;
                    // kernels/math.k:LINE
                    r91 = r118;
                    precise float r93 = r91;
                    // kernels/reduce.k:LINE
                    precise float r388 = r384 + r93;
                    // kernels/math.k:LINE
                    r384 = r388;
                }
                m4[uint(r382)] = r384;
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r390 = 6l;
            for (int64_t r392 = r3; r392 < r390; r392++) {
                const int64_t r393 = 32l;
                const int64_t r521 = 63l;
                const int64_t r522 = r392 & r521;
                const int64_t r394 = r393 >> int(r522);
                for (int64_t r396 = r3 + lid; r396 < r394; r396 += 64) {
                    const int64_t r397 = r396 + r394;
                    precise float r398 = m4[uint(r396)];
                    precise float r399 = m4[uint(r397)];
                    // kernels/reduce.k:LINE
                    precise float r400 = r398 + r399;
                    // kernels/math.k:LINE
                    m4[uint(r396)] = r400;
                }
                memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            }
            precise float r402 = m4[uint(r3)];
            const int64_t r403 = r371;
            m5[uint(r403)] = r402;
            const int64_t r405 = r371 + r291;
            r371 = r405;
            const int64_t r407 = r373 + r291;
            r373 = r407;
            r408 = r373;
            for (;;) {
                const int64_t r410 = r408 & r291;
                const bool r412 = r410 == r3;
                if (!r412) break;
                const int64_t r413 = int64_t(0xfffffffffffffffful);
                const int64_t r414 = r371 + r413;
                r371 = r414;
                const int64_t r416 = r414 + r413;
                precise float r417 = m5[uint(r416)];
                precise float r418 = m5[uint(r414)];
                // kernels/reduce.k:LINE
                precise float r419 = r417 + r418;
                // kernels/math.k:LINE
                m5[uint(r416)] = r419;
                const int64_t r421 = r408 >> int(r291);
                r408 = r421;
            }
        }
        for (;;) {
            const bool r423 = r371 > r291;
            if (!r423) break;
            const int64_t r424 = int64_t(0xfffffffffffffffful);
            const int64_t r425 = r371 + r424;
            r371 = r425;
            const int64_t r427 = r425 + r424;
            precise float r428 = m5[uint(r427)];
            precise float r429 = m5[uint(r425)];
            // kernels/reduce.k:LINE
            precise float r430 = r428 + r429;
            // kernels/math.k:LINE
            m5[uint(r427)] = r430;
        }
        precise float r432 = m5[uint(r3)];
        r362 = r432;
        // kernels/reduce.k:LINE
        precise float r83 = r362;
        // kernels/reduce.k:LINE
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        for (int64_t r85 = r3 + lid; r85 < r2; r85 += 64) {
            precise float r86 = R_f32(m0 + uint64_t(r4 * m0_s0 + r85 * m0_s1) * 4ul).v;
            precise float r87 = r86 - r14;
            // kernels/math.k:LINE
            r149 = r361;
            precise float r152 = uintBitsToFloat(0xc2d00000u) /* -104 */;
            // kernels/legal.k:LINE
            const bool r523 = r87 != r87;
            const bool r525 = r87 > r152;
            const bool r526 = r87 == r152;
            const int r527 = floatBitsToInt(r87);
            const int r528 = int(0x0u);
            const bool r529 = r527 >= r528;
            const bool r530 = r526 && r529;
            const bool r531 = r525 || r530;
            precise float r532 = r531 ? r87 : r152;
            precise float r534 = r523 ? r87 : r532;
            precise float r154 = uintBitsToFloat(0x42b20000u) /* 89 */;
            // kernels/legal.k:LINE
            const bool r535 = r534 != r534;
            const bool r537 = r534 < r154;
            const bool r538 = r534 == r154;
            const int r539 = floatBitsToInt(r534);
            const bool r541 = r539 < r528;
            const bool r542 = r538 && r541;
            const bool r543 = r537 || r542;
            precise float r544 = r543 ? r534 : r154;
            precise float r546 = r535 ? r534 : r544;
            precise float r156 = uintBitsToFloat(0x3fb8aa3bu) /* 1.442695 */;
            // kernels/math.k:LINE
            precise float r157 = r546 * r156;
            precise float r158 = roundEven(r157);
            precise float r159 = uintBitsToFloat(0x3f317200u) /* 0.69314575 */;
            // kernels/math.k:LINE
            precise float r160 = r158 * r159;
            precise float r161 = r546 - r160;
            precise float r162 = uintBitsToFloat(0x35bfbe8eu) /* 1.4286068e-06 */;
            precise float r163 = r158 * r162;
            precise float r164 = r161 - r163;
            // kernels/math.k:LINE
            precise float r177 = r164 * r164;
            precise float r178 = uintBitsToFloat(0x39509338u) /* 0.00019891269 */;
            precise float r179 = r164 * r178;
            precise float r180 = uintBitsToFloat(0x3ab6a269u) /* 0.00139339 */;
            precise float r181 = r180 + r179;
            precise float r182 = r164 * r181;
            precise float r183 = uintBitsToFloat(0x3c088870u) /* 0.0083333105 */;
            precise float r184 = r183 + r182;
            precise float r185 = r164 * r184;
            precise float r186 = uintBitsToFloat(0x3d2aaa74u) /* 0.041666463 */;
            precise float r187 = r186 + r185;
            precise float r188 = r164 * r187;
            precise float r189 = uintBitsToFloat(0x3e2aaaabu) /* 0.16666667 */;
            precise float r190 = r189 + r188;
            precise float r191 = r164 * r190;
            precise float r192 = uintBitsToFloat(0x3f000000u) /* 0.5 */;
            precise float r193 = r192 + r191;
            precise float r194 = r177 * r193;
            precise float r195 = r164 + r194;
            precise float r547 = uintBitsToFloat(0x4f000000u) /* 2147483600 */;
            precise float r548 = uintBitsToFloat(0xcf000000u) /* -2147483600 */;
            // kernels/math.k:LINE
            const bool r550 = r158 < r547;
            const bool r551 = r158 > r548;
            const bool r552 = r550 && r551;
            precise float r553 = r552 ? r158 : r361;
            const int r554 = int(r553);
            const int r555 = int(0x7fffffffu);
            const bool r556 = r158 >= r547;
            const int r557 = r556 ? r555 : r554;
            const int r558 = int(0x80000000u);
            const bool r559 = r158 <= r548;
            const int r560 = r559 ? r558 : r557;
            const int r167 = int(0x1u);
            const int r168 = r560 >> int(r167);
            precise float r169 = uintBitsToFloat(0x3f800000u) /* 1 */;
            // kernels/math.k:LINE
            precise float r170 = r169 + r195;
            const int r196 = int(0x7fu);
            // kernels/math.k:LINE
            const int r197 = r168 + r196;
            const int r198 = int(0x17u);
            const int r199 = r197 << int(r198);
            precise float r200 = intBitsToFloat(r199 | int(zero));
            // kernels/math.k:LINE
            precise float r172 = r170 * r200;
            const int r174 = r560 - r168;
            // kernels/math.k:LINE
            const int r202 = r174 + r196;
            const int r204 = r202 << int(r198);
            precise float r205 = intBitsToFloat(r204 | int(zero));
            // kernels/math.k:LINE
            precise float r176 = r172 * r205;
            // kernels/math.k:LINE
            r149 = r176;
            precise float r151 = r149;
            // kernels/reduce.k:LINE
            precise float r89 = r151 / r83;
            R_f32(m1 + uint64_t(r4 * m1_s0 + r85 * m1_s1) * 4ul).v = r89;
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
    }
}
