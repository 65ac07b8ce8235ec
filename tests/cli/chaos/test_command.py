"""The command's arguments and the account that a person reads."""

import io
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli.chaos import command as chaos
from cli.chaos.account import Account, CallAccount, Row
from cli.chaos.command import MOST_COMPLAINTS, parse_kinds, show
from cli.chaos.schedule import Kind
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.main import run


def account(*complaints: str) -> Account:
    """One call of ten segments."""
    return Account(
        seed=1,
        speed=1,
        seconds=60,
        rows=(Row(kind="ingest", said=10, sent=9, accepted=9), Row(kind="total", said=10, sent=9, accepted=9)),
        verdicts={"partial": 1},
        untrue=0,
        calls=(CallAccount(key="chaos-1", verdict="partial", said=10, stored=9, missing=1, complaints=complaints),),
    )


def shown(what: Account, width: int = 160) -> str:
    """As printed where there are so many columns."""
    console = Console(width=width, record=True, file=io.StringIO())
    show(what, console)
    return console.export_text()


def test_kinds_are_read_once_each() -> None:
    """In the order in which they are given."""
    assert parse_kinds("worker, ingest,worker") == (Kind.WORKER, Kind.INGEST)


@pytest.mark.parametrize("text", ["", ",", "emulator", "ingest;worker"])
def test_other_kinds_are_refused(text: str) -> None:
    """With the list of those that there are."""
    with pytest.raises(CliError, match="ingest, worker, temporal, store, all"):
        parse_kinds(text)


def test_a_sound_account_says_so() -> None:
    """The table first, one sentence last."""
    text = shown(account())
    assert "LONGEST STALL" in text
    assert "Verdicts: 1 partial; 0 untrue." in text
    assert "None of 9 accepted segments is lost, doubled or out of order; every verdict is true." in text


def test_no_number_is_cut_on_a_narrow_terminal() -> None:
    """A block for each kind of fault, where a table has no room."""
    lines = [line.split() for line in shown(account(), width=80).splitlines()]
    assert ["ingest"] in lines
    assert ["out", "of", "order", "0"] in lines
    assert ["longest", "stall", "0.0", "s"] in lines


def test_complaints_name_their_call() -> None:
    """As many as a person can take."""
    text = shown(account(*(f"lost: {number}" for number in range(MOST_COMPLAINTS + 3))))
    assert "chaos-1: lost: 0" in text
    assert "chaos-1: … 3 more" in text
    assert "None of" not in text


def test_a_store_that_is_a_file_cannot_be_killed(capsys: pytest.CaptureFixture[str]) -> None:
    """It says which option is missing."""
    assert run(["chaos", "--kill", "store"]) == ExitCode.USAGE
    assert "--store postgresql" in capsys.readouterr().err


def test_a_script_that_cannot_be_spoken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused before anything starts."""
    script = tmp_path / "broken.jsonl"
    script.write_text("{}\n")
    assert run(["chaos", "--script", str(script)]) == ExitCode.USAGE
    assert f"{script}:1" in capsys.readouterr().err


@pytest.fixture
def carried_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Account]:
    """What a run finds that starts nothing; its folder is in `tmp_path`, and its settings are forgotten afterwards."""
    findings: list[Account] = []

    async def found(*_given: Any, **_options: Any) -> Account:
        return findings[0]

    monkeypatch.setattr(chaos, "run_supervised", found)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return findings


def test_an_unsound_account_fails_and_names_its_calls(
    carried_out: list[Account], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 1, each complaint stands beside its call, and the folder of the run is kept and named."""
    untrue = CallAccount(key="chaos-2", verdict="complete", said=5, stored=5, missing=0, complaints=("untrue: gap",))
    carried_out.append(
        account("lost: 7").model_copy(update={"untrue": 1, "calls": (*account("lost: 7").calls, untrue)})
    )
    assert run(["chaos"]) == ExitCode.FAILED
    out, err = capsys.readouterr()
    assert "chaos-1: lost: 7" in out
    assert "chaos-2: untrue: gap" in out
    assert "None of" not in out
    (home,) = tmp_path.iterdir()
    assert f"The run's folder, with the processes' logs in services.log: {home}" in err


def test_a_script_reads_an_unsound_account(carried_out: list[Account], capsys: pytest.CaptureFixture[str]) -> None:
    """The same exit code, with the calls and all their complaints in one line of JSON."""
    complaints = [f"lost: {number}" for number in range(MOST_COMPLAINTS + 3)]
    carried_out.append(account(*complaints))
    assert run(["chaos", "--json"]) == ExitCode.FAILED
    (found,) = json.loads(capsys.readouterr().out)["calls"]
    assert (found["key"], found["complaints"]) == ("chaos-1", complaints)


def test_a_sound_account_is_no_failure(
    carried_out: list[Account], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 0, and nothing of the run is left."""
    carried_out.append(account())
    assert run(["chaos"]) == ExitCode.OK
    assert "every verdict is true" in " ".join(capsys.readouterr().out.split())
    assert list(tmp_path.iterdir()) == []
