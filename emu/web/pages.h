/* SPDX-License-Identifier: MIT */
/* The files of emu/web/page, which the build puts into the program (embed.py). */
#ifndef EMU_WEB_PAGES_H
#define EMU_WEB_PAGES_H

#include <stddef.h>

struct web_page {
    const char *path, *type;
    const unsigned char *bytes;
    size_t size;
};

/* By the path of a request, "/" included; NULL when there is none. */
const struct web_page *web_page_find(const char *path);

#endif
