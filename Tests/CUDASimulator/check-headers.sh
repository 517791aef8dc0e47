#!/usr/bin/env bash
# Compares the simulator's declarations (api/) with NVIDIA's headers: Tests/CUDASimulator/check-headers.sh BUILD FOLDER…
# The folders have cuda.h, nvrtc.h, cublas_v2.h, cublasLt.h and nccl.h, and crt/host_defines.h, which Python wheels
# bring (nvidia-cuda-runtime, nvidia-cuda-nvrtc, nvidia-cublas, nvidia-nccl, nvidia-cuda-crt).
# Compiles against both, so that a function of another form does not compile; compares the exported names, and the
# numbers of all enums.
set -euo pipefail
build=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
headers=$(IFS=:; echo "$*")
own=$("$here/build.sh" "$build")
theirs=$(HEADERS=$headers "$here/build.sh" "$build")

names() { nm -D --defined-only "$1"/lib/*.so.* | awk 'NF == 3 { print $3 }' | sort -u; }
diff <(names "$own") <(names "$theirs") || { echo "names differ" >&2; exit 1; }

include=()
for folder in "$@"; do include+=(-isystem "$folder"); done
{
    echo '#include <cuda.h>'
    echo '#include <nvrtc.h>'
    echo '#include <cublas_v2.h>'
    echo '#include <cublasLt.h>'
    echo '#include <nccl.h>'
    grep -ohE '\b([A-Z]|nccl[A-Z])[A-Za-z0-9_]+ = -?[0-9]+' "$here"/api/*.h |
        sed -E 's/(.*) = (.*)/static_assert((int)\1 == \2, "");/'
} | clang++ -std=c++17 -fsyntax-only "${include[@]}" -x c++ -
echo "$(names "$own" | grep -cE '^(cu|nvrtc|cublas|nccl)[A-Z]') functions have NVIDIA's names and forms"
