/* SPDX-License-Identifier: MIT */
/* The private directory of a run: who gets it, what is removed, what never. */
#include "ipc/channel_config.h"
#include "ipc/exchange/rundir.h"
#include "shared/dir/record.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, LOOPS = 1000 };

/* -------------------------------------------------------------- the place */

static char home[TEST_DIR_MAX];  /* $TMPDIR of a test */
static char state[TEST_DIR_MAX]; /* its $XDG_STATE_HOME */

static const char *in_home(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, PATH_MAX, "%s/%s", home, name);
    return path;
}

static void make_home(void)
{
    make_test_dir(home);
    make_test_dir(state);
    ck_assert_int_eq(setenv("TMPDIR", home, 1), 0);
    ck_assert_int_eq(setenv("XDG_STATE_HOME", state, 1), 0);
}

/* Whatever a test does not remove itself is a leftover of rundir's. */
static void remove_home(void)
{
    char claims[TEST_DIR_MAX + 20];

    (void)snprintf(claims, sizeof(claims), "%s/ipc-showcase", state);
    ck_assert_msg(rmdir(claims) == 0 || errno == ENOENT, "%s: %s", claims,
                  strerror(errno));
    ck_assert_int_eq(rmdir(state), 0);
    ck_assert_msg(rmdir(home) == 0, "%s: %s", home, strerror(errno));
}

static void put_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

static bool exists(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

static void expect_file(const char *path, const char *text)
{
    char back[100] = "";
    int fd = open(path, O_RDONLY);

    ck_assert_msg(fd >= 0, "%s is gone", path);
    ck_assert_int_eq(read(fd, back, sizeof(back) - 1), (ssize_t)strlen(text));
    ck_assert_str_eq(back, text);
    (void)close(fd);
}

/* Runs a part of the test in another process. */
static pid_t begin(void (*part)(void))
{
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        part();
        _exit(0);
    }
    return pid;
}

static void await(pid_t pid, int expected)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(status == expected, "wait status %#x", (unsigned)status);
}

/* A part checks by this, since its own assertions would go unheard. */
static void require(bool condition)
{
    if (!condition)
        _exit(1);
}

/* What a consumer does to have the directory "x". */
static int claim(struct rundir *rundir)
{
    struct leftover left;
    int r;

    r = rundir_claim(rundir, in_home("x"));
    return r == 0 ? rundir_begin(rundir, &left) : r;
}

/* A run takes the directory "x", leaves something there and is killed. */
static void claim_and_die(void (*leave)(const char *dir))
{
    struct rundir rundir;
    pid_t pid = fork();

    if (pid == 0) {
        require(claim(&rundir) == 0);
        leave(rundir.path);
        (void)kill(getpid(), SIGKILL);
    }
    await(pid, SIGKILL);
}

static int release(struct rundir *rundir)
{
    struct leftover left;

    return rundir_release(rundir, &left);
}

static void leave_nothing(const char *dir)
{
    (void)dir;
}

static void claim_and_release(void)
{
    struct rundir rundir = { 0 };
    int r;

    r = claim(&rundir);
    ck_assert_msg(r == 0, "claim: %s", strerror(-r));
    ck_assert_int_eq(release(&rundir), 0);
}

/* ------------------------------------------------------------------- make */

START_TEST(test_make)
{
    struct rundir rundir = { 0 };
    struct stat status;

    ck_assert_int_eq(rundir_make(&rundir), 0);
    ck_assert_int_eq(lstat(rundir.path, &status), 0);
    ck_assert_int_eq(status.st_mode, S_IFDIR | 0700);
    ck_assert_uint_eq(status.st_uid, geteuid());
    ck_assert_int_eq(strncmp(rundir.path, in_home(CHANNEL_PREFIX),
                             strlen(in_home(CHANNEL_PREFIX))),
                     0);
    ck_assert(rundir_has(&rundir, RUN_LOCK));
    ck_assert(!rundir_has(&rundir, PRODUCER_LOCK));
    ck_assert(!rundir_is_dead(rundir.path, RUN_LOCK));
    ck_assert_int_eq(release(&rundir), 0);
    ck_assert_str_eq(rundir.path, "");
    ck_assert_int_eq(release(&rundir), 0);
}
END_TEST

START_TEST(test_make_two)
{
    struct rundir one = { 0 }, two = { 0 };

    ck_assert_int_eq(rundir_make(&one), 0);
    ck_assert_int_eq(rundir_make(&two), 0);
    ck_assert_str_ne(one.path, two.path);
    ck_assert_int_eq(release(&one), 0);
    ck_assert(rundir_has(&two, RUN_LOCK));
    ck_assert_int_eq(release(&two), 0);
}
END_TEST

/* A $TMPDIR that means another place in every directory is not meant. */
START_TEST(test_make_elsewhere)
{
    struct rundir rundir = { 0 };

    ck_assert_int_eq(setenv("TMPDIR", "here", 1), 0);
    ck_assert_int_eq(rundir_make(&rundir), 0);
    ck_assert_int_eq(strncmp(rundir.path, "/tmp/", 5), 0);
    ck_assert_int_eq(release(&rundir), 0);
    ck_assert_int_eq(setenv("TMPDIR", in_home("missing"), 1), 0);
    ck_assert_int_eq(rundir_make(&rundir), -ENOENT);
    ck_assert_int_eq(release(&rundir), 0);
}
END_TEST

