"""Writes expected.json: what Python's `datasets` and NumPy give for what Tests/TorchTextTests/Datasets asks, and the folder `saved`. Needs `pip install datasets`."""
from datasets import *  # first: it has a `json` of its own

import json
import os

import numpy as np
import pyarrow as pa
import yaml

disable_progress_bars()
here = os.path.dirname(os.path.abspath(__file__))
out = {}

out["permutations"] = [[s, n, np.random.default_rng(s).permutation(n)[:12].tolist()] for s in (0, 42, 2**40 + 3, 2**63 + 5) for n in (1, 2, 10, 1000, 70000)]


def rng_choice(seed):
    g = np.random.default_rng(seed)
    return [g.choice(n, size=k, replace=False).tolist() for n, k in [(4, 2), (4, 4), (1, 1), (5, 3), (100, 7)]]


out["choices"] = rng_choice(7)

# How values print.
strings = ["it's", 'say "it\'s"', '"', "\\ \n\t\r\x00\x1f\x7f\x80\xa0", "\u200b\u2028é😀\ue000\U000e0001", "", "naïve café"]
floats = [1e16, 1e15, 1e-5, 1e-4, 0.1, 123456789012345680.0, 9007199254740993.0, 12345.0, 1.5, -0.0, 0.0, 5e-324, 1.7976931348623157e308, 2.5e-7, 100.0, 1e22, 1e23, float("inf"), float("-inf"), float("nan")]
out["strings"] = [[s, repr(s)] for s in strings]
out["floats"] = [[f.hex(), repr(f)] for f in floats]
out["bytes"] = [[list(b), repr(b)] for b in (b"it's\x00\xff\n\"", b"'", b"", b"\\\r\tabc~\x7f")]


def printed(values, type):
    return [repr(v) for v in Dataset(pa.table({"x": pa.array(values, type)}))[:]["x"]]


times = [0, 1577934245000001, 1577934240000000, -1]
out["times"] = {
    "timestamp[us]": [times, printed(times, pa.timestamp("us"))],
    "timestamp[ns]": [[0, 1577934245000000001, 1577934245123000000], printed([0, 1577934245000000001, 1577934245123000000], pa.timestamp("ns"))],
    "timestamp[s]": [[0, -62135596800, 253402300799], printed([0, -62135596800, 253402300799], pa.timestamp("s"))],
    "timestamp[us, tz=UTC]": [times, printed(times, pa.timestamp("us", tz="UTC"))],
    "timestamp[us, tz=Europe/Paris]": [times + [1593934240000000], printed(times + [1593934240000000], pa.timestamp("us", tz="Europe/Paris"))],
    "timestamp[us, tz=-03:30]": [times, printed(times, pa.timestamp("us", tz="-03:30"))],
    "timestamp[ns, tz=UTC]": [[0, 1577934245000000001], printed([0, 1577934245000000001], pa.timestamp("ns", tz="UTC"))],
    "date32": [[0, -1, 20000, -719162, 11016], printed([0, -1, 20000, -719162, 11016], pa.date32())],
    "time32[s]": [[0, 3661, 86399], printed([0, 3661, 86399], pa.time32("s"))],
    "time64[us]": [[0, 3661000001, 60000000], printed([0, 3661000001, 60000000], pa.time64("us"))],
    "duration[ms]": [[0, -1, 90061000], printed([0, -1, 90061000], pa.duration("ms"))],
    "duration[s]": [[0, 1, 60, -86401], printed([0, 1, 60, -86401], pa.duration("s"))],
    "duration[ns]": [[0, 1500, 90061000000001], printed([0, 1500, 90061000000001], pa.duration("ns"))],
}

# Features.
f = Features({
    "text": Value("string"), "label": ClassLabel(names=["neg", "pos"]), "l": List(Value("int64")), "fl": List(Value("float32"), length=3), "ll": LargeList(Value("int8")),
    "s": {"a": Value("int32"), "b": List({"c": Value("string")})}, "t": Value("timestamp[us, tz=UTC]"), "d": Value("decimal128(10, 2)"), "tr": Translation(languages=["en", "fr"]),
    "bin": Value("binary"), "ls": Value("large_string"), "date": Value("date32"), "time": Value("time64[us]"), "dur": Value("duration[ms]"), "n": Value("null"), "b": Value("bool"),
    "half": Value("float16"), "seq": Sequence({"x": Value("int32")}), "nn": ClassLabel(num_classes=3),
})
out["features"] = {"text": str(f), "json": json.dumps(f.to_dict()), "yaml": yaml.dump(f._to_yaml_list()), "metadata": f.arrow_schema.metadata[b"huggingface"].decode()}

