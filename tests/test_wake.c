/* SPDX-License-Identifier: MIT */
/* From a wake-up until it runs: reading the kernel's record, also when it is
 * damaged; what it means, the picture; and the command trace --wake. */
#include "ipc/lab/trace/run_delay.h"
#include "ipc/lab/trace/wake_print.h"
#include "tests/helpers.h"
#include "tests/program.h"
#include "tests/suites.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SCREEN_WIDTH = 80,
    WIDE = 2000, /* so that no text is wrapped */
    WAKING_ID = 375,
    SWITCH_ID = 372,
    RECORDS_MAX = 1024,
};

static struct program p;

/* -------------------------------------------------------------- the formats */

/* As Linux 6.18 tells them, on a machine of 64 bits. */
static const char waking_text[] =
    "name: sched_waking\n"
    "ID: 375\n"
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
    "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
    "\tfield:int prio;\toffset:28;\tsize:4;\tsigned:1;\n"
    "\n"
    "print fmt: \"comm=%s pid=%d\", REC->comm, REC->pid\n";

static const char switch_text[] =
    "name: sched_switch\n"
    "ID: 372\n"
    "format:\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
    "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
    "\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;\n"
    "\tfield:pid_t next_pid;\toffset:56;\tsize:4;\tsigned:1;\n";

static int read_format(const char *text, enum sched_point point,
                       struct sched_format *ret_format)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text) + 1, "r");
    int r;

    ck_assert_ptr_nonnull(file);
    r = sched_format_read(file, point, ret_format);
    (void)fclose(file);
    return r;
}

static void read_formats(struct sched_format format[SCHED_POINTS])
{
    ck_assert_int_eq(
        read_format(waking_text, SCHED_WAKING, &format[SCHED_WAKING]), 0);
    ck_assert_int_eq(
        read_format(switch_text, SCHED_SWITCH, &format[SCHED_SWITCH]), 0);
}

START_TEST(test_format)
{
    struct sched_format format[SCHED_POINTS];

    read_formats(format);
    ck_assert_uint_eq(format[SCHED_WAKING].id, WAKING_ID);
    ck_assert_uint_eq(format[SCHED_WAKING].task.offset, 4);
    ck_assert_uint_eq(format[SCHED_WAKING].other.offset, 24);
    ck_assert_uint_eq(format[SCHED_SWITCH].id, SWITCH_ID);
    ck_assert_uint_eq(format[SCHED_SWITCH].other.offset, 56);
    ck_assert_uint_eq(format[SCHED_SWITCH].state.offset, 32);
    ck_assert_uint_eq(format[SCHED_SWITCH].state.size, 8);
}
END_TEST

#define ID    "ID: 375\n"
#define TASK  "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
#define OTHER "\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;\n"
#define NEXT  "\tfield:pid_t next_pid;\toffset:24;\tsize:4;\tsigned:1;\n"

/* Each lacks something that a record cannot be read without. */
static const char *const strange_formats[] = {
    "\n",
    TASK OTHER,
    "ID: 0\n" TASK OTHER,
    "ID: x\n" TASK OTHER,
    ID OTHER,
    ID TASK,
    ID TASK "\tfield:pid_t parent_pid;\toffset:24;\tsize:4;\tsigned:1;\n",
    ID TASK "\tfield:pid_t pid_max;\toffset:24;\tsize:4;\tsigned:1;\n",
    ID TASK "\tfield:pid_t pid;\toffset:99999;\tsize:4;\tsigned:1;\n",
    ID TASK "\tfield:pid_t pid;\toffset:99999999999999;\tsize:4;\n",
    ID TASK "\tfield:pid_t pid;\toffset:24;\tsize:3;\tsigned:1;\n",
    ID TASK "\tfield:pid_t pid;\toffset:24;\tsize:0;\tsigned:1;\n",
    ID TASK "\tfield:pid_t pid;\toffset:24;\tsize:16;\tsigned:1;\n",
    ID TASK "\tfield:pid_t pid;\toffset:-8;\n",
    ID TASK "\tfield:pid_t pid;\toffset:24;\tsi",
    ID TASK "\tfield:pid_t pid",
    ID TASK "\tfield:;;;\n\tfield: ;\n\tfield:",
};

