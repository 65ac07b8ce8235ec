"""What is known of a call's transcription, and the verdict that is found from it. Values only."""

from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from callscribe.model import Frozen


class VerdictKind(StrEnum):
    """How a call ended, for whoever relies on its transcript."""

    COMPLETE = "complete"
    """Whenever transcription was on a stream was open, every stream arrived whole, nothing was unreadable."""
    PARTIAL = "partial"
    """Something is missing; the gaps say what, when and why."""
    EMPTY = "empty"
    """No segment is stored; the reason says whether nothing was said or nothing reached us."""
    FAILED = "failed"
    """The call or its transcription never started; the reason says why."""


class GapCause(StrEnum):
    """Why words may be missing."""

    PAUSED = "paused"
    STOPPED = "stopped"
    """Somebody stopped it: until it was started again, or to the end of a call that went on for a while."""
    STREAM_INTERRUPTED = "stream interrupted"
    TRANSCRIPTION_FAILED = "transcription failed"
    RESTARTED = "transcription restarted"
    """It was stopped and started again, because ACS offered no other way to what was wanted."""
    NEVER_DELIVERED = "never delivered"
    NOT_CLOSED = "stream not closed in time"
    UNREADABLE = "unreadable"


ASKED_FOR: Final = (GapCause.PAUSED, GapCause.STOPPED)
"""What somebody wanted, in the order in which a verdict tells of it."""


class Gap(Frozen):
    """An interval in which words may be missing."""

    start: AwareDatetime
    end: AwareDatetime
    cause: GapCause
    note: str = ""

    @property
    def is_loss(self) -> bool:
        """Whether nobody has asked for it: a pause or a stop was wanted, and leaves a transcript complete."""
        return self.cause not in ASKED_FOR


class Counts(Frozen):
    """What was counted over the whole call."""

    received: int = 0
    """Segments that reached the workflow, repeats included."""
    stored: int = 0
    duplicates: int = 0
    unreadable: int = 0
    """Packets or signals that could not be read; they are kept raw."""
    amended: int = 0
    """Of those stored, the ones that came after the transcript had been sealed."""


class Interval(Frozen):
    """A stretch of time; open while `end` is None."""

    start: AwareDatetime
    end: AwareDatetime | None = None


class StreamFacts(Frozen):
    """What is known of one stream at the call's end."""

    id: str
    opened_at: AwareDatetime
    listening_since: AwareDatetime | None = None
    """Since when ingest had taken every socket that came, as this one opened; None where it did not say so."""
    closed_at: AwareDatetime | None = None
    mark: int = 0
    """Chunks 1 to `mark` are stored."""
    last_seq: int | None = None
    """Chunks there are, once ingest has said so."""
    torn: bool = False
    """Whether our own end ended it: ingest was killed, was stopped, or could not go on."""
    close_reason: str = ""
    """In words; empty while it is open, and where it was sealed before reasons were kept. The verdict does not look at it."""
    early: tuple[int, ...] = ()
    """Chunks beyond `mark` that are stored all the same; the verdict does not look at them."""


class Unreadable(Frozen):
    """Messages that could not be read, and when what they said was said, at the most."""

    start: AwareDatetime
    end: AwareDatetime
    count: int


class CallFacts(Frozen):
    """All that the verdict depends on."""

    connected_at: AwareDatetime | None = None
    ended_at: AwareDatetime
    transcription: tuple[Interval, ...] = ()
    """When transcription was on, by ACS's events."""
    pauses: tuple[Interval, ...] = ()
    """When somebody had paused it."""
    stops: tuple[Interval, ...] = ()
    """When somebody had stopped what had been on; not right before the call's end."""
    failures: tuple[Gap, ...] = ()
    """Intervals lost to a failure of transcription, noted as they happened."""
    interruptions: tuple[Gap, ...] = ()
    """Intervals in which its stream was away, by ACS's own word, though transcription was on."""
    streams: tuple[StreamFacts, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    """When what could not be read was said; `counts.unreadable` may be more, then nobody knows when."""
    counts: Counts = Counts()
    failure: str | None = None
    """Why the call never connected or transcription never started, if so."""


class Verdict(Frozen):
    """The truth about a transcript, in one value."""

    kind: VerdictKind
    reason: str
    """One sentence for a person."""
    gaps: tuple[Gap, ...] = ()
    counts: Counts = Counts()
