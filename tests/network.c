/* SPDX-License-Identifier: MIT */
#include "tests/network.h"

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "tests/helpers.h"
#include "tests/sockets.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NEAR, FAR, SIDES, COMMAND_MAX = 300, PACKET_MAX = 2000 };

static int space[SIDES]; /* descriptors of the namespaces */
static char space_path[SIDES][64];

/* --------------------------------------------------------------- namespaces */

static void enter(int side)
{
    int fd = open(space_path[side], O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
        perror("enter the network");
        _exit(126);
    }
    fd_close(&fd);
}

void network_near(void)
{
    enter(NEAR);
}

void network_far(void)
{
    enter(FAR);
}

/* Runs a command on one of the machines; false when it failed. */
static bool run(int side, const char *command)
{
    char line[COMMAND_MAX + 20];
    int status;
    pid_t pid;

    (void)snprintf(line, sizeof(line), "%s >/dev/null 2>&1", command);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        enter(side);
        (void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool make_spaces(void)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    bool good = home >= 0;

    for (int i = 0; good && i < SIDES; i++) {
        good = unshare(CLONE_NEWNET) == 0;
        if (!good)
            break;
        space[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        good = space[i] > 0;
        (void)snprintf(space_path[i], sizeof(space_path[i]), "/proc/%d/fd/%d",
                       getpid(), space[i]);
    }
    if (home >= 0)
        good = setns(home, CLONE_NEWNET) == 0 && good;
    fd_close(&home);
    return good;
}

/* A process that lives on the far machine, until it is killed. */
static pid_t start_holder(void)
{
    int arrived[2];
    pid_t holder;
    char byte;

    ck_assert_int_eq(pipe2(arrived, O_CLOEXEC), 0);
    holder = fork();
    ck_assert_int_ge(holder, 0);
    if (holder == 0) {
        enter(FAR);
        (void)!write(arrived[1], "", 1);
        (void)pause();
        _exit(0);
    }
    fd_close(&arrived[1]);
    ck_assert_int_eq(read(arrived[0], &byte, 1), 1);
    fd_close(&arrived[0]);
    return holder;
}

/* The far end is made where this process is, and then moved. */
static bool lay_cable(void)
{
    const pid_t holder = start_holder();
    char command[COMMAND_MAX];
    bool good;

    (void)snprintf(command, sizeof(command),
                   "ip link add near type veth peer name far netns %d", holder);
    good = run(NEAR, command);
    (void)kill(holder, SIGKILL);
    (void)waitpid(holder, NULL, 0);
    return good && run(NEAR, "ip link set lo up") &&
           run(FAR, "ip link set lo up") &&
           run(NEAR, "ip addr add " NETWORK_NEAR "/24 dev near") &&
           run(FAR, "ip addr add " NETWORK_FAR "/24 dev far") &&
           run(NEAR, "ip link set near up") && run(FAR, "ip link set far up");
}

const char *network_open(void)
{
    if (!make_spaces())
        return "no right to make network namespaces";
    if (!run(NEAR, "ip link"))
        return "ip(8) is not installed (sh setup.sh)";
    return lay_cable() ? NULL : "no veth pair could be made";
}

void network_close(void)
{
    for (int i = 0; i < SIDES; i++)
        fd_close(&space[i]);
}

void network_cut(void)
{
    ck_assert(run(FAR, "ip link set far down"));
}

void network_mend(void)
{
    ck_assert(run(FAR, "ip link set far up"));
}

uint64_t network_carried(void)
{
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    unsigned long long sent = 0;
    char line[300];
    FILE *file;

    enter(FAR);
    file = fopen("/proc/thread-self/net/dev", "re");
    ck_assert_ptr_nonnull(file);
    /* Eight numbers about what was received come before. */
    while (fgets(line, sizeof(line), file) &&
           sscanf(line, " far: %*u %*u %*u %*u %*u %*u %*u %*u %llu", &sent) !=
               1)
        continue;
    (void)fclose(file);
    ck_assert_int_eq(setns(home, CLONE_NEWNET), 0);
    fd_close(&home);
    return sent;
}

/* -------------------------------------------------------------------- ports */

/* A run at a URL takes its port, and those of the two channels behind it. */
enum { PORTS = 3, LEAST_PORT = 10000, MOST_PORT = 32000 };

static bool all_free(struct url *here, unsigned port)
{
    int fd[PORTS] = { 0 };
    bool free = true;

    for (unsigned i = 0; i < PORTS; i++)
        free = free && socket_bind(here, port + i, SOCK_STREAM, &fd[i]) == 0;
    for (unsigned i = 0; i < PORTS; i++)
        fd_close(&fd[i]);
    return free;
}

/* Below those that the kernel gives to who connects: such a one is taken for
 * another minute after its connection. */
unsigned network_free_port(const char *host)
{
    static unsigned next;
    struct url here = { .port = 0 };

    if (next == 0)
        next = LEAST_PORT + (unsigned)getpid() * 7 % (MOST_PORT - LEAST_PORT);
    (void)snprintf(here.host, sizeof(here.host), "%s", host);
    for (int tries = 0; tries < MOST_PORT - LEAST_PORT; tries++) {
        next = next + PORTS < MOST_PORT ? next + PORTS : LEAST_PORT;
        if (all_free(&here, next))
            return next;
    }
    ck_abort_msg("no port is free");
}

/* ------------------------------------------------------------- a long cable */

/* What is on its way, in order: packets all take as long. */
struct packet_on_way {
    uint64_t due_ns;
    size_t size;
    int to;
    unsigned char bytes[PACKET_MAX];
};

enum { ON_WAY = 8192 };

static struct {
    int tun[SIDES]; /* 0: netem delays instead */
    uint64_t one_way_ns;
    _Atomic bool stop;
    pthread_t thread;
    struct packet_on_way *on_way; /* a ring */
    size_t first, count;
} cable;

static int open_tun(int side)
{
    struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int fd;

    (void)snprintf(request.ifr_name, sizeof(request.ifr_name), "long");
    enter(side);
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) < 0)
        fd_close(&fd);
    ck_assert_int_eq(setns(home, CLONE_NEWNET), 0);
    fd_close(&home);
    return fd > 0 ? fd : 0;
}

