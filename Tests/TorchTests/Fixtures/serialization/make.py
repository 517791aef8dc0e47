"""Makes the files of this folder with PyTorch, safetensors and NumPy (written with torch 2.15.0, safetensors 0.8.0, numpy 2.4.6).

    python make.py          makes them
    python make.py check    lets PyTorch read `written.pth`, which a Swift test compares with what it writes (and makes anew where it is missing)
"""

import collections
import io
import json
import os
import struct
import sys
import warnings
import zipfile
import zlib

import numpy as np
import torch
from safetensors.torch import save_file

here = os.path.dirname(os.path.abspath(__file__))


def path(name):
    full = os.path.join(here, name)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


DTYPES = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64,
          torch.complex128, torch.complex32, torch.uint16, torch.uint32, torch.uint64, torch.float8_e4m3fn, torch.float8_e5m2]

SAFETENSORS_LACKS = [torch.complex128, torch.complex32]

NUMPY_LACKS = [torch.bfloat16, torch.complex32, torch.float8_e4m3fn, torch.float8_e5m2]


def values(dtype):
    x = torch.tensor([[0, 1, 2], [3, 4, 125]])
    if dtype.is_complex:
        return torch.complex(x - 3.0, x + 0.5).to(dtype)
    return x.to(dtype) if not dtype.is_signed or dtype == torch.bool else (x - 3).to(dtype)


def sparse():
    indices, empty = [[0, 1, 1], [2, 0, 2]], torch.sparse_coo_tensor((2, 3))
    coo = torch.sparse_coo_tensor(indices, [3.0, 4.0, 5.0], (2, 3))
    hybrid = torch.sparse_coo_tensor(indices, torch.arange(6.0, dtype=torch.float64).view(3, 2), (2, 3, 2))
    return collections.OrderedDict(coo=coo, coalesced=coo.coalesce(), twice=torch.sparse_coo_tensor([[1, 1]], [1, 2], (4,)), hybrid=hybrid,
                                   csr=coo.to_sparse_csr(), empty=empty)


def model():
    m = torch.nn.Sequential(collections.OrderedDict(fc=torch.nn.Linear(3, 2), norm=torch.nn.BatchNorm1d(2)))
    with torch.no_grad():
        m.fc.weight.copy_(torch.arange(6).view(2, 3) * 0.5)
        m.fc.bias.copy_(torch.tensor([-1.0, 1.0]))
    return m


def optimizer_state():
    m = model()
    opt = torch.optim.Adam(m.parameters(), lr=0.01)
    for p in m.parameters():
        p.grad = torch.full_like(p, 2.0)
    opt.step()
    return opt.state_dict()


def views():
    base = torch.arange(12.0)
    matrix = base.view(3, 4)
    return {"base": base, "row": matrix[1], "column": matrix[:, 2], "transposed": matrix.t(), "expanded": base[5].expand(2, 3), "again": base, "empty": base[12:]}


def checkpoint():
    return {
        "epoch": 7, "loss": 0.125, "best": True, "scheduler": None, "name": "été", "raw": b"\x00\xff\x80", "nothing": b"", "big": 2**70, "negative": -(2**63), "beyond": 2**63,
        "minus": -(2**100), "numbers": [1, -1, 255, 256, 65536, -300, 2**31, 2**40], "pair": (0.5, "x"), "triple": (1, 2, 3), "four": (1, 2, 3, 4), "none": (), "lists": [[], [[]], {}],
        "set": {3}, "size": torch.Size([2, 3]), "dtype": torch.float16, "device": torch.device("cpu"), "cuda": torch.device("cuda", 1), "counter": collections.Counter("aab"),
        "ordered": collections.OrderedDict([("b", 1), ("a", 2)]), 5: "five", (1, "k"): "tuple key", "model": model().state_dict(), "optimizer": optimizer_state(),
    }


