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
uint clz64(uint64_t x) { const uint high = uint(x >> 32); return uint(high != 0u ? 31 - findMSB(high) : 63 - findMSB(uint(x))); }
// k0_binary: binary
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
    const int64_t m0_s0 = words.w[5];
    const int64_t m0_s1 = words.w[6];
    const int64_t m0_s2 = words.w[7];
    const int64_t m1_s0 = words.w[12];
    const int64_t m1_s1 = words.w[13];
    const int64_t m1_s2 = words.w[14];
    const int64_t m2_s0 = words.w[19];
    const int64_t m2_s1 = words.w[20];
    const int64_t m2_s2 = words.w[21];
    // kernels/scalar.k:LINE
    const int64_t r1 = int64_t((words.w[22]));
    const int64_t r2 = int64_t((words.w[23]));
    const int64_t r3 = int64_t((words.w[24]));
    const int64_t r4 = 0l;
    if (item < items) {
        const int64_t n7 = r2 - r4;
        const int64_t n9 = r3 - r4;
        int64_t from = item;
        const int64_t r9 = r4 + (from % n9); from /= n9;
        const int64_t r7 = r4 + (from % n7); from /= n7;
        const int64_t r5 = r4 + from;
        precise float r10 = R_f32(m0 + uint64_t(r5 * m0_s0 + r7 * m0_s1 + r9 * m0_s2) * 4ul).v;
        precise float r11 = R_f32(m1 + uint64_t(r5 * m1_s0 + r7 * m1_s1 + r9 * m1_s2) * 4ul).v;
        // kernels/scalar.k:LINE
        precise float r16 = r10 * r11;
        // kernels/scalar.k:LINE
        R_f32(m2 + uint64_t(r5 * m2_s0 + r7 * m2_s1 + r9 * m2_s2) * 4ul).v = r16;
    }
}
