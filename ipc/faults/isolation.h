/* SPDX-License-Identifier: MIT */
/*
 * isolation.h -- names that no other program has: to count what is left behind
 */
#ifndef IPC_FAULTS_ISOLATION_H
#define IPC_FAULTS_ISOLATION_H

#include <stdbool.h>

/*
 * isolation_enter gives this process, and those that it forks from here on,
 * System V objects, message queues and a /dev/shm of their own. Not root, it
 * tries with a user namespace in which it is who it was. False: it may not, and
 * shares the system's. With ret_mounts: whether mounts made from here on stay
 * its own.
 */
bool isolation_enter(bool *ret_mounts);

#endif
