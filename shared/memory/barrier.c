/* SPDX-License-Identifier: MIT */
#include "shared/memory/barrier.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

atomic_bool barrier_is_prepared;

static bool ask_kernel(int command)
{
    return syscall(SYS_membarrier, command, 0, 0) == 0;
}

void barrier_prepare(void)
{
    atomic_store(&barrier_is_prepared,
                 ask_kernel(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED));
}

bool barrier_heavy(void)
{
    return ask_kernel(MEMBARRIER_CMD_GLOBAL_EXPEDITED);
}
