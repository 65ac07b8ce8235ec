"""What a run of the workflow hands to the next one when it continues as new: marks and facts, never text."""

from enum import StrEnum

from pydantic import AwareDatetime

from callscribe.contracts.errors import Problem
from callscribe.contracts.status import Step, StreamStatus, TranscriptionState
from callscribe.model import Frozen
from callscribe.transcript.completeness import Counts, Gap, Interval
from callscribe.transcript.model import RawId


class Phase(StrEnum):
    """How far the call is; a new run goes on at the phase that the old one was in."""

    CONNECTING = "connecting"
    IN_CALL = "in_call"
    DRAINING = "draining"


class AppliedCommand(Frozen):
    """An update that has been carried out: the same id, sent again to a later run, is answered from here."""

    id: str
    note: str = ""


class CarriedState(Frozen):
    """All that a run knows. Bounded: by streams, by the newest events and commands, never by what was said."""

    phase: Phase = Phase.CONNECTING
    runs: int = 1
    started_at: AwareDatetime
    connected_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    end_reason: str = ""
    drain_deadline: AwareDatetime | None = None
    call_connection_id: str | None = None
    server_call_id: str | None = None
    correlation_id: str | None = None
    locale: str
    operation_context: str | None = None
    transcription: TranscriptionState = TranscriptionState.OFF
    transcription_changed_at: AwareDatetime | None = None
    """ACS's own time of the newest transcription event: an older one that arrives later changes nothing."""
    intervals: tuple[Interval, ...] = ()
    pauses: tuple[Interval, ...] = ()
    failures: tuple[Gap, ...] = ()
    participants: tuple[RawId, ...] = ()
    participants_sequence: int = -1
    streams: tuple[StreamStatus, ...] = ()
    counts: Counts = Counts()
    seen_events: tuple[str, ...] = ()
    """Ids of the newest events, to know a repeat by."""
    commands: tuple[AppliedCommand, ...] = ()
    steps: tuple[Step, ...] = ()
    problem: Problem | None = None
    failure: str | None = None
