/* kernels/scalar.k:LINE: unary */
AOT k0_unary(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_f16 *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    s_f16 *restrict const m1 = l->view[1].p; /* y */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = 0;
    int64_t from = lo;
    const int64_t n1 = r2 - r3;
    int64_t i1 = n1 > 0 ? from % n1 : 0; from /= n1 > 0 ? n1 : 1;
    const int64_t n0 = r1 - r3;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r4 = r3 + i0;
        const int64_t r6 = r3 + i1;
        const s_f16 r7 = m0[r4 * m0_s0 + r6 * m0_s1];
        const s_f32 r8 = s_cast_f32_f16(r7);
        const s_f32 r14 = 0x0p-149f;
        const s_f32 r15 = s_max_f32(r8, r14);
        const s_f16 r13 = s_cast_f16_f32(r15);
        m1[r4 * m1_s0 + r6 * m1_s1] = r13;
        if (++i1 == n1) { i1 = 0; ++i0; }
    }
}
