# Sourced by run.sh and run-idx.sh. Compiles the kernels with AddressSanitizer under $build, and swift-numerics; gives what a fuzzer of the module Torch is compiled ($flags)
# and linked ($objects) with.
build=${FUZZ_BUILD:-.build/fuzz}
mkdir -p "$build"

clang=clang
command -v clang >/dev/null || clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
objects=
for source in Sources/CTorchKernels/*.c; do
    object=$build/$(basename "$source" .c).o
    objects="$objects $object"
    # A kernel is made of headers, too.
    if [ ! -e "$object" ] || [ -n "$(find Sources/CTorchKernels -type f -newer "$object")" ]; then
        "$clang" -c -O1 -g -w -fsanitize=address -I Sources/CTorchKernels/include "$source" -o "$object"
    fi
done

swift build -c release --target ComplexModule
objects="$objects $(find -L .build/release/ComplexModule.build .build/release/RealModule.build .build/release/_NumericsShims.build -name '*.o' | tr '\n' ' ')"
flags="-O -g -swift-version 6 -wmo -parse-as-library -module-name Torch -package-name swift-torch -sanitize=fuzzer,address -use-ld=lld -I Sources/CTorchKernels/include -I Sources/CZip
    -I .build/release/Modules -I .build/checkouts/swift-numerics/Sources/_NumericsShims/include -ldnnl -lsleef -lgomp -lzip -lm"
