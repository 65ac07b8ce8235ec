"""One call that is watched: what fills its feed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from callscribe.contracts.captions import Caption
from callscribe.contracts.links import PageRole
from callscribe.runtime.store import StoreError, TranscriptStore
from callscribe.transcript.facts import VerdictKind
from ingest.temporal_link import TemporalLink
from ingest.web import watch as watch_module
from ingest.web.feed import FIRST_LOAD, CallFeed
from ingest.web.looking import Looking
from ingest.web.looks import Look
from ingest.web.store_link import StoreLink
from ingest.web.watch import Watch
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.ingest.web.test_feed import read
from tests.support.eventually import eventually

T = TypeVar("T")


class LateStore(StoreLink):
    """A store whose answers are not waited for any longer, as often as `late` says."""

    late = 0

    async def ask(self, work: Callable[[TranscriptStore], Awaitable[T]], *, within: float | None = None) -> T:
        """The work is done in any case."""
        late, self.late = self.late, max(0, self.late - 1)  # as it is when asked: what was read before is not news
        answer = await super().ask(work, within=within)
        if late:
            raise StoreError("The transcript store has not answered in time.", "Wait.")
        return answer


@asynccontextmanager
async def followed(home: Path, *, late: int = 0) -> AsyncIterator[tuple[Watch, LateStore]]:
    """A call "c" that is watched, with a store alone: nobody tells where it stands, or that something was stored."""
    link = LateStore(f"sqlite+aiosqlite:///{home / 'transcripts.sqlite'}")
    await link.ask(lambda store: stage.save(store, "c", stage.words(3)))
    link.late = late
    watch = Watch(
        "c",
        CallFeed("e"),
        store=link,
        looking=Looking(TemporalLink(), link),
        changed=lambda _: None,
        temporal_ui=lambda: None,
        patience=lambda: 1.0,
    )
    following = asyncio.create_task(watch.follow_store())
    try:
        yield watch, link
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await link.close()


def finals(watch: Watch) -> list[int]:
    """The positions of the finals that a reader would be given."""
    return [one["data"]["position"] for one in read(watch.feed.load(PageRole.VIEWER)[0]) if one["event"] == "segment"]


async def test_a_long_call_begins_with_its_newest_words(theatre: Theatre) -> None:
    """What is older is said to be there; what is stored then follows, whichever stream it is of."""
    key, _ = await theatre.call()
    await stage.save(theatre.store, key, stage.words(FIRST_LOAD + 50))
    with theatre.ingest.site.watching.reading(key) as (watch, _):
        await watch.prepared(within=10)
        events = read(watch.feed.load(PageRole.VIEWER)[0])
        assert next(one for one in events if one["event"] == "segment")["data"]["position"] == 51
        assert events[-1]["data"] == {"segments": FIRST_LOAD, "earlier": True}
        before = watch.feed.last
        await stage.save(theatre.store, key, stage.words(3, stream="s0"), "s0")
        await eventually(lambda: watch.feed.last >= before + 3)


async def test_it_ends_when_the_store_has_everything(theatre: Theatre) -> None:
    """Not with the workflow's verdict, but when that is sealed."""
    key, handle = await theatre.call()
    await stage.save(theatre.store, key, stage.words(2))
    with theatre.ingest.site.watching.reading(key) as (watch, reader):
        await watch.prepared(within=10)
        verdict = {"kind": VerdictKind.COMPLETE, "reason": "All of it.", "gaps": [], "counts": {}}
        await handle.signal("become", {"state": "sealed", "verdict": verdict})
        watch.nudge()
        await eventually(lambda: b'"verdict":"complete"' in b"".join(watch.feed.load(PageRole.VIEWER)[0]))
        assert not watch.feed.ended
        await stage.seal(theatre.store, key, count=2)
        await handle.signal("end")
        await eventually(lambda: watch.feed.ended)
        assert await reader.sleep(within=5)
        # Both loops are over: nothing asks about a call that is sealed.
        loops = {"follow a call's status", "follow the store"}
        await eventually(lambda: not loops & {task.get_name() for task in asyncio.all_tasks()})
    await handle.result()


async def test_a_call_that_ended_otherwise_ends_too(theatre: Theatre) -> None:
    """Terminated, without a transcript."""
    key, handle = await theatre.call()
    await handle.terminate()
    with theatre.ingest.site.watching.reading(key) as (watch, _):
        await eventually(lambda: watch.feed.ended)
        assert b'"state":"terminated"' in b"".join(watch.feed.load(PageRole.VIEWER)[0])


OVER = Look(key="c", live=False, state="terminated", participants={}, started_at=stage.BEGAN, ended_at=stage.BEGAN)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that did not answer is asked again at once."""
    monkeypatch.setattr(watch_module, "RETRY", 0.05)


@pytest.mark.usefixtures("soon")
async def test_a_store_that_is_away_at_first_is_read_later(tmp_path: Path) -> None:
    """Also where captions come while it is asked."""
    async with followed(tmp_path, late=1) as (watch, _):
        watch.take(Caption(kind="intermediate", stream="s1", participant=stage.ADA, text="x", at=stage.BEGAN))
        await eventually(lambda: finals(watch) == [1, 2, 3])


@pytest.mark.usefixtures("soon")
async def test_who_did_not_wait_for_the_store_loads_anew_once_it_answers(tmp_path: Path) -> None:
    """What was said long ago is no news, one by one; and what is older still is said to be there."""
    async with followed(tmp_path, late=1_000) as (watch, link):
        await StoreLink.ask(link, lambda store: stage.save(store, "c", stage.words(FIRST_LOAD, first=4)))
        _, number = watch.feed.load(PageRole.VIEWER)
        link.late = 0
        await eventually(lambda: watch.cursor is not None)
        events = read(watch.feed.since(number, PageRole.VIEWER)[0])
        assert events[0]["event"] == "reset"
        assert events[-1]["data"] == {"segments": FIRST_LOAD, "earlier": True}
        _, number = watch.feed.load(PageRole.VIEWER)
        watch.feed.take_segment(stage.words(1, first=FIRST_LOAD + 4)[0], stored=False)
        assert [one["event"] for one in read(watch.feed.since(number, PageRole.VIEWER)[0])] == ["segment"]


@pytest.mark.usefixtures("soon")
async def test_what_an_answer_held_that_came_too_late_is_read_again(tmp_path: Path) -> None:
    """Nothing is taken for read that nobody was given."""
    async with followed(tmp_path) as (watch, link):
        await eventually(lambda: finals(watch) == [1, 2, 3])
        await link.ask(lambda store: stage.save(store, "c", stage.words(2, first=4)))
        link.late = 1
        watch.stored_up_to("further")
        await eventually(lambda: finals(watch) == [1, 2, 3, 4, 5])


@pytest.mark.usefixtures("soon")
async def test_it_ends_though_the_store_was_away_at_the_end(tmp_path: Path) -> None:
    """Nobody says a second time that there is something to read."""
    async with followed(tmp_path) as (watch, link):
        await eventually(lambda: finals(watch) == [1, 2, 3])
        link.late = 2
        watch.take_status(OVER)
        await eventually(lambda: watch.feed.ended)
