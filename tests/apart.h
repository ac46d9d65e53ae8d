/* SPDX-License-Identifier: MIT */
/*
 * apart.h -- a container, as far as the mechanisms can tell: namespaces of
 * IPC, network, pids and mounts of its own, a /dev/shm and a /proc that belong
 * to it; and the same files as everybody
 */
#ifndef TESTS_APART_H
#define TESTS_APART_H

#include <stdbool.h>

/* apart_enter moves this process there: what goes on is a child's child, and
 * this one ends as that does. -1 and errno. */
int apart_enter(void);

/* apart_possible: whether this system lets it; if not, prints what is not
 * tested for that. */
bool apart_possible(const char *what);

#endif
