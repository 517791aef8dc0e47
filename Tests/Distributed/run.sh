#!/usr/bin/env bash
# Runs the tests of TorchDistributed on real MPI: Tests/Distributed/run.sh PROGRAM. Open MPI and MPICH, 1 to 5
# processes, and processes that fail; then over NCCL, on the simulated device. The jobs that wait for something run
# beside the others.
set -uo pipefail
cd "$(dirname "$0")/../.."

program=$1
build=$(dirname "$(dirname "$program")")
export DDP_FIXTURE=Tests/Distributed/ddp.json OMP_NUM_THREADS=1 SWIFT_BACKTRACE=enable=no
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
found=0

# job LIMIT LABEL CHECK PATTERN COMMAND...: runs a job and writes what was wrong to a file. CHECK is `good` for a job
# that succeeds, `bad` for one that fails in under LIMIT seconds; a line of its output matches PATTERN.
job() {
    local limit=$1 label=$2 check=$3 pattern=$4 start status took out fault
    shift 4
    start=$(date +%s%N)
    out=$(timeout -k 2 $((limit + 20)) "$@" 2>&1)
    status=$?
    took=$((($(date +%s%N) - start) / 1000000))
    # The time from the fault to the end.
    fault=$(grep -oE 'FAULT [0-9]+' <<< "$out" | head -1)
    if [ "$check" = bad ] && [ -n "$fault" ]; then took=$(($(date +%s%3N) - ${fault#FAULT })); fi
    if [ "$check" = good ] && [ $status -ne 0 ]; then echo "FAILED: $label: status $status"; fi
    if [ "$check" = bad ] && [ $status -eq 0 ]; then echo "FAILED: $label: it succeeded"; fi
    if [ $took -ge $((limit * 1000)) ]; then echo "FAILED: $label: took $took ms"; fi
    if ! grep -qE -- "$pattern" <<< "$out"; then echo "FAILED: $label: no line matches $pattern"; fi
    if [ "$check" = good ] && grep -q 'cudasim: ' <<< "$out"; then echo "FAILED: $label: the device has reports"; fi
    [ -z "${VERBOSE:-}" ] || echo "$label: $took ms"
    echo "$out" > "$logs/out.$label"
}

beside() { job "$@" > "$logs/result.$2" & }
alone() { job "$@" > "$logs/result.$2"; }

# launcher_of KIND: sets `launcher` to the command that starts processes of an implementation, without a network
launcher_of() {
    launcher=(mpirun.openmpi --allow-run-as-root --oversubscribe --mca btl self,vader)
    [ "$1" = open ] || launcher=(mpiexec.hydra)
}

# run_with KIND: the tests of one implementation
run_with() {
    local kind=$1 start killed count launcher
    launcher_of "$kind"
    start=("${launcher[@]}")
    killed='signal 9'
    [ "$kind" = open ] || killed='KILLED BY SIGNAL: 9|EXIT STRING: Killed'
    beside 10 "$kind stop" bad 'rank 1 does not answer' "${start[@]}" -n 3 "$program" stop
    beside 10 "$kind leave" bad 'rank 1 has left the job' "${start[@]}" -n 3 "$program" leave
    beside 10 "$kind late" bad 'rank 1 has not called it' "${start[@]}" -n 3 "$program" late
    beside 10 "$kind barrier" good 'Rank 0\]: Rank 1 failed to pass monitoredBarrier in 1000 ms' \
        "${start[@]}" -n 3 "$program" barrier
    # These need the processors; the others need to be in time.
    for count in ${COUNTS:-1 2 3 5}; do
        alone 60 "$kind $count processes" good '' nice -n 10 "${start[@]}" -n "$count" "$program" all
    done
    # Gradients as messages, as between machines.
    SWIFT_TORCH_SHARED_MEMORY=0 alone 60 "$kind messages" good '' nice -n 10 "${start[@]}" -n 3 "$program" ddp
    # A pair of processes keeps what four have divided.
    alone 60 "$kind fsdp" good '' nice -n 10 "${start[@]}" -n 4 "$program" fsdp
    alone 10 "$kind exit" bad 'rank1\]: the process ended with exit code 3' "${start[@]}" -n 3 "$program" exit
    alone 10 "$kind throw" bad 'no such file' "${start[@]}" -n 3 "$program" throw
    alone 10 "$kind kill" bad "$killed" "${start[@]}" -n 3 "$program" kill
    alone 10 "$kind mistake" bad 'rank1\]: the process was ended by a signal' "${start[@]}" -n 3 "$program" mistake
    alone 10 "$kind unused" bad 'did not receive grad for rank [01]: right.weight, right.bias, never.weight' \
        "${start[@]}" -n 2 "$program" unused
    # Each process says what it sees, but the first that does may end the others.
    TORCH_DISTRIBUTED_DEBUG=DETAIL alone 10 "$kind shapes" bad \
        'between collectives on ranks. Rank ([02] is .*=\[2\].*1 is .*=\[3, 2\]|1 is .*=\[3, 2\].*0 is .*=\[2\])' \
        "${start[@]}" -n 3 "$program" shapes
    TORCH_DISTRIBUTED_DEBUG=DETAIL alone 10 "$kind orders" bad \
        'Rank 1 is running collective: .*OpType=BROADCAST' "${start[@]}" -n 2 "$program" orders
    wait
}

# ranks COUNT LIMIT LABEL CHECK PATTERN COMMAND...: a job of processes that the variables of torchrun connect. If CHECK
# is `bad`, rank 1 is the one that fails.
ranks() {
    local count=$1 limit=$2 label=$3 check=$4 pattern=$5 rank port faulty= others=()
    shift 5
    port=$((29600 + next_port++))
    for rank in $(seq 0 $((count - 1))); do
        if [ "$check" = bad ] && [ "$rank" = 1 ]; then
            (
                export RANK=1 LOCAL_RANK=1 WORLD_SIZE=$count MASTER_ADDR=localhost MASTER_PORT=$port
                exec timeout -s KILL $((limit + 20)) "$@"
            ) > /dev/null 2>&1 &
            faulty=$!
            disown "$faulty"
            continue
        fi
        RANK=$rank LOCAL_RANK=$rank WORLD_SIZE=$count MASTER_ADDR=localhost MASTER_PORT=$port \
            job "$limit" "$label $rank" "$check" "$pattern" "$@" > "$logs/result.$label $rank" &
        others+=($!)
    done
    [ -n "$faulty" ] || return 0
    # The one that fails may hang. It ends when the others have ended.
    (
        for rank in "${others[@]}"; do
            while kill -0 "$rank"; do sleep 0.1; done
        done
        kill "$faulty"
    ) 2> /dev/null &
}
next_port=0
# The tests over NCCL, on the simulated device.
run_nccl() {
    export CUDASIM_DEVICES=3 CUDASIM_SHARED=$logs
    local start=(Tests/CUDASimulator/run.sh "$build" "$program") order kind launcher
    Tests/CUDASimulator/build.sh "$build" > /dev/null || return
    beside 30 "nccl mistakes" good 'NCCL: [0-9]+ mistakes found' Tests/CUDASimulator/check-nccl.sh "$build"
    # The first job compiles kernels, which the others find.
    alone 60 "nccl 1 process" good '' nice -n 10 "${start[@]}" nccl
    ranks 3 10 "nccl kill" bad 'exception: NCCL error in ALLREDUCE|rank [012] has' "${start[@]}" nccl-kill
    ranks 3 10 "nccl stop" bad 'rank 1 does not answer|rank [02] has' "${start[@]}" nccl-stop
    ranks 2 10 "nccl join" bad 'rank 1 has left .* in ncclCommInitRank' "${start[@]}" nccl-join
    ranks 3 10 "nccl late" bad 'timeout: ALLREDUCE.* rank 1 has not called it|rank [02] has' \
        "${start[@]}" nccl-late
    ranks 2 10 "nccl shapes" bad 'rank 0 calls ncclAllReduce \(2 .*rank 1 ncclAllReduce \(6 ' "${start[@]}" nccl-shapes
    RANK=0 WORLD_SIZE=2 MASTER_ADDR=localhost MASTER_PORT=29599 \
        beside 10 "nccl lonely" bad 'Timed out after 2 seconds waiting for clients. 1/2' "${start[@]}" nccl-lonely
    TORCH_DISTRIBUTED_DEBUG=DETAIL ranks 2 10 "nccl differ" bad \
        'between collectives on ranks. Rank 0 is .*=\[2\].*1 is .*=\[3, 2\]' "${start[@]}" nccl-shapes
    SWIFT_TORCH_NCCL=/no/such/library.so alone 10 "nccl missing" bad \
        'no library was found: /no/such/library.so cannot be loaded' "${start[@]}" nccl
    for kind in "$@"; do
        launcher_of "$kind"
        beside 10 "nccl $kind stop" bad 'rank 1 does not answer' "${launcher[@]}" -n 3 "${start[@]}" nccl-stop
    done
    for order in lazy random eager; do
        CUDASIM_ORDER=$order ranks 2 60 "nccl 2 $order" good '' nice -n 10 "${start[@]}" nccl
        CUDASIM_ORDER=$order ranks 3 60 "nccl 3 $order" good '' nice -n 10 "${start[@]}" nccl
    done
    for kind in "$@"; do
        launcher_of "$kind"
        alone 60 "nccl $kind" good '' nice -n 10 "${launcher[@]}" -n 3 "${start[@]}" nccl
    done
    [ $# = 0 ] || alone 60 "nccl training" good '' nice -n 10 "${launcher[@]}" -n 2 "${start[@]}" nccl-training
    wait
}
kinds=()

for kind in open mpich; do
    launcher=mpirun.openmpi
    [ $kind = open ] || launcher=mpiexec.hydra
    if ! command -v $launcher > /dev/null; then
        echo "$launcher is not installed: its tests are skipped."
        continue
    fi
    found=$((found + 1))
    kinds+=("$kind")
    run_with $kind &
done
if [ "$(uname -m)" != x86_64 ] || ! command -v clang++ > /dev/null || ! command -v ld.lld > /dev/null; then
    echo "There is no simulated device here: the tests over NCCL are skipped."
else
    run_nccl "${kinds[@]}" &
fi
if [ $found = 2 ]; then
    # Without a launcher of MPI, by the variables of torchrun.
    for rank in 0 1 2; do
        RANK=$rank WORLD_SIZE=3 MASTER_ADDR=localhost MASTER_PORT=${MASTER_PORT:-29417} beside 30 "torchrun $rank" \
            good '' "$program" torchrun
    done
fi
# The losses of gpt in two processes, with `fullyShard` and with averaged gradients, beside those of one with the same
# pieces of text; then each goes on from its checkpoint.
gpt_losses() {
    local out=$1 status
    shift
    timeout 60 "$@" --block-size 16 --n-layer 2 --n-head 2 --n-embd 32 --dropout 0 --eval-interval 5 --eval-iters 2 \
        --log-interval 1 --warmup-iters 0 --min-lr 0.001 --threads 1 --out "$out.pt" > "$out.txt" 2>&1
    status=$?
    [ $status = 0 ] || echo "FAILED: gpt: status $status of $*: $(tail -3 "$out.txt")"
    grep -oE 'loss [0-9.]+' "$out.txt" | cut -d' ' -f2 > "$out"
}
gpt_runs() {
    local gpt text=Tests/ExampleTests/sonnets.txt kind start form iterations more
    gpt=$(dirname "$program")/gpt
    if [ ! -x "$gpt" ]; then
        echo "$gpt is not built: its test is skipped."
        return
    fi
    for kind in open mpich; do
        start=(mpirun.openmpi --allow-run-as-root --oversubscribe --mca btl self,vader)
        [ $kind = open ] || start=(mpiexec.hydra)
        command -v "${start[0]}" > /dev/null || continue
        for iterations in 10 20; do
            more=()
            [ $iterations = 10 ] || more=(--resume)
            gpt_losses "$logs/gpt-one" "$gpt" train $text --batch-size 8 --max-iters $iterations "${more[@]}"
            for form in "" --fully-shard; do
                # shellcheck disable=SC2086
                gpt_losses "$logs/gpt-two$form" "${start[@]}" -n 2 "$gpt" train $text --batch-size 4 \
                    --max-iters $iterations "${more[@]}" --distributed $form
                # They are printed with four digits.
                paste "$logs/gpt-one" "$logs/gpt-two$form" | awk -v label="gpt, $kind, $form, $iterations" '
                    { difference = $1 - $2; if (NF != 2 || difference > 0.00011 || difference < -0.00011) bad = $0 }
                    END { if (NR < 10 || bad != "") print "FAILED: " label ": the losses differ, of " NR ": " bad }'
            done
        done
    done
}
gpt_runs > "$logs/result.gpt"

# Two hosts in network namespaces, started by the variables of torchrun. The network between them is cut in the middle
# of a step, and each side must end by itself.
cut_hosts() {
    local one=torch-$$-0 two=torch-$$-1 rank namespace up start
    rank=0
    for namespace in $one $two; do
        rank=$((rank + 1))
        ip -n $namespace addr add 10.77.0.$rank/24 dev host
        ip -n $namespace link set host up
        ip -n $namespace link set lo up
    done
    for namespace in $one $two; do
        for _ in $(seq 30); do
            up=$(ip netns exec $namespace cat /sys/class/net/host/operstate)
            [ "$up" = up ] && break
            sleep 0.1
        done
    done
    export WORLD_SIZE=2 MASTER_ADDR=10.77.0.1 MASTER_PORT=29500 UCX_TLS=tcp,self MPIR_CVAR_NOLOCAL=1
    for rank in 0 1; do
        # shellcheck disable=SC2016
        RANK=$rank job 20 "hosts $rank" bad "rank $((1 - rank)) does not answer" ip netns exec "torch-$$-$rank" \
            unshare --uts bash -c 'hostname "$0"; exec "$1" cut' "torch$rank" "$program" > "$logs/result.hosts $rank" &
    done
    sleep 3
    start=$(date +%s)
    ip -n $one link set host down
    wait
    if [ $(($(date +%s) - start)) -ge 10 ]; then echo "FAILED: hosts: took 10 s or more" >> "$logs/result.hosts"; fi
    ip netns del $one
    ip netns del $two
}
# Makes the two hosts and the link between them.
make_hosts() {
    ip netns add "torch-$$-0" && ip netns add "torch-$$-1" &&
        ip link add host netns "torch-$$-0" type veth peer name host netns "torch-$$-1"
}
if command -v mpiexec.hydra > /dev/null && make_hosts 2> /dev/null; then
    cut_hosts &
else
    ip netns del "torch-$$-0" 2> /dev/null
    ip netns del "torch-$$-1" 2> /dev/null
    echo "No network namespaces can be made here: the test of two hosts is skipped."
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
