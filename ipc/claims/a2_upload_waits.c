/* SPDX-License-Identifier: MIT */
/*
 * a2_upload_waits.c -- what a processor does during an upload
 *
 * Claim       While an image is uploaded the processor has nothing to do but to
 *             wait.
 * Section     Concurrency vs Parallelism
 * Experiment  an HTTP PUT of 3 MB to a server that answers after 40 ms, as one
 *             far away would, and to one on this machine, that answers at once;
 *             CPU time, with that of a server on this machine, as a share of
 *             the time that it took
 * Rule        CONFIRMED if the share is under 20 % with both; MOSTLY if only
 *             with the one that is far away; else REFUTED
 * Twin        both servers are on this machine
 * Take away   An upload over a distance waits, and costs no processor. On one
 *             machine the copying is all there is.
 * Manual      libcurl-multi(3), clock_getcpuclockid(3)
 */
#include "ipc/claims/evidence.h"
#include "ipc/claims/tools.h"
#include "ipc/job/cpu_clock.h"
#include "ipc/upload/upload.h"
#include "ipc/upload/upload_server.h"
#include "ipc/worker/measure.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { BYTES = 3000000 };

static const uint64_t latency_ns = 40000000;

static unsigned char image[BYTES];

/* Uploads the image so often. */
static int upload_images(unsigned count, const struct upload_server *server)
{
    struct upload_target target = upload_target_default();
    struct uploads uploads;
    int r;

    target.url = "http://localhost";
    target.socket = server->socket;
    r = uploads_open(&uploads, &target);
    for (unsigned i = 0; r == 0 && i < count; i++) {
        struct upload upload = { .name = "image.jpg",
                                 .bytes = image,
                                 .size = sizeof(image) };

        r = uploads_begin(&uploads, &upload);
        if (r == 0 && uploads_await(&uploads))
            r = upload.error;
    }
    uploads_close(&uploads);
    return r;
}

/* What this process has used, and the server if it counts. */
static uint64_t used_ns(const struct upload_server *server, bool near)
{
    clockid_t clock;

    if (!near || clock_getcpuclockid(server->pid, &clock) != 0)
        return tool_cpu_ns();
    return tool_cpu_ns() + cpu_clock_ns(clock);
}

static int measure_rounds(struct claim_run *run, const char *name,
                          const struct upload_server *server, bool near)
{
    uint64_t start, used;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < tool_rounds(run); i++) {
        start = clock_ns();
        used = used_ns(server, near);
        r = upload_images(run->brief ? 1 : 3, server);
        claim_note(run, name, UNIT_SHARE,
                   (double)(used_ns(server, near) - used) /
                       (double)(clock_ns() - start));
    }
    return r;
}

static int measure_with(struct claim_run *run, const char *name, bool near)
{
    const struct upload_server_options options = {
        .store = "store",
        .max = sizeof(image),
        .latency_ns = near ? 0 : latency_ns,
    };
    struct upload_server server;
    int r;

    r = upload_server_start(".", &options, &server);
    if (r == -ENOSYS)
        return claim_cannot(run, "This program was built without libcurl or "
                                 "libmicrohttpd.");
    if (r < 0)
        return r;
    r = measure_rounds(run, name, &server, near);
    upload_server_stop(&server);
    return r;
}

static int measure(struct claim_run *run)
{
    int r;

    memset(image, 'x', sizeof(image));
    r = measure_with(run, "CPU time, server far away", run->twin);
    return r < 0 ? r : measure_with(run, "CPU time, server here", true);
}

static enum claim_verdict judge(struct claim_run *run)
{
    const double most = 0.2;
    char far[FIGURE_TEXT_MAX], near[FIGURE_TEXT_MAX];

    claim_say(run,
              "An upload to a server far away keeps a processor busy for %s of "
              "its time, and one to a server on this machine for %s.",
              claim_value_text(run, "CPU time, server far away", far),
              claim_value_text(run, "CPU time, server here", near));
    if (claim_median(run, "CPU time, server far away") >= most)
        return CLAIM_REFUTED;
    return claim_median(run, "CPU time, server here") < most ? CLAIM_CONFIRMED
                                                             : CLAIM_MOSTLY;
}

const struct claim_ops a2_upload_waits_claim = {
    .id = "A2",
    .timed = true,
    .measure = measure,
    .judge = judge,
};
