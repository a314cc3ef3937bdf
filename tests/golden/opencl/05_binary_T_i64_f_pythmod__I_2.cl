#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// binary
typedef struct { long w[18]; } k0_binary_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_binary(const k0_binary_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const long *const m0 = (__global const long *)(b0 + w[1]);
    __global const long *const m1 = (__global const long *)(b1 + w[6]);
    __global long *const m2 = (__global long *)(b2 + w[11]);
    const long m0_s0 = w[4];
    const long m0_s1 = w[5];
    const long m1_s0 = w[9];
    const long m1_s1 = w[10];
    const long m2_s0 = w[14];
    const long m2_s1 = w[15];
    // kernels/scalar.k:LINE
    const long r1 = (long)(w[16]);
    const long r2 = (long)(w[17]);
    const long r3 = 0l;
    if (item < items) {
        const long n6 = r2 - r3;
        long from = item;
        const long r6 = r3 + (from % n6); from /= n6;
        const long r4 = r3 + from;
        const long r7 = m0[r4 * m0_s0 + r6 * m0_s1];
        const long r8 = m1[r4 * m1_s0 + r6 * m1_s1];
        const long r34 = 1l;
        // kernels/scalar.k:LINE
        const bool r36 = r8 == r3;
        const long r37 = (long)0xfffffffffffffffful;
        const bool r38 = r8 == r37;
        const bool r39 = r36 | r38;
        const long r40 = r39 ? r34 : r8;
        const long r41 = r7 % r40;
        const bool r25 = r41 != r3;
        const bool r27 = r41 < r3;
        const bool r29 = r8 < r3;
        const bool r30 = r27 != r29;
        const bool r31 = r25 & r30;
        const long r32 = (long)((ulong)r41 + (ulong)r8);
        const long r33 = r31 ? r32 : r41;
        // kernels/scalar.k:LINE
        m2[r4 * m2_s0 + r6 * m2_s1] = r33;
    }
}
