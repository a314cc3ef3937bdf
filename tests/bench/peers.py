# SPDX-License-Identifier: MIT
"""peers.py (see scripts/bench-peers): spml beside ONNX Runtime, OpenVINO and ncnn, in rounds.

Each side lives in one process of its own for all rounds of a net and thread count. A round runs all sides, one after the other, in an order that turns from round
to round; a side's number is the median of its runs in the round (enough to fill about a quarter of a second). Ratios (peer / spml: above 1 spml is faster) are taken
within the round, and their median is the answer: what disturbs the machine disturbs all sides. Before each round the distance of the two cores and the share of the
machine that others use are measured."""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SECONDS = 0.25
PEERS = ("onnxruntime", "openvino", "ncnn")

# ── the sides: each prints "ready", or "refused REASON"; then answers "N" with N times in ns ──


def serve(once):
    once()
    print("ready", flush=True)
    for line in sys.stdin:
        ns = []
        for _ in range(int(line)):
            start = time.perf_counter_ns()
            once()
            ns.append(time.perf_counter_ns() - start)
        print(*ns, flush=True)


def feeds_of(inputs):
    import numpy as np
    return dict(np.load(inputs))


def onnxruntime_side(net, inputs, threads):
    import onnxruntime as ort
    ort.set_default_logger_severity(3)
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session, feeds = ort.InferenceSession(net, options, providers=["CPUExecutionProvider"]), feeds_of(inputs)
    serve(lambda: session.run(None, feeds))


def openvino_side(net, inputs, threads):
    import openvino as ov
    core = ov.Core()
    config = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    request, feeds = core.compile_model(core.read_model(net), "CPU", config).create_infer_request(), feeds_of(inputs)
    serve(lambda: request.infer(feeds, share_inputs=True, share_outputs=True))


def ncnn_side(net, inputs, threads):
    import ncnn
    import numpy as np
    folder, feeds = pathlib.Path(tempfile.mkdtemp(prefix="spml-ncnn-")), feeds_of(inputs)
    shapes = ",".join("[" + ",".join(map(str, x.shape)) + "]" + {"float32": "f32", "int64": "i64", "int32": "i32", "bool": "bool"}.get(str(x.dtype), "f32") for x in feeds.values())
    import importlib.util
    tool = pathlib.Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
    names = {k: folder / k for k in ("pnnx.param", "pnnx.bin", "py", "onnx", "param", "bin", "ncnn.py")}
    made = subprocess.run([tool, net, f"inputshape={shapes}", "fp16=0", f"pnnxparam={names['pnnx.param']}", f"pnnxbin={names['pnnx.bin']}", f"pnnxpy={names['py']}",
                           f"pnnxonnx={names['onnx']}", f"ncnnparam={names['param']}", f"ncnnbin={names['bin']}", f"ncnnpy={names['ncnn.py']}"], capture_output=True, text=True, timeout=600)
    if made.returncode or not names["param"].exists():
        raise RuntimeError(f"pnnx ends with {made.returncode}")
    unknown = [line.split()[0] for line in names["param"].read_text().split("\n")[2:] if line and ("." in line.split()[0] or "::" in line.split()[0])]
    if unknown:
        raise RuntimeError("not converted: " + " ".join(sorted(set(unknown))[:3]))
    graph = ncnn.Net()
    graph.opt.num_threads = threads
    for flag in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage", "use_int8_inference"):
        setattr(graph.opt, flag, False)
    if graph.load_param(str(names["param"])) or graph.load_model(str(names["bin"])):
        raise RuntimeError("ncnn does not load it")
    for f in folder.iterdir():
        f.unlink()
    folder.rmdir()
    mats = [ncnn.Mat(np.ascontiguousarray(x[0] if x.ndim > 1 else x, dtype=np.float32 if x.dtype.kind == "f" else np.int32)).clone() for x in feeds.values()]

    def once():
        with graph.create_extractor() as e:
            for i, m in enumerate(mats):
                e.input(f"in{i}", m)
            code, _ = e.extract("out0")
            if code:
                raise RuntimeError(f"ncnn extract: {code}")
    serve(once)


def child(name, net, inputs, threads):
    try:
        {"onnxruntime": onnxruntime_side, "openvino": openvino_side, "ncnn": ncnn_side}[name](net, inputs, threads)
    except Exception as e:  # whatever a peer objects to goes into the table
        print("refused", " ".join(str(e).split())[:80] or type(e).__name__, flush=True)


class Side:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.refused, self.runs = None, 1
        line = self.process.stdout.readline()
        while line and not line.startswith(("ready", "refused")):  # what libraries say
            line = self.process.stdout.readline()
        if not line.startswith("ready"):
            self.refused = line[8:].strip() or "ended"
        else:
            self.runs = max(3, min(500, int(SECONDS * 1e3 / max(self.ask(3), 1e-3))))

    def ask(self, runs):
        self.process.stdin.write(f"{runs}\n")
        self.process.stdin.flush()
        return statistics.median(map(int, self.process.stdout.readline().split())) / 1e6

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


# ── the machine ──


