# SPDX-License-Identifier: MIT
"""The slcan end of an FDCAN's bus: python-can as the other node, and what its protocol refuses."""
import socket

import can
import pytest
from duotest.emulator import Board, fw

NODE = ["--m7", fw("chip_canecho_m7.elf"), "--option", "BCM4=0", "--for", "1000s"]


@pytest.fixture(name="port")
def port_of_a_board():
    with Board(*NODE, "--can", "FDCAN1=slcan:tcp:0") as board:
        yield board.expect(r"FDCAN1 on localhost:(\d+)").group(1)


def test_python_can_is_a_node_of_the_bus(port):
    with can.Bus(interface="slcan", channel=f"socket://localhost:{port}", bitrate=500000, sleep_after_open=0) as bus:
        for frame in (can.Message(arbitration_id=0x123, data=b"\x01\x02\x03", is_extended_id=False),
                      can.Message(arbitration_id=0x12345678, data=bytes(range(8)), is_extended_id=True),
                      can.Message(arbitration_id=0x7F0, is_remote_frame=True, dlc=2, is_extended_id=False)):
            bus.send(frame)
            back = bus.recv(20)
            assert back is not None, frame
            assert back.arbitration_id == frame.arbitration_id + 1 and back.is_extended_id == frame.is_extended_id
            assert back.dlc == frame.dlc
            assert back.data == frame.data or frame.is_remote_frame
        for n in range(20):  # one after another: the bus takes its time, the node loses none
            bus.send(can.Message(arbitration_id=n, data=bytes([n]), is_extended_id=False))
        assert [bus.recv(20).data[0] for _ in range(20)] == list(range(20))


def ask(client, text, end=b"\r"):
    client.sendall(text)
    answer = b""
    while not answer.endswith((end, b"\a")):
        answer += client.recv(1)
    return answer


def test_the_protocol(port):
    with socket.create_connection(("localhost", int(port)), timeout=60) as client:
        assert ask(client, b"V\r").startswith(b"V")
        assert ask(client, b"t1230\r") == b"\a"  # closed
        assert ask(client, b"S6\r") == b"\r" and ask(client, b"O\r") == b"\r"
        for wrong in (b"t1239\r", b"t12\r", b"t8000\r", b"t12320\r", b"t1231010\r", b"T200000000\r", b"S6\r", b"Q\r", b"x" * 500 + b"\r"):
            assert ask(client, wrong) == b"\a", wrong
        assert ask(client, b"b12393132333435363738393a3b3c\r") == b"z\r"  # FD with both rates, 12 bytes
        assert ask(client, b"") == b"b12493132333435363738393A3B3C\r"
        assert ask(client, b"C\r") == b"\r"


def test_a_frame_that_nobody_acknowledges_waits():
    """The adapter tries again, as a node does, and has no room for another one until it is closed."""
    with Board("--m7", fw("stuck_cm7.elf"), "--option", "BCM4=0", "--for", "1000s", "--can", "FDCAN2=slcan:tcp:0") as board:
        port = board.expect(r"FDCAN2 on localhost:(\d+)").group(1)
        with socket.create_connection(("localhost", int(port)), timeout=60) as client:
            assert ask(client, b"O\r") == b"\r" and ask(client, b"t1230\r") == b"z\r"
            while ask(client, b"t1240\r") != b"\a":  # not sent yet when the first one was asked for
                pass
            assert ask(client, b"C\r") == b"\r" and ask(client, b"O\r") == b"\r" and ask(client, b"t1250\r") == b"z\r"
