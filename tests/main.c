/* SPDX-License-Identifier: MIT */
/* The test program: every suite, one process for each test. */
#include "ipc/commands/standard_streams.h"
#include "ipc/faults/isolation.h"
#include "tests/helpers.h"
#include "tests/peers.h"
#include "tests/suites.h"

#include <dirent.h>
#include <ftw.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS = 8 }; /* open at once to remove a tree */

static bool mounts_are_ours; /* what is mounted here nobody else sees */

static Suite *(*const suites[])(void) = {
    job_suite,      stream_suite,     packet_suite,     credit_suite,
    lock_suite,     pattern_suite,    record_suite,     image_suite,
    store_suite,    work_suite,       slots_suite,      ring_suite,
    mpmc_suite,     memfd_suite,      reliable_suite,   spool_suite,
    verdict_suite,  measure_suite,    statistics_suite, units_suite,
    rundir_suite,   channel_suite,    exchange_suite,   workers_suite,
    growth_suite,   restarts_suite,   journal_suite,    harness_suite,
    lab_suite,      trace_suite,      report_suite,     bench_suite,
    programs_suite, terminals_suite,  apart_suite,      remote_suite,
    shrink_suite,   colour_suite,     planted_suite,    process_suite,
    limits_suite,   mechanisms_suite, ends_suite,       failures_suite,
    commands_suite, options_suite,    redis_suite,      traits_suite,
    advice_suite,   odd_suite,        upload_suite,     models_suite,
    claims_suite,   article_suite,    timeline_suite,   pages_suite,
    fuzz_suite,     faults_suite,     trust_suite,      confine_suite,
    wake_suite,
};

/* A loopback of their own, where every port is free. */
static void isolate_network(void)
{
    struct ifreq request = { .ifr_name = "lo" };
    int fd;

    if (unshare(CLONE_NEWNET) < 0)
        return;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
        return;
    request.ifr_flags |= IFF_UP;
    (void)ioctl(fd, SIOCSIFFLAGS, &request);
    (void)close(fd);
}

/*
 * The tests look for what a run left behind. As root they look where no other
 * program comes: at queues, shared memory and ports of their own. Anybody else
 * shares the system's, which is as good unless two runs of the tests meet.
 */
static void isolate(void)
{
    isolate_network();
    if (geteuid() == 0)
        (void)isolation_enter(&mounts_are_ours);
}

static int remove_entry(const char *path, const struct stat *status, int type,
                        struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static int run_suites(void)
{
    SRunner *runner = srunner_create(NULL);
    int failed;

    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
        srunner_add_suite(runner, suites[i]());
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    if (srunner_ntests_run(runner) == 0) {
        (void)fprintf(stderr, "no test of that name\n");
        failed = 1;
    }
    srunner_free(runner);
    return failed;
}

static bool is_empty(const char *path)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;
    bool empty = true;

    while (stream && (entry = readdir(stream)))
        empty = empty && (strcmp(entry->d_name, ".") == 0 ||
                          strcmp(entry->d_name, "..") == 0);
    if (stream)
        (void)closedir(stream);
    return empty;
}

/* In memory, where the tests have mounts of their own: thousands of files are
 * made and removed. The long form is on the disk. */
static bool put_into_memory(const char *dir)
{
    return mounts_are_ours && !getenv("TEST_LONG") &&
           mount("tmpfs", dir, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0711") == 0;
}

/* A short path, since sockets will be made there. What failed tests leave is
 * removed; the others must leave nothing. */
static int run_in_own_directory(void)
{
    char dir[] = "/tmp/ipc-tests-XXXXXX";
    bool in_memory;
    int failed;

    /* Open to pass for those who run as nobody in it. */
    if (!mkdtemp(dir) || chmod(dir, 0711) < 0 || setenv("TMPDIR", dir, 1) < 0)
        return -1;
    in_memory = put_into_memory(dir);
    failed = run_suites();
    if (!failed && !is_empty(dir)) {
        (void)fprintf(stderr, "%s: the tests left something there\n", dir);
        failed = -1;
    }
    (void)nftw(dir, remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    if (in_memory && (umount2(dir, MNT_DETACH) < 0 || rmdir(dir) < 0))
        perror(dir);
    return failed;
}

int main(int argc, char **argv)
{
    standard_streams_open();
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc > 1 && strcmp(argv[1], PEER_ARGUMENT) == 0)
        return peer_main(argc - 2, argv + 2);
    test_set_patience();
    isolate();
    return run_in_own_directory() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
