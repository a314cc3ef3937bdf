/* kernels/contract.k:LINE: matmul */
AOT k0_matmul(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_f32 *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    const int64_t m0_s2 = l->view[0].stride[2], m0_d2 = l->view[0].dim[2];
    const s_f32 *restrict const m1 = l->view[1].p; /* w */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    const int64_t m1_s2 = l->view[1].stride[2], m1_d2 = l->view[1].dim[2];
    const s_f32 *restrict const m2 = l->view[2].p; /* z */
    const int64_t m2_s0 = l->view[2].stride[0], m2_d0 = l->view[2].dim[0];
    const int64_t m2_s1 = l->view[2].stride[1], m2_d1 = l->view[2].dim[1];
    const int64_t m2_s2 = l->view[2].stride[2], m2_d2 = l->view[2].dim[2];
    s_f32 *restrict const m3 = l->view[3].p; /* y */
    const int64_t m3_s0 = l->view[3].stride[0], m3_d0 = l->view[3].dim[0];
    const int64_t m3_s1 = l->view[3].stride[1], m3_d1 = l->view[3].dim[1];
    const int64_t m3_s2 = l->view[3].stride[2], m3_d2 = l->view[3].dim[2];
    s_f32 r17 = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = (s_i64)l->sym[2];
    const s_i64 r4 = (s_i64)l->sym[3];
    const s_i64 r5 = 0;
    int64_t from = lo;
    const int64_t n2 = r4 - r5;
    int64_t i2 = n2 > 0 ? from % n2 : 0; from /= n2 > 0 ? n2 : 1;
    const int64_t n1 = r2 - r5;
    int64_t i1 = n1 > 0 ? from % n1 : 0; from /= n1 > 0 ? n1 : 1;
    const int64_t n0 = r1 - r5;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r6 = r5 + i0;
        const int64_t r8 = r5 + i1;
        const int64_t r10 = r5 + i2;
        const s_f32 r15 = m2[r6 * m2_s0 + r8 * m2_s1 + r10 * m2_s2];
        r17 = r15;
        for (int64_t r12 = r5; r12 < r3; r12++) {
            const s_f32 r13 = m0[r6 * m0_s0 + r8 * m0_s1 + r12 * m0_s2];
            const s_f32 r14 = m1[r6 * m1_s0 + r12 * m1_s1 + r10 * m1_s2];
            const s_f32 r18 = s_fma_f32(r13, r14, r17);
            r17 = r18;
        }
        const s_f32 r16 = r17;
        m3[r6 * m3_s0 + r8 * m3_s1 + r10 * m3_s2] = r16;
        if (++i2 == n2) { i2 = 0; if (++i1 == n1) { i1 = 0; ++i0; } }
    }
}
