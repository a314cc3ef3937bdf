#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// matmul
typedef struct { long w[33]; } k0_matmul_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_matmul(const k0_matmul_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2, __global uchar *restrict b3)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_group_id(0);
    const long lid = (long)get_local_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global const float *const m1 = (__global const float *)(b1 + w[8]);
    __global const float *const m2 = (__global const float *)(b2 + w[15]);
    __global float *const m3 = (__global float *)(b3 + w[22]);
    const long m0_s0 = w[5];
    const long m0_s1 = w[6];
    const long m0_s2 = w[7];
    const long m1_s0 = w[12];
    const long m1_s1 = w[13];
    const long m1_s2 = w[14];
    const long m2_s0 = w[19];
    const long m2_s1 = w[20];
    const long m2_s2 = w[21];
    const long m3_s0 = w[26];
    const long m3_s1 = w[27];
    const long m3_s2 = w[28];
    __local float m4[576];
    __local float m5[576];
    float r81 = 0;
    float r85 = 0;
    float r89 = 0;
    float r93 = 0;
    float r97 = 0;
    float r101 = 0;
    float r105 = 0;
    float r109 = 0;
    float r113 = 0;
    float r117 = 0;
    float r121 = 0;
    float r125 = 0;
    float r129 = 0;
    float r133 = 0;
    float r137 = 0;
    float r141 = 0;
    float r324 = 0;
    float r331 = 0;
    float r338 = 0;
    float r345 = 0;
    float r352 = 0;
    float r359 = 0;
    float r366 = 0;
    float r373 = 0;
    float r380 = 0;
    float r387 = 0;
    float r394 = 0;
    float r401 = 0;
    float r408 = 0;
    float r415 = 0;
    float r422 = 0;
    float r429 = 0;
    // kernels/contract.k:LINE
    const long r1 = (long)(w[29]);
    const long r2 = (long)(w[30]);
    const long r3 = (long)(w[31]);
    const long r4 = (long)(w[32]);
    const long r5 = 0l;
    const long r24 = 32l;
    {
        const long n23 = (r2 - r5 + r24 - 1) / r24;
        const long n25 = (r4 - r5 + r24 - 1) / r24;
        long from = item;
        const long r25 = r5 + (from % n25) * r24; from /= n25;
        const long r23 = r5 + (from % n23) * r24; from /= n23;
        const long r22 = r5 + from;
        const long r27 = lid;
        const long r28 = 8l;
        const long r29 = r27 % r28;
        const long r31 = r27 / r28;
        const long r33 = 4l;
        const long r34 = (long)((ulong)r31 * (ulong)r33);
        const long r36 = (long)((ulong)r23 + (ulong)r34);
        const bool r38 = r36 < r2;
        const long r39 = 1l;
        const long r42 = (long)((ulong)r34 + (ulong)r39);
        const long r43 = (long)((ulong)r23 + (ulong)r42);
        const bool r45 = r43 < r2;
        const long r46 = 2l;
        const long r49 = (long)((ulong)r34 + (ulong)r46);
        const long r50 = (long)((ulong)r23 + (ulong)r49);
        const bool r52 = r50 < r2;
        const long r53 = 3l;
        const long r56 = (long)((ulong)r34 + (ulong)r53);
        const long r57 = (long)((ulong)r23 + (ulong)r56);
        const bool r59 = r57 < r2;
        const long r62 = (long)((ulong)r25 + (ulong)r29);
        const bool r64 = r62 < r4;
        const long r66 = (long)((ulong)r29 + (ulong)r28);
        const long r67 = (long)((ulong)r25 + (ulong)r66);
        const bool r69 = r67 < r4;
        const long r70 = 16l;
        const long r71 = (long)((ulong)r29 + (ulong)r70);
        const long r72 = (long)((ulong)r25 + (ulong)r71);
        const bool r74 = r72 < r4;
        const long r75 = 24l;
        const long r76 = (long)((ulong)r29 + (ulong)r75);
        const long r77 = (long)((ulong)r25 + (ulong)r76);
        const bool r79 = r77 < r4;
        const float r80 = as_float(0x00000000u) /* 0 */;
        r81 = r80;
        const bool r82 = r38 & r64;
        if (r82) {
            const float r83 = m2[r22 * m2_s0 + r36 * m2_s1 + r62 * m2_s2];
            r81 = r83;
        }
        r85 = r80;
        const bool r86 = r38 & r69;
        if (r86) {
            const float r87 = m2[r22 * m2_s0 + r36 * m2_s1 + r67 * m2_s2];
            r85 = r87;
        }
        r89 = r80;
        const bool r90 = r38 & r74;
        if (r90) {
            const float r91 = m2[r22 * m2_s0 + r36 * m2_s1 + r72 * m2_s2];
            r89 = r91;
        }
        r93 = r80;
        const bool r94 = r38 & r79;
        if (r94) {
            const float r95 = m2[r22 * m2_s0 + r36 * m2_s1 + r77 * m2_s2];
            r93 = r95;
        }
        r97 = r80;
        const bool r98 = r45 & r64;
        if (r98) {
            const float r99 = m2[r22 * m2_s0 + r43 * m2_s1 + r62 * m2_s2];
            r97 = r99;
        }
        r101 = r80;
        const bool r102 = r45 & r69;
        if (r102) {
            const float r103 = m2[r22 * m2_s0 + r43 * m2_s1 + r67 * m2_s2];
            r101 = r103;
        }
        r105 = r80;
        const bool r106 = r45 & r74;
        if (r106) {
            const float r107 = m2[r22 * m2_s0 + r43 * m2_s1 + r72 * m2_s2];
            r105 = r107;
        }
        r109 = r80;
        const bool r110 = r45 & r79;
        if (r110) {
            const float r111 = m2[r22 * m2_s0 + r43 * m2_s1 + r77 * m2_s2];
            r109 = r111;
        }
        r113 = r80;
        const bool r114 = r52 & r64;
        if (r114) {
            const float r115 = m2[r22 * m2_s0 + r50 * m2_s1 + r62 * m2_s2];
            r113 = r115;
        }
        r117 = r80;
        const bool r118 = r52 & r69;
        if (r118) {
            const float r119 = m2[r22 * m2_s0 + r50 * m2_s1 + r67 * m2_s2];
            r117 = r119;
        }
        r121 = r80;
        const bool r122 = r52 & r74;
        if (r122) {
            const float r123 = m2[r22 * m2_s0 + r50 * m2_s1 + r72 * m2_s2];
            r121 = r123;
        }
        r125 = r80;
        const bool r126 = r52 & r79;
        if (r126) {
            const float r127 = m2[r22 * m2_s0 + r50 * m2_s1 + r77 * m2_s2];
            r125 = r127;
        }
        r129 = r80;
        const bool r130 = r59 & r64;
        if (r130) {
            const float r131 = m2[r22 * m2_s0 + r57 * m2_s1 + r62 * m2_s2];
            r129 = r131;
        }
        r133 = r80;
        const bool r134 = r59 & r69;
        if (r134) {
            const float r135 = m2[r22 * m2_s0 + r57 * m2_s1 + r67 * m2_s2];
            r133 = r135;
        }
        r137 = r80;
        const bool r138 = r59 & r74;
        if (r138) {
            const float r139 = m2[r22 * m2_s0 + r57 * m2_s1 + r72 * m2_s2];
            r137 = r139;
        }
        r141 = r80;
        const bool r142 = r59 & r79;
        if (r142) {
            const float r143 = m2[r22 * m2_s0 + r57 * m2_s1 + r77 * m2_s2];
            r141 = r143;
        }
        const long r147 = r27 % r70;
        const long r148 = r27 / r70;
        const long r149 = (long)((ulong)r23 + (ulong)r148);
        const bool r151 = r149 < r2;
        const long r152 = 36l;
        const long r153 = (long)((ulong)r147 * (ulong)r152);
        const long r154 = (long)((ulong)r153 + (ulong)r148);
        const long r155 = 64l;
        const long r156 = (long)((ulong)r27 + (ulong)r155);
        const long r158 = r156 % r70;
        const long r159 = r156 / r70;
        const long r160 = (long)((ulong)r23 + (ulong)r159);
        const bool r162 = r160 < r2;
        const long r164 = (long)((ulong)r158 * (ulong)r152);
        const long r165 = (long)((ulong)r164 + (ulong)r159);
        const long r166 = 128l;
        const long r167 = (long)((ulong)r27 + (ulong)r166);
        const long r169 = r167 % r70;
        const long r170 = r167 / r70;
        const long r171 = (long)((ulong)r23 + (ulong)r170);
        const bool r173 = r171 < r2;
        const long r175 = (long)((ulong)r169 * (ulong)r152);
        const long r176 = (long)((ulong)r175 + (ulong)r170);
        const long r177 = 192l;
        const long r178 = (long)((ulong)r27 + (ulong)r177);
        const long r180 = r178 % r70;
        const long r181 = r178 / r70;
        const long r182 = (long)((ulong)r23 + (ulong)r181);
        const bool r184 = r182 < r2;
        const long r186 = (long)((ulong)r180 * (ulong)r152);
        const long r187 = (long)((ulong)r186 + (ulong)r181);
        const long r188 = 256l;
        const long r189 = (long)((ulong)r27 + (ulong)r188);
        const long r191 = r189 % r70;
        const long r192 = r189 / r70;
        const long r193 = (long)((ulong)r23 + (ulong)r192);
        const bool r195 = r193 < r2;
        const long r197 = (long)((ulong)r191 * (ulong)r152);
        const long r198 = (long)((ulong)r197 + (ulong)r192);
        const long r199 = 320l;
        const long r200 = (long)((ulong)r27 + (ulong)r199);
        const long r202 = r200 % r70;
        const long r203 = r200 / r70;
        const long r204 = (long)((ulong)r23 + (ulong)r203);
        const bool r206 = r204 < r2;
        const long r208 = (long)((ulong)r202 * (ulong)r152);
        const long r209 = (long)((ulong)r208 + (ulong)r203);
        const long r210 = 384l;
        const long r211 = (long)((ulong)r27 + (ulong)r210);
        const long r213 = r211 % r70;
        const long r214 = r211 / r70;
        const long r215 = (long)((ulong)r23 + (ulong)r214);
        const bool r217 = r215 < r2;
        const long r219 = (long)((ulong)r213 * (ulong)r152);
        const long r220 = (long)((ulong)r219 + (ulong)r214);
        const long r221 = 448l;
        const long r222 = (long)((ulong)r27 + (ulong)r221);
        const long r224 = r222 % r70;
        const long r225 = r222 / r70;
        const long r226 = (long)((ulong)r23 + (ulong)r225);
        const bool r228 = r226 < r2;
        const long r230 = (long)((ulong)r224 * (ulong)r152);
        const long r231 = (long)((ulong)r230 + (ulong)r225);
        const long r235 = r27 % r24;
        const long r236 = r27 / r24;
        const long r237 = (long)((ulong)r25 + (ulong)r235);
        const bool r239 = r237 < r4;
        const long r241 = (long)((ulong)r236 * (ulong)r152);
        const long r242 = (long)((ulong)r241 + (ulong)r235);
        const long r246 = r156 % r24;
        const long r247 = r156 / r24;
        const long r248 = (long)((ulong)r25 + (ulong)r246);
        const bool r250 = r248 < r4;
        const long r252 = (long)((ulong)r247 * (ulong)r152);
        const long r253 = (long)((ulong)r252 + (ulong)r246);
        const long r257 = r167 % r24;
        const long r258 = r167 / r24;
        const long r259 = (long)((ulong)r25 + (ulong)r257);
        const bool r261 = r259 < r4;
        const long r263 = (long)((ulong)r258 * (ulong)r152);
        const long r264 = (long)((ulong)r263 + (ulong)r257);
        const long r268 = r178 % r24;
        const long r269 = r178 / r24;
        const long r270 = (long)((ulong)r25 + (ulong)r268);
        const bool r272 = r270 < r4;
        const long r274 = (long)((ulong)r269 * (ulong)r152);
        const long r275 = (long)((ulong)r274 + (ulong)r268);
        const long r279 = r189 % r24;
        const long r280 = r189 / r24;
        const long r281 = (long)((ulong)r25 + (ulong)r279);
        const bool r283 = r281 < r4;
        const long r285 = (long)((ulong)r280 * (ulong)r152);
        const long r286 = (long)((ulong)r285 + (ulong)r279);
        const long r290 = r200 % r24;
        const long r291 = r200 / r24;
        const long r292 = (long)((ulong)r25 + (ulong)r290);
        const bool r294 = r292 < r4;
        const long r296 = (long)((ulong)r291 * (ulong)r152);
        const long r297 = (long)((ulong)r296 + (ulong)r290);
        const long r301 = r211 % r24;
        const long r302 = r211 / r24;
        const long r303 = (long)((ulong)r25 + (ulong)r301);
        const bool r305 = r303 < r4;
        const long r307 = (long)((ulong)r302 * (ulong)r152);
        const long r308 = (long)((ulong)r307 + (ulong)r301);
        const long r312 = r222 % r24;
        const long r313 = r222 / r24;
        const long r314 = (long)((ulong)r25 + (ulong)r312);
        const bool r316 = r314 < r4;
        const long r318 = (long)((ulong)r313 * (ulong)r152);
        const long r319 = (long)((ulong)r318 + (ulong)r312);
        for (long r322 = r5; r322 < r3; r322 += r70) {
            r324 = r80;
            const long r325 = (long)((ulong)r322 + (ulong)r147);
            const bool r326 = r325 < r3;
            const bool r327 = r151 & r326;
            if (r327) {
                const float r329 = m0[r22 * m0_s0 + r149 * m0_s1 + r325 * m0_s2];
                r324 = r329;
            }
            m4[r154] = r324;
            r331 = r80;
            const long r332 = (long)((ulong)r322 + (ulong)r158);
            const bool r333 = r332 < r3;
            const bool r334 = r162 & r333;
            if (r334) {
                const float r336 = m0[r22 * m0_s0 + r160 * m0_s1 + r332 * m0_s2];
                r331 = r336;
            }
            m4[r165] = r331;
            r338 = r80;
            const long r339 = (long)((ulong)r322 + (ulong)r169);
            const bool r340 = r339 < r3;
            const bool r341 = r173 & r340;
            if (r341) {
                const float r343 = m0[r22 * m0_s0 + r171 * m0_s1 + r339 * m0_s2];
                r338 = r343;
            }
            m4[r176] = r338;
            r345 = r80;
            const long r346 = (long)((ulong)r322 + (ulong)r180);
            const bool r347 = r346 < r3;
            const bool r348 = r184 & r347;
            if (r348) {
                const float r350 = m0[r22 * m0_s0 + r182 * m0_s1 + r346 * m0_s2];
                r345 = r350;
            }
            m4[r187] = r345;
            r352 = r80;
            const long r353 = (long)((ulong)r322 + (ulong)r191);
            const bool r354 = r353 < r3;
            const bool r355 = r195 & r354;
            if (r355) {
                const float r357 = m0[r22 * m0_s0 + r193 * m0_s1 + r353 * m0_s2];
                r352 = r357;
            }
            m4[r198] = r352;
            r359 = r80;
            const long r360 = (long)((ulong)r322 + (ulong)r202);
            const bool r361 = r360 < r3;
            const bool r362 = r206 & r361;
            if (r362) {
                const float r364 = m0[r22 * m0_s0 + r204 * m0_s1 + r360 * m0_s2];
                r359 = r364;
            }
            m4[r209] = r359;
            r366 = r80;
            const long r367 = (long)((ulong)r322 + (ulong)r213);
            const bool r368 = r367 < r3;
            const bool r369 = r217 & r368;
            if (r369) {
                const float r371 = m0[r22 * m0_s0 + r215 * m0_s1 + r367 * m0_s2];
                r366 = r371;
            }
            m4[r220] = r366;
            r373 = r80;
            const long r374 = (long)((ulong)r322 + (ulong)r224);
            const bool r375 = r374 < r3;
            const bool r376 = r228 & r375;
            if (r376) {
                const float r378 = m0[r22 * m0_s0 + r226 * m0_s1 + r374 * m0_s2];
                r373 = r378;
            }
            m4[r231] = r373;
            r380 = r80;
            const long r381 = (long)((ulong)r322 + (ulong)r236);
            const bool r382 = r381 < r3;
            const bool r383 = r239 & r382;
            if (r383) {
                const float r385 = m1[r22 * m1_s0 + r381 * m1_s1 + r237 * m1_s2];
                r380 = r385;
            }
            m5[r242] = r380;
            r387 = r80;
            const long r388 = (long)((ulong)r322 + (ulong)r247);
            const bool r389 = r388 < r3;
            const bool r390 = r250 & r389;
            if (r390) {
                const float r392 = m1[r22 * m1_s0 + r388 * m1_s1 + r248 * m1_s2];
                r387 = r392;
            }
            m5[r253] = r387;
            r394 = r80;
            const long r395 = (long)((ulong)r322 + (ulong)r258);
            const bool r396 = r395 < r3;
            const bool r397 = r261 & r396;
            if (r397) {
                const float r399 = m1[r22 * m1_s0 + r395 * m1_s1 + r259 * m1_s2];
                r394 = r399;
            }
            m5[r264] = r394;
            r401 = r80;
            const long r402 = (long)((ulong)r322 + (ulong)r269);
            const bool r403 = r402 < r3;
            const bool r404 = r272 & r403;
            if (r404) {
                const float r406 = m1[r22 * m1_s0 + r402 * m1_s1 + r270 * m1_s2];
                r401 = r406;
            }
            m5[r275] = r401;
            r408 = r80;
            const long r409 = (long)((ulong)r322 + (ulong)r280);
            const bool r410 = r409 < r3;
            const bool r411 = r283 & r410;
            if (r411) {
                const float r413 = m1[r22 * m1_s0 + r409 * m1_s1 + r281 * m1_s2];
                r408 = r413;
            }
            m5[r286] = r408;
            r415 = r80;
            const long r416 = (long)((ulong)r322 + (ulong)r291);
            const bool r417 = r416 < r3;
            const bool r418 = r294 & r417;
            if (r418) {
                const float r420 = m1[r22 * m1_s0 + r416 * m1_s1 + r292 * m1_s2];
                r415 = r420;
            }
            m5[r297] = r415;
            r422 = r80;
            const long r423 = (long)((ulong)r322 + (ulong)r302);
            const bool r424 = r423 < r3;
            const bool r425 = r305 & r424;
            if (r425) {
                const float r427 = m1[r22 * m1_s0 + r423 * m1_s1 + r303 * m1_s2];
                r422 = r427;
            }
            m5[r308] = r422;
            r429 = r80;
            const long r430 = (long)((ulong)r322 + (ulong)r313);
            const bool r431 = r430 < r3;
            const bool r432 = r316 & r431;
            if (r432) {
                const float r434 = m1[r22 * m1_s0 + r430 * m1_s1 + r314 * m1_s2];
                r429 = r434;
            }
            m5[r319] = r429;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r435 = (long)((ulong)r3 - (ulong)r322);
            const bool r436 = r435 >= r70;
            if (r436) {
                for (long r438 = r5; r438 < r70; r438++) {
                    const long r440 = (long)((ulong)r438 * (ulong)r152);
                    const long r441 = (long)((ulong)r440 + (ulong)r34);
                    const float r442 = m4[r441];
                    const long r443 = (long)((ulong)r440 + (ulong)r42);
                    const float r444 = m4[r443];
                    const long r445 = (long)((ulong)r440 + (ulong)r49);
                    const float r446 = m4[r445];
                    const long r447 = (long)((ulong)r440 + (ulong)r56);
                    const float r448 = m4[r447];
                    const long r451 = (long)((ulong)r440 + (ulong)r29);
                    const float r452 = m5[r451];
                    const long r453 = (long)((ulong)r440 + (ulong)r66);
                    const float r454 = m5[r453];
                    const long r455 = (long)((ulong)r440 + (ulong)r71);
                    const float r456 = m5[r455];
                    const long r457 = (long)((ulong)r440 + (ulong)r76);
                    const float r458 = m5[r457];
                    const float r459 = fma(r442, r452, r81);
                    r81 = r459;
                    const float r460 = fma(r442, r454, r85);
                    r85 = r460;
                    const float r461 = fma(r442, r456, r89);
                    r89 = r461;
                    const float r462 = fma(r442, r458, r93);
                    r93 = r462;
                    const float r463 = fma(r444, r452, r97);
                    r97 = r463;
                    const float r464 = fma(r444, r454, r101);
                    r101 = r464;
                    const float r465 = fma(r444, r456, r105);
                    r105 = r465;
                    const float r466 = fma(r444, r458, r109);
                    r109 = r466;
                    const float r467 = fma(r446, r452, r113);
                    r113 = r467;
                    const float r468 = fma(r446, r454, r117);
                    r117 = r468;
                    const float r469 = fma(r446, r456, r121);
                    r121 = r469;
                    const float r470 = fma(r446, r458, r125);
                    r125 = r470;
                    const float r471 = fma(r448, r452, r129);
                    r129 = r471;
                    const float r472 = fma(r448, r454, r133);
                    r133 = r472;
                    const float r473 = fma(r448, r456, r137);
                    r137 = r473;
                    const float r474 = fma(r448, r458, r141);
                    r141 = r474;
                }
            } else {
                for (long r476 = r5; r476 < r435; r476++) {
                    const long r478 = (long)((ulong)r476 * (ulong)r152);
                    const long r479 = (long)((ulong)r478 + (ulong)r34);
                    const float r480 = m4[r479];
                    const long r481 = (long)((ulong)r478 + (ulong)r42);
                    const float r482 = m4[r481];
                    const long r483 = (long)((ulong)r478 + (ulong)r49);
                    const float r484 = m4[r483];
                    const long r485 = (long)((ulong)r478 + (ulong)r56);
                    const float r486 = m4[r485];
                    const long r489 = (long)((ulong)r478 + (ulong)r29);
                    const float r490 = m5[r489];
                    const long r491 = (long)((ulong)r478 + (ulong)r66);
                    const float r492 = m5[r491];
                    const long r493 = (long)((ulong)r478 + (ulong)r71);
                    const float r494 = m5[r493];
                    const long r495 = (long)((ulong)r478 + (ulong)r76);
                    const float r496 = m5[r495];
                    const float r497 = fma(r480, r490, r81);
                    r81 = r497;
                    const float r498 = fma(r480, r492, r85);
                    r85 = r498;
                    const float r499 = fma(r480, r494, r89);
                    r89 = r499;
                    const float r500 = fma(r480, r496, r93);
                    r93 = r500;
                    const float r501 = fma(r482, r490, r97);
                    r97 = r501;
                    const float r502 = fma(r482, r492, r101);
                    r101 = r502;
                    const float r503 = fma(r482, r494, r105);
                    r105 = r503;
                    const float r504 = fma(r482, r496, r109);
                    r109 = r504;
                    const float r505 = fma(r484, r490, r113);
                    r113 = r505;
                    const float r506 = fma(r484, r492, r117);
                    r117 = r506;
                    const float r507 = fma(r484, r494, r121);
                    r121 = r507;
                    const float r508 = fma(r484, r496, r125);
                    r125 = r508;
                    const float r509 = fma(r486, r490, r129);
                    r129 = r509;
                    const float r510 = fma(r486, r492, r133);
                    r133 = r510;
                    const float r511 = fma(r486, r494, r137);
                    r137 = r511;
                    const float r512 = fma(r486, r496, r141);
                    r141 = r512;
                }
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        }
        if (r82) {
            m3[r22 * m3_s0 + r36 * m3_s1 + r62 * m3_s2] = r81;
        }
        if (r86) {
            m3[r22 * m3_s0 + r36 * m3_s1 + r67 * m3_s2] = r85;
        }
        if (r90) {
            m3[r22 * m3_s0 + r36 * m3_s1 + r72 * m3_s2] = r89;
        }
        if (r94) {
            m3[r22 * m3_s0 + r36 * m3_s1 + r77 * m3_s2] = r93;
        }
        if (r98) {
            m3[r22 * m3_s0 + r43 * m3_s1 + r62 * m3_s2] = r97;
        }
        if (r102) {
            m3[r22 * m3_s0 + r43 * m3_s1 + r67 * m3_s2] = r101;
        }
        if (r106) {
            m3[r22 * m3_s0 + r43 * m3_s1 + r72 * m3_s2] = r105;
        }
        if (r110) {
            m3[r22 * m3_s0 + r43 * m3_s1 + r77 * m3_s2] = r109;
        }
        if (r114) {
            m3[r22 * m3_s0 + r50 * m3_s1 + r62 * m3_s2] = r113;
        }
        if (r118) {
            m3[r22 * m3_s0 + r50 * m3_s1 + r67 * m3_s2] = r117;
        }
        if (r122) {
            m3[r22 * m3_s0 + r50 * m3_s1 + r72 * m3_s2] = r121;
        }
        if (r126) {
            m3[r22 * m3_s0 + r50 * m3_s1 + r77 * m3_s2] = r125;
        }
        if (r130) {
            m3[r22 * m3_s0 + r57 * m3_s1 + r62 * m3_s2] = r129;
        }
        if (r134) {
            m3[r22 * m3_s0 + r57 * m3_s1 + r67 * m3_s2] = r133;
        }
        if (r138) {
            m3[r22 * m3_s0 + r57 * m3_s1 + r72 * m3_s2] = r137;
        }
        if (r142) {
            m3[r22 * m3_s0 + r57 * m3_s1 + r77 * m3_s2] = r141;
        }
    }
}
