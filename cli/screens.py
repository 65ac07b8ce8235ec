"""Where the lines of a running call go: a terminal on which they settle, a pipe, or a script."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from callscribe.contracts.captions import Caption
from callscribe.contracts.status import CallStatus
from cli.caption_view import CaptionView, Line, Mark
from cli.console import complain, moves, say_json

REFRESH_EVERY: Final = 1 / 12
"""Seconds between two looks at what changes by itself."""


class Screen:
    """Where lines go. This one prints each settled line for a pipe."""

    def __init__(self, view: CaptionView, console: Console) -> None:
        self.view = view
        self.console = console

    def caption(self, caption: Caption) -> None:
        """Show a caption that has come."""
        self.lines(self.view.take(caption))

    def lines(self, lines: list[Line]) -> None:
        """Show lines that will not change any more."""
        for line in lines:
            self.console.print(self.view.plain(line), markup=False, soft_wrap=True)

    def standing(self, status: CallStatus) -> None:
        """Hear where the call stands."""

    def link(self, answers: bool) -> None:
        """Hear whether ingest answers."""
        complain("Ingest answers again." if answers else "Ingest does not answer: reconnecting …")


class LiveScreen(Screen):
    """Settled lines above, open ones below them, where they change in place, and a line that says where the call stands."""

    def __init__(self, view: CaptionView, live: Live, *, bar: bool = True) -> None:
        super().__init__(view, live.console)
        self._live = live
        self._bar = bar
        self._status: CallStatus | None = None
        self._away = False

    def lines(self, lines: list[Line]) -> None:
        """First what is open: what settles must not be seen twice."""
        self._live.update(self, refresh=not lines)
        for line in lines:
            self.console.print(self.view.settled(line))

    def standing(self, status: CallStatus) -> None:
        """Shown in the last line."""
        self._status = status

    def link(self, answers: bool) -> None:
        """Shown in the last line."""
        self._away = not answers

    async def keep_fresh(self) -> None:
        """Show the time that passes, until cancelled. Not by a thread of the terminal's library: one that draws while
        another settles a line can wipe the line above it.
        """
        while True:
            await asyncio.sleep(REFRESH_EVERY)
            self._live.refresh()

    def __rich__(self) -> RenderableType:
        return Group(self.view.open_lines(), *self._foot())

    def _foot(self) -> list[Text]:
        if self._away:
            return [Text("ingest does not answer: reconnecting …", style="yellow")]
        if self._status is None or not self._bar:
            return []
        parts = [self._status.state, self._status.locale, self.view.elapsed(datetime.now(UTC)), "Ctrl-C leaves"]
        return [Text(" · ".join(part for part in parts if part), style="dim", no_wrap=True, overflow="ellipsis")]


class JsonScreen(Screen):
    """Every caption and every mark as a JSON object of one line."""

    def caption(self, caption: Caption) -> None:
        """Repeats are left out."""
        if self.view.take(caption) or caption.kind != "final":
            say_json(caption)

    def lines(self, lines: list[Line]) -> None:
        """Only marks come this way."""
        for line in lines:
            if isinstance(line, Mark):
                say_json({"kind": "mark", "text": line.text, "at": datetime.now(UTC).isoformat()})


@asynccontextmanager
async def screen(
    view: CaptionView, console: Console, *, as_json: bool = False, bar: bool = True
) -> AsyncIterator[Screen]:
    """Where the lines of a call go: a terminal on which they settle, a pipe, or a script. `bar`: with a last line."""
    if as_json:
        yield JsonScreen(view, console)
    elif moves(console):
        with Live(console=console, transient=True, auto_refresh=False, redirect_stderr=False) as live:
            shown = LiveScreen(view, live, bar=bar)
            live.update(shown)
            fresh = asyncio.create_task(shown.keep_fresh())
            try:
                yield shown
            finally:
                fresh.cancel()
                await asyncio.wait({fresh})
    else:
        yield Screen(view, console)
