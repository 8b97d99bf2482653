# SPDX-License-Identifier: MIT
"""The command line of duoemu run: what it refuses, its exit codes, its result, its files."""
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from duotest.emulator import DUOEMU, fw

CLOCK = ["--m7", fw("chip_clock_m7.elf"), "--option", "BCM4=0"]
FOUND, USAGE, TIME, LOCKUP, FILE, IDLE = 0, 2, 3, 4, 5, 6


def run(*args, **kw):
    return subprocess.run([DUOEMU, "run", *args], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, **kw)


class Usage(unittest.TestCase):
    def refused(self, *args, words=()):
        done = run(*args)
        self.assertEqual(done.returncode, USAGE, f"{args}: {done.stderr}")
        for word in words:
            self.assertIn(word, done.stderr)

    def test_no_firmware(self):
        self.refused(words=["--m7"])
        self.refused(*CLOCK, "extra", words=["extra"])
        self.refused("--m7", words=["argument"])
        self.refused("--nonsense", words=["nonsense"])

    def test_bad_values_are_named(self):
        for option, values in {
                "--for": ["", "5x", "-1s", "1h", "99999999999999s"],
                "--until": ["(", "[z"],
                "--option": ["BCM4", "BCM4=2", "BCM4=x", "NOPE=1", "=1"],
                "--power-cut": ["foo", "at=x", "flash-op=0", "flash-op=x", "at=1ms,outcome=zzz"],
                "--button": ["XX", "PC99", "PC13=foo"],
                "--press": ["PC13", "PC99@1s", "PC13@", "PC13@2s..1s", "PC13@1s,high", "@1s"],
                "--led": ["", "PX1", "PB0,high"], "--ur3": ["", "both"],
                "--can": ["", "FDCAN1", "FDCAN1=FDCAN1", "FDCAN3=FDCAN1"],
                "--adc": ["", "ADC1", "ADC1:5", "ADC4:1=1V", "ADC1:20=1V", "ADC1:5=x", "ADC1:5=5V", "ADC1:5=1V@", "ADC0:1=1V@1s"],
                "--uart": ["USART9=stdio", "UART=stdio", "USART3"],
                "--gdb-m7": ["abc", "65536", "-1"],
                "--seed": ["x"], "--quantum": ["x"], "--hse": ["abc", "1"]}.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    self.refused(*CLOCK, option, value)

    def test_an_elf_file_takes_no_address(self):
        self.refused(*CLOCK, "--load", fw("app_m7_v1.elf") + "@0x08040000", words=["0x08040000"])


class Pins(unittest.TestCase):
    """Buttons and LEDs during a run, a console at UART8, PWM that is no error (tests/fw/chip/pins_m7.c)."""
    BOARD = ["--m7", fw("chip_pins_m7.elf"), "--option", "BCM4=0", "--uart", "UART8=stdio", "--until", "^PASS",
             "--for", "1s"]

    def test_presses_and_leds(self):
        done = run(*self.BOARD, "--press", "PC13@10ms..20ms", "--press", "PA0@25ms..30ms,low", "--press", "PC13@35ms",
                   "--led", "PB0", "--led", "PA0,low")
        self.assertEqual(done.returncode, FOUND, done.stderr)
        self.assertIn("PASS", done.stdout)
        changes = [line.split("] ")[1] for line in done.stderr.splitlines() if "] PB0 " in line]
        self.assertEqual(changes, ["PB0 on", "PB0 off"] * 2 + ["PB0 on"])
        self.assertIn("[0.010", done.stderr)
        self.assertNotIn("do not trust", done.stderr)

    def test_an_led_to_the_supply_is_lit_by_its_first_output(self):
        done = run(*self.BOARD[:-1], "50ms", "--press", "PC13@10ms..20ms", "--led", "PB0,low")
        changes = [line.split("] ")[1] for line in done.stderr.splitlines() if "] PB0 " in line]
        self.assertEqual(changes, ["PB0 on", "PB0 off", "PB0 on"])

    def test_pwm_is_a_brightness(self):
        done = run(*self.BOARD[:-1], "120ms", "--led", "PB14", "--led", "PB14,low")
        self.assertEqual(done.returncode, TIME, done.stderr)
        told = [line.split("] ")[1] for line in done.stderr.splitlines() if "] PB14 " in line]
        self.assertEqual([line for line in told if "%" in line], ["PB14 at 25 %", "PB14 at 75 %"])

    def test_without_a_press_nothing_happens(self):
        done = run(*self.BOARD[:-1], "50ms")
        self.assertEqual(done.returncode, TIME, done.stderr)
        self.assertIn("ready", done.stdout)

    def test_the_open_questions_have_switches(self):
        for ur3 in ("header", "manual"):
            self.assertEqual(run(*CLOCK, "--ur3", ur3, "--warn-only", "--m7-speculates", "--for", "1ms").returncode, TIME)


