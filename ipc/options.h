/* SPDX-License-Identifier: MIT */
/*
 * options.h -- the command line of every program
 */
#ifndef IPC_OPTIONS_H
#define IPC_OPTIONS_H

#include "ipc/exchange.h"
#include "ipc/mechanisms.h"
#include "shared/url.h"

enum {
    OPTIONS_SIZES_MAX = 16,
    OPTIONS_SETTINGS_MAX = 8,
    OPTIONS_MAX_MAX = 1 << 30, /* the largest --max and --size */
};

/* A mechanism's own option, as given by --set NAME=SIZE. */
struct setting {
    char *name; /* owned */
    size_t value;
};

/* What was asked for, and the defaults for what was not. */
struct options {
    const char *command;
    char **arguments; /* what is not an option; NULL at the end */
    unsigned argument_count;
    uint64_t jobs;
    bool jobs_given;
    size_t sizes[OPTIONS_SIZES_MAX];
    unsigned size_count; /* 0: not given */
    enum exchange_pattern pattern;
    enum job_work work;
    bool work_given;
    unsigned producers;
    unsigned consumers;
    unsigned window;
    size_t depth;
    size_t max;
    unsigned box_width;
    unsigned box_height;
    const char **images; /* owned; the strings are not */
    unsigned image_count;
    const char *store; /* NULL: not given */
    const char *at;    /* NULL: not given */
    struct url at_url; /* if `at` is one */
    bool at_is_url;
    enum placement placement;
    double seconds; /* 0: not given */
    double stall;   /* seconds */
    struct setting settings[OPTIONS_SETTINGS_MAX];
    unsigned setting_count;
    bool json;
    bool help;
    bool version;
};

/* options_read: 0, or -EINVAL after one line on stderr. */
int options_read(int argc, char **argv, struct options *ret_options);
void options_free(struct options *options);

/* options_help prints what a command does and takes; NULL: all of them. False
 * when there is no such command. */
bool options_help(const char *program, const char *command);

const char *placement_name(enum placement placement);

/*
 * options_apply fills a mechanism's own options: the settings that it has,
 * else their fallback.
 */
void options_apply(const struct options *options, const struct channel_ops *ops,
                   size_t ret_values[static CHANNEL_OPTIONS_MAX]);

/* options_known: whether ops has an option of that name. */
bool options_known(const struct channel_ops *ops, const char *name);

#endif
