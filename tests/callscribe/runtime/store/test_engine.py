"""One engine per store, as each database wants to be spoken to."""

from pathlib import Path

import pytest

from callscribe.runtime.store import StoreError, TranscriptStore
from callscribe.runtime.store.engine import is_shared_connection, make_engine


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite://", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///:memory:", "sqlite+aiosqlite"),
        ("postgres://u@h/d", "postgresql+asyncpg"),
        ("postgresql://u@h/d", "postgresql+asyncpg"),
        ("postgresql+asyncpg://u@h/d", "postgresql+asyncpg"),
    ],
)
async def test_addresses(url: str, driver: str) -> None:
    """The usual spellings all find the asynchronous driver, and no engine prints its parameters."""
    engine = make_engine(url)
    assert engine.url.drivername == driver
    assert engine.sync_engine.hide_parameters
    assert is_shared_connection(engine) is driver.startswith("sqlite")
    await engine.dispose()


@pytest.mark.parametrize("url", ["", "mysql://h/d", "transcripts.sqlite", "postgresql+psycopg2://u:hunter2@h/d"])
def test_other_kinds_are_refused(url: str) -> None:
    """With the forms that are understood, and without the password."""
    with pytest.raises(StoreError, match="CALLSCRIBE_STORE_URL") as caught:
        make_engine(url)
    assert "hunter2" not in str(caught.value)


async def test_sqlite_is_made_durable(tmp_path: Path) -> None:
    """Write-ahead log, full synchronisation, foreign keys and patience, on every connection; the folder is made."""
    url = f"sqlite:///{tmp_path / 'a' / 'b' / 'c.sqlite'}"
    async with await TranscriptStore.open(url) as store, store._engine.connect() as connection:
        found = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 10_000]
