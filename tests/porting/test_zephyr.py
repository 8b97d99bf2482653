# SPDX-License-Identifier: MIT
"""The Zephyr module: its description, its Kconfig, and its CMake file, which builds libduo by a stand-in for Zephyr's functions.

Zephyr itself is not there, so what is not tested is Zephyr's side: that it finds the module, and that its names stay.
"""

import os
import re
import subprocess
import tempfile

import kconfiglib
import pytest
import yaml

from duotest.board import ROOT, require, run

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLCHAIN = os.path.join(ROOT, "examples", "minimal", "toolchain.cmake")
# Of Zephyr: what the module's option depends on.
SYMBOLS = "SOC_SERIES_STM32H7X", "CPU_CORTEX_M7", "CPU_CORTEX_M4", "ARCH_HAS_RAMFUNC_SUPPORT"
# The function in which a core waits for the flash; the compiler may add to its name.
WAITS = {"m7": "wait_for_end", "m4": "wait_in_ram"}

folder = tempfile.TemporaryDirectory(prefix="duo-zephyr-")
MODULE = os.path.join(folder.name, "libduo")


def description():
    with open(os.path.join(MODULE, "zephyr", "module.yml"), encoding="utf-8") as file:
        return yaml.safe_load(file)


def prepare():
    require(os.path.join(ROOT, "build", "cm4", "lib", "libduo_cm4.a"))
    run(os.path.join(ROOT, "scripts", "dist"), MODULE)


def test_the_description_names_files_that_are_there():
    module = description()
    assert re.fullmatch(r"[a-z]+", module["name"])
    assert os.path.isfile(os.path.join(MODULE, module["build"]["kconfig"]))
    assert os.path.isfile(os.path.join(MODULE, module["build"]["cmake"], "CMakeLists.txt"))


def test_the_option_is_off_until_chosen_and_only_for_this_chip():
    path = os.path.join(folder.name, "Kconfig")
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(f"config {name}\n\tbool \"{name}\"\n" for name in SYMBOLS))
        file.write(f"source \"{os.path.join(MODULE, description()['build']['kconfig'])}\"\n")
    config = kconfiglib.Kconfig(path, warn_to_stderr=False)
    assert not config.warnings
    option = config.syms["DUOBOOT"]
    assert option.visibility == 0
    for name in ("SOC_SERIES_STM32H7X", "CPU_CORTEX_M4", "ARCH_HAS_RAMFUNC_SUPPORT"):
        config.syms[name].set_value("y")
    assert option.visibility == 2 and option.str_value == "n"
    option.set_value("y")
    assert option.str_value == "y"


@pytest.mark.parametrize("core, standard", [("m7", "c17"), ("m4", "c99")])  # of Zephyr now, and of Zephyr 3.3
def test_the_library_is_built_and_waits_in_ram(core, standard):
    out = os.path.join(folder.name, core)
    run("cmake", "-G", "Ninja", "-S", os.path.join(HERE, "zephyr"), "-B", out, f"-DCORE={core}",
        f"-DCMAKE_TOOLCHAIN_FILE={TOOLCHAIN}", f"-DSTANDARD=-std={standard}",
        f"-DMODULE={os.path.join(MODULE, description()['build']['cmake'])}")
    done = subprocess.run(["cmake", "--build", out], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    listing = run("arm-none-eabi-nm", os.path.join(out, "app.elf"))
    address = {name: int(value, 16) for value, name in re.findall(r"^(\w+) \w (\w+)$", listing, flags=re.M)}
    assert address["duo_service"] >> 24 == 0x08
    inside = [name for name, value in address.items() if address["ramfunc_begin"] <= value & ~1 < address["ramfunc_end"]]
    assert any(name.startswith(WAITS[core]) for name in inside), f"{WAITS[core]} is not in RAM: {inside}"


prepare()
