#!/usr/bin/env bash
# Tries and measures the library on this machine's CUDA device. Each part has its own time limit and writes
# results/PART.txt; the last lines are a summary. --rehearse: small sizes, for the simulated device.
set -uo pipefail
cd "$(dirname "$0")"
rehearse=${1:-}
mkdir -p results
rm -f results/*
export SWIFT_TORCH_CACHE=${SWIFT_TORCH_CACHE:-$PWD/kernels}
python=${PYTHON:-python3}
export LC_ALL=C

summary=()
failed=0
# part NAME SECONDS COMMAND…
part() {
    local name=$1 limit=$2 start=$EPOCHREALTIME status=0
    shift 2
    timeout -k 5 "$limit" "$@" > "results/$name.txt" 2> "results/$name.errors" || status=$?
    local word=ok
    [ $status -eq 0 ] || { word="FAILED ($status)"; failed=1; }
    [ $status -eq 124 ] && word="out of time"
    seconds=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')
    summary+=("$(printf '%-14s %-12s %6s s  %.60s' "$name" "$word" "$seconds" "$(tail -n 1 "results/$name.txt")")")
}
skip() { summary+=("$(printf '%-14s not run: %s' "$1" "$2")"); : > "results/$1.txt"; }

has_torch=
if $python -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2> /dev/null; then has_torch=1; fi

if command -v nvidia-smi > /dev/null; then part machine 20 nvidia-smi; fi
part smoke 60 ./cuda-check smoke

# What the driver answers to mistakes, beside what the simulated device answers, and what a device is expected to.
part mistakes 120 ./mistakes mistakes.cu
awk -F '\t' '
    FILENAME == ARGV[1] { if (!/^#/) { simulated[$1] = $2; expected[$1] = NF > 2 ? $3 : $2 } next }
    { seen++
      if ($2 == simulated[$1]) same++
      else { others++; printf "  %-64s %s (simulated: %s; expected: %s)\n", $1, $2, simulated[$1], expected[$1] } }
    END { printf "  %d of %d mistakes have the answers of the simulated device\n", same, seen }
' mistakes.txt results/mistakes.txt > results/answers.txt

# The simulated device is slower.
conformance_limit=240
[ -n "$rehearse" ] && conformance_limit=1200
part conformance $conformance_limit ./conformance cases --device cuda --baseline passing-cuda.txt
part draws 60 ./cuda-check draws results/draws.pth $rehearse
part speed 120 ./cuda-check speed $rehearse
part train 60 ./cuda-check train $rehearse
ours=$seconds
theirs=
if [ -n "$has_torch" ]; then
    part torch-draws 60 $python draws.py results/draws.pth
    part torch-speed 120 $python speed.py
    part torch-train 90 $python speed.py train
    theirs=$seconds
else
    for name in draws speed train; do skip torch-$name "no PyTorch with a CUDA device"; done
fi
printf 'whole program\t%s\t0\n' "$(awk -v s="$ours" 'BEGIN { print s * 1e6 }')" >> results/speed.txt
if [ -n "$theirs" ]; then
    printf 'whole program\t%s\n' "$(awk -v s="$theirs" 'BEGIN { print s * 1e6 }')" >> results/torch-speed.txt
fi

# Microseconds beside PyTorch's; the ratio, or for what is bound by memory the part of the copy's bandwidth; the goal.
awk -F '\t' -v rehearse="$rehearse" '
    BEGIN {
        most["step of the note'\''s network"] = 0.5; most["captured step"] = 1; most["a + b of 8"] = 0.5
        most["whole program"] = 0.15
    }
    FILENAME == ARGV[1] { theirs[$1] = $2; next }
    { rate = $3 > 0 ? $3 / $2 / 1e6 : 0
      if ($1 ~ /^copy/) copy = rate
      printf "%-34s %12.2f", $1, $2
      ratio = ($1 in theirs) && theirs[$1] > 0 ? $2 / theirs[$1] : 0
      if (ratio) printf " %12.2f %6.2f", theirs[$1], ratio; else printf " %12s %6s", "", ""
      if (rate) printf " %7.3f TB/s, %.2f of the copy", rate, copy ? rate / copy : 0
      goal = ""
      if ($1 in most && ratio) goal = (ratio <= most[$1] ? "reached" : "MISSED") " (at most " most[$1] ")"
      if ($1 ~ /^matmul/ && ratio) goal = (ratio <= 1 / 0.98 ? "reached" : "MISSED") " (at most 1.02)"
      if (rate && copy && $1 !~ /^copy/) goal = (rate / copy >= 0.9 ? "reached" : "MISSED") " (at least 0.9)"
      print (goal && !rehearse ? "  " goal : "") }
' results/torch-speed.txt results/speed.txt > results/table.txt

{
    printf '%s\n' "${summary[@]}"
    grep -h '^FAILED' results/smoke.txt
    head -n 20 results/answers.txt
    printf '%-34s %12s %12s %6s\n' microseconds here PyTorch ratio
    cat results/table.txt
} | tee results/summary.txt
exit $failed
