# SPDX-License-Identifier: MIT
"""Images, bundles and factory files: what duoboot makes on the command line, and what it refuses to make."""
import json
import os
import shutil
import struct
import subprocess
import zlib

from duotest.toolcase import BASE, IO, PAYLOAD_MAX, REJECTED, USAGE, VERIFY, ToolTest, intel_hex, openssl, program, tlvs


class Sign(ToolTest):
    def test_openssl_agrees_with_the_signature(self):
        image = self.read(self.sign("m7", "1.2.3+4", extra=("-s", "9")))
        found, covered = tlvs(image)
        self.write("signed", image[:covered])
        self.write("sig", found[0x22])
        r = openssl("dgst", "-sha256", "-verify", "key.pub", "-signature", "sig", "signed",
                    cwd=self.dir)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        self.assertEqual(found[0xD0A0], b"\x07")
        self.assertEqual(found[0x50], struct.pack("<I", 9))

    def test_elf_hex_and_bin_give_one_image(self):
        data = program("m4", 70000)
        self.sign("m4", out="a.img", data=data)
        self.write("m4.hex", intel_hex(BASE["m4"], data))
        self.tool("sign", "-V", "1.0.0", "-k", "key.pem", "-o", "b.img", "m4.hex")
        self.assertEqual(self.info("b.img")["core"], "M4")
        self.assertEqual(self.info("a.img")["image_hash"], self.info("b.img")["image_hash"])
        if shutil.which("arm-none-eabi-objcopy"):
            subprocess.run(["arm-none-eabi-objcopy", "-I", "binary", "-O", "elf32-littlearm", "-B", "arm",
                            "--rename-section", ".data=.text,alloc,load,contents,readonly", "m4.bin",
                            "m4.o"], cwd=self.dir, check=True)
            self.refused(REJECTED, "sign", "-V", "1.0.0", "-k", "key.pem", "-c", "m4", "-o", "c.img",
                         "m4.o", saying="not been linked", hint=False)
            subprocess.run(["arm-none-eabi-ld", "-o", "m4.elf", "m4.o", "-e", "0", "-Ttext",
                            "0x%x" % BASE["m4"]], cwd=self.dir, check=True)
            self.tool("sign", "-V", "1.0.0", "-k", "key.pem", "-o", "c.img", "m4.elf")
            self.assertEqual(self.info("a.img")["image_hash"], self.info("c.img")["image_hash"])

    def test_limits(self):
        for core in ("m7", "m4"):
            self.sign(core, data=program(core, PAYLOAD_MAX[core]))
            self.tool("verify", "-k", "key.pub", f"{core}.img")
            self.write("big.bin", program(core, PAYLOAD_MAX[core] + 1))
            self.refused(REJECTED, "sign", "-c", core, "-V", "1.0.0", "-k", "key.pem", "-o", "x.img",
                         "big.bin", saying="too large")

    def test_bad_programs(self):
        self.sign("m7", out="signed.img")
        cases = {
            "empty": (b"", "empty", False),
            "tiny": (b"\0\0\2\x20", "too few", True),
            "blank": (b"\xff" * 1000, "reset vector", True),
            "no RAM there": (program("m7", stack=0x20040000), "stack pointer", True),
            "odd stack": (program("m7", stack=0x2001FFFC), "stack pointer", True),
            "no Thumb bit": (program("m7", entry=0x08020298), "reset vector", True),
            "for the start of flash": (program("m7", entry=0x08000299), "reset vector", True),
            "for the other core": (program("m4"), "other core", True),
            "an image": (self.read("signed.img"), "signed core image", True),
            "a key": (self.read("key.pem"), "a key file", True),
            "an archive": (b"PK\3\4" + b"x" * 100, "an archive", True),
            "64-bit ELF": (b"\x7fELF\x02\x01\x01" + b"\0" * 100, "32-bit", False),
        }
        for name, (data, why, hint) in cases.items():
            with self.subTest(name):
                self.write("bad", data)
                self.refused(REJECTED, "sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o",
                             "x.img", "bad", saying=[why, "bad"], hint=hint)
                self.assertFalse(os.path.exists(self.path("x.img")))
        self.refused(IO, "sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", "x.img", "absent",
                     saying="No such file", hint=False)

    def test_linked_after_the_header(self):
        """The address says how large the header is; a BIN has none, and is told by --header-size."""
        sign = ("sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", "m7.img")
        after = program("m7", entry=0x08020400 + 0x299)
        self.write("after.hex", intel_hex(0x08020400, after))
        self.write("room.hex", intel_hex(0x08020000, b"\0" * 0x400 + after))  # as Zephyr makes it
        self.write("after.bin", after)
        self.write("first.hex", intel_hex(0x08020000, program("m7")))
        for args in (("after.hex",), ("room.hex",), ("-H", "0x400", "after.bin"), ("-H", "0x400", "after.hex")):
            with self.subTest(args):
                self.tool(*sign, *args)
                info = self.info("m7.img")
                self.assertEqual((info["header_size"], info["payload_size"]), (0x400, 3000))
                self.assertEqual(info["linked"], "0x08020400, after its header")
                self.assertEqual(self.read("m7.img")[0x400:0x400 + 3000], after)
        self.tool(*sign, "first.hex")
        self.assertEqual(self.info("m7.img")["linked"], "0x08020000, the slot's first byte")
        self.refused(REJECTED, *sign, "-H", "0x200", "after.hex", saying="must be 0x08020000")
        self.refused(REJECTED, *sign, "-H", "0x400", "first.hex", saying="must be 0x08020400")

    def test_addresses_outside_of_the_slot(self):
        sign = ("sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", "x.img")
        self.write("low.hex", intel_hex(0x08000000, program("m7")))
        r = self.refused(REJECTED, *sign, "low.hex", saying="0x08000000")
        self.assertIn("VECT_TAB_OFFSET", r.stderr)
        self.write("late.hex", intel_hex(0x08020200, program("m7")))
        self.refused(REJECTED, *sign, "late.hex", saying="begins at 0x08020200")
        self.write("m4.hex", intel_hex(BASE["m4"], program("m4")))
        self.refused(REJECTED, *sign, "m4.hex", saying="outside of the M7 slot")
        self.write("ram.hex", intel_hex(0x24000000, program("m7")))
        self.refused(USAGE, "sign", "-V", "1.0.0", "-k", "key.pem", "-o", "x.img", "ram.hex",
                     saying="which core")

    def test_the_flash_layout_is_part_of_what_is_signed(self):
        """The M7's slot is at one address in both layouts: only what the image says tells them apart."""
        self.write("m7.bin", program("m7"))
        sign = ("sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem")
        for layout, other in (("exchange", "twin"), ("twin", "exchange")):
            with self.subTest(layout):
                name = f"{layout}.img"
                self.tool(f"--layout={layout}", *sign, "-o", name, "m7.bin")
                shown = json.loads(self.tool("info", "--json", name))
                self.assertEqual((shown["layout"], shown["core"]), (layout, "M7"))
                self.tool(f"--layout={layout}", "verify", "-k", "key.pub", name)
                self.refused(VERIFY, f"--layout={other}", "verify", "-k", "key.pub", name,
                             saying="made for another flash layout")
        self.assertNotIn(0xD0A2, tlvs(self.read("exchange.img"))[0])
        self.assertEqual(tlvs(self.read("twin.img"))[0][0xD0A2], b"\x01")

    def test_unwritable_output(self):
        self.write("m7.bin", program("m7"))
        self.refused(IO, "sign", "-c", "m7", "-V", "1.0.0", "-k", "key.pem", "-o", "no/dir/x.img",
                     "m7.bin", saying="cannot be written")


