"""Makes Arrow streams and files of random schemas with pyarrow, and beside each what it holds, as ArrowTests compares it.

    python arrow.py                      the fixtures, in arrow/
    python arrow.py FOLDER COUNT         as many more, in another folder: FORMATS_ORACLE=FOLDER swift test --filter ArrowOracle compares and rewrites them
    python arrow.py FOLDER check         whether pyarrow reads what was rewritten
"""
import decimal, pathlib, random, struct, sys
import pyarrow as pa

UNITS = ["s", "ms", "us", "ns"]


def text(scalar):
    """A value as one word: its kind and its bits."""
    t = scalar.type
    if isinstance(scalar, pa.ExtensionScalar):
        return text(scalar.value) if scalar.is_valid else "null"
    if pa.types.is_dictionary(t):
        return text(scalar.value) if scalar.is_valid else "null"
    if not scalar.is_valid:
        return "null"
    if pa.types.is_boolean(t):
        return "true" if scalar.as_py() else "false"
    if pa.types.is_integer(t):
        return f"i{scalar.as_py()}"
    if pa.types.is_floating(t):
        number = float(scalar.as_py())
        return "dnan" if number != number else "d" + struct.pack(">d", number).hex()
    if pa.types.is_string(t) or pa.types.is_large_string(t):
        return "s" + scalar.as_py().encode().hex()
    if pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_fixed_size_binary(t):
        return "b" + scalar.as_py().hex()
    if pa.types.is_date(t):
        return f"D{(scalar.as_py() - __import__('datetime').date(1970, 1, 1)).days}"
    if pa.types.is_time(t):
        return f"T{scalar.value}:{UNITS.index(t.unit)}"
    if pa.types.is_timestamp(t):
        return f"t{scalar.value}:{UNITS.index(t.unit)}:{t.tz or ''}"
    if pa.types.is_duration(t):
        return f"u{scalar.value}:{UNITS.index(t.unit)}"
    if pa.types.is_decimal(t):
        return "m" + format(scalar.as_py(), "f")
    if pa.types.is_map(t):
        return "[" + ",".join("{" + f"{b'key'.hex()}={text(pair['key'])},{b'value'.hex()}={text(pair['value'])}" + "}" for pair in scalar.values) + "]"
    if pa.types.is_list(t) or pa.types.is_large_list(t) or pa.types.is_fixed_size_list(t):
        return "[" + ",".join(text(x) for x in scalar.values) + "]"
    if pa.types.is_struct(t):
        return "{" + ",".join(f"{t.field(i).name.encode().hex()}={text(scalar[i])}" for i in range(t.num_fields)) + "}"
    raise ValueError(t)


def describe(table):
    """The schema, its metadata, and a line a row."""
    lines = [f"{f.name.encode().hex()} {pa.field('', f.type.storage_type if isinstance(f.type, pa.BaseExtensionType) else f.type).type}" for f in table.schema]
    metadata = table.schema.metadata or {}
    lines += [f"@{k.hex()} {metadata[k].hex()}" for k in sorted(metadata)]
    lines.append("--")
    columns = [[text(x) for chunk in c.chunks for x in chunk] for c in table.columns]
    lines += [" ".join(row) for row in zip(*columns)]
    return "\n".join(lines) + "\n"


class Point(pa.ExtensionType):
    def __init__(self):
        super().__init__(pa.struct([("x", pa.float64()), ("y", pa.float64())]), "test.point")

    def __arrow_ext_serialize__(self):
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage, data):
        return cls()


pa.register_extension_type(Point())

