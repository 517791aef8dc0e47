#!/bin/sh
# Fuzzes the readers: Tests/Fuzz/run.sh [SECONDS] [READER…], by default 600 seconds each of pth, safetensors, npy and npz, one after the other.
# Everything is compiled with AddressSanitizer under .build/fuzz; what is found stays there as READER-found/crash-….
# To keep a find: shrink it (the program with -minimize_crash=1), and put it into Tests/TorchTests/Fixtures/serialization/fuzz, which a test reads.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
[ $# -gt 0 ] && shift
readers=${*:-pth safetensors npy npz}
build=${FUZZ_BUILD:-.build/fuzz}
fixtures=Tests/TorchTests/Fixtures/serialization
mkdir -p "$build"

clang=clang
command -v clang >/dev/null || clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
objects=
for source in Sources/CTorchKernels/*.c; do
    object=$build/$(basename "$source" .c).o
    objects="$objects $object"
    [ "$object" -nt "$source" ] || "$clang" -c -O1 -g -w -fsanitize=address -I Sources/CTorchKernels/include "$source" -o "$object"
done

# shellcheck disable=SC2046,SC2086
swiftc -O -g -swift-version 6 -wmo -parse-as-library -module-name Torch -sanitize=fuzzer,address -I Sources/CTorchKernels/include -I Sources/CZip \
    $(find Sources/Torch -name '*.swift') Tests/Fuzz/Fuzz.swift $objects -ldnnl -lsleef -lgomp -lzip -lm -o "$build/fuzz"

for reader in $readers; do
    corpus=$build/$reader-corpus
    found=$build/$reader-found
    mkdir -p "$corpus" "$found"
    cp $fixtures/*."$reader" $fixtures/bad/*."$reader" "$corpus/"
    for input in $fixtures/fuzz/*."$reader"; do
        if [ -f "$input" ]; then cp "$input" "$corpus/"; fi
    done
    echo "fuzzing $reader for $seconds seconds"
    READER=$reader "$build/fuzz" "$corpus" -max_total_time="$seconds" -rss_limit_mb=2048 -malloc_limit_mb=1536 -timeout=10 -artifact_prefix="$found/" \
        -print_final_stats=1 -dict=Tests/Fuzz/"$reader".dict
done
