/* SPDX-License-Identifier: MIT */
#include "ipc/options/rules.h"

#include "ipc/models/model.h"
#include "ipc/options/quantities.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const patterns[] = { "exchange", "ping-pong", "stream",
                                        NULL };
static const char *const works[] = { "header", "verify", "image", "carry",
                                     NULL };
static const char *const places[] = { "free", "same", "split", "sibling",
                                      NULL };
static const char *const waits[] = { "adaptive", "block", "spin", NULL };

const char *placement_name(enum placement placement)
{
    return places[placement];
}

/* In the order of their bits. */
static const char *const needs[NEEDS] = {
    "threads", "strangers", "users",   "machines", "languages", "durable",
    "death",   "poll",      "workers", "order",    "hostile",   "containers",
};

const char *need_name(enum need need)
{
    return needs[__builtin_ctz(need)];
}

unsigned need_find(const char *name)
{
    for (unsigned i = 0; i < NEEDS; i++)
        if (strcmp(needs[i], name) == 0)
            return 1u << i;
    return 0;
}

const char *wait_name(enum channel_wait wait)
{
    return waits[wait];
}

/* The index of text in names; -EINVAL. */
static int choose(const char *text, const char *const *names,
                  uint64_t *ret_index)
{
    for (unsigned i = 0; names[i]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_index = i;
            return 0;
        }
    }
    return -EINVAL;
}

static int read_seconds(const char *text, double *ret_seconds)
{
    char *end;
    double seconds = strtod(text, &end);

    if (end == text || *end)
        return -EINVAL;
    if (!(seconds > 0 && seconds <= 86400))
        return -ERANGE;
    *ret_seconds = seconds;
    return 0;
}

/* One reader for each option: 0, -EINVAL, -ERANGE, -E2BIG, -ENOMEM. */

static int read_jobs(struct options *o, const char *text)
{
    o->jobs_given = true;
    return number_parse(text, 0, 1000000000, &o->jobs);
}

/* One value of an axis: 0, -EINVAL, -ERANGE. */
typedef int parse_fn(const char *text, uint64_t *ret_value);

/* A list of them, with commas. */
static int read_axis(struct options *o, enum axis axis, const char *text,
                     parse_fn *parse)
{
    struct axis_values *values = &o->axes[axis];
    uint64_t value = 0;
    char *copy = strdup(text), *rest = copy, *one;
    int r = copy ? 0 : -ENOMEM;

    values->count = 0;
    while (r == 0 && (one = strsep(&rest, ","))) {
        if (values->count == OPTIONS_VALUES_MAX)
            r = -E2BIG;
        else
            r = parse(one, &value);
        if (r == 0)
            values->value[values->count++] = (unsigned)value;
    }
    free(copy);
    return r;
}

static int parse_size(const char *text, uint64_t *ret_value)
{
    size_t size = 0;
    int r = size_parse(text, &size);

    *ret_value = size;
    return r == 0 && size > OPTIONS_MAX_MAX ? -ERANGE : r;
}

static int parse_pattern(const char *text, uint64_t *ret_value)
{
    return choose(text, patterns, ret_value);
}

static int parse_work(const char *text, uint64_t *ret_value)
{
    return choose(text, works, ret_value);
}

static int parse_place(const char *text, uint64_t *ret_value)
{
    return choose(text, places, ret_value);
}

static int parse_wait(const char *text, uint64_t *ret_value)
{
    return choose(text, waits, ret_value);
}

static int parse_window(const char *text, uint64_t *ret_value)
{
    return number_parse(text, 1, 65536, ret_value);
}

static int parse_batch(const char *text, uint64_t *ret_value)
{
    if (strcmp(text, "auto") != 0)
        return number_parse(text, 1, 65536, ret_value);
    *ret_value = OPTIONS_BATCH_AUTO;
    return 0;
}

static int parse_workers(const char *text, uint64_t *ret_value)
{
    return number_parse(text, 1, CHANNELS_MAX, ret_value);
}

