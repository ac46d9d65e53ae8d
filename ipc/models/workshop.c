/* SPDX-License-Identifier: MIT */
#include "ipc/models/workshop.h"

#include <stdlib.h>
#include <string.h>

enum { THUMBNAIL_ROOM = 1 << 20 }; /* one can be larger than a tiny original */

static int start_server(struct workshop *w, const struct workshop_plan *plan,
                        const char *dir, size_t image_max)
{
    int r;

    w->served = (struct upload_server_options){
        .store = plan->store,
        .sync = plan->sync,
        .max = image_max + THUMBNAIL_ROOM,
        .latency_ns = plan->latency_ns,
        .bytes_per_second = plan->bytes_per_second,
    };
    r = upload_server_start(dir, &w->served, &w->server);
    if (r < 0)
        return r;
    w->target.url = "http://localhost";
    w->target.socket = w->server.socket;
    w->target.digest = true;
    return 0;
}

int workshop_open(struct workshop *w, const struct workshop_plan *plan,
                  const char *dir, uint64_t seed, size_t image_max)
{
    *w = (struct workshop){ .target = upload_target_default() };
    w->target.url = plan->url;
    w->target.token = getenv("IPC_UPLOAD_TOKEN");
    w->config = (struct model_config){
        .target = &w->target,
        .workers = plan->workers,
        .ops = plan->ops,
        .dir = dir,
        .seed = seed,
        .image_max = image_max,
    };
    memcpy(w->config.options, plan->options, sizeof(w->config.options));
    return plan->url ? 0 : start_server(w, plan, dir, image_max);
}

void workshop_close(struct workshop *w)
{
    upload_server_stop(&w->server);
    *w = (struct workshop){ 0 };
}
