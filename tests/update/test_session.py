# SPDX-License-Identifier: MIT
"""The running application takes an update over its own line, while both cores go on; resets cost little."""

import random

from duotest.devices import *  # noqa: F403

BLOCK = 4096  # DUO_UPDATE_AGAIN


def asked(board):
    return int(board.expect(r"app m7: send the bundle from byte (\d+) on").group(1))


def rest(path, offset):
    return write(f"rest-{offset}.bin", contents(path)[offset:])


def take(board, path, key="u"):
    """The whole of a bundle, or what is still missing; the byte it began with."""
    board.key(key)
    offset = asked(board)
    send(board, rest(path, offset))
    return offset


def installed(board):
    board.expect(r"set 2\.0\.0 is complete, installing")
    board.expect("exchange done, resetting")
    board.expect("confirm: done")
    board.expect(running(2, 2))


def test_a_running_pair_updates_itself():
    with LineBoard("--flash", new_flash(fresh())) as board:
        board.expect(running(1, 1))
        assert take(board, bundle("2.0.0")) == 0
        installed(board)


def test_a_reset_in_the_download_costs_at_most_a_block():
    rng = random.Random(13)
    path = bundle("2.0.0")
    flash = new_flash(fresh())
    size = len(contents(path))
    sent, begin = 0, True
    for cut in sorted(rng.randrange(BLOCK, size) for _ in range(3)):
        with LineBoard("--flash", flash) as board:
            board.expect(r"app: m7 1\.0\.0 beat 1, m4 1\.0\.0")
            board.key("u")
            offset = asked(board)
            assert (offset == 0) == begin and offset <= sent, (offset, sent)
            assert sent - offset <= BLOCK + 2 * 1024, f"{sent - offset} bytes are sent again"
            begin = False
            # a YMODEM block is 1029 bytes on the line; the one under way is not acknowledged
            board.ymodem("sb", "-q", "-k", rest(path, offset), unplug_after=max(1, cut - offset) + 400)
            sent = max(sent, cut)
            board.reset() if cut % 2 else None
    with LineBoard("--flash", flash) as board:
        board.expect(r"app: m7 1\.0\.0 beat 1, m4 1\.0\.0")
        assert take(board, path) > 0
        installed(board)


def staging(board, core):
    return [board.memory(STAGING[core] + at, SECTOR // 4) for at in range(0, SLOT[core], SECTOR // 4)]


def test_a_stranger_is_refused_and_nothing_is_erased():
    with LineBoard("--flash", new_flash(fresh())) as board:
        board.expect(running(1, 1))
        before = staging(board, "m7"), staging(board, "m4")
        board.key("u")
        asked(board)
        board.ymodem("sb", "-q", "-k", bundle("2.0.0", key=other_key()))
        board.expect("signed by another key")
        assert before == (staging(board, "m7"), staging(board, "m4"))
        board.expect(running(1, 1))
