#!/usr/bin/env python3
"""Writes what torchvision 0.29.2 (PyTorch 2.15, CPU) makes of small images, to transforms.npz. The entry `NAME|SEED` is
the result with that seed; `NAME|SEED|next` is a draw after it. The Swift side is TransformFixtures.swift."""
import os

import numpy as np
import torch
from torchvision import transforms as T
from torchvision.transforms import functional as F, v2
from torchvision.transforms import InterpolationMode as M

y, x = torch.meshgrid(torch.arange(16), torch.arange(21), indexing='ij')
rgb = torch.stack([(x * 7 + y * 3) % 256, (x * x + y * 5) % 256, (200 - x * y // 3) % 256]).to(torch.uint8)
gray = rgb[1:2].clone()
real = rgb.to(torch.float32) / 255
wide = real.to(torch.float64)
dark = (rgb // 4 + 20).to(torch.uint8)
images = dict(rgb=rgb, gray=gray, real=real, wide=wide, dark=dark)

cases = {}
def case(name, image, transform, seeds=(0,)): cases[name] = (image, transform, seeds)
many = (0, 1, 2)

for mode in ('nearest', 'nearest-exact', 'bilinear', 'bicubic'):
    m = M(mode)
    for kind in ('rgb', 'real', 'wide'):
        case(f'resize-{mode}-{kind}-small', kind, lambda t, m=m: F.resize(t, [13, 11], m))
        case(f'resize-{mode}-{kind}-large', kind, lambda t, m=m: F.resize(t, [40, 50], m))
    case(f'resize-{mode}-plain', 'real', lambda t, m=m: F.resize(t, [13, 45], m, antialias=False))
case('resize-short', 'rgb', T.Resize(12))
case('resize-most', 'rgb', T.Resize(20, max_size=24))
case('center-crop', 'rgb', T.CenterCrop([11, 16]))
case('center-crop-large', 'rgb', T.CenterCrop([27, 12]))
case('center-crop-larger', 'rgb', T.CenterCrop(40))
for mode in ('constant', 'edge', 'reflect', 'symmetric'):
    case(f'pad-{mode}', 'rgb', T.Pad([3, 1, 2, 4], fill=9, padding_mode=mode))
case('pad-two', 'real', T.Pad([2, 3]))
case('random-crop', 'rgb', T.RandomCrop([10, 12]), many)
case('random-crop-padding', 'rgb', T.RandomCrop(20, padding=[5, 3], fill=7), many)
case('random-crop-needed', 'rgb', T.RandomCrop([30, 35], pad_if_needed=True, padding_mode='reflect'), many)
case('resized-crop', 'real', T.RandomResizedCrop(9), many)
case('resized-crop-bytes', 'rgb', T.RandomResizedCrop([7, 15], scale=(0.3, 0.9), interpolation=M.BICUBIC), many)
case('resized-crop-none', 'rgb', T.RandomResizedCrop(9, scale=(2, 3), ratio=(2, 3)))
case('hflip', 'rgb', T.RandomHorizontalFlip(), many)
case('vflip', 'rgb', T.RandomVerticalFlip(), many)
case('five', 'rgb', lambda t: torch.stack(T.FiveCrop(9)(t)))
case('ten', 'rgb', lambda t: torch.stack(T.TenCrop([9, 5], vertical_flip=True)(t)))
for kind in ('rgb', 'real', 'gray'):
    case(f'jitter-{kind}', kind, T.ColorJitter(0.4, 0.3, 0.5, 0.2), (0, 1, 2, 3))
case('jitter-hue', 'real', T.ColorJitter(hue=(-0.3, 0.1)), many)
case('grayscale', 'rgb', T.Grayscale())
case('grayscale-three', 'real', T.Grayscale(3))
case('random-grayscale', 'rgb', T.RandomGrayscale(0.5), many)
case('erasing', 'real', T.RandomErasing(0.8), many)
case('erasing-random', 'real', T.RandomErasing(1, value='random'), many)
case('erasing-colors', 'rgb', T.RandomErasing(1, scale=(0.2, 0.5), value=(1, 2, 3)), many)
case('normalize', 'real', T.Normalize([0.1, 0.2, 0.3], [0.5, 0.6, 0.7]))
case('invert', 'rgb', T.RandomInvert(), many)
case('invert-real', 'real', T.RandomInvert(1))
case('posterize', 'rgb', T.RandomPosterize(3, 1))
case('solarize', 'rgb', T.RandomSolarize(100, 1))
case('solarize-real', 'real', T.RandomSolarize(0.3, 1))
for kind in ('rgb', 'real', 'dark'):
    case(f'sharp-{kind}', kind, T.RandomAdjustSharpness(2.5, 1))
    case(f'autocontrast-{kind}', kind, T.RandomAutocontrast(1))
case('blunt', 'rgb', T.RandomAdjustSharpness(0, 1))
case('equalize', 'rgb', T.RandomEqualize(1))
case('equalize-dark', 'dark', T.RandomEqualize(1))
case('equalize-small', 'rgb', lambda t: F.equalize(t[:, :3, :4]))
case('blur', 'real', T.GaussianBlur(5), many)
case('blur-bytes', 'rgb', T.GaussianBlur([7, 3], 1.5))
case('gamma', 'rgb', lambda t: F.adjust_gamma(t, 0.7, 1.1))
for mode in ('nearest', 'bilinear'):
    m = M(mode)
    for kind in ('rgb', 'real', 'wide'):
        case(f'rotate-{mode}-{kind}', kind, T.RandomRotation(60, m), many)
    case(f'rotate-{mode}-fill', 'rgb', T.RandomRotation((10, 80), m, fill=(10, 20, 30), center=(3, 4)), many)
    case(f'rotate-{mode}-expand', 'rgb', T.RandomRotation(60, m, expand=True, fill=5), many)
    case(f'affine-{mode}', 'real', T.RandomAffine(30, (0.1, 0.2), (0.7, 1.4), (-10, 10, -5, 5), m), many)
    case(f'perspective-{mode}', 'rgb', T.RandomPerspective(0.6, 0.8, m, fill=3), many)
case('rotate-none', 'real', lambda t: F.rotate(t, 33.0, M.BILINEAR))
case('rotate-right', 'rgb', lambda t: F.rotate(t, 90.0, expand=True))
case('affine-shear', 'rgb', T.RandomAffine(0, shear=20), many)
case('dtype-int16', 'rgb', T.ConvertImageDtype(torch.int16))
case('dtype-uint8', 'real', T.ConvertImageDtype(torch.uint8))
case('dtype-float64', 'rgb', T.ConvertImageDtype(torch.float64))
case('to-dtype', 'rgb', v2.ToDtype(torch.float32))
case('to-dtype-scale', 'rgb', v2.ToDtype(torch.float32, scale=True))
case('apply', 'rgb', T.RandomApply([T.RandomCrop(9), T.RandomInvert()], 0.6), (0, 1, 2, 3))
case('choice', 'rgb', v2.RandomChoice([T.RandomCrop(9), T.RandomInvert(), T.Grayscale()], [1, 2, 1]), (0, 1, 2, 3))
case('order', 'rgb', v2.RandomOrder([T.RandomCrop(9, 3), T.RandomInvert(), T.Pad(1)]), (0, 1, 2, 3))
case('compose', 'rgb', T.Compose([T.RandomResizedCrop(12), T.RandomHorizontalFlip(), T.ColorJitter(0.2),
    T.ConvertImageDtype(torch.float32), T.RandomErasing(0.5)]), many)
for policy in T.AutoAugmentPolicy:
    case(f'auto-{policy.value}', 'rgb', T.AutoAugment(policy), range(12))
case('rand-augment', 'rgb', T.RandAugment(), range(16))
case('rand-augment-fill', 'rgb', T.RandAugment(3, 20, interpolation=M.BILINEAR, fill=[1, 2, 3]), range(8))
case('trivial', 'rgb', T.TrivialAugmentWide(), range(16))
case('augmix', 'rgb', T.AugMix(), range(6))
case('augmix-few', 'rgb', T.AugMix(5, 2, 2, 0.5, False, M.NEAREST, [7]), range(4))

def mixed(t, what):
    a, b = what(torch.stack([t, t.flip(-1), t.flip(-2)]).float(), torch.tensor([0, 2, 1]))
    return torch.cat([a.flatten(), b.flatten()])
case('mixup', 'real', lambda t: mixed(t, v2.MixUp(num_classes=3)), many)
case('mixup-alpha', 'real', lambda t: mixed(t, v2.MixUp(alpha=0.3, num_classes=4)), many)
case('cutmix', 'real', lambda t: mixed(t, v2.CutMix(num_classes=3)), many)

recorded = {name: image.numpy() for name, image in images.items()}
for name, (kind, transform, seeds) in cases.items():
    for seed in seeds:
        torch.manual_seed(seed)
        recorded[f'{name}|{seed}'] = transform(images[kind]).numpy()
        recorded[f'{name}|{seed}|next'] = torch.randint(0, 1 << 30, (1,)).numpy()
np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'transforms.npz'), **recorded)
print(len(recorded))
