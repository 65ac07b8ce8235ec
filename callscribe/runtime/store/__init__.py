"""The transcript store: every final segment of every call, in SQLite by default, in PostgreSQL by URL.

store.py    TranscriptStore: open, save, seal, read
writing.py  transactions, written to the end
engine.py   one engine per store, as each database wants to be spoken to
schema.py   the tables, and upgrading.py with migrations/ the way to them
rows.py     models to rows and back
records.py  what reading returns
errors.py   a database's errors, without a word that was said
"""

from callscribe.runtime.store.errors import StoreError
from callscribe.runtime.store.records import StoredCall, StoredTranscript
from callscribe.runtime.store.store import TranscriptStore

__all__ = ["StoreError", "StoredCall", "StoredTranscript", "TranscriptStore"]
