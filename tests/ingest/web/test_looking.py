"""What is known of a call, from whoever answers."""

import asyncio
from typing import NoReturn

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from callscribe.contracts.status import CallStatus
from callscribe.runtime.store import StoreError
from ingest.temporal_link import TemporalLink
from ingest.web import looking, store_link
from ingest.web.looking import Looking
from ingest.web.looks import NO_WORKER, TEMPORAL_AWAY, TEMPORAL_BUSY
from ingest.web.replies import PageError
from ingest.web.store_link import StoreLink
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.support.eventually import eventually


@pytest.fixture
def asked(theatre: Theatre) -> Looking:
    """That of the running ingest."""
    return theatre.ingest.site._live._looking


async def test_from_its_workflow_with_the_names_of_the_store(theatre: Theatre, asked: Looking) -> None:
    """Everybody who was named or heard; again from memory where that is good enough."""
    key, handle = await theatre.call()
    await stage.save(theatre.store, key, stage.words(1, participant="4:+12025550177"))
    await theatre.store.name_participant(key, stage.BOB, "Bob", at=stage.BEGAN)
    found = await asked.look(key)
    assert (found.live, found.state, found.segments) == (True, "transcribing", 1)
    assert found.participants == {stage.ADA: "Ada", stage.BOB: "Bob", "4:+12025550177": ""}
    await handle.signal("become", {"state": "paused"})
    assert (await asked.look(key, max_age=60)).state == "transcribing"
    assert (await asked.look(key)).state == "paused"


async def test_a_workflow_that_ended_without_a_transcript(theatre: Theatre, asked: Looking) -> None:
    """Known by Temporal's word alone, or with what was stored."""
    for stored in (False, True):
        key, handle = await theatre.call()
        if stored:
            await stage.save(theatre.store, key, stage.words(2))
        await handle.terminate()
        found = await asked.look(key)
        assert (found.live, found.state, found.segments) == (False, "terminated", 2 if stored else 0)
        assert found.ended_at is not None


async def test_a_call_that_temporal_has_forgotten(theatre: Theatre, asked: Looking) -> None:
    """Is in the store, sealed or not; or nobody knows it."""
    await stage.seal(theatre.store, "sealed")
    await stage.save(theatre.store, "begun", stage.words(1))
    assert (await asked.look("sealed")).verdict is not None
    assert (await asked.look("begun")).state == "forgotten by Temporal"
    with pytest.raises(PageError) as unknown:
        await asked.look("nobody")
    assert unknown.value.status == 404


