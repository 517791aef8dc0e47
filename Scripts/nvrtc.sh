#!/usr/bin/env bash
# Prints a folder that CUDA_HOME may name, for NVIDIA's run-time compiler to be found: $CUDA_HOME, or that of a Python wheel in .venv-nvrtc, which is fetched if need be.
# Prints nothing where it cannot be had; the tests that compile kernels for GPUs say then that they are left out.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${CUDA_HOME:-}" ]; then
    echo "$CUDA_HOME"
    exit 0
fi

venv=.venv-nvrtc
if [ ! -e $venv/complete ]; then
    {
        rm -rf $venv
        python3 -m venv $venv && $venv/bin/pip install --quiet --disable-pip-version-check 'nvidia-cuda-nvrtc>=13,<14' && touch $venv/complete
    } >&2 || { echo "NVIDIA's compiler could not be fetched: no kernel for GPUs is compiled." >&2; exit 0; }
fi
echo "$PWD"/$venv/lib/python3*/site-packages/nvidia/cu13
