"""The cases of operators, from PyTorch's own samples (`op_db`)."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch.testing._internal import common_methods_invocations
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import OpInfo, SampleInput

from .gradients import gradients
from .settings import Settings
from .values import JSON, Unwritable, fresh, largest, spread, tensors, without_grad, written, written_result

# The first dtype that an operator supports gets six cases, the others one each.
DTYPES = [
    torch.float32, torch.int64, torch.float64, torch.bool, torch.complex64, torch.bfloat16, torch.float16,
    torch.int32, torch.uint8,
]  # fmt: skip
CASES_OF_FIRST_DTYPE = 6
DIFFERENTIATED = (torch.float32, torch.float64, torch.complex64)

# Operators whose arguments do not determine the result (uninitialized memory, or a free choice of basis), and operators
# that are internal to one of PyTorch's backends.
LEFT_OUT = re.compile(
    r"empty.*|new_empty.*|resize_.*|linalg\.(eig|eigh|svd)|linalg\.pinv@singular|svd.*|pca_lowrank|jiterator_.*|sparse\..*|to_sparse"
    r"|torch\.(_scaled_mm.*|ops\.aten\..*)|bmm@triton_optimized|hash_tensor|_segment_reduce.*|_unsafe_masked_index.*|_chunk_cat"
    r"|_softmax_backward_data|_native_batch_norm_legit|_batch_norm_with_update|nn\.functional\.batch_norm@without_cudnn"
)


# PyTorch's samples of random operators draw from their own seed. Here they draw from the case's seed.
common_methods_invocations.wrapper_set_seed = lambda op, *args, **kwargs: op(*args, **kwargs)

# An unstable sort may put equal elements in any order, and large tensors have equal elements.
UNSTABLE = {"sort", "argsort", "msort"}
MOST_SORTED = 1000


def generate(settings: Settings) -> Iterator[tuple[str, JSON]]:
    """Yields the name and content of each file in `ops/`."""
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
    supported = op.supported_dtypes("cpu")
    for dtype in (d for d in DTYPES if d in supported):
        count = 1 if cases else CASES_OF_FIRST_DTYPE
        settings.restart(name, str(dtype))
        for number, sample in chosen_samples(op, name, dtype, count, settings):
            second = op.supports_gradgrad and dtype == torch.float32 and not any("gradgrad" in case for case in cases)
            try:
                case = written_case(op, sample, dtype, second, settings)
            except Unwritable as error:
                settings.skipped(name, f"a case with {error}")
            except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
                settings.skipped(name, f"a case that PyTorch does not run on {dtype}: {str(error).splitlines()[0]}")
            else:
                label = str(dtype).removeprefix("torch.")
                cases.append({"name": f"{label}-{number}", "dtype": label} | case)
    return {
        "op": op.name,
        "variant": op.variant_test_name,
        "torch": torch.__version__.split("+")[0],
        "aliases": [alias.name for alias in op.aliases],
        "cases": cases,
        "errors": written_errors(op, name, settings),
    }


def chosen_samples(
    op: OpInfo, name: str, dtype: torch.dtype, count: int, settings: Settings
) -> list[tuple[int, SampleInput]]:
    """Returns at most `count` samples that are small enough, evenly spread over all."""
    # An operator without a gradient may refuse to make samples that require one.
    for requires_grad in (dtype in DIFFERENTIATED and op.supports_autograd, False):
        try:
            samples = list(
                itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=requires_grad), settings.most_samples)
            )
            break
        except (RuntimeError, ValueError, NotImplementedError):
            samples = []
    most = min(settings.most_elements, MOST_SORTED) if name in UNSTABLE else settings.most_elements
    small = [sample for sample in samples if largest([sample.input, sample.args, sample.kwargs]) <= most]
    if len(small) < len(samples):
        settings.skipped(name, f"{len(samples) - len(small)} samples of more than {most} elements")
    return spread(small, count)


def written_case(op: OpInfo, sample: SampleInput, dtype: torch.dtype, second: bool, settings: Settings) -> JSON:
    """Returns a case without its name. Raises Unwritable if the format has no form for an argument or the result.
    Errors of PyTorch propagate."""
    arguments = {"args": [sample.input, *sample.args], "kwargs": dict(sample.kwargs)}
    plain = without_grad(arguments)
    case: JSON = {
        "args": [written(value) for value in plain["args"]],
        "kwargs": {key: written(value) for key, value in plain["kwargs"].items()},
    }
    seed = settings.seed + 42
    torch.manual_seed(seed)
    before = torch.get_rng_state()
    result = op(*plain["args"], **plain["kwargs"])
    draws = not torch.equal(before, torch.get_rng_state())
    if draws:
        case["seed"] = seed
    if largest(result) > settings.most_elements:
        raise Unwritable(f"a result of more than {settings.most_elements} elements")
    case["expect"] = written_result(result)
    case |= memory(result, plain)
    if dtype in DIFFERENTIATED and op.supports_autograd:
        case |= differentiated(op, arguments, second, seed)
    after = None if sample.broadcasts_input else in_place(op, arguments, seed)
    if after is not None:
        case["inplace"] = after
    return case


def memory(result: Any, arguments: JSON) -> JSON:
    """Returns the argument of which the result is a view, and the result's strides if it is not contiguous."""
    if not isinstance(result, torch.Tensor) or result.layout != torch.strided or result.numel() == 0:
        return {}
    parts: JSON = {}
    # A result that PyTorch conjugates or negates only on reading does not have the elements of the memory that it
    # shares.
    for path, tensor in () if result.is_conj() or result.is_neg() else tensors(arguments):
        if tensor.untyped_storage().data_ptr() == result.untyped_storage().data_ptr():
            parts["alias_of"] = path
            break
    if not result.is_contiguous():
        parts["expect_strides"] = list(result.stride())
    return parts


