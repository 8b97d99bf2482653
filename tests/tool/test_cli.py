# SPDX-License-Identifier: MIT
"""duoboot on the command line: keys, bad input, and the habits of all commands."""
import json
import os
import struct
import subprocess

from duotest.toolcase import DONE, DUOBOOT, IO, REJECTED, USAGE, VERIFY, ToolTest, openssl, program, tlvs


class Keys(ToolTest):
    def test_private_key_is_secret_and_pkcs8(self):
        self.assertEqual(os.stat(self.path("key.pem")).st_mode & 0o777, 0o600)
        self.assertIn(b"BEGIN PRIVATE KEY", self.read("key.pem"))
        self.assertEqual(openssl("pkey", "-in", self.path("key.pem"), "-noout").returncode, 0)

    def test_an_existing_key_is_not_replaced(self):
        before = self.read("key.pem")
        self.refused(IO, "keygen", "--out", "key.pem", saying="exists")
        self.assertEqual(self.read("key.pem"), before)
        self.tool("keygen", "--force", "--out", "key.pem")
        self.assertNotEqual(self.read("key.pem"), before)

    def test_public_formats_agree(self):
        for form in ("pem", "raw", "c"):
            self.tool("keygen", "--from", "key.pem", "--public", f"pub.{form}", "--format", form)
        der = openssl("pkey", "-pubin", "-in", self.path("pub.pem"), "-outform", "DER").stdout
        self.assertEqual(self.read("pub.raw"), der[-64:])
        numbers = self.read("pub.c").decode().split("{")[1].split("}")[0]
        self.assertEqual(bytes(int(n, 16) for n in numbers.split(",") if n.strip()), der[-64:])

    def test_every_form_of_private_key_signs(self):
        self.write("pass", "secret words\n")
        made = {
            "sec1.pem": ["ec", "-in", "key.pem"],
            "enc8.pem": ["pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:secret words"],
            "enc1.pem": ["ec", "-in", "key.pem", "-aes128", "-passout", "pass:secret words"],
            "compressed.pem": ["ec", "-in", "key.pem", "-conv_form", "compressed"],
        }
        for name, args in made.items():
            r = openssl(*args, "-out", name, cwd=self.dir)
            self.assertEqual(r.returncode, 0, r.stderr)
        self.assertIn(b"BEGIN EC PRIVATE KEY", self.read("sec1.pem"))
        for name in made:
            with self.subTest(name):
                self.sign("m7", key=name, extra=("--passphrase-file", "pass"))
                self.tool("verify", "--key", "key.pub", "m7.img")

    def test_pass_phrases(self):
        env = {"WORDS": "secret words"}
        self.tool("keygen", "--encrypt", "--out", "enc.pem", "--passphrase-env", "WORDS", env=env)
        self.assertIn(b"BEGIN ENCRYPTED PRIVATE KEY", self.read("enc.pem"))
        self.assertTrue(self.info("enc.pem")["encrypted"])
        self.write("m7.bin", program("m7"))
        sign = ("sign", "-c", "m7", "-V", "1.0.0", "-k", "enc.pem", "-o", "m7.img", "m7.bin")
        self.tool(*sign, "--passphrase-env", "WORDS", env=env)
        self.refused(REJECTED, *sign, "--passphrase-env", "WORDS", env={"WORDS": "wrong"},
                     saying="wrong pass phrase", hint=False)
        self.refused(REJECTED, *sign, "--passphrase-env", "NO_SUCH", saying="NO_SUCH is not set",
                     hint=False)
        self.refused(REJECTED, *sign, saying="no terminal", hint=False)

    def test_other_keys_are_named(self):
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                self.path("rsa.pem"))
        openssl("ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", self.path("p384.pem"))
        self.write("m7.bin", program("m7"))
        sign = ("sign", "-c", "m7", "-V", "1.0.0", "-o", "m7.img", "m7.bin", "-k")
        self.refused(REJECTED, *sign, "rsa.pem", saying="another type", hint=False)
        self.refused(REJECTED, *sign, "p384.pem", saying="another type", hint=False)
        self.refused(REJECTED, *sign, "key.pub", saying="only a public key")
        self.refused(REJECTED, *sign, "m7.bin", saying="not a PEM key", hint=False)
        self.refused(IO, *sign, "absent.pem", saying="No such file", hint=False)
        self.assertFalse(os.path.exists(self.path("m7.img")))


