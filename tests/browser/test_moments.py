"""The way to a moment of a call: it leads there whatever happens meanwhile, and nowhere that nobody asks for any more."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import OpenPage, Watched
from tests.browser.seen import TOP
from tests.browser.talk import ANA, BEN, Talk
from tests.callscribe.runtime.store.conftest import START, opening, saving, sealing, segment

SAID = 700
"""More than a page begins with."""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
NOT_THERE = "not in this transcript"


class Held:
    """Requests that the network keeps back until the test lets them go."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self.go = asyncio.Event()

    @classmethod
    async def on(cls, page: Page, pattern: str) -> "Held":
        """All of that kind that this page sends from now on."""
        held = cls()

        async def hold(route: Route) -> None:
            held.came.set()
            await held.go.wait()
            await route.continue_()

        await page.route(pattern, hold)
        return held


@pytest.fixture(scope="module")
async def long_talk(watched: Watched) -> AsyncIterator[Talk]:
    """A running call, of which a page begins with the last words only, for tests that only read it."""
    made = Talk(watched, "order/moments ü")
    await made.begin()
    yield await at_length(made)
    await made.end()


@pytest.fixture
async def growing_talk(talk: Talk) -> Talk:
    """The same, for a test that adds to it."""
    return await at_length(talk)


async def at_length(talk: Talk) -> Talk:
    """Let much have been said, dated so that all of it is on the timeline."""
    begun = datetime.now(UTC)
    said = [
        segment(
            n,
            stream="old",
            participant=BEN,
            text=f"Sentence number {n}.",
            offset=n * 10_000_000,
            duration=10_000_000,
            received_at=begun + timedelta(seconds=n),
        )
        for n in range(1, SAID + 1)
    ]
    await talk.watched.stack.store.save(saving(*said, key=talk.key, streams=(opening("old"),)))
    return talk


async def opened(talk: Talk, open_page: OpenPage) -> Page:
    """The page of a long call, with what it begins with."""
    page = await open_page(talk.watched.link(talk.key))
    await expect(page.locator("#transcript .segment")).to_have_count(500)
    return page


async def led_to(page: Page, number: int) -> None:
    """The moment is marked, and in sight."""
    marked = page.locator(".segment.marked")
    await expect(marked).to_have_text(f"Sentence number {number}. ")
    await expect(marked).to_be_in_viewport()
    await expect(page.locator("#announcer")).not_to_contain_text(NOT_THERE)


async def to_moment(page: Page, number: int) -> None:
    """As a link on the page does; Playwright's `goto` would wait for the page."""
    await page.evaluate("id => { location.hash = id; }", f"old:{number}")


async def test_a_link_taken_before_the_page_has_loaded(long_talk: Talk, open_page: OpenPage) -> None:
    """It waits for what the page begins with, instead of looking into an empty transcript."""
    page = await opened(long_talk, open_page)
    live = await Held.on(page, "**/live")
    await page.reload()
    await live.came.wait()
    await to_moment(page, 3)
    live.go.set()
    await led_to(page, 3)


@pytest.mark.parametrize("by", ["link", "timeline"])
async def test_a_server_that_begins_anew_on_the_way(
    watched: Watched, long_talk: Talk, open_page: OpenPage, by: str
) -> None:
    """What takes the place of the transcript is empty at first; the way goes on once it is loaded."""
    page = await opened(long_talk, open_page)
    earlier = await Held.on(page, "**/segments?*")
    if by == "link":
        await to_moment(page, 1)
    else:
        await page.get_by_role("slider").focus()
        await page.keyboard.press("Home")
        await page.keyboard.press("Enter")
    await earlier.came.wait()
    # The connection breaks off right behind the first event of the new load.
    begun = asyncio.Event()
    live = Held()

    async def begin_anew(route: Route) -> None:
        if begun.is_set():
            live.came.set()
            await live.go.wait()
            await route.continue_()
        else:
            begun.set()
            await route.fulfill(content_type="text/event-stream", body="event: reset\ndata: {}\n\n")

    await page.route("**/live", begin_anew)
    watched.stack.ingest.site.watching._watches[long_talk.key].feed.epoch = f"anew by {by}"
    watched.line.cut()
    await live.came.wait()
    earlier.go.set()
    await expect(page.locator("#earlier")).not_to_contain_text("Loading")
    live.go.set()
    await led_to(page, 1)


