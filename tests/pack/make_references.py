# SPDX-License-Identifier: MIT
"""make_references.py PACK OUT: references for models of the pack that have none stored.

Runs them in ONNX Runtime (unoptimised, as the stored ones were) on seeded inputs and writes OUT/NAME_meta.json with .bin files, the form of
PACK/references/ort. The one output that another program gave, WinML's for the fish picture, is stored beside its input. What is there is kept."""
import json
import os
import sys

import numpy as np
import onnxruntime as ort
from PIL import Image

PACK, OUT = sys.argv[1:3]
ort.set_default_logger_severity(3)
NUMPY = {'tensor(float)': np.float32, 'tensor(float16)': np.float16, 'tensor(int64)': np.int64}

# name: model, {input: shape}, low and high of the seeded values
CASES = {
    'keras_add': ('keras_Add_ImageNet_small', None, (-2, 2)),
    'tiny_mlp': ('tiny_mlp', None, (-2, 2)),
    'super_resolution': ('super-resolution-10', None, (0, 1)),
    'super_resolution_batch3': ('super-resolution-10', (3, 1, 224, 224), (0, 1)),
    'style_candy_224': ('style_candy_rebuilt_224', None, (0, 255)),
    'style_mosaic_224': ('style_mosaic_rebuilt_224', None, (0, 255)),
    'style_candy_720': ('style_candy_winml_720', None, (0, 255)),
    'style_mosaic_720': ('style_mosaic_winml_720', None, (0, 255)),
    'linear_classifier': ('tract_cases/linear_classifier/model', None, (-2, 2)),
    'linear_regressor': ('tract_cases/linear_regressor/model', None, (-2, 2)),
}


def write(name, model, inputs, outputs, engine):
    def ports(kind, arrays):
        rows = []
        for i, (port, x) in enumerate(arrays.items()):
            file = f'{name}_{kind}_{i}.bin'
            x.tofile(os.path.join(OUT, file))
            rows.append({'name': port, 'type': str(x.dtype), 'dims': list(x.shape), 'file': file})
        return rows
    meta = {'model': model, 'inputs': ports('in', inputs), 'outputs': ports('out', outputs), 'engine': engine}
    with open(os.path.join(OUT, f'{name}_meta.json'), 'w') as f:
        json.dump(meta, f)


def smooth(rng, shape, low, high):
    """Random, but with the large areas of a picture where there is one."""
    x = rng.random(shape)
    if len(shape) == 4 and shape[-1] >= 32:
        x = np.repeat(np.repeat(rng.random(shape[:2] + (-(-shape[2] // 16), -(-shape[3] // 16))), 16, 2), 16, 3)[:, :, :shape[2], :shape[3]] * .8 + x * .2
    return low + (high - low) * x


def from_ort(name, model, shape, span):
    path = f'models/onnx/{model}.onnx'
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(os.path.join(PACK, path), options)
    rng = np.random.default_rng(0)
    inputs = {}
    for port in session.get_inputs():
        dims = shape or [d if isinstance(d, int) and d > 0 else 1 for d in port.shape]
        inputs[port.name] = smooth(rng, tuple(dims), *span).astype(NUMPY[port.type])
    outputs = {p.name: x for p, x in zip(session.get_outputs(), session.run(None, inputs)) if isinstance(x, np.ndarray) and x.dtype != object}
    write(name, path, inputs, outputs, f'onnxruntime {ort.__version__} CPU, graph optimisation disabled')


def fish():
    """224x224, blue green red, 0..255; WinML's output for it."""
    picture = np.asarray(Image.open(os.path.join(PACK, 'data/images/winml_fish.png')).convert('RGB'))
    x = picture[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float16)
    with open(os.path.join(PACK, 'references/winml/Squeezenet_fp16_fish_input_CPU.csv')) as f:
        y = np.array([float(line.split(',')[1]) for line in f.read().split()[1:]]).astype(np.float16)
    write('winml_fish', 'models/onnx/squeezenet1.0_fp16_winml.onnx', {'data_0': x}, {'softmaxout_1': y.reshape(1, 1000, 1, 1)}, 'WinML CPU')


os.makedirs(OUT, exist_ok=True)
failures = 0
for case, row in CASES.items():
    if not os.path.exists(os.path.join(OUT, f'{case}_meta.json')):
        try:
            from_ort(case, *row)
        except Exception as e:  # a model that this runtime refuses is said, and not a case
            print(f'no reference for {case}: {str(e).splitlines()[0][:200]}')
if not os.path.exists(os.path.join(OUT, 'winml_fish_meta.json')):
    fish()
