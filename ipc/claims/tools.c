/* SPDX-License-Identifier: MIT */
#include "ipc/claims/tools.h"

#include "ipc/job/cpu_clock.h"
#include "ipc/worker/measure.h"
#include "ipc/worker/place.h"
#include "shared/process/child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    BRIEF_ROUNDS = 3,
    CURVE_ROUNDS = 3,
    THREADS_MAX = 1024,
    S_NS = 1000000000
};

unsigned tool_rounds(const struct claim_run *run)
{
    return run->brief ? BRIEF_ROUNDS : CLAIM_ROUNDS;
}

unsigned tool_curve_rounds(const struct claim_run *run)
{
    if (run->twin)
        return 0;
    return run->brief ? 1 : CURVE_ROUNDS;
}

unsigned tool_processors(void)
{
    return place_count();
}

/* The set that this process had before anything was pinned. */
static const cpu_set_t *whole_set(void)
{
    static cpu_set_t whole;
    static bool known;

    if (!known)
        known = sched_getaffinity(0, sizeof(whole), &whole) == 0;
    return &whole;
}

int tool_pin(unsigned n)
{
    const cpu_set_t *whole = whole_set();
    unsigned left = n % (unsigned)CPU_COUNT(whole);
    cpu_set_t one;

    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, whole) && left-- == 0) {
            CPU_SET(cpu, &one);
            break;
        }
    return sched_setaffinity(0, sizeof(one), &one) < 0 ? -errno : 0;
}

int tool_pin_none(void)
{
    return sched_setaffinity(0, sizeof(cpu_set_t), whole_set()) < 0 ? -errno
                                                                    : 0;
}

void *tool_share(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

pid_t tool_fork(int (*child)(void *arg), void *arg)
{
    const pid_t parent = getpid();
    pid_t pid;

    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        child_dies_with(parent, SIGKILL);
        _exit(child(arg));
    }
    return pid < 0 ? -errno : pid;
}

int tool_wait(pid_t pid)
{
    int status;
    pid_t ended;

    do
        ended = waitpid(pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    return ended == pid ? status : -1;
}

/* Those who work at once: each is there before any begins. */
struct team {
    void (*work)(void *arg, unsigned index);
    void *arg;
    pthread_barrier_t start; /* shared by threads, or by processes */
    _Atomic unsigned next;   /* index of who comes */
    uint64_t ended_ns[THREADS_MAX];
};

static void take_part(struct team *team)
{
    const unsigned index = atomic_fetch_add(&team->next, 1);

    (void)pthread_barrier_wait(&team->start);
    team->work(team->arg, index);
    team->ended_ns[index] = clock_ns();
}

static void *thread_of(void *arg)
{
    take_part(arg);
    return NULL;
}

static int process_of(void *arg)
{
    take_part(arg);
    return EXIT_SUCCESS;
}

static struct team *make_team(unsigned count,
                              void (*work)(void *arg, unsigned index),
                              void *arg)
{
    struct team *team = count <= THREADS_MAX ? tool_share(sizeof(*team)) : NULL;
    pthread_barrierattr_t attributes;

    if (!team)
        return NULL;
    team->work = work;
    team->arg = arg;
    (void)pthread_barrierattr_init(&attributes);
    (void)pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    (void)pthread_barrier_init(&team->start, &attributes, count + 1);
    (void)pthread_barrierattr_destroy(&attributes);
    return team;
}

static uint64_t last_end(const struct team *team, unsigned count)
{
    uint64_t last = 0;

    for (unsigned i = 0; i < count; i++)
        last = team->ended_ns[i] > last ? team->ended_ns[i] : last;
    return last;
}

uint64_t tool_threads(unsigned count, void (*work)(void *arg, unsigned index),
                      void *arg)
{
    struct team *team = make_team(count, work, arg);
    pthread_t threads[THREADS_MAX];
    uint64_t start, took;

    if (!team)
        return 0;
    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, thread_of, team) != 0)
            return 0; /* the others wait, and end with this process */
    start = clock_ns();
    (void)pthread_barrier_wait(&team->start);
    for (unsigned i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
    took = last_end(team, count) - start;
    (void)munmap(team, sizeof(*team));
    return took;
}

uint64_t tool_processes(unsigned count, void (*work)(void *arg, unsigned index),
                        void *arg)
{
    struct team *team = make_team(count, work, arg);
    pid_t pids[THREADS_MAX];
    uint64_t start, took;

    if (!team)
        return 0;
    for (unsigned i = 0; i < count; i++) {
        pids[i] = tool_fork(process_of, team);
        if (pids[i] < 0)
            return 0;
    }
    start = clock_ns();
    (void)pthread_barrier_wait(&team->start);
    for (unsigned i = 0; i < count; i++)
        (void)tool_wait(pids[i]);
    took = last_end(team, count) - start;
    (void)munmap(team, sizeof(*team));
    return took;
}

