#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// radix_move
typedef struct { long w[21]; } k0_radix_move_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_radix_move(const k0_radix_move_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2, __global uchar *restrict b3, __global uchar *restrict b4)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_group_id(0);
    const long lid = (long)get_local_id(0);
    __global const uint *const m0 = (__global const uint *)(b0 + w[1]);
    __global const uint *const m1 = (__global const uint *)(b1 + w[4]);
    __global const uint *const m2 = (__global const uint *)(b2 + w[7]);
    __global uint *const m3 = (__global uint *)(b3 + w[12]);
    __global uint *const m4 = (__global uint *)(b4 + w[15]);
    const long m0_s0 = w[3];
    const long m1_s0 = w[6];
    const long m2_d0 = w[8];
    const long m2_d1 = w[9];
    const long m2_s0 = w[10];
    const long m2_s1 = w[11];
    const long m3_d0 = w[13];
    const long m3_s0 = w[14];
    const long m4_d0 = w[16];
    const long m4_s0 = w[17];
    __local uint m5[256];
    // kernels/sort.k:LINE
    const long r1 = (long)(w[18]);
    const long r2 = (long)(w[19]);
    const long r4 = 0l;
    const long r6 = 1024l;
    // kernels/sort.k:LINE
    {
        long from = item;
        const long r5 = r4 + from * r6;
        const long r8 = (long)((ulong)r5 + (ulong)r6);
        const long r9 = min(r8, r2);
        const long r10 = 256l;
        for (long r13 = r4 + lid; r13 < r10; r13 += 64) {
            const long r15 = r5 / r6;
            const uint r16 = (ulong)r15 < (ulong)m2_d1 ? m2[r13 * m2_s0 + r15 * m2_s1] : 0;
            m5[r13] = r16;
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        const long r30 = 1l;
        for (long r32 = r4 + lid; r32 < r30; r32 += 64) {
            for (long r17 = r5; r17 < r9; r17++) {
                const uint r18 = m0[r17 * m0_s0];
                const uint r33 = (uint)r1;
                const uint r34 = (uint)0x1fu;
                const uint r35 = r33 & r34;
                const uint r20 = r18 >> (uint)r35;
                const uint r21 = (uint)0xffu;
                const uint r22 = r20 & r21;
                const long r36 = (long)r22;
                const uint r24 = (uint)0x1u;
                uint r25 = 0;
                if ((ulong)r36 < (ulong)256) {
                    const uint r0 = m5[r36];
                    r25 = r0;
                    const uint u0 = r0 + r24;
                    m5[r36] = u0;
                }
                const long r37 = (long)r25;
                if ((ulong)r37 < (ulong)m3_d0)
                    m3[r37 * m3_s0] = r18;
                const uint r29 = m1[r17 * m1_s0];
                if ((ulong)r37 < (ulong)m4_d0)
                    m4[r37 * m4_s0] = r29;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    }
}
