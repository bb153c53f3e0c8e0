#!/bin/sh
# Runs the fuzzers one after another: tests/fuzz/run.sh [SECONDS [TARGET…]]; an hour each, all of them, by default.
# Needs a nightly compiler and cargo-fuzz. New inputs are kept below target/fuzz, findings in tests/fuzz/artifacts.
# Ends with 1 where a target found something.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-3600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- $(cargo +nightly fuzz list --fuzz-dir tests/fuzz)
found=0
for target; do
  mkdir -p "target/fuzz/$target"
  # Without a sanitizer: the program has no `unsafe` of its own, and twice as many inputs are worth more. Overflow
  # and debug assertions are on.
  cargo +nightly fuzz run --fuzz-dir tests/fuzz -s none "$target" "target/fuzz/$target" "tests/fuzz/corpus/$target" -- \
    -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 || found=1
done
exit $found