static int parse_rate(const char *text, uint64_t *ret_value)
{
    return number_parse(text, 0, 1000000000, ret_value);
}

static int read_size(struct options *o, const char *text)
{
    return read_axis(o, AXIS_SIZE, text, parse_size);
}

static int read_pattern(struct options *o, const char *text)
{
    return read_axis(o, AXIS_PATTERN, text, parse_pattern);
}

static int read_work(struct options *o, const char *text)
{
    return read_axis(o, AXIS_WORK, text, parse_work);
}

static int read_window(struct options *o, const char *text)
{
    return read_axis(o, AXIS_WINDOW, text, parse_window);
}

static int read_batch(struct options *o, const char *text)
{
    return read_axis(o, AXIS_BATCH, text, parse_batch);
}

static int read_producers(struct options *o, const char *text)
{
    return read_axis(o, AXIS_PRODUCERS, text, parse_workers);
}

static int read_consumers(struct options *o, const char *text)
{
    return read_axis(o, AXIS_CONSUMERS, text, parse_workers);
}

static int read_rate(struct options *o, const char *text)
{
    return read_axis(o, AXIS_RATE, text, parse_rate);
}

/* Seconds are for another program; words for a mechanism. */
static int read_wait(struct options *o, const char *text)
{
    o->peer_wait_given |= isdigit((unsigned char)text[0]) != 0;
    if (strcmp(text, "0") == 0)
        o->peer_wait = 0;
    else if (isdigit((unsigned char)text[0]))
        return read_seconds(text, &o->peer_wait);
    else
        return read_axis(o, AXIS_WAIT, text, parse_wait);
    return 0;
}

static int read_pin(struct options *o, const char *text)
{
    return read_axis(o, AXIS_PIN, text, parse_place);
}

static int parse_model(const char *text, uint64_t *ret_value)
{
    for (unsigned i = 0; models[i].name; i++)
        if (strcmp(models[i].name, text) == 0) {
            *ret_value = i + 1;
            return 0;
        }
    return -EINVAL;
}

static int read_model(struct options *o, const char *text)
{
    return read_axis(o, AXIS_MODEL, text, parse_model);
}

static int read_depth(struct options *o, const char *text)
{
    o->depth = OPTIONS_DEPTH_AUTO;
    return strcmp(text, "auto") == 0 ? 0
                                     : number_parse(text, 1, 65536, &o->depth);
}

static int read_box(struct options *o, const char *text)
{
    return box_parse(text, &o->box_width, &o->box_height);
}

static int read_image(struct options *o, const char *text)
{
    const char **images;

    images = reallocarray(o->images, o->image_count + 1u, sizeof(*images));
    if (!images)
        return -ENOMEM;
    o->images = images;
    images[o->image_count++] = text;
    return 0;
}

static int read_store(struct options *o, const char *text)
{
    o->store = text;
    return *text ? 0 : -EINVAL;
}

static int read_rejected(struct options *o, const char *text)
{
    o->rejected = text;
    return *text ? 0 : -EINVAL;
}

static int read_max(struct options *o, const char *text)
{
    int r = size_parse(text, &o->max);

    return r == 0 && (o->max == 0 || o->max > OPTIONS_MAX_MAX) ? -ERANGE : r;
}

static int read_budget(struct options *o, const char *text)
{
    return read_seconds(text, &o->seconds);
}

static int read_stall(struct options *o, const char *text)
{
    return read_seconds(text, &o->stall);
}

static int read_restarts(struct options *o, const char *text)
{
    uint64_t restarts = 0;
    int r = number_parse(text, 0, OPTIONS_RESTARTS_MAX, &restarts);

    o->restarts = (unsigned)restarts;
    o->restarts_given = true;
    return r;
}

static int read_kill_every(struct options *o, const char *text)
{
    int r = duration_parse(text, &o->kill_every_ns);

    return r == 0 && o->kill_every_ns == 0 ? -ERANGE : r;
}

static int read_resume(struct options *o, const char *text)
{
    o->resume = text;
    return *text ? 0 : -EINVAL;
}

