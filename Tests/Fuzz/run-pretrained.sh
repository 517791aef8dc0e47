#!/bin/sh
# Fuzzes folders of pretrained language models: Tests/Fuzz/run-pretrained.sh [SECONDS] [READER…]. The default is 600
# seconds each for the config.json of gpt2, llama and bert, and for the index of llama's shards.
# Finds go to .build/fuzz/READER-found/crash-…. To keep a find, shrink it (run the program with -minimize_crash=1) and
# add it to LanguageModelTests.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
[ $# -gt 0 ] && shift
readers=${*:-gpt2 llama bert index}
. Tests/Fuzz/build.sh
module TorchFiles Torch
module TorchText Torch TorchFiles
fuzzer pretrained

# The leak checker reports values that Swift initializes once and stores in the bits of an enum.
export ASAN_OPTIONS=detect_leaks=0
for reader in $readers; do
    model=$reader
    FUZZED=config.json
    [ "$reader" = index ] && model=llama && FUZZED=model.safetensors.index.json
    FOLDER=$(mktemp -d)
    cp Tests/TorchTextTests/Fixtures/LanguageModels/"$model"/* "$FOLDER"
    mkdir -p "$build/$reader-corpus"
    cp "$FOLDER/$FUZZED" "$build/$reader-corpus"
    export FOLDER FUZZED
    fuzz pretrained "$reader" "$seconds" -malloc_limit_mb=256 -timeout=10 -max_len=8192
    rm -r "$FOLDER"
done