/* Everything a run makes, as a mechanism would. */
static void leave_files(const char *dir)
{
    static const char *const names[] = { "jobs", "jobs.sock", "results.0",
                                         "results.json", "ready.json" };
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        put_file(path, "text");
    }
    (void)snprintf(path, sizeof(path), "%s/jobs.spool", dir);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/jobs.spool/0001", dir);
    put_file(path, "text");
    (void)snprintf(path, sizeof(path), "%s/results.pipe", dir);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

START_TEST(test_release_removes)
{
    struct rundir rundir = { 0 };

    ck_assert_int_eq(rundir_make(&rundir), 0);
    leave_files(rundir.path);
    ck_assert_int_eq(release(&rundir), 0);
}
END_TEST

/* A producer that has not heard yet: files come until there is no place. */
static void put_messages(void)
{
    const char *path = in_home("x/jobs.spool/message");
    int fd;

    while ((fd = open(path, O_WRONLY | O_CREAT, 0600)) >= 0)
        (void)close(fd);
    require(errno == ENOENT);
}

START_TEST(test_release_against_producer)
{
    struct rundir rundir = { 0 };
    pid_t pid;

    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(claim(&rundir), 0);
        ck_assert_int_eq(mkdir(in_home("x/jobs.spool"), 0700), 0);
        pid = begin(put_messages);
        while (!exists(in_home("x/jobs.spool/message")))
            continue;
        ck_assert_int_eq(release(&rundir), 0);
        ck_assert(!exists(in_home("x")));
        await(pid, 0);
    }
}
END_TEST

/* ------------------------------------------------------------------ claim */

START_TEST(test_claim_new)
{
    struct rundir rundir = { 0 };
    struct stat status;

    (void)umask(0);
    ck_assert_int_eq(claim(&rundir), 0);
    ck_assert_str_eq(rundir.path, in_home("x"));
    ck_assert_int_eq(lstat(in_home("x"), &status), 0);
    ck_assert_int_eq(status.st_mode, S_IFDIR | 0700);
    ck_assert_int_eq(lstat(in_home("x/" RUN_LOCK), &status), 0);
    ck_assert_int_eq(status.st_mode, S_IFREG | 0600);
    leave_files(rundir.path);
    ck_assert_int_eq(release(&rundir), 0);
    ck_assert(!exists(in_home("x")));
}
END_TEST

/* Somebody made it for us: it is emptied, and stays. */
START_TEST(test_claim_empty)
{
    struct rundir rundir = { 0 };

    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    ck_assert_int_eq(claim(&rundir), 0);
    leave_files(rundir.path);
    ck_assert_int_eq(release(&rundir), 0);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
}
END_TEST

static void expect_refused(const char *path, int expected)
{
    struct rundir rundir = { 0 };
    int r;

    r = rundir_claim(&rundir, path);
    ck_assert_msg(r == expected, "%s: %s", path, strerror(-r));
    ck_assert_str_eq(rundir.path, "");
    ck_assert_int_eq(release(&rundir), 0);
}

static const mode_t open_modes[] = { 0701, 0710, 0720, 0740, 0755, 0777 };

START_TEST(test_claim_open_to_others)
{
    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    ck_assert_int_eq(chmod(in_home("x"), open_modes[_i]), 0);
    expect_refused(in_home("x"), -EPERM);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
}
END_TEST

/* Root could use it, and would then do somebody else's bidding. */
START_TEST(test_claim_of_another_user)
{
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    ck_assert_int_eq(chown(in_home("x"), NOBODY, NOBODY), 0);
    expect_refused(in_home("x"), -EPERM);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
}
END_TEST

/* Without a run's lock these are somebody's own, though a run has such names
 * too. */
static const char *const own_names[] = {
    "photo.jpg", "results.csv", "jobs", "ready.txt", "consumer", ".hidden",
};

START_TEST(test_claim_of_own_files)
{
    char name[NAME_MAX];

    (void)snprintf(name, sizeof(name), "x/%s", own_names[_i]);
    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    put_file(in_home(name), "mine");
    expect_refused(in_home("x"), -ENOTEMPTY);
    expect_file(in_home(name), "mine");
    ck_assert_int_eq(unlink(in_home(name)), 0);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
}
END_TEST

/* Nor is anything removed when a killed run's files lie among them. */
START_TEST(test_claim_of_mixed_files)
{
    claim_and_die(leave_nothing);
    put_file(in_home("x/jobs.sock"), "a run's");
    put_file(in_home("x/jobs-12.sock"), "a run's");
    put_file(in_home("x/photo.jpg"), "mine");
    expect_refused(in_home("x"), -ENOTEMPTY);
    ck_assert_int_eq(rename(in_home("x/photo.jpg"), in_home("x/jobs-a")), 0);
    expect_refused(in_home("x"), -ENOTEMPTY);
    ck_assert_int_eq(rename(in_home("x/jobs-a"), in_home("x/photo.jpg")), 0);
    expect_file(in_home("x/photo.jpg"), "mine");
    expect_file(in_home("x/jobs.sock"), "a run's");
    ck_assert_int_eq(unlink(in_home("x/photo.jpg")), 0);
    claim_and_release();
    ck_assert(!exists(in_home("x")));
}
END_TEST

