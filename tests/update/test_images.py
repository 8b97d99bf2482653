# SPDX-License-Identifier: MIT
"""A running application takes signed images without a bundle: one of them, or both as one set; on either core, in pieces of any
size; after a reset it goes on. What is not for this device, or does not fit, changes nothing."""

import functools

import pytest

from duotest.iap import *  # noqa: F403

ROOM = 0x20000  # LINK_IMAGE of tests/fw/iap/link.h
# enum duo_status
UNSUPPORTED, TOO_LARGE, KEY, CORE, HARDWARE = 12, 13, 15, 18, 19
OTHER = {"m7": "m4", "m4": "m7"}
FILES = {IMAGE_M7: "m7", IMAGE_M4: "m4"}
HANDOFF, SHARED = 0x3800FF00, 0x3800E000


def start():
    images = pair("ram")
    board = LineBoard("--load", files.factory(images["m7", "1.0.0"], images["m4", "1.0.0"]))
    board.run(0.3)
    return board


@functools.lru_cache(None)  # a signature is never the same twice
def image_of(core, version="2.0.0", *options, key=None):
    name = f"iap-images-{core}-{version}-{len(options)}-{bool(key)}"
    return signed(name, core, firmware(f"iap_{core}_ram.elf"), *options, version=version, key=key)


def complete(link, file):
    link.download()
    assert link.phase() == "complete", (link.phase(), link.status())
    assert link.file() == file
    return link


def versions(board):
    """Of the applications that run, by the block of include/duo/handoff.h."""
    words = struct.unpack("<16I", board.memory(HANDOFF, 64))
    return words[10] >> 24, words[12] >> 24


def runs(board, m7, m4):
    """After the installation, both cores beat and have confirmed."""
    for _ in range(100):
        board.run(0.1)
        if versions(board) == (m7, m4) and struct.unpack("<II", board.memory(SHARED, 8))[1] == 1:
            return
    assert versions(board) == (m7, m4)
    raise AssertionError("the set is not confirmed")


@pytest.mark.long
@pytest.mark.parametrize("core", ["m7", "m4"])
def test_an_image_joins_the_one_that_runs(core):
    with start() as board:
        complete(Link(board, image_of(core), 7, room=ROOM), 1 + ("m7", "m4").index(core)).install()
        runs(board, 2 if core == "m7" else 1, 2 if core == "m4" else 1)


def refused(board, path, room=ROOM, owner=7):
    """The error; no word of the flash has changed."""
    with board.copy():
        before = board.flash_ops
        link = Link(board, path, owner, room=room)
        link.download(20)
        assert link.phase() == "failed", link.phase()
        assert board.flash_ops == before, "the flash was changed"
        return link.status()


def test_what_is_not_for_this_device_changes_nothing():
    with start() as board:
        for path, room, error in ((image_of("m7"), 0, UNSUPPORTED), (image_of("m7"), 4096, TOO_LARGE),
                                  (image_of("m7", key=other_key()), ROOM, KEY),
                                  (image_of("m4", "2.0.0", "--hardware-id", "0x999"), ROOM, HARDWARE)):
            assert refused(board, path, room, 7 if error == KEY else 4) == error, (path, error)


@pytest.mark.long
def test_a_second_image_for_the_same_core_is_refused_and_the_first_stays():
    with start() as board:
        link = complete(Link(board, image_of("m7"), 7, room=ROOM), IMAGE_M7)
        link.next(image_of("m7", "3.0.0"))
        link.download(20)
        assert (link.phase(), link.status()) == ("failed", CORE)
        board.reset()
        board.run(0.3)
        complete(Link(board, image_of("m7"), 7, room=ROOM), IMAGE_M7).install()
        runs(board, 2, 1)


def both(board, owner, first):
    """The link when both are complete; None when the power was cut."""
    link = Link(board, image_of(first), owner, room=ROOM)
    link.begin()
    for _ in range(400):  # what an earlier session has left is put right
        board.run(0.05)
        if link.phase() not in ("none", "work") or link.words()[0] != UPDATE:
            break
    if link.phase() == "data" and link.file() != BUNDLE:
        link.bundle = contents(image_of(FILES[link.file()]))
    done = []
    while len(done) < 2:
        link.download()
        if link.phase() != "complete":
            assert link.phase() != "failed", link.status()
            return None
        done.append(FILES[link.file()])
        if done == [OTHER[first]]:
            break  # that was the second one
        if len(done) == 1:
            link.next(image_of(OTHER[first]))
    return link


@pytest.mark.parametrize("owner, first, operation", [(4, "m4", 900), pytest.param(7, "m7", 1500, marks=pytest.mark.long)])
def test_two_images_become_one_set_through_a_power_cut(owner, first, operation):
    with start() as board:
        board.cut_at(board.flash_ops + operation)
        assert not both(board, owner, first)
        board.run(1)
        both(board, owner, first).install()
        runs(board, 2, 2)


def cut_and_go_on(board, owner, first, operation):
    """False: both had come before that operation."""
    with board.copy():
        board.cut_at(board.flash_ops + operation)
        if both(board, owner, first):
            return False
        board.run(1)
        assert both(board, owner, first), f"cut at {operation}"
    return True


@pytest.mark.long
def test_a_power_cut_costs_at_most_an_image():
    """At every 97th operation of the download of both."""
    cuts = 0
    with start() as board:
        while cut_and_go_on(board, (7, 4)[cuts % 2], ("m7", "m4")[cuts // 2 % 2], 1 + 97 * cuts):
            cuts += 1
    assert cuts > 5
    print(f"{cuts} power cuts, {cuts} downloads went on")
