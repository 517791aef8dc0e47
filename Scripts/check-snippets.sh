#!/usr/bin/env bash
# Runs all snippets in the given folder of built programs. Compares their output with Snippets/Expected, which holds
# PyTorch's output.
set -euo pipefail
cd "$(dirname "$0")/.."
programs=$1
failed=0
count=0
for source in Snippets/*.swift; do
    name=$(basename "$source" .swift)
    # This snippet needs a hub, which only the tests have.
    [ "$name" = 01-load-imdb ] && continue
    count=$((count + 1))
    if ! "$programs/$name" 2>&1 | diff -u "Snippets/Expected/$name.out" -; then
        echo "Snippets/$name.swift does not print Snippets/Expected/$name.out" >&2
        failed=1
    fi
done
[ "$failed" -eq 0 ] && echo "$count snippets print what PyTorch prints."
exit "$failed"
