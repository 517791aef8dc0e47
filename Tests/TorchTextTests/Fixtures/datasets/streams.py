"""Writes the shards in `streams` and streams.json: the orders in which Python's `datasets` streams, shuffles and interleaves rows, and what it does with names that only differ in their code points.
Needs `pip install datasets`."""
from datasets import *  # first: it has a `json` of its own
from datasets.distributed import split_dataset_by_node

import json
import os
import shutil
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq

disable_progress_bars()
here = os.path.dirname(os.path.abspath(__file__))
cache = tempfile.mkdtemp()
I = lambda e: [r["i"] for r in e]
out = {}

# Twelve shards of 3 to 6 rows.
shutil.rmtree(os.path.join(here, "streams"), ignore_errors=True)
os.makedirs(os.path.join(here, "streams"))
start = 0
for k in range(12):
    rows = list(range(start, start + 3 + k % 4))
    start = rows[-1] + 1
    path = os.path.join(here, "streams", f"{k:02}")
    pq.write_table(pa.table({"i": rows}), path + ".parquet", compression="none", write_statistics=False, store_schema=False, use_dictionary=False, row_group_size=4)
    with open(path + ".jsonl", "w") as f:
        f.writelines(json.dumps({"i": i}) + "\n" for i in rows)
    with open(path + ".csv", "w") as f:
        f.writelines(f"{line}\n" for line in ["i", *rows])


def sources():
    for format, ending in (("parquet", "parquet"), ("json", "jsonl"), ("csv", "csv")):
        for files in ("*", "0[0-2]", "05"):
            yield f"{format} {files}", load_dataset(format, data_files=os.path.join(here, "streams", f"{files}.{ending}"), split="train", streaming=True, cache_dir=cache)


def with_epoch(d, epoch):
    d.set_epoch(epoch)
    return d


changes = {
    "whole": lambda d: d,
    "take": lambda d: d.skip(2).take(7),
    "seed 0": lambda d: d.shuffle(seed=0),
    "seed 42, buffer 10": lambda d: d.shuffle(seed=42, buffer_size=10),
    "seed 7, buffer 1": lambda d: d.shuffle(seed=7, buffer_size=1),
    "seed 7, buffer 0": lambda d: d.shuffle(seed=7, buffer_size=0),
    "seed 3, buffer 25": lambda d: d.shuffle(seed=3, buffer_size=25),
    "seed 3, buffer 8, shards 3": lambda d: d.shuffle(seed=3, buffer_size=8, max_buffer_input_shards=3),
    "seed 3, buffer 8, shards 1": lambda d: d.shuffle(seed=3, buffer_size=8, max_buffer_input_shards=1),
    "behind take": lambda d: d.take(20).shuffle(seed=5, buffer_size=6),
    "behind skip": lambda d: d.skip(3).shuffle(seed=5, buffer_size=6),
    "before take": lambda d: d.shuffle(seed=5, buffer_size=6).take(9),
    "twice": lambda d: d.shuffle(seed=1, buffer_size=9).shuffle(seed=2, buffer_size=7, max_buffer_input_shards=4),
    "behind map": lambda d: d.map(lambda r: {"i": r["i"]}).shuffle(seed=9, buffer_size=11),
    "behind batched map": lambda d: d.map(lambda b: {"i": [i for i in b["i"] for _ in range(2)]}, batched=True, batch_size=4).shuffle(seed=9, buffer_size=11),
    "behind filter": lambda d: d.filter(lambda r: r["i"] % 3).shuffle(seed=9, buffer_size=11),
    "before map": lambda d: d.shuffle(seed=9, buffer_size=11).map(lambda r: {"i": r["i"]}),
    "epoch 1": lambda d: with_epoch(d.shuffle(seed=42, buffer_size=10), 1),
    "epoch 5": lambda d: with_epoch(d.shuffle(seed=42, buffer_size=10), 5),
    "epoch 2 of all": lambda d: with_epoch(d, 2),
    "epoch 2 behind take": lambda d: with_epoch(d.take(20).shuffle(seed=5, buffer_size=6), 2),
    "epoch 3 of two shuffles": lambda d: with_epoch(d.shuffle(seed=1, buffer_size=9).filter(lambda r: True).shuffle(seed=2, buffer_size=7), 3),
}
out["orders"] = {source: {name: I(change(d)) for name, change in changes.items()} for source, d in sources()}
memory = Dataset.from_dict({"i": list(range(30))})
out["memory"] = {name: I(change(memory.to_iterable_dataset(num_shards=4))) for name, change in changes.items()}

