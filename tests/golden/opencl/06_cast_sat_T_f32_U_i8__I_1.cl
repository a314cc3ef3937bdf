#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// cast_sat
typedef struct { long w[8]; } k0_cast_sat_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_cast_sat(const k0_cast_sat_words block, __global uchar *restrict b0, __global uchar *restrict b1)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_global_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global char *const m1 = (__global char *)(b1 + w[4]);
    const long m0_s0 = w[3];
    const long m1_s0 = w[6];
    // kernels/convert.k:LINE
    const long r1 = (long)(w[7]);
    const long r2 = 0l;
    if (item < items) {
        long from = item;
        const long r3 = r2 + from;
        const float r4 = m0[r3 * m0_s0];
        const float r6 = as_float(0x43000000u) /* 128 */;
        const float r7 = as_float(0xc3000000u) /* -128 */;
        const float r8 = as_float(0x00000000u) /* 0 */;
        const bool r9 = r4 < r6;
        const bool r10 = r4 > r7;
        const bool r11 = r9 & r10;
        const float r12 = r11 ? r4 : r8;
        const int r13 = (int)r12;
        const int r14 = (int)0x7fu;
        const bool r15 = r4 >= r6;
        const int r16 = r15 ? r14 : r13;
        const int r17 = (int)0xffffff80u;
        const bool r18 = r4 <= r7;
        const int r19 = r18 ? r17 : r16;
        const char r20 = (char)r19;
        m1[r3 * m1_s0] = r20;
    }
}
