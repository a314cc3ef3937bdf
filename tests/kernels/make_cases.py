#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes worked.case and extra.case beside itself: small inputs of the kernels in worked.k and extra.k and what numpy says of them.
Lines: `kernel NAME BINDINGS` (T=f32, f:relu, K=3, K=live:3, #I=2), `in|out|inout NAME TYPE DIMS : VALUES [-> VALUES] [~ TOLERANCE]`,
`scalar NAME VALUE`. `bytes` before the values: raw bytes of block types. `bcast` after the dims: strides 0 for extents marked 0."""
import os, struct
import numpy as np

rng = np.random.default_rng(8)
out = []
F = np.float32


def num(v):
    if isinstance(v, (bool, np.bool_)):
        return str(int(v))
    if isinstance(v, (int, np.integer)):
        return str(int(v))
    return {"nan": "nan", "inf": "inf", "-inf": "-inf"}.get(str(float(v)), repr(float(v)))


def vals(a):
    return " ".join(num(v) for v in np.asarray(a).reshape(-1))


def dims(a):
    return ",".join(str(d) for d in np.shape(a)) or "-"


TYPES = {"float32": "f32", "float64": "f64", "float16": "f16", "int64": "i64", "int32": "i32", "uint32": "u32", "uint64": "u64", "uint8": "u8", "int8": "i8",
         "bool": "bool", "int16": "i16", "uint16": "u16"}


def kernel(text): out.append("kernel " + text)
def inp(name, a): out.append(f"in {name} {TYPES[a.dtype.name]} {dims(a)} : {vals(a)}")
def res(name, a, tol=0.0): out.append(f"out {name} {TYPES[a.dtype.name]} {dims(a)} : {vals(a)}" + (f" ~ {tol}" if tol else ""))
def both(name, a, b, tol=0.0): out.append(f"inout {name} {TYPES[a.dtype.name]} {dims(a)} : {vals(a)} -> {vals(b)}" + (f" ~ {tol}" if tol else ""))
def scalar(name, v): out.append(f"scalar {name} {num(v)}")
def rnd(*s): return (rng.integers(-40, 40, s) / 8).astype(F)


def elementwise():
    x = rnd(3, 5)
    kernel("unary T=f32 f:relu"); inp("x", x); res("y", np.maximum(x, 0))
    kernel("unary T=f16 f:relu"); inp("x", x.astype("f2")); res("y", np.maximum(x, 0).astype("f2"))
    kernel("unary T=i32 f:relu"); inp("x", x.astype("i4")); res("y", np.maximum(x.astype("i4"), 0))
    kernel("unary T=f32 f:exp"); inp("x", x); res("y", np.exp(x.astype("f8")).astype(F), 2e-6)
    kernel("unary T=f32 f:gelu"); inp("x", x)
    import math
    res("y", np.array([0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in x.reshape(-1)], F).reshape(x.shape), 1e-6)
    kernel("unary T=f64 f:sqrt"); inp("x", np.abs(x).astype("f8")); res("y", np.sqrt(np.abs(x).astype("f8")))
    z = np.array([3, 1], F)
    kernel("unary T=f32 f:relu"); inp("x", np.array(-2, F)); res("y", np.array(0, F))
    kernel("unary T=f32 f:relu"); inp("x", np.zeros((0, 3), F)); res("y", np.zeros((0, 3), F))
    big = np.array([1.9, -1.9, 300, -300, np.nan, np.inf], F)
    kernel("cast T=f32 U=i32"); inp("x", big); res("y", np.array([1, -1, 300, -300, 0, 2147483647], "i4"))
    kernel("cast T=i32 U=i8"); inp("x", np.array([1, 300, -300, 128], "i4")); res("y", np.array([1, 44, -44, -128], "i1"))
    kernel("cast T=f32 U=bool"); inp("x", np.array([0, -0.0, 2, np.nan], F)); res("y", np.array([0, 0, 1, 1], bool))
    kernel("cast T=i64 U=f16"); inp("x", np.array([1, 2049, 70000], "i8")); res("y", np.array([1, 2048, np.inf], "f2"))
    kernel("cast_sat T=f32 U=u8"); inp("x", big); res("y", np.array([1, 0, 255, 0, 0, 255], "u1"))
    kernel("cast_sat T=f32 U=f16"); inp("x", np.array([1e9, -1e9], F)); res("y", np.array([65504, -65504], "f2"))
    a, b = rnd(4, 3), rnd(4, 3)
    kernel("binary T=f32 f:add"); inp("a", a); inp("b", b); res("y", a + b)
    kernel("binary T=i64 f:pythmod"); p, q = rng.integers(-9, 9, (5, 5)), rng.integers(1, 5, (5, 5)) * rng.choice([-1, 1], (5, 5))
    inp("a", p); inp("b", q); res("y", np.mod(p, q))
    kernel("binary T=u8 f:max"); inp("a", np.array([1, 200], "u1")); inp("b", np.array([7, 3], "u1")); res("y", np.array([7, 200], "u1"))
    x = rnd(2, 3)
    kernel("pad T=f32"); inp("x", x)
    for n, v in (("LO.0", 1), ("LO.1", 2), ("STEP.0", 1), ("STEP.1", 1), ("fill", 9.5)):
        scalar(n, v)
    res("y", np.pad(x, ((1, 1), (2, 0)), constant_values=9.5))


def rows():
    x = rnd(2, 5, 3)
    e = np.exp(x.astype("f8") - x.max(1, keepdims=True)); s = (e / e.sum(1, keepdims=True)).astype(F)
    kernel("softmax T=f32 #L=1 #R=1"); inp("x", x); res("y", s, 1e-6)
    kernel("softmax T=f16 #L=2 #R=0"); h = rnd(2, 2, 7).astype("f2"); e = np.exp(h.astype("f8") - h.max(2, keepdims=True).astype("f8"))
    inp("x", h); res("y", (e / e.sum(2, keepdims=True)).astype("f2"), 1e-3)
    x = rnd(3, 70); g, b = rnd(70), rnd(70)
    d = x.astype("f8"); m = d.mean(1, keepdims=True); v = d.var(1, keepdims=True)
    kernel("layernorm T=f32"); inp("x", x); inp("g", g); inp("b", b); scalar("eps", 1e-5); res("y", ((d - m) / np.sqrt(v + 1e-5) * g + b).astype(F), 2e-5)
    kernel("layernorm_welford T=f32"); inp("x", x); scalar("eps", 1e-5); res("y", ((d - m) / np.sqrt(v + 1e-5)).astype(F), 2e-5)
    x = np.array([[1, 3, 3, 2], [np.nan, 1, np.nan, 9], [-np.inf] * 4], F)
    kernel("argmax_k T=f32 #L=1 #R=0"); inp("x", x); res("y", np.array([1, 0, 0]))
    i = rng.integers(-9, 9, (2, 130, 2)).astype("i4")
    kernel("argmax_k T=i32 #L=1 #R=1"); inp("x", i); res("y", i.argmax(1))
    kernel("reduce T=i32 F:sum #L=1 #C=1 #R=1"); inp("x", i); res("y", i.sum(1).astype("i4"))
    kernel("reduce T=i32 F:max #L=0 #C=2 #R=1"); inp("x", i); res("y", i.max((0, 1)))
    kernel("reduce T=bool F:any #L=1 #C=2 #R=0"); inp("x", i > 8); res("y", (i > 8).any((1, 2)))
    kernel("reduce T=f64 F:prod #L=1 #C=1 #R=0"); f = rnd(2, 3).astype("f8"); inp("x", f); res("y", f.prod(1), 1e-12)
    kernel("reduce T=f32 F:min #L=1 #C=1 #R=0"); inp("x", np.zeros((2, 0), F)); res("y", np.full(2, np.inf, F))


def conv_ref(x, w, b, G, SH, SW, DH, DW, PH, PW, P, Q):
    N, GC, H, V = x.shape; GO, C, KH, KW = w.shape; O = GO // G
    y = np.zeros((N, GO, P, Q))
    for n, o, p, q, c, kh, kw in np.ndindex(N, GO, P, Q, C, KH, KW):
        i, j = p * SH + kh * DH - PH, q * SW + kw * DW - PW
        if 0 <= i < H and 0 <= j < V:
            y[n, o, p, q] += x[n, o // O * C + c, i, j] * float(w[o, c, kh, kw])
    return y + b[None, :, None, None]


def contract():
    x = rnd(1, 2, 4, 5)
    KH, KW, SH, SW, P, Q = 2, 3, 2, 1, 2, 5
    y, ix = np.full((1, 2, P, Q), -np.inf, F), np.zeros((1, 2, P, Q), "i8")
    for c, p, q, kh, kw in np.ndindex(2, P, Q, KH, KW):
        i, j = p * SH + kh, q * SW + kw - 1
        if j >= 0 and j < 5 and x[0, c, i, j] > y[0, c, p, q]:
            y[0, c, p, q], ix[0, c, p, q] = x[0, c, i, j], i * 5 + j
    cs = f"KH={KH} KW={KW} SH={SH} SW={SW} DH=1 DW=1 PH=0 PW=1"
    kernel("maxpool T=f32 " + cs); inp("x", x); res("y", y); res("ix", ix)
    kernel("maxpool T=f32 " + cs.replace("PW=1", "PW=live:1")); inp("x", x); res("y", y); res("ix", ix)
    dy = rnd(1, 2, P, Q); dx = np.zeros(x.shape)
    for c, p, q in np.ndindex(2, P, Q):
        dx[0, c].reshape(-1)[ix[0, c, p, q]] += dy[0, c, p, q]
    kernel("maxpool_grad T=f32 " + cs); inp("dy", dy); inp("ix", ix); res("dx", dx.astype(F), 1e-6)
    G, x, w, b = 2, rnd(2, 4, 5, 4), rnd(6, 2, 3, 2), rnd(6)
    a = dict(G=G, SH=2, SW=1, DH=1, DW=2, PH=1, PW=1); P, Q = 3, 4
    cs = " ".join(f"{k}={v}" for k, v in a.items())
    kernel("conv X=f32 " + cs); inp("x", x); inp("w", w); inp("b", b); res("y", conv_ref(x, w, b, **a, P=P, Q=Q).astype(F), 1e-5)
    kernel("conv X=f16 W=f32 Y=f64 " + cs); inp("x", x.astype("f2")); inp("w", w); inp("b", b); res("y", conv_ref(x, w, b, **a, P=P, Q=Q), 1e-4)
    dy = rnd(2, 6, P, Q); dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n, o, p, q, c, kh, kw in np.ndindex(2, 6, P, Q, 2, 3, 2):
        i, j, cc = p * 2 + kh - 1, q + kw * 2 - 1, o // 3 * 2 + c
        if 0 <= i < 5 and 0 <= j < 4:
            dx[n, cc, i, j] += float(dy[n, o, p, q]) * w[o, c, kh, kw]
            dw[o, c, kh, kw] += float(dy[n, o, p, q]) * x[n, cc, i, j]
    kernel("conv_dx T=f32 " + cs); inp("dy", dy); inp("w", w); res("dx", dx.astype(F), 1e-5)
    kernel("conv_dw T=f32 " + cs); inp("x", x); inp("dy", dy); res("dw", dw.astype(F), 1e-5)
    x, w, z = rnd(2, 3, 5), rnd(2, 5, 4), rnd(2, 3, 4)
    kernel("matmul T=f32 #B=1"); inp("x", x); inp("w", w); inp("z", z); res("y", (x.astype("f8") @ w + z).astype(F), 1e-5)
    kernel("matmul T=i32 #B=0"); x, w, z = (rng.integers(-9, 9, s).astype("i4") for s in ((3, 5), (5, 2), (3, 2))); inp("x", x); inp("w", w); inp("z", z); res("y", x @ w + z)
    x, w = rng.integers(0, 255, (3, 7)).astype("u1"), rng.integers(-99, 99, (7, 4)).astype("i1"); b, sc = rng.integers(-99, 99, 4).astype("i4"), np.array([.001, .002, .004, .0005], F)
    r = ((x.astype("i4") - 100) @ w.astype("i4") + b).astype(F) * sc
    kernel("qlinear"); inp("x", x); inp("w", w); inp("b", b); inp("scale", sc); scalar("zx", 100); scalar("zy", 7)
    res("y", np.clip(np.rint(r).astype("i4") + 7, 0, 255).astype("u1"))
    q, k, v, bias, ln = rnd(2, 4, 5, 3), rnd(2, 2, 7, 3), rnd(2, 2, 7, 2), rnd(2, 4, 5, 7), np.array([7, 4], "i4")
    bias[0, 0, 0, :] = -np.inf
    o = np.zeros((2, 4, 5, 2))
    for bb, h, i in np.ndindex(2, 4, 5):
        s = (k[bb, h // 2].astype("f8") @ q[bb, h, i]) * 0.5 + bias[bb, h, i]
        s = s[:ln[bb]]
        if s.max() > -np.inf:
            p = np.exp(s - s.max()); o[bb, h, i] = p @ v[bb, h // 2][:ln[bb]] / p.sum()
    for tm, tn in ((2, 3), (8, 8)):
        kernel(f"attend T=f32 TM={tm} TN={tn}")
        for n, t in (("q", q), ("k", k), ("v", v), ("bias", bias), ("len", ln)):
            inp(n, t)
        scalar("scale", 0.5); res("o", o.astype(F), 1e-5)


def q4(b):
    d, dm = struct.unpack("<ee", b[:4]); sc, qs = b[4:16], b[16:]; y = np.zeros(256)
    for g in range(8):
        if g < 4: s, m = sc[g] & 63, sc[g + 4] & 63
        else: s, m = sc[g + 4] & 15 | sc[g - 4] >> 6 << 4, sc[g + 4] >> 4 | sc[g] >> 6 << 4
        for i in range(32):
            y[g * 32 + i] = d * s * (qs[g // 2 * 32 + i] >> (g % 2 * 4) & 15) - dm * m
    return y


def quant():
    w = [bytes(struct.pack("<ee", 0.125 * (i + 1), 0.0625) + rng.integers(0, 256, 140).astype("u1").tobytes()) for i in range(2)]
    deq = np.array([q4(b) for b in w]); flat = " ".join(str(v) for b in w for v in b)
    kernel("dequant_q4_k"); out.append(f"in w q4_k 2,1 : bytes {flat}"); res("y", deq.astype(F), 1e-5)
    qs = rng.integers(-127, 128, (3, 256)).astype("i1"); ds = np.array([.5, .25, 2], F)
    x = [struct.pack("<f", ds[m]) + qs[m].tobytes() + qs[m].reshape(16, 16).sum(1, dtype="i2").tobytes() for m in range(3)]
    kernel("matmul_q4_k"); out.append("in x q8_k 3,1 : bytes " + " ".join(str(v) for b in x for v in b)); out.append(f"in w q4_k 2,1 : bytes {flat}")
    res("y", ((qs * ds[:, None].astype("f8")) @ deq.T).astype(F), 1e-3)


def scans():
    x = rnd(2, 100, 2)
    for ex in (0, 1):
        for rv in (0, 1):
            d = (x[:, ::-1] if rv else x).astype("f8"); c = np.cumsum(d, 1); c = c - d if ex else c; c = c[:, ::-1] if rv else c
            kernel(f"cumsum T=f32 EXCL={ex} REV={rv} #L=1 #R=1"); inp("x", x); res("y", c.astype(F), 1e-4)
    B, D, T, S = 1, 2, 9, 3
    x, dt, a, p, c = rnd(B, D, T), np.abs(rnd(B, D, T)) / 8, -np.abs(rnd(D, S)), rnd(B, S, T), rnd(B, S, T)
    hs = np.zeros((B, D, S, T)); y = np.zeros((B, D, T))
    for d in range(D):
        h = np.zeros(S)
        for t in range(T):
            h = np.exp(dt[0, d, t].astype("f8") * a[d]) * h + dt[0, d, t].astype("f8") * p[0, :, t] * x[0, d, t]
            hs[0, d, :, t] = h; y[0, d, t] = h @ c[0, :, t]
    names = (("x", x), ("dt", dt), ("a", a), ("p", p), ("c", c))
    kernel("selective_scan S=3"); [inp(*n) for n in names]; res("y", y.astype(F), 1e-4)
    kernel("selective_states"); [inp(*n) for n in names[:4]]; res("hs", hs.astype(F), 1e-4)


def move():
    ix, v, y = np.array([1, -1, 1, 3, 9]), rnd(5, 2), rnd(4, 2); z = y.copy()
    for m in range(4):
        z[ix[m]] += v[m]
    kernel("scatter_add T=f32"); inp("ix", ix); inp("v", v); both("y", y, z)
    dw = np.zeros((4, 2)); idn = np.array([1, 0, 1, 3, 1])
    for m in range(5):
        dw[idn[m]] += v[m]
    kernel("embed_grad T=f32"); inp("id", idn); inp("dy", v); res("dw", dw.astype(F), 1e-6)
    kernel("scatter_last T=i32"); inp("ix", np.array([2, 0, 2])); inp("v", np.array([5, 6, 7], "i4")); both("y", np.array([1, 1, 1], "i4"), np.array([6, 1, 7], "i4"))
    x = rnd(2, 4, 3); j = np.array([[0, -1], [3, 7]])
    g = np.zeros((2, 2, 2, 3), F)
    for a in np.ndindex(2, 2, 2):
        k = j[a[1], a[2]]; g[a] = x[a[0], k + 4 if k < 0 else k] if k < 4 else 0
    kernel("gather T=f32 #L=1 #R=1 #J=2"); inp("x", x); inp("ix", j); res("y", g)
    kernel("gather T=bool #L=1 #R=1 #J=2"); inp("x", x > 0); inp("ix", j); res("y", g > 0)
    kernel("gather_nd T=f32 #R=1 #J=1"); inp("x", x.reshape(8, 3)); inp("ix", np.array([[1, 2], [0, -1]])); inp("size", np.array([2, 4])); inp("stride", np.array([4, 1]))
    res("y", np.stack([x[1, 2], x[0, 3]]))
    x, grid = rnd(1, 2, 3, 4), (rng.integers(-8, 8, (1, 2, 2, 2)) / 8).astype(F); y = np.zeros((1, 2, 2, 2))
    at = lambda c, i, k: float(x[0, c, i, k]) if 0 <= i < 3 and 0 <= k < 4 else 0.0
    for c, p, q in np.ndindex(2, 2, 2):
        u, w = ((grid[0, p, q, 0] + 1.0) * 4 - 1) / 2, ((grid[0, p, q, 1] + 1.0) * 3 - 1) / 2
        i, k = int(np.floor(w)), int(np.floor(u)); a, b = w - i, u - k
        y[0, c, p, q] = (at(c, i, k) * (1 - b) + at(c, i, k + 1) * b) * (1 - a) + (at(c, i + 1, k) * (1 - b) + at(c, i + 1, k + 1) * b) * a
    kernel("grid_sample"); inp("x", x); inp("grid", grid); res("y", y.astype(F), 1e-5)
    iy, jx, wy, wx = np.array([0, 1, -1]), np.array([0, 2]), rnd(3, 2), rnd(2, 2); y = np.zeros((1, 2, 3, 2))
    for c, p, q, kh, kw in np.ndindex(2, 3, 2, 2, 2):
        y[0, c, p, q] += float(wy[p, kh]) * wx[q, kw] * at(c, iy[p] + kh, jx[q] + kw)
    kernel("resize2d T=f32"); inp("x", x); inp("iy", iy); inp("wy", wy); inp("jx", jx); inp("wx", wx); res("y", y.astype(F), 1e-4)


def sorts():
    x = rnd(10); bits = x.view("u4"); key = np.where(bits >> 31 != 0, ~bits, bits | np.uint32(0x80000000)).astype("u4")
    for desc in (0, 1):
        kernel(f"sort_keys DESC={desc}"); inp("x", x); res("key", ~key if desc else key); res("val", np.arange(10, dtype="u4"))
    k = rng.integers(0, 1000, 10).astype("u4"); d = k >> 8 & 255; T = 4; NB = 3
    cnt = np.zeros((256, NB), "u4")
    for i in range(10): cnt[d[i], i // T] += 1
    base = (np.cumsum(cnt.reshape(-1)) - cnt.reshape(-1)).reshape(256, NB).astype("u4"); o = np.argsort(d, kind="stable")
    kernel("radix_count K=u32 SHIFT=8 TILE=4"); inp("key", k); res("cnt", cnt)
    kernel("radix_move K=u32 SHIFT=live:8 TILE=4"); inp("key", k); inp("val", np.arange(10, dtype="u4")); inp("base", base); res("okey", k[o]); res("oval", o.astype("u4"))
    kernel("topk_out DESC=0"); s = np.argsort(x, kind="stable"); inp("key", key[s]); inp("val", s.astype("u4")); res("v", x[s]); res("ix", s)
    z = np.array([0, 3, 0, 0, 5, -1, 0, 2, 0.0, 1], F); c = np.array([np.count_nonzero(z[i:i + 4]) for i in (0, 4, 8)], "u4")
    kernel("nonzero_count T=f32 TILE=4"); inp("x", z); res("cnt", c)
    nz = np.flatnonzero(z)
    kernel("nonzero_write T=f32 TILE=4"); inp("x", z); inp("base", (np.cumsum(c) - c).astype("u4")); both("ix", np.full(7, -1), np.concatenate([nz, [-1] * (7 - len(nz))]))


def philox(c, s, seed):
    v = [c & 0xffffffff, c >> 32, s & 0xffffffff, s >> 32]; k = [seed & 0xffffffff, seed >> 32]
    for r in range(10):
        p0, p1 = 0xD2511F53 * v[0], 0xCD9E8D57 * v[2]
        v = [p1 >> 32 ^ v[1] ^ k[0], p1 & 0xffffffff, p0 >> 32 ^ v[3] ^ k[1], p0 & 0xffffffff]
        k = [(k[0] + 0x9E3779B9) & 0xffffffff, (k[1] + 0xBB67AE85) & 0xffffffff]
    return v


def rest():
    x = rnd(11); u = np.array([philox(n // 4, 5, 0x123456789abcdef)[n % 4] >> 8 for n in range(11)]) * 2.0 ** -24; on = u < 0.75
    kernel("dropout T=f32"); inp("x", x); scalar("seed", 0x123456789abcdef); scalar("step", 5); scalar("keep", 0.75); res("y", np.where(on, x / F(0.75), 0).astype(F)); res("mask", on)
    for n, l4, l2 in ((16, 2, 0), (32, 2, 1)):
        x = rnd(2, n, 2); tw = np.exp(-2j * np.pi * np.arange(n) / n); y = np.fft.fft(x[..., 0] + 1j * x[..., 1].astype("f8"))
        kernel(f"fft N={n} L4={l4} L2={l2}"); inp("x", x); inp("tw", np.stack([tw.real, tw.imag], 1).astype(F)); res("y", np.stack([y.real, y.imag], 2).astype(F), 1e-4)
    n = 70; c = rng.integers(0, 40, (n, 2)); box = np.concatenate([c, c + rng.integers(2, 9, (n, 2))], 1).astype(F); area = np.prod(box[:, 2:] - box[:, :2], 1)
    m = np.zeros((n, 2), "u8"); keep = np.ones(n, bool)
    for i in range(n):
        for j in range(i + 1, n):
            h = max(min(box[i, 2], box[j, 2]) - max(box[i, 0], box[j, 0]), 0); v = max(min(box[i, 3], box[j, 3]) - max(box[i, 1], box[j, 1]), 0)
            if h * v > F(0.25) * (area[i] + area[j] - h * v): m[i, j // 64] |= np.uint64(1 << j % 64)
    for i in range(n):
        if keep[i]:
            for j in range(i + 1, n):
                if int(m[i, j // 64]) >> j % 64 & 1: keep[j] = False
    kernel("nms_mask"); inp("box", box); scalar("thr", 0.25); res("mask", m)
    kernel("nms_keep W=2"); inp("mask", m); res("keep", keep)
    p, mm, v, g = rnd(5), rnd(5), np.abs(rnd(5)), rnd(5); h = dict(lr=.1, b1=.9, b2=.99, eps=1e-8, wd=.01, c1=.19, c2=.0199)
    d = g.astype("f8"); m1 = .9 * mm + .1 * d; v1 = .99 * v + .01 * d * d; q = p * (1 - .1 * .01) - .1 * (m1 / .19) / (np.sqrt(v1 / .0199) + 1e-8)
    kernel("adamw T=f32"); both("p", p, q.astype(F), 1e-5); both("m", mm, m1.astype(F), 1e-5); both("v", v, v1.astype(F), 1e-5); inp("g", g); res("h", q.astype(F), 1e-5)
    for n, t in h.items(): scalar(n, t)


def wrap(v): return (int(v) + 2 ** 31) % 2 ** 32 - 2 ** 31
def cdiv(a, b): return int(abs(a) // b) * (1 if a >= 0 else -1)


def extra():
    x, v = rng.integers(-500, 500, 12).astype("i4"), rng.integers(-90, 90, 12).astype("i4"); y = x.copy()
    for n in range(12):
        a = cdiv((int(x[n]) + int(v[n]) - 3) * 5, 2); a -= cdiv(a, 97) * 97
        a = max(min((wrap(((a | 8) & 0xff ^ 3) << 2)) >> 1, 90), -7)
        t = min(int(x[n]) + a, 120); y[n] = 7 + (a + 1) + t
    kernel("updates"); both("x", x, y); inp("v", v)
    x, k = rnd(8), np.array([0, 1, 2, 3, 7, 27, 30, 46], "i4"); h, c, f = [], [], []
    for n in range(8):
        h.append((((3 * float(x[n]) + 1) * x[n] + .5) * x[n] + 1) / 2)
        m, st = int(k[n]), 0
        while m > 1: m, st = (m // 2 if m % 2 == 0 else 3 * m + 1), st + 1
        p, q = 0, 1
        for _ in range(int(k[n])): p, q = q, p + q
        c.append(st); f.append(p)
    kernel("functions"); inp("x", x); inp("k", k); res("h", np.array(h, F), 1e-5); res("c", np.array(c, "i4")); res("f", np.array(f, "i4")); res("u", np.array([n * (n - 1) // 2 for n in k], "i8"))
    P = np.array([[2, 3, 5], [7, 11, 13]], "i4"); ix = np.array([0, 1, 4, 5, 9, 2], "i4")
    kernel("table"); inp("ix", ix); res("y", P[ix & 1, ix % 3]); res("z", np.tile(P[1, ::-1], (6, 1)))
    x, at = rnd(7), np.array([3, -1, 6, 7, 0, -5, 99]); y = [x[i] if 0 <= i < 7 else x[n - 1] if n else -2 for n, i in enumerate(at)]
    z = [(i >= 0 and (x[i] if i < 7 else 0) > 0) or (n + 1 < 7 and x[n + 1] < 0) for n, i in enumerate(at)]
    kernel("lazy"); inp("x", x); inp("at", at); res("y", np.array(y, F)); res("z", np.array(z, bool))
    x = rnd(6, 6); kernel("triangle"); inp("x", x)
    res("y", np.array([sum(float(x[i, j]) * .5 for i in range(n + 1) for j in range(i, n)) for n in range(6)], F), 1e-5)
    res("c", np.array([sum((i + j) % 2 == 0 for i in range(n) for j in range(i, n)) for n in range(6)]))
    x = np.array([0, 1, 0x80000000, 0xffffffff, 0x4f000000, 0x7f800000, 0x3fc00000, 12345], "u4"); y, z = [], []
    for v in map(int, x):
        f = float(np.array(v, "u4").view("f4")); i = 0 if f != f else int(max(min(f, 2.0 ** 63 - 1024 if f != np.inf else 0), -2.0 ** 63)) if abs(f) < 2 ** 63 else 2 ** 63 - 1
        y.append((32 - v.bit_length()) ^ bin(v).count("1") << 8 ^ (v * 0xdeadbeef >> 32) ^ (~v & 0xffffffff)); z.append((i - 128 + (v >> 8) + 2 ** 63) % 2 ** 64 - 2 ** 63)
    kernel("bits"); inp("x", x); res("y", np.array(y, "u4")); res("z", np.array(z))
    a, b = np.array([1, 2, np.nan, np.inf, 3], "f2"), np.array([2, 0, 1, np.nan, -4], "f2")
    kernel("half_storage"); inp("x", a); inp("y", b); res("z", np.array([1, -.5, 1, np.nan, -4], "f2")); res("b", np.array([0, 0, 1, 1, 0], bool))
    q, d, x = rng.integers(-99, 99, (3, 8)).astype("i1"), np.array([.5, 2, .25], "f2"), rnd(3, 8)
    kernel("blocks"); out.append("in w b8 3 : bytes " + " ".join(str(v) for i in range(3) for v in d[i].tobytes() + q[i].tobytes())); inp("x", x)
    res("y", (q * d[:, None].astype("f8") * x).sum(1).astype(F), 1e-5)
    k = np.array([1, 3, 1, 0, 3, 3, 9], "u1"); kernel("shared_hist"); inp("k", k); res("h", np.array([1, 2, 0, 3], "i4")); res("first", np.array([3, 0, 7, 1]))
    kernel("unique"); inp("ix", np.array([2, 0, 9])); inp("x", np.array([5, 6, 7], F)); both("y", np.zeros(4, F), np.array([6, 0, 5, 0], F))
    kernel("scatter_max"); inp("ix", np.array([2, 0, 2, 2])); inp("x", np.array([5, -6, 8, 7], "i4")); both("y", np.zeros(4, "i4"), np.array([0, 0, 8, 0], "i4"))
    x = rng.integers(-9, 9, (5, 6)).astype("i4")
    for tm, tk in ((2, 5), (3, 8), (9, 7)):
        y = np.zeros((5, 6), "i4"); r = 2 * x[:, 1:].sum(1); y[:, 1:] = 2 * x[:, 1:] + r[:, None] + (np.arange(5) * 30 + 9)[:, None]; y[:, 0] = r
        kernel(f"tiles T=i32 TM={tm} TK={tk}"); inp("x", x); res("y", y)
    x, s = rnd(2, 2, 3), rnd(2, 2); i = np.minimum(np.arange(2) + 1, 1); kernel("packs T=f32 SH.0=1 SH.1=0"); inp("x", x); inp("s", s); res("y", x[i] * s[..., None])
    kernel("packs T=f32 SH.0=live:1 SH.1=0"); inp("x", x); inp("s", s); res("y", x[i] * s[..., None])


here = os.path.dirname(os.path.abspath(__file__))


def write(name, makers):
    out.clear()
    for f in makers:
        f()
    with open(os.path.join(here, name), "w") as f:
        f.write("# made by make_cases.py (numpy, seed 8)\n" + "\n".join(out) + "\n")


write("worked.case", (elementwise, rows, contract, quant, scans, move, sorts, rest))
write("extra.case", (extra,))
