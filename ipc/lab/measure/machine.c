/* SPDX-License-Identifier: MIT */
#include "ipc/lab/measure/machine.h"

#include "ipc/worker/place.h"

#include <gnu/libc-version.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#ifndef LIBRARIES
#define LIBRARIES "" /* the Makefile knows them */
#endif

enum { TEXT_MAX = 256 };

static const double busy_most = 0.3; /* processes that run, on average */

/* The first line of a small file without its end; "" when there is none. */
static void read_line(const char *path, char ret_text[static TEXT_MAX])
{
    FILE *file = fopen(path, "re");

    ret_text[0] = '\0';
    if (!file)
        return;
    if (!fgets(ret_text, TEXT_MAX, file))
        ret_text[0] = '\0';
    ret_text[strcspn(ret_text, "\n")] = '\0';
    (void)fclose(file);
}

/* The value behind "KEY : " in /proc/cpuinfo, of the first processor. */
static void read_cpuinfo(const char *key, char ret_text[static TEXT_MAX])
{
    char line[4096];
    const char *value;
    FILE *file = fopen("/proc/cpuinfo", "re");

    ret_text[0] = '\0';
    while (file && ret_text[0] == '\0' && fgets(line, sizeof(line), file)) {
        value = strchr(line, ':');
        if (strncmp(line, key, strlen(key)) == 0 && value)
            (void)snprintf(ret_text, TEXT_MAX, "%.*s",
                           (int)strcspn(value + 1, "\n"),
                           value + 1 + strspn(value + 1, " "));
    }
    if (file)
        (void)fclose(file);
    ret_text[strcspn(ret_text, "\n")] = '\0';
}

/* A processor that is virtual says so in its flags (cpuid 1, ecx bit 31). */
static bool is_virtual(void)
{
    char line[8192];
    bool found = false;
    FILE *file = fopen("/proc/cpuinfo", "re");

    while (file && !found && fgets(line, sizeof(line), file))
        found = strncmp(line, "flags", 5) == 0 && strstr(line, " hypervisor");
    if (file)
        (void)fclose(file);
    return found;
}

__attribute__((format(printf, 2, 3))) static void warn(json_t *warnings,
                                                       const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)json_array_append_new(warnings, json_string(text));
}

static json_t *find_warnings(const char *governor)
{
    json_t *warnings = json_array();
    double load = 0;

    if (place_count() < 2)
        warn(warnings, "one processor only: nothing runs at the same time, and "
                       "a spinning wait is only a delay");
    if (is_virtual())
        warn(warnings, "a virtual machine: its processors may be taken away "
                       "unseen, and waking one costs a way out to the host");
    if (governor[0] && strcmp(governor, "performance") != 0)
        warn(warnings,
             "frequency scaling (governor %s): the clock's speed "
             "changes with the load",
             governor);
    if (getloadavg(&load, 1) == 1 && load > busy_most)
        warn(warnings,
             "busy: %.1f processes ran on average in the last "
             "minute; disturbed runs are done again",
             load);
    return warnings;
}

static json_t *now(void)
{
    char text[32];
    time_t seconds = time(NULL);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return json_null();
    return json_string(text);
}

json_t *machine_describe(void)
{
    char cpu[TEXT_MAX], governor[TEXT_MAX], clock[TEXT_MAX];
    struct utsname name;
    double memory =
        (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);

    if (uname(&name) < 0)
        return NULL;
    read_cpuinfo("model name", cpu);
    read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
              governor);
    read_line(
        "/sys/devices/system/clocksource/clocksource0/current_clocksource",
        clock);
    return json_pack(
        "{s:o, s:s, s:s, s:s, s:i, s:b, s:s, s:s, s:f, s:s, s:s, s:s, s:o}",
        "measured", now(), "kernel", name.release, "architecture", name.machine,
        "processor", cpu, "processors", (int)place_count(), "virtual",
        is_virtual(), "governor", governor, "clock_source", clock,
        "memory_bytes", memory, "compiler",
#ifdef __clang__
        "clang " __clang_version__,
#else
        "gcc " __VERSION__,
#endif
        "c_library", gnu_get_libc_version(), "libraries", LIBRARIES, "warnings",
        find_warnings(governor));
}
