"""What waits in the outbox, for a person and for a script."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from callscribe.contracts.chunks import CallEvent
from cli.main import run
from ingest.outbox import Outbox
from tests.cli.dev_stack import Tell
from tests.ingest.test_outbox import NOW, opening, segment


async def fill(path: Path) -> None:
    """A stream that waits, one that is set aside, an event that is set aside, a message nobody could read."""
    async with Outbox(path, now=NOW) as outbox:
        await outbox.open_stream("waits", opening("w1"))
        await outbox.append_final(segment(1, "w1"))
        await outbox.note_trouble("unavailable: connection refused", NOW, stream="w1")
        await outbox.keep_raw("waits", b'{"kind": 7}', "The kind is no text.", NOW, stream="w1")
        await outbox.keep_raw("waits", b"\xff\xfe", "Not UTF-8.", NOW + timedelta(seconds=1))
        await outbox.open_stream("refused", opening("r1"))
        await outbox.set_stream_aside("r1", "refused: BlobSizeLimitError", NOW)
        await outbox.append_event("refused", CallEvent(id="e", type="CallConnected", received_at=NOW))
        await outbox.set_event_aside(1, "refused: BadSignalInput", NOW)


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An outbox that ingest has left behind."""
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    path = tmp_path / "outbox.sqlite"
    with asyncio.Runner() as runner:
        runner.run(fill(path))
    return path


def test_shows_what_waits_since_when_and_why(outbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line a stream, and the reasons below."""
    assert run(["outbox"]) == 0
    shown = capsys.readouterr().out
    assert "waits: stream w1 is not delivered yet: unavailable: connection refused" in shown
    assert "refused: stream r1 is set aside: refused: BlobSizeLimitError" in shown
    assert "refused: event 1 (CallConnected) is set aside: refused: BadSignalInput" in shown
    assert "'callscribe outbox redeliver refused' sends again" in shown


@pytest.mark.parametrize("width", [50, 80, 100, 120])
def test_nothing_is_cut_on_a_narrow_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    """Keys and streams are UUIDs, as ingest makes them."""
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", str(width))
    key, stream = "0192f0c4-7d4f-7cde-b5f5-7e9f555c7482", "01a2059f-6729-7d3c-9f10-3a5b7c9d1e2f"

    async def fill_one() -> None:
        async with Outbox(tmp_path / "outbox.sqlite", now=NOW) as outbox:
            await outbox.open_stream(key, opening(stream))
            for position in range(1, 13):
                await outbox.append_final(segment(position, stream))

    with asyncio.Runner() as runner:
        runner.run(fill_one())
    assert run(["outbox"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(key) or lines[1].startswith(f"{key}  {stream}")
    assert any(stream in line for line in lines)
    assert any(line.split() == ["segments", "12"] or " 12 " in line for line in lines)


def test_a_script_gets_all_of_it(outbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object, with the calls in it."""
    assert run(["outbox", "--json"]) == 0
    view = json.loads(capsys.readouterr().out)
    calls = {call["call"]: call for call in view["calls"]}
    stream = calls["waits"]["streams"][0]
    assert (stream["segments"], stream["chunks"], stream["why_not"]) == (1, 1, "unavailable: connection refused")
    assert calls["waits"]["raw"] == 2
    assert calls["refused"]["events_set_aside"][0]["type"] == "CallConnected"


def test_redelivers_one_call_or_all(outbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The marks are gone then; what waits was never marked."""
    assert run(["outbox", "redeliver"]) == 2
    assert run(["outbox", "redeliver", "waits", "--all"]) == 2
    capsys.readouterr()
    assert run(["outbox", "redeliver", "waits"]) == 0
    assert capsys.readouterr().out == "Nothing of call 'waits' was set aside.\n"
    assert run(["outbox", "redeliver", "--all"]) == 0
    assert capsys.readouterr().out == "Sent again: 1 stream, 1 event.\n"
    assert run(["outbox", "redeliver", "call-refused", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"call": "refused", "streams": 0, "events": 0}


def test_prints_what_could_not_be_read(outbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As it came; what is no text as base64."""
    assert run(["outbox", "raw", "waits"]) == 0
    shown = capsys.readouterr().out
    assert '{"kind": 7}' in shown
    assert "base64://4=" in shown
    assert run(["outbox", "raw", "waits", "--json"]) == 0
    assert [json.loads(line)["stream"] for line in capsys.readouterr().out.splitlines()] == ["w1", None]
    assert run(["outbox", "raw", "nobody"]) == 0
    assert "could be read" in capsys.readouterr().out


def test_what_came_steers_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is a stranger's: on a terminal with escapes for what would, in a pipe to the letter."""
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    packet = '{"kind": "\x1b]52;c;aGE=\x07\x9b2J :smile: [red]"}'

    async def keep() -> None:
        async with Outbox(tmp_path / "outbox.sqlite", now=NOW) as outbox:
            await outbox.keep_raw("k", packet.encode(), "It \x1b[2J cannot be read.", NOW)

    with asyncio.Runner() as runner:
        runner.run(keep())
    assert run(["outbox", "raw", "k"]) == 0
    head, shown = capsys.readouterr().out.splitlines()
    assert head.endswith("event: It [2J cannot be read.")
    assert shown == packet
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert run(["outbox", "raw", "k"]) == 0
    head, shown = capsys.readouterr().out.splitlines()
    assert shown == packet.replace("\x1b", r"\x1b").replace("\x07", r"\x07").replace("\x9b", r"\x9b")


def test_where_there_is_no_outbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that says what is the matter."""
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path / "empty"))
    for command in (["outbox"], ["outbox", "redeliver", "--all"], ["outbox", "raw", "x"]):
        assert run(command) == 1
        assert "There is no outbox" in capsys.readouterr().err


def test_a_call_that_nobody_knows_is_said_to_be_none(tell: Tell) -> None:
    """By a mistyped key nobody is told that all is well; of a call that is known, everything could be read."""
    for arguments in (("raw",), ("raw", "--json"), ("redeliver",)):
        code, stdout, stderr = tell("outbox", arguments[0], "nope", *arguments[1:])
        assert (code, stdout) == (3, "")
        assert "There is no call 'nope'" in stderr
    assert tell("call", "+12025550100", "--key", "known")[0] == 0
    code, stdout, _ = tell("outbox", "raw", "known")
    assert (code, stdout) == (0, "Everything that came for call 'known' could be read.\n")
    assert tell("hangup", "known")[0] == 0
