"""Gaps in words."""

from datetime import UTC, datetime, timedelta

from rich.console import Console

from callscribe.transcript.facts import Gap, GapCause
from cli.gap_words import MEANINGS, gap_lines

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC).astimezone()


def test_every_cause_is_explained() -> None:
    """In a whole sentence."""
    assert set(MEANINGS) == set(GapCause)
    assert all(meaning.endswith(".") for meaning in MEANINGS.values())


def test_a_gap_says_when_for_how_long_and_what_happened() -> None:
    """With the day where it is another than the call began on; what is explained is set off at any width."""
    first = Gap(start=NOW, end=NOW + timedelta(seconds=75), cause=GapCause.PAUSED, note="by request")
    second = first.model_copy(update={"start": NOW + timedelta(days=2), "end": NOW + timedelta(days=2, seconds=2)})
    console = Console(width=40)
    with console.capture() as captured:
        for line in gap_lines((first, second), NOW):
            console.print(line)
    shown = captured.get().splitlines()
    assert shown[0] == f"{NOW:%H:%M:%S} to {first.end:%H:%M:%S}, 1 min 15 s: paused"
    assert all(line.startswith("  ") for line in shown[1:3])
    assert any(line.startswith(f"{second.start:%Y-%m-%d}") for line in shown)
    assert "(by request)" in captured.get()
