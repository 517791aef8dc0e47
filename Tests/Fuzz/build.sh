# The scripts in this folder source this file. It compiles the kernels, the packages below and Torch with
# AddressSanitizer into $build, and defines
#   module NAME [MODULE…]    compiles Sources/NAME, which imports these modules, for the following fuzzers
#   fuzzer FILE              compiles Tests/Fuzz/FILE.swift and links it with all modules so far, to $build/fuzz-FILE
#   fuzz FILE READER SECONDS [OPTION…]    runs it on $build/READER-corpus; finds go to $build/READER-found/crash-…
build=${FUZZ_BUILD:-.build/fuzz}
mkdir -p "$build"

clang=clang
command -v clang >/dev/null || clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
objects=
for source in Sources/CTorchKernels/*.c Sources/CImages/*.c; do
    folder=$(dirname "$source")
    object=$build/$(basename "$folder")-$(basename "$source" .c).o
    objects="$objects $object"
    # A kernel also depends on headers.
    if [ ! -e "$object" ] || [ -n "$(find "$folder" -type f -newer "$object")" ]; then
        "$clang" -c -O1 -g -w -fsanitize=address -I "$folder/include" "$source" -o "$object"
    fi
done

# The packages have a folder of their own. `make test` builds with other options, and each would undo the other's build.
packages=$build/packages
for package in ComplexModule Yams Logging; do swift build -c release --scratch-path "$packages" --target $package; done
parts=$(for part in ComplexModule RealModule _NumericsShims Yams CYaml Logging; do echo "$packages/release/$part.build"; done)
# shellcheck disable=SC2086
objects="$objects $(find -L $parts -name '*.o' | tr '\n' ' ')"
flags="-O -g -swift-version 6 -wmo -parse-as-library -package-name swift-torch -enable-testing
    -sanitize=fuzzer,address -I $build -I Sources/CTorchKernels/include
    -I Sources/CImages/include
    -I Sources/CZip -I Sources/CCurl -I Sources/CZlib -I Sources/CSnappy -I Sources/CZstd -I Sources/CBrotli
    -I Sources/CLZ4
    -I $packages/release/Modules -I $packages/checkouts/swift-numerics/Sources/_NumericsShims/include
    -I $packages/checkouts/Yams/Sources/CYaml/include"

module() {
    module=$1
    shift
    newer=$(find "Sources/$module" -name '*.swift' -newer "$build/$module.o" 2>/dev/null | head -1)
    for below in "$@"; do [ "$build/$below.o" -nt "$build/$module.o" ] && newer=$below; done
    if [ ! -e "$build/$module.o" ] || [ -n "$newer" ]; then
        echo "compiling $module"
        # shellcheck disable=SC2046,SC2086
        swiftc $flags -module-name "$module" -emit-module -emit-module-path "$build/$module.swiftmodule" -c $(find "Sources/$module" -name '*.swift') -o "$build/$module.o"
    fi
    objects="$objects $build/$module.o"
}

fuzzer() {
    # shellcheck disable=SC2086
    swiftc $flags -module-name Fuzz "Tests/Fuzz/$1.swift" $objects -use-ld=lld \
        -ldnnl -lsleef -lgomp -lzip -lz -lsnappy -lzstd -lbrotlidec -llz4 -ljpeg -lpng -lwebp -lm \
        -o "$build/fuzz-$1"
}

fuzz() {
    program=$build/fuzz-$1
    reader=$2
    seconds=$3
    shift 3
    mkdir -p "$build/$reader-found"
    echo "fuzzing $reader for $seconds seconds"
    READER=$reader "$program" "$build/$reader-corpus" -max_total_time="$seconds" -rss_limit_mb=2048 -artifact_prefix="$build/$reader-found/" -print_final_stats=1 "$@"
}

module Locks
module Torch Locks
