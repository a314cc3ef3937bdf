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
// k0_matmul: matmul
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
    const uint64_t m1 = uint64_t(words.w[8]);
    const uint64_t m2 = uint64_t(words.w[15]);
    const uint64_t m3 = uint64_t(words.w[22]);
    const int64_t m0_s0 = words.w[5];
    const int64_t m0_s1 = words.w[6];
    const int64_t m0_s2 = words.w[7];
    const int64_t m1_s0 = words.w[12];
    const int64_t m1_s1 = words.w[13];
    const int64_t m1_s2 = words.w[14];
    const int64_t m2_s0 = words.w[19];
    const int64_t m2_s1 = words.w[20];
    const int64_t m2_s2 = words.w[21];
    const int64_t m3_s0 = words.w[26];
    const int64_t m3_s1 = words.w[27];
    const int64_t m3_s2 = words.w[28];
    precise float r17 = float(0);
    // kernels/contract.k:LINE
    const int64_t r1 = int64_t((words.w[29]));
    const int64_t r2 = int64_t((words.w[30]));
    const int64_t r3 = int64_t((words.w[31]));
    const int64_t r4 = int64_t((words.w[32]));
    const int64_t r5 = 0l;
    if (item < items) {
        const int64_t n8 = r2 - r5;
        const int64_t n10 = r4 - r5;
        int64_t from = item;
        const int64_t r10 = r5 + (from % n10); from /= n10;
        const int64_t r8 = r5 + (from % n8); from /= n8;
        const int64_t r6 = r5 + from;
        precise float r15 = R_f32(m2 + uint64_t(r6 * m2_s0 + r8 * m2_s1 + r10 * m2_s2) * 4ul).v;
        r17 = r15;
        for (int64_t r12 = r5; r12 < r3; r12++) {
            precise float r13 = R_f32(m0 + uint64_t(r6 * m0_s0 + r8 * m0_s1 + r12 * m0_s2) * 4ul).v;
            precise float r14 = R_f32(m1 + uint64_t(r6 * m1_s0 + r12 * m1_s1 + r10 * m1_s2) * 4ul).v;
            precise float r18 = fma(r13, r14, r17);
            r17 = r18;
        }
        precise float r16 = r17;
        R_f32(m3 + uint64_t(r6 * m3_s0 + r8 * m3_s1 + r10 * m3_s2) * 4ul).v = r16;
    }
}
