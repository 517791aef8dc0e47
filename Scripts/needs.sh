#!/usr/bin/env bash
# Prints the size of a program, the libraries that it needs, and the Debian packages that have them.
set -euo pipefail

program=$1
echo "$program: $(stat -c %s "$program" | numfmt --to=iec)B"
ldd "$program" | awk '$3 ~ /^\// { print $1, $3 }' | sort | while read -r library path; do
    package=$(dpkg -S "$(readlink -f "$path")" 2>/dev/null || dpkg -S "*/$library" 2>/dev/null || true)
    echo "    $library  ${package%%:*}"
done
