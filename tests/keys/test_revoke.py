# SPDX-License-Identifier: MIT
"""A key is revoked, step by step as docs/howto/keys.md says, on the real program: what it signs is refused for good."""

import functools
import json
import os
import subprocess

import pytest

from duotest import ring
from duotest.recovery import *

TOOL = f"{BIN}/duoboot"
CONFIRMED = r"app m7: confirm: done"


@functools.lru_cache(None)
def key(name):
    path = files.path(f"{name}.pem")
    run(TOOL, "keygen", "-q", "--out", path, "--public", files.path(f"{name}.pub.pem"))
    return path


@functools.lru_cache(None)
def boot():
    return ring.bootloader(files.path("boot.elf"), [(files.key, ring.RELEASE, 0), (key("spare"), ring.RELEASE, 0),
                                                    (key("next"), ring.RELEASE, 0)])


def key_id(pem):
    return json.loads(run(TOOL, "info", "--json", pem))["key_id"]


def revoking(version, signer, *revoked):
    """A bundle, and its images, that revoke these keys."""
    options = [word for pem in revoked for word in ("--revoke", pem)]
    made = {}
    for core in ("m7", "m4"):
        made[core] = signed(f"{core}-{version}-{len(revoked)}", core, firmware(f"app_{core}_v{version[0]}.elf"), *options,
                            version=version, key=signer)
    out = files.path(f"revoke-{version}-{len(revoked)}.duo")
    run(TOOL, "bundle", "-q", "--m7", made["m7"], "--m4", made["m4"], "--set-version", version, "--key", signer, *options,
        "--out", out)
    return out


def refused(board, path, words):
    sent = board.ymodem("sb", "-q", "-k", path)
    board.expect(words)
    board.expect(WAITING)
    assert sent.returncode != 0, f"sb was told that all is well, not {words}"


def test_a_rotation():
    """The product's key has leaked: a set that the spare has signed revokes it, and later the spare is followed by the next."""
    leaked = bundle("1.0.0")
    old_id = key_id(files.key)
    first = revoking("2.0.0", key("spare"), files.key)
    assert json.loads(run(TOOL, "info", "--json", first))["revokes"] == [old_id]
    run(TOOL, "verify", "--bootloader", boot(), first)
    with recovery(boot_m7=boot()) as board:
        send(board, first)
        board.expect(r"set 2\.0\.0, state trial")
        board.expect(CONFIRMED)
        board.expect(running(2, 2))
        board.send(b"r")
        board.expect(rf"key {old_id} is revoked")
        board.expect(WAITING)
        refused(board, leaked, "refused: signed by a revoked key; sign it with another key of this device")
        refused(board, image("m7", "1.0.0"), "refused: signed by a revoked key")
        refused(board, revoking("1.0.0", key("spare"), key("next")), "refused: does not name a key that is revoked already")
        send(board, bundle("1.0.0", key=key("spare")))
        board.expect(running(1, 1))


@pytest.mark.proof
def test_without_a_journal_the_images_say_it():
    """As after an erase of both halves: what is left is in the slots."""
    images = [signed(f"{core}-kept", core, firmware(f"app_{core}_v1.elf"), "--revoke", files.key, version="1.0.0",
                     key=key("spare")) for core in ("m7", "m4")]
    path = files.path("kept.hex")
    run(TOOL, "factory", "-q", "--m7", images[0], "--m4", images[1], "--out", path)
    with power_on("--load", path, "--button", "PC13=50ms", boot_m7=boot()) as board:
        refused(board, bundle("2.0.0"), "refused: signed by a revoked key")
        send(board, bundle("2.0.0", key=key("next")))
        board.expect(running(2, 2))


def test_the_tool_refuses():
    def fails(*command):
        done = subprocess.run([TOOL, *command], capture_output=True, text=True, check=False)
        assert done.returncode != 0, command
        return done.stderr

    made = ["bundle", "-q", "--m7", image("m7", "2.0.0"), "--m4", image("m4", "2.0.0"), "--set-version", "2.0.0", "--key",
            files.key, "--out", files.path("never.duo")]
    assert "is the key that this is signed with" in fails(*made, "--revoke", files.key)
    assert "ECDSA P-256 is needed" in fails(*made, "--revoke", other_curve())
    many = [word for n in range(7) for word in ("--revoke", key(f"many{n}"))]
    assert "more than 6 keys" in fails(*made, *many)
    assert not os.path.exists(files.path("never.duo"))
    run(TOOL, *made, *many[:12], *many[:2])  # one of them twice
    ids = json.loads(run(TOOL, "info", "--json", files.path("never.duo")))["revokes"]
    assert ids == sorted(key_id(key(f"many{n}")) for n in range(6)), ids


def other_curve():
    path = files.path("p384.pem")
    run("openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", path)
    return path
