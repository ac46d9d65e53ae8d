/* SPDX-License-Identifier: MIT */
#include "queues/zeromq_settings.h"

#include "ipc/channel_config.h"
#include "queues/zeromq_close.h"
#include "shared/net/guests.h"

#include <errno.h>
#include <zmq.h>

enum {
    RECONNECT_MS = 1, /* until the first try again, then doubled */
    RECONNECT_MAX_MS = 100,
    HANDSHAKE_MAX = 512, /* bytes of libzmq's own, under the same limit */
    QUEUE_MAX = 1000,    /* messages: what libzmq takes unless told */
};

/* The more small messages wait, the more of them libzmq hands to the kernel at
 * once; of large ones depth is plenty. Who asks for a depth gets it. */
size_t zeromq_queue_depth(const struct channel_config *config,
                          size_t queue_size)
{
    return channel_queue_depth(config, queue_size, QUEUE_MAX);
}

/* Not ZMQ_IMMEDIATE at a receiver: it would drop what is queued there when
 * the sender hangs up. */
int zeromq_set(void *socket, const struct channel_config *config, bool sender)
{
    const struct {
        int option;
        int value;
    } settings[] = {
        { ZMQ_SNDHWM, (int)config->depth },
        { ZMQ_RCVHWM, (int)config->depth },
        { ZMQ_LINGER, ZEROMQ_LINGER_MS },
        { ZMQ_IMMEDIATE, sender }, /* queue only for a peer that is there */
        { ZMQ_IPV6, 1 },
        { ZMQ_HANDSHAKE_IVL, GUEST_MS },
        { ZMQ_RECONNECT_IVL, RECONNECT_MS },
        { ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS },
    };
    const int64_t message_max = (int64_t)config->frame_max + HANDSHAKE_MAX;

    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (zmq_setsockopt(socket, settings[i].option, &settings[i].value,
                           sizeof(settings[i].value)) < 0)
            return -errno;
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &message_max,
                       sizeof(message_max)) < 0)
        return -errno;
    return 0;
}
