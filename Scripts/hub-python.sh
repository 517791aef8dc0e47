#!/usr/bin/env bash
# Prints the path of a Python that has Hugging Face's libraries: $HUB_PYTHON if it is set, else the one in .venv-hub.
# Creates and fills .venv-hub if necessary.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${HUB_PYTHON:-}" ]; then
    echo "$HUB_PYTHON"
    exit 0
fi

venv=.venv-hub
if [ ! -e $venv/datasets ]; then
    {
        rm -rf $venv
        python3 -m venv $venv
        $venv/bin/pip install huggingface_hub datasets
        touch $venv/datasets
    } >&2
fi
echo "$PWD/$venv/bin/python"
