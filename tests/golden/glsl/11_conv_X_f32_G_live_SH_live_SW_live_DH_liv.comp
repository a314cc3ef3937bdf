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
// k0_conv: conv
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
    const uint64_t m1 = uint64_t(words.w[10]);
    const uint64_t m2 = uint64_t(words.w[19]);
    const uint64_t m3 = uint64_t(words.w[22]);
    const int64_t m0_d0 = words.w[2];
    const int64_t m0_d1 = words.w[3];
    const int64_t m0_d2 = words.w[4];
    const int64_t m0_d3 = words.w[5];
    const int64_t m0_s0 = words.w[6];
    const int64_t m0_s1 = words.w[7];
    const int64_t m0_s2 = words.w[8];
    const int64_t m0_s3 = words.w[9];
    const int64_t m1_s0 = words.w[15];
    const int64_t m1_s1 = words.w[16];
    const int64_t m1_s2 = words.w[17];
    const int64_t m1_s3 = words.w[18];
    const int64_t m2_s0 = words.w[21];
    const int64_t m3_s0 = words.w[27];
    const int64_t m3_s1 = words.w[28];
    const int64_t m3_s2 = words.w[29];
    const int64_t m3_s3 = words.w[30];
    precise float r150 = float(zero);
    precise float r156 = float(zero);
    precise float r162 = float(zero);
    precise float r168 = float(zero);
    precise float r174 = float(zero);
    precise float r180 = float(zero);
    precise float r186 = float(zero);
    precise float r192 = float(zero);
    precise float r198 = float(zero);
    precise float r204 = float(zero);
    precise float r210 = float(zero);
    precise float r216 = float(zero);
    precise float r222 = float(zero);
    precise float r228 = float(zero);
    precise float r234 = float(zero);
    precise float r240 = float(zero);
    precise float r473 = float(zero);
    precise float r496 = float(zero);
    precise float r519 = float(zero);
    precise float r542 = float(zero);
    precise float r565 = float(zero);
    precise float r588 = float(zero);
    precise float r611 = float(zero);
    precise float r634 = float(zero);
    precise float r657 = float(zero);
    precise float r672 = float(zero);
    precise float r687 = float(zero);
    precise float r702 = float(zero);
    precise float r717 = float(zero);
    precise float r732 = float(zero);
    precise float r747 = float(zero);
    precise float r762 = float(zero);
    // kernels/contract.k:LINE
    const int64_t r1 = int64_t((words.w[31]));
    const int64_t r2 = int64_t((words.w[32]));
    const int64_t r3 = int64_t((words.w[33]));
    const int64_t r4 = int64_t((words.w[34]));
    const int64_t r5 = int64_t((words.w[35]));
    const int64_t r6 = int64_t((words.w[36]));
    const int64_t r7 = int64_t((words.w[37]));
    const int64_t r8 = int64_t((words.w[38]));
    const int64_t r9 = int64_t((words.w[39]));
    const int64_t r12 = int64_t((words.w[42]));
    const int64_t r13 = int64_t((words.w[43]));
    const int64_t r14 = int64_t((words.w[44]));
    const int64_t r15 = int64_t((words.w[45]));
    const int64_t r16 = int64_t((words.w[46]));
    const int64_t r17 = 0l;
    precise float r45 = uintBitsToFloat(zero);
    const int64_t r62 = r9 * r13;
    const int64_t r63 = r62 * r14;
    const int64_t r64 = r8 * r15;
    const int64_t r65 = r64 * r16;
    const int64_t r69 = 32l;
    if (item < items) {
        const int64_t n68 = (r65 - r17 + r69 - 1) / r69;
        const int64_t n70 = (r12 - r17 + r69 - 1) / r69;
        int64_t from = item;
        const int64_t r70 = r17 + (from % n70) * r69; from /= n70;
        const int64_t r68 = r17 + (from % n68) * r69; from /= n68;
        const int64_t r67 = r17 + from;
        const int64_t r72 = lid;
        const int64_t r73 = 8l;
        const int64_t r74 = r72 - r72 / r73 * r73;
        const int64_t r76 = r72 / r73;
        const int64_t r78 = 4l;
        const int64_t r79 = r76 * r78;
        const int64_t r81 = r68 + r79;
        const int64_t r918 = 1l;
        const bool r920 = r16 == r17;
        const int64_t r921 = int64_t(0xfffffffffffffffful);
        const bool r922 = r16 == r921;
        const bool r923 = r920 || r922;
        const int64_t r924 = r923 ? r918 : r16;
        const int64_t r925 = r81 - r81 / r924 * r924;
        const int64_t r933 = r81 / r924;
        const int64_t r934 = r17 - r81;
        const int64_t r935 = r922 ? r934 : r933;
        const int64_t r936 = r920 ? r17 : r935;
        const bool r939 = r15 == r17;
        const bool r941 = r15 == r921;
        const bool r942 = r939 || r941;
        const int64_t r943 = r942 ? r918 : r15;
        const int64_t r944 = r936 - r936 / r943 * r943;
        const int64_t r952 = r936 / r943;
        const int64_t r953 = r17 - r936;
        const int64_t r954 = r941 ? r953 : r952;
        const int64_t r955 = r939 ? r17 : r954;
        const bool r89 = r81 < r65;
        const int64_t r93 = r79 + r918;
        const int64_t r94 = r68 + r93;
        const int64_t r963 = r94 - r94 / r924 * r924;
        const int64_t r971 = r94 / r924;
        const int64_t r972 = r17 - r94;
        const int64_t r973 = r922 ? r972 : r971;
        const int64_t r974 = r920 ? r17 : r973;
        const int64_t r982 = r974 - r974 / r943 * r943;
        const int64_t r990 = r974 / r943;
        const int64_t r991 = r17 - r974;
        const int64_t r992 = r941 ? r991 : r990;
        const int64_t r993 = r939 ? r17 : r992;
        const bool r102 = r94 < r65;
        const int64_t r103 = 2l;
        const int64_t r106 = r79 + r103;
        const int64_t r107 = r68 + r106;
        const int64_t r1001 = r107 - r107 / r924 * r924;
        const int64_t r1009 = r107 / r924;
        const int64_t r1010 = r17 - r107;
        const int64_t r1011 = r922 ? r1010 : r1009;
        const int64_t r1012 = r920 ? r17 : r1011;
        const int64_t r1020 = r1012 - r1012 / r943 * r943;
        const int64_t r1028 = r1012 / r943;
        const int64_t r1029 = r17 - r1012;
        const int64_t r1030 = r941 ? r1029 : r1028;
        const int64_t r1031 = r939 ? r17 : r1030;
        const bool r115 = r107 < r65;
        const int64_t r116 = 3l;
        const int64_t r119 = r79 + r116;
        const int64_t r120 = r68 + r119;
        const int64_t r1039 = r120 - r120 / r924 * r924;
        const int64_t r1047 = r120 / r924;
        const int64_t r1048 = r17 - r120;
        const int64_t r1049 = r922 ? r1048 : r1047;
        const int64_t r1050 = r920 ? r17 : r1049;
        const int64_t r1058 = r1050 - r1050 / r943 * r943;
        const int64_t r1066 = r1050 / r943;
        const int64_t r1067 = r17 - r1050;
        const int64_t r1068 = r941 ? r1067 : r1066;
        const int64_t r1069 = r939 ? r17 : r1068;
        const bool r128 = r120 < r65;
        const int64_t r131 = r70 + r74;
        const bool r133 = r131 < r12;
        const int64_t r135 = r74 + r73;
        const int64_t r136 = r70 + r135;
        const bool r138 = r136 < r12;
        const int64_t r139 = 16l;
        const int64_t r140 = r74 + r139;
        const int64_t r141 = r70 + r140;
        const bool r143 = r141 < r12;
        const int64_t r144 = 24l;
        const int64_t r145 = r74 + r144;
        const int64_t r146 = r70 + r145;
        const bool r148 = r146 < r12;
        r150 = r45;
        const bool r151 = r89 && r133;
        if (r151) {
            // kernels/contract.k:LINE
            const int64_t r152 = r67 * r12;
            const int64_t r153 = r152 + r131;
            precise float r154 = R_f32(m2 + uint64_t(r153 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r150 = r154;
        }
        r156 = r45;
        const bool r157 = r89 && r138;
        if (r157) {
            // kernels/contract.k:LINE
            const int64_t r158 = r67 * r12;
            const int64_t r159 = r158 + r136;
            precise float r160 = R_f32(m2 + uint64_t(r159 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r156 = r160;
        }
        r162 = r45;
        const bool r163 = r89 && r143;
        if (r163) {
            // kernels/contract.k:LINE
            const int64_t r164 = r67 * r12;
            const int64_t r165 = r164 + r141;
            precise float r166 = R_f32(m2 + uint64_t(r165 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r162 = r166;
        }
        r168 = r45;
        const bool r169 = r89 && r148;
        if (r169) {
            // kernels/contract.k:LINE
            const int64_t r170 = r67 * r12;
            const int64_t r171 = r170 + r146;
            precise float r172 = R_f32(m2 + uint64_t(r171 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r168 = r172;
        }
        r174 = r45;
        const bool r175 = r102 && r133;
        if (r175) {
            // kernels/contract.k:LINE
            const int64_t r176 = r67 * r12;
            const int64_t r177 = r176 + r131;
            precise float r178 = R_f32(m2 + uint64_t(r177 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r174 = r178;
        }
        r180 = r45;
        const bool r181 = r102 && r138;
        if (r181) {
            // kernels/contract.k:LINE
            const int64_t r182 = r67 * r12;
            const int64_t r183 = r182 + r136;
            precise float r184 = R_f32(m2 + uint64_t(r183 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r180 = r184;
        }
        r186 = r45;
        const bool r187 = r102 && r143;
        if (r187) {
            // kernels/contract.k:LINE
            const int64_t r188 = r67 * r12;
            const int64_t r189 = r188 + r141;
            precise float r190 = R_f32(m2 + uint64_t(r189 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r186 = r190;
        }
        r192 = r45;
        const bool r193 = r102 && r148;
        if (r193) {
            // kernels/contract.k:LINE
            const int64_t r194 = r67 * r12;
            const int64_t r195 = r194 + r146;
            precise float r196 = R_f32(m2 + uint64_t(r195 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r192 = r196;
        }
        r198 = r45;
        const bool r199 = r115 && r133;
        if (r199) {
            // kernels/contract.k:LINE
            const int64_t r200 = r67 * r12;
            const int64_t r201 = r200 + r131;
            precise float r202 = R_f32(m2 + uint64_t(r201 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r198 = r202;
        }
        r204 = r45;
        const bool r205 = r115 && r138;
        if (r205) {
            // kernels/contract.k:LINE
            const int64_t r206 = r67 * r12;
            const int64_t r207 = r206 + r136;
            precise float r208 = R_f32(m2 + uint64_t(r207 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r204 = r208;
        }
        r210 = r45;
        const bool r211 = r115 && r143;
        if (r211) {
            // kernels/contract.k:LINE
            const int64_t r212 = r67 * r12;
            const int64_t r213 = r212 + r141;
            precise float r214 = R_f32(m2 + uint64_t(r213 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r210 = r214;
        }
        r216 = r45;
        const bool r217 = r115 && r148;
        if (r217) {
            // kernels/contract.k:LINE
            const int64_t r218 = r67 * r12;
            const int64_t r219 = r218 + r146;
            precise float r220 = R_f32(m2 + uint64_t(r219 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r216 = r220;
        }
        r222 = r45;
        const bool r223 = r128 && r133;
        if (r223) {
            // kernels/contract.k:LINE
            const int64_t r224 = r67 * r12;
            const int64_t r225 = r224 + r131;
            precise float r226 = R_f32(m2 + uint64_t(r225 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r222 = r226;
        }
        r228 = r45;
        const bool r229 = r128 && r138;
        if (r229) {
            // kernels/contract.k:LINE
            const int64_t r230 = r67 * r12;
            const int64_t r231 = r230 + r136;
            precise float r232 = R_f32(m2 + uint64_t(r231 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r228 = r232;
        }
        r234 = r45;
        const bool r235 = r128 && r143;
        if (r235) {
            // kernels/contract.k:LINE
            const int64_t r236 = r67 * r12;
            const int64_t r237 = r236 + r141;
            precise float r238 = R_f32(m2 + uint64_t(r237 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r234 = r238;
        }
        r240 = r45;
        const bool r241 = r128 && r148;
        if (r241) {
            // kernels/contract.k:LINE
            const int64_t r242 = r67 * r12;
            const int64_t r243 = r242 + r146;
            precise float r244 = R_f32(m2 + uint64_t(r243 * m2_s0) * 4ul).v;
            // kernels/contract.k:LINE
            r240 = r244;
        }
        const int64_t r248 = r72 - r72 / r139 * r139;
        const int64_t r249 = r72 / r139;
        const int64_t r250 = r68 + r249;
        const int64_t r1077 = r250 - r250 / r924 * r924;
        const int64_t r1085 = r250 / r924;
        const int64_t r1086 = r17 - r250;
        const int64_t r1087 = r922 ? r1086 : r1085;
        const int64_t r1088 = r920 ? r17 : r1087;
        const int64_t r1096 = r1088 - r1088 / r943 * r943;
        const int64_t r1104 = r1088 / r943;
        const int64_t r1105 = r17 - r1088;
        const int64_t r1106 = r941 ? r1105 : r1104;
        const int64_t r1107 = r939 ? r17 : r1106;
        const bool r258 = r250 < r65;
        const int64_t r259 = 36l;
        const int64_t r260 = r248 * r259;
        const int64_t r261 = r260 + r249;
        const int64_t r262 = 64l;
        const int64_t r263 = r72 + r262;
        const int64_t r265 = r263 - r263 / r139 * r139;
        const int64_t r266 = r263 / r139;
        const int64_t r267 = r68 + r266;
        const int64_t r1115 = r267 - r267 / r924 * r924;
        const int64_t r1123 = r267 / r924;
        const int64_t r1124 = r17 - r267;
        const int64_t r1125 = r922 ? r1124 : r1123;
        const int64_t r1126 = r920 ? r17 : r1125;
        const int64_t r1134 = r1126 - r1126 / r943 * r943;
        const int64_t r1142 = r1126 / r943;
        const int64_t r1143 = r17 - r1126;
        const int64_t r1144 = r941 ? r1143 : r1142;
        const int64_t r1145 = r939 ? r17 : r1144;
        const bool r275 = r267 < r65;
        const int64_t r277 = r265 * r259;
        const int64_t r278 = r277 + r266;
        const int64_t r279 = 128l;
        const int64_t r280 = r72 + r279;
        const int64_t r282 = r280 - r280 / r139 * r139;
        const int64_t r283 = r280 / r139;
        const int64_t r284 = r68 + r283;
        const int64_t r1153 = r284 - r284 / r924 * r924;
        const int64_t r1161 = r284 / r924;
        const int64_t r1162 = r17 - r284;
        const int64_t r1163 = r922 ? r1162 : r1161;
        const int64_t r1164 = r920 ? r17 : r1163;
        const int64_t r1172 = r1164 - r1164 / r943 * r943;
        const int64_t r1180 = r1164 / r943;
        const int64_t r1181 = r17 - r1164;
        const int64_t r1182 = r941 ? r1181 : r1180;
        const int64_t r1183 = r939 ? r17 : r1182;
        const bool r292 = r284 < r65;
        const int64_t r294 = r282 * r259;
        const int64_t r295 = r294 + r283;
        const int64_t r296 = 192l;
        const int64_t r297 = r72 + r296;
        const int64_t r299 = r297 - r297 / r139 * r139;
        const int64_t r300 = r297 / r139;
        const int64_t r301 = r68 + r300;
        const int64_t r1191 = r301 - r301 / r924 * r924;
        const int64_t r1199 = r301 / r924;
        const int64_t r1200 = r17 - r301;
        const int64_t r1201 = r922 ? r1200 : r1199;
        const int64_t r1202 = r920 ? r17 : r1201;
        const int64_t r1210 = r1202 - r1202 / r943 * r943;
        const int64_t r1218 = r1202 / r943;
        const int64_t r1219 = r17 - r1202;
        const int64_t r1220 = r941 ? r1219 : r1218;
        const int64_t r1221 = r939 ? r17 : r1220;
        const bool r309 = r301 < r65;
        const int64_t r311 = r299 * r259;
        const int64_t r312 = r311 + r300;
        const int64_t r313 = 256l;
        const int64_t r314 = r72 + r313;
        const int64_t r316 = r314 - r314 / r139 * r139;
        const int64_t r317 = r314 / r139;
        const int64_t r318 = r68 + r317;
        const int64_t r1229 = r318 - r318 / r924 * r924;
        const int64_t r1237 = r318 / r924;
        const int64_t r1238 = r17 - r318;
        const int64_t r1239 = r922 ? r1238 : r1237;
        const int64_t r1240 = r920 ? r17 : r1239;
        const int64_t r1248 = r1240 - r1240 / r943 * r943;
        const int64_t r1256 = r1240 / r943;
        const int64_t r1257 = r17 - r1240;
        const int64_t r1258 = r941 ? r1257 : r1256;
        const int64_t r1259 = r939 ? r17 : r1258;
        const bool r326 = r318 < r65;
        const int64_t r328 = r316 * r259;
        const int64_t r329 = r328 + r317;
        const int64_t r330 = 320l;
        const int64_t r331 = r72 + r330;
        const int64_t r333 = r331 - r331 / r139 * r139;
        const int64_t r334 = r331 / r139;
        const int64_t r335 = r68 + r334;
        const int64_t r1267 = r335 - r335 / r924 * r924;
        const int64_t r1275 = r335 / r924;
        const int64_t r1276 = r17 - r335;
        const int64_t r1277 = r922 ? r1276 : r1275;
        const int64_t r1278 = r920 ? r17 : r1277;
        const int64_t r1286 = r1278 - r1278 / r943 * r943;
        const int64_t r1294 = r1278 / r943;
        const int64_t r1295 = r17 - r1278;
        const int64_t r1296 = r941 ? r1295 : r1294;
        const int64_t r1297 = r939 ? r17 : r1296;
        const bool r343 = r335 < r65;
        const int64_t r345 = r333 * r259;
        const int64_t r346 = r345 + r334;
        const int64_t r347 = 384l;
        const int64_t r348 = r72 + r347;
        const int64_t r350 = r348 - r348 / r139 * r139;
        const int64_t r351 = r348 / r139;
        const int64_t r352 = r68 + r351;
        const int64_t r1305 = r352 - r352 / r924 * r924;
        const int64_t r1313 = r352 / r924;
        const int64_t r1314 = r17 - r352;
        const int64_t r1315 = r922 ? r1314 : r1313;
        const int64_t r1316 = r920 ? r17 : r1315;
        const int64_t r1324 = r1316 - r1316 / r943 * r943;
        const int64_t r1332 = r1316 / r943;
        const int64_t r1333 = r17 - r1316;
        const int64_t r1334 = r941 ? r1333 : r1332;
        const int64_t r1335 = r939 ? r17 : r1334;
        const bool r360 = r352 < r65;
        const int64_t r362 = r350 * r259;
        const int64_t r363 = r362 + r351;
        const int64_t r364 = 448l;
        const int64_t r365 = r72 + r364;
        const int64_t r367 = r365 - r365 / r139 * r139;
        const int64_t r368 = r365 / r139;
        const int64_t r369 = r68 + r368;
        const int64_t r1343 = r369 - r369 / r924 * r924;
        const int64_t r1351 = r369 / r924;
        const int64_t r1352 = r17 - r369;
        const int64_t r1353 = r922 ? r1352 : r1351;
        const int64_t r1354 = r920 ? r17 : r1353;
        const int64_t r1362 = r1354 - r1354 / r943 * r943;
        const int64_t r1370 = r1354 / r943;
        const int64_t r1371 = r17 - r1354;
        const int64_t r1372 = r941 ? r1371 : r1370;
        const int64_t r1373 = r939 ? r17 : r1372;
        const bool r377 = r369 < r65;
        const int64_t r379 = r367 * r259;
        const int64_t r380 = r379 + r368;
        const int64_t r386 = r70 + r249;
        const bool r388 = r386 < r12;
        const int64_t r397 = r70 + r266;
        const bool r399 = r397 < r12;
        const int64_t r408 = r70 + r283;
        const bool r410 = r408 < r12;
        const int64_t r419 = r70 + r300;
        const bool r421 = r419 < r12;
        const int64_t r430 = r70 + r317;
        const bool r432 = r430 < r12;
        const int64_t r441 = r70 + r334;
        const bool r443 = r441 < r12;
        const int64_t r452 = r70 + r351;
        const bool r454 = r452 < r12;
        const int64_t r463 = r70 + r368;
        const bool r465 = r463 < r12;
        for (int64_t r471 = r17; r471 < r63; r471 += r139) {
            r473 = r45;
            const int64_t r474 = r471 + r248;
            const bool r475 = r474 < r63;
            const bool r476 = r258 && r475;
            if (r476) {
                const bool r1376 = r14 == r17;
                const bool r1378 = r14 == r921;
                const bool r1379 = r1376 || r1378;
                const int64_t r1380 = r1379 ? r918 : r14;
                const int64_t r1381 = r474 - r474 / r1380 * r1380;
                const int64_t r1389 = r474 / r1380;
                const int64_t r1390 = r17 - r474;
                const int64_t r1391 = r1378 ? r1390 : r1389;
                const int64_t r1392 = r1376 ? r17 : r1391;
                const bool r1395 = r13 == r17;
                const bool r1397 = r13 == r921;
                const bool r1398 = r1395 || r1397;
                const int64_t r1399 = r1398 ? r918 : r13;
                const int64_t r1400 = r1392 - r1392 / r1399 * r1399;
                const int64_t r1408 = r1392 / r1399;
                const int64_t r1409 = r17 - r1392;
                const int64_t r1410 = r1397 ? r1409 : r1408;
                const int64_t r1411 = r1395 ? r17 : r1410;
                // kernels/contract.k:LINE
                const int64_t r484 = r67 * r9;
                const int64_t r485 = r484 + r1411;
                const int64_t r486 = r1096 * r2;
                const int64_t r487 = r1400 * r4;
                const int64_t r488 = r486 + r487;
                const int64_t r489 = r488 - r6;
                const int64_t r490 = r1077 * r3;
                const int64_t r491 = r1381 * r5;
                const int64_t r492 = r490 + r491;
                const int64_t r493 = r492 - r7;
                precise float r494 = r45; if (uint64_t(r485) < uint64_t(m0_d1) && uint64_t(r489) < uint64_t(m0_d2) && uint64_t(r493) < uint64_t(m0_d3)) r494 = R_f32(m0 + uint64_t(r1107 * m0_s0 + r485 * m0_s1 + r489 * m0_s2 + r493 * m0_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r473 = r494;
            }
            m4[uint(r261)] = r473;
            r496 = r45;
            const int64_t r497 = r471 + r265;
            const bool r498 = r497 < r63;
            const bool r499 = r275 && r498;
            if (r499) {
                const bool r1414 = r14 == r17;
                const bool r1416 = r14 == r921;
                const bool r1417 = r1414 || r1416;
                const int64_t r1418 = r1417 ? r918 : r14;
                const int64_t r1419 = r497 - r497 / r1418 * r1418;
                const int64_t r1427 = r497 / r1418;
                const int64_t r1428 = r17 - r497;
                const int64_t r1429 = r1416 ? r1428 : r1427;
                const int64_t r1430 = r1414 ? r17 : r1429;
                const bool r1433 = r13 == r17;
                const bool r1435 = r13 == r921;
                const bool r1436 = r1433 || r1435;
                const int64_t r1437 = r1436 ? r918 : r13;
                const int64_t r1438 = r1430 - r1430 / r1437 * r1437;
                const int64_t r1446 = r1430 / r1437;
                const int64_t r1447 = r17 - r1430;
                const int64_t r1448 = r1435 ? r1447 : r1446;
                const int64_t r1449 = r1433 ? r17 : r1448;
                // kernels/contract.k:LINE
                const int64_t r507 = r67 * r9;
                const int64_t r508 = r507 + r1449;
                const int64_t r509 = r1134 * r2;
                const int64_t r510 = r1438 * r4;
                const int64_t r511 = r509 + r510;
                const int64_t r512 = r511 - r6;
                const int64_t r513 = r1115 * r3;
                const int64_t r514 = r1419 * r5;
                const int64_t r515 = r513 + r514;
                const int64_t r516 = r515 - r7;
                precise float r517 = r45; if (uint64_t(r508) < uint64_t(m0_d1) && uint64_t(r512) < uint64_t(m0_d2) && uint64_t(r516) < uint64_t(m0_d3)) r517 = R_f32(m0 + uint64_t(r1145 * m0_s0 + r508 * m0_s1 + r512 * m0_s2 + r516 * m0_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r496 = r517;
            }
            m4[uint(r278)] = r496;
            r519 = r45;
            const int64_t r520 = r471 + r282;
            const bool r521 = r520 < r63;
            const bool r522 = r292 && r521;
            if (r522) {
                const bool r1452 = r14 == r17;
                const bool r1454 = r14 == r921;
                const bool r1455 = r1452 || r1454;
                const int64_t r1456 = r1455 ? r918 : r14;
                const int64_t r1457 = r520 - r520 / r1456 * r1456;
                const int64_t r1465 = r520 / r1456;
                const int64_t r1466 = r17 - r520;
                const int64_t r1467 = r1454 ? r1466 : r1465;
                const int64_t r1468 = r1452 ? r17 : r1467;
                const bool r1471 = r13 == r17;
                const bool r1473 = r13 == r921;
                const bool r1474 = r1471 || r1473;
                const int64_t r1475 = r1474 ? r918 : r13;
                const int64_t r1476 = r1468 - r1468 / r1475 * r1475;
                const int64_t r1484 = r1468 / r1475;
                const int64_t r1485 = r17 - r1468;
                const int64_t r1486 = r1473 ? r1485 : r1484;
                const int64_t r1487 = r1471 ? r17 : r1486;
                // kernels/contract.k:LINE
                const int64_t r530 = r67 * r9;
                const int64_t r531 = r530 + r1487;
                const int64_t r532 = r1172 * r2;
                const int64_t r533 = r1476 * r4;
                const int64_t r534 = r532 + r533;
                const int64_t r535 = r534 - r6;
                const int64_t r536 = r1153 * r3;
                const int64_t r537 = r1457 * r5;
                const int64_t r538 = r536 + r537;
                const int64_t r539 = r538 - r7;
                precise float r540 = r45; if (uint64_t(r531) < uint64_t(m0_d1) && uint64_t(r535) < uint64_t(m0_d2) && uint64_t(r539) < uint64_t(m0_d3)) r540 = R_f32(m0 + uint64_t(r1183 * m0_s0 + r531 * m0_s1 + r535 * m0_s2 + r539 * m0_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r519 = r540;
            }
            m4[uint(r295)] = r519;
            r542 = r45;
            const int64_t r543 = r471 + r299;
            const bool r544 = r543 < r63;
            const bool r545 = r309 && r544;
            if (r545) {
                const bool r1490 = r14 == r17;
                const bool r1492 = r14 == r921;
                const bool r1493 = r1490 || r1492;
                const int64_t r1494 = r1493 ? r918 : r14;
                const int64_t r1495 = r543 - r543 / r1494 * r1494;
                const int64_t r1503 = r543 / r1494;
                const int64_t r1504 = r17 - r543;
                const int64_t r1505 = r1492 ? r1504 : r1503;
                const int64_t r1506 = r1490 ? r17 : r1505;
                const bool r1509 = r13 == r17;
                const bool r1511 = r13 == r921;
                const bool r1512 = r1509 || r1511;
                const int64_t r1513 = r1512 ? r918 : r13;
                const int64_t r1514 = r1506 - r1506 / r1513 * r1513;
                const int64_t r1522 = r1506 / r1513;
                const int64_t r1523 = r17 - r1506;
                const int64_t r1524 = r1511 ? r1523 : r1522;
                const int64_t r1525 = r1509 ? r17 : r1524;
                // kernels/contract.k:LINE
                const int64_t r553 = r67 * r9;
                const int64_t r554 = r553 + r1525;
                const int64_t r555 = r1210 * r2;
                const int64_t r556 = r1514 * r4;
                const int64_t r557 = r555 + r556;
                const int64_t r558 = r557 - r6;
                const int64_t r559 = r1191 * r3;
                const int64_t r560 = r1495 * r5;
                const int64_t r561 = r559 + r560;
                const int64_t r562 = r561 - r7;
                precise float r563 = r45; if (uint64_t(r554) < uint64_t(m0_d1) && uint64_t(r558) < uint64_t(m0_d2) && uint64_t(r562) < uint64_t(m0_d3)) r563 = R_f32(m0 + uint64_t(r1221 * m0_s0 + r554 * m0_s1 + r558 * m0_s2 + r562 * m0_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r542 = r563;
            }
            m4[uint(r312)] = r542;
            r565 = r45;
            const int64_t r566 = r471 + r316;
            const bool r567 = r566 < r63;
            const bool r568 = r326 && r567;
            if (r568) {
                const bool r1528 = r14 == r17;
                const bool r1530 = r14 == r921;
                const bool r1531 = r1528 || r1530;
                const int64_t r1532 = r1531 ? r918 : r14;
                const int64_t r1533 = r566 - r566 / r1532 * r1532;
                const int64_t r1541 = r566 / r1532;
                const int64_t r1542 = r17 - r566;
                const int64_t r1543 = r1530 ? r1542 : r1541;
                const int64_t r1544 = r1528 ? r17 : r1543;
                const bool r1547 = r13 == r17;
                const bool r1549 = r13 == r921;
                const bool r1550 = r1547 || r1549;
                const int64_t r1551 = r1550 ? r918 : r13;
                const int64_t r1552 = r1544 - r1544 / r1551 * r1551;
                const int64_t r1560 = r1544 / r1551;
                const int64_t r1561 = r17 - r1544;
                const int64_t r1562 = r1549 ? r1561 : r1560;
                const int64_t r1563 = r1547 ? r17 : r1562;
                // kernels/contract.k:LINE
                const int64_t r576 = r67 * r9;
                const int64_t r577 = r576 + r1563;
                const int64_t r578 = r1248 * r2;
                const int64_t r579 = r1552 * r4;
                const int64_t r580 = r578 + r579;
                const int64_t r581 = r580 - r6;
                const int64_t r582 = r1229 * r3;
                const int64_t r583 = r1533 * r5;
                const int64_t r584 = r582 + r583;
                const int64_t r585 = r584 - r7;
                precise float r586 = r45; if (uint64_t(r577) < uint64_t(m0_d1) && uint64_t(r581) < uint64_t(m0_d2) && uint64_t(r585) < uint64_t(m0_d3)) r586 = R_f32(m0 + uint64_t(r1259 * m0_s0 + r577 * m0_s1 + r581 * m0_s2 + r585 * m0_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r565 = r586;
            }
            m4[uint(r329)] = r565;
            r588 = r45;
            const int64_t r589 = r471 + r333;
            const bool r590 = r589 < r63;
            const bool r591 = r343 && r590;
            if (r591) {
                const bool r1566 = r14 == r17;
                const bool r1568 = r14 == r921;
                const bool r1569 = r1566 || r1568;
                const int64_t r1570 = r1569 ? r918 : r14;
                const int64_t r1571 = r589 - r589 / r1570 * r1570;
                const int64_t r1579 = r589 / r1570;
                const int64_t r1580 = r17 - r589;
                const int64_t r1581 = r1568 ? r1580 : r1579;
                const int64_t r1582 = r1566 ? r17 : r1581;
                const bool r1585 = r13 == r17;
                const bool r1587 = r13 == r921;
                const bool r1588 = r1585 || r1587;
                const int64_t r1589 = r1588 ? r918 : r13;
                const int64_t r1590 = r1582 - r1582 / r1589 * r1589;
                const int64_t r1598 = r1582 / r1589;
                const int64_t r1599 = r17 - r1582;
                const int64_t r1600 = r1587 ? r1599 : r1598;
                const int64_t r1601 = r1585 ? r17 : r1600;
                // kernels/contract.k:LINE
                const int64_t r599 = r67 * r9;
                const int64_t r600 = r599 + r1601;
                const int64_t r601 = r1286 * r2;
                const int64_t r602 = r1590 * r4;
                const int64_t r603 = r601 + r602;
                const int64_t r604 = r603 - r6;
                const int64_t r605 = r1267 * r3;
                const int64_t r606 = r1571 * r5;
                const int64_t r607 = r605 + r606;
                const int64_t r608 = r607 - r7;
                precise float r609 = r45; if (uint64_t(r600) < uint64_t(m0_d1) && uint64_t(r604) < uint64_t(m0_d2) && uint64_t(r608) < uint64_t(m0_d3)) r609 = R_f32(m0 + uint64_t(r1297 * m0_s0 + r600 * m0_s1 + r604 * m0_s2 + r608 * m0_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r588 = r609;
            }
            m4[uint(r346)] = r588;
            r611 = r45;
            const int64_t r612 = r471 + r350;
            const bool r613 = r612 < r63;
            const bool r614 = r360 && r613;
            if (r614) {
                const bool r1604 = r14 == r17;
                const bool r1606 = r14 == r921;
                const bool r1607 = r1604 || r1606;
                const int64_t r1608 = r1607 ? r918 : r14;
                const int64_t r1609 = r612 - r612 / r1608 * r1608;
                const int64_t r1617 = r612 / r1608;
                const int64_t r1618 = r17 - r612;
                const int64_t r1619 = r1606 ? r1618 : r1617;
                const int64_t r1620 = r1604 ? r17 : r1619;
                const bool r1623 = r13 == r17;
                const bool r1625 = r13 == r921;
                const bool r1626 = r1623 || r1625;
                const int64_t r1627 = r1626 ? r918 : r13;
                const int64_t r1628 = r1620 - r1620 / r1627 * r1627;
                const int64_t r1636 = r1620 / r1627;
                const int64_t r1637 = r17 - r1620;
                const int64_t r1638 = r1625 ? r1637 : r1636;
                const int64_t r1639 = r1623 ? r17 : r1638;
                // kernels/contract.k:LINE
                const int64_t r622 = r67 * r9;
                const int64_t r623 = r622 + r1639;
                const int64_t r624 = r1324 * r2;
                const int64_t r625 = r1628 * r4;
                const int64_t r626 = r624 + r625;
                const int64_t r627 = r626 - r6;
                const int64_t r628 = r1305 * r3;
                const int64_t r629 = r1609 * r5;
                const int64_t r630 = r628 + r629;
                const int64_t r631 = r630 - r7;
                precise float r632 = r45; if (uint64_t(r623) < uint64_t(m0_d1) && uint64_t(r627) < uint64_t(m0_d2) && uint64_t(r631) < uint64_t(m0_d3)) r632 = R_f32(m0 + uint64_t(r1335 * m0_s0 + r623 * m0_s1 + r627 * m0_s2 + r631 * m0_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r611 = r632;
            }
            m4[uint(r363)] = r611;
            r634 = r45;
            const int64_t r635 = r471 + r367;
            const bool r636 = r635 < r63;
            const bool r637 = r377 && r636;
            if (r637) {
                const bool r1642 = r14 == r17;
                const bool r1644 = r14 == r921;
                const bool r1645 = r1642 || r1644;
                const int64_t r1646 = r1645 ? r918 : r14;
                const int64_t r1647 = r635 - r635 / r1646 * r1646;
                const int64_t r1655 = r635 / r1646;
                const int64_t r1656 = r17 - r635;
                const int64_t r1657 = r1644 ? r1656 : r1655;
                const int64_t r1658 = r1642 ? r17 : r1657;
                const bool r1661 = r13 == r17;
                const bool r1663 = r13 == r921;
                const bool r1664 = r1661 || r1663;
                const int64_t r1665 = r1664 ? r918 : r13;
                const int64_t r1666 = r1658 - r1658 / r1665 * r1665;
                const int64_t r1674 = r1658 / r1665;
                const int64_t r1675 = r17 - r1658;
                const int64_t r1676 = r1663 ? r1675 : r1674;
                const int64_t r1677 = r1661 ? r17 : r1676;
                // kernels/contract.k:LINE
                const int64_t r645 = r67 * r9;
                const int64_t r646 = r645 + r1677;
                const int64_t r647 = r1362 * r2;
                const int64_t r648 = r1666 * r4;
                const int64_t r649 = r647 + r648;
                const int64_t r650 = r649 - r6;
                const int64_t r651 = r1343 * r3;
                const int64_t r652 = r1647 * r5;
                const int64_t r653 = r651 + r652;
                const int64_t r654 = r653 - r7;
                precise float r655 = r45; if (uint64_t(r646) < uint64_t(m0_d1) && uint64_t(r650) < uint64_t(m0_d2) && uint64_t(r654) < uint64_t(m0_d3)) r655 = R_f32(m0 + uint64_t(r1373 * m0_s0 + r646 * m0_s1 + r650 * m0_s2 + r654 * m0_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r634 = r655;
            }
            m4[uint(r380)] = r634;
            r657 = r45;
            const bool r660 = r388 && r475;
            if (r660) {
                const bool r1680 = r14 == r17;
                const bool r1682 = r14 == r921;
                const bool r1683 = r1680 || r1682;
                const int64_t r1684 = r1683 ? r918 : r14;
                const int64_t r1685 = r474 - r474 / r1684 * r1684;
                const int64_t r1693 = r474 / r1684;
                const int64_t r1694 = r17 - r474;
                const int64_t r1695 = r1682 ? r1694 : r1693;
                const int64_t r1696 = r1680 ? r17 : r1695;
                const bool r1699 = r13 == r17;
                const bool r1701 = r13 == r921;
                const bool r1702 = r1699 || r1701;
                const int64_t r1703 = r1702 ? r918 : r13;
                const int64_t r1704 = r1696 - r1696 / r1703 * r1703;
                const int64_t r1712 = r1696 / r1703;
                const int64_t r1713 = r17 - r1696;
                const int64_t r1714 = r1701 ? r1713 : r1712;
                const int64_t r1715 = r1699 ? r17 : r1714;
                // kernels/contract.k:LINE
                const int64_t r668 = r67 * r12;
                const int64_t r669 = r668 + r386;
                precise float r670 = R_f32(m1 + uint64_t(r669 * m1_s0 + r1715 * m1_s1 + r1704 * m1_s2 + r1685 * m1_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r657 = r670;
            }
            m5[uint(r261)] = r657;
            r672 = r45;
            const bool r675 = r399 && r498;
            if (r675) {
                const bool r1718 = r14 == r17;
                const bool r1720 = r14 == r921;
                const bool r1721 = r1718 || r1720;
                const int64_t r1722 = r1721 ? r918 : r14;
                const int64_t r1723 = r497 - r497 / r1722 * r1722;
                const int64_t r1731 = r497 / r1722;
                const int64_t r1732 = r17 - r497;
                const int64_t r1733 = r1720 ? r1732 : r1731;
                const int64_t r1734 = r1718 ? r17 : r1733;
                const bool r1737 = r13 == r17;
                const bool r1739 = r13 == r921;
                const bool r1740 = r1737 || r1739;
                const int64_t r1741 = r1740 ? r918 : r13;
                const int64_t r1742 = r1734 - r1734 / r1741 * r1741;
                const int64_t r1750 = r1734 / r1741;
                const int64_t r1751 = r17 - r1734;
                const int64_t r1752 = r1739 ? r1751 : r1750;
                const int64_t r1753 = r1737 ? r17 : r1752;
                // kernels/contract.k:LINE
                const int64_t r683 = r67 * r12;
                const int64_t r684 = r683 + r397;
                precise float r685 = R_f32(m1 + uint64_t(r684 * m1_s0 + r1753 * m1_s1 + r1742 * m1_s2 + r1723 * m1_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r672 = r685;
            }
            m5[uint(r278)] = r672;
            r687 = r45;
            const bool r690 = r410 && r521;
            if (r690) {
                const bool r1756 = r14 == r17;
                const bool r1758 = r14 == r921;
                const bool r1759 = r1756 || r1758;
                const int64_t r1760 = r1759 ? r918 : r14;
                const int64_t r1761 = r520 - r520 / r1760 * r1760;
                const int64_t r1769 = r520 / r1760;
                const int64_t r1770 = r17 - r520;
                const int64_t r1771 = r1758 ? r1770 : r1769;
                const int64_t r1772 = r1756 ? r17 : r1771;
                const bool r1775 = r13 == r17;
                const bool r1777 = r13 == r921;
                const bool r1778 = r1775 || r1777;
                const int64_t r1779 = r1778 ? r918 : r13;
                const int64_t r1780 = r1772 - r1772 / r1779 * r1779;
                const int64_t r1788 = r1772 / r1779;
                const int64_t r1789 = r17 - r1772;
                const int64_t r1790 = r1777 ? r1789 : r1788;
                const int64_t r1791 = r1775 ? r17 : r1790;
                // kernels/contract.k:LINE
                const int64_t r698 = r67 * r12;
                const int64_t r699 = r698 + r408;
                precise float r700 = R_f32(m1 + uint64_t(r699 * m1_s0 + r1791 * m1_s1 + r1780 * m1_s2 + r1761 * m1_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r687 = r700;
            }
            m5[uint(r295)] = r687;
            r702 = r45;
            const bool r705 = r421 && r544;
            if (r705) {
                const bool r1794 = r14 == r17;
                const bool r1796 = r14 == r921;
                const bool r1797 = r1794 || r1796;
                const int64_t r1798 = r1797 ? r918 : r14;
                const int64_t r1799 = r543 - r543 / r1798 * r1798;
                const int64_t r1807 = r543 / r1798;
                const int64_t r1808 = r17 - r543;
                const int64_t r1809 = r1796 ? r1808 : r1807;
                const int64_t r1810 = r1794 ? r17 : r1809;
                const bool r1813 = r13 == r17;
                const bool r1815 = r13 == r921;
                const bool r1816 = r1813 || r1815;
                const int64_t r1817 = r1816 ? r918 : r13;
                const int64_t r1818 = r1810 - r1810 / r1817 * r1817;
                const int64_t r1826 = r1810 / r1817;
                const int64_t r1827 = r17 - r1810;
                const int64_t r1828 = r1815 ? r1827 : r1826;
                const int64_t r1829 = r1813 ? r17 : r1828;
                // kernels/contract.k:LINE
                const int64_t r713 = r67 * r12;
                const int64_t r714 = r713 + r419;
                precise float r715 = R_f32(m1 + uint64_t(r714 * m1_s0 + r1829 * m1_s1 + r1818 * m1_s2 + r1799 * m1_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r702 = r715;
            }
            m5[uint(r312)] = r702;
            r717 = r45;
            const bool r720 = r432 && r567;
            if (r720) {
                const bool r1832 = r14 == r17;
                const bool r1834 = r14 == r921;
                const bool r1835 = r1832 || r1834;
                const int64_t r1836 = r1835 ? r918 : r14;
                const int64_t r1837 = r566 - r566 / r1836 * r1836;
                const int64_t r1845 = r566 / r1836;
                const int64_t r1846 = r17 - r566;
                const int64_t r1847 = r1834 ? r1846 : r1845;
                const int64_t r1848 = r1832 ? r17 : r1847;
                const bool r1851 = r13 == r17;
                const bool r1853 = r13 == r921;
                const bool r1854 = r1851 || r1853;
                const int64_t r1855 = r1854 ? r918 : r13;
                const int64_t r1856 = r1848 - r1848 / r1855 * r1855;
                const int64_t r1864 = r1848 / r1855;
                const int64_t r1865 = r17 - r1848;
                const int64_t r1866 = r1853 ? r1865 : r1864;
                const int64_t r1867 = r1851 ? r17 : r1866;
                // kernels/contract.k:LINE
                const int64_t r728 = r67 * r12;
                const int64_t r729 = r728 + r430;
                precise float r730 = R_f32(m1 + uint64_t(r729 * m1_s0 + r1867 * m1_s1 + r1856 * m1_s2 + r1837 * m1_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r717 = r730;
            }
            m5[uint(r329)] = r717;
            r732 = r45;
            const bool r735 = r443 && r590;
            if (r735) {
                const bool r1870 = r14 == r17;
                const bool r1872 = r14 == r921;
                const bool r1873 = r1870 || r1872;
                const int64_t r1874 = r1873 ? r918 : r14;
                const int64_t r1875 = r589 - r589 / r1874 * r1874;
                const int64_t r1883 = r589 / r1874;
                const int64_t r1884 = r17 - r589;
                const int64_t r1885 = r1872 ? r1884 : r1883;
                const int64_t r1886 = r1870 ? r17 : r1885;
                const bool r1889 = r13 == r17;
                const bool r1891 = r13 == r921;
                const bool r1892 = r1889 || r1891;
                const int64_t r1893 = r1892 ? r918 : r13;
                const int64_t r1894 = r1886 - r1886 / r1893 * r1893;
                const int64_t r1902 = r1886 / r1893;
                const int64_t r1903 = r17 - r1886;
                const int64_t r1904 = r1891 ? r1903 : r1902;
                const int64_t r1905 = r1889 ? r17 : r1904;
                // kernels/contract.k:LINE
                const int64_t r743 = r67 * r12;
                const int64_t r744 = r743 + r441;
                precise float r745 = R_f32(m1 + uint64_t(r744 * m1_s0 + r1905 * m1_s1 + r1894 * m1_s2 + r1875 * m1_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r732 = r745;
            }
            m5[uint(r346)] = r732;
            r747 = r45;
            const bool r750 = r454 && r613;
            if (r750) {
                const bool r1908 = r14 == r17;
                const bool r1910 = r14 == r921;
                const bool r1911 = r1908 || r1910;
                const int64_t r1912 = r1911 ? r918 : r14;
                const int64_t r1913 = r612 - r612 / r1912 * r1912;
                const int64_t r1921 = r612 / r1912;
                const int64_t r1922 = r17 - r612;
                const int64_t r1923 = r1910 ? r1922 : r1921;
                const int64_t r1924 = r1908 ? r17 : r1923;
                const bool r1927 = r13 == r17;
                const bool r1929 = r13 == r921;
                const bool r1930 = r1927 || r1929;
                const int64_t r1931 = r1930 ? r918 : r13;
                const int64_t r1932 = r1924 - r1924 / r1931 * r1931;
                const int64_t r1940 = r1924 / r1931;
                const int64_t r1941 = r17 - r1924;
                const int64_t r1942 = r1929 ? r1941 : r1940;
                const int64_t r1943 = r1927 ? r17 : r1942;
                // kernels/contract.k:LINE
                const int64_t r758 = r67 * r12;
                const int64_t r759 = r758 + r452;
                precise float r760 = R_f32(m1 + uint64_t(r759 * m1_s0 + r1943 * m1_s1 + r1932 * m1_s2 + r1913 * m1_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r747 = r760;
            }
            m5[uint(r363)] = r747;
            r762 = r45;
            const bool r765 = r465 && r636;
            if (r765) {
                const bool r1946 = r14 == r17;
                const bool r1948 = r14 == r921;
                const bool r1949 = r1946 || r1948;
                const int64_t r1950 = r1949 ? r918 : r14;
                const int64_t r1951 = r635 - r635 / r1950 * r1950;
                const int64_t r1959 = r635 / r1950;
                const int64_t r1960 = r17 - r635;
                const int64_t r1961 = r1948 ? r1960 : r1959;
                const int64_t r1962 = r1946 ? r17 : r1961;
                const bool r1965 = r13 == r17;
                const bool r1967 = r13 == r921;
                const bool r1968 = r1965 || r1967;
                const int64_t r1969 = r1968 ? r918 : r13;
                const int64_t r1970 = r1962 - r1962 / r1969 * r1969;
                const int64_t r1978 = r1962 / r1969;
                const int64_t r1979 = r17 - r1962;
                const int64_t r1980 = r1967 ? r1979 : r1978;
                const int64_t r1981 = r1965 ? r17 : r1980;
                // kernels/contract.k:LINE
                const int64_t r773 = r67 * r12;
                const int64_t r774 = r773 + r463;
                precise float r775 = R_f32(m1 + uint64_t(r774 * m1_s0 + r1981 * m1_s1 + r1970 * m1_s2 + r1951 * m1_s3) * 4ul).v;
                // kernels/contract.k:LINE
                r762 = r775;
            }
            m5[uint(r380)] = r762;
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
            const int64_t r776 = r63 - r471;
            const bool r777 = r776 >= r139;
            if (r777) {
                for (int64_t r779 = r17; r779 < r139; r779++) {
                    const int64_t r781 = r779 * r259;
                    const int64_t r782 = r781 + r79;
                    precise float r783 = m4[uint(r782)];
                    const int64_t r784 = r781 + r93;
                    precise float r785 = m4[uint(r784)];
                    const int64_t r786 = r781 + r106;
                    precise float r787 = m4[uint(r786)];
                    const int64_t r788 = r781 + r119;
                    precise float r789 = m4[uint(r788)];
                    const int64_t r792 = r781 + r74;
                    precise float r793 = m5[uint(r792)];
                    const int64_t r794 = r781 + r135;
                    precise float r795 = m5[uint(r794)];
                    const int64_t r796 = r781 + r140;
                    precise float r797 = m5[uint(r796)];
                    const int64_t r798 = r781 + r145;
                    precise float r799 = m5[uint(r798)];
                    precise float r800 = fma(r783, r793, r150);
                    r150 = r800;
                    precise float r801 = fma(r783, r795, r156);
                    r156 = r801;
                    precise float r802 = fma(r783, r797, r162);
                    r162 = r802;
                    precise float r803 = fma(r783, r799, r168);
                    r168 = r803;
                    precise float r804 = fma(r785, r793, r174);
                    r174 = r804;
                    precise float r805 = fma(r785, r795, r180);
                    r180 = r805;
                    precise float r806 = fma(r785, r797, r186);
                    r186 = r806;
                    precise float r807 = fma(r785, r799, r192);
                    r192 = r807;
                    precise float r808 = fma(r787, r793, r198);
                    r198 = r808;
                    precise float r809 = fma(r787, r795, r204);
                    r204 = r809;
                    precise float r810 = fma(r787, r797, r210);
                    r210 = r810;
                    precise float r811 = fma(r787, r799, r216);
                    r216 = r811;
                    precise float r812 = fma(r789, r793, r222);
                    r222 = r812;
                    precise float r813 = fma(r789, r795, r228);
                    r228 = r813;
                    precise float r814 = fma(r789, r797, r234);
                    r234 = r814;
                    precise float r815 = fma(r789, r799, r240);
                    r240 = r815;
                }
            } else {
                for (int64_t r817 = r17; r817 < r776; r817++) {
                    const int64_t r819 = r817 * r259;
                    const int64_t r820 = r819 + r79;
                    precise float r821 = m4[uint(r820)];
                    const int64_t r822 = r819 + r93;
                    precise float r823 = m4[uint(r822)];
                    const int64_t r824 = r819 + r106;
                    precise float r825 = m4[uint(r824)];
                    const int64_t r826 = r819 + r119;
                    precise float r827 = m4[uint(r826)];
                    const int64_t r830 = r819 + r74;
                    precise float r831 = m5[uint(r830)];
                    const int64_t r832 = r819 + r135;
                    precise float r833 = m5[uint(r832)];
                    const int64_t r834 = r819 + r140;
                    precise float r835 = m5[uint(r834)];
                    const int64_t r836 = r819 + r145;
                    precise float r837 = m5[uint(r836)];
                    precise float r838 = fma(r821, r831, r150);
                    r150 = r838;
                    precise float r839 = fma(r821, r833, r156);
                    r156 = r839;
                    precise float r840 = fma(r821, r835, r162);
                    r162 = r840;
                    precise float r841 = fma(r821, r837, r168);
                    r168 = r841;
                    precise float r842 = fma(r823, r831, r174);
                    r174 = r842;
                    precise float r843 = fma(r823, r833, r180);
                    r180 = r843;
                    precise float r844 = fma(r823, r835, r186);
                    r186 = r844;
                    precise float r845 = fma(r823, r837, r192);
                    r192 = r845;
                    precise float r846 = fma(r825, r831, r198);
                    r198 = r846;
                    precise float r847 = fma(r825, r833, r204);
                    r204 = r847;
                    precise float r848 = fma(r825, r835, r210);
                    r210 = r848;
                    precise float r849 = fma(r825, r837, r216);
                    r216 = r849;
                    precise float r850 = fma(r827, r831, r222);
                    r222 = r850;
                    precise float r851 = fma(r827, r833, r228);
                    r228 = r851;
                    precise float r852 = fma(r827, r835, r234);
                    r234 = r852;
                    precise float r853 = fma(r827, r837, r240);
                    r240 = r853;
                }
            }
            memoryBarrierBuffer(); memoryBarrierShared(); barrier();
        }
        if (r151) {
            // kernels/contract.k:LINE
            const int64_t r855 = r67 * r12;
            const int64_t r856 = r855 + r131;
            R_f32(m3 + uint64_t(r955 * m3_s0 + r856 * m3_s1 + r944 * m3_s2 + r925 * m3_s3) * 4ul).v = r150;
        }
        // kernels/contract.k:LINE
        if (r157) {
            // kernels/contract.k:LINE
            const int64_t r859 = r67 * r12;
            const int64_t r860 = r859 + r136;
            R_f32(m3 + uint64_t(r955 * m3_s0 + r860 * m3_s1 + r944 * m3_s2 + r925 * m3_s3) * 4ul).v = r156;
        }
        // kernels/contract.k:LINE
        if (r163) {
            // kernels/contract.k:LINE
            const int64_t r863 = r67 * r12;
            const int64_t r864 = r863 + r141;
            R_f32(m3 + uint64_t(r955 * m3_s0 + r864 * m3_s1 + r944 * m3_s2 + r925 * m3_s3) * 4ul).v = r162;
        }
        // kernels/contract.k:LINE
        if (r169) {
            // kernels/contract.k:LINE
            const int64_t r867 = r67 * r12;
            const int64_t r868 = r867 + r146;
            R_f32(m3 + uint64_t(r955 * m3_s0 + r868 * m3_s1 + r944 * m3_s2 + r925 * m3_s3) * 4ul).v = r168;
        }
        // kernels/contract.k:LINE
        if (r175) {
            // kernels/contract.k:LINE
            const int64_t r871 = r67 * r12;
            const int64_t r872 = r871 + r131;
            R_f32(m3 + uint64_t(r993 * m3_s0 + r872 * m3_s1 + r982 * m3_s2 + r963 * m3_s3) * 4ul).v = r174;
        }
        // kernels/contract.k:LINE
        if (r181) {
            // kernels/contract.k:LINE
            const int64_t r875 = r67 * r12;
            const int64_t r876 = r875 + r136;
            R_f32(m3 + uint64_t(r993 * m3_s0 + r876 * m3_s1 + r982 * m3_s2 + r963 * m3_s3) * 4ul).v = r180;
        }
        // kernels/contract.k:LINE
        if (r187) {
            // kernels/contract.k:LINE
            const int64_t r879 = r67 * r12;
            const int64_t r880 = r879 + r141;
            R_f32(m3 + uint64_t(r993 * m3_s0 + r880 * m3_s1 + r982 * m3_s2 + r963 * m3_s3) * 4ul).v = r186;
        }
        // kernels/contract.k:LINE
        if (r193) {
            // kernels/contract.k:LINE
            const int64_t r883 = r67 * r12;
            const int64_t r884 = r883 + r146;
            R_f32(m3 + uint64_t(r993 * m3_s0 + r884 * m3_s1 + r982 * m3_s2 + r963 * m3_s3) * 4ul).v = r192;
        }
        // kernels/contract.k:LINE
        if (r199) {
            // kernels/contract.k:LINE
            const int64_t r887 = r67 * r12;
            const int64_t r888 = r887 + r131;
            R_f32(m3 + uint64_t(r1031 * m3_s0 + r888 * m3_s1 + r1020 * m3_s2 + r1001 * m3_s3) * 4ul).v = r198;
        }
        // kernels/contract.k:LINE
        if (r205) {
            // kernels/contract.k:LINE
            const int64_t r891 = r67 * r12;
            const int64_t r892 = r891 + r136;
            R_f32(m3 + uint64_t(r1031 * m3_s0 + r892 * m3_s1 + r1020 * m3_s2 + r1001 * m3_s3) * 4ul).v = r204;
        }
        // kernels/contract.k:LINE
        if (r211) {
            // kernels/contract.k:LINE
            const int64_t r895 = r67 * r12;
            const int64_t r896 = r895 + r141;
            R_f32(m3 + uint64_t(r1031 * m3_s0 + r896 * m3_s1 + r1020 * m3_s2 + r1001 * m3_s3) * 4ul).v = r210;
        }
        // kernels/contract.k:LINE
        if (r217) {
            // kernels/contract.k:LINE
            const int64_t r899 = r67 * r12;
            const int64_t r900 = r899 + r146;
            R_f32(m3 + uint64_t(r1031 * m3_s0 + r900 * m3_s1 + r1020 * m3_s2 + r1001 * m3_s3) * 4ul).v = r216;
        }
        // kernels/contract.k:LINE
        if (r223) {
            // kernels/contract.k:LINE
            const int64_t r903 = r67 * r12;
            const int64_t r904 = r903 + r131;
            R_f32(m3 + uint64_t(r1069 * m3_s0 + r904 * m3_s1 + r1058 * m3_s2 + r1039 * m3_s3) * 4ul).v = r222;
        }
        // kernels/contract.k:LINE
        if (r229) {
            // kernels/contract.k:LINE
            const int64_t r907 = r67 * r12;
            const int64_t r908 = r907 + r136;
            R_f32(m3 + uint64_t(r1069 * m3_s0 + r908 * m3_s1 + r1058 * m3_s2 + r1039 * m3_s3) * 4ul).v = r228;
        }
        // kernels/contract.k:LINE
        if (r235) {
            // kernels/contract.k:LINE
            const int64_t r911 = r67 * r12;
            const int64_t r912 = r911 + r141;
            R_f32(m3 + uint64_t(r1069 * m3_s0 + r912 * m3_s1 + r1058 * m3_s2 + r1039 * m3_s3) * 4ul).v = r234;
        }
        // kernels/contract.k:LINE
        if (r241) {
            // kernels/contract.k:LINE
            const int64_t r915 = r67 * r12;
            const int64_t r916 = r915 + r146;
            R_f32(m3 + uint64_t(r1069 * m3_s0 + r916 * m3_s1 + r1058 * m3_s2 + r1039 * m3_s3) * 4ul).v = r240;
        }
    }
}
