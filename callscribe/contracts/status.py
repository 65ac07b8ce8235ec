"""What is known of a call while it runs, and what it ends with: the answers of queries, the result of the workflow."""

from enum import StrEnum

from pydantic import AwareDatetime

from callscribe.contracts.errors import Problem
from callscribe.model import Frozen
from callscribe.transcript.facts import Gap, Interval, Verdict
from callscribe.transcript.model import RawId, Segment


class CallState(StrEnum):
    """Where a call stands, in one word: search attribute `CallState`, lists, the CLI."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    TRANSCRIBING = "transcribing"
    PAUSED = "paused"
    STOPPED = "stopped"
    DRAINING = "draining"
    SEALED = "sealed"
    FAILED = "failed"


class TranscriptionState(StrEnum):
    """What transcription is doing in a connected call."""

    OFF = "off"
    STARTING = "starting"
    ON = "on"
    PAUSED = "paused"
    STOPPED = "stopped"
    FAILED = "failed"


class Step(Frozen):
    """One step of the call's life, for people who ask where the time went."""

    name: str
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    outcome: str = ""


class LocaleInForce(Frozen):
    """From when on transcription was in that locale: since its start in it, or since the change while it was on."""

    at: AwareDatetime
    locale: str


class StreamStatus(Frozen):
    """How much of one stream the workflow has."""

    id: str
    opened_at: AwareDatetime
    listening_since: AwareDatetime | None = None
    """Since when ingest had taken every socket that came, as this one opened."""
    closed_at: AwareDatetime | None = None
    mark: int = 0
    """The chunks 1 to `mark` are stored."""
    early: tuple[int, ...] = ()
    """Chunks beyond `mark` that are stored already, out of turn."""
    last_seq: int | None = None
    """The last chunk of the stream, known once ingest has closed it."""
    segments: int = 0
    close_reason: str = ""


class Quarantined(Frozen):
    """A signal that could not be read. What it held stays in the workflow's history, as Temporal took it."""

    at: AwareDatetime
    signal: str
    reason: str
    size: int
    """Bytes of its payloads."""
    digest: str = ""
    """Of its payloads: ingest sends again what was not stored, and the same is counted once."""


class CallStatus(Frozen):
    """The answer of the `status` query."""

    key: str
    state: CallState
    transcription: TranscriptionState
    locale: str
    """The one in force; while transcription is not on, the one of its next start."""
    locales: tuple[LocaleInForce, ...] = ()
    """The newest locales, in order, each since when it was in force; the first one since transcription began."""
    call_connection_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    participants: dict[RawId, str] = {}
    """Everybody known to be on the call or named by the caller; an empty name where nobody gave one."""
    started_at: AwareDatetime
    connected_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    segments: int = 0
    """Segments stored."""
    intervals: tuple[Interval, ...] = ()
    """When transcription was on, so far."""
    gaps: tuple[Gap, ...] = ()
    """What is missing as far as is known now, pauses included; of an ended call, what the verdict says."""
    streams: tuple[StreamStatus, ...] = ()
    steps: tuple[Step, ...] = ()
    problem: Problem | None = None
    """The last thing that went wrong, if anything did."""
    verdict: Verdict | None = None
    quarantined: tuple[Quarantined, ...] = ()
    """The newest signals that could not be read."""
    runs: int = 1
    """How often the workflow has continued as new, plus one."""


class TranscriptTail(Frozen):
    """The answer of the `transcript` query: the newest segments only; the whole is in the transcript store."""

    segments: tuple[Segment, ...] = ()
    stored: int = 0


class CallResult(Frozen):
    """What a call ends with. The workflow's result, or the first detail of its `CallFailed` error."""

    key: str
    verdict: Verdict
    revision: int = 1
    call_connection_id: str | None = None
    server_call_id: str | None = None
    locale: str
    """The last one in force; where transcription never began, the one that it was to begin in."""
    locales: tuple[LocaleInForce, ...] = ()
    """As in `CallStatus`."""
    started_at: AwareDatetime
    connected_at: AwareDatetime | None = None
    ended_at: AwareDatetime
    end_reason: str = ""
    """Why the call ended, in words: ACS's own message where there was one."""
    segments: int = 0
    steps: tuple[Step, ...] = ()
    problem: Problem | None = None
