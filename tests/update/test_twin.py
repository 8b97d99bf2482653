# SPDX-License-Identifier: MIT
"""Layout twin: a set for the other layout is refused with that reason, and the running product updates itself by one swap."""

import re

import pytest

from duotest.recovery import *  # noqa: F403

if LAYOUT != "twin":
    pytest.skip("for DUO_LAYOUT=twin", allow_module_level=True)

REFUSED = "refused: made for another flash layout; send what is made for this device"


def of_the_other_layout():
    """Version 2 of both cores as the default layout has it: image of the M7 and bundle."""
    images = {}
    for core in ("m7", "m4"):
        images[core] = files.path(f"exchange-{core}.img")
        run(f"{BIN}/duoboot", "--layout=exchange", "sign", "-q", "--core", core, "--version", "2.0.0", "--key", files.key,
            "--out", images[core], f"{ROOT}/build/fw/app_{core}_v2.elf")
    out = files.path("exchange.duo")
    run(f"{BIN}/duoboot", "--layout=exchange", "bundle", "-q", "--m7", images["m7"], "--m4", images["m4"], "--set-version",
        "2.0.0", "--key", files.key, "--out", out)
    return images["m7"], out


def test_a_set_of_the_other_layout_is_refused():
    require(f"{ROOT}/build/fw/app_m7_v2.elf")
    m7, other = of_the_other_layout()
    full = bytes(range(256)) * 4
    staged = write("staged.bin", full)
    with recovery("--option", "BOOT_CM4_ADD0=0x801", "--load", f"{staged}@{STAGING['m7']}", "--load",
                  f"{staged}@{STAGING['m4']}") as board:
        board.ymodem("sb", "-q", "-k", other)
        board.expect(re.escape(REFUSED))
        assert all(board.memory(STAGING[core], len(full)) == full for core in STAGING), "erased before the refusal"
        # Where both layouts have the M7's slot, its vector table says nothing: the image does.
        board.ymodem("sb", "-q", "-k", m7)
        board.expect(re.escape(REFUSED))
        board.key("b")
        board.expect(running(1, 1))


def by_smp(board, data):
    from duotest.smp_peer import peer, upload_refused

    async def talk(client):
        assert await upload_refused(client, data, 2) == 5  # IMG_MGMT_ERR_INVALID_TLV

    peer(board, talk)


def by_usb(board, data):
    from duotest import dfu

    host = dfu.UsbLine(board)
    host.plug()
    usb = dfu.Dfu(host)
    usb.open(dfu.SET)
    status, state, text = usb.download(data)
    assert (status, state) == (dfu.ERR_TARGET, dfu.ERROR) and "made for another flash layout" in text, (status, state, text)


def by_programmer(board, bundle_file):
    """ST's protocol writes slots, so it is the M7's image, whose place both layouts share."""
    from duotest.programmer import Client
    from duotest.slots import memory_of, slot_in

    del bundle_file
    hex_file = files.path("exchange.hex")
    run(f"{BIN}/duoboot", "--layout=exchange", "factory", "-q", "--m7", of_the_other_layout()[0], "--m4",
        files.path("exchange-m4.img"), "--key", files.key, "--out", hex_file)
    client = Client(board)
    assert client.write(APP["m7"], slot_in(memory_of(hex_file), "m7"))
    assert not client.go()
    assert board.flash_ops == 0
    board.expect("made for another flash layout", 15)  # when the program has gone


@pytest.mark.proof
@pytest.mark.parametrize("way", [by_smp, by_usb, by_programmer])
def test_it_is_refused_by_another_protocol(way):
    require(f"{ROOT}/build/fw/app_m7_v2.elf")
    full = bytes(range(256)) * 4
    staged = [f"{write('staged.bin', full)}@{at}" for at in STAGING.values()]
    with recovery("--option", "BOOT_CM4_ADD0=0x801", "--load", staged[0], "--load", staged[1]) as board:
        way(board, contents(of_the_other_layout()[1]))
        assert all(board.memory(at, len(full)) == full for at in STAGING.values()), "erased before the refusal"
        if way != by_usb:
            board.run(15)  # then it asks for a file again
        board.key("b", running(1, 1))


@pytest.mark.proof
def test_it_is_refused_by_the_running_product():
    require(f"{ROOT}/build/fw/app_m7_v2.elf")
    with power_on("--load", factory(), until=running(1, 1)) as board:
        board.key("u", r"send the bundle from byte 0 on")
        board.ymodem("sb", "-q", "-k", of_the_other_layout()[1], grain=0.01)
        board.expect("made for another flash layout")
        board.expect(running(1, 1))


def test_the_running_product_updates_itself_by_one_swap():
    """Both cores' heartbeats go on while all of the bundle comes in, and one reset is all that they miss."""
    with power_on("--load", factory(), until=running(1, 1)) as board:
        begun = board.now
        board.key("u", r"send the bundle from byte 0 on")
        send(board, bundle("2.0.0"), grain=0.01)
        beats = board.expect(r"app: m7 1\.0\.0 beat (\d+), m4 1\.0\.0 beat (\d+), fpu ok")
        seconds = int((board.now - begun) / SECOND)
        assert int(beats.group(1)) >= seconds and int(beats.group(2)) >= 4 * seconds, (beats.group(0), seconds)
        board.expect("is complete, installing")
        begun = board.now
        board.expect("banks to be swapped by this reset")
        board.expect(r"app m7 2\.0\.0")
        downtime = (board.now - begun) / SECOND
        assert downtime <= 0.4, downtime
        board.expect("confirm: done")
        board.expect(running(2, 2))
