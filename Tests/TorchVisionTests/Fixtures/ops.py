#!/usr/bin/env python3
"""Writes what the operators of torchvision 0.29.2 (PyTorch 2.15, CPU) compute, to ops.npz. The entry `NAME|INPUT` is
the gradient of an input. The Swift side is OpsTests.swift."""

import numpy as np
import torch
import torchvision.ops as ops

torch.set_num_threads(1)
torch.manual_seed(0)
recorded = {}


def keep(name, tensor):
    recorded[name] = tensor.detach().numpy()


def keep_with_gradients(name, result, **inputs):
    """Keeps a result, and the gradients of its sum weighted by cotangents that grow from -1 to 1."""
    keep(name, result)
    cotangent = torch.linspace(-1, 1, max(result.numel(), 2), dtype=result.dtype)[: result.numel()]
    for tensor in inputs.values():
        tensor.grad = None
    (result * cotangent.view(result.shape)).sum().backward()
    for key, tensor in inputs.items():
        keep(f"{name}|{key}", tensor.grad)


def leaf(tensor):
    return tensor.clone().requires_grad_()


# Boxes
corners = torch.rand(40, 2, dtype=torch.float64) * 50
boxes = torch.cat([corners, corners + torch.rand(40, 2, dtype=torch.float64) * 30 + 1], 1)
scores = torch.rand(40, dtype=torch.float64)
scores[7] = scores[3]
classes = torch.randint(0, 3, (40,))
keep("boxes", boxes)
keep("scores", scores)
keep("classes", classes)
for threshold in [0.1, 0.3, 0.5]:
    keep(f"nms|{threshold}", ops.nms(boxes, scores, threshold))
    keep(f"nms|{threshold}|float", ops.nms(boxes.float(), scores.float(), threshold))
    keep(f"batched_nms|{threshold}", ops.batched_nms(boxes, scores, classes, threshold))
many = scores.repeat(30) - torch.arange(1200) / 1e6
keep("batched_nms|many", ops.batched_nms(boxes.repeat(30, 1), many, classes.repeat(30), 0.3))
keep("small", ops.remove_small_boxes(boxes, 15))
keep("clip", ops.clip_boxes_to_image(boxes, (40, 30)))
a, b = leaf(boxes[:5]), leaf(boxes[3:10])
for name in ["box_iou", "generalized_box_iou", "distance_box_iou", "complete_box_iou"]:
    keep_with_gradients(name, getattr(ops, name)(a, b), a=a, b=b)
for fmt in ["xywh", "cxcywh"]:
    keep_with_gradients(f"box_iou|{fmt}", ops.box_iou(a, b, fmt), a=a, b=b)
    keep(f"box_area|{fmt}", ops.box_area(boxes, fmt))
keep("box_iou|int", ops.box_iou(boxes[:5].int(), boxes[3:10].int()))
keep("box_area|half", ops.box_area(boxes.half()))
a, b = leaf(boxes[:9]), leaf(boxes[1:10] + 4)
for name in ["generalized_box_iou_loss", "distance_box_iou_loss", "complete_box_iou_loss"]:
    for reduction in ["none", "mean", "sum"]:
        keep_with_gradients(f"{name}|{reduction}", getattr(ops, name)(a, b, reduction), a=a, b=b)
plain = ["xyxy", "xywh", "cxcywh"]
rotated = ["xywhr", "cxcywhr", "xyxyxyxy"]
turned = torch.cat([boxes[:6], torch.linspace(-170, 170, 6, dtype=torch.float64)[:, None]], 1)
for formats in [plain, rotated]:
    for source in formats:
        values = boxes[:6] if source in plain else turned
        if source == "xyxyxyxy":
            values = ops.box_convert(turned, "xywhr", "xyxyxyxy")
        keep(f"convert|{source}", values)
        for target in formats:
            keep(f"convert|{source}|{target}", ops.box_convert(values, source, target))
            keep(f"convert|{source}|{target}|int", ops.box_convert(values.int(), source, target))
masks = (torch.rand(5, 6, 7) > 0.93).float()
masks[2] = 0
keep("masks", masks)
keep("masks_to_boxes", ops.masks_to_boxes(masks))

