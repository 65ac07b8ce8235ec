"""The list of calls: what fits, in which order, from where."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from callscribe.contracts import names
from callscribe.transcript.facts import VerdictKind
from ingest.web import listing as listing_module
from ingest.web.listing import Listing, Wanted
from ingest.web.looks import Look
from ingest.web.replies import PageError
from ingest.web.shapes import Shape
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.support.eventually import eventually


def look(**changes: Any) -> Look:
    """A running call."""
    given: dict[str, Any] = {
        "key": "order-7",
        "live": True,
        "state": "connected",
        "locale": "de-DE",
        "participants": {stage.ADA: "Zoë"},
        "started_at": stage.BEGAN,
    }
    return Look(**(given | changes))


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), True),
        (Wanted(live=True), True),
        (Wanted(live=False), False),
        (Wanted(verdict=VerdictKind.COMPLETE), False),
        (Wanted(locale="de-de"), True),
        (Wanted(locale="de"), True),
        (Wanted(locale="d"), False),
        (Wanted(locale="en-US"), False),
        (Wanted(text="ORDER"), True),
        (Wanted(text="zoe"), True),
        (Wanted(text="202 555"), True),
        (Wanted(text="nobody"), False),
    ],
)
def test_what_fits(wanted: Wanted, fits: bool) -> None:
    """As the store's own filter does it for calls that are over."""
    assert wanted.fits(look()) is fits


def listing(theatre: Theatre) -> Listing:
    """That of the running ingest."""
    return theatre.ingest.site._calls._listing


async def keys(theatre: Theatre, *mine: str, **wanted: Any) -> list[str]:
    """The keys that are listed, of mine alone: other tests' calls run at the same Temporal."""
    listed = await listing(theatre).page(Wanted(**{"limit": 200} | wanted), None)
    return [line["key"] for line in listed.lines if line["key"] in mine]


async def test_live_first_then_the_newest(theatre: Theatre) -> None:
    """Each once: running ones as their workflows tell of them, then those that are over, by start."""
    first, begun = await theatre.call()
    await begun.query(names.QUERY_STATUS)  # a call's start is when a worker took it: the second may not overtake it
    second, _ = await theatre.call()
    await stage.save(theatre.store, first, stage.words(3))
    for over in ("over-1", "over-2"):
        await stage.save(theatre.store, over, stage.words(1))
        await stage.seal(theatre.store, over, VerdictKind.PARTIAL)
    mine = (first, second, "over-1", "over-2")

    async def running() -> bool:
        return await keys(theatre, first, second) == [second, first]

    assert await eventually(running), "visibility follows a moment later, and when a call began another moment later"
    assert await keys(theatre, *mine) == [second, first, "over-2", "over-1"]
    assert await keys(theatre, *mine, live=True) == [second, first]
    assert await keys(theatre, *mine, live=False) == ["over-2", "over-1"]
    assert await keys(theatre, *mine, verdict=VerdictKind.PARTIAL) == ["over-2", "over-1"]
    assert await keys(theatre, *mine, verdict=VerdictKind.COMPLETE) == []
    assert await keys(theatre, *mine, text=first) == [first]
    assert await keys(theatre, *mine, text="over-1") == ["over-1"]
    page = await listing(theatre).page(Wanted(limit=200), None)
    lines = {line["key"]: line for line in page.lines}
    assert lines[first]["last_words"]["text"] == "s1 3"
    assert (lines[first]["live"], lines[first]["segments"], lines[first]["state"]) == (True, 3, "transcribing")
    assert (lines["over-1"]["live"], lines["over-1"]["verdict"], lines["over-1"]["revision"]) == (False, "partial", 1)


async def test_pages_follow_one_another(theatre: Theatre) -> None:
    """Every call once, whatever the size of the page."""
    for number in range(3):
        key = f"begun-{number}"
        await stage.save(theatre.store, key, stage.words(1))
    for number in range(4):
        await stage.seal(theatre.store, f"over-{number}")
    for limit in (1, 2, 3, 200):
        found: list[str] = []
        after: str | None = None
        async with asyncio.timeout(20):
            while True:
                listed = await listing(theatre).page(Wanted(limit=limit), after)
                assert len(listed.lines) <= limit
                found += [line["key"] for line in listed.lines if line["key"].startswith(("begun-", "over-"))]
                after = listed.next
                if after is None:
                    break
        assert found == [f"begun-{n}" for n in (2, 1, 0)] + [f"over-{n}" for n in (3, 2, 1, 0)], limit


