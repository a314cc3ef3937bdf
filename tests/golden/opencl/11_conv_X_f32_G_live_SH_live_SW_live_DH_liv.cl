#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable

// conv
typedef struct { long w[47]; } k0_conv_words;
__kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void k0_conv(const k0_conv_words block, __global uchar *restrict b0, __global uchar *restrict b1, __global uchar *restrict b2, __global uchar *restrict b3)
{
    const long *const w = block.w;
    const long items = w[0];
    const long item = (long)get_group_id(0);
    const long lid = (long)get_local_id(0);
    __global const float *const m0 = (__global const float *)(b0 + w[1]);
    __global const float *const m1 = (__global const float *)(b1 + w[10]);
    __global const float *const m2 = (__global const float *)(b2 + w[19]);
    __global float *const m3 = (__global float *)(b3 + w[22]);
    const long m0_d0 = w[2];
    const long m0_d1 = w[3];
    const long m0_d2 = w[4];
    const long m0_d3 = w[5];
    const long m0_s0 = w[6];
    const long m0_s1 = w[7];
    const long m0_s2 = w[8];
    const long m0_s3 = w[9];
    const long m1_s0 = w[15];
    const long m1_s1 = w[16];
    const long m1_s2 = w[17];
    const long m1_s3 = w[18];
    const long m2_s0 = w[21];
    const long m3_s0 = w[27];
    const long m3_s1 = w[28];
    const long m3_s2 = w[29];
    const long m3_s3 = w[30];
    __local float m4[576];
    __local float m5[576];
    float r150 = 0;
    float r156 = 0;
    float r162 = 0;
    float r168 = 0;
    float r174 = 0;
    float r180 = 0;
    float r186 = 0;
    float r192 = 0;
    float r198 = 0;
    float r204 = 0;
    float r210 = 0;
    float r216 = 0;
    float r222 = 0;
    float r228 = 0;
    float r234 = 0;
    float r240 = 0;
    float r473 = 0;
    float r496 = 0;
    float r519 = 0;
    float r542 = 0;
    float r565 = 0;
    float r588 = 0;
    float r611 = 0;
    float r634 = 0;
    float r657 = 0;
    float r672 = 0;
    float r687 = 0;
    float r702 = 0;
    float r717 = 0;
    float r732 = 0;
    float r747 = 0;
    float r762 = 0;
    // kernels/contract.k:LINE
    const long r1 = (long)(w[31]);
    const long r2 = (long)(w[32]);
    const long r3 = (long)(w[33]);
    const long r4 = (long)(w[34]);
    const long r5 = (long)(w[35]);
    const long r6 = (long)(w[36]);
    const long r7 = (long)(w[37]);
    const long r8 = (long)(w[38]);
    const long r9 = (long)(w[39]);
    const long r12 = (long)(w[42]);
    const long r13 = (long)(w[43]);
    const long r14 = (long)(w[44]);
    const long r15 = (long)(w[45]);
    const long r16 = (long)(w[46]);
    const long r17 = 0l;
    const float r45 = as_float(0x00000000u) /* 0 */;
    const long r62 = (long)((ulong)r9 * (ulong)r13);
    const long r63 = (long)((ulong)r62 * (ulong)r14);
    const long r64 = (long)((ulong)r8 * (ulong)r15);
    const long r65 = (long)((ulong)r64 * (ulong)r16);
    const long r69 = 32l;
    {
        const long n68 = (r65 - r17 + r69 - 1) / r69;
        const long n70 = (r12 - r17 + r69 - 1) / r69;
        long from = item;
        const long r70 = r17 + (from % n70) * r69; from /= n70;
        const long r68 = r17 + (from % n68) * r69; from /= n68;
        const long r67 = r17 + from;
        const long r72 = lid;
        const long r73 = 8l;
        const long r74 = r72 % r73;
        const long r76 = r72 / r73;
        const long r78 = 4l;
        const long r79 = (long)((ulong)r76 * (ulong)r78);
        const long r81 = (long)((ulong)r68 + (ulong)r79);
        const long r918 = 1l;
        const bool r920 = r16 == r17;
        const long r921 = (long)0xfffffffffffffffful;
        const bool r922 = r16 == r921;
        const bool r923 = r920 | r922;
        const long r924 = r923 ? r918 : r16;
        const long r925 = r81 % r924;
        const long r933 = r81 / r924;
        const long r934 = (long)((ulong)r17 - (ulong)r81);
        const long r935 = r922 ? r934 : r933;
        const long r936 = r920 ? r17 : r935;
        const bool r939 = r15 == r17;
        const bool r941 = r15 == r921;
        const bool r942 = r939 | r941;
        const long r943 = r942 ? r918 : r15;
        const long r944 = r936 % r943;
        const long r952 = r936 / r943;
        const long r953 = (long)((ulong)r17 - (ulong)r936);
        const long r954 = r941 ? r953 : r952;
        const long r955 = r939 ? r17 : r954;
        const bool r89 = r81 < r65;
        const long r93 = (long)((ulong)r79 + (ulong)r918);
        const long r94 = (long)((ulong)r68 + (ulong)r93);
        const long r963 = r94 % r924;
        const long r971 = r94 / r924;
        const long r972 = (long)((ulong)r17 - (ulong)r94);
        const long r973 = r922 ? r972 : r971;
        const long r974 = r920 ? r17 : r973;
        const long r982 = r974 % r943;
        const long r990 = r974 / r943;
        const long r991 = (long)((ulong)r17 - (ulong)r974);
        const long r992 = r941 ? r991 : r990;
        const long r993 = r939 ? r17 : r992;
        const bool r102 = r94 < r65;
        const long r103 = 2l;
        const long r106 = (long)((ulong)r79 + (ulong)r103);
        const long r107 = (long)((ulong)r68 + (ulong)r106);
        const long r1001 = r107 % r924;
        const long r1009 = r107 / r924;
        const long r1010 = (long)((ulong)r17 - (ulong)r107);
        const long r1011 = r922 ? r1010 : r1009;
        const long r1012 = r920 ? r17 : r1011;
        const long r1020 = r1012 % r943;
        const long r1028 = r1012 / r943;
        const long r1029 = (long)((ulong)r17 - (ulong)r1012);
        const long r1030 = r941 ? r1029 : r1028;
        const long r1031 = r939 ? r17 : r1030;
        const bool r115 = r107 < r65;
        const long r116 = 3l;
        const long r119 = (long)((ulong)r79 + (ulong)r116);
        const long r120 = (long)((ulong)r68 + (ulong)r119);
        const long r1039 = r120 % r924;
        const long r1047 = r120 / r924;
        const long r1048 = (long)((ulong)r17 - (ulong)r120);
        const long r1049 = r922 ? r1048 : r1047;
        const long r1050 = r920 ? r17 : r1049;
        const long r1058 = r1050 % r943;
        const long r1066 = r1050 / r943;
        const long r1067 = (long)((ulong)r17 - (ulong)r1050);
        const long r1068 = r941 ? r1067 : r1066;
        const long r1069 = r939 ? r17 : r1068;
        const bool r128 = r120 < r65;
        const long r131 = (long)((ulong)r70 + (ulong)r74);
        const bool r133 = r131 < r12;
        const long r135 = (long)((ulong)r74 + (ulong)r73);
        const long r136 = (long)((ulong)r70 + (ulong)r135);
        const bool r138 = r136 < r12;
        const long r139 = 16l;
        const long r140 = (long)((ulong)r74 + (ulong)r139);
        const long r141 = (long)((ulong)r70 + (ulong)r140);
        const bool r143 = r141 < r12;
        const long r144 = 24l;
        const long r145 = (long)((ulong)r74 + (ulong)r144);
        const long r146 = (long)((ulong)r70 + (ulong)r145);
        const bool r148 = r146 < r12;
        r150 = r45;
        const bool r151 = r89 & r133;
        if (r151) {
            // kernels/contract.k:LINE
            const long r152 = (long)((ulong)r67 * (ulong)r12);
            const long r153 = (long)((ulong)r152 + (ulong)r131);
            const float r154 = m2[r153 * m2_s0];
            // kernels/contract.k:LINE
            r150 = r154;
        }
        r156 = r45;
        const bool r157 = r89 & r138;
        if (r157) {
            // kernels/contract.k:LINE
            const long r158 = (long)((ulong)r67 * (ulong)r12);
            const long r159 = (long)((ulong)r158 + (ulong)r136);
            const float r160 = m2[r159 * m2_s0];
            // kernels/contract.k:LINE
            r156 = r160;
        }
        r162 = r45;
        const bool r163 = r89 & r143;
        if (r163) {
            // kernels/contract.k:LINE
            const long r164 = (long)((ulong)r67 * (ulong)r12);
            const long r165 = (long)((ulong)r164 + (ulong)r141);
            const float r166 = m2[r165 * m2_s0];
            // kernels/contract.k:LINE
            r162 = r166;
        }
        r168 = r45;
        const bool r169 = r89 & r148;
        if (r169) {
            // kernels/contract.k:LINE
            const long r170 = (long)((ulong)r67 * (ulong)r12);
            const long r171 = (long)((ulong)r170 + (ulong)r146);
            const float r172 = m2[r171 * m2_s0];
            // kernels/contract.k:LINE
            r168 = r172;
        }
        r174 = r45;
        const bool r175 = r102 & r133;
        if (r175) {
            // kernels/contract.k:LINE
            const long r176 = (long)((ulong)r67 * (ulong)r12);
            const long r177 = (long)((ulong)r176 + (ulong)r131);
            const float r178 = m2[r177 * m2_s0];
            // kernels/contract.k:LINE
            r174 = r178;
        }
        r180 = r45;
        const bool r181 = r102 & r138;
        if (r181) {
            // kernels/contract.k:LINE
            const long r182 = (long)((ulong)r67 * (ulong)r12);
            const long r183 = (long)((ulong)r182 + (ulong)r136);
            const float r184 = m2[r183 * m2_s0];
            // kernels/contract.k:LINE
            r180 = r184;
        }
        r186 = r45;
        const bool r187 = r102 & r143;
        if (r187) {
            // kernels/contract.k:LINE
            const long r188 = (long)((ulong)r67 * (ulong)r12);
            const long r189 = (long)((ulong)r188 + (ulong)r141);
            const float r190 = m2[r189 * m2_s0];
            // kernels/contract.k:LINE
            r186 = r190;
        }
        r192 = r45;
        const bool r193 = r102 & r148;
        if (r193) {
            // kernels/contract.k:LINE
            const long r194 = (long)((ulong)r67 * (ulong)r12);
            const long r195 = (long)((ulong)r194 + (ulong)r146);
            const float r196 = m2[r195 * m2_s0];
            // kernels/contract.k:LINE
            r192 = r196;
        }
        r198 = r45;
        const bool r199 = r115 & r133;
        if (r199) {
            // kernels/contract.k:LINE
            const long r200 = (long)((ulong)r67 * (ulong)r12);
            const long r201 = (long)((ulong)r200 + (ulong)r131);
            const float r202 = m2[r201 * m2_s0];
            // kernels/contract.k:LINE
            r198 = r202;
        }
        r204 = r45;
        const bool r205 = r115 & r138;
        if (r205) {
            // kernels/contract.k:LINE
            const long r206 = (long)((ulong)r67 * (ulong)r12);
            const long r207 = (long)((ulong)r206 + (ulong)r136);
            const float r208 = m2[r207 * m2_s0];
            // kernels/contract.k:LINE
            r204 = r208;
        }
        r210 = r45;
        const bool r211 = r115 & r143;
        if (r211) {
            // kernels/contract.k:LINE
            const long r212 = (long)((ulong)r67 * (ulong)r12);
            const long r213 = (long)((ulong)r212 + (ulong)r141);
            const float r214 = m2[r213 * m2_s0];
            // kernels/contract.k:LINE
            r210 = r214;
        }
        r216 = r45;
        const bool r217 = r115 & r148;
        if (r217) {
            // kernels/contract.k:LINE
            const long r218 = (long)((ulong)r67 * (ulong)r12);
            const long r219 = (long)((ulong)r218 + (ulong)r146);
            const float r220 = m2[r219 * m2_s0];
            // kernels/contract.k:LINE
            r216 = r220;
        }
        r222 = r45;
        const bool r223 = r128 & r133;
        if (r223) {
            // kernels/contract.k:LINE
            const long r224 = (long)((ulong)r67 * (ulong)r12);
            const long r225 = (long)((ulong)r224 + (ulong)r131);
            const float r226 = m2[r225 * m2_s0];
            // kernels/contract.k:LINE
            r222 = r226;
        }
        r228 = r45;
        const bool r229 = r128 & r138;
        if (r229) {
            // kernels/contract.k:LINE
            const long r230 = (long)((ulong)r67 * (ulong)r12);
            const long r231 = (long)((ulong)r230 + (ulong)r136);
            const float r232 = m2[r231 * m2_s0];
            // kernels/contract.k:LINE
            r228 = r232;
        }
        r234 = r45;
        const bool r235 = r128 & r143;
        if (r235) {
            // kernels/contract.k:LINE
            const long r236 = (long)((ulong)r67 * (ulong)r12);
            const long r237 = (long)((ulong)r236 + (ulong)r141);
            const float r238 = m2[r237 * m2_s0];
            // kernels/contract.k:LINE
            r234 = r238;
        }
        r240 = r45;
        const bool r241 = r128 & r148;
        if (r241) {
            // kernels/contract.k:LINE
            const long r242 = (long)((ulong)r67 * (ulong)r12);
            const long r243 = (long)((ulong)r242 + (ulong)r146);
            const float r244 = m2[r243 * m2_s0];
            // kernels/contract.k:LINE
            r240 = r244;
        }
        const long r248 = r72 % r139;
        const long r249 = r72 / r139;
        const long r250 = (long)((ulong)r68 + (ulong)r249);
        const long r1077 = r250 % r924;
        const long r1085 = r250 / r924;
        const long r1086 = (long)((ulong)r17 - (ulong)r250);
        const long r1087 = r922 ? r1086 : r1085;
        const long r1088 = r920 ? r17 : r1087;
        const long r1096 = r1088 % r943;
        const long r1104 = r1088 / r943;
        const long r1105 = (long)((ulong)r17 - (ulong)r1088);
        const long r1106 = r941 ? r1105 : r1104;
        const long r1107 = r939 ? r17 : r1106;
        const bool r258 = r250 < r65;
        const long r259 = 36l;
        const long r260 = (long)((ulong)r248 * (ulong)r259);
        const long r261 = (long)((ulong)r260 + (ulong)r249);
        const long r262 = 64l;
        const long r263 = (long)((ulong)r72 + (ulong)r262);
        const long r265 = r263 % r139;
        const long r266 = r263 / r139;
        const long r267 = (long)((ulong)r68 + (ulong)r266);
        const long r1115 = r267 % r924;
        const long r1123 = r267 / r924;
        const long r1124 = (long)((ulong)r17 - (ulong)r267);
        const long r1125 = r922 ? r1124 : r1123;
        const long r1126 = r920 ? r17 : r1125;
        const long r1134 = r1126 % r943;
        const long r1142 = r1126 / r943;
        const long r1143 = (long)((ulong)r17 - (ulong)r1126);
        const long r1144 = r941 ? r1143 : r1142;
        const long r1145 = r939 ? r17 : r1144;
        const bool r275 = r267 < r65;
        const long r277 = (long)((ulong)r265 * (ulong)r259);
        const long r278 = (long)((ulong)r277 + (ulong)r266);
        const long r279 = 128l;
        const long r280 = (long)((ulong)r72 + (ulong)r279);
        const long r282 = r280 % r139;
        const long r283 = r280 / r139;
        const long r284 = (long)((ulong)r68 + (ulong)r283);
        const long r1153 = r284 % r924;
        const long r1161 = r284 / r924;
        const long r1162 = (long)((ulong)r17 - (ulong)r284);
        const long r1163 = r922 ? r1162 : r1161;
        const long r1164 = r920 ? r17 : r1163;
        const long r1172 = r1164 % r943;
        const long r1180 = r1164 / r943;
        const long r1181 = (long)((ulong)r17 - (ulong)r1164);
        const long r1182 = r941 ? r1181 : r1180;
        const long r1183 = r939 ? r17 : r1182;
        const bool r292 = r284 < r65;
        const long r294 = (long)((ulong)r282 * (ulong)r259);
        const long r295 = (long)((ulong)r294 + (ulong)r283);
        const long r296 = 192l;
        const long r297 = (long)((ulong)r72 + (ulong)r296);
        const long r299 = r297 % r139;
        const long r300 = r297 / r139;
        const long r301 = (long)((ulong)r68 + (ulong)r300);
        const long r1191 = r301 % r924;
        const long r1199 = r301 / r924;
        const long r1200 = (long)((ulong)r17 - (ulong)r301);
        const long r1201 = r922 ? r1200 : r1199;
        const long r1202 = r920 ? r17 : r1201;
        const long r1210 = r1202 % r943;
        const long r1218 = r1202 / r943;
        const long r1219 = (long)((ulong)r17 - (ulong)r1202);
        const long r1220 = r941 ? r1219 : r1218;
        const long r1221 = r939 ? r17 : r1220;
        const bool r309 = r301 < r65;
        const long r311 = (long)((ulong)r299 * (ulong)r259);
        const long r312 = (long)((ulong)r311 + (ulong)r300);
        const long r313 = 256l;
        const long r314 = (long)((ulong)r72 + (ulong)r313);
        const long r316 = r314 % r139;
        const long r317 = r314 / r139;
        const long r318 = (long)((ulong)r68 + (ulong)r317);
        const long r1229 = r318 % r924;
        const long r1237 = r318 / r924;
        const long r1238 = (long)((ulong)r17 - (ulong)r318);
        const long r1239 = r922 ? r1238 : r1237;
        const long r1240 = r920 ? r17 : r1239;
        const long r1248 = r1240 % r943;
        const long r1256 = r1240 / r943;
        const long r1257 = (long)((ulong)r17 - (ulong)r1240);
        const long r1258 = r941 ? r1257 : r1256;
        const long r1259 = r939 ? r17 : r1258;
        const bool r326 = r318 < r65;
        const long r328 = (long)((ulong)r316 * (ulong)r259);
        const long r329 = (long)((ulong)r328 + (ulong)r317);
        const long r330 = 320l;
        const long r331 = (long)((ulong)r72 + (ulong)r330);
        const long r333 = r331 % r139;
        const long r334 = r331 / r139;
        const long r335 = (long)((ulong)r68 + (ulong)r334);
        const long r1267 = r335 % r924;
        const long r1275 = r335 / r924;
        const long r1276 = (long)((ulong)r17 - (ulong)r335);
        const long r1277 = r922 ? r1276 : r1275;
        const long r1278 = r920 ? r17 : r1277;
        const long r1286 = r1278 % r943;
        const long r1294 = r1278 / r943;
        const long r1295 = (long)((ulong)r17 - (ulong)r1278);
        const long r1296 = r941 ? r1295 : r1294;
        const long r1297 = r939 ? r17 : r1296;
        const bool r343 = r335 < r65;
        const long r345 = (long)((ulong)r333 * (ulong)r259);
        const long r346 = (long)((ulong)r345 + (ulong)r334);
        const long r347 = 384l;
        const long r348 = (long)((ulong)r72 + (ulong)r347);
        const long r350 = r348 % r139;
        const long r351 = r348 / r139;
        const long r352 = (long)((ulong)r68 + (ulong)r351);
        const long r1305 = r352 % r924;
        const long r1313 = r352 / r924;
        const long r1314 = (long)((ulong)r17 - (ulong)r352);
        const long r1315 = r922 ? r1314 : r1313;
        const long r1316 = r920 ? r17 : r1315;
        const long r1324 = r1316 % r943;
        const long r1332 = r1316 / r943;
        const long r1333 = (long)((ulong)r17 - (ulong)r1316);
        const long r1334 = r941 ? r1333 : r1332;
        const long r1335 = r939 ? r17 : r1334;
        const bool r360 = r352 < r65;
        const long r362 = (long)((ulong)r350 * (ulong)r259);
        const long r363 = (long)((ulong)r362 + (ulong)r351);
        const long r364 = 448l;
        const long r365 = (long)((ulong)r72 + (ulong)r364);
        const long r367 = r365 % r139;
        const long r368 = r365 / r139;
        const long r369 = (long)((ulong)r68 + (ulong)r368);
        const long r1343 = r369 % r924;
        const long r1351 = r369 / r924;
        const long r1352 = (long)((ulong)r17 - (ulong)r369);
        const long r1353 = r922 ? r1352 : r1351;
        const long r1354 = r920 ? r17 : r1353;
        const long r1362 = r1354 % r943;
        const long r1370 = r1354 / r943;
        const long r1371 = (long)((ulong)r17 - (ulong)r1354);
        const long r1372 = r941 ? r1371 : r1370;
        const long r1373 = r939 ? r17 : r1372;
        const bool r377 = r369 < r65;
        const long r379 = (long)((ulong)r367 * (ulong)r259);
        const long r380 = (long)((ulong)r379 + (ulong)r368);
        const long r386 = (long)((ulong)r70 + (ulong)r249);
        const bool r388 = r386 < r12;
        const long r397 = (long)((ulong)r70 + (ulong)r266);
        const bool r399 = r397 < r12;
        const long r408 = (long)((ulong)r70 + (ulong)r283);
        const bool r410 = r408 < r12;
        const long r419 = (long)((ulong)r70 + (ulong)r300);
        const bool r421 = r419 < r12;
        const long r430 = (long)((ulong)r70 + (ulong)r317);
        const bool r432 = r430 < r12;
        const long r441 = (long)((ulong)r70 + (ulong)r334);
        const bool r443 = r441 < r12;
        const long r452 = (long)((ulong)r70 + (ulong)r351);
        const bool r454 = r452 < r12;
        const long r463 = (long)((ulong)r70 + (ulong)r368);
        const bool r465 = r463 < r12;
        for (long r471 = r17; r471 < r63; r471 += r139) {
            r473 = r45;
            const long r474 = (long)((ulong)r471 + (ulong)r248);
            const bool r475 = r474 < r63;
            const bool r476 = r258 & r475;
            if (r476) {
                const bool r1376 = r14 == r17;
                const bool r1378 = r14 == r921;
                const bool r1379 = r1376 | r1378;
                const long r1380 = r1379 ? r918 : r14;
                const long r1381 = r474 % r1380;
                const long r1389 = r474 / r1380;
                const long r1390 = (long)((ulong)r17 - (ulong)r474);
                const long r1391 = r1378 ? r1390 : r1389;
                const long r1392 = r1376 ? r17 : r1391;
                const bool r1395 = r13 == r17;
                const bool r1397 = r13 == r921;
                const bool r1398 = r1395 | r1397;
                const long r1399 = r1398 ? r918 : r13;
                const long r1400 = r1392 % r1399;
                const long r1408 = r1392 / r1399;
                const long r1409 = (long)((ulong)r17 - (ulong)r1392);
                const long r1410 = r1397 ? r1409 : r1408;
                const long r1411 = r1395 ? r17 : r1410;
                // kernels/contract.k:LINE
                const long r484 = (long)((ulong)r67 * (ulong)r9);
                const long r485 = (long)((ulong)r484 + (ulong)r1411);
                const long r486 = (long)((ulong)r1096 * (ulong)r2);
                const long r487 = (long)((ulong)r1400 * (ulong)r4);
                const long r488 = (long)((ulong)r486 + (ulong)r487);
                const long r489 = (long)((ulong)r488 - (ulong)r6);
                const long r490 = (long)((ulong)r1077 * (ulong)r3);
                const long r491 = (long)((ulong)r1381 * (ulong)r5);
                const long r492 = (long)((ulong)r490 + (ulong)r491);
                const long r493 = (long)((ulong)r492 - (ulong)r7);
                const float r494 = (ulong)r485 < (ulong)m0_d1 & (ulong)r489 < (ulong)m0_d2 & (ulong)r493 < (ulong)m0_d3 ? m0[r1107 * m0_s0 + r485 * m0_s1 + r489 * m0_s2 + r493 * m0_s3] : r45;
                // kernels/contract.k:LINE
                r473 = r494;
            }
            m4[r261] = r473;
            r496 = r45;
            const long r497 = (long)((ulong)r471 + (ulong)r265);
            const bool r498 = r497 < r63;
            const bool r499 = r275 & r498;
            if (r499) {
                const bool r1414 = r14 == r17;
                const bool r1416 = r14 == r921;
                const bool r1417 = r1414 | r1416;
                const long r1418 = r1417 ? r918 : r14;
                const long r1419 = r497 % r1418;
                const long r1427 = r497 / r1418;
                const long r1428 = (long)((ulong)r17 - (ulong)r497);
                const long r1429 = r1416 ? r1428 : r1427;
                const long r1430 = r1414 ? r17 : r1429;
                const bool r1433 = r13 == r17;
                const bool r1435 = r13 == r921;
                const bool r1436 = r1433 | r1435;
                const long r1437 = r1436 ? r918 : r13;
                const long r1438 = r1430 % r1437;
                const long r1446 = r1430 / r1437;
                const long r1447 = (long)((ulong)r17 - (ulong)r1430);
                const long r1448 = r1435 ? r1447 : r1446;
                const long r1449 = r1433 ? r17 : r1448;
                // kernels/contract.k:LINE
                const long r507 = (long)((ulong)r67 * (ulong)r9);
                const long r508 = (long)((ulong)r507 + (ulong)r1449);
                const long r509 = (long)((ulong)r1134 * (ulong)r2);
                const long r510 = (long)((ulong)r1438 * (ulong)r4);
                const long r511 = (long)((ulong)r509 + (ulong)r510);
                const long r512 = (long)((ulong)r511 - (ulong)r6);
                const long r513 = (long)((ulong)r1115 * (ulong)r3);
                const long r514 = (long)((ulong)r1419 * (ulong)r5);
                const long r515 = (long)((ulong)r513 + (ulong)r514);
                const long r516 = (long)((ulong)r515 - (ulong)r7);
                const float r517 = (ulong)r508 < (ulong)m0_d1 & (ulong)r512 < (ulong)m0_d2 & (ulong)r516 < (ulong)m0_d3 ? m0[r1145 * m0_s0 + r508 * m0_s1 + r512 * m0_s2 + r516 * m0_s3] : r45;
                // kernels/contract.k:LINE
                r496 = r517;
            }
            m4[r278] = r496;
            r519 = r45;
            const long r520 = (long)((ulong)r471 + (ulong)r282);
            const bool r521 = r520 < r63;
            const bool r522 = r292 & r521;
            if (r522) {
                const bool r1452 = r14 == r17;
                const bool r1454 = r14 == r921;
                const bool r1455 = r1452 | r1454;
                const long r1456 = r1455 ? r918 : r14;
                const long r1457 = r520 % r1456;
                const long r1465 = r520 / r1456;
                const long r1466 = (long)((ulong)r17 - (ulong)r520);
                const long r1467 = r1454 ? r1466 : r1465;
                const long r1468 = r1452 ? r17 : r1467;
                const bool r1471 = r13 == r17;
                const bool r1473 = r13 == r921;
                const bool r1474 = r1471 | r1473;
                const long r1475 = r1474 ? r918 : r13;
                const long r1476 = r1468 % r1475;
                const long r1484 = r1468 / r1475;
                const long r1485 = (long)((ulong)r17 - (ulong)r1468);
                const long r1486 = r1473 ? r1485 : r1484;
                const long r1487 = r1471 ? r17 : r1486;
                // kernels/contract.k:LINE
                const long r530 = (long)((ulong)r67 * (ulong)r9);
                const long r531 = (long)((ulong)r530 + (ulong)r1487);
                const long r532 = (long)((ulong)r1172 * (ulong)r2);
                const long r533 = (long)((ulong)r1476 * (ulong)r4);
                const long r534 = (long)((ulong)r532 + (ulong)r533);
                const long r535 = (long)((ulong)r534 - (ulong)r6);
                const long r536 = (long)((ulong)r1153 * (ulong)r3);
                const long r537 = (long)((ulong)r1457 * (ulong)r5);
                const long r538 = (long)((ulong)r536 + (ulong)r537);
                const long r539 = (long)((ulong)r538 - (ulong)r7);
                const float r540 = (ulong)r531 < (ulong)m0_d1 & (ulong)r535 < (ulong)m0_d2 & (ulong)r539 < (ulong)m0_d3 ? m0[r1183 * m0_s0 + r531 * m0_s1 + r535 * m0_s2 + r539 * m0_s3] : r45;
                // kernels/contract.k:LINE
                r519 = r540;
            }
            m4[r295] = r519;
            r542 = r45;
            const long r543 = (long)((ulong)r471 + (ulong)r299);
            const bool r544 = r543 < r63;
            const bool r545 = r309 & r544;
            if (r545) {
                const bool r1490 = r14 == r17;
                const bool r1492 = r14 == r921;
                const bool r1493 = r1490 | r1492;
                const long r1494 = r1493 ? r918 : r14;
                const long r1495 = r543 % r1494;
                const long r1503 = r543 / r1494;
                const long r1504 = (long)((ulong)r17 - (ulong)r543);
                const long r1505 = r1492 ? r1504 : r1503;
                const long r1506 = r1490 ? r17 : r1505;
                const bool r1509 = r13 == r17;
                const bool r1511 = r13 == r921;
                const bool r1512 = r1509 | r1511;
                const long r1513 = r1512 ? r918 : r13;
                const long r1514 = r1506 % r1513;
                const long r1522 = r1506 / r1513;
                const long r1523 = (long)((ulong)r17 - (ulong)r1506);
                const long r1524 = r1511 ? r1523 : r1522;
                const long r1525 = r1509 ? r17 : r1524;
                // kernels/contract.k:LINE
                const long r553 = (long)((ulong)r67 * (ulong)r9);
                const long r554 = (long)((ulong)r553 + (ulong)r1525);
                const long r555 = (long)((ulong)r1210 * (ulong)r2);
                const long r556 = (long)((ulong)r1514 * (ulong)r4);
                const long r557 = (long)((ulong)r555 + (ulong)r556);
                const long r558 = (long)((ulong)r557 - (ulong)r6);
                const long r559 = (long)((ulong)r1191 * (ulong)r3);
                const long r560 = (long)((ulong)r1495 * (ulong)r5);
                const long r561 = (long)((ulong)r559 + (ulong)r560);
                const long r562 = (long)((ulong)r561 - (ulong)r7);
                const float r563 = (ulong)r554 < (ulong)m0_d1 & (ulong)r558 < (ulong)m0_d2 & (ulong)r562 < (ulong)m0_d3 ? m0[r1221 * m0_s0 + r554 * m0_s1 + r558 * m0_s2 + r562 * m0_s3] : r45;
                // kernels/contract.k:LINE
                r542 = r563;
            }
            m4[r312] = r542;
            r565 = r45;
            const long r566 = (long)((ulong)r471 + (ulong)r316);
            const bool r567 = r566 < r63;
            const bool r568 = r326 & r567;
            if (r568) {
                const bool r1528 = r14 == r17;
                const bool r1530 = r14 == r921;
                const bool r1531 = r1528 | r1530;
                const long r1532 = r1531 ? r918 : r14;
                const long r1533 = r566 % r1532;
                const long r1541 = r566 / r1532;
                const long r1542 = (long)((ulong)r17 - (ulong)r566);
                const long r1543 = r1530 ? r1542 : r1541;
                const long r1544 = r1528 ? r17 : r1543;
                const bool r1547 = r13 == r17;
                const bool r1549 = r13 == r921;
                const bool r1550 = r1547 | r1549;
                const long r1551 = r1550 ? r918 : r13;
                const long r1552 = r1544 % r1551;
                const long r1560 = r1544 / r1551;
                const long r1561 = (long)((ulong)r17 - (ulong)r1544);
                const long r1562 = r1549 ? r1561 : r1560;
                const long r1563 = r1547 ? r17 : r1562;
                // kernels/contract.k:LINE
                const long r576 = (long)((ulong)r67 * (ulong)r9);
                const long r577 = (long)((ulong)r576 + (ulong)r1563);
                const long r578 = (long)((ulong)r1248 * (ulong)r2);
                const long r579 = (long)((ulong)r1552 * (ulong)r4);
                const long r580 = (long)((ulong)r578 + (ulong)r579);
                const long r581 = (long)((ulong)r580 - (ulong)r6);
                const long r582 = (long)((ulong)r1229 * (ulong)r3);
                const long r583 = (long)((ulong)r1533 * (ulong)r5);
                const long r584 = (long)((ulong)r582 + (ulong)r583);
                const long r585 = (long)((ulong)r584 - (ulong)r7);
                const float r586 = (ulong)r577 < (ulong)m0_d1 & (ulong)r581 < (ulong)m0_d2 & (ulong)r585 < (ulong)m0_d3 ? m0[r1259 * m0_s0 + r577 * m0_s1 + r581 * m0_s2 + r585 * m0_s3] : r45;
                // kernels/contract.k:LINE
                r565 = r586;
            }
            m4[r329] = r565;
            r588 = r45;
            const long r589 = (long)((ulong)r471 + (ulong)r333);
            const bool r590 = r589 < r63;
            const bool r591 = r343 & r590;
            if (r591) {
                const bool r1566 = r14 == r17;
                const bool r1568 = r14 == r921;
                const bool r1569 = r1566 | r1568;
                const long r1570 = r1569 ? r918 : r14;
                const long r1571 = r589 % r1570;
                const long r1579 = r589 / r1570;
                const long r1580 = (long)((ulong)r17 - (ulong)r589);
                const long r1581 = r1568 ? r1580 : r1579;
                const long r1582 = r1566 ? r17 : r1581;
                const bool r1585 = r13 == r17;
                const bool r1587 = r13 == r921;
                const bool r1588 = r1585 | r1587;
                const long r1589 = r1588 ? r918 : r13;
                const long r1590 = r1582 % r1589;
                const long r1598 = r1582 / r1589;
                const long r1599 = (long)((ulong)r17 - (ulong)r1582);
                const long r1600 = r1587 ? r1599 : r1598;
                const long r1601 = r1585 ? r17 : r1600;
                // kernels/contract.k:LINE
                const long r599 = (long)((ulong)r67 * (ulong)r9);
                const long r600 = (long)((ulong)r599 + (ulong)r1601);
                const long r601 = (long)((ulong)r1286 * (ulong)r2);
                const long r602 = (long)((ulong)r1590 * (ulong)r4);
                const long r603 = (long)((ulong)r601 + (ulong)r602);
                const long r604 = (long)((ulong)r603 - (ulong)r6);
                const long r605 = (long)((ulong)r1267 * (ulong)r3);
                const long r606 = (long)((ulong)r1571 * (ulong)r5);
                const long r607 = (long)((ulong)r605 + (ulong)r606);
                const long r608 = (long)((ulong)r607 - (ulong)r7);
                const float r609 = (ulong)r600 < (ulong)m0_d1 & (ulong)r604 < (ulong)m0_d2 & (ulong)r608 < (ulong)m0_d3 ? m0[r1297 * m0_s0 + r600 * m0_s1 + r604 * m0_s2 + r608 * m0_s3] : r45;
                // kernels/contract.k:LINE
                r588 = r609;
            }
            m4[r346] = r588;
            r611 = r45;
            const long r612 = (long)((ulong)r471 + (ulong)r350);
            const bool r613 = r612 < r63;
            const bool r614 = r360 & r613;
            if (r614) {
                const bool r1604 = r14 == r17;
                const bool r1606 = r14 == r921;
                const bool r1607 = r1604 | r1606;
                const long r1608 = r1607 ? r918 : r14;
                const long r1609 = r612 % r1608;
                const long r1617 = r612 / r1608;
                const long r1618 = (long)((ulong)r17 - (ulong)r612);
                const long r1619 = r1606 ? r1618 : r1617;
                const long r1620 = r1604 ? r17 : r1619;
                const bool r1623 = r13 == r17;
                const bool r1625 = r13 == r921;
                const bool r1626 = r1623 | r1625;
                const long r1627 = r1626 ? r918 : r13;
                const long r1628 = r1620 % r1627;
                const long r1636 = r1620 / r1627;
                const long r1637 = (long)((ulong)r17 - (ulong)r1620);
                const long r1638 = r1625 ? r1637 : r1636;
                const long r1639 = r1623 ? r17 : r1638;
                // kernels/contract.k:LINE
                const long r622 = (long)((ulong)r67 * (ulong)r9);
                const long r623 = (long)((ulong)r622 + (ulong)r1639);
                const long r624 = (long)((ulong)r1324 * (ulong)r2);
                const long r625 = (long)((ulong)r1628 * (ulong)r4);
                const long r626 = (long)((ulong)r624 + (ulong)r625);
                const long r627 = (long)((ulong)r626 - (ulong)r6);
                const long r628 = (long)((ulong)r1305 * (ulong)r3);
                const long r629 = (long)((ulong)r1609 * (ulong)r5);
                const long r630 = (long)((ulong)r628 + (ulong)r629);
                const long r631 = (long)((ulong)r630 - (ulong)r7);
                const float r632 = (ulong)r623 < (ulong)m0_d1 & (ulong)r627 < (ulong)m0_d2 & (ulong)r631 < (ulong)m0_d3 ? m0[r1335 * m0_s0 + r623 * m0_s1 + r627 * m0_s2 + r631 * m0_s3] : r45;
                // kernels/contract.k:LINE
                r611 = r632;
            }
            m4[r363] = r611;
            r634 = r45;
            const long r635 = (long)((ulong)r471 + (ulong)r367);
            const bool r636 = r635 < r63;
            const bool r637 = r377 & r636;
            if (r637) {
                const bool r1642 = r14 == r17;
                const bool r1644 = r14 == r921;
                const bool r1645 = r1642 | r1644;
                const long r1646 = r1645 ? r918 : r14;
                const long r1647 = r635 % r1646;
                const long r1655 = r635 / r1646;
                const long r1656 = (long)((ulong)r17 - (ulong)r635);
                const long r1657 = r1644 ? r1656 : r1655;
                const long r1658 = r1642 ? r17 : r1657;
                const bool r1661 = r13 == r17;
                const bool r1663 = r13 == r921;
                const bool r1664 = r1661 | r1663;
                const long r1665 = r1664 ? r918 : r13;
                const long r1666 = r1658 % r1665;
                const long r1674 = r1658 / r1665;
                const long r1675 = (long)((ulong)r17 - (ulong)r1658);
                const long r1676 = r1663 ? r1675 : r1674;
                const long r1677 = r1661 ? r17 : r1676;
                // kernels/contract.k:LINE
                const long r645 = (long)((ulong)r67 * (ulong)r9);
                const long r646 = (long)((ulong)r645 + (ulong)r1677);
                const long r647 = (long)((ulong)r1362 * (ulong)r2);
                const long r648 = (long)((ulong)r1666 * (ulong)r4);
                const long r649 = (long)((ulong)r647 + (ulong)r648);
                const long r650 = (long)((ulong)r649 - (ulong)r6);
                const long r651 = (long)((ulong)r1343 * (ulong)r3);
                const long r652 = (long)((ulong)r1647 * (ulong)r5);
                const long r653 = (long)((ulong)r651 + (ulong)r652);
                const long r654 = (long)((ulong)r653 - (ulong)r7);
                const float r655 = (ulong)r646 < (ulong)m0_d1 & (ulong)r650 < (ulong)m0_d2 & (ulong)r654 < (ulong)m0_d3 ? m0[r1373 * m0_s0 + r646 * m0_s1 + r650 * m0_s2 + r654 * m0_s3] : r45;
                // kernels/contract.k:LINE
                r634 = r655;
            }
            m4[r380] = r634;
            r657 = r45;
            const bool r660 = r388 & r475;
            if (r660) {
                const bool r1680 = r14 == r17;
                const bool r1682 = r14 == r921;
                const bool r1683 = r1680 | r1682;
                const long r1684 = r1683 ? r918 : r14;
                const long r1685 = r474 % r1684;
                const long r1693 = r474 / r1684;
                const long r1694 = (long)((ulong)r17 - (ulong)r474);
                const long r1695 = r1682 ? r1694 : r1693;
                const long r1696 = r1680 ? r17 : r1695;
                const bool r1699 = r13 == r17;
                const bool r1701 = r13 == r921;
                const bool r1702 = r1699 | r1701;
                const long r1703 = r1702 ? r918 : r13;
                const long r1704 = r1696 % r1703;
                const long r1712 = r1696 / r1703;
                const long r1713 = (long)((ulong)r17 - (ulong)r1696);
                const long r1714 = r1701 ? r1713 : r1712;
                const long r1715 = r1699 ? r17 : r1714;
                // kernels/contract.k:LINE
                const long r668 = (long)((ulong)r67 * (ulong)r12);
                const long r669 = (long)((ulong)r668 + (ulong)r386);
                const float r670 = m1[r669 * m1_s0 + r1715 * m1_s1 + r1704 * m1_s2 + r1685 * m1_s3];
                // kernels/contract.k:LINE
                r657 = r670;
            }
            m5[r261] = r657;
            r672 = r45;
            const bool r675 = r399 & r498;
            if (r675) {
                const bool r1718 = r14 == r17;
                const bool r1720 = r14 == r921;
                const bool r1721 = r1718 | r1720;
                const long r1722 = r1721 ? r918 : r14;
                const long r1723 = r497 % r1722;
                const long r1731 = r497 / r1722;
                const long r1732 = (long)((ulong)r17 - (ulong)r497);
                const long r1733 = r1720 ? r1732 : r1731;
                const long r1734 = r1718 ? r17 : r1733;
                const bool r1737 = r13 == r17;
                const bool r1739 = r13 == r921;
                const bool r1740 = r1737 | r1739;
                const long r1741 = r1740 ? r918 : r13;
                const long r1742 = r1734 % r1741;
                const long r1750 = r1734 / r1741;
                const long r1751 = (long)((ulong)r17 - (ulong)r1734);
                const long r1752 = r1739 ? r1751 : r1750;
                const long r1753 = r1737 ? r17 : r1752;
                // kernels/contract.k:LINE
                const long r683 = (long)((ulong)r67 * (ulong)r12);
                const long r684 = (long)((ulong)r683 + (ulong)r397);
                const float r685 = m1[r684 * m1_s0 + r1753 * m1_s1 + r1742 * m1_s2 + r1723 * m1_s3];
                // kernels/contract.k:LINE
                r672 = r685;
            }
            m5[r278] = r672;
            r687 = r45;
            const bool r690 = r410 & r521;
            if (r690) {
                const bool r1756 = r14 == r17;
                const bool r1758 = r14 == r921;
                const bool r1759 = r1756 | r1758;
                const long r1760 = r1759 ? r918 : r14;
                const long r1761 = r520 % r1760;
                const long r1769 = r520 / r1760;
                const long r1770 = (long)((ulong)r17 - (ulong)r520);
                const long r1771 = r1758 ? r1770 : r1769;
                const long r1772 = r1756 ? r17 : r1771;
                const bool r1775 = r13 == r17;
                const bool r1777 = r13 == r921;
                const bool r1778 = r1775 | r1777;
                const long r1779 = r1778 ? r918 : r13;
                const long r1780 = r1772 % r1779;
                const long r1788 = r1772 / r1779;
                const long r1789 = (long)((ulong)r17 - (ulong)r1772);
                const long r1790 = r1777 ? r1789 : r1788;
                const long r1791 = r1775 ? r17 : r1790;
                // kernels/contract.k:LINE
                const long r698 = (long)((ulong)r67 * (ulong)r12);
                const long r699 = (long)((ulong)r698 + (ulong)r408);
                const float r700 = m1[r699 * m1_s0 + r1791 * m1_s1 + r1780 * m1_s2 + r1761 * m1_s3];
                // kernels/contract.k:LINE
                r687 = r700;
            }
            m5[r295] = r687;
            r702 = r45;
            const bool r705 = r421 & r544;
            if (r705) {
                const bool r1794 = r14 == r17;
                const bool r1796 = r14 == r921;
                const bool r1797 = r1794 | r1796;
                const long r1798 = r1797 ? r918 : r14;
                const long r1799 = r543 % r1798;
                const long r1807 = r543 / r1798;
                const long r1808 = (long)((ulong)r17 - (ulong)r543);
                const long r1809 = r1796 ? r1808 : r1807;
                const long r1810 = r1794 ? r17 : r1809;
                const bool r1813 = r13 == r17;
                const bool r1815 = r13 == r921;
                const bool r1816 = r1813 | r1815;
                const long r1817 = r1816 ? r918 : r13;
                const long r1818 = r1810 % r1817;
                const long r1826 = r1810 / r1817;
                const long r1827 = (long)((ulong)r17 - (ulong)r1810);
                const long r1828 = r1815 ? r1827 : r1826;
                const long r1829 = r1813 ? r17 : r1828;
                // kernels/contract.k:LINE
                const long r713 = (long)((ulong)r67 * (ulong)r12);
                const long r714 = (long)((ulong)r713 + (ulong)r419);
                const float r715 = m1[r714 * m1_s0 + r1829 * m1_s1 + r1818 * m1_s2 + r1799 * m1_s3];
                // kernels/contract.k:LINE
                r702 = r715;
            }
            m5[r312] = r702;
            r717 = r45;
            const bool r720 = r432 & r567;
            if (r720) {
                const bool r1832 = r14 == r17;
                const bool r1834 = r14 == r921;
                const bool r1835 = r1832 | r1834;
                const long r1836 = r1835 ? r918 : r14;
                const long r1837 = r566 % r1836;
                const long r1845 = r566 / r1836;
                const long r1846 = (long)((ulong)r17 - (ulong)r566);
                const long r1847 = r1834 ? r1846 : r1845;
                const long r1848 = r1832 ? r17 : r1847;
                const bool r1851 = r13 == r17;
                const bool r1853 = r13 == r921;
                const bool r1854 = r1851 | r1853;
                const long r1855 = r1854 ? r918 : r13;
                const long r1856 = r1848 % r1855;
                const long r1864 = r1848 / r1855;
                const long r1865 = (long)((ulong)r17 - (ulong)r1848);
                const long r1866 = r1853 ? r1865 : r1864;
                const long r1867 = r1851 ? r17 : r1866;
                // kernels/contract.k:LINE
                const long r728 = (long)((ulong)r67 * (ulong)r12);
                const long r729 = (long)((ulong)r728 + (ulong)r430);
                const float r730 = m1[r729 * m1_s0 + r1867 * m1_s1 + r1856 * m1_s2 + r1837 * m1_s3];
                // kernels/contract.k:LINE
                r717 = r730;
            }
            m5[r329] = r717;
            r732 = r45;
            const bool r735 = r443 & r590;
            if (r735) {
                const bool r1870 = r14 == r17;
                const bool r1872 = r14 == r921;
                const bool r1873 = r1870 | r1872;
                const long r1874 = r1873 ? r918 : r14;
                const long r1875 = r589 % r1874;
                const long r1883 = r589 / r1874;
                const long r1884 = (long)((ulong)r17 - (ulong)r589);
                const long r1885 = r1872 ? r1884 : r1883;
                const long r1886 = r1870 ? r17 : r1885;
                const bool r1889 = r13 == r17;
                const bool r1891 = r13 == r921;
                const bool r1892 = r1889 | r1891;
                const long r1893 = r1892 ? r918 : r13;
                const long r1894 = r1886 % r1893;
                const long r1902 = r1886 / r1893;
                const long r1903 = (long)((ulong)r17 - (ulong)r1886);
                const long r1904 = r1891 ? r1903 : r1902;
                const long r1905 = r1889 ? r17 : r1904;
                // kernels/contract.k:LINE
                const long r743 = (long)((ulong)r67 * (ulong)r12);
                const long r744 = (long)((ulong)r743 + (ulong)r441);
                const float r745 = m1[r744 * m1_s0 + r1905 * m1_s1 + r1894 * m1_s2 + r1875 * m1_s3];
                // kernels/contract.k:LINE
                r732 = r745;
            }
            m5[r346] = r732;
            r747 = r45;
            const bool r750 = r454 & r613;
            if (r750) {
                const bool r1908 = r14 == r17;
                const bool r1910 = r14 == r921;
                const bool r1911 = r1908 | r1910;
                const long r1912 = r1911 ? r918 : r14;
                const long r1913 = r612 % r1912;
                const long r1921 = r612 / r1912;
                const long r1922 = (long)((ulong)r17 - (ulong)r612);
                const long r1923 = r1910 ? r1922 : r1921;
                const long r1924 = r1908 ? r17 : r1923;
                const bool r1927 = r13 == r17;
                const bool r1929 = r13 == r921;
                const bool r1930 = r1927 | r1929;
                const long r1931 = r1930 ? r918 : r13;
                const long r1932 = r1924 % r1931;
                const long r1940 = r1924 / r1931;
                const long r1941 = (long)((ulong)r17 - (ulong)r1924);
                const long r1942 = r1929 ? r1941 : r1940;
                const long r1943 = r1927 ? r17 : r1942;
                // kernels/contract.k:LINE
                const long r758 = (long)((ulong)r67 * (ulong)r12);
                const long r759 = (long)((ulong)r758 + (ulong)r452);
                const float r760 = m1[r759 * m1_s0 + r1943 * m1_s1 + r1932 * m1_s2 + r1913 * m1_s3];
                // kernels/contract.k:LINE
                r747 = r760;
            }
            m5[r363] = r747;
            r762 = r45;
            const bool r765 = r465 & r636;
            if (r765) {
                const bool r1946 = r14 == r17;
                const bool r1948 = r14 == r921;
                const bool r1949 = r1946 | r1948;
                const long r1950 = r1949 ? r918 : r14;
                const long r1951 = r635 % r1950;
                const long r1959 = r635 / r1950;
                const long r1960 = (long)((ulong)r17 - (ulong)r635);
                const long r1961 = r1948 ? r1960 : r1959;
                const long r1962 = r1946 ? r17 : r1961;
                const bool r1965 = r13 == r17;
                const bool r1967 = r13 == r921;
                const bool r1968 = r1965 | r1967;
                const long r1969 = r1968 ? r918 : r13;
                const long r1970 = r1962 % r1969;
                const long r1978 = r1962 / r1969;
                const long r1979 = (long)((ulong)r17 - (ulong)r1962);
                const long r1980 = r1967 ? r1979 : r1978;
                const long r1981 = r1965 ? r17 : r1980;
                // kernels/contract.k:LINE
                const long r773 = (long)((ulong)r67 * (ulong)r12);
                const long r774 = (long)((ulong)r773 + (ulong)r463);
                const float r775 = m1[r774 * m1_s0 + r1981 * m1_s1 + r1970 * m1_s2 + r1951 * m1_s3];
                // kernels/contract.k:LINE
                r762 = r775;
            }
            m5[r380] = r762;
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
            const long r776 = (long)((ulong)r63 - (ulong)r471);
            const bool r777 = r776 >= r139;
            if (r777) {
                for (long r779 = r17; r779 < r139; r779++) {
                    const long r781 = (long)((ulong)r779 * (ulong)r259);
                    const long r782 = (long)((ulong)r781 + (ulong)r79);
                    const float r783 = m4[r782];
                    const long r784 = (long)((ulong)r781 + (ulong)r93);
                    const float r785 = m4[r784];
                    const long r786 = (long)((ulong)r781 + (ulong)r106);
                    const float r787 = m4[r786];
                    const long r788 = (long)((ulong)r781 + (ulong)r119);
                    const float r789 = m4[r788];
                    const long r792 = (long)((ulong)r781 + (ulong)r74);
                    const float r793 = m5[r792];
                    const long r794 = (long)((ulong)r781 + (ulong)r135);
                    const float r795 = m5[r794];
                    const long r796 = (long)((ulong)r781 + (ulong)r140);
                    const float r797 = m5[r796];
                    const long r798 = (long)((ulong)r781 + (ulong)r145);
                    const float r799 = m5[r798];
                    const float r800 = fma(r783, r793, r150);
                    r150 = r800;
                    const float r801 = fma(r783, r795, r156);
                    r156 = r801;
                    const float r802 = fma(r783, r797, r162);
                    r162 = r802;
                    const float r803 = fma(r783, r799, r168);
                    r168 = r803;
                    const float r804 = fma(r785, r793, r174);
                    r174 = r804;
                    const float r805 = fma(r785, r795, r180);
                    r180 = r805;
                    const float r806 = fma(r785, r797, r186);
                    r186 = r806;
                    const float r807 = fma(r785, r799, r192);
                    r192 = r807;
                    const float r808 = fma(r787, r793, r198);
                    r198 = r808;
                    const float r809 = fma(r787, r795, r204);
                    r204 = r809;
                    const float r810 = fma(r787, r797, r210);
                    r210 = r810;
                    const float r811 = fma(r787, r799, r216);
                    r216 = r811;
                    const float r812 = fma(r789, r793, r222);
                    r222 = r812;
                    const float r813 = fma(r789, r795, r228);
                    r228 = r813;
                    const float r814 = fma(r789, r797, r234);
                    r234 = r814;
                    const float r815 = fma(r789, r799, r240);
                    r240 = r815;
                }
            } else {
                for (long r817 = r17; r817 < r776; r817++) {
                    const long r819 = (long)((ulong)r817 * (ulong)r259);
                    const long r820 = (long)((ulong)r819 + (ulong)r79);
                    const float r821 = m4[r820];
                    const long r822 = (long)((ulong)r819 + (ulong)r93);
                    const float r823 = m4[r822];
                    const long r824 = (long)((ulong)r819 + (ulong)r106);
                    const float r825 = m4[r824];
                    const long r826 = (long)((ulong)r819 + (ulong)r119);
                    const float r827 = m4[r826];
                    const long r830 = (long)((ulong)r819 + (ulong)r74);
                    const float r831 = m5[r830];
                    const long r832 = (long)((ulong)r819 + (ulong)r135);
                    const float r833 = m5[r832];
                    const long r834 = (long)((ulong)r819 + (ulong)r140);
                    const float r835 = m5[r834];
                    const long r836 = (long)((ulong)r819 + (ulong)r145);
                    const float r837 = m5[r836];
                    const float r838 = fma(r821, r831, r150);
                    r150 = r838;
                    const float r839 = fma(r821, r833, r156);
                    r156 = r839;
                    const float r840 = fma(r821, r835, r162);
                    r162 = r840;
                    const float r841 = fma(r821, r837, r168);
                    r168 = r841;
                    const float r842 = fma(r823, r831, r174);
                    r174 = r842;
                    const float r843 = fma(r823, r833, r180);
                    r180 = r843;
                    const float r844 = fma(r823, r835, r186);
                    r186 = r844;
                    const float r845 = fma(r823, r837, r192);
                    r192 = r845;
                    const float r846 = fma(r825, r831, r198);
                    r198 = r846;
                    const float r847 = fma(r825, r833, r204);
                    r204 = r847;
                    const float r848 = fma(r825, r835, r210);
                    r210 = r848;
                    const float r849 = fma(r825, r837, r216);
                    r216 = r849;
                    const float r850 = fma(r827, r831, r222);
                    r222 = r850;
                    const float r851 = fma(r827, r833, r228);
                    r228 = r851;
                    const float r852 = fma(r827, r835, r234);
                    r234 = r852;
                    const float r853 = fma(r827, r837, r240);
                    r240 = r853;
                }
            }
            barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
        }
        if (r151) {
            // kernels/contract.k:LINE
            const long r855 = (long)((ulong)r67 * (ulong)r12);
            const long r856 = (long)((ulong)r855 + (ulong)r131);
            m3[r955 * m3_s0 + r856 * m3_s1 + r944 * m3_s2 + r925 * m3_s3] = r150;
        }
        // kernels/contract.k:LINE
        if (r157) {
            // kernels/contract.k:LINE
            const long r859 = (long)((ulong)r67 * (ulong)r12);
            const long r860 = (long)((ulong)r859 + (ulong)r136);
            m3[r955 * m3_s0 + r860 * m3_s1 + r944 * m3_s2 + r925 * m3_s3] = r156;
        }
        // kernels/contract.k:LINE
        if (r163) {
            // kernels/contract.k:LINE
            const long r863 = (long)((ulong)r67 * (ulong)r12);
            const long r864 = (long)((ulong)r863 + (ulong)r141);
            m3[r955 * m3_s0 + r864 * m3_s1 + r944 * m3_s2 + r925 * m3_s3] = r162;
        }
        // kernels/contract.k:LINE
        if (r169) {
            // kernels/contract.k:LINE
            const long r867 = (long)((ulong)r67 * (ulong)r12);
            const long r868 = (long)((ulong)r867 + (ulong)r146);
            m3[r955 * m3_s0 + r868 * m3_s1 + r944 * m3_s2 + r925 * m3_s3] = r168;
        }
        // kernels/contract.k:LINE
        if (r175) {
            // kernels/contract.k:LINE
            const long r871 = (long)((ulong)r67 * (ulong)r12);
            const long r872 = (long)((ulong)r871 + (ulong)r131);
            m3[r993 * m3_s0 + r872 * m3_s1 + r982 * m3_s2 + r963 * m3_s3] = r174;
        }
        // kernels/contract.k:LINE
        if (r181) {
            // kernels/contract.k:LINE
            const long r875 = (long)((ulong)r67 * (ulong)r12);
            const long r876 = (long)((ulong)r875 + (ulong)r136);
            m3[r993 * m3_s0 + r876 * m3_s1 + r982 * m3_s2 + r963 * m3_s3] = r180;
        }
        // kernels/contract.k:LINE
        if (r187) {
            // kernels/contract.k:LINE
            const long r879 = (long)((ulong)r67 * (ulong)r12);
            const long r880 = (long)((ulong)r879 + (ulong)r141);
            m3[r993 * m3_s0 + r880 * m3_s1 + r982 * m3_s2 + r963 * m3_s3] = r186;
        }
        // kernels/contract.k:LINE
        if (r193) {
            // kernels/contract.k:LINE
            const long r883 = (long)((ulong)r67 * (ulong)r12);
            const long r884 = (long)((ulong)r883 + (ulong)r146);
            m3[r993 * m3_s0 + r884 * m3_s1 + r982 * m3_s2 + r963 * m3_s3] = r192;
        }
        // kernels/contract.k:LINE
        if (r199) {
            // kernels/contract.k:LINE
            const long r887 = (long)((ulong)r67 * (ulong)r12);
            const long r888 = (long)((ulong)r887 + (ulong)r131);
            m3[r1031 * m3_s0 + r888 * m3_s1 + r1020 * m3_s2 + r1001 * m3_s3] = r198;
        }
        // kernels/contract.k:LINE
        if (r205) {
            // kernels/contract.k:LINE
            const long r891 = (long)((ulong)r67 * (ulong)r12);
            const long r892 = (long)((ulong)r891 + (ulong)r136);
            m3[r1031 * m3_s0 + r892 * m3_s1 + r1020 * m3_s2 + r1001 * m3_s3] = r204;
        }
        // kernels/contract.k:LINE
        if (r211) {
            // kernels/contract.k:LINE
            const long r895 = (long)((ulong)r67 * (ulong)r12);
            const long r896 = (long)((ulong)r895 + (ulong)r141);
            m3[r1031 * m3_s0 + r896 * m3_s1 + r1020 * m3_s2 + r1001 * m3_s3] = r210;
        }
        // kernels/contract.k:LINE
        if (r217) {
            // kernels/contract.k:LINE
            const long r899 = (long)((ulong)r67 * (ulong)r12);
            const long r900 = (long)((ulong)r899 + (ulong)r146);
            m3[r1031 * m3_s0 + r900 * m3_s1 + r1020 * m3_s2 + r1001 * m3_s3] = r216;
        }
        // kernels/contract.k:LINE
        if (r223) {
            // kernels/contract.k:LINE
            const long r903 = (long)((ulong)r67 * (ulong)r12);
            const long r904 = (long)((ulong)r903 + (ulong)r131);
            m3[r1069 * m3_s0 + r904 * m3_s1 + r1058 * m3_s2 + r1039 * m3_s3] = r222;
        }
        // kernels/contract.k:LINE
        if (r229) {
            // kernels/contract.k:LINE
            const long r907 = (long)((ulong)r67 * (ulong)r12);
            const long r908 = (long)((ulong)r907 + (ulong)r136);
            m3[r1069 * m3_s0 + r908 * m3_s1 + r1058 * m3_s2 + r1039 * m3_s3] = r228;
        }
        // kernels/contract.k:LINE
        if (r235) {
            // kernels/contract.k:LINE
            const long r911 = (long)((ulong)r67 * (ulong)r12);
            const long r912 = (long)((ulong)r911 + (ulong)r141);
            m3[r1069 * m3_s0 + r912 * m3_s1 + r1058 * m3_s2 + r1039 * m3_s3] = r234;
        }
        // kernels/contract.k:LINE
        if (r241) {
            // kernels/contract.k:LINE
            const long r915 = (long)((ulong)r67 * (ulong)r12);
            const long r916 = (long)((ulong)r915 + (ulong)r146);
            m3[r1069 * m3_s0 + r916 * m3_s1 + r1058 * m3_s2 + r1039 * m3_s3] = r240;
        }
    }
}
