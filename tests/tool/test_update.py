# SPDX-License-Identifier: MIT
"""duoboot update against a device played by fake_device: each way it can end, and its exit code."""
import json
import os
import signal
import subprocess

import pytest
from duotest.toolcase import BIN, DONE, DUOBOOT, IO, REJECTED, TIMEOUT, USAGE, VERIFY, ToolTest, program

DEVICE = os.path.join(BIN, "fake_device")  # tests/tool/CMakeLists.txt


class Update(ToolTest):
    def setUp(self):
        super().setUp()
        for core in ("m7", "m4"):
            self.write(core + ".bin", program(core))
            self.tool("sign", "-c", core, "-V", "2.0.0", "-k", "key.pem", "-o", core + ".img", core + ".bin")
        self.tool("bundle", "-k", "key.pem", "-V", "2.0.0", "--m7", "m7.img", "--m4", "m4.img", "-o", "b.duo")

    def device(self, part, received="received"):
        out = os.path.join(self.dir, received)
        device = subprocess.Popen([DEVICE, part, out], stdout=subprocess.PIPE, text=True)
        self.addCleanup(device.stdout.close)
        self.addCleanup(device.wait)
        self.addCleanup(device.kill)
        return device.stdout.readline().strip()

    def update(self, part, *args, file="b.duo", wait=50):
        """`wait`: long enough for a machine under load, where the device will answer."""
        return self.run_tool("update", "--port", self.device(part), "--timeout", str(wait), *args, file)

    def test_a_good_device_confirms_the_set(self):
        """It says nothing unasked."""
        r = self.update("good", "-k", "key.pem")
        self.assertEqual((r.returncode, r.stdout), (DONE, "set 2.0.0 runs: m7 2.0.0, m4 2.0.0, state confirmed\n"))
        self.assertIn("waiting for their confirmation", r.stderr)
        self.assertEqual(self.read("received"), self.read("b.duo"))
        self.assertNotIn("\r", r.stderr)  # no bar in a log

    def test_json(self):
        r = self.update("good", "--json")
        self.assertEqual(r.returncode, DONE)
        told = json.loads(r.stdout)
        self.assertEqual((told["m7"], told["m4"], told["set"], told["confirmed"], told["state"], told["bytes"]),
                         ("2.0.0", "2.0.0", "2.0.0", True, "confirmed", len(self.read("b.duo"))))
        self.assertEqual(r.stderr, "")

    def test_an_unanswered_reset_is_no_failure(self):
        """deaf has not heard it and is asked again when it says that the set is staged; of lost the answer got lost, and a
        second reset would end the trial."""
        for part in ("deaf", "lost"):
            r = self.update(part)
            self.assertEqual((r.returncode, r.stdout), (DONE, "set 2.0.0 runs: m7 2.0.0, m4 2.0.0, state confirmed\n"), r.stderr)
            self.assertEqual(self.read("received"), self.read("b.duo"))

    @pytest.mark.proof
    def test_an_unanswered_reset_is_told_to_who_does_not_wait(self):
        r = self.update("lost", "--no-wait")
        self.assertEqual(r.returncode, TIMEOUT)
        self.assertIn("has the bundle", r.stderr)

    def test_a_refusal_is_told_in_the_devices_words(self):
        r = self.update("refuse")
        self.assertEqual(r.returncode, REJECTED)
        self.assertIn("signature does not fit", r.stderr)

    def test_a_device_that_falls_back_into_recovery(self):
        r = self.update("fallback")
        self.assertEqual(r.returncode, REJECTED)
        self.assertIn("m7 image: wrong hash", r.stderr)

    def test_silence_and_chatter_time_out(self):
        r = self.update("silent", wait=4)
        self.assertEqual(r.returncode, TIMEOUT)
        self.assertIn("nothing came", r.stderr)
        r = self.update("talks", wait=4)
        self.assertEqual(r.returncode, TIMEOUT)
        self.assertIn("did not ask", r.stderr)

    def test_a_set_that_nobody_confirms(self):
        r = self.update("unsure", wait=4)
        self.assertEqual((r.returncode, r.stdout), (TIMEOUT, ""))
        self.assertIn("on trial, but did not confirm it", r.stderr)

    def test_a_set_that_is_taken_back_for_one_of_its_version(self):
        """As when the same images came once more with a bootloader that does not work."""
        r = self.update("back-same")
        self.assertEqual(r.returncode, 5, r.stderr)
        self.assertIn("the device took the bundle but does not run it: a watchdog ended the trial of the new set", r.stderr)

    def test_a_set_that_is_taken_back(self):
        r = self.update("back")
        self.assertEqual((r.returncode, r.stdout), (REJECTED, ""))
        self.assertIn("a watchdog ended the trial of the new set", r.stderr)

    def test_applications_that_cannot_be_asked(self):
        """Words on the line are not enough."""
        r = self.update("words", wait=4)
        self.assertEqual(r.returncode, TIMEOUT)
        self.assertIn("have said their versions, but nobody says", r.stderr)
        r = self.update("mute", wait=4)
        self.assertEqual(r.returncode, TIMEOUT)
        self.assertIn("nobody answers", r.stderr)
        r = self.update("mute", "--no-wait")
        self.assertEqual(r.returncode, DONE)
        self.assertIn("nobody has waited for its confirmation", r.stdout)

    def test_a_key_makes_the_application_enter_recovery(self):
        self.assertEqual(self.update("enter", "--enter", "r").returncode, DONE)

    def test_a_port_that_goes_away(self):
        r = self.update("vanish")
        self.assertEqual(r.returncode, IO)
        self.assertIn("the port has gone", r.stderr)

    def test_an_interrupt_cancels(self):
        port = self.device("silent")
        tool = subprocess.Popen([DUOBOOT, "update", "--port", port, "b.duo"], cwd=self.dir,
                                stderr=subprocess.PIPE, text=True)
        self.assertIn("waiting", tool.stderr.readline())  # from here on a signal is an order
        tool.send_signal(signal.SIGINT)
        self.assertIn("interrupted", tool.communicate(timeout=60)[1])
        self.assertEqual(tool.returncode, IO)

    def test_a_port_serves_one_update(self):
        """A second one is told so, and does not disturb the first."""
        port = self.device("good")
        first = subprocess.Popen([DUOBOOT, "update", "--port", port, "--timeout", "50", "b.duo"], cwd=self.dir,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(first.stdout.close)
        self.addCleanup(first.stderr.close)
        self.assertIn("waiting", first.stderr.readline())  # the port is open
        os.kill(first.pid, signal.SIGSTOP)
        second = self.run_tool("update", "--port", port, "b.duo")
        os.kill(first.pid, signal.SIGCONT)
        self.assertEqual(second.returncode, IO, second.stderr)
        self.assertIn("another program", second.stderr)
        first.wait(60)
        self.assertEqual(first.returncode, DONE, first.stderr.read())

    def test_several_ports_at_once(self):
        """Each line says of which device, and one that refuses keeps no other from its update."""
        ports = [self.device("good", "a"), self.device("refuse", "b"), self.device("good", "c")]
        r = self.run_tool("update", "--timeout", "50", *(f"--port={p}" for p in ports), "b.duo")
        self.assertEqual(r.returncode, REJECTED)
        self.assertTrue(r.stdout.startswith(f"2 of 3 devices updated\n{ports[1]}: exit code 5: "), r.stdout)
        self.assertIn("signature does not fit", r.stdout)
        for port in ports:
            self.assertIn(f"{port}: sending b.duo", r.stderr)
        for port in ports[::2]:
            self.assertIn(f"{port}: set 2.0.0 runs: m7 2.0.0, m4 2.0.0, state confirmed\n", r.stderr)
        self.assertEqual((self.read("a"), self.read("c")), (self.read("b.duo"), self.read("b.duo")))

    def test_several_ports_in_json(self):
        ports = [self.device("good", "a"), self.device("refuse", "b")]
        r = self.run_tool("update", "--json", "--timeout", "50", *(f"--port={p}" for p in ports), "b.duo")
        told = [json.loads(line) for line in r.stdout.splitlines()]
        self.assertEqual((r.returncode, r.stderr), (REJECTED, ""))
        self.assertEqual({o["port"]: o.get("confirmed", False) for o in told[:2]}, {ports[0]: True, ports[1]: False})
        self.assertEqual((told[2]["devices"], told[2]["updated"]), (2, 1))

    def test_an_interrupt_cancels_on_all_ports(self):
        ports = [self.device("silent", "a"), self.device("silent", "b")]
        tool = subprocess.Popen([DUOBOOT, "update", *(f"--port={p}" for p in ports), "b.duo"], cwd=self.dir,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in ports:
            self.assertIn("waiting", tool.stderr.readline())
        tool.send_signal(signal.SIGTERM)
        told = tool.communicate(timeout=60)
        self.assertEqual((tool.returncode, told[0].splitlines()[0]), (IO, "0 of 2 devices updated"))
        self.assertEqual(told[1].count("interrupted"), 2)

    def test_bad_files_never_reach_the_port(self):
        good = self.read("b.duo")
        bad = {
            "short.duo": (good[:-1], VERIFY), "long.duo": (good + b"x", VERIFY), "stub.duo": (good[:100], VERIFY),
            "flipped.duo": (good[:400] + bytes([good[400] ^ 1]) + good[401:], VERIFY),
            "empty.duo": (b"", REJECTED), "image.duo": (self.read("m7.img"), REJECTED),
        }
        for name, (data, code) in bad.items():
            with self.subTest(name):
                self.write(name, data)
                r = self.run_tool("update", "--port", "/nonexistent", name)
                self.assertEqual(r.returncode, code, r.stderr)
                self.assertIn(name, r.stderr)
        r = self.run_tool("update", "--port", "/nonexistent", "-k", "other.pem", "b.duo")
        self.assertEqual(r.returncode, VERIFY)

    def test_bad_ports(self):
        for port in ("/nonexistent", "/dev/null", os.path.join(self.dir, "b.duo")):
            r = self.run_tool("update", "--port", port, "b.duo")
            self.assertEqual(r.returncode, IO, r.stderr)
            self.assertIn(port, r.stderr)
        self.assertEqual(self.run_tool("update", "--port", "/dev/null", "--baud", "1234", "b.duo").returncode, USAGE)

    def test_usage(self):
        for args in (("b.duo",), ("--port", "x"), ("--port", "x", "--timeout", "0", "b.duo"),
                     ("--port", "x", "--baud", "fast", "b.duo"),
                     ("--port", "x", "--port", "x", "b.duo"), ("--port", "x", "--port", "auto", "b.duo"),
                     ("--usb", "--port", "x", "--port", "y", "b.duo"), (*("--port=%d" % n for n in range(33)), "b.duo")):
            self.assertEqual(self.run_tool("update", *args).returncode, USAGE)
