/* kernels/contract.k:LINE: conv */
AOT k0_conv(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_f32 *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    const int64_t m0_s2 = l->view[0].stride[2], m0_d2 = l->view[0].dim[2];
    const int64_t m0_s3 = l->view[0].stride[3], m0_d3 = l->view[0].dim[3];
    const s_f32 *restrict const m1 = l->view[1].p; /* w */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    const int64_t m1_s2 = l->view[1].stride[2], m1_d2 = l->view[1].dim[2];
    const int64_t m1_s3 = l->view[1].stride[3], m1_d3 = l->view[1].dim[3];
    const s_f32 *restrict const m2 = l->view[2].p; /* b */
    const int64_t m2_s0 = l->view[2].stride[0], m2_d0 = l->view[2].dim[0];
    s_f32 *restrict const m3 = l->view[3].p; /* y */
    const int64_t m3_s0 = l->view[3].stride[0], m3_d0 = l->view[3].dim[0];
    const int64_t m3_s1 = l->view[3].stride[1], m3_d1 = l->view[3].dim[1];
    const int64_t m3_s2 = l->view[3].stride[2], m3_d2 = l->view[3].dim[2];
    const int64_t m3_s3 = l->view[3].stride[3], m3_d3 = l->view[3].dim[3];
    s_f32 r54 = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = (s_i64)l->sym[2];
    const s_i64 r4 = (s_i64)l->sym[3];
    const s_i64 r5 = (s_i64)l->sym[4];
    const s_i64 r6 = (s_i64)l->sym[5];
    const s_i64 r7 = (s_i64)l->sym[6];
    const s_i64 r8 = (s_i64)l->sym[7];
    const s_i64 r9 = (s_i64)l->sym[8];
    const s_i64 r12 = (s_i64)l->sym[11];
    const s_i64 r13 = (s_i64)l->sym[12];
    const s_i64 r14 = (s_i64)l->sym[13];
    const s_i64 r15 = (s_i64)l->sym[14];
    const s_i64 r16 = (s_i64)l->sym[15];
    const s_i64 r17 = 0;
    int64_t from = lo;
    const int64_t n4 = r12 - r17;
    int64_t i4 = n4 > 0 ? from % n4 : 0; from /= n4 > 0 ? n4 : 1;
    const int64_t n3 = r16 - r17;
    int64_t i3 = n3 > 0 ? from % n3 : 0; from /= n3 > 0 ? n3 : 1;
    const int64_t n2 = r15 - r17;
    int64_t i2 = n2 > 0 ? from % n2 : 0; from /= n2 > 0 ? n2 : 1;
    const int64_t n1 = r1 - r17;
    int64_t i1 = n1 > 0 ? from % n1 : 0; from /= n1 > 0 ? n1 : 1;
    const int64_t n0 = r8 - r17;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r18 = r17 + i0;
        const int64_t r20 = r17 + i1;
        const int64_t r22 = r17 + i2;
        const int64_t r24 = r17 + i3;
        const int64_t r26 = r17 + i4;
        const s_i64 r27 = s_mul_i64(r20, r12);
        const s_i64 r28 = s_add_i64(r27, r26);
        const s_f32 r52 = m2[r28 * m2_s0];
        r54 = r52;
        for (int64_t r30 = r17; r30 < r9; r30++) {
            for (int64_t r32 = r17; r32 < r13; r32++) {
                for (int64_t r34 = r17; r34 < r14; r34++) {
                    const s_i64 r35 = s_mul_i64(r20, r9);
                    const s_i64 r36 = s_add_i64(r35, r30);
                    const s_i64 r37 = s_mul_i64(r22, r2);
                    const s_i64 r38 = s_mul_i64(r32, r4);
                    const s_i64 r39 = s_add_i64(r37, r38);
                    const s_i64 r40 = s_sub_i64(r39, r6);
                    const s_i64 r41 = s_mul_i64(r24, r3);
                    const s_i64 r42 = s_mul_i64(r34, r5);
                    const s_i64 r43 = s_add_i64(r41, r42);
                    const s_i64 r44 = s_sub_i64(r43, r7);
                    const s_f32 r45 = 0x0p-149f;
                    const s_f32 r46 = (s_u64)r18 < (s_u64)m0_d0 && (s_u64)r36 < (s_u64)m0_d1 && (s_u64)r40 < (s_u64)m0_d2 && (s_u64)r44 < (s_u64)m0_d3 ? m0[r18 * m0_s0 + r36 * m0_s1 + r40 * m0_s2 + r44 * m0_s3] : r45;
                    const s_f32 r49 = m1[r28 * m1_s0 + r30 * m1_s1 + r32 * m1_s2 + r34 * m1_s3];
                    const s_f32 r55 = s_fma_f32(r46, r49, r54);
                    r54 = r55;
                }
            }
        }
        const s_f32 r53 = r54;
        m3[r18 * m3_s0 + r28 * m3_s1 + r22 * m3_s2 + r24 * m3_s3] = r53;
        if (++i4 == n4) { i4 = 0; if (++i3 == n3) { i3 = 0; if (++i2 == n2) { i2 = 0; if (++i1 == n1) { i1 = 0; ++i0; } } } }
    }
}
