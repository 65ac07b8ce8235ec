"""Captions on a screen: settled lines that stay, intermediate ones that still change. No terminal is needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text

from callscribe.acs.identifiers import readable
from callscribe.acs.locales import same_locale
from callscribe.acs.ticks import to_milliseconds
from callscribe.contracts.captions import Caption
from cli.call_clock import CallClock
from cli.console import one_line

COLOURS: Final = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "bright_magenta")
WIDEST_NAME: Final = 26
"""Columns; a longer name is cut."""
USUAL_NAME: Final = 16
"""Columns of names where there is room: a telephone number fits, so that the first stranger moves no text."""
_NARROW: Final = 44
"""Columns below which text has none of its own."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said, and where in the call: ticks from the opening of its first stream."""

    participant: str
    text: str
    start: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to the transcript between two things said: a change of locale, a pause, a gap."""

    text: str


Line = Said | Mark


class CaptionView:
    """Takes captions in the order in which they come; says what is new, and what is still open."""

    def __init__(self, names: Mapping[str, str], *, locale: str | None = None, clock: CallClock | None = None) -> None:
        self._names = dict(names)
        self._clock = clock or CallClock()
        self._colours: dict[str, str] = {}
        self._open: dict[tuple[str, str], Said] = {}
        self._seen: set[str] = set()
        self._locale = locale
        self.finals = 0
        """Finals shown; a repeat is not shown again."""

    def know(self, names: Mapping[str, str]) -> None:
        """What participants are called; a name that is known is not forgotten."""
        self._names |= {raw_id: name for raw_id, name in names.items() if name or raw_id not in self._names}

    def name(self, participant: str | None) -> str:
        """The participant's name, or a readable form of the raw id; one line."""
        raw_id = participant or ""
        return one_line(self._names.get(raw_id) or readable(raw_id))

    def take(self, caption: Caption) -> list[Line]:
        """The lines to settle now: finals, and changes of locale; nothing for what is still open or repeated."""
        speaker = (caption.stream, caption.participant or "")
        if self._is_repeat(caption):
            self._open.pop(speaker, None)
            return []
        said = Said(speaker[1], one_line(caption.text), self._clock.take(caption))
        if caption.kind == "intermediate":
            self._open[speaker] = said
        elif caption.kind == "final":
            self._open.pop(speaker, None)
            self.finals += 1
            return [said]
        elif caption.kind == "stream_closed":
            self._open = {key: value for key, value in self._open.items() if key[0] != caption.stream}
        elif caption.kind == "locale" and caption.locale:
            changed = self._locale is None or not same_locale(self._locale, caption.locale)
            self._locale = caption.locale
            return [Mark(f"locale {caption.locale}")] if changed else []
        return []

    def elapsed(self, now: datetime) -> str:
        """How far the call is at `now`, on the clock of its captions; empty before the first stream."""
        return position_text(self._clock.at(now))

    def nobody_speaks(self) -> None:
        """What was open will not be finished."""
        self._open.clear()

    def settled(self, line: Line) -> "Row | Text":
        """A settled line for a terminal: time, coloured name, text with a hanging indent."""
        if isinstance(line, Mark):
            return Text(f"── {line.text} ──", style="dim")
        return self._row(line, "")

    def open_lines(self) -> Group:
        """What is being said just now, dim because it may still change."""
        return Group(*(self._row(said, "dim italic") for said in self._open.values()))

    def plain(self, line: Line) -> str:
        """A settled line for a pipe."""
        if isinstance(line, Mark):
            return f"[{line.text}]"
        return f"{position_text(line.start)} {self.name(line.participant)}: {line.text}".strip()

    def _is_repeat(self, caption: Caption) -> bool:
        if caption.kind != "final" or caption.position is None:
            return False
        # An ingest of an older version tells no identity.
        identity = caption.identity or f"{caption.stream}:{caption.position}"
        known = identity in self._seen
        self._seen.add(identity)
        return known

    def _row(self, said: Said, style: str) -> "Row":
        raw_id = said.participant
        colour = self._colours.setdefault(raw_id, COLOURS[len(self._colours) % len(COLOURS)])
        widest = max((cell_len(self.name(one)) for one in {*self._names, raw_id}), default=0)
        name = Text(self.name(raw_id), style=f"bold {colour}")
        return Row(position_text(said.start), name, Text(said.text, style=style), max(widest, USUAL_NAME))


@dataclass(frozen=True, slots=True)
class Row:
    """Time, name and text side by side, as wide as the screen lets them be."""

    time: str
    name: Text
    text: Text
    widest: int
    """Columns that names would like to have."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < _NARROW:
            yield Text.assemble((f"{self.time} ", "dim"), self.name, ": ", self.text)
            return
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(width=7, justify="right", style="dim", no_wrap=True)
        width = min(self.widest, max(options.max_width // 4, 10), WIDEST_NAME)
        row.add_column(width=width, no_wrap=True, overflow="ellipsis")
        row.add_column(ratio=1)
        row.add_row(self.time, self.name, self.text)
        yield row


def position_text(start: int | None) -> str:
    """Ticks into the call as `m:ss` or `h:mm:ss`; empty where nobody knows."""
    if start is None:
        return ""
    total = max(to_milliseconds(start), 0) // 1000
    hours, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
