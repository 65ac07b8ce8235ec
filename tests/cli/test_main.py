"""The command as a whole: exit codes and single lines, without any server."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app, run
from cli.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
GUID = "29228d3e-040e-4656-a70e-890ab4e173e5"


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Addresses at which nobody answers, and an empty home folder."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("CALLSCRIBE_EMULATOR_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    monkeypatch.delenv("CALLSCRIBE_STORE_URL", raising=False)


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (["call", "bob"], 2, "'bob' is not a target"),
        (["call", "+12025550100", "--locale", "en"], 2, "without its region"),
        (["call", "+12025550100", "--locale", "en-US-NancyNeural"], 2, "is a voice"),
        (["call", "+12025550100", "--from", "anna"], 2, "not a phone number"),
        (["call", "+12025550100", "--key", "a/b"], 2, "cannot be a call's key"),
        (["call", "+12025550100", "--name", "Anna"], 2, "RAWID=NAME"),
        (["call", "+12025550100", "--start", "soon"], 2, "--start"),
        (["call"], 2, "Missing argument 'TARGET"),
        (["export", "k", "--format", "pdf"], 2, "'--format' / '-f': 'pdf' is not one of"),
        (["group", "anna"], 2, "write its GUID"),
        (["cal"], 2, "No such command 'cal'"),
        (["list", "--nonsense"], 2, "No such option"),
        (["locale", "k", "de"], 2, "'de-DE'"),
        (["demo", "--script", "/nowhere.jsonl"], 2, "/nowhere.jsonl"),
        (["list"], 4, "No Temporal server answers"),
        (["call", GUID], 4, "No Temporal server answers"),
        (["room", "99"], 4, "No Temporal server answers"),
        (["show", "k"], 4, "No Temporal server answers"),
        (["watch", "k"], 4, "No Temporal server answers"),
        (["pause", "k"], 4, "No Temporal server answers"),
        (["emulator", "call"], 4, "No emulator answers"),
        (["emulator", "hangup", "x"], 4, "No emulator answers"),
        (["export", "k"], 3, "There is no call 'k'"),
        (["export", "k", "-o", "/nowhere/k.vtt"], 2, "There is no folder /nowhere: make it"),
        (["emulator", "serve", "--access-key", "!!!"], 2, "--access-key: the emulator's access key must be base64"),
        (["emulator", "serve", "--port", "0", "--host", "nowhere.invalid"], 1, "'nowhere.invalid' is no address here"),
        (["page", "caf\udce9"], 2, r"'caf\xe9' is no text: write it in UTF-8"),
        (["room", " "], 2, "Name the room by its id"),
        (["server-call", ""], 2, "Name the call by its server call id"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: list[str],
    code: int,
    part: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On standard error, without a traceback, with the exit code that says which kind of failure it was."""
    monkeypatch.setattr("cli.emulator.logs.configure", lambda *_: None)  # would be that of all tests that follow
    assert run(arguments) == code
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert part in stderr
    assert stderr.count("\n") == 1
    assert stderr.startswith("callscribe: ")


def test_settings_that_cannot_be_used_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The variable is named."""
    monkeypatch.setenv("CALLSCRIBE_HTTP_PORT", "eighty")
    assert run(["links"]) == 2
    assert "CALLSCRIBE_HTTP_PORT" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "value", "arguments"),
    [
        ("CALLSCRIBE_STORE_URL", "mysql://x", ["search", "word"]),
        ("CALLSCRIBE_WEBHOOKS", "nope", ["worker"]),
        ("CALLSCRIBE_WEBHOOKS", "nope", ["webhooks", "list"]),
    ],
)
def test_a_setting_that_is_none_is_wrong_usage(
    variable: str, value: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever command stumbles over it."""
    monkeypatch.setenv(variable, value)
    assert run(arguments) == 2
    assert variable in capsys.readouterr().err


def test_a_file_that_is_no_store_is_named_and_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It may be somebody's."""
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Dana, " * 1000)
    monkeypatch.setenv("CALLSCRIBE_STORE_URL", f"sqlite+aiosqlite:///{letter}")
    assert run(["search", "word"]) == 4
    assert f"{letter}: that file is no SQLite database" in capsys.readouterr().err
    assert letter.read_text() == "Dear Dana, " * 1000


