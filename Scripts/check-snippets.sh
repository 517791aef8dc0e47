#!/usr/bin/env bash
# Runs every snippet that stands built in the folder given, and compares what it prints with Snippets/Expected, which is
# what PyTorch printed.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=$1
failed=0
count=0
for source in Snippets/*.swift; do
    name=$(basename "$source" .swift)
    # It needs a hub: the tests have one.
    [ "$name" = 01-load-imdb ] && continue
    count=$((count + 1))
    if ! "$programs/$name" 2>&1 | diff -u "Snippets/Expected/$name.out" -; then
        echo "Snippets/$name.swift does not print Snippets/Expected/$name.out" >&2
        failed=1
    fi
done
[ "$failed" -eq 0 ] && echo "$count snippets print what PyTorch prints."
exit "$failed"