START_TEST(test_strange_format)
{
    struct sched_format format = { .id = 7 };

    ck_assert_int_eq(read_format(ID TASK OTHER, SCHED_WAKING, &format), 0);
    format.id = 7;
    ck_assert_int_eq(read_format(strange_formats[_i], SCHED_WAKING, &format),
                     -EPROTO);
    ck_assert_uint_eq(format.id, 7);
    /* A switch tells of the state as well. */
    ck_assert_int_eq(read_format(ID TASK NEXT, SCHED_SWITCH, &format), -EPROTO);
}
END_TEST

/* -------------------------------------------------------------- the records */

/* What the kernel writes for one event. */
struct record {
    struct perf_event_header header;
    uint32_t process, thread;
    uint64_t at_ns;
    uint32_t raw_size;
    unsigned char raw[68]; /* with its padding */
} __attribute__((packed));

_Static_assert(sizeof(struct record) % 8 == 0, "as the kernel aligns them");

static unsigned char records[RECORDS_MAX];
static size_t records_size;

static struct record make(uint16_t id, uint64_t at_ns, int32_t process,
                          int32_t task, int32_t other, size_t other_at,
                          int64_t state)
{
    struct record r = {
        .header = { PERF_RECORD_SAMPLE, 0, sizeof(r) },
        .process = (uint32_t)process,
        .at_ns = at_ns,
        .raw_size = sizeof(r.raw),
    };

    memcpy(&r.raw[0], &id, sizeof(id));
    memcpy(&r.raw[4], &task, sizeof(task));
    memcpy(&r.raw[32], &state, sizeof(state));
    memcpy(&r.raw[other_at], &other, sizeof(other));
    return r;
}

static void add(struct record r)
{
    ck_assert_uint_le(records_size + sizeof(r), sizeof(records));
    memcpy(&records[records_size], &r, sizeof(r));
    records_size += sizeof(r);
}

static struct record make_waking(void)
{
    return make(WAKING_ID, 1000, 11, 12, 13, 24, 0);
}

/* Out of no more memory than they take. */
static size_t decode(struct sched_event *event, size_t room)
{
    struct sched_format format[SCHED_POINTS];
    void *copy = malloc(records_size);
    size_t count;

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, records, records_size);
    read_formats(format);
    count = sched_events_decode(format, copy, records_size, event, room);
    free(copy);
    return count;
}

START_TEST(test_decode)
{
    struct sched_event event[4];

    add(make_waking());
    add(make(SWITCH_ID, 2000, 13, 14, 15, 56, 1));
    add(make(SWITCH_ID, 3000, -1, -2, 0, 56, 0x100));
    ck_assert_uint_eq(decode(event, 4), 3);
    ck_assert_uint_eq(event[0].at_ns, 1000);
    ck_assert_int_eq(event[0].point, SCHED_WAKING);
    ck_assert_int_eq(event[0].process, 11);
    ck_assert_int_eq(event[0].task, 12);
    ck_assert_int_eq(event[0].other, 13);
    ck_assert_int_eq(event[1].point, SCHED_SWITCH);
    ck_assert_int_eq(event[1].other, 15);
    ck_assert(event[1].sleeps);
    ck_assert_int_eq(event[2].task, -2);
    ck_assert(!event[2].sleeps); /* "R+" */
}
END_TEST

enum damage {
    LOST,    /* a record of another type */
    UNKNOWN, /* a tracepoint nobody asked for */
    LONG,    /* its own part is longer than the record */
    SHORT,   /* ends before the field */
    TINY,    /* is not even a tracepoint's type */
    NO_TIME, /* ends before that */
    DAMAGES
};

static struct record damaged(enum damage damage)
{
    struct record r = make_waking();

    if (damage == LOST)
        r.header.type = PERF_RECORD_LOST;
    else if (damage == UNKNOWN)
        r.raw[0]++;
    else if (damage == LONG)
        r.raw_size = UINT32_MAX;
    else if (damage == SHORT)
        r.raw_size = 27;
    else if (damage == TINY)
        r.raw_size = 1;
    return r;
}

/* It is passed over, and what follows is read. */
START_TEST(test_damaged)
{
    struct record r = damaged((enum damage)_i);
    struct sched_event event[4];

    add(r);
    if (_i == NO_TIME) {
        r.header.size = 16;
        memcpy(records, &r.header, sizeof(r.header));
        records_size = 16;
    }
    add(make_waking());
    ck_assert_uint_eq(decode(event, 4), 1);
    ck_assert_int_eq(event[0].other, 13);
}
END_TEST

