/* SPDX-License-Identifier: MIT */
/* What single mechanisms promise and no exchange shows: a wake-up that a later
 * look makes up for, a message that no sender sent. */
#include "files/json_file_document.h"
#include "files/process_vm_page.h"
#include "ipc/channel_config.h"
#include "ipc/checked_channel.h"
#include "queues/redis_stream_server.h"
#include "shared/base/fd.h"
#include "shared/base/write.h"
#include "shared/dir/record.h"
#include "shared/dir/tree.h"
#include "shared/memory/slots.h"
#include "shared/process/partner.h"
#include "tests/failing_calls.h"
#include "tests/helpers.h"
#include "tests/sockets.h"
#include "tests/suites.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    FRAME_MAX = 100,
    DEPTH = 4,
    STEADY = 20,
    MAP_BYTES =
        4096 + DEPTH * (64 + 128), /* a page, and slots of whole lines */
};

extern const struct channel_ops mmap_file_channel, posix_mq_channel,
    process_vm_channel, ring_channel, ring_mpmc_channel,
    signal_doorbell_channel, signal_words_channel, splice_channel,
    sqlite_channel, sysv_mq_channel;

static char dir[TEST_DIR_MAX];
static struct channel creator, sender, receiver;

static const struct channel_end ends[] = {
    [CHANNEL_SENDER] = { .role = CHANNEL_SENDER },
    [CHANNEL_RECEIVER] = { .role = CHANNEL_RECEIVER },
};

static void make_config(struct channel_config *config, size_t option)
{
    *config = (struct channel_config){
        .dir = dir,
        .name = "jobs",
        .seed = (uint64_t)getpid(),
        .frame_max = FRAME_MAX,
        .depth = DEPTH,
        .senders = 1,
        .receivers = 1,
        .options = { option },
    };
    make_test_dir(dir);
}

static int create(const struct channel_ops *ops, size_t option)
{
    struct channel_config config;

    make_config(&config, option);
    ck_assert_int_eq(channel_open(&creator, ops, &config), 0);
    return channel_create(&creator);
}

static void attach(struct channel *c, enum channel_role role)
{
    ck_assert_int_eq(channel_open(c, creator.ops, &creator.config), 0);
    ck_assert_int_eq(channel_attach(c, &ends[role]), 0);
}

static void leave(struct channel *c)
{
    channel_detach(c);
    channel_close(c);
}

static void destroy(void)
{
    channel_destroy(&creator);
    channel_close(&creator);
    ck_assert_int_eq(rmdir(dir), 0);
}

static void send_one(void)
{
    void *block;

    ck_assert_int_eq(channel_reserve(&sender, FRAME_MAX, &block), 0);
    memset(block, 'x', FRAME_MAX);
    ck_assert_int_eq(channel_commit(&sender, FRAME_MAX), 0);
}

static void acquire_one(struct channel *c)
{
    const void *block;
    size_t size;

    ck_assert_int_eq(channel_acquire(c, &block, &size), 0);
    ck_assert_uint_eq(size, FRAME_MAX);
}

/* ---------------------------------------------------------- slots in a file */

static const struct channel_ops *const in_a_file[] = {
    &mmap_file_channel, &signal_doorbell_channel
};

static const char *map_path(void)
{
    static char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s/jobs.map", dir);
    return path;
}

/* What an end of the creator's channel finds. */
static int attach_error(void)
{
    int r;

    ck_assert_int_eq(channel_open(&sender, creator.ops, &creator.config), 0);
    r = channel_attach(&sender, &ends[CHANNEL_SENDER]);
    leave(&sender);
    return r;
}

static int create_again(void)
{
    struct channel second;
    int r;

    ck_assert_int_eq(channel_open(&second, creator.ops, &creator.config), 0);
    r = channel_create(&second);
    channel_destroy(&second);
    channel_close(&second);
    return r;
}

/* All of it is on the disk, only its user may read it, and a second creator
 * neither takes nor removes it. */
