#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// gather
typedef struct { long w[22]; } k0_gather_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_gather(const k0_gather_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const ushort *const m0 = (__global const ushort *)(b0 + w[1]);
    __global const long *const m1 = (__global const long *)(b1 + w[8]);
    __global ushort *const m2 = (__global ushort *)(b2 + w[11]);
    const long m0_d0 = w[2];
    const long m0_d1 = w[3];
    const long m0_d2 = w[4];
    const long m0_s0 = w[5];
    const long m0_s1 = w[6];
    const long m0_s2 = w[7];
    const long m1_s0 = w[10];
    const long m2_s0 = w[15];
    const long m2_s1 = w[16];
    const long m2_s2 = w[17];
    // kernels/move.k:LINE
    const long r1 = (long)(w[18]);
    const long r2 = (long)(w[19]);
    const long r3 = (long)(w[20]);
    const long r4 = (long)(w[21]);
    const long r5 = 0l;
    // kernels/move.k:LINE
    if (item < items) {
        const long n8 = r4 - r5;
        const long n10 = r3 - r5;
        long from = item;
        const long r10 = r5 + (from % n10); from /= n10;
        const long r8 = r5 + (from % n8); from /= n8;
        const long r6 = r5 + from;
        const long r11 = m1[r8 * m1_s0];
        const bool r13 = r11 < r5;
        const long r14 = (long)((ulong)r11 + (ulong)r2);
        const long r15 = r13 ? r14 : r11;
        const ushort r16 = (ushort)0x0u;
        const ushort r17 = (ulong)r15 < (ulong)m0_d1 ? m0[r6 * m0_s0 + r15 * m0_s1 + r10 * m0_s2] : r16;
        m2[r6 * m2_s0 + r8 * m2_s1 + r10 * m2_s2] = r17;
    }
}
