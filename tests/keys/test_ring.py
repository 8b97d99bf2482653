# SPDX-License-Identifier: MIT
"""A bootloader that trusts several keys: each signs what its role and floor allow, and nothing else; all on the real program."""

import functools
import json
import subprocess

import pytest

from duotest import ring
from duotest.recovery import *


@functools.lru_cache(None)
def key(name):
    path = files.path(f"{name}.pem")
    run(f"{BIN}/duoboot", "keygen", "-q", "--out", path, "--public", files.path(f"{name}.pub.pem"))
    return path


def keys():
    """Four, the last for development; the third is for sets from counter 3 on."""
    return ((files.key, ring.RELEASE, 0), (key("spare"), ring.RELEASE, 0), (key("next"), ring.RELEASE, 3),
            (key("lab"), ring.DEVELOPMENT, 0))


@functools.lru_cache(None)
def boot(production):
    return ring.bootloader(files.path(f"boot-{production}.elf"), keys(), production)


def device(production=True):
    return recovery(boot_m7=boot(production))


def refused(board, path, words):
    sent = board.ymodem("sb", "-q", "-k", path)
    board.expect(words)
    board.expect(WAITING)
    assert sent.returncode != 0, f"sb was told that all is well, not {words}"


def runs(board, path, version):
    send(board, path)
    board.expect(running(version, version))


@pytest.mark.parametrize("name", ["spare", pytest.param("next", marks=pytest.mark.proof)])
def test_each_release_key_updates_the_device(name):
    with device() as board:
        runs(board, bundle("2.0.0", key=key(name), security_counter="3"), 2)


@pytest.mark.proof
def test_images_alone_are_held_to_the_same():
    with device() as board:
        refused(board, image("m7", "2.0.0", key=key("lab")), "signed by a development key")
        refused(board, image("m7", "2.0.0", key=key("next")), "below what its key may sign")
        sent = board.ymodem("sb", "-q", "-k", image("m7", "2.0.0", key=key("spare")), image("m4", "2.0.0", key=key("spare")))
        assert sent.returncode == 0, sent.stderr
        board.expect(running(2, 2))


def test_a_key_below_its_floor_is_refused():
    with device() as board:
        refused(board, bundle("2.0.0", key=key("next"), security_counter="2"), "below what its key may sign")
        refused(board, bundle("2.0.0", key=key("next")), "below what its key may sign")
        runs(board, bundle("2.0.0", key=key("spare")), 2)


@pytest.mark.proof
def test_a_development_key_is_refused_in_production():
    lab = bundle("2.0.0", key=key("lab"))
    with device() as board:
        refused(board, lab, "refused: signed by a development key; sign it with another key of this device")
        refused(board, bundle("2.0.0", key=other_key()), "refused: signed by another key")
        runs(board, bundle("2.0.0"), 2)
    with device(production=False) as board:
        runs(board, lab, 2)


@pytest.mark.proof
def test_a_set_of_a_development_key_is_not_started_in_production():
    """Programmed by a probe, so that no download has refused it."""
    lab = bundle("1.0.0", key=key("lab"))
    path = files.path("lab.hex")
    run(f"{BIN}/duoboot", "factory", "-q", "--bundle", lab, "--key", key("lab"), "--out", path)
    with LineBoard("--load", path, boot_m7=boot(False)) as board:
        board.expect(running(1, 1))
    with LineBoard("--load", path, boot_m7=boot(True)) as board:
        board.expect("signed by a development key")
        board.expect(WAITING)


def test_a_bootloader_lists_its_keys():
    about = json.loads(run(f"{BIN}/duoboot", "info", "--json", boot(True)))
    ids = [json.loads(run(f"{BIN}/duoboot", "info", "--json", pem))["key_id"] for pem, _, _ in keys()]
    assert about["production"] is True and about["key_id"] == ids[0], about
    assert about["keys"] == [
        {"number": 0, "key_id": ids[0], "role": "release", "floor": 0, "refused": False},
        {"number": 1, "key_id": ids[1], "role": "release", "floor": 0, "refused": False},
        {"number": 2, "key_id": ids[2], "role": "release", "floor": 3, "refused": False},
        {"number": 3, "key_id": ids[3], "role": "development", "floor": 0, "refused": True}], about["keys"]
    said = run(f"{BIN}/duoboot", "info", boot(True))
    assert all(word in said for word in ids), said
    verify = [f"{BIN}/duoboot", "verify", "--bootloader", boot(True)]
    run(*verify, bundle("2.0.0", key=key("spare")))
    done = subprocess.run([*verify, bundle("2.0.0", key=key("lab"))], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "signed by a development key" in done.stderr, done.stderr