START_TEST(test_file_of_slots)
{
    struct stat status;

    ck_assert_int_eq(create(in_a_file[_i], 0), 0);
    ck_assert_int_eq(stat(map_path(), &status), 0);
    ck_assert_int_eq(status.st_size, MAP_BYTES);
    ck_assert_int_ge(status.st_blocks * 512, status.st_size);
    ck_assert_int_eq(status.st_mode & 07777, 0600);
    ck_assert_int_eq(create_again(), -EEXIST);
    ck_assert_int_eq(access(map_path(), F_OK), 0);
    destroy();
}
END_TEST

/* A byte less or more than expected, a link, and nothing at all. */
START_TEST(test_foreign_file)
{
    ck_assert_int_eq(create(in_a_file[_i], 0), 0);
    for (int by = -1; by <= 1; by += 2) {
        ck_assert_int_eq(truncate(map_path(), MAP_BYTES + by), 0);
        ck_assert_int_eq(attach_error(), -EPROTO);
    }
    ck_assert_int_eq(unlink(map_path()), 0);
    ck_assert_int_eq(attach_error(), -ENOENT);
    ck_assert_int_eq(symlink("/dev/zero", map_path()), 0);
    ck_assert_int_eq(attach_error(), -EPROTO);
    ck_assert_int_eq(create_again(), -EEXIST);
    destroy();
}
END_TEST

START_TEST(test_no_room_for_file)
{
    const struct rlimit limit = { 4096, 4096 };

    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(create(in_a_file[_i], 0), -EFBIG);
    ck_assert_int_eq(access(map_path(), F_OK), -1);
    destroy();
}
END_TEST

/* ------------------------------------------------ another process's memory */

/* A sender that leaves sleeps until all was read, and is woken then: it neither
 * looks again and again, nor stays for the whole of its time. */
START_TEST(test_sender_stays)
{
    struct vm_page *page;
    char path[PATH_MAX];
    int status;
    pid_t pid;

    ck_assert_int_eq(create(&process_vm_channel, 0), 0);
    (void)snprintf(path, sizeof(path), "%s/jobs.page", dir);
    ck_assert_int_eq(vm_page_open(path, &page), 0);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        attach(&sender, CHANNEL_SENDER);
        send_one();
        channel_detach(&sender);
        _exit(0);
    }
    while (atomic_load(&page->tally.freed.sleeper) == 0)
        pause_ms(1); /* or the test's limit ends it */
    attach(&receiver, CHANNEL_RECEIVER);
    acquire_one(&receiver);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(channel_release(&receiver), 0);
    leave(&receiver);
    vm_page_close(page);
    destroy();
}
END_TEST

/* ----------------------------------------------------------------- signals */

static bool is_rung(void)
{
    const struct timespec at_once = { 0 };
    sigset_t bell;

    (void)sigemptyset(&bell);
    (void)sigaddset(&bell, SIGUSR1);
    return sigtimedwait(&bell, NULL, &at_once) == SIGUSR1;
}

static struct slots_header *map_slots(void)
{
    struct slots_header *header;
    int fd;

