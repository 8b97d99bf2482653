#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: embed_registers.py OUT.c TABLE    makes C of the table of registers, for emu/host/gdb_periph.c"""
import sys

out, table = sys.argv[1:]
with open(table, "rb") as f:
    numbers = ",".join(str(byte) for byte in f.read())
with open(out, "w", encoding="utf-8") as f:
    f.write('#include "emu/host/gdb_stub.h"\n\n' f"const char gdb_registers[] = {{{numbers},0}};\n")
