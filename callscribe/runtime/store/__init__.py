"""The transcript store: every final segment of every call, in SQLite by default, in PostgreSQL by URL.

store.py       TranscriptStore: all that others use
saving.py      what a transaction writes: segments, or a call's end
reading.py     one call; listing.py many calls; searching.py what was said in them
people.py      who is on a call, and the names that people gave
deliveries.py  messages to webhooks, and what became of them
words.py       a text's words as they are searched for; indexing.py keeps them, queries.py asks for them,
               snippets.py shows where they are
records.py     what reading returns; cursors.py where a page of it ended
database.py    snapshots and transactions, and the tables made ready
writing.py     transactions, written to the end
engine.py      one engine per store, as each database wants to be spoken to
schema.py      the tables, and upgrading.py with migrations/ the way to them
rows.py        models to rows and back
errors.py      a database's errors, without a word that was said
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from callscribe.runtime.store.cursors import CursorError
from callscribe.runtime.store.errors import StoreAddressError, StoreError
from callscribe.runtime.store.queries import QueryError
from callscribe.runtime.store.records import (
    CallFilter,
    Delivery,
    DeliveryState,
    Feed,
    LastWords,
    SearchHit,
    SearchResult,
    StoredCall,
    StoredTranscript,
)
from callscribe.runtime.store.snippets import SnippetPart

if TYPE_CHECKING:
    from callscribe.runtime.store.store import TranscriptStore

__all__ = [
    "CallFilter",
    "CursorError",
    "Delivery",
    "DeliveryState",
    "Feed",
    "LastWords",
    "QueryError",
    "SearchHit",
    "SearchResult",
    "SnippetPart",
    "StoreAddressError",
    "StoreError",
    "StoredCall",
    "StoredTranscript",
    "TranscriptStore",
    "open_store",
]


async def open_store(url: str, *, upgrading: Callable[[], None] | None = None) -> "TranscriptStore":
    """As `TranscriptStore.open`, for programs that start often and rarely read: the database's library, half a second of
    imports, is loaded only now.
    """
    from callscribe.runtime.store.store import TranscriptStore

    return await TranscriptStore.open(url, upgrading=upgrading)


def __getattr__(name: str) -> object:
    if name == "TranscriptStore":
        from callscribe.runtime.store.store import TranscriptStore

        return TranscriptStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
