/* SPDX-License-Identifier: MIT */
#include "ipc/exchange/journal.h"

#include "ipc/exchange/leftovers.h"
#include "ipc/exchange/outcome.h"
#include "shared/base/bytes.h"
#include "shared/base/fd.h"
#include "shared/base/round_up.h"
#include "shared/base/write.h"
#include "shared/dir/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum {
    RECORD_SIZE = 32,
    RECORD_HASH = 24, /* where it stands */
    TEXT_MAX = JOB_REMARK_MAX,
    RECORD_MAX = RECORD_SIZE + TEXT_MAX,
};

enum record_type {
    RECORD_RUN = 1,        /* first: which run; count: its jobs */
    RECORD_SETTLED = 2,    /* `count` jobs, from `first` on */
    RECORD_REJECTED = 3,   /* a job that will be in a RECORD_SETTLED; text: why
                              it was rejected */
    RECORD_SUBMITTED = 4,  /* ids below `first` have been submitted */
    RECORD_GENERATION = 5, /* `first`, from 0, begins */
    RECORD_DEATHS = 6,     /* `count`, of consumers with job `first` in hand */
};

struct record {
    enum record_type type;
    unsigned producer;
    uint64_t first;
    uint64_t count;
    char text[TEXT_MAX]; /* "": none */
};

/* ----------------------------------------------------------------- a record */

static size_t encode(const struct record *record, uint64_t at,
                     unsigned char out[static RECORD_MAX])
{
    const size_t text = strnlen(record->text, TEXT_MAX - 1);
    const size_t size = RECORD_SIZE + round_up(text, 8);

    memset(out, 0, size);
    put_u64(out, size | (uint64_t)record->type << 32 |
                     (uint64_t)record->producer << 48);
    put_u64(out + 8, record->first);
    put_u64(out + 16, record->count);
    memcpy(out + RECORD_SIZE, record->text, text);
    put_u64(out + RECORD_HASH, XXH3_64bits_withSeed(out, size, at));
    return size;
}

/* Returns its size, or 0 when the bytes are no whole record of that place. */
static size_t decode(const unsigned char *bytes, size_t size, uint64_t at,
                     struct record *ret_record)
{
    unsigned char copy[RECORD_MAX];
    uint64_t word;
    size_t whole;

    if (size < RECORD_SIZE)
        return 0;
    word = get_u64(bytes);
    whole = word & UINT32_MAX;
    if (whole < RECORD_SIZE || whole > RECORD_MAX || whole > size ||
        whole % 8 != 0)
        return 0;
    memcpy(copy, bytes, whole);
    put_u64(copy + RECORD_HASH, 0);
    if (XXH3_64bits_withSeed(copy, whole, at) != get_u64(bytes + RECORD_HASH))
        return 0;
    *ret_record = (struct record){
        .type = (enum record_type)(word >> 32 & UINT16_MAX),
        .producer = (unsigned)(word >> 48),
        .first = get_u64(bytes + 8),
        .count = get_u64(bytes + 16),
    };
    memcpy(ret_record->text, bytes + RECORD_SIZE, whole - RECORD_SIZE);
    ret_record->text[TEXT_MAX - 1] = '\0';
    return whole;
}

/* --------------------------------------------------------------- what it is */

/* Which jobs they are: not over which mechanism, nor who does them. */
static void print_run(FILE *to, const struct exchange_plan *plan)
{
    const struct inputs *inputs = plan->inputs;

    (void)fprintf(to, "%s %s %" PRIu64 " %u %zu %u %u\n",
                  pattern_name(plan->pattern), work_name(plan->work),
                  plan->jobs, plan->producers, plan->size, plan->box_width,
                  plan->box_height);
    for (size_t i = 0; inputs && i < inputs->count; i++)
        (void)fprintf(to, "%s\n%zu\n", inputs_name(inputs, i),
                      inputs->list[i].size);
}

