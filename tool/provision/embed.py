#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: embed.py OUT.h FILE.sh...    makes C strings of the parts of the scripts that `duoboot provision` writes"""
import os
import sys

SKIPPED = ("# SPDX-License-Identifier", "# shellcheck")


def string(name, text):
    lines = (line.replace("\\", "\\\\").replace('"', '\\"') for line in text.splitlines() if not line.startswith(SKIPPED))
    return f"static const char script_{name}[] =\n" + "\n".join(f'    "{line}\\n"' for line in lines) + ";\n"


def main():
    out, files = sys.argv[1], sys.argv[2:]
    text = "/* Made of tool/provision by embed.py: do not edit. */\n"
    for path in files:
        with open(path, encoding="utf-8") as f:
            text += string(os.path.splitext(os.path.basename(path))[0], f.read())
    with open(out, "w", encoding="utf-8") as f:
        f.write(text)


main()
