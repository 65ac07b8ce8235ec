"""One call that is watched: what fills its feed."""

import asyncio

from callscribe.contracts.links import PageRole
from callscribe.transcript.facts import VerdictKind
from ingest.web.feed import FIRST_LOAD
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.ingest.web.test_feed import read
from tests.support.eventually import eventually


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