class Files(unittest.TestCase):
    def test_bad_firmware(self):
        with tempfile.TemporaryDirectory() as d:
            good = Path(fw("chip_clock_m7.elf")).read_bytes()
            for name, content in {"empty": b"", "cut.elf": good[:100], "short.elf": good[:3000],
                                  "bad.hex": b":10000000zz\n"}.items():
                path = os.path.join(d, name)
                Path(path).write_bytes(content)
                done = run("--m7", path, "--for", "1ms")
                self.assertEqual(done.returncode, FILE, f"{name}: {done.stderr}")
                self.assertIn(name, done.stderr)
            for path in (os.path.join(d, "none"), d):
                self.assertEqual(run("--m7", path).returncode, FILE)

    def test_a_bin_file_needs_a_place_that_exists(self):
        with tempfile.NamedTemporaryFile() as f:
            f.write(b"some bytes")
            f.flush()
            self.assertEqual(run(*CLOCK, "--load", f.name).returncode, FILE)
            self.assertEqual(run(*CLOCK, "--load", f.name + "@0x07000000").returncode, FILE)
            self.assertEqual(run(*CLOCK, "--load", f.name + "@0x24000000", "--for", "1us").returncode, TIME)

    def test_foreign_flash_files_are_left_alone(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "flash")
            self.assertEqual(run(*CLOCK, "--flash", path, "--for", "1ms").returncode, TIME)
            good = Path(path).read_bytes()
            for content in (good[:1000], good[:-1], b"x" + good[1:], bytes(len(good)), b"text"):
                Path(path).write_bytes(content)
                done = run("--flash", path, "--for", "1ms")
                self.assertEqual(done.returncode, FILE, done.stderr)
                self.assertIn(path, done.stderr)
                self.assertEqual(Path(path).read_bytes(), content)
            self.assertEqual(run("--flash", d, "--for", "1ms").returncode, FILE)

    def test_a_killed_run_leaves_a_good_flash_file(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "flash")
            for _ in range(5):
                child = subprocess.Popen([DUOEMU, "run", "--m7", fw("flash_cm7.elf"), "--m4", fw("flash_cm4.elf"),
                                          "--flash", path, "--for", "1000s", "-q"], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL)
                time.sleep(0.3)
                child.send_signal(signal.SIGKILL)
                child.wait(10)
                if os.path.exists(path) and os.path.getsize(path):
                    done = run("--flash", path, "--for", "1ms")
                    self.assertEqual(done.returncode, TIME, done.stderr)

    def test_one_flash_file_serves_one_board(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "flash")
            child = subprocess.Popen([DUOEMU, "run", *CLOCK, "--flash", path, "--uart", "USART3=tcp:0"],
                                     stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
            self.addCleanup(child.stderr.close)
            self.assertTrue(any("localhost" in line for line in child.stderr), "it has ended")
            done = run("--flash", path, "--for", "1ms")
            child.terminate()
            self.assertEqual(child.wait(10), 7)
            self.assertEqual(done.returncode, FILE)
            self.assertIn("in use", done.stderr)


class Ends(unittest.TestCase):
    def test_exit_codes(self):
        self.assertEqual(run(*CLOCK, "--until", "^PASS").returncode, FOUND)
        self.assertEqual(run(*CLOCK, "--for", "10ms").returncode, TIME)
        self.assertEqual(run(*CLOCK, "--for", "0s").returncode, TIME)
        self.assertEqual(run("--m7", "/dev/null/x").returncode, FILE)
        with tempfile.NamedTemporaryFile() as f:
            f.write(bytes(8))
            f.flush()
            done = run("--m7", f.name, "--option", "BCM4=0")
            self.assertEqual(done.returncode, LOCKUP)
            self.assertIn("HardFault", done.stderr)

    def test_units_of_time(self):
        for text, seconds in {"2ms": 0.002, "1500us": 0.0015, "0.25s": 0.25, "3000000ns": 0.003}.items():
            result = json.loads(run(*CLOCK, "--json", "--for", text).stdout)
            self.assertAlmostEqual(result["virtual_time_s"], seconds, delta=1e-5)

    def test_json_is_all_of_stdout(self):
        done = run(*CLOCK, "--json", "--until", "^PASS")
        result = json.loads(done.stdout)
        self.assertEqual((done.stdout.count("\n"), done.stdout[:12]), (1, '{"schema": 1'))
        self.assertEqual(result["exit_code"], 0)
        self.assertIn("480 MHz", result["uart"]["USART3"])

    def test_a_pattern_may_span_whatever_the_line_holds(self):
        self.assertEqual(run(*CLOCK, "--until", "^ok 4.0 MHz by the clock$", "--for", "1s").returncode, FOUND)
        self.assertEqual(run(*CLOCK, "--until", "supply$", "--for", "1s").returncode, FOUND)
        self.assertEqual(run(*CLOCK, "--until", "^supply", "--for", "1s").returncode, TIME)

    def test_trace_has_every_instruction(self):
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "trace")
            run(*CLOCK, "--trace", path, "--for", "100us", "-q")
            lines = Path(path).read_text().splitlines()
            self.assertGreater(sum("CM7 08" in line for line in lines), 3000)
            run(*CLOCK, "--trace-events", path, "--for", "10ms", "-q")
            text = Path(path).read_text()
            for what in ("CM7 enter SysTick", "event SysTick: wraps", "event USART: a frame has gone out"):
                self.assertIn(f" {what}", text)
