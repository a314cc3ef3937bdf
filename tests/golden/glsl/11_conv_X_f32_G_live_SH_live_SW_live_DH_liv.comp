#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_8bit_storage : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_atomic_int64 : require
#extension GL_EXT_spirv_intrinsics : require
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4466], 4461, 32);
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4466], 4461, 64);
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4464], 4459, 32);
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4464], 4459, 64);
int clz64(uint64_t x) { const uint high = uint(x >> 32); return high != 0u ? 31 - findMSB(high) : 63 - findMSB(uint(x)); }
// k0_conv: conv
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
void main()
{
    Words words = Words(push.at);
    const int64_t items = words.w[0];
    const uint zero = uint(items >> 63);
    const int64_t lid = int64_t(gl_LocalInvocationID.x);
    const int64_t group = int64_t(gl_WorkGroupID.x) + int64_t(gl_NumWorkGroups.x) * int64_t(gl_WorkGroupID.y);
    const int64_t item = group * 64 + lid;
    const uint64_t m0 = uint64_t(words.w[1]);
    const uint64_t m1 = uint64_t(words.w[10]);
    const uint64_t m2 = uint64_t(words.w[19]);
    const uint64_t m3 = uint64_t(words.w[22]);
    const int64_t m0_d0 = words.w[2];
    const int64_t m0_d1 = words.w[3];
    const int64_t m0_d2 = words.w[4];
    const int64_t m0_d3 = words.w[5];
    const int64_t m0_s0 = words.w[6];
    const int64_t m0_s1 = words.w[7];
    const int64_t m0_s2 = words.w[8];
    const int64_t m0_s3 = words.w[9];
    const int64_t m1_s0 = words.w[15];
    const int64_t m1_s1 = words.w[16];
    const int64_t m1_s2 = words.w[17];
    const int64_t m1_s3 = words.w[18];
    const int64_t m2_s0 = words.w[21];
    const int64_t m3_s0 = words.w[27];
    const int64_t m3_s1 = words.w[28];
    const int64_t m3_s2 = words.w[29];
    const int64_t m3_s3 = words.w[30];
    precise float r54 = float(0);
    // kernels/contract.k:LINE
    const int64_t r1 = int64_t((words.w[31]));
    const int64_t r2 = int64_t((words.w[32]));
    const int64_t r3 = int64_t((words.w[33]));
    const int64_t r4 = int64_t((words.w[34]));
    const int64_t r5 = int64_t((words.w[35]));
    const int64_t r6 = int64_t((words.w[36]));
    const int64_t r7 = int64_t((words.w[37]));
    const int64_t r8 = int64_t((words.w[38]));
    const int64_t r9 = int64_t((words.w[39]));
    const int64_t r12 = int64_t((words.w[42]));
    const int64_t r13 = int64_t((words.w[43]));
    const int64_t r14 = int64_t((words.w[44]));
    const int64_t r15 = int64_t((words.w[45]));
    const int64_t r16 = int64_t((words.w[46]));
    const int64_t r17 = 0l;
    // kernels/contract.k:LINE
    if (item < items) {
        const int64_t n20 = r1 - r17;
        const int64_t n22 = r15 - r17;
        const int64_t n24 = r16 - r17;
        const int64_t n26 = r12 - r17;
        int64_t from = item;
        const int64_t r26 = r17 + (from % n26); from /= n26;
        const int64_t r24 = r17 + (from % n24); from /= n24;
        const int64_t r22 = r17 + (from % n22); from /= n22;
        const int64_t r20 = r17 + (from % n20); from /= n20;
        const int64_t r18 = r17 + from;
        const int64_t r27 = r20 * r12;
        const int64_t r28 = r27 + r26;
        precise float r52 = R_f32(m2 + uint64_t(r28 * m2_s0) * 4ul).v;
        r54 = r52;
        for (int64_t r30 = r17; r30 < r9; r30++) {
            for (int64_t r32 = r17; r32 < r13; r32++) {
                for (int64_t r34 = r17; r34 < r14; r34++) {
                    const int64_t r35 = r20 * r9;
                    const int64_t r36 = r35 + r30;
                    const int64_t r37 = r22 * r2;
                    const int64_t r38 = r32 * r4;
                    const int64_t r39 = r37 + r38;
                    const int64_t r40 = r39 - r6;
                    const int64_t r41 = r24 * r3;
                    const int64_t r42 = r34 * r5;
                    const int64_t r43 = r41 + r42;
                    const int64_t r44 = r43 - r7;
                    precise float r45 = uintBitsToFloat(zero);
                    precise float r46 = r45; if (uint64_t(r18) < uint64_t(m0_d0) && uint64_t(r36) < uint64_t(m0_d1) && uint64_t(r40) < uint64_t(m0_d2) && uint64_t(r44) < uint64_t(m0_d3)) r46 = R_f32(m0 + uint64_t(r18 * m0_s0 + r36 * m0_s1 + r40 * m0_s2 + r44 * m0_s3) * 4ul).v;
                    precise float r49 = R_f32(m1 + uint64_t(r28 * m1_s0 + r30 * m1_s1 + r32 * m1_s2 + r34 * m1_s3) * 4ul).v;
                    precise float r55 = fma(r46, r49, r54);
                    r54 = r55;
                }
            }
        }
        // kernels/contract.k:LINE
        precise float r53 = r54;
        // kernels/contract.k:LINE
        R_f32(m3 + uint64_t(r18 * m3_s0 + r28 * m3_s1 + r22 * m3_s2 + r24 * m3_s3) * 4ul).v = r53;
    }
}