def pickled_zip(name, pickle, records=(), folder="archive", compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path(name), "w", compression) as z:
        for key, data in [("data.pkl", pickle), ("version", b"3\n"), *records]:
            z.writestr(zipfile.ZipInfo(f"{folder}/{key}"), data, compression)


def tensor_pickle(storage=b"ctorch\nFloatStorage\n", key=b"0", count=b"K\x04", offset=b"K\x00", size=b"K\x04\x85", stride=b"K\x01\x85"):
    text = lambda s: b"X" + struct.pack("<I", len(s)) + s
    return (b"\x80\x02}" + text(b"w") + b"ctorch._utils\n_rebuild_tensor_v2\n((" + text(b"storage") + storage + text(key) + text(b"cpu") + count + b"tQ"
            + offset + size + stride + b"\x89ccollections\nOrderedDict\n)RtRs.")


def big(n):
    return b"\x8a\x08" + struct.pack("<q", n)


def compressed_with_sizes(name, tensor, old, new, count):
    """Saves a compressed sparse tensor, and changes sizes in its pickle, because PyTorch cannot make such a tensor."""
    data = io.BytesIO()
    torch.save({"w": tensor}, data)
    with zipfile.ZipFile(data) as z:
        folder = z.namelist()[0].split("/")[0]
        pickle = z.read(f"{folder}/data.pkl")
        records = [(f"data/{k}", z.read(f"{folder}/data/{k}")) for k in range(3)]
    assert pickle.count(old) == count, (name, pickle)
    pickled_zip(name, pickle.replace(old, new), records)


def compressed_rows(batch, columns):
    return torch.sparse_csr_tensor(torch.zeros(*batch, 1, dtype=torch.int64), torch.zeros(*batch, 0, dtype=torch.int64),
                                   torch.zeros(*batch, 0), (*batch, 0, columns))


def make_pth():
    torch.save(model().state_dict(), path("state_dict.pth"))
    torch.save({str(d): values(d) for d in DTYPES}, path("dtypes.pth"))
    torch.save(views(), path("views.pth"))
    torch.save(checkpoint(), path("checkpoint.pth"))
    parameter = torch.nn.Parameter(torch.ones(2))
    attributed = torch.nn.Parameter(torch.zeros(2))
    attributed.note = "kept by Python"
    torch.save({"parameter": parameter, "fixed": torch.nn.Parameter(torch.ones(2), requires_grad=False), "attributed": attributed,
                "buffer": torch.nn.Buffer(torch.ones(1)), "leaf": torch.ones(1, requires_grad=True)}, path("parameters.pth"))
    torch.save(views(), path("legacy.pth"), _use_new_zipfile_serialization=False)
    torch.save(checkpoint(), path("legacy_checkpoint.pth"), _use_new_zipfile_serialization=False)
    # _rebuild_tensor, which the first versions used.
    v1 = tensor_pickle().replace(b"_rebuild_tensor_v2", b"_rebuild_tensor").replace(b"\x89ccollections\nOrderedDict\n)R", b"")
    pickled_zip("rebuild_v1.pth", v1, [("data/0", struct.pack("<4f", 1, 2, 3, 4))])
    pickled_zip("deflated.pth", tensor_pickle(), [("data/0", struct.pack("<4f", 1, 2, 3, 4))], compression=zipfile.ZIP_DEFLATED)
    pickled_zip("big_endian.pth", tensor_pickle(), [("byteorder", b"big"), ("data/0", struct.pack(">4f", 1, 2, 3, 4))])
    # A bool that is neither 0 nor 1.
    torch.save(sparse(), path("sparse.pth"))
    # A batch of 2^40 times 2^40 times 0 matrices.
    compressed_with_sizes("sparse_batches.pth", compressed_rows((5, 3, 0), 0), b"(K\x05K\x03", b"(" + big(2**40) * 2, 4)
    pickled_zip("odd_bool.pth", tensor_pickle(storage=b"ctorch\nBoolStorage\n"), [("data/0", b"\x00\x01\x02\xff")])