static int read_sync(struct options *o, const char *text)
{
    (void)text;
    o->sync = true;
    return 0;
}

static int read_confine(struct options *o, const char *text)
{
    (void)text;
    o->confine = true;
    return 0;
}

static int read_setting(struct options *o, const char *text)
{
    struct setting *setting = &o->settings[o->setting_count];
    const char *equals = strchr(text, '=');
    int r;

    if (!equals || equals == text)
        return -EINVAL;
    if (o->setting_count == OPTIONS_SETTINGS_MAX)
        return -E2BIG;
    r = size_parse(equals + 1, &setting->value);
    if (r < 0)
        return r;
    setting->name = strndup(text, (size_t)(equals - text));
    if (!setting->name)
        return -ENOMEM;
    o->setting_count++;
    return 0;
}

static int read_at(struct options *o, const char *text)
{
    o->at = text;
    o->at_is_url = url_is(text);
    if (o->at_is_url)
        return url_parse(text, &o->at_url);
    return *text ? 0 : -EINVAL;
}

static int read_secret(struct options *o, const char *text)
{
    o->secret = text;
    return *text ? 0 : -EINVAL;
}

static int read_certificate(struct options *o, const char *text)
{
    o->certificate = text;
    return *text ? 0 : -EINVAL;
}

static int read_private_key(struct options *o, const char *text)
{
    o->private_key = text;
    return *text ? 0 : -EINVAL;
}

static int read_authority(struct options *o, const char *text)
{
    o->authority = text;
    return *text ? 0 : -EINVAL;
}

/* The first line of a file, without its end. */
static int read_line(const char *path, char **ret_line)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    if (!file)
        return -errno;
    n = getline(&line, &room, file);
    (void)fclose(file);
    if (n <= 0) {
        free(line);
        return -EINVAL;
    }
    line[strcspn(line, "\n")] = '\0';
    *ret_line = line;
    return 0;
}

/* A password that never was an argument. */
static int read_at_file(struct options *o, const char *path)
{
    char *line = NULL;
    int r;

    o->at_file = path;
    r = read_line(path, &line);
    if (r < 0)
        return r;
    free(o->at_text);
    o->at_text = line;
    r = read_at(o, line);
    url_hide(line);
    return r;
}

static int read_upload_latency(struct options *o, const char *text)
{
    o->upload_latency_given = true;
    return duration_parse(text, &o->upload_latency_ns);
}

static int read_upload_rate(struct options *o, const char *text)
{
    return size_parse(text, &o->upload_rate);
}

/* What is signed, or has a password in it, shall not stand where ps(1) finds
 * it. */
