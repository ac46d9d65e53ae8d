/* SPDX-License-Identifier: MIT */
/*
 * left_behind.c -- a queue that outlives its program, with what was in it
 *
 * Belief        What a process makes is gone when the process is.
 * What happens  The next run finds the queue of the one that was killed, and
 *               takes the message that was left in it for its own.
 * Why           A POSIX queue has a name and lives until mq_unlink(3) or the
 *               next boot; so do shared memory and System V queues.
 * Cure          Remove the name as soon as both sides have the queue: it lives
 *               on until the last of them is gone. And never take over a queue
 *               that was there before: O_EXCL.
 * Hint 1        How long does a queue live? See mq_overview(7).
 * Hint 2        Who needs the name once both sides have opened it?
 * Manual        mq_overview(7), mq_unlink(3)
 */
#include <err.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char name[64];
static struct mq_attr shape = { .mq_maxmsg = 4, .mq_msgsize = 64 };

static mqd_t open_queue(void)
{
    const mqd_t queue =
        mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &shape);

    if (queue == (mqd_t)-1)
        err(EXIT_FAILURE, "mq_open");
#ifdef FIXED
    (void)mq_unlink(name);
#endif
    return queue;
}

/* The run before: it is killed while a message is under way. */
static void run_and_die(void)
{
    (void)mq_send(open_queue(), "of the first run", 17, 0);
    (void)raise(SIGKILL);
}

int main(void)
{
    char message[64] = "";
    ssize_t n;

    (void)snprintf(name, sizeof(name), "/left-behind-%d", getpid());
    if (fork() == 0)
        run_and_die();
    (void)wait(NULL);
    n = mq_receive(open_queue(), message, sizeof(message), NULL);
    (void)mq_unlink(name);
    printf("the second run found: %s\n", n > 0 ? message : "an empty queue");
    return n < 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
