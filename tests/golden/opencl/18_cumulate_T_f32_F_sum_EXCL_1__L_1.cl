#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// cumulate
typedef struct { long w[13]; } k0_cumulate_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_cumulate(const k0_cumulate_words block, __global uchar *restrict b0, __global uchar *restrict b1)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global float *const m1 = (__global float *)(b1 + w[6]);
    const long m0_s0 = w[4];
    const long m0_s1 = w[5];
    const long m1_s0 = w[9];
    const long m1_s1 = w[10];
    float r17 = 0;
    float r19 = 0;
    float r21 = 0;
    float r23 = 0;
    bool r25 = 0;
    bool r27 = 0;
    long r29 = 0;
    float r55 = 0;
    float r65 = 0;
    // kernels/reduce.k:LINE
    const long r1 = (long)(w[11]);
    const long r2 = (long)(w[12]);
    const long r3 = 0l;
    // kernels/reduce.k:LINE
    if (item < items) {
        long from = item;
        const long r4 = r3 + from;
        const float r16 = as_float(0x00000000u) /* 0 */;
        r17 = r16;
        r19 = r16;
        r21 = r16;
        r23 = r16;
        const bool r24 = false;
        r25 = r24;
        r27 = r24;
        r29 = r3;
        for (long r6 = r3; r6 < r2; r6++) {
            const long r30 = 63l;
            const long r31 = r29 & r30;
            const bool r33 = r31 != r3;
            const bool r34 = !r33;
            if (r34) {
                const bool r36 = r29 != r3;
                if (r36) {
                    const float r37 = r23;
                    if (r27) {
                        const float r38 = r19 + r37;
                        r19 = r38;
                    } else {
                        r19 = r37;
                    }
                    const bool r40 = true;
                    r27 = r40;
                    const long r41 = 16383l;
                    const long r42 = r29 & r41;
                    const bool r44 = r42 == r3;
                    if (r44) {
                        const float r45 = r19;
                        if (r25) {
                            const float r46 = r17 + r45;
                            r17 = r46;
                        } else {
                            r17 = r45;
                        }
                        r25 = r40;
                        r27 = r24;
                    }
                }
                r23 = r16;
                r21 = r17;
                if (r27) {
                    const float r51 = r19;
                    if (r25) {
                        const float r52 = r21 + r51;
                        r21 = r52;
                    } else {
                        r21 = r51;
                    }
                }
            }
            const bool r54 = r25 | r27;
            r55 = r21;
            const bool r56 = !r54;
            const bool r57 = r33 | r56;
            if (r57) {
                const float r58 = r23;
                if (r54) {
                    const float r59 = r55 + r58;
                    r55 = r59;
                } else {
                    r55 = r58;
                }
            }
            // kernels/reduce.k:LINE
            const float r14 = r55;
            // kernels/reduce.k:LINE
            const float r7 = m0[r4 * m0_s0 + r6 * m0_s1];
            const float r61 = r23 + r7;
            r23 = r61;
            const bool r63 = true;
            const bool r64 = r25 | r27;
            r65 = r21;
            const bool r66 = !r64;
            const bool r67 = r63 | r66;
            if (r67) {
                const float r68 = r23;
                if (r64) {
                    const float r69 = r65 + r68;
                    r65 = r69;
                } else {
                    r65 = r68;
                }
            }
            const long r71 = 1l;
            const long r72 = (long)((ulong)r29 + (ulong)r71);
            r29 = r72;
            m1[r4 * m1_s0 + r6 * m1_s1] = r14;
        }
    }
}
