"""The list of calls, filtered and page by page."""

import pytest
from sqlalchemy import event

from callscribe.contracts.status import LocaleInForce
from callscribe.runtime.store import CallFilter, CursorError, TranscriptStore
from callscribe.transcript.facts import VerdictKind
from tests.callscribe.runtime.store.conftest import START, opening, saving, sealing, segment


async def test_filters(store: TranscriptStore) -> None:
    """Each alone and all together."""

    async def found(**wanted: object) -> set[str]:
        return {call.key for call in await store.calls(where=CallFilter.model_validate(wanted))}

    await store.save(saving(segment(1), key="live"))
    told = tuple(LocaleInForce(at=START, locale=locale) for locale in ("en-US", "de-DE"))
    await store.seal(sealing("whole", locale="de-DE", locales=told))
    await store.seal(sealing("torn", VerdictKind.PARTIAL, locale="de-AT"))
    await store.seal(sealing("broken", VerdictKind.FAILED))
    assert await found() == {"live", "whole", "torn", "broken"}
    assert await found(live=True) == {"live"}
    assert await found(live=False) == {"whole", "torn", "broken"}
    assert await found(verdict="partial") == {"torn"}
    assert await found(locale="DE") == {"whole", "torn"}
    assert await found(locale="de-at") == {"torn"}
    assert await found(locale="d") == await found(locale="d%") == set()
    assert await found(keys={"whole", "live", "unknown"}) == {"whole", "live"}
    assert await found(keys=()) == set()
    one = await store.call("whole")
    assert one is not None
    assert (one.key, one.locale, one.locales) == ("whole", "de-DE", told)
    listed = {call.key: call.locales for call in await store.calls()}
    assert (listed["whole"], listed["live"], listed["torn"]) == (told, (), ())
    assert await store.call("unknown") is None
    assert await found(live=False, verdict="complete", locale="de", text="WHOLE", keys={"whole"}) == {"whole"}


async def test_pages_by_cursor(store: TranscriptStore) -> None:
    """None twice and none left out, with equal starts, with filters; a foreign cursor is refused."""
    for number in range(7):
        await store.save(saving(segment(1), key=f"k{number}", streams=(opening(minutes=number // 3),)))
    pages: list[list[str]] = []
    after: str | None = None
    while page := await store.calls(limit=3, after=after, where=CallFilter(live=True)):
        pages.append([call.key for call in page])
        after = page[-1].cursor
    assert pages == [["k6", "k5", "k4"], ["k3", "k2", "k1"], ["k0"]]
    with pytest.raises(CursorError):
        await store.calls(after="nonsense")


async def test_a_page_is_two_queries(store: TranscriptStore) -> None:
    """However many calls it holds; each with its last words, its speakers and its count."""
    for number in range(30):
        said = [segment(1), segment(3, text="the last"), segment(2, participant="4:+2")]
        await store.save(saving(*said, key=f"k{number}"))
    asked: list[str] = []
    event.listen(
        store._engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2].split(None, 1)[0])
    )
    found = await store.calls()
    assert asked.count("SELECT") == 2
    assert {(call.segment_count, call.last_words and call.last_words.text) for call in found} == {(3, "the last")}
    assert found[0].participants == {"4:+14255550123": "", "4:+2": ""}
    assert found[0].started_at == START
    await store.seal(sealing("silent"))
    (silent,) = await store.calls(where=CallFilter(keys=frozenset({"silent"})))
    assert (silent.last_words, silent.segment_count, silent.participants) == (None, 0, {"4:+14255550123": "Ada"})
