/* kernels/reduce.k:LINE: cumulate */
AOT k0_cumulate(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_f32 *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    s_f32 *restrict const m1 = l->view[1].p; /* y */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    s_f32 r17 = 0;
    s_f32 r19 = 0;
    s_f32 r21 = 0;
    s_f32 r23 = 0;
    s_bool r25 = 0;
    s_bool r27 = 0;
    s_i64 r29 = 0;
    s_f32 r55 = 0;
    s_f32 r65 = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = 0;
    int64_t from = lo;
    const int64_t n0 = r1 - r3;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r4 = r3 + i0;
        const s_f32 r16 = 0x0p-149f;
        r17 = r16;
        r19 = r16;
        r21 = r16;
        r23 = r16;
        const s_bool r24 = 0;
        r25 = r24;
        r27 = r24;
        r29 = r3;
        for (int64_t r6 = r3; r6 < r2; r6++) {
            const s_i64 r30 = 63;
            const s_i64 r31 = r29 & r30;
            const s_bool r33 = s_ne_i64(r31, r3);
            const s_bool r34 = !r33;
            if (r34) {
                const s_bool r36 = s_ne_i64(r29, r3);
                if (r36) {
                    const s_f32 r37 = r23;
                    if (r27) {
                        const s_f32 r38 = r19 + r37;
                        r19 = r38;
                    } else {
                        r19 = r37;
                    }
                    const s_bool r40 = 1;
                    r27 = r40;
                    const s_i64 r41 = 16383;
                    const s_i64 r42 = r29 & r41;
                    const s_bool r44 = s_eq_i64(r42, r3);
                    if (r44) {
                        const s_f32 r45 = r19;
                        if (r25) {
                            const s_f32 r46 = r17 + r45;
                            r17 = r46;
                        } else {
                            r17 = r45;
                        }
                        r25 = r40;
                        r27 = r24;
                    }
                }
                r23 = r16;
                r21 = r17;
                if (r27) {
                    const s_f32 r51 = r19;
                    if (r25) {
                        const s_f32 r52 = r21 + r51;
                        r21 = r52;
                    } else {
                        r21 = r51;
                    }
                }
            }
            const s_bool r54 = r25 | r27;
            r55 = r21;
            const s_bool r56 = !r54;
            const s_bool r57 = r33 | r56;
            if (r57) {
                const s_f32 r58 = r23;
                if (r54) {
                    const s_f32 r59 = r55 + r58;
                    r55 = r59;
                } else {
                    r55 = r58;
                }
            }
            const s_f32 r14 = r55;
            const s_f32 r7 = m0[r4 * m0_s0 + r6 * m0_s1];
            const s_f32 r61 = r23 + r7;
            r23 = r61;
            const s_bool r63 = 1;
            const s_bool r64 = r25 | r27;
            r65 = r21;
            const s_bool r66 = !r64;
            const s_bool r67 = r63 | r66;
            if (r67) {
                const s_f32 r68 = r23;
                if (r64) {
                    const s_f32 r69 = r65 + r68;
                    r65 = r69;
                } else {
                    r65 = r68;
                }
            }
            const s_i64 r71 = 1;
            const s_i64 r72 = s_add_i64(r29, r71);
            r29 = r72;
            m1[r4 * m1_s0 + r6 * m1_s1] = r14;
        }
        ++i0;
    }
}
