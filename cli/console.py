"""Where output goes: results to standard output, everything else to standard error; colours only where wanted."""

import asyncio
import io
import json
import os
import re
import select
import sys
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from rich.console import Console, RenderableType
from rich.table import Table

PIPE_WIDTH: Final = 10_000
"""Columns of what no terminal shows: nothing is wrapped, folded or cut there."""
BETWEEN: Final = 2
LISTENED: Final = 0.5
"""Seconds between two looks whether anybody reads."""
NAMED: Final = 160
"""Characters of a given text that a message quotes: more than any key that can be."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_STEERING: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
"""The same, each by itself, without the end of a line."""


def make_usable() -> None:
    """Let everything be printed, however we were started: with a stream closed (`2>&-`), or in a terminal of few letters."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # its number would go to the next file or socket, and what is printed with it
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    for name in ("COLUMNS", "LINES"):
        if os.environ.get(name) == "0":  # as whoever does not know says it, not a screen on which nothing fits
            del os.environ[name]


def stdout() -> Console:
    """A console on standard output. Rich honours NO_COLOR, FORCE_COLOR and COLUMNS; a pipe gets a wide, plain form."""
    return Console(width=_width(sys.stdout.isatty()), highlight=False, emoji=False)


def stderr() -> Console:
    """A console on standard error."""
    return Console(stderr=True, width=_width(sys.stderr.isatty()), highlight=False, emoji=False)


def _width(is_terminal: bool) -> int | None:
    return None if is_terminal or os.environ.get("COLUMNS") else PIPE_WIDTH


def moves(console: Console) -> bool:
    """Whether `console` is a screen on which lines can change: FORCE_COLOR makes no screen of a pipe."""
    return console.is_terminal and console.file.isatty() and not console.is_dumb_terminal


async def until_nobody_reads() -> None:
    """Raise `BrokenPipeError` once nobody can read standard output any more: who has nothing to write is not told so."""
    try:
        descriptor = sys.stdout.fileno()
    except OSError:  # it is kept in memory
        await asyncio.Event().wait()
        return
    gone = select.poll()
    gone.register(descriptor, 0)  # errors and the other side's end are told unasked
    while not gone.poll(0):  # noqa: ASYNC110 -- nothing but the kernel knows, and it tells only who asks
        await asyncio.sleep(LISTENED)
    raise BrokenPipeError


def plain_table() -> Table:
    """A table without lines, its titles bold, `BETWEEN` spaces between columns: as every list of ours looks."""
    return Table(box=None, padding=(0, BETWEEN, 0, 0), header_style="bold", pad_edge=False)


def show(*parts: RenderableType) -> None:
    """Tables, texts and the like on standard output, without the spaces that fill up lines."""
    console = stdout()
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    for line in captured.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """One line on standard output, never wrapped, never taken for markup, and nothing in it steers a terminal."""
    stdout().print(_STEERING.sub(" ", text), markup=False, soft_wrap=True)


def say_raw(text: str) -> None:
    """What a stranger sent: to the letter in a pipe, and on a terminal with an escape for whatever would steer it."""
    sys.stdout.write((harmless(text) if sys.stdout.isatty() else text) + "\n")
    sys.stdout.flush()


def harmless(text: str) -> str:
    """`text` with an escape for whatever would steer a terminal; line ends stay."""
    return _STEERING.sub(_escape, text)


def _escape(control: re.Match[str]) -> str:
    return ascii(control[0])[1:-1]


def complain(text: str) -> None:
    """One line on standard error, never wrapped, never taken for markup."""
    stderr().print(f"callscribe: {one_line(text)}", markup=False, soft_wrap=True, style="red")


def one_line(text: str) -> str:
    """`text` without line breaks and without what would steer a terminal, whoever wrote it."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def shortened(text: str) -> str:
    """What somebody gave us, as a message names it: enough of it to know it again, however long it is."""
    return text if len(text) <= NAMED else text[: NAMED - 1] + "…"


def say_json(value: BaseModel | Mapping[str, Any]) -> None:
    """`value` as one line of JSON on standard output: the form that a script reads."""
    data = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    sys.stdout.write(json.dumps(data, ensure_ascii=not _takes_every_letter(), default=str) + "\n")
    sys.stdout.flush()


def _takes_every_letter() -> bool:
    return (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
