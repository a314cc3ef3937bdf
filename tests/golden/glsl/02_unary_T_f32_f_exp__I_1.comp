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
    precise float r64 = float(zero);
    // kernels/scalar.k:LINE
    const int64_t r1 = int64_t((words.w[7]));
    const int64_t r2 = 0l;
    if (item < items) {
        int64_t from = item;
        const int64_t r3 = r2 + from;
        precise float r4 = R_f32(m0 + uint64_t(r3 * m0_s0) * 4ul).v;
        precise float r63 = uintBitsToFloat(zero);
        // kernels/math.k:LINE
        r64 = r63;
        precise float r67 = uintBitsToFloat(0xc2d00000u) /* -104 */;
        // kernels/legal.k:LINE
        const bool r204 = r4 != r4;
        const bool r206 = r4 > r67;
        const bool r207 = r4 == r67;
        const int r208 = floatBitsToInt(r4);
        const int r209 = int(0x0u);
        const bool r210 = r208 >= r209;
        const bool r211 = r207 && r210;
        const bool r212 = r206 || r211;
        precise float r213 = r212 ? r4 : r67;
        precise float r215 = r204 ? r4 : r213;
        precise float r69 = uintBitsToFloat(0x42b20000u) /* 89 */;
        // kernels/legal.k:LINE
        const bool r216 = r215 != r215;
        const bool r218 = r215 < r69;
        const bool r219 = r215 == r69;
        const int r220 = floatBitsToInt(r215);
        const bool r222 = r220 < r209;
        const bool r223 = r219 && r222;
        const bool r224 = r218 || r223;
        precise float r225 = r224 ? r215 : r69;
        precise float r227 = r216 ? r215 : r225;
        precise float r71 = uintBitsToFloat(0x3fb8aa3bu) /* 1.442695 */;
        // kernels/math.k:LINE
        precise float r72 = r227 * r71;
        precise float r73 = roundEven(r72);
        precise float r74 = uintBitsToFloat(0x3f317200u) /* 0.69314575 */;
        // kernels/math.k:LINE
        precise float r75 = r73 * r74;
        precise float r76 = r227 - r75;
        precise float r77 = uintBitsToFloat(0x35bfbe8eu) /* 1.4286068e-06 */;
        precise float r78 = r73 * r77;
        precise float r79 = r76 - r78;
        // kernels/math.k:LINE
        precise float r92 = r79 * r79;
        precise float r93 = uintBitsToFloat(0x39509338u) /* 0.00019891269 */;
        precise float r94 = r79 * r93;
        precise float r95 = uintBitsToFloat(0x3ab6a269u) /* 0.00139339 */;
        precise float r96 = r95 + r94;
        precise float r97 = r79 * r96;
        precise float r98 = uintBitsToFloat(0x3c088870u) /* 0.0083333105 */;
        precise float r99 = r98 + r97;
        precise float r100 = r79 * r99;
        precise float r101 = uintBitsToFloat(0x3d2aaa74u) /* 0.041666463 */;
        precise float r102 = r101 + r100;
        precise float r103 = r79 * r102;
        precise float r104 = uintBitsToFloat(0x3e2aaaabu) /* 0.16666667 */;
        precise float r105 = r104 + r103;
        precise float r106 = r79 * r105;
        precise float r107 = uintBitsToFloat(0x3f000000u) /* 0.5 */;
        precise float r108 = r107 + r106;
        precise float r109 = r92 * r108;
        precise float r110 = r79 + r109;
        precise float r228 = uintBitsToFloat(0x4f000000u) /* 2147483600 */;
        precise float r229 = uintBitsToFloat(0xcf000000u) /* -2147483600 */;
        // kernels/math.k:LINE
        const bool r231 = r73 < r228;
        const bool r232 = r73 > r229;
        const bool r233 = r231 && r232;
        precise float r234 = r233 ? r73 : r63;
        const int r235 = int(r234);
        const int r236 = int(0x7fffffffu);
        const bool r237 = r73 >= r228;
        const int r238 = r237 ? r236 : r235;
        const int r239 = int(0x80000000u);
        const bool r240 = r73 <= r229;
        const int r241 = r240 ? r239 : r238;
        const int r82 = int(0x1u);
        const int r83 = r241 >> int(r82);
        precise float r84 = uintBitsToFloat(0x3f800000u) /* 1 */;
        // kernels/math.k:LINE
        precise float r85 = r84 + r110;
        const int r111 = int(0x7fu);
        // kernels/math.k:LINE
        const int r112 = r83 + r111;
        const int r113 = int(0x17u);
        const int r114 = r112 << int(r113);
        precise float r115 = intBitsToFloat(r114 | int(zero));
        // kernels/math.k:LINE
        precise float r87 = r85 * r115;
        const int r89 = r241 - r83;
        // kernels/math.k:LINE
        const int r117 = r89 + r111;
        const int r119 = r117 << int(r113);
        precise float r120 = intBitsToFloat(r119 | int(zero));
        // kernels/math.k:LINE
        precise float r91 = r87 * r120;
        // kernels/math.k:LINE
        r64 = r91;
        precise float r66 = r64;
        // kernels/scalar.k:LINE
        R_f32(m1 + uint64_t(r3 * m1_s0) * 4ul).v = r66;
    }
}
