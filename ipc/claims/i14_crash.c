/* SPDX-License-Identifier: MIT */
/*
 * i14_crash.c -- a queue in the file system whose writer is killed
 *
 * Claim       A queue that is stored in the file system survives a crash.
 * Section     Interprocess communication: 5. Queues
 * Experiment  a process puts messages of 64 KiB into a directory, each a file
 *             that it renames when it is whole, and acknowledges each; it gets
 *             SIGKILL at a random moment, 50 times
 * Rule        CONFIRMED if each message is whole or not there, and none that
 *             was acknowledged is missing; REFUTED otherwise
 * Twin        each message is written under its own name, without a rename
 * Take away   Write under another name, then rename: nobody sees half of it.
 *             That outlives the process; to outlive the power supply it takes
 *             fsync(2) of the file, and of the directory, too.
 * Manual      rename(2), fsync(2)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 50, BRIEF_KILLS = 12, LIMIT_S = 20 };
enum { SIZE = 64 << 10, PIECE = 4 << 10, MESSAGES = 200 };

static const uint64_t longest_life_ns = 2000000;

/* What both processes see. */
struct scene {
    bool in_place;
    _Atomic unsigned acknowledged;
};

struct harvest {
    unsigned acknowledged, whole, half, missing;
};

static void name_of(unsigned number, char name[static 32])
{
    (void)snprintf(name, 32, "message.%u", number);
}

static int write_message(const char *name, unsigned number)
{
    const int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    char piece[PIECE];

    memset(piece, 'a' + (int)(number % 26), sizeof(piece));
    for (int i = 0; i < SIZE / PIECE; i++)
        if (write(fd, piece, sizeof(piece)) != sizeof(piece))
            return -EIO;
    return close(fd);
}

static int put_messages(void *arg)
{
    struct scene *scene = arg;
    char name[32];

    for (unsigned i = 0; i < MESSAGES; i++) {
        name_of(i, name);
        if (write_message(scene->in_place ? name : "new", i) < 0 ||
            (!scene->in_place && rename("new", name) < 0))
            return EXIT_FAILURE;
        scene->acknowledged = i + 1;
    }
    return pause(); /* until it is killed */
}

static bool is_whole(int fd, unsigned number)
{
    static char message[SIZE + 1];

    return read(fd, message, sizeof(message)) == SIZE &&
           message[0] == (char)('a' + number % 26) &&
           memcmp(message, message + 1, SIZE - 1) == 0;
}

/* Takes what is in the directory, as one who comes after the crash. */
static void take_messages(const struct scene *scene, struct harvest *harvest)
{
    char name[32];
    int fd;

    for (unsigned i = 0; i < MESSAGES; i++) {
        name_of(i, name);
        fd = open(name, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            harvest->missing += i < scene->acknowledged;
        else if (is_whole(fd, i))
            harvest->whole++;
        else
            harvest->half++;
        if (fd >= 0)
            (void)close(fd);
        (void)unlink(name);
    }
    (void)unlink("new");
    harvest->acknowledged += scene->acknowledged;
}

static int measure(struct claim_run *run)
{
    struct scene *scene = tool_share(sizeof(*scene));
    const int kills = run->brief ? BRIEF_KILLS : KILLS;
    struct harvest harvest = { 0 };
    uint64_t random = clock_ns();
    pid_t pid;

    (void)alarm(LIMIT_S);
    if (!scene)
        return -ENOMEM;
    scene->in_place = run->twin;
    for (int i = 0; i < kills; i++) {
        scene->acknowledged = 0;
        pid = tool_fork(put_messages, scene);
        if (pid < 0)
            return pid;
        while (scene->acknowledged == 0) /* it is at work */
            tool_sleep(10000);
        random = random * 6364136223846793005 + 1442695040888963407;
        tool_sleep((random >> 33) % longest_life_ns);
        (void)kill(pid, SIGKILL);
        if (!WIFSIGNALED(tool_wait(pid)))
            return -EIO;
        take_messages(scene, &harvest);
    }
    claim_note(run, "kills", UNIT_COUNT, kills);
    claim_note(run, "messages acknowledged", UNIT_COUNT, harvest.acknowledged);
    claim_note(run, "messages found whole", UNIT_COUNT, harvest.whole);
    claim_note(run, "acknowledged, but not there", UNIT_COUNT, harvest.missing);
    claim_note(run, "half messages", UNIT_COUNT, harvest.half);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double half = claim_median(run, "half messages");
    const double missing = claim_median(run, "acknowledged, but not there");

    claim_say(run,
              "After %.0f kills %.0f messages are there in half, and of %.0f "
              "that were acknowledged %.0f are missing.",
              claim_median(run, "kills"), half,
              claim_median(run, "messages acknowledged"), missing);
    return half == 0 && missing == 0 ? CLAIM_CONFIRMED : CLAIM_REFUTED;
}

const struct claim_ops i14_crash_claim = {
    .id = "I14",
    .measure = measure,
    .judge = judge,
};
