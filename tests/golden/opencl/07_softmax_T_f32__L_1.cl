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
    float r338 = 0;
    long r347 = 0;
    long r349 = 0;
    float r360 = 0;
    long r384 = 0;
    float r410 = 0;
    long r419 = 0;
    long r421 = 0;
    float r432 = 0;
    float r103 = 0;
    long r456 = 0;
    float r173 = 0;
    // kernels/reduce.k:LINE
    const long r1 = (long)(w[11]);
    const long r2 = (long)(w[12]);
    const long r3 = 0l;
    // kernels/reduce.k:LINE
    {
        long from = item;
        const long r4 = r3 + from;
        const float r337 = as_float(0xff800000u) /* -Infinity */;
        // kernels/reduce.k:LINE
        r338 = r337;
        const long r339 = 1l;
        const long r342 = max(r2, r3);
        m3[r3] = r337;
        r347 = r3;
        r349 = r3;
        const long r350 = 16384l;
        for (long r352 = r3; r352 < r342; r352 += r350) {
            const long r354 = (long)((ulong)r352 + (ulong)r350);
            const long r355 = min(r354, r342);
            const long r356 = 64l;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            for (long r358 = r3 + lid; r358 < r356; r358 += 64) {
                r360 = r337;
                const long r361 = (long)((ulong)r352 + (ulong)r358);
                for (long r363 = r361; r363 < r355; r363 += r356) {
                    const float r7 = m0[r4 * m0_s0 + r363 * m0_s1];
                    // kernels/legal.k:LINE
                    const bool r481 = r360 != r360;
                    const bool r482 = r7 != r7;
                    const bool r483 = r360 > r7;
                    const bool r484 = r360 == r7;
                    const int r485 = as_int(r360);
                    const int r486 = (int)0x0u;
                    const bool r487 = r485 >= r486;
                    const bool r488 = r484 & r487;
                    const bool r489 = r483 | r488;
                    const float r490 = r489 ? r360 : r7;
                    const float r491 = r482 ? r7 : r490;
                    const float r492 = r481 ? r360 : r491;
                    // kernels/reduce.k:LINE
                    r360 = r492;
                }
                m2[r358] = r360;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r366 = 6l;
            for (long r368 = r3; r368 < r366; r368++) {
                const long r369 = 32l;
                const long r493 = 63l;
                const long r494 = r368 & r493;
                const long r370 = r369 >> (uint)r494;
                for (long r372 = r3 + lid; r372 < r370; r372 += 64) {
                    const long r373 = (long)((ulong)r372 + (ulong)r370);
                    const float r374 = m2[r372];
                    const float r375 = m2[r373];
                    // kernels/legal.k:LINE
                    const bool r495 = r374 != r374;
                    const bool r496 = r375 != r375;
                    const bool r497 = r374 > r375;
                    const bool r498 = r374 == r375;
                    const int r499 = as_int(r374);
                    const int r500 = (int)0x0u;
                    const bool r501 = r499 >= r500;
                    const bool r502 = r498 & r501;
                    const bool r503 = r497 | r502;
                    const float r504 = r503 ? r374 : r375;
                    const float r505 = r496 ? r375 : r504;
                    const float r506 = r495 ? r374 : r505;
                    // kernels/reduce.k:LINE
                    m2[r372] = r506;
                }
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
            const float r378 = m2[r3];
            const long r379 = r347;
            m3[r379] = r378;
            const long r381 = (long)((ulong)r347 + (ulong)r339);
            r347 = r381;
            const long r383 = (long)((ulong)r349 + (ulong)r339);
            r349 = r383;
            r384 = r349;
            for (;;) {
                const long r386 = r384 & r339;
                const bool r388 = r386 == r3;
                if (!r388) break;
                const long r389 = (long)0xfffffffffffffffful;
                const long r390 = (long)((ulong)r347 + (ulong)r389);
                r347 = r390;
                const long r392 = (long)((ulong)r390 + (ulong)r389);
                const float r393 = m3[r392];
                const float r394 = m3[r390];
                // kernels/legal.k:LINE
                const bool r507 = r393 != r393;
                const bool r508 = r394 != r394;
                const bool r509 = r393 > r394;
                const bool r510 = r393 == r394;
                const int r511 = as_int(r393);
                const int r512 = (int)0x0u;
                const bool r513 = r511 >= r512;
                const bool r514 = r510 & r513;
                const bool r515 = r509 | r514;
                const float r516 = r515 ? r393 : r394;
                const float r517 = r508 ? r394 : r516;
                const float r518 = r507 ? r393 : r517;
                // kernels/reduce.k:LINE
                m3[r392] = r518;
                const long r397 = r384 >> (uint)r339;
                r384 = r397;
            }
        }
        for (;;) {
            const bool r399 = r347 > r339;
            if (!r399) break;
            const long r400 = (long)0xfffffffffffffffful;
            const long r401 = (long)((ulong)r347 + (ulong)r400);
            r347 = r401;
            const long r403 = (long)((ulong)r401 + (ulong)r400);
            const float r404 = m3[r403];
            const float r405 = m3[r401];
            // kernels/legal.k:LINE
            const bool r519 = r404 != r404;
            const bool r520 = r405 != r405;
            const bool r521 = r404 > r405;
            const bool r522 = r404 == r405;
            const int r523 = as_int(r404);
            const int r524 = (int)0x0u;
            const bool r525 = r523 >= r524;
            const bool r526 = r522 & r525;
            const bool r527 = r521 | r526;
            const float r528 = r527 ? r404 : r405;
            const float r529 = r520 ? r405 : r528;
            const float r530 = r519 ? r404 : r529;
            // kernels/reduce.k:LINE
            m3[r403] = r530;
        }
        const float r408 = m3[r3];
        r338 = r408;
        // kernels/reduce.k:LINE
        const float r14 = r338;
        const float r409 = as_float(0x00000000u) /* 0 */;
        // kernels/reduce.k:LINE
        r410 = r409;
        m5[r3] = r409;
        r419 = r3;
        r421 = r3;
        for (long r424 = r3; r424 < r342; r424 += r350) {
            const long r426 = (long)((ulong)r424 + (ulong)r350);
            const long r427 = min(r426, r342);
            const long r428 = 64l;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            for (long r430 = r3 + lid; r430 < r428; r430 += 64) {
                r432 = r409;
                const long r433 = (long)((ulong)r424 + (ulong)r430);
                for (long r435 = r433; r435 < r427; r435 += r428) {
                    const float r17 = m0[r4 * m0_s0 + r435 * m0_s1];
                    const float r18 = r17 - r14;
                    // kernels/math.k:LINE
                    r103 = r409;
                    const float r106 = as_float(0x42b20000u) /* 89 */;
                    // kernels/math.k:LINE
                    const bool r107 = r18 > r106;
                    const float r109 = as_float(0xc2d00000u) /* -104 */;
                    const bool r110 = r18 < r109;
                    const float r112 = r110 ? r109 : r18;
                    const float r113 = r107 ? r106 : r112;
                    const float r114 = as_float(0x3fb8aa3bu) /* 1.442695 */;
                    // kernels/math.k:LINE
                    const float r115 = r113 * r114;
                    const float r116 = as_float(0x4b400000u) /* 12582912 */;
                    const float r117 = r115 + r116;
                    // kernels/math.k:LINE
                    const float r119 = r117 - r116;
                    const float r120 = as_float(0x3f317200u) /* 0.69314575 */;
                    // kernels/math.k:LINE
                    const float r121 = r119 * r120;
                    const float r122 = r113 - r121;
                    const float r123 = as_float(0x35bfbe8eu) /* 1.4286068e-06 */;
                    const float r124 = r119 * r123;
                    const float r125 = r122 - r124;
                    // kernels/math.k:LINE
                    const float r143 = r125 * r125;
                    const float r144 = as_float(0x39509338u) /* 0.00019891269 */;
                    const float r145 = r125 * r144;
                    const float r146 = as_float(0x3ab6a269u) /* 0.00139339 */;
                    const float r147 = r146 + r145;
                    const float r148 = r125 * r147;
                    const float r149 = as_float(0x3c088870u) /* 0.0083333105 */;
                    const float r150 = r149 + r148;
                    const float r151 = r125 * r150;
                    const float r152 = as_float(0x3d2aaa74u) /* 0.041666463 */;
                    const float r153 = r152 + r151;
                    const float r154 = r125 * r153;
                    const float r155 = as_float(0x3e2aaaabu) /* 0.16666667 */;
                    const float r156 = r155 + r154;
                    const float r157 = r125 * r156;
                    const float r158 = as_float(0x3f000000u) /* 0.5 */;
                    const float r159 = r158 + r157;
                    const float r160 = r143 * r159;
                    const float r161 = r125 + r160;
                    // kernels/math.k:LINE
                    const int r127 = as_int(r117);
                    const int r128 = (int)0x4b400000u;
                    const int r129 = (int)((uint)r127 - (uint)r128);
                    const int r130 = (int)0x1u;
                    // kernels/math.k:LINE
                    const int r131 = r129 >> (uint)r130;
                    const float r132 = as_float(0x3f800000u) /* 1 */;
                    // kernels/math.k:LINE
                    const float r133 = r132 + r161;
                    const int r162 = (int)0x7fu;
                    // kernels/math.k:LINE
                    const int r163 = (int)((uint)r131 + (uint)r162);
                    const int r164 = (int)0x17u;
                    const int r165 = (int)((uint)r163 << (uint)r164);
                    const float r166 = as_float(r165);
                    // kernels/math.k:LINE
                    const float r135 = r133 * r166;
                    const bool r137 = r113 == r109;
                    const int r139 = (int)((uint)r129 - (uint)r131);
                    // kernels/math.k:LINE
                    const int r168 = (int)((uint)r139 + (uint)r162);
                    const int r170 = (int)((uint)r168 << (uint)r164);
                    const float r171 = as_float(r170);
                    // kernels/math.k:LINE
                    const float r141 = r137 ? r409 : r171;
                    const float r142 = r135 * r141;
                    // kernels/math.k:LINE
                    r103 = r142;
                    const float r105 = r103;
                    // kernels/reduce.k:LINE
                    const float r436 = r432 + r105;
                    // kernels/math.k:LINE
                    r432 = r436;
                }
                m4[r430] = r432;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r438 = 6l;
            for (long r440 = r3; r440 < r438; r440++) {
                const long r441 = 32l;
                const long r531 = 63l;
                const long r532 = r440 & r531;
                const long r442 = r441 >> (uint)r532;
                for (long r444 = r3 + lid; r444 < r442; r444 += 64) {
                    const long r445 = (long)((ulong)r444 + (ulong)r442);
                    const float r446 = m4[r444];
                    const float r447 = m4[r445];
                    // kernels/reduce.k:LINE
                    const float r448 = r446 + r447;
                    // kernels/math.k:LINE
                    m4[r444] = r448;
                }
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
            const float r450 = m4[r3];
            const long r451 = r419;
            m5[r451] = r450;
            const long r453 = (long)((ulong)r419 + (ulong)r339);
            r419 = r453;
            const long r455 = (long)((ulong)r421 + (ulong)r339);
            r421 = r455;
            r456 = r421;
            for (;;) {
                const long r458 = r456 & r339;
                const bool r460 = r458 == r3;
                if (!r460) break;
                const long r461 = (long)0xfffffffffffffffful;
                const long r462 = (long)((ulong)r419 + (ulong)r461);
                r419 = r462;
                const long r464 = (long)((ulong)r462 + (ulong)r461);
                const float r465 = m5[r464];
                const float r466 = m5[r462];
                // kernels/reduce.k:LINE
                const float r467 = r465 + r466;
                // kernels/math.k:LINE
                m5[r464] = r467;
                const long r469 = r456 >> (uint)r339;
                r456 = r469;
            }
        }
        for (;;) {
            const bool r471 = r419 > r339;
            if (!r471) break;
            const long r472 = (long)0xfffffffffffffffful;
            const long r473 = (long)((ulong)r419 + (ulong)r472);
            r419 = r473;
            const long r475 = (long)((ulong)r473 + (ulong)r472);
            const float r476 = m5[r475];
            const float r477 = m5[r473];
            // kernels/reduce.k:LINE
            const float r478 = r476 + r477;
            // kernels/math.k:LINE
            m5[r475] = r478;
        }
        const float r480 = m5[r3];
        r410 = r480;
        // kernels/reduce.k:LINE
        const float r95 = r410;
        // kernels/reduce.k:LINE
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        for (long r97 = r3 + lid; r97 < r2; r97 += 64) {
            const float r98 = m0[r4 * m0_s0 + r97 * m0_s1];
            const float r99 = r98 - r14;
            // kernels/math.k:LINE
            r173 = r409;
            const float r176 = as_float(0x42b20000u) /* 89 */;
            // kernels/math.k:LINE
            const bool r177 = r99 > r176;
            const float r179 = as_float(0xc2d00000u) /* -104 */;
            const bool r180 = r99 < r179;
            const float r182 = r180 ? r179 : r99;
            const float r183 = r177 ? r176 : r182;
            const float r184 = as_float(0x3fb8aa3bu) /* 1.442695 */;
            // kernels/math.k:LINE
            const float r185 = r183 * r184;
            const float r186 = as_float(0x4b400000u) /* 12582912 */;
            const float r187 = r185 + r186;
            // kernels/math.k:LINE
            const float r189 = r187 - r186;
            const float r190 = as_float(0x3f317200u) /* 0.69314575 */;
            // kernels/math.k:LINE
            const float r191 = r189 * r190;
            const float r192 = r183 - r191;
            const float r193 = as_float(0x35bfbe8eu) /* 1.4286068e-06 */;
            const float r194 = r189 * r193;
            const float r195 = r192 - r194;
            // kernels/math.k:LINE
            const float r213 = r195 * r195;
            const float r214 = as_float(0x39509338u) /* 0.00019891269 */;
            const float r215 = r195 * r214;
            const float r216 = as_float(0x3ab6a269u) /* 0.00139339 */;
            const float r217 = r216 + r215;
            const float r218 = r195 * r217;
            const float r219 = as_float(0x3c088870u) /* 0.0083333105 */;
            const float r220 = r219 + r218;
            const float r221 = r195 * r220;
            const float r222 = as_float(0x3d2aaa74u) /* 0.041666463 */;
            const float r223 = r222 + r221;
            const float r224 = r195 * r223;
            const float r225 = as_float(0x3e2aaaabu) /* 0.16666667 */;
            const float r226 = r225 + r224;
            const float r227 = r195 * r226;
            const float r228 = as_float(0x3f000000u) /* 0.5 */;
            const float r229 = r228 + r227;
            const float r230 = r213 * r229;
            const float r231 = r195 + r230;
            // kernels/math.k:LINE
            const int r197 = as_int(r187);
            const int r198 = (int)0x4b400000u;
            const int r199 = (int)((uint)r197 - (uint)r198);
            const int r200 = (int)0x1u;
            // kernels/math.k:LINE
            const int r201 = r199 >> (uint)r200;
            const float r202 = as_float(0x3f800000u) /* 1 */;
            // kernels/math.k:LINE
            const float r203 = r202 + r231;
            const int r232 = (int)0x7fu;
            // kernels/math.k:LINE
            const int r233 = (int)((uint)r201 + (uint)r232);
            const int r234 = (int)0x17u;
            const int r235 = (int)((uint)r233 << (uint)r234);
            const float r236 = as_float(r235);
            // kernels/math.k:LINE
            const float r205 = r203 * r236;
            const bool r207 = r183 == r179;
            const int r209 = (int)((uint)r199 - (uint)r201);
            // kernels/math.k:LINE
            const int r238 = (int)((uint)r209 + (uint)r232);
            const int r240 = (int)((uint)r238 << (uint)r234);
            const float r241 = as_float(r240);
            // kernels/math.k:LINE
            const float r211 = r207 ? r409 : r241;
            const float r212 = r205 * r211;
            // kernels/math.k:LINE
            r173 = r212;
            const float r175 = r173;
            // kernels/reduce.k:LINE
            const float r101 = r175 / r95;
            m1[r4 * m1_s0 + r97 * m1_s1] = r101;
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    }
}
