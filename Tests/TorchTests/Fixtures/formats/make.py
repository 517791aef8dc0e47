"""Writes formats.json and meters.json: what Python's `format` and tqdm's `format_meter` give (Python 3.11, tqdm 4.70).

    python make.py
"""

import json
import random
import struct
from pathlib import Path

from tqdm import tqdm

HERE = Path(__file__).parent
RANDOM = random.Random(0)

INTS = [0, 1, -1, 7, 42, -42, 123, 999, 1000, -1000, 1234, 12345, -123456, 1234567, 255, 256, 65, 97, 8364, 128512,
        -2**63, 2**63 - 1, 2**64 - 1, 1114112]  # fmt: skip
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, -2.5, 0.125, 1 / 3, 2 / 3, 99.95, 999.5, 1234.5678, -1234567.891,
          1e-4, 1e-5, 1.5e-7, 1e15, 1e16, 123456789012345680.0, 1e17, 1e22, 1e100, 1.7976931348623157e308, 5e-324,
          2.2250738585072014e-308, float("inf"), float("-inf"), float("nan"), 0.0001234, 9.9999e-5, 100000.0, 999999.5,
          1e6, 0.045, 1.005, -0.0004, 3.14159265358979]  # fmt: skip
TEXTS = ["", "a", "loss", "Hello, World", "日本語", "é", "e\u0301x", "🙂x", "tab\t"]


def spec(kind):
    r, choice = RANDOM.random, RANDOM.choice
    s = ""
    if r() < 0.5:
        if r() < 0.5:
            s += choice("*0_ é<é=x")
        s += choice("<>=^") if kind != "str" or r() < 0.1 else choice("<>^")
    if r() < (0.3 if kind != "str" else 0.05):
        s += choice("+- ")
    if r() < (0.1 if kind == "float" else 0.03):
        s += "z"
    if r() < (0.15 if kind != "str" else 0.04):
        s += "#"
    if r() < 0.2:
        s += "0"
    if r() < 0.6:
        s += str(choice([1, 2, 5, 7, 8, 9, 10, 11, 12, 15, 20, 30, 40]))
    if r() < (0.25 if kind != "str" else 0.04):
        s += choice([",", "_", "_,", ",_"] if r() < 0.1 else [",", "_"])
    if r() < {"float": 0.6, "int": 0.15, "str": 0.4, "bool": 0.1}[kind]:
        s += "." + choice("0 1 2 3 4 6 10 16 17 20 25 60".split())
    if r() < 0.75:
        types = {"float": "eEfFgGn%" * 3 + "dsxc", "int": "bcdnoxXeEfFgG%" * 3 + "sq", "str": "s" * 20 + "dfé",
                 "bool": "dbxfs"}  # fmt: skip
        s += choice(types[kind])
    return s


def value(kind):
    if kind == "int":
        if RANDOM.random() < 0.6:
            return RANDOM.choice(INTS)
        return RANDOM.randint(-(10 ** RANDOM.randint(1, 18)), 10 ** RANDOM.randint(1, 18))
    if kind == "float":
        q = RANDOM.random()
        if q < 0.5:
            return RANDOM.choice(FLOATS)
        if q < 0.8:
            return RANDOM.uniform(-1, 1) * 10 ** RANDOM.randint(-12, 18)
        return struct.unpack("<d", struct.pack("<Q", RANDOM.getrandbits(64)))[0]
    return RANDOM.choice(TEXTS if kind == "str" else [True, False])


def formats():
    cases = {}

    def add(kind, v, s):
        shown = struct.pack(">d", v).hex() if kind == "float" else str(v)
        try:
            result = [format(v, s)]
        except (ValueError, OverflowError) as error:
            result = [None, str(error)]
        cases[kind, shown, s] = [kind, shown, s] + result

    for kind, count in [("float", 1100), ("int", 900), ("str", 250), ("bool", 80)]:
        for _ in range(count):
            add(kind, value(kind), spec(kind))
    for v in FLOATS:
        for s in ["", ".4f", "g", "#g", ".3", ".1", "#", "#.0f", ".0e", ".2%", ".17g", "010.3f", ",.2f"]:
            add("float", v, s)
    for v in INTS:
        for s in ["", "_", "#x", "#_b", "+d", "c", ".2f", "010,", "=+12"]:
            add("int", v, s)
    odd = ["99999999999999999999d", ".", "..", "1.", "5q.", "{}", "x5", ",,", "_,", ".99999999999999999999f", "10.5.5",
           "é", "\u0301d", "<<", "<<<", "=^5", "~", "\x7f", "\n", "dd", "0", "00", "005", "-", "+", "#", "z"]  # fmt: skip
    for kind, v in [("int", 5), ("float", 5.0), ("str", "s"), ("bool", True)]:
        for s in odd:
            add(kind, v, s)
    add("float", 5.0, ".3000000000f")
    return list(cases.values())


def meters():
    cases = []
    r, choice = RANDOM.random, RANDOM.choice
    for _ in range(1200):
        total = choice([None, 0, 1, 7, 10, 100, 938, 12345, 10**6, 3 * 10**9])
        n = RANDOM.randint(0, total or 2000) if r() < 0.9 else RANDOM.randint(0, 2 * (total or 10))
        fields = {
            "n": choice([0, total or 5]) if r() < 0.15 else n, "total": total,
            "elapsed": choice([0.0, 0.004, 0.5, 1.0, 3.999, 59.99, 61.0, 3599.5, 3600.0, 86400.0 * 3, r() * 100]),
            "rate": choice([None, None, 0.001, 0.3, 1.0, 12.345, 999.96, 123456.789]),
            "initial": choice([0, 0, 0, 5]), "prefix": choice(["", "", "Epoch 1", "日本語", "a: ", "🙂 é"]),
            "postfix": choice(["", "", "loss=0.693", "loss=0.693, acc=99.1%", "損失=1"]),
            "unit": choice(["it", "it", "B", "batch", " 件"]), "unit_scale": choice([False, False, True]),
            "unit_divisor": choice([1000, 1000, 1024]), "ncols": choice([None, None, 0, 1, 5, 20, 40, 60, 80, 200]),
            "ascii": choice([False, False, False, True]),
        }  # fmt: skip
        if not total or n > total:
            # Here tqdm doubles the colon.
            fields["prefix"] = fields["prefix"].removesuffix(": ")
        cases.append([fields, tqdm.format_meter(**fields)])
    return cases


def write(name, cases):
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    (HERE / name).write_text(f"[\n{lines}\n]\n")


write("formats.json", formats())
write("meters.json", meters())
