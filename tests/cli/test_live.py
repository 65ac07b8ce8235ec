"""Every command in the second terminal, while `callscribe dev` runs in the first: real calls, through real processes."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from tests.cli.dev_stack import clean_environment, dev_stack


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home folder of a running stack whose people speak fast."""
    folder = tmp_path_factory.mktemp("home")
    with dev_stack(folder, "--emulator-speed", "10", "--hangup-at-end", "3"):
        yield folder


@pytest.fixture(autouse=True)
def second_terminal(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the home folder is known; everything else is found there, and forgotten after the test."""
    import os

    for name in os.environ:
        if name.startswith(("CALLSCRIBE_", "TEMPORAL_")):
            monkeypatch.delenv(name)
    values = clean_environment(home) | dict(line.split("=", 1) for line in (home / "dev.env").read_text().splitlines())
    for name, value in values.items():
        if name.startswith(("CALLSCRIBE_", "TEMPORAL_")):
            monkeypatch.setenv(name, value)


Tell = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Run a command; returns exit code, standard output, standard error."""

    def carry_out(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        stdout, stderr = capsys.readouterr()
        return code, stdout, stderr

    return carry_out


def until(tell: Tell, key: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What `show` says of the call as soon as it fits; fails after 30 s."""
    deadline = time.monotonic() + 30
    while True:
        code, stdout, stderr = tell("show", key, "--json")
        shown = json.loads(stdout) if code == 0 else {"error": stderr}
        if code == 0 and fits(shown):
            return dict(shown)
        assert time.monotonic() < deadline, shown
        time.sleep(0.1)


def test_a_call_is_made_steered_shown_and_exported(tell: Tell) -> None:
    """The whole how-to, command by command."""
    code, stdout, _ = tell(
        "call", "+12025550100", "--start", "on-request", "--key", "steered", "--name", "+12025550100=Anna"
    )
    assert code == 0
    assert "call-steered" in stdout
    assert "/namespaces/default/workflows/call-steered" in stdout
    until(tell, "steered", lambda shown: shown.get("state") == "connected")

    assert tell("stop", "steered")[0] == 5
    assert tell("start", "steered", "--locale", "en-GB", "--context", "test")[:2] == (
        0,
        "transcribing: transcription on, locale en-GB\n",
    )
    code, _, stderr = tell("start", "steered")
    assert (code, "already" in stderr) == (5, True)
    assert tell("locale", "steered", "de-de")[1] == "transcribing: transcription on, locale de-DE\n"
    assert json.loads(tell("pause", "call-steered", "--json")[1])["state"] == "paused"
    assert tell("resume", "steered")[1] == "transcribing: transcription on, locale de-DE\n"
    until(tell, "steered", lambda shown: shown.get("segments", 0) >= 2)

    code, stdout, _ = tell("list", "--live")
    assert (code, "steered" in stdout, "transcribing" in stdout) == (0, True, True)
    assert tell("hangup", "steered")[0] == 0
    ended = until(tell, "steered", lambda shown: bool(shown.get("ended_at") and shown.get("verdict")))
    code, stdout, _ = tell("show", "steered")
    assert ended["verdict"]["kind"] in stdout
    assert "start transcription (en-GB)" in stdout

    code, stdout, _ = tell("export", "steered", "--format", "jsonl")
    assert code == 0
    assert len([line for line in stdout.splitlines() if json.loads(line)]) >= ended["segments"]
    assert tell("pause", "steered")[0] == 5
    code, _, stderr = tell("call", "+12025550100", "--key", "steered")
    assert (code, "choose another --key" in stderr) == (5, True)


def test_export_writes_files_of_every_format(tell: Tell, tmp_path: Path) -> None:
    """Standard error says what they are worth."""
    assert tell("call", "+12025550100", "--key", "exported", "--wait")[0] in {0, 6}
    for form in ("json", "jsonl", "txt", "md", "srt", "vtt", "csv"):
        code, stdout, stderr = tell("export", "exported", "--format", form, "--output", str(tmp_path / form))
        assert (code, stdout) == (0, "")
        assert "15 segments" in stderr
        assert (tmp_path / form).stat().st_size > 500


def test_watch_shows_captions_until_the_call_ends(tell: Tell) -> None:
    """In a pipe: one plain line a final, then the verdict; the far end hangs up by itself."""
    code, stdout, stderr = tell("call", "+12025550100", "--intermediate", "--watch")
    assert (code, stderr) == (0, "")
    lines = stdout.splitlines()
    assert any("Thank you for calling Brightwell Luggage" in line for line in lines)
    assert sum("Brightwell" in line for line in lines) == 1
    assert lines[-1].startswith("complete: ")


def test_the_same_key_makes_one_call(tell: Tell) -> None:
    """Sent twice while it runs, it is found again."""
    first = json.loads(tell("call", "+12025550100", "--key", "once", "--json")[1])
    second = json.loads(tell("call", "+12025550100", "--key", "once", "--json")[1])
    assert first == second
    assert tell("hangup", "once")[0] == 0


def test_unknown_calls_are_one_line(tell: Tell) -> None:
    """The same words and code wherever a call is named."""
    for arguments in (["show", "x"], ["watch", "x"], ["export", "x"], ["pause", "x"], ["locale", "x", "de-DE"]):
        code, _, stderr = tell(*arguments)
        assert (code, stderr) == (3, "callscribe: There is no call 'x'. 'callscribe list' shows those there are.\n")


def test_the_emulators_people_speak_hang_up_and_ring(tell: Tell) -> None:
    """The far end of a call, by hand."""
    assert tell("call", "+12025550100", "--key", "far-end")[0] == 0
    connection = until(tell, "far-end", lambda shown: shown.get("transcription") == "on")["call_connection_id"]
    code, stdout, _ = tell("emulator", "call", connection)
    assert (code, "two-languages" in stdout) == (0, True)
    assert tell("emulator", "say", connection, "--as", "+12025550100", "By hand, this one.")[0] == 0
    until(tell, "far-end", lambda shown: shown.get("segments", 0) >= 1)
    deadline = time.monotonic() + 20
    while "By hand, this one." not in tell("export", "far-end")[1]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert tell("emulator", "hangup", connection)[0] == 0
    assert until(tell, "far-end", lambda shown: bool(shown.get("ended_at")))
    assert tell("emulator", "hangup", "nobody")[0] == 3

    before = len(tell("list", "--json")[1].splitlines())
    assert tell("emulator", "incoming", "--from", "+12025550100", "--to", "+12025550199")[0] == 0
    deadline = time.monotonic() + 20
    while len(tell("list", "--json")[1].splitlines()) == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_rooms_groups_and_server_calls_are_joined(tell: Tell) -> None:
    """The three ways to connect."""
    guid = "29228d3e-040e-4656-a70e-890ab4e173e5"
    for key, arguments in {
        "r": ["room", "99412345678901234"],
        "g": ["group", guid],
        "s": ["server-call", "aHR0cHM6"],
    }.items():
        assert tell(*arguments, "--key", key)[0] == 0
        until(tell, key, lambda shown: shown.get("transcription") == "on")
        assert tell("hangup", key, "--leave")[0] == 0
