#!/usr/bin/env bash
# Builds the tests, optimized, and runs them: Scripts/run-tests.sh BUILD [OPTION…]. Without options, two processes run
# side by side, because each runs its suites one after the other. Each is followed by work on the simulated CUDA device:
# the suites that need it, and PyTorch's cases. Programs of several processes come last. Options such as --filter NAME
# go to one process; if it is SimulatedCard, that one has the device.
set -euo pipefail
cd "$(dirname "$0")/.."

build=$1
shift
# A test may use what is internal.
"${SWIFT:-swift}" build -c release --scratch-path "$build" --build-tests -Xswiftc -enable-testing
tests=$build/release/swift-torchPackageTests.xctest

[ -t 1 ] || export NO_COLOR=1
run() { "$tests" --testing-library swift-testing --no-parallel "$@"; }

# The simulated devices, two of them. They need an x86-64 processor.
run_on_card() {
    if [ "$(uname -m)" != x86_64 ]; then echo "The simulated CUDA device is for x86-64: its tests are skipped."; return; fi
    CUDASIM_DEVICES=2 Tests/CUDASimulator/run.sh "$build" "$tests" --testing-library swift-testing --no-parallel "$@"
}

if [ $# -gt 0 ]; then
    if [[ "$*" == *SimulatedCard* ]]; then run_on_card "$@"; else run "$@"; fi
    exit
fi

# Before two processes want it.
[ "$(uname -m)" != x86_64 ] || Tests/CUDASimulator/build.sh "$build" > /dev/null

# These suites take half of the time.
long='CUDATests|ConformanceTests'
run_long() {
    local status=0
    run --filter "$long" || status=$?
    run_on_card --filter SimulatedCard || status=$?
    return $status
}
run_long > "$build/test-long.log" 2>&1 &
long_tests=$!
trap 'kill $long_tests 2> /dev/null || true' EXIT
status=0
run --skip "$long" || status=$?
# PyTorch's cases there, with the results of the CPU.
if [ "$(uname -m)" = x86_64 ]; then
    CUDASIM_ORDER=random Tests/CUDASimulator/run.sh "$build" "$build/release/conformance" Conformance/Cases \
        --device cuda --baseline Conformance/passing-cuda.txt || status=$?
fi
wait $long_tests || status=$?
cat "$build/test-long.log"
# The code of the guides, and what it prints.
python3 Scripts/guides.py --run "$build/release/guides" || status=$?
# Programs of several processes, on Open MPI and on MPICH.
Tests/Distributed/run.sh "$build/release/distributed-test" || status=$?
exit $status