/* Marsaglia's xorshift64 ("Xorshift RNGs", 2003): each step needs the last. */
uint64_t tool_compute(uint64_t steps)
{
    uint64_t x = steps | 1;

    for (uint64_t i = 0; i < steps; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    return x;
}

uint64_t tool_compute_of(uint64_t ns)
{
    const uint64_t steps = 1000000;
    uint64_t best = UINT64_MAX;
    static volatile uint64_t sink;

    for (int i = 0; i < 5; i++) {
        uint64_t start = clock_ns(), took;

        sink = tool_compute(steps);
        took = clock_ns() - start;
        best = tool_least(best, took);
    }
    (void)sink;
    return (uint64_t)((double)steps * (double)ns / (double)best);
}

void tool_sleep(uint64_t ns)
{
    const struct timespec pause = {
        .tv_sec = (time_t)(ns / S_NS),
        .tv_nsec = (long)(ns % S_NS),
    };

    (void)nanosleep(&pause, NULL);
}

uint64_t tool_cpu_ns(void)
{
    return cpu_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

size_t tool_memory(pid_t pid, const char *figure)
{
    const size_t length = strlen(figure);
    char path[64], line[160];
    size_t kilobytes = 0;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, figure, length) == 0 && line[length] == ':')
            kilobytes = strtoul(line + length + 1, NULL, 10);
    (void)fclose(file);
    return kilobytes * 1024;
}

void tool_barrier(pthread_barrier_t *barrier, unsigned count)
{
    pthread_barrierattr_t attributes;

    (void)pthread_barrierattr_init(&attributes);
    (void)pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    (void)pthread_barrier_init(barrier, &attributes, count);
    (void)pthread_barrierattr_destroy(&attributes);
}

void *tool_fill(size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    volatile char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    (void)madvise((void *)memory, size, MADV_NOHUGEPAGE);
    (void)madvise((void *)memory, size, MADV_POPULATE_WRITE); /* at once */
    for (size_t i = 0; i < size; i += page)
        memory[i] = 1;
    return (void *)memory;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

bool tool_heap_is_usual(void)
{
    return !SANITIZED;
}

int tool_limit_memory(size_t more)
{
    FILE *file = fopen("/proc/self/statm", "re");
    struct rlimit limit;
    unsigned long pages = 0;

    if (!file)
        return -errno;
    if (fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    if (pages == 0 || getrlimit(RLIMIT_AS, &limit) < 0)
        return -EIO;
    limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
    return setrlimit(RLIMIT_AS, &limit) < 0 ? -errno : 0;
}

/* A message of one byte, and room for a descriptor beside it. */
struct parcel {
    char byte;
    struct iovec text;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    struct msghdr message;
};

static struct cmsghdr *make_parcel(struct parcel *parcel)
{
    *parcel = (struct parcel){ .text = { &parcel->byte, 1 },
                               .message = { .msg_iov = &parcel->text,
                                            .msg_iovlen = 1 } };
    parcel->message.msg_control = parcel->control;
    parcel->message.msg_controllen = sizeof(parcel->control);
    return CMSG_FIRSTHDR(&parcel->message);
}

int tool_pass(int socket, int fd)
{
    struct parcel parcel;
    struct cmsghdr *head = make_parcel(&parcel);

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(head), &fd, sizeof(fd));
    return sendmsg(socket, &parcel.message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int tool_take(int socket)
{
    struct parcel parcel;
    const struct cmsghdr *head = make_parcel(&parcel);
    const ssize_t n = recvmsg(socket, &parcel.message, MSG_CMSG_CLOEXEC);
    int fd;

    if (n <= 0)
        return n < 0 ? -errno : -EPIPE;
    if (parcel.message.msg_controllen < CMSG_LEN(sizeof(fd)) ||
        head->cmsg_type != SCM_RIGHTS)
        return -EBADMSG;
    memcpy(&fd, CMSG_DATA(head), sizeof(fd));
    return fd;
}

/* Asks for a cable with one end here, and one in the stack of a process. */
struct request {
    struct nlmsghdr head;
    struct ifinfomsg link;
    struct rtattr info, kind;
    char veth[4];
    struct rtattr data, peer;
    struct ifinfomsg peer_link;
    struct rtattr stack;
    pid_t pid;
};

#define REST(member)                                                           \
    (unsigned short)(sizeof(struct request) - offsetof(struct request, member))

int tool_lay_cable(pid_t pid)
{
    struct request request = {
        .head = { sizeof(request), RTM_NEWLINK,
                  NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, 1, 0 },
        .info = { REST(info), IFLA_LINKINFO },
        .kind = { RTA_LENGTH(4), IFLA_INFO_KIND },
        .veth = { 'v', 'e', 't', 'h' },
        .data = { REST(data), IFLA_INFO_DATA },
        .peer = { REST(peer), VETH_INFO_PEER },
        .stack = { REST(stack), IFLA_NET_NS_PID },
        .pid = pid,
    };
    struct {
        struct nlmsghdr head;
        struct nlmsgerr body;
    } answer = { .body.error = -EIO };
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0 ||
        recv(fd, &answer, sizeof(answer), 0) < 0)
        return -errno;
    return answer.body.error;
}

int tool_set_address(const char *name, const char *address)
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = { .ifr_addr.sa_family = AF_INET };

    (void)strcpy(request.ifr_name, name);
    (void)inet_pton(AF_INET, address,
                    &((struct sockaddr_in *)&request.ifr_addr)->sin_addr);
    if (ioctl(fd, SIOCSIFADDR, &request) < 0)
        return -errno;
    request.ifr_flags = IFF_UP;
    return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}
