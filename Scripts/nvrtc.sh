#!/usr/bin/env bash
# Prints a folder for CUDA_HOME in which NVIDIA's run-time compiler is found, and programs that show machine code:
# $CUDA_HOME if it is set, else the folder of Python wheels in .venv-nvrtc. Installs the wheels if necessary.
# The argument is the compiler's major version, 13 or 12.
# Prints nothing if the wheel cannot be installed. The tests that compile GPU kernels then report that they are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${CUDA_HOME:-}" ]; then
    echo "$CUDA_HOME"
    exit 0
fi

case "${1:-13}" in
    13) venv=.venv-nvrtc folder=cu13
        packages=('nvidia-cuda-nvrtc>=13,<14' 'nvidia-cuda-cuobjdump>=13,<14' 'nvidia-cuda-nvdisasm>=13,<14') ;;
    12) venv=.venv-nvrtc-12 packages=('nvidia-cuda-nvrtc-cu12>=12,<13') folder=cuda_nvrtc ;;
    *) echo "Scripts/nvrtc.sh knows the versions 13 and 12, not $1" >&2; exit 1 ;;
esac
if [ ! -e $venv/complete-2 ]; then
    {
        rm -rf $venv
        python3 -m venv $venv && $venv/bin/pip install --quiet --disable-pip-version-check "${packages[@]}" &&
            touch $venv/complete-2
    } >&2 || { echo "NVIDIA's compiler could not be fetched: no kernel for GPUs is compiled." >&2; exit 0; }
fi
echo "$PWD"/$venv/lib/python3*/site-packages/nvidia/"$folder"
