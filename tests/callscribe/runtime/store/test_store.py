"""The transcript store, on SQLite and on a real PostgreSQL."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from callscribe.contracts.status import CallState
from callscribe.contracts.steps import SaveOutcome, SealOutcome
from callscribe.runtime.store import StoreError, TranscriptStore
from callscribe.transcript.facts import VerdictKind
from callscribe.transcript.model import Segment
from cli.ports import free_port
from tests.callscribe.runtime.store.conftest import SECRET_WORDS, START, opening, saving, sealing, segment


async def test_what_is_saved_is_read(store: TranscriptStore) -> None:
    """Every field comes back as it was: 64-bit offsets, words, zones, floats."""
    said = (segment(1), segment(2, words=(), confidence=None, duration=None, locale=None))
    assert await store.save(saving(*said)) == SaveOutcome(stored=2, duplicates=0)
    found = await store.transcript("k")
    assert found is not None
    assert found.segments == said
    assert (found.state, found.revision, found.segment_count) == (None, 0, 2)
    assert found.started_at == START
    assert [(stream.id, stream.opened_at, stream.closed_at) for stream in found.streams] == [("s1", START, None)]


async def test_saving_again_changes_nothing(store: TranscriptStore) -> None:
    """The same request twice, and a request that holds the same twice."""
    await store.save(saving(segment(1), segment(2)))
    assert await store.save(saving(segment(1), segment(2))) == SaveOutcome(stored=2, duplicates=0)
    assert await store.save(saving(segment(3), segment(3))) == SaveOutcome(stored=1, duplicates=1)
    found = await store.transcript("k")
    assert found is not None
    assert [one.position for one in found.segments] == [1, 2, 3]


async def test_a_replay_after_a_reconnection_is_not_said_twice(store: TranscriptStore) -> None:
    """The same result in another stream at another position is the same segment; in another call it is not."""
    await store.save(saving(segment(1), segment(2)))
    replayed = [segment(1, "s2", text=segment(2).text, offset=segment(2).offset), segment(2, "s2", text="news")]
    outcome = await store.save(saving(*replayed, streams=(opening("s2", 1),)))
    assert outcome == SaveOutcome(stored=1, duplicates=1)
    assert await store.save(saving(segment(1), key="other")) == SaveOutcome(stored=1, duplicates=0)


async def test_order_is_by_opening_then_position(store: TranscriptStore) -> None:
    """However they arrive and whatever the streams are called."""
    await store.save(saving(segment(2, "a", text="4"), streams=(opening("a", 5),)))
    await store.save(saving(segment(2, "z", text="2"), segment(1, "z", text="1"), streams=(opening("z", 1),)))
    await store.save(saving(segment(1, "a", text="3"), streams=(opening("a", 5),)))
    found = await store.transcript("k")
    assert found is not None
    assert [one.text for one in found.segments] == ["1", "2", "3", "4"]


async def test_a_stream_that_was_not_named_is_made(store: TranscriptStore) -> None:
    """A segment is never refused because its stream is unknown."""
    outcome = await store.save(saving(segment(1, "unnamed"), streams=()))
    assert outcome.stored == 1
    found = await store.transcript("k")
    assert found is not None
    assert [(stream.id, stream.opened_at) for stream in found.streams] == [("unnamed", segment(1).received_at)]


async def test_nothing_to_save(store: TranscriptStore) -> None:
    """An empty request makes no call; one with a stream alone makes the call and the stream."""
    assert await store.save(saving(streams=())) == SaveOutcome(stored=0, duplicates=0)
    assert await store.transcript("k") is None
    assert await store.save(saving()) == SaveOutcome(stored=0, duplicates=0)
    found = await store.transcript("k")
    assert found is not None
    assert len(found.streams) == 1


async def test_characters_and_numbers_that_no_database_takes(store: TranscriptStore) -> None:
    """A NUL or an offset beyond 64 bits is made storable, and the words beside it are kept."""
    odd = segment(1, text="a\x00b", offset=2**70, words=(), participant="4:\x00")
    assert (await store.save(saving(odd))).stored == 1
    assert (await store.save(saving(odd))).stored == 1
    found = await store.transcript("k")
    assert found is not None
    assert (found.segments[0].text, found.segments[0].offset) == ("a\ufffdb", 2**63 - 1)


async def test_sealing(store: TranscriptStore) -> None:
    """The end, the verdict, the names and the streams' closings; the secret of an answered call is not kept."""
    await store.save(saving(segment(1), segment(2)))
    assert await store.seal(sealing()) == SealOutcome(revision=1, segments=2)
    found = await store.transcript("k")
    assert found is not None
    assert (found.state, found.revision, found.locale) == (CallState.SEALED, 1, "en-US")
    assert found.verdict is not None
    assert found.verdict.kind is VerdictKind.COMPLETE
    assert found.participants == {"4:+14255550123": "Ada"}
    assert (found.started_at, found.connected_at) == (START - timedelta(seconds=5), START)
    assert (found.call_connection_id, found.correlation_id) == ("cc", "corr")
    assert found.streams[0].close_reason == "closed by ACS"
    assert found.result == sealing().result
    async with store._engine.connect() as connection:
        assert "let-me-in" not in str((await connection.execute(text("SELECT * FROM calls"))).all())


