#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// cast
typedef struct { long w[8]; } k0_cast_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_cast(const k0_cast_words block, __global uchar *restrict b0, __global uchar *restrict b1)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const uchar *const m0 = (__global const uchar *)(b0 + w[1]);
    __global uchar *const m1 = (__global uchar *)(b1 + w[4]);
    const long m0_s0 = w[3];
    const long m1_s0 = w[6];
    // kernels/convert.k:LINE
    const long r1 = (long)(w[7]);
    const long r2 = 0l;
    if (item < items) {
        long from = item;
        const long r3 = r2 + from;
        const uchar r4 = m0[r3 * m0_s0];
        const uint r6 = (uint)r4;
        const uint r7 = (uint)0xfu;
        const uint r8 = r6 & r7;
        const uchar r9 = (uchar)r8;
        { const size_t at = (size_t)(m1 + (r3 * m1_s0 >> 1)); const uint by = (uint)(at & 3) * 8u + (uint)(((r3 * m1_s0) & 1)) * 4u; volatile __global uint *const to = (volatile __global uint *)(at & ~(size_t)3); atomic_and(to, ~(15u << by)); atomic_or(to, (r9 & 15u) << by); }
    }
}
