#!/usr/bin/env -S python3 -S -E -B
# SPDX-License-Identifier: MIT
"""A probe and its device, played for the scripts of `duoboot provision`: both programs, by the name that this file is called by.

PLAYED names a JSON file with the state of the device: registers, what was done in which order, what goes wrong ("broken"). It
refuses what the chip refuses: writing where something is, sectors that are protected, anything in flash once reading is.
"""
import json
import os
import re
import sys

OPTSR, BOOT7, BOOT4, WPSN1, WPSN2, IDC = "5200201c", "52002040", "52002048", "52002038", "52002138", "5c001000"
BCM4 = 1 << 22


class Device:
    def __init__(self):
        self.path = os.environ["PLAYED"]
        with open(self.path, encoding="utf-8") as f:
            self.state = json.load(f)
        self.registers = self.state["registers"]

    def close(self, code):
        with open(self.path, "w", encoding="utf-8") as f:
            json.dump(self.state, f)
        sys.exit(code)

    def do(self, what):
        self.state["done"].append(what)
        if self.state.get("fails") == what:
            self.close(1)

    def rdp(self):
        return self.registers[OPTSR] >> 8 & 0xFF

    def flash(self, what):
        self.do(what)
        if self.rdp() != 0xAA or self.registers[WPSN1] != 0xFF or self.registers[WPSN2] != 0xFF:
            self.close(1)

    def erase(self, bank):
        self.flash(f"erase {bank}")
        self.state["flash"].pop(bank, None)

    def write(self, path):
        self.flash("write")
        if self.state["flash"]:
            self.close(1)
        with open(path, encoding="ascii") as f:
            text = f.read()
        self.state["flash"] = {"0": text, "1": text}

    def verify(self, path):
        self.flash("verify")
        with open(path, encoding="ascii") as f:
            if f.read() != self.state["flash"].get("0"):
                self.close(1)

    def option(self, name, register, value, mask):
        self.do(name)
        if self.state.get("ignores") != name:
            self.registers[register] = self.registers[register] & ~mask | value & mask

    def read(self, address):
        return self.registers[address.lower().removeprefix("0x")]


def cubeprogrammer(device, words):
    assert words[:3] == ["-c", "port=SWD", "mode=UR"], words
    words = words[3:]
    if words[0] == "-r32":
        assert words[2:] == ["4"], words
        print(f"\nReading 32-bit memory content\n  Size          : 4 Bytes\n\n0x{words[1][2:].upper()} : {device.read(words[1]):08X}\n")
    elif words == ["-e", "all"]:
        device.erase("0")
        device.erase("1")
    elif words[0] == "-w":
        device.write(words[1])
        assert words[2:] == ["-v"], words
        device.verify(words[1])
    else:
        assert words[0] == "-ob", words
        for word in words[1:]:
            name, value = word.split("=")
            if name == "BCM4":
                device.option("BCM4=0", OPTSR, 0 if value == "0" else BCM4, BCM4)
            elif name == "RDP":
                device.option("RDP", OPTSR, int(value, 0) << 8, 0xFF00)
            else:
                sector = int(re.fullmatch(r"nWRP(\d+)", name).group(1))
                device.option(f"WRP {sector // 8}", WPSN2 if sector >= 8 else WPSN1, int(value) << sector % 8, 1 << sector % 8)


def openocd(device, words):
    assert words[:2] == ["-f", "board/st_nucleo_h745zi.cfg"], words
    commands = words[3::2]
    assert set(words[2::2]) == {"-c"} and commands[:2] == ["init", "reset halt"] and commands[-1] == "shutdown", words
    for command in commands[2:-1]:
        name = command.split()
        if name[0] == "mdw":
            print(f"{name[1]}: {device.read(name[1]):08x} ", file=sys.stderr)
        elif name[:2] == ["stm32h7x", "mass_erase"]:
            device.erase(name[2])
        elif name[:2] == ["flash", "write_image"]:
            device.write(name[2])
        elif name[0] == "verify_image":
            device.verify(name[1])
        elif name[:2] == ["stm32h7x", "option_write"]:
            bank, register, value, mask = (int(n, 0) for n in name[2:])
            assert (bank, register) == (0, 0x20), command
            device.option("BCM4=0" if (value, mask) == (0, BCM4) else command, OPTSR, value, mask)
        elif name[:2] == ["flash", "protect"]:
            assert name[3:] == ["0", "0", "on"], command
            device.option(f"WRP {name[2]}", WPSN2 if name[2] == "1" else WPSN1, 0, 1)
        else:
            assert name == ["stm32h7x", "lock", "0"], command
            device.option("RDP", OPTSR, 0, 0xFF00)


def main():
    device = Device()
    {"STM32_Programmer_CLI": cubeprogrammer, "openocd": openocd}[os.path.basename(sys.argv[0])](device, sys.argv[1:])
    device.close(0)


main()
