#!/usr/bin/env bash
# Tries and measures the library on this machine's CUDA device. Each part has its own time limit and writes
# results/PART.txt; the last lines are a summary. --rehearse: small sizes, for the simulated device.
set -uo pipefail
cd "$(dirname "$0")"
rehearse=${1:-}
mkdir -p results
export LD_LIBRARY_PATH=$PWD/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export SWIFT_TORCH_CACHE=${SWIFT_TORCH_CACHE:-$PWD/kernels}

summary=()
failed=0
# part NAME SECONDS COMMAND…
part() {
    local name=$1 limit=$2 start=$SECONDS status=0
    shift 2
    timeout -k 5 "$limit" "$@" > "results/$name.txt" 2> "results/$name.errors" || status=$?
    local word=ok
    [ $status -eq 0 ] || { word="FAILED ($status)"; failed=1; }
    [ $status -eq 124 ] && word="out of time"
    summary+=("$(printf '%-14s %-12s %4d s  %s' "$name" "$word" $((SECONDS - start)) "$(tail -n 1 "results/$name.txt")")")
}

if command -v nvidia-smi > /dev/null; then part machine 20 nvidia-smi; fi
part smoke 60 ./cuda-check smoke
part conformance 240 ./conformance cases --device cuda --baseline passing-cuda.txt
part speed 120 ./cuda-check speed $rehearse
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2> /dev/null; then
    part pytorch 120 python3 speed.py
else
    summary+=("pytorch        not here")
    : > results/pytorch.txt
fi

# Microseconds beside PyTorch's, and the ratio.
awk -F '\t' '
    FILENAME == ARGV[1] { theirs[$1] = $2; next }
    { printf "%-34s %12.2f", $1, $2
      if ($1 in theirs && theirs[$1] > 0) printf " %12.2f %6.2f", theirs[$1], $2 / theirs[$1]
      print "" }
' results/pytorch.txt results/speed.txt > results/table.txt

{
    printf '%s\n' "${summary[@]}"
    grep -h '^FAILED' results/smoke.txt
    echo "microseconds                             here      PyTorch  ratio"
    cat results/table.txt
} | tee results/summary.txt
exit $failed
