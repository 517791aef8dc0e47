"""Writes random Parquet files and the values that pyarrow reads from them, for the test `ParquetTests.filesAreReadAsPyarrowReadsThem`:

    python random_files.py FOLDER [COUNT] [SEED]
    PARQUET_FILES=FOLDER swift test --filter ParquetTests

Types, nesting, nulls, encodings, codecs, versions and sizes of pages, dictionaries and row groups are drawn. Needs pyarrow; every tenth file is written by polars, duckdb or
fastparquet, where they are installed."""

import datetime
import decimal
import importlib.util
import pathlib
import random
import sys

import pyarrow as pa
import pyarrow.parquet as pq

import expected

WORDS = ["", "a", "the", "quick", "brown", "fox", "jumps", "över", "日本語", "🙂", "tab\there", 'quote"', "back\\slash", "a" * 40, "lorem ipsum dolor sit amet"]
CODECS = ["none", "snappy", "gzip", "zstd"]


class Draw:
    def __init__(self, seed, for_arrow=False):
        self.r = random.Random(seed)
        # Types that come back only where Arrow's own schema is kept in the file.
        self.for_arrow = for_arrow

    def leaf(self):
        r = self.r
        p = r.randint(1, 76)
        if self.for_arrow and r.random() < 0.4:
            return r.choice([pa.duration("s"), pa.duration("us"), pa.timestamp("us", tz="Europe/Paris"), pa.timestamp("s"), pa.large_string(), pa.large_binary(), pa.date64()])
        return r.choice([
            pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(),
            pa.string(), pa.string(), pa.string(), pa.binary(), pa.binary(r.randint(1, 20)), pa.date32(), pa.time32("ms"), pa.time64("us"), pa.time64("ns"),
            pa.timestamp("ms"), pa.timestamp("us", tz="UTC"), pa.timestamp("ns"), pa.timestamp("ms", tz="UTC"), pa.null(),
            pa.decimal128(min(p, 38), r.randint(0, min(p, 38))) if r.random() < 0.7 else pa.decimal256(p, r.randint(0, p)),
        ])

    def type(self, depth):
        r = self.r
        if depth == 0 or r.random() < 0.5:
            return self.leaf()
        kind = r.random()
        if self.for_arrow and r.random() < 0.2:
            return pa.list_(self.type(depth - 1), r.randint(1, 3))
        if kind < 0.5:
            return pa.list_(pa.field("element", self.type(depth - 1), nullable=r.random() < 0.7))
        if kind < 0.85:
            return pa.struct([pa.field(f"f{i}", self.type(depth - 1), nullable=r.random() < 0.7) for i in range(r.randint(1, 3))])
        return pa.map_(r.choice([pa.string(), pa.int32(), pa.int64()]), pa.field("value", self.type(depth - 1), nullable=r.random() < 0.7))

    def value(self, t, nullable, nulls):
        r = self.r
        if pa.types.is_null(t) or nullable and r.random() < nulls:
            return None
        if pa.types.is_map(t):
            return [(self.value(t.key_type, False, 0), self.value(t.item_type, t.item_field.nullable, nulls)) for _ in range(r.choice([0, 1, 1, 2, 5]))]
        if pa.types.is_fixed_size_list(t):
            return [self.value(t.value_type, t.value_field.nullable, nulls) for _ in range(t.list_size)]
        if pa.types.is_list(t):
            return [self.value(t.value_type, t.value_field.nullable, nulls) for _ in range(r.choice([0, 0, 1, 1, 2, 3, 8]))]
        if pa.types.is_struct(t):
            return {f.name: self.value(f.type, f.nullable, nulls) for f in t}
        if pa.types.is_boolean(t):
            return r.random() < 0.5
        if pa.types.is_integer(t):
            low, high = (0, 2**t.bit_width - 1) if pa.types.is_unsigned_integer(t) else (-2**(t.bit_width - 1), 2**(t.bit_width - 1) - 1)
            return r.choice([low, high, r.randint(low, high), r.randint(max(low, -5), 5), r.randint(max(low, -5), 5)])
        if pa.types.is_floating(t):
            value = r.choice([0.0, -0.0, 1.5, float("inf"), float("nan"), r.gauss(0, 10), r.gauss(0, 1000)])
            if t.bit_width == 16:
                import numpy
                return numpy.float16(value)
            return value
        if pa.types.is_string(t) or pa.types.is_large_string(t):
            return " ".join(r.choice(WORDS) for _ in range(r.choice([0, 1, 1, 2, 5, 20])))
        if pa.types.is_fixed_size_binary(t):
            return r.randbytes(t.byte_width)
        if pa.types.is_binary(t) or pa.types.is_large_binary(t):
            return r.randbytes(r.choice([0, 1, 5, 30]))
        if pa.types.is_date(t):
            return datetime.date.fromordinal(r.randint(1, 3000000))
        if pa.types.is_time32(t):
            return r.randint(0, 86399999)
        if pa.types.is_time64(t):
            return r.randint(0, 86399999999) * (1000 if t.unit == "ns" else 1)
        if pa.types.is_timestamp(t) or pa.types.is_duration(t):
            return r.choice([0, -1, 10**12, r.randint(-10**15, 10**15)])
        digits = r.choice([t.precision, r.randint(1, t.precision)])
        number = r.randint(-10**digits + 1, 10**digits - 1)
        return decimal.Decimal(number).scaleb(-t.scale, decimal.Context(prec=100))

    def table(self, depth=3, rows=None):
        r = self.r
        rows = rows if rows is not None else r.choice([0, 1, 2, 7, 8, 9, 64, 100, 500, 1000, 3000])
        fields = [pa.field(f"c{i}", self.type(depth), nullable=r.random() < 0.75) for i in range(r.randint(1, 6))]
        columns = []
        for field in fields:
            if pa.types.is_null(field.type):
                field = field.with_nullable(True)
            nulls = r.choice([0, 0, 0.05, 0.3, 0.9, 1])
            distinct = r.choice([None, None, 1, 3, 20])
            pool = [self.value(field.type, field.nullable, nulls) for _ in range(rows if distinct is None else distinct)]
            values = pool if distinct is None else [pool[r.randrange(len(pool))] for _ in range(rows)]
            if distinct is not None and r.random() < 0.5:
                values.sort(key=repr)
            columns.append(pa.array(values, field.type))
        fields = [f.with_nullable(True) if pa.types.is_null(f.type) else f for f in fields]
        return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def leaf_paths(path):
    schema = pq.ParquetFile(path).schema
    return [(schema.column(i).path, schema.column(i).physical_type) for i in range(len(schema))]


