"""How our processes begin and end."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn


def keep_files_private() -> None:
    """Every file that this process and its children make from now on is its owner's alone: they hold what people said."""
    os.umask(0o077)


@contextmanager
def reading_modules() -> Iterator[None]:
    """Read modules without the garbage collector, and set apart what they made.

    They leave hardly any garbage, and hundreds of thousands of objects that stay: to look through them again and again is
    a fifth of a process's start, and later a pause of everything at each full collection.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def leave(code: int) -> NoReturn:
    """End the process with this exit code, at once, with everything written that was printed.

    Not `sys.exit`: where a request to Temporal is still under way, the interpreter's end waits for a thread of the SDK
    that waits for the interpreter, now and then for ever.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a pipe that nobody reads, a stream that is closed
            stream.flush()
    os._exit(code)