START_TEST(test_claim_no_directory)
{
    char path[PATH_MAX + 10];

    put_file(in_home("x"), "mine");
    expect_refused(in_home("x"), -ENOTDIR);
    expect_refused(in_home("x/y"), -ENOTDIR);
    expect_file(in_home("x"), "mine");
    ck_assert_int_eq(unlink(in_home("x")), 0);
    expect_refused(in_home("missing/x"), -ENOENT);
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    expect_refused(path, -ENAMETOOLONG);
}
END_TEST

/* Not even to a directory that would do: its owner may turn it elsewhere. */
START_TEST(test_claim_symlink)
{
    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    ck_assert_int_eq(symlink("x", in_home("link")), 0);
    expect_refused(in_home("link"), -ENOTDIR);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
    expect_refused(in_home("link"), -ENOTDIR);
    ck_assert_int_eq(unlink(in_home("link")), 0);
}
END_TEST

/* The lock is neither followed nor written through. */
START_TEST(test_claim_lock_is_symlink)
{
    put_file(in_home("victim"), "mine");
    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    ck_assert_int_eq(symlink("../victim", in_home("x/" RUN_LOCK)), 0);
    expect_refused(in_home("x"), -EPROTO);
    expect_file(in_home("victim"), "mine");
    ck_assert_int_eq(unlink(in_home("x/" RUN_LOCK)), 0);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
    ck_assert_int_eq(unlink(in_home("victim")), 0);
}
END_TEST

static void expect_busy(void)
{
    struct rundir rundir = { 0 };

    require(rundir_claim(&rundir, in_home("x")) == -EBUSY);
}

START_TEST(test_claim_busy)
{
    struct rundir rundir = { 0 };

    ck_assert_int_eq(claim(&rundir), 0);
    put_file(in_home("x/jobs.sock"), "in use");
    expect_refused(in_home("x"), -EBUSY);
    await(begin(expect_busy), 0);
    expect_file(in_home("x/jobs.sock"), "in use");
    ck_assert(!rundir_is_dead(in_home("x"), RUN_LOCK));
    ck_assert_int_eq(release(&rundir), 0);
    claim_and_release();
}
END_TEST

/* As long as one of its processes lives, a run is not dead. */
START_TEST(test_claim_of_orphan)
{
    int fds[2];
    char byte;
    pid_t pid;

    ck_assert_int_eq(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        struct rundir rundir = { 0 };

        require(rundir_claim(&rundir, in_home("x")) == 0);
        if (fork() == 0) { /* a worker, till the test closes the pipe */
            (void)close(fds[1]);
            _exit(read(fds[0], &byte, 1) != 0);
        }
        (void)kill(getpid(), SIGKILL);
    }
    await(pid, SIGKILL);
    expect_refused(in_home("x"), -EBUSY);
    (void)close(fds[1]);
    for (int ms = 0; ms < 2000 && !rundir_is_dead(in_home("x"), RUN_LOCK); ms++)
        pause_ms(1);
    claim_and_release();
    ck_assert(!exists(in_home("x")));
}
END_TEST

/* -------------------------------------------------- what killed runs leave */

static bool queue_exists(const char *name)
{
    mqd_t queue = mq_open(name, O_RDONLY);

    if (queue == (mqd_t)-1)
        return false;
    (void)mq_close(queue);
    return true;
}

static bool memory_exists(const char *name)
{
    int fd = shm_open(name, O_RDONLY, 0);

    if (fd < 0)
        return false;
    (void)close(fd);
    return true;
}

static void make_memory(const char *name)
{
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);

    ck_assert_msg(fd >= 0, "%s: %s", name, strerror(errno));
    (void)close(fd);
}

static void make_queue(const char *name)
{
    struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = 8 };
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);

    ck_assert_msg(queue != (mqd_t)-1, "%s: %s", name, strerror(errno));
    (void)mq_close(queue);
}

/* A queue that has no name but its key, which is this test's alone. */
static key_t queue_key(void)
{
    return (key_t)(getpid() * 64 + 1);
}

static void make_sysv_queue(key_t key, int mode)
{
    ck_assert_int_ge(msgget(key, IPC_CREAT | IPC_EXCL | mode), 0);
}

static bool sysv_queue_exists(key_t key)
{
    return msgget(key, 0) >= 0;
}

static void remove_sysv_queue(key_t key)
{
    (void)msgctl(msgget(key, 0), IPC_RMID, NULL);
}

/* A name outside the directory, of this test alone. */
static const char *global_name(const char *name)
{
    static char text[CHANNEL_NAME_MAX];

    (void)snprintf(text, sizeof(text), "/" CHANNEL_PREFIX "%s-%s",
                   strrchr(home, '-') + 1, name);
    return text;
}

static void leave_names(const char *dir)
{
    require(record_write(dir, "jobs", "mq", global_name("jobs")) == 0);
    make_queue(global_name("jobs"));
    require(record_write(dir, "results", "shm", global_name("results")) == 0);
    make_memory(global_name("results"));
    leave_files(dir);
}

START_TEST(test_killed_run_is_swept)
{
    struct rundir rundir = { 0 };

    claim_and_die(leave_names);
    ck_assert(rundir_is_dead(in_home("x"), RUN_LOCK));
    ck_assert(queue_exists(global_name("jobs")));
    ck_assert(memory_exists(global_name("results")));
    ck_assert_int_eq(claim(&rundir), 0);
    ck_assert(!queue_exists(global_name("jobs")));
    ck_assert(!memory_exists(global_name("results")));
    ck_assert(!rundir_has(&rundir, "jobs.sock"));
    ck_assert(!rundir_has(&rundir, "jobs.spool"));
    ck_assert(!rundir_has(&rundir, "ready.json"));
    ck_assert_int_eq(release(&rundir), 0);
    /* The killed run had made it. */
    ck_assert(!exists(in_home("x")));
}
END_TEST

