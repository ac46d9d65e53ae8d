/* SPDX-License-Identifier: MIT */
#include "ipc/worker/file_fence.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's interface as it is now: headers may be older. */
enum {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    REMOVE_DIR = 1 << 4,
    REMOVE_FILE = 1 << 5,
    MAKE_CHAR = 1 << 6,
    MAKE_DIR = 1 << 7,
    MAKE_REG = 1 << 8,
    MAKE_SOCK = 1 << 9,
    MAKE_FIFO = 1 << 10,
    MAKE_BLOCK = 1 << 11,
    MAKE_SYM = 1 << 12,
    REFER = 1 << 13,     /* from version 2 on */
    TRUNCATE = 1 << 14,  /* 3 */
    IOCTL_DEV = 1 << 15, /* 5 */
    PORTS = 3,           /* 4: bind and connect */
    PORT_RULE = 2,
};

struct ruleset {
    uint64_t files;
    uint64_t ports;
};

struct port_rule {
    uint64_t allowed;
    uint64_t port;
};

/* Rights that make sense for what is no directory. */
static const uint64_t of_files =
    EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;

static const uint64_t rights[] = {
    [FENCE_READ] = READ_FILE | READ_DIR,
    [FENCE_WRITE] = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE,
    [FENCE_KEEP] = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | REMOVE_DIR |
                   REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO |
                   REFER,
};

static long kernel_version(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0,
                   LANDLOCK_CREATE_RULESET_VERSION);
}

const char *fence_missing(void)
{
    return kernel_version() >= 1
               ? NULL
               : "this kernel fences no files in (landlock, from Linux 5.13 "
                 "on, may be off: lsm=)";
}

/* What the first version knows, and each later one has added. */
static uint64_t known_rights(long version)
{
    uint64_t known = REFER - 1;

    if (version >= 2)
        known |= REFER;
    if (version >= 3)
        known |= TRUNCATE;
    if (version >= 5)
        known |= IOCTL_DEV;
    return known;
}

int fence_open(struct fence *ret_fence)
{
    const long version = kernel_version();
    struct ruleset set = { .files = known_rights(version) };
    long fd;

    if (version >= 4)
        set.ports = PORTS;
    /* Older kernels take a longer structure if the rest of it is 0. */
    fd = syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
    if (fd < 0)
        return -errno;
    *ret_fence = (struct fence){
        .fd = (int)fd,
        .handled = set.files,
        .ports = set.ports,
    };
    return 0;
}

int fence_allow(const struct fence *fence, const char *path,
                enum fence_right right)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = rights[right] & fence->handled,
    };
    struct stat status;
    int r = 0;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno == ENOENT || errno == EACCES ? 0 : -errno;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed_access &= of_files;
    if (syscall(SYS_landlock_add_rule, fence->fd, LANDLOCK_RULE_PATH_BENEATH,
                &rule, 0) < 0)
        r = -errno;
    (void)close(rule.parent_fd);
    return r;
}

int fence_allow_port(const struct fence *fence, unsigned port)
{
    const struct port_rule rule = { .allowed = fence->ports, .port = port };

    if (fence->ports == 0)
        return 0;
    return syscall(SYS_landlock_add_rule, fence->fd, PORT_RULE, &rule, 0) < 0
               ? -errno
               : 0;
}

int fence_close(struct fence *fence, int result)
{
    if (result == 0 && syscall(SYS_landlock_restrict_self, fence->fd, 0) < 0)
        result = -errno;
    (void)close(fence->fd);
    return result;
}