    fd = open(map_path(), O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    header =
        mmap(NULL, sizeof(*header), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(header, MAP_FAILED);
    (void)close(fd);
    return header;
}

/* Commit and release ring who sleeps, once, and nobody else. A look every 500
 * ms would hide it. */
START_TEST(test_doorbell_rings)
{
    struct slots_header *header;

    ck_assert_int_eq(create(&signal_doorbell_channel, 0), 0);
    attach(&sender, CHANNEL_SENDER);
    attach(&receiver, CHANNEL_RECEIVER);
    header = map_slots();
    send_one();
    ck_assert(!is_rung());
    atomic_store(&header->tally.sent.sleeper, (uint32_t)getpid());
    send_one();
    ck_assert(is_rung());
    acquire_one(&receiver);
    ck_assert_int_eq(channel_release(&receiver), 0);
    ck_assert(!is_rung());
    acquire_one(&receiver);
    atomic_store(&header->tally.freed.sleeper, (uint32_t)getpid());
    ck_assert_int_eq(channel_release(&receiver), 0);
    ck_assert(is_rung());
    (void)munmap(header, sizeof(*header));
    leave(&sender);
    leave(&receiver);
    destroy();
}
END_TEST

/* Nobody but who left his name is rung, whatever number lies in the memory. */
START_TEST(test_doorbell_of_a_stranger)
{
    const uint32_t strangers[] = { 1, (uint32_t)getppid(), UINT32_MAX };
    struct slots_header *header;
    void *block;

    ck_assert_int_eq(create(&signal_doorbell_channel, 0), 0);
    attach(&sender, CHANNEL_SENDER);
    attach(&receiver, CHANNEL_RECEIVER);
    header = map_slots();
    atomic_store(&header->tally.sent.sleeper, strangers[_i]);
    ck_assert_int_eq(channel_reserve(&sender, FRAME_MAX, &block), 0);
    ck_assert_int_eq(channel_commit(&sender, FRAME_MAX), -EPROTO);
    ck_assert(!is_rung());
    (void)munmap(header, sizeof(*header));
    leave(&sender);
    leave(&receiver);
    destroy();
}
END_TEST

/* A signal kills who has not blocked it: so it is blocked before anybody can
 * learn of this process, and an attach that fails at that has done so. */
START_TEST(test_blocked_first)
{
    static const struct channel_ops *const by_signal[] = {
        &signal_doorbell_channel,
        &signal_words_channel,
    };
    const int numbers[] = { SIGUSR1, SIGRTMIN };
    sigset_t blocked;

    ck_assert_int_eq(create(by_signal[_i], 64), 0);
    ck_assert_int_eq(channel_open(&sender, creator.ops, &creator.config), 0);
    sender.config.dir = "/no/such/directory";
    ck_assert_int_eq(channel_attach(&sender, &ends[CHANNEL_SENDER]), -ENOENT);
    (void)sigprocmask(SIG_BLOCK, NULL, &blocked);
    ck_assert_int_eq(sigismember(&blocked, numbers[_i]), 1);
    leave(&sender);
    destroy();
}
END_TEST

/* How often a process went to sleep. */
static unsigned long sleeps_of(pid_t pid)
{
    static const char name[] = "\nvoluntary_ctxt_switches:";
    char path[40], text[4096] = "", *at;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    (void)!fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    at = strstr(text, name);
    ck_assert_ptr_nonnull(at);
    return strtoul(at + strlen(name), NULL, 10);
}

/* While no signal can be queued for the receiver, the sender sleeps between
 * its tries, and goes on when one can. */
START_TEST(test_full_queue)
{
    struct rlimit limit, none;
    struct partner me = { 0 };
    unsigned long before;
    sigset_t words;
    int status;
    pid_t pid;

    ck_assert_int_eq(create(&signal_words_channel, 64), 0);
    (void)sigemptyset(&words);
    (void)sigaddset(&words, SIGRTMIN);
    (void)sigprocmask(SIG_BLOCK, &words, NULL);
    ck_assert_int_eq(getrlimit(RLIMIT_SIGPENDING, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_SIGPENDING, &none), 0);
    ck_assert_int_eq(partner_introduce(&me, dir, "jobs", false), 0);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        attach(&sender, CHANNEL_SENDER);
        send_one();
        leave(&sender);
        _exit(0);
    }
    ck_assert_int_eq(partner_await(&me), 0);
    before = sleeps_of(pid);
    while (sleeps_of(pid) < before + STEADY) /* or the test's limit ends it */
        pause_ms(1);
    ck_assert_int_eq(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    partner_close(&me);
    destroy();
}
END_TEST

/* Who has nobody to send to any more says so as the contract has it. */
START_TEST(test_dead_receiver)
{
    void *block;
    pid_t pid;

    ck_assert_int_eq(create(&signal_words_channel, 64), 0);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        attach(&receiver, CHANNEL_RECEIVER);
        _exit(0);
    }
    attach(&sender, CHANNEL_SENDER);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_eq(channel_reserve(&sender, FRAME_MAX, &block), 0);
    ck_assert_int_eq(channel_commit(&sender, FRAME_MAX), -EPIPE);
    leave(&sender);
    destroy();
}
END_TEST

/* ------------------------------------------------------------ System V */

static unsigned count_queues(void)
{
    FILE *file = fopen("/proc/sysvipc/msg", "re");
    char line[300];
    unsigned count = 0;

    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file))
        count++;
    (void)fclose(file);
    return count - 1; /* the heading */
}

