#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// binary
typedef struct { long w[25]; } k0_binary_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_binary(const k0_binary_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global const float *const m1 = (__global const float *)(b1 + w[8]);
    __global float *const m2 = (__global float *)(b2 + w[15]);
    const long m0_s0 = w[5];
    const long m0_s1 = w[6];
    const long m0_s2 = w[7];
    const long m1_s0 = w[12];
    const long m1_s1 = w[13];
    const long m1_s2 = w[14];
    const long m2_s0 = w[19];
    const long m2_s1 = w[20];
    const long m2_s2 = w[21];
    // kernels/scalar.k:LINE
    const long r1 = (long)(w[22]);
    const long r2 = (long)(w[23]);
    const long r3 = (long)(w[24]);
    const long r4 = 0l;
    if (item < items) {
        const long n7 = r2 - r4;
        const long n9 = r3 - r4;
        long from = item;
        const long r9 = r4 + (from % n9); from /= n9;
        const long r7 = r4 + (from % n7); from /= n7;
        const long r5 = r4 + from;
        const float r10 = m0[r5 * m0_s0 + r7 * m0_s1 + r9 * m0_s2];
        const float r11 = m1[r5 * m1_s0 + r7 * m1_s1 + r9 * m1_s2];
        // kernels/scalar.k:LINE
        const float r16 = r10 * r11;
        // kernels/scalar.k:LINE
        m2[r5 * m2_s0 + r7 * m2_s1 + r9 * m2_s2] = r16;
    }
}
