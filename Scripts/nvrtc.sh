#!/usr/bin/env bash
# Prints a folder for CUDA_HOME in which NVIDIA's run-time compiler is found: $CUDA_HOME if it is set, else the folder
# of a Python wheel in .venv-nvrtc. Installs the wheel if necessary.
# The argument is the compiler's major version, 13 or 12.
# Prints nothing if the wheel cannot be installed. The tests that compile GPU kernels then report that they are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${CUDA_HOME:-}" ]; then
    echo "$CUDA_HOME"
    exit 0
fi

case "${1:-13}" in
    13) venv=.venv-nvrtc package='nvidia-cuda-nvrtc>=13,<14' folder=cu13 ;;
    12) venv=.venv-nvrtc-12 package='nvidia-cuda-nvrtc-cu12>=12,<13' folder=cuda_nvrtc ;;
    *) echo "Scripts/nvrtc.sh knows the versions 13 and 12, not $1" >&2; exit 1 ;;
esac
if [ ! -e $venv/complete ]; then
    {
        rm -rf $venv
        python3 -m venv $venv && $venv/bin/pip install --quiet --disable-pip-version-check "$package" && touch $venv/complete
    } >&2 || { echo "NVIDIA's compiler could not be fetched: no kernel for GPUs is compiled." >&2; exit 0; }
fi
echo "$PWD"/$venv/lib/python3*/site-packages/nvidia/"$folder"
