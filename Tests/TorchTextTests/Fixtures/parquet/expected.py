"""The values of a Parquet file as pyarrow reads them, in the exact text that ValueText.swift gives: a line for the types of the columns where they do not depend on what
pyarrow left in the file for itself, then a line for each row."""

import re
import struct

import pyarrow as pa
import pyarrow.parquet as pq

UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}


def quoted(text):
    return '"' + "".join("\\" + c if c in '"\\' else f"\\u{ord(c):04x}" if ord(c) < 0x20 else c for c in text) + '"'


def double(number):
    return "d:nan" if number != number else f"d:{struct.unpack('>Q', struct.pack('>d', number))[0]:016x}"


def texts(array):
    """A text for each value."""
    t = array.type
    if isinstance(t, pa.BaseExtensionType):
        return texts(array.storage)
    if pa.types.is_dictionary(t):
        return texts(array.dictionary_decode())
    valid = array.is_valid().to_pylist()
    if pa.types.is_null(t):
        return ["null"] * len(array)
    if pa.types.is_struct(t):
        columns = [(field.name, texts(array.field(i))) for i, field in enumerate(t)]
        found = ["{" + ",".join(f"{name}:{column[i]}" for name, column in columns) + "}" for i in range(len(array))]
    elif pa.types.is_map(t):
        keys, items, offsets = texts(array.keys), texts(array.items), array.offsets.to_pylist()
        names = t.key_field.name, t.item_field.name
        pairs = [f"{{{names[0]}:{key},{names[1]}:{item}}}" for key, item in zip(keys, items)]
        found = ["[" + ",".join(pairs[a:b]) + "]" for a, b in zip(offsets, offsets[1:])]
    elif pa.types.is_fixed_size_list(t):
        values, n = texts(array.values), t.list_size
        found = ["[" + ",".join(values[(i + array.offset) * n:(i + array.offset + 1) * n]) + "]" for i in range(len(array))]
    elif pa.types.is_list(t) or pa.types.is_large_list(t):
        values, offsets = texts(array.values), array.offsets.to_pylist()
        found = ["[" + ",".join(values[a:b]) + "]" for a, b in zip(offsets, offsets[1:])]
    elif pa.types.is_boolean(t):
        found = ["true" if value else "false" for value in array.to_pylist()]
    elif pa.types.is_floating(t):
        found = [double(float(0 if value is None else value)) for value in array.to_pylist()]
    elif pa.types.is_date32(t):
        found = [f"date:{value}" for value in array.view(pa.int32()).to_pylist()]
    elif pa.types.is_date64(t):
        found = [f"date:{(value or 0) // 86400000}" for value in array.view(pa.int64()).to_pylist()]
    elif pa.types.is_time(t) or pa.types.is_timestamp(t) or pa.types.is_duration(t):
        kind = "time" if pa.types.is_time(t) else "timestamp" if pa.types.is_timestamp(t) else "duration"
        zone = "," + (t.tz or "") if kind == "timestamp" else ""
        numbers = array.view(pa.int32() if t.bit_width == 32 else pa.int64()).to_pylist()
        found = [f"{kind}[{UNITS[t.unit]}{zone}]:{number}" for number in numbers]
    elif pa.types.is_decimal(t):
        found = [f"decimal:{0 if value is None else value:f}" for value in array.to_pylist()]
    elif pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_string_view(t):
        found = [quoted(value or "") for value in array.to_pylist()]
    elif pa.types.is_binary(t) or pa.types.is_large_binary(t) or pa.types.is_fixed_size_binary(t) or pa.types.is_binary_view(t):
        found = [f"b:{(value or b'').hex()}" for value in array.to_pylist()]
    else:
        found = [str(value) for value in array.to_pylist()]
    return [text if is_valid else "null" for text, is_valid in zip(found, valid)]


def lines(path):
    table = pq.ParquetFile(path).read()
    columns = [[text for chunk in column.chunks for text in texts(chunk)] for column in table.columns]
    if b"ARROW:schema" in (pq.ParquetFile(path).metadata.metadata or {}):
        yield "-"
    else:
        # pyarrow names the field of a map's values where its name is not "value".
        kinds = (field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type for field in table.schema)
        types = (re.sub(r" \('[^']*'\)", "", str(kind)) for kind in kinds)
        yield "; ".join(f"{field.name}: {kind}{'' if field.nullable else ' not null'}" for field, kind in zip(table.schema, types))
    for row in zip(*columns):
        yield " | ".join(row)


def write(path):
    with open(f"{path}.expected", "w", encoding="utf-8", newline="\n") as file:
        for line in lines(path):
            file.write(line + "\n")
