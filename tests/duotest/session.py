# SPDX-License-Identifier: MIT
"""A session with recovery as docs/recovery.md shows it (scripts/transcripts): what is done, and all the board says.

Left out: the bytes of the protocol, echoed keys, the menu, and the lines of progress between the first and the last.
"""

import re

from duotest.recovery import *

MENU = r"  [1-9a-z]  .*"


class Recorder(LineBoard):
    """Keeps all that was said; `seen` forgets what was matched."""

    said = ""

    def step(self, *arguments, **options):
        came = super().step(*arguments, **options)
        self.said += came.decode("latin1")
        return came


class Scribe:
    def __init__(self, board):
        self.board = board
        self.shown = len(board.said)

    def tell(self, wanted=""):
        """What has come since the last time, as far as it is for people."""
        text = self.board.said[self.shown:]
        self.shown = len(self.board.said)
        for line in re.sub(r"[^\n\x20-\x7e]", "", text).split("\n"):
            middle = re.search(r"exchange [2-8]0 %", line)
            if len(line) > 1 and not middle and not re.fullmatch(f"C*|{MENU}", line) and re.match(wanted, line):
                print(line.rstrip())

    def press(self, key, pattern, meaning=""):
        print(f"\n# key {key}{meaning}")
        self.board.key(key, pattern)
        self.tell()

    def run(self, *command, pattern, lines="duoboot:|app", **options):
        print("\n$ " + " ".join(os.path.basename(word) for word in command if word not in ("-q", "-y")))
        self.board.ymodem(*command, **options)
        self.board.expect(pattern)
        self.tell(lines)


def session():
    with Recorder("--load", factory(), "--button", "PC13=50ms") as board:
        board.expect(WAITING)
        scribe = Scribe(board)
        stranger = write("stranger.duo", contents(bundle("2.0.0", key=other_key())))
        new = write("version-2.duo", contents(bundle("2.0.0")))
        scribe.run("sb", "-q", "-k", stranger, pattern=WAITING)
        scribe.run("sb", "-q", "-k", new, pattern=r"confirm: done\r\n")
        scribe.press("r", WAITING, ": the application enters recovery")
        scribe.press("2", "or a:")
        scribe.press("7", "a aborts\r\n")
        scribe.run("rb", "-q", "-y", cwd=files.dir.name, pattern=PROMPT, lines="duoboot:")
        scribe.press("4", "which, or a: ")
        scribe.press("7", "y/n: ")
        scribe.press("n", PROMPT)
        scribe.press("r", "y/n:")
        scribe.press("y", r"confirm: done\r\n")


if __name__ == "__main__":
    session()
