/* kernels/norm.k:LINE: layer_norm */
AOT k0_layer_norm(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_f32 *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    const s_f32 *restrict const m1 = l->view[1].p; /* g */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    const s_f32 *restrict const m2 = l->view[2].p; /* b */
    const int64_t m2_s0 = l->view[2].stride[0], m2_d0 = l->view[2].dim[0];
    const int64_t m2_s1 = l->view[2].stride[1], m2_d1 = l->view[2].dim[1];
    s_f32 *restrict const m3 = l->view[3].p; /* y */
    const int64_t m3_s0 = l->view[3].stride[0], m3_d0 = l->view[3].dim[0];
    const int64_t m3_s1 = l->view[3].stride[1], m3_d1 = l->view[3].dim[1];
    s_f32 m4[64];
    s_f32 m5[48];
    s_f32 m6[64];
    s_f32 m7[48];
    s_f32 r43 = 0;
    s_i64 r47 = 0;
    s_i64 r49 = 0;
    s_i64 r51 = 0;
    s_i64 r62 = 0;
    s_i64 r84 = 0;
    s_f32 r101 = 0;
    s_i64 r122 = 0;
    s_i64 r144 = 0;
    s_f32 r170 = 0;
    s_i64 r174 = 0;
    s_i64 r176 = 0;
    s_i64 r178 = 0;
    s_i64 r189 = 0;
    s_i64 r211 = 0;
    s_f32 r228 = 0;
    s_i64 r249 = 0;
    s_i64 r271 = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_f32 r2 = s_bitcast_f32_u32((s_u32)l->sym[1]);
    const s_i64 r3 = (s_i64)l->sym[2];
    const s_i64 r4 = (s_i64)l->sym[3];
    const s_i64 r5 = 0;
    int64_t from = lo;
    const int64_t n0 = r3 - r5;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r6 = r5 + i0;
        const s_f32 r42 = 0x0p-149f;
        r43 = r42;
        m5[r5] = r42;
        r47 = r5;
        r49 = r5;
        r51 = r5;
        for (int64_t r8 = r5; r8 < r4; r8++) {
            const s_i64 r52 = 16383;
            const s_i64 r53 = r51 & r52;
            const s_bool r55 = s_eq_i64(r53, r5);
            const s_bool r57 = s_ne_i64(r51, r5);
            const s_bool r58 = r57 & r55;
            if (r58) {
                const s_i64 r60 = 64;
                r62 = r60;
                const s_i64 r63 = 6;
                for (int64_t r65 = r5; r65 < r63; r65++) {
                    const s_i64 r66 = 32;
                    const s_i64 r67 = s_shr_i64(r66, r65);
                    const s_i64 r68 = s_sub_i64(r62, r67);
                    const s_i64 r69 = s_min_i64(r67, r68);
                    for (int64_t r71 = r5; r71 < r69; r71++) {
                        const s_i64 r72 = s_add_i64(r71, r67);
                        const s_f32 r73 = m4[r71];
                        const s_f32 r74 = m4[r72];
                        const s_f32 r75 = r73 + r74;
                        m4[r71] = r75;
                    }
                    const s_i64 r76 = s_min_i64(r62, r67);
                    r62 = r76;
                }
                const s_f32 r78 = m4[r5];
                const s_i64 r79 = r47;
                m5[r79] = r78;
                const s_i64 r80 = 1;
                const s_i64 r81 = s_add_i64(r47, r80);
                r47 = r81;
                const s_i64 r83 = s_add_i64(r49, r80);
                r49 = r83;
                r84 = r49;
                for (;;) {
                    const s_i64 r86 = r84 & r80;
                    const s_bool r88 = s_eq_i64(r86, r5);
                    if (!r88) break;
                    const s_i64 r89 = -1;
                    const s_i64 r90 = s_add_i64(r47, r89);
                    r47 = r90;
                    const s_i64 r92 = s_add_i64(r90, r89);
                    const s_f32 r93 = m5[r92];
                    const s_f32 r94 = m5[r90];
                    const s_f32 r95 = r93 + r94;
                    m5[r92] = r95;
                    const s_i64 r97 = s_shr_i64(r84, r80);
                    r84 = r97;
                }
            }
            const s_i64 r98 = 63;
            const s_i64 r99 = r51 & r98;
            r101 = r42;
            const s_i64 r103 = r51 & r52;
            const s_i64 r104 = 64;
            const s_bool r105 = s_ge_i64(r103, r104);
            if (r105) {
                const s_f32 r106 = m4[r99];
                r101 = r106;
            }
            const s_f32 r9 = m0[r6 * m0_s0 + r8 * m0_s1];
            const s_f32 r107 = r101 + r9;
            r101 = r107;
            m4[r99] = r101;
            const s_i64 r109 = 1;
            const s_i64 r110 = s_add_i64(r51, r109);
            r51 = r110;
        }
        const s_i64 r111 = -1;
        const s_bool r113 = s_gt_i64(r51, r5);
        if (r113) {
            const s_i64 r115 = s_add_i64(r51, r111);
            const s_i64 r116 = 16383;
            const s_i64 r117 = r115 & r116;
            const s_i64 r118 = 1;
            const s_i64 r119 = s_add_i64(r117, r118);
            const s_i64 r120 = 64;
            const s_i64 r121 = s_min_i64(r119, r120);
            r122 = r121;
            const s_i64 r123 = 6;
            for (int64_t r125 = r5; r125 < r123; r125++) {
                const s_i64 r126 = 32;
                const s_i64 r127 = s_shr_i64(r126, r125);
                const s_i64 r128 = s_sub_i64(r122, r127);
                const s_i64 r129 = s_min_i64(r127, r128);
                for (int64_t r131 = r5; r131 < r129; r131++) {
                    const s_i64 r132 = s_add_i64(r131, r127);
                    const s_f32 r133 = m4[r131];
                    const s_f32 r134 = m4[r132];
                    const s_f32 r135 = r133 + r134;
                    m4[r131] = r135;
                }
                const s_i64 r136 = s_min_i64(r122, r127);
                r122 = r136;
            }
            const s_f32 r138 = m4[r5];
            const s_i64 r139 = r47;
            m5[r139] = r138;
            const s_i64 r141 = s_add_i64(r47, r118);
            r47 = r141;
            const s_i64 r143 = s_add_i64(r49, r118);
            r49 = r143;
            r144 = r49;
            for (;;) {
                const s_i64 r146 = r144 & r118;
                const s_bool r148 = s_eq_i64(r146, r5);
                if (!r148) break;
                const s_i64 r150 = s_add_i64(r47, r111);
                r47 = r150;
                const s_i64 r152 = s_add_i64(r150, r111);
                const s_f32 r153 = m5[r152];
                const s_f32 r154 = m5[r150];
                const s_f32 r155 = r153 + r154;
                m5[r152] = r155;
                const s_i64 r157 = s_shr_i64(r144, r118);
                r144 = r157;
            }
        }
        for (;;) {
            const s_i64 r158 = 1;
            const s_bool r159 = s_gt_i64(r47, r158);
            if (!r159) break;
            const s_i64 r161 = s_add_i64(r47, r111);
            r47 = r161;
            const s_i64 r163 = s_add_i64(r161, r111);
            const s_f32 r164 = m5[r163];
            const s_f32 r165 = m5[r161];
            const s_f32 r166 = r164 + r165;
            m5[r163] = r166;
        }
        const s_f32 r168 = m5[r5];
        r43 = r168;
        const s_f32 r16 = r43;
        const s_f32 r17 = s_cast_f32_i64(r1);
        const s_f32 r18 = r16 / r17;
        r170 = r42;
        m7[r5] = r42;
        r174 = r5;
        r176 = r5;
        r178 = r5;
        for (int64_t r20 = r5; r20 < r4; r20++) {
            const s_i64 r179 = 16383;
            const s_i64 r180 = r178 & r179;
            const s_bool r182 = s_eq_i64(r180, r5);
            const s_bool r184 = s_ne_i64(r178, r5);
            const s_bool r185 = r184 & r182;
            if (r185) {
                const s_i64 r187 = 64;
                r189 = r187;
                const s_i64 r190 = 6;
                for (int64_t r192 = r5; r192 < r190; r192++) {
                    const s_i64 r193 = 32;
                    const s_i64 r194 = s_shr_i64(r193, r192);
                    const s_i64 r195 = s_sub_i64(r189, r194);
                    const s_i64 r196 = s_min_i64(r194, r195);
                    for (int64_t r198 = r5; r198 < r196; r198++) {
                        const s_i64 r199 = s_add_i64(r198, r194);
                        const s_f32 r200 = m6[r198];
                        const s_f32 r201 = m6[r199];
                        const s_f32 r202 = r200 + r201;
                        m6[r198] = r202;
                    }
                    const s_i64 r203 = s_min_i64(r189, r194);
                    r189 = r203;
                }
                const s_f32 r205 = m6[r5];
                const s_i64 r206 = r174;
                m7[r206] = r205;
                const s_i64 r207 = 1;
                const s_i64 r208 = s_add_i64(r174, r207);
                r174 = r208;
                const s_i64 r210 = s_add_i64(r176, r207);
                r176 = r210;
                r211 = r176;
                for (;;) {
                    const s_i64 r213 = r211 & r207;
                    const s_bool r215 = s_eq_i64(r213, r5);
                    if (!r215) break;
                    const s_i64 r217 = s_add_i64(r174, r111);
                    r174 = r217;
                    const s_i64 r219 = s_add_i64(r217, r111);
                    const s_f32 r220 = m7[r219];
                    const s_f32 r221 = m7[r217];
                    const s_f32 r222 = r220 + r221;
                    m7[r219] = r222;
                    const s_i64 r224 = s_shr_i64(r211, r207);
                    r211 = r224;
                }
            }
            const s_i64 r225 = 63;
            const s_i64 r226 = r178 & r225;
            r228 = r42;
            const s_i64 r230 = r178 & r179;
            const s_i64 r231 = 64;
            const s_bool r232 = s_ge_i64(r230, r231);
            if (r232) {
                const s_f32 r233 = m6[r226];
                r228 = r233;
            }
            const s_f32 r21 = m0[r6 * m0_s0 + r20 * m0_s1];
            const s_f32 r22 = r21 - r18;
            const s_f32 r25 = r22 * r22;
            const s_f32 r234 = r228 + r25;
            r228 = r234;
            m6[r226] = r228;
            const s_i64 r236 = 1;
            const s_i64 r237 = s_add_i64(r178, r236);
            r178 = r237;
        }
        const s_bool r240 = s_gt_i64(r178, r5);
        if (r240) {
            const s_i64 r242 = s_add_i64(r178, r111);
            const s_i64 r243 = 16383;
            const s_i64 r244 = r242 & r243;
            const s_i64 r245 = 1;
            const s_i64 r246 = s_add_i64(r244, r245);
            const s_i64 r247 = 64;
            const s_i64 r248 = s_min_i64(r246, r247);
            r249 = r248;
            const s_i64 r250 = 6;
            for (int64_t r252 = r5; r252 < r250; r252++) {
                const s_i64 r253 = 32;
                const s_i64 r254 = s_shr_i64(r253, r252);
                const s_i64 r255 = s_sub_i64(r249, r254);
                const s_i64 r256 = s_min_i64(r254, r255);
                for (int64_t r258 = r5; r258 < r256; r258++) {
                    const s_i64 r259 = s_add_i64(r258, r254);
                    const s_f32 r260 = m6[r258];
                    const s_f32 r261 = m6[r259];
                    const s_f32 r262 = r260 + r261;
                    m6[r258] = r262;
                }
                const s_i64 r263 = s_min_i64(r249, r254);
                r249 = r263;
            }
            const s_f32 r265 = m6[r5];
            const s_i64 r266 = r174;
            m7[r266] = r265;
            const s_i64 r268 = s_add_i64(r174, r245);
            r174 = r268;
            const s_i64 r270 = s_add_i64(r176, r245);
            r176 = r270;
            r271 = r176;
            for (;;) {
                const s_i64 r273 = r271 & r245;
                const s_bool r275 = s_eq_i64(r273, r5);
                if (!r275) break;
                const s_i64 r277 = s_add_i64(r174, r111);
                r174 = r277;
                const s_i64 r279 = s_add_i64(r277, r111);
                const s_f32 r280 = m7[r279];
                const s_f32 r281 = m7[r277];
                const s_f32 r282 = r280 + r281;
                m7[r279] = r282;
                const s_i64 r284 = s_shr_i64(r271, r245);
                r271 = r284;
            }
        }
        for (;;) {
            const s_i64 r285 = 1;
            const s_bool r286 = s_gt_i64(r174, r285);
            if (!r286) break;
            const s_i64 r288 = s_add_i64(r174, r111);
            r174 = r288;
            const s_i64 r290 = s_add_i64(r288, r111);
            const s_f32 r291 = m7[r290];
            const s_f32 r292 = m7[r288];
            const s_f32 r293 = r291 + r292;
            m7[r290] = r293;
        }
        const s_f32 r295 = m7[r5];
        r170 = r295;
        const s_f32 r26 = r170;
        const s_f32 r28 = r26 / r17;
        const s_f32 r29 = r28 + r2;
        const s_f32 r30 = s_sqrt_f32(r29);
        const s_f32 r31 = 0x800000p-23f;
        const s_f32 r32 = r31 / r30;
        for (int64_t r34 = r5; r34 < r4; r34++) {
            const s_f32 r35 = m0[r6 * m0_s0 + r34 * m0_s1];
            const s_f32 r36 = r35 - r18;
            const s_f32 r37 = r36 * r32;
            const s_f32 r38 = m1[r6 * m1_s0 + r34 * m1_s1];
            const s_f32 r39 = r37 * r38;
            const s_f32 r40 = m2[r6 * m2_s0 + r34 * m2_s1];
            const s_f32 r41 = r39 + r40;
            m3[r6 * m3_s0 + r34 * m3_s1] = r41;
        }
        ++i0;
    }
}
