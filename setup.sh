#!/bin/sh
# SPDX-License-Identifier: MIT
#
# setup.sh -- installs what is missing; make calls it by itself
#
#   sh setup.sh             what it takes to build and to test
#   sh setup.sh --lint      and what `make lint` and `make format` take
#
# and for the Makefile, without installing anything:
#
#   sh setup.sh --missing [--lint]   prints FOR/PACKAGE of what is missing,
#                                    status 1; nothing when all is there
#   sh setup.sh --modules            prints FOR/MODULE of pkg-config's modules
set -eu

# The one list. FOR says what goes without it: core (nothing does), one
# mechanism (its file's name), test, lint; server is asked for when a program
# runs, network by some tests, report and trace by the commands of that name.
# WHAT.pc is a pkg-config module, WHAT.h a header, anything else a command, or
# one of several. Debian's names are installed; the others are hints.
#
# FOR    WHAT               Debian            Fedora                 Arch              Alpine
needs='
  core   cc                 gcc               gcc                    gcc               gcc
  core   make               make              make                   make              make
  core   pkg-config         pkg-config        pkgconf-pkg-config     pkgconf           pkgconf
  core   stdio.h            libc6-dev         glibc-devel            glibc             musl-dev
  core   linux/futex.h      linux-libc-dev    kernel-headers         linux-api-headers linux-headers
  core   libturbojpeg.pc    libturbojpeg0-dev turbojpeg-devel        libjpeg-turbo     libjpeg-turbo-dev
  core   spng.pc            libspng-dev       libspng-devel          libspng           libspng-dev
  core   stb_image_resize.h libstb-dev        stb_image_resize-devel stb               stb
  core   libxxhash.pc       libxxhash-dev     xxhash-devel           xxhash            xxhash-dev
  core   libcrypto.pc       libssl-dev        openssl-devel          openssl           openssl-dev
  core   jansson.pc         libjansson-dev    jansson-devel          jansson           jansson-dev
  zeromq libzmq.pc          libzmq3-dev       zeromq-devel           zeromq            zeromq-dev
  sqlite sqlite3.pc         libsqlite3-dev    sqlite-devel           sqlite            sqlite-dev
  redis_stream hiredis.pc   libhiredis-dev    hiredis-devel          hiredis           hiredis-dev
  server redis-server|valkey-server redis-server valkey              valkey            valkey
  network ip                iproute2          iproute                iproute2          iproute2
  report gnuplot            gnuplot-nox       gnuplot                gnuplot           gnuplot
  trace  strace             strace            strace                 strace            strace
  test   check.pc           check             check-devel            check             check-dev
  lint   gcc                gcc               gcc                    gcc               gcc
  lint   clang              clang             clang                  clang             clang
  lint   clang-format       clang-format      clang-tools-extra      clang             clang-extra-tools
  lint   cppcheck           cppcheck          cppcheck               cppcheck          cppcheck
  lint   shellcheck         shellcheck        ShellCheck             shellcheck        shellcheck
'

is_there() {
    case $1 in
    *.pc) pkg-config --exists "${1%.pc}" 2>/dev/null ;;
    *.h) [ -e "/usr/include/$1" ] || [ -e "/usr/include/stb/$1" ] ;;
    *) command -v "${1%%|*}" >/dev/null 2>&1 ||
        command -v "${1#*|}" >/dev/null 2>&1 ;;
    esac
}

# The column of the list that fits this system.
distribution() {
    if [ -r /etc/os-release ]; then
        # shellcheck source=/dev/null
        for id in $(. /etc/os-release && echo "${ID-} ${ID_LIKE-}"); do
            case $id in
            debian | fedora | arch | alpine) echo "$id" && return ;;
            esac
        done
    fi
    echo debian
}

# Prints FOR/PACKAGE of all that is missing.
missing() {
    distribution=$(distribution)
    echo "$needs" | while read -r for what debian fedora arch alpine; do
        if [ -z "$for" ] || { [ "$for" = lint ] && [ -z "$lint" ]; } ||
            is_there "$what"; then
            continue
        fi
        case $distribution in
        fedora) echo "$for/$fedora" ;;
        arch) echo "$for/$arch" ;;
        alpine) echo "$for/$alpine" ;;
        *) echo "$for/$debian" ;;
        esac
    done
}

modules() {
    echo "$needs" | while read -r for what _; do
        case $what in
        *.pc) echo "$for/${what%.pc}" ;;
        esac
    done
}

run() {
    echo "setup.sh: $1"
    sh -c "$1"
}

# Fetches the list of packages first where apt does not know them all, or
# where its list has grown too old to find them: apt-get says 100 then.
install() {
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        as_root="sudo "
        command -v sudo >/dev/null 2>&1 || return 1
    fi
    command -v apt-get >/dev/null 2>&1 || return 1
    update="${as_root}apt-get update"
    install="${as_root}env DEBIAN_FRONTEND=noninteractive"
    install="$install apt-get install -y --no-install-recommends $1"
    # shellcheck disable=SC2086 # the words of $1 are packages
    if apt-get install --simulate -qq $1 >/dev/null 2>&1; then
        status=0
        run "$install" || status=$?
        [ "$status" -eq 100 ] || return "$status"
    fi
    run "$update && $install"
}

advise() {
    case $(distribution) in
    fedora) command="dnf install" ;;
    arch) command="pacman -S" ;;
    alpine) command="apk add" ;;
    *) command="apt-get install" ;;
    esac
    echo "setup.sh: something is missing; please install it, as root:" >&2
    echo "    $command $1" >&2
}

# Prints the packages among the words FOR/PACKAGE, in one line, each once.
packages() {
    printf '%s\n' "$@" | sed 's,.*/,,' | sort -u | paste -s -d ' ' -
}

action=install
lint=
for option in "$@"; do
    case $option in
    --lint) lint=yes ;;
    --missing | --modules) action=${option#--} ;;
    *)
        echo "usage: sh setup.sh [--missing | --modules] [--lint]" >&2
        exit 2
        ;;
    esac
done

if [ "$action" = modules ]; then
    modules
    exit
fi
missing=$(missing)
if [ "$action" = missing ]; then
    [ -n "$missing" ] || exit 0
    echo "$missing"
    exit 1
fi
if [ -z "$missing" ]; then
    echo "setup.sh: nothing is missing"
    exit
fi
# shellcheck disable=SC2086 # one word each
install "$(packages $missing)" || true
missing=$(missing)
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    advise "$(packages $missing)"
    exit 1
fi
