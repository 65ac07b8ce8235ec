"""A list of calls at any width."""

from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from cli.call_lines import CallLine
from cli.call_table import call_table

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "0192f0c4-7d4f-7cde-b5f5-7e9f555c7482"


def line(**values: object) -> CallLine:
    """A finished call of an hour ago."""
    given = {
        "key": KEY,
        "state": "sealed",
        "locale": "de-DE",
        "verdict": "partial",
        "has_gap": True,
        "participants": 2,
        "started_at": NOW - timedelta(hours=1),
        "ended_at": NOW,
    }
    return CallLine.model_validate(given | values)


def shown(width: int, *lines: CallLine) -> list[str]:
    """The table as a terminal of so many columns shows it."""
    console = Console(width=width)
    with console.capture() as captured:
        console.print(call_table(lines, NOW, width))
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.mark.parametrize("width", [50, 60, 80, 100, 140, 10_000])
def test_a_table_fits_and_keeps_the_key_and_how_it_ended(width: int) -> None:
    """The key is what every other command wants."""
    running = line(key="b" * 36, state="transcribing", verdict="", ended_at=None, has_gap=False)
    title, *rows = shown(width, running, line())
    assert all(len(row) <= width for row in (title, *rows))
    assert rows[1].startswith(KEY)
    assert "transcribing" in rows[0]
    assert "partial" in rows[1]
    if width >= 140:
        assert title.split() == ["CALL", "STATE", "VERDICT", "GAP", "LOCALE", "PEOPLE", "STARTED", "DURATION"]
        assert "1 h 00 min" in rows[1]


@pytest.mark.parametrize("width", [36, 40, 44])
def test_no_key_is_cut_where_a_table_has_no_room(width: int) -> None:
    """A block for each call, with all that a wide table has."""
    told = shown(width, line())
    assert all(len(row) <= width for row in told)
    assert told[0] == KEY
    assert [row.split()[0] for row in told[1:]] == [
        "state",
        "verdict",
        "gap",
        "locale",
        "people",
        "started",
        "duration",
    ]


def test_what_matters_least_goes_first() -> None:
    """A wide table says more of the time; a narrow one has one word for state and verdict."""
    assert "2026-" in shown(140, line())[1]
    assert "PEOPLE" not in shown(85, line())[0]
    narrow = shown(60, line())
    assert "VERDICT" not in narrow[0]
    assert "partial" in narrow[1]


def test_a_key_is_never_taken_for_markup() -> None:
    """Whoever chose it."""
    assert shown(140, line(key="[bold]x"))[1].startswith("[bold]x")


def test_a_call_in_several_locales_names_them_in_turn() -> None:
    """Where the store knows of them; else the one that is known."""
    assert "en-US → de-DE" in shown(140, line(locales=("en-US", "de-DE")))[1]
    assert " de-DE " in shown(140, line())[1]
