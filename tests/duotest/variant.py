# SPDX-License-Identifier: MIT
"""Bootloaders built with other options than the one in build/fw, kept in build/variants for the next run."""

import fcntl
import os
import re
import subprocess

from duotest.board import LAYOUT, ROOT, key_pair, require


def step(*command, environment):
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr}")


def bootloader(pubkey=None, targets=("boot_cm7",), **options):
    """The M7 bootloader with these CMake options, such as DUO_UPLOAD=0, for the layout of the tests; the path of its ELF file."""
    if LAYOUT != "exchange":
        options.setdefault("DUO_LAYOUT", LAYOUT)
    public = re.sub(r"\.pem$", ".pub.pem", key_pair())
    environment = dict(os.environ, DUO_PUBKEY=pubkey or os.environ.get("DUO_PUBKEY", public))
    folder = os.path.join(ROOT, "build", "variants", "-".join(f"{name}={options[name]}" for name in sorted(options)))
    require(os.path.join(ROOT, "build", "cm7", "CMakeCache.txt"))
    os.makedirs(folder, exist_ok=True)
    with open(folder + ".lock", "w") as lock:  # tests run beside each other
        fcntl.flock(lock, fcntl.LOCK_EX)
        step("cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DDUO_CORE=cm7", "-DCMAKE_BUILD_TYPE=MinSizeRel",
             f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/cmake/arm-none-eabi.cmake", f"-DDUO_FW_DIR={folder}/fw",
             *(f"-D{name}={value}" for name, value in options.items()), environment=environment)
        step("cmake", "--build", folder, "--target", *targets, environment=environment)
    return os.path.join(folder, "fw", "boot_cm7.elf")