class Bundle(ToolTest):
    def setUp(self):
        super().setUp()
        self.sign("m7", "1.2.3", extra=("-s", "3"))
        self.sign("m4", "1.2.6", extra=("-s", "7"))

    def test_contents(self):
        self.sign("m7", "1.2.3", extra=("-s", "3", "--hardware-id", "0x1234"))
        self.sign("m4", "1.2.6", extra=("-s", "7", "--hardware-id", "none"))
        self.bundle("set.duo", "--trial-boots", "3", "--trial-time", "20", "--hardware-id", "0x1234")
        data = self.read("set.duo")
        self.assertEqual(data[288:], self.read("m7.img") + self.read("m4.img"))
        info = self.info("set.duo")
        self.assertEqual(info["security_counter"], 7)
        self.assertEqual((info["trial_boots"], info["trial_time"]), (3, 20))
        self.assertEqual(info["hardware_id"], "0x00001234")
        self.assertEqual((info["m7"]["version"], info["m4"]["version"]), ("1.2.3", "1.2.6"))
        self.assertTrue(info["m7"]["intact"] and info["m4"]["intact"])
        self.tool("verify", "--key", "key.pub", "--hardware-id", "0x1234", "set.duo")

    def test_openssl_agrees_with_the_manifest_signature(self):
        data = self.read(self.bundle())

        def integer(raw):
            raw = raw.lstrip(b"\0")
            raw = (b"\0" if raw[0] & 0x80 else b"") + raw
            return bytes([2, len(raw)]) + raw

        body = integer(data[224:256]) + integer(data[256:288])
        self.write("sig", bytes([0x30, len(body)]) + body)
        self.write("signed", data[:224])
        r = openssl("dgst", "-sha256", "-verify", "key.pub", "-signature", "sig", "signed",
                    cwd=self.dir)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)

    def test_one_core_unchanged(self):
        self.tool("bundle", "--m7", "m7.img", "--m4-unchanged", "m4.img", "-V", "2.0.0", "-k",
                  "key.pem", "-o", "one.duo")
        self.assertEqual(len(self.read("one.duo")), 288 + len(self.read("m7.img")))
        info = self.info("one.duo")
        self.assertFalse(info["m4"]["present"])
        self.assertEqual(info["m4"]["image_hash"], self.info("m4.img")["image_hash"])
        self.tool("verify", "--key", "key.pub", "one.duo")

    def test_an_image_is_bound_to_hardware(self):
        """To the one that bundles are for by default; `none` leaves it to whoever has the image."""
        self.assertEqual(self.info(self.sign("m7"))["hardware_id"], "0x00000745")
        self.assertNotIn("hardware_id", self.info(self.sign("m7", extra=("--hardware-id", "none"))))

    def test_wrong_members(self):
        make = ("bundle", "-V", "2.0.0", "-k", "key.pem", "-o", "x.duo")
        self.bundle("set.duo")
        self.sign("m4", out="foreign.img", key="other.pem")
        self.sign("m4", out="bound.img", extra=("--hardware-id", "9"))
        self.refused(REJECTED, *make, "--m7", "m4.img", "--m4", "m7.img", saying="other core")
        self.refused(REJECTED, *make, "--m7", "m7.img", "--m4", "foreign.img", saying="another key")
        self.refused(REJECTED, *make, "--m7", "m7.img", "--m4", "bound.img", saying="bound to hardware")
        self.refused(REJECTED, *make, "--m7", "m7.img", "--m4", "m4.bin", saying="not a signed core")
        self.refused(REJECTED, *make, "--m7", "set.duo", "--m4", "m4.img", saying="a duoboot bundle")
        self.refused(IO, *make, "--m7", "m7.img", "--m4", "absent", saying="No such file", hint=False)
        self.refused(REJECTED, *make, "--m7", "m7.img", "--m4", "m4.img", "-s", "6",
                     saying="security counter 7")
        self.refused(USAGE, *make, "--m7", "m7.img", saying="each core")
        self.refused(USAGE, *make, "--m7-unchanged", "m7.img", "--m4-unchanged", "m4.img",
                     saying="at least one core")
        self.assertFalse(os.path.exists(self.path("x.duo")))


