/* kernels/fft.k:LINE: fft */
static size_t k0_fft_size(const KirLaunch *l)
{
    size_t at = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = (s_i64)l->sym[2];
    const s_i64 r4 = (s_i64)l->sym[3];
    const s_i64 r5 = 0;
    at += ((size_t)4 * (size_t)2 * (size_t)r1 + 63) & ~(size_t)63;
    at += ((size_t)4 * (size_t)2 * (size_t)r1 + 63) & ~(size_t)63;
    return at;
}
AOT k0_fft(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_f32 *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    const int64_t m0_s2 = l->view[0].stride[2], m0_d2 = l->view[0].dim[2];
    const s_f32 *restrict const m1 = l->view[1].p; /* tw */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    s_f32 *restrict const m2 = l->view[2].p; /* y */
    const int64_t m2_s0 = l->view[2].stride[0], m2_d0 = l->view[2].dim[0];
    const int64_t m2_s1 = l->view[2].stride[1], m2_d1 = l->view[2].dim[1];
    const int64_t m2_s2 = l->view[2].stride[2], m2_d2 = l->view[2].dim[2];
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = (s_i64)l->sym[2];
    const s_i64 r4 = (s_i64)l->sym[3];
    const s_i64 r5 = 0;
    size_t at = 0;
    s_f32 *restrict const m3 = (void *)((char *)scratch + at);
    at += ((size_t)4 * (size_t)2 * (size_t)r1 + 63) & ~(size_t)63;
    s_f32 *restrict const m4 = (void *)((char *)scratch + at);
    at += ((size_t)4 * (size_t)2 * (size_t)r1 + 63) & ~(size_t)63;
    int64_t from = lo;
    const int64_t n0 = r4 - r5;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r6 = r5 + i0;
        const s_i64 r7 = 2;
        for (int64_t r10 = r5; r10 < r1; r10++) {
            const s_f32 r13 = m0[r6 * m0_s0 + r10 * m0_s1 + r5 * m0_s2];
            if ((s_u64)r5 < (s_u64)2 && (s_u64)r10 < (s_u64)r1)
                m3[(r5 * r1 + r10)] = r13;
            const s_i64 r15 = 1;
            const s_f32 r16 = m0[r6 * m0_s0 + r10 * m0_s1 + r15 * m0_s2];
            if ((s_u64)r5 < (s_u64)2 && (s_u64)r10 < (s_u64)r1)
                m4[(r5 * r1 + r10)] = r16;
        }
        for (int64_t r18 = r5; r18 < r2; r18++) {
            const s_i64 r20 = s_mul_i64(r7, r18);
            const s_i64 r21 = 1;
            const s_i64 r22 = s_shl_i64(r21, r20);
            const s_i64 r23 = 4;
            const s_i64 r24 = s_mul_i64(r23, r22);
            const s_i64 r25 = s_div_i64(r1, r24);
            const s_i64 r27 = s_rem_i64(r18, r7);
            const s_i64 r29 = s_div_i64(r1, r23);
            for (int64_t r31 = r5; r31 < r29; r31++) {
                const s_i64 r32 = s_div_i64(r31, r22);
                const s_i64 r33 = s_rem_i64(r31, r22);
                const s_i64 r34 = s_mul_i64(r22, r32);
                const s_i64 r35 = s_add_i64(r33, r34);
                const s_f32 r36 = (s_u64)r27 < (s_u64)2 && (s_u64)r35 < (s_u64)r1 ? m3[(r27 * r1 + r35)] : 0;
                const s_f32 r39 = (s_u64)r27 < (s_u64)2 && (s_u64)r35 < (s_u64)r1 ? m4[(r27 * r1 + r35)] : 0;
                const s_i64 r41 = s_mul_i64(r7, r25);
                const s_i64 r42 = s_add_i64(r32, r41);
                const s_i64 r43 = s_mul_i64(r22, r42);
                const s_i64 r44 = s_add_i64(r33, r43);
                const s_f32 r45 = (s_u64)r27 < (s_u64)2 && (s_u64)r44 < (s_u64)r1 ? m3[(r27 * r1 + r44)] : 0;
                const s_f32 r51 = (s_u64)r27 < (s_u64)2 && (s_u64)r44 < (s_u64)r1 ? m4[(r27 * r1 + r44)] : 0;
                const s_i64 r52 = s_add_i64(r32, r25);
                const s_i64 r53 = s_mul_i64(r22, r52);
                const s_i64 r54 = s_add_i64(r33, r53);
                const s_f32 r55 = (s_u64)r27 < (s_u64)2 && (s_u64)r54 < (s_u64)r1 ? m3[(r27 * r1 + r54)] : 0;
                const s_f32 r59 = (s_u64)r27 < (s_u64)2 && (s_u64)r54 < (s_u64)r1 ? m4[(r27 * r1 + r54)] : 0;
                const s_i64 r60 = 3;
                const s_i64 r61 = s_mul_i64(r60, r25);
                const s_i64 r62 = s_add_i64(r32, r61);
                const s_i64 r63 = s_mul_i64(r22, r62);
                const s_i64 r64 = s_add_i64(r33, r63);
                const s_f32 r65 = (s_u64)r27 < (s_u64)2 && (s_u64)r64 < (s_u64)r1 ? m3[(r27 * r1 + r64)] : 0;
                const s_f32 r71 = (s_u64)r27 < (s_u64)2 && (s_u64)r64 < (s_u64)r1 ? m4[(r27 * r1 + r64)] : 0;
                const s_f32 r266 = r36 + r45;
                const s_f32 r267 = r39 + r51;
                const s_f32 r268 = r55 + r65;
                const s_f32 r269 = r59 + r71;
                const s_f32 r270 = r266 + r268;
                const s_f32 r271 = r267 + r269;
                const s_f32 r272 = r36 - r45;
                const s_f32 r273 = r39 - r51;
                const s_f32 r274 = r55 - r65;
                const s_f32 r275 = r59 - r71;
                const s_f32 r276 = -r275;
                const s_f32 r277 = r272 - r276;
                const s_f32 r278 = r273 - r274;
                const s_i64 r101 = s_mul_i64(r32, r22);
                const s_f32 r103 = (s_u64)r101 < (s_u64)m1_d0 && (s_u64)r5 < (s_u64)m1_d1 ? m1[r101 * m1_s0 + r5 * m1_s1] : 0;
                const s_f32 r106 = (s_u64)r101 < (s_u64)m1_d0 && (s_u64)r21 < (s_u64)m1_d1 ? m1[r101 * m1_s0 + r21 * m1_s1] : 0;
                const s_f32 r279 = r277 * r103;
                const s_f32 r280 = r278 * r106;
                const s_f32 r281 = r279 - r280;
                const s_f32 r282 = r277 * r106;
                const s_f32 r283 = r278 * r103;
                const s_f32 r284 = r282 + r283;
                const s_f32 r289 = r266 - r268;
                const s_f32 r290 = r267 - r269;
                const s_i64 r126 = s_mul_i64(r7, r32);
                const s_i64 r127 = s_mul_i64(r126, r22);
                const s_f32 r129 = (s_u64)r127 < (s_u64)m1_d0 && (s_u64)r5 < (s_u64)m1_d1 ? m1[r127 * m1_s0 + r5 * m1_s1] : 0;
                const s_f32 r134 = (s_u64)r127 < (s_u64)m1_d0 && (s_u64)r21 < (s_u64)m1_d1 ? m1[r127 * m1_s0 + r21 * m1_s1] : 0;
                const s_f32 r291 = r289 * r129;
                const s_f32 r292 = r290 * r134;
                const s_f32 r293 = r291 - r292;
                const s_f32 r294 = r289 * r134;
                const s_f32 r295 = r290 * r129;
                const s_f32 r296 = r294 + r295;
                const s_f32 r302 = r272 + r276;
                const s_f32 r303 = r273 + r274;
                const s_i64 r146 = s_mul_i64(r60, r32);
                const s_i64 r147 = s_mul_i64(r146, r22);
                const s_f32 r149 = (s_u64)r147 < (s_u64)m1_d0 && (s_u64)r5 < (s_u64)m1_d1 ? m1[r147 * m1_s0 + r5 * m1_s1] : 0;
                const s_f32 r154 = (s_u64)r147 < (s_u64)m1_d0 && (s_u64)r21 < (s_u64)m1_d1 ? m1[r147 * m1_s0 + r21 * m1_s1] : 0;
                const s_f32 r304 = r302 * r149;
                const s_f32 r305 = r303 * r154;
                const s_f32 r306 = r304 - r305;
                const s_f32 r307 = r302 * r154;
                const s_f32 r308 = r303 * r149;
                const s_f32 r309 = r307 + r308;
                const s_i64 r158 = s_sub_i64(r21, r27);
                const s_i64 r160 = s_mul_i64(r22, r23);
                const s_i64 r161 = s_mul_i64(r160, r32);
                const s_i64 r162 = s_add_i64(r33, r161);
                if ((s_u64)r158 < (s_u64)2 && (s_u64)r162 < (s_u64)r1)
                    m3[(r158 * r1 + r162)] = r270;
                if ((s_u64)r158 < (s_u64)2 && (s_u64)r162 < (s_u64)r1)
                    m4[(r158 * r1 + r162)] = r271;
                const s_i64 r172 = s_mul_i64(r23, r32);
                const s_i64 r174 = s_add_i64(r172, r21);
                const s_i64 r175 = s_mul_i64(r22, r174);
                const s_i64 r176 = s_add_i64(r33, r175);
                if ((s_u64)r158 < (s_u64)2 && (s_u64)r176 < (s_u64)r1)
                    m3[(r158 * r1 + r176)] = r281;
                if ((s_u64)r158 < (s_u64)2 && (s_u64)r176 < (s_u64)r1)
                    m4[(r158 * r1 + r176)] = r284;
                const s_i64 r190 = s_add_i64(r172, r7);
                const s_i64 r191 = s_mul_i64(r22, r190);
                const s_i64 r192 = s_add_i64(r33, r191);
                if ((s_u64)r158 < (s_u64)2 && (s_u64)r192 < (s_u64)r1)
                    m3[(r158 * r1 + r192)] = r293;
                if ((s_u64)r158 < (s_u64)2 && (s_u64)r192 < (s_u64)r1)
                    m4[(r158 * r1 + r192)] = r296;
                const s_i64 r206 = s_add_i64(r172, r60);
                const s_i64 r207 = s_mul_i64(r22, r206);
                const s_i64 r208 = s_add_i64(r33, r207);
                if ((s_u64)r158 < (s_u64)2 && (s_u64)r208 < (s_u64)r1)
                    m3[(r158 * r1 + r208)] = r306;
                if ((s_u64)r158 < (s_u64)2 && (s_u64)r208 < (s_u64)r1)
                    m4[(r158 * r1 + r208)] = r309;
            }
        }
        for (int64_t r218 = r5; r218 < r3; r218++) {
            const s_i64 r219 = s_add_i64(r2, r218);
            const s_i64 r221 = s_rem_i64(r219, r7);
            const s_i64 r223 = s_div_i64(r1, r7);
            for (int64_t r225 = r5; r225 < r223; r225++) {
                const s_f32 r226 = (s_u64)r221 < (s_u64)2 && (s_u64)r225 < (s_u64)r1 ? m3[(r221 * r1 + r225)] : 0;
                const s_f32 r227 = (s_u64)r221 < (s_u64)2 && (s_u64)r225 < (s_u64)r1 ? m4[(r221 * r1 + r225)] : 0;
                const s_i64 r230 = s_add_i64(r225, r223);
                const s_f32 r231 = (s_u64)r221 < (s_u64)2 && (s_u64)r230 < (s_u64)r1 ? m3[(r221 * r1 + r230)] : 0;
                const s_f32 r235 = (s_u64)r221 < (s_u64)2 && (s_u64)r230 < (s_u64)r1 ? m4[(r221 * r1 + r230)] : 0;
                const s_f32 r310 = r226 + r231;
                const s_f32 r311 = r227 + r235;
                const s_f32 r312 = r226 - r231;
                const s_f32 r313 = r227 - r235;
                const s_i64 r240 = 1;
                const s_i64 r241 = s_sub_i64(r240, r221);
                if ((s_u64)r241 < (s_u64)2 && (s_u64)r225 < (s_u64)r1)
                    m3[(r241 * r1 + r225)] = r310;
                if ((s_u64)r241 < (s_u64)2 && (s_u64)r225 < (s_u64)r1)
                    m4[(r241 * r1 + r225)] = r311;
                if ((s_u64)r241 < (s_u64)2 && (s_u64)r230 < (s_u64)r1)
                    m3[(r241 * r1 + r230)] = r312;
                if ((s_u64)r241 < (s_u64)2 && (s_u64)r230 < (s_u64)r1)
                    m4[(r241 * r1 + r230)] = r313;
            }
        }
        for (int64_t r255 = r5; r255 < r1; r255++) {
            const s_i64 r257 = s_add_i64(r2, r3);
            const s_i64 r259 = s_rem_i64(r257, r7);
            const s_f32 r260 = (s_u64)r259 < (s_u64)2 && (s_u64)r255 < (s_u64)r1 ? m3[(r259 * r1 + r255)] : 0;
            m2[r6 * m2_s0 + r255 * m2_s1 + r5 * m2_s2] = r260;
            const s_i64 r261 = 1;
            const s_f32 r265 = (s_u64)r259 < (s_u64)2 && (s_u64)r255 < (s_u64)r1 ? m4[(r259 * r1 + r255)] : 0;
            m2[r6 * m2_s0 + r255 * m2_s1 + r261 * m2_s2] = r265;
        }
        ++i0;
    }
}