def make_bad_pth():
    torch.save({"w": torch.ones(2, dtype=torch.float8_e8m0fnu)}, path("bad/float8.pth"))
    torch.save({"w": torch.sparse_coo_tensor([[0, 5], [0, 1]], [1.0, 2.0], (2, 2), check_invariants=False)}, path("bad/sparse.pth"))
    # 2^63 - 1 rows and no column.
    compressed_with_sizes("bad/sparse_rows.pth", compressed_rows((), 0), b"K\x00K\x00\x86", big(2**63 - 1) + b"K\x00\x86", 1)
    torch.save({"w": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}, path("bad/quantized.pth"))
    torch.save({"w": torch.zeros(2)}, path("bad/protocol4.pth"), pickle_protocol=4)
    torch.save(model(), path("bad/whole_module.pth"))
    torch.save(torch.zeros(2, device="meta"), path("bad/meta.pth"))
    torch.save({"w": np.float64(3)}, path("bad/numpy_scalar.pth"))
    torch.save({"w": 1j}, path("bad/complex_number.pth"))
    four = ("data/0", struct.pack("<4f", 1, 2, 3, 4))
    pickled_zip("bad/evil.pth", b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.")
    pickled_zip("bad/getattr.pth", b"\x80\x02c__builtin__\ngetattr\n.")
    pickled_zip("bad/opcode.pth", b"\x80\x02I1\n.")
    pickled_zip("bad/no_stop.pth", b"\x80\x02}")
    pickled_zip("bad/empty_stack.pth", b"\x80\x02.")
    pickled_zip("bad/memo.pth", b"\x80\x02h\x05.")
    pickled_zip("bad/cycle.pth", b"\x80\x02]q\x00h\x00a.")
    pickled_zip("bad/deep.pth", b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".", compression=zipfile.ZIP_DEFLATED)
    laughs = b"\x80\x02(]q\x00" + b"".join(b"](" + b"h" + bytes([i]) + b"h" + bytes([i]) + b"eq" + bytes([i + 1]) for i in range(60)) + b"t."
    pickled_zip("bad/laughs.pth", laughs)
    pickled_zip("bad/long_string.pth", b"\x80\x02X\xff\xff\xff\xffab.")
    pickled_zip("bad/missing_storage.pth", tensor_pickle())
    pickled_zip("bad/short_storage.pth", tensor_pickle(count=b"K\x05"), [four])
    pickled_zip("bad/long_storage.pth", tensor_pickle(count=b"K\x02", size=b"K\x02\x85"), [four])
    pickled_zip("bad/huge_storage.pth", tensor_pickle(count=big(2**62)), [four])
    pickled_zip("bad/negative_storage.pth", tensor_pickle(count=big(-4)), [four])
    pickled_zip("bad/size_out_of_range.pth", tensor_pickle(size=b"K\x05\x85"), [four])
    pickled_zip("bad/offset_out_of_range.pth", tensor_pickle(offset=b"K\x01"), [four])
    pickled_zip("bad/negative_offset.pth", tensor_pickle(offset=big(-1)), [four])
    pickled_zip("bad/huge_offset.pth", tensor_pickle(offset=big(2**63 - 1)), [four])
    pickled_zip("bad/negative_size.pth", tensor_pickle(size=big(-4) + b"\x85"), [four])
    pickled_zip("bad/negative_stride.pth", tensor_pickle(stride=big(-1) + b"\x85"), [four])
    pickled_zip("bad/huge_stride.pth", tensor_pickle(size=b"K\x01\x85", stride=big(2**63 - 1) + b"\x85"), [four])
    pickled_zip("bad/overflowing_sizes.pth", tensor_pickle(size=big(2**62) + big(2**62) + b"\x86", stride=b"K\x00K\x00\x86"), [four])
    pickled_zip("bad/ranks_differ.pth", tensor_pickle(stride=b"K\x01K\x01\x86"), [four])
    pickled_zip("bad/many_dimensions.pth", tensor_pickle(size=b"(" + b"K\x01" * 65 + b"t", stride=b"(" + b"K\x01" * 65 + b"t"), [four])
    pickled_zip("bad/integer_gradient.pth", tensor_pickle(storage=b"ctorch\nIntStorage\n").replace(b"\x89cco", b"\x88cco"), [four])
    pickled_zip("bad/version.pth", tensor_pickle(), [four, ("x", b"")])
    data = open(path("bad/version.pth"), "rb").read().replace(b"3\n", b"99")
    data = data.replace(struct.pack("<I", zlib.crc32(b"3\n")), struct.pack("<I", zlib.crc32(b"99")))
    open(path("bad/version.pth"), "wb").write(data)
    pickled_zip("bad/byteorder.pth", tensor_pickle(), [four, ("byteorder", b"middle")])
    pickled_zip("bad/torchscript.pth", tensor_pickle(), [four, ("constants.pkl", b"\x80\x02).")])
    with zipfile.ZipFile(path("bad/no_pickle.pth"), "w") as z:
        z.writestr(zipfile.ZipInfo("readme.txt"), "hello")
    whole = open(path("state_dict.pth"), "rb").read()
    for name, data in {
        "empty": b"", "text": b"hello, world", "signature": b"PK\x03\x04", "cut_short": whole[: len(whole) // 2], "cut_at_end": whole[:-1], "prefix": b"x" + whole,
        "legacy_cut": open(path("legacy.pth"), "rb").read()[:-5], "legacy_magic": b"\x80\x02K\x01.", "legacy_tar": b"storages" + b"\0" * 600,
    }.items():
        open(path(f"bad/{name}.pth"), "wb").write(data)
    pickled_zip("good.tmp", tensor_pickle(), [four])
    good = open(path("good.tmp"), "rb").read()
    os.remove(path("good.tmp"))
    at = good.index(struct.pack("<4f", 1, 2, 3, 4))
    open(path("bad/checksum.pth"), "wb").write(good[:at] + b"\xff" + good[at + 1 :])
    directory = good.index(b"PK\x01\x02")
    third = good.index(b"PK\x01\x02", good.index(b"PK\x01\x02", directory + 1) + 1)
    # Both entries are said to lie at the same place; names that are the same; sizes that lie.
    open(path("bad/overlap.pth"), "wb").write(good[: third + 42] + struct.pack("<I", 0) + good[third + 46 :])
    open(path("bad/lying_size.pth"), "wb").write(good[: third + 20] + struct.pack("<II", 2**31, 2**31) + good[third + 28 :])
    open(path("bad/lying_expansion.pth"), "wb").write(good[: third + 10] + b"\x08\0" + good[third + 12 : third + 24] + struct.pack("<I", 2**31) + good[third + 28 :])
    open(path("bad/method.pth"), "wb").write(good[: third + 10] + b"\x0c\0" + good[third + 12 :])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pickled_zip("bad/duplicate.pth", tensor_pickle(), [four, four])
    # 5 KB that would fill 200 MB of memory.
    # 4 KB of four million dictionaries.
    pickled_zip("bad/dicts.pth", b"\x80\x02(" + b"}" * 4_000_000 + b"t.", compression=zipfile.ZIP_DEFLATED)
    pickled_zip("bad/bomb.pth", b"\x80\x02(" + b"N" * 5_000_000 + b"t.", compression=zipfile.ZIP_DEFLATED)


def make_safetensors():
    tensors = {f"{i}.{str(d)[6:]}": values(d).contiguous() for i, d in enumerate(DTYPES) if d not in SAFETENSORS_LACKS}
    tensors["scalar"] = torch.tensor(2.5)
    tensors["empty"] = torch.zeros(0, 3)
    tensors['quoted " \\ \n é'] = torch.ones(1)
    save_file(tensors, path("all.safetensors"), metadata={"format": "pt"})
    save_file({"w": torch.ones(2, dtype=torch.float8_e8m0fnu)}, path("bad/float8.safetensors"))

    def bad(name, header, data=b"\0" * 16):
        header = header if isinstance(header, bytes) else json.dumps(header).encode()
        open(path(f"bad/{name}.safetensors"), "wb").write(struct.pack("<Q", len(header)) + header + data)

    f32 = lambda shape, a, b: {"dtype": "F32", "shape": shape, "data_offsets": [a, b]}
    open(path("bad/empty.safetensors"), "wb").write(b"")
    open(path("bad/huge_header.safetensors"), "wb").write(struct.pack("<Q", 2**63) + b"{}")
    open(path("bad/long_header.safetensors"), "wb").write(struct.pack("<Q", 1000) + b"{}")
    bad("no_json", b"{hello}", b"")
    bad("nested", b"{" + b'"a":{' * 1000, b"")
    bad("gap", {"a": f32([2], 0, 8), "b": f32([1], 12, 16)})
    bad("overlap", {"a": f32([2], 0, 8), "b": f32([3], 4, 16)})
    bad("left_over", {"a": f32([2], 0, 8)})
    bad("cut_short", {"a": f32([8], 0, 32)})
    bad("wrong_size", {"a": f32([3], 0, 16)})
    bad("backwards", {"a": f32([4], 16, 0)})
    bad("overflow", {"a": f32([2**62, 2**62], 0, 16)})
    bad("empty_overflow", {"a": f32([2**62, 2**62, 0], 0, 0)}, b"")
    bad("beyond_64_bits", b'{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,16]}}')
    bad("negative", {"a": f32([-4], 0, 16)})
    bad("float", {"a": f32([4.0], 0, 16)})
    bad("dtype", {"a": {"dtype": "X9", "shape": [4], "data_offsets": [0, 16]}})
    bad("missing_field", {"a": {"dtype": "F32", "shape": [4]}})
    bad("duplicate", b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}')
    bad("metadata", {"__metadata__": {"a": 1}, "a": f32([4], 0, 16)})
    bad("not_utf8", b'{"\xff":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}')
    bad("half_surrogate", b'{"\\ud800":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}')
    bad("behind", b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}} x')
    bad("many_dimensions", {"a": f32([1] * 65, 0, 4)}, b"\0" * 4)


def make_numpy():
    arrays = {str(d)[6:]: values(d).numpy() for d in DTYPES if d not in NUMPY_LACKS}
    arrays["scalar"] = np.array(2.5, dtype=np.float32)
    arrays["empty"] = np.zeros((0, 3), dtype=np.float32)
    arrays["vector"] = np.arange(5)
    arrays["fortran"] = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    for name, array in arrays.items():
        np.save(path(f"{name}.npy"), array)
    np.save(path("big_endian.npy"), np.arange(6).astype(">i4").reshape(2, 3))
    for version in [(2, 0), (3, 0)]:
        with open(path(f"version{version[0]}.npy"), "wb") as f:
            np.lib.format.write_array(f, np.arange(3.0), version=version)
    np.savez(path("stored.npz"), **arrays)
    np.savez_compressed(path("deflated.npz"), **arrays)

    def bad(name, header, data=b"\0" * 12, version=1):
        body = header.encode("latin1")
        length = struct.pack("<H" if version == 1 else "<I", len(body))
        open(path(f"bad/{name}.npy"), "wb").write(b"\x93NUMPY" + bytes([version, 0]) + length + body + data)

    good = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n"
    open(path("bad/empty.npy"), "wb").write(b"")
    open(path("bad/magic.npy"), "wb").write(b"\x93NUMPX\x01\x00\x02\x00{}")
    open(path("bad/long_header.npy"), "wb").write(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}")
    bad("version", good, version=9)
    bad("cut_short", good, b"\0" * 11)
    bad("overflow", good.replace("3,", "4611686018427387904, 4611686018427387904"))
    bad("empty_overflow", good.replace("3,", "4611686018427387904, 4611686018427387904, 0"), b"")
    bad("beyond_64_bits", good.replace("3,", "99999999999999999999,"))
    bad("negative", good.replace("3,", "-3,"))
    bad("call", good.replace("3,", "__import__('os').system('true'),"))
    bad("no_tuple", good.replace("(3,)", "(3)"))
    bad("missing", "{'descr': '<f4', 'fortran_order': False}\n")
    bad("unknown_key", good.replace("{", "{'x': '<f4', "))
    bad("object", good.replace("<f4", "|O"))
    bad("complex", good.replace("<f4", "<c4"))
    bad("unsigned", good.replace("<f4", "<u3"))
    bad("structured", good.replace("'<f4'", "[('a', '<f4')]"))
    bad("behind", good + "x")
    bad("many_dimensions", good.replace("3,", "1, " * 65), b"\0" * 4)
    np.savez(path("bad/bad_entry.npz"), a=np.zeros(2, dtype="U3"))
    with zipfile.ZipFile(path("bad/no_npy.npz"), "w") as z:
        z.writestr(zipfile.ZipInfo("a.txt"), "hello")
    whole = open(path("deflated.npz"), "rb").read()
    open(path("bad/cut_short.npz"), "wb").write(whole[:-30])
    at = whole.index(b"PK\x01\x02") - 20
    open(path("bad/damaged.npz"), "wb").write(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])


