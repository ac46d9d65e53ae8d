/* SPDX-License-Identifier: MIT */
/*
 * libraries.h -- libcurl and libmicrohttpd, loaded when they are first needed
 *
 * Linked, they and the thirty libraries behind them would be mapped into every
 * program, and copied with each worker that it forks, though most runs upload
 * nothing: a program took 1.8 ms longer to start, and a fork longer, too.
 */
#ifndef IPC_UPLOAD_LIBRARIES_H
#define IPC_UPLOAD_LIBRARIES_H

#include <curl/curl.h>
#include <microhttpd.h>

/* The functions that are used, by their names without the prefix. */
#define CURL_FUNCTIONS(EACH)                                                   \
    EACH(easy_cleanup)                                                         \
    EACH(easy_getinfo)                                                         \
    EACH(easy_header)                                                          \
    EACH(easy_init)                                                            \
    EACH(easy_setopt)                                                          \
    EACH(easy_strerror)                                                        \
    EACH(global_init)                                                          \
    EACH(multi_add_handle)                                                     \
    EACH(multi_cleanup)                                                        \
    EACH(multi_info_read)                                                      \
    EACH(multi_init)                                                           \
    EACH(multi_perform)                                                        \
    EACH(multi_poll)                                                           \
    EACH(multi_remove_handle)                                                  \
    EACH(multi_timeout)                                                        \
    EACH(multi_wakeup)                                                         \
    EACH(slist_append)                                                         \
    EACH(slist_free_all)

#define MHD_FUNCTIONS(EACH)                                                    \
    EACH(add_response_header)                                                  \
    EACH(create_response_from_buffer)                                          \
    EACH(destroy_response)                                                     \
    EACH(queue_response)                                                       \
    EACH(start_daemon)

struct curl_library {
#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
    CURL_FUNCTIONS(CURL_MEMBER)
};

struct mhd_library {
#define MHD_MEMBER(name) __typeof__(MHD_##name) *name;
    MHD_FUNCTIONS(MHD_MEMBER)
};

/* Each returns the library, ready for use, which stays for good; NULL: it
 * cannot be loaded. Safe in several threads. */
const struct curl_library *libcurl(void);
const struct mhd_library *libmicrohttpd(void);

#endif