/* Where a size cannot be, nobody knows what follows. */
START_TEST(test_torn)
{
    static const uint16_t sizes[] = { 0, 7, sizeof(struct record) + 1,
                                      UINT16_MAX };
    struct record r = make_waking();
    struct sched_event event[4];

    add(make_waking());
    r.header.size = sizes[_i];
    add(r);
    ck_assert_uint_eq(decode(event, 4), 1);
    ck_assert_uint_eq(decode(event, 0), 0);
    records_size = sizeof(r.header) - 1;
    ck_assert_uint_eq(decode(event, 4), 0);
    /* What lies behind it is no part of it. */
    r = make_waking();
    r.header.size = 24;
    records_size = 0;
    add(r);
    ck_assert_uint_eq(decode(event, 4), 0);
    r.raw_size = 0;
    r.header.size = offsetof(struct record, raw);
    memcpy(records, &r, sizeof(r));
    records_size = r.header.size;
    ck_assert_uint_eq(decode(event, 4), 0);
}
END_TEST

/* ---------------------------------------------------------- what they mean */

/* The two processes, 1 and 2, whose tasks a container counts as 101 and 102. */
static const struct wake_workers workers = {
    .process = { 1, 2 },
    .from_ns = 1000,
    .until_ns = 9000,
};

static struct wake_run run;

static struct sched_event waking(uint64_t at_ns, int process, int other)
{
    return (struct sched_event){ at_ns,   SCHED_WAKING,
                                 process, process == 0 ? 0 : 100 + process,
                                 other,   false };
}

static struct sched_event switching(uint64_t at_ns, int process, bool sleeps,
                                    int other)
{
    return (struct sched_event){ at_ns,   SCHED_SWITCH,
                                 process, process == 0 ? 0 : 100 + process,
                                 other,   sleeps };
}

#define COLLECT(...)                                                           \
    do {                                                                       \
        const struct sched_event event[] = { __VA_ARGS__ };                    \
        memset(&run, 0, sizeof(run));                                          \
        wake_collect(event, sizeof(event) / sizeof(event[0]), &workers, &run); \
    } while (0)

START_TEST(test_collect)
{
    /* Woken by each other, out of idle, and out of a stranger's time. */
    COLLECT(switching(1100, 2, true, 0), waking(1200, 1, 102),
            switching(1500, 0, false, 102), switching(1600, 1, true, 109),
            waking(2000, 2, 101), switching(2700, 9, false, 101));
    ck_assert_uint_eq(run.woken.samples, 2);
    ck_assert_uint_eq(run.woken_ns, 300 + 700);
    ck_assert_uint_eq(histogram_percentile(&run.woken, 50), 300);
    ck_assert_uint_eq(run.woken.max_ns, 700);
    ck_assert_uint_eq(run.from_idle, 1);
    ck_assert_uint_eq(run.took_over, 0);
    ck_assert_uint_eq(run.unseen, 0);
    /* Who wakes gives way, and is not woken. */
    COLLECT(switching(1100, 2, true, 101), waking(1200, 1, 102),
            switching(1300, 1, false, 102), switching(1400, 2, true, 101));
    ck_assert_uint_eq(run.woken.samples, 1);
    ck_assert_uint_eq(run.woken_ns, 100);
    ck_assert_uint_eq(run.took_over, 1);
    /* Who wakes sleeps. */
    COLLECT(switching(1100, 2, true, 101), waking(1200, 1, 102),
            switching(1300, 1, true, 102));
    ck_assert_uint_eq(run.woken_ns, 100);
    ck_assert_uint_eq(run.took_over, 0);
}
END_TEST

START_TEST(test_collect_not)
{
    /* Strangers wake each other. */
    COLLECT(switching(1100, 8, true, 0), waking(1200, 9, 108),
            switching(1500, 9, true, 108), switching(1600, 1, true, 0));
    ck_assert_uint_eq(run.woken.samples, 0);
    /* Woken before it slept, it then only gives way. */
    COLLECT(switching(1100, 1, true, 102), waking(1200, 1, 102),
            switching(1300, 2, false, 109), switching(1800, 9, true, 102));
    ck_assert_uint_eq(run.woken.samples, 0);
    ck_assert_uint_eq(run.unseen, 0);
    /* Before the first job, after the last, and across either. */
    COLLECT(switching(100, 2, true, 0), waking(200, 1, 102),
            switching(300, 0, false, 102), switching(400, 2, true, 0),
            waking(900, 1, 102), switching(1100, 0, false, 102),
            switching(1200, 2, true, 0), waking(8900, 1, 102),
            switching(9100, 0, false, 102), switching(9200, 2, true, 0),
            waking(9300, 1, 102), switching(9400, 0, false, 102));
    ck_assert_uint_eq(run.woken.samples, 0);
}
END_TEST