async def attributed(theatre: Theatre) -> str:
    """The key of a running call of which only Temporal's list tells: nobody can ask it."""
    key = f"test-{uuid4()}"
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(SearchAttributeKey.for_bool(names.ATTRIBUTE_HAS_GAP), True),
        SearchAttributePair(SearchAttributeKey.for_datetime(names.ATTRIBUTE_STARTED), stage.BEGAN),
    ]
    handle = await theatre.client.start_workflow(
        names.WORKFLOW,
        key,
        id=names.workflow_id(key),
        task_queue=theatre.task_queue,
        search_attributes=TypedSearchAttributes(pairs),
    )
    theatre.running.append(handle)
    return key


async def test_calls_that_are_not_asked_are_marked_and_found_as_well(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what Temporal's list says of them, and by the people that the store knows."""
    monkeypatch.setattr(listing_module, "UNSEALED", 0)
    key = await attributed(theatre)
    await stage.save(theatre.store, key, stage.words(2))
    await theatre.store.name_participant(key, stage.ADA, "Zoë", at=stage.BEGAN)

    async def found(**wanted: Any) -> Shape | None:
        listed = await listing(theatre).page(Wanted(**{"limit": 200} | wanted), None)
        assert listed.live == len([line for line in listed.lines if line["live"]])
        return next((line for line in listed.lines if line["key"] == key), None)

    line = await eventually(found)
    assert line is not None
    assert (line["gap"], line["started_at"], line["segments"]) == (True, "2026-01-02T03:04:05.000Z", 2)
    assert [one["label"] for one in line["participants"]] == ["Zoë"]
    assert await found(text="zoe") is not None
    assert await found(text="202-555") is not None
    assert await found(text="nobody of that name") is None


async def test_a_call_that_was_just_sealed_is_listed_once(theatre: Theatre) -> None:
    """As the store has it, though its workflow was asked while it ran."""
    key, _ = await theatre.call()
    await stage.save(theatre.store, key, stage.words(1))
    assert await eventually(lambda: keys(theatre, key)) == [key]
    await stage.seal(theatre.store, key, count=1)

    async def over() -> list[Shape]:
        listed = await listing(theatre).page(Wanted(limit=200), None)
        mine = [line for line in listed.lines if line["key"] == key]
        assert len(mine) == 1
        return [line for line in mine if not line["live"]]

    assert await eventually(over)
    assert await keys(theatre, key, live=True) == []


async def test_how_many_run_is_told_whatever_the_size_of_a_page(theatre: Theatre) -> None:
    """Of those that are wanted; and where not all could be looked at, that is told."""
    mine = {(await theatre.call())[0] for _ in range(3)}

    async def three() -> bool:
        return set(await keys(theatre, *mine)) == mine

    await eventually(three)
    all_of_them = (await listing(theatre).page(Wanted(limit=200), None)).live
    listed = await listing(theatre).page(Wanted(limit=1), None)
    assert (len(listed.lines), listed.live) == (1, all_of_them)
    assert all_of_them is not None
    assert all_of_them >= 3
    assert (await listing(theatre).page(Wanted(limit=1, text=next(iter(mine))), None)).live == 1


async def test_that_not_all_calls_are_looked_at_is_told(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more run than Temporal is asked for."""
    await theatre.call()
    monkeypatch.setattr(listing_module, "MOST", 1)

    async def told() -> list[str]:
        return (await listing(theatre).page(Wanted(), None)).notices

    assert await eventually(told) == ["Only 1 of the calls that run are looked at, the newest."]


@pytest.mark.parametrize("after", ["nonsense", "live:x", "over:x", "dead:"])
async def test_a_cursor_that_is_none(theatre: Theatre, after: str) -> None:
    """Is told."""
    with pytest.raises(PageError) as refused:
        await listing(theatre).page(Wanted(), after)
    assert refused.value.status == 400
