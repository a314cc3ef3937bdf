/* kernels/move.k:LINE: gather */
AOT k0_gather(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const uint8_t *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    const int64_t m0_s2 = l->view[0].stride[2], m0_d2 = l->view[0].dim[2];
    const s_i64 *restrict const m1 = l->view[1].p; /* ix */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    uint8_t *restrict const m2 = l->view[2].p; /* y */
    const int64_t m2_s0 = l->view[2].stride[0], m2_d0 = l->view[2].dim[0];
    const int64_t m2_s1 = l->view[2].stride[1], m2_d1 = l->view[2].dim[1];
    const int64_t m2_s2 = l->view[2].stride[2], m2_d2 = l->view[2].dim[2];
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = (s_i64)l->sym[2];
    const s_i64 r4 = (s_i64)l->sym[3];
    const s_i64 r5 = 0;
    int64_t from = lo;
    const int64_t n2 = r3 - r5;
    int64_t i2 = n2 > 0 ? from % n2 : 0; from /= n2 > 0 ? n2 : 1;
    const int64_t n1 = r4 - r5;
    int64_t i1 = n1 > 0 ? from % n1 : 0; from /= n1 > 0 ? n1 : 1;
    const int64_t n0 = r1 - r5;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r6 = r5 + i0;
        const int64_t r8 = r5 + i1;
        const int64_t r10 = r5 + i2;
        const s_i64 r11 = m1[r8 * m1_s0];
        const s_bool r13 = s_lt_i64(r11, r5);
        const s_i64 r14 = s_add_i64(r11, r2);
        const s_i64 r15 = r13 ? r14 : r11;
        const s_u4 r16 = (s_u4)0x0u;
        const s_u4 r17 = (s_u64)r6 < (s_u64)m0_d0 && (s_u64)r15 < (s_u64)m0_d1 && (s_u64)r10 < (s_u64)m0_d2 ? s_field_u4(m0, r6 * m0_s0 + r15 * m0_s1 + r10 * m0_s2) : r16;
        s_put_u4(m2, r6 * m2_s0 + r8 * m2_s1 + r10 * m2_s2, r17);
        if (++i2 == n2) { i2 = 0; if (++i1 == n1) { i1 = 0; ++i0; } }
    }
}
