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
    const uint64_t m1 = uint64_t(words.w[8]);
    const uint64_t m2 = uint64_t(words.w[15]);
    const uint64_t m3 = uint64_t(words.w[22]);
    const int64_t m0_s0 = words.w[5];
    const int64_t m0_s1 = words.w[6];
    const int64_t m0_s2 = words.w[7];
    const int64_t m1_s0 = words.w[12];
    const int64_t m1_s1 = words.w[13];
    const int64_t m1_s2 = words.w[14];
    const int64_t m2_s0 = words.w[19];
    const int64_t m2_s1 = words.w[20];
    const int64_t m2_s2 = words.w[21];
    const int64_t m3_s0 = words.w[26];
    const int64_t m3_s1 = words.w[27];
    const int64_t m3_s2 = words.w[28];
    precise float r81 = float(zero);
    precise float r85 = float(zero);
    precise float r89 = float(zero);
    precise float r93 = float(zero);
    precise float r97 = float(zero);
    precise float r101 = float(zero);
    precise float r105 = float(zero);
    precise float r109 = float(zero);
    precise float r113 = float(zero);
    precise float r117 = float(zero);
    precise float r121 = float(zero);
    precise float r125 = float(zero);
    precise float r129 = float(zero);
    precise float r133 = float(zero);
    precise float r137 = float(zero);
    precise float r141 = float(zero);
    precise float r324 = float(zero);
    precise float r331 = float(zero);
    precise float r338 = float(zero);
    precise float r345 = float(zero);
    precise float r352 = float(zero);
    precise float r359 = float(zero);
    precise float r366 = float(zero);
    precise float r373 = float(zero);
    precise float r380 = float(zero);
    precise float r387 = float(zero);
    precise float r394 = float(zero);
    precise float r401 = float(zero);
    precise float r408 = float(zero);
    precise float r415 = float(zero);
    precise float r422 = float(zero);
    precise float r429 = float(zero);
    // kernels/contract.k:LINE
    const int64_t r1 = int64_t((words.w[29]));
    const int64_t r2 = int64_t((words.w[30]));
    const int64_t r3 = int64_t((words.w[31]));
    const int64_t r4 = int64_t((words.w[32]));
    const int64_t r5 = 0l;
    const int64_t r24 = 32l;
    if (item < items) {
        const int64_t n23 = (r2 - r5 + r24 - 1) / r24;
        const int64_t n25 = (r4 - r5 + r24 - 1) / r24;
        int64_t from = item;
        const int64_t r25 = r5 + (from % n25) * r24; from /= n25;
        const int64_t r23 = r5 + (from % n23) * r24; from /= n23;
        const int64_t r22 = r5 + from;
        const int64_t r27 = lid;
        const int64_t r28 = 8l;
        const int64_t r29 = r27 - r27 / r28 * r28;
        const int64_t r31 = r27 / r28;
        const int64_t r33 = 4l;
        const int64_t r34 = r31 * r33;
        const int64_t r36 = r23 + r34;
        const bool r38 = r36 < r2;
        const int64_t r39 = 1l;
        const int64_t r42 = r34 + r39;
        const int64_t r43 = r23 + r42;
        const bool r45 = r43 < r2;
        const int64_t r46 = 2l;
        const int64_t r49 = r34 + r46;
        const int64_t r50 = r23 + r49;
        const bool r52 = r50 < r2;
        const int64_t r53 = 3l;
        const int64_t r56 = r34 + r53;
        const int64_t r57 = r23 + r56;
        const bool r59 = r57 < r2;
        const int64_t r62 = r25 + r29;
        const bool r64 = r62 < r4;
        const int64_t r66 = r29 + r28;
        const int64_t r67 = r25 + r66;
        const bool r69 = r67 < r4;
        const int64_t r70 = 16l;
        const int64_t r71 = r29 + r70;
        const int64_t r72 = r25 + r71;
        const bool r74 = r72 < r4;
        const int64_t r75 = 24l;
        const int64_t r76 = r29 + r75;
        const int64_t r77 = r25 + r76;
        const bool r79 = r77 < r4;
        precise float r80 = uintBitsToFloat(zero);
        r81 = r80;
        const bool r82 = r38 && r64;
        if (r82) {
            precise float r83 = R_f32(m2 + uint64_t(r22 * m2_s0 + r36 * m2_s1 + r62 * m2_s2) * 4ul).v;
            r81 = r83;
        }
        r85 = r80;
        const bool r86 = r38 && r69;
        if (r86) {
            precise float r87 = R_f32(m2 + uint64_t(r22 * m2_s0 + r36 * m2_s1 + r67 * m2_s2) * 4ul).v;
            r85 = r87;
        }
        r89 = r80;
        const bool r90 = r38 && r74;
        if (r90) {
            precise float r91 = R_f32(m2 + uint64_t(r22 * m2_s0 + r36 * m2_s1 + r72 * m2_s2) * 4ul).v;
            r89 = r91;
        }
        r93 = r80;
        const bool r94 = r38 && r79;
        if (r94) {
            precise float r95 = R_f32(m2 + uint64_t(r22 * m2_s0 + r36 * m2_s1 + r77 * m2_s2) * 4ul).v;
            r93 = r95;
        }
        r97 = r80;
        const bool r98 = r45 && r64;
        if (r98) {
            precise float r99 = R_f32(m2 + uint64_t(r22 * m2_s0 + r43 * m2_s1 + r62 * m2_s2) * 4ul).v;
            r97 = r99;
        }
        r101 = r80;
        const bool r102 = r45 && r69;
        if (r102) {
            precise float r103 = R_f32(m2 + uint64_t(r22 * m2_s0 + r43 * m2_s1 + r67 * m2_s2) * 4ul).v;
            r101 = r103;
        }
        r105 = r80;
        const bool r106 = r45 && r74;
        if (r106) {
            precise float r107 = R_f32(m2 + uint64_t(r22 * m2_s0 + r43 * m2_s1 + r72 * m2_s2) * 4ul).v;
            r105 = r107;
        }
        r109 = r80;
        const bool r110 = r45 && r79;
        if (r110) {
            precise float r111 = R_f32(m2 + uint64_t(r22 * m2_s0 + r43 * m2_s1 + r77 * m2_s2) * 4ul).v;
            r109 = r111;
        }
        r113 = r80;
        const bool r114 = r52 && r64;
        if (r114) {
            precise float r115 = R_f32(m2 + uint64_t(r22 * m2_s0 + r50 * m2_s1 + r62 * m2_s2) * 4ul).v;
            r113 = r115;
        }
        r117 = r80;
        const bool r118 = r52 && r69;
        if (r118) {
            precise float r119 = R_f32(m2 + uint64_t(r22 * m2_s0 + r50 * m2_s1 + r67 * m2_s2) * 4ul).v;
            r117 = r119;
        }
        r121 = r80;
        const bool r122 = r52 && r74;
        if (r122) {
            precise float r123 = R_f32(m2 + uint64_t(r22 * m2_s0 + r50 * m2_s1 + r72 * m2_s2) * 4ul).v;
            r121 = r123;
        }
        r125 = r80;
        const bool r126 = r52 && r79;
        if (r126) {
            precise float r127 = R_f32(m2 + uint64_t(r22 * m2_s0 + r50 * m2_s1 + r77 * m2_s2) * 4ul).v;
            r125 = r127;
        }
        r129 = r80;
        const bool r130 = r59 && r64;
        if (r130) {
            precise float r131 = R_f32(m2 + uint64_t(r22 * m2_s0 + r57 * m2_s1 + r62 * m2_s2) * 4ul).v;
            r129 = r131;
        }
        r133 = r80;
        const bool r134 = r59 && r69;
        if (r134) {
            precise float r135 = R_f32(m2 + uint64_t(r22 * m2_s0 + r57 * m2_s1 + r67 * m2_s2) * 4ul).v;
            r133 = r135;
        }
        r137 = r80;
        const bool r138 = r59 && r74;
        if (r138) {
            precise float r139 = R_f32(m2 + uint64_t(r22 * m2_s0 + r57 * m2_s1 + r72 * m2_s2) * 4ul).v;
            r137 = r139;
        }
        r141 = r80;
        const bool r142 = r59 && r79;
        if (r142) {
            precise float r143 = R_f32(m2 + uint64_t(r22 * m2_s0 + r57 * m2_s1 + r77 * m2_s2) * 4ul).v;
            r141 = r143;
        }
        const int64_t r147 = r27 - r27 / r70 * r70;
        const int64_t r148 = r27 / r70;
        const int64_t r149 = r23 + r148;
        const bool r151 = r149 < r2;
        const int64_t r152 = 36l;
        const int64_t r153 = r147 * r152;
        const int64_t r154 = r153 + r148;
        const int64_t r155 = 64l;
        const int64_t r156 = r27 + r155;
        const int64_t r158 = r156 - r156 / r70 * r70;
        const int64_t r159 = r156 / r70;
        const int64_t r160 = r23 + r159;
        const bool r162 = r160 < r2;
        const int64_t r164 = r158 * r152;
        const int64_t r165 = r164 + r159;
        const int64_t r166 = 128l;
        const int64_t r167 = r27 + r166;
        const int64_t r169 = r167 - r167 / r70 * r70;
        const int64_t r170 = r167 / r70;
        const int64_t r171 = r23 + r170;
        const bool r173 = r171 < r2;
        const int64_t r175 = r169 * r152;
        const int64_t r176 = r175 + r170;
        const int64_t r177 = 192l;
        const int64_t r178 = r27 + r177;
        const int64_t r180 = r178 - r178 / r70 * r70;
        const int64_t r181 = r178 / r70;
        const int64_t r182 = r23 + r181;
        const bool r184 = r182 < r2;
        const int64_t r186 = r180 * r152;
        const int64_t r187 = r186 + r181;
        const int64_t r188 = 256l;
        const int64_t r189 = r27 + r188;
        const int64_t r191 = r189 - r189 / r70 * r70;
        const int64_t r192 = r189 / r70;
        const int64_t r193 = r23 + r192;
        const bool r195 = r193 < r2;
        const int64_t r197 = r191 * r152;
        const int64_t r198 = r197 + r192;
        const int64_t r199 = 320l;
        const int64_t r200 = r27 + r199;
        const int64_t r202 = r200 - r200 / r70 * r70;
        const int64_t r203 = r200 / r70;
        const int64_t r204 = r23 + r203;
        const bool r206 = r204 < r2;
        const int64_t r208 = r202 * r152;
        const int64_t r209 = r208 + r203;
        const int64_t r210 = 384l;
        const int64_t r211 = r27 + r210;
        const int64_t r213 = r211 - r211 / r70 * r70;
        const int64_t r214 = r211 / r70;
        const int64_t r215 = r23 + r214;
        const bool r217 = r215 < r2;
        const int64_t r219 = r213 * r152;
        const int64_t r220 = r219 + r214;
        const int64_t r221 = 448l;
        const int64_t r222 = r27 + r221;
        const int64_t r224 = r222 - r222 / r70 * r70;
        const int64_t r225 = r222 / r70;
        const int64_t r226 = r23 + r225;
        const bool r228 = r226 < r2;
        const int64_t r230 = r224 * r152;
        const int64_t r231 = r230 + r225;
        const int64_t r235 = r27 - r27 / r24 * r24;
        const int64_t r236 = r27 / r24;
        const int64_t r237 = r25 + r235;
        const bool r239 = r237 < r4;
        const int64_t r241 = r236 * r152;
        const int64_t r242 = r241 + r235;
        const int64_t r246 = r156 - r156 / r24 * r24;
        const int64_t r247 = r156 / r24;
        const int64_t r248 = r25 + r246;
        const bool r250 = r248 < r4;
        const int64_t r252 = r247 * r152;
        const int64_t r253 = r252 + r246;
        const int64_t r257 = r167 - r167 / r24 * r24;
        const int64_t r258 = r167 / r24;
        const int64_t r259 = r25 + r257;
        const bool r261 = r259 < r4;
        const int64_t r263 = r258 * r152;
        const int64_t r264 = r263 + r257;
        const int64_t r268 = r178 - r178 / r24 * r24;
        const int64_t r269 = r178 / r24;
        const int64_t r270 = r25 + r268;
        const bool r272 = r270 < r4;
        const int64_t r274 = r269 * r152;
        const int64_t r275 = r274 + r268;
        const int64_t r279 = r189 - r189 / r24 * r24;
        const int64_t r280 = r189 / r24;
        const int64_t r281 = r25 + r279;
        const bool r283 = r281 < r4;
        const int64_t r285 = r280 * r152;
        const int64_t r286 = r285 + r279;
        const int64_t r290 = r200 - r200 / r24 * r24;
        const int64_t r291 = r200 / r24;
        const int64_t r292 = r25 + r290;
        const bool r294 = r292 < r4;
        const int64_t r296 = r291 * r152;
        const int64_t r297 = r296 + r290;
        const int64_t r301 = r211 - r211 / r24 * r24;
        const int64_t r302 = r211 / r24;
        const int64_t r303 = r25 + r301;
        const bool r305 = r303 < r4;
        const int64_t r307 = r302 * r152;
        const int64_t r308 = r307 + r301;
        const int64_t r312 = r222 - r222 / r24 * r24;
        const int64_t r313 = r222 / r24;
        const int64_t r314 = r25 + r312;
        const bool r316 = r314 < r4;
        const int64_t r318 = r313 * r152;
        const int64_t r319 = r318 + r312;
        for (int64_t r322 = r5; r322 < r3; r322 += r70) {
            r324 = r80;
            const int64_t r325 = r322 + r147;
            const bool r326 = r325 < r3;
            const bool r327 = r151 && r326;
            if (r327) {
                precise float r329 = R_f32(m0 + uint64_t(r22 * m0_s0 + r149 * m0_s1 + r325 * m0_s2) * 4ul).v;
                r324 = r329;
            }
            m4[uint(r154)] = r324;
            r331 = r80;
            const int64_t r332 = r322 + r158;
            const bool r333 = r332 < r3;
            const bool r334 = r162 && r333;
            if (r334) {
                precise float r336 = R_f32(m0 + uint64_t(r22 * m0_s0 + r160 * m0_s1 + r332 * m0_s2) * 4ul).v;
                r331 = r336;
            }
            m4[uint(r165)] = r331;
            r338 = r80;
            const int64_t r339 = r322 + r169;
            const bool r340 = r339 < r3;
            const bool r341 = r173 && r340;
            if (r341) {
                precise float r343 = R_f32(m0 + uint64_t(r22 * m0_s0 + r171 * m0_s1 + r339 * m0_s2) * 4ul).v;
                r338 = r343;
            }
            m4[uint(r176)] = r338;
            r345 = r80;
            const int64_t r346 = r322 + r180;
            const bool r347 = r346 < r3;
            const bool r348 = r184 && r347;
            if (r348) {
                precise float r350 = R_f32(m0 + uint64_t(r22 * m0_s0 + r182 * m0_s1 + r346 * m0_s2) * 4ul).v;
                r345 = r350;
            }
            m4[uint(r187)] = r345;
            r352 = r80;
            const int64_t r353 = r322 + r191;
            const bool r354 = r353 < r3;
            const bool r355 = r195 && r354;
            if (r355) {
                precise float r357 = R_f32(m0 + uint64_t(r22 * m0_s0 + r193 * m0_s1 + r353 * m0_s2) * 4ul).v;
                r352 = r357;
            }
            m4[uint(r198)] = r352;
            r359 = r80;
            const int64_t r360 = r322 + r202;
            const bool r361 = r360 < r3;
            const bool r362 = r206 && r361;
            if (r362) {
                precise float r364 = R_f32(m0 + uint64_t(r22 * m0_s0 + r204 * m0_s1 + r360 * m0_s2) * 4ul).v;
                r359 = r364;
            }
            m4[uint(r209)] = r359;
            r366 = r80;
            const int64_t r367 = r322 + r213;
            const bool r368 = r367 < r3;
            const bool r369 = r217 && r368;
            if (r369) {
                precise float r371 = R_f32(m0 + uint64_t(r22 * m0_s0 + r215 * m0_s1 + r367 * m0_s2) * 4ul).v;
                r366 = r371;
            }
            m4[uint(r220)] = r366;
            r373 = r80;
            const int64_t r374 = r322 + r224;
            const bool r375 = r374 < r3;
            const bool r376 = r228 && r375;
            if (r376) {
                precise float r378 = R_f32(m0 + uint64_t(r22 * m0_s0 + r226 * m0_s1 + r374 * m0_s2) * 4ul).v;
                r373 = r378;
            }
            m4[uint(r231)] = r373;
            r380 = r80;
            const int64_t r381 = r322 + r236;
            const bool r382 = r381 < r3;
            const bool r383 = r239 && r382;
            if (r383) {
                precise float r385 = R_f32(m1 + uint64_t(r22 * m1_s0 + r381 * m1_s1 + r237 * m1_s2) * 4ul).v;
                r380 = r385;
            }
            m5[uint(r242)] = r380;
            r387 = r80;
            const int64_t r388 = r322 + r247;
            const bool r389 = r388 < r3;
            const bool r390 = r250 && r389;
            if (r390) {
                precise float r392 = R_f32(m1 + uint64_t(r22 * m1_s0 + r388 * m1_s1 + r248 * m1_s2) * 4ul).v;
                r387 = r392;
            }
            m5[uint(r253)] = r387;
            r394 = r80;
            const int64_t r395 = r322 + r258;
            const bool r396 = r395 < r3;
            const bool r397 = r261 && r396;
            if (r397) {
                precise float r399 = R_f32(m1 + uint64_t(r22 * m1_s0 + r395 * m1_s1 + r259 * m1_s2) * 4ul).v;
                r394 = r399;
            }
            m5[uint(r264)] = r394;
            r401 = r80;
            const int64_t r402 = r322 + r269;
            const bool r403 = r402 < r3;
            const bool r404 = r272 && r403;
            if (r404) {
                precise float r406 = R_f32(m1 + uint64_t(r22 * m1_s0 + r402 * m1_s1 + r270 * m1_s2) * 4ul).v;
                r401 = r406;
            }
            m5[uint(r275)] = r401;
            r408 = r80;
            const int64_t r409 = r322 + r280;
            const bool r410 = r409 < r3;
            const bool r411 = r283 && r410;
            if (r411) {
                precise float r413 = R_f32(m1 + uint64_t(r22 * m1_s0 + r409 * m1_s1 + r281 * m1_s2) * 4ul).v;
                r408 = r413;
            }
            m5[uint(r286)] = r408;
            r415 = r80;
            const int64_t r416 = r322 + r291;
            const bool r417 = r416 < r3;
            const bool r418 = r294 && r417;
            if (r418) {
                precise float r420 = R_f32(m1 + uint64_t(r22 * m1_s0 + r416 * m1_s1 + r292 * m1_s2) * 4ul).v;
                r415 = r420;
            }
            m5[uint(r297)] = r415;
            r422 = r80;
            const int64_t r423 = r322 + r302;
            const bool r424 = r423 < r3;
            const bool r425 = r305 && r424;
            if (r425) {
                precise float r427 = R_f32(m1 + uint64_t(r22 * m1_s0 + r423 * m1_s1 + r303 * m1_s2) * 4ul).v;
                r422 = r427;
            }
            m5[uint(r308)] = r422;
            r429 = r80;
            const int64_t r430 = r322 + r313;
            const bool r431 = r430 < r3;
            const bool r432 = r316 && r431;
            if (r432) {
                precise float r434 = R_f32(m1 + uint64_t(r22 * m1_s0 + r430 * m1_s1 + r314 * m1_s2) * 4ul).v;
                r429 = r434;
            }
            m5[uint(r319)] = r429;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r435 = r3 - r322;
            const bool r436 = r435 >= r70;
            if (r436) {
                for (int64_t r438 = r5; r438 < r70; r438++) {
                    const int64_t r440 = r438 * r152;
                    const int64_t r441 = r440 + r34;
                    precise float r442 = m4[uint(r441)];
                    const int64_t r443 = r440 + r42;
                    precise float r444 = m4[uint(r443)];
                    const int64_t r445 = r440 + r49;
                    precise float r446 = m4[uint(r445)];
                    const int64_t r447 = r440 + r56;
                    precise float r448 = m4[uint(r447)];
                    const int64_t r451 = r440 + r29;
                    precise float r452 = m5[uint(r451)];
                    const int64_t r453 = r440 + r66;
                    precise float r454 = m5[uint(r453)];
                    const int64_t r455 = r440 + r71;
                    precise float r456 = m5[uint(r455)];
                    const int64_t r457 = r440 + r76;
                    precise float r458 = m5[uint(r457)];
                    precise float r459 = fma(r442, r452, r81);
                    r81 = r459;
                    precise float r460 = fma(r442, r454, r85);
                    r85 = r460;
                    precise float r461 = fma(r442, r456, r89);
                    r89 = r461;
                    precise float r462 = fma(r442, r458, r93);
                    r93 = r462;
                    precise float r463 = fma(r444, r452, r97);
                    r97 = r463;
                    precise float r464 = fma(r444, r454, r101);
                    r101 = r464;
                    precise float r465 = fma(r444, r456, r105);
                    r105 = r465;
                    precise float r466 = fma(r444, r458, r109);
                    r109 = r466;
                    precise float r467 = fma(r446, r452, r113);
                    r113 = r467;
                    precise float r468 = fma(r446, r454, r117);
                    r117 = r468;
                    precise float r469 = fma(r446, r456, r121);
                    r121 = r469;
                    precise float r470 = fma(r446, r458, r125);
                    r125 = r470;
                    precise float r471 = fma(r448, r452, r129);
                    r129 = r471;
                    precise float r472 = fma(r448, r454, r133);
                    r133 = r472;
                    precise float r473 = fma(r448, r456, r137);
                    r137 = r473;
                    precise float r474 = fma(r448, r458, r141);
                    r141 = r474;
                }
            } else {
                for (int64_t r476 = r5; r476 < r435; r476++) {
                    const int64_t r478 = r476 * r152;
                    const int64_t r479 = r478 + r34;
                    precise float r480 = m4[uint(r479)];
                    const int64_t r481 = r478 + r42;
                    precise float r482 = m4[uint(r481)];
                    const int64_t r483 = r478 + r49;
                    precise float r484 = m4[uint(r483)];
                    const int64_t r485 = r478 + r56;
                    precise float r486 = m4[uint(r485)];
                    const int64_t r489 = r478 + r29;
                    precise float r490 = m5[uint(r489)];
                    const int64_t r491 = r478 + r66;
                    precise float r492 = m5[uint(r491)];
                    const int64_t r493 = r478 + r71;
                    precise float r494 = m5[uint(r493)];
                    const int64_t r495 = r478 + r76;
                    precise float r496 = m5[uint(r495)];
                    precise float r497 = fma(r480, r490, r81);
                    r81 = r497;
                    precise float r498 = fma(r480, r492, r85);
                    r85 = r498;
                    precise float r499 = fma(r480, r494, r89);
                    r89 = r499;
                    precise float r500 = fma(r480, r496, r93);
                    r93 = r500;
                    precise float r501 = fma(r482, r490, r97);
                    r97 = r501;
                    precise float r502 = fma(r482, r492, r101);
                    r101 = r502;
                    precise float r503 = fma(r482, r494, r105);
                    r105 = r503;
                    precise float r504 = fma(r482, r496, r109);
                    r109 = r504;
                    precise float r505 = fma(r484, r490, r113);
                    r113 = r505;
                    precise float r506 = fma(r484, r492, r117);
                    r117 = r506;
                    precise float r507 = fma(r484, r494, r121);
                    r121 = r507;
                    precise float r508 = fma(r484, r496, r125);
                    r125 = r508;
                    precise float r509 = fma(r486, r490, r129);
                    r129 = r509;
                    precise float r510 = fma(r486, r492, r133);
                    r133 = r510;
                    precise float r511 = fma(r486, r494, r137);
                    r137 = r511;
                    precise float r512 = fma(r486, r496, r141);
                    r141 = r512;
                }
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        }
        if (r82) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r36 * m3_s1 + r62 * m3_s2) * 4ul).v = r81;
        }
        if (r86) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r36 * m3_s1 + r67 * m3_s2) * 4ul).v = r85;
        }
        if (r90) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r36 * m3_s1 + r72 * m3_s2) * 4ul).v = r89;
        }
        if (r94) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r36 * m3_s1 + r77 * m3_s2) * 4ul).v = r93;
        }
        if (r98) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r43 * m3_s1 + r62 * m3_s2) * 4ul).v = r97;
        }
        if (r102) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r43 * m3_s1 + r67 * m3_s2) * 4ul).v = r101;
        }
        if (r106) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r43 * m3_s1 + r72 * m3_s2) * 4ul).v = r105;
        }
        if (r110) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r43 * m3_s1 + r77 * m3_s2) * 4ul).v = r109;
        }
        if (r114) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r50 * m3_s1 + r62 * m3_s2) * 4ul).v = r113;
        }
        if (r118) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r50 * m3_s1 + r67 * m3_s2) * 4ul).v = r117;
        }
        if (r122) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r50 * m3_s1 + r72 * m3_s2) * 4ul).v = r121;
        }
        if (r126) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r50 * m3_s1 + r77 * m3_s2) * 4ul).v = r125;
        }
        if (r130) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r57 * m3_s1 + r62 * m3_s2) * 4ul).v = r129;
        }
        if (r134) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r57 * m3_s1 + r67 * m3_s2) * 4ul).v = r133;
        }
        if (r138) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r57 * m3_s1 + r72 * m3_s2) * 4ul).v = r137;
        }
        if (r142) {
            R_f32(m3 + uint64_t(r22 * m3_s0 + r57 * m3_s1 + r77 * m3_s2) * 4ul).v = r141;
        }
    }
}
