# SPDX-License-Identifier: MIT
"""A headless Chromium, driven by its own protocol: opens a page, waits for it, clicks, takes its picture."""
import asyncio
import base64
import json
import os
import re
import subprocess
import tempfile
import urllib.parse

import websockets

PATIENCE = 120  # s; a machine under load


class Browser:
    """async with Browser() as b: await b.open(...)."""

    async def __aenter__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--mute-audio",
                   "--disable-dev-shm-usage", "--force-color-profile=srgb", "--remote-debugging-port=0",
                   f"--user-data-dir={self.folder.name}"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")  # root has none; only our own pages are opened
        self.process = await asyncio.create_subprocess_exec(
            "chromium", *options, "about:blank", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self.process.stderr.readline()).decode(errors="replace")
                found = re.search(r"listening on (ws://\S+)", line)
                if found:
                    break
                if not line:
                    raise AssertionError("chromium did not start")
        self.drain = asyncio.create_task(self.process.stderr.read())
        self.number, self.session = 0, None
        self.socket = await websockets.connect(found.group(1), max_size=None, max_queue=None, close_timeout=1)
        target = await self.ask("Target.createTarget", url="about:blank")
        self.session = (await self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True))["sessionId"]
        await self.ask("Page.enable")
        return self

    async def __aexit__(self, *_):
        self.process.terminate()
        await self.process.wait()
        self.drain.cancel()
        await self.socket.close()
        self.folder.cleanup()

    async def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        await self.socket.send(json.dumps(message))
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = json.loads(await self.socket.recv())
                if answer.get("id") == self.number:
                    if "error" in answer:
                        raise AssertionError(f"{method}: {answer['error']}")
                    return answer["result"]

    async def value(self, expression):
        answer = await self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def until(self, expression):
        async with asyncio.timeout(PATIENCE):
            while not await self.value(expression):
                await asyncio.sleep(0.1)

    async def open(self, address, width=1280, height=900, dark=False, phone=False):
        if not re.match(r"\w+:", address):
            address = "file://" + urllib.parse.quote(os.path.abspath(address))
        await self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                       mobile=phone)
        await self.ask("Emulation.setEmulatedMedia",
                       features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        await self.ask("Page.navigate", url=address)
        await self.until("document.readyState === 'complete'")

    async def fits(self):
        """Nothing has to be scrolled sideways."""
        return await self.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    async def picture(self, path):
        answer = await self.ask("Page.captureScreenshot", format="png")
        with open(path, "wb") as f:
            f.write(base64.b64decode(answer["data"]))
