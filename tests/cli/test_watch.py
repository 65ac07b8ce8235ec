"""Live captions of a running call: in a pipe, on a terminal, and when ingest is away for a while."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from callscribe.contracts.captions import Caption
from cli import watch
from cli.emulator import control
from cli.main import run
from emulator.control_models import PlanRequest, SayRequest
from tests.cli.dev_stack import PROJECT, Tell, until
from tests.cli.terminal import terminal
from tests.cli.through_a_proxy import cuttable
from tests.end_to_end.stack import Script

HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"


def test_watch_shows_captions_until_the_call_ends(tell: Tell) -> None:
    """In a pipe: one plain line a final, then the verdict; the far end hangs up by itself."""
    code, stdout, stderr = tell("call", "+12025550100", "--intermediate", "--watch")
    assert (code, stderr) == (0, "")
    lines = stdout.splitlines()
    assert any("Thank you for calling Brightwell Luggage" in line for line in lines)
    assert sum("Brightwell" in line for line in lines) == 1
    assert lines[-1].startswith("complete: ")
    assert "\x1b" not in stdout


def test_lines_settle_in_place_and_times_go_on_over_a_change_of_locale(second_terminal: None) -> None:
    """A room's locale is changed by a stop and a start, after which ACS counts from nought again."""
    command = ("room", "99455010479855809", "--intermediate", "--watch", "--key", "settles")
    with terminal(*command, columns=100) as shown:
        shown.until(lambda text: "order number?" in text)
        assert run(["locale", "settles", "de-DE"]) == 0
        assert shown.end() == 6
        lines = shown.lines
    assert any(line.startswith("partial: ") for line in lines)
    assert "── locale de-DE ──" in lines
    said = [line for line in lines if line[:8].strip().count(":") == 1 and line.startswith("   ")]
    times = [int(minutes) * 60 + int(rest) for minutes, rest in (line.split()[0].split(":") for line in said)]
    assert times == sorted(times)
    assert sum("Brightwell Luggage" in line for line in lines) == 1
    assert not any("Ctrl-C leaves" in line for line in lines)
    assert len({line.index(line[24:].split()[0]) for line in said}) == 1


def test_ctrl_c_leaves_at_once_and_the_call_goes_on(tell: Tell) -> None:
    """Exit code 130, no traceback; SIGTERM too leaves the terminal as it was."""
    assert tell("call", "+12025550100", "--start", "on-request", "--key", "left")[0] == 0
    with terminal("watch", "left") as shown:
        shown.until(lambda text: "connected" in text)
        shown.interrupt()
        assert shown.end(5) == 130
        assert "Traceback" not in shown.text
    with terminal("watch", "left") as shown:
        shown.until(lambda text: "connected" in text)
        shown.process.terminate()
        assert shown.end(5) == -signal.SIGTERM
        assert shown.written.rfind(SHOW_CURSOR) > shown.written.rfind(HIDE_CURSOR) >= 0
    assert until(tell, "left", lambda status: True)["state"] == "connected"
    assert tell("hangup", "left")[0] == 0


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["lines", "json"])
def test_whoever_reads_the_first_line_alone_has_enough(tell: Tell, more: list[str]) -> None:
    """As `head -1` does: exit code 0 and no word, while the call goes on, and though nobody says anything more."""
    key = f"headed{len(more)}"
    asyncio.run(stays("+12025550134"))
    assert tell("call", "+12025550134", "--key", key)[0] == 0
    until(tell, key, lambda status: status.get("segments") == 1)
    command = [sys.executable, "-m", "cli", "watch", key, *more]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching:
        assert watching.stdout is not None
        assert watching.stderr is not None
        assert watching.stdout.readline()
        watching.stdout.close()
        assert (watching.wait(30), watching.stderr.read()) == (0, b"")
    assert until(tell, key, lambda status: True)["state"] == "transcribing"
    assert tell("hangup", key)[0] == 0


async def stays(number: str) -> None:
    """Let whoever is called say one thing, and not hang up."""
    async with control() as emulator:
        await emulator.plan(number, PlanRequest(script=Script.of("short", ["Hello."]).text, hangup_at_end=3600))


async def stays_silent(number: str) -> None:
    """Let whoever is called say nothing, and not hang up."""
    async with control() as emulator:
        await emulator.plan(number, PlanRequest(silent=True, hangup_at_end=3600))


