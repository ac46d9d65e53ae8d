#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh SECONDS TARGET ... -- runs fuzz targets as programs of libFuzzer
#
# Each begins with its files in tests/fuzz/corpus, and with what earlier runs
# found new, in build/fuzz/corpus. One line a target; a finding is an input that
# ends the program: it is kept, and the line says how to run it again. Status 1
# then. Without clang or libFuzzer nothing is run, which is no fault.
set -eu
export LC_ALL=C

seconds=$1
shift
build=build/fuzz
unset MAKEFLAGS MAKELEVEL MFLAGS

# What is missing here, in words; nothing where all is there.
missing() {
    if ! command -v clang >/dev/null 2>&1; then
        echo "clang is not installed"
    elif ! echo 'int LLVMFuzzerTestOneInput(void); int
        LLVMFuzzerTestOneInput(void) { return 0; }' |
        clang -fsanitize=fuzzer,address,undefined -x c -o /dev/null - \
            2>/dev/null; then
        echo "clang's runtime, with libFuzzer, is not installed"
    fi
}

# LOG EXPRESSION: the last number that follows it there, or 0.
number() {
    found=$(sed -n "s/.*$2 *\([0-9][0-9]*\).*/\1/p" "$1" | tail -n 1)
    echo "${found:-0}"
}

# TARGET: prints its line; status 1 upon a finding.
run() {
    mkdir -p "$build/corpus/$1" "$build/found"
    log=$build/found/$1.log
    status=0
    "$build/bin/fuzz-$1" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
        -artifact_prefix="$build/found/$1-" "$build/corpus/$1" \
        "tests/fuzz/corpus/$1" >"$log" 2>&1 || status=$?
    verdict=good
    [ "$status" -eq 0 ] || verdict=FOUND
    printf '%-16s %10s %8s %8s   %s\n' "$1" \
        "$(number "$log" 'number_of_executed_units:')" \
        "$(number "$log" 'cov:')" "$(number "$log" 'new_units_added:')" \
        "$verdict"
    [ "$status" -ne 0 ] || return 0
    input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    echo "    what it said: $log"
    [ -z "$input" ] || echo "    again: $build/bin/fuzz-$1 $input"
    return 1
}

reason=$(missing)
if [ -n "$reason" ]; then
    echo "make fuzz: skipped: $reason (on Debian: clang, libclang-rt-14-dev)"
    exit
fi
goals=
for target in "$@"; do
    if [ ! -d "tests/fuzz/corpus/$target" ]; then
        echo "make fuzz: no target is called $target" >&2
        exit 2
    fi
    goals="$goals $build/bin/fuzz-$target"
done
# shellcheck disable=SC2086 # one word a program
make --no-print-directory SETUP=no CC=clang BUILD=$build \
    SAN=fuzzer-no-link,address,undefined $goals

# Files that a target makes, in memory where that is.
place=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/ipc-fuzz-XXXXXX")
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT TERM
export TMPDIR="$place"

printf '%-16s %10s %8s %8s\n' target runs edges new
findings=0
for target in "$@"; do
    run "$target" || findings=1
done
exit $findings
