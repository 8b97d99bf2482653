# SPDX-License-Identifier: MIT
"""Stock imgtool, MCUboot's own signer: what it writes is accepted byte for byte, what duoboot writes it
accepts, and both make the same image of the same program."""
import os
import shutil
import subprocess

from duotest.board import ROOT, require
from duotest.toolcase import BASE, REJECTED, VERIFY, ToolTest, intel_hex, program, tlvs

IMGTOOL = os.path.join(ROOT, "build", "venv", "bin", "imgtool")  # the project's set-up puts it there
if not os.access(IMGTOOL, os.X_OK):
    IMGTOOL = shutil.which("imgtool") or "imgtool"
require(IMGTOOL)

SLOT = {"m7": "0x60000", "m4": "0x40000"}


class Imgtool(ToolTest):
    def imgtool(self, *args):
        r = subprocess.run([IMGTOOL, *args], cwd=self.dir, capture_output=True, text=True, timeout=60)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        return r.stdout

    def imgtool_sign(self, core, out, *extra, header="0x200", pad_header=True, source=None):
        source = source or self.write(f"{core}.bin", program(core, 5001))
        args = ["sign", "--key", "key.pem", "--align", "32", "--max-align", "32", "--version", "1.2.3+4",
                "--header-size", header, "--slot-size", SLOT[core]]
        if pad_header:
            args.append("--pad-header")
        self.imgtool(*args, *extra, source, out)
        return out

    def accepted(self, name, core):
        self.tool("verify", "--key", "key.pub", "--core", core, name)
        info = self.info(name)
        self.assertTrue(info["intact"])
        self.assertEqual(info["core"], core.upper())
        self.assertEqual(info["version"], "1.2.3+4")
        return info

    def after_header(self, core, header=0x400):
        """A program linked after a header of this size, as Zephyr's are."""
        return self.write(f"{core}.bin", program(core, 5001, entry=BASE[core] + header + 0x299))

    def test_headers_of_several_sizes(self):
        for core in ("m7", "m4"):
            for header in ("0x20", "0x200", "0x400", "0x1c00"):
                with self.subTest(core=core, header=header):
                    size = int(header, 16)
                    source = self.after_header(core, size) if size % 0x400 == 0 else None
                    info = self.accepted(self.imgtool_sign(core, "a.img", header=header, source=source), core)
                    self.assertEqual(info["header_size"], int(header, 16))
                    self.assertEqual(info["payload_size"], 5001)

    def test_header_space_already_in_the_program(self):
        self.write("with.bin", b"\0" * 0x200 + program("m7"))
        info = self.accepted(self.imgtool_sign("m7", "a.img", pad_header=False, source="with.bin"), "m7")
        self.assertEqual(info["payload_size"], 3000)

    def test_linked_for_the_other_form(self):
        """The refusal names the address that would do."""
        first = self.write("first.bin", program("m7", entry=BASE["m7"] + 0x299))
        self.imgtool_sign("m7", "a.img", header="0x400", source=first)
        self.refused(VERIFY, "verify", "-k", "key.pub", "a.img", saying=["bad reset vector", "0x08020400"])
        self.imgtool_sign("m4", "m4.img")
        self.refused(REJECTED, "bundle", "--m7", "a.img", "--m4", "m4.img", "--set-version", "1.2.3", "-k", "key.pem", "-o",
                     "x.duo", saying=["bad reset vector", "link that to 0x08020400"])

    def test_hex_in(self):
        self.write("m4.hex", intel_hex(BASE["m4"], program("m4")))
        self.accepted(self.imgtool_sign("m4", "a.img", source="m4.hex"), "m4")

    def test_trailers(self):
        self.imgtool_sign("m7", "plain.img")
        for option in ("--pad", "--confirm"):
            with self.subTest(option):
                info = self.accepted(self.imgtool_sign("m7", "a.img", option), "m7")
                self.assertEqual(info["trailer_size"], 0x60000 - len(self.read("plain.img"))
                                 + len(tlvs(self.read("plain.img"))[0][0x22])
                                 - len(tlvs(self.read("a.img"))[0][0x22]))

    def test_optional_tlvs(self):
        for extra in (("--security-counter", "77"), ("--security-counter", "auto"),
                      ("--dependencies", "(1,1.2.0+0)"), ("--public-key-format", "full"),
                      ("--pad-sig",), ("--boot-record", "app"), ("--custom-tlv", "0xd0a0", "0x07"),
                      ("--custom-tlv", "0x1234", "something"), ("--vid", "example.org"),
                      ("--rom-fixed", "0x08020000"), ("--overwrite-only",)):
            with self.subTest(extra):
                self.accepted(self.imgtool_sign("m7", "a.img", *extra), "m7")
        self.imgtool_sign("m7", "a.img", "--security-counter", "77")
        self.assertEqual(self.info("a.img")["security_counter"], 77)

    def test_dependencies(self):
        """Of image 0 (M7) on image 1 (M4) and the other way round; imgtool's images here have version 1.2.3+4."""
        def bundle():
            return ("bundle", "--m7", "m7.img", "--m4", "m4.img", "--set-version", "1.2.3", "-k", "key.pem", "-o", "x.duo")

        self.imgtool_sign("m4", "m4.img")
        self.imgtool_sign("m7", "m7.img", "--dependencies", "(1,1.2.3+4)")
        self.assertEqual(self.info("m7.img")["needs_m4"], "1.2.3+4")
        self.tool(*bundle())
        self.tool("verify", "-k", "key.pub", "x.duo")
        self.imgtool_sign("m7", "m7.img", "--dependencies", "(1,1.2.4+0)")
        self.refused(REJECTED, *bundle(), saying=["M7's image demands version 1.2.4", "of the M4's"])
        self.imgtool_sign("m7", "m7.img")
        self.imgtool_sign("m4", "m4.img", "--dependencies", "(0,2.0.0+0)")
        self.refused(REJECTED, *bundle(), saying=["M4's image demands version 2.0.0", "of the M7's"])
        self.imgtool_sign("m7", "m7.img", "--dependencies", "(2,1.0.0+0)")  # there is no third image
        self.refused(VERIFY, "verify", "-k", "key.pub", "m7.img", saying="unsupported")

    def test_keys_of_imgtool(self):
        self.imgtool("keygen", "-k", "im.pem", "-t", "ecdsa-p256")
        self.write("m7.bin", program("m7"))
        self.tool("sign", "-c", "m7", "-V", "1.0.0", "-k", "im.pem", "-o", "m7.img", "m7.bin")
        self.imgtool("verify", "-k", "im.pem", "m7.img")

    def test_what_cannot_run_here_is_refused(self):
        self.imgtool("keygen", "-k", "enc.pem", "-t", "ecdsa-p256")
        for extra, why in ((("--custom-tlv", "0xd0a0", "0x04"), "other core"),
                           (("--custom-tlv", "0xd0a0", "0x0707"), "malformed"),
                           (("--load-addr", "0x24000000"), "unsupported"),
                           (("--non-bootable",), "unsupported"),
                           (("--encrypt", "enc.pem"), "unsupported"),
                           (("--rom-fixed", "0x08120000"), "other core"),
                           (("--endian", "big"), "no known kind")):
            with self.subTest(extra):
                self.imgtool_sign("m7", "a.img", *extra)
                code = REJECTED if "big" in extra else VERIFY
                self.refused(code, "verify", "-k", "key.pub", "--core", "m7", "a.img", saying=why)

    def test_other_signatures_are_refused(self):
        self.write("m7.bin", program("m7"))
        for kind in ("rsa-2048", "ed25519", "ecdsa-p384"):
            self.imgtool("keygen", "-k", f"{kind}.pem", "-t", kind)
            self.imgtool("sign", "-k", f"{kind}.pem", "--align", "32", "--max-align", "32", "-v", "1.0.0",
                         "-H", "0x200", "-S", "0x60000", "--pad-header", "m7.bin", "a.img")
            self.refused(VERIFY, "verify", "-k", "key.pub", "a.img", saying="unsupported")
        self.imgtool("sign", "--align", "32", "--max-align", "32", "-v", "1.0.0", "-H", "0x200", "-S",
                     "0x60000", "--pad-header", "m7.bin", "a.img")
        self.refused(VERIFY, "verify", "-k", "key.pub", "a.img", saying="not signed")

    def test_same_image_as_ours(self):
        self.imgtool_sign("m7", "theirs.img", "--security-counter", "5", "--custom-tlv", "0xd0a0", "0x07",
                          "--custom-tlv", "0xd0a1", "0x45070000")
        self.tool("sign", "-c", "m7", "-V", "1.2.3+4", "-s", "5", "-H", "0x200", "-k", "key.pem", "-o",
                  "ours.img", "m7.bin")
        theirs, ours = self.read("theirs.img"), self.read("ours.img")
        their_tlvs, covered = tlvs(theirs)
        our_tlvs, our_covered = tlvs(ours)
        self.assertEqual(theirs[:covered], ours[:our_covered])
        for kind in (0x10, 0x01):
            self.assertEqual(their_tlvs[kind], our_tlvs[kind])
        self.imgtool("verify", "-k", "key.pem", "ours.img")

    def test_bundle_of_imgtool_images(self):
        self.imgtool_sign("m7", "m7.img", "--confirm")
        self.imgtool_sign("m4", "m4.img", "--pad", header="0x400", source=self.after_header("m4"))
        self.bundle()
        self.tool("verify", "-k", "key.pub", "set.duo")
        self.assertLess(len(self.read("set.duo")), 13000)  # without the trailers
