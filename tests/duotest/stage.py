# SPDX-License-Identifier: MIT
"""An emulated board takes an update from Debian's sb, as in the field but in virtual time alone (tests/line).

usage: scripts/stage FACTORY.hex SET.duo FLASH UNTIL
FLASH is made again and kept; the board is switched off when a line of its serial port matches UNTIL.
"""
import os
import sys

from duotest.line import LineBoard


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    factory, bundle, flash, until = sys.argv[1:]
    if os.path.exists(flash):
        os.remove(flash)
    with LineBoard("--load", factory, "--flash", flash, "--button", "PC13") as board:
        board.expect("waiting for a bundle by ymodem")
        sent = board.ymodem("sb", "-q", "-k", bundle)
        if sent.returncode != 0:
            sys.exit(f"stage: sb could not send {bundle}: {sent.stderr}; the board said: {board.seen[-500:]}")
        board.expect(until)


if __name__ == "__main__":
    main()
