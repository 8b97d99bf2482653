# SPDX-License-Identifier: MIT
"""
The M4 bootloader looks at the option bytes, too, whatever the M7's thinks of them: it starts nothing when they do not fit it,
and the M7's says so. Layout exchange: an M7 bootloader that does not look. Layout twin: the M4's of the other layout, as on a
device that was converted half way.
"""

import re
import shutil
import subprocess

from duotest.recovery import *

SAYS = r"reason: the m4 did not start: it finds option bytes that do not fit it; see the wrong option" + (
    ", or program both bootloaders of one layout" if LAYOUT == "twin" else "")
RETURNS_TRUE = bytes.fromhex("01207047")  # movs r0, #1; bx lr


def one_that_does_not_look():
    """The M7 bootloader with another options_good(), sealed as the build does."""
    elf, text = files.path("blind.elf"), files.path("blind.text")
    shutil.copy(firmware("boot_cm7.elf"), elf)
    table = run("arm-none-eabi-nm", elf).splitlines()
    at = next(int(line.split()[0], 16) for line in table if line.endswith(" options_good"))
    sections = run("arm-none-eabi-objdump", "-h", "-j", ".text", elf)
    begin = int(re.search(r"\.text +[0-9a-f]+ +([0-9a-f]+)", sections).group(1), 16)
    run("arm-none-eabi-objcopy", f"--dump-section=.text={text}", elf)
    data = bytearray(contents(text))
    data[at - begin:at - begin + 4] = RETURNS_TRUE
    write("blind.text", data)
    run("arm-none-eabi-objcopy", f"--update-section=.text={text}", elf)
    subprocess.run(["/usr/bin/python3", f"{ROOT}/cmake/seal.py", "arm-none-eabi-objcopy", elf, ".text,.data", ".recovery"], check=True)
    return elf


def starts_nothing(*arguments, **more):
    with LineBoard("--load", factory(), *arguments, **more) as board:
        board.expect(SAYS)
        board.run(1)
        assert "app" not in board.seen.replace("application", "")
        return board.seen


if LAYOUT == "exchange":
    def test_the_m4_finds_a_wrong_boot_address():
        """It comes to its bootloader all the same: at the wrong address somebody has left the same vectors."""
        vectors = contents(firmware("boot_cm4.bin"))[:64]
        said = starts_nothing("--option", "BOOT_CM4_ADD0=0x811", "--load", f"{write('vectors.bin', vectors)}@0x08110000",
                              boot_m7=one_that_does_not_look())
        assert "wrong option: BOOT_CM4_ADD0 is 0x811, must be 0x810" in said
else:
    def test_the_m4s_bootloader_of_the_other_layout_is_found():
        other = f"{ROOT}/build/fw/boot_cm4.bin"
        require(other)
        starts_nothing("--option", "BOOT_CM4_ADD0=0x801", "--load", f"{other}@0x08010000", "--load", f"{other}@0x08100000",
                       boot_m4=None)
