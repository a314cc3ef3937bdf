# SPDX-License-Identifier: MIT
"""bars.py (see scripts/bench-peers --bar NAME): the tables beside speed: bars.py NAME --build DIR --nets DIR [--only NET,...] [--threads N] [--rounds N]

first       process start to first result of `spml run`, also with --cache-weights, beside session creation + first run of ONNX Runtime in a fresh process
memory      peak RSS, packed weights (with --memory low: beside the file) and arena, beside their bounds
contention  two threads while one core is busy half the time in turns of 3 ms, as a busy loop of equal priority takes it; beside one thread
growth      time per unit of work at 2, 4, 8 times the batch and twice the resolution: nets with symbolic N (and H, W)
planning    inspect and first run of graphs of 25,000 and 100,000 nodes: a chain, wide, diamonds"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ORT = """import sys, time, numpy as np, onnxruntime as ort
ort.set_default_logger_severity(3)
x, o = dict(np.load(sys.argv[2])), ort.SessionOptions()
o.intra_op_num_threads, o.inter_op_num_threads = int(sys.argv[3]), 1
a = time.perf_counter()
ort.InferenceSession(sys.argv[1], o, providers=["CPUExecutionProvider"]).run(None, x)
print(time.perf_counter() - a)"""
HOG = "import os, time\nos.sched_setaffinity(0, {0})\nwhile True:\n    t = time.perf_counter()\n    while time.perf_counter() - t < 0.003: pass\n    time.sleep(0.003)\n"


def load():
    return f"load {os.getloadavg()[0]:.1f}"


def files(o, net):
    x = o.nets / f"{net}.input.npz"
    return [str(o.nets / f"{net}.onnx")] + (["-i", str(x)] if x.exists() else [])


def bench(o, net, threads, *more, seconds=0.7):
    r = subprocess.run([o.spml, "bench", *files(o, net), "--threads", str(threads), "--warmup", "2", "--seconds", str(seconds), "--json", "-q", *more], capture_output=True, text=True)
    if r.returncode:
        sys.exit(f"bars: {net}: {r.stderr.strip()}")
    return json.loads(r.stdout)


def wall(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def first(o, net):
    run = [o.spml, "run", *files(o, net), "-o", "npz:/dev/null", "-q", "--threads", str(o.threads)]
    peer = [sys.executable, "-c", ORT, *files(o, net)[::2], str(o.threads)]
    wall([*run, "--cache-weights"])
    rows = [(wall(run), wall([*run, "--cache-weights"]), float(subprocess.run(peer, capture_output=True, text=True, check=True).stdout)) for _ in range(o.rounds)]
    a, b, c = (1e3 * statistics.median(r[i] for r in rows) for i in range(3))
    return f"spml {a:8.1f} ms, cached {b:8.1f}, onnxruntime {c:8.1f}: {statistics.median(r[0] / r[2] for r in rows):.2f} and {statistics.median(r[1] / r[2] for r in rows):.2f} of it"


def memory(o, net):
    j, low = bench(o, net, o.threads, seconds=0.2), bench(o, net, o.threads, "--memory", "low", seconds=0.2)
    run = subprocess.Popen([o.spml, "run", *files(o, net), "-o", "npz:/dev/null", "-q", "--threads", str(o.threads)])
    peak = os.wait4(run.pid, 0)[2].ru_maxrss * 1024  # bench holds four sets of inputs
    bound, size = 1.1 * (j["packed_bytes"] + j["arena_bytes"] + 20e6), sum(f.stat().st_size for f in o.nets.glob(f"{net}.onnx*"))
    return (f"peak {peak / 1e6:7.1f} MB, {peak / bound:.2f} of its bound; packed, low: {low['packed_bytes'] / size:.2f} of the file; "
            f"arena {j['arena_bytes'] / max(1, j['arena_least']):.3f} of the least")


def contention(o, net):
    rows = []
    for _ in range(o.rounds):
        one = bench(o, net, 1)["latency_ms"]["median"]
        hog = subprocess.Popen([*o.hog, sys.executable, "-c", HOG])
        time.sleep(0.1)
        rows.append((one, bench(o, net, 2)["latency_ms"]["median"]))
        hog.kill()
        hog.wait()
    return f"one thread {statistics.median(r[0] for r in rows):.2f} ms, two beside a busy core {statistics.median(r[1] for r in rows):.2f}: {statistics.median(r[1] / r[0] for r in rows):.2f}"


def growth(o, net):
    dims = json.loads(subprocess.run([o.spml, "inspect", files(o, net)[0], "--json"], capture_output=True, text=True).stdout).get("inputs", [])
    image = "H" in str(dims)
    cases = [(n, 224, n) for n in (1, 2, 4, 8)] + ([(1, 448, 4)] if image else [])
    times = {c: [] for c in cases}
    for _ in range(o.rounds):
        for c in cases:
            size = ["--dim", f"H={c[1]}", "--dim", f"W={c[1]}"] if image else []
            times[c].append(bench(o, net, o.threads, "--dim", f"N={c[0]}", *size)["latency_ms"]["min"] / c[2])
    base = statistics.median(times[cases[0]])
    return "  ".join(f"{c[0]}{'x' + str(c[1]) if image else ''}: {statistics.median(t) / base:.2f}" for c, t in times.items())


# ── graphs, as ONNX's protobuf ──


def field(n, x):
    def varint(v):
        out = b""
        while v > 127:
            out, v = out + bytes([v & 127 | 128]), v >> 7
        return out + bytes([v])
    return varint(n << 3) + varint(x) if isinstance(x, int) else varint(n << 3 | 2) + varint(len(x)) + (x if isinstance(x, bytes) else x.encode())


def node(op, ins, out):
    return field(1, b"".join(field(1, i) for i in ins) + field(2, out) + field(4, op))


def port(n, name):
    dims = b"".join(field(1, field(1, d)) for d in (4, 16))
    return field(n, field(1, name) + field(2, field(1, field(1, 1) + field(2, dims))))


def graph(kind, n):
    nodes, at = [], "x"
    if kind == "chain":
        for i in range(n):
            nodes.append(node("Relu", [at], f"v{i}") if i % 2 else node("MatMul", [at, "w"], f"v{i}"))
            at = f"v{i}"
    elif kind == "wide":
        level = [f"b{i}" for i in range(n // 2)]
        nodes = [node("MatMul", ["x", "w"], b) for b in level]
        while len(level) > 1:
            sums = [f"s{len(nodes) + i}" for i in range(len(level) // 2)]
            nodes += [node("Add", level[2 * i:2 * i + 2], s) for i, s in enumerate(sums)]
            level = sums + level[2 * len(sums):]
        at = level[0]
    else:
        for i in range(n // 4):
            nodes += [node("MatMul", [at, "w"], f"a{i}"), node("Sigmoid", [f"a{i}"], f"c{i}"), node("MatMul", [at, "w"], f"d{i}"), node("Mul", [f"c{i}", f"d{i}"], f"e{i}")]
            at = f"e{i}"
    weights = field(5, field(1, 16) + field(1, 16) + field(2, 1) + field(8, "w") + field(9, b"\x00\x00\x80\x3d" * 256))
    return field(1, 8) + field(7, b"".join(nodes) + field(2, "g") + weights + port(11, "x") + port(12, at)) + field(8, field(2, 17))


def planning(o):
    with tempfile.TemporaryDirectory() as d:
        for kind in ("chain", "wide", "diamond"):
            for n in (25000, 100000):
                f = pathlib.Path(d) / f"{kind}{n}.onnx"
                f.write_bytes(graph(kind, n))
                run = [o.spml, "run", str(f), "-o", "npz:/dev/null", "-q", "--threads", str(o.threads)]
                print(f"{kind:8} {n:6} nodes: inspect {min(wall([o.spml, 'inspect', str(f)]) for _ in range(o.rounds)):.2f} s, first run {min(wall(run) for _ in range(o.rounds)):.2f} s; {load()}", flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("bar", choices=("first", "memory", "contention", "growth", "planning"))
    p.add_argument("--build", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2] / "build")
    p.add_argument("--nets", type=pathlib.Path, default=pathlib.Path(os.environ.get("SPML_BENCH_NETS", ".")))
    p.add_argument("--only", default="")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--hog", default="", help="a command before the busy loop, such as chrt -f 20")
    o = p.parse_args()
    o.spml, o.hog = str(o.build / "spml"), o.hog.split()
    if o.bar == "planning":
        return planning(o)
    for net in o.only.split(",") if o.only else sorted(f.stem for f in o.nets.glob("*.onnx")):
        print(f"{net:26} {globals()[o.bar](o, net)}; {load()}", flush=True)


if __name__ == "__main__":
    main()
