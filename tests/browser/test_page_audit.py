"""Every page for everybody: axe finds nothing serious, in either theme, and a telephone's width needs no sideways scroll.

What was seen is kept in `test-artefacts/`.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page, ViewportSize, expect

from callscribe.contracts import names
from callscribe.contracts.commands import HangUp, Pause, Resume, UpdateLocale
from emulator.control_models import PlanRequest, SayRequest
from tests.browser.conftest import ARTEFACTS, OpenPage, Watched
from tests.end_to_end.stack import Script
from tests.support.eventually import eventually

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
"""axe-core 4.14.1, MPL 2.0; its licence is beside it."""
PHONE: ViewportSize = {"width": 360, "height": 740}
SCROLLED_SIDEWAYS = """[...document.querySelectorAll("*")]
    .filter(each => ["auto", "scroll"].includes(getComputedStyle(each).overflowX))
    .filter(each => each.scrollWidth > each.clientWidth)
    .map(each => each.outerHTML.slice(0, 80))"""
SCRIPTS = Path(__file__).resolve().parent.parent.parent / "emulator" / "scripts"
DANA, JONAS = "4:+12025550147", "4:+493055501862"
Look = Callable[[Page], Awaitable[None]]


@pytest.fixture(scope="module")
async def gallery(watched: Watched) -> Watched:
    """Calls of every kind: one running, with a pause and two locales; one complete; one that nobody took."""
    stack = watched.stack
    script = Script.read(SCRIPTS / "two-languages.jsonl").text
    people = {DANA: "Dana (Brightwell Luggage)", JONAS: "Jonas"}
    await stack.plan("+12025550121", script=script, speed=4)
    await stack.plan("+12025550122", script=script, speed=4)
    await stack.emulator.plan("+12025550123", PlanRequest(outcome="declined"))
    heard: dict[str, Any] = {"intermediate_results": True}
    over = await stack.start("order-4720", "+12025550122", participants=people, transcription=heard)
    await stack.start("order-4709", "+12025550123")
    await stack.start("order-4721", "+12025550121", participants=people, transcription=heard)
    for key in ("order-4720", "order-4721"):
        await stack.spoken(key)
    await stack.update("order-4720", names.UPDATE_HANG_UP, HangUp())
    await stack.update("order-4721", names.UPDATE_PAUSE, Pause())
    await stack.update("order-4721", names.UPDATE_RESUME, Resume())
    await stack.update("order-4721", names.UPDATE_LOCALE, UpdateLocale(locale="de-DE"))
    connection = (await stack.status("order-4721")).call_connection_id
    assert connection
    for who, text in ((DANA, "Vielen Dank, auf Wiederhören."), (JONAS, "Einen Augenblick noch, bitte.")):
        await stack.emulator.say(connection, SayRequest(participant=who, text=text))
    await over.result()

    async def stored() -> bool:
        return (await stack.store.transcript("order-4709")) is not None and len(
            (await stack.transcript("order-4721")).segments
        ) == 17

    await eventually(stored)
    return watched


async def _list(page: Page) -> None:
    await expect(page.locator(".row")).not_to_have_count(0)
    await expect(page.locator(".row .locale", has_text="en-US").first).to_be_visible()


async def _live(page: Page) -> None:
    await expect(page.locator("#transcript .segment")).to_have_count(17)
    await expect(page.locator(".plot rect.talk").first).to_be_visible()
    for part in ("#find", "#aloud", ".legend"):
        await expect(page.locator(part)).to_be_visible()


async def _pointed(page: Page) -> None:
    await _live(page)
    await page.locator(".plot").hover(position={"x": 300, "y": 30})
    await expect(page.locator(".tip")).to_be_visible()


async def _over(page: Page) -> None:
    await expect(page.locator("#verdict")).to_contain_text("complete")
    await expect(page.locator("#connection")).to_contain_text("Over")


async def _details(page: Page) -> None:
    await _over(page)
    if await page.get_by_role("button", name="Details").is_visible():
        await page.get_by_role("button", name="Details").click()
    await page.locator("#side details").evaluate_all("all => all.forEach(each => each.open = true)")
    await page.locator("#side").evaluate("e => e.scrollTo(0, e.scrollHeight)")


async def _failed(page: Page) -> None:
    await expect(page.locator("#verdict")).to_contain_text("failed")


async def _locale(page: Page) -> None:
    await _live(page)
    if not await page.get_by_role("dialog").is_visible():
        await page.keyboard.press("l")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def _help(page: Page) -> None:
    await _list(page)
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def _search(page: Page) -> None:
    await expect(page.locator(".hit").first).to_be_visible()


async def _no_access(page: Page) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text("This page needs a link")


VIEWS: dict[str, tuple[str, Look]] = {
    "list": ("/", _list),
    "call-live": ("/calls/order-4721", _pointed),
    "call-over": ("/calls/order-4720", _over),
    "call-details": ("/calls/order-4720", _details),
    "call-failed": ("/calls/order-4709", _failed),
    "dialog-locale": ("/calls/order-4721", _locale),
    "dialog-help": ("/", _help),
    "search": ("/search?q=wheel", _search),
    "no-access": ("/leave", _no_access),
}
"""Name of the picture → address, and what must be seen there."""


@pytest.mark.parametrize("view", VIEWS)
async def test_page_is_for_everybody(gallery: Watched, open_page: OpenPage, view: str) -> None:
    """In both themes and at a telephone's width: nothing that axe calls serious, nothing wider than the window."""
    path, look = VIEWS[view]
    page = await open_page(gallery.link(), color_scheme="light", reduced_motion="reduce")
    await page.goto(gallery.line.url + path)
    await page.evaluate(AXE)
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        await page.emulate_media(color_scheme=theme)
        await look(page)
        await page.screenshot(path=ARTEFACTS / f"page-{view}-{theme}.png")
        assert await findings(page) == []
    await page.set_viewport_size(PHONE)
    await look(page)
    await page.screenshot(path=ARTEFACTS / f"page-{view}-phone.png")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert await page.evaluate(SCROLLED_SIDEWAYS) == []
    assert await findings(page) == []


async def findings(page: Page) -> list[str]:
    """What axe calls serious or critical, with the first element of each."""
    result = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['id']}: {found['help']}: {found['nodes'][0]['html']} {found['nodes'][0].get('failureSummary', '')}"
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
    ]
