/* SPDX-License-Identifier: MIT
 * backend/cpu: prelude of the functions that kirc emits as tile primitives (emit_c_fn.c): operands that are a slot or one scalar by the bits of
 * `form`, and the table of a function's forms. Operand k is p<k> with step d<k> per vector; result k is y<k>. */
#ifndef SPML_CPU_FN_H
#define SPML_CPU_FN_H

#include "backend/cpu/isa/simd.h"
#include "backend/cpu/prims_table.h"

#define FN_PARAMS void *const *dst, const void *const *src, int n
#define FN static __attribute__((noinline)) void
/* a scalar operand becomes one vector that every step reads again */
#define FN_ARG(T, k) \
    const s_##T *p##k = src[k]; \
    s_##T c##k[VN]; \
    const int d##k = form >> k & 1 ? 0 : VN; \
    if (form >> k & 1) { v_st_##T(c##k, v_set_##T(*p##k)); p##k = c##k; }
#define FN_OUT(T, k) s_##T *y##k = dst[k];
#define FN_LOOP for (int i = 0, e = (n + 63) & ~63; i < e; i += VN)
/* the same for a function that runs one lane at a time */
#define FN_ARG_LANE(T, k) \
    const s_##T *p##k = src[k]; \
    const int d##k = form >> k & 1 ? 0 : 1;
#define FN_LOOP_LANE for (int i = 0; i < n; i++)

#define FN_FORM(f, form) static void f##_##form(FN_PARAMS) { f(dst, src, n, form); }
/* of many parameters: that of slots alone, and the one that takes any form */
#define FN_FORMS_0(f) FN_FORM(f, 0) static const KPrimFn f##_forms[2] = { f##_0, (KPrimFn)(void (*)(void))f };
#define FN_FORMS_1(f) FN_FORM(f, 0) FN_FORM(f, 1) static const KPrimFn f##_forms[2] = { f##_0, f##_1 };
#define FN_FORMS_2(f) FN_FORM(f, 0) FN_FORM(f, 1) FN_FORM(f, 2) static const KPrimFn f##_forms[4] = { f##_0, f##_1, f##_2 };
#define FN_FORMS_3(f) \
    FN_FORM(f, 0) FN_FORM(f, 1) FN_FORM(f, 2) FN_FORM(f, 3) FN_FORM(f, 4) FN_FORM(f, 5) FN_FORM(f, 6) \
    static const KPrimFn f##_forms[8] = { f##_0, f##_1, f##_2, f##_3, f##_4, f##_5, f##_6 };
#define FN_FORMS_4(f) \
    FN_FORM(f, 0) FN_FORM(f, 1) FN_FORM(f, 2) FN_FORM(f, 3) FN_FORM(f, 4) FN_FORM(f, 5) FN_FORM(f, 6) FN_FORM(f, 7) \
    FN_FORM(f, 8) FN_FORM(f, 9) FN_FORM(f, 10) FN_FORM(f, 11) FN_FORM(f, 12) FN_FORM(f, 13) FN_FORM(f, 14) \
    static const KPrimFn f##_forms[16] = { f##_0, f##_1, f##_2, f##_3, f##_4, f##_5, f##_6, f##_7, f##_8, f##_9, f##_10, f##_11, f##_12, f##_13, f##_14 };

#endif
