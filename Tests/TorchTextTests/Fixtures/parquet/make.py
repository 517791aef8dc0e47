"""Makes the Parquet files of this folder and, with pyarrow, what is to be read from them. Run in this folder:

    python make.py

Needs pyarrow, pandas, polars, duckdb and fastparquet. Files that no writer writes any more (`legacy-…`) are put together byte by byte; pyarrow reads them too."""

import datetime
import decimal
import json
import pathlib
import random
import struct
import zlib

import duckdb
import fastparquet
import numpy
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

import expected

HERE = pathlib.Path(__file__).resolve().parent
WORDS = "the quick brown fox jumps over a lazy dog while 日本語 and über words 🙂 pass".split()
D = decimal.Decimal


def all_types():
    some = [None, 3, 1]
    day, noon = datetime.date(1969, 12, 31), datetime.time(12, 0, 0, 123456)
    moment = datetime.datetime(2024, 2, 29, 23, 59, 59, 999999)
    columns = {
        "bool": pa.array([True, None, False]), "int8": pa.array([-128, None, 127], pa.int8()), "int16": pa.array([-32768, None, 32767], pa.int16()),
        "int32": pa.array([-2**31, None, 2**31 - 1], pa.int32()), "int64": pa.array([-2**63, None, 2**63 - 1], pa.int64()), "uint8": pa.array([0, None, 255], pa.uint8()),
        "uint16": pa.array([0, None, 65535], pa.uint16()), "uint32": pa.array([0, None, 2**32 - 1], pa.uint32()), "uint64": pa.array([0, None, 2**64 - 1], pa.uint64()),
        "float16": pa.array([numpy.float16(1.5), None, numpy.float16("nan")], pa.float16()), "float": pa.array([-0.0, None, float("inf")], pa.float32()),
        "double": pa.array([0.1, None, float("-inf")]), "string": pa.array(["", None, "日本語\n🙂"]), "binary": pa.array([b"", None, b"\x00\xff"]),
        "fixed": pa.array([b"abc", None, b"\0\1\2"], pa.binary(3)), "date": pa.array([day, None, datetime.date(2024, 2, 29)]), "time ms": pa.array([0, None, 86399999], pa.time32("ms")),
        "time us": pa.array([noon, None, noon], pa.time64("us")), "time ns": pa.array(some, pa.time64("ns")), "timestamp ms": pa.array([moment, None, moment], pa.timestamp("ms")),
        "timestamp us": pa.array([-1, None, 1], pa.timestamp("us")), "timestamp ns": pa.array(some, pa.timestamp("ns")), "utc": pa.array(some, pa.timestamp("us", tz="UTC")),
        "decimal 5": pa.array([D("-1.05"), None, D("123.45")], pa.decimal128(5, 2)), "decimal 38": pa.array([D("-1"), None, D("9" * 38)], pa.decimal128(38, 0)),
        "decimal 70": pa.array([D("-0.1"), None, D("1" * 60)], pa.decimal256(70, 5)), "null": pa.nulls(3), "json": pa.array(['{"a": 1}', None, "[]"], pa.json_()),
        "uuid": pa.array([b"0123456789abcdef", None, b"fedcba9876543210"], pa.uuid()), "kind": pa.array(["x", None, "y"]).dictionary_encode(),
    }
    return pa.table(columns)


def nested():
    structure = pa.struct([pa.field("a", pa.int32()), pa.field("b", pa.list_(pa.string())), pa.field("must", pa.bool_(), nullable=False)])
    return pa.table({
        "list": pa.array([[1, None, 3], [], None, [4]] * 3, pa.list_(pa.int64())),
        "lists": pa.array([[[1], [], None], None, [], [[2, None]]] * 3, pa.list_(pa.list_(pa.int8()))),
        "struct": pa.array([{"a": 1, "b": ["x", None], "must": True}, None, {"a": None, "b": None, "must": False}, {"a": 4, "b": [], "must": True}] * 3, structure),
        "rows": pa.array([[{"a": 1, "b": None, "must": True}, None], None, [], [{"a": None, "b": ["y"], "must": False}]] * 3, pa.list_(structure)),
        "map": pa.array([[("k", 1), ("l", None)], None, [], [("m", 3)]] * 3, pa.map_(pa.string(), pa.int32())),
        "maps": pa.array([[("k", [("a", 1.5)])], None, [("l", None), ("m", [])], []] * 3, pa.map_(pa.string(), pa.map_(pa.string(), pa.float64()))),
        "depth": pa.array([[[[["deep"]]]], [[[None]]], [[None]], None] * 3, pa.list_(pa.list_(pa.list_(pa.list_(pa.string()))))),
    })


