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
// k0_nms_keep: nms_keep
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 1) buffer R_bool { uint8_t v; };
layout(buffer_reference, std430, buffer_reference_align = 8) buffer R_u64 { uint64_t v; };
layout(constant_id = 0) const uint shared_bytes = 16;
shared uint64_t pool_u64[shared_bytes / 8u];
void main()
{
    Words words = Words(push.at);
    const int64_t items = words.w[0];
    const uint zero = uint(items >> 63);
    const int64_t lid = int64_t(gl_LocalInvocationID.x);
    const int64_t group = int64_t(gl_WorkGroupID.x) + int64_t(gl_NumWorkGroups.x) * int64_t(gl_WorkGroupID.y);
    const int64_t item = group;
    const uint64_t m0 = uint64_t(words.w[1]);
    const uint64_t m1 = uint64_t(words.w[6]);
    const int64_t m0_s0 = words.w[4];
    const int64_t m0_s1 = words.w[5];
    const int64_t m1_s0 = words.w[8];
    // kernels/sort.k:LINE
    const int64_t r1 = int64_t((words.w[9]));
    const int64_t r2 = int64_t((words.w[10]));
    const int64_t r3 = 0l;
    const int64_t r4 = 1l;
    int64_t at = 0l;
    const int64_t m2_at = at / 8l;
    at += (8l * r1 + 15l) & ~15l;
    // kernels/sort.k:LINE
    if (item < items) {
        int64_t from = item;
        const int64_t r5 = r3 + from;
        for (int64_t r7 = r3 + lid; r7 < r1; r7 += 64) {
            const uint64_t r8 = 0x0ul;
            if (uint64_t(r7) < uint64_t(r1))
                pool_u64[uint(m2_at + r7)] = r8;
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        for (int64_t r10 = r3; r10 < r2; r10++) {
            const int64_t r11 = 64l;
            const int64_t r12 = r10 / r11;
            uint64_t r13 = uint64_t(zero); if (uint64_t(r12) < uint64_t(r1)) r13 = pool_u64[uint(m2_at + r12)];
            const int64_t r15 = r10 - r10 / r11 * r11;
            const uint64_t r30 = uint64_t(r15);
            const uint64_t r31 = 0x3ful;
            const uint64_t r32 = r30 & r31;
            const uint64_t r17 = r13 >> int(r32);
            const uint64_t r18 = 0x1ul;
            const uint64_t r19 = r17 & r18;
            const uint64_t r20 = 0x0ul;
            const bool r21 = r19 == r20;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            for (int64_t r29 = r3 + lid; r29 < r4; r29 += 64) {
                R_bool(m1 + uint64_t(r10 * m1_s0) * 1ul).v = uint8_t(uint(r21));
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            if (r21) {
                for (int64_t r23 = r3 + lid; r23 < r1; r23 += 64) {
                    uint64_t r24 = uint64_t(zero); if (uint64_t(r23) < uint64_t(r1)) r24 = pool_u64[uint(m2_at + r23)];
                    const uint64_t r25 = R_u64(m0 + uint64_t(r10 * m0_s0 + r23 * m0_s1) * 8ul).v;
                    const uint64_t r26 = r24 | r25;
                    if (uint64_t(r23) < uint64_t(r1))
                        pool_u64[uint(m2_at + r23)] = r26;
                }
                memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            }
        }
    }
}