def differentiated(op: OpInfo, arguments: JSON, second: bool, seed: int) -> JSON:
    copy = fresh(arguments)
    inputs = [(path, tensor) for path, tensor in tensors(copy) if tensor.requires_grad]

    def call() -> Any:
        torch.manual_seed(seed)
        # An operator that writes to its argument needs one that is not a leaf.
        return op(
            *(value.view_as(value) if op.inplace_variant is op.op else value for value in copy["args"]),
            **copy["kwargs"],
        )

    try:
        return gradients(call, inputs, second)
    except (RuntimeError, NotImplementedError):
        # PyTorch has no derivative.
        return {}


def in_place(op: OpInfo, arguments: JSON, seed: int) -> JSON | None:
    """Returns the value of `self` after the in-place variant, or None if there is no variant for these arguments."""
    variant = op.get_inplace()
    copy = without_grad(arguments)
    if variant is None or not isinstance(copy["args"][0], torch.Tensor):
        return None
    torch.manual_seed(seed)
    try:
        variant(*copy["args"], **copy["kwargs"])
    except (RuntimeError, TypeError, NotImplementedError, IndexError, ValueError):
        return None
    return written_result(copy["args"][0])


def written_errors(op: OpInfo, name: str, settings: Settings) -> list[JSON]:
    """Returns the calls that must fail. Calls that fail only because arguments share memory are left out, because a
    case cannot express this."""
    if op.error_inputs_func is None:
        return []
    settings.restart(name, "errors")
    errors: list[JSON] = []
    for number, item in enumerate(op.error_inputs("cpu")):
        # Without a regex any failure would count. Most such samples have arguments that only Python accepts.
        if not item.error_regex:
            continue
        sample = item.sample_input
        arguments = {"args": [sample.input, *sample.args], "kwargs": dict(sample.kwargs)}
        try:
            if largest(arguments) > settings.most_elements:
                raise Unwritable(f"a tensor of more than {settings.most_elements} elements")
            plain = without_grad(arguments)
            form = {
                "args": [written(value) for value in plain["args"]],
                "kwargs": {key: written(value) for key, value in plain["kwargs"].items()},
            }
        except Unwritable as error:
            settings.skipped(name, f"an error with {error}")
            continue
        try:
            op(*plain["args"], **plain["kwargs"])
        except item.error_type as error:
            if re.search(item.error_regex, str(error)):
                errors.append(
                    {"name": f"error-{number}", "type": item.error_type.__name__, "regex": item.error_regex} | form
                )
        except Exception:  # noqa: BLE001 - another failure than the sample's own proves nothing
            continue
    return errors
