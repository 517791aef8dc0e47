#!/bin/sh
# Fuzzes the Parquet reader: Tests/Fuzz/run-parquet.sh [SECONDS]. The default is 600 seconds.
# Finds go to .build/fuzz/parquet-found/crash-…. To keep a find, shrink it (run the program with -minimize_crash=1), put
# it, as .parquet, into Tests/TorchTextTests/Fixtures/parquet/bad, and add the expected message to
# ParquetTests.refusals.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
. Tests/Fuzz/build.sh
module TorchFiles Torch
module TorchText Torch TorchFiles
fuzzer parquet

corpus=$build/parquet-corpus
mkdir -p "$corpus"
for folder in . bad; do
    for input in Tests/TorchTextTests/Fixtures/parquet/$folder/*.parquet; do
        if [ -f "$input" ]; then cp "$input" "$corpus/$folder-$(basename "$input")"; fi
    done
done
# The leak checker reports values that Swift initializes once and stores in the bits of an enum.
export ASAN_OPTIONS=detect_leaks=0
fuzz parquet parquet "$seconds" -malloc_limit_mb=256 -timeout=10 -max_len=16384
