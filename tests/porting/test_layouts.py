# SPDX-License-Identifier: MIT
"""A layout without a number or name of its own stops cmake, and the message says which file to change."""

import glob
import os
import re
import subprocess

import pytest

from duotest.board import ROOT

HEADERS = sorted(path for path in glob.glob(os.path.join(ROOT, "layouts", "*.h"))
                 if os.path.basename(path) not in ("layout.h", "sizes.h", "choose.h"))


def configured(folder, *names):
    script = os.path.join(folder, "script.cmake")
    with open(script, "w", encoding="ascii") as file:
        file.write(f"include({ROOT}/layouts/numbers.cmake)\nduo_layout_numbers({folder} {' '.join(names)})\n")
    return subprocess.run(["cmake", "-P", script], capture_output=True, text=True, timeout=60, check=False)


def copies(folder, text=None, name="mine"):
    """All layouts, and "mine": the last one's copy with another line for its number, and that name."""
    names = []
    for path in HEADERS:
        with open(path, encoding="ascii") as file:
            source = file.read()
        names.append(os.path.basename(path)[:-2])
        (folder / f"{names[-1]}.h").write_text(source, encoding="ascii")
    if text is not None:
        source = re.sub(r"(?m)^#define LAYOUT_NAME .*$", f'#define LAYOUT_NAME   "{name}"', source)
        (folder / "mine.h").write_text(re.sub(r"(?m)^#define LAYOUT_NUMBER .*$", text, source), encoding="ascii")
        names.append("mine")
    return names


def test_the_layouts_have_numbers_of_their_own(tmp_path):
    assert len(HEADERS) >= 2
    done = configured(tmp_path, *copies(tmp_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", ["#define LAYOUT_NUMBER 0", "#define LAYOUT_NUMBER  0u /* copied */"])
def test_a_number_that_another_layout_has(tmp_path, line):
    done = configured(tmp_path, *copies(tmp_path, line))
    said = " ".join(done.stderr.split())
    assert done.returncode != 0 and "layouts/mine.h: its LAYOUT_NUMBER 0 is that of layouts/exchange.h" in said, said


@pytest.mark.parametrize("line", ["", "#define LAYOUT_NUMBER 0x10", "#define LAYOUT_NUMBER TWIN + 1"])
def test_a_number_that_cannot_be_read(tmp_path, line):
    done = configured(tmp_path, *copies(tmp_path, line))
    said = " ".join(done.stderr.split())
    assert done.returncode != 0 and "layouts/mine.h: there is no line '#define LAYOUT_NUMBER'" in said, said


def test_a_number_that_is_free(tmp_path):
    done = configured(tmp_path, *copies(tmp_path, "#define LAYOUT_NUMBER 200"))
    assert done.returncode == 0, done.stderr


def test_a_name_that_is_not_the_file_s(tmp_path):
    done = configured(tmp_path, *copies(tmp_path, "#define LAYOUT_NUMBER 200", "twin"))
    said = " ".join(done.stderr.split())
    assert done.returncode != 0 and 'layouts/mine.h: its LAYOUT_NAME is not that of the file' in said, said
