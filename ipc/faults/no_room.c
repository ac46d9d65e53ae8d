/* SPDX-License-Identifier: MIT */
#include "ipc/faults/no_room.h"

#include "ipc/faults/victim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

enum { JOBS = 600, PAYLOAD = 4096, BLOCK = 4096, FILE_LIMIT = 16384 };

static const char size_option[] = "size=8m,mode=0700";

/* So that nothing fits any more. */
static void fill(const char *path)
{
    static char block[BLOCK];
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    memset(block, 1, sizeof(block));
    while (fd >= 0 && write(fd, block, sizeof(block)) > 0)
        continue;
    if (fd >= 0)
        (void)close(fd);
}

static void fill_in_mid_run(struct victim *v, const char *path)
{
    (void)victim_await_progress(v);
    fill(path);
    v->cell->injections++;
    victim_await(v);
    (void)unlink(path);
}

/* With room again, a run is as it should be. */
static void fill_and_free(struct fault_cell *cell, const char *dir)
{
    char path[PATH_MAX];
    struct victim v;

    if (snprintf(path, sizeof(path), "%s/filler", dir) >= (int)sizeof(path) ||
        victim_open(&v, cell) < 0)
        return;
    v.plan.jobs = JOBS;
    v.plan.size = v.plan.max = PAYLOAD;
    v.plan.slow_pause_ns = 100000;
    v.plan.restarts = 2;
    victim_look_often(&v);
    while (cell->verdict == CELL_PASS && cell->injections < cell->wanted) {
        if (victim_start(&v) < 0)
            break;
        fill_in_mid_run(&v, path);
        victim_judge(&v, DEMAND_TOLD);
        victim_run(&v, DEMAND_GOOD);
    }
    victim_close(&v);
}

static void fill_disk(struct fault_cell *cell)
{
    const char *dir = getenv("TMPDIR");

    if (!dir ||
        mount("tmpfs", dir, "tmpfs", MS_NOSUID | MS_NODEV, size_option) < 0) {
        cell_skip(cell, "a small file system cannot be mounted here: %s",
                  strerror(errno));
        return;
    }
    fill_and_free(cell, dir);
    if (umount2(dir, MNT_DETACH) < 0)
        cell_fail(cell, "umount: %s", strerror(errno));
}

static void limit_files(void)
{
    const struct rlimit limit = { FILE_LIMIT, FILE_LIMIT };

    (void)setrlimit(RLIMIT_FSIZE, &limit);
}

static void limit_file_size(struct fault_cell *cell)
{
    struct victim v;

    if (victim_open(&v, cell) < 0)
        return;
    v.plan.jobs = JOBS / 10;
    v.plan.size = v.plan.max = PAYLOAD;
    v.plan.restarts = 2;
    v.prepare = limit_files;
    while (cell->verdict == CELL_PASS && cell->injections < cell->wanted) {
        victim_run(&v, DEMAND_TOLD);
        cell->injections++;
    }
    victim_close(&v);
}

const struct fault_case no_room_faults[] = {
    { "F12", "full", "the file system is full",
      "one of 8 MiB is filled in mid-run; then there is room again", false,
      NULL, fill_disk },
    { "F12", "file-size", "no file may be larger than 16 KiB",
      "RLIMIT_FSIZE, from the start", false, NULL, limit_file_size },
    { .id = NULL },
};
