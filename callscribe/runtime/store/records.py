"""What reading the store returns, and what a reader asks for."""

from enum import StrEnum

from pydantic import AwareDatetime

from callscribe.contracts.status import CallResult, CallState, LocaleInForce
from callscribe.model import Frozen
from callscribe.runtime.store.cursors import call_cursor
from callscribe.runtime.store.snippets import SnippetPart
from callscribe.transcript.facts import Verdict, VerdictKind
from callscribe.transcript.model import RawId, Segment, Stream


class LastWords(Frozen):
    """The segment of a call that arrived last."""

    stream: str
    position: int
    participant: RawId
    text: str
    locale: str | None = None
    received_at: AwareDatetime


class StoredCall(Frozen):
    """One call of the store, without its segments."""

    key: str
    state: CallState | None = None
    """`sealed` or `failed`; None while the call runs: then its workflow knows."""
    revision: int = 0
    """0 until it is sealed; one more than the sealed revision once later segments have amended it."""
    verdict: Verdict | None = None
    locale: str | None = None
    """The last one in force, once it is sealed."""
    locales: tuple[LocaleInForce, ...] = ()
    """Of a sealed call, as in its result."""
    call_connection_id: str | None = None
    correlation_id: str | None = None
    participants: dict[RawId, str] = {}
    """Names by raw id, an empty one where there is none: everybody who was heard so far, named with the call's request or
    sealed with the call. A name that somebody gave (`name_participant`) wins over those."""
    started_at: AwareDatetime
    """When the call was asked for; until it is sealed, when its first stream opened."""
    connected_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    end_reason: str = ""
    segment_count: int = 0
    last_words: LastWords | None = None
    """In lists only."""

    @property
    def cursor(self) -> str:
        """Where a list goes on behind this call."""
        return call_cursor(self.started_at, self.key)


class StoredTranscript(StoredCall):
    """One call with all that was said on it."""

    result: CallResult | None = None
    """As the workflow sealed it."""
    streams: tuple[Stream, ...] = ()
    """By opening."""
    segments: tuple[Segment, ...] = ()
    """By opening of their stream, then by position: as they arrived, not yet as they were said."""


class CallFilter(Frozen):
    """Which calls a list holds: those that fit everything that is set."""

    live: bool | None = None
    """True: not sealed yet; false: sealed."""
    verdict: VerdictKind | None = None
    locale: str | None = None
    """`de-DE`, or `de` for every German one, in any case; the one that a call was sealed with, so that no live one fits."""
    text: str = ""
    """Part of the key, of a participant's raw id or of a name; case, accents, spaces and punctuation count for nothing."""
    keys: frozenset[str] | None = None
    """None: any; at most 10,000."""


class SearchHit(Frozen):
    """A segment that was found, without its single words."""

    key: str
    segment: Segment
    name: str = ""
    """Of the participant, as everywhere: the given one, or that of the request or the seal, or none."""
    snippet: tuple[SnippetPart, ...]
    call_started_at: AwareDatetime
    zero_at: AwareDatetime
    """When the first stream opened that brought a segment: the zero of the time line of the call's transcript."""

    @property
    def seconds_in(self) -> float:
        """Seconds from that zero to the phrase's beginning, by the clock: within a second or so of the transcript's."""
        length = (self.segment.duration or 0) / 10_000_000
        return max((self.segment.received_at - self.zero_at).total_seconds() - length, 0.0)


class SearchResult(Frozen):
    """A page of what was found, the newest first."""

    hits: tuple[SearchHit, ...] = ()
    after: str | None = None
    """Hand it back for the next page; None behind the last."""


class DeliveryState(StrEnum):
    """How far a message to a webhook has come."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up: nobody will try again unless somebody asks for it."""


class Delivery(Frozen):
    """One message to one webhook, and what became of it."""

    id: str
    """The message's own, the same for every attempt."""
    call: str
    """The call's key."""
    hook: str
    """The webhook's name in the settings."""
    event: str
    revision: int | None = None
    """Of the transcript, where the event is about one."""
    url: str
    """Where it goes, or went last. Without secrets: people see it."""
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    last_status: int | None = None
    """HTTP status of the last attempt; None where nobody answered."""
    last_error: str = ""
    created_at: AwareDatetime
    updated_at: AwareDatetime
    """Of this state: a note that is older than the stored one changes nothing."""
    delivered_at: AwareDatetime | None = None
    digest: str = ""
    """SHA-256 of the payload, in hex."""


class Feed(Frozen):
    """How far a webhook has come with the segments of a call that it follows."""

    id: str
    """Of its delivery."""
    round: int = 1
    """One more for each time that it began again with the first segment."""
    batch: int = 1
    """The message that is next, from 1."""
    cursor: str | None = None
    """Everything up to it was delivered; None at the beginning."""
    next_cursor: str | None = None
    """Where `body` ends; None where nothing is under way."""
    body: str | None = None
    """The message under way: it stays as it is until it is delivered."""
