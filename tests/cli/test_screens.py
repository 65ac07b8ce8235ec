"""Where lines go: a terminal, a pipe, a script."""

import io
import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console
from rich.live import Live

from callscribe.contracts.captions import Caption
from callscribe.contracts.status import CallState, CallStatus, TranscriptionState
from cli.caption_view import CaptionView, Mark
from cli.screens import JsonScreen, LiveScreen, Screen, screen
from tests.support.eventually import eventually

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STATUS = CallStatus(
    key="k", state=CallState.TRANSCRIBING, transcription=TranscriptionState.ON, locale="de-DE", started_at=NOW
)


def caption(kind: str = "final", **values: Any) -> Caption:
    """A caption of Anna's."""
    return Caption.model_validate({"kind": kind, "stream": "s", "participant": "4:+1", "at": NOW} | values)


async def test_a_pipe_gets_settled_lines_alone() -> None:
    """Never wrapped, without markup."""
    out = io.StringIO()
    async with screen(CaptionView({"4:+1": "Anna"}), Console(file=out, width=20)) as shown:
        shown.caption(caption("intermediate", text="good"))
        shown.caption(caption(text="Good [b]morning[/b] to all of you.", position=1))
        shown.lines([Mark("paused")])
    assert type(shown) is Screen
    assert out.getvalue() == "Anna: Good [b]morning[/b] to all of you.\n[paused]\n"


async def test_colours_make_no_terminal_of_a_pipe() -> None:
    """FORCE_COLOR into a file: lines are plain, and nothing moves."""
    async with screen(CaptionView({}), Console(file=io.StringIO(), force_terminal=True)) as shown:
        assert type(shown) is Screen


def test_a_script_gets_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Repeats once; marks too."""
    shown = JsonScreen(CaptionView({}), Console())
    for one in (caption("intermediate", text="good"), *[caption(text="Good.", position=1)] * 2):
        shown.caption(one)
    shown.lines([Mark("paused")])
    kinds = [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()]
    assert kinds == ["intermediate", "final", "mark"]


def test_the_last_line_of_a_terminal_says_where_the_call_stands() -> None:
    """Or that ingest is away; it goes once the screen is left."""
    console = Console(file=io.StringIO(), force_terminal=True, width=60)
    with Live(console=console, auto_refresh=False) as live:
        shown = LiveScreen(CaptionView({}), live)
        shown.standing(STATUS)
        shown.caption(caption("intermediate", text="good"))
        with console.capture() as standing:
            console.print(shown)
        shown.link(False)
        with console.capture() as away:
            console.print(shown)
    assert "transcribing · de-DE · Ctrl-C leaves" in standing.get()
    assert "good" in standing.get()
    assert "reconnecting" in away.get()


async def test_one_thread_draws_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two would wipe each other's lines; what changes by itself is drawn all the same."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("cli.screens.moves", lambda _: True)
    out, threads = io.StringIO(), set(threading.enumerate())
    async with screen(CaptionView({}), Console(file=out, force_terminal=True, width=60)) as shown:
        shown.standing(STATUS)
        assert "transcribing" not in out.getvalue()
        await eventually(lambda: "transcribing" in out.getvalue())
        assert set(threading.enumerate()) == threads


def test_a_pipe_is_told_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """So that the words alone are in the file."""
    shown = Screen(CaptionView({}), Console())
    shown.link(False)
    shown.link(True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "callscribe: Ingest does not answer: reconnecting …",
        "callscribe: Ingest answers again.",
    ]
