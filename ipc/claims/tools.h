/* SPDX-License-Identifier: MIT */
/*
 * tools.h -- what many experiments need: processes, threads, work, a clock
 */
#ifndef IPC_CLAIMS_TOOLS_H
#define IPC_CLAIMS_TOOLS_H

#include "ipc/claims/claim.h"
#include "shared/base/clock.h"

#include <pthread.h>
#include <sys/types.h>

/* tool_rounds returns how often to measure what is timed: CLAIM_ROUNDS, or 3 in
 * a test. */
unsigned tool_rounds(const struct claim_run *run);

/* tool_curve_rounds returns how often to measure the points of curves, all of
 * them in each round: three times, once in a test, and never for a twin. */
unsigned tool_curve_rounds(const struct claim_run *run);

/* tool_processors returns on how many this process may run. */
unsigned tool_processors(void);

/* tool_pin keeps this thread, and what it starts from now on, on the n-th of
 * them, modulo how many there are. tool_pin_none lets it go everywhere again.
 * Errors of sched_setaffinity(2). */
int tool_pin(unsigned n);
int tool_pin_none(void);

/* tool_share returns zeroed memory that this process shares with those it
 * forks; NULL: there is none. */
void *tool_share(size_t size);

/* tool_fork runs child(arg) in a process of its own, which then exits with what
 * it returned. Returns its pid, or a negative errno. tool_wait waits for it:
 * its status as waitpid(2) tells, or -1. */
pid_t tool_fork(int (*child)(void *arg), void *arg);
int tool_wait(pid_t pid);

/* tool_threads runs work(arg, 0) to work(arg, count - 1) at once, in a thread
 * each, and returns how long they took in all, from the moment when all were
 * there; 0: that many could not be made. */
uint64_t tool_threads(unsigned count, void (*work)(void *arg, unsigned index),
                      void *arg);

/* tool_processes: the same in a process each; arg is memory of tool_share. */
uint64_t tool_processes(unsigned count, void (*work)(void *arg, unsigned index),
                        void *arg);

/* tool_compute keeps a processor busy, with nothing but its registers. It
 * returns a number, so that no compiler leaves it out. tool_compute_of returns
 * how many steps take about so long on this machine now. */
uint64_t tool_compute(uint64_t steps);
uint64_t tool_compute_of(uint64_t ns);

/* tool_least returns the smaller of two times: of the same work what took
 * longer was held up by others. */
static inline uint64_t tool_least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* tool_sleep sleeps for so long. */
void tool_sleep(uint64_t ns);

/* tool_cpu_ns returns the CPU time that this process has used. */
uint64_t tool_cpu_ns(void);

/* tool_memory returns a figure of /proc/PID/smaps_rollup in bytes, such as
 * "Pss" or "Rss"; 0 where there is none. */
size_t tool_memory(pid_t pid, const char *figure);

/* tool_barrier makes a barrier for count threads; or for processes, if it lies
 * in memory of tool_share. */
void tool_barrier(pthread_barrier_t *barrier, unsigned count);

/* tool_fill returns private memory of that size, in pages of the usual size,
 * each of them written; NULL: there is none. */
void *tool_fill(size_t size);

/* tool_heap_is_usual returns false where malloc(3) is that of a sanitizer: it
 * keeps what was freed, and ends the process rather than return NULL. */
bool tool_heap_is_usual(void);

/* tool_limit_memory lets this process map so many bytes more than it has by
 * now, and no more than that. Errors of setrlimit(2), or what fopen(3) tells
 * without a /proc. */
int tool_limit_memory(size_t more);

/* tool_pass sends a descriptor over a Unix socket, with one byte; tool_take
 * receives it, or a negative errno: -EBADMSG where the byte came without. */
int tool_pass(int socket, int fd);
int tool_take(int socket);

/* tool_set_address gives a device of this network namespace an IPv4 address,
 * and turns it on. tool_lay_cable joins this namespace, which is new, to that
 * of a process, which is, too: in both the device is "veth0". Errors of
 * netdevice(7) and rtnetlink(7). */
int tool_set_address(const char *device, const char *address);
int tool_lay_cable(pid_t pid);

#endif
