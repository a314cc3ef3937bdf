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
    s_f32 r306 = 0;
    s_f32 r310 = 0;
    s_i64 r314 = 0;
    s_i64 r316 = 0;
    s_i64 r318 = 0;
    s_i64 r329 = 0;
    s_i64 r351 = 0;
    s_f32 r368 = 0;
    s_f32 r95 = 0;
    s_i64 r389 = 0;
    s_i64 r411 = 0;
    s_f32 r157 = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = 0;
    int64_t from = lo;
    const int64_t n0 = r1 - r3;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r4 = r3 + i0;
        const s_f32 r305 = -__builtin_inff();
        r306 = r305;
        for (int64_t r6 = r3; r6 < r2; r6++) {
            const s_f32 r7 = m0[r4 * m0_s0 + r6 * m0_s1];
            const s_f32 r307 = s_max_f32(r306, r7);
            r306 = r307;
        }
        const s_f32 r14 = r306;
        const s_f32 r309 = 0x0p-149f;
        r310 = r309;
        m3[r3] = r309;
        r314 = r3;
        r316 = r3;
        r318 = r3;
        for (int64_t r16 = r3; r16 < r2; r16++) {
            const s_i64 r319 = 16383;
            const s_i64 r320 = r318 & r319;
            const s_bool r322 = s_eq_i64(r320, r3);
            const s_bool r324 = s_ne_i64(r318, r3);
            const s_bool r325 = r324 & r322;
            if (r325) {
                const s_i64 r327 = 64;
                r329 = r327;
                const s_i64 r330 = 6;
                for (int64_t r332 = r3; r332 < r330; r332++) {
                    const s_i64 r333 = 32;
                    const s_i64 r334 = s_shr_i64(r333, r332);
                    const s_i64 r335 = s_sub_i64(r329, r334);
                    const s_i64 r336 = s_min_i64(r334, r335);
                    for (int64_t r338 = r3; r338 < r336; r338++) {
                        const s_i64 r339 = s_add_i64(r338, r334);
                        const s_f32 r340 = m2[r338];
                        const s_f32 r341 = m2[r339];
                        const s_f32 r342 = r340 + r341;
                        m2[r338] = r342;
                    }
                    const s_i64 r343 = s_min_i64(r329, r334);
                    r329 = r343;
                }
                const s_f32 r345 = m2[r3];
                const s_i64 r346 = r314;
                m3[r346] = r345;
                const s_i64 r347 = 1;
                const s_i64 r348 = s_add_i64(r314, r347);
                r314 = r348;
                const s_i64 r350 = s_add_i64(r316, r347);
                r316 = r350;
                r351 = r316;
                for (;;) {
                    const s_i64 r353 = r351 & r347;
                    const s_bool r355 = s_eq_i64(r353, r3);
                    if (!r355) break;
                    const s_i64 r356 = -1;
                    const s_i64 r357 = s_add_i64(r314, r356);
                    r314 = r357;
                    const s_i64 r359 = s_add_i64(r357, r356);
                    const s_f32 r360 = m3[r359];
                    const s_f32 r361 = m3[r357];
                    const s_f32 r362 = r360 + r361;
                    m3[r359] = r362;
                    const s_i64 r364 = s_shr_i64(r351, r347);
                    r351 = r364;
                }
            }
            const s_i64 r365 = 63;
            const s_i64 r366 = r318 & r365;
            r368 = r309;
            const s_i64 r370 = r318 & r319;
            const s_i64 r371 = 64;
            const s_bool r372 = s_ge_i64(r370, r371);
            if (r372) {
                const s_f32 r373 = m2[r366];
                r368 = r373;
            }
            const s_f32 r17 = m0[r4 * m0_s0 + r16 * m0_s1];
            const s_f32 r18 = r17 - r14;
            r95 = r309;
            const s_f32 r98 = -0xd00000p-17f;
            const s_f32 r99 = s_max_f32(r18, r98);
            const s_f32 r100 = 0xb20000p-17f;
            const s_f32 r101 = s_min_f32(r99, r100);
            const s_f32 r102 = 0xb8aa3bp-23f;
            const s_f32 r103 = r101 * r102;
            const s_f32 r104 = s_rint_f32(r103);
            const s_f32 r105 = 0xb17200p-24f;
            const s_f32 r106 = r104 * r105;
            const s_f32 r107 = r101 - r106;
            const s_f32 r108 = 0xbfbe8ep-43f;
            const s_f32 r109 = r104 * r108;
            const s_f32 r110 = r107 - r109;
            const s_f32 r127 = r110 * r110;
            const s_f32 r128 = 0xd09338p-36f;
            const s_f32 r129 = r110 * r128;
            const s_f32 r130 = 0xb6a269p-33f;
            const s_f32 r131 = r130 + r129;
            const s_f32 r132 = r110 * r131;
            const s_f32 r133 = 0x888870p-30f;
            const s_f32 r134 = r133 + r132;
            const s_f32 r135 = r110 * r134;
            const s_f32 r136 = 0xaaaa74p-28f;
            const s_f32 r137 = r136 + r135;
            const s_f32 r138 = r110 * r137;
            const s_f32 r139 = 0xaaaaabp-26f;
            const s_f32 r140 = r139 + r138;
            const s_f32 r141 = r110 * r140;
            const s_f32 r142 = 0x800000p-24f;
            const s_f32 r143 = r142 + r141;
            const s_f32 r144 = r127 * r143;
            const s_f32 r145 = r110 + r144;
            const s_i32 r112 = s_cast_i32_f32(r104);
            const s_i32 r113 = (s_i32)0x1u;
            const s_i32 r114 = s_shr_i32(r112, r113);
            const s_f32 r115 = 0x800000p-23f;
            const s_f32 r116 = r115 + r145;
            const s_i32 r146 = (s_i32)0x7fu;
            const s_i32 r147 = s_add_i32(r114, r146);
            const s_i32 r148 = (s_i32)0x17u;
            const s_i32 r149 = s_shl_i32(r147, r148);
            const s_f32 r150 = s_bitcast_f32_i32(r149);
            const s_f32 r118 = r116 * r150;
            const s_bool r120 = s_eq_f32(r101, r98);
            const s_i32 r123 = s_sub_i32(r112, r114);
            const s_i32 r152 = s_add_i32(r123, r146);
            const s_i32 r154 = s_shl_i32(r152, r148);
            const s_f32 r155 = s_bitcast_f32_i32(r154);
            const s_f32 r125 = r120 ? r309 : r155;
            const s_f32 r126 = r118 * r125;
            r95 = r126;
            const s_f32 r97 = r95;
            const s_f32 r374 = r368 + r97;
            r368 = r374;
            m2[r366] = r368;
            const s_i64 r376 = 1;
            const s_i64 r377 = s_add_i64(r318, r376);
            r318 = r377;
        }
        const s_i64 r378 = -1;
        const s_bool r380 = s_gt_i64(r318, r3);
        if (r380) {
            const s_i64 r382 = s_add_i64(r318, r378);
            const s_i64 r383 = 16383;
            const s_i64 r384 = r382 & r383;
            const s_i64 r385 = 1;
            const s_i64 r386 = s_add_i64(r384, r385);
            const s_i64 r387 = 64;
            const s_i64 r388 = s_min_i64(r386, r387);
            r389 = r388;
            const s_i64 r390 = 6;
            for (int64_t r392 = r3; r392 < r390; r392++) {
                const s_i64 r393 = 32;
                const s_i64 r394 = s_shr_i64(r393, r392);
                const s_i64 r395 = s_sub_i64(r389, r394);
                const s_i64 r396 = s_min_i64(r394, r395);
                for (int64_t r398 = r3; r398 < r396; r398++) {
                    const s_i64 r399 = s_add_i64(r398, r394);
                    const s_f32 r400 = m2[r398];
                    const s_f32 r401 = m2[r399];
                    const s_f32 r402 = r400 + r401;
                    m2[r398] = r402;
                }
                const s_i64 r403 = s_min_i64(r389, r394);
                r389 = r403;
            }
            const s_f32 r405 = m2[r3];
            const s_i64 r406 = r314;
            m3[r406] = r405;
            const s_i64 r408 = s_add_i64(r314, r385);
            r314 = r408;
            const s_i64 r410 = s_add_i64(r316, r385);
            r316 = r410;
            r411 = r316;
            for (;;) {
                const s_i64 r413 = r411 & r385;
                const s_bool r415 = s_eq_i64(r413, r3);
                if (!r415) break;
                const s_i64 r417 = s_add_i64(r314, r378);
                r314 = r417;
                const s_i64 r419 = s_add_i64(r417, r378);
                const s_f32 r420 = m3[r419];
                const s_f32 r421 = m3[r417];
                const s_f32 r422 = r420 + r421;
                m3[r419] = r422;
                const s_i64 r424 = s_shr_i64(r411, r385);
                r411 = r424;
            }
        }
        for (;;) {
            const s_i64 r425 = 1;
            const s_bool r426 = s_gt_i64(r314, r425);
            if (!r426) break;
            const s_i64 r428 = s_add_i64(r314, r378);
            r314 = r428;
            const s_i64 r430 = s_add_i64(r428, r378);
            const s_f32 r431 = m3[r430];
            const s_f32 r432 = m3[r428];
            const s_f32 r433 = r431 + r432;
            m3[r430] = r433;
        }
        const s_f32 r435 = m3[r3];
        r310 = r435;
        const s_f32 r87 = r310;
        for (int64_t r89 = r3; r89 < r2; r89++) {
            const s_f32 r90 = m0[r4 * m0_s0 + r89 * m0_s1];
            const s_f32 r91 = r90 - r14;
            r157 = r309;
            const s_f32 r160 = -0xd00000p-17f;
            const s_f32 r161 = s_max_f32(r91, r160);
            const s_f32 r162 = 0xb20000p-17f;
            const s_f32 r163 = s_min_f32(r161, r162);
            const s_f32 r164 = 0xb8aa3bp-23f;
            const s_f32 r165 = r163 * r164;
            const s_f32 r166 = s_rint_f32(r165);
            const s_f32 r167 = 0xb17200p-24f;
            const s_f32 r168 = r166 * r167;
            const s_f32 r169 = r163 - r168;
            const s_f32 r170 = 0xbfbe8ep-43f;
            const s_f32 r171 = r166 * r170;
            const s_f32 r172 = r169 - r171;
            const s_f32 r189 = r172 * r172;
            const s_f32 r190 = 0xd09338p-36f;
            const s_f32 r191 = r172 * r190;
            const s_f32 r192 = 0xb6a269p-33f;
            const s_f32 r193 = r192 + r191;
            const s_f32 r194 = r172 * r193;
            const s_f32 r195 = 0x888870p-30f;
            const s_f32 r196 = r195 + r194;
            const s_f32 r197 = r172 * r196;
            const s_f32 r198 = 0xaaaa74p-28f;
            const s_f32 r199 = r198 + r197;
            const s_f32 r200 = r172 * r199;
            const s_f32 r201 = 0xaaaaabp-26f;
            const s_f32 r202 = r201 + r200;
            const s_f32 r203 = r172 * r202;
            const s_f32 r204 = 0x800000p-24f;
            const s_f32 r205 = r204 + r203;
            const s_f32 r206 = r189 * r205;
            const s_f32 r207 = r172 + r206;
            const s_i32 r174 = s_cast_i32_f32(r166);
            const s_i32 r175 = (s_i32)0x1u;
            const s_i32 r176 = s_shr_i32(r174, r175);
            const s_f32 r177 = 0x800000p-23f;
            const s_f32 r178 = r177 + r207;
            const s_i32 r208 = (s_i32)0x7fu;
            const s_i32 r209 = s_add_i32(r176, r208);
            const s_i32 r210 = (s_i32)0x17u;
            const s_i32 r211 = s_shl_i32(r209, r210);
            const s_f32 r212 = s_bitcast_f32_i32(r211);
            const s_f32 r180 = r178 * r212;
            const s_bool r182 = s_eq_f32(r163, r160);
            const s_i32 r185 = s_sub_i32(r174, r176);
            const s_i32 r214 = s_add_i32(r185, r208);
            const s_i32 r216 = s_shl_i32(r214, r210);
            const s_f32 r217 = s_bitcast_f32_i32(r216);
            const s_f32 r187 = r182 ? r309 : r217;
            const s_f32 r188 = r180 * r187;
            r157 = r188;
            const s_f32 r159 = r157;
            const s_f32 r93 = r159 / r87;
            m1[r4 * m1_s0 + r89 * m1_s1] = r93;
        }
        ++i0;
    }
}