def test_a_port_in_use_is_named() -> None:
    """With what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "cli", "emulator", "serve", "--port", str(port)]
        ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert f"127.0.0.1:{port} cannot be listened on (Address already in use): stop" in ended.stderr


def test_help_of_every_command_is_shown_without_any_server() -> None:
    """Groups within groups too; each ends with an example."""
    runner = CliRunner()
    assert runner.invoke(app, ["--help"]).exit_code == 0
    for command in (["call"], ["watch"], ["export"], ["dev"], ["demo"], ["emulator", "incoming"]):
        shown = runner.invoke(app, [*command, "--help"])
        assert shown.exit_code == 0
        assert "Example:" in shown.output


@pytest.mark.parametrize("wrong", ["strat", "nothing-like-it"])
def test_a_line_ends_as_its_sentence_does(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A question is not given a full stop too."""
    assert run([wrong]) == 2
    said = capsys.readouterr().err
    assert said.endswith(" See 'callscribe --help'.\n")
    assert "?." not in said
    assert ("? See" in said) is (wrong == "strat")


@pytest.mark.parametrize("module", ["cli", "cli.main"])
def test_both_modules_are_the_command(module: str) -> None:
    """`python -m cli` is `callscribe`."""
    shown = subprocess.run(
        [sys.executable, "-m", module, "--help"], capture_output=True, text=True, cwd=PROJECT, check=True
    )
    assert "Usage: callscribe" in shown.stdout


def test_ctrl_c_while_modules_are_read_leaves_no_traceback() -> None:
    """That takes a second, in which people change their minds."""
    program = (
        "import sys\nfrom cli.__main__ import main\n"
        "class CtrlC:\n    def find_spec(self, name, *_):\n        if name == 'cli.main':\n            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, CtrlC())\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_bare_command_shows_its_help_and_asks_for_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The help on standard output, and a line that is a sentence on standard error."""
    assert run([]) == 2
    stdout, stderr = capsys.readouterr()
    assert "Make a call" in stdout
    assert stderr == "callscribe: Name a command. See 'callscribe --help'.\n"


def test_process_ends_without_taking_the_interpreter_down() -> None:
    """What was written arrives, the exit code too, and nothing is run that could wait for a thread of Temporal's SDK."""
    program = (
        "import atexit, sys; from cli.main import main; atexit.register(print, 'taken down'); "
        "sys.argv = ['callscribe', 'call', 'bob']; print('written'); main()"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == "written\n"
    assert "'bob' is not a target" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["webhooks", "list"], ["webhooks", "list", "--json"]])
def test_output_that_nobody_reads_is_no_failure(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As into `head`, whoever writes it: the help, a sentence, or JSON."""
    if "--json" in arguments:
        hook = {"name": "crm", "url": "https://crm.example/", "secret": "whsec_" + "QUJD" * 11}
        monkeypatch.setenv("CALLSCRIBE_WEBHOOKS", json.dumps([hook]))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments], stdout=writing, stderr=subprocess.PIPE, cwd=PROJECT, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_no_failure(closed: str) -> None:
    """As cron and service managers may start us: what would be printed there is lost, and nothing else."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "cli", "links"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert ("callbacks" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))


def test_letters_that_a_terminal_lacks_are_escaped() -> None:
    """None is lost, and JSON is JSON."""
    command = [sys.executable, "-m", "cli", "links"]
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    shown = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=True)
    assert b"/events/\\u2026" in shown.stdout
    told = subprocess.run([*command, "--json"], cwd=PROJECT, env=environment, capture_output=True, check=True)
    assert json.loads(told.stdout)["callbacks"].endswith("/events/…")


def test_a_screen_of_no_columns_is_one_of_unknown_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sets COLUMNS to 0 does not know it; a list on it would be empty."""
    hook = {"name": "crm", "url": "https://crm.example/", "secret": "whsec_" + "QUJD" * 11}
    monkeypatch.setenv("CALLSCRIBE_WEBHOOKS", json.dumps([hook]))
    monkeypatch.setenv("COLUMNS", "0")
    command = [sys.executable, "-m", "cli", "webhooks", "list"]
    shown = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "crm" in shown.stdout
