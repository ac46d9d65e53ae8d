#!/bin/sh
# SPDX-License-Identifier: MIT
#
# setup.sh -- holds what setup.sh promises: on each system it says what helps
# there, and its list has all that the sources take from others
#
# The systems are made of stand-ins for uname and its like, in a folder that is
# all of $PATH. Each fault is one line.
set -eu
export LC_ALL=C

faults=0
fault() {
    echo "tests/setup.sh: $1"
    faults=$((faults + 1))
}

# ------------------------------------------------------- what it says, where

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
bin=$place/bin

# NAME SCRIPT: a command of the system that is played.
stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
    chmod +x "$bin/$1"
}

# OS-RELEASE: a system of that kind, with nothing installed.
play() {
    rm -rf "$bin"
    mkdir "$bin"
    for command in sh sed sort paste grep env; do
        ln -s "$(command -v $command)" "$bin/$command"
    done
    stand_in uname 'echo Linux'
    stand_in getconf 'echo 64'
    stand_in ldd 'echo "ldd (GNU libc) 2.36"'
    stand_in id 'echo 1000'
    system=${1:-no os-release}
    printf '%b\n' "$1" >"$place/os-release"
    [ -n "$1" ] || rm "$place/os-release"
}

# STATUS TEXT [OPTION ...]: what setup.sh does there; it must say all of TEXT.
expect() {
    want=$1
    text=$2
    shift 2
    status=0
    said=$(PATH=$bin OS_RELEASE=$place/os-release "$bin/sh" setup.sh "$@" \
        2>&1) || status=$?
    [ "$status" -eq "$want" ] ||
        fault "$system: setup.sh $*: status $status, not $want"
    case $said in
    *"$text"*) ;;
    *) fault "$system: setup.sh $*: no \"$text\" in: $said" ;;
    esac
}

expect_no() {
    case $said in
    *"$1"*) fault "$system: \"$1\" in: $said" ;;
    esac
}

for system in ID=debian 'ID=ubuntu\nID_LIKE=debian' \
    'ID=linuxmint\nID_LIKE="ubuntu debian"'; do
    play "$system"
    expect 1 "apt-get update && apt-get install "
    expect 1 " libspng-dev "
    expect 1 "core/libspng-dev" --missing
    expect_no lint/
    expect 1 "lint/cppcheck" --missing --lint
    expect 1 "arm64/libspng-dev:arm64" --missing --arm64
done
for system in ID=fedora 'ID="rocky"\nID_LIKE="rhel centos fedora"'; do
    play "$system"
    expect 1 "dnf install "
    expect 1 " libspng-devel "
    expect 1 "only Debian's packages" --arm64
done
for system in ID=arch 'ID=manjaro\nID_LIKE=arch'; do
    play "$system"
    expect 1 "pacman -S "
    expect 1 " libspng "
done
for system in 'ID="opensuse-leap"\nID_LIKE="suse opensuse"' ID=void ID=gentoo \
    ID=nixos ''; do
    play "$system"
    stand_in apt-get 'echo "apt-get $*"'
    expect 1 "    the pkg-config module spng"
    expect_no apt-get
    expect 1 "    the command redis-server or valkey-server"
    expect 1 "core/spng.pc" --missing
done

# What no package mends is said at once, to make with a status of its own.
refuse() {
    expect 1 "$1"
    expect_no install
    expect 3 "$1" --missing
}

play ID=alpine
stand_in ldd 'echo "musl libc (x86_64)" >&2; exit 1'
refuse "glibc is needed"
play ID=debian
stand_in getconf 'echo 32'
refuse "64 bits are needed"
play ''
stand_in uname 'echo Darwin'
stand_in getconf 'exit 1'
refuse "on Linux only"

# apt that has no list yet: it is fetched, and then is installed from.
play ID=debian
stand_in id 'echo 0'
stand_in apt-get 'case $* in *--simulate*) exit 100 ;; esac; echo "did $*"'
expect 1 "did update
did install -y --no-install-recommends "
stand_in dpkg 'echo "did dpkg $*"'
expect 1 "did dpkg --add-architecture arm64
did update
did install" --arm64

# -------------------------------------------------------- what its list holds

list=$(sed -n "/^needs='/,/^'/p" setup.sh | grep '^  ')

# What Debian then has: the packages of the list, what they depend on, and what
# is on every machine.
installed() {
    packages=$(echo "$list" | awk '{ print $3 }')
    echo "$packages"
    # shellcheck disable=SC2086 # one word each
    dpkg-query -W -f '${Depends}\n' $packages 2>/dev/null |
        sed 's/([^)]*)//g; s/[,|]/\n/g; s/ //g; s/:[a-z]*//g'
    dpkg-query -W -f '${Essential} ${Priority} ${Package}\n' |
        sed -n 's/^\(yes .*\|.* required\) //p'
}

# PATH USE: a file of another's, used so. Whose it is Debian knows.
check_owner() {
    owner=$(dpkg-query -S "$1" 2>/dev/null || dpkg-query -S \
        "$(readlink -f "$1")" 2>/dev/null) || return 0
    owner=$(echo "$owner" | sed '/^diversion/d; s/[:,].*//; q')
    echo "$installed" | grep -qx "$owner" ||
        fault "$2 is of $owner, which the list of setup.sh does not bring"
}

# The headers of others that the sources include, where they lie here.
header_paths() {
    sed -n 's/^#include <\(.*\)>.*/\1/p' ./*/*.[ch] ./*/*/*.[ch] \
        ./*/*/*/*.[ch] | sort -u | while read -r header; do
        for path in "/usr/include/$header" \
            /usr/include/*-linux-gnu/"$header"; do
            [ ! -e "$path" ] || echo "$path"
        done
    done
}

# All at once: to ask for each would take seconds.
check_headers() {
    # shellcheck disable=SC2046 # one word each
    dpkg-query -S $(header_paths) 2>/dev/null | sed '/^diversion/d' | {
        while read -r owners path; do
            echo "$installed" | grep -qx "${owners%%[:,]*}" ||
                fault "<$path> is of ${owners%%[:,]*}, which the list of \
setup.sh does not bring"
        done
        exit "$faults"
    } || faults=$?
}

# The words that scripts and the Makefile's lines begin with, and what follows
# a pipe or &&; not those in quotes, as awk's.
commands() {
    {
        sed 's/#.*//' setup.sh ipc/*.sh .ci/run | awk -v RS="'" 'NR % 2'
        sed -n "s/^	@*\(if \|! \|\$(call say,[^)]*)\)*//p; s/.*(shell //p" Makefile
    } | sed 's/| */\n/g; s/&& */\n/g' | awk '{ print $1 }' |
        grep -x '[a-z][a-z-]*' | sort -u
}

# apt-get is asked for before it is used.
check_commands() {
    for command in $(commands); do
        path=$(PATH=/usr/sbin:/usr/bin command -v "$command") || continue
        case $path in
        */apt-get) ;;
        /*) check_owner "$path" "$command" ;;
        esac
    done
}

if command -v dpkg-query >/dev/null 2>&1; then
    installed=$(installed)
    check_headers
    check_commands
fi
# What the programs run themselves.
for command in redis-server gnuplot strace ip; do
    case $list in
    *" $command"[\ \|]*) ;;
    *) fault "the list of setup.sh does not bring $command" ;;
    esac
done

[ "$faults" -eq 0 ] || exit 1
echo "setup: what it says on each system, and its list"
