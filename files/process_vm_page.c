/* SPDX-License-Identifier: MIT */
#include "files/process_vm_page.h"

#include "shared/base/fd.h"
#include "shared/base/kernel.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"
#include "shared/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const uint64_t magic = UINT64_C(0x33474150564d5049); /* "IPMVPAG3" */

/* Yama (Documentation/admin-guide/LSM/Yama.rst) lets a process allow to be
 * read up to its level 1; root may always. A container can forbid the call. */
const char *vm_unavailable(void)
{
    uint64_t here = 1, there = 2;
    struct iovec to = { &here, sizeof(here) }, from = { &there, sizeof(there) };
    size_t level;

    if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != sizeof(here))
        return "this system does not let a process read another's memory";
    level = kernel_limit("/proc/sys/kernel/yama/ptrace_scope", 0);
    if (level > 2 || (level == 2 && geteuid() != 0))
        return "kernel.yama.ptrace_scope forbids to read another's memory";
    return process_unavailable();
}

int vm_page_create(const char *path)
{
    int fd, r;

    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    do
        r = -posix_fallocate(fd, 0, sizeof(struct vm_page));
    while (r == -EINTR);
    if (r == 0)
        r = write_all(fd, &magic, sizeof(magic));
    fd_close(&fd);
    if (r < 0)
        (void)unlink(path);
    return r;
}

static int map_page(int fd, struct vm_page **ret_page)
{
    struct stat status;
    struct vm_page *page;

    if (fstat(fd, &status) < 0)
        return -errno;
    if (status.st_size != sizeof(*page)) /* beyond it lies SIGBUS */
        return -EPROTO;
    page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return -errno;
    if (page->magic != magic) {
        vm_page_close(page);
        return -EPROTO;
    }
    *ret_page = page;
    return 0;
}

int vm_page_open(const char *path, struct vm_page **ret_page)
{
    int fd, r;

    r = file_open(path, O_RDWR, &fd);
    if (r < 0)
        return r;
    r = map_page(fd, ret_page);
    fd_close(&fd);
    return r;
}

void vm_page_close(struct vm_page *page)
{
    if (page)
        (void)munmap(page, sizeof(*page));
}
