"""Compares the Parquet files that the test `filesForPyarrow` has left in a folder with the Arrow streams beside them, as pyarrow reads both: check_written.py FOLDER. Needs `pip install datasets`."""
import pathlib
import sys
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset, Features, disable_progress_bars

disable_progress_bars()


def stored(t):
    """The type that Arrow's own writer leaves: no seconds, no dates in milliseconds."""
    if pa.types.is_time32(t):
        return pa.time32("ms")
    if pa.types.is_timestamp(t) and t.unit == "s":
        return pa.timestamp("ms", t.tz)
    if pa.types.is_date64(t):
        return pa.date32()
    if pa.types.is_fixed_size_list(t):
        return pa.list_(stored(t.value_type), t.list_size)
    if pa.types.is_large_list(t):
        return pa.large_list(stored(t.value_type))
    if pa.types.is_list(t):
        return pa.list_(stored(t.value_type))
    if pa.types.is_struct(t):
        return pa.struct([(f.name, stored(f.type)) for f in t])
    return t


def same(a, b):
    """Equal, where a NaN is equal to a NaN."""
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and same(list(a.values()), list(b.values()))
    return a == b or a != a and b != b


wrong = count = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.parquet")):
    count += 1
    with pa.ipc.open_stream(str(path.with_suffix(".arrow"))) as reader:
        wanted = reader.read_all()
    found = pq.read_table(path)
    found.validate(full=True)
    types = [stored(f.type) for f in wanted.schema]
    if found.schema.names != wanted.schema.names or [f.type for f in found.schema] != types:
        wrong += 1
        print("types differ:", path, [str(f.type) for f in found.schema], [str(t) for t in types])
    elif not same(found.to_pylist(), wanted.to_pylist()):
        wrong += 1
        print("values differ:", path)
    if found.num_columns and found.num_rows:
        features = Features.from_arrow_schema(pa.schema(list(zip(wanted.schema.names, types)), wanted.schema.metadata if types == wanted.schema.types else None))
        if Dataset.from_parquet(str(path), cache_dir=tempfile.mkdtemp()).features != features:
            wrong += 1
            print("features differ:", path)
print(f"{count} files, {wrong} differ")
