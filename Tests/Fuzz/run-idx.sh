#!/bin/sh
# Fuzzes the IDX reader, plain and gzipped: Tests/Fuzz/run-idx.sh [SECONDS]. The default is 600 seconds.
# Finds go to .build/fuzz/idx-found/crash-….
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
. Tests/Fuzz/build.sh
module TorchFiles Torch
module TorchVision Torch TorchFiles
fuzzer idx

# Seeds: two dimensions of uint8, one dimension of each other type, no dimension, and some of them gzipped.
corpus=$build/idx-corpus
mkdir -p "$corpus"
printf '\0\0\010\002\0\0\0\002\0\0\0\002abcd' > "$corpus/bytes"
printf '\0\0\011\001\0\0\0\001a' > "$corpus/int8"
printf '\0\0\013\001\0\0\0\001ab' > "$corpus/int16"
printf '\0\0\014\001\0\0\0\001abcd' > "$corpus/int32"
printf '\0\0\015\001\0\0\0\001abcd' > "$corpus/float32"
printf '\0\0\016\001\0\0\0\001abcdefgh' > "$corpus/float64"
printf '\0\0\010\0a' > "$corpus/scalar"
for seed in bytes int16 float64; do gzip -c "$corpus/$seed" > "$corpus/$seed.gz"; done
fuzz idx idx "$seconds" -malloc_limit_mb=256 -timeout=10