def make_odd():
    """Files that PyTorch, NumPy and safetensors read although something in them is odd."""
    names = {"\u00e9": 1, "e\u0301": 2, "\u00c5": 3, "\u212b": 4}
    torch.save({name: torch.full((n,), float(n)) for name, n in names.items()}, path("odd/names.pth"))
    save_file({name: torch.full((n,), float(n)) for name, n in names.items()}, path("odd/names.safetensors"), metadata={"\u00e9": "1", "e\u0301": "2"})
    np.savez(path("odd/names.npz"), **{name: np.full(n, float(n), dtype=np.float32) for name, n in names.items()})
    # Lazy conjugates and negatives share memory with what they are made of.
    z = torch.tensor([1 + 2j, 3 - 4j, 5 + 6j])
    bits = {"plain": z, "conj": z.conj(), "conj_tail": z.conj()[1:], "neg": torch._neg_view(z), "both": torch._neg_view(z).conj()}
    torch.save(bits, path("odd/bits.pth"))
    torch.save({"imag": z.conj().imag, "parameter": torch.nn.Parameter(torch.ones(2))}, path("odd/imag.pth"))
    torch.save(bits, path("odd/legacy_bits.pth"), _use_new_zipfile_serialization=False)
    torch.save({"w": torch.arange(3.0), "raw": b"\x00\xff", "n": 2**70}, path("odd/protocol3.pth"), pickle_protocol=3)
    torch.save({"w": torch.arange(3.0)}, path("odd/legacy_protocol3.pth"), pickle_protocol=3, _use_new_zipfile_serialization=False)
    storages = {"typed": torch.arange(3.0)._typed_storage(), "bytes": torch.tensor([1, 2], dtype=torch.int16).untyped_storage(), "half": torch.ones(2).half()}
    torch.save(storages, path("odd/storages.pth"))
    # PyTorch reads no storage of bytes from the old format.
    del storages["bytes"]
    torch.save(storages, path("odd/legacy_storages.pth"), _use_new_zipfile_serialization=False)
    deep = []
    for _ in range(496):
        deep = [deep]
    torch.save(deep, path("odd/deep.pth"))
    with open(path("odd/two.npy"), "wb") as f:
        np.save(f, np.arange(3.0))
        np.save(f, np.arange(2.0))

    def array(a):
        data = io.BytesIO()
        np.save(data, a)
        return data.getvalue()

    a, b = array(np.arange(3.0)), array(np.arange(2.0))
    members = [
        ("readme.txt", b"hello"), ("a.npy", a), ("format.npy", array(np.array("csr"))), ("object.npy", array(np.array([{}], dtype=object))), ("b.npy", b), ("bare", a),
        ("folder/", b""), ("folder/c.npy", b), ("false.npy", b"no array"), ("fields.npy", array(np.zeros(2, dtype=[("x", "<f4")]))), ("none.npy", b""), ("behind.npy", b + a),
    ]
    archive("odd/members.npz", members)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive("odd/twice.npz", [("a.npy", a), ("b.npy", b), ("a.npy", b)])
    archive("odd/cut.npz", [("a.npy", a[:-3]), ("b.npy", b)])
    with zipfile.ZipFile(path("odd/method.npz"), "w") as z:
        z.writestr(zipfile.ZipInfo("a.npy"), a, zipfile.ZIP_BZIP2)
        z.writestr(zipfile.ZipInfo("b.npy"), b)
    # A name in the PC's old code page, as zip programs without Unicode write it.
    archive("odd/code_page.npz", [("x1.npy", a), ("b.npy", b)])
    data = open(path("odd/code_page.npz"), "rb").read().replace(b"x1.npy", b"\x82\xe1.npy")
    open(path("odd/code_page.npz"), "wb").write(data)
    assert list(np.load(path("odd/code_page.npz"))) == ["\u00e9\u00df", "b"]


