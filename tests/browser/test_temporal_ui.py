"""Temporal's own web UI, in a real browser: what an operator sees of a call without any page of ours.

Screenshots of what was seen go to `test-artefacts/`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from callscribe.contracts import names
from callscribe.contracts.commands import HangUp, StopTranscription, UpdateLocale
from callscribe.contracts.status import CallResult
from tests.browser.conftest import ARTEFACTS, Watched
from tests.end_to_end.stack import Script

TALL: ViewportSize = {"width": 1500, "height": 2200}
"""The timeline draws only the rows that can be seen."""
KEY = "in-the-web-ui"
TARGET = "+12025550147"
LINES = ["Good morning.", "A word of advice: never lose one.", "Good bye."]


@dataclass(frozen=True)
class SealedCall:
    """A call that is over, on a server whose web UI is up."""

    url: str
    """Of the call's workflow in the web UI."""
    result: CallResult


@pytest.fixture(scope="module")
async def sealed_call(watched: Watched) -> SealedCall:
    """One call through its whole life."""
    stack = watched.stack
    await stack.plan(TARGET, script=Script.of("short", LINES).text)
    handle = await stack.start(KEY, TARGET, participants={f"4:{TARGET}": "Ana"})
    await stack.reaches(KEY, "transcribing")
    await stack.update(KEY, names.UPDATE_LOCALE, UpdateLocale(locale="de-DE"))
    await stack.spoken(KEY)
    await stack.update(KEY, names.UPDATE_STOP, StopTranscription())
    await stack.update(KEY, names.UPDATE_HANG_UP, HangUp())
    url = f"{watched.temporal_ui}/workflows/{names.workflow_id(KEY)}"
    # The worker stays: the web UI asks it for the current details.
    return SealedCall(url, await handle.result())


@pytest.fixture(scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page high enough for the whole timeline."""
    shown = await browser.new_page(viewport=TALL)
    shown.set_default_timeout(30_000)
    yield shown
    await shown.close()


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
    """The summary in a line; the current details: verdict, segments, who was there, the stream; not a word that was said."""
    await page.goto(sealed_call.url)
    await page.get_by_text("User Metadata", exact=True).first.click()
    details = page.frame_locator("iframe").last.locator("body")
    await expect(details).to_contain_text(f"complete: {sealed_call.result.verdict.reason}", timeout=30_000)
    await expect(details).to_contain_text(f"{len(LINES)} stored, 0 repeats, 0 unreadable")
    await expect(details).to_contain_text("de-DE")
    await expect(details).to_contain_text("Ana")
    await expect(details).to_contain_text(f"{len(LINES)} segments")
    static = page.frame_locator("iframe").first.locator("body")
    await expect(static).to_contain_text("Call to Ana · en-US")
    for line in LINES:
        await expect(details).not_to_contain_text(line)
    await page.screenshot(path=ARTEFACTS / "temporal-ui-user-metadata.png")
