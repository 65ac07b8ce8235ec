"""A database's errors, without a word that was said."""

import sqlite3

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
from sqlalchemy.exc import DataError, OperationalError

from callscribe.runtime.store.errors import StoreError, reported
from tests.callscribe.runtime.store.conftest import SECRET_WORDS


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")), "disk is full"),
        (sqlite3.OperationalError("database is locked"), "database is locked"),
        (sqlite3.DatabaseError("database disk image is malformed"), "database disk image is malformed"),
        (sqlite3.IntegrityError(SECRET_WORDS), "IntegrityError"),
        (DataError("INSERT", {"text": SECRET_WORDS}, ValueError(f"bad value {SECRET_WORDS}")), "ValueError"),
        (asyncpg.exceptions.InvalidPasswordError(SECRET_WORDS), "InvalidPasswordError (28P01)"),
        (asyncpg.exceptions.InterfaceError(SECRET_WORDS), "InterfaceError"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_each_becomes_a_store_error(raised: Exception, says: str) -> None:
    """Sentence, cause and advice; values and the original's frames stay out."""
    with pytest.raises(StoreError) as caught, reported("could not be tried"):
        raise raised
    assert caught.value.message.startswith("The transcript store could not be tried: ")
    assert says in caught.value.message
    assert SECRET_WORDS not in str(caught.value)
    assert caught.value.__suppress_context__


def test_our_own_pass_through() -> None:
    """A StoreError stays what it is, and a mistake of ours is not taken for the database's."""
    with pytest.raises(StoreError, match="mine"), reported("x"):
        raise StoreError("mine")
    with pytest.raises(KeyError), reported("x"):
        raise KeyError("ours")
