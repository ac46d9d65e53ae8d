/* SPDX-License-Identifier: MIT */
#include "ipc/faults/fault_cell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *fault_not_for_threads(const struct mechanism *mechanism)
{
    return mechanism->ops->traits & CHANNEL_THREADS
               ? "both ends are threads of one process"
               : NULL;
}

static void decide(struct fault_cell *cell, enum cell_verdict verdict,
                   const char *format, va_list arguments)
{
    if (cell->verdict != CELL_PASS)
        return;
    cell->verdict = verdict;
    (void)vsnprintf(cell->why, sizeof(cell->why), format, arguments);
}

void cell_fail(struct fault_cell *cell, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    decide(cell, CELL_FAIL, format, arguments);
    va_end(arguments);
}

void cell_skip(struct fault_cell *cell, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    decide(cell, CELL_SKIP, format, arguments);
    va_end(arguments);
}

void cell_not_for(struct fault_cell *cell, const char *why)
{
    if (cell->verdict != CELL_PASS)
        return;
    cell->verdict = CELL_NOT_FOR;
    (void)snprintf(cell->why, sizeof(cell->why), "%s", why);
}

void cell_add(struct fault_cell *cell, const char *format, ...)
{
    const size_t used = strlen(cell->why);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(cell->why + used, sizeof(cell->why) - used, format,
                    arguments);
    va_end(arguments);
}

uint64_t cell_missing(const struct fault_cell *cell)
{
    return cell->verdict == CELL_PASS && cell->injections < cell->wanted
               ? cell->wanted - cell->injections
               : 0;
}

const char *cell_verdict_name(enum cell_verdict verdict)
{
    static const char *const names[CELL_VERDICTS] = {
        [CELL_PASS] = "PASS",
        [CELL_FAIL] = "FAIL",
        [CELL_SKIP] = "SKIP",
        [CELL_NOT_FOR] = "n/a",
    };

    return names[verdict];
}

const char *leak_name(enum leak leak)
{
    static const char *const names[LEAKS] = {
        [LEAK_FILES] = "files",
        [LEAK_MEMORY] = "memory",
        [LEAK_QUEUES] = "queues",
        [LEAK_PROCESSES] = "processes",
        [LEAK_DESCRIPTORS] = "descriptors",
    };

    return names[leak];
}
