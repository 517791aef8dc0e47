"""Records what datasets makes of values that are of several kinds: JSON lines that are loaded, and new columns of `map`.

    python mixed.py                writes mixed.json here
    python mixed.py --random N F   writes N random cases to the file F
"""

import argparse
import json
import pathlib
import random
import tempfile

import datasets

HERE = pathlib.Path(__file__).parent

LINES = [
    ['{"a": 1}', '{"a": "x"}'],
    ['{"a": 1, "x": 0.123456789012345}', '{"a": "7", "x": 2}', '{"a": null, "x": 1e-20}', '{"a": "null", "x": 123456.123456789}'],
    ['{"a": true}', '{"a": 2}', '{"a": 0.3}', '{"a": [1.1, {"b": 2.675}]}'],
    ['{"a": {"b": 1}}', '{"a": {"c": 2}}'],
    ['{"a": {"b": 1, "c": "x"}}', '{"a": {"c": "y", "b": 2}}'],
    ['{"a": {}}', '{"a": {}}'],
    ['{"a": null}', '{"a": {"b": null}}', '{"a": {"b": 5}}'],
    ['{"a": [1]}', '{"a": 5}', '{"a": []}'],
    ['{"a": [1, "x"]}', '{"a": []}', '{"a": null}'],
    ['{"a": [{"b": 1}, {"c": 1}]}', '{"a": [null, {"b": [2]}]}'],
    ['{"a": {"b": {"c": 1}}}', '{"a": {"b": {"d": 1}}}', '{"a": null}'],
    ['{"a": {"b": [1, {"c": 1}]}, "t": "2020-01-01"}', '{"a": {"b": ["2020-01-01"]}, "t": "2021-01-01"}'],
    ['{"a": "2020-01-01"}', '{"a": 5}'],
    ['{"a": 1}', '{"b": "x"}'],
    ['{"a": "a/b é \\u2028 \\" \\\\ \\n"}', '{"a": {"k/é": "v/é"}}'],
    ['{"a": 12345678901234567890}', '{"a": "x"}', '{"a": -9223372036854775808}'],
    ['{"a": 1}', "", '{"a": 2}'],
    ['{"a": {"b": 1}}', "", '{"a": {"c": 2}}'],
    ['{"a": {"b": 1}, ', '"c": 1}', '{"a": {"d": 1}, "c": 2}'],
    ['[{"a": 1}, {"a": "x"}]'],
    ["[", '{"a": {"b": 1}},', '{"a": {"c": 2}}', "]"],
    ['[1, "x", {"b": 1}]'],
    ['{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": null, "tool_calls": [{"name": "f", "arguments": {"x": 1}}]}]}'],
    ['{"a": NaN, "b": 1}', '{"a": Infinity, "b": "x"}'],
    ['{"a": "[1, 2]"}', '{"a": "{\\"b\\": 1}"}', '{"a": 1}', '{"a": "01"}'],
    ['{"a": 1e300}', '{"a": "x"}', '{"a": 1e16}', '{"a": 100000000000000000.0}', '{"a": 1e-16}'],
]
COLUMNS = [
    [1, "x", {"b": 2}], [1, "7"], [1, None, "null"], [True, 2], [1, 2.5], [{"b": 1}, {"c": 1}], [{"b": 1, "c": 2}, {"c": 1, "b": 3}], [{}, {}],
    [[{"b": 1}], [{"c": 1}]], [[1, "x"]], [[1], 2], [{"b": 1, "t": "2020-01-01", "f": 0.3}, {"b": "x", "t": "2020-01-01", "f": 0.3}],
    [{"b": [1, "x"]}, {"b": []}], [{"b": {"c": 1}}, {"b": {"d": 1}}], [None, {"b": 1}, {"b": None}], [["x"], [None, 1]], [1 / 3, "x", 1e300, 1e-7],
    [{"b": "x"}, {"b": 1, "c": 2}],
]


def described(make):
    try:
        dataset = make()
    except Exception as error:
        return {"error": type(error).__name__}
    return {"features": repr(dataset.features), "rows": repr(dataset[:])}


def load(lines):
    folder = tempfile.mkdtemp()
    path = pathlib.Path(folder) / "a.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=folder + "/cache")


def mapped(values):
    return datasets.Dataset.from_dict({"i": list(range(len(values)))}).map(lambda row: {"a": values[row["i"]]}, remove_columns=["i"])


def built(values):
    return datasets.Dataset.from_dict({"a": values}, on_mixed_types="use_json")


def value(r, depth=0):
    kind = r.random()
    if depth < 3 and kind < 0.2:
        return [value(r, depth + 1) for _ in range(r.randint(0, 3))]
    if depth < 3 and kind < 0.45:
        return {r.choice("bcd"): value(r, depth + 1) for _ in range(r.choice([0, 1, 1, 2]))}
    return r.choice([None, True, 1, -7, 2.5, 0.3, "x", "7", "2020-01-01", "null", "[1]", "a/é"])


def random_cases(count):
    r = random.Random(5)
    for _ in range(count):
        kinds = [value(r) for _ in range(r.randint(1, 2))]
        yield [r.choice([r.choice(kinds), value(r) if r.random() < 0.3 else kinds[0]]) for _ in range(r.randint(1, 4))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", nargs=2)
    arguments = parser.parse_args()
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)
    columns, lines = COLUMNS, LINES
    target = HERE / "mixed.json"
    if arguments.random:
        columns = list(random_cases(int(arguments.random[0])))
        lines = [[json.dumps({"a": value, "x": i}) for i, value in enumerate(values)] for values in columns]
        target = pathlib.Path(arguments.random[1])
    result = {
        "lines": [{"text": "\n".join(case) + "\n", **described(lambda: load(case))} for case in lines],
        "map": [{"values": case, **described(lambda: mapped(case))} for case in columns],
        "built": [{"values": case, **described(lambda: built(case))} for case in columns],
    }
    target.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
