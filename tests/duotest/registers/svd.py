# SPDX-License-Identifier: MIT
"""Reads the parts of a CMSIS-SVD file the comparison needs: bases, offsets, resets, fields."""

import xml.etree.ElementTree as ET


def number(text):
    return int(text, 0)


class Register:
    def __init__(self, name, offset, reset, access, fields):
        self.name, self.offset, self.reset = name, offset, reset
        self.access, self.fields = access, fields

    def mask(self):
        mask = 0
        for field in self.fields.values():
            mask |= field
        return mask


class Peripheral:
    def __init__(self, name, base, registers):
        self.name, self.base, self.registers = name, base, registers

    def find(self, name):
        """A register by its plain name; the file prefixes some with the block's name."""
        for candidate in (name, f"{self.name}_{name}", name + "R"):
            if candidate in self.registers:
                return self.registers[candidate]
        return None


def field_mask(field):
    low, width = number(field.findtext("bitOffset")), number(field.findtext("bitWidth"))
    return ((1 << width) - 1) << low


def read_register(node):
    fields = {f.findtext("name"): field_mask(f) for f in node.iter("field")}
    return Register(
        node.findtext("name"),
        number(node.findtext("addressOffset")),
        number(node.findtext("resetValue") or "0"),
        node.findtext("access") or "",
        fields,
    )


def read(path):
    """Peripherals by name."""
    nodes = {p.findtext("name"): p for p in ET.parse(path).getroot().iter("peripheral")}
    result = {}
    for name, node in nodes.items():
        body = node
        while body.get("derivedFrom"):
            body = nodes[body.get("derivedFrom")]
        registers = {}
        for reg in body.iter("register"):
            if reg.findtext("dim") is None:  # arrays are no part of the comparison
                registers[reg.findtext("name")] = read_register(reg)
        result[name] = Peripheral(name, number(node.findtext("baseAddress")), registers)
    return result
