"""What ingest tells the workflow: chunks of final segments, and call events."""

from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from callscribe.model import Frozen
from callscribe.transcript.facts import Interval
from callscribe.transcript.model import RawId, Segment

ENDED_OUTSIDE: Final = ("closed by ACS", "connection lost")
"""How the reason of a stream begins that ended neither by ingest's will nor by its death."""


class StreamOpening(Frozen):
    """A stream as it opened; carried by every chunk so that no chunk depends on another one to be stored."""

    id: str
    opened_at: AwareDatetime
    listening_since: AwareDatetime | None = None
    """Since when ingest had taken every socket that came, as the stream opened: its own start, or the last time that its
    disk refused. None from an ingest that does not say it."""
    call_connection_id: str | None = None
    correlation_id: str | None = None


class TranscriptChunk(Frozen):
    """A batch of one stream. Sealed when first sent, the same in every retry: (stream.id, seq) names it for ever.

    The first chunk of a stream (`seq` 1) announces its opening and may hold no segment at all.
    """

    version: int = 1
    stream: StreamOpening
    seq: Annotated[int, Field(ge=1)]
    segments: tuple[Segment, ...] = ()
    sealed_at: AwareDatetime
    unreadable: int = 0
    """Packets since the last chunk that could not be read; ingest keeps them raw."""
    unreadable_span: Interval | None = None
    """When they were said, at the most: from the final before the first of them to the arrival of the last one. None if
    there are none, or if that is not known."""


class CloseStream(Frozen):
    """The argument of the `close_stream` update: everything up to `last_seq` has been sent."""

    stream: StreamOpening
    last_seq: Annotated[int, Field(ge=0)]
    segments: int
    """Final segments in the whole stream."""
    closed_at: AwareDatetime
    reason: str = ""
    """In words, for a person; it begins as one of `ENDED_OUTSIDE` says, or the end was ingest's own doing."""
    beside: tuple[StreamOpening, ...] = ()
    """Other streams of the call of which ingest still holds something, the oldest of them: the workflow may not have
    heard of them yet, and a transcript without them is not all that was said."""


class StreamReceipt(Frozen):
    """The answer of `close_stream`. Only `complete` lets ingest forget the stream."""

    mark: int
    """The workflow has stored the chunks 1 to `mark`."""
    complete: bool


class CallEvent(Frozen):
    """One callback event of ACS, reduced to what the workflow decides on (protocol reference 3.2 to 3.5)."""

    id: str
    """CloudEvents id: the key by which a repeat is known."""
    type: str
    """Without its prefix: `CallConnected`, `TranscriptionStarted`, …"""
    occurred_at: AwareDatetime | None = None
    received_at: AwareDatetime
    call_connection_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    operation_context: str | None = None
    code: int | None = None
    sub_code: int | None = None
    message: str = ""
    transcription_status: str | None = None
    transcription_status_details: str | None = None
    participants: tuple[RawId, ...] = ()
    """Of ParticipantsUpdated."""
    sequence_number: int | None = None
    """Of ParticipantsUpdated: orders such events among themselves."""
