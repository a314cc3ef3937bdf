/* kernels/math.k:LINE: exp(f32) */
FN exp(FN_PARAMS, unsigned form)
{
    FN_ARG(f32, 0)
    FN_OUT(f32, 0)
    FN_LOOP {
        const v_f32 r1 = v_ld_f32(p0); p0 += d0;
        v_f32 r2 = V_f32(0);
        const v_f32 r3 = V_f32(0x0) /* 0 */;
        r2 = r3;
        const v_f32 r4 = V_f32(0xc2d00000) /* -104 */;
        const v_f32 r5 = v_max_f32(r1, r4);
        const v_f32 r6 = V_f32(0x42b20000) /* 89 */;
        const v_f32 r7 = v_min_f32(r5, r6);
        const v_f32 r8 = V_f32(0x3fb8aa3b) /* 1.442695 */;
        const v_f32 r9 = v_mul_f32(r7, r8);
        const v_f32 r10 = v_rint_f32(r9);
        const v_f32 r11 = V_f32(0x3f317200) /* 0.69314575 */;
        const v_f32 r12 = v_mul_f32(r10, r11);
        const v_f32 r13 = v_sub_f32(r7, r12);
        const v_f32 r14 = V_f32(0x35bfbe8e) /* 1.4286068e-06 */;
        const v_f32 r15 = v_mul_f32(r10, r14);
        const v_f32 r16 = v_sub_f32(r13, r15);
        const v_f32 r17 = v_mul_f32(r16, r16);
        const v_f32 r18 = V_f32(0x39509338) /* 0.00019891269 */;
        const v_f32 r19 = v_mul_f32(r16, r18);
        const v_f32 r20 = V_f32(0x3ab6a269) /* 0.00139339 */;
        const v_f32 r21 = v_add_f32(r20, r19);
        const v_f32 r22 = v_mul_f32(r16, r21);
        const v_f32 r23 = V_f32(0x3c088870) /* 0.0083333105 */;
        const v_f32 r24 = v_add_f32(r23, r22);
        const v_f32 r25 = v_mul_f32(r16, r24);
        const v_f32 r26 = V_f32(0x3d2aaa74) /* 0.041666463 */;
        const v_f32 r27 = v_add_f32(r26, r25);
        const v_f32 r28 = v_mul_f32(r16, r27);
        const v_f32 r29 = V_f32(0x3e2aaaab) /* 0.16666667 */;
        const v_f32 r30 = v_add_f32(r29, r28);
        const v_f32 r31 = v_mul_f32(r16, r30);
        const v_f32 r32 = V_f32(0x3f000000) /* 0.5 */;
        const v_f32 r33 = v_add_f32(r32, r31);
        const v_f32 r34 = v_mul_f32(r17, r33);
        const v_f32 r35 = v_add_f32(r16, r34);
        const v_i32 r36 = v_cast_i32_f32(r10);
        const v_i32 r37 = V_i32(0x1);
        const v_i32 r38 = v_shr_i32(r36, r37);
        const v_f32 r39 = V_f32(0x3f800000) /* 1 */;
        const v_f32 r40 = v_add_f32(r39, r35);
        const v_i32 r41 = V_i32(0x7f);
        const v_i32 r42 = v_add_i32(r38, r41);
        const v_i32 r43 = V_i32(0x17);
        const v_i32 r44 = v_shl_i32(r42, r43);
        const v_f32 r45 = v_bitcast_f32_i32(r44);
        const v_f32 r46 = v_mul_f32(r40, r45);
        const v_f32 r47 = V_f32(0xc2d00000) /* -104 */;
        const v_bool r48 = v_eq_f32(r7, r4);
        const v_f32 r56 = V_f32(0x0) /* 0 */;
        const v_i32 r49 = v_cast_i32_f32(r10);
        const v_i32 r50 = v_sub_i32(r36, r38);
        const v_i32 r51 = V_i32(0x7f);
        const v_i32 r52 = v_add_i32(r50, r41);
        const v_i32 r53 = V_i32(0x17);
        const v_i32 r54 = v_shl_i32(r52, r43);
        const v_f32 r55 = v_bitcast_f32_i32(r54);
        const v_f32 r57 = v_select_f32(r48, r3, r55);
        const v_f32 r58 = v_mul_f32(r46, r57);
        r2 = r58;
        const v_f32 r59 = r2;
        v_st_f32(y0 + i, r59);
    }
}
FN_FORMS_1(exp)