def test_a_pause_is_shown_where_it_was(tell: Tell) -> None:
    """As a line of its own, between what was said; for scripts as an object of its own."""
    asyncio.run(stays_silent("+12025550133"))
    assert tell("call", "+12025550133", "--start", "on-request", "--key", "pauses")[0] == 0
    until(tell, "pauses", lambda status: status.get("state") == "connected")
    with terminal("watch", "pauses", "--json", columns=1000) as shown:
        assert tell("start", "pauses")[0] == 0
        assert tell("pause", "pauses")[0] == 0
        shown.until(lambda text: '"paused"' in text)
        resumed = tell("resume", "pauses")
        assert resumed[0] == 0, resumed
        shown.until(lambda text: "transcribed again after" in text)
        assert tell("hangup", "pauses")[0] == 0
        shown.end()
        objects = [json.loads(line) for line in shown.written.splitlines()]
    assert objects[-1]["verdict"]["kind"] in {"complete", "partial", "empty"}


def test_that_no_worker_answers_is_said(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said is shown all the same; without a word nobody would know why the rest of the screen is empty."""

    async def silent(_: object) -> None:
        return None

    assert tell("call", "+12025550100", "--start", "on-request", "--key", "unattended")[0] == 0
    until(tell, "unattended", lambda shown: shown.get("state") == "connected")
    assert tell("hangup", "unattended")[0] == 0
    monkeypatch.setattr(watch, "known_status", silent)
    code, stdout, stderr = tell("watch", "unattended")
    assert (code, stdout.partition(":")[0]) == (6, "empty")
    assert "No worker answers" in stderr
    assert "nothing of how the call stands" in stderr


def test_what_live_captions_lose_without_a_word_is_shown_in_the_end(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the call's socket is at another ingest process and the way from there is broken."""

    async def deaf(*_: object, told: Callable[[bool], None], **__: object) -> AsyncIterator[Caption]:
        told(True)
        await asyncio.Event().wait()
        yield Caption(kind="locale", stream="s", at=datetime.now(UTC))

    monkeypatch.setattr(watch, "captions", deaf)
    code, stdout, stderr = tell("call", "+12025550100", "--watch", "--key", "lost-on-the-way")
    assert (code, stderr) == (0, "")
    exported = tell("export", "lost-on-the-way", "--format", "jsonl")[1].splitlines()
    stored = [one["text"] for one in map(json.loads, exported) if "text" in one]
    assert stored
    for text in stored:
        assert sum(text in line for line in stdout.splitlines()) == 1, text


def test_nothing_is_missed_while_ingest_is_away(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection to it breaks and comes back: everything that was said is shown, once."""
    port = int(os.environ["CALLSCRIBE_HTTP_PORT"])
    with cuttable(port) as ingest:
        monkeypatch.setenv("CALLSCRIBE_PUBLIC_HTTP_URL", f"http://127.0.0.1:{ingest.port}")
        with terminal("call", "+12025550100", "--watch", "--key", "away", columns=140) as shown:
            shown.until(lambda text: "Thank you for calling" in text)
            ingest.cut()
            shown.until(lambda text: "reconnecting" in text)
            ingest.mend()
            assert shown.end() == 0
            lines = shown.lines
    assert lines[-1].startswith("complete: ")
    stored = [json.loads(line) for line in tell("export", "away", "--format", "jsonl")[1].splitlines()]
    for text in [one["text"] for one in stored if "text" in one]:
        assert sum(text in line for line in lines) == 1, text


def test_what_is_said_is_shown_while_temporal_is_away(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words come from ingest. That it is away is said, and that it is back; the verdict is waited for."""
    host, _, port = os.environ["TEMPORAL_ADDRESS"].rpartition(":")
    asyncio.run(stays("+12025550135"))
    with cuttable(int(port)) as temporal:
        assert tell("call", "+12025550135", "--key", "without-temporal")[0] == 0
        connected = until(tell, "without-temporal", lambda status: status.get("segments") == 1)
        with monkeypatch.context() as through_the_proxy:
            through_the_proxy.setenv("TEMPORAL_ADDRESS", f"{host}:{temporal.port}")
            with terminal("watch", "without-temporal", columns=140) as shown:
                shown.until(lambda text: "Hello." in text)
                temporal.cut()
                shown.until(lambda text: "does not answer" in text)
                asyncio.run(says(connected["call_connection_id"], "Still here."))
                shown.until(lambda text: "Still here." in text)
                temporal.mend()
                shown.until(lambda text: "Temporal answers again." in text)
                through_the_proxy.undo()
                assert tell("hangup", "without-temporal")[0] == 0
                assert shown.end() == 0
                lines = shown.lines
    assert lines[-1].startswith("complete: ")


async def says(connection: str, text: str) -> None:
    """Let whoever is called say something."""
    async with control() as emulator:
        await emulator.say(connection, SayRequest(participant="4:+12025550135", text=text))
