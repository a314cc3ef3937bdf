/* kernels/reduce.k:LINE: softmax */
AOT k0_softmax(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_f32 *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    s_f32 *restrict const m1 = l->view[1].p; /* y */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    s_f32 m2[64];
    s_f32 m3[48];
    s_f32 m4[64];
    s_f32 m5[48];
    s_f32 r290 = 0;
    s_i64 r294 = 0;
    s_i64 r296 = 0;
    s_i64 r298 = 0;
    s_i64 r309 = 0;
    s_i64 r331 = 0;
    s_f32 r348 = 0;
    s_i64 r369 = 0;
    s_i64 r391 = 0;
    s_f32 r417 = 0;
    s_i64 r421 = 0;
    s_i64 r423 = 0;
    s_i64 r425 = 0;
    s_i64 r436 = 0;
    s_i64 r458 = 0;
    s_f32 r475 = 0;
    s_f32 r91 = 0;
    s_i64 r496 = 0;
    s_i64 r518 = 0;
    s_f32 r149 = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = 0;
    int64_t from = lo;
    const int64_t n0 = r1 - r3;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r4 = r3 + i0;
        const s_f32 r289 = -__builtin_inff();
        r290 = r289;
        m3[r3] = r289;
        r294 = r3;
        r296 = r3;
        r298 = r3;
        for (int64_t r6 = r3; r6 < r2; r6++) {
            const s_i64 r299 = 16383;
            const s_i64 r300 = r298 & r299;
            const s_bool r302 = s_eq_i64(r300, r3);
            const s_bool r304 = s_ne_i64(r298, r3);
            const s_bool r305 = r304 & r302;
            if (r305) {
                const s_i64 r307 = 64;
                r309 = r307;
                const s_i64 r310 = 6;
                for (int64_t r312 = r3; r312 < r310; r312++) {
                    const s_i64 r313 = 32;
                    const s_i64 r314 = s_shr_i64(r313, r312);
                    const s_i64 r315 = s_sub_i64(r309, r314);
                    const s_i64 r316 = s_min_i64(r314, r315);
                    for (int64_t r318 = r3; r318 < r316; r318++) {
                        const s_i64 r319 = s_add_i64(r318, r314);
                        const s_f32 r320 = m2[r318];
                        const s_f32 r321 = m2[r319];
                        const s_f32 r322 = s_max_f32(r320, r321);
                        m2[r318] = r322;
                    }
                    const s_i64 r323 = s_min_i64(r309, r314);
                    r309 = r323;
                }
                const s_f32 r325 = m2[r3];
                const s_i64 r326 = r294;
                m3[r326] = r325;
                const s_i64 r327 = 1;
                const s_i64 r328 = s_add_i64(r294, r327);
                r294 = r328;
                const s_i64 r330 = s_add_i64(r296, r327);
                r296 = r330;
                r331 = r296;
                for (;;) {
                    const s_i64 r333 = r331 & r327;
                    const s_bool r335 = s_eq_i64(r333, r3);
                    if (!r335) break;
                    const s_i64 r336 = -1;
                    const s_i64 r337 = s_add_i64(r294, r336);
                    r294 = r337;
                    const s_i64 r339 = s_add_i64(r337, r336);
                    const s_f32 r340 = m3[r339];
                    const s_f32 r341 = m3[r337];
                    const s_f32 r342 = s_max_f32(r340, r341);
                    m3[r339] = r342;
                    const s_i64 r344 = s_shr_i64(r331, r327);
                    r331 = r344;
                }
            }
            const s_i64 r345 = 63;
            const s_i64 r346 = r298 & r345;
            r348 = r289;
            const s_i64 r350 = r298 & r299;
            const s_i64 r351 = 64;
            const s_bool r352 = s_ge_i64(r350, r351);
            if (r352) {
                const s_f32 r353 = m2[r346];
                r348 = r353;
            }
            const s_f32 r7 = m0[r4 * m0_s0 + r6 * m0_s1];
            const s_f32 r354 = s_max_f32(r348, r7);
            r348 = r354;
            m2[r346] = r348;
            const s_i64 r356 = 1;
            const s_i64 r357 = s_add_i64(r298, r356);
            r298 = r357;
        }
        const s_i64 r358 = -1;
        const s_bool r360 = s_gt_i64(r298, r3);
        if (r360) {
            const s_i64 r362 = s_add_i64(r298, r358);
            const s_i64 r363 = 16383;
            const s_i64 r364 = r362 & r363;
            const s_i64 r365 = 1;
            const s_i64 r366 = s_add_i64(r364, r365);
            const s_i64 r367 = 64;
            const s_i64 r368 = s_min_i64(r366, r367);
            r369 = r368;
            const s_i64 r370 = 6;
            for (int64_t r372 = r3; r372 < r370; r372++) {
                const s_i64 r373 = 32;
                const s_i64 r374 = s_shr_i64(r373, r372);
                const s_i64 r375 = s_sub_i64(r369, r374);
                const s_i64 r376 = s_min_i64(r374, r375);
                for (int64_t r378 = r3; r378 < r376; r378++) {
                    const s_i64 r379 = s_add_i64(r378, r374);
                    const s_f32 r380 = m2[r378];
                    const s_f32 r381 = m2[r379];
                    const s_f32 r382 = s_max_f32(r380, r381);
                    m2[r378] = r382;
                }
                const s_i64 r383 = s_min_i64(r369, r374);
                r369 = r383;
            }
            const s_f32 r385 = m2[r3];
            const s_i64 r386 = r294;
            m3[r386] = r385;
            const s_i64 r388 = s_add_i64(r294, r365);
            r294 = r388;
            const s_i64 r390 = s_add_i64(r296, r365);
            r296 = r390;
            r391 = r296;
            for (;;) {
                const s_i64 r393 = r391 & r365;
                const s_bool r395 = s_eq_i64(r393, r3);
                if (!r395) break;
                const s_i64 r397 = s_add_i64(r294, r358);
                r294 = r397;
                const s_i64 r399 = s_add_i64(r397, r358);
                const s_f32 r400 = m3[r399];
                const s_f32 r401 = m3[r397];
                const s_f32 r402 = s_max_f32(r400, r401);
                m3[r399] = r402;
                const s_i64 r404 = s_shr_i64(r391, r365);
                r391 = r404;
            }
        }
        for (;;) {
            const s_i64 r405 = 1;
            const s_bool r406 = s_gt_i64(r294, r405);
            if (!r406) break;
            const s_i64 r408 = s_add_i64(r294, r358);
            r294 = r408;
            const s_i64 r410 = s_add_i64(r408, r358);
            const s_f32 r411 = m3[r410];
            const s_f32 r412 = m3[r408];
            const s_f32 r413 = s_max_f32(r411, r412);
            m3[r410] = r413;
        }
        const s_f32 r415 = m3[r3];
        r290 = r415;
        const s_f32 r14 = r290;
        const s_f32 r416 = 0x0p-149f;
        r417 = r416;
        m5[r3] = r416;
        r421 = r3;
        r423 = r3;
        r425 = r3;
        for (int64_t r16 = r3; r16 < r2; r16++) {
            const s_i64 r426 = 16383;
            const s_i64 r427 = r425 & r426;
            const s_bool r429 = s_eq_i64(r427, r3);
            const s_bool r431 = s_ne_i64(r425, r3);
            const s_bool r432 = r431 & r429;
            if (r432) {
                const s_i64 r434 = 64;
                r436 = r434;
                const s_i64 r437 = 6;
                for (int64_t r439 = r3; r439 < r437; r439++) {
                    const s_i64 r440 = 32;
                    const s_i64 r441 = s_shr_i64(r440, r439);
                    const s_i64 r442 = s_sub_i64(r436, r441);
                    const s_i64 r443 = s_min_i64(r441, r442);
                    for (int64_t r445 = r3; r445 < r443; r445++) {
                        const s_i64 r446 = s_add_i64(r445, r441);
                        const s_f32 r447 = m4[r445];
                        const s_f32 r448 = m4[r446];
                        const s_f32 r449 = r447 + r448;
                        m4[r445] = r449;
                    }
                    const s_i64 r450 = s_min_i64(r436, r441);
                    r436 = r450;
                }
                const s_f32 r452 = m4[r3];
                const s_i64 r453 = r421;
                m5[r453] = r452;
                const s_i64 r454 = 1;
                const s_i64 r455 = s_add_i64(r421, r454);
                r421 = r455;
                const s_i64 r457 = s_add_i64(r423, r454);
                r423 = r457;
                r458 = r423;
                for (;;) {
                    const s_i64 r460 = r458 & r454;
                    const s_bool r462 = s_eq_i64(r460, r3);
                    if (!r462) break;
                    const s_i64 r464 = s_add_i64(r421, r358);
                    r421 = r464;
                    const s_i64 r466 = s_add_i64(r464, r358);
                    const s_f32 r467 = m5[r466];
                    const s_f32 r468 = m5[r464];
                    const s_f32 r469 = r467 + r468;
                    m5[r466] = r469;
                    const s_i64 r471 = s_shr_i64(r458, r454);
                    r458 = r471;
                }
            }
            const s_i64 r472 = 63;
            const s_i64 r473 = r425 & r472;
            r475 = r416;
            const s_i64 r477 = r425 & r426;
            const s_i64 r478 = 64;
            const s_bool r479 = s_ge_i64(r477, r478);
            if (r479) {
                const s_f32 r480 = m4[r473];
                r475 = r480;
            }
            const s_f32 r17 = m0[r4 * m0_s0 + r16 * m0_s1];
            const s_f32 r18 = r17 - r14;
            r91 = r416;
            const s_f32 r94 = -0xd00000p-17f;
            const s_f32 r95 = s_max_f32(r18, r94);
            const s_f32 r96 = 0xb20000p-17f;
            const s_f32 r97 = s_min_f32(r95, r96);
            const s_f32 r98 = 0xb8aa3bp-23f;
            const s_f32 r99 = r97 * r98;
            const s_f32 r100 = s_rint_f32(r99);
            const s_f32 r101 = 0xb17200p-24f;
            const s_f32 r102 = r100 * r101;
            const s_f32 r103 = r97 - r102;
            const s_f32 r104 = 0xbfbe8ep-43f;
            const s_f32 r105 = r100 * r104;
            const s_f32 r106 = r103 - r105;
            const s_f32 r119 = r106 * r106;
            const s_f32 r120 = 0xd09338p-36f;
            const s_f32 r121 = r106 * r120;
            const s_f32 r122 = 0xb6a269p-33f;
            const s_f32 r123 = r122 + r121;
            const s_f32 r124 = r106 * r123;
            const s_f32 r125 = 0x888870p-30f;
            const s_f32 r126 = r125 + r124;
            const s_f32 r127 = r106 * r126;
            const s_f32 r128 = 0xaaaa74p-28f;
            const s_f32 r129 = r128 + r127;
            const s_f32 r130 = r106 * r129;
            const s_f32 r131 = 0xaaaaabp-26f;
            const s_f32 r132 = r131 + r130;
            const s_f32 r133 = r106 * r132;
            const s_f32 r134 = 0x800000p-24f;
            const s_f32 r135 = r134 + r133;
            const s_f32 r136 = r119 * r135;
            const s_f32 r137 = r106 + r136;
            const s_i32 r108 = s_cast_i32_f32(r100);
            const s_i32 r109 = (s_i32)0x1u;
            const s_i32 r110 = s_shr_i32(r108, r109);
            const s_f32 r111 = 0x800000p-23f;
            const s_f32 r112 = r111 + r137;
            const s_i32 r138 = (s_i32)0x7fu;
            const s_i32 r139 = s_add_i32(r110, r138);
            const s_i32 r140 = (s_i32)0x17u;
            const s_i32 r141 = s_shl_i32(r139, r140);
            const s_f32 r142 = s_bitcast_f32_i32(r141);
            const s_f32 r114 = r112 * r142;
            const s_i32 r116 = s_sub_i32(r108, r110);
            const s_i32 r144 = s_add_i32(r116, r138);
            const s_i32 r146 = s_shl_i32(r144, r140);
            const s_f32 r147 = s_bitcast_f32_i32(r146);
            const s_f32 r118 = r114 * r147;
            r91 = r118;
            const s_f32 r93 = r91;
            const s_f32 r481 = r475 + r93;
            r475 = r481;
            m4[r473] = r475;
            const s_i64 r483 = 1;
            const s_i64 r484 = s_add_i64(r425, r483);
            r425 = r484;
        }
        const s_bool r487 = s_gt_i64(r425, r3);
        if (r487) {
            const s_i64 r489 = s_add_i64(r425, r358);
            const s_i64 r490 = 16383;
            const s_i64 r491 = r489 & r490;
            const s_i64 r492 = 1;
            const s_i64 r493 = s_add_i64(r491, r492);
            const s_i64 r494 = 64;
            const s_i64 r495 = s_min_i64(r493, r494);
            r496 = r495;
            const s_i64 r497 = 6;
            for (int64_t r499 = r3; r499 < r497; r499++) {
                const s_i64 r500 = 32;
                const s_i64 r501 = s_shr_i64(r500, r499);
                const s_i64 r502 = s_sub_i64(r496, r501);
                const s_i64 r503 = s_min_i64(r501, r502);
                for (int64_t r505 = r3; r505 < r503; r505++) {
                    const s_i64 r506 = s_add_i64(r505, r501);
                    const s_f32 r507 = m4[r505];
                    const s_f32 r508 = m4[r506];
                    const s_f32 r509 = r507 + r508;
                    m4[r505] = r509;
                }
                const s_i64 r510 = s_min_i64(r496, r501);
                r496 = r510;
            }
            const s_f32 r512 = m4[r3];
            const s_i64 r513 = r421;
            m5[r513] = r512;
            const s_i64 r515 = s_add_i64(r421, r492);
            r421 = r515;
            const s_i64 r517 = s_add_i64(r423, r492);
            r423 = r517;
            r518 = r423;
            for (;;) {
                const s_i64 r520 = r518 & r492;
                const s_bool r522 = s_eq_i64(r520, r3);
                if (!r522) break;
                const s_i64 r524 = s_add_i64(r421, r358);
                r421 = r524;
                const s_i64 r526 = s_add_i64(r524, r358);
                const s_f32 r527 = m5[r526];
                const s_f32 r528 = m5[r524];
                const s_f32 r529 = r527 + r528;
                m5[r526] = r529;
                const s_i64 r531 = s_shr_i64(r518, r492);
                r518 = r531;
            }
        }
        for (;;) {
            const s_i64 r532 = 1;
            const s_bool r533 = s_gt_i64(r421, r532);
            if (!r533) break;
            const s_i64 r535 = s_add_i64(r421, r358);
            r421 = r535;
            const s_i64 r537 = s_add_i64(r535, r358);
            const s_f32 r538 = m5[r537];
            const s_f32 r539 = m5[r535];
            const s_f32 r540 = r538 + r539;
            m5[r537] = r540;
        }
        const s_f32 r542 = m5[r3];
        r417 = r542;
        const s_f32 r83 = r417;
        for (int64_t r85 = r3; r85 < r2; r85++) {
            const s_f32 r86 = m0[r4 * m0_s0 + r85 * m0_s1];
            const s_f32 r87 = r86 - r14;
            r149 = r416;
            const s_f32 r152 = -0xd00000p-17f;
            const s_f32 r153 = s_max_f32(r87, r152);
            const s_f32 r154 = 0xb20000p-17f;
            const s_f32 r155 = s_min_f32(r153, r154);
            const s_f32 r156 = 0xb8aa3bp-23f;
            const s_f32 r157 = r155 * r156;
            const s_f32 r158 = s_rint_f32(r157);
            const s_f32 r159 = 0xb17200p-24f;
            const s_f32 r160 = r158 * r159;
            const s_f32 r161 = r155 - r160;
            const s_f32 r162 = 0xbfbe8ep-43f;
            const s_f32 r163 = r158 * r162;
            const s_f32 r164 = r161 - r163;
            const s_f32 r177 = r164 * r164;
            const s_f32 r178 = 0xd09338p-36f;
            const s_f32 r179 = r164 * r178;
            const s_f32 r180 = 0xb6a269p-33f;
            const s_f32 r181 = r180 + r179;
            const s_f32 r182 = r164 * r181;
            const s_f32 r183 = 0x888870p-30f;
            const s_f32 r184 = r183 + r182;
            const s_f32 r185 = r164 * r184;
            const s_f32 r186 = 0xaaaa74p-28f;
            const s_f32 r187 = r186 + r185;
            const s_f32 r188 = r164 * r187;
            const s_f32 r189 = 0xaaaaabp-26f;
            const s_f32 r190 = r189 + r188;
            const s_f32 r191 = r164 * r190;
            const s_f32 r192 = 0x800000p-24f;
            const s_f32 r193 = r192 + r191;
            const s_f32 r194 = r177 * r193;
            const s_f32 r195 = r164 + r194;
            const s_i32 r166 = s_cast_i32_f32(r158);
            const s_i32 r167 = (s_i32)0x1u;
            const s_i32 r168 = s_shr_i32(r166, r167);
            const s_f32 r169 = 0x800000p-23f;
            const s_f32 r170 = r169 + r195;
            const s_i32 r196 = (s_i32)0x7fu;
            const s_i32 r197 = s_add_i32(r168, r196);
            const s_i32 r198 = (s_i32)0x17u;
            const s_i32 r199 = s_shl_i32(r197, r198);
            const s_f32 r200 = s_bitcast_f32_i32(r199);
            const s_f32 r172 = r170 * r200;
            const s_i32 r174 = s_sub_i32(r166, r168);
            const s_i32 r202 = s_add_i32(r174, r196);
            const s_i32 r204 = s_shl_i32(r202, r198);
            const s_f32 r205 = s_bitcast_f32_i32(r204);
            const s_f32 r176 = r172 * r205;
            r149 = r176;
            const s_f32 r151 = r149;
            const s_f32 r89 = r151 / r83;
            m1[r4 * m1_s0 + r85 * m1_s1] = r89;
        }
        ++i0;
    }
}
