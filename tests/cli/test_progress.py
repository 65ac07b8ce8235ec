"""How far long work has come."""

import io

import pytest
from rich.console import Console

from cli.progress import progress, upgrade_shown


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def screen(*, is_terminal: bool) -> tuple[Console, io.StringIO]:
    """A console, and what it was given to show."""
    out = Tty() if is_terminal else io.StringIO()
    return Console(file=out, width=80, force_terminal=True, legacy_windows=False), out


@pytest.mark.parametrize(("is_terminal", "quiet"), [(False, False), (True, True)])
def test_nobody_sees_any_in_a_pipe_or_where_it_is_not_wanted(is_terminal: bool, quiet: bool) -> None:
    """Also where colours are forced on."""
    console, out = screen(is_terminal=is_terminal)
    with progress(console, quiet=quiet) as told, upgrade_shown(console, quiet=quiet) as upgrading:
        told("reading", 1, 2)
        upgrading()
    assert out.getvalue() == ""


def test_a_terminal_shows_what_is_done_from_the_first_word_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is taken for markup, and nothing is left behind."""
    monkeypatch.setenv("TERM", "xterm")
    console, out = screen(is_terminal=True)
    with progress(console) as told:
        assert out.getvalue() == ""
        told("reading [bold]it", 1, 2)
    assert "reading [bold]it" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")


def test_an_upgrade_is_shown_once_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is opened at once says nothing."""
    monkeypatch.setenv("TERM", "xterm")
    console, out = screen(is_terminal=True)
    with upgrade_shown(console):
        pass
    assert out.getvalue() == ""
    with upgrade_shown(console) as upgrading:
        upgrading()
    assert "Bringing the transcript store up to date" in out.getvalue()
