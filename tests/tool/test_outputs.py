# SPDX-License-Identifier: MIT
"""No command of duoboot destroys what it reads, another output, or a private key; by whatever name the file is called."""
import json
import os
import re
import shutil
import subprocess
import threading

from duotest.toolcase import BOOT, DONE, DUOBOOT, IO, REJECTED, USAGE, ToolTest, intel_hex, program

# Every way to call a command that writes, with {in: file} and {out: file} by option; "" is the argument.
CALLS = (
    (("keygen",), {"--passphrase-file": "pass"}, {"--out": "new.pem", "--public": "new.pub"}),
    (("keygen",), {"--from": "key.pem", "--passphrase-file": "pass"}, {"--public": "new.pub"}),
    (("sign", "-c", "m7", "-V", "1.0.0"), {"--key": "key.pem", "--passphrase-file": "pass", "--revoke": "other.pem", "": "m7.bin"}, {"--out": "new.img"}),
    (("bundle", "-V", "1.0.0"), {"--key": "key.pem", "--m7": "m7.img", "--m4": "m4.img", "--passphrase-file": "pass", "--revoke": "other.pem"},
     {"--out": "new.duo"}),
    (("keygen", "--lms"), {}, {"--out": "new.lms", "--public": "new.lms.pub"}),
    (("keygen", "--lms"), {"--from": "second.lms"}, {"--public": "new.lms.pub"}),
    (("bundle", "-V", "1.0.0"), {"--key": "key.pem", "--m7": "m7.img", "--m4": "m4.img", "--lms": "second.lms"}, {"--out": "new.duo"}),
    (("bundle", "-V", "1.0.0"), {"--key": "key.pem", "--m7-unchanged": "m7.img", "--m4": "m4.img"}, {"--out": "new.duo"}),
    (("bundle", "-V", "1.0.0"), {"--key": "key.pem", "--m7": "m7.img", "--m4-unchanged": "m4.img"}, {"--out": "new.duo"}),
    (("bundle", "-V", "1.0.0"), {"--key": "key.pem", "--m7": "m7.img", "--m4": "m4.img", "--boot-m7": "boot7.hex"}, {"--out": "new.duo"}),
    (("bundle", "-V", "1.0.0"), {"--key": "key.pem", "--m7": "m7.img", "--m4": "m4.img", "--boot-m4": "boot4.hex"}, {"--out": "new.duo"}),
    (("factory",), {"--bundle": "set.duo", "--key": "key.pub", "--passphrase-file": "pass"}, {"--out": "new.hex"}),
    (("factory",), {"--m7": "m7.img", "--m4": "m4.img"}, {"--out": "new.hex"}),
    (("factory",), {"--m7": "m7.img", "--m4": "m4.img", "--boot-m7": "boot7.hex", "--boot-m4": "boot4.hex"}, {"--out": "new.hex"}),
    (("read", "m7", "--port", "/dev/null"), {}, {"--out": "new.img"}),
)
# Options that name a file and belong to commands that write none.
READERS = {("verify", "--key"), ("verify", "--passphrase-file"), ("verify", "--bootloader"), ("verify", "--lms-key"), ("update", "--key"),
           ("update", "--passphrase-file")}
# Whose outputs are files in a folder: test_provision.py.
IN_A_FOLDER = {("provision", option) for option in ("--m7", "--m4", "--boot-m7", "--boot-m4", "--key", "--passphrase-file", "--out")}


def arguments(command, inputs, outputs):
    words = list(command)
    for option, name in {**inputs, **outputs}.items():
        words += [option, name] if option else [name]
    return words


