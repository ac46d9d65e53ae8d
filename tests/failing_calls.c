/* SPDX-License-Identifier: MIT */
#include "tests/failing_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local unsigned left; /* calls until one fails; 0: none does */
static _Thread_local const char *failed, *passing_on;
static _Thread_local int failed_with;
static atomic_int mapped, sleeps;
static int linger_ms;
static long page; /* bytes; 0: as the system has it */

void calls_fail(unsigned number)
{
    left = number;
    failed = passing_on = NULL;
}

const char *calls_failed(int *ret_error)
{
    left = 0;
    *ret_error = failed_with;
    return failed;
}

const char *calls_passing_on(void)
{
    return passing_on;
}

int calls_mapped(void)
{
    return mapped;
}

int calls_sleeps(void)
{
    return sleeps;
}

void calls_linger(int ms)
{
    linger_ms = ms;
}

void calls_page(long bytes)
{
    page = bytes;
}

/* fails counts a call and returns whether it is the one to fail. */
static bool fails(const char *name, int error)
{
    if (left == 0 || --left > 0)
        return false;
    failed = name;
    failed_with = errno = error;
    return true;
}

/*
 * All are passed on alike, as words: so 64-bit systems hand over numbers and
 * pointers, and those that a call does not take do no harm. NAME64 is the same
 * for who has asked for large files. A library that is not there is not called.
 */
#define WORDS      long a, long b, long c, long d, long e, long f, long g
#define REAL(name) __real_##name(a, b, c, d, e, f, g)

#define WRAP(name, result)                                                     \
    __attribute__((weak)) long __real_##name(WORDS);                           \
    long __wrap_##name(WORDS);                                                 \
    long __wrap_##name##64(WORDS) __attribute__((alias("__wrap_" #name)));     \
    long __wrap_##name(WORDS)                                                  \
    {                                                                          \
        return result;                                                         \
    }

enum { SQLITE_NO_MEMORY = 7 }; /* SQLITE_NOMEM: its header may be missing */

/* What they return when they fail: -1; NULL; the error itself; SQLite's code of
 * it; and -1 for a descriptor. The Makefile takes the names from here. */
