/* SPDX-License-Identifier: MIT */
#include "ipc/faults/aged.h"

#include "files/process_vm_page.h"
#include "ipc/channel_config.h"
#include "ipc/decorator.h"
#include "queues/ring_memory.h"
#include "queues/ring_mpmc_memory.h"
#include "shared/memory/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t wrap = UINT64_C(1) << 32;

struct aging {
    const char *mechanism;
    const char *suffix; /* of its file in the directory; NULL: it is of shm */
    void (*age)(void *memory);
};

/* ------------------------------------------ what lies in each one's memory */

static void age_tally(struct tally *tally)
{
    atomic_store(&tally->sent.at, wrap - AGED_MESSAGES);
    atomic_store(&tally->freed.at, wrap - AGED_MESSAGES);
}

static void age_slots(void *memory)
{
    struct slots_header *header = memory;

    age_tally(&header->tally);
}

static void age_page(void *memory)
{
    struct vm_page *page = memory;

    age_tally(&page->tally);
}

/* It counts bytes, in lines: no message is shorter. */
static void age_ring(void *memory)
{
    struct ring_header *header = memory;

    atomic_store(&header->freed.at, wrap - AGED_MESSAGES * RING_LINE);
}

/* Ticket n is that of slot n modulo depth, and its sender's turn is 2n: so the
 * turns pass 2^32 first. */
static void age_mpmc(void *memory)
{
    struct mpmc_header *header = memory;
    unsigned char *slots = (unsigned char *)memory + MPMC_SLOTS_AT;
    const uint64_t depth = header->depth;
    const uint64_t ticket = (wrap / 2 - AGED_MESSAGES) / depth * depth;
    struct mpmc_slot *slot;

    atomic_store(&header->senders.tickets, ticket);
    atomic_store(&header->receivers.tickets, ticket);
    for (uint64_t n = 0; n < depth; n++) {
        slot = (struct mpmc_slot *)(slots + n * header->slot_size);
        atomic_store(&slot->turn, 2 * (ticket + n));
    }
}

static const struct aging agings[] = {
    { "ring", NULL, age_ring },
    { "ring-mpmc", NULL, age_mpmc },
    { "mmap-file", ".map", age_slots },
    { "signal-doorbell", ".map", age_slots },
    { "process-vm", ".page", age_page },
};

static const struct aging *find_aging(const struct channel_ops *ops)
{
    for (size_t i = 0; i < sizeof(agings) / sizeof(agings[0]); i++)
        if (strcmp(agings[i].mechanism, ops->name) == 0)
            return &agings[i];
    return NULL;
}

bool aged_can(const struct channel_ops *ops)
{
    return find_aging(ops) != NULL;
}

/* -------------------------------------------------------------- the channel */

static int open_memory(const struct aging *aging,
                       const struct channel_config *config)
{
    char name[CHANNEL_NAME_MAX], path[PATH_MAX];
    int fd, r;

    if (aging->suffix) {
        r = channel_path(config, aging->suffix, path);
        if (r < 0)
            return r;
        fd = open(path, O_RDWR | O_CLOEXEC);
    } else {
        channel_global_name(config, name);
        fd = shm_open(name, O_RDWR, 0);
    }
    return fd < 0 ? -errno : fd;
}

static int age_file(const struct aging *aging, int fd)
{
    struct stat status;
    size_t bytes;
    void *memory;

    if (fstat(fd, &status) < 0)
        return -errno;
    bytes = (size_t)status.st_size;
    memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    aging->age(memory);
    (void)munmap(memory, bytes);
    return 0;
}

static int create(void *state, const struct channel_config *config,
                  struct channel_effective *ret_effective)
{
    const struct decorator *d = state;
    const struct aging *aging = find_aging(d->inner);
    int fd, r;

    r = d->inner->create(decorator_inner(state), config, ret_effective);
    if (r < 0 || !aging)
        return r;
    fd = open_memory(aging, config);
    if (fd < 0)
        return fd;
    r = age_file(aging, fd);
    (void)close(fd);
    return r;
}

void aged_wrap(const struct channel_ops *inner, struct channel_ops *ret_ops)
{
    decorator_wrap(inner, ret_ops);
    ret_ops->create = create;
}
