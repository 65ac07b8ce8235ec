"""A list of calls as a table that fits its terminal: what matters least goes first, the key stays whole."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from callscribe.acs.locales import told_in_turn
from cli.call_lines import CallLine
from cli.console import BETWEEN, one_line, plain_table
from cli.fitting import fitting
from cli.outcome import seconds

STYLES: Final = {
    "transcribing": "green",
    "failed": "red",
    "terminated": "red",
    "partial": "yellow",
    "empty": "yellow",
    "complete": "green",
    "paused": "yellow",
    "gap": "yellow",
}
"""Word → how it is shown."""

_Cell = Callable[[CallLine, datetime], str]


def _short_time(line: CallLine, now: datetime) -> str:
    """The time of today's calls, the day of others."""
    started, today = line.started_at.astimezone(), now.astimezone()
    if started.date() == today.date():
        return f"{started:%H:%M:%S}"
    return f"{started:%b %d %H:%M}" if today - started < timedelta(days=300) else f"{started:%Y-%m-%d}"


def _lasted(line: CallLine, now: datetime) -> str:
    return seconds((line.ended_at or now) - line.started_at)


_COLUMNS: Final[dict[str, _Cell]] = {
    "CALL": lambda line, _: one_line(line.key),
    "STATE": lambda line, _: line.state,
    "VERDICT": lambda line, _: line.verdict,
    "GAP": lambda line, _: "gap" if line.has_gap else "",
    "LOCALE": lambda line, _: told_in_turn(line.locales) or line.locale,
    "PEOPLE": lambda line, _: "" if line.participants is None else str(line.participants),
    "STARTED": lambda line, _: f"{line.started_at.astimezone():%Y-%m-%d %H:%M:%S}",
    "DURATION": _lasted,
}
_NARROWER: Final[tuple[dict[str, _Cell | None], ...]] = (
    {"STARTED": _short_time},
    {"PEOPLE": None},
    {"STATE": lambda line, _: line.verdict or line.state, "VERDICT": None},
    {"DURATION": None},
    {"LOCALE": None},
    {"STARTED": None},
    {"GAP": None},
)
"""What is given up, one after the other, until the table fits: a column shortened, or left out (None)."""


def call_table(lines: Sequence[CallLine], now: datetime, width: int) -> RenderableType:
    """The calls as a table of at most `width` columns; a block for each where that is not enough for their keys."""
    columns = dict(_COLUMNS)
    for step in ({}, *_NARROWER):
        columns = {name: shown for name, cell in columns.items() if (shown := step.get(name, cell)) is not None}
        rows = [[cell(line, now) for cell in columns.values()] for line in lines]
        if _width(list(columns), rows) <= width:
            break
    else:
        return fitting(list(_COLUMNS), [_cells(line, now, _COLUMNS) for line in lines], width)
    table = plain_table()
    for name in columns:
        right = name in {"PEOPLE", "DURATION"}
        table.add_column(name, no_wrap=True, justify="right" if right else "left")
    for line in lines:
        table.add_row(*_cells(line, now, columns))
    return table


def _cells(line: CallLine, now: datetime, columns: Mapping[str, _Cell]) -> list[Text]:
    key, *others = (cell(line, now) for cell in columns.values())
    return [Text(key, style="bold" if line.live else ""), *(Text(one, STYLES.get(one, "")) for one in others)]


def _width(titles: list[str], rows: list[list[str]]) -> int:
    widest = (max(map(cell_len, column)) for column in zip(titles, *rows, strict=True))
    return sum(widest) + BETWEEN * (len(titles) - 1)
