"""Transcription events as recorded: status, details, whose context, whose address."""

from typing import Literal

import pytest

from emulator.calls.notices import NOT_ESTABLISHED
from emulator.calls.requests import Operation
from tests.emulator.calls.drive import Drive

START = Operation(operation_context="s1", callback_uri="http://x/start")
OTHER = Operation(operation_context="o1", callback_uri="http://x/other")


@pytest.mark.parametrize(
    ("name", "details", "context", "url"),
    [
        ("Started", "subscriptionStarted", "s1", "http://x/start"),
        ("Updated", "transcriptionLocaleUpdated", "s1", "http://x/other"),
        ("Stopped", "subscriptionStopped", "o1", "http://x/other"),
        ("Resumed", "streamConnectionReestablished", "s1", "http://x/start"),
        ("Failed", "serviceShutdown", "s1", "http://x/start"),
    ],
)
def test_notices(name: str, details: str, context: str, url: str) -> None:
    """One row an event."""
    drive = Drive()
    notices = drive.call.transcription._notices
    post = {
        "Started": lambda: notices.started(START, drive.now),
        "Updated": lambda: notices.updated(START, OTHER, drive.now),
        "Stopped": lambda: notices.stopped(START, OTHER, drive.now),
        "Resumed": lambda: notices.resumed(START, drive.now),
        "Failed": lambda: notices.failed(START, "serviceShutdown", NOT_ESTABLISHED, drive.now),
    }
    post[name]()
    drive.settle()
    assert drive.data(f"Transcription{name}")["transcriptionUpdate"] == {
        "transcriptionStatus": f"transcription{name}",
        "transcriptionStatusDetails": details,
    }
    assert drive.data(f"Transcription{name}")["operationContext"] == context
    assert drive.posts[-1].url == url


@pytest.mark.parametrize(("told", "code"), [("updated", (200, 0)), ("failed", (500, 8579))])
def test_interrupted(told: Literal["updated", "failed"], code: tuple[int, int]) -> None:
    """One of two events, by its details."""
    drive = Drive()
    drive.call.transcription._notices.interrupted(START, told, drive.now)
    drive.settle()
    data = drive.data(f"Transcription{told.title()}")
    assert data["transcriptionUpdate"]["transcriptionStatusDetails"] == "streamConnectionInterrupted"
    assert (data["resultInformation"]["code"], data["resultInformation"]["subCode"]) == code


def test_without_context() -> None:
    """The key is absent, not null."""
    drive = Drive()
    drive.call.transcription._notices.stopped(Operation(), Operation(), drive.now)
    drive.settle()
    assert "operationContext" not in drive.data("TranscriptionStopped")
    assert drive.posts[-1].url == "http://x/cb"