async def test_the_way_goes_on_once_the_server_is_there_again(
    watched: Watched, long_talk: Talk, open_page: OpenPage
) -> None:
    """A load that failed says why; it proves nothing about the transcript."""
    page = await opened(long_talk, open_page)
    watched.line.down = True
    watched.line.cut()
    try:
        await to_moment(page, 2)
        await expect(page.locator("#earlier")).to_contain_text("cannot be reached")
        await expect(page.locator("#announcer")).not_to_contain_text(NOT_THERE)
    finally:
        watched.line.down = False
    await led_to(page, 2)


async def test_the_way_goes_on_when_earlier_captions_are_asked_for(long_talk: Talk, open_page: OpenPage) -> None:
    """Where only they fail, a press of the button is enough."""
    page = await opened(long_talk, open_page)

    async def fail(route: Route) -> None:
        await route.fulfill(status=503, json={"error": {"message": "The store is away.", "advice": "Try again."}})

    await page.route("**/segments?*", fail)
    await to_moment(page, 2)
    await expect(page.locator("#earlier")).to_contain_text("The store is away. Try again.")
    await expect(page.locator("#announcer")).to_contain_text("The store is away.")
    await page.unroute("**/segments?*")
    await page.get_by_role("button", name="Load earlier captions").press("Enter")
    await led_to(page, 2)


async def test_what_is_asked_for_last_is_where_one_is_led(long_talk: Talk, open_page: OpenPage) -> None:
    """A moment that takes long to load does not draw a reader away from the next one."""
    page = await opened(long_talk, open_page)
    earlier = await Held.on(page, "**/segments?*")
    await to_moment(page, 4)
    await earlier.came.wait()
    await to_moment(page, 600)
    await led_to(page, 600)
    earlier.go.set()
    await expect(page.locator("#transcript .segment")).to_have_count(SAID)
    await led_to(page, 600)
    await expect(page).to_have_url(re.compile("#old%3A600$"))


async def test_a_moment_that_is_not_there_is_said(long_talk: Talk, open_page: OpenPage) -> None:
    """Once all that there is has been looked through."""
    page = await opened(long_talk, open_page)
    await to_moment(page, SAID + 1)
    await expect(page.locator("#announcer")).to_contain_text(NOT_THERE)
    await expect(page.locator("#transcript .segment")).to_have_count(SAID)


async def test_what_is_read_stays_where_it_is_as_earlier_words_of_the_same_person_come(
    long_talk: Talk, open_page: OpenPage
) -> None:
    """Who speaks without a pause is given paragraphs, which begin elsewhere once more is known: the words do not move."""
    page = await opened(long_talk, open_page)
    earlier = await Held.on(page, "**/segments?*")
    await page.locator("#scroller").evaluate("e => e.scrollTo(0, 30)")
    await earlier.came.wait()
    read = page.locator('[data-id="old:240"]')
    await expect(read).to_be_in_viewport()
    before = await read.evaluate(TOP)
    earlier.go.set()
    await expect(page.locator("#transcript .segment")).to_have_count(SAID)
    await page.evaluate(TWO_FRAMES)
    assert abs(await read.evaluate(TOP) - before) < 2