/* Longer than msgmnb a queue may be for root only: the queue is there by then,
 * and goes. */
START_TEST(test_queue_goes)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWIPC) < 0) {
        (void)printf("not tested, no user namespace may be made here: a "
                     "System V queue after a failure\n");
        return;
    }
    ck_assert_int_eq(create(&sysv_mq_channel, 1 << 20), -EPERM);
    ck_assert_uint_eq(count_queues(), 1);
    destroy();
    ck_assert_uint_eq(count_queues(), 0);
}
END_TEST

/* One end waits at the queue and the other comes to it when its owner has gone
 * and taken it along. */
START_TEST(test_removed_queue)
{
    const void *block;
    void *loan;
    size_t size;
    int status, r;
    pid_t pid;

    ck_assert_int_eq(create(&sysv_mq_channel, 0), 0);
    attach(&sender, CHANNEL_SENDER);
    attach(&receiver, CHANNEL_RECEIVER);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        r = channel_acquire(&receiver, &block, &size);
        _exit(r == -EPIPE ? 0 : 1);
    }
    pause_ms(50); /* most likely it waits by then */
    destroy();
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(channel_reserve(&sender, FRAME_MAX, &loan), 0);
    ck_assert_int_eq(channel_commit(&sender, FRAME_MAX), -EPIPE);
    leave(&sender);
    leave(&receiver);
}
END_TEST

/* Longer than any message that was agreed on. */
START_TEST(test_strange_message)
{
    const struct {
        long type;
        char bytes[100];
    } message = { .type = 1 };
    char key[RECORD_TEXT_MAX];
    const void *block;
    size_t size;

    ck_assert_int_eq(create(&sysv_mq_channel, 0), 0);
    creator.config.options[1] = sizeof(message.bytes) / 2;
    attach(&receiver, CHANNEL_RECEIVER);
    ck_assert_int_eq(record_read(dir, "jobs", "sysv-mq", key), 0);
    ck_assert_int_eq(msgsnd(msgget(atoi(key), 0), &message,
                            sizeof(message.bytes), IPC_NOWAIT),
                     0);
    ck_assert_int_eq(channel_acquire(&receiver, &block, &size), -EPROTO);
    leave(&receiver);
    destroy();
}
END_TEST

/* --------------------------------------------- names that anybody can see */

static const struct channel_ops *const outside[] = {
    &ring_channel, &ring_mpmc_channel, &posix_mq_channel, &sysv_mq_channel
};

/* Gives what has the creator's name outside the directory to nobody. */
static void give_away(const struct channel_ops *ops)
{
    char name[CHANNEL_NAME_MAX];
    int fd;

    channel_global_name(&creator.config, name);
    fd = ops == &posix_mq_channel ? mq_open(name, O_RDWR)
                                  : shm_open(name, O_RDWR, 0);
    ck_assert_int_gt(fd, 0);
    ck_assert_int_eq(fchown(fd, 65534, 65534), 0);
    fd_close(&fd);
}

/* As its creator leaves it to be given away: another user's queue. */
static void make_nobodys_queue(void)
{
    const int key = channel_global_key(&creator.config);

    channel_destroy(&creator);
    ck_assert_int_eq(seteuid(65534), 0);
    ck_assert_int_ge(msgget(key, IPC_CREAT | IPC_EXCL | 0666), 0);
    ck_assert_int_eq(seteuid(0), 0);
}

