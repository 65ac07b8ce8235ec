"""What was said while ingest did not answer: its live captions are gone, the transcript store has the words."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from callscribe.contracts.captions import Caption
from callscribe.runtime.store import StoreError, open_store

_OVERLAP: Final = timedelta(seconds=60)
"""How much earlier than the newest caption to look: streams overlap, and what has been shown is not shown again."""


class Missed:
    """Reads on in the store from where it was; a store that is away has missed nothing that it could tell."""

    def __init__(self, store_url: str, key: str) -> None:
        self._store_url = store_url
        self._key = key
        self._cursor: str | None = None

    async def captions(self, newest: datetime | None) -> AsyncIterator[Caption]:
        """The finals that the store has got since it was asked last, from about `newest` on, as captions."""
        try:
            async with await open_store(self._store_url) as store:
                while True:
                    found, self._cursor = await store.segments_since(self._key, self._cursor)
                    if not found:
                        return
                    for segment in found:
                        if newest is None or segment.received_at >= newest - _OVERLAP:
                            yield Caption.of_final(segment)
        except StoreError:
            return