static key_t key_left; /* by the process that was killed */

static void leave_sysv_queue(const char *dir)
{
    char text[RECORD_TEXT_MAX];

    (void)snprintf(text, sizeof(text), "%d", key_left);
    require(record_write(dir, "jobs", "sysv-mq", text) == 0);
}

/* A key alone does not say whose queue it is: its mode must be a run's. */
START_TEST(test_sysv_queue_is_swept)
{
    key_left = queue_key();
    make_sysv_queue(key_left, 0600);
    claim_and_die(leave_sysv_queue);
    claim_and_release();
    ck_assert(!sysv_queue_exists(key_left));
    make_sysv_queue(key_left, 0640);
    claim_and_die(leave_sysv_queue);
    claim_and_release();
    ck_assert(sysv_queue_exists(key_left));
    remove_sysv_queue(key_left);
}
END_TEST

static void leave_record_alone(const char *dir)
{
    require(record_write(dir, "jobs", "mq", global_name("jobs")) == 0);
}

/* Killed between the record and what it names. */
START_TEST(test_record_of_nothing)
{
    claim_and_die(leave_record_alone);
    claim_and_release();
}
END_TEST

/* Whatever a record says, only what is named as ours is goes. */
START_TEST(test_records_of_what_is_not_ours)
{
    char other[64];
    const char *const texts[] = {
        other,
        other + 1,
        "",
        "/",
        ".",
        "/" CHANNEL_PREFIX "/../x",
        CHANNEL_PREFIX "x",
        "x",
    };
    enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

    (void)snprintf(other, sizeof(other), "/other-" CHANNEL_PREFIX "%s",
                   strrchr(home, '-') + 1);
    make_memory(other);
    make_queue(other);
    for (size_t i = 0; i < TEXTS; i++) {
        claim_and_die(leave_nothing);
        ck_assert_int_eq(record_write(in_home("x"), "jobs", "shm", texts[i]),
                         0);
        ck_assert_int_eq(record_write(in_home("x"), "jobs", "mq", texts[i]), 0);
        claim_and_release();
        ck_assert_msg(memory_exists(other), "shm: %s", texts[i]);
        ck_assert_msg(queue_exists(other), "mq: %s", texts[i]);
    }
    ck_assert_int_eq(shm_unlink(other), 0);
    ck_assert_int_eq(mq_unlink(other), 0);
}
END_TEST

/* A record of another kind, or one that lies elsewhere, is no order. */
START_TEST(test_records_that_do_not_count)
{
    make_memory(global_name("x"));
    claim_and_die(leave_nothing);
    ck_assert_int_eq(
        record_write(in_home("x"), "jobs", "port", global_name("x")), 0);
    put_file(in_home("record"), global_name("x"));
    ck_assert_int_eq(symlink("../record", in_home("x/jobs.shm")), 0);
    claim_and_release();
    expect_file(in_home("record"), global_name("x"));
    ck_assert(memory_exists(global_name("x")));
    ck_assert_int_eq(shm_unlink(global_name("x")), 0);
    ck_assert_int_eq(unlink(in_home("record")), 0);
}
END_TEST

/* Links go; what they lead to stays. */
START_TEST(test_links_are_not_followed)
{
    ck_assert_int_eq(mkdir(in_home("own"), 0700), 0);
    put_file(in_home("own/file"), "mine");
    claim_and_die(leave_nothing);
    ck_assert_int_eq(symlink("../own", in_home("x/jobs.spool")), 0);
    ck_assert_int_eq(symlink("../own/file", in_home("x/jobs.sock")), 0);
    claim_and_release();
    expect_file(in_home("own/file"), "mine");
    ck_assert_int_eq(unlink(in_home("own/file")), 0);
    ck_assert_int_eq(rmdir(in_home("own")), 0);
}
END_TEST

/* ------------------------------------------------------------ join, locks */

static void join_and_die(void)
{
    struct rundir rundir = { 0 };

    require(rundir_join(&rundir, in_home("x")) == 0);
    require(!rundir_is_dead(in_home("x"), PRODUCER_LOCK));
    (void)kill(getpid(), SIGKILL);
}

START_TEST(test_join)
{
    struct rundir owner = { 0 }, joined = { 0 }, second = { 0 };

    ck_assert_int_eq(claim(&owner), 0);
    ck_assert(!rundir_peer_is_there(&owner));
    ck_assert(!rundir_peer_signed(&owner));
    await(begin(join_and_die), SIGKILL);
    ck_assert(!rundir_peer_is_there(&owner));
    ck_assert(rundir_peer_signed(&owner));
    ck_assert_int_eq(rundir_join(&joined, in_home("x")), 0);
    ck_assert(rundir_peer_is_there(&owner));
    ck_assert(rundir_peer_is_there(&joined));
    ck_assert_int_eq(rundir_join(&second, in_home("x")), -EBUSY);
    rundir_leave(&second);
    rundir_leave(&joined);
    rundir_leave(&joined);
    ck_assert(!rundir_peer_is_there(&owner));
    ck_assert(!rundir_is_dead(in_home("x"), RUN_LOCK));
    ck_assert_int_eq(release(&owner), 0);
}
END_TEST

