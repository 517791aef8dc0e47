"""Cases of pointwise operators at values where formulas break: zeros of both signs, infinities, NaN and the limits of
each dtype.

For some values PyTorch's result depends on the position: it differs between the middle and the end of a tensor, or for
strided tensors. Such values are left out.
"""

from __future__ import annotations

import itertools
import math
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import BinaryUfuncInfo, UnaryUfuncInfo

from .settings import Settings
from .values import JSON, written, written_result

FLOATS = [torch.float32, torch.float64, torch.bfloat16, torch.float16]
INTEGERS = [torch.int64, torch.int32, torch.uint8]
DIFFERENTIATED = (torch.float32,)

# Operators that do not take one or two tensors only, that repeat or compose others, or that PyTorch computes too
# inaccurately (special.ndtr).
LEFT_OUT = re.compile(
    r"nn\.functional\.(dropout.*|rrelu)|bernoulli|.*polynomial.*|special\.(airy_ai|bessel.*|modified.*|scaled.*|spherical.*|zeta|polygamma)|polygamma.*|mvlgamma.*"
    r"|isclose|float_power|jiterator.*|masked\..*|(short|int|long|byte|char|bool|half|bfloat16|float|double|cfloat|cdouble|chalf)|igammac?|true_divide"
    r"|max@binary|min@binary|__r.*__|rsub|sub|special\.(ndtri?|entr|erfcx|log_ndtr)|nn\.functional\.prelu|nan_to_num|clamp|real|imag|conj.*|positive"
)
# Activations that PyTorch's database does not list as pointwise.
MORE = [
    "nn.functional.gelu", "nn.functional.silu", "nn.functional.mish", "nn.functional.softplus", "nn.functional.elu", "nn.functional.celu", "nn.functional.selu",
    "nn.functional.hardswish", "nn.functional.hardsigmoid", "nn.functional.hardtanh", "nn.functional.hardshrink", "nn.functional.softshrink", "nn.functional.leaky_relu",
    "nn.functional.logsigmoid", "nn.functional.relu", "nn.functional.relu6", "nn.functional.tanhshrink", "nn.functional.softsign", "nn.functional.threshold",
]  # fmt: skip
SETTINGS: dict[str, list[JSON]] = {
    "nn.functional.gelu": [{"approximate": "none"}, {"approximate": "tanh"}],
    "nn.functional.threshold": [{"threshold": 0.5, "value": 2.0}],
    "logit": [{}, {"eps": 0.25}],
    "div": [{}, {"rounding_mode": "floor"}, {"rounding_mode": "trunc"}],
}
# Values at which PyTorch's results, although the same everywhere, have a larger error than rounding explains, or depend
# on the dtype.
INACCURATE: dict[tuple[str, torch.dtype], Callable[..., torch.Tensor]] = {
    **{("digamma", dtype): lambda x: (x.abs() > 1e30) | ((x < 0) & (x == x.trunc())) for dtype in DIFFERENTIATED},
    **{(name, dtype): lambda x: x.abs() > 1000 for name in ("special.i0e", "special.i1e") for dtype in DIFFERENTIATED},
    **{("ldexp", dtype): lambda x, _: x.abs() == torch.finfo(x.dtype).max for dtype in DIFFERENTIATED},
    **{(name, torch.bfloat16): lambda x, y: (x == 0) & (y == 0) for name in ("fmax", "fmin")},
    # The product with a scale of 1 + 0i turns infinities into NaN.
    **{(name, torch.complex64): lambda *x: ~sum(x).isfinite() for name in ("nn.functional.tanhshrink", "log1p")},
    ("add", torch.complex64): lambda x, y: ~(x + y).isfinite() | (x.real * x.imag * y.real * y.imag == 0),
    ("sinc", torch.complex64): lambda x: x.real.abs() == 1,
    ("erf", torch.bfloat16): lambda x: x.abs() < 1e-30,
    ("nn.functional.gelu", torch.bfloat16): lambda x: x == -6,
}
# Repetitions of each value in a row: more than the lanes of any vector, and a remainder.
REPEATS = 67


