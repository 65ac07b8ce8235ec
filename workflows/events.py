"""What ACS's callback events mean to a call, by their types and status details (protocol reference 3.3 to 3.5). Pure."""

from callscribe.acs.events import CALL_DISCONNECTED, STREAM_INTERRUPTED, STREAM_REESTABLISHED
from callscribe.contracts.chunks import CallEvent
from callscribe.contracts.errors import Problem

CONNECTED = "CallConnected"
DISCONNECTED = CALL_DISCONNECTED
PARTICIPANTS = "ParticipantsUpdated"
STARTED = "TranscriptionStarted"
RESUMED = "TranscriptionResumed"
UPDATED = "TranscriptionUpdated"
STOPPED = "TranscriptionStopped"
FAILED = "TranscriptionFailed"
INTERRUPTED = STREAM_INTERRUPTED
"""No type of ACS's: what an event means that tells of it in its details."""
NEVER_CONNECTED = frozenset({"CreateCallFailed", "AnswerFailed", "ConnectFailed"})


def meaning(event: CallEvent) -> str:
    """The type that an event counts as: its own, unless its details tell that the stream was lost, or is back.

    A stream that is interrupted is no failure and answers no request, for ACS reconnects it by itself; and an update
    confirms a change of locale only where it is about that.
    """
    details = (event.transcription_status_details or "").lower()
    if event.type in (UPDATED, FAILED) and details == STREAM_INTERRUPTED.lower():
        return INTERRUPTED
    if event.type == UPDATED and details == STREAM_REESTABLISHED.lower():
        return RESUMED
    return event.type


def problem_of(event: CallEvent) -> Problem:
    """A failure event, as a sentence: ACS's message where there is one, else its status details and codes.

    Of an interruption the details say all. An update that tells of one has the code and message of a success.
    """
    details = event.transcription_status_details or ""
    if event.type == UPDATED:
        return Problem(message=f"{event.type}: {details}", detail=details)
    code = "/".join(str(number) for number in (event.code, event.sub_code) if number is not None)
    message = details if meaning(event) == INTERRUPTED else event.message
    said = message or details or "no reason given"
    return Problem(
        message=f"{event.type} ({code}): {said}" if code else f"{event.type}: {said}",
        http_status=event.code,
        code=str(event.sub_code) if event.sub_code is not None else None,
        detail=event.transcription_status_details,
    )
