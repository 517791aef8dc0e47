"""Makes JSON lines, CSV and plain text, and beside each what pyarrow.json, pandas or `datasets` reads from it, spelled as in arrow.py.

    python texts.py                      the fixtures, in text/
    python texts.py FOLDER COUNT         as many more of each: FORMATS_ORACLE=FOLDER swift test --filter TextOracle compares them
"""
import gzip, io, json, pathlib, random, sys, tempfile, warnings
import pandas as pd
import pyarrow as pa
import pyarrow.json as pj
from arrow import describe

warnings.simplefilter("ignore")


def plain(table):
    """pandas 3 has large_string where Arrow's loaders have string."""
    table = table.replace_schema_metadata(None)
    for i, field in enumerate(table.schema):
        if pa.types.is_large_string(field.type):
            table = table.set_column(i, field.name, table[i].cast(pa.string()))
    return table


def expect_json(data):
    return pj.read_json(io.BytesIO(data), read_options=pj.ReadOptions(block_size=1 << 30, use_threads=False))


def expect_lists(rows):
    """pyarrow.json 26 loses values of lists, or aborts; lists of plain Python's values become the same columns."""
    array = pa.array(rows)
    return pa.Table.from_struct_array(array) if array.type.num_fields else pa.table({})


def expect_csv(data, **options):
    frame = pd.read_csv(io.BytesIO(data), float_precision="round_trip", low_memory=False, **options)
    return plain(pa.Table.from_pandas(frame, preserve_index=False))


def expect_text(data, **options):
    from datasets.packaged_modules.text.text import Text

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "x.txt"
        path.write_bytes(data)
        builder = Text(cache_dir=folder, data_files=str(path), **options)
        tables = [t for _, t in builder._generate_tables([str(path)], [[str(path)]])]
    return pa.concat_tables(tables) if tables else pa.table({"text": pa.array([], pa.string())})


