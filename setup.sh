#!/bin/sh
# SPDX-License-Identifier: MIT
#
# setup.sh -- installs what is missing; make calls it by itself
#
#   sh setup.sh             what it takes to build and to test
#   sh setup.sh --lint      and what `make lint` and `make format` take
#   sh setup.sh --arm64     and what `make test-arm64` takes, on Debian
#
# and for the Makefile, without installing anything:
#
#   sh setup.sh --missing [--lint] [--arm64]
#                           prints FOR/PACKAGE of what is missing, status 1;
#                           nothing when all is there; status 3 and the reason
#                           where the system will not do
#   sh setup.sh --modules   prints FOR/MODULE of pkg-config's modules
#
# $OS_RELEASE is read instead of /etc/os-release.
set -eu

# The one list. FOR says what goes without it: core (nothing does), one
# mechanism (its file's name), upload (every model), test, lint, arm64; server is
# asked for when a program runs, network by some tests, model by `make model` and
# `make mutants`, report and trace by the commands of that name. WHAT.pc is a
# pkg-config module, WHAT.h a header, /WHAT a file, anything else a command, or
# one of several. Debian's names are installed; the others are hints.
#
# FOR    WHAT               Debian            Fedora                 Arch
needs='
  core   cc                 gcc               gcc                    gcc
  core   make               make              make                   make
  core   pkg-config         pkg-config        pkgconf-pkg-config     pkgconf
  core   stdio.h            libc6-dev         glibc-devel            glibc
  core   linux/futex.h      linux-libc-dev    kernel-headers         linux-api-headers
  core   libturbojpeg.pc    libturbojpeg0-dev turbojpeg-devel        libjpeg-turbo
  core   spng.pc            libspng-dev       libspng-devel          libspng
  core   lcms2.pc           liblcms2-dev      lcms2-devel            lcms2
  core   libxxhash.pc       libxxhash-dev     xxhash-devel           xxhash
  core   libcrypto.pc       libssl-dev        openssl-devel          openssl
  core   libssl.pc          libssl-dev        openssl-devel          openssl
  core   jansson.pc         libjansson-dev    jansson-devel          jansson
  upload libcurl.pc         libcurl4-openssl-dev libcurl-devel       curl
  upload libmicrohttpd.pc   libmicrohttpd-dev libmicrohttpd-devel    libmicrohttpd
  zeromq libzmq.pc          libzmq3-dev       zeromq-devel           zeromq
  sqlite sqlite3.pc         libsqlite3-dev    sqlite-devel           sqlite
  redis_stream hiredis.pc   libhiredis-dev    hiredis-devel          hiredis
  server redis-server|valkey-server redis-server valkey              valkey
  network ip                iproute2          iproute                iproute2
  report gnuplot            gnuplot-nox       gnuplot                gnuplot
  trace  strace             strace            strace                 strace
  test   check.pc           check             check-devel            check
  model  spin               spin              spin                   spin
  lint   gcc                gcc               gcc                    gcc
  lint   clang              clang             clang                  clang
  lint   clang-format       clang-format      clang-tools-extra      clang
  lint   cppcheck           cppcheck          cppcheck               cppcheck
  lint   shellcheck         shellcheck        ShellCheck             shellcheck
  arm64  aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu -                      -
  arm64  qemu-aarch64-static qemu-user-static  -                      -
  arm64  /proc/sys/fs/binfmt_misc/qemu-aarch64 qemu-user-static -     -
  arm64  /usr/lib/aarch64-linux-gnu/crt1.o libc6-dev:arm64    -              -
'

arm64_modules=/usr/lib/aarch64-linux-gnu/pkgconfig

# What no package mends, in words; nothing where the system will do.
refusal() {
    if [ "$(uname -s)" != Linux ]; then
        echo "this suite runs on Linux only, not on $(uname -s)"
    elif [ "$(getconf LONG_BIT 2>/dev/null)" = 32 ]; then
        echo "64 bits are needed, and this system has 32"
    elif ldd --version 2>&1 | grep -q '^musl'; then
        echo "glibc is needed, and this system has musl"
    fi
}

