"""What each refusal of ACS means: (HTTP status, ACS code) → kind of error, whether to try again, what to do about it.

Codes and causes: protocol reference 3.7, 3.8 and 4.6. A row without a code is the rule for the rest of its status; a
row without a status holds for its code wherever it appears.
"""

from dataclasses import dataclass
from typing import Final

from callscribe.contracts.errors import ErrorType


@dataclass(frozen=True)
class Rule:
    """What to make of a refusal."""

    type: ErrorType
    retryable: bool
    advice: str


_KEY = "Check CALLSCRIBE_ACS_CONNECTION_STRING: endpoint and access key must belong to the same ACS resource."
_SPEECH_ROLE = (
    "Give the ACS resource a managed identity with the role 'Cognitive Services User' on the Azure AI resource, and "
    "use that resource's custom sub-domain in CALLSCRIBE_COGNITIVE_SERVICES_ENDPOINT."
)
_WAIT = "Nothing to do but wait: the request is repeated."
_SLOWER = "The request is repeated when ACS allows it; if this goes on, ask Azure for a higher limit."
_NOT_CONNECTED = "The call must be connected first; the request is repeated for a short while."
_OVER = "The call is over; start a new one."

_PAIRS: Final[dict[tuple[int, str], Rule]] = {
    (400, "8500"): Rule(ErrorType.INVALID, False, "This kind of call does not carry the media that was asked for."),
    (400, "8501"): Rule(ErrorType.NOT_ESTABLISHED, True, _NOT_CONNECTED),
    (400, "8585"): Rule(ErrorType.NOT_ESTABLISHED, True, _NOT_CONNECTED),
    (400, "8523"): Rule(
        ErrorType.INVALID,
        False,
        "Check the argument that ACS names: locales need language and region (en-US), public addresses https and wss.",
    ),
    (400, "8528"): Rule(ErrorType.CALL_ENDED, False, _OVER),
    (400, "8565"): Rule(
        ErrorType.UNAVAILABLE, True, "Azure AI services refused or timed out; if this goes on, check its endpoint."
    ),
    (400, "8567"): Rule(ErrorType.AUTHENTICATION, False, _SPEECH_ROLE),
    (400, "8581"): Rule(
        ErrorType.NOT_CONFIGURED,
        False,
        "ACS cannot use the websocket address: CALLSCRIBE_PUBLIC_WEBSOCKET_URL must be wss:// and reachable from Azure.",
    ),
    (400, "8605"): Rule(
        ErrorType.INVALID, False, "Check speech_model_id: it is the endpoint id (GUID) of a deployed custom model."
    ),
    (401, "8565"): Rule(ErrorType.AUTHENTICATION, False, _SPEECH_ROLE),
    (403, "8565"): Rule(ErrorType.AUTHENTICATION, False, _SPEECH_ROLE),
    (403, "7504"): Rule(ErrorType.AUTHENTICATION, False, "The ACS resource may not do this: check its permissions."),
    (403, "7507"): Rule(
        ErrorType.AUTHENTICATION,
        False,
        "The source of the call is not the resource's own: CALLSCRIBE_SOURCE_CALLER_ID must be a number that it owns.",
    ),
    (404, "8522"): Rule(
        ErrorType.NOT_FOUND, False, "ACS does not know this call (any more): it has ended, or the id is wrong."
    ),
    (405, "8520"): Rule(
        ErrorType.NOT_SUPPORTED,
        False,
        "This kind of call cannot do that; a call joined with connect cannot change its locale without stop and start.",
    ),
    (405, "8522"): Rule(
        ErrorType.NOT_CONFIGURED,
        False,
        "The call was set up without a transport URL or an Azure AI services endpoint: set "
        "CALLSCRIBE_PUBLIC_WEBSOCKET_URL and CALLSCRIBE_COGNITIVE_SERVICES_ENDPOINT and place the call again.",
    ),
    (429, "8565"): Rule(
        ErrorType.THROTTLED,
        True,
        "Too many transcriptions at once for the Azure AI resource: ask for a higher quota if this goes on.",
    ),
    (500, "8578"): Rule(
        ErrorType.UNAVAILABLE, True, "ACS could not open its websocket to us: check CALLSCRIBE_PUBLIC_WEBSOCKET_URL."
    ),
}

_CODES: Final[dict[str, Rule]] = {
    "7509": Rule(ErrorType.AUTHENTICATION, False, _KEY),
    "8516": Rule(ErrorType.THROTTLED, True, _SLOWER),
    "8519": Rule(ErrorType.CONFLICT, True, _WAIT),
    "8529": Rule(ErrorType.THROTTLED, False, "The month's limit of the ACS resource is used up: ask Azure for more."),
    "8530": Rule(
        ErrorType.THROTTLED, True, "Too many calls at once for the ACS resource: ask Azure for a higher limit."
    ),
    "8564": Rule(ErrorType.UNAVAILABLE, True, _WAIT),
    "8568": Rule(ErrorType.AUTHENTICATION, False, _SPEECH_ROLE),
    "8583": Rule(ErrorType.CONFLICT, True, _WAIT),
}

_STATUSES: Final[dict[int, Rule]] = {
    401: Rule(ErrorType.AUTHENTICATION, False, _KEY),
    403: Rule(ErrorType.AUTHENTICATION, False, f"ACS forbids this. {_KEY}"),
    404: Rule(ErrorType.NOT_FOUND, False, "ACS does not know what the request names: check the ids in it."),
    405: Rule(ErrorType.NOT_SUPPORTED, False, "This kind of call cannot do that."),
    408: Rule(ErrorType.UNAVAILABLE, True, _WAIT),
    409: Rule(ErrorType.CONFLICT, True, _WAIT),
    412: Rule(ErrorType.CONFLICT, True, _WAIT),
    425: Rule(ErrorType.UNAVAILABLE, True, _WAIT),
    429: Rule(ErrorType.THROTTLED, True, _SLOWER),
}
_REDIRECTED = Rule(
    ErrorType.CONFIGURATION,
    False,
    "Use the resource's own address as the endpoint in CALLSCRIBE_ACS_CONNECTION_STRING.",
)
_REFUSED = Rule(ErrorType.INVALID, False, "Check the request's arguments against ACS's message.")
_FAILED = Rule(ErrorType.UNAVAILABLE, True, _WAIT)


def rule_for(status: int, code: str | None) -> Rule:
    """The most exact rule there is for an answer of ACS that is not a success."""
    found = (_PAIRS.get((status, code)) or _CODES.get(code)) if code else None
    if found or (found := _STATUSES.get(status)):
        return found
    if status >= 500:
        return _FAILED
    return _REFUSED if status >= 400 else _REDIRECTED
