/* SPDX-License-Identifier: MIT */
/*
 * a7_same_everywhere.c -- what this system has, and POSIX does not
 *
 * Claim       The concepts are the same in every language and on every
 *             operating system.
 * Section     Concurrency vs Parallelism
 * Experiment  seven facilities that Linux has and POSIX does not are used: do
 *             they work? And how far is PIPE_BUF above what POSIX promises?
 * Rule        REFUTED if one of them works, or PIPE_BUF is more than the 512
 *             bytes of POSIX: a program may rest on what others do not have;
 *             else CONFIRMED
 * Twin        only facilities of POSIX, and its own PIPE_BUF
 * Take away   The words are the same, the promises are not: look a guarantee up
 *             for each system on which you rely on it.
 * Manual      standards(7), pipe(7), unix(7)
 */
#include "ipc/claims/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

static bool worked(int fd)
{
    if (fd < 0)
        return false;
    (void)close(fd);
    return true;
}

/* A name that is in no file system. */
static bool has_abstract_names(void)
{
    const struct sockaddr_un name = { AF_UNIX, "\0no file" };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int r = bind(fd, (const struct sockaddr *)&name, sizeof(name));

    return worked(fd) && r == 0;
}

static bool has_file_locks(void)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const int r = fcntl(fd, F_OFD_SETLK, &lock);

    return worked(fd) && r == 0;
}

static bool has_signals_to_read(void)
{
    sigset_t none;

    (void)sigemptyset(&none);
    return worked(signalfd(-1, &none, SFD_CLOEXEC));
}

static bool has_pipe_size(void)
{
    int ends[2], size;

    if (pipe(ends) < 0)
        return false;
    size = fcntl(ends[1], F_GETPIPE_SZ);
    (void)close(ends[0]);
    return worked(ends[1]) && size > 0;
}

/* How many of the seven work. */
static int count_extras(void)
{
    return has_abstract_names() + has_file_locks() + has_signals_to_read() +
           has_pipe_size() + worked(eventfd(0, EFD_CLOEXEC)) +
           worked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) +
           worked(memfd_create("memory", MFD_CLOEXEC));
}

static int count_common(void)
{
    int ends[2];

    if (pipe(ends) < 0)
        return 0;
    return worked(ends[0]) + worked(ends[1]);
}

static int measure(struct claim_run *run)
{
    claim_note(run, "beyond POSIX, and works here", UNIT_COUNT,
               run->twin ? 0 : count_extras());
    claim_note(run, "of POSIX, and works here", UNIT_COUNT, count_common());
    claim_note(run, "PIPE_BUF of POSIX", UNIT_COUNT, _POSIX_PIPE_BUF);
    claim_note(run, "PIPE_BUF here", UNIT_COUNT,
               run->twin ? _POSIX_PIPE_BUF : PIPE_BUF);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double extras = claim_median(run, "beyond POSIX, and works here");
    const double here = claim_median(run, "PIPE_BUF here");
    const double everywhere = claim_median(run, "PIPE_BUF of POSIX");

    claim_say(run,
              "%.0f facilities work here that POSIX does not have, and a write "
              "into a pipe stays whole up to %.0f bytes, where POSIX promises "
              "%.0f.",
              extras, here, everywhere);
    return extras > 0 || here > everywhere ? CLAIM_REFUTED : CLAIM_CONFIRMED;
}

const struct claim_ops a7_same_everywhere_claim = {
    .id = "A7",
    .measure = measure,
    .judge = judge,
};
