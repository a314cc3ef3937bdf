# SPDX-License-Identifier: MIT
"""peers.py BENCH_MODEL PACK ROUNDS RUNS [MODEL...]: spml beside ONNX Runtime, in pairs.

Each round runs both, one after the other, in an order that changes from round to round; each lives in one process of its own for the whole time. A
round's number is the fastest of its RUNS; the ratio (spml / ONNX Runtime, below 1: spml is faster) is taken within the round, and its median is the
answer: what disturbs the machine disturbs both."""
import json
import os
import statistics
import subprocess
import sys

MODELS = {
    'squeezenet1.1': 'squeezenet1.1_rebuilt.onnx',
    'yolox-nano': 'yolox_nano.onnx',
    'mosaic-224': 'style_mosaic_rebuilt_224.onnx',
}


def ort_child(path, threads):
    import time

    import numpy as np
    import onnxruntime as ort
    ort.set_default_logger_severity(3)
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = ort.InferenceSession(path, options, providers=['CPUExecutionProvider'])
    feeds = {}
    for port in session.get_inputs():
        dims = [d if isinstance(d, int) and d > 0 else 1 for d in port.shape]
        n = int(np.prod(dims))
        feeds[port.name] = (np.arange(n) * 7919 % 1009 / 1009).astype(np.float32).reshape(dims)
    session.run(None, feeds)
    print('ready', flush=True)
    for line in sys.stdin:
        ns = []
        for _ in range(int(line)):
            start = time.perf_counter_ns()
            session.run(None, feeds)
            ns.append(time.perf_counter_ns() - start)
        print(*ns, flush=True)


class Side:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != 'ready\n':
            sys.exit(f'cannot run {command}')

    def best(self, runs):
        self.process.stdin.write(f'{runs}\n')
        self.process.stdin.flush()
        return min(map(int, self.process.stdout.readline().split())) / 1e6

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(bench, path, threads, rounds, runs):
    sides = [Side([bench, path, str(threads)]), Side([sys.executable, __file__, '--ort', path, str(threads)])]
    times, load = ([], []), []
    for r in range(rounds):
        for k in (0, 1) if r % 2 == 0 else (1, 0):
            times[k].append(sides[k].best(runs))
        load.append(os.getloadavg()[0])
    for side in sides:
        side.close()
    ratios = sorted(a / b for a, b in zip(*times))
    return {'spml_ms': statistics.median(times[0]), 'onnxruntime_ms': statistics.median(times[1]), 'ratio': statistics.median(ratios),
            'ratio_low': ratios[len(ratios) // 4], 'ratio_high': ratios[-1 - len(ratios) // 4], 'load': statistics.median(load)}


def main():
    bench, pack, rounds, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    import onnxruntime
    print(f'onnxruntime {onnxruntime.__version__}, {os.cpu_count()} CPUs, {rounds} rounds of the best of {runs}; ratio = spml / onnxruntime, with its quartiles')
    print(f'{"model":<14} {"threads":>7} {"spml ms":>9} {"ort ms":>9} {"ratio":>6} {"quartiles":>13} {"load":>6}')
    for name in sys.argv[5:] or MODELS:
        for threads in (1, 2):
            row = compare(bench, os.path.join(pack, 'models/onnx', MODELS[name]), threads, rounds, runs)
            print(f'{name:<14} {threads:>7} {row["spml_ms"]:>9.2f} {row["onnxruntime_ms"]:>9.2f} {row["ratio"]:>6.2f} '
                  f'{row["ratio_low"]:>6.2f}-{row["ratio_high"]:<6.2f} {row["load"]:>6.1f}', flush=True)
            if os.environ.get('SPML_BENCH_JSON'):
                with open(os.environ['SPML_BENCH_JSON'], 'a') as f:
                    f.write(json.dumps({'schema': 'spml.bench-peers/1', 'model': name, 'threads': threads, 'rounds': rounds, **row}) + '\n')


if sys.argv[1] == '--ort':
    ort_child(sys.argv[2], int(sys.argv[3]))
else:
    main()
