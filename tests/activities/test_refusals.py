"""What each refusal of ACS means."""

import pytest

from activities import refusals
from activities.policies import PERMANENT
from activities.refusals import rule_for
from callscribe.contracts.errors import ErrorType


@pytest.mark.parametrize(
    ("status", "code", "kind", "retryable"),
    [
        (401, "7509", ErrorType.AUTHENTICATION, False),
        (401, None, ErrorType.AUTHENTICATION, False),
        (401, "8565", ErrorType.AUTHENTICATION, False),
        (403, "7507", ErrorType.AUTHENTICATION, False),
        (403, "8565", ErrorType.AUTHENTICATION, False),
        (404, "8522", ErrorType.NOT_FOUND, False),
        (400, "8528", ErrorType.CALL_ENDED, False),
        (400, "8501", ErrorType.NOT_ESTABLISHED, True),
        (400, "8585", ErrorType.NOT_ESTABLISHED, True),
        (400, "8523", ErrorType.INVALID, False),
        (400, "8605", ErrorType.INVALID, False),
        (400, "1234", ErrorType.INVALID, False),
        (400, None, ErrorType.INVALID, False),
        (400, "8565", ErrorType.UNAVAILABLE, True),
        (400, "8567", ErrorType.AUTHENTICATION, False),
        (400, "8581", ErrorType.NOT_CONFIGURED, False),
        (405, "8520", ErrorType.NOT_SUPPORTED, False),
        (405, "8522", ErrorType.NOT_CONFIGURED, False),
        (405, None, ErrorType.NOT_SUPPORTED, False),
        (408, None, ErrorType.UNAVAILABLE, True),
        (409, "8519", ErrorType.CONFLICT, True),
        (412, "8583", ErrorType.CONFLICT, True),
        (429, "8516", ErrorType.THROTTLED, True),
        (429, "8565", ErrorType.THROTTLED, True),
        (429, None, ErrorType.THROTTLED, True),
        (403, "8529", ErrorType.THROTTLED, False),
        (500, "9999", ErrorType.UNAVAILABLE, True),
        (500, "8578", ErrorType.UNAVAILABLE, True),
        (502, None, ErrorType.UNAVAILABLE, True),
        (503, None, ErrorType.UNAVAILABLE, True),
        (302, None, ErrorType.CONFIGURATION, False),
    ],
)
def test_the_table(status: int, code: str | None, kind: ErrorType, retryable: bool) -> None:
    """Each documented pair of status and code."""
    rule = rule_for(status, code)
    assert (rule.type, rule.retryable) == (kind, retryable)


def test_every_rule_is_of_use() -> None:
    """Each has advice in a sentence, and a type that the retry policies end at once is never called retryable."""
    rules = [*refusals._PAIRS.values(), *refusals._CODES.values(), *refusals._STATUSES.values()]
    for rule in rules:
        assert rule.advice.endswith(".")
        assert not (rule.retryable and rule.type in PERMANENT)


def test_every_status_has_a_rule() -> None:
    """No status of HTTP is left without one, with a code or without."""
    for status in range(300, 600):
        assert rule_for(status, None).advice
        assert rule_for(status, "4711").advice