def generate(settings: Settings) -> Iterator[tuple[str, JSON]]:
    """Yields the name and content of each file in `special_values/`."""
    for op in op_db:
        unary = isinstance(op, UnaryUfuncInfo) or op.name in MORE
        if (
            not (unary or isinstance(op, BinaryUfuncInfo))
            or op.variant_test_name not in ("", "no_rounding_mode")
            or LEFT_OUT.fullmatch(op.name)
            or not settings.wants(op.name)
        ):
            continue
        cases = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            supported = op.supported_dtypes("cpu")
            for dtype in (d for d in [*FLOATS, *INTEGERS, torch.complex64] if d in supported):
                for number, keywords in enumerate(SETTINGS.get(op.name, [{}])):
                    case = written_case(op, op.name, dtype, keywords, 1 if unary else 2, settings)
                    if case:
                        label = str(dtype).removeprefix("torch.")
                        cases.append({"name": f"{label}-{number}", "dtype": label} | case)
        if cases:
            yield (
                op.name,
                {
                    "op": op.name,
                    "variant": "special_values",
                    "torch": torch.__version__.split("+")[0],
                    "aliases": [],
                    "cases": cases,
                    "errors": [],
                },
            )


def written_case(
    op: Callable[..., Any], name: str, dtype: torch.dtype, keywords: JSON, arity: int, settings: Settings
) -> JSON | None:
    """Returns a case without its name, or None if PyTorch does not support the operator for this dtype."""
    inputs = arguments(dtype, arity)
    if dtype in INTEGERS and (name == "lcm" or keywords.get("rounding_mode") == "trunc"):
        # The smallest integer would end PyTorch's process: divided by -1, and in lcm.
        safe = (inputs[0] != torch.iinfo(dtype).min) | (inputs[1] != -1 if name == "div" else False)
        inputs = [tensor[safe] for tensor in inputs]
    try:
        results = everywhere(lambda *tensors: op(*tensors, **keywords), inputs)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        # A single zero divisor makes the whole integer call fail. Try again without the zeros.
        if "ZeroDivisionError" not in str(error):
            return None
        inputs = [tensor[inputs[-1] != 0] for tensor in inputs]
        results = everywhere(lambda *tensors: op(*tensors, **keywords), inputs)
    if not isinstance(results[0], torch.Tensor):
        return None
    settled = agreement(results)
    if (name, dtype) in INACCURATE:
        settled &= ~INACCURATE[name, dtype](*inputs)
    differentiable = dtype in DIFFERENTIATED and results[0].dtype == dtype
    gradients: list[list[torch.Tensor]] = []
    if differentiable:
        try:
            gradients = list(zip(*everywhere(lambda *tensors: derivatives(op, tensors, keywords), inputs), strict=True))
        except (RuntimeError, NotImplementedError):
            gradients = []
    for ways in gradients:
        settled &= agreement(list(ways))
    for row in zip(*(tensor[~settled].tolist() for tensor in inputs), strict=True):
        settings.skipped(f"{name} {dtype}", f"no settled result at {row}")
    inputs = [tensor[settled] for tensor in inputs]
    case: JSON = {
        "special": True,
        "args": [written(tensor) for tensor in inputs],
        "kwargs": {key: written(value) for key, value in keywords.items()},
        "expect": written_result(results[0][settled]),
    }
    if gradients:
        case["grad"] = {
            "outputs": [0],
            "cotangents": [written(torch.ones_like(results[0][settled]))],
            "inputs": [f"args/{i}" for i in range(arity)],
            "expect": [written_result(ways[0][settled]) for ways in gradients],
        }
    return case


