"""A call of ten thousand segments on its page: it opens at once, scrolls smoothly, and every moment can be reached."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, expect

from callscribe.runtime.store.records import Delivery, DeliveryState
from callscribe.transcript.facts import Gap, GapCause, Verdict, VerdictKind
from tests.browser.conftest import OpenPage, Watched
from tests.callscribe.runtime.store.conftest import START, saving, sealing, segment

KEY = "ten-thousand"
SEGMENTS = 10_000
EVERY = 2
"""Seconds from one segment to the next."""


LAID_OUT = """row => {
    for (let box = row; box; box = box.parentElement)
        if (getComputedStyle(box).contentVisibility === "auto") return "auto";
    return "always";
}"""


@pytest.fixture(scope="module")
async def long_call(watched: Watched) -> Watched:
    """Sealed as partial, with a gap and a pause, in the stack's own store; one of its webhooks has failed."""
    said = [
        segment(
            n,
            participant=f"4:+1202555{100 + n // 4 % 5:04d}",
            text=f"This is what was said as number {n}, and it is long enough for a line.",
            offset=n,
            duration=15_000_000,
            received_at=START + timedelta(seconds=EVERY * n),
        )
        for n in range(1, SEGMENTS + 1)
    ]
    store = watched.stack.store
    for first in range(0, SEGMENTS, 2000):
        await store.save(saving(*said[first : first + 2000], key=KEY))
    gaps = (
        Gap(start=_at(3600), end=_at(3672), cause=GapCause.STREAM_INTERRUPTED, note="connection lost (1006)"),
        Gap(start=_at(7200), end=_at(7260), cause=GapCause.PAUSED),
    )
    verdict = Verdict(kind=VerdictKind.PARTIAL, reason="Words may be missing for 1 min 12 s.", gaps=gaps)
    await store.seal(sealing(KEY, verdict=verdict, ended_at=_at(EVERY * SEGMENTS + 1), segments=SEGMENTS))
    await store.note_delivery(delivery("one", KEY, DeliveryState.FAILED))
    return watched


def delivery(id_: str, call: str, state: DeliveryState) -> Delivery:
    """What became of the message that a call is sealed, after eight attempts."""
    return Delivery(
        id=id_,
        call=call,
        hook="archive",
        event="transcript.sealed",
        revision=1,
        url="http://127.0.0.1:9/",
        state=state,
        attempts=8,
        last_status=503,
        last_error="Service Unavailable",
        created_at=START,
        updated_at=START,
    )


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def rows(page: Page) -> int:
    """Captions that are in the page."""
    return await page.locator("#transcript .segment").count()


async def test_the_newest_are_there_at_once_and_the_rest_as_one_scrolls(
    long_call: Watched, open_page: OpenPage
) -> None:
    """Five hundred first; scrolling up loads what was before, and what is read stays where it is."""
    page = await open_page(long_call.link(KEY))
    await expect(page.locator("#transcript .segment")).to_have_count(500)
    await expect(page.get_by_text(f"number {SEGMENTS},")).to_be_in_viewport()
    await expect(page.locator(".person .count", has_text="segments")).to_have_count(0)
    oldest = page.locator("#transcript .segment").first
    text = await oldest.text_content() or ""
    await page.locator("#scroller").evaluate("e => e.scrollTo(0, 0)")
    await expect(page.get_by_text(text.strip())).to_be_visible()
    await expect(page.locator("#transcript .segment")).not_to_have_count(500)
    assert await rows(page) in range(700, SEGMENTS)
    await expect(page.get_by_text(text.strip())).to_be_in_viewport()


async def test_a_link_to_the_first_word_loads_back_to_it(long_call: Watched, open_page: OpenPage) -> None:
    """Ten thousand in the page, of which the browser lays out those that can be seen."""
    page = await open_page(long_call.link(KEY))
    await page.goto(f"{long_call.line.url}/calls/{KEY}#s1:1")
    marked = page.locator(".segment.marked")
    # Not `expect`: while it waits it describes the whole page for its message, over and over.
    await marked.wait_for(timeout=20_000)
    await expect(marked).to_contain_text("number 1,")
    await expect(marked).to_be_in_viewport()
    assert await rows(page) == SEGMENTS
    await expect(page.locator(".person .count", has_text=f"· {SEGMENTS // 5:,} segments")).to_have_count(5)
    laid_out = await marked.evaluate(LAID_OUT)
    assert laid_out == "auto", "of a row that stands by itself"
    assert await page.locator(".mark.gap").count() == 2


