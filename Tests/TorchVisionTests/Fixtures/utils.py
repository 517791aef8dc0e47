#!/usr/bin/env python3
"""Writes what torchvision 0.29.2 draws and arranges, to utils.npz, and images of FakeData."""
import os

import numpy as np
import torch
from torchvision.datasets import FakeData
from torchvision.transforms.functional import pil_to_tensor
from torchvision.utils import draw_bounding_boxes, make_grid

y, x = torch.meshgrid(torch.arange(20), torch.arange(27), indexing='ij')
image = torch.stack([x * 9, y * 12, (x * y) % 256]).to(torch.uint8)
boxes = torch.tensor([[2, 3, 15, 12], [10, 5, 26, 19], [-3, -2, 4, 30], [7, 7, 8, 8], [20, 1, 20, 9.7]])
out = dict(image=image.numpy(), boxes=boxes.numpy())
for width in (0, 1, 2, 5):
    out[f'boxes|{width}'] = draw_bounding_boxes(image, boxes, width=width).numpy()
    out[f'filled|{width}'] = draw_bounding_boxes(image, boxes, width=width, fill=True, colors='orange').numpy()
out['gray'] = draw_bounding_boxes(image[:1], boxes, colors=['red', '#0f0', '#0000FF', 'navy', 'teal']).numpy()
out['real'] = draw_bounding_boxes(image / 255, boxes, fill=True).numpy()
batch = torch.arange(5 * 2 * 3, dtype=torch.float32).view(5, 1, 2, 3) - 7
out['batch'] = batch.numpy()
out['grid'] = make_grid(batch).numpy()
out['grid|rows'] = make_grid(batch, nrow=3, padding=1, pad_value=0.5).numpy()
out['grid|normal'] = make_grid(batch, nrow=2, normalize=True).numpy()
out['grid|range'] = make_grid(batch, nrow=2, normalize=True, value_range=(-2, 9), scale_each=True).numpy()
out['grid|each'] = make_grid(batch, normalize=True, scale_each=True).numpy()
out['grid|one'] = make_grid(batch[0]).numpy()
fake = FakeData(10, (3, 4, 5), 7, random_offset=3)
for i in range(3):
    out[f'fake|{i}'] = pil_to_tensor(fake[i][0]).numpy()
out['fake|labels'] = np.array([fake[i][1] for i in range(3)])
np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'utils.npz'), **out)
