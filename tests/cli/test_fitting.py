"""Lists at any width."""

import pytest
from rich.console import Console
from rich.text import Text

from cli.fitting import Cell, fitting

ID = "msg_5b1f03c2a5d94e0c8d0f6a7b9c1e2d3f"
TITLES = ("DELIVERY", "STATE", "TRIES", "LAST")
ROWS: list[list[Cell]] = [
    [Text(ID, style="bold"), "failed", "12", "answered 500: " + "the database of the receiver is not running " * 2],
    ["msg_2", "delivered", "1", ""],
]


def shown(width: int, rows: list[list[Cell]] = ROWS) -> list[str]:
    """What a terminal of so many columns shows."""
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(fitting(TITLES, rows, width, right={"TRIES"}, folded={"LAST"}))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_table_where_there_is_room() -> None:
    """What may be folded is folded there; numbers stand to the right."""
    lines = shown(100)
    assert lines[0] == f"DELIVERY{' ' * 30}STATE      TRIES  LAST"
    assert lines[1].startswith(f"{ID}  failed        12  answered 500:")
    assert lines[-1] == f"msg_2{' ' * 33}delivered      1"


def test_blocks_where_there_is_none() -> None:
    """Each cell behind its title, and none that is empty."""
    assert shown(80) == [
        ID,
        "  state  failed",
        "  tries  12",
        "  last   answered 500: the database of the receiver is not running the database",
        "         of the receiver is not running",
        "msg_2",
        "  state  delivered",
        "  tries  1",
    ]


def test_a_row_may_go_on_with_the_one_above() -> None:
    """Without a first cell, it has no line of its own for it."""
    assert shown(20, [["call", "one", "", ""], ["", "two", "", "a sentence of its own"]])[:3] == [
        "call",
        "  state  one",
        "  state  two",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 90, 100, 120, 160, 10_000])
def test_nothing_is_cut(width: int) -> None:
    """At any width, whatever is shown is there to its last letter."""
    letters = "".join("".join(shown(width)).split())
    for row in ROWS:
        for cell in row:
            assert "".join(str(cell).split()) in letters
    assert max(map(len, shown(width))) <= width


def test_markup_is_text() -> None:
    """Brackets are shown."""
    assert "[bold]x[/bold]" in shown(200, [["a", "[bold]x[/bold]", "", ""]])[1]
