#!/usr/bin/env bash
# Builds the simulated libraries with clang and prints their folder: Tests/CUDASimulator/build.sh BUILD. The folder's
# name has a digest of the sources, so compiled kernels in a cache are never those of another version. Its lib/ has the
# libraries, so CUDA_HOME can be the folder and LD_LIBRARY_PATH its lib. With HEADERS, they are compiled against
# NVIDIA's headers in those folders (separated by colons), not against api/.
set -euo pipefail
build=$(realpath -m "$1")
cd "$(dirname "$0")"

sources=(api/* driver/* nvrtc.cpp cublas.cpp cublaslt.cpp products.h nccl.cpp nccl/* device.h ptx.cuh build.sh)
folder=$build/cuda-simulator/$(cat "${sources[@]}" - <<< "${HEADERS:-}" | sha256sum | cut -c1-16)
if [ ! -e "$folder/complete" ]; then
    rm -rf "$folder"
    mkdir -p "$folder/lib"
    include=(-I api)
    if [ -n "${HEADERS:-}" ]; then
        include=()
        IFS=: read -ra folders <<< "$HEADERS"
        for f in "${folders[@]}"; do include+=(-isystem "$f"); done
    fi
    compile=(clang++ -std=c++17 -O2 -g1 -fPIC -fvisibility=hidden -Wall "${include[@]}")
    jobs=()
    for source in driver/*.cpp; do
        "${compile[@]}" -c "$source" -o "$folder/$(basename "$source" .cpp).o" &
        jobs+=($!)
    done
    "${compile[@]}" -shared -fuse-ld=lld nvrtc.cpp -Wl,-soname,libnvrtc.so.13 -ldl -o "$folder/lib/libnvrtc.so.13" &
    jobs+=($!)
    for job in "${jobs[@]}"; do wait "$job"; done
    "${compile[@]}" -shared -fuse-ld=lld "$folder"/*.o -Wl,-soname,libcuda.so.1 -ldl -lm \
        -o "$folder/lib/libcuda.so.1"
    for library in cublas cublasLt; do
        "${compile[@]}" -shared -fuse-ld=lld "${library,,}.cpp" "$folder/lib/libcuda.so.1" \
            -Wl,-soname,lib$library.so.13 -o "$folder/lib/lib$library.so.13"
    done
    "${compile[@]}" -shared -fuse-ld=lld nccl.cpp nccl/communicator.cpp "$folder/lib/libcuda.so.1" -lpthread \
        -Wl,-soname,libnccl.so.2 -o "$folder/lib/libnccl.so.2"
    rm "$folder"/*.o
    cp device.h ptx.cuh "$folder/lib/"
    touch "$folder/complete"
fi
echo "$folder"
