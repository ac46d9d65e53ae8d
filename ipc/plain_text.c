/* SPDX-License-Identifier: MIT */
#include "ipc/plain_text.h"

#include <stdio.h>
#include <string.h>

/* How many bytes the character at text has; 0: it is none, or a control
 * character: of ASCII, or U+0080 to U+009F. */
static size_t character_size(const unsigned char *text)
{
    const unsigned char lead = text[0];
    size_t size = lead < 0x80   ? 1
                  : lead < 0xc2 ? 0
                  : lead < 0xe0 ? 2
                  : lead < 0xf0 ? 3
                  : lead < 0xf5 ? 4
                                : 0;

    if (lead < 0x20 || lead == 0x7f || (lead == 0xc2 && text[1] < 0xa0))
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

const char *plain_text(const char *text, char *ret_text, size_t room)
{
    size_t size, used = 0;

    while (*text) {
        size = character_size((const unsigned char *)text);
        if (used + (size ? size : 4) >= room)
            break;
        if (size > 0)
            memcpy(ret_text + used, text, size);
        else
            (void)sprintf(ret_text + used, "\\x%02x", (unsigned char)*text);
        used += size ? size : 4;
        text += size ? size : 1;
    }
    ret_text[used] = '\0';
    return ret_text;
}
