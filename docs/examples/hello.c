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
static struct channel_config config = {
    .name = "hello", .frame_max = 100, .senders = 1, .receivers = 1
};
static void *state; /* of the channel; fork gives each process a copy */

static int send_hello(void)
{
    const struct channel_end end = { .role = CHANNEL_SENDER };
    void *block;
    int r;

    r = ops->attach(state, &config, &end);
    if (r == 0)
        r = ops->reserve(state, config.frame_max, &block);
    if (r == 0) {
        int n = snprintf(block, config.frame_max, "hello from process %d",
                         getpid());

        r = ops->commit(state, (size_t)n + 1);
    }
    ops->detach(state);
    return r;
}

static int receive_hello(void)
{
    const struct channel_end end = { .role = CHANNEL_RECEIVER, .owner = true };
    const void *block;
    size_t size;
    int r;

    r = ops->attach(state, &config, &end);
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

static pid_t start(int (*end)(void), const char *what)
{
    const pid_t pid = fork();
    int r;

    if (pid < 0)
        (void)fail("fork", -errno);
    if (pid != 0)
        return pid;
    r = end();
    exit(r < 0 ? fail(what, r) : EXIT_SUCCESS);
}

/* When one end fails the other may wait for ever: it is killed. */
static int run_both(void)
{
    const pid_t receiver = start(receive_hello, "receive");
    const pid_t sender = start(send_hello, "send");
    int status = -1, other_status = -1;
    pid_t first = -1, other;

    if (receiver > 0 && sender > 0)
        first = wait(&status);
    other = first == receiver ? sender : receiver;
    if (other > 0 && status != 0)
        (void)kill(other, SIGKILL);
    if (other > 0)
        (void)waitpid(other, &other_status, 0);
    return status == 0 && other_status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_channel(void)
{
    const struct channel_option *option = ops->options;
    struct channel_effective effective = { 0 };
    int r, status;

    for (size_t i = 0; option && option[i].name; i++)
        config.options[i] = option[i].fallback;
    r = ops->create(state, &config, &effective);
    /* Both ends are to know what it really got. */
    config.depth = effective.depth;
    memcpy(config.options, effective.options, sizeof(config.options));
    status = r < 0 ? fail("create", r) : run_both();
    ops->destroy(state); /* what a create that failed has made, too */
    return status;
}

static const char *why_not(const struct mechanism *mechanism)
{
    if (!mechanism)
        return "there is no such mechanism (build/bin/ipc list tells all)";
    if (mechanism_skipped(mechanism))
        return mechanism_skipped(mechanism);
    if (mechanism->ops->traits & CHANNEL_THREADS)
        return "it joins threads of one process, and hello has two";
    return NULL;
}

int main(int argc, char *argv[])
{
    const char *name = argc > 1 ? argv[1] : "pipe";
    const struct mechanism *mechanism = mechanism_find(name);
    char dir[] = "/tmp/hello-XXXXXX";
    int status;

    if (why_not(mechanism)) {
        (void)fprintf(stderr, "hello: %s: %s\n", name, why_not(mechanism));
        return mechanism ? EXIT_FAILURE : 2;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a dead peer is an error, not the end */
    (void)signal(SIGXFSZ, SIG_IGN);
    ops = mechanism->ops;
    config.dir = mkdtemp(dir);
    state = calloc(1, ops->state_size);
    if (!config.dir || !state ||
        getrandom(&config.seed, sizeof(config.seed), 0) < 0)
        status = fail("start", -errno);
    else
        status = run_channel();
    free(state);
    if (config.dir)
        (void)tree_remove(dir); /* and what the mechanism noted there */
    return status;
}
