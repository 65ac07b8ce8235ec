"""The events of one call's transcription (protocol reference 3.3, 3.7): names, statuses, and whose context they carry."""

from typing import Literal

from emulator.calls.context import CallContext
from emulator.calls.requests import Operation
from emulator.events import COMPLETED, Result, transcription_event

INVALID_URL = Result(
    code=400,
    sub_code=8581,
    message="Action failed, Transport url is not valid or web socket server is not operational.",
)
NOT_ESTABLISHED = Result(code=500, sub_code=8578, message="Not able to establish WebSocket connection.")
CANCELED = Result(code=500, sub_code=8579, message="Transcription was canceled.")
INTERRUPTED = "streamConnectionInterrupted"
RESUMED = Result(message="Transcription resumed.")


class Notices:
    """Posts a call's transcription events. `start` is the operation that started what they are about."""

    def __init__(self, context: CallContext) -> None:
        self._context = context

    def started(self, start: Operation, now: float) -> None:
        """TranscriptionStarted."""
        self._post("Started", "subscriptionStarted", start, now)

    def updated(self, start: Operation, update: Operation, now: float) -> None:
        """TranscriptionUpdated: both recordings show the start's context here, whatever the update's was."""
        told = Operation(
            operation_context=start.operation_context, callback_uri=update.callback_uri or start.callback_uri
        )
        self._post("Updated", "transcriptionLocaleUpdated", told, now)

    def stopped(self, start: Operation, stop: Operation, now: float, details: str = "subscriptionStopped") -> None:
        """TranscriptionStopped, with the stop's own context if it has one."""
        told = Operation(
            operation_context=stop.operation_context or start.operation_context, callback_uri=stop.callback_uri
        )
        self._post("Stopped", details, told, now)

    def resumed(self, start: Operation, now: float) -> None:
        """TranscriptionResumed: a dropped socket is back."""
        self._post("Resumed", "streamConnectionReestablished", start, now, RESUMED)

    def interrupted(self, start: Operation, told: Literal["updated", "failed"], now: float) -> None:
        """A socket is gone and will be dialled again, by details that no event is named after (section 3.4)."""
        if told == "updated":
            self._post("Updated", INTERRUPTED, start, now)
        else:
            self._post("Failed", INTERRUPTED, start, now, CANCELED)

    def failed(self, start: Operation, details: str, result: Result, now: float) -> None:
        """TranscriptionFailed."""
        self._post("Failed", details, start, now, result)

    def _post(self, happened: str, details: str, told: Operation, now: float, result: Result = COMPLETED) -> None:
        name = f"Transcription{happened}"
        data = transcription_event(
            name,
            self._context.identity,
            status=f"transcription{happened}",
            details=details,
            result=result,
            context=told.operation_context,
        )
        self._context.post(name, data, now, url=told.callback_uri)
