# SPDX-License-Identifier: MIT
"""examples/cubemx, built by its own script against a small stand-in for STM32CubeH7 (tests/porting/cube): it starts, the doctor finds
nothing, and it takes its update from its own line. DUO_LAYOUT says for which layout."""
import functools
import os
import re
import subprocess

import pytest

from duotest.devices import *  # noqa: F403
from duotest.smp_peer import *  # noqa: F403

CUBE = os.path.join(ROOT, "tests", "porting", "cube")
KEPT = "cubemx {}: both cores run, the set is kept"
ARCHIVES = [os.path.join(os.path.dirname(FW), core, "lib", f"libduo_{core}.a") for core in ("cm7", "cm4")]
require(*ARCHIVES)


def script(*words, layouts=LAYOUT):
    return subprocess.run([os.path.join(ROOT, "examples", "cubemx", "build.sh"), *words], capture_output=True, text=True,
                          env=dict(os.environ, LAYOUTS=layouts), timeout=600, check=False)


@functools.lru_cache(None)
def built(version, layouts=LAYOUT):
    """The folder with what the project's build has ended with: set.duo, factory.hex, both ELF files."""
    done = script(CUBE, files.path("cubemx"), f"-DVERSION={version}", f"-DKEY={files.key}", layouts=layouts)
    assert done.returncode == 0 and "warning" not in done.stderr, done.stdout[-1000:] + done.stderr[-2000:]
    return files.path(f"cubemx/{LAYOUT}")


def test_it_runs_on_both_cores_and_the_doctor_finds_nothing():
    folder = built("1.0.0")
    done = subprocess.run([f"{BIN}/duoemu", "doctor", "--m7", firmware("boot_cm7.elf"), "--m4", firmware("boot_cm4.elf"), "--load",
                           f"{folder}/factory.hex", *([] if LAYOUT == "exchange" else ["--option", "BOOT_CM4_ADD0=0x801"])],
                          capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0 and done.stdout.startswith("healthy"), done.stdout + done.stderr
    with LineBoard("--load", f"{folder}/factory.hex") as board:
        board.expect(KEPT.format("1.0.0"))


def test_a_wrong_folder_is_named():
    done = script(files.path("nothing"), files.path("wrong"))
    assert done.returncode != 0 and "-DCUBE" in done.stderr, done.stderr


async def send_and_install(client, data):
    await upload(client, data)
    found = await ask(client, ImageStatesRead())
    staged = next(state for state in found.images if (state.image, state.slot) == (0, 1))
    await ask(client, ImageStatesWrite(hash=staged.hash))
    await ask(client, ResetWrite())


@pytest.mark.long
def test_it_updates_itself():
    """The script as it is documented, for both layouts."""
    with LineBoard("--load", os.path.join(built("1.0.0", "exchange twin"), "factory.hex")) as board:
        board.expect(KEPT.format("1.0.0"))
        data = contents(os.path.join(built("2.0.0", "exchange twin"), "set.duo"))
        peer(board, lambda client: send_and_install(client, data))
        board.expect(re.escape(KEPT.format("2.0.0")))
