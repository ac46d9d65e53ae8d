/* SPDX-License-Identifier: MIT */
/* The histogram against exact sorting; clocks, placement, the start. */
#include "ipc/worker/measure.h"
#include "ipc/worker/page.h"
#include "ipc/worker/place.h"
#include "tests/helpers.h"
#include "tests/suites.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLES = 20000, PER_MILLE = 1000 };

static struct histogram histogram;
static uint64_t samples[SAMPLES];
static const uint64_t largest = ((uint64_t)1 << HISTOGRAM_VALUE_BITS) - 1;

static void record(const uint64_t *values, size_t count)
{
    memset(&histogram, 0, sizeof(histogram));
    for (size_t i = 0; i < count; i++)
        histogram_record(&histogram, values[i]);
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

/* The smallest sample that percent_tenths / 10 % of them do not exceed. */
static uint64_t exact_percentile(const uint64_t *sorted, size_t count,
                                 size_t percent_tenths)
{
    size_t rank = (count * percent_tenths + PER_MILLE - 1) / PER_MILLE;

    return sorted[rank > 0 ? rank - 1 : 0];
}

static void expect_close(uint64_t got, uint64_t exact, const char *what)
{
    double error = fabs((double)got - (double)exact);

    ck_assert_msg(error <= 0.0005 * (double)exact && got <= histogram.max_ns,
                  "%s: got %lu, exact is %lu", what, got, exact);
}

/* Every tenth of a percent. */
static void expect_percentiles(size_t count, const char *what)
{
    record(samples, count);
    qsort(samples, count, sizeof(samples[0]), by_value);
    ck_assert_uint_eq(histogram.samples, count);
    ck_assert_uint_eq(histogram.max_ns, samples[count - 1]);
    for (size_t tenths = 0; tenths <= PER_MILLE; tenths++)
        expect_close(histogram_percentile(&histogram, (double)tenths / 10),
                     exact_percentile(samples, count, tenths), what);
}

/* ------------------------------------------------------------- histogram */

START_TEST(test_no_sample)
{
    record(samples, 0);
    ck_assert_uint_eq(histogram_percentile(&histogram, 50), 0);
    ck_assert_uint_eq(histogram_percentile(&histogram, 100), 0);
}
END_TEST

static const uint64_t bounds[] = {
    0,
    1,
    1023,
    1024,
    2046,
    2047,
    2048,
    2049,
    4095,
    4096,
    ((uint64_t)1 << 39) - 1,
    (uint64_t)1 << 39,
    ((uint64_t)1 << 40) - 1,
};

START_TEST(test_one_sample)
{
    static const double percents[] = { 0, 0.1, 50, 99, 100 };
    uint64_t value = bounds[_i];

    record(&value, 1);
    ck_assert_uint_eq(histogram.max_ns, value);
    for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++)
        expect_close(histogram_percentile(&histogram, percents[i]), value,
                     "one sample");
}
END_TEST

/* What is longer counts as the longest. */
START_TEST(test_beyond_the_range)
{
    const uint64_t values[] = { largest + 1, UINT64_MAX };

    record(values, 2);
    ck_assert_uint_eq(histogram.samples, 2);
    ck_assert_uint_eq(histogram.max_ns, largest);
    expect_close(histogram_percentile(&histogram, 50), largest, "2^40");
    expect_close(histogram_percentile(&histogram, 100), largest, "2^64 - 1");
}
END_TEST

/* Below 2048 ns a value is known exactly, and so is its rank: a percentage
 * that falls on a sample names that one and not the next. */
START_TEST(test_small_are_exact)
{
    enum { FEW = 2000 };

    for (size_t count = 100; count <= FEW; count += 100) {
        for (size_t i = 0; i < count; i++)
            samples[i] = i;
        record(samples, count);
        for (size_t tenths = 0; tenths <= PER_MILLE; tenths++)
            ck_assert_uint_eq(
                histogram_percentile(&histogram, (double)tenths / 10),
                exact_percentile(samples, count, tenths));
    }
}
END_TEST

