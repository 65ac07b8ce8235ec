"""A real browser, and a stack for it to look at: Temporal with its web UI, emulator, ingest, worker."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from callscribe.contracts.links import PagePass, PageRole, page_url
from tests.browser.modules import serve_modules
from tests.browser.severable import Severable
from tests.browser.talk import Talk
from tests.end_to_end.stack import CallStack, running_stack
from tests.support.temporal_server import TemporalServer

ARTEFACTS = Path(__file__).resolve().parent.parent.parent / "test-artefacts"
_CHROMIUMS = Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")
CHROMIUM = next((found for found in _CHROMIUMS if found.exists()), _CHROMIUMS[-1])
"""The same engine; without the parts for a screen it takes less than half the processor."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Debian's Chromium; skips where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM} (Debian: apt-get install chromium)")
    ARTEFACTS.mkdir(exist_ok=True)
    return CHROMIUM


@pytest.fixture(scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """One browser; its contexts are as separate as persons."""
    expect.set_options(timeout=20_000)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            yield running
        finally:
            await running.close()


@pytest.fixture(scope="module")
async def modules(browser: Browser) -> AsyncIterator[Page]:
    """An empty page that can import every module."""
    page = await browser.new_page()
    await serve_modules(page)
    yield page
    await page.close()


@dataclass(frozen=True)
class Watched:
    """A stack that pages can look at, through a connection that tests can cut."""

    stack: CallStack
    temporal_ui: str
    """The pages of our namespace in Temporal's web UI."""
    line: Severable

    def link(self, call: str | None = None, role: PageRole = PageRole.OPERATOR, valid: float = 3600) -> str:
        """A link that lets a person in; `valid` in seconds."""
        granted = PagePass(role=role, expires=int(time.time() + valid), call=call if role is PageRole.GUEST else None)
        return page_url(self.line.url, self.stack.settings.secret(), granted, call=call)


@pytest.fixture(scope="session")
async def watched(
    chromium: Path, temporal: TemporalServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watched]:
    """One stack for all tests of pages; each test makes calls of its own."""
    home = tmp_path_factory.mktemp("watched")
    async with (
        running_stack(temporal.client, home, "watched", temporal_ui_url=temporal.ui_url) as stack,
        Severable.to(stack.settings.http_port) as line,
    ):
        yield Watched(stack, f"{temporal.ui_url}/namespaces/{temporal.client.namespace}", line)


OpenPage = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Opens an address in a browser of its own; an error of a script of ours fails the test."""
    contexts = []
    errors: list[str] = []

    async def open_at(url: str, **context: Any) -> Page:
        own = await browser.new_context(
            **{"viewport": {"width": 1360, "height": 860}, "reduced_motion": "reduce", **context}
        )
        contexts.append(own)
        shown = await own.new_page()
        shown.set_default_timeout(15_000)
        shown.on("pageerror", lambda error: errors.append(str(error)))
        await shown.goto(url)
        return shown

    yield open_at
    for own in contexts:
        await own.close()
    assert errors == []


@pytest.fixture
async def talk(watched: Watched, request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    """A call of this test, whose key is hard to put into an address."""
    made = Talk(watched, f"order/{request.node.name} ü")
    await made.begin()
    yield made
    await made.end()