static bool is_http(const char *url)
{
    return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

static int read_upload_url(struct options *o, const char *text)
{
    o->upload_url = text;
    return is_http(text) && !strpbrk(text, "?@") ? 0 : -EINVAL;
}

static int read_upload_url_file(struct options *o, const char *path)
{
    char *line = NULL;
    int r;

    r = read_line(path, &line);
    if (r < 0)
        return r;
    free(o->upload_url_text);
    o->upload_url = o->upload_url_text = line;
    return is_http(line) ? 0 : -EINVAL;
}

static int read_pool(struct options *o, const char *text)
{
    uint64_t threads = 0;
    int r = number_parse(text, 1, 1024, &threads);

    o->pool = (unsigned)threads;
    return r;
}

static int read_over(struct options *o, const char *text)
{
    o->over = text;
    return *text ? 0 : -EINVAL;
}

static int read_rounds(struct options *o, const char *text)
{
    uint64_t rounds = 0;
    int r = number_parse(text, 1, 100, &rounds);

    o->rounds = (unsigned)rounds;
    return r;
}

static int read_seed(struct options *o, const char *text)
{
    o->seed_given = true;
    return number_parse(text, 0, UINT32_MAX, &o->seed);
}

static int read_fault(struct options *o, const char *text)
{
    o->fault = text;
    return *text ? 0 : -EINVAL;
}

static int read_injections(struct options *o, const char *text)
{
    uint64_t injections = 0;
    int r = number_parse(text, 1, 1000000, &injections);

    o->injections = (unsigned)injections;
    return r;
}

static int read_soak(struct options *o, const char *text)
{
    double seconds = 0;
    int r = read_seconds(text, &seconds);

    o->soak_ns = (uint64_t)(seconds * 1e9);
    return r;
}

static int read_reference(struct options *o, const char *text)
{
    o->reference = text;
    return *text ? 0 : -EINVAL;
}

static int read_against(struct options *o, const char *text)
{
    o->against = text;
    return 0;
}

static int read_save(struct options *o, const char *text)
{
    o->save = text;
    return *text ? 0 : -EINVAL;
}

static int read_output(struct options *o, const char *text)
{
    o->output = text;
    return *text ? 0 : -EINVAL;
}

static int read_results(struct options *o, const char *text)
{
    o->results = text;
    return *text ? 0 : -EINVAL;
}

static int read_without(struct options *o, const char *text)
{
    o->without = text;
    return *text ? 0 : -EINVAL;
}

static int read_csv(struct options *o, const char *text)
{
    (void)text;
    o->csv = true;
    return 0;
}

static int read_markdown(struct options *o, const char *text)
{
    (void)text;
    o->markdown = true;
    return 0;
}

static int read_scatter(struct options *o, const char *text)
{
    static const char *const looks[] = { "light", "dark", NULL };
    uint64_t index = 0;
    int r = choose(text, looks, &index);

    o->scatter = text;
    return r;
}

static int read_steps(struct options *o, const char *text)
{
    (void)text;
    o->steps = true;
    return 0;
}

static int read_wake(struct options *o, const char *text)
{
    (void)text;
    o->wake = true;
    return 0;
}

static int read_all(struct options *o, const char *text)
{
    (void)text;
    o->all = true;
    return 0;
}

static int read_list(struct options *o, const char *text)
{
    (void)text;
    o->list = true;
    return 0;
}

static int read_twin(struct options *o, const char *text)
{
    (void)text;
    o->twin = true;
    return 0;
}

static int read_json(struct options *o, const char *text)
{
    (void)text;
    o->json = true;
    return 0;
}

static int read_help(struct options *o, const char *text)
{
    (void)text;
    o->help = true;
    return 0;
}

static int read_version(struct options *o, const char *text)
{
    (void)text;
    o->version = true;
    return 0;
}

/* Commands that may have a model, or meet at a URL. */
enum {
    MEETING = COMMAND_PRODUCE | COMMAND_CONSUME | COMMAND_DEMO | COMMAND_BENCH,
    MODELLED = COMMAND_MODELS | COMMAND_DEMO | COMMAND_BENCH | COMMAND_CONSUME,
};

const struct option_rule option_rules[OPTION_RULES] = {
    { "jobs", "N", read_jobs,
      COMMAND_DEMO | COMMAND_WORKERS | COMMAND_BENCH | COMMAND_PRODUCE |
          COMMAND_MODELS,
      "a number from 0 to 1000000000",
      "how many jobs (each picture once, or what fits the time)" },
    { "size", "BYTES", read_size,
      COMMAND_BENCH | COMMAND_PRODUCE | COMMAND_CHOOSE | COMMAND_TRACE,
      "sizes up to 1GiB, such as 64,4KiB,1MiB",
      "payload (4KiB; trace: 64; bench: 64,4KiB,64KiB,1MiB)" },
    { "pattern", "P", read_pattern,
      COMMAND_DEMO | COMMAND_BENCH | COMMAND_PRODUCE,
      "exchange, ping-pong or stream",
      "exchange, ping-pong or stream (exchange)" },
    { "work", "W", read_work, COMMAND_BENCH | COMMAND_PRODUCE,
      "header, verify, image or carry",
      "header, verify (every byte), image or carry" },
    { "producers", "N", read_producers, COMMAND_DEMO | COMMAND_BENCH,
      "a number from 1 to 32", "processes that send jobs (1)" },
    { "consumers", "N", read_consumers, COMMAND_DEMO | COMMAND_BENCH,
      "a number from 1 to 32", "processes that do them (1)" },
    { "window", "N", read_window,
      COMMAND_DEMO | COMMAND_BENCH | COMMAND_PRODUCE | COMMAND_MODELS,
      "a number from 1 to 65536", "jobs under way at once (8)" },
    { "batch", "N|auto", read_batch, COMMAND_BENCH,
      "auto, or a number from 1 to 65536",
      "small jobs per frame of a stream; auto: 120 KiB (1)" },
    { "rate", "N", read_rate, COMMAND_BENCH | COMMAND_CHOOSE,
      "jobs per second, up to 1000000000; 0: as many as can be",
      "jobs per second, by the clock; 0: as many as can be (0)" },
    { "wait", "HOW|S", read_wait,
      COMMAND_DEMO | COMMAND_BENCH | COMMAND_PRODUCE | COMMAND_CONSUME |
          COMMAND_TRACE,
      "adaptive, block or spin, or for another program seconds",
      "adaptive, block, spin; produce, consume: S for a peer" },
    { "pin", "WHERE", read_pin,
      COMMAND_DEMO | COMMAND_BENCH | COMMAND_PRODUCE | COMMAND_CONSUME,
      "free, same, split or sibling",
      "free, same (one CPU), split (two), sibling (a core) (free)" },
    { "depth", "N|auto", read_depth,
      COMMAND_DEMO | COMMAND_BENCH | COMMAND_CONSUME,
      "auto, or a number from 1 to 65536",
      "messages in a channel; auto: 8, fewer large ones (auto)" },
    { "image", "FILE|DIR", read_image,
      COMMAND_DEMO | COMMAND_WORKERS | COMMAND_BENCH | COMMAND_PRODUCE |
          COMMAND_MODELS,
      "a path", "pictures to send; may be repeated (a drawn one)" },
    { "box", "WxH", read_box,
      COMMAND_DEMO | COMMAND_WORKERS | COMMAND_BENCH | COMMAND_PRODUCE |
          COMMAND_MODELS,
      "width x height in pixels, up to 65500, such as 1000x750",
      "thumbnails fit into this many pixels (1000x1000)" },
    { "store", "DIR", read_store,
      COMMAND_DEMO | COMMAND_WORKERS | COMMAND_BENCH | COMMAND_CONSUME |
          COMMAND_MODELS,
      "a path", "where uploads go (ipc-store)" },
    { "rejected", "FILE", read_rejected, COMMAND_PRODUCE | COMMAND_CONSUME,
      "a path", "a line for each rejected job: number, name, reason" },
    { "max", "SIZE", read_max,
      COMMAND_DEMO | COMMAND_WORKERS | COMMAND_BENCH | COMMAND_PRODUCE |
          COMMAND_CONSUME,
      "a size from 1 to 1GiB, such as 32MiB",
      "largest picture that is sent (32MiB)" },
    { "seconds", "S", read_budget, COMMAND_DEMO | COMMAND_BENCH,
      "seconds, more than 0 and up to 86400",
      "time for each run; then no new job begins (bench: 0.065)" },
    { "rounds", "N", read_rounds, COMMAND_BENCH, "a number from 1 to 100",
      "runs of each cell, in random order (9; with --against 20)" },
    { "seed", "N", read_seed, COMMAND_BENCH | COMMAND_FAULTS,
      "a number from 0 to 4294967295",
      "seed of that order, or of the faults (a random one)" },
    { "stall", "S", read_stall,
      COMMAND_DEMO | COMMAND_BENCH | COMMAND_PRODUCE | COMMAND_MODELS,
      "seconds, more than 0 and up to 86400",
      "give up after S seconds without progress (30)" },
    { "restarts", "N", read_restarts, COMMAND_DEMO | COMMAND_BENCH,
      "a number from 0 to 1000",
      "deaths in a row that new workers survive (5; bench: 0)" },
    { "kill-every", "TIME", read_kill_every, COMMAND_DEMO,
      "a time up to a minute, more than 0, such as 100ms",
      "kill a worker so long after progress, again and again" },
    { "resume", "DIR", read_resume, COMMAND_DEMO | COMMAND_PRODUCE, "a path",
      "go on with a run that was killed, by the journal in DIR" },
    { "sync", NULL, read_sync, COMMAND_DEMO | COMMAND_PRODUCE | COMMAND_CONSUME,
      NULL, "wait for the disk, so that a power cut undoes nothing" },
    { "confine", NULL, read_confine,
      COMMAND_DEMO | COMMAND_BENCH | COMMAND_CONSUME, NULL,
      "consumers may open and start nothing else (docs/limits.md)" },
    { "fault", "LIST", read_fault, COMMAND_FAULTS,
      "faults, such as F1,F2/calls (--list shows them)",
      "which faults, such as F1,F2/calls (all)" },
    { "injections", "N", read_injections, COMMAND_FAULTS,
      "a number from 1 to 1000000", "how often in each cell, at least (5)" },
    { "soak", "S", read_soak, COMMAND_FAULTS,
      "seconds, more than 0 and up to 86400",
      "instead one fault upon another for S seconds in all" },
    { "set", "NAME=SIZE", read_setting,
      COMMAND_DEMO | COMMAND_WORKERS | COMMAND_BENCH | COMMAND_CONSUME,
      "NAME=SIZE, such as pipe-size=1MiB",
      "a mechanism's own option; `list` shows them" },
    { "at", "DIR|URL", read_at,
      COMMAND_PRODUCE | COMMAND_CONSUME | COMMAND_DEMO | COMMAND_BENCH |
          COMMAND_CLEAN,
      "a path, or a URL such as tcp://HOST:PORT or tcp+tls://HOST:PORT",
      "where both sides meet: a directory, or a URL" },
    { "at-file", "FILE", read_at_file,
      COMMAND_PRODUCE | COMMAND_CONSUME | COMMAND_DEMO | COMMAND_BENCH,
      "a file whose first line is what --at takes",
      "a file that holds it, for a URL with a password" },
    { "secret", "FILE", read_secret, MEETING, "a file that `ipc key` made",
      "what both sides know (`ipc key` makes it)" },
    { "certificate", "FILE", read_certificate, MEETING, "a file in PEM",
      "this side's, for tcp+tls:// and rediss://" },
    { "private-key", "FILE", read_private_key, MEETING, "a file in PEM",
      "the certificate's; nobody else may read it" },
    { "authority", "FILE", read_authority, MEETING, "a file in PEM",
      "who has signed the other's certificate" },
    { "model", "NAME", read_model,
      COMMAND_DEMO | COMMAND_BENCH | COMMAND_CONSUME,
      "serial, parallel, concurrent, processes, pool or per-job",
      "who does the tasks of a picture, with uploads by HTTP" },
    { "upload-latency", "TIME", read_upload_latency, MODELLED,
      "a time up to a minute, such as 40ms or 1.5s",
      "how long the server lets each upload wait (40ms)" },
    { "upload-rate", "SIZE", read_upload_rate, MODELLED,
      "bytes per second, such as 10MB; 0: as fast as it goes",
      "bytes per second of each connection; 0: no limit (0)" },
    { "upload-url", "URL", read_upload_url, MODELLED,
      "http://HOST/PATH or https://, without a secret in it "
      "(--upload-url-file)",
      "PUT to a server of yours; {name} is the file's (our own)" },
    { "upload-url-file", "FILE", read_upload_url_file, MODELLED,
      "a file whose first line is a URL, http:// or https://",
      "a file that holds it, for a URL that is signed" },
    { "pool", "N", read_pool, MODELLED, "a number from 1 to 1024",
      "threads of the pool (as many as processors)" },
    { "over", "MECHANISM", read_over, MODELLED, "a mechanism",
      "how the processes of a model talk (unix-stream)" },
    { "reference", "NAME", read_reference, COMMAND_BENCH, "a mechanism",
      "the mechanism to compare the others with (the best)" },
    { "save", "FILE", read_save,
      COMMAND_BENCH | COMMAND_CLAIMS | COMMAND_MODELS | COMMAND_FAULTS,
      "a path", "write the results, for `report`" },
    { "against", "PROGRAM", read_against, COMMAND_BENCH, "a path",
      "measure another build in turns; with --save: to FILE.against" },
    { "threads", NULL, NULL, COMMAND_CHOOSE, NULL,
      "both are threads of one process" },
    { "strangers", NULL, NULL, COMMAND_CHOOSE, NULL,
      "processes meet that no common ancestor started" },
    { "users", NULL, NULL, COMMAND_CHOOSE, NULL,
      "they belong to different users" },
    { "machines", NULL, NULL, COMMAND_CHOOSE, NULL,
      "they are on more than one machine" },
    { "languages", NULL, NULL, COMMAND_CHOOSE, NULL,
      "one of them is written in another language" },
    { "durable", NULL, NULL, COMMAND_CHOOSE, NULL,
      "messages outlive a crash of either process" },
    { "death", NULL, NULL, COMMAND_CHOOSE, NULL,
      "each notices that the other has died" },
    { "poll", NULL, NULL, COMMAND_CHOOSE, NULL,
      "an event loop waits: a descriptor for poll(2)" },
    { "workers", NULL, NULL, COMMAND_CHOOSE, NULL,
      "many workers share one queue" },
    { "order", NULL, NULL, COMMAND_CHOOSE, NULL,
      "jobs are done in the order they were sent" },
    { "hostile", NULL, NULL, COMMAND_CHOOSE, NULL, "the peer may be hostile" },
    { "containers", NULL, NULL, COMMAND_CHOOSE, NULL,
      "two containers share a directory and nothing else" },
    { "without", "LIST", read_without, COMMAND_CHOOSE,
      "all, or libraries, such as libzmq,hiredis",
      "libraries that are not allowed; all: the kernel alone" },
    { "results", "FILE", read_results, COMMAND_CHOOSE, "a path",
      "what `bench --save` wrote (that of `make bench`)" },
    { "output", "FILE", read_output, COMMAND_REPORT, "a path",
      "where it goes; also -o FILE (report.html)" },
    { "steps", NULL, read_steps, COMMAND_DEMO, NULL,
      "show the first job step by step (if it is one mechanism)" },
    { "wake", NULL, read_wake, COMMAND_TRACE, NULL,
      "instead how long it takes from a wake-up until it runs" },
    { "all", NULL, read_all, COMMAND_BENCH, NULL,
      "a table for each question, and every cell's system calls" },
    { "list", NULL, read_list, COMMAND_CLAIMS | COMMAND_FAULTS, NULL,
      "list them all" },
    { "twin", NULL, read_twin, COMMAND_CLAIMS, NULL,
      "do the twin, whose verdict must be another" },
    { "json", NULL, read_json,
      COMMAND_BENCH | COMMAND_LIST | COMMAND_CLAIMS | COMMAND_MODELS |
          COMMAND_FAULTS,
      NULL, "one JSON object a line instead of a table" },
    { "csv", NULL, read_csv, COMMAND_BENCH, NULL, "CSV instead of a table" },
    { "markdown", NULL, read_markdown,
      COMMAND_BENCH | COMMAND_REPORT | COMMAND_CLAIMS, NULL,
      "tables in Markdown instead" },
    { "scatter", "LOOK", read_scatter, COMMAND_REPORT, "light or dark",
      "one plot alone, an SVG picture, light or dark" },
    { "help", NULL, read_help, ~0u, NULL, "show this text" },
    { "version", NULL, read_version, ~0u, NULL, "show the version" },
};

const struct command *command_find(const struct command *const *commands,
                                   const char *name)
{
    for (; name && *commands; commands++)
        if (strcmp((*commands)->name, name) == 0)
            return *commands;
    return NULL;
}