LEAVES = [
    pa.null(), pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.string(),
    pa.large_string(), pa.binary(), pa.large_binary(), pa.binary(3), pa.date32(), pa.date64(), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"),
    *[pa.timestamp(u) for u in UNITS], pa.timestamp("us", tz="Europe/Paris"), pa.timestamp("ns", tz="UTC"), *[pa.duration(u) for u in UNITS],
    pa.decimal32(7, 2), pa.decimal64(15, 3), pa.decimal128(20, 0), pa.decimal128(30, 5), pa.decimal256(70, 20),
]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def type(self, depth=3, dictionary=True):
        r = self.random.random()
        if depth == 0 or r < 0.45:
            return self.random.choice(LEAVES)
        child = self.type(depth - 1, dictionary)
        field = pa.field(self.random.choice(["item", "element", "ż"]), child, nullable=True)
        if r < 0.55:
            return pa.list_(field)
        if r < 0.62:
            return pa.large_list(field)
        if r < 0.7:
            return pa.list_(field, self.random.randrange(0, 4))
        if r < 0.83:
            return pa.struct([pa.field(f"f{i}", self.type(depth - 1, dictionary)) for i in range(self.random.randrange(0, 4))])
        if r < 0.9:
            return pa.map_(pa.string(), child)
        if dictionary:
            values = self.random.choice([pa.string(), pa.int64(), pa.float64(), pa.large_string(), pa.date32(), pa.binary()])
            return pa.dictionary(self.random.choice([pa.int8(), pa.int16(), pa.int32(), pa.int64()]), values)
        return pa.string()

    def value(self, t, nulls=True):
        r = self.random
        if pa.types.is_null(t) or nulls and r.random() < 0.15:
            return None
        if pa.types.is_boolean(t):
            return r.random() < 0.5
        if pa.types.is_signed_integer(t):
            return r.choice([0, -1, 2 ** (t.bit_width - 1) - 1, -(2 ** (t.bit_width - 1)), r.randrange(-100, 100)])
        if pa.types.is_unsigned_integer(t):
            return r.choice([0, 1, 2**t.bit_width - 1, r.randrange(100)])
        if pa.types.is_float16(t):
            return float(__import__("numpy").float16(r.uniform(-100, 100)))
        if pa.types.is_float32(t):
            return struct.unpack("f", struct.pack("f", r.uniform(-1e30, 1e30)))[0]
        if pa.types.is_floating(t):
            return r.choice([0.0, -0.0, float("inf"), float("nan"), 1e308, 5e-324, r.gauss(0, 1)])
        if pa.types.is_string(t) or pa.types.is_large_string(t):
            return "".join(r.choice("abc é\n\0\"\\🐢") for _ in range(r.choice([0, 1, 3, 20])))
        if pa.types.is_fixed_size_binary(t):
            return bytes(r.randrange(256) for _ in range(t.byte_width))
        if pa.types.is_binary(t) or pa.types.is_large_binary(t):
            return bytes(r.randrange(256) for _ in range(r.choice([0, 2, 9])))
        if pa.types.is_date32(t):
            return r.randrange(-1000, 30000)
        if pa.types.is_date64(t):
            return r.randrange(-1000, 30000) * 86400000
        if pa.types.is_time(t):
            return r.randrange(86400) * {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}[t.unit]
        if pa.types.is_timestamp(t) or pa.types.is_duration(t):
            return r.randrange(-(10**9), 10**9)
        if pa.types.is_decimal(t):
            return decimal.Decimal(r.choice([0, -1, 10**t.precision - 1, -(10**t.precision) + 1, r.randrange(1000)])).scaleb(-t.scale, decimal.Context(prec=100))
        if pa.types.is_map(t):
            return [(f"k{i}", self.value(t.item_type)) for i in range(r.randrange(0, 3))]
        if pa.types.is_fixed_size_list(t):
            return [self.value(t.value_type) for _ in range(t.list_size)]
        if pa.types.is_list(t) or pa.types.is_large_list(t):
            return [self.value(t.value_type) for _ in range(r.randrange(0, 4))]
        if pa.types.is_struct(t):
            return {t.field(i).name: self.value(t.field(i).type) for i in range(t.num_fields)}
        if pa.types.is_dictionary(t):
            return self.value(t.value_type, nulls=False)
        raise ValueError(t)

    def array(self, t, rows):
        values = [self.value(t) for _ in range(rows)]
        if pa.types.is_null(t):
            return pa.nulls(rows)
        if pa.types.is_dictionary(t) or not (pa.types.is_nested(t)):
            if pa.types.is_dictionary(t):
                return pa.array(values, t.value_type).dictionary_encode().cast(t)
            if pa.types.is_date(t):
                return pa.array(values, pa.int32() if t.bit_width == 32 else pa.int64()).cast(t)
        if t.equals(pa.float16()):
            return pa.array([None if v is None else __import__("numpy").float16(v) for v in values], t)
        if not pa.types.is_nested(t):
            return pa.array(values, t)
        # Arrays of children are made one by one, so that every type can be inside every other.
        mask = pa.array([v is None for v in values], pa.bool_())
        if pa.types.is_struct(t):
            if t.num_fields == 0:
                return pa.array([None if v is None else {} for v in values], t)
            return pa.StructArray.from_arrays([self.array(t.field(i).type, rows) for i in range(t.num_fields)], fields=list(t), mask=mask)
        if pa.types.is_fixed_size_list(t):
            return pa.FixedSizeListArray.from_arrays(self.array(t.value_type, rows * t.list_size), type=t, mask=mask) if t.list_size else pa.array([None if v is None else [] for v in values], t)
        lengths = [0 if v is None else len(v) for v in values]
        offsets = [0]
        for n in lengths:
            offsets.append(offsets[-1] + n)
        if pa.types.is_map(t):
            return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), pa.array([f"k{i}" for i in range(offsets[-1])], pa.string()), self.array(t.item_type, offsets[-1]), type=t, mask=mask)
        if pa.types.is_large_list(t):
            return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), self.array(t.value_type, offsets[-1]), type=t, mask=mask)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), self.array(t.value_type, offsets[-1]), type=t, mask=mask)

    def write(self, path):
        r = self.random
        types = [self.type() for _ in range(r.randrange(1, 6))]
        fields = [pa.field(r.choice(["a", "b", "label", "ü"]) + str(i), t) for i, t in enumerate(types)]
        if r.random() < 0.2:
            fields.append(pa.field("point", Point()))
        metadata = {"huggingface": '{"info": {}}', "ключ": "\0"} if r.random() < 0.3 else None
        schema = pa.schema(fields, metadata)
        batches = []
        for _ in range(r.randrange(0, 4)):
            rows, skip = r.choice([0, 1, 3, 9, 17]), r.choice([0, 0, 3])
            columns = []
            for f in fields:
                if isinstance(f.type, Point):
                    columns.append(pa.ExtensionArray.from_storage(f.type, self.array(f.type.storage_type, rows + skip)))
                else:
                    columns.append(self.array(f.type, rows + skip))
            batches.append(pa.record_batch(columns, schema=schema).slice(skip))
        file = r.random() < 0.4
        options = pa.ipc.IpcWriteOptions(
            metadata_version=pa.ipc.MetadataVersion.V4 if r.random() < 0.2 else pa.ipc.MetadataVersion.V5, use_legacy_format=not file and r.random() < 0.1,
            compression="zstd" if r.random() < 0.2 else None, emit_dictionary_deltas=r.random() < 0.5, unify_dictionaries=file,
        )
        table = pa.Table.from_batches(batches, schema)
        with (pa.ipc.new_file if file else pa.ipc.new_stream)(path, schema, options=options) as writer:
            if file:
                writer.write_table(table)
            else:
                for batch in batches:
                    writer.write_batch(batch)
        pathlib.Path(path).with_suffix(".txt").write_text(describe(table))


