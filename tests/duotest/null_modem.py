# SPDX-License-Identifier: MIT
"""Two programs on a null-modem cable, in virtual time: lrzsz to lrzsz at a line's rate, with no computer in the way."""

from duotest.line import BITS, BUFFER, SECOND, Program


class Wire:
    """One direction: a byte at a time, as long as the sender has some."""

    def __init__(self, sender, receiver, byte_time):
        self.sender, self.receiver, self.byte_time = sender, receiver, byte_time
        self.free = 0  # when the line can take the next byte
        self.arriving = []  # (time, byte) under way or, while more follow at once, not yet handed over

    def take(self, now):
        """Bytes leave back to back; a reader gets them in pieces, the last one when the line goes idle."""
        while self.sender.output and len(self.arriving) < BUFFER // 4:
            self.free = max(self.free, now) + self.byte_time
            self.arriving.append((self.free, self.sender.output.popleft()))

    def due(self):
        return self.arriving[-1][0] if self.arriving else None

    def deliver(self, now):
        if self.arriving and self.arriving[-1][0] <= now:
            self.receiver.input.extend(byte for _, byte in self.arriving)
            self.arriving.clear()


def transfer(sender, receiver, baud):
    """Runs both until they have ended; seconds of virtual time until the sender had."""
    one, other = Program(*sender[0], **sender[1]), Program(*receiver[0], **receiver[1])
    wires = [Wire(one, other, SECOND * BITS // baud), Wire(other, one, SECOND * BITS // baud)]
    now = end = 0
    try:
        while not (one.ended and other.ended):
            for program in (one, other):
                program.answer(now)
                program.settle(now)
            if one.ended and not end:
                end = now
            for wire in wires:
                wire.take(now)
            times = [wire.due() for wire in wires] + [program.until for program in (one, other)]
            times = [time for time in times if time is not None]
            if not times:
                if all(program.wants is None or program.ended for program in (one, other)):
                    continue
                raise AssertionError(f"both wait forever: {one.result()} {other.result()}")
            now = max(now, min(times))
            for wire in wires:
                wire.deliver(now)
    finally:
        one.kill()
        other.kill()
    assert one.result().returncode == 0 and other.result().returncode == 0, f"{one.result()} {other.result()}"
    return end / SECOND
