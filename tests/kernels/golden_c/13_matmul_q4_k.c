/* kernels/quant.k:LINE: matmul_q4_k */
AOT k0_matmul_q4_k(const KirLaunch *l, int64_t lo, int64_t hi, void *scratch)
{
    const uint8_t *restrict const m0 = l->view[0].p; /* x */
    const int64_t m0_s0 = l->view[0].stride[0], m0_d0 = l->view[0].dim[0];
    const int64_t m0_s1 = l->view[0].stride[1], m0_d1 = l->view[0].dim[1];
    const uint8_t *restrict const m1 = l->view[1].p; /* w */
    const int64_t m1_s0 = l->view[1].stride[0], m1_d0 = l->view[1].dim[0];
    const int64_t m1_s1 = l->view[1].stride[1], m1_d1 = l->view[1].dim[1];
    s_f32 *restrict const m2 = l->view[2].p; /* y */
    const int64_t m2_s0 = l->view[2].stride[0], m2_d0 = l->view[2].dim[0];
    const int64_t m2_s1 = l->view[2].stride[1], m2_d1 = l->view[2].dim[1];
    s_f32 r110 = 0;
    s_i32 r111 = 0;
    const s_i64 r1 = (s_i64)l->sym[0];
    const s_i64 r2 = (s_i64)l->sym[1];
    const s_i64 r3 = (s_i64)l->sym[2];
    const s_i64 r4 = 0;
    int64_t from = lo;
    const int64_t n1 = r3 - r4;
    int64_t i1 = n1 > 0 ? from % n1 : 0; from /= n1 > 0 ? n1 : 1;
    const int64_t n0 = r1 - r4;
    int64_t i0 = from;
    for (int64_t item = lo; item < hi; item++) {
        const int64_t r5 = r4 + i0;
        const int64_t r7 = r4 + i1;
        const s_i64 r11 = 8;
        const s_f32 r108 = 0x0p-149f;
        r110 = r108;
        for (int64_t r9 = r4; r9 < r2; r9++) {
            for (int64_t r12 = r4; r12 < r11; r12++) {
                const s_f32 r13 = s_field_f32(m0 + (r5 * m0_s0 + r9 * m0_s1) * 292 + 0, 0);
                const s_f16 r14 = s_field_f16(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 0, 0);
                const s_f32 r15 = s_cast_f32_f16(r14);
                const s_i64 r16 = 4;
                const s_bool r17 = s_lt_i64(r12, r16);
                s_u32 r37;
                if (r17) {
                    const s_u8 r18 = s_field_u8(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4, r12);
                    const s_u32 r19 = s_cast_u32_u8(r18);
                    const s_u32 r20 = (s_u32)0x3fu;
                    const s_u32 r21 = r19 & r20;
                    r37 = r21;
                } else {
                    const s_i64 r23 = s_add_i64(r12, r16);
                    const s_u8 r24 = s_field_u8(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4, r23);
                    const s_u32 r25 = s_cast_u32_u8(r24);
                    const s_u32 r26 = (s_u32)0xfu;
                    const s_u32 r27 = r25 & r26;
                    const s_i64 r29 = s_sub_i64(r12, r16);
                    const s_u8 r30 = (s_u64)r7 < (s_u64)m1_d0 && (s_u64)r9 < (s_u64)m1_d1 && (s_u64)r29 < 12u ? s_field_u8(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4, r29) : 0;
                    const s_u32 r31 = s_cast_u32_u8(r30);
                    const s_u32 r32 = (s_u32)0x6u;
                    const s_u32 r33 = s_shr_u32(r31, r32);
                    const s_u32 r34 = (s_u32)0x4u;
                    const s_u32 r35 = s_shl_u32(r33, r34);
                    const s_u32 r36 = r27 | r35;
                    r37 = r36;
                }
                const s_f32 r38 = s_cast_f32_u32(r37);
                const s_f32 r39 = r15 * r38;
                const s_i64 r41 = 32;
                const s_i32 r64 = (s_i32)0x0u;
                r111 = r64;
                for (int64_t r42 = r4; r42 < r41; r42++) {
                    const s_i64 r44 = s_mul_i64(r12, r41);
                    const s_i64 r45 = s_add_i64(r44, r42);
                    const s_i8 r46 = s_field_i8(m0 + (r5 * m0_s0 + r9 * m0_s1) * 292 + 4, r45);
                    const s_i32 r47 = s_cast_i32_i8(r46);
                    const s_i64 r48 = 2;
                    const s_i64 r49 = s_div_i64(r12, r48);
                    const s_i64 r51 = s_mul_i64(r49, r41);
                    const s_i64 r52 = s_add_i64(r51, r42);
                    const s_u8 r53 = s_field_u8(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 16, r52);
                    const s_u32 r54 = s_cast_u32_u8(r53);
                    const s_i64 r56 = s_rem_i64(r12, r48);
                    const s_i64 r58 = s_mul_i64(r56, r16);
                    const s_u32 r59 = s_cast_u32_i64(r58);
                    const s_u32 r60 = s_shr_u32(r54, r59);
                    const s_u32 r61 = (s_u32)0xfu;
                    const s_u32 r62 = r60 & r61;
                    const s_i32 r63 = s_cast_i32_u32(r62);
                    const s_i32 r112 = s_mul_i32(r47, r63);
                    const s_i32 r113 = s_add_i32(r111, r112);
                    r111 = r113;
                }
                const s_i32 r65 = r111;
                const s_f32 r66 = s_cast_f32_i32(r65);
                const s_f32 r67 = r39 * r66;
                const s_f16 r68 = s_field_f16(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 2, 0);
                const s_f32 r69 = s_cast_f32_f16(r68);
                s_u32 r91;
                if (r17) {
                    const s_i64 r73 = s_add_i64(r12, r16);
                    const s_u8 r74 = s_field_u8(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4, r73);
                    const s_u32 r75 = s_cast_u32_u8(r74);
                    const s_u32 r76 = (s_u32)0x3fu;
                    const s_u32 r77 = r75 & r76;
                    r91 = r77;
                } else {
                    const s_i64 r79 = s_add_i64(r12, r16);
                    const s_u8 r80 = s_field_u8(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4, r79);
                    const s_u32 r81 = s_cast_u32_u8(r80);
                    const s_u32 r82 = (s_u32)0x4u;
                    const s_u32 r83 = s_shr_u32(r81, r82);
                    const s_u8 r84 = s_field_u8(m1 + (r7 * m1_s0 + r9 * m1_s1) * 144 + 4, r12);
                    const s_u32 r85 = s_cast_u32_u8(r84);
                    const s_u32 r86 = (s_u32)0x6u;
                    const s_u32 r87 = s_shr_u32(r85, r86);
                    const s_u32 r89 = s_shl_u32(r87, r82);
                    const s_u32 r90 = r83 | r89;
                    r91 = r90;
                }
                const s_f32 r92 = s_cast_f32_u32(r91);
                const s_f32 r93 = r69 * r92;
                const s_i64 r94 = 2;
                const s_i64 r95 = s_mul_i64(r94, r12);
                const s_i16 r96 = s_field_i16(m0 + (r5 * m0_s0 + r9 * m0_s1) * 292 + 260, r95);
                const s_i32 r97 = s_cast_i32_i16(r96);
                const s_i64 r100 = 1;
                const s_i64 r101 = s_add_i64(r95, r100);
                const s_i16 r102 = s_field_i16(m0 + (r5 * m0_s0 + r9 * m0_s1) * 292 + 260, r101);
                const s_i32 r103 = s_cast_i32_i16(r102);
                const s_i32 r104 = s_add_i32(r97, r103);
                const s_f32 r105 = s_cast_f32_i32(r104);
                const s_f32 r106 = r93 * r105;
                const s_f32 r107 = r67 - r106;
                const s_f32 r114 = s_fma_f32(r13, r107, r110);
                r110 = r114;
            }
        }
        const s_f32 r109 = r110;
        m2[r5 * m2_s0 + r7 * m2_s1] = r109;
        if (++i1 == n1) { i1 = 0; ++i0; }
    }
}