/* Only a run that lives is joined, and only once it has begun. */
START_TEST(test_join_nobody)
{
    struct rundir owner = { 0 }, joined = { 0 };

    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    ck_assert_int_eq(rundir_join(&joined, in_home("x")), -EAGAIN);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
    claim_and_die(leave_nothing);
    ck_assert_int_eq(rundir_join(&joined, in_home("x")), -EAGAIN);
    ck_assert_int_eq(rundir_claim(&owner, in_home("x")), 0);
    ck_assert_int_eq(rundir_join(&joined, in_home("x")), 0);
    rundir_leave(&joined);
    ck_assert_int_eq(release(&owner), 0);
}
END_TEST

static int go[2]; /* a pipe: who reads its end may go on */

static void claim_till_told(void)
{
    struct rundir rundir = { 0 };
    char byte;

    require(claim(&rundir) == 0);
    require(write(go[1], "1", 1) == 1);
    while (read(go[0], &byte, 0) == 0)
        pause_ms(1000);
}

/*
 * A consumer is killed and another takes the directory at once: the producer
 * learns that its own is gone, for good; and the new run does not begin as
 * long as it is there, however it looks at the locks' names.
 */
START_TEST(test_restart_is_seen)
{
    struct rundir joined = { 0 }, next = { 0 }, late = { 0 };
    struct leftover left;
    char byte;
    pid_t pid;

    ck_assert_int_eq(pipe(go), 0);
    pid = begin(claim_till_told);
    ck_assert_int_eq(read(go[0], &byte, 1), 1);
    ck_assert_int_eq(rundir_join(&joined, in_home("x")), 0);
    ck_assert(rundir_peer_is_there(&joined));
    (void)kill(pid, SIGKILL);
    await(pid, SIGKILL);
    ck_assert_int_eq(rundir_claim(&next, in_home("x")), 0);
    ck_assert(!rundir_peer_is_there(&joined));
    ck_assert(!rundir_is_dead(in_home("x"), RUN_LOCK));
    ck_assert(!rundir_is_dead(in_home("x"), PRODUCER_LOCK));
    ck_assert_int_eq(rundir_join(&late, in_home("x")), -EBUSY);
    rundir_leave(&joined);
    ck_assert(rundir_is_dead(in_home("x"), PRODUCER_LOCK));
    ck_assert_int_eq(rundir_begin(&next, &left), 0);
    ck_assert(!rundir_peer_signed(&next));
    ck_assert_int_eq(rundir_join(&late, in_home("x")), 0);
    ck_assert(rundir_peer_is_there(&next));
    ck_assert(rundir_peer_is_there(&late));
    rundir_leave(&late);
    ck_assert_int_eq(release(&next), 0);
}
END_TEST

/* Somebody removes the lock of a run that goes on, or its whole directory. */
START_TEST(test_lock_is_removed)
{
    struct rundir owner = { 0 };

    ck_assert_int_eq(claim(&owner), 0);
    ck_assert(rundir_holds(&owner));
    ck_assert_int_eq(unlink(in_home("x/" RUN_LOCK)), 0);
    ck_assert(!rundir_holds(&owner));
    ck_assert_int_eq(release(&owner), 0);
    ck_assert(!exists(in_home("x")));
}
END_TEST

START_TEST(test_directory_is_removed)
{
    struct rundir owner = { 0 };

    ck_assert_int_eq(claim(&owner), 0);
    ck_assert_int_eq(rename(in_home("x"), in_home("y")), 0);
    ck_assert(!rundir_holds(&owner));
    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    put_file(in_home("x/results.csv"), "mine");
    ck_assert_int_eq(release(&owner), 0);
    expect_file(in_home("x/results.csv"), "mine");
    ck_assert_int_eq(unlink(in_home("x/results.csv")), 0);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
    ck_assert_int_eq(rename(in_home("y"), in_home("x")), 0);
    claim_and_release();
}
END_TEST

/* A FIFO in a lock's place must not make anybody wait. */
START_TEST(test_lock_is_fifo)
{
    struct rundir rundir = { 0 };

    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    ck_assert_int_eq(mkfifo(in_home("x/" RUN_LOCK), 0600), 0);
    ck_assert_int_eq(rundir_claim(&rundir, in_home("x")), -EPROTO);
    ck_assert_int_eq(rundir_join(&rundir, in_home("x")), -EPROTO);
    ck_assert(rundir_is_dead(in_home("x"), RUN_LOCK));
    ck_assert_int_eq(unlink(in_home("x/" RUN_LOCK)), 0);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
}
END_TEST

static void expect_not_joined(const char *name, int expected)
{
    struct rundir rundir = { 0 };
    int r;

    r = rundir_join(&rundir, in_home(name));
    ck_assert_msg(r == expected, "%s: %s", name, strerror(-r));
    r = rundir_check(in_home(name));
    ck_assert_msg(r == expected, "%s: %s", name, strerror(-r));
}

