"""The surroundings of commands that bring a stack of their own."""

import os
from pathlib import Path

import pytest
import typer

from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.own_home import isolated, own_home


def test_nothing_of_the_users_settings_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither an ACS resource, nor a Temporal elsewhere, nor a `.env` file."""
    (tmp_path / ".env").write_text("CALLSCRIBE_STORE_URL=postgresql://production\n")
    monkeypatch.chdir(tmp_path)
    for name in (*(name for name in os.environ if name.startswith("CALLSCRIBE_")), "TEMPORAL_ADDRESS"):
        monkeypatch.setenv(name, "")  # so that each is put back after the test
    monkeypatch.setattr(os, "environ", dict(os.environ, CALLSCRIBE_ACS_CONNECTION_STRING="real", TEMPORAL_API_KEY="k"))
    settings = isolated(tmp_path)
    assert settings.acs_connection_string is None
    assert not settings.model_fields_set
    assert "TEMPORAL_API_KEY" not in os.environ
    assert str(tmp_path) in os.environ["CALLSCRIBE_STORE_URL"]


@pytest.mark.parametrize(("code", "kept"), [(ExitCode.OK, False), (ExitCode.INCOMPLETE, True)])
def test_the_folder_is_kept_only_for_those_who_look_for_a_reason(code: ExitCode, kept: bool) -> None:
    """A run that went well leaves nothing behind."""
    with pytest.raises(typer.Exit), own_home("demo") as home:
        raise typer.Exit(code)
    assert home.exists() is kept
    if kept:
        home.rmdir()


def test_a_run_that_never_started_leaves_no_folder() -> None:
    """A port in use, for instance."""
    with pytest.raises(CliError), own_home("demo") as home:
        raise CliError("Port 8080 is in use.")
    assert not home.exists()


def test_a_folder_that_is_wanted_is_kept() -> None:
    """Whatever came of the run."""
    with pytest.raises(typer.Exit), own_home("demo", keep=True) as home:
        raise typer.Exit(ExitCode.OK)
    assert home.exists()
    home.rmdir()
