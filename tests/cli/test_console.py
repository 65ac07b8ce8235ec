"""Results go to standard output, everything else to standard error."""

import io
import json

import pytest
from rich.table import Table
from rich.text import Text

from cli import console


def test_a_complaint_is_one_unwrapped_line_without_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """However long, and with brackets in it."""
    console.complain("first [bold]line[/bold]\nsecond " + "x" * 300)
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"callscribe: first [bold]line[/bold] second {'x' * 300}\n"


def test_json_is_one_line_that_keeps_every_letter(capsys: pytest.CaptureFixture[str]) -> None:
    """For scripts in any language."""
    console.say_json({"text": "Grüße\n"})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "Grüße" in out
    assert json.loads(out) == {"text": "Grüße\n"}


def test_a_pipe_gets_wide_tables_unless_columns_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS wins."""
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console.stdout().width == console.PIPE_WIDTH
    monkeypatch.setenv("COLUMNS", "77")
    assert console.stdout().width == 77


class Tty(io.StringIO):
    """Standard output as a terminal has it."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(
    ("variables", "is_terminal", "escapes", "moving"),
    [
        ({"TERM": "xterm"}, True, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False, True),
        ({"TERM": "dumb"}, True, False, False),
        ({"TERM": "xterm"}, False, False, False),
        ({"TERM": "xterm", "FORCE_COLOR": "1"}, False, True, False),
    ],
)
def test_colours_and_movement_only_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_terminal: bool, escapes: bool, moving: bool
) -> None:
    """NO_COLOR, FORCE_COLOR, TERM=dumb, a pipe."""
    for name in ("TERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    out = Tty() if is_terminal else io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    console.show(Text("green", style="green"))
    assert ("\x1b[32m" in out.getvalue()) is escapes
    assert console.moves(console.stdout()) is moving


def test_tables_have_no_spaces_at_their_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe they would only be in the way of whoever reads on."""
    table = Table("A", "B", box=None)
    table.add_row("a long cell", "b")
    table.add_row("c", "d")
    console.show(table)
    assert all(line == line.rstrip() for line in capsys.readouterr().out.splitlines())


def test_nothing_in_a_line_steers_the_terminal() -> None:
    """Whoever wrote it: names, reasons and words come from outside."""
    assert console.one_line(" a\x1b[2Jb\r\nc\u2028d\x9b ") == "a [2Jb c d"


def test_what_is_said_steers_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is anything in it taken for an emoji's name; its lines stay."""
    console.say("a  b\x1b]52;c;x\x07\n  c :smile: [red]")
    assert capsys.readouterr().out == "a  b ]52;c;x \n  c :smile: [red]\n"
