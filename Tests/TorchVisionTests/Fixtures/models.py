#!/usr/bin/env python3
"""Writes what torchvision's classification models are, one JSON object a line. The Swift side is ModelTests.swift.

    models.py                   all models, without data, and the smallest of each family with data: models.jsonl
    models.py --live NAME...    these models with data, to standard output

Fields: `keys` is a hash of the lines "name shape" of the state dict, `text` one of what print shows, `weights` one of the
weights that seed 0 draws for 10 classes; `eval` and `train` are outputs for one input, the latter after seed 2 and in
float64: the deepest networks enlarge rounding errors of float32 a thousand times when they normalize a small batch."""
import json
import os
import sys

import numpy as np
import torch
from torchvision import models

mask = (1 << 64) - 1
# The models whose weights and outputs are recorded: one of each family, and those with other blocks.
small = [
    'alexnet', 'convnext_tiny', 'densenet121', 'efficientnet_b0', 'efficientnet_v2_s', 'googlenet', 'inception_v3',
    'maxvit_t', 'mnasnet0_5', 'mobilenet_v2', 'mobilenet_v3_small', 'regnet_x_400mf', 'regnet_y_400mf', 'resnet18',
    'shufflenet_v2_x0_5', 'squeezenet1_0', 'squeezenet1_1', 'swin_t', 'swin_v2_t', 'vit_b_32',
]


def text_hash(text):
    """FNV-1a, 64 bits."""
    value = 0xcbf29ce484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001b3 & mask
    return f'{value:016x}'


def weights_hash(state):
    """A sum of the elements' bits, each times an odd number, of each tensor of float32, one after the other."""
    value = 0
    for tensor in state.values():
        if tensor.dtype != torch.float32:
            continue
        bits = tensor.detach().numpy().reshape(-1).view(np.uint32).astype(np.uint64)
        with np.errstate(over='ignore'):
            total = int((bits * (2 * np.arange(bits.size, dtype=np.uint64) + 1)).sum())
        value = (value * 0x100000001b3 + total) & mask
    return f'{value:016x}'


def build(name, classes):
    # These two warn if they are not told to draw their weights.
    options = {'init_weights': True} if name in ('googlenet', 'inception_v3') else {}
    return models.get_model(name, num_classes=classes, **options)


def side(name):
    # Swin transformers take any size; here no stage has whole windows. Vision transformers are made for one size.
    if name.startswith(('swin', 'vit')):
        return 72 if name.startswith('swin') else 224
    least = models.get_model_weights(name).DEFAULT.meta['min_size'][0]
    return 299 if name == 'inception_v3' else max(64, least)


def describe(name):
    try:
        with torch.device('meta'):
            model = build(name, 1000)
    except NotImplementedError:
        # Some models read numbers of tensors that they make.
        model = build(name, 1000)
    state = model.state_dict()
    lines = ''.join(f'{key} {list(tensor.shape)}\n' for key, tensor in state.items())
    enum = models.get_model_weights(name)
    return {
        'name': name,
        'entries': len(state),
        'params': sum(parameter.numel() for parameter in model.parameters()),
        'keys': text_hash(lines),
        'text': text_hash(repr(model)),
        'default': str(enum.DEFAULT),
        'pretrained': {str(weights): facts(weights) for weights in enum},
    }


def facts(weights):
    meta, transforms = weights.meta, weights.transforms()
    return {
        'url': weights.url,
        'params': meta['num_params'],
        'acc': [f"{meta['_metrics']['ImageNet-1K'][key]:.3f}" for key in ('acc@1', 'acc@5')],
        'size': meta['min_size'][0],
        'categories': text_hash('\n'.join(meta['categories'] or [])),
        'transforms': text_hash(f'{transforms}{transforms.antialias}'),
    }


def compute(name):
    torch.manual_seed(0)
    model = build(name, 10)
    result = {'weights': weights_hash(model.state_dict())}
    torch.manual_seed(1)
    if name.startswith('vit'):
        # The last layer of a new model is 0, and so would be all outputs.
        torch.nn.init.normal_(model.heads.head.weight)
    image = torch.randn(2, 3, side(name), side(name))
    result['side'] = side(name)
    with torch.no_grad():
        result['eval'] = flat(model.eval()(image))
        torch.manual_seed(2)
        result['train'] = flat(model.double().train()(image.double()))
    return result


def flat(outputs):
    """The elements of the logits, of a tuple all of them."""
    outputs = outputs if isinstance(outputs, tuple) else [outputs]
    return [float(f'{value:.11g}') for output in outputs for value in output.flatten().tolist()]


torch.set_num_threads(1)
if sys.argv[1:2] == ['--live']:
    for name in sys.argv[2:]:
        print(json.dumps({**describe(name), **compute(name)}), flush=True)
else:
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'models.jsonl')
    with open(path, 'w') as file:
        for name in models.list_models(module=models):
            record = {**describe(name), **(compute(name) if name in small else {})}
            file.write(json.dumps(record, separators=(',', ':')) + '\n')
