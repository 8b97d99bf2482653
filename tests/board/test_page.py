# SPDX-License-Identifier: MIT
"""The board's page in a real browser: it shows the board, its buttons work, and it fits a phone. Pictures go to DUO_PICTURES."""
import asyncio
import os
import re
import shutil
import subprocess

from duotest.board import BIN, FW, ROOT, Files, require
from duotest.browser import Browser

PICTURES = os.environ.get("DUO_PICTURES", os.path.join(ROOT, "build", "pictures"))
require(shutil.which("chromium") or "chromium (make setup-docs)")


async def start(files):
    process = await asyncio.create_subprocess_exec(
        f"{BIN}/duoemu", "run", "--web", "0", "--m7", f"{FW}/boot_cm7.elf", "--m4", f"{FW}/boot_cm4.elf",
        "--load", files.factory_set(files.bundle("1.0.0")), "--symbols", f"{FW}/app_m7_v1.elf",
        "--symbols", f"{FW}/app_m4_v1.elf", "--flash", files.path("board.flash"), stderr=subprocess.PIPE)
    while True:
        line = (await process.stderr.readline()).decode()
        if not line:
            raise AssertionError("duoemu did not start")
        found = re.search(r"http://localhost:\d+/", line)
        if found:
            drain = asyncio.create_task(process.stderr.read())
            return process, drain, found.group(0)


async def look(browser, address):
    await browser.open(address, height=1010)
    await browser.until("document.body.dataset.ready === 'yes'")
    await browser.until("document.getElementById('terminal').textContent.includes('beat 2')")
    assert await browser.value("document.querySelectorAll('.sector').length") == 16
    assert "1.0.0" in await browser.value("document.getElementById('banks').textContent")
    assert await browser.fits()
    await browser.picture(f"{PICTURES}/board.png")


async def use(browser):
    click = "document.getElementById('{}').click()"
    await browser.value(click.format("stop"))
    await browser.until("document.getElementById('power').textContent === 'stopped'")
    await browser.value(click.format("step7"))
    await browser.until("document.getElementById('power').textContent === 'stopped'")
    await browser.value(click.format("stop"))
    await browser.until("document.getElementById('power').textContent === 'running'")
    await browser.value(click.format("hold"))
    await browser.until("document.getElementById('button').classList.contains('down')")
    await browser.value(click.format("reset"))
    await browser.until("document.getElementById('terminal').textContent.includes('waiting for a bundle')")
    await browser.value(click.format("hold"))
    await browser.until("!document.getElementById('button').classList.contains('down')")
    await browser.value("document.getElementById('text').value = 's'; document.querySelector('#typed button').click()")
    await browser.until("document.getElementById('terminal').textContent.split('write protection').length > 3")
    await browser.value(click.format("plug"))
    await browser.until("document.getElementById('power').textContent === 'no power'")
    await browser.value(click.format("plug"))
    await browser.until("document.getElementById('power').textContent === 'running'")


async def look_on_phone(browser, address):
    await browser.open(address, width=390, height=844, dark=True, phone=True)
    await browser.until("document.body.dataset.ready === 'yes'")
    assert await browser.fits(), "a phone has to scroll sideways"
    await browser.picture(f"{PICTURES}/board-phone.png")


async def look_at_the_doctors_page(browser, files):
    """The report as a page: timelines, each finding with a mark that leads to it; and the text stays as it is."""
    page = files.path("doctor.html")
    pair = [f"--{what}={FW}/broken_question_{name}.elf" for what, name in
            (("m7", "boot_m7"), ("m4", "boot_m4"), ("load", "app_m7"), ("load", "app_m4"))]
    require(f"{FW}/broken_question_boot_m7.elf")
    plain = subprocess.run([f"{BIN}/duoemu", "doctor", *pair], capture_output=True, text=True, check=False)
    with_page = subprocess.run([f"{BIN}/duoemu", "doctor", *pair, "--html", page], capture_output=True, text=True, check=False)
    assert (with_page.returncode, with_page.stdout) == (1, plain.stdout), with_page.stderr
    await browser.open(page, height=1000)
    assert await browser.value("document.querySelectorAll('svg').length") == 2
    findings = await browser.value("document.querySelectorAll('article').length")
    assert findings == 4, findings
    assert await browser.value("[...document.querySelectorAll('svg:last-of-type a')].every("
                               "a => document.querySelector(a.getAttribute('href')))")
    assert "PRIMASK" in await browser.value("document.body.textContent")
    assert await browser.fits()
    await browser.picture(f"{PICTURES}/doctor.png")
    await browser.open(page, width=390, height=844, dark=True, phone=True)
    assert await browser.fits(), "a phone has to scroll the whole page sideways"


def torture(files):
    """The report about a device that is about to install version 2. Its page names files as they are given here."""
    flash, page = (os.path.join("build", "pictures", name) for name in ("staged.flash", "torture.html"))
    subprocess.run(["scripts/stage", files.factory_set(files.bundle("1.0.0")), files.bundle("2.0.0"), flash, "resetting to install it"],
                   cwd=ROOT, check=True, timeout=600)
    boot = [f"--{core}={os.path.relpath(FW, ROOT)}/boot_c{core}.elf" for core in ("m7", "m4")]
    subprocess.run(["build/bin/duoemu", "torture", *boot, "--flash", flash, "--key", re.sub(r"\.pem$", ".pub.pem", files.key), "--sample",
                    "40" if "DUO_PICTURES" in os.environ else "2", "--html", page], cwd=ROOT, stdout=subprocess.DEVNULL, check=True, timeout=600)
    return os.path.join(ROOT, page)


async def look_at_the_page_of_torture(browser, files):
    require(f"{BIN}/line_board")
    os.makedirs(os.path.join(ROOT, "build", "pictures"), exist_ok=True)
    page = torture(files)
    await browser.open(page, height=1000)
    assert await browser.value("document.querySelectorAll('svg').length") == 1
    assert await browser.value("document.querySelectorAll('.key span').length") >= 9, "a colour has no legend"
    assert await browser.fits()
    await browser.picture(f"{PICTURES}/torture.png")
    await browser.open(page, width=390, height=844, dark=True, phone=True)
    assert await browser.fits(), "a phone has to scroll the whole page sideways"


async def show():
    os.makedirs(PICTURES, exist_ok=True)
    files = Files()
    process, drain, address = await start(files)
    try:
        async with Browser() as browser:
            await look(browser, address)
            await use(browser)
            await look_on_phone(browser, address)
            await look_at_the_doctors_page(browser, files)
            await look_at_the_page_of_torture(browser, files)
    finally:
        process.terminate()
        await process.wait()
        drain.cancel()
        files.dir.cleanup()


def test_a_browser_shows_and_moves_the_board():
    asyncio.run(show())
