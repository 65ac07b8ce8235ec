"""What a test leaves behind in an event loop that it shares with others."""

import asyncio
import gc
import selectors
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_selectors: "weakref.WeakSet[Any]" = weakref.WeakSet()


def watch_selectors() -> None:
    """Know every selector that is made from now on."""
    kind = getattr(selectors, "EpollSelector", None)  # Linux only
    if kind is None:
        return
    make = kind.__init__

    def made(self: Any) -> None:
        make(self)
        _selectors.add(self)

    kind.__init__ = made


def deaf_descriptors() -> Iterator[str]:
    """Take descriptors out of all loops that were closed while a loop still waited for them; what they were.

    The loop never learns of anything that happens at the next file or socket that is given such a number: another test
    waits there for ever.
    """
    for each in list(_selectors):
        awaited = dict(each.get_map() or {})
        if not awaited:
            continue
        with Path(f"/proc/self/fdinfo/{each.fileno()}").open() as file:
            watched = {int(line.split()[1]) for line in file if line.startswith("tfd:")}
        for key in awaited.values():
            if key.fd not in watched:
                each.unregister(key.fd)
                yield f"{key.fd}: {key.data}"


def waiting_tasks() -> Iterator[str]:
    """Every task that has not ended, in all loops, and the line of each coroutine in which it waits."""
    for task in gc.get_objects():
        if issubclass(type(task), asyncio.Task) and not task.done():  # isinstance asks what a dead proxy stood for
            yield "\n".join([f"{task.get_name()}:", *_waits_in(task.get_coro())])


def _waits_in(awaited: Any) -> Iterator[str]:
    while awaited is not None:
        kind = next((kind for kind in ("cr", "gi", "ag") if hasattr(awaited, f"{kind}_frame")), None)
        if kind is None:
            yield f"  {awaited!r}"
            return
        if frame := getattr(awaited, f"{kind}_frame"):
            yield f"  {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_qualname}"
        awaited = getattr(awaited, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")
