/* SPDX-License-Identifier: MIT */
#include "ipc/apart/remote.h"

#include "ipc/apart/ready.h"
#include "ipc/exchange/blame.h"
#include "ipc/options/exposure.h"
#include "ipc/options/selection.h"
#include "ipc/options/setup.h"
#include "shared/base/units.h"
#include "shared/dir/record.h"
#include "shared/net/address.h"
#include "shared/net/tls.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 100, TRY_MS = 200 };

/* ------------------------------------------------------------- both sides */

/* Where, for a message: without what only the two shall know. */
static const char *place_text(const struct url *at,
                              char ret_text[static URL_HOST_MAX + 40])
{
    const char *format = at->port == 0           ? "%s://%s"
                         : strchr(at->host, ':') ? "%s://[%s]:%u"
                                                 : "%s://%s:%u";

    (void)snprintf(ret_text, URL_HOST_MAX + 40, format, at->scheme,
                   at->host[0] ? at->host : at->path, at->port);
    return ret_text;
}

/* What the other side has to be given besides, for the line that tells it. */
static const char *proof_options(const struct url *at)
{
    if (meeting_has_secret(at))
        return " --secret FILE";
    if (!tls_is_on(at))
        return "";
    return strcmp(at->scheme, "rediss") == 0
               ? " --authority FILE"
               : " --certificate FILE --private-key FILE --authority FILE";
}

/* Returns what an error of meeting_ops means. */
static const char *error_text(int error)
{
    static char text[TLS_TEXT_MAX];

    switch (error) {
    case -ENXIO:
        return "there is no host of that name";
    case -EHOSTDOWN:
        return "no name server answers, so the host is not known";
    case -EADDRINUSE:
        return "another consumer, or something else, is at work there";
    case -EADDRNOTAVAIL:
        return "not an address of this machine";
    case -EAGAIN:
        return "nobody listens there";
    case -ETIMEDOUT:
        return "no answer: is the URL the same on both sides? Or something on "
               "the way drops it";
    case -EPROTO:
        return "what answers there speaks something else";
    case -EPIPE:
        return "it hangs up: is it of this suite, and the URL the same on "
               "both sides?";
    case -EBUSY:
        return "another producer was quicker";
    case -ENOKEY:
        return "it asks for a secret: give --secret with a copy of its file";
    case -EOPNOTSUPP:
        return "what answers there asks for no secret: has the consumer one?";
    case -EKEYREJECTED:
        return tls_reason(text)
                   ? text
                   : "it has another secret: both need a copy of the same file";
    case -EACCES:
        return "it wants a password, or another one";
    default:
        return strerror(-error);
    }
}

static void complain_place(const struct url *at, int error)
{
    char place[URL_HOST_MAX + 40];

    complain(NULL, "%s: %s", place_text(at, place), error_text(error));
}

/* The other's supervisor lives as long as its workers do, and so do its signs
 * of life. */
static bool peer_left(void *arg, char text[static CAUSE_TEXT_MAX])
{
    struct side *side = arg;
    const bool consumer = side->worker.role == WORKER_CONSUMER;
    const struct meeting *m = &side->meeting;
    int r;

    r = m->ops->beat(&side->meeting);
    if (!side_peer_left(side, r == 0))
        return false;
    side->blameless = m->farewell || r == -ETIMEDOUT; /* the network's */
    (void)snprintf(text, CAUSE_TEXT_MAX,
                   r == -ETIMEDOUT
                       ? "no sign of life from the %s%s%s for %d s: it, its "
                         "machine or the network is gone"
                       : "the %s%s%s died or gave up: the connection to it "
                         "ended",
                   consumer ? "producer" : "consumer", m->peer[0] ? " at " : "",
                   m->peer, MEETING_SILENCE_MS / 1000);
    return true;
}

/* ------------------------------------------------------------- the consumer */

static void read_port(const struct side *side, const char *channel,
                      char ret_port[static READY_PORT_MAX])
{
    char text[RECORD_TEXT_MAX];

    if (record_read(side->rundir.path, channel, "port", text) == 0)
        (void)snprintf(ret_port, READY_PORT_MAX, "%.*s", READY_PORT_MAX - 1,
                       text);
}

