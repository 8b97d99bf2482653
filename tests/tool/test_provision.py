# SPDX-License-Identifier: MIT
"""duoboot provision: its HEX runs on the emulated board, and its scripts set a device up in a safe order (played_probe.py)."""
import itertools
import json
import os
import re
import shutil
import subprocess

from duotest.board import BIN, firmware, key_pair, require
from duotest.toolcase import IO, REJECTED, USAGE, VERIFY, ToolTest

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = {"cubeprogrammer.sh": "STM32_Programmer_CLI", "openocd.sh": "openocd"}
FILES = {"device.hex", "set.duo", "options.txt", *SCRIPTS}
FACTORY = {"5200201c": 0x1BC6AAF0, "52002040": 0x1FF00800, "52002048": 0x10000810, "52002038": 0xFF, "52002138": 0xFF,
           "5c001000": 0x20036450}
ORDER = ["erase 0", "erase 1", "write", "verify", "BCM4=0", "WRP 0", "WRP 1", "RDP"]


class Provision(ToolTest):
    def setUp(self):
        super().setUp()
        self.boots = ["--boot-m7", firmware("boot_cm7.elf"), "--boot-m4", firmware("boot_cm4.hex")]
        self.apps = ["--m7", firmware("app_m7_v1.elf"), "--m4", firmware("app_m4_v1.elf")]
        require(*self.boots[1::2], *self.apps[1::2])
        self.signer = key_pair()

    def words(self, *extra, apps=None, key=None, out="line"):
        return ["provision", *(apps or self.apps), *self.boots, "-V", "1.0.0", "-k", key or self.signer, "-o", out, *extra]

    def set_up(self, script, **played):
        """Runs a script against a device in this state; what the device is then, and the script's result."""
        state = {"registers": dict(FACTORY), "flash": {"0": "something old", "1": "something old"}, "done": [], **played}
        self.write("device.json", json.dumps(state))
        bin_folder = self.path("bin")
        os.makedirs(bin_folder, exist_ok=True)
        for name in SCRIPTS.values():
            if not os.path.exists(os.path.join(bin_folder, name)):
                os.symlink(os.path.join(HERE, "played_probe.py"), os.path.join(bin_folder, name))
        environment = {name: value for name, value in os.environ.items() if name not in ("PROBE", "OPENOCD", "OPENOCD_BOARD")}
        done = subprocess.run([self.path(f"line/{script}")], cwd="/", capture_output=True, text=True, timeout=60,
                              env=environment | {"PATH": f"{bin_folder}:{os.environ['PATH']}", "PLAYED": self.path("device.json")})
        self.assertNotIn("Traceback", done.stderr)
        return json.loads(self.read("device.json")), done

    def test_the_hex_starts_both_applications(self):
        self.tool(*self.words())
        self.assertEqual(set(os.listdir(self.path("line"))), FILES)
        said = subprocess.run([os.path.join(BIN, "duoemu"), "run", "--m7", self.path("line/device.hex"), "--option", "BCM4=0",
                               "--until", r"m7 1\.0\.0 beat 2, m4 1\.0\.0", "--for", "20s"], capture_output=True, text=True, timeout=300)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
        self.assertIn("set 1.0.0, state confirmed", said.stdout)
        self.tool("verify", "--bootloader", self.boots[1], "line/set.duo")

    def test_the_example_of_the_help_text_runs(self):
        for name, path in (("app_m7.elf", self.apps[1]), ("app_m4.elf", self.apps[3]), ("boot_cm7.hex", firmware("boot_cm7.hex")),
                           ("boot_cm4.hex", self.boots[3]), ("product.pem", self.signer)):
            shutil.copy(path, self.path(name))
        example = re.search(r"^example: duoboot (.*)$", self.tool("provision", "--help"), re.M).group(1)
        self.tool(*example.split())
        self.assertEqual(set(os.listdir(self.path("line"))), FILES)

    def test_images_that_are_signed_are_taken_as_they_are(self):
        apps = []
        for core, path in (("m7", self.apps[1]), ("m4", self.apps[3])):
            self.tool("sign", "-c", core, "-V", "1.2.3", "-s", "4", "-k", self.signer, "-o", f"{core}.img", path)
            apps += [f"--{core}", f"{core}.img"]
        self.tool(*self.words(apps=apps))
        shown = self.info("line/set.duo")
        self.assertEqual((shown["set_version"], shown["security_counter"]), ("1.0.0", 4))
        self.assertIn(self.read("m7.img"), self.read("line/set.duo"))

    def test_the_scripts_go_in_a_safe_order_and_leave_what_the_plan_says(self):
        self.tool(*self.words())
        plan = self.read("line/options.txt").decode()
        for option in ("BCM4 = 0", "nWRP0 = 0, nWRP8 = 0", "RDP = 0xBB", "BOOT_CM7_ADD0 = 0x0800", "SWAP_BANK = 0"):
            self.assertIn(option, plan)
        for script in SCRIPTS:
            with self.subTest(script):
                device, done = self.set_up(script)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertEqual(device["done"], ORDER)
                self.assertEqual(device["flash"]["0"], self.read("line/device.hex").decode())
                optsr = device["registers"]["5200201c"]
                self.assertEqual(optsr | 0xFF00 | 1 << 22, FACTORY["5200201c"] | 0xFF00)
                self.assertFalse(optsr & 1 << 22)
                self.assertNotIn(optsr >> 8 & 0xFF, (0xAA, 0xCC))
                self.assertEqual((device["registers"]["52002038"], device["registers"]["52002138"]), (0xFE, 0xFE))
                self.assertIn("done:", done.stdout)

    def test_a_device_that_is_not_new_is_left_alone(self):
        self.tool(*self.words())
        others = (("5200201c", 0x1BC600F0, "protected"), ("5200201c", 0x9BC6AAF0, "swapped"), ("5200201c", 0x1B46AAF0, "BCM7"),
                  ("5200201c", 0x1BE6AAF0, "secure"), ("52002040", 0x1FF01FF0, "BOOT_CM7_ADD0"), ("52002048", 0x10000801, "BOOT_CM4_ADD0"),
                  ("52002038", 0xFE, "write-protected"), ("52002138", 0x7F, "write-protected"), ("5c001000", 0x20036483, "no STM32H745"))
        for script, (register, value, why) in zip(itertools.cycle(SCRIPTS), others):
            with self.subTest((script, why)):
                device, done = self.set_up(script, registers=FACTORY | {register: value})
                self.assertEqual((done.returncode, device["done"]), (1, []), done.stdout)
                self.assertIn(why, done.stderr)

    def test_what_fails_ends_it_before_anything_is_protected(self):
        self.tool(*self.words())
        turns = itertools.cycle(SCRIPTS)  # the order is one file for both
        for script, (i, step) in zip(turns, enumerate(ORDER)):
            with self.subTest((script, step)):
                device, done = self.set_up(script, fails=step)
                self.assertEqual((done.returncode, device["done"]), (1, ORDER[:i + 1]), done.stdout)
                self.assertIn("provision: error:", done.stderr)
        for script, step in zip(turns, ("BCM4=0", "WRP 0", "WRP 1", "RDP")):
            with self.subTest((script, step, "ignored")):
                device, done = self.set_up(script, ignores=step)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertEqual("RDP" in device["done"], step == "RDP")

    def test_no_probe_is_said(self):
        self.tool(*self.words())
        for script in SCRIPTS:
            done = subprocess.run([self.path(f"line/{script}")], capture_output=True, text=True, timeout=60,
                                  env=os.environ | {"STM32_PROGRAMMER_CLI": "false", "OPENOCD": "false"})
            self.assertEqual(done.returncode, 1)
            self.assertIn("is the probe connected", done.stderr)

    def test_prototypes_stay_readable(self):
        self.tool(*self.words("--no-read-protection"))
        self.assertIn("no read protection, as asked", self.read("line/options.txt").decode())
        for script in SCRIPTS:
            device, done = self.set_up(script)
            self.assertEqual((done.returncode, device["done"]), (0, ORDER[:-1]), done.stderr)

    def test_what_the_bootloader_would_not_start_is_refused(self):
        self.refused(VERIFY, *self.words(key="key.pem"), saying="key")
        self.refused(REJECTED, *self.words(apps=self.apps[2:] + ["--m7", self.apps[3]]), saying="slot")
        self.refused(REJECTED, *self.words("--boot-m7", self.boots[3]), saying="describes itself")
        self.refused(REJECTED, *self.words("--boot-m4", self.boots[1]), saying="is not the M4 bootloader")
        self.refused(REJECTED, "--layout=twin" if os.environ.get("DUO_LAYOUT", "exchange") == "exchange" else "--layout=exchange",
                     *self.words(), saying="flash layout")
        self.refused(USAGE, "provision", *self.apps, "-V", "1.0.0", "-k", "key.pem", "-o", "line", saying="--boot-m7")
        self.refused(USAGE, "provision", *self.apps, "-V", "1.0.0", "-k", "key.pem", "-o", "-", saying="folder")
        self.assertFalse(os.path.exists(self.path("line")))

    def test_no_file_in_the_folder_is_an_input(self):
        os.makedirs(self.path("line"))
        shutil.copy(self.apps[1], self.path("app.elf"))
        for name in FILES:
            os.symlink("../app.elf", self.path(f"line/{name}"))
            r = self.refused(IO, *self.words(apps=["--m7", "app.elf", *self.apps[2:]]), saying=["overwritten", name])
            self.assertTrue(re.search("input", r.stderr))
            os.remove(self.path(f"line/{name}"))
        with open(self.apps[1], "rb") as f:
            self.assertEqual(self.read("app.elf"), f.read())
