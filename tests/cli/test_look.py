"""One call, from whoever knows it."""

import asyncio
import json
from pathlib import Path

import pytest

from cli.session import call_handle, temporal
from tests.cli.dev_stack import Tell, until


def test_a_call_is_shown_while_it_runs_and_when_it_is_over(
    tell: Tell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With streams and participants from the store; without the store, with what the workflow says."""
    assert tell("call", "+12025550100", "--key", "looked-at", "--name", "4:+12025550100=Dana", "--wait")[0] == 0
    code, shown, _ = tell("show", "looked-at")
    assert code == 0
    assert shown.startswith("complete: ")
    assert "Dana  4:+12025550100" in shown
    assert "closed by ACS" in shown
    assert not any(line.endswith(" ") for line in shown.splitlines())
    told = json.loads(tell("show", "call-looked-at", "--json")[1])
    assert len(told["streams"]) == 1
    assert told["correlation_id"] in shown
    assert told["deliveries"] == []

    monkeypatch.setenv("CALLSCRIBE_STORE_URL", f"sqlite+aiosqlite:///{tmp_path / 'no-folder' / 'store.sqlite'}")
    assert json.loads(tell("show", "looked-at", "--json")[1])["verdict"]["kind"] == "complete"


def test_a_namespace_that_is_missing_is_no_missing_call(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked for."""
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "nope")
    for command in (("list",), ("show", "any"), ("start", "any"), ("watch", "any"), ("call", "+12025550100")):
        code, _, stderr = tell(*command)
        assert (code, "has no namespace 'nope'" in stderr) == (2, True), command


def test_a_call_that_was_terminated_leads_to_what_is_stored(tell: Tell) -> None:
    """As from Temporal's web UI: it came to no verdict, and its words are kept."""
    assert tell("call", "+12025550100", "--start", "on-request", "--key", "cut-off")[0] == 0
    until(tell, "cut-off", lambda shown: shown.get("state") == "connected")

    async def terminate() -> None:
        await call_handle(await temporal(), "cut-off").terminate(reason="the line was\nneeded")

    asyncio.run(terminate())
    for command in ("show", "watch"):
        code, _, stderr = tell(command, "cut-off")
        assert code == 1
        assert "was terminated (the line was needed) and came to no verdict: 'callscribe export cut-off' has" in stderr


def test_a_running_call_is_asked_itself(tell: Tell) -> None:
    """Its state and its steps."""
    assert tell("call", "+12025550100", "--start", "on-request", "--key", "runs")[0] == 0
    told = until(tell, "runs", lambda shown: shown.get("state") == "connected")
    assert told["deliveries"] == []
    assert "connected, transcription off" in tell("show", "runs")[1]
    assert tell("hangup", "runs")[0] == 0