# The parts of several processes, divided by shards or by rows.
splits = {
    "whole": lambda d, *n: split_dataset_by_node(d, *n),
    "shards": lambda d, *n: split_dataset_by_node(d, *n, strategy="shards"),
    "examples": lambda d, *n: split_dataset_by_node(d, *n, strategy="examples"),
    "shuffled": lambda d, *n: split_dataset_by_node(d.shuffle(seed=3, buffer_size=8, max_buffer_input_shards=3), *n),
    "shuffled after": lambda d, *n: split_dataset_by_node(d, *n).shuffle(seed=3, buffer_size=8, max_buffer_input_shards=3),
    "take": lambda d, *n: split_dataset_by_node(d.skip(2).take(7), *n),
    "take after": lambda d, *n: split_dataset_by_node(d, *n).skip(1).take(3),
    "map": lambda d, *n: split_dataset_by_node(d.map(lambda r: {"i": r["i"] * 2}), *n).filter(lambda r: r["i"] % 3),
    "epoch 2": lambda d, *n: with_epoch(split_dataset_by_node(d.shuffle(seed=5, buffer_size=6), *n), 2),
    "twice": lambda d, rank, n: split_dataset_by_node(split_dataset_by_node(d, rank, n), 1, 2),
}
out["nodes"] = {
    f"{name} {n}": [[(p := split(memory.to_iterable_dataset(num_shards=4), rank, n)).num_shards, I(p)] for rank in range(n)]
    for n in (1, 2, 3, 4, 5)
    for name, split in splits.items()
    if name != "shards" or n < 5
}

# Batches.
d = memory.to_iterable_dataset(num_shards=4)
out["batched"] = list(d.map(lambda b: {"sum": [sum(b["i"])], "n": [len(b["i"])]}, batched=True, batch_size=8, remove_columns=["i"]))

# Interleaving.
parts = [Dataset.from_dict({"i": list(range(100 * k, 100 * k + n))}) for k, n in enumerate((3, 5, 40, 7))]
strategies = ("first_exhausted", "all_exhausted", "all_exhausted_without_replacement")
out["turns"] = {s: interleave_datasets(parts, stopping_strategy=s)["i"][:] for s in strategies}
out["drawn"] = {
    f"{name} {seed} {s}": interleave_datasets(parts, probabilities=p, seed=seed, stopping_strategy=s)["i"][:]
    for name, p in (("skewed", [0.1, 0.2, 0.65, 0.05]), ("even", [0.25] * 4))
    for seed in (0, 42, 2**40 + 3)
    for s in strategies
}
out["undrawn"] = interleave_datasets(parts, probabilities=[0, 0.5, 0.5, 0], seed=1)["i"][:]

# Side by side.
left, right = memory.shuffle(seed=1), Dataset.from_dict({"s": [f"row {i}" for i in range(30)]})
out["beside"] = list(concatenate_datasets([left, right, memory.rename_column("i", "j")], axis=1))

# Names that differ in their code points alone.
one, two = "\u00e9", "e\u0301"
path = os.path.join(here, "names.jsonl")
with open(path, "w", encoding="utf-8") as f:
    f.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in ({one: 1, two: one, "n": {one: 1.5, two: None}}, {two: two, one: 2, "n": {two: 7, one: None}}, {one: 3, two: one, "n": None}))
d = load_dataset("json", data_files=path, split="train", cache_dir=cache)
out["names"] = {
    "features": str(d.features), "rows": str(d[:]), "one": d[one][:], "two": d[two][:], "unique": d.unique(two),
    "renamed": str(d.rename_column(two, "x").features), "removed": str(d.remove_columns([one]).features), "selected": str(d.select_columns([two, one])[0]),
    "mapped": str(d.map(lambda r: {one: r[one] * 10, two: r[two] + "!"})[:]), "encoded": str(d.class_encode_column(two).features), "flat": str(d.flatten()[0]),
    "built": str(Dataset.from_list([{one: 1}, {one: 2, two: 3}])[:]), "rows together": str(Dataset.from_list([{"r": {one: 1}}, {"r": {two: 2, one: 3}}])[:]),
    "joined": str(concatenate_datasets([d.select_columns([one]), d.select_columns([two])], axis=1)[0]), "below": str(concatenate_datasets([d.select_columns([one]), d.select_columns([two])])[:]),
}
json.dump(out, open(os.path.join(here, "streams.json"), "w"), ensure_ascii=True)
