/* SPDX-License-Identifier: MIT */
#include "ipc/lab/trace/sched_trace.h"

#include "shared/base/kernel.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 1 << 20, /* a power of two, as the kernel wants it */
    RECORD_LEAST = 32,      /* any record of ours is larger, */
    RECORD_MOST = 256,      /* and smaller */
};

static const char paranoid[] = "/proc/sys/kernel/perf_event_paranoid";

/* ---------------------------------------------------------------- formats */

/* Where the kernel shows its tracepoints: only root may look, as a rule. */
static int read_format(struct sched_trace *t, enum sched_point point,
                       char ret_why[static SCHED_WHY_MAX])
{
    char path[80];
    FILE *file;
    int r;

    (void)snprintf(path, sizeof(path),
                   "/sys/kernel/tracing/events/sched/%s/format",
                   sched_point_name(point));
    file = fopen(path, "re");
    r = file ? sched_format_read(file, point, &t->format[point]) : -errno;
    if (file)
        (void)fclose(file);
    if (r < 0)
        (void)snprintf(ret_why, SCHED_WHY_MAX, "%s: %s; %s", path, strerror(-r),
                       r == -EACCES
                           ? "root may read it"
                           : "root can `mount -t tracefs none "
                             "/sys/kernel/tracing`, unless a container "
                             "forbids it");
    return r;
}

/* ----------------------------------------------------------------- buffers */

static int open_point(const struct sched_format *format, int cpu)
{
    struct perf_event_attr attr = {
        .type = PERF_TYPE_TRACEPOINT,
        .size = sizeof(attr),
        .config = format->id,
        .sample_period = 1,
        .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW,
        .disabled = 1,
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
        .watermark = 1, /* nobody is to be woken */
        .wakeup_watermark = UINT32_MAX,
    };
    const long fd =
        syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

    return fd < 0 ? -errno : (int)fd;
}

/* Both tracepoints of a CPU write into one buffer, in their order. */
static int open_buffer(const struct sched_trace *t, struct sched_buffer *b,
                       int cpu)
{
    void *memory;

    for (unsigned point = 0; point < SCHED_POINTS; point++) {
        const int fd = open_point(&t->format[point], cpu);

        if (fd < 0)
            return fd;
        b->fd[point] = fd;
    }
    memory = mmap(NULL, t->page + BUFFER_BYTES, PROT_READ | PROT_WRITE,
                  MAP_SHARED, b->fd[0], 0);
    if (memory == MAP_FAILED)
        return -errno;
    b->memory = memory;
    return ioctl(b->fd[1], PERF_EVENT_IOC_SET_OUTPUT, b->fd[0]) < 0 ? -errno
                                                                    : 0;
}

static int open_buffers(struct sched_trace *t)
{
    cpu_set_t allowed;
    int r = 0;

    if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
        return -errno;
    for (int cpu = 0; cpu < CPU_SETSIZE && t->buffers < SCHED_CPUS_MAX; cpu++)
        if (r == 0 && CPU_ISSET((size_t)cpu, &allowed))
            r = open_buffer(t, &t->buffer[t->buffers++], cpu);
    return r;
}

static int set_running(const struct sched_trace *t, bool running)
{
    const unsigned long request =
        running ? PERF_EVENT_IOC_ENABLE : PERF_EVENT_IOC_DISABLE;

    for (unsigned i = 0; i < t->buffers; i++)
        for (unsigned point = 0; point < SCHED_POINTS; point++)
            if (ioctl(t->buffer[i].fd[point], request, 0) < 0)
                return -errno;
    return 0;
}

static void explain(int error, char ret_why[static SCHED_WHY_MAX])
{
    const bool forbidden = error == -EACCES || error == -EPERM;

    if (forbidden)
        (void)snprintf(ret_why, SCHED_WHY_MAX,
                       "perf_event_open: %s (%s is %d); root may, unless a "
                       "container forbids it",
                       strerror(-error), paranoid,
                       (int)kernel_limit(paranoid, 0));
    else
        (void)snprintf(ret_why, SCHED_WHY_MAX,
                       "perf_event_open: %s; it takes a kernel with perf "
                       "events, and memory for them",
                       strerror(-error));
}

int sched_trace_open(struct sched_trace *t, char ret_why[static SCHED_WHY_MAX])
{
    int r = 0;

    t->page = (size_t)sysconf(_SC_PAGESIZE);
    for (unsigned point = 0; r == 0 && point < SCHED_POINTS; point++)
        r = read_format(t, point, ret_why);
    if (r < 0)
        return r;
    r = open_buffers(t);
    if (r == 0)
        r = set_running(t, true);
    if (r < 0)
        explain(r, ret_why);
    return r;
}

void sched_trace_close(struct sched_trace *t)
{
    for (unsigned i = 0; i < t->buffers; i++) {
        struct sched_buffer *b = &t->buffer[i];

        if (b->memory)
            (void)munmap(b->memory, t->page + BUFFER_BYTES);
        for (unsigned point = 0; point < SCHED_POINTS; point++)
            if (b->fd[point] > 0)
                (void)close(b->fd[point]);
    }
    *t = (struct sched_trace){ 0 };
}

/* ------------------------------------------------------------------ taking */

/* How many bytes of a buffer hold records: it is never emptied, so they begin
 * where it does. */
static size_t size_of(const struct sched_buffer *b)
{
    struct perf_event_mmap_page *page = b->memory;
    const uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);

    return head < BUFFER_BYTES ? (size_t)head : BUFFER_BYTES;
}

static int by_time(const void *a, const void *b)
{
    const struct sched_event *one = a, *other = b;

    return (one->at_ns > other->at_ns) - (one->at_ns < other->at_ns);
}

int sched_trace_take(struct sched_trace *t, struct sched_event **ret_event,
                     size_t *ret_count, bool *ret_full)
{
    size_t room = 1, count = 0;
    struct sched_event *event;
    bool full = false;

    (void)set_running(t, false);
    for (unsigned i = 0; i < t->buffers; i++)
        room += size_of(&t->buffer[i]) / RECORD_LEAST;
    event = calloc(room, sizeof(*event));
    if (!event)
        return -ENOMEM;
    for (unsigned i = 0; i < t->buffers; i++) {
        const struct sched_buffer *b = &t->buffer[i];

        count += sched_events_decode(t->format,
                                     (const unsigned char *)b->memory + t->page,
                                     size_of(b), &event[count], room - count);
        full = full || size_of(b) > BUFFER_BYTES - RECORD_MOST;
    }
    qsort(event, count, sizeof(*event), by_time);
    *ret_event = event;
    *ret_count = count;
    *ret_full = full;
    return 0;
}
