"""Cases of operators on the storage dtypes: the results of the few that support them, and PyTorch's errors for the
others."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import OpInfo, SampleInput

from .operators import LEFT_OUT, UNSTABLE, memory
from .settings import Settings
from .values import JSON, Unwritable, largest, spread, tensors, without_grad, written, written_result

STORAGE_DTYPES = [torch.uint16, torch.uint32, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2]
# Cases for each kind of result of an operator, and for each error.
MOST_ALIKE = 2
MOST_ELEMENTS = 64
SAMPLES = 24
# Operators whose error names a kernel of PyTorch that other implementations do not need.
OWN_KERNELS = re.compile(
    r"nn\.functional\..*|linalg\..*|masked\..*|fft\..*|stft|istft|histogram.*|native_.*|cov|corrcoef|renorm|pinverse|max_pool.*|.*dropout.*|multinomial|normal.*|logdet|matrix_exp|lu.*|histc|ldexp|unravel_index|nonzero_static|round@decimals_0|special\.modified_bessel_.*"
)
# Operators that round to float8 after each of many steps in PyTorch.
ROUNDED_ON_THE_WAY = {"index_put", "index_reduce@prod", "linalg.multi_dot"}


def generate(settings: Settings) -> Iterator[tuple[str, JSON]]:
    for op in op_db:
        name = f"{op.name}@{op.variant_test_name}" if op.variant_test_name else op.name
        if LEFT_OUT.fullmatch(name) or not settings.wants(name):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            form = written_operator(op, name, settings)
        if form["cases"] or form["errors"]:
            yield name, form


def written_operator(op: OpInfo, name: str, settings: Settings) -> JSON:
    cases: list[JSON] = []
    errors: list[JSON] = []
    bases = [dtype for dtype in (torch.float32, torch.int64) if dtype in op.supported_dtypes("cpu")]
    samples = {base: chosen_samples(op, name, base, settings) for base in bases}
    for dtype in STORAGE_DTYPES:
        alike: dict[str, int] = {}
        if dtype.is_floating_point and name in ROUNDED_ON_THE_WAY:
            continue
        wanted = bases if not dtype.is_floating_point else bases[:1]
        for base, (number, sample) in ((base, item) for base in wanted for item in samples[base]):
            label = f"{str(dtype).removeprefix('torch.')}-{str(base).removeprefix('torch.')}-{number}"
            try:
                arguments = converted(
                    {"args": [sample.input, *sample.args], "kwargs": dict(sample.kwargs)}, base, dtype
                )
                form: JSON = {
                    "args": [written(v) for v in arguments["args"]],
                    "kwargs": {k: written(v) for k, v in arguments["kwargs"].items()},
                }
            except Unwritable:
                continue
            # A case without a tensor or dtype of this kind tests nothing.
            if str(dtype).removeprefix("torch.") not in str(form):
                continue
            before = torch.get_rng_state()
            try:
                given = without_grad(arguments)
                result = op(*given["args"], **given["kwargs"])
                if not torch.equal(before, torch.get_rng_state()) or (name in UNSTABLE and largest(result) > 16):
                    continue
                kind = str([str(t.dtype) for _, t in tensors(result)])
                case = (
                    {"name": label, "dtype": str(dtype).removeprefix("torch.")}
                    | form
                    | {"expect": written_result(result)}
                    | memory(result, given)
                )
            except (RuntimeError, NotImplementedError) as error:
                kind = str(error).splitlines()[0]
                if (
                    OWN_KERNELS.fullmatch(name)
                    or "INTERNAL ASSERT" in kind
                    or not ("not implemented for" in kind or "Promotion" in kind)
                ):
                    continue
                if alike.get(kind, 0) < MOST_ALIKE:
                    errors.append({"name": label, "type": type(error).__name__, "regex": re.escape(kind)} | form)
            except (Unwritable, TypeError, ValueError, IndexError, AssertionError):
                continue
            else:
                if alike.get(kind, 0) < MOST_ALIKE and largest(result) <= MOST_ELEMENTS:
                    cases.append(case)
            alike[kind] = alike.get(kind, 0) + 1
    return {
        "op": op.name,
        "variant": op.variant_test_name,
        "torch": torch.__version__.split("+")[0],
        "aliases": [],
        "cases": cases,
        "errors": errors,
    }


def chosen_samples(op: OpInfo, name: str, dtype: torch.dtype, settings: Settings) -> list[tuple[int, SampleInput]]:
    settings.restart(name, str(dtype), "storage")
    try:
        samples = list(itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=False), SAMPLES))
    except (RuntimeError, ValueError, NotImplementedError):
        return []
    # For scalars and empty tensors PyTorch often returns a result without calling the kernel that lacks the dtype.
    small = [
        sample
        for sample in samples
        if 0 < largest([sample.input, sample.args, sample.kwargs]) <= MOST_ELEMENTS and not trivial(sample)
    ]
    return spread(small, 8)


def trivial(sample: SampleInput) -> bool:
    """Returns whether an input is a scalar, has at most one element, or has a dimension of size 1."""
    return any(
        tensor.dim() == 0 or tensor.numel() <= 1 or 1 in tensor.shape
        for _, tensor in tensors([sample.input, list(sample.args)])
    )


def converted(value: Any, base: torch.dtype, dtype: torch.dtype) -> Any:
    """Replaces the dtype `base` in the arguments by `dtype`, in tensors and as an argument. Unsigned integers get
    absolute values."""
    match value:
        case torch.Tensor():
            if value.dtype != base:
                return value
            return (value if dtype.is_floating_point else value.abs()).to(dtype)
        case list() | tuple() if not isinstance(value, torch.Size):
            return type(value)(converted(item, base, dtype) for item in value)
        case dict():
            return {key: converted(item, base, dtype) for key, item in value.items()}
        case torch.dtype():
            return dtype if value == base else value
    return value
