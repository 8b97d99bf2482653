# SPDX-License-Identifier: MIT
"""The commands in the documents. A block ```sh is run, as it stands, in a fresh clone. A comment on the line before it says
what is special:

    <!-- in the background -->      it goes on beside the blocks that follow (a board that is switched on)
    <!-- ends with N -->            this exit code is the right one
    <!-- not run: REASON -->        it cannot be: needs hardware, ...
"""
import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BLOCK = re.compile(r"^(?P<indent> *)(?:<!-- (?P<mark>[^\n]*?) -->\n *)?```sh\n(?P<code>.*?)^ *```$", re.S | re.M)


class Block:
    def __init__(self, page, line, mark, code):
        self.page, self.line, self.code = page, line, code
        self.reason, self.background, self.status = None, False, 0
        if mark is None:
            return
        if mark.startswith("not run: "):
            self.reason = mark[len("not run: "):]
        elif mark == "in the background":
            self.background = True
        elif re.fullmatch(r"ends with \d+", mark):
            self.status = int(mark.split()[-1])
        elif mark != "end":  # of a transcript
            raise AssertionError(f"{page}:{line}: what is '{mark}'?")

    def __str__(self):
        return f"{self.page}:{self.line}"


def names():
    """Every page that tells people what to type. README first: it builds everything."""
    pages = ["README.md", "docs/tutorial.md", *sorted(glob.glob("docs/*.md", root_dir=ROOT)),
             *sorted(glob.glob("docs/howto/*.md", root_dir=ROOT))]
    return list(dict.fromkeys(pages))


def blocks(page, root=ROOT):
    with open(os.path.join(root, page), encoding="utf-8") as f:
        text = f.read()
    found = []
    for m in BLOCK.finditer(text):
        indent = len(m["indent"])
        code = "".join(line[indent:] if line[:indent].isspace() else line for line in m["code"].splitlines(True))
        found.append(Block(page, text.count("\n", 0, m.start()) + 1, m["mark"], code))
    return found
