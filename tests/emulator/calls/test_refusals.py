"""Refusals have the status and code of the protocol reference."""

import pytest

from emulator.calls import refusals
from emulator.rest import error_body


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (refusals.unknown_call(), 404, "8522"),
        (refusals.invalid("x"), 400, "8523"),
        (refusals.not_established(), 400, "8501"),
        (refusals.wrong_state("x"), 400, "8585"),
        (refusals.ended("8528"), 400, "8528"),
        (refusals.ended("8522"), 404, "8522"),
        (refusals.missing_configuration("x"), 405, "8522"),
        (refusals.not_supported("x"), 405, "8520"),
        (refusals.bad_signature(), 401, "7509"),
        (refusals.conflict(409), 409, "8519"),
        (refusals.conflict(400), 400, "8523"),
    ],
)
def test_codes(refusal: refusals.Refusal, status: int, code: str) -> None:
    """One row a refusal."""
    assert (refusal.status, refusal.code) == (status, code)


def test_recorded_body() -> None:
    """The body of a failed signature, byte for byte."""
    assert (
        error_body(refusals.bad_signature()) == b'{"error":{"code":"7509","message":"HMAC-SHA256 validation failed"}}'
    )
    assert error_body(refusals.Refusal(404, None, "x")) == b'{"error":{"message":"x"}}'
