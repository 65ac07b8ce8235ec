"""Temporal's own web UI, in a real browser: what an operator sees of a call without any page of ours.

Screenshots of what was seen go to `test-artefacts/`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, async_playwright, expect
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from callscribe.contracts import names
from callscribe.contracts.commands import HangUp, StopTranscription, UpdateLocale
from callscribe.contracts.status import CallResult
from callscribe.runtime.attributes import attribute_keys
from tests.conftest import temporal_binary
from tests.end_to_end.stack import Script, running_stack
from tests.support.ports import free_port

ARTEFACTS = Path(__file__).resolve().parent.parent.parent / "test-artefacts"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TALL: ViewportSize = {"width": 1500, "height": 2200}
"""The timeline draws only the rows that can be seen."""
KEY = "in-the-web-ui"
LINES = ["Good morning.", "A word of advice: never lose one.", "Good bye."]


@dataclass(frozen=True)
class SealedCall:
    """A call that is over, on a server whose web UI is up."""

    url: str
    """Of the call's workflow in the web UI."""
    result: CallResult


@pytest.fixture(scope="module")
def chromium() -> Path:
    """Debian's Chromium; skips where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM} (Debian: apt-get install chromium)")
    ARTEFACTS.mkdir(exist_ok=True)
    return CHROMIUM


@pytest.fixture(scope="module")
async def sealed_call(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SealedCall]:
    """One call through its whole life, on a Temporal server of its own with its web UI."""
    ui_port = free_port()
    async with await WorkflowEnvironment.start_local(
        ui=True,
        ui_port=ui_port,
        dev_server_existing_path=temporal_binary(),
        data_converter=pydantic_data_converter,
        search_attributes=attribute_keys(),
        dev_server_log_level="error",
    ) as server:
        home = tmp_path_factory.mktemp("web-ui")
        async with running_stack(server.client, home, "web-ui") as stack:
            await stack.plan("+12025550147", script=Script.of("short", LINES).text)
            handle = await stack.start(KEY, participants={"4:+12025550147": "Ana"})
            await stack.reaches(KEY, "transcribing")
            await stack.update(KEY, names.UPDATE_LOCALE, UpdateLocale(locale="de-DE"))
            await stack.spoken(KEY)
            await stack.update(KEY, names.UPDATE_STOP, StopTranscription())
            await stack.update(KEY, names.UPDATE_HANG_UP, HangUp())
            url = f"http://127.0.0.1:{ui_port}/namespaces/default/workflows/{names.workflow_id(KEY)}"
            # The worker stays: the web UI asks it for the current details.
            yield SealedCall(url, await handle.result())


@pytest.fixture(scope="module")
async def page(chromium: Path) -> AsyncIterator[Page]:
    """A page of a real browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            shown = await browser.new_page(viewport=TALL)
            shown.set_default_timeout(30_000)
            yield shown
        finally:
            await browser.close()


@pytest.mark.timeout(180)
async def test_timeline_tells_the_call_in_readable_rows(sealed_call: SealedCall, page: Page) -> None:
    """Completed, and a row for every step outwards that says what it did, without a whole phone number."""
    await page.goto(sealed_call.url)
    await expect(page.get_by_text("Completed", exact=True).first).to_be_visible(timeout=30_000)
    for row in (
        "create_call • call …0147",
        "start_transcription • start transcription en-US",
        "update_transcription • change locale to de-DE",
        "stop_transcription • stop transcription",
        "hang_up • hang up for everyone",
        "seal_transcript • seal: complete",
    ):
        await expect(page.get_by_text(row, exact=True)).to_be_visible(timeout=30_000)
    await page.screenshot(path=ARTEFACTS / "temporal-ui-timeline.png")


@pytest.mark.timeout(180)
async def test_user_metadata_says_where_the_call_stands(sealed_call: SealedCall, page: Page) -> None:
    """The current details: verdict, segments, who was there, the stream; and not a word that was said."""
    await page.goto(sealed_call.url)
    await page.get_by_text("User Metadata", exact=True).first.click()
    details = page.frame_locator("iframe").last.locator("body")
    await expect(details).to_contain_text(f"complete: {sealed_call.result.verdict.reason}", timeout=30_000)
    await expect(details).to_contain_text(f"{len(LINES)} stored, 0 repeats, 0 unreadable")
    await expect(details).to_contain_text("de-DE")
    await expect(details).to_contain_text("Ana")
    await expect(details).to_contain_text(f"{len(LINES)} segments")
    for line in LINES:
        await expect(details).not_to_contain_text(line)
    await page.screenshot(path=ARTEFACTS / "temporal-ui-user-metadata.png")