static void take_packet(int from, int to)
{
    struct packet_on_way *packet =
        &cable.on_way[(cable.first + cable.count) % ON_WAY];
    ssize_t n;

    if (cable.count == ON_WAY)
        return;
    n = read(cable.tun[from], packet->bytes, sizeof(packet->bytes));
    if (n <= 0)
        return;
    packet->due_ns = clock_ns() + cable.one_way_ns;
    packet->size = (size_t)n;
    packet->to = to;
    cable.count++;
}

/* Delivers what is due; returns how long until the next, in ns. */
static uint64_t deliver(void)
{
    const struct packet_on_way *packet = &cable.on_way[cable.first];
    uint64_t now_ns = clock_ns();

    while (cable.count > 0 && packet->due_ns <= now_ns) {
        (void)!write(cable.tun[packet->to], packet->bytes, packet->size);
        cable.first = (cable.first + 1) % ON_WAY;
        cable.count--;
        packet = &cable.on_way[cable.first];
    }
    return cable.count > 0 ? packet->due_ns - now_ns : 10000000;
}

static void *carry(void *arg)
{
    struct pollfd polled[SIDES] = {
        { .fd = cable.tun[NEAR], .events = POLLIN },
        { .fd = cable.tun[FAR], .events = POLLIN },
    };
    struct timespec wait;

    (void)arg;
    while (!cable.stop) {
        wait = (struct timespec){ .tv_nsec = (long)deliver() };
        (void)ppoll(polled, SIDES, &wait, NULL);
        for (int i = 0; i < SIDES; i++)
            if (polled[i].revents & POLLIN)
                take_packet(i, !i);
    }
    return NULL;
}

static bool use_netem(unsigned one_way_ms)
{
    char command[COMMAND_MAX];

    (void)snprintf(command, sizeof(command),
                   "tc qdisc add dev near root netem delay %ums limit 10000",
                   one_way_ms);
    if (!run(NEAR, command))
        return false;
    (void)snprintf(command, sizeof(command),
                   "tc qdisc add dev far root netem delay %ums limit 10000",
                   one_way_ms);
    return run(FAR, command) &&
           run(NEAR, "ip addr add " NETWORK_NEAR_LONG "/24 dev near") &&
           run(FAR, "ip addr add " NETWORK_FAR_LONG "/24 dev far");
}

const char *network_open_long(unsigned one_way_ms, const char **ret_how)
{
    *ret_how = "tc netem";
    if (use_netem(one_way_ms))
        return NULL;
    *ret_how = "tun devices";
    cable.one_way_ns = one_way_ms * 1000000ull;
    for (int i = 0; i < SIDES; i++)
        cable.tun[i] = open_tun(i);
    if (!cable.tun[NEAR] || !cable.tun[FAR])
        return "neither tc netem nor /dev/net/tun";
    if (!run(NEAR, "ip addr add " NETWORK_NEAR_LONG "/24 dev long") ||
        !run(FAR, "ip addr add " NETWORK_FAR_LONG "/24 dev long") ||
        !run(NEAR, "ip link set long txqueuelen 10000 up") ||
        !run(FAR, "ip link set long txqueuelen 10000 up"))
        return "the tun devices take no address";
    cable.on_way = calloc(ON_WAY, sizeof(*cable.on_way));
    ck_assert_ptr_nonnull(cable.on_way);
    ck_assert_int_eq(pthread_create(&cable.thread, NULL, carry, NULL), 0);
    return NULL;
}

void network_close_long(void)
{
    if (cable.on_way) {
        cable.stop = true;
        (void)pthread_join(cable.thread, NULL);
        free(cable.on_way);
    }
    for (int i = 0; i < SIDES; i++)
        fd_close(&cable.tun[i]);
}