/* Woken while it goes to sleep: the kernel tells of the switch later. */
START_TEST(test_collect_race)
{
    COLLECT(waking(1200, 1, 102), switching(1300, 2, true, 0),
            switching(1500, 0, false, 102));
    ck_assert_uint_eq(run.woken.samples, 1);
    ck_assert_uint_eq(run.woken_ns, 300);
}
END_TEST

/* Whoever does something runs, though no switch to it was recorded. */
START_TEST(test_collect_unseen)
{
    COLLECT(switching(1100, 2, true, 0), waking(1200, 1, 102),
            waking(1500, 2, 101), switching(1600, 2, true, 0),
            waking(1700, 1, 102), switching(1800, 0, false, 102));
    ck_assert_uint_eq(run.unseen, 1);
    ck_assert_uint_eq(run.woken.samples, 1);
    ck_assert_uint_eq(run.woken_ns, 100);
}
END_TEST

/* More threads than anybody has: the first of them count. */
START_TEST(test_collect_many)
{
    static struct sched_event event[3 * 1000];

    for (int i = 0; i < 1000; i++) {
        event[3 * i] = switching(1000 + (uint64_t)i, 1, true, 0);
        event[3 * i].task = 1000 + i;
        event[3 * i + 1] = waking(1000 + (uint64_t)i, 9, 1000 + i);
        event[3 * i + 2] = switching(1010 + (uint64_t)i, 0, false, 1000 + i);
    }
    memset(&run, 0, sizeof(run));
    wake_collect(event, 3000, &workers, &run);
    ck_assert_uint_eq(run.woken.samples, 64);
    ck_assert_uint_eq(run.woken_ns, 640);
}
END_TEST

/* -------------------------------------------------------------- the picture */

START_TEST(test_rows)
{
    for (unsigned row = 0; row + 1 < WAKE_ROWS; row++) {
        const uint64_t from = wake_row_ns(row), to = wake_row_ns(row + 1);

        ck_assert_uint_lt(from, to);
        ck_assert_uint_eq(wake_row(from), row);
        ck_assert_uint_eq(wake_row(to - 1), row);
        ck_assert(row == 0 || to * 10 <= from * 17);
    }
    ck_assert_uint_eq(wake_row(UINT64_MAX), WAKE_ROWS - 1);
    ck_assert_uint_eq(wake_row_ns(1), 100);
    ck_assert_uint_eq(wake_row(1499), wake_row(1000));
    ck_assert_uint_ne(wake_row(1500), wake_row(1499));
}
END_TEST

static struct wake_run one, two;
static char shown[1 << 14];

static void woken(struct wake_run *r, unsigned count, uint64_t ns)
{
    for (unsigned i = 0; i < count; i++)
        histogram_record(&r->woken, ns);
    r->woken_ns += count * ns;
}

