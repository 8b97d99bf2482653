# SPDX-License-Identifier: MIT
"""The running product updates itself, in virtual time: the last chapter of scripts/demo.

usage: scripts/live DIR     DIR has factory.hex (version 1), v2.duo, and crash.duo, whose M4 crashes
"""
import os
import re
import sys

from duotest.board import LAYOUT
from duotest.layout import Layout
from duotest.line import SECOND, LineBoard

BEATS = r"app: m7 (\d)\.0\.0 beat (\d+), m4 (\d)\.0\.0 beat (\d+), fpu ok"
START = r"app m7 \d\.0\.0: set (\d\.\d\.\d), state (\w+)"
TWIN = Layout(LAYOUT).twin
CUT_DOWNLOAD = 1000  # flash operations from its beginning
# The same of an install: an exchange of sectors has some 2,000; a swap of banks 15, and number 8 is that of the options.
CUT_INSTALL = 8 if TWIN else 700
BEGIN, DONE = ("swapping the banks", "banks to be swapped") if TWIN else ("exchanging the sets", "exchange done")


def say(text):
    print("   " + text, flush=True)


def started(board):
    """Waits for the application; the time at which it said hello."""
    board.expect(START)
    return board.now


def ask_for_update(board):
    """Key u; the byte that the application wants first."""
    board.key("u")
    return int(board.expect(r"send the bundle from byte (\d+) on").group(1))


def send(board, path, offset, **more):
    """The bundle from this byte on. False: the device has not taken all of it."""
    with open(path, "rb") as file:
        rest = file.read()[offset:]
    part = f"{path}.rest"
    with open(part, "wb") as file:
        file.write(rest)
    done = board.ymodem("sb", "-q", "-k", part, grain=0.01, **more)
    return done is not None and done.returncode == 0


def download_with_a_power_cut(board, bundle):
    started(board)
    board.expect(BEATS)
    board.cut_at(board.flash_ops + CUT_DOWNLOAD)
    offset = ask_for_update(board)
    if send(board, bundle, offset, unplug_when=lambda: re.search(START, board.seen)):
        sys.exit("live: the power cut has not stopped the download")
    say("bytes come in over the application's own interrupt; the power is cut in the middle of the download")


def download_the_rest(board, bundle):
    begun = started(board)
    board.expect(BEATS)
    offset = ask_for_update(board)
    say(f"after the reboot the application asks for the rest, from byte {offset} of {os.path.getsize(bundle)} on")
    if offset == 0 or not send(board, bundle, offset):
        sys.exit(f"live: the download did not go on: {board.seen[-500:]}")
    beats = board.expect(BEATS)
    seconds = int((board.now - begun) / SECOND)
    say(f"{seconds} s later all is in flash, erases included; beats of M7: {beats.group(2)} (1 a second), "
        f"of M4: {beats.group(4)} (4 a second)")
    if int(beats.group(2)) < seconds - 1 or int(beats.group(4)) < 4 * (seconds - 1):
        sys.exit("live: a core has missed heartbeats")


def install_with_a_power_cut(board):
    board.cut_at(board.flash_ops + CUT_INSTALL)
    board.expect("is complete, installing")
    board.expect(BEGIN)
    if TWIN:
        say("the power is cut in the change of option bytes, too; the next boot finds it done, or begins it again")
    else:
        board.expect(BEGIN)
        say("the power is cut in the middle of the installation, too; the next boot goes on with it")
        board.expect(DONE)
    board.expect("confirm: done")
    say(board.expect(BEATS).group(0))


def a_set_that_crashes(board, bundle):
    board.run(0.5)
    if not send(board, bundle, ask_for_update(board)):
        sys.exit(f"live: the second update was not taken: {board.seen[-500:]}")
    board.expect(DONE)
    say("a set whose M4 crashes arrives the same way: " + board.expect(START).group(0))
    begun = board.now
    say(board.expect(r"app m7: last failure: [^\r\n]*(?=\r)", 120).group(0) +
        f", {(board.now - begun) / SECOND:.0f} s later")
    say(board.expect(BEATS).group(0))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    with LineBoard("--load", f"{folder}/factory.hex") as board:
        download_with_a_power_cut(board, f"{folder}/v2.duo")
        download_the_rest(board, f"{folder}/v2.duo")
        install_with_a_power_cut(board)
        a_set_that_crashes(board, f"{folder}/crash.duo")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"live: {error}")
