"""The first and second gradients of a call, in the form of a case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .values import JSON, tensors, written_result


def differentiable(tensor: torch.Tensor) -> bool:
    return tensor.requires_grad and (tensor.is_floating_point() or tensor.is_complex())


def gradients(call: Callable[[], Any], inputs: list[tuple[str, torch.Tensor]], second: bool) -> JSON:
    """Returns the parts `grad` and, if `second` and possible, `gradgrad` of a case. They are empty if the result
    requires no gradient.

    `call` computes a fresh result of `inputs`, which holds the leaves with their paths.
    """
    results = [tensor for _, tensor in tensors(call())]
    numbers = [i for i, tensor in enumerate(results) if differentiable(tensor)]
    if not numbers or not inputs:
        return {}
    outputs = [results[i] for i in numbers]
    leaves = [tensor for _, tensor in inputs]
    cotangents = [torch.randn(t.shape, dtype=t.dtype) for t in outputs]
    first = torch.autograd.grad(outputs, leaves, cotangents, allow_unused=True, create_graph=second)
    parts: JSON = {
        "grad": {
            "outputs": numbers,
            "cotangents": [written_result(t) for t in cotangents],
            "inputs": [path for path, _ in inputs],
            "expect": [written_result(g) for g in first],
        }
    }
    if second:
        parts |= second_gradients(leaves, list(first))
    return parts


def second_gradients(leaves: list[torch.Tensor], first: list[torch.Tensor | None]) -> JSON:
    numbers = [i for i, g in enumerate(first) if g is not None and differentiable(g)]
    if not numbers:
        return {}
    chosen = [first[i] for i in numbers]
    vectors = [torch.randn(g.shape, dtype=g.dtype) for g in chosen]
    try:
        second = torch.autograd.grad(chosen, leaves, vectors, allow_unused=True)
    except (RuntimeError, NotImplementedError):
        # PyTorch has no second derivative.
        return {}
    return {
        "gradgrad": {
            "grads": numbers,
            "vectors": [written_result(v) for v in vectors],
            "expect": [written_result(g) for g in second],
        }
    }