static int identify(const struct exchange_plan *plan, uint64_t *ret_identity)
{
    char *text = NULL;
    size_t size;
    int r = -ENOMEM;
    FILE *to;

    to = open_memstream(&text, &size);
    if (!to)
        return -ENOMEM;
    print_run(to, plan);
    if (fclose(to) == 0) {
        *ret_identity = XXH3_64bits(text, size);
        r = 0;
    }
    free(text);
    return r;
}

/* ----------------------------------------------------------------- to write */

/* Records that are written by one call. */
struct batch_of_records {
    unsigned char *bytes; /* owned */
    size_t size;
    size_t room;
    uint64_t at; /* of the first, in the file */
};

static int add(struct batch_of_records *b, const struct record *record)
{
    unsigned char *grown;

    if (b->size + RECORD_MAX > b->room) {
        grown = realloc(b->bytes, 2 * b->room + RECORD_MAX);
        if (!grown)
            return -ENOMEM;
        b->bytes = grown;
        b->room = 2 * b->room + RECORD_MAX;
    }
    b->size += encode(record, b->at + b->size, b->bytes + b->size);
    return 0;
}

/* What was written by half is cut off, and would not be believed anyway. */
static int write_batch(struct journal *j, const struct batch_of_records *b)
{
    int fd, r;

    r = file_open(j->path, O_RDWR, &fd);
    if (r < 0)
        return r;
    r = lseek(fd, (off_t)b->at, SEEK_SET) < 0
            ? -errno
            : write_all(fd, b->bytes, b->size);
    if (r == 0 && j->sync && fdatasync(fd) < 0)
        r = -errno;
    if (r < 0)
        (void)!ftruncate(fd, (off_t)j->end);
    else
        j->end += b->size;
    fd_close(&fd);
    return r;
}

static int write_one(struct journal *j, const struct record *record)
{
    struct batch_of_records b = { .at = j->end };
    int r;

    r = add(&b, record);
    if (r == 0)
        r = write_batch(j, &b);
    free(b.bytes);
    return r;
}

static uint64_t end_of_range(const struct seen *settled,
                             const struct seen *written, uint64_t id)
{
    while (seen_has(settled, id) && !seen_has(written, id))
        id++;
    return id;
}

static int add_rejections(struct batch_of_records *b, const struct account *a,
                          const struct record *range, unsigned producers,
                          reason_fn *reason_of, void *arg)
{
    struct record one = *range;
    int r = 0;

    one.type = RECORD_REJECTED;
    one.count = 1;
    if (seen_count(a->rejected) == 0)
        return 0;
    for (; r == 0 && one.first < range->first + range->count; one.first++) {
        if (!seen_has(a->rejected, one.first))
            continue;
        (void)snprintf(one.text, sizeof(one.text), "%s",
                       reason_of(arg, one.first * producers + one.producer));
        r = add(b, &one);
    }
    return r;
}

/* The settled jobs of a producer that no record names yet. */
static int add_settled(struct journal *j, struct batch_of_records *b,
                       const struct ledger *l, unsigned producer,
                       reason_fn *reason_of, void *arg)
{
    const struct account *a = &l->account[producer];
    struct record range = { .type = RECORD_SETTLED, .producer = producer };
    struct tally tally = { 0 };
    uint64_t id, end;
    int r = 0;

    j->low[producer] = seen_next(j->written[producer], j->low[producer]);
    for (id = j->low[producer]; r == 0 && id < seen_end(a->settled);
         id = end + 1) {
        end = end_of_range(a->settled, j->written[producer], id);
        if (end == id)
            continue;
        range.first = id;
        range.count = end - id;
        r = add_rejections(b, a, &range, l->producers, reason_of, arg);
        if (r == 0)
            r = add(b, &range);
        (void)seen_note(j->written[producer], &tally, id, end - id);
    }
    return r;
}

