/* kernels/sort.k:LINE: radix_move */
AOT k0_radix_move(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const s_u32 *restrict const m0 = l->view[0].p; /* key */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const s_u32 *restrict const m1 = l->view[1].p; /* val */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const s_u32 *restrict const m2 = l->view[2].p; /* base */
    const int64_t m2_s0 = l->view[2].stride[0], m2_d0 = l->view[2].dim[0];
    const int64_t m2_s1 = l->view[2].stride[1], m2_d1 = l->view[2].dim[1];
    s_u32 *restrict const m3 = l->view[3].p; /* okey */
    const int64_t m3_s0 = l->view[3].stride[0], m3_d0 = l->view[3].dim[0];
    s_u32 *restrict const m4 = l->view[4].p; /* oval */
    const int64_t m4_s0 = l->view[4].stride[0], m4_d0 = l->view[4].dim[0];
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r4 = 0;
    const s_i64 r6 = 1024;
    size_t at = 0;
    s_u32 *restrict const m5 = (void *)((char *)scratch + at);
    at += ((size_t)4 * (size_t)256 + 63) & ~(size_t)63;
    int64_t from = lo;
    const int64_t n0 = (r2 - r4 + r6 - 1) / r6;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r5 = r4 + i0 * r6;
        const s_i64 r8 = s_add_i64(r5, r6);
        const s_i64 r9 = s_min_i64(r8, r2);
        const s_i64 r10 = 256;
        for (int64_t r13 = r4; r13 < r10; r13++) {
            const s_i64 r15 = s_div_i64(r5, r6);
            const s_u32 r16 = (s_u64)r13 < (s_u64)m2_d0 && (s_u64)r15 < (s_u64)m2_d1 ? m2[r13 * m2_s0 + r15 * m2_s1] : 0;
            m5[r13] = r16;
        }
        const s_i64 r30 = 1;
        for (int64_t r32 = r4; r32 < r30; r32++) {
            for (int64_t r17 = r5; r17 < r9; r17++) {
                const s_u32 r18 = m0[r17 * m0_s0];
                const s_u32 r19 = s_cast_u32_i64(r1);
                const s_u32 r20 = s_shr_u32(r18, r19);
                const s_u32 r21 = (s_u32)0xffu;
                const s_u32 r22 = r20 & r21;
                const s_i64 r23 = s_cast_i64_u32(r22);
                const s_u32 r24 = (s_u32)0x1u;
                s_u32 r25 = 0;
                if ((s_u64)r23 < (s_u64)256) {
                    s_u32 *const p = &m5[r23];
                    r25 = *p;
                    *p = s_add_u32(*p, r24);
                }
                const s_i64 r26 = s_cast_i64_u32(r25);
                if ((s_u64)r26 < (s_u64)m3_d0)
                    m3[r26 * m3_s0] = r18;
                const s_u32 r29 = m1[r17 * m1_s0];
                if ((s_u64)r26 < (s_u64)m4_d0)
                    m4[r26 * m4_s0] = r29;
            }
        }
        ++i0;
    }
}