async def test_a_server_that_begins_anew_moves_no_cursor(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """Whoever walks along the timeline goes on from the words that they were at."""
    page = await open_page(watched.link(talk.key))
    segments = page.locator("#transcript .segment")
    for number in range(1, 5):
        await talk.say(f"Sentence number {number}.")
        await expect(segments).to_have_count(number)
    plot = page.get_by_role("slider")
    await plot.focus()
    for key in ["End", "ArrowLeft"]:
        await page.keyboard.press(key)
    await expect(plot).to_have_attribute("aria-valuetext", re.compile("number 3"))
    watched.stack.ingest.site.watching._watches[talk.key].feed.epoch = "anew"
    watched.line.cut()
    await expect(page.locator("#connection")).to_contain_text("Reconnecting")
    await expect(page.locator("#connection")).to_contain_text("Live")
    await talk.say("Sentence number 5.")
    await expect(segments).to_have_count(5)
    await expect(plot).to_have_attribute("aria-valuetext", re.compile("number 3"))
    await page.keyboard.press("ArrowLeft")
    await expect(plot).to_have_attribute("aria-valuetext", re.compile("number 2"))


async def test_the_timeline_leads_to_the_words_that_it_tells(watched: Watched, open_page: OpenPage) -> None:
    """Who spoke meanwhile, and was done earlier, is somebody else."""
    call, second = "talk-over", 10_000_000
    said = [
        segment(
            n,
            participant=participant,
            text=text,
            offset=start * second,
            duration=length * second,
            received_at=START + timedelta(seconds=start + length),
        )
        for n, participant, text, start, length in [
            (1, ANA, "In between.", 31, 1),
            (2, BEN, "A long one.", 0, 60),
            (3, ANA, "The last.", 70, 2),
        ]
    ]
    await watched.stack.store.save(saving(*said, key=call))
    await watched.stack.store.seal(sealing(call))
    page = await open_page(watched.link(call))
    await expect(page.locator("#transcript .segment")).to_have_count(3)
    plot = page.get_by_role("slider")
    await plot.focus()
    for steps, text in enumerate(["A long one.", "In between.", "The last."]):
        for key in ["Home", *["ArrowRight"] * steps]:
            await page.keyboard.press(key)
        await expect(plot).to_have_attribute("aria-valuetext", re.compile(re.escape(text)))
        await page.keyboard.press("Enter")
        await expect(page.locator(".segment.marked")).to_have_text(f"{text} ")
        await plot.focus()


async def test_a_moment_among_long_paragraphs_stays_in_sight(long_talk: Talk, open_page: OpenPage) -> None:
    """Those above it turn out higher than was thought as they are laid out."""
    page = await opened(long_talk, open_page)
    for moment in (100, 400, 130):
        await to_moment(page, moment)
        await led_to(page, moment)
        await page.evaluate(TWO_FRAMES)
        await expect(page.locator(".segment.marked")).to_be_in_viewport(timeout=500)


async def test_who_was_away_for_hundreds_of_captions_reads_on(
    watched: Watched, growing_talk: Talk, open_page: OpenPage
) -> None:
    """Where the newest do not reach back to what is read, what lies between is loaded first."""
    page = await opened(growing_talk, open_page)
    await to_moment(page, 450)
    await led_to(page, 450)
    read = page.locator(".segment.marked")
    watched.line.down = True
    watched.line.cut()
    try:
        await expect(page.locator("#connection")).to_contain_text("Reconnecting")
        (last,) = await watched.stack.store.newest_segments(growing_talk.key, 1)
        more = [
            last.model_copy(
                update={
                    "position": n,
                    "text": f"Sentence number {n}.",
                    "offset": n * 10_000_000,
                    "received_at": last.received_at + timedelta(seconds=n - SAID),
                }
            )
            for n in range(SAID + 1, 2 * SAID + 1)
        ]
        await watched.stack.store.save(saving(*more, key=growing_talk.key, streams=()))
        watched.stack.ingest.site.watching._close(growing_talk.key)
    finally:
        watched.line.down = False
    await expect(page.locator(f'[data-id="old:{2 * SAID}"]')).to_have_count(1)
    await page.evaluate(TWO_FRAMES)
    await expect(read).to_be_in_viewport(timeout=500)
    await expect(page.locator('[data-id="old:800"]')).to_have_count(1)


async def test_words_that_come_hours_late_leave_no_hole(
    watched: Watched, growing_talk: Talk, open_page: OpenPage
) -> None:
    """They stand before what is loaded, and what was said in between is loaded all the same."""
    page = await opened(growing_talk, open_page)
    (first,) = await watched.stack.store.segments_before(growing_talk.key, ("old", 2), 1)
    late = first.model_copy(update={"stream": "late", "text": "Kept by another ingest.", "participant": ANA})
    await watched.stack.store.save(saving(late, key=growing_talk.key, streams=(opening("late"),)))
    await expect(page.locator("#transcript .segment")).to_have_count(501)
    await to_moment(page, 100)
    await led_to(page, 100)
    await to_moment(page, 1)
    await led_to(page, 1)
    await expect(page.locator("#transcript .segment")).to_have_count(SAID + 1)
