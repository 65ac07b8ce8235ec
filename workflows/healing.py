"""What is done about a failure of transcription, by ACS's codes: one table, and the pauses between tries.

Sources: the result codes of real-time transcription and the common ones (protocol reference 3.7 and 3.8), and the
status details of TranscriptionFailed (3.4). A code that no row knows is tried again: an unknown failure may pass.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from callscribe.contracts.errors import ErrorType, Problem


class Remedy(StrEnum):
    """What to do."""

    RETRY = "retry"
    """Start again, after a pause that grows."""
    WAIT = "wait"
    """ACS reconnects by itself: give it time before a start of our own."""
    GIVE_UP = "give up"
    """It cannot succeed until a person changes something; the advice says what."""
    CALL_OVER = "call over"
    """The call has ended, or is ending: ask ACS, and believe it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `http` None matches every status; `detail` is a status detail, or a part of the message."""

    code: str | None
    http: int | None
    remedy: Remedy
    advice: str = ""
    detail: str | None = None


_COGNITIVE = "Check the Azure AI services resource: custom sub-domain, managed identity of the ACS resource, role."
_WEBSOCKET = (
    "Check that ingest's public websocket address can be reached from outside (CALLSCRIBE_PUBLIC_WEBSOCKET_URL)."
)
_LOCALE = "Choose a locale with language and region that Azure Speech can transcribe."
_SETUP = "Set CALLSCRIBE_COGNITIVE_SERVICES_ENDPOINT before the call is made; it cannot be added to a running call."
_RIGHTS = "Check the access key and what the ACS resource is allowed to do."

RULES: tuple[Rule, ...] = (
    # Whatever the code beside it says: ACS reconnects by itself, section 3.4. Only of calls that were running before
    # such an event was told apart from a failure (workflows/ledger.py)
    Rule(None, None, Remedy.WAIT, detail="streamConnectionInterrupted"),
    # Of transcription, section 3.7
    Rule("8581", None, Remedy.RETRY, _WEBSOCKET),
    Rule("8578", None, Remedy.RETRY, _WEBSOCKET),
    Rule("8580", None, Remedy.RETRY),
    Rule("8579", None, Remedy.RETRY),
    Rule("8565", 400, Remedy.RETRY, detail="timeout"),
    Rule("8565", 400, Remedy.GIVE_UP, _COGNITIVE),
    Rule("8565", 401, Remedy.GIVE_UP, _COGNITIVE),
    Rule("8565", 403, Remedy.GIVE_UP, _COGNITIVE),
    Rule("8565", None, Remedy.RETRY, "The Speech quota may be used up: ask for more if this goes on."),
    Rule("8605", None, Remedy.GIVE_UP, "Check the custom speech model's endpoint id, and that it is deployed."),
    Rule("8523", None, Remedy.GIVE_UP, _LOCALE),
    Rule("8520", None, Remedy.GIVE_UP, "This kind of call cannot be transcribed so."),
    Rule("8522", 404, Remedy.CALL_OVER),
    Rule("8522", None, Remedy.GIVE_UP, _SETUP),
    Rule("8528", None, Remedy.CALL_OVER),
    Rule("8501", None, Remedy.RETRY),
    # Common ones, section 3.8
    Rule("8585", None, Remedy.RETRY),
    Rule("8500", None, Remedy.GIVE_UP, "The call's media mode does not allow transcription."),
    Rule("8567", None, Remedy.GIVE_UP, _COGNITIVE),
    Rule("8568", None, Remedy.GIVE_UP, _COGNITIVE),
    Rule("8564", None, Remedy.RETRY),
    Rule("8519", None, Remedy.RETRY),
    Rule("8583", None, Remedy.RETRY),
    Rule("8516", None, Remedy.RETRY),
    Rule("8529", None, Remedy.GIVE_UP, "The resource's monthly limit is reached."),
    Rule("8530", None, Remedy.RETRY, "The resource's limit of active calls is reached."),
    *(Rule(code, None, Remedy.GIVE_UP, _RIGHTS) for code in ("7504", "7507", "7509")),
    *(Rule(code, None, Remedy.CALL_OVER) for code in ("8538", "8539", "8541", "8544", "8586", "8587")),
    *(Rule(code, None, Remedy.CALL_OVER) for code in ("7000", "5002", "5010")),
    *(Rule(code, None, Remedy.GIVE_UP, "This is not a failure of transcription.") for code in ("8603", "8604", "8613")),
    *(Rule(code, None, Remedy.RETRY) for code in ("9001", "9002", "9003", "9998", "9999")),
    # By status details, where the code says nothing: section 3.4
    Rule(None, None, Remedy.RETRY, _WEBSOCKET, detail="streamConnectionUnsuccessful"),
    Rule(None, None, Remedy.GIVE_UP, _WEBSOCKET, detail="streamUrlMissing"),
    Rule(None, None, Remedy.RETRY, detail="serviceShutdown"),
    Rule(None, None, Remedy.RETRY, detail="speechServicesConnectionError"),
    Rule(None, None, Remedy.GIVE_UP, _COGNITIVE, detail="authenticationFailure"),
    Rule(None, None, Remedy.GIVE_UP, _COGNITIVE, detail="forbidden"),
    Rule(None, None, Remedy.GIVE_UP, _COGNITIVE, detail="badRequest"),
    Rule(None, None, Remedy.RETRY, detail="tooManyRequests"),
    Rule(None, None, Remedy.RETRY, detail="serviceTimeout"),
)
"""First match counts."""

HOPELESS_TYPES = frozenset(
    {
        ErrorType.AUTHENTICATION,
        ErrorType.NOT_CONFIGURED,
        ErrorType.NOT_SUPPORTED,
        ErrorType.INVALID,
        ErrorType.CONFIGURATION,
    }
)
"""Errors of our own requests that no repetition cures, where their code says nothing more exact."""

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 20, 30, 60))
"""Before the first, second, … try; the last one for every further try."""
RECONNECTION = timedelta(seconds=20)
"""What ACS gets to reconnect a stream by itself."""
STOP_SETTLES = timedelta(seconds=5)
"""From a stop that nobody has asked for to the question why: mostly the call is about to end."""
STREAM_TIMEOUT = timedelta(seconds=30)
"""How long transcription may be on without an open stream before it is started anew; doubled with every try."""
LONGEST_STREAM_TIMEOUT = timedelta(minutes=10)
QUIET = timedelta(minutes=10)
"""How long nothing may change before ACS is asked whether the call is still what we take it for."""


def rule_for(problem: Problem, error_type: str | None = None) -> Rule:
    """The row that fits a failure; one that says RETRY where none does."""
    said = f"{problem.detail or ''} {problem.message}".lower()
    for rule in RULES:
        if rule.code is not None and rule.code != problem.code:
            continue
        if rule.http is not None and rule.http != problem.http_status:
            continue
        if rule.detail is not None and rule.detail.lower() not in said:
            continue
        return rule
    if error_type in HOPELESS_TYPES:
        return Rule(None, None, Remedy.GIVE_UP, problem.advice)
    return Rule(None, None, Remedy.RETRY)


def pause_before(attempt: int, remedy: Remedy) -> timedelta:
    """How long to wait before try number `attempt` (from 0)."""
    pause = PAUSES[min(attempt, len(PAUSES) - 1)]
    return max(pause, RECONNECTION) if remedy is Remedy.WAIT and attempt == 0 else pause


def stream_timeout(attempt: int, *, reconnecting: bool = False) -> timedelta:
    """How long to wait for a stream before restart number `attempt` (from 0); ACS may be `reconnecting` it by itself."""
    if reconnecting and attempt == 0:
        return RECONNECTION
    return min(STREAM_TIMEOUT * (1 << min(attempt, 10)), LONGEST_STREAM_TIMEOUT)