def plain_rows(n, seed=0):
    r = random.Random(seed)
    return pa.table({
        "text": [" ".join(r.choices(WORDS, k=r.randint(0, 6))) for _ in range(n)], "some": [r.choice([None, "x", "yy"]) for _ in range(n)],
        "i": pa.array([r.randint(-3, 200) for _ in range(n)], pa.int32()), "l": [None if r.random() < 0.2 else r.randint(-2**62, 2**62) for _ in range(n)],
        "x": [r.gauss(0, 1) for _ in range(n)], "f": pa.array([r.gauss(0, 1) for _ in range(n)], pa.float32()), "b": [r.choice([True, False, None]) for _ in range(n)],
        "id": pa.array([b"%06d" % i for i in range(n)], pa.binary(6)), "tags": [r.choices(WORDS, k=r.randint(0, 3)) for _ in range(n)],
    })


def write(name, table, **options):
    pq.write_table(table, HERE / name, **{"compression": "none", "store_schema": False, **options})


def by_writers():
    write("types.parquet", all_types(), use_dictionary=False)
    write("types-integers.parquet", all_types().select([n for n in all_types().column_names if "decimal" in n]), store_decimal_as_integer=True)
    write("int96.parquet", pa.table({"at": pa.array([-1, None, 10**18], pa.timestamp("ns"))}), use_deprecated_int96_timestamps=True)
    write("nested.parquet", nested(), use_dictionary=False)
    write("nested-v2-dictionary.parquet", nested(), data_page_version="2.0", data_page_size=8, write_batch_size=2)
    table = plain_rows(60)
    for version in ("1.0", "2.0"):
        for codec in ("snappy", "gzip", "brotli", "lz4", "zstd"):
            write(f"{codec}-v{version[0]}.parquet", table, compression=codec, data_page_version=version, write_page_checksum=True, row_group_size=25)
        names = ["text", "some", "i", "l", "x", "f", "b", "id", "tags.list.element"]
        deltas = ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BINARY_PACKED", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT", "BYTE_STREAM_SPLIT", "RLE", "DELTA_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]
        write(f"delta-v{version[0]}.parquet", table, use_dictionary=False, column_encoding=dict(zip(names, deltas)), data_page_version=version, data_page_size=100, write_batch_size=10)
    write("split.parquet", table.select(["i", "l", "id"]), use_dictionary=False, column_encoding=dict.fromkeys(["i", "l", "id"], "BYTE_STREAM_SPLIT"))
    write("fallback.parquet", table.select(["text"]), dictionary_pagesize_limit=100, data_page_size=50, write_batch_size=5)
    write("empty.parquet", table.slice(0, 0))
    pq.write_table(pa.table({}), HERE / "no-columns.parquet")
    features = {"info": {"features": {"text": {"dtype": "string", "_type": "Value"}, "label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}
    reviews = pa.table({"text": table["text"], "label": pa.array([i % 2 for i in range(60)], pa.int64())}).replace_schema_metadata({"huggingface": json.dumps(features)})
    with pq.ParquetWriter(HERE / "reviews.parquet", reviews.schema) as writer:
        for part in (reviews.slice(0, 40), reviews.slice(0, 0), reviews.slice(40)):
            writer.write_table(part)
    restored = pa.table({
        "large": pa.array(["a", None], pa.large_string()), "duration": pa.array([5, None], pa.duration("ms")), "zone": pa.array([0, None], pa.timestamp("ms", tz="Europe/Paris")),
        "seconds": pa.array([5, None], pa.timestamp("s")), "fixed": pa.array([[1, 2], [3, None]], pa.list_(pa.int32(), 2)), "kind": pa.array(["x", None]).dictionary_encode(),
        "rows": pa.array([[{"t": 7}], None], pa.list_(pa.struct([pa.field("t", pa.duration("us"))]))),
    })
    pq.write_table(restored, HERE / "arrow-schema.parquet")

    frame = polars.from_arrow(table)
    frame.write_parquet(HERE / "polars.parquet", compression="zstd", row_group_size=25)
    version = "V2"
    duckdb.connect().register("t", table).execute(f"COPY (SELECT * FROM t) TO '{HERE / 'duckdb.parquet'}' (FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION {version})")
    frame = table.drop_columns(["tags", "l", "b"]).to_pandas()
    frame["at"] = pandas.date_range("2020-01-01", periods=len(frame), freq="h")
    fastparquet.write(str(HERE / "fastparquet.parquet"), frame, compression="GZIP", row_group_offsets=25)


# Thrift's compact protocol, as far as it takes to write a footer.

def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def i32(n):
    return 5, varint(n << 1 if n >= 0 else (-n << 1) - 1)


def i64(n):
    return 6, i32(n)[1]


def text(s):
    return 8, varint(len(s.encode())) + s.encode()


def many(*elements):
    head = bytes([len(elements) << 4 | elements[0][0]]) if len(elements) < 15 else bytes([0xf0 | elements[0][0]]) + varint(len(elements))
    return 9, head + b"".join(element[1] for element in elements)


def fields(**numbered):
    out, last = b"", 0
    for name, (kind, value) in sorted(numbered.items(), key=lambda item: int(item[0][1:])):
        number = int(name[1:])
        out += bytes([number - last << 4 | kind]) + value
        last = number
    return 12, out + b"\0"


BOOLEAN, INT32, INT64, BYTE_ARRAY, FIXED = 0, 1, 2, 6, 7
REQUIRED, OPTIONAL, REPEATED = 0, 1, 2
PLAIN, RLE, BIT_PACKED = 0, 3, 4


def element(name, repetition=None, type=None, children=None, converted=None, length=None):
    parts = {"_4": text(name)}
    for key, value in (("_1", type), ("_2", length), ("_3", repetition), ("_5", children), ("_6", converted)):
        if value is not None:
            parts[key] = i32(value)
    return fields(**parts)


def data_page(values, body, levels=RLE):
    header = fields(_1=i32(0), _2=i32(len(body)), _3=i32(len(body)), _5=fields(_1=i32(values), _2=i32(PLAIN), _3=i32(levels), _4=i32(levels)))[1]
    return values, header + body


def legacy(name, rows, schema, columns, codec=0):
    """A file of one row group; `columns` are (type, path, pages), a page is its number of values and its bytes."""
    out, chunks, total = b"PAR1", [], 0
    for kind, path, pages in columns:
        start, size, values = len(out), sum(len(page) for _, page in pages), sum(count for count, _ in pages)
        out += b"".join(page for _, page in pages)
        meta = fields(_1=i32(kind), _2=many(i32(PLAIN), i32(RLE)), _3=many(*map(text, path)), _4=i32(codec), _5=i64(values), _6=i64(size), _7=i64(size), _9=i64(start))
        chunks.append(fields(_2=i64(start), _3=meta))
        total += size
    group = fields(_1=many(*chunks), _2=i64(total), _3=i64(rows))
    footer = fields(_1=i32(1), _2=many(*schema), _3=i64(rows), _4=many(group), _6=text("by hand"))[1]
    (HERE / name).write_bytes(out + footer + struct.pack("<I", len(footer)) + b"PAR1")


def rle(width, *levels):
    """Levels in runs of one, behind their length."""
    body = b"".join(b"\2" + bytes([level]) for level in levels)
    return struct.pack("<I", len(body)) + body


def packed(width, *levels):
    bits = "".join(f"{level:0{width}b}" for level in levels)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def ints(*values):
    return struct.pack(f"<{len(values)}i", *values)


def by_hand():
    LIST, MAP, MAP_KEY_VALUE, INTERVAL, ENUM, UTF8 = 3, 1, 2, 21, 4, 0
    # Rows [1, 2], null, [], [3]: levels of a list of required elements in two levels.
    page = data_page(5, rle(1, 0, 1, 0, 0, 0) + rle(2, 2, 2, 0, 1, 2) + ints(1, 2, 3))
    two = [element("l", OPTIONAL, children=1, converted=LIST)]
    legacy("legacy-list-primitive.parquet", 4, [element("schema", children=1)] + two + [element("element", REPEATED, INT32)], [(INT32, ["l", "element"], [page])])
    legacy("legacy-list-array.parquet", 4, [element("schema", children=1)] + two + [element("array", REPEATED, children=1), element("x", REQUIRED, INT32)],
           [(INT32, ["l", "array", "x"], [page])])
    legacy("legacy-list-tuple.parquet", 4, [element("schema", children=1)] + two + [element("l_tuple", REPEATED, children=1), element("x", REQUIRED, INT32)],
           [(INT32, ["l", "l_tuple", "x"], [page])])
    legacy("legacy-list-group.parquet", 4, [element("schema", children=1)] + two + [element("bag", REPEATED, children=2), element("x", REQUIRED, INT32), element("y", REQUIRED, INT32)],
           [(INT32, ["l", "bag", "x"], [page]), (INT32, ["l", "bag", "y"], [page])])
    legacy("legacy-list-bag.parquet", 4, [element("schema", children=1)] + two + [element("bag", REPEATED, children=1), element("array_element", REQUIRED, INT32)],
           [(INT32, ["l", "bag", "array_element"], [page])])
    # The same rows over two pages, the first of which ends inside a row.
    pages = [data_page(1, rle(1, 0) + rle(2, 2) + ints(1)), data_page(4, rle(1, 1, 0, 0, 0) + rle(2, 2, 0, 1, 2) + ints(2, 3))]
    legacy("legacy-row-over-pages.parquet", 4, [element("schema", children=1)] + two + [element("element", REPEATED, INT32)], [(INT32, ["l", "element"], pages)])
    # Repeated fields outside of any list: [1, 2], [], [3].
    page = data_page(4, rle(1, 0, 1, 0, 0) + rle(1, 1, 1, 0, 1) + ints(1, 2, 3))
    legacy("legacy-repeated.parquet", 3, [element("schema", children=2), element("r", REPEATED, INT32), element("g", REPEATED, children=1), element("x", REQUIRED, INT32)],
           [(INT32, ["r"], [page]), (INT32, ["g", "x"], [page])])
    # A map as older writers annotate it.
    keys = data_page(3, rle(1, 0, 1, 0) + rle(2, 2, 2, 0) + struct.pack("<I1sI1s", 1, b"a", 1, b"b"))
    values = data_page(3, rle(1, 0, 1, 0) + rle(2, 3, 2, 0) + ints(7))
    schema = [element("schema", children=1), element("m", OPTIONAL, children=1, converted=MAP_KEY_VALUE), element("map", REPEATED, children=2),
              element("key", REQUIRED, BYTE_ARRAY, converted=UTF8), element("value", OPTIONAL, INT32)]
    legacy("legacy-map.parquet", 2, schema, [(BYTE_ARRAY, ["m", "map", "key"], [keys]), (INT32, ["m", "map", "value"], [values])])
    # The deprecated encoding of levels.
    page = data_page(5, packed(1, 0, 1, 0, 0, 0) + packed(2, 2, 2, 0, 1, 2) + ints(1, 2, 3), levels=BIT_PACKED)
    flat = data_page(4, packed(1, 1, 0, 1, 1) + ints(4, 5, 6), levels=BIT_PACKED)
    legacy("legacy-bit-packed.parquet", 4, [element("schema", children=2)] + two + [element("element", REPEATED, INT32), element("x", OPTIONAL, INT32)],
           [(INT32, ["l", "element"], [page]), (INT32, ["x"], [flat])])
    # An enumeration, and a type that says nothing about how it is read.
    enum = data_page(2, struct.pack("<I1sI2s", 1, b"A", 2, b"BC"))
    interval = data_page(2, bytes(range(24)))
    legacy("legacy-types.parquet", 2, [element("schema", children=2), element("e", REQUIRED, BYTE_ARRAY, converted=ENUM), element("i", REQUIRED, FIXED, converted=INTERVAL, length=12)],
           [(BYTE_ARRAY, ["e"], [enum]), (FIXED, ["i"], [interval])])


def lz4():
    """LZ4 as Hadoop frames it, in one block and in several, and without a frame, as older writers left it."""
    column = [element("schema", children=1), element("x", OPTIONAL, INT32)]
    body = rle(1, *[1, 0] * 20) + ints(*range(20))
    header = fields(_1=i32(40), _2=i32(PLAIN), _3=i32(RLE), _4=i32(RLE))

    def block(part):
        return pa.compress(part, codec="lz4_raw", asbytes=True)

    def framed(part):
        return struct.pack(">II", len(part), len(block(part))) + block(part)

    bodies = {
        "hadoop": framed(body), "hadoop-blocks": framed(body[:50]) + framed(body[50:70]) + framed(b"") + framed(body[70:]), "bare": block(body),
    }
    for name, packed_body in bodies.items():
        page = data(0, packed_body, len(body), _5=header)
        legacy(f"lz4-{name}.parquet", 40, column, [(INT32, ["x"], [(40, page)])], codec=5)
    wrong = {
        "lz4-long": struct.pack(">II", 2**32 - 1, len(block(body))) + block(body), "lz4-short": struct.pack(">II", len(body), 2**32 - 1) + block(body),
        "lz4-cut": framed(body)[:-1], "lz4-more": framed(body) + framed(b"x"),
    }
    for name, packed_body in wrong.items():
        legacy(f"bad/{name}.parquet", 40, column, [(INT32, ["x"], [(40, data(0, packed_body, len(body), _5=header))])], codec=5)
    for name, codec, size in (("brotli-corrupt", 4, len(body)), ("lz4-corrupt", 7, len(body)), ("lz4-bomb", 7, 2**31 - 1), ("lzo", 3, len(body))):
        legacy(f"bad/{name}.parquet", 40, column, [(INT32, ["x"], [(40, data(0, body, size, _5=header))])], codec=codec)
    small = pa.compress(body[:100], codec="brotli", asbytes=True)
    legacy("bad/brotli-short.parquet", 40, column, [(INT32, ["x"], [(40, data(0, small, len(body), _5=header))])], codec=4)
    bomb = pa.compress(bytes(2**28), codec="brotli", asbytes=True)
    legacy("bad/brotli-bomb.parquet", 40, column, [(INT32, ["x"], [(40, data(0, bomb, 2**31 - 1, _5=header))])], codec=4)


def data(kind, body, uncompressed=None, **header):
    """A page of any kind, whatever its header says."""
    parts = dict(_1=i32(kind), _2=i32(len(body) if uncompressed is None else uncompressed), _3=i32(len(body)))
    return fields(**parts, **header)[1] + body


def hostile():
    """Files that lie. None takes a hundredth of a second or a megabyte to refuse."""
    most = 2**31 - 1
    one = [element("schema", children=1), element("x", OPTIONAL, INT32)]
    texts = [element("schema", children=1), element("x", REQUIRED, BYTE_ARRAY, converted=0)]
    page = data_page(1, rle(1, 1) + ints(5))
    legacy("bad/billions-of-rows.parquet", 10**12, one, [(INT32, ["x"], [(10**12, page[1])])])
    nulls = b"".join([struct.pack("<I", 6), varint(most << 1), b"\0"])
    header = fields(_1=i32(most), _2=i32(PLAIN), _3=i32(RLE), _4=i32(RLE))
    legacy("bad/run-of-nulls.parquet", most, one, [(INT32, ["x"], [(most, data(0, nulls, _5=header))])])
    bomb = data(0, zlib.compress(bytes(100)), most, _5=fields(_1=i32(1), _2=i32(PLAIN), _3=i32(RLE), _4=i32(RLE)))
    legacy("bad/bomb.parquet", 1, one, [(INT32, ["x"], [(1, bomb)])], codec=2)
    dictionary = data(2, struct.pack("<I", 0), _7=fields(_1=i32(most), _2=i32(PLAIN)))
    indices = data(0, b"\1" + varint(2) + b"\0", _5=fields(_1=i32(1), _2=i32(8), _3=i32(RLE), _4=i32(RLE)))
    legacy("bad/dictionary-count.parquet", 1, texts, [(BYTE_ARRAY, ["x"], [(0, dictionary), (1, indices)])])
    long = data(2, struct.pack("<I", 1000) + bytes(1000), _7=fields(_1=i32(1), _2=i32(PLAIN)))
    many_times = data(0, b"\1" + varint(10**7 << 1) + b"\0", _5=fields(_1=i32(10**7), _2=i32(8), _3=i32(RLE), _4=i32(RLE)))
    legacy("bad/dictionary-repeats.parquet", 10**7, texts, [(BYTE_ARRAY, ["x"], [(0, long), (10**7, many_times)])])
    beyond = data(0, b"\1" + varint(2) + b"\7", _5=fields(_1=i32(1), _2=i32(8), _3=i32(RLE), _4=i32(RLE)))
    legacy("bad/dictionary-index.parquet", 1, texts, [(BYTE_ARRAY, ["x"], [(0, long), (1, beyond)])])
    legacy("bad/no-dictionary.parquet", 1, texts, [(BYTE_ARRAY, ["x"], [(1, indices)])])
    legacy("bad/text-length.parquet", 1, texts, [(BYTE_ARRAY, ["x"], [data_page(1, struct.pack("<I", 2**32 - 1) + b"abc")])])
    legacy("bad/level.parquet", 1, [element("schema", children=1), element("l", OPTIONAL, children=1, converted=3), element("element", REPEATED, INT32)],
           [(INT32, ["l", "element"], [data_page(1, rle(1, 0) + rle(2, 3) + ints(1))])])
    legacy("bad/neighbours.parquet", 1, [element("schema", children=1), element("g", REPEATED, children=2), element("x", REQUIRED, INT32), element("y", REQUIRED, INT32)],
           [(INT32, ["g", "x"], [data_page(2, rle(1, 0, 1) + rle(1, 1, 1) + ints(1, 2))]), (INT32, ["g", "y"], [data_page(1, rle(1, 0) + rle(1, 1) + ints(1))])])
    legacy("bad/begins-inside.parquet", 1, [element("schema", children=1), element("r", REPEATED, INT32)], [(INT32, ["r"], [data_page(1, rle(1, 1) + rle(1, 1) + ints(1))])])
    deep = [element("schema", children=1)] + [element("g", OPTIONAL, children=1)] * 500 + [element("x", OPTIONAL, INT32)]
    legacy("bad/deep-schema.parquet", 1, deep, [(INT32, ["x"], [page])])
    legacy("bad/few-fields.parquet", 1, [element("schema", children=1000)] + one[1:], [(INT32, ["x"], [page])])
    legacy("bad/decimal.parquet", 1, [element("schema", children=1), fields(_1=i32(INT32), _3=i32(REQUIRED), _4=text("d"), _6=i32(5), _7=i32(-1), _8=i32(1 << 30))], [(INT32, ["d"], [page])])
    footer = b"\x1c" * 500
    (HERE / "bad/deep-metadata.parquet").write_bytes(b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1")
    footer = b"\x29\xfc" + varint(2**62)
    (HERE / "bad/long-list.parquet").write_bytes(b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1")
    (HERE / "bad/encrypted.parquet").write_bytes(b"PARE" + bytes(20) + b"PARE")
    sound = (HERE / "snappy-v1.parquet").read_bytes()
    (HERE / "bad/checksum.parquet").write_bytes(sound[:40] + bytes([sound[40] ^ 1]) + sound[41:])


def main():
    (HERE / "bad").mkdir(exist_ok=True)
    by_writers()
    by_hand()
    lz4()
    hostile()
    for path in sorted(HERE.glob("*.parquet")):
        expected.write(path)
    # pyarrow reads these bits from the wrong end of each byte, and takes enumerations for bytes.
    (HERE / "legacy-bit-packed.parquet.expected").write_text("l: list<element: int32 not null>; x: int32\n[1,2] | 4\nnull | null\n[] | 5\n[3] | 6\n")
    (HERE / "legacy-types.parquet.expected").write_text(
        'e: string not null; i: fixed_size_binary[12] not null\n"A" | b:000102030405060708090a0b\n"BC" | b:0c0d0e0f1011121314151617\n')


if __name__ == "__main__":
    main()
