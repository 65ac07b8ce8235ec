"""One engine per store, as each database wants to be spoken to."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from callscribe.runtime.store.errors import StoreAddressError, StoreError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_FORMS = "CALLSCRIBE_STORE_URL is 'sqlite+aiosqlite:///<file>' or 'postgresql+asyncpg://<user>:<password>@<host>/<database>'."
_SQLITE_PATIENCE_MS = 10_000


def make_engine(url: str | URL, *, patient: bool = False) -> AsyncEngine:
    """An engine for `url`; for SQLite, the file's folder is made. A `patient` one lets a statement take as long as it wants
    to, as bringing a large store up to date does. Raises `StoreError` for any other kind of address.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    return create_async_engine(
        address,
        hide_parameters=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=20,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"timeout": 10, "command_timeout": None if patient else 30},
    )


def is_shared_connection(engine: AsyncEngine) -> bool:
    """Whether all of the engine's users share one connection: SQLite in memory."""
    return engine.dialect.name == "sqlite" and engine.url.database in {None, "", ":memory:"}


def _address(url: str | URL) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreAddressError("The transcript store's address cannot be read.", _FORMS) from None
    driver = _DRIVERS.get(address.drivername)
    if driver is None:
        raise StoreAddressError(f"The transcript store cannot be of the kind '{address.drivername}'.", _FORMS)
    return address.set(drivername=driver)


def _sqlite(address: URL) -> AsyncEngine:
    file = address.database
    if file and file != ":memory:" and not file.startswith("file:"):
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The folder of the transcript store cannot be made: {error.strerror or type(error).__name__}."
            raise StoreError(message, "Choose another place with CALLSCRIBE_HOME or CALLSCRIBE_STORE_URL.") from None
    engine = create_async_engine(address, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    try:
        # First the patience, so that the change to WAL waits for other processes too.
        cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_PATIENCE_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # a saved segment survives a loss of power
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()
