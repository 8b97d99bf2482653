# SPDX-License-Identifier: MIT
"""The commands of duoboot for a connected device, on the real firmware and a pseudo-terminal, in real time."""

import glob
import json
import os
import pty
import re
import select
import shutil
import subprocess
import termios
import time
import tty

import pytest

from duotest.board import BIN, Board, firmware, run
from duotest.recovery import bundle, contents, factory, files, image, other_key, running

PATIENCE = "300"  # the emulator on a loaded machine


def duoboot(board, command, *arguments, code=0):
    done = subprocess.run([f"{BIN}/duoboot", command, "--port", board.port, "--timeout", PATIENCE, *arguments],
                          capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == code, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def status(board):
    return json.loads(duoboot(board, "status", "--json"))


def in_recovery():
    return Board("--load", factory(), "--button", "PC13=50ms")


def test_it_is_asked_and_read():
    with in_recovery() as board:
        board.expect("waiting for a bundle", 300)
        found = status(board)
        assert found["schema"] == 1 and found["status"]["state"] == "factory", found
        assert [i["version"] for i in found["images"]["images"]] == ["1.0.0", "1.0.0"], found
        text = duoboot(board, "status")
        assert "in recovery" in text and "m7 slot 0  1.0.0, runs, confirmed" in text, text
        assert "options    as the bootloaders need them" in text, text
        out = files.path("read.img")
        duoboot(board, "read", "-q", "-o", out, "m4")
        assert contents(out) == contents(image("m4", "1.0.0"))
        assert "m7 application not protected" in duoboot(board, "protect")
        assert "bootloaders    protected" in duoboot(board, "protect", "bootloaders", "on")
        assert "bootloaders    not protected" in duoboot(board, "protect", "bootloaders", "off")
        assert "refused" in duoboot(board, "rollback", code=5)
        duoboot(board, "reset", "--recovery")
        board.expect("reason: recovery was asked for", 300)
        duoboot(board, "reset")
        board.expect(running(1, 1), 300)


def test_it_is_confirmed_and_rolled_back():
    with in_recovery() as board:
        board.expect("waiting for a bundle", 300)
        duoboot(board, "update", "-q", "--no-wait", bundle("2.0.0"))
        board.expect("app m7 2.0.0: set", 300)
        os.write(board.line, b"r")
        board.expect("waiting for a bundle", 300)
        assert status(board)["status"]["state"] in ("trial", "confirmed")
        duoboot(board, "confirm")
        assert status(board)["status"]["state"] == "confirmed"
        duoboot(board, "rollback")
        board.expect(running(1, 1), 300)


def test_a_running_product_is_updated_though_the_cable_breaks():
    """Its application serves SMP. The board goes while the bundle is sent, and comes back at another port of the same name."""
    port, flash = files.path("tty"), files.path("cable.flash")
    with Board("--load", factory(), "--flash", flash) as board:
        board.expect(running(1, 1), 300)
        os.symlink(board.port, port)
        found = status(board)
        assert not found["status"]["recovery"] and "options" not in found and found["log"]["events"] == [], found
        tool = subprocess.Popen([f"{BIN}/duoboot", "update", "--port", port, "--timeout", PATIENCE, bundle("2.0.0")],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while "sending" not in tool.stderr.readline():
            assert tool.poll() is None, "it ended too early"
        os.unlink(port)  # first: the number of a pseudo-terminal is soon another one's
    assert "waiting for it to come back" in tool.stderr.readline()
    with Board("--flash", flash) as board:
        os.symlink(board.port, port)
        out, said = tool.communicate(timeout=900)
        assert tool.returncode == 0 and out == "set 2.0.0 runs: m7 2.0.0, m4 2.0.0, state confirmed\n", (out, said)
        assert "both cores have confirmed it" in duoboot(board, "status")


def cut_in_the_transfer(ours, board, tool, after):
    """Joins tool and board until `after` bytes have gone to the board; from then on the tool hears nothing. How long it waits."""
    sent, cut = 0, None
    while tool.poll() is None:
        for line in select.select([ours, board.line], [], [], 0.1)[0]:
            part = os.read(line, 4096)
            if line == ours:
                sent += len(part)
                os.write(board.line, part)
            elif cut is None:
                os.write(ours, part)
        cut = cut or (time.monotonic() if sent > after else None)
    return time.monotonic() - cut


@pytest.mark.proof
def test_a_device_that_goes_silent_in_the_transfer():
    """A short patience is kept there, too; an answer to a piece may take 10 s."""
    with in_recovery() as board:
        board.expect("waiting for a bundle", 300)
        ours, its = pty.openpty()
        tty.setraw(its, termios.TCSANOW)
        tool = subprocess.Popen([f"{BIN}/duoboot", "update", "--port", os.ttyname(its), "--timeout", "5", bundle("2.0.0")],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        waited = cut_in_the_transfer(ours, board, tool, 24000)  # in the second piece, or after it
        said = tool.communicate()[1]
        os.close(ours)
        os.close(its)
        assert tool.returncode == 4 and "went silent" in said and waited < 30, (tool.returncode, said, waited)


def test_mistakes_and_silence():
    done = subprocess.run([f"{BIN}/duoboot", "status"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "--port is needed" in done.stderr, done.stderr
    with in_recovery() as board:
        done = subprocess.run([f"{BIN}/duoboot", "protect", "--port", board.port, "m9", "on"], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 2, done.stderr


def test_one_file_is_all_that_a_new_device_needs():
    out, more = files.path("whole.hex"), ("--bundle", bundle("1.0.0"), "-k", files.key)
    made = [f"{BIN}/duoboot", "factory", *more, "--out", out]
    swapped = subprocess.run([*made, "--boot-m7", firmware("boot_cm4.hex"), "--boot-m4", firmware("boot_cm7.hex")],
                             capture_output=True, text=True, check=False)
    assert swapped.returncode == 5 and "is not the M7 bootloader" in swapped.stderr, swapped.stderr
    run(*made, "--boot-m7", firmware("boot_cm7.elf"), "--boot-m4", firmware("boot_cm4.hex"))
    said = subprocess.run([f"{BIN}/duoemu", "run", "--m7", out, "--until", "m7 1[.]0[.]0 beat 2", "--for", "20s"],
                          capture_output=True, text=True, timeout=600, check=False)
    assert said.returncode == 0 and "set 1.0.0, state confirmed" in said.stdout + said.stderr, said.stdout


def test_a_bootloader_is_asked():
    about = json.loads(run(f"{BIN}/duoboot", "info", "--json", firmware("boot_cm7.hex")))
    key = json.loads(run(f"{BIN}/duoboot", "info", "--json", files.key))
    assert about["key_id"] == key["key_id"] and about["hardware_id"] == "0x00000745" and about["baud"] == 115200, about
    verify = [f"{BIN}/duoboot", "verify", "--bootloader", firmware("boot_cm7.elf")]
    run(*verify, bundle("2.0.0"))
    for refused in (bundle("2.0.0", key=other_key()), bundle("2.0.0", hardware_id="0x999")):
        assert subprocess.run([*verify, refused], capture_output=True, check=False).returncode == 1, refused
    both = subprocess.run([*verify, "-k", files.key, bundle("2.0.0")], capture_output=True, check=False)
    none = subprocess.run([f"{BIN}/duoboot", "verify", "--bootloader", firmware("boot_cm4.elf"), bundle("2.0.0")],
                          capture_output=True, check=False)
    assert (both.returncode, none.returncode) == (2, 5)


def found_on(ports, patience=PATIENCE, port="auto", before=()):
    done = subprocess.run([*before, f"{BIN}/duoboot", "status", "--port", port, "--timeout", patience], capture_output=True,
                          text=True, check=False, timeout=900, env=dict(os.environ, DUO_PORTS=ports))
    return done.returncode, done.stderr


def with_usb_device(folder, port, serial):
    """A command runs as if the kernel said that this port is a USB device's; None where that cannot be arranged."""
    device = folder / "tty" / os.path.basename(port) / "device"
    device.mkdir(parents=True)
    for name, text in (("idVendor", "0483"), ("idProduct", "374e"), ("serial", serial)):
        (device / name).write_text(text + "\n")
    before = ("unshare", "-m", "sh", "-c", f'mount --bind "{folder}/tty" /sys/class/tty && exec "$@"', "sh")
    possible = subprocess.run([*before, "test", "-e", f"/sys/class/tty/{os.path.basename(port)}"], capture_output=True, check=False)
    return before if possible.returncode == 0 else None


def test_without_a_port_nobody_waits():
    for ports, said in (("", "no USB serial port"), ("/dev/null", "no serial port can be opened, of 1: /dev/null")):
        if ports or not glob.glob("/dev/ttyACM*") + glob.glob("/dev/ttyUSB*"):
            code, words = found_on(ports)
            assert code == 3 and said in words, words
    master, slave = pty.openpty()
    assert found_on(os.ttyname(slave), "1")[0] == 4
    os.close(master)
    os.close(slave)


def test_the_port_is_found():
    with in_recovery() as board, Board("--load", factory(), "--button", "PC13=50ms") as other:
        board.expect("waiting for a bundle", 300)
        other.expect("waiting for a bundle", 300)
        assert found_on(board.port)[0] == 0
        for _ in range(30):  # a slow emulator may miss the time in which the second one counts
            code, said = found_on(board.port + ":" + other.port)
            if code == 5 and "2 devices answered" in said:
                return
        raise AssertionError(f"{code}: {said}")


def test_the_port_of_a_usb_device_is_found(tmp_path):
    with in_recovery() as board:
        board.expect("waiting for a bundle", 300)
        code, said = found_on(board.port, port="usb:0483:374e")
        assert code == 3 and f"{board.port} is no USB device" in said, said
        assert found_on(board.port, port="usb:0483")[0] == 2
        before = with_usb_device(tmp_path, board.port, "0670FF48")
        if not before:
            pytest.skip("no mount of our own (needs root): the rest is tested by tool_port_usb")
        assert found_on(board.port, port="usb:0483:374e", before=before)[0] == 0
        assert found_on(board.port, port="usb:0483:374e:0670FF48", before=before)[0] == 0
        code, said = found_on(board.port, port="usb:0483:374e:1", before=before)
        assert code == 3 and f"{board.port} is 0483:374e:0670FF48" in said, said


@pytest.mark.proof
def test_the_examples_of_the_help_texts_run():
    """Each command for a device, as its help shows it, one after the other on one board."""
    with in_recovery() as board:
        board.expect("waiting for a bundle", 300)
        shutil.copy(bundle("2.0.0"), files.path("set.duo"))
        for command in ("status", "read", "protect", "reset", "update", "monitor", "rollback", "confirm"):
            shown = re.search(r"^example: duoboot (.*)$", run(f"{BIN}/duoboot", command, "--help"), re.M).group(1)
            assert shown.split()[0] == command and "/dev/ttyACM0" in shown, shown
            words = [word.replace("/dev/ttyACM0", board.port) for word in shown.split()]
            patient = ["--timeout", PATIENCE] if command != "monitor" else []
            done = subprocess.run([f"{BIN}/duoboot", *words, *patient], cwd=files.path(""), capture_output=True, text=True, timeout=900,
                                  check=False)
            assert done.returncode == 0, f"{shown} ended with {done.returncode}: {done.stdout}{done.stderr}"
