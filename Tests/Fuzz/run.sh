#!/bin/sh
# Fuzzes the readers of Torch, one after the other: Tests/Fuzz/run.sh [SECONDS] [READER…]. The default is 600 seconds
# each for pth, pickle, record (a pickle of arrays, as in CIFAR), safetensors, npy and npz.
# Finds go to .build/fuzz/READER-found/crash-…. To keep a find, shrink it (run the program with -minimize_crash=1) and
# put it, with the reader's extension, into Tests/TorchTests/Fixtures/serialization/fuzz. A test reads that folder.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
[ $# -gt 0 ] && shift
readers=${*:-pth pickle record safetensors npy npz}
fixtures=Tests/TorchTests/Fixtures/serialization
. Tests/Fuzz/build.sh
fuzzer checkpoint

for reader in $readers; do
    corpus=$build/$reader-corpus
    mkdir -p "$corpus"
    # A find of the reader `pickle` is kept as a .pkl. Its seeds are the pickles inside the checkpoints, because a
    # checksum protects them there.
    ending=$reader
    [ "$reader" = pickle ] && ending=pkl
    for folder in . bad odd fuzz; do
        for input in "$fixtures/$folder"/*."$ending"; do
            if [ -f "$input" ]; then cp "$input" "$corpus/$folder-$(basename "$input")"; fi
        done
    done
    if [ "$reader" = pickle ]; then
        python3 - "$fixtures" "$corpus" <<'END'
import pathlib, sys, zipfile
fixtures, corpus = map(pathlib.Path, sys.argv[1:])
for path in fixtures.glob("**/*.pth"):
    try:
        with zipfile.ZipFile(path) as z:
            name = next(n for n in z.namelist() if n.endswith("/data.pkl"))
            (corpus / f"{path.parent.name}-{path.stem}.pkl").write_bytes(z.read(name))
    except (zipfile.BadZipFile, NotImplementedError, StopIteration, ValueError, OSError):
        pass
END
    fi
    words=$reader
    if [ "$reader" = record ]; then
        words=pickle
        python3 - "$corpus" <<'END'
import pathlib, sys
array = b"cnumpy.core.multiarray\n_reconstruct\nq\1cnumpy\nndarray\nq\2K\0\x85U\1b\x87Rq\3(K\1K\2K\3\x86cnumpy\ndtype\nq\4U\2u1K\0K\1\x87Rq\5(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89U\6abcde\xfftb"
(pathlib.Path(sys.argv[1]) / "batch").write_bytes(b"\x80\2}q\6(U\6labels]q\7(K\1M\0\1eU\5names]q\x08(U\1aU\1beU\4data" + array + b"u.")
END
    fi
    fuzz checkpoint "$reader" "$seconds" -malloc_limit_mb=1536 -timeout=60 -max_len=65536 -dict=Tests/Fuzz/"$words".dict
done
