"""Captions laid out without a terminal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from callscribe.contracts.captions import Caption
from cli.caption_view import CaptionView, Mark, Said, position_text

ANNA = "4:+12025550100"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def caption(kind: str = "final", **values: Any) -> Caption:
    """A caption of Anna's."""
    return Caption.model_validate({"kind": kind, "stream": "s", "participant": ANNA, "at": NOW} | values)


def lines(width: int, *shown: RenderableType) -> list[str]:
    """What a terminal of so many columns shows."""
    console = Console(width=width, force_terminal=False)
    with console.capture() as captured:
        for one in shown:
            console.print(one)
    return captured.get().splitlines()


def test_a_final_settles_once_and_closes_what_was_open() -> None:
    """Its repeat after a reconnection is not shown again."""
    view = CaptionView({ANNA: "Anna"})
    view.take(caption("stream_opened"))
    assert view.take(caption("intermediate", text="good")) == []
    assert len(view.open_lines().renderables) == 1
    final = caption(text="Good morning.", position=1, offset=620_000_000, at=NOW + timedelta(seconds=64))
    (settled,) = view.take(final)
    assert settled == Said(ANNA, "Good morning.", 620_000_000)
    assert view.open_lines().renderables == []
    assert view.take(final) == []
    assert view.finals == 1
    assert view.plain(settled) == "1:02 Anna: Good morning."


def test_what_acs_sends_again_on_another_socket_is_shown_once() -> None:
    """Live, or read in the store: by its identity; and what was open there is closed."""
    view = CaptionView({})
    first = caption(text="Good morning.", position=1, identity="a1")
    assert len(view.take(first)) == 1
    view.take(caption("intermediate", text="good", stream="s2"))
    assert view.take(first.model_copy(update={"stream": "s2", "position": 4})) == []
    assert view.open_lines().renderables == []
    assert len(view.take(first.model_copy(update={"stream": "s2", "position": 5, "identity": "b2"}))) == 1


def test_only_a_change_of_locale_is_shown() -> None:
    """The locale that is already in force is no news, whatever its case."""
    view = CaptionView({}, locale="en-US")
    assert view.take(caption("locale", locale="en-us")) == []
    assert view.take(caption("locale", locale="de-DE")) == [Mark("locale de-DE")]
    assert view.plain(Mark("locale de-DE")) == "[locale de-DE]"
    assert lines(40, view.settled(Mark("locale de-DE"))) == ["── locale de-DE ──"]


@pytest.mark.parametrize("ends", ["stream", "pause"])
def test_what_is_never_finished_does_not_stay_open(ends: str) -> None:
    """It disappears with its stream, or with transcription."""
    view = CaptionView({})
    view.take(caption("intermediate", text="half a sen"))
    if ends == "stream":
        view.take(caption("stream_closed"))
    else:
        view.nobody_speaks()
    assert view.open_lines().renderables == []


def test_nobody_is_without_a_name() -> None:
    """Raw ids are shown readable; a name that is learnt later counts, and none takes it away."""
    view = CaptionView({})
    assert view.name(ANNA) == "+1 202 555 0100"
    view.know({ANNA: "Anna"})
    view.know({ANNA: ""})
    assert view.name(ANNA) == "Anna"


@pytest.mark.parametrize("width", [24, 43, 44, 60, 80, 140])
def test_a_row_fits_its_width(width: int) -> None:
    """Long text wraps under itself, not under the name; wide letters count twice."""
    view = CaptionView({ANNA: "安娜" * 20})
    (said,) = view.take(caption(text="word " * 30, offset=0))
    shown = lines(width, view.settled(said))
    assert len(shown) > 1
    assert all(cell_len(line) <= width for line in shown)
    assert width < 44 or all(line.startswith(" " * 18) for line in shown[1:])


def test_texts_stay_in_their_column_when_a_stranger_speaks() -> None:
    """A telephone number is no wider than the room that names have."""
    view = CaptionView({ANNA: "Anna"})
    said = [
        *view.take(caption(text="Here I am.")),
        *view.take(caption(text="Here I am.", participant="4:+12025550101")),
    ]
    assert len({line.index("Here") for line in lines(80, *map(view.settled, said))}) == 1


def test_nothing_that_is_said_steers_the_terminal() -> None:
    """Control characters and line breaks are spaces."""
    view = CaptionView({ANNA: "An\x1b[31mna"})
    (said,) = view.take(caption(text="one\ntwo\x1b[2Jthree\x07"))
    assert view.plain(said) == "An [31mna: one two [2Jthree"


@pytest.mark.parametrize(("ticks", "shown"), [(0, "0:00"), (36_610_000_000, "1:01:01"), (None, ""), (-5, "0:00")])
def test_positions(ticks: int | None, shown: str) -> None:
    """Ticks as people read time."""
    assert position_text(ticks) == shown