async def test_timeline_leads_to_its_moment_by_mouse_and_by_key(long_call: Watched, open_page: OpenPage) -> None:
    """A click in the middle shows the middle; Home and Enter show the beginning; the words are told on the way."""
    page = await open_page(long_call.link(KEY))
    plot = page.get_by_role("slider")
    await expect(page.locator(".plot rect.talk").first).to_be_visible()
    box = await plot.bounding_box()
    assert box
    await plot.click(position={"x": 132 + (box["width"] - 134) / 2, "y": 30})
    marked = page.locator(".segment.marked")
    await marked.wait_for(timeout=20_000)
    await expect(marked).to_be_in_viewport()
    number = int((await marked.text_content() or "").split("number ")[1].split(",")[0])
    assert abs(number - SEGMENTS / 2) < SEGMENTS / 50
    await plot.focus()
    await page.keyboard.press("Home")
    await expect(plot).to_have_attribute("aria-valuenow", "0")
    await expect(plot).to_have_attribute(
        "aria-valuetext", "0:00 into the call. Not loaded yet: click to load what was said here"
    )
    await page.keyboard.press("Enter")
    await page.locator('.segment.marked[data-id="s1:1"]').wait_for(timeout=20_000)


async def test_gaps_are_explained_in_words(long_call: Watched, open_page: OpenPage) -> None:
    """The verdict's card says how long, from when to when, and why."""
    page = await open_page(long_call.link(KEY))
    card = page.locator("#verdict")
    await expect(card).to_contain_text("Words may be missing for 1 min 12 s.")
    await card.get_by_text("1 gap, 1 pause").click()
    await expect(card).to_contain_text("Stream interrupted, 1 min 12 s from 1:00:00 to 1:01:12.")
    await expect(card).to_contain_text("what was said then did not reach us")
    await expect(card).to_contain_text("connection lost (1006)")
    await expect(card).to_contain_text("Paused, 1 min from 2:00:00 to 2:01:00.")


async def test_failed_webhook_is_there_to_be_sent_again(long_call: Watched, open_page: OpenPage) -> None:
    """Hook, event, how often, what was answered, and a button that has it sent again."""
    page = await open_page(long_call.link(KEY))
    hook = page.locator("#deliveries li")
    await expect(hook).to_contain_text("archive transcript.sealed (revision 1)")
    await expect(hook).to_contain_text("8 attempts · answered 503")
    await hook.get_by_role("button", name="Send again").click()
    await expect(page.locator("#announcer")).to_contain_text("being sent again")
    await expect(page.locator("#deliveries .trouble").first).to_be_empty()


async def test_webhook_that_failed_is_dated_by_its_failure(watched: Watched, open_page: OpenPage) -> None:
    """As on the command line: not by when the message was made, which may be days before."""
    key = "given-up-webhook"
    await watched.stack.store.seal(sealing(key))
    await watched.stack.store.note_delivery(delivery("given-up", key, DeliveryState.FAILED))
    page = await open_page(watched.link(key))

    async def told(route: Route) -> None:
        answer = await route.fetch()
        made = await answer.json()
        for one in made["deliveries"]:
            one["updated_at"] = "2020-02-03T12:00:00.000Z"
        await route.fulfill(response=answer, json=made)

    await page.route("**/deliveries", told)
    await page.reload()
    await expect(page.locator("#deliveries li")).to_contain_text("2020-02-03")
    await page.unroute_all(behavior="ignoreErrors")  # the page asks again, and is gone while it waits


async def test_webhook_that_nobody_tells_any_more_can_be_told_again(watched: Watched, open_page: OpenPage) -> None:
    """It is pending still, but its workflow is gone."""
    key = "lost-webhook"
    await watched.stack.store.seal(sealing(key))
    await watched.stack.store.note_delivery(delivery("lost", key, DeliveryState.PENDING))
    page = await open_page(watched.link(key))
    await page.locator("#deliveries li").get_by_role("button", name="Send again").click()
    await expect(page.locator("#announcer")).to_contain_text("being sent again")


async def test_webhook_that_is_under_way_is_not_offered_to_be_sent_again(watched: Watched, open_page: OpenPage) -> None:
    """The server would refuse it."""
    key = "webhook-under-way"
    await watched.stack.store.seal(sealing(key))
    made = delivery("under-way", key, DeliveryState.PENDING)
    await watched.stack.store.note_delivery(made.model_copy(update={"updated_at": datetime.now(UTC)}))
    page = await open_page(watched.link(key))
    await expect(page.locator("#deliveries li")).to_contain_text("pending")
    await expect(page.get_by_role("button", name="Send again")).to_have_count(0)


async def test_a_call_that_is_not_there_is_said_once(watched: Watched, open_page: OpenPage) -> None:
    """Where its captions would be."""
    page = await open_page(watched.link("nope"))
    await expect(page.locator("#quiet")).to_contain_text("There is no call 'nope'.")
    await expect(page.locator("#connection")).to_have_text("Not connected")