/* When a run has ended its names are free for other users, who may wait for
 * one that comes late. */
START_TEST(test_not_ours)
{
    if (geteuid() != 0 || unshare(CLONE_NEWIPC) < 0) {
        (void)printf("not tested, this is for root alone: a name outside that "
                     "is another user's\n");
        return;
    }
    ck_assert_int_eq(create(outside[_i], 0), 0);
    if (outside[_i] == &sysv_mq_channel)
        make_nobodys_queue();
    else
        give_away(outside[_i]);
    for (int role = CHANNEL_SENDER; role <= CHANNEL_RECEIVER; role++) {
        ck_assert_int_eq(channel_open(&sender, creator.ops, &creator.config),
                         0);
        ck_assert_int_eq(channel_attach(&sender, &ends[role]), -EACCES);
        leave(&sender);
    }
    destroy();
}
END_TEST

/* ------------------------------------------------------ what is on the disk */

static void run_sql(const char *sql)
{
    char path[PATH_MAX];
    sqlite3 *db;

    (void)snprintf(path, sizeof(path), "%s/jobs.db", dir);
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* A row that no sender put there. */
START_TEST(test_wrong_row)
{
    static const char *const payloads[] = {
        "zeroblob(101)", "zeroblob(100000)", "x''", "'text'", "7",
    };
    const void *block = NULL;
    char sql[200];
    size_t size;

    ck_assert_int_eq(create(&sqlite_channel, 1), 0);
    attach(&receiver, CHANNEL_RECEIVER);
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO message(leased_until, payload) VALUES (0, %s)",
                   payloads[_i]);
    run_sql(sql);
    ck_assert_int_eq(channel_acquire(&receiver, &block, &size), -EPROTO);
    ck_assert_ptr_null(block);
    leave(&receiver);
    destroy();
}
END_TEST

/* What is no plain file is not opened, nor followed. */
START_TEST(test_link_for_database)
{
    char path[PATH_MAX], other[PATH_MAX];

    ck_assert_int_eq(create(&sqlite_channel, 1), 0);
    (void)snprintf(path, sizeof(path), "%s/jobs.db", dir);
    (void)snprintf(other, sizeof(other), "%s/other.db", dir);
    ck_assert_int_eq(rename(path, other), 0);
    ck_assert_int_eq(symlink("other.db", path), 0);
    ck_assert_int_eq(channel_open(&sender, creator.ops, &creator.config), 0);
    ck_assert_int_eq(channel_attach(&sender, &ends[CHANNEL_SENDER]), -EPROTO);
    leave(&sender);
    ck_assert_int_eq(unlink(other), 0);
    destroy();
}
END_TEST

/* SQLite's own temporary files are outside of the run's directory, where a kill
 * leaves them: there are none, however large a message is. */
START_TEST(test_no_temporary_file)
{
    static const struct timespec long_ago[] = { { .tv_sec = 1 },
                                                { .tv_sec = 1 } };
    char folder[TEST_DIR_MAX];
    struct channel_config config;
    struct stat status;
    const void *block;
    void *room;
    size_t size;

    make_test_dir(folder);
    ck_assert_int_eq(setenv("SQLITE_TMPDIR", folder, 1), 0);
    ck_assert_int_eq(utimensat(AT_FDCWD, folder, long_ago, 0), 0);
    make_config(&config, 1);
    config.frame_max = 8 << 20; /* more than its cache */
    ck_assert_int_eq(channel_open(&creator, &sqlite_channel, &config), 0);
    ck_assert_int_eq(channel_create(&creator), 0);
    attach(&sender, CHANNEL_SENDER);
    attach(&receiver, CHANNEL_RECEIVER);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(channel_reserve(&sender, config.frame_max, &room), 0);
        memset(room, 'x', config.frame_max);
        ck_assert_int_eq(channel_commit(&sender, config.frame_max), 0);
        ck_assert_int_eq(channel_acquire(&receiver, &block, &size), 0);
        ck_assert_uint_eq(size, config.frame_max);
        ck_assert_int_eq(channel_release(&receiver), 0);
    }
    leave(&sender);
    leave(&receiver);
    destroy();
    ck_assert_int_eq(stat(folder, &status), 0);
    ck_assert_int_eq(status.st_mtim.tv_sec, 1); /* no name came or went */
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* A row that was taken is another's when ten minutes have gone by, and not
 * before: a receiver that died does not keep it. */