static int add_open(struct batch_of_records *b, const struct account *a,
                    unsigned producer)
{
    const struct record submitted = { .type = RECORD_SUBMITTED,
                                      .producer = producer,
                                      .first = a->submitted };
    int r;

    r = add(b, &submitted);
    for (size_t i = 0; r == 0 && i < a->open_count; i++) {
        const struct record deaths = { .type = RECORD_DEATHS,
                                       .producer = producer,
                                       .first = a->open[i].id,
                                       .count = a->open[i].deaths };

        if (deaths.count > 0)
            r = add(b, &deaths);
    }
    return r;
}

/* What is written twice says the same twice. */
static void forget_written(struct journal *j)
{
    for (unsigned p = 0; p < j->producers; p++) {
        seen_forget(j->written[p]);
        j->low[p] = 0;
    }
}

int journal_note(struct journal *j, const struct ledger *ledger,
                 reason_fn *reason_of, void *arg)
{
    struct batch_of_records b = { .at = j->end };
    int r = 0;

    for (unsigned p = 0; r == 0 && p < ledger->producers; p++)
        r = add_settled(j, &b, ledger, p, reason_of, arg);
    if (r == 0 && b.size > 0)
        r = write_batch(j, &b);
    free(b.bytes);
    if (r < 0)
        forget_written(j);
    return r;
}

int journal_note_generation(struct journal *j, const struct ledger *ledger)
{
    const struct record begins = { .type = RECORD_GENERATION,
                                   .first = ledger->generation };
    struct batch_of_records b = { .at = j->end };
    int r;

    r = add(&b, &begins);
    for (unsigned p = 0; r == 0 && p < ledger->producers; p++)
        r = add_open(&b, &ledger->account[p], p);
    if (r == 0)
        r = write_batch(j, &b);
    free(b.bytes);
    return r;
}

/* ------------------------------------------------------------------ to read */

static int read_whole(int fd, unsigned char **ret_bytes, size_t *ret_size)
{
    struct stat status;
    unsigned char *bytes;
    ssize_t n;

    if (fstat(fd, &status) < 0)
        return -errno;
    bytes = malloc((size_t)status.st_size + 1);
    if (!bytes)
        return -ENOMEM;
    n = pread(fd, bytes, (size_t)status.st_size, 0);
    if (n < 0) {
        n = -errno;
        free(bytes);
        return (int)n;
    }
    *ret_bytes = bytes;
    *ret_size = (size_t)n;
    return 0;
}

static void take_rejection(const struct record *record, struct ledger *ledger,
                           struct results *results)
{
    (void)ledger_settle(ledger, record->producer, record->first, true);
    results_reject(results,
                   record->first * ledger->producers + record->producer,
                   record->text);
}

static void take_settled(struct journal *j, const struct record *record,
                         struct ledger *ledger)
{
    struct tally tally = { 0 };

    (void)seen_note(j->written[record->producer], &tally, record->first,
                    record->count);
    (void)seen_note(ledger->account[record->producer].settled, &tally,
                    record->first, record->count);
}

/* Whether it speaks of jobs that there are. */
static bool fits(const struct record *record, const struct ledger *l)
{
    uint64_t ids;

    if (record->producer >= l->producers)
        return false;
    ids = l->account[record->producer].settled->ids;
    switch (record->type) {
    case RECORD_SETTLED:
        return record->first < ids && record->count <= ids - record->first;
    case RECORD_REJECTED:
    case RECORD_DEATHS:
        return record->first < ids && record->count <= UINT16_MAX;
    case RECORD_SUBMITTED:
        return record->first <= ids;
    case RECORD_GENERATION:
        return true;
    default:
        return false;
    }
}

static int take(struct journal *j, const struct record *record,
                struct ledger *ledger, struct results *results)
{
    switch (record->type) {
    case RECORD_SETTLED:
        take_settled(j, record, ledger);
        return 0;
    case RECORD_REJECTED:
        take_rejection(record, ledger, results);
        return 0;
    case RECORD_SUBMITTED:
        return ledger_close_account(ledger, record->producer, record->first);
    case RECORD_DEATHS:
        return ledger_restore(ledger, record->producer, record->first,
                              (uint16_t)record->count);
    default:
        ledger->generation = record->first;
        return 0;
    }
}

