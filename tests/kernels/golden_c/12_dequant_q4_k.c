/* kernels/quant.k:LINE: dequant_q4_k */
AOT k0_dequant_q4_k(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const uint8_t *restrict const m0 = l->view[0].p; /* w */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    s_f32 *restrict const m1 = l->view[1].p; /* y */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = 0;
    const s_i64 r8 = 8;
    const s_i64 r11 = 32;
    int64_t from = lo;
    const int64_t n3 = r11 - r3;
    int64_t i3 = n3 > 0 ? from % n3 : 0; from /= n3 > 0 ? n3 : 1;
    const int64_t n2 = r8 - r3;
    int64_t i2 = n2 > 0 ? from % n2 : 0; from /= n2 > 0 ? n2 : 1;
    const int64_t n1 = r2 - r3;
    int64_t i1 = n1 > 0 ? from % n1 : 0; from /= n1 > 0 ? n1 : 1;
    const int64_t n0 = r1 - r3;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r4 = r3 + i0;
        const int64_t r6 = r3 + i1;
        const int64_t r9 = r3 + i2;
        const int64_t r12 = r3 + i3;
        const s_i64 r13 = 256;
        const s_i64 r14 = s_mul_i64(r6, r13);
        const s_i64 r16 = s_mul_i64(r9, r11);
        const s_i64 r17 = s_add_i64(r14, r16);
        const s_i64 r18 = s_add_i64(r17, r12);
        const s_f16 r19 = s_field_f16(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 0, 0);
        const s_f32 r20 = s_cast_f32_f16(r19);
        const s_i64 r21 = 4;
        const s_bool r22 = s_lt_i64(r9, r21);
        s_u32 r42;
        if (r22) {
            const s_u8 r23 = s_field_u8(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4, r9);
            const s_u32 r24 = s_cast_u32_u8(r23);
            const s_u32 r25 = (s_u32)0x3fu;
            const s_u32 r26 = r24 & r25;
            r42 = r26;
        } else {
            const s_i64 r28 = s_add_i64(r9, r21);
            const s_u8 r29 = s_field_u8(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4, r28);
            const s_u32 r30 = s_cast_u32_u8(r29);
            const s_u32 r31 = (s_u32)0xfu;
            const s_u32 r32 = r30 & r31;
            const s_i64 r34 = s_sub_i64(r9, r21);
            const s_u8 r35 = (s_u64)r4 < (s_u64)m0_d0 && (s_u64)r6 < (s_u64)m0_d1 && (s_u64)r34 < 12u ? s_field_u8(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4, r34) : 0;
            const s_u32 r36 = s_cast_u32_u8(r35);
            const s_u32 r37 = (s_u32)0x6u;
            const s_u32 r38 = s_shr_u32(r36, r37);
            const s_u32 r39 = (s_u32)0x4u;
            const s_u32 r40 = s_shl_u32(r38, r39);
            const s_u32 r41 = r32 | r40;
            r42 = r41;
        }
        const s_f32 r43 = s_cast_f32_u32(r42);
        const s_f32 r44 = r20 * r43;
        const s_i64 r45 = 2;
        const s_i64 r46 = s_div_i64(r9, r45);
        const s_i64 r48 = s_mul_i64(r46, r11);
        const s_i64 r49 = s_add_i64(r48, r12);
        const s_u8 r50 = s_field_u8(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 16, r49);
        const s_u32 r51 = s_cast_u32_u8(r50);
        const s_i64 r53 = s_rem_i64(r9, r45);
        const s_i64 r55 = s_mul_i64(r53, r21);
        const s_u32 r56 = s_cast_u32_i64(r55);
        const s_u32 r57 = s_shr_u32(r51, r56);
        const s_u32 r58 = (s_u32)0xfu;
        const s_u32 r59 = r57 & r58;
        const s_f32 r60 = s_cast_f32_u32(r59);
        const s_f32 r61 = r44 * r60;
        const s_f16 r62 = s_field_f16(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 2, 0);
        const s_f32 r63 = s_cast_f32_f16(r62);
        s_u32 r85;
        if (r22) {
            const s_i64 r67 = s_add_i64(r9, r21);
            const s_u8 r68 = s_field_u8(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4, r67);
            const s_u32 r69 = s_cast_u32_u8(r68);
            const s_u32 r70 = (s_u32)0x3fu;
            const s_u32 r71 = r69 & r70;
            r85 = r71;
        } else {
            const s_i64 r73 = s_add_i64(r9, r21);
            const s_u8 r74 = s_field_u8(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4, r73);
            const s_u32 r75 = s_cast_u32_u8(r74);
            const s_u32 r76 = (s_u32)0x4u;
            const s_u32 r77 = s_shr_u32(r75, r76);
            const s_u8 r78 = s_field_u8(m0 + (r4 * m0_s0 + r6 * m0_s1) * 144 + 4, r9);
            const s_u32 r79 = s_cast_u32_u8(r78);
            const s_u32 r80 = (s_u32)0x6u;
            const s_u32 r81 = s_shr_u32(r79, r80);
            const s_u32 r83 = s_shl_u32(r81, r76);
            const s_u32 r84 = r77 | r83;
            r85 = r84;
        }
        const s_f32 r86 = s_cast_f32_u32(r85);
        const s_f32 r87 = r63 * r86;
        const s_f32 r88 = r61 - r87;
        m1[r4 * m1_s0 + r18 * m1_s1] = r88;
        if (++i3 == n3) { i3 = 0; if (++i2 == n2) { i2 = 0; if (++i1 == n1) { i1 = 0; ++i0; } } }
    }
}