is_there() {
    case $1 in
    /*) [ -e "$1" ] ;;
    *.pc) pkg-config --exists "${1%.pc}" 2>/dev/null ;;
    *.h) [ -e "/usr/include/$1" ] ;;
    *) command -v "${1%%|*}" >/dev/null 2>&1 ||
        command -v "${1#*|}" >/dev/null 2>&1 ;;
    esac
}

# The column of the list that fits this system; other: none does.
distribution() {
    if [ -r "${OS_RELEASE=/etc/os-release}" ]; then
        # shellcheck source=/dev/null
        for id in $(. "$OS_RELEASE" && echo "${ID-} ${ID_LIKE-}"); do
            case $id in
            debian | fedora | arch) echo "$id" && return ;;
            esac
        done
    fi
    echo other
}

# The list's lines that count, less those whose WHAT is there. A module is
# asked for twice where ARM64's are needed, too.
missing_lines() {
    echo "$needs" | while read -r for what rest; do
        case $for in
        '') continue ;;
        lint) [ -n "$lint" ] || continue ;;
        arm64) [ -n "$arm64" ] || continue ;;
        esac
        is_there "$what" || echo "$for $what $rest"
        case $arm64$what in
        yes*.pc)
            PKG_CONFIG_LIBDIR=$arm64_modules is_there "$what" ||
                echo "arm64 $what ${rest%% *}:arm64 - -"
            ;;
        esac
    done
}

# Prints FOR/PACKAGE of all that is missing, FOR/WHAT where the package's name
# is not known.
missing() {
    distribution=$(distribution)
    missing_lines | while read -r for what debian fedora arch; do
        case $distribution in
        debian) echo "$for/$debian" ;;
        fedora) echo "$for/$fedora" ;;
        arch) echo "$for/$arch" ;;
        *) echo "$for/${what%%|*}" ;;
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
    [ "$(distribution)" = debian ] || return 1
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ "$(id -u)" -ne 0 ]; then
        as_root="sudo "
        command -v sudo >/dev/null 2>&1 || return 1
    fi
    update="${as_root}apt-get update"
    if [ -n "$arm64" ]; then
        update="${as_root}dpkg --add-architecture arm64 && $update"
    fi
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

# Lets the kernel start ARM64's programs by qemu, which systemd does elsewhere.
register() {
    at=/proc/sys/fs/binfmt_misc
    rule=/usr/lib/binfmt.d/qemu-aarch64.conf
    [ -r "$rule" ] && [ ! -e "$at/qemu-aarch64" ] || return 0
    [ -e "$at/register" ] ||
        run "${as_root}mount -t binfmt_misc binfmt_misc $at" || return 1
    run "${as_root}sh -c 'cat $rule >$at/register'"
}

# Where the packages' names are not known, what is in them.
describe() {
    missing_lines | while read -r _ what _; do
        case $what in
        *.pc) echo "    the pkg-config module ${what%.pc}" ;;
        *.h) echo "    the header $what" ;;
        *) echo "    the command $what" | sed 's/|/ or /' ;;
        esac
    done | sort -u
}

advise() {
    case $(distribution) in
    debian) command="apt-get update && apt-get install" ;;
    fedora) command="dnf install" ;;
    arch) command="pacman -S" ;;
    *)
        echo "setup.sh: something is missing, and its packages' names on this" \
            "system are not known here; please install what holds:"
        describe
        return
        ;;
    esac
    echo "setup.sh: something is missing; please install it, as root:"
    echo "    $command $1"
}

# Prints the packages among the words FOR/PACKAGE, in one line, each once.
packages() {
    printf '%s\n' "$@" | sed 's,[^/]*/,,' | sort -u | paste -s -d ' ' -
}

action=install
lint=
arm64=
for option in "$@"; do
    case $option in
    --lint) lint=yes ;;
    --arm64) arm64=yes ;;
    --missing | --modules) action=${option#--} ;;
    *)
        echo "usage: sh setup.sh [--missing | --modules] [--lint] [--arm64]" >&2
        exit 2
        ;;
    esac
done

if [ "$action" = modules ]; then
    modules
    exit
fi
refusal=$(refusal)
if [ -n "$refusal" ]; then
    echo "setup.sh: $refusal" >&2
    [ "$action" = missing ] && exit 3
    exit 1
fi
if [ -n "$arm64" ] && [ "$(distribution)" != debian ]; then
    echo "setup.sh: --arm64: only Debian's packages for it are known" >&2
    exit 1
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
[ -z "$arm64" ] || register || true
missing=$(missing)
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    advise "$(packages $missing)" >&2
    exit 1
fi
