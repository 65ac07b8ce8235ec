"""What a run of the workflow hands to the next one when it continues as new: marks and facts, never text."""

from enum import StrEnum

from pydantic import AwareDatetime

from callscribe.contracts.errors import Problem
from callscribe.contracts.status import LocaleInForce, Quarantined, Step, StreamStatus
from callscribe.model import Frozen
from callscribe.transcript.facts import Counts, Unreadable
from callscribe.transcript.model import RawId


class Phase(StrEnum):
    """How far the call is; a new run goes on at the phase that the old one was in."""

    CONNECTING = "connecting"
    IN_CALL = "in_call"
    DRAINING = "draining"


class TranscriptionChange(StrEnum):
    """What became of transcription at one instant."""

    ON = "on"
    OFF = "off"
    PAUSED = "paused"
    RESTARTING = "restarting"
    FAILED = "failed"
    CEASED = "ceased"
    """ACS has stopped it though nobody asked, as it does when a call is about to end."""
    INTERRUPTED = "interrupted"
    """It is on, but its stream is away, as ACS says; ACS reconnects by itself."""


class Transition(Frozen):
    """A change of transcription, at ACS's own time: events that arrive in the wrong order are put right by it."""

    at: AwareDatetime
    change: TranscriptionChange
    note: str = ""


class AppliedCommand(Frozen):
    """An update that has been carried out: the same id, sent again to a later run, is answered from here."""

    id: str
    note: str = ""


class CarriedState(Frozen):
    """All that a run knows. Bounded (`workflows/compacting.py` joins old streams and transitions), never by what was
    said.
    """

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
    """The one in force, or that of the next start."""
    locales: tuple[LocaleInForce, ...] = ()
    """The newest locales, each since when it was in force."""
    operation_context: str | None = None
    transitions: tuple[Transition, ...] = ()
    """Every change of transcription, in order of its time."""
    pausing: bool = False
    """A stop that ACS confirms now is a pause."""
    restarting: bool = False
    """A stop that ACS confirms now is the first half of a restart."""
    start_wanted: bool = False
    """Somebody, or the settings, has asked for transcription."""
    unwanted: bool = False
    """Somebody has paused or stopped it, and nobody has started it since."""
    participants: tuple[RawId, ...] = ()
    participants_sequence: int = -1
    streams: tuple[StreamStatus, ...] = ()
    words_left: bool = False
    """A run has ended while words waited for the store: ingest sends them again when their stream is closed."""
    counts: Counts = Counts()
    unreadable: tuple[Unreadable, ...] = ()
    """When what could not be read was said."""
    feeds: tuple[str, ...] = ()
    """Webhooks that have been told to follow the call."""
    seen_events: tuple[str, ...] = ()
    """Ids of the newest events, to know a repeat by."""
    quarantine: tuple[Quarantined, ...] = ()
    commands: tuple[AppliedCommand, ...] = ()
    steps: tuple[Step, ...] = ()
    problem: Problem | None = None
    problem_type: str | None = None
    """The `ErrorType` that the problem came with, if it came as an error of one of our requests."""
    heal_attempts: int = 0
    """Tries to bring transcription back since it last worked."""
    heal_at: AwareDatetime | None = None
    """When the next try is due."""
    hopeless: bool = False
    """Transcription has failed for a reason that only a person can mend."""
    failure: str | None = None
