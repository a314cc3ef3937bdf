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
// k0_cast_sat: cast_sat
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
layout(buffer_reference, std430, buffer_reference_align = 1) buffer R_i8 { int8_t v; };
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
        precise float r4 = R_f32(m0 + uint64_t(r3 * m0_s0) * 4ul).v;
        precise float r6 = uintBitsToFloat(0x43000000u) /* 128 */;
        precise float r7 = uintBitsToFloat(0xc3000000u) /* -128 */;
        precise float r8 = uintBitsToFloat(zero);
        const bool r9 = r4 < r6;
        const bool r10 = r4 > r7;
        const bool r11 = r9 && r10;
        precise float r12 = r11 ? r4 : r8;
        const int r13 = int(r12);
        const int r14 = int(0x7fu);
        const bool r15 = r4 >= r6;
        const int r16 = r15 ? r14 : r13;
        const int r17 = int(0xffffff80u);
        const bool r18 = r4 <= r7;
        const int r19 = r18 ? r17 : r16;
        const int r20 = int(r19) << 24 >> 24;
        R_i8(m1 + uint64_t(r3 * m1_s0) * 1ul).v = int8_t(r20);
    }
}
