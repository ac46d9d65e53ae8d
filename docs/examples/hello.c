/* SPDX-License-Identifier: MIT */
/*
 * hello.c -- one message from one process to another, over any mechanism
 *
 *      hello [MECHANISM]       pipe, unix-stream, ring, ...
 *
 * The contract, ipc/channel.h, tells what each function does.
 */
#include "ipc/mechanisms.h"
#include "shared/dir/tree.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct channel_ops *ops; /* the mechanism */
static void *channel; /* its state; fork gives each process a copy */
static struct channel_config config = {
    .name = "hello", .frame_max = 100, .senders = 1, .receivers = 1
};

/* Each of the eight functions returns 0 or a negative errno. */
static void check(int result, const char *what)
{
    if (result < 0) {
        (void)fprintf(stderr, "hello: %s: %s\n", what, strerror(-result));
        exit(EXIT_FAILURE);
    }
}

static void send_hello(void)
{
    const struct channel_end end = { .role = CHANNEL_SENDER };
    void *block;
    int length;

    check(ops->attach(channel, &config, &end), "attach to send");
    check(ops->reserve(channel, config.frame_max, &block), "reserve");
    length = sprintf(block, "hello from process %d", getpid());
    check(ops->commit(channel, (size_t)length + 1), "commit");
    ops->detach(channel);
}

static void receive_hello(void)
{
    const struct channel_end end = { .role = CHANNEL_RECEIVER, .owner = true };
    const void *block;
    size_t size;

    check(ops->attach(channel, &config, &end), "attach to receive");
    check(ops->acquire(channel, &block, &size), "acquire");
    printf("process %d got: %.*s\n", getpid(), (int)size, (const char *)block);
    check(ops->release(channel), "release");
    ops->detach(channel);
}

/* When one end fails the other may wait for ever: its alarm ends it. */
static pid_t start(void (*end)(void))
{
    const pid_t pid = fork();

    if (pid == 0) {
        (void)alarm(10);
        end();
        exit(EXIT_SUCCESS);
    }
    return pid;
}

static int await(pid_t pid)
{
    int status = EXIT_FAILURE;

    return pid > 0 && waitpid(pid, &status, 0) == pid ? status : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    const struct mechanism *m = mechanism_find(argc > 1 ? argv[1] : "pipe");
    struct channel_effective got = { 0 };
    char dir[] = "/tmp/hello-XXXXXX"; /* what has a name lies there */
    pid_t receiver, sender;
    int r, failed = 1;

    if (!m || mechanism_skipped(m) || m->ops->traits & CHANNEL_THREADS) {
        (void)fprintf(stderr, "hello: %s: not between two processes here\n",
                      argv[1]);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a dead peer is an error, not the end */
    (void)signal(SIGXFSZ, SIG_IGN); /* and so is a file that is full */
    ops = m->ops;
    channel = calloc(1, ops->state_size);
    config.dir = mkdtemp(dir);
    if (!channel || !config.dir || getrandom(&config.seed, 8, 0) != 8)
        return EXIT_FAILURE;
    mechanism_defaults(ops, config.options);

    r = ops->create(channel, &config, &got);
    if (r == 0) {
        config.depth = got.depth; /* both ends are to know what it really got */
        memcpy(config.options, got.options, sizeof(got.options));
        receiver = start(receive_hello);
        sender = start(send_hello);
        failed = await(receiver) | await(sender);
    }
    ops->destroy(channel); /* what a create that failed has made, too */
    (void)tree_remove(dir);
    check(r, "create");
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
