/* kernels/scalar.k:LINE: pythmod(i32, i32) */
FN pythmod(FN_PARAMS, unsigned form)
{
    FN_ARG(i32, 0)
    FN_ARG(i32, 1)
    FN_OUT(i32, 0)
    FN_LOOP {
        const v_i32 r1 = v_ld_i32(p0); p0 += d0;
        const v_i32 r2 = v_ld_i32(p1); p1 += d1;
        const v_i32 r3 = v_rem_i32(r1, r2);
        const v_i32 r4 = V_i32(0x0);
        const v_bool r5 = v_ne_i32(r3, r4);
        const v_i32 r6 = V_i32(0x0);
        const v_bool r7 = v_lt_i32(r3, r4);
        const v_i32 r8 = V_i32(0x0);
        const v_bool r9 = v_lt_i32(r2, r4);
        const v_bool r10 = v_ne_bool(r7, r9);
        const v_bool r11 = v_and_bool(r5, r10);
        const v_i32 r12 = v_add_i32(r3, r2);
        const v_i32 r13 = v_select_i32(r11, r12, r3);
        v_st_i32(y0 + i, r13);
    }
}
FN_FORMS_2(pythmod)
