#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// nonzero_write
typedef struct { long w[13]; } k0_nonzero_write_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_nonzero_write(const k0_nonzero_write_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_group_id(0);
    const long lid = (long)get_local_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global const uint *const m1 = (__global const uint *)(b1 + w[4]);
    __global long *const m2 = (__global long *)(b2 + w[7]);
    const long m0_s0 = w[3];
    const long m1_d0 = w[5];
    const long m1_s0 = w[6];
    const long m2_d0 = w[8];
    const long m2_s0 = w[9];
    uint r35 = 0;
    uint r37 = 0;
    uint r39 = 0;
    uint r41 = 0;
    bool r43 = 0;
    bool r45 = 0;
    long r47 = 0;
    uint r73 = 0;
    uint r83 = 0;
    // kernels/sort.k:LINE
    const long r1 = (long)(w[10]);
    const long r4 = 0l;
    const long r6 = 1024l;
    {
        long from = item;
        const long r5 = r4 + from * r6;
        const long r8 = (long)((ulong)r5 + (ulong)r6);
        const long r9 = min(r8, r1);
        const long r31 = 1l;
        for (long r33 = r4 + lid; r33 < r31; r33 += 64) {
            const uint r34 = (uint)0x0u;
            r35 = r34;
            r37 = r34;
            r39 = r34;
            r41 = r34;
            const bool r42 = false;
            r43 = r42;
            r45 = r42;
            r47 = r4;
            for (long r10 = r5; r10 < r9; r10++) {
                const long r48 = 63l;
                const long r49 = r47 & r48;
                const bool r51 = r49 != r4;
                const bool r52 = !r51;
                if (r52) {
                    const bool r54 = r47 != r4;
                    if (r54) {
                        const uint r55 = r41;
                        if (r45) {
                            const uint r56 = r37 + r55;
                            r37 = r56;
                        } else {
                            r37 = r55;
                        }
                        const bool r58 = true;
                        r45 = r58;
                        const long r59 = 16383l;
                        const long r60 = r47 & r59;
                        const bool r62 = r60 == r4;
                        if (r62) {
                            const uint r63 = r37;
                            if (r43) {
                                const uint r64 = r35 + r63;
                                r35 = r64;
                            } else {
                                r35 = r63;
                            }
                            r43 = r58;
                            r45 = r42;
                        }
                    }
                    r41 = r34;
                    r39 = r35;
                    if (r45) {
                        const uint r69 = r37;
                        if (r43) {
                            const uint r70 = r39 + r69;
                            r39 = r70;
                        } else {
                            r39 = r69;
                        }
                    }
                }
                const bool r72 = r43 | r45;
                r73 = r39;
                const bool r74 = !r72;
                const bool r75 = r51 | r74;
                if (r75) {
                    const uint r76 = r41;
                    if (r72) {
                        const uint r77 = r73 + r76;
                        r73 = r77;
                    } else {
                        r73 = r76;
                    }
                }
                const uint r21 = r73;
                const float r11 = m0[r10 * m0_s0];
                const float r12 = as_float(0x00000000u) /* 0 */;
                const bool r13 = r11 != r12;
                const uint r92 = (uint)0x1u;
                const uint r93 = r13 ? r92 : r34;
                const uint r79 = r41 + r93;
                r41 = r79;
                const bool r81 = true;
                const bool r82 = r43 | r45;
                r83 = r39;
                const bool r84 = !r82;
                const bool r85 = r81 | r84;
                if (r85) {
                    const uint r86 = r41;
                    if (r82) {
                        const uint r87 = r83 + r86;
                        r83 = r87;
                    } else {
                        r83 = r86;
                    }
                }
                const long r90 = (long)((ulong)r47 + (ulong)r31);
                r47 = r90;
                if (r13) {
                    const long r27 = r10 / r6;
                    const uint r28 = (ulong)r27 < (ulong)m1_d0 ? m1[r27 * m1_s0] : 0;
                    const uint r29 = r28 + r21;
                    const long r94 = (long)r29;
                    if ((ulong)r94 < (ulong)m2_d0)
                        m2[r94 * m2_s0] = r10;
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    }
}
