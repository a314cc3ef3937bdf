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
// k0_unary: unary
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
    const uint64_t m1 = uint64_t(words.w[4]);
    const int64_t m0_s0 = words.w[3];
    const int64_t m1_s0 = words.w[6];
    precise float r76 = float(zero);
    // kernels/scalar.k:LINE
    const int64_t r1 = int64_t((words.w[7]));
    const int64_t r2 = 0l;
    if (item < items) {
        int64_t from = item;
        const int64_t r3 = r2 + from;
        precise float r4 = R_f32(m0 + uint64_t(r3 * m0_s0) * 4ul).v;
        precise float r75 = uintBitsToFloat(zero);
        // kernels/math.k:LINE
        r76 = r75;
        precise float r79 = uintBitsToFloat(0x42b20000u) /* 89 */;
        // kernels/math.k:LINE
        const bool r80 = r4 > r79;
        precise float r82 = uintBitsToFloat(0xc2d00000u) /* -104 */;
        const bool r83 = r4 < r82;
        precise float r85 = r83 ? r82 : r4;
        precise float r86 = r80 ? r79 : r85;
        precise float r87 = uintBitsToFloat(0x3fb8aa3bu) /* 1.442695 */;
        // kernels/math.k:LINE
        precise float r88 = r86 * r87;
        precise float r89 = uintBitsToFloat(0x4b400000u) /* 12582912 */;
        precise float r90 = r88 + r89;
        // kernels/math.k:LINE
        precise float r92 = r90 - r89;
        precise float r93 = uintBitsToFloat(0x3f317200u) /* 0.69314575 */;
        // kernels/math.k:LINE
        precise float r94 = r92 * r93;
        precise float r95 = r86 - r94;
        precise float r96 = uintBitsToFloat(0x35bfbe8eu) /* 1.4286068e-06 */;
        precise float r97 = r92 * r96;
        precise float r98 = r95 - r97;
        // kernels/math.k:LINE
        precise float r116 = r98 * r98;
        precise float r117 = uintBitsToFloat(0x39509338u) /* 0.00019891269 */;
        precise float r118 = r98 * r117;
        precise float r119 = uintBitsToFloat(0x3ab6a269u) /* 0.00139339 */;
        precise float r120 = r119 + r118;
        precise float r121 = r98 * r120;
        precise float r122 = uintBitsToFloat(0x3c088870u) /* 0.0083333105 */;
        precise float r123 = r122 + r121;
        precise float r124 = r98 * r123;
        precise float r125 = uintBitsToFloat(0x3d2aaa74u) /* 0.041666463 */;
        precise float r126 = r125 + r124;
        precise float r127 = r98 * r126;
        precise float r128 = uintBitsToFloat(0x3e2aaaabu) /* 0.16666667 */;
        precise float r129 = r128 + r127;
        precise float r130 = r98 * r129;
        precise float r131 = uintBitsToFloat(0x3f000000u) /* 0.5 */;
        precise float r132 = r131 + r130;
        precise float r133 = r116 * r132;
        precise float r134 = r98 + r133;
        // kernels/math.k:LINE
        const int r100 = floatBitsToInt(r90);
        const int r101 = int(0x4b400000u);
        const int r102 = r100 - r101;
        const int r103 = int(0x1u);
        // kernels/math.k:LINE
        const int r104 = r102 >> int(r103);
        precise float r105 = uintBitsToFloat(0x3f800000u) /* 1 */;
        // kernels/math.k:LINE
        precise float r106 = r105 + r134;
        const int r135 = int(0x7fu);
        // kernels/math.k:LINE
        const int r136 = r104 + r135;
        const int r137 = int(0x17u);
        const int r138 = r136 << int(r137);
        precise float r139 = intBitsToFloat(r138 | int(zero));
        // kernels/math.k:LINE
        precise float r108 = r106 * r139;
        const bool r110 = r86 == r82;
        const int r112 = r102 - r104;
        // kernels/math.k:LINE
        const int r141 = r112 + r135;
        const int r143 = r141 << int(r137);
        precise float r144 = intBitsToFloat(r143 | int(zero));
        // kernels/math.k:LINE
        precise float r114 = r110 ? r75 : r144;
        precise float r115 = r108 * r114;
        // kernels/math.k:LINE
        r76 = r115;
        precise float r78 = r76;
        // kernels/scalar.k:LINE
        R_f32(m1 + uint64_t(r3 * m1_s0) * 4ul).v = r78;
    }
}
