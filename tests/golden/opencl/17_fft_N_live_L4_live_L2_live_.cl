#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// fft
typedef struct { long w[24]; } k0_fft_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_fft(const k0_fft_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2, __local uchar *scratch)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_group_id(0);
    const long lid = (long)get_local_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global const float *const m1 = (__global const float *)(b1 + w[8]);
    __global float *const m2 = (__global float *)(b2 + w[13]);
    const long m0_s0 = w[5];
    const long m0_s1 = w[6];
    const long m0_s2 = w[7];
    const long m1_d0 = w[9];
    const long m1_d1 = w[10];
    const long m1_s0 = w[11];
    const long m1_s1 = w[12];
    const long m2_s0 = w[17];
    const long m2_s1 = w[18];
    const long m2_s2 = w[19];
    // kernels/fft.k:LINE
    const long r1 = (long)(w[20]);
    const long r2 = (long)(w[21]);
    const long r3 = (long)(w[22]);
    const long r4 = (long)(w[23]);
    const long r5 = 0l;
    size_t at = 0;
    __local float *const m3 = (__local float *)(scratch + at);
    at += (4ul * (ulong)2 * (ulong)r1 + 15) & ~15ul;
    __local float *const m4 = (__local float *)(scratch + at);
    at += (4ul * (ulong)2 * (ulong)r1 + 15) & ~15ul;
    // kernels/fft.k:LINE
    {
        long from = item;
        const long r6 = r5 + from;
        const long r7 = 2l;
        // kernels/fft.k:LINE
        for (long r10 = r5 + lid; r10 < r1; r10 += 64) {
            const float r13 = m0[r6 * m0_s0 + r10 * m0_s1 + r5 * m0_s2];
            if ((ulong)r5 < (ulong)2 & (ulong)r10 < (ulong)r1)
                m3[(r5 * r1 + r10)] = r13;
            const long r15 = 1l;
            const float r16 = m0[r6 * m0_s0 + r10 * m0_s1 + r15 * m0_s2];
            if ((ulong)r5 < (ulong)2 & (ulong)r10 < (ulong)r1)
                m4[(r5 * r1 + r10)] = r16;
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        // kernels/fft.k:LINE
        for (long r18 = r5; r18 < r2; r18++) {
            // kernels/fft.k:LINE
            const long r20 = (long)((ulong)r7 * (ulong)r18);
            const long r21 = 1l;
            const long r314 = 63l;
            const long r315 = r20 & r314;
            const long r22 = (long)((ulong)r21 << (uint)r315);
            const long r23 = 4l;
            const long r24 = (long)((ulong)r23 * (ulong)r22);
            const bool r318 = r24 == r5;
            const long r319 = (long)0xfffffffffffffffful;
            const bool r320 = r24 == r319;
            const bool r321 = r318 | r320;
            const long r322 = r321 ? r21 : r24;
            const long r323 = r1 / r322;
            const long r324 = (long)((ulong)r5 - (ulong)r1);
            const long r325 = r320 ? r324 : r323;
            const long r326 = r318 ? r5 : r325;
            const long r27 = r18 % r7;
            // kernels/fft.k:LINE
            const long r29 = r1 / r23;
            for (long r31 = r5 + lid; r31 < r29; r31 += 64) {
                // kernels/fft.k:LINE
                const bool r329 = r22 == r5;
                const bool r331 = r22 == r319;
                const bool r332 = r329 | r331;
                const long r333 = r332 ? r21 : r22;
                const long r334 = r31 / r333;
                const long r335 = (long)((ulong)r5 - (ulong)r31);
                const long r336 = r331 ? r335 : r334;
                const long r337 = r329 ? r5 : r336;
                const long r345 = r31 % r333;
                const long r34 = (long)((ulong)r22 * (ulong)r337);
                const long r35 = (long)((ulong)r345 + (ulong)r34);
                const float r36 = (ulong)r27 < (ulong)2 & (ulong)r35 < (ulong)r1 ? m3[(r27 * r1 + r35)] : 0;
                const float r39 = (ulong)r27 < (ulong)2 & (ulong)r35 < (ulong)r1 ? m4[(r27 * r1 + r35)] : 0;
                const long r41 = (long)((ulong)r7 * (ulong)r326);
                const long r42 = (long)((ulong)r337 + (ulong)r41);
                const long r43 = (long)((ulong)r22 * (ulong)r42);
                const long r44 = (long)((ulong)r345 + (ulong)r43);
                const float r45 = (ulong)r27 < (ulong)2 & (ulong)r44 < (ulong)r1 ? m3[(r27 * r1 + r44)] : 0;
                const float r51 = (ulong)r27 < (ulong)2 & (ulong)r44 < (ulong)r1 ? m4[(r27 * r1 + r44)] : 0;
                // kernels/fft.k:LINE
                const long r52 = (long)((ulong)r337 + (ulong)r326);
                const long r53 = (long)((ulong)r22 * (ulong)r52);
                const long r54 = (long)((ulong)r345 + (ulong)r53);
                const float r55 = (ulong)r27 < (ulong)2 & (ulong)r54 < (ulong)r1 ? m3[(r27 * r1 + r54)] : 0;
                const float r59 = (ulong)r27 < (ulong)2 & (ulong)r54 < (ulong)r1 ? m4[(r27 * r1 + r54)] : 0;
                const long r60 = 3l;
                const long r61 = (long)((ulong)r60 * (ulong)r326);
                const long r62 = (long)((ulong)r337 + (ulong)r61);
                const long r63 = (long)((ulong)r22 * (ulong)r62);
                const long r64 = (long)((ulong)r345 + (ulong)r63);
                const float r65 = (ulong)r27 < (ulong)2 & (ulong)r64 < (ulong)r1 ? m3[(r27 * r1 + r64)] : 0;
                const float r71 = (ulong)r27 < (ulong)2 & (ulong)r64 < (ulong)r1 ? m4[(r27 * r1 + r64)] : 0;
                // kernels/fft.k:LINE
                const float r266 = r36 + r45;
                const float r267 = r39 + r51;
                const float r268 = r55 + r65;
                const float r269 = r59 + r71;
                const float r270 = r266 + r268;
                const float r271 = r267 + r269;
                const float r272 = r36 - r45;
                const float r273 = r39 - r51;
                const float r274 = r55 - r65;
                const float r275 = r59 - r71;
                // kernels/fft.k:LINE
                const float r276 = -r275;
                // kernels/fft.k:LINE
                const float r277 = r272 - r276;
                const float r278 = r273 - r274;
                // kernels/fft.k:LINE
                const long r101 = (long)((ulong)r337 * (ulong)r22);
                const float r103 = (ulong)r101 < (ulong)m1_d0 ? m1[r101 * m1_s0 + r5 * m1_s1] : 0;
                const float r106 = (ulong)r101 < (ulong)m1_d0 ? m1[r101 * m1_s0 + r21 * m1_s1] : 0;
                // kernels/fft.k:LINE
                const float r279 = r277 * r103;
                const float r280 = r278 * r106;
                const float r281 = r279 - r280;
                const float r282 = r277 * r106;
                const float r283 = r278 * r103;
                const float r284 = r282 + r283;
                // kernels/fft.k:LINE
                const float r289 = r266 - r268;
                const float r290 = r267 - r269;
                // kernels/fft.k:LINE
                const long r126 = (long)((ulong)r7 * (ulong)r337);
                const long r127 = (long)((ulong)r126 * (ulong)r22);
                const float r129 = (ulong)r127 < (ulong)m1_d0 ? m1[r127 * m1_s0 + r5 * m1_s1] : 0;
                const float r134 = (ulong)r127 < (ulong)m1_d0 ? m1[r127 * m1_s0 + r21 * m1_s1] : 0;
                // kernels/fft.k:LINE
                const float r291 = r289 * r129;
                const float r292 = r290 * r134;
                const float r293 = r291 - r292;
                const float r294 = r289 * r134;
                const float r295 = r290 * r129;
                const float r296 = r294 + r295;
                // kernels/fft.k:LINE
                const float r302 = r272 + r276;
                const float r303 = r273 + r274;
                // kernels/fft.k:LINE
                const long r146 = (long)((ulong)r60 * (ulong)r337);
                const long r147 = (long)((ulong)r146 * (ulong)r22);
                const float r149 = (ulong)r147 < (ulong)m1_d0 ? m1[r147 * m1_s0 + r5 * m1_s1] : 0;
                const float r154 = (ulong)r147 < (ulong)m1_d0 ? m1[r147 * m1_s0 + r21 * m1_s1] : 0;
                // kernels/fft.k:LINE
                const float r304 = r302 * r149;
                const float r305 = r303 * r154;
                const float r306 = r304 - r305;
                const float r307 = r302 * r154;
                const float r308 = r303 * r149;
                const float r309 = r307 + r308;
                // kernels/fft.k:LINE
                const long r158 = (long)((ulong)r21 - (ulong)r27);
                const long r160 = (long)((ulong)r22 * (ulong)r23);
                const long r161 = (long)((ulong)r160 * (ulong)r337);
                const long r162 = (long)((ulong)r345 + (ulong)r161);
                if ((ulong)r158 < (ulong)2 & (ulong)r162 < (ulong)r1)
                    m3[(r158 * r1 + r162)] = r270;
                if ((ulong)r158 < (ulong)2 & (ulong)r162 < (ulong)r1)
                    m4[(r158 * r1 + r162)] = r271;
                // kernels/fft.k:LINE
                const long r172 = (long)((ulong)r23 * (ulong)r337);
                const long r174 = (long)((ulong)r172 + (ulong)r21);
                const long r175 = (long)((ulong)r22 * (ulong)r174);
                const long r176 = (long)((ulong)r345 + (ulong)r175);
                if ((ulong)r158 < (ulong)2 & (ulong)r176 < (ulong)r1)
                    m3[(r158 * r1 + r176)] = r281;
                if ((ulong)r158 < (ulong)2 & (ulong)r176 < (ulong)r1)
                    m4[(r158 * r1 + r176)] = r284;
                const long r190 = (long)((ulong)r172 + (ulong)r7);
                const long r191 = (long)((ulong)r22 * (ulong)r190);
                const long r192 = (long)((ulong)r345 + (ulong)r191);
                if ((ulong)r158 < (ulong)2 & (ulong)r192 < (ulong)r1)
                    m3[(r158 * r1 + r192)] = r293;
                if ((ulong)r158 < (ulong)2 & (ulong)r192 < (ulong)r1)
                    m4[(r158 * r1 + r192)] = r296;
                const long r206 = (long)((ulong)r172 + (ulong)r60);
                const long r207 = (long)((ulong)r22 * (ulong)r206);
                const long r208 = (long)((ulong)r345 + (ulong)r207);
                if ((ulong)r158 < (ulong)2 & (ulong)r208 < (ulong)r1)
                    m3[(r158 * r1 + r208)] = r306;
                if ((ulong)r158 < (ulong)2 & (ulong)r208 < (ulong)r1)
                    m4[(r158 * r1 + r208)] = r309;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        }
        // kernels/fft.k:LINE
        for (long r218 = r5; r218 < r3; r218++) {
            // kernels/fft.k:LINE
            const long r219 = (long)((ulong)r2 + (ulong)r218);
            const long r221 = r219 % r7;
            // kernels/fft.k:LINE
            const long r223 = r1 / r7;
            for (long r225 = r5 + lid; r225 < r223; r225 += 64) {
                // kernels/fft.k:LINE
                const float r226 = (ulong)r221 < (ulong)2 & (ulong)r225 < (ulong)r1 ? m3[(r221 * r1 + r225)] : 0;
                const float r227 = (ulong)r221 < (ulong)2 & (ulong)r225 < (ulong)r1 ? m4[(r221 * r1 + r225)] : 0;
                const long r230 = (long)((ulong)r225 + (ulong)r223);
                const float r231 = (ulong)r221 < (ulong)2 & (ulong)r230 < (ulong)r1 ? m3[(r221 * r1 + r230)] : 0;
                const float r235 = (ulong)r221 < (ulong)2 & (ulong)r230 < (ulong)r1 ? m4[(r221 * r1 + r230)] : 0;
                // kernels/fft.k:LINE
                const float r310 = r226 + r231;
                const float r311 = r227 + r235;
                const float r312 = r226 - r231;
                const float r313 = r227 - r235;
                const long r240 = 1l;
                // kernels/fft.k:LINE
                const long r241 = (long)((ulong)r240 - (ulong)r221);
                if ((ulong)r241 < (ulong)2 & (ulong)r225 < (ulong)r1)
                    m3[(r241 * r1 + r225)] = r310;
                if ((ulong)r241 < (ulong)2 & (ulong)r225 < (ulong)r1)
                    m4[(r241 * r1 + r225)] = r311;
                // kernels/fft.k:LINE
                if ((ulong)r241 < (ulong)2 & (ulong)r230 < (ulong)r1)
                    m3[(r241 * r1 + r230)] = r312;
                if ((ulong)r241 < (ulong)2 & (ulong)r230 < (ulong)r1)
                    m4[(r241 * r1 + r230)] = r313;
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        }
        // kernels/fft.k:LINE
        for (long r255 = r5 + lid; r255 < r1; r255 += 64) {
            const long r257 = (long)((ulong)r2 + (ulong)r3);
            const long r259 = r257 % r7;
            const float r260 = (ulong)r259 < (ulong)2 & (ulong)r255 < (ulong)r1 ? m3[(r259 * r1 + r255)] : 0;
            m2[r6 * m2_s0 + r255 * m2_s1 + r5 * m2_s2] = r260;
            const long r261 = 1l;
            const float r265 = (ulong)r259 < (ulong)2 & (ulong)r255 < (ulong)r1 ? m4[(r259 * r1 + r255)] : 0;
            m2[r6 * m2_s0 + r255 * m2_s1 + r261 * m2_s2] = r265;
        }
        barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    }
}
