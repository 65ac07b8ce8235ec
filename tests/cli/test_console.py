"""Results go to standard output, everything else to standard error."""

import json

import pytest

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
