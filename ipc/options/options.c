/* SPDX-License-Identifier: MIT */
#include "ipc/options/options.h"

#include "ipc/mechanisms.h"

#include <stdlib.h>
#include <string.h>

void options_free(struct options *o)
{
    for (unsigned i = 0; i < o->setting_count; i++)
        free(o->settings[i].name);
    free(o->images);
    free(o->at_text);
    free(o->upload_url_text);
}

unsigned options_value(const struct options *o, enum axis axis)
{
    static const unsigned fallback[AXES] = {
        [AXIS_WORK] = JOB_WORK_VERIFY,
        [AXIS_PATTERN] = PATTERN_EXCHANGE,
        [AXIS_SIZE] = 4096,
        [AXIS_WINDOW] = 8,
        [AXIS_BATCH] = 1,
        [AXIS_PIN] = PLACE_FREE,
        [AXIS_WAIT] = CHANNEL_WAIT_ADAPTIVE,
        [AXIS_PRODUCERS] = 1,
        [AXIS_CONSUMERS] = 1,
        [AXIS_RATE] = 0,  /* as fast as it goes */
        [AXIS_MODEL] = 0, /* none */
    };

    return o->axes[axis].count > 0 ? o->axes[axis].value[0] : fallback[axis];
}

void options_fix(struct options *o, enum axis axis, unsigned value)
{
    o->axes[axis] = (struct axis_values){ { value }, 1 };
}

bool options_known(const struct channel_ops *ops, const char *name)
{
    for (size_t i = 0; ops->options && ops->options[i].name; i++)
        if (strcmp(ops->options[i].name, name) == 0)
            return true;
    return false;
}

void options_apply(const struct options *o, const struct channel_ops *ops,
                   size_t ret_values[static CHANNEL_OPTIONS_MAX])
{
    mechanism_defaults(ops, ret_values);
    for (size_t i = 0; ops->options && ops->options[i].name; i++)
        for (unsigned j = 0; j < o->setting_count; j++)
            if (strcmp(ops->options[i].name, o->settings[j].name) == 0)
                ret_values[i] = o->settings[j].value;
}
