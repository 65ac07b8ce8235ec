"""What people tell a running call: the arguments and answers of its updates. An update's id makes it happen once."""

from callscribe.contracts.call import OperationContext
from callscribe.contracts.status import CallState, TranscriptionState
from callscribe.model import Frozen, Strict


class StartTranscription(Strict):
    """Start transcription, plain, with a locale, with a context, or with both."""

    locale: str | None = None
    """Checked by the workflow, so that a refusal carries its reason."""
    operation_context: OperationContext | None = None


class UpdateLocale(Strict):
    """Go on in another locale."""

    locale: str
    """Checked by the workflow, so that a refusal carries its reason."""
    operation_context: OperationContext | None = None


class Pause(Strict):
    """Stop transcription for a while; what is said meanwhile is not transcribed, and the verdict says so."""

    operation_context: OperationContext | None = None


class Resume(Strict):
    """Go on after a pause, in the locale that was in force."""

    operation_context: OperationContext | None = None


class StopTranscription(Strict):
    """Stop transcription for good (it can still be started again)."""

    operation_context: OperationContext | None = None


class HangUp(Strict):
    """End the call: leave it, or end it for everyone."""

    for_everyone: bool | None = None
    """None: for everyone in a call that we dialled or answered, while one that we connected to goes on without us."""


class CommandResult(Frozen):
    """Where the call stands after a command."""

    state: CallState
    transcription: TranscriptionState
    locale: str
    note: str = ""
    """Anything out of the ordinary, for instance that a locale change had to be a stop and a start."""
