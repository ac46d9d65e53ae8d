/* SPDX-License-Identifier: MIT */
/*
 * i15_mapped_death.c -- what a mapped file keeps when its writer dies
 *
 * Claim       What is in a memory-mapped file is lost when the machine
 *             restarts.
 * Section     Interprocess communication: 1. Files
 * Experiment  a process fills a mapped file of 16 MiB, and gets SIGKILL without
 *             msync(2); then the file is read. To restart the machine is not
 *             for an experiment: this tries what comes before it
 * Rule        DEPENDS if nothing is lost with the process: then it is on the
 *             file system what a restart loses; CONFIRMED if all of it is lost
 *             already; MOSTLY if a part is
 * Twin        the file is mapped with MAP_PRIVATE
 * Take away   A mapped file is a file: the kernel writes it to the disk by and
 *             by, and before it shuts down. msync(2) is for the power failure;
 *             a file system in memory (tmpfs) loses all.
 * Manual      mmap(2), msync(2), tmpfs(5)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 16 << 20 };

struct scene {
    int fd;
    int flags; /* of mmap(2) */
};

static int fill_and_die(void *arg)
{
    const struct scene *scene = arg;
    char *map =
        mmap(NULL, SIZE, PROT_READ | PROT_WRITE, scene->flags, scene->fd, 0);

    if (map == MAP_FAILED)
        return EXIT_FAILURE;
    memset(map, 'x', SIZE);
    return raise(SIGKILL);
}

/* How many bytes of the file are not what was stored; -1: it cannot be read. */
static double count_lost(int fd)
{
    static char bytes[SIZE];
    double lost = 0;

    for (size_t at = 0; at < SIZE;) {
        const ssize_t n = pread(fd, bytes + at, SIZE - at, (off_t)at);

        if (n <= 0)
            return -1;
        at += (size_t)n;
    }
    for (size_t at = 0; at < SIZE; at++)
        lost += bytes[at] != 'x';
    return lost;
}

static int measure(struct claim_run *run)
{
    struct scene scene = {
        .fd = open("mapped", O_CREAT | O_RDWR | O_CLOEXEC, 0600),
        .flags = run->twin ? MAP_PRIVATE : MAP_SHARED,
    };
    struct statfs system;
    double lost;
    pid_t pid;
    int status;

    if (scene.fd < 0 || ftruncate(scene.fd, SIZE) < 0 ||
        fstatfs(scene.fd, &system) < 0)
        return -errno;
    pid = tool_fork(fill_and_die, &scene);
    if (pid < 0)
        return pid;
    status = tool_wait(pid);
    lost = count_lost(scene.fd);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL || lost < 0)
        return -EIO;
    claim_note(run, "stored", UNIT_BYTES, SIZE);
    claim_note(run, "lost with the process", UNIT_BYTES, lost);
    claim_note(run, "the file system is in memory", UNIT_YES_NO,
               system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double stored = claim_median(run, "stored");
    const double lost = claim_median(run, "lost with the process");
    char texts[2][FIGURE_TEXT_MAX];

    if (lost > 0) {
        claim_say(run, "With the process %s of %s are lost already.",
                  claim_value_text(run, "lost with the process", texts[0]),
                  claim_value_text(run, "stored", texts[1]));
        return lost == stored ? CLAIM_CONFIRMED : CLAIM_MOSTLY;
    }
    claim_say(run,
              "Of %s none is lost when the process is killed. A restart cannot "
              "be tried here: this file system is %s.",
              claim_value_text(run, "stored", texts[1]),
              claim_median(run, "the file system is in memory") > 0
                  ? "in memory, and would lose all"
                  : "on a disk, and would keep what was written there by then");
    return CLAIM_DEPENDS;
}

const struct claim_ops i15_mapped_death_claim = {
    .id = "I15",
    .measure = measure,
    .judge = judge,
};