def others_share():
    """The share of all CPUs that is used, or taken by the host, while we sleep: that of others."""
    def ticks():
        with open("/proc/stat") as f:
            return [int(x) for x in f.readline().split()[1:9]]
    a = ticks()
    time.sleep(0.25)
    d = [y - x for x, y in zip(a, ticks())]
    return 1 - (d[3] + d[4]) / max(1, sum(d))


def distance(build):
    text = subprocess.run([build / "tests/bench_distance"], capture_output=True, text=True).stdout.strip()
    return float(text) if text not in ("", "-") else 0.0


def calm(o):
    """Waits for a moment when the cores are near and nobody else works; the last look, and whether it was good."""
    for attempt in range(o.tries):
        far, busy = distance(o.build), others_share()
        if far <= o.near and busy <= 0.08:
            return far, busy, True
        time.sleep(min(5, 0.5 * (attempt + 1)))
    return far, busy, False


# ── rounds ──


def inputs_of(o, net):
    """NAME.input.npz beside the net, or a fixed pattern in 0..1 with unnamed extents of 1."""
    given = o.nets / f"{net}.input.npz"
    if given.exists():
        return str(given)
    made = pathlib.Path(o.scratch.name) / f"{net}.npz"
    code = ("import sys, numpy as np, onnxruntime as ort\ns = ort.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])\nx = {}\n"
            "for p in s.get_inputs():\n    d = [e if isinstance(e, int) and e > 0 else 1 for e in p.shape]\n    n = int(np.prod(d))\n"
            "    t = {'tensor(float)': np.float32, 'tensor(int64)': np.int64, 'tensor(int32)': np.int32, 'tensor(bool)': np.bool_, 'tensor(double)': np.float64, 'tensor(uint8)': np.uint8}[p.type]\n"
            "    v = np.arange(n) * 7919 % 1009\n    x[p.name] = (v / 1009 if t in (np.float32, np.float64) else v % 2).astype(t).reshape(d)\nnp.savez(sys.argv[2], **x)\n")
    if subprocess.run([sys.executable, "-c", code, str(o.nets / f"{net}.onnx"), str(made)], stderr=subprocess.DEVNULL).returncode:
        sys.exit(f"bench-peers: no inputs for {net}: write {given}")
    return str(made)