static int write_text(struct side *side)
{
    struct ready ready;
    char *line;
    int n;

    side_ready(side, &ready);
    read_port(side, "jobs", ready.jobs_port);
    read_port(side, "results", ready.results_port);
    line = ready_pack(&ready);
    if (!line)
        return -ENOMEM;
    n = snprintf(side->meeting.text, sizeof(side->meeting.text), "%s", line);
    free(line);
    return n < MEETING_TEXT_MAX ? 0 : -EMSGSIZE;
}

static void tell_turned_away(const struct side *side, int error)
{
    char text[TLS_TEXT_MAX];

    if (tls_reason(text))
        complain(side->mechanism->name, "turned away: %s", text);
    else
        complain(side->mechanism->name, "turned away %s: %s",
                 side->meeting.peer[0] ? side->meeting.peer : "who called",
                 error == -EPROTO ? "it speaks something else"
                                  : "it does not know the secret");
}

static void tell_await_producer(const struct url *at)
{
    char place[URL_HOST_MAX + 40];

    (void)fprintf(stderr, "waiting for a producer: %s produce --at %s%s FILE\n",
                  program_invocation_name, place_text(at, place),
                  proof_options(at));
}

/* 0: a producer has joined; else the exit status. */
static int await_producer(struct side *side)
{
    char *late = side->row.outcome.failure;
    struct meeting *m = &side->meeting;
    int r, number;

    side->since_ns = clock_ns();
    for (;;) {
        r = m->ops->await(m, LOOK_MS);
        if (r > 0)
            return 0;
        number = side_stop_signal(0);
        if (number > 0)
            return 128 + number;
        if (r == -EPROTO || r == -EKEYREJECTED)
            tell_turned_away(side, r);
        else if (r < 0)
            break;
        if (side_waits_too_long(side, late)) {
            complain(side->mechanism->name, "%s", late);
            return side_late_status(side);
        }
    }
    complain_place(m->at, r);
    return EXIT_FAILURE;
}

static bool producer_is_gone(void *arg)
{
    struct meeting *m = arg;

    return m->ops->beat(m) < 0;
}

static int consume(struct side *side)
{
    int r, status;

    status = side_create_channels(side);
    if (status != 0)
        return status;
    r = write_text(side);
    if (r < 0) {
        complain(side->mechanism->name, "start: %s", strerror(-r));
        return EXIT_FAILURE;
    }
    if (side->before == 0)
        tell_await_producer(side->meeting.at);
    status = await_producer(side);
    if (status != 0)
        return status;
    status = side_run(side, WORKER_CONSUMER, peer_left);
    side->meeting.farewell = !blame_is_death(&side->supervisor.roster);
    if (side->row.outcome.failure[0])
        return status;
    /* Messages may still be on their way to a producer about to end. */
    r = side_await(SIDE_PEER_LEAVES_MS, producer_is_gone, &side->meeting);
    return r > 1 ? r : status;
}

/* A name server that is gone keeps a look-up for half a minute: so it comes
 * first, while a signal still ends the program. Who has answered once answers
 * again at once. 0, or the exit status. */
static int look_up(const struct url *at)
{
    struct address address;
    int r = 0;

    if (at->host[0])
        r = address_find(at, at->port, &address);
    if (r < 0)
        complain_place(at, r);
    return r < 0 ? EXIT_FAILURE : 0;
}

/* Both sides begin so. */
static int open_side(struct side *side, const struct mechanism *mechanism,
                     const struct exchange_plan *plan)
{
    int r;

    r = side_open(side, mechanism, plan);
    if (r == 0)
        return setup_begin(&side->rundir);
    complain(mechanism->name, "start: %s", strerror(-r));
    return r;
}

/* A place that is wanted, and what came of it. */
struct attempt {
    struct meeting *meeting;
    int result; /* of open */
};

static bool is_decided(void *arg)
{
    struct attempt *attempt = arg;
    struct meeting *m = attempt->meeting;

    attempt->result = m->ops->open(m);
    if (attempt->result != -EADDRINUSE)
        return true;
    m->ops->close(m);
    return false;
}

/* That of a consumer that was killed may look taken for another moment. 0, or
 * the exit status. */
