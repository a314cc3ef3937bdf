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
// k0_radix_move: radix_move
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_u32 { uint v; };
shared uint m5[256];
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
    const uint64_t m3 = uint64_t(words.w[12]);
    const uint64_t m4 = uint64_t(words.w[15]);
    const int64_t m0_s0 = words.w[3];
    const int64_t m1_s0 = words.w[6];
    const int64_t m2_d0 = words.w[8];
    const int64_t m2_d1 = words.w[9];
    const int64_t m2_s0 = words.w[10];
    const int64_t m2_s1 = words.w[11];
    const int64_t m3_d0 = words.w[13];
    const int64_t m3_s0 = words.w[14];
    const int64_t m4_d0 = words.w[16];
    const int64_t m4_s0 = words.w[17];
    // kernels/sort.k:LINE
    const int64_t r1 = int64_t((words.w[18]));
    const int64_t r2 = int64_t((words.w[19]));
    const int64_t r4 = 0l;
    const int64_t r6 = 1024l;
    // kernels/sort.k:LINE
    if (item < items) {
        int64_t from = item;
        const int64_t r5 = r4 + from * r6;
        const int64_t r8 = r5 + r6;
        const int64_t r9 = min(r8, r2);
        const int64_t r10 = 256l;
        for (int64_t r13 = r4 + lid; r13 < r10; r13 += 64) {
            const int64_t r15 = r5 / r6;
            uint r16 = uint(zero); if (uint64_t(r15) < uint64_t(m2_d1)) r16 = R_u32(m2 + uint64_t(r13 * m2_s0 + r15 * m2_s1) * 4ul).v;
            m5[uint(r13)] = r16;
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        const int64_t r30 = 1l;
        for (int64_t r32 = r4 + lid; r32 < r30; r32 += 64) {
            for (int64_t r17 = r5; r17 < r9; r17++) {
                const uint r18 = R_u32(m0 + uint64_t(r17 * m0_s0) * 4ul).v;
                const uint r33 = uint(r1);
                const uint r34 = 0x1fu;
                const uint r35 = r33 & r34;
                const uint r20 = r18 >> int(r35);
                const uint r21 = 0xffu;
                const uint r22 = r20 & r21;
                const int64_t r36 = int64_t(r22);
                const uint r24 = 0x1u;
                uint r25 = uint(zero);
                if (uint64_t(r36) < uint64_t(256)) {
                    const uint r0 = m5[uint(r36)];
                    r25 = r0;
                    const uint u0 = r0 + r24;
                    m5[uint(r36)] = u0;
                }
                const int64_t r37 = int64_t(r25);
                if (uint64_t(r37) < uint64_t(m3_d0))
                    R_u32(m3 + uint64_t(r37 * m3_s0) * 4ul).v = r18;
                const uint r29 = R_u32(m1 + uint64_t(r17 * m1_s0) * 4ul).v;
                if (uint64_t(r37) < uint64_t(m4_d0))
                    R_u32(m4 + uint64_t(r37 * m4_s0) * 4ul).v = r29;
            }
        }
        memoryBarrierBuffer(); memoryBarrierShared(); barrier();
    }
}
