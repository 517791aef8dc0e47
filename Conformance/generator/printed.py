"""The cases of repr.json: the output of `print(tensor)`."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from .settings import Settings
from .values import JSON, written

OPTIONS: list[JSON] = [
    {"precision": 2}, {"threshold": 5}, {"edgeitems": 1, "threshold": 5}, {"linewidth": 40}, {"sci_mode": True}, {"profile": "full"}, {"profile": "short"},
]  # fmt: skip


def generate(settings: Settings) -> Iterator[tuple[str, JSON]]:
    if not settings.wants("repr"):
        return
    settings.restart("repr")
    yield "repr", {"tensors": [printed(name, tensor) for name, tensor in tensors()], "printoptions": list(with_options())}


def printed(name: str, tensor: torch.Tensor) -> JSON:
    return {
        "name": name,
        "str": str(tensor),
        "requires_grad": tensor.requires_grad,
        "grad_fn": tensor.grad_fn.name() if tensor.grad_fn is not None else None,
        "value": written(tensor),
    }


def tensors() -> Iterator[tuple[str, torch.Tensor]]:
    """Yields tensors for every branch of PyTorch's formatter: dtypes, widths, scientific notation, infinities and NaN,
    summaries, strides, histories."""
    nan, inf = math.nan, math.inf
    yield from {
        "scalar": torch.tensor(3.5),
        "scalar-int": torch.tensor(7),
        "scalar-bool": torch.tensor(True),
        "empty": torch.empty(0),
        "empty-2d": torch.empty(0, 3),
        "empty-int": torch.empty(2, 0, dtype=torch.int64),
        "vec-int": torch.tensor([1, 2, 3]),
        "mat-int": torch.tensor([[1, -20], [300, 4]]),
        "vec-float-int-valued": torch.tensor([1.0, 2.0, 3.0]),
        "vec-float-mixed": torch.tensor([1.0, 2.5, -3.25]),
        "eye": torch.eye(3),
        "zeros": torch.zeros(2, 3),
        "ones-d": torch.ones(2, 2, dtype=torch.float64),
        "rand": torch.randn(2, 3),
        "rand-5": torch.randn(5, 5),
        "rand-3d": torch.randn(2, 3, 4),
        "rand-4d": torch.randn(2, 2, 2, 3),
        "rand-5d": torch.randn(1, 2, 1, 2, 2),
        "large": torch.randn(3, 3) * 1e6,
        "tiny": torch.randn(3, 3) * 1e-6,
        "wide-range": torch.tensor([1e-6, 1.0, 1e6]),
        "sci-int-valued": torch.tensor([1e9, 2e9, 1.0]),
        "sci-1e8": torch.tensor([1e8, 1e8 + 8]),
        "boundary-1000": torch.tensor([1.0, 1001.0, 0.5]),
        "ratio-1000": torch.tensor([0.001, 1.5]),
        "ratio-1001": torch.tensor([0.00099, 1.5]),
        "nan-inf": torch.tensor([nan, inf, -inf, 1.0]),
        "all-nan": torch.tensor([nan, nan, nan]),
        "nan-inf-intvalued": torch.tensor([nan, 2.0, 3.0]),
        "neg-zero": torch.tensor([-0.0, 0.0]),
        "neg-zero-mixed": torch.tensor([-0.0, 0.5]),
        "bool": torch.tensor([[True, False], [False, True]]),
        "int32": torch.tensor([1, 2], dtype=torch.int32),
        "int8": torch.tensor([-1, 2], dtype=torch.int8),
        "uint8": torch.tensor([255, 0], dtype=torch.uint8),
        "int16": torch.tensor([5], dtype=torch.int16),
        "half": torch.tensor([1.5, 2.25], dtype=torch.float16),
        "bf16": torch.tensor([1.5, 3.14], dtype=torch.bfloat16),
        "f64": torch.randn(3, dtype=torch.float64),
        "complex": torch.randn(3, dtype=torch.complex64),
        "complex-2d": torch.randn(2, 2, dtype=torch.complex128),
        "complex-int": torch.tensor([1 + 2j, -3 - 4j]),
        "complex-wide": torch.tensor([1e-4 + 2e5j, 3.5 + 0j]),
        "long-vec-wrap": torch.arange(40),
        "long-float-wrap": torch.randn(30),
        "summary-1d": torch.arange(3000.0),
        "summary-2d": torch.arange(3000.0).view(60, 50),
        "summary-3d": torch.arange(3000).view(10, 20, 15),
        "summary-4d": torch.linspace(0, 585, 4096).view(8, 8, 8, 8),
        "summary-int": torch.arange(2000),
        "just-1000": torch.arange(1000),
        "1001": torch.arange(1001),
        "tall": torch.arange(1200).view(600, 2),
        "wide": torch.arange(1200).view(2, 600),
        "int-big": torch.tensor([2**62, -1]),
        "transposed": torch.arange(6).view(2, 3).t(),
        "expanded": torch.randn(1, 4).expand(3, 4),
        "sliced": torch.randn(6, 6)[::2, ::3],
        "requires-grad": torch.randn(2, 2).requires_grad_(),
        "one-el-2d": torch.tensor([[5.0]]),
        "float-with-9-digits": torch.tensor([123456789.0, 0.25]),
        "f64-precision": torch.tensor([1 / 3, 2 / 3, 1e-10], dtype=torch.float64),
        "channels": torch.arange(24.0).view(2, 3, 2, 2).contiguous(memory_format=torch.channels_last),
        "1e5": torch.tensor([1e5, 1.5]),
        "99999": torch.tensor([99999.0, 1.5]),
        "small-ints": torch.tensor([0.1, 0.25, 100.125]),
        "int-valued-big": torch.tensor([123456.0, 1.0]),
        "mixed-inf": torch.tensor([[1.0, inf], [0.5, -2.0]]),
    }.items()
    # The case stores the result, and the test uses it as the operator's argument. These operators do not change it.
    leaf = torch.randn(2, 2).requires_grad_()
    yield "grad-fn", leaf * 1
    yield "grad-fn-mm", leaf @ torch.eye(2)
    number = torch.randn(()).requires_grad_()
    yield "grad-fn-sum", number.sum()


def with_options() -> Iterator[JSON]:
    tensor = torch.linspace(-3, 1000, 24).view(4, 6)
    for options in OPTIONS:
        torch.set_printoptions(**options)
        yield {"options": options, "str": str(tensor), "value": written(tensor)}
        torch.set_printoptions(profile="default")
        torch.set_printoptions(sci_mode=None)
