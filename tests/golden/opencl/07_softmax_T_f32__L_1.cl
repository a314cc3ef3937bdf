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
    float r306 = 0;
    long r315 = 0;
    long r317 = 0;
    float r328 = 0;
    long r352 = 0;
    float r378 = 0;
    long r387 = 0;
    long r389 = 0;
    float r400 = 0;
    float r95 = 0;
    long r424 = 0;
    float r157 = 0;
    // kernels/reduce.k:LINE
    const long r1 = (long)(w[11]);
    const long r2 = (long)(w[12]);
    const long r3 = 0l;
    // kernels/reduce.k:LINE
    {
        long from = item;
        const long r4 = r3 + from;
        const float r305 = as_float(0xff800000u) /* -Infinity */;
        // kernels/reduce.k:LINE
        r306 = r305;
        const long r307 = 1l;
        const long r310 = max(r2, r3);
        m3[r3] = r305;
        r315 = r3;
        r317 = r3;
        const long r318 = 16384l;
        for (long r320 = r3; r320 < r310; r320 += r318) {
            const long r322 = (long)((ulong)r320 + (ulong)r318);
            const long r323 = min(r322, r310);
            const long r324 = 64l;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            for (long r326 = r3 + lid; r326 < r324; r326 += 64) {
                r328 = r305;
                const long r329 = (long)((ulong)r320 + (ulong)r326);
                for (long r331 = r329; r331 < r323; r331 += r324) {
                    const float r7 = m0[r4 * m0_s0 + r331 * m0_s1];
                    // kernels/legal.k:LINE
                    const bool r449 = r328 != r328;
                    const bool r450 = r7 != r7;
                    const bool r451 = r328 > r7;
                    const bool r452 = r328 == r7;
                    const int r453 = as_int(r328);
                    const int r454 = (int)0x0u;
                    const bool r455 = r453 >= r454;
                    const bool r456 = r452 & r455;
                    const bool r457 = r451 | r456;
                    const float r458 = r457 ? r328 : r7;
                    const float r459 = r450 ? r7 : r458;
                    const float r460 = r449 ? r328 : r459;
                    // kernels/reduce.k:LINE
                    r328 = r460;
                }
                m2[r326] = r328;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r334 = 6l;
            for (long r336 = r3; r336 < r334; r336++) {
                const long r337 = 32l;
                const long r461 = 63l;
                const long r462 = r336 & r461;
                const long r338 = r337 >> (uint)r462;
                for (long r340 = r3 + lid; r340 < r338; r340 += 64) {
                    const long r341 = (long)((ulong)r340 + (ulong)r338);
                    const float r342 = m2[r340];
                    const float r343 = m2[r341];
                    // kernels/legal.k:LINE
                    const bool r463 = r342 != r342;
                    const bool r464 = r343 != r343;
                    const bool r465 = r342 > r343;
                    const bool r466 = r342 == r343;
                    const int r467 = as_int(r342);
                    const int r468 = (int)0x0u;
                    const bool r469 = r467 >= r468;
                    const bool r470 = r466 & r469;
                    const bool r471 = r465 | r470;
                    const float r472 = r471 ? r342 : r343;
                    const float r473 = r464 ? r343 : r472;
                    const float r474 = r463 ? r342 : r473;
                    // kernels/reduce.k:LINE
                    m2[r340] = r474;
                }
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
            const float r346 = m2[r3];
            const long r347 = r315;
            m3[r347] = r346;
            const long r349 = (long)((ulong)r315 + (ulong)r307);
            r315 = r349;
            const long r351 = (long)((ulong)r317 + (ulong)r307);
            r317 = r351;
            r352 = r317;
            for (;;) {
                const long r354 = r352 & r307;
                const bool r356 = r354 == r3;
                if (!r356) break;
                const long r357 = (long)0xfffffffffffffffful;
                const long r358 = (long)((ulong)r315 + (ulong)r357);
                r315 = r358;
                const long r360 = (long)((ulong)r358 + (ulong)r357);
                const float r361 = m3[r360];
                const float r362 = m3[r358];
                // kernels/legal.k:LINE
                const bool r475 = r361 != r361;
                const bool r476 = r362 != r362;
                const bool r477 = r361 > r362;
                const bool r478 = r361 == r362;
                const int r479 = as_int(r361);
                const int r480 = (int)0x0u;
                const bool r481 = r479 >= r480;
                const bool r482 = r478 & r481;
                const bool r483 = r477 | r482;
                const float r484 = r483 ? r361 : r362;
                const float r485 = r476 ? r362 : r484;
                const float r486 = r475 ? r361 : r485;
                // kernels/reduce.k:LINE
                m3[r360] = r486;
                const long r365 = r352 >> (uint)r307;
                r352 = r365;
            }
        }
        for (;;) {
            const bool r367 = r315 > r307;
            if (!r367) break;
            const long r368 = (long)0xfffffffffffffffful;
            const long r369 = (long)((ulong)r315 + (ulong)r368);
            r315 = r369;
            const long r371 = (long)((ulong)r369 + (ulong)r368);
            const float r372 = m3[r371];
            const float r373 = m3[r369];
            // kernels/legal.k:LINE
            const bool r487 = r372 != r372;
            const bool r488 = r373 != r373;
            const bool r489 = r372 > r373;
            const bool r490 = r372 == r373;
            const int r491 = as_int(r372);
            const int r492 = (int)0x0u;
            const bool r493 = r491 >= r492;
            const bool r494 = r490 & r493;
            const bool r495 = r489 | r494;
            const float r496 = r495 ? r372 : r373;
            const float r497 = r488 ? r373 : r496;
            const float r498 = r487 ? r372 : r497;
            // kernels/reduce.k:LINE
            m3[r371] = r498;
        }
        const float r376 = m3[r3];
        r306 = r376;
        // kernels/reduce.k:LINE
        const float r14 = r306;
        const float r377 = as_float(0x00000000u) /* 0 */;
        // kernels/reduce.k:LINE
        r378 = r377;
        m5[r3] = r377;
        r387 = r3;
        r389 = r3;
        for (long r392 = r3; r392 < r310; r392 += r318) {
            const long r394 = (long)((ulong)r392 + (ulong)r318);
            const long r395 = min(r394, r310);
            const long r396 = 64l;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            for (long r398 = r3 + lid; r398 < r396; r398 += 64) {
                r400 = r377;
                const long r401 = (long)((ulong)r392 + (ulong)r398);
                for (long r403 = r401; r403 < r395; r403 += r396) {
                    const float r17 = m0[r4 * m0_s0 + r403 * m0_s1];
                    const float r18 = r17 - r14;
                    // kernels/math.k:LINE
                    r95 = r377;
                    const float r98 = as_float(0xc2d00000u) /* -104 */;
                    // kernels/legal.k:LINE
                    const bool r499 = r18 != r18;
                    const bool r501 = r18 > r98;
                    const bool r502 = r18 == r98;
                    const int r503 = as_int(r18);
                    const int r504 = (int)0x0u;
                    const bool r505 = r503 >= r504;
                    const bool r506 = r502 & r505;
                    const bool r507 = r501 | r506;
                    const float r508 = r507 ? r18 : r98;
                    const float r510 = r499 ? r18 : r508;
                    const float r100 = as_float(0x42b20000u) /* 89 */;
                    // kernels/legal.k:LINE
                    const bool r511 = r510 != r510;
                    const bool r513 = r510 < r100;
                    const bool r514 = r510 == r100;
                    const int r515 = as_int(r510);
                    const bool r517 = r515 < r504;
                    const bool r518 = r514 & r517;
                    const bool r519 = r513 | r518;
                    const float r520 = r519 ? r510 : r100;
                    const float r522 = r511 ? r510 : r520;
                    const float r102 = as_float(0x3fb8aa3bu) /* 1.442695 */;
                    // kernels/math.k:LINE
                    const float r103 = r522 * r102;
                    const float r104 = fabs(r103) < 0x1p23f ? rint(r103) : r103;
                    const float r105 = as_float(0x3f317200u) /* 0.69314575 */;
                    // kernels/math.k:LINE
                    const float r106 = r104 * r105;
                    const float r107 = r522 - r106;
                    const float r108 = as_float(0x35bfbe8eu) /* 1.4286068e-06 */;
                    const float r109 = r104 * r108;
                    const float r110 = r107 - r109;
                    // kernels/math.k:LINE
                    const float r127 = r110 * r110;
                    const float r128 = as_float(0x39509338u) /* 0.00019891269 */;
                    const float r129 = r110 * r128;
                    const float r130 = as_float(0x3ab6a269u) /* 0.00139339 */;
                    const float r131 = r130 + r129;
                    const float r132 = r110 * r131;
                    const float r133 = as_float(0x3c088870u) /* 0.0083333105 */;
                    const float r134 = r133 + r132;
                    const float r135 = r110 * r134;
                    const float r136 = as_float(0x3d2aaa74u) /* 0.041666463 */;
                    const float r137 = r136 + r135;
                    const float r138 = r110 * r137;
                    const float r139 = as_float(0x3e2aaaabu) /* 0.16666667 */;
                    const float r140 = r139 + r138;
                    const float r141 = r110 * r140;
                    const float r142 = as_float(0x3f000000u) /* 0.5 */;
                    const float r143 = r142 + r141;
                    const float r144 = r127 * r143;
                    const float r145 = r110 + r144;
                    const float r523 = as_float(0x4f000000u) /* 2147483600 */;
                    const float r524 = as_float(0xcf000000u) /* -2147483600 */;
                    // kernels/math.k:LINE
                    const bool r526 = r104 < r523;
                    const bool r527 = r104 > r524;
                    const bool r528 = r526 & r527;
                    const float r529 = r528 ? r104 : r377;
                    const int r530 = (int)r529;
                    const int r531 = (int)0x7fffffffu;
                    const bool r532 = r104 >= r523;
                    const int r533 = r532 ? r531 : r530;
                    const int r534 = (int)0x80000000u;
                    const bool r535 = r104 <= r524;
                    const int r536 = r535 ? r534 : r533;
                    const int r113 = (int)0x1u;
                    const int r114 = r536 >> (uint)r113;
                    const float r115 = as_float(0x3f800000u) /* 1 */;
                    // kernels/math.k:LINE
                    const float r116 = r115 + r145;
                    const int r146 = (int)0x7fu;
                    // kernels/math.k:LINE
                    const int r147 = (int)((uint)r114 + (uint)r146);
                    const int r148 = (int)0x17u;
                    const int r149 = (int)((uint)r147 << (uint)r148);
                    const float r150 = as_float(r149);
                    // kernels/math.k:LINE
                    const float r118 = r116 * r150;
                    const bool r120 = r522 == r98;
                    const int r123 = (int)((uint)r536 - (uint)r114);
                    // kernels/math.k:LINE
                    const int r152 = (int)((uint)r123 + (uint)r146);
                    const int r154 = (int)((uint)r152 << (uint)r148);
                    const float r155 = as_float(r154);
                    // kernels/math.k:LINE
                    const float r125 = r120 ? r377 : r155;
                    const float r126 = r118 * r125;
                    // kernels/math.k:LINE
                    r95 = r126;
                    const float r97 = r95;
                    // kernels/reduce.k:LINE
                    const float r404 = r400 + r97;
                    // kernels/math.k:LINE
                    r400 = r404;
                }
                m4[r398] = r400;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r406 = 6l;
            for (long r408 = r3; r408 < r406; r408++) {
                const long r409 = 32l;
                const long r537 = 63l;
                const long r538 = r408 & r537;
                const long r410 = r409 >> (uint)r538;
                for (long r412 = r3 + lid; r412 < r410; r412 += 64) {
                    const long r413 = (long)((ulong)r412 + (ulong)r410);
                    const float r414 = m4[r412];
                    const float r415 = m4[r413];
                    // kernels/reduce.k:LINE
                    const float r416 = r414 + r415;
                    // kernels/math.k:LINE
                    m4[r412] = r416;
                }
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
            const float r418 = m4[r3];
            const long r419 = r387;
            m5[r419] = r418;
            const long r421 = (long)((ulong)r387 + (ulong)r307);
            r387 = r421;
            const long r423 = (long)((ulong)r389 + (ulong)r307);
            r389 = r423;
            r424 = r389;
            for (;;) {
                const long r426 = r424 & r307;
                const bool r428 = r426 == r3;
                if (!r428) break;
                const long r429 = (long)0xfffffffffffffffful;
                const long r430 = (long)((ulong)r387 + (ulong)r429);
                r387 = r430;
                const long r432 = (long)((ulong)r430 + (ulong)r429);
                const float r433 = m5[r432];
                const float r434 = m5[r430];
                // kernels/reduce.k:LINE
                const float r435 = r433 + r434;
                // kernels/math.k:LINE
                m5[r432] = r435;
                const long r437 = r424 >> (uint)r307;
                r424 = r437;
            }
        }
        for (;;) {
            const bool r439 = r387 > r307;
            if (!r439) break;
            const long r440 = (long)0xfffffffffffffffful;
            const long r441 = (long)((ulong)r387 + (ulong)r440);
            r387 = r441;
            const long r443 = (long)((ulong)r441 + (ulong)r440);
            const float r444 = m5[r443];
            const float r445 = m5[r441];
            // kernels/reduce.k:LINE
            const float r446 = r444 + r445;
            // kernels/math.k:LINE
            m5[r443] = r446;
        }
        const float r448 = m5[r3];
        r378 = r448;
        // kernels/reduce.k:LINE
        const float r87 = r378;
        // kernels/reduce.k:LINE
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        for (long r89 = r3 + lid; r89 < r2; r89 += 64) {
            const float r90 = m0[r4 * m0_s0 + r89 * m0_s1];
            const float r91 = r90 - r14;
            // kernels/math.k:LINE
            r157 = r377;
            const float r160 = as_float(0xc2d00000u) /* -104 */;
            // kernels/legal.k:LINE
            const bool r539 = r91 != r91;
            const bool r541 = r91 > r160;
            const bool r542 = r91 == r160;
            const int r543 = as_int(r91);
            const int r544 = (int)0x0u;
            const bool r545 = r543 >= r544;
            const bool r546 = r542 & r545;
            const bool r547 = r541 | r546;
            const float r548 = r547 ? r91 : r160;
            const float r550 = r539 ? r91 : r548;
            const float r162 = as_float(0x42b20000u) /* 89 */;
            // kernels/legal.k:LINE
            const bool r551 = r550 != r550;
            const bool r553 = r550 < r162;
            const bool r554 = r550 == r162;
            const int r555 = as_int(r550);
            const bool r557 = r555 < r544;
            const bool r558 = r554 & r557;
            const bool r559 = r553 | r558;
            const float r560 = r559 ? r550 : r162;
            const float r562 = r551 ? r550 : r560;
            const float r164 = as_float(0x3fb8aa3bu) /* 1.442695 */;
            // kernels/math.k:LINE
            const float r165 = r562 * r164;
            const float r166 = fabs(r165) < 0x1p23f ? rint(r165) : r165;
            const float r167 = as_float(0x3f317200u) /* 0.69314575 */;
            // kernels/math.k:LINE
            const float r168 = r166 * r167;
            const float r169 = r562 - r168;
            const float r170 = as_float(0x35bfbe8eu) /* 1.4286068e-06 */;
            const float r171 = r166 * r170;
            const float r172 = r169 - r171;
            // kernels/math.k:LINE
            const float r189 = r172 * r172;
            const float r190 = as_float(0x39509338u) /* 0.00019891269 */;
            const float r191 = r172 * r190;
            const float r192 = as_float(0x3ab6a269u) /* 0.00139339 */;
            const float r193 = r192 + r191;
            const float r194 = r172 * r193;
            const float r195 = as_float(0x3c088870u) /* 0.0083333105 */;
            const float r196 = r195 + r194;
            const float r197 = r172 * r196;
            const float r198 = as_float(0x3d2aaa74u) /* 0.041666463 */;
            const float r199 = r198 + r197;
            const float r200 = r172 * r199;
            const float r201 = as_float(0x3e2aaaabu) /* 0.16666667 */;
            const float r202 = r201 + r200;
            const float r203 = r172 * r202;
            const float r204 = as_float(0x3f000000u) /* 0.5 */;
            const float r205 = r204 + r203;
            const float r206 = r189 * r205;
            const float r207 = r172 + r206;
            const float r563 = as_float(0x4f000000u) /* 2147483600 */;
            const float r564 = as_float(0xcf000000u) /* -2147483600 */;
            // kernels/math.k:LINE
            const bool r566 = r166 < r563;
            const bool r567 = r166 > r564;
            const bool r568 = r566 & r567;
            const float r569 = r568 ? r166 : r377;
            const int r570 = (int)r569;
            const int r571 = (int)0x7fffffffu;
            const bool r572 = r166 >= r563;
            const int r573 = r572 ? r571 : r570;
            const int r574 = (int)0x80000000u;
            const bool r575 = r166 <= r564;
            const int r576 = r575 ? r574 : r573;
            const int r175 = (int)0x1u;
            const int r176 = r576 >> (uint)r175;
            const float r177 = as_float(0x3f800000u) /* 1 */;
            // kernels/math.k:LINE
            const float r178 = r177 + r207;
            const int r208 = (int)0x7fu;
            // kernels/math.k:LINE
            const int r209 = (int)((uint)r176 + (uint)r208);
            const int r210 = (int)0x17u;
            const int r211 = (int)((uint)r209 << (uint)r210);
            const float r212 = as_float(r211);
            // kernels/math.k:LINE
            const float r180 = r178 * r212;
            const bool r182 = r562 == r160;
            const int r185 = (int)((uint)r576 - (uint)r176);
            // kernels/math.k:LINE
            const int r214 = (int)((uint)r185 + (uint)r208);
            const int r216 = (int)((uint)r214 << (uint)r210);
            const float r217 = as_float(r216);
            // kernels/math.k:LINE
            const float r187 = r182 ? r377 : r217;
            const float r188 = r180 * r187;
            // kernels/math.k:LINE
            r157 = r188;
            const float r159 = r157;
            // kernels/reduce.k:LINE
            const float r93 = r159 / r87;
            m1[r4 * m1_s0 + r89 * m1_s1] = r93;
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    }
}
