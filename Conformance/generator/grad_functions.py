"""Writes grad_functions.json: the names of the results' grad_fn in PyTorch, for every case that has a gradient.

    python Conformance/generator/grad_functions.py

For each operator the file has a list of every case (empty if there is nothing to compare), or one list if all agree.
"""

import base64
import json
import warnings
from pathlib import Path

import torch

HERE = Path(__file__).parent

# The argument order of these cases differs from that of the functions.
REORDERED = {
    "polygamma": lambda x, n: torch.polygamma(n, x),
    "special.polygamma": lambda x, n: torch.special.polygamma(n, x),
    "where": lambda x, condition, other: torch.where(condition, x, other),
    "einsum": lambda operands, equation: torch.einsum(equation, operands),
    "nn.functional.embedding": lambda weight, i, **options: torch.nn.functional.embedding(i, weight, **options),
}


def decode_tensor(fields):
    raw = bytearray(base64.b64decode(fields["data"]))
    dtype = getattr(torch, fields["dtype"])
    flat = torch.frombuffer(raw, dtype=dtype).clone() if raw else torch.empty(0, dtype=dtype)
    if "strides" in fields:
        return flat.as_strided(fields["shape"], fields["strides"])
    return flat.reshape(fields["shape"])


def decode(value):
    ((kind, content),) = value.items()
    match kind:
        case "tensor":
            return decode_tensor(content)
        case "int" | "bool" | "str":
            return content
        case "float":
            return float(content)
        case "complex":
            return complex(*map(float, content))
        case "none":
            return None
        case "list":
            return [decode(element) for element in content]
        case "tuple":
            return tuple(decode(element) for element in content)
        case "dict":
            return {key: decode(element) for key, element in content.items()}
        case "slice":
            return slice(*[decode(element) for element in content])
        case "ellipsis":
            return ...
        case "device":
            return torch.device(content)
    return getattr(torch, content)


def function(name):
    if name in REORDERED:
        return REORDERED[name]
    if name in ("H", "T", "mH", "mT"):
        return lambda x: getattr(x, name)
    found = torch
    for part in name.split("."):
        found = getattr(found, part, None)
    if callable(found) and not isinstance(found, torch.dtype):
        return found
    return lambda x, *args, **options: getattr(x, name)(*args, **options)


def tensors(result):
    if isinstance(result, torch.Tensor):
        return [result]
    return [t for element in result for t in tensors(element)] if isinstance(result, (list, tuple)) else []


def names(call, case):
    args = [decode(value) for value in case["args"]]
    kwargs = {key: decode(value) for key, value in case.get("kwargs", {}).items()}
    for path in case["grad"]["inputs"]:
        place = {"args": args, "kwargs": kwargs}
        for step in path.split("/"):
            place = place[int(step)] if isinstance(place, (list, tuple)) else place[step]
        place.requires_grad_()
    if "seed" in case:
        torch.manual_seed(case["seed"])
    results = tensors(call(*args, **kwargs))
    nodes = [results[number].grad_fn for number in case["grad"]["outputs"]]
    return [node.name() if node is not None else None for node in nodes]


def main():
    warnings.filterwarnings("ignore")
    recorded = {}
    for path in sorted((HERE / "../Cases/ops").glob("*.json")):
        file = json.loads(path.read_text())
        call = function(file["op"])
        rows = []
        for case in file["cases"]:
            try:
                rows.append(names(call, case) if "grad" in case else [])
            except Exception as error:
                print(f"{path.stem}: {error}")
                rows.append([])
        kinds = [row for row in rows if row]
        if kinds:
            recorded[path.stem] = [kinds[0]] if all(row == kinds[0] for row in kinds) else rows
    lines = [f"{json.dumps(name)}:{json.dumps(rows, separators=(',', ':'))}" for name, rows in recorded.items()]
    (HERE / "grad_functions.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
