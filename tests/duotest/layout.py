# SPDX-License-Identifier: MIT
"""The flash layout that the firmware was built for: addresses for the tests, from the layout's own file (layouts/)."""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _defines(path):
    with open(os.path.join(ROOT, path), encoding="ascii") as file:
        found = re.findall(r"^#define\s+(\w+)\s+(0x[0-9A-Fa-f]+|\d+)\b", file.read(), re.M)
    return {name: int(value, 0) for name, value in found}


class Layout:
    """Dictionaries by core, "m7" and "m4"; BANK by number, 1 and 2."""

    def __init__(self, name="exchange"):
        known = {**_defines("chip/stm32h7/memory.h"), **_defines(f"layouts/{name}.h")}

        def of_cores(what):
            return {"m7": known[f"LAYOUT_CM7_{what}"], "m4": known[f"LAYOUT_CM4_{what}"]}

        self.twin = known["LAYOUT_TWIN"] == 1  # it swaps the banks: not a matter of its name
        self.sector = known["MEM_SECTOR_SIZE"]
        self.journal = known["LAYOUT_JOURNAL_A_BASE"], known["LAYOUT_JOURNAL_B_BASE"]
        self.bank = {1: known["MEM_FLASH_BASE"], 2: known["MEM_BANK2_BASE"]}
        self.boot, self.app, self.staging = (of_cores(what) for what in ("BOOT_BASE", "APP_BASE", "STAGING_BASE"))
        self.spare = of_cores("SPARE_BASE")  # 0: this layout has none
        self.slot = {core: count * self.sector for core, count in of_cores("SECTORS").items()}