START_TEST(test_lease)
{
    static struct channel other;

    ck_assert_int_eq(create(&sqlite_channel, 1), 0);
    attach(&sender, CHANNEL_SENDER);
    attach(&receiver, CHANNEL_RECEIVER);
    attach(&other, CHANNEL_RECEIVER);
    send_one();
    acquire_one(&receiver);
    send_one();
    acquire_one(&other); /* the second one, as the first is taken */
    ck_assert_int_eq(channel_release(&other), 0);
    run_sql("UPDATE message SET leased_until = leased_until - 600000000000");
    acquire_one(&other);
    ck_assert_int_eq(channel_release(&other), 0);
    leave(&sender);
    leave(&receiver);
    leave(&other);
    destroy();
}
END_TEST

/* The base64 of 101 bytes. */
#define A34  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define A136 A34 A34 A34 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* A document that no end wrote, around {"number": 0, "size": 3, ...}. */
START_TEST(test_wrong_document)
{
    static const struct {
        int result;
        const char *messages;
    } cases[] = {
        { 0, "{\"number\": 0, \"size\": 3, \"base64\": \"YWJj\"}" },
        { -EPROTO, "{\"number\": 0, \"size\": 2, \"base64\": \"YWJjYWJj\"}" },
        { -EPROTO, "{\"number\": 0, \"size\": 6, \"base64\": \"YWJj\"}" },
        { -EPROTO, "{\"number\": 0, \"size\": 101, \"base64\": \"" A136 "\"}" },
        { -EPROTO, "{\"number\": 0, \"size\": 0, \"base64\": \"\"}" },
        { -EPROTO, "{\"number\": 0, \"size\": -3, \"base64\": \"YWJj\"}" },
        { -EPROTO, "{\"number\": 1, \"size\": 3, \"base64\": \"YWJj\"}" },
        { -EPROTO, "{\"number\": 0, \"size\": 3, \"base64\": 7}" },
        { -EPROTO, "7" },
    };
    char path[PATH_MAX], text[600];
    struct document document;
    const void *block;
    int64_t number;
    size_t size;
    int fd;

    make_test_dir(dir);
    (void)snprintf(path, sizeof(path), "%s/x.json", dir);
    (void)snprintf(text, sizeof(text),
                   "{\"format\": 1, \"next\": 1, \"messages\": [%s]}",
                   cases[_i].messages);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write_all(fd, text, strlen(text)), 0);
    fd_close(&fd);
    ck_assert_int_eq(document_open(&document, FRAME_MAX, DEPTH), 0);
    ck_assert_int_eq(document_look(&document, path), cases[_i].result);
    if (cases[_i].result == 0) {
        ck_assert_int_eq(document_remove(&document, 1), -EPROTO);
        ck_assert_int_eq(document_remove(&document, 0), 0);
        ck_assert_int_eq(document_remove(&document, 0), -EPROTO);
        ck_assert_int_eq(document_oldest(&document, &number, &block, &size),
                         -EPROTO);
    }
    document_close(&document);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* A large message has the document to itself; one can be too large. */
