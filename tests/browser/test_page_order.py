"""Two people at once: the page has what was said in the order in which every export has it, and moves no reader for it."""

import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from playwright.async_api import Page, expect

from callscribe.contracts import names
from callscribe.contracts.captions import Caption
from callscribe.contracts.commands import HangUp
from callscribe.transcript.model import Segment
from tests.browser.conftest import OpenPage, Watched
from tests.browser.seen import LINES, TOP, shown
from tests.browser.talk import ANA, BEN, Talk
from tests.callscribe.runtime.store.conftest import START, opening, saving, sealing, segment

SAID = [
    (ANA, 0, 9000, "I would like to tell you all of it, from the very beginning to the end."),
    (BEN, 1500, 500, "Yes."),
    (BEN, 5000, 700, "Go on."),
    (ANA, 10_000, 1000, "That was it."),
    (BEN, 11_500, 6000, "Then let me sum up what I have understood of that."),
    (ANA, 12_500, 800, "Please."),
    (BEN, 18_000, 1000, "Done."),
]
"""Who, since when, for how long, what; the finals come when phrases end, and so in another order."""
BY_BEGINNING = [text for _, _, _, text in SAID]
BY_END = [text for _, start, length, text in sorted(SAID, key=lambda one: one[1] + one[2])]


def script() -> str:
    """The two of them, as the far side of a call."""
    header: dict[str, Any] = {"call": "overlap", "locale": "en-US", "participants": {ANA: "Ana", BEN: "Ben"}}
    lines = [
        {"participant": who, "offset_ms": start, "duration_ms": length, "text": text}
        for who, start, length, text in SAID
    ]
    return "\n".join(json.dumps(each) for each in [header, *lines])


async def exported(page: Page, key: str) -> list[str]:
    """What the plain text has, line by line, without times and names."""
    answer = await page.request.get(page.url.replace(f"/calls/{key}", f"/api/calls/{key}/transcript.txt"))
    assert answer.ok
    return re.findall(r"^\[\d+:\d\d:\d\d\] (?:Ana|Ben): (.*)$", await answer.text(), re.MULTILINE)


async def test_talk_over_stands_as_in_the_exports(watched: Watched, open_page: OpenPage) -> None:
    """As it is said, across a connection that breaks, and loaded anew; it is read out as it comes."""
    await watched.stack.plan("+12025550113", script=script(), speed=4)
    await watched.stack.start(
        "overlap", "+12025550113", participants={ANA: "Ana", BEN: "Ben"}, transcription={"intermediate_results": True}
    )
    page = await open_page(watched.link("overlap"))
    await expect(page.locator("#transcript .segment", has_text="That was it.")).to_be_visible()
    assert (await shown(page))[:4] == BY_BEGINNING[:4]
    watched.line.down = True
    watched.line.cut()
    try:
        await expect(page.locator("#connection")).to_contain_text("Reconnecting")
    finally:
        watched.line.down = False
    await watched.stack.spoken("overlap")
    await expect(page.locator("#transcript .segment")).to_have_count(len(SAID))
    assert await shown(page) == BY_BEGINNING == await exported(page, "overlap")
    heard = await page.locator("#spoken p").evaluate_all(LINES)
    assert [line.partition(": ")[2] for line in heard] == BY_END[-len(heard) :]
    await page.reload()
    await expect(page.locator("#transcript .segment")).to_have_count(len(SAID))
    assert await shown(page) == BY_BEGINNING
    await watched.stack.update("overlap", names.UPDATE_HANG_UP, HangUp())
    await expect(page.locator("#connection")).to_contain_text("Over")
    assert await shown(page) == BY_BEGINNING == await exported(page, "overlap")


async def test_what_is_being_said_stands_where_its_final_will(
    watched: Watched, talk: Talk, open_page: OpenPage
) -> None:
    """Above what somebody else has begun and ended since: nothing jumps as it settles."""
    page = await open_page(watched.link(talk.key))
    await expect(page.locator("#connection")).to_contain_text("Live")

    def hear(kind: Literal["intermediate", "final"], who: str, text: str, start: float, length: float) -> None:
        caption = Caption(
            kind=kind,
            stream="s1",
            participant=who,
            text=text,
            offset=round(start * 10_000_000),
            duration=round(length * 10_000_000),
            position=next(positions) if kind == "final" else None,
            subscription="a",
            at=datetime.now(UTC),
        )
        watched.stack.ingest.site.watching.take(talk.key, caption)

    positions = itertools.count(1)
    rows = page.locator("#transcript > li .said, #open > li .said")
    hear("final", BEN, "Hello?", 0, 1)
    hear("intermediate", ANA, "i would", 2, 1)
    await expect(rows).to_have_text(["Hello? ", "i would"])
    hear("final", BEN, "Yes.", 4, 0.5)
    await expect(rows).to_have_text(["Hello? ", "i would", "Yes. "])
    hear("intermediate", BEN, "go", 6, 0.2)
    hear("intermediate", ANA, "i would like to", 2, 4)
    await expect(rows).to_have_text(["Hello? ", "i would like to", "Yes. go"])
    hear("final", BEN, "Go on.", 6, 0.5)
    await expect(rows).to_have_text(["Hello? ", "i would like to", "Yes. Go on. "])
    hear("final", ANA, "I would like to tell you.", 2, 6)
    await expect(rows).to_have_text(["Hello? ", "I would like to tell you. ", "Yes. Go on. "])
    await expect(page.locator(".unsettled")).to_have_count(0)