/* The records behind the first. Up to the end, or to the first that is not
 * whole. */
static int take_all(struct journal *j, const unsigned char *bytes, size_t size,
                    struct ledger *ledger, struct results *results)
{
    struct record record;
    size_t whole;
    int r = 0;

    for (; r == 0; j->end += whole) {
        whole = decode(bytes + j->end, size - j->end, j->end, &record);
        if (whole == 0 || !fits(&record, ledger))
            break;
        r = take(j, &record, ledger, results);
    }
    return r;
}

static int begin(struct journal *j, const struct exchange_plan *plan)
{
    struct record run = { .type = RECORD_RUN, .count = plan->jobs };
    int r;

    r = identify(plan, &run.first);
    return r < 0 ? r : write_one(j, &run);
}

/* That of the run that was killed. */
static int end_generation(struct ledger *l)
{
    int r = 0;

    for (unsigned p = 0; r == 0 && p < l->producers; p++)
        r = ledger_close_account(l, p, seen_end(l->account[p].settled));
    l->generation++;
    return r;
}

/* One that was killed at once may have left nothing whole. */
static int take_file(struct journal *j, const struct exchange_plan *plan,
                     const unsigned char *bytes, size_t size,
                     struct ledger *ledger, struct results *results)
{
    struct record run;
    uint64_t identity;
    int r;

    r = identify(plan, &identity);
    if (r < 0)
        return r;
    if (size < RECORD_SIZE)
        return begin(j, plan);
    j->end = decode(bytes, size, 0, &run);
    if (j->end == 0 || run.type != RECORD_RUN)
        return -EPROTO;
    if (run.first != identity || run.count != plan->jobs)
        return -ESTALE;
    r = take_all(j, bytes, size, ledger, results);
    if (r == 0 && truncate(j->path, (off_t)j->end) < 0)
        r = -errno;
    return r < 0 ? r : end_generation(ledger);
}

/* ----------------------------------------------------------------- as whole */

static int sync_directory(const char *dir)
{
    int fd, r;

    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    r = fsync(fd) < 0 ? -errno : 0;
    fd_close(&fd);
    return r;
}

static int open_journal(struct journal *j, const char *dir,
                        const struct exchange_plan *plan)
{
    *j = (struct journal){ .sync = plan->sync, .producers = plan->producers };
    if (snprintf(j->path, sizeof(j->path), "%s/" JOURNAL_FILE, dir) >= PATH_MAX)
        return -ENAMETOOLONG;
    for (unsigned p = 0; p < j->producers; p++) {
        j->written[p] = seen_open(plan_job_count(plan, p));
        if (!j->written[p])
            return -ENOMEM;
    }
    return 0;
}

int journal_create(struct journal *j, const char *dir,
                   const struct exchange_plan *plan)
{
    int fd = 0, r;

    r = open_journal(j, dir, plan);
    if (r == 0)
        r = file_open(j->path, O_RDWR | O_CREAT | O_EXCL, &fd);
    fd_close(&fd);
    if (r == 0 && j->sync) /* the name has to last as well */
        r = sync_directory(dir);
    return r < 0 ? r : begin(j, plan);
}

int journal_resume(struct journal *j, const char *dir,
                   const struct exchange_plan *plan, struct ledger *ledger,
                   struct results *results)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    int fd = 0, r;

    r = open_journal(j, dir, plan);
    if (r == 0)
        r = file_open(j->path, O_RDONLY, &fd);
    if (r == 0)
        r = read_whole(fd, &bytes, &size);
    fd_close(&fd);
    if (r == 0)
        r = take_file(j, plan, bytes, size, ledger, results);
    free(bytes);
    return r;
}

void journal_close(struct journal *j)
{
    for (unsigned p = 0; p < j->producers; p++)
        seen_close(j->written[p]);
    *j = (struct journal){ 0 };
}
