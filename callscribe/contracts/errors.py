"""The error types that cross a process boundary, and the advice that goes with them."""

from enum import StrEnum

from callscribe.model import Frozen


class ErrorType(StrEnum):
    """`ApplicationError.type` of everything that our activities and workflow raise. Both sides compare these texts."""

    THROTTLED = "AcsThrottled"
    """ACS asked us to slow down (429); retried after its Retry-After."""
    UNAVAILABLE = "AcsUnavailable"
    """ACS, or the way to it, failed (5xx, connection refused or lost); retried."""
    AUTHENTICATION = "AcsAuthentication"
    """The access key or the resource is wrong (401, 403); not retried."""
    NOT_FOUND = "AcsNotFound"
    """ACS does not know the call (404/8522)."""
    CALL_ENDED = "AcsCallEnded"
    """The call is already over (400/8528)."""
    NOT_ESTABLISHED = "AcsNotEstablished"
    """The call is not connected yet (400/8501, 400/8585); retried for a short while."""
    NOT_SUPPORTED = "AcsNotSupported"
    """The operation is not possible on this kind of call (405/8520)."""
    NOT_CONFIGURED = "AcsNotConfigured"
    """The call was set up without a transport URL or a cognitive services endpoint (405/8522)."""
    INVALID = "AcsInvalid"
    """ACS refused an argument (400, most often 8523)."""
    CONFLICT = "AcsConflict"
    """The operation conflicts with another (409, 412)."""
    CONFIGURATION = "Configuration"
    """Our own settings cannot serve this call: a missing endpoint, key or caller id; not retried."""
    STORE = "TranscriptStore"
    """The transcript store could not be reached or written; retried for ever."""
    WEBHOOK = "WebhookUndelivered"
    """A webhook did not take a message; tried again for days."""
    WEBHOOK_REFUSED = "WebhookRefused"
    """A webhook has refused a message for good, or there is nothing to send; not retried."""
    REFUSED = "CommandRefused"
    """A command that does not fit the state the call is in."""
    TRANSCRIPTION_FAILED = "TranscriptionFailed"
    """ACS reported that transcription failed, or never reported that it started."""
    CALL_FAILED = "CallFailed"
    """The call never connected; its details are the call's result."""


class Problem(Frozen):
    """An error that a person can act on; the first detail of every `ApplicationError` of ours."""

    message: str
    """What happened, in a sentence."""
    advice: str = ""
    """What to do about it, in a sentence; empty where there is nothing to do but wait."""
    http_status: int | None = None
    code: str | None = None
    """ACS's own code or sub-code, for instance `8523`."""
    detail: str | None = None
    """ACS's status details of a failed transcription, for instance `streamConnectionUnsuccessful`."""
