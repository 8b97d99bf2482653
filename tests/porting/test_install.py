# SPDX-License-Identifier: MIT
"""The minimal pair, outside of the tree, with nothing but the installed library; the same from sources; both run."""

import glob
import os
import re
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
from duotest.board import BIN, FW, ROOT, Files, require, run

KEPT = r"minimal 1: both cores run, the set is kept"
# What STM32CubeIDE gives the compiler in a debug build.
CUBE = ("-mthumb -mfloat-abi=hard -std=gnu11 -g3 -DDEBUG -DUSE_HAL_DRIVER -DSTM32H745xx -O0 -ffunction-sections -fdata-sections "
        "-Wall -fstack-usage --specs=nano.specs").split()
CPU = {"m7": ("-mcpu=cortex-m7", "-mfpu=fpv5-d16"), "m4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16")}
LINK = "-nostartfiles --specs=nano.specs --specs=nosys.specs -Wl,--gc-sections,-z,noexecstack,--no-warn-rwx-segments".split()

folder = tempfile.TemporaryDirectory(prefix="duo-minimal-")
minimal = os.path.join(folder.name, "minimal")
installed = os.path.join(folder.name, "moved")
files = Files()


def prepare():
    require(f"{BIN}/duoemu", os.path.join(ROOT, "build", "cm4", "lib", "libduo_cm4.a"), os.path.join(FW, "boot_cm7.elf"))
    shutil.copytree(os.path.join(ROOT, "examples", "minimal"), minimal)
    stage = os.path.join(folder.name, "stage")
    environment = dict(os.environ, PREFIX="/opt/duoboot", DESTDIR=stage)
    run(os.path.join(ROOT, "scripts", "install"), env=environment)
    shutil.move(os.path.join(stage, "opt", "duoboot"), installed)


def build(core, *options):
    out = os.path.join(folder.name, f"build-{core}-{len(os.listdir(folder.name))}")
    log = subprocess.run(["cmake", "-G", "Ninja", "-S", minimal, "-B", out, f"-DCORE={core}",
                          f"-DCMAKE_TOOLCHAIN_FILE={minimal}/toolchain.cmake", *options], capture_output=True, text=True,
                         timeout=300, check=False)
    assert log.returncode == 0, log.stderr
    log = subprocess.run(["cmake", "--build", out], capture_output=True, text=True, timeout=600, check=False)
    assert log.returncode == 0, log.stdout[-2000:]
    return os.path.join(out, f"app_{core}.elf")


def found(core):
    return build(core, f"-DCMAKE_PREFIX_PATH={installed}")


def runs(m7, m4, *how):
    """As a new device with this pair: until it says that all is well, or ends well by semihosting."""
    factory = files.factory(files.image("m7", "1.0.0", elf=m7), files.image("m4", "1.0.0", elf=m4))
    done = subprocess.run([f"{BIN}/duoemu", "run", "--m7", f"{FW}/boot_cm7.elf", "--m4", f"{FW}/boot_cm4.elf", "--load",
                           factory, "--for", "10s", *(how or ("--until", KEPT))], capture_output=True, text=True, timeout=300,
                          check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]


def test_the_installed_library_is_all_that_the_minimal_pair_needs():
    runs(found("m7"), found("m4"))


def test_pkg_config_tells_where_the_firmware_is():
    environment = dict(os.environ, PKG_CONFIG_PATH=os.path.join(installed, "lib", "pkgconfig"))
    said = run("pkg-config", f"--define-variable=prefix={installed}", "--variable=firmware", "duoboot", env=environment)
    assert os.path.exists(os.path.join(said.strip(), "boot_cm7.hex")), said


def test_sources_are_a_part_of_a_cmake_project():
    """FetchContent, of which add_subdirectory is a part."""
    m4 = build("m4", f"-DDUOBOOT_SOURCE={ROOT}")
    runs(found("m7"), m4)


def drag_in(core):
    """All of build/dist/libduo compiled as CubeIDE does, unoptimised, and linked; every warning is an error."""
    sources = os.path.join(ROOT, "build", "dist", "libduo")
    out = os.path.join(folder.name, f"dist-{core}")
    os.makedirs(out)
    flags = [*CPU[core], *CUBE, f"-DCORE_C{core.upper()}", f"-I{sources}", "-DVERSION_TEXT=\"1\"", "-Wextra", "-Werror"]
    everything = glob.glob(f"{sources}/**/*.c", recursive=True) + [f"{minimal}/app.c", f"{minimal}/start.c"]
    objects = [f"{out}/{os.path.basename(source)}.o" for source in everything]
    for source, thing in zip(everything, objects):
        run("arm-none-eabi-gcc", *flags, "-c", source, "-o", thing, cwd=out)
    leaks = set(run("arm-none-eabi-nm", "-g", "--defined-only", "--format=just-symbols", f"{out}/duo_c{core}.c.o").split())
    assert {name for name in leaks if not name.startswith("duo_")} == set()
    elf = f"{out}/app.elf"
    run("arm-none-eabi-gcc", *CPU[core], "-mthumb", "-mfloat-abi=hard", *LINK, f"-T{minimal}/{core}.ld", f"-L{minimal}",
        f"-L{sources}", *objects, "-o", elf)
    return elf


def test_plain_sources_compile_with_the_flags_of_a_cube_project_and_run():
    run(os.path.join(ROOT, "scripts", "dist"))
    sources = os.path.join(ROOT, "build", "dist", "libduo")
    assert sorted(os.path.basename(path) for path in glob.glob(f"{sources}/**/*.c", recursive=True)) == ["duo_cm4.c", "duo_cm7.c"]
    assert glob.glob(f"{sources}/**/*.h", recursive=True) == glob.glob(f"{sources}/duo/*.h")
    runs(drag_in("m7"), drag_in("m4"))


def test_the_code_in_the_guide_runs_in_c_and_cpp():
    with open(os.path.join(ROOT, "docs", "iap.md"), encoding="utf-8") as file:
        code = re.findall(r"```c\n(.*?)```", file.read(), flags=re.S)
    assert len(code) >= 5
    with open(os.path.join(folder.name, "snippets.inc"), "w", encoding="utf-8") as file:
        file.write("\n".join(code))
    m4 = found("m4")
    base = [*CPU["m7"], "-mthumb", "-mfloat-abi=hard"]
    flags = [*base, "-Os", "-Wall", "-Wextra", "-Werror", f"-I{installed}/include", f"-I{folder.name}", "-c"]
    for compiler, *language in (("gcc", "-std=c99", "-x", "c"), ("g++", "-std=c++14", "-fno-exceptions", "-x", "c++")):
        guide, start = (os.path.join(folder.name, f"{part}-{compiler}") for part in ("guide.o", "start.o"))
        elf = os.path.join(folder.name, f"guide-{compiler}.elf")
        run(f"arm-none-eabi-{compiler}", *flags, *language, os.path.join(HERE, "guide.c"), "-o", guide)
        run("arm-none-eabi-gcc", *flags, os.path.join(minimal, "start.c"), "-o", start)
        run("arm-none-eabi-gcc", *base, *LINK, f"-T{minimal}/m7.ld", f"-L{minimal}", f"-L{installed}/share/duoboot",
            guide, start, f"{installed}/lib/libduo_cm7.a", "-o", elf)
        runs(elf, m4, "--semihosting")


prepare()