START_TEST(test_join_refused)
{
    expect_not_joined("missing", -ENOENT);
    put_file(in_home("x"), "");
    expect_not_joined("x", -ENOTDIR);
    ck_assert_int_eq(unlink(in_home("x")), 0);
    ck_assert_int_eq(mkdir(in_home("x"), 0755), 0);
    expect_not_joined("x", -EPERM);
    ck_assert_int_eq(chmod(in_home("x"), 0700), 0);
    ck_assert_int_eq(symlink("x", in_home("link")), 0);
    expect_not_joined("link", -ENOTDIR);
    ck_assert_int_eq(unlink(in_home("link")), 0);
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(in_home("x"), NOBODY, NOBODY), 0);
        expect_not_joined("x", -EPERM);
    }
    ck_assert_int_eq(rmdir(in_home("x")), 0);
}
END_TEST

static void look_all_the_time(void)
{
    for (;;)
        (void)rundir_is_dead(in_home("x"), RUN_LOCK);
}

/* To look whether a run is dead must not make it look alive. */
START_TEST(test_looking_takes_no_lock)
{
    pid_t pid;

    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    pid = begin(look_all_the_time);
    for (int i = 0; i < LOOPS; i++)
        claim_and_release();
    (void)kill(pid, SIGKILL);
    await(pid, SIGKILL);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
}
END_TEST

START_TEST(test_zeroed)
{
    struct rundir rundir = { 0 };

    ck_assert_int_eq(release(&rundir), 0);
    rundir_leave(&rundir);
    ck_assert(rundir_is_dead(in_home("missing"), RUN_LOCK));
}
END_TEST

/* ------------------------------------------------------------------ clean */

static unsigned told;
static char last_told[PATH_MAX];

static unsigned failed;

static void tell(void *arg, const char *path, const struct leftover *left)
{
    (void)arg;
    told++;
    failed += left != NULL;
    (void)snprintf(last_told, sizeof(last_told), "%s", path);
}

static void expect_cleaned(bool remove, unsigned count)
{
    told = failed = 0;
    ck_assert_uint_eq(rundir_clean(remove, tell, NULL), count);
    ck_assert_uint_eq(told, count);
}

static void make_and_die(void)
{
    struct rundir rundir = { 0 };

    require(rundir_make(&rundir) == 0);
    leave_names(rundir.path);
    (void)kill(getpid(), SIGKILL);
}

START_TEST(test_clean)
{
    expect_cleaned(true, 0);
    await(begin(make_and_die), SIGKILL);
    expect_cleaned(false, 1);
    ck_assert(queue_exists(global_name("jobs")));
    ck_assert(memory_exists(global_name("results")));
    ck_assert(exists(last_told));
    expect_cleaned(true, 1);
    ck_assert(!queue_exists(global_name("jobs")));
    ck_assert(!memory_exists(global_name("results")));
    ck_assert(!exists(last_told));
    expect_cleaned(true, 0);
}
END_TEST

START_TEST(test_clean_leaves_the_living)
{
    struct rundir rundir = { 0 };

    ck_assert_int_eq(rundir_make(&rundir), 0);
    leave_files(rundir.path);
    expect_cleaned(true, 0);
    await(begin(make_and_die), SIGKILL);
    expect_cleaned(true, 1);
    ck_assert_str_ne(last_told, rundir.path);
    ck_assert(rundir_has(&rundir, RUN_LOCK));
    ck_assert(rundir_has(&rundir, "jobs.sock"));
    ck_assert_int_eq(release(&rundir), 0);
}
END_TEST

/* Killed before it had a lock. */
START_TEST(test_clean_without_lock)
{
    ck_assert_int_eq(mkdir(in_home(CHANNEL_PREFIX "x"), 0700), 0);
    expect_cleaned(true, 1);
    ck_assert(!exists(in_home(CHANNEL_PREFIX "x")));
}
END_TEST

START_TEST(test_clean_touches_nothing_else)
{
    ck_assert_int_eq(mkdir(in_home("own"), 0700), 0);
    put_file(in_home("own/jobs.sock"), "mine");
    ck_assert_int_eq(mkdir(in_home(CHANNEL_PREFIX "open"), 0755), 0);
    put_file(in_home(CHANNEL_PREFIX "open/jobs.sock"), "mine");
    put_file(in_home(CHANNEL_PREFIX "file"), "mine");
    ck_assert_int_eq(symlink("own", in_home(CHANNEL_PREFIX "link")), 0);
    expect_cleaned(true, 0);
    expect_file(in_home("own/jobs.sock"), "mine");
    expect_file(in_home(CHANNEL_PREFIX "open/jobs.sock"), "mine");
    expect_file(in_home(CHANNEL_PREFIX "file"), "mine");
    ck_assert_int_eq(unlink(in_home("own/jobs.sock")), 0);
    ck_assert_int_eq(rmdir(in_home("own")), 0);
    ck_assert_int_eq(unlink(in_home(CHANNEL_PREFIX "open/jobs.sock")), 0);
    ck_assert_int_eq(rmdir(in_home(CHANNEL_PREFIX "open")), 0);
    ck_assert_int_eq(unlink(in_home(CHANNEL_PREFIX "file")), 0);
    ck_assert_int_eq(unlink(in_home(CHANNEL_PREFIX "link")), 0);
}
END_TEST

START_TEST(test_clean_of_another_user)
{
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(mkdir(in_home(CHANNEL_PREFIX "x"), 0700), 0);
    ck_assert_int_eq(chown(in_home(CHANNEL_PREFIX "x"), NOBODY, NOBODY), 0);
    expect_cleaned(true, 0);
    ck_assert_int_eq(rmdir(in_home(CHANNEL_PREFIX "x")), 0);
}
END_TEST

