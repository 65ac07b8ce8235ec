"""The calls that run: listed once for all who ask."""

import asyncio
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from ingest.temporal_link import TemporalLink
from ingest.web import running
from ingest.web.listing import Wanted
from ingest.web.running import RunningCalls
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.support.eventually import eventually


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """With what Temporal was asked for lists."""
    made: list[dict[str, Any]] = []
    ask = Client.list_workflows

    def listed(self: Client, query: str, **options: Any) -> Any:
        made.append(options)
        return ask(self, query, **options)

    monkeypatch.setattr(Client, "list_workflows", listed)
    return made


async def test_many_viewers_are_one_question(
    theatre: Theatre, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a time, and for a while; in pages that leave the loop to the sockets."""
    monkeypatch.setattr(running, "FRESH", 60.0)
    listing = theatre.ingest.site._calls._listing
    await asyncio.gather(*(listing.page(Wanted(), None) for _ in range(20)))
    await listing.page(Wanted(), None)
    (options,) = asked
    assert options["page_size"] <= 50


async def test_calls_of_several_pages(client: Client, task_queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once; a while later, listed anew."""
    monkeypatch.setattr(running, "PAGE", 2)
    calls = RunningCalls(TemporalLink(client))
    begun = [await stage.call(client, task_queue) for _ in range(3)]
    mine = sorted(key for key, _ in begun)

    async def listed() -> list[str]:
        return sorted(one.key for one in await calls.list() if one.key in mine)

    with monkeypatch.context() as patch:
        patch.setattr(running, "FRESH", 0.0)
        await eventually(lambda: _is(listed(), mine))
    for _, handle in begun:
        await handle.terminate()
    monkeypatch.setattr(running, "FRESH", 60.0)
    assert await listed() == mine, "not asked again yet"
    monkeypatch.setattr(running, "FRESH", 0.0)
    await eventually(lambda: _is(listed(), []))
    await calls.end()


async def _is(found: Any, wanted: list[str]) -> bool:
    return bool(await found == wanted)


async def test_who_goes_does_not_take_the_list_away(client: Client, asked: list[dict[str, Any]]) -> None:
    """Those who stay get it from the same question."""
    calls = RunningCalls(TemporalLink(client))
    first, second = (asyncio.create_task(calls.list()) for _ in range(2))
    await asyncio.sleep(0)  # both have asked, and nobody has answered
    first.cancel()
    await second
    assert (len(asked), first.cancelled()) == (1, True)


async def test_what_failed_is_not_remembered(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Temporal, or with one that does not tell; the next who asks may be luckier."""
    with pytest.raises(TimeoutError):
        await RunningCalls(TemporalLink()).list()
    calls = RunningCalls(TemporalLink(client))
    with monkeypatch.context() as patch:
        patch.setattr(running, "_QUERY", "this is no query")
        with pytest.raises(RPCError):
            await calls.list()
    assert isinstance(await calls.list(), tuple)
