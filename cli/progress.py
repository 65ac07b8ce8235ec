"""How far long work has come, for whoever waits at a terminal: on standard error, and nowhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cli.console import moves

Told = Callable[[str, int, int], None]
"""What is being done, and how much of all is done."""


@contextmanager
def progress(console: Console, *, quiet: bool = False) -> Iterator[Told]:
    """A bar from the first time that something is told until the block ends, which leaves nothing behind; none where
    `console` is no screen, or where `quiet`.
    """
    if quiet or not moves(console):
        yield lambda _doing, _done, _all: None
        return
    words = TextColumn("{task.description}", markup=False)
    bar = Progress(SpinnerColumn(), words, BarColumn(), TimeElapsedColumn(), console=console, transient=True)
    task = bar.add_task("", total=None)

    def told(doing: str, done: int, everything: int) -> None:
        bar.update(task, description=doing, completed=done, total=everything)
        bar.start()

    try:
        yield told
    finally:
        bar.stop()


@contextmanager
def upgrade_shown(console: Console, *, quiet: bool = False) -> Iterator[Callable[[], None]]:
    """What to call when the transcript store turns out to be of an older version: a sentence stands until the block ends,
    under the same conditions.
    """
    status = console.status("Bringing the transcript store up to date; of a large one this takes minutes.")

    def told() -> None:
        if not quiet and moves(console):
            status.start()

    try:
        yield told
    finally:
        status.stop()
