# SPDX-License-Identifier: MIT
"""scripts/build with a cmake that only notes what it is told: which key goes into a bootloader, and copied trees."""
import os
import re
import shutil
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

CMAKE = """#!/bin/bash
echo "cmake $* (DUO_PUBKEY=${DUO_PUBKEY:-})" >>"$TREE/calls"
case $1 in
--preset)
    mkdir -p "$4" && touch "$4/build.ninja"
    { echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD"
      for o in "${@:5}"; do o=${o#-D} && echo "${o%%=*}:STRING=${o#*=}"; done; } >"$4/CMakeCache.txt" ;;
--build) echo "${DUO_PUBKEY:-}" >"build/built-${2##*/}" ;;
esac
"""


class Tree:
    def __init__(self, path):
        self.path = path
        for name in ("build", "common.sh", "distclean"):
            os.makedirs(path / "scripts", exist_ok=True)
            shutil.copy(os.path.join(ROOT, "scripts", name), path / "scripts")
        (path / "bin").mkdir()
        (path / "bin" / "cmake").write_text(CMAKE)
        (path / "bin" / "cmake").chmod(0o755)
        (path / "build" / "bin").mkdir(parents=True)
        os.symlink(os.path.join(ROOT, "build", "bin", "duoboot"), path / "build" / "bin" / "duoboot")

    def run(self, script, *args, **env):
        env = {**{k: v for k, v in os.environ.items() if k != "DUO_PUBKEY"}, "TREE": str(self.path),
               "PATH": f"{self.path}/bin:{os.environ['PATH']}", **env}
        return subprocess.run([f"scripts/{script}", *args], cwd=self.path, env=env, capture_output=True, text=True,
                              timeout=60)

    def build(self, *args, **env):
        """Must succeed; the answer is the key that the bootloader was built with."""
        done = self.run("build", *args, **env)
        assert done.returncode == 0, done.stderr
        return (self.path / "build" / "built-cm7").read_text().strip()


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "tree").mkdir()
    return Tree(tmp_path / "tree")


@pytest.fixture
def product(tree):
    """The public half of a key of the user's own, beside the tree."""
    private, public = tree.path.parent / "product.pem", tree.path.parent / "product.pub.pem"
    subprocess.run([tree.path / "build/bin/duoboot", "keygen", "-q", "--out", private, "--public", public], check=True)
    return str(public)


def test_without_a_word_a_pair_is_made_for_development(tree):
    key = tree.build()
    assert key == str(tree.path / "build/keys/dev.pub.pem")
    private = tree.path / "build/keys/dev.pem"
    before = private.read_bytes()
    assert tree.build() == key and private.read_bytes() == before


def test_a_key_given_once_stays(tree, product):
    tree.build()
    assert tree.build(DUO_PUBKEY=product) == product
    assert tree.build() == product
    shutil.rmtree(tree.path / "build/cm7")  # make clean
    assert tree.build() == product
    assert product in tree.run("build").stdout, "a build says which key it has taken"
    assert tree.build(DUO_PUBKEY="dev").endswith("build/keys/dev.pub.pem")
    assert tree.build().endswith("build/keys/dev.pub.pem")


def test_a_key_given_to_cmake_stays(tree, product):
    tree.build()
    cache = tree.path / "build/cm7/CMakeCache.txt"
    cache.write_text(cache.read_text().replace(str(tree.path / "build/keys/dev.pub.pem"), product))
    assert tree.build() == product
    shutil.rmtree(tree.path / "build/cm7")
    assert tree.build() == product


def test_a_key_that_has_gone_is_an_error(tree, product):
    tree.build(DUO_PUBKEY=product)
    os.remove(product)
    done = tree.run("build")
    assert done.returncode != 0 and product in done.stderr and "DUO_PUBKEY=dev" in done.stderr


def test_a_lost_public_half_is_made_again(tree):
    key = tree.build()
    text = open(key, encoding="utf-8").read()
    os.remove(key)
    assert tree.build() == key and open(key, encoding="utf-8").read() == text


def test_a_copied_tree_is_not_built(tree, tmp_path):
    tree.build()
    shutil.copytree(tree.path, tmp_path / "copy", symlinks=True)
    done = subprocess.run(["scripts/build"], cwd=tmp_path / "copy", capture_output=True, text=True, timeout=60,
                          env={**os.environ, "TREE": str(tmp_path), "PATH": f"{tree.path}/bin:{os.environ['PATH']}"})
    assert done.returncode != 0 and "copied or moved" in done.stderr and "make clean" in done.stderr
    assert not (tmp_path / "calls").exists(), "cmake ran"


def test_nor_is_one_that_has_only_another_layout_built(tree, tmp_path):
    shutil.copytree(tree.path, tmp_path / "copy", symlinks=True)
    (tmp_path / "copy/build/twin/cm7").mkdir(parents=True)
    (tmp_path / "copy/build/twin/cm7/CMakeCache.txt").write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={tree.path}\n")
    done = subprocess.run(["scripts/build"], cwd=tmp_path / "copy", capture_output=True, text=True, timeout=60,
                          env={**os.environ, "TREE": str(tmp_path), "PATH": f"{tree.path}/bin:{os.environ['PATH']}"})
    assert done.returncode != 0 and "build/twin/cm7 was made for" in done.stderr
    assert not (tmp_path / "calls").exists(), "cmake ran"


def test_another_name_of_the_same_tree_is_no_copy(tree, tmp_path):
    tree.build()
    os.symlink(tree.path, tmp_path / "link")
    done = subprocess.run(["scripts/build"], cwd=tmp_path / "link", capture_output=True, text=True, timeout=60,
                          env={**os.environ, "TREE": str(tree.path), "PATH": f"{tree.path}/bin:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stderr


def test_a_cmake_that_fails_is_told(tree):
    (tree.path / "bin" / "cmake").write_text("#!/bin/sh\necho no compiler\nexit 1\n")
    done = tree.run("build")
    assert done.returncode != 0 and "no compiler" in done.stderr


def test_distclean_keeps_keys(tree):
    tree.build()
    done = tree.run("distclean")
    assert done.returncode == 0 and "dev.pem" in done.stdout
    assert os.listdir(tree.path / "build") == ["keys"]


def with_tests(tree):
    """The presets that were configured with test programs."""
    calls = (tree.path / "calls").read_text()
    return set(re.findall(r"^cmake --preset (\w+) .*-DDUO_TESTS=ON", calls, re.M))


def test_examples_and_tests_are_configured_only_when_they_are_wanted(tree):
    tree.build()
    assert with_tests(tree) == set()
    tree.build("examples")
    assert with_tests(tree) == {"host", "cm7", "cm4"}  # the host's, for the line that the demo plays on


def test_another_layout_goes_to_a_folder_of_its_own(tree):
    tree.build(DUO_LAYOUT="twin")
    calls = (tree.path / "calls").read_text()
    for core in ("cm7", "cm4"):
        assert f"cmake --preset {core} -B build/twin/{core} -DDUO_LAYOUT=twin -DDUO_FW_DIR={tree.path}/build/twin/fw" in calls
    assert "-B build/cm" not in calls