# Selections.
n = 23
d = Dataset.from_dict({"i": list(range(n)), "k": [None if i % 7 == 3 else i * 5 % 4 for i in range(n)], "x": [None if i % 5 == 4 else float("nan") if i % 6 == 1 else (i * 7 % 10) / 4 for i in range(n)], "s": ["é%d" % (i * 11 % 23) if i % 2 else "b%d" % i for i in range(n)], "label": [i % 3 for i in range(n)]})
d = d.cast_column("label", ClassLabel(names=["a", "b", "c"]))
I = lambda e: e["i"][:]
sel = {"print": str(d), "row": str(d[2]), "last": str(d[-1]), "range": str(d[3:6]), "list": str(d[[1, -1]]), "column": str(d["s"]), "short": str(d.select([4, 1])["i"])}
sel["shuffle"] = {str(s): I(d.shuffle(seed=s)) for s in (0, 42, 2**33)}
sel["twice"] = I(d.shuffle(seed=1).select(range(3, 17)).shuffle(seed=2))
sel["split"] = {f"{t},{s}": [I(p[k]) for k in ("train", "test")] for t, s in ((0.25, 0), (7, 3), (0.1, 42)) for p in [d.train_test_split(test_size=t, seed=s)]}
d.train_test_split(test_size=0.25, seed=0).save_to_disk(os.path.join(here, "saved"))
p = d.train_test_split(test_size=0.3, train_size=0.4, seed=5)
sel["both"] = [I(p["train"]), I(p["test"])]
p = d.train_test_split(test_size=5, shuffle=False)
sel["unshuffled"] = [I(p["train"]), I(p["test"])]
sel["stratified"] = {f"{t},{s}": [I(q[k]) for k in ("train", "test")] for t, s in ((0.25, 0), (7, 3), (0.5, 42)) for q in [d.train_test_split(test_size=t, seed=s, stratify_by_column="label")]}
sel["sort"] = {}
for name, columns, reverse, nulls in [("k", ["k"], False, "at_end"), ("k-", ["k"], True, "at_end"), ("k^", ["k"], False, "at_start"), ("x", ["x"], False, "at_end"), ("x-", ["x"], True, "at_end"),
                                      ("x^", ["x"], True, "at_start"), ("s", ["s"], False, "at_end"), ("s-", ["s"], True, "at_end"), ("k,s-", ["k", "s"], [False, True], "at_end"), ("k-,x", ["k", "x"], [True, False], "at_start")]:
    sel["sort"][name] = I(d.sort(columns, reverse=reverse, null_placement=nulls))
sel["shards"] = [[I(d.shard(4, i)) for i in range(4)], [I(d.shard(4, i, contiguous=False)) for i in range(4)]]
sel["take"] = [I(d.take(3)), I(d.skip(20)), I(d.take(2).repeat(3))]
sel["unique"] = d.unique("k")
three = [d.select(range(2)), d.select(range(5, 8)), d.select(range(10, 14))]
sel["interleave"] = [I(interleave_datasets(three)), I(interleave_datasets(three, stopping_strategy="all_exhausted"))]
sel["concatenate"] = [I(concatenate_datasets(three)), str(concatenate_datasets([Dataset.from_dict({"a": [1]}), Dataset.from_dict({"b": ["x"], "a": [None]})])[:])]
out["selections"] = sel

# Changed columns.
m = {}
def shown(x): return [str(x.features), str(x[:3])]
m["map"] = shown(d.map(lambda r: {"c": r["i"] * 2.5, "i": str(r["i"])}, remove_columns=["s"]))
m["half"] = shown(d.map(lambda r: {"i": r["i"] / 2}))
m["null"] = shown(d.map(lambda r, i: {"z": None, "n": i * 10}, with_indices=True))
m["int8"] = shown(d.cast_column("i", Value("int8")).map(lambda r: {"i": r["i"] + 1}))
m["int64"] = shown(d.cast_column("i", Value("int8")).map(lambda r: {"i": r["i"] + 1000}))
m["batched"] = shown(d.map(lambda b: {"n": [sum(b["i"])] * 2}, batched=True, batch_size=10, remove_columns=d.column_names))
m["nested"] = shown(d.map(lambda r: {"o": {"a": [r["i"], None], "b": r["s"]}}, remove_columns=d.column_names))
m["filter"] = I(d.filter(lambda r: r["label"] == 1))
m["rename"] = shown(d.rename_column("i", "j").remove_columns(["s", "x"]))
m["add"] = shown(d.shuffle(seed=0).add_column("new", [i * i for i in range(n)]))
m["encode"] = shown(d.class_encode_column("s"))
m["string"] = shown(d.cast_column("x", Value("string")))
m["flatten"] = shown(Dataset.from_dict({"s": [{"a": 1, "b": {"c": 2}}, None, {"a": None, "b": None}]}).flatten())
out["changes"] = m

json.dump(out, open(os.path.join(here, "expected.json"), "w"), indent=None, ensure_ascii=True)
