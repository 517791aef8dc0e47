"""Writes `written`: data sets as Arrow files, and what Python's `datasets` makes of them as CSV and JSON lines. Needs `pip install datasets`.

A text with a carriage return is quoted in CSV from Python 3.11.9 on only, so there is none here."""
import os
import random
import struct
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
from datasets import ClassLabel, Dataset, Features, Value, disable_progress_bars

disable_progress_bars()
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "written")
os.makedirs(here, exist_ok=True)


def write(name, dataset, csv=True, json=True):
    dataset = dataset.flatten_indices()
    with pa.ipc.new_file(os.path.join(here, name + ".arrow"), dataset.data.table.schema) as writer:
        writer.write_table(dataset.data.table.combine_chunks())
    if csv:
        dataset.to_csv(os.path.join(here, name + ".csv"))
    if json:
        dataset.to_json(os.path.join(here, name + ".jsonl"))


nan, inf = float("nan"), float("inf")
texts = ["a", 'q"u', "l\nm", "é,x", None, "", " sp ", "a/b\\c", "😀\u2028\x7f\x01\t\b\f", "None", "'", "e\u0301"]
n = len(texts)
simple = {
    "text": pa.array(texts),
    "label": pa.array([0, 1, None] * 4),
    "i": pa.array([1, None, -3] + list(range(9))),
    "i8": pa.array(range(-6, 6), pa.int8()),
    "u": pa.array([2**64 - 1, None] + [1] * 10, pa.uint64()),
    "f": pa.array([1.5, None, nan, inf, -inf, 1e16, 1e-5, 0.1, 123456789.123456789, -0.0, 1e15, 0.0001]),
    "f32": pa.array([1.5, None, 0.1, 3.4e38, 1e-10, 1e16, 1 / 3, 16777216.0, 100.0, 999999.0, 1000000.0, nan], pa.float32()),
    "f16": pa.array([1.5, 0.1, None, 65504.0, 1e-5, 999.0, 1000.0, 2048.0, 0.0001, 0.00012, -inf, 3.14], pa.float16()),
    "b": pa.array([True, False, None] + [True] * 9),
    "all": pa.array([True, False] * 6),
    'na"me,é/': pa.array(texts, pa.large_string()),
    "none": pa.nulls(n),
    "dictionary": pa.array(texts).dictionary_encode(),
}
d = Dataset(pa.table({k: v for k, v in simple.items() if k != "dictionary"}))
write("simple", d.cast_column("label", ClassLabel(names=["neg", "pos"])))
write("one", Dataset.from_dict({"text": ["a", None, "", "b"]}))
write("empty", Dataset.from_dict({"text": [], "n": []}, Features({"text": Value("string"), "n": Value("int64")})))
write("dictionary", Dataset(pa.table({"d": simple["dictionary"]})))
write("decimal", Dataset(pa.table({"d": pa.array([Decimal("1.50"), None, Decimal("-3.25")])})))
write("bytes", Dataset(pa.table({"b": pa.array([b"ab'", None, b"\xff\x00"]), "f": pa.array([b"ab", b'"c', None], pa.binary(2))})), json=False)
write("ascii", Dataset(pa.table({"b": pa.array([b"ab'", None, "é".encode()])})), csv=False)


def stamps(values, unit, zone=None):
    return pa.array(values, pa.timestamp(unit, zone))


day = 86400
write("times", Dataset(pa.table({
    "dates": stamps([0, day * 10**6, None, -day * 10**6], "us"), "us": stamps([0, 1, None, -1], "us"), "ms": stamps([0, 1000, None, -1000], "us"), "ns": stamps([0, 1001, None, 5], "ns"),
    "s": stamps([0, 1, None, -1], "s"), "utc": stamps([0, 1500, None, -1], "us", "UTC"), "paris": stamps([82800, None, 1593934240, 0], "s", "Europe/Paris"),
    "west": stamps([0, 1, None, 3], "ms", "-03:30"), "date": pa.array([0, -1, None, 20000], pa.date32()), "date64": pa.array([0, day * 1000, None, -day * 1000], pa.date64()),
    "t32": pa.array([3661, None, 0, 86399], pa.time32("s")), "t64": pa.array([3661000001, 0, None, 1], pa.time64("us")), "tms": pa.array([1, 0, None, 1000], pa.time32("ms")),
    "dur": pa.array([3661000001, None, 0, -1], pa.duration("us")), "days": pa.array([day * 1000, None, 0, -day * 1000], pa.duration("ms")), "long": pa.array([1, None, 90061, -1], pa.duration("s")),
})))
write("nested", Dataset(pa.table({
    "l": pa.array([[1, 2], None, [], [None, 3]]), "n": pa.array([{"a": 1, "b": "x"}, None, {"a": None, "b": 'é"/'}, {"a": 2, "b": None}]), "lf": pa.array([[1.5, nan, None], None, [0.1], []]),
    "ls": pa.array([["a", "b\n'"], None, ['é"', None], []]), "ln": pa.array([[{"a": [1, 2]}], None, [None], []]), "ll": pa.array([[[1, None], None], None, [[]], []]), "lb": pa.array([[True, None], None, [], [False]]),
    "fx": pa.array([[1, 2], [3, None], [4, 5], [6, 7]], pa.list_(pa.int64(), 2)), "lt": pa.array([[1, None, -1001], None, [], [5]], pa.list_(pa.timestamp("us"))), "ld": pa.array([[date(2020, 1, 1), None], None, [], []]),
    "r": pa.array([{"t": time(1, 2, 3), "d": date(1960, 1, 1), "x": datetime(2020, 1, 1, 0, 0, 0, 1500), "y": timedelta(seconds=1.5)}] * 4), "u": pa.array([[2**64 - 1, None], None, [], [1]], pa.list_(pa.uint64())),
})), csv=False)
r = random.Random(0)
floats = [struct.unpack("<d", struct.pack("<Q", r.getrandbits(64)))[0] for _ in range(150)] + [r.uniform(-1, 1) * 10.0 ** r.randrange(-18, 19) for _ in range(400)] + [r.randrange(10**6) / 2.0 ** r.randrange(40) for _ in range(250)]
floats += [0.00000000005, 0.00000000015, 0.12345678905, 1e-15, 9.99e-16, 0.99999999999, 5e-324, 1e308, 9999999999999998.0, 1e16, 1.0000000000000002e16]
write("floats", Dataset.from_dict({"f": floats}))
# More rows than a batch: the digits of a timestamp are those that its batch needs.
write("batches", Dataset(pa.table({"t": stamps([i * 10**6 for i in range(1500)] + [1], "us"), "i": pa.array([None if i % 7 == 0 else i for i in range(1501)])})).shuffle(seed=3))
