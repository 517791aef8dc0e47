#!/usr/bin/env bash
# Puts the server under load with wrk (Debian's package), half of the requests bad. Checks each answer's status, that no
# request is lost and that memory does not grow. Options are environment variables:
#   SECONDS_EACH=60 CONNECTIONS=32 MODEL=../../model.pth PORT=18080 ./load.sh
set -euo pipefail
cd "$(dirname "$0")"
seconds=${SECONDS_EACH:-60} port=${PORT:-18080}
export CONNECTIONS=${CONNECTIONS:-32} FIXTURES=Tests/ImageServerTests/Fixtures
server=${SERVER:-.build/release/server}
for tool in wrk curl; do
    command -v "$tool" > /dev/null || { echo "load.sh needs $tool: apt-get install $tool" >&2; exit 1; }
done
[ -x "$server" ] || { echo "build it first: swift build -c release" >&2; exit 1; }

log=$(mktemp)
"$server" --port "$port" --max-body 65536 ${MODEL:+--model "$MODEL"} 2> "$log" &
pid=$!
trap 'kill "$pid" 2> /dev/null || true; rm -f "$log" "$log".*' EXIT
for _ in $(seq 100); do
    grep -q "listening on" "$log" && break
    kill -0 "$pid" 2> /dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.1
done

resident() { awk '/^VmRSS:/ { print int($2 / 1024) }' "/proc/$pid/status"; }
answered() {
    curl -s "http://127.0.0.1:$port/metrics" |
        awk '/^server_requests_total/ && !/"\/metrics"/ { n += $2 } END { print n + 0 }'
}

# What the server counts each second, beside wrk.
(
    echo "second   answered   resident MiB"
    for second in $(seq 0 "$seconds"); do
        if [ $((second % 5)) = 0 ] || [ "$second" = "$seconds" ]; then
            printf '%6d %10d %14d\n' "$second" "$(answered)" "$(resident)"
        fi
        sleep 1
    done
) > "$log.memory" &
sampler=$!
wrk --threads 1 --connections "$CONNECTIONS" --duration "${seconds}s" --timeout 10s --latency --script load.lua \
    "http://127.0.0.1:$port" > "$log.wrk"
wait "$sampler"
cat "$log.memory"
sed -n '/^status/,$p' "$log.wrk"
! grep -q FAILED "$log.wrk" || exit 1

# The server has answered what wrk has seen, and at most one request more for each connection.
seen=$(awk '/requests in/ { print $1 }' "$log.wrk") counted=$(answered)
if [ "$counted" -lt "$seen" ] || [ "$counted" -gt $((seen + CONNECTIONS)) ]; then
    echo "FAILED: the server counts $counted answers, wrk $seen" >&2
    exit 1
fi
# Memory after the first quarter is compared with what comes later.
awk -v quarter=$((seconds / 4)) '
    NR > 1 && $1 >= quarter { if (!early) early = $3; if ($3 > most) most = $3 }
    END { printf "memory: %d MiB after a quarter of the time, later at most %d MiB\n", early, most
          if (most > early * 1.1 + 8) { print "FAILED: memory grows"; exit 1 } }' "$log.memory"
kill -TERM "$pid"
wait "$pid" || { echo "FAILED: exit code $?" >&2; exit 1; }
