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
// k0_nonzero_write: nonzero_write
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_u32 { uint v; };
layout(buffer_reference, std430, buffer_reference_align = 8) coherent buffer C_i64 { int64_t v; };
void main()
{
    Words words = Words(push.at);
    const int64_t items = words.w[0];
    const uint zero = uint(items >> 63);
    const int64_t lid = int64_t(gl_LocalInvocationID.x);
    const int64_t group = int64_t(gl_WorkGroupID.x) + int64_t(gl_NumWorkGroups.x) * int64_t(gl_WorkGroupID.y);
    const int64_t item = group;
    const uint64_t m0 = uint64_t(words.w[1]);
    const uint64_t m1 = uint64_t(words.w[4]);
    const uint64_t m2 = uint64_t(words.w[7]);
    const int64_t m0_s0 = words.w[3];
    const int64_t m1_d0 = words.w[5];
    const int64_t m1_s0 = words.w[6];
    const int64_t m2_d0 = words.w[8];
    const int64_t m2_s0 = words.w[9];
    uint r35 = uint(zero);
    uint r37 = uint(zero);
    uint r39 = uint(zero);
    uint r41 = uint(zero);
    bool r43 = bool(zero);
    bool r45 = bool(zero);
    int64_t r47 = int64_t(zero);
    uint r73 = uint(zero);
    uint r83 = uint(zero);
    // kernels/sort.k:LINE
    const int64_t r1 = int64_t((words.w[10]));
    const int64_t r4 = 0l;
    const int64_t r6 = 1024l;
    if (item < items) {
        int64_t from = item;
        const int64_t r5 = r4 + from * r6;
        const int64_t r8 = r5 + r6;
        const int64_t r9 = min(r8, r1);
        const int64_t r31 = 1l;
        for (int64_t r33 = r4 + lid; r33 < r31; r33 += 64) {
            const uint r34 = 0x0u;
            r35 = r34;
            r37 = r34;
            r39 = r34;
            r41 = r34;
            const bool r42 = false;
            r43 = r42;
            r45 = r42;
            r47 = r4;
            for (int64_t r10 = r5; r10 < r9; r10++) {
                const int64_t r48 = 63l;
                const int64_t r49 = r47 & r48;
                const bool r51 = r49 != r4;
                const bool r52 = !r51;
                if (r52) {
                    const bool r54 = r47 != r4;
                    if (r54) {
                        const uint r55 = r41;
                        if (r45) {
                            const uint r56 = r37 + r55;
                            r37 = r56;
                        } else {
                            r37 = r55;
                        }
                        const bool r58 = true;
                        r45 = r58;
                        const int64_t r59 = 16383l;
                        const int64_t r60 = r47 & r59;
                        const bool r62 = r60 == r4;
                        if (r62) {
                            const uint r63 = r37;
                            if (r43) {
                                const uint r64 = r35 + r63;
                                r35 = r64;
                            } else {
                                r35 = r63;
                            }
                            r43 = r58;
                            r45 = r42;
                        }
                    }
                    r41 = r34;
                    r39 = r35;
                    if (r45) {
                        const uint r69 = r37;
                        if (r43) {
                            const uint r70 = r39 + r69;
                            r39 = r70;
                        } else {
                            r39 = r69;
                        }
                    }
                }
                const bool r72 = r43 || r45;
                r73 = r39;
                const bool r74 = !r72;
                const bool r75 = r51 || r74;
                if (r75) {
                    const uint r76 = r41;
                    if (r72) {
                        const uint r77 = r73 + r76;
                        r73 = r77;
                    } else {
                        r73 = r76;
                    }
                }
                const uint r21 = r73;
                precise float r11 = R_f32(m0 + uint64_t(r10 * m0_s0) * 4ul).v;
                precise float r12 = uintBitsToFloat(zero);
                const bool r13 = r11 != r12;
                const uint r92 = 0x1u;
                const uint r93 = r13 ? r92 : r34;
                const uint r79 = r41 + r93;
                r41 = r79;
                const bool r81 = true;
                const bool r82 = r43 || r45;
                r83 = r39;
                const bool r84 = !r82;
                const bool r85 = r81 || r84;
                if (r85) {
                    const uint r86 = r41;
                    if (r82) {
                        const uint r87 = r83 + r86;
                        r83 = r87;
                    } else {
                        r83 = r86;
                    }
                }
                const int64_t r90 = r47 + r31;
                r47 = r90;
                if (r13) {
                    const int64_t r27 = r10 / r6;
                    uint r28 = uint(zero); if (uint64_t(r27) < uint64_t(m1_d0)) r28 = R_u32(m1 + uint64_t(r27 * m1_s0) * 4ul).v;
                    const uint r29 = r28 + r21;
                    const int64_t r94 = int64_t(r29);
                    if (uint64_t(r94) < uint64_t(m2_d0))
                        C_i64(m2 + uint64_t(r94 * m2_s0) * 8ul).v = r10;
                }
            }
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
    }
}
