#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The packed M7 bootloader: what is loaded, where its symbols and lines are, and what a damaged one does.

usage: test_firmware.py FWPACK
The format is read here by a decoder of its own, written after the description in pack/unpack.h.
"""
import os
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FW = os.path.join(ROOT, "build", "fw")
DUOEMU = os.path.join(ROOT, "build", "bin", "duoemu")
LINKED = os.path.join(ROOT, "build", "cm7", "boot", "cm7", "boot_cm7.unpacked.elf")
FWPACK = sys.argv[1]
BASE = 0x08000000
PT_LOAD, SHT_NOBITS = 1, 8


def fw(name):
    return os.path.join(FW, name)


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Elf:
    def __init__(self, path):
        self.data = read(path)
        phoff, shoff = struct.unpack_from("<II", self.data, 28)
        phnum, _, shnum, names = struct.unpack_from("<HHHH", self.data, 44)
        self.segments = [struct.unpack_from("<8I", self.data, phoff + 32 * i) for i in range(phnum)]
        rows = [struct.unpack_from("<10I", self.data, shoff + 40 * i) for i in range(shnum)]
        text = self.data[rows[names][4]:rows[names][4] + rows[names][5]]
        self.sections = {text[row[0]:text.index(b"\0", row[0])].decode(): row for row in rows}

    def content(self, name):
        row = self.sections[name]
        return self.data[row[4]:row[4] + row[5]]

    def loaded(self):
        """{address: byte} of everything a programmer or the emulator loads."""
        memory = {}
        for kind, offset, _, physical, filesz, *_ in self.segments:
            if kind == PT_LOAD:
                memory.update((physical + i, self.data[offset + i]) for i in range(filesz))
        return memory


def with_room(room):
    """What was linked, with so many bytes of .packed."""
    elf = Elf(LINKED)
    data, (phoff, shoff) = bytearray(elf.data), struct.unpack_from("<II", elf.data, 28)
    row = elf.sections[".packed"]
    index = [segment[1] for segment in elf.segments].index(row[4])
    struct.pack_into("<II", data, phoff + 32 * index + 16, room, room)
    struct.pack_into("<I", data, shoff + 40 * list(elf.sections).index(".packed") + 20, room)
    return data


class Bits:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        value = 0
        for _ in range(count):
            value = value << 1 | self.data[self.at // 8] >> 7 - self.at % 8 & 1
            self.at += 1
        return value

    def gamma(self):
        zeros = 0
        while not self.take(1):
            zeros += 1
        return 1 << zeros | self.take(zeros)


def unpacked(packed, size):
    bits, out, offset, after_byte = Bits(packed[8:]), bytearray(), 1, False
    while len(out) < size:
        if not bits.take(1):
            out.append(bits.take(8))
            after_byte = True
            continue
        if after_byte and bits.take(1):
            length = bits.gamma()
        else:
            offset = (bits.gamma() - 1) * 128 + bits.take(7) + 1
            length = bits.gamma() + 1
        after_byte = False
        for _ in range(length):
            out.append(out[-offset])
    a = b = 0
    for (word,) in struct.iter_unpack("<I", out):
        a = (a + word) & 0xFFFFFFFF
        b = (b + a) & 0xFFFFFFFF
    assert struct.unpack_from("<II", packed) == (a, b), "the sums differ"
    return bytes(out)


def hex_memory(path):
    memory, upper = {}, 0
    for line in read(path).decode().split():
        record = bytes.fromhex(line[1:])
        assert sum(record) & 0xFF == 0, line
        if record[3] == 4:
            upper = int.from_bytes(record[4:6], "big") << 16
        elif record[3] == 0:
            start = upper + int.from_bytes(record[1:3], "big")
            memory.update((start + i, byte) for i, byte in enumerate(record[4:-1]))
    return memory


def elf_hex_and_bin_load_the_same():
    binary = {BASE + i: byte for i, byte in enumerate(read(fw("boot_cm7.bin")))}
    assert Elf(fw("boot_cm7.elf")).loaded() == binary
    assert hex_memory(fw("boot_cm7.hex")) == binary
    assert len(binary) <= 40960


def it_unpacks_to_what_was_linked():
    elf, linked = Elf(fw("boot_cm7.elf")), Elf(LINKED)
    want = linked.content(".text") + linked.content(".data")
    assert unpacked(elf.content(".packed"), len(want)) == want
    for name in (".boot", ".early"):
        assert elf.content(name) == linked.content(name), name


def symbols_and_lines_are_where_it_runs():
    def nm(path):
        return subprocess.run(["arm-none-eabi-nm", path], capture_output=True, text=True, check=True).stdout

    assert nm(fw("boot_cm7.elf")) == nm(LINKED)
    where = {line.split()[2]: int(line.split()[0], 16) for line in nm(LINKED).splitlines()}
    assert where["boot_main"] < 0x10000 and where["unpack"] < 0x10000 and where["reset_handler"] >= BASE
    for symbol, source in (("boot_main", "boot/cm7/main.c"), ("unpack", "pack/unpack.c"), ("duo_decide", "core/txn/decide.c")):
        line = subprocess.run(["arm-none-eabi-addr2line", "-e", fw("boot_cm7.elf"), hex(where[symbol])], capture_output=True,
                              text=True, check=True).stdout
        assert source + ":" in line, (symbol, line)
    assert Elf(fw("boot_cm7.elf")).sections[".text"][1] == SHT_NOBITS


def run(binary):
    """What it says on the line in half a second, with its M4 and without applications."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(binary)
        file.flush()
        done = subprocess.run([DUOEMU, "run", "-q", "--m7", file.name, "--m4", fw("boot_cm4.elf"), "--for", "500ms"],
                              capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3, (done.returncode, done.stderr)  # time over: no lockup, no fault
    return done.stdout


def a_damaged_one_does_nothing():
    good = read(fw("boot_cm7.bin"))
    first = Elf(fw("boot_cm7.elf")).sections[".packed"][3] - BASE
    assert "duoboot: recovery" in run(good)
    for at in [first, first + 7, first + 8, len(good) - 2] + [first + (len(good) - first) * i // 10 for i in range(1, 10)]:
        changed = bytearray(good)
        changed[at] ^= 0x10
        assert run(bytes(changed)) == "", f"byte {at} changed, and it runs"
    for end in (first, first + 2000, len(good) - 32):
        assert run(good[:end]) == "", f"cut at {end}, and it runs"


def fwpack(*arguments):
    done = subprocess.run([FWPACK, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def refused(code, words, *arguments):
    got, text = fwpack(*arguments)
    assert got == code and words in text, (arguments, got, text)


def the_packer_says_what_is_wrong():
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.elf")
        broken = os.path.join(folder, "broken.elf")
        refused(2, "usage:", LINKED, out)
        refused(1, "No such file", os.path.join(folder, "nothing"), out, ".text")
        refused(1, "not a 32-bit", os.path.abspath(__file__), out, ".text")
        refused(1, "there is no section .tixt", LINKED, out, ".tixt")
        refused(1, ".bss has no content", LINKED, out, ".bss")
        refused(1, "packed before", fw("boot_cm7.elf"), out, ".text")
        refused(1, "not 0x", LINKED, out, ".text", ".boot")
        with open(broken, "wb") as file:
            file.write(with_room(1000))
        refused(1, ".packed has room for 1000: shrink", broken, out, ".text", ".data")
        refused(1, "No such file", LINKED, os.path.join(folder, "no", "out.elf"), ".text")
        for length in (10, 60, 5000, len(read(LINKED)) - 10):
            with open(broken, "wb") as file:
                file.write(read(LINKED)[:length])
            assert fwpack(broken, out, ".text")[0] == 1, length
        assert not os.path.exists(out)


def main():
    for path in (fw("boot_cm7.elf"), fw("boot_cm4.elf"), LINKED, DUOEMU):
        if not os.path.exists(path):
            print(f"skipped: {path} is absent")
            sys.exit(77)
    for test in (elf_hex_and_bin_load_the_same, it_unpacks_to_what_was_linked, symbols_and_lines_are_where_it_runs,
                 a_damaged_one_does_nothing, the_packer_says_what_is_wrong):
        test()
        print("ok", test.__name__, flush=True)


if __name__ == "__main__":
    main()
