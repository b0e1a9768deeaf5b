"""What a reader waits for on the home page: bytes, the time until the search answers, the time of a typed key.

Each is taken several times in tabs of their own, and the least counts: what else runs on the machine only adds to it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.served import serve

THROTTLE = 4
LOADS = 5
TYPINGS = 3
WORDS = ("llama 12", "qwen-3", "mistrl", "deepseek r1 lab", "zzqx")
"""What is typed, letter by letter and taken back: a name, a typo, words in another order, nothing there is."""
# Asks the search until it answers: the first result has the word that was put in, and is painted.
USABLE = """
const ask = () => {
  const box = document.querySelector("input[type=search]");
  const first = document.querySelector("#rows tr th");
  if (box && box.value !== "qwen") box.value = "qwen";
  const said = document.querySelector("#count")?.textContent ?? "";
  const answered = /^\\d.* of /.test(said) && first?.textContent.toLowerCase().includes("qwen");
  if (answered) {
    const done = new MessageChannel();
    done.port1.onmessage = () => { globalThis.usable = performance.now(); };
    done.port2.postMessage(null);
    return;
  }
  box?.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(ask);
};
requestAnimationFrame(ask);
"""
# Takes the time from each key to the end of the frame that shows what it changed.
KEYS = """
addEventListener("input", (event) => requestAnimationFrame(() => {
  const painted = new MessageChannel();
  painted.port1.onmessage = () => { globalThis.key = performance.now() - event.timeStamp; };
  painted.port2.postMessage(null);
}), true);
"""
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
# Waits for a global variable; a function of the page, since its policy lets nobody evaluate text.
UNTIL = """(name) => new Promise((resolve) => {
  const look = () => (globalThis[name] === undefined ? setTimeout(look, 5) : resolve(globalThis[name]));
  look();
})"""


@dataclass(frozen=True)
class Reader:
    """What was measured on one site's home page, slowed by THROTTLE; `free_key_ms` at the processor as it is."""

    bytes: int
    paint_ms: float
    usable_ms: float
    key_ms: list[float]
    free_key_ms: list[float]


def read(folder: Path) -> Reader:
    """Measure the home page of a deployed site in the system's Chromium."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        raise SystemExit("Chromium is not on this machine: make browser installs it")
    with serve(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        transferred = _transferred(browser, address)
        loads = [_load_ms(browser, address) for _ in range(LOADS)]
        paint, usable = (min(times) for times in zip(*loads, strict=True))
        keys = [_least_key_ms(browser, address, throttle) for throttle in (THROTTLE, 1)]
        browser.close()
    return Reader(transferred, paint, usable, *keys)


@contextmanager
def _slow(browser: Browser, throttle: float = THROTTLE) -> Iterator[tuple[Page, CDPSession]]:
    """A tab with an empty cache and a slow processor."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
        yield page, session


def _transferred(browser: Browser, address: str) -> int:
    """Bytes on the wire until nothing more comes by itself, headers included."""
    total = 0

    def add(event: dict[str, float]) -> None:
        nonlocal total
        total += int(event["encodedDataLength"])

    with _slow(browser) as (page, session):
        session.send("Network.enable")
        session.on("Network.loadingFinished", add)
        page.goto(address)
        _listens(page)
        page.wait_for_load_state("networkidle")
    return total


def _listens(page: Page) -> None:
    """Wait until the search has its index."""
    expect(page.locator("#count")).to_have_text(re.compile("^[0-9,]+ of "), timeout=60_000)


def _load_ms(browser: Browser, address: str) -> tuple[float, float]:
    """From the start of the navigation until something is painted, and until a search has its result on the screen."""
    with _slow(browser) as (page, _):
        page.add_init_script(USABLE)
        page.goto(address, wait_until="commit")
        usable = float(page.evaluate(UNTIL, "usable"))
        return float(page.evaluate(PAINTED)), usable


def _least_key_ms(browser: Browser, address: str, throttle: float) -> list[float]:
    """The least time of each key of those in which it was typed."""
    typings = [_key_ms(browser, address, throttle) for _ in range(TYPINGS)]
    return [min(times) for times in zip(*typings, strict=True)]


def _key_ms(browser: Browser, address: str, throttle: float) -> list[float]:
    """Each key from the first on, so that those typed while the less used models are loaded are among them."""
    spent: list[float] = []
    with _slow(browser, throttle) as (page, _):
        page.add_init_script(KEYS)
        page.goto(address, wait_until="networkidle")
        _listens(page)
        page.keyboard.press("/")
        for word in WORDS:
            for key in (*word, *["Backspace"] * len(word)):
                page.evaluate("() => { globalThis.key = undefined; }")
                page.keyboard.press("Space" if key == " " else key)
                spent.append(float(page.evaluate(UNTIL, "key")))
    return spent
