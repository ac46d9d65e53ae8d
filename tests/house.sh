#!/bin/sh
# SPDX-License-Identifier: MIT
#
# house.sh BUILD FILE.c ... -- holds that the house stands: no arrow points up
#
# The files named are the mechanisms. A module is FILE.h and FILE.c. It stands
# on another when it includes that one's header or, as the objects in BUILD
# tell, uses what that one defines. Rooms are folders; a module stands on those
# of its own room and of the rooms before it in the list below, and no two stand
# on each other, neither directly nor round about. What lies in shared/ is
# reached by two mechanisms at least, or by one and the harness. A header
# declares only what its own .c defines. And one header of each room tells what
# is in it ("In this room: "). Each violation is one line.
set -eu
export LC_ALL=C

build=$1
shift

# From the ground up. A mechanism stands on shared/ and the front door alone.
rooms='shared/base shared/dir shared/process shared/frame shared/memory
    shared/net ipc mechanism ipc/job ipc/upload ipc/models ipc/worker
    ipc/exchange ipc/screen
    ipc/options ipc/apart ipc/lab/measure ipc/lab/models ipc/lab/trace
    ipc/lab/show ipc/claims ipc/faults
    ipc/advice ipc/commands'

sources=$(find files signals pipes sockets queues shared ipc -name '*.[ch]')

# A mechanism that this build lacks has none.
objects() {
    for source in $sources; do
        object=$build/${source%.c}.o
        [ "$source" = "${source%.c}" ] || [ ! -f "$object" ] || echo "$object"
    done
}

# PATH includes PATH, PATH declares NAME, PATH defines NAME, PATH uses NAME,
# PATH introduces its room.
facts() {
    # shellcheck disable=SC2086 # one word a file
    grep -H '^#include "' $sources | sed 's/:#include "/ includes /; s/".*//'
    # shellcheck disable=SC2086
    awk '
    FILENAME ~ /\.h$/ && /^[a-z].*[;(,]( *\/\*.*)?$/ &&
        !/^(static|typedef|struct [a-z_]+ \{|enum|union)/ {
        text = $0
        sub(/ *\/\*.*/, "", text)
        sub(/[[(;].*/, "", text)
        sub(/^.*[ *]/, "", text)
        print FILENAME, "declares", text
    }' $sources
    # shellcheck disable=SC2086
    grep -H '^ \* In this room: ' $sources | sed 's/:.*/ introduces a room/'
    # shellcheck disable=SC2046
    nm -A $(objects) | sed "s|^$build/||; s/\.o:/.c /" |
        awk '{ print $1, $(NF - 1) == "U" ? "uses" : "defines", $NF }'
}

# shellcheck disable=SC2016 # the dollars are awk's
facts | awk -v mechanisms="$*" -v rooms="$rooms" '
function wrong(reason) {
    print reason
    violations++
}

function module(path) {
    sub(/\.[ch]$/, "", path)
    return path
}

function room(path) {
    sub(/\/[^\/]*$/, "", path)
    return path in floor ? path : "mechanism"
}

function arrow(from, to, why) {
    if (from == to || (from, to) in seen)
        return
    seen[from, to] = 1
    stands[from] = stands[from] " " to
    is_module[from] = is_module[to] = 1
    if (floor[room(to)] > floor[room(from)])
        wrong(from " stands on " to ", which is higher (" why ")")
}

# Depth first: what is met again on the way there closes a circle.
function visit(at, way,   word, n, i) {
    if (state[at] == "done")
        return
    if (state[at] == "open") {
        sub(".* " at " ", at " ", way)
        wrong("a circle: " way at)
        return
    }
    state[at] = "open"
    n = split(stands[at], word, " ")
    for (i = 1; i <= n; i++)
        visit(word[i], way at " ")
    state[at] = "done"
}

# Notes that a user, a mechanism or the harness, reaches a module.
function reach(user, at,   word, n, i) {
    if ((user, at) in reached)
        return
    reached[user, at] = 1
    users[at]++
    user_of[at] = user
    n = split(stands[at], word, " ")
    for (i = 1; i <= n; i++)
        if (room(word[i]) ~ /^(shared\/.*|ipc|mechanism)$/)
            reach(user, word[i])
}

BEGIN {
    n = split(rooms, list, " ")
    for (i = 1; i <= n; i++)
        floor[list[i]] = i
}

$2 == "includes" { arrow(module($1), module($3), "includes it") }
$2 == "defines" { home[$3] = module($1) }
$2 == "declares" { declared[++declarations] = $1 " " $3 }
$2 == "introduces" { introductions[room($1)]++ }
$2 == "uses" { use[++uses] = $1 " " $3 }

END {
    for (i = 1; i <= uses; i++) {
        split(use[i], word, " ")
        if (word[2] in home)
            arrow(module(word[1]), home[word[2]], "calls " word[2])
    }
    for (i = 1; i <= declarations; i++) {
        split(declared[i], word, " ")
        if (word[2] in home && home[word[2]] != module(word[1]))
            wrong(word[1] " declares " word[2] ", which " home[word[2]] \
                  ".c defines")
    }
    for (name in floor)
        if (name ~ /\// && introductions[name] != 1)
            wrong(name " has " introductions[name] + 0 " headers that tell " \
                  "what is in this room")
    for (at in is_module)
        visit(at, "")
    n = split(mechanisms, list, " ")
    for (i = 1; i <= n; i++)
        reach(module(list[i]), module(list[i]))
    for (at in is_module)
        if (at ~ /^ipc\//)
            reach("the harness", at)
    for (at in is_module)
        if (at ~ /^shared\// && users[at] < 2)
            wrong(at " has a single user, " user_of[at])
    if (violations)
        exit 1
    print "house: every arrow points down"
}'
