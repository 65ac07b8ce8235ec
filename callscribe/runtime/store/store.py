"""Every final segment of every call, stored once, readable and searchable after its workflow is gone."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from callscribe.contracts.amendment import SealedCall
from callscribe.contracts.steps import SaveOutcome, SaveSegments, SealOutcome, SealTranscript
from callscribe.runtime.store import deliveries, listing, reading, rows, searching
from callscribe.runtime.store.database import Database
from callscribe.runtime.store.engine import make_engine
from callscribe.runtime.store.errors import reported
from callscribe.runtime.store.people import give_name
from callscribe.runtime.store.queries import Query
from callscribe.runtime.store.records import CallFilter, Delivery, Feed, SearchResult, StoredCall, StoredTranscript
from callscribe.runtime.store.saving import Saver, is_empty
from callscribe.transcript.model import RawId, Segment, Stream

_ALL = CallFilter()


class TranscriptStore:
    """The store of all transcripts. `async with await TranscriptStore.open(url) as store`, or `close()` it.

    Every method raises `StoreError` when the database or the way to it fails; beside that only what it names. All
    writing is idempotent and safe beside other writers, in this process and in others.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._database = Database(engine)
        self._saver = Saver()

    @classmethod
    async def open(cls, url: str, *, upgrading: Callable[[], None] | None = None) -> Self:
        """The store at a SQLAlchemy URL (`sqlite+aiosqlite:///…`, `postgresql+asyncpg://…`); its tables are made if need be,
        and those of an older version brought up to date, whoever else opens it at the same time. `upgrading` is called
        before that: it may take minutes.
        """
        store = cls(make_engine(url))
        try:
            await store._database.prepare(upgrading)
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Close every connection, once what is being written is written."""
        await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def save(self, request: SaveSegments) -> SaveOutcome:
        """Store segments and their streams; what is there already stays as it is. The same answer however often.

        Segments that are new to a sealed call amend it: its revision becomes one more than the sealed one.
        """
        if is_empty(request):
            return SaveOutcome(stored=0, duplicates=0)
        with reported("could not save segments"):
            return await self._saver.store(self._database.write, request)

    async def seal(self, request: SealTranscript) -> SealOutcome:
        """Write the call's end, verdict and stream closings.

        The first seal is revision 1. The same seal again changes nothing; one after an amendment, or with another
        result, is the next revision.
        """
        with reported("could not seal a transcript"):
            return await self._database.write(lambda connection: self._saver.seal(connection, request))

    async def sealed(self, key: str) -> SealedCall:
        """The call's newest sealed revision with the facts behind its verdict and the names that it was sealed with; an
        empty answer where none was sealed.
        """
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                row = await reading.call_row(connection, key)
        return SealedCall(key=key) if row is None else rows.row_to_sealed(row)

    async def transcript(self, key: str, *, told: reading.Told | None = None) -> StoredTranscript | None:
        """The call of that key with all its segments, sealed or still growing; None where there is none. `told` is called
        with how many segments of how many are read, while they are.
        """
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await reading.transcript(connection, key, told)

    async def calls(
        self, *, limit: int = 50, where: CallFilter = _ALL, before: str | None = None, after: str | None = None
    ) -> list[StoredCall]:
        """The newest calls that `where` lets through, at most `limit`, with the last words of each.

        The next page begins behind the last call of this one: `after` is its `cursor`, or `before` its key. Raises
        `CursorError` for a cursor that no call had.
        """
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await listing.calls_of(connection, where, limit, before, after)

    async def call(self, key: str) -> StoredCall | None:
        """The call of that key as a list has it; None where there is none."""
        found = await self.calls(limit=1, where=CallFilter(keys=frozenset({key})))
        return found[0] if found else None

    async def segments_since(
        self, key: str, cursor: str | None = None, *, limit: int = 1000
    ) -> tuple[tuple[Segment, ...], str]:
        """What has been stored of the call since `cursor` (None: from the beginning), in the order of storing, at most
        `limit`, and the cursor to ask with next. Nothing is ever missed, whoever writes at the same time; the same
        cursor gives the same again. Raises `CursorError`.
        """
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await reading.segments_since(connection, key, cursor, limit)

    async def streams(self, key: str) -> tuple[tuple[Stream, int], ...]:
        """The call's streams by opening, each with how many segments of it are stored."""
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await reading.streams_of(connection, key)

    async def newest_cursors(self, keys: Collection[str]) -> dict[str, str]:
        """For each of the calls, the cursor behind everything that is stored of it now: `segments_since` it gives what
        comes later. In one query: cheap to ask again and again, which of many calls have something new. At most 10,000.
        """
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await reading.newest_cursors(connection, keys)

    async def newest_segments(self, key: str, limit: int) -> tuple[Segment, ...]:
        """The last `limit` segments of the call, by arrival (`received_at`, stream, position), the newest last."""
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await reading.newest_segments(connection, key, limit)

    async def segments_before(self, key: str, place: tuple[str, int], limit: int) -> tuple[Segment, ...]:
        """The `limit` segments that arrived next before the one at `place` (stream, position), in the same order; none
        where there is no segment at that place.
        """
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await reading.segments_before(connection, key, place, limit)

    async def name_participant(self, key: str, participant: RawId, name: str, *, at: datetime) -> dict[RawId, str]:
        """Give a participant of a call a name, which wins over the one that the call was sealed with; an empty one takes
        it back. Returns the names of all. The call need not be known yet.
        """
        with reported("could not keep a name"):
            return await self._database.write(
                lambda connection: give_name(connection, key, participant, name.strip(), at)
            )

    async def search(
        self, query: str, *, limit: int = 20, after: str | None = None, key: str | None = None
    ) -> SearchResult:
        """Segments that hold all the words of `query`, those stored last first, at most `limit`; of one call if `key` is
        given. `"…"` are words that follow one another, `word*` is a beginning, `-word` must not be there; case and
        accents count for nothing, and no other sign has a meaning.

        `after` is that of the page before. Raises `QueryError` for a query without a word to look for, `CursorError`.
        """
        parsed = Query.parse(query)
        with reported("could not be searched"):
            async with self._database.snapshot() as connection:
                return await searching.search(connection, parsed, limit=limit, after=after, key=key)

    async def note_delivery(self, delivery: Delivery) -> None:
        """Remember how far a message to a webhook has come. What is older than what is stored changes nothing."""
        with reported("could not note a delivery"):
            await self._database.write(lambda connection: deliveries.note(connection, delivery))

    async def deliveries(self, key: str) -> Sequence[Delivery]:
        """All messages to webhooks about a call, in the order in which they were made."""
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await deliveries.of_call(connection, key)

    async def delivery(self, id_: str) -> Delivery | None:
        """One message to a webhook; None where there is none of that id."""
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await deliveries.one(connection, id_)

    async def keep_message(self, delivery: Delivery, body: str) -> None:
        """Remember a message that is to go to a webhook, and what it says. One of the same id stays as it was kept."""
        with reported("could not keep a message"):
            await self._database.write(lambda connection: deliveries.keep_message(connection, delivery, body))

    async def message(self, id_: str) -> str | None:
        """What a message says, as it was kept; None where there is none of that id."""
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await deliveries.message(connection, id_)

    async def keep_feed(self, feed: Feed, known: Feed) -> None:
        """Remember how far a webhook has come with a call that it follows, where what is stored is still `known`, as the
        writer has read it. Raises `StoreError` where somebody else has gone on meanwhile: read it again.
        """
        with reported("could not keep how far a webhook has come"):
            await self._database.write(lambda connection: deliveries.keep_feed(connection, feed, known))

    async def feed(self, id_: str) -> Feed:
        """How far the webhook of that delivery has come; at its beginning where nothing is known."""
        with reported("could not be read"):
            async with self._database.snapshot() as connection:
                return await deliveries.one_feed(connection, id_)
