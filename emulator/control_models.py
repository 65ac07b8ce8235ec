"""The control API's messages, for its server and its client."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from emulator.calls.machine import Outcome
from emulator.calls.record import EndedBy, Fate
from emulator.config import Seconds, SpeechStarts
from emulator.faults import Faults


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanRequest(_Message):
    """What the next calls to a target do; what is unset is as the emulator was started."""

    script: str | None = Field(default=None, description="A call script, as text.")
    script_path: Path | None = Field(default=None, description="A call script, as a file the emulator can read.")
    silent: bool = Field(default=False, description="Nobody says anything.")
    speed: float | None = Field(default=None, gt=0, description="How many times faster than life the script is spoken.")
    outcome: Outcome = Field(
        default="answer", description="How the callee reacts: `answer`, `busy`, `declined` or `no_answer`."
    )
    speech_starts: SpeechStarts | None = Field(
        default=None,
        description="When people begin to speak: `transcription` or `connected`; unset: as the emulator's.",
    )
    hangup_at_end: Seconds | None = Field(
        default=None, description="Seconds after the script's end at which the other side hangs up."
    )
    ring_timeout: Seconds | None = Field(default=None, description="How long an unanswered call rings.")
    faults: Faults | None = Field(default=None, description="What goes wrong, in the place of the emulator's faults.")


class IncomingRequest(PlanRequest):
    """Somebody calls the application."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    caller: str = Field(alias="from", description="Raw id or telephone number of the caller.")
    callee: str = Field(alias="to", description="Raw id or telephone number that was called.")
    notify: str = Field(description="Webhook of the Event Grid subscription.")
    display_name: str = Field(default="", description="The caller's display name; Event Grid's is often empty.")


class IncomingReport(_Message):
    """An incoming call that Event Grid has announced."""

    correlation_id: str
    server_call_id: str
    state: str = Field(description="ringing, answered, rejected, redirected or expired")


class SayRequest(_Message):
    """Something is said on a call, besides its script."""

    participant: Annotated[str, Field(min_length=1)]
    text: Annotated[str, Field(min_length=1)]
    locale: str | None = None
    duration_ms: int = Field(default=1500, ge=1)


class ScriptProgress(_Message):
    """How far a call's script is. `spoken` = delivered + undelivered + lost, but for packets on their way."""

    name: str
    lines_total: int
    spoken: int
    delivered: int = Field(description="handed to a socket")
    undelivered: int = Field(description="said while transcription was not active")
    lost: int = Field(description="said while transcription was active and no socket was open")
    finished: bool
    position_ms: int


class CallReport(_Message):
    """One call, as the emulator sees it."""

    call_connection_id: str
    correlation_id: str
    server_call_id: str
    kind: str
    state: str
    targets: list[str]
    participants: list[str]
    locator: str | None
    operation_context: str | None
    result_code: int | None
    result_sub_code: int | None
    transcription_state: str
    locale: str | None
    subscription_id: str
    streams_opened: int
    packets_sent: int
    events_posted: int
    faults: dict[str, int] = Field(default_factory=dict, description="faults that happened on the call, by kind")
    script: ScriptProgress


class SentFinal(_Message):
    """A final result that was handed to a socket; ticks of 100 ns."""

    participant: str
    text: str
    offset: int
    duration: int
    locale: str
    subscription: str
    stream: int
    replay: bool = Field(default=False, description="a socket had been handed it before")
    accepted: bool = Field(default=False, description="the receiver's TCP has acknowledged it; false is not known")


class SaidFinal(_Message):
    """A final result and what became of it; instants in Unix seconds, ticks of 100 ns."""

    participant: str
    text: str
    said_at: float
    fate: Fate = Field(description="sent: handed to a socket; lost: no socket was open; undelivered: not transcribed")
    stream: int = 0
    offset: int | None = None
    subscription: str | None = None
    accepted: bool = False
    replays: int = 0


class SocketLife(_Message):
    """One socket of a call; Unix seconds."""

    stream: int
    opened_at: float
    ended_at: float | None
    ended_by: EndedBy | None


class ActiveTime(_Message):
    """A stretch of time in which transcription was active; Unix seconds."""

    start: float
    end: float | None


class CallRecord(_Message):
    """Everything that was said on a call and what became of it, its sockets, and when transcription was active."""

    finals: list[SaidFinal]
    sockets: list[SocketLife]
    active: list[ActiveTime]