static int claim_place(struct meeting *m)
{
    struct attempt attempt = { .meeting = m };
    char place[URL_HOST_MAX + 40];
    int r = 0;

    if (!is_decided(&attempt)) {
        (void)fprintf(stderr,
                      "waiting for the consumer at %s to end, %d s at most\n",
                      place_text(m->at, place), m->ops->lingers_ms / 1000);
        r = side_await(m->ops->lingers_ms, is_decided, &attempt);
    }
    if (r > 1)
        return r;
    if (attempt.result < 0)
        complain_place(m->at, attempt.result);
    return attempt.result < 0 ? EXIT_FAILURE : 0;
}

/* The exchange with one producer, from the claim of the place on. */
static int consume_once(const struct mechanism *mechanism,
                        const struct exchange_plan *plan, int before)
{
    int r, status = EXIT_FAILURE;
    struct side side;

    r = open_side(&side, mechanism, plan);
    side.meeting = (struct meeting){
        .ops = mechanism->ops->meeting,
        .at = plan->at,
        .owner = true,
    };
    side.before = before;
    if (r == 0)
        status = claim_place(&side.meeting);
    if (status == 0)
        status = consume(&side);
    side.meeting.ops->close(&side.meeting);
    channels_close(&side.channels);
    status = setup_release(&side.rundir, status);
    side_close(&side);
    return status;
}

int remote_consume(const struct options *options,
                   const struct mechanism *mechanism,
                   struct exchange_plan *plan)
{
    int status;

    if (!selection_at_fits(options, mechanism))
        return EXIT_USAGE;
    plan->at = &options->at_url;
    exposure_warn(plan->at, mechanism);
    status = look_up(plan->at);
    if (status != 0)
        return status;
    do
        status = consume_once(mechanism, plan, status);
    while (status < 0);
    return status;
}

/* ------------------------------------------------------------- the producer */

static const struct meeting_ops *find_scheme(const char *scheme)
{
    for (const struct mechanism *m = mechanisms; m->name; m++)
        if (m->ops && m->ops->meeting && meeting_takes(m->ops->meeting, scheme))
            return m->ops->meeting;
    return NULL;
}

/* What may be otherwise after another moment; where another consumer is waited
 * for, also what one that is just dying does. */
static bool may_pass(int error, bool waits)
{
    switch (error) {
    case -EAGAIN:
    case -EHOSTDOWN:
    case -EPIPE:
        return true;
    case -EBUSY:
    case -ECONNRESET:
    case -EHOSTUNREACH:
    case -ENETUNREACH:
    case -ETIMEDOUT:
        return waits;
    default:
        return false;
    }
}

/* The producer's search for a consumer. */
struct search {
    struct meeting meeting;
    const struct exchange_plan *plan;
    struct past *past;
    bool told;   /* that it waits, */
    bool warned; /* and what leaves this machine in the clear */
};

/* Reads what the consumer says, and checks whether it takes such jobs. */
static int read_text(const struct meeting *m, size_t size,
                     struct ready *ret_ready)
{
    char text[READY_TEXT_MAX], place[URL_HOST_MAX + 40], max[UNITS_TEXT_MAX];
    int r;

    r = ready_unpack(m->text, ret_ready, text);
    if (r < 0) {
        complain(NULL, "%s: %s", place_text(m->at, place), text);
        return r;
    }
    if (mechanism_skipped_at(ret_ready->mechanism, m->at)) {
        complain(ret_ready->mechanism->name, "skipped: %s",
                 mechanism_skipped_at(ret_ready->mechanism, m->at));
        return -ENOTSUP;
    }
    if (!ret_ready->mechanism->ops->meeting ||
        !meeting_takes(ret_ready->mechanism->ops->meeting, m->at->scheme)) {
        complain_place(m->at, -EPROTO);
        return -EPROTO;
    }
    if (size > ret_ready->payload_max) {
        complain(NULL, "--size: more than the consumer takes, which is %s",
                 size_text(ret_ready->payload_max, max));
        return -EMSGSIZE;
    }
    return 0;
}

/* An error that has been said already. */
enum { SAID = 1 };

/* Finds a consumer and joins it: 0, SAID, or why not. */
static int try_to_join(struct search *s, struct ready *ret_ready)
{
    struct meeting *m = &s->meeting;
    int r;

    r = m->ops->open(m);
    if (r == 0)
        r = m->ops->find(m);
    if (r == 0 && read_text(m, s->plan->size, ret_ready) < 0)
        r = SAID;
    if (r == 0)
        r = m->ops->join(m);
    if (r != 0)
        m->ops->close(m);
    return r;
}

