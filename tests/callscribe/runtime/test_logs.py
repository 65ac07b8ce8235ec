"""Logs: one line an entry."""

import json
import logging
from collections.abc import Iterator

import pytest
from temporalio.exceptions import ApplicationError

from callscribe.runtime import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The root logger as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Time, level, logger, message, then what was added, quoted where it has spaces."""
    logs.configure("info", "text")
    logging.getLogger("ingest").info(
        "stream %s", "opened", extra={"stream": "s1", "reason": "closed by ACS", "none": ""}
    )
    logging.getLogger("ingest").debug("not seen")
    line = capsys.readouterr().err
    assert line.endswith('info    ingest: stream opened stream=s1 reason="closed by ACS" none=""\n')
    assert line.count("\n") == 1


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line; what was added never replaces what every entry has, and what is no JSON is written as text."""
    logs.configure("debug", "json")
    logging.getLogger("x").warning("hello", extra={"level": "mine", "what": {1, 2}, "calls": 3})
    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["message"], entry["logger"], entry["calls"]) == ("warning", "hello", "x", 3)
    assert entry["what"] == "{1, 2}"
    assert entry["time"].endswith("+00:00")


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_entry_cannot_be_forged(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """Line breaks and escapes from outside stay inside their entry."""
    logs.configure("info", form)
    logging.getLogger("x").info("call %s", "k\n12:00 error forged", extra={"key": "a\r\nb\x1b[31m"})
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert "\x1b" not in written


@pytest.mark.parametrize("form", ["text", "json"])
def test_exceptions_are_shown(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """With their traceback."""
    logs.configure("info", form)
    try:
        int("broken")
    except ValueError:
        logging.getLogger("x").exception("failed")
    assert "ValueError: invalid literal" in capsys.readouterr().err


def test_temporal_says_where_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    """Workflow, activity and attempt come from Temporal's own extras, the rest of which is left out."""
    logs.configure("info", "json")
    activity = {"workflow_id": "call-k", "activity_type": "hang_up", "attempt": 2, "task_token": "t"}
    logging.getLogger("x").info("done", extra={"temporal_activity": activity})
    entry = json.loads(capsys.readouterr().err)
    assert (entry["workflow"], entry["activity"], entry["attempt"]) == ("call-k", "hang_up", 2)
    assert "task_token" not in entry
    assert "temporal_activity" not in entry


def test_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """The HTTP, websocket and Azure libraries say nothing below a warning, and their own extras are left out."""
    logs.configure("debug", "text")
    logging.getLogger("azure.core.pipeline.policies.http_logging_policy").info("POST …")
    logging.getLogger("uvicorn.error").info("started", extra={"color_message": "\x1b[1mstarted"})
    written = capsys.readouterr().err
    assert "POST" not in written
    assert "color_message" not in written


@pytest.mark.parametrize("form", ["text", "json"])
def test_error_raised_on_purpose_is_a_sentence(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """What an activity of ours tells Temporal: its type and message in one line, without a traceback."""
    logs.configure("info", form)
    logging.getLogger("temporalio.activity").warning(
        "Completing activity as failed",
        exc_info=ApplicationError("ACS answered 405/8520.", type="AcsNotSupported"),
        extra={"__temporal_error_identifier": "ActivityFailure"},
    )
    written = capsys.readouterr().err
    assert "Completing activity as failed: AcsNotSupported: ACS answered 405/8520." in written
    assert "Traceback" not in written
    assert "__temporal" not in written
    assert written.count("\n") == 1
