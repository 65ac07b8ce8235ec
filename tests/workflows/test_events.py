"""What events mean, and what they say of a failure."""

import pytest

from tests.workflows.test_ledger import event
from workflows import events


@pytest.mark.parametrize(
    ("kind", "details", "meaning"),
    [
        ("TranscriptionUpdated", "transcriptionLocaleUpdated", "TranscriptionUpdated"),
        ("TranscriptionUpdated", "subscriptionStarted", "TranscriptionUpdated"),
        ("TranscriptionUpdated", None, "TranscriptionUpdated"),
        ("TranscriptionUpdated", "streamConnectionInterrupted", events.INTERRUPTED),
        ("TranscriptionUpdated", "StreamConnectionInterrupted", events.INTERRUPTED),
        ("TranscriptionUpdated", "streamConnectionReestablished", "TranscriptionResumed"),
        ("TranscriptionFailed", "streamConnectionInterrupted", events.INTERRUPTED),
        ("TranscriptionFailed", "streamConnectionUnsuccessful", "TranscriptionFailed"),
        ("TranscriptionStopped", "streamConnectionInterrupted", "TranscriptionStopped"),
    ],
)
def test_details_decide_where_they_tell_of_the_stream(kind: str, details: str | None, meaning: str) -> None:
    """Whatever event carries them, and in whatever case they are written; else the type decides."""
    assert events.meaning(event(kind, 1, transcription_status_details=details)) == meaning


def test_an_update_that_tells_of_an_interruption_does_not_say_that_all_is_well() -> None:
    """Its code and message are those of a success."""
    told = {"code": 200, "sub_code": 0, "message": "Action completed successfully."}
    problem = events.problem_of(
        event("TranscriptionUpdated", 1, transcription_status_details="streamConnectionInterrupted", **told)
    )
    assert problem.message == "TranscriptionUpdated: streamConnectionInterrupted"
    assert (problem.code, problem.http_status) == (None, None)
    failed = {"code": 500, "sub_code": 8579, "message": "Transcription was canceled."}
    problem = events.problem_of(
        event("TranscriptionFailed", 1, transcription_status_details="streamConnectionInterrupted", **failed)
    )
    assert problem.message == "TranscriptionFailed (500/8579): streamConnectionInterrupted"


def test_a_failure_is_told_with_its_codes_and_message() -> None:
    """Or with its details, where it has no message."""
    failed = event("TranscriptionFailed", 1, code=500, sub_code=8578, transcription_status_details="serviceShutdown")
    assert events.problem_of(failed).message == "TranscriptionFailed (500/8578): serviceShutdown"
    assert events.problem_of(event("CreateCallFailed", 1)).message == "CreateCallFailed: no reason given"
