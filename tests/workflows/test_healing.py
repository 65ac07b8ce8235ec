"""The table of remedies: every code that ACS documents has a decision."""

import itertools
from datetime import timedelta

import pytest

from callscribe.contracts.errors import ErrorType, Problem
from workflows import healing
from workflows.healing import Remedy

RETRY, WAIT, GIVE_UP, OVER = Remedy.RETRY, Remedy.WAIT, Remedy.GIVE_UP, Remedy.CALL_OVER


@pytest.mark.parametrize(
    ("http", "code", "message", "remedy"),
    [
        (400, "8581", "StreamUrl isn't valid", RETRY),
        (400, "8565", "bad request to Cognitive Services", GIVE_UP),
        (400, "8565", "Cognitive Services timeout", RETRY),
        (400, "8605", "custom speech model not supported", GIVE_UP),
        (400, "8523", "locale is missing", GIVE_UP),
        (405, "8520", "transcription functionality not supported at this time", GIVE_UP),
        (405, "8522", "transcription URL not set during call setup", GIVE_UP),
        (400, "8528", "call already terminated", OVER),
        (400, "8501", "call not in Established state", RETRY),
        (401, "8565", "authentication error", GIVE_UP),
        (403, "8565", "forbidden", GIVE_UP),
        (429, "8565", "too many concurrent requests", RETRY),
        (500, "8578", "not able to establish WebSocket connection", RETRY),
        (500, "8580", "transcription service was shut down", RETRY),
        (500, "8579", "transcription was canceled", RETRY),
        (500, "9999", "unknown internal server error", RETRY),
        (404, "8522", "call not found", OVER),
        (400, "8500", "invalid media mode", GIVE_UP),
        (400, "8585", "action not valid in the current call state", RETRY),
        (400, "8567", "service principal not enabled", GIVE_UP),
        (409, "8519", "conflict", RETRY),
        (412, "8583", "precondition failed", RETRY),
        (403, "7507", "call source identity invalid", GIVE_UP),
        (403, "7504", "insufficient permissions", GIVE_UP),
        (401, "7509", "HMAC-SHA256 validation failed", GIVE_UP),
        (429, "8516", "call throttled", RETRY),
        (403, "8529", "monthly limit", GIVE_UP),
        (403, "8530", "active call limit", RETRY),
        (480, "8538", "declined", OVER),
        (486, "8539", "busy", OVER),
        (480, "8541", "unavailable", OVER),
        (480, "8544", "unreachable", OVER),
        (500, "8564", "speech connection error", RETRY),
        (500, "8568", "managed identity failed", GIVE_UP),
        (408, "8586", "incoming call not acknowledged", OVER),
        (408, "8587", "incoming call not answered", OVER),
        (500, "8603", "media streaming failed", GIVE_UP),
        (500, "8604", "media streaming cancelled", GIVE_UP),
        (400, "8613", "captions limit", GIVE_UP),
        (200, "7000", "graceful end", OVER),
        (200, "5002", "rejected", OVER),
        (200, "5010", "last participant", OVER),
        (500, "9001", "internal", RETRY),
        (500, "9002", "internal", RETRY),
        (500, "9003", "internal", RETRY),
        (500, "9998", "internal", RETRY),
    ],
)
def test_every_documented_code_has_a_decision(http: int, code: str, message: str, remedy: Remedy) -> None:
    """By code, and by status or message where one code means several things."""
    assert healing.rule_for(Problem(message=message, http_status=http, code=code)).remedy is remedy


@pytest.mark.parametrize(
    ("detail", "remedy"),
    [
        ("streamConnectionInterrupted", WAIT),
        ("streamConnectionUnsuccessful", RETRY),
        ("streamUrlMissing", GIVE_UP),
        ("serviceShutdown", RETRY),
        ("speechServicesConnectionError", RETRY),
        ("authenticationFailure", GIVE_UP),
        ("forbidden", GIVE_UP),
        ("badRequest", GIVE_UP),
        ("tooManyRequests", RETRY),
        ("serviceTimeout", RETRY),
        ("unspecifiedError", RETRY),
        ("somethingNew", RETRY),
    ],
)
def test_status_details_decide_where_no_code_does(detail: str, remedy: Remedy) -> None:
    """An event without codes, or with one that nobody knows."""
    assert healing.rule_for(Problem(message="failed", detail=detail)).remedy is remedy
    assert healing.rule_for(Problem(message="failed", detail=detail, code="4242", http_status=500)).remedy is remedy


@pytest.mark.parametrize("code", ["8578", "8579", "8580", "9999", None])
def test_an_interrupted_stream_is_left_to_acs_whatever_code_comes_with_it(code: str | None) -> None:
    """ACS says that it reconnects; the code tells only what has broken."""
    interrupted = Problem(message="failed", detail="streamConnectionInterrupted", code=code, http_status=500)
    assert healing.rule_for(interrupted).remedy is WAIT


def test_giving_up_always_comes_with_advice() -> None:
    """A person has to act: the table says how."""
    assert [rule for rule in healing.RULES if rule.remedy is GIVE_UP and not rule.advice] == []


def test_errors_of_our_own_requests() -> None:
    """A refused key is hopeless, an unreachable service is not."""
    assert healing.rule_for(Problem(message="no"), ErrorType.AUTHENTICATION).remedy is GIVE_UP
    assert healing.rule_for(Problem(message="no"), ErrorType.UNAVAILABLE).remedy is RETRY


def test_pauses_grow_to_a_limit() -> None:
    """From a second to a minute; ACS's own reconnection gets its time first."""
    pauses = [healing.pause_before(attempt, RETRY) for attempt in range(20)]
    assert pauses[0] == timedelta(seconds=1)
    assert pauses[-1] == timedelta(minutes=1)
    assert all(before <= after for before, after in itertools.pairwise(pauses))
    assert healing.pause_before(0, WAIT) == healing.RECONNECTION
    assert healing.stream_timeout(0) == healing.STREAM_TIMEOUT
    assert healing.stream_timeout(0, reconnecting=True) == healing.RECONNECTION
    assert healing.stream_timeout(1, reconnecting=True) == healing.stream_timeout(1)
    assert healing.stream_timeout(1000) == healing.LONGEST_STREAM_TIMEOUT