def derivatives(op: Callable[..., Any], tensors: tuple[torch.Tensor, ...], keywords: JSON) -> tuple[torch.Tensor, ...]:
    # A copy with the same strides.
    leaves = [tensor.detach().requires_grad_() for tensor in tensors]
    result = op(*leaves, **keywords)
    return torch.autograd.grad(result, leaves, torch.ones_like(result))


def everywhere(call: Callable[..., Any], inputs: list[torch.Tensor]) -> list[Any]:
    """Returns the results for single values, for a strided tensor, and for each position in a row of equal values."""
    count = inputs[0].numel()
    alone = [call(*(tensor[i : i + 1].clone() for tensor in inputs)) for i in range(count)]
    strided = call(*(torch.stack([tensor, tensor], 1)[:, 0] for tensor in inputs))
    rows = call(*(tensor.repeat_interleave(REPEATS) for tensor in inputs))

    def unpacked(first: Any, strided: Any, rows: Any) -> list[torch.Tensor]:
        return [torch.cat(first), strided, *rows.reshape(count, REPEATS).unbind(1)]

    if isinstance(strided, tuple):
        parts = [unpacked([a[i] for a in alone], strided[i], rows[i]) for i in range(len(strided))]
        return list(zip(*parts, strict=True))
    return unpacked(alone, strided, rows)


def agreement(results: list[torch.Tensor]) -> torch.Tensor:
    """Returns a mask of the values for which all results agree, except for rounding."""
    first = results[0]
    settled = torch.ones(first.shape, dtype=torch.bool)
    for other in results[1:]:
        for a, b in zip(parts(first), parts(other), strict=True):
            close = (a == b) | (a.isnan() & b.isnan())
            if a.is_floating_point():
                tolerance = 4e-3 if a.element_size() == 2 else 1e-5
                close |= (
                    a.isfinite()
                    & b.isfinite()
                    & (
                        (a.double() - b.double()).abs()
                        <= tolerance * b.double().abs()
                        + 8 * torch.finfo(a.dtype).smallest_normal * torch.finfo(a.dtype).eps
                    )
                )
                close &= (a != 0) | (b != 0) | (a.signbit() == b.signbit())
            settled &= close
    return settled


def parts(tensor: torch.Tensor) -> list[torch.Tensor]:
    return [tensor.real, tensor.imag] if tensor.is_complex() else [tensor]


def arguments(dtype: torch.dtype, arity: int) -> list[torch.Tensor]:
    """Returns the values; for two arguments, all pairs of a smaller set."""
    values = special_values(dtype, few=arity == 2)
    rows = list(itertools.product(values, repeat=arity))
    return [torch.tensor([row[i] for row in rows], dtype=dtype) for i in range(arity)]


def special_values(dtype: torch.dtype, few: bool) -> list[Any]:
    if dtype.is_complex:
        plain = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0] if not few else [0.0, -0.0, math.inf, math.nan, -1.5]
        return [complex(re, im) for re, im in itertools.product(plain, repeat=2)]
    if not dtype.is_floating_point:
        info = torch.iinfo(dtype)
        width = info.bits
        candidates = [
            0,
            1,
            2,
            3,
            6,
            7,
            width - 1,
            width,
            width + 1,
            info.max,
            info.max - 1,
            info.min,
            info.min + 1,
            -1,
            -2,
            -3,
            -7,
        ]
        return [v for v in dict.fromkeys(candidates) if info.min <= v <= info.max]
    info = torch.finfo(dtype)
    subnormal = info.smallest_normal * info.eps
    positive = [0.0, math.inf, info.max, subnormal, 1.0, 2.0, 0.5]
    if few:
        positive += [3.5]
    else:
        positive += [
            info.smallest_normal,
            3.0,
            1.5,
            6.0,
            0.9,
            20.5,
            88.0,
            104.0,
            1024.0,
            65504.0 if dtype == torch.float16 else 123456792.0,
        ]
    return [math.nan, *positive, *(-v for v in positive)]
