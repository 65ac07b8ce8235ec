"""Captions laid out without a terminal."""

from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from callscribe.acs.ticks import MAX_TICKS
from callscribe.contracts.captions import Caption
from cli.caption_view import CaptionView, position_text

ANNA = "4:+12025550100"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def caption(kind: str = "final", **values: Any) -> Caption:
    """A caption of Anna's."""
    return Caption.model_validate({"kind": kind, "stream": "s", "participant": ANNA, "at": NOW} | values)


def test_a_final_settles_once_and_closes_what_was_open() -> None:
    """Its repeat after a reconnection is not shown again."""
    view = CaptionView({ANNA: "Anna"})
    assert view.take(caption("intermediate", text="good")) == []
    assert len(view.open_lines().renderables) == 1
    final = caption(text="Good morning.", position=1, offset=620_000_000)
    assert view.take(final) == [final]
    assert view.open_lines().renderables == []
    assert view.take(final) == []
    assert view.finals == 1
    assert view.plain(final) == "1:02 Anna: Good morning."


def test_only_a_change_of_locale_is_shown() -> None:
    """The locale that is already in force is no news, whatever its case."""
    view = CaptionView({}, locale="en-US")
    assert view.take(caption("locale", locale="en-us")) == []
    changed = caption("locale", locale="de-DE")
    assert view.take(changed) == [changed]
    assert view.plain(changed) == "[locale de-DE]"


def test_a_closed_stream_leaves_nothing_open() -> None:
    """What was never finished disappears with its stream."""
    view = CaptionView({})
    view.take(caption("intermediate", text="half a sen"))
    view.take(caption("stream_closed"))
    assert view.open_lines().renderables == []


def test_nobody_is_without_a_name() -> None:
    """Raw ids are shown readable."""
    assert CaptionView({}).name(ANNA) == "+1 202 555 0100"


def test_a_row_fits_its_width() -> None:
    """Long text wraps under itself, not under the name."""
    console = Console(width=50, file=None, record=True, force_terminal=False)
    with console.capture() as captured:
        console.print(CaptionView({ANNA: "Anna"}).settled(caption(text="word " * 20, offset=0)))
    lines = captured.get().splitlines()
    assert len(lines) > 2
    assert all(len(line) <= 50 for line in lines)
    assert all(line.startswith(" " * 13) for line in lines[1:])


@pytest.mark.parametrize(
    ("ticks", "shown"),
    [(0, "0:00"), (36_610_000_000, "1:01:01"), (None, ""), (MAX_TICKS, ""), (-5, "0:00")],
)
def test_positions(ticks: int | None, shown: str) -> None:
    """Ticks as people read time; offsets of the older era say nothing."""
    assert position_text(ticks) == shown
