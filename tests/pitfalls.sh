#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pitfalls.sh -- holds that each pitfall fails as it stands and behaves when it
# is repaired, each time; that an exercise begins without its repair, gives three
# hints, and takes a repair that is not ours; and that none of it leaves a
# process or a file. With TEST_LONG twenty runs of each instead of one.
set -euo pipefail
export LC_ALL=C

times=${TEST_LONG:+20}
times=${times:-1}

fail() {
    echo "tests/pitfalls.sh: $1"
    exit 1
}

# NAME DIR: its two programs, so often.
try_pair() {
    local turn

    ipc/pitfall.sh build "$1" "$2"
    for ((turn = 0; turn < times; turn++)); do
        ! ipc/pitfall.sh judge "$2/$1.broken" 1 >/dev/null ||
            fail "$1 behaves, though it is not repaired"
    done
    ipc/pitfall.sh judge "$2/$1.fixed" "$times" >"$2/$1.said" ||
        fail "$1 fails, though it is repaired: $(cat "$2/$1.said")"
}

# Runs a command that must end with this status, and say this.
expect() {
    local status=0 said

    said=$("${@:3}" 2>&1) || status=$?
    [ "$status" = "$1" ] || fail "${*:3}: status $status: $said"
    grep -qF -- "$2" <<<"$said" || fail "${*:3} does not say \"$2\": $said"
}

try_exercise() {
    local mine=$place/exercises/sigpipe.c

    export EXERCISES=$place/exercises BUILD=$place
    expect 2 "make exercise-sigpipe" ipc/pitfall.sh check sigpipe
    expect 0 "Repair $mine" ipc/pitfall.sh exercise sigpipe
    expect 2 "is there" ipc/pitfall.sh exercise sigpipe
    ! grep -qE 'FIXED|Why|Cure|Hint|SIG_IGN' "$mine" ||
        fail "the exercise tells its repair"
    expect 1 "Hint 1" ipc/pitfall.sh check sigpipe
    sed -i 's/int main/int minus/' "$mine"
    expect 1 "undefined reference" ipc/pitfall.sh check sigpipe
    sed -i 's/int minus/int main/' "$mine"
    expect 1 "Hint 2" ipc/pitfall.sh check sigpipe
    expect 1 "Cure" ipc/pitfall.sh check sigpipe
    expect 1 "Cure" ipc/pitfall.sh check sigpipe
    expect 0 "0 of $(wc -l <"$place/names") solved" ipc/pitfall.sh exercises
    sed -i 's/^    (void)close(ends\[0\]);/    sigset_t set;\n\
    (void)sigemptyset(\&set);\n    (void)sigaddset(\&set, SIGPIPE);\n\
    (void)sigprocmask(SIG_BLOCK, \&set, NULL);\n&/' "$mine"
    expect 0 "Why" ipc/pitfall.sh check sigpipe
    expect 0 "1 of $(wc -l <"$place/names") solved" ipc/pitfall.sh check sigpipe
    expect 0 "[x] sigpipe" ipc/pitfall.sh exercises
    expect 0 "SIGPIPE" ipc/pitfall.sh show sigpipe
    expect 2 "no pitfall \"pipesig\"" ipc/pitfall.sh show pipesig
}

# Files of theirs in /tmp, queues, and processes that are still there.
left_behind() {
    local process

    find /tmp /dev/mqueue -maxdepth 1 \( -name 'fcntl-lock-*' -o \
        -name 'lost-update-*' -o -name 'stale-path-*' -o \
        -name 'left-behind-*' \) 2>/dev/null
    for process in /proc/[0-9]*; do
        readlink "$process/exe" 2>/dev/null | grep -F "$place/" || true
    done
}

if [ "${1-}" = pair ]; then
    try_pair "$2" "$3"
    exit
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
before=$(left_behind)
printf '%s\n' */pitfalls/*.c | sed 's|.*/||; s|\.c$||' | tr _ - >"$place/names"
[ "$(wc -l <"$place/names")" -ge 20 ] || fail "some pitfalls are gone"
xargs -P 4 -I @ "$0" pair @ "$place/pitfalls" <"$place/names"
try_exercise
after=$(left_behind)
[ "$after" = "$before" ] || fail "left behind: $after"
echo "pitfalls: $(wc -l <"$place/names"), each broken and repaired, $times time(s)"
