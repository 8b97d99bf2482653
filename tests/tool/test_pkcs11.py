# SPDX-License-Identifier: MIT
"""Keys that stay in a hardware security module: a pkcs11: URI in place of a private key, with SoftHSM as the module."""
import os
import shutil
import subprocess

from duotest.toolcase import REJECTED, USAGE, ToolTest, program

PIN = "271828"
TOKEN = "pkcs11:token=line"


class Hsm(ToolTest):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("tokens"))
        self.write("softhsm2.conf", f"directories.tokendir = {self.path('tokens')}\nlog.level = ERROR\n")
        # The engine and the module under it keep what they have for the life of the process.
        self.hsm = {"SOFTHSM2_CONF": self.path("softhsm2.conf"), "ASAN_OPTIONS": "exitcode=99:detect_leaks=0", "WORDS": PIN}
        self.softhsm("--init-token", "--free", "--label", "line", "--pin", PIN, "--so-pin", "314159")
        self.put("key.pem", "release", "01")
        os.remove(self.path("key.pem"))  # from now on it is in the token alone
        self.key = f"{TOKEN};object=release;type=private"
        self.write("m7.bin", program("m7"))

    def softhsm(self, *words):
        subprocess.run([shutil.which("softhsm2-util"), *words], env=os.environ | self.hsm, cwd=self.dir, check=True, capture_output=True,
                       timeout=60)

    def put(self, name, label, number):
        self.write("p8.pem", subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", self.path(name)], check=True,
                                            capture_output=True, timeout=60).stdout)
        self.softhsm("--import", "p8.pem", "--token", "line", "--label", label, "--id", number, "--pin", PIN)
        os.remove(self.path("p8.pem"))

    def sign(self, core, key, *extra, out=None):  # pylint: disable=arguments-differ
        self.write(f"{core}.bin", program(core))
        self.tool("sign", "-c", core, "-V", "1.0.0", "-k", key, "-o", out or f"{core}.img", *extra, f"{core}.bin", env=self.hsm)

    def test_it_signs_images_and_bundles(self):
        key = f"{self.key};pin-value={PIN}"
        for core in ("m7", "m4"):
            self.sign(core, key)
            self.tool("verify", "-k", "key.pub", f"{core}.img")
        self.tool("bundle", "--m7", "m7.img", "--m4", "m4.img", "-V", "1.0.0", "-k", key, "-o", "set.duo", env=self.hsm)
        self.tool("verify", "-k", "key.pub", "set.duo")

    def test_the_pin_comes_from_where_a_pass_phrase_comes_from(self):
        self.write("pin", PIN + "\n")
        self.write("pin-alone", PIN)
        for i, (key, *extra) in enumerate(((self.key, "--passphrase-file", "pin"), (self.key, "--passphrase-env", "WORDS"),
                                           (f"{self.key}?pin-source=file:{self.path('pin-alone')}",))):
            with self.subTest(key=key, extra=extra):
                self.sign("m7", key, *extra, out=f"{i}.img")
                self.tool("verify", "-k", "key.pub", f"{i}.img")

    def test_it_makes_a_product(self):
        key = f"{self.key};pin-value={PIN}"
        self.sign("m7", key)
        self.sign("m4", key)
        self.tool("bundle", "--m7", "m7.img", "--m4", "m4.img", "-V", "1.0.0", "-k", key, "-o", "set.duo", env=self.hsm)
        self.tool("factory", "--bundle", "set.duo", "-k", key, "-o", "f.hex", env=self.hsm)
        self.tool("verify", "-k", key, "set.duo", env=self.hsm)

    def test_its_public_half_is_what_the_build_asks_for(self):
        self.tool("keygen", "--from", f"{self.key};pin-value={PIN}", "--public", "again.pub", env=self.hsm)
        self.assertEqual(self.read("again.pub"), self.read("key.pub"))

    def test_what_is_wrong_is_said_and_no_pin_is_shown(self):
        sign = ("sign", "-c", "m7", "-V", "1.0.0", "-o", "x.img", "m7.bin", "-k")
        for key, why in ((f"{self.key};pin-value=999999", "wrong PIN"), (f"{TOKEN};object=absent;pin-value={PIN}", "no such private key"),
                         (f"pkcs11:token=nobody;object=release;pin-value={PIN}", "no such private key"),
                         (f"pkcs11:nonsense=1;pin-value={PIN}", "no such private key")):
            with self.subTest(key):
                r = self.refused(REJECTED, *sign, key, saying=why, hint=False, env=self.hsm)
                for pin in (PIN, "999999"):
                    self.assertNotIn(pin, r.stdout + r.stderr)
        for command in (("info",), ("verify", "-k", "key.pub")):  # where a file is asked for
            r = self.refused(REJECTED, *command, f"{self.key};pin-value={PIN}", saying="token", env=self.hsm)
            self.assertNotIn(PIN, r.stdout + r.stderr)
        self.refused(REJECTED, *sign, self.key, saying="no terminal", hint=False, env=self.hsm)
        self.assertFalse(os.path.exists(self.path("x.img")))

    def test_another_type_of_key_is_refused(self):
        subprocess.run(["openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", self.path("p384.pem")], check=True,
                       timeout=60)
        self.put("p384.pem", "large", "02")
        self.refused(REJECTED, "sign", "-c", "m7", "-V", "1.0.0", "-o", "x.img", "m7.bin", "-k", f"{TOKEN};object=large;pin-value={PIN}",
                     saying="another type", hint=False, env=self.hsm)

    def test_a_missing_engine_is_named(self):
        self.refused(REJECTED, "sign", "-c", "m7", "-V", "1.0.0", "-o", "x.img", "m7.bin", "-k", f"{self.key};pin-value={PIN}",
                     saying="libengine-pkcs11-openssl", hint=False, env=self.hsm | {"OPENSSL_ENGINES": self.dir})

    def test_no_private_key_comes_out(self):
        self.refused(USAGE, "keygen", "--from", f"{self.key};pin-value={PIN}", "--out", "out.pem", "--public", "out.pub", saying="either",
                     env=self.hsm)
        self.assertFalse(os.path.exists(self.path("out.pem")))