async def test_sealing_again_changes_nothing(store: TranscriptStore) -> None:
    """The same seal is the same revision; another result is the next one."""
    await store.save(saving(segment(1)))
    assert [(await store.seal(sealing())).revision for _ in range(3)] == [1, 1, 1]
    assert (await store.seal(sealing(end_reason="lost"))).revision == 2
    assert (await store.seal(sealing(end_reason="lost"))).revision == 2


async def test_late_segments_amend_a_sealed_transcript(store: TranscriptStore) -> None:
    """Late words make revision 2, repeats make nothing, and the next seal takes revision 2 as it is."""
    await store.save(saving(segment(1)))
    await store.seal(sealing())
    await store.save(saving(segment(1)))
    assert (await store.calls())[0].revision == 1
    await store.save(saving(segment(2)))
    await store.save(saving(segment(3)))
    assert (await store.calls())[0].revision == 2
    assert await store.seal(sealing(segments=3)) == SealOutcome(revision=2, segments=3)
    assert (await store.calls())[0].revision == 2


async def test_a_call_without_a_word_is_sealed(store: TranscriptStore) -> None:
    """A failed call is in the store too, with its reason."""
    assert await store.seal(sealing(kind=VerdictKind.FAILED)) == SealOutcome(revision=1, segments=0)
    found = await store.transcript("k")
    assert found is not None
    assert found.state is CallState.FAILED


