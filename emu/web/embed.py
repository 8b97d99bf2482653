#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: embed.py OUT.c FILE...    makes C of the page's files, for emu/web/pages.h"""
import os
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

HEAD = '/* Made of emu/web/page by embed.py: do not edit. */\n#include "emu/web/pages.h"\n\n#include <string.h>\n\n'
FIND = """
const struct web_page *web_page_find(const char *path)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(pages[i].path, path) == 0) {
            return &pages[i];
        }
    }
    return NULL;
}
"""


def main():
    out, files = sys.argv[1], sys.argv[2:]
    arrays, rows = "", ""
    for i, path in enumerate(files):
        name = os.path.basename(path)
        with open(path, "rb") as f:
            data = f.read()
        numbers = ",".join(str(byte) for byte in data)
        arrays += f"static const unsigned char bytes_{i}[] = {{{numbers}}};\n"
        where = "/" if name == "index.html" else "/" + name
        rows += f'    {{"{where}", "{TYPES[os.path.splitext(name)[1]]}", bytes_{i}, sizeof(bytes_{i})}},\n'
    with open(out, "w", encoding="utf-8") as f:
        f.write(HEAD + arrays + "\nstatic const struct web_page pages[] = {\n" + rows + "};\n" + FIND)


main()