# Regions
image = torch.randn(2, 4, 7, 9, dtype=torch.float64)
regions = torch.tensor(
    [
        [0, 0, 0, 5, 5], [1, 2.3, 1.2, 6.7, 5.5], [1, -3, -2, 3, 4], [0, 5, 4, 2, 2], [0, 20, 20, 30, 30],
        [1, 3.1, 3.2, 3.3, 3.4], [0, -4, -4, 18, 15]
    ], dtype=torch.float64)
keep("image", image)
keep("regions", regions)
for dtype in [torch.float64, torch.float32]:
    x, r = leaf(image.to(dtype)), regions.to(dtype)
    for size in [(2, 2), (1, 4)]:
        for scale in [1.0, 0.5]:
            key = f"{size[0]}|{size[1]}|{scale}|{str(dtype)[6:]}"
            for sampling in [-1, 2]:
                for aligned in [False, True]:
                    keep_with_gradients(
                        f"roi_align|{key}|{sampling}|{aligned}",
                        ops.roi_align(x, r, size, scale, sampling, aligned), x=x)
                keep_with_gradients(
                    f"ps_roi_align|{key}|{sampling}", ops.ps_roi_align(x, r, size, scale, sampling), x=x)
            keep_with_gradients(f"roi_pool|{key}", ops.roi_pool(x, r, size, scale), x=x)
            # Its gradient is not recorded: it also counts pixels that the forward pass leaves out.
            keep(f"ps_roi_pool|{key}", ops.ps_roi_pool(x, r, size, scale))
maps = {"a": torch.randn(2, 3, 16, 16), "b": torch.randn(2, 3, 8, 8), "c": torch.randn(2, 3, 4, 4)}
lists = [torch.tensor([[0, 0, 10, 10], [4, 4, 60, 62.0]]), torch.tensor([[8, 8, 40, 40.0]])]
for key, tensor in maps.items():
    keep(f"map|{key}", tensor)
    tensor.requires_grad_()
pooled = ops.MultiScaleRoIAlign(["a", "c", "b"], 2, 2, canonical_scale=32, canonical_level=3)(
    maps, lists, [(64, 64), (60, 50)])
keep_with_gradients("multi_scale", pooled, **maps)

# Losses and layers
logits = leaf(torch.randn(3, 4, dtype=torch.float64) * 3)
targets = (torch.rand(3, 4) > 0.5).double()
keep("logits", logits)
keep("targets", targets)
for alpha, gamma in [(0.25, 2), (-1, 2), (0.7, 1.5)]:
    for reduction in ["none", "mean", "sum"]:
        keep_with_gradients(
            f"focal|{alpha}|{gamma}|{reduction}", ops.sigmoid_focal_loss(logits, targets, alpha, gamma, reduction),
            logits=logits)
torch.manual_seed(1)
keep("drop_block2d", ops.drop_block2d(torch.ones(2, 3, 7, 6), 0.3, 3))
keep("drop_block3d", ops.drop_block3d(torch.ones(1, 2, 5, 6, 7, dtype=torch.float64), 0.2, 9))
torch.manual_seed(2)
norm = ops.FrozenBatchNorm2d(3, eps=1e-3)
for buffer in norm.buffers():
    buffer.uniform_(0.5, 2)
x = leaf(torch.randn(2, 3, 2, 2))
keep("frozen|x|input", x)
keep_with_gradients("frozen", norm(x), x=x)
torch.manual_seed(3)
mlp = ops.MLP(3, [4, 5], norm_layer=torch.nn.LayerNorm, dropout=0.1)
keep("mlp", mlp(torch.randn(2, 3)))
torch.manual_seed(4)
fpn = ops.FeaturePyramidNetwork([3, 4], 5, ops.feature_pyramid_network.LastLevelMaxPool())
found = fpn({"0": torch.randn(1, 3, 5, 7), "1": torch.randn(1, 4, 3, 4)})
p6p7 = ops.feature_pyramid_network.LastLevelP6P7(4, 5)
found["p6"], found["p7"] = p6p7([found["1"]], [torch.randn(1, 4, 3, 4)], [])[0][1:]
for key, tensor in found.items():
    keep(f"fpn|{key}", tensor)

np.savez_compressed(__file__.replace("ops.py", "ops.npz"), **recorded)
