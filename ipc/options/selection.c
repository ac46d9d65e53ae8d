/* SPDX-License-Identifier: MIT */
#include "ipc/options/selection.h"

#include "ipc/options/exposure.h"
#include "ipc/options/near.h"
#include "ipc/screen/screen.h"
#include "ipc/worker/channels.h"
#include "shared/net/meeting.h"

#include <errno.h>
#include <string.h>

static bool names(const char *argument, const struct mechanism *mechanism)
{
    return strcmp(argument, mechanism->name) == 0 ||
           strcmp(argument, mechanism->family) == 0;
}

bool selection_has(const struct options *options,
                   const struct mechanism *mechanism)
{
    if (options->argument_count == 0)
        return true;
    for (unsigned i = 0; i < options->argument_count; i++)
        if (names(options->arguments[i], mechanism))
            return true;
    return false;
}

/* Why a mechanism's consumer cannot be confined; NULL: it can. */
static const char *why_unconfined(const struct mechanism *mechanism)
{
    const unsigned traits = mechanism->ops ? mechanism->ops->traits : 0;

    if (traits & CHANNEL_THREADS)
        return "its consumer is a thread, and --confine takes a process";
    if (traits & CHANNEL_READS_PEER)
        return "it reads another process's memory, which --confine forbids";
    return NULL;
}

const char *selection_skips(const struct options *options,
                            const struct mechanism *mechanism)
{
    if (options_value(options, AXIS_MODEL) > 0 && mechanism->ops &&
        mechanism->ops->traits & CHANNEL_THREADS)
        return "its consumer is a thread, and --model takes a process";
    if (options->confine && why_unconfined(mechanism))
        return why_unconfined(mechanism);
    return mechanism_skipped_at(mechanism,
                                options->at_is_url ? &options->at_url : NULL);
}

static bool has_setting(const struct options *options, const char *name)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (m->ops && selection_has(options, m) && options_known(m->ops, name))
            return true;
    return false;
}

/* A channel that one consumer alone can take from is that consumer's: so each
 * producer needs a consumer. */
static int check_workers(const struct options *options)
{
    const unsigned producers = options_value(options, AXIS_PRODUCERS);

    for (const struct mechanism *m = mechanisms; m->name; m++) {
        if (!m->ops || !selection_has(options, m) ||
            producers <= options_value(options, AXIS_CONSUMERS) ||
            channels_can_compete(m->ops))
            continue;
        complain(m->name,
                 "--producers %u: needs as many --consumers, since "
                 "each has a channel of its own",
                 producers);
        return EXIT_USAGE;
    }
    return 0;
}

bool selection_at_fits(const struct options *options, const struct mechanism *m)
{
    const struct meeting_ops *meeting = m->ops ? m->ops->meeting : NULL;

    if (!options->at_is_url)
        return true;
    if (!meeting)
        complain(m->name, "--at %s: it works only within one machine",
                 options->at);
    else if (!meeting_takes(meeting, options->at_url.scheme))
        complain(m->name, "--at %s: it takes %s://HOST:PORT", options->at,
                 meeting->scheme);
    else if (options->at_url.port == 0 && meeting->port == 0)
        complain(m->name, "--at %s: the port is missing", options->at);
    else
        return true;
    return false;
}

/* Where a whole exchange runs here, --at is a URL, or nothing to it. */
static int check_at(const struct options *options)
{
    if (!options->at)
        return 0;
    if (!options->at_is_url) {
        complain(NULL, "--at %s: this command takes a URL, tcp://HOST:PORT",
                 options->at);
        return EXIT_USAGE;
    }
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (m->ops && selection_has(options, m) &&
            !selection_at_fits(options, m))
            return EXIT_USAGE;
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (m->ops && selection_has(options, m))
            exposure_warn(&options->at_url, m);
    return 0;
}

static int check_values(const struct options *options,
                        const struct mechanism *m)
{
    size_t values[CHANNEL_OPTIONS_MAX] = { 0 };
    char text[EXPLAIN_TEXT_MAX];

    options_apply(options, m->ops, values);
    if (channel_check_options(m->ops, values, text, sizeof(text)) == 0)
        return 0;
    complain(m->name, "--set %s", text);
    return EXIT_USAGE;
}

static int no_such_setting(const struct options *options, const char *name)
{
    struct near near = near_begin(name);
    char meant[NEAR_TEXT_MAX];

    for (const struct mechanism *m = mechanisms; m->name; m++)
        for (size_t i = 0; m->ops && selection_has(options, m) &&
                           m->ops->options && m->ops->options[i].name;
             i++)
            near_offer(&near, m->ops->options[i].name);
    complain(NULL, "--set %s: no mechanism here has this option%s", name,
             near_text(&near, meant));
    return EXIT_USAGE;
}

int selection_check_settings(const struct options *options)
{
    int status = 0;

    for (unsigned i = 0; i < options->setting_count; i++)
        if (!has_setting(options, options->settings[i].name))
            return no_such_setting(options, options->settings[i].name);
    for (const struct mechanism *m = mechanisms; status == 0 && m->name; m++)
        if (m->ops && selection_has(options, m))
            status = check_values(options, m);
    return status;
}

/* What other books call them. */
static const struct {
    const char *other;
    const char *name;
} other_names[] = {
    { "shm", "ring" },        { "shared-memory", "ring" },
    { "spsc", "ring" },       { "mpmc", "ring-mpmc" },
    { "mq", "posix-mq" },     { "msgq", "sysv-mq" },
    { "uds", "unix-stream" }, { "socketpair", "unix-stream" },
    { "memfd", "unix-fd" },   { "scm-rights", "unix-fd" },
    { "zmq", "zeromq" },      { "0mq", "zeromq" },
    { "vmsplice", "splice" }, { "named-pipe", "fifo" },
    { "file", "files" },      { "thread", "thread-queue" },
};

void selection_offer(struct near *near)
{
    for (const struct mechanism *m = mechanisms; m->name; m++) {
        near_offer(near, m->name);
        near_offer(near, m->family);
    }
    for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++)
        if (mechanism_find(other_names[i].name))
            near_offer_other(near, other_names[i].other, other_names[i].name);
}

/* What is named is not merely left out. */
static int check_confine(const struct options *options)
{
    const struct mechanism *m;

    for (unsigned i = 0; options->confine && i < options->argument_count; i++) {
        m = mechanism_find(options->arguments[i]);
        if (!m || !why_unconfined(m))
            continue;
        complain(m->name, "%s", why_unconfined(m));
        return EXIT_USAGE;
    }
    return 0;
}

int selection_check(const struct options *options)
{
    struct near near;
    char meant[NEAR_TEXT_MAX];

    for (unsigned i = 0; i < options->argument_count; i++) {
        const char *argument = options->arguments[i];

        if (mechanism_find(argument) || mechanism_family_exists(argument))
            continue;
        near = near_begin(argument);
        selection_offer(&near);
        complain(
            NULL, "%s: no such mechanism or family%s (`%s list` shows them)",
            argument, near_text(&near, meant), program_invocation_short_name);
        return EXIT_USAGE;
    }
    if (check_confine(options) != 0 || selection_check_settings(options) != 0 ||
        check_at(options) != 0)
        return EXIT_USAGE;
    return check_workers(options);
}