async def test_without_a_worker(
    client: Client, task_queue: str, theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal holds the call; the problem says who is missing."""
    monkeypatch.setattr(looking, "ANSWER_WITHIN", looking.ANSWER_WITHIN / 10)
    key, handle = await stage.call(client, f"{task_queue}-nobody")
    await stage.save(theatre.store, key, stage.words(1))
    found = await theatre.ingest.site._live._looking.look(key)
    assert (found.live, found.segments) == (True, 1)
    assert found.problem == NO_WORKER
    await handle.terminate()


async def test_what_was_told_before_stays_while_nobody_tells(
    theatre: Theatre, asked: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is restarted takes no pause and no stream off the page, and no name; what is newer is told."""
    key, handle = await theatre.call()
    second = {"start": "2026-01-02T03:04:05Z", "end": "2026-01-02T03:04:06Z"}
    told = {
        "gaps": [second | {"cause": "paused"}],
        "intervals": [second],
        "streams": [{"id": "s1", "opened_at": second["start"]}],
    }
    await handle.signal("become", told | {"server_call_id": "server"})
    before = await asked.look(key)
    await stage.save(theatre.store, key, stage.words(2, participant="4:+12025550177"))
    with monkeypatch.context() as patch:
        patch.setattr(looking, "_status", no_description)
        untold = await asked.look(key)
    assert untold.problem == NO_WORKER
    assert (untold.segments, untold.participants) == (2, dict(before.participants) | {"4:+12025550177": ""})
    assert (untold.gaps, untold.intervals, untold.streams) == (before.gaps, before.intervals, before.streams)
    assert (untold.connected_at, untold.server_call_id) == (before.connected_at, "server")
    with monkeypatch.context() as patch:
        patch.setattr(looking, "_status", unavailable)
        untold = await asked.look(key)
    assert (untold.problem, untold.live, untold.gaps) == (TEMPORAL_AWAY, True, before.gaps)
    assert (await asked.look(key)).problem is None


async def test_an_ended_workflow_while_the_store_is_away(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can still be asked."""
    monkeypatch.setattr(store_link, "WITHIN", 0.2)
    key, handle = await theatre.call()
    await handle.signal("end")
    await handle.result()
    away = StoreLink("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    try:
        async with asyncio.timeout(20):
            found = await Looking(TemporalLink(theatre.client), away).look(key)
        assert (found.live, found.state) == (False, "transcribing"), "as it was when it ended"
    finally:
        await away.close()


async def unavailable(*_: object, **__: object) -> NoReturn:
    """What Temporal's client raises when there is no server."""
    raise RPCError("connection refused", RPCStatusCode.UNAVAILABLE, b"")


async def no_description(*_: object, **__: object) -> NoReturn:
    """What Temporal's client raises when nobody answers in time."""
    raise RPCError("Timeout expired", RPCStatusCode.DEADLINE_EXCEEDED, b"")


async def test_temporal_goes_away_in_the_midst_of_a_look(
    theatre: Theatre, asked: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored is told, and where nothing is, that nobody answers."""
    monkeypatch.setattr(WorkflowHandle, "describe", no_description)
    key, handle = await theatre.call()
    await handle.terminate()
    with pytest.raises(PageError) as nothing:
        await asked.look(key)
    assert (nothing.value.status, nothing.value.message) == (503, TEMPORAL_AWAY.message)
    await stage.save(theatre.store, key, stage.words(2))
    found = await asked.look(key)
    assert (found.segments, found.problem) == (2, TEMPORAL_AWAY)


async def test_neither_temporal_nor_the_store(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store's reason is given, as the door expects it."""
    monkeypatch.setattr(store_link, "WITHIN", 0.2)
    monkeypatch.setattr(looking, "_status", no_description)
    monkeypatch.setattr(WorkflowHandle, "describe", no_description)
    away = StoreLink("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    link = TemporalLink(theatre.client)
    handle = theatre.client.get_workflow_handle("call-c")
    try:
        with pytest.raises(StoreError):
            await Looking(link, away)._over("c", handle)
    finally:
        await away.close()


async def test_few_are_remembered(theatre: Theatre, asked: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes."""
    monkeypatch.setattr(looking, "REMEMBERED", 1)
    for key in ("a", "b"):
        await stage.seal(theatre.store, key)
        await asked.look(key)
    assert list(asked._last) == ["b"]


class Questions:
    """How often workflows are asked where they stand; the answers wait for `let`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on."""
        self.asked = 0
        self.let = asyncio.Event()
        self._ask = looking._status
        monkeypatch.setattr(looking, "_status", self.status)

    async def status(self, handle: WorkflowHandle[object, object], *, closed: bool = False) -> CallStatus:
        """Asks the workflow."""
        self.asked += 1
        await self.let.wait()
        return await self._ask(handle, closed=closed)


async def test_many_who_look_at_once_ask_once(
    theatre: Theatre, asked: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the first of them goes; those to whom that answer is too old share the next."""
    questions = Questions(monkeypatch)
    key, handle = await theatre.call()
    first = asyncio.create_task(asked.look(key, max_age=60))
    await eventually(lambda: questions.asked == 1)
    others = [asyncio.create_task(asked.look(key, max_age=60)) for _ in range(20)]
    await handle.signal("become", {"state": "paused"})
    later = [asyncio.create_task(asked.look(key)) for _ in range(20)]
    await asyncio.sleep(0)
    first.cancel()
    questions.let.set()
    found = await asyncio.gather(*others, *later)
    assert {one.key for one in found} == {key}
    assert {one.state for one in found[20:]} == {"paused"}
    assert questions.asked == 2
    assert first.cancelled()


async def test_at_the_end_nobody_waits_any_longer(
    theatre: Theatre, asked: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For an answer that does not come."""
    questions = Questions(monkeypatch)
    waiting = [asyncio.create_task(asked.look("c", max_age=60)) for _ in range(3)]
    await eventually(lambda: questions.asked == 1)
    await asked.end()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in ended] == [asyncio.CancelledError] * 3


async def test_a_temporal_that_has_too_much_to_do_is_not_taken_for_away(
    theatre: Theatre, asked: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And asked again by the next who looks."""

    async def too_much(*_: object, **__: object) -> NoReturn:
        raise RPCError("consistent query buffer is full", RPCStatusCode.RESOURCE_EXHAUSTED, b"")

    key, _ = await theatre.call()
    await stage.save(theatre.store, key, stage.words(1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looking, "_status", too_much)
        found = await asked.look(key)
    assert (found.live, found.segments, found.problem) == (True, 1, TEMPORAL_BUSY)
    assert (await asked.look(key, max_age=60)).problem is None
