#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// unary
typedef struct { long w[8]; } k0_unary_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_unary(const k0_unary_words block, __global uchar *restrict b0, __global uchar *restrict b1)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const double *const m0 = (__global const double *)(b0 + w[1]);
    __global double *const m1 = (__global double *)(b1 + w[4]);
    const long m0_s0 = w[3];
    const long m1_s0 = w[6];
    // kernels/scalar.k:LINE
    const long r1 = (long)(w[7]);
    const long r2 = 0l;
    if (item < items) {
        long from = item;
        const long r3 = r2 + from;
        const double r4 = m0[r3 * m0_s0];
        const double r5 = sqrt(r4);
        m1[r3 * m1_s0] = r5;
    }
}