/* What a person put into a run's directory is not a run's to remove. */
START_TEST(test_clean_with_own_file)
{
    char path[PATH_MAX];

    await(begin(make_and_die), SIGKILL);
    expect_cleaned(false, 1);
    (void)snprintf(path, sizeof(path), "%.*s/photo.jpg", PATH_MAX - 20,
                   last_told);
    put_file(path, "mine");
    expect_cleaned(true, 1);
    ck_assert_uint_eq(failed, 1);
    expect_file(path, "mine");
    ck_assert(!memory_exists(global_name("results")));
    ck_assert_int_eq(unlink(path), 0);
    expect_cleaned(true, 1);
    ck_assert_uint_eq(failed, 0);
}
END_TEST

/* Wherever it was claimed: the user's list tells. */
START_TEST(test_clean_of_claimed)
{
    claim_and_die(leave_names);
    expect_cleaned(false, 1);
    ck_assert_str_eq(last_told, in_home("x"));
    expect_cleaned(true, 1);
    ck_assert(!memory_exists(global_name("results")));
    ck_assert(!exists(in_home("x")));
    expect_cleaned(true, 0);
}
END_TEST

/* A directory that somebody has meanwhile put to another use is left alone. */
START_TEST(test_clean_of_claimed_with_own_file)
{
    claim_and_die(leave_nothing);
    put_file(in_home("x/photo.jpg"), "mine");
    put_file(in_home("x/results.csv"), "mine");
    expect_cleaned(true, 1);
    ck_assert_uint_eq(failed, 1);
    expect_file(in_home("x/results.csv"), "mine");
    ck_assert_int_eq(unlink(in_home("x/" RUN_LOCK)), 0);
    expect_cleaned(true, 0);
    expect_file(in_home("x/results.csv"), "mine");
    ck_assert_int_eq(unlink(in_home("x/" PRODUCER_LOCK)), 0);
    ck_assert_int_eq(unlink(in_home("x/photo.jpg")), 0);
    ck_assert_int_eq(unlink(in_home("x/results.csv")), 0);
    ck_assert_int_eq(rmdir(in_home("x")), 0);
}
END_TEST

static void expect_clean_at(const char *name, int expected)
{
    struct leftover left;
    int r;

    r = rundir_clean_at(in_home(name), &left);
    ck_assert_msg(r == expected, "%s: %s", name, strerror(-r));
}

START_TEST(test_clean_at)
{
    struct rundir owner = { 0 };

    expect_clean_at("x", -ENOENT);
    ck_assert_int_eq(mkdir(in_home("x"), 0700), 0);
    put_file(in_home("x/results.csv"), "mine");
    expect_clean_at("x", 0); /* no run was here */
    expect_file(in_home("x/results.csv"), "mine");
    ck_assert_int_eq(unlink(in_home("x/results.csv")), 0);
    ck_assert_int_eq(claim(&owner), 0);
    expect_clean_at("x", -EBUSY);
    ck_assert_int_eq(release(&owner), 0);
    claim_and_die(leave_names);
    expect_clean_at("x", 0);
    ck_assert(!memory_exists(global_name("results")));
    ck_assert(!exists(in_home("x")));
}
END_TEST

/* ----------------------------------------------- what cannot be removed */

/* A directory that its owner may not change: a file in it stays. Root may. */
static void leave_the_unremovable(void)
{
    struct rundir rundir = { 0 };
    struct leftover left = { 0 };

    require(geteuid() != 0 || setuid(NOBODY) == 0);
    require(claim(&rundir) == 0);
    require(mkdir(in_home("x/jobs.spool"), 0700) == 0);
    put_file(in_home("x/jobs.spool/message"), "text");
    put_file(in_home("x/results.sock"), "text");
    require(chmod(in_home("x/jobs.spool"), 0500) == 0);
    require(rundir_release(&rundir, &left) == -EACCES);
    require(left.error == -EACCES);
    require(strcmp(left.name, in_home("x/jobs.spool")) == 0);
    require(!exists(in_home("x/results.sock")));
    require(exists(in_home("x/" RUN_LOCK))); /* by which it is found again */
}

