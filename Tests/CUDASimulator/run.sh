#!/usr/bin/env bash
# Runs a program on the simulated device: Tests/CUDASimulator/run.sh BUILD PROGRAM [ARGUMENT…]. The libraries are built
# in BUILD, where compiled kernels are kept too.
set -euo pipefail
folder=$("$(dirname "$0")/build.sh" "$1")
shift
export CUDA_HOME=$folder LD_LIBRARY_PATH=$folder/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} CUDASIM_FOLDER=$folder
export SWIFT_TORCH_CACHE=${SWIFT_TORCH_CACHE:-$folder/cache${CUDASIM_PLAIN_KERNELS:+-plain}}
unset CUDA_PATH
exec "$@"
