# SPDX-License-Identifier: MIT
"""An M7 bootloader that demands second signatures (DUO_LMS), and the LMS key that it trusts, for the tests of this tree alone."""

import fcntl
import os
import re

from duotest.board import BIN, ROOT, key_pair, run
from duotest.variant import bootloader as variant

FOLDER = os.path.join(ROOT, "build", "variants", "second")


def key():
    """The private LMS key. Its ledger is beside it, for `duoboot bundle` looks where XDG_STATE_HOME says."""
    os.environ["XDG_STATE_HOME"] = os.path.join(FOLDER, "state")
    path = os.path.join(FOLDER, "second.lms")
    os.makedirs(FOLDER, exist_ok=True)
    with open(FOLDER + ".lock", "w", encoding="utf-8") as lock:  # tests run beside each other
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path) or left(path) < 100:
            run(f"{BIN}/duoboot", "keygen", "-q", "--lms", "--force", "--out", path, "--public", path + ".pub")
    return path


def left(path):
    with open(path, encoding="ascii") as file:
        return 1024 - int(re.search(r"^next (\d+)$", file.read(), re.M).group(1))


def keys():
    """The list that the build takes."""
    out = os.path.join(FOLDER, "product.keys")
    text = f"release 0 {re.sub(r'.pem$', '.pub.pem', key_pair())} lms={key()}.pub\n"
    with open(out, "w", encoding="utf-8") as file:
        file.write(text)
    return out


def bootloader():
    return variant(DUO_LMS="ON", pubkey=keys())


def application(version):
    """The example application on the M7, with a libduo that knows second signatures."""
    boot = variant(DUO_LMS="ON", DUO_TESTS="ON", pubkey=keys(), targets=("boot_cm7", "app_m7_v1", "app_m7_v2"))
    return os.path.join(os.path.dirname(boot), f"app_m7_v{version}.elf")
