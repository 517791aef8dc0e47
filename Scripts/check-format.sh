#!/usr/bin/env bash
# Checks the format of the sources: swift-format's rules, and lines of at most 120 columns. A line may be longer if a
# literal makes it so. With --fix, swift-format first formats the files.
set -euo pipefail
cd "$(dirname "$0")/.."

swift_sources=(Sources Tests Conformance Examples Benchmarks Snippets Package.swift)
if [ "${1:-}" = --fix ]; then
    swift format --in-place --recursive "${swift_sources[@]}"
fi

failed=0
swift format lint --strict --recursive "${swift_sources[@]}" || failed=1

find Sources Tests Conformance Examples Benchmarks Snippets Scripts .ci -type f \
    -not -path '*/Fixtures/*' -not -path '*/.build/*' -print0 |
    grep -zE '\.(swift|[ch]|inc|cuh?|sh|py)$|\.ci/run$' |
    xargs -0 perl -CSD -ne '
        chomp(my $line = $_);
        if (length($line) > 120) {
            $line =~ s/#".*"#|"(?:[^"\\]|\\.)*"/""/g;
            if (length($line) > 120) { print "$ARGV:$.: more than 120 columns\n"; $found = 1 }
        }
        close ARGV if eof;
        END { $? = 1 if $found }' || failed=1
exit $failed
