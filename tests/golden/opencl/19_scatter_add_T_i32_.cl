#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// scatter_add
typedef struct { long w[17]; } k0_scatter_add_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_scatter_add(const k0_scatter_add_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const long *const m0 = (__global const long *)(b0 + w[1]);
    __global const int *const m1 = (__global const int *)(b1 + w[4]);
    __global int *const m2 = (__global int *)(b2 + w[9]);
    const long m0_s0 = w[3];
    const long m1_s0 = w[7];
    const long m1_s1 = w[8];
    const long m2_d0 = w[10];
    const long m2_d1 = w[11];
    const long m2_s0 = w[12];
    const long m2_s1 = w[13];
    // kernels/move.k:LINE
    const long r1 = (long)(w[14]);
    const long r2 = (long)(w[15]);
    const long r3 = (long)(w[16]);
    const long r4 = 0l;
    if (item < items) {
        const long n7 = r2 - r4;
        long from = item;
        const long r7 = r4 + (from % n7); from /= n7;
        const long r5 = r4 + from;
        const long r8 = m0[r5 * m0_s0];
        const bool r10 = r8 < r4;
        long r14;
        if (r10) {
            const long r12 = (long)((ulong)r8 + (ulong)r3);
            r14 = r12;
        } else {
            r14 = r8;
        }
        const int r15 = m1[r5 * m1_s0 + r7 * m1_s1];
        if ((ulong)r14 < (ulong)m2_d0 & (ulong)r7 < (ulong)m2_d1) {
            volatile __global int *const at = (volatile __global int *)&m2[r14 * m2_s0 + r7 * m2_s1];
            atomic_add(at, r15);
        }
    }
}