#define CALL(name, error)   WRAP(name, fails(#name, error) ? -1 : REAL(name))
#define OBJECT(name, error) WRAP(name, fails(#name, error) ? 0 : REAL(name))
#define NUMBER(name, error) WRAP(name, fails(#name, error) ? error : REAL(name))
#define CODE(name, error)                                                      \
    WRAP(name, fails(#name, error) ? SQLITE_NO_MEMORY : REAL(name))
#define DESCRIPTOR(name, error)                                                \
    WRAP(name, fails(#name, error) ? -1 : note(#name, (int)REAL(name)))

CALL(fcntl, ENOMEM)

/* note remembers a descriptor that is not kept from other programs. */
static long note(const char *name, int fd)
{
    if (fd >= 0 && !passing_on &&
        !(__real_fcntl(fd, F_GETFD, 0, 0, 0, 0, 0) & FD_CLOEXEC))
        passing_on = name;
    return fd;
}

DESCRIPTOR(accept4, EMFILE)
DESCRIPTOR(inotify_init1, EMFILE)
DESCRIPTOR(memfd_create, EMFILE)
DESCRIPTOR(mq_open, ENFILE)
DESCRIPTOR(open, EMFILE)
DESCRIPTOR(openat, EMFILE)
DESCRIPTOR(shm_open, EMFILE)
DESCRIPTOR(socket, EMFILE)
DESCRIPTOR(timerfd_create, EMFILE)

OBJECT(HMAC, ENOMEM)
OBJECT(fdopendir, ENOMEM)
OBJECT(fopen, EMFILE)
OBJECT(open_memstream, ENOMEM)
OBJECT(opendir, EMFILE)
OBJECT(readdir, EIO)
OBJECT(spng_ctx_new, ENOMEM)
OBJECT(tjInitCompress, ENOMEM)
OBJECT(tjInitDecompress, ENOMEM)

CALL(access, EACCES)
CALL(bind, EACCES)
CALL(connect, EACCES)
CALL(fchmod, EROFS)
CALL(fdatasync, EIO)
CALL(fork, EAGAIN)
CALL(fstat, EIO)
CALL(fsync, EIO)
CALL(ftruncate, ENOSPC)
CALL(getrandom, ENOSYS)
CALL(getrlimit, EPERM)
CALL(getsockname, ENOBUFS)
CALL(getsockopt, ENOBUFS)
CALL(inotify_add_watch, ENOSPC)
CALL(link, ENOSPC)
CALL(linkat, ENOSPC)
CALL(listen, ENOBUFS)
CALL(lseek, EIO)
CALL(mkdir, ENOSPC)
CALL(mkfifo, ENOSPC)
CALL(mprotect, ENOMEM)
CALL(mq_getattr, ENOMEM)
CALL(mq_receive, ENOMEM)
CALL(mq_send, ENOMEM)
CALL(msgctl, EACCES)
CALL(msgget, ENOSPC)
CALL(msgrcv, ENOMEM)
CALL(msgsnd, ENOMEM)
CALL(pipe2, EMFILE)
CALL(poll, ENOMEM)
CALL(pread, EIO)
CALL(process_vm_readv, EPERM)
CALL(pwrite, ENOSPC)
CALL(read, EIO)
CALL(recv, ENOMEM)
CALL(recvfrom, ENOMEM)
CALL(recvmsg, ENOMEM)
CALL(rename, ENOSPC)
CALL(renameat, ENOSPC)
CALL(renameat2, ENOSPC)
CALL(send, ENOBUFS)
CALL(sendmsg, ENOBUFS)
CALL(setsockopt, ENOBUFS)
CALL(sigtimedwait, EAGAIN)
CALL(sigwaitinfo, EAGAIN)
CALL(stat, EACCES)
CALL(truncate, EIO)
CALL(unlinkat, EIO)
CALL(vmsplice, ENOMEM)
CALL(write, ENOSPC)

NUMBER(posix_fallocate, ENOSPC)
NUMBER(pthread_cond_init, ENOMEM)
NUMBER(pthread_mutex_init, ENOMEM)
NUMBER(spng_get_ihdr, ENOMEM)

static long linger(long result)
{
    if (linger_ms > 0)
        (void)__real_poll(0, 0, linger_ms, 0, 0, 0, 0);
    return result;
}

WRAP(pthread_create,
     fails("pthread_create", EAGAIN) ? EAGAIN : linger(REAL(pthread_create)))

CALL(redisvAppendCommand, ENOMEM)
CALL(zmq_bind, ENOMEM)
CALL(zmq_connect, ENOMEM)
CALL(zmq_msg_init_data, ENOMEM)
CALL(zmq_msg_recv, ENOMEM)
CALL(zmq_msg_send, ENOMEM)
CALL(zmq_setsockopt, ENOMEM)
CODE(sqlite3_exec, ENOMEM)
CODE(sqlite3_open_v2, ENOMEM)
CODE(sqlite3_prepare_v3, ENOMEM)
CODE(sqlite3_step, ENOMEM)
OBJECT(redisConnectUnixWithTimeout, ENOMEM)
OBJECT(zmq_ctx_new, ENOMEM)
OBJECT(zmq_socket, EMFILE)

/* Without an address it ends the watch, which never fails. */
WRAP(zmq_socket_monitor, b != 0 && fails("zmq_socket_monitor", ENOMEM)
                             ? -1
                             : REAL(zmq_socket_monitor))

/* Of processes: a futex fails only at a wrong address. */
static bool is_of_process(long number)
{
    return number == SYS_pidfd_open || number == SYS_pidfd_send_signal;
}

WRAP(syscall, is_of_process(a) && fails("syscall", ENOMEM) ? -1 : REAL(syscall))

/* One that replaces a part of another belongs to that. */
static long count(long address, int flags)
{
    if ((void *)address != MAP_FAILED && !(flags & MAP_FIXED))
        atomic_fetch_add(&mapped, 1);
    return address;
}

static long uncount(long r)
{
    atomic_fetch_sub(&mapped, 1);
    return r;
}

WRAP(mmap, fails("mmap", ENOMEM) ? -1 : count(REAL(mmap), (int)d))
WRAP(munmap, uncount(REAL(munmap)))

static long note_sleep(long r)
{
    atomic_fetch_add(&sleeps, 1);
    return r;
}

WRAP(clock_nanosleep, note_sleep(REAL(clock_nanosleep)))
WRAP(nanosleep, note_sleep(REAL(nanosleep)))

WRAP(sysconf, a == _SC_PAGESIZE && page > 0 ? page : REAL(sysconf))
