/* SPDX-License-Identifier: MIT */
/*
 * thread.h -- a thread that works beside the one that a program knows of
 */
#ifndef SHARED_BASE_THREAD_H
#define SHARED_BASE_THREAD_H

#include <pthread.h>

/* thread_start is pthread_create(3), with every signal blocked in the thread:
 * they are for those that the program has itself. A negative errno; on 0 the
 * caller joins it. */
int thread_start(pthread_t *ret_thread, void *(*run)(void *), void *arg);

#endif
