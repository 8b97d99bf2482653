# SPDX-License-Identifier: MIT
"""A serial line in virtual time: the emulated board at one end, lrzsz or a person at the other.

The board runs only while the line lets it, and lrzsz (with virtual_peer.c inside) waits only here. Whatever is
computed on the host costs no virtual time, so a run depends on its inputs and seeds alone, not on the load of the
machine, and takes as long as the emulator needs.
"""

import collections
import contextlib
import os
import re
import select
import socket
import struct
import subprocess
import tempfile

from duotest.board import BIN, firmware, require

SECOND = 10 ** 12  # virtual time counts picoseconds
MS = 10 ** 9
PATIENCE = float(os.environ.get("DUO_TEST_PATIENCE", "inf"))  # s: expect() waits no longer (tests/mutants: where the words never come)
BITS = 10  # start, 8 data, stop
BUFFER = 4096  # of the host's serial driver and of its pipe
ALARM = 0xFFFFFFFF
IDLE = 2  # enum machine_stop M_IDLE
# enum cut_outcome
OUTCOMES = ("random", "untouched", "complete", "double", "single", "blank", "torn-erase", "marginal", "factory")


class Program:
    """lrzsz, held whenever it waits. `wants` is what it waits for: None while it computes."""

    def __init__(self, *command, **options):
        require(f"{BIN}/libvirtual_peer.so", "/usr/bin/" + command[0])
        ours, theirs = socket.socketpair()
        environment = dict(os.environ, LD_PRELOAD=f"{BIN}/libvirtual_peer.so", DUO_PEER_FD=str(theirs.fileno()))
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors,
                                        env=environment, pass_fds=[theirs.fileno()], **options)
        theirs.close()
        self.control = ours
        self.output = collections.deque()  # bytes it has written and the line has not taken
        self.input = bytearray()  # bytes that have arrived and it has not read
        self.wants = None
        self.until = None  # virtual time at which an alarm or a sleep ends
        self.ended = False

    def settle(self, now):
        """Until it waits for something, or has more to send than a driver takes, or has ended."""
        while not self.ended and self.wants is None and len(self.output) < BUFFER:
            ready, _, _ = select.select([self.process.stdout, self.control], [], [])
            if self.process.stdout in ready:  # first: what it wrote, it wrote before it asked
                self._take_output()
            else:
                self._take_question(now)

    def _take_output(self):
        data = os.read(self.process.stdout.fileno(), BUFFER)
        self.output.extend(data)
        if not data:
            self.process.wait()
            self.ended = True

    def _take_question(self, now):
        question = self.control.recv(9, socket.MSG_WAITALL)
        if len(question) < 9:  # it ends; the rest of its output comes first
            self.control.close()
            self.control = self.process.stdout
            return
        what, seconds, wanted = struct.unpack("<cII", question)
        self.wants = what, wanted
        self.until = now + seconds * SECOND if seconds or what == b"S" else None
        self.answer(now)

    def _reply(self, value, data=b""):
        self.wants = self.until = None
        self.control.sendall(struct.pack("<I", value) + data)

    def answer(self, now):
        """Lets it go on when what it waits for is there."""
        if self.wants is None or self.ended:
            return
        what, wanted = self.wants
        if what == b"R" and self.input:
            data = bytes(self.input[:wanted])
            del self.input[:wanted]
            self._reply(len(data), data)
        elif what == b"F":
            self.input.clear()
            self._reply(0)
        elif what == b"D" and not self.output:
            self._reply(0)
        elif self.until is not None and now >= self.until:
            self._reply(ALARM if what == b"R" else 0)

    def kill(self):
        if not self.ended:
            self.process.kill()
            self.process.wait()
            self.ended = True
        self.control.close()

    def result(self):
        self.errors.seek(0)
        return subprocess.CompletedProcess(self.process.args, self.process.returncode,
                                           stderr=self.errors.read().decode("latin1"))


class Fault:
    """What a bad line does to one direction: to each byte, with this probability, one of four things."""

    def __init__(self, rng, probability=1e-4, kinds=("drop", "double", "flip", "delay")):
        self.rng, self.probability, self.kinds = rng, probability, kinds
        self.done = collections.Counter()

    def __call__(self, byte):
        """The bytes that arrive for this one, and how long the line stands still before them (ps)."""
        if self.rng.random() >= self.probability:
            return bytes([byte]), 0
        kind = self.rng.choice(self.kinds)
        self.done[kind] += 1
        if kind == "drop":
            return b"", 0
        if kind == "double":
            return bytes([byte, byte]), 0
        if kind == "flip":
            return bytes([byte ^ 1 << self.rng.randrange(8)]), 0
        return bytes([byte]), self.rng.randrange(5, 3000) * MS


