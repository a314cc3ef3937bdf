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
layout(buffer_reference, std430, buffer_reference_align = 8) buffer R_i64 { int64_t v; };
void main()
{
    Words words = Words(push.at);
    const int64_t items = words.w[0];
    const uint zero = uint(items >> 63);
    const int64_t lid = int64_t(gl_LocalInvocationID.x);
    const int64_t group = int64_t(gl_WorkGroupID.x) + int64_t(gl_NumWorkGroups.x) * int64_t(gl_WorkGroupID.y);
    const int64_t item = group * 64 + lid;
    const uint64_t m0 = uint64_t(words.w[1]);
    const uint64_t m1 = uint64_t(words.w[6]);
    const uint64_t m2 = uint64_t(words.w[11]);
    const int64_t m0_s0 = words.w[4];
    const int64_t m0_s1 = words.w[5];
    const int64_t m1_s0 = words.w[9];
    const int64_t m1_s1 = words.w[10];
    const int64_t m2_s0 = words.w[14];
    const int64_t m2_s1 = words.w[15];
    // kernels/scalar.k:LINE
    const int64_t r1 = int64_t((words.w[16]));
    const int64_t r2 = int64_t((words.w[17]));
    const int64_t r3 = 0l;
    if (item < items) {
        const int64_t n6 = r2 - r3;
        int64_t from = item;
        const int64_t r6 = r3 + (from % n6); from /= n6;
        const int64_t r4 = r3 + from;
        const int64_t r7 = R_i64(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 8ul).v;
        const int64_t r8 = R_i64(m1 + uint64_t(r4 * m1_s0 + r6 * m1_s1) * 8ul).v;
        const int64_t r34 = 1l;
        // kernels/scalar.k:LINE
        const bool r36 = r8 == r3;
        const int64_t r37 = int64_t(0xfffffffffffffffful);
        const bool r38 = r8 == r37;
        const bool r39 = r36 || r38;
        const int64_t r40 = r39 ? r34 : r8;
        const int64_t r41 = r7 - r7 / r40 * r40;
        const bool r25 = r41 != r3;
        const bool r27 = r41 < r3;
        const bool r29 = r8 < r3;
        const bool r30 = r27 != r29;
        const bool r31 = r25 && r30;
        const int64_t r32 = r41 + r8;
        const int64_t r33 = r31 ? r32 : r41;
        // kernels/scalar.k:LINE
        R_i64(m2 + uint64_t(r4 * m2_s0 + r6 * m2_s1) * 8ul).v = r33;
    }
}
