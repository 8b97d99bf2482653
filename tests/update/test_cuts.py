# SPDX-License-Identifier: MIT
"""The power is cut at a flash operation of a download by libduo, and the download goes on."""

import pytest

from duotest.iap import *  # noqa: F403

# include/duo/update.h: what a reset costs at most, and what may have been in the queue; the end of an image besides.
AGAIN, QUEUE, TAIL = 4096, 3840, 512


def download_is_complete(board, bundle):
    link = Link(board, bundle, 7)
    link.download()
    assert link.phase() == "complete", (link.phase(), link.status())
    return link


def cut_and_go_on(board, bundle, operation):
    """False: the download was over before that operation."""
    with board.copy():
        board.cut_at(operation)
        link = Link(board, bundle, 7)
        link.download()
        if link.phase() == "complete":
            return False
        board.run(1)  # boot
        again = download_is_complete(board, bundle)
        first = again.first_taken
        assert first >= link.last_taken - AGAIN - QUEUE - TAIL, f"cut at {operation}: {link.last_taken} bytes, then {first}"
    return True


@pytest.mark.parametrize("step, operation", [(560, 130), pytest.param(31, 1, marks=pytest.mark.long)])
def test_every_download_goes_on(step, operation):
    """At every step-th operation, from this one on."""
    images = pair("ram")
    bundle = make_bundle("cuts.duo", images["m7", "2.0.0"], images["m4", "2.0.0"])
    cuts = 0
    with LineBoard("--load", files.factory(images["m7", "1.0.0"], images["m4", "1.0.0"])) as board:
        board.run(0.3)
        while cut_and_go_on(board, bundle, operation):
            cuts += 1
            operation += step
    assert cuts > 0
    print(f"{cuts} power cuts, {cuts} downloads went on")