def bad(folder):
    """Files that are refused: what is not supported, and what is damaged."""
    table = pa.table({"text": ["a", "b" * 100, None], "n": [1, 2, 3]})

    def write(name, table, file=False, **options):
        with (pa.ipc.new_file if file else pa.ipc.new_stream)(str(folder / name), table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
            writer.write_table(table)
        return (folder / name).read_bytes()

    write("lz4.arrow", table, compression="lz4")
    write("listview.arrow", pa.table({"v": pa.array([[1]], pa.list_view(pa.int64()))}))
    write("union.arrow", pa.table({"u": pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])])}))
    write("runend.arrow", pa.table({"r": pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array(["a"]))}))
    stream = write("stream.arrow", table)
    (folder / "cut.arrow").write_bytes(stream[: len(stream) // 2])
    (folder / "stream.arrow").unlink()
    file = write("file.arrow", table, file=True)
    (folder / "cutfile.arrow").write_bytes(file[:-20])
    (folder / "file.arrow").unlink()


def views(folder):
    """Views, which are described as the texts that they show."""
    texts = ["", "a", None, "twelve bytes", "thirteen byte", "é" * 40, "x" * 300, None, "y" * 300, "a"]
    plain = pa.table({"s": texts, "b": pa.array([None if t is None else t.encode() for t in texts]), "l": pa.array([[t, None] for t in texts])})
    view = pa.table({
        "s": plain["s"].cast(pa.string_view()), "b": plain["b"].cast(pa.binary_view()),
        "l": pa.ListArray.from_arrays(plain["l"].chunk(0).offsets, plain["l"].chunk(0).values.cast(pa.string_view())),
    })
    for name, options in (("stream", {}), ("zstd", {"compression": "zstd"})):
        with (pa.ipc.new_file if options else pa.ipc.new_stream)(str(folder / f"{name}.arrow"), view.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
            for start in (0, 3):
                writer.write_table(view.slice(start).combine_chunks())
        (folder / f"{name}.txt").write_text(describe(pa.concat_tables([plain, plain.slice(3)])))


if __name__ == "__main__":
    here = pathlib.Path(__file__).parent / "arrow"
    if len(sys.argv) == 1:
        here.mkdir(exist_ok=True)
        (here / "bad").mkdir(exist_ok=True)
        for seed in range(24):
            Maker(seed).write(str(here / f"{seed:02}.arrow"))
        bad(here / "bad")
        (here / "views").mkdir(exist_ok=True)
        views(here / "views")
    elif sys.argv[2] == "check":
        wrong = count = 0
        for path in sorted(pathlib.Path(sys.argv[1]).glob("*.rewritten")):
            count += 1
            with pa.ipc.open_stream(pa.memory_map(str(path))) as reader:
                table = reader.read_all()
            table.validate(full=True)
            if describe(table) != path.with_suffix(".txt").read_text():
                wrong += 1
                print("differs:", path)
        print(f"{count} rewritten files, {wrong} differ")
    else:
        folder = pathlib.Path(sys.argv[1])
        folder.mkdir(exist_ok=True)
        for seed in range(int(sys.argv[2])):
            Maker(1000 + seed).write(str(folder / f"{seed:04}.arrow"))
