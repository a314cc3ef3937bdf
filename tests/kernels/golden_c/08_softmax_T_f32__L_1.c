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
    s_f32 r338 = 0;
    s_f32 r342 = 0;
    s_i64 r346 = 0;
    s_i64 r348 = 0;
    s_i64 r350 = 0;
    s_i64 r361 = 0;
    s_i64 r383 = 0;
    s_f32 r400 = 0;
    s_f32 r103 = 0;
    s_i64 r421 = 0;
    s_i64 r443 = 0;
    s_f32 r173 = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = 0;
    int64_t from = lo;
    const int64_t n0 = r1 - r3;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r4 = r3 + i0;
        const s_f32 r337 = -__builtin_inff();
        r338 = r337;
        for (int64_t r6 = r3; r6 < r2; r6++) {
            const s_f32 r7 = m0[r4 * m0_s0 + r6 * m0_s1];
            const s_f32 r339 = s_max_f32(r338, r7);
            r338 = r339;
        }
        const s_f32 r14 = r338;
        const s_f32 r341 = 0x0p-149f;
        r342 = r341;
        m3[r3] = r341;
        r346 = r3;
        r348 = r3;
        r350 = r3;
        for (int64_t r16 = r3; r16 < r2; r16++) {
            const s_i64 r351 = 16383;
            const s_i64 r352 = r350 & r351;
            const s_bool r354 = s_eq_i64(r352, r3);
            const s_bool r356 = s_ne_i64(r350, r3);
            const s_bool r357 = r356 & r354;
            if (r357) {
                const s_i64 r359 = 64;
                r361 = r359;
                const s_i64 r362 = 6;
                for (int64_t r364 = r3; r364 < r362; r364++) {
                    const s_i64 r365 = 32;
                    const s_i64 r366 = s_shr_i64(r365, r364);
                    const s_i64 r367 = s_sub_i64(r361, r366);
                    const s_i64 r368 = s_min_i64(r366, r367);
                    for (int64_t r370 = r3; r370 < r368; r370++) {
                        const s_i64 r371 = s_add_i64(r370, r366);
                        const s_f32 r372 = m2[r370];
                        const s_f32 r373 = m2[r371];
                        const s_f32 r374 = r372 + r373;
                        m2[r370] = r374;
                    }
                    const s_i64 r375 = s_min_i64(r361, r366);
                    r361 = r375;
                }
                const s_f32 r377 = m2[r3];
                const s_i64 r378 = r346;
                m3[r378] = r377;
                const s_i64 r379 = 1;
                const s_i64 r380 = s_add_i64(r346, r379);
                r346 = r380;
                const s_i64 r382 = s_add_i64(r348, r379);
                r348 = r382;
                r383 = r348;
                for (;;) {
                    const s_i64 r385 = r383 & r379;
                    const s_bool r387 = s_eq_i64(r385, r3);
                    if (!r387) break;
                    const s_i64 r388 = -1;
                    const s_i64 r389 = s_add_i64(r346, r388);
                    r346 = r389;
                    const s_i64 r391 = s_add_i64(r389, r388);
                    const s_f32 r392 = m3[r391];
                    const s_f32 r393 = m3[r389];
                    const s_f32 r394 = r392 + r393;
                    m3[r391] = r394;
                    const s_i64 r396 = s_shr_i64(r383, r379);
                    r383 = r396;
                }
            }
            const s_i64 r397 = 63;
            const s_i64 r398 = r350 & r397;
            r400 = r341;
            const s_i64 r402 = r350 & r351;
            const s_i64 r403 = 64;
            const s_bool r404 = s_ge_i64(r402, r403);
            if (r404) {
                const s_f32 r405 = m2[r398];
                r400 = r405;
            }
            const s_f32 r17 = m0[r4 * m0_s0 + r16 * m0_s1];
            const s_f32 r18 = r17 - r14;
            r103 = r341;
            const s_f32 r106 = 0xb20000p-17f;
            const s_bool r107 = s_gt_f32(r18, r106);
            const s_f32 r109 = -0xd00000p-17f;
            const s_bool r110 = s_lt_f32(r18, r109);
            const s_f32 r112 = r110 ? r109 : r18;
            const s_f32 r113 = r107 ? r106 : r112;
            const s_f32 r114 = 0xb8aa3bp-23f;
            const s_f32 r115 = r113 * r114;
            const s_f32 r116 = 0xc00000p0f;
            const s_f32 r117 = r115 + r116;
            const s_f32 r119 = r117 - r116;
            const s_f32 r120 = 0xb17200p-24f;
            const s_f32 r121 = r119 * r120;
            const s_f32 r122 = r113 - r121;
            const s_f32 r123 = 0xbfbe8ep-43f;
            const s_f32 r124 = r119 * r123;
            const s_f32 r125 = r122 - r124;
            const s_f32 r143 = r125 * r125;
            const s_f32 r144 = 0xd09338p-36f;
            const s_f32 r145 = r125 * r144;
            const s_f32 r146 = 0xb6a269p-33f;
            const s_f32 r147 = r146 + r145;
            const s_f32 r148 = r125 * r147;
            const s_f32 r149 = 0x888870p-30f;
            const s_f32 r150 = r149 + r148;
            const s_f32 r151 = r125 * r150;
            const s_f32 r152 = 0xaaaa74p-28f;
            const s_f32 r153 = r152 + r151;
            const s_f32 r154 = r125 * r153;
            const s_f32 r155 = 0xaaaaabp-26f;
            const s_f32 r156 = r155 + r154;
            const s_f32 r157 = r125 * r156;
            const s_f32 r158 = 0x800000p-24f;
            const s_f32 r159 = r158 + r157;
            const s_f32 r160 = r143 * r159;
            const s_f32 r161 = r125 + r160;
            const s_i32 r127 = s_bitcast_i32_f32(r117);
            const s_i32 r128 = (s_i32)0x4b400000u;
            const s_i32 r129 = s_sub_i32(r127, r128);
            const s_i32 r130 = (s_i32)0x1u;
            const s_i32 r131 = s_shr_i32(r129, r130);
            const s_f32 r132 = 0x800000p-23f;
            const s_f32 r133 = r132 + r161;
            const s_i32 r162 = (s_i32)0x7fu;
            const s_i32 r163 = s_add_i32(r131, r162);
            const s_i32 r164 = (s_i32)0x17u;
            const s_i32 r165 = s_shl_i32(r163, r164);
            const s_f32 r166 = s_bitcast_f32_i32(r165);
            const s_f32 r135 = r133 * r166;
            const s_bool r137 = s_eq_f32(r113, r109);
            const s_i32 r139 = s_sub_i32(r129, r131);
            const s_i32 r168 = s_add_i32(r139, r162);
            const s_i32 r170 = s_shl_i32(r168, r164);
            const s_f32 r171 = s_bitcast_f32_i32(r170);
            const s_f32 r141 = r137 ? r341 : r171;
            const s_f32 r142 = r135 * r141;
            r103 = r142;
            const s_f32 r105 = r103;
            const s_f32 r406 = r400 + r105;
            r400 = r406;
            m2[r398] = r400;
            const s_i64 r408 = 1;
            const s_i64 r409 = s_add_i64(r350, r408);
            r350 = r409;
        }
        const s_i64 r410 = -1;
        const s_bool r412 = s_gt_i64(r350, r3);
        if (r412) {
            const s_i64 r414 = s_add_i64(r350, r410);
            const s_i64 r415 = 16383;
            const s_i64 r416 = r414 & r415;
            const s_i64 r417 = 1;
            const s_i64 r418 = s_add_i64(r416, r417);
            const s_i64 r419 = 64;
            const s_i64 r420 = s_min_i64(r418, r419);
            r421 = r420;
            const s_i64 r422 = 6;
            for (int64_t r424 = r3; r424 < r422; r424++) {
                const s_i64 r425 = 32;
                const s_i64 r426 = s_shr_i64(r425, r424);
                const s_i64 r427 = s_sub_i64(r421, r426);
                const s_i64 r428 = s_min_i64(r426, r427);
                for (int64_t r430 = r3; r430 < r428; r430++) {
                    const s_i64 r431 = s_add_i64(r430, r426);
                    const s_f32 r432 = m2[r430];
                    const s_f32 r433 = m2[r431];
                    const s_f32 r434 = r432 + r433;
                    m2[r430] = r434;
                }
                const s_i64 r435 = s_min_i64(r421, r426);
                r421 = r435;
            }
            const s_f32 r437 = m2[r3];
            const s_i64 r438 = r346;
            m3[r438] = r437;
            const s_i64 r440 = s_add_i64(r346, r417);
            r346 = r440;
            const s_i64 r442 = s_add_i64(r348, r417);
            r348 = r442;
            r443 = r348;
            for (;;) {
                const s_i64 r445 = r443 & r417;
                const s_bool r447 = s_eq_i64(r445, r3);
                if (!r447) break;
                const s_i64 r449 = s_add_i64(r346, r410);
                r346 = r449;
                const s_i64 r451 = s_add_i64(r449, r410);
                const s_f32 r452 = m3[r451];
                const s_f32 r453 = m3[r449];
                const s_f32 r454 = r452 + r453;
                m3[r451] = r454;
                const s_i64 r456 = s_shr_i64(r443, r417);
                r443 = r456;
            }
        }
        for (;;) {
            const s_i64 r457 = 1;
            const s_bool r458 = s_gt_i64(r346, r457);
            if (!r458) break;
            const s_i64 r460 = s_add_i64(r346, r410);
            r346 = r460;
            const s_i64 r462 = s_add_i64(r460, r410);
            const s_f32 r463 = m3[r462];
            const s_f32 r464 = m3[r460];
            const s_f32 r465 = r463 + r464;
            m3[r462] = r465;
        }
        const s_f32 r467 = m3[r3];
        r342 = r467;
        const s_f32 r95 = r342;
        for (int64_t r97 = r3; r97 < r2; r97++) {
            const s_f32 r98 = m0[r4 * m0_s0 + r97 * m0_s1];
            const s_f32 r99 = r98 - r14;
            r173 = r341;
            const s_f32 r176 = 0xb20000p-17f;
            const s_bool r177 = s_gt_f32(r99, r176);
            const s_f32 r179 = -0xd00000p-17f;
            const s_bool r180 = s_lt_f32(r99, r179);
            const s_f32 r182 = r180 ? r179 : r99;
            const s_f32 r183 = r177 ? r176 : r182;
            const s_f32 r184 = 0xb8aa3bp-23f;
            const s_f32 r185 = r183 * r184;
            const s_f32 r186 = 0xc00000p0f;
            const s_f32 r187 = r185 + r186;
            const s_f32 r189 = r187 - r186;
            const s_f32 r190 = 0xb17200p-24f;
            const s_f32 r191 = r189 * r190;
            const s_f32 r192 = r183 - r191;
            const s_f32 r193 = 0xbfbe8ep-43f;
            const s_f32 r194 = r189 * r193;
            const s_f32 r195 = r192 - r194;
            const s_f32 r213 = r195 * r195;
            const s_f32 r214 = 0xd09338p-36f;
            const s_f32 r215 = r195 * r214;
            const s_f32 r216 = 0xb6a269p-33f;
            const s_f32 r217 = r216 + r215;
            const s_f32 r218 = r195 * r217;
            const s_f32 r219 = 0x888870p-30f;
            const s_f32 r220 = r219 + r218;
            const s_f32 r221 = r195 * r220;
            const s_f32 r222 = 0xaaaa74p-28f;
            const s_f32 r223 = r222 + r221;
            const s_f32 r224 = r195 * r223;
            const s_f32 r225 = 0xaaaaabp-26f;
            const s_f32 r226 = r225 + r224;
            const s_f32 r227 = r195 * r226;
            const s_f32 r228 = 0x800000p-24f;
            const s_f32 r229 = r228 + r227;
            const s_f32 r230 = r213 * r229;
            const s_f32 r231 = r195 + r230;
            const s_i32 r197 = s_bitcast_i32_f32(r187);
            const s_i32 r198 = (s_i32)0x4b400000u;
            const s_i32 r199 = s_sub_i32(r197, r198);
            const s_i32 r200 = (s_i32)0x1u;
            const s_i32 r201 = s_shr_i32(r199, r200);
            const s_f32 r202 = 0x800000p-23f;
            const s_f32 r203 = r202 + r231;
            const s_i32 r232 = (s_i32)0x7fu;
            const s_i32 r233 = s_add_i32(r201, r232);
            const s_i32 r234 = (s_i32)0x17u;
            const s_i32 r235 = s_shl_i32(r233, r234);
            const s_f32 r236 = s_bitcast_f32_i32(r235);
            const s_f32 r205 = r203 * r236;
            const s_bool r207 = s_eq_f32(r183, r179);
            const s_i32 r209 = s_sub_i32(r199, r201);
            const s_i32 r238 = s_add_i32(r209, r232);
            const s_i32 r240 = s_shl_i32(r238, r234);
            const s_f32 r241 = s_bitcast_f32_i32(r240);
            const s_f32 r211 = r207 ? r341 : r241;
            const s_f32 r212 = r205 * r211;
            r173 = r212;
            const s_f32 r175 = r173;
            const s_f32 r101 = r175 / r95;
            m1[r4 * m1_s0 + r97 * m1_s1] = r101;
        }
        ++i0;
    }
}
