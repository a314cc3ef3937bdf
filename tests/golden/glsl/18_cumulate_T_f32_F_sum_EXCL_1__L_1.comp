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
// k0_cumulate: cumulate
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
    const uint64_t m1 = uint64_t(words.w[6]);
    const int64_t m0_s0 = words.w[4];
    const int64_t m0_s1 = words.w[5];
    const int64_t m1_s0 = words.w[9];
    const int64_t m1_s1 = words.w[10];
    precise float r17 = float(zero);
    precise float r19 = float(zero);
    precise float r21 = float(zero);
    precise float r23 = float(zero);
    bool r25 = bool(zero);
    bool r27 = bool(zero);
    int64_t r29 = int64_t(zero);
    precise float r55 = float(zero);
    precise float r65 = float(zero);
    // kernels/reduce.k:LINE
    const int64_t r1 = int64_t((words.w[11]));
    const int64_t r2 = int64_t((words.w[12]));
    const int64_t r3 = 0l;
    // kernels/reduce.k:LINE
    if (item < items) {
        int64_t from = item;
        const int64_t r4 = r3 + from;
        precise float r16 = uintBitsToFloat(zero);
        r17 = r16;
        r19 = r16;
        r21 = r16;
        r23 = r16;
        const bool r24 = false;
        r25 = r24;
        r27 = r24;
        r29 = r3;
        for (int64_t r6 = r3; r6 < r2; r6++) {
            const int64_t r30 = 63l;
            const int64_t r31 = r29 & r30;
            const bool r33 = r31 != r3;
            const bool r34 = !r33;
            if (r34) {
                const bool r36 = r29 != r3;
                if (r36) {
                    precise float r37 = r23;
                    if (r27) {
                        precise float r38 = r19 + r37;
                        r19 = r38;
                    } else {
                        r19 = r37;
                    }
                    const bool r40 = true;
                    r27 = r40;
                    const int64_t r41 = 16383l;
                    const int64_t r42 = r29 & r41;
                    const bool r44 = r42 == r3;
                    if (r44) {
                        precise float r45 = r19;
                        if (r25) {
                            precise float r46 = r17 + r45;
                            r17 = r46;
                        } else {
                            r17 = r45;
                        }
                        r25 = r40;
                        r27 = r24;
                    }
                }
                r23 = r16;
                r21 = r17;
                if (r27) {
                    precise float r51 = r19;
                    if (r25) {
                        precise float r52 = r21 + r51;
                        r21 = r52;
                    } else {
                        r21 = r51;
                    }
                }
            }
            const bool r54 = r25 || r27;
            r55 = r21;
            const bool r56 = !r54;
            const bool r57 = r33 || r56;
            if (r57) {
                precise float r58 = r23;
                if (r54) {
                    precise float r59 = r55 + r58;
                    r55 = r59;
                } else {
                    r55 = r58;
                }
            }
            // kernels/reduce.k:LINE
            precise float r14 = r55;
            // kernels/reduce.k:LINE
            precise float r7 = R_f32(m0 + uint64_t(r4 * m0_s0 + r6 * m0_s1) * 4ul).v;
            precise float r61 = r23 + r7;
            r23 = r61;
            const bool r63 = true;
            const bool r64 = r25 || r27;
            r65 = r21;
            const bool r66 = !r64;
            const bool r67 = r63 || r66;
            if (r67) {
                precise float r68 = r23;
                if (r64) {
                    precise float r69 = r65 + r68;
                    r65 = r69;
                } else {
                    r65 = r68;
                }
            }
            const int64_t r71 = 1l;
            const int64_t r72 = r29 + r71;
            r29 = r72;
            R_f32(m1 + uint64_t(r4 * m1_s0 + r6 * m1_s1) * 4ul).v = r14;
        }
    }
}
