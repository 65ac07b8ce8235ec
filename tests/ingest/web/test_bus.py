"""Captions between ingest processes, through a real PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import Client
from websockets.asyncio.client import connect

from callscribe.contracts.captions import Caption
from ingest.main import RunningIngest, running_ingest
from ingest.web import bus as bus_module
from ingest.web.bus import BELIEVED, LARGEST, CaptionBus, _messages, bus_for, connection_arguments
from tests.ingest.stack import final, intermediate, settings_for, socket_url
from tests.ingest.test_viewing import watching
from tests.ingest.web import stage
from tests.ingest.web.test_live import reading, until
from tests.ingest.web.visiting import visiting
from tests.support.eventually import eventually
from tests.support.postgresql import postgresql


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with postgresql() as server:
        yield f"postgresql+asyncpg://postgres@{server}/postgres"


@asynccontextmanager
async def replicas(home: Path, database: str, client: Client, task_queue: str) -> AsyncIterator[list[RunningIngest]]:
    """Two ingest processes' worth, with an outbox each and one store."""
    settings = [settings_for(home / name, store_url=database) for name in ("one", "two")]
    async with (
        running_ingest(settings[0], client, task_queue=task_queue) as one,
        running_ingest(settings[1], client, task_queue=task_queue) as two,
    ):
        yield [one, two]


async def test_a_viewer_at_one_sees_the_sockets_of_the_other(
    database: str, tmp_path: Path, client: Client, task_queue: str
) -> None:
    """Intermediates as well, at once; also after the database has thrown the connections out."""
    key, handle = await stage.call(client, task_queue)
    async with (
        stage.stage(client, task_queue),
        replicas(tmp_path, database, client, task_queue) as (one, two),
        visiting(one) as viewer,
        connect(socket_url(two, key)) as acs,
    ):
        buses = [one.site.bus, two.site.bus]
        for bus in buses:
            assert bus is not None
            await asyncio.wait_for(bus.connected.wait(), 20)
        async with reading(viewer, key) as reader:
            await until(reader, "caught_up")
            sending = buses[1]
            assert sending is not None
            await eventually(lambda: key in sending._wanted)
            await acs.send(intermediate("Hel", 5))
            await until(reader, "intermediate", text="Hel")
            await acs.send(final("Hello.", 5))
            said = await until(reader, "segment", text="Hello.")
            assert said[-1]["data"]["stored"] is False, "it came from the other process, not from the store"
            await throw_out(database)
            await acs.send(final("Lost on the way, perhaps.", 6))

            async def speak_on() -> None:
                while True:
                    await acs.send(intermediate("Again", 700_000_000))
                    await asyncio.sleep(0.1)

            speaking = asyncio.create_task(speak_on())
            await until(reader, "intermediate", text="Again")
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
        await two.intake.publisher.idle()
    await handle.terminate()


async def test_a_reader_of_captions_at_one_sees_the_sockets_of_the_other(
    database: str, tmp_path: Path, client: Client, task_queue: str
) -> None:
    """As a page does, though no page is open; and what came from there is not sent back."""
    async with (
        stage.stage(client, task_queue),
        replicas(tmp_path, database, client, task_queue) as (one, two),
        connect(socket_url(two, "c")) as acs,
    ):
        here, away = one.site.bus, two.site.bus
        assert here is not None
        assert away is not None
        for bus in (here, away):
            await asyncio.wait_for(bus.connected.wait(), 20)
        async with watching(one, "c") as reader, watching(two, "c") as there:
            await eventually(lambda: "c" in here._wanted and "c" in away._wanted)
            await acs.send(intermediate("Hel", 5))
            await acs.send(final("Hello.", 5))
            await acs.send(final("Bye.", 6))
            for seen in (reader, there):
                texts = [(await anext(seen))["data"]["text"] for _ in range(3 + (seen is there))]
                assert texts[-3:] == ["Hel", "Hello.", "Bye."]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await anext(there)
    await two.intake.publisher.idle()


async def throw_out(database: str) -> None:
    """End every connection that listens."""
    import asyncpg  # type: ignore[import-untyped]  # it has no annotations

    connection = await asyncpg.connect(**connection_arguments(database))
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%pg_notify%'"
        )
    finally:
        await connection.close()