def encodings(r, paths):
    choices = {
        "INT32": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"], "INT64": ["PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"],
        "FLOAT": ["PLAIN", "BYTE_STREAM_SPLIT"], "DOUBLE": ["PLAIN", "BYTE_STREAM_SPLIT"], "BOOLEAN": ["PLAIN", "RLE"],
        "BYTE_ARRAY": ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"], "FIXED_LEN_BYTE_ARRAY": ["PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"],
    }
    return {path: r.choice(choices.get(kind, ["PLAIN"])) for path, kind in paths}


def write_random(path, seed):
    store_schema = seed % 3 == 0
    draw = Draw(seed, for_arrow=store_schema)
    r = draw.r
    table = draw.table()
    size = max(1, table.num_rows)
    options = dict(
        compression=r.choice(CODECS), data_page_version=r.choice(["1.0", "2.0"]), data_page_size=r.choice([64, 1000, 1 << 20]), write_batch_size=r.choice([1, 10, 1024]),
        row_group_size=r.choice([size, max(1, size // 3), max(1, size // 7), 100]), store_schema=store_schema, write_page_checksum=r.random() < 0.3,
        use_compliant_nested_type=r.random() < 0.8, version=r.choice(["1.0", "2.4", "2.6"]), store_decimal_as_integer=r.random() < 0.4,
        dictionary_pagesize_limit=r.choice([50, 1 << 20]),
    )
    if r.random() < 0.15:
        options["use_deprecated_int96_timestamps"] = True
    elif options["version"] == "1.0":
        options["coerce_timestamps"] = r.choice(["ms", "us"])
        options["allow_truncated_timestamps"] = True
    if r.random() < 0.5:
        options["use_dictionary"] = True
    else:
        pq.write_table(table, path, **options)
        options["use_dictionary"] = False
        options["column_encoding"] = encodings(r, leaf_paths(path))
    pq.write_table(table, path, **options)


def write_by_others(path, seed, module):
    draw = Draw(seed)
    r = draw.r
    if module == "polars":
        import polars
        frame = polars.from_arrow(draw.table(depth=2))
        frame.write_parquet(path, compression=r.choice(["uncompressed", "snappy", "gzip", "zstd"]), row_group_size=r.choice([None, 50]), data_page_size=r.choice([None, 200]))
    elif module == "duckdb":
        import duckdb
        table = draw.table(depth=2)
        codec = r.choice(["uncompressed", "snappy", "gzip", "zstd"])
        version = r.choice(["V1", "V2"])
        duckdb.connect().register("t", table).execute(f"COPY (SELECT * FROM t) TO '{path}' (FORMAT parquet, COMPRESSION {codec}, ROW_GROUP_SIZE 2048, PARQUET_VERSION {version})")
    else:
        import fastparquet
        import pandas
        n = r.choice([1, 10, 1000])
        frame = pandas.DataFrame({
            "text": [" ".join(r.choices(WORDS, k=3)) for _ in range(n)], "some": [r.choice(["x", "y", None]) for _ in range(n)], "i": [r.randint(-9, 9) for _ in range(n)],
            "x": [r.gauss(0, 1) for _ in range(n)], "b": [r.random() < 0.5 for _ in range(n)], "at": pandas.date_range("2020-01-01", periods=n, freq="h"),
            "kind": pandas.Categorical([r.choice(["red", "green"]) for _ in range(n)]),
        })
        fastparquet.write(str(path), frame, compression=r.choice(["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"]), row_group_offsets=r.choice([5, 300]))


def main():
    folder = pathlib.Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    folder.mkdir(parents=True, exist_ok=True)
    others = [name for name in ("polars", "duckdb", "fastparquet") if importlib.util.find_spec(name)]
    written = 0
    for number in range(count):
        path = folder / f"{number:04}.parquet"
        try:
            if number % 10 == 9 and others:
                write_by_others(path, seed * 100003 + number, others[number // 10 % len(others)])
            else:
                write_random(path, seed * 100003 + number)
            expected.write(path)
            written += 1
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # What a writer cannot write, nobody can read; polars panics in its own way.
            print(f"{path.name}: {type(error).__name__}: {str(error)[:150]}", file=sys.stderr)
            for leftover in folder.glob(f"{path.name}*"):
                leftover.unlink()
    print(f"{written} files in {folder}")


if __name__ == "__main__":
    main()
