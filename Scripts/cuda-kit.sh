#!/usr/bin/env bash
# Packs what a machine with a CUDA device and no Swift needs into BUILD/cuda-kit.tar.xz: Scripts/cuda-kit.sh BUILD
# FOLDER. FOLDER has the programs. They are linked with an rpath of $ORIGIN/lib, which is for their libraries' libraries
# too (DT_RPATH). The kit's run.sh does the rest there; here it does it on the simulated device:
# Tests/CUDASimulator/run.sh BUILD BUILD/cuda-kit/run.sh --rehearse
set -euo pipefail
build=$(realpath "$1")
programs=$(realpath "$2")
cd "$(dirname "$0")/.."

kit=$build/cuda-kit
rm -rf "$kit"
mkdir -p "$kit/lib" "$kit/cases"
# LAPACK is loaded at run time, so no program names it.
lapack=$(ldconfig -p | awk '$1 == "libopenblas.so.0" { path = $NF } END { print path }')
for program in conformance cuda-check; do strip -o "$kit/$program" "$programs/$program"; done
# The other machine has a C library, and NVIDIA's libraries are its own.
{ ldd "$programs"/{conformance,cuda-check} "$lapack" | awk '$3 ~ /^\// { print $3 }'; echo "$lapack"; } |
    grep -vE '/(libc|libm|libpthread|libdl|librt|ld-linux[^/]*)\.so' | while read -r library; do
    cp -Lu "$library" "$kit/lib/"
done
for library in "$kit"/lib/*; do strip --strip-unneeded "$library"; done
clang++ -std=c++17 -O1 -I Tests/CUDASimulator/api Tests/CUDASimulator/mistakes.cpp -fuse-ld=lld -static-libstdc++ \
    -static-libgcc -pthread -ldl -o "$kit/mistakes"
strip "$kit/mistakes"
cp -r Conformance/Cases/{ops,special_values,storage_dtypes,modules,optimizers} "$kit/cases/"
cp Conformance/passing-cuda.txt Benchmarks/CUDA/{draws,speed}.py Scripts/cuda-kit/run.sh \
    Tests/CUDASimulator/mistakes.{cu,txt} "$kit/"
# The programs have most of their code in common: a window that reaches from one to the other finds it.
tar -C "$build" -cf - cuda-kit | xz --lzma2=preset=6,dict=192MiB > "$build/cuda-kit.tar.xz"
bytes=$(stat -c %s "$build/cuda-kit.tar.xz")
echo "$build/cuda-kit.tar.xz: $(numfmt --to=iec "$bytes")B"
if [ "$bytes" -ge $((48 << 20)) ]; then echo "The kit must be smaller than 48 MiB." >&2; exit 1; fi