async def test_the_list_pages_from_the_newest(store: TranscriptStore) -> None:
    """Newest first, page by page, none twice and none left out, even where two began at the same instant."""
    for number in range(7):
        await store.save(saving(segment(1), key=f"k{number}", streams=(opening(minutes=number // 2),)))
    pages: list[list[str]] = []
    before: str | None = None
    while page := await store.calls(limit=3, before=before):
        pages.append([call.key for call in page])
        before = page[-1].key
    assert pages == [["k6", "k5", "k4"], ["k3", "k2", "k1"], ["k0"]]
    assert {call.segment_count for call in await store.calls()} == {1}
    assert await store.calls(before="unknown") == []
    assert await store.transcript("unknown") is None


async def test_two_hundred_calls_at_once(store: TranscriptStore) -> None:
    """Each saves, repeats itself and seals, all together; every word is there once."""

    async def one(key: str) -> None:
        for position in (1, 2, 3):
            await store.save(saving(segment(position), key=key))
        await asyncio.gather(store.save(saving(segment(3), key=key)), store.save(saving(segment(4), key=key)))
        assert (await store.seal(sealing(key))).segments == 4

    async with asyncio.TaskGroup() as group:
        for number in range(200):
            group.create_task(one(f"k{number}"))
    found = await store.calls(limit=1000)
    assert len(found) == 200
    assert {(call.segment_count, call.revision) for call in found} == {(4, 1)}


async def test_several_processes_open_and_write_at_once(url: str) -> None:
    """Stores opened together on an empty database, as worker, ingest and CLI do, and all of them writing the same."""
    stores = await asyncio.gather(*(TranscriptStore.open(url) for _ in range(6)))
    try:
        everything = [segment(position) for position in range(1, 21)]
        outcomes = await asyncio.gather(*(store.save(saving(*everything)) for store in stores for _ in range(5)))
        assert set(outcomes) == {SaveOutcome(stored=20, duplicates=0)}
    finally:
        for store in stores:
            await store.close()


async def test_a_save_that_is_cancelled_leaves_the_store_usable(store: TranscriptStore) -> None:
    """Cancelled at any point, the store goes on, and what was saved is all or nothing."""
    for number in range(10):
        key = f"k{number}"
        saved = asyncio.create_task(store.save(saving(segment(1), segment(2), key=key)))
        for _ in range(number):
            await asyncio.sleep(0)
        saved.cancel()
        await asyncio.wait({saved})
        outcome = await store.save(saving(segment(1), segment(2), key=key))
        assert (outcome.stored, outcome.duplicates) == (2, 0)


async def test_reopening_keeps_everything(url: str) -> None:
    """The store is not made anew, and a version that is not ours is refused by name."""
    async with await TranscriptStore.open(url) as store:
        await store.save(saving(segment(1)))
    async with await TranscriptStore.open(url) as store:
        assert (await store.calls())[0].segment_count == 1
        async with store._engine.begin() as connection:
            await connection.execute(text("UPDATE schema_version SET version = 99"))
    with pytest.raises(StoreError, match="version 99"):
        await TranscriptStore.open(url)


async def test_errors_tell_no_word(store: TranscriptStore, caplog: pytest.LogCaptureFixture) -> None:
    """A table that is gone: the error says what failed; neither it nor the log quotes what was said."""
    async with store._engine.begin() as connection:
        await connection.execute(text("DROP TABLE segments"))
    with caplog.at_level(logging.INFO), pytest.raises(StoreError) as caught:
        await store.save(saving(segment(1)))
    assert "could not save segments" in caught.value.message
    assert caught.value.advice
    assert caught.value.__cause__ is None
    assert SECRET_WORDS not in f"{caught.value}{caplog.text}"
    with pytest.raises(StoreError, match="could not be read"):
        await store.calls()


async def test_a_locked_sqlite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that holds the write lock too long: an error that can be repeated, and then it works."""
    monkeypatch.setattr("callscribe.runtime.store.engine._SQLITE_PATIENCE_MS", 50)
    url = f"sqlite+aiosqlite:///{tmp_path / 'locked.sqlite'}"
    async with await TranscriptStore.open(url) as store:
        other = create_async_engine(url)
        async with other.connect() as holder:
            await holder.exec_driver_sql("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="database is locked"):
                await store.save(saving(segment(1)))
            assert await store.transcript("k") is None  # readers are not held up
        await other.dispose()
        assert (await store.save(saving(segment(1)))).stored == 1


async def test_places_that_cannot_be_opened(tmp_path: Path) -> None:
    """A folder in the way, a file that is no database, a server that is not there: one clear error each."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("this is not a database, and long enough to be taken for none " * 40)
    for url in (
        f"sqlite:///{tmp_path / 'folder'}",
        f"sqlite:///{tmp_path / 'text'}",
        f"sqlite:///{tmp_path / 'text' / 'below.sqlite'}",
        f"postgresql://user:hunter2@127.0.0.1:{free_port()}/x",
    ):
        with pytest.raises(StoreError) as caught:
            await TranscriptStore.open(url)
        assert "hunter2" not in str(caught.value)


SAID = ("yes", "no", "", "\x00", "yes", "perhaps")
"""What stands at each position, in both streams: a stream is written once, so a place never has two texts."""
said = st.builds(
    lambda stream, position: segment(position, stream, text=SAID[position - 1], offset=7),
    st.sampled_from(["a", "b"]),
    st.integers(1, len(SAID)),
)


@pytest.fixture
async def in_memory() -> AsyncIterator[TranscriptStore]:
    """One store for all examples, each with a call of its own."""
    async with await TranscriptStore.open("sqlite+aiosqlite://") as opened:
        yield opened


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(said, max_size=6), max_size=6))
async def test_saving_is_a_set_union(in_memory: TranscriptStore, batches: list[list[Segment]]) -> None:
    """However batches overlap and repeat: the store holds each place and each identity once, and answers the same again."""
    key = uuid.uuid4().hex
    outcomes = []
    for batch in [*batches, *batches]:
        request = saving(*batch, key=key, streams=(opening("a"), opening("b", 1)))
        outcomes.append(await in_memory.save(request))
        assert outcomes[-1].stored + outcomes[-1].duplicates == len(batch)
    assert outcomes[: len(batches)] == outcomes[len(batches) :]
    found = await in_memory.transcript(key)
    kept = found.segments if found else ()
    assert len({(one.stream, one.position) for one in kept}) == len(kept) == (found.segment_count if found else 0)
    sent = [one for batch in batches for one in batch]
    assert {one.identity for one in sent} >= {one.identity for one in kept if "\ufffd" not in one.text}
    places, identities = {(one.stream, one.position) for one in kept}, {one.text for one in kept}
    for one in sent:
        assert (one.stream, one.position) in places or one.text.replace("\x00", "\ufffd") in identities
