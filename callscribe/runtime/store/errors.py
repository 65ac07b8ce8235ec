"""Errors of the transcript store. No message of theirs quotes a parameter: parameters are what people said."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

_ADVICE = (
    "Check that the database of CALLSCRIBE_STORE_URL is running, reachable and not full; what waits is stored then."
)
NO_DATABASE = "file is not a database"
"""SQLite's own words; never a value."""
_CLASS_NAME = re.compile(r"<class '(?:\w+\.)*(\w+)'>")


class StoreError(Exception):
    """The transcript store could not be opened, read or written."""

    def __init__(self, message: str, advice: str = _ADVICE) -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        """What happened, in a sentence."""
        self.advice = advice
        """What to do about it, in a sentence."""


class StoreAddressError(StoreError):
    """`CALLSCRIBE_STORE_URL` names no store that there could be: nothing was tried."""


@contextmanager
def reported(doing: str) -> Iterator[None]:
    """Turn every error of a database or of the way to it into a `StoreError`; `doing` completes 'The transcript store …'.

    The original is not chained: its text and its frames hold statements and values.
    """
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except StoreError:
        raise
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        raise StoreError(f"The transcript store {doing}: {_cause(error)}.") from None
    except Exception as error:
        # asyncpg raises errors of its own, unwrapped, while it connects.
        if not type(error).__module__.startswith("asyncpg"):
            raise
        raise StoreError(f"The transcript store {doing}: {_cause(error)}.") from None


def _cause(error: BaseException) -> str:
    from sqlalchemy.exc import DBAPIError

    origin: BaseException = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(origin, sqlite3.OperationalError):
        return str(origin)  # "database is locked", "database or disk is full": never a value
    if type(origin) is sqlite3.DatabaseError:
        return str(origin)  # "file is not a database", "database disk image is malformed"
    if isinstance(origin, OSError):
        return origin.strerror or type(origin).__name__
    named = _CLASS_NAME.match(str(origin))  # SQLAlchemy's asyncpg dialect puts the original class first
    name = named[1] if named else type(origin).__name__
    state = getattr(origin, "sqlstate", None)
    return f"{name} ({state})" if state else name
