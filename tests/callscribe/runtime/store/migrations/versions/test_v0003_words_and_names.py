"""The third step, from a store of version 2 with calls in it; what it makes is compared with the code in `test_upgrading`."""

import json
from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from callscribe.runtime.store import CallFilter, TranscriptStore
from callscribe.runtime.store.engine import make_engine
from callscribe.runtime.store.migrations.versions import v0003_words_and_names
from callscribe.runtime.store.upgrading import MIGRATIONS
from callscribe.transcript.model import Segment
from tests.callscribe.runtime.store.conftest import START, opening, saving, segment


def test_it_follows_the_second() -> None:
    """In a line."""
    assert (v0003_words_and_names.revision, v0003_words_and_names.down_revision) == ("0003", "0002")


async def make_version_2(url: str, calls: int, segments: int) -> None:
    """A store of version 2 with so many calls of so many segments; the first call is sealed, with a name."""

    def make(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        keep = (
            (lambda instant: instant)
            if connection.dialect.name != "sqlite"
            else (lambda instant: f"{instant:%F %T.%f}")
        )
        for number in range(calls):
            names = json.dumps({"4:+14255550123": "Ada Lovelace"} if number == 0 else {})
            connection.execute(
                text(
                    "INSERT INTO calls (key, started_at, end_reason, state, revision, sealed_revision, participants) "
                    "VALUES (:key, :at, '', :state, 0, 0, :names)"
                ),
                {"key": f"k{number}", "at": keep(START), "state": "sealed" if number == 0 else None, "names": names},
            )
            connection.execute(
                text("INSERT INTO streams (call, id, opened_at) VALUES (:key, 's1', :at)"),
                {"key": f"k{number}", "at": keep(START)},
            )
            connection.execute(
                text(
                    'INSERT INTO segments (call, stream, position, identity, participant, text, "offset", words, '
                    "received_at) VALUES (:key, 's1', :position, :identity, :participant, :text, 5, '[]', :at)"
                ),
                [
                    {
                        "key": f"k{number}",
                        "position": position,
                        "identity": segment(position).identity,
                        "participant": "4:+14255550123",
                        "text": f"Größe {position} of call {number}",
                        "at": keep(START + timedelta(seconds=position)),
                    }
                    for position in range(segments, 0, -1)
                ],
            )

    engine = make_engine(url)
    async with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        await connection.run_sync(make)
        await connection.commit()
    await engine.dispose()


@pytest.mark.parametrize("segments", [3, 1201])
async def test_what_version_2_held_is_there_and_found(url: str, segments: int) -> None:
    """Segments are found by their words, counted, numbered in the order of arrival; names and ids filter the list."""
    await make_version_2(url, calls=2, segments=segments)
    async with await TranscriptStore.open(url) as store:
        found = await store.transcript("k0")
        assert found is not None
        assert [one.position for one in found.segments] == list(range(1, segments + 1))
        assert found.participants == {"4:+14255550123": "Ada Lovelace"}
        assert {call.segment_count for call in await store.calls()} == {segments}
        assert [call.key for call in await store.calls(where=CallFilter(text="lovelace"))] == ["k0"]
        assert len(await store.calls(where=CallFilter(text="+1 (425) 555"))) == 2
        hits = (await store.search(f"grosse {segments}", key="k1")).hits
        assert [(hit.key, hit.segment.text) for hit in hits] == [("k1", f"Größe {segments} of call 1")]
        so_far, cursor = await store.segments_since("k1", limit=2000)
        assert [one.position for one in so_far] == list(range(1, segments + 1))
        await store.save(saving(_more(segments + 1), key="k1"))
        assert [one.position for one in (await store.segments_since("k1", cursor))[0]] == [segments + 1]
        assert (await store.search("brandnew")).hits[0].key == "k1"
        assert (await store.save(saving(segment(1), key="k0"))).stored == 1  # as it was there before


def _more(position: int) -> Segment:
    return segment(position, text="a brandnew word")


async def test_what_an_older_callscribe_saves_beside_is_found_later(url: str) -> None:
    """A process of version 2 that still runs after the step knows no words: the next that opens the store cuts them."""
    await (await TranscriptStore.open(url)).close()
    engine = make_engine(url)
    async with await TranscriptStore.open(url) as store:
        await store.save(saving(segment(1, text="here before"), streams=(opening(),)))
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE segments SET spoken = NULL"))
        assert (await store.search("before")).hits == ()
    await engine.dispose()
    async with await TranscriptStore.open(url) as store:
        assert len((await store.search("before")).hits) == 1