class BadInput(ToolTest):
    """The list every file must go through: truncated, oversized, flipped, wrong key, core, hardware,
    format, empty; and other kinds of files."""

    def setUp(self):
        super().setUp()
        self.sign("m7")
        self.sign("m4")
        self.bundle()

    def verify(self, name, data, saying, code=VERIFY, extra=()):
        self.write(name, data)
        self.refused(code, "verify", "--key", "key.pub", *extra, name, saying=[name, saying],
                     hint=len(data) > 0)

    def test_truncated(self):
        for source in ("m7.img", "set.duo"):
            data = self.read(source)
            for size in (5, 31, 32, 100, 287, 288, 289, len(data) // 2, len(data) - 1):
                self.verify("cut", data[:size], "truncated")

    def test_oversized(self):
        self.verify("long", self.read("set.duo") + b"x", "after the end")

    def test_flipped(self):
        for source in ("m7.img", "set.duo"):
            data = self.read(source)
            for pos in (40, 200, 280, 300, 1000, len(data) - 20, len(data) - 1):
                bad = bytearray(data)
                bad[pos] ^= 0x10
                self.write("flipped", bytes(bad))
                self.refused(VERIFY, "verify", "-k", "key.pub", "flipped", saying="flipped")

    def test_wrong_key(self):
        for source in ("m7.img", "set.duo"):
            self.refused(VERIFY, "verify", "-k", "other.pub", source, saying="another key")

    def test_wrong_core(self):
        self.refused(VERIFY, "verify", "-k", "key.pub", "--core", "m4", "m7.img", saying="other core")

    def test_wrong_hardware(self):
        self.refused(VERIFY, "verify", "-k", "key.pub", "--hardware-id", "1", "set.duo",
                     saying="other hardware")
        self.tool("verify", "-k", "key.pub", "--hardware-id", "0x745", "set.duo")
        for core in ("m7", "m4"):
            self.sign(core, extra=("--hardware-id", "77"))
        self.bundle("else.duo", "--hardware-id", "77")
        self.tool("verify", "-k", "key.pub", "--hardware-id", "77", "else.duo")

    def test_other_format(self):
        data = bytearray(self.read("set.duo"))
        data[4] = 6
        self.verify("new", bytes(data), "too new")
        data[4] = 0
        self.verify("old", bytes(data), "too old")

    def test_empty(self):
        self.verify("nothing", b"", "empty", code=REJECTED)
        self.write("nothing", b"")
        self.refused(REJECTED, "info", "nothing", saying="empty", hint=False)

    def test_other_kinds_are_named(self):
        for data, kind in ((b"hello", "no known kind"), (b"\x1f\x8b" + b"x" * 99, "an archive"),
                           (self.read("key.pem"), "a key file"), (b"\x7fELF" + b"\0" * 99, "an ELF"),
                           (b":00000001FF\n", "Intel HEX")):
            self.verify("thing", data, kind, code=REJECTED)
        self.write("thing", b"hello")
        self.refused(REJECTED, "info", "thing", saying="no known kind")

    def test_unsigned(self):
        data = bytearray(self.read("m7.img"))
        pos = data.rindex(struct.pack("<H", 0x22) + bytes([len(tlvs(data)[0][0x22]), 0]))
        data[pos] = 0xF0
        data[pos + 1] = 0xD0
        self.verify("unsigned", bytes(data), "not signed")

    def test_info_survives_everything(self):
        for source in ("m7.img", "set.duo", "key.pem"):
            data = self.read(source)
            for pos in range(0, min(len(data), 330), 7):
                bad = bytearray(data)
                bad[pos] ^= 0xFF
                self.write("noise", bytes(bad))
                self.assertIn(self.run_tool("info", "noise").returncode, (DONE, REJECTED))
            for size in range(1, min(len(data), 330), 11):
                self.write("noise", data[:size])
                self.assertIn(self.run_tool("info", "noise").returncode, (DONE, REJECTED))


class Conventions(ToolTest):
    def test_usage_errors(self):
        for args in ((), ("nonsense",), ("sign",), ("sign", "--nonsense"), ("bundle", "x"), ("info",),
                     ("info", "a", "b"), ("verify", "x"), ("keygen",), ("keygen", "--out", "a", "x"),
                     ("sign", "-c", "m5", "x"), ("sign", "-V", "1.2", "x"), ("sign", "-V", "1.2.3.4", "x"),
                     ("sign", "-V", "256.0.0", "x"), ("sign", "-V", "1.0.0+4294967296", "x"),
                     ("sign", "-s", "-1", "x"), ("bundle", "--trial-boots", "0"),
                     ("bundle", "--trial-time", "33")):
            with self.subTest(args):
                r = self.run_tool(*args)
                self.assertEqual(r.returncode, USAGE, r.stderr)
                self.assertEqual(r.stdout, "")
                self.assertNotEqual(r.stderr, "")

    def test_help(self):
        self.assertIn("exit codes", self.tool("--help"))
        for command in ("keygen", "sign", "bundle", "info", "verify"):
            text = self.tool(command, "--help")
            self.assertIn(f"usage: duoboot {command}", text)
            self.assertEqual(text, self.tool("help", command))

    def test_json_errors_are_data(self):
        r = self.run_tool("info", "--json", "absent")
        self.assertEqual(r.returncode, IO)
        self.assertEqual(json.loads(r.stdout)["error"]["code"], IO)

    def test_quiet_is_quiet_and_progress_is_on_stderr(self):
        self.write("m7.bin", program("m7"))
        sign = ("sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", "m7.img", "m7.bin")
        r = self.run_tool(*sign)
        self.assertEqual((r.returncode, r.stdout), (DONE, ""))
        self.assertIn("m7.img", r.stderr)
        r = self.run_tool(*sign, "-q")
        self.assertEqual((r.returncode, r.stdout, r.stderr), (DONE, "", ""))
        self.assertEqual(json.loads(self.tool(*sign, "--json"))["core"], "M7")

    def test_a_full_disk_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("/dev/full is not there")
        with open("/dev/full", "w") as full:
            r = subprocess.run([DUOBOOT, "info", "key.pem"], cwd=self.dir, stdout=full,
                               stderr=subprocess.PIPE, text=True)
        self.assertEqual(r.returncode, IO)
