/* kernels/sort.k:LINE: nonzero_write */
AOT k0_nonzero_write(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_f32 *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const s_u32 *restrict const m1 = l->view[1].p; /* base */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    s_i64 *restrict const m2 = l->view[2].p; /* ix */
    const int64_t m2_s0 = l->view[2].stride[0], m2_d0 = l->view[2].dim[0];
    s_u32 r35 = 0;
    s_u32 r37 = 0;
    s_u32 r39 = 0;
    s_u32 r41 = 0;
    s_bool r43 = 0;
    s_bool r45 = 0;
    s_i64 r47 = 0;
    s_u32 r73 = 0;
    s_u32 r83 = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r4 = 0;
    const s_i64 r6 = 1024;
    int64_t from = lo;
    const int64_t n0 = (r1 - r4 + r6 - 1) / r6;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r5 = r4 + i0 * r6;
        const s_i64 r8 = s_add_i64(r5, r6);
        const s_i64 r9 = s_min_i64(r8, r1);
        const s_i64 r31 = 1;
        for (int64_t r33 = r4; r33 < r31; r33++) {
            const s_u32 r34 = (s_u32)0x0u;
            r35 = r34;
            r37 = r34;
            r39 = r34;
            r41 = r34;
            const s_bool r42 = 0;
            r43 = r42;
            r45 = r42;
            r47 = r4;
            for (int64_t r10 = r5; r10 < r9; r10++) {
                const s_i64 r48 = 63;
                const s_i64 r49 = r47 & r48;
                const s_bool r51 = s_ne_i64(r49, r4);
                const s_bool r52 = !r51;
                if (r52) {
                    const s_bool r54 = s_ne_i64(r47, r4);
                    if (r54) {
                        const s_u32 r55 = r41;
                        if (r45) {
                            const s_u32 r56 = r37 + r55;
                            r37 = r56;
                        } else {
                            r37 = r55;
                        }
                        const s_bool r58 = 1;
                        r45 = r58;
                        const s_i64 r59 = 16383;
                        const s_i64 r60 = r47 & r59;
                        const s_bool r62 = s_eq_i64(r60, r4);
                        if (r62) {
                            const s_u32 r63 = r37;
                            if (r43) {
                                const s_u32 r64 = r35 + r63;
                                r35 = r64;
                            } else {
                                r35 = r63;
                            }
                            r43 = r58;
                            r45 = r42;
                        }
                    }
                    r41 = r34;
                    r39 = r35;
                    if (r45) {
                        const s_u32 r69 = r37;
                        if (r43) {
                            const s_u32 r70 = r39 + r69;
                            r39 = r70;
                        } else {
                            r39 = r69;
                        }
                    }
                }
                const s_bool r72 = r43 | r45;
                r73 = r39;
                const s_bool r74 = !r72;
                const s_bool r75 = r51 | r74;
                if (r75) {
                    const s_u32 r76 = r41;
                    if (r72) {
                        const s_u32 r77 = r73 + r76;
                        r73 = r77;
                    } else {
                        r73 = r76;
                    }
                }
                const s_u32 r21 = r73;
                const s_f32 r11 = m0[r10 * m0_s0];
                const s_f32 r12 = 0x0p-149f;
                const s_bool r13 = s_ne_f32(r11, r12);
                const s_u32 r14 = s_cast_u32_bool(r13);
                const s_u32 r79 = r41 + r14;
                r41 = r79;
                const s_bool r81 = 1;
                const s_bool r82 = r43 | r45;
                r83 = r39;
                const s_bool r84 = !r82;
                const s_bool r85 = r81 | r84;
                if (r85) {
                    const s_u32 r86 = r41;
                    if (r82) {
                        const s_u32 r87 = r83 + r86;
                        r83 = r87;
                    } else {
                        r83 = r86;
                    }
                }
                const s_i64 r90 = s_add_i64(r47, r31);
                r47 = r90;
                if (r13) {
                    const s_i64 r27 = s_div_i64(r10, r6);
                    const s_u32 r28 = (s_u64)r27 < (s_u64)m1_d0 ? m1[r27 * m1_s0] : 0;
                    const s_u32 r29 = r28 + r21;
                    const s_i64 r30 = s_cast_i64_u32(r29);
                    if ((s_u64)r30 < (s_u64)m2_d0)
                        m2[r30 * m2_s0] = r10;
                }
            }
        }
        ++i0;
    }
}
