/* SPDX-License-Identifier: MIT */
/*
 * options.h -- what the command line of a program says
 */
#ifndef IPC_OPTIONS_OPTIONS_H
#define IPC_OPTIONS_OPTIONS_H

#include "ipc/mechanisms.h"
#include "ipc/worker/channels.h"
#include "ipc/worker/plan.h"
#include "shared/net/trust.h"
#include "shared/net/url.h"

enum { EXIT_USAGE = 2 }; /* of a program whose command line is wrong */

/* The axes along which runs may differ; `bench` takes a list of each. */
enum axis {
    AXIS_WORK,
    AXIS_PATTERN,
    AXIS_SIZE,
    AXIS_WINDOW,
    AXIS_BATCH,
    AXIS_PIN,
    AXIS_WAIT,
    AXIS_PRODUCERS,
    AXIS_CONSUMERS,
    AXIS_RATE,
    AXIS_MODEL, /* 0: none; else 1 + its place among the models */
    AXES,
};

/* What `choose` may be asked for, each by the flag of its name. */
enum need {
    NEED_THREADS = 1,
    NEED_STRANGERS = 2,
    NEED_USERS = 4,
    NEED_MACHINES = 8,
    NEED_LANGUAGES = 16,
    NEED_DURABLE = 32,
    NEED_DEATH = 64,
    NEED_POLL = 128,
    NEED_WORKERS = 256,
    NEED_ORDER = 512,
    NEED_HOSTILE = 1024,
    NEED_CONTAINERS = 2048,
};

enum { NEEDS = 12 };

enum {
    OPTIONS_VALUES_MAX = 16,
    OPTIONS_SETTINGS_MAX = 8,
    OPTIONS_BATCH_AUTO = 0,    /* as --batch */
    OPTIONS_DEPTH_AUTO = 0,    /* as --depth */
    OPTIONS_MAX_MAX = 1 << 30, /* the largest --max and --size */
    OPTIONS_RESTARTS_MAX = 1000,
};

/* The values that were given for an axis, in their order. */
struct axis_values {
    unsigned value[OPTIONS_VALUES_MAX];
    unsigned count; /* 0: not given */
};

/* A mechanism's own option, as given by --set NAME=SIZE. */
struct setting {
    char *name; /* owned */
    size_t value;
};

/* All that was asked for, and the defaults for the rest. */
struct options {
    char *const *words; /* the whole command line */
    const char *command;
    char **arguments; /* what is not an option; NULL at the end */
    unsigned argument_count;
    uint64_t jobs;
    bool jobs_given;
    struct axis_values axes[AXES];
    size_t depth;
    size_t max;
    unsigned box_width;
    unsigned box_height;
    const char **images; /* owned; the strings are not */
    unsigned image_count;
    const char *store;    /* NULL: not given */
    const char *rejected; /* likewise */
    const char *at;       /* likewise; a URL's password is not in it */
    char *at_text;        /* owned; what --at-file gave */
    const char *at_file;  /* that file, or NULL */
    struct url at_url;    /* if `at` is one */
    bool at_is_url;
    const char *secret; /* NULL: not given; likewise: */
    const char *certificate;
    const char *private_key;
    const char *authority;
    struct trust trust; /* what such files hold (ipc/options/credentials) */
    double seconds;     /* 0: not given */
    double stall;       /* seconds */
    double peer_wait;   /* seconds, for another program; */
    bool peer_wait_given;
    unsigned restarts;
    bool restarts_given;
    uint64_t kill_every_ns; /* 0: not given */
    const char *resume;     /* NULL: not given */
    bool sync;
    bool confine;
    struct setting settings[OPTIONS_SETTINGS_MAX];
    unsigned setting_count;
    uint64_t upload_latency_ns;
    bool upload_latency_given;
    size_t upload_rate;     /* bytes per second; 0: as fast as it goes */
    const char *upload_url; /* NULL: a server of our own */
    char *upload_url_text;  /* owned; what --upload-url-file gave */
    unsigned pool;          /* threads of the pool; 0: one for each processor */
    const char *over;       /* mechanism between a model's processes, or NULL */
    unsigned rounds;        /* 0: as many as are usual */
    uint64_t seed;
    bool seed_given;
    const char *fault;     /* which; NULL: all */
    unsigned injections;   /* 0: not given */
    uint64_t soak_ns;      /* likewise */
    const char *reference; /* NULL: not given */
    const char *save;      /* likewise */
    const char *against;   /* likewise */
    const char *output;    /* likewise */
    const char *results;   /* likewise */
    const char *scatter;   /* likewise; "light" or "dark" */
    const char *without;   /* likewise */
    unsigned needs;        /* bits of enum need */
    bool all;
    bool list;
    bool twin;
    bool steps;
    bool wake;
    bool json;
    bool csv;
    bool markdown;
    bool help;
    bool version;
};

void options_free(struct options *options);

/* options_value returns the first value that was given for an axis, or its
 * default. */
unsigned options_value(const struct options *options, enum axis axis);

/* options_fix gives an axis one value, whatever was asked for. */
void options_fix(struct options *options, enum axis axis, unsigned value);

/*
 * options_apply fills a mechanism's own options: the settings that it has,
 * else their fallback.
 */
void options_apply(const struct options *options, const struct channel_ops *ops,
                   size_t ret_values[static CHANNEL_OPTIONS_MAX]);

/* options_known: whether ops has an option of that name. */
bool options_known(const struct channel_ops *ops, const char *name);

#endif
