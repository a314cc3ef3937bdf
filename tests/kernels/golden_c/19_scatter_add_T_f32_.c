/* kernels/move.k:LINE: scatter_add */
AOT k0_scatter_add(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_i64 *restrict const m0 = l->view[0].p; /* ix */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const s_f32 *restrict const m1 = l->view[1].p; /* v */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    s_f32 *restrict const m2 = l->view[2].p; /* y */
    const int64_t m2_s0 = l->view[2].stride[0], m2_d0 = l->view[2].dim[0];
    const int64_t m2_s1 = l->view[2].stride[1], m2_d1 = l->view[2].dim[1];
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = (s_i64)l->sym[2];
    const s_i64 r4 = 0;
    int64_t from = lo;
    const int64_t n0 = r2 - r4;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r7 = r4 + i0;
        for (int64_t r5 = r4; r5 < r1; r5++) {
            const s_i64 r8 = m0[r5 * m0_s0];
            const s_bool r10 = s_lt_i64(r8, r4);
            s_i64 r14;
            if (r10) {
                const s_i64 r12 = s_add_i64(r8, r3);
                r14 = r12;
            } else {
                r14 = r8;
            }
            const s_f32 r15 = m1[r5 * m1_s0 + r7 * m1_s1];
            if ((s_u64)r14 < (s_u64)m2_d0 && (s_u64)r7 < (s_u64)m2_d1) {
                s_f32 *const p = &m2[r14 * m2_s0 + r7 * m2_s1];
                *p = s_add_f32(*p, r15);
            }
        }
        ++i0;
    }
}
