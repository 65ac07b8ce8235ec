"""From an older store, or from none, to this one; on both databases, whoever opens it and however many at once."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from callscribe.runtime.store import StoreError, TranscriptStore
from callscribe.runtime.store.engine import make_engine
from callscribe.runtime.store.schema import VERSION, metadata
from callscribe.runtime.store.upgrading import is_current, upgrade
from tests.callscribe.runtime.store.conftest import saving, sealing, segment

VERSION_1 = (
    "CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version))",
    """CREATE TABLE calls (key TEXT NOT NULL, started_at {instant} NOT NULL, connected_at {instant}, ended_at {instant},
        end_reason TEXT NOT NULL, locale TEXT, call_connection_id TEXT, correlation_id TEXT, state TEXT, verdict TEXT,
        revision INTEGER NOT NULL, sealed_revision INTEGER NOT NULL, participants JSON NOT NULL, request JSON, result JSON,
        PRIMARY KEY (key))""",
    "CREATE INDEX calls_by_start ON calls (started_at, key)",
    """CREATE TABLE streams (call TEXT NOT NULL, id TEXT NOT NULL, opened_at {instant} NOT NULL, closed_at {instant},
        close_reason TEXT, call_connection_id TEXT, correlation_id TEXT, PRIMARY KEY (call, id),
        FOREIGN KEY(call) REFERENCES calls (key) ON DELETE CASCADE)""",
    """CREATE TABLE segments (call TEXT NOT NULL, stream TEXT NOT NULL, position BIGINT NOT NULL, identity TEXT NOT NULL,
        participant TEXT NOT NULL, text TEXT NOT NULL, "offset" BIGINT NOT NULL, duration BIGINT, words JSON NOT NULL,
        confidence DOUBLE PRECISION, locale TEXT, subscription TEXT, received_at {instant} NOT NULL,
        PRIMARY KEY (call, stream, position),
        FOREIGN KEY(call, stream) REFERENCES streams (call, id) ON DELETE CASCADE,
        CONSTRAINT segments_said_once UNIQUE (call, identity))""",
    "INSERT INTO schema_version VALUES (1)",
    """INSERT INTO calls (key, started_at, end_reason, revision, sealed_revision, participants)
        VALUES ('old', '2026-01-02 03:04:05', '', 0, 0, '{{}}')""",
)
"""The tables as they were before there were migrations, with a call in them."""


async def make_version_1(url: str) -> None:
    """A store as the first Callscribe made it."""
    engine = make_engine(url)
    instant = "DATETIME" if engine.dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    async with engine.begin() as connection:
        for statement in VERSION_1:
            await connection.execute(text(statement.format(instant=instant)))
    await engine.dispose()


async def version_of(url: str) -> tuple[int, str]:
    """The store's own number, and Alembic's."""
    engine = make_engine(url)
    async with engine.connect() as connection:
        ours = (await connection.execute(text("SELECT version FROM schema_version"))).scalar_one()
        alembics = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
    await engine.dispose()
    return ours, alembics


async def test_version_1_is_brought_up_to_date(url: str) -> None:
    """What is in it stays, and what is new works; opening it again changes nothing."""
    await make_version_1(url)
    for _ in range(2):
        async with await TranscriptStore.open(url) as store:
            old = await store.transcript("old")
            assert old is not None
            assert (await store.sealed("old")).result is None
            await store.save(saving(segment(1)))
            await store.seal(sealing())
            assert (await store.sealed("k")).revision == 1
    assert await version_of(url) == (VERSION, f"{VERSION:04}")


async def test_whoever_waits_is_told_before_an_upgrade(url: str) -> None:
    """Not where the tables are new, and not where they are current."""
    begun: list[str] = []
    await make_version_1(url)
    for when in ("old", "current"):
        async with await TranscriptStore.open(url, upgrading=partial(begun.append, when)):
            pass
    assert begun == ["old"]


async def test_new_tables_are_no_upgrade(url: str) -> None:
    """They are made in a moment."""
    begun: list[bool] = []
    async with await TranscriptStore.open(url, upgrading=lambda: begun.append(True)):
        pass
    assert begun == []


async def test_many_that_start_together_upgrade_once(url: str) -> None:
    """Worker, ingest and commands open the store at the same time: one of them does the work."""
    await make_version_1(url)
    stores = await asyncio.gather(*(TranscriptStore.open(url) for _ in range(8)))
    for store in stores:
        assert await store.transcript("old") is not None
        await store.close()
    assert await version_of(url) == (VERSION, f"{VERSION:04}")


async def test_the_steps_lead_to_the_tables_of_the_code(url: str) -> None:
    """Alembic sees no difference between what the migrations made and what `schema` says."""
    await (await TranscriptStore.open(url)).close()
    engine = make_engine(url)

    def differences(connection: Connection) -> list[object]:
        is_sqlite = connection.dialect.name == "sqlite"
        ours = {
            # FTS5 keeps tables of its own, which no column of ours describes; and it is SQLite's index of words.
            "include_name": lambda name, kind, _: kind != "table" or not name.startswith("segment_words"),
            "include_object": lambda _, name, *__: not (is_sqlite and name == "segments_by_words"),
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=ours), metadata))

    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []


async def test_a_newer_store_is_refused_by_name(url: str) -> None:
    """And left as it is."""
    await (await TranscriptStore.open(url)).close()
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE schema_version SET version = 99"))
        for ask in (is_current, upgrade):
            with pytest.raises(StoreError, match=f"version 99.*knows version {VERSION}.*or a newer one"):
                await connection.run_sync(ask)
    await engine.dispose()
    with pytest.raises(StoreError, match="version 99"):
        await TranscriptStore.open(url)


async def test_a_step_that_fails_leaves_everything_as_it_was(url: str) -> None:
    """All steps are one transaction."""
    await make_version_1(url)
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE calls ADD COLUMN facts TEXT"))  # so that the step stumbles
    with pytest.raises(StoreError):
        await TranscriptStore.open(url)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT version FROM schema_version"))).scalar_one() == 1
        assert not await connection.run_sync(is_current)
    await engine.dispose()


def test_the_steps_are_there_without_a_checkout() -> None:
    """What Alembic needs is beside the module that calls it."""
    from callscribe.runtime.store import upgrading

    for name in ("env.py", "script.py.mako", "alembic.ini", "versions/v0001_first_tables.py"):
        assert (Path(upgrading.__file__).parent / "migrations" / name).is_file()
