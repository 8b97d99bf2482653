#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every command of README and docs in a fresh clone, page by page.

usage: test_commands.py [--keep] FOLDER [PAGE...]
FOLDER is for the clone, and removed at the end; --keep leaves it, and takes one that is there with what it has built (for
work on the pages).
"""
import filecmp
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from duotest.pages import ROOT, blocks, names  # noqa: E402

PATIENCE = 1500  # s for one block; a machine under load that compiles everything


def clone(folder):
    """A clone, and what is not committed yet. What the set-up has fetched is shared; so is the key for development, that what
    is built can be compared."""
    subprocess.run(["git", "clone", "-q", "--shared", ROOT, folder], check=True)
    take_changes(folder)
    os.makedirs(os.path.join(folder, "build"))
    for shared in ("deps", "venv"):
        if os.path.exists(os.path.join(ROOT, "build", shared)):
            os.symlink(os.path.join(ROOT, "build", shared), os.path.join(folder, "build", shared))
    keys = os.path.join(ROOT, "build", "keys", "dev")
    if os.path.exists(keys + ".pem"):
        os.makedirs(os.path.join(folder, "build", "keys"))
        for half in (".pem", ".pub.pem"):
            shutil.copy2(keys + half, os.path.join(folder, "build", "keys"))


def take_changes(folder):
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        source, target = os.path.join(ROOT, name), os.path.join(folder, name)
        if name and os.path.lexists(source) and not (os.path.exists(target) and filecmp.cmp(source, target, shallow=False)):
            parent = os.path.dirname(target)
            if os.path.isfile(parent):  # a file of the clone has become a folder here
                os.remove(parent)
            os.makedirs(parent, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return str(s.getsockname()[1])


class Page:
    """One page's blocks, one after the other, with its boards."""

    def __init__(self, folder, name):
        self.folder, self.name, self.boards = folder, name, []
        self.ports = {port: free_port() for port in ("8080", "3240", "3333", "3334")}  # others use this machine, too
        self.environment = dict(os.environ)
        for variable in ("DUO_PUBKEY", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
            self.environment.pop(variable, None)

    def has_demo(self):
        return os.path.exists(os.path.join(self.folder, "build/demo/torture.html"))

    def text_of(self, block):
        """`make demo` is run once for all pages: what it leaves is the same each time."""
        code = block.code.replace("make demo\n", "", 1) if self.has_demo() and block.code.startswith("make demo\n") else block.code
        return re.sub(r"\b(8080|3240|3333|3334)\b", lambda m: self.ports[m.group(1)], code)

    def start(self, block):
        code = self.text_of(block)
        log = open(os.path.join(self.folder, f"board-{len(self.boards)}.log"), "w+", encoding="utf-8", errors="replace")
        process = subprocess.Popen(["bash", "-euc", code], cwd=self.folder, env=self.environment, stdout=log,
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        self.boards.append((block, process, log))
        wanted = []
        if "duoemu run" in code:
            wanted += re.findall(r"pty:(\S+)", code)
            wanted += ["http://localhost"] if "--web" in code else []
            wanted += ["GDB of the CM4"] if "--gdb-m4" in code else []
        end = time.monotonic() + PATIENCE
        while any(word not in self.said(log) for word in wanted):
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{block}: did not start: {self.said(log)}")
            time.sleep(0.1)

    @staticmethod
    def said(log):
        log.seek(0)
        return log.read()

    def run(self, block):
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", self.text_of(block)], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
                              text=True, errors="replace", check=False)
        if done.returncode != block.status:
            boards = "".join(f"\n--- {b}:\n{self.said(log)[-1500:]}" for b, _, log in self.boards)
            raise AssertionError(f"{block} ended with {done.returncode}, not {block.status}:\n{block.code}\n"
                                 f"{done.stdout[-4000:]}{boards}")

    def stop(self):
        for block, process, log in self.boards:
            ended = process.poll()
            if ended is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(timeout=60)
            elif ended not in (0, 7):  # 7: duoemu, ended by a debugger
                raise AssertionError(f"{block} ended with {ended} by itself: {self.said(log)[-2000:]}")
            log.close()


def run_page(folder, name):
    page, count = Page(folder, name), 0
    try:
        for block in blocks(name, folder):
            if block.reason:
                continue
            (page.start if block.background else page.run)(block)
            count += 1
    finally:
        page.stop()
    return count


def compare_packages(folder):
    """What the clone has packed (docs/howto/package.md) and what this tree packs are the same, byte for byte."""
    here = os.path.join(folder, "build", "package-of-this-tree")
    with open(os.path.join(ROOT, "build", "keys", "trusted"), encoding="utf-8") as f:
        if f.read().strip() != "build/keys/dev.pub.pem":
            print("not compared: the packages of this tree, whose bootloaders trust another key")
            return
    subprocess.run([os.path.join(ROOT, "scripts", "package"), here], check=True, stdout=subprocess.DEVNULL)
    sums = []
    for made in (os.path.join(folder, "build", "package"), here):
        with open(os.path.join(made, "SHA256SUMS"), encoding="utf-8") as f:
            sums.append(f.read())
    if sums[0] != sums[1]:
        raise AssertionError(f"the packages differ:\n{sums[0]}\n{sums[1]}")
    print("ok the packages of two folders are the same")


def main():
    arguments = sys.argv[1:]
    keep = arguments[0] == "--keep"
    folder, *chosen = arguments[1:] if keep else arguments
    if not (keep and os.path.isdir(folder)):
        shutil.rmtree(folder, ignore_errors=True)
        clone(folder)
    take_changes(folder)
    for name in chosen or names():
        start = time.monotonic()
        count = run_page(folder, name)
        if count:
            print(f"ok {name}: {count} blocks, {time.monotonic() - start:.0f} s", flush=True)
    if not chosen or "docs/howto/package.md" in chosen:
        compare_packages(folder)
    if not keep:
        shutil.rmtree(folder)


main()
