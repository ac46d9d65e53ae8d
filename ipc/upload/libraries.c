/* SPDX-License-Identifier: MIT */
#include "ipc/upload/libraries.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

static struct curl_library curl;
static struct mhd_library mhd;
static bool has_curl, has_mhd;

/* dlsym(3) returns an object's address, of functions, too. */
static bool look_up(void *library, const char *name, void **ret_function)
{
    *ret_function = dlsym(library, name);
    return *ret_function != NULL;
}

static void load_curl(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

    has_curl = library != NULL;
#define LOOK_UP_CURL(name)                                                     \
    has_curl = has_curl && look_up(library, "curl_" #name, (void **)&curl.name);
    CURL_FUNCTIONS(LOOK_UP_CURL)
    has_curl = has_curl && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static void load_mhd(void)
{
    void *library = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);

    has_mhd = library != NULL;
#define LOOK_UP_MHD(name)                                                      \
    has_mhd = has_mhd && look_up(library, "MHD_" #name, (void **)&mhd.name);
    MHD_FUNCTIONS(LOOK_UP_MHD)
}

const struct curl_library *libcurl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, load_curl);
    return has_curl ? &curl : NULL;
}

const struct mhd_library *libmicrohttpd(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, load_mhd);
    return has_mhd ? &mhd : NULL;
}