/* What is shown of them, in so many columns. */
static void show(int columns, bool both)
{
    const struct screen screen = { .stream = stdout, .columns = columns };
    const struct wake_findings found = {
        "tin-can", 64, "block", { &one, both ? &two : NULL }
    };
    const int fd = memfd_create("shown", MFD_CLOEXEC);
    ssize_t size;

    ck_assert_int_eq(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
    wake_print_record(&screen, &found);
    (void)fflush(stdout);
    size = pread(fd, shown, sizeof(shown) - 1, 0);
    ck_assert_int_gt(size, 0);
    shown[size] = '\0';
    (void)close(fd);
}

static void expect_shown(const char *text)
{
    ck_assert_msg(strstr(shown, text), "not shown: %s\nin:\n%s", text, shown);
}

static void expect_not_shown(const char *text)
{
    ck_assert_msg(!strstr(shown, text), "shown: %s\nin:\n%s", text, shown);
}

static void set_runs(void)
{
    one.jobs = two.jobs = 2000;
    one.trip_ns = two.trip_ns = 100000;
    one.bare_ns = 90000;
}

/* A bucket of the histogram begins before the row that it is counted in. */
START_TEST(test_picture_edge)
{
    set_runs();
    woken(&one, 2000, 50000);
    show(80, false);
    expect_shown(" us  ########################################    2000 "
                 "100.0 %\n\n");
}
END_TEST

START_TEST(test_picture)
{
    set_runs();
    woken(&one, 1500, 1200);
    woken(&one, 500, 1600);
    woken(&two, 1990, 40000);
    woken(&two, 10, 3000000);
    two.from_idle = 2000;
    show(80, true);
    expect_shown("tin-can: a wake-up takes 1.20 us on one processor, 40.0 us "
                 "on two (medians)\n");
    expect_shown("     1 us  #################    1500  75.0 %\n");
    expect_shown("   1.5 us  ######                500  25.0 %\n");
    expect_shown("\n     2 us\n");
    expect_shown("    30 us                                     "
                 "#################    1990  99.5 %\n");
    expect_shown("   >50 us                                     "
                 ".                      10   0.5 %\n");
    expect_shown("      p50  1.20 us                            40.0 us\n");
    expect_shown("      p90  1.60 us ");
    for (const char *at = shown; at; at = strchr(at + 1, '\n'))
        ck_assert_uint_le(strcspn(at + 1, "\n"), SCREEN_WIDTH);
    show(WIDE, true);
    expect_shown("waits until the other goes to sleep");
    expect_shown("idle at 100 % of the wake-ups");
    expect_shown("a round trip took 100 us, and 90.0 us without.");
    one.bare_ns = 110000;
    show(WIDE, true);
    expect_shown("other programs disturb");
    expect_not_shown("without");
    expect_shown("wake-ups are 55 % of a round trip of 100 us");
    expect_not_shown("was full");
    expect_not_shown("did not record");
}
END_TEST

/* What is not there is not drawn, but said. */
START_TEST(test_picture_not)
{
    set_runs();
    woken(&one, 3, 1200);
    show(WIDE, true);
    expect_shown("tin-can: nobody is woken, on one processor or on two\n");
    expect_shown("Wake-ups: 3 in 2000 jobs on one processor, 0 in 2000 jobs "
                 "on two.");
    expect_not_shown("#");
    expect_not_shown("p50");
    woken(&one, 2000, 1200);
    one.took_over = 2000;
    two.unseen = 2000;
    two.full = true;
    show(WIDE, true);
    expect_shown("1.20 us on one processor; it cannot be told on two ");
    expect_shown("100 % of those who were woken ran");
    expect_shown("record when who was woken ran: 2000.");
    expect_shown("was full");
    expect_not_shown("two processors");
    expect_shown("    2003 100.0 %\n\n"); /* and no row below */
    show(40, false);
    expect_shown(" only one\n");
    for (const char *at = shown; at; at = strchr(at + 1, '\n'))
        ck_assert_uint_le(strcspn(at + 1, "\n"), 40);
}
END_TEST

/* Too few for a median. */
START_TEST(test_picture_few)
{
    set_runs();
    one.jobs = 30;
    woken(&one, 19, 1200);
    show(WIDE, false);
    expect_shown("it cannot be told on one processor; we may");
    expect_not_shown("#");
    woken(&one, 1, 1200);
    show(WIDE, false);
    expect_shown("1.20 us on one processor");
    expect_shown("      p50  1.20 us\n      p90  -\n      p99  -\n");
}
END_TEST

/* --------------------------------------------------------- what is counted */

START_TEST(test_run_delay)
{
    static const char *const lines[] = { "5 1234 7\n", "5 1234 0\n", "5 1234",
                                         "", "a b c\n" };
    uint64_t waited_ns = 1, times = 2;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        FILE *file =
            fmemopen((void *)(uintptr_t)lines[i], strlen(lines[i]) + 1, "r");

        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(run_delay_read(file, &waited_ns, &times), i == 0);
        (void)fclose(file);
        ck_assert_uint_eq(waited_ns, 1234);
        ck_assert_uint_eq(times, 7);
    }
}
END_TEST

/* -------------------------------------------------------------- the command */

/* Whether there is a record to be had; what else there is, is tested anyway. */
static bool recording_works(void)
{
    char why[SCHED_WHY_MAX];

    if (!wake_missing(why))
        return true;
    printf("skipped: a picture of wake-ups: %s\n", why);
    return false;
}

START_TEST(test_command)
{
    if (!recording_works())
        return;
    program_run(&p, "pipe trace --wake");
    program_expect(&p, 0, "pipe: a wake-up takes ", NULL);
    program_expect(&p, 0, " on one processor", NULL);
    program_expect(&p, 0, " jobs of 64 B, --wait block", NULL);
    program_expect(&p, 0, "\n      p50  ", NULL);
    program_expect_width(&p, SCREEN_WIDTH);
}
END_TEST

