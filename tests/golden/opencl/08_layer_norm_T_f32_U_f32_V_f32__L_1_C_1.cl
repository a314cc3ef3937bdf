#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// layer_norm
typedef struct { long w[25]; } k0_layer_norm_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_layer_norm(const k0_layer_norm_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2, __global uchar *restrict b3)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_group_id(0);
    const long lid = (long)get_local_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global const float *const m1 = (__global const float *)(b1 + w[6]);
    __global const float *const m2 = (__global const float *)(b2 + w[11]);
    __global float *const m3 = (__global float *)(b3 + w[16]);
    const long m0_s0 = w[4];
    const long m0_s1 = w[5];
    const long m1_s0 = w[9];
    const long m1_s1 = w[10];
    const long m2_s0 = w[14];
    const long m2_s1 = w[15];
    const long m3_s0 = w[19];
    const long m3_s1 = w[20];
    float m5[48];
    float m7[48];
    __local float m4[64];
    __local float m6[64];
    float r43 = 0;
    long r52 = 0;
    long r54 = 0;
    float r65 = 0;
    long r89 = 0;
    float r115 = 0;
    long r124 = 0;
    long r126 = 0;
    float r137 = 0;
    long r161 = 0;
    // kernels/norm.k:LINE
    const long r1 = (long)(w[21]);
    const float r2 = as_float((uint)w[22]);
    const long r3 = (long)(w[23]);
    const long r4 = (long)(w[24]);
    const long r5 = 0l;
    // kernels/norm.k:LINE
    {
        long from = item;
        const long r6 = r5 + from;
        const float r42 = as_float(0x00000000u) /* 0 */;
        // kernels/norm.k:LINE
        r43 = r42;
        const long r44 = 1l;
        const long r47 = max(r4, r5);
        m5[r5] = r42;
        r52 = r5;
        r54 = r5;
        const long r55 = 16384l;
        for (long r57 = r5; r57 < r47; r57 += r55) {
            const long r59 = (long)((ulong)r57 + (ulong)r55);
            const long r60 = min(r59, r47);
            const long r61 = 64l;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            for (long r63 = r5 + lid; r63 < r61; r63 += 64) {
                r65 = r42;
                const long r66 = (long)((ulong)r57 + (ulong)r63);
                for (long r68 = r66; r68 < r60; r68 += r61) {
                    const float r9 = m0[r6 * m0_s0 + r68 * m0_s1];
                    const float r69 = r65 + r9;
                    r65 = r69;
                }
                m4[r63] = r65;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r71 = 6l;
            for (long r73 = r5; r73 < r71; r73++) {
                const long r74 = 32l;
                const long r186 = 63l;
                const long r187 = r73 & r186;
                const long r75 = r74 >> (uint)r187;
                for (long r77 = r5 + lid; r77 < r75; r77 += 64) {
                    const long r78 = (long)((ulong)r77 + (ulong)r75);
                    const float r79 = m4[r77];
                    const float r80 = m4[r78];
                    const float r81 = r79 + r80;
                    m4[r77] = r81;
                }
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
            const float r83 = m4[r5];
            const long r84 = r52;
            m5[r84] = r83;
            const long r86 = (long)((ulong)r52 + (ulong)r44);
            r52 = r86;
            const long r88 = (long)((ulong)r54 + (ulong)r44);
            r54 = r88;
            r89 = r54;
            for (;;) {
                const long r91 = r89 & r44;
                const bool r93 = r91 == r5;
                if (!r93) break;
                const long r94 = (long)0xfffffffffffffffful;
                const long r95 = (long)((ulong)r52 + (ulong)r94);
                r52 = r95;
                const long r97 = (long)((ulong)r95 + (ulong)r94);
                const float r98 = m5[r97];
                const float r99 = m5[r95];
                const float r100 = r98 + r99;
                m5[r97] = r100;
                const long r102 = r89 >> (uint)r44;
                r89 = r102;
            }
        }
        for (;;) {
            const bool r104 = r52 > r44;
            if (!r104) break;
            const long r105 = (long)0xfffffffffffffffful;
            const long r106 = (long)((ulong)r52 + (ulong)r105);
            r52 = r106;
            const long r108 = (long)((ulong)r106 + (ulong)r105);
            const float r109 = m5[r108];
            const float r110 = m5[r106];
            const float r111 = r109 + r110;
            m5[r108] = r111;
        }
        const float r113 = m5[r5];
        r43 = r113;
        // kernels/norm.k:LINE
        const float r16 = r43;
        // kernels/norm.k:LINE
        const float r188 = convert_float_rte(r1);
        const float r18 = r16 / r188;
        // kernels/norm.k:LINE
        r115 = r42;
        m7[r5] = r42;
        r124 = r5;
        r126 = r5;
        for (long r129 = r5; r129 < r47; r129 += r55) {
            const long r131 = (long)((ulong)r129 + (ulong)r55);
            const long r132 = min(r131, r47);
            const long r133 = 64l;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            for (long r135 = r5 + lid; r135 < r133; r135 += 64) {
                r137 = r42;
                const long r138 = (long)((ulong)r129 + (ulong)r135);
                for (long r140 = r138; r140 < r132; r140 += r133) {
                    const float r21 = m0[r6 * m0_s0 + r140 * m0_s1];
                    const float r22 = r21 - r18;
                    const float r25 = r22 * r22;
                    // kernels/norm.k:LINE
                    const float r141 = r137 + r25;
                    // kernels/norm.k:LINE
                    r137 = r141;
                }
                m6[r135] = r137;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r143 = 6l;
            for (long r145 = r5; r145 < r143; r145++) {
                const long r146 = 32l;
                const long r189 = 63l;
                const long r190 = r145 & r189;
                const long r147 = r146 >> (uint)r190;
                for (long r149 = r5 + lid; r149 < r147; r149 += 64) {
                    const long r150 = (long)((ulong)r149 + (ulong)r147);
                    const float r151 = m6[r149];
                    const float r152 = m6[r150];
                    // kernels/norm.k:LINE
                    const float r153 = r151 + r152;
                    // kernels/norm.k:LINE
                    m6[r149] = r153;
                }
                barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            }
            const float r155 = m6[r5];
            const long r156 = r124;
            m7[r156] = r155;
            const long r158 = (long)((ulong)r124 + (ulong)r44);
            r124 = r158;
            const long r160 = (long)((ulong)r126 + (ulong)r44);
            r126 = r160;
            r161 = r126;
            for (;;) {
                const long r163 = r161 & r44;
                const bool r165 = r163 == r5;
                if (!r165) break;
                const long r166 = (long)0xfffffffffffffffful;
                const long r167 = (long)((ulong)r124 + (ulong)r166);
                r124 = r167;
                const long r169 = (long)((ulong)r167 + (ulong)r166);
                const float r170 = m7[r169];
                const float r171 = m7[r167];
                // kernels/norm.k:LINE
                const float r172 = r170 + r171;
                // kernels/norm.k:LINE
                m7[r169] = r172;
                const long r174 = r161 >> (uint)r44;
                r161 = r174;
            }
        }
        for (;;) {
            const bool r176 = r124 > r44;
            if (!r176) break;
            const long r177 = (long)0xfffffffffffffffful;
            const long r178 = (long)((ulong)r124 + (ulong)r177);
            r124 = r178;
            const long r180 = (long)((ulong)r178 + (ulong)r177);
            const float r181 = m7[r180];
            const float r182 = m7[r178];
            // kernels/norm.k:LINE
            const float r183 = r181 + r182;
            // kernels/norm.k:LINE
            m7[r180] = r183;
        }
        const float r185 = m7[r5];
        r115 = r185;
        // kernels/norm.k:LINE
        const float r26 = r115;
        // kernels/norm.k:LINE
        const float r28 = r26 / r188;
        // kernels/norm.k:LINE
        const float r29 = r28 + r2;
        const float r30 = sqrt(r29);
        const float r31 = as_float(0x3f800000u) /* 1 */;
        const float r32 = r31 / r30;
        // kernels/norm.k:LINE
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        for (long r34 = r5 + lid; r34 < r4; r34 += 64) {
            const float r35 = m0[r6 * m0_s0 + r34 * m0_s1];
            const float r36 = r35 - r18;
            const float r37 = r36 * r32;
            const float r38 = m1[r6 * m1_s0 + r34 * m1_s1];
            const float r39 = r37 * r38;
            const float r40 = m2[r6 * m2_s0 + r34 * m2_s1];
            const float r41 = r39 + r40;
            m3[r6 * m3_s0 + r34 * m3_s1] = r41;
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    }
}
