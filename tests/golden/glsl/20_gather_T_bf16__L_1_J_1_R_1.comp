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
// k0_gather: gather
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) buffer R_i64 { int64_t v; };
layout(buffer_reference, std430, buffer_reference_align = 2) buffer R_u16 { uint16_t v; };
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
    const uint64_t m2 = uint64_t(words.w[11]);
    const int64_t m0_d0 = words.w[2];
    const int64_t m0_d1 = words.w[3];
    const int64_t m0_d2 = words.w[4];
    const int64_t m0_s0 = words.w[5];
    const int64_t m0_s1 = words.w[6];
    const int64_t m0_s2 = words.w[7];
    const int64_t m1_s0 = words.w[10];
    const int64_t m2_s0 = words.w[15];
    const int64_t m2_s1 = words.w[16];
    const int64_t m2_s2 = words.w[17];
    // kernels/move.k:LINE
    const int64_t r1 = int64_t((words.w[18]));
    const int64_t r2 = int64_t((words.w[19]));
    const int64_t r3 = int64_t((words.w[20]));
    const int64_t r4 = int64_t((words.w[21]));
    const int64_t r5 = 0l;
    // kernels/move.k:LINE
    if (item < items) {
        const int64_t n8 = r4 - r5;
        const int64_t n10 = r3 - r5;
        int64_t from = item;
        const int64_t r10 = r5 + (from % n10); from /= n10;
        const int64_t r8 = r5 + (from % n8); from /= n8;
        const int64_t r6 = r5 + from;
        const int64_t r11 = R_i64(m1 + uint64_t(r8 * m1_s0) * 8ul).v;
        const bool r13 = r11 < r5;
        const int64_t r14 = r11 + r2;
        const int64_t r15 = r13 ? r14 : r11;
        const uint r16 = 0x0u;
        uint r17 = r16; if (uint64_t(r15) < uint64_t(m0_d1)) r17 = uint(R_u16(m0 + uint64_t(r6 * m0_s0 + r15 * m0_s1 + r10 * m0_s2) * 2ul).v);
        R_u16(m2 + uint64_t(r6 * m2_s0 + r8 * m2_s1 + r10 * m2_s2) * 2ul).v = uint16_t(r17);
    }
}
