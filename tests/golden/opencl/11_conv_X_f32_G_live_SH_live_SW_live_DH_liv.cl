#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// conv
typedef struct { long w[47]; } k0_conv_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_conv(const k0_conv_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2, __global uchar *restrict b3)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global const float *const m1 = (__global const float *)(b1 + w[10]);
    __global const float *const m2 = (__global const float *)(b2 + w[19]);
    __global float *const m3 = (__global float *)(b3 + w[22]);
    const long m0_d0 = w[2];
    const long m0_d1 = w[3];
    const long m0_d2 = w[4];
    const long m0_d3 = w[5];
    const long m0_s0 = w[6];
    const long m0_s1 = w[7];
    const long m0_s2 = w[8];
    const long m0_s3 = w[9];
    const long m1_s0 = w[15];
    const long m1_s1 = w[16];
    const long m1_s2 = w[17];
    const long m1_s3 = w[18];
    const long m2_s0 = w[21];
    const long m3_s0 = w[27];
    const long m3_s1 = w[28];
    const long m3_s2 = w[29];
    const long m3_s3 = w[30];
    float r54 = 0;
    // kernels/contract.k:LINE
    const long r1 = (long)(w[31]);
    const long r2 = (long)(w[32]);
    const long r3 = (long)(w[33]);
    const long r4 = (long)(w[34]);
    const long r5 = (long)(w[35]);
    const long r6 = (long)(w[36]);
    const long r7 = (long)(w[37]);
    const long r8 = (long)(w[38]);
    const long r9 = (long)(w[39]);
    const long r12 = (long)(w[42]);
    const long r13 = (long)(w[43]);
    const long r14 = (long)(w[44]);
    const long r15 = (long)(w[45]);
    const long r16 = (long)(w[46]);
    const long r17 = 0l;
    // kernels/contract.k:LINE
    if (item < items) {
        const long n20 = r1 - r17;
        const long n22 = r15 - r17;
        const long n24 = r16 - r17;
        const long n26 = r12 - r17;
        long from = item;
        const long r26 = r17 + (from % n26); from /= n26;
        const long r24 = r17 + (from % n24); from /= n24;
        const long r22 = r17 + (from % n22); from /= n22;
        const long r20 = r17 + (from % n20); from /= n20;
        const long r18 = r17 + from;
        const long r27 = (long)((ulong)r20 * (ulong)r12);
        const long r28 = (long)((ulong)r27 + (ulong)r26);
        const float r52 = m2[r28 * m2_s0];
        r54 = r52;
        for (long r30 = r17; r30 < r9; r30++) {
            for (long r32 = r17; r32 < r13; r32++) {
                for (long r34 = r17; r34 < r14; r34++) {
                    const long r35 = (long)((ulong)r20 * (ulong)r9);
                    const long r36 = (long)((ulong)r35 + (ulong)r30);
                    const long r37 = (long)((ulong)r22 * (ulong)r2);
                    const long r38 = (long)((ulong)r32 * (ulong)r4);
                    const long r39 = (long)((ulong)r37 + (ulong)r38);
                    const long r40 = (long)((ulong)r39 - (ulong)r6);
                    const long r41 = (long)((ulong)r24 * (ulong)r3);
                    const long r42 = (long)((ulong)r34 * (ulong)r5);
                    const long r43 = (long)((ulong)r41 + (ulong)r42);
                    const long r44 = (long)((ulong)r43 - (ulong)r7);
                    const float r45 = as_float(0x00000000u) /* 0 */;
                    const float r46 = (ulong)r18 < (ulong)m0_d0 && (ulong)r36 < (ulong)m0_d1 && (ulong)r40 < (ulong)m0_d2 && (ulong)r44 < (ulong)m0_d3 ? m0[r18 * m0_s0 + r36 * m0_s1 + r40 * m0_s2 + r44 * m0_s3] : r45;
                    const float r49 = m1[r28 * m1_s0 + r30 * m1_s1 + r32 * m1_s2 + r34 * m1_s3];
                    const float r55 = fma(r46, r49, r54);
                    r54 = r55;
                }
            }
        }
        // kernels/contract.k:LINE
        const float r53 = r54;
        // kernels/contract.k:LINE
        m3[r18 * m3_s0 + r28 * m3_s1 + r22 * m3_s2 + r24 * m3_s3] = r53;
    }
}