START_TEST(test_size_of_document)
{
    struct document document;

    ck_assert_int_eq(document_open(&document, DOCUMENT_TEXT_MAX, DEPTH), 0);
    ck_assert_uint_eq(document.depth, 1);
    document_close(&document);
    ck_assert_int_eq(document_open(&document, DOCUMENT_FRAME_MAX + 1, DEPTH),
                     -EMSGSIZE);
}
END_TEST

/* ------------------------------------------------------------------ server */

/* That of a killed run is still about to end when the next run's is there. */
START_TEST(test_server_that_lingers)
{
    struct redis_server old = { 0 }, new = { 0 };
    char path[PATH_MAX];
    int fd;

    if (!redis_server_is_installed())
        return;
    make_test_dir(dir);
    ck_assert_int_eq(redis_server_start(&old, dir, 0), 0);
    (void)snprintf(path, sizeof(path),
                   "%s/redis/appendonlydir/appendonly.aof.manifest", dir);
    while (access(path, F_OK) < 0) /* without its file it gives up */
        pause_ms(1);
    (void)snprintf(path, sizeof(path), "%s/redis", dir);
    ck_assert_int_eq(tree_remove(path), 0);
    ck_assert_int_eq(redis_server_start(&new, dir, 0), 0);
    ck_assert_int_eq(kill(old.pid, SIGTERM), 0);
    ck_assert_int_eq(waitpid(old.pid, NULL, 0), old.pid);
    ck_assert_int_eq(redis_server_path(dir, path), 0);
    ck_assert_int_eq(unix_connect(path, SOCK_STREAM, &fd), 0);
    fd_close(&fd);
    redis_server_stop(&new);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

/* ------------------------------------------------------------------- pipes */

/* A pipe has a slot for each page, of 64 KiB as well: so fewer frames that lie
 * in pages of their own. */
START_TEST(test_large_pages)
{
    enum { PAGE = 65536, PIPE_SIZE = 1 << 20 };

    calls_page(PAGE);
    ck_assert_int_eq(create(&splice_channel, PIPE_SIZE), 0);
    ck_assert_uint_eq(creator.frames_held, creator.config.options[0] / PAGE);
    calls_page(0);
    channel_detach(&creator);
    destroy();
}
END_TEST

Suite *mechanisms_suite(void)
{
    Suite *suite = suite_create("mechanisms");
    TCase *tc = add_case(suite, "files", 0);

    tcase_add_loop_test(tc, test_file_of_slots, 0, 2);
    tcase_add_loop_test(tc, test_foreign_file, 0, 2);
    tcase_add_loop_test(tc, test_no_room_for_file, 0, 2);
    if (!process_vm_channel.unavailable())
        tcase_add_test(tc, test_sender_stays);
    tc = add_case(suite, "signals", 0);

    tcase_add_test(tc, test_doorbell_rings);
    tcase_add_loop_test(tc, test_doorbell_of_a_stranger, 0, 3);
    tcase_add_loop_test(tc, test_blocked_first, 0, 2);
    tcase_add_test(tc, test_full_queue);
    tcase_add_test(tc, test_dead_receiver);
    tc = add_case(suite, "system-v", 0);
    tcase_add_test(tc, test_queue_goes);
    tcase_add_test(tc, test_removed_queue);
    tcase_add_test(tc, test_strange_message);
    tc = add_case(suite, "outside", 0);
    tcase_add_loop_test(tc, test_not_ours, 0,
                        sizeof(outside) / sizeof(outside[0]));
    tc = add_case(suite, "disk", 0);
    tcase_add_loop_test(tc, test_wrong_row, 0, 5);
    tcase_add_test(tc, test_link_for_database);
    tcase_add_test(tc, test_no_temporary_file);
    tcase_add_test(tc, test_lease);
    tcase_add_loop_test(tc, test_wrong_document, 0, 9);
    tcase_add_test(tc, test_size_of_document);
    tc = add_case(suite, "pipes", 0);
    tcase_add_test(tc, test_large_pages);
    tc = add_case(suite, "server", 0);
    tcase_add_test(tc, test_server_that_lingers);
    return suite;
}
