# SPDX-License-Identifier: MIT
"""The board as a web page, driven by the messages of docs/board.md: on the real bootloaders and applications.
"""
import asyncio
import functools
import json
import re
import signal
import subprocess
import urllib.error
import urllib.request

import websockets

from duotest.board import BIN, FW, Files

PATIENCE = 120  # s; a machine under load


def in_a_loop(test):
    """A test that is a coroutine."""
    @functools.wraps(test)
    def run(*arguments, **named):
        return asyncio.run(test(*arguments, **named))
    return run


class Board:
    """duoemu with a page, and a client of it."""

    def __init__(self, *arguments):
        self.files = Files()
        factory = self.files.factory_set(self.files.bundle("1.0.0"))
        self.process = subprocess.Popen(
            [f"{BIN}/duoemu", "run", "--web", "0", "--m7", f"{FW}/boot_cm7.elf", "--m4", f"{FW}/boot_cm4.elf",
             "--load", factory, "--symbols", f"{FW}/app_m7_v1.elf", "--flash", self.files.path("board.flash"), *arguments],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for line in self.process.stderr:
            found = re.search(r"http://localhost:(\d+)/", line)
            if found:
                self.port = int(found.group(1))
                break
        else:
            raise AssertionError("the address of the page was not printed")
        self.state, self.text, self.errors, self.notes = None, "", [], []

    async def __aenter__(self):
        self.socket = await websockets.connect(f"ws://localhost:{self.port}/", subprotocols=["duoemu"],
                                               origin=f"http://localhost:{self.port}", max_size=None, max_queue=None, close_timeout=1)
        return self

    async def __aexit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE)
        await self.socket.close()
        self.files.dir.cleanup()

    def take(self, message):
        if message["type"] == "state":
            self.state = message
        elif message["type"] == "uart" and message["name"] == "USART3":
            self.text += bytes(ord(c) for c in message["bytes"]).decode("latin1")
        elif message["type"] == "note":
            self.notes.append(message["text"])

    async def until(self, condition, what):
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    self.take(json.loads(await self.socket.recv()))
        except TimeoutError:
            raise AssertionError(f"not seen: {what}; the line said {self.text[-300:]!r}, the state was {self.state}") from None

    async def do(self, **message):
        """None, or what was wrong."""
        message["id"] = self.last = getattr(self, "last", 0) + 1
        await self.socket.send(json.dumps(message))
        answer = {}

        def answered():
            return answer.get("id") == self.last

        async with asyncio.timeout(PATIENCE):
            while not answered():
                got = json.loads(await self.socket.recv())
                self.take(got)
                if got["type"] in ("done", "error"):
                    answer = got
        return answer.get("text")

    async def says(self, pattern):
        await self.until(lambda: re.search(pattern, self.text), pattern)

    def doing(self):
        return [core["doing"] for core in self.state["cores"]]

    def sector(self, bank, number):
        return self.state["flash"][bank]["sectors"][number]


@in_a_loop
async def test_shows_the_board():
    async with Board() as board:
        await board.says(r"beat 2, m4 1\.0\.0 beat")
        await board.until(lambda: board.state and board.state["power"] == "on", "a state")
        assert [c["name"] for c in board.state["cores"]] == ["M7", "M4"]
        await board.until(lambda: re.match(r"[a-z_]+", board.state["cores"][0]["where"]), "the M7's function")
        assert board.sector(0, 0)["use"] == board.sector(1, 0)["use"] == "bootloader"
        assert board.sector(0, 1)["version"] == board.sector(1, 1)["version"] == "1.0.0", board.state["flash"]
        assert board.sector(0, 1)["used"] > 0 and board.sector(0, 4)["used"] == 0
        assert "idle" in board.state["journal"][0]["text"], board.state["journal"]
        assert [led["pin"] for led in board.state["leds"]] == ["PB0", "PE1", "PB14"]
        assert any(u["name"] == "USART3" and abs(u["baud"] - 115200) < 2000 for u in board.state["uarts"])


@in_a_loop
async def test_button_and_reset_lead_to_recovery():
    async with Board() as board:
        await board.says(r"beat 1")
        assert await board.do(do="press", pin="PC13") is None
        assert await board.do(do="reset") is None
        await board.says(r"waiting for a bundle by ymodem")
        assert await board.do(do="release", pin="PC13") is None
        await board.until(lambda: not board.state["pressed"], "the button up")
        board.text = ""
        assert await board.do(do="type", uart="USART3", text="s") is None
        await board.says(r"set 1\.0\.0\+0 confirmed")


