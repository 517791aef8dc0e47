#!/bin/sh
# Fuzzes the Parquet reader: Tests/Fuzz/run-parquet.sh [SECONDS], by default 600.
# What is found stays as .build/fuzz/parquet-found/crash-…; to keep a find, shrink it (the program with
# -minimize_crash=1) and put it, as .parquet, into
# Tests/TorchTextTests/Fixtures/parquet/bad, with what is to be said of it in ParquetTests.refusals.
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
# What Swift initializes once and keeps in the bits of an enumeration looks like a leak.
export ASAN_OPTIONS=detect_leaks=0
fuzz parquet parquet "$seconds" -malloc_limit_mb=256 -timeout=10 -max_len=16384
