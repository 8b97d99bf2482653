# SPDX-License-Identifier: MIT
"""examples/vscode: the files are what VS Code reads, what they name exists, and their commands run in a folder as they expect it."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

import pytest

from duotest.board import ROOT, firmware, require

FOLDER = os.path.join(ROOT, "examples", "vscode")
INPUTS = {"version": "1.2.3", "port": "/dev/null"}


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as f:
        return json.loads(re.sub(r"^\s*//.*$", "", f.read(), flags=re.M))


def named(items, key):
    names = [item[key] for item in items]
    assert len(set(names)) == len(names), f"twice the same {key}: {names}"
    return dict(zip(names, items))


def files_exist(where, text, project):
    """Paths of duoboot's clone are there as the build leaves them; programs are where the build task puts them."""
    for path in re.findall(r"(?:\$\{workspaceFolder\}/)?((?:duoboot|build)/[\w./-]+)", text):
        made_later = path.startswith("build/") and not path.startswith(("build/cm7", "build/cm4"))
        assert made_later or os.path.exists(os.path.join(project, path)), f"{where}: {path} does not exist"


def test_the_launch_file(project):
    launch, tasks = read("launch.json"), named(read("tasks.json")["tasks"], "label")
    configurations = named(launch["configurations"], "name")
    for name, c in configurations.items():
        files_exist(name, json.dumps(c), project)
        assert c["type"] == "cortex-debug" and c["request"] == "attach", name  # never `launch`: that loads
        assert "load" not in json.dumps(c["overrideAttachCommands"]), name
        assert c.get("preLaunchTask", "duoemu") in tasks, f"{name}: there is no task {c['preLaunchTask']}"
        assert c["servertype"] != "external" or re.fullmatch(r"localhost:\d+", c["gdbTarget"]), name
    for compound in launch["compounds"]:
        for name in compound["configurations"]:
            assert name in configurations, f"{compound['name']}: there is no configuration {name}"
    ports = set(re.findall(r"--gdb-m[74] (\d+)", tasks["duoemu"]["command"]))
    wanted = {c["gdbTarget"].split(":")[1] for name, c in configurations.items() if "emulator" in name}
    assert ports == wanted, f"duoemu waits on {ports}, debuggers come to {wanted}"


def command_of(task, inputs):
    """As VS Code replaces variables."""
    text = task["command"].replace("${workspaceFolder}", ".")
    for name in re.findall(r"\$\{input:(\w+)\}", text):
        assert name in inputs, f"{task['label']}: there is no input {name}"
        text = text.replace(f"${{input:{name}}}", INPUTS[name])
    assert "${" not in text, text
    return text


def test_the_tasks(project):
    file = read("tasks.json")
    tasks, inputs = named(file["tasks"], "label"), named(file["inputs"], "id")
    for label, task in tasks.items():
        assert task.get("dependsOn", label) in tasks, f"{label} depends on what there is not: {task['dependsOn']}"
        files_exist(label, command_of(task, inputs), project)
    for label in ("bundle", "doctor"):
        done = subprocess.run(command_of(tasks[label], inputs), shell=True, cwd=project, capture_output=True, text=True, timeout=600,
                              check=False)
        assert done.returncode == 0, f"task {label} ended with {done.returncode}: {done.stdout[-800:]}{done.stderr[-800:]}"
    update = command_of(tasks["update the board"], inputs)
    done = subprocess.run(update, shell=True, cwd=project, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3 and "/dev/null" in done.stderr, done.stderr  # options and bundle are right, the port is not
    the_board_task(project, tasks["duoemu"])


def the_board_task(project, task):
    """VS Code goes on when the line comes that ends the background task's beginning."""
    command = re.sub(r"(--gdb-m[74]|--web) \d+", r"\1 0", command_of(task, {}))
    with tempfile.TemporaryFile("w+") as log:
        board = subprocess.Popen("exec " + command, shell=True, cwd=project, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            end, said = time.monotonic() + 60, ""
            while not re.search(task["problemMatcher"]["background"]["endsPattern"], said):
                assert board.poll() is None and time.monotonic() < end, f"the board does not say that it is ready: {said}"
                time.sleep(0.05)
                log.seek(0)
                said = log.read()
        finally:
            board.terminate()
            board.wait(timeout=60)


@pytest.fixture(name="project")
def a_project():
    """The reader's folder: two programs, a key, duoboot beside them."""
    key = os.path.join(ROOT, "build", "keys", "dev.pem")
    require(key, firmware("boot_cm7.elf"), firmware("app_m7_v1.elf"), firmware("app_m4_v1.elf"))
    with tempfile.TemporaryDirectory() as project:
        os.symlink(ROOT, os.path.join(project, "duoboot"))
        for core in ("m7", "m4"):
            os.makedirs(os.path.join(project, "build", f"c{core}"))
            shutil.copy2(firmware(f"app_{core}_v1.elf"), os.path.join(project, "build", f"c{core}", "app.elf"))
        os.makedirs(os.path.join(project, "keys"))
        shutil.copy2(key, os.path.join(project, "keys", "product.pem"))
        yield project
