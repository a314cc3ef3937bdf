/* kernels/sort.k:LINE: nms_keep */
static size_t k0_nms_keep_size(const KirLaunch *l)
{
    size_t at = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = 0;
    const s_i64 r4 = 1;
    at += ((size_t)8 * (size_t)r1 + 63) & ~(size_t)63;
    return at;
}
AOT k0_nms_keep(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_u64 *restrict const m0 = l->view[0].p; /* mask */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    s_bool *restrict const m1 = l->view[1].p; /* keep */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = 0;
    const s_i64 r4 = 1;
    size_t at = 0;
    s_u64 *restrict const m2 = (void *)((char *)scratch + at);
    at += ((size_t)8 * (size_t)r1 + 63) & ~(size_t)63;
    int64_t from = lo;
    const int64_t n0 = r4 - r3;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r5 = r3 + i0;
        for (int64_t r7 = r3; r7 < r1; r7++) {
            const s_u64 r8 = (s_u64)0x0u;
            if ((s_u64)r7 < (s_u64)r1)
                m2[r7] = r8;
        }
        for (int64_t r10 = r3; r10 < r2; r10++) {
            const s_i64 r11 = 64;
            const s_i64 r12 = s_div_i64(r10, r11);
            const s_u64 r13 = (s_u64)r12 < (s_u64)r1 ? m2[r12] : 0;
            const s_i64 r15 = s_rem_i64(r10, r11);
            const s_u64 r16 = s_cast_u64_i64(r15);
            const s_u64 r17 = s_shr_u64(r13, r16);
            const s_u64 r18 = (s_u64)0x1u;
            const s_u64 r19 = r17 & r18;
            const s_u64 r20 = (s_u64)0x0u;
            const s_bool r21 = s_eq_u64(r19, r20);
            for (int64_t r29 = r3; r29 < r4; r29++) {
                m1[r10 * m1_s0] = r21;
            }
            if (r21) {
                for (int64_t r23 = r3; r23 < r1; r23++) {
                    const s_u64 r24 = (s_u64)r23 < (s_u64)r1 ? m2[r23] : 0;
                    const s_u64 r25 = m0[r10 * m0_s0 + r23 * m0_s1];
                    const s_u64 r26 = r24 | r25;
                    if ((s_u64)r23 < (s_u64)r1)
                        m2[r23] = r26;
                }
            }
        }
        ++i0;
    }
}