def save(folder, name, data, expected):
    (folder / name).write_bytes(data)
    (folder / (name + ".expected")).write_text(describe(expected))


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        r = self.random
        return "".join(r.choice("ab ,;\"'\\\n\t/é🐢:{}[]") for _ in range(r.choice([0, 1, 5, 30])))

    def shape(self, lists, depth=2):
        r = self.random
        kind = r.choice(["int", "float", "mixed", "bool", "text", "null"] + (["list"] * (depth > 0) if lists else ["time", "big"]) + ["object"] * (depth > 0))
        if kind == "list":
            return kind, self.shape(lists, depth - 1)
        if kind == "object":
            return kind, {r.choice(["x", "y", "é", "a b", 'q"']) + str(i): self.shape(lists, depth - 1) for i in range(r.randrange(0, 4))}
        return kind, None

    def value(self, shape):
        r = self.random
        kind, below = shape
        if kind == "null" or r.random() < 0.1:
            return None
        if kind == "int":
            return r.choice([1, -5, 2**63 - 1, -(2**63), r.randrange(10**6)])
        if kind == "big":
            return r.choice([2**63, 12345678901234567890123, 7])
        if kind == "float":
            return r.choice([0.5, -1e-300, 1e300, r.gauss(0, 1), r.random() * 10 ** r.randrange(-30, 30), round(r.random(), 3)])
        if kind == "mixed":
            return r.choice([1, 2.5, -7, 1e22])
        if kind == "bool":
            return r.random() < 0.5
        if kind == "text":
            return self.text()
        if kind == "time":
            return r.choice(["2020-02-29", "1969-12-31 23:59:59", "2021-05-06T07:08Z", "0001-01-01", "9999-12-31 23"])
        if kind == "list":
            return [self.value(below) for _ in range(r.randrange(0, 4))]
        return {k: self.value(s) for k, s in below.items() if r.random() < 0.9}

    def json(self):
        r = self.random
        lists = r.random() < 0.5
        top = ("object", {f"c{i}": self.shape(lists) for i in range(r.randrange(1, 5))})
        lines, rows = [], []
        for _ in range(r.randrange(1, 20)):
            row = {k: self.value(s) for k, s in top[1].items() if r.random() < 0.9}
            rows.append(row)
            lines.append(json.dumps(row, ensure_ascii=r.random() < 0.5, indent=r.choice([None, None, None, 1]), separators=r.choice([None, (",", ":")])))
        data = (r.choice(["\n", "\r\n", "\n\n"]).join(lines) + r.choice(["", "\n"])).encode()
        return data, expect_lists(rows) if lists else expect_json(data)

    def csv(self):
        r = self.random
        kinds = [r.choice(["int", "float", "bool", "text", "word", "missing", "spaced", "big", "none", "inf"]) for _ in range(r.randrange(1, 6))]
        holes = [r.random() < 0.4 for _ in kinds]

        def field(kind, hole):
            if hole and r.random() < 0.2:
                return r.choice(["", "NA", "nan", '""', "null", '"N/A"', "#N/A N/A", "<NA>", "-nan", "1.#IND"])
            if kind == "int":
                return r.choice(["1", "-17", "+3", "007", str(2**63 - 1), str(r.randrange(10**9))])
            if kind == "float":
                return r.choice(["1.5", "-0.25", "1e5", "1.", ".5", "2.5E-3", repr(r.gauss(0, 1)), repr(r.random() * 10 ** r.randrange(-300, 300)), "3"])
            if kind == "bool":
                return r.choice(["True", "false", "TRUE"])
            if kind == "text":
                return '"' + "".join(r.choice(['""', "a", "é", " ", ",", "\n", "\r\n", "🐢"]) for _ in range(r.randrange(0, 9))) + 'x"'
            if kind == "word":
                return r.choice(["abc", "d e", 'it"s', "x" * 20, "N/A?", "-", "1x", "1.5.2"])
            if kind == "spaced":
                return r.choice([" 1", "2 ", "\t3", "4"])
            if kind == "big":
                return r.choice([str(2**64 - 1), str(2**63), "5"])
            if kind == "inf":
                return r.choice(["inf", "-Infinity", "+INF", "1"])
            return r.choice(["", "NA"])

        names = [r.choice(["a", "b", "", "a.1", '"q,u"', "é"]) for _ in kinds]
        if len(kinds) == 1 and not names[0]:
            names = ["only"]
        lines = [",".join(names)]
        for _ in range(r.randrange(0, 20)):
            row = [field(k, h) for k, h in zip(kinds, holes)]
            if len(row) > 1 and r.random() < 0.05:
                row = row[: r.randrange(1, len(row))]
            lines.append(",".join(row))
            if r.random() < 0.05:
                lines.append(r.choice(["", "  "]))
        return (r.choice(["", "\ufeff"]) + r.choice(["\n", "\r\n"]).join(lines) + r.choice(["", "\n"])).encode()

    def plain(self):
        r = self.random
        return "".join(r.choice(["a", "bc é", " ", "\n", "\n\n", "\r\n", "\r", "🐢\n", "\u2028"]) for _ in range(r.randrange(0, 40))).encode()


def make(folder, seed, stem):
    maker = Maker(seed)
    save(folder, f"{stem}.jsonl", *maker.json())
    data = maker.csv()
    try:
        save(folder, f"{stem}.csv", data, expect_csv(data))
    except OverflowError:
        pass  # pandas itself fails where a column has integers beyond 64 bits alone.
    data = maker.plain()
    save(folder, f"{stem}.txt", data, expect_text(data))
    for name, options in [("keep", {"keep_linebreaks": True}), ("paragraph", {"sample_by": "paragraph"}), ("document", {"sample_by": "document"})]:
        (folder / f"{stem}.txt.{name}").write_text(describe(expect_text(data, **options)))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        folder = pathlib.Path(sys.argv[1])
        folder.mkdir(exist_ok=True)
        for seed in range(int(sys.argv[2])):
            make(folder, 5000 + seed, f"{seed:04}")
    else:
        folder = pathlib.Path(__file__).parent / "text"
        folder.mkdir(exist_ok=True)
        for seed in range(12):
            make(folder, seed, f"{seed:02}")
        rows = b"".join(b'{"text": "row %d", "n": %d}\n' % (i, i) for i in range(50))
        (folder / "rows.jsonl.gz").write_bytes(gzip.compress(rows, mtime=0))
        (folder / "rows.jsonl.zst").write_bytes(pa.Codec("zstd").compress(rows, asbytes=True))
