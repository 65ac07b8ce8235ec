"""How our processes begin and end."""

import os
import sys
from contextlib import suppress
from typing import NoReturn


def keep_files_private() -> None:
    """Every file that this process and its children make from now on is its owner's alone: they hold what people said."""
    os.umask(0o077)


def leave(code: int) -> NoReturn:
    """End the process with this exit code, at once, with everything written that was printed.

    Not `sys.exit`: where a request to Temporal is still under way, the interpreter's end waits for a thread of the SDK
    that waits for the interpreter, now and then for ever.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a pipe that nobody reads, a stream that is closed
            stream.flush()
    os._exit(code)
