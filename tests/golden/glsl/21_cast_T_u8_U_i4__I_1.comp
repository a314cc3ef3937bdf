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
// k0_cast: cast
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 1) buffer R_u8 { uint8_t v; };
layout(buffer_reference, std430, buffer_reference_align = 4) coherent buffer C_u32 { uint v; };
void main()
{
    Words words = Words(push.at);
    const int64_t items = words.w[0];
    const uint zero = uint(items >> 63);
    const int64_t lid = int64_t(gl_LocalInvocationID.x);
    const int64_t group = int64_t(gl_WorkGroupID.x) + int64_t(gl_NumWorkGroups.x) * int64_t(gl_WorkGroupID.y);
    const int64_t item = group * 64 + lid;
    const uint64_t m0 = uint64_t(words.w[1]);
    const uint64_t m1 = uint64_t(words.w[4]);
    const int64_t m0_s0 = words.w[3];
    const int64_t m1_s0 = words.w[6];
    // kernels/convert.k:LINE
    const int64_t r1 = int64_t((words.w[7]));
    const int64_t r2 = 0l;
    if (item < items) {
        int64_t from = item;
        const int64_t r3 = r2 + from;
        const uint r4 = uint(R_u8(m0 + uint64_t(r3 * m0_s0) * 1ul).v);
        const uint r6 = uint(r4);
        const uint r7 = 0xfu;
        const uint r8 = r6 & r7;
        const uint r9 = uint(r8) & 0xffu;
        { const uint64_t at = m1 + uint64_t((r3 * m1_s0 >> 1)); const uint by = (uint(at) & 3u) * 8u + uint(((r3 * m1_s0) & 1)) * 4u; atomicAnd(C_u32(at & ~3ul).v, ~(15u << by)); atomicOr(C_u32(at & ~3ul).v, (r9 & 15u) << by); }
    }
}
