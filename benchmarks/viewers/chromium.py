"""A viewer in a real browser: the call's own page in Chromium, which notes when each caption stands on it."""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.viewers.serving import Served
from benchmarks.viewers.watching import Viewer

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Playwright

NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same engine without the parts for a screen, and takes less than half the processor."""
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
GET_PLAYWRIGHT: Final = "'make bench' installs it"
GET_CHROMIUM: Final = "install it with 'apt-get install chromium' (Debian) or '.venv/bin/playwright install chromium'"

# Captions are drawn in a frame's callback. What is posted there comes after that frame has been laid out and painted.
_NOTE: Final = """
(() => {
  const stood = (window.stood = {});
  const frame = new MessageChannel();
  let drawn = [];
  const note = (span) => {
    const number = /^m(\\d+) /.exec(span.textContent)?.[1];
    if (number && !(number in stood) && span.closest("#scroller")) drawn.push(number);
  };
  frame.port1.onmessage = () => {
    const now = performance.timeOrigin + performance.now();
    for (const number of drawn) stood[number] ??= now;
    drawn = [];
  };
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      if (target.matches?.(".segment, .unsettled")) note(target);
      for (const node of addedNodes) {
        if (node.matches?.(".segment, .unsettled")) note(node);
        node.querySelectorAll?.(".segment, .unsettled").forEach(note);
      }
    }
    if (drawn.length) frame.port2.postMessage(null);
  }).observe(document, { subtree: true, childList: true });
})();
"""


@asynccontextmanager
async def chromium() -> AsyncIterator["Browser | None"]:
    """The browser; None, and a line on standard error that says how to get one, where there is none."""
    try:
        from playwright.async_api import Error, async_playwright
    except ImportError:
        _left_out("Playwright is not installed", GET_PLAYWRIGHT)
        yield None
        return
    async with async_playwright() as playwright:
        found = executable(playwright)
        if found is None:
            _left_out("there is no Chromium", GET_CHROMIUM)
            yield None
            return
        try:
            browser = await playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        except Error as error:
            _left_out(f"{found} does not start ({error.message.splitlines()[0]})", GET_CHROMIUM)
            yield None
            return
        try:
            yield browser
        finally:
            await browser.close()


def executable(playwright: "Playwright") -> Path | None:
    """The system's Chromium, or Playwright's own if that has been downloaded."""
    found = next((path for name in NAMES if (path := shutil.which(name))), playwright.chromium.executable_path)
    return Path(found) if Path(found).exists() else None


class PageViewer:
    """The page of the viewer's call, in a window of its own."""

    def __init__(self, viewer: Viewer, page: "Page") -> None:
        self.viewer = viewer
        self._page = page

    async def all_there(self, within: float) -> None:
        """Wait until the page shows every final of the call. Raises `TimeoutError`, saying what is missing."""
        deadline = time.perf_counter() + within
        await self._ask()
        while lacking := self.viewer.lacks():
            if time.perf_counter() > deadline:
                raise TimeoutError(f"the page of {self.viewer.call.key} does not show {sorted(lacking)}")
            await asyncio.sleep(0.1)
            await self._ask()

    async def _ask(self) -> None:
        stood: dict[str, float] = await self._page.evaluate("window.stood")
        self.viewer.seen.update({int(number): at / 1000 for number, at in stood.items()})


@asynccontextmanager
async def looking_at(browser: "Browser", served: Served, viewer: Viewer) -> AsyncIterator[PageViewer]:
    """Come in through the link, as a person does, and wait until the page is live. An error of a script of ours fails."""
    window = await browser.new_context(viewport={"width": 1360, "height": 860})
    errors: list[str] = []
    try:
        page = await window.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.add_init_script(_NOTE)
        await page.goto(served.link_to(viewer.call.key))
        await page.get_by_text("Hello.").first.wait_for()
        yield PageViewer(viewer, page)
    finally:
        await window.close()
    if errors:
        raise RuntimeError(f"the page has failed: {errors[0]}")


def _left_out(why: str, remedy: str) -> None:
    sys.stderr.write(f"viewers: the page in a browser is left out, because {why}: {remedy}\n")
