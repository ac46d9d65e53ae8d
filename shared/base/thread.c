/* SPDX-License-Identifier: MIT */
#include "shared/base/thread.h"

#include <signal.h>

int thread_start(pthread_t *ret_thread, void *(*run)(void *), void *arg)
{
    sigset_t all, old;
    int error;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &old);
    error = pthread_create(ret_thread, NULL, run, arg);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return -error;
}