static void tell_await_consumer(struct search *s)
{
    char place[URL_HOST_MAX + 40];

    if (!s->told)
        (void)fprintf(
            stderr, "waiting for a consumer: %s consume %s--at %s%s\n",
            program_invocation_name, mechanisms[1].name ? "MECHANISM " : "",
            place_text(s->meeting.at, place), proof_options(s->meeting.at));
    s->told = true;
}

static void complain_late(const struct search *s, int error)
{
    char place[URL_HOST_MAX + 40];

    if (s->plan->peer_wait_ns > 0 && may_pass(error, true))
        past_tell_late(s->past, s->plan, place_text(s->meeting.at, place));
    else
        complain_place(s->meeting.at, error);
}

/* Until there is a consumer; 0, or the exit status. */
static int await_consumer(struct search *s, struct ready *ret_ready)
{
    const struct timespec pause = { .tv_nsec = TRY_MS * 1000000L };
    const bool waits = s->plan->peer_wait_ns > 0;
    const uint64_t limit_ns = waits ? s->plan->peer_wait_ns : s->plan->stall_ns;
    const uint64_t until_ns = clock_ns() + limit_ns;
    int r;

    while ((r = try_to_join(s, ret_ready)) < 0 && may_pass(r, waits) &&
           clock_ns() < until_ns) {
        tell_await_consumer(s);
        (void)nanosleep(&pause, NULL);
    }
    if (r < 0)
        complain_late(s, r);
    return r == 0 ? 0 : EXIT_FAILURE;
}

static int lay_down(const struct side *side, const char *channel,
                    const char *port)
{
    if (!port[0])
        return 0;
    return record_write(side->rundir.path, channel, "port", port);
}

static int produce(struct side *side, const struct ready *ready)
{
    int r;

    r = lay_down(side, "jobs", ready->jobs_port);
    if (r == 0)
        r = lay_down(side, "results", ready->results_port);
    if (r == 0)
        r = side_adopt(side, ready);
    if (r < 0) {
        complain(side->mechanism->name, "start: %s", strerror(-r));
        return EXIT_FAILURE;
    }
    return side_run(side, WORKER_PRODUCER, peer_left);
}

static int produce_over(struct search *s, const struct ready *ready)
{
    struct meeting *m = &s->meeting;
    struct exchange_plan plan = *s->plan;
    int status = EXIT_FAILURE;
    struct side side;
    struct url at = *m->at;

    if (!s->warned)
        exposure_warn(m->at, ready->mechanism);
    s->warned = true;
    /* The very machine that answered, also where a name stands for many. */
    if (m->peer[0])
        (void)snprintf(at.host, sizeof(at.host), "%s", m->peer);
    plan.at = &at;
    plan.ops = ready->mechanism->ops;
    if (open_side(&side, ready->mechanism, &plan) == 0) {
        side.meeting = *m;
        side.past = s->past;
        status = produce(&side, ready);
        *m = side.meeting;
    }
    /* The consumer destroys what it made. */
    channels_free(&side.channels);
    status = setup_release(&side.rundir, status);
    side_close(&side);
    return status;
}

/* The exchange with one consumer, from the search for it on. */
static int produce_once(struct search *s)
{
    struct ready ready;
    int status;

    status = await_consumer(s, &ready);
    if (status == 0)
        status = produce_over(s, &ready);
    s->meeting.ops->close(&s->meeting);
    return status;
}

int remote_produce(const struct options *options,
                   const struct exchange_plan *plan, struct past *past)
{
    const struct meeting meeting = {
        .ops = find_scheme(options->at_url.scheme),
        .at = &options->at_url,
    };
    struct search search = { .plan = plan, .past = past };
    int status;

    if (!meeting.ops) {
        complain(NULL, "--at %s: no mechanism here takes %s://", options->at,
                 options->at_url.scheme);
        return EXIT_USAGE;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* who hangs up is an error, not the end */
    do {
        search.meeting = meeting;
        status = produce_once(&search);
        search.told = true;
    } while (status == SIDE_AGAIN);
    return status;
}
