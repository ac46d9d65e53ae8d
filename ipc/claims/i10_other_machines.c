/* SPDX-License-Identifier: MIT */
/*
 * i10_other_machines.c -- how far sockets reach
 *
 * Claim       Network sockets reach other machines, Unix sockets do not.
 * Section     Interprocess communication: 4. Sockets
 * Experiment  two network stacks stand for two machines: namespaces of this
 *             one, joined by a virtual cable. From the second it is tried to
 *             connect to the first: to a Unix socket by its path and by an
 *             abstract name, and to TCP
 * Rule        MOSTLY if TCP is reached through the cable, and a Unix socket by
 *             its path alone; CONFIRMED if by neither; REFUTED if an abstract
 *             name is reached; DEPENDS if TCP is not
 * Twin        both processes in one stack, without a cable
 * Take away   What limits a Unix socket is the kernel and the file system that
 *             both see, not the network: it leads into a container that has a
 *             stack of its own, and 127.0.0.1 does not.
 * Manual      network_namespaces(7), veth(4), unix(7), "Abstract sockets"
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PORT = 5000, PLACES = 4, STEP_NS = 200000, LIMIT_S = 10 };

static const char *const places[PLACES] = { "Unix, path", "Unix, abstract name",
                                            "TCP, 127.0.0.1", "TCP, cable" };
static const char *const addresses[2] = { "10.0.0.1", "10.0.0.2" };

/* What both processes see. */
struct scene {
    unsigned places;
    bool apart;   /* the second has a stack of its own */
    bool refused; /* or should have, but may not */
    _Atomic bool ready, begun;
    bool reached[PLACES];
};

/* Listens there, or connects. */
static bool meet(unsigned place, bool do_listen)
{
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    struct sockaddr_in net = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    const bool is_local = place < 2;
    const struct sockaddr *const at =
        is_local ? (struct sockaddr *)&local : (struct sockaddr *)&net;
    const socklen_t size = is_local ? sizeof(local) : sizeof(net);
    const int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)strcpy(local.sun_path + place % 2, "i10"); /* abstract: after a NUL */
    (void)inet_pton(AF_INET, place == 2 ? "127.0.0.1" : addresses[0],
                    &net.sin_addr);
    if (do_listen)
        return bind(fd, at, size) == 0 && listen(fd, 1) == 0;
    return connect(fd, at, size) == 0;
}

static int be_second(void *arg)
{
    struct scene *scene = arg;

    scene->refused = scene->apart && unshare(CLONE_NEWNET) < 0;
    scene->ready = true;
    while (!scene->begun)
        tool_sleep(STEP_NS);
    if (scene->apart && (tool_set_address("lo", "127.0.0.1") < 0 ||
                         tool_set_address("veth0", addresses[1]) < 0))
        return EXIT_FAILURE;
    for (unsigned i = 0; i < scene->places; i++)
        scene->reached[i] = meet(i, false);
    return EXIT_SUCCESS;
}

static int measure(struct claim_run *run)
{
    struct scene *scene = tool_share(sizeof(*scene));
    pid_t pid;
    int r;

    (void)alarm(LIMIT_S);
    if (!scene)
        return -ENOMEM;
    if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return claim_cannot(run,
                            "A network stack of its own is refused here: "
                            "%s.",
                            strerror(errno));
    scene->apart = !run->twin;
    scene->places = PLACES - run->twin;
    pid = tool_fork(be_second, scene);
    while (pid > 0 && !scene->ready) /* or until the alarm */
        tool_sleep(STEP_NS);
    if (pid < 0 || scene->refused)
        return claim_cannot(run, "There is no second network stack here.");
    r = tool_set_address("lo", "127.0.0.1");
    if (r == 0 && scene->apart)
        r = tool_lay_cable(pid);
    if (r == 0 && scene->apart)
        r = tool_set_address("veth0", addresses[0]);
    if (r < 0)
        return claim_cannot(run,
                            "Two network stacks cannot be joined here: "
                            "%s.",
                            strerror(-r));
    for (unsigned i = 0; i < scene->places; i++)
        if (!meet(i, true))
            return -errno;
    scene->begun = true;
    if (tool_wait(pid) != 0)
        return -EIO;
    for (unsigned i = 0; i < scene->places; i++)
        claim_note(run, places[i], UNIT_YES_NO, scene->reached[i]);
    return 0;
}

static enum claim_verdict judge(struct claim_run *run)
{
    const bool path = claim_median(run, places[0]) > 0;
    const bool abstract = claim_median(run, places[1]) > 0;
    const bool loop = claim_median(run, places[2]) > 0;
    const bool cable = claim_median(run, places[3]) > 0;

    if (abstract) {
        claim_say(run,
                  "An abstract name of a Unix socket is reached, too, and "
                  "TCP at 127.0.0.1 is%s.",
                  loop ? "" : " not");
        return CLAIM_REFUTED;
    }
    claim_say(
        run,
        "From the other stack a Unix socket is%s reached by its path, and "
        "not by an abstract name; TCP is%s reached through the cable, "
        "and%s at 127.0.0.1.",
        path ? "" : " not", cable ? "" : " not", loop ? "" : " not");
    if (!cable)
        return CLAIM_DEPENDS;
    return path ? CLAIM_MOSTLY : CLAIM_CONFIRMED;
}

const struct claim_ops i10_other_machines_claim = {
    .id = "I10",
    .measure = measure,
    .judge = judge,
};
