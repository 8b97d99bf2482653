# SPDX-License-Identifier: MIT
"""LMS keys: each one-time key signs once, whatever is copied, put back or done at the same time."""
import json
import os
import re
import shutil
import subprocess

from duotest import toolcase
from duotest.board import BIN
from duotest.toolcase import DONE, IO, REJECTED, USAGE, VERIFY, ToolTest

DUOBOOT = toolcase.DUOBOOT = os.path.join(BIN, "duoboot")  # a million hashes for each signature: without sanitizers


class Second(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.environ["XDG_STATE_HOME"] = cls.keys + "-state"
        subprocess.run([DUOBOOT, "keygen", "-q", "--lms", "--out", f"{cls.keys}/k.lms", "--public", f"{cls.keys}/k.pub"], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(os.environ.pop("XDG_STATE_HOME"), ignore_errors=True)
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        os.environ["XDG_STATE_HOME"] = self.path("state")
        shutil.copytree(self.keys + "-state", self.path("state"))
        self.sign("m7")
        self.sign("m4")

    def words(self, out, key="k.lms"):
        return ("bundle", "-q", "-V", "1.0.0", "--m7", "m7.img", "--m4", "m4.img", "-k", "key.pem", "--lms", key, "-o", out)

    def sign_twice(self, out="set.duo", key="k.lms"):
        """The number of the one-time key."""
        self.tool(*self.words(out, key))
        return json.loads(self.tool("info", "--json", out))["second_signature"]["one_time_key"]

    def no(self, code, *words, saying):
        r = self.run_tool(*words)
        self.assertEqual(r.returncode, code, r.stderr)
        self.assertIn(saying, r.stderr)

    def left(self, key="k.lms"):
        return json.loads(self.tool("info", "--json", key))["one_time_keys_left"]

    def test_each_signature_has_its_own(self):
        self.assertEqual([self.sign_twice() for _ in range(3)], [0, 1, 2])
        self.assertEqual(self.left(), 1021)
        self.tool("verify", "-k", "key.pub", "--lms-key", "k.pub", "set.duo")
        self.tool("verify", "-k", "key.pub", "--lms-key", "k.lms", "set.duo")
        self.tool("verify", "-k", "key.pub", "set.duo")

    def test_at_the_same_time(self):
        at_work = [subprocess.Popen([DUOBOOT, *self.words(f"set{i}.duo")], cwd=self.dir) for i in range(4)]
        self.assertEqual([p.wait(timeout=120) for p in at_work], [DONE] * 4)
        used = [json.loads(self.tool("info", "--json", f"set{i}.duo"))["second_signature"]["one_time_key"] for i in range(4)]
        self.assertEqual(sorted(used), [0, 1, 2, 3])

    def test_an_older_copy_is_refused(self):
        shutil.copy(self.path("k.lms"), self.path("backup.lms"))
        self.sign_twice()
        for name in ("backup.lms", "k.lms"):
            shutil.copy(self.path("backup.lms"), self.path("again.lms"))
            os.replace(self.path("again.lms"), self.path(name))
            self.no(REJECTED, *self.words("no.duo", name), saying="is an older copy")
        self.assertFalse(os.path.exists(self.path("no.duo")))
        self.tool("keygen", "--lms", "--from", "k.lms", "--skip", "10")
        self.assertEqual(self.sign_twice(), 11)

    def test_the_ledger_is_no_output(self):
        folder = self.path("state/duoboot/lms")
        ledger = os.path.join(folder, os.listdir(folder)[0])
        for used in (False, True):
            if used:
                self.assertEqual(self.sign_twice(), 0)
            os.symlink(ledger, self.path(f"link-{used}"))
            os.link(ledger, self.path(f"hard-{used}"))
            kept = self.read(ledger)
            for name in (ledger, f"link-{used}", f"hard-{used}"):
                for command in (self.words(name), ("keygen", "--out", name), ("keygen", "--force", "--out", name),
                                ("keygen", "--lms", "--out", name)):
                    self.no(IO, *command, saying="is the ledger of an LMS private key")
            self.assertEqual(self.read(ledger), kept)

    def test_a_machine_without_a_ledger_signs_nothing(self):
        shutil.rmtree(self.path("state"))
        self.no(REJECTED, *self.words("no.duo"), saying="this machine does not know which one-time keys")
        self.tool("keygen", "--lms", "--from", "k.lms", "--skip", "5")
        self.assertEqual(self.sign_twice(), 5)

    def test_a_ledger_that_was_put_back_uses_none_twice(self):
        shutil.copytree(self.path("state"), self.path("kept"))
        self.assertEqual(self.sign_twice(), 0)
        shutil.rmtree(self.path("state"))
        os.rename(self.path("kept"), self.path("state"))
        self.assertEqual(self.sign_twice(), 1)

    def test_a_crash_between_the_two_places(self):
        """The file is ahead, or the ledger's last line is cut."""
        self.sign_twice()
        text = self.read("k.lms").decode()
        self.write("k.lms", text.replace("next 1\n", "next 2\n"))
        self.assertEqual(self.sign_twice(), 2)
        folder = self.path("state/duoboot/lms")
        with open(os.path.join(folder, os.listdir(folder)[0]), "a", encoding="utf-8") as ledger:
            ledger.write("3 2026-")
        self.assertEqual(self.sign_twice(), 3)
        self.assertEqual(self.sign_twice(), 4)

    def test_used_up(self):
        self.tool("keygen", "--lms", "--from", "k.lms", "--skip", "1023")
        self.assertEqual(self.sign_twice(), 1023)
        self.assertEqual(self.left(), 0)
        self.no(REJECTED, *self.words("no.duo"), saying="is used up")
        self.no(REJECTED, "keygen", "--lms", "--from", "k.lms", "--skip", "1", saying="is used up")

    def test_nothing_is_used_when_nothing_is_written(self):
        """A key file that cannot be written signs nothing."""
        if os.geteuid() == 0:
            os.symlink("/proc/self/nowhere/k.lms", self.path("bad.lms"))
            self.no(IO, *self.words("no.duo", "bad.lms"), saying="cannot be opened")
        else:
            os.chmod(self.dir, 0o500)
            self.addCleanup(os.chmod, self.dir, 0o700)
            self.no(IO, *self.words("no.duo"), saying="cannot be written")
        self.assertEqual(self.left(), 1024)

    def test_damaged_keys(self):
        good = self.read("k.lms").decode()
        flip = {"0": "1"}
        for change in (lambda t: t[:-20], lambda t: "", lambda t: t.replace("next 0", "next 1025"), lambda t: t.replace("next 0", "next -1"),
                       lambda t: t.replace("seed ", "seed z"), lambda t: t + "x" * 2000):
            self.write("bad.lms", change(good))
            r = self.run_tool(*self.words("no.duo", "bad.lms"))
            self.assertIn(r.returncode, (REJECTED, IO), r.stderr)
            self.assertIn("bad.lms", r.stderr)
        seed = re.search(r"seed (.)", good).group(1)
        self.write("bad.lms", good.replace(f"seed {seed}", f"seed {flip.get(seed, '0')}"))
        self.no(REJECTED, *self.words("no.duo", "bad.lms"), saying="its seed does not make its public half")
        self.no(REJECTED, *self.words("no.duo", "other.pem"), saying="not an LMS private key")
        self.no(REJECTED, *self.words("no.duo", "k.pub"), saying="not an LMS private key")

    def test_bundles_that_are_refused(self):
        self.bundle("one.duo")
        self.no(VERIFY, "verify", "-k", "key.pub", "--lms-key", "k.pub", "one.duo", saying="lacks the second signature")
        self.sign_twice()
        data = bytearray(self.read("set.duo"))
        data[288 + 100] ^= 1
        self.write("bad.duo", bytes(data))
        self.no(VERIFY, "verify", "-k", "key.pub", "--lms-key", "k.pub", "bad.duo", saying="second signature (LMS) does not match")
        self.tool("keygen", "-q", "--lms", "--out", "else.lms", "--public", "else.pub")
        self.no(VERIFY, "verify", "-k", "key.pub", "--lms-key", "else.pub", "set.duo", saying="second signature (LMS) does not match")

    def test_options_that_make_no_sense(self):
        for words in (("keygen", "--lms", "--out", "x.lms", "--encrypt"), ("keygen", "--lms", "--out", "x.lms", "--skip", "1"),
                      ("keygen", "--skip", "1", "--out", "x.pem"), ("keygen", "--lms", "--from", "k.lms", "--skip", "0"),
                      ("keygen", "--lms", "--from", "k.lms", "--skip", "1025"), ("keygen", "--lms", "--out", "x.lms", "--format", "raw")):
            self.assertEqual(self.run_tool(*words).returncode, USAGE, words)
        self.no(IO, "keygen", "--lms", "--out", "k.lms", saying="exists")