def perfect(byte):
    return bytes([byte]), 0


class LineBoard:
    """The emulated board at the end of USART3. Use it in a `with` block. Seconds are virtual ones."""

    def __init__(self, *arguments, boot_m7="boot_cm7.elf", boot_m4="boot_cm4.elf", baud=115200):
        require(f"{BIN}/line_board")
        command = [f"{BIN}/line_board", "--m7", os.path.join(firmware(""), boot_m7), *arguments]
        if boot_m4:
            command += ["--m4", firmware(boot_m4)]
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.byte_time = SECOND * BITS // baud
        self.now = 0
        self.flash_ops = 0
        self.queued = 0  # bytes the line still has to carry to the board
        self.seen = ""
        self.heard = []  # (time, flash operations so far, bytes) of all the board has sent
        self.idle = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(timeout=20)

    def log_text(self):
        self.log.seek(0)
        return self.log.read()

    # ---- requests to line_board ----

    def _ask(self, request, *lengths):
        self.process.stdin.write(request)
        self.process.stdin.flush()
        return [self._get(n) for n in lengths]

    def _get(self, n):
        data = self.process.stdout.read(n)
        if len(data) != n:
            raise AssertionError(f"line_board ended with {self.process.wait(20)}: {self.log_text()}")
        return data

    def step(self, until, data=b"", stop=False):
        """Runs to a virtual time, or to the first byte that comes out; returns what came out."""
        head, = self._ask(struct.pack("<cQBI", b"R", until, stop, len(data)) + data, 25)
        self.now, self.flash_ops, why, self.queued, n = struct.unpack("<QQBII", head)
        self.idle = why == IDLE
        came = self._get(n)
        if came:
            self.heard.append((self.now, self.flash_ops, came))
            self.seen += came.decode("latin1")
        return came

    def memory(self, addr, n):
        return self._ask(struct.pack("<cII", b"P", addr, n), n)[0]

    def poke(self, addr, data):
        self._ask(struct.pack("<cII", b"W", addr, len(data)) + data)

    def hang(self):
        """The M7's program loops forever; its interrupts still come."""
        self._ask(b"H")

    def damage(self, addr):
        """The flash word at addr cannot be read any more."""
        self._ask(struct.pack("<cI", b"D", addr))

    def core(self):
        """PC and SP of the M7."""
        return struct.unpack("<II", self._ask(b"C", 8)[0])

    def private(self, addr):
        """A word of the M7's private peripheral bus."""
        return struct.unpack("<I", self._ask(struct.pack("<cI", b"V", addr), 4)[0])[0]

    def bad_cell(self, addr):
        """From now on the flash word at addr loses a bit when it is programmed; 0: none does."""
        self._ask(struct.pack("<cI", b"B", addr))

    def reset(self):
        """Pulls the reset pin."""
        self._ask(b"N")

    def cut_at(self, operation, outcome="random"):
        """The power is cut at this flash operation (flash_ops counts them), and is back after 100 ms."""
        self._ask(struct.pack("<cQB", b"X", operation, OUTCOMES.index(outcome)))

    def endless(self, kind, addr, times=1):
        """From now on so many of the erases (`erase`) or programs of the sector at addr never end."""
        text = f"{kind}@0x{addr:08x},times={times}".encode()
        self._ask(struct.pack("<cI", b"L", len(text)) + text)

    def endless_left(self):
        return struct.unpack("<Q", self._ask(struct.pack("<cI", b"L", 0), 8)[0])[0]

    @contextlib.contextmanager
    def copy(self):
        """What happens to the board in this block has not happened after it."""
        self._ask(b"F", 1)
        saved = self.now, self.flash_ops, self.queued, self.seen, self.idle, len(self.heard)
        try:
            yield self
        finally:
            if self.process.poll() is None:
                self._ask(b"E", 1)
            self.now, self.flash_ops, self.queued, self.seen, self.idle, heard = saved
            del self.heard[heard:]

    # ---- what a person does ----

    def run(self, seconds):
        self.step(self.now + int(seconds * SECOND))

    def send(self, data):
        for at in range(0, len(data), BUFFER):
            self.step(self.now + len(data[at:at + BUFFER]) * self.byte_time, data[at:at + BUFFER])

    def expect(self, pattern, seconds=60):
        """Runs until a pattern comes in what has not been matched yet; returns the match."""
        end = self.now + int(min(seconds, PATIENCE) * SECOND)
        while True:
            found = re.search(pattern, self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return found
            if self.now >= end or self.idle:
                raise AssertionError(f"no {pattern!r} in {self.seen[:900]!r}; the board: {self.log_text()}")
            self.step(min(end, self.now + 20 * MS))

    def never(self, pattern, seconds=2):
        self.run(seconds)
        found = re.search(pattern, self.seen)
        if found:
            raise AssertionError(f"{found.group(0)!r} must not come: {self.seen!r}")

    def key(self, text, pattern=None, seconds=60):
        """Presses a key after a moment of silence, as a finger does."""
        self.run(0.05)
        self.send(text.encode("latin1"))
        return self.expect(pattern, seconds) if pattern else None

    # ---- programs ----

    def ymodem(self, *command, seconds=3000, to_board=perfect, to_program=perfect, unplug_after=None, at_byte=None,
               unplug_when=None, late=0, grain=None, **options):
        """Runs sb, sx or rb on the line; the CompletedProcess, or None when the line was unplugged.

        to_board, to_program: what the line does to bytes (Fault). unplug_after: the program dies and the line is
        cut when it has sent this many bytes; unplug_when: when this function says so. at_byte: called with the number of each byte to the board. late: the
        port is open for so long before the program reads, as when a person looks for the file. grain: the program
        gets its bytes this often (s) and not one by one; a large upload is faster so.
        """
        program = Program(*command, **options)
        program.input.extend(self.step(self.now + int(late * SECOND)))
        transfer = Transfer(self, program, to_board, to_program, unplug_after, at_byte, grain)
        transfer.unplug_when = unplug_when
        try:
            return transfer.run(self.now + seconds * SECOND)
        finally:
            program.kill()


class Transfer:
    """A program and a board talking."""

    def __init__(self, board, program, to_board, to_program, unplug_after, at_byte, grain):
        self.board, self.program = board, program
        self.to_board, self.to_program = to_board, to_program
        self.unplug_after, self.at_byte = unplug_after, at_byte
        self.grain = grain
        self.unplug_when = None
        self.still = 0  # the line to the board stands still until then
        self.held = collections.deque()  # what follows then
        self.sent = 0
        self.late = []  # (time, byte) towards the program

    def run(self, end):
        board, program = self.board, self.program
        while board.now < end:
            program.answer(board.now)
            program.settle(board.now)
            if self.unplug_after is not None and self.sent >= self.unplug_after:
                return None
            if self.unplug_when is not None and self.unplug_when():
                return None
            if program.ended and not program.output and not self.held:
                return program.result()
            self._step(end)
        raise AssertionError(f"{program.process.args} does not end; the board said {board.seen[-300:]!r}")

    def _step(self, end):
        board = self.board
        data = self._next_bytes()
        limits = [end, board.now + SECOND]
        if self.program.until is not None:
            limits.append(self.program.until)
        if board.queued or data:
            limits.append(board.now + (board.queued + len(data)) * board.byte_time)
        if self.held:
            limits.append(max(self.still, board.now + board.byte_time))
        if self.late:
            limits.append(self.late[0][0])
        if self.grain:
            limits.append(board.now + int(self.grain * SECOND))
        came = board.step(max(min(limits), board.now + 1), data, stop=not self.grain)
        self._arrive(came)

    def _next_bytes(self):
        """From the program into the line's queue: a few ahead, so that the line never pauses."""
        data = bytearray()
        while board_has_room(self.board, data):
            if self.held:
                if self.board.now < self.still:
                    break
                data.append(self.held.popleft())
                continue
            if not self.program.output or self._cut():
                break
            data.extend(self._through_line(self.program.output.popleft()))
        return bytes(data)

    def _cut(self):
        return self.unplug_after is not None and self.sent >= self.unplug_after

    def _through_line(self, byte):
        if self.at_byte:
            self.at_byte(self.sent)
        self.sent += 1
        arrives, pause = self.to_board(byte)
        if pause:
            self.still = self.board.now + self.board.queued * self.board.byte_time + pause
            self.held.extend(arrives)
            return b""
        return arrives

    def _arrive(self, came):
        for byte in came:
            arrives, pause = self.to_program(byte)
            after = self.late[-1][0] if self.late else 0
            self.late.extend((max(after, self.board.now + pause), each) for each in arrives)
        while self.late and self.late[0][0] <= self.board.now:
            self.program.input.append(self.late.pop(0)[1])


def board_has_room(board, data):
    return board.queued + len(data) < 32
