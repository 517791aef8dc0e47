#!/bin/sh
# Fuzzes the IDX reader, plain and gzipped: Tests/Fuzz/run-idx.sh [SECONDS], by default 600.
# Everything is compiled with AddressSanitizer under .build/fuzz (or $FUZZ_BUILD); what is found stays there as idx-found/crash-….
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
. Tests/Fuzz/build.sh
corpus=$build/idx-corpus
found=$build/idx-found
mkdir -p "$corpus" "$found"

# shellcheck disable=SC2046,SC2086
swiftc $flags -I Sources/CZlib $(find Sources/Torch -name '*.swift') Sources/TorchVision/Files/ByteSource.swift Sources/TorchVision/Files/File.swift Sources/TorchVision/Datasets/IDX.swift \
    Tests/Fuzz/idx.swift $objects -lz -o "$build/fuzz-idx"

# Seeds: two dimensions of uint8, one of each other type, no dimension, and the same gzipped.
printf '\0\0\010\002\0\0\0\002\0\0\0\002abcd' > "$corpus/bytes"
printf '\0\0\011\001\0\0\0\001a' > "$corpus/int8"
printf '\0\0\013\001\0\0\0\001ab' > "$corpus/int16"
printf '\0\0\014\001\0\0\0\001abcd' > "$corpus/int32"
printf '\0\0\015\001\0\0\0\001abcd' > "$corpus/float32"
printf '\0\0\016\001\0\0\0\001abcdefgh' > "$corpus/float64"
printf '\0\0\010\0a' > "$corpus/scalar"
for seed in bytes int16 float64; do gzip -c "$corpus/$seed" > "$corpus/$seed.gz"; done

echo "fuzzing idx for $seconds seconds"
"$build/fuzz-idx" "$corpus" -max_total_time="$seconds" -rss_limit_mb=2048 -malloc_limit_mb=256 -timeout=10 -artifact_prefix="$found/" -print_final_stats=1
