# SPDX-License-Identifier: MIT
"""No command of duoemu destroys what it reads, another output or a private key; and the examples of its help texts."""
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from duotest.emulator import DUOEMU, fw

FILE = 5
DUOBOOT = os.path.join(os.path.dirname(DUOEMU), "duoboot")
RUN = ("run", "--option", "BCM4=0", "--for", "1ms")
TORTURE = ("torture", "--sample", "1")
DOCTOR = ("doctor", "--for", "1ms")
# A command, its inputs and its outputs; %s is the file.
CALLS = (
    (RUN, {"--m7": "%s"}, {"--trace": "%s"}),
    (RUN, {"--m7": "%s"}, {"--trace-events": "%s"}),
    (RUN, {"--m7": "%s", "--load": "%s", "--symbols": "%s"}, {"--uart": "USART1=file:%s"}),
    (RUN, {"--m7": "%s", "--m4": "%s"}, {"--uart": "USART3=file:%s"}),
    (RUN, {"--m7": "%s", "--load": "%s@0x24000000"}, {"--trace": "%s"}),
    (RUN, {"--m7": "%s", "--flash": "%s"}, {"--trace": "%s"}),
    (TORTURE, {"--flash": "%s", "--key": "%s", "--m7": "%s", "--m4": "%s", "--load": "%s", "--resume": "%s"}, {"--html": "%s"}),
    (DOCTOR, {"--m7": "%s", "--m4": "%s", "--load": "%s", "--symbols": "%s"}, {"--html": "%s"}),
    (DOCTOR, {"--m7": "%s", "--flash": "%s"}, {"--html": "%s"}),
)


class Outputs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)
        subprocess.run([DUOBOOT, "keygen", "-q", "--out", "key.pem"], cwd=self.dir, check=True)
        self.key = (self.dir / "key.pem").read_bytes()

    def run_emu(self, *words):
        return subprocess.run([DUOEMU, *words], cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120)

    def aliases(self, name):
        for kind, make in (("link", os.symlink), ("hard", os.link)):
            make(self.dir / name, self.dir / f"{kind}-{name}")
        return [name, "./" + name, str(self.dir / name), "link-" + name, "hard-" + name]

    def test_an_output_is_no_input_and_no_key(self):
        content = Path(fw("chip_clock_m7.elf")).read_bytes()
        inputs = []
        for number, (command, reads, writes) in enumerate(CALLS):
            words, names = list(command), []
            for option, form in reads.items():
                name = f"in{number}{option}"
                (self.dir / name).write_bytes(content)
                words += [option, form % name]
                names.append(name)
            inputs += names
            victims = [alias for name in names for alias in self.aliases(name)] + ["key.pem"]
            for option, form in writes.items():
                for victim in victims:
                    with self.subTest(command=command, option=option, victim=victim):
                        done = self.run_emu(*words, option, form % victim)
                        self.assertEqual(done.returncode, FILE, done.stderr)
                        self.assertIn(victim, done.stderr)
                        self.assertEqual((self.dir / "key.pem").read_bytes(), self.key)
                        for name in inputs:
                            self.assertEqual((self.dir / name).read_bytes(), content, name)

    def test_a_flash_file_is_no_key_and_no_program(self):
        done = self.run_emu(*RUN, "--m7", fw("chip_clock_m7.elf"), "--flash", "key.pem")
        self.assertEqual(done.returncode, FILE)
        self.assertEqual((self.dir / "key.pem").read_bytes(), self.key)

    def test_every_output_is_in_the_table(self):
        tried = {(command[0], option) for command, reads, writes in CALLS for option in {**reads, **writes}}
        for command in ("run", "torture", "doctor"):
            for option in re.findall(r"^ .*(--[\w-]+) FILE", self.run_emu(command, "--help").stdout, re.M):
                self.assertTrue((command, option) in tried or (command, option) == ("torture", "--key"), (command, option))

    def test_a_report_that_cannot_be_written_is_known_before_the_run(self):
        done = self.run_emu(*TORTURE, "--flash", "none", "--key", "missing", "--html", "no/dir/x.html")
        self.assertEqual(done.returncode, FILE)
        self.assertIn("no/dir/x.html", done.stderr)
        done = self.run_emu("doctor", "--m7", fw("chip_clock_m7.elf"), "--html", "no/dir/x.html")
        self.assertEqual((done.returncode, done.stdout), (FILE, ""))
        self.assertIn("no/dir/x.html", done.stderr)

    def test_a_trace_on_standard_output(self):
        done = self.run_emu(*RUN, "--m7", fw("chip_clock_m7.elf"), "--trace", "-", "-q")
        self.assertIn("CM7 08", done.stdout)

    def test_a_program_from_standard_input(self):
        with open(fw("chip_clock_m7.elf"), "rb") as program:
            done = subprocess.run([DUOEMU, "run", "--m7", "-", "--option", "BCM4=0", "--until", "^PASS", "-q"],
                                  stdin=program, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_examples_of_the_help_texts_run(self):
        for name, program in {"boot_cm7": "boot_cm7", "boot_cm4": "boot_cm4", "app_m7": "app_m7_v1", "app_m4": "app_m4_v1"}.items():
            os.symlink(fw(program + ".elf"), self.dir / (name + ".elf"))
        trusted = Path(DUOBOOT).parents[1] / "keys" / "trusted"
        if not trusted.exists():
            self.skipTest(f"{trusted} is absent")
        for core in ("m7", "m4"):
            subprocess.run([DUOBOOT, "sign", "-q", "-c", core, "-V", "1.0.0", "-k", "key.pem", "-o", core + ".img", f"app_{core}.elf"],
                           cwd=self.dir, check=True)
        subprocess.run([DUOBOOT, "factory", "-q", "--m7", "m7.img", "--m4", "m4.img", "-o", "factory.hex"], cwd=self.dir, check=True)
        for command, codes in (("run", (0, 3)), ("doctor", (0, 1)), ("glitch", (0,))):
            example = re.search(r"^example: duoemu (.*)$", self.run_emu(command, "--help").stdout, re.M).group(1)
            done = self.run_emu(*example.split())
            self.assertIn(done.returncode, codes, done.stderr)