START_TEST(test_release_tells_what_is_left)
{
    if (geteuid() == 0) {
        ck_assert_int_eq(chmod(state, 0777), 0);
        ck_assert_int_eq(chown(home, NOBODY, NOBODY), 0);
    }
    await(begin(leave_the_unremovable), 0);
    ck_assert_int_eq(chmod(in_home("x/jobs.spool"), 0700), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(chown(in_home("x"), 0, 0), 0);
    claim_and_release();
    ck_assert(!exists(in_home("x")));
}
END_TEST

/* Where every other descriptor is taken, a run is removed all the same. */
START_TEST(test_release_without_descriptors)
{
    const struct rlimit few = { 64, 64 };
    struct rundir rundir = { 0 };
    char path[PATH_MAX], dir[PATH_MAX + 32];

    ck_assert_int_eq(_i == 0 ? rundir_make(&rundir) : claim(&rundir), 0);
    (void)snprintf(path, sizeof(path), "%s", rundir.path);
    require(record_write(path, "results", "shm", global_name("results")) == 0);
    make_memory(global_name("results"));
    (void)snprintf(dir, sizeof(dir), "%s/jobs.spool", path);
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    (void)snprintf(dir, sizeof(dir), "%s/jobs.spool/fresh", path);
    ck_assert_int_eq(mkdir(dir, 0700), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        continue;
    ck_assert_int_eq(errno, EMFILE);
    ck_assert_int_eq(release(&rundir), 0);
    ck_assert(!exists(path));
    ck_assert(!memory_exists(global_name("results")));
}
END_TEST

/* What no run has made stays, and so does the directory: it is said why. */
START_TEST(test_release_with_a_stranger)
{
    struct rundir rundir = { 0 };
    char path[PATH_MAX], file[PATH_MAX + 8];
    struct leftover left;

    ck_assert_int_eq(rundir_make(&rundir), 0);
    (void)snprintf(path, sizeof(path), "%s", rundir.path);
    (void)snprintf(file, sizeof(file), "%s/mine", path);
    ck_assert_int_eq(mkdir(file, 0700), 0);
    ck_assert_int_eq(rundir_release(&rundir, &left), -ENOTEMPTY);
    ck_assert_int_eq(left.error, -ENOTEMPTY);
    ck_assert_str_eq(left.name, path);
    ck_assert_int_eq(rmdir(file), 0);
    ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

static void say_nothing(void *arg, const char *path,
                        const struct leftover *left)
{
    (void)arg;
    (void)path;
    (void)left;
}

static void clean_all_the_time(void)
{
    for (;;)
        (void)rundir_clean(true, say_nothing, NULL);
}

/* A run that begins just then must not lose its directory. */
START_TEST(test_clean_against_make)
{
    struct rundir rundir = { 0 };
    pid_t pid = begin(clean_all_the_time);
    int r;

    for (int i = 0; i < LOOPS; i++) {
        r = rundir_make(&rundir);
        ck_assert_msg(r == 0, "make %d: %s", i, strerror(-r));
        ck_assert(!rundir_is_dead(rundir.path, RUN_LOCK));
        ck_assert_int_eq(release(&rundir), 0);
    }
    (void)kill(pid, SIGKILL);
    await(pid, SIGKILL);
    (void)rundir_clean(true, say_nothing,
                       NULL); /* what the other was about to */
}
END_TEST

static void add_cleaning(TCase *tc)
{
    tcase_add_test(tc, test_release_with_a_stranger);
    tcase_add_test(tc, test_clean);
    tcase_add_test(tc, test_clean_leaves_the_living);
    tcase_add_test(tc, test_clean_without_lock);
    tcase_add_test(tc, test_clean_touches_nothing_else);
    tcase_add_test(tc, test_clean_of_another_user);
    tcase_add_test(tc, test_clean_with_own_file);
    tcase_add_test(tc, test_clean_of_claimed);
    tcase_add_test(tc, test_clean_of_claimed_with_own_file);
    tcase_add_test(tc, test_clean_at);
    tcase_add_test(tc, test_release_tells_what_is_left);
    tcase_add_test(tc, test_clean_against_make);
}

Suite *rundir_suite(void)
{
    enum { MODES = sizeof(open_modes) / sizeof(open_modes[0]) };
    enum { NAMES = sizeof(own_names) / sizeof(own_names[0]) };
    Suite *suite = suite_create("rundir");
    TCase *tc = tcase_create("rundir");

    tcase_add_checked_fixture(tc, make_home, remove_home);
    tcase_add_test(tc, test_make);
    tcase_add_test(tc, test_make_two);
    tcase_add_test(tc, test_make_elsewhere);
    tcase_add_test(tc, test_release_removes);
    tcase_add_test(tc, test_release_against_producer);
    tcase_add_test(tc, test_claim_new);
    tcase_add_test(tc, test_claim_empty);
    tcase_add_loop_test(tc, test_claim_open_to_others, 0, MODES);
    tcase_add_test(tc, test_claim_of_another_user);
    tcase_add_loop_test(tc, test_claim_of_own_files, 0, NAMES);
    tcase_add_test(tc, test_claim_of_mixed_files);
    tcase_add_test(tc, test_claim_no_directory);
    tcase_add_test(tc, test_claim_symlink);
    tcase_add_test(tc, test_claim_lock_is_symlink);
    tcase_add_test(tc, test_claim_busy);
    tcase_add_test(tc, test_claim_of_orphan);
    tcase_add_test(tc, test_killed_run_is_swept);
    tcase_add_test(tc, test_sysv_queue_is_swept);
    tcase_add_test(tc, test_record_of_nothing);
    tcase_add_test(tc, test_records_of_what_is_not_ours);
    tcase_add_test(tc, test_records_that_do_not_count);
    tcase_add_test(tc, test_links_are_not_followed);
    tcase_add_test(tc, test_join);
    tcase_add_test(tc, test_join_refused);
    tcase_add_test(tc, test_join_nobody);
    tcase_add_test(tc, test_restart_is_seen);
    tcase_add_test(tc, test_lock_is_removed);
    tcase_add_test(tc, test_directory_is_removed);
    tcase_add_test(tc, test_lock_is_fifo);
    tcase_add_test(tc, test_looking_takes_no_lock);
    tcase_add_test(tc, test_zeroed);
    tcase_add_loop_test(tc, test_release_without_descriptors, 0, 2);
    add_cleaning(tc);
    suite_add_tcase(suite, tc);
    return suite;
}
