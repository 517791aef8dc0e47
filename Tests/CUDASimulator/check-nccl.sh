#!/usr/bin/env bash
# Checks that the simulated NCCL finds mistakes (nccl-mistakes.cpp): Tests/CUDASimulator/check-nccl.sh BUILD.
set -euo pipefail
build=$(realpath -m "$1")
cd "$(dirname "$0")"
folder=$(./build.sh "$build")
program=$(mktemp)
trap 'rm -f "$program"' EXIT
clang++ -std=c++17 -Wall -I api nccl-mistakes.cpp -fuse-ld=lld "$folder/lib/libnccl.so.2" "$folder/lib/libcuda.so.1" \
    -o "$program"
LD_LIBRARY_PATH=$folder/lib "$program"
