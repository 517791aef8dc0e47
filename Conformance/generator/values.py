"""The values of FORMAT.md: conversion from Python to JSON, and fresh copies of arguments for each call."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from typing import Any

import torch

JSON = dict[str, Any]

DTYPES: dict[torch.dtype, str] = {
    dtype: str(dtype).removeprefix("torch.")
    for dtype in (
        torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
        torch.float32, torch.float64, torch.complex32, torch.complex64, torch.complex128,
        torch.uint16, torch.uint32, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2,
    )
}  # fmt: skip


class Unwritable(Exception):
    """Raised for a value that the format has no form for, such as a sparse tensor or a function."""


def written(value: Any) -> JSON:
    """Returns a value as an object with one key.

    Raises Unwritable if there is no such form.
    """
    match value:
        case torch.Tensor():
            return {"tensor": written_tensor(value)}
        case bool():
            return {"bool": value}
        case int():
            return {"int": value}
        case float():
            return {"float": value if math.isfinite(value) else str(value)}
        case complex():
            return {"complex": [value.real, value.imag]}
        case str():
            return {"str": value}
        case None:
            return {"none": True}
        case list():
            return {"list": [written(item) for item in value]}
        case tuple():
            return {"tuple": [written(item) for item in value]}
        case dict():
            return {"dict": {str(key): written(item) for key, item in value.items()}}
        case torch.dtype():
            return {"dtype": str(value).removeprefix("torch.")}
        case torch.device():
            return {"device": str(value)}
        case torch.memory_format():
            return {"memory_format": str(value).removeprefix("torch.")}
        case torch.layout():
            return {"layout": str(value).removeprefix("torch.")}
        case slice():
            return {"slice": [written(value.start), written(value.stop), written(value.step)]}
        case _ if value is Ellipsis:
            return {"ellipsis": True}
    raise Unwritable(f"a {type(value).__name__}")


def written_tensor(tensor: torch.Tensor, with_strides: bool = True) -> JSON:
    """Returns the tensor's elements in row-major order. For a tensor that is not contiguous, returns its storage from
    the first element on, and its strides."""
    plain = checked(tensor)
    form: JSON = {"dtype": DTYPES[plain.dtype], "shape": list(plain.shape)}
    if with_strides and not plain.is_contiguous():
        form["strides"] = list(plain.stride())
        plain = storage_of(plain)
    form["data"] = base64.b64encode(raw_bytes(plain)).decode()
    return form


def written_result(value: Any) -> JSON:
    """Like `written`, for a result: strides are not part of the value."""
    match value:
        case torch.Tensor():
            return {"tensor": written_tensor(value, with_strides=False)}
        case list():
            return {"list": [written_result(item) for item in value]}
        case tuple():
            return {"tuple": [written_result(item) for item in value]}
        case dict():
            return {"dict": {str(key): written_result(item) for key, item in value.items()}}
    return written(value)


def checked(tensor: torch.Tensor) -> torch.Tensor:
    """Returns the tensor without history and with conjugation and negation resolved."""
    if (
        tensor.layout != torch.strided
        or tensor.device.type != "cpu"
        or tensor.is_quantized
        or tensor.dtype not in DTYPES
    ):
        raise Unwritable(f"a tensor of layout {tensor.layout}, dtype {tensor.dtype} on {tensor.device}")
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter, torch.nn.Buffer):
        raise Unwritable(f"a {type(tensor).__name__}")
    plain = tensor.detach().resolve_conj().resolve_neg()
    # A zero tensor that has no memory.
    return plain.clone() if plain._is_zerotensor() else plain


def storage_of(tensor: torch.Tensor) -> torch.Tensor:
    """Returns the flat memory that a view covers, from its first element on."""
    extent = (
        0
        if tensor.numel() == 0
        else 1 + sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    )
    return tensor.as_strided((extent,), (1,), tensor.storage_offset())


def raw_bytes(tensor: torch.Tensor) -> bytes:
    # A fresh tensor, because a tensor with one element may have any stride, and then cannot be viewed as bytes.
    flat = torch.empty(tensor.numel(), dtype=tensor.dtype).copy_(tensor.reshape(-1))
    return flat.view(torch.uint8).numpy().tobytes()


def fresh(value: Any) -> Any:
    """Returns a deep copy whose tensors share no memory. Views keep their strides. Leaves require a gradient if the
    original does."""
    match value:
        case torch.Tensor():
            plain = checked(value)
            if plain.is_contiguous():
                copy = plain.clone(memory_format=torch.contiguous_format)
            else:
                copy = storage_of(plain).clone().as_strided(plain.shape, plain.stride())
            return copy.requires_grad_(value.requires_grad)
        case list():
            return [fresh(item) for item in value]
        case tuple():
            return tuple(fresh(item) for item in value)
        case dict():
            return {key: fresh(item) for key, item in value.items()}
    return value


def without_grad(value: Any) -> Any:
    """Returns a fresh copy in which nothing requires a gradient."""
    copy = fresh(value)
    for _, tensor in tensors(copy):
        tensor.requires_grad_(False)
    return copy


def tensors(value: Any, path: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Yields the tensors in a value, in order, with their paths (`args/0/1`)."""
    match value:
        case torch.Tensor():
            yield path, value
        case list() | tuple():
            for i, item in enumerate(value):
                yield from tensors(item, f"{path}/{i}" if path else str(i))
        case dict():
            for key, item in value.items():
                yield from tensors(item, f"{path}/{key}" if path else str(key))


def largest(value: Any) -> int:
    """Returns the number of elements of the largest tensor in a value. For a view, the memory that it covers counts."""
    sizes = [0]
    for _, tensor in tensors(value):
        sizes.append(
            tensor.numel()
            if tensor.layout != torch.strided or tensor.is_contiguous()
            else storage_of(tensor.detach()).numel()
        )
    return max(sizes)


def spread(items: list[Any], count: int) -> list[tuple[int, Any]]:
    """Returns at most `count` of the items, evenly spread, with their indices."""
    if len(items) <= count:
        return list(enumerate(items))
    numbers = [round(i * (len(items) - 1) / max(count - 1, 1)) for i in range(count)]
    return [(number, items[number]) for number in numbers]
