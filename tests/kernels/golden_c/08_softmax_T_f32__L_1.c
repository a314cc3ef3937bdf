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
    s_f32 r290 = 0;
    s_f32 r294 = 0;
    s_i64 r298 = 0;
    s_i64 r300 = 0;
    s_i64 r302 = 0;
    s_i64 r313 = 0;
    s_i64 r335 = 0;
    s_f32 r352 = 0;
    s_f32 r91 = 0;
    s_i64 r373 = 0;
    s_i64 r395 = 0;
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
        for (int64_t r6 = r3; r6 < r2; r6++) {
            const s_f32 r7 = m0[r4 * m0_s0 + r6 * m0_s1];
            const s_f32 r291 = s_max_f32(r290, r7);
            r290 = r291;
        }
        const s_f32 r14 = r290;
        const s_f32 r293 = 0x0p-149f;
        r294 = r293;
        m3[r3] = r293;
        r298 = r3;
        r300 = r3;
        r302 = r3;
        for (int64_t r16 = r3; r16 < r2; r16++) {
            const s_i64 r303 = 16383;
            const s_i64 r304 = r302 & r303;
            const s_bool r306 = s_eq_i64(r304, r3);
            const s_bool r308 = s_ne_i64(r302, r3);
            const s_bool r309 = r308 & r306;
            if (r309) {
                const s_i64 r311 = 64;
                r313 = r311;
                const s_i64 r314 = 6;
                for (int64_t r316 = r3; r316 < r314; r316++) {
                    const s_i64 r317 = 32;
                    const s_i64 r318 = s_shr_i64(r317, r316);
                    const s_i64 r319 = s_sub_i64(r313, r318);
                    const s_i64 r320 = s_min_i64(r318, r319);
                    for (int64_t r322 = r3; r322 < r320; r322++) {
                        const s_i64 r323 = s_add_i64(r322, r318);
                        const s_f32 r324 = m2[r322];
                        const s_f32 r325 = m2[r323];
                        const s_f32 r326 = r324 + r325;
                        m2[r322] = r326;
                    }
                    const s_i64 r327 = s_min_i64(r313, r318);
                    r313 = r327;
                }
                const s_f32 r329 = m2[r3];
                const s_i64 r330 = r298;
                m3[r330] = r329;
                const s_i64 r331 = 1;
                const s_i64 r332 = s_add_i64(r298, r331);
                r298 = r332;
                const s_i64 r334 = s_add_i64(r300, r331);
                r300 = r334;
                r335 = r300;
                for (;;) {
                    const s_i64 r337 = r335 & r331;
                    const s_bool r339 = s_eq_i64(r337, r3);
                    if (!r339) break;
                    const s_i64 r340 = -1;
                    const s_i64 r341 = s_add_i64(r298, r340);
                    r298 = r341;
                    const s_i64 r343 = s_add_i64(r341, r340);
                    const s_f32 r344 = m3[r343];
                    const s_f32 r345 = m3[r341];
                    const s_f32 r346 = r344 + r345;
                    m3[r343] = r346;
                    const s_i64 r348 = s_shr_i64(r335, r331);
                    r335 = r348;
                }
            }
            const s_i64 r349 = 63;
            const s_i64 r350 = r302 & r349;
            r352 = r293;
            const s_i64 r354 = r302 & r303;
            const s_i64 r355 = 64;
            const s_bool r356 = s_ge_i64(r354, r355);
            if (r356) {
                const s_f32 r357 = m2[r350];
                r352 = r357;
            }
            const s_f32 r17 = m0[r4 * m0_s0 + r16 * m0_s1];
            const s_f32 r18 = r17 - r14;
            r91 = r293;
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
            const s_f32 r358 = r352 + r93;
            r352 = r358;
            m2[r350] = r352;
            const s_i64 r360 = 1;
            const s_i64 r361 = s_add_i64(r302, r360);
            r302 = r361;
        }
        const s_i64 r362 = -1;
        const s_bool r364 = s_gt_i64(r302, r3);
        if (r364) {
            const s_i64 r366 = s_add_i64(r302, r362);
            const s_i64 r367 = 16383;
            const s_i64 r368 = r366 & r367;
            const s_i64 r369 = 1;
            const s_i64 r370 = s_add_i64(r368, r369);
            const s_i64 r371 = 64;
            const s_i64 r372 = s_min_i64(r370, r371);
            r373 = r372;
            const s_i64 r374 = 6;
            for (int64_t r376 = r3; r376 < r374; r376++) {
                const s_i64 r377 = 32;
                const s_i64 r378 = s_shr_i64(r377, r376);
                const s_i64 r379 = s_sub_i64(r373, r378);
                const s_i64 r380 = s_min_i64(r378, r379);
                for (int64_t r382 = r3; r382 < r380; r382++) {
                    const s_i64 r383 = s_add_i64(r382, r378);
                    const s_f32 r384 = m2[r382];
                    const s_f32 r385 = m2[r383];
                    const s_f32 r386 = r384 + r385;
                    m2[r382] = r386;
                }
                const s_i64 r387 = s_min_i64(r373, r378);
                r373 = r387;
            }
            const s_f32 r389 = m2[r3];
            const s_i64 r390 = r298;
            m3[r390] = r389;
            const s_i64 r392 = s_add_i64(r298, r369);
            r298 = r392;
            const s_i64 r394 = s_add_i64(r300, r369);
            r300 = r394;
            r395 = r300;
            for (;;) {
                const s_i64 r397 = r395 & r369;
                const s_bool r399 = s_eq_i64(r397, r3);
                if (!r399) break;
                const s_i64 r401 = s_add_i64(r298, r362);
                r298 = r401;
                const s_i64 r403 = s_add_i64(r401, r362);
                const s_f32 r404 = m3[r403];
                const s_f32 r405 = m3[r401];
                const s_f32 r406 = r404 + r405;
                m3[r403] = r406;
                const s_i64 r408 = s_shr_i64(r395, r369);
                r395 = r408;
            }
        }
        for (;;) {
            const s_i64 r409 = 1;
            const s_bool r410 = s_gt_i64(r298, r409);
            if (!r410) break;
            const s_i64 r412 = s_add_i64(r298, r362);
            r298 = r412;
            const s_i64 r414 = s_add_i64(r412, r362);
            const s_f32 r415 = m3[r414];
            const s_f32 r416 = m3[r412];
            const s_f32 r417 = r415 + r416;
            m3[r414] = r417;
        }
        const s_f32 r419 = m3[r3];
        r294 = r419;
        const s_f32 r83 = r294;
        for (int64_t r85 = r3; r85 < r2; r85++) {
            const s_f32 r86 = m0[r4 * m0_s0 + r85 * m0_s1];
            const s_f32 r87 = r86 - r14;
            r149 = r293;
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
