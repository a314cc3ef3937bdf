/* kernels/convert.k:LINE: cast_sat */
AOT k0_cast_sat(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_f32 *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    s_i8 *restrict const m1 = l->view[1].p; /* y */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = 0;
    int64_t from = lo;
    const int64_t n0 = r1 - r2;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r3 = r2 + i0;
        const s_f32 r4 = m0[r3 * m0_s0];
        const s_i8 r5 = s_sat_i8_f32(r4);
        m1[r3 * m1_s0] = r5;
        ++i0;
    }
}
