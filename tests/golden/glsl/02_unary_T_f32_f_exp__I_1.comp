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
    precise float r68 = float(zero);
    // kernels/scalar.k:LINE
    const int64_t r1 = int64_t((words.w[7]));
    const int64_t r2 = 0l;
    if (item < items) {
        int64_t from = item;
        const int64_t r3 = r2 + from;
        precise float r4 = R_f32(m0 + uint64_t(r3 * m0_s0) * 4ul).v;
        precise float r67 = uintBitsToFloat(zero);
        // kernels/math.k:LINE
        r68 = r67;
        precise float r71 = uintBitsToFloat(0xc2d00000u) /* -104 */;
        // kernels/legal.k:LINE
        const bool r216 = r4 != r4;
        const bool r218 = r4 > r71;
        const bool r219 = r4 == r71;
        const int r220 = floatBitsToInt(r4);
        const int r221 = int(0x0u);
        const bool r222 = r220 >= r221;
        const bool r223 = r219 && r222;
        const bool r224 = r218 || r223;
        precise float r225 = r224 ? r4 : r71;
        precise float r227 = r216 ? r4 : r225;
        precise float r73 = uintBitsToFloat(0x42b20000u) /* 89 */;
        // kernels/legal.k:LINE
        const bool r228 = r227 != r227;
        const bool r230 = r227 < r73;
        const bool r231 = r227 == r73;
        const int r232 = floatBitsToInt(r227);
        const bool r234 = r232 < r221;
        const bool r235 = r231 && r234;
        const bool r236 = r230 || r235;
        precise float r237 = r236 ? r227 : r73;
        precise float r239 = r228 ? r227 : r237;
        precise float r75 = uintBitsToFloat(0x3fb8aa3bu) /* 1.442695 */;
        // kernels/math.k:LINE
        precise float r76 = r239 * r75;
        precise float r77 = roundEven(r76);
        precise float r78 = uintBitsToFloat(0x3f317200u) /* 0.69314575 */;
        // kernels/math.k:LINE
        precise float r79 = r77 * r78;
        precise float r80 = r239 - r79;
        precise float r81 = uintBitsToFloat(0x35bfbe8eu) /* 1.4286068e-06 */;
        precise float r82 = r77 * r81;
        precise float r83 = r80 - r82;
        // kernels/math.k:LINE
        precise float r100 = r83 * r83;
        precise float r101 = uintBitsToFloat(0x39509338u) /* 0.00019891269 */;
        precise float r102 = r83 * r101;
        precise float r103 = uintBitsToFloat(0x3ab6a269u) /* 0.00139339 */;
        precise float r104 = r103 + r102;
        precise float r105 = r83 * r104;
        precise float r106 = uintBitsToFloat(0x3c088870u) /* 0.0083333105 */;
        precise float r107 = r106 + r105;
        precise float r108 = r83 * r107;
        precise float r109 = uintBitsToFloat(0x3d2aaa74u) /* 0.041666463 */;
        precise float r110 = r109 + r108;
        precise float r111 = r83 * r110;
        precise float r112 = uintBitsToFloat(0x3e2aaaabu) /* 0.16666667 */;
        precise float r113 = r112 + r111;
        precise float r114 = r83 * r113;
        precise float r115 = uintBitsToFloat(0x3f000000u) /* 0.5 */;
        precise float r116 = r115 + r114;
        precise float r117 = r100 * r116;
        precise float r118 = r83 + r117;
        precise float r240 = uintBitsToFloat(0x4f000000u) /* 2147483600 */;
        precise float r241 = uintBitsToFloat(0xcf000000u) /* -2147483600 */;
        // kernels/math.k:LINE
        const bool r243 = r77 < r240;
        const bool r244 = r77 > r241;
        const bool r245 = r243 && r244;
        precise float r246 = r245 ? r77 : r67;
        const int r247 = int(r246);
        const int r248 = int(0x7fffffffu);
        const bool r249 = r77 >= r240;
        const int r250 = r249 ? r248 : r247;
        const int r251 = int(0x80000000u);
        const bool r252 = r77 <= r241;
        const int r253 = r252 ? r251 : r250;
        const int r86 = int(0x1u);
        const int r87 = r253 >> int(r86);
        precise float r88 = uintBitsToFloat(0x3f800000u) /* 1 */;
        // kernels/math.k:LINE
        precise float r89 = r88 + r118;
        const int r119 = int(0x7fu);
        // kernels/math.k:LINE
        const int r120 = r87 + r119;
        const int r121 = int(0x17u);
        const int r122 = r120 << int(r121);
        precise float r123 = intBitsToFloat(r122 | int(zero));
        // kernels/math.k:LINE
        precise float r91 = r89 * r123;
        const bool r93 = r239 == r71;
        const int r96 = r253 - r87;
        // kernels/math.k:LINE
        const int r125 = r96 + r119;
        const int r127 = r125 << int(r121);
        precise float r128 = intBitsToFloat(r127 | int(zero));
        // kernels/math.k:LINE
        precise float r98 = r93 ? r67 : r128;
        precise float r99 = r91 * r98;
        // kernels/math.k:LINE
        r68 = r99;
        precise float r70 = r68;
        // kernels/scalar.k:LINE
        R_f32(m1 + uint64_t(r3 * m1_s0) * 4ul).v = r70;
    }
}
