#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# mutants.sh [NAME-PART ...] -- plants bugs, one at a time, and holds that the
# tests notice each
#
# The bugs stand in tests/mutants.txt, as edits by pattern, so that they
# outlive moves of lines. Each is planted in a copy of the sources, built, and
# its suites are run: one that they let through lives, and that fails. So does
# an edit that no longer fits its file, or no longer builds, and a suite that is
# not there or fails without a bug: each is run so once. What no test can show
# on every machine, such as a fence that is left out, is planted in a model of
# the algorithm instead, and spin(1) must find it.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

readonly list=tests/mutants.txt
# A suite that a bug makes hang gets some times as long as it took without.
readonly limit_s=300 times=3 moment_s=10
place=$(mktemp -d "${TMPDIR:-/tmp}/ipc-mutants-XXXXXX") || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT TERM

caught=0
failed=0

declare -A took # seconds, by suite, without a bug

# Builds what the suites take: the programs only for those that start them.
build() {
    local goals=(build/bin/tests)

    case " $*" in
    *" programs"* | *" terminals"* | *" remote"* | *" trust"* | *" bench"* | *" trace"* | *" wake"* | \
        *" report"* | *" pages"* | *" apart"* | *" timeline"* | *" article"* | *" odd"* | *" ends"* | *" planted"* | *" limits"* | *" process"* | *" confine"* | *" faults"*) goals+=(all) ;;
    esac
    make -C "$place" --no-print-directory SETUP=no "${goals[@]}" \
        >"$place/log" 2>&1
}

# LIMIT_S SUITE. SUITE:CASE is one case of a suite.
run() {
    local chosen=("CK_RUN_SUITE=${2%%:*}")

    [ "${2#*:}" = "$2" ] || chosen+=("CK_RUN_CASE=${2#*:}")
    (cd "$place" && env "${chosen[@]}" CK_VERBOSITY=minimal \
        timeout "$1" build/bin/tests) >"$place/log" 2>&1
}

# Whether all of the suites pass as long as there is no bug.
pass() {
    local suite

    for suite in "$@"; do
        [ -z "${took[$suite]:-}" ] || continue
        build "$@" || return 1
        SECONDS=0
        run $limit_s "$suite" || return 1
        took[$suite]=$SECONDS
    done
}

# Whether one of the suites notices.
notices() {
    local suite

    for suite in "$@"; do
        run $((moment_s + times * took[$suite])) "$suite" || return 0
    done
    return 1
}

fail() {
    printf '%-10s %s\n' "$1" "$2"
    failed=$((failed + 1))
}

# NAME FILE EDIT SUITE ...
try() {
    local name=$1 file=$2 edit=$3
    shift 3

    if ! pass "$@"; then
        fail "no suite:" "$name"
        tail -5 "$place/log"
        return
    fi
    perl -0777 -pe "$edit" "$file" >"$place/$file"
    if cmp -s "$file" "$place/$file"; then
        fail "no place:" "$name"
    elif ! build "$@"; then
        fail "no build:" "$name"
        tail -5 "$place/log"
    elif notices "$@"; then
        printf '%-10s %s\n' "caught:" "$name"
        caught=$((caught + 1))
    else
        fail "LIVES:" "$name"
    fi
    cp -p "$file" "$place/$file"
    touch "$place/$file"
}

# Whether spin finds an error in a model, compiled with some definitions.
has_error() {
    local model=$1
    shift
    (cd "$place" && timeout $limit_s spin "$@" -run "$model" 2>&1) |
        grep -q 'errors: [1-9]'
}

# NAME MODEL DEFINITION ...
try_model() {
    local name=$1 model=$2
    shift 2

    if ! command -v spin >/dev/null; then
        printf '%-10s %s (spin is not installed)\n' "skipped:" "$name"
    elif has_error "$model"; then
        fail "no model:" "$name"
    elif has_error "$model" "$@"; then
        printf '%-10s %s\n' "caught:" "$name"
        caught=$((caught + 1))
    else
        fail "LIVES:" "$name"
    fi
}

wanted() {
    local name=$1 part
    shift

    [ $# -eq 0 ] && return 0
    for part in "$@"; do
        case $name in *"$part"*) return 0 ;; esac
    done
    return 1
}

make --no-print-directory SETUP=no all build/bin/tests >/dev/null || exit 1
tar -cf - --exclude=./.git --exclude='./build-*' --exclude=./build/lint-* . |
    tar -xf - -C "$place" || exit 1

name='' file='' suites=''
while IFS= read -r line; do
    case $line in
    '' | '#'*) ;;
    '== '*) name=${line#== } ;;
    'file: '*) file=${line#file: } ;;
    'suites: '*) suites=${line#suites: } ;;
    'model: '*)
        # shellcheck disable=SC2086 # the model and its definitions
        if wanted "$name" "$@"; then
            try_model "$name" ${line#model: } </dev/null
        fi
        ;;
    'edit: '*)
        # shellcheck disable=SC2086 # a word a suite
        if wanted "$name" "$@"; then
            try "$name" "$file" "${line#edit: }" $suites </dev/null
        fi
        ;;
    *)
        echo "$list: what is this? $line" >&2
        exit 1
        ;;
    esac
done <$list

printf '%d passed, %d failed\n' "$caught" "$failed"
[ "$failed" -eq 0 ] && [ "$caught" -gt 0 ]