def archive(name, members):
    with zipfile.ZipFile(path(name), "w") as z:
        for member, data in members:
            z.writestr(zipfile.ZipInfo(member), data)


def check():
    written = torch.load(path("written.pth"), weights_only=True)
    state = written["model"]
    assert type(state) is collections.OrderedDict and list(state) == ["fc.weight", "fc.bias"]
    assert torch.equal(state["fc.weight"], torch.arange(6.0).view(2, 3) / 2) and torch.equal(state["fc.bias"], torch.tensor([-1.0, 1.0]))
    for d in DTYPES:
        t = written["dtypes"][str(d)]
        # complex32 has no comparison.
        comparable = torch.complex64 if d == torch.complex32 else torch.float32 if d.itemsize == 1 and d.is_floating_point else d
        assert t.dtype == d and torch.equal(t.to(comparable), values(d).to(comparable)), d
    v = views()
    for name, t in written["views"].items():
        assert torch.equal(t, v[name]) and t.stride() == v[name].stride() and t.storage_offset() == v[name].storage_offset(), name
    assert len({t.untyped_storage().data_ptr() for t in written["views"].values()}) == 1
    assert written["parameter"].requires_grad and not written["parameter"].grad_fn
    expected = checkpoint()
    for name in ["epoch", "loss", "best", "scheduler", "name", "raw", "nothing", "big", "negative", "minus", "numbers", "pair", "triple", "four", "none", "lists", "set", "size", "dtype",
                 "device", "cuda", 5, (1, "k")]:
        got = written["values"][name]
        assert got == expected[name] and type(got) is type(expected[name]), name
    found, meant = torch.load(path("written_sparse.pth"), weights_only=True), sparse()
    assert list(found) == list(meant)
    for name, t in found.items():
        assert t.layout == meant[name].layout and t.dtype == meant[name].dtype and str(t) == str(meant[name]), name
        assert t.layout != torch.sparse_coo or t.is_coalesced() == meant[name].is_coalesced(), name
    print("written.pth, written_sparse.pth: PyTorch", torch.__version__, "reads what was meant")


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        check()
    else:
        make_pth()
        make_bad_pth()
        make_safetensors()
        make_numpy()
        make_odd()
