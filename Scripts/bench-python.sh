#!/usr/bin/env bash
# Prints the path of a Python that has PyTorch: $BENCH_PYTHON if it is set, else the one in .venv-bench. Creates and
# fills .venv-bench if necessary.
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
        # torchvision may not support this version of torch yet. Benchmarks/vision.py then replaces it.
        torch=$($venv/bin/python -c 'import importlib.metadata as m; print(m.version("torch"))')
        $venv/bin/pip install torchvision "torch==$torch" && $venv/bin/python -c 'import torchvision' ||
            $venv/bin/pip uninstall -y torchvision
        touch $venv/complete
    } >&2
fi
# An environment that an earlier version of this script made has no pyarrow.
$venv/bin/python -c 'import pyarrow' 2>/dev/null || $venv/bin/pip install pyarrow >&2
echo "$PWD/$venv/bin/python"