@in_a_loop
async def test_stops_and_steps():
    async with Board() as board:
        await board.says(r"beat 1")
        assert "stop it first" in await board.do(do="step")
        assert await board.do(do="stop") is None
        await board.until(lambda: board.state["power"] == "stopped", "stopped")
        before = board.state
        assert await board.do(do="step", time="3ms") is None
        await board.until(lambda: board.state["power"] == "stopped" and board.state["time"] > before["time"], "3 ms later")
        assert abs(board.state["time"] - before["time"] - 0.003) < 1e-9, (before["time"], board.state["time"])
        before = board.state
        assert await board.do(do="step", core="m7") is None
        await board.until(lambda: board.state["cores"][0]["cycles"] > before["cores"][0]["cycles"], "an instruction")
        done = board.state["cores"][0]["cycles"] - before["cores"][0]["cycles"]
        assert 1 <= done <= 13, done  # an interrupt's entry counts 12
        await board.until(lambda: board.state["power"] == "stopped", "stopped again")
        assert await board.do(do="go") is None
        await board.until(lambda: board.state["power"] == "on", "running")


@in_a_loop
async def test_pulled_plug():
    async with Board() as board:
        await board.says(r"beat 1")
        assert await board.do(do="unplug") is None
        await board.until(lambda: board.state["power"] == "off", "no power")
        assert board.doing() == ["off", "off"]
        stood = board.state["time"]
        assert "pulled" in await board.do(do="reset")
        assert "pulled" in await board.do(do="unplug")
        assert board.state["time"] == stood
        board.text = ""
        assert await board.do(do="plug") is None
        await board.says(r"beat 1, m4 1\.0\.0")


@in_a_loop
async def test_refuses_what_makes_no_sense():
    async with Board() as board:
        assert "do is one of" in await board.do(do="dance")
        assert "do is one of" in await board.do()
        assert "no such pin" in await board.do(do="press", pin="PZ99")
        assert "no such line" in await board.do(do="type", uart="USART77", text="x")
        assert await board.do(do="type", uart="USART2", text="x" * 60000) is None
        assert "wait" in await board.do(do="type", uart="USART2", text="x" * 60000)
        await board.socket.send("this is no JSON")
        await board.socket.send("[1, 2]")
        await board.socket.send(json.dumps({"do": "step", "time": "soon", "id": {"deep": [1]}}))
        assert await board.do(do="press") is None, "the board is still there"


@in_a_loop
async def test_serves_only_its_own_page():
    async with Board() as board:
        base = f"http://localhost:{board.port}"

        def get(path, host=None):
            request = urllib.request.Request(base + path, headers={"Host": host} if host else {})
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.read().decode()

        page = await asyncio.to_thread(get, "/")
        for name in re.findall(r'(?:src|href)="([\w.]+)"', page):
            assert await asyncio.to_thread(get, "/" + name), name
        for path, host in (("/../etc/passwd", None), ("/nothing", None), ("/", "evil.example:80")):
            try:
                await asyncio.to_thread(get, path, host)
            except urllib.error.HTTPError as error:
                assert error.code == 404, error.code
            else:
                raise AssertionError(f"{path} of {host} was served")
        for origin in ("http://evil.example", f"http://localhost:{board.port + 1}"):
            try:
                await websockets.connect(f"ws://localhost:{board.port}/", subprotocols=["duoemu"], origin=origin)
            except (websockets.InvalidStatusCode, websockets.InvalidHandshake, ConnectionError):
                continue
            raise AssertionError(f"a page of {origin} got the board")


@in_a_loop
async def test_two_pages_see_the_same():
    async with Board() as board:
        await board.says(r"beat 1")
        async with websockets.connect(f"ws://localhost:{board.port}/", subprotocols=["duoemu"], max_queue=None,
                                      close_timeout=1) as other:
            text = ""
            async with asyncio.timeout(PATIENCE):
                while "beat 1" not in text:
                    message = json.loads(await other.recv())
                    text += message["bytes"] if message["type"] == "uart" else ""
        await board.socket.send('{"do": "quit"}')  # nobody is left to answer
        assert board.process.wait(timeout=PATIENCE) == 7