async def test_without_a_database_nobody_waits(caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, and captions are taken and left."""
    bus = CaptionBus("postgresql+asyncpg://nobody@127.0.0.1:1/none", "n", take=lambda *_: None, watched=list)
    running = asyncio.create_task(bus.run())
    await eventually(lambda: "other ingest processes are not seen" in caplog.text)
    bus.want("c")
    bus.offer("c", Caption(kind="intermediate", stream="s", participant="p", text="x", at=stage.BEGAN))
    assert bus._waiting == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_only_a_store_that_others_can_share_has_one() -> None:
    """A file is one machine's own."""
    assert bus_for("sqlite+aiosqlite:///x.sqlite", "n", take=lambda *_: None, watched=list) is None
    assert bus_for("nonsense", "n", take=lambda *_: None, watched=list) is None
    assert bus_for("postgresql://h/d", "n", take=lambda *_: None, watched=list) is not None


@given(st.lists(st.text(max_size=3000), max_size=30))
def test_messages_are_small_enough_and_lose_only_what_is_too_big(items: list[str]) -> None:
    """PostgreSQL refuses a message of 8,000 bytes with an error."""
    sent = []
    for message in _messages("name", "captions", items):
        assert len(message.encode()) <= LARGEST
        sent += json.loads(message)["captions"]
    assert sent == [item for item in items if len(json.dumps(item)) < LARGEST - 40 or item in sent]


async def test_what_another_version_says_is_left_alone() -> None:
    """Whatever it is."""
    taken: list[str] = []
    bus = CaptionBus("postgresql://h/d", "me", take=lambda call, _: taken.append(call), watched=list)
    caption = Caption(kind="intermediate", stream="s", participant="p", text="x", at=stage.BEGAN).model_dump(
        mode="json"
    )
    for payload in (
        "",
        "[]",
        "{}",
        "null",
        '{"from": "you", "captions": [1]}',
        '{"from": "you", "captions": [["c", {}]]}',
        '{"from": "you", "watch": 7}',
        json.dumps({"from": "me", "captions": [["mine", caption]]}),
        json.dumps({"from": "you", "captions": [["yours", caption]], "new": 1}),
    ):
        bus._on_message(None, 0, "", payload)
    assert taken == ["yours"]


async def test_captions_are_sent_for_as_long_as_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """And those of other calls never."""
    caption = Caption(kind="intermediate", stream="s", participant="p", text="x", at=stage.BEGAN)
    bus = CaptionBus("postgresql://h/d", "me", take=lambda *_: None, watched=list)
    bus._on_message(None, 0, "", json.dumps({"from": "you", "watch": ["c"]}))
    bus.offer("c", caption)
    bus.offer("d", caption)
    assert [call for call, _ in bus._waiting] == ["c"]
    bus._wanted["c"] = 0.0
    bus.offer("c", caption)
    assert len(bus._waiting) == 1
    assert bus._wanted == {}


async def test_what_is_watched_is_said_again_however_much_there_is_to_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others stop sending what nobody has asked for of late."""
    monkeypatch.setattr(bus_module, "SAID_AGAIN", 0.05)
    monkeypatch.setattr(bus_module, "TOGETHER", 0.0)
    caption = Caption(kind="intermediate", stream="s", participant="p", text="x", at=stage.BEGAN)
    bus = CaptionBus("postgresql://h/d", "me", take=lambda *_: None, watched=lambda: ["mine"])
    bus._on_message(None, 0, "", json.dumps({"from": "you", "watch": ["c"]}))
    said = 0

    class Busy:
        """A connection during whose every message another caption comes."""

        async def execute(self, _: str, __: str, message: str) -> None:
            nonlocal said
            said += "watch" in json.loads(message)
            bus.offer("c", caption)
            await asyncio.sleep(0)

    bus.offer("c", caption)
    sending = asyncio.create_task(bus._send_for_ever(Busy()))
    await eventually(lambda: said >= 3, within=BELIEVED / 2)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


def test_the_stores_address_is_the_drivers() -> None:
    """Without what is SQLAlchemy's own."""
    assert connection_arguments("postgresql+asyncpg://u:p%40@h:5/d?ssl=require&prepared_statement_cache_size=0") == {
        "host": "h",
        "port": 5,
        "user": "u",
        "password": "p@",
        "database": "d",
        "ssl": "require",
    }
