#!/bin/sh
# Fuzzes the decoders of JPEG, PNG, WebP and GIF: Tests/Fuzz/run-images.sh [SECONDS]. The default is 600 seconds.
# Finds go to .build/fuzz/images-found/crash-….
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
. Tests/Fuzz/build.sh
module TorchFiles Torch
module TorchVision Torch TorchFiles
fuzzer images

corpus=$build/images-corpus
mkdir -p "$corpus"
cp Tests/TorchVisionTests/Fixtures/Images/* "$corpus"
fuzz images images "$seconds" -malloc_limit_mb=512 -timeout=20 -max_len=16384
