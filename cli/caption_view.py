"""Captions on a screen: settled lines that stay, intermediate ones that still change. No terminal is needed."""

from collections.abc import Mapping
from typing import Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from callscribe.acs.identifiers import readable
from callscribe.acs.locales import same_locale
from callscribe.acs.ticks import is_inverted, to_milliseconds
from callscribe.contracts.captions import Caption

COLOURS: Final = ("cyan", "magenta", "green", "yellow", "blue", "bright_red", "bright_cyan", "bright_magenta")
LONGEST_NAME: Final = 26
"""Columns; a longer name is cut."""


class CaptionView:
    """Takes captions in the order in which they come; says what is new, and what is still open."""

    def __init__(self, names: Mapping[str, str], *, locale: str | None = None) -> None:
        self._names = dict(names)
        self._colours: dict[str, str] = {}
        self._open: dict[tuple[str, str], Caption] = {}
        self._seen: set[tuple[str, int]] = set()
        self._locale = locale
        self.finals = 0
        """Finals shown; a repeat is not shown again."""

    def name(self, participant: str | None) -> str:
        """The participant's name, or a readable form of the raw id."""
        raw_id = participant or ""
        return self._names.get(raw_id) or readable(raw_id)

    def take(self, caption: Caption) -> list[Caption]:
        """The captions to settle now: finals, and changes of locale; nothing for what is still open or repeated."""
        speaker = (caption.stream, caption.participant or "")
        if caption.kind == "intermediate":
            self._open[speaker] = caption
            return []
        if caption.kind == "final":
            self._open.pop(speaker, None)
            if caption.position is not None:
                place = (caption.stream, caption.position)
                if place in self._seen:
                    return []
                self._seen.add(place)
            self.finals += 1
            return [caption]
        if caption.kind == "stream_closed":
            self._open = {key: value for key, value in self._open.items() if key[0] != caption.stream}
        if caption.kind == "locale" and caption.locale:
            changed = self._locale is None or not same_locale(self._locale, caption.locale)
            self._locale = caption.locale
            return [caption] if changed else []
        return []

    def settled(self, caption: Caption) -> Table | Text:
        """A settled caption for a terminal: time, coloured name, text with a hanging indent."""
        if caption.kind == "locale":
            return Text(f"── {caption.locale} ──", style="dim")
        return self._row(caption, "")

    def open_lines(self) -> Group:
        """What is being said just now, dim because it may still change."""
        return Group(*(self._row(caption, "dim italic") for caption in self._open.values()))

    def plain(self, caption: Caption) -> str:
        """A settled caption as one line for a pipe."""
        if caption.kind == "locale":
            return f"[locale {caption.locale}]"
        time = position_text(caption.offset)
        return f"{time} {self.name(caption.participant)}: {caption.text}".strip()

    def _row(self, caption: Caption, style: str) -> Table:
        raw_id = caption.participant or ""
        colour = self._colours.setdefault(raw_id, COLOURS[len(self._colours) % len(COLOURS)])
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(width=7, justify="right", style="dim", no_wrap=True)
        width = min(max((len(self.name(raw_id)) for raw_id in {*self._names, raw_id}), default=0), LONGEST_NAME)
        row.add_column(width=width, no_wrap=True, overflow="ellipsis")
        row.add_column(ratio=1)
        name = Text(self.name(raw_id), style=f"bold {colour}")
        row.add_row(position_text(caption.offset), name, Text(caption.text, style=style))
        return row


def position_text(offset: int | None) -> str:
    """An offset (ticks) as `m:ss` or `h:mm:ss`; empty for offsets whose zero is a wall-clock instant."""
    if offset is None or is_inverted(offset):
        return ""
    total = max(to_milliseconds(offset), 0) // 1000
    hours, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
