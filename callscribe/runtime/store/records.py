"""What reading the store returns."""

from pydantic import AwareDatetime

from callscribe.contracts.status import CallResult, CallState
from callscribe.model import Frozen
from callscribe.transcript.facts import Verdict
from callscribe.transcript.model import RawId, Segment, Stream


class StoredCall(Frozen):
    """One call of the store, without its segments."""

    key: str
    state: CallState | None = None
    """`sealed` or `failed`; None while the call runs: then its workflow knows."""
    revision: int = 0
    """0 until it is sealed; one more than the sealed revision once later segments have amended it."""
    verdict: Verdict | None = None
    locale: str | None = None
    call_connection_id: str | None = None
    correlation_id: str | None = None
    participants: dict[RawId, str] = {}
    """Names by raw id, an empty one where nobody gave a name; known once sealed."""
    started_at: AwareDatetime
    """When the call was asked for; until it is sealed, when its first stream opened."""
    connected_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    end_reason: str = ""
    segment_count: int = 0


class StoredTranscript(StoredCall):
    """One call with all that was said on it."""

    result: CallResult | None = None
    """As the workflow sealed it."""
    streams: tuple[Stream, ...] = ()
    """By opening."""
    segments: tuple[Segment, ...] = ()
    """By opening of their stream, then by position: as they arrived, not yet as they were said."""
