"""Recovery's menu on the real bootloader: every path, every refusal, cancellation, noise, bad lines."""

import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from board import BIN, Board, Files, firmware, main, require, run  # noqa: E402

require("/usr/bin/sb", "/usr/bin/rb", firmware("app_m7_v1.elf"), firmware("app_m4_v1.elf"))
files = Files()
WAITING = r"waiting for a bundle by ymodem"
PROMPT = r"key \(m = menu\): "


def flash_file(name):
    path = files.path(name)
    if os.path.exists(path):
        os.unlink(path)
    return path


def device(*more):
    """Version 1 on both cores, in recovery by the button, in virtual time as fast as it goes."""
    factory = files.factory(files.image("m7", "1.0.0"), files.image("m4", "1.0.0"))
    return Board("--load", factory, "--button", "PC13", *more)


def key(board, text):
    board.read(0.2)
    board.send(text.encode())


def refused(paths, words):
    with device() as board:
        board.expect(WAITING)
        sent = board.ymodem("sb", "-q", "-k", *paths)
        board.expect(words)
        board.press(b"3", "verified; resetting to start it")
        return sent.returncode


def two_images_of_one_core_are_refused():
    code = refused([files.image("m7", "2.0.0"), files.image("m7", "1.0.0")], "refused: .*other core")
    assert code != 0


def an_image_of_another_key_is_refused():
    other = files.path("other.pem")
    run(f"{BIN}/duoboot", "keygen", "-q", "--out", other, "--public", files.path("other.pub.pem"))
    assert refused([files.image("m7", "2.0.0", key=other)], "refused: .*signed by another key") != 0


def one_image_for_an_empty_device_is_refused():
    with Board() as board:
        board.expect(WAITING)
        board.ymodem("sb", "-q", "-k", files.image("m7", "2.0.0"))
        board.expect("refused: .*in one batch")


def upload_gives_back_the_file():
    """Sizes are true and the last bytes are there (fault of the vendor's example: a lost tail)."""
    images = {core: files.image(core, "1.0.0") for core in ("m7", "m4")}  # each signing differs
    with Board("--load", files.factory(images["m7"], images["m4"]), "--button", "PC13") as board:
        board.expect(WAITING)
        for which, name, core in (("7", "m7.img", "m7"), ("4", "m4.img", "m4")):
            board.press(b"2", "or a:")
            key(board, which)
            board.expect("a aborts")
            out = board.ymodem("rb", "-q", "-y", cwd=files.dir.name)
            assert out.returncode == 0
            board.expect(f"sent {name}")
            want = open(images[core], "rb").read()
            assert open(files.path(name), "rb").read() == want, f"{name} differs"


def upload_is_aborted_by_a():
    with device() as board:
        board.expect(WAITING)
        key(board, "2")
        board.expect("or a:")
        key(board, "1")
        board.expect("a aborts")
        key(board, "a")
        board.expect("upload failed: aborted here")
        board.expect(PROMPT)


def execute_starts_what_verifies():
    with device("--uart", "USART1=file:/dev/null") as board:
        board.expect(WAITING)
        key(board, "3")
        board.expect("verified; resetting to start it")


def execute_refuses_an_empty_device():
    with Board() as board:
        board.expect(WAITING)
        key(board, "3")
        board.expect("refused: no set is installed")


def write_protection_follows_and_stops_updates():
    flash = flash_file("protect.flash")
    with device("--flash", flash) as board:
        board.expect(WAITING)
        key(board, "4")
        board.expect("protect the m7 application")
        board.expect("or a:")
        key(board, "7")
        board.expect("y/n:")
        key(board, "n")
        board.expect("not changed")
        board.expect("m7 application off")
        key(board, "4")
        board.expect("or a:")
        key(board, "7")
        board.expect("y/n:")
        key(board, "y")
        board.expect("m7 application on")
        board.expect(WAITING)
        sent = board.ymodem("sb", "-q", "-k", files.bundle("2.0.0"))
        assert sent.returncode != 0
        board.expect("refused: .*write protection")
        board.expect(WAITING)
        key(board, "4")
        board.expect("unprotect the m7 application")
        board.expect("or a:")
        key(board, "7")
        board.expect("m7 application off")


def a_and_control_c_lead_to_the_menu():
    with device() as board:
        board.expect(WAITING)
        for abort in ("a", "\x03"):
            key(board, "1")
            board.expect("waiting for files by ymodem")
            key(board, abort)
            board.expect("aborted")
            board.expect(PROMPT)
        key(board, "m")
        board.expect("this menu")


def the_menu_asks_again_by_itself():
    with device() as board:
        board.expect(WAITING)
        key(board, "s")
        board.expect(PROMPT)
        board.expect(WAITING, 30)


def noise_neither_hangs_it_nor_loses_the_set():
    """10,000 bytes of keys and noise, seeded; without the keys that leave recovery."""
    rng = random.Random(5)
    with device() as board:
        board.expect(WAITING)
        sent = 0
        while sent < 10000:
            if rng.random() < 0.1:
                data, pause = bytes([rng.choice(b"1247sgcma\x03\r")]), 0.05
            else:
                data, pause = bytes(rng.choice([b for b in range(256) if chr(b) not in "Yylrb3"])
                                    for _ in range(rng.randrange(1, 90))), 0.01
            board.send(data)
            sent += len(data)
            board.read(pause)
            board.seen = board.seen[-200:]
        deadline = time.time() + 120
        board.send(b"\x18\x18\x18\x18")
        while time.time() < deadline and "waiting for a bundle" not in board.seen:
            board.read(1)
        board.seen = ""
        while time.time() < deadline and "m4 image" not in board.seen:  # the noise may have begun a block
            key(board, "s")
            board.read(2)
        board.expect(r"duoboot: m7 image 1\.0\.0\+0 verified", 20)
        board.expect(r"duoboot: m4 image 1\.0\.0\+0 verified")
        board.expect("set 1|set 0|set none")


PARTS = {
    "refusals": [two_images_of_one_core_are_refused, an_image_of_another_key_is_refused,
                 one_image_for_an_empty_device_is_refused],
    "upload": [upload_gives_back_the_file, upload_is_aborted_by_a],
    "execute": [execute_starts_what_verifies, execute_refuses_an_empty_device],
    "protection": [write_protection_follows_and_stops_updates],
    "keys": [a_and_control_c_lead_to_the_menu, the_menu_asks_again_by_itself],
    "noise": [noise_neither_hangs_it_nor_loses_the_set],
}

if __name__ == "__main__":
    part = sys.argv.pop(1) if len(sys.argv) > 1 and sys.argv[1] in PARTS else None
    main(PARTS[part] if part else [test for tests in PARTS.values() for test in tests])