def spoken(position: int, second: float, length: float, **changes: Any) -> Segment:
    """A final of one long socket, `second` into it."""
    return segment(
        position,
        offset=round(second * 10_000_000),
        duration=round(length * 10_000_000),
        words=(),
        received_at=START + timedelta(seconds=second + length + 0.3),
        **changes,
    )


async def test_what_comes_to_stand_above_moves_no_reader(watched: Watched, open_page: OpenPage) -> None:
    """A phrase that took minutes is put where it began, above what is read; the button counts it."""
    key = "above"
    said = [
        spoken(n, 10 * n, 4, participant=(ANA, BEN)[n % 2], text=f"Sentence {n}, of some length for a window.")
        for n in range(1, 61)
    ]
    await watched.stack.plan("+12025550114", silent=True)
    await watched.stack.start(key, "+12025550114")
    await watched.stack.reaches(key, "transcribing")
    await watched.stack.store.save(saving(*said, key=key, streams=(opening(),)))
    page = await open_page(watched.link(key), viewport={"width": 900, "height": 600})
    await expect(page.locator("#transcript .segment")).to_have_count(60)
    read = page.locator("#transcript .segment", has_text="Sentence 50,")
    await read.scroll_into_view_if_needed()
    await expect(page.locator("#newest")).to_be_visible()
    await expect(read).to_be_in_viewport()
    before = await read.evaluate(TOP)
    await watched.stack.store.save(
        saving(spoken(61, 305, 400, participant="4:+12025550199", text="All the while. " * 20), key=key, streams=())
    )
    await expect(page.locator("#newest")).to_have_text("↓ 1 new")
    assert abs(await read.evaluate(TOP) - before) < 1
    lines = await shown(page)
    assert lines[30].startswith("All the while.")
    assert lines[29].startswith("Sentence 30,")
    await watched.stack.update(key, names.UPDATE_HANG_UP, HangUp())


async def test_what_is_said_reads_in_its_own_direction_and_language(watched: Watched, open_page: OpenPage) -> None:
    """A question mark stands where a sentence of its language ends; voices and glyphs are those of the language."""
    key = "hebrew"
    texts = ["שלום, מה שלומך?", "הכול בסדר?", "Fine, he said: שלום!"]
    said = [
        spoken(n, 5 * n, 4, participant=who, text=text, locale=locale)
        for n, (who, text, locale) in enumerate(
            zip((ANA, ANA, BEN), texts, ("he-IL", "he-IL", "en-US"), strict=True), 1
        )
    ]
    await watched.stack.store.save(saving(*said, key=key, streams=(opening(),)))
    await watched.stack.store.seal(sealing(key))
    page = await open_page(watched.link(key))
    segments = page.locator("#transcript .segment")
    await expect(segments).to_have_count(3)
    places = await segments.evaluate_all(
        """all => all.map(({firstChild}) => [0, firstChild.length - 2].map(at => {
            const range = new Range();
            range.setStart(firstChild, at);
            range.setEnd(firstChild, at + 1);
            return range.getBoundingClientRect().left;
        }))"""
    )
    (hello, how), (well, sure), (fine, end) = places
    assert hello > how > well > sure, "from right to left, one sentence after the other"
    assert fine < end
    assert await segments.evaluate_all("all => all.map(each => each.lang)") == ["he-IL", "he-IL", "en-US"]


async def test_times_far_into_a_call_are_whole(watched: Watched, open_page: OpenPage) -> None:
    """Days of it: no digit is cut off."""
    key = "days"
    await watched.stack.store.save(
        saving(spoken(1, 142 * 3600, 4, participant=ANA, text="Still here."), key=key, streams=(opening(),))
    )
    await watched.stack.store.seal(sealing(key))
    page = await open_page(watched.link(key))
    time = page.locator("#transcript time")
    await expect(time).to_have_text("142:00:00")
    cut_off = "e => e.closest('.utterance').getBoundingClientRect().left - e.getBoundingClientRect().left"
    assert await time.evaluate(cut_off) <= 0


async def test_what_is_printed_is_all_that_is_on_the_page(watched: Watched, open_page: OpenPage) -> None:
    """Not only what the window has room for; dark on white, whatever theme was chosen."""
    key = "printed"
    said = [spoken(n, 10 * n, 4, participant=(ANA, BEN)[n % 2], text=f"Sentence {n}.") for n in range(1, 81)]
    await watched.stack.store.save(saving(*said, key=key, streams=(opening(),)))
    await watched.stack.store.seal(sealing(key))
    page = await open_page(watched.link(key))
    await expect(page.locator("#transcript .segment")).to_have_count(80)
    await page.evaluate("document.documentElement.dataset.theme = 'dark'")
    await page.emulate_media(media="print")
    assert await page.locator("#scroller").evaluate("e => e.scrollHeight - e.clientHeight") == 0
    below = "e => document.documentElement.scrollHeight - e.getBoundingClientRect().bottom - scrollY"
    assert await page.locator("#transcript .segment").last.evaluate(below) >= 0
    assert await page.locator("body").evaluate("e => getComputedStyle(e).color") == "rgb(26, 31, 35)"
    await expect(page.locator("#side")).to_be_hidden()