class Outputs(ToolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.environ["XDG_STATE_HOME"] = cls.keys + "-state"
        subprocess.run([DUOBOOT, "keygen", "-q", "--lms", "--out", f"{cls.keys}/second.lms"], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(os.environ.pop("XDG_STATE_HOME"))
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.write("pass", "secret words\n")
        self.write("m7.bin", program("m7"))
        self.sign("m7")
        self.sign("m4")
        self.bundle()
        self.write("boot7.hex", intel_hex(BOOT["m7"], bytes(64)))
        self.write("boot4.hex", intel_hex(BOOT["m4"], bytes(64)))
        self.kept = {name: self.read(name) for name in os.listdir(self.dir)}

    def unchanged(self, why):
        for name, content in self.kept.items():
            self.assertEqual(self.read(name), content, f"{name} has changed: {why}")
        left = [name for name in os.listdir(self.dir) if name.startswith(".duo-")]
        self.assertEqual(left, [], why)

    def aliases(self, name):
        """Other names of a file."""
        made = [name, "./" + name, self.path(name), f"{self.dir}/../{os.path.basename(self.dir)}/{name}"]
        for kind, make in (("link", os.symlink), ("hard", os.link)):
            alias = f"{kind}-{name}"
            if not os.path.lexists(self.path(alias)):
                make(self.path(name), self.path(alias))
            made.append(alias)
        os.makedirs(self.path("sub"), exist_ok=True)
        deep = "sub/link-" + name
        if not os.path.lexists(self.path(deep)):
            os.symlink("../link-" + name, self.path(deep))
        return made + [deep]

    def test_an_output_is_no_input(self):
        for command, inputs, outputs in CALLS:
            for out in outputs:
                for victim in inputs.values():
                    for alias in self.aliases(victim):
                        words = arguments(command, inputs, {**outputs, out: alias})
                        with self.subTest(words):
                            r = self.run_tool(*words)
                            self.assertEqual(r.returncode, IO, r.stderr)
                            self.assertIn(alias, r.stderr)
                            self.unchanged(words)

    def test_two_outputs_are_two_files(self):
        os.symlink("later", self.path("early"))  # leads to a file that is not there yet
        os.makedirs(self.path("sub"))
        for a, b in (("both", "both"), ("both", "./both"), ("both", "sub/../both"), ("early", "later"), ("-", "-")):
            r = self.run_tool("keygen", "--out", a, "--public", b)
            self.assertEqual(r.returncode, IO, r.stderr)
            self.assertFalse(os.path.exists(self.path(a)))

    def test_a_private_key_is_never_an_output(self):
        der = subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", self.path("other.pem")],
                             capture_output=True, check=True).stdout
        sec1 = subprocess.run(["openssl", "ec", "-outform", "DER", "-in", self.path("other.pem")], capture_output=True,
                              check=True).stdout
        closed = subprocess.run(["openssl", "pkcs8", "-topk8", "-outform", "DER", "-passout", "pass:x", "-in",
                                 self.path("other.pem")], capture_output=True, check=True).stdout
        old = subprocess.run(["openssl", "pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES", "-outform", "DER", "-passout", "pass:x", "-in",
                              self.path("other.pem")], capture_output=True, check=True).stdout
        putty = b"PuTTY-User-Key-File-3: ecdsa-sha2-nistp256\nEncryption: none\n"
        pgp = b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----\n"
        for name, data in (("k8.der", der), ("sec1.der", sec1), ("closed.der", closed), ("old.der", old), ("key.ppk", putty), ("key.asc", pgp),
                           ("age", b"AGE-SECRET-KEY-1QQQ\n"), ("store.jks", b"\xfe\xed\xfe\xed\0\0\0\2")):
            self.write(name, data)
            self.kept[name] = data
        for name in ("old.der", "key.ppk", "key.asc", "age", "store.jks"):
            self.refused(IO, "factory", "--m7", "m7.img", "--m4", "m4.img", "-o", name, saying="private key")
            self.unchanged(name)
        for command, inputs, outputs in CALLS:
            for out in outputs:
                for name in ("other.pem", "k8.der", "sec1.der", "closed.der"):
                    for alias in self.aliases(name):
                        for force in ([], ["--force"]) if command[0] == "keygen" and out != "--out" else ([],):
                            words = arguments(command, inputs, {**outputs, out: alias}) + force
                            with self.subTest(words):
                                r = self.run_tool(*words)
                                self.assertEqual(r.returncode, IO, r.stderr)
                                self.unchanged(words)

    def test_force_takes_a_key_by_its_own_name_alone(self):
        os.symlink("other.pem", self.path("link.pem"))
        r = self.run_tool("keygen", "--force", "--out", "link.pem")
        self.assertEqual(r.returncode, IO)
        self.assertIn("symbolic link", r.stderr)
        self.unchanged("through a link")
        self.tool("keygen", "--force", "--out", "other.pem")
        self.assertNotEqual(self.read("other.pem"), self.kept["other.pem"])

    def test_every_option_that_names_a_file_is_in_the_table(self):
        tried = {(command[0], option) for command, inputs, outputs in CALLS for option in {**inputs, **outputs}} | READERS | IN_A_FOLDER
        for command in re.findall(r"^  (\w+) ", self.tool("--help").split("exit codes")[0], re.M):
            for option in re.findall(r"(--[\w-]+) (?:FILE|IMAGE|BUNDLE|KEY|DIR)\b", self.tool(command, "--help").split("\n\n", 1)[1]):
                self.assertIn((command, option), tried)

    def test_links_are_followed_and_stay(self):
        self.write("target.img", b"old")
        os.makedirs(self.path("sub"))
        os.symlink("../target.img", self.path("sub/link.img"))
        os.symlink("nobody.img", self.path("dangling.img"))
        for link, target in (("sub/link.img", "target.img"), ("dangling.img", "nobody.img")):
            self.tool("sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", link, "m7.bin")
            self.assertTrue(os.path.islink(self.path(link)))
            self.tool("verify", "-k", "key.pub", target)

    def test_standard_input_and_output(self):
        def piped(*words, data=b""):
            r = subprocess.run([DUOBOOT, *words], cwd=self.dir, input=data, capture_output=True, timeout=60)
            self.assertEqual(r.returncode, DONE, r.stderr)
            return r.stdout

        image = piped("sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", "-", "-", data=self.read("m7.bin"))
        piped("verify", "-k", "key.pub", "-", data=image)
        piped("verify", "-k", "key.pub", "/dev/stdin", data=image)
        self.assertIn(b"set_version", piped("info", "-", data=self.read("set.duo")))
        piped("verify", "-k", "-", "set.duo", data=self.read("key.pub"))
        self.assertIn(b"BEGIN PUBLIC KEY", piped("keygen", "--from", "-", "--public", "-", data=self.read("key.pem")))
        piped("bundle", "-V", "1.0.0", "-k", "key.pem", "--m7", "-", "--m4", "m4.img", "-o", "new.duo", data=self.read("m7.img"))
        self.tool("verify", "-k", "key.pub", "new.duo")
        with open(self.path("m7.bin"), "rb") as source:
            r = subprocess.run([DUOBOOT, "sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", "-", "-"], cwd=self.dir,
                               stdin=source, capture_output=True, timeout=60)
            self.assertEqual(r.returncode, DONE, r.stderr)
        self.assertFalse(os.path.exists(self.path("-")))
        self.refused(IO, "bundle", "-V", "1.0.0", "-k", "key.pem", "--m7", "-", "--m4", "-", "-o", "x", saying="once", hint=False)
        self.refused(USAGE, "keygen", "--from", "key.pem", "--public", "-", "--json", saying="standard output")

    def through_shell(self, line):
        sign = [DUOBOOT, "sign", "-q", "-c", "m7", "-V", "1.0.0", "-k", "key.pem"]
        return subprocess.run(["bash", "-c", line, *sign], cwd=self.dir, capture_output=True, timeout=60)

    def test_standard_input_and_output_may_be_files(self):
        """That are inputs and outputs as any other."""
        os.link(self.path("m7.bin"), self.path("hard.bin"))
        for line in ('"$0" "$@" -o m7.bin - < m7.bin', '"$0" "$@" -o hard.bin - < m7.bin', '"$0" "$@" -o - m7.bin >> hard.bin',
                     '"$0" "$@" -o - - < m7.bin >> hard.bin', '"$0" "$@" -o /dev/stdout m7.bin >> hard.bin', '"$0" "$@" -o /dev/stdout m7.bin >> key.pem',
                     '"$0" "$@" -o /dev/fd/7 m7.bin 7<> hard.bin'):
            r = self.through_shell(line)
            self.assertEqual(r.returncode, IO, (line, r.stderr))
            self.unchanged(line)

    def test_an_open_descriptor_is_written_on_and_not_replaced(self):
        image = self.through_shell('"$0" "$@" -o - m7.bin').stdout
        os.symlink("/dev/stdout", self.path("out"))
        for name in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "out"):
            for line in (f'"$0" "$@" -o {name} m7.bin | cat', f'echo head > log; "$0" "$@" -o {name} m7.bin >> log; tail -n +2 log'):
                r = self.through_shell(line)
                self.assertEqual(r.returncode, DONE, (line, r.stderr))
                self.assertEqual(r.stdout[:64], image[:64], line)
        self.assertEqual(self.read("log")[:5], b"head\n")
        r = self.through_shell('"$0" "$@" -o /dev/fd/9 m7.bin')
        self.assertEqual(r.returncode, IO, r.stderr)

    def test_the_pin_of_a_token_is_an_input(self):
        self.write("the pin", "1234\n")
        self.kept["the pin"] = b"1234\n"
        for source in ("file:the%20pin", f"file:{self.path('the%20pin')}", "the%20pin"):
            self.refused(IO, "sign", "-c", "m7", "-V", "1.0.0", "-k", f"pkcs11:token=t?pin-source={source}", "-o", "the pin", "m7.bin",
                         saying="an input")
            self.unchanged(source)

    def test_a_full_disk_leaves_the_old_file(self):
        r = self.run_tool("sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", "/dev/full", "m7.bin")
        self.assertEqual(r.returncode, IO)
        self.assertIn("No space left", r.stderr)
        self.assertIn("disk is full", r.stderr)
        self.write("set.hex", "old")
        r = subprocess.run(["bash", "-c", 'ulimit -f 1; trap "" XFSZ; exec "$0" factory --bundle set.duo -k key.pub -o set.hex',
                            DUOBOOT], cwd=self.dir, capture_output=True, text=True, timeout=60)
        self.assertEqual(r.returncode, IO, r.stderr)
        self.assertEqual(self.read("set.hex"), b"old")
        self.unchanged("a full disk")

    def test_a_path_that_cannot_be_written(self):
        for out, why in (("no/dir/x", "does not exist"), (".", "folder"), ("", "does not exist")):
            r = self.run_tool("factory", "--m7", "m7.img", "--m4", "m4.img", "-o", out)
            self.assertEqual(r.returncode, IO, r.stderr)
            self.assertIn(why, r.stderr)

    def test_a_pipe_is_read_and_a_dead_one_is_not_waited_for(self):
        os.mkfifo(self.path("fifo"))
        r = self.run_tool("info", "fifo")
        self.assertEqual(r.returncode, IO, r.stderr)
        self.assertIn("nobody writes", r.stderr)

        def feed():
            with open(self.path("fifo"), "wb") as fifo:
                fifo.write(self.read("set.duo"))

        feeder = threading.Thread(target=feed)
        feeder.start()
        self.tool("verify", "-k", "key.pub", "fifo")
        feeder.join()

    def test_names_that_are_no_text(self):
        name = b"m7-\xff\xc3.img"
        with open(os.path.join(self.dir.encode(), name), "wb") as file:
            file.write(self.read("m7.img"))
        for words in ([b"info", b"--json", name], [b"info", b"--json", b"none-\xff"],
                      [b"sign", b"-c", b"m7", b"-V", b"1.0.0", b"-k", b"key.pem", b"-o", b"\xfe.img", b"--json", b"m7.bin"]):
            r = subprocess.run([DUOBOOT.encode(), *words], cwd=self.dir, capture_output=True, timeout=60)
            self.assertIsInstance(json.loads(r.stdout), dict)
            self.assertIn(r.returncode, (DONE, IO))

    def test_each_mistake_is_json_when_json_is_wanted(self):
        for words in (("sign", "--json", "--nonsense"), ("sign", "--nonsense", "--json"), ("sign", "-x", "--json"),
                      ("sign", "--json", "--core"), ("sign", "--json", "--core", "m5"), ("verify", "--json", "x"),
                      ("nonsense", "--json"), ("info", "--json", "a", "b"), ("keygen", "--force=x", "--json"),
                      ("sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", "m7.bin", "--json", "m7.bin")):
            r = self.run_tool(*words)
            self.assertIn(r.returncode, (USAGE, IO), words)
            self.assertEqual(json.loads(r.stdout)["error"]["code"], r.returncode, words)

    def test_the_examples_of_the_help_texts_run(self):
        self.write("app_m7.elf", program("m7"))  # what it is, is told from the content
        self.write("app_m4.elf", program("m4"))
        done = set()
        for command in ("keygen", "sign", "bundle", "info", "verify", "factory"):
            text = self.tool(command, "--help")
            for line in re.findall(r"^(?:example:|        ) (duoboot .*)$", text, re.M):
                self.tool(*line.split()[1:])
                done.add(command)
        elsewhere = {"provision", "status", "read", "protect", "reset", "update", "monitor", "rollback", "confirm"}  # test_provision, test_device
        self.assertEqual(done | elsewhere, set(re.findall(r"^  (\w+) ", self.tool("--help").split("before the command")[0], re.M)))

    def test_a_mixed_pair_needs_a_word(self):
        self.sign("m7", "2.0.0", out="new7.img")
        make = ("bundle", "-V", "2.0.0", "-k", "key.pem", "-o", "mixed.duo", "--m7", "new7.img")
        self.refused(REJECTED, *make, "--m4", "m4.img", saying=["2.0.0", "1.0.0"])
        self.assertFalse(os.path.exists(self.path("mixed.duo")))
        self.tool(*make, "--m4", "m4.img", "--mixed")
        self.tool(*make, "--m4-unchanged", "m4.img")

    def test_verify_takes_the_devices_view(self):
        for core in ("m7", "m4"):
            self.sign(core, extra=("--hardware-id", "0x1234"))
        self.bundle("other.duo", "--hardware-id", "0x1234")
        self.refused(1, "verify", "-k", "key.pub", "other.duo", saying="hardware")
        self.tool("verify", "-k", "key.pub", "--hardware-id", "0x1234", "other.duo")
