#!/bin/sh
# Fuzzes the readers of Arrow, JSON lines, CSV and text: Tests/Fuzz/run-arrow.sh [SECONDS] [READER…]. The default is 600
# seconds each for arrow, jsonl, json (JSON lines whose values are of several kinds), csv and text.
# Finds go to .build/fuzz/READER-found/crash-…. To keep a find, shrink it (run the program with -minimize_crash=1) and
# put it, with the reader's extension, into Tests/TorchTextTests/Fixtures/formats/fuzz. A test reads that folder.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
[ $# -gt 0 ] && shift
readers=${*:-arrow jsonl json csv text}
. Tests/Fuzz/build.sh
module TorchFiles Torch
module TorchText Torch TorchFiles
fuzzer formats

# The leak checker reports values that Swift initializes once and stores in the bits of an enum.
export ASAN_OPTIONS=detect_leaks=0
fixtures=Tests/TorchTextTests/Fixtures/formats
for reader in $readers; do
    corpus=$build/$reader-corpus
    mkdir -p "$corpus"
    ending=$reader
    [ "$reader" = text ] && ending=txt
    [ "$reader" = json ] && ending=jsonl
    for folder in arrow arrow/bad text fuzz; do
        for input in "$fixtures/$folder"/*."$ending"; do
            if [ -f "$input" ]; then cp "$input" "$corpus/$(basename "$folder")-$(basename "$input")"; fi
        done
    done
    fuzz formats "$reader" "$seconds" -malloc_limit_mb=512 -timeout=10 -max_len=16384
done
