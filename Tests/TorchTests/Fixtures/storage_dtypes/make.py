"""Makes numbers.json: what PyTorch 2.15.0 makes of the dtypes that are there to store numbers in.

    python make.py
"""

import base64
import json
import os

import torch

FLOAT8 = [torch.float8_e4m3fn, torch.float8_e5m2]
UNSIGNED = [torch.uint16, torch.uint32, torch.uint64]


def name(dtype):
    return str(dtype).removeprefix("torch.")


def coded(tensor):
    return base64.b64encode(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()).decode()


def float8():
    forms = {}
    for dtype in FLOAT8:
        codes = torch.arange(256, dtype=torch.uint8).view(dtype)
        values = codes.float()
        # Every code, the middle to the next one, and the floats beside both; every exponent; NaNs; infinities.
        finite = values[:128][values[:128].isfinite()]
        points = torch.cat([finite, (finite[1:] + finite[:-1]) / 2, torch.tensor([464.0, 465.0, 480.0, 57344.0, 61440.0, 65536.0, 1e30, 1e-30, 2.0**-10, 2.0**-17, 1e-45])])
        points = torch.cat([points, points.nextafter(torch.tensor(torch.inf)), points.nextafter(torch.tensor(-torch.inf))])
        powers = torch.arange(0, 2**31, 2**21 + 12345).to(torch.int32).view(torch.float32)
        special = torch.tensor([0x7F800000, 0x7F800001, 0x7FC00000, 0x7FFFFFFF], dtype=torch.int32).view(torch.float32)
        points = torch.cat([points, powers, special])
        points = torch.cat([points, -points])
        forms[name(dtype)] = {
            "values": coded(values), "points": coded(points), "codes": coded(points.to(dtype)), "of_float64": coded(points.double().to(dtype)),
            "of_float16": coded(points.half().to(dtype)), "of_bfloat16": coded(points.bfloat16().to(dtype)),
            "other": coded(codes.to(FLOAT8[1 - FLOAT8.index(dtype)])), "abs": coded(codes.abs()), "squares": coded(codes * codes),
            "isnan": codes.isnan().tolist(), "isinf": codes.isinf().tolist(), "equal": (codes == codes).tolist(),
        }  # fmt: skip
    return forms


def unsigned():
    cases = []
    integers = [0, 1, -1, 127, -128, 255, 65535, 65536, -32768, 2**31, 2**32 - 1, 2**32, 2**62 + 1, -(2**63), 2**63 - 1]
    floats = [0.0, 0.9, -0.9, -1.0, -1.5, 255.7, 65535.0, 65535.5, 70000.0, 2.0**31, 3e9]
    beyond = [2.0**40, 2.0**63, 2.0**63 + 2048, 2.0**64 - 2048, 1.7e19]
    for dtype in UNSIGNED:
        for source, numbers in [(torch.int64, integers), (torch.float32, floats + (beyond if dtype == torch.uint64 else [])), (torch.float64, floats + (beyond if dtype == torch.uint64 else []))]:
            result = torch.tensor(numbers, dtype=source).to(dtype)
            cases.append({"from": name(source), "to": name(dtype), "numbers": numbers, "result": [str(n) for n in result.tolist()]})
        top = torch.tensor([0, 1, 2**15, 2 ** (torch.iinfo(dtype).bits - 1), torch.iinfo(dtype).max], dtype=dtype)
        for target in [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, *UNSIGNED, torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool, *FLOAT8]:
            cases.append({"top": name(dtype), "to": name(target), "result": coded(top.to(target))})
    return cases


def printed():
    tensors = []
    for dtype in UNSIGNED + FLOAT8:
        tensors += [torch.tensor(v).to(dtype) for v in ([[0, 1, 2], [30, 400, 5000]], [], 7, list(range(1001)))]
    for dtype in UNSIGNED:
        tensors.append(torch.tensor([torch.iinfo(dtype).max, 0], dtype=dtype))
    for dtype in FLOAT8:
        tensors += [torch.tensor(v, dtype=dtype) for v in ([0.5, 1.75, -2.0], [float("nan"), float("inf"), -0.0], [2.0**-9, 300.0], [448.0, 1e-3])]
    return [{"dtype": name(t.dtype), "shape": list(t.shape), "data": coded(t), "text": repr(t)} for t in tensors]


if __name__ == "__main__":
    torch.set_num_threads(1)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "numbers.json")
    with open(path, "w") as file:
        json.dump({"float8": float8(), "unsigned": unsigned(), "printed": printed()}, file, separators=(",", ":"))
