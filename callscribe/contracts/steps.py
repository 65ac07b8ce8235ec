"""Arguments and results of the activities: what the workflow asks of ACS and of the transcript store."""

from pydantic import AwareDatetime

from callscribe.contracts.call import CallRequest, Origin, TranscriptionSettings
from callscribe.contracts.chunks import StreamOpening
from callscribe.contracts.status import CallResult
from callscribe.model import Frozen
from callscribe.transcript.facts import CallFacts
from callscribe.transcript.model import RawId, Segment, Stream


class Repeatability(Frozen):
    """The two headers that make dialling happen once however often it is sent; made once by the workflow."""

    request_id: str
    """A UUID."""
    first_sent: AwareDatetime


class EstablishCall(Frozen):
    """Argument of `create_call`, `connect_call` and `answer_call`; which one is called follows `origin.kind`."""

    key: str
    origin: Origin
    transcription: TranscriptionSettings
    repeatability: Repeatability


class CallConnection(Frozen):
    """A call as ACS answered."""

    call_connection_id: str
    server_call_id: str | None = None
    correlation_id: str | None = None
    state: str | None = None


class CallReference(Frozen):
    """Argument of `get_call`."""

    call_connection_id: str


class CallSnapshot(Frozen):
    """What ACS says of a call when asked. `exists` is false once ACS has forgotten it."""

    exists: bool
    state: str | None = None
    """`connecting`, `connected`, `disconnecting`, `disconnected`, …"""
    transcription: str | None = None
    """`active`, `inactive`, `disabled`."""
    locale: str | None = None
    correlation_id: str | None = None
    server_call_id: str | None = None


class StartRequest(Frozen):
    """Argument of the `start_transcription` activity."""

    call_connection_id: str
    locale: str | None = None
    operation_context: str | None = None
    speech_model_id: str | None = None


class UpdateRequest(Frozen):
    """Argument of the `update_transcription` activity."""

    call_connection_id: str
    locale: str
    operation_context: str | None = None
    speech_model_id: str | None = None


class StopRequest(Frozen):
    """Argument of the `stop_transcription` activity."""

    call_connection_id: str
    operation_context: str | None = None


class HangUpRequest(Frozen):
    """Argument of the `hang_up` activity."""

    call_connection_id: str
    for_everyone: bool
    repeatability: Repeatability


class StepOutcome(Frozen):
    """Whether a step had to be sent, or was found to be so already (a retry after a lost response)."""

    already_so: bool = False
    note: str = ""


class SaveSegments(Frozen):
    """Argument of `save_segments`. Saving the same again changes nothing."""

    key: str
    streams: tuple[StreamOpening, ...]
    segments: tuple[Segment, ...]
    names: dict[RawId, str] = {}
    """Names that came with the call's request, so that readers have them before it is sealed; with the first save of a
    run alone."""


class SaveOutcome(Frozen):
    """What became of the segments of one `save_segments`: the same answer however often it is carried out.

    It must not tell first from later executions: Temporal repeats a local activity whose workflow task was lost.
    """

    stored: int
    """Segments of the request that are in the store under their own (stream, position)."""
    duplicates: int
    """Segments that are there under another one: ACS sent them again (`Segment.identity`)."""
    feeds: tuple[str, ...] = ()
    """Webhooks, by name, that follow calls segment by segment, as this worker knows them."""


class SealTranscript(Frozen):
    """Argument of `seal_transcript`: the call's end, written to the store beside its segments."""

    key: str
    request: CallRequest | None = None
    """None for an amendment: the request stands as it was sealed first."""
    result: CallResult
    participants: dict[RawId, str]
    streams: tuple[Stream, ...]
    facts: CallFacts | None = None
    """What the verdict was found from, so that later words can be judged with them."""


class SealOutcome(Frozen):
    """What the store holds after sealing."""

    revision: int
    segments: int
    hooks: tuple[str, ...] = ()
    """Webhooks, by name, for which a message about this revision is ready."""
