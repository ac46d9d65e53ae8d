/* SPDX-License-Identifier: MIT */
#include "ipc/worker/page.h"

#include "shared/memory/futex.h"

#include <limits.h>
#include <sys/mman.h>

const char *worker_role_name(enum worker_role role)
{
    return role == WORKER_PRODUCER ? "producer" : "consumer";
}

const char *phase_text(enum phase phase)
{
    static const char *const text[] = {
        [PHASE_START] = "start",
        [PHASE_ATTACH_JOBS] = "attach jobs",
        [PHASE_ATTACH_RESULTS] = "attach results",
        [PHASE_RESERVE_JOB] = "reserve a job",
        [PHASE_READ_INPUT] = "read the input",
        [PHASE_COMMIT_JOB] = "commit a job",
        [PHASE_ACQUIRE_RESULT] = "acquire a result",
        [PHASE_RELEASE_RESULT] = "release a result",
        [PHASE_ACQUIRE_JOB] = "acquire a job",
        [PHASE_WORK] = "work",
        [PHASE_RELEASE_JOB] = "release a job",
        [PHASE_RESERVE_RESULT] = "reserve a result",
        [PHASE_COMMIT_RESULT] = "commit a result",
        [PHASE_AWAIT_ARRIVALS] = "await the arrival of all jobs",
        [PHASE_AWAIT_ENDS] = "await the end of all consumers",
        [PHASE_DETACH] = "detach",
        [PHASE_ENDED] = "end",
    };

    return text[phase];
}

struct exchange_page *page_map(void)
{
    void *page;

    page = mmap(NULL, sizeof(struct exchange_page), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? NULL : page;
}

void page_unmap(struct exchange_page *page)
{
    if (page)
        (void)munmap(page, sizeof(*page));
}

void page_meet(struct exchange_page *page, uint32_t workers)
{
    if (atomic_fetch_add(&page->ready, 1) + 1 == workers) {
        page->started_ns = clock_ns();
        atomic_store(&page->open, 1);
        futex_wake(&page->open, INT_MAX);
    }
    while (!atomic_load(&page->open))
        (void)futex_wait(&page->open, 0, 0);
}

void page_end(struct exchange_page *page)
{
    atomic_store(&page->ended, 1);
    futex_wake(&page->ended, INT_MAX);
}

void page_await_end(struct exchange_page *page)
{
    while (!atomic_load(&page->ended))
        (void)futex_wait(&page->ended, 0, 0);
}
