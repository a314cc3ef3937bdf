#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// matmul
typedef struct { long w[33]; } k0_matmul_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_matmul(const k0_matmul_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2, __global uchar *restrict b3)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global const float *const m1 = (__global const float *)(b1 + w[8]);
    __global const float *const m2 = (__global const float *)(b2 + w[15]);
    __global float *const m3 = (__global float *)(b3 + w[22]);
    const long m0_s0 = w[5];
    const long m0_s1 = w[6];
    const long m0_s2 = w[7];
    const long m1_s0 = w[12];
    const long m1_s1 = w[13];
    const long m1_s2 = w[14];
    const long m2_s0 = w[19];
    const long m2_s1 = w[20];
    const long m2_s2 = w[21];
    const long m3_s0 = w[26];
    const long m3_s1 = w[27];
    const long m3_s2 = w[28];
    float r17 = 0;
    // kernels/contract.k:LINE
    const long r1 = (long)(w[29]);
    const long r2 = (long)(w[30]);
    const long r3 = (long)(w[31]);
    const long r4 = (long)(w[32]);
    const long r5 = 0l;
    if (item < items) {
        const long n8 = r2 - r5;
        const long n10 = r4 - r5;
        long from = item;
        const long r10 = r5 + (from % n10); from /= n10;
        const long r8 = r5 + (from % n8); from /= n8;
        const long r6 = r5 + from;
        const float r15 = m2[r6 * m2_s0 + r8 * m2_s1 + r10 * m2_s2];
        r17 = r15;
        for (long r12 = r5; r12 < r3; r12++) {
            const float r13 = m0[r6 * m0_s0 + r8 * m0_s1 + r12 * m0_s2];
            const float r14 = m1[r6 * m1_s0 + r12 * m1_s1 + r10 * m1_s2];
            const float r18 = fma(r13, r14, r17);
            r17 = r18;
        }
        const float r16 = r17;
        m3[r6 * m3_s0 + r8 * m3_s1 + r10 * m3_s2] = r16;
    }
}
