# SPDX-License-Identifier: MIT
"""The stack that libduo's functions need on each core, by the compiler's own figures and the graph of calls.

duo_update_work() verifies signatures (DUO_STACK_VERIFY), the SMP server makes up answers (DUO_STACK_SERVER); all others keep
to DUO_STACK in every path.
"""

import json
import os
import re
import shlex
import subprocess
import tempfile

import pytest

from duotest.board import ROOT, require

# Not reached from these functions: libduo forbids the journal to turn while they write (`stays`), and gives a
# confirmation the counter (`counter_known`).
CUT = r"journal\.c:switch_halves$|txn\.c:current_counter$"
# Nor is padding from poll: work has written the first record of the power cycle.
CUT_FOR = {"duo_update_poll": CUT + r"|journal\.c:pad"}
# Nor does the server verify a signature: it asks without a key, and leaves that to the session.
CUT_SERVER = CUT + r"|^duo_image_check_signature$"
# What core/ calls through struct duo_flash.
DRIVER = r"flash\.c:(begin_erase|begin_program|poll|read_op)$|journal_cm7\.c:idle$"
# The parts of BearSSL that verify a signature, and what is called there by pointers.
BEARSSL = r"build/deps/bearssl/src/(ec/(ec_p256_m31|ecdsa_)|int/i31_|int/i32_div32|hash/sha2small|codec/)"
CURVE = r"ec_p256_m31\.c:api_\w+$|crypto\.c:(order|muladd|catch\w*)$"
ECDSA = r"br_ecdsa_i31_vrfy_(asn1|raw)$|" + CURVE
# What core/image calls through a reader.
READER = r"(slot\.c:view_read|set\.c:placement_read)$|^duo_mem_read$"
# What the SMP server calls through struct duo_smp_ops, and for each line of an answer.
SERVER = r"server_device\.c:(images|select|erase|reset|command)$|^server_upload(ed)?$|server_link\.c:send$"
# ... and through struct duo_an3155_ops; and what an application that has asked for it reaches that way.
BY_ADDRESS = r"programmer\.c:(say|read|write|erase|go)$"
PROGRAMMER = r"programmer\.c:(input|work)$"

# Of core/, which is the same for both: looked at with the M7's.
TEXTS = {"duo_event_text", "duo_reason_text", "duo_status_text"}


def limit_of(name):
    kind = "_VERIFY" if name == "duo_update_work" else "_SERVER" if name.startswith("duo_server_") else ""
    header = "server.h" if kind == "_SERVER" else "duo.h"
    with open(os.path.join(ROOT, "include", "duo", header), encoding="utf-8") as file:
        return int(re.search(rf"#define DUO_STACK{kind}\s+(\d+)u", file.read()).group(1))


def indirect(source, names):
    """The functions that one of this source file may reach by a pointer."""
    by_folder = (("bearssl/", CURVE), ("crypto.c", ECDSA), ("core/image/", READER),
                 ("an3155.c", BY_ADDRESS), ("proto/", SERVER), ("server_cm7.c", PROGRAMMER), ("port/", None),
                 ("layouts/", None))
    pattern = next((what for where, what in by_folder if where in source), DRIVER)
    return [each for each in names if pattern and re.search(pattern, each)]


def compile_with_graph(entry, out, *options):
    """The command of the build, once more, into another file."""
    command = shlex.split(entry["command"])
    command = command[1:] if os.path.basename(command[0]) == "ccache" else command
    for option in ("-o", "-MF", "-MT"):
        if option in command:
            at = command.index(option)
            del command[at:at + 2]
    command = [word for word in command if word != "-MD"]
    subprocess.run([*command, *options, "-o", out, "-fcallgraph-info=su"], cwd=entry["directory"], check=True, timeout=100)


def read_graph(folder):
    size, calls, source = {}, {}, {}
    for name in os.listdir(folder):
        if not name.endswith(".ci"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        for title, label in re.findall(r'node: \{ title: "([^"]+)" label: "([^"]*)"', text):
            own = re.search(r"\\n([^\\]*?):\d+:\d+\\n(\d+) bytes \(", label)
            if own:
                source[title], size[title] = own.group(1), int(own.group(2))
        for caller, callee in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', text):
            calls.setdefault(caller, set()).add(callee)
    return size, calls, source


def deepest(graph, name, cut, above=()):
    """Bytes below and including this function, and the way there."""
    size, calls, source = graph
    if name in above or re.search(cut, name):
        return 0, ()
    below = 0, ()
    for callee in calls.get(name, ()):
        if callee == "__indirect_call":
            targets = indirect(source[name], size)
        else:
            targets = [callee]
        for target in targets:
            below = max(below, deepest(graph, target, cut, (*above, name)))
    return size.get(name, 0) + below[0], (f"{os.path.basename(name)} {size.get(name, 0)}", *below[1])


@pytest.mark.parametrize("core, folders, options", [
    ("cm7", r"(lib|core|proto|port|layouts)/|" + BEARSSL, ()), ("cm4", r"(lib|proto|port)/", ()),
    pytest.param("cm7", r"(lib|core|proto|port|layouts)/|" + BEARSSL, ("-DDUO_LMS=1",), marks=pytest.mark.proof)])
def test_every_function_keeps_to_its_stack(core, folders, options):
    """Also with second signatures."""
    commands = os.path.join(ROOT, "build", core, "compile_commands.json")
    require(commands)
    with open(commands, encoding="utf-8") as file:
        entries = [entry for entry in json.load(file) if re.match(folders, os.path.relpath(entry["file"], ROOT))]
    with tempfile.TemporaryDirectory() as folder:
        for number, entry in enumerate(entries):
            compile_with_graph(entry, os.path.join(folder, f"{number}.o"), *options)
        graph = read_graph(folder)
    with open(os.path.join(ROOT, "lib", "exports.txt"), encoding="utf-8") as file:
        names = set(file.read().split())
    if core == "cm4":
        names -= TEXTS
    assert names <= set(graph[0]), f"no figures for {names - set(graph[0])}"
    for name in sorted(names):
        cut = CUT_SERVER if name.startswith("duo_server_") else CUT_FOR.get(name, CUT)
        need, way = deepest(graph, name, cut)
        print(f"{name}: {need} of {limit_of(name)} bytes: {' > '.join(way)}")
        assert need <= limit_of(name), f"{name} needs {need} of {limit_of(name)} bytes: {' > '.join(way)}"