def compare(o, net, threads):
    files = str(o.nets / f"{net}.onnx"), inputs_of(o, net)
    sides = {"spml": Side([str(o.build / "tests/bench_model"), files[0], str(threads), files[1]])}
    sides.update({p: Side([sys.executable, __file__, "--side", p, *files, str(threads)]) for p in PEERS})
    if sides["spml"].refused:
        sys.exit(f"bench-peers: spml cannot run {net}: {sides['spml'].refused}")
    live = [k for k in sides if not sides[k].refused]
    times, notes = {k: [] for k in live}, []
    for r in range(o.rounds):
        for again in range(3):
            before = calm(o)
            at = {}
            for k in live[r % len(live):] + live[:r % len(live)]:
                at[k] = sides[k].ask(sides[k].runs)
                time.sleep(0.03)  # threads of the others stop spinning
            after = others_share()
            if not before[2] or after <= 0.08 or again == 2:
                break
        for k in live:
            times[k].append(at[k])
        notes.append((before[0], max(before[1], after), before[2] and after <= 0.08, os.getloadavg()[0]))
    for s in sides.values():
        s.close()
    row = {"net": net, "threads": threads, "ms": {k: statistics.median(times[k]) for k in live}, "refused": {k: s.refused for k, s in sides.items() if s.refused}, "ratio": {}, "quartiles": {},
           "quiet": sum(n[2] for n in notes), "rounds": o.rounds, "distance_ns": statistics.median(n[0] for n in notes), "others": statistics.median(n[1] for n in notes),
           "load": statistics.median(n[3] for n in notes)}
    for k in live[1:]:
        q = sorted(a / b for a, b in zip(times[k], times["spml"]))
        row["ratio"][k], row["quartiles"][k] = statistics.median(q), (q[len(q) // 4], q[-1 - len(q) // 4])
    return row


# ── the report ──

HEAD = "| net | threads | spml ms | " + " | ".join(f"{p} ms" for p in PEERS) + " | " + " | ".join(f"{p} / spml" for p in PEERS) + " | quiet rounds | others | load | line ns |"


def table_row(r):
    ms = [f"{r['ms'][p]:.2f}" if p in r["ms"] else "-" for p in PEERS]
    ratio = [f"**{r['ratio'][p]:.2f}** ({r['quartiles'][p][0]:.2f}-{r['quartiles'][p][1]:.2f})" if p in r["ratio"] else "-" for p in PEERS]
    return f"| {r['net']} | {r['threads']} | {r['ms']['spml']:.2f} | {' | '.join(ms)} | {' | '.join(ratio)} | {r['quiet']}/{r['rounds']} | {100 * r['others']:.0f} % | {r['load']:.1f} | {r['distance_ns']:.0f} |"


def geometric(values):
    return statistics.geometric_mean(values) if values else float("nan")


def summary(rows):
    out = []
    for t in sorted({r["threads"] for r in rows}):
        mine = [r for r in rows if r["threads"] == t]
        best = [min(r["ratio"].values()) for r in mine if r["ratio"]]
        parts = [f"{p} {geometric([r['ratio'][p] for r in mine if p in r['ratio']]):.2f} ({sum(p in r['ratio'] for r in mine)} nets)" for p in PEERS if any(p in r["ratio"] for r in mine)]
        worst = min(mine, key=lambda r: min(r["ratio"].values(), default=9))
        out.append(f"- {t} thread{'s' if t > 1 else ''}: geometric means of the ratios: {', '.join(parts)}; over the best peer of each net {geometric(best):.2f}, least {min(best):.2f} ({worst['net']})")
    return out


def machine():
    with open("/proc/cpuinfo") as f:
        model = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "unknown processor")
    return f"{model}, {len(os.sched_getaffinity(0))} CPUs, Linux {os.uname().release}"


def versions(o):
    import importlib.metadata as meta
    spml = subprocess.run([o.build / "spml", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    def version(p):
        try:
            return meta.version(p)
        except meta.PackageNotFoundError:
            return "none"
    return f"{spml} ({commit}); " + ", ".join(f"{p} {version(p)}" for p in ("onnxruntime", "openvino", "ncnn", "pnnx"))


def tool_output(command):
    return subprocess.run(command, capture_output=True, text=True).stdout.rstrip()


def write(o, rows):
    lines = ["# Benchmarks", "", f"Written by `scripts/bench-peers --rounds {o.rounds}` on {datetime.date.today()}.", "", f"- machine: {machine()}", f"- versions: {versions(o)}",
             f"- nets: `bench-nets` (random weights, f32 unless the name says int8), batch 1; peers from PyPI with the same number of threads, f32, one stream",
             "- a ratio is peer / spml of one round (above 1: spml is faster); shown are the median of the rounds and its quartiles; milliseconds are medians",
             f"- quiet rounds: the cores were at most {o.near:.0f} ns apart and others used at most 8 % of the machine; others, load, line: medians of what others used, of the load average,"
             " and of the time in which a cache line crosses. A row without quiet rounds is no evidence", "", HEAD, "| " + " | ".join(["---"] * (HEAD.count("|") - 1)) + " |"]
    lines += [table_row(r) for r in rows] + [""] + summary(rows)
    refused = sorted({(k, r["net"], why) for r in rows for k, why in r["refused"].items()})
    if refused:
        lines += ["", "What a peer does not run:", ""] + [f"- {k}, {net}: {why}" for k, net, why in refused]
    lines += ["", "## The machine's roof", "", "```", tool_output([o.build / "spml", "bench", "--roof"]), "```"]
    if not o.no_sgemm:
        lines += ["", "## SGEMM beside OpenBLAS (one thread)", "", "```", tool_output([o.build / "tests/bench_sgemm", str(o.rounds)]), "```"]
    pathlib.Path(o.out).write_text("\n".join(lines) + "\n")


def options():
    p = argparse.ArgumentParser()
    p.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    p.add_argument("--nets", type=pathlib.Path, default=pathlib.Path(os.environ.get("SPML_BENCH_NETS", ROOT.parent / "bench-nets")))
    p.add_argument("--rounds", type=int, default=15)
    p.add_argument("--threads", default="1,2")
    p.add_argument("--only", default="")
    p.add_argument("--out", default=ROOT / "docs/benchmarks.md")
    p.add_argument("--no-write", action="store_true")
    p.add_argument("--near", type=float, default=80)
    p.add_argument("--tries", type=int, default=6)
    p.add_argument("--no-sgemm", action="store_true")
    o = p.parse_args()
    o.scratch = tempfile.TemporaryDirectory(prefix="spml-peers-")
    for tool in ("bench_model", "bench_distance", "bench_sgemm"):
        if not (o.build / "tests" / tool).exists():
            sys.exit(f"bench-peers: no {o.build / 'tests' / tool}: build with tests first")
    if not list(o.nets.glob("*.onnx")):
        sys.exit(f"bench-peers: no networks in {o.nets}: write them with ../shared/tools/bench-nets DIR, and give --nets DIR")
    return o


def main():
    o, rows = options(), []
    names = o.only.split(",") if o.only else sorted(f.stem for f in o.nets.glob("*.onnx"))
    print(HEAD.replace("|", "").strip())
    for net in names:
        for t in map(int, o.threads.split(",")):
            rows.append(compare(o, net, t))
            print(table_row(rows[-1]), *(f"  {k}: {v}" for k, v in rows[-1]["refused"].items()), sep="\n" if rows[-1]["refused"] else "", flush=True)
            if os.environ.get("SPML_BENCH_JSON"):
                with open(os.environ["SPML_BENCH_JSON"], "a") as f:
                    f.write(json.dumps({"schema": "spml.bench-peers/2", **rows[-1]}) + "\n")
    print(*summary(rows), sep="\n")
    if not o.no_write:
        write(o, rows)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--side":
        child(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
    else:
        main()
