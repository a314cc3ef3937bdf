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
        const v_f32 r4 = V_f32(0x42b20000) /* 89 */;
        const v_bool r5 = v_gt_f32(r1, r4);
        const v_f32 r10 = V_f32(0x42b20000) /* 89 */;
        const v_f32 r6 = V_f32(0xc2d00000) /* -104 */;
        const v_bool r7 = v_lt_f32(r1, r6);
        const v_f32 r8 = V_f32(0xc2d00000) /* -104 */;
        const v_f32 r9 = v_select_f32(r7, r6, r1);
        const v_f32 r11 = v_select_f32(r5, r4, r9);
        const v_f32 r12 = V_f32(0x3fb8aa3b) /* 1.442695 */;
        const v_f32 r13 = v_mul_f32(r11, r12);
        const v_f32 r14 = V_f32(0x4b400000) /* 12582912 */;
        const v_f32 r15 = v_add_f32(r13, r14);
        const v_f32 r16 = V_f32(0x4b400000) /* 12582912 */;
        const v_f32 r17 = v_sub_f32(r15, r14);
        const v_f32 r18 = V_f32(0x3f317200) /* 0.69314575 */;
        const v_f32 r19 = v_mul_f32(r17, r18);
        const v_f32 r20 = v_sub_f32(r11, r19);
        const v_f32 r21 = V_f32(0x35bfbe8e) /* 1.4286068e-06 */;
        const v_f32 r22 = v_mul_f32(r17, r21);
        const v_f32 r23 = v_sub_f32(r20, r22);
        const v_f32 r24 = v_mul_f32(r23, r23);
        const v_f32 r25 = V_f32(0x39509338) /* 0.00019891269 */;
        const v_f32 r26 = v_mul_f32(r23, r25);
        const v_f32 r27 = V_f32(0x3ab6a269) /* 0.00139339 */;
        const v_f32 r28 = v_add_f32(r27, r26);
        const v_f32 r29 = v_mul_f32(r23, r28);
        const v_f32 r30 = V_f32(0x3c088870) /* 0.0083333105 */;
        const v_f32 r31 = v_add_f32(r30, r29);
        const v_f32 r32 = v_mul_f32(r23, r31);
        const v_f32 r33 = V_f32(0x3d2aaa74) /* 0.041666463 */;
        const v_f32 r34 = v_add_f32(r33, r32);
        const v_f32 r35 = v_mul_f32(r23, r34);
        const v_f32 r36 = V_f32(0x3e2aaaab) /* 0.16666667 */;
        const v_f32 r37 = v_add_f32(r36, r35);
        const v_f32 r38 = v_mul_f32(r23, r37);
        const v_f32 r39 = V_f32(0x3f000000) /* 0.5 */;
        const v_f32 r40 = v_add_f32(r39, r38);
        const v_f32 r41 = v_mul_f32(r24, r40);
        const v_f32 r42 = v_add_f32(r23, r41);
        const v_i32 r43 = v_bitcast_i32_f32(r15);
        const v_i32 r44 = V_i32(0x4b400000);
        const v_i32 r45 = v_sub_i32(r43, r44);
        const v_i32 r46 = V_i32(0x1);
        const v_i32 r47 = v_shr_i32(r45, r46);
        const v_f32 r48 = V_f32(0x3f800000) /* 1 */;
        const v_f32 r49 = v_add_f32(r48, r42);
        const v_i32 r50 = V_i32(0x7f);
        const v_i32 r51 = v_add_i32(r47, r50);
        const v_i32 r52 = V_i32(0x17);
        const v_i32 r53 = v_shl_i32(r51, r52);
        const v_f32 r54 = v_bitcast_f32_i32(r53);
        const v_f32 r55 = v_mul_f32(r49, r54);
        const v_f32 r56 = V_f32(0xc2d00000) /* -104 */;
        const v_bool r57 = v_eq_f32(r11, r6);
        const v_f32 r64 = V_f32(0x0) /* 0 */;
        const v_i32 r58 = v_sub_i32(r45, r47);
        const v_i32 r59 = V_i32(0x7f);
        const v_i32 r60 = v_add_i32(r58, r50);
        const v_i32 r61 = V_i32(0x17);
        const v_i32 r62 = v_shl_i32(r60, r52);
        const v_f32 r63 = v_bitcast_f32_i32(r62);
        const v_f32 r65 = v_select_f32(r57, r3, r63);
        const v_f32 r66 = v_mul_f32(r55, r65);
        r2 = r66;
        const v_f32 r67 = r2;
        v_st_f32(y0 + i, r67);
    }
}
FN_FORMS_1(exp)
