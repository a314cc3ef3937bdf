#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// nms_keep
typedef struct { long w[11]; } k0_nms_keep_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_nms_keep(const k0_nms_keep_words block, __global uchar *restrict b0, __global uchar *restrict b1, __local uchar *scratch)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_group_id(0);
    const long lid = (long)get_local_id(0);
    __global const ulong *const m0 = (__global const ulong *)(b0 + w[1]);
    __global uchar *const m1 = (__global uchar *)(b1 + w[6]);
    const long m0_s0 = w[4];
    const long m0_s1 = w[5];
    const long m1_s0 = w[8];
    // kernels/sort.k:LINE
    const long r1 = (long)(w[9]);
    const long r2 = (long)(w[10]);
    const long r3 = 0l;
    const long r4 = 1l;
    size_t at = 0;
    __local ulong *const m2 = (__local ulong *)(scratch + at);
    at += (8ul * (ulong)r1 + 15) & ~15ul;
    // kernels/sort.k:LINE
    {
        long from = item;
        const long r5 = r3 + from;
        for (long r7 = r3 + lid; r7 < r1; r7 += 64) {
            const ulong r8 = (ulong)0x0ul;
            if ((ulong)r7 < (ulong)r1)
                m2[r7] = r8;
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        for (long r10 = r3; r10 < r2; r10++) {
            const long r11 = 64l;
            const long r12 = r10 / r11;
            const ulong r13 = (ulong)r12 < (ulong)r1 ? m2[r12] : 0;
            const long r15 = r10 % r11;
            const ulong r30 = (ulong)r15;
            const ulong r31 = (ulong)0x3ful;
            const ulong r32 = r30 & r31;
            const ulong r17 = r13 >> (uint)r32;
            const ulong r18 = (ulong)0x1ul;
            const ulong r19 = r17 & r18;
            const ulong r20 = (ulong)0x0ul;
            const bool r21 = r19 == r20;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            for (long r29 = r3 + lid; r29 < r4; r29 += 64) {
                m1[r10 * m1_s0] = r21;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            if (r21) {
                for (long r23 = r3 + lid; r23 < r1; r23 += 64) {
                    const ulong r24 = (ulong)r23 < (ulong)r1 ? m2[r23] : 0;
                    const ulong r25 = m0[r10 * m0_s0 + r23 * m0_s1];
                    const ulong r26 = r24 | r25;
                    if ((ulong)r23 < (ulong)r1)
                        m2[r23] = r26;
                }
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
        }
    }
}