static void take_one_processor(void)
{
    cpu_set_t set;
    size_t cpu = 0;

    if (sched_getaffinity(0, sizeof(set), &set) < 0)
        return;
    while (!CPU_ISSET(cpu, &set))
        cpu++;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(0, sizeof(set), &set);
}

/* And who does not sleep there. */
START_TEST(test_one_processor)
{
    if (!recording_works())
        return;
    program_zero(&p);
    p.prepare = take_one_processor;
    ck_assert_int_eq(setenv("COLUMNS", "40", 1), 0);
    program_start(&p, "ipc trace ring --wake --size 1KiB --wait spin");
    program_wait(&p);
    program_expect(&p, 0, "ring: nobody is woken on one processor;\n", NULL);
    program_expect(&p, 0, "we may use only one\n", NULL);
    program_expect(&p, 0, "jobs of 1\nKiB, --wait spin", NULL);
    ck_assert_ptr_null(strstr(p.out_text, "two"));
    program_expect_width(&p, 40);
}
END_TEST

/* Others' rights. */
static void forbid(void)
{
    deny_call(SYS_perf_event_open, EACCES);
}

static bool kernel_counts(void)
{
    FILE *file = fopen("/proc/thread-self/schedstat", "re");
    uint64_t waited_ns, times;
    bool counts = file && run_delay_read(file, &waited_ns, &times);

    if (file)
        (void)fclose(file);
    return counts;
}

START_TEST(test_forbidden)
{
    if (!may_deny_calls("a system that forbids perf_event_open(2)"))
        return;
    program_zero(&p);
    p.prepare = forbid;
    program_start(&p, "pipe trace --wake");
    program_wait(&p);
    program_expect_line(&p, 0, "trace --wake: no histogram: ", "root ");
    program_expect(&p, 0, "on the run queue: a mean\n", "");
    program_expect(&p, 0, "\none processor ", "");
    if (kernel_counts())
        ck_assert_ptr_null(strstr(p.out_text, " - "));
    ck_assert_ptr_null(strstr(p.out_text, "#"));
    program_expect_width(&p, SCREEN_WIDTH);
}
END_TEST

START_TEST(test_wrong)
{
    program_run(&p, "ipc trace frob --wake");
    program_expect_line(&p, 2, "which mechanism", "");
    program_run(&p, "ipc demo pipe --wake");
    program_expect(&p, 2, NULL, "--wake");
}
END_TEST

/* Whoever is asked to stop leaves nothing: place_close looks. */
START_TEST(test_stopped)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    pid_t children[PROGRAM_CHILDREN_MAX];

    program_zero(&p);
    program_start(&p, "ipc trace signal-words --wake --size 64KiB");
    program_await_children(&p, 2, children);
    program_signal(&p, numbers[_i]);
    program_wait(&p);
    ck_assert_int_eq(p.status, 128 + numbers[_i]);
    ck_assert_str_eq(p.out_text, "");
    for (size_t i = 0; i < 2; i++)
        ck_assert(process_is_gone(children[i]));
}
END_TEST

Suite *wake_suite(void)
{
    Suite *s = suite_create("wake");
    TCase *tc = add_case(s, "record", 0);

    tcase_add_test(tc, test_format);
    tcase_add_loop_test(tc, test_strange_format, 0,
                        sizeof(strange_formats) / sizeof(strange_formats[0]));
    tcase_add_test(tc, test_decode);
    tcase_add_loop_test(tc, test_damaged, 0, DAMAGES);
    tcase_add_loop_test(tc, test_torn, 0, 4);
    tc = add_case(s, "collect", 0);
    tcase_add_test(tc, test_collect);
    tcase_add_test(tc, test_collect_not);
    tcase_add_test(tc, test_collect_race);
    tcase_add_test(tc, test_collect_unseen);
    tcase_add_test(tc, test_collect_many);
    tc = add_case(s, "picture", 0);
    tcase_add_test(tc, test_rows);
    tcase_add_test(tc, test_picture_edge);
    tcase_add_test(tc, test_picture);
    tcase_add_test(tc, test_picture_not);
    tcase_add_test(tc, test_picture_few);
    tcase_add_test(tc, test_run_delay);
    tc = add_case_with_place(s, "command", 0);
    tcase_add_test(tc, test_command);
    tcase_add_test(tc, test_one_processor);
    tcase_add_test(tc, test_forbidden);
    tcase_add_test(tc, test_wrong);
    tcase_add_loop_test(tc, test_stopped, 0, 3);
    return s;
}
