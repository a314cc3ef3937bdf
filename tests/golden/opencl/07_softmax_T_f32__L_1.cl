#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// softmax
typedef struct { long w[13]; } k0_softmax_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_softmax(const k0_softmax_words block, __global uchar *restrict b0, __global uchar *restrict b1)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_group_id(0);
    const long lid = (long)get_local_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global float *const m1 = (__global float *)(b1 + w[6]);
    const long m0_s0 = w[4];
    const long m0_s1 = w[5];
    const long m1_s0 = w[9];
    const long m1_s1 = w[10];
    float m3[48];
    float m5[48];
    __local float m2[64];
    __local float m4[64];
    float r290 = 0;
    long r299 = 0;
    long r301 = 0;
    float r312 = 0;
    long r336 = 0;
    float r362 = 0;
    long r371 = 0;
    long r373 = 0;
    float r384 = 0;
    float r91 = 0;
    long r408 = 0;
    float r149 = 0;
    // kernels/reduce.k:LINE
    const long r1 = (long)(w[11]);
    const long r2 = (long)(w[12]);
    const long r3 = 0l;
    // kernels/reduce.k:LINE
    {
        long from = item;
        const long r4 = r3 + from;
        const float r289 = as_float(0xff800000u) /* -Infinity */;
        // kernels/reduce.k:LINE
        r290 = r289;
        const long r291 = 1l;
        const long r294 = max(r2, r3);
        m3[r3] = r289;
        r299 = r3;
        r301 = r3;
        const long r302 = 16384l;
        for (long r304 = r3; r304 < r294; r304 += r302) {
            const long r306 = (long)((ulong)r304 + (ulong)r302);
            const long r307 = min(r306, r294);
            const long r308 = 64l;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            for (long r310 = r3 + lid; r310 < r308; r310 += 64) {
                r312 = r289;
                const long r313 = (long)((ulong)r304 + (ulong)r310);
                for (long r315 = r313; r315 < r307; r315 += r308) {
                    const float r7 = m0[r4 * m0_s0 + r315 * m0_s1];
                    // kernels/legal.k:LINE
                    const bool r433 = r312 != r312;
                    const bool r434 = r7 != r7;
                    const bool r435 = r312 > r7;
                    const bool r436 = r312 == r7;
                    const int r437 = as_int(r312);
                    const int r438 = (int)0x0u;
                    const bool r439 = r437 >= r438;
                    const bool r440 = r436 & r439;
                    const bool r441 = r435 | r440;
                    const float r442 = r441 ? r312 : r7;
                    const float r443 = r434 ? r7 : r442;
                    const float r444 = r433 ? r312 : r443;
                    // kernels/reduce.k:LINE
                    r312 = r444;
                }
                m2[r310] = r312;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r318 = 6l;
            for (long r320 = r3; r320 < r318; r320++) {
                const long r321 = 32l;
                const long r445 = 63l;
                const long r446 = r320 & r445;
                const long r322 = r321 >> (uint)r446;
                for (long r324 = r3 + lid; r324 < r322; r324 += 64) {
                    const long r325 = (long)((ulong)r324 + (ulong)r322);
                    const float r326 = m2[r324];
                    const float r327 = m2[r325];
                    // kernels/legal.k:LINE
                    const bool r447 = r326 != r326;
                    const bool r448 = r327 != r327;
                    const bool r449 = r326 > r327;
                    const bool r450 = r326 == r327;
                    const int r451 = as_int(r326);
                    const int r452 = (int)0x0u;
                    const bool r453 = r451 >= r452;
                    const bool r454 = r450 & r453;
                    const bool r455 = r449 | r454;
                    const float r456 = r455 ? r326 : r327;
                    const float r457 = r448 ? r327 : r456;
                    const float r458 = r447 ? r326 : r457;
                    // kernels/reduce.k:LINE
                    m2[r324] = r458;
                }
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
            const float r330 = m2[r3];
            const long r331 = r299;
            m3[r331] = r330;
            const long r333 = (long)((ulong)r299 + (ulong)r291);
            r299 = r333;
            const long r335 = (long)((ulong)r301 + (ulong)r291);
            r301 = r335;
            r336 = r301;
            for (;;) {
                const long r338 = r336 & r291;
                const bool r340 = r338 == r3;
                if (!r340) break;
                const long r341 = (long)0xfffffffffffffffful;
                const long r342 = (long)((ulong)r299 + (ulong)r341);
                r299 = r342;
                const long r344 = (long)((ulong)r342 + (ulong)r341);
                const float r345 = m3[r344];
                const float r346 = m3[r342];
                // kernels/legal.k:LINE
                const bool r459 = r345 != r345;
                const bool r460 = r346 != r346;
                const bool r461 = r345 > r346;
                const bool r462 = r345 == r346;
                const int r463 = as_int(r345);
                const int r464 = (int)0x0u;
                const bool r465 = r463 >= r464;
                const bool r466 = r462 & r465;
                const bool r467 = r461 | r466;
                const float r468 = r467 ? r345 : r346;
                const float r469 = r460 ? r346 : r468;
                const float r470 = r459 ? r345 : r469;
                // kernels/reduce.k:LINE
                m3[r344] = r470;
                const long r349 = r336 >> (uint)r291;
                r336 = r349;
            }
        }
        for (;;) {
            const bool r351 = r299 > r291;
            if (!r351) break;
            const long r352 = (long)0xfffffffffffffffful;
            const long r353 = (long)((ulong)r299 + (ulong)r352);
            r299 = r353;
            const long r355 = (long)((ulong)r353 + (ulong)r352);
            const float r356 = m3[r355];
            const float r357 = m3[r353];
            // kernels/legal.k:LINE
            const bool r471 = r356 != r356;
            const bool r472 = r357 != r357;
            const bool r473 = r356 > r357;
            const bool r474 = r356 == r357;
            const int r475 = as_int(r356);
            const int r476 = (int)0x0u;
            const bool r477 = r475 >= r476;
            const bool r478 = r474 & r477;
            const bool r479 = r473 | r478;
            const float r480 = r479 ? r356 : r357;
            const float r481 = r472 ? r357 : r480;
            const float r482 = r471 ? r356 : r481;
            // kernels/reduce.k:LINE
            m3[r355] = r482;
        }
        const float r360 = m3[r3];
        r290 = r360;
        // kernels/reduce.k:LINE
        const float r14 = r290;
        const float r361 = as_float(0x00000000u) /* 0 */;
        // kernels/reduce.k:LINE
        r362 = r361;
        m5[r3] = r361;
        r371 = r3;
        r373 = r3;
        for (long r376 = r3; r376 < r294; r376 += r302) {
            const long r378 = (long)((ulong)r376 + (ulong)r302);
            const long r379 = min(r378, r294);
            const long r380 = 64l;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            for (long r382 = r3 + lid; r382 < r380; r382 += 64) {
                r384 = r361;
                const long r385 = (long)((ulong)r376 + (ulong)r382);
                for (long r387 = r385; r387 < r379; r387 += r380) {
                    const float r17 = m0[r4 * m0_s0 + r387 * m0_s1];
                    const float r18 = r17 - r14;
                    // kernels/math.k:LINE
                    r91 = r361;
                    const float r94 = as_float(0xc2d00000u) /* -104 */;
                    // kernels/legal.k:LINE
                    const bool r483 = r18 != r18;
                    const bool r485 = r18 > r94;
                    const bool r486 = r18 == r94;
                    const int r487 = as_int(r18);
                    const int r488 = (int)0x0u;
                    const bool r489 = r487 >= r488;
                    const bool r490 = r486 & r489;
                    const bool r491 = r485 | r490;
                    const float r492 = r491 ? r18 : r94;
                    const float r494 = r483 ? r18 : r492;
                    const float r96 = as_float(0x42b20000u) /* 89 */;
                    // kernels/legal.k:LINE
                    const bool r495 = r494 != r494;
                    const bool r497 = r494 < r96;
                    const bool r498 = r494 == r96;
                    const int r499 = as_int(r494);
                    const bool r501 = r499 < r488;
                    const bool r502 = r498 & r501;
                    const bool r503 = r497 | r502;
                    const float r504 = r503 ? r494 : r96;
                    const float r506 = r495 ? r494 : r504;
                    const float r98 = as_float(0x3fb8aa3bu) /* 1.442695 */;
                    // kernels/math.k:LINE
                    const float r99 = r506 * r98;
                    const float r100 = fabs(r99) < 0x1p23f ? rint(r99) : r99;
                    const float r101 = as_float(0x3f317200u) /* 0.69314575 */;
                    // kernels/math.k:LINE
                    const float r102 = r100 * r101;
                    const float r103 = r506 - r102;
                    const float r104 = as_float(0x35bfbe8eu) /* 1.4286068e-06 */;
                    const float r105 = r100 * r104;
                    const float r106 = r103 - r105;
                    // kernels/math.k:LINE
                    const float r119 = r106 * r106;
                    const float r120 = as_float(0x39509338u) /* 0.00019891269 */;
                    const float r121 = r106 * r120;
                    const float r122 = as_float(0x3ab6a269u) /* 0.00139339 */;
                    const float r123 = r122 + r121;
                    const float r124 = r106 * r123;
                    const float r125 = as_float(0x3c088870u) /* 0.0083333105 */;
                    const float r126 = r125 + r124;
                    const float r127 = r106 * r126;
                    const float r128 = as_float(0x3d2aaa74u) /* 0.041666463 */;
                    const float r129 = r128 + r127;
                    const float r130 = r106 * r129;
                    const float r131 = as_float(0x3e2aaaabu) /* 0.16666667 */;
                    const float r132 = r131 + r130;
                    const float r133 = r106 * r132;
                    const float r134 = as_float(0x3f000000u) /* 0.5 */;
                    const float r135 = r134 + r133;
                    const float r136 = r119 * r135;
                    const float r137 = r106 + r136;
                    const float r507 = as_float(0x4f000000u) /* 2147483600 */;
                    const float r508 = as_float(0xcf000000u) /* -2147483600 */;
                    // kernels/math.k:LINE
                    const bool r510 = r100 < r507;
                    const bool r511 = r100 > r508;
                    const bool r512 = r510 & r511;
                    const float r513 = r512 ? r100 : r361;
                    const int r514 = (int)r513;
                    const int r515 = (int)0x7fffffffu;
                    const bool r516 = r100 >= r507;
                    const int r517 = r516 ? r515 : r514;
                    const int r518 = (int)0x80000000u;
                    const bool r519 = r100 <= r508;
                    const int r520 = r519 ? r518 : r517;
                    const int r109 = (int)0x1u;
                    const int r110 = r520 >> (uint)r109;
                    const float r111 = as_float(0x3f800000u) /* 1 */;
                    // kernels/math.k:LINE
                    const float r112 = r111 + r137;
                    const int r138 = (int)0x7fu;
                    // kernels/math.k:LINE
                    const int r139 = (int)((uint)r110 + (uint)r138);
                    const int r140 = (int)0x17u;
                    const int r141 = (int)((uint)r139 << (uint)r140);
                    const float r142 = as_float(r141);
                    // kernels/math.k:LINE
                    const float r114 = r112 * r142;
                    const int r116 = (int)((uint)r520 - (uint)r110);
                    // kernels/math.k:LINE
                    const int r144 = (int)((uint)r116 + (uint)r138);
                    const int r146 = (int)((uint)r144 << (uint)r140);
                    const float r147 = as_float(r146);
                    // kernels/math.k:LINE
                    const float r118 = r114 * r147;
                    // kernels/math.k:LINE
                    r91 = r118;
                    const float r93 = r91;
                    // kernels/reduce.k:LINE
                    const float r388 = r384 + r93;
                    // kernels/math.k:LINE
                    r384 = r388;
                }
                m4[r382] = r384;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r390 = 6l;
            for (long r392 = r3; r392 < r390; r392++) {
                const long r393 = 32l;
                const long r521 = 63l;
                const long r522 = r392 & r521;
                const long r394 = r393 >> (uint)r522;
                for (long r396 = r3 + lid; r396 < r394; r396 += 64) {
                    const long r397 = (long)((ulong)r396 + (ulong)r394);
                    const float r398 = m4[r396];
                    const float r399 = m4[r397];
                    // kernels/reduce.k:LINE
                    const float r400 = r398 + r399;
                    // kernels/math.k:LINE
                    m4[r396] = r400;
                }
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
            const float r402 = m4[r3];
            const long r403 = r371;
            m5[r403] = r402;
            const long r405 = (long)((ulong)r371 + (ulong)r291);
            r371 = r405;
            const long r407 = (long)((ulong)r373 + (ulong)r291);
            r373 = r407;
            r408 = r373;
            for (;;) {
                const long r410 = r408 & r291;
                const bool r412 = r410 == r3;
                if (!r412) break;
                const long r413 = (long)0xfffffffffffffffful;
                const long r414 = (long)((ulong)r371 + (ulong)r413);
                r371 = r414;
                const long r416 = (long)((ulong)r414 + (ulong)r413);
                const float r417 = m5[r416];
                const float r418 = m5[r414];
                // kernels/reduce.k:LINE
                const float r419 = r417 + r418;
                // kernels/math.k:LINE
                m5[r416] = r419;
                const long r421 = r408 >> (uint)r291;
                r408 = r421;
            }
        }
        for (;;) {
            const bool r423 = r371 > r291;
            if (!r423) break;
            const long r424 = (long)0xfffffffffffffffful;
            const long r425 = (long)((ulong)r371 + (ulong)r424);
            r371 = r425;
            const long r427 = (long)((ulong)r425 + (ulong)r424);
            const float r428 = m5[r427];
            const float r429 = m5[r425];
            // kernels/reduce.k:LINE
            const float r430 = r428 + r429;
            // kernels/math.k:LINE
            m5[r427] = r430;
        }
        const float r432 = m5[r3];
        r362 = r432;
        // kernels/reduce.k:LINE
        const float r83 = r362;
        // kernels/reduce.k:LINE
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        for (long r85 = r3 + lid; r85 < r2; r85 += 64) {
            const float r86 = m0[r4 * m0_s0 + r85 * m0_s1];
            const float r87 = r86 - r14;
            // kernels/math.k:LINE
            r149 = r361;
            const float r152 = as_float(0xc2d00000u) /* -104 */;
            // kernels/legal.k:LINE
            const bool r523 = r87 != r87;
            const bool r525 = r87 > r152;
            const bool r526 = r87 == r152;
            const int r527 = as_int(r87);
            const int r528 = (int)0x0u;
            const bool r529 = r527 >= r528;
            const bool r530 = r526 & r529;
            const bool r531 = r525 | r530;
            const float r532 = r531 ? r87 : r152;
            const float r534 = r523 ? r87 : r532;
            const float r154 = as_float(0x42b20000u) /* 89 */;
            // kernels/legal.k:LINE
            const bool r535 = r534 != r534;
            const bool r537 = r534 < r154;
            const bool r538 = r534 == r154;
            const int r539 = as_int(r534);
            const bool r541 = r539 < r528;
            const bool r542 = r538 & r541;
            const bool r543 = r537 | r542;
            const float r544 = r543 ? r534 : r154;
            const float r546 = r535 ? r534 : r544;
            const float r156 = as_float(0x3fb8aa3bu) /* 1.442695 */;
            // kernels/math.k:LINE
            const float r157 = r546 * r156;
            const float r158 = fabs(r157) < 0x1p23f ? rint(r157) : r157;
            const float r159 = as_float(0x3f317200u) /* 0.69314575 */;
            // kernels/math.k:LINE
            const float r160 = r158 * r159;
            const float r161 = r546 - r160;
            const float r162 = as_float(0x35bfbe8eu) /* 1.4286068e-06 */;
            const float r163 = r158 * r162;
            const float r164 = r161 - r163;
            // kernels/math.k:LINE
            const float r177 = r164 * r164;
            const float r178 = as_float(0x39509338u) /* 0.00019891269 */;
            const float r179 = r164 * r178;
            const float r180 = as_float(0x3ab6a269u) /* 0.00139339 */;
            const float r181 = r180 + r179;
            const float r182 = r164 * r181;
            const float r183 = as_float(0x3c088870u) /* 0.0083333105 */;
            const float r184 = r183 + r182;
            const float r185 = r164 * r184;
            const float r186 = as_float(0x3d2aaa74u) /* 0.041666463 */;
            const float r187 = r186 + r185;
            const float r188 = r164 * r187;
            const float r189 = as_float(0x3e2aaaabu) /* 0.16666667 */;
            const float r190 = r189 + r188;
            const float r191 = r164 * r190;
            const float r192 = as_float(0x3f000000u) /* 0.5 */;
            const float r193 = r192 + r191;
            const float r194 = r177 * r193;
            const float r195 = r164 + r194;
            const float r547 = as_float(0x4f000000u) /* 2147483600 */;
            const float r548 = as_float(0xcf000000u) /* -2147483600 */;
            // kernels/math.k:LINE
            const bool r550 = r158 < r547;
            const bool r551 = r158 > r548;
            const bool r552 = r550 & r551;
            const float r553 = r552 ? r158 : r361;
            const int r554 = (int)r553;
            const int r555 = (int)0x7fffffffu;
            const bool r556 = r158 >= r547;
            const int r557 = r556 ? r555 : r554;
            const int r558 = (int)0x80000000u;
            const bool r559 = r158 <= r548;
            const int r560 = r559 ? r558 : r557;
            const int r167 = (int)0x1u;
            const int r168 = r560 >> (uint)r167;
            const float r169 = as_float(0x3f800000u) /* 1 */;
            // kernels/math.k:LINE
            const float r170 = r169 + r195;
            const int r196 = (int)0x7fu;
            // kernels/math.k:LINE
            const int r197 = (int)((uint)r168 + (uint)r196);
            const int r198 = (int)0x17u;
            const int r199 = (int)((uint)r197 << (uint)r198);
            const float r200 = as_float(r199);
            // kernels/math.k:LINE
            const float r172 = r170 * r200;
            const int r174 = (int)((uint)r560 - (uint)r168);
            // kernels/math.k:LINE
            const int r202 = (int)((uint)r174 + (uint)r196);
            const int r204 = (int)((uint)r202 << (uint)r198);
            const float r205 = as_float(r204);
            // kernels/math.k:LINE
            const float r176 = r172 * r205;
            // kernels/math.k:LINE
            r149 = r176;
            const float r151 = r149;
            // kernels/reduce.k:LINE
            const float r89 = r151 / r83;
            m1[r4 * m1_s0 + r85 * m1_s1] = r89;
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    }
}
