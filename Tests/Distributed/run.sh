#!/usr/bin/env bash
# Runs the tests of TorchDistributed on real MPI: Tests/Distributed/run.sh PROGRAM. Open MPI and MPICH, 1 to 5
# processes, and processes that fail. The jobs that wait for something run beside the others.
set -uo pipefail
cd "$(dirname "$0")/../.."

program=$1
export DDP_FIXTURE=Tests/Distributed/ddp.json OMP_NUM_THREADS=1 SWIFT_BACKTRACE=enable=no
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
found=0

# job LIMIT LABEL CHECK PATTERN COMMAND...: runs a job and writes what was wrong to a file. CHECK is `good` for a job
# that succeeds, `bad` for one that fails in under LIMIT seconds; a line of its output matches PATTERN.
job() {
    local limit=$1 label=$2 check=$3 pattern=$4 start status took out
    shift 4
    start=$(date +%s%N)
    out=$(timeout -k 2 $((limit + 20)) "$@" 2>&1)
    status=$?
    took=$((($(date +%s%N) - start) / 1000000))
    if [ "$check" = good ] && [ $status -ne 0 ]; then echo "FAILED: $label: status $status"; fi
    if [ "$check" = bad ] && [ $status -eq 0 ]; then echo "FAILED: $label: it succeeded"; fi
    if [ $took -ge $((limit * 1000)) ]; then echo "FAILED: $label: took $took ms"; fi
    if ! grep -qE -- "$pattern" <<< "$out"; then echo "FAILED: $label: no line matches $pattern"; fi
    [ -z "${VERBOSE:-}" ] || echo "$label: $took ms"
    echo "$out" > "$logs/out.$label"
}

beside() { job "$@" > "$logs/result.$2" & }
alone() { job "$@" > "$logs/result.$2"; }

# run_with KIND: the tests of one implementation
run_with() {
    local kind=$1 start killed count
    if [ "$kind" = open ]; then
        # Without a network.
        start=(mpirun.openmpi --allow-run-as-root --oversubscribe --mca btl self,vader)
        killed='signal 9'
    else
        start=(mpiexec.hydra)
        killed='KILLED BY SIGNAL: 9|EXIT STRING: Killed'
    fi
    beside 10 "$kind stop" bad 'rank 1 does not answer' "${start[@]}" -n 3 "$program" stop
    beside 10 "$kind leave" bad 'rank 1 has left the job' "${start[@]}" -n 3 "$program" leave
    beside 10 "$kind late" bad 'rank 1 has not called it' "${start[@]}" -n 3 "$program" late
    beside 10 "$kind barrier" good 'Rank 0\]: Rank 1 failed to pass monitoredBarrier in 1000 ms' \
        "${start[@]}" -n 3 "$program" barrier
    # These need the processors; the others need to be in time.
    for count in ${COUNTS:-1 2 3 5}; do
        alone 60 "$kind $count processes" good '' nice -n 10 "${start[@]}" -n "$count" "$program" all
    done
    alone 10 "$kind exit" bad 'rank1\]: the process ended with exit code 3' "${start[@]}" -n 3 "$program" exit
    alone 10 "$kind throw" bad 'no such file' "${start[@]}" -n 3 "$program" throw
    alone 10 "$kind kill" bad "$killed" "${start[@]}" -n 3 "$program" kill
    alone 10 "$kind mistake" bad 'rank1\]: the process was ended by a signal' "${start[@]}" -n 3 "$program" mistake
    alone 10 "$kind unused" bad 'did not receive grad for rank [01]: right.weight, right.bias, never.weight' \
        "${start[@]}" -n 2 "$program" unused
    TORCH_DISTRIBUTED_DEBUG=DETAIL alone 10 "$kind shapes" bad \
        'Detected mismatch between collectives on ranks. Rank 0 is .*Shape=\[2\].*Rank 1 is .*Shape=\[3, 2\]' \
        "${start[@]}" -n 3 "$program" shapes
    TORCH_DISTRIBUTED_DEBUG=DETAIL alone 10 "$kind orders" bad \
        'Rank 1 is running collective: .*OpType=BROADCAST' "${start[@]}" -n 2 "$program" orders
    wait
}

for kind in open mpich; do
    launcher=mpirun.openmpi
    [ $kind = open ] || launcher=mpiexec.hydra
    if ! command -v $launcher > /dev/null; then
        echo "$launcher is not installed: its tests are skipped."
        continue
    fi
    found=$((found + 1))
    run_with $kind &
done
if [ $found = 2 ]; then
    # Without a launcher of MPI, by the variables of torchrun.
    for rank in 0 1 2; do
        RANK=$rank WORLD_SIZE=3 MASTER_ADDR=localhost MASTER_PORT=${MASTER_PORT:-29417} beside 30 "torchrun $rank" \
            good '' "$program" torchrun
    done
fi
SWIFT_TORCH_MPI=/no/such/library.so alone 10 refusals good 'looked for /no/such/library.so' "$program" refusals
wait

cat "$logs"/result.* 2> /dev/null
failures=$(cat "$logs"/result.* 2> /dev/null | grep -c '^FAILED')
if [ "$failures" -gt 0 ]; then
    for log in "$logs"/out.*; do
        label=${log#"$logs"/out.}
        if grep -q "^FAILED: $label:" "$logs"/result.*; then
            echo "--- $label"
            grep -v '^$' "$log" | cut -c1-300 | head -30
        fi
    done
    exit 1
fi
if [ $found -gt 0 ]; then echo "TorchDistributed: all passed on $found MPI libraries."; fi