START_TEST(test_random)
{
    srand48(_i);
    /* As many of each power of two, up to 2^40. */
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = (uint64_t)exp2(drand48() * (double)HISTOGRAM_VALUE_BITS);
    expect_percentiles(SAMPLES, "log-uniform");
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = (uint64_t)(drand48() * 1e6);
    expect_percentiles(SAMPLES, "uniform");
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = (uint64_t)(-log(1 - drand48()) * 50000);
    expect_percentiles(SAMPLES, "exponential");
}
END_TEST

/* Where a bucket begins and ends, for each power of two. */
START_TEST(test_bucket_bounds)
{
    size_t count = 0;

    for (unsigned power = 1; power < HISTOGRAM_VALUE_BITS; power++) {
        uint64_t value = (uint64_t)1 << power;
        uint64_t width = value >> HISTOGRAM_SPLIT_BITS;

        samples[count++] = value - 1;
        samples[count++] = value;
        samples[count++] = value + 1;
        samples[count++] = value + width;
        samples[count++] = value + (width ? width - 1 : 0);
    }
    for (size_t i = 0; i < count; i++) {
        record(&samples[i], 1);
        expect_close(histogram_percentile(&histogram, 50), samples[i], "alone");
    }
    expect_percentiles(count, "all together");
}
END_TEST

/* Nearly all alike, and a few far away: the slow ones must not vanish. */
START_TEST(test_few_far_away)
{
    enum { FAR = SAMPLES / 100 };

    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = i < FAR ? 3000000000 : 700;
    expect_percentiles(SAMPLES, "few far away");
    expect_close(histogram_percentile(&histogram, 99), 700, "99 %");
    expect_close(histogram_percentile(&histogram, 99.1), 3000000000, "99.1 %");
}
END_TEST

/* What fewer than ten samples lie beyond is not told: chance made it. */
START_TEST(test_few_samples)
{
    struct latency l;

    for (size_t i = 0; i < 10 * LATENCY_BEYOND; i++)
        samples[i] = 700;
    record(samples, 10 * LATENCY_BEYOND - 1);
    l = latency_of(&histogram);
    ck_assert_uint_gt(l.p50_ns, 0);
    ck_assert_uint_eq(l.p90_ns, 0);
    record(samples, 10 * LATENCY_BEYOND);
    l = latency_of(&histogram);
    ck_assert_uint_gt(l.p90_ns, 0);
    ck_assert_uint_eq(l.p99_ns, 0);
}
END_TEST

START_TEST(test_all_alike)
{
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = 123456789;
    expect_percentiles(SAMPLES, "all alike");
}
END_TEST

START_TEST(test_rising_and_falling)
{
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = i * i;
    expect_percentiles(SAMPLES, "rising");
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = largest - i * 1000003;
    expect_percentiles(SAMPLES, "falling");
}
END_TEST

/* ------------------------------------------- clocks, CPU time, placement */

START_TEST(test_clock)
{
    uint64_t start = clock_ns(), passed;

    pause_ms(50);
    passed = clock_ns() - start;
    ck_assert_uint_ge(passed, 50000000);
    ck_assert_double_le((double)passed / 1e9, TEST_HANG_S * test_patience());
}
END_TEST

/* Working counts, waiting does not. */
START_TEST(test_usage)
{
    struct usage start = usage_now(USAGE_OF_PROCESS), used, now;
    struct timespec cpu;
    uint64_t begun = clock_ns();

    pause_ms(100);
    now = usage_now(USAGE_OF_PROCESS);
    used = usage_between(&start, &now);
    ck_assert_uint_lt(used.cpu_ns, 50000000);
    ck_assert_uint_ge(used.voluntary_switches, 1);
    while (used.cpu_ns < 200000000 &&
           (double)(clock_ns() - begun) / 1e9 < TEST_HANG_S * test_patience()) {
        now = usage_now(USAGE_OF_PROCESS);
        used = usage_between(&start, &now);
    }
    ck_assert_uint_ge(used.cpu_ns, 200000000);
    /* Both user's and system's: the loop above is made of system calls. */
    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu), 0);
    ck_assert_double_eq_tol((double)usage_now(USAGE_OF_PROCESS).cpu_ns / 1e9,
                            (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9,
                            0.06);
}
END_TEST

