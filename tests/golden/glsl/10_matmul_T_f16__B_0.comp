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
// k0_matmul: matmul
layout(local_size_x = 64) in;
layout(push_constant) uniform Push { uint64_t at; } push;
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Words { int64_t w[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer R_f32 { float v; };
layout(buffer_reference, std430, buffer_reference_align = 2) buffer R_u16 { uint16_t v; };
shared float m4[576];
shared float m5[576];
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
    const uint64_t m2 = uint64_t(words.w[11]);
    const uint64_t m3 = uint64_t(words.w[16]);
    const int64_t m0_s0 = words.w[4];
    const int64_t m0_s1 = words.w[5];
    const int64_t m1_s0 = words.w[9];
    const int64_t m1_s1 = words.w[10];
    const int64_t m2_s0 = words.w[14];
    const int64_t m2_s1 = words.w[15];
    const int64_t m3_s0 = words.w[19];
    const int64_t m3_s1 = words.w[20];
    precise float r79 = float(zero);
    precise float r83 = float(zero);
    precise float r87 = float(zero);
    precise float r91 = float(zero);
    precise float r95 = float(zero);
    precise float r99 = float(zero);
    precise float r103 = float(zero);
    precise float r107 = float(zero);
    precise float r111 = float(zero);
    precise float r115 = float(zero);
    precise float r119 = float(zero);
    precise float r123 = float(zero);
    precise float r127 = float(zero);
    precise float r131 = float(zero);
    precise float r135 = float(zero);
    precise float r139 = float(zero);
    precise float r322 = float(zero);
    precise float r330 = float(zero);
    precise float r338 = float(zero);
    precise float r346 = float(zero);
    precise float r354 = float(zero);
    precise float r362 = float(zero);
    precise float r370 = float(zero);
    precise float r378 = float(zero);
    precise float r386 = float(zero);
    precise float r394 = float(zero);
    precise float r402 = float(zero);
    precise float r410 = float(zero);
    precise float r418 = float(zero);
    precise float r426 = float(zero);
    precise float r434 = float(zero);
    precise float r442 = float(zero);
    // kernels/contract.k:LINE
    const int64_t r1 = int64_t((words.w[21]));
    const int64_t r2 = int64_t((words.w[22]));
    const int64_t r3 = int64_t((words.w[23]));
    const int64_t r4 = 0l;
    const int64_t r22 = 32l;
    if (item < items) {
        const int64_t n23 = (r3 - r4 + r22 - 1) / r22;
        int64_t from = item;
        const int64_t r23 = r4 + (from % n23) * r22; from /= n23;
        const int64_t r21 = r4 + from * r22;
        const int64_t r25 = lid;
        const int64_t r26 = 8l;
        const int64_t r27 = r25 - r25 / r26 * r26;
        const int64_t r29 = r25 / r26;
        const int64_t r31 = 4l;
        const int64_t r32 = r29 * r31;
        const int64_t r34 = r21 + r32;
        const bool r36 = r34 < r1;
        const int64_t r37 = 1l;
        const int64_t r40 = r32 + r37;
        const int64_t r41 = r21 + r40;
        const bool r43 = r41 < r1;
        const int64_t r44 = 2l;
        const int64_t r47 = r32 + r44;
        const int64_t r48 = r21 + r47;
        const bool r50 = r48 < r1;
        const int64_t r51 = 3l;
        const int64_t r54 = r32 + r51;
        const int64_t r55 = r21 + r54;
        const bool r57 = r55 < r1;
        const int64_t r60 = r23 + r27;
        const bool r62 = r60 < r3;
        const int64_t r64 = r27 + r26;
        const int64_t r65 = r23 + r64;
        const bool r67 = r65 < r3;
        const int64_t r68 = 16l;
        const int64_t r69 = r27 + r68;
        const int64_t r70 = r23 + r69;
        const bool r72 = r70 < r3;
        const int64_t r73 = 24l;
        const int64_t r74 = r27 + r73;
        const int64_t r75 = r23 + r74;
        const bool r77 = r75 < r3;
        precise float r78 = uintBitsToFloat(zero);
        r79 = r78;
        const bool r80 = r36 && r62;
        if (r80) {
            precise float r81 = R_f32(m2 + uint64_t(r34 * m2_s0 + r60 * m2_s1) * 4ul).v;
            r79 = r81;
        }
        r83 = r78;
        const bool r84 = r36 && r67;
        if (r84) {
            precise float r85 = R_f32(m2 + uint64_t(r34 * m2_s0 + r65 * m2_s1) * 4ul).v;
            r83 = r85;
        }
        r87 = r78;
        const bool r88 = r36 && r72;
        if (r88) {
            precise float r89 = R_f32(m2 + uint64_t(r34 * m2_s0 + r70 * m2_s1) * 4ul).v;
            r87 = r89;
        }
        r91 = r78;
        const bool r92 = r36 && r77;
        if (r92) {
            precise float r93 = R_f32(m2 + uint64_t(r34 * m2_s0 + r75 * m2_s1) * 4ul).v;
            r91 = r93;
        }
        r95 = r78;
        const bool r96 = r43 && r62;
        if (r96) {
            precise float r97 = R_f32(m2 + uint64_t(r41 * m2_s0 + r60 * m2_s1) * 4ul).v;
            r95 = r97;
        }
        r99 = r78;
        const bool r100 = r43 && r67;
        if (r100) {
            precise float r101 = R_f32(m2 + uint64_t(r41 * m2_s0 + r65 * m2_s1) * 4ul).v;
            r99 = r101;
        }
        r103 = r78;
        const bool r104 = r43 && r72;
        if (r104) {
            precise float r105 = R_f32(m2 + uint64_t(r41 * m2_s0 + r70 * m2_s1) * 4ul).v;
            r103 = r105;
        }
        r107 = r78;
        const bool r108 = r43 && r77;
        if (r108) {
            precise float r109 = R_f32(m2 + uint64_t(r41 * m2_s0 + r75 * m2_s1) * 4ul).v;
            r107 = r109;
        }
        r111 = r78;
        const bool r112 = r50 && r62;
        if (r112) {
            precise float r113 = R_f32(m2 + uint64_t(r48 * m2_s0 + r60 * m2_s1) * 4ul).v;
            r111 = r113;
        }
        r115 = r78;
        const bool r116 = r50 && r67;
        if (r116) {
            precise float r117 = R_f32(m2 + uint64_t(r48 * m2_s0 + r65 * m2_s1) * 4ul).v;
            r115 = r117;
        }
        r119 = r78;
        const bool r120 = r50 && r72;
        if (r120) {
            precise float r121 = R_f32(m2 + uint64_t(r48 * m2_s0 + r70 * m2_s1) * 4ul).v;
            r119 = r121;
        }
        r123 = r78;
        const bool r124 = r50 && r77;
        if (r124) {
            precise float r125 = R_f32(m2 + uint64_t(r48 * m2_s0 + r75 * m2_s1) * 4ul).v;
            r123 = r125;
        }
        r127 = r78;
        const bool r128 = r57 && r62;
        if (r128) {
            precise float r129 = R_f32(m2 + uint64_t(r55 * m2_s0 + r60 * m2_s1) * 4ul).v;
            r127 = r129;
        }
        r131 = r78;
        const bool r132 = r57 && r67;
        if (r132) {
            precise float r133 = R_f32(m2 + uint64_t(r55 * m2_s0 + r65 * m2_s1) * 4ul).v;
            r131 = r133;
        }
        r135 = r78;
        const bool r136 = r57 && r72;
        if (r136) {
            precise float r137 = R_f32(m2 + uint64_t(r55 * m2_s0 + r70 * m2_s1) * 4ul).v;
            r135 = r137;
        }
        r139 = r78;
        const bool r140 = r57 && r77;
        if (r140) {
            precise float r141 = R_f32(m2 + uint64_t(r55 * m2_s0 + r75 * m2_s1) * 4ul).v;
            r139 = r141;
        }
        const int64_t r145 = r25 - r25 / r68 * r68;
        const int64_t r146 = r25 / r68;
        const int64_t r147 = r21 + r146;
        const bool r149 = r147 < r1;
        const int64_t r150 = 36l;
        const int64_t r151 = r145 * r150;
        const int64_t r152 = r151 + r146;
        const int64_t r153 = 64l;
        const int64_t r154 = r25 + r153;
        const int64_t r156 = r154 - r154 / r68 * r68;
        const int64_t r157 = r154 / r68;
        const int64_t r158 = r21 + r157;
        const bool r160 = r158 < r1;
        const int64_t r162 = r156 * r150;
        const int64_t r163 = r162 + r157;
        const int64_t r164 = 128l;
        const int64_t r165 = r25 + r164;
        const int64_t r167 = r165 - r165 / r68 * r68;
        const int64_t r168 = r165 / r68;
        const int64_t r169 = r21 + r168;
        const bool r171 = r169 < r1;
        const int64_t r173 = r167 * r150;
        const int64_t r174 = r173 + r168;
        const int64_t r175 = 192l;
        const int64_t r176 = r25 + r175;
        const int64_t r178 = r176 - r176 / r68 * r68;
        const int64_t r179 = r176 / r68;
        const int64_t r180 = r21 + r179;
        const bool r182 = r180 < r1;
        const int64_t r184 = r178 * r150;
        const int64_t r185 = r184 + r179;
        const int64_t r186 = 256l;
        const int64_t r187 = r25 + r186;
        const int64_t r189 = r187 - r187 / r68 * r68;
        const int64_t r190 = r187 / r68;
        const int64_t r191 = r21 + r190;
        const bool r193 = r191 < r1;
        const int64_t r195 = r189 * r150;
        const int64_t r196 = r195 + r190;
        const int64_t r197 = 320l;
        const int64_t r198 = r25 + r197;
        const int64_t r200 = r198 - r198 / r68 * r68;
        const int64_t r201 = r198 / r68;
        const int64_t r202 = r21 + r201;
        const bool r204 = r202 < r1;
        const int64_t r206 = r200 * r150;
        const int64_t r207 = r206 + r201;
        const int64_t r208 = 384l;
        const int64_t r209 = r25 + r208;
        const int64_t r211 = r209 - r209 / r68 * r68;
        const int64_t r212 = r209 / r68;
        const int64_t r213 = r21 + r212;
        const bool r215 = r213 < r1;
        const int64_t r217 = r211 * r150;
        const int64_t r218 = r217 + r212;
        const int64_t r219 = 448l;
        const int64_t r220 = r25 + r219;
        const int64_t r222 = r220 - r220 / r68 * r68;
        const int64_t r223 = r220 / r68;
        const int64_t r224 = r21 + r223;
        const bool r226 = r224 < r1;
        const int64_t r228 = r222 * r150;
        const int64_t r229 = r228 + r223;
        const int64_t r233 = r25 - r25 / r22 * r22;
        const int64_t r234 = r25 / r22;
        const int64_t r235 = r23 + r233;
        const bool r237 = r235 < r3;
        const int64_t r239 = r234 * r150;
        const int64_t r240 = r239 + r233;
        const int64_t r244 = r154 - r154 / r22 * r22;
        const int64_t r245 = r154 / r22;
        const int64_t r246 = r23 + r244;
        const bool r248 = r246 < r3;
        const int64_t r250 = r245 * r150;
        const int64_t r251 = r250 + r244;
        const int64_t r255 = r165 - r165 / r22 * r22;
        const int64_t r256 = r165 / r22;
        const int64_t r257 = r23 + r255;
        const bool r259 = r257 < r3;
        const int64_t r261 = r256 * r150;
        const int64_t r262 = r261 + r255;
        const int64_t r266 = r176 - r176 / r22 * r22;
        const int64_t r267 = r176 / r22;
        const int64_t r268 = r23 + r266;
        const bool r270 = r268 < r3;
        const int64_t r272 = r267 * r150;
        const int64_t r273 = r272 + r266;
        const int64_t r277 = r187 - r187 / r22 * r22;
        const int64_t r278 = r187 / r22;
        const int64_t r279 = r23 + r277;
        const bool r281 = r279 < r3;
        const int64_t r283 = r278 * r150;
        const int64_t r284 = r283 + r277;
        const int64_t r288 = r198 - r198 / r22 * r22;
        const int64_t r289 = r198 / r22;
        const int64_t r290 = r23 + r288;
        const bool r292 = r290 < r3;
        const int64_t r294 = r289 * r150;
        const int64_t r295 = r294 + r288;
        const int64_t r299 = r209 - r209 / r22 * r22;
        const int64_t r300 = r209 / r22;
        const int64_t r301 = r23 + r299;
        const bool r303 = r301 < r3;
        const int64_t r305 = r300 * r150;
        const int64_t r306 = r305 + r299;
        const int64_t r310 = r220 - r220 / r22 * r22;
        const int64_t r311 = r220 / r22;
        const int64_t r312 = r23 + r310;
        const bool r314 = r312 < r3;
        const int64_t r316 = r311 * r150;
        const int64_t r317 = r316 + r310;
        for (int64_t r320 = r4; r320 < r2; r320 += r68) {
            r322 = r78;
            const int64_t r323 = r320 + r145;
            const bool r324 = r323 < r2;
            const bool r325 = r149 && r324;
            if (r325) {
                const uint r327 = uint(R_u16(m0 + uint64_t(r147 * m0_s0 + r323 * m0_s1) * 2ul).v);
                const uint r575 = uint(r327);
                const uint r576 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r577 = r575 & r576;
                const uint r578 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r579 = r575 & r578;
                const uint r580 = 0x0u;
                const bool r581 = r579 != r580;
                const uint r582 = 0x80000000u;
                const uint r584 = r581 ? r582 : r580;
                const uint r585 = 0xau;
                // kernels/legal.k:LINE
                const uint r586 = r577 >> int(r585);
                const uint r587 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r588 = r577 & r587;
                // kernels/legal.k:LINE
                precise float r618 = float(r588 | uint(zero));
                precise float r590 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r591 = r618 * r590;
                const uint r592 = floatBitsToUint(r591);
                const uint r593 = 0x70u;
                // kernels/legal.k:LINE
                const uint r594 = r586 + r593;
                const uint r595 = 0x17u;
                const uint r596 = r594 << int(r595);
                const uint r597 = 0xdu;
                const uint r598 = r588 << int(r597);
                const uint r599 = r596 | r598;
                const uint r600 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r601 = r577 == r600;
                const uint r602 = 0x7f800000u;
                const uint r606 = r602 | r598;
                const uint r607 = r601 ? r602 : r606;
                const uint r608 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r609 = r577 > r608;
                const bool r611 = r586 != r580;
                const uint r612 = r611 ? r599 : r592;
                const uint r613 = r609 ? r607 : r612;
                const uint r614 = r584 | r613;
                // kernels/legal.k:LINE
                precise float r615 = uintBitsToFloat(r614 | zero);
                // kernels/contract.k:LINE
                r322 = r615;
            }
            m4[uint(r152)] = r322;
            r330 = r78;
            const int64_t r331 = r320 + r156;
            const bool r332 = r331 < r2;
            const bool r333 = r160 && r332;
            if (r333) {
                const uint r335 = uint(R_u16(m0 + uint64_t(r158 * m0_s0 + r331 * m0_s1) * 2ul).v);
                const uint r625 = uint(r335);
                const uint r626 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r627 = r625 & r626;
                const uint r628 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r629 = r625 & r628;
                const uint r630 = 0x0u;
                const bool r631 = r629 != r630;
                const uint r632 = 0x80000000u;
                const uint r634 = r631 ? r632 : r630;
                const uint r635 = 0xau;
                // kernels/legal.k:LINE
                const uint r636 = r627 >> int(r635);
                const uint r637 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r638 = r627 & r637;
                // kernels/legal.k:LINE
                precise float r668 = float(r638 | uint(zero));
                precise float r640 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r641 = r668 * r640;
                const uint r642 = floatBitsToUint(r641);
                const uint r643 = 0x70u;
                // kernels/legal.k:LINE
                const uint r644 = r636 + r643;
                const uint r645 = 0x17u;
                const uint r646 = r644 << int(r645);
                const uint r647 = 0xdu;
                const uint r648 = r638 << int(r647);
                const uint r649 = r646 | r648;
                const uint r650 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r651 = r627 == r650;
                const uint r652 = 0x7f800000u;
                const uint r656 = r652 | r648;
                const uint r657 = r651 ? r652 : r656;
                const uint r658 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r659 = r627 > r658;
                const bool r661 = r636 != r630;
                const uint r662 = r661 ? r649 : r642;
                const uint r663 = r659 ? r657 : r662;
                const uint r664 = r634 | r663;
                // kernels/legal.k:LINE
                precise float r665 = uintBitsToFloat(r664 | zero);
                // kernels/contract.k:LINE
                r330 = r665;
            }
            m4[uint(r163)] = r330;
            r338 = r78;
            const int64_t r339 = r320 + r167;
            const bool r340 = r339 < r2;
            const bool r341 = r171 && r340;
            if (r341) {
                const uint r343 = uint(R_u16(m0 + uint64_t(r169 * m0_s0 + r339 * m0_s1) * 2ul).v);
                const uint r675 = uint(r343);
                const uint r676 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r677 = r675 & r676;
                const uint r678 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r679 = r675 & r678;
                const uint r680 = 0x0u;
                const bool r681 = r679 != r680;
                const uint r682 = 0x80000000u;
                const uint r684 = r681 ? r682 : r680;
                const uint r685 = 0xau;
                // kernels/legal.k:LINE
                const uint r686 = r677 >> int(r685);
                const uint r687 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r688 = r677 & r687;
                // kernels/legal.k:LINE
                precise float r718 = float(r688 | uint(zero));
                precise float r690 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r691 = r718 * r690;
                const uint r692 = floatBitsToUint(r691);
                const uint r693 = 0x70u;
                // kernels/legal.k:LINE
                const uint r694 = r686 + r693;
                const uint r695 = 0x17u;
                const uint r696 = r694 << int(r695);
                const uint r697 = 0xdu;
                const uint r698 = r688 << int(r697);
                const uint r699 = r696 | r698;
                const uint r700 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r701 = r677 == r700;
                const uint r702 = 0x7f800000u;
                const uint r706 = r702 | r698;
                const uint r707 = r701 ? r702 : r706;
                const uint r708 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r709 = r677 > r708;
                const bool r711 = r686 != r680;
                const uint r712 = r711 ? r699 : r692;
                const uint r713 = r709 ? r707 : r712;
                const uint r714 = r684 | r713;
                // kernels/legal.k:LINE
                precise float r715 = uintBitsToFloat(r714 | zero);
                // kernels/contract.k:LINE
                r338 = r715;
            }
            m4[uint(r174)] = r338;
            r346 = r78;
            const int64_t r347 = r320 + r178;
            const bool r348 = r347 < r2;
            const bool r349 = r182 && r348;
            if (r349) {
                const uint r351 = uint(R_u16(m0 + uint64_t(r180 * m0_s0 + r347 * m0_s1) * 2ul).v);
                const uint r725 = uint(r351);
                const uint r726 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r727 = r725 & r726;
                const uint r728 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r729 = r725 & r728;
                const uint r730 = 0x0u;
                const bool r731 = r729 != r730;
                const uint r732 = 0x80000000u;
                const uint r734 = r731 ? r732 : r730;
                const uint r735 = 0xau;
                // kernels/legal.k:LINE
                const uint r736 = r727 >> int(r735);
                const uint r737 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r738 = r727 & r737;
                // kernels/legal.k:LINE
                precise float r768 = float(r738 | uint(zero));
                precise float r740 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r741 = r768 * r740;
                const uint r742 = floatBitsToUint(r741);
                const uint r743 = 0x70u;
                // kernels/legal.k:LINE
                const uint r744 = r736 + r743;
                const uint r745 = 0x17u;
                const uint r746 = r744 << int(r745);
                const uint r747 = 0xdu;
                const uint r748 = r738 << int(r747);
                const uint r749 = r746 | r748;
                const uint r750 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r751 = r727 == r750;
                const uint r752 = 0x7f800000u;
                const uint r756 = r752 | r748;
                const uint r757 = r751 ? r752 : r756;
                const uint r758 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r759 = r727 > r758;
                const bool r761 = r736 != r730;
                const uint r762 = r761 ? r749 : r742;
                const uint r763 = r759 ? r757 : r762;
                const uint r764 = r734 | r763;
                // kernels/legal.k:LINE
                precise float r765 = uintBitsToFloat(r764 | zero);
                // kernels/contract.k:LINE
                r346 = r765;
            }
            m4[uint(r185)] = r346;
            r354 = r78;
            const int64_t r355 = r320 + r189;
            const bool r356 = r355 < r2;
            const bool r357 = r193 && r356;
            if (r357) {
                const uint r359 = uint(R_u16(m0 + uint64_t(r191 * m0_s0 + r355 * m0_s1) * 2ul).v);
                const uint r775 = uint(r359);
                const uint r776 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r777 = r775 & r776;
                const uint r778 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r779 = r775 & r778;
                const uint r780 = 0x0u;
                const bool r781 = r779 != r780;
                const uint r782 = 0x80000000u;
                const uint r784 = r781 ? r782 : r780;
                const uint r785 = 0xau;
                // kernels/legal.k:LINE
                const uint r786 = r777 >> int(r785);
                const uint r787 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r788 = r777 & r787;
                // kernels/legal.k:LINE
                precise float r818 = float(r788 | uint(zero));
                precise float r790 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r791 = r818 * r790;
                const uint r792 = floatBitsToUint(r791);
                const uint r793 = 0x70u;
                // kernels/legal.k:LINE
                const uint r794 = r786 + r793;
                const uint r795 = 0x17u;
                const uint r796 = r794 << int(r795);
                const uint r797 = 0xdu;
                const uint r798 = r788 << int(r797);
                const uint r799 = r796 | r798;
                const uint r800 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r801 = r777 == r800;
                const uint r802 = 0x7f800000u;
                const uint r806 = r802 | r798;
                const uint r807 = r801 ? r802 : r806;
                const uint r808 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r809 = r777 > r808;
                const bool r811 = r786 != r780;
                const uint r812 = r811 ? r799 : r792;
                const uint r813 = r809 ? r807 : r812;
                const uint r814 = r784 | r813;
                // kernels/legal.k:LINE
                precise float r815 = uintBitsToFloat(r814 | zero);
                // kernels/contract.k:LINE
                r354 = r815;
            }
            m4[uint(r196)] = r354;
            r362 = r78;
            const int64_t r363 = r320 + r200;
            const bool r364 = r363 < r2;
            const bool r365 = r204 && r364;
            if (r365) {
                const uint r367 = uint(R_u16(m0 + uint64_t(r202 * m0_s0 + r363 * m0_s1) * 2ul).v);
                const uint r825 = uint(r367);
                const uint r826 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r827 = r825 & r826;
                const uint r828 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r829 = r825 & r828;
                const uint r830 = 0x0u;
                const bool r831 = r829 != r830;
                const uint r832 = 0x80000000u;
                const uint r834 = r831 ? r832 : r830;
                const uint r835 = 0xau;
                // kernels/legal.k:LINE
                const uint r836 = r827 >> int(r835);
                const uint r837 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r838 = r827 & r837;
                // kernels/legal.k:LINE
                precise float r868 = float(r838 | uint(zero));
                precise float r840 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r841 = r868 * r840;
                const uint r842 = floatBitsToUint(r841);
                const uint r843 = 0x70u;
                // kernels/legal.k:LINE
                const uint r844 = r836 + r843;
                const uint r845 = 0x17u;
                const uint r846 = r844 << int(r845);
                const uint r847 = 0xdu;
                const uint r848 = r838 << int(r847);
                const uint r849 = r846 | r848;
                const uint r850 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r851 = r827 == r850;
                const uint r852 = 0x7f800000u;
                const uint r856 = r852 | r848;
                const uint r857 = r851 ? r852 : r856;
                const uint r858 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r859 = r827 > r858;
                const bool r861 = r836 != r830;
                const uint r862 = r861 ? r849 : r842;
                const uint r863 = r859 ? r857 : r862;
                const uint r864 = r834 | r863;
                // kernels/legal.k:LINE
                precise float r865 = uintBitsToFloat(r864 | zero);
                // kernels/contract.k:LINE
                r362 = r865;
            }
            m4[uint(r207)] = r362;
            r370 = r78;
            const int64_t r371 = r320 + r211;
            const bool r372 = r371 < r2;
            const bool r373 = r215 && r372;
            if (r373) {
                const uint r375 = uint(R_u16(m0 + uint64_t(r213 * m0_s0 + r371 * m0_s1) * 2ul).v);
                const uint r875 = uint(r375);
                const uint r876 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r877 = r875 & r876;
                const uint r878 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r879 = r875 & r878;
                const uint r880 = 0x0u;
                const bool r881 = r879 != r880;
                const uint r882 = 0x80000000u;
                const uint r884 = r881 ? r882 : r880;
                const uint r885 = 0xau;
                // kernels/legal.k:LINE
                const uint r886 = r877 >> int(r885);
                const uint r887 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r888 = r877 & r887;
                // kernels/legal.k:LINE
                precise float r918 = float(r888 | uint(zero));
                precise float r890 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r891 = r918 * r890;
                const uint r892 = floatBitsToUint(r891);
                const uint r893 = 0x70u;
                // kernels/legal.k:LINE
                const uint r894 = r886 + r893;
                const uint r895 = 0x17u;
                const uint r896 = r894 << int(r895);
                const uint r897 = 0xdu;
                const uint r898 = r888 << int(r897);
                const uint r899 = r896 | r898;
                const uint r900 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r901 = r877 == r900;
                const uint r902 = 0x7f800000u;
                const uint r906 = r902 | r898;
                const uint r907 = r901 ? r902 : r906;
                const uint r908 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r909 = r877 > r908;
                const bool r911 = r886 != r880;
                const uint r912 = r911 ? r899 : r892;
                const uint r913 = r909 ? r907 : r912;
                const uint r914 = r884 | r913;
                // kernels/legal.k:LINE
                precise float r915 = uintBitsToFloat(r914 | zero);
                // kernels/contract.k:LINE
                r370 = r915;
            }
            m4[uint(r218)] = r370;
            r378 = r78;
            const int64_t r379 = r320 + r222;
            const bool r380 = r379 < r2;
            const bool r381 = r226 && r380;
            if (r381) {
                const uint r383 = uint(R_u16(m0 + uint64_t(r224 * m0_s0 + r379 * m0_s1) * 2ul).v);
                const uint r925 = uint(r383);
                const uint r926 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r927 = r925 & r926;
                const uint r928 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r929 = r925 & r928;
                const uint r930 = 0x0u;
                const bool r931 = r929 != r930;
                const uint r932 = 0x80000000u;
                const uint r934 = r931 ? r932 : r930;
                const uint r935 = 0xau;
                // kernels/legal.k:LINE
                const uint r936 = r927 >> int(r935);
                const uint r937 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r938 = r927 & r937;
                // kernels/legal.k:LINE
                precise float r968 = float(r938 | uint(zero));
                precise float r940 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r941 = r968 * r940;
                const uint r942 = floatBitsToUint(r941);
                const uint r943 = 0x70u;
                // kernels/legal.k:LINE
                const uint r944 = r936 + r943;
                const uint r945 = 0x17u;
                const uint r946 = r944 << int(r945);
                const uint r947 = 0xdu;
                const uint r948 = r938 << int(r947);
                const uint r949 = r946 | r948;
                const uint r950 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r951 = r927 == r950;
                const uint r952 = 0x7f800000u;
                const uint r956 = r952 | r948;
                const uint r957 = r951 ? r952 : r956;
                const uint r958 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r959 = r927 > r958;
                const bool r961 = r936 != r930;
                const uint r962 = r961 ? r949 : r942;
                const uint r963 = r959 ? r957 : r962;
                const uint r964 = r934 | r963;
                // kernels/legal.k:LINE
                precise float r965 = uintBitsToFloat(r964 | zero);
                // kernels/contract.k:LINE
                r378 = r965;
            }
            m4[uint(r229)] = r378;
            r386 = r78;
            const int64_t r387 = r320 + r234;
            const bool r388 = r387 < r2;
            const bool r389 = r237 && r388;
            if (r389) {
                const uint r391 = uint(R_u16(m1 + uint64_t(r387 * m1_s0 + r235 * m1_s1) * 2ul).v);
                const uint r975 = uint(r391);
                const uint r976 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r977 = r975 & r976;
                const uint r978 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r979 = r975 & r978;
                const uint r980 = 0x0u;
                const bool r981 = r979 != r980;
                const uint r982 = 0x80000000u;
                const uint r984 = r981 ? r982 : r980;
                const uint r985 = 0xau;
                // kernels/legal.k:LINE
                const uint r986 = r977 >> int(r985);
                const uint r987 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r988 = r977 & r987;
                // kernels/legal.k:LINE
                precise float r1018 = float(r988 | uint(zero));
                precise float r990 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r991 = r1018 * r990;
                const uint r992 = floatBitsToUint(r991);
                const uint r993 = 0x70u;
                // kernels/legal.k:LINE
                const uint r994 = r986 + r993;
                const uint r995 = 0x17u;
                const uint r996 = r994 << int(r995);
                const uint r997 = 0xdu;
                const uint r998 = r988 << int(r997);
                const uint r999 = r996 | r998;
                const uint r1000 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r1001 = r977 == r1000;
                const uint r1002 = 0x7f800000u;
                const uint r1006 = r1002 | r998;
                const uint r1007 = r1001 ? r1002 : r1006;
                const uint r1008 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r1009 = r977 > r1008;
                const bool r1011 = r986 != r980;
                const uint r1012 = r1011 ? r999 : r992;
                const uint r1013 = r1009 ? r1007 : r1012;
                const uint r1014 = r984 | r1013;
                // kernels/legal.k:LINE
                precise float r1015 = uintBitsToFloat(r1014 | zero);
                // kernels/contract.k:LINE
                r386 = r1015;
            }
            m5[uint(r240)] = r386;
            r394 = r78;
            const int64_t r395 = r320 + r245;
            const bool r396 = r395 < r2;
            const bool r397 = r248 && r396;
            if (r397) {
                const uint r399 = uint(R_u16(m1 + uint64_t(r395 * m1_s0 + r246 * m1_s1) * 2ul).v);
                const uint r1025 = uint(r399);
                const uint r1026 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r1027 = r1025 & r1026;
                const uint r1028 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r1029 = r1025 & r1028;
                const uint r1030 = 0x0u;
                const bool r1031 = r1029 != r1030;
                const uint r1032 = 0x80000000u;
                const uint r1034 = r1031 ? r1032 : r1030;
                const uint r1035 = 0xau;
                // kernels/legal.k:LINE
                const uint r1036 = r1027 >> int(r1035);
                const uint r1037 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r1038 = r1027 & r1037;
                // kernels/legal.k:LINE
                precise float r1068 = float(r1038 | uint(zero));
                precise float r1040 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r1041 = r1068 * r1040;
                const uint r1042 = floatBitsToUint(r1041);
                const uint r1043 = 0x70u;
                // kernels/legal.k:LINE
                const uint r1044 = r1036 + r1043;
                const uint r1045 = 0x17u;
                const uint r1046 = r1044 << int(r1045);
                const uint r1047 = 0xdu;
                const uint r1048 = r1038 << int(r1047);
                const uint r1049 = r1046 | r1048;
                const uint r1050 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r1051 = r1027 == r1050;
                const uint r1052 = 0x7f800000u;
                const uint r1056 = r1052 | r1048;
                const uint r1057 = r1051 ? r1052 : r1056;
                const uint r1058 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r1059 = r1027 > r1058;
                const bool r1061 = r1036 != r1030;
                const uint r1062 = r1061 ? r1049 : r1042;
                const uint r1063 = r1059 ? r1057 : r1062;
                const uint r1064 = r1034 | r1063;
                // kernels/legal.k:LINE
                precise float r1065 = uintBitsToFloat(r1064 | zero);
                // kernels/contract.k:LINE
                r394 = r1065;
            }
            m5[uint(r251)] = r394;
            r402 = r78;
            const int64_t r403 = r320 + r256;
            const bool r404 = r403 < r2;
            const bool r405 = r259 && r404;
            if (r405) {
                const uint r407 = uint(R_u16(m1 + uint64_t(r403 * m1_s0 + r257 * m1_s1) * 2ul).v);
                const uint r1075 = uint(r407);
                const uint r1076 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r1077 = r1075 & r1076;
                const uint r1078 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r1079 = r1075 & r1078;
                const uint r1080 = 0x0u;
                const bool r1081 = r1079 != r1080;
                const uint r1082 = 0x80000000u;
                const uint r1084 = r1081 ? r1082 : r1080;
                const uint r1085 = 0xau;
                // kernels/legal.k:LINE
                const uint r1086 = r1077 >> int(r1085);
                const uint r1087 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r1088 = r1077 & r1087;
                // kernels/legal.k:LINE
                precise float r1118 = float(r1088 | uint(zero));
                precise float r1090 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r1091 = r1118 * r1090;
                const uint r1092 = floatBitsToUint(r1091);
                const uint r1093 = 0x70u;
                // kernels/legal.k:LINE
                const uint r1094 = r1086 + r1093;
                const uint r1095 = 0x17u;
                const uint r1096 = r1094 << int(r1095);
                const uint r1097 = 0xdu;
                const uint r1098 = r1088 << int(r1097);
                const uint r1099 = r1096 | r1098;
                const uint r1100 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r1101 = r1077 == r1100;
                const uint r1102 = 0x7f800000u;
                const uint r1106 = r1102 | r1098;
                const uint r1107 = r1101 ? r1102 : r1106;
                const uint r1108 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r1109 = r1077 > r1108;
                const bool r1111 = r1086 != r1080;
                const uint r1112 = r1111 ? r1099 : r1092;
                const uint r1113 = r1109 ? r1107 : r1112;
                const uint r1114 = r1084 | r1113;
                // kernels/legal.k:LINE
                precise float r1115 = uintBitsToFloat(r1114 | zero);
                // kernels/contract.k:LINE
                r402 = r1115;
            }
            m5[uint(r262)] = r402;
            r410 = r78;
            const int64_t r411 = r320 + r267;
            const bool r412 = r411 < r2;
            const bool r413 = r270 && r412;
            if (r413) {
                const uint r415 = uint(R_u16(m1 + uint64_t(r411 * m1_s0 + r268 * m1_s1) * 2ul).v);
                const uint r1125 = uint(r415);
                const uint r1126 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r1127 = r1125 & r1126;
                const uint r1128 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r1129 = r1125 & r1128;
                const uint r1130 = 0x0u;
                const bool r1131 = r1129 != r1130;
                const uint r1132 = 0x80000000u;
                const uint r1134 = r1131 ? r1132 : r1130;
                const uint r1135 = 0xau;
                // kernels/legal.k:LINE
                const uint r1136 = r1127 >> int(r1135);
                const uint r1137 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r1138 = r1127 & r1137;
                // kernels/legal.k:LINE
                precise float r1168 = float(r1138 | uint(zero));
                precise float r1140 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r1141 = r1168 * r1140;
                const uint r1142 = floatBitsToUint(r1141);
                const uint r1143 = 0x70u;
                // kernels/legal.k:LINE
                const uint r1144 = r1136 + r1143;
                const uint r1145 = 0x17u;
                const uint r1146 = r1144 << int(r1145);
                const uint r1147 = 0xdu;
                const uint r1148 = r1138 << int(r1147);
                const uint r1149 = r1146 | r1148;
                const uint r1150 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r1151 = r1127 == r1150;
                const uint r1152 = 0x7f800000u;
                const uint r1156 = r1152 | r1148;
                const uint r1157 = r1151 ? r1152 : r1156;
                const uint r1158 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r1159 = r1127 > r1158;
                const bool r1161 = r1136 != r1130;
                const uint r1162 = r1161 ? r1149 : r1142;
                const uint r1163 = r1159 ? r1157 : r1162;
                const uint r1164 = r1134 | r1163;
                // kernels/legal.k:LINE
                precise float r1165 = uintBitsToFloat(r1164 | zero);
                // kernels/contract.k:LINE
                r410 = r1165;
            }
            m5[uint(r273)] = r410;
            r418 = r78;
            const int64_t r419 = r320 + r278;
            const bool r420 = r419 < r2;
            const bool r421 = r281 && r420;
            if (r421) {
                const uint r423 = uint(R_u16(m1 + uint64_t(r419 * m1_s0 + r279 * m1_s1) * 2ul).v);
                const uint r1175 = uint(r423);
                const uint r1176 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r1177 = r1175 & r1176;
                const uint r1178 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r1179 = r1175 & r1178;
                const uint r1180 = 0x0u;
                const bool r1181 = r1179 != r1180;
                const uint r1182 = 0x80000000u;
                const uint r1184 = r1181 ? r1182 : r1180;
                const uint r1185 = 0xau;
                // kernels/legal.k:LINE
                const uint r1186 = r1177 >> int(r1185);
                const uint r1187 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r1188 = r1177 & r1187;
                // kernels/legal.k:LINE
                precise float r1218 = float(r1188 | uint(zero));
                precise float r1190 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r1191 = r1218 * r1190;
                const uint r1192 = floatBitsToUint(r1191);
                const uint r1193 = 0x70u;
                // kernels/legal.k:LINE
                const uint r1194 = r1186 + r1193;
                const uint r1195 = 0x17u;
                const uint r1196 = r1194 << int(r1195);
                const uint r1197 = 0xdu;
                const uint r1198 = r1188 << int(r1197);
                const uint r1199 = r1196 | r1198;
                const uint r1200 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r1201 = r1177 == r1200;
                const uint r1202 = 0x7f800000u;
                const uint r1206 = r1202 | r1198;
                const uint r1207 = r1201 ? r1202 : r1206;
                const uint r1208 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r1209 = r1177 > r1208;
                const bool r1211 = r1186 != r1180;
                const uint r1212 = r1211 ? r1199 : r1192;
                const uint r1213 = r1209 ? r1207 : r1212;
                const uint r1214 = r1184 | r1213;
                // kernels/legal.k:LINE
                precise float r1215 = uintBitsToFloat(r1214 | zero);
                // kernels/contract.k:LINE
                r418 = r1215;
            }
            m5[uint(r284)] = r418;
            r426 = r78;
            const int64_t r427 = r320 + r289;
            const bool r428 = r427 < r2;
            const bool r429 = r292 && r428;
            if (r429) {
                const uint r431 = uint(R_u16(m1 + uint64_t(r427 * m1_s0 + r290 * m1_s1) * 2ul).v);
                const uint r1225 = uint(r431);
                const uint r1226 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r1227 = r1225 & r1226;
                const uint r1228 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r1229 = r1225 & r1228;
                const uint r1230 = 0x0u;
                const bool r1231 = r1229 != r1230;
                const uint r1232 = 0x80000000u;
                const uint r1234 = r1231 ? r1232 : r1230;
                const uint r1235 = 0xau;
                // kernels/legal.k:LINE
                const uint r1236 = r1227 >> int(r1235);
                const uint r1237 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r1238 = r1227 & r1237;
                // kernels/legal.k:LINE
                precise float r1268 = float(r1238 | uint(zero));
                precise float r1240 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r1241 = r1268 * r1240;
                const uint r1242 = floatBitsToUint(r1241);
                const uint r1243 = 0x70u;
                // kernels/legal.k:LINE
                const uint r1244 = r1236 + r1243;
                const uint r1245 = 0x17u;
                const uint r1246 = r1244 << int(r1245);
                const uint r1247 = 0xdu;
                const uint r1248 = r1238 << int(r1247);
                const uint r1249 = r1246 | r1248;
                const uint r1250 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r1251 = r1227 == r1250;
                const uint r1252 = 0x7f800000u;
                const uint r1256 = r1252 | r1248;
                const uint r1257 = r1251 ? r1252 : r1256;
                const uint r1258 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r1259 = r1227 > r1258;
                const bool r1261 = r1236 != r1230;
                const uint r1262 = r1261 ? r1249 : r1242;
                const uint r1263 = r1259 ? r1257 : r1262;
                const uint r1264 = r1234 | r1263;
                // kernels/legal.k:LINE
                precise float r1265 = uintBitsToFloat(r1264 | zero);
                // kernels/contract.k:LINE
                r426 = r1265;
            }
            m5[uint(r295)] = r426;
            r434 = r78;
            const int64_t r435 = r320 + r300;
            const bool r436 = r435 < r2;
            const bool r437 = r303 && r436;
            if (r437) {
                const uint r439 = uint(R_u16(m1 + uint64_t(r435 * m1_s0 + r301 * m1_s1) * 2ul).v);
                const uint r1275 = uint(r439);
                const uint r1276 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r1277 = r1275 & r1276;
                const uint r1278 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r1279 = r1275 & r1278;
                const uint r1280 = 0x0u;
                const bool r1281 = r1279 != r1280;
                const uint r1282 = 0x80000000u;
                const uint r1284 = r1281 ? r1282 : r1280;
                const uint r1285 = 0xau;
                // kernels/legal.k:LINE
                const uint r1286 = r1277 >> int(r1285);
                const uint r1287 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r1288 = r1277 & r1287;
                // kernels/legal.k:LINE
                precise float r1318 = float(r1288 | uint(zero));
                precise float r1290 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r1291 = r1318 * r1290;
                const uint r1292 = floatBitsToUint(r1291);
                const uint r1293 = 0x70u;
                // kernels/legal.k:LINE
                const uint r1294 = r1286 + r1293;
                const uint r1295 = 0x17u;
                const uint r1296 = r1294 << int(r1295);
                const uint r1297 = 0xdu;
                const uint r1298 = r1288 << int(r1297);
                const uint r1299 = r1296 | r1298;
                const uint r1300 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r1301 = r1277 == r1300;
                const uint r1302 = 0x7f800000u;
                const uint r1306 = r1302 | r1298;
                const uint r1307 = r1301 ? r1302 : r1306;
                const uint r1308 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r1309 = r1277 > r1308;
                const bool r1311 = r1286 != r1280;
                const uint r1312 = r1311 ? r1299 : r1292;
                const uint r1313 = r1309 ? r1307 : r1312;
                const uint r1314 = r1284 | r1313;
                // kernels/legal.k:LINE
                precise float r1315 = uintBitsToFloat(r1314 | zero);
                // kernels/contract.k:LINE
                r434 = r1315;
            }
            m5[uint(r306)] = r434;
            r442 = r78;
            const int64_t r443 = r320 + r311;
            const bool r444 = r443 < r2;
            const bool r445 = r314 && r444;
            if (r445) {
                const uint r447 = uint(R_u16(m1 + uint64_t(r443 * m1_s0 + r312 * m1_s1) * 2ul).v);
                const uint r1325 = uint(r447);
                const uint r1326 = 0x7fffu;
                // kernels/legal.k:LINE
                const uint r1327 = r1325 & r1326;
                const uint r1328 = 0x8000u;
                // kernels/legal.k:LINE
                const uint r1329 = r1325 & r1328;
                const uint r1330 = 0x0u;
                const bool r1331 = r1329 != r1330;
                const uint r1332 = 0x80000000u;
                const uint r1334 = r1331 ? r1332 : r1330;
                const uint r1335 = 0xau;
                // kernels/legal.k:LINE
                const uint r1336 = r1327 >> int(r1335);
                const uint r1337 = 0x3ffu;
                // kernels/legal.k:LINE
                const uint r1338 = r1327 & r1337;
                // kernels/legal.k:LINE
                precise float r1368 = float(r1338 | uint(zero));
                precise float r1340 = uintBitsToFloat(0x33800000u) /* 5.9604645e-08 */;
                precise float r1341 = r1368 * r1340;
                const uint r1342 = floatBitsToUint(r1341);
                const uint r1343 = 0x70u;
                // kernels/legal.k:LINE
                const uint r1344 = r1336 + r1343;
                const uint r1345 = 0x17u;
                const uint r1346 = r1344 << int(r1345);
                const uint r1347 = 0xdu;
                const uint r1348 = r1338 << int(r1347);
                const uint r1349 = r1346 | r1348;
                const uint r1350 = 0x7c00u;
                // kernels/legal.k:LINE
                const bool r1351 = r1327 == r1350;
                const uint r1352 = 0x7f800000u;
                const uint r1356 = r1352 | r1348;
                const uint r1357 = r1351 ? r1352 : r1356;
                const uint r1358 = 0x7bffu;
                // kernels/legal.k:LINE
                const bool r1359 = r1327 > r1358;
                const bool r1361 = r1336 != r1330;
                const uint r1362 = r1361 ? r1349 : r1342;
                const uint r1363 = r1359 ? r1357 : r1362;
                const uint r1364 = r1334 | r1363;
                // kernels/legal.k:LINE
                precise float r1365 = uintBitsToFloat(r1364 | zero);
                // kernels/contract.k:LINE
                r442 = r1365;
            }
            m5[uint(r317)] = r442;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r449 = r2 - r320;
            const bool r450 = r449 >= r68;
            if (r450) {
                for (int64_t r452 = r4; r452 < r68; r452++) {
                    const int64_t r454 = r452 * r150;
                    const int64_t r455 = r454 + r32;
                    precise float r456 = m4[uint(r455)];
                    const int64_t r457 = r454 + r40;
                    precise float r458 = m4[uint(r457)];
                    const int64_t r459 = r454 + r47;
                    precise float r460 = m4[uint(r459)];
                    const int64_t r461 = r454 + r54;
                    precise float r462 = m4[uint(r461)];
                    const int64_t r465 = r454 + r27;
                    precise float r466 = m5[uint(r465)];
                    const int64_t r467 = r454 + r64;
                    precise float r468 = m5[uint(r467)];
                    const int64_t r469 = r454 + r69;
                    precise float r470 = m5[uint(r469)];
                    const int64_t r471 = r454 + r74;
                    precise float r472 = m5[uint(r471)];
                    precise float r473 = fma(r456, r466, r79);
                    r79 = r473;
                    precise float r474 = fma(r456, r468, r83);
                    r83 = r474;
                    precise float r475 = fma(r456, r470, r87);
                    r87 = r475;
                    precise float r476 = fma(r456, r472, r91);
                    r91 = r476;
                    precise float r477 = fma(r458, r466, r95);
                    r95 = r477;
                    precise float r478 = fma(r458, r468, r99);
                    r99 = r478;
                    precise float r479 = fma(r458, r470, r103);
                    r103 = r479;
                    precise float r480 = fma(r458, r472, r107);
                    r107 = r480;
                    precise float r481 = fma(r460, r466, r111);
                    r111 = r481;
                    precise float r482 = fma(r460, r468, r115);
                    r115 = r482;
                    precise float r483 = fma(r460, r470, r119);
                    r119 = r483;
                    precise float r484 = fma(r460, r472, r123);
                    r123 = r484;
                    precise float r485 = fma(r462, r466, r127);
                    r127 = r485;
                    precise float r486 = fma(r462, r468, r131);
                    r131 = r486;
                    precise float r487 = fma(r462, r470, r135);
                    r135 = r487;
                    precise float r488 = fma(r462, r472, r139);
                    r139 = r488;
                }
            } else {
                for (int64_t r490 = r4; r490 < r449; r490++) {
                    const int64_t r492 = r490 * r150;
                    const int64_t r493 = r492 + r32;
                    precise float r494 = m4[uint(r493)];
                    const int64_t r495 = r492 + r40;
                    precise float r496 = m4[uint(r495)];
                    const int64_t r497 = r492 + r47;
                    precise float r498 = m4[uint(r497)];
                    const int64_t r499 = r492 + r54;
                    precise float r500 = m4[uint(r499)];
                    const int64_t r503 = r492 + r27;
                    precise float r504 = m5[uint(r503)];
                    const int64_t r505 = r492 + r64;
                    precise float r506 = m5[uint(r505)];
                    const int64_t r507 = r492 + r69;
                    precise float r508 = m5[uint(r507)];
                    const int64_t r509 = r492 + r74;
                    precise float r510 = m5[uint(r509)];
                    precise float r511 = fma(r494, r504, r79);
                    r79 = r511;
                    precise float r512 = fma(r494, r506, r83);
                    r83 = r512;
                    precise float r513 = fma(r494, r508, r87);
                    r87 = r513;
                    precise float r514 = fma(r494, r510, r91);
                    r91 = r514;
                    precise float r515 = fma(r496, r504, r95);
                    r95 = r515;
                    precise float r516 = fma(r496, r506, r99);
                    r99 = r516;
                    precise float r517 = fma(r496, r508, r103);
                    r103 = r517;
                    precise float r518 = fma(r496, r510, r107);
                    r107 = r518;
                    precise float r519 = fma(r498, r504, r111);
                    r111 = r519;
                    precise float r520 = fma(r498, r506, r115);
                    r115 = r520;
                    precise float r521 = fma(r498, r508, r119);
                    r119 = r521;
                    precise float r522 = fma(r498, r510, r123);
                    r123 = r522;
                    precise float r523 = fma(r500, r504, r127);
                    r127 = r523;
                    precise float r524 = fma(r500, r506, r131);
                    r131 = r524;
                    precise float r525 = fma(r500, r508, r135);
                    r135 = r525;
                    precise float r526 = fma(r500, r510, r139);
                    r139 = r526;
                }
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        }
        if (r80) {
            // kernels/legal.k:LINE
            const uint r1376 = floatBitsToUint(r79);
            const uint r1377 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r1378 = r1376 & r1377;
            const uint r1379 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r1380 = r1376 >> int(r1379);
            const uint r1381 = 0xfu;
            const uint r1382 = r1380 << int(r1381);
            const uint r1383 = 0x17u;
            // kernels/legal.k:LINE
            const uint r1384 = r1378 >> int(r1383);
            const int r1466 = int(r1384);
            const int r1386 = int(0x7fu);
            const int r1387 = r1466 - r1386;
            const int r1388 = int(0xfu);
            const int r1389 = r1387 + r1388;
            const int r1390 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r1391 = r1389 < r1390;
            const int r1393 = r1390 - r1389;
            const int r1394 = int(0x0u);
            const int r1395 = r1391 ? r1393 : r1394;
            const int r1396 = int(0xdu);
            const int r1397 = r1396 + r1395;
            const int r1398 = int(0x19u);
            // kernels/legal.k:LINE
            const int r1399 = min(r1397, r1398);
            const uint r1467 = uint(r1399);
            const uint r1401 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r1402 = r1378 & r1401;
            const uint r1403 = 0x800000u;
            const uint r1404 = r1402 | r1403;
            // kernels/legal.k:LINE
            const uint r1469 = r1467 & r1379;
            const uint r1405 = r1404 >> int(r1469);
            const uint r1406 = 0x1u;
            // kernels/legal.k:LINE
            const uint r1407 = r1406 << int(r1469);
            const uint r1409 = r1407 - r1406;
            const uint r1410 = r1404 & r1409;
            // kernels/legal.k:LINE
            const uint r1412 = r1467 - r1406;
            const uint r1473 = r1412 & r1379;
            const uint r1414 = r1406 << int(r1473);
            // kernels/legal.k:LINE
            const bool r1415 = r1410 > r1414;
            const bool r1416 = r1410 == r1414;
            const uint r1418 = r1405 & r1406;
            const uint r1419 = 0x0u;
            const bool r1420 = r1418 != r1419;
            const bool r1421 = r1416 && r1420;
            const bool r1422 = r1415 || r1421;
            const uint r1425 = r1422 ? r1406 : r1419;
            // kernels/legal.k:LINE
            const int r1427 = max(r1389, r1390);
            const int r1429 = r1427 - r1390;
            const uint r1474 = uint(r1429);
            const uint r1431 = 0xau;
            const uint r1432 = r1474 << int(r1431);
            const uint r1433 = r1432 + r1405;
            const uint r1434 = r1433 + r1425;
            const uint r1435 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r1436 = r1382 | r1435;
            const uint r1437 = 0xdu;
            const uint r1438 = r1378 >> int(r1437);
            const uint r1439 = 0x3ffu;
            const uint r1440 = r1438 & r1439;
            const uint r1441 = r1436 | r1440;
            const uint r1442 = 0x7bffu;
            const uint r1444 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r1445 = r1382 | r1444;
            // kernels/legal.k:LINE
            const bool r1448 = r1434 != r1419;
            const bool r1449 = true;
            const bool r1450 = r1448 || r1449;
            const uint r1451 = r1382 | r1434;
            const uint r1453 = r1450 ? r1451 : r1419;
            const uint r1454 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r1455 = r1378 > r1454;
            const bool r1457 = r1434 > r1442;
            const uint r1458 = r1457 ? r1445 : r1453;
            const uint r1459 = r1455 ? r1441 : r1458;
            // kernels/contract.k:LINE
            const uint r1479 = uint(r1459) & 0xffffu;
            R_u16(m3 + uint64_t(r34 * m3_s0 + r60 * m3_s1) * 2ul).v = uint16_t(r1479);
        }
        if (r84) {
            // kernels/legal.k:LINE
            const uint r1481 = floatBitsToUint(r83);
            const uint r1482 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r1483 = r1481 & r1482;
            const uint r1484 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r1485 = r1481 >> int(r1484);
            const uint r1486 = 0xfu;
            const uint r1487 = r1485 << int(r1486);
            const uint r1488 = 0x17u;
            // kernels/legal.k:LINE
            const uint r1489 = r1483 >> int(r1488);
            const int r1571 = int(r1489);
            const int r1491 = int(0x7fu);
            const int r1492 = r1571 - r1491;
            const int r1493 = int(0xfu);
            const int r1494 = r1492 + r1493;
            const int r1495 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r1496 = r1494 < r1495;
            const int r1498 = r1495 - r1494;
            const int r1499 = int(0x0u);
            const int r1500 = r1496 ? r1498 : r1499;
            const int r1501 = int(0xdu);
            const int r1502 = r1501 + r1500;
            const int r1503 = int(0x19u);
            // kernels/legal.k:LINE
            const int r1504 = min(r1502, r1503);
            const uint r1572 = uint(r1504);
            const uint r1506 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r1507 = r1483 & r1506;
            const uint r1508 = 0x800000u;
            const uint r1509 = r1507 | r1508;
            // kernels/legal.k:LINE
            const uint r1574 = r1572 & r1484;
            const uint r1510 = r1509 >> int(r1574);
            const uint r1511 = 0x1u;
            // kernels/legal.k:LINE
            const uint r1512 = r1511 << int(r1574);
            const uint r1514 = r1512 - r1511;
            const uint r1515 = r1509 & r1514;
            // kernels/legal.k:LINE
            const uint r1517 = r1572 - r1511;
            const uint r1578 = r1517 & r1484;
            const uint r1519 = r1511 << int(r1578);
            // kernels/legal.k:LINE
            const bool r1520 = r1515 > r1519;
            const bool r1521 = r1515 == r1519;
            const uint r1523 = r1510 & r1511;
            const uint r1524 = 0x0u;
            const bool r1525 = r1523 != r1524;
            const bool r1526 = r1521 && r1525;
            const bool r1527 = r1520 || r1526;
            const uint r1530 = r1527 ? r1511 : r1524;
            // kernels/legal.k:LINE
            const int r1532 = max(r1494, r1495);
            const int r1534 = r1532 - r1495;
            const uint r1579 = uint(r1534);
            const uint r1536 = 0xau;
            const uint r1537 = r1579 << int(r1536);
            const uint r1538 = r1537 + r1510;
            const uint r1539 = r1538 + r1530;
            const uint r1540 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r1541 = r1487 | r1540;
            const uint r1542 = 0xdu;
            const uint r1543 = r1483 >> int(r1542);
            const uint r1544 = 0x3ffu;
            const uint r1545 = r1543 & r1544;
            const uint r1546 = r1541 | r1545;
            const uint r1547 = 0x7bffu;
            const uint r1549 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r1550 = r1487 | r1549;
            // kernels/legal.k:LINE
            const bool r1553 = r1539 != r1524;
            const bool r1554 = true;
            const bool r1555 = r1553 || r1554;
            const uint r1556 = r1487 | r1539;
            const uint r1558 = r1555 ? r1556 : r1524;
            const uint r1559 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r1560 = r1483 > r1559;
            const bool r1562 = r1539 > r1547;
            const uint r1563 = r1562 ? r1550 : r1558;
            const uint r1564 = r1560 ? r1546 : r1563;
            // kernels/contract.k:LINE
            const uint r1584 = uint(r1564) & 0xffffu;
            R_u16(m3 + uint64_t(r34 * m3_s0 + r65 * m3_s1) * 2ul).v = uint16_t(r1584);
        }
        if (r88) {
            // kernels/legal.k:LINE
            const uint r1586 = floatBitsToUint(r87);
            const uint r1587 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r1588 = r1586 & r1587;
            const uint r1589 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r1590 = r1586 >> int(r1589);
            const uint r1591 = 0xfu;
            const uint r1592 = r1590 << int(r1591);
            const uint r1593 = 0x17u;
            // kernels/legal.k:LINE
            const uint r1594 = r1588 >> int(r1593);
            const int r1676 = int(r1594);
            const int r1596 = int(0x7fu);
            const int r1597 = r1676 - r1596;
            const int r1598 = int(0xfu);
            const int r1599 = r1597 + r1598;
            const int r1600 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r1601 = r1599 < r1600;
            const int r1603 = r1600 - r1599;
            const int r1604 = int(0x0u);
            const int r1605 = r1601 ? r1603 : r1604;
            const int r1606 = int(0xdu);
            const int r1607 = r1606 + r1605;
            const int r1608 = int(0x19u);
            // kernels/legal.k:LINE
            const int r1609 = min(r1607, r1608);
            const uint r1677 = uint(r1609);
            const uint r1611 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r1612 = r1588 & r1611;
            const uint r1613 = 0x800000u;
            const uint r1614 = r1612 | r1613;
            // kernels/legal.k:LINE
            const uint r1679 = r1677 & r1589;
            const uint r1615 = r1614 >> int(r1679);
            const uint r1616 = 0x1u;
            // kernels/legal.k:LINE
            const uint r1617 = r1616 << int(r1679);
            const uint r1619 = r1617 - r1616;
            const uint r1620 = r1614 & r1619;
            // kernels/legal.k:LINE
            const uint r1622 = r1677 - r1616;
            const uint r1683 = r1622 & r1589;
            const uint r1624 = r1616 << int(r1683);
            // kernels/legal.k:LINE
            const bool r1625 = r1620 > r1624;
            const bool r1626 = r1620 == r1624;
            const uint r1628 = r1615 & r1616;
            const uint r1629 = 0x0u;
            const bool r1630 = r1628 != r1629;
            const bool r1631 = r1626 && r1630;
            const bool r1632 = r1625 || r1631;
            const uint r1635 = r1632 ? r1616 : r1629;
            // kernels/legal.k:LINE
            const int r1637 = max(r1599, r1600);
            const int r1639 = r1637 - r1600;
            const uint r1684 = uint(r1639);
            const uint r1641 = 0xau;
            const uint r1642 = r1684 << int(r1641);
            const uint r1643 = r1642 + r1615;
            const uint r1644 = r1643 + r1635;
            const uint r1645 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r1646 = r1592 | r1645;
            const uint r1647 = 0xdu;
            const uint r1648 = r1588 >> int(r1647);
            const uint r1649 = 0x3ffu;
            const uint r1650 = r1648 & r1649;
            const uint r1651 = r1646 | r1650;
            const uint r1652 = 0x7bffu;
            const uint r1654 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r1655 = r1592 | r1654;
            // kernels/legal.k:LINE
            const bool r1658 = r1644 != r1629;
            const bool r1659 = true;
            const bool r1660 = r1658 || r1659;
            const uint r1661 = r1592 | r1644;
            const uint r1663 = r1660 ? r1661 : r1629;
            const uint r1664 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r1665 = r1588 > r1664;
            const bool r1667 = r1644 > r1652;
            const uint r1668 = r1667 ? r1655 : r1663;
            const uint r1669 = r1665 ? r1651 : r1668;
            // kernels/contract.k:LINE
            const uint r1689 = uint(r1669) & 0xffffu;
            R_u16(m3 + uint64_t(r34 * m3_s0 + r70 * m3_s1) * 2ul).v = uint16_t(r1689);
        }
        if (r92) {
            // kernels/legal.k:LINE
            const uint r1691 = floatBitsToUint(r91);
            const uint r1692 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r1693 = r1691 & r1692;
            const uint r1694 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r1695 = r1691 >> int(r1694);
            const uint r1696 = 0xfu;
            const uint r1697 = r1695 << int(r1696);
            const uint r1698 = 0x17u;
            // kernels/legal.k:LINE
            const uint r1699 = r1693 >> int(r1698);
            const int r1781 = int(r1699);
            const int r1701 = int(0x7fu);
            const int r1702 = r1781 - r1701;
            const int r1703 = int(0xfu);
            const int r1704 = r1702 + r1703;
            const int r1705 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r1706 = r1704 < r1705;
            const int r1708 = r1705 - r1704;
            const int r1709 = int(0x0u);
            const int r1710 = r1706 ? r1708 : r1709;
            const int r1711 = int(0xdu);
            const int r1712 = r1711 + r1710;
            const int r1713 = int(0x19u);
            // kernels/legal.k:LINE
            const int r1714 = min(r1712, r1713);
            const uint r1782 = uint(r1714);
            const uint r1716 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r1717 = r1693 & r1716;
            const uint r1718 = 0x800000u;
            const uint r1719 = r1717 | r1718;
            // kernels/legal.k:LINE
            const uint r1784 = r1782 & r1694;
            const uint r1720 = r1719 >> int(r1784);
            const uint r1721 = 0x1u;
            // kernels/legal.k:LINE
            const uint r1722 = r1721 << int(r1784);
            const uint r1724 = r1722 - r1721;
            const uint r1725 = r1719 & r1724;
            // kernels/legal.k:LINE
            const uint r1727 = r1782 - r1721;
            const uint r1788 = r1727 & r1694;
            const uint r1729 = r1721 << int(r1788);
            // kernels/legal.k:LINE
            const bool r1730 = r1725 > r1729;
            const bool r1731 = r1725 == r1729;
            const uint r1733 = r1720 & r1721;
            const uint r1734 = 0x0u;
            const bool r1735 = r1733 != r1734;
            const bool r1736 = r1731 && r1735;
            const bool r1737 = r1730 || r1736;
            const uint r1740 = r1737 ? r1721 : r1734;
            // kernels/legal.k:LINE
            const int r1742 = max(r1704, r1705);
            const int r1744 = r1742 - r1705;
            const uint r1789 = uint(r1744);
            const uint r1746 = 0xau;
            const uint r1747 = r1789 << int(r1746);
            const uint r1748 = r1747 + r1720;
            const uint r1749 = r1748 + r1740;
            const uint r1750 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r1751 = r1697 | r1750;
            const uint r1752 = 0xdu;
            const uint r1753 = r1693 >> int(r1752);
            const uint r1754 = 0x3ffu;
            const uint r1755 = r1753 & r1754;
            const uint r1756 = r1751 | r1755;
            const uint r1757 = 0x7bffu;
            const uint r1759 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r1760 = r1697 | r1759;
            // kernels/legal.k:LINE
            const bool r1763 = r1749 != r1734;
            const bool r1764 = true;
            const bool r1765 = r1763 || r1764;
            const uint r1766 = r1697 | r1749;
            const uint r1768 = r1765 ? r1766 : r1734;
            const uint r1769 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r1770 = r1693 > r1769;
            const bool r1772 = r1749 > r1757;
            const uint r1773 = r1772 ? r1760 : r1768;
            const uint r1774 = r1770 ? r1756 : r1773;
            // kernels/contract.k:LINE
            const uint r1794 = uint(r1774) & 0xffffu;
            R_u16(m3 + uint64_t(r34 * m3_s0 + r75 * m3_s1) * 2ul).v = uint16_t(r1794);
        }
        if (r96) {
            // kernels/legal.k:LINE
            const uint r1796 = floatBitsToUint(r95);
            const uint r1797 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r1798 = r1796 & r1797;
            const uint r1799 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r1800 = r1796 >> int(r1799);
            const uint r1801 = 0xfu;
            const uint r1802 = r1800 << int(r1801);
            const uint r1803 = 0x17u;
            // kernels/legal.k:LINE
            const uint r1804 = r1798 >> int(r1803);
            const int r1886 = int(r1804);
            const int r1806 = int(0x7fu);
            const int r1807 = r1886 - r1806;
            const int r1808 = int(0xfu);
            const int r1809 = r1807 + r1808;
            const int r1810 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r1811 = r1809 < r1810;
            const int r1813 = r1810 - r1809;
            const int r1814 = int(0x0u);
            const int r1815 = r1811 ? r1813 : r1814;
            const int r1816 = int(0xdu);
            const int r1817 = r1816 + r1815;
            const int r1818 = int(0x19u);
            // kernels/legal.k:LINE
            const int r1819 = min(r1817, r1818);
            const uint r1887 = uint(r1819);
            const uint r1821 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r1822 = r1798 & r1821;
            const uint r1823 = 0x800000u;
            const uint r1824 = r1822 | r1823;
            // kernels/legal.k:LINE
            const uint r1889 = r1887 & r1799;
            const uint r1825 = r1824 >> int(r1889);
            const uint r1826 = 0x1u;
            // kernels/legal.k:LINE
            const uint r1827 = r1826 << int(r1889);
            const uint r1829 = r1827 - r1826;
            const uint r1830 = r1824 & r1829;
            // kernels/legal.k:LINE
            const uint r1832 = r1887 - r1826;
            const uint r1893 = r1832 & r1799;
            const uint r1834 = r1826 << int(r1893);
            // kernels/legal.k:LINE
            const bool r1835 = r1830 > r1834;
            const bool r1836 = r1830 == r1834;
            const uint r1838 = r1825 & r1826;
            const uint r1839 = 0x0u;
            const bool r1840 = r1838 != r1839;
            const bool r1841 = r1836 && r1840;
            const bool r1842 = r1835 || r1841;
            const uint r1845 = r1842 ? r1826 : r1839;
            // kernels/legal.k:LINE
            const int r1847 = max(r1809, r1810);
            const int r1849 = r1847 - r1810;
            const uint r1894 = uint(r1849);
            const uint r1851 = 0xau;
            const uint r1852 = r1894 << int(r1851);
            const uint r1853 = r1852 + r1825;
            const uint r1854 = r1853 + r1845;
            const uint r1855 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r1856 = r1802 | r1855;
            const uint r1857 = 0xdu;
            const uint r1858 = r1798 >> int(r1857);
            const uint r1859 = 0x3ffu;
            const uint r1860 = r1858 & r1859;
            const uint r1861 = r1856 | r1860;
            const uint r1862 = 0x7bffu;
            const uint r1864 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r1865 = r1802 | r1864;
            // kernels/legal.k:LINE
            const bool r1868 = r1854 != r1839;
            const bool r1869 = true;
            const bool r1870 = r1868 || r1869;
            const uint r1871 = r1802 | r1854;
            const uint r1873 = r1870 ? r1871 : r1839;
            const uint r1874 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r1875 = r1798 > r1874;
            const bool r1877 = r1854 > r1862;
            const uint r1878 = r1877 ? r1865 : r1873;
            const uint r1879 = r1875 ? r1861 : r1878;
            // kernels/contract.k:LINE
            const uint r1899 = uint(r1879) & 0xffffu;
            R_u16(m3 + uint64_t(r41 * m3_s0 + r60 * m3_s1) * 2ul).v = uint16_t(r1899);
        }
        if (r100) {
            // kernels/legal.k:LINE
            const uint r1901 = floatBitsToUint(r99);
            const uint r1902 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r1903 = r1901 & r1902;
            const uint r1904 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r1905 = r1901 >> int(r1904);
            const uint r1906 = 0xfu;
            const uint r1907 = r1905 << int(r1906);
            const uint r1908 = 0x17u;
            // kernels/legal.k:LINE
            const uint r1909 = r1903 >> int(r1908);
            const int r1991 = int(r1909);
            const int r1911 = int(0x7fu);
            const int r1912 = r1991 - r1911;
            const int r1913 = int(0xfu);
            const int r1914 = r1912 + r1913;
            const int r1915 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r1916 = r1914 < r1915;
            const int r1918 = r1915 - r1914;
            const int r1919 = int(0x0u);
            const int r1920 = r1916 ? r1918 : r1919;
            const int r1921 = int(0xdu);
            const int r1922 = r1921 + r1920;
            const int r1923 = int(0x19u);
            // kernels/legal.k:LINE
            const int r1924 = min(r1922, r1923);
            const uint r1992 = uint(r1924);
            const uint r1926 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r1927 = r1903 & r1926;
            const uint r1928 = 0x800000u;
            const uint r1929 = r1927 | r1928;
            // kernels/legal.k:LINE
            const uint r1994 = r1992 & r1904;
            const uint r1930 = r1929 >> int(r1994);
            const uint r1931 = 0x1u;
            // kernels/legal.k:LINE
            const uint r1932 = r1931 << int(r1994);
            const uint r1934 = r1932 - r1931;
            const uint r1935 = r1929 & r1934;
            // kernels/legal.k:LINE
            const uint r1937 = r1992 - r1931;
            const uint r1998 = r1937 & r1904;
            const uint r1939 = r1931 << int(r1998);
            // kernels/legal.k:LINE
            const bool r1940 = r1935 > r1939;
            const bool r1941 = r1935 == r1939;
            const uint r1943 = r1930 & r1931;
            const uint r1944 = 0x0u;
            const bool r1945 = r1943 != r1944;
            const bool r1946 = r1941 && r1945;
            const bool r1947 = r1940 || r1946;
            const uint r1950 = r1947 ? r1931 : r1944;
            // kernels/legal.k:LINE
            const int r1952 = max(r1914, r1915);
            const int r1954 = r1952 - r1915;
            const uint r1999 = uint(r1954);
            const uint r1956 = 0xau;
            const uint r1957 = r1999 << int(r1956);
            const uint r1958 = r1957 + r1930;
            const uint r1959 = r1958 + r1950;
            const uint r1960 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r1961 = r1907 | r1960;
            const uint r1962 = 0xdu;
            const uint r1963 = r1903 >> int(r1962);
            const uint r1964 = 0x3ffu;
            const uint r1965 = r1963 & r1964;
            const uint r1966 = r1961 | r1965;
            const uint r1967 = 0x7bffu;
            const uint r1969 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r1970 = r1907 | r1969;
            // kernels/legal.k:LINE
            const bool r1973 = r1959 != r1944;
            const bool r1974 = true;
            const bool r1975 = r1973 || r1974;
            const uint r1976 = r1907 | r1959;
            const uint r1978 = r1975 ? r1976 : r1944;
            const uint r1979 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r1980 = r1903 > r1979;
            const bool r1982 = r1959 > r1967;
            const uint r1983 = r1982 ? r1970 : r1978;
            const uint r1984 = r1980 ? r1966 : r1983;
            // kernels/contract.k:LINE
            const uint r2004 = uint(r1984) & 0xffffu;
            R_u16(m3 + uint64_t(r41 * m3_s0 + r65 * m3_s1) * 2ul).v = uint16_t(r2004);
        }
        if (r104) {
            // kernels/legal.k:LINE
            const uint r2006 = floatBitsToUint(r103);
            const uint r2007 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2008 = r2006 & r2007;
            const uint r2009 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2010 = r2006 >> int(r2009);
            const uint r2011 = 0xfu;
            const uint r2012 = r2010 << int(r2011);
            const uint r2013 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2014 = r2008 >> int(r2013);
            const int r2096 = int(r2014);
            const int r2016 = int(0x7fu);
            const int r2017 = r2096 - r2016;
            const int r2018 = int(0xfu);
            const int r2019 = r2017 + r2018;
            const int r2020 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2021 = r2019 < r2020;
            const int r2023 = r2020 - r2019;
            const int r2024 = int(0x0u);
            const int r2025 = r2021 ? r2023 : r2024;
            const int r2026 = int(0xdu);
            const int r2027 = r2026 + r2025;
            const int r2028 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2029 = min(r2027, r2028);
            const uint r2097 = uint(r2029);
            const uint r2031 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2032 = r2008 & r2031;
            const uint r2033 = 0x800000u;
            const uint r2034 = r2032 | r2033;
            // kernels/legal.k:LINE
            const uint r2099 = r2097 & r2009;
            const uint r2035 = r2034 >> int(r2099);
            const uint r2036 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2037 = r2036 << int(r2099);
            const uint r2039 = r2037 - r2036;
            const uint r2040 = r2034 & r2039;
            // kernels/legal.k:LINE
            const uint r2042 = r2097 - r2036;
            const uint r2103 = r2042 & r2009;
            const uint r2044 = r2036 << int(r2103);
            // kernels/legal.k:LINE
            const bool r2045 = r2040 > r2044;
            const bool r2046 = r2040 == r2044;
            const uint r2048 = r2035 & r2036;
            const uint r2049 = 0x0u;
            const bool r2050 = r2048 != r2049;
            const bool r2051 = r2046 && r2050;
            const bool r2052 = r2045 || r2051;
            const uint r2055 = r2052 ? r2036 : r2049;
            // kernels/legal.k:LINE
            const int r2057 = max(r2019, r2020);
            const int r2059 = r2057 - r2020;
            const uint r2104 = uint(r2059);
            const uint r2061 = 0xau;
            const uint r2062 = r2104 << int(r2061);
            const uint r2063 = r2062 + r2035;
            const uint r2064 = r2063 + r2055;
            const uint r2065 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r2066 = r2012 | r2065;
            const uint r2067 = 0xdu;
            const uint r2068 = r2008 >> int(r2067);
            const uint r2069 = 0x3ffu;
            const uint r2070 = r2068 & r2069;
            const uint r2071 = r2066 | r2070;
            const uint r2072 = 0x7bffu;
            const uint r2074 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r2075 = r2012 | r2074;
            // kernels/legal.k:LINE
            const bool r2078 = r2064 != r2049;
            const bool r2079 = true;
            const bool r2080 = r2078 || r2079;
            const uint r2081 = r2012 | r2064;
            const uint r2083 = r2080 ? r2081 : r2049;
            const uint r2084 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r2085 = r2008 > r2084;
            const bool r2087 = r2064 > r2072;
            const uint r2088 = r2087 ? r2075 : r2083;
            const uint r2089 = r2085 ? r2071 : r2088;
            // kernels/contract.k:LINE
            const uint r2109 = uint(r2089) & 0xffffu;
            R_u16(m3 + uint64_t(r41 * m3_s0 + r70 * m3_s1) * 2ul).v = uint16_t(r2109);
        }
        if (r108) {
            // kernels/legal.k:LINE
            const uint r2111 = floatBitsToUint(r107);
            const uint r2112 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2113 = r2111 & r2112;
            const uint r2114 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2115 = r2111 >> int(r2114);
            const uint r2116 = 0xfu;
            const uint r2117 = r2115 << int(r2116);
            const uint r2118 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2119 = r2113 >> int(r2118);
            const int r2201 = int(r2119);
            const int r2121 = int(0x7fu);
            const int r2122 = r2201 - r2121;
            const int r2123 = int(0xfu);
            const int r2124 = r2122 + r2123;
            const int r2125 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2126 = r2124 < r2125;
            const int r2128 = r2125 - r2124;
            const int r2129 = int(0x0u);
            const int r2130 = r2126 ? r2128 : r2129;
            const int r2131 = int(0xdu);
            const int r2132 = r2131 + r2130;
            const int r2133 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2134 = min(r2132, r2133);
            const uint r2202 = uint(r2134);
            const uint r2136 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2137 = r2113 & r2136;
            const uint r2138 = 0x800000u;
            const uint r2139 = r2137 | r2138;
            // kernels/legal.k:LINE
            const uint r2204 = r2202 & r2114;
            const uint r2140 = r2139 >> int(r2204);
            const uint r2141 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2142 = r2141 << int(r2204);
            const uint r2144 = r2142 - r2141;
            const uint r2145 = r2139 & r2144;
            // kernels/legal.k:LINE
            const uint r2147 = r2202 - r2141;
            const uint r2208 = r2147 & r2114;
            const uint r2149 = r2141 << int(r2208);
            // kernels/legal.k:LINE
            const bool r2150 = r2145 > r2149;
            const bool r2151 = r2145 == r2149;
            const uint r2153 = r2140 & r2141;
            const uint r2154 = 0x0u;
            const bool r2155 = r2153 != r2154;
            const bool r2156 = r2151 && r2155;
            const bool r2157 = r2150 || r2156;
            const uint r2160 = r2157 ? r2141 : r2154;
            // kernels/legal.k:LINE
            const int r2162 = max(r2124, r2125);
            const int r2164 = r2162 - r2125;
            const uint r2209 = uint(r2164);
            const uint r2166 = 0xau;
            const uint r2167 = r2209 << int(r2166);
            const uint r2168 = r2167 + r2140;
            const uint r2169 = r2168 + r2160;
            const uint r2170 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r2171 = r2117 | r2170;
            const uint r2172 = 0xdu;
            const uint r2173 = r2113 >> int(r2172);
            const uint r2174 = 0x3ffu;
            const uint r2175 = r2173 & r2174;
            const uint r2176 = r2171 | r2175;
            const uint r2177 = 0x7bffu;
            const uint r2179 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r2180 = r2117 | r2179;
            // kernels/legal.k:LINE
            const bool r2183 = r2169 != r2154;
            const bool r2184 = true;
            const bool r2185 = r2183 || r2184;
            const uint r2186 = r2117 | r2169;
            const uint r2188 = r2185 ? r2186 : r2154;
            const uint r2189 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r2190 = r2113 > r2189;
            const bool r2192 = r2169 > r2177;
            const uint r2193 = r2192 ? r2180 : r2188;
            const uint r2194 = r2190 ? r2176 : r2193;
            // kernels/contract.k:LINE
            const uint r2214 = uint(r2194) & 0xffffu;
            R_u16(m3 + uint64_t(r41 * m3_s0 + r75 * m3_s1) * 2ul).v = uint16_t(r2214);
        }
        if (r112) {
            // kernels/legal.k:LINE
            const uint r2216 = floatBitsToUint(r111);
            const uint r2217 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2218 = r2216 & r2217;
            const uint r2219 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2220 = r2216 >> int(r2219);
            const uint r2221 = 0xfu;
            const uint r2222 = r2220 << int(r2221);
            const uint r2223 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2224 = r2218 >> int(r2223);
            const int r2306 = int(r2224);
            const int r2226 = int(0x7fu);
            const int r2227 = r2306 - r2226;
            const int r2228 = int(0xfu);
            const int r2229 = r2227 + r2228;
            const int r2230 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2231 = r2229 < r2230;
            const int r2233 = r2230 - r2229;
            const int r2234 = int(0x0u);
            const int r2235 = r2231 ? r2233 : r2234;
            const int r2236 = int(0xdu);
            const int r2237 = r2236 + r2235;
            const int r2238 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2239 = min(r2237, r2238);
            const uint r2307 = uint(r2239);
            const uint r2241 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2242 = r2218 & r2241;
            const uint r2243 = 0x800000u;
            const uint r2244 = r2242 | r2243;
            // kernels/legal.k:LINE
            const uint r2309 = r2307 & r2219;
            const uint r2245 = r2244 >> int(r2309);
            const uint r2246 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2247 = r2246 << int(r2309);
            const uint r2249 = r2247 - r2246;
            const uint r2250 = r2244 & r2249;
            // kernels/legal.k:LINE
            const uint r2252 = r2307 - r2246;
            const uint r2313 = r2252 & r2219;
            const uint r2254 = r2246 << int(r2313);
            // kernels/legal.k:LINE
            const bool r2255 = r2250 > r2254;
            const bool r2256 = r2250 == r2254;
            const uint r2258 = r2245 & r2246;
            const uint r2259 = 0x0u;
            const bool r2260 = r2258 != r2259;
            const bool r2261 = r2256 && r2260;
            const bool r2262 = r2255 || r2261;
            const uint r2265 = r2262 ? r2246 : r2259;
            // kernels/legal.k:LINE
            const int r2267 = max(r2229, r2230);
            const int r2269 = r2267 - r2230;
            const uint r2314 = uint(r2269);
            const uint r2271 = 0xau;
            const uint r2272 = r2314 << int(r2271);
            const uint r2273 = r2272 + r2245;
            const uint r2274 = r2273 + r2265;
            const uint r2275 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r2276 = r2222 | r2275;
            const uint r2277 = 0xdu;
            const uint r2278 = r2218 >> int(r2277);
            const uint r2279 = 0x3ffu;
            const uint r2280 = r2278 & r2279;
            const uint r2281 = r2276 | r2280;
            const uint r2282 = 0x7bffu;
            const uint r2284 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r2285 = r2222 | r2284;
            // kernels/legal.k:LINE
            const bool r2288 = r2274 != r2259;
            const bool r2289 = true;
            const bool r2290 = r2288 || r2289;
            const uint r2291 = r2222 | r2274;
            const uint r2293 = r2290 ? r2291 : r2259;
            const uint r2294 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r2295 = r2218 > r2294;
            const bool r2297 = r2274 > r2282;
            const uint r2298 = r2297 ? r2285 : r2293;
            const uint r2299 = r2295 ? r2281 : r2298;
            // kernels/contract.k:LINE
            const uint r2319 = uint(r2299) & 0xffffu;
            R_u16(m3 + uint64_t(r48 * m3_s0 + r60 * m3_s1) * 2ul).v = uint16_t(r2319);
        }
        if (r116) {
            // kernels/legal.k:LINE
            const uint r2321 = floatBitsToUint(r115);
            const uint r2322 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2323 = r2321 & r2322;
            const uint r2324 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2325 = r2321 >> int(r2324);
            const uint r2326 = 0xfu;
            const uint r2327 = r2325 << int(r2326);
            const uint r2328 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2329 = r2323 >> int(r2328);
            const int r2411 = int(r2329);
            const int r2331 = int(0x7fu);
            const int r2332 = r2411 - r2331;
            const int r2333 = int(0xfu);
            const int r2334 = r2332 + r2333;
            const int r2335 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2336 = r2334 < r2335;
            const int r2338 = r2335 - r2334;
            const int r2339 = int(0x0u);
            const int r2340 = r2336 ? r2338 : r2339;
            const int r2341 = int(0xdu);
            const int r2342 = r2341 + r2340;
            const int r2343 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2344 = min(r2342, r2343);
            const uint r2412 = uint(r2344);
            const uint r2346 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2347 = r2323 & r2346;
            const uint r2348 = 0x800000u;
            const uint r2349 = r2347 | r2348;
            // kernels/legal.k:LINE
            const uint r2414 = r2412 & r2324;
            const uint r2350 = r2349 >> int(r2414);
            const uint r2351 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2352 = r2351 << int(r2414);
            const uint r2354 = r2352 - r2351;
            const uint r2355 = r2349 & r2354;
            // kernels/legal.k:LINE
            const uint r2357 = r2412 - r2351;
            const uint r2418 = r2357 & r2324;
            const uint r2359 = r2351 << int(r2418);
            // kernels/legal.k:LINE
            const bool r2360 = r2355 > r2359;
            const bool r2361 = r2355 == r2359;
            const uint r2363 = r2350 & r2351;
            const uint r2364 = 0x0u;
            const bool r2365 = r2363 != r2364;
            const bool r2366 = r2361 && r2365;
            const bool r2367 = r2360 || r2366;
            const uint r2370 = r2367 ? r2351 : r2364;
            // kernels/legal.k:LINE
            const int r2372 = max(r2334, r2335);
            const int r2374 = r2372 - r2335;
            const uint r2419 = uint(r2374);
            const uint r2376 = 0xau;
            const uint r2377 = r2419 << int(r2376);
            const uint r2378 = r2377 + r2350;
            const uint r2379 = r2378 + r2370;
            const uint r2380 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r2381 = r2327 | r2380;
            const uint r2382 = 0xdu;
            const uint r2383 = r2323 >> int(r2382);
            const uint r2384 = 0x3ffu;
            const uint r2385 = r2383 & r2384;
            const uint r2386 = r2381 | r2385;
            const uint r2387 = 0x7bffu;
            const uint r2389 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r2390 = r2327 | r2389;
            // kernels/legal.k:LINE
            const bool r2393 = r2379 != r2364;
            const bool r2394 = true;
            const bool r2395 = r2393 || r2394;
            const uint r2396 = r2327 | r2379;
            const uint r2398 = r2395 ? r2396 : r2364;
            const uint r2399 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r2400 = r2323 > r2399;
            const bool r2402 = r2379 > r2387;
            const uint r2403 = r2402 ? r2390 : r2398;
            const uint r2404 = r2400 ? r2386 : r2403;
            // kernels/contract.k:LINE
            const uint r2424 = uint(r2404) & 0xffffu;
            R_u16(m3 + uint64_t(r48 * m3_s0 + r65 * m3_s1) * 2ul).v = uint16_t(r2424);
        }
        if (r120) {
            // kernels/legal.k:LINE
            const uint r2426 = floatBitsToUint(r119);
            const uint r2427 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2428 = r2426 & r2427;
            const uint r2429 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2430 = r2426 >> int(r2429);
            const uint r2431 = 0xfu;
            const uint r2432 = r2430 << int(r2431);
            const uint r2433 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2434 = r2428 >> int(r2433);
            const int r2516 = int(r2434);
            const int r2436 = int(0x7fu);
            const int r2437 = r2516 - r2436;
            const int r2438 = int(0xfu);
            const int r2439 = r2437 + r2438;
            const int r2440 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2441 = r2439 < r2440;
            const int r2443 = r2440 - r2439;
            const int r2444 = int(0x0u);
            const int r2445 = r2441 ? r2443 : r2444;
            const int r2446 = int(0xdu);
            const int r2447 = r2446 + r2445;
            const int r2448 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2449 = min(r2447, r2448);
            const uint r2517 = uint(r2449);
            const uint r2451 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2452 = r2428 & r2451;
            const uint r2453 = 0x800000u;
            const uint r2454 = r2452 | r2453;
            // kernels/legal.k:LINE
            const uint r2519 = r2517 & r2429;
            const uint r2455 = r2454 >> int(r2519);
            const uint r2456 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2457 = r2456 << int(r2519);
            const uint r2459 = r2457 - r2456;
            const uint r2460 = r2454 & r2459;
            // kernels/legal.k:LINE
            const uint r2462 = r2517 - r2456;
            const uint r2523 = r2462 & r2429;
            const uint r2464 = r2456 << int(r2523);
            // kernels/legal.k:LINE
            const bool r2465 = r2460 > r2464;
            const bool r2466 = r2460 == r2464;
            const uint r2468 = r2455 & r2456;
            const uint r2469 = 0x0u;
            const bool r2470 = r2468 != r2469;
            const bool r2471 = r2466 && r2470;
            const bool r2472 = r2465 || r2471;
            const uint r2475 = r2472 ? r2456 : r2469;
            // kernels/legal.k:LINE
            const int r2477 = max(r2439, r2440);
            const int r2479 = r2477 - r2440;
            const uint r2524 = uint(r2479);
            const uint r2481 = 0xau;
            const uint r2482 = r2524 << int(r2481);
            const uint r2483 = r2482 + r2455;
            const uint r2484 = r2483 + r2475;
            const uint r2485 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r2486 = r2432 | r2485;
            const uint r2487 = 0xdu;
            const uint r2488 = r2428 >> int(r2487);
            const uint r2489 = 0x3ffu;
            const uint r2490 = r2488 & r2489;
            const uint r2491 = r2486 | r2490;
            const uint r2492 = 0x7bffu;
            const uint r2494 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r2495 = r2432 | r2494;
            // kernels/legal.k:LINE
            const bool r2498 = r2484 != r2469;
            const bool r2499 = true;
            const bool r2500 = r2498 || r2499;
            const uint r2501 = r2432 | r2484;
            const uint r2503 = r2500 ? r2501 : r2469;
            const uint r2504 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r2505 = r2428 > r2504;
            const bool r2507 = r2484 > r2492;
            const uint r2508 = r2507 ? r2495 : r2503;
            const uint r2509 = r2505 ? r2491 : r2508;
            // kernels/contract.k:LINE
            const uint r2529 = uint(r2509) & 0xffffu;
            R_u16(m3 + uint64_t(r48 * m3_s0 + r70 * m3_s1) * 2ul).v = uint16_t(r2529);
        }
        if (r124) {
            // kernels/legal.k:LINE
            const uint r2531 = floatBitsToUint(r123);
            const uint r2532 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2533 = r2531 & r2532;
            const uint r2534 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2535 = r2531 >> int(r2534);
            const uint r2536 = 0xfu;
            const uint r2537 = r2535 << int(r2536);
            const uint r2538 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2539 = r2533 >> int(r2538);
            const int r2621 = int(r2539);
            const int r2541 = int(0x7fu);
            const int r2542 = r2621 - r2541;
            const int r2543 = int(0xfu);
            const int r2544 = r2542 + r2543;
            const int r2545 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2546 = r2544 < r2545;
            const int r2548 = r2545 - r2544;
            const int r2549 = int(0x0u);
            const int r2550 = r2546 ? r2548 : r2549;
            const int r2551 = int(0xdu);
            const int r2552 = r2551 + r2550;
            const int r2553 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2554 = min(r2552, r2553);
            const uint r2622 = uint(r2554);
            const uint r2556 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2557 = r2533 & r2556;
            const uint r2558 = 0x800000u;
            const uint r2559 = r2557 | r2558;
            // kernels/legal.k:LINE
            const uint r2624 = r2622 & r2534;
            const uint r2560 = r2559 >> int(r2624);
            const uint r2561 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2562 = r2561 << int(r2624);
            const uint r2564 = r2562 - r2561;
            const uint r2565 = r2559 & r2564;
            // kernels/legal.k:LINE
            const uint r2567 = r2622 - r2561;
            const uint r2628 = r2567 & r2534;
            const uint r2569 = r2561 << int(r2628);
            // kernels/legal.k:LINE
            const bool r2570 = r2565 > r2569;
            const bool r2571 = r2565 == r2569;
            const uint r2573 = r2560 & r2561;
            const uint r2574 = 0x0u;
            const bool r2575 = r2573 != r2574;
            const bool r2576 = r2571 && r2575;
            const bool r2577 = r2570 || r2576;
            const uint r2580 = r2577 ? r2561 : r2574;
            // kernels/legal.k:LINE
            const int r2582 = max(r2544, r2545);
            const int r2584 = r2582 - r2545;
            const uint r2629 = uint(r2584);
            const uint r2586 = 0xau;
            const uint r2587 = r2629 << int(r2586);
            const uint r2588 = r2587 + r2560;
            const uint r2589 = r2588 + r2580;
            const uint r2590 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r2591 = r2537 | r2590;
            const uint r2592 = 0xdu;
            const uint r2593 = r2533 >> int(r2592);
            const uint r2594 = 0x3ffu;
            const uint r2595 = r2593 & r2594;
            const uint r2596 = r2591 | r2595;
            const uint r2597 = 0x7bffu;
            const uint r2599 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r2600 = r2537 | r2599;
            // kernels/legal.k:LINE
            const bool r2603 = r2589 != r2574;
            const bool r2604 = true;
            const bool r2605 = r2603 || r2604;
            const uint r2606 = r2537 | r2589;
            const uint r2608 = r2605 ? r2606 : r2574;
            const uint r2609 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r2610 = r2533 > r2609;
            const bool r2612 = r2589 > r2597;
            const uint r2613 = r2612 ? r2600 : r2608;
            const uint r2614 = r2610 ? r2596 : r2613;
            // kernels/contract.k:LINE
            const uint r2634 = uint(r2614) & 0xffffu;
            R_u16(m3 + uint64_t(r48 * m3_s0 + r75 * m3_s1) * 2ul).v = uint16_t(r2634);
        }
        if (r128) {
            // kernels/legal.k:LINE
            const uint r2636 = floatBitsToUint(r127);
            const uint r2637 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2638 = r2636 & r2637;
            const uint r2639 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2640 = r2636 >> int(r2639);
            const uint r2641 = 0xfu;
            const uint r2642 = r2640 << int(r2641);
            const uint r2643 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2644 = r2638 >> int(r2643);
            const int r2726 = int(r2644);
            const int r2646 = int(0x7fu);
            const int r2647 = r2726 - r2646;
            const int r2648 = int(0xfu);
            const int r2649 = r2647 + r2648;
            const int r2650 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2651 = r2649 < r2650;
            const int r2653 = r2650 - r2649;
            const int r2654 = int(0x0u);
            const int r2655 = r2651 ? r2653 : r2654;
            const int r2656 = int(0xdu);
            const int r2657 = r2656 + r2655;
            const int r2658 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2659 = min(r2657, r2658);
            const uint r2727 = uint(r2659);
            const uint r2661 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2662 = r2638 & r2661;
            const uint r2663 = 0x800000u;
            const uint r2664 = r2662 | r2663;
            // kernels/legal.k:LINE
            const uint r2729 = r2727 & r2639;
            const uint r2665 = r2664 >> int(r2729);
            const uint r2666 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2667 = r2666 << int(r2729);
            const uint r2669 = r2667 - r2666;
            const uint r2670 = r2664 & r2669;
            // kernels/legal.k:LINE
            const uint r2672 = r2727 - r2666;
            const uint r2733 = r2672 & r2639;
            const uint r2674 = r2666 << int(r2733);
            // kernels/legal.k:LINE
            const bool r2675 = r2670 > r2674;
            const bool r2676 = r2670 == r2674;
            const uint r2678 = r2665 & r2666;
            const uint r2679 = 0x0u;
            const bool r2680 = r2678 != r2679;
            const bool r2681 = r2676 && r2680;
            const bool r2682 = r2675 || r2681;
            const uint r2685 = r2682 ? r2666 : r2679;
            // kernels/legal.k:LINE
            const int r2687 = max(r2649, r2650);
            const int r2689 = r2687 - r2650;
            const uint r2734 = uint(r2689);
            const uint r2691 = 0xau;
            const uint r2692 = r2734 << int(r2691);
            const uint r2693 = r2692 + r2665;
            const uint r2694 = r2693 + r2685;
            const uint r2695 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r2696 = r2642 | r2695;
            const uint r2697 = 0xdu;
            const uint r2698 = r2638 >> int(r2697);
            const uint r2699 = 0x3ffu;
            const uint r2700 = r2698 & r2699;
            const uint r2701 = r2696 | r2700;
            const uint r2702 = 0x7bffu;
            const uint r2704 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r2705 = r2642 | r2704;
            // kernels/legal.k:LINE
            const bool r2708 = r2694 != r2679;
            const bool r2709 = true;
            const bool r2710 = r2708 || r2709;
            const uint r2711 = r2642 | r2694;
            const uint r2713 = r2710 ? r2711 : r2679;
            const uint r2714 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r2715 = r2638 > r2714;
            const bool r2717 = r2694 > r2702;
            const uint r2718 = r2717 ? r2705 : r2713;
            const uint r2719 = r2715 ? r2701 : r2718;
            // kernels/contract.k:LINE
            const uint r2739 = uint(r2719) & 0xffffu;
            R_u16(m3 + uint64_t(r55 * m3_s0 + r60 * m3_s1) * 2ul).v = uint16_t(r2739);
        }
        if (r132) {
            // kernels/legal.k:LINE
            const uint r2741 = floatBitsToUint(r131);
            const uint r2742 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2743 = r2741 & r2742;
            const uint r2744 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2745 = r2741 >> int(r2744);
            const uint r2746 = 0xfu;
            const uint r2747 = r2745 << int(r2746);
            const uint r2748 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2749 = r2743 >> int(r2748);
            const int r2831 = int(r2749);
            const int r2751 = int(0x7fu);
            const int r2752 = r2831 - r2751;
            const int r2753 = int(0xfu);
            const int r2754 = r2752 + r2753;
            const int r2755 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2756 = r2754 < r2755;
            const int r2758 = r2755 - r2754;
            const int r2759 = int(0x0u);
            const int r2760 = r2756 ? r2758 : r2759;
            const int r2761 = int(0xdu);
            const int r2762 = r2761 + r2760;
            const int r2763 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2764 = min(r2762, r2763);
            const uint r2832 = uint(r2764);
            const uint r2766 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2767 = r2743 & r2766;
            const uint r2768 = 0x800000u;
            const uint r2769 = r2767 | r2768;
            // kernels/legal.k:LINE
            const uint r2834 = r2832 & r2744;
            const uint r2770 = r2769 >> int(r2834);
            const uint r2771 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2772 = r2771 << int(r2834);
            const uint r2774 = r2772 - r2771;
            const uint r2775 = r2769 & r2774;
            // kernels/legal.k:LINE
            const uint r2777 = r2832 - r2771;
            const uint r2838 = r2777 & r2744;
            const uint r2779 = r2771 << int(r2838);
            // kernels/legal.k:LINE
            const bool r2780 = r2775 > r2779;
            const bool r2781 = r2775 == r2779;
            const uint r2783 = r2770 & r2771;
            const uint r2784 = 0x0u;
            const bool r2785 = r2783 != r2784;
            const bool r2786 = r2781 && r2785;
            const bool r2787 = r2780 || r2786;
            const uint r2790 = r2787 ? r2771 : r2784;
            // kernels/legal.k:LINE
            const int r2792 = max(r2754, r2755);
            const int r2794 = r2792 - r2755;
            const uint r2839 = uint(r2794);
            const uint r2796 = 0xau;
            const uint r2797 = r2839 << int(r2796);
            const uint r2798 = r2797 + r2770;
            const uint r2799 = r2798 + r2790;
            const uint r2800 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r2801 = r2747 | r2800;
            const uint r2802 = 0xdu;
            const uint r2803 = r2743 >> int(r2802);
            const uint r2804 = 0x3ffu;
            const uint r2805 = r2803 & r2804;
            const uint r2806 = r2801 | r2805;
            const uint r2807 = 0x7bffu;
            const uint r2809 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r2810 = r2747 | r2809;
            // kernels/legal.k:LINE
            const bool r2813 = r2799 != r2784;
            const bool r2814 = true;
            const bool r2815 = r2813 || r2814;
            const uint r2816 = r2747 | r2799;
            const uint r2818 = r2815 ? r2816 : r2784;
            const uint r2819 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r2820 = r2743 > r2819;
            const bool r2822 = r2799 > r2807;
            const uint r2823 = r2822 ? r2810 : r2818;
            const uint r2824 = r2820 ? r2806 : r2823;
            // kernels/contract.k:LINE
            const uint r2844 = uint(r2824) & 0xffffu;
            R_u16(m3 + uint64_t(r55 * m3_s0 + r65 * m3_s1) * 2ul).v = uint16_t(r2844);
        }
        if (r136) {
            // kernels/legal.k:LINE
            const uint r2846 = floatBitsToUint(r135);
            const uint r2847 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2848 = r2846 & r2847;
            const uint r2849 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2850 = r2846 >> int(r2849);
            const uint r2851 = 0xfu;
            const uint r2852 = r2850 << int(r2851);
            const uint r2853 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2854 = r2848 >> int(r2853);
            const int r2936 = int(r2854);
            const int r2856 = int(0x7fu);
            const int r2857 = r2936 - r2856;
            const int r2858 = int(0xfu);
            const int r2859 = r2857 + r2858;
            const int r2860 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2861 = r2859 < r2860;
            const int r2863 = r2860 - r2859;
            const int r2864 = int(0x0u);
            const int r2865 = r2861 ? r2863 : r2864;
            const int r2866 = int(0xdu);
            const int r2867 = r2866 + r2865;
            const int r2868 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2869 = min(r2867, r2868);
            const uint r2937 = uint(r2869);
            const uint r2871 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2872 = r2848 & r2871;
            const uint r2873 = 0x800000u;
            const uint r2874 = r2872 | r2873;
            // kernels/legal.k:LINE
            const uint r2939 = r2937 & r2849;
            const uint r2875 = r2874 >> int(r2939);
            const uint r2876 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2877 = r2876 << int(r2939);
            const uint r2879 = r2877 - r2876;
            const uint r2880 = r2874 & r2879;
            // kernels/legal.k:LINE
            const uint r2882 = r2937 - r2876;
            const uint r2943 = r2882 & r2849;
            const uint r2884 = r2876 << int(r2943);
            // kernels/legal.k:LINE
            const bool r2885 = r2880 > r2884;
            const bool r2886 = r2880 == r2884;
            const uint r2888 = r2875 & r2876;
            const uint r2889 = 0x0u;
            const bool r2890 = r2888 != r2889;
            const bool r2891 = r2886 && r2890;
            const bool r2892 = r2885 || r2891;
            const uint r2895 = r2892 ? r2876 : r2889;
            // kernels/legal.k:LINE
            const int r2897 = max(r2859, r2860);
            const int r2899 = r2897 - r2860;
            const uint r2944 = uint(r2899);
            const uint r2901 = 0xau;
            const uint r2902 = r2944 << int(r2901);
            const uint r2903 = r2902 + r2875;
            const uint r2904 = r2903 + r2895;
            const uint r2905 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r2906 = r2852 | r2905;
            const uint r2907 = 0xdu;
            const uint r2908 = r2848 >> int(r2907);
            const uint r2909 = 0x3ffu;
            const uint r2910 = r2908 & r2909;
            const uint r2911 = r2906 | r2910;
            const uint r2912 = 0x7bffu;
            const uint r2914 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r2915 = r2852 | r2914;
            // kernels/legal.k:LINE
            const bool r2918 = r2904 != r2889;
            const bool r2919 = true;
            const bool r2920 = r2918 || r2919;
            const uint r2921 = r2852 | r2904;
            const uint r2923 = r2920 ? r2921 : r2889;
            const uint r2924 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r2925 = r2848 > r2924;
            const bool r2927 = r2904 > r2912;
            const uint r2928 = r2927 ? r2915 : r2923;
            const uint r2929 = r2925 ? r2911 : r2928;
            // kernels/contract.k:LINE
            const uint r2949 = uint(r2929) & 0xffffu;
            R_u16(m3 + uint64_t(r55 * m3_s0 + r70 * m3_s1) * 2ul).v = uint16_t(r2949);
        }
        if (r140) {
            // kernels/legal.k:LINE
            const uint r2951 = floatBitsToUint(r139);
            const uint r2952 = 0x7fffffffu;
            // kernels/legal.k:LINE
            const uint r2953 = r2951 & r2952;
            const uint r2954 = 0x1fu;
            // kernels/legal.k:LINE
            const uint r2955 = r2951 >> int(r2954);
            const uint r2956 = 0xfu;
            const uint r2957 = r2955 << int(r2956);
            const uint r2958 = 0x17u;
            // kernels/legal.k:LINE
            const uint r2959 = r2953 >> int(r2958);
            const int r3041 = int(r2959);
            const int r2961 = int(0x7fu);
            const int r2962 = r3041 - r2961;
            const int r2963 = int(0xfu);
            const int r2964 = r2962 + r2963;
            const int r2965 = int(0x1u);
            // kernels/legal.k:LINE
            const bool r2966 = r2964 < r2965;
            const int r2968 = r2965 - r2964;
            const int r2969 = int(0x0u);
            const int r2970 = r2966 ? r2968 : r2969;
            const int r2971 = int(0xdu);
            const int r2972 = r2971 + r2970;
            const int r2973 = int(0x19u);
            // kernels/legal.k:LINE
            const int r2974 = min(r2972, r2973);
            const uint r3042 = uint(r2974);
            const uint r2976 = 0x7fffffu;
            // kernels/legal.k:LINE
            const uint r2977 = r2953 & r2976;
            const uint r2978 = 0x800000u;
            const uint r2979 = r2977 | r2978;
            // kernels/legal.k:LINE
            const uint r3044 = r3042 & r2954;
            const uint r2980 = r2979 >> int(r3044);
            const uint r2981 = 0x1u;
            // kernels/legal.k:LINE
            const uint r2982 = r2981 << int(r3044);
            const uint r2984 = r2982 - r2981;
            const uint r2985 = r2979 & r2984;
            // kernels/legal.k:LINE
            const uint r2987 = r3042 - r2981;
            const uint r3048 = r2987 & r2954;
            const uint r2989 = r2981 << int(r3048);
            // kernels/legal.k:LINE
            const bool r2990 = r2985 > r2989;
            const bool r2991 = r2985 == r2989;
            const uint r2993 = r2980 & r2981;
            const uint r2994 = 0x0u;
            const bool r2995 = r2993 != r2994;
            const bool r2996 = r2991 && r2995;
            const bool r2997 = r2990 || r2996;
            const uint r3000 = r2997 ? r2981 : r2994;
            // kernels/legal.k:LINE
            const int r3002 = max(r2964, r2965);
            const int r3004 = r3002 - r2965;
            const uint r3049 = uint(r3004);
            const uint r3006 = 0xau;
            const uint r3007 = r3049 << int(r3006);
            const uint r3008 = r3007 + r2980;
            const uint r3009 = r3008 + r3000;
            const uint r3010 = 0x7e00u;
            // kernels/legal.k:LINE
            const uint r3011 = r2957 | r3010;
            const uint r3012 = 0xdu;
            const uint r3013 = r2953 >> int(r3012);
            const uint r3014 = 0x3ffu;
            const uint r3015 = r3013 & r3014;
            const uint r3016 = r3011 | r3015;
            const uint r3017 = 0x7bffu;
            const uint r3019 = 0x7c00u;
            // kernels/legal.k:LINE
            const uint r3020 = r2957 | r3019;
            // kernels/legal.k:LINE
            const bool r3023 = r3009 != r2994;
            const bool r3024 = true;
            const bool r3025 = r3023 || r3024;
            const uint r3026 = r2957 | r3009;
            const uint r3028 = r3025 ? r3026 : r2994;
            const uint r3029 = 0x7f800000u;
            // kernels/legal.k:LINE
            const bool r3030 = r2953 > r3029;
            const bool r3032 = r3009 > r3017;
            const uint r3033 = r3032 ? r3020 : r3028;
            const uint r3034 = r3030 ? r3016 : r3033;
            // kernels/contract.k:LINE
            const uint r3054 = uint(r3034) & 0xffffu;
            R_u16(m3 + uint64_t(r55 * m3_s0 + r75 * m3_s1) * 2ul).v = uint16_t(r3054);
        }
    }
}
