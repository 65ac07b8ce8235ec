"""What a person sees while a stack starts: each process, whether it is ready, and since when it is waited for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Final

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from cli.console import moves

TITLES: Final = {"temporal": "Temporal", "emulator": "the emulator", "worker": "the worker"}
"""Process → how a sentence names it, where that is another word."""


class Starting:
    """Told by the stack how far it is. On a terminal a line that changes; elsewhere one line, at the beginning."""

    def __init__(self, console: Console, names: Sequence[str]) -> None:
        self._console = console
        self._took: dict[str, float | None] = dict.fromkeys(names)
        self._since = monotonic()
        self._live: Live | None = None

    def began(self) -> None:
        """Hear that the first process is about to start."""
        *some, last = (TITLES.get(name, name) for name in self._took)
        self._console.print(f"Starting {', '.join(some)} and {last} …", markup=False, soft_wrap=True)
        self._since = monotonic()
        if moves(self._console):
            live = Live(console=self._console, transient=True, refresh_per_second=4, redirect_stderr=False)
            live.update(self)
            live.start()
            self._live = live

    def ready(self, name: str) -> None:
        """Hear that a process is ready."""
        self._took[name] = monotonic() - self._since

    def done(self) -> None:
        """All are, or it was given up."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __rich__(self) -> RenderableType:
        waiting = [name for name, took in self._took.items() if took is None]
        ready = [f"{name} {took:.1f} s" for name, took in self._took.items() if took is not None]
        line = Text(
            f"waiting for {', '.join(TITLES.get(name, name) for name in waiting)}, {monotonic() - self._since:.0f} s",
            style="dim",
        )
        line.append(f"  ready: {', '.join(ready)}" if ready else "", style="green")
        line.no_wrap, line.overflow = True, "ellipsis"
        return line


@contextmanager
def starting(console: Console, names: Sequence[str]) -> Iterator[Starting]:
    """Shows the start of the processes `names`, until it is done."""
    shown = Starting(console, names)
    try:
        yield shown
    finally:
        shown.done()