/* To within some pages: the code that looks is mapped as it runs. */
START_TEST(test_memory)
{
    const size_t size = 8 << 20, slack = 512 << 10;
    uint64_t before;
    void *memory;

    memory_forget();
    before = memory_most();
    ck_assert_uint_gt(before, 0);
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    ck_assert_uint_ge(memory_most(), before + size);
    ck_assert_uint_le(memory_most(), before + size + slack);
    ck_assert_int_eq(munmap(memory, size), 0);
    ck_assert_uint_ge(memory_most(), before + size - slack);
    memory_forget();
    ck_assert_uint_le(memory_most(), before + slack);
}
END_TEST

/* On how many processors this process may run, and the first of them. */
static int processors(int *ret_first)
{
    cpu_set_t set;
    size_t cpu = 0;

    ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
    while (!CPU_ISSET(cpu, &set))
        cpu++;
    *ret_first = (int)cpu;
    return CPU_COUNT(&set);
}

START_TEST(test_place_free_and_same)
{
    int first, only, count = processors(&first);

    ck_assert_int_eq(place_self(PLACE_FREE, 1), 0);
    ck_assert_int_eq(processors(&only), count);
    ck_assert_int_eq(place_self(PLACE_SAME, 1), 0);
    ck_assert_int_eq(processors(&only), 1);
    ck_assert_int_eq(only, first);
}
END_TEST

START_TEST(test_place_split)
{
    int first, only, r, count = processors(&first);

    r = place_self(PLACE_SPLIT, 1);
    if (count > 1) {
        ck_assert_int_eq(r, 0);
        ck_assert_int_eq(processors(&only), 1);
        ck_assert_int_gt(only, first);
    }
    /* Now there is one left, and none to split over. */
    ck_assert_int_eq(place_self(PLACE_SAME, 1), 0);
    ck_assert_int_eq(place_self(PLACE_SPLIT, 0), -ENODEV);
    ck_assert_int_eq(place_self(PLACE_SPLIT, 1), -ENODEV);
    ck_assert_ptr_nonnull(strstr(place_missing(PLACE_SPLIT), "only one CPU"));
    ck_assert_ptr_null(place_missing(PLACE_SAME));
    ck_assert_ptr_null(place_missing(PLACE_FREE));
}
END_TEST

static const char told_cpus[] = "/sys/devices/system/cpu";

/* Puts a folder in the place of the one where the kernel tells of CPUs. */
static bool hide_cpus(void)
{
    return unshare(CLONE_NEWNS) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", told_cpus, "tmpfs", 0, "size=1m") == 0;
}

/* There the file of a CPU with such a path, which is one or two folders deep,
 * holds a list. */
