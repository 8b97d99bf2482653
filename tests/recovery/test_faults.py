# SPDX-License-Identifier: MIT
"""A line that drops, doubles, flips and delays bytes, one in 10,000, in both directions.

Each transfer completes or fails cleanly (recovery waits again, what ran still runs), and what fails succeeds on the
next try on a good line. What has arrived is compared byte by byte.
"""

import random

import pytest

from duotest.recovery import *


def hit(fault):
    return sum(fault.done.values())


def bad_lines(seed):
    rng = random.Random(seed)
    return Fault(rng), Fault(rng)


def download(seed):
    """How it went at the first try, and how many bytes were hit."""
    to_board, to_program = bad_lines(seed)
    with recovery() as board:
        done = board.ymodem("sb", "-q", "-k", bundle("2.0.0"), to_board=to_board, to_program=to_program)
        end = board.expect(f"{WAITING}|resetting to install it", 150).group(0)
        first = end.startswith("resetting")
        if not first:
            board.expect("C")
            assert done.returncode != 0, "sb was told that all is well"
            send(board, bundle("2.0.0"))
            board.expect("resetting to install it")
        for core in APP:
            assert is_at(board, STAGING[core], image(core, "2.0.0")), f"{core} is not staged"
        board.expect(DONE)
    return first, hit(to_board) + hit(to_program)


def upload(seed):
    to_board, to_program = bad_lines(seed)
    name = files.path("m7.img")
    with recovery() as board:
        for lines in (dict(to_board=to_board, to_program=to_program), {}):
            if os.path.exists(name):
                os.remove(name)
            board.key("2", "or a:")
            board.key("7", "a aborts")
            done = board.ymodem("rb", "-q", "-y", cwd=files.dir.name, **lines)
            board.expect(f"sent m7.img|upload failed: ", 200)
            board.expect(PROMPT)
            if done.returncode == 0 and os.path.exists(name):
                assert contents(name) == contents(image("m7", "1.0.0")), "rb is content, and the file is not what was sent"
                return bool(lines), hit(to_board) + hit(to_program)
    raise AssertionError("not even on a good line")


def many(transfer, seeds):
    first = faults = 0
    for seed in seeds:
        try:
            at_once, hits = transfer(seed)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        first += at_once
        faults += hits
    assert faults >= len(seeds), f"only {faults} bytes were hit"
    assert first * 2 > len(seeds), f"only {first} of {len(seeds)} came through at once"
    print(f"   {len(seeds)} transfers, {faults} bytes hit, {first} came through at the first try")


@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(1, 12), marks=pytest.mark.long)])
def test_downloads_by_sb(seeds):
    many(download, seeds)


@pytest.mark.long
def test_uploads_by_rb():
    many(upload, range(12))
