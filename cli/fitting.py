"""Lists that fit any terminal: a table where there is room for all of it, else a block for each row. Nothing is cut."""

from collections.abc import Collection, Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.console import BETWEEN, plain_table

_FOLDED: Final = 30
"""Columns that are enough for what may go on in the next line."""

Cell = str | Text
"""What stands in a table; a `str` has no look of its own, and no markup."""


def fitting(
    titles: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    width: int,
    *,
    right: Collection[str] = (),
    folded: Collection[str] = (),
) -> RenderableType:
    """The rows as they fit into `width` columns. `right`: titles of numbers; `folded`: of columns whose text may take
    several lines in a table. A row without a first cell goes on with what the row above is about.
    """
    cells = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    if _width(titles, cells, folded) <= width:
        return _table(titles, cells, right, folded)
    return Group(*(_block(titles, row) for row in cells))


def _width(titles: Sequence[str], rows: Sequence[Sequence[Text]], folded: Collection[str]) -> int:
    widths = [max([cell_len(title), *(row[at].cell_len for row in rows)]) for at, title in enumerate(titles)]
    needed = (min(most, _FOLDED) if title in folded else most for title, most in zip(titles, widths, strict=True))
    return sum(needed) + BETWEEN * (len(titles) - 1)


def _table(
    titles: Sequence[str], rows: Sequence[Sequence[Text]], right: Collection[str], folded: Collection[str]
) -> Table:
    table = plain_table()
    for title in titles:
        table.add_column(
            title, no_wrap=title not in folded, overflow="fold", justify="right" if title in right else "left"
        )
    for row in rows:
        table.add_row(*row)
    return table


def _block(titles: Sequence[str], row: Sequence[Text]) -> RenderableType:
    """The first cell, and under it what else there is, each behind its title."""
    first, *others = row
    grid = Table.grid(padding=(0, BETWEEN), pad_edge=False)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for title, cell in zip(titles[1:], others, strict=True):
        if cell:
            grid.add_row(title.lower(), cell)
    first.overflow = "fold"
    return Group(*([first] if first else []), Padding(grid, (0, 0, 0, BETWEEN), expand=False))