static void tell_cpu(unsigned cpu, const char *what, const char *list)
{
    char path[100];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/cpu%u/%s", told_cpus, cpu, what);
    for (char *at = path + sizeof(told_cpus); (at = strchr(at, '/')); at++) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_gt(fprintf(file, "%s\n", list), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* What the kernel says of CPUs 0 and 1, and whether they are one core's. */
static const struct {
    const char *lists[2];
    bool together;
} cores[] = {
    { { "0-1", "0-1" }, true },       { { "0,1", "0,1" }, true },
    { { "0", "1" }, false },          { { "0,64", "1,65" }, false },
    { { "0-4000000000", "" }, true }, { { "x", "-1" }, false },
    { { "", "0,1" }, true },          { { "64-65,0-1", "" }, true },
};

START_TEST(test_place_sibling)
{
    int first, only, count = processors(&first);

    if (first != 0 || count < 2 || !hide_cpus())
        return; /* only root can */
    for (unsigned cpu = 0; cpu < 2; cpu++)
        tell_cpu(cpu, "topology/thread_siblings_list", cores[_i].lists[cpu]);
    if (cores[_i].together) {
        ck_assert_ptr_null(place_missing(PLACE_SIBLING));
        ck_assert_int_eq(place_self(PLACE_SIBLING, 3), 0);
        ck_assert_int_eq(processors(&only), 1);
        ck_assert_int_eq(only, 1);
    } else {
        ck_assert_ptr_nonnull(strstr(place_missing(PLACE_SIBLING), "core"));
        ck_assert_int_eq(place_self(PLACE_SIBLING, 0), -ENODEV);
        ck_assert_int_eq(processors(&only), count);
    }
}
END_TEST

static const char *between(int cpu, int other)
{
    const char *text = place_between(cpu, other);

    return text ? text : "";
}

/* Two sockets, each of two cores of two hyperthreads; CPU 8 tells nothing. */
START_TEST(test_place_between)
{
    if (!hide_cpus())
        return; /* only root can */
    for (unsigned cpu = 0; cpu < 8; cpu++) {
        char core[20];

        (void)snprintf(core, sizeof(core), "%u-%u", cpu & ~1u, cpu | 1);
        tell_cpu(cpu, "topology/thread_siblings_list", core);
        tell_cpu(cpu, "cache/index2/shared_cpu_list", core);
        tell_cpu(cpu, "cache/index3/shared_cpu_list", cpu < 4 ? "0-3" : "4-7");
    }
    ck_assert_str_eq(between(2, 2), "one processor");
    ck_assert_str_eq(between(8, 8), "one processor");
    ck_assert_str_eq(between(2, 3), "one core");
    ck_assert_str_eq(between(2, 1), "one cache");
    ck_assert_str_eq(between(2, 5), "no cache");
    ck_assert_str_eq(between(8, 2), "");
    ck_assert_str_eq(between(2, -1), "");
    ck_assert_str_eq(between(-1, -1), "");
}
END_TEST

/* ------------------------------------------------------------------ start */

/* The clock starts when the last one is there, and nobody goes on before. */
START_TEST(test_meet)
{
    struct exchange_page *page = page_map();
    uint64_t start = clock_ns();
    int status;
    pid_t pid;

    ck_assert_ptr_nonnull(page);
    pid = fork();
    if (pid == 0) {
        page_meet(page, 2);
        _exit(clock_ns() < start + 100000000);
    }
    pause_ms(100);
    page_meet(page, 2);
    ck_assert_uint_ge(page->started_ns, start + 100000000);
    ck_assert_uint_le(page->started_ns, clock_ns());
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    page_unmap(page);
    page_unmap(NULL);
}
END_TEST

/* The row `none` waits for nobody. */
START_TEST(test_meet_alone)
{
    struct exchange_page *page = page_map();

    ck_assert_ptr_nonnull(page);
    page_meet(page, 1);
    ck_assert_uint_gt(page->started_ns, 0);
    page_unmap(page);
}
END_TEST

/* Who waits for the end leaves after it, and so does who comes late. */
START_TEST(test_end)
{
    struct exchange_page *page = page_map();
    pid_t pid;
    int status;

    ck_assert_ptr_nonnull(page);
    pid = fork();
    if (pid == 0) {
        page_await_end(page);
        _exit(!atomic_load(&page->worker[0].last));
    }
    pause_ms(50);
    atomic_store(&page->worker[0].last, true);
    page_end(page);
    page_await_end(page);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    page_unmap(page);
}
END_TEST

Suite *measure_suite(void)
{
    Suite *suite = suite_create("measure");
    TCase *tc = tcase_create("measure");

    tcase_add_test(tc, test_no_sample);
    tcase_add_loop_test(tc, test_one_sample, 0,
                        sizeof(bounds) / sizeof(bounds[0]));
    tcase_add_test(tc, test_beyond_the_range);
    tcase_add_test(tc, test_small_are_exact);
    tcase_add_loop_test(tc, test_random, 0, 3);
    tcase_add_test(tc, test_bucket_bounds);
    tcase_add_test(tc, test_few_far_away);
    tcase_add_test(tc, test_few_samples);
    tcase_add_test(tc, test_all_alike);
    tcase_add_test(tc, test_rising_and_falling);
    tcase_add_test(tc, test_clock);
    tcase_add_test(tc, test_usage);
    tcase_add_test(tc, test_memory);
    tcase_add_test(tc, test_place_free_and_same);
    tcase_add_test(tc, test_place_split);
    tcase_add_test(tc, test_place_between);
    tcase_add_loop_test(tc, test_place_sibling, 0,
                        sizeof(cores) / sizeof(cores[0]));
    tcase_add_test(tc, test_meet);
    tcase_add_test(tc, test_meet_alone);
    tcase_add_test(tc, test_end);
    suite_add_tcase(suite, tc);
    return suite;
}
