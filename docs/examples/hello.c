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

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct channel_ops *ops; /* the mechanism */
static void *state; /* of the channel; fork gives each process a copy */
static struct channel_config config = {
    .name = "hello", .frame_max = 100, .senders = 1, .receivers = 1
};

static int send_hello(void)
{
    const struct channel_end end = { .role = CHANNEL_SENDER };
    void *block;
    int r = ops->attach(state, &config, &end);

    if (r == 0)
        r = ops->reserve(state, config.frame_max, &block);
    if (r == 0)
        r = 1 + sprintf(block, "hello from process %d", getpid());
    if (r > 0)
        r = ops->commit(state, (size_t)r);
    ops->detach(state);
    return r;
}

static int receive_hello(void)
{
    const struct channel_end end = { .role = CHANNEL_RECEIVER, .owner = true };
    const void *block;
    size_t size;
    int r = ops->attach(state, &config, &end);

    if (r == 0)
        r = ops->acquire(state, &block, &size);
    if (r == 0) {
        printf("process %d got: %.*s\n", getpid(), (int)size,
               (const char *)block);
        r = ops->release(state);
    }
    ops->detach(state);
    return r;
}

static int fail(const char *what, int error)
{
    (void)fprintf(stderr, "hello: %s: %s\n", what, strerror(-error));
    return EXIT_FAILURE;
}

/* When one end fails the other may wait for ever: its alarm ends it. */
static pid_t start(int (*end)(void), const char *what)
{
    const pid_t pid = fork();
    int r;

    if (pid < 0)
        (void)fail("fork", -errno);
    if (pid != 0)
        return pid;
    (void)alarm(10);
    r = end();
    exit(r < 0 ? fail(what, r) : EXIT_SUCCESS);
}

/* Whether it was started, and has ended well. */
static bool await(pid_t pid)
{
    int status;

    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static int run_channel(void)
{
    struct channel_effective effective = { 0 };
    pid_t receiver, sender;
    bool received, sent;
    int r;

    mechanism_defaults(ops, config.options);
    r = ops->create(state, &config, &effective);
    if (r < 0)
        return fail("create", r);
    /* Both ends are to know what it really got. */
    config.depth = effective.depth;
    memcpy(config.options, effective.options, sizeof(config.options));
    receiver = start(receive_hello, "receive");
    sender = start(send_hello, "send");
    received = await(receiver);
    sent = await(sender);
    return received && sent ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    const char *name = argc > 1 ? argv[1] : "pipe";
    const struct mechanism *mechanism = mechanism_find(name);
    char dir[] = "/tmp/hello-XXXXXX";
    int status;

    if (!mechanism || mechanism_skipped(mechanism) ||
        mechanism->ops->traits & CHANNEL_THREADS) {
        (void)fprintf(stderr, "hello: %s: not between two processes here\n",
                      name);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a dead peer is an error, not the end */
    (void)signal(SIGXFSZ, SIG_IGN); /* and so is a file that is full */
    ops = mechanism->ops;
    state = calloc(1, ops->state_size);
    if (!state || getrandom(&config.seed, sizeof(config.seed), 0) < 0 ||
        !(config.dir = mkdtemp(dir)))
        return fail("start", -errno);
    status = run_channel();
    ops->destroy(state); /* what a create that failed has made, too */
    (void)tree_remove(dir);
    free(state);
    return status;
}