class Factory(ToolTest):
    """What a programmer writes; the journal is read here by docs/formats.md."""
    JOURNAL = 0x081C0000

    def setUp(self):
        super().setUp()
        self.sign("m7", "1.2.3", data=program("m7", 140000), extra=("-s", "3"))
        self.sign("m4", "1.2.6", extra=("-s", "7"))

    def memory(self, name):
        """{address: byte} of an Intel HEX file."""
        found, upper = {}, 0
        for line in self.read(name).decode().split():
            record = bytes.fromhex(line[1:])
            self.assertEqual(sum(record) & 0xFF, 0)
            if record[3] == 4:
                upper = int.from_bytes(record[4:6], "big") << 16
            elif record[3] == 0:
                start = upper + int.from_bytes(record[1:3], "big")
                self.assertFalse(start in found, hex(start))
                found.update((start + i, byte) for i, byte in enumerate(record[4:-1]))
        return found

    def records(self, memory):
        """(type, payload) of the journal's records, in order; zero words are pads, the last record is a seal."""
        words = [bytes(memory.pop(at + i) for i in range(32)) for at in range(self.JOURNAL, self.JOURNAL + 0x20000, 32)
                 if at in memory]
        out, sequence = [], 0
        for word in words:
            if word == bytes(32):
                continue
            magic, version, kind, number, payload, crc = struct.unpack("<HBBI20sI", word)
            self.assertEqual((magic, version, crc), (0x4A44, 1, zlib.crc32(word[:28])))
            self.assertGreaterEqual(number, sequence + (kind != 3))
            sequence = number
            out.append((kind, payload))
        seal = out.pop()
        self.assertEqual(seal, (3, out[-1][1]), "a seal repeats its state")
        return out

    def test_images(self):
        self.tool("factory", "--m7", "m7.img", "--m4", "m4.img", "--out", "f.hex")
        memory = self.memory("f.hex")
        for core, size in (("m7", 140000), ("m4", 3000)):
            payload = program(core, size)
            self.assertEqual(bytes(memory[BASE[core] + i] for i in range(size)), payload)
            meta = BASE[core] + (size + 31) // 32 * 32
            self.assertEqual(bytes(memory[meta + i] for i in range(4)), b"DOL1")
        self.assertLess(max(memory), BASE["m4"] + 0x40000)

    def test_bundle(self):
        self.bundle()
        self.tool("factory", "--m7", "m7.img", "--m4", "m4.img", "--out", "images.hex")
        self.tool("factory", "--bundle", "set.duo", "--key", "key.pub", "--out", "set.hex")
        memory = self.memory("set.hex")
        records = self.records(memory)
        self.assertEqual(memory, self.memory("images.hex"))
        manifest = bytearray(288)
        for kind, payload in records[:-1]:
            self.assertEqual((kind, payload[:2]), (2, b"\1\0"))
            manifest[16 * payload[2]:16 * payload[2] + 16] = payload[4:]
        self.assertEqual(len(records), 18 + 1)
        self.assertEqual(bytes(manifest), self.read("set.duo")[:288])
        kind, state = records[-1]
        self.assertEqual(kind, 1)
        idle, current, confirmed, sectors = 1, 1, 1 << 6, 2 | 1 << 4
        self.assertEqual(state, struct.pack("<BBBBBBBBHHBBHI", idle, current, 0, confirmed, 0, 0, 0, 0, 1, 0, sectors, 0, 0, 7))

    def test_private_key_and_hardware_of_its_own(self):
        for core in ("m7", "m4"):
            self.sign(core, extra=("--hardware-id", "0x1234"))
        self.bundle("set.duo", "--hardware-id", "0x1234")
        self.tool("factory", "--bundle", "set.duo", "--key", "key.pem", "--out", "set.hex")

    def test_refused(self):
        make = ("factory", "-o", "x.hex")
        self.bundle()
        self.tool("bundle", "--m7", "m7.img", "--m4-unchanged", "m4.img", "-V", "2.0.0", "-k", "key.pem", "-o", "one.duo")
        data = bytearray(self.read("set.duo"))
        data[400] ^= 1
        self.write("flipped.duo", bytes(data))
        self.write("longer.duo", self.read("set.duo") + b"x")
        key = ("-k", "key.pub")
        self.refused(VERIFY, *make, "--bundle", "set.duo", "-k", "other.pub", saying="another key")
        self.refused(VERIFY, *make, "--bundle", "flipped.duo", *key, saying="hash")
        self.refused(VERIFY, *make, "--bundle", "longer.duo", *key, saying="after")
        self.refused(REJECTED, *make, "--bundle", "one.duo", *key, saying="no image for the")
        self.refused(REJECTED, *make, "--bundle", "m7.img", *key, saying="not a bundle")
        self.refused(IO, *make, "--bundle", "absent", *key, saying="No such file", hint=False)
        self.refused(REJECTED, *make, "--m7", "m4.img", "--m4", "m7.img", saying="other core")
        self.refused(REJECTED, *make, "--m7", "set.duo", "--m4", "m4.img", saying="a duoboot bundle")
        self.refused(USAGE, *make, "--bundle", "set.duo", saying="--key is needed")
        self.refused(USAGE, *make, "--m7", "m7.img", saying="--bundle is needed, or")
        self.refused(USAGE, *make, "--bundle", "set.duo", "--m7", "m7.img", *key, saying="not both")
        self.refused(USAGE, "factory", "--bundle", "set.duo", *key, saying="--out is needed")
        self.assertFalse(os.path.exists(self.path("x.hex")))
