#!/usr/bin/env bash
# Prints the path of a Python that has PyTorch: $BENCH_PYTHON, or that of .venv-bench, which is made and filled if need
# be.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${BENCH_PYTHON:-}" ]; then
    echo "$BENCH_PYTHON"
    exit 0
fi

venv=.venv-bench
if [ ! -e $venv/complete ]; then
    {
        rm -rf $venv
        python3 -m venv $venv
        $venv/bin/pip install torch numpy pillow
        # torchvision may lag behind torch: Benchmarks/vision.py stands in where it does not go with the version that
        # came.
        torch=$($venv/bin/python -c 'import importlib.metadata as m; print(m.version("torch"))')
        $venv/bin/pip install torchvision "torch==$torch" && $venv/bin/python -c 'import torchvision' ||
            $venv/bin/pip uninstall -y torchvision
        touch $venv/complete
    } >&2
fi
# An environment of an earlier version lacks what a later one measures.
$venv/bin/python -c 'import pyarrow' 2>/dev/null || $venv/bin/pip install pyarrow >&2
echo "$PWD/$venv/bin/python"
