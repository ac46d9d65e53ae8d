/* SPDX-License-Identifier: MIT */
#include "ipc/models/model.h"

#include <errno.h>
#include <string.h>

const char *model_error_text(int error)
{
    return error == -ECHILD ? "a process of the model has died"
                            : strerror(-error);
}

const struct model *model_find(const char *name)
{
    for (const struct model *m = models; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}
